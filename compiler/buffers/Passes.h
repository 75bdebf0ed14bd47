//===- Passes.h - From tensors to one arena ---------------------*- C++ -*-===//
//
// Creates and registers the passes of the `buffers` level.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_BUFFERS_PASSES_H
#define RONDO_COMPILER_BUFFERS_PASSES_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/Pass.h"

namespace rondo {

#define GEN_PASS_DECL
#include "compiler/buffers/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/buffers/Passes.h.inc"

/// How foreign ops that occur at the kernels level are bufferized. Every
/// context that runs `rondo-bufferize` needs this.
void registerBufferization(mlir::DialectRegistry &registry);

} // namespace rondo

#endif // RONDO_COMPILER_BUFFERS_PASSES_H
