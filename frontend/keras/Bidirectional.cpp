//===- Bidirectional.cpp - A sequence from both ends ----------------------===//
//
// Keras' layers/rnn/bidirectional: two recurrent layers, one of which begins at the last step.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Recurrent.h"
#include "frontend/keras/Slips.h"
#include "frontend/keras/Wrapper.h"
#include "llvm/ADT/StringSwitch.h"

namespace rondo::keras {
namespace {

class Bidirectional : public Wrapper {
public:
  static constexpr const char *kerasName = "Bidirectional";
  static constexpr const char *parameters =
      "layer, merge_mode='concat', weights=None, backward_layer=None";

  explicit Bidirectional(Config &config) : Wrapper(config, kerasName) {
    mode = readMode(config);
    const auto *layer = readRecurrent(config, "layer");
    if (!layer)
      return;
    const BoundArguments::Slot &given = config.get("backward_layer");
    const RecurrentLayer *other =
        given.value.isNone() ? nullptr : readRecurrent(config, "backward_layer");
    if (config.isBroken || (other && !checkPair(config, *layer, *other)))
      return;
    // Keras makes layers of its own; only a given backward layer is taken as it is.
    RecurrentLayer *forward = layer->again(prefixed("forward_", *layer), layer->goesBackwards());
    RecurrentLayer *backward = other     ? const_cast<RecurrentLayer *>(other)
                               : forward ? layer->again(prefixed("backward_", *layer), true)
                                         : nullptr;
    if (!forward || !backward) {
      config.isBroken = true;
      return;
    }
    forward->zeroMaskedOutputs();
    backward->zeroMaskedOutputs();
    adopt({{forward, "forward_layer"}, {backward, "backward_layer"}});
    if (!other && forward->goesBackwards()) {
      config.isBroken = true;
      session.in
          .report(Code::InvalidArgument, config.get("layer").place,
                  "`Bidirectional` of a layer with `go_backwards=True` would go backwards twice")
          .help("leave `go_backwards` out: `Bidirectional` adds the other direction");
    }
  }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    // It is configured by the layer inside, of which it has two.
    if (name == "layer")
      return std::nullopt;
    bool isOfInside =
        llvm::is_contained({"return_sequences", "return_state", "go_backwards", "stateful"}, name);
    if (isOfInside && inside())
      return settingAttribute(*inside(), name);
    if (auto reset = resetStates(in, name))
      return reset;
    return Wrapper::attribute(in, name, place);
  }

  std::vector<std::string> attributeNames() const override {
    std::vector<std::string> names = Wrapper::attributeNames();
    names.insert(names.end(), {"reset_state", "reset_states"});
    return names;
  }

  const char *callParameters() const override {
    return "sequences, initial_state=None, mask=None, training=None";
  }

  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return true; }
  std::vector<Tensor *> computeMask(MaskCall &, const std::vector<Tensor *> &masks) override {
    if (!recurrent(0).returnsSequences())
      return {nullptr};
    return std::vector<Tensor *>(mode == Mode::None ? 2 : 1, masks.front());
  }

  bool goesAlongSteps() const override { return true; }
  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override {
    helpWithSequence(diagnostic, x, /*isOneMend=*/!recurrent(0).returnsSequences());
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    std::vector<BoundArguments> halves(2, call.arguments);
    if (!splitState(call, halves))
      return {};
    std::vector<Tensor *> forward = callPart(call, 0, x, halves[0]);
    std::vector<Tensor *> backward = forward.empty() ? forward : callPart(call, 1, x, halves[1]);
    if (backward.empty())
      return {};
    addActivityLosses(call.graph, parts[0].layer->activityRegularizer, forward);
    addActivityLosses(call.graph, parts[1].layer->activityRegularizer, backward);
    Tensor *last = backward[0];
    if (recurrent(0).returnsSequences())
      last = call.graph.reverse(last, {1});
    std::vector<Tensor *> results = merge(call.graph, forward[0], last);
    if (llvm::is_contained(results, nullptr))
      return {};
    results.insert(results.end(), forward.begin() + 1, forward.end());
    results.insert(results.end(), backward.begin() + 1, backward.end());
    return results;
  }

private:
  enum class Mode { Concat, Sum, Mul, Ave, None };

  static Mode readMode(Config &config) {
    const BoundArguments::Slot &slot = config.get("merge_mode");
    static const std::pair<const char *, Mode> modes[] = {
        {"concat", Mode::Concat}, {"sum", Mode::Sum}, {"mul", Mode::Mul}, {"ave", Mode::Ave}};
    if (slot.value.isNone())
      return Mode::None;
    const auto *text = slot.value.as<eval::Str>();
    for (const auto &[name, mode] : modes)
      if (text && text->text == name)
        return mode;
    diagnostics::Diagnostic &diagnostic =
        config.reject(slot, "merge_mode", "\"concat\", \"sum\", \"mul\", \"ave\" or None");
    const char *meant = llvm::StringSwitch<const char *>(text ? text->text : "")
                            .Cases("concatenate", "cat", "stack", "concat")
                            .Cases("add", "plus", "sum")
                            .Cases("multiply", "product", "prod", "mul")
                            .Cases("average", "avg", "mean", "ave")
                            .Default(nullptr);
    if (meant)
      diagnostic.help("did you mean \"{}\"?", meant).fix(slot.place, fmt::format("\"{}\"", meant));
    return Mode::Concat;
  }

  static const RecurrentLayer *readRecurrent(Config &config, llvm::StringRef parameter) {
    constexpr llvm::StringLiteral expected =
        "a recurrent layer: `LSTM`, `GRU`, `SimpleRNN` or `RNN`";
    const Layer *layer = readLayer(config, parameter, expected);
    const auto *recurrent = dynamic_cast<const RecurrentLayer *>(layer);
    if (layer && !recurrent)
      config.reject(config.get(parameter), parameter, expected);
    return recurrent;
  }

  static std::string prefixed(llvm::StringRef prefix, const RecurrentLayer &layer) {
    llvm::StringRef name = layer.operation->name;
    name.consume_front(prefix);
    return (prefix + name).str();
  }

  /// Whether two layers of the file are a pair. False after a report.
  bool checkPair(Config &config, const RecurrentLayer &forward, const RecurrentLayer &backward) {
    const char *wrong = forward.goesBackwards() == backward.goesBackwards() ? "go_backwards"
                        : forward.returnsSequences() != backward.returnsSequences()
                            ? "return_sequences"
                        : forward.returnsState() != backward.returnsState() ? "return_state"
                                                                            : nullptr;
    if (!wrong)
      return true;
    config.isBroken = true;
    bool isDirection = llvm::StringRef(wrong) == "go_backwards";
    session.in
        .report(Code::InvalidArgument, config.get("backward_layer").place,
                "the two layers of `Bidirectional` have {} `{}`",
                isDirection ? "the same" : "a different", wrong)
        .note(forward.operation->place, "the layer for the other direction is made here")
        .help("{}", isDirection ? "`backward_layer` has `go_backwards=True`"
                                : "give both layers the same options");
    return false;
  }

  const RecurrentLayer &recurrent(size_t index) const {
    return static_cast<const RecurrentLayer &>(*parts[index].layer);
  }

  /// The first half of the states is the forward layer's. False after a report.
  bool splitState(LayerCall &call, std::vector<BoundArguments> &halves) {
    const BoundArguments::Slot &slot = call.arguments["initial_state"];
    if (slot.value.isNone())
      return true;
    const auto *states = slot.value.as<eval::Sequence>();
    size_t expected = 2 * recurrent(0).stateSizes().size();
    if (!states || states->elements.size() != expected) {
      session.in.report(Code::InputCount, slot.place,
                        "`initial_state` of `Bidirectional` is a list of {} states, those of the "
                        "forward layer first, got {}",
                        expected,
                        states ? eval::plural(states->elements.size(), "tensor")
                               : slot.value.inWords());
      return false;
    }
    for (size_t i = 0; i < 2; ++i) {
      auto begin = states->elements.begin() + i * expected / 2;
      halves[i]["initial_state"].value =
          session.in.heap.list(std::vector<Value>(begin, begin + expected / 2));
    }
    return true;
  }

  std::vector<Tensor *> merge(GraphBuilder &graph, Tensor *forward, Tensor *backward) {
    switch (mode) {
    case Mode::Concat:
      return {graph.concatenate({forward, backward}, int64_t(forward->rank()) - 1)};
    case Mode::Sum:
      return {graph.binary<AddOp>(forward, backward)};
    case Mode::Mul:
      return {graph.binary<MulOp>(forward, backward)};
    case Mode::Ave:
      return {graph.binary<MulOp>(graph.binary<AddOp>(forward, backward), graph.scalar(0.5))};
    case Mode::None:
      return {forward, backward};
    }
    return {};
  }

  Mode mode;
};

} // namespace

void addBidirectional(Catalogue &catalogue) { catalogue.addLayer<Bidirectional>(); }

} // namespace rondo::keras
