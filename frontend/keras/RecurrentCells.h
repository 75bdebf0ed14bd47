//===- RecurrentCells.h - What a recurrent layer does each step -*- C++ -*-===//
//
// The equations of LSTM, GRU and SimpleRNN, which whole layers and cells share, and cells as
// layers, which `RNN` calls. Follows keras/src/layers/rnn.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_RECURRENTCELLS_H
#define RONDO_FRONTEND_KERAS_RECURRENTCELLS_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// What recurrent layers have in each step: a kernel, a recurrent kernel and a bias for some
/// gates. The weights are those of the layer that it is a part of.
class RecurrentCell {
public:
  virtual ~RecurrentCell() = default;

  /// What the cell makes of all steps of a sequence: that of h, then the last states. Empty after
  /// a report.
  std::vector<Tensor *> overSteps(LayerCall &call, Tensor *x, std::vector<Tensor *> state,
                                  const GraphBuilder::StepMask &mask);
  /// The states after one step, h first. Empty after a report.
  std::vector<Tensor *> step(LayerCall &call, Tensor *x, const std::vector<Tensor *> &state);

  /// That of h first.
  std::vector<int64_t> stateSizes() const { return std::vector<int64_t>(states, units); }
  /// Whether training drops features or units.
  bool isRandom() const { return dropoutRate != 0 || stateDropoutRate != 0; }

protected:
  /// `prefix` is what the paths of the weights start with: "lstm_cell/".
  RecurrentCell(Config &config, Layer &layer, llvm::StringRef prefix, int64_t gates, size_t states);

  struct Weights {
    Tensor *kernel = nullptr, *recurrentKernel = nullptr;
    Tensor *bias = nullptr; ///< null without one
  };
  /// What the cell goes along.
  struct Steps {
    Tensor *x;
    std::vector<Tensor *> gateInputs; ///< of each gate, where they do not have all of `x`
    std::vector<Tensor *> state;      ///< empty where no initial state is given
    GraphBuilder::StepOptions options;
  };

  virtual llvm::SmallVector<int64_t> biasShape() const { return {gates * units}; }
  /// The sequence, then the last states; empty after a report.
  virtual std::vector<Tensor *> build(LayerCall &call, const Weights &weights,
                                      const Steps &steps) = 0;
  virtual std::vector<Tensor *> buildStep(LayerCall &call, const Weights &weights, Tensor *x,
                                          const std::vector<Tensor *> &state) = 0;

  /// x·kernel + bias, of one step or of all.
  Tensor *inputSums(LayerCall &call, const Steps &steps, Tensor *kernel, Tensor *bias);
  /// The elementwise activation that a slot asks for, or nothing.
  std::optional<Activation> elementwise(const BoundArguments::Slot &slot);
  /// The activation of gates or cells, of the same shape once it is broadcast.
  Tensor *activateInside(LayerCall &call, const BoundArguments::Slot &slot, Tensor *x);
  /// The sums of one gate.
  Tensor *gate(LayerCall &call, Tensor *sums, int64_t index) {
    return call.graph.part(sums, int64_t(sums->rank()) - 1, index * units, units);
  }

  Layer &layer;
  Session &session;
  const int64_t units;
  BoundArguments::Slot activation;
  const bool useBias;
  mlir::DictionaryAttr kernelInitializer, recurrentInitializer, biasInitializer;

private:
  std::optional<Weights> readWeights(LayerCall &call, const Tensor *x);
  /// While training, where all gates have the same.
  Tensor *droppedInputs(LayerCall &call, Tensor *x);
  /// While training, where units are dropped, each gate drops features and units of its own; false
  /// after a report.
  bool dropInside(LayerCall &call, const Weights &weights, Steps steps,
                  std::vector<Tensor *> &results);

  const double dropoutRate, stateDropoutRate;
  const std::string prefix;
  const int64_t gates;
  const size_t states;
};

std::unique_ptr<RecurrentCell> makeLstmCell(Config &config, Layer &layer, llvm::StringRef prefix);
std::unique_ptr<RecurrentCell> makeGruCell(Config &config, Layer &layer, llvm::StringRef prefix);
std::unique_ptr<RecurrentCell> makeSimpleRnnCell(Config &config, Layer &layer,
                                                 llvm::StringRef prefix);

/// A layer of class `T` with these arguments but for some. Null after a report.
template <typename T>
T *makeAgain(Session &session, BoundArguments arguments,
             std::initializer_list<std::pair<llvm::StringRef, Value>> changes) {
  for (const auto &[parameter, value] : changes)
    arguments[parameter].value = value;
  Config config(session, arguments);
  T *layer = session.in.heap.make<T>(config);
  return config.isBroken ? nullptr : layer;
}

/// LSTMCell, GRUCell and SimpleRNNCell: one step as a layer, of (batch, features) and the states
/// before it.
class CellLayer : public Layer {
public:
  const char *callParameters() const override { return "inputs, states, training=None"; }
  void addStates(Arguments &call) override;
  std::vector<Tensor *> apply(LayerCall &call) override;
  Value structure(const LayerCall &call, const std::vector<Tensor *> &outputs) const override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;

  /// A cell like this one, with weights of its own.
  virtual CellLayer *again() const = 0;
  RecurrentCell &equations() const { return *cell; }

protected:
  CellLayer(Config &config, llvm::StringRef className)
      : Layer(config, className), arguments(config.arguments) {}

  std::unique_ptr<RecurrentCell> cell;
  const BoundArguments arguments;
};

/// A layer as a cell, with its states as `state_size` has them when the cell is given.
struct Cell {
  Layer *layer;
  std::vector<int64_t> stateSizes; ///< the output's first, where it is a state
  /// Whether `state_size` is a list: then the states are one, too.
  bool hasStateList = true;
};

/// Cells one above the other, as one cell.
class StackedRNNCells : public Layer {
public:
  static constexpr const char *kerasName = "StackedRNNCells";
  static constexpr const char *parameters = "cells";
  explicit StackedRNNCells(Config &config);

  const char *callParameters() const override { return "inputs, states, training=None"; }
  void addStates(Arguments &call) override;
  std::vector<Tensor *> apply(LayerCall &call) override;
  Value structure(const LayerCall &call, const std::vector<Tensor *> &outputs) const override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::pair<const Variable *, std::string>> storedPaths() const override;
  std::vector<Value> ownLayers() const override;
  /// Its weights are those of its cells.
  void collectVariables();

  std::vector<Cell> cells;

private:
  std::vector<int64_t> stateSizes() const;
};

/// `get_initial_state(batch_size)` of what starts from zeros.
Value initialZeros(Session &session, std::vector<int64_t> sizes);

/// Whether states have the sizes, in the batch of `x`; each becomes a float tensor. False after a
/// report.
bool checkStates(LayerCall &call, Layer &layer, const Tensor *x, SourceRange place,
                 llvm::ArrayRef<int64_t> sizes, std::vector<Tensor *> &states);

/// The cells that a layer is, in order: those of StackedRNNCells, or itself. Empty after a report.
std::vector<Cell> readCells(Config &config, Value value, SourceRange place);
/// The size of what a cell gives in each step: its `output_size`, else its first state.
int64_t outputSize(const Cell &cell, SourceRange place);
/// `cell` on one step, a tensor and its states: the output, then the states. The tensors are those
/// of the trace. Empty after a report.
std::vector<Tensor *> callCell(LayerCall &call, Layer &cell, Tensor *x,
                               const std::vector<Tensor *> &states);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_RECURRENTCELLS_H
