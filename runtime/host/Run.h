//===- Run.h - Predicting, evaluating, differentiating a dataset ----*- C++ -*-===//
//
// Runs the entries of a model over a whole dataset. Batching is only a matter of
// memory, unless layers are called with `training=True`: those look at the batch,
// and draw anew for each.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_RUN_H
#define RONDO_RUNTIME_HOST_RUN_H

#include "runtime/host/Artifact.h"
#include "runtime/host/Data.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace rondo::host {

/// The loss and the metrics (in the order of rondo_model.metrics) of a dataset.
struct Scores {
  double loss = 0;
  std::vector<double> metrics;
};

/// Sums the scores of batches: losses weighted by the number of samples, and the sums that
/// make metrics, as Keras' epochs do.
class ScoreSum {
public:
  explicit ScoreSum(const rondo_model &model) : model(model), metrics(model.metrics_size) {}
  template <typename Real>
  void add(int64_t count, Real batchLoss, llvm::ArrayRef<Real> batchMetrics) {
    loss += static_cast<double>(batchLoss) * count;
    samples += count;
    for (size_t i = 0; i < metrics.size(); ++i)
      metrics[i] += batchMetrics[i];
  }
  Scores mean() const;

private:
  const rondo_model &model;
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

constexpr int64_t kWrtAll = RONDO_WRT_PARAMETERS | RONDO_WRT_INPUTS;

/// Whether the model has anything of the one kind that `wrt`, RONDO_WRT_* bits,
/// asks for; the error says what it lacks. Both kinds together may well be empty.
llvm::Error checkWrt(const rondo_model &model, int64_t wrt);

/// `loss`, `grad/<variable path>` and `gradin/<input>` for float inputs, as far as
/// `wrt` asks for them, the whole dataset being one batch. The model has them.
llvm::Expected<std::vector<Array>> gradients(const Context &context, const Dataset &data,
                                             int64_t wrt = kWrtAll);

/// What gradients() gives, for each sample alone: of a batch that holds nothing else.
/// Arrays have a first axis for the samples, which those of inputs have anyway.
/// `gradients` is called for each sample; batches are of any size or of one.
llvm::Expected<std::vector<Array>>
perExample(const Dataset &data,
           llvm::function_ref<llvm::Expected<std::vector<Array>>(const Dataset &)> gradients);

/// The outputs by name, and the gradients of the sum of outputs times cotangents
/// (one for each output, readCotangents), as from gradients().
llvm::Expected<std::vector<Array>> vjp(const Context &context, const Dataset &data,
                                       const std::vector<BoundTensor> &cotangents, int64_t wrt);

/// `loss`, and `hvp/<variable path>`: the Hessian of the loss times `vector`, which
/// is laid out as the trainable parameters are.
llvm::Expected<std::vector<Array>> hessianVector(const Context &context, const Dataset &data,
                                                 llvm::ArrayRef<float> vector);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_RUN_H
