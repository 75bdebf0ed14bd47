//===- Recurrent.h - What wrappers know of recurrent layers -----*- C++ -*-===//
//
// LSTM, GRU and SimpleRNN to a layer that has them as its parts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_RECURRENT_H
#define RONDO_FRONTEND_KERAS_RECURRENT_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

class RecurrentLayer : public SequenceLayer {
public:
  /// A layer like this one, with weights of its own.
  virtual RecurrentLayer *again(const std::string &name, bool backwards) const = 0;

  bool returnsSequences() const { return returnSequences; }
  bool returnsState() const { return returnState; }
  bool goesBackwards() const { return goBackwards; }
  size_t stateCount() const { return states; }
  /// As Bidirectional sets it: zeros at masked steps if all steps are given.
  void zeroMaskedOutputs() { zerosMasked = returnSequences; }

  bool takesMask() const override { return true; }
  bool supportsMasking() const override { return true; }
  /// That of all steps goes on with them.
  std::vector<Tensor *> computeMask(MaskCall &, const std::vector<Tensor *> &masks) override {
    return {returnSequences ? masks.front() : nullptr};
  }

protected:
  RecurrentLayer(Config &config, llvm::StringRef className, size_t states)
      : SequenceLayer(config, className), states(states),
        returnSequences(config.boolean("return_sequences")),
        returnState(config.boolean("return_state")), goBackwards(config.boolean("go_backwards")),
        zerosMasked(config.boolean("zero_output_for_mask")) {}

  size_t states;
  bool returnSequences, returnState, goBackwards;
  /// Whether the output at a masked step is zero rather than that of the step before.
  bool zerosMasked;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_RECURRENT_H
