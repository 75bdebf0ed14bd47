//===- CloneOps.h - Copies of what was built --------------------*- C++ -*-===//
//
// Evaluation builds ops in one scratch block. Models are cut out of it, and called
// within others, by copying the ops that compute certain values.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_CLONEOPS_H
#define RONDO_FRONTEND_KERAS_CLONEOPS_H

#include "dialect/IR/RondoDialect.h"
#include "mlir/IR/IRMapping.h"

namespace rondo::keras {

using ChangeSize = llvm::function_ref<DimExpr(const DimExpr &)>;

/// The type of a tensor with other sizes.
mlir::RankedTensorType withSizes(mlir::Type type, ChangeSize change);

/// Clones the ops of one block that `values` need beyond what `mapping` has, in their
/// order, with other sizes. `mapping` then has the copies of the values as well.
/// Returns the copies.
llvm::SmallVector<mlir::Operation *> cloneOps(mlir::OpBuilder &builder,
                                              llvm::ArrayRef<mlir::Value> values,
                                              mlir::IRMapping &mapping, ChangeSize change);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_CLONEOPS_H
