//===- Check.h - What has to hold for a graph --------------------*- C++ -*-===//
//
// Derivatives of a graph against finite differences, and compiled code against
// the reference interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_GRAPHS_CHECK_H
#define RONDO_TESTS_GRAPHS_CHECK_H

#include "compiler/Compiler.h"
#include "tests/graphs/Graph.h"

#include <optional>
#include <string>

namespace rondo::test {

/// What a check found. `kind` is the same for what is likely the same mistake.
struct GraphFailure {
  std::string kind, message;
};

/// What was compared, for a report.
struct GraphCounts {
  int64_t compared = 0;
  /// Of `compared`: elements about which the check says little or nothing, because
  /// the function has a kink there or is ill-conditioned.
  int64_t unclear = 0;
  /// Graphs that say nothing about gradients: in some run all of them are zero, and
  /// differences say so too. The softmax of equal numbers does that.
  int64_t vacuous = 0;
  GraphCounts &operator+=(const GraphCounts &other) {
    compared += other.compared;
    unclear += other.unclear;
    vacuous += other.vacuous;
    return *this;
  }
};

/// Checks the gradients of the loss with respect to every parameter and input, as
/// the derivation makes them and after algebra, in every run of the graph: numbers
/// in double precision on the reference interpreter. For a quarter of all seeds also
/// the product of the Hessian with a vector, for another one that of cotangents with
/// the Jacobian.
std::optional<GraphFailure> checkDerivatives(const Graph &graph, GraphCounts &counts);

/// Checks what one artifact computes in every run of the graph, on one thread and on
/// two: outputs, loss, gradients and a training step. The seed decides about rewrites that
/// are left out and about further entries. For a quarter of all seeds generated kernels also
/// run with half the memory: the same to the bit, but for LSTMs that run in segments.
/// oneDNN's kernels are for graphs with products or LSTMs; there is nothing to check in others.
std::optional<GraphFailure> checkCompiled(const Graph &graph, Kernels kernels, Isa isa,
                                          GraphCounts &counts);

/// Any of these.
using GraphCheck = llvm::function_ref<std::optional<GraphFailure>(const Graph &, GraphCounts &)>;

/// Runs a check in a process of its own: a crash is a failure too, and so is more than a
/// minute.
std::optional<GraphFailure> checkIsolated(const Graph &graph, GraphCheck check,
                                          GraphCounts &counts);

/// The model file of a graph, and the module that the frontend makes of it.
std::string describeGraph(const Graph &graph);

} // namespace rondo::test

#endif // RONDO_TESTS_GRAPHS_CHECK_H
