//===- PolicyTest.cpp - Dtype policies --------------------------*- C++ -*-===//
//
// Which LSTMs of a file read their weights as bfloat16, by whatever says so.
//
//===----------------------------------------------------------------------===//

#include "tests/frontend/ModelFileTest.h"

namespace rondo::test {
namespace {

class Policies : public ModelFileTest {
protected:
  /// "1 of 2": how many LSTMs of an entry do.
  std::string mixed(llvm::StringRef name = "forward") {
    int reading = 0, all = 0;
    entry(name).walk([&](LstmOp lstm) {
      ++all;
      reading += lstm->hasAttr(RondoDialect::kWeights);
    });
    return std::to_string(reading) + " of " + std::to_string(all);
  }
};

TEST_F(Policies, AreUnderstoodHoweverTheyAreWritten) {
  const std::string x = "x = keras.Input((5, 3))\n",
                    model = "model = keras.Model(x, L.LSTM(4)(x))\n";
  const std::string given = "model = keras.Model(x, L.LSTM(4, dtype=policy)(x))\n";
  const std::pair<std::string, std::string> cases[] = {
      {x + model, "0 of 1"},
      {"keras.config.set_dtype_policy('mixed_bfloat16')\n" + x + model, "1 of 1"},
      {"keras.mixed_precision.set_global_policy('mixed_bfloat16')\n" + x + model, "1 of 1"},
      {"keras.mixed_precision.set_dtype_policy(keras.DTypePolicy('mixed_bfloat16'))\n" + x + model,
       "1 of 1"},
      {"from tensorflow.keras import mixed_precision\n"
       "mixed_precision.set_global_policy(mixed_precision.Policy('mixed_bfloat16'))\n" +
           x + model,
       "1 of 1"},
      {"import tensorflow as tf\n"
       "tf.keras.mixed_precision.set_global_policy('mixed_bfloat16')\n" +
           x + model,
       "1 of 1"},
      {x + "policy = 'mixed_bfloat16'\n" + given, "1 of 1"},
      {x + "policy = keras.DTypePolicy('mixed_bfloat16')\n" + given, "1 of 1"},
      {x + "policy = keras.dtype_policies.get('mixed_bfloat16')\n" + given, "1 of 1"},
      {x + "policy = L.Dense(1, dtype='mixed_bfloat16').get_config()['dtype']\n" + given, "1 of 1"},
      // Layers have that of when they are made, or their own.
      {x + model + "keras.config.set_dtype_policy('mixed_bfloat16')\n", "0 of 1"},
      {"keras.config.set_dtype_policy('mixed_bfloat16')\n"
       "keras.config.set_dtype_policy('float32')\n" +
           x + model,
       "0 of 1"},
      {"keras.config.set_dtype_policy('mixed_bfloat16')\npolicy = 'float32'\n" + x + given,
       "0 of 1"},
      {"keras.config.set_dtype_policy('mixed_bfloat16')\nkeras.backend.clear_session()\n" + x +
           model,
       "0 of 1"},
  };
  for (const auto &[text, expected] : cases) {
    ASSERT_TRUE(load(text)) << text;
    EXPECT_EQ(findings, "") << text;
    EXPECT_EQ(mixed(), expected) << text;
  }
}

TEST_F(Policies, GoWithLayersIntoOthers) {
  const std::string x = "x = keras.Input((5, 3))\n";
  const std::pair<std::string, std::string> cases[] = {
      {"L.Bidirectional(L.LSTM(4, dtype='mixed_bfloat16'))", "2 of 2"},
      {"L.Bidirectional(L.LSTM(4), backward_layer=L.LSTM(4, go_backwards=True, "
       "dtype='mixed_bfloat16'))",
       "1 of 2"},
      {"L.RNN(L.LSTMCell(4, dtype='mixed_bfloat16'))", "1 of 1"},
      {"L.RNN(L.LSTMCell(4), dtype='mixed_bfloat16')", "0 of 1"},
      {"L.Bidirectional(L.RNN(L.LSTMCell(4, dtype='mixed_bfloat16')))", "2 of 2"},
      {"keras.Sequential([L.LSTM(4, return_sequences=True), L.LSTM(2, dtype='mixed_bfloat16')])",
       "1 of 2"},
  };
  for (const auto &[layer, expected] : cases) {
    ASSERT_TRUE(load(x + "model = keras.Model(x, " + layer + "(x))\n")) << layer;
    EXPECT_EQ(mixed(), expected) << layer;
  }
  // A copy is like the layer, whatever is the policy of the file by then.
  ASSERT_TRUE(load(x + "layer = L.LSTM(4)\nkeras.config.set_dtype_policy('mixed_bfloat16')\n"
                       "model = keras.Model(x, L.Bidirectional(layer)(x))\n"));
  EXPECT_EQ(mixed(), "0 of 2");
}

TEST_F(Policies, AreOfPredictionsAndEvaluationAlike) {
  ASSERT_TRUE(load("x = keras.Input((5, 3))\n"
                   "h = L.LSTM(4, return_sequences=True, dtype='mixed_bfloat16')(x)\n"
                   "model = keras.Model(x, L.LSTM(2)(h))\n"
                   "model.compile('sgd', 'mse')\n"));
  EXPECT_EQ(mixed(), "1 of 2");
  EXPECT_EQ(mixed("evaluate"), "1 of 2");
}

} // namespace
} // namespace rondo::test
