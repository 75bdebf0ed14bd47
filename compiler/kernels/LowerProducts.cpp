//===- LowerProducts.cpp - Reductions and products ------------------------===//
//
// Kernels fix the order of dimensions; what comes in another order is
// transposed first.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ChooseKernels.h"
#include "compiler/kernels/EntryLowering.h"
#include "compiler/kernels/ProductLayout.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace rondo {

/// The permutation that moves dimension `axis` to the end.
static SmallVector<int64_t> axisLast(int64_t rank, int64_t axis) {
  SmallVector<int64_t> permutation;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != axis)
      permutation.push_back(dim);
  permutation.push_back(axis);
  return permutation;
}

static SmallVector<DimExpr> permute(ArrayRef<DimExpr> dims, ArrayRef<int64_t> permutation) {
  SmallVector<DimExpr> permuted;
  for (int64_t dim : permutation)
    permuted.push_back(dims[dim]);
  return permuted;
}

LogicalResult EntryLowering::lowerReduce(ReduceOp op) {
  Value tensor = tensorOf(op.getInput());
  SmallVector<DimExpr> dims = dimsOf(op.getInput());
  // Runs of adjacent dimensions, the last first: what is left keeps its place.
  ArrayRef<int64_t> rest = op.getDimensions();
  while (!rest.empty()) {
    int64_t count = 1;
    while (count < int64_t(rest.size()) && rest[rest.size() - count - 1] == rest.back() - count)
      ++count;
    int64_t first = rest.back() - count + 1;
    tensor = reduce(op.getKind(), tensor, dims, first, count);
    dims.erase(dims.begin() + first, dims.begin() + first + count);
    rest = rest.drop_back(count);
  }
  bind(op, tensor);
  return success();
}

LogicalResult EntryLowering::lowerArgMax(ArgMaxOp op) {
  Value tensor = tensorOf(op.getInput());
  SmallVector<DimExpr> dims = dimsOf(op.getInput());
  SmallVector<int64_t> permutation = axisLast(dims.size(), op.getAxis());
  if (!isIdentity(permutation))
    tensor = transpose(tensor, dims, permutation);
  Value out = destination(dimsOf(op), op.getType().getElementType());
  bind(op, builder.create<kernel::ArgMaxOp>(loc, TypeRange(out.getType()), tensor, ValueRange(out))
               .getResult(0));
  return success();
}

LogicalResult EntryLowering::lowerSoftmax(Operation *op, Value input, int64_t axis, bool log) {
  Value tensor = tensorOf(input);
  SmallVector<DimExpr> dims = dimsOf(input);
  SmallVector<int64_t> permutation = axisLast(dims.size(), axis);
  bool reorder = !isIdentity(permutation);
  if (reorder) {
    tensor = transpose(tensor, dims, permutation);
    dims = permute(dims, permutation);
  }
  Value out = destination(dims, elementOf(input));
  Value result =
      builder.create<kernel::SoftmaxOp>(loc, TypeRange(out.getType()), tensor, ValueRange(out), log)
          .getResult(0);
  if (reorder)
    result = transpose(result, dims, invertPermutationVector(permutation));
  bind(op->getResult(0), result);
  return success();
}

/// By the formula: only its gradient made it an op of its own.
LogicalResult EntryLowering::lowerSoftmaxCrossentropy(SoftmaxCrossentropyOp op) {
  OpBuilder before(op);
  Type type = op.getLogits().getType();
  int64_t last = dimsOf(op.getLogits()).size() - 1;
  auto logarithm = before.create<LogSoftmaxOp>(loc, type, op.getLogits(), last);
  auto product = before.create<MulOp>(loc, type, op.getLabels(), logarithm);
  auto sum = before.create<ReduceOp>(loc, ReduceKind::sum, product, last);
  auto negated = before.create<NegOp>(loc, sum.getType(), sum);
  for (Operation *step : {logarithm.getOperation(), product.getOperation(), sum.getOperation(),
                          negated.getOperation()})
    if (failed(lower(step)))
      return failure();
  values[op.getResult()] = values.lookup(negated.getResult());
  return success();
}

/// The mask of the steps of a recurrent layer outside of which `value`, (B, T, …), is zeros.
static Value maskOfZeros(Value value) {
  auto grad = value.getDefiningOp<RnnGradOp>();
  return grad && value != grad.getDInitialH() ? grad.getMask() : Value();
}

/// The mask of the steps of the one recurrent layer that reads `value`, (B, T, …), or a sum with
/// that.
static Value maskOfReader(Value value) {
  while (value.hasOneUse()) {
    OpOperand &use = *value.getUses().begin();
    if (auto rnn = dyn_cast<RnnOp>(use.getOwner()))
      return rnn.getSums() == value ? rnn.getMask() : Value();
    if (!isa<AddOp>(use.getOwner()))
      break;
    value = use.getOwner()->getResult(0);
  }
  return {};
}

/// The mask of kernel.matmul: of steps that do not count in a recurrent layer, sums are not asked
/// for, and cotangents are zeros.
static Value maskOf(ContractOp op, const ProductLayout &layout, int64_t numM) {
  const int64_t numK = op.getLhsContract().size();
  if (!op.getLhsBatch().empty() || !isIdentity(layout.lhs) || !isIdentity(layout.rhs) ||
      (layout.transposeLhs ? numK : numM) != 2)
    return {};
  Value mask = maskOfZeros(op.getLhs());
  if (!mask)
    mask = layout.transposeLhs ? maskOfZeros(op.getRhs()) : maskOfReader(op);
  // That of a reader may come later.
  Operation *made = mask ? mask.getDefiningOp() : nullptr;
  return made && !made->isBeforeInBlock(op) ? Value() : mask;
}

/// The windows that are the left side of a product, which reads them where they lie; null without.
static ConcatOp windowsOf(ContractOp op, const ProductLayout &layout) {
  auto concat = op.getLhs().getDefiningOp<ConcatOp>();
  if (!concat || !concat.getWindowed() || !op.getLhsBatch().empty() || !isIdentity(layout.lhs))
    return {};
  // Their columns are summed over alone, or left alone.
  const int64_t rank = concat.getType().getRank(), numK = op.getLhsContract().size();
  return numK == (layout.transposeLhs ? rank - 1 : 1) ? concat : ConcatOp();
}

LogicalResult EntryLowering::lowerContract(ContractOp op) {
  ProductLayout layout = layoutOf(op);
  Value lhs = tensorOf(op.getLhs()), rhs = tensorOf(op.getRhs());
  if (!isIdentity(layout.lhs))
    lhs = transpose(lhs, dimsOf(op.getLhs()), layout.lhs);
  if (!isIdentity(layout.rhs))
    rhs = transpose(rhs, dimsOf(op.getRhs()), layout.rhs);
  int64_t numBatch = op.getLhsBatch().size(), numK = op.getLhsContract().size();
  int64_t numM = layout.lhs.size() - numBatch - numK, numN = layout.rhs.size() - numBatch - numK;
  if (isForOnednn(op)) {
    if (std::string obstacle = onednnObstacle(op); !obstacle.empty())
      return op.emitError("oneDNN cannot compute this product: ") << obstacle;
    SmallVector<DimExpr> lhsDims = dimsOf(op.getLhs()), contracted;
    for (int64_t dim : op.getLhsContract())
      contracted.push_back(lhsDims[dim]);
    bind(op, onednnProduct(lhs, rhs, dimsOf(op), contracted, numBatch, numM, layout.transposeLhs));
    return success();
  }
  Value mask = tensorOrNull(maskOf(op, layout, numM));
  std::optional<int64_t> window;
  if (auto concat = windowsOf(op, layout); concat && !mask) {
    lhs = tensorOf(concat.getWindowed());
    window = concat.getInputs().size();
  }
  bind(op, product(lhs, rhs, dimsOf(op), numBatch, numM, numN, numK, layout.transposeLhs, mask,
                   window));
  return success();
}

Value EntryLowering::product(Value lhs, Value rhs, Dims dims, int64_t numBatch, int64_t numM,
                             int64_t numN, int64_t numK, bool transposeLhs, Value mask,
                             std::optional<int64_t> window) {
  Value out = destination(dims, elementOf(lhs));
  return builder
      .create<kernel::MatmulOp>(loc, TypeRange(out.getType()), lhs, rhs, mask, ValueRange(),
                                ValueRange(out), numBatch, numM, numN, numK, transposeLhs,
                                window ? builder.getI64IntegerAttr(*window) : IntegerAttr(),
                                builder.getArrayAttr({}))
      .getResult(0);
}

} // namespace rondo
