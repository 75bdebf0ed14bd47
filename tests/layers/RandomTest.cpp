//===- RandomTest.cpp - What layers draw ----------------------------------===//
//
// Compiled models of one random layer. The gradient of the mean of squares tells every
// output, so a million numbers can be looked at: their distribution, that they follow
// from seed and step alone, and that the backward pass has those of the forward pass.
// With `training=True` the outputs are there themselves.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/host/Artifact.h"
#include "runtime/host/Weights.h"
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

template <typename T> T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  throw std::runtime_error(llvm::toString(value.takeError()));
}

constexpr int64_t kSamples = 1000, kFeatures = 1000;
constexpr double kCount = kSamples * kFeatures;

/// The model `layer` alone, trained on the mean of squares. `options` are more arguments of its
/// call, `before` what the file defines first.
class RandomModel {
public:
  explicit RandomModel(const std::string &layer, const std::string &shape = "(1000,)",
                       const std::string &options = "", const std::string &before = "")
      : file(fs::temp_directory_path() / fmt::format("rondo-random-{}.so", getpid())) {
    std::string text =
        fmt::format("import keras\n"
                    "from keras import layers\n{}"
                    "x = keras.Input({})\n"
                    "y = {}(x{})\n"
                    "model = keras.Model(x, layers.PReLU('ones')(y))\n"
                    "model.compile(optimizer=keras.optimizers.SGD(0.0), loss='mse')\n",
                    before, shape, layer, options);
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    diagnostics::Engine engine;
    auto loaded = frontend::loadModelFile(context, "random.py", {}, engine, text);
    if (!loaded)
      throw std::runtime_error(engine.render());
    CompileOptions compilation;
    compilation.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
    compilation.entries.push_back(DerivedEntry::Vjp);
    if (llvm::Error error = compileArtifact(*loaded->module, compilation, file, ""))
      throw std::runtime_error(llvm::toString(std::move(error)));
    artifact.emplace(take(host::Artifact::open(file)));
    weights = host::zeroWeights(artifact->model());
    std::fill(weights.trainable.begin(), weights.trainable.end(), 1.0f);
  }
  ~RandomModel() {
    std::error_code ignored;
    fs::remove(file, ignored);
  }

  struct Step {
    std::vector<double> outputs;
    double loss;
  };

  /// The outputs for an input that is `x` everywhere, in training step `step`.
  Step train(float x, uint64_t seed = 0, int64_t step = 1, int threads = 1) {
    const rondo_model &model = artifact->model();
    host::Executor executor = take(host::Executor::create(model, threads));
    host::Context context =
        take(host::Context::create(model, weights, &executor, /*training=*/true));
    const size_t count = kSamples * kFeatures;
    std::vector<float> input(count, x), target(count), gradient(count);
    std::vector<float> parameters(model.trainable_size);
    const void *inputs[] = {input.data()}, *targets[] = {target.data()};
    float *inputGradients[] = {gradient.data()};
    std::vector<int64_t> dims(model.num_symbols, kSamples);
    model.set_seed(context.get(), seed);
    model.set_step_count(context.get(), step - 1);
    Step result;
    float loss;
    if (llvm::Error error = context.check(
            model.loss_and_gradients(context.get(), dims.data(), inputs, targets, nullptr, &loss,
                                     nullptr, parameters.data(), inputGradients)))
      throw std::runtime_error(llvm::toString(std::move(error)));
    result.loss = loss;
    for (float value : gradient)
      result.outputs.push_back(value * kCount / 2);
    return result;
  }

  /// The outputs of so many runs in a row for an input that is `x` everywhere; last the derivatives
  /// of the sum of the outputs of the last run, which that gives once more.
  std::vector<std::vector<float>> use(float x, int runs, uint64_t seed = 0, int threads = 1) {
    const rondo_model &model = artifact->model();
    host::Executor executor = take(host::Executor::create(model, threads));
    host::Context context = take(host::Context::create(model, weights, &executor));
    const size_t count = kSamples * kFeatures;
    std::vector<float> input(count, x), ones(count, 1.0f), parameters(model.trainable_size);
    const void *inputs[] = {input.data()};
    std::vector<int64_t> dims(model.num_symbols, kSamples);
    std::vector<std::vector<float>> results(runs + 1, std::vector<float>(count));
    auto check = [&](rondo_status status) {
      if (llvm::Error error = context.check(status))
        throw std::runtime_error(llvm::toString(std::move(error)));
    };
    model.set_seed(context.get(), seed);
    for (int run = 0; run < runs; ++run) {
      void *outputs[] = {results[run].data()};
      check(model.forward(context.get(), dims.data(), inputs, outputs));
    }
    std::vector<float> again(count);
    void *outputs[] = {again.data()};
    const float *cotangents[] = {ones.data()};
    float *inputGradients[] = {results.back().data()};
    check(model.vjp(context.get(), dims.data(), inputs, cotangents, outputs, parameters.data(),
                    inputGradients));
    EXPECT_EQ(again, results[runs - 1]);
    return results;
  }

private:
  fs::path file;
  std::optional<host::Artifact> artifact;
  host::FlatWeights weights;
};

struct Moments {
  double mean = 0, variance = 0;
  explicit Moments(const std::vector<double> &values) {
    for (double value : values)
      mean += value / values.size();
    for (double value : values)
      variance += (value - mean) * (value - mean) / values.size();
  }
};

// Of a dropped element the output is 0, of a kept one x / (1 - rate), and its derivative in x
// once more as much.
TEST(RandomLayers, DropoutKeepsTheShareItSays) {
  RandomModel model("layers.Dropout(0.3)");
  RandomModel::Step step = model.train(1.0f);
  const double kept = 1 / 0.7;
  double share = 0, squares = 0;
  for (double value : step.outputs) {
    if (value != 0) {
      ASSERT_NEAR(value, kept * kept, 1e-4);
    }
    share += (value != 0) / kCount;
    squares += (value != 0) * kept * kept / kCount;
  }
  // Five standard deviations of the mean of a million.
  EXPECT_NEAR(share, 0.7, 5 * std::sqrt(0.3 * 0.7 / kCount));
  // The loss is of the forward pass: what is dropped there has no gradient.
  EXPECT_NEAR(step.loss, squares, 1e-5);
}

TEST(RandomLayers, DropoutOfNeighboursIsIndependent) {
  std::vector<double> outputs = RandomModel("layers.Dropout(0.5)").train(1.0f).outputs;
  for (size_t distance : {size_t(1), size_t(2), size_t(8), size_t(kFeatures)}) {
    double both = 0;
    for (size_t i = distance; i < outputs.size(); ++i)
      both += outputs[i] != 0 && outputs[i - distance] != 0;
    EXPECT_NEAR(both / (kCount - distance), 0.25, 5 * std::sqrt(0.25 * 0.75 / kCount)) << distance;
  }
}

TEST(RandomLayers, GaussianNoiseIsNormal) {
  const std::vector<double> outputs = RandomModel("layers.GaussianNoise(0.5)").train(0.0f).outputs;
  Moments moments(outputs);
  EXPECT_NEAR(moments.mean, 0, 5 * 0.5 / std::sqrt(kCount));
  EXPECT_NEAR(moments.variance, 0.25, 5 * 0.25 * std::sqrt(2 / kCount));
  // The share below each bound, far out in the tails too.
  for (double bound : {-4.5, -4.0, -3.0, -2.0, -1.0, -0.1, 0.0, 0.3, 1.0, 2.0, 3.0, 4.0, 4.5}) {
    double share = 0, expected = std::erfc(-bound / std::sqrt(2)) / 2;
    for (double value : outputs)
      share += (value < 0.5 * bound) / kCount;
    EXPECT_NEAR(share, expected, 5 * std::sqrt(expected * (1 - expected) / kCount)) << bound;
  }
  for (size_t distance : {size_t(1), size_t(2), size_t(8), size_t(kFeatures)}) {
    double covariance = 0;
    for (size_t i = distance; i < outputs.size(); ++i)
      covariance += outputs[i] * outputs[i - distance] / kCount;
    EXPECT_NEAR(covariance, 0, 5 * 0.25 / std::sqrt(kCount)) << distance;
  }
}

// y = x · n with n around 1: the gradient of y² / 2 is n², whose mean is 1 + the variance.
TEST(RandomLayers, GaussianDropoutVariesAsDropoutDoes) {
  Moments moments(RandomModel("layers.GaussianDropout(0.2)").train(1.0f).outputs);
  const double variance = 0.2 / 0.8;
  const double ofSquares = 2 * variance * variance + 4 * variance;
  EXPECT_NEAR(moments.mean, 1 + variance, 5 * std::sqrt(ofSquares / kCount));
}

TEST(RandomLayers, SpatialDropoutDropsWholeFeatures) {
  std::vector<double> outputs =
      RandomModel("layers.SpatialDropout1D(0.4)", "(10, 100)").train(1.0f).outputs;
  int64_t kept = 0;
  for (int64_t sample = 0; sample < kSamples; ++sample)
    for (int64_t feature = 0; feature < 100; ++feature) {
      const double *first = &outputs[sample * 1000 + feature];
      kept += *first != 0;
      for (int64_t step = 1; step < 10; ++step)
        ASSERT_EQ(first[step * 100] != 0, *first != 0);
    }
  const double count = kSamples * 100;
  EXPECT_NEAR(kept / count, 0.6, 5 * std::sqrt(0.24 / count));
}

/// A cell of the file that drops a share of its input in each step, and keeps nothing.
constexpr const char *kDroppingCell = R"(
class Cell(layers.Layer):
    def __init__(self):
        super().__init__()
        self.state_size = self.output_size = 100
        self.drop = layers.Dropout(0.5)

    def call(self, inputs, states):
        return self.drop(inputs), states

)";

TEST(RandomLayers, EachStepOfACellDrawsForItself) {
  RandomModel model("layers.RNN(Cell(), return_sequences=True)", "(10, 100)", "", kDroppingCell);
  RandomModel::Step step = model.train(1.0f, /*seed=*/7);
  double share = 0, squares = 0;
  for (double value : step.outputs) {
    if (value != 0) {
      ASSERT_NEAR(value, 4, 1e-4);
    }
    share += (value != 0) / kCount;
    squares += (value != 0) * 4 / kCount;
  }
  EXPECT_NEAR(share, 0.5, 5 * std::sqrt(0.25 / kCount));
  EXPECT_NEAR(step.loss, squares, 1e-5);
  // A feature in the next step, in the sample behind.
  for (size_t distance : {size_t(1), size_t(100), size_t(kFeatures)}) {
    double both = 0;
    for (size_t i = distance; i < step.outputs.size(); ++i)
      both += step.outputs[i] != 0 && step.outputs[i - distance] != 0;
    EXPECT_NEAR(both / (kCount - distance), 0.25, 5 * std::sqrt(0.25 * 0.75 / kCount)) << distance;
  }
  EXPECT_EQ(model.train(1.0f, /*seed=*/7, 1, /*threads=*/2).outputs, step.outputs);
  const std::vector<std::vector<float>> used = model.use(3.0f, 1);
  EXPECT_EQ(used[0], std::vector<float>(kCount, 3.0f));
}

TEST(RandomLayers, NumbersFollowFromSeedAndStepAlone) {
  RandomModel model("layers.Dropout(0.5)");
  std::vector<double> first = model.train(1.0f, 7, 3).outputs;
  EXPECT_EQ(model.train(1.0f, 7, 3).outputs, first);
  EXPECT_EQ(model.train(1.0f, 7, 3, /*threads=*/2).outputs, first);
  for (auto [seed, step] : {std::pair(7, 4), std::pair(8, 3)}) {
    std::vector<double> others = model.train(1.0f, seed, step).outputs;
    double same = 0;
    for (size_t i = 0; i < others.size(); ++i)
      same += (others[i] != 0) == (first[i] != 0);
    EXPECT_NEAR(same / kCount, 0.5, 5 * std::sqrt(0.25 / kCount)) << seed << " " << step;
  }
}

const char *const kInUse = ", training=True";

TEST(RandomLayers, DropoutInUseKeepsTheShareItSays) {
  RandomModel model("layers.Dropout(0.3)", "(1000,)", kInUse);
  const float kept = 1 / 0.7f;
  auto results = model.use(1.0f, 1);
  double share = 0;
  for (size_t i = 0; i < results[0].size(); ++i) {
    if (results[0][i] != 0) {
      ASSERT_NEAR(results[0][i], kept, 1e-6);
    }
    // What is dropped has no derivative.
    ASSERT_NEAR(results[1][i], results[0][i], 1e-6);
    share += (results[0][i] != 0) / kCount;
  }
  EXPECT_NEAR(share, 0.7, 5 * std::sqrt(0.3 * 0.7 / kCount));
}

TEST(RandomLayers, NoiseInUseHasItsDeviation) {
  auto outputs = RandomModel("layers.GaussianNoise(0.5)", "(1000,)", kInUse).use(0.0f, 1).front();
  Moments moments({outputs.begin(), outputs.end()});
  EXPECT_NEAR(moments.mean, 0, 5 * 0.5 / std::sqrt(kCount));
  EXPECT_NEAR(moments.variance, 0.25, 5 * 0.25 * std::sqrt(2 / kCount));
}

TEST(RandomLayers, EachUseDrawsAnewFromTheSeedAlone) {
  RandomModel model("layers.Dropout(0.5)", "(1000,)", kInUse);
  auto runs = model.use(1.0f, 3, 7);
  EXPECT_EQ(model.use(1.0f, 3, 7), runs);
  EXPECT_EQ(model.use(1.0f, 3, 7, /*threads=*/2), runs);
  auto expectOthers = [](const std::vector<float> &left, const std::vector<float> &right) {
    double same = 0;
    for (size_t i = 0; i < left.size(); ++i)
      same += (left[i] != 0) == (right[i] != 0);
    EXPECT_NEAR(same / kCount, 0.5, 5 * std::sqrt(0.25 / kCount));
  };
  expectOthers(runs[0], runs[1]);
  expectOthers(runs[0], runs[2]);
  expectOthers(runs[0], model.use(1.0f, 1, 8).front());
  // Training has numbers of its own.
  std::vector<double> trained = model.train(1.0f, 7).outputs;
  expectOthers(runs[0], {trained.begin(), trained.end()});
}

TEST(RandomLayers, WithoutSuchACallAUseDrawsNothing) {
  auto runs = RandomModel("layers.Dropout(0.5)").use(3.0f, 2);
  EXPECT_EQ(runs[0], std::vector<float>(kSamples * kFeatures, 3.0f));
  EXPECT_EQ(runs[1], runs[0]);
}

TEST(RandomLayers, LayersDrawNumbersOfTheirOwn) {
  std::vector<double> outputs =
      RandomModel("keras.Sequential([layers.Dropout(0.5), layers.Dropout(0.5)])")
          .train(1.0f)
          .outputs;
  double kept = 0;
  for (double value : outputs)
    kept += value != 0;
  EXPECT_NEAR(kept / kCount, 0.25, 5 * std::sqrt(0.25 * 0.75 / kCount));
}

//===----------------------------------------------------------------------===//
// Functions that draw, in a Lambda
//===----------------------------------------------------------------------===//

/// The model of a Lambda of `t`.
RandomModel drawing(const std::string &expression) {
  return RandomModel("layers.Lambda(lambda t: " + expression + ", output_shape=(1000,))");
}

// y = x · n: the derivative in x is n once more.
TEST(RandomFunctions, NormalNumbersAreThoseOfTheirDerivative) {
  auto runs = drawing("t * keras.random.normal(keras.ops.shape(t), 2.0, 3.0)").use(1.0f, 2);
  EXPECT_NE(runs[0], runs[1]);
  EXPECT_EQ(runs[2], runs[1]);
  Moments moments({runs[0].begin(), runs[0].end()});
  EXPECT_NEAR(moments.mean, 2, 5 * 3 / std::sqrt(kCount));
  EXPECT_NEAR(moments.variance, 9, 5 * 9 * std::sqrt(2 / kCount));
}

TEST(RandomFunctions, TrainingDrawsAsUseDoes) {
  RandomModel model = drawing("t * keras.random.normal((keras.ops.shape(t)[0], 1000))");
  // The gradient of half the mean of squares, of x · n, is n².
  Moments squares(model.train(1.0f).outputs);
  EXPECT_NEAR(squares.mean, 1, 5 * std::sqrt(2 / kCount));
}

TEST(RandomFunctions, CallsDrawNumbersOfTheirOwn) {
  auto outputs = drawing("t * keras.random.normal(keras.ops.shape(t), seed=1)"
                         " * keras.random.normal(keras.ops.shape(t), seed=1)")
                     .use(1.0f, 1)
                     .front();
  Moments moments({outputs.begin(), outputs.end()});
  // Of the same numbers it would be 1.
  EXPECT_NEAR(moments.mean, 0, 5 / std::sqrt(kCount));
}

TEST(RandomFunctions, UniformNumbersLieBetween) {
  auto outputs = drawing("t + keras.random.uniform(keras.ops.shape(t), minval=-1.0, maxval=3.0)")
                     .use(0.0f, 1)
                     .front();
  auto [least, most] = std::minmax_element(outputs.begin(), outputs.end());
  EXPECT_GE(*least, -1);
  EXPECT_LT(*most, 3);
  Moments moments({outputs.begin(), outputs.end()});
  const double variance = 16.0 / 12;
  EXPECT_NEAR(moments.mean, 1, 5 * std::sqrt(variance / kCount));
  EXPECT_NEAR(moments.variance, variance, 5 * variance * std::sqrt(0.8 / kCount));
}

/// Whether whole numbers have their shares of a million.
void expectShares(const std::vector<float> &values, const std::map<float, double> &shares) {
  std::map<float, double> counts;
  for (float value : values)
    counts[value] += 1 / kCount;
  EXPECT_EQ(counts.size(), shares.size());
  for (auto [value, share] : shares)
    EXPECT_NEAR(counts[value], share, 5 * std::sqrt(share * (1 - share) / kCount)) << value;
}

TEST(RandomFunctions, WholeNumbersAreEquallyLikely) {
  auto outputs =
      drawing("t + keras.random.randint(keras.ops.shape(t), -2, 3)").use(0.0f, 1).front();
  expectShares(outputs, {{-2, 0.2}, {-1, 0.2}, {0, 0.2}, {1, 0.2}, {2, 0.2}});
}

TEST(RandomFunctions, CategoriesHaveTheSharesOfASoftmax) {
  auto outputs = drawing("keras.ops.cast(keras.random.categorical("
                         "t[:, :3] + keras.ops.log(keras.ops.array([[0.2, 0.7, 0.1]])), 1000), "
                         "'float32')")
                     .use(0.0f, 1)
                     .front();
  expectShares(outputs, {{0, 0.2}, {1, 0.7}, {2, 0.1}});
}

TEST(RandomFunctions, DropoutDropsAtEveryUse) {
  auto outputs = drawing("keras.random.dropout(t, 0.5, seed=1)").use(1.0f, 1).front();
  expectShares(outputs, {{0, 0.5}, {2, 0.5}});
}

} // namespace
} // namespace rondo::test
