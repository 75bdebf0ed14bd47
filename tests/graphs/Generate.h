//===- Generate.h - Random graphs --------------------------------*- C++ -*-===//
//
// Grows a graph from a seed: the same seed gives the same graph everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_GRAPHS_GENERATE_H
#define RONDO_TESTS_GRAPHS_GENERATE_H

#include "tests/graphs/Graph.h"

namespace rondo::test {

/// A graph with inputs (some of them of open lengths, some of labels, some that
/// nothing uses), layers, some of them shared, functions of keras.ops, and one or
/// several outputs with losses. Arguments in the tensors' ranges keep every
/// function away from its poles, and numbers at a size of some ten.
Graph generate(uint64_t seed);

} // namespace rondo::test

#endif // RONDO_TESTS_GRAPHS_GENERATE_H
