//===- Weight.cpp - Weights as the file sees them -------------------------===//
//
// Attributes of weights, and those of layers that are about weights.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Weight.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/LayerAttributes.h"
#include "llvm/Support/SaveAndRestore.h"
#include <numeric>

namespace rondo::keras {

static Axes axesOf(const Variable &variable) {
  Axes axes;
  for (int64_t size : variable.shape)
    axes.push_back({DimExpr(size), AxisMeaning::Features, variable.owner});
  return axes;
}

Weight::Weight(Session &session, Variable &variable)
    : Tensor(session, variable.value, axesOf(variable), ElementKind::Float, variable.path,
             variable.owner->place, Session::everywhere),
      variable(variable) {}

std::string Weight::repr(unsigned) const {
  return fmt::format("<Variable '{}' of shape {}>", variable.path, shape());
}

std::optional<Value> Weight::attribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
  if (name == "path")
    return Value(in.heap.str(variable.path));
  if (name == "name")
    return Value(in.heap.str(llvm::StringRef(variable.path).rsplit('/').second.str()));
  if (name == "trainable")
    return Value::boolean(variable.trainable);
  if (name == "value")
    return Value(this);
  // At the top of a file it only says what the variable starts with.
  if (name == "assign" && session.currentTrace() == 0)
    return Value(in.heap.make<Native>(
        "assign", "value",
        [this](Interpreter &in, BoundArguments &arguments) {
          warnOfInitialWeights(in, arguments.place,
                               fmt::format("what `assign` gives '{}'", variable.path));
          return Value(this);
        },
        Native::Opaques::Pass));
  if (isUnsupported(name)) {
    in.report(Code::NotSupportedYet, place, "`{}` of a weight is not supported yet", name)
        .help("what a layer computes is a function of its inputs and weights; the optimizer "
              "changes weights");
    return std::nullopt;
  }
  return Tensor::attribute(in, name, place);
}

bool Weight::setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) {
  if (name != "trainable")
    return false;
  in.noteModelChange();
  std::optional<bool> truth = in.truth(in.asCondition(value, place));
  if (truth && *truth && variable.isStatistic)
    in.report(Code::NotSupportedYet, place,
              "'{}' is counted from the data: training it is not supported", variable.path);
  else if (truth)
    variable.trainable = *truth;
  return true;
}

std::vector<std::string> Weight::attributeNames() const {
  std::vector<std::string> names = Tensor::attributeNames();
  names.insert(names.end(), {"path", "trainable", "value"});
  return names;
}

bool Weight::isUnsupported(llvm::StringRef name) const {
  return name == "assign" || name == "assign_add" || name == "assign_sub" || name == "numpy";
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

static Value shapedTensors(Session &session, Value shapes, SourceRange place, bool mayBeList) {
  Interpreter &in = session.in;
  const auto *sequence = shapes.as<eval::Sequence>();
  if (shapes.isError() || !sequence) {
    if (!shapes.isError())
      in.report(Code::InvalidArgument, place, "a shape is a tuple of integers and None, got {}",
                shapes.inWords());
    return Value::error();
  }
  bool isList = mayBeList && llvm::any_of(sequence->elements, [](Value element) {
                  return element.as<eval::Sequence>();
                });
  if (isList) {
    std::vector<Value> tensors;
    for (Value element : sequence->elements) {
      Value tensor = shapedTensors(session, element, place, /*mayBeList=*/false);
      if (tensor.isError())
        return tensor;
      tensors.push_back(tensor);
    }
    return in.heap.list(std::move(tensors));
  }
  Axes axes;
  for (Value element : sequence->elements) {
    auto size = element.asInteger();
    if (!element.isNone() && !(size && *size > 0)) {
      in.report(Code::InvalidArgument, place, "a shape is a tuple of integers and None, got {}",
                shapes.inWords());
      return Value::error();
    }
    bool isBatch = axes.empty();
    axes.push_back({size      ? DimExpr(*size)
                    : isBatch ? DimExpr::symbol(Session::batchSymbol)
                              : session.makeSymbol(),
                    isBatch ? AxisMeaning::Batch : AxisMeaning::Unknown});
  }
  return session.makeSource(std::move(axes), ElementKind::Float, "input", place);
}

Value shapedTensors(Session &session, Value shapes, SourceRange place) {
  return shapedTensors(session, shapes, place, /*mayBeList=*/true);
}

namespace {

/// What the layer gives for tensors of the shape `input_shape`, of which nothing is used.
Value callOnShape(Layer &layer, BoundArguments &arguments, llvm::StringRef what) {
  Session &session = layer.session;
  const BoundArguments::Slot &shape = arguments["input_shape"];
  Session::Trace trace(session, layer.operation->name, what, {}, "", /*layersMayBeCalled=*/true);
  llvm::SaveAndRestore effects(session.effects, {});
  // What begins a Sequential without any shape needs none: an Embedding.
  Value known = shape.value.isNone() && layer.likelyInput
                    ? Value(session.in.heap.tuple({Value(), Value()}))
                    : shape.value;
  Value inputs = shapedTensors(session, known, shape.place);
  if (inputs.isError())
    return inputs;
  Arguments call{arguments.place, arguments.calleePlace, {{inputs, shape.place}}, {}};
  layer.addStates(call);
  return session.in.call(Value(&layer), call);
}

/// `layer.build(shape)`
Value build(Layer &layer, BoundArguments &arguments) {
  return callOnShape(layer, arguments, "the building of").isError() ? Value::error() : Value();
}

/// `layer.compute_output_shape(shape)`
Value computeOutputShape(Layer &layer, BoundArguments &arguments) {
  Value result = callOnShape(layer, arguments, "the shape of");
  return result.isError() ? result : shapeOfTensors(layer.session.in, result, arguments.place);
}

bool isBuilt(const Layer &layer) {
  return !layer.operation->uses.empty() || !layer.operation->variables.empty() ||
         !layer.operation->innerOutputs.empty();
}

Value countParameters(Layer &layer, SourceRange place) {
  if (!isBuilt(layer) && layer.weights().empty()) {
    if (!layer.operation->hasFailed)
      layer.session.in
          .report(Code::ValueMismatch, place, "'{}' has no weights before it is called",
                  layer.operation->name)
          .note(layer.operation->place, "it is made here")
          .help("call it on a tensor first, or build it: `layer.build((None, …))`");
    return Value::error();
  }
  int64_t count = 0;
  for (const Variable *variable : layer.weights())
    count += std::accumulate(variable->shape.begin(), variable->shape.end(), int64_t(1),
                             std::multiplies<>());
  return Value::integer(count);
}

/// `layer.set_weights([…])`: what variables hold comes with them when the model runs.
Value setWeights(Interpreter &in, Layer &layer, BoundArguments &arguments) {
  const BoundArguments::Slot &given = arguments["weights"];
  if (given.value.isError())
    return Value::error();
  const auto *list = given.value.as<eval::Sequence>();
  const size_t count = layer.weights().size();
  if (list && list->elements.size() != count && !layer.operation->hasFailed) {
    diagnostics::Diagnostic &diagnostic =
        in.report(Code::InvalidArgument, given.place,
                  "`set_weights` of '{}' takes {}, one for each weight, got {}",
                  layer.operation->name, eval::plural(count, "array"), list->elements.size());
    if (!isBuilt(layer))
      diagnostic.help("it has no weights before it is called on a tensor, or built: "
                      "`layer.build((None, …))`");
    return Value::error();
  }
  warnOfInitialWeights(in, arguments.place,
                       fmt::format("what `set_weights` gives '{}'", layer.operation->name));
  return Value();
}

const std::pair<const char *, std::optional<bool>> weightLists[] = {
    {"weights", std::nullopt},        {"variables", std::nullopt},
    {"trainable_weights", true},      {"trainable_variables", true},
    {"non_trainable_weights", false}, {"non_trainable_variables", false}};

} // namespace

std::optional<Value> weightList(Session &session, llvm::ArrayRef<Variable *> variables,
                                llvm::StringRef name,
                                llvm::function_ref<bool(const Variable &)> isTrainable) {
  for (const auto &[list, trainable] : weightLists) {
    if (name != list)
      continue;
    std::vector<Value> weights;
    for (Variable *variable : variables)
      if (!trainable || isTrainable(*variable) == *trainable)
        weights.push_back(session.in.heap.make<Weight>(session, *variable));
    return Value(session.in.heap.list(std::move(weights)));
  }
  return std::nullopt;
}

bool isWeightList(llvm::StringRef name) {
  return llvm::any_of(weightLists, [&](const auto &list) { return name == list.first; });
}

std::optional<Value> weightAttribute(Layer &layer, llvm::StringRef name) {
  eval::Heap &heap = layer.session.in.heap;
  if (auto list = weightList(layer.session, layer.weights(), name, [&](const Variable &variable) {
        return variable.trainable && layer.operation->trainable;
      }))
    return list;
  if (name == "built")
    return Value::boolean(isBuilt(layer));
  if (name == "build")
    return Value(heap.make<Native>(
        "build", layer.likelyInput ? "input_shape=None" : "input_shape",
        [&layer](Interpreter &, BoundArguments &arguments) { return build(layer, arguments); }));
  if (name == "compute_output_shape")
    return Value(heap.make<Native>("compute_output_shape", "input_shape",
                                   [&layer](Interpreter &, BoundArguments &arguments) {
                                     return computeOutputShape(layer, arguments);
                                   }));
  if (name == "count_params")
    return Value(
        heap.make<Native>("count_params", "", [&layer](Interpreter &, BoundArguments &arguments) {
          return countParameters(layer, arguments.place);
        }));
  if (name == "get_weights")
    return Value(heap.make<Native>("get_weights", "", [](Interpreter &in, BoundArguments &) {
      return Value(in.heap.make<eval::Opaque>("layer.get_weights"));
    }));
  if (name == "set_weights")
    return Value(heap.make<Native>(
        "set_weights", "weights",
        [&layer](Interpreter &in, BoundArguments &arguments) {
          return setWeights(in, layer, arguments);
        },
        Native::Opaques::Pass));
  for (Variable *variable : layer.operation->variables)
    if (variable->ownPath == name)
      return Value(heap.make<Weight>(layer.session, *variable));
  return std::nullopt;
}

std::vector<std::string> weightAttributeNames() {
  std::vector<std::string> names{"built",        "build",       "compute_output_shape",
                                 "count_params", "get_weights", "set_weights"};
  for (const auto &entry : weightLists)
    names.push_back(entry.first);
  return names;
}

} // namespace rondo::keras
