//===- Shrink.h - Small graphs that fail likewise ----------------*- C++ -*-===//

#ifndef RONDO_TESTS_GRAPHS_SHRINK_H
#define RONDO_TESTS_GRAPHS_SHRINK_H

#include "tests/graphs/Graph.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace rondo::test {

/// A graph that `fails` too, from which nothing can be taken away: no output, no
/// statement, no run, no size. Asks `fails` at most `budget` times. Candidates may be
/// wrong in themselves (a size may have to stay even): `fails` has to say no then.
Graph shrink(Graph graph, llvm::function_ref<bool(const Graph &)> fails, unsigned budget = 600);

} // namespace rondo::test

#endif // RONDO_TESTS_GRAPHS_SHRINK_H
