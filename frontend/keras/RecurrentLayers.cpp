//===- RecurrentLayers.cpp - LSTM -----------------------------------------===//
//
// Keras' layers/rnn.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {
namespace {

/// `rondo.lstm` stays whole; return_sequences and return_state pick its results.
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
        activation(config.recurrentActivation("activation")),
        recurrentActivation(config.recurrentActivation("recurrent_activation")),
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
    auto results =
        call.graph.lstm(x, kernel, recurrent, bias, state.empty() ? nullptr : state[0],
                        state.empty() ? nullptr : state[1], activation, recurrentActivation);
    Tensor *output = returnSequences ? results.sequence : results.lastH;
    if (returnState)
      return {output, results.lastH, results.lastC};
    return {output};
  }

private:
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
  Activation activation, recurrentActivation;
  bool useBias;
  mlir::DictionaryAttr kernelInitializer, recurrentInitializer, biasInitializer;
  bool returnSequences, returnState, goBackwards;
};

} // namespace

void addRecurrentLayers(Catalogue &catalogue) { catalogue.addLayer<LSTM>(); }

} // namespace rondo::keras
