//===- WeightTypeTest.cpp - compile --weights=bf16 --------------*- C++ -*-===//
//
// Predictions with a little more error, gradients and training without, by the option or
// by a dtype policy; and what is said where it makes no sense.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <cmath>

namespace rondo::test {
namespace {

class WeightType : public ToolTest {
protected:
  void compile(const std::string &type) { compile("tiny.py", type, {"--weights=" + type}); }
  void compile(const std::string &model, const std::string &library,
               const std::vector<std::string> &options) {
    std::vector<std::string> arguments{"compile", model, "-o", library + ".so"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    Outcome outcome = rondo(arguments);
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }
  /// What a command writes with the library of a type.
  host::ArrayFile outputOf(const std::string &command, const std::string &type) {
    Outcome outcome = rondo({command, type + ".so", "--weights", "weights.npz", "--data",
                             "data.npz", "--out", type + ".npz"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return readArrays(type + ".npz");
  }
};

TEST_F(WeightType, PredictionsAreCloseAndGradientsTheSame) {
  makeTiny();
  compile("f32");
  compile("bf16");
  for (const char *command : {"predict", "gradients"}) {
    host::ArrayFile exact = outputOf(command, "f32"), rounded = outputOf(command, "bf16");
    for (const host::Array &array : exact.arrays) {
      std::vector<float> a = floatsOf(&array), b = floatsOf(rounded.find(array.name));
      ASSERT_EQ(a.size(), b.size()) << array.name;
      if (command == std::string("gradients")) {
        EXPECT_EQ(a, b) << array.name;
        continue;
      }
      EXPECT_NE(a, b) << "the type made no difference";
      for (size_t i = 0; i < a.size(); ++i)
        EXPECT_NEAR(a[i], b[i], 5e-3) << array.name << "[" << i << "]";
    }
  }
}

TEST_F(WeightType, APolicyOfTheFileIsAsTheOption) {
  makeTiny();
  std::string text = tinyModel;
  const std::string before = "x = Input";
  text.insert(text.find(before), "keras.config.set_dtype_policy(\"mixed_bfloat16\")\n");
  write("mixed.py", text);
  compile("f32");
  compile("bf16");
  compile("mixed.py", "policy", {});
  compile("mixed.py", "exact", {"--weights=f32"});
  auto outputs = [&](const std::string &library) {
    host::ArrayFile file = outputOf("predict", library);
    return floatsOf(file.find("kind"));
  };
  EXPECT_EQ(outputs("policy"), outputs("bf16"));
  EXPECT_EQ(outputs("exact"), outputs("f32"));
  EXPECT_NE(outputs("policy"), outputs("exact"));
}

TEST_F(WeightType, SaysWhatDoesNotGoTogether) {
  makeTiny();
  auto expectError = [&](const std::vector<std::string> &arguments, const std::string &text,
                         int exitCode) {
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, exitCode);
    EXPECT_NE(outcome.err.find(text), std::string::npos) << text << " in\n" << outcome.err;
    EXPECT_FALSE(exists("y.so"));
  };
  expectError({"compile", "tiny.py", "-o", "y.so", "--weights=bf16", "--kernels=onednn"},
              "`--weights=bf16` needs generated kernels", 1);
  expectError({"compile", "tiny.py", "-o", "y.so", "--weights=f16"}, "f16", 2);
  compile("f32");
  expectError({"bench", "f32.so", "--weights=bf16"}, "`--weights` comes too late", 1);
}

} // namespace
} // namespace rondo::test
