//===- Commands.h - The commands of the rondo tool --------------*- C++ -*-===//
//
// One struct of options and one function for each command. The functions return
// the exit code; what they say to people goes to stderr, results to stdout.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_COMMANDS_H
#define RONDO_COMPILER_TOOLS_RONDO_COMMANDS_H

#include "compiler/differentiate/Derived.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rondo::tool {

/// docs/cli.md, "Exit codes".
enum ExitCode { Fine = 0, UserError = 1, UsageError = 2, InternalError = 3, Interrupted = 130 };

/// Says on stderr that Rondo has a defect and what to report. Async-signal-safe.
void sayInternalError(llvm::StringRef what);

/// Which model, and how commands that compile it do so.
struct ModelFileOptions {
  std::string path;
  std::string variable = "model";
  std::string kernels = "auto";
  std::vector<std::string> layerKernels; // LAYER=KIND
  std::string storedWeights;             // f32 or bf16; empty: as dtype policies say
  bool profile = false;
  std::string memoryBudget; // empty: save everything
  std::string sizes;        // for reports and memory; those not named, for memory: these
  int64_t batchToPlan = 32;
  int64_t stepsToPlan = 100;
};

struct CheckOptions {
  ModelFileOptions model;
  bool fix = false;
  bool json = false;
};
int runCheck(const CheckOptions &options);

struct SummaryOptions {
  ModelFileOptions model;
  bool variables = false;
  bool json = false;
};
int runSummary(const SummaryOptions &options);

struct CompileCommandOptions {
  ModelFileOptions model;
  std::string output;
  std::string header;
  std::string emit;
  std::string targetCpu = "portable";
  std::vector<std::string> disabledRewrites;
  bool reportCost = false;
  bool explainKernels = false;
  /// Whether to follow OUT.tune.json.
  bool tuned = true;
  /// Beyond forward and evaluate; without it what training needs, for a model with a loss.
  std::optional<std::vector<DerivedEntry>> entries;
  Wrt wrt = Wrt::All;
};
int runCompile(const CompileCommandOptions &options);

/// What predict, evaluate and gradients share. `model` may be a compiled library.
struct RunOptions {
  ModelFileOptions model;
  std::string weights;
  std::string data;
  std::string output;
  bool json = false;
  /// Of what layers draw.
  uint64_t seed = 0;
  /// Of predictions and evaluation.
  std::optional<int64_t> batchSize;
  /// Run by the reference interpreter instead of compiled code.
  bool reference = false;
  /// Which gradients; none: all that the model has.
  std::optional<Wrt> wrt;
  /// Of outputs, to differentiate instead of the loss.
  std::string cotangents;
  /// To multiply the loss' Hessian with, instead of gradients.
  std::string hessianVector;
  /// Gradients of each sample alone.
  bool perExample = false;
};
int runPredict(const RunOptions &options);
int runEvaluate(const RunOptions &options);
int runGradients(const RunOptions &options);

struct TrainOptions {
  ModelFileOptions model;
  std::string weights;
  std::string data;
  std::string validationData;
  std::string output;
  std::optional<int64_t> epochs;
  std::optional<int64_t> batchSize;
  bool noShuffle = false;
  std::optional<uint64_t> seed;
  /// As Keras': 0 silent, 1 a bar, 2 a line for each epoch.
  std::optional<int> verbose;
};
int runTrain(const TrainOptions &options);

struct WeightsOptions {
  ModelFileOptions model;
  std::string weights; // empty: the initial ones
  std::string output;
  uint64_t seed = 0;
};
int runWeights(const WeightsOptions &options);

struct BenchOptions {
  ModelFileOptions model;
  std::optional<int64_t> batch;
  std::optional<int64_t> steps;
  int threads = 0;
  bool train = false;
  double seconds = 1.5;
  uint64_t seed = 0;
  std::string json;
};
int runBench(const BenchOptions &options);

struct TuneOptions {
  ModelFileOptions model;
  std::string output;
  bool train = false;
  int threads = 1; ///< at most
  double seconds = 1;
};
int runTune(const TuneOptions &options);

struct ExplainOptions {
  std::string code; // empty: list all
};
int runExplain(const ExplainOptions &options);

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_COMMANDS_H
