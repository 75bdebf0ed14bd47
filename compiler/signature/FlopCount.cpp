//===- FlopCount.cpp - How much arithmetic an entry does ------------------===//
//
// Sums over the ops of an entry, as polynomials over the base symbols.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/FlopCount.h"
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

/// Of the forward pass, for operands of `rondo.lstm` or `rondo.lstm_grad`.
static DimExpr lstmFlops(RankedTensorType input, RankedTensorType recurrentKernel) {
  SmallVector<DimExpr> x = getDims(input);
  DimExpr units = getDims(recurrentKernel)[0];
  return DimExpr(8) * x[0] * x[1] * units * (x[2] + units);
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
  if (auto scan = dyn_cast<ScanOp>(op))
    return scan.getSteps() * blockFlops(scan.getBody().front());
  return 0;
}

DimExpr countFlops(func::FuncOp entry) { return blockFlops(entry.getBody().front()); }

} // namespace rondo
