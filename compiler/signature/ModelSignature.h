//===- ModelSignature.h - What a compiled model takes and gives -*- C++ -*-===//
//
// The interface of a model as plain data, read once from a module at the rondo
// level: the calling convention of its entries, the tables of the artifact and
// the generated header all follow from it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIGNATURE_MODELSIGNATURE_H
#define RONDO_COMPILER_SIGNATURE_MODELSIGNATURE_H

#include "compiler/differentiate/Derived.h"
#include "compiler/signature/OptimizerRules.h"
#include "dialect/IR/DimExpr.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace rondo {

enum class Dtype { F32, I32 };

/// A segment of a flat parameter buffer starts at a multiple of this many floats.
constexpr int64_t kParameterAlignment = 16;

/// One input, output, target or sample-weight tensor.
struct TensorSignature {
  std::string name;
  Dtype dtype = Dtype::F32;
  llvm::SmallVector<DimExpr> dims;
  /// Labels must be in [0, labelLimit); 0: any.
  int64_t labelLimit = 0;
};

/// One variable of the model, a segment of the trainable or the state buffer.
struct ParameterSignature {
  std::string path;
  bool trainable = true;
  llvm::SmallVector<int64_t> shape;
  int64_t offset = 0; ///< in floats, a multiple of kParameterAlignment
  int64_t size = 0;   ///< in floats
  /// A JSON object: {"name": "glorot_uniform", …}.
  std::string initializerJson;
  /// In a `.weights.h5` file: "layers/lstm/cell/vars/0".
  std::string stored;
};

/// The numbers of a rondo_program of rondo/generated.h.
using ScalarProgram = std::vector<double>;

struct OptimizerSignature {
  std::string name;
  /// A JSON object: name, learning_rate and the optimizer's own hyperparameters.
  std::string json;
  double learningRate = 0;
  std::vector<OptimizerSlot> slots;
  /// The learning rate after a number of steps; none where it stays as it is.
  std::optional<ScalarProgram> schedule;
};

/// A metric: as rondo_metric_info of rondo/rondo.h.
struct MetricSignature {
  std::string name;
  int64_t rule = 0;
  std::vector<double> numbers;
  int64_t offset = 0, size = 0;
};

struct ModelSignature {
  std::string name;
  /// The base symbols, in the order of every `dims` array.
  std::vector<std::string> symbols;
  std::vector<TensorSignature> inputs, outputs, targets, sampleWeights;
  /// In the order of Keras' `model.weights`; then what layers keep from run to run.
  std::vector<ParameterSignature> parameters;
  std::vector<MetricSignature> metrics;
  /// Floats in the flat buffers, multiples of kParameterAlignment.
  int64_t trainableSize = 0, stateSize = 0;
  /// Floats of the state buffer in front of what layers keep from run to run, which is its rest.
  int64_t layerStateOffset = 0;
  /// Which gradients loss_and_gradients and vjp have; not read from the module.
  Wrt wrt = Wrt::All;
  /// None where the model is not compiled.
  std::optional<OptimizerSignature> optimizer;

  /// The index of the parameter of this path; none if there is no such.
  std::optional<size_t> findParameter(llvm::StringRef path) const;
  /// Floats of the sums of all metrics.
  int64_t metricsSize() const {
    return metrics.empty() ? 0 : metrics.back().offset + metrics.back().size;
  }
};

/// Reads the signature from `@forward` and `@evaluate` (docs/contracts.md,
/// sections 2 and 4). Fails on a module that does not keep to them.
llvm::Expected<ModelSignature> getModelSignature(mlir::ModuleOp module);

} // namespace rondo

#endif // RONDO_COMPILER_SIGNATURE_MODELSIGNATURE_H
