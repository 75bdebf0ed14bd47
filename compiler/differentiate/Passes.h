//===- Passes.h - Differentiation -------------------------------*- C++ -*-===//
//
// Creates and registers the differentiation pass.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_PASSES_H
#define RONDO_COMPILER_DIFFERENTIATE_PASSES_H

#include "compiler/differentiate/Derived.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace rondo {

#define GEN_PASS_DECL
#include "compiler/differentiate/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/differentiate/Passes.h.inc"

/// The pass for these entries.
std::unique_ptr<mlir::Pass> createDifferentiate(llvm::ArrayRef<DerivedEntry> entries, Wrt wrt);

/// Puts the operand of every `rondo.stop_gradient` in its place: where nothing is left to be
/// differentiated, it would only hide what is behind it.
void dropStopGradients(mlir::ModuleOp module);

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_PASSES_H
