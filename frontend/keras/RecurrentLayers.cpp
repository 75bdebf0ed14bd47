//===- RecurrentLayers.cpp - LSTM, GRU, SimpleRNN -------------------------===//
//
// What all recurrent layers share, and those that have their cell inside. Follows Keras'
// layers/rnn.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Recurrent.h"
#include "frontend/keras/RecurrentCells.h"
#include "frontend/keras/Slips.h"
#include "frontend/keras/Weight.h"
#include "frontend/keras/Wrapper.h"

namespace rondo::keras {

RecurrentLayer::RecurrentLayer(Config &config, llvm::StringRef className)
    : SequenceLayer(config, className), returnSequences(config.boolean("return_sequences")),
      returnState(config.boolean("return_state")), goBackwards(config.boolean("go_backwards")),
      zerosMasked(config.boolean("zero_output_for_mask")),
      // A way to compute the same numbers but for one case.
      isUnrolled(config.boolean("unroll")), isStateful(config.boolean("stateful")) {}

void RecurrentLayer::helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const {
  helpWithSequence(diagnostic, x, /*isOneMend=*/!returnSequences);
}

bool RecurrentLayer::helpWithLastState(diagnostics::Diagnostic &diagnostic, const Operation &maker,
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

/// The last step of a sequence.
static Tensor *lastStep(GraphBuilder &graph, Tensor *x) {
  DimExpr last = x->size(1) - DimExpr(1);
  Tensor *step =
      graph.slice(x, {DimExpr(0), last, DimExpr(0)}, {x->size(0), DimExpr(1), x->size(2)});
  return graph.squeeze(step, {1});
}

std::optional<RecurrentLayer::Results>
RecurrentLayer::resultsOf(LayerCall &call, std::vector<Tensor *> made, const StepMask &mask) {
  if (made.empty())
    return std::nullopt;
  std::vector<Tensor *> states(made.begin() + 1, made.end());
  bool isState = !mask.steps || mask.output == MaskedOutput::state;
  Tensor *last = isState ? states.front() : lastStep(call.graph, made.front());
  return Results{made.front(), last, std::move(states)};
}

Value RecurrentLayer::call(Interpreter &in, Arguments &arguments) {
  if (const eval::KeywordArgument *constants = arguments.find("constants")) {
    in.report(Code::UnknownArgument, constants->namePlace,
              "Keras 3 has no `constants`: `{}` hands its cell a step and the states only",
              typeName())
        .help("make it a part of each step, `keras.ops.concatenate([x, keras.layers.RepeatVector("
              "steps)(c)])`, or a state that the cell gives back as it is, with "
              "`initial_state=[…, c]`");
    operation->hasFailed = true;
    return Value::error();
  }
  return SequenceLayer::call(in, arguments);
}

std::vector<Tensor *> RecurrentLayer::apply(LayerCall &call) {
  Tensor *x = call.inputs.front();
  if (!checkRank(call, x, 3, mostAxes()) || !staticSize(call, x, 2))
    return {};
  std::vector<Tensor *> states;
  StateUse use;
  if (!readState(call, x, states) || (isStateful && !useStates(call, x, states, use)))
    return {};
  auto mask = readMask(call, x, !states.empty());
  if (!mask)
    return {};
  x = withSteps(x);
  // From the last step to the first; the outputs stay in that order.
  if (goBackwards)
    x = call.graph.reverse(x, {1});
  auto results = along(call, x, states, *mask);
  if (!results)
    return {};
  if (isStateful) {
    for (const Tensor *state : results->states)
      use.after.push_back(state->value);
    session.effects.states.push_back(session.keep(std::move(use)));
  }
  std::vector<Tensor *> outputs{returnSequences ? results->sequence : results->last};
  if (returnState)
    llvm::append_range(outputs, results->states);
  return outputs;
}

Tensor *RecurrentLayer::withSteps(const Tensor *x) {
  Axes axes = x->axes;
  Axis &steps = axes[1];
  if (!steps.is(AxisMeaning::Time))
    steps = {steps.size, AxisMeaning::Time, x->maker()};
  steps.softmax = {};
  steps.hasContexts = false;
  return session.makeTensor(x->value, std::move(axes), x->element, x->origin, x->place);
}

std::optional<RecurrentLayer::StepMask> RecurrentLayer::readMask(LayerCall &call, const Tensor *x,
                                                                 bool hasState) {
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

bool RecurrentLayer::readState(LayerCall &call, const Tensor *x, std::vector<Tensor *> &states) {
  const BoundArguments::Slot &slot = call.arguments["initial_state"];
  if (slot.value.isNone())
    return true;
  auto tensors = flattenTensors(session, slot.value, slot.place, "`initial_state`");
  if (!tensors)
    return false;
  states = std::move(*tensors);
  std::vector<int64_t> sizes = stateSizes();
  if (states.size() == sizes.size())
    return checkStates(call, *this, x, slot.place, sizes, states);
  diagnostics::Diagnostic &diagnostic = session.in.report(
      Code::InputCount, slot.place, "`initial_state` of `{}` is {}, got {}", operation->className,
      sizes.size() == 1                ? "one state"
      : operation->className == "LSTM" ? "the two states [h, c]"
                                       : eval::plural(sizes.size(), "state"),
      eval::plural(states.size(), "tensor"));
  if (sizes.size() == 2 && states.size() == 1)
    diagnostic.help("`output, h, c = {}(…, return_state=True)(x)` gives both",
                    operation->className);
  else if (sizes.size() == 1 && states.size() == 2)
    diagnostic.help("`{}` has no second state: `output, state = {}(…, return_state=True)(x)`",
                    operation->className, operation->className);
  return false;
}

bool RecurrentLayer::useStates(LayerCall &call, const Tensor *x, std::vector<Tensor *> &states,
                               StateUse &use) {
  auto batch = session.resolve(x->axes[0].size).getConstant();
  if (!batch) {
    session.in
        .report(Code::DynamicSize, call.place,
                "'{}' has `stateful=True`, which keeps a state for each sample of the batch, and "
                "the batch of '{}' of shape {} is only known when the model runs",
                operation->name, x->origin, x->shape())
        .help("give the size of the batch: `Input(shape=…, batch_size=32)`");
    return false;
  }
  if (std::string what; !startsFromZeros(what)) {
    session.in
        .report(Code::NotSupportedYet, operation->place,
                "`stateful=True` of `{}` is not supported yet for {}", operation->className, what)
        .help("zeros are what a cell without `get_initial_state` starts from");
    return false;
  }
  std::vector<int64_t> sizes = stateSizes();
  if (stateVariables.empty())
    for (int64_t size : sizes)
      stateVariables.push_back(
          session.makeState(*operation, "rnn_state", {*batch, size}, call.place));
  if (!checkStateBatch(call, x, *batch))
    return false;
  use.variables.assign(stateVariables.begin(), stateVariables.end());
  if (!states.empty())
    return true;
  for (int64_t size : sizes) {
    Tensor *kept =
        session.makeSource({x->axes[0], {DimExpr(size), AxisMeaning::Features, operation}},
                           ElementKind::Float, operation->name, call.place);
    use.before.push_back(kept->value);
    // No gradient goes through a variable, not to an earlier call of this step either.
    states.push_back(call.graph.unary<StopGradientOp>(kept));
  }
  return true;
}

bool RecurrentLayer::checkStateBatch(LayerCall &call, const Tensor *x, int64_t batch) {
  const int64_t expected = stateVariables.front()->shape.front();
  if (batch == expected)
    return true;
  session.in
      .report(Code::SharedLayerShape, call.place,
              "'{}' keeps the states of a batch of {}, and the batch of '{}' of shape {} is {}",
              operation->name, expected, x->origin, x->shape(), batch)
      .help("a layer with `stateful=True` that is used twice takes batches of the same size");
  return false;
}

namespace {
/// `lstm.cell`: what the file can ask the cell of a layer that has no other layer inside.
class CellView : public eval::Object {
public:
  explicit CellView(RecurrentLayer &layer) : layer(layer) {}
  std::string typeName() const override { return layer.operation->className + "Cell"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    const std::vector<int64_t> sizes = layer.stateSizes();
    if (name == "output_size" || (name == "state_size" && sizes.size() == 1))
      return Value::integer(sizes.front());
    if (name == "state_size")
      return layer.attribute(in, name, place);
    for (Variable *variable : layer.operation->variables)
      if (llvm::StringRef(variable->ownPath).rsplit('/').second == name)
        return Value(in.heap.make<Weight>(layer.session, *variable));
    const bool isOfLayer = llvm::is_contained(
        {"return_sequences", "return_state", "go_backwards", "stateful", "unroll"}, name);
    return isOfLayer || name == "get_config" ? std::nullopt : settingAttribute(layer, name);
  }

private:
  RecurrentLayer &layer;
};
} // namespace

std::optional<Value> RecurrentLayer::attribute(Interpreter &in, llvm::StringRef name,
                                               SourceRange place) {
  if (name == "cell")
    return Value(in.heap.make<CellView>(*this));
  if (name == "state_size") {
    std::vector<Value> sizes;
    for (int64_t size : stateSizes())
      sizes.push_back(Value::integer(size));
    return Value(in.heap.list(std::move(sizes)));
  }
  if (auto reset = resetStates(in, name))
    return reset;
  if (name == "get_initial_state")
    return initialState(in, place);
  return SequenceLayer::attribute(in, name, place);
}

std::vector<std::string> RecurrentLayer::attributeNames() const {
  std::vector<std::string> names = SequenceLayer::attributeNames();
  names.insert(names.end(),
               {"cell", "get_initial_state", "reset_state", "reset_states", "state_size"});
  return names;
}

Value RecurrentLayer::initialState(Interpreter &, SourceRange) {
  return initialZeros(session, stateSizes());
}

std::optional<Value> resetStates(Interpreter &in, llvm::StringRef name) {
  if (name != "reset_state" && name != "reset_states")
    return std::nullopt;
  // No run has left anything where a file is read.
  return Value(in.heap.make<Native>(name.str(), "",
                                    [](Interpreter &, BoundArguments &) { return Value(); }));
}

bool checkStates(LayerCall &call, Layer &layer, const Tensor *x, SourceRange place,
                 llvm::ArrayRef<int64_t> sizes, std::vector<Tensor *> &states) {
  Session &session = layer.session;
  for (auto [tensor, units] : llvm::zip_equal(states, sizes)) {
    if (!session.unify(*tensor, {x->axes[0], {DimExpr(units), AxisMeaning::Features}})) {
      diagnostics::Diagnostic &diagnostic = session.in.report(
          Code::ShapeMismatch, place, "a state of '{}' has shape (batch, {}), got '{}' of shape {}",
          layer.operation->name, units, tensor->origin, tensor->shape());
      noteMade(diagnostic, {tensor});
      auto size = tensor->rank() == 2 ? tensor->size(1).getConstant() : std::nullopt;
      if (size && llvm::any_of(layer.settings, [](const auto &s) { return s.first == "units"; }))
        diagnostic.note(layer.operation->place, "'{}' is made here", layer.operation->name)
            .help("`{}({}, …)` has states of this size", layer.operation->className, *size);
      return false;
    }
    tensor = call.graph.toFloat(tensor);
  }
  return true;
}

namespace {

/// A layer with its cell inside, of class `T`.
template <typename T> class WholeLayer : public RecurrentLayer {
public:
  std::vector<int64_t> stateSizes() const override { return cell->stateSizes(); }

  RecurrentLayer *again(const std::string &name, bool backwards) const override {
    return makeAgain<T>(session, arguments,
                        {{"name", session.in.heap.str(name)},
                         {"dtype", policyObject(session.in, operation->policy)},
                         {"go_backwards", Value::boolean(backwards)}});
  }

protected:
  explicit WholeLayer(Config &config)
      : RecurrentLayer(config, T::kerasName), arguments(config.arguments) {}

  std::optional<Results> along(LayerCall &call, Tensor *x, const std::vector<Tensor *> &states,
                               const StepMask &mask) override {
    return resultsOf(call, cell->overSteps(call, x, states, mask), mask);
  }

  std::unique_ptr<RecurrentCell> cell;

private:
  eval::BoundArguments arguments;
};

class LSTM : public WholeLayer<LSTM> {
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

  explicit LSTM(Config &config) : WholeLayer(config) {
    cell = makeLstmCell(config, *this, "lstm_cell/");
    config.ignore({"use_cudnn"});
  }
};

class GRU : public WholeLayer<GRU> {
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

  explicit GRU(Config &config) : WholeLayer(config) {
    cell = makeGruCell(config, *this, "gru_cell/");
    config.ignore({"use_cudnn"});
  }
};

class SimpleRNN : public WholeLayer<SimpleRNN> {
public:
  static constexpr const char *kerasName = "SimpleRNN";
  static constexpr const char *parameters =
      "units, activation='tanh', use_bias=True, kernel_initializer='glorot_uniform', "
      "recurrent_initializer='orthogonal', bias_initializer='zeros', kernel_regularizer=None, "
      "recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
      "kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, dropout=0.0, "
      "recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False, "
      "stateful=False, unroll=False, seed=None, zero_output_for_mask=False";

  explicit SimpleRNN(Config &config) : WholeLayer(config) {
    cell = makeSimpleRnnCell(config, *this, "simple_rnn_cell/");
    // Keras does not pass it on.
    activityRegularizer = nullptr;
  }
};

} // namespace

void helpWithSequence(diagnostics::Diagnostic &diagnostic, const Tensor *x, bool isOneMend) {
  diagnostic.help("a sequence has shape (batch, time steps, features)");
  const Operation *maker = x->maker();
  const eval::Object *source = maker ? maker->object : nullptr;
  if (const auto *wrapper = dynamic_cast<const Wrapper *>(source))
    source = wrapper->inside();
  const auto *before = dynamic_cast<const RecurrentLayer *>(source);
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
