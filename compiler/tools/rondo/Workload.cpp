//===- Workload.cpp - A model that is run to be measured ------------------===//
//
// Small numbers and valid labels; steps of a learning rate of zero.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Workload.h"
#include "runtime/host/File.h"
#include "runtime/host/Initializers.h"
#include "runtime/host/Random.h"
#include "runtime/src/DimSize.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>
#include <cmath>

namespace rondo::tool {

using llvm::Error;
using llvm::Expected;

RunSizes RunSizes::of(const rondo_model &model, const SymbolSizes &sizes) {
  const rondo_tensor_info &first = model.inputs[0];
  const char *batchSymbol = first.symbols[0];
  RunSizes run;
  run.batch = batchSymbol ? sizes.find(batchSymbol)->second : first.rank ? first.dims[0] : 1;
  for (int32_t i = 0; i < model.num_symbols; ++i) {
    run.dims.push_back(sizes.find(model.symbols[i])->second);
    if (!batchSymbol || llvm::StringRef(model.symbols[i]) != batchSymbol)
      run.steps = run.dims.back();
  }
  return run;
}

namespace {

/// Values as a model might get them: small numbers, valid labels.
Expected<host::Array> makeUp(const rondo_model &model, const rondo_tensor_info &info,
                             const std::string &name, const RunSizes &sizes, uint64_t seed) {
  std::vector<int64_t> shape;
  int64_t count;
  if (!rt::elementCount(model, info, sizes.dims.data(), count))
    return host::error("`{}` has no size for these dimensions", info.name);
  for (int32_t axis = 0; axis < info.rank; ++axis)
    rt::dimSize(model, info, axis, sizes.dims.data(), shape.emplace_back());
  host::RandomStream random(seed, name);
  std::vector<float> values(count);
  constexpr uint64_t kSomeIds = 10;
  for (int64_t i = 0; i < count; ++i) {
    if (info.dtype != RONDO_F32)
      values[i] = random.below(i, info.label_limit > 0     ? info.label_limit
                                  : info.dtype == RONDO_U8 ? 2
                                                           : kSomeIds);
    else // targets of most losses are not negative
      values[i] = info.role == RONDO_TARGET ? random.uniform(i) : 2 * random.uniform(i) - 1;
  }
  return host::Array::ofFloats(name, std::move(shape), values);
}

Expected<host::Dataset> makeUpData(const rondo_model &model, const RunSizes &sizes, bool train,
                                   uint64_t seed) {
  host::ArrayFile file;
  auto add = [&](const rondo_tensor_info &info, const std::string &name) -> Error {
    Expected<host::Array> array = makeUp(model, info, name, sizes, seed);
    if (array)
      file.arrays.push_back(std::move(*array));
    return array.takeError();
  };
  for (int32_t i = 0; i < model.num_inputs; ++i)
    if (Error problem = add(model.inputs[i], model.inputs[i].name))
      return problem;
  for (int32_t i = 0; train && i < model.num_targets; ++i)
    if (Error problem = add(model.targets[i], fmt::format("target/{}", model.targets[i].name)))
      return problem;
  return host::bindData(file, model, train);
}

/// Buffers for the outputs of a model.
std::vector<std::vector<char>> outputBuffers(const rondo_model &model, const RunSizes &sizes) {
  std::vector<std::vector<char>> buffers;
  for (int32_t i = 0; i < model.num_outputs; ++i) {
    int64_t count = 0;
    rt::elementCount(model, model.outputs[i], sizes.dims.data(), count);
    buffers.emplace_back(count * 4); // of f32 or i32
  }
  return buffers;
}

} // namespace

Expected<std::unique_ptr<Workload>> Workload::create(const rondo_model &model,
                                                     const RunSizes &sizes, bool train, int threads,
                                                     uint64_t seed) {
  std::unique_ptr<Workload> workload(new Workload);
  workload->train = train;
  Expected<host::Dataset> data = makeUpData(model, sizes, train, seed);
  if (!data)
    return data.takeError();
  workload->data = std::move(*data);
  Expected<host::FlatWeights> weights = host::initialWeights(model, seed);
  if (!weights)
    return weights.takeError();
  Expected<host::Executor> executor = host::Executor::create(model, threads);
  if (!executor)
    return executor.takeError();
  workload->executor.emplace(std::move(*executor));
  Expected<host::Context> context =
      host::Context::create(model, *weights, &*workload->executor, train);
  if (!context)
    return context.takeError();
  workload->modelContext.emplace(std::move(*context));

  workload->batch.emplace(workload->data, sizes.batch);
  workload->batch->select(0, sizes.batch);
  workload->outputs = outputBuffers(model, sizes);
  for (std::vector<char> &buffer : workload->outputs)
    workload->outputPointers.push_back(buffer.data());
  workload->metrics.resize(model.metrics_size);
  return workload;
}

Error Workload::call() {
  const rondo_model &model = modelContext->model();
  float loss;
  // Steps of a learning rate of zero cost the same, and the numbers stay what they are.
  return modelContext->check(train ? model.train_step(modelContext->get(), batch->dims(),
                                                      batch->inputs(), batch->targets(),
                                                      batch->sampleWeights(),
                                                      /*learning_rate=*/0, &loss, metrics.data())
                                   : model.forward(modelContext->get(), batch->dims(),
                                                   batch->inputs(), outputPointers.data()));
}

Expected<double> Workload::time() {
  auto before = std::chrono::steady_clock::now();
  if (Error problem = call())
    return problem;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

int64_t Workload::arenaBytes() const {
  const rondo_model &model = modelContext->model();
  int64_t bytes = 0;
  model.arena_size(&model, train ? RONDO_TRAIN_STEP : RONDO_FORWARD, batch->dims(), &bytes);
  return bytes;
}

double percentile(const std::vector<double> &sorted, double percent) {
  size_t rank = std::ceil(percent / 100 * sorted.size());
  return sorted[std::max<size_t>(rank, 1) - 1];
}

} // namespace rondo::tool
