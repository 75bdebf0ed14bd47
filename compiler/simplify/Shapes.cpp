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
        part[kUnits] != whole[kUnits] || op.getPlace().offsets[kTime] != whole[kTime] - DimExpr(1))
      return rewriter.notifyMatchFailure(op, "not the whole last step");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), layer->getResult(kLastH));
    return success();
  }

private:
  /// Results of both ops.
  static constexpr unsigned kSequence = 0, kLastH = 1;
};

/// The sum of two tensors set into zeros next to each other, along one dimension,
/// is both one after the other, set into zeros where that is not all: the gradient of a
/// weight that was used in parts.
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
    SmallVector<Value> parts;
    for (Value part : {first.getInput(), second.getInput()}) {
      auto concat = part.getDefiningOp<ConcatOp>();
      if (concat && concat->hasOneUse() && static_cast<int64_t>(concat.getAxis()) == *axis)
        llvm::append_range(parts, concat.getInputs());
      else
        parts.push_back(part);
    }
    Value joined = rewriter.create<ConcatOp>(op.getLoc(), parts, *axis);
    rewriter.replaceOp(
        op, rewriter.createOrFold<PadOp>(op.getLoc(), op.getType(), joined, first.getPlace()));
    return success();
  }

private:
  /// The dimension along which `second` lies right after `first`; both lie at the same place
  /// in all others.
  static std::optional<int64_t> axisBetween(PadOp first, PadOp second) {
    SmallVector<DimExpr> head = getDims(first.getInput().getType());
    SmallVector<DimExpr> tail = getDims(second.getInput().getType());
    BoxPlace headPlace = first.getPlace(), tailPlace = second.getPlace();
    auto isOne = [](int64_t stride) { return stride == 1; };
    if (!llvm::all_of(headPlace.strides, isOne) || !llvm::all_of(tailPlace.strides, isOne))
      return std::nullopt;
    std::optional<int64_t> axis;
    for (size_t dim = 0; dim < head.size(); ++dim) {
      if (head[dim] == tail[dim] && headPlace.offsets[dim] == tailPlace.offsets[dim])
        continue;
      if (axis || tailPlace.offsets[dim] != headPlace.offsets[dim] + head[dim])
        return std::nullopt;
      axis = dim;
    }
    return axis;
  }
};

/// concat(slice 1 of x, slice 2 of x, …) -> a slice of x, where each lies right after the one
/// before it along one dimension, and so do reshapes of them: what a loop has stacked, stacked.
struct JoinSlices : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> parts;
    auto inputs = llvm::to_vector(op.getInputs());
    const int64_t axis = op.getAxis();
    for (size_t begin = 0, end; begin < inputs.size(); begin = end) {
      std::optional<Run> run;
      for (end = begin + 1; end < inputs.size(); ++end)
        if (!continues(run, inputs[end - 1], inputs[end]))
          break;
      Value joined;
      if (run)
        joined = join(rewriter, op.getLoc(), inputs[begin], end - begin, *run, axis);
      if (joined)
        parts.push_back(joined);
      else
        parts.append(inputs.begin() + begin, inputs.begin() + end);
    }
    if (parts.size() == inputs.size())
      return rewriter.notifyMatchFailure(op, "no neighbouring slices of one tensor");
    rewriter.replaceOp(op, rewriter.createOrFold<ConcatOp>(op.getLoc(), parts, axis));
    return success();
  }

private:
  /// Slices in a row.
  struct Run {
    size_t dimension;
    DimExpr size; ///< of all of them, along that
  };

  static SliceOp sliceBehind(Value value) {
    if (auto reshape = value.getDefiningOp<ReshapeOp>())
      value = reshape.getInput();
    return value.getDefiningOp<SliceOp>();
  }

  /// Whether `next` lies right after `last` as the slices of the run do, which it then grows by.
  static bool continues(std::optional<Run> &run, Value last, Value next) {
    SliceOp first = sliceBehind(last), second = sliceBehind(next);
    if (!first || !second || first.getInput() != second.getInput() ||
        first.getType() != second.getType() || last.getType() != next.getType())
      return false;
    SmallVector<DimExpr> dims = getDims(first.getType());
    BoxPlace place = first.getPlace(), nextPlace = second.getPlace();
    if (place.strides != nextPlace.strides)
      return false;
    std::optional<size_t> dimension;
    for (size_t dim = 0; dim < dims.size(); ++dim) {
      if (place.offsets[dim] == nextPlace.offsets[dim])
        continue;
      if (dimension || place.strides[dim] != 1 ||
          nextPlace.offsets[dim] != place.offsets[dim] + dims[dim])
        return false;
      dimension = dim;
    }
    if (!dimension || (run && run->dimension != *dimension))
      return false;
    run = {*dimension, (run ? run->size : dims[*dimension]) + dims[*dimension]};
    return true;
  }

  static DimExpr product(ArrayRef<DimExpr> dims, size_t count) {
    return numElements(dims.take_front(count));
  }

  /// What `count` values like `first`, of which it is the first, are along `axis`.
  static Value join(PatternRewriter &rewriter, Location loc, Value first, int64_t count,
                    const Run &run, int64_t axis) {
    SliceOp slice = sliceBehind(first);
    Type element = slice.getType().getElementType();
    SmallVector<DimExpr> dims = getDims(slice.getType());
    SmallVector<DimExpr> result = getDims(cast<RankedTensorType>(first.getType()));
    // One after the other along `axis` is so along the dimension of the slices where as many
    // elements are outside of both, and where these can be moved there.
    const DimExpr outer = product(result, axis);
    std::optional<SmallVector<int64_t>> permutation;
    if (outer != product(dims, run.dimension)) {
      if (dims[run.dimension] != DimExpr(1))
        return {};
      SmallVector<int64_t> others;
      for (int64_t dim = 0, rank = dims.size(); dim < rank; ++dim)
        if (dim != int64_t(run.dimension))
          others.push_back(dim);
      DimExpr before = 1;
      for (size_t place = 0; place <= others.size() && !permutation; ++place) {
        if (before == outer) {
          permutation.emplace(others);
          permutation->insert(permutation->begin() + place, run.dimension);
        }
        if (place < others.size())
          before *= dims[others[place]];
      }
      if (!permutation)
        return {};
    }
    dims[run.dimension] = run.size;
    result[axis] *= DimExpr(count);
    Value box = rewriter.createOrFold<SliceOp>(loc, makeTensorType(dims, element), slice.getInput(),
                                               slice.getPlace());
    if (permutation)
      box = rewriter.createOrFold<TransposeOp>(loc, box, *permutation);
    return rewriter.createOrFold<ReshapeOp>(loc, makeTensorType(result, element), box);
  }
};

} // namespace

ArrayRef<Rewrite> rondo::shapeRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"join-pads", addPatterns<JoinPads>},
      {"join-slices", addPatterns<JoinSlices>},
      {"last-step-of-recurrent", addPatterns<LastStepOfRecurrent>},
  };
  return rewrites;
}
