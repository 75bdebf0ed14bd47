//===- Interpreter.h - Runs rondo functions in double precision -----------===//
//
// The oracle: plain evaluation of a function of the rondo dialect, op by op,
// between Keras and compiled code. Finite differences run on it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_REFERENCE_INTERPRETER_H
#define RONDO_DIALECT_REFERENCE_INTERPRETER_H

#include "dialect/reference/EvaluateBlock.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace rondo::reference {

/// The results of `function` for these arguments. The function has one block
/// of rondo ops and arith constants. The base symbols get their sizes from the
/// arguments' shapes; arguments whose dtype or shape do not fit their type, or
/// each other, are an error, and so is an op that fails (it says why through
/// the context's diagnostics). `watch`, if given, is called for every rondo op.
llvm::Expected<std::vector<Tensor>> interpret(mlir::func::FuncOp function,
                                              llvm::ArrayRef<Tensor> arguments,
                                              Watch watch = nullptr);

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_INTERPRETER_H
