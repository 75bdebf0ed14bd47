//===- Derived.h - What differentiation is asked for ------------*- C++ -*-===//
//
// The entries that can be derived from @forward and @evaluate, and the arguments
// that gradients are taken with respect to.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_DERIVED_H
#define RONDO_COMPILER_DIFFERENTIATE_DERIVED_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace rondo {

/// docs/contracts.md, section 2.
enum class DerivedEntry { LossAndGradients, TrainStep, Vjp, Hvp };

/// The loss as training computes it, with random numbers and statistics of the batch; a module
/// has it where that differs from @evaluate.
constexpr llvm::StringLiteral kTrainingFunction = "training";
/// What `loss_and_gradients` and `train_step` are derived from: "training" or "evaluate".
llvm::StringRef trainingSource(mlir::ModuleOp module);

/// "loss_and_gradients", "train_step", "vjp", "hvp": what the functions are called.
llvm::StringRef entryName(DerivedEntry entry);
/// The entry of this name; none for others.
std::optional<DerivedEntry> entryNamed(llvm::StringRef name);

/// What `loss_and_gradients` and `vjp` differentiate with respect to: trainable
/// parameters, float inputs, or both. The values are RONDO_WRT_* of the C interface.
enum class Wrt { Parameters = 1, Inputs = 2, All = Parameters | Inputs };

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_DERIVED_H
