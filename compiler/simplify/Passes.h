//===- Passes.h - Algebra ---------------------------------------*- C++ -*-===//
//
// Creates and registers the simplification pass.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIMPLIFY_PASSES_H
#define RONDO_COMPILER_SIMPLIFY_PASSES_H

#include "mlir/Pass/Pass.h"

namespace rondo {

#define GEN_PASS_DECL
#include "compiler/simplify/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/simplify/Passes.h.inc"

} // namespace rondo

#endif // RONDO_COMPILER_SIMPLIFY_PASSES_H
