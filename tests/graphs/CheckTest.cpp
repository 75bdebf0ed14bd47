//===- CheckTest.cpp - Do the checks say what they should? ----------------===//
//
// Graphs made by hand, of which it is known what is to be found.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Arguments.h"
#include "tests/graphs/Generate.h"

#include "compiler/differentiate/Passes.h"
#include "compiler/simplify/Passes.h"
#include "dialect/IR/RondoDialect.h"

#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>
#include <set>

using namespace mlir;

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

/// No op has to be left out: all of them come from model files, algebra or differentiation.
TEST(Generate, ReachesEveryOpOfTheDialect) {
  std::set<std::string> seen, registered;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    GraphModule model(generate(seed));
    if (registered.empty())
      for (RegisteredOperationName op : model.context->getRegisteredOperations())
        if (op.getDialectNamespace() == "rondo")
          registered.insert(op.getStringRef().str());
    auto note = [&](Operation *op) { seen.insert(op->getName().getStringRef().str()); };
    // Differentiation takes out what only stops gradients.
    model.module->walk(note);
    for (bool isSimplified : {false, true}) {
      OwningOpRef<ModuleOp> module(model.module->clone());
      PassManager passes(model.context.get());
      if (isSimplified)
        passes.addPass(createSimplify());
      passes.addPass(createDifferentiate());
      ASSERT_TRUE(succeeded(passes.run(*module))) << seed;
      module->walk(note);
    }
  }
  ASSERT_FALSE(registered.empty());
  for (const std::string &name : registered)
    EXPECT_TRUE(seen.count(name)) << "no graph has " << name;
}

} // namespace
} // namespace rondo::test
