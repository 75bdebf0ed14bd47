//===- Model.cpp - Models: a graph from inputs to outputs -----------------===//
//
// keras.Model and keras.Sequential. The order of operations decides the order of
// the weights, and is Keras': by depth, then by first visit from the outputs
// (keras/src/ops/function.py, map_graph).
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Model.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Training.h"
#include "frontend/keras/Weight.h"
#include "llvm/ADT/MapVector.h"
#include <fmt/format.h>
#include <set>

namespace rondo::keras {
namespace {

//===----------------------------------------------------------------------===//
// The graph between inputs and outputs
//===----------------------------------------------------------------------===//

/// Orders the nodes that the outputs depend on.
class GraphOrder {
public:
  explicit GraphOrder(const std::vector<Tensor *> &inputs) : inputs(inputs) {}

  void visitOutput(Tensor *output) { visit(output); }

  /// Says how deep nodes are, once all outputs are visited.
  void measure() {
    for (Node *node : llvm::reverse(order)) {
      int depth = std::max(nodeDepths[node], depths[node->operation]);
      depths[node->operation] = nodeDepths[node] = depth;
      for (Tensor *input : node->inputs)
        if (finished.contains(input->node) && !isDeclaredInput(input)) {
          int &deepest = nodeDepths[input->node];
          deepest = std::max(deepest, depth + 1);
        }
    }
  }

  /// Nodes as Keras runs them, which tells where a call finds the state of one before: deepest
  /// first, then as they were met on the way back from the outputs.
  std::vector<Node *> runs() const {
    std::vector<std::pair<Node *, int>> ordered(nodeDepths.begin(), nodeDepths.end());
    llvm::stable_sort(
        ordered, [](const auto &left, const auto &right) { return left.second > right.second; });
    std::vector<Node *> result;
    for (auto [node, depth] : ordered)
      result.push_back(node);
    return result;
  }

  /// Operations, deepest first.
  std::vector<Operation *> operations() {
    // Inputs that nothing uses come first among the last, in their order.
    for (size_t i = 0; i < inputs.size(); ++i) {
      Operation *operation = inputs[i]->node->operation;
      if (depths.try_emplace(operation, 0).second)
        visits.try_emplace(operation, int(i) - int(inputs.size()));
    }
    std::vector<std::tuple<int, int, Operation *>> ordered;
    for (auto [operation, depth] : depths)
      ordered.emplace_back(-depth, visits[operation], operation);
    llvm::sort(ordered);
    std::vector<Operation *> result;
    for (auto [depth, visit, operation] : ordered)
      result.push_back(operation);
    return result;
  }

  /// Nodes, each after those that it depends on.
  std::vector<Node *> order;

private:
  bool isDeclaredInput(const Tensor *tensor) const {
    return !tensor->node->operation->isInput && llvm::is_contained(inputs, tensor);
  }

  /// Depth first without recursion: a model may be thousands of layers deep.
  void visit(Tensor *output) {
    struct Step {
      Node *node;
      size_t next = 0;
    };
    std::vector<Step> path;
    auto enter = [&](Tensor *tensor) {
      if (!tensor->node || isDeclaredInput(tensor) || !finished.insert(tensor->node).second)
        return;
      visits.try_emplace(tensor->node->operation, int(visits.size()));
      path.push_back({tensor->node});
    };
    enter(output);
    while (!path.empty()) {
      Step &step = path.back();
      if (step.next < step.node->inputs.size()) {
        enter(step.node->inputs[step.next++]);
        continue;
      }
      order.push_back(step.node);
      path.pop_back();
    }
  }

  const std::vector<Tensor *> &inputs;
  llvm::DenseSet<Node *> finished;
  llvm::DenseMap<Operation *, int> visits, depths;
  llvm::MapVector<Node *, int> nodeDepths;
};

/// Reports inputs that the outputs need and the model does not declare.
bool checkConnected(Session &session, const Model &model, const GraphOrder &graph) {
  std::set<std::string> reported;
  for (const Node *node : graph.order) {
    if (!node->operation->isInput ||
        llvm::any_of(model.inputs, [&](const Tensor *input) { return input->node == node; }))
      continue;
    if (reported.insert(node->operation->name).second)
      session.in
          .report(Code::DisconnectedGraph, model.place,
                  "the outputs depend on '{}', which is not among the model's inputs",
                  node->operation->name)
          .note(node->place, "'{}' is made here", node->operation->name)
          .help("list all of them: `inputs=[…, …]`");
  }
  return reported.empty();
}

/// Warns of an output whose samples are not along its first axis.
void checkBatch(Session &session, const Tensor &output, SourceRange place) {
  auto isBatch = [](const Axis &axis) { return axis.is(AxisMeaning::Batch); };
  auto batch = llvm::find_if(output.axes, isBatch);
  if (batch == output.axes.end() || batch == output.axes.begin())
    return;
  std::vector<int64_t> order{batch - output.axes.begin()};
  for (int64_t axis = 0; axis < int64_t(output.rank()); ++axis)
    if (axis != order.front())
      order.push_back(axis);
  std::string text;
  for (int64_t axis : order)
    text += (text.empty() ? "" : ", ") + std::to_string(axis);
  session.in
      .warn(Code::BatchAxis, place,
            "the output '{}' of shape {} has the samples along axis {}, and data have them along "
            "the first",
            output.origin, output.shape(), order.front())
      .note(output.place, "it is made here")
      .help("`keras.ops.transpose(x, ({}))` puts them in front", text);
}

bool checkNames(Session &session, const Model &model) {
  std::map<std::string, Operation *> byName;
  bool isUnique = true;
  for (Operation *operation : model.operations) {
    auto [entry, inserted] = byName.try_emplace(operation->name, operation);
    if (inserted)
      continue;
    session.in
        .report(Code::DuplicateName, operation->place,
                "the name '{}' is used by two operations of the model", operation->name)
        .note(entry->second->place, "also used here")
        .help("names are the keys of weight files: give each layer its own");
    isUnique = false;
  }
  return isUnique;
}

/// Whether layers run in another order than the file calls them in, or only some of them do, where
/// one takes a mask away that others look for.
bool hasOtherOrderOfMasks(const Session &session, const std::vector<const Node *> &runs) {
  using Users = std::vector<const Node *>;
  llvm::DenseMap<const Tensor *, Users> called, ran;
  auto note = [](llvm::DenseMap<const Tensor *, Users> &users, const Node *node) {
    for (const Tensor *input :
         llvm::SmallPtrSet<Tensor *, 4>(node->inputs.begin(), node->inputs.end()))
      if (input->takenMask)
        users[input].push_back(node);
  };
  for (const Node *node : runs)
    note(ran, node);
  if (ran.empty())
    return false;
  for (const auto &node : session.allNodes())
    note(called, node.get());
  return llvm::any_of(ran, [&](const auto &entry) { return entry.second != called[entry.first]; });
}

} // namespace

// The names of the operations that make the outputs, or the keys of a dict of outputs,
// in Keras' order. Keras gives several outputs of one operation, its states, say, the
// same name; here they are the keys of files, so that later ones get a number.
std::vector<std::string> outputNames(Value outputs, const std::vector<Tensor *> &tensors) {
  std::vector<std::string> names;
  if (const auto *dict = outputs.as<eval::Dict>())
    for (const eval::Dict::Entry &entry : dict->items())
      names.push_back(entry.key.str());
  llvm::sort(names);
  if (names.size() == tensors.size())
    return names;
  names.clear();
  std::set<std::string> plain, given;
  for (const Tensor *tensor : tensors)
    plain.insert(tensor->node->operation->name);
  for (const Tensor *tensor : tensors) {
    const std::string &own = tensor->node->operation->name;
    std::string name = own;
    for (int number = 1; given.count(name) || (name != own && plain.count(name)); ++number)
      name = fmt::format("{}_{}", own, number);
    given.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

Model *makeModel(Session &session, const BoundArguments::Slot &inputs,
                 const BoundArguments::Slot &outputs, std::string name, SourceRange place) {
  auto inputTensors = flattenTensors(session, inputs.value, inputs.place, "`inputs` of `Model`");
  auto outputTensors =
      flattenTensors(session, outputs.value, outputs.place, "`outputs` of `Model`");
  if (!inputTensors || !outputTensors)
    return nullptr;
  for (const auto &[tensors, slot, what] : {std::tuple(&*inputTensors, &inputs, "inputs"),
                                            std::tuple(&*outputTensors, &outputs, "outputs")}) {
    if (tensors->empty()) {
      session.in.report(Code::InvalidArgument, slot->place, "`{}` of `Model` is empty", what);
      return nullptr;
    }
    for (const Tensor *tensor : *tensors)
      if (!tensor->node) {
        session.in.report(Code::LambdaCapturesTensor, slot->place,
                          "a tensor of a Lambda's body is used outside it");
        return nullptr;
      }
  }
  auto isInput = [](const Tensor *tensor) { return tensor->node->operation->isInput; };
  if (llvm::none_of(*inputTensors, isInput) && llvm::all_of(*outputTensors, isInput)) {
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::InvalidArgument, inputs.place,
        "the `inputs` of `Model` are results of layers, and its `outputs` are inputs");
    diagnostic.help("they are in the other order: first the inputs, then the outputs");
    if (inputs.place != outputs.place && inputs.place != place && outputs.place != place)
      diagnostic.fix(inputs.place, outputs.place.text().str())
          .fix(outputs.place, inputs.place.text().str());
    return nullptr;
  }
  for (const Tensor *input : *inputTensors)
    if (!input->node->operation->isInput) {
      session.in
          .report(Code::NotSupportedYet, inputs.place,
                  "a model that starts at '{}', the result of a layer, is not supported yet",
                  input->origin)
          .help("start at a tensor of `Input(…)`");
      return nullptr;
    }

  for (const Tensor *output : *outputTensors)
    if (output->element == ElementKind::Bool) {
      session.in
          .report(Code::NotSupportedYet, outputs.place,
                  "the output '{}' is a bool tensor, which is not supported yet", output->origin)
          .help("`keras.ops.cast(x, \"float32\")` makes 1 and 0 of it");
      return nullptr;
    }

  if (name.empty())
    name = session.automaticName("Functional");
  std::vector<std::string> names = outputNames(outputs.value, *outputTensors);
  std::vector<Model::Output> namedOutputs;
  for (size_t i = 0; i < outputTensors->size(); ++i)
    namedOutputs.push_back({names[i], (*outputTensors)[i]});
  Model *model = session.in.heap.make<Model>(session, std::move(name), place);
  model->isOutputDict = outputs.value.as<eval::Dict>();
  if (const auto *dict = inputs.value.as<eval::Dict>())
    for (const eval::Dict::Entry &entry : dict->items())
      model->inputKeys.push_back(entry.key.str());
  llvm::sort(model->inputKeys);
  return model->connect(std::move(*inputTensors), std::move(namedOutputs)) ? model : nullptr;
}

bool Model::connect(std::vector<Tensor *> newInputs, std::vector<Output> newOutputs) {
  inputs = std::move(newInputs);
  outputs = std::move(newOutputs);
  for (Output &output : outputs)
    output.run = output.tensor;
  training.reset();
  GraphOrder graph(inputs);
  for (const Output &output : outputs)
    graph.visitOutput(output.tensor);
  graph.measure();
  operations = graph.operations();
  if (!checkConnected(session, *this, graph) || !checkNames(session, *this))
    return false;
  for (const Tensor *input : inputs)
    if (!llvm::is_contained(graph.order, input->node))
      session.in
          .report(Code::UnusedInput, input->node->place, "no output of the model depends on '{}'",
                  inputName(input))
          .note(place, "the model is made here");
  for (const Output &output : outputs)
    checkBatch(session, *output.tensor, place);
  std::vector<Node *> runs = graph.runs();
  nodes.assign(runs.begin(), runs.end());
  effects = {};
  for (const Node *node : nodes)
    effects.append(node->effects);
  if (hasOtherOrderOfMasks(session, nodes) && !runInOrder())
    return false;
  for (const auto &warn : effects.warnings)
    warn();
  weights.clear();
  // A layer of the file may hold one that the model also calls itself: its weights count once.
  for (Operation *operation : operations)
    for (Variable *variable : operation->variables)
      if (!llvm::is_contained(weights, variable))
        weights.push_back(variable);
  return true;
}

//===----------------------------------------------------------------------===//
// Model objects
//===----------------------------------------------------------------------===//

namespace {

/// An option of fit that a number is expected for; opaque values say nothing.
std::optional<int64_t> positiveOption(Interpreter &in, const BoundArguments &arguments,
                                      const char *parameter) {
  const BoundArguments::Slot &slot = arguments[parameter];
  if (!slot.given || slot.value.isNone() || slot.value.as<eval::Opaque>() || slot.value.isError())
    return std::nullopt;
  auto value = slot.value.isInt() ? slot.value.asInteger() : std::nullopt;
  if (value && *value > 0)
    return value;
  in.report(Code::InvalidArgument, slot.place, "`{}` of `fit` is a positive integer, got {}",
            parameter, slot.value.inWords());
  return std::nullopt;
}

/// model.get_layer(name) or get_layer(index=i).
Value getLayer(Interpreter &in, const Model &model, BoundArguments &arguments) {
  const BoundArguments::Slot &name = arguments["name"], &index = arguments["index"];
  if (name.value.isError() || index.value.isError())
    return Value::error();
  std::vector<Value> layers;
  if (model.root)
    layers = model.root->ownLayers();
  else
    for (Operation *layer : model.layers())
      layers.push_back(layerObject(in, *layer));
  if (std::optional<int64_t> at = index.value.asInteger(); at && name.value.isNone()) {
    int64_t count = layers.size();
    if (*at >= -count && *at < count)
      return layers[*at < 0 ? *at + count : *at];
    in.report(Code::IndexOutOfRange, index.place, "layer {} of a model with {}", *at,
              eval::plural(count, "layer"));
    return Value::error();
  }
  const auto *text = name.value.as<eval::Str>();
  if (!text || !index.value.isNone()) {
    in.report(Code::InvalidArgument, arguments.place,
              "`get_layer` takes the name of a layer or its index");
    return Value::error();
  }
  std::vector<std::string> names;
  for (Value layer : layers) {
    const auto *own = in.attribute(layer, "name", name.place).as<eval::Str>();
    if (own && own->text == text->text)
      return layer;
    names.push_back(own ? own->text : "");
  }
  eval::suggest(
      in.report(Code::InvalidArgument, name.place, "the model has no layer '{}'", text->text),
      text->text, names, name.place);
  return Value::error();
}

/// The path that a model is saved under or loaded from; null where it is not known.
const eval::Str *pathOf(const BoundArguments &arguments, size_t position) {
  if (position < arguments.rest.size())
    return arguments.rest[position].value.as<eval::Str>();
  for (const auto &keyword : arguments.restKeywords)
    if (keyword.name == "filepath")
      return keyword.value.as<eval::Str>();
  return nullptr;
}

/// Methods that need data: they are what a training script does, not the model.
const char *const dataMethods[] = {"evaluate",       "predict",          "train_on_batch",
                                   "test_on_batch",  "predict_on_batch", "fit_generator",
                                   "train_function", "test_step"};
/// Methods that need values of weights, files, or a terminal.
const char *const scriptMethods[] = {"load_weights", "get_weights",  "set_weights",  "to_json",
                                     "get_config",   "export",       "save_weights", "summary",
                                     "build",        "reset_metrics"};

} // namespace

bool Model::isOfScript(llvm::StringRef method) {
  return method == "fit" || method == "save" || llvm::is_contained(dataMethods, method) ||
         llvm::is_contained(scriptMethods, method);
}

std::optional<Value> Model::attribute(Interpreter &in, llvm::StringRef attributeName,
                                      SourceRange attributePlace) {
  auto method = [&](const char *methodName, const char *parameters, Native::Body body) {
    return Value(in.heap.make<KerasFunction>(methodName, parameters, std::move(body),
                                             Native::Opaques::Pass));
  };
  // Of Keras 2; in Keras 3 symbolic tensors outside of a layer are no losses.
  if (attributeName == "add_loss" || attributeName == "add_metric") {
    in.report(Code::UnknownAttribute, attributePlace, "a model has no `{}` in Keras 3",
              attributeName)
        .help(attributeName == "add_loss"
                  ? "a layer of the file that is called on the tensors adds it: "
                    "`self.add_loss(…)` in its `call`"
                  : "metrics are arguments of `compile`, or outputs of the model");
    return Value::error();
  }
  if (attributeName == "compile")
    return method("compile",
                  "optimizer='rmsprop', loss=None, loss_weights=None, metrics=None, "
                  "weighted_metrics=None, run_eagerly=False, steps_per_execution=1, "
                  "jit_compile='auto', auto_scale_loss=True",
                  [this](Interpreter &, BoundArguments &arguments) {
                    return compileModel(*this, arguments);
                  });
  if (attributeName == "optimizer" && training)
    return Value(training->optimizer);
  if (attributeName == "fit")
    return method("fit",
                  "x=None, y=None, batch_size=None, epochs=1, verbose='auto', callbacks=None, "
                  "validation_split=0.0, validation_data=None, shuffle=True, class_weight=None, "
                  "sample_weight=None, initial_epoch=0, steps_per_epoch=None, "
                  "validation_steps=None, validation_batch_size=None, validation_freq=1",
                  [this](Interpreter &in, BoundArguments &arguments) -> Value {
                    fit.epochs = positiveOption(in, arguments, "epochs");
                    fit.batchSize = positiveOption(in, arguments, "batch_size");
                    if (arguments["shuffle"].given)
                      fit.shuffle = in.truth(arguments["shuffle"].value);
                    return in.dataCall("model.fit", arguments.place);
                  });
  for (const char *dataMethod : dataMethods)
    if (attributeName == dataMethod)
      return in.unknownMethod(dataMethod, std::string("model.") + dataMethod, true);
  if (attributeName == "save")
    return Value(in.heap.make<Native>(
        "save", "*args, **kwargs",
        [this](Interpreter &, BoundArguments &arguments) {
          if (const eval::Str *path = pathOf(arguments, 0))
            session.savedModels[path->text] = this;
          return Value();
        },
        Native::Opaques::Pass));
  for (const char *scriptMethod : scriptMethods)
    if (attributeName == scriptMethod)
      return in.unknownMethod(scriptMethod, std::string("model.") + scriptMethod);
  if (attributeName == "reset_states") {
    in.report(Code::OldKerasName, attributePlace,
              "`reset_states` is a method of layers in Keras 3, and '{}' is a model", name)
        .help("`for layer in model.layers: layer.reset_states()`, of those with `stateful=True`");
    return method("reset_states", "", [](Interpreter &, BoundArguments &) { return Value(); });
  }
  if (attributeName == "count_params")
    return method("count_params", "", [this](Interpreter &, BoundArguments &) {
      int64_t count = 0;
      for (const Variable *variable : weights) {
        int64_t size = 1;
        for (int64_t dimension : variable->shape)
          size *= dimension;
        count += size;
      }
      return Value::integer(count);
    });
  if (auto list = weightList(session, weights, attributeName,
                             [this](const Variable &variable) { return isTrainable(variable); }))
    return list;
  if (attributeName == "name")
    return Value(in.heap.str(name));
  if (auto value = policyAttribute(in, policy, attributeName))
    return value;
  if (attributeName == "trainable")
    return Value::boolean(trainable);
  if (attributeName == "layers") {
    std::vector<Value> objects;
    for (Operation *layer : layers())
      objects.push_back(layerObject(in, *layer));
    return Value(in.heap.list(std::move(objects)));
  }
  if (auto own = given.find(attributeName); own != given.end())
    return own->second;
  if (attributeName == "get_layer")
    return method("get_layer", "name=None, index=None",
                  [this](Interpreter &in, BoundArguments &arguments) {
                    return getLayer(in, *this, arguments);
                  });
  if (attributeName == "built")
    return Value::boolean(true);
  if (attributeName == "output_names") {
    std::vector<Value> names;
    for (const Output &output : outputs)
      names.push_back(in.heap.str(output.name));
    return Value(in.heap.list(std::move(names)));
  }
  // `input`, `inputs` and `input_shape`, and the same of the outputs.
  bool isInput = attributeName.starts_with("input");
  llvm::StringRef form = attributeName;
  if (!form.consume_front(isInput ? "input" : "output") ||
      !llvm::is_contained({"", "s", "_shape"}, form))
    return std::nullopt;
  std::vector<Value> values(inputs.begin(), inputs.end());
  if (!isInput) {
    values.clear();
    for (const Output &output : outputs)
      values.push_back(output.tensor);
  }
  Value tensors = form != "s" && values.size() == 1 ? values.front() : in.heap.list(values);
  return form == "_shape" ? shapeOfTensors(in, tensors, attributePlace) : tensors;
}

bool Model::isChangedBy(llvm::StringRef method) const {
  return method == "add" || method == "pop" || method == "compile" || method == "build" ||
         method == "__setattr__";
}

bool Model::setAttribute(Interpreter &in, llvm::StringRef attributeName, Value value,
                         SourceRange attributePlace) {
  if (attributeName != "trainable") {
    if (refusePolicyAttribute(in, attributeName, attributePlace))
      return true;
    bool isOwn = !llvm::is_contained(attributeNames(), attributeName);
    if (isOwn)
      given[attributeName] = value;
    return isOwn;
  }
  if (std::optional<bool> truth = in.truth(in.asCondition(value, attributePlace)))
    setTrainable(*truth);
  return true;
}

void Model::setTrainable(bool value) {
  // On TensorFlow, setting an attribute to what it is does nothing: the layers stay.
  if (value == trainable)
    return;
  trainable = value;
  for (Operation *layer : layers())
    layer->setTrainable(value);
}

std::vector<const Variable *> Model::states() const {
  std::vector<const Variable *> result;
  for (const StateUse *use : effects.states)
    for (const Variable *variable : use->variables)
      if (!llvm::is_contained(result, variable))
        result.push_back(variable);
  return result;
}

std::vector<Operation *> Model::layers() const {
  std::vector<Operation *> result;
  llvm::copy_if(operations, std::back_inserter(result),
                [](const Operation *operation) { return operation->isLayer; });
  return result;
}

std::vector<std::string> Model::attributeNames() const {
  std::vector<std::string> names{"compile",   "fit",         "count_params", "name",
                                 "trainable", "layers",      "get_layer",    "input",
                                 "inputs",    "input_shape", "output",       "outputs",
                                 "built",     "weights",     "output_names", "output_shape"};
  names.insert(names.end(), std::begin(dataMethods), std::end(dataMethods));
  names.insert(names.end(), std::begin(scriptMethods), std::end(scriptMethods));
  names.push_back("save");
  return names;
}

//===----------------------------------------------------------------------===//
// keras.Model
//===----------------------------------------------------------------------===//

std::optional<std::string> modelName(Interpreter &in, const BoundArguments::Slot &slot) {
  if (slot.value.isNone())
    return "";
  if (const auto *text = slot.value.as<eval::Str>(); text && !text->text.empty())
    return text->text;
  in.report(Code::InvalidArgument, slot.place, "`name` of `Model` is text, got {}",
            slot.value.inWords());
  return std::nullopt;
}

void readTrainable(Interpreter &in, Model &model, const BoundArguments::Slot &slot) {
  // The layers keep what they are.
  if (slot.given && !slot.value.isNone())
    model.trainable = in.truth(in.asCondition(slot.value, slot.place)).value_or(true);
}

void addModels(Catalogue &catalogue) {
  KerasModule *models = catalogue.addModule("keras.models", {"Functional"});
  for (const char *name : {"clone_model", "load_model", "model_from_json", "save_model"})
    catalogue.addFunction(
        models, name, "*args, **kwargs",
        [name, &session = catalogue.session](Interpreter &in, BoundArguments &arguments) {
          bool saves = name == llvm::StringRef("save_model");
          const eval::Str *path = pathOf(arguments, saves);
          if (path && saves && !arguments.rest.empty() && asModel(arguments.rest[0].value))
            session.savedModels[path->text] = arguments.rest[0].value;
          auto saved = path ? session.savedModels.find(path->text) : session.savedModels.end();
          if (!saves && saved != session.savedModels.end())
            return saved->second;
          return Value(in.heap.make<eval::Opaque>(std::string("keras.models.") + name,
                                                  "a model is what the layers of this file make",
                                                  arguments.place));
        },
        Native::Opaques::Pass);
  for (eval::Module *module :
       {static_cast<eval::Module *>(catalogue.keras), static_cast<eval::Module *>(models)}) {
    addModelClass(catalogue, module);
    addSequential(catalogue, module);
  }
}

} // namespace rondo::keras
