//===- Report.cpp - Random graphs and what becomes of them ----------------===//

#include "tests/graphs/Report.h"

#include "tests/graphs/Generate.h"
#include "tests/graphs/Shrink.h"

#include <fmt/format.h>

namespace rondo::test {

NamedCheck derivatives() { return {"derivatives", checkDerivatives}; }

NamedCheck compiled(Kernels kernels) {
  return {kernels == Kernels::Onednn ? "onednn" : "generated",
          [kernels](const Graph &graph, GraphCounts &counts) {
            // oneDNN chooses its instruction set itself.
            bool wide = hostSupports(Isa::Avx512) && graph.seed % 2;
            return checkCompiled(graph, kernels, wide ? Isa::Avx512 : Isa::Avx2, counts);
          }};
}

std::string reportOn(const Graph &graph, const NamedCheck &check, GraphCounts &counts) {
  std::optional<GraphFailure> failure = checkIsolated(graph, check.check, counts);
  if (!failure)
    return "";
  GraphCounts ignored;
  Graph small = shrink(graph, [&](const Graph &candidate) {
    std::optional<GraphFailure> other = checkIsolated(candidate, check.check, ignored);
    return other && other->kind == failure->kind;
  });
  if (std::optional<GraphFailure> other = checkIsolated(small, check.check, ignored))
    failure = other;
  return fmt::format("Random graph, seed {}, check {} fails: {}: {}\n\n{}", graph.seed, check.name,
                     failure->kind, failure->message, describeGraph(small));
}

std::string reportOn(uint64_t seed, const NamedCheck &check, GraphCounts &counts) {
  return reportOn(generate(seed), check, counts);
}

} // namespace rondo::test
