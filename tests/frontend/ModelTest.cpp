//===- ModelTest.cpp - The modules that model files become ------*- C++ -*-===//
//
// Names, order of weights, sizes and attributes of the entries. The expected
// names and orders were printed by Keras 3.15.1 from the same text. That the ops
// compute Keras' numbers is tests/layers' business.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Verifier.h"
#include "tests/frontend/ModelFileTest.h"

using namespace mlir;

namespace rondo::test {
namespace {

class ModelFile : public ModelFileTest {
protected:
  /// The paths of the trainable variables.
  std::string trainable() {
    func::FuncOp function = entry("forward");
    std::string text;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto parameter = function.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter))
        if (parameter.getTrainable())
          text += (text.empty() ? "" : " ") + parameter.getPath().str();
    return text;
  }

  /// Where weight files of Keras have the variables.
  std::string storedPaths() {
    func::FuncOp function = entry("forward");
    std::string text;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto parameter = function.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter))
        text += (text.empty() ? "" : " ") + parameter.getStored().str();
    return text;
  }

  std::string symbols() {
    std::string text;
    for (Attribute symbol : (*model.module)->getAttrOfType<ArrayAttr>(RondoDialect::kSymbols))
      text += (text.empty() ? "" : " ") + cast<StringAttr>(symbol).str();
    return text;
  }

  std::string outputShape(unsigned i = 0) {
    return describeDims(entry("forward").getResultTypes()[i]);
  }
};

TEST_F(ModelFile, BecomesAForwardFunction) {
  ASSERT_TRUE(load("x = L.Input((10, 3), name='x')\n"
                   "h = L.LSTM(4, return_sequences=True)(x)\n"
                   "model = keras.Model(x, L.Dense(2, activation='softmax')(h[:, -1, :]))\n"));
  EXPECT_EQ(findings, "");
  EXPECT_FALSE(model.isCompiled);
  EXPECT_FALSE(entry("evaluate"));
  EXPECT_EQ(names("forward", RondoDialect::kInput), "x");
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "dense");
  EXPECT_EQ(weights(), "lstm/lstm_cell/kernel lstm/lstm_cell/recurrent_kernel lstm/lstm_cell/bias "
                       "dense/kernel dense/bias");
  EXPECT_EQ(outputShape(), "(B, 2)");
  EXPECT_EQ(symbols(), "B");
  EXPECT_EQ(count<LstmOp>(), 1);
  EXPECT_EQ(count<SoftmaxOp>(), 1);
}

TEST_F(ModelFile, NumbersOutputsOfOneLayer) {
  ASSERT_TRUE(load("x = L.Input((10, 3))\n"
                   "h, a, b = L.LSTM(4, return_state=True, name='lstm')(x)\n"
                   "d = L.Dense(2, name='d')\n"
                   "other = L.Dense(3, name='lstm_1')(a)\n"
                   "model = keras.Model(x, [h, a, b, other, d(a), d(b), b])\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "lstm lstm_2 lstm_3 lstm_1 d d_1 lstm_4");
}

TEST_F(ModelFile, KeepsLayerNamesAndPlacesInLocations) {
  ASSERT_TRUE(load("x = L.Input((3,))\n"
                   "y = L.Lambda(lambda t: ops.exp(t), name='pool')(x)\n"
                   "model = keras.Model(x, y)\n"));
  entry("forward").walk([](ExpOp op) {
    auto fused = dyn_cast<FusedLoc>(op.getLoc());
    ASSERT_TRUE(fused);
    EXPECT_EQ(cast<StringAttr>(fused.getMetadata()).getValue(), "pool");
    auto place = cast<FileLineColLoc>(fused.getLocations()[0]);
    EXPECT_EQ(place.getFilename().getValue(), "model.py");
    EXPECT_EQ(place.getLine(), 4u);
    EXPECT_EQ(place.getColumn(), 24u);
  });
}

TEST_F(ModelFile, OrdersWeightsByDepthAndNotByCreation) {
  ASSERT_TRUE(load("x = keras.Input((5, 4)); y = keras.Input((5, 4))\n"
                   "sh = L.Dense(4, name='shared')\n"
                   "a = L.LSTM(4, return_sequences=True, name='a')(x)\n"
                   "b = L.Dense(4, name='b')(sh(y))\n"
                   "c = sh(a)\n"
                   "d = L.Add(name='d')([b, c])\n"
                   "e = L.LSTM(3, name='e')(d); f = L.LSTM(3, name='f')(a)\n"
                   "g = L.Dense(2, name='g')(L.Concatenate()([f, e]))\n"
                   "model = keras.Model([y, x], [g, b])\n"));
  EXPECT_EQ(weights(),
            "a/lstm_cell/kernel a/lstm_cell/recurrent_kernel a/lstm_cell/bias shared/kernel "
            "shared/bias b/kernel b/bias f/lstm_cell/kernel f/lstm_cell/recurrent_kernel "
            "f/lstm_cell/bias e/lstm_cell/kernel e/lstm_cell/recurrent_kernel e/lstm_cell/bias "
            "g/kernel g/bias");
  EXPECT_EQ(names("forward", RondoDialect::kInput), "input_layer_1 input_layer");
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "g b");
}

TEST_F(ModelFile, OrdersOutputsOfOtherDepths) {
  ASSERT_TRUE(load("x = keras.Input((5, 4)); y = keras.Input((5, 4))\n"
                   "sh = L.Dense(4, name='shared')\n"
                   "a = L.LSTM(4, return_sequences=True, name='a')(x)\n"
                   "b = L.Dense(4, name='b')(sh(y))\n"
                   "d = L.Add(name='d')([b, sh(a)])\n"
                   "e = L.LSTM(3, name='e')(d); f = L.LSTM(3, name='f')(a)\n"
                   "unused = keras.Input((5, 4), name='unused')\n"
                   "model = keras.Model([x, y, unused], [f, e + 1.0])\n"));
  EXPECT_EQ(weights(),
            "a/lstm_cell/kernel a/lstm_cell/recurrent_kernel a/lstm_cell/bias shared/kernel "
            "shared/bias b/kernel b/bias e/lstm_cell/kernel e/lstm_cell/recurrent_kernel "
            "e/lstm_cell/bias f/lstm_cell/kernel f/lstm_cell/recurrent_kernel f/lstm_cell/bias");
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "f add");
  EXPECT_NE(findings.find("[unused-input]"), std::string::npos);
}

TEST_F(ModelFile, CountsNamesOfOperatorsAndLayersTogether) {
  ASSERT_TRUE(load("e = keras.Input((3,))\n"
                   "L.Add()([e, e])\n"
                   "outs = [-e, e @ ops.transpose(e), e[..., None], ops.softmax(e),\n"
                   "        ops.expand_dims(e, 1), keras.activations.relu(e), ops.relu(e), 1 - e,\n"
                   "        e / 2, e**2, ops.divide(e, 2), abs and ops.abs(e), e + e, e - 1,\n"
                   "        L.Dense(2, name='mine')(e), L.Dense(2)(e), ops.log_softmax(e),\n"
                   "        L.Softmax()(e), L.ReLU()(e)]\n"
                   "model = keras.Model(e, outs)\n"));
  EXPECT_EQ(names("forward", RondoDialect::kOutput),
            "negative matmul get_item softmax expand_dims re_lu relu subtract true_divide power "
            "divide absolute add_1 subtract_1 mine dense log_softmax softmax_1 re_lu_1");
}

TEST_F(ModelFile, NamesOperationsAfterKerasClasses) {
  ASSERT_TRUE(load(R"(
x = keras.Input((6, 4))
a = keras.activations
outs = [ops.where(1 > x, x, 0) + 0, ops.cast(x != 2, "float32"), x // 2, x % 2, 2**x, abs(x),
        ops.fabs(x), ops.hard_swish(x), a.swish(x), a.exponential(x), a.relu6(x), a.elu(x),
        ops.leaky_relu(x), a.gelu(x), ops.logsumexp(x, axis=1), ops.amax(x, axis=1),
        ops.split(x, 2, axis=1)[1], ops.einsum("bij->bji", x), x[:, 0],
        ops.cast(~(x > 0) & (x <= 1), "float32"), ops.flip(x, axis=1), L.add([x, x]),
        L.LeakyReLU()(x), L.Activation("gelu")(x), a.linear(x) * 2]
model = keras.Model(x, outs)
)"));
  EXPECT_EQ(names("forward", RondoDialect::kOutput),
            "add cast floor_divide mod power absolute fabs hard_silu silu exp relu6 elu leaky_relu "
            "gelu logsumexp amax split einsum get_item cast_1 flip add_1 leaky_re_lu activation "
            "multiply");
}

TEST_F(ModelFile, TracesActivationsAsPartsOfTheLayer) {
  ASSERT_TRUE(
      load("import tensorflow as tf\n"
           "x = L.Input((5, 3))\n"
           "y = L.Dense(2, activation=lambda t: ops.exp(-t) * L.ReLU()(t), name='d')(x)\n"
           "z = L.LSTM(2, activation=tf.nn.softplus, recurrent_activation='hard_swish')(y)\n"
           "model = keras.Model(x, [z, ops.exp(z)])\n"));
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "lstm exp");
  entry("forward").walk([](ReluOp op) {
    EXPECT_EQ(cast<StringAttr>(cast<FusedLoc>(op.getLoc()).getMetadata()).getValue(), "d");
  });
  EXPECT_EQ(count<ReluOp>(), 1);
  entry("forward").walk([](LstmOp op) {
    EXPECT_EQ(op.getActivation(), Activation::softplus);
    EXPECT_EQ(op.getRecurrentActivation(), Activation::hard_silu);
  });
}

TEST_F(ModelFile, MakesLoopsOfLstmsWithOtherActivations) {
  // What the sizes are turns out when the loops are there already.
  ASSERT_TRUE(load(
      "x, y, s = L.Input((None, 3)), L.Input((None, 3)), L.Input((None,))\n"
      "a = L.LSTM(4, activation='softmax', return_sequences=True)(x)\n"
      "b = L.LSTM(4, activation=lambda z: -z, return_sequences=True)(y, initial_state=[s, s])\n"
      "model = keras.Model([x, y, s], L.Add()([a, b]))\n"));
  EXPECT_TRUE(succeeded(mlir::verify(*model.module)));
  EXPECT_EQ(count<ScanOp>(), 2);
  EXPECT_EQ(count<LstmOp>(), 0);
  EXPECT_EQ(symbols(), "B T");
}

TEST_F(ModelFile, KeepsRecurrentLayersOfOneStateWhole) {
  ASSERT_TRUE(load("x = L.Input((None, 3))\n"
                   "a, h = L.GRU(4, return_sequences=True, return_state=True)(x)\n"
                   "b = L.SimpleRNN(4, activation='relu')(a, initial_state=h)\n"
                   "model = keras.Model(x, b)\n"));
  EXPECT_EQ(weights(), "gru/gru_cell/kernel gru/gru_cell/recurrent_kernel gru/gru_cell/bias "
                       "simple_rnn/simple_rnn_cell/kernel simple_rnn/simple_rnn_cell/"
                       "recurrent_kernel simple_rnn/simple_rnn_cell/bias");
  EXPECT_EQ(outputShape(), "(B, 4)");
  EXPECT_EQ(count<RnnOp>(), 2);
  EXPECT_EQ(count<ScanOp>(), 0);
}

TEST_F(ModelFile, MakesLoopsOfWhatRnnCannotDo) {
  ASSERT_TRUE(load("x = L.Input((None, 3))\n"
                   "a = L.GRU(4, reset_after=False)(x)\n"
                   "b = L.GRU(4, recurrent_activation='softmax')(x)\n"
                   "c = L.SimpleRNN(4, activation=lambda z: -z)(x)\n"
                   "model = keras.Model(x, L.Add()([a, b, c]))\n"));
  EXPECT_TRUE(succeeded(mlir::verify(*model.module)));
  EXPECT_EQ(count<RnnOp>(), 0);
  EXPECT_EQ(count<ScanOp>(), 3);
}

TEST_F(ModelFile, AsksACellOfTheFileForItsStatesOnce) {
  ASSERT_TRUE(load("class Fickle(L.Layer):\n"
                   "    asked = 0\n"
                   "    @property\n"
                   "    def state_size(self):\n"
                   "        self.asked += 1\n"
                   "        return 4 if self.asked == 1 else None\n"
                   "    def call(self, inputs, states):\n"
                   "        return states[0] + inputs, states\n"
                   "x = L.Input((5, 4))\n"
                   "a = L.RNN(Fickle())(x)\n"
                   "b = L.RNN([Fickle(), L.LSTMCell(4)])(x)\n"
                   "model = keras.Model(x, L.Add()([a, b]))\n"));
  EXPECT_EQ(count<ScanOp>(), 2);
}

TEST_F(ModelFile, BuildsWhileACallOfTheFileIsAround) {
  ASSERT_TRUE(load("class Around(L.Layer):\n"
                   "    def __call__(self, inputs, **kwargs):\n"
                   "        return super().__call__(inputs, **kwargs)\n"
                   "    def build(self, input_shape):\n"
                   "        self.gain = self.add_weight(shape=(4,), name='gain')\n"
                   "        self.dense = L.Dense(4)\n"
                   "        super().build(input_shape)\n"
                   "    def call(self, x):\n"
                   "        return self.dense(x) * self.gain\n"
                   "class Outer(L.Layer):\n"
                   "    def __init__(self):\n"
                   "        super().__init__()\n"
                   "        self.around = Around()\n"
                   "    def call(self, x):\n"
                   "        return self.around(x)\n"
                   "x = L.Input((5, 3))\n"
                   "model = keras.Model(x, Outer()(Around()(x)))\n"));
  EXPECT_EQ(weights(), "around_1/gain around_1/dense/kernel around_1/dense/bias outer/around/gain "
                       "outer/around/dense_1/kernel outer/around/dense_1/bias");
}

TEST_F(ModelFile, ComparesTensorsAsObjectsOutsideALambda) {
  ASSERT_TRUE(load("x = L.Input((3,)); y = L.Input((3,))\n"
                   "assert x == x and not (x == y) and x in [y, x] and x != None\n"
                   "z = L.Lambda(lambda p: ops.where(p[0] == p[1], p[0], 0.0))([x, y])\n"
                   "model = keras.Model([x, y], z)\n"));
  EXPECT_EQ(count<CompareOp>(), 1);
  EXPECT_EQ(count<SelectOp>(), 1);
}

TEST_F(ModelFile, TakesBoxesOfAxesOfUnknownLength) {
  ASSERT_TRUE(load("a = L.Input((None, 3)); b = L.Input((None, 3))\n"
                   "parts = [b[:, 2], b[:, -2:], b[:, 1:-1], b[:, ::-1]]\n"
                   "model = keras.Model([a, b], [L.Add()([a, b]), *parts])\n"));
  EXPECT_EQ(outputShape(1), "(B, 3)");
  EXPECT_EQ(outputShape(2), "(B, 2, 3)");
  EXPECT_EQ(outputShape(3), "(B, T-2, 3)");
  EXPECT_EQ(count<ReverseOp>(), 1);
  // The symbol that the addition found to be another one is gone from the offsets too.
  entry("forward").walk([](SliceOp op) {
    for (const DimExpr &offset : op.getPlace().offsets)
      for (const std::string &symbol : offset.getSymbols())
        EXPECT_EQ(symbol, "T");
  });
}

TEST_F(ModelFile, DoesNotCountOperationsInsideALambda) {
  ASSERT_TRUE(load("x = keras.Input((4, 3))\n"
                   "y = L.Lambda(lambda t: ops.sum(t * 2, axis=1) + 1)(x)\n"
                   "model = keras.Model(x, [y + 1, ops.sum(x, axis=1)])\n"));
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "add sum");
}

TEST_F(ModelFile, SharesTheVariablesOfALayerUsedTwice) {
  ASSERT_TRUE(load("x = keras.Input((4,)); d = L.Dense(4)\n"
                   "model = keras.Model(x, d(d(x)))\n"));
  EXPECT_EQ(weights(), "dense/kernel dense/bias");
  EXPECT_EQ(count<ContractOp>(), 2);
}

TEST_F(ModelFile, LeavesOutWhatTheOutputsDoNotNeed) {
  ASSERT_TRUE(load("x = keras.Input((4,))\n"
                   "L.Dense(7)(x)\n"
                   "model = keras.Model(x, L.Dense(2)(x))\n"));
  EXPECT_EQ(weights(), "dense_1/kernel dense_1/bias");
  EXPECT_EQ(count<ContractOp>(), 1);
}

TEST_F(ModelFile, NamesDictOutputsByTheirKeys) {
  ASSERT_TRUE(load("x = keras.Input((4,))\n"
                   "model = keras.Model(x, {'zz': L.Dense(2)(x), 'aa': L.Dense(3)(x)})\n"));
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "aa zz");
  EXPECT_EQ(outputShape(0), "(B, 3)");
}

TEST_F(ModelFile, PrefixesTheVariablesOfASequential) {
  ASSERT_TRUE(load("model = keras.Sequential([L.Input((5, 3)), L.LSTM(4), L.Dense(2)])\n"));
  EXPECT_EQ(weights(),
            "sequential/lstm/lstm_cell/kernel sequential/lstm/lstm_cell/recurrent_kernel "
            "sequential/lstm/lstm_cell/bias sequential/dense/kernel sequential/dense/bias");
  EXPECT_EQ(names("forward", RondoDialect::kInput), "input_layer");
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "dense");
}

TEST_F(ModelFile, AddsToASequential) {
  ASSERT_TRUE(load("model = keras.Sequential(name='seq')\n"
                   "model.add(L.LSTM(4, input_shape=(None, 3)))\n"
                   "for units in (6, 2):\n"
                   "    model.add(L.Dense(units))\n"
                   "assert model.count_params() == 3*16 + 4*16 + 16 + 30 + 14\n"));
  EXPECT_EQ(weights(), "seq/lstm/lstm_cell/kernel seq/lstm/lstm_cell/recurrent_kernel "
                       "seq/lstm/lstm_cell/bias seq/dense/kernel seq/dense/bias "
                       "seq/dense_1/kernel seq/dense_1/bias");
  EXPECT_EQ(symbols(), "B T");
}

TEST_F(ModelFile, GivesEachNoneASymbol) {
  ASSERT_TRUE(load("a = keras.Input((None, 3)); b = keras.Input((None, 3))\n"
                   "d = L.Dot(axes=(2, 2))([a, b])\n"
                   "model = keras.Model([a, b], d)\n"));
  EXPECT_EQ(outputShape(), "(B, T, T_1)");
  EXPECT_EQ(symbols(), "B T T_1");
}

TEST_F(ModelFile, MakesOneSymbolOfSizesThatMustAgree) {
  ASSERT_TRUE(load("a = keras.Input((None, 3)); b = keras.Input((None, 3))\n"
                   "s = ops.exp(b)\n"
                   "model = keras.Model([b, a], [L.Add()([a, b]), s, s[:, 1:]])\n"));
  EXPECT_EQ(outputShape(0), "(B, T, 3)");
  EXPECT_EQ(outputShape(1), "(B, T, 3)");
  EXPECT_EQ(outputShape(2), "(B, T-1, 3)");
  EXPECT_EQ(symbols(), "B T");
}

TEST_F(ModelFile, FixesASizeThatMeetsANumber) {
  ASSERT_TRUE(load("a = keras.Input((None, 3)); b = keras.Input((7, 3))\n"
                   "model = keras.Model([a, b], L.Concatenate()([ops.exp(a), b]))\n"));
  EXPECT_EQ(outputShape(), "(B, 7, 6)");
  EXPECT_EQ(symbols(), "B");
}

TEST_F(ModelFile, TakesAStaticBatch) {
  ASSERT_TRUE(load("a = keras.Input((3,), batch_size=4)\n"
                   "model = keras.Model(a, L.Dense(2)(a))\n"));
  EXPECT_EQ(outputShape(), "(4, 2)");
  EXPECT_EQ(symbols(), "");
}

TEST_F(ModelFile, InfersShapesAsKeras) {
  ASSERT_TRUE(load(R"(
a = keras.Input((5, 4)); t = keras.Input((None, 3)); v = keras.Input((4,))
def shape(x): return x.shape
assert shape(a[:, 0]) == (None, 4) and shape(a[:, -1:]) == (None, 1, 4)
assert shape(a[:, 1:3]) == (None, 2, 4) and shape(a[:, 1:100]) == (None, 4, 4)
assert shape(a[:, -3:-1]) == (None, 2, 4) and shape(a[:, -100:2]) == (None, 2, 4)
assert shape(a[:, None]) == (None, 1, 5, 4) and shape(a[..., 0]) == (None, 5)
assert shape(a[:, 0, 0]) == (None,) and shape(t[:, :-1]) == (None, None, 3)
assert shape(L.Dot(axes=1)([v, v])) == (None, 1) and shape(L.Dot(axes=(1, 2))([v, a])) == (None, 5)
assert shape(L.Dot(axes=-1)([a, a])) == (None, 5, 5)
assert shape(ops.sum(a)) == () and shape(ops.mean(a, axis=-1, keepdims=True)) == (None, 5, 1)
assert shape(ops.matmul(a, ops.transpose(a, (0, 2, 1)))) == (None, 5, 5)
assert shape(ops.expand_dims(v, -1)) == (None, 4, 1) and shape(ops.squeeze(a[:, :1], 1)) == (None, 4)
assert shape(L.Flatten()(a)) == (None, 20) and shape(L.Flatten()(t)) == (None, None)
assert shape(L.Reshape((10, -1))(a)) == (None, 10, 2) and shape(L.Reshape((-1, 1))(t)) == (None, None, 1)
assert shape(L.Permute((2, 1))(a)) == (None, 4, 5) and shape(L.RepeatVector(3)(v)) == (None, 3, 4)
out, h, c = L.LSTM(6, return_sequences=True, return_state=True)(a)
assert shape(out) == (None, 5, 6) and shape(h) == shape(c) == (None, 6)
assert shape(L.LSTM(6)(a, initial_state=[h, c])) == (None, 6)
assert shape(a + a[:, :1]) == (None, 5, 4) and shape(a * v[:, None]) == (None, 5, 4) and a.ndim == 3
model = keras.Model(a, h)
)"));
  EXPECT_EQ(names("forward", RondoDialect::kOutput), "lstm");
}

TEST_F(ModelFile, BuildsTheLossFromTheLogits) {
  ASSERT_TRUE(load("x = keras.Input((4,))\n"
                   "model = keras.Model(x, L.Dense(3, activation='softmax', name='p')(x))\n"
                   "model.compile('adam', 'sparse_categorical_crossentropy', "
                   "metrics=['accuracy', 'acc'])\n"));
  EXPECT_TRUE(model.isCompiled);
  EXPECT_EQ(count<SoftmaxCrossentropyOp>("evaluate"), 1);
  EXPECT_EQ(count<LogOp>("evaluate"), 0);
  EXPECT_EQ(names("evaluate", RondoDialect::kTarget), "p");
  EXPECT_EQ(names("evaluate", RondoDialect::kSampleWeight), "p");
  EXPECT_EQ(names("evaluate", RondoDialect::kMetricSum), "accuracy acc");
  auto optimizer = (*model.module)->getAttrOfType<DictionaryAttr>(RondoDialect::kOptimizer);
  ASSERT_TRUE(optimizer);
  EXPECT_EQ(cast<StringAttr>(optimizer.get("name")).getValue(), "adam");
  EXPECT_EQ(cast<FloatAttr>(optimizer.get("learning_rate")).getValueAsDouble(), 0.001);
}

TEST_F(ModelFile, ClipsProbabilitiesThatHaveNoLogits) {
  ASSERT_TRUE(load("x = keras.Input((6, 4))\n"
                   "p = L.Reshape((3,))(L.Dense(3, activation='softmax')(x[:, 0]))\n"
                   "model = keras.Model(x, p)\n"
                   "model.compile(keras.optimizers.SGD(0.5), "
                   "keras.losses.SparseCategoricalCrossentropy())\n"));
  EXPECT_EQ(count<LogOp>("evaluate"), 1);
  EXPECT_EQ(count<MaximumOp>("evaluate"), 1);
}

TEST_F(ModelFile, NamesTheMetricsOfSeveralOutputs) {
  ASSERT_TRUE(load("x = keras.Input((4,))\n"
                   "model = keras.Model(x, [L.Dense(1, name='p')(x), L.Dense(2, name='q')(x)])\n"
                   "model.compile('sgd', loss={'q': 'mse', 'p': 'mse'},\n"
                   "              metrics={'q': ['mae', keras.metrics.MeanSquaredError()]})\n"));
  EXPECT_EQ(names("evaluate", RondoDialect::kTarget), "p q");
  EXPECT_EQ(names("evaluate", RondoDialect::kMetricSum),
            "p_loss q_loss q_mae q_mean_squared_error");
}

TEST_F(ModelFile, NamesWeightedMetricsBesideOthers) {
  ASSERT_TRUE(load("x = keras.Input((4,))\n"
                   "model = keras.Model(x, L.Dense(2)(x))\n"
                   "model.compile('sgd', 'mse', metrics=['mae', 'mae', keras.losses.huber],\n"
                   "              weighted_metrics=['mae', 'mse'])\n"));
  EXPECT_EQ(names("evaluate", RondoDialect::kMetricSum), "mae mae_1 huber weighted_mae mse");
}

TEST_F(ModelFile, TrainsOneNumberForEachSample) {
  ASSERT_TRUE(load("x = keras.Input((4,))\n"
                   "model = keras.Model(x, ops.sum(x, axis=1))\n"
                   "model.compile(loss='bce', metrics=['accuracy'])\n"));
  auto evaluate = model.module->lookupSymbol<mlir::func::FuncOp>("evaluate");
  auto target = llvm::cast<mlir::RankedTensorType>(evaluate.getArgumentTypes()[1]);
  EXPECT_EQ(target.getRank(), 2);
  EXPECT_EQ(target.getDimSize(1), 1);
  EXPECT_EQ(names("evaluate", RondoDialect::kMetricSum), "accuracy");
  auto optimizer = (*model.module)->getAttrOfType<DictionaryAttr>(RondoDialect::kOptimizer);
  EXPECT_EQ(cast<StringAttr>(optimizer.get("name")).getValue(), "rmsprop");
}

TEST_F(ModelFile, TakesMeasuresInAllTheirForms) {
  ASSERT_TRUE(load(R"(
x = keras.Input((4,))
outputs = [L.Dense(2, name=f"o{i}")(x) for i in range(6)]
model = keras.Model(x, outputs)
model.compile("adamw", loss=["mse", "MeanSquaredError", keras.losses.MeanSquaredError,
                             keras.losses.MeanSquaredError(), keras.losses.mean_squared_error, "MSE"])
)"));
  // Six times the same loss: one subtraction each, and nothing else is subtracted.
  EXPECT_EQ(count<SubOp>("evaluate"), 6);
}

TEST_F(ModelFile, ClipsToTheLowerBoundWhereBoundsCross) {
  ASSERT_TRUE(load("x = L.Input((4,))\nmodel = keras.Model(x, keras.ops.clip(x, 1.0, 0.0))\n"));
  Operation *returned = entry("forward").getBody().front().getTerminator();
  EXPECT_TRUE(returned->getOperand(0).getDefiningOp<MaximumOp>());
}

TEST_F(ModelFile, MakesNumbersWithTheDtypesOfNumpy) {
  EXPECT_TRUE(load(R"(
import numpy as np
assert np.float32(0.1) != 0.1 and np.float64(0.1) == 0.1 and np.float32(np.sqrt(4)) == 2.0
assert np.int32(-2.7) == -2 and np.int64(9223372036854775807) == 9223372036854775807
x = keras.Input((4,), dtype=np.float32)
model = keras.Model(x, x * np.float32(0.5))
)"));
}

constexpr const char *script = R"(
import os
import numpy as np, matplotlib.pyplot as plt
from absl import app
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
keras.utils.set_random_seed(1)
x = keras.Input((4,))
model = keras.Model(x, L.Dense(1)(x))
def load(path):
    with np.load(path) as f:
        return f["x"], f["y"]
if __name__ == "__main__":
    import argparse
    args = argparse.ArgumentParser().parse_args()
    try:
        (a, b), (c, d) = load("train.npz"), load("test.npz")
    except FileNotFoundError as e:
        raise SystemExit(str(e))
    class Log(keras.callbacks.Callback):
        pass
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    for fold in range(args.folds):
        history = model.fit(a[:, 0], b, epochs=7, batch_size=args.batch, shuffle=False,
                            callbacks=[keras.callbacks.EarlyStopping(patience=2), Log()],
                            validation_data=(c, d), verbose=0)
    losses = [l for l in history.history["loss"] if l > 0]
    print(f"loss {losses[-1]:.3f}", np.mean(losses) * 2, len(losses))
    plt.plot(losses)
    model.save("model.keras")
    if args.verbose and os.path.exists("x"):
        model.summary()
)";

TEST_F(ModelFile, SummarizesWhatAModelOfAClassConsistsOf) {
  ASSERT_TRUE(load(R"(
class Inner(L.Layer):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(3)
    def call(self, x):
        return self.dense(x), x
class Whole(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [L.LSTM(4, return_sequences=True), Inner()]
        self.unused = L.Dense(9)
        self.gain = self.add_weight(shape=(3,), initializer="ones", name="gain")
    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x[0] * self.gain
model = Whole()
model.build((None, None, 2))
)"));
  EXPECT_EQ(findings, "");
  std::string text;
  for (const frontend::ModelSummary::Row &row : model.summary.rows) {
    text += row.name + " " + std::to_string(row.parameters);
    for (const std::vector<int64_t> &shape : row.outputShapes)
      for (int64_t size : shape)
        text += " " + std::to_string(size);
    text += "\n";
  }
  EXPECT_EQ(text, "lstm 112 -1 -1 4\ninner 15 -1 -1 3 -1 -1 4\ndense_1 0\nwhole 3 -1 -1 3\n");
  EXPECT_EQ(model.summary.countParameters(), 130);
  EXPECT_TRUE(model.summary.isChain);
}

TEST_F(ModelFile, SkipsTheTrainingScript) {
  ASSERT_TRUE(load(script));
  EXPECT_EQ(findings, "");
  EXPECT_FALSE(model.isCompiled);
  EXPECT_FALSE(model.fit.epochs);
}

TEST_F(ModelFile, SkimsTheTrainingScriptForCompileAndFit) {
  frontend::LoadOptions options;
  options.evaluateMain = true;
  ASSERT_TRUE(load(script, options));
  EXPECT_EQ(findings, "");
  EXPECT_TRUE(model.isCompiled);
  EXPECT_EQ(model.fit.epochs, 7);
  EXPECT_FALSE(model.fit.batchSize);
  EXPECT_EQ(model.fit.shuffle, false);
}

TEST_F(ModelFile, TakesAnotherVariableForTheModel) {
  frontend::LoadOptions options;
  options.modelVariable = "encoder";
  ASSERT_TRUE(load("x = keras.Input((4,)); h = L.Dense(2)(x)\n"
                   "encoder = keras.Model(x, h); model = keras.Model(x, L.Dense(1)(h))\n",
                   options));
  EXPECT_EQ(weights(), "dense/kernel dense/bias");
}

TEST_F(ModelFile, ReadsInitializersAndTrainable) {
  ASSERT_TRUE(load("x = keras.Input((2, 4))\n"
                   "d = L.Dense(2, trainable=False, bias_initializer='ones',\n"
                   "            kernel_initializer=keras.initializers.RandomNormal(stddev=0.3))\n"
                   "model = keras.Model(x, L.LSTM(2, unit_forget_bias=True)(d(x)))\n"));
  func::FuncOp function = entry("forward");
  auto kernel = function.getArgAttrOfType<ParameterAttr>(1, RondoDialect::kParameter);
  EXPECT_FALSE(kernel.getTrainable());
  EXPECT_EQ(kernel.getInitializer().getAs<StringAttr>("name").getValue(), "random_normal");
  EXPECT_EQ(kernel.getInitializer().getAs<FloatAttr>("stddev").getValueAsDouble(), 0.3);
  auto bias = function.getArgAttrOfType<ParameterAttr>(5, RondoDialect::kParameter);
  EXPECT_EQ(bias.getPath(), "lstm/lstm_cell/bias");
  EXPECT_TRUE(bias.getInitializer().getAs<BoolAttr>("unit_forget").getValue());
}

// What Keras 3.15 on TensorFlow says are the model's trainable variables.
TEST_F(ModelFile, FreezesLayersAndModelsAsKeras) {
  const std::string make = "x = keras.Input((3,))\n"
                           "a, b = L.Dense(2, name='a', use_bias=False), L.Dense(2, name='b', "
                           "use_bias=False)\n"
                           "model = keras.Model(x, b(a(x)))\n";
  const std::string makeFrozen = "x = keras.Input((3,))\n"
                                 "a = L.Dense(2, name='a', use_bias=False, trainable=False)\n"
                                 "b = L.Dense(2, name='b', use_bias=False)\n"
                                 "model = keras.Model(x, b(a(x)))\n";
  const std::pair<std::string, std::string> cases[] = {
      {make, "a/kernel b/kernel"},
      {make + "a.trainable = False\n", "b/kernel"},
      {make + "a.trainable = 0\n", "b/kernel"},
      {make + "model.get_layer('a').trainable = False\n", "b/kernel"},
      {make + "model.get_layer(index=-1).trainable = False\n", "a/kernel"},
      {make + "for layer in model.layers[:-1]:\n    layer.trainable = False\n", "b/kernel"},
      {make + "model.compile('sgd', 'mse')\na.trainable = False\n", "b/kernel"},
      {make + "model.trainable = False\n", ""},
      {make + "model.trainable = False\na.trainable = True\n", ""},
      {make + "a.trainable = False\nmodel.trainable = False\nmodel.trainable = True\n",
       "a/kernel b/kernel"},
      {makeFrozen, "b/kernel"},
      {makeFrozen + "a.trainable = True\n", "a/kernel b/kernel"},
      {makeFrozen + "model.trainable = True\n", "b/kernel"},
      {makeFrozen + "a.trainable = not a.trainable\n", "a/kernel b/kernel"},
      {"x = keras.Input((3,))\n"
       "model = keras.Model(x, L.Dense(2)(x), trainable=False)\n",
       ""},
      {"a = L.Dense(2, name='a', use_bias=False)\na.trainable = False\nx = keras.Input((3,))\n"
       "model = keras.Model(x, L.Dense(2, name='b', use_bias=False)(a(x)))\n",
       "b/kernel"},
      {"model = keras.Sequential([keras.Input((3,)), L.Dense(2)], trainable=False)\n", ""},
      {"model = keras.Sequential([keras.Input((3,)), L.Dense(2)], trainable=False)\n"
       "model.trainable = True\n",
       "sequential/dense/kernel sequential/dense/bias"},
      {"model = keras.Sequential([keras.Input((3,)), L.Dense(2)])\nmodel.trainable = False\n"
       "model.add(L.Dense(2))\n",
       ""},
      {"model = keras.Sequential([keras.Input((3,)), L.Dense(2), L.Dense(2)])\n"
       "model.layers[0].trainable = False\n",
       "sequential/dense_1/kernel sequential/dense_1/bias"},
      {"x = keras.Input((4, 3))\nl = L.LSTM(2)\nmodel = keras.Model(x, L.Dense(1)(l(x)))\n"
       "l.trainable = False\n",
       "dense/kernel dense/bias"}};
  for (const auto &[text, expected] : cases) {
    ASSERT_TRUE(load(text)) << text;
    EXPECT_EQ(trainable(), expected) << text;
  }
}

TEST_F(ModelFile, WrappersHaveTheWeightsOfTheirParts) {
  ASSERT_TRUE(load("x = L.Input((5, 3))\n"
                   "h = L.Bidirectional(L.LSTM(2, use_bias=False, return_sequences=True))(x)\n"
                   "h = L.TimeDistributed(L.Dense(4, use_bias=False))(h)\n"
                   "mine = L.SimpleRNN(2, use_bias=False, name='forward_mine')\n"
                   "h = L.Bidirectional(mine, merge_mode='sum', name='both')(h)\n"
                   "model = keras.Model(x, L.Dense(1, use_bias=False)(h))\n"));
  EXPECT_EQ(weights(), "bidirectional/forward_lstm/lstm_cell/kernel "
                       "bidirectional/forward_lstm/lstm_cell/recurrent_kernel "
                       "bidirectional/backward_lstm/lstm_cell/kernel "
                       "bidirectional/backward_lstm/lstm_cell/recurrent_kernel "
                       "time_distributed/dense/kernel "
                       "both/forward_mine/simple_rnn_cell/kernel "
                       "both/forward_mine/simple_rnn_cell/recurrent_kernel "
                       "both/backward_forward_mine/simple_rnn_cell/kernel "
                       "both/backward_forward_mine/simple_rnn_cell/recurrent_kernel "
                       "dense_1/kernel");
  EXPECT_EQ(storedPaths(), "layers/bidirectional/forward_layer/cell/vars/0 "
                           "layers/bidirectional/forward_layer/cell/vars/1 "
                           "layers/bidirectional/backward_layer/cell/vars/0 "
                           "layers/bidirectional/backward_layer/cell/vars/1 "
                           "layers/time_distributed/layer/vars/0 "
                           "layers/bidirectional_1/forward_layer/cell/vars/0 "
                           "layers/bidirectional_1/forward_layer/cell/vars/1 "
                           "layers/bidirectional_1/backward_layer/cell/vars/0 "
                           "layers/bidirectional_1/backward_layer/cell/vars/1 "
                           "layers/dense/vars/0");
}

TEST_F(ModelFile, FreezesPartsOfLayersAsKeras) {
  // What Keras' model.trainable_weights lists: the constructor of a wrapper freezes nothing.
  ASSERT_TRUE(load("x = L.Input((5, 3))\n"
                   "a = L.TimeDistributed(L.Dense(4, use_bias=False), trainable=False)\n"
                   "b = L.TimeDistributed(L.Dense(4, use_bias=False))\n"
                   "c = L.Bidirectional(L.SimpleRNN(2, use_bias=False, trainable=False))\n"
                   "d = L.MultiHeadAttention(1, 2, trainable=False, use_bias=False)\n"
                   "h = b(a(x))\n"
                   "model = keras.Model(x, c(d(h, h)))\n"
                   "b.trainable = False\n"));
  EXPECT_EQ(trainable(), "time_distributed/dense/kernel multi_head_attention/query/kernel "
                         "multi_head_attention/key/kernel multi_head_attention/value/kernel "
                         "multi_head_attention/attention_output/kernel");
}

TEST_F(ModelFile, KeepsTheHeadsOfAnAttentionWhereKerasDoes) {
  ASSERT_TRUE(load("x = L.Input((5, 3))\n"
                   "model = keras.Model(x, L.MultiHeadAttention(2, 4)(x, x))\n"));
  EXPECT_EQ(weights(), "multi_head_attention/query/kernel multi_head_attention/query/bias "
                       "multi_head_attention/key/kernel multi_head_attention/key/bias "
                       "multi_head_attention/value/kernel multi_head_attention/value/bias "
                       "multi_head_attention/attention_output/kernel "
                       "multi_head_attention/attention_output/bias");
  std::string layer = "layers/multi_head_attention/";
  EXPECT_EQ(storedPaths(), layer + "query_dense/vars/0 " + layer + "query_dense/vars/1 " + layer +
                               "key_dense/vars/0 " + layer + "key_dense/vars/1 " + layer +
                               "value_dense/vars/0 " + layer + "value_dense/vars/1 " + layer +
                               "output_dense/vars/0 " + layer + "output_dense/vars/1");
}

TEST_F(ModelFile, SlidesWindowsAlongTheLastAxisOfChannelsFirst) {
  // TensorFlow has no kernels for these on a CPU: no golden has them.
  for (const char *layer : {"L.Conv1D(6, 4, data_format='channels_first')",
                            "L.SeparableConv1D(6, 4, data_format='channels_first')",
                            "L.MaxPooling1D(4, 1, data_format='channels_first')",
                            "L.AveragePooling1D(4, 1, data_format='channels_first')"}) {
    ASSERT_TRUE(
        load(std::string("x = L.Input((6, 9))\nmodel = keras.Model(x, ") + layer + "(x))\n"));
    EXPECT_EQ(outputShape(), "(B, 6, 6)") << layer;
  }
}

TEST_F(ModelFile, UnderstandsTensorFlowsNames) {
  ASSERT_TRUE(
      load("import tensorflow as tf\n"
           "from tensorflow.keras import layers\n"
           "from tensorflow.keras.models import Model\n"
           "from tensorflow.keras.layers import *\n"
           "tf.random.set_seed(0)\n"
           "x = tf.keras.Input(shape=(3,)); y = layers.Dense(2)(x)\n"
           "model = Model(inputs=[x], outputs=[Activation(tf.keras.activations.tanh)(y)])\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(count<TanhOp>(), 1);
}

} // namespace
} // namespace rondo::test
