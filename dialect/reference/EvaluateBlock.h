//===- EvaluateBlock.h - Reference values of a block ------------*- C++ -*-===//
//
// What the interpreter does with a function, loops do with their bodies.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H
#define RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H

#include "dialect/reference/Tensor.h"

#include "mlir/IR/Block.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace rondo::reference {

/// What the terminator of `block` is given when the block gets these arguments, which fit it.
llvm::Expected<std::vector<Tensor>>
evaluateBlock(mlir::Block &block, llvm::ArrayRef<Tensor> arguments, const Environment &env);

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H
