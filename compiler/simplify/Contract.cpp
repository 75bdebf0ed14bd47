//===- Contract.cpp - Products and their transpositions -------------------===//
//
// rondo.contract takes its operands with their dimensions in any order, so a
// transposition next to one costs nothing once it is part of it.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "compiler/simplify/ProductSide.h"

#include <numeric>

using namespace mlir;
using namespace rondo;

namespace {

/// Replaces a transposed operand by what it transposes, unless the free
/// dimensions, and with them those of the result, would change their order.
bool absorbTranspose(ProductSide &side) {
  auto transpose = side.value.getDefiningOp<TransposeOp>();
  if (!transpose)
    return false;
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  SmallVector<int64_t> freeSources =
      llvm::map_to_vector(side.freeDims(), [&](int64_t dim) { return permutation[dim]; });
  if (!llvm::is_sorted(freeSources))
    return false;
  for (SmallVector<int64_t> *dims : {&side.batch, &side.contract})
    for (int64_t &dim : *dims)
      dim = permutation[dim];
  side.value = transpose.getInput();
  return true;
}

/// contract(transpose(x), y) -> contract(x, y), and the same for y.
struct FoldTransposeIntoContract : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    ProductSide lhs = ProductSide::lhsOf(op), rhs = ProductSide::rhsOf(op);
    bool lhsChanged = absorbTranspose(lhs), rhsChanged = absorbTranspose(rhs);
    if (!lhsChanged && !rhsChanged)
      return rewriter.notifyMatchFailure(op, "no operand is a transposition that fits");
    rewriter.replaceOp(op, buildProduct(rewriter, op.getLoc(), lhs, rhs));
    return success();
  }
};

/// transpose(contract(x, y)) -> contract(y, x), where it exchanges the free
/// dimensions of x and y and the contract has no other use.
struct SwapContractOperands : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto contract = op.getInput().getDefiningOp<ContractOp>();
    if (!contract || !contract->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the only use of a contract");
    auto concat = contract.getLhs().getDefiningOp<ConcatOp>();
    if (concat && concat.getWindowed())
      return rewriter.notifyMatchFailure(op, "windows are read where they lie on the left alone");
    int64_t batches = contract.getLhsBatch().size();
    int64_t lhsRank = cast<RankedTensorType>(contract.getLhs().getType()).getRank();
    int64_t lhsFreeEnd = lhsRank - static_cast<int64_t>(contract.getLhsContract().size());
    SmallVector<int64_t> exchange(op.getPermutation().size());
    std::iota(exchange.begin(), exchange.end(), 0);
    std::rotate(exchange.begin() + batches, exchange.begin() + lhsFreeEnd, exchange.end());
    if (op.getPermutation() != ArrayRef<int64_t>(exchange))
      return rewriter.notifyMatchFailure(op, "does more than exchange the free dimensions");
    rewriter.replaceOp(op, buildProduct(rewriter, op.getLoc(), ProductSide::rhsOf(contract),
                                        ProductSide::lhsOf(contract)));
    return success();
  }
};

} // namespace

ArrayRef<Rewrite> rondo::contractRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"fold-transpose-into-contract", addPatterns<FoldTransposeIntoContract>},
      {"swap-contract-operands", addPatterns<SwapContractOperands>},
  };
  return rewrites;
}
