//===- Run.cpp - Predicting, evaluating, differentiating a dataset -------------===//
//
// Loops over batches and lays results out as arrays.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Run.h"
#include "runtime/host/File.h"
#include "runtime/src/DimSize.h"

using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;

namespace rondo::host {
namespace {

ElementType elementTypeOf(rondo_dtype dtype) {
  switch (dtype) {
  case RONDO_F32:
    return ElementType::F32;
  case RONDO_I32:
    return ElementType::I32;
  case RONDO_U8:
    return ElementType::Bool;
  }
  return ElementType::F32;
}

/// Whether the first axis of an output counts the samples of the batch.
bool isPerSample(const Dataset &data, const rondo_tensor_info &output) {
  if (output.rank == 0)
    return false;
  if (data.batchSymbol < 0)
    return output.dims[0] == data.staticBatch;
  return output.symbols[0] &&
         llvm::StringRef(output.symbols[0]) == data.model->symbols[data.batchSymbol];
}

/// A zeroed array for an output over all samples.
Expected<Array> outputArray(const Dataset &data, const rondo_tensor_info &output) {
  Array array{output.name, elementTypeOf(output.dtype), {}, {}};
  int64_t bytes = elementTypeSize(array.type);
  bool perSample = isPerSample(data, output);
  for (int axis = 0; axis < output.rank; ++axis) {
    int64_t size = data.samples;
    if ((axis > 0 || !perSample) && !rt::dimSize(*data.model, output, axis, data.dims.data(), size))
      return error("output `{}` has no size along axis {} for this data", output.name, axis);
    array.shape.push_back(size);
    if (__builtin_mul_overflow(bytes, size, &bytes))
      return error("output `{}` {} is too large", output.name, shapeText(array.shape));
  }
  array.bytes.resize(bytes);
  return array;
}

Error needsLoss(const rondo_model &model) {
  return error("the model `{}` has no loss: `model.compile(loss=...)` gives it one", model.name);
}

} // namespace

Scores ScoreSum::mean() const {
  Scores scores;
  scores.loss = samples ? loss / samples : 0;
  for (size_t i = 0; i + 1 < metrics.size(); i += 2)
    scores.metrics.push_back(metrics[i + 1] != 0 ? metrics[i] / metrics[i + 1] : 0);
  return scores;
}

int64_t batchSizeFor(const Dataset &data, int64_t wanted) {
  return data.staticBatch ? data.staticBatch : std::min(wanted, data.samples);
}

Expected<int64_t> predictionBatchSize(const Dataset &data, int64_t wanted) {
  const rondo_model &model = *data.model;
  bool perSample = llvm::all_of(
      ArrayRef(model.outputs, model.num_outputs),
      [&](const rondo_tensor_info &output) { return isPerSample(data, output); });
  int64_t batchSize = batchSizeFor(data, perSample ? wanted : data.samples);
  if (!perSample && batchSize != data.samples)
    return error("an output of `{}` is not per sample, so {} samples cannot be split into batches "
                 "of {}",
                 model.name, data.samples, batchSize);
  return batchSize;
}

Expected<std::vector<Array>> predict(const Context &context, const Dataset &data,
                                     int64_t wantedBatchSize) {
  const rondo_model &model = context.model();
  Expected<int64_t> batchSize = predictionBatchSize(data, wantedBatchSize);
  if (!batchSize)
    return batchSize.takeError();
  std::vector<Array> outputs;
  for (int i = 0; i < model.num_outputs; ++i) {
    Expected<Array> array = outputArray(data, model.outputs[i]);
    if (!array)
      return array.takeError();
    outputs.push_back(std::move(*array));
  }

  Batch batch(data, *batchSize);
  std::vector<void *> pointers(outputs.size());
  for (int64_t first = 0; first < data.samples; first += *batchSize) {
    batch.select(first, std::min(*batchSize, data.samples - first));
    // There is one batch only where an output is not per sample.
    for (size_t i = 0; i < outputs.size(); ++i)
      pointers[i] = outputs[i].bytes.data() + outputs[i].bytes.size() / data.samples * first;
    if (Error problem = context.check(
            model.forward(context.get(), batch.dims(), batch.inputs(), pointers.data())))
      return problem;
  }
  return outputs;
}

Expected<Scores> evaluate(const Context &context, const Dataset &data, int64_t batchSize) {
  const rondo_model &model = context.model();
  if (model.num_targets == 0)
    return needsLoss(model);
  batchSize = batchSizeFor(data, batchSize);
  Batch batch(data, batchSize);
  ScoreSum sum(model);
  std::vector<float> metrics(2 * model.num_metrics);
  for (int64_t first = 0; first < data.samples; first += batchSize) {
    batch.select(first, std::min(batchSize, data.samples - first));
    float loss;
    if (Error problem = context.check(model.evaluate(context.get(), batch.dims(), batch.inputs(),
                                                     batch.targets(), batch.sampleWeights(), &loss,
                                                     metrics.data())))
      return problem;
    sum.add<float>(batch.count(), loss, metrics);
  }
  return sum.mean();
}

Expected<Batch> asOneBatch(const Dataset &data) {
  if (data.staticBatch && data.staticBatch != data.samples)
    return error("gradients take the data as one batch; the model has batches of {}, the data {} "
                 "samples",
                 data.staticBatch, data.samples);
  Batch batch(data, data.samples);
  batch.select(0, data.samples);
  return batch;
}

Expected<std::vector<Array>> gradients(const Context &context, const Dataset &data) {
  const rondo_model &model = context.model();
  if (model.num_targets == 0)
    return needsLoss(model);
  Expected<Batch> oneBatch = asOneBatch(data);
  if (!oneBatch)
    return oneBatch.takeError();
  const Batch &batch = *oneBatch;

  std::vector<Array> inputGradients;
  for (int i = 0; i < model.num_inputs; ++i) {
    if (model.inputs[i].dtype != RONDO_F32)
      continue;
    Expected<Array> array = outputArray(data, model.inputs[i]);
    if (!array)
      return array.takeError();
    array->name = fmt::format("gradin/{}", model.inputs[i].name);
    inputGradients.push_back(std::move(*array));
  }
  std::vector<float *> pointers(model.num_inputs, nullptr);
  size_t next = 0;
  for (int i = 0; i < model.num_inputs; ++i)
    if (model.inputs[i].dtype == RONDO_F32)
      pointers[i] = reinterpret_cast<float *>(inputGradients[next++].bytes.data());

  float loss;
  std::vector<float> metrics(2 * model.num_metrics), flat(model.trainable_size);
  if (Error problem = context.check(model.loss_and_gradients(
          context.get(), batch.dims(), batch.inputs(), batch.targets(), batch.sampleWeights(),
          &loss, metrics.data(), flat.data(), pointers.data())))
    return problem;

  std::vector<Array> arrays;
  arrays.push_back(Array::ofFloats("loss", {}, loss));
  for (int i = 0; i < model.num_parameters; ++i) {
    const rondo_parameter_info &parameter = model.parameters[i];
    if (parameter.trainable)
      arrays.push_back(
          Array::ofFloats(fmt::format("grad/{}", parameter.path),
                          ArrayRef<int64_t>(parameter.dims, parameter.rank).vec(),
                          ArrayRef<float>(flat).slice(parameter.offset, parameter.size)));
  }
  std::move(inputGradients.begin(), inputGradients.end(), std::back_inserter(arrays));
  return arrays;
}

} // namespace rondo::host
