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
  return Layer::attribute(in, name, place);
}

std::vector<std::pair<const Variable *, std::string>> Wrapper::storedPaths() const {
  std::vector<std::pair<const Variable *, std::string>> paths;
  for (const Part &part : parts)
    for (const auto &[variable, path] : part.layer->storedPaths())
      paths.push_back({variable, part.attribute + ("/" + path)});
  return paths;
}

namespace {

/// A layer applied to each step: to the steps of all sequences as one batch.
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

  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, SIZE_MAX) || !checkSteps(call, x) || !checkMasks(call))
      return {};
    Axes folded(x->axes.begin() + 1, x->axes.end());
    folded.front() = {x->size(0) * x->size(1), AxisMeaning::Batch};
    Tensor *steps = call.graph.reshape(x, folded);
    std::vector<Tensor *> results;
    const size_t losses = session.effects.losses.size();
    const size_t states = session.effects.states.size();
    if (model || fileLayer) {
      results = callInner(call, steps);
    } else {
      const eval::Signature &signature =
          session.in.heap.signature("", parts.front().layer->callParameters());
      BoundArguments arguments(signature, call.place, call.place);
      results = callPart(call, 0, steps, arguments);
    }
    if (session.effects.losses.size() != losses) {
      session.in
          .report(Code::NotSupportedYet, call.place,
                  "`TimeDistributed` of what adds to the loss is not supported yet")
          .help("a layer around it, or behind it, may do that");
      return {};
    }
    if (session.effects.states.size() != states) {
      session.in
          .report(Code::NotSupportedYet, call.place,
                  "`TimeDistributed` of a layer with `stateful=True`, which goes on from the step "
                  "before, is not supported yet")
          .help("leave `stateful=True` out");
      return {};
    }
    for (Tensor *&result : results) {
      Axes axes{x->axes[0], x->axes[1]};
      axes.insert(axes.end(), result->axes.begin() + 1, result->axes.end());
      result = call.graph.reshape(result, std::move(axes));
    }
    return results;
  }

private:
  /// Whether the layer inside leaves masks alone: it would get that of one step. False after a
  /// report.
  bool checkMasks(LayerCall &call) {
    if (!call.mask() || !usesMasks(inner))
      return true;
    session.in
        .report(Code::NotSupportedYet, call.place,
                "`TimeDistributed` of what looks at masks is not supported yet for a sequence with "
                "a mask, that of '{}'",
                call.mask()->origin)
        .note(call.mask()->place, "the mask is made here");
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

  /// Calls a model, or a layer of the file, as a part of this one. Empty after a report.
  std::vector<Tensor *> callInner(LayerCall &call, Tensor *steps) {
    Session::Trace trace(session, operation->name, "the layer", {}, "",
                         /*layersMayBeCalled=*/true);
    // What it uses is its own, and this layer owns it.
    llvm::SaveAndRestore uses(session.uses, {});
    Tensor *argument =
        session.makeTensor(steps->value, steps->axes, steps->element, steps->origin, steps->place);
    argument->outside = call.inputs.front();
    Arguments arguments{call.place, call.place, {{argument, call.place}}, {}};
    Value result = session.in.call(inner, arguments);
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
