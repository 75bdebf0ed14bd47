//===- ReverseMode.h - Cotangents by one reverse walk -----------*- C++ -*-===//
//
// The machinery of differentiation, apart from what it is used for: given
// cotangents of some results of a block, builds those of some of its arguments.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_REVERSEMODE_H
#define RONDO_COMPILER_DIFFERENTIATE_REVERSEMODE_H

#include "mlir/IR/Builders.h"

namespace rondo {

/// What flows into an operand of the block's terminator.
struct Seed {
  unsigned output; ///< which operand of the terminator
  mlir::Value cotangent;
};

/// Builds the cotangents of `wanted` at the end of `body`, before its
/// terminator; one for each, null where nothing flows. Active ops are replaced
/// by their augmented form. Fails, with an error at the op, where an op between
/// `wanted` and the seeds has no rule or its rule does not apply.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
buildCotangents(mlir::Block &body, llvm::ArrayRef<Seed> seeds,
                llvm::ArrayRef<mlir::BlockArgument> wanted);

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_REVERSEMODE_H
