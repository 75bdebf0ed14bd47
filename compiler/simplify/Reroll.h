//===- Reroll.h - Loops of the file that were traced step by step -*- C++ -*-===//
//
// Makes one loop of ops that repeat.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIMPLIFY_REROLL_H
#define RONDO_COMPILER_SIMPLIFY_REROLL_H

#include "mlir/IR/Block.h"

namespace rondo {

/// Makes a rondo.scan of each `fewestSteps` or more equal groups of ops of `block`, one after the
/// other. Tells whether there were any.
bool rerollLoops(mlir::Block &block, unsigned fewestSteps);

} // namespace rondo

#endif // RONDO_COMPILER_SIMPLIFY_REROLL_H
