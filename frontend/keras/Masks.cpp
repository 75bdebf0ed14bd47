//===- Masks.cpp - Which steps of a sequence count ------------------------===//
//
// A layer is handed the mask of its input if that is the only tensor of the call; what
// its results get is up to its compute_mask. Keras does this twice: when the file makes
// the graph, where masks are operations with names, and when the model runs. A mask that
// was an argument in the graph stays one, others are looked for again.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Masks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Model.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {

Tensor *MaskCall::made(llvm::StringRef className, std::vector<Tensor *> inputs, Tensor *value) {
  if (!value || !isNamed)
    return value;
  Session &session = graph.session;
  Operation *operation = session.makeOperation(className, "", call.place);
  Tensor *result = session.makeResult(value, operation, graph.name, call.place);
  session.makeNode(operation, std::move(inputs), {result}, call.place);
  return result;
}

Tensor *MaskCall::either(Tensor *a, Tensor *b) {
  return made("LogicalOr", {a, b}, buildLogicalOr(graph, a, b));
}

Tensor *anyOverLast(GraphBuilder &graph, Tensor *condition) {
  if (!condition)
    return nullptr;
  Tensor *any =
      graph.reduce(ReduceKind::max, graph.toFloat(condition), {int64_t(condition->rank()) - 1});
  return graph.toBool(any);
}

Tensor *zeroWhereMasked(GraphBuilder &graph, Tensor *mask, Tensor *x) {
  return graph.select(graph.toBool(mask), x, graph.scalar(0.0));
}

bool checkMask(LayerCall &call, const Tensor *mask, const Tensor *x, size_t axis) {
  GraphBuilder &graph = call.graph;
  Session &session = graph.session;
  if (session.unify(*mask, {x->axes[0], x->axes[axis]}))
    return true;
  session.in
      .report(Code::ShapeMismatch, call.place,
              "the mask of {} is one of steps, of shape ({}, {}), got '{}' of shape {}",
              graph.callee, x->size(0).str(), x->size(axis).str(), mask->origin, mask->shape())
      .note(mask->place, "it is made here");
  return false;
}

bool maskOfValues(GraphBuilder &graph, const Tensor &output, const Tensor &values,
                  const std::string &what, SourceRange place, Tensor *&mask) {
  Session &session = graph.session;
  mask = nullptr;
  if (values.rank() == 0)
    return true;
  mask = graph.toFloat(graph.toBool(output.runMask));
  if (!mask && output.mask)
    session.in
        .warn(Code::MaskIgnored, place,
              "{} counts all steps of '{}', also those that '{}' masks: in Keras a "
              "MultiHeadAttention takes the masks of its tensors away when the model runs",
              what, output.origin, output.mask->origin)
        .note(output.mask->place, "the mask is made here")
        .help("weights of samples, 0 for the steps that are padding, leave them out");
  if (!mask)
    return true;
  if (session.unify(*mask, values.axes))
    return true;
  session.in
      .report(Code::ShapeMismatch, place,
              "{} makes values of shape {} of '{}', whose mask has shape {}", what, values.shape(),
              output.origin, mask->shape())
      .note(output.runMask->place, "the mask is made here")
      .help("`keras.layers.Lambda(lambda y: y)` in front of the output ends the mask");
  return false;
}

const Tensor *firstMask(const Masks &masks) {
  auto found = llvm::find_if(masks, [](const Tensor *mask) { return mask; });
  return found == masks.end() ? nullptr : *found;
}

void warnDropped(Session &session, const Operation &layer, const Masks &masks, SourceRange place) {
  const Tensor *mask = firstMask(masks);
  session.in
      .warn(Code::MaskDropped, place,
            "'{}' does not pass on the mask of '{}': from here on all steps count", layer.name,
            mask->origin)
      .note(mask->place, "the mask is made here")
      .help("put what is to leave steps out, such as a recurrent layer or "
            "`GlobalAveragePooling1D`, in front of '{}'",
            layer.name);
}

bool usesMasks(Value value) {
  if (const auto *model = value.as<Model>())
    return llvm::any_of(model->operations, [](const Operation *operation) {
      return operation->object && usesMasks(Value(operation->object));
    });
  const auto *layer = value.as<Layer>();
  return layer && (layer->takesMask() || llvm::any_of(layer->ownLayers(), usesMasks));
}

//===----------------------------------------------------------------------===//
// Around a call
//===----------------------------------------------------------------------===//

MaskFlow::MaskFlow(Layer &layer, LayerCall &call, const Arguments &arguments)
    : layer(layer), call(call), session(layer.session), isTraced(session.currentTrace() != 0),
      isAlone(!call.isList && arguments.positional.size() == 1 && arguments.keywords.empty()),
      isNamed(arguments.find("mask")) {
  for (Tensor *input : call.inputs) {
    built.push_back(input->mask);
    run.push_back(input->runMask);
  }
}

bool MaskFlow::readGiven(const BoundArguments::Slot &slot) {
  if (!layer.takesMask()) {
    session.in.report(Code::UnknownArgument, slot.place, "`{}` takes no `mask`", layer.typeName())
        .help("{}", layer.supportsMasking()
                        ? "it computes the same for all steps, and passes on the mask of its input"
                        : "Keras has no masks for it");
    return false;
  }
  const auto *several = slot.value.as<eval::Sequence>();
  bool takesSeveral = layer.arity() == Layer::Arity::List;
  std::vector<Value> values = several ? several->elements : std::vector<Value>{slot.value};
  for (Value value : values) {
    Tensor *mask = value.as<Tensor>();
    if (mask && !session.checkTrace(mask, slot.place))
      return false;
    if (const auto *array = value.as<eval::NdArray>())
      mask = makeConstant(call.graph, *array);
    if ((!mask && !value.isNone()) || bool(several) != takesSeveral) {
      if (!value.isError())
        session.in.report(Code::NotATensor, slot.place, "`mask` of `{}` is {}, got {}",
                          layer.typeName(),
                          takesSeveral ? "a list of tensors, one for each input" : "a tensor",
                          slot.value.inWords());
      return false;
    }
    call.masks.push_back(mask);
    if (mask && mask->node)
      nodeInputs.push_back(mask);
  }
  // By position it is an argument like others: what comes after the layer has the mask of its
  // input.
  if (isNamed)
    built = run = call.masks;
  return true;
}

const BoundArguments::Slot *MaskFlow::otherTensor() const {
  for (const BoundArguments::Slot &slot : llvm::drop_begin(call.arguments.slots)) {
    const auto *several = slot.value.as<eval::Sequence>();
    if (slot.value.as<Tensor>() ||
        (several && !several->elements.empty() && several->elements.front().as<Tensor>()))
      return &slot;
  }
  return nullptr;
}

void MaskFlow::warnIgnored(const BoundArguments::Slot &other) {
  const Tensor *mask = firstMask(run);
  size_t index = &other - call.arguments.slots.data();
  const std::string &name = call.arguments.signature.parameters[index].name;
  session.in
      .warn(Code::MaskIgnored, call.place,
            "'{}' is called with `{}`, and Keras hands over no mask then: the steps that '{}' "
            "masks count as well",
            layer.operation->name, name, mask->origin)
      .note(mask->place, "the mask is made here")
      .help("hand it over by name: `mask=mask`, which `mask = layer.compute_mask(x)` of the layer "
            "that makes it gives");
}

bool MaskFlow::hand() {
  if (call.arguments.has("mask")) {
    BoundArguments::Slot &slot = call.arguments["mask"];
    if (slot.value.isError())
      return false;
    if (!slot.value.isNone()) {
      bool isRead = readGiven(slot);
      slot.value = Value();
      return isRead;
    }
  }
  if (!layer.takesMask() || layer.isBareCall)
    return true;
  if (const BoundArguments::Slot *other = otherTensor()) {
    if (firstMask(run))
      warnIgnored(*other);
    return true;
  }
  call.masks = run;
  if (isAlone && !isTraced && built.front()) {
    call.masks = built;
    if (built.front()->node)
      nodeInputs.push_back(built.front());
  }
  run = call.masks;
  return true;
}

void MaskFlow::pass(const std::vector<Tensor *> &results) {
  if (layer.isBareCall)
    return;
  if (!layer.supportsMasking()) {
    if (firstMask(run) || firstMask(built))
      warnDropped(session, *layer.operation, firstMask(run) ? run : built, call.place);
    return;
  }
  auto give = [&](bool isNamed, const Masks &given) {
    MaskCall masks(call, isNamed);
    Masks made = layer.computeMask(masks, given);
    made.resize(results.size());
    return made;
  };
  Masks made;
  if (!isTraced) {
    made = give(/*isNamed=*/true, built);
    for (auto [result, mask] : llvm::zip_equal(results, made))
      result->mask = mask;
  }
  if (isTraced || run != built)
    made = give(/*isNamed=*/false, run);
  for (auto [result, mask] : llvm::zip_equal(results, made))
    result->runMask = mask;
}

std::optional<Value> maskAttribute(Interpreter &in, Layer &layer, llvm::StringRef name) {
  if (name == "supports_masking")
    return Value::boolean(layer.supportsMasking());
  if (name != "compute_mask")
    return std::nullopt;
  return Value(in.heap.make<Native>(
      "compute_mask", "inputs, mask=None",
      [&layer](Interpreter &in, BoundArguments &arguments) -> Value {
        if (!layer.supportsMasking())
          return arguments["mask"].value;
        Session &session = layer.session;
        const BoundArguments::Slot &inputs = arguments["inputs"], &mask = arguments["mask"];
        auto tensors = flattenTensors(session, inputs.value, inputs.place, "`compute_mask`");
        if (!tensors || tensors->empty())
          return Value::error();
        Masks masks(tensors->size());
        const auto *several = mask.value.as<eval::Sequence>();
        for (size_t i = 0; i < masks.size(); ++i)
          if (!several)
            masks[i] = i == 0 ? mask.value.as<Tensor>() : nullptr;
          else if (i < several->elements.size())
            masks[i] = several->elements[i].as<Tensor>();
        GraphBuilder graph(session, arguments.place, layer.operation->name,
                           "`" + layer.typeName() + "`");
        LayerCall call{graph, *tensors, inputs.value.as<eval::Sequence>() != nullptr, arguments,
                       arguments.place};
        MaskCall maskCall(call, session.currentTrace() == 0);
        Masks made = layer.computeMask(maskCall, masks);
        return made.empty() || !made.front() ? Value() : Value(made.front());
      }));
}

} // namespace rondo::keras
