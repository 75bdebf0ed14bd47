//===- AxisChecks.h - Sizes that agree, axes that do not --------*- C++ -*-===//
//
// What the meaning of axes says about an operation whose sizes fit, or why those
// that do not fit do not. The checks only report: what is built is what Keras
// would build. They speak where the meaning is certain and are silent otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_AXISCHECKS_H
#define RONDO_FRONTEND_KERAS_AXISCHECKS_H

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

/// Notes "'lstm' is made here: (batch, 10 time steps of 'x', 64 features of 'lstm')", once
/// for each tensor that the file makes in a place of its own.
diagnostics::Diagnostic &noteMade(diagnostics::Diagnostic &diagnostic,
                                  std::initializer_list<const Tensor *> tensors);

/// Whether it is a layer that goes over time steps.
bool isRecurrent(const Operation *operation);

/// Whether time steps meet features. Not where either was normalized by a softmax (weights
/// for the steps may be made by a Dense layer), nor where the features are those of a
/// product that has been reported.
bool mixesSteps(const Axis &a, const Axis &b);

/// Of two axes of an elementwise operation, as yet aligned at the last one, whose sizes
/// agree: warns of time steps that meet features where that is surely an accident.
void checkMeeting(GraphBuilder &graph, const Tensor *x, const Tensor *y);
/// Reports that they do not agree.
void reportMeeting(GraphBuilder &graph, const Tensor *x, size_t axisOfX, const Tensor *y,
                   size_t axisOfY);

/// Of two axes of one size that a product sums over: warns of time steps that meet features,
/// and of weights that add up to 1 along another axis.
void checkContraction(GraphBuilder &graph, const Tensor *x, size_t axisOfX, const Tensor *y,
                      size_t axisOfY);
/// The second half of it, for who has words of his own for the first.
void checkWeights(GraphBuilder &graph, const Tensor *x, size_t axisOfX, const Tensor *y,
                  size_t axisOfY);
/// Reports that the axes which a matrix product sums over do not agree.
void reportProduct(GraphBuilder &graph, const Tensor *x, const Tensor *y);

/// A softmax of one element, over the batch, or of scores along their features.
void checkSoftmax(GraphBuilder &graph, const Tensor *x, size_t axis, SourceRange place);

/// A reduction over the batch, or a sum over the contexts of several queries.
void checkReduction(GraphBuilder &graph, const Tensor *x, llvm::ArrayRef<int64_t> axes,
                    const BoundArguments::Slot &axisSlot, bool isSum);

/// A reshape that looks like a transposition. `layerPlace` is the constructor of a `Reshape`
/// layer, which a mend may replace, or no place.
void checkReshape(GraphBuilder &graph, const Tensor *x, const Tensor *result,
                  SourceRange layerPlace);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_AXISCHECKS_H
