//===- DerivedLayers.cpp - Subclasses of layers of the catalogue ----------===//
//
// `class MyDense(keras.layers.Dense)`: an object of the file with a layer of ours
// behind it, which shares its operation, so that names, paths and weights are those of
// one layer. `super().__init__(…)` makes that layer; `super().call(x)` calls it.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Weight.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

using Slot = BoundArguments::Slot;

namespace {

class DerivedLayer : public FileLayer {
public:
  DerivedLayer(eval::Class &type, LayerMaker &maker, Session &session, SourceRange place)
      : FileLayer(type, session, place), maker(maker) {}

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::optional<Value> member(Interpreter &in, llvm::StringRef name) override;
  /// What the layer behind has under a name, besides what every layer has.
  std::optional<Value> baseAttribute(Interpreter &in, llvm::StringRef name, SourceRange place);
  Value call(Interpreter &in, Arguments &arguments) override;
  bool takesMask() const override {
    return type.find("call") || !base ? FileLayer::takesMask() : base->takesMask();
  }
  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override;

protected:
  bool hasOwnConfig() const override { return base || FileLayer::hasOwnConfig(); }
  bool buildBase(Value shape, SourceRange place) override;
  void collectWeights(Collected &collected, unsigned depth) const override;

private:
  Value initializeBase(Arguments &arguments);
  /// Whether it defines no method that only the layer of Keras would call. False after a report.
  bool checkMethods();
  /// Gives the results the masks that the class says, in place of those of the layer behind.
  void passOwnMasks(const Arguments &arguments, Value result);
  Value callBase(Arguments &arguments);
  /// `super().call(…)`, which hands over no masks.
  Value callBare(Arguments &arguments);
  /// Weights that the layer behind has made: in its cell, and others.
  std::vector<Variable *> baseWeights(bool inCell) const;

  LayerMaker &maker;
  Layer *base = nullptr;
};

Value DerivedLayer::initializeBase(Arguments &arguments) {
  if (base) {
    session.in.report(Code::RepeatedArgument, arguments.place,
                      "`super().__init__` of '{}' is called twice", operation->name);
    return Value::error();
  }
  Value made;
  {
    llvm::SaveAndRestore adoption(session.adopted, operation);
    made = maker.call(session.in, arguments);
  }
  operation->className = type.name;
  operation->object = this;
  if (operation->name.empty())
    operation->name = session.automaticName(type.name);
  isInitialized = true;
  base = made.as<Layer>();
  if (!base)
    return Value::error();
  activityRegularizer = base->activityRegularizer;
  // Its cell, or what it wraps, is kept as the file's own layers are, and freezes with them.
  for (Value part : base->ownLayers())
    addSublayer(part);
  operation->onTrainable = [this](bool value) { setTrainable(value); };
  return Value();
}

Value DerivedLayer::callBase(Arguments &arguments) {
  return base ? base->call(session.in, arguments) : Value::error();
}

Value DerivedLayer::callBare(Arguments &arguments) {
  if (!base)
    return Value::error();
  llvm::SaveAndRestore isBare(base->isBareCall, true);
  return callBase(arguments);
}

bool DerivedLayer::buildBase(Value shape, SourceRange place) {
  if (!base)
    return false;
  Session::Trace trace(session, operation->name, "the building of", {}, "",
                       /*layersMayBeCalled=*/true);
  llvm::SaveAndRestore effects(session.effects, {});
  Value inputs = shapedTensors(session, shape, place);
  if (inputs.isError())
    return false;
  Arguments call{place, place, {{inputs, place}}, {}};
  base->addStates(call);
  return !base->call(session.in, call).isError();
}

Value DerivedLayer::call(Interpreter &in, Arguments &arguments) {
  if (type.find("call") || type.find("__call__"))
    return FileLayer::call(in, arguments);
  if (!checkInitialized(arguments.place) || !checkMethods())
    return Value::error();
  // Nothing of its own is computed: it is the layer behind it.
  llvm::SaveAndRestore isBare(base ? base->isBareCall : isBareCall, isBareCall);
  const bool saysMasks = type.find("compute_mask") || attributes.count("supports_masking") ||
                         type.find("supports_masking");
  const Arguments given = arguments;
  Value result = callBase(arguments);
  if (saysMasks && !isBareCall && !result.isError())
    passOwnMasks(given, result);
  return result;
}

bool DerivedLayer::checkMethods() {
  // What Keras' layers call of themselves.
  static const llvm::StringRef called[] = {
      "_apply_scores",     "_build_attention",     "_calculate_score_mask",
      "_calculate_scores", "_compute_attention",   "_compute_attention_mask",
      "_masked_softmax",   "_compute_causal_mask", "_compute_carry_and_output",
      "_merge_function",   "get_dropout_mask",     "_compute_carry_and_output_fused",
      "inner_loop",        "get_initial_state",    "get_recurrent_dropout_mask"};
  for (llvm::StringRef name : called) {
    const Value *own = type.find(name);
    const auto *function = own ? own->as<eval::Function>() : nullptr;
    // A cell is asked for its first states.
    if (!function || (name == "get_initial_state" && llvm::StringRef(maker.name).ends_with("Cell")))
      continue;
    session.in
        .report(Code::NotSupportedYet, function->place,
                "`{}` of a class derived from `{}` is not called: that is not supported yet", name,
                maker.name)
        .help("define `call`, and compute there what is to be computed otherwise");
    return false;
  }
  return true;
}

void DerivedLayer::passOwnMasks(const Arguments &arguments, Value result) {
  Interpreter &in = session.in;
  SourceRange place = arguments.place;
  in.engine.withdraw(Code::MaskDropped, place);
  const eval::KeywordArgument *named = arguments.find("mask");
  Value first = arguments.positional.empty() ? Value() : arguments.positional.front().value;
  const bool isTraced = session.currentTrace() != 0;
  for (Tensor *Tensor::*which : {&Tensor::mask, &Tensor::runMask}) {
    Value masks = named ? named->value : masksOf(in, first, which);
    auto supports = attribute(in, "supports_masking", place);
    if (!supports || !in.truth(*supports).value_or(false)) {
      masks = Value();
    } else if (type.find("compute_mask")) {
      Arguments asked{place, place, {{first, place}, {masks, place}}, {}};
      masks = in.call(in.attribute(Value(static_cast<eval::Object *>(this)), "compute_mask", place),
                      asked);
    }
    Masks made = flattened(masks), results;
    mapTensors(in, result, [&](Tensor *tensor) {
      results.push_back(tensor);
      return tensor;
    });
    made.resize(results.size());
    for (auto [tensor, mask] : llvm::zip_equal(results, made))
      tensor->*which = which == &Tensor::mask && isTraced ? nullptr : mask;
  }
}

std::vector<Variable *> DerivedLayer::baseWeights(bool inCell) const {
  std::vector<Variable *> weights;
  for (Variable *variable : operation->variables)
    if (variable->owner == operation &&
        llvm::StringRef(variable->ownPath).contains('/') == inCell &&
        !llvm::is_contained(trainableWeights, variable) &&
        !llvm::is_contained(otherWeights, variable))
      weights.push_back(variable);
  return weights;
}

void DerivedLayer::collectWeights(Collected &collected, unsigned depth) const {
  auto add = [&](bool inCell) {
    for (Variable *variable : baseWeights(inCell))
      if (collected.seen.insert(variable).second)
        collected.variables.push_back(variable);
  };
  add(/*inCell=*/false);
  FileLayer::collectWeights(collected, depth);
  add(/*inCell=*/true);
}

std::vector<std::pair<const Variable *, std::string>> DerivedLayer::storedPaths() const {
  std::vector<std::pair<const Variable *, std::string>> paths;
  std::vector<Variable *> own = baseWeights(/*inCell=*/false), cell = baseWeights(/*inCell=*/true);
  size_t moved = own.size();
  for (auto [i, variable] : llvm::enumerate(own))
    paths.push_back({variable, fmt::format("vars/{}", i)});
  for (auto [i, variable] : llvm::enumerate(cell))
    paths.push_back({variable, fmt::format("cell/vars/{}", i)});
  if (base && !base->ownLayers().empty())
    paths = base->storedPaths();
  auto isPlaced = [&](const Variable *variable) {
    return llvm::any_of(paths, [&](const auto &entry) { return entry.first == variable; });
  };
  for (const auto &[variable, path] : FileLayer::storedPaths()) {
    if (isPlaced(variable))
      continue;
    llvm::StringRef rest = path;
    unsigned number = 0;
    bool isOwn = rest.consume_front("vars/") && !rest.getAsInteger(10, number);
    paths.push_back({variable, isOwn ? fmt::format("vars/{}", number + moved) : path});
  }
  return paths;
}

std::optional<Value> DerivedLayer::attribute(Interpreter &in, llvm::StringRef name,
                                             SourceRange place) {
  auto value = FileLayer::attribute(in, name, place);
  return value ? value : baseAttribute(in, name, place);
}

std::optional<Value> DerivedLayer::baseAttribute(Interpreter &in, llvm::StringRef name,
                                                 SourceRange place) {
  return base ? base->attribute(in, name, place) : std::nullopt;
}

std::optional<Value> DerivedLayer::member(Interpreter &in, llvm::StringRef name) {
  auto forward = [&](const char *called, Value (DerivedLayer::*body)(Arguments &)) {
    return method(called, "*args, **kwargs", [this, body](Interpreter &, BoundArguments &bound) {
      Arguments arguments{bound.place, bound.calleePlace, bound.rest, bound.restKeywords};
      return (this->*body)(arguments);
    });
  };
  if (name == "__init__")
    return forward("__init__", &DerivedLayer::initializeBase);
  if (name == "call")
    return forward("call", &DerivedLayer::callBare);
  bool computesMasks = type.find("compute_mask");
  if (base && (name == "compute_mask" || (name == "supports_masking" && !computesMasks)))
    return maskAttribute(in, *base, name);
  if (auto value = base ? settingAttribute(*base, name) : std::nullopt)
    return value;
  return FileLayer::member(in, name);
}

/// A layer of the catalogue as a base class.
class CatalogueClass : public eval::NativeClass {
public:
  CatalogueClass(LayerMaker &maker, Session &session)
      : NativeClass(session.in, maker.name, SourceRange()), maker(maker), session(session) {}

  Value call(Interpreter &in, Arguments &arguments) override { return maker.call(in, arguments); }
  eval::Object *makeObject(eval::Class &type, SourceRange place) override {
    return in.heap.make<DerivedLayer>(type, maker, session, place);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override {
    auto *layer = self.as<DerivedLayer>();
    auto value = layer ? layer->DerivedLayer::member(in, name) : std::nullopt;
    return layer && !value ? layer->baseAttribute(in, name, layer->operation->place) : value;
  }
  std::optional<Value> classMember(eval::Class &type, llvm::StringRef name) override {
    return layerClassMember(in, type, name);
  }

private:
  LayerMaker &maker;
  Session &session;
};

} // namespace

eval::Class *LayerMaker::asClass(Interpreter &in) {
  if (!asBase) {
    auto *type = in.heap.make<CatalogueClass>(*this, *session);
    type->setBases({layerClass});
    asBase = type;
  }
  return asBase;
}

} // namespace rondo::keras
