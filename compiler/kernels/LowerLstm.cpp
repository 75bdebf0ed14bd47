//===- LowerLstm.cpp - LSTM forward and backward --------------------------===//
//
// The time loops are kernels. The gradients of weights and input are products
// over all rows (B, T) at once, outside the loop.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"

using namespace mlir;

namespace rondo {

/// Runs the forward kernel on the operands of an LSTM or of its gradient.
template <typename Op>
FailureOr<kernel::LstmForwardOp> EntryLowering::lstmForward(Op op, bool training) {
  SmallVector<DimExpr> input = dimsOf(op.getInput());
  const DimExpr &b = input[0], &t = input[1];
  std::optional<int64_t> features = input[2].getConstant();
  std::optional<int64_t> units = dimsOf(op.getRecurrentKernel())[0].getConstant();
  if (!features || !units)
    return op.emitError("an LSTM needs a static number of features and units");
  Type element = op.getInput().getType().getElementType();

  SmallVector<DimExpr> packedDims{(*units + lanes - 1) / lanes, *features + *units + 1, 4, lanes};
  Value packedOut = destination(packedDims, element);
  Value packed =
      builder
          .create<kernel::LstmPackOp>(loc, TypeRange(packedOut.getType()), tensorOf(op.getKernel()),
                                      tensorOf(op.getRecurrentKernel()), tensorOrNull(op.getBias()),
                                      ValueRange(packedOut))
          .getResult(0);

  DimExpr h = *units;
  SmallVector<Value> outs{destination({b, t, h}, element), destination({b, h}, element),
                          destination({b, h}, element)};
  if (training) {
    outs.push_back(destination({b, t, DimExpr(4) * h}, element));
    outs.push_back(destination({b, t, h}, element));
  }
  return builder.create<kernel::LstmForwardOp>(
      loc, TypeRange(ValueRange(outs)), tensorOf(op.getInput()), packed,
      tensorOrNull(op.getInitialH()), tensorOrNull(op.getInitialC()), outs, op.getActivation(),
      op.getRecurrentActivation());
}

LogicalResult EntryLowering::lowerLstm(LstmOp op) {
  FailureOr<kernel::LstmForwardOp> forward = lstmForward(op, bool(op.getGates()));
  if (failed(forward))
    return failure();
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), forward->getResults()))
    bind(result, tensor);
  return success();
}

/// h before each step: `sequence` one step later, behind the initial state or zeros.
Value EntryLowering::previousStates(Value sequence, Value initial, Dims dims) {
  Type element = elementOf(sequence);
  SmallVector<DimExpr> shortened(dims), first(dims);
  shortened[1] = dims[1] - DimExpr(1);
  first[1] = 1;
  Value rest = slice(sequence, BoxPlace({0, 0, 0}), shortened, element);
  if (initial)
    return concat({reshape(initial, first, element), rest}, /*axis=*/1, dims, element);
  return pad(rest, BoxPlace({0, 1, 0}), dims, element);
}

LogicalResult EntryLowering::lowerLstmGrad(LstmGradOp op) {
  Value sequence, gates, cells;
  if (op.getSequence()) {
    sequence = tensorOf(op.getSequence());
    gates = tensorOf(op.getGates());
    cells = tensorOf(op.getCells());
  } else {
    FailureOr<kernel::LstmForwardOp> forward = lstmForward(op, /*training=*/true);
    if (failed(forward))
      return failure();
    sequence = forward->getResult(0);
    gates = forward->getResult(3);
    cells = forward->getResult(4);
  }

  SmallVector<DimExpr> inputDims = dimsOf(op.getInput());
  SmallVector<DimExpr> kernelDims = dimsOf(op.getKernel());
  SmallVector<DimExpr> recurrentDims = dimsOf(op.getRecurrentKernel());
  const DimExpr &b = inputDims[0], &t = inputDims[1], &h = recurrentDims[0];
  SmallVector<DimExpr> gateDims{b, t, recurrentDims[1]};
  Type element = op.getInput().getType().getElementType();

  Value recurrent = transpose(tensorOf(op.getRecurrentKernel()), recurrentDims, {1, 0});
  SmallVector<Value> outs{destination(gateDims, element), destination({b, h}, element),
                          destination({b, h}, element)};
  auto backward = builder.create<kernel::LstmBackwardOp>(
      loc, TypeRange(ValueRange(outs)), recurrent, gates, cells, tensorOrNull(op.getInitialC()),
      tensorOrNull(op.getDSequence()), tensorOrNull(op.getDLastH()), tensorOrNull(op.getDLastC()),
      outs, op.getActivation(), op.getRecurrentActivation());
  Value dz = backward.getResult(0);

  auto wanted = [](Value result) { return result && !result.use_empty(); };
  if (wanted(op.getDInput())) {
    Value kernel = transpose(tensorOf(op.getKernel()), kernelDims, {1, 0});
    bind(op.getDInput(), product(dz, kernel, inputDims, /*numBatch=*/0, /*numM=*/2, /*numN=*/1,
                                 /*numK=*/1, /*transposeLhs=*/false));
  }
  if (wanted(op.getDKernel()))
    bind(op.getDKernel(), product(tensorOf(op.getInput()), dz, kernelDims, /*numBatch=*/0,
                                  /*numM=*/1, /*numN=*/1, /*numK=*/2, /*transposeLhs=*/true));
  if (wanted(op.getDRecurrentKernel())) {
    Value previous = previousStates(sequence, tensorOrNull(op.getInitialH()), {b, t, h});
    bind(op.getDRecurrentKernel(), product(previous, dz, recurrentDims, /*numBatch=*/0, /*numM=*/1,
                                           /*numN=*/1, /*numK=*/2, /*transposeLhs=*/true));
  }
  if (wanted(op.getDBias()))
    bind(op.getDBias(), reduce(ReduceKind::sum, dz, gateDims, /*first=*/0, /*count=*/2));
  if (op.getDInitialH()) {
    bind(op.getDInitialH(), backward.getResult(1));
    bind(op.getDInitialC(), backward.getResult(2));
  }
  return success();
}

} // namespace rondo
