//===- KerasWeights.cpp - Keras' own weight files ----------------------------===//
//
// Renames arrays between Rondo's files and Keras'.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/KerasWeights.h"
#include "rondo/generated.h"
#include "runtime/host/File.h"
#include "runtime/host/Hdf5.h"
#include "runtime/host/Weights.h"
#include "runtime/host/Zip.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace rondo::host {
namespace {

constexpr const char *kArchiveMember = "model.weights.h5";
constexpr StringRef kOptimizerGroup = "optimizer/vars";
constexpr StringRef kRondoGroup = "rondo/";
constexpr StringRef kLearningRate = "optimizer/learning_rate";

/// `layers/dense/vars/0` of the group `layers/dense/vars`.
std::string variableOf(StringRef group, size_t index) {
  return fmt::format("{}/{}", group.str(), index);
}

/// Where a model's variables are in Keras' files.
class KerasLayout {
public:
  static Expected<KerasLayout> of(const rondo_model &model);

  /// Name in Keras' file to name in ours, and back.
  std::map<std::string, std::string> ours, keras;
  /// Of each group with variables: the name of the layer, the cell, the optimizer.
  std::map<std::string, std::string> groupNames;
  std::string optimizer; // "adam"; empty where the model has none
  size_t optimizerVariables = 0;

private:
  void add(std::string kerasName, std::string name) {
    keras[name] = kerasName;
    ours[std::move(kerasName)] = std::move(name);
  }
  void addParameter(StringRef path, StringRef stored);
  void addOptimizer(const rondo_model &model);
};

Expected<KerasLayout> KerasLayout::of(const rondo_model &model) {
  auto info = llvm::json::parse(model.build_info);
  if (!info)
    return error("the library of `{}` does not describe itself: {}", model.name,
                 llvm::toString(info.takeError()));
  const llvm::json::Object *object = info->getAsObject();
  const llvm::json::Array *stored = object ? object->getArray("stored") : nullptr;
  if (!stored || stored->size() != static_cast<size_t>(model.num_parameters))
    return error("the library of `{}` does not know where Keras' files keep its variables; "
                 "compile it again",
                 model.name);
  KerasLayout layout;
  for (int32_t i = 0; i < model.num_parameters; ++i)
    if (!isLayerState(model, model.parameters[i]))
      layout.addParameter(model.parameters[i].path, (*stored)[i].getAsString().value_or(""));
  layout.groupNames["vars"] = model.name;
  if (model.optimizer)
    layout.addOptimizer(model);
  return layout;
}

void KerasLayout::addParameter(StringRef path, StringRef stored) {
  add(stored.str(), path.str());
  // The objects that the path names are those whose groups the place names, from
  // the layer on: lstm/lstm_cell/kernel is in layers/lstm/cell/vars.
  llvm::SmallVector<StringRef> names, groups;
  path.rsplit('/').first.split(names, '/');
  stored.rsplit("/vars/").first.split(groups, '/');
  size_t objects = groups.size() - 1; // without "layers"
  if (names.size() < objects)
    return;
  llvm::ArrayRef<StringRef> objectNames = llvm::ArrayRef(names).take_back(objects);
  std::string group = "layers";
  for (size_t i = 0; i < objects; ++i) {
    group += "/" + groups[i + 1].str();
    groupNames[group + "/vars"] = objectNames[i].str();
  }
}

void KerasLayout::addOptimizer(const rondo_model &model) {
  auto description = llvm::json::parse(model.optimizer);
  if (!description) {
    llvm::consumeError(description.takeError());
    return;
  }
  if (const llvm::json::Object *object = description->getAsObject())
    optimizer = object->getString("name").value_or("").str();
  groupNames[kOptimizerGroup.str()] = optimizer;
  add(variableOf(kOptimizerGroup, 0), "optimizer/iteration");
  optimizerVariables = 1;
  const llvm::json::Object *settings = description->getAsObject();
  if (!settings || !settings->getObject("schedule")) // which has no variable
    add(variableOf(kOptimizerGroup, optimizerVariables++), kLearningRate.str());
  // Slots that are made together take turns, variable by variable: Adam's first two, say.
  bool takesTurns = llvm::is_contained({"adam", "adamax", "nadam", "lamb", "adadelta", "ftrl"},
                                       StringRef(optimizer));
  // Those of any optimizer come first, one by one.
  auto isCommon = [&](int slot) {
    return llvm::is_contained({RONDO_AVERAGE_SLOT, RONDO_ACCUMULATOR_SLOT},
                              StringRef(model.slot_names[slot]));
  };
  bool isFirstPair = takesTurns;
  for (int first = 0, together; first < model.num_slots; first += together) {
    together = isFirstPair && !isCommon(first) ? 2 : 1;
    isFirstPair &= together == 1;
    for (int32_t i = 0; i < model.num_parameters; ++i)
      for (int slot = first; slot < std::min(first + together, model.num_slots); ++slot)
        if (model.parameters[i].trainable)
          add(variableOf(kOptimizerGroup, optimizerVariables++),
              fmt::format("optimizer/{}/{}", model.slot_names[slot], model.parameters[i].path));
  }
  for (const char *counter : {"epoch", "seed"})
    add((kRondoGroup + counter).str(), fmt::format("optimizer/{}", counter));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// The contents of the HDF5 file at `path`, or of the one in the archive there.
Expected<std::string> readContents(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return error("cannot read `{}`: {}", path, buffer.getError().message());
  if (!isZip((*buffer)->getBuffer()))
    return (*buffer)->getBuffer().str();
  Expected<std::optional<std::string>> member = readZipMember(path, kArchiveMember);
  if (!member)
    return member.takeError();
  if (!*member)
    return error("`{}` holds no `{}`", path, kArchiveMember);
  return std::move(**member);
}

/// Refuses files that hold something else, rather than to find every variable missing.
Error checkLayout(const Hdf5File &contents, const std::string &path, const KerasLayout &layout) {
  auto any = [&](auto predicate) {
    return llvm::any_of(contents.arrays,
                        [&](const Array &array) { return predicate(StringRef(array.name)); });
  };
  if (any([&](StringRef name) {
        return name.starts_with("layers/") || layout.ours.count(name.str());
      }))
    return Error::success();
  if (any([](StringRef name) {
        return name.starts_with("model_weights/") || name.ends_with(":0");
      }))
    return error("`{}` is in the layout of Keras 2, which is not read; load it in Keras and call "
                 "`model.save_weights(\"{}.weights.h5\")`",
                 path, llvm::sys::path::filename(path).split('.').first.str());
  return error("`{}` is an HDF5 file, but not one of Keras' weight files: it holds no "
               "`layers/…/vars/…`",
               path);
}

bool belongsToOptimizer(StringRef name) {
  return name.starts_with("optimizer/") || name.starts_with(kRondoGroup);
}

/// Whether a name that Keras made up, such as "rm_sprop" or "adam_w_1", is that of
/// an optimizer other than `own`. Users may give any name: that says nothing.
bool isAnotherOptimizer(StringRef name, StringRef own) {
  std::string plain;
  for (char character : name.rtrim("0123456789"))
    if (character != '_')
      plain += character;
  if (plain == "adamw") // Adam with a weight decay, with the same variables
    plain = "adam";
  constexpr StringRef known[] = {"adadelta", "adafactor", "adagrad", "adam",  "adamax",  "ftrl",
                                 "lamb",     "lion",      "muon",    "nadam", "rmsprop", "sgd"};
  return llvm::is_contained(known, plain) && plain != own;
}

/// Drops the optimizer's variables unless they are those of this model's.
void selectOptimizer(Hdf5File &contents, const std::string &path, const rondo_model &model,
                     const KerasLayout &layout, std::vector<std::string> &notes) {
  size_t count = llvm::count_if(contents.arrays, [](const Array &array) {
    return StringRef(array.name).starts_with(kOptimizerGroup);
  });
  // Keras stores two, the iteration and the learning rate, before the first step.
  bool isBuilt = count > 2 || layout.optimizerVariables == 2;
  const std::string &name = contents.names[kOptimizerGroup.str()];
  bool fits = !isAnotherOptimizer(name, layout.optimizer) && count == layout.optimizerVariables;
  if (model.optimizer && count > 0 && isBuilt && fits)
    return;
  if (model.optimizer && count > 2)
    notes.push_back(fmt::format("`{}` holds the state of another optimizer (`{}`, {} variables; "
                                "this one is `{}`, {}): the optimizer starts afresh",
                                path, name, count, layout.optimizer, layout.optimizerVariables));
  llvm::erase_if(contents.arrays,
                 [](const Array &array) { return belongsToOptimizer(array.name); });
}

/// Keras counts in int64 or int32; files of ours in int64.
void widenCounter(Array &array) {
  if (array.type != ElementType::I32 || !array.shape.empty())
    return;
  int32_t value = *reinterpret_cast<const int32_t *>(array.bytes.data());
  array = Array::ofInt(std::move(array.name), value);
}

} // namespace

bool isKerasWeights(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFileSlice(path, 8, 0);
  if (!buffer)
    return false;
  if (!isZip((*buffer)->getBuffer()))
    return isHdf5((*buffer)->getBuffer());
  int code = 0;
  ZipPointer archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  return archive && zip_name_locate(archive.get(), "config.json", 0) >= 0;
}

Expected<ArrayFile> readKerasWeights(const std::string &path, const rondo_model &model,
                                     std::vector<std::string> &notes) {
  Expected<KerasLayout> layout = KerasLayout::of(model);
  if (!layout)
    return layout.takeError();
  Expected<std::string> bytes = readContents(path);
  if (!bytes)
    return bytes.takeError();
  if (!isHdf5(*bytes))
    return error("`{}` in `{}` is not an HDF5 file", kArchiveMember, path);
  Expected<Hdf5File> contents = parseHdf5(*bytes);
  if (!contents)
    return error("`{}` {}", path, llvm::toString(contents.takeError()));
  if (Error problem = checkLayout(*contents, path, *layout))
    return problem;
  selectOptimizer(*contents, path, model, *layout, notes);

  ArrayFile file;
  file.path = path;
  for (Array &array : contents->arrays) {
    auto known = layout->ours.find(array.name);
    if (known != layout->ours.end())
      array.name = known->second;
    if (array.name == kLearningRate)
      continue; // the model file says what it is
    if (array.name == "optimizer/iteration")
      widenCounter(array);
    file.arrays.push_back(std::move(array));
  }
  // Keras' own files have neither.
  if (file.find("optimizer/iteration"))
    for (const char *counter : {"optimizer/epoch", "optimizer/seed"})
      if (!file.find(counter))
        file.arrays.push_back(Array::ofInt(counter, 0));
  return file;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Error writeKerasWeights(const std::string &path, const rondo_model &model,
                        llvm::ArrayRef<Array> arrays) {
  Expected<KerasLayout> layout = KerasLayout::of(model);
  if (!layout)
    return layout.takeError();
  Hdf5File contents;
  contents.names = layout->groupNames;
  contents.arrays.assign(arrays.begin(), arrays.end());
  bool hasOptimizer =
      llvm::any_of(arrays, [](const Array &array) { return array.name == "optimizer/iteration"; });
  if (!hasOptimizer)
    contents.names.erase(kOptimizerGroup.str());
  else if (layout->keras.count(kLearningRate.str()))
    contents.arrays.push_back(
        Array::ofFloats(kLearningRate.str(), {}, static_cast<float>(model.learning_rate)));
  for (Array &array : contents.arrays)
    array.name = layout->keras.at(array.name);
  Expected<std::string> bytes = formatHdf5(contents);
  if (!bytes)
    return error("`{}` {}", path, llvm::toString(bytes.takeError()));
  return writeFile(path, *bytes);
}

} // namespace rondo::host
