//===- Run.h - Predicting, evaluating, differentiating a dataset ----*- C++ -*-===//
//
// Runs the entries of a model over a whole dataset. Batching is only a matter
// of memory: results do not depend on it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_RUN_H
#define RONDO_RUNTIME_HOST_RUN_H

#include "runtime/host/Artifact.h"
#include "runtime/host/Data.h"

namespace rondo::host {

/// The loss and the metrics (in the order of rondo_model.metrics) of a dataset.
struct Scores {
  double loss = 0;
  std::vector<double> metrics;
};

/// Sums the scores of batches: losses weighted by the number of samples,
/// metrics as (sum, count), as Keras' epochs do.
class ScoreSum {
public:
  explicit ScoreSum(const rondo_model &model) : metrics(2 * model.num_metrics) {}
  void add(int64_t samples, float loss, llvm::ArrayRef<float> batchMetrics);
  Scores mean() const;

private:
  double loss = 0;
  int64_t samples = 0;
  std::vector<double> metrics;
};

constexpr int64_t kInferenceBatch = 256;

/// One array per output, by name.
llvm::Expected<std::vector<Array>> predict(const Context &context, const Dataset &data,
                                           int64_t batchSize = kInferenceBatch);

/// Loss and metrics in inference mode. Works on training contexts too.
llvm::Expected<Scores> evaluate(const Context &context, const Dataset &data,
                                int64_t batchSize = kInferenceBatch);

/// `loss`, `grad/<variable path>` and `gradin/<input>` for float inputs, the
/// whole dataset being one batch.
llvm::Expected<std::vector<Array>> gradients(const Context &context, const Dataset &data);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_RUN_H
