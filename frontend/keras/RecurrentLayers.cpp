//===- RecurrentLayers.cpp - LSTM, GRU, SimpleRNN -------------------------===//
//
// Keras' layers/rnn.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/RandomTensors.h"
#include "frontend/keras/Recurrent.h"
#include "frontend/keras/Slips.h"
#include "frontend/keras/Wrapper.h"

namespace rondo::keras {
namespace {

/// What all recurrent layers share: their cell has a kernel, a recurrent kernel and a bias for some
/// gates; return_sequences and return_state pick results.
class Recurrent : public RecurrentLayer {
public:
  Recurrent(Config &config, llvm::StringRef className, llvm::StringRef cellName, int64_t gates,
            size_t states)
      : RecurrentLayer(config, className, states), units(config.positiveInteger("units")),
        activation(config.activation("activation")), useBias(config.boolean("use_bias")),
        kernelInitializer(config.initializer("kernel_initializer")),
        recurrentInitializer(config.initializer("recurrent_initializer")),
        biasInitializer(config.initializer("bias_initializer")),
        dropoutRate(readRate(config, "dropout")),
        stateDropoutRate(readRate(config, "recurrent_dropout")), arguments(config.arguments),
        cellName(cellName), gates(gates) {
    // A way to compute the same numbers but for one case.
    isUnrolled = config.boolean("unroll");
    // Random numbers follow from the seed of the training.
    config.ignore({"seed"});
  }

  const char *callParameters() const override {
    return "sequences, initial_state=None, mask=None, training=None";
  }

  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override {
    helpWithSequence(diagnostic, x, /*isOneMend=*/!returnSequences);
  }
  /// What helps where its last state is taken for a sequence; false if it gives all steps.
  /// `maker` is what gives that state: itself, or the layer around it.
  bool helpWithLastState(diagnostics::Diagnostic &diagnostic, const Operation &maker,
                         bool isOneMend) const {
    if (returnSequences)
      return false;
    std::string option =
        &maker == operation
            ? "`return_sequences=True`"
            : fmt::format("`return_sequences=True` of the `{}` inside", operation->className);
    diagnostic.note(operation->place, "'{}' gives its last state only", maker.name)
        .help("{} makes '{}' give all steps{}", option, maker.name,
              isOneMend ? "" : "; `RepeatVector(n)` makes n steps of its last state");
    llvm::StringRef text = operation->place.text();
    if (!isOneMend || !text.ends_with(")") || text.contains("return_sequences"))
      return true;
    SourceRange end = operation->place.after();
    --end.begin;
    diagnostic.fix(SourceRange{end.file, end.begin, end.begin},
                   text.drop_back().rtrim().ends_with(",") ? "return_sequences=True"
                                                           : ", return_sequences=True");
    return true;
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    auto features = staticSize(call, x, 2);
    if (!features)
      return {};
    Weights weights;
    weights.kernel =
        variable(call, cellName + "/kernel", {*features, gates * units}, kernelInitializer);
    if (!weights.kernel)
      return {};
    weights.recurrentKernel = variable(call, cellName + "/recurrent_kernel", {units, gates * units},
                                       recurrentInitializer);
    if (useBias)
      weights.bias = variable(call, cellName + "/bias", biasShape(), biasInitializer);
    std::vector<Tensor *> state;
    if (!readState(call, x, state))
      return {};
    auto mask = readMask(call, x, !state.empty());
    if (!mask)
      return {};
    x = withSteps(x);
    if (!(x = droppedInputs(call, x)))
      return {};
    // From the last step to the first; the outputs stay in that order.
    if (goBackwards)
      x = call.graph.reverse(x, {1});
    Steps steps{x, {}, std::move(state), {}};
    steps.options.mask = *mask;
    std::vector<Tensor *> results = build(call, weights, steps);
    if (results.empty() || !dropInside(call, weights, steps, results))
      return {};
    if (!returnSequences)
      results[0] = mask->steps && mask->output != MaskedOutput::state
                       ? lastStep(call.graph, results[0])
                       : results[1];
    if (!returnState)
      results.resize(1);
    return results;
  }

protected:
  /// A layer of class `T` with the arguments of this one.
  template <typename T> T *remake(const std::string &name, bool backwards) const {
    BoundArguments changed = arguments;
    changed["name"].value = session.in.heap.str(name);
    changed["go_backwards"].value = Value::boolean(backwards);
    Config config(session, changed);
    return session.in.heap.make<T>(config);
  }

  struct Weights {
    Tensor *kernel = nullptr, *recurrentKernel = nullptr;
    Tensor *bias = nullptr; ///< null without one
  };

  virtual llvm::SmallVector<int64_t> biasShape() const { return {gates * units}; }
  using StepMask = GraphBuilder::StepMask;

  /// What the layer goes along.
  struct Steps {
    Tensor *x;
    std::vector<Tensor *> gateInputs; ///< of each gate, where they do not have all of `x`
    std::vector<Tensor *> state;      ///< empty where no initial state is given
    GraphBuilder::StepOptions options;
  };

  /// The sequence, then the last states; empty after a report.
  virtual std::vector<Tensor *> build(LayerCall &call, const Weights &weights,
                                      const Steps &steps) = 0;

  /// x[t]·kernel + bias of all steps.
  Tensor *inputSums(LayerCall &call, const Steps &steps, Tensor *kernel, Tensor *bias) {
    GraphBuilder &graph = call.graph;
    auto product = [&](Tensor *x, Tensor *kernel) {
      return graph.contract(graph.toFloat(x), kernel, {}, {}, {2}, {0});
    };
    std::vector<Tensor *> parts;
    for (auto [gate, input] : llvm::enumerate(steps.gateInputs))
      parts.push_back(product(input, graph.part(kernel, 1, int64_t(gate) * units, units)));
    Tensor *sums = parts.empty() ? product(steps.x, kernel) : graph.concatenate(parts, 2);
    return bias ? graph.binary<AddOp>(sums, bias) : sums;
  }

  /// The elementwise activation that a slot asks for, or nothing.
  std::optional<Activation> elementwise(const BoundArguments::Slot &slot) {
    return slot.value.isNone() ? Activation::linear : elementwiseActivation(session, slot.value);
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
        .help("inside `" + operation->className + "` an activation keeps the shape (batch, units)");
    return nullptr;
  }

  int64_t units;
  BoundArguments::Slot activation;
  bool useBias;
  mlir::DictionaryAttr kernelInitializer, recurrentInitializer, biasInitializer;
  double dropoutRate, stateDropoutRate;

private:
  /// While training, where all gates have the same.
  Tensor *droppedInputs(LayerCall &call, Tensor *x) {
    if (dropoutRate == 0 || stateDropoutRate != 0)
      return x;
    return whileTraining(call, call.graph.toFloat(x),
                         [&](Tensor *x) { return dropoutOfFeatures(call.graph, x, dropoutRate); });
  }

  /// While training, where units are dropped, each gate drops features and units of its own; false
  /// after a report.
  bool dropInside(LayerCall &call, const Weights &weights, Steps steps,
                  std::vector<Tensor *> &results) {
    if (stateDropoutRate == 0 || !call.training.value_or(true))
      return true;
    if (!mayTrain(call))
      return false;
    GraphBuilder &graph = call.graph;
    Tensor *x = graph.toFloat(steps.x);
    for (int64_t gate = 0; gate < gates && dropoutRate != 0; ++gate)
      steps.gateInputs.push_back(dropoutOfFeatures(graph, x, dropoutRate));
    Axes axes{x->axes[0], {DimExpr(units), AxisMeaning::Features, operation}};
    for (int64_t gate = 0; gate < gates; ++gate)
      steps.options.stateScales.push_back(
          dropout(graph, graph.filled(1.0, axes), stateDropoutRate, axes));
    std::vector<Tensor *> trained = build(call, weights, steps);
    if (trained.empty())
      return false;
    for (auto [result, other] : llvm::zip_equal(results, trained))
      result = graph.byPhase(result, other);
    return true;
  }

  /// What a recurrent layer goes along are time steps: of whatever made them.
  Tensor *withSteps(const Tensor *x) {
    Axes axes = x->axes;
    Axis &steps = axes[1];
    if (!steps.is(AxisMeaning::Time))
      steps = {steps.size, AxisMeaning::Time, x->maker()};
    steps.softmax = {};
    steps.hasContexts = false;
    return session.makeTensor(x->value, std::move(axes), x->element, x->origin, x->place);
  }

  /// The mask of the steps in the order in which they are gone through. Nothing after a report.
  std::optional<StepMask> readMask(LayerCall &call, const Tensor *x, bool hasState) {
    StepMask mask;
    if (!call.mask())
      return mask;
    if (!checkMask(call, call.mask(), x))
      return std::nullopt;
    mask.steps = call.graph.toBool(call.mask());
    if (goBackwards)
      mask.steps = call.graph.reverse(mask.steps, {1});
    mask.output = zerosMasked ? MaskedOutput::zeros
                  : hasState  ? MaskedOutput::previous
                              : MaskedOutput::state;
    // Keras leaves out the steps of the mask as it is given, not those of the reversed one.
    if (!zerosMasked || !goBackwards || !isUnrolled)
      return mask;
    session.in
        .report(Code::NotSupportedYet, call.place,
                "'{}' goes backwards along a mask with `unroll=True`, where Keras makes the wrong "
                "steps zero",
                operation->name)
        .help("leave `unroll` out");
    return std::nullopt;
  }

  /// The last step of a sequence.
  static Tensor *lastStep(GraphBuilder &graph, Tensor *x) {
    DimExpr last = x->size(1) - DimExpr(1);
    Tensor *step =
        graph.slice(x, {DimExpr(0), last, DimExpr(0)}, {x->size(0), DimExpr(1), x->size(2)});
    return graph.squeeze(step, {1});
  }

  /// `initial_state=`: each (batch, units).
  bool readState(LayerCall &call, const Tensor *x, std::vector<Tensor *> &state) {
    const BoundArguments::Slot &slot = call.arguments["initial_state"];
    if (slot.value.isNone())
      return true;
    auto tensors = flattenTensors(session, slot.value, slot.place, "`initial_state`");
    if (!tensors)
      return false;
    state = std::move(*tensors);
    if (state.size() != states) {
      diagnostics::Diagnostic &diagnostic = session.in.report(
          Code::InputCount, slot.place, "`initial_state` of `{}` is {}, got {}",
          operation->className, states == 1 ? "one state" : "the two states [h, c]",
          eval::plural(state.size(), "tensor"));
      if (states == 2 && state.size() == 1)
        diagnostic.help("`output, h, c = {}(…, return_state=True)(x)` gives both",
                        operation->className);
      else if (states == 1 && state.size() == 2)
        diagnostic.help("`{}` has no second state: `output, state = {}(…, return_state=True)(x)`",
                        operation->className, operation->className);
      return false;
    }
    for (Tensor *&tensor : state) {
      if (tensor->rank() != 2 || !session.unify(tensor->axes[0].size, x->axes[0].size) ||
          !session.unify(tensor->axes[1].size, DimExpr(units))) {
        diagnostics::Diagnostic &diagnostic =
            session.in.report(Code::ShapeMismatch, slot.place,
                              "a state of '{}' has shape (batch, {}), got '{}' of shape {}",
                              operation->name, units, tensor->origin, tensor->shape());
        noteMade(diagnostic, {tensor});
        if (auto size = tensor->rank() == 2 ? tensor->size(1).getConstant() : std::nullopt)
          diagnostic.note(operation->place, "'{}' is made here", operation->name)
              .help("`{}({}, …)` has states of this size", operation->className, *size);
        return false;
      }
      tensor = call.graph.toFloat(tensor);
    }
    return true;
  }

  eval::BoundArguments arguments;
  std::string cellName;
  int64_t gates;
  bool isUnrolled;
};

/// `rondo.lstm` stays whole where the activations are elementwise.
class LSTM : public Recurrent {
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
      : Recurrent(config, kerasName, "lstm_cell", /*gates=*/4, /*states=*/2),
        recurrentActivation(config.activation("recurrent_activation")) {
    config.ignore({"implementation", "use_cudnn"});
    if (config.boolean("unit_forget_bias")) {
      mlir::NamedAttrList attributes(biasInitializer);
      attributes.set("unit_forget", session.builder.getBoolAttr(true));
      biasInitializer = attributes.getDictionary(&session.context);
    }
  }

  RecurrentLayer *again(const std::string &name, bool backwards) const override {
    return remake<LSTM>(name, backwards);
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
    if (whole && gates && options.isEmpty())
      results = call.graph.lstm(steps.x, weights.kernel, weights.recurrentKernel, weights.bias,
                                initialH, initialC, *whole, *gates);
    else
      results = call.graph.lstm(
          steps.x, weights.kernel, weights.recurrentKernel, weights.bias, initialH, initialC,
          options, [&](Tensor *cells) { return activateInside(call, activation, cells); },
          [&](Tensor *gates) { return activateInside(call, recurrentActivation, gates); });
    if (!results.sequence)
      return {};
    return {results.sequence, results.lastH, results.lastC};
  }

private:
  BoundArguments::Slot recurrentActivation;
};

/// A layer with one state: the sums with the input are one product in front of `rondo.rnn`, which
/// stays whole where the activations are elementwise.
class RecurrentOfOneState : public Recurrent {
protected:
  using Recurrent::Recurrent;

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
    Axis unitAxis{DimExpr(units), AxisMeaning::Features, operation};
    return steps.state.empty() ? call.graph.filled(0.0, {steps.x->axes[0], unitAxis})
                               : steps.state.front();
  }
};

class GRU : public RecurrentOfOneState {
public:
  static constexpr const char *kerasName = "GRU";
  static constexpr const char *parameters =
      "units, activation='tanh', recurrent_activation='sigmoid', use_bias=True, "
      "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
      "bias_initializer='zeros', kernel_regularizer=None, recurrent_regularizer=None, "
      "bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, "
      "recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, "
      "seed=None, return_sequences=False, return_state=False, go_backwards=False, "
      "stateful=False, unroll=False, reset_after=True, use_cudnn='auto', implementation=2, "
      "zero_output_for_mask=False";

  explicit GRU(Config &config)
      : RecurrentOfOneState(config, kerasName, "gru_cell", /*gates=*/3, /*states=*/1),
        recurrentActivation(config.activation("recurrent_activation")),
        resetAfter(config.boolean("reset_after")) {
    config.ignore({"implementation", "use_cudnn"});
  }

  RecurrentLayer *again(const std::string &name, bool backwards) const override {
    return remake<GRU>(name, backwards);
  }

protected:
  llvm::SmallVector<int64_t> biasShape() const override {
    if (resetAfter)
      return {2, 3 * units}; // of the products with the input and with the state
    return {3 * units};
  }

  std::vector<Tensor *> build(LayerCall &call, const Weights &weights,
                              const Steps &steps) override {
    Tensor *inputBias = weights.bias;
    GraphBuilder::RnnInputs inputs;
    inputs.options = steps.options;
    if (inputBias && resetAfter) {
      auto row = [&](int64_t index) {
        return call.graph.squeeze(call.graph.part(weights.bias, 0, index, 1), {0});
      };
      inputBias = row(0);
      inputs.bias = row(1);
    }
    inputs.cell = RnnCell::gru;
    inputs.resetBefore = !resetAfter;
    inputs.sums = inputSums(call, steps, weights.kernel, inputBias);
    inputs.recurrentKernel = weights.recurrentKernel;
    inputs.initialH = initialState(call, steps);
    return run(call, inputs, &recurrentActivation);
  }

private:
  BoundArguments::Slot recurrentActivation;
  bool resetAfter;
};

class SimpleRNN : public RecurrentOfOneState {
public:
  static constexpr const char *kerasName = "SimpleRNN";
  static constexpr const char *parameters =
      "units, activation='tanh', use_bias=True, kernel_initializer='glorot_uniform', "
      "recurrent_initializer='orthogonal', bias_initializer='zeros', kernel_regularizer=None, "
      "recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
      "kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0.0, "
      "recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False, "
      "stateful=False, unroll=False, seed=None, zero_output_for_mask=False";

  explicit SimpleRNN(Config &config)
      : RecurrentOfOneState(config, kerasName, "simple_rnn_cell", /*gates=*/1, /*states=*/1) {}

  RecurrentLayer *again(const std::string &name, bool backwards) const override {
    return remake<SimpleRNN>(name, backwards);
  }

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
};

} // namespace

void helpWithSequence(diagnostics::Diagnostic &diagnostic, const Tensor *x, bool isOneMend) {
  diagnostic.help("a sequence has shape (batch, time steps, features)");
  const Operation *maker = x->maker();
  const eval::Object *source = maker ? maker->object : nullptr;
  if (const auto *wrapper = dynamic_cast<const Wrapper *>(source))
    source = wrapper->inside();
  const auto *before = dynamic_cast<const Recurrent *>(source);
  if (before && x->rank() == 2 && before->helpWithLastState(diagnostic, *maker, isOneMend))
    return;
  if (maker && maker->isInput && x->rank() == 2)
    diagnostic.help("an input of sequences is `Input(shape=(steps, {0}))`; `Reshape(({0}, 1))` "
                    "reads {0} numbers as steps",
                    x->size(1).str());
  else if (maker && maker->isInput && x->rank() == 4)
    diagnostic.help("the batch is no part of `shape`: `Input(shape=({}, {}))`", x->size(2).str(),
                    x->size(3).str());
  else if (maker && x->rank() == 2 && llvm::StringRef(maker->className).starts_with("Global"))
    diagnostic.note(maker->place, "'{}' makes one vector of all time steps here", maker->name)
        .help("leave `{}` out, or put it behind this layer", maker->className);
  else if (x->rank() == 2)
    diagnostic.help("`RepeatVector(n)` makes n steps of a vector");
}

void addRecurrentLayers(Catalogue &catalogue) {
  catalogue.addLayer<LSTM>();
  catalogue.addLayer<GRU>();
  catalogue.addLayer<SimpleRNN>();
}

} // namespace rondo::keras
