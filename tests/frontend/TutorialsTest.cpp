//===- TutorialsTest.cpp - What files of older tutorials rely on ----------===//
//
// Scopes of names, Sequentials that wait for their shape, layers as activations. The
// expected names, shapes and orders were printed by Keras 3.15.1 from the same text, those of
// activations after a call on numbers.
//
//===----------------------------------------------------------------------===//

#include "tests/frontend/ModelFileTest.h"

using namespace mlir;

namespace rondo::test {
namespace {

class TutorialFile : public ModelFileTest {
protected:
  std::string inputShape() { return describeDims(entry("forward").getArgumentTypes()[0]); }

  /// The paths of the trainable variables, and where weight files have all of them.
  std::pair<std::string, std::string> trainableAndStored() {
    func::FuncOp function = entry("forward");
    std::string trainable, stored;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto parameter = function.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter)) {
        if (parameter.getTrainable())
          trainable += parameter.getPath().str() + " ";
        stored += parameter.getStored().str() + " ";
      }
    return {trainable, stored};
  }
};

TEST_F(TutorialFile, BeginsPathsWithScopes) {
  ASSERT_TRUE(load("x = L.Input((3,))\n"
                   "class Own(L.Layer):\n"
                   "    def __init__(self):\n"
                   "        super().__init__()\n"
                   "        with keras.name_scope('made'):\n"
                   "            self.first = L.Dense(3)\n"
                   "    def build(self, shape):\n"
                   "        with keras.name_scope('built'):\n"
                   "            self.w = self.add_weight(shape=(3,), name='w')\n"
                   "            self.second = L.Dense(3)\n"
                   "            self.second.build(shape)\n"
                   "    def call(self, x):\n"
                   "        with keras.name_scope('called'):\n"
                   "            x = self.first(x)\n"
                   "        return self.second(x * self.w)\n"
                   "with keras.name_scope('a') as scope, keras.name_scope(''):\n"
                   "    y = L.Dense(3, use_bias=False)(x)\n"
                   "    try:\n"
                   "        with keras.name_scope('b'):\n"
                   "            y = L.Dense(3, use_bias=False)(y)\n"
                   "            raise ValueError('out of it')\n"
                   "    except ValueError:\n"
                   "        y = L.Dense(3, use_bias=False)(y)\n"
                   "model = keras.Model(x, L.Dense(3, use_bias=False)(Own()(y)))\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(weights(), "a/dense/kernel a/b/dense_1/kernel a/dense_2/kernel own/w "
                       "own/called/dense_4/kernel own/called/dense_4/bias "
                       "own/built/dense_5/kernel own/built/dense_5/bias dense_3/kernel");
}

TEST_F(TutorialFile, LeavesPathsToScopesOfTensorFlow) {
  ASSERT_TRUE(load("import tensorflow as tf\n"
                   "from keras import backend as K\n"
                   "x = L.Input((3,))\n"
                   "with tf.name_scope('a'):\n"
                   "    y = L.Dense(3, use_bias=False)(x)\n"
                   "with K.name_scope('b'):\n"
                   "    y = L.Dense(3, use_bias=False)(y)\n"
                   "model = keras.Model(x, y)\n"));
  EXPECT_EQ(weights(), "dense/kernel dense_1/kernel");
}

TEST_F(TutorialFile, MapsSamplesWithTensorFlow) {
  ASSERT_TRUE(load("import tensorflow as tf\n"
                   "class Halves(L.Layer):\n"
                   "    def call(self, x):\n"
                   "        return tf.map_fn(lambda t: ops.sum(t, axis=0) / 2.0, x, tf.float32)\n"
                   "x = L.Input((5, 3))\n"
                   "model = keras.Model(x, Halves()(x))\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(describeDims(entry("forward").getResultTypes()[0]), "(B, 3)");
}

TEST_F(TutorialFile, TakesSequencesOfAnyLengthForAnEmbeddingInFront) {
  ASSERT_TRUE(load("model = keras.Sequential()\n"
                   "model.add(L.Embedding(50, 4))\n"
                   "model.add(L.LSTM(3))\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(inputShape(), "(B, T)");
  EXPECT_EQ(weights(), "sequential/embedding/embeddings sequential/lstm/lstm_cell/kernel "
                       "sequential/lstm/lstm_cell/recurrent_kernel sequential/lstm/lstm_cell/bias");
}

TEST_F(TutorialFile, ShapesThatAreBuiltReplaceLikelyOnes) {
  const std::string made = "model = keras.Sequential([L.Embedding(50, 4), L.Dense(2)])\n"
                           "model.compile('sgd', 'mse')\n";
  ASSERT_TRUE(load(made));
  EXPECT_EQ(inputShape(), "(B, T)");
  ASSERT_TRUE(load(made + "model.build((8, 40))\n"));
  EXPECT_EQ(inputShape(), "(8, 40)");
  EXPECT_TRUE(model.isCompiled);
  ASSERT_TRUE(load(made + "assert model.output_shape == (None, None, 2)\n"
                          "model.build(input_shape=(None, 40, 3))\n"
                          "assert model.output_shape == (None, 40, 3, 2)\n"));
  EXPECT_EQ(inputShape(), "(B, 40, 3)");
  EXPECT_EQ(weights(), "sequential/embedding/embeddings sequential/dense/kernel "
                       "sequential/dense/bias");
}

TEST_F(TutorialFile, CompilesASequentialBeforeItIsBuilt) {
  ASSERT_TRUE(load("model = keras.Sequential([L.LSTM(4), L.Dense(2)])\n"
                   "model.compile('sgd', 'mse')\n"
                   "model.build((None, 10, 3))\n"));
  EXPECT_EQ(findings, "");
  EXPECT_TRUE(model.isCompiled);
  EXPECT_EQ(inputShape(), "(B, 10, 3)");
}

TEST_F(TutorialFile, TakesTheLengthThatAnEmbeddingOfKeras2Says) {
  ASSERT_TRUE(load("model = keras.Sequential()\n"
                   "model.add(L.Embedding(50, 4, input_length=40))\n"
                   "model.add(L.Flatten())\n"
                   "model.add(L.Dense(2))\n"));
  EXPECT_EQ(inputShape(), "(B, 40)");
}

TEST_F(TutorialFile, OwnsWhatItsActivationsWeigh) {
  ASSERT_TRUE(load("x = L.Input((6, 8))\n"
                   "class Swish(L.Layer):\n"
                   "    def build(self, shape):\n"
                   "        self.beta = self.add_weight(shape=(1,), name='beta')\n"
                   "    def call(self, x):\n"
                   "        return x * ops.sigmoid(self.beta * x)\n"
                   "slopes = L.PReLU(shared_axes=[1])\n"
                   "y = L.Dense(4, activation=slopes)(x)\n"
                   "y = L.Dense(4, use_bias=False, activation=slopes)(y)\n"
                   "y = L.TimeDistributed(L.Dense(4, activation=L.PReLU()))(y)\n"
                   "y = L.Activation(L.PReLU())(y)\n"
                   "model = keras.Model(x, L.Dense(4, activation=Swish())(y))\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(weights(), "dense/kernel dense/bias dense/p_re_lu/alpha dense_1/kernel "
                       "time_distributed/dense_2/kernel time_distributed/dense_2/bias "
                       "time_distributed/p_re_lu_1/alpha activation/p_re_lu_2/alpha "
                       "dense_3/kernel dense_3/bias dense_3/swish/beta");
}

TEST_F(TutorialFile, FreezesActivationsAsKeras) {
  // The constructor freezes the layer's own weights, setting `trainable` later those below too.
  const std::string x = "x = L.Input((8,))\n";
  ASSERT_TRUE(load(x + "model = keras.Model(x, L.Dense(4, activation=L.PReLU(), "
                       "trainable=False)(x))\n"));
  EXPECT_EQ(trainableAndStored().first, "dense/p_re_lu/alpha ");
  EXPECT_EQ(trainableAndStored().second, "layers/dense/vars/0 layers/dense/vars/1 "
                                         "layers/dense/activation/vars/0 ");
  ASSERT_TRUE(load(x + "model = keras.Model(x, L.Dense(4, activation=L.PReLU("
                       "trainable=False))(x))\n"));
  EXPECT_EQ(trainableAndStored().first, "dense/kernel dense/bias ");
  for (const char *order : {"d.trainable = False\ny = d(x)\n", "y = d(x)\nd.trainable = False\n"}) {
    ASSERT_TRUE(
        load(x + "d = L.Dense(4, activation=L.PReLU())\n" + order + "model = keras.Model(x, y)\n"));
    EXPECT_EQ(trainableAndStored().first, "");
  }
}

} // namespace
} // namespace rondo::test
