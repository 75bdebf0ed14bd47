//===- Data.cpp - Data files bound to a model ----------------------------------===//
//
// Finds the array of each tensor of the interface, checks and converts it, and
// gathers batches.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Data.h"
#include "runtime/host/File.h"
#include "runtime/src/DimSize.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cassert>
#include <cstring>

using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {
namespace {

bool isReservedName(StringRef name) {
  return name == "y" || name == "sample_weight" || name.starts_with("target/") ||
         name.starts_with("sample_weight/");
}

/// `(B, T, 12)`.
std::string shapeText(const rondo_tensor_info &info) {
  std::string text;
  for (int axis = 0; axis < info.rank; ++axis)
    text += fmt::format("{}{}", axis ? ", " : "",
                        info.symbols[axis] ? info.symbols[axis] : std::to_string(info.dims[axis]));
  return fmt::format("({}{})", text, info.rank == 1 ? "," : "");
}

StringRef roleName(rondo_role role) {
  switch (role) {
  case RONDO_INPUT:
    return "input";
  case RONDO_OUTPUT:
    return "output";
  case RONDO_TARGET:
    return "target";
  case RONDO_SAMPLE_WEIGHT:
    return "sample weight";
  }
  return "tensor";
}

template <typename T> std::vector<char> bytesOf(const std::vector<T> &values) {
  const char *bytes = reinterpret_cast<const char *>(values.data());
  return std::vector<char>(bytes, bytes + values.size() * sizeof(T));
}

class Binder {
public:
  Binder(const ArrayFile &file, const rondo_model &model) : file(file), model(model) {
    data.model = &model;
    data.dims.assign(model.num_symbols, 0);
    dimSources.resize(model.num_symbols);
  }

  /// For data that are bound already.
  Binder(const ArrayFile &file, Dataset bound)
      : file(file), model(*bound.model), data(std::move(bound)) {}

  Expected<std::vector<BoundTensor>> bindCotangents() {
    std::vector<BoundTensor> cotangents(model.num_outputs);
    for (int i = 0; i < model.num_outputs; ++i) {
      const rondo_tensor_info &output = model.outputs[i];
      const Array *array = file.find(output.name);
      if (!array && model.num_outputs == 1 && file.arrays.size() == 1)
        array = &file.arrays.front();
      if (Error problem = bindCotangent(array, output, cotangents[i]))
        return problem;
    }
    for (const Array &array : file.arrays)
      if (!llvm::is_contained(used, &array))
        return error("array `{}` in `{}` is a cotangent of nothing: the outputs are {}", array.name,
                     file.path, outputNames());
    if (used.empty())
      return error("`{}` holds no cotangent; the outputs are {}", file.path, outputNames());
    return cotangents;
  }

  Expected<Dataset> bind(bool withTargets) {
    if (Error problem = findBatch())
      return problem;
    for (int i = 0; i < model.num_inputs; ++i)
      if (Error problem = bindInput(model.inputs[i]))
        return problem;
    for (int i = 0; i < model.num_targets && withTargets; ++i) {
      if (Error problem = bindTarget(model.targets[i]))
        return problem;
      if (Error problem = bindSampleWeight(model.sample_weights[i]))
        return problem;
    }
    for (const Array &array : file.arrays)
      if (!llvm::is_contained(used, &array) && (withTargets || !isReservedName(array.name)))
        data.notes.push_back(fmt::format("array `{}` in `{}` is not used", array.name, file.path));
    for (const ArrayFile::Foreign &member : file.foreign)
      data.notes.push_back(fmt::format("`{}` in `{}` is not used", member.name, file.path));
    return std::move(data);
  }

private:
  std::string outputNames() const {
    std::vector<std::string> names;
    for (int i = 0; i < model.num_outputs; ++i)
      names.push_back(fmt::format("`{}` {}", model.outputs[i].name, shapeText(model.outputs[i])));
    return llvm::join(names, ", ");
  }

  /// `array` may be null.
  Error bindCotangent(const Array *array, const rondo_tensor_info &output, BoundTensor &tensor) {
    tensor.info = &output;
    if (!array && output.dtype != RONDO_F32)
      return Error::success();
    if (array && output.dtype != RONDO_F32)
      return error("{} is of integers, which have no derivatives: it takes no cotangent",
                   describe(*array, output));
    std::vector<int64_t> shape(output.rank);
    int64_t elements;
    if (!rt::elementCount(model, output, data.dims.data(), elements))
      return error("output `{}` has no size for this data", output.name);
    for (int axis = 0; axis < output.rank; ++axis)
      rt::dimSize(model, output, axis, data.dims.data(), shape[axis]);
    if (!array) {
      tensor.bytes.resize(elements * sizeof(float));
      return Error::success();
    }
    used.push_back(array);
    if (array->shape != shape)
      return error("the cotangent of {} has shape {}; for this data the output has {}",
                   describe(*array, output), host::shapeText(array->shape), host::shapeText(shape));
    return convert(*array, output, tensor);
  }

  /// The batch is the first axis of the inputs.
  Error findBatch() {
    if (model.num_inputs == 0 || model.inputs[0].rank == 0)
      return error("the model `{}` has no input with a batch axis", model.name);
    const rondo_tensor_info &first = model.inputs[0];
    if (first.dims[0] >= 0) {
      data.staticBatch = first.dims[0];
      return Error::success();
    }
    data.batchSymbol = indexOf(first.symbols[0]);
    return Error::success();
  }

  int indexOf(StringRef symbol) const {
    for (int i = 0; i < model.num_symbols; ++i)
      if (symbol == model.symbols[i])
        return i;
    return -1;
  }

  std::string contents() const {
    constexpr size_t most = 10;
    std::vector<std::string> list;
    for (const Array &array : llvm::ArrayRef(file.arrays).take_front(most))
      list.push_back(fmt::format("`{}` {}", array.name, host::shapeText(array.shape)));
    if (file.arrays.size() > most)
      list.push_back(fmt::format("and {} more", file.arrays.size() - most));
    return list.empty() ? "nothing" : llvm::join(list, ", ");
  }

  /// The array, null where there is none.
  Expected<const Array *> find(StringRef name) const {
    for (const ArrayFile::Foreign &member : file.foreign)
      if (member.name == name)
        return error("{}", member.problem);
    return file.find(name);
  }

  Error missing(const rondo_tensor_info &info, StringRef names) const {
    return error("`{}` has no array {} for {} `{}` {}; it holds {}", file.path, names.str(),
                 roleName(info.role).str(), info.name, shapeText(info), contents());
  }

  Error bindInput(const rondo_tensor_info &info) {
    Expected<const Array *> found = find(info.name);
    if (!found)
      return found.takeError();
    const Array *array = *found;
    if (!array && model.num_inputs == 1) {
      std::vector<const Array *> candidates;
      for (const Array &candidate : file.arrays)
        if (file.arrays.size() == 1 || !isReservedName(candidate.name))
          candidates.push_back(&candidate);
      if (candidates.size() == 1)
        array = candidates.front();
    }
    if (!array)
      return missing(info, fmt::format("`{}`", info.name));
    return bindTensor(*array, info, data.inputs.emplace_back());
  }

  Error bindTarget(const rondo_tensor_info &info) {
    std::string name = fmt::format("target/{}", info.name);
    Expected<const Array *> found = find(name);
    if (found && !*found && model.num_targets == 1)
      found = find("y");
    if (!found)
      return found.takeError();
    const Array *array = *found;
    if (!array || llvm::is_contained(used, array))
      return missing(info, fmt::format(model.num_targets == 1 ? "`y` or `{}`" : "`{}`", name));
    return bindTensor(*array, info, data.targets.emplace_back());
  }

  Error bindSampleWeight(const rondo_tensor_info &info) {
    BoundTensor &tensor = data.sampleWeights.emplace_back();
    tensor.info = &info;
    Expected<const Array *> found = find(fmt::format("sample_weight/{}", info.name));
    if (found && !*found)
      found = find("sample_weight");
    if (!found)
      return found.takeError();
    return *found ? bindTensor(**found, info, tensor) : Error::success();
  }

  std::string describe(const Array &array, const rondo_tensor_info &info) const {
    if (array.name.empty() || array.name == info.name)
      return fmt::format("{} `{}` in `{}`", roleName(info.role).str(), info.name, file.path);
    return fmt::format("{} `{}` (array `{}` in `{}`)", roleName(info.role).str(), info.name,
                       array.name, file.path);
  }

  /// The array's shape as the tensor has it: Keras adds or drops a trailing
  /// axis of length one. Other ranks stay as they are and fail later.
  std::vector<int64_t> fittedShape(const Array &array, const rondo_tensor_info &info) const {
    std::vector<int64_t> shape = array.shape;
    size_t rank = info.rank;
    if (shape.size() == rank + 1 && shape.back() == 1)
      shape.pop_back();
    else if (shape.size() + 1 == rank && info.dims[rank - 1] == 1)
      shape.push_back(1);
    return shape;
  }

  /// What to say where classes come as numbers to a loss that takes a value for
  /// each, or the other way around; empty where that is not it.
  static StringRef otherKindOfTarget(const Array &array, const rondo_tensor_info &info) {
    ArrayRef<int64_t> shape = array.shape;
    if (info.role != RONDO_TARGET || shape.empty())
      return "";
    int64_t rank = shape.size();
    if (info.label_limit > 0 && rank == info.rank + 1 && shape.back() == info.label_limit)
      return "the array looks one-hot, as `categorical_crossentropy` takes it; this loss takes "
             "class numbers";
    bool isInteger = array.type != ElementType::F32 && array.type != ElementType::F64;
    if (rank == info.rank && shape.back() == 1)
      --rank;
    if (isInteger && info.dtype == RONDO_F32 && rank + 1 == info.rank && info.dims[rank] != 1)
      return "the array looks like class numbers, as `sparse_categorical_crossentropy` takes "
             "them; this loss takes a value for each class";
    if (int64_t(shape.size()) == info.rank && shape.back() == 1)
      return "`np.repeat` along the last axis compares all values with the same one";
    return "";
  }

  Error wrongShape(const Array &array, const rondo_tensor_info &info, StringRef why) const {
    if (StringRef other = otherKindOfTarget(array, info); !other.empty())
      why = other;
    return error("{} has shape {}; the model needs {}{}{}", describe(array, info),
                 host::shapeText(array.shape), shapeText(info), why.empty() ? "" : ": ", why.str());
  }

  Error bindTensor(const Array &array, const rondo_tensor_info &info, BoundTensor &tensor) {
    tensor.info = &info;
    used.push_back(&array);
    std::vector<int64_t> shape = fittedShape(array, info);
    if (static_cast<int64_t>(shape.size()) != info.rank)
      return wrongShape(array, info, "");
    if (Error problem = bindSamples(array, info, shape))
      return problem;
    // A weight per sample may serve all of its time steps, as (N, 1).
    bool spread = info.role == RONDO_SAMPLE_WEIGHT && info.rank == 2 && shape[1] == 1;
    int64_t spreadTo = 1;
    if (spread && !rt::dimSize(model, info, 1, data.dims.data(), spreadTo))
      return wrongShape(array, info, "");
    if (!spread)
      for (int axis = 1; axis < info.rank; ++axis)
        if (Error problem = bindAxis(array, info, axis, shape[axis]))
          return problem;

    if (Error problem = convert(array, info, tensor))
      return problem;
    if (spread)
      tensor.bytes = repeatEach(tensor.bytes, sizeof(float), spreadTo);
    tensor.sampleBytes = tensor.bytes.size() / data.samples;
    return Error::success();
  }

  /// The first axis counts samples, as many in every array.
  Error bindSamples(const Array &array, const rondo_tensor_info &info, ArrayRef<int64_t> shape) {
    bool isBatch =
        info.rank > 0 &&
        (data.batchSymbol >= 0 ? info.symbols[0] && indexOf(info.symbols[0]) == data.batchSymbol
                               : info.dims[0] == data.staticBatch);
    if (!isBatch)
      return wrongShape(array, info, "its first axis is not the batch, so it cannot be split");
    if (shape[0] == 0)
      return wrongShape(array, info, "there are no samples");
    if (data.batchSymbol < 0 && shape[0] % data.staticBatch != 0)
      return wrongShape(
          array, info,
          fmt::format("the number of samples must be a multiple of {}", data.staticBatch));
    if (data.samples != 0 && shape[0] != data.samples)
      return wrongShape(
          array, info,
          fmt::format("there are {} samples, but {} in {}", shape[0], data.samples, samplesSource));
    if (data.samples == 0)
      samplesSource = describe(array, info);
    data.samples = shape[0];
    if (data.batchSymbol >= 0)
      data.dims[data.batchSymbol] = data.samples;
    return Error::success();
  }

  Error bindAxis(const Array &array, const rondo_tensor_info &info, int axis, int64_t size) {
    const char *symbol = info.symbols[axis];
    if (info.dims[axis] >= 0) {
      if (size != info.dims[axis])
        return wrongShape(
            array, info,
            fmt::format("axis {} has {} elements instead of {}", axis, size, info.dims[axis]));
      return Error::success();
    }
    int index = indexOf(symbol);
    if (index >= 0 && data.dims[index] == 0) {
      if (size == 0)
        return wrongShape(array, info, fmt::format("axis {} is empty", axis));
      data.dims[index] = size;
      dimSources[index] = describe(array, info);
      return Error::success();
    }
    int64_t expected;
    if (!rt::evaluateSymbol(model, symbol, data.dims.data(), expected))
      return wrongShape(array, info, fmt::format("the size `{}` cannot be computed", symbol));
    if (size != expected)
      return wrongShape(array, info,
                        fmt::format("axis {} has {} elements, but `{}` is {}{}{}", axis, size,
                                    symbol, expected, index >= 0 ? " in " : "",
                                    index >= 0 ? dimSources[index] : ""));
    return Error::success();
  }

  Error convert(const Array &array, const rondo_tensor_info &info, BoundTensor &tensor) {
    std::string what = describe(array, info) + ": value ";
    switch (info.dtype) {
    case RONDO_F32: {
      Expected<std::vector<float>> values = toFloats(array, what);
      if (!values)
        return values.takeError();
      tensor.bytes = bytesOf(*values);
      return Error::success();
    }
    case RONDO_U8: {
      Expected<std::vector<uint8_t>> values = toBools(array, what);
      if (!values)
        return values.takeError();
      tensor.bytes = bytesOf(*values);
      return Error::success();
    }
    case RONDO_I32: {
      Expected<std::vector<int32_t>> values = toInts(array, what);
      if (!values)
        return values.takeError();
      for (size_t i = 0; i < values->size() && info.label_limit > 0; ++i)
        if ((*values)[i] < 0 || (*values)[i] >= info.label_limit)
          return error("{}{} is {}; there are {} {}, from 0 to {}", what, indexText(array.shape, i),
                       (*values)[i], info.label_limit,
                       info.role == RONDO_TARGET ? "classes" : "ids", info.label_limit - 1);
      tensor.bytes = bytesOf(*values);
      return Error::success();
    }
    }
    return error("{} has a type that this version does not know", describe(array, info));
  }

  static std::vector<char> repeatEach(const std::vector<char> &bytes, size_t size, int64_t times) {
    std::vector<char> result;
    result.reserve(bytes.size() * times);
    for (size_t at = 0; at < bytes.size(); at += size)
      for (int64_t i = 0; i < times; ++i)
        result.insert(result.end(), bytes.begin() + at, bytes.begin() + at + size);
    return result;
  }

  const ArrayFile &file;
  const rondo_model &model;
  Dataset data;
  std::vector<const Array *> used;
  std::vector<std::string> dimSources; // which array gave a symbol its size
  std::string samplesSource;
};

} // namespace

Expected<Dataset> bindData(const ArrayFile &file, const rondo_model &model, bool withTargets) {
  return Binder(file, model).bind(withTargets);
}

Expected<Dataset> readData(const std::string &path, const rondo_model &model, bool withTargets) {
  Expected<ArrayFile> file = readArrays(path, /*mayHoldForeign=*/true);
  if (!file)
    return file.takeError();
  return bindData(*file, model, withTargets);
}

Expected<std::vector<BoundTensor>> readCotangents(const std::string &path, const Dataset &data) {
  Expected<ArrayFile> file = readArrays(path);
  if (!file)
    return file.takeError();
  Dataset sizes;
  sizes.model = data.model;
  sizes.dims = data.dims;
  return Binder(*file, std::move(sizes)).bindCotangents();
}

Dataset sampleOf(const Dataset &data, int64_t sample) {
  assert(data.staticBatch <= 1 && "a sample is no batch of this model");
  Dataset one;
  one.model = data.model;
  one.samples = 1;
  one.dims = data.dims;
  one.batchSymbol = data.batchSymbol;
  one.staticBatch = data.staticBatch;
  if (one.batchSymbol >= 0)
    one.dims[one.batchSymbol] = 1;
  auto partsOf = [&](const std::vector<BoundTensor> &tensors) {
    std::vector<BoundTensor> parts;
    for (const BoundTensor &tensor : tensors) {
      parts.push_back({tensor.info, {}, tensor.sampleBytes});
      if (!tensor.bytes.empty())
        parts.back().bytes =
            ArrayRef(tensor.bytes).slice(sample * tensor.sampleBytes, tensor.sampleBytes).vec();
    }
    return parts;
  };
  one.inputs = partsOf(data.inputs);
  one.targets = partsOf(data.targets);
  one.sampleWeights = partsOf(data.sampleWeights);
  return one;
}

Batch::Batch(const Dataset &data, int64_t largest)
    : data(data), largest(largest), sizes(data.dims),
      buffers(data.inputs.size() + data.targets.size() + data.sampleWeights.size()),
      inputPointers(data.inputs.size()), targetPointers(data.targets.size()),
      weightPointers(data.sampleWeights.size()) {}

const void *Batch::place(const BoundTensor &tensor, std::vector<char> &gathered, int64_t first,
                         ArrayRef<int64_t> order) const {
  if (tensor.bytes.empty())
    return nullptr;
  if (order.empty())
    return tensor.bytes.data() + first * tensor.sampleBytes;
  gathered.resize(largest * tensor.sampleBytes);
  for (int64_t i = 0; i < samples; ++i)
    std::memcpy(gathered.data() + i * tensor.sampleBytes,
                tensor.bytes.data() + order[first + i] * tensor.sampleBytes, tensor.sampleBytes);
  return gathered.data();
}

void Batch::select(int64_t first, int64_t count, ArrayRef<int64_t> order) {
  assert(count <= largest && first + count <= data.samples && "no such samples");
  samples = count;
  if (data.batchSymbol >= 0)
    sizes[data.batchSymbol] = count;
  auto buffer = buffers.begin();
  for (auto [tensor, pointer] : llvm::zip_equal(data.inputs, inputPointers))
    pointer = place(tensor, *buffer++, first, order);
  for (auto [tensor, pointer] : llvm::zip_equal(data.targets, targetPointers))
    pointer = place(tensor, *buffer++, first, order);
  for (auto [tensor, pointer] : llvm::zip_equal(data.sampleWeights, weightPointers))
    pointer = static_cast<const float *>(place(tensor, *buffer++, first, order));
}

} // namespace rondo::host
