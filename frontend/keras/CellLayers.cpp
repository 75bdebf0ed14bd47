//===- CellLayers.cpp - Cells of recurrent layers as layers ---------------===//
//
// LSTMCell, GRUCell, SimpleRNNCell and StackedRNNCells, and what `RNN` asks of any cell.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/RecurrentCells.h"
#include "frontend/keras/Size.h"
#include "frontend/keras/Subclassing.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// One cell
//===----------------------------------------------------------------------===//

/// Reads `states` of a call: so many, of these sizes. False after a report.
static bool readStates(LayerCall &call, Layer &layer, llvm::ArrayRef<int64_t> sizes,
                       std::vector<Tensor *> &states) {
  const BoundArguments::Slot &slot = call.arguments["states"];
  auto given = flattenTensors(layer.session, slot.value, slot.place, "`states`");
  if (!given)
    return false;
  states = std::move(*given);
  if (states.size() == sizes.size())
    return checkStates(call, layer, call.inputs.front(), slot.place, sizes, states);
  layer.session.in
      .report(Code::InputCount, slot.place, "`{}` has {}, got {}", layer.typeName(),
              eval::plural(sizes.size(), "state"), eval::plural(states.size(), "tensor"))
      .help("`output, states = cell(x, states)` gives those of the next step");
  return false;
}

/// States of these sizes for a call that is made for its shapes.
static void addStatesOf(Session &session, Arguments &call, llvm::ArrayRef<int64_t> sizes) {
  const Tensor *x = call.positional.front().value.as<Tensor>();
  if (!x || x->rank() == 0)
    return;
  std::vector<Value> states;
  for (int64_t size : sizes)
    states.push_back(session.makeSource({x->axes[0], {DimExpr(size), AxisMeaning::Features}},
                                        ElementKind::Float, "state", call.place));
  call.positional.push_back({session.in.heap.list(std::move(states)), call.place});
}

void CellLayer::addStates(Arguments &call) { addStatesOf(session, call, cell->stateSizes()); }

std::vector<Tensor *> CellLayer::apply(LayerCall &call) {
  Tensor *x = call.inputs.front();
  std::vector<Tensor *> states;
  if (!checkRank(call, x, 2, 2) || !readStates(call, *this, cell->stateSizes(), states))
    return {};
  std::vector<Tensor *> results = cell->step(call, x, states);
  if (!results.empty())
    results.insert(results.begin(), results.front());
  return results;
}

Value CellLayer::structure(const LayerCall &call, const std::vector<Tensor *> &outputs) const {
  eval::Heap &heap = session.in.heap;
  std::vector<Value> states(outputs.begin() + 1, outputs.end());
  // A state that is given by itself is given back like that.
  bool isAlone = call.arguments["states"].value.as<Tensor>();
  return heap.tuple({outputs.front(), isAlone ? states.front() : Value(heap.list(states))});
}

Value initialZeros(Session &session, std::vector<int64_t> sizes) {
  return session.in.heap.make<Native>(
      "get_initial_state", "batch_size=None",
      [&session, sizes = std::move(sizes)](Interpreter &in, BoundArguments &arguments) -> Value {
        const BoundArguments::Slot &given = arguments["batch_size"];
        Value batch = given.value;
        if (batch.as<Tensor>()) {
          in.report(Code::OldKerasName, given.place,
                    "`get_initial_state` takes the size of the batch in Keras 3, not a tensor")
              .help("`ops.shape(x)[0]` is that of `x`");
          if (const auto *shape = shapeOf(session, given).as<eval::Tuple>())
            batch = shape->elements.front();
        }
        std::vector<Value> states;
        for (int64_t size : sizes) {
          Value shape = in.heap.tuple({batch, Value::integer(size)});
          Arguments zeros{arguments.place, arguments.calleePlace, {{shape, arguments.place}}, {}};
          states.push_back(in.call(session.ops->members.lookup("zeros"), zeros));
          if (states.back().isError())
            return Value::error();
        }
        return in.heap.list(std::move(states));
      });
}

std::optional<Value> CellLayer::attribute(Interpreter &in, llvm::StringRef name,
                                          SourceRange place) {
  std::vector<int64_t> sizes = cell->stateSizes();
  if (name == "output_size" || (name == "state_size" && sizes.size() == 1))
    return Value::integer(sizes.front());
  if (name == "state_size")
    return in.heap.list({Value::integer(sizes[0]), Value::integer(sizes[1])});
  if (name == "get_initial_state")
    return initialZeros(session, std::move(sizes));
  return Layer::attribute(in, name, place);
}

std::vector<std::string> CellLayer::attributeNames() const {
  std::vector<std::string> names = Layer::attributeNames();
  names.insert(names.end(), {"get_initial_state", "output_size", "state_size"});
  return names;
}

namespace {

/// A cell with the equations that `make` makes.
template <typename Cell, std::unique_ptr<RecurrentCell> make(Config &, Layer &, llvm::StringRef)>
class CellOf : public CellLayer {
public:
  explicit CellOf(Config &config) : CellLayer(config, Cell::kerasName) {
    cell = make(config, *this, "");
  }

  CellLayer *again() const override {
    return makeAgain<Cell>(session, arguments,
                           {{"name", session.in.heap.str(operation->name)},
                            {"dtype", policyObject(session.in, operation->policy)}});
  }
};

class LSTMCell : public CellOf<LSTMCell, makeLstmCell> {
public:
  static constexpr const char *kerasName = "LSTMCell";
  static constexpr const char *parameters =
      "units, activation='tanh', recurrent_activation='sigmoid', use_bias=True, "
      "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
      "bias_initializer='zeros', unit_forget_bias=True, kernel_regularizer=None, "
      "recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None, "
      "recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, "
      "seed=None, implementation=2";
  using CellOf::CellOf;
};

class GRUCell : public CellOf<GRUCell, makeGruCell> {
public:
  static constexpr const char *kerasName = "GRUCell";
  static constexpr const char *parameters =
      "units, activation='tanh', recurrent_activation='sigmoid', use_bias=True, "
      "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
      "bias_initializer='zeros', kernel_regularizer=None, recurrent_regularizer=None, "
      "bias_regularizer=None, kernel_constraint=None, recurrent_constraint=None, "
      "bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, reset_after=True, seed=None, "
      "implementation=2";
  using CellOf::CellOf;
};

class SimpleRNNCell : public CellOf<SimpleRNNCell, makeSimpleRnnCell> {
public:
  static constexpr const char *kerasName = "SimpleRNNCell";
  static constexpr const char *parameters =
      "units, activation='tanh', use_bias=True, kernel_initializer='glorot_uniform', "
      "recurrent_initializer='orthogonal', bias_initializer='zeros', kernel_regularizer=None, "
      "recurrent_regularizer=None, bias_regularizer=None, kernel_constraint=None, "
      "recurrent_constraint=None, bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, "
      "seed=None";
  using CellOf::CellOf;
};

} // namespace

//===----------------------------------------------------------------------===//
// Any cell
//===----------------------------------------------------------------------===//

/// What a cell has under a name, without a report.
static std::optional<Value> memberOf(Layer &cell, llvm::StringRef name, SourceRange place) {
  auto value = cell.attribute(cell.session.in, name, place);
  return value && !value->isError() ? value : std::nullopt;
}

/// The states of a cell of the file; nothing after a report.
static std::optional<Cell> readFileCell(Layer &cell, SourceRange place) {
  Interpreter &in = cell.session.in;
  auto given = memberOf(cell, "state_size", place);
  std::vector<Value> values;
  const auto *sequence = given ? given->as<eval::Sequence>() : nullptr;
  if (given)
    values = sequence ? sequence->elements : std::vector<Value>{*given};
  std::vector<int64_t> sizes;
  for (Value value : values)
    if (auto size = value.isInt() ? value.asInteger() : std::nullopt; size && *size > 0)
      sizes.push_back(*size);
  if (!values.empty() && sizes.size() == values.size())
    return Cell{&cell, std::move(sizes), sequence != nullptr};
  diagnostics::Diagnostic &diagnostic =
      given ? in.report(Code::InvalidArgument, place,
                        "`state_size` of the cell '{}' is a positive integer or a list of them, "
                        "got {}",
                        cell.operation->name, given->inWords())
            : in.report(Code::InvalidArgument, place, "the cell '{}' has no `state_size`",
                        cell.operation->name);
  diagnostic.note(cell.operation->place, "'{}' is made here", cell.operation->name)
      .help("`self.state_size = units` in `__init__`, or a list of the sizes of several states");
  return std::nullopt;
}

std::vector<Cell> readCells(Config &config, Value value, SourceRange place) {
  Session &session = config.session;
  if (const auto *stack = value.as<StackedRNNCells>())
    return stack->cells;
  auto *layer = const_cast<Layer *>(value.as<Layer>());
  if (const auto *ours = value.as<CellLayer>()) {
    std::vector<int64_t> sizes = ours->equations().stateSizes();
    bool isList = sizes.size() > 1;
    return {{layer, std::move(sizes), isList}};
  }
  if (value.as<FileLayer>()) {
    auto cell = readFileCell(*layer, place);
    return cell ? std::vector<Cell>{std::move(*cell)} : std::vector<Cell>();
  }
  config.isBroken = true;
  diagnostics::Diagnostic &diagnostic = session.in.report(
      Code::InvalidArgument, place, "a cell of `{}` is a layer such as `LSTMCell(64)`, got {}",
      config.arguments.signature.callee, value.inWords());
  static const llvm::StringLiteral whole[] = {"LSTM", "GRU", "SimpleRNN"};
  const auto *maker = value.as<LayerMaker>();
  if (layer && llvm::is_contained(whole, layer->typeName()))
    diagnostic.help("`{0}` goes along the steps itself: leave `{1}` out, or give it a `{0}Cell`",
                    layer->typeName(), config.arguments.signature.callee);
  else if (maker)
    diagnostic.help("`{}` is a class; `{}(…)` makes a layer", maker->name, maker->name);
  else
    diagnostic.help("a cell of one's own is a class that derives from `keras.layers.Layer`, with "
                    "`state_size` and `call(self, inputs, states)`");
  return {};
}

int64_t outputSize(const Cell &cell, SourceRange place) {
  auto size = memberOf(*cell.layer, "output_size", place);
  auto number = size && size->isInt() ? size->asInteger() : std::nullopt;
  return number.value_or(cell.stateSizes.front());
}

std::vector<Tensor *> callCell(LayerCall &call, Layer &cell, Tensor *x,
                               const std::vector<Tensor *> &states) {
  Interpreter &in = cell.session.in;
  Value list = in.heap.list(std::vector<Value>(states.begin(), states.end()));
  Arguments arguments{call.place, call.place, {{x, call.place}, {list, call.place}}, {}};
  if (call.training)
    arguments.keywords.push_back(
        {"training", call.place, Value::boolean(*call.training), call.place});
  Value result = in.call(Value(&cell), arguments);
  if (result.isError())
    return {};
  const auto *pair = result.as<eval::Sequence>();
  Tensor *output = pair && pair->elements.size() == 2 ? pair->elements[0].as<Tensor>() : nullptr;
  auto report = [&](const std::string &got) -> std::vector<Tensor *> {
    in.report(Code::CallResult, cell.operation->place,
              "`call` of the cell '{}' returns {}, expected the output and {}",
              cell.operation->name, got, eval::plural(states.size(), "new state"))
        .note(call.place, "it is called here")
        .help("a cell ends with `return output, [state]`");
    return {};
  };
  if (!output)
    return report(result.inWords());
  auto next = flattenTensors(cell.session, pair->elements[1], call.place, "a state of a cell");
  if (!next)
    return {};
  if (next->size() != states.size())
    return report(fmt::format("{} behind the output", eval::plural(next->size(), "tensor")));
  next->insert(next->begin(), output);
  return std::move(*next);
}

//===----------------------------------------------------------------------===//
// Several cells
//===----------------------------------------------------------------------===//

StackedRNNCells::StackedRNNCells(Config &config) : Layer(config, kerasName) {
  const BoundArguments::Slot &given = config.get("cells");
  const auto *sequence = given.value.as<eval::Sequence>();
  if (!sequence || sequence->elements.empty()) {
    config.reject(given, "cells", "a list of cells");
    return;
  }
  for (Value value : sequence->elements) {
    if (value.as<StackedRNNCells>()) {
      session.in
          .report(Code::NotSupportedYet, given.place,
                  "`StackedRNNCells` inside `StackedRNNCells` is not supported yet")
          .help("write all cells in one list");
      config.isBroken = true;
      return;
    }
    std::vector<Cell> read = readCells(config, value, given.place);
    if (read.empty()) {
      config.isBroken = true;
      return;
    }
    llvm::append_range(cells, read);
  }
  operation->onTrainable = [this](bool value) {
    for (const Cell &cell : cells)
      cell.layer->operation->setTrainable(value);
  };
}

std::vector<Value> StackedRNNCells::ownLayers() const {
  std::vector<Value> layers;
  for (const Cell &cell : cells)
    layers.push_back(cell.layer);
  return layers;
}

std::vector<int64_t> StackedRNNCells::stateSizes() const {
  std::vector<int64_t> sizes;
  for (const Cell &cell : cells)
    llvm::append_range(sizes, cell.stateSizes);
  return sizes;
}

void StackedRNNCells::collectVariables() {
  operation->variables.clear();
  for (const Cell &cell : cells)
    for (Variable *variable : cell.layer->weights())
      if (!llvm::is_contained(operation->variables, variable))
        operation->variables.push_back(variable);
}

void StackedRNNCells::addStates(Arguments &call) { addStatesOf(session, call, stateSizes()); }

std::vector<Tensor *> StackedRNNCells::apply(LayerCall &call) {
  Tensor *x = call.inputs.front();
  std::vector<Tensor *> states;
  if (!checkRank(call, x, 2, 2) || !readStates(call, *this, stateSizes(), states))
    return {};
  Session::Trace trace(session, operation->name, "the layer", {}, "", /*layersMayBeCalled=*/true);
  // What they use is their own, and this layer owns it.
  llvm::SaveAndRestore uses(session.uses, {});
  x = session.makeInside(x);
  std::vector<Tensor *> next;
  auto given = states.begin();
  for (const Cell &cell : cells) {
    std::vector<Tensor *> own;
    for (size_t i = 0; i < cell.stateSizes.size(); ++i)
      own.push_back(session.makeInside(*given++));
    std::vector<Tensor *> results = callCell(call, *cell.layer, x, own);
    if (results.empty())
      return {};
    x = results.front();
    next.insert(next.end(), results.begin() + 1, results.end());
  }
  collectVariables();
  next.insert(next.begin(), x);
  return next;
}

Value StackedRNNCells::structure(const LayerCall &call,
                                 const std::vector<Tensor *> &outputs) const {
  // As they are given: what each cell has, a list or a tensor.
  eval::Heap &heap = session.in.heap;
  const auto *given = call.arguments["states"].value.as<eval::Sequence>();
  std::vector<Value> values;
  auto next = outputs.begin() + 1;
  for (auto [i, cell] : llvm::enumerate(cells)) {
    size_t count = cell.stateSizes.size();
    std::vector<Value> own(next, next + count);
    next += count;
    bool isAlone =
        count == 1 && given && i < given->elements.size() && given->elements[i].as<Tensor>();
    values.push_back(isAlone ? own.front() : Value(heap.list(own)));
  }
  return heap.tuple({outputs.front(), values.size() == 1 ? values.front() : heap.list(values)});
}

/// As the cell has it: a number, or a list of them.
static Value stateSizeOf(Interpreter &in, const Cell &cell) {
  if (!cell.hasStateList)
    return Value::integer(cell.stateSizes.front());
  std::vector<Value> sizes;
  for (int64_t size : cell.stateSizes)
    sizes.push_back(Value::integer(size));
  return in.heap.list(std::move(sizes));
}

std::optional<Value> StackedRNNCells::attribute(Interpreter &in, llvm::StringRef name,
                                                SourceRange place) {
  if (name == "state_size") {
    std::vector<Value> sizes;
    for (const Cell &cell : cells)
      sizes.push_back(stateSizeOf(in, cell));
    return in.heap.list(std::move(sizes));
  }
  if (name == "output_size")
    return Value::integer(outputSize(cells.back(), place));
  return Layer::attribute(in, name, place);
}

std::vector<std::pair<const Variable *, std::string>> StackedRNNCells::storedPaths() const {
  std::vector<std::pair<const Variable *, std::string>> paths;
  std::map<std::string, unsigned> counts;
  for (const Cell &cell : cells) {
    std::string place = "cells/" + snakeCase(cell.layer->typeName());
    if (unsigned repeats = counts[place]++)
      place += fmt::format("_{}", repeats);
    for (const auto &[variable, path] : cell.layer->storedPaths())
      paths.push_back({variable, place + "/" + path});
  }
  return paths;
}

void addCellLayers(Catalogue &catalogue) {
  catalogue.addLayer<LSTMCell>();
  catalogue.addLayer<GRUCell>();
  catalogue.addLayer<SimpleRNNCell>();
  catalogue.addLayer<StackedRNNCells>();
}

} // namespace rondo::keras
