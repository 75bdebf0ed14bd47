//===- Report.h - Random graphs and what becomes of them ---------*- C++ -*-===//

#ifndef RONDO_TESTS_GRAPHS_REPORT_H
#define RONDO_TESTS_GRAPHS_REPORT_H

#include "tests/graphs/Check.h"

#include <functional>

namespace rondo::test {

/// A check by its name.
struct NamedCheck {
  std::string name;
  std::function<std::optional<GraphFailure>(const Graph &, GraphCounts &)> check;
};

/// Gradients against finite differences.
NamedCheck derivatives();

/// Compiled code against the reference, for the graph's share of the instruction sets
/// that this machine has.
NamedCheck compiled(Kernels kernels);

/// Checks the graph of a seed. A failure is shrunk and described: what failed, the seed,
/// the model file and its IR. Empty if all is well.
std::string reportOn(uint64_t seed, const NamedCheck &check, GraphCounts &counts);

/// The same of any graph.
std::string reportOn(const Graph &graph, const NamedCheck &check, GraphCounts &counts);

} // namespace rondo::test

#endif // RONDO_TESTS_GRAPHS_REPORT_H
