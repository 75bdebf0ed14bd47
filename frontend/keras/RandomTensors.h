//===- RandomTensors.h - What layers draw -----------------------*- C++ -*-===//
//
// For layers with a `dropout` of their own, and for functions that draw, as well.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_RANDOMTENSORS_H
#define RONDO_FRONTEND_KERAS_RANDOMTENSORS_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// A share of elements to drop, from 0 to less than 1; 0 after a report.
double readRate(Config &config, llvm::StringRef parameter);

/// Zeros in place of a share of the elements of `x`, the others times 1 / (1 - rate). Along axes
/// that are 1 in `axes` elements are dropped together.
Tensor *dropout(GraphBuilder &graph, Tensor *x, double rate, const Axes &axes);
/// The same of a sequence, (batch, steps, features), without a share of its features in all steps.
Tensor *dropoutOfFeatures(GraphBuilder &graph, Tensor *x, double rate);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_RANDOMTENSORS_H
