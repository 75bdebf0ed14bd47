//===- ShrinkTest.cpp - Is what shrinking finds small? --------------------===//
//
// Failures made up: properties of the module that graphs are taken to fail by.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Shrink.h"

#include "tests/graphs/Arguments.h"
#include "tests/graphs/Generate.h"
#include "tests/graphs/Report.h"

#include "dialect/IR/RondoDialect.h"

#include <gtest/gtest.h>

using namespace mlir;

namespace rondo::test {
namespace {

/// How many ops of a kind the model of a graph has; none if the frontend refuses it.
template <typename Op> unsigned count(const Graph &graph) {
  unsigned found = 0;
  try {
    GraphModule model(graph);
    model.module->lookupSymbol<func::FuncOp>("forward").walk([&](Op) { ++found; });
  } catch (const GraphFailure &) {
  }
  return found;
}

/// The first graph of a seed, or of one after it, that has a property.
Graph findGraph(uint64_t seed, llvm::function_ref<bool(const Graph &)> property) {
  while (true) {
    Graph graph = generate(seed++);
    if (property(graph))
      return graph;
  }
}

TEST(Shrink, KeepsWhatFailsAndNothingElse) {
  auto fails = [](const Graph &graph) { return count<LstmOp>(graph) > 0; };
  for (uint64_t seed : {1, 100, 200}) {
    Graph small = shrink(findGraph(seed, fails), fails);
    // An input and the layer.
    EXPECT_EQ(small.statements.size(), 2u) << small.str();
    EXPECT_EQ(small.outputs.size(), 1u) << small.str();
    EXPECT_EQ(small.runs.size(), 1u) << small.str();
    for (const auto &[symbol, size] : small.runs.front())
      EXPECT_EQ(size, 1) << symbol;
    for (const auto &[name, size] : small.known)
      EXPECT_EQ(size, 1) << name;
    EXPECT_EQ(small.outputs.front().loss, "mse");
  }
}

TEST(Shrink, KeepsTwoThingsThatFailTogether) {
  auto fails = [](const Graph &graph) {
    return count<LstmOp>(graph) > 0 && count<ReduceOp>(graph) > 0;
  };
  for (uint64_t seed : {1, 300}) {
    Graph graph = findGraph(seed, fails), small = shrink(graph, fails);
    EXPECT_TRUE(fails(small));
    // One may go into the other, or both into a concatenation; each may have an input.
    EXPECT_LE(small.statements.size(), 6u) << small.str();
  }
}

TEST(Shrink, DropsOperandsOfConcatenations) {
  // Only the reduction matters, which is one of many operands.
  auto fails = [](const Graph &graph) {
    return count<ConcatOp>(graph) > 0 && count<ReduceOp>(graph) > 0;
  };
  auto hasLongList = [&](const Graph &graph) {
    return fails(graph) && llvm::any_of(graph.statements, [](const Statement &statement) {
             return llvm::StringRef(statement.text).contains("oncat") &&
                    statement.operands.size() > 3;
           });
  };
  for (uint64_t seed : {1, 200}) {
    Graph small = shrink(findGraph(seed, hasLongList), fails);
    for (const Statement &statement : small.statements)
      EXPECT_LE(statement.operands.size(), 2u) << small.str();
  }
}

TEST(Shrink, GivesUpInTheEnd) {
  unsigned asked = 0;
  shrink(
      generate(1), [&](const Graph &) { return ++asked, asked % 2 == 0; }, 10);
  EXPECT_EQ(asked, 10u);
}

TEST(Report, NamesTheSeedAndShowsFileAndIR) {
  NamedCheck check{"made-up", [](const Graph &graph, GraphCounts &) {
                     return count<LstmOp>(graph)
                                ? std::optional(GraphFailure{"kind", "it has an LSTM"})
                                : std::nullopt;
                   }};
  Graph graph = findGraph(1, [](const Graph &g) { return count<LstmOp>(g) > 0; });
  GraphCounts counts;
  std::string report = reportOn(graph, check, counts);
  for (std::string part :
       {"seed " + std::to_string(graph.seed), std::string("check made-up fails"),
        std::string("it has an LSTM"), std::string("= layers.LSTM(w"),
        std::string("model.compile("), std::string("func.func @evaluate("),
        std::string("rondo.lstm")})
    EXPECT_NE(report.find(part), std::string::npos) << part << " is not in\n" << report;
  EXPECT_EQ(reportOn(findGraph(1, [](const Graph &g) { return !count<LstmOp>(g); }), check, counts),
            "");
}

TEST(Report, CrashesAreFailures) {
  NamedCheck check{"crash", [](const Graph &, GraphCounts &) -> std::optional<GraphFailure> {
                     std::abort();
                   }};
  GraphCounts counts;
  std::optional<GraphFailure> failure = checkIsolated(generate(1), check.check, counts);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, "crash");
}

} // namespace
} // namespace rondo::test
