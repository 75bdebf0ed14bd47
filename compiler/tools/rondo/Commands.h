//===- Commands.h - The commands of the rondo tool --------------*- C++ -*-===//
//
// One struct of options and one function for each command. The functions return
// the exit code; what they say to people goes to stderr, results to stdout.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_COMMANDS_H
#define RONDO_COMPILER_TOOLS_RONDO_COMMANDS_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace rondo::tool {

/// docs/cli.md, "Exit codes".
enum ExitCode { Fine = 0, UserError = 1, UsageError = 2, InternalError = 3, Interrupted = 130 };

/// Says on stderr that Rondo has a defect and what to report. Async-signal-safe.
void sayInternalError(llvm::StringRef what);

struct ModelFileOptions {
  std::string path;
  std::string variable = "model";
};

struct CheckOptions {
  ModelFileOptions model;
  bool fix = false;
  bool json = false;
};
int runCheck(const CheckOptions &options);

struct CompileCommandOptions {
  ModelFileOptions model;
  std::string output;
  std::string header;
  std::string emit;
  std::string targetCpu = "portable";
  std::string kernels = "auto";
};
int runCompile(const CompileCommandOptions &options);

/// What predict, evaluate and gradients share. `model` may be a compiled library.
struct RunOptions {
  ModelFileOptions model;
  std::string weights;
  std::string data;
  std::string output;
  bool json = false;
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
};
int runTrain(const TrainOptions &options);

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_COMMANDS_H
