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
                       "own/called/dense_3/kernel own/called/dense_3/bias "
                       "own/built/dense_4/kernel own/built/dense_4/bias dense_5/kernel");
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

} // namespace
} // namespace rondo::test
