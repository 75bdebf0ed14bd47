//===- LowerShapes.cpp - Moving elements about ----------------------------===//
//
// Rows of tables too. Broadcasts stay descriptions; a value that is a constant or a scalar stays
// one under another shape.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"

using namespace mlir;

namespace rondo {

LogicalResult EntryLowering::lowerBroadcast(BroadcastOp op) {
  Operand operand = operandOf(op.getInput());
  for (int64_t &dim : operand.span)
    dim = op.getDimensions()[dim];
  operand.dims = dimsOf(op);
  values[op] = std::move(operand);
  return success();
}

LogicalResult EntryLowering::lowerReshape(ReshapeOp op) {
  Operand operand = operandOf(op.getInput());
  if (!operand.tensor) {
    operand.dims = dimsOf(op);
    values[op] = std::move(operand);
    return success();
  }
  bind(op, reshape(tensorOf(op.getInput()), dimsOf(op), elementOf(op)));
  return success();
}

LogicalResult EntryLowering::lowerTranspose(TransposeOp op) {
  bind(op, transpose(tensorOf(op.getInput()), dimsOf(op.getInput()), op.getPermutation()));
  return success();
}

LogicalResult EntryLowering::lowerSlice(SliceOp op) {
  SmallVector<DimExpr> part = dimsOf(op), whole = dimsOf(op.getInput());
  requireInside(op.getPlace(), part, whole);
  bind(op, slice(tensorOf(op.getInput()), op.getPlace(), part, elementOf(op)));
  return success();
}

LogicalResult EntryLowering::lowerPad(PadOp op) {
  SmallVector<DimExpr> part = dimsOf(op.getInput()), whole = dimsOf(op);
  requireInside(op.getPlace(), part, whole);
  bind(op, pad(tensorOf(op.getInput()), op.getPlace(), whole, elementOf(op)));
  return success();
}

LogicalResult EntryLowering::lowerReverse(ReverseOp op) {
  SmallVector<DimExpr> dims = dimsOf(op);
  // From the last element on, backwards.
  BoxPlace place(SmallVector<DimExpr>(dims.size(), 0));
  for (int64_t dimension : op.getDimensions()) {
    place.offsets[dimension] = dims[dimension] - DimExpr(1);
    place.strides[dimension] = -1;
  }
  bind(op, slice(tensorOf(op.getInput()), place, dims, elementOf(op)));
  return success();
}

LogicalResult EntryLowering::lowerConcat(ConcatOp op) {
  SmallVector<Value> tensors;
  for (Value input : op.getInputs())
    tensors.push_back(tensorOf(input));
  bind(op, concat(tensors, op.getAxis(), dimsOf(op), elementOf(op)));
  return success();
}

LogicalResult EntryLowering::lowerGather(GatherOp op) {
  Value table = tensorOf(op.getTable()), indices = tensorOf(op.getIndices());
  Value out = destination(dimsOf(op), elementOf(op));
  bind(op,
       builder
           .create<kernel::GatherOp>(loc, TypeRange(out.getType()), table, indices, ValueRange(out))
           .getResult(0));
  return success();
}

LogicalResult EntryLowering::lowerScatterAdd(ScatterAddOp op) {
  Value indices = tensorOf(op.getIndices()), updates = tensorOf(op.getUpdates());
  Value out = destination(dimsOf(op), elementOf(op));
  bind(op, builder
               .create<kernel::ScatterAddOp>(loc, TypeRange(out.getType()), indices, updates,
                                             ValueRange(out))
               .getResult(0));
  return success();
}

} // namespace rondo
