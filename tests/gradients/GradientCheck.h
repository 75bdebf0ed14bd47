//===- GradientCheck.h - Gradients against finite differences ---*- C++ -*-===//
//
// Differentiates functions of the rondo dialect with the compiler's own pass
// and compares every entry of every gradient with central differences, both in
// double precision on the reference interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_GRADIENTS_GRADIENTCHECK_H
#define RONDO_TESTS_GRADIENTS_GRADIENTCHECK_H

#include "dialect/reference/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

namespace rondo::test {

/// A module in text form, with `@f` or with `@evaluate`. `#B`, `#T`, `#BT` and
/// so on stand for `#rondo.dims<["B"]>`, … in it.
///
/// `@f` maps float tensors (and others) to float tensors; its loss is the sum
/// of the results under random weights. These attributes of an argument say how
/// it is drawn: numbers from [test.min, test.min + 1], by default from [-1, 1];
/// integers below test.below; with `test.unused`, its gradient has to be zero.
struct GradientCase {
  std::string name;
  std::string text;
  /// Runs with these sizes of the base symbols.
  std::vector<SymbolSizes> sizes = {{{"B", 2}, {"T", 3}, {"S", 4}}, {{"B", 1}, {"T", 5}, {"S", 2}}};
};

/// For the messages of GoogleTest.
inline void PrintTo(const GradientCase &test, std::ostream *stream) { *stream << test.name; }

/// A context with the dialects that cases are written in.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// The module of a case; null, and a test failure, if it does not parse.
mlir::OwningOpRef<mlir::ModuleOp> parseCase(mlir::MLIRContext &context, const GradientCase &test);

/// Turns `@f` into `@evaluate`: its arguments are the inputs x0, x1…, and the
/// weights of its float results, w0, w1…, come in as further ones.
void makeEvaluate(mlir::func::FuncOp function);

/// Random arguments, as their attributes say, exact in single precision.
std::vector<reference::Tensor> drawArguments(mlir::func::FuncOp function, const SymbolSizes &sizes,
                                             std::mt19937 &random);

/// The results of a function; a test failure, and no results, if it fails.
std::vector<reference::Tensor> run(mlir::func::FuncOp function,
                                   const std::vector<reference::Tensor> &arguments);

/// The largest absolute value.
double largest(const reference::Tensor &tensor);

/// Which result of `entry` is the gradient of its argument; none if there is none.
std::optional<unsigned> gradientOf(mlir::func::FuncOp entry, unsigned argument);

/// Checks the gradients of a case, as the rules make them and after algebra.
void checkGradients(const GradientCase &test);

/// Every rule in many shapes.
std::vector<GradientCase> ruleCases();

/// For each rewrite of rondo-simplify a graph that it changes.
std::vector<GradientCase> algebraCases();

/// The gradients of some loops, one an LSTM, as functions to differentiate again.
std::vector<GradientCase> secondDerivativeCases();

/// Whole models, and how rules combine.
std::vector<GradientCase> modelCases();

} // namespace rondo::test

#endif // RONDO_TESTS_GRADIENTS_GRADIENTCHECK_H
