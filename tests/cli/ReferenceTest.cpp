//===- ReferenceTest.cpp - --reference of the rondo tool --------*- C++ -*-===//
//
// The commands that run a model give the same numbers on the reference
// interpreter, in f64 and without compiling.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <cmath>
#include <cstring>

namespace rondo::test {
namespace {

class Reference : public ToolTest {
protected:
  Outcome onTiny(const std::string &command, std::vector<std::string> options,
                 const std::string &model = "tiny.py") {
    std::vector<std::string> arguments = {command,       model,    "--weights",
                                          "weights.npz", "--data", "data.npz"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return rondo(arguments);
  }

  static std::vector<double> doublesOf(const host::Array &array) {
    EXPECT_EQ(array.type, host::ElementType::F64) << array.name;
    std::vector<double> values(array.size());
    std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return values;
  }

  /// Whether two files hold the same arrays, f32 in the first and f64 in the second, to
  /// 1e-4 of each array's largest element: what tests/layers allows gradients in f32.
  void expectSameNumbers(const std::string &compiled, const std::string &reference) {
    host::ArrayFile single = readArrays(compiled), real = readArrays(reference);
    ASSERT_EQ(single.arrays.size(), real.arrays.size());
    for (const host::Array &array : single.arrays) {
      const host::Array *other = real.find(array.name);
      ASSERT_NE(other, nullptr) << array.name;
      EXPECT_EQ(array.shape, other->shape) << array.name;
      std::vector<float> a = floatsOf(&array);
      std::vector<double> b = doublesOf(*other);
      ASSERT_EQ(a.size(), b.size());
      double largest = 0;
      for (double value : b)
        largest = std::max(largest, std::abs(value));
      EXPECT_GT(largest, 0) << array.name;
      for (size_t i = 0; i < a.size(); ++i)
        EXPECT_NEAR(a[i], b[i], 1e-4 * largest) << array.name << " " << i;
    }
  }
};

TEST_F(Reference, PredictsAndDifferentiatesAsCompiledCodeDoes) {
  makeTiny(300); // more than one batch of predictions
  for (const char *command : {"predict", "gradients"}) {
    Outcome compiled = onTiny(command, {"--out", "compiled.npz"});
    ASSERT_EQ(compiled.exitCode, 0) << compiled.err;
    Outcome reference = onTiny(command, {"--out", "reference.npz", "--reference"});
    ASSERT_EQ(reference.exitCode, 0) << reference.err;
    expectSameNumbers("compiled.npz", "reference.npz");
  }
}

TEST_F(Reference, DrawsWhatCompiledModelsDraw) {
  makeTiny(300); // more than one batch of predictions
  std::string text = tinyModel;
  const std::string plain = "LSTM(5)(x)";
  size_t at = text.find(plain);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, plain.size(), "keras.layers.Dropout(0.5)(LSTM(5)(x), training=True)");
  write("sampled.py", text);
  for (const char *command : {"predict", "gradients"}) {
    Outcome compiled = onTiny(command, {"--seed", "7", "--out", "compiled.npz"}, "sampled.py");
    ASSERT_EQ(compiled.exitCode, 0) << compiled.err;
    Outcome reference =
        onTiny(command, {"--seed", "7", "--out", "reference.npz", "--reference"}, "sampled.py");
    ASSERT_EQ(reference.exitCode, 0) << reference.err;
    expectSameNumbers("compiled.npz", "reference.npz");
  }
  auto predicted = [&](std::vector<std::string> options) {
    options.insert(options.end(), {"--reference", "--out", "out.npz"});
    Outcome outcome = onTiny("predict", options, "sampled.py");
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return read("out.npz");
  };
  std::string drawn = predicted({});
  EXPECT_EQ(predicted({"--seed", "0"}), drawn);
  EXPECT_NE(predicted({"--seed", "1"}), drawn);
  // The second batch of 256 draws anew.
  EXPECT_EQ(predicted({"--batch-size", "256"}), drawn);
  EXPECT_NE(predicted({"--batch-size", "300"}), drawn);
  EXPECT_EQ(onTiny("predict", {"--seed", "-1", "--out", "out.npz"}, "sampled.py").exitCode, 2);
}

TEST_F(Reference, Evaluates) {
  makeTiny(300);
  double losses[2], accuracies[2];
  for (int i : {0, 1}) {
    Outcome outcome = onTiny("evaluate", i ? std::vector<std::string>{"--reference"}
                                           : std::vector<std::string>{});
    ASSERT_EQ(sscanf(outcome.out.c_str(), "loss: %lf\naccuracy: %lf\n", &losses[i], &accuracies[i]),
              2)
        << outcome.out << outcome.err;
  }
  EXPECT_NEAR(losses[0], losses[1], 1e-5 * losses[0]);
  EXPECT_EQ(accuracies[0], accuracies[1]);
}

TEST_F(Reference, RunsModelsOfAFixedBatch) {
  makeTiny(10);
  std::string text = tinyModel;
  size_t at = text.find("Input(shape=(None, 3)");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, strlen("Input(shape=(None, 3)"), "Input(batch_shape=(5, 6, 3)");
  write("fixed.py", text);
  for (const char *model : {"tiny.py", "fixed.py"}) {
    Outcome outcome =
        onTiny("predict", {"--reference", "--out", std::string(model) + ".npz"}, model);
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }
  EXPECT_EQ(read("tiny.py.npz"), read("fixed.py.npz"));
  Outcome gradients = onTiny("gradients", {"--reference", "--out", "g.npz"}, "fixed.py");
  EXPECT_EQ(gradients.exitCode, 1);
  EXPECT_NE(gradients.err.find("batches of 5"), std::string::npos) << gradients.err;
}

TEST_F(Reference, TakesModelFilesOnly) {
  makeTiny();
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  Outcome library = onTiny("predict", {"--reference", "--out", "out.npz"}, "tiny.so");
  EXPECT_EQ(library.exitCode, 1);
  for (const char *text : {"compiled already", "--reference", "model file", "[option-unsupported]"})
    EXPECT_NE(library.err.find(text), std::string::npos) << library.err;
  Outcome both = onTiny("predict", {"--reference", "--kernels=onednn", "--out", "out.npz"});
  EXPECT_EQ(both.exitCode, 2) << both.err;
  EXPECT_FALSE(exists("out.npz"));
}

TEST_F(Reference, ReadsWhatCompiledModelsRead) {
  makeTiny();
  ASSERT_EQ(
      rondo({"weights", "tiny.py", "--weights", "weights.npz", "--out", "w.weights.h5"}).exitCode,
      0);
  for (const char *weights : {"weights.npz", "w.weights.h5"}) {
    Outcome outcome = rondo({"predict", "tiny.py", "--reference", "--weights", weights, "--data",
                             "data.npz", "--out", std::string(weights) + ".out"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }
  EXPECT_EQ(read("weights.npz.out"), read("w.weights.h5.out"));
  writeArrays("wrong.npz", {inputs(10, 6, 4)});
  Outcome wrong = rondo({"predict", "tiny.py", "--reference", "--weights", "weights.npz", "--data",
                         "wrong.npz", "--out", "out.npz"});
  EXPECT_EQ(wrong.exitCode, 1);
  EXPECT_NE(wrong.err.find("[data-unusable]"), std::string::npos) << wrong.err;
  EXPECT_FALSE(exists("out.npz"));
}

} // namespace
} // namespace rondo::test
