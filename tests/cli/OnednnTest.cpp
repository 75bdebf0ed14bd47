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

TEST_F(Onednn, ComputesSingleLayers) {
  makeTiny();
  std::string lstm = "--kernels-for=lstm=onednn", both = lstm + ",kind=generated";
  for (const std::string &option : {std::string("--kernels=generated"), both}) {
    Outcome compiled = rondo({"compile", "tiny.py", "-o", "tiny.so", option, "--explain-kernels"});
    ASSERT_EQ(compiled.exitCode, 0) << compiled.err;
    Outcome predicted =
        rondo({"predict", "tiny.so", "--weights", "weights.npz", "--data", "data.npz", "--out",
               option == both ? "onednn.npz" : "generated.npz"});
    ASSERT_EQ(predicted.exitCode, 0) << predicted.err;
    EXPECT_EQ(compiled.out.find("forced by --kernels-for=lstm=onednn") != std::string::npos,
              option == both);
  }
  expectAlike("generated.npz", "onednn.npz");
  environment["RONDO_ONEDNN_LIBRARY"] = "/nowhere/libdnnl.so";
  EXPECT_EQ(rondo({"predict", "tiny.so", "--weights", "weights.npz", "--data", "data.npz", "--out",
                   "y.npz"})
                .exitCode,
            1);
}

TEST_F(Onednn, SaysWhoComputesWhat) {
  makeTiny();
  for (const char *kernels : {"auto", "generated", "onednn"}) {
    Outcome outcome = rondo({"compile", "tiny.py", "--explain-kernels", "--at", "B=3,T=7",
                             std::string("--kernels=") + kernels});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    for (const char *part : {"@forward: predicted microseconds, avx512, B = 3, T = 7, one thread",
                             "@train_step: predicted microseconds, avx2, B = 3, T = 7, one thread",
                             "T=7 B=3 D=3 H=5", "M=3 N=4 K=5", "all else", "as chosen"})
      EXPECT_NE(outcome.out.find(part), std::string::npos) << part << " in\n" << outcome.out;
    EXPECT_EQ(outcome.out.find(std::string("forced by --kernels=") + kernels) != std::string::npos,
              kernels != std::string("auto"));
  }
  EXPECT_EQ(rondo({"compile", "tiny.py", "--explain-kernels", "--emit=kernels"}).exitCode, 2);
}

TEST_F(Onednn, NamesWhatItCannotCompute) {
  makeTiny();
  write("relu.py", "import keras\nx = keras.Input((None, 3), name=\"x\")\n"
                   "model = keras.Model(x, keras.layers.LSTM(5, activation=\"relu\", "
                   "name=\"lstm\")(x))\n");
  Outcome table = rondo({"compile", "relu.py", "--explain-kernels", "--kernels=onednn"});
  EXPECT_NE(table.out.find("oneDNN cannot: its activation is relu"), std::string::npos)
      << table.out;
  auto expectError = [&](const std::vector<std::string> &arguments, const std::string &text,
                         int exitCode = 1) {
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, exitCode);
    EXPECT_NE(outcome.err.find(text), std::string::npos) << text << " in\n" << outcome.err;
    EXPECT_FALSE(exists("y.so"));
  };
  expectError({"compile", "relu.py", "-o", "y.so", "--kernels-for=lstm=onednn"},
              "oneDNN cannot compute `lstm`: its activation is relu");
  expectError({"compile", "tiny.py", "-o", "y.so", "--kernels-for=lsmt=onednn"},
              "did you mean `lstm`?");
  expectError({"compile", "tiny.py", "-o", "y.so", "--kernels-for=x=onednn"},
              "those that do are `lstm`, `kind`");
  expectError({"compile", "tiny.py", "-o", "y.so", "--kernels-for=lstm=onednn,lstm=generated"},
              "names `lstm` twice");
  expectError({"compile", "tiny.py", "-o", "y.so", "--kernels-for=lstm"},
              "does not say who computes a layer", 2);
  expectError(
      {"compile", "tiny.py", "-o", "y.so", "--kernels-for=lstm=onednn", "--memory-budget=x0.5"},
      "leave `--kernels-for` away");
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  expectError({"bench", "tiny.so", "--kernels-for=lstm=onednn"}, "`--kernels-for` comes too late");
}

} // namespace
} // namespace rondo::test
