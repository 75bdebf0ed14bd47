//===- Memory.h - How much memory gradients take ----------------*- C++ -*-===//
//
// Counts the bytes of an arena while compiling, and decides for a budget what
// the backward pass saves of the forward pass and what it computes again.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_MEMORY_H
#define RONDO_COMPILER_MEMORY_H

#include "compiler/Compiler.h"

namespace rondo {

/// The bytes of the largest arena of the entries `options.entries` in a copy of
/// `module`, which is at the gradients level, compiled for `isa`. Fails, with an
/// error, where only a run tells (kernels of a library) or the entries do not admit
/// the sizes.
mlir::FailureOr<int64_t> measureArena(mlir::ModuleOp module, Isa isa, const CompileOptions &options,
                                      const SymbolSizes &sizes);

/// Gives ops of `@evaluate` and `@forward` in a module at the simplified level
/// `rondo.residual`, such that the arenas of `options.entries` keep to
/// `options.memoryBudget`; where nothing reaches that, such that they are as small as
/// was found. An outcome each for training (loss_and_gradients and train_step, which
/// share decisions), vjp and hvp, as far as they are asked for; hvp is only measured.
///
/// Greedy. First it gives up what frees most bytes for each operation that the
/// backward pass then has to repeat: as many ops, in this order, as it takes for the
/// arena to be small enough as the planner packs it. Then it saves again what was
/// given up for nothing, the costliest first.
mlir::FailureOr<std::vector<MemoryOutcome>> chooseResiduals(mlir::ModuleOp module, Isa isa,
                                                            const CompileOptions &options);

} // namespace rondo

#endif // RONDO_COMPILER_MEMORY_H
