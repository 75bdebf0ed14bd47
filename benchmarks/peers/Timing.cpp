//===- Timing.cpp - Comparing times on a machine that is not quiet --------===//
//
// A turn is one run that is not counted (it pulls weights into the caches again)
// and then as many as fit. Before a turn there is a short pause: threads of the
// last contender may still spin, waiting for work.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/Timing.h"
#include <algorithm>
#include <cassert>
#include <chrono>
#include <ctime>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace rondo::bench {

using Clock = std::chrono::steady_clock;

constexpr int kLargestRounds = 31, kSmallestRounds = 3;
constexpr double kWarmUpMicroseconds = 30000;
constexpr std::chrono::microseconds kPause(3000);

static double timeOf(const Contender &contender) {
  Clock::time_point start = Clock::now();
  contender.run();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

/// Runs for a while; the median time of a run.
static double warmUp(const Contender &contender) {
  std::vector<double> runs;
  for (double total = 0; total < kWarmUpMicroseconds || runs.size() < 2;) {
    runs.push_back(timeOf(contender));
    total += runs.back();
  }
  return quantile(runs, 0.5);
}

std::vector<Times> measure(const std::vector<Contender> &contenders, double seconds) {
  std::vector<Times> results;
  std::vector<double> expected;
  double shortestRound = 0; // a pause, a counted and an uncounted run of each
  for (const Contender &contender : contenders) {
    results.push_back({contender.name, {}, {}});
    expected.push_back(warmUp(contender));
    shortestRound += kPause.count() + 2 * expected.back();
  }
  const double budget = seconds * 1e6;
  const int rounds =
      std::clamp(static_cast<int>(budget / shortestRound), kSmallestRounds, kLargestRounds);
  const double turn = budget / rounds / contenders.size();

  for (int round = 0; round < rounds; ++round)
    for (size_t place = 0; place < contenders.size(); ++place) {
      // Each round begins with another contender.
      const size_t which = (round + place) % contenders.size();
      const int runs = std::max(1, static_cast<int>(turn / expected[which]) - 1);
      std::this_thread::sleep_for(kPause);
      contenders[which].run();
      std::vector<double> times;
      for (int run = 0; run < runs; ++run)
        times.push_back(timeOf(contenders[which]));
      results[which].rounds.push_back(quantile(times, 0.5));
      results[which].runs.insert(results[which].runs.end(), times.begin(), times.end());
    }
  return results;
}

double quantile(std::vector<double> values, double share) {
  assert(!values.empty());
  auto place = values.begin() + static_cast<ptrdiff_t>(share * (values.size() - 1) + 0.5);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

Disturbance::Usage Disturbance::usage() {
  const double wall = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
  // cpu, then ticks: user nice system idle iowait irq softirq steal
  std::ifstream file("/proc/stat");
  std::string cpu;
  double ticks[8] = {};
  file >> cpu;
  for (double &each : ticks)
    file >> each;
  const double busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7];
  timespec own;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  return {wall, busy / sysconf(_SC_CLK_TCK), own.tv_sec + own.tv_nsec * 1e-9};
}

Disturbance::Disturbance() : start(usage()) {}

double Disturbance::processors() const {
  const Usage now = usage();
  return std::max(0.0,
                  (now.machine - start.machine - now.own + start.own) / (now.wall - start.wall));
}

double ratio(const Times &times, const Times &baseline) {
  assert(times.rounds.size() == baseline.rounds.size());
  std::vector<double> ratios;
  for (size_t round = 0; round < times.rounds.size(); ++round)
    ratios.push_back(times.rounds[round] / baseline.rounds[round]);
  return quantile(std::move(ratios), 0.5);
}

} // namespace rondo::bench
