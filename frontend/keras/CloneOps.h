//===- CloneOps.h - Copies of what was built --------------------*- C++ -*-===//
//
// Evaluation builds ops in one scratch block. Models are cut out of it, and called
// within others, by copying the ops that compute certain values.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_CLONEOPS_H
#define RONDO_FRONTEND_KERAS_CLONEOPS_H

#include "frontend/keras/Graph.h"
#include "mlir/IR/IRMapping.h"

namespace rondo::keras {

using ChangeSize = llvm::function_ref<DimExpr(const DimExpr &)>;

/// The type of a tensor with other sizes.
mlir::RankedTensorType withSizes(mlir::Type type, ChangeSize change);

/// What copies have of a value that is something else in training: one of them, or both.
enum class Phase { Inference, Training, Both };

/// Clones the ops of the scratch block that `values` need beyond what `mapping` has, in their
/// order, with other sizes. `mapping` then has the copies of the values as well. With both phases
/// the copies are a part of the scratch block. Returns the copies.
llvm::SmallVector<mlir::Operation *> cloneOps(Session &session, mlir::OpBuilder &builder,
                                              llvm::ArrayRef<mlir::Value> values,
                                              mlir::IRMapping &mapping, ChangeSize change,
                                              Phase phase);

/// The values among those that `values` depend on which are something else in training, in the
/// order in which they were made.
std::vector<mlir::Value> phasedValuesBehind(const Session &session,
                                            llvm::ArrayRef<mlir::Value> values);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_CLONEOPS_H
