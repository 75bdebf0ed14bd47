//===- FileLayerCalls.cpp - Calls of layers of the file -------------------===//
//
// What a call of an object of `class X(keras.layers.Layer)` does: `build` before the
// first one, then `call`, traced into the graph. Follows keras/src/layers/layer.py.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Constants.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Weight.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

using eval::BoundMethod;
using Slot = BoundArguments::Slot;

/// One call, with its tensors as the trace sees them.
struct FileLayer::Call {
  const eval::Function *function = nullptr;
  eval::Signature signature;
  Arguments arguments;
  /// The tensors of the caller.
  std::vector<Tensor *> inputs;
  /// "inputs" and what was given for it, for each parameter with tensors.
  std::vector<std::pair<std::string, Value>> tensorArguments;
  /// What is given for the first parameter, and its masks in the same structure: in the file's
  /// graph, and when the model runs.
  Value first, built, run;
  /// What it says of training, None where it says nothing.
  Value training;
  /// Masks that are arguments of the call in the graph.
  std::vector<Tensor *> nodeMasks;
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

bool FileLayer::readArguments(Arguments arguments, Call &call) {
  Interpreter &in = session.in;
  call.signature.callee = operation->name;
  call.signature.parameters = call.function->signature.parameters;
  if (!call.signature.parameters.empty() &&
      call.signature.parameters.front().kind != ast::Parameter::Kind::VarArgs)
    call.signature.parameters.erase(call.signature.parameters.begin());
  // What every call may say: layers that do not ask for it do not hear it, but those inside do.
  auto takes = [&](llvm::StringRef name) {
    return llvm::any_of(call.signature.parameters, [&](const eval::Signature::Parameter &p) {
      return p.name == name || p.kind == ast::Parameter::Kind::VarKeywords;
    });
  };
  if (const eval::KeywordArgument *training = arguments.find("training"))
    call.training = training->value;
  if (!takes("training"))
    arguments.drop("training");
  for (PlacedValue &argument : arguments.positional)
    if (argument.value.as<eval::NdArray>())
      argument.value = constantOf(session, argument, "'" + operation->name + "'");
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
                operation->name, value.inWords());
      return false;
    }
    diagnostics::Diagnostic &diagnostic = in.report(
        Code::InvalidArgument, argument.place,
        "a layer is called on tensors; '{}' gets {} by position", operation->name, value.inWords());
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
              operation->name, first.inWords());
    return false;
  }
  call.arguments = std::move(arguments);
  if (!bound->slots.empty())
    call.first = bound->slots.front().value;
  handMasks(*bound, call);
  return true;
}

Value masksOf(Interpreter &in, Value value, Tensor *Tensor::*which) {
  if (const auto *sequence = value.as<eval::Sequence>()) {
    std::vector<Value> masks;
    for (Value element : sequence->elements)
      masks.push_back(masksOf(in, element, which));
    return in.heap.list(std::move(masks));
  }
  const Tensor *tensor = value.as<Tensor>();
  return tensor && tensor->*which ? Value(tensor->*which) : Value();
}

Masks flattened(Value masks) {
  if (const auto *sequence = masks.as<eval::Sequence>()) {
    Masks all;
    for (Value element : sequence->elements)
      llvm::append_range(all, flattened(element));
    return all;
  }
  return {masks.as<Tensor>()};
}

static bool hasMask(Value masks) { return firstMask(flattened(masks)); }

void FileLayer::handMasks(const BoundArguments &bound, Call &call) {
  Interpreter &in = session.in;
  bool isTraced = session.currentTrace() != 0;
  call.built = masksOf(in, call.first, &Tensor::mask);
  call.run = masksOf(in, call.first, &Tensor::runMask);
  auto slotOf = [&](llvm::StringRef name) -> const Slot * {
    for (auto [i, parameter] : llvm::enumerate(call.signature.parameters))
      if (parameter.name == name && parameter.kind != ast::Parameter::Kind::VarKeywords)
        return &bound.slots[i];
    return nullptr;
  };
  auto hand = [&](llvm::StringRef parameter, Value mask) {
    call.arguments.drop(parameter);
    SourceRange place = call.arguments.place;
    if (!mask.isNone())
      call.arguments.keywords.push_back({parameter.str(), place, mask, place});
  };
  if (const Slot *slot = slotOf("mask"); slot && !slot->value.isNone() && slot->given) {
    // By position it is an argument like others: Keras looks for it among those with names.
    if (call.arguments.find("mask"))
      call.built = call.run = slot->value;
  } else if (slot && call.tensorArguments.size() == 1) {
    const Arguments &given = call.arguments;
    bool isAlone = !isTraced && given.positional.size() == 1 && given.keywords.empty() &&
                   call.first.as<Tensor>();
    if (isAlone && hasMask(call.built)) {
      call.run = call.built;
      if (Tensor *mask = call.built.as<Tensor>(); mask->node)
        call.nodeMasks.push_back(mask);
    }
    if (hasMask(call.run))
      hand("mask", call.run);
  } else if (call.tensorArguments.size() > 1) {
    for (const auto &[argument, value] : call.tensorArguments)
      if (const Slot *own = slotOf(argument + "_mask"); own && own->value.isNone())
        hand(argument + "_mask", masksOf(in, value, &Tensor::runMask));
  }
}

void FileLayer::passMasks(const Call &call, const std::vector<Tensor *> &outputs) {
  Interpreter &in = session.in;
  SourceRange place = call.arguments.place;
  auto supports = attribute(in, "supports_masking", place);
  if (!supports || !in.truth(*supports).value_or(false)) {
    // What took the mask and leaves no steps has done with it all there is to do.
    bool takesMask = llvm::any_of(call.signature.parameters, [](const auto &parameter) {
      return llvm::StringRef(parameter.name).ends_with("mask");
    });
    bool isOfSteps = llvm::any_of(flattened(hasMask(call.run) ? call.run : call.built),
                                  [](const Tensor *mask) { return mask && mask->rank() == 2; });
    bool isLost = isOfSteps && llvm::any_of(outputs, [&](const Tensor *output) {
                    bool hasSteps = llvm::any_of(
                        output->axes, [](const Axis &axis) { return axis.is(AxisMeaning::Time); });
                    return !output->runMask && (hasSteps || !takesMask);
                  });
    if (isLost && (hasMask(call.run) || hasMask(call.built)))
      warnDropped(session, *operation, flattened(hasMask(call.run) ? call.run : call.built), place);
    return;
  }
  bool isTraced = session.currentTrace() != 0;
  bool isInGraph = !isTraced && (hasMask(call.built) || !hasMask(call.run));
  Value masks = isInGraph ? call.built : call.run;
  if (auto computes = attribute(in, "compute_mask", place)) {
    Arguments arguments{place, place, {{call.first, place}, {masks, place}}, {}};
    masks = in.call(*computes, arguments);
    // The same steps of all samples.
    if (masks.as<eval::NdArray>() && !outputs.empty())
      masks = constantOf(session, {masks, place}, "`compute_mask`");
    Tensor *mask = masks.as<Tensor>();
    if (mask && mask->rank() == 2 && isOne(mask->size(0)) && outputs.front()->rank() > 1) {
      GraphBuilder graph(session, place, operation->name, "`compute_mask`");
      masks = graph.broadcast(graph.toBool(graph.squeeze(mask, {0})),
                              {outputs.front()->axes[0], mask->axes[1]}, {1});
    }
  }
  Masks made = flattened(masks);
  made.resize(outputs.size());
  for (auto [output, mask] : llvm::zip_equal(outputs, made)) {
    if (isInGraph)
      output->mask = mask;
    if (!output->runMask)
      output->runMask = mask;
  }
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
  // It runs once and for all calls, whatever is being called while it does.
  llvm::SaveAndRestore active(activeCalls, 0u);
  Session::Trace outside(session);
  Session::NameScope scope(session, *operation);
  bool succeeds =
      !function ||
      !session.in.call(eval::bindMember(session.in.heap, *function, self, &type), arguments)
           .isError();
  isBuilt = true;
  findLayers(arguments.place);
  return succeeds;
}

bool FileLayer::buildOnce(Value shape, SourceRange place) {
  Arguments arguments{place, place, {{shape, place}}, {}};
  return isBuilt || build(arguments);
}

bool FileLayer::buildFor(const Call &call) {
  Interpreter &in = session.in;
  const Value *found = type.find("build");
  const auto *function = found ? found->as<eval::Function>() : nullptr;
  if (!isBuilt && !function && !call.tensorArguments.empty()) {
    Value shape = shapeOfValue(in, call.tensorArguments.front().second, call.arguments.place);
    return buildBase(shape, call.arguments.place);
  }
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

static Masks runMasksOf(const std::vector<Tensor *> &tensors) {
  Masks masks;
  for (const Tensor *tensor : tensors)
    masks.push_back(tensor->runMask);
  return masks;
}

/// Takes back that masks are taken away by what is traced once more.
static void giveBack(const std::vector<Tensor *> &tensors, const Masks &masks) {
  for (auto [tensor, mask] : llvm::zip_equal(tensors, masks))
    tensor->runMask = mask;
}

Value FileLayer::trace(Call &call) {
  // The call's own argument, that of the layer around, or nothing that is known.
  Value training = call.training;
  if (saysNothing(training) && !session.trainingArguments.empty())
    training = session.trainingArguments.back();
  if (!saysNothing(training))
    return traceOnce(call, training);
  Interpreter &in = session.in;
  auto *phase = in.heap.make<TrainingPhase>();
  Interpreter::Checkpoint before(in);
  const Effects effects = session.effects;
  const llvm::DenseSet<const eval::Object *> broken = session.brokenClasses;
  const std::vector<Value> around = session.trainingArguments;
  const Masks masks = runMasksOf(call.inputs);
  Value result = traceOnce(call, phase);
  if (!phase->wasMet || !before.hasErrorsSince() || in.isHalted())
    return result;
  // It asks: what has been traced is of no use.
  session.trainingArguments = around;
  before.goBack();
  session.effects = effects;
  session.brokenClasses = broken;
  giveBack(call.inputs, masks);
  return traceBoth(call, call.arguments.place);
}

Value FileLayer::traceBoth(Call &call, SourceRange place) {
  Interpreter &in = session.in;
  const std::vector<Value> around = session.trainingArguments;
  const Masks masks = runMasksOf(call.inputs);
  Effects before = std::exchange(session.effects, {}), effects[2];
  Value results[2];
  // Use comes last: what the layer keeps as attributes is of that.
  for (bool isTraining : {true, false}) {
    Call own = call;
    giveBack(call.inputs, masks);
    results[isTraining] = traceOnce(own, Value::boolean(isTraining));
    effects[isTraining] = std::exchange(session.effects, {});
  }
  session.effects = std::move(before);
  session.trainingArguments = around;
  if (results[0].isError() || results[1].isError())
    return Value::error();
  if (!effects[0].states.empty() || !effects[1].states.empty())
    return in.mistake(Code::NotSupportedYet, place,
                      "a condition on `training` beside stateful layers in the `call` of '{}' is "
                      "not supported yet",
                      operation->name);
  llvm::append_range(session.effects.warnings, effects[0].warnings);
  GraphBuilder graph(session, place, operation->name, "`" + typeName() + "`");
  auto total = [&](const Effects &own) {
    Tensor *sum = graph.scalar(0.0);
    for (Tensor *loss : own.losses)
      sum = graph.binary<AddOp>(sum, loss);
    return sum;
  };
  if (!effects[0].losses.empty() || !effects[1].losses.empty())
    session.effects.losses.push_back(graph.byPhase(total(effects[0]), total(effects[1])));
  return valueByPhase(session, results[0], results[1], place,
                      "`call` of '" + operation->name + "'");
}

Value FileLayer::traceOnce(Call &call, Value training) {
  Interpreter &in = session.in;
  SourceRange place = call.arguments.place;
  if (eval::KeywordArgument *given = call.arguments.find("training"))
    given->value = training;
  else if (call.signature.has("training"))
    call.arguments.keywords.push_back({"training", place, training, place});

  session.trainingArguments.push_back(training);
  ++activeCalls;
  Value result;
  std::vector<std::pair<Tensor *, Tensor *>> masked; // outside and inside
  {
    Session::NameScope scope(session, *operation);
    Session::Trace trace(session, operation->name, "the layer", {}, "", /*layersMayBeCalled=*/true);
    auto inside = [&](Tensor *tensor) {
      if (dynamic_cast<Weight *>(tensor))
        return tensor;
      Tensor *argument = session.makeInside(tensor);
      if (tensor->runMask) {
        argument->runMask = session.makeInside(tensor->runMask);
        masked.push_back({tensor, argument});
      }
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
    if (result.as<eval::NdArray>())
      result = constantOf(session, {result, call.function->place}, "'" + operation->name + "'");
    std::vector<Tensor *> results;
    if (!result.isError() && !collectTensors(result, call.function->place, results))
      result = Value::error();
  }
  // They are one tensor to Keras: what takes its mask away inside does so outside.
  for (auto [tensor, argument] : masked)
    if (!argument->runMask)
      tensor->takeMask();
  --activeCalls;
  // What was said last counts for what the layer around calls next, as in Keras.
  training = session.trainingArguments.back();
  session.trainingArguments.pop_back();
  if (!session.trainingArguments.empty())
    session.trainingArguments.back() = training;
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
  if (auto unknown = in.swallowInside(arguments))
    return *unknown;
  const Value *override = type.find("__call__");
  if (override && activeCalls == 0) {
    llvm::SaveAndRestore active(activeCalls, activeCalls + 1);
    return BoundMethod(Value(self), *override).call(in, arguments);
  }
  auto fails = llvm::make_scope_exit([&] { operation->hasFailed = true; });
  bool isOutermost = session.currentTrace() == 0;
  if (!isOutermost && !session.tracesLayer()) {
    in.report(Code::LayerInLambda, arguments.place,
              "the layer `{}` is called inside {}: its weights would not be the model's",
              typeName(), session.traceDescription())
        .help("call the layer outside and give its result to a Lambda");
    return Value::error();
  }
  Call call;
  // One message about a mistake in `call` is enough, however often that runs.
  hasSkippedCall = arguments.hasError() || !checkInitialized(arguments.place) ||
                   !(call.function = callFunction(arguments.place)) ||
                   !readArguments(arguments, call) || session.brokenClasses.contains(&type);
  if (hasSkippedCall)
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
    hasSkippedCall = true;
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
    Tensor *output = session.makeResult(tensor, operation, operation->name, arguments.place);
    if (const Tensor *mask = tensor->runMask)
      output->runMask =
          session.makeTensor(mask->value, mask->axes, mask->element, mask->origin, mask->place);
    outputs.push_back(output);
    return output;
  });
  if (!isBareCall) {
    passMasks(call, outputs);
    GraphBuilder graph(session, arguments.place, operation->name, "`" + typeName() + "`");
    addActivityLosses(graph, activityRegularizer, outputs);
  }
  llvm::append_range(call.inputs, call.nodeMasks);
  fails.release();
  if (isOutermost) {
    Node *node = session.makeNode(operation, call.inputs, outputs, arguments.place);
    node->effects = std::exchange(session.effects, {});
    node->arguments = arguments;
    node->hasMasks = !call.nodeMasks.empty();
    connect(call.inputs, result, outputs);
  } else {
    operation->innerOutputs = outputs;
    session.uses.push_back({operation, {}, operation->name, arguments.place});
  }
  return result;
}

} // namespace rondo::keras
