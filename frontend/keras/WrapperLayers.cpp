//===- WrapperLayers.cpp - TimeDistributed --------------------------------===//
//
// Layers that call another layer. Bidirectional is among the recurrent ones.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Model.h"
#include "frontend/keras/Slips.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Weight.h"
#include "frontend/keras/Wrapper.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

const Layer *Wrapper::readLayer(Config &config, llvm::StringRef parameter,
                                llvm::StringRef expected) {
  const BoundArguments::Slot &slot = config.get(parameter);
  const auto *layer = slot.value.as<Layer>();
  if (layer)
    return layer;
  if (slot.value.as<Model>()) {
    config.isBroken = true;
    config.session.in.report(Code::NotSupportedYet, slot.place,
                             "`{}` of a model is not supported yet",
                             config.arguments.signature.callee);
    return nullptr;
  }
  const auto *maker = slot.value.as<LayerMaker>();
  diagnostics::Diagnostic &diagnostic = config.reject(slot, parameter, expected);
  if (maker)
    diagnostic.help("`{}` is a class; `{}(…)` makes a layer", maker->name, maker->name);
  else if (slot.value.as<Tensor>())
    diagnostic.help("give it the layer, then call it on the tensor: `{}(layer)(x)`",
                    config.arguments.signature.callee);
  return nullptr;
}

void Wrapper::adopt(std::vector<Part> layers) {
  parts = std::move(layers);
  // As in Keras, `trainable=False` of the constructor is not passed on, setting it later is.
  operation->onTrainable = [this](bool value) {
    for (const Part &part : parts)
      part.layer->operation->setTrainable(value);
  };
}

std::vector<Tensor *> Wrapper::callPart(LayerCall &call, size_t index, Tensor *x,
                                        BoundArguments &arguments) {
  Layer *layer = parts[index].layer;
  std::vector<Tensor *> results;
  {
    Session::NameScope scope(session, *layer->operation);
    // Keras calls the layer's `call` alone: what the activation makes is not below its name.
    if (const Layer *activation = layer->activationLayer;
        activation && !activation->operation->parentPath)
      activation->operation->parentPath = layer->operation->parentPath;
    LayerCall inner{call.graph, {x}, false, arguments, call.place, call.training};
    if (layer->takesMask())
      inner.masks = call.masks;
    results = layer->apply(inner);
  }
  operation->variables.clear();
  for (const Part &part : parts)
    llvm::append_range(operation->variables, part.layer->operation->variables);
  return llvm::is_contained(results, nullptr) ? std::vector<Tensor *>() : results;
}

std::optional<Value> Wrapper::attribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
  for (const Part &part : parts)
    if (name == part.attribute)
      return Value(part.layer);
  // Weights are those of its parts.
  auto value = Layer::attribute(in, name, place);
  return value && value->as<Weight>() ? std::nullopt : value;
}

std::vector<std::pair<const Variable *, std::string>> Wrapper::storedPaths() const {
  std::vector<std::pair<const Variable *, std::string>> paths;
  for (const Part &part : parts)
    for (const auto &[variable, path] : part.layer->storedPaths())
      paths.push_back({variable, part.attribute + ("/" + path)});
  return paths;
}

std::vector<Value> Wrapper::ownLayers() const {
  std::vector<Value> layers;
  for (const Part &part : parts)
    layers.push_back(part.layer);
  return layers;
}

namespace {

/// A layer applied to each step: to the steps of all sequences as one batch, or to one step after
/// the other where it adds to the loss.
class TimeDistributed : public Wrapper {
public:
  static constexpr const char *kerasName = "TimeDistributed";
  static constexpr const char *parameters = "layer";
  explicit TimeDistributed(Config &config)
      : Wrapper(config, kerasName), inner(config.get("layer").value) {
    model = inner.as<Model>();
    fileLayer = inner.as<FileLayer>();
    if (model || fileLayer) {
      operation->onTrainable = [this](bool value) {
        if (model)
          model->setTrainable(value);
        else
          fileLayer->operation->setTrainable(value);
      };
      return;
    }
    const Layer *layer = readLayer(config, "layer", "a layer");
    if (!layer)
      return;
    if (layer->arity() == Arity::List) {
      session.in.report(Code::NotSupportedYet, config.get("layer").place,
                        "`TimeDistributed` of `{}` is not supported yet", layer->typeName());
      config.isBroken = true;
      return;
    }
    adopt({{const_cast<Layer *>(layer), "layer"}});
  }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    return name == "layer" ? std::optional(inner) : Wrapper::attribute(in, name, place);
  }

  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override {
    helpWithSequence(diagnostic, x, /*isOneMend=*/true);
  }

  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override {
    if (fileLayer)
      return below(fileLayer->storedPaths());
    if (model)
      return below(keras::storedPaths(*model));
    return Wrapper::storedPaths();
  }

  std::vector<Value> ownLayers() const override { return {inner}; }

  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, SIZE_MAX) || !checkSteps(call, x) || !checkMasks(call, x))
      return {};
    const size_t losses = session.effects.losses.size();
    const size_t states = session.effects.states.size();
    std::vector<Tensor *> results = asOneBatch(call, x);
    if (session.effects.states.size() != states) {
      session.in
          .report(Code::NotSupportedYet, call.place,
                  "`TimeDistributed` of a layer with `stateful=True`, which goes on from the step "
                  "before, is not supported yet")
          .help("leave `stateful=True` out");
      return {};
    }
    // Losses are of one step each, and a loss of all steps at once is another number.
    const bool addsLosses = session.effects.losses.size() != losses;
    session.effects.losses.resize(losses);
    if (!addsLosses || results.empty())
      return results;
    auto count = session.resolve(x->axes[1].size).getConstant();
    return count ? stepByStep(call, x, *count) : inLoop(call, x);
  }

private:
  /// What the layer makes of all steps of all sequences as one batch. Empty after a report.
  std::vector<Tensor *> asOneBatch(LayerCall &call, Tensor *x) {
    const DimExpr size = x->size(0) * x->size(1);
    const auto outer = session.distributedSteps;
    llvm::SaveAndRestore steps(
        session.distributedSteps,
        std::optional(outer ? Session::DistributedSteps{outer->samples, outer->steps * x->size(1)}
                            : Session::DistributedSteps{x->size(0), x->size(1)}));
    auto fold = [&](Tensor *tensor) -> Tensor * {
      if (!tensor)
        return nullptr;
      Axes folded(tensor->axes.begin() + 1, tensor->axes.end());
      folded.front() = {size, AxisMeaning::Batch};
      return call.graph.reshape(tensor, std::move(folded));
    };
    std::vector<Tensor *> results = callInner(call, fold(x), fold(call.mask()));
    for (Tensor *&result : results)
      result = withSteps(call.graph, result, result, x);
    return results;
  }

  /// With the axes of `like` behind the samples and steps of `x`.
  static Tensor *withSteps(GraphBuilder &graph, Tensor *result, const Tensor *like,
                           const Tensor *x) {
    Axes axes{x->axes[0], x->axes[1]};
    axes.insert(axes.end(), like->axes.begin() + 1, like->axes.end());
    return graph.reshape(result, std::move(axes));
  }

  /// A call for each of `count` steps. Empty after a report.
  std::vector<Tensor *> stepByStep(LayerCall &call, Tensor *x, int64_t count) {
    GraphBuilder &graph = call.graph;
    llvm::SaveAndRestore steps(session.distributedSteps, {});
    auto stepOf = [&](Tensor *tensor, int64_t step) -> Tensor * {
      return tensor ? graph.squeeze(graph.part(tensor, 1, step, 1), {1}) : nullptr;
    };
    std::vector<std::vector<Tensor *>> parts;
    const Tensor *like = nullptr;
    for (int64_t step = 0; step < count; ++step) {
      std::vector<Tensor *> made = callInner(call, stepOf(x, step), stepOf(call.mask(), step));
      if (made.empty() || session.in.isHalted())
        return {};
      parts.resize(made.size());
      like = made.front();
      for (auto [part, result] : llvm::zip_equal(parts, made))
        part.push_back(graph.expandDims(result, 1));
    }
    std::vector<Tensor *> results;
    for (const std::vector<Tensor *> &part : parts)
      results.push_back(withSteps(graph, graph.concatenate(part, 1), like, x));
    return results;
  }

  /// The same for steps whose number is only known when the model runs. Empty after a report.
  std::vector<Tensor *> inLoop(LayerCall &call, Tensor *x) {
    GraphBuilder &graph = call.graph;
    llvm::SaveAndRestore steps(session.distributedSteps, {});
    std::vector<Tensor *> sequences{x};
    if (Tensor *mask = call.mask())
      sequences.push_back(mask);
    auto step = [&](const std::vector<Tensor *> &before,
                    const std::vector<Tensor *> &slices) -> std::optional<GraphBuilder::ScanStep> {
      const size_t losses = session.effects.losses.size();
      std::vector<Tensor *> made =
          callInner(call, slices[0], slices.size() > 1 ? slices[1] : nullptr);
      if (made.empty())
        return std::nullopt;
      Tensor *total = before.front();
      for (Tensor *loss : llvm::drop_begin(session.effects.losses, losses))
        total = graph.binary<AddOp>(total, loss);
      session.effects.losses.resize(losses);
      for (Tensor *&result : made)
        result = graph.toFloat(result);
      return GraphBuilder::ScanStep{{total}, std::move(made)};
    };
    Tensor *zero = graph.filled(0.0, {Axis{DimExpr(1), AxisMeaning::One}});
    auto results = graph.scan(x->axes[1], {zero}, sequences, step);
    if (!results)
      return {};
    session.effects.losses.push_back(graph.squeeze(results->carries.front(), {0}));
    return results->stacked;
  }

  /// Whether the mask, which may be given, is of these samples and steps. False after a report.
  bool checkMasks(LayerCall &call, const Tensor *x) {
    const Tensor *mask = call.mask();
    if (!mask || (mask->rank() >= 2 && session.unify(mask->axes[0].size, x->axes[0].size) &&
                  session.unify(mask->axes[1].size, x->axes[1].size)))
      return true;
    session.in
        .report(Code::ShapeMismatch, call.place,
                "the mask of `TimeDistributed` has samples and steps, ({}, {}) of '{}', got '{}' "
                "of shape {}",
                x->size(0).str(), x->size(1).str(), x->origin, mask->origin, mask->shape())
        .note(mask->place, "it is made here");
    return false;
  }

  /// Whether the layer inside can do with one step of these at a time. False after a report.
  bool checkSteps(LayerCall &call, const Tensor *x) {
    const Layer *layer = inside();
    if (x->rank() > 3 || !layer || !layer->goesAlongSteps())
      return true;
    std::string name = layer->typeName();
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::RankMismatch, call.place,
        "`TimeDistributed` gives `{}` one step of '{}' at a time, of shape (B, {}), and it takes "
        "sequences",
        name, x->origin, x->size(2).str());
    noteMade(diagnostic, {x})
        .help("`{}` goes along the time steps itself: leave `TimeDistributed` out", name);
    return false;
  }

  /// Calls the layer inside, as a part of this one, on samples whose mask may be null. As in Keras
  /// it is its `call` alone that is called. Empty after a report.
  std::vector<Tensor *> callInner(LayerCall &call, Tensor *x, Tensor *mask) {
    if (!x)
      return {};
    if (model || fileLayer)
      return callTraced(call, x, mask);
    const eval::Signature &signature =
        session.in.heap.signature("", parts.front().layer->callParameters());
    BoundArguments arguments(signature, call.place, call.place);
    LayerCall outer{call.graph, call.inputs, false, call.arguments, call.place, call.training};
    if (mask)
      outer.masks = {mask};
    return callPart(outer, 0, x, arguments);
  }

  /// The same for a model, or a layer of the file.
  std::vector<Tensor *> callTraced(LayerCall &call, Tensor *x, Tensor *mask) {
    Session::Trace trace(session, operation->name, "the layer", {}, "",
                         /*layersMayBeCalled=*/true);
    // What it uses is its own, and this layer owns it.
    llvm::SaveAndRestore uses(session.uses, {});
    auto inside = [&](const Tensor *tensor) {
      return session.makeTensor(tensor->value, tensor->axes, tensor->element, tensor->origin,
                                tensor->place);
    };
    Tensor *argument = inside(x);
    argument->outside = call.inputs.front();
    Arguments arguments{call.place, call.place, {{argument, call.place}}, {}};
    if (call.training)
      arguments.keywords.push_back(
          {"training", call.place, Value::boolean(*call.training), call.place});
    if (mask && model && usesMasks(inner))
      argument->runMask = inside(mask);
    if (mask && fileLayer && fileLayer->takesMask())
      arguments.keywords.push_back({"mask", call.place, inside(mask), call.place});
    Value result;
    {
      bool none = false;
      llvm::SaveAndRestore isBare(fileLayer ? fileLayer->isBareCall : none, true);
      result = session.in.call(inner, arguments);
    }
    operation->variables = model ? model->weights : fileLayer->weights();
    if (Tensor *tensor = result.as<Tensor>())
      return {tensor};
    if (!result.isError())
      session.in
          .report(Code::NotSupportedYet, call.place,
                  "`TimeDistributed` of '{}', which gives several tensors, is not supported",
                  model ? model->name : fileLayer->operation->name)
          .help("make a model, or a layer, for each of them");
    return {};
  }

  /// Places of weight files below the attribute that has the layer.
  template <typename Paths>
  static std::vector<std::pair<const Variable *, std::string>> below(const Paths &paths) {
    std::vector<std::pair<const Variable *, std::string>> result;
    for (const auto &[variable, path] : paths)
      result.push_back({variable, "layer/" + path});
    return result;
  }

  const Value inner;
  /// What is no layer of the catalogue: null, or one of them.
  Model *model = nullptr;
  FileLayer *fileLayer = nullptr;
};

} // namespace

void addWrapperLayers(Catalogue &catalogue) { catalogue.addLayer<TimeDistributed>(); }

} // namespace rondo::keras
