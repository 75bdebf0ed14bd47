//===- Tuning.h - What was measured to be best ------------------*- C++ -*-===//
//
// The file OUT.tune.json beside OUT.so: `rondo tune` writes it, `rondo compile`
// follows it where it is about the same model and machine.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_TUNING_H
#define RONDO_COMPILER_TOOLS_RONDO_TUNING_H

#include "compiler/Compiler.h"
#include "compiler/tools/rondo/Session.h"
#include <optional>
#include <string>
#include <vector>

namespace rondo::tool {

/// What a choice was measured on and for.
struct TuningKey {
  std::string processor; ///< its name, as the system says
  std::string isa;
  std::string model; ///< a fingerprint of the module at the rondo level
};

/// One way to run the model, and how long a call took.
struct TuningMeasurement {
  std::string kernels; ///< "generated", "onednn", "onednn for LSTMs", "onednn for products"
  KernelTuning sizes;
  int threads = 1;
  double median = 0; ///< seconds
  double ratio = 1;  ///< to the time of all kernels generated, on one thread
};

struct Tuning {
  TuningKey key;
  bool train = false; ///< training steps were measured
  SymbolSizes at;
  // The choice.
  LayerKernels layers;
  KernelTuning sizes;
  int threads = 1;
  std::vector<TuningMeasurement> measured;
};

/// "block_rows=96" for each size that is not the default.
std::vector<std::string> unusualSizes(const KernelTuning &sizes);

/// `out.tune.json` of `out.so`.
std::string tuningPath(const std::string &library);

/// Of this machine, for a module at the rondo level.
TuningKey tuningKey(mlir::ModuleOp module, Isa isa);

std::string tuningText(const Tuning &tuning);

/// Nothing where there is no such file. Errors say where the file is wrong.
llvm::Expected<std::optional<Tuning>> readTuning(const std::string &path);

/// Sets what the file beside `library` says of compiling `module`, and says so on stderr; or
/// says why it is not followed. False after an error was reported.
bool followTuning(Session &session, mlir::ModuleOp module, const ModelFileOptions &model,
                  const std::string &library, CompileOptions &options);

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_TUNING_H
