//===- LowerProducts.cpp - Reductions and products ------------------------===//
//
// Kernels fix the order of dimensions; what comes in another order is
// transposed first.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace rondo {

static bool isIdentity(ArrayRef<int64_t> permutation) {
  return llvm::equal(permutation, llvm::seq<int64_t>(permutation.size()));
}

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

namespace {
/// How the dimensions of both operands of a product are arranged.
struct ProductLayout {
  SmallVector<int64_t> lhs, rhs; // permutations
  bool transposeLhs = false;     // lhs is (batch…, k…, m…)

  int64_t transposes() const { return !isIdentity(lhs) + !isIdentity(rhs); }
};
} // namespace

/// The dimensions of `rank` that are in neither list.
static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch,
                                     ArrayRef<int64_t> contract) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
      dims.push_back(dim);
  return dims;
}

/// The layout with the contracted pairs in the order in which `leading` has them.
static ProductLayout layoutOf(ContractOp op, ArrayRef<int64_t> leading) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(leading.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) { return leading[a] < leading[b]; });
  SmallVector<int64_t> lhsK, rhsK;
  for (int64_t pair : order) {
    lhsK.push_back(op.getLhsContract()[pair]);
    rhsK.push_back(op.getRhsContract()[pair]);
  }
  SmallVector<int64_t> m = freeDims(op.getLhs().getType().getRank(), op.getLhsBatch(), lhsK);
  SmallVector<int64_t> n = freeDims(op.getRhs().getType().getRank(), op.getRhsBatch(), rhsK);
  auto join = [](ArrayRef<int64_t> batch, ArrayRef<int64_t> first, ArrayRef<int64_t> second) {
    SmallVector<int64_t> dims(batch);
    llvm::append_range(dims, first);
    llvm::append_range(dims, second);
    return dims;
  };
  ProductLayout layout;
  layout.rhs = join(op.getRhsBatch(), rhsK, n);
  layout.lhs = join(op.getLhsBatch(), m, lhsK);
  SmallVector<int64_t> swapped = join(op.getLhsBatch(), lhsK, m);
  if (!isIdentity(layout.lhs) && isIdentity(swapped)) {
    layout.lhs = swapped;
    layout.transposeLhs = true;
  }
  return layout;
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

LogicalResult EntryLowering::lowerContract(ContractOp op) {
  ProductLayout layout = layoutOf(op, op.getRhsContract());
  ProductLayout other = layoutOf(op, op.getLhsContract());
  if (other.transposes() < layout.transposes())
    layout = other;
  Value lhs = tensorOf(op.getLhs()), rhs = tensorOf(op.getRhs());
  if (!isIdentity(layout.lhs))
    lhs = transpose(lhs, dimsOf(op.getLhs()), layout.lhs);
  if (!isIdentity(layout.rhs))
    rhs = transpose(rhs, dimsOf(op.getRhs()), layout.rhs);
  int64_t numBatch = op.getLhsBatch().size(), numK = op.getLhsContract().size();
  int64_t numM = layout.lhs.size() - numBatch - numK, numN = layout.rhs.size() - numBatch - numK;
  if (onednn && elementOf(lhs).isF32()) {
    SmallVector<DimExpr> lhsDims = dimsOf(op.getLhs()), contracted;
    for (int64_t dim : op.getLhsContract())
      contracted.push_back(lhsDims[dim]);
    bind(op, onednnProduct(lhs, rhs, dimsOf(op), contracted, numBatch, numM, layout.transposeLhs));
    return success();
  }
  bind(op, product(lhs, rhs, dimsOf(op), numBatch, numM, numN, numK, layout.transposeLhs));
  return success();
}

Value EntryLowering::product(Value lhs, Value rhs, Dims dims, int64_t numBatch, int64_t numM,
                             int64_t numN, int64_t numK, bool transposeLhs) {
  Value out = destination(dims, elementOf(lhs));
  return builder
      .create<kernel::MatmulOp>(loc, TypeRange(out.getType()), lhs, rhs, ValueRange(),
                                ValueRange(out), numBatch, numM, numN, numK, transposeLhs,
                                builder.getArrayAttr({}))
      .getResult(0);
}

} // namespace rondo
