//===- fuzz.cpp - Random graphs for as long as one likes ------------------===//
//
// What `scripts/fuzz graphs` runs: graphs of consecutive seeds, each through all checks.
// Failures go to stdout as they are found.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Report.h"

#include "tests/graphs/Generate.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <fmt/format.h>

using namespace rondo;
using namespace rondo::test;

int main(int argc, char **argv) {
  CLI::App app("Checks random graphs: gradients against finite differences, compiled code against "
               "the reference. Exit code 1 if any fails.");
  double minutes = 0;
  // Another one each time, unless one is asked for.
  uint64_t seed = static_cast<uint64_t>(std::time(nullptr)) * 1000, graphs = 0;
  std::string only;
  bool print = false, failFast = false;
  app.add_option("--minutes", minutes, "how long; without it, as many as --graphs says");
  app.add_option("--graphs", graphs, "how many graphs (1 without --minutes)");
  app.add_option("--seed", seed, "the first seed");
  app.add_option("--check", only, "only this check: derivatives, generated, onednn");
  app.add_flag("--print", print, "print model files and IR instead of checking them");
  app.add_flag("--fail-fast", failFast, "stop at the first failure, and do not shrink it");
  CLI11_PARSE(app, argc, argv);
  if (minutes == 0 && graphs == 0)
    graphs = 1;

  std::vector<NamedCheck> checks;
  for (const NamedCheck &check :
       {derivatives(), compiled(Kernels::Generated), compiled(Kernels::Onednn)})
    if (only.empty() || only == check.name)
      checks.push_back(check);
  if (checks.empty()) {
    fmt::print(stderr, "there is no check {}\n", only);
    return 2;
  }

  fmt::print("Seeds from {}\n", seed);
  std::fflush(stdout);
  auto start = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<GraphCounts> counts(checks.size());
  uint64_t tried = 0, failures = 0;
  for (; (graphs == 0 || tried < graphs) && (minutes == 0 || elapsed() < 60 * minutes); ++tried) {
    if (print) {
      fmt::print("{}\n", describeGraph(generate(seed + tried)));
      continue;
    }
    for (size_t i = 0; i < checks.size(); ++i) {
      if (failFast) {
        Graph graph = generate(seed + tried);
        if (auto failure = checkIsolated(graph, checks[i].check, counts[i])) {
          fmt::print("Seed {}, check {} fails: {}: {}\n", graph.seed, checks[i].name, failure->kind,
                     failure->message);
          return 1;
        }
      } else if (std::string report = reportOn(seed + tried, checks[i], counts[i]);
                 !report.empty()) {
        ++failures;
        fmt::print("{}\n", report);
        std::fflush(stdout);
      }
    }
  }
  fmt::print("{} graphs in {:.1f} minutes, seeds {} to {}: {} failures\n", tried, elapsed() / 60,
             seed, seed + tried - 1, failures);
  for (size_t i = 0; i < checks.size(); ++i)
    fmt::print("{}: {} numbers compared, {} of them at kinks or ill-conditioned, {} graphs with "
               "nothing but zero gradients\n",
               checks[i].name, counts[i].compared, counts[i].unclear, counts[i].vacuous);
  return failures ? 1 : 0;
}
