//===- RondoFolds.cpp - Local simplifications -----------------------------===//
//
// Folders: each gives the very same numbers, also for NaN, infinities and
// signed zeros (so there is no x + 0, which turns -0 into 0, and no x * 0).
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Splat.h"

using namespace mlir;

namespace rondo {

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

/// -(-x) is x.
OpFoldResult NegOp::fold(FoldAdaptor) {
  if (auto inner = getInput().getDefiningOp<NegOp>())
    return inner.getInput();
  return {};
}

/// x - (+0) is x.
OpFoldResult SubOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 0.0) ? OpFoldResult(getLhs()) : OpFoldResult();
}

/// x * 1 and 1 * x are x.
OpFoldResult MulOp::fold(FoldAdaptor) {
  if (isSplatOf(getRhs(), 1.0))
    return getLhs();
  return isSplatOf(getLhs(), 1.0) ? OpFoldResult(getRhs()) : OpFoldResult();
}

/// x / 1 is x.
OpFoldResult DivOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 1.0) ? OpFoldResult(getLhs()) : OpFoldResult();
}

/// x to the power 1 is x.
OpFoldResult PowOp::fold(FoldAdaptor) {
  return isSplatOf(getRhs(), 1.0) ? OpFoldResult(getLhs()) : OpFoldResult();
}

/// |-x| and ||x|| are |x|.
OpFoldResult AbsOp::fold(FoldAdaptor) {
  if (getInput().getDefiningOp<AbsOp>())
    return getInput();
  if (auto inner = getInput().getDefiningOp<NegOp>()) {
    setOperand(inner.getInput());
    return getResult();
  }
  return {};
}

/// A choice between equals is no choice.
OpFoldResult SelectOp::fold(FoldAdaptor) {
  return getOnTrue() == getOnFalse() ? OpFoldResult(getOnTrue()) : OpFoldResult();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// Drops a broadcast to the same shape; joins two in a row.
OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto inner = getInput().getDefiningOp<BroadcastOp>();
  if (!inner)
    return {};
  llvm::SmallVector<int64_t> dimensions;
  for (int64_t d : inner.getDimensions())
    dimensions.push_back(getDimensions()[d]);
  setDimensions(dimensions);
  setOperand(inner.getInput());
  return getResult();
}

/// Drops a reshape to the same shape; joins two in a row.
OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    setOperand(inner.getInput());
    return getResult();
  }
  return {};
}

/// Drops the identity; joins two in a row.
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (llvm::equal(getPermutation(), llvm::seq<int64_t>(0, getPermutation().size())))
    return getInput();
  auto inner = getInput().getDefiningOp<TransposeOp>();
  if (!inner)
    return {};
  llvm::SmallVector<int64_t> permutation;
  for (int64_t d : getPermutation())
    permutation.push_back(inner.getPermutation()[d]);
  setPermutation(permutation);
  setOperand(inner.getInput());
  return getResult();
}

/// Drops a slice of everything; joins two in a row.
OpFoldResult SliceOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto inner = getInput().getDefiningOp<SliceOp>();
  if (!inner)
    return {};
  BoxPlace place = inner.getPlace(), outer = getPlace();
  for (size_t d = 0; d < place.offsets.size(); ++d) {
    place.offsets[d] += DimExpr(place.strides[d]) * outer.offsets[d];
    place.strides[d] *= outer.strides[d];
  }
  setPlace(place);
  setOperand(inner.getInput());
  return getResult();
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

/// Drops a reversal along nothing; joins two in a row: along a dimension of both
/// they cancel out.
OpFoldResult ReverseOp::fold(FoldAdaptor) {
  if (getDimensions().empty())
    return getInput();
  auto inner = getInput().getDefiningOp<ReverseOp>();
  if (!inner)
    return {};
  llvm::SmallVector<int64_t> dimensions;
  llvm::ArrayRef<int64_t> first = inner.getDimensions(), second = getDimensions();
  std::set_symmetric_difference(first.begin(), first.end(), second.begin(), second.end(),
                                std::back_inserter(dimensions));
  setDimensions(dimensions);
  setOperand(inner.getInput());
  return getResult();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? OpFoldResult(getInputs().front()) : OpFoldResult();
}

/// Where the dimensions are static, the size is a constant.
OpFoldResult SizeOp::fold(FoldAdaptor) {
  llvm::SmallVector<DimExpr> dims = getDims(getInput().getType());
  DimExpr size = 1;
  for (int64_t d : getDimensions())
    size *= dims[d];
  std::optional<int64_t> constant = size.getConstant();
  if (!constant)
    return {};
  return DenseElementsAttr::get(getType(),
                                FloatAttr::get(getType().getElementType(), *constant).getValue());
}

} // namespace rondo
