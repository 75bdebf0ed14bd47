//===- Reference.cpp - Model files on the reference interpreter -*- C++ -*-===//
//
// Finds the argument of each role among weights and data, and names results by
// the attributes of the entry.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Reference.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"
#include "runtime/host/File.h"
#include "runtime/src/DimSize.h"
#include <cstring>

namespace rondo::tool {

using host::Array;
using host::Batch;
using host::ElementType;
using llvm::Error;
using llvm::Expected;
using mlir::StringAttr;
using reference::Tensor;

Expected<ReferenceModel> ReferenceModel::create(mlir::ModuleOp module,
                                                const CompileOptions &options) {
  Expected<ModelSignature> signature = getModelSignature(module);
  if (!signature)
    return signature.takeError();
  for (const auto *tensors : {&signature->inputs, &signature->outputs, &signature->targets})
    for (const TensorSignature &tensor : *tensors)
      if (tensor.dims.size() > RONDO_MAX_RANK)
        return host::error("`{}` has {} axes; models have {} at most", tensor.name,
                           tensor.dims.size(), RONDO_MAX_RANK);
  auto lowered = differentiate(module, options);
  if (!lowered)
    return lowered.takeError();
  return ReferenceModel(std::move(*lowered), std::make_unique<ModelTable>(std::move(*signature)));
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// The elements of a tensor of the interface; ones where nobody gave them.
static Expected<Tensor> bound(const rondo_model &model, const rondo_tensor_info &info,
                              const void *data, const Batch &batch) {
  reference::Shape shape;
  for (int32_t axis = 0; axis < info.rank; ++axis)
    if (!rt::dimSize(model, info, axis, batch.dims(), shape.emplace_back()))
      return host::error("`{}` has no size along axis {} for this data", info.name, axis);
  bool isFloat = info.dtype == RONDO_F32;
  Tensor tensor(isFloat ? reference::Dtype::Float : reference::Dtype::Int, shape);
  if (!data)
    llvm::fill(tensor.values, 1.0);
  else if (isFloat)
    std::copy_n(static_cast<const float *>(data), tensor.size(), tensor.values.begin());
  else
    std::copy_n(static_cast<const int32_t *>(data), tensor.size(), tensor.values.begin());
  return tensor;
}

Tensor ReferenceModel::parameter(const ParameterSignature &parameter) const {
  const std::vector<float> &flat = parameter.trainable ? weights.trainable : weights.state;
  auto first = flat.begin() + parameter.offset;
  return Tensor(reference::Dtype::Float, parameter.shape,
                std::vector<double>(first, first + parameter.size));
}

Expected<Tensor> ReferenceModel::argument(mlir::DictionaryAttr attributes,
                                          const Batch &batch) const {
  const ModelSignature &signature = table->signature();
  if (auto attribute = attributes.getAs<ParameterAttr>(RondoDialect::kParameter))
    return parameter(signature.parameters[*signature.findParameter(attribute.getPath())]);
  /// The tensor of this role and name, from the arrays of a batch.
  auto find = [&](llvm::StringRef role, const std::vector<TensorSignature> &tensors,
                  const rondo_tensor_info *infos, auto arrays) -> std::optional<Expected<Tensor>> {
    auto name = attributes.getAs<StringAttr>(role);
    for (size_t i = 0; name && i < tensors.size(); ++i)
      if (tensors[i].name == name)
        return bound(model(), infos[i], arrays[i], batch);
    return std::nullopt;
  };
  if (auto input = find(RondoDialect::kInput, signature.inputs, model().inputs, batch.inputs()))
    return std::move(*input);
  if (auto target = find(RondoDialect::kTarget, signature.targets, model().targets, batch.targets()))
    return std::move(*target);
  if (auto weight = find(RondoDialect::kSampleWeight, signature.sampleWeights,
                         model().sample_weights, batch.sampleWeights()))
    return std::move(*weight);
  llvm_unreachable("every argument of an entry has a role");
}

Expected<std::vector<ReferenceModel::Result>> ReferenceModel::run(llvm::StringRef entry,
                                                                  const Batch &batch) const {
  auto function = mlir::cast<mlir::ModuleOp>(**module).lookupSymbol<mlir::func::FuncOp>(entry);
  assert(function && "the module was lowered for this entry");
  std::vector<Tensor> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    Expected<Tensor> value = argument(function.getArgAttrDict(i), batch);
    if (!value)
      return value.takeError();
    arguments.push_back(std::move(*value));
  }
  Expected<std::vector<Tensor>> values = reference::interpret(function, arguments);
  if (!values)
    return values.takeError();
  std::vector<Result> results;
  for (auto [i, value] : llvm::enumerate(*values))
    results.push_back({function.getResultAttrDict(i), std::move(value)});
  return results;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

template <typename T> static std::vector<char> bytesOf(const std::vector<double> &values) {
  std::vector<T> converted(values.begin(), values.end());
  std::vector<char> bytes(converted.size() * sizeof(T));
  if (!bytes.empty())
    std::memcpy(bytes.data(), converted.data(), bytes.size());
  return bytes;
}

static Array toArray(std::string name, const Tensor &tensor) {
  std::vector<int64_t> shape(tensor.shape.begin(), tensor.shape.end());
  if (tensor.dtype == reference::Dtype::Float)
    return {std::move(name), ElementType::F64, std::move(shape), bytesOf<double>(tensor.values)};
  return {std::move(name), ElementType::I32, std::move(shape), bytesOf<int32_t>(tensor.values)};
}

/// What a results file calls a result with these attributes; empty where it has
/// no place there.
static std::string nameOf(mlir::DictionaryAttr attributes) {
  if (attributes.contains(RondoDialect::kLoss))
    return "loss";
  const std::pair<llvm::StringRef, llvm::StringRef> kinds[] = {
      {RondoDialect::kOutput, ""},
      {RondoDialect::kGradientOf, "grad/"},
      {RondoDialect::kInputGradientOf, "gradin/"}};
  for (auto [attribute, prefix] : kinds)
    if (auto name = attributes.getAs<StringAttr>(attribute))
      return (prefix + name.getValue()).str();
  return "";
}

Expected<std::vector<Array>> ReferenceModel::predict(const host::Dataset &data) const {
  Expected<int64_t> batchSize = host::predictionBatchSize(data, host::kInferenceBatch);
  if (!batchSize)
    return batchSize.takeError();
  Batch batch(data, *batchSize);
  std::vector<Array> outputs;
  for (int64_t first = 0; first < data.samples; first += *batchSize) {
    batch.select(first, std::min(*batchSize, data.samples - first));
    auto results = run("forward", batch);
    if (!results)
      return results.takeError();
    for (auto [i, result] : llvm::enumerate(*results)) {
      Array part = toArray(nameOf(result.attributes), result.value);
      if (first == 0) {
        outputs.push_back(std::move(part));
        continue;
      }
      outputs[i].shape.front() += batch.count();
      outputs[i].bytes.insert(outputs[i].bytes.end(), part.bytes.begin(), part.bytes.end());
    }
  }
  return outputs;
}

Expected<host::Scores> ReferenceModel::evaluate(const host::Dataset &data) const {
  int64_t batchSize = host::batchSizeFor(data, host::kInferenceBatch);
  Batch batch(data, batchSize);
  host::ScoreSum sum(model());
  for (int64_t first = 0; first < data.samples; first += batchSize) {
    batch.select(first, std::min(batchSize, data.samples - first));
    auto results = run("evaluate", batch);
    if (!results)
      return results.takeError();
    double loss = 0;
    std::vector<double> metrics; // sums and counts in turn, as in the entry
    for (const Result &result : *results) {
      if (result.attributes.contains(RondoDialect::kLoss))
        loss = result.value.values.front();
      else
        metrics.push_back(result.value.values.front());
    }
    sum.add<double>(batch.count(), loss, metrics);
  }
  return sum.mean();
}

Expected<std::vector<Array>> ReferenceModel::gradients(const host::Dataset &data) const {
  auto batch = host::asOneBatch(data);
  if (!batch)
    return batch.takeError();
  auto results = run("loss_and_gradients", *batch);
  if (!results)
    return results.takeError();
  std::vector<Array> arrays;
  for (const Result &result : *results)
    if (std::string name = nameOf(result.attributes); !name.empty())
      arrays.push_back(toArray(std::move(name), result.value));
  return arrays;
}

} // namespace rondo::tool
