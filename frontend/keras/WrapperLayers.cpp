//===- WrapperLayers.cpp - TimeDistributed --------------------------------===//
//
// Layers that call another layer. Bidirectional is among the recurrent ones.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Model.h"
#include "frontend/keras/Slips.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/keras/Wrapper.h"

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
    LayerCall inner{call.graph, {x}, false, arguments, call.place};
    results = layer->apply(inner);
  }
  operation->variables.clear();
  for (const Part &part : parts)
    llvm::append_range(operation->variables, part.layer->operation->variables);
  return llvm::is_contained(results, nullptr) ? std::vector<Tensor *>() : results;
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
  explicit TimeDistributed(Config &config) : Wrapper(config, kerasName) {
    const Layer *layer = readLayer(config, "layer", "a layer");
    if (!layer)
      return;
    if (layer->arity() == Arity::List || dynamic_cast<const FileLayer *>(layer)) {
      session.in.report(Code::NotSupportedYet, config.get("layer").place,
                        "`TimeDistributed` of `{}` is not supported yet", layer->typeName());
      config.isBroken = true;
      return;
    }
    adopt({{const_cast<Layer *>(layer), "layer"}});
  }

  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override {
    helpWithSequence(diagnostic, x, /*isOneMend=*/true);
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, SIZE_MAX))
      return {};
    Layer *layer = parts.front().layer;
    // It cannot do so within one of them.
    if (x->rank() == 3 && layer->goesAlongSteps()) {
      std::string inner = layer->typeName();
      diagnostics::Diagnostic &diagnostic = session.in.report(
          Code::RankMismatch, call.place,
          "`TimeDistributed` gives `{}` one step of '{}' at a time, of shape (B, {}), and it takes "
          "sequences",
          inner, x->origin, x->size(2).str());
      noteMade(diagnostic, {x})
          .help("`{}` goes along the time steps itself: leave `TimeDistributed` out", inner);
      return {};
    }
    Axes folded(x->axes.begin() + 1, x->axes.end());
    folded.front() = {x->size(0) * x->size(1), AxisMeaning::Batch};
    const eval::Signature &signature = session.in.heap.signature("", layer->callParameters());
    BoundArguments arguments(signature, call.place, call.place);
    std::vector<Tensor *> results = callPart(call, 0, call.graph.reshape(x, folded), arguments);
    for (Tensor *&result : results) {
      Axes axes{x->axes[0], x->axes[1]};
      axes.insert(axes.end(), result->axes.begin() + 1, result->axes.end());
      result = call.graph.reshape(result, std::move(axes));
    }
    return results;
  }
};

} // namespace

void addWrapperLayers(Catalogue &catalogue) { catalogue.addLayer<TimeDistributed>(); }

} // namespace rondo::keras
