//===- LaterLosses.cpp - Focal losses and overlaps ------------------------===//
//
// The losses that Keras has for classes of unequal size, for segments and for labels
// that are partly wrong, as rows of the table of MeasureFunctions.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/MeasureParts.h"
#include <cmath>

namespace rondo::keras {

Tensor *powerOf(GraphBuilder &graph, Tensor *x, double exponent) {
  constexpr double limit = 64;
  if (exponent == 0)
    return graph.scalar(1.0);
  if (exponent == std::floor(exponent) && exponent > 0 && exponent <= limit)
    return graph.power(x, int64_t(exponent));
  return graph.binary<PowOp>(x, graph.scalar(exponent));
}

namespace {

//===----------------------------------------------------------------------===//
// Focal losses
//===----------------------------------------------------------------------===//

Tensor *binaryFocalCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *target = smoothed(c, measure.labelSmoothing, graph.scalar(0.5));
  // The cross-entropy finds the logits of a sigmoid again; with `from_logits` that is the one of
  // the loss.
  Tensor *logits = measure.fromLogits ? c.prediction : logitsOf(measure, c, /*wantsSoftmax=*/false);
  Tensor *p = measure.fromLogits ? graph.unary<SigmoidOp>(c.prediction) : c.prediction;
  Tensor *losses = binaryCrossentropies(c, target, p, logits);
  auto either = [&](Tensor *one, Tensor *zero) {
    return graph.binary<AddOp>(graph.binary<MulOp>(target, one),
                               graph.binary<MulOp>(oneMinus(graph, target), zero));
  };
  Tensor *wrong = oneMinus(graph, either(p, oneMinus(graph, p)));
  losses = graph.binary<MulOp>(powerOf(graph, wrong, measure.gamma), losses);
  if (measure.balancesClasses)
    losses = graph.binary<MulOp>(
        either(graph.scalar(measure.alpha), graph.scalar(1 - measure.alpha)), losses);
  return meanOverLast(c, losses);
}

Tensor *categoricalFocalCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  GraphBuilder &graph = c.graph;
  warnOfMissing(measure, c, "softmax");
  Tensor *classes = graph.size(c.prediction, {lastAxis(c)});
  Tensor *target =
      smoothed(c, measure.labelSmoothing, graph.binary<DivOp>(graph.scalar(1.0), classes));
  Tensor *shares = measure.fromLogits ? graph.softmax(c.prediction, lastAxis(c)) : c.prediction;
  shares = graph.binary<DivOp>(shares, sumOverLast(c, shares, /*keep=*/true));
  Tensor *p = clip(graph, shares, kEpsilon, 1.0 - kEpsilon);
  Tensor *losses = graph.binary<MulOp>(target, graph.unary<LogOp>(p));
  Tensor *focus = powerOf(graph, oneMinus(graph, p), measure.gamma);
  return scaled(graph, sumOverLast(c, graph.binary<MulOp>(focus, losses)), -measure.alpha);
}

//===----------------------------------------------------------------------===//
// Overlaps
//===----------------------------------------------------------------------===//

/// Sums over `axis=`; null after a report.
Tensor *overlapSum(const Measure &measure, const Comparison &c, Tensor *x) {
  llvm::SmallVector<int64_t> axes;
  if (!measure.axes)
    return c.graph.reduce(ReduceKind::sum, x, GraphBuilder::allAxes(x));
  for (int64_t axis : *measure.axes) {
    std::optional<int64_t> place =
        checkAxis(c.graph.session, axis, x->rank(), measure.name, measure.place);
    if (!place)
      return nullptr;
    if (!llvm::is_contained(axes, *place))
      axes.push_back(*place);
  }
  llvm::sort(axes);
  return c.graph.reduce(ReduceKind::sum, x, axes);
}

/// 1 - part / (whole + epsilon)
Tensor *missing(GraphBuilder &graph, Tensor *part, Tensor *whole) {
  return oneMinus(graph,
                  graph.binary<DivOp>(part, graph.binary<AddOp>(whole, graph.scalar(kEpsilon))));
}

Tensor *dice(const Measure &measure, const Comparison &c) {
  GraphBuilder &graph = c.graph;
  Tensor *common = overlapSum(measure, c, graph.binary<MulOp>(c.target, c.prediction));
  Tensor *all =
      graph.binary<AddOp>(overlapSum(measure, c, c.target), overlapSum(measure, c, c.prediction));
  return missing(graph, scaled(graph, common, 2), all);
}

Tensor *tversky(const Measure &measure, const Comparison &c) {
  GraphBuilder &graph = c.graph;
  auto sum = [&](Tensor *x, Tensor *y) {
    return overlapSum(measure, c, graph.binary<MulOp>(x, y));
  };
  Tensor *common = sum(c.target, c.prediction);
  Tensor *missed = sum(oneMinus(graph, c.prediction), c.target);
  Tensor *surplus = sum(c.prediction, oneMinus(graph, c.target));
  Tensor *wrong = graph.binary<AddOp>(scaled(graph, missed, measure.alpha),
                                      scaled(graph, surplus, measure.beta));
  return missing(graph, common, graph.binary<AddOp>(common, wrong));
}

//===----------------------------------------------------------------------===//
// Labels that are partly wrong
//===----------------------------------------------------------------------===//

Tensor *generalizedCrossentropy(const Measure &measure, const Comparison &c) {
  GraphBuilder &graph = c.graph;
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return nullptr;
  Tensor *p = sumOverLast(c, graph.binary<MulOp>(graph.oneHot(c.target, *classes), c.prediction));
  return scaled(graph, oneMinus(graph, powerOf(graph, p, measure.q)), 1 / measure.q);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

constexpr TargetKind Values = TargetKind::Values, Labels = TargetKind::Labels;

const MeasureFunction functions[] = {
    {"binary_focal_crossentropy",
     Values,
     binaryFocalCrossentropy,
     "BinaryFocalCrossentropy",
     nullptr,
     "apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, "
     "axis=-1",
     {},
     {}},
    {"categorical_focal_crossentropy",
     Values,
     categoricalFocalCrossentropy,
     "CategoricalFocalCrossentropy",
     nullptr,
     "alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1",
     {},
     {}},
    {"dice", Values, dice, "Dice", nullptr, "axis=None", {}, {}, nullptr, FunctionOf::Losses},
    {"tversky",
     Values,
     tversky,
     "Tversky",
     nullptr,
     "alpha=0.5, beta=0.5, axis=None",
     {},
     {},
     nullptr,
     FunctionOf::Losses},
    {"categorical_generalized_cross_entropy",
     Labels,
     generalizedCrossentropy,
     "CategoricalGeneralizedCrossEntropy",
     nullptr,
     "q=0.5",
     {},
     {},
     nullptr,
     FunctionOf::Neither,
     nullptr,
     nullptr,
     /*isNamed=*/false},
};

} // namespace

llvm::ArrayRef<MeasureFunction> laterLosses() { return functions; }

} // namespace rondo::keras
