//===- CheckTest.cpp - Do the checks say what they should? ----------------===//
//
// Graphs made by hand, of which it is known what is to be found.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Check.h"

#include <gtest/gtest.h>

namespace rondo::test {
namespace {

/// A layer of `units` on an input, and a function of what it gives.
Graph graphOf(int64_t units, const std::string &text) {
  Graph graph;
  graph.known = {{"w0", units}};
  graph.runs = {{{kBatch, 3}}, {{kBatch, 2}}};
  Dims dims = {DimExpr::symbol(kBatch), DimExpr::symbol("w0")};
  graph.tensors = {{dims, {}}, {dims, {}}, {dims, {}}};
  graph.layers = {{"layers.Dense(w0)", dims[1], dims[1]}};
  graph.statements = {
      {Graph::inputText(dims, false), {}, {0}}, {"$layer($0)", {0}, {1}, 0}, {text, {1}, {2}}};
  graph.outputs = {{2, "mse", {-1, 1}, std::nullopt, false}};
  return graph;
}

TEST(Check, GraphsWithoutGradientsCountAsVacuous) {
  // The share of one in one.
  Graph constant = graphOf(1, "ops.softmax($0, axis=1)");
  GraphCounts counts;
  std::optional<GraphFailure> failure = checkIsolated(constant, checkDerivatives, counts);
  EXPECT_FALSE(failure) << failure->kind << ": " << failure->message;
  EXPECT_EQ(counts.vacuous, 1);

  failure = checkIsolated(graphOf(2, "ops.softmax($0, axis=1)"), checkDerivatives, counts);
  EXPECT_FALSE(failure) << failure->kind << ": " << failure->message;
  EXPECT_EQ(counts.vacuous, 1);
}

} // namespace
} // namespace rondo::test
