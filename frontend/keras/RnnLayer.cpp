//===- RnnLayer.cpp - RNN: any cell along a sequence ----------------------===//
//
// Follows keras/src/layers/rnn/rnn.py. Cells of ours become whole recurrent ops, one for each cell
// of a stack; a cell of the file becomes the body of a `rondo.scan`.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Recurrent.h"
#include "frontend/keras/RecurrentCells.h"
#include "frontend/keras/Size.h"
#include "frontend/keras/Subclassing.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

class RNN : public RecurrentLayer {
public:
  static constexpr const char *kerasName = "RNN";
  static constexpr const char *parameters =
      "cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False, "
      "unroll=False, zero_output_for_mask=False";

  explicit RNN(Config &config) : RecurrentLayer(config, kerasName), arguments(config.arguments) {
    const BoundArguments::Slot &given = config.get("cell");
    Value value = given.value;
    if (value.as<eval::Sequence>())
      value = stacked(value, given.place);
    if (!value.isError())
      cells = readCells(config, value, given.place);
    if (cells.empty()) {
      config.isBroken = true;
      return;
    }
    cell = const_cast<Layer *>(value.as<Layer>());
    stack = dynamic_cast<StackedRNNCells *>(cell);
    operation->onTrainable = [this](bool value) { cell->operation->setTrainable(value); };
  }

  std::vector<int64_t> stateSizes() const override {
    std::vector<int64_t> sizes;
    for (const Cell &one : cells)
      llvm::append_range(sizes, one.stateSizes);
    return sizes;
  }

  RecurrentLayer *again(const std::string &name, bool backwards) const override {
    std::vector<Value> copies;
    for (const Cell &one : cells) {
      if (const auto *ours = dynamic_cast<const CellLayer *>(one.layer))
        copies.push_back(ours->again());
      else
        copies.push_back(
            dynamic_cast<FileLayer &>(*one.layer).again("`Bidirectional`", operation->place));
      if (copies.back().isError())
        return nullptr;
    }
    Value inside =
        stack ? stacked(session.in.heap.list(copies), operation->place, stack->operation->name)
              : copies.front();
    return makeAgain<RNN>(session, arguments,
                          {{"name", session.in.heap.str(name)},
                           {"dtype", policyObject(session.in, operation->policy)},
                           {"go_backwards", Value::boolean(backwards)},
                           {"cell", inside}});
  }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (name == "cell")
      return Value(cell);
    if (name == "state_size") {
      auto size = cell->attribute(in, name, place);
      return size && size->isInt() ? Value(in.heap.list({*size})) : size;
    }
    return RecurrentLayer::attribute(in, name, place);
  }

  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override {
    std::vector<std::pair<const Variable *, std::string>> paths;
    for (const auto &[variable, path] : cell->storedPaths())
      paths.push_back({variable, "cell/" + path});
    return paths;
  }
  std::vector<Value> ownLayers() const override { return {cell}; }

  /// States of a stack are lists where those of its cells are.
  Value structure(const LayerCall &call, const std::vector<Tensor *> &outputs) const override {
    if (!stack || outputs.size() == 1)
      return RecurrentLayer::structure(call, outputs);
    eval::Heap &heap = session.in.heap;
    std::vector<Value> values{outputs.front()};
    auto next = outputs.begin() + 1;
    for (const Cell &one : cells) {
      std::vector<Value> states(next, next + one.stateSizes.size());
      next += one.stateSizes.size();
      values.push_back(one.hasStateList ? Value(heap.list(states)) : states.front());
    }
    return heap.tuple(std::move(values));
  }

protected:
  size_t mostAxes() const override {
    auto isOfFile = [](const Cell &one) { return dynamic_cast<FileLayer *>(one.layer); };
    return llvm::all_of(cells, isOfFile) ? SIZE_MAX : 3;
  }

  bool startsFromZeros(std::string &what) const override {
    for (const Cell &one : cells)
      if (const auto *file = dynamic_cast<const FileLayer *>(one.layer);
          file && file->defines("get_initial_state")) {
        what = "the `get_initial_state` of the cell '" + one.layer->operation->name + "'";
        return false;
      }
    return true;
  }

  Value initialState(Interpreter &in, SourceRange place) override {
    std::string what;
    if (startsFromZeros(what))
      return RecurrentLayer::initialState(in, place);
    if (!stack)
      return in.attribute(Value(cell), "get_initial_state", place);
    in.report(Code::NotSupportedYet, place,
              "`get_initial_state` of `RNN` with several cells is not supported yet for {}", what)
        .help("ask each cell, and give the layer all their states in one list");
    return Value::error();
  }

  std::optional<Results> along(LayerCall &call, Tensor *x, const std::vector<Tensor *> &states,
                               const StepMask &mask) override {
    std::optional<Session::NameScope> scope;
    if (stack)
      scope.emplace(session, *stack->operation);
    Results results{x, nullptr, {}};
    size_t first = 0;
    for (const Cell &one : cells) {
      std::vector<Tensor *> own;
      if (!states.empty())
        own.assign(states.begin() + first, states.begin() + first + one.stateSizes.size());
      first += one.stateSizes.size();
      auto made = alongCell(call, one, results.sequence, own, mask,
                            /*all=*/returnSequences || &one != &cells.back());
      if (!made)
        return std::nullopt;
      llvm::append_range(results.states, made->states);
      results.sequence = made->sequence;
      results.last = made->last;
    }
    if (stack)
      stack->collectVariables();
    operation->variables = cell->weights();
    return results;
  }

private:
  /// A list of cells as one; an empty name asks for an automatic one.
  Value stacked(Value list, SourceRange place, const std::string &name = "") const {
    auto *layers = dynamic_cast<eval::Module *>(session.in.findModule("keras.layers"));
    Arguments given{place, place, {{list, place}}, {}};
    if (!name.empty())
      given.keywords.push_back({"name", place, session.in.heap.str(name), place});
    return session.in.call(layers->members.lookup(StackedRNNCells::kerasName), given);
  }

  std::optional<Results> alongCell(LayerCall &call, const Cell &one, Tensor *x,
                                   const std::vector<Tensor *> &states, const StepMask &mask,
                                   bool all) {
    if (const auto *ours = dynamic_cast<const CellLayer *>(one.layer)) {
      Session::NameScope scope(session, *ours->operation);
      return resultsOf(call, ours->equations().overSteps(call, x, states, mask), mask);
    }
    return alongFileCell(call, one, x, states, mask, all);
  }

  /// `get_initial_state` of a cell of the file, or zeros. Empty after a report.
  std::vector<Tensor *> initialStates(LayerCall &call, const Cell &one, const Tensor *x) {
    auto &file = dynamic_cast<FileLayer &>(*one.layer);
    std::vector<Tensor *> states;
    if (!file.defines("get_initial_state")) {
      for (int64_t size : one.stateSizes)
        states.push_back(call.graph.filled(
            0.0, {x->axes[0], {DimExpr(size), AxisMeaning::Features, operation}}));
      return states;
    }
    Interpreter &in = session.in;
    // As in Keras the cell has its weights, and whatever `build` notes, by then.
    Value features = in.attribute(const_cast<Tensor *>(x), "shape", call.place);
    if (const auto *sizes = features.as<eval::Tuple>())
      features = in.heap.tuple({sizes->elements.front(), sizes->elements.back()});
    if (!file.buildOnce(features, call.place))
      return {};
    auto method = file.attribute(in, "get_initial_state", call.place);
    if (!method)
      return {};
    Value batch =
        in.heap.make<Size>(session, x->size(0), call.graph.size(const_cast<Tensor *>(x), {0}));
    Arguments given{call.place, call.place, {}, {}};
    given.keywords.push_back({"batch_size", call.place, batch, call.place});
    // It may compute with weights: it is a part of the call.
    session.trainingArguments.push_back(Value());
    Value result = in.call(*method, given);
    session.trainingArguments.pop_back();
    if (result.isError())
      return {};
    auto tensors = flattenTensors(session, result, call.place, "`get_initial_state` of a cell");
    if (!tensors)
      return {};
    states = std::move(*tensors);
    if (states.size() != one.stateSizes.size()) {
      in.report(Code::InputCount, file.operation->place,
                "`get_initial_state` of the cell '{}' gives {}, and `state_size` says {}",
                file.operation->name, eval::plural(states.size(), "state"), one.stateSizes.size());
      return {};
    }
    return checkStates(call, file, x, call.place, one.stateSizes, states) ? states
                                                                          : std::vector<Tensor *>();
  }

  /// A cell of the file step by step. Where not all outputs are asked for, or a step that does not
  /// count gives the one before, the output is carried along.
  std::optional<Results> alongFileCell(LayerCall &call, const Cell &one, Tensor *x,
                                       std::vector<Tensor *> states, const StepMask &mask,
                                       bool all) {
    Session::Trace trace(session, operation->name, "the layer", {}, "", /*layersMayBeCalled=*/true);
    // What it uses is its own, and this layer owns it.
    llvm::SaveAndRestore uses(session.uses, {});
    GraphBuilder &graph = call.graph;
    if (states.empty() && (states = initialStates(call, one, x)).empty())
      return std::nullopt;
    const size_t numStates = states.size();
    bool zeros = mask.output == MaskedOutput::zeros;
    bool carriesOutput = !all || (mask.steps && !zeros);
    Axes outputAxes{x->axes[0],
                    {DimExpr(outputSize(one, call.place)), AxisMeaning::Features, operation}};
    std::vector<Tensor *> carries = states, sequences{graph.toFloat(x)};
    if (carriesOutput)
      carries.push_back(graph.filled(0.0, outputAxes));
    if (mask.steps)
      sequences.push_back(mask.steps);
    auto step = [&](const std::vector<Tensor *> &before,
                    const std::vector<Tensor *> &slices) -> std::optional<GraphBuilder::ScanStep> {
      std::vector<Tensor *> own(before.begin(), before.begin() + numStates);
      std::vector<Tensor *> made = callCell(call, *one.layer, slices.front(), own);
      if (made.empty())
        return std::nullopt;
      Tensor *output = graph.toFloat(made.front());
      made.erase(made.begin());
      if (!checkStates(call, *one.layer, x, call.place, one.stateSizes, made) ||
          !checkOutput(call, *one.layer, *output, outputAxes))
        return std::nullopt;
      // What there was before where the step does not count.
      auto choose = [&](Tensor *now, Tensor *otherwise) {
        return mask.steps ? graph.select(graph.broadcast(slices[1], now->axes, {0}), now, otherwise)
                          : now;
      };
      for (auto [state, old] : llvm::zip_equal(made, own))
        state = choose(state, old);
      if (mask.steps)
        output = choose(output, zeros ? graph.filled(0.0, outputAxes) : before.back());
      if (carriesOutput)
        made.push_back(output);
      return GraphBuilder::ScanStep{std::move(made),
                                    all ? std::vector{output} : std::vector<Tensor *>()};
    };
    auto results = graph.scan(x->axes[1], carries, sequences, step);
    if (!results)
      return std::nullopt;
    Tensor *last = carriesOutput ? results->carries.back() : nullptr;
    Tensor *sequence = all ? results->stacked.front() : nullptr;
    results->carries.resize(numStates);
    return Results{sequence, last, std::move(results->carries)};
  }

  bool checkOutput(LayerCall &call, Layer &one, const Tensor &output, const Axes &expected) {
    if (session.unify(output, expected))
      return true;
    session.in
        .report(Code::ShapeMismatch, one.operation->place,
                "the output of the cell '{}' has shape {}, and its `output_size` is {}",
                one.operation->name, output.shape(), expected[1].size.str())
        .note(call.place, "it is called here")
        .help("a cell whose output is not its first state says `self.output_size = …` in "
              "`__init__`");
    return false;
  }

  BoundArguments arguments;
  Layer *cell = nullptr;
  /// The cell where it is a stack of others, else null.
  StackedRNNCells *stack = nullptr;
  std::vector<Cell> cells;
};

} // namespace

void addRnnLayer(Catalogue &catalogue) { catalogue.addLayer<RNN>(); }

} // namespace rondo::keras
