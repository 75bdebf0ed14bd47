//===- RecurrentLayers.cpp - LSTM -----------------------------------------===//
//
// Keras' layers/rnn.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {
namespace {

/// `rondo.lstm` stays whole where the activations are elementwise; return_sequences and
/// return_state pick its results.
class LSTM : public Layer {
public:
  static constexpr const char *kerasName = "LSTM";
  static constexpr const char *parameters =
      "units, activation='tanh', recurrent_activation='sigmoid', use_bias=True, "
      "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
      "bias_initializer='zeros', unit_forget_bias=True, kernel_regularizer=None, "
      "recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
      "kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0.0, "
      "recurrent_dropout=0.0, seed=None, return_sequences=False, return_state=False, "
      "go_backwards=False, stateful=False, unroll=False, use_cudnn='auto', implementation=2, "
      "zero_output_for_mask=False";

  explicit LSTM(Config &config)
      : Layer(config, kerasName), units(config.positiveInteger("units")),
        activation(config.activation("activation")),
        recurrentActivation(config.activation("recurrent_activation")),
        useBias(config.boolean("use_bias")),
        kernelInitializer(config.initializer("kernel_initializer")),
        recurrentInitializer(config.initializer("recurrent_initializer")),
        biasInitializer(config.initializer("bias_initializer")),
        returnSequences(config.boolean("return_sequences")),
        returnState(config.boolean("return_state")), goBackwards(config.boolean("go_backwards")) {
    // Ways to compute the same numbers, and what only dropout would use.
    config.ignore({"implementation", "unroll", "use_cudnn", "seed", "zero_output_for_mask"});
    if (config.boolean("unit_forget_bias")) {
      mlir::NamedAttrList attributes(biasInitializer);
      attributes.set("unit_forget", session.builder.getBoolAttr(true));
      biasInitializer = attributes.getDictionary(&session.context);
    }
  }

  const char *callParameters() const override {
    return "sequences, initial_state=None, mask=None, training=None";
  }

  const char *rankHelp() const override {
    return "a sequence has shape (batch, time steps, features); a recurrent layer in front needs "
           "`return_sequences=True`";
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    auto features = staticSize(call, x, 2);
    if (!features)
      return {};
    Tensor *kernel = variable(call, "lstm_cell/kernel", {*features, 4 * units}, kernelInitializer);
    if (!kernel)
      return {};
    Tensor *recurrent =
        variable(call, "lstm_cell/recurrent_kernel", {units, 4 * units}, recurrentInitializer);
    Tensor *bias =
        useBias ? variable(call, "lstm_cell/bias", {4 * units}, biasInitializer) : nullptr;
    std::vector<Tensor *> state;
    if (!readState(call, x, state))
      return {};
    // From the last step to the first; the outputs stay in that order.
    if (goBackwards)
      x = call.graph.reverse(x, {1});
    auto results = build(call, x, kernel, recurrent, bias, state.empty() ? nullptr : state[0],
                         state.empty() ? nullptr : state[1]);
    Tensor *output = returnSequences ? results.sequence : results.lastH;
    if (returnState)
      return {output, results.lastH, results.lastC};
    return {output};
  }

private:
  GraphBuilder::LstmResults build(LayerCall &call, Tensor *x, Tensor *kernel, Tensor *recurrent,
                                  Tensor *bias, Tensor *initialH, Tensor *initialC) {
    auto elementwise = [&](const BoundArguments::Slot &slot) {
      return slot.value.isNone() ? Activation::linear : elementwiseActivation(session, slot.value);
    };
    auto whole = elementwise(activation), gates = elementwise(recurrentActivation);
    if (whole && gates)
      return call.graph.lstm(x, kernel, recurrent, bias, initialH, initialC, *whole, *gates);
    return call.graph.lstm(
        x, kernel, recurrent, bias, initialH, initialC,
        [&](Tensor *cells) { return activateInside(call, activation, cells); },
        [&](Tensor *gates) { return activateInside(call, recurrentActivation, gates); });
  }

  /// The activation of gates or cells, of the same shape once it is broadcast.
  Tensor *activateInside(LayerCall &call, const BoundArguments::Slot &slot, Tensor *x) {
    Tensor *y = activate(call, slot, x);
    if (!y)
      return nullptr;
    llvm::SmallVector<int64_t> dimensions; // aligned at the last one
    bool fits = y->rank() <= x->rank();
    for (size_t i = 0; fits && i < y->rank(); ++i) {
      dimensions.push_back(x->rank() - y->rank() + i);
      DimExpr size = session.resolve(y->axes[i].size);
      fits = size == DimExpr(1) || size == session.resolve(x->axes[dimensions[i]].size);
    }
    if (fits)
      return call.graph.broadcast(y, x->axes, dimensions);
    session.in
        .report(Code::ShapeMismatch, slot.place,
                "the activation of '{}' makes a tensor of shape {} of one of shape {}",
                operation->name, y->shape(), x->shape())
        .help("inside `LSTM` an activation keeps the shape (batch, units)");
    return nullptr;
  }

  /// `initial_state=[h, c]`, each (batch, units).
  bool readState(LayerCall &call, const Tensor *x, std::vector<Tensor *> &state) {
    const BoundArguments::Slot &slot = call.arguments["initial_state"];
    if (slot.value.isNone())
      return true;
    auto tensors = flattenTensors(session, slot.value, slot.place, "`initial_state`");
    if (!tensors)
      return false;
    state = std::move(*tensors);
    if (state.size() != 2) {
      session.in.report(Code::InputCount, slot.place,
                        "`initial_state` of `LSTM` is the two states [h, c], got {}",
                        eval::plural(state.size(), "tensor"));
      return false;
    }
    for (Tensor *&tensor : state) {
      if (tensor->rank() != 2 || !session.unify(tensor->axes[0].size, x->axes[0].size) ||
          !session.unify(tensor->axes[1].size, DimExpr(units))) {
        session.in.report(Code::ShapeMismatch, slot.place,
                          "a state of '{}' has shape (batch, {}), got '{}' of shape {}",
                          operation->name, units, tensor->origin, tensor->shape());
        return false;
      }
      tensor = call.graph.toFloat(tensor);
    }
    return true;
  }

  int64_t units;
  BoundArguments::Slot activation, recurrentActivation;
  bool useBias;
  mlir::DictionaryAttr kernelInitializer, recurrentInitializer, biasInitializer;
  bool returnSequences, returnState, goBackwards;
};

} // namespace

void addRecurrentLayers(Catalogue &catalogue) { catalogue.addLayer<LSTM>(); }

} // namespace rondo::keras
