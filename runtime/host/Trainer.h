//===- Trainer.h - The training loop ----------------------------------*- C++ -*-===//
//
// Epochs over a dataset as Keras' fit: shuffled batches, the last one partial,
// validation after each epoch. Stops cleanly on request; what it keeps is
// always the state after the last finished epoch, from which another training
// continues bit for bit.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_TRAINER_H
#define RONDO_RUNTIME_HOST_TRAINER_H

#include "runtime/host/Run.h"
#include "runtime/host/Weights.h"
#include <csignal>
#include <functional>
#include <optional>

namespace rondo::host {

/// A training step that has been done.
struct StepReport {
  int64_t epoch; // counted from 1, over all trainings of these weights
  int64_t step;  // of the epoch, counted from 1
  int64_t steps; // in an epoch
  Scores scores; // of the epoch so far
};

/// A finished epoch.
struct EpochReport {
  int64_t epoch;     // counted from 1, over all trainings of these weights
  int64_t lastEpoch; // where this training ends
  int64_t steps;
  Scores scores;
  std::optional<Scores> validation;
  double seconds;
};

struct TrainOptions {
  int64_t epochs = 1; // to add to those done already
  int64_t batchSize = 32;
  bool shuffle = true;
  /// Of the shuffling; without one, the saved state's, or 0.
  std::optional<uint64_t> seed;
  /// Becomes nonzero when training is to stop after the current step.
  const volatile std::sig_atomic_t *interrupt = nullptr;
  std::function<void(const StepReport &)> onStep;
  std::function<void(const EpochReport &)> onEpoch;
};

enum class TrainOutcome { Finished, Interrupted };

class Trainer {
public:
  /// `optimizer`: the state to continue from, or null to start afresh.
  /// `executor` may be null and must outlive the trainer.
  static llvm::Expected<Trainer> create(const rondo_model &model, const FlatWeights &weights,
                                        const OptimizerState *optimizer, const Executor *executor);

  /// Trains. On an error (the loss is not finite, for one: the message names
  /// epoch and step) and after an interruption, weights() and optimizer() are
  /// still those of the last finished epoch.
  llvm::Expected<TrainOutcome> run(const Dataset &data, const Dataset *validation,
                                   const TrainOptions &options);

  /// Puts the averages of an optimizer that has them in the place of the parameters, as Keras' fit
  /// does at its end.
  void takeAverages();

  /// After the last finished epoch, or as given before any.
  const FlatWeights &weights() const { return savedWeights; }
  const OptimizerState &optimizer() const { return savedOptimizer; }
  /// Epochs that run() has finished.
  int64_t epochsDone() const { return finished; }

private:
  Trainer(Context context, FlatWeights weights, OptimizerState optimizer);
  llvm::Error runEpoch(int64_t epoch, int64_t batchSize, Batch &batch,
                       llvm::ArrayRef<int64_t> order, int64_t samples, const TrainOptions &options,
                       ScoreSum &sum, bool &complete);
  void restore();
  llvm::Error save(int64_t epoch);

  Context context;
  FlatWeights savedWeights;
  OptimizerState savedOptimizer;
  int64_t finished = 0;
  std::vector<float> metricBuffer;
};

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_TRAINER_H
