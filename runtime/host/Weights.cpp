//===- Weights.cpp - Weight files --------------------------------------------===//
//
// Between arrays by variable path and the flat buffers.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Weights.h"
#include "runtime/host/File.h"
#include "runtime/host/KerasWeights.h"
#include "runtime/host/Npz.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {
namespace {

constexpr StringRef kKerasEnding = ".weights.h5";
constexpr StringRef kOptimizerPrefix = "optimizer/";
constexpr StringRef kCounters[] = {"iteration", "epoch", "seed"};
/// Steps and epochs beyond this were not counted by anyone.
constexpr int64_t kLargestCount = int64_t(1) << 53;
/// More than this many complaints about one file help nobody.
constexpr size_t kMaxProblems = 10;

/// What files hold.
auto weightsOf(const rondo_model &model) {
  return llvm::make_filter_range(
      ArrayRef(model.parameters, model.num_parameters),
      [&model](const rondo_parameter_info &parameter) { return !isLayerState(model, parameter); });
}

ArrayRef<int64_t> shapeOf(const rondo_parameter_info &parameter) {
  return {parameter.dims, static_cast<size_t>(parameter.rank)};
}

std::string slotKey(const rondo_model &model, int slot, const rondo_parameter_info &parameter) {
  return fmt::format("optimizer/{}/{}", model.slot_names[slot], parameter.path);
}

/// What is wrong with a file, collected so that all of it is told at once.
class Problems {
public:
  template <typename... Args> void add(fmt::format_string<Args...> format, Args &&...args) {
    texts.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
  void add(Error problem) { texts.push_back(llvm::toString(std::move(problem))); }

  Error take(const std::string &path, StringRef summary) const {
    if (texts.empty())
      return Error::success();
    if (texts.size() == 1)
      return error("`{}` {}: {}", path, summary.str(), texts[0]);
    std::string list;
    for (size_t i = 0; i < std::min(texts.size(), kMaxProblems); ++i)
      list += "\n  " + texts[i];
    if (texts.size() > kMaxProblems)
      list += fmt::format("\n  and {} more", texts.size() - kMaxProblems);
    return error("`{}` {}:{}", path, summary.str(), list);
  }

private:
  std::vector<std::string> texts;
};

/// Copies the array of one variable to its segment.
void readSegment(const Array &array, const rondo_parameter_info &parameter,
                 std::vector<float> &flat, Problems &problems) {
  if (ArrayRef<int64_t>(array.shape) != shapeOf(parameter))
    return problems.add("`{}` has shape {}, the model needs {}", array.name, shapeText(array.shape),
                        shapeText(shapeOf(parameter)));
  Expected<std::vector<float>> values = toFloats(array, fmt::format("`{}`", array.name));
  if (!values)
    return problems.add(values.takeError());
  for (size_t i = 0; i < values->size(); ++i)
    if (!std::isfinite((*values)[i]))
      return problems.add("`{}`{} is {}", array.name, indexText(array.shape, i), (*values)[i]);
  llvm::copy(*values, flat.begin() + parameter.offset);
}

/// The name closest to `name`, when it is close enough to be a slip.
std::string nearest(StringRef name, ArrayRef<std::string> candidates) {
  std::string best;
  unsigned bestDistance = name.size() / 3 + 1;
  for (const std::string &candidate : candidates) {
    unsigned distance = name.edit_distance(candidate, true, bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

/// Reads all variables of `model`, or the trainable ones.
void readVariables(const ArrayFile &file, const rondo_model &model, bool onlyTrainable,
                   FlatWeights &weights, Problems &problems) {
  auto variables =
      llvm::make_filter_range(weightsOf(model), [&](const rondo_parameter_info &parameter) {
        return parameter.trainable || !onlyTrainable;
      });
  llvm::StringSet<> known;
  for (const rondo_parameter_info &parameter : variables)
    known.insert(parameter.path);
  std::vector<std::string> surplus;
  for (const Array &array : file.arrays)
    if (!known.contains(array.name) && !StringRef(array.name).starts_with(kOptimizerPrefix))
      surplus.push_back(array.name);

  for (const rondo_parameter_info &parameter : variables) {
    if (const Array *array = file.find(parameter.path)) {
      readSegment(*array, parameter, parameter.trainable ? weights.trainable : weights.state,
                  problems);
      continue;
    }
    std::string near = nearest(parameter.path, surplus);
    if (near.empty()) {
      problems.add("variable `{}` {} is missing", parameter.path, shapeText(shapeOf(parameter)));
    } else {
      problems.add("variable `{}` {} is missing; is it `{}`?", parameter.path,
                   shapeText(shapeOf(parameter)), near);
      surplus.erase(llvm::find(surplus, near));
    }
  }
  for (const std::string &name : surplus)
    problems.add("the model has no {}variable `{}`", onlyTrainable ? "trainable " : "", name);
}

/// The names under which the file's optimizer keeps slots.
std::vector<std::string> slotNames(const ArrayFile &file) {
  std::vector<std::string> names;
  for (const Array &array : file.arrays) {
    StringRef name = array.name;
    if (!name.consume_front(kOptimizerPrefix) || !name.contains('/'))
      continue;
    std::string slot = name.split('/').first.str();
    if (!llvm::is_contained(names, slot))
      names.push_back(slot);
  }
  llvm::sort(names);
  return names;
}

int64_t readCounter(const ArrayFile &file, StringRef counter, Problems &problems) {
  std::string name = (kOptimizerPrefix + counter).str();
  const Array *array = file.find(name);
  if (!array) {
    problems.add("`{}` is missing", name);
  } else if (array->type != ElementType::I64 || !array->shape.empty()) {
    problems.add("`{}` is {} {}, it must be one int64", name, shapeText(array->shape),
                 elementTypeName(array->type).str());
  } else {
    int64_t value = *reinterpret_cast<const int64_t *>(array->bytes.data());
    if ((value >= 0 && value <= kLargestCount) || counter == "seed")
      return value;
    problems.add("`{}` is {}", name, value);
  }
  return 0;
}

void readOptimizer(const ArrayFile &file, const rondo_model &model, LoadedWeights &result,
                   Problems &problems) {
  bool any = llvm::any_of(file.arrays, [](const Array &array) {
    return StringRef(array.name).starts_with(kOptimizerPrefix);
  });
  if (!any || !model.optimizer)
    return;
  std::vector<std::string> wanted(model.slot_names, model.slot_names + model.num_slots);
  llvm::sort(wanted);
  if (std::vector<std::string> found = slotNames(file); found != wanted) {
    auto list = [](ArrayRef<std::string> names) {
      return names.empty() ? "nothing" : "`" + llvm::join(names, "`, `") + "`";
    };
    result.notes.push_back(
        fmt::format("`{}` holds the state of another optimizer (it keeps {}; this one keeps {}): "
                    "the optimizer starts afresh",
                    file.path, list(found), list(wanted)));
    return;
  }

  OptimizerState state;
  state.iteration = readCounter(file, kCounters[0], problems);
  state.epoch = readCounter(file, kCounters[1], problems);
  state.seed = readCounter(file, kCounters[2], problems);
  llvm::StringSet<> known;
  for (StringRef counter : kCounters)
    known.insert((kOptimizerPrefix + counter).str());
  for (int slot = 0; slot < model.num_slots; ++slot) {
    std::vector<float> &values = state.slots.emplace_back(model.trainable_size);
    for (const rondo_parameter_info &parameter : weightsOf(model)) {
      if (!parameter.trainable)
        continue;
      std::string key = slotKey(model, slot, parameter);
      known.insert(key);
      if (const Array *array = file.find(key))
        readSegment(*array, parameter, values, problems);
      else
        problems.add("`{}` {} is missing", key, shapeText(shapeOf(parameter)));
    }
  }
  for (const Array &array : file.arrays)
    if (StringRef(array.name).starts_with(kOptimizerPrefix) && !known.contains(array.name))
      problems.add("the optimizer has no `{}`", array.name);
  result.optimizer = std::move(state);
}

void writeSegments(std::vector<Array> &arrays, const rondo_parameter_info &parameter,
                   std::string name, const std::vector<float> &flat) {
  arrays.push_back(Array::ofFloats(std::move(name), shapeOf(parameter).vec(),
                                   ArrayRef<float>(flat).slice(parameter.offset, parameter.size)));
}

} // namespace

Error checkWeightsName(StringRef path) {
  if (path.ends_with(".keras"))
    return error("cannot write `{}`: `.keras` files hold a model that Keras wrote; weights are "
                 "written as `.npz` or `.weights.h5`",
                 path.str());
  if ((path.ends_with(".h5") || path.ends_with(".hdf5")) && !path.ends_with(kKerasEnding))
    return error("cannot write `{}`: the name must end in `.weights.h5`, or Keras takes the file "
                 "for one of Keras 2",
                 path.str());
  if (!path.ends_with(".npz") && !path.ends_with(kKerasEnding))
    return error("cannot write `{}`: the name of a weights file ends in `.npz` or `.weights.h5`",
                 path.str());
  return Error::success();
}

bool isLayerState(const rondo_model &model, const rondo_parameter_info &parameter) {
  return !parameter.trainable && parameter.offset >= model.layer_state_offset;
}

FlatWeights zeroWeights(const rondo_model &model) {
  return {std::vector<float>(model.trainable_size), std::vector<float>(model.state_size)};
}

Expected<LoadedWeights> readWeights(const std::string &path, const rondo_model &model) {
  if (Error problem = checkReadable(path))
    return problem;
  LoadedWeights result;
  Expected<ArrayFile> file =
      isKerasWeights(path) ? readKerasWeights(path, model, result.notes) : readArrays(path);
  if (!file)
    return file.takeError();
  result.weights = zeroWeights(model);
  Problems problems;
  readVariables(*file, model, /*onlyTrainable=*/false, result.weights, problems);
  readOptimizer(*file, model, result, problems);
  if (Error problem = problems.take(path, "does not fit the model"))
    return problem;
  return result;
}

Expected<std::vector<float>> readVector(const std::string &path, const rondo_model &model) {
  Expected<ArrayFile> file = readArrays(path);
  if (!file)
    return file.takeError();
  FlatWeights vector = zeroWeights(model);
  Problems problems;
  readVariables(*file, model, /*onlyTrainable=*/true, vector, problems);
  if (Error problem = problems.take(path, "does not fit the trainable variables of the model"))
    return problem;
  return std::move(vector.trainable);
}

Error writeWeights(const std::string &path, const rondo_model &model, const FlatWeights &weights,
                   const OptimizerState *optimizer) {
  std::vector<Array> arrays;
  for (const rondo_parameter_info &parameter : weightsOf(model))
    writeSegments(arrays, parameter, parameter.path,
                  parameter.trainable ? weights.trainable : weights.state);
  if (optimizer) {
    int64_t counters[] = {optimizer->iteration, optimizer->epoch, optimizer->seed};
    for (auto [name, value] : llvm::zip_equal(kCounters, counters))
      arrays.push_back(Array::ofInt((kOptimizerPrefix + name).str(), value));
    for (int slot = 0; slot < model.num_slots; ++slot)
      for (const rondo_parameter_info &parameter : weightsOf(model))
        if (parameter.trainable)
          writeSegments(arrays, parameter, slotKey(model, slot, parameter), optimizer->slots[slot]);
  }
  if (StringRef(path).ends_with(kKerasEnding))
    return writeKerasWeights(path, model, arrays);
  return writeArrays(path, arrays);
}

} // namespace rondo::host
