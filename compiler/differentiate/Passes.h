//===- Passes.h - Differentiation -------------------------------*- C++ -*-===//
//
// Creates and registers the differentiation pass.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_PASSES_H
#define RONDO_COMPILER_DIFFERENTIATE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace rondo {

#define GEN_PASS_DECL
#include "compiler/differentiate/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/differentiate/Passes.h.inc"

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_PASSES_H
