//===- ChooseKernels.h - Who computes LSTMs and products --------*- C++ -*-===//
//
// The one place that decides between generated kernels and oneDNN's. The decision
// of each op is its attribute `rondo.impl`, which lowering follows.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_CHOOSEKERNELS_H
#define RONDO_COMPILER_KERNELS_CHOOSEKERNELS_H

#include "compiler/kernels/CostModel.h"
#include "compiler/signature/Sizes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rondo {

/// Where kernels come from: Rondo generates all; oneDNN has those that it can; or
/// whatever the model of time makes faster.
enum class Kernels { Auto, Generated, Onednn };

/// How generated LSTMs of @forward and @evaluate read their weights: as `rondo.weights` of each
/// says, or all alike.
enum class WeightType { Policy, F32, Bf16 };

/// Layers by name, with who computes their LSTMs and products.
using LayerKernels = std::map<std::string, Implementation>;

/// What is asked of the choice.
struct KernelRequest {
  Kernels kernels = Kernels::Auto;
  LayerKernels layers;         ///< instead of `kernels`
  bool layersAreTuned = false; ///< by measurements
  /// Arenas are measured while compiling, but only a run tells what oneDNN's kernels take.
  bool hasMemoryBudget = false;
  /// Only generated kernels read bfloat16.
  WeightType weights = WeightType::Policy;
  /// What the artifact holds code for: all clones make the same choice.
  std::vector<Isa> isas = {Isa::Avx512, Isa::Avx2};
  PlanningSizes sizes;
};

/// Auto takes oneDNN where that makes an entry as a whole so many times faster, on each
/// instruction set: the artifact then depends on its library, and its bits on the
/// number of threads.
constexpr double kWorthLibrary = 1.1;

/// One LSTM, gradient of one, or product, and who computes it.
struct PlannedKernel {
  /// Why.
  enum class Reason { Option, LayerOption, Tuned, Budget, Bf16Weights, Obstacle, Time, NotWorthIt };

  mlir::Operation *op;
  std::string layer;
  std::string shape;           ///< at the sizes of the plan
  std::string obstacle;        ///< why oneDNN cannot compute it; else empty
  bool hasBf16Weights = false; ///< an LSTM that reads them so if it is generated
  Implementation choice = Implementation::Generated;
  Reason reason = Reason::Time;
  /// Predicted seconds in all steps of loops around it, for each instruction set.
  std::vector<double> generated, onednn;
  /// How many times faster oneDNN is, for each instruction set: in all that goes together,
  /// an LSTM and its gradient.
  std::vector<double> gain;
  bool isPartOfUnit = false;
};

struct EntryPlan {
  std::string name;
  std::vector<PlannedKernel> kernels;
  std::vector<double> rest; ///< seconds that all else takes, for each instruction set

  /// Of the whole entry, where each kernel is computed by whom `choose` says.
  double time(size_t isa, llvm::function_ref<Implementation(const PlannedKernel &)> choose) const;
};

struct KernelPlan {
  std::vector<Isa> isas;
  SymbolSizes sizes;
  std::vector<EntryPlan> entries;
};

/// Decides for every `rondo.lstm`, `rondo.rnn`, gradient of one and `rondo.contract` of a module at
/// the gradients level. An error where the request names sizes that the module has not.
llvm::Expected<KernelPlan> planKernels(mlir::ModuleOp module, const KernelRequest &request);

/// A request for a layer that cannot be followed.
struct LayerProblem {
  std::string layer;
  std::string what;               ///< a message for people
  std::vector<std::string> known; ///< layers with a choice, where `layer` has none
};

/// The first, in the order of names, or nothing.
std::optional<LayerProblem> findLayerProblem(const KernelPlan &plan, const LayerKernels &layers);

/// A table for each entry and instruction set: op, layer, shape, predicted microseconds
/// of either kernel, the choice and why.
std::string planTable(const KernelPlan &plan);

/// Why oneDNN cannot compute `op`, which is one of those that are chosen for, as a clause
/// ("its activation is relu"); empty where it can.
std::string onednnObstacle(mlir::Operation *op);

/// Whether `rondo.impl` of `op` gives it to oneDNN.
bool isForOnednn(mlir::Operation *op);

/// The pass for this request.
std::unique_ptr<mlir::Pass> createChooseKernels(const KernelRequest &request);

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_CHOOSEKERNELS_H
