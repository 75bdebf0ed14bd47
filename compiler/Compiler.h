//===- Compiler.h - From a rondo module to an artifact ----------*- C++ -*-===//
//
// The compiler as a library: what the tools, the tests and the benchmarks call.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_COMPILER_H
#define RONDO_COMPILER_COMPILER_H

#include "compiler/Isa.h"
#include "compiler/codegen/KernelTuning.h"
#include "compiler/differentiate/Derived.h"
#include "compiler/kernels/ChooseKernels.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace rondo {

/// The levels of docs/contracts.md, in order, and what can be printed beyond.
enum class Level { Rondo, Simplified, Gradients, Kernels, Buffers, Llvm, Asm, Object };

/// How large the arena of each entry with gradients may be.
struct MemoryBudget {
  std::optional<int64_t> bytes;
  double share = 1; ///< without bytes: of what that one is when everything is saved
};

/// What came of a budget for entries that save the same, in bytes.
struct MemoryOutcome {
  std::vector<DerivedEntry> entries; ///< the largest of their arenas counts
  int64_t everything = 0;            ///< with everything saved
  int64_t allowed = 0;
  int64_t reached = 0; ///< more than allowed: as small as was found
  SymbolSizes sizes;
};

struct CompileOptions {
  /// Prefix of the artifact's symbols, a C identifier.
  std::string name = "model";
  /// Versions to generate, best first.
  std::vector<Isa> isas = {Isa::Avx512, Isa::Avx2};
  /// What to derive from @forward and @evaluate, where the module has them.
  std::vector<DerivedEntry> entries = {DerivedEntry::LossAndGradients, DerivedEntry::TrainStep};
  /// What loss_and_gradients and vjp differentiate with respect to.
  Wrt wrt = Wrt::All;
  /// Who computes LSTMs and products, and those of single layers.
  Kernels kernels = Kernels::Auto;
  LayerKernels layerKernels;
  bool layersAreTuned = false; ///< measurements said so, rather than people
  /// As bfloat16, weights are half the memory to read, with some more error (docs/cli.md).
  WeightType weights = WeightType::Policy;
  /// Sizes inside of generated kernels.
  KernelTuning tuning;
  /// Algebra to leave out: names of rewriteNames().
  std::vector<std::string> disabledRewrites;
  /// Entries measure their kernels: `profile` of the artifact's table tells.
  bool profile = false;
  /// Decides what the backward pass saves of the forward pass and what it computes
  /// again (docs/gradients.md); without one it saves everything. Rules out oneDNN.
  std::optional<MemoryBudget> memoryBudget;
  PlanningSizes sizes;
  /// Where to say what came of the budget.
  std::vector<MemoryOutcome> *memoryOutcomes = nullptr;
  /// Where librondo_rt.a lies; empty: ../lib/rondo/ beside the running tool.
  /// librondo_onednn.a lies beside it.
  std::string runtimeArchive;

  /// What these options ask of the choice of kernels.
  KernelRequest kernelRequest() const {
    return {kernels, layerKernels, layersAreTuned, memoryBudget.has_value(), weights, isas, sizes};
  }
};

/// Differentiation needs the derivative of something that has none: the model, or
/// what is asked of it, is at fault.
class NotDifferentiable : public llvm::ErrorInfo<NotDifferentiable> {
public:
  static char ID;
  NotDifferentiable(std::string message, std::string file, unsigned line, unsigned column)
      : what(std::move(message)), file(std::move(file)), line(line), column(column) {}

  void log(llvm::raw_ostream &stream) const override;
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

  const std::string what;
  /// The place in the model file, as far as it is known: else empty and 0.
  const std::string file;
  const unsigned line, column;
};

/// Registers every dialect and interface that a pipeline of this compiler needs.
void registerCompilerDialects(mlir::DialectRegistry &registry);

/// Runs the passes up to and including `level` on a module at the rondo level.
/// `isa` chooses the clone from Kernels on. Failure is a defect of Rondo's own.
mlir::LogicalResult lowerToLevel(mlir::ModuleOp module, Level level, Isa isa,
                                 const CompileOptions &options);

/// Text of `level`: MLIR, assembly; for Object the bytes of the object file.
llvm::Expected<std::string> emitLevel(mlir::ModuleOp module, Level level, Isa isa,
                                      const CompileOptions &options);

/// A copy of a module at the rondo level, lowered to the gradients level. May fail
/// with NotDifferentiable, as everything below that takes entries.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> differentiate(mlir::ModuleOp module,
                                                                const CompileOptions &options);

/// A plan and the module at the gradients level that it is about.
struct PlannedModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  KernelPlan plan;
};

/// Who computes what in a copy of a module at the rondo level, and why. `findLayerProblem`
/// tells whether what is asked for single layers can be done, which compiling requires.
llvm::Expected<PlannedModule> planKernels(mlir::ModuleOp module, const CompileOptions &options);

/// A table of what the training step of a module at the rondo level keeps of its
/// forward pass and what it computes again (residualTable), and the size of the
/// arena, with generated kernels. The module has a loss.
llvm::Expected<std::string> emitResiduals(mlir::ModuleOp module, CompileOptions options);

/// What each op of each entry of a module at the rondo level computes and moves
/// (costTable), what each rewrite saves: the difference that it makes to leave out that
/// one, and what the generated kernels read and write (trafficTable). `sizes` may be
/// empty; else it has all base symbols.
llvm::Expected<std::string> reportCost(mlir::ModuleOp module, const SymbolSizes &sizes,
                                       const CompileOptions &options);

/// Compiles a module at the rondo level to a shared library and, unless the
/// path is empty, a C header. Files are written to a temporary name and
/// renamed; on error nothing is left behind. Does not change `module`. An error
/// with a code is the caller's to mend: it says why a file could not be written.
llvm::Error compileArtifact(mlir::ModuleOp module, const CompileOptions &options,
                            const std::string &libraryPath, const std::string &headerPath);

} // namespace rondo

#endif // RONDO_COMPILER_COMPILER_H
