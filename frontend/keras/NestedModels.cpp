//===- NestedModels.cpp - Models as layers of other models ----------------===//
//
// Calling a model clones its ops from inputs to outputs with the caller's tensors
// and sizes in place of its own. Its weights are the same wherever it is called. Where
// those tensors have masks, or the call says `training`, its layers are called again:
// what they do depends on that.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/CloneOps.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Model.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

class ModelCall {
public:
  ModelCall(Model &model, SourceRange place) : model(model), session(model.session), place(place) {}

  /// Matches the tensors with the model's inputs. False after a report.
  bool bindInputs(std::vector<Tensor *> &tensors) {
    if (tensors.size() != model.inputs.size()) {
      session.in.report(Code::InputCount, place, "the model '{}' takes {}, got {}", model.name,
                        eval::plural(model.inputs.size(), "tensor"), tensors.size());
      return false;
    }
    GraphBuilder graph(session, place, model.name, "`" + model.name + "`");
    for (auto [input, tensor] : llvm::zip_equal(model.inputs, tensors)) {
      if (input->element == ElementKind::Float)
        tensor = graph.toFloat(tensor);
      else
        tensor = input->element == ElementKind::Int ? graph.toInt(tensor) : graph.toBool(tensor);
      if (!bindSizes(*input, *tensor))
        return false;
      bindMeanings(*input, *tensor);
      mapping.map(input->value, tensor->value);
    }
    return true;
  }

  std::vector<Tensor *> cloneOutputs() {
    llvm::SmallVector<mlir::Value> values;
    for (const Model::Output &output : model.outputs) {
      values.push_back(output.run->value);
      if (const Tensor *mask = output.run->runMask)
        values.push_back(mask->value);
    }
    for (const Tensor *loss : model.effects.losses)
      values.push_back(loss->value);
    std::vector<StateUse> uses;
    for (const StateUse *use : model.effects.states) {
      uses.push_back(copyOf(*use));
      llvm::append_range(values, use->after);
    }
    for (mlir::Operation *clone :
         cloneOps(session, session.builder, values, mapping, change, Phase::Both))
      clone->setLoc(session.location(place, model.name));
    std::vector<Tensor *> results;
    for (const Model::Output &output : model.outputs) {
      results.push_back(copyOf(*output.run));
      // A mask that is made inside comes out when the model runs; the graph does not know it.
      if (const Tensor *mask = output.run->runMask)
        results.back()->runMask = copyOf(*mask);
    }
    for (const Tensor *loss : model.effects.losses)
      session.effects.losses.push_back(copyOf(*loss));
    for (StateUse &use : uses) {
      for (mlir::Value &value : use.after)
        value = mapping.lookupOrDefault(value);
      session.effects.states.push_back(session.keep(std::move(use)));
    }
    return results;
  }

  /// The same by calling the layers again on `tensors`, which `bindInputs` has seen, with the masks
  /// of those that were given; `training` is what the call says, of all that is inside. Empty after
  /// a report.
  std::vector<Tensor *> callAgain(const std::vector<Tensor *> &tensors,
                                  const std::vector<Tensor *> &given,
                                  std::optional<bool> training) {
    saysTraining = training.has_value();
    std::vector<Tensor *> inside;
    {
      Session::Trace trace(session, model.name, "the model", {}, "", /*layersMayBeCalled=*/true);
      // What they use is the model's, which the caller uses.
      llvm::SaveAndRestore uses(session.uses, {});
      llvm::SaveAndRestore around(session.trainingArguments);
      if (training)
        session.trainingArguments.push_back(Value::boolean(*training));
      for (auto [input, tensor, original] : llvm::zip_equal(model.inputs, tensors, given)) {
        Tensor *&copy = copies[input];
        copy = session.makeInside(tensor);
        if (!original->runMask)
          continue;
        copy->runMask = session.makeInside(original->runMask);
        masked[input] = original;
      }
      bool succeeds = llvm::all_of(model.nodes, [&](const Node *node) {
        return node->operation->isInput || callAgain(*node);
      });
      if (!succeeds)
        return {};
      for (const Model::Output &output : model.outputs)
        inside.push_back(copies.lookup(output.tensor));
    }
    auto outside = [&](const Tensor *tensor) {
      return session.makeTensor(tensor->value, tensor->axes, tensor->element, model.name, place);
    };
    std::vector<Tensor *> results;
    for (const Tensor *tensor : inside) {
      results.push_back(outside(tensor));
      if (tensor->runMask)
        results.back()->runMask = outside(tensor->runMask);
    }
    return results;
  }

private:
  /// Calls a layer on copies of what it was called on, or clones what an operator computes. False
  /// after a report.
  bool callAgain(const Node &node) {
    for (const Tensor *input : node.inputs) {
      const Tensor *origin = masked.lookup(input);
      if (!origin)
        continue;
      if (node.hasMasks)
        return reportMasks(node, *origin);
      for (const Tensor *output : node.outputs)
        masked[output] = origin;
    }
    if (!node.arguments) {
      for (const Tensor *input : node.inputs)
        if (const Tensor *copy = copies.lookup(input))
          mapping.map(input->value, copy->value);
      llvm::SmallVector<mlir::Value> values;
      for (const Tensor *output : node.outputs)
        values.push_back(output->value);
      cloneOps(session, session.builder, values, mapping, change, Phase::Both);
      for (const Tensor *output : node.outputs)
        copies[output] = copyOf(*output);
      return true;
    }
    auto copy = [&](Tensor *tensor) {
      Tensor *found = copies.lookup(tensor);
      return found ? found : tensor;
    };
    Arguments arguments = *node.arguments;
    // As in Keras, the model's own counts.
    if (saysTraining)
      arguments.drop("training");
    for (PlacedValue &argument : arguments.positional)
      argument.value = mapTensors(session.in, argument.value, copy);
    for (eval::KeywordArgument &argument : arguments.keywords)
      argument.value = mapTensors(session.in, argument.value, copy);
    // The mask that Keras handed over when the file called the layer is an argument from then on.
    if (node.hasMasks && arguments.positional.size() == 1 && arguments.keywords.empty())
      arguments.keywords.push_back({"mask", node.place, copy(node.inputs.back()), node.place});
    Value result = session.in.call(Value(node.operation->object), arguments);
    auto results = flattenTensors(session, result, place, "the model '" + model.name + "'");
    if (!results || results->size() != node.outputs.size())
      return false;
    for (auto [output, tensor] : llvm::zip_equal(node.outputs, *results))
      copies[output] = tensor;
    return true;
  }

  /// A call that was given a mask when the model was made keeps to that, in Keras, but the mask of
  /// what it computes with would be another one here.
  bool reportMasks(const Node &node, const Tensor &origin) {
    session.in
        .report(Code::NotSupportedYet, place,
                "the model '{}' is called on '{}', which has a mask, and has masks of its own "
                "behind that: that is not supported yet",
                model.name, origin.origin)
        .note(origin.runMask->place, "the mask is made here")
        .note(node.place, "the model's own is used here");
    return false;
  }

  /// A use of the same variables that what is copied starts from.
  StateUse copyOf(const StateUse &use) {
    StateUse copy = use;
    for (mlir::Value &value : copy.before) {
      mlir::Value own = session.scratch.addArgument(value.getType(), session.location(place));
      mapping.map(value, own);
      value = own;
    }
    return copy;
  }

  Tensor *copyOf(const Tensor &tensor) {
    Axes axes = tensor.axes;
    for (Axis &axis : axes) {
      axis.size = change(axis.size);
      auto outer = axis.source ? meanings.find({axis.source, axis.meaning}) : meanings.end();
      if (outer != meanings.end()) {
        axis.meaning = outer->second.meaning;
        axis.source = outer->second.source;
      }
    }
    return session.makeTensor(mapping.lookupOrDefault(tensor.value), std::move(axes),
                              tensor.element, model.name, place);
  }

  /// What a None of the model's input is here.
  bool bindSizes(const Tensor &input, const Tensor &tensor) {
    bool fits = input.rank() == tensor.rank() && input.element == tensor.element;
    for (size_t i = 0; fits && i < input.rank(); ++i) {
      DimExpr own = session.resolve(input.axes[i].size),
              given = session.resolve(tensor.axes[i].size);
      std::vector<std::string> symbols = own.getSymbols();
      // The batch too: `TimeDistributed` gives the steps of all samples as one.
      bool isFree = symbols.size() == 1 && own == DimExpr::symbol(symbols.front());
      if (isFree) {
        auto [entry, inserted] = sizes.try_emplace(symbols.front(), given);
        fits = inserted || session.unify(entry->second, given);
      } else {
        fits = session.unify(own, given);
      }
    }
    if (!fits)
      session.in
          .report(Code::ShapeMismatch, place,
                  "the model '{}' takes '{}' of shape {}, got '{}' of shape {}", model.name,
                  Model::inputName(&input), input.shape(), tensor.origin, tensor.shape())
          .note(model.place, "the model is made here");
    return fits;
  }

  /// What the axes of the model's input are here: steps of the model may be features of the caller.
  void bindMeanings(const Tensor &input, const Tensor &tensor) {
    for (auto [own, given] : llvm::drop_begin(llvm::zip_equal(input.axes, tensor.axes))) {
      if (!own.source)
        continue;
      auto [entry, inserted] = meanings.try_emplace({own.source, own.meaning}, given);
      // Two axes of one meaning inside: which of them it is cannot be said.
      if (!inserted &&
          (entry->second.meaning != given.meaning || entry->second.source != given.source))
        entry->second.meaning = AxisMeaning::Unknown;
    }
  }

  Model &model;
  Session &session;
  SourceRange place;
  mlir::IRMapping mapping;
  std::map<std::string, DimExpr> sizes;
  std::map<std::pair<const Operation *, AxisMeaning>, Axis> meanings;
  /// The size here of what has a size there.
  std::function<DimExpr(const DimExpr &)> change = [this](const DimExpr &size) {
    return session.resolve(size).substitute(sizes);
  };
  /// Whether the call says `training`.
  bool saysTraining = false;
  /// What stands for tensors of the model where its layers are called again.
  llvm::DenseMap<const Tensor *, Tensor *> copies;
  /// Tensors of the model that depend on a tensor with a mask, and that.
  llvm::DenseMap<const Tensor *, const Tensor *> masked;
};

} // namespace

bool Model::runInOrder() {
  // What the calls warn of they have warned of before.
  const size_t mark = session.in.engine.size(), errors = session.in.engine.errorCount();
  llvm::SaveAndRestore outer(session.effects, {});
  ModelCall call(*this, place);
  std::vector<Tensor *> given = inputs;
  if (!call.bindInputs(given))
    return false;
  std::vector<Tensor *> results = call.callAgain(given, given, std::nullopt);
  if (results.empty())
    return false;
  if (session.in.engine.errorCount() == errors)
    session.in.engine.truncate(mark);
  for (auto [output, result] : llvm::zip_equal(outputs, results)) {
    output.run = session.makeTensor(result->value, output.tensor->axes, output.tensor->element,
                                    output.tensor->origin, output.tensor->place);
    output.run->mask = output.tensor->mask;
    output.run->runMask = result->runMask;
  }
  effects = session.effects;
  return true;
}

Operation *Model::asOperation() {
  if (!operation) {
    llvm::StringRef plain = typeName() == "Model" ? "Functional" : "Sequential";
    operation = session.makeUnnamed(className.empty() ? plain : className, place);
    operation->name = name;
    operation->isLayer = true;
    operation->object = this;
    operation->trainable = trainable;
    operation->onTrainable = [this](bool value) { setTrainable(value); };
  }
  operation->variables = weights;
  return operation;
}

Value Model::orderedInputs(const BoundArguments::Slot &given) {
  const auto *dict = given.value.as<eval::Dict>();
  if (!dict || (inputs.size() < 2 && inputKeys.empty()))
    return given.value;
  std::vector<std::string> wanted = inputKeys, unused;
  if (wanted.empty())
    for (const Tensor *input : inputs)
      wanted.push_back(inputName(input));
  for (const eval::Dict::Entry &entry : dict->items())
    if (!llvm::is_contained(wanted, entry.key.str()))
      unused.push_back(entry.key.str());
  std::vector<Value> values;
  for (const std::string &key : wanted) {
    if (const Value *value = dict->find(session.in.heap.str(key))) {
      values.push_back(*value);
      continue;
    }
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::InputCount, given.place, "the model '{}' takes a dict of '{}', which lacks '{}'",
        name, llvm::join(wanted, "', '"), key);
    diagnostic.note(place, "the model is made here");
    if (unused.size() == 1)
      diagnostic.help("the key '{}' is not one of them", unused.front());
    return Value::error();
  }
  return session.in.heap.list(std::move(values));
}

Value Model::call(Interpreter &in, Arguments &arguments) {
  if (auto unknown = in.swallowInside(arguments)) {
    const auto *data = unknown->as<eval::Opaque>();
    return data ? in.dataCall(data->origin, data->place) : *unknown;
  }
  bool isTraced = session.currentTrace() != 0;
  if (!isTraced && areNumbers(arguments))
    return in.dataCall("model", arguments.place);
  if (isTraced && !session.tracesLayer()) {
    in.report(Code::LayerInLambda, arguments.place,
              "the model '{}' is called inside {}: its weights would not be the model's", name,
              session.traceDescription())
        .help("call it outside and give its result to a Lambda");
    return Value::error();
  }
  eval::Signature signature = in.heap.signature("", "inputs, training=None, mask=None");
  signature.callee = name;
  auto bound = eval::bind(in, signature, arguments);
  if (!bound || outputs.empty())
    return Value::error();
  const BoundArguments::Slot &given = (*bound)["inputs"], &mask = (*bound)["mask"];
  if (!mask.value.isNone())
    in.report(Code::NotSupportedYet, mask.place, "`mask` of a call is not supported yet");
  auto tensors =
      flattenTensors(session, orderedInputs(given), given.place, "the model '" + name + "'");
  if (!tensors || !llvm::all_of(*tensors, [&](const Tensor *tensor) {
        return session.checkTrace(tensor, given.place);
      }))
    return Value::error();
  std::vector<Tensor *> called = *tensors;
  ModelCall call(*this, arguments.place);
  if (!call.bindInputs(*tensors))
    return Value::error();
  std::optional<bool> training = readTraining(session, (*bound)["training"].value);
  llvm::SmallVector<mlir::Value> values;
  for (const Output &output : outputs)
    values.push_back(output.run->value);
  // Statistics of batches are others where the batch is one of steps.
  const bool hasSteps = session.distributedSteps && !phasedValuesBehind(session, values).empty();
  const bool isMasked = llvm::any_of(called, [](const Tensor *tensor) { return tensor->runMask; });
  std::vector<Tensor *> results = isMasked || hasSteps || training
                                      ? call.callAgain(*tensors, called, training)
                                      : call.cloneOutputs();
  if (results.empty())
    return Value::error();
  asOperation();
  if (isTraced) {
    operation->innerOutputs = results;
    session.uses.push_back({operation, {}, name, arguments.place});
  } else {
    Node *node = session.makeNode(operation, std::move(called), results, arguments.place);
    node->effects = std::exchange(session.effects, {});
    node->arguments = arguments;
  }
  if (isOutputDict) {
    eval::Dict *dict = in.heap.make<eval::Dict>();
    for (auto [output, result] : llvm::zip_equal(outputs, results))
      dict->set(in.heap.str(output.name), result);
    return dict;
  }
  if (results.size() == 1)
    return results.front();
  return in.heap.list(std::vector<Value>(results.begin(), results.end()));
}

} // namespace rondo::keras
