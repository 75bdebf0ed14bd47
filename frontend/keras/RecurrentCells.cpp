//===- RecurrentCells.cpp - What a recurrent layer does each step ---------===//
//
// The equations of LSTM, GRU and SimpleRNN, over all steps and for one.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/RecurrentCells.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/RandomTensors.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// What all cells share
//===----------------------------------------------------------------------===//

RecurrentCell::RecurrentCell(Config &config, Layer &layer, llvm::StringRef prefix, int64_t gates,
                             size_t states)
    : layer(layer), session(config.session), units(config.positiveInteger("units")),
      activation(config.activation("activation")), useBias(config.boolean("use_bias")),
      kernelInitializer(config.initializer("kernel_initializer")),
      recurrentInitializer(config.initializer("recurrent_initializer")),
      biasInitializer(config.initializer("bias_initializer")),
      dropoutRate(readRate(config, "dropout")),
      stateDropoutRate(readRate(config, "recurrent_dropout")), prefix(prefix), gates(gates),
      states(states) {
  // Random numbers follow from the seed of the run.
  config.ignore({"seed"});
}

std::optional<RecurrentCell::Weights> RecurrentCell::readWeights(LayerCall &call, const Tensor *x) {
  auto features = layer.staticSize(call, x, x->rank() - 1);
  if (!features)
    return std::nullopt;
  Weights weights;
  weights.kernel =
      layer.variable(call, prefix + "kernel", {*features, gates * units}, kernelInitializer);
  if (!weights.kernel)
    return std::nullopt;
  weights.recurrentKernel = layer.variable(
      call, prefix + "recurrent_kernel", {units, gates * units}, recurrentInitializer, "recurrent");
  if (useBias)
    weights.bias = layer.variable(call, prefix + "bias", biasShape(), biasInitializer);
  return weights;
}

std::vector<Tensor *> RecurrentCell::overSteps(LayerCall &call, Tensor *x,
                                               std::vector<Tensor *> state,
                                               const GraphBuilder::StepMask &mask) {
  auto weights = readWeights(call, x);
  if (!weights || !(x = droppedInputs(call, x)))
    return {};
  Steps steps{x, {}, std::move(state), {}};
  steps.options.mask = mask;
  std::vector<Tensor *> results = build(call, *weights, steps);
  if (results.empty() || !dropInside(call, *weights, steps, results))
    return {};
  return results;
}

std::vector<Tensor *> RecurrentCell::step(LayerCall &call, Tensor *x,
                                          const std::vector<Tensor *> &state) {
  auto weights = readWeights(call, x);
  if (!weights)
    return {};
  if (isRandom() && call.training.value_or(true)) {
    session.in
        .report(Code::NotSupportedYet, call.place,
                "dropout of the cell '{}' is not supported yet where it is called step by step",
                layer.operation->name)
        .help("`RNN(cell)` and `{}` have dropout",
              llvm::StringRef(layer.typeName()).drop_back(llvm::StringRef("Cell").size()));
    return {};
  }
  std::vector<Tensor *> results = buildStep(call, *weights, call.graph.toFloat(x), state);
  return llvm::is_contained(results, nullptr) ? std::vector<Tensor *>() : results;
}

/// The product over the last axis of `x`.
static Tensor *product(GraphBuilder &graph, Tensor *x, Tensor *kernel) {
  return x && kernel
             ? graph.contract(graph.toFloat(x), kernel, {}, {}, {int64_t(x->rank()) - 1}, {0})
             : nullptr;
}

Tensor *RecurrentCell::inputSums(LayerCall &call, const Steps &steps, Tensor *kernel,
                                 Tensor *bias) {
  GraphBuilder &graph = call.graph;
  std::vector<Tensor *> parts;
  for (auto [gate, input] : llvm::enumerate(steps.gateInputs))
    parts.push_back(product(graph, input, graph.part(kernel, 1, int64_t(gate) * units, units)));
  Tensor *sums = parts.empty() ? product(graph, steps.x, kernel) : graph.concatenate(parts, 2);
  return bias ? graph.binary<AddOp>(sums, bias) : sums;
}

std::optional<Activation> RecurrentCell::elementwise(const BoundArguments::Slot &slot) {
  return slot.value.isNone() ? Activation::linear : elementwiseActivation(session, slot.value);
}

Tensor *RecurrentCell::activateInside(LayerCall &call, const BoundArguments::Slot &slot,
                                      Tensor *x) {
  if (const auto *inside = slot.value.as<Layer>(); inside && !inside->isFunction()) {
    session.in
        .report(Code::NotSupportedYet, slot.place,
                "the layer `{}` as an activation inside `{}` is not supported yet",
                inside->typeName(), layer.operation->className)
        .help("one without weights may be: `LeakyReLU()`");
    return nullptr;
  }
  Tensor *y = layer.activate(call, slot, x, /*mayBeLayer=*/false);
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
              layer.operation->name, y->shape(), x->shape())
      .help("inside `" + layer.operation->className +
            "` an activation keeps the shape (batch, units)");
  return nullptr;
}

Tensor *RecurrentCell::droppedInputs(LayerCall &call, Tensor *x) {
  if (dropoutRate == 0 || stateDropoutRate != 0)
    return x;
  return layer.whileTraining(call, call.graph.toFloat(x), [&](Tensor *x) {
    return dropoutOfFeatures(call.graph, x, dropoutRate);
  });
}

bool RecurrentCell::dropInside(LayerCall &call, const Weights &weights, Steps steps,
                               std::vector<Tensor *> &results) {
  if (stateDropoutRate == 0 || !call.training.value_or(true))
    return true;
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(steps.x);
  for (int64_t gate = 0; gate < gates && dropoutRate != 0; ++gate)
    steps.gateInputs.push_back(dropoutOfFeatures(graph, x, dropoutRate));
  Axes axes{x->axes[0], {DimExpr(units), AxisMeaning::Features, layer.operation}};
  for (int64_t gate = 0; gate < gates; ++gate)
    steps.options.stateScales.push_back(
        dropout(graph, graph.filled(1.0, axes), stateDropoutRate, axes));
  std::vector<Tensor *> trained = build(call, weights, steps);
  if (trained.empty())
    return false;
  for (auto [result, other] : llvm::zip_equal(results, trained))
    result = layer.whileTraining(call, result, [&](Tensor *) { return other; });
  return true;
}

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

namespace {

/// `rondo.lstm` stays whole where the activations are elementwise.
class LstmCell : public RecurrentCell {
public:
  LstmCell(Config &config, Layer &layer, llvm::StringRef prefix)
      : RecurrentCell(config, layer, prefix, /*gates=*/4, /*states=*/2),
        recurrentActivation(config.activation("recurrent_activation")) {
    config.ignore({"implementation"});
    if (config.boolean("unit_forget_bias")) {
      mlir::NamedAttrList attributes(biasInitializer);
      attributes.set("unit_forget", session.builder.getBoolAttr(true));
      biasInitializer = attributes.getDictionary(&session.context);
    }
  }

protected:
  std::vector<Tensor *> build(LayerCall &call, const Weights &weights,
                              const Steps &steps) override {
    Tensor *initialH = steps.state.empty() ? nullptr : steps.state[0];
    Tensor *initialC = steps.state.empty() ? nullptr : steps.state[1];
    auto whole = elementwise(activation), gates = elementwise(recurrentActivation);
    GraphBuilder::StepOptions options = steps.options;
    if (!steps.gateInputs.empty())
      options.sums = inputSums(call, steps, weights.kernel, weights.bias);
    GraphBuilder::LstmResults results;
    if (whole && gates && options.isOnlyMask())
      results =
          call.graph.lstm(steps.x, weights.kernel, weights.recurrentKernel, weights.bias, initialH,
                          initialC, options.mask, *whole, *gates, layer.operation->policy);
    else
      results = call.graph.lstm(
          steps.x, weights.kernel, weights.recurrentKernel, weights.bias, initialH, initialC,
          options, [&](Tensor *cells) { return activateInside(call, activation, cells); },
          [&](Tensor *gates) { return activateInside(call, recurrentActivation, gates); });
    if (!results.sequence)
      return {};
    return {results.sequence, results.lastH, results.lastC};
  }

  std::vector<Tensor *> buildStep(LayerCall &call, const Weights &weights, Tensor *x,
                                  const std::vector<Tensor *> &state) override {
    GraphBuilder &graph = call.graph;
    Tensor *sums = graph.binary<AddOp>(inputSums(call, {x, {}, {}, {}}, weights.kernel, nullptr),
                                       product(graph, state[0], weights.recurrentKernel));
    if (weights.bias)
      sums = graph.binary<AddOp>(sums, weights.bias);
    auto gateOf = [&](int64_t index) {
      return activateInside(call, index == 2 ? activation : recurrentActivation,
                            gate(call, sums, index));
    };
    Tensor *kept = graph.binary<MulOp>(gateOf(1), state[1]);
    Tensor *added = graph.binary<MulOp>(gateOf(0), gateOf(2));
    Tensor *c = graph.binary<AddOp>(kept, added);
    return {graph.binary<MulOp>(gateOf(3), activateInside(call, activation, c)), c};
  }

private:
  BoundArguments::Slot recurrentActivation;
};

//===----------------------------------------------------------------------===//
// Cells with one state
//===----------------------------------------------------------------------===//

/// A cell with one state: the sums with the input are one product in front of `rondo.rnn`, which
/// stays whole where the activations are elementwise.
class CellOfOneState : public RecurrentCell {
protected:
  using RecurrentCell::RecurrentCell;

  /// Runs the cell; `recurrentActivation` is null where it has none.
  std::vector<Tensor *> run(LayerCall &call, const GraphBuilder::RnnInputs &inputs,
                            const BoundArguments::Slot *recurrentActivation) {
    auto whole = elementwise(activation);
    auto gates = recurrentActivation ? elementwise(*recurrentActivation) : Activation::linear;
    GraphBuilder::RnnResults results;
    if (whole && gates && inputs.isWhole())
      results = call.graph.rnn(inputs, *whole, *gates);
    else
      results = call.graph.rnn(
          inputs, [&](Tensor *x) { return activateInside(call, activation, x); },
          [&](Tensor *x) { return activateInside(call, *recurrentActivation, x); });
    if (!results.sequence)
      return {};
    return {results.sequence, results.lastH};
  }

  /// What the first step starts from.
  Tensor *initialState(LayerCall &call, const Steps &steps) {
    Axis unitAxis{DimExpr(units), AxisMeaning::Features, layer.operation};
    return steps.state.empty() ? call.graph.filled(0.0, {steps.x->axes[0], unitAxis})
                               : steps.state.front();
  }
};

class GruCell : public CellOfOneState {
public:
  GruCell(Config &config, Layer &layer, llvm::StringRef prefix)
      : CellOfOneState(config, layer, prefix, /*gates=*/3, /*states=*/1),
        recurrentActivation(config.activation("recurrent_activation")),
        resetAfter(config.boolean("reset_after")) {
    config.ignore({"implementation"});
  }

protected:
  llvm::SmallVector<int64_t> biasShape() const override {
    if (resetAfter)
      return {2, 3 * units}; // of the products with the input and with the state
    return {3 * units};
  }

  std::vector<Tensor *> build(LayerCall &call, const Weights &weights,
                              const Steps &steps) override {
    auto [inputBias, stateBias] = biases(call, weights);
    GraphBuilder::RnnInputs inputs;
    inputs.options = steps.options;
    inputs.cell = RnnCell::gru;
    inputs.resetBefore = !resetAfter;
    inputs.sums = inputSums(call, steps, weights.kernel, inputBias);
    inputs.bias = stateBias;
    inputs.recurrentKernel = weights.recurrentKernel;
    inputs.initialH = initialState(call, steps);
    return run(call, inputs, &recurrentActivation);
  }

  std::vector<Tensor *> buildStep(LayerCall &call, const Weights &weights, Tensor *x,
                                  const std::vector<Tensor *> &state) override {
    GraphBuilder &graph = call.graph;
    auto [inputBias, stateBias] = biases(call, weights);
    Tensor *h = state.front();
    Tensor *sums = inputSums(call, {x, {}, {}, {}}, weights.kernel, inputBias);
    // Of the gates that have h itself.
    Tensor *kernel = weights.recurrentKernel;
    if (!resetAfter)
      kernel = graph.part(kernel, 1, 0, 2 * units);
    Tensor *stateSums = product(graph, h, kernel);
    if (stateBias)
      stateSums = graph.binary<AddOp>(stateSums, stateBias);
    auto gateOf = [&](int64_t index) {
      Tensor *sum = graph.binary<AddOp>(gate(call, sums, index), gate(call, stateSums, index));
      return activateInside(call, recurrentActivation, sum);
    };
    Tensor *z = gateOf(0), *r = gateOf(1);
    Tensor *reset = resetAfter ? graph.binary<MulOp>(r, gate(call, stateSums, 2))
                               : product(graph, graph.binary<MulOp>(r, h),
                                         gate(call, weights.recurrentKernel, 2));
    Tensor *n = graph.binary<AddOp>(gate(call, sums, 2), reset);
    n = activateInside(call, activation, n);
    return {graph.binary<AddOp>(n, graph.binary<MulOp>(z, graph.binary<SubOp>(h, n)))};
  }

private:
  /// Those of the products with the input and with the state, null where there is none.
  std::pair<Tensor *, Tensor *> biases(LayerCall &call, const Weights &weights) {
    if (!weights.bias || !resetAfter)
      return {weights.bias, nullptr};
    auto row = [&](int64_t index) {
      return call.graph.squeeze(call.graph.part(weights.bias, 0, index, 1), {0});
    };
    return {row(0), row(1)};
  }

  BoundArguments::Slot recurrentActivation;
  bool resetAfter;
};

class SimpleRnnCell : public CellOfOneState {
public:
  SimpleRnnCell(Config &config, Layer &layer, llvm::StringRef prefix)
      : CellOfOneState(config, layer, prefix, /*gates=*/1, /*states=*/1) {}

protected:
  std::vector<Tensor *> build(LayerCall &call, const Weights &weights,
                              const Steps &steps) override {
    GraphBuilder::RnnInputs inputs;
    inputs.options = steps.options;
    inputs.cell = RnnCell::simple;
    inputs.sums = inputSums(call, steps, weights.kernel, weights.bias);
    inputs.recurrentKernel = weights.recurrentKernel;
    inputs.initialH = initialState(call, steps);
    return run(call, inputs, nullptr);
  }

  std::vector<Tensor *> buildStep(LayerCall &call, const Weights &weights, Tensor *x,
                                  const std::vector<Tensor *> &state) override {
    Tensor *sums =
        call.graph.binary<AddOp>(inputSums(call, {x, {}, {}, {}}, weights.kernel, weights.bias),
                                 product(call.graph, state.front(), weights.recurrentKernel));
    return {activateInside(call, activation, sums)};
  }
};

} // namespace

std::unique_ptr<RecurrentCell> makeLstmCell(Config &config, Layer &layer, llvm::StringRef prefix) {
  return std::make_unique<LstmCell>(config, layer, prefix);
}

std::unique_ptr<RecurrentCell> makeGruCell(Config &config, Layer &layer, llvm::StringRef prefix) {
  return std::make_unique<GruCell>(config, layer, prefix);
}

std::unique_ptr<RecurrentCell> makeSimpleRnnCell(Config &config, Layer &layer,
                                                 llvm::StringRef prefix) {
  return std::make_unique<SimpleRnnCell>(config, layer, prefix);
}

} // namespace rondo::keras
