//===- MasksTest.cpp - What masks make of a model ---------------*- C++ -*-===//
//
// The names that hidden operations take, the order of weights behind them, and which
// layers are handed a mask. Expected names and orders were printed by Keras 3.15.1.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Verifier.h"
#include "tests/frontend/ModelFileTest.h"

using namespace mlir;

namespace rondo::test {
namespace {

class Masks : public ModelFileTest {
protected:
  bool load(const std::string &text) {
    bool isLoaded = ModelFileTest::load(text);
    EXPECT_TRUE(!isLoaded || succeeded(verify(*model.module)));
    return isLoaded;
  }

  func::FuncOp forward() { return entry("forward"); }

  std::string outputs() { return names("forward", RondoDialect::kOutput); }
};

TEST_F(Masks, TakeNamesOfOperations) {
  ASSERT_TRUE(
      load("x = keras.Input((6, 3)); m = L.Masking()(x)\n"
           "c = L.Concatenate()([m, L.Dense(2)(x)])\n"
           "d = L.Concatenate()([c, c])\n"
           "a = ops.any(x > 0, axis=-1)\n"
           "z = L.Add()([c, c])\n"
           "y = ops.cast(ops.logical_or(a, a), 'float32')\n"
           "model = keras.Model(x, [d, ops.concatenate([z, z], axis=-1), L.LSTM(2)(d)])\n"));
  EXPECT_EQ(outputs(), "concatenate_2 concatenate_4 lstm");
}

TEST_F(Masks, DeepenTheGraphThatOrdersWeights) {
  // By the way through the mask 'pd' is as deep as 'qd'.
  ASSERT_TRUE(load("a = keras.Input((6, 3)); b = keras.Input((6, 3))\n"
                   "p = L.LSTM(2, name='p')(L.Masking()(L.Dense(3, name='pd')(a)))\n"
                   "q = L.LSTM(2, name='q')(L.Dense(3, name='qd2')(L.Dense(3, name='qd')(b)))\n"
                   "model = keras.Model([a, b], L.Concatenate()([q, p]))\n"));
  EXPECT_EQ(weights(), "pd/kernel pd/bias qd/kernel qd/bias qd2/kernel qd2/bias "
                       "q/lstm_cell/kernel q/lstm_cell/recurrent_kernel q/lstm_cell/bias "
                       "p/lstm_cell/kernel p/lstm_cell/recurrent_kernel p/lstm_cell/bias");
}

TEST_F(Masks, AreHandedToLayersOfOneTensor) {
  ASSERT_TRUE(load("x = keras.Input((None, 3)); m = L.Masking()(x)\n"
                   "open, h, c = L.LSTM(4, return_state=True)(x)\n"
                   "left_out = L.LSTM(4)(m, initial_state=[h, c])\n"
                   "first = L.LSTM(4, return_sequences=True)\n"
                   "y = first(m)\n"
                   "assert len(first.input) == 2 and y._keras_mask is not None\n"
                   "assert first.supports_masking and not L.Flatten().supports_masking\n"
                   "assert x._keras_mask is None and L.LSTM(2)(y)._keras_mask is None\n"
                   "z = L.GRU(4)(L.Dense(3)(y))\n"
                   "model = keras.Model(x, L.Concatenate()([open, left_out, z]))\n"));
  EXPECT_EQ(count<LstmOp>(), 3);
  EXPECT_EQ(count<RnnOp>(), 1);
  EXPECT_NE(findings.find("[mask-ignored]"), std::string::npos) << findings;
}

TEST_F(Masks, AreOperandsOfLstms) {
  ASSERT_TRUE(load("x = keras.Input((None, 3)); m = L.Masking()(x)\n"
                   "y = L.Bidirectional(L.LSTM(4, return_sequences=True, dropout=0.1))(m)\n"
                   "z, h, c = L.LSTM(4, return_sequences=True, return_state=True)(y)\n"
                   "a = L.LSTM(4, return_sequences=True, zero_output_for_mask=True)(z)\n"
                   "r = L.RNN(L.LSTMCell(4, activation='relu'))(m)\n"
                   "model = keras.Model(x, [a, r, h, c])\n"));
  EXPECT_EQ(count<LstmOp>(), 5);
  EXPECT_EQ(count<ScanOp>(), 0);
  forward().walk([](LstmOp op) { EXPECT_TRUE(op.getMask()); });
  // What comes from outside is not shown in front of the first step that counts; a loop over the
  // mask says where that is.
  ASSERT_TRUE(load("x = keras.Input((None, 3)); m = L.Masking()(x)\n"
                   "y, h, c = L.LSTM(4, return_state=True)(x)\n"
                   "z = L.LSTM(4)(m, initial_state=[h, c], mask=ops.any(x > 0, axis=-1))\n"
                   "model = keras.Model(x, z)\n"));
  EXPECT_EQ(count<LstmOp>(), 2);
  EXPECT_EQ(count<ScanOp>(), 1);
}

TEST_F(Masks, AreOperandsOfLayersWithOneState) {
  ASSERT_TRUE(load("x = keras.Input((None, 3)); m = L.Masking()(x)\n"
                   "y = L.Bidirectional(L.GRU(4, return_sequences=True, dropout=0.1))(m)\n"
                   "z = L.SimpleRNN(4, return_sequences=True, zero_output_for_mask=True)(y)\n"
                   "model = keras.Model(x, [z, L.RNN(L.GRUCell(4, activation='relu'))(m)])\n"));
  EXPECT_EQ(count<RnnOp>(), 4);
  EXPECT_EQ(count<ScanOp>(), 0);
  forward().walk([](RnnOp op) { EXPECT_TRUE(op.getMask()); });
}

TEST_F(Masks, OfLayersThatGoStepByStep) {
  ASSERT_TRUE(load("x = keras.Input((None, 3)); m = L.Masking()(x)\n"
                   "y = L.LSTM(4, activation='softmax')(m)\n"
                   "z = L.GRU(4, reset_after=False)(m)\n"
                   "model = keras.Model(x, [y, z, L.SimpleRNN(4, activation='softmax')(m)])\n"));
  EXPECT_EQ(count<LstmOp>(), 0);
  EXPECT_EQ(count<RnnOp>(), 0);
  EXPECT_EQ(count<ScanOp>(), 3);
}

TEST_F(Masks, EndAtOperators) {
  ASSERT_TRUE(load("x = keras.Input((5, 3)); m = L.Masking()(x)\n"
                   "y = L.LSTM(4)(2 * m)\n"
                   "z = L.LSTM(4)(m[:, 1:])\n"
                   "model = keras.Model(x, [y, z, L.LSTM(4)(L.Dot((2, 2))([m, m]))])\n"));
  EXPECT_EQ(findings, "");
  EXPECT_EQ(count<LstmOp>(), 3);
  EXPECT_EQ(count<ScanOp>(), 0);
}

} // namespace
} // namespace rondo::test
