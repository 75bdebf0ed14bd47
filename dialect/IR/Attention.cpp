//===- Attention.cpp - Attention as small ops -----------------------------===//

#include "dialect/IR/Attention.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace rondo {

RankedTensorType attentionWeightsType(Value query, Value key) {
  auto type = cast<RankedTensorType>(query.getType());
  SmallVector<DimExpr> dims = getDims(type);
  dims.back() = getDims(cast<RankedTensorType>(key.getType()))[dims.size() - 2];
  return makeTensorType(dims, type.getElementType());
}

void expandAttention(AttentionOp op) {
  OpBuilder builder(op);
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  int64_t last = op.getQuery().getType().getRank() - 1;
  auto leading = llvm::to_vector(llvm::seq<int64_t>(last - 1));
  Value scores = b.create<ContractOp>(op.getQuery(), op.getKey(), leading, leading, last, last);
  Value weights = b.create<SoftmaxOp>(scores.getType(), scores, last);
  Value context;
  if (op.getSumQueries()) {
    Value sums = b.create<ReduceOp>(ReduceKind::sum, weights, last - 1);
    context = b.create<ContractOp>(sums, op.getValue(), leading, leading, last - 1, last - 1);
  } else {
    context = b.create<ContractOp>(weights, op.getValue(), leading, leading, last, last - 1);
  }
  op.getResult().replaceAllUsesWith(context);
  if (op.getWeights())
    op.getWeights().replaceAllUsesWith(weights);
  op.erase();
}

} // namespace rondo
