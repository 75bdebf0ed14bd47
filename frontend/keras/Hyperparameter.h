//===- Hyperparameter.h - Numbers of optimizers and schedules ---*- C++ -*-===//
//
// What keras.optimizers and keras.optimizers.schedules take for a number.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_HYPERPARAMETER_H
#define RONDO_FRONTEND_KERAS_HYPERPARAMETER_H

#include "frontend/eval/Value.h"

namespace rondo::keras {

/// A number of an update rule or of a schedule.
struct Hyperparameter {
  const char *name;
  enum Kind {
    Rate,     ///< a float (Keras refuses whole numbers), not negative
    Momentum, ///< a float from 0 to 1
    Decay,    ///< from 0 to below 1
    Positive,
    NotNegative,
    NotPositive,
    Flag,
  } kind;

  bool accepts(eval::Value value) const;
  /// What it accepts, in words.
  const char *expected() const;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_HYPERPARAMETER_H
