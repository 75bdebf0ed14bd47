//===- Passes.h - From layers to kernels ------------------------*- C++ -*-===//
//
// Creates and registers the passes of the `kernels` level.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_PASSES_H
#define RONDO_COMPILER_KERNELS_PASSES_H

#include "compiler/kernels/ChooseKernels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace rondo {

#define GEN_PASS_DECL
#include "compiler/kernels/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/kernels/Passes.h.inc"

/// What a training step makes of trainable parameters that it has updated; a module has it where
/// they have constraints. RondoToKernel puts its ops behind the update.
constexpr llvm::StringLiteral kConstraintsFunction = "constraints";

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_PASSES_H
