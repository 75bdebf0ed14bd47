//===- Train.cpp - rondo train ----------------------------------*- C++ -*-===//
//
// model.fit of the file, from initial or given weights to a weights file.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Progress.h"
#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "runtime/host/Initializers.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <unistd.h>

namespace rondo::tool {

using diagnostics::Code;

namespace {

/// While it lives, Ctrl-C and a polite end only ask to stop; a second one stops at
/// once, as either does elsewhere.
class InterruptRequest {
public:
  InterruptRequest() {
    requested = 0;
    struct sigaction action = {};
    action.sa_handler = [](int) {
      if (requested) {
        llvm::sys::RunInterruptHandlers(); // which remove temporary files
        _exit(Interrupted);
      }
      requested = 1;
    };
    action.sa_flags = SA_RESTART; // output that the signal interrupts goes on
    sigaction(SIGINT, &action, &oldInterrupt);
    sigaction(SIGTERM, &action, &oldTerminate);
  }
  ~InterruptRequest() {
    sigaction(SIGINT, &oldInterrupt, nullptr);
    sigaction(SIGTERM, &oldTerminate, nullptr);
  }

  /// A signal handler can reach nothing else.
  static volatile std::sig_atomic_t requested;

private:
  struct sigaction oldInterrupt = {}, oldTerminate = {};
};

volatile std::sig_atomic_t InterruptRequest::requested = 0;

/// What training starts from.
struct Start {
  host::FlatWeights weights;
  std::optional<host::OptimizerState> optimizer;
};

} // namespace

static std::optional<Start> startOf(Session &session, const TrainOptions &options,
                                    const rondo_model &model) {
  if (options.weights.empty()) {
    auto weights = session.accept(Code::WeightsUnusable,
                                  host::initialWeights(model, options.seed.value_or(0)));
    if (!weights)
      return std::nullopt;
    return Start{std::move(*weights), std::nullopt};
  }
  auto loaded = session.accept(Code::WeightsUnusable, host::readWeights(options.weights, model));
  if (!loaded)
    return std::nullopt;
  session.note(loaded->notes);
  return Start{std::move(loaded->weights), std::move(loaded->optimizer)};
}

static host::TrainOptions trainerOptions(const TrainOptions &options,
                                         const frontend::FitOptions &fit) {
  host::TrainOptions result;
  result.epochs = options.epochs.value_or(fit.epochs.value_or(result.epochs));
  result.batchSize = options.batchSize.value_or(fit.batchSize.value_or(result.batchSize));
  result.shuffle = !options.noShuffle && fit.shuffle.value_or(true);
  result.seed = options.seed;
  result.interrupt = &InterruptRequest::requested;
  return result;
}

/// As Keras' fit: a bar for people who watch, else a line for each epoch.
static Progress::Verbosity verbosityOf(const TrainOptions &options) {
  switch (options.verbose.value_or(isatty(STDERR_FILENO) ? 1 : 2)) {
  case 0:
    return Progress::Verbosity::Silent;
  case 1:
    return Progress::Verbosity::Bar;
  default:
    return Progress::Verbosity::Lines;
  }
}

/// Writes the weights after the last finished epoch.
static int save(Session &session, const TrainOptions &options, const rondo_model &model,
                const host::Trainer &trainer, host::TrainOutcome outcome) {
  bool interrupted = outcome == host::TrainOutcome::Interrupted;
  if (interrupted && trainer.epochsDone() == 0) {
    say("Interrupted in the first epoch: nothing to save.\n");
    session.finish();
    return Interrupted;
  }
  if (llvm::Error error =
          host::writeWeights(options.output, model, trainer.weights(), &trainer.optimizer()))
    session.refuse(Code::FileUnwritable, std::move(error));
  else if (interrupted)
    say("Interrupted: the weights of the last finished epoch are in {}.\n",
               options.output);
  int exitCode = session.finish();
  return interrupted && exitCode == Fine ? Interrupted : exitCode;
}

int runTrain(const TrainOptions &options) {
  Session session;
  auto file = session.load(options.model, Session::MainBlock::Evaluate);
  if (!file || !session.requireLoss(*file, options.model) ||
      !session.canWriteWeights(options.output, options.model))
    return session.finish();
  ModelFileOptions compile = options.model;
  compile.batchToPlan =
      options.batchSize.value_or(file->fit.batchSize.value_or(compile.batchToPlan));
  auto artifact = session.compileAndOpen(*file->module, compile,
                                         {/*loss=*/true, {DerivedEntry::TrainStep}});
  if (!artifact)
    return session.finish();
  const rondo_model &model = artifact->model();

  auto start = startOf(session, options, model);
  if (!start)
    return session.finish();
  auto data = session.accept(Code::DataUnusable, host::readData(options.data, model, true));
  if (!data)
    return session.finish();
  session.note(data->notes);
  std::optional<host::Dataset> validation;
  if (!options.validationData.empty()) {
    validation =
        session.accept(Code::DataUnusable, host::readData(options.validationData, model, true));
    if (!validation)
      return session.finish();
    session.note(validation->notes);
  }

  auto executor = session.accept(Code::RunFailed, host::Executor::create(model, 0));
  if (!executor)
    return session.finish();
  auto trainer = session.accept(
      Code::TrainingFailed,
      host::Trainer::create(model, start->weights, start->optimizer ? &*start->optimizer : nullptr,
                            &*executor));
  if (!trainer)
    return session.finish();
  session.finish(); // what is worth knowing comes before the progress

  host::TrainOptions run = trainerOptions(options, file->fit);
  Progress progress(model, verbosityOf(options));
  if (verbosityOf(options) == Progress::Verbosity::Bar)
    run.onStep = [&](const host::StepReport &step) { progress.step(step); };
  run.onEpoch = [&](const host::EpochReport &epoch) { progress.epoch(epoch); };
  int64_t epochsBefore = trainer->optimizer().epoch;
  progress.start(epochsBefore + 1, epochsBefore + run.epochs);

  InterruptRequest interrupt;
  auto outcome = session.accept(Code::TrainingFailed,
                                trainer->run(*data, validation ? &*validation : nullptr, run));
  progress.breakLine();
  if (outcome && *outcome == host::TrainOutcome::Finished)
    trainer->takeAverages();
  return outcome ? save(session, options, model, *trainer, *outcome) : session.finish();
}

} // namespace rondo::tool
