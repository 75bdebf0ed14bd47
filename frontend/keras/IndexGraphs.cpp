//===- IndexGraphs.cpp - Whole numbers that stand for places --------------===//
//
// The building blocks that make indices, and those that read them.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

using llvm::SmallVector;

Tensor *GraphBuilder::toInt(Tensor *x) {
  if (!x || x->element == ElementKind::Int)
    return x;
  x = toFloat(x);
  // Whole numbers that are floats meanwhile are still known.
  if (auto cast = x->value.getDefiningOp<CastOp>();
      cast && mlir::getElementTypeOrSelf(cast.getInput()).isInteger(32))
    return make(cast.getInput(), x->axes, ElementKind::Int);
  return make(builder().create<TruncateOp>(loc(), type(x->axes, ElementKind::Int), x->value),
              x->axes, ElementKind::Int);
}

/// Whether what made a value can only have made whole numbers: arithmetic of integers, which is
/// done in floats.
static bool isWhole(mlir::Value value) {
  llvm::SmallVector<mlir::Value> open{value};
  llvm::DenseSet<mlir::Value> seen;
  llvm::DenseSet<mlir::Block *> loops;
  while (!open.empty()) {
    value = open.pop_back_val();
    mlir::Operation *op = value.getDefiningOp();
    if (!seen.insert(value).second || !mlir::getElementTypeOrSelf(value).isF32())
      continue;
    if (llvm::isa_and_nonnull<CastOp, OneHotOp, SizeOp, FloorOp, SignOp>(op))
      continue;
    if (llvm::isa_and_nonnull<NegOp, AbsOp, ReluOp, AddOp, SubOp, MulOp, MaximumOp, MinimumOp,
                              SelectOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp, ReverseOp,
                              ConcatOp, GatherOp, ReduceOp, PadOp, ContractOp>(op)) {
      llvm::append_range(open, op->getOperands());
      continue;
    }
    // What a loop computes of whole numbers, from whole numbers on.
    if (auto scan = llvm::dyn_cast_or_null<ScanOp>(op)) {
      llvm::append_range(open, scan->getOperands());
      llvm::append_range(open, scan.getBody().front().getTerminator()->getOperands());
      loops.insert(&scan.getBody().front());
      continue;
    }
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value);
        argument && loops.contains(argument.getOwner()))
      continue;
    auto constant = llvm::dyn_cast_or_null<mlir::arith::ConstantOp>(op);
    auto numbers =
        constant ? llvm::dyn_cast<mlir::DenseFPElementsAttr>(constant.getValue()) : nullptr;
    if (!numbers || !llvm::all_of(numbers, [](const llvm::APFloat &x) { return x.isInteger(); }))
      return false;
  }
  return true;
}

Tensor *GraphBuilder::asIntegers(Tensor *x) {
  return x && x->element != ElementKind::Bool && isWhole(x->value) ? toInt(x) : nullptr;
}

Tensor *GraphBuilder::argmax(Tensor *x, int64_t axis) {
  if (!x)
    return nullptr;
  Axes axes = afterArithmetic(x->axes);
  axes.erase(axes.begin() + axis);
  auto op = builder().create<ArgMaxOp>(loc(), type(axes, ElementKind::Int), x->value,
                                       builder().getI64IntegerAttr(axis));
  return make(op, std::move(axes), ElementKind::Int);
}

Tensor *GraphBuilder::oneHot(Tensor *indices, int64_t depth) {
  if (!indices)
    return nullptr;
  Axes axes = indices->axes;
  // Classes, or places: it may be along what stands for steps.
  axes.push_back({DimExpr(depth)});
  auto op = builder().create<OneHotOp>(loc(), type(axes), indices->value,
                                       builder().getI64IntegerAttr(depth));
  return make(op, std::move(axes));
}

Tensor *GraphBuilder::take(Tensor *x, Tensor *indices, int64_t axis) {
  if (!x || !indices)
    return nullptr;
  // The axis comes first, and what takes its place is moved there.
  SmallVector<int64_t> order = allAxes(x);
  std::rotate(order.begin(), order.begin() + axis, order.begin() + axis + 1);
  if (axis != 0)
    x = transpose(x, order);
  Axes axes = indices->axes;
  axes.insert(axes.end(), x->axes.begin() + 1, x->axes.end());
  axes = afterArithmetic(std::move(axes));
  auto op = builder().create<GatherOp>(loc(), type(axes, x->element), x->value, indices->value);
  Tensor *result = make(op, std::move(axes), x->element);
  if (axis == 0)
    return result;
  order = allAxes(result);
  auto first = order.begin(), others = first + indices->rank();
  std::rotate(first, others, others + axis);
  return transpose(result, order);
}

Tensor *GraphBuilder::takeRows(Tensor *x, int64_t count, Tensor *indices) {
  if (!x || !indices)
    return nullptr;
  DimExpr rows(1);
  for (const Axis &axis : llvm::ArrayRef(x->axes).take_front(count))
    rows *= session.resolve(axis.size);
  Axes axes{{rows, AxisMeaning::Unknown}};
  axes.insert(axes.end(), x->axes.begin() + count, x->axes.end());
  return take(count == 1 ? x : reshape(x, std::move(axes)), indices, 0);
}

} // namespace rondo::keras
