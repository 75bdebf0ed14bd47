//===- ConstantsTest.cpp - Arrays that become part of a model ---*- C++ -*-===//
//
// Position encodings made by numpy, masks and lists of numbers as constants of the
// graph. tests/layers/models/arrays.py compares what they compute with Keras.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;

namespace rondo::test {
namespace {

class Constants : public testing::Test {
protected:
  /// The constants of several values that a file leaves in its model.
  std::vector<DenseElementsAttr> load(const std::string &text) {
    auto result = frontend::loadModelFile(
        context, "model.py", {}, engine,
        "import keras\nimport numpy as np\nfrom keras import layers as L, ops\n" + text);
    EXPECT_EQ(engine.render(), "");
    std::vector<DenseElementsAttr> constants;
    if (!result)
      return constants;
    model = std::move(*result);
    model.module->walk([&](arith::ConstantOp op) {
      auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
      if (elements && !elements.isSplat())
        constants.push_back(elements);
    });
    return constants;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  diagnostics::Engine engine;
  frontend::LoadedModel model;
};

TEST_F(Constants, PositionEncodings) {
  auto constants = load("T, d = 5, 4\n"
                        "position = np.arange(T)[:, None]\n"
                        "rate = np.power(10000, (2 * (np.arange(d) // 2)) / d)\n"
                        "angle = position / rate\n"
                        "pe = np.zeros((T, d))\n"
                        "pe[:, 0::2] = np.sin(angle[:, 0::2])\n"
                        "pe[:, 1::2] = np.cos(angle[:, 1::2])\n"
                        "x = L.Input((T, d))\n"
                        "model = keras.Model(x, L.Dense(2)(x + pe[None]))\n");
  ASSERT_EQ(constants.size(), 1u);
  EXPECT_EQ(constants[0].getType().getShape(), (llvm::ArrayRef<int64_t>{1, 5, 4}));
  auto values = llvm::to_vector(constants[0].getValues<float>());
  for (int t = 0; t < 5; ++t) {
    EXPECT_EQ(values[t * 4], float(std::sin(double(t))));
    EXPECT_EQ(values[t * 4 + 1], float(std::cos(double(t))));
    EXPECT_EQ(values[t * 4 + 3], float(std::cos(t / 100.0)));
  }
}

TEST_F(Constants, EqualNumbersAreOne) {
  EXPECT_TRUE(load("x = L.Input((3, 2))\n"
                   "y = x * np.full((3, 2), 0.5) + np.zeros(2) - ops.ones(2)\n"
                   "model = keras.Model(x, y)\n")
                  .empty());
}

TEST_F(Constants, MasksAndTables) {
  auto constants =
      load("x = L.Input((3, 2))\n"
           "mask = np.array([True, False, True])\n"
           "y = ops.where(mask[:, None], ops.arange(1, 3) * x, ops.array([[0.5, 1.5]]))\n"
           "model = keras.Model(x, y)\n");
  ASSERT_EQ(constants.size(), 3u);
  unsigned bools = 0;
  for (DenseElementsAttr constant : constants)
    bools += constant.getElementType().isInteger(1);
  EXPECT_EQ(bools, 1u);
}

TEST_F(Constants, OperationsOnArraysAloneAreNotInTheGraph) {
  auto constants = load("x = L.Input((4,))\n"
                        "scale = ops.sqrt(ops.cast(ops.arange(1, 5), 'float32'))\n"
                        "model = keras.Model(x, x * ops.exp(-np.arange(4) / 2))\n"
                        "print(scale)\n");
  ASSERT_EQ(constants.size(), 1u);
  EXPECT_EQ(constants[0].getValues<float>()[2], std::exp(-1.0f));
  unsigned operations = 0;
  model.module->walk([&](Operation *op) { operations += isa<ExpOp, SqrtOp>(op); });
  EXPECT_EQ(operations, 0u);
}

} // namespace
} // namespace rondo::test
