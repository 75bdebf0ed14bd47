//===- Pipeline.h - Which passes make each level ----------------*- C++ -*-===//
//
// The levels of docs/contracts.md as pass pipelines, and the check at the end
// of each.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_PIPELINE_H
#define RONDO_COMPILER_PIPELINE_H

#include "compiler/Compiler.h"
#include "mlir/Pass/PassManager.h"
#include <memory>

namespace rondo {

/// "rondo", "simplified", … as `rondo compile --emit` spells them.
llvm::StringRef levelName(Level level);

/// Appends the passes that lead from the level before `level` to it, the check
/// of `level` last. `level` is at most Llvm: what follows is not MLIR.
void populateLevelPasses(mlir::OpPassManager &passes, Level level, Isa isa,
                         const CompileOptions &options);

/// `rondo-verify-level`: fails on any op that is not legal at `level`.
std::unique_ptr<mlir::Pass> createVerifyLevelPass(Level level);

/// Registers `rondo-verify-level{level=NAME}`.
void registerVerifyLevelPass();

} // namespace rondo

#endif // RONDO_COMPILER_PIPELINE_H
