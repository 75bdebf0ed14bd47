//===- MeasureParts.h - What losses and metrics share -----------*- C++ -*-===//
//
// Pieces of the formulas of keras.losses and keras.metrics. Null operands give null.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_MEASUREPARTS_H
#define RONDO_FRONTEND_KERAS_MEASUREPARTS_H

#include "frontend/keras/Training.h"

namespace rondo::keras {

/// keras.config.epsilon().
constexpr double kEpsilon = 1e-7;

inline int64_t lastAxis(const Comparison &c) { return int64_t(c.prediction->rank()) - 1; }
inline Tensor *meanOverLast(const Comparison &c, Tensor *x) {
  return c.graph.mean(x, {lastAxis(c)});
}
inline Tensor *sumOverLast(const Comparison &c, Tensor *x, bool keep = false) {
  return c.graph.reduce(ReduceKind::sum, x, {lastAxis(c)}, keep);
}
inline Tensor *square(GraphBuilder &graph, Tensor *x) { return graph.binary<MulOp>(x, x); }
inline Tensor *oneMinus(GraphBuilder &graph, Tensor *x) {
  return graph.binary<SubOp>(graph.scalar(1.0), x);
}
inline Tensor *scaled(GraphBuilder &graph, Tensor *x, double factor) {
  return factor == 1 ? x : graph.binary<MulOp>(x, graph.scalar(factor));
}

/// x, or 1 where it is 0: what a sum of nothing is divided by.
inline Tensor *notZero(GraphBuilder &graph, Tensor *x) {
  return graph.binary<AddOp>(x, graph.compare(ComparePredicate::eq, x, graph.scalar(0.0)));
}

/// Passes gradients where x is inside, borders included.
Tensor *clip(GraphBuilder &graph, Tensor *x, double low, double high);
/// The logits that a cross-entropy takes, or null where it has probabilities: behind a softmax or
/// sigmoid Keras takes that one's, whatever `from_logits` says and whichever of the two belongs to
/// the loss.
Tensor *logitsOf(const Measure &measure, const Comparison &c, bool wantsSoftmax);
/// Warns that probabilities are taken from an output without an activation.
void warnOfMissing(const Measure &measure, const Comparison &c, llvm::StringRef activation);
/// `axis` is the last one. False after a report.
bool checkAxis(const Measure &measure, const Comparison &c);
/// target * (1 - smoothing) + smoothing * share.
Tensor *smoothed(const Comparison &c, double smoothing, Tensor *share);
/// The mean of -log(probability of what is so) of each number, given probabilities and, where
/// there are any, the logits that they are made of.
Tensor *binaryCrossentropies(const Comparison &c, Tensor *target, Tensor *probability,
                             Tensor *logits);
/// The number of classes that are predicted; nothing after a report.
std::optional<int64_t> classCount(const Measure &measure, const Comparison &c);
/// x to a power that need not be whole, of numbers that are not negative.
Tensor *powerOf(GraphBuilder &graph, Tensor *x, double exponent);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_MEASUREPARTS_H
