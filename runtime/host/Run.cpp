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

/// One for each output.
Expected<std::vector<Array>> outputArrays(const Dataset &data) {
  std::vector<Array> arrays;
  for (int i = 0; i < data.model->num_outputs; ++i) {
    Expected<Array> array = outputArray(data, data.model->outputs[i]);
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
  }
  return arrays;
}

Error needsLoss(const rondo_model &model) {
  return error("the model `{}` has no loss: `model.compile(loss=...)` gives it one", model.name);
}

} // namespace

Scores ScoreSum::mean() const {
  Scores scores;
  scores.loss = samples ? loss / samples : 0;
  for (int32_t i = 0; i < model.num_metrics; ++i)
    scores.metrics.push_back(model.metric_value(&model, i, metrics.data()));
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
  Expected<std::vector<Array>> outputs = outputArrays(data);
  if (!outputs)
    return outputs.takeError();

  Batch batch(data, *batchSize);
  std::vector<void *> pointers(outputs->size());
  for (int64_t first = 0; first < data.samples; first += *batchSize) {
    batch.select(first, std::min(*batchSize, data.samples - first));
    // There is one batch only where an output is not per sample.
    for (auto [pointer, output] : llvm::zip_equal(pointers, *outputs))
      pointer = output.bytes.data() + output.bytes.size() / data.samples * first;
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
  std::vector<float> metrics(model.metrics_size);
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

namespace {

/// How the names of gradients of inputs begin.
constexpr llvm::StringLiteral kOfInput = "gradin/";

bool isOfInput(const Array &array) { return llvm::StringRef(array.name).starts_with(kOfInput); }

/// `flat` for a call, or null where the library has no gradients of parameters.
float *flatFor(const rondo_model &model, std::vector<float> &flat) {
  return model.wrt & RONDO_WRT_PARAMETERS ? flat.data() : nullptr;
}

/// Arrays for the gradients of the float inputs, and where a call writes them.
class InputGradients {
public:
  /// All of them, or none unless `wanted`.
  static Expected<InputGradients> create(const Dataset &data, bool wanted) {
    const rondo_model &model = *data.model;
    InputGradients result;
    result.pointers.resize(model.num_inputs, nullptr);
    for (int i = 0; i < model.num_inputs && wanted; ++i) {
      if (model.inputs[i].dtype != RONDO_F32)
        continue;
      Expected<Array> array = outputArray(data, model.inputs[i]);
      if (!array)
        return array.takeError();
      array->name = (kOfInput + model.inputs[i].name).str();
      result.arrays.push_back(std::move(*array));
      result.pointers[i] = reinterpret_cast<float *>(result.arrays.back().bytes.data());
    }
    return result;
  }

  std::vector<Array> arrays;
  std::vector<float *> pointers; // into `arrays`, one for each input
};

/// The parts of a flat buffer like that of the trainable parameters, by their paths.
void appendParameters(std::vector<Array> &arrays, const rondo_model &model,
                      llvm::StringRef prefix, ArrayRef<float> flat) {
  for (int i = 0; i < model.num_parameters; ++i) {
    const rondo_parameter_info &parameter = model.parameters[i];
    if (parameter.trainable)
      arrays.push_back(Array::ofFloats(fmt::format("{}{}", prefix.str(), parameter.path),
                                       ArrayRef<int64_t>(parameter.dims, parameter.rank).vec(),
                                       flat.slice(parameter.offset, parameter.size)));
  }
}

/// Appends gradients as a file holds them.
void appendGradients(std::vector<Array> &arrays, const rondo_model &model, int64_t wrt,
                     ArrayRef<float> flat, InputGradients inputs) {
  if (wrt & RONDO_WRT_PARAMETERS)
    appendParameters(arrays, model, "grad/", flat);
  std::move(inputs.arrays.begin(), inputs.arrays.end(), std::back_inserter(arrays));
}

} // namespace

Error checkWrt(const rondo_model &model, int64_t wrt) {
  if (!(wrt & RONDO_WRT_INPUTS))
    return llvm::any_of(ArrayRef(model.parameters, model.num_parameters),
                        [](const rondo_parameter_info &parameter) { return parameter.trainable; })
               ? Error::success()
               : error("the model `{}` has no trainable variable to differentiate with respect to",
                       model.name);
  if (!(wrt & RONDO_WRT_PARAMETERS))
    return llvm::any_of(ArrayRef(model.inputs, model.num_inputs),
                        [](const rondo_tensor_info &input) { return input.dtype == RONDO_F32; })
               ? Error::success()
               : error("the model `{}` has no input of floats to differentiate with respect to: "
                       "integers have no gradients",
                       model.name);
  return Error::success();
}

Expected<std::vector<Array>> gradients(const Context &context, const Dataset &data, int64_t wrt) {
  const rondo_model &model = context.model();
  if (model.num_targets == 0)
    return needsLoss(model);
  Expected<Batch> batch = asOneBatch(data);
  if (!batch)
    return batch.takeError();
  Expected<InputGradients> inputs = InputGradients::create(data, wrt & RONDO_WRT_INPUTS);
  if (!inputs)
    return inputs.takeError();
  float loss;
  std::vector<float> metrics(model.metrics_size), flat(model.trainable_size);
  if (Error problem = context.check(model.loss_and_gradients(
          context.get(), batch->dims(), batch->inputs(), batch->targets(), batch->sampleWeights(),
          &loss, metrics.data(), flatFor(model, flat), inputs->pointers.data())))
    return problem;
  std::vector<Array> arrays;
  arrays.push_back(Array::ofFloats("loss", {}, loss));
  appendGradients(arrays, model, wrt, flat, std::move(*inputs));
  return arrays;
}

Expected<std::vector<Array>>
perExample(const Dataset &data,
           llvm::function_ref<Expected<std::vector<Array>>(const Dataset &)> gradients) {
  std::vector<Array> all;
  for (int64_t sample = 0; sample < data.samples; ++sample) {
    Expected<std::vector<Array>> one = gradients(sampleOf(data, sample));
    if (!one)
      return one.takeError();
    if (all.empty())
      for (const Array &array : *one) {
        Array &whole = all.emplace_back(Array{array.name, array.type, array.shape, {}});
        if (isOfInput(array))
          whole.shape.front() = data.samples;
        else
          whole.shape.insert(whole.shape.begin(), data.samples);
        whole.bytes.reserve(array.bytes.size() * data.samples);
      }
    for (auto [whole, array] : llvm::zip_equal(all, *one))
      whole.bytes.insert(whole.bytes.end(), array.bytes.begin(), array.bytes.end());
  }
  return all;
}

Expected<std::vector<Array>> vjp(const Context &context, const Dataset &data,
                                 const std::vector<BoundTensor> &cotangents, int64_t wrt) {
  const rondo_model &model = context.model();
  Expected<Batch> batch = asOneBatch(data);
  if (!batch)
    return batch.takeError();
  Expected<InputGradients> inputs = InputGradients::create(data, wrt & RONDO_WRT_INPUTS);
  if (!inputs)
    return inputs.takeError();
  Expected<std::vector<Array>> arrays = outputArrays(data);
  if (!arrays)
    return arrays.takeError();
  std::vector<void *> outputs;
  for (Array &array : *arrays)
    outputs.push_back(array.bytes.data());
  std::vector<const float *> seeds;
  for (const BoundTensor &cotangent : cotangents)
    seeds.push_back(reinterpret_cast<const float *>(cotangent.bytes.data()));
  std::vector<float> flat(model.trainable_size);
  if (Error problem = context.check(model.vjp(context.get(), batch->dims(), batch->inputs(),
                                              seeds.data(), outputs.data(), flatFor(model, flat),
                                              inputs->pointers.data())))
    return problem;
  appendGradients(*arrays, model, wrt, flat, std::move(*inputs));
  return arrays;
}

Expected<std::vector<Array>> hessianVector(const Context &context, const Dataset &data,
                                           ArrayRef<float> vector) {
  const rondo_model &model = context.model();
  if (model.num_targets == 0)
    return needsLoss(model);
  Expected<Batch> batch = asOneBatch(data);
  if (!batch)
    return batch.takeError();
  float loss;
  std::vector<float> products(model.trainable_size);
  if (Error problem = context.check(
          model.hvp(context.get(), batch->dims(), batch->inputs(), batch->targets(),
                    batch->sampleWeights(), vector.data(), &loss, products.data())))
    return problem;
  std::vector<Array> arrays;
  arrays.push_back(Array::ofFloats("loss", {}, loss));
  appendParameters(arrays, model, "hvp/", products);
  return arrays;
}

} // namespace rondo::host
