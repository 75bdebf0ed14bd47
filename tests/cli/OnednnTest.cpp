//===- OnednnTest.cpp - Commands with oneDNN's kernels ----------*- C++ -*-===//
//
// The same numbers as with generated kernels, and what is said where oneDNN is
// missing.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <cmath>

namespace rondo::test {
namespace {

class Onednn : public ToolTest {
protected:
  /// Both files hold the same f32 arrays, up to rounding.
  void expectAlike(const std::string &left, const std::string &right) const {
    host::ArrayFile expected = readArrays(left), actual = readArrays(right);
    ASSERT_EQ(expected.arrays.size(), actual.arrays.size());
    for (const host::Array &array : expected.arrays) {
      if (array.type != host::ElementType::F32)
        continue; // counters
      std::vector<float> a = floatsOf(&array), b = floatsOf(actual.find(array.name));
      ASSERT_EQ(a.size(), b.size()) << array.name;
      float largest = 0;
      for (float value : a)
        largest = std::max(largest, std::abs(value));
      for (size_t i = 0; i < a.size(); ++i)
        EXPECT_NEAR(a[i], b[i], 1e-5 * largest) << array.name << "[" << i << "]";
    }
  }
};

TEST_F(Onednn, LibrariesComputeTheSame) {
  makeTiny();
  for (const char *kernels : {"generated", "onednn"})
    ASSERT_EQ(rondo({"compile", "tiny.py", "-o", std::string(kernels) + ".so",
                     std::string("--kernels=") + kernels})
                  .exitCode,
              0);
  for (const char *command : {"predict", "gradients"}) {
    for (const char *kernels : {"generated", "onednn"}) {
      Outcome outcome = rondo({command, std::string(kernels) + ".so", "--weights", "weights.npz",
                               "--data", "data.npz", "--out", std::string(kernels) + ".npz"});
      ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    }
    expectAlike("generated.npz", "onednn.npz");
  }
}

TEST_F(Onednn, TrainingDoesTheSameSteps) {
  makeTiny();
  for (const char *kernels : {"generated", "onednn"}) {
    Outcome outcome =
        rondo({"train", "tiny.py", "--weights", "weights.npz", "--data", "data.npz", "--epochs",
               "2", "--out", std::string(kernels) + ".npz", std::string("--kernels=") + kernels});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }
  expectAlike("generated.npz", "onednn.npz");
}

TEST_F(Onednn, OnlyItsLibrariesNeedIt) {
  makeTiny();
  environment["RONDO_ONEDNN_LIBRARY"] = "/nowhere/libdnnl.so";
  auto predict = [&](const std::string &kernels) {
    std::string library = kernels + ".so";
    EXPECT_EQ(rondo({"compile", "tiny.py", "-o", library, "--kernels=" + kernels}).exitCode, 0);
    return rondo(
        {"predict", library, "--weights", "weights.npz", "--data", "data.npz", "--out", "y.npz"});
  };
  Outcome missing = predict("onednn");
  EXPECT_EQ(missing.exitCode, 1);
  EXPECT_NE(missing.err.find("`onednn` needs oneDNN: /nowhere/libdnnl.so cannot be loaded"),
            std::string::npos)
      << missing.err;
  EXPECT_NE(missing.err.find("--kernels=generated"), std::string::npos) << missing.err;
  EXPECT_FALSE(exists("y.npz"));
  EXPECT_EQ(predict("generated").exitCode, 0);
}

} // namespace
} // namespace rondo::test
