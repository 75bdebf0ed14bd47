//===- Reference.cpp - Model files on the reference interpreter -*- C++ -*-===//
//
// Finds the argument of each role among weights and data, and names results by
// the attributes of the entry.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Reference.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"
#include "rondo/generated.h"
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
    std::fill(tensor.values.begin(), tensor.values.end(), 1.0);
  else if (isFloat)
    std::copy_n(static_cast<const float *>(data), tensor.size(), tensor.values.begin());
  else
    std::copy_n(static_cast<const int32_t *>(data), tensor.size(), tensor.values.begin());
  return tensor;
}

/// The part of a flat buffer that belongs to a parameter.
static Tensor partOf(llvm::ArrayRef<float> flat, const ParameterSignature &parameter) {
  llvm::ArrayRef<float> part = flat.slice(parameter.offset, parameter.size);
  return Tensor(reference::Dtype::Float, parameter.shape,
                std::vector<double>(part.begin(), part.end()));
}

const ParameterSignature &ReferenceModel::parameter(llvm::StringRef path) const {
  const ModelSignature &signature = table->signature();
  return signature.parameters[*signature.findParameter(path)];
}

Expected<Tensor> ReferenceModel::argument(mlir::DictionaryAttr attributes,
                                          const Arguments &arguments) const {
  if (auto attribute = attributes.getAs<ParameterAttr>(RondoDialect::kParameter)) {
    if (arguments.moved)
      if (auto found = arguments.moved->find(attribute.getPath()); found != arguments.moved->end())
        return found->second;
    return partOf(attribute.getTrainable() ? weights.trainable : weights.state,
                  parameter(attribute.getPath()));
  }
  if (auto path = attributes.getAs<StringAttr>(RondoDialect::kVectorOf))
    return partOf(arguments.vector, parameter(path));

  if (attributes.contains(RondoDialect::kRandomKey)) {
    uint32_t key[2];
    rondo_random_key(seed, arguments.step, key);
    return Tensor(reference::Dtype::Int, {2}, {double(key[0]), double(key[1])});
  }

  std::vector<const void *> cotangents;
  for (const host::BoundTensor &cotangent : arguments.cotangents)
    cotangents.push_back(cotangent.bytes.data());
  /// One of `infos` that has this role and name, with its element of `arrays`.
  auto find = [&](llvm::StringRef role, const rondo_tensor_info *infos, int32_t count,
                  auto arrays) -> std::optional<Expected<Tensor>> {
    auto name = attributes.getAs<StringAttr>(role);
    for (int32_t i = 0; name && i < count; ++i)
      if (name == infos[i].name)
        return bound(model(), infos[i], arrays[i], arguments.batch);
    return std::nullopt;
  };
  const rondo_model &of = model();
  const Batch &batch = arguments.batch;
  if (auto found = find(RondoDialect::kInput, of.inputs, of.num_inputs, batch.inputs()))
    return std::move(*found);
  if (auto found = find(RondoDialect::kTarget, of.targets, of.num_targets, batch.targets()))
    return std::move(*found);
  if (auto found = find(RondoDialect::kSampleWeight, of.sample_weights, of.num_targets,
                        batch.sampleWeights()))
    return std::move(*found);
  if (auto found = find(RondoDialect::kCotangentOf, of.outputs, of.num_outputs, cotangents))
    return std::move(*found);
  llvm_unreachable("every argument of an entry has a role");
}

Expected<std::vector<ReferenceModel::Result>>
ReferenceModel::run(llvm::StringRef entry, const Arguments &arguments) const {
  auto function = module.get().lookupSymbol<mlir::func::FuncOp>(entry);
  assert(function && "the module was lowered for this entry");
  std::vector<Tensor> tensors;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    Expected<Tensor> tensor = argument(function.getArgAttrDict(i), arguments);
    if (!tensor)
      return tensor.takeError();
    tensors.push_back(std::move(*tensor));
  }
  Expected<std::vector<Tensor>> values = reference::interpret(function, tensors);
  if (!values)
    return values.takeError();
  std::vector<Result> results;
  for (auto [i, value] : llvm::enumerate(*values)) {
    mlir::DictionaryAttr attributes = function.getResultAttrDict(i);
    if (auto path = attributes.getAs<StringAttr>(RondoDialect::kUpdateOf)) {
      if (arguments.moved)
        arguments.moved->insert_or_assign(path.getValue(), std::move(value));
      continue;
    }
    results.push_back({attributes, std::move(value)});
  }
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
      {RondoDialect::kInputGradientOf, "gradin/"},
      {RondoDialect::kHessianProductOf, "hvp/"}};
  for (auto [attribute, prefix] : kinds)
    if (auto name = attributes.getAs<StringAttr>(attribute))
      return (prefix + name.getValue()).str();
  return "";
}

Expected<std::vector<Array>> ReferenceModel::predict(const host::Dataset &data,
                                                     int64_t wantedBatchSize) const {
  Expected<int64_t> batchSize = host::predictionBatchSize(data, wantedBatchSize);
  if (!batchSize)
    return batchSize.takeError();
  Batch batch(data, *batchSize);
  std::vector<Array> outputs;
  Moved moved;
  int64_t uses = 0;
  for (int64_t first = 0; first < data.samples; first += *batchSize) {
    batch.select(first, std::min(*batchSize, data.samples - first));
    auto results = run("forward", {batch, -++uses, {}, {}, &moved});
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

Expected<host::Scores> ReferenceModel::evaluate(const host::Dataset &data,
                                                int64_t batchSize) const {
  batchSize = host::batchSizeFor(data, batchSize);
  Batch batch(data, batchSize);
  host::ScoreSum sum(model());
  Moved moved;
  int64_t uses = 0;
  for (int64_t first = 0; first < data.samples; first += batchSize) {
    batch.select(first, std::min(batchSize, data.samples - first));
    auto results = run("evaluate", {batch, -++uses, {}, {}, &moved});
    if (!results)
      return results.takeError();
    double loss = 0;
    std::vector<double> metrics; // in the order of the entry
    for (const Result &result : *results) {
      if (result.attributes.contains(RondoDialect::kLoss))
        loss = result.value.values.front();
      else
        llvm::append_range(metrics, result.value.values);
    }
    sum.add<double>(batch.count(), loss, metrics);
  }
  return sum.mean();
}

Expected<std::vector<Array>>
ReferenceModel::differentiated(llvm::StringRef entry, const host::Dataset &data,
                               llvm::ArrayRef<host::BoundTensor> cotangents,
                               llvm::ArrayRef<float> vector) const {
  auto batch = host::asOneBatch(data);
  if (!batch)
    return batch.takeError();
  // The first of training, or of use.
  const int64_t step = entry == entryName(DerivedEntry::LossAndGradients) ? 1 : -1;
  auto results = run(entry, {*batch, step, cotangents, vector});
  if (!results)
    return results.takeError();
  std::vector<Array> arrays;
  for (const Result &result : *results)
    if (std::string name = nameOf(result.attributes); !name.empty())
      arrays.push_back(toArray(std::move(name), result.value));
  return arrays;
}

Expected<std::vector<Array>> ReferenceModel::gradients(const host::Dataset &data) const {
  return differentiated("loss_and_gradients", data, {}, {});
}

Expected<std::vector<Array>>
ReferenceModel::vjp(const host::Dataset &data,
                    const std::vector<host::BoundTensor> &cotangents) const {
  return differentiated("vjp", data, cotangents, {});
}

Expected<std::vector<Array>> ReferenceModel::hessianVector(const host::Dataset &data,
                                                           llvm::ArrayRef<float> vector) const {
  return differentiated("hvp", data, {}, vector);
}

} // namespace rondo::tool
