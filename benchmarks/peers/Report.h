//===- Report.h - Results as a table and as JSON ----------------*- C++ -*-===//
//
// What benchmarks/README.md shows, and the same for programs.
//

#ifndef RONDO_BENCHMARKS_PEERS_REPORT_H
#define RONDO_BENCHMARKS_PEERS_REPORT_H

#include "benchmarks/peers/Case.h"

namespace rondo::bench {

/// Two tables in Markdown, forward pass and training step, under a line that
/// says where and when. `others`: see Disturbance::processors().
std::string markdown(const std::vector<CaseResult> &results, double others);

/// An object per case and mode, with quantiles, ratios and agreement.
std::string json(const std::vector<CaseResult> &results, double others);

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_PEERS_REPORT_H
