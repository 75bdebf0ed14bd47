//===- Layer.cpp - What all layers share ----------------------------------===//
//
// The options that every layer has, and what all calls of layers do.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Layer.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Constraints.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/OldNames.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Regularizers.h"
#include "frontend/keras/Slips.h"
#include "frontend/keras/Weight.h"
#include "llvm/ADT/ScopeExit.h"

namespace rondo::keras {

std::string readLayerName(Config &config) {
  const BoundArguments::Slot &slot = config.get("name");
  if (slot.value.isNone())
    return "";
  const auto *text = slot.value.as<eval::Str>();
  if (text && !text->text.empty() && text->text.find('/') == std::string::npos)
    return text->text;
  config.reject(slot, "name", "text without `/`");
  return "";
}

/// Whether a parameter is one that every layer has: these come by name only, `input_dim` of
/// `Embedding` does not.
static bool isCommon(const eval::Signature::Parameter &parameter) {
  return parameter.kind == ast::Parameter::Kind::KeywordOnly &&
         llvm::is_contained({"name", "trainable", "dtype", "autocast", "input_shape", "input_dim",
                             "activity_regularizer"},
                            parameter.name);
}

/// The input that `input_shape=(10, 8)` or `input_dim=8` declares.
static std::function<Tensor *()> readDeclaredInput(Config &config) {
  bool hasDim = llvm::any_of(config.arguments.signature.parameters, [](const auto &parameter) {
    return parameter.name == "input_dim" && isCommon(parameter);
  });
  const BoundArguments::Slot &shape = config.get("input_shape");
  const BoundArguments::Slot &dim = hasDim ? config.get("input_dim") : shape;
  if (!shape.given && !dim.given)
    return nullptr;
  Session &session = config.session;
  // The shapes that `build` of a layer of several inputs is given: Keras minds where it needs one.
  const auto *shapes = shape.value.as<eval::Sequence>();
  if (shapes && llvm::any_of(shapes->elements, [](Value v) { return v.as<eval::Sequence>(); }))
    return [&session, shape, callee = config.arguments.signature.callee]() -> Tensor * {
      session.in.report(Code::InvalidArgument, shape.place,
                        "`input_shape` of `{}`, with which a `Sequential` begins, is a tuple of "
                        "integers, got {}",
                        callee, shape.value.inWords());
      return nullptr;
    };
  std::vector<int64_t> sizes;
  if (shape.given)
    sizes = config.integers("input_shape").value_or(sizes);
  else
    sizes = {config.positiveInteger("input_dim")};
  for (int64_t size : sizes)
    if (size != -1 && size <= 0)
      config.reject(shape, "input_shape", "a tuple of positive integers and None");
  SourceRange place = shape.given ? shape.place : dim.place;
  const auto *batched = shape.value.as<BatchedShape>();
  const int64_t batch = batched ? batched->batch : -1;
  return [&session, place, sizes, batch] { return makeInput(session, sizes, place, "", batch); };
}

Layer::Layer(Config &config, llvm::StringRef className)
    : session(config.session), operation(config.session.makeOperation(
                                   className, readLayerName(config), config.arguments.place)) {
  operation->isLayer = true;
  operation->object = this;
  operation->trainable = config.boolean("trainable");
  declaredInput = readDeclaredInput(config);
  operation->policy = readPolicy(config, session.policy);
  for (auto [parameter, slot] :
       llvm::zip(config.arguments.signature.parameters, config.arguments.slots)) {
    if (!isCommon(parameter))
      settings.push_back({parameter.name, slot.value});
    if (parameter.name == "activation")
      adoptActivation(slot.value.as<Layer>());
  }
  for (const eval::Signature::Parameter &parameter : config.arguments.signature.parameters) {
    llvm::StringRef name = parameter.name;
    if (name == "activity_regularizer")
      activityRegularizer = readRegularizer(config, parameter.name);
    else if (name.consume_back("_regularizer"))
      regularizers.push_back({name.str(), readRegularizer(config, parameter.name)});
    else if (name.consume_back("_constraint"))
      constraints.push_back({name.str(), readConstraint(config, parameter.name)});
  }
}

void Layer::adoptActivation(Layer *layer) {
  activationLayer = layer;
  if (!layer)
    return;
  // As in Keras, `trainable=False` of the constructor is not passed on, setting it later is.
  operation->onTrainable = [this](bool value) {
    for (Variable *variable : operation->variables)
      variable->trainable = value && !variable->isStatistic;
    activationLayer->operation->setTrainable(value);
  };
}

/// What is given under a name, or null.
template <typename T>
static const T *givenFor(const std::vector<std::pair<std::string, const T *>> &all,
                         llvm::StringRef option) {
  for (const auto &[name, given] : all)
    if (option == name)
      return given;
  return nullptr;
}

Layer::Layer(Session &session, llvm::StringRef className, SourceRange place)
    : session(session), operation(session.makeUnnamed(className, place)) {
  operation->isLayer = true;
  operation->object = this;
}

std::vector<std::pair<const Variable *, std::string>> Layer::storedPaths() const {
  std::vector<std::pair<const Variable *, std::string>> paths;
  std::map<std::string, unsigned> counts;
  std::vector<Variable *> ofActivation;
  if (activationLayer)
    ofActivation = activationLayer->weights();
  for (const Variable *variable : operation->variables) {
    if (llvm::is_contained(ofActivation, variable))
      continue;
    // What a recurrent layer keeps its variables in is its attribute `cell`.
    bool inCell = llvm::StringRef(variable->ownPath).contains('/');
    std::string group = inCell ? "cell/vars" : "vars";
    paths.push_back({variable, fmt::format("{}/{}", group, counts[group]++)});
  }
  if (!ofActivation.empty())
    for (const auto &[variable, path] : activationLayer->storedPaths())
      paths.push_back({variable, "activation/" + path});
  return paths;
}

std::string Layer::repr(unsigned) const {
  return fmt::format("<{} '{}'>", operation->className, operation->name);
}

eval::Object *Layer::typeObject(Interpreter &in) const {
  const auto *layers =
      in.findModule ? dynamic_cast<eval::Module *>(in.findModule("keras.layers")) : nullptr;
  return layers ? layers->members.lookup(operation->className).getObject() : nullptr;
}

std::optional<Value> Layer::attribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
  if (auto value = layerAttribute(in, *operation, name))
    return value;
  if (auto value = weightAttribute(*this, name))
    return value;
  if (auto value = tensorAttribute(in, *operation, name, place))
    return value;
  if (auto value = maskAttribute(in, *this, name))
    return value;
  if (name == "call" || name == "__call__")
    return Value(in.heap.make<Native>(
        name.str(), "*args, **kwargs",
        [this](Interpreter &in, BoundArguments &bound) {
          Arguments arguments{bound.place, bound.calleePlace, bound.rest, bound.restKeywords};
          return call(in, arguments);
        },
        Native::Opaques::Pass));
  return settingAttribute(*this, name);
}

std::vector<std::string> Layer::attributeNames() const {
  std::vector<std::string> names = layerAttributeNames();
  llvm::append_range(names, weightAttributeNames());
  llvm::append_range(names, tensorAttributeNames());
  llvm::append_range(names, settingNames(*this));
  return names;
}

bool Layer::setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) {
  return setLayerAttribute(in, *operation, name, value, place);
}

/// A shape, or data, in place of a tensor.
static bool isListOfNumbers(Value value) {
  const auto *sequence = value.as<eval::Sequence>();
  return sequence && llvm::all_of(sequence->elements, [](Value element) {
           return element.isInt() || element.isFloat() || element.isNone();
         });
}

std::optional<std::vector<Tensor *>> flattenTensors(Session &session, Value value,
                                                    SourceRange place, llvm::StringRef callee) {
  std::vector<Tensor *> tensors;
  std::vector<Value> pending{value};
  // Nested lists end: each level that is unfolded counts as work.
  while (!pending.empty() && session.in.step(place)) {
    Value next = pending.back();
    pending.pop_back();
    if (Tensor *tensor = next.as<Tensor>()) {
      tensors.push_back(tensor);
    } else if (const auto *sequence = next.as<eval::Sequence>()) {
      pending.insert(pending.end(), sequence->elements.rbegin(), sequence->elements.rend());
    } else if (const auto *dict = next.as<eval::Dict>()) {
      // Keras flattens a dict in the order of its sorted keys.
      for (const eval::Dict::Entry &item : llvm::reverse(eval::sortedItems(*dict)))
        pending.push_back(item.value);
    } else if (next.isError()) {
      return std::nullopt;
    } else if (next.as<eval::NdArray>()) {
      // Positions for instance: `embedding(ops.arange(length))`.
      Value constant = constantOf(session, {next, place}, callee.str());
      if (!constant.as<Tensor>())
        return std::nullopt;
      tensors.push_back(constant.as<Tensor>());
    } else {
      diagnostics::Diagnostic &diagnostic =
          session.in.report(Code::NotATensor, place, "{} takes symbolic tensors, got {}", callee,
                            (isListOfNumbers(value) ? value : next).inWords());
      helpWithTensor(diagnostic, next);
      if (next.isInt() && value.as<eval::Tuple>())
        diagnostic.help("`keras.Input(shape={})` makes a tensor of this shape", value.inWords());
      return std::nullopt;
    }
  }
  if (session.in.isHalted())
    return std::nullopt;
  return tensors;
}

Value valueByPhase(Session &session, Value inference, Value training, SourceRange place,
                   const std::string &what) {
  if (inference.isError() || training.isError())
    return Value::error();
  Interpreter &in = session.in;
  auto mismatch = [&] {
    return in.mistake(Code::ShapeMismatch, place, "{} gives {} in training, and {} in use", what,
                      training.inWords(), inference.inWords());
  };
  if (Tensor *used = inference.as<Tensor>()) {
    Tensor *trained = training.as<Tensor>();
    bool fits = trained && used->rank() == trained->rank();
    for (size_t axis = 0; fits && axis < used->rank(); ++axis)
      fits = session.unify(used->size(axis), trained->size(axis));
    if (!fits)
      return mismatch();
    if (used->value == trained->value)
      return used;
    GraphBuilder graph(session, place, session.traceName(), what);
    Tensor *chosen = graph.byPhase(graph.toFloat(used), graph.toFloat(trained));
    if (used->element == trained->element && used->element == ElementKind::Int)
      chosen = graph.toInt(chosen);
    if (used->element == trained->element && used->element == ElementKind::Bool)
      chosen = graph.toBool(chosen);
    chosen->runMask = used->runMask;
    return chosen;
  }
  const auto *used = inference.as<eval::Sequence>(), *trained = training.as<eval::Sequence>();
  if (used && trained && used->elements.size() == trained->elements.size()) {
    std::vector<Value> elements;
    for (auto [first, second] : llvm::zip_equal(used->elements, trained->elements)) {
      elements.push_back(valueByPhase(session, first, second, place, what));
      if (elements.back().isError())
        return Value::error();
    }
    return inference.as<eval::Tuple>() ? Value(in.heap.tuple(std::move(elements)))
                                       : Value(in.heap.list(std::move(elements)));
  }
  const auto *first = inference.as<eval::Dict>(), *second = training.as<eval::Dict>();
  if (first && second && first->size() == second->size()) {
    eval::Dict *result = in.heap.make<eval::Dict>();
    for (const eval::Dict::Entry &entry : first->items()) {
      const Value *other = second->find(entry.key);
      Value chosen = other ? valueByPhase(session, entry.value, *other, place, what) : mismatch();
      if (chosen.isError())
        return Value::error();
      result->set(entry.key, chosen);
    }
    return result;
  }
  // The same number in both, or nothing.
  return eval::equal(inference, training) ? inference : mismatch();
}

Value mapTensors(Interpreter &in, Value value, llvm::function_ref<Tensor *(Tensor *)> change) {
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

bool Layer::collectInputs(Interpreter &in, Value value, SourceRange place, LayerCall &call) {
  call.isList = value.as<eval::Sequence>() || value.as<eval::Dict>();
  auto tensors = flattenTensors(session, value, place, "`" + typeName() + "`");
  if (!tensors)
    return false;
  call.inputs = std::move(*tensors);
  if (arity() == Arity::List && !call.isList) {
    in.report(Code::InputCount, place, "`{}` is called on a list of tensors, got one tensor",
              typeName())
        .help("write `{}(…)([a, b])`", typeName());
    return false;
  }
  if (arity() == Arity::One && call.inputs.size() != 1) {
    diagnostics::Diagnostic &diagnostic = in.report(
        Code::InputCount, place, "`{}` takes one tensor, got {}", typeName(), call.inputs.size());
    // States were elements of the list until Keras 3.
    if (call.inputs.size() > 1 && llvm::StringRef(callParameters()).contains("initial_state"))
      diagnostic.help("states are passed by name: `initial_state=[…]`");
    helpWithTensors(diagnostic, call.inputs);
    return false;
  }
  return llvm::all_of(call.inputs,
                      [&](const Tensor *tensor) { return session.checkTrace(tensor, place); });
}

Value Layer::call(Interpreter &in, Arguments &arguments) {
  if (auto unknown = in.swallowInside(arguments)) {
    operation->hasFailed |= unknown->isError();
    return *unknown;
  }
  auto fails = llvm::make_scope_exit([&] { operation->hasFailed = true; });
  bool isTraced = session.currentTrace() != 0;
  if (isTraced && !session.tracesLayer() && !isFunction()) {
    in.report(Code::LayerInLambda, arguments.place,
              "the layer `{}` is called inside {}: its weights would not be the model's",
              typeName(), session.traceDescription())
        .help("call the layer outside and give its result to a Lambda");
    return Value::error();
  }
  // Only recurrent layers have a second argument that is a tensor.
  bool takesList = arity() == Arity::List;
  if (llvm::StringRef(callParameters()).starts_with("inputs, training") &&
      reportSpreadTensors(in, typeName(), arguments, takesList))
    return Value::error();
  if (arguments.positional.empty() && arguments.keywords.empty()) {
    in.report(Code::MissingArgument, arguments.place, "'{}' is called on nothing", operation->name)
        .help("a layer is called on a tensor: `{}(…)(x)`", operation->className);
    return Value::error();
  }
  eval::Signature signature = in.heap.signature("", callParameters());
  signature.callee = operation->name;
  auto bound = eval::bind(in, signature, arguments);
  if (!bound)
    return Value::error();
  GraphBuilder graph(session, arguments.place, isTraced ? session.traceName() : operation->name,
                     "`" + typeName() + "`");
  LayerCall call{graph, {}, false, *bound, arguments.place};
  const BoundArguments::Slot &first = bound->slots.front();
  if (!collectInputs(in, first.value, first.place, call))
    return Value::error();
  // A default, False of attention for instance, says nothing.
  BoundArguments::Slot *training = bound->has("training") ? &(*bound)["training"] : nullptr;
  bool saysTraining = training && training->given;
  call.training =
      readTraining(session, saysTraining ? training->value : Value(), /*passesOn=*/!isBareCall);
  if (saysTraining && !training->value.isNone() && !training->value.isError()) {
    if (!training->value.as<TrainingPhase>() && !training->value.isBool()) {
      in.report(Code::InvalidArgument, training->place,
                "`training` of a call is True, False or None, got {}", training->value.inWords());
      return Value::error();
    }
    training->value = Value();
  }
  MaskFlow masks(*this, call, arguments);
  if (!masks.hand())
    return Value::error();
  std::vector<Tensor *> inputs = call.inputs;
  std::vector<Tensor *> results;
  {
    Session::NameScope scope(session, *operation);
    results = apply(call);
  }
  if (session.tracesLayer())
    session.uses.push_back({operation, {}, operation->name, arguments.place});
  if (results.empty() || llvm::is_contained(results, nullptr))
    return Value::error();
  // Each result is a tensor of its own, even where the layer changes nothing.
  std::vector<Tensor *> outputs;
  for (Tensor *result : results)
    outputs.push_back(session.makeResult(result, operation, operation->name, arguments.place));
  // States and other tensors among the arguments are inputs as well.
  for (const BoundArguments::Slot &slot : llvm::drop_begin(bound->slots))
    if (slot.given && !slot.value.isError() && !slot.value.isNone())
      if (auto more = flattenTensors(session, slot.value, slot.place, "`" + typeName() + "`"))
        inputs.insert(inputs.end(), more->begin(), more->end());
  masks.pass(outputs);
  llvm::append_range(inputs, masks.nodeInputs);
  // Those of `super().call` are the results of the layer of the file.
  if (!isBareCall)
    addActivityLosses(graph, activityRegularizer, outputs);
  fails.release();
  if (isTraced) {
    operation->innerOutputs = outputs;
  } else {
    Node *node = session.makeNode(operation, std::move(inputs), outputs, arguments.place);
    node->effects = std::exchange(session.effects, {});
    node->arguments = arguments;
    node->hasMasks = !masks.nodeInputs.empty();
  }
  return structure(call, outputs);
}

Value Layer::structure(const LayerCall &, const std::vector<Tensor *> &outputs) const {
  if (outputs.size() == 1)
    return outputs.front();
  return session.in.heap.tuple(std::vector<Value>(outputs.begin(), outputs.end()));
}

std::optional<bool> readTraining(Session &session, Value training, bool passesOn) {
  if (!session.trainingArguments.empty()) {
    Value &around = session.trainingArguments.back();
    if (!training.isBool())
      training = around;
    else if (passesOn)
      around = training;
  }
  return training.isBool() ? std::optional(*training.asInteger() != 0) : std::nullopt;
}

Tensor *Layer::whileTraining(LayerCall &call, Tensor *x,
                             llvm::function_ref<Tensor *(Tensor *x)> change) {
  if (!x)
    return nullptr;
  if (call.training)
    return *call.training ? change(x) : x;
  return call.graph.byPhase(x, change(x));
}

Variable *Layer::findVariable(llvm::StringRef path) const {
  auto found = llvm::find_if(operation->variables,
                             [&](const Variable *variable) { return variable->ownPath == path; });
  return found == operation->variables.end() ? nullptr : *found;
}

Tensor *Layer::variable(LayerCall &call, llvm::StringRef path, llvm::ArrayRef<int64_t> shape,
                        mlir::DictionaryAttr initializer, llvm::StringRef option) {
  if (const Variable *variable = findVariable(path)) {
    if (llvm::ArrayRef(variable->shape) == shape)
      return call.graph.variable(*variable);
    auto text = [](llvm::ArrayRef<int64_t> sizes) {
      return "(" +
             llvm::join(llvm::map_range(sizes, [](int64_t n) { return std::to_string(n); }), ", ") +
             ")";
    };
    diagnostics::Diagnostic &diagnostic =
        session.in
            .report(Code::SharedLayerShape, call.place,
                    "'{}' is shared, and its `{}` would be {} here but is {}", operation->name,
                    path, text(shape), text(variable->shape))
            .help("a layer that is used twice takes inputs with the same number of features");
    if (!operation->uses.empty() && !operation->uses.front()->inputs.empty())
      diagnostic.note(operation->uses.front()->place, "first it is called on {}, here on {}",
                      operation->uses.front()->inputs.front()->shapeInWords(),
                      call.inputs.front()->shapeInWords());
    return nullptr;
  }
  Variable *made = session.makeVariable(*operation, path, shape, initializer, operation->place);
  if (option.empty())
    option = path.substr(path.rfind('/') + 1);
  made->regularizer = givenFor(regularizers, option);
  constrain(call.graph, *made, givenFor(constraints, option));
  return call.graph.variable(*made);
}

Value Layer::traceFunction(LayerCall &call, llvm::StringRef what,
                           const BoundArguments::Slot &function, llvm::ArrayRef<Tensor *> inputs,
                           bool isList, std::vector<eval::KeywordArgument> keywords,
                           std::string words, bool ownsLayers) {
  Session::Trace trace(session, operation->name, what, function.place, std::move(words),
                       ownsLayers);
  std::vector<Value> inside;
  for (Tensor *input : inputs)
    inside.push_back(session.makeInside(input));
  Value argument = isList ? Value(session.in.heap.list(inside)) : inside.front();
  Arguments arguments{call.place, function.place, {{argument, call.place}}, std::move(keywords)};
  return session.in.call(function.value, arguments);
}

std::string Layer::activationInWords(const BoundArguments::Slot &activation) const {
  // What is too long to quote goes without its value.
  constexpr size_t maxLength = 40;
  llvm::StringRef text = activation.place.text();
  if (!activation.given || text.size() > maxLength || text.contains('\n'))
    return fmt::format("the activation of '{}'", operation->name);
  return fmt::format("`activation={}`", text);
}

Tensor *Layer::activate(LayerCall &call, const BoundArguments::Slot &activation, Tensor *x,
                        bool mayBeLayer) {
  if (!x || activation.value.isNone())
    return x;
  size_t errors = session.in.engine.errorCount();
  const bool isOwned = mayBeLayer && activationLayer;
  Value result = traceFunction(call, "the activation of", activation, {x}, /*isList=*/false, {},
                               activationInWords(activation), isOwned);
  if (isOwned)
    for (Variable *variable : activationLayer->weights())
      if (!llvm::is_contained(operation->variables, variable))
        operation->variables.push_back(variable);
  Tensor *tensor = result.as<Tensor>();
  if (!tensor && session.in.engine.errorCount() == errors)
    session.in.report(Code::LambdaResult, activation.place,
                      "the activation of '{}' returns {}, expected a symbolic tensor",
                      operation->name,
                      result.isNone() ? "None" : "a value of type " + result.typeName());
  return tensor;
}

void Layer::helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *) const {
  if (const char *help = rankHelp())
    diagnostic.help("{}", help);
}

void SequenceLayer::helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const {
  helpWithSequence(diagnostic, x, /*isOneMend=*/true);
}

bool Layer::checkRank(LayerCall &call, const Tensor *x, size_t least, size_t most) {
  if (x->rank() >= least && x->rank() <= most)
    return true;
  diagnostics::Diagnostic &diagnostic = session.in.report(
      Code::RankMismatch, call.place, "`{}` takes a tensor of {} axes{}, got '{}' of shape {}",
      typeName(), least, most > least ? " or more" : "", x->origin, x->shape());
  helpWithRank(diagnostic, x);
  return false;
}

std::optional<int64_t> Layer::staticSize(LayerCall &call, const Tensor *x, size_t axis) {
  auto size = session.resolve(x->axes[axis].size).getConstant();
  if (!size)
    session.in
        .report(Code::DynamicSize, call.place,
                "`{}` needs a fixed number of {}, and axis {} of '{}' of shape {} is only known "
                "when the model runs",
                typeName(), describe(x->axes[axis].meaning), axis, x->origin, x->shape())
        .help("give the size in `Input(shape=…)` instead of None");
  return size;
}

} // namespace rondo::keras
