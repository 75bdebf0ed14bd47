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
  template <typename Real>
  void add(int64_t count, Real batchLoss, llvm::ArrayRef<Real> batchMetrics) {
    loss += static_cast<double>(batchLoss) * count;
    samples += count;
    for (size_t i = 0; i < metrics.size(); ++i)
      metrics[i] += batchMetrics[i];
  }
  Scores mean() const;

private:
  double loss = 0;
  int64_t samples = 0;
  std::vector<double> metrics;
};

/// All samples as one batch, which gradients take. Fails where the model has
/// batches of another size.
llvm::Expected<Batch> asOneBatch(const Dataset &data);

constexpr int64_t kInferenceBatch = 256;

/// The batch size to use: `wanted` unless the model or the data fix another.
int64_t batchSizeFor(const Dataset &data, int64_t wanted);

/// The same for outputs, which can only be put together again where all of them
/// are per sample.
llvm::Expected<int64_t> predictionBatchSize(const Dataset &data, int64_t wanted);

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
