//===- Session.h - One run of the rondo tool --------------------*- C++ -*-===//
//
// What every command needs: the diagnostics and how they are printed, the MLIR
// context, model files and errors of the layers below turned into one message.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_SESSION_H
#define RONDO_COMPILER_TOOLS_RONDO_SESSION_H

#include "compiler/Compiler.h"
#include "compiler/tools/rondo/Commands.h"
#include "compiler/tools/rondo/Reference.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "runtime/host/Artifact.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rondo::tool {

/// What a command needs of a model.
struct Needs {
  /// Targets in its data, and a loss in the model file.
  bool loss = false;
  /// Besides forward and evaluate.
  std::vector<DerivedEntry> entries = {};
  Wrt wrt = Wrt::All;
};

class Session {
public:
  Session();
  ~Session();

  diagnostics::Engine diagnostics;

  /// Made when it is first needed: a run on a compiled library does without.
  mlir::MLIRContext &context();

  enum class MainBlock {
    WhenCompiledThere, ///< only to find model.compile(...)
    Evaluate           ///< for model.compile(...) and model.fit(...)
  };
  /// Loads the model file, or `text` under its name, which then prints nothing; nothing
  /// after errors were reported.
  std::optional<frontend::LoadedModel> load(const ModelFileOptions &options, MainBlock main,
                                            std::optional<std::string> text = std::nullopt);

  /// Whether the model is compiled with a loss; reports it if not.
  bool requireLoss(const frontend::LoadedModel &model, const ModelFileOptions &options);

  /// The compiled model: `options.path` itself where it is a library, else
  /// compiled for this machine into a temporary library. `needs` says what the
  /// command is going to call. Nothing after the error was reported; the exit
  /// code is then that of finish().
  std::optional<host::Artifact> open(const ModelFileOptions &options, const Needs &needs);

  /// The model file for the reference interpreter, under the same conditions.
  std::optional<ReferenceModel> openReference(const ModelFileOptions &options, const Needs &needs);

  /// Compiles a model file that is loaded already.
  std::optional<host::Artifact> compileAndOpen(mlir::ModuleOp module,
                                               const ModelFileOptions &options, const Needs &needs);

  /// Compiles to a temporary library and opens it.
  std::optional<host::Artifact> openCompiled(mlir::ModuleOp module, const CompileOptions &options);

  /// Whether there is anything to differentiate of what `needs` asks for by name;
  /// reports it if not.
  bool canDifferentiate(const rondo_model &model, const Needs &needs);

  /// Sets what `--kernels` and `--kernels-for` ask of compiling; false after it was
  /// reported why that makes no sense.
  bool setKernels(const ModelFileOptions &model, CompileOptions &options);
  /// Whether `module` has the layers of `--kernels-for`, and oneDNN kernels for them where
  /// it should; reports it if not.
  bool checkLayers(mlir::ModuleOp module, const CompileOptions &options);

  /// Sets what `--memory-budget` and `--at` ask of compiling `module`; false after it
  /// was reported why that cannot be done.
  bool setMemory(mlir::ModuleOp module, const ModelFileOptions &model, CompileOptions &options);
  /// Warns, after compiling, of each budget that was not met.
  void checkMemory();

  /// The best instruction set that this machine has; nothing after it was
  /// reported that it has none.
  std::optional<Isa> hostIsa();

  /// Whether a command on `model` may write a file there, which is better known
  /// before the work than after it; reports it if not.
  bool canWrite(const std::string &path, const ModelFileOptions &model);
  /// The same for a weights file, whose name says its format.
  bool canWriteWeights(const std::string &path, const ModelFileOptions &model);

  /// Reports an error of the host library, which is the user's to mend.
  void refuse(diagnostics::Code code, llvm::Error error);
  /// The value, or nothing after reporting why there is none.
  template <typename T> std::optional<T> accept(diagnostics::Code code, llvm::Expected<T> value) {
    if (value)
      return std::move(*value);
    refuse(code, value.takeError());
    return std::nullopt;
  }
  /// What the user should hear without it being wrong.
  void note(const std::vector<std::string> &notes);

  /// Reports why compiling to `output` failed: a file that cannot be written and a
  /// derivative that does not exist are the user's to mend, all else a defect of
  /// Rondo's own.
  void compilerFailed(llvm::Error error, llvm::StringRef output);

  /// Prints the diagnostics so far to stderr, once, and tells the exit code.
  int finish();

private:
  /// Whether the path stands for a compiled library rather than a model file.
  static bool namesLibrary(const ModelFileOptions &options);
  /// The model file, with a loss if one is needed; nothing after a report.
  std::optional<frontend::LoadedModel> loadFor(const ModelFileOptions &options, const Needs &needs);

  class MlirMessages;
  std::unique_ptr<mlir::MLIRContext> mlirContext;
  std::unique_ptr<MlirMessages> messages;
  std::vector<MemoryOutcome> memory; ///< what came of budgets
  bool defect = false;
};

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_SESSION_H
