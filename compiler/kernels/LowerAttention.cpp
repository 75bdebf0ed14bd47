//===- LowerAttention.cpp - Attention forward and backward ----------------===//
//
// Kernels have one leading dimension. What sums over queries make of values are
// products with vectors, outside.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace rondo {

Value EntryLowering::joinLeading(Value tensor, Dims dims, int64_t rank) {
  if (int64_t(dims.size()) == rank)
    return tensor;
  SmallVector<DimExpr> joined{numElements(dims.drop_back(rank - 1))};
  llvm::append_range(joined, dims.take_back(rank - 1));
  return reshape(tensor, joined, elementOf(tensor));
}

Value EntryLowering::splitLeading(Value tensor, Dims dims) {
  if (int64_t(dims.size()) == cast<RankedTensorType>(tensor.getType()).getRank())
    return tensor;
  return reshape(tensor, dims, elementOf(tensor));
}

namespace {
/// The sizes of an attention, with one leading dimension.
struct AttentionSizes {
  template <typename Op> explicit AttentionSizes(Op op) {
    SmallVector<DimExpr> query = dimsOf(op.getQuery()), key = dimsOf(op.getKey());
    count = numElements(ArrayRef(query).drop_back(2));
    queries = query[query.size() - 2];
    features = query.back();
    keys = key[key.size() - 2];
    valueFeatures = dimsOf(op.getValue()).back();
  }
  DimExpr count, queries, features, keys, valueFeatures;
};
} // namespace

LogicalResult EntryLowering::lowerAttention(AttentionOp op) {
  AttentionSizes s(op);
  Type element = elementOf(op.getQuery());
  Value query = joinLeading(tensorOf(op.getQuery()), dimsOf(op.getQuery()), 3);
  Value key = joinLeading(tensorOf(op.getKey()), dimsOf(op.getKey()), 3);
  Value value = joinLeading(tensorOf(op.getValue()), dimsOf(op.getValue()), 3);
  const bool keepsWeights = op.getWeights() && !op.getWeights().use_empty();

  // Chunks of the queries, so that there is work for threads where N is small.
  constexpr int64_t rows = kernel::AttentionOp::kRows;
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  };
  Value count = size(s.count);
  Value blocks = builder.create<arith::CeilDivSIOp>(loc, size(s.queries), constant(rows));
  Value share =
      builder.create<arith::CeilDivSIOp>(loc, constant(kernel::AttentionOp::kChunks), count);
  Value chunks = builder.create<arith::MinSIOp>(loc, blocks, share);

  SmallVector<Value> outs;
  outs.push_back(
      op.getSumQueries()
          ? destination({sizeOrConstant(s.count), chunks, sizeOrConstant(s.keys)}, element)
          : destination({s.count, s.queries, s.valueFeatures}, element));
  if (keepsWeights) {
    outs.push_back(destination({s.count, s.queries, s.keys}, element));
  } else {
    Value scratchRows = builder.create<arith::MulIOp>(loc, count, chunks);
    SmallVector<OpFoldResult> sizes{scratchRows, builder.getIndexAttr(rows),
                                    sizeOrConstant(s.keys)};
    outs.push_back(builder.create<tensor::EmptyOp>(loc, sizes, element));
  }
  auto attention =
      builder.create<kernel::AttentionOp>(loc, TypeRange(ValueRange(outs)), query, key,
                                          op.getSumQueries() ? Value() : value, outs, keepsWeights);

  Value result = attention.getResult(0);
  if (op.getSumQueries()) {
    Value sums = reduce(ReduceKind::sum, result, {s.count, DimExpr(), s.keys}, 1, 1);
    result = product(sums, value, {s.count, s.valueFeatures}, /*numBatch=*/1, /*numM=*/0,
                     /*numN=*/1, /*numK=*/1, /*transposeLhs=*/false);
  }
  bind(op.getResult(), splitLeading(result, dimsOf(op.getResult())));
  if (keepsWeights)
    bind(op.getWeights(), splitLeading(attention.getResult(1), dimsOf(op.getWeights())));
  return success();
}

LogicalResult EntryLowering::lowerAttentionGrad(AttentionGradOp op) {
  AttentionSizes s(op);
  Type element = elementOf(op.getQuery());
  auto joined = [&](Value value, int64_t rank) {
    return joinLeading(tensorOf(value), dimsOf(value), rank);
  };
  Value query = joined(op.getQuery(), 3), key = joined(op.getKey(), 3);
  Value value = joined(op.getValue(), 3);
  Value dResult = joined(op.getDResult(), op.getSumQueries() ? 2 : 3);
  Value weights, dContext, dWeights;
  if (op.getWeights())
    weights = joined(op.getWeights(), 3);
  if (op.getSumQueries()) {
    dWeights = product(value, dResult, {s.count, s.keys}, /*numBatch=*/1, /*numM=*/1, /*numN=*/0,
                       /*numK=*/1, /*transposeLhs=*/false);
  } else {
    dContext = dResult;
  }

  SmallVector<Value> outs;
  for (int i = 0; i < (weights ? 1 : 2); ++i)
    outs.push_back(destination({s.count, kernel::AttentionOp::kRows, s.keys}, element));
  SmallVector<DimExpr> ofValue{s.count, s.keys};
  if (!op.getSumQueries())
    ofValue.push_back(s.valueFeatures);
  const SmallVector<DimExpr> shapes[] = {
      {s.count, s.queries, s.features}, {s.count, s.keys, s.features}, ofValue};
  SmallVector<bool> wanted;
  for (auto [gradient, shape] : llvm::zip_equal(op.getResults(), shapes)) {
    wanted.push_back(!gradient.use_empty());
    if (wanted.back())
      outs.push_back(destination(shape, element));
  }
  auto grad = builder.create<kernel::AttentionGradOp>(loc, TypeRange(ValueRange(outs)), query, key,
                                                      weights, dContext ? value : Value(), dContext,
                                                      dWeights, outs, wanted);

  auto next = grad.getResults().drop_front(grad.getNumScratch()).begin();
  for (auto [i, gradient] : llvm::enumerate(op.getResults())) {
    if (!wanted[i])
      continue;
    Value tensor = *next++;
    if (i == 2 && op.getSumQueries())
      tensor = product(tensor, dResult, {s.count, s.keys, s.valueFeatures}, /*numBatch=*/1,
                       /*numM=*/1, /*numN=*/1, /*numK=*/0, /*transposeLhs=*/false);
    bind(gradient, splitLeading(tensor, dimsOf(gradient)));
  }
  return success();
}

} // namespace rondo
