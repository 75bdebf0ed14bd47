//===- Check.cpp - Checks in processes of their own, and their reports ----===//

#include "tests/graphs/Check.h"

#include "runtime/host/Isolated.h"
#include "tests/graphs/Arguments.h"

#include <exception>
#include <fmt/format.h>

namespace rondo::test {

constexpr unsigned kSeconds = 60;

std::optional<GraphFailure> checkIsolated(const Graph &graph, GraphCheck check,
                                          GraphCounts &counts) {
  // A line of counts, a line of the kind, a message.
  std::optional<std::string> text = host::runIsolated(
      [&]() -> std::string {
        GraphCounts own;
        std::optional<GraphFailure> failure;
        try {
          failure = check(graph, own);
        } catch (const std::exception &exception) {
          failure = GraphFailure{"exception", exception.what()};
        }
        return fmt::format("{} {} {}\n{}\n{}", own.compared, own.unclear, own.vacuous,
                           failure ? failure->kind : "", failure ? failure->message : "");
      },
      kSeconds);
  if (!text)
    return GraphFailure{"crash", "the check crashed, or took more than a minute"};
  auto [line, rest] = llvm::StringRef(*text).split('\n');
  GraphCounts own;
  if (line.consumeInteger(10, own.compared) || !line.consume_front(" ") ||
      line.consumeInteger(10, own.unclear) || !line.consume_front(" ") ||
      line.consumeInteger(10, own.vacuous))
    return GraphFailure{"crash", "the check did not report"};
  counts += own;
  auto [kind, message] = rest.split('\n');
  if (kind.empty())
    return std::nullopt;
  return GraphFailure{kind.str(), message.str()};
}

std::string describeGraph(const Graph &graph) {
  std::string text = graph.str() + "\n";
  try {
    GraphModule model(graph);
    llvm::raw_string_ostream(text) << *model.module;
  } catch (const GraphFailure &failure) {
    text += "The frontend makes no module of it:\n" + failure.message;
  }
  return text;
}

} // namespace rondo::test
