//===- LstmScan.cpp - The LSTM as a loop of small ops ---------------------===//
//
// The products of the input with its weights do not depend on the state: they
// are one product in front of the loop.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/LstmScan.h"
#include "dialect/IR/Scan.h"
#include "dialect/TensorNumber.h"

using namespace mlir;

namespace rondo {

static SmallVector<DimExpr> dimsOf(Value value) {
  return getDims(cast<RankedTensorType>(value.getType()));
}

/// The product over the last dimension of `lhs` and the first of `rhs`. Its type is given, not
/// inferred: while a model file is read, sizes may yet turn out to be the same.
static Value multiply(ImplicitLocOpBuilder &b, RankedTensorType type, Value lhs, Value rhs) {
  ArrayRef<int64_t> none;
  int64_t last = cast<RankedTensorType>(lhs.getType()).getRank() - 1;
  return b.create<ContractOp>(type, lhs, rhs, none, none, last, int64_t(0));
}

/// x[t]·kernel + bias of all steps.
static Value inputSums(ImplicitLocOpBuilder &b, RankedTensorType type, const LstmInputs &inputs) {
  Value sums = multiply(b, type, inputs.input, inputs.kernel);
  if (!inputs.bias)
    return sums;
  Value bias = b.create<BroadcastOp>(type, inputs.bias, int64_t(2));
  return b.create<AddOp>(sums, bias);
}

FailureOr<ScanOp> buildLstmScan(OpBuilder &builder, Location loc, const LstmInputs &inputs,
                                ActivationBuilder activation,
                                ActivationBuilder recurrentActivation) {
  ImplicitLocOpBuilder front(loc, builder);
  SmallVector<DimExpr> input = dimsOf(inputs.input);
  DimExpr units = dimsOf(inputs.recurrentKernel)[0];
  DimExpr gateUnits = DimExpr(4) * units;
  Type element = getElementTypeOrSelf(inputs.input);
  RankedTensorType states = makeTensorType({input[0], units}, element);
  RankedTensorType gateSums = makeTensorType({input[0], gateUnits}, element);
  auto initial = [&](Value state) { return state ? state : buildSplat(front, loc, states, 0.0); };

  ScanInputs scan;
  scan.carries = {initial(inputs.initialH), initial(inputs.initialC)};
  scan.sequences = {
      inputSums(front, makeTensorType({input[0], input[1], gateUnits}, element), inputs)};
  scan.constants = {inputs.recurrentKernel};
  scan.steps = input[1];
  auto step = [&](OpBuilder &builder,
                  Block::BlockArgListType arguments) -> FailureOr<SmallVector<Value>> {
    ImplicitLocOpBuilder b(loc, builder);
    Value h = arguments[0], c = arguments[1], sums = arguments[2], weights = arguments[3];
    Value z = b.create<AddOp>(sums, multiply(b, gateSums, h, weights));
    SmallVector<Value> gates; // i, f, g, o
    for (int64_t gate = 0; gate < 4; ++gate) {
      BoxPlace place({0, DimExpr(gate) * units});
      Value part = b.create<SliceOp>(states, z, place);
      gates.push_back((gate == 2 ? activation : recurrentActivation)(builder, loc, part));
      if (!gates.back())
        return failure();
    }
    Value kept = b.create<MulOp>(gates[1], c), added = b.create<MulOp>(gates[0], gates[2]);
    c = b.create<AddOp>(kept, added);
    Value activated = activation(builder, loc, c);
    if (!activated)
      return failure();
    h = b.create<MulOp>(gates[3], activated);
    return SmallVector<Value>{h, c, h};
  };
  return buildScan(builder, loc, scan, step);
}

Value buildActivation(OpBuilder &builder, Location loc, Activation activation, Value x) {
  ImplicitLocOpBuilder b(loc, builder);
  TensorNumber number(b, x);
  return activations::apply(activation, number).getTensor(number);
}

void expandLstm(LstmOp op) {
  assert(!op.getGates() && "what the training form keeps is for rondo.lstm_grad");
  OpBuilder builder(op);
  auto build = [](Activation activation) {
    return [activation](OpBuilder &builder, Location loc, Value x) {
      return buildActivation(builder, loc, activation, x);
    };
  };
  FailureOr<ScanOp> scan =
      buildLstmScan(builder, op.getLoc(),
                    {op.getInput(), op.getKernel(), op.getRecurrentKernel(), op.getBias(),
                     op.getInitialH(), op.getInitialC()},
                    build(op.getActivation()), build(op.getRecurrentActivation()));
  assert(succeeded(scan) && "elementwise activations can be built");
  op.getLastH().replaceAllUsesWith(scan->getResult(0));
  op.getLastC().replaceAllUsesWith(scan->getResult(1));
  op.getSequence().replaceAllUsesWith(scan->getResult(2));
  op.erase();
}

} // namespace rondo
