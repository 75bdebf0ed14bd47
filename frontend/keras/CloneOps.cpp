//===- CloneOps.cpp - Copies of what was built ----------------------------===//
//
// Finds the ops that values need, and clones them with other sizes.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/CloneOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace rondo::keras {

mlir::RankedTensorType withSizes(mlir::Type type, ChangeSize change) {
  auto tensor = llvm::cast<mlir::RankedTensorType>(type);
  if (tensor.hasStaticShape())
    return tensor;
  llvm::SmallVector<DimExpr> dims;
  for (const DimExpr &dim : getDims(tensor))
    dims.push_back(change(dim));
  return makeTensorType(dims, tensor.getElementType());
}

/// Changes the sizes in the types of an op, and in its own words. Types that were met are in
/// `known`: many ops have few types.
static void changeSizes(mlir::Operation *op, ChangeSize change,
                        llvm::DenseMap<mlir::Type, mlir::Type> &known) {
  auto changeType = [&](mlir::Value value) {
    mlir::Type &changed = known[value.getType()];
    if (!changed)
      changed = withSizes(value.getType(), change);
    value.setType(changed);
  };
  llvm::for_each(op->getResults(), changeType);
  for (mlir::Region &region : op->getRegions())
    llvm::for_each(region.getArguments(), changeType);
  llvm::TypeSwitch<mlir::Operation *>(op).Case<SliceOp, PadOp>([&](auto box) {
    BoxPlace place = box.getPlace();
    for (DimExpr &offset : place.offsets)
      offset = change(offset);
    box.setPlace(place);
  });
}

/// In the order of their block.
static llvm::SmallVector<mlir::Operation *> neededOps(llvm::ArrayRef<mlir::Value> values,
                                                      const mlir::IRMapping &mapping) {
  llvm::SmallVector<mlir::Operation *> needed;
  llvm::DenseSet<mlir::Operation *> seen;
  llvm::SmallVector<mlir::Value> pending(values);
  while (!pending.empty()) {
    mlir::Value value = pending.pop_back_val();
    mlir::Operation *op = value.getDefiningOp();
    if (!op || mapping.contains(value) || !seen.insert(op).second)
      continue;
    needed.push_back(op);
    pending.append(op->operand_begin(), op->operand_end());
  }
  llvm::sort(needed, [](mlir::Operation *a, mlir::Operation *b) { return a->isBeforeInBlock(b); });
  return needed;
}

llvm::SmallVector<mlir::Operation *> cloneOps(mlir::OpBuilder &builder,
                                              llvm::ArrayRef<mlir::Value> values,
                                              mlir::IRMapping &mapping, ChangeSize change) {
  llvm::SmallVector<mlir::Operation *> clones;
  llvm::DenseMap<mlir::Type, mlir::Type> known;
  for (mlir::Operation *op : neededOps(values, mapping)) {
    clones.push_back(builder.clone(*op, mapping));
    clones.back()->walk([&](mlir::Operation *inner) { changeSizes(inner, change, known); });
  }
  return clones;
}

} // namespace rondo::keras
