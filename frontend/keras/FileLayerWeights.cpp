//===- FileLayerWeights.cpp - What a layer of the file owns ---------------===//
//
// Weights and sublayers of objects of `class X(keras.layers.Layer)`: those that
// become attributes, also in lists and dicts, and those that `add_weight` makes.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constraints.h"
#include "frontend/keras/Regularizers.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Weight.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

using Slot = BoundArguments::Slot;

//===----------------------------------------------------------------------===//
// Weights and sublayers
//===----------------------------------------------------------------------===//

void FileLayer::collectWeights(Collected &collected, unsigned depth) const {
  if (depth > maxNesting || !collected.layers.insert(this).second)
    return;
  auto add = [&](llvm::ArrayRef<Variable *> variables) {
    for (Variable *variable : variables)
      if (collected.seen.insert(variable).second)
        collected.variables.push_back(variable);
  };
  add(trainableWeights);
  add(otherWeights);
  for (Value sublayer : sublayers) {
    if (const auto *layer = sublayer.as<FileLayer>())
      layer->collectWeights(collected, depth + 1);
    else if (const Layer *layer = sublayer.as<Layer>())
      add(layer->weights());
    else
      add(sublayer.as<Model>()->weights);
  }
}

std::vector<Variable *> FileLayer::weights() const {
  Collected collected;
  collectWeights(collected, 0);
  return collected.variables;
}

void FileLayer::setTrainable(bool value) {
  operation->trainable = value;
  if (isVisited)
    return;
  llvm::SaveAndRestore visited(isVisited, true);
  for (Variable *variable : trainableWeights)
    variable->trainable = value;
  for (Value sublayer : sublayers) {
    if (Layer *layer = sublayer.as<Layer>())
      layer->operation->setTrainable(value);
    else
      sublayer.as<Model>()->setTrainable(value);
  }
}

/// Paths of one sublayer below a place, each variable where it is met first.
static void addStoredPaths(Value value, const std::string &place,
                           std::vector<std::pair<const Variable *, std::string>> &paths) {
  auto add = [&](const Variable *variable, const std::string &path) {
    if (llvm::none_of(paths, [&](const auto &entry) { return entry.first == variable; }))
      paths.push_back({variable, place + "/" + path});
  };
  if (const Layer *layer = value.as<Layer>())
    for (const auto &[variable, path] : layer->storedPaths())
      add(variable, path);
  if (const Model *model = value.as<Model>())
    for (const auto &[variable, path] : storedPaths(*model))
      add(variable, path);
}

std::vector<std::pair<std::string, Value>> FileLayer::storedAttributes() const {
  std::vector<std::pair<std::string, Value>> result;
  for (const auto &attribute : attributes)
    result.push_back({attribute.getKey().str(), attribute.second});
  llvm::sort(result, [](const auto &a, const auto &b) { return a.first < b.first; });
  return result;
}

std::vector<std::pair<const Variable *, std::string>> FileLayer::storedPaths() const {
  std::vector<std::pair<const Variable *, std::string>> paths;
  for (const std::vector<Variable *> *own : {&trainableWeights, &otherWeights})
    for (const Variable *variable : *own)
      paths.push_back({variable, fmt::format("vars/{}", paths.size())});
  if (isVisited)
    return paths;
  llvm::SaveAndRestore visited(isVisited, true);
  // Members of containers are numbered by class.
  for (const auto &[name, value] : storedAttributes()) {
    addStoredPaths(value, name, paths);
    std::vector<Value> members;
    if (const auto *sequence = value.as<eval::Sequence>())
      members = sequence->elements;
    else if (const auto *dict = value.as<eval::Dict>())
      for (const eval::Dict::Entry &entry : dict->items())
        members.push_back(entry.value);
    std::map<std::string, unsigned> counts;
    for (Value member : members) {
      if (!member.as<Layer>() && !member.as<Model>())
        continue;
      std::string place = name + "/" + snakeCase(member.typeName());
      if (unsigned repeats = counts[place]++)
        place += fmt::format("_{}", repeats);
      addStoredPaths(member, place, paths);
    }
  }
  return paths;
}

void FileLayer::collectLayers(Value value, std::vector<Value> &found, unsigned depth) const {
  constexpr unsigned maxDepth = 8;
  if (value.as<Layer>() || value.as<Model>()) {
    auto same = [&](Value other) { return eval::identical(value, other); };
    if (llvm::none_of(sublayers, same) && llvm::none_of(found, same))
      found.push_back(value);
  } else if (depth < maxDepth) {
    if (const auto *sequence = value.as<eval::Sequence>())
      for (Value element : sequence->elements)
        collectLayers(element, found, depth + 1);
    else if (const auto *dict = value.as<eval::Dict>())
      for (const eval::Dict::Entry &entry : dict->items())
        collectLayers(entry.value, found, depth + 1);
  }
}

/// Layers that were added to lists since the last time, by age: Keras notices each at once.
void FileLayer::findLayers(SourceRange place) {
  std::vector<Value> found;
  for (Value container : containers)
    collectLayers(container, found, 0);
  auto serial = [](Value layer) {
    return layer.as<Layer>() ? layer.as<Layer>()->operation->serial : layer.as<Model>()->serial;
  };
  llvm::stable_sort(found, [&](Value a, Value b) { return serial(a) < serial(b); });
  sublayers.insert(sublayers.end(), found.begin(), found.end());
}

void FileLayer::addSublayer(Value layer) { collectLayers(layer, sublayers, 0); }

void FileLayer::track(Value value, SourceRange place) {
  findLayers(place);
  std::vector<Value> found;
  collectLayers(value, found, 0);
  if (!found.empty() && activeCalls > 0)
    session.in
        .report(Code::LateWeight, place,
                "a layer becomes an attribute of '{}' while that is called", operation->name)
        .help("make it in `__init__` or `build`, which run once");
  sublayers.insert(sublayers.end(), found.begin(), found.end());
  if (value.as<eval::Sequence>() || value.as<eval::Dict>())
    containers.push_back(value);
}

//===----------------------------------------------------------------------===//
// add_weight
//===----------------------------------------------------------------------===//

/// Puts positional arguments where they belong.
static bool placeWeightArguments(Session &session, BoundArguments &arguments) {
  static const char *const today[] = {"shape", "initializer", "dtype"};
  static const char *const before[] = {"name",        "shape",     "dtype",     "initializer",
                                       "regularizer", "trainable", "constraint"};
  bool isOld = !arguments.rest.empty() && arguments.rest.front().value.as<eval::Str>();
  llvm::ArrayRef<const char *> order = isOld ? llvm::ArrayRef(before) : llvm::ArrayRef(today);
  if (arguments.rest.size() > order.size()) {
    session.in.report(Code::TooManyArguments, arguments.rest[order.size()].place,
                      "`add_weight` takes {} by position, got {}",
                      eval::plural(order.size(), "argument"), arguments.rest.size());
    return false;
  }
  for (auto [parameter, argument] : llvm::zip(order, arguments.rest)) {
    Slot &slot = arguments[parameter];
    if (slot.given) {
      session.in
          .report(Code::RepeatedArgument, argument.place, "`{}` of `add_weight` is given twice",
                  parameter)
          .note(slot.place, "already given here");
      return false;
    }
    slot = {argument.value, argument.place, true};
  }
  if (isOld) {
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::OldKerasName, arguments.rest.front().place,
                          "Keras 3 takes the name of a weight by keyword, after its shape");
    for (auto [parameter, argument] : llvm::zip(order, arguments.rest))
      diagnostic.fix(argument.place.before(), std::string(parameter) + "=");
  }
  return true;
}

Value FileLayer::addWeight(BoundArguments &arguments) {
  Interpreter &in = session.in;
  if (!checkInitialized(arguments.place) || !placeWeightArguments(session, arguments))
    return Value::error();
  if (activeCalls > 0) {
    in.report(Code::LateWeight, arguments.place, "`call` of '{}' makes a weight", operation->name)
        .help("make it in `__init__` or `build`, which run once, and keep it as an attribute");
    return Value::error();
  }
  Config config(session, arguments);
  config.ignore({"autocast", "aggregation", "overwrite_with_gradient", "use_resource",
                 "synchronization", "experimental_autocast"});
  const Slot &shape = config.get("shape"), &name = config.get("name"), &dtype = config.get("dtype");
  std::vector<int64_t> sizes;
  std::vector<Value> given;
  if (const auto *sequence = shape.value.as<eval::Sequence>())
    given = sequence->elements;
  else if (!shape.value.isNone())
    given = {shape.value};
  for (Value element : given) {
    auto size = element.isInt() ? element.asInteger() : std::nullopt;
    if (size && *size > 0) {
      sizes.push_back(*size);
      continue;
    }
    if (!element.isNone()) {
      config.reject(shape, "shape", "a tuple of positive integers");
      return Value::error();
    }
    in.report(Code::DynamicSize, shape.place,
              "the shape {} of a weight needs a size that is only known when the model runs",
              shape.value.inWords())
        .help("give the size in `Input(shape=…)` instead of None");
    return Value::error();
  }
  const auto *type = dtype.value.as<eval::Str>();
  if (!dtype.value.isNone() && !(type && type->text == "float32"))
    in.report(Code::NotSupportedYet, dtype.place,
              "weights of type {} are not supported yet, only \"float32\"", dtype.value.inWords());
  const auto *text = name.value.as<eval::Str>();
  if (!name.value.isNone() &&
      (!text || text->text.empty() || text->text.find('/') != std::string::npos))
    config.reject(name, "name", "text without `/`");
  std::string path = text ? text->text : session.automaticName("Variable");
  bool isTrainable = config.boolean("trainable");
  const Slot &initializer = config.get("initializer");
  Value chosen =
      initializer.value.isNone() ? Value(in.heap.str("glorot_uniform")) : initializer.value;
  mlir::DictionaryAttr attribute = initializerAttribute(session, chosen, initializer.place);
  const Regularizer *regularizer = readRegularizer(config, "regularizer");
  const Constraint *constraint = readConstraint(config, "constraint");
  config.finish();
  Variable *variable = session.makeVariable(*operation, path, sizes, attribute, arguments.place);
  variable->trainable = isTrainable && operation->trainable;
  variable->regularizer = regularizer;
  GraphBuilder graph(session, arguments.place, operation->name, "`add_weight`");
  constrain(graph, *variable, constraint);
  (isTrainable ? trainableWeights : otherWeights).push_back(variable);
  return in.heap.make<Weight>(session, *variable);
}

Value makeLayerVariable(Session &session, BoundArguments &arguments) {
  Interpreter &in = session.in;
  const Slot &given = arguments["initializer"];
  Value initializer = given.value, shape;
  if (arguments.has("shape"))
    shape = arguments["shape"].value;
  const auto self = in.currentSelf();
  auto *layer = self ? self->as<FileLayer>() : nullptr;
  const auto *array = initializer.as<eval::NdArray>();
  const bool isNumber = initializer.asReal().has_value() && !initializer.isBool();
  if (!layer || layer->isCalled()) {
    if (isNumber || array)
      return initializer;
    return in.unsupported(arguments.calleePlace, "a variable that no layer owns is",
                          "a layer makes its weights: `self.w = self.add_weight(shape=…, "
                          "initializer=…, name=…)`");
  }
  if (auto own = initializerOf(initializer)) {
    shape = in.attribute(initializer, "shape", given.place);
    initializer = *own;
  } else if (auto sizes = eval::shapeOf(initializer)) {
    std::vector<Value> all;
    for (int64_t size : *sizes)
      all.push_back(Value::integer(size));
    shape = in.heap.tuple(std::move(all));
    // An array of one number, over and over, is known.
    auto elements = array ? array->elements() : std::vector<double>();
    const bool isEven = array && !elements.empty() && llvm::all_equal(elements);
    if (isEven)
      initializer = Value::real(elements.front());
    if (isEven || isNumber) {
      Arguments constant{given.place, given.place, {{initializer, given.place}}, {}};
      auto *module = dynamic_cast<eval::Module *>(in.findModule("keras.initializers"));
      initializer = in.call(module->members.lookup("Constant"), constant);
    } else {
      warnOfInitialWeights(in, given.place, "what the variable is made of");
      initializer = Value();
    }
  } else if (shape.isNone()) {
    return in.mistake(Code::InvalidArgument, given.place,
                      "a variable is made of numbers, or of an initializer and a `shape`, got {}",
                      initializer.inWords());
  }
  Arguments weight{arguments.place, arguments.calleePlace, {}, {}};
  auto pass = [&](const char *name, Value value, SourceRange place) {
    weight.keywords.push_back({name, place, value, place});
  };
  pass("shape", shape, given.place);
  pass("initializer", initializer, given.place);
  for (const char *name : {"name", "trainable", "constraint"})
    if (arguments.has(name) && arguments[name].given)
      pass(name, arguments[name].value, arguments[name].place);
  return in.call(
      in.attribute(Value(static_cast<eval::Object *>(layer)), "add_weight", arguments.calleePlace),
      weight);
}

} // namespace rondo::keras
