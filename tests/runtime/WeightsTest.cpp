//===- WeightsTest.cpp - Weight files and initializers ------------------------------===//
//
// Exact names and shapes, the optimizer's state, and what initializers draw.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Weights.h"
#include "runtime/host/Initializers.h"
#include "runtime/host/Random.h"
#include "tests/runtime/FakeModel.h"
#include "tests/runtime/HostTest.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

using namespace rondo::host;
using namespace rondo::test;

namespace {

class WeightsTest : public HostTest {
protected:
  std::string read(const std::vector<Array> &arrays) {
    EXPECT_EQ(text(writeArrays(path("w.npz"), arrays)), "");
    return text(readWeights(path("w.npz"), *model));
  }

  const rondo_model *model = openFake();
  std::vector<Array> good = {floats("dense/kernel", {2}, {1, 2}), floats("counter/value", {}, {3}),
                             floats("table/embeddings", {5}, {4, 5, 6, 7, 8})};
};

TEST_F(WeightsTest, GoToTheirSegmentsAndBack) {
  ASSERT_EQ(text(writeArrays(path("w.npz"), good)), "");
  LoadedWeights loaded = value(readWeights(path("w.npz"), *model));
  EXPECT_FALSE(loaded.optimizer);
  EXPECT_EQ(loaded.weights.trainable[1], 2);
  EXPECT_EQ(loaded.weights.trainable[kTableOffset + 4], 8);
  EXPECT_EQ(loaded.weights.trainable[5], 0); // padding
  EXPECT_EQ(loaded.weights.state[0], 3);
  ASSERT_EQ(text(writeWeights(path("again.npz"), *model, loaded.weights)), "");
  EXPECT_EQ(readText("again.npz"), readText("w.npz"));
}

TEST_F(WeightsTest, APipeIsNoFile) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(text(readWeights(path("pipe"), *model)),
            fmt::format("cannot read `{}`: it is not an ordinary file", path("pipe")));
}

TEST_F(WeightsTest, TheOptimizersStateRoundTrips) {
  FlatWeights weights = value(initialWeights(*model, 1));
  OptimizerState state;
  state.iteration = 17;
  state.epoch = 3;
  state.seed = -5;
  state.slots = {std::vector<float>(kTrainableSize)};
  state.slots[0][kTableOffset + 2] = 0.25f;
  ASSERT_EQ(text(writeWeights(path("w.npz"), *model, weights, &state)), "");
  LoadedWeights loaded = value(readWeights(path("w.npz"), *model));
  ASSERT_TRUE(loaded.optimizer);
  EXPECT_EQ(loaded.optimizer->iteration, 17);
  EXPECT_EQ(loaded.optimizer->epoch, 3);
  EXPECT_EQ(loaded.optimizer->seed, -5);
  EXPECT_EQ(loaded.optimizer->slots, state.slots);
  EXPECT_EQ(loaded.weights.trainable, weights.trainable);
  EXPECT_TRUE(loaded.notes.empty());
  // A model without optimizer leaves the state alone.
  EXPECT_FALSE(value(readWeights(path("w.npz"), *openFakeInference())).optimizer);
}

TEST_F(WeightsTest, AnotherOptimizersStateIsANote) {
  good.push_back(Array::ofInt("optimizer/iteration", 4));
  good.push_back(floats("optimizer/velocity/dense/kernel", {2}, {1, 2}));
  ASSERT_EQ(text(writeArrays(path("w.npz"), good)), "");
  LoadedWeights loaded = value(readWeights(path("w.npz"), *model));
  EXPECT_FALSE(loaded.optimizer);
  ASSERT_EQ(loaded.notes.size(), 1u);
  EXPECT_NE(loaded.notes[0].find("it keeps `velocity`; this one keeps `momentum`"),
            std::string::npos);
}

TEST_F(WeightsTest, ADamagedOptimizersStateIsAnError) {
  good.push_back(Array::ofInt("optimizer/iteration", -4));
  good.push_back(floats("optimizer/epoch", {}, {1}));
  good.push_back(floats("optimizer/momentum/dense/kernel", {3}, {1, 2, 3}));
  good.push_back(floats("optimizer/momentum/other", {3}, {1, 2, 3}));
  EXPECT_EQ(read(good),
            fmt::format("`{}` does not fit the model:\n"
                        "  `optimizer/iteration` is -4\n"
                        "  `optimizer/epoch` is () float32, it must be one int64\n"
                        "  `optimizer/seed` is missing\n"
                        "  `optimizer/momentum/dense/kernel` has shape (3,), the model needs (2,)\n"
                        "  `optimizer/momentum/table/embeddings` (5,) is missing\n"
                        "  the optimizer has no `optimizer/momentum/other`",
                        path("w.npz")));
}

TEST_F(WeightsTest, NamesAndShapesMustMatch) {
  good[0].name = "dense/kernal";
  EXPECT_EQ(read(good), fmt::format("`{}` does not fit the model: variable `dense/kernel` (2,) is "
                                    "missing; is it `dense/kernal`?",
                                    path("w.npz")));
  good[0] = floats("dense/kernel", {1, 2}, {1, 2});
  good[2].name = "something/else/entirely";
  EXPECT_EQ(read(good), fmt::format("`{}` does not fit the model:\n"
                                    "  `dense/kernel` has shape (1, 2), the model needs (2,)\n"
                                    "  variable `table/embeddings` (5,) is missing\n"
                                    "  the model has no variable `something/else/entirely`",
                                    path("w.npz")));
}

TEST_F(WeightsTest, EveryWeightMustBeFinite) {
  good[2] = floats("table/embeddings", {5}, {1, 2, 3, NAN, 5});
  EXPECT_EQ(read(good), fmt::format("`{}` does not fit the model: `table/embeddings`[3] is nan",
                                    path("w.npz")));
}

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

TEST(Random, PhiloxAgreesWithItsPublishedVectors) {
  // Known-answer tests of Random123 for philox4x32-10.
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

struct Moments {
  double mean = 0, variance = 0, low = INFINITY, high = -INFINITY;
};

template <typename Draw> Moments momentsOf(int count, Draw draw) {
  Moments moments;
  for (int i = 0; i < count; ++i) {
    double x = draw(i);
    moments.mean += x / count;
    moments.variance += x * x / count;
    moments.low = std::min(moments.low, x);
    moments.high = std::max(moments.high, x);
  }
  moments.variance -= moments.mean * moments.mean;
  return moments;
}

TEST(Random, DistributionsHaveTheirMoments) {
  RandomStream random(42, "test");
  Moments uniform = momentsOf(100000, [&](int i) { return random.uniform(i); });
  EXPECT_NEAR(uniform.mean, 0.5, 0.005);
  EXPECT_NEAR(uniform.variance, 1.0 / 12, 0.002);
  EXPECT_GE(uniform.low, 0);
  EXPECT_LT(uniform.high, 1);
  Moments normal = momentsOf(100000, [&](int i) { return random.normal(i); });
  EXPECT_NEAR(normal.mean, 0, 0.02);
  EXPECT_NEAR(normal.variance, 1, 0.03);
  EXPECT_GT(normal.high, 3.5);
  Moments truncated = momentsOf(100000, [&](int i) { return random.truncatedNormal(i); });
  EXPECT_NEAR(std::sqrt(truncated.variance), 0.8796, 0.01);
  EXPECT_LE(truncated.high, 2);
  EXPECT_GT(truncated.high, 1.99);
  Moments below = momentsOf(60000, [&](int i) { return static_cast<double>(random.below(i, 6)); });
  EXPECT_NEAR(below.mean, 2.5, 0.03);
  EXPECT_EQ(below.high, 5);
}

TEST(Random, NumbersArePinned) {
  // The same on every machine, for ever: saved trainings continue from them.
  RandomStream random(1, "lstm/lstm_cell/kernel");
  EXPECT_EQ(random.uniform(0), 0x1.5fce9607c0c2ep-2);
  EXPECT_EQ(random.normal(1), -0x1.d44629ca06f79p-3);
  EXPECT_NE(random.uniform(0), RandomStream(2, "lstm/lstm_cell/kernel").uniform(0));
  EXPECT_NE(random.uniform(0), RandomStream(1, "lstm/lstm_cell/bias").uniform(0));
}

TEST(Random, OrdersArePermutationsThatEpochsChange) {
  std::vector<int64_t> first, again, second;
  shuffledOrder(7, 1, 1000, first);
  shuffledOrder(7, 1, 1000, again);
  shuffledOrder(7, 2, 1000, second);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, second);
  std::sort(first.begin(), first.end());
  for (int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(first[i], i);
  shuffledOrder(7, 1, 1, first);
  EXPECT_EQ(first, std::vector<int64_t>{0});
}

//===----------------------------------------------------------------------===//
// Initializers
//===----------------------------------------------------------------------===//

class Initialized {
public:
  Initialized(const char *initializer, std::vector<int64_t> shape, uint64_t seed = 3) {
    parameter.path = "layer/kernel";
    parameter.trainable = 1;
    parameter.initializer = initializer;
    parameter.rank = static_cast<int32_t>(shape.size());
    parameter.size = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      parameter.dims[i] = shape[i];
      parameter.size *= shape[i];
    }
    values.resize(parameter.size, -123);
    message = text(initialize(parameter, seed, values));
  }
  Moments moments() const {
    return momentsOf(static_cast<int>(values.size()), [&](int i) { return values[i]; });
  }

  rondo_parameter_info parameter = {};
  std::vector<float> values;
  std::string message;
};

TEST(Initializers, GlorotCountsFansAsKeras) {
  Initialized lstm("{\"name\": \"glorot_uniform\"}", {30, 256});
  double limit = std::sqrt(6.0 / (30 + 256));
  Moments moments = lstm.moments();
  EXPECT_LE(moments.high, limit);
  EXPECT_GT(moments.high, 0.99 * limit);
  EXPECT_LT(moments.low, -0.99 * limit);
  EXPECT_NEAR(moments.mean, 0, 0.01);
  // An attention kernel (4, 2, 3) counts as a convolution: fans 8 and 12.
  Moments attention = Initialized("{\"name\": \"glorot_uniform\"}", {400, 2, 3}).moments();
  EXPECT_LE(attention.high, std::sqrt(6.0 / (400 * 5)));
  EXPECT_GT(attention.high, 0.95 * std::sqrt(6.0 / (400 * 5)));
  Moments normal = Initialized("{\"name\": \"glorot_normal\"}", {100, 100}).moments();
  EXPECT_NEAR(std::sqrt(normal.variance), 0.1, 0.005);
  Moments he = Initialized("{\"name\": \"he_normal\"}", {200, 100}).moments();
  EXPECT_NEAR(std::sqrt(he.variance), 0.1, 0.005);
  Moments lecun = Initialized("{\"name\": \"lecun_uniform\"}", {300, 100}).moments();
  EXPECT_LE(lecun.high, 0.1f);
  Moments scaling = Initialized("{\"name\": \"variance_scaling\", \"scale\": 3.0, \"mode\": "
                                "\"fan_out\", \"distribution\": \"untruncated_normal\"}",
                                {100, 300})
                        .moments();
  EXPECT_NEAR(std::sqrt(scaling.variance), 0.1, 0.005);
}

void expectOrthonormal(const std::vector<float> &values, int64_t rows, int64_t columns) {
  bool byRow = rows < columns;
  int64_t count = std::min(rows, columns), length = std::max(rows, columns);
  for (int64_t a = 0; a < count; ++a)
    for (int64_t b = 0; b <= a; ++b) {
      double dot = 0;
      for (int64_t i = 0; i < length; ++i)
        dot += static_cast<double>(values[byRow ? a * columns + i : i * columns + a]) *
               values[byRow ? b * columns + i : i * columns + b];
      EXPECT_NEAR(dot, a == b, 1e-6);
    }
}

TEST(Initializers, OrthogonalIsOrthogonal) {
  const char *orthogonal = "{\"name\": \"orthogonal\"}";
  expectOrthonormal(Initialized(orthogonal, {64, 256}).values, 64, 256);
  expectOrthonormal(Initialized(orthogonal, {40, 13}).values, 40, 13);
  expectOrthonormal(Initialized(orthogonal, {32, 32}).values, 32, 32);
  expectOrthonormal(Initialized(orthogonal, {4, 5, 6}).values, 20, 6);
  // The mean of a rotation's entries is zero: no favoured signs.
  EXPECT_NEAR(Initialized(orthogonal, {64, 256}).moments().mean, 0, 0.003);
  EXPECT_NE(Initialized(orthogonal, {3}).message, "");
}

TEST(Initializers, PlainOnes) {
  EXPECT_EQ(Initialized("{\"name\": \"zeros\"}", {3}).values, (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(Initialized("{\"name\": \"ones\"}", {}).values, std::vector<float>{1});
  EXPECT_EQ(Initialized("{\"name\": \"constant\", \"value\": 2.5}", {2}).values,
            (std::vector<float>{2.5, 2.5}));
  EXPECT_EQ(Initialized("{\"name\": \"identity\"}", {2, 2}).values,
            (std::vector<float>{1, 0, 0, 1}));
  EXPECT_EQ(Initialized("{\"name\": \"zeros\", \"unit_forget\": true}", {8}).values,
            (std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0}));
  Moments uniform = Initialized("{\"name\": \"random_uniform\"}", {1000}).moments();
  EXPECT_LE(uniform.high, 0.05f);
  EXPECT_GE(uniform.low, -0.05f);
  Moments normal = Initialized("{\"name\": \"random_normal\", \"stddev\": 2}", {10000}).moments();
  EXPECT_NEAR(std::sqrt(normal.variance), 2, 0.05);
}

TEST(Initializers, TheSeedDecides) {
  const char *glorot = "{\"name\": \"glorot_uniform\"}";
  EXPECT_EQ(Initialized(glorot, {5, 5}, 1).values, Initialized(glorot, {5, 5}, 1).values);
  EXPECT_NE(Initialized(glorot, {5, 5}, 1).values, Initialized(glorot, {5, 5}, 2).values);
}

TEST(Initializers, TheirOwnSeedDecidesAlone) {
  const char *one = "{\"name\": \"he_normal\", \"seed\": 1}";
  const char *two = "{\"name\": \"he_normal\", \"seed\": 2}";
  EXPECT_EQ(Initialized(one, {5, 5}, 1).values, Initialized(one, {5, 5}, 2).values);
  EXPECT_NE(Initialized(one, {5, 5}).values, Initialized(two, {5, 5}).values);
  rondo_parameter_info other = Initialized(one, {5, 5}).parameter;
  other.path = "another/kernel";
  std::vector<float> values(25);
  ASSERT_EQ(text(initialize(other, 9, values)), "");
  EXPECT_EQ(values, Initialized(one, {5, 5}).values);
  // Whole numbers of 64 bits, negative ones too.
  Initialized negative("{\"name\": \"he_normal\", \"seed\": -1}", {5, 5});
  EXPECT_NE(negative.values, Initialized(one, {5, 5}).values);
}

/// Mean, deviation and bounds of what `initializer` draws for a kernel (200, 50).
struct Drawn {
  const char *initializer;
  double mean, deviation, limit;
};

TEST(Initializers, DrawKerasDistributions) {
  const double cut = 2 / 0.87962566103423978; // two deviations of the whole normal distribution
  const double root = std::sqrt(1.0 / 200), average = std::sqrt(2.0 / 250);
  for (Drawn drawn :
       {Drawn{"{\"name\": \"random_uniform\", \"minval\": 1, \"maxval\": 3}", 2, 1 / std::sqrt(3.0),
              1},
        Drawn{"{\"name\": \"random_normal\", \"mean\": 1, \"stddev\": 0.5}", 1, 0.5, 5},
        Drawn{"{\"name\": \"truncated_normal\", \"mean\": -1, \"stddev\": 0.5}", -1, 0.5 * 2 / cut,
              1},
        Drawn{"{\"name\": \"glorot_uniform\"}", 0, average, std::sqrt(3.0) * average},
        Drawn{"{\"name\": \"glorot_normal\"}", 0, average, cut * average},
        Drawn{"{\"name\": \"he_uniform\"}", 0, std::sqrt(2.0) * root, std::sqrt(6.0) * root},
        Drawn{"{\"name\": \"he_normal\"}", 0, std::sqrt(2.0) * root, cut * std::sqrt(2.0) * root},
        Drawn{"{\"name\": \"lecun_uniform\"}", 0, root, std::sqrt(3.0) * root},
        Drawn{"{\"name\": \"lecun_normal\"}", 0, root, cut * root},
        Drawn{"{\"name\": \"orthogonal\", \"gain\": 2}", 0, 2 * root, 2}}) {
    Moments moments = Initialized(drawn.initializer, {200, 50}).moments();
    // Ten thousand numbers: five standard errors of mean and deviation.
    EXPECT_NEAR(moments.mean, drawn.mean, 5 * drawn.deviation / 100) << drawn.initializer;
    EXPECT_NEAR(std::sqrt(moments.variance), drawn.deviation, 0.04 * drawn.deviation)
        << drawn.initializer;
    EXPECT_LE(moments.high - drawn.mean, drawn.limit * 1.000001) << drawn.initializer;
    EXPECT_GE(moments.low - drawn.mean, -drawn.limit * 1.000001) << drawn.initializer;
  }
}

TEST(Initializers, UnknownOnesAreErrors) {
  EXPECT_EQ(Initialized("{\"name\": \"magic\"}", {3}).message,
            "the initializer of `layer/kernel`, {\"name\": \"magic\"}, is not known");
  EXPECT_NE(Initialized("magic", {3}).message, "");
  EXPECT_NE(Initialized("{\"name\": \"variance_scaling\", \"mode\": \"x\"}", {3}).message, "");
}

} // namespace
