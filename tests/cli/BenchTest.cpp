//===- BenchTest.cpp - rondo bench ------------------------------*- C++ -*-===//
//
// The numbers that a benchmark reports, and the sizes that it runs with.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <nlohmann/json.hpp>

namespace rondo::test {
namespace {

class Bench : public ToolTest {
protected:
  void SetUp() override { write("tiny.py", tinyModel); }

  nlohmann::json bench(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), {"--json", "b.json", "--seconds", "0.01"});
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("GF/s"), std::string::npos) << outcome.out;
    return nlohmann::json::parse(read("b.json"));
  }

  void expectError(const std::vector<std::string> &arguments, const std::string &code,
                   const std::string &contains) {
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 1) << outcome.err;
    EXPECT_NE(outcome.err.find("[" + code + "]"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(contains), std::string::npos) << outcome.err;
  }
};

TEST_F(Bench, ReportsWhatItMeasured) {
  auto json = bench({"tiny.py", "--batch", "3", "--steps", "7", "--threads", "2"});
  EXPECT_EQ(json["mode"], "forward");
  EXPECT_EQ(json["batch"], 3);
  EXPECT_EQ(json["steps"], 7);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(json["kernels"], "generated");
  EXPECT_GT(json["arena_bytes"], 0);
  EXPECT_GE(json["calls"], 10);
  EXPECT_GT(json["min_us"], 0);
  EXPECT_LE(json["min_us"], json["median_us"]);
  EXPECT_LE(json["median_us"], json["p90_us"]);
  EXPECT_LE(json["p90_us"], json["p99_us"]);
  // The LSTM's products, 8BTH(D+H), and the dense layer's, 2BHN.
  int64_t flops = 8 * 3 * 7 * 5 * (3 + 5) + 2 * 3 * 5 * 4;
  EXPECT_EQ(json["flops"], flops);
  double microseconds = json["median_us"];
  EXPECT_NEAR(json["gflops"], flops / microseconds * 1e-3, 1e-6 * flops / microseconds);
  EXPECT_NEAR(json["samples_per_s"], 3e6 / microseconds, 3 / microseconds);
}

TEST_F(Bench, MeasuresTrainingStepsToo) {
  auto forward = bench({"tiny.py", "--batch", "3", "--steps", "7"});
  auto train = bench({"tiny.py", "--batch", "3", "--steps", "7", "--train"});
  EXPECT_EQ(train["mode"], "train");
  // Each product has two in the backward pass; the input's gradient is not needed.
  EXPECT_GT(train["flops"], 2 * forward["flops"].get<int64_t>());
  EXPECT_LE(train["flops"], 3 * forward["flops"].get<int64_t>());
  EXPECT_GT(train["arena_bytes"], forward["arena_bytes"]);
}

TEST_F(Bench, RunsLibrariesToo) {
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  auto json = bench({"tiny.so"});
  EXPECT_EQ(json["batch"], 32);
  EXPECT_EQ(json["steps"], 50);
  EXPECT_EQ(json["flops"], bench({"tiny.py"})["flops"]);
  EXPECT_EQ(bench({"tiny.so", "--train"})["mode"], "train");
  expectError({"bench", "tiny.so", "--kernels=generated"}, "option-unsupported",
              "compiled already");
}

TEST_F(Bench, TakesKernelsFromEitherSource) {
  EXPECT_EQ(bench({"tiny.py", "--kernels=onednn"})["kernels"], "onednn");
  EXPECT_EQ(bench({"tiny.py", "--kernels=generated"})["kernels"], "generated");
}

TEST_F(Bench, SaysWhereTheTimeGoes) {
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so", "--profile"}).exitCode, 0);
  for (const std::string model : {"tiny.py", "tiny.so"}) {
    Outcome outcome = rondo({"bench", model, "--profile", "--seconds", "0.01"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    for (const char *part : {"share", "lstm", "kind", "tiny.py:6"})
      EXPECT_NE(outcome.out.find(part), std::string::npos) << part << " in\n" << outcome.out;
  }
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  expectError({"bench", "tiny.so", "--profile"}, "option-unsupported", "compiled already");
}

TEST_F(Bench, CountsEveryStepOfALoop) {
  write("loop.py", "import keras\nx = keras.Input((None, 3), name=\"x\")\n"
                   "model = keras.Model(x, keras.layers.LSTM(5, activation=\"softmax\")(x))\n");
  auto json = bench({"loop.py", "--batch", "3", "--steps", "7", "--profile"});
  EXPECT_EQ(json["flops"], 8 * 3 * 7 * 5 * (3 + 5));
}

TEST_F(Bench, KeepsTheSizesThatAModelFixes) {
  write("fixed.py", "import keras\nx = keras.Input((4, 3), batch_size=2, name=\"x\")\n"
                    "model = keras.Model(x, keras.layers.LSTM(2)(x))\n");
  auto json = bench({"fixed.py"});
  EXPECT_EQ(json["batch"], 2);
  EXPECT_EQ(json["steps"], 4);
  bench({"fixed.py", "--batch", "2", "--steps", "4"});
  expectError({"bench", "fixed.py", "--batch", "3"}, "run-failed", "axis 0 of `x` has size 2");
  expectError({"bench", "fixed.py", "--steps", "5"}, "run-failed", "axis 1 of `x` has size 4");
  write("flat.py", "import keras\nx = keras.Input((3,), name=\"x\")\n"
                   "model = keras.Model(x, keras.layers.Dense(2)(x))\n");
  EXPECT_EQ(bench({"flat.py"})["steps"], 0);
  expectError({"bench", "flat.py", "--steps", "5"}, "run-failed", "no time axis");
  expectError({"bench", "flat.py", "--train"}, "model-not-compiled", "no loss");
}

} // namespace
} // namespace rondo::test
