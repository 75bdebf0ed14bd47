//===- ReverseMode.h - Cotangents by one reverse walk -----------*- C++ -*-===//
//
// The machinery of differentiation, apart from what it is used for: given
// cotangents of some results of a block, builds those of some of its values.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_REVERSEMODE_H
#define RONDO_DIALECT_IR_REVERSEMODE_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"

namespace rondo {

/// The note of an error about an op without a rule: unlike other errors of passes it
/// is about the model, and no defect.
constexpr llvm::StringLiteral kNoRuleNote = "docs/gradients.md lists what has no derivative";

/// What flows into an operand of the block's terminator.
struct Seed {
  unsigned output; ///< which operand of the terminator
  mlir::Value cotangent;
};

/// The values of `body` that change with `sources`, as far as derivatives can tell.
llvm::DenseSet<mlir::Value> variedValues(mlir::Block &body, llvm::ArrayRef<mlir::Value> sources);

/// The values among `varied` that `outputs` depend on.
llvm::DenseSet<mlir::Value> usefulValues(mlir::Block &body, llvm::ArrayRef<mlir::Value> outputs,
                                         const llvm::DenseSet<mlir::Value> &varied);

/// The ops, in order, for which there is a choice when the cotangents of `wanted`
/// are built from those of `outputs`: their results are read by a rule and can be
/// computed again, or they have an augmented form. Fails where an op between both
/// has no rule.
mlir::FailureOr<llvm::SmallVector<mlir::Operation *>>
findResidualOps(mlir::Block &body, llvm::ArrayRef<mlir::Value> outputs,
                llvm::ArrayRef<mlir::Value> wanted);

/// Builds the cotangents of `wanted`, arguments of `body` or results of its ops, at the end of
/// `body`, before its terminator; one for each, null where nothing flows. Active ops are
/// replaced by their augmented form; what rules read of the forward pass is saved or computed
/// again as `rondo.residual` says (Residual.h). Fails, with an error at the op, where an op between
/// `wanted` and the seeds has no rule or its rule does not apply.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildCotangents(mlir::Block &body, llvm::ArrayRef<Seed> seeds, llvm::ArrayRef<mlir::Value> wanted);

} // namespace rondo

#endif // RONDO_DIALECT_IR_REVERSEMODE_H
