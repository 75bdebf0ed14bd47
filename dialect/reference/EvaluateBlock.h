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

/// An op with its numbers in a run.
struct Evaluated {
  mlir::Operation &op;
  const Environment &env;
  llvm::ArrayRef<const Tensor *> operands;
  llvm::MutableArrayRef<Tensor> results;
};

/// Sees an op of a run, and may change its results.
using Watch = llvm::function_ref<void(const Evaluated &)>;

/// What the terminator of `block` is given when the block gets these arguments, which fit it.
/// `watch`, if given, is called for every rondo op of the block; for those of a loop in every
/// step, and then for the loop.
llvm::Expected<std::vector<Tensor>> evaluateBlock(mlir::Block &block,
                                                  llvm::ArrayRef<Tensor> arguments,
                                                  const Environment &env, Watch watch = nullptr);

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_EVALUATEBLOCK_H
