//===- FileModels.cpp - Models that the file defines ----------------------===//
//
// Objects of `class X(keras.Model)`: of inputs and outputs, or with a `call` whose
// first use on inputs connects them.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Subclassing.h"

namespace rondo::keras {

using Slot = BoundArguments::Slot;

Model *asModel(Value value) {
  if (const auto *object = value.as<FileModel>())
    return object->graph;
  return value.as<Model>();
}

//===----------------------------------------------------------------------===//
// Making and connecting
//===----------------------------------------------------------------------===//

Value FileModel::initializeModel(BoundArguments &arguments) {
  BoundArguments::Slot &inputs = arguments["inputs"];
  // What tutorials for Keras 2 do.
  if (inputs.value.as<FileModel>() == this && !arguments["outputs"].given) {
    session.in
        .report(Code::OldKerasName, inputs.place,
                "`super().__init__` is given the model itself, which Keras 3 refuses")
        .help("leave it out")
        .fix(inputs.place, "");
    inputs = {};
  }
  if (!inputs.given && !arguments["outputs"].given)
    return initialize(arguments);
  for (const char *parameter : {"inputs", "outputs"})
    if (!arguments[parameter].given) {
      session.in.report(Code::MissingArgument, arguments.place, "`{}` of `{}` is missing",
                        parameter, type.name);
      return Value::error();
    }
  auto name = modelName(session.in, arguments["name"]);
  if (!name)
    return Value::error();
  if (const Value *own = type.find("call"); own && own->as<eval::Function>())
    return session.in.mistake(Code::NotSupportedYet, own->as<eval::Function>()->place,
                              "a model that is given `inputs` and `outputs` and has a `call` of "
                              "its own is not supported yet: one of them is enough");
  isInitialized = isBuilt = isFunctional = true;
  operation->name = name->empty() ? session.automaticName(type.name) : *name;
  graph = makeModel(session, arguments["inputs"], arguments["outputs"], operation->name,
                    arguments.place);
  if (!graph)
    return Value::error();
  graph->className = type.name;
  readTrainable(session.in, *graph, arguments["trainable"]);
  return Value();
}

void FileModel::connect(const std::vector<Tensor *> &inputs, Value result,
                        const std::vector<Tensor *> &outputs) {
  bool isWhole = llvm::all_of(
      inputs, [](const Tensor *input) { return input->node && input->node->operation->isInput; });
  if (graph || !isWhole)
    return;
  auto *model = session.in.heap.make<Model>(session, operation->name, operation->place);
  std::vector<std::string> names = outputNames(result, outputs);
  std::vector<Model::Output> named;
  for (auto [name, output] : llvm::zip_equal(names, outputs))
    named.push_back({name, output});
  model->isOutputDict = result.as<eval::Dict>();
  model->root = this;
  if (!model->connect(inputs, std::move(named)))
    return;
  graph = model;
  graph->ownTraining = ownTraining;
  if (pendingCompile)
    pendingCompile();
}

Value FileModel::call(Interpreter &in, Arguments &arguments) {
  if (isFunctional && graph)
    return graph->call(in, arguments);
  // A call on numbers makes the model; what it computes is for a training script.
  const bool isOfNumbers = session.currentTrace() == 0 && areNumbers(arguments);
  if (isOfNumbers && graph)
    return in.dataCall("model", arguments.place);
  if (isOfNumbers)
    for (PlacedValue &argument : arguments.positional)
      argument.value = inputsLike(argument.value, argument.place);
  Value result = FileLayer::call(in, arguments);
  hasFailed |= result.isError();
  return isOfNumbers && !result.isError() ? in.dataCall("model", arguments.place) : result;
}

Value FileModel::inputsLike(Value value, SourceRange place) {
  if (const auto *array = value.as<eval::NdArray>()) {
    if (array->rank() == 0)
      return value;
    bool isFloat = eval::isFloating(array->dtype);
    return makeInput(session, llvm::ArrayRef(array->shape).drop_front(), place, "", -1,
                     isFloat ? ElementKind::Float : ElementKind::Int);
  }
  const auto *sequence = value.as<eval::Sequence>();
  if (!sequence)
    return value;
  std::vector<Value> elements;
  for (Value element : sequence->elements)
    elements.push_back(inputsLike(element, place));
  return session.in.heap.list(std::move(elements));
}

Value FileModel::buildModel(BoundArguments &arguments) {
  Interpreter &in = session.in;
  const Slot &shape = arguments["input_shape"];
  if (type.find("build")) {
    Arguments own{arguments.place, arguments.calleePlace, {{shape.value, shape.place}}, {}};
    if (!build(own))
      return Value::error();
  }
  const eval::Function *function = callFunction(arguments.place);
  if (!checkInitialized(arguments.place) || !function)
    return Value::error();
  std::vector<std::string> parameters;
  for (const eval::Signature::Parameter &parameter :
       llvm::drop_begin(function->signature.parameters, !function->signature.parameters.empty()))
    parameters.push_back(parameter.name);
  // The inputs are called after the arguments that take them.
  auto makeNamed = [&](Value sizes, std::string name) -> Value {
    const auto *sequence = sizes.as<eval::Sequence>();
    std::vector<int64_t> sample;
    for (Value size : sequence ? llvm::ArrayRef(sequence->elements) : llvm::ArrayRef<Value>()) {
      auto number = size.isInt() ? size.asInteger() : std::nullopt;
      if (!size.isNone() && !(number && *number > 0))
        sequence = nullptr;
      sample.push_back(number.value_or(-1));
    }
    if (sequence && !sample.empty())
      return makeInput(session, llvm::ArrayRef(sample).drop_front(), arguments.place,
                       std::move(name));
    in.report(Code::InvalidArgument, shape.place,
              "`build` takes a shape with the batch first, `(None, 10, 8)`, got {}",
              shape.value.inWords());
    return Value::error();
  };
  std::string first = parameters.empty() ? "inputs" : parameters.front();
  const auto *several = shape.value.as<eval::Sequence>();
  bool isList = several && !several->elements.empty() &&
                llvm::all_of(several->elements, [](Value v) { return v.as<eval::Sequence>(); });
  Arguments call{arguments.place, arguments.calleePlace, {}, {}};
  if (const auto *dict = shape.value.as<eval::Dict>()) {
    eval::Dict *inputs = in.heap.make<eval::Dict>();
    for (const eval::Dict::Entry &entry : dict->items())
      inputs->set(entry.key, makeNamed(entry.value, entry.key.str()));
    call.positional.push_back({inputs, shape.place});
  } else if (isList) {
    std::vector<Value> inputs;
    for (auto [i, each] : llvm::enumerate(several->elements))
      inputs.push_back(makeNamed(each, fmt::format("{}_{}", first, i)));
    call.positional.push_back({in.heap.list(std::move(inputs)), shape.place});
  } else {
    call.positional.push_back({makeNamed(shape.value, first), shape.place});
  }
  return FileModel::call(in, call).isError() ? Value::error() : Value();
}

Value FileModel::compile(BoundArguments &arguments) {
  // Only a command that trains needs these.
  for (const char *step : {"train_step", "compute_loss"})
    if (const Value *own = type.find(step); own && own->as<eval::Function>()) {
      ownTraining = step;
      if (graph)
        graph->ownTraining = step;
      return Value();
    }
  Arguments call{arguments.place, arguments.calleePlace, arguments.rest, arguments.restKeywords};
  auto compileGraph = [this, call]() mutable {
    Interpreter &in = session.in;
    return in.call(in.attribute(Value(graph), "compile", call.calleePlace), call);
  };
  if (graph)
    return compileGraph();
  pendingCompile = compileGraph;
  return Value();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// What only a model with known shapes has.
static const char *const graphAttributes[] = {
    "input", "inputs", "output", "outputs", "input_shape", "output_shape", "output_names"};

void FileModel::collectWeights(Collected &collected, unsigned depth) const {
  if (!isFunctional || !graph)
    return FileLayer::collectWeights(collected, depth);
  for (Variable *variable : graph->weights)
    if (collected.seen.insert(variable).second)
      collected.variables.push_back(variable);
}

std::vector<std::pair<std::string, Value>> FileModel::storedAttributes() const {
  // Keras' own attribute `layers` is one of them.
  std::vector<std::pair<std::string, Value>> result = FileLayer::storedAttributes();
  result.push_back({"layers", session.in.heap.list(sublayers)});
  llvm::sort(result, [](const auto &a, const auto &b) { return a.first < b.first; });
  return result;
}

void FileModel::setTrainable(bool value) {
  if (isFunctional && graph)
    graph->setTrainable(value);
  else
    FileLayer::setTrainable(value);
}

std::optional<Value> FileModel::member(Interpreter &in, llvm::StringRef name) {
  if (name == "__init__")
    return method(
        type.name.c_str(),
        "inputs=None, outputs=None, *, activity_regularizer=None, trainable=True, "
        "dtype=None, autocast=True, name=None, input_shape=None, input_dim=None, "
        "dynamic=False",
        [this](Interpreter &, BoundArguments &arguments) { return initializeModel(arguments); });
  if (name == "layers" && !isFunctional)
    return Value(in.heap.list(sublayers));
  if (name == "compile")
    return Value(in.heap.make<Native>(
        "compile", "*args, **kwargs",
        [this](Interpreter &, BoundArguments &arguments) { return compile(arguments); },
        Native::Opaques::Pass));
  if (name == "build" && !isFunctional)
    return method("build", "input_shape", [this](Interpreter &, BoundArguments &arguments) {
      return graph ? Value() : buildModel(arguments);
    });
  // What needs no graph, then what the graph has.
  if (auto value = isFunctional ? std::nullopt : FileLayer::member(in, name))
    return value;
  if (graph)
    return graph->attribute(in, name, type.place);
  // Before it is connected, only a training script can ask.
  if (in.mode() == eval::Mode::Lenient)
    return Value(in.heap.make<eval::Opaque>("model." + name.str()));
  return std::nullopt;
}

std::optional<Value> FileModel::attribute(Interpreter &in, llvm::StringRef name,
                                          SourceRange place) {
  if (name == "build" && !isFunctional)
    return member(in, name);
  if (auto value = FileLayer::attribute(in, name, place))
    return value;
  bool isOfScript = Model::isOfScript(name);
  if (!graph && hasFailed && (isOfScript || llvm::is_contained(graphAttributes, name)))
    return Value::error();
  // Data would say what its shapes are.
  if (!graph && isOfScript)
    return in.unknownMethod(name, "model." + name.str(), /*isDataCall=*/true);
  if (!graph && llvm::is_contained(graphAttributes, name))
    in.report(Code::ModelNotBuilt, place,
              "the model '{}' is never called, so that its shapes are not known", operation->name)
        .note(operation->place, "it is made here")
        .help("call it on an input, `model(keras.Input(shape=(…)))`, or build it, "
              "`model.build((None, …))`");
  return std::nullopt;
}

std::vector<std::string> FileModel::attributeNames() const {
  std::vector<std::string> all = FileLayer::attributeNames();
  all.insert(all.end(), std::begin(graphAttributes), std::end(graphAttributes));
  all.insert(all.end(),
             {"compile", "evaluate", "fit", "get_layer", "layers", "predict", "summary"});
  return all;
}

//===----------------------------------------------------------------------===//
// keras.Model
//===----------------------------------------------------------------------===//

namespace {

class ModelClass : public eval::NativeClass {
public:
  explicit ModelClass(Session &session)
      : NativeClass(session.in, "Model", SourceRange()), session(session),
        make("Model", "inputs, outputs, name=None, trainable=None",
             [&session](Interpreter &in, BoundArguments &arguments) -> Value {
               auto name = modelName(in, arguments["name"]);
               if (!name)
                 return Value::error();
               Model *model = makeModel(session, arguments["inputs"], arguments["outputs"],
                                        std::move(*name), arguments.place);
               if (!model)
                 return Value::error();
               readTrainable(in, *model, arguments["trainable"]);
               return model;
             }) {}

  Value call(Interpreter &in, Arguments &arguments) override { return make.call(in, arguments); }
  eval::Object *makeObject(eval::Class &type, SourceRange place) override {
    return in.heap.make<FileModel>(type, session, place);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override {
    if (auto *type = self.as<eval::Class>())
      return classMember(*type, name);
    auto *model = self.as<FileModel>();
    if (!model)
      return NativeClass::boundMember(in, self, name);
    // `super().build(shape)` inside `build` only says that it is done.
    auto value =
        name == "build" ? model->FileLayer::member(in, name) : model->FileModel::member(in, name);
    return value ? value : NativeClass::boundMember(in, self, name);
  }
  std::optional<Value> classMember(eval::Class &type, llvm::StringRef name) override {
    return layerClassMember(in, type, name);
  }
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<Model>() || value.as<FileModel>();
  }

private:
  Session &session;
  KerasFunction make;
};

} // namespace

void addModelClass(Catalogue &catalogue, eval::Module *module) {
  auto *layer = catalogue.layers->members.lookup("Layer").as<eval::Class>();
  auto *model = catalogue.session.in.heap.make<ModelClass>(catalogue.session);
  model->setBases({layer});
  module->members["Model"] = model;
}

} // namespace rondo::keras
