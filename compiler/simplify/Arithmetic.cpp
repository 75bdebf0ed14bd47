//===- Arithmetic.cpp - Signs in arithmetic -------------------------------===//
//
// The gradients of differences and quotients negate; a sum that follows can
// subtract instead.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "dialect/IR/RondoDialect.h"

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

} // namespace

void rondo::populateArithmeticPatterns(RewritePatternSet &patterns) {
  addNamed<FoldNegatedOperand<AddOp, SubOp>>(patterns, "fold-negated-operand");
  addNamed<FoldNegatedOperand<SubOp, AddOp>>(patterns, "fold-negated-operand");
}
