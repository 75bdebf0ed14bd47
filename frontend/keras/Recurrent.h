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

protected:
  RecurrentLayer(Config &config, llvm::StringRef className, size_t states)
      : SequenceLayer(config, className), states(states),
        returnSequences(config.boolean("return_sequences")),
        returnState(config.boolean("return_state")), goBackwards(config.boolean("go_backwards")) {}

  size_t states;
  bool returnSequences, returnState, goBackwards;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_RECURRENT_H
