//===- Arithmetic.cpp - Signs and powers ----------------------------------===//
//
// The gradients of differences and quotients negate; a sum that follows can
// subtract instead. Powers whose gradients are common need no logarithm.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Splat.h"

using namespace mlir;
using namespace rondo;

namespace {

/// x + (-y) -> x - y and x - (-y) -> x + y; the sum also from the left.
template <typename Op, typename Opposite> struct FoldNegatedOperand : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (auto negation = op.getRhs().template getDefiningOp<NegOp>())
      rewriter.replaceOpWithNewOp<Opposite>(op, op.getLhs(), negation.getInput());
    else if (auto negation = op.getLhs().template getDefiningOp<NegOp>();
             negation && op->template hasTrait<OpTrait::IsCommutative>())
      rewriter.replaceOpWithNewOp<Opposite>(op, op.getRhs(), negation.getInput());
    else
      return rewriter.notifyMatchFailure(op, "no negated operand");
    return success();
  }
};

/// sum(-x) -> -sum(x), with fewer elements to negate. The gradient of what a mean is taken from
/// has one.
struct NegateAfterSum : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto negation = op.getInput().getDefiningOp<NegOp>();
    if (op.getKind() != ReduceKind::sum || !negation)
      return rewriter.notifyMatchFailure(op, "no sum of negated elements");
    auto sum = rewriter.create<ReduceOp>(op.getLoc(), ReduceKind::sum, negation.getInput(),
                                         op.getDimensions());
    rewriter.replaceOpWithNewOp<NegOp>(op, sum.getResult());
    return success();
  }
};

/// x^2 -> x * x, the same number.
struct SquareToProduct : OpRewritePattern<PowOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PowOp op, PatternRewriter &rewriter) const override {
    if (!isSplatOf(op.getRhs(), 2.0))
      return rewriter.notifyMatchFailure(op, "no square");
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getLhs(), op.getLhs());
    return success();
  }
};

} // namespace

ArrayRef<Rewrite> rondo::arithmeticRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"fold-negated-operand",
       addPatterns<FoldNegatedOperand<AddOp, SubOp>, FoldNegatedOperand<SubOp, AddOp>>},
      {"negate-after-sum", addPatterns<NegateAfterSum>},
      {"square-to-product", addPatterns<SquareToProduct>},
  };
  return rewrites;
}
