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

static constexpr int64_t kGates = 4; // i, f, g, o

Value EntryLowering::destination(ArrayRef<OpFoldResult> sizes, Type element) {
  return builder.create<tensor::EmptyOp>(loc, sizes, element);
}

/// Vectors of units.
DimExpr EntryLowering::blocksOf(int64_t units) const {
  return DimExpr((units + lanes - 1) / lanes);
}

/// A fresh tape of gates.
Value EntryLowering::gatesDestination(const DimExpr &b, OpFoldResult steps, int64_t units,
                                      Type element) {
  return destination({sizeOrConstant(DimExpr(2) * blocksOf(units)), sizeOrConstant(b), steps,
                      builder.getIndexAttr(2), builder.getIndexAttr(lanes)},
                     element);
}

Value EntryLowering::nowDestination(const DimExpr &b, int64_t units, int64_t gates, Type element) {
  SmallVector<DimExpr> dims{2, b, blocksOf(units), gates, lanes};
  return destination(dims, element);
}

/// Scratch of the forward kernel.
Value EntryLowering::projectionDestination(int64_t units, Type element) {
  SmallVector<DimExpr> dims{blocksOf(units), kernel::LstmForwardOp::kProjectedLines, 4, lanes};
  return destination(dims, element);
}

Value EntryLowering::packTransposed(Value weights, Dims dims, int64_t gates) {
  int64_t columns = *dims[0].getConstant(), units = *dims[1].getConstant() / gates;
  SmallVector<DimExpr> packed{(columns + 2 * lanes - 1) / (2 * lanes), blocksOf(units), gates,
                              lanes, 2 * lanes};
  Value out = destination(packed, elementOf(weights));
  return builder
      .create<kernel::PackTransposedOp>(loc, TypeRange(out.getType()), weights, ValueRange(out))
      .getResult(0);
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

  // As bfloat16, two weights in a word.
  const bool isBf16 = op->hasAttr(RondoDialect::kWeights);
  SmallVector<DimExpr> packedDims{blocksOf(*units), *features + *units + 1, 4, lanes};
  if (isBf16)
    packedDims = {blocksOf(*units), 2 * (*features + *units) + 4, lanes};
  Value packedOut = destination(packedDims, isBf16 ? builder.getI32Type() : element);
  Value packed = builder
                     .create<kernel::LstmPackOp>(
                         loc, TypeRange(packedOut.getType()), tensorOf(op.getKernel()),
                         tensorOf(op.getRecurrentKernel()), tensorOrNull(op.getBias()),
                         ValueRange(packedOut), op.getActivation(), op.getRecurrentActivation())
                     .getResult(0);

  DimExpr h = *units;
  SmallVector<Value> outs{destination({b, t, h}, element), destination({b, h}, element),
                          destination({b, h}, element), projectionDestination(*units, element)};
  if (tape == Tape::Steps) {
    outs.push_back(gatesDestination(b, sizeOrConstant(t), *units, element));
    outs.push_back(destination({b, t, h}, element));
  } else if (tape == Tape::Segments) {
    Value segments = createSegments(builder, loc, size(t));
    outs.push_back(
        destination({sizeOrConstant(b), segments, sizeOrConstant(DimExpr(2) * h)}, element));
  }
  return builder.create<kernel::LstmForwardOp>(
      loc, TypeRange(ValueRange(outs)), tensorOf(op.getInput()), packed,
      tensorOrNull(op.getInitialH()), tensorOrNull(op.getInitialC()), tensorOrNull(op.getMask()),
      outs, op.getActivation(), op.getRecurrentActivation());
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
  FailureOr<kernel::LstmForwardOp> forward = lstmForward(op, segments        ? Tape::Segments
                                                             : op.getGates() ? Tape::Steps
                                                                             : Tape::None);
  if (failed(forward))
    return failure();
  bind(op.getSequence(), forward->getResult(0));
  bind(op.getLastH(), forward->getResult(1));
  bind(op.getLastC(), forward->getResult(2));
  if (!op.getGates())
    return success();
  lstmForwards[op.getGates()] = *forward;
  if (!segments) {
    bind(op.getCells(), forward->getResult(5));
    // What is not the gradient reads gates as rondo.lstm has them.
    if (!llvm::all_of(op.getGates().getUsers(), llvm::IsaPred<LstmGradOp>))
      bind(op.getGates(), fromTape(forward->getResult(4), dimsOf(op.getGates())));
  }
  return success();
}

/// Gates (B, T, 4H) of a tape.
Value EntryLowering::fromTape(Value tape, Dims dims) {
  const DimExpr &b = dims[0], &t = dims[1];
  Type element = elementOf(tape);
  DimExpr units = *dims[2].getConstant() / 4, blocks = blocksOf(*units.getConstant());
  DimExpr padded = blocks * DimExpr(lanes);
  Value pairs = reshape(tape, {blocks, 2, b, t, 2, lanes}, element);
  Value gates = reshape(transpose(pairs, {blocks, 2, b, t, 2, lanes}, {2, 3, 1, 4, 0, 5}),
                        {b, t, 4, padded}, element);
  if (!(padded == units))
    gates = slice(gates, BoxPlace({0, 0, 0, 0}), {b, t, 4, units}, element);
  return reshape(gates, dims, element);
}

/// A tape of gates (B, T, 4H).
Value EntryLowering::toTape(Value gates, Dims dims) {
  const DimExpr &b = dims[0], &t = dims[1];
  Type element = elementOf(gates);
  DimExpr units = *dims[2].getConstant() / 4, blocks = blocksOf(*units.getConstant());
  DimExpr padded = blocks * DimExpr(lanes);
  Value rows = reshape(gates, {b, t, 4, units}, element);
  if (!(padded == units))
    rows = pad(rows, BoxPlace({0, 0, 0, 0}), {b, t, 4, padded}, element);
  SmallVector<DimExpr> pairs{b, t, 2, 2, blocks, lanes};
  return reshape(transpose(reshape(rows, pairs, element), pairs, {4, 2, 0, 1, 3, 5}),
                 {DimExpr(2) * blocks, b, t, 2, lanes}, element);
}

static bool isWanted(Value result) { return result && !result.use_empty(); }

LogicalResult EntryLowering::lowerLstmSegments(LstmGradOp op, kernel::LstmForwardOp forward) {
  SmallVector<DimExpr> inputDims = dimsOf(op.getInput());
  SmallVector<DimExpr> recurrentDims = dimsOf(op.getRecurrentKernel());
  const DimExpr &b = inputDims[0], &t = inputDims[1], &h = recurrentDims[0];
  Type element = op.getInput().getType().getElementType();

  Value segments = createSegments(builder, loc, size(t));
  Value length = builder.create<arith::CeilDivSIOp>(loc, size(t), segments);
  int64_t units = *h.getConstant();
  auto state = [&] { return destination({b, h}, element); };
  auto rows = [&] { return destination({sizeOrConstant(b), length, sizeOrConstant(h)}, element); };
  auto gates = [&] { return gatesDestination(b, length, units, element); };
  SmallVector<Value> outs{state(), state(),
                          rows(),  state(),
                          state(), projectionDestination(units, element),
                          gates(), rows(),
                          gates(), nowDestination(b, units, kGates, element)};
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
    kernel = packTransposed(tensorOf(op.getKernel()), dimsOf(op.getKernel()), kGates);
  Value recurrent = packTransposed(tensorOf(op.getRecurrentKernel()), recurrentDims, kGates);
  auto backward = builder.create<kernel::LstmSegmentsOp>(
      loc, TypeRange(ValueRange(outs)), tensorOf(op.getInput()), forward.getPacked(), kernel,
      recurrent, forward.getResult(4), forward.getMask(), tensorOrNull(op.getDSequence()),
      tensorOrNull(op.getDLastH()), tensorOrNull(op.getDLastC()), outs, wanted, op.getActivation(),
      op.getRecurrentActivation());
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
  kernel::LstmForwardOp forward;
  if (op.getGates())
    forward = lstmForwards.lookup(op.getGates());
  if (forward && forward.getStates())
    return lowerLstmSegments(op, forward);
  Value sequence, gates, cells;
  if (op.getSequence() && !forward) {
    // Kept elsewhere, as by a loop around the LSTM.
    sequence = tensorOf(op.getSequence());
    gates = toTape(tensorOf(op.getGates()), dimsOf(op.getGates()));
    cells = tensorOf(op.getCells());
  } else {
    if (!forward) {
      FailureOr<kernel::LstmForwardOp> again = lstmForward(op, Tape::Steps);
      if (failed(again))
        return failure();
      forward = *again;
    }
    sequence = forward.getResult(0);
    gates = forward.getResult(4);
    cells = forward.getResult(5);
  }

  SmallVector<DimExpr> inputDims = dimsOf(op.getInput());
  SmallVector<DimExpr> recurrentDims = dimsOf(op.getRecurrentKernel());
  const DimExpr &b = inputDims[0], &t = inputDims[1], &h = recurrentDims[0];
  Type element = op.getInput().getType().getElementType();

  Value recurrent = packTransposed(tensorOf(op.getRecurrentKernel()), recurrentDims, kGates);
  SmallVector<Value> outs{gatesDestination(b, sizeOrConstant(t), *h.getConstant(), element),
                          destination({b, h}, element), destination({b, h}, element),
                          nowDestination(b, *h.getConstant(), kGates, element)};
  auto backward = builder.create<kernel::LstmBackwardOp>(
      loc, TypeRange(ValueRange(outs)), recurrent, gates, cells, tensorOrNull(op.getInitialC()),
      tensorOrNull(op.getMask()), tensorOrNull(op.getDSequence()), tensorOrNull(op.getDLastH()),
      tensorOrNull(op.getDLastC()), outs, isWanted(op.getDInitialH()), op.getActivation(),
      op.getRecurrentActivation());
  Value dz = backward.getResult(0), mask = tensorOrNull(op.getMask());

  if (isWanted(op.getDInput())) {
    Value kernel = packTransposed(tensorOf(op.getKernel()), dimsOf(op.getKernel()), kGates);
    Value out = destination(inputDims, element);
    bind(op.getDInput(), builder
                             .create<kernel::LstmInputGradientOp>(loc, TypeRange(out.getType()),
                                                                  kernel, dz, mask, ValueRange(out))
                             .getResult(0));
  }
  SmallVector<bool> wanted;
  SmallVector<Value> gradients, gradientOuts;
  for (Value gradient : {op.getDKernel(), op.getDRecurrentKernel(), op.getDBias()}) {
    wanted.push_back(isWanted(gradient));
    if (!wanted.back())
      continue;
    gradients.push_back(gradient);
    gradientOuts.push_back(destination(dimsOf(gradient), element));
  }
  if (!gradients.empty()) {
    auto weights = builder.create<kernel::LstmWeightGradientOp>(
        loc, TypeRange(ValueRange(gradientOuts)), tensorOf(op.getInput()), sequence,
        tensorOrNull(op.getInitialH()), mask, dz, gradientOuts, wanted);
    for (auto [gradient, result] : llvm::zip_equal(gradients, weights.getResults()))
      bind(gradient, result);
  }
  if (op.getDInitialH()) {
    bind(op.getDInitialH(), backward.getResult(1));
    bind(op.getDInitialC(), backward.getResult(2));
  }
  return success();
}

} // namespace rondo
