//===- TrainingPhaseTest.cpp - What models do in training only ------------===//
//
// @forward and @evaluate are inference, but for calls that say `training=True`; @training
// is there where training is something else, and has the layers that were asked to be active.
//
//===----------------------------------------------------------------------===//

#include "tests/frontend/ModelFileTest.h"

using namespace mlir;

namespace rondo::test {
namespace {

class TrainingPhase : public ModelFileTest {
protected:
  /// Loads a model from `x`, (batch, 5, 4), to what the text calls `y`.
  void load(const std::string &text) {
    ASSERT_TRUE(ModelFileTest::load("x = keras.Input((5, 4))\n" + text +
                                    "model = keras.Model(x, L.Dense(2)(y))\n"
                                    "model.compile('sgd', 'mse')\n"));
    EXPECT_EQ(findings, "");
  }

  /// The streams of random numbers of an entry.
  std::vector<int64_t> streams(StringRef name = "training") {
    std::vector<int64_t> numbers;
    entry(name).walk([&](RandomOp op) { numbers.push_back(op.getStream()); });
    return numbers;
  }

  /// Whether the last argument of an entry is a random key.
  bool hasKey(StringRef name) {
    func::FuncOp function = entry(name);
    return bool(function.getArgAttr(function.getNumArguments() - 1, RondoDialect::kRandomKey));
  }

  /// The paths of the variables that training moves without a gradient.
  std::string updates() { return names("training", RondoDialect::kUpdateOf); }
};

TEST_F(TrainingPhase, DropoutIsActiveInTrainingOnly) {
  load("y = L.Dropout(0.5)(x)\n");
  for (const char *name : {"forward", "evaluate"}) {
    EXPECT_EQ(count<RandomOp>(name), 0) << name;
    EXPECT_EQ(count<SelectOp>(name), 0) << name;
  }
  EXPECT_EQ(count<RandomOp>("training"), 1);
  EXPECT_EQ(count<SelectOp>("training"), 1);
  EXPECT_TRUE(hasKey("training"));
  EXPECT_EQ(entry("training").getNumArguments(), entry("evaluate").getNumArguments() + 1);
}

TEST_F(TrainingPhase, WhatDrawsNothingHasNoKey) {
  load("y = L.BatchNormalization()(x)\n");
  for (const char *name : {"forward", "evaluate", "training"})
    EXPECT_FALSE(hasKey(name)) << name;
}

TEST_F(TrainingPhase, CallsMayAskForTrainingAtEveryUse) {
  load("y = L.Dropout(0.5)(x, training=True)\n");
  EXPECT_FALSE(entry("training")); // it is nothing else
  for (const char *name : {"forward", "evaluate"}) {
    EXPECT_EQ(streams(name), (std::vector<int64_t>{0})) << name;
    EXPECT_TRUE(hasKey(name)) << name;
  }
  load("y = L.Dropout(0.5)(L.GaussianNoise(0.5)(x), training=True)\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0}));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1}));
}

TEST_F(TrainingPhase, RecurrentLayersAndAttentionDoSo) {
  for (const char *layer : {"L.LSTM(3, dropout=0.5)(x, training=True)",
                            "L.GRU(3, recurrent_dropout=0.5)(x, training=True)",
                            "L.Bidirectional(L.LSTM(3, dropout=0.5))(x, training=True)",
                            "L.RNN(L.LSTMCell(3, dropout=0.5))(x, training=True)",
                            "L.Attention(dropout=0.5)([x, x], training=True)[:, 0]",
                            "L.MultiHeadAttention(1, 2, dropout=0.5)(x, x, training=True)[:, 0]"}) {
    load(std::string("y = ") + layer + "\n");
    EXPECT_FALSE(entry("training")) << layer;
    EXPECT_GT(count<RandomOp>("forward"), 0) << layer;
    EXPECT_TRUE(hasKey("forward")) << layer;
  }
}

TEST_F(TrainingPhase, StatisticsOfTheBatchCountAtEveryUseButMoveInTraining) {
  load("y = L.BatchNormalization(name='norm')(x, training=True)\n");
  EXPECT_GT(count<ReduceOp>("forward"), 0);
  EXPECT_EQ(names("forward", RondoDialect::kUpdateOf), "");
  EXPECT_EQ(updates(), "norm/moving_mean norm/moving_variance");
  load("norm = L.BatchNormalization()\n"
       "y = norm(x, training=True)\n"
       "norm.trainable = False\n");
  EXPECT_EQ(count<ReduceOp>("forward"), 0);
  EXPECT_FALSE(entry("training"));
}

TEST_F(TrainingPhase, WithoutSuchLayersThereIsOneLoss) {
  load("y = L.Dropout(0.0)(L.GaussianNoise(0.0)(x))\n"
       "y = L.Dropout(0.5)(y, training=False)\n");
  EXPECT_FALSE(entry("training"));
}

TEST_F(TrainingPhase, LayersThatTheModelDoesNotHaveDoNotCount) {
  load("L.Dropout(0.5)(x)\ny = x\n");
  EXPECT_FALSE(entry("training"));
}

TEST_F(TrainingPhase, EachCallDrawsNumbersOfItsOwn) {
  load("drop = L.Dropout(0.5)\n"
       "y = drop(drop(x))\n"
       "inner = keras.Sequential([keras.Input((5, 4)), L.GaussianNoise(0.5)])\n"
       "y = inner(inner(y))\n");
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST_F(TrainingPhase, CallsOfModelsSayWhatIsInside) {
  load("inner = keras.Sequential([keras.Input((5, 4)), L.Dropout(0.5), L.BatchNormalization()])\n"
       "y = inner(x, training=False)\n");
  EXPECT_FALSE(entry("training"));
}

TEST_F(TrainingPhase, CallsOfModelsSayItOfAllThatIsInside) {
  const std::string inner =
      "z = keras.Input((5, 4))\n"
      "noise = L.GaussianNoise(0.5)(L.Dropout(0.5)(z), training=False)\n"
      "norm = L.BatchNormalization(name='norm')(L.Dropout(0.5)(noise, training=True))\n"
      "inner = keras.Model(z, norm)\n";
  load(inner + "y = inner(x, training=True)\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(updates(), "norm/moving_mean norm/moving_variance");
  load(inner + "y = inner(x, training=False)\n");
  EXPECT_FALSE(entry("training"));
  EXPECT_FALSE(hasKey("forward"));
  load(inner + "y = inner(x)\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0}));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1}));
}

TEST_F(TrainingPhase, LayersOfTheFileSayItOfTheirOwn) {
  load("class Sampled(L.Layer):\n"
       "  def __init__(self):\n"
       "    super().__init__()\n"
       "    self.drop = L.Dropout(0.5)\n"
       "    self.noise = L.GaussianNoise(0.5)\n"
       "  def call(self, x):\n"
       "    return self.drop(self.noise(x), training=True)\n"
       "y = Sampled()(x)\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0}));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1}));
}

// Keras keeps what was said last until the outermost call ends.
TEST_F(TrainingPhase, WhatACallSaysCountsForTheNextOnes) {
  const std::string classes = "class Block(L.Layer):\n"
                              "  def __init__(self, says):\n"
                              "    super().__init__()\n"
                              "    self.says = says\n"
                              "    self.drops = [L.Dropout(0.5) for i in range(3)]\n"
                              "  def call(self, x):\n"
                              "    x = self.drops[1](self.drops[0](x), training=self.says)\n"
                              "    return self.drops[2](x)\n"
                              "class Around(L.Layer):\n"
                              "  def __init__(self, says):\n"
                              "    super().__init__()\n"
                              "    self.block = Block(says)\n"
                              "    self.drop = L.Dropout(0.5)\n"
                              "  def call(self, x):\n"
                              "    return self.drop(self.block(x))\n";
  load(classes + "y = L.Dropout(0.5)(Around(True)(x))\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1, 2, 3, 4}));
  load(classes + "y = L.Dropout(0.5)(Around(False)(x))\n");
  EXPECT_FALSE(hasKey("forward"));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1}));
}

TEST_F(TrainingPhase, ClassesDerivedFromLayersMayAlwaysTrain) {
  load("class MonteCarlo(L.Dropout):\n"
       "  def call(self, inputs, training=None):\n"
       "    return super().call(inputs, training=True)\n"
       "class Around(L.Layer):\n"
       "  def __init__(self):\n"
       "    super().__init__()\n"
       "    self.first = MonteCarlo(0.5)\n"
       "    self.second = L.Dropout(0.5)\n"
       "  def call(self, x):\n"
       "    return self.second(self.first(x))\n"
       "y = Around()(x)\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0}));
  EXPECT_EQ(streams(), (std::vector<int64_t>{0, 1}));
}

TEST_F(TrainingPhase, FunctionsOfKerasRandomDrawAtEveryUse) {
  load("class Sampling(L.Layer):\n"
       "  def __init__(self):\n"
       "    super().__init__()\n"
       "    self.seeds = keras.random.SeedGenerator(7)\n"
       "  def call(self, x):\n"
       "    batch = ops.shape(x)[0]\n"
       "    return x + keras.random.uniform((batch, 5, 1), seed=self.seeds.next())\n"
       "sampling = Sampling()\n"
       "y = sampling(sampling(x))\n");
  EXPECT_FALSE(entry("training")); // it is nothing else
  for (const char *name : {"forward", "evaluate"}) {
    EXPECT_EQ(streams(name), (std::vector<int64_t>{0, 1})) << name;
    EXPECT_TRUE(hasKey(name)) << name;
  }
}

TEST_F(TrainingPhase, FunctionsOfTensorFlowDoSo) {
  for (const char *drawn :
       {"tf.random.normal(tf.shape(t), stddev=0.1)",
        "tf.random.uniform((tf.shape(t)[0], 5, 4), maxval=3)",
        "tf.cast(tf.random.uniform(tf.shape(t), 0, 3, dtype=tf.int32), 'float32')",
        "tf.nn.dropout(t, 0.5)"}) {
    load(std::string("import tensorflow as tf\ny = L.Lambda(lambda t: t + ") + drawn + ")(x)\n");
    EXPECT_GT(count<RandomOp>("forward"), 0) << drawn;
    EXPECT_FALSE(entry("training")) << drawn;
  }
}

TEST_F(TrainingPhase, ScriptsMayDrawData) {
  load("import tensorflow as tf\n"
       "from keras.random import normal\n"
       "noise = tf.random.normal((8, 5, 4)) + normal((8, 5, 4)) * keras.random.gamma((1,), 2.0)\n"
       "y = L.Lambda(lambda t: t + normal(ops.shape(t)))(x)\n");
  EXPECT_EQ(count<RandomOp>("forward"), 1);
}

TEST_F(TrainingPhase, LayersThatDoNotAskForItHandItOn) {
  load("class Block(L.Layer):\n"
       "  def __init__(self):\n"
       "    super().__init__()\n"
       "    self.drop = L.Dropout(0.5)\n"
       "  def call(self, x):\n"
       "    return self.drop(x)\n"
       "y = Block()(Block()(x, training=True), training=False)\n");
  EXPECT_EQ(streams("forward"), (std::vector<int64_t>{0}));
  EXPECT_FALSE(entry("training"));
}

TEST_F(TrainingPhase, LayersOfTheFileHandItOn) {
  load("class Block(L.Layer):\n"
       "  def __init__(self):\n"
       "    super().__init__()\n"
       "    self.drop = L.Dropout(0.5)\n"
       "  def call(self, x, training=None):\n"
       "    return self.drop(x, training=training)\n"
       "y = Block()(Block()(x), training=False)\n");
  EXPECT_EQ(streams(), (std::vector<int64_t>{0}));
}

TEST_F(TrainingPhase, LayersOfTheFileMayAskForIt) {
  load("class Noise(L.Layer):\n"
       "  def call(self, x, training=None):\n"
       "    if training:\n"
       "      x = x + keras.random.normal(ops.shape(x))\n"
       "      self.add_loss(ops.sum(x))\n"
       "    return x\n"
       "y = L.BatchNormalization()(Noise()(x))\n");
  for (const char *name : {"forward", "evaluate"}) {
    EXPECT_EQ(count<RandomOp>(name), 0) << name;
    EXPECT_FALSE(hasKey(name)) << name;
  }
  EXPECT_EQ(count<RandomOp>("training"), 1);
  EXPECT_TRUE(hasKey("training"));
  EXPECT_EQ(updates(), "batch_normalization/moving_mean batch_normalization/moving_variance");
}

TEST_F(TrainingPhase, RecurrentLayersDropFeaturesOfAllSteps) {
  load("y = L.LSTM(3, dropout=0.5)(x)\n");
  EXPECT_EQ(count<LstmOp>("training"), 1);
  entry("training").walk([&](RandomOp op) { EXPECT_EQ(describeDims(op.getType()), "(B, 1, 4)"); });
}

TEST_F(TrainingPhase, BatchNormalizationMovesItsAverages) {
  load("y = L.BatchNormalization(name='norm')(x)\n");
  EXPECT_EQ(updates(), "norm/moving_mean norm/moving_variance");
  // Of the batch in training: nothing there reads them but what moves them.
  EXPECT_EQ(count<ReduceOp>("forward"), 0);
}

TEST_F(TrainingPhase, ASharedNormalizationMovesOncePerCall) {
  load("norm = L.BatchNormalization(name='norm')\ny = norm(norm(x))\n");
  EXPECT_EQ(updates(), "norm/moving_mean norm/moving_variance");
}

TEST_F(TrainingPhase, FrozenNormalizationStaysInInference) {
  load("norm = L.BatchNormalization()\n"
       "y = norm(x)\n"
       "norm.trainable = False\n");
  EXPECT_FALSE(entry("training"));
}

TEST_F(TrainingPhase, MovingAveragesAreNeverTrainable) {
  load("norm = L.BatchNormalization(name='norm')\n"
       "y = norm(x)\n"
       "norm.trainable = False\n"
       "norm.trainable = True\n");
  std::string trainable;
  func::FuncOp forward = entry("forward");
  for (unsigned i = 0; i < forward.getNumArguments(); ++i)
    if (auto parameter = forward.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter))
      if (parameter.getTrainable())
        trainable += parameter.getPath().str() + " ";
  EXPECT_EQ(trainable, "norm/gamma norm/beta dense/kernel dense/bias ");
}

TEST_F(TrainingPhase, ConstraintsOfTrainableWeightsAreAnEntry) {
  load("a = L.Dense(3, kernel_constraint='non_neg', bias_constraint='max_norm', name='a')\n"
       "b = L.Dense(3, kernel_constraint='unit_norm', name='b')\n"
       "y = b(a(x))\n"
       "b.trainable = False\n");
  ASSERT_TRUE(entry("constraints"));
  EXPECT_EQ(names("constraints", RondoDialect::kUpdateOf), "a/kernel a/bias");
  EXPECT_EQ(count<MaximumOp>("constraints"), 2);
  EXPECT_EQ(count<ReduceOp>("constraints"), 1);
}

TEST_F(TrainingPhase, WithoutConstraintsThereIsNoSuchEntry) {
  load("a = L.Dense(3, kernel_constraint='non_neg')\n"
       "y = a(x)\n"
       "a.trainable = False\n");
  EXPECT_FALSE(entry("constraints"));
}

TEST_F(TrainingPhase, EachUseOfALayerAddsItsPenalty) {
  load("a = L.Dense(4, activity_regularizer='l1')\n"
       "y = a(a(x))\n"
       "a(x)\n"); // which the model has not
  EXPECT_EQ(count<AbsOp>("evaluate"), 2);
  EXPECT_EQ(count<AbsOp>("forward"), 0);
}

} // namespace
} // namespace rondo::test
