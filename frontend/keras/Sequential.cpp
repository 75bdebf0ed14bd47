//===- Sequential.cpp - A model that is a list of layers ------------------===//
//
// keras.Sequential: each layer is called on the result of the one before. As in
// Keras the model is connected again whenever a layer is added, which takes a
// number of the functional models' automatic names, and the weights' paths start
// with its name.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/keras/Model.h"
#include "frontend/keras/OldNames.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

class Sequential : public Model {
public:
  using Model::Model;
  std::string typeName() const override { return "Sequential"; }
  bool isSequential() const override { return true; }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef attributeName,
                                 SourceRange attributePlace) override {
    if (attributeName == "add")
      return Value(in.heap.make<Native>(
          "add", "layer, rebuild=True",
          [this](Interpreter &in, BoundArguments &arguments) {
            const BoundArguments::Slot &layer = arguments["layer"], &rebuild = arguments["rebuild"];
            if (const auto *opaque = layer.value.as<eval::Opaque>())
              return in.needs(*opaque, layer.place);
            if (!rebuild.value.isBool() && !rebuild.value.isError())
              in.report(Code::InvalidArgument, rebuild.place,
                        "`add` takes one layer, and {} would be left out", rebuild.value.inWords())
                  .help("call `add` once for each layer");
            bool added = add(layer.value, layer.place);
            return added && connectLayers() ? Value() : Value::error();
          },
          Native::Opaques::Pass));
    if (attributeName == "pop")
      return Value(in.heap.make<Native>(
          "pop", "rebuild=True", [this](Interpreter &in, BoundArguments &arguments) -> Value {
            if (added.empty())
              return in.mistake(Code::InvalidArgument, arguments.place,
                                "the model '{}' has no layer to take away", name);
            Value last = added.back().first;
            added.pop_back();
            return added.empty() || connectLayers() ? last : Value::error();
          }));
    if (attributeName == "build" && !isBroken)
      return Value(in.heap.make<Native>("build", "input_shape=None",
                                        [this](Interpreter &, BoundArguments &arguments) {
                                          return build(arguments["input_shape"], arguments.place);
                                        }));
    if (attributeName == "compile" && !isBroken && (!input || isInputLikely || compiled))
      return Value(in.heap.make<Native>(
          "compile", "*args, **kwargs",
          [this, attributePlace](Interpreter &, BoundArguments &arguments) {
            return compile(arguments, attributePlace);
          },
          Native::Opaques::Pass));
    if (attributeName != "name" && attributeName != "trainable" && !isBroken &&
        llvm::is_contained(attributeNames(), attributeName) && !settle(attributePlace))
      return Value::error();
    return Model::attribute(in, attributeName, attributePlace);
  }

  bool settle(SourceRange at) override {
    if (!outputs.empty())
      return true;
    if (!isBroken && likelyInput())
      return connectTo(likelyInput(), /*isLikely=*/true);
    if (!isBroken)
      session.in
          .report(Code::ModelNotFound, at, "'{}' has no input yet, so its shapes are not known",
                  name)
          .help("start it with `keras.Input(shape=…)`")
          .note(place, "the model is made here");
    isBroken = true;
    return false;
  }

  std::vector<Operation *> layers() const override {
    std::vector<Operation *> result;
    for (const auto &entry : added)
      result.push_back(operationOf(entry.first));
    return result;
  }

  std::vector<std::string> attributeNames() const override {
    std::vector<std::string> names = Model::attributeNames();
    names.insert(names.end(), {"add", "pop"});
    return names;
  }

  /// Nothing of it is used after a mistake.
  void fail() { isBroken = true; }

  /// Appends an input or a layer. False after a report.
  bool add(Value value, SourceRange valuePlace) {
    Layer *layer = value.as<Layer>();
    Tensor *tensor = value.as<Tensor>();
    if (Tensor *ofLayer = inputOf(value))
      tensor = ofLayer;
    isBroken |= value.isError();
    if (layer || value.as<Model>()) {
      if (!input && added.empty() && layer && layer->declaredInput)
        isBroken |= !(input = layer->declaredInput());
      added.push_back({value, valuePlace});
    } else if (tensor && tensor->node && tensor->node->operation->isInput && !input &&
               added.empty()) {
      input = tensor;
    } else if (!value.isError()) {
      isBroken = true;
      helpWithAdded(session.in.report(Code::InvalidArgument, valuePlace,
                                      "a `Sequential` is made of one input and layers, got {}",
                                      value.inWords()),
                    value);
    }
    return !isBroken;
  }

  /// Calls what has been added since. False after a report.
  bool connectLayers() {
    // A model in front brings its input's shape, as in Keras once there is a second layer.
    const auto *front = added.size() > 1 ? added.front().first.as<Model>() : nullptr;
    if (!input && front && front->inputs.size() == 1)
      input = makeInputLike(*front->inputs.front(), added.front().second);
    if (!input || added.empty() || isBroken)
      return !isBroken;
    Session::NameScope scope(session, this, name, parentPath);
    // The calls of the shorter model count no longer.
    for (Node *node : calls)
      llvm::erase(node->operation->uses, node);
    calls.clear();
    Value result = input;
    for (const auto &[layer, layerPlace] : added) {
      Arguments arguments{layerPlace, layerPlace, {{result, layerPlace}}, {}};
      result = session.in.call(layer, arguments);
      if (!result.as<Tensor>()) {
        if (!result.isError())
          session.in.report(Code::InputCount, layerPlace,
                            "a layer of a `Sequential` gives one tensor, '{}' gives several",
                            operationOf(layer)->name);
        isBroken = true;
        return false;
      }
      calls.push_back(result.as<Tensor>()->node);
    }
    session.automaticName("Functional");
    Tensor *output = result.as<Tensor>();
    isBroken = !connect({input}, {{output->node->operation->name, output}});
    return !isBroken && compileConnected();
  }

  /// Called inside another model, it takes that shape where it has no input.
  Value call(Interpreter &in, Arguments &arguments) override {
    const Tensor *x =
        arguments.positional.empty() ? nullptr : arguments.positional.front().value.as<Tensor>();
    if ((!input || isInputLikely) && x && x->rank() > 0 && !added.empty() && !isBroken) {
      if (!connectTo([&] { return makeInputLike(*x, arguments.place); }))
        return Value::error();
      isInputOfCall = true;
    } else if (x && !isBroken && hasOtherSizes(*x)) {
      // Inside of layers Keras' model takes any sizes that its layers take.
      auto takeBackNames = session.namesSoFar();
      if (!connectTo([&] { return makeInputLike(*x, arguments.place); }))
        return Value::error();
      takeBackNames();
    }
    if (isBroken)
      return Value::error();
    if (added.empty())
      return in.mistake(Code::InvalidArgument, arguments.place,
                        "the model '{}' is called, and has no layers", name);
    return Model::call(in, arguments);
  }

private:
  /// Whether a call inside a layer is on other sizes than the one that gave it its input.
  bool hasOtherSizes(const Tensor &x) const {
    if (!isInputOfCall || session.currentTrace() == 0 || x.rank() != input->rank())
      return false;
    return llvm::any_of(llvm::zip_equal(x.axes, input->axes), [&](const auto &pair) {
      auto given = session.resolve(std::get<0>(pair).size).getConstant();
      auto own = session.resolve(std::get<1>(pair).size).getConstant();
      return given && own && *given != *own;
    });
  }

  /// `build((None, 10, 8))`: the input that the layers had not yet.
  Value build(const BoundArguments::Slot &shape, SourceRange place) {
    if ((input && !isInputLikely) || added.empty())
      return Value();
    const auto *sequence = shape.value.as<eval::Sequence>();
    std::vector<int64_t> sizes;
    for (Value size : sequence ? llvm::ArrayRef(sequence->elements) : llvm::ArrayRef<Value>()) {
      auto number = size.isInt() ? size.asInteger() : std::nullopt;
      if (!size.isNone() && !(number && *number > 0)) {
        sizes.clear();
        break;
      }
      sizes.push_back(number.value_or(-1));
    }
    if (sizes.empty())
      return session.in.mistake(
          Code::InvalidArgument, shape.place,
          "`build` takes a shape with the batch first, `(None, 10, 8)`, got {}",
          shape.value.inWords());
    bool succeeds = connectTo([&] {
      return makeInput(session, llvm::ArrayRef(sizes).drop_front(), place, "", sizes.front());
    });
    return succeeds ? Value() : Value::error();
  }

  /// Connects the layers to a new input, in a graph of their own. False after a report.
  bool connectTo(llvm::function_ref<Tensor *()> make, bool isLikely = false) {
    Session::Trace apart(session);
    llvm::SaveAndRestore effects(session.effects, {});
    input = make();
    isInputLikely = isLikely;
    return connectLayers();
  }

  /// Makes the input that the first layer is likely to have, until `build` or a call says which it
  /// is: Keras waits for data. Null where that layer does not tell.
  std::function<Tensor *()> likelyInput() const {
    const auto *front = added.empty() ? nullptr : added.front().first.as<Layer>();
    return front ? front->likelyInput : nullptr;
  }

  /// `compile` before the shapes are settled: what it says holds for those that come.
  Value compile(const BoundArguments &arguments, SourceRange methodPlace) {
    compiled =
        Arguments{arguments.place, arguments.calleePlace, arguments.rest, arguments.restKeywords};
    if (outputs.empty() && !likelyInput()) {
      session.atEnd.push_back([this, methodPlace] { settle(methodPlace); });
      return Value();
    }
    const bool succeeds = outputs.empty() ? settle(methodPlace) : compileConnected();
    return succeeds ? Value() : Value::error();
  }

  /// Follows an early `compile`. False after a report.
  bool compileConnected() {
    Interpreter &in = session.in;
    auto method = compiled ? Model::attribute(in, "compile", compiled->calleePlace) : std::nullopt;
    return !method || !in.call(*method, *compiled).isError();
  }

  Tensor *makeInputLike(const Tensor &x, SourceRange at) {
    std::vector<int64_t> sizes;
    for (const Axis &axis : llvm::drop_begin(x.axes))
      sizes.push_back(session.resolve(axis.size).getConstant().value_or(-1));
    int64_t batch = session.resolve(x.axes.front().size).getConstant().value_or(-1);
    return makeInput(session, sizes, at, "", batch);
  }

  void helpWithAdded(diagnostics::Diagnostic &diagnostic, Value value) {
    const auto *sequence = value.as<eval::Sequence>();
    const auto *native = value.as<Native>();
    const Tensor *tensor = value.as<Tensor>();
    if (sequence)
      diagnostic.help("layers are added one by one, or given to `Sequential([…])` as one list");
    else if (native && llvm::isUpper(native->name.front()))
      diagnostic.help("a call makes a layer of the class: `{}(…)`", native->name);
    else if (tensor && tensor->maker() && tensor->maker()->isInput)
      diagnostic.help("a model with several inputs is made of tensors: `keras.Model(inputs, "
                      "outputs)`");
    else if (tensor && tensor->maker())
      diagnostic.help("add the layer itself, which the model calls: `{}(…)`",
                      tensor->maker()->className);
    else if (value.as<eval::Str>() && session.activations->members.count(value.str()))
      diagnostic.help("`keras.layers.Activation({})` is a layer", value.inWords());
  }

  static Operation *operationOf(Value layer) {
    return layer.as<Layer>() ? layer.as<Layer>()->operation : layer.as<Model>()->asOperation();
  }

  Tensor *input = nullptr;
  /// Whether it is only what the first layer is likely to have.
  bool isInputLikely = false;
  /// Whether the first call has made it.
  bool isInputOfCall = false;
  /// What an early `compile` was given.
  std::optional<Arguments> compiled;
  std::vector<std::pair<Value, SourceRange>> added;
  /// What connects it at present.
  std::vector<Node *> calls;
  bool isBroken = false;
  std::optional<std::string> parentPath;
};

const char *const constructorParameters = "layers=None, trainable=True, name=None";

/// Gives a new model its name and its layers. False after a report.
bool initialize(Sequential &model, llvm::StringRef className, BoundArguments &arguments) {
  Interpreter &in = model.session.in;
  auto name = modelName(in, arguments["name"]);
  if (!name)
    return false;
  model.name = name->empty() ? model.session.automaticName(className) : *name;
  readTrainable(in, model, arguments["trainable"]);
  const BoundArguments::Slot &layers = arguments["layers"];
  if (layers.value.as<Layer>() || layers.value.as<Tensor>()) {
    in.report(Code::InvalidArgument, layers.place, "`layers` of `Sequential` is a list, got {}",
              layers.value.inWords())
        .help("put brackets around the layers: `Sequential([…])`");
    return false;
  }
  if (!layers.value.isNone()) {
    auto elements = in.elements(layers.value, layers.place);
    for (Value layer : elements.value_or(std::vector<Value>{Value::error()}))
      if (!model.add(layer, layers.place))
        return false;
  }
  return model.connectLayers();
}

/// An object of a class of the file that derives from it.
class FileSequential : public eval::InstanceOf<Sequential> {
public:
  FileSequential(eval::Class &type, Session &session, SourceRange place)
      : InstanceOf(type, session, "", place) {
    className = type.name;
  }
  std::string typeName() const override { return InstanceOf::typeName(); }
  Value call(Interpreter &in, Arguments &arguments) override {
    if (isInitialized)
      return InstanceOf::call(in, arguments);
    in.report(Code::MissingSuperInit, type.place, "`{}` has not called `super().__init__()`",
              type.name)
        .note(arguments.place, "it is called here")
        .help("`__init__` begins with `super().__init__()`");
    return Value::error();
  }

  bool isInitialized = false;
};

/// What classes of the file derive from.
class SequentialClass : public eval::NativeClass {
public:
  explicit SequentialClass(Session &session)
      : NativeClass(session.in, "Sequential", SourceRange()), session(session) {
    setBases({session.in.builtin("object").as<Class>()});
  }
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<Sequential>() != nullptr;
  }
  eval::Object *makeObject(Class &type, SourceRange at) override {
    if (const Value *call = type.find("call"))
      session.in
          .report(Code::NotSupportedYet,
                  call->as<eval::Function>() ? call->as<eval::Function>()->place : at,
                  "a `Sequential` with a `call` of its own is not supported yet")
          .help("derive from `keras.Model`, whose `call` calls the layers");
    return session.in.heap.make<FileSequential>(type, session, at);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef member) override {
    auto *model = self.as<FileSequential>();
    if (!model)
      return NativeClass::boundMember(in, self, member);
    if (member == "__init__")
      return Value(in.heap.make<Native>("Sequential", constructorParameters,
                                        [model](Interpreter &, BoundArguments &arguments) {
                                          model->isInitialized = true;
                                          if (initialize(*model, model->className, arguments))
                                            return Value();
                                          model->fail();
                                          return Value::error();
                                        }));
    auto value = model->Sequential::attribute(in, member, SourceRange());
    return value ? value : NativeClass::boundMember(in, self, member);
  }
  bool hasMethod(llvm::StringRef member) const override {
    return NativeClass::hasMethod(member) || member == "add" || member == "pop" ||
           member == "build" || member == "compile";
  }

private:
  Session &session;
};

/// `keras.Sequential`, which makes one and which classes derive from.
class SequentialMaker : public KerasFunction {
public:
  SequentialMaker(Session &session, Native::Body body)
      : KerasFunction("Sequential", constructorParameters, std::move(body)),
        type(session.in.heap.make<SequentialClass>(session)) {}
  eval::Class *asClass(Interpreter &) override { return type; }
  std::optional<bool> hasInstance(Value value) const override { return type->hasInstance(value); }

private:
  SequentialClass *const type;
};

} // namespace

void addSequential(Catalogue &catalogue, eval::Module *module) {
  Session &session = catalogue.session;
  module->members["Sequential"] = session.in.heap.make<SequentialMaker>(
      session, [&session](Interpreter &in, BoundArguments &arguments) -> Value {
        auto *model = in.heap.make<Sequential>(session, "", arguments.place);
        return initialize(*model, "Sequential", arguments) ? Value(model) : Value::error();
      });
}

} // namespace rondo::keras
