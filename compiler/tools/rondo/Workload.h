//===- Workload.h - A model that is run to be measured ----------*- C++ -*-===//
//
// Made-up data, a context and one call, again and again: what bench and tune time.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_WORKLOAD_H
#define RONDO_COMPILER_TOOLS_RONDO_WORKLOAD_H

#include "dialect/IR/DimExpr.h"
#include "runtime/host/Artifact.h"
#include "runtime/host/Data.h"
#include <memory>
#include <optional>
#include <vector>

namespace rondo::tool {

/// The sizes that a model is run with.
struct RunSizes {
  std::vector<int64_t> dims; ///< of the base symbols
  int64_t batch = 0;
  int64_t steps = 0; ///< 0: the model has no time axis

  /// `sizes` names every base symbol.
  static RunSizes of(const rondo_model &model, const SymbolSizes &sizes);
};

/// A model with data of its own. The model outlives it.
class Workload {
public:
  /// A call is a forward pass, or a training step with `train`. `threads` as in the C
  /// interface, `seed` is that of data and weights.
  static llvm::Expected<std::unique_ptr<Workload>>
  create(const rondo_model &model, const RunSizes &sizes, bool train, int threads, uint64_t seed);

  llvm::Error call();
  /// The seconds that a call takes.
  llvm::Expected<double> time();

  const host::Context &context() const { return *modelContext; }
  int threads() const { return executor->threads(); }
  int64_t arenaBytes() const;

private:
  Workload() = default;

  bool train = false;
  host::Dataset data;
  std::optional<host::Executor> executor;
  std::optional<host::Context> modelContext;
  std::optional<host::Batch> batch; ///< refers to `data`
  std::vector<std::vector<char>> outputs;
  std::vector<void *> outputPointers;
  std::vector<float> metrics;
};

/// That so many per cent of sorted times are not above.
double percentile(const std::vector<double> &sorted, double percent);

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_WORKLOAD_H
