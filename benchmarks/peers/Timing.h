//===- Timing.h - Comparing times on a machine that is not quiet -*- C++ -*-===//
//
// Contenders take turns in rounds, so that a disturbance hits all of them, and
// ratios are taken within a round, so that it cancels. What is reported are
// medians: over all runs for a time, over rounds for a ratio.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_PEERS_TIMING_H
#define RONDO_BENCHMARKS_PEERS_TIMING_H

#include <functional>
#include <string>
#include <vector>

namespace rondo::bench {

struct Contender {
  std::string name;
  std::function<void()> run;
};

/// Of one contender, in microseconds.
struct Times {
  std::string name;
  std::vector<double> runs;   // every run
  std::vector<double> rounds; // the median of each round
};

/// Lets contenders take turns for about `seconds` in all, after warming them up.
std::vector<Times> measure(const std::vector<Contender> &contenders, double seconds);

/// The value below which `share` of the values lie; 0.5 is the median.
double quantile(std::vector<double> values, double share);

/// What else the machine did while this lives.
class Disturbance {
public:
  Disturbance();
  /// How many processors others kept busy so far, on average. A virtual machine that had to
  /// wait for its host counts as busy.
  double processors() const;

private:
  struct Usage {
    double wall, machine, own; // seconds
  };
  static Usage usage();
  Usage start;
};

/// How many times as long `times` takes as `baseline`, of the same measurement.
double ratio(const Times &times, const Times &baseline);

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_PEERS_TIMING_H
