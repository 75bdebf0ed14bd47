//===- Recurrent.h - What wrappers know of recurrent layers -----*- C++ -*-===//
//
// LSTM, GRU, SimpleRNN and RNN to a layer that has them as its parts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_RECURRENT_H
#define RONDO_FRONTEND_KERAS_RECURRENT_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// What all recurrent layers share: they call a cell in each step, keep its states where a mask
/// says that the step does not count, and pick what return_sequences and return_state ask for.
class RecurrentLayer : public SequenceLayer {
public:
  /// A layer like this one, with weights of its own; null after a report.
  virtual RecurrentLayer *again(const std::string &name, bool backwards) const = 0;

  bool returnsSequences() const { return returnSequences; }
  bool returnsState() const { return returnState; }
  bool goesBackwards() const { return goBackwards; }
  bool keepsStates() const { return isStateful; }
  /// Of each state, that of the output first where it is one.
  virtual std::vector<int64_t> stateSizes() const = 0;
  /// As Bidirectional sets it: zeros at masked steps if all steps are given.
  void zeroMaskedOutputs() { zerosMasked = returnSequences; }

  const char *callParameters() const override {
    return "sequences, initial_state=None, mask=None, training=None";
  }
  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return true; }
  /// That of all steps goes on with them.
  std::vector<Tensor *> computeMask(MaskCall &, const std::vector<Tensor *> &masks) override {
    return {returnSequences ? masks.front() : nullptr};
  }
  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override;
  /// What helps where its last state is taken for a sequence; false if it gives all steps.
  /// `maker` is what gives that state: itself, or the layer around it.
  bool helpWithLastState(diagnostics::Diagnostic &diagnostic, const Operation &maker,
                         bool isOneMend) const;

  Value call(Interpreter &in, Arguments &arguments) override;
  std::vector<Tensor *> apply(LayerCall &call) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;

protected:
  RecurrentLayer(Config &config, llvm::StringRef className);

  using StepMask = GraphBuilder::StepMask;
  /// What the cell makes of a sequence: its outputs, null where nobody asks for all, the last of
  /// them, and the states behind the last step.
  struct Results {
    Tensor *sequence, *last;
    std::vector<Tensor *> states;
  };
  /// `states` are empty where no initial state is given.
  virtual std::optional<Results>
  along(LayerCall &call, Tensor *x, const std::vector<Tensor *> &states, const StepMask &mask) = 0;
  /// The same for a cell of ours, whose output is its first state.
  static std::optional<Results> resultsOf(LayerCall &call, std::vector<Tensor *> made,
                                          const StepMask &mask);
  /// Whether what it starts from is zeros; otherwise it is `what`, a noun.
  virtual bool startsFromZeros(std::string &what) const { return true; }
  /// `get_initial_state`: a function of the size of the batch. An error after a report.
  virtual Value initialState(Interpreter &in, SourceRange place);
  /// How many axes a sequence may have.
  virtual size_t mostAxes() const { return 3; }

  bool returnSequences, returnState, goBackwards;
  /// Whether the output at a masked step is zero rather than that of the step before.
  bool zerosMasked;

private:
  /// What a recurrent layer goes along are time steps: of whatever made them.
  Tensor *withSteps(const Tensor *x);
  /// The mask of the steps in the order in which they are gone through. Nothing after a report.
  std::optional<StepMask> readMask(LayerCall &call, const Tensor *x, bool hasState);
  /// `initial_state=`. False after a report.
  bool readState(LayerCall &call, const Tensor *x, std::vector<Tensor *> &states);
  /// With `stateful=True`: what it keeps, and puts that in the place of `states` that are not
  /// given. False after a report.
  bool useStates(LayerCall &call, const Tensor *x, std::vector<Tensor *> &states, StateUse &use);
  /// Whether the variables are those of a batch of this size. False after a report.
  bool checkStateBatch(LayerCall &call, const Tensor *x, int64_t batch);

  bool isUnrolled, isStateful;
  /// What it keeps from run to run.
  std::vector<Variable *> stateVariables;
};

/// `layer.reset_states()`, which `Bidirectional` has too; nothing for other names.
std::optional<Value> resetStates(Interpreter &in, llvm::StringRef name);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_RECURRENT_H
