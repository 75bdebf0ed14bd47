//===- Subclassing.cpp - Layers that the file defines ---------------------===//
//
// Objects of `class X(keras.layers.Layer)`: when they are built, what their `call`
// sees, whose weights they own. Follows keras/src/layers/layer.py.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Weight.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

using eval::BoundMethod;
using Slot = BoundArguments::Slot;

FileLayer::FileLayer(eval::Class &type, Session &session, SourceRange place)
    : InstanceOf<Layer>(type, session, type.name, place) {
  operation->onTrainable = [this](bool value) { setTrainable(value); };
}

std::string FileLayer::repr(unsigned) const {
  if (auto text = textSpecial("__repr__"))
    return *text;
  return fmt::format("<{} '{}'>", type.name, operation->name);
}

//===----------------------------------------------------------------------===//
// Weights and sublayers
//===----------------------------------------------------------------------===//

/// Layers may own each other in a circle, and deeper than the stack is.
static constexpr unsigned maxNesting = 100;

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

/// `add_weight` as it was until Keras 3, with the name first.
static const char *const weightParameters =
    "*args, shape=None, initializer=None, dtype=None, trainable=True, autocast=True, "
    "regularizer=None, constraint=None, aggregation='none', overwrite_with_gradient=False, "
    "name=None, use_resource=None, synchronization=None, experimental_autocast=True";

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
              shape.value.repr())
        .help("give the size in `Input(shape=…)` instead of None");
    return Value::error();
  }
  const auto *type = dtype.value.as<eval::Str>();
  if (!dtype.value.isNone() && !(type && type->text == "float32"))
    in.report(Code::NotSupportedYet, dtype.place,
              "weights of type {} are not supported yet, only \"float32\"", dtype.value.repr());
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
  config.finish();
  Variable *variable = session.makeVariable(*operation, path, sizes, attribute, arguments.place);
  variable->trainable = isTrainable && operation->trainable;
  (isTrainable ? trainableWeights : otherWeights).push_back(variable);
  return in.heap.make<Weight>(session, *variable);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

Value FileLayer::method(const char *name, const char *parameters, Native::Body body) {
  return session.in.heap.make<Native>(name, parameters, std::move(body));
}

bool FileLayer::checkInitialized(SourceRange place) {
  if (isInitialized)
    return true;
  session.in
      .report(Code::MissingSuperInit, place, "`{}` has not called `super().__init__()`", type.name)
      .note(type.place, "the class is defined here")
      .help("make it the first statement of `__init__`: `super().__init__(**kwargs)`");
  // Once is enough.
  isInitialized = true;
  if (operation->name.empty())
    operation->name = session.automaticName(type.name);
  return false;
}

Value FileLayer::initialize(BoundArguments &arguments) {
  Config config(session, arguments);
  config.ignore({"autocast", "dynamic", "input_shape", "input_dim"});
  checkLayerType(config);
  std::string name = readLayerName(config);
  operation->name = name.empty() ? session.automaticName(type.name) : name;
  const Slot &trainable = config.get("trainable");
  if (!trainable.value.isNone())
    operation->trainable = config.boolean("trainable");
  config.finish();
  isInitialized = true;
  return Value();
}

std::optional<Value> FileLayer::member(Interpreter &in, llvm::StringRef name) {
  if (name == "__init__")
    return method(
        type.name.c_str(),
        "*, activity_regularizer=None, trainable=True, dtype=None, autocast=True, "
        "name=None, input_shape=None, input_dim=None, dynamic=False",
        [this](Interpreter &, BoundArguments &arguments) { return initialize(arguments); });
  if (name == "add_weight" || name == "add_variable")
    return method("add_weight", weightParameters, [this](Interpreter &, BoundArguments &arguments) {
      return addWeight(arguments);
    });
  if (name == "build")
    return method("build", "*args, **kwargs", [this](Interpreter &, BoundArguments &) {
      isBuilt = true;
      return Value();
    });
  if (name == "__call__")
    return method("__call__", "*args, **kwargs", [this](Interpreter &in, BoundArguments &bound) {
      Arguments arguments{bound.place, bound.calleePlace, bound.rest, bound.restKeywords};
      return call(in, arguments);
    });
  if (name == "call")
    return method("call", "*args, **kwargs", [this](Interpreter &in, BoundArguments &arguments) {
      in.report(Code::CallResult, arguments.calleePlace,
                "the base class of `{}` computes nothing in `call`", type.name)
          .help("a layer of the file defines `call` itself");
      return Value::error();
    });
  for (const char *refused : {"add_loss", "add_metric", "add_update"})
    if (name == refused)
      return method(refused, "*args, **kwargs",
                    [this, refused](Interpreter &in, BoundArguments &arguments) {
                      in.report(Code::NotSupportedYet, arguments.calleePlace,
                                "`{}` of a layer is not supported yet", refused)
                          .help("losses and metrics are arguments of `model.compile`");
                      return Value::error();
                    });
  if (name == "get_config")
    return method("get_config", "", [this](Interpreter &in, BoundArguments &) {
      eval::Dict *config = in.heap.make<eval::Dict>();
      config->set(in.heap.str("name"), in.heap.str(operation->name));
      config->set(in.heap.str("trainable"), Value::boolean(operation->trainable));
      config->set(in.heap.str("dtype"), in.heap.str("float32"));
      return Value(config);
    });
  if (name == "compute_mask")
    return method("compute_mask", "inputs, mask=None",
                  [](Interpreter &, BoundArguments &arguments) { return arguments["mask"].value; });
  if (name == "compute_output_shape")
    return method(
        "compute_output_shape", "input_shape",
        [this](Interpreter &in, BoundArguments &arguments) -> Value {
          const Slot &shape = arguments["input_shape"];
          Session::Trace trace(session, operation->name, "the shape of", {}, "", true);
          Value inputs = shapedTensors(session, shape.value, shape.place);
          Arguments call{arguments.place, arguments.calleePlace, {{inputs, shape.place}}, {}};
          Value result = inputs.isError() ? inputs : in.call(Value(this), call);
          return result.isError() ? result : in.attribute(result, "shape", arguments.place);
        });
  if (name == "built")
    return Value::boolean(isBuilt);
  if (name == "supports_masking" || name == "stateful")
    return Value::boolean(false);
  if (name == "input_spec")
    return Value();
  if (name == "losses")
    return Value(in.heap.list({}));
  if (name == "path")
    return Value(in.heap.str(operation->parentPath && !operation->parentPath->empty()
                                 ? *operation->parentPath + "/" + operation->name
                                 : operation->name));
  for (const char *dtype : {"dtype", "compute_dtype", "variable_dtype"})
    if (name == dtype)
      return Value(in.heap.str("float32"));
  if (auto value = layerAttribute(in, *operation, name))
    return value;
  return weightAttribute(*this, name);
}

std::optional<Value> FileLayer::attribute(Interpreter &in, llvm::StringRef name,
                                          SourceRange place) {
  // From outside, `build` also opens the layer's scope and marks it as built.
  if (name == "build" && type.find("build"))
    return method("build", "*args, **kwargs", [this](Interpreter &, BoundArguments &bound) {
      Arguments arguments{bound.place, bound.calleePlace, bound.rest, bound.restKeywords};
      return build(arguments) ? Value() : Value::error();
    });
  if (auto value = lookUp(name, place))
    return value;
  if (auto value = member(in, name))
    return value;
  return special("__getattr__", {in.heap.str(name.str())}, place);
}

bool FileLayer::setAttribute(Interpreter &in, llvm::StringRef name, Value value,
                             SourceRange place) {
  if (setProperty(name, value, place))
    return true;
  if (name == "trainable")
    return setLayerAttribute(in, *operation, name, value, place);
  if (name == "built") {
    isBuilt = in.truth(value).value_or(false);
    return true;
  }
  if (const auto *text = name == "name" ? value.as<eval::Str>() : nullptr) {
    operation->name = text->text;
    return true;
  }
  track(value, place);
  attributes[name] = value;
  return true;
}

std::vector<std::string> FileLayer::attributeNames() const {
  std::vector<std::string> all = names(), common = weightAttributeNames();
  all.insert(all.end(), common.begin(), common.end());
  all.insert(all.end(), {"add_weight", "built", "call", "compute_output_shape", "dtype",
                         "get_config", "name", "supports_masking", "trainable"});
  return all;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// One call, with its tensors as the trace sees them.
struct FileLayer::Call {
  const eval::Function *function = nullptr;
  eval::Signature signature;
  Arguments arguments;
  /// The tensors of the caller.
  std::vector<Tensor *> inputs;
  /// "inputs" and what was given for it, for each parameter with tensors.
  std::vector<std::pair<std::string, Value>> tensorArguments;
};

const eval::Function *FileLayer::callFunction(SourceRange place) {
  const Value *found = type.find("call");
  if (const auto *function = found ? found->as<eval::Function>() : nullptr)
    return function;
  if (!found || !found->isError())
    session.in.report(Code::CallResult, place, "the class `{}` has no method `call`", type.name)
        .note(type.place, "it is defined here")
        .help("`def call(self, inputs):` returns what the layer computes");
  return nullptr;
}

bool FileLayer::collectTensors(Value value, SourceRange place, std::vector<Tensor *> &tensors,
                               unsigned depth) {
  if (!session.in.step(place) || value.isError())
    return false;
  if (depth > maxNesting) {
    session.in.report(Code::InvalidArgument, place,
                      "'{}' is given lists that are nested too deeply", operation->name);
    return false;
  }
  if (Tensor *tensor = value.as<Tensor>()) {
    if (!session.checkTrace(tensor, place))
      return false;
    if (!value.as<Weight>())
      tensors.push_back(tensor);
  } else if (const auto *sequence = value.as<eval::Sequence>()) {
    return llvm::all_of(sequence->elements, [&](Value element) {
      return collectTensors(element, place, tensors, depth + 1);
    });
  } else if (const auto *dict = value.as<eval::Dict>()) {
    return llvm::all_of(dict->items(), [&](const eval::Dict::Entry &entry) {
      return collectTensors(entry.value, place, tensors, depth + 1);
    });
  }
  return true;
}

/// A value whose tensors are replaced by what `change` makes of them.
static Value mapTensors(Interpreter &in, Value value,
                        llvm::function_ref<Tensor *(Tensor *)> change) {
  if (Tensor *tensor = value.as<Tensor>())
    return change(tensor);
  if (const auto *sequence = value.as<eval::Sequence>()) {
    std::vector<Value> elements;
    for (Value element : sequence->elements)
      elements.push_back(mapTensors(in, element, change));
    return value.as<eval::Tuple>() ? Value(in.heap.tuple(std::move(elements)))
                                   : Value(in.heap.list(std::move(elements)));
  }
  if (const auto *dict = value.as<eval::Dict>()) {
    eval::Dict *result = in.heap.make<eval::Dict>();
    for (const eval::Dict::Entry &entry : dict->items())
      result->set(entry.key, mapTensors(in, entry.value, change));
    return result;
  }
  return value;
}

bool FileLayer::readArguments(Arguments &arguments, Call &call) {
  Interpreter &in = session.in;
  call.signature.callee = operation->name;
  call.signature.parameters = call.function->signature.parameters;
  if (!call.signature.parameters.empty() &&
      call.signature.parameters.front().kind != ast::Parameter::Kind::VarArgs)
    call.signature.parameters.erase(call.signature.parameters.begin());
  // What every call may say: layers that do not ask for it do not hear it.
  auto takes = [&](llvm::StringRef name) {
    return llvm::any_of(call.signature.parameters, [&](const eval::Signature::Parameter &p) {
      return p.name == name || p.kind == ast::Parameter::Kind::VarKeywords;
    });
  };
  if (!takes("training"))
    llvm::erase_if(arguments.keywords,
                   [](const eval::KeywordArgument &k) { return k.name == "training"; });
  size_t errors = in.engine.errorCount();
  auto bound = eval::bind(in, call.signature, arguments);
  if (!bound || in.engine.errorCount() != errors)
    return false;
  for (auto [i, argument] : llvm::enumerate(arguments.positional)) {
    Value value = argument.value;
    bool mayBe = value.isError() || value.isNone() || value.as<Tensor>() ||
                 value.as<eval::Sequence>() || value.as<eval::Dict>() || value.typeName() == "size";
    if (mayBe)
      continue;
    if (i == 0) {
      in.report(Code::NotATensor, argument.place, "'{}' takes symbolic tensors, got {}",
                operation->name, value.repr());
      return false;
    }
    diagnostics::Diagnostic &diagnostic = in.report(
        Code::InvalidArgument, argument.place,
        "a layer is called on tensors; '{}' gets {} by position", operation->name, value.repr());
    if (i < call.signature.parameters.size())
      diagnostic.help("pass it by name")
          .fix(argument.place.before(), call.signature.parameters[i].name + "=");
    return false;
  }
  for (auto [i, parameter] : llvm::enumerate(call.signature.parameters)) {
    std::vector<Tensor *> tensors;
    const Slot &slot = bound->slots[i];
    if (!slot.given)
      continue;
    if (!collectTensors(slot.value, slot.place, tensors))
      return false;
    if (!tensors.empty() && parameter.name != "mask")
      call.tensorArguments.push_back({parameter.name, slot.value});
    call.inputs.insert(call.inputs.end(), tensors.begin(), tensors.end());
  }
  for (const PlacedValue &more : bound->rest)
    if (!collectTensors(more.value, more.place, call.inputs))
      return false;
  for (const eval::KeywordArgument &more : bound->restKeywords)
    if (!collectTensors(more.value, more.place, call.inputs))
      return false;
  if (call.inputs.empty()) {
    Value first = arguments.positional.empty() ? Value() : arguments.positional.front().value;
    in.report(Code::NotATensor, arguments.place, "'{}' takes symbolic tensors, got {}",
              operation->name, first.repr());
    return false;
  }
  call.arguments = arguments;
  return true;
}

/// The shape, or the shapes of a structure of tensors, as `build` takes them.
static Value shapeOfValue(Interpreter &in, Value value, SourceRange place) {
  if (const auto *sequence = value.as<eval::Sequence>()) {
    std::vector<Value> shapes;
    for (Value element : sequence->elements)
      shapes.push_back(shapeOfValue(in, element, place));
    return in.heap.list(std::move(shapes));
  }
  if (const auto *dict = value.as<eval::Dict>()) {
    eval::Dict *shapes = in.heap.make<eval::Dict>();
    for (const eval::Dict::Entry &entry : dict->items())
      shapes->set(entry.key, shapeOfValue(in, entry.value, place));
    return shapes;
  }
  return value.as<Tensor>() ? in.attribute(value, "shape", place) : Value();
}

bool FileLayer::build(Arguments &arguments) {
  if (!checkInitialized(arguments.place))
    return false;
  const Value *function = type.find("build");
  Session::NameScope scope(session, *operation);
  bool succeeds =
      !function ||
      !session.in.call(eval::bindMember(session.in.heap, *function, self, &type), arguments)
           .isError();
  isBuilt = true;
  findLayers(arguments.place);
  return succeeds;
}

bool FileLayer::buildFor(const Call &call) {
  Interpreter &in = session.in;
  const Value *found = type.find("build");
  const auto *function = found ? found->as<eval::Function>() : nullptr;
  if (isBuilt || !function)
    return true;
  std::vector<eval::Signature::Parameter> parameters = function->signature.parameters;
  llvm::erase_if(parameters, [](const eval::Signature::Parameter &p) {
    return p.kind == ast::Parameter::Kind::VarArgs || p.kind == ast::Parameter::Kind::VarKeywords;
  });
  SourceRange place = call.arguments.place;
  Arguments arguments{place, function->place, {}, {}};
  for (size_t i = 1; i < parameters.size(); ++i) {
    llvm::StringRef name = parameters[i].name;
    // A single shape is that of the first tensors, whatever it is called.
    bool isSingle = parameters.size() == 2;
    for (const auto &[argument, value] : call.tensorArguments)
      if (isSingle || name == argument + "_shape") {
        arguments.keywords.push_back({name.str(), place, shapeOfValue(in, value, place), place});
        break;
      }
  }
  return build(arguments);
}

/// Whether `training` of a call is left open.
static bool saysNothing(Value training) {
  return training.isNone() || training.as<TrainingPhase>();
}

Value FileLayer::trace(Call &call) {
  Interpreter &in = session.in;
  // The call's own argument, that of the layer around, or nothing that is known.
  Value training;
  eval::KeywordArgument *given = nullptr;
  for (eval::KeywordArgument &keyword : call.arguments.keywords)
    if (keyword.name == "training")
      given = &keyword;
  if (given)
    training = given->value;
  if (saysNothing(training) && !session.trainingArguments.empty())
    training = session.trainingArguments.back();
  if (saysNothing(training))
    training = in.heap.make<TrainingPhase>();
  bool takesTraining =
      llvm::any_of(call.signature.parameters,
                   [](const eval::Signature::Parameter &p) { return p.name == "training"; });
  SourceRange place = call.arguments.place;
  if (given)
    given->value = training;
  else if (takesTraining)
    call.arguments.keywords.push_back({"training", place, training, place});

  session.trainingArguments.push_back(training);
  ++activeCalls;
  Value result;
  {
    Session::NameScope scope(session, *operation);
    Session::Trace trace(session, operation->name, "the layer", {}, "", /*layersMayBeCalled=*/true);
    auto inside = [&](Tensor *tensor) {
      if (dynamic_cast<Weight *>(tensor))
        return tensor;
      Tensor *argument = session.makeTensor(tensor->value, tensor->axes, tensor->element,
                                            tensor->origin, tensor->place);
      argument->outside = tensor;
      return argument;
    };
    Arguments arguments = call.arguments;
    for (PlacedValue &argument : arguments.positional)
      argument.value = mapTensors(in, argument.value, inside);
    for (eval::KeywordArgument &argument : arguments.keywords)
      argument.value = mapTensors(in, argument.value, inside);
    result = in.call(
        in.heap.make<BoundMethod>(Value(self), Value(const_cast<eval::Function *>(call.function))),
        arguments);
    std::vector<Tensor *> results;
    if (!result.isError() && !collectTensors(result, call.function->place, results))
      result = Value::error();
  }
  --activeCalls;
  session.trainingArguments.pop_back();
  return result;
}

bool FileLayer::checkUses() {
  llvm::DenseSet<const Variable *> own(operation->variables.begin(), operation->variables.end());
  llvm::DenseSet<mlir::Value> ownValues;
  for (const Variable *variable : own)
    ownValues.insert(variable->value);
  for (const Session::Use &use : session.uses) {
    if (use.operation && !llvm::all_of(use.operation->variables, [&](const Variable *variable) {
          return own.contains(variable);
        })) {
      session.in
          .report(Code::LateWeight, use.place,
                  "the layer '{}' is called in '{}', which does not own it: its weights would not "
                  "be trained",
                  use.name, operation->name)
          .note(use.operation->place, "'{}' is made here", use.name)
          .help("make it in `__init__`, and keep it as an attribute of `self`");
      return false;
    }
    if (use.weight && !ownValues.contains(use.weight)) {
      session.in
          .report(Code::WeightOutsideLayer, use.place,
                  "the weight '{}' is used in '{}', which does not own it", use.name,
                  operation->name)
          .help("keep the layer that owns it as an attribute of `self`");
      return false;
    }
  }
  return true;
}

/// Whether a value is a tensor, or a structure of nothing but tensors.
static bool holdsTensors(Interpreter &in, Value value, SourceRange place) {
  auto holds = [&](Value element) { return holdsTensors(in, element, place); };
  if (!in.step(place))
    return false;
  if (const auto *sequence = value.as<eval::Sequence>())
    return !sequence->elements.empty() && llvm::all_of(sequence->elements, holds);
  if (const auto *dict = value.as<eval::Dict>())
    return dict->size() > 0 && llvm::all_of(dict->items(), [&](const eval::Dict::Entry &entry) {
             return holds(entry.value);
           });
  return value.as<Tensor>();
}

Value FileLayer::call(Interpreter &in, Arguments &arguments) {
  const Value *override = type.find("__call__");
  if (override && activeCalls == 0) {
    llvm::SaveAndRestore active(activeCalls, activeCalls + 1);
    return BoundMethod(Value(self), *override).call(in, arguments);
  }
  bool isOutermost = session.currentTrace() == 0;
  if (!isOutermost && !session.tracesLayer()) {
    in.report(Code::LayerInLambda, arguments.place,
              "the layer `{}` is called inside {}: its weights would not be the model's",
              typeName(), session.traceDescription())
        .help("call the layer outside and give its result to a Lambda");
    return Value::error();
  }
  if (arguments.hasError() || !checkInitialized(arguments.place))
    return Value::error();
  Call call;
  call.function = callFunction(arguments.place);
  if (!call.function || !readArguments(arguments, call))
    return Value::error();
  // One message about a mistake in `call` is enough, however often that runs.
  if (session.brokenClasses.contains(&type))
    return Value::error();
  size_t errors = in.engine.errorCount();
  std::vector<Session::Use> outerUses;
  if (isOutermost)
    std::swap(outerUses, session.uses);
  Value result;
  if (buildFor(call))
    result = trace(call);
  else
    result = Value::error();
  isBuilt = true;
  findLayers(arguments.place);
  operation->variables = weights();
  bool isSound = in.engine.errorCount() == errors && (!isOutermost || checkUses());
  if (isOutermost)
    std::swap(outerUses, session.uses);
  if (!isSound) {
    session.brokenClasses.insert(&type);
    return Value::error();
  }
  if (result.isError())
    return result;

  if (!holdsTensors(in, result, arguments.place)) {
    in.report(Code::CallResult, call.function->place,
              "`call` of '{}' returns {}, expected a symbolic tensor", operation->name,
              result.isNone() ? "None" : "a value of type " + result.typeName())
        .note(arguments.place, "the layer is called here")
        .help(result.isNone() ? "end it with `return`" : "return tensors only");
    session.brokenClasses.insert(&type);
    return Value::error();
  }
  std::vector<Tensor *> outputs;
  result = mapTensors(in, result, [&](Tensor *tensor) {
    outputs.push_back(session.makeResult(tensor, operation, operation->name, arguments.place));
    return outputs.back();
  });
  if (isOutermost) {
    session.makeNode(operation, call.inputs, outputs, arguments.place);
    connect(call.inputs, result, outputs);
  } else {
    session.uses.push_back({operation, {}, operation->name, arguments.place});
  }
  return result;
}

//===----------------------------------------------------------------------===//
// keras.layers.Layer
//===----------------------------------------------------------------------===//

namespace {

class LayerClass : public eval::NativeClass {
public:
  explicit LayerClass(Session &session)
      : NativeClass(session.in, "Layer", SourceRange()), session(session) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    in.report(Code::InvalidArgument, arguments.place,
              "`Layer` is the base of layers, and computes nothing itself")
        .help("derive a class from it, or take a layer such as `Dense` or `Identity`");
    return Value::error();
  }
  eval::Object *makeObject(eval::Class &type, SourceRange place) override {
    return in.heap.make<FileLayer>(type, session, place);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override {
    auto *layer = self.as<FileLayer>();
    return layer ? layer->FileLayer::member(in, name) : std::nullopt;
  }
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<Layer>() || value.as<Model>();
  }

private:
  Session &session;
};

} // namespace

void addLayerClass(Catalogue &catalogue) {
  auto *layer = catalogue.session.in.heap.make<LayerClass>(catalogue.session);
  layer->setBases({static_cast<eval::Class *>(catalogue.session.in.builtin("object").getObject())});
  catalogue.layers->members["Layer"] = catalogue.keras->members["Layer"] = layer;
}

} // namespace rondo::keras
