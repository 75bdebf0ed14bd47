//===- EvaluateBlock.h - Reference values of a block ------------*- C++ -*-===//
//
// What the interpreter does with a function, loops do with their bodies.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H
#define RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H

#include "dialect/reference/Tensor.h"

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace rondo::reference {

/// Sees an op of a run with its results, and may change them.
using Watch = llvm::function_ref<void(mlir::Operation &, llvm::MutableArrayRef<Tensor>)>;

/// What the terminator of `block` is given when the block gets these arguments, which fit it.
/// `watch`, if given, is called for every rondo op of the block itself.
llvm::Expected<std::vector<Tensor>> evaluateBlock(mlir::Block &block,
                                                  llvm::ArrayRef<Tensor> arguments,
                                                  const Environment &env, Watch watch = nullptr);

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H
