//===- TrainableTest.cpp - What is frozen, wherever it is said --*- C++ -*-===//
//
// `trainable` of variables, of layers inside of others, and of classes of the file. What is
// expected is what Keras 3.15 on TensorFlow lists in model.trainable_variables.
//
//===----------------------------------------------------------------------===//

#include "tests/frontend/ModelFileTest.h"

namespace rondo::test {
namespace {

class Trainable : public ModelFileTest {
protected:
  /// The paths of the trainable variables.
  std::string trainable() {
    mlir::func::FuncOp function = entry("forward");
    std::string text;
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      auto parameter = function.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter);
      if (parameter && parameter.getTrainable())
        text += (text.empty() ? "" : " ") + parameter.getPath().str();
    }
    return text;
  }
  void expectTrainable(llvm::ArrayRef<std::pair<std::string, std::string>> cases,
                       const std::string &before = "") {
    for (const auto &[text, expected] : cases) {
      ASSERT_TRUE(load(before + text)) << text;
      EXPECT_EQ(findings, "") << text;
      EXPECT_EQ(trainable(), expected) << text;
    }
  }
};

TEST_F(Trainable, OfSingleVariables) {
  expectTrainable(
      {{"d.kernel.trainable = False\n", "a/bias"},
       {"for v in model.variables:\n    v.trainable = v.name == 'kernel'\n", "a/kernel"},
       {"d.kernel.trainable = False\nd.trainable = True\n", "a/bias"},
       {"d.kernel.trainable = False\nd.trainable = False\nd.trainable = True\n", "a/kernel a/bias"},
       {"d.kernel.trainable = False\nmodel.trainable = True\n", "a/bias"},
       {"d.trainable = False\nmodel.trainable = True\n", ""},
       {"d.trainable = False\nmodel.trainable = False\nmodel.trainable = True\n",
        "a/kernel a/bias"},
       {"d.trainable = False\nd.kernel.trainable = True\n", "a/kernel"}},
      "x = keras.Input((3,))\nd = L.Dense(2, name='a')\nmodel = keras.Model(x, d(x))\n");
}

TEST_F(Trainable, OfModelsInModels) {
  const std::string make = R"(
inner = keras.Sequential([keras.Input((3,)), L.Dense(4, name='c'), L.Dense(2, name='a')], name='inner')
x = keras.Input((3,))
model = keras.Model(x, L.Dense(1, name='b')(inner(x)))
)";
  expectTrainable(
      {{"inner.trainable = False\n", "b/kernel b/bias"},
       {"for layer in inner.layers[:-1]:\n    layer.trainable = False\n",
        "inner/a/kernel inner/a/bias b/kernel b/bias"},
       {"inner.trainable = False\ninner.layers[-1].trainable = True\n",
        "inner/a/kernel inner/a/bias b/kernel b/bias"},
       {"inner.trainable = True\nfor layer in inner.layers[:-1]:\n    layer.trainable = False\n",
        "inner/a/kernel inner/a/bias b/kernel b/bias"},
       {"model.trainable = False\nmodel.layers[-1].trainable = True\n", ""},
       {"for layer in model.layers:\n    setattr(layer, 'trainable', layer.name == 'b')\n",
        "b/kernel b/bias"}},
      make);
  // Frozen before it is a part of the other.
  expectTrainable({{R"(
i = keras.Input((3,))
inner = keras.Model(i, L.Dense(2, name='a')(i), name='inner')
inner.trainable = False
x = keras.Input((3,))
model = keras.Model(x, L.Dense(1, name='b')(inner(x)))
)",
                    "b/kernel b/bias"}});
}

TEST_F(Trainable, OfLayersInLayers) {
  const std::string x = "x = keras.Input((4, 3))\n";
  expectTrainable(
      {{"b = L.Bidirectional(L.SimpleRNN(2, use_bias=False, name='r'), name='bi')\n"
        "model = keras.Model(x, b(x))\nb.forward_layer.trainable = False\n",
        "bi/backward_r/simple_rnn_cell/kernel bi/backward_r/simple_rnn_cell/recurrent_kernel"},
       {"d = L.Dense(2, name='d')\nmodel = keras.Model(x, L.TimeDistributed(d, name='t')(x))\n"
        "d.trainable = False\n",
        ""},
       {"c = L.LSTMCell(2, name='c')\n"
        "model = keras.Model(x, L.Dense(1, name='b')(L.RNN(c, name='r')(x)))\n"
        "c.trainable = False\n",
        "b/kernel b/bias"},
       {"c = L.LSTMCell(2, name='c', trainable=False)\n"
        "model = keras.Model(x, L.Dense(1, name='b')(L.RNN(c, name='r')(x)))\n",
        "b/kernel b/bias"},
       {"c = [L.SimpleRNNCell(2, use_bias=False, name='c'), "
        "L.SimpleRNNCell(2, use_bias=False, name='d')]\n"
        "model = keras.Model(x, L.RNN(c, name='r')(x))\nc[0].trainable = False\n",
        "r/stacked_rnn_cells/d/kernel r/stacked_rnn_cells/d/recurrent_kernel"},
       {"m = L.MultiHeadAttention(1, 2, name='m', use_bias=False)\n"
        "model = keras.Model(x, L.Dense(1, name='b')(m(x, x)))\nm.trainable = False\n",
        "b/kernel b/bias"}},
      x);
}

TEST_F(Trainable, OfClassesOfTheFile) {
  const std::string twoLayers = R"(
class Two(L.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.d, self.e = L.Dense(3, name='d'), L.Dense(3, name='e')
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), name='w')
        self.v = self.add_weight(shape=(shape[-1],), name='v', trainable=False)
    def call(self, x):
        return self.e(self.d(x)) * self.w + self.v
x = keras.Input((3,))
)";
  expectTrainable(
      {{"model = keras.Model(x, Two(name='s')(x))\n",
        "s/w s/d/kernel s/d/bias s/e/kernel s/e/bias"},
       {"model = keras.Model(x, L.Dense(1, name='b')(Two(name='s', trainable=False)(x)))\n",
        "s/d/kernel s/d/bias s/e/kernel s/e/bias b/kernel b/bias"},
       {"s = Two(name='s')\ns.e.trainable = False\nmodel = keras.Model(x, s(x))\n",
        "s/w s/d/kernel s/d/bias"},
       {"s = Two(name='s')\nmodel = keras.Model(x, s(x))\ns.trainable = False\n"
        "s.e.trainable = True\n",
        "s/e/kernel s/e/bias"},
       {"s = Two(name='s')\ns.trainable = False\nmodel = keras.Model(x, L.Dense(1, "
        "name='b')(s(x)))\n",
        "b/kernel b/bias"},
       {"s = Two(name='s')\nmodel = keras.Model(x, s(x))\ns.w.trainable = False\n"
        "s.v.trainable = True\n",
        "s/v s/d/kernel s/d/bias s/e/kernel s/e/bias"}},
      twoLayers);
  const std::string ofModel = R"(
class Two(keras.Model):
    def __init__(self):
        super().__init__(name='m')
        self.a, self.b = L.Dense(2, name='a'), L.Dense(2, name='b')
    def call(self, x):
        return self.b(self.a(x))
model = Two()
model(keras.Input((3,)))
)";
  expectTrainable(
      {{"model.a.trainable = False\n", "m/b/kernel m/b/bias"},
       {"for layer in model.layers[:1]:\n    layer.trainable = False\n", "m/b/kernel m/b/bias"},
       {"model.trainable = False\n", ""}},
      ofModel);
}

} // namespace
} // namespace rondo::test
