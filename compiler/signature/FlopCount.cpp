//===- FlopCount.cpp - How much arithmetic an entry does ------------------===//
//
// Sums over the ops of an entry, as polynomials over the base symbols.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/FlopCount.h"
#include "dialect/IR/Attention.h"
#include "dialect/IR/RondoDialect.h"

using namespace mlir;

namespace rondo {

static DimExpr contractFlops(ContractOp op) {
  DimExpr flops = DimExpr(2) * numElements(getDims(op.getType()));
  SmallVector<DimExpr> lhs = getDims(op.getLhs().getType());
  for (int64_t dimension : op.getLhsContract())
    flops *= lhs[dimension];
  return flops;
}

static DimExpr featuresOf(Value value) {
  return getDims(cast<RankedTensorType>(value.getType())).back();
}

/// Of the forward pass, for operands of `rondo.lstm` or `rondo.lstm_grad`.
static DimExpr lstmFlops(RankedTensorType input, RankedTensorType recurrentKernel) {
  SmallVector<DimExpr> x = getDims(input);
  DimExpr units = getDims(recurrentKernel)[0];
  return DimExpr(8) * x[0] * x[1] * units * (x[2] + units);
}

/// Of the product of the state with its weights in every step.
static DimExpr stateFlops(Value sequence, Value recurrentKernel) {
  DimExpr rows = numElements(getDims(cast<RankedTensorType>(sequence.getType())));
  return DimExpr(2) * rows * featuresOf(recurrentKernel);
}

/// Of one product of all queries with all keys, times `features`.
static DimExpr weightFlops(Value query, Value key, const DimExpr &features) {
  return DimExpr(2) * numElements(getDims(attentionWeightsType(query, key))) * features;
}

static DimExpr attentionFlops(AttentionOp op) {
  DimExpr scores = weightFlops(op.getQuery(), op.getKey(), featuresOf(op.getQuery()));
  if (op.getSumQueries())
    return scores + DimExpr(2) * numElements(getDims(op.getValue().getType()));
  return scores + weightFlops(op.getQuery(), op.getKey(), featuresOf(op.getValue()));
}

/// Two products of the cotangent of the scores, and the scores again where no weights are kept;
/// of the cotangent of the context two with all weights, or two with their column sums.
static DimExpr attentionGradFlops(AttentionGradOp op) {
  DimExpr scores = weightFlops(op.getQuery(), op.getKey(), featuresOf(op.getQuery()));
  DimExpr flops = DimExpr(op.getWeights() ? 2 : 3) * scores;
  if (op.getSumQueries())
    return flops + DimExpr(4) * numElements(getDims(op.getValue().getType()));
  return flops + DimExpr(2) * weightFlops(op.getQuery(), op.getKey(), featuresOf(op.getValue()));
}

/// Of the ops in `block`.
static DimExpr blockFlops(Block &block) {
  DimExpr flops;
  for (Operation &op : block)
    flops += productFlops(&op);
  return flops;
}

DimExpr productFlops(Operation *op) {
  if (auto contract = dyn_cast<ContractOp>(op))
    return contractFlops(contract);
  if (auto lstm = dyn_cast<LstmOp>(op))
    return lstmFlops(lstm.getInput().getType(), lstm.getRecurrentKernel().getType());
  if (auto grad = dyn_cast<LstmGradOp>(op))
    return DimExpr(2) * lstmFlops(grad.getInput().getType(), grad.getRecurrentKernel().getType());
  if (auto rnn = dyn_cast<RnnOp>(op))
    return stateFlops(rnn.getSequence(), rnn.getRecurrentKernel());
  if (auto grad = dyn_cast<RnnGradOp>(op))
    return stateFlops(grad.getSequence(), grad.getRecurrentKernel());
  if (auto attention = dyn_cast<AttentionOp>(op))
    return attentionFlops(attention);
  if (auto grad = dyn_cast<AttentionGradOp>(op))
    return attentionGradFlops(grad);
  if (auto scan = dyn_cast<ScanOp>(op))
    return scan.getSteps() * blockFlops(scan.getBody().front());
  return 0;
}

DimExpr countFlops(func::FuncOp entry) { return blockFlops(entry.getBody().front()); }

} // namespace rondo
