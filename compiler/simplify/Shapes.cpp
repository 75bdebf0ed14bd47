//===- Shapes.cpp - Moves of elements that need not be --------------------===//
//
// What is there already is not copied; what is put together from parts is put
// together once.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "dialect/IR/RondoDialect.h"

using namespace mlir;
using namespace rondo;

namespace {

/// The last step of the sequence of a recurrent layer is its last state. Its cotangent then
/// needs no sequence of zeros around it.
struct LastStepOfRecurrent : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    Operation *layer = op.getInput().getDefiningOp();
    if (!isa_and_nonnull<LstmOp, RnnOp>(layer) || op.getInput() != layer->getResult(kSequence))
      return rewriter.notifyMatchFailure(op, "no part of the sequence of a recurrent layer");
    constexpr int64_t kBatch = 0, kTime = 1, kUnits = 2;
    SmallVector<DimExpr> whole = getDims(op.getInput().getType()), part = getDims(op.getType());
    if (part[kBatch] != whole[kBatch] || part[kTime] != DimExpr(1) ||
        part[kUnits] != whole[kUnits] ||
        op.getPlace().offsets[kTime] != whole[kTime] - DimExpr(1))
      return rewriter.notifyMatchFailure(op, "not the whole last step");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), layer->getResult(kLastH));
    return success();
  }

private:
  /// Results of both ops.
  static constexpr unsigned kSequence = 0, kLastH = 1;
};

/// The sum of two tensors set into zeros next to each other, along one dimension,
/// is both one after the other: the gradient of a weight that was used in parts.
struct JoinPads : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &rewriter) const override {
    auto first = op.getLhs().getDefiningOp<PadOp>(), second = op.getRhs().getDefiningOp<PadOp>();
    if (!first || !second || !first->hasOneUse() || !second->hasOneUse())
      return rewriter.notifyMatchFailure(op, "no sum of two pads, its only use");
    std::optional<int64_t> axis = axisBetween(first, second);
    if (!axis) {
      std::swap(first, second);
      axis = axisBetween(first, second);
    }
    if (!axis)
      return rewriter.notifyMatchFailure(op, "the pads do not lie next to each other");
    rewriter.replaceOpWithNewOp<ConcatOp>(op, ValueRange{first.getInput(), second.getInput()},
                                          *axis);
    return success();
  }

private:
  /// The dimension along which `first` and, right after it, `second` make up the
  /// whole; both fill all others.
  static std::optional<int64_t> axisBetween(PadOp first, PadOp second) {
    SmallVector<DimExpr> whole = getDims(first.getType());
    SmallVector<DimExpr> head = getDims(first.getInput().getType());
    SmallVector<DimExpr> tail = getDims(second.getInput().getType());
    BoxPlace headPlace = first.getPlace(), tailPlace = second.getPlace();
    auto isOne = [](int64_t stride) { return stride == 1; };
    if (!llvm::all_of(headPlace.strides, isOne) || !llvm::all_of(tailPlace.strides, isOne))
      return std::nullopt;
    std::optional<int64_t> axis;
    for (size_t dim = 0; dim < whole.size(); ++dim) {
      if (head[dim] == whole[dim] && tail[dim] == whole[dim])
        continue;
      if (axis || headPlace.offsets[dim] != DimExpr(0) || tailPlace.offsets[dim] != head[dim] ||
          head[dim] + tail[dim] != whole[dim])
        return std::nullopt;
      axis = dim;
    }
    return axis;
  }
};

} // namespace

ArrayRef<Rewrite> rondo::shapeRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"join-pads", addPatterns<JoinPads>},
      {"last-step-of-recurrent", addPatterns<LastStepOfRecurrent>},
  };
  return rewrites;
}
