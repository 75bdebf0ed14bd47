//===- LayerAttributes.cpp - What a file can ask a layer ------------------===//
//
// The tensors that a layer has met, `input` and `output`, and what its constructor was
// given, `units`. Follows keras/src/ops/operation.py and the constructors of layers.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Subclassing.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

namespace {

/// What a layer calls its tensors, and the names of their shapes until Keras 3.
struct TensorAttribute {
  llvm::StringRef name, shape;
  std::vector<Tensor *> Node::*tensors;
};

const TensorAttribute tensorAttributes[] = {{"input", "input_shape", &Node::inputs},
                                            {"output", "output_shape", &Node::outputs}};

/// One tensor by itself, several as a list.
Value asStructure(Interpreter &in, const std::vector<Tensor *> &tensors) {
  if (tensors.size() == 1)
    return tensors.front();
  return in.heap.list(std::vector<Value>(tensors.begin(), tensors.end()));
}

/// The call of an operation that its tensors are of; null after a report.
const Node *onlyUse(Interpreter &in, const Operation &operation, llvm::StringRef name,
                    SourceRange place) {
  const std::vector<Node *> &uses = operation.uses;
  if (uses.empty()) {
    bool isInside = !operation.innerOutputs.empty();
    diagnostics::Diagnostic &diagnostic =
        isInside ? in.report(Code::UnknownAttribute, place,
                             "'{}' is only called inside another layer, and has no `{}`",
                             operation.name, name)
                 : in.report(Code::UnknownAttribute, place, "'{}' is never called, and has no `{}`",
                             operation.name, name);
    diagnostic.note(operation.place, "it is made here");
    if (isInside)
      diagnostic.help("the layer around it can return the tensor as well");
    else
      diagnostic.help("a layer has an `{}` once it is called on a tensor", name);
    in.pythonSays("The layer {} has never been called and thus has no defined {}.", operation.name,
                  name);
    return nullptr;
  }
  if (uses.size() > 1)
    in.report(Code::SharedLayerTensor, place,
              "'{}' is called {} times, and `{}` is that of its first call", operation.name,
              uses.size(), name)
        .note(uses[0]->place, "the first call")
        .note(uses[1]->place, "the second one")
        .help("keep the tensor of the call that is meant in a variable, and use that");
  return uses.front();
}

} // namespace

std::optional<Value> tensorAttribute(Interpreter &in, const Operation &operation,
                                     llvm::StringRef name, SourceRange place) {
  for (const TensorAttribute &attribute : tensorAttributes) {
    bool isShape = name == attribute.shape;
    if ((name != attribute.name && !isShape) || (isShape && in.isAsking))
      continue;
    if (operation.hasFailed && operation.uses.empty())
      return Value::error();
    const Node *use = onlyUse(in, operation, attribute.name, place);
    if (!use)
      return Value::error();
    Value tensors = asStructure(in, use->*attribute.tensors);
    if (!isShape)
      return tensors;
    in.report(Code::OldKerasName, place, "`{}` of a layer is `{}.shape` in Keras 3", name,
              attribute.name)
        .fix(place, (attribute.name + ".shape").str());
    return shapeOfTensors(in, tensors, place);
  }
  return std::nullopt;
}

std::vector<std::string> tensorAttributeNames() {
  std::vector<std::string> names;
  for (const TensorAttribute &attribute : tensorAttributes)
    names.push_back(attribute.name.str());
  return names;
}

Value shapeOfTensors(Interpreter &in, Value tensors, SourceRange place) {
  const auto *sequence = tensors.as<eval::Sequence>();
  if (!sequence)
    return in.attribute(tensors, "shape", place);
  std::vector<Value> shapes;
  for (Value tensor : sequence->elements)
    shapes.push_back(shapeOfTensors(in, tensor, place));
  return in.heap.list(std::move(shapes));
}

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

namespace {

std::optional<Value> settingOf(const Layer &layer, llvm::StringRef name) {
  for (const auto &[parameter, value] : layer.settings)
    if (parameter == name)
      return value;
  return std::nullopt;
}

/// A setting as Keras keeps it, where that is not always what was given.
Value asKept(const Layer &layer, llvm::StringRef name, Value value) {
  Session &session = layer.session;
  eval::Heap &heap = session.in.heap;
  auto isOneOf = [&](std::initializer_list<llvm::StringRef> names) {
    return llvm::is_contained(names, name);
  };
  if (isOneOf({"activation", "recurrent_activation"})) {
    Value function = activationFunction(session, value, layer.operation->place);
    return function.isNone() ? session.activations->members.lookup("linear") : function;
  }
  if (name == "strides" && value.isNone())
    value = settingOf(layer, "pool_size").value_or(value);
  // One size for each axis that a window moves along.
  if (isOneOf({"kernel_size", "pool_size", "strides", "dilation_rate"}) && value.isInt())
    return heap.tuple({value});
  if (isOneOf({"padding", "cropping"}) && value.isInt())
    return heap.tuple({value, value});
  const auto *sequence = value.as<eval::Sequence>();
  bool isShape = isOneOf({"kernel_size", "pool_size", "strides", "dilation_rate", "padding",
                          "cropping", "dims", "target_shape"});
  if (sequence && isShape)
    return heap.tuple(sequence->elements);
  if (name == "data_format" && value.isNone())
    return heap.str("channels_last");
  if (name == "value_dim" && value.isNone())
    return settingOf(layer, "key_dim").value_or(value);
  return value;
}

/// Whether Keras keeps the setting to itself.
bool isPrivate(const Layer &layer, llvm::StringRef name) {
  const llvm::StringRef className = layer.operation->className;
  if (llvm::is_contained({"LSTM", "GRU", "SimpleRNN"}, className))
    return name == "seed";
  const bool isOfWeights = name.ends_with("_initializer") || name.ends_with("_regularizer") ||
                           name.ends_with("_constraint");
  return name == "output_shape" ||
         (isOfWeights &&
          llvm::is_contained({"MultiHeadAttention", "GroupQueryAttention"}, className));
}

/// `get_config()`: what makes such a layer again.
Value configOf(Interpreter &in, const Layer &layer) {
  eval::Dict *config = in.heap.make<eval::Dict>();
  config->set(in.heap.str("name"), in.heap.str(layer.operation->name));
  config->set(in.heap.str("trainable"), Value::boolean(layer.operation->trainable));
  config->set(in.heap.str("dtype"), policyConfig(in, layer.operation->policy));
  for (const auto &[parameter, value] : layer.settings)
    config->set(in.heap.str(parameter), value);
  return config;
}

} // namespace

std::optional<Value> settingAttribute(const Layer &layer, llvm::StringRef name) {
  if (name == "get_config")
    return Value(layer.session.in.heap.make<Native>(
        "get_config", "",
        [&layer](Interpreter &in, BoundArguments &) { return configOf(in, layer); }));
  auto setting = isPrivate(layer, name) ? std::nullopt : settingOf(layer, name);
  return setting ? std::optional(asKept(layer, name, *setting)) : std::nullopt;
}

static Value objectFromConfig(Interpreter &in, Value type, llvm::StringRef name,
                              BoundArguments &arguments) {
  const BoundArguments::Slot &config = arguments["config"];
  const auto *dict = config.value.as<eval::Dict>();
  Arguments call{arguments.place, arguments.calleePlace, {}, {}};
  for (const eval::Dict::Entry &entry : dict ? dict->items() : std::vector<eval::Dict::Entry>())
    call.keywords.push_back({entry.key.str(), config.place, entry.value, config.place});
  if (dict)
    return in.call(type, call);
  in.report(Code::TypeMismatch, config.place, "`from_config` of `{}` takes a dict, got {}", name,
            config.value.typeName());
  return Value::error();
}

Value fromConfigMethod(Interpreter &in, Value type, std::string name) {
  return in.heap.make<Native>(
      "from_config", "config, /",
      [type, name = std::move(name)](Interpreter &in, BoundArguments &arguments) {
        return objectFromConfig(in, type, name, arguments);
      });
}

std::optional<Value> PlainBase::classMember(Class &type, llvm::StringRef member) {
  return layerClassMember(in, type, member);
}

std::vector<std::string> settingNames(const Layer &layer) {
  std::vector<std::string> names{"get_config"};
  for (const auto &entry : layer.settings)
    names.push_back(entry.first);
  return names;
}

} // namespace rondo::keras
