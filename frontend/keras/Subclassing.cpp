//===- Subclassing.cpp - Layers that the file defines ---------------------===//
//
// The class keras.layers.Layer, and what its objects have: attributes and methods.
// Follows keras/src/layers/layer.py.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Subclassing.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Regularizers.h"
#include "frontend/keras/ScalarProgram.h"
#include "frontend/keras/Weight.h"

namespace rondo::keras {

using Slot = BoundArguments::Slot;

FileLayer::FileLayer(eval::Class &type, Session &session, SourceRange place)
    : InstanceOf<Layer>(type, session, type.name, place) {
  operation->onTrainable = [this](bool value) { setTrainable(value); };
}

bool FileLayer::takesMask() const {
  const Value *found = type.find("call");
  const auto *function = found ? found->as<eval::Function>() : nullptr;
  return function && function->signature.has("mask");
}

std::string FileLayer::repr(unsigned) const {
  if (auto text = textSpecial("__repr__"))
    return *text;
  return fmt::format("<{} '{}'>", type.name, operation->name);
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
  operation->policy = readPolicy(config, session.policy);
  std::string name = readLayerName(config);
  operation->name = name.empty() ? session.automaticName(type.name) : name;
  const Slot &trainable = config.get("trainable");
  if (!trainable.value.isNone())
    operation->trainable = config.boolean("trainable");
  activityRegularizer = readRegularizer(config, "activity_regularizer");
  config.finish();
  isInitialized = true;
  return Value();
}

/// `add_weight` as it was until Keras 3, with the name first.
static const char *const weightParameters =
    "*args, shape=None, initializer=None, dtype=None, trainable=True, autocast=True, "
    "regularizer=None, constraint=None, aggregation='none', overwrite_with_gradient=False, "
    "name=None, use_resource=None, synchronization=None, experimental_autocast=True";

Value FileLayer::addLoss(const Slot &slot) {
  if (activeCalls == 0 || !session.tracesLayer()) {
    if (!slot.value.isError())
      session.in
          .report(Code::NotSupportedYet, slot.place,
                  "`add_loss` outside the `call` of '{}' is not supported", operation->name)
          .help("a layer adds losses of its tensors while it is called");
    return Value::error();
  }
  auto tensors = flattenTensors(session, slot.value, slot.place, "`add_loss`");
  if (!tensors)
    return Value::error();
  GraphBuilder graph(session, slot.place, operation->name, "`add_loss`");
  for (Tensor *tensor : *tensors) {
    if (!session.checkTrace(tensor, slot.place))
      return Value::error();
    session.partsOfLosses.insert(tensor->value);
    for (mlir::Operation *op : opsBehind(tensor->value))
      session.partsOfLosses.insert(op->operand_begin(), op->operand_end());
    // Keras sums what is no single number.
    session.effects.losses.push_back(
        graph.reduce(ReduceKind::sum, tensor, GraphBuilder::allAxes(tensor)));
  }
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
    return method("build", "*args, **kwargs", [this](Interpreter &, BoundArguments &arguments) {
      isBuilt = true;
      bool hasShape = !arguments.rest.empty();
      return !hasShape || buildBase(arguments.rest[0].value, arguments.rest[0].place)
                 ? Value()
                 : Value::error();
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
  if (name == "add_loss")
    return method("add_loss", "loss", [this](Interpreter &, BoundArguments &arguments) {
      return addLoss(arguments["loss"]);
    });
  for (const char *refused : {"add_metric", "add_update"})
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
      config->set(in.heap.str("dtype"), policyConfig(in, operation->policy));
      return Value(config);
    });
  if (name == "compute_mask")
    return method("compute_mask", "inputs, mask=None",
                  [](Interpreter &, BoundArguments &arguments) { return arguments["mask"].value; });
  if (name == "built")
    return Value::boolean(isBuilt);
  if (name == "from_config")
    return fromConfigMethod(in, Value(&type), type.name);
  // Unless the file says otherwise, a layer that computes masks supports them.
  if (name == "supports_masking")
    return Value::boolean(type.find("compute_mask"));
  if (name == "stateful")
    return Value::boolean(false);
  if (name == "input_spec")
    return Value();
  if (name == "losses")
    return Value(in.heap.list({}));
  if (name == "path")
    return Value(in.heap.str(operation->parentPath && !operation->parentPath->empty()
                                 ? *operation->parentPath + "/" + operation->name
                                 : operation->name));
  if (auto value = layerAttribute(in, *operation, name))
    return value;
  return weightAttribute(*this, name);
}

/// Whether Keras takes a value for one that a config can have: numbers, text, None, and what is
/// made of them.
static bool isPlain(Interpreter &in, Value value, SourceRange place) {
  auto plain = [&](Value element) { return isPlain(in, element, place); };
  if (!in.step(place))
    return false;
  if (const auto *sequence = value.as<eval::Sequence>())
    return llvm::all_of(sequence->elements, plain);
  if (const auto *dict = value.as<eval::Dict>())
    return llvm::all_of(dict->items(),
                        [&](const eval::Dict::Entry &entry) { return plain(entry.value); });
  return value.isNone() || value.isBool() || value.isInt() || value.isFloat() ||
         value.as<eval::Str>();
}

Value FileLayer::automaticConfig(llvm::StringRef maker, SourceRange place) {
  Interpreter &in = session.in;
  const Value *found = type.find("__init__");
  const auto *function = found ? found->as<eval::Function>() : nullptr;
  std::vector<eval::KeywordArgument> arguments = given.keywords;
  std::vector<eval::Signature::Parameter> parameters;
  if (function)
    parameters = function->signature.parameters;
  for (auto [i, argument] : llvm::enumerate(given.positional))
    if (i + 1 < parameters.size())
      arguments.push_back({parameters[i + 1].name, argument.place, argument.value, argument.place});
  for (const eval::KeywordArgument &argument : arguments)
    if (!isPlain(in, argument.value, place)) {
      in.report(Code::InvalidArgument, place,
                "{} makes '{}' again, and Keras does not know how: `{}` is {}", maker,
                operation->name, argument.name, argument.value.inWords())
          .note(operation->place, "it is made here")
          .help("define `get_config` in `{}`: a dict of what `__init__` takes", type.name);
      return Value::error();
    }
  auto takes = [&](llvm::StringRef name) {
    return llvm::any_of(parameters, [&](const eval::Signature::Parameter &parameter) {
      return parameter.name == name || parameter.kind == ast::Parameter::Kind::VarKeywords;
    });
  };
  for (const char *name : {"name", "trainable", "dtype"})
    if (function && !takes(name)) {
      in.report(Code::InvalidArgument, place,
                "{} makes '{}' again, with its `{}`, which `__init__` of `{}` does not take", maker,
                operation->name, name, type.name)
          .note(function->place, "it is defined here")
          .help("take `**kwargs` and hand them on: `super().__init__(**kwargs)`");
      return Value::error();
    }
  Arguments none{place, place, {}, {}};
  Value config = in.call(*FileLayer::member(in, "get_config"), none);
  if (auto *dict = config.as<eval::Dict>())
    for (const eval::KeywordArgument &argument : arguments)
      dict->set(in.heap.str(argument.name),
                argument.name == "name" ? Value(in.heap.str(operation->name)) : argument.value);
  return config;
}

Value FileLayer::again(llvm::StringRef maker, SourceRange place) {
  Interpreter &in = session.in;
  if (!session.registered.contains(&type)) {
    in.report(Code::InvalidArgument, place,
              "{} makes '{}' again, and Keras only finds classes for that which are registered: "
              "`{}` is not",
              maker, operation->name, type.name)
        .note(type.place, "it is defined here")
        .help("write `@keras.saving.register_keras_serializable()` above the class");
    return Value::error();
  }
  Value config;
  if (hasOwnConfig()) {
    Arguments none{place, place, {}, {}};
    auto method = attribute(in, "get_config", place);
    config = method ? in.call(*method, none) : Value::error();
  } else {
    config = automaticConfig(maker, place);
  }
  if (config.isError())
    return config;
  Value fromConfig = in.attribute(Value(&type), "from_config", place);
  if (fromConfig.isError())
    return fromConfig;
  Arguments arguments{place, place, {{config, place}}, {}};
  Value made = in.call(fromConfig, arguments);
  if (made.isError() || made.as<FileLayer>())
    return made;
  in.report(Code::InvalidArgument, place, "`from_config` of `{}` returns {}, expected a layer",
            type.name, made.inWords());
  return Value::error();
}

std::optional<Value> layerClassMember(Interpreter &in, eval::Class &type, llvm::StringRef name) {
  return name == "from_config" ? std::optional(fromConfigMethod(in, Value(&type), type.name))
                               : std::nullopt;
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
  if (auto value =
          hasTensorsOfCalls() ? tensorAttribute(in, *operation, name, place) : std::nullopt)
    return value;
  if (auto value = special("__getattr__", {in.heap.str(name.str())}, place))
    return value;
  // What `call` would have left there, had it not been passed over.
  return hasSkippedCall ? std::optional(Value::error()) : std::nullopt;
}

bool FileLayer::setAttribute(Interpreter &in, llvm::StringRef name, Value value,
                             SourceRange place) {
  if (setProperty(name, value, place))
    return true;
  // Old code replaces the list; the weights are in it already.
  if (name == "_trainable_weights" || name == "_non_trainable_weights" ||
      name == "trainable_weights" || name == "non_trainable_weights")
    return true;
  if (name == "trainable" || name == "dtype_policy")
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
  setOwn(name, value);
  return true;
}

std::vector<std::string> FileLayer::attributeNames() const {
  std::vector<std::string> all = names();
  llvm::append_range(all, weightAttributeNames());
  if (hasTensorsOfCalls())
    llvm::append_range(all, tensorAttributeNames());
  llvm::append_range(all, layerAttributeNames());
  all.insert(all.end(), {"add_weight", "call", "get_config", "supports_masking"});
  return all;
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
    // `super().from_config(config)` has no object yet.
    if (auto *type = self.as<eval::Class>())
      return classMember(*type, name);
    auto *layer = self.as<FileLayer>();
    auto value = layer ? layer->FileLayer::member(in, name) : std::nullopt;
    return value ? value : NativeClass::boundMember(in, self, name);
  }
  std::optional<Value> classMember(eval::Class &type, llvm::StringRef name) override {
    return layerClassMember(in, type, name);
  }
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<Layer>() || value.as<Model>();
  }
  bool hasMethod(llvm::StringRef name) const override {
    return NativeClass::hasMethod(name) ||
           llvm::is_contained(
               {"build", "call", "compute_mask", "compute_output_shape", "get_config"}, name);
  }

private:
  Session &session;
};

} // namespace

void addLayerClass(Catalogue &catalogue) {
  auto *layer = catalogue.session.in.heap.make<LayerClass>(catalogue.session);
  layer->setBases({static_cast<eval::Class *>(catalogue.session.in.builtin("object").getObject())});
  catalogue.layers->members["Layer"] = catalogue.keras->members["Layer"] = layer;
  for (auto &member : catalogue.layers->members)
    if (auto *maker = member.second.as<LayerMaker>()) {
      maker->session = &catalogue.session;
      maker->layerClass = layer;
    }
}

} // namespace rondo::keras
