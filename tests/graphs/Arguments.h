//===- Arguments.h - A graph as a module, with numbers for it ---*- C++ -*-===//

#ifndef RONDO_TESTS_GRAPHS_ARGUMENTS_H
#define RONDO_TESTS_GRAPHS_ARGUMENTS_H

#include "tests/graphs/Check.h"

#include "dialect/reference/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace rondo::test {

using Tensors = std::vector<reference::Tensor>;

/// What the frontend makes of a graph's model file. Throws GraphFailure if it
/// refuses the file.
class GraphModule {
public:
  explicit GraphModule(const Graph &graph);

  /// Arguments of @evaluate in a run: numbers that single precision holds, drawn from
  /// the graph's seed and in its ranges. Weights are at most 1.2 / sqrt(rows), and 0.6
  /// where there are no rows; they are the same in every run.
  Tensors drawArguments(unsigned run);

  /// Arguments of an entry in a run: those of @evaluate that it has, then the random key,
  /// cotangents or vectors.
  Tensors drawArguments(mlir::func::FuncOp entry, unsigned run);

  /// The base symbols of the module, in a run.
  SymbolSizes sizes(unsigned run);

  const Graph &graph;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp evaluate;
  /// The loss that gradients are of: @training, where the graph has that, else @evaluate. In a copy
  /// of the module, since that function is used up.
  mlir::func::FuncOp training;
  bool drawsInTraining() { return training.getName() != evaluate.getName(); }

private:
  mlir::OwningOpRef<mlir::ModuleOp> undifferentiated;
};

/// Whether an argument of an entry is a cotangent or a vector, which @evaluate does not have.
bool isFurther(mlir::func::FuncOp entry, unsigned argument);

/// The results of a function; throws GraphFailure if it cannot be run.
Tensors runReference(mlir::func::FuncOp function, const Tensors &arguments);

/// How far the result of an op may be off.
struct Rounding {
  double result;     ///< relative to the result
  double partialSum; ///< where the op adds up n terms: √n times this, relative to the sum of
                     ///< their absolute values, which cannot cancel out
};

/// The same with every number that an op rounds off by up to `rounding`, and every argument
/// by `rounding.result`. `attempt` chooses the errors; equal numbers get equal ones, so that an
/// element still equals itself. Sums inside of LSTMs are not looked at: expand them first.
Tensors runPerturbed(mlir::func::FuncOp function, const Tensors &arguments,
                     const Rounding &rounding, unsigned attempt);

} // namespace rondo::test

#endif // RONDO_TESTS_GRAPHS_ARGUMENTS_H
