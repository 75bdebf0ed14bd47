//===- Contract.cpp - Products and their transpositions -------------------===//
//
// rondo.contract takes its operands with their dimensions in any order, so a
// transposition next to one costs nothing once it is part of it.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "dialect/IR/RondoDialect.h"

#include <numeric>

using namespace mlir;
using namespace rondo;

namespace {

/// An operand of a contract and what is done with its dimensions.
struct Side {
  Value value;
  SmallVector<int64_t> batch, contract;

  /// Replaces a transposition by what it transposes, unless the free
  /// dimensions, and with them those of the result, would change their order.
  bool absorbTranspose() {
    auto transpose = value.getDefiningOp<TransposeOp>();
    if (!transpose)
      return false;
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<int64_t> free;
    for (auto [dim, source] : llvm::enumerate(permutation))
      if (!is_contained(batch, dim) && !is_contained(contract, dim))
        free.push_back(source);
    if (!llvm::is_sorted(free))
      return false;
    for (SmallVector<int64_t> *dims : {&batch, &contract})
      for (int64_t &dim : *dims)
        dim = permutation[dim];
    value = transpose.getInput();
    return true;
  }
};

/// contract(transpose(x), y) -> contract(x, y), and the same for y.
struct FoldTransposeIntoContract : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    Side lhs{op.getLhs(), SmallVector<int64_t>(op.getLhsBatch()),
             SmallVector<int64_t>(op.getLhsContract())};
    Side rhs{op.getRhs(), SmallVector<int64_t>(op.getRhsBatch()),
             SmallVector<int64_t>(op.getRhsContract())};
    bool lhsChanged = lhs.absorbTranspose(), rhsChanged = rhs.absorbTranspose();
    if (!lhsChanged && !rhsChanged)
      return rewriter.notifyMatchFailure(op, "no operand is a transposition that fits");
    rewriter.replaceOpWithNewOp<ContractOp>(op, lhs.value, rhs.value, lhs.batch, rhs.batch,
                                            lhs.contract, rhs.contract);
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
    int64_t batches = contract.getLhsBatch().size();
    int64_t lhsRank = cast<RankedTensorType>(contract.getLhs().getType()).getRank();
    int64_t lhsFreeEnd = lhsRank - static_cast<int64_t>(contract.getLhsContract().size());
    SmallVector<int64_t> exchange(op.getPermutation().size());
    std::iota(exchange.begin(), exchange.end(), 0);
    std::rotate(exchange.begin() + batches, exchange.begin() + lhsFreeEnd, exchange.end());
    if (op.getPermutation() != ArrayRef<int64_t>(exchange))
      return rewriter.notifyMatchFailure(op, "does more than exchange the free dimensions");
    rewriter.replaceOpWithNewOp<ContractOp>(op, contract.getRhs(), contract.getLhs(),
                                            contract.getRhsBatch(), contract.getLhsBatch(),
                                            contract.getRhsContract(), contract.getLhsContract());
    return success();
  }
};

} // namespace

void rondo::populateContractPatterns(RewritePatternSet &patterns) {
  addNamed<FoldTransposeIntoContract>(patterns, "fold-transpose-into-contract");
  addNamed<SwapContractOperands>(patterns, "swap-contract-operands");
}
