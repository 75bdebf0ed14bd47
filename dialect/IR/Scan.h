//===- Scan.h - Loops over time, built ---------------------------*- C++ -*-===//
//
// How to make a `rondo.scan`: its result types follow from what its body yields.
// And how a value becomes a slice that can be stacked.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_SCAN_H
#define RONDO_DIALECT_IR_SCAN_H

#include "dialect/IR/RondoDialect.h"

namespace rondo {

/// The type of one step of a sequence: without dimension 1.
mlir::RankedTensorType sliceType(mlir::RankedTensorType sequence);

/// The type of such slices, one for each step, as a sequence.
mlir::RankedTensorType stackedType(mlir::RankedTensorType slice, const DimExpr &steps);

inline mlir::RankedTensorType typeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// The dimensions with which a value of such a type is stacked. A scalar has no dimension 1 to be
/// stacked along: it is kept as one element.
llvm::SmallVector<DimExpr> stackableDims(mlir::RankedTensorType type);

/// `value` with these dimensions; itself where it has them.
mlir::Value reshapeTo(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                      llvm::ArrayRef<DimExpr> dims);

/// The operands of a `rondo.scan` and its direction.
struct ScanInputs {
  llvm::SmallVector<mlir::Value> carries, sequences, constants;
  DimExpr steps;
  bool reverse = false;
};

/// Builds the ops of one step at the builder's insertion point, given the arguments of the
/// body, and returns what the body yields: the next carries, then slices to stack.
using ScanBody = llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>(
    mlir::OpBuilder &, mlir::Block::BlockArgListType arguments)>;

/// A scan with the body that `body` builds with `builder`; nothing is left behind where it fails.
mlir::FailureOr<ScanOp> buildScan(mlir::OpBuilder &builder, mlir::Location loc,
                                  const ScanInputs &inputs, ScanBody body);

} // namespace rondo

#endif // RONDO_DIALECT_IR_SCAN_H
