//===- ScalarProgram.h - Numbers computed beside the graph ------*- C++ -*-===//
//
// What the file computes from a few numbers outside of any entry: the learning rate of a
// schedule from the step. The ops that the file builds for it become a list of instructions on
// single numbers, which the runtime follows in double precision (runtime/src/Program.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SCALARPROGRAM_H
#define RONDO_FRONTEND_KERAS_SCALARPROGRAM_H

#include "frontend/keras/Graph.h"
#include "llvm/ADT/SetVector.h"

namespace rondo::keras {

/// The ops that a value is computed by, each behind those of its operands.
llvm::SetVector<mlir::Operation *> opsBehind(mlir::Value value);

struct ScalarProgram {
  /// A program as the dialect's documentation describes it (dialect/IR/RondoBase.td).
  mlir::ArrayAttr instructions;
  /// What it gives where every input is zero.
  double atZero = 0;
};

/// What stands in a graph for a value that is computed elsewhere.
struct Computed {
  mlir::Value standIn, value;
};

/// The program for `result`, a scalar, from the elements of `inputs`, which nothing made, in a row.
/// `computed` are in an order in which they may be computed. `subject` is how messages call the
/// result: "the learning rate of `Warmup`". Nothing after a report.
std::optional<ScalarProgram> scalarProgram(const Tensor &result, llvm::ArrayRef<Tensor *> inputs,
                                           llvm::ArrayRef<Computed> computed,
                                           const std::string &subject, SourceRange place);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SCALARPROGRAM_H
