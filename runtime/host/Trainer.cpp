//===- Trainer.cpp - The training loop ------------------------------------------===//
//
// Epochs, shuffling, saving and stopping.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Trainer.h"
#include "rondo/generated.h"
#include "runtime/host/File.h"
#include "runtime/host/Random.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>
#include <cmath>

using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;

namespace rondo::host {

Trainer::Trainer(Context context, FlatWeights weights, OptimizerState optimizer)
    : context(std::move(context)), savedWeights(std::move(weights)),
      savedOptimizer(std::move(optimizer)), metricBuffer(this->context.model().metrics_size) {}

Expected<Trainer> Trainer::create(const rondo_model &model, const FlatWeights &weights,
                                  const OptimizerState *optimizer, const Executor *executor) {
  if (!model.optimizer)
    return error("the model `{}` has no optimizer: `model.compile(optimizer=..., loss=...)` gives "
                 "it one",
                 model.name);
  Expected<Context> context = Context::create(model, weights, executor, /*training=*/true);
  if (!context)
    return context.takeError();
  OptimizerState state;
  if (optimizer)
    state = *optimizer;
  // Those that a file does not have start as in a new context.
  for (int slot = state.slots.size(); slot < model.num_slots; ++slot) {
    const float *values = model.slot(context->get(), slot);
    state.slots.emplace_back(values, values + model.trainable_size);
  }
  return Trainer(std::move(*context), weights, std::move(state));
}

/// Puts the context into the saved state.
void Trainer::restore() {
  const rondo_model &model = context.model();
  rondo_context *handle = context.get();
  llvm::copy(savedWeights.trainable, model.trainable(handle));
  llvm::copy(savedWeights.state, model.state(handle));
  for (int slot = 0; slot < model.num_slots; ++slot)
    llvm::copy(savedOptimizer.slots[slot], model.slot(handle, slot));
  model.set_step_count(handle, savedOptimizer.iteration);
  model.set_seed(handle, static_cast<uint64_t>(savedOptimizer.seed));
}

/// Keeps the state as it is now, unless a weight is no number any more.
Error Trainer::save(int64_t epoch) {
  const rondo_model &model = context.model();
  rondo_context *handle = context.get();
  const float *trainable = model.trainable(handle), *state = model.state(handle);
  for (int i = 0; i < model.num_parameters; ++i) {
    const rondo_parameter_info &parameter = model.parameters[i];
    const float *values = (parameter.trainable ? trainable : state) + parameter.offset;
    if (!llvm::all_of(ArrayRef<float>(values, parameter.size),
                      [](float value) { return std::isfinite(value); }))
      return error("variable `{}` is not finite after epoch {}; a smaller learning rate may help",
                   parameter.path, epoch);
  }
  std::copy_n(trainable, model.trainable_size, savedWeights.trainable.begin());
  std::copy_n(state, model.state_size, savedWeights.state.begin());
  for (int slot = 0; slot < model.num_slots; ++slot)
    std::copy_n(model.slot(handle, slot), model.trainable_size, savedOptimizer.slots[slot].begin());
  savedOptimizer.iteration = model.step_count(handle);
  savedOptimizer.epoch = epoch;
  ++finished;
  return Error::success();
}

void Trainer::takeAverages() {
  const rondo_model &model = context.model();
  for (int slot = 0; slot < model.num_slots && finished > 0; ++slot)
    if (llvm::StringRef(model.slot_names[slot]) == RONDO_AVERAGE_SLOT)
      savedWeights.trainable = savedOptimizer.slots[slot];
}

/// Stops before the end only when interrupted or on an error; `complete` says
/// whether all samples were seen.
Error Trainer::runEpoch(int64_t epoch, int64_t batchSize, Batch &batch, ArrayRef<int64_t> order,
                        int64_t samples, const TrainOptions &options, ScoreSum &sum,
                        bool &complete) {
  const rondo_model &model = context.model();
  int64_t steps = (samples + batchSize - 1) / batchSize;
  complete = false;
  for (int64_t step = 1; step <= steps; ++step) {
    if (options.interrupt && *options.interrupt)
      return Error::success();
    int64_t first = (step - 1) * batchSize;
    batch.select(first, std::min(batchSize, samples - first), order);
    float loss;
    if (Error problem = context.check(model.train_step(
            context.get(), batch.dims(), batch.inputs(), batch.targets(), batch.sampleWeights(),
            model.scheduled_rate(&model, model.step_count(context.get())), &loss,
            metricBuffer.data())))
      return problem;
    if (!std::isfinite(loss))
      return error("the loss is {} at step {} of epoch {}; a smaller learning rate may help, or "
                   "the data may hold values that are no numbers",
                   std::isnan(loss) ? "NaN" : "infinite", step, epoch);
    sum.add<float>(batch.count(), loss, metricBuffer);
    if (options.onStep)
      options.onStep({epoch, step, steps, sum.mean()});
  }
  complete = true;
  return Error::success();
}

Expected<TrainOutcome> Trainer::run(const Dataset &data, const Dataset *validation,
                                    const TrainOptions &options) {
  const rondo_model &model = context.model();
  if (data.targets.empty())
    return error("training needs targets");
  if (options.epochs < 0 || options.epochs > INT32_MAX || options.batchSize < 1)
    return error("{} epochs of batches of {} cannot be trained", options.epochs, options.batchSize);
  if (options.seed)
    savedOptimizer.seed = static_cast<int64_t>(*options.seed);
  int64_t batchSize =
      data.staticBatch ? data.staticBatch : std::min(options.batchSize, data.samples);
  int64_t steps = (data.samples + batchSize - 1) / batchSize;
  int64_t firstEpoch = savedOptimizer.epoch + 1, lastEpoch = savedOptimizer.epoch + options.epochs;

  restore();
  Batch batch(data, batchSize);
  std::vector<int64_t> order;
  for (int64_t epoch = firstEpoch; epoch <= lastEpoch; ++epoch) {
    auto start = std::chrono::steady_clock::now();
    if (options.shuffle)
      shuffledOrder(savedOptimizer.seed, epoch, data.samples, order);
    ScoreSum sum(model);
    bool complete;
    if (Error problem =
            runEpoch(epoch, batchSize, batch, order, data.samples, options, sum, complete))
      return problem;
    if (!complete)
      return TrainOutcome::Interrupted;
    if (Error problem = save(epoch))
      return problem;

    EpochReport report{epoch, lastEpoch, steps, sum.mean(), std::nullopt, 0};
    bool interrupted = options.interrupt && *options.interrupt;
    if (validation && !interrupted) {
      // What layers draw there is the same after each epoch, and in a training that goes on.
      model.set_seed(context.get(), static_cast<uint64_t>(savedOptimizer.seed));
      Expected<Scores> scores = evaluate(context, *validation, batchSize);
      if (!scores)
        return scores.takeError();
      report.validation = std::move(*scores);
    }
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (options.onEpoch)
      options.onEpoch(report);
    if (interrupted)
      return TrainOutcome::Interrupted;
  }
  return TrainOutcome::Finished;
}

} // namespace rondo::host
