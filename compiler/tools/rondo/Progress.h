//===- Progress.h - The progress of a training ------------------*- C++ -*-===//
//
// What Keras' fit prints: a bar for each epoch that is drawn again in place, or
// a line for each epoch.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_PROGRESS_H
#define RONDO_COMPILER_TOOLS_RONDO_PROGRESS_H

#include "runtime/host/Trainer.h"
#include <chrono>

namespace rondo::tool {

/// Writes to stderr.
class Progress {
public:
  enum class Verbosity { Silent, Bar, Lines };

  Progress(const rondo_model &model, Verbosity verbosity) : model(model), verbosity(verbosity) {}

  /// Epochs [first, last], counted from 1, are going to be trained.
  void start(int64_t first, int64_t last);
  void step(const host::StepReport &report);
  void epoch(const host::EpochReport &report);
  /// Ends a line that is not finished: something else is going to be said.
  void breakLine();

private:
  using Clock = std::chrono::steady_clock;
  void header(int64_t epoch);
  std::string scores(const char *prefix, const host::Scores &scores) const;
  void draw(int64_t step, int64_t steps, const std::string &time, const std::string &scores);

  const rondo_model &model;
  const Verbosity verbosity;
  bool isLineOpen = false;
  int64_t lastEpoch = 0;
  Clock::time_point firstStep, lastDrawn;
};

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_PROGRESS_H
