//===- LowerLstm.cpp - LSTM forward and backward --------------------------===//
//
// The time loops are kernels. The gradients of weights and input are products
// over all rows (B, T) at once, outside the loop; in segments, one kernel does it
// all.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace rondo {

Value EntryLowering::rowsDestination(const DimExpr &b, Value middle, const DimExpr &width,
                                     Type element) {
  SmallVector<OpFoldResult> sizes{sizeOrConstant(b), middle, sizeOrConstant(width)};
  return builder.create<tensor::EmptyOp>(loc, sizes, element);
}

/// Runs the forward kernel on the operands of an LSTM or of its gradient.
template <typename Op>
FailureOr<kernel::LstmForwardOp> EntryLowering::lstmForward(Op op, Tape tape) {
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
  if (tape == Tape::Steps) {
    outs.push_back(destination({b, t, DimExpr(4) * h}, element));
    outs.push_back(destination({b, t, h}, element));
  } else if (tape == Tape::Segments) {
    Value segments = createSegments(builder, loc, size(t));
    outs.push_back(rowsDestination(b, segments, DimExpr(2) * h, element));
  }
  return builder.create<kernel::LstmForwardOp>(
      loc, TypeRange(ValueRange(outs)), tensorOf(op.getInput()), packed,
      tensorOrNull(op.getInitialH()), tensorOrNull(op.getInitialC()), outs, op.getActivation(),
      op.getRecurrentActivation());
}

/// Whether the policy gave up gates and cells for states before segments.
static bool keepsSegments(LstmOp op) {
  auto decision = op->getAttrOfType<StringAttr>(RondoDialect::kResidual);
  if (!op.getGates() || !decision || decision != "segments")
    return false;
  auto users = llvm::concat<Operation *>(llvm::to_vector(op.getGates().getUsers()),
                                         llvm::to_vector(op.getCells().getUsers()));
  return llvm::all_of(users, llvm::IsaPred<LstmGradOp>);
}

LogicalResult EntryLowering::lowerLstm(LstmOp op) {
  const bool segments = keepsSegments(op);
  FailureOr<kernel::LstmForwardOp> forward =
      lstmForward(op, segments ? Tape::Segments : op.getGates() ? Tape::Steps : Tape::None);
  if (failed(forward))
    return failure();
  for (auto [result, tensor] : llvm::zip(op->getResults(), forward->getResults()))
    if (!segments || result != op.getGates())
      bind(result, tensor);
  if (segments)
    segmentStates[op.getGates()] = forward->getResult(3);
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

static bool isWanted(Value result) { return result && !result.use_empty(); }

LogicalResult EntryLowering::lowerLstmSegments(LstmGradOp op, Value states) {
  SmallVector<DimExpr> inputDims = dimsOf(op.getInput());
  SmallVector<DimExpr> recurrentDims = dimsOf(op.getRecurrentKernel());
  const DimExpr &b = inputDims[0], &t = inputDims[1], &h = recurrentDims[0];
  Type element = op.getInput().getType().getElementType();
  auto operands = states.getDefiningOp<kernel::LstmForwardOp>();

  Value segments = createSegments(builder, loc, size(t));
  Value length = builder.create<arith::CeilDivSIOp>(loc, size(t), segments);
  auto state = [&] { return destination({b, h}, element); };
  auto rows = [&](const DimExpr &width) { return rowsDestination(b, length, width, element); };
  SmallVector<Value> outs{state(), state(),   rows(h), state(),
                          state(), rows(recurrentDims[1]), rows(h), rows(recurrentDims[1])};
  SmallVector<bool> wanted;
  SmallVector<Value> gradients;
  for (Value gradient :
       {op.getDInput(), op.getDKernel(), op.getDRecurrentKernel(), op.getDBias()}) {
    wanted.push_back(isWanted(gradient));
    if (!wanted.back())
      continue;
    gradients.push_back(gradient);
    outs.push_back(destination(dimsOf(gradient), element));
  }
  Value kernel;
  if (wanted[0])
    kernel = transpose(tensorOf(op.getKernel()), dimsOf(op.getKernel()), {1, 0});
  Value recurrent = transpose(tensorOf(op.getRecurrentKernel()), recurrentDims, {1, 0});
  auto backward = builder.create<kernel::LstmSegmentsOp>(
      loc, TypeRange(ValueRange(outs)), tensorOf(op.getInput()), operands.getPacked(), kernel,
      recurrent, states, tensorOrNull(op.getDSequence()), tensorOrNull(op.getDLastH()),
      tensorOrNull(op.getDLastC()), outs, wanted, op.getActivation(), op.getRecurrentActivation());
  for (auto [gradient, result] : llvm::zip_equal(
           gradients, backward.getResults().drop_front(kernel::LstmSegmentsOp::kFixedOuts)))
    bind(gradient, result);
  if (op.getDInitialH()) {
    bind(op.getDInitialH(), backward.getResult(0));
    bind(op.getDInitialC(), backward.getResult(1));
  }
  return success();
}

LogicalResult EntryLowering::lowerLstmGrad(LstmGradOp op) {
  if (Value states = op.getGates() ? segmentStates.lookup(op.getGates()) : Value())
    return lowerLstmSegments(op, states);
  Value sequence, gates, cells;
  if (op.getSequence()) {
    sequence = tensorOf(op.getSequence());
    gates = tensorOf(op.getGates());
    cells = tensorOf(op.getCells());
  } else {
    FailureOr<kernel::LstmForwardOp> forward = lstmForward(op, Tape::Steps);
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

  if (isWanted(op.getDInput())) {
    Value kernel = transpose(tensorOf(op.getKernel()), kernelDims, {1, 0});
    bind(op.getDInput(), product(dz, kernel, inputDims, /*numBatch=*/0, /*numM=*/2, /*numN=*/1,
                                 /*numK=*/1, /*transposeLhs=*/false));
  }
  if (isWanted(op.getDKernel()))
    bind(op.getDKernel(), product(tensorOf(op.getInput()), dz, kernelDims, /*numBatch=*/0,
                                  /*numM=*/1, /*numN=*/1, /*numK=*/2, /*transposeLhs=*/true));
  if (isWanted(op.getDRecurrentKernel())) {
    Value previous = previousStates(sequence, tensorOrNull(op.getInitialH()), {b, t, h});
    bind(op.getDRecurrentKernel(), product(previous, dz, recurrentDims, /*numBatch=*/0, /*numM=*/1,
                                           /*numN=*/1, /*numK=*/2, /*transposeLhs=*/true));
  }
  if (isWanted(op.getDBias()))
    bind(op.getDBias(), reduce(ReduceKind::sum, dz, gateDims, /*first=*/0, /*count=*/2));
  if (op.getDInitialH()) {
    bind(op.getDInitialH(), backward.getResult(1));
    bind(op.getDInitialC(), backward.getResult(2));
  }
  return success();
}

} // namespace rondo
