//===- MetricStates.cpp - Metrics that are no means -----------------------===//
//
// What metrics such as AUC and F1Score add up over batches, as rows of the table of
// MeasureFunctions.cpp. What becomes of the sums is in runtime/src/Metrics.cpp. Unlike means
// these metrics count what a mask leaves out, as in Keras.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Constants.h"
#include "frontend/keras/MeasureParts.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {
namespace {

using State = std::optional<MetricState>;

/// The sum over all axes but the last `kept`.
Tensor *sumUpTo(GraphBuilder &graph, Tensor *x, size_t kept) {
  if (!x)
    return nullptr;
  AxisList axes = GraphBuilder::allAxes(x);
  axes.resize(axes.size() - kept);
  return graph.reduce(ReduceKind::sum, x, axes);
}

/// With a last axis of size 1.
Tensor *withLastAxis(GraphBuilder &graph, Tensor *x) {
  return x ? graph.expandDims(x, int64_t(x->rank())) : nullptr;
}

/// x times the weights of samples, if there are any.
Tensor *weighted(GraphBuilder &graph, Tensor *x, Tensor *weights) {
  return weights ? graph.binary<MulOp>(x, withLastAxis(graph, weights)) : x;
}

Tensor *constant(GraphBuilder &graph, const std::vector<double> &values) {
  return makeConstant(graph, eval::NdArray(values, {int64_t(values.size())}, eval::Dtype::Float32));
}

/// Reports an output of another rank than (batch, features) with a known number of features, which
/// it returns.
std::optional<int64_t> featuresOf(const Measure &measure, const Comparison &c) {
  if (c.prediction->rank() == 2)
    return classCount(measure, c);
  c.graph.session.in.report(Code::RankMismatch, measure.place,
                            "the metric `{}` is of outputs of shape (batch, features), and '{}' "
                            "has shape {}",
                            measure.name, c.output, c.prediction->shape());
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Regression
//===----------------------------------------------------------------------===//

State rootMeanSquaredError(const Measure &, const Comparison &c, Tensor *weights) {
  GraphBuilder &graph = c.graph;
  Tensor *errors = meanOverLast(c, square(graph, graph.binary<SubOp>(c.prediction, c.target)));
  Tensor *count =
      weights ? sumUpTo(graph, weights, 0) : graph.size(errors, GraphBuilder::allAxes(errors));
  if (weights)
    errors = graph.binary<MulOp>(errors, weights);
  return MetricState{"root_mean", {}, {sumUpTo(graph, errors, 0), count}};
}

State r2Score(const Measure &measure, const Comparison &c, Tensor *weights) {
  if (!featuresOf(measure, c))
    return std::nullopt;
  GraphBuilder &graph = c.graph;
  auto sum = [&](Tensor *x) { return sumUpTo(graph, weighted(graph, x, weights), 1); };
  Tensor *error = graph.binary<SubOp>(c.target, c.prediction);
  Tensor *ones = graph.filled(1.0, c.target->axes);
  return MetricState{
      "r2",
      {measure.average == Measure::Average::Weighted ? 1.0 : 0.0, double(measure.regressors)},
      {graph.size(c.target, GraphBuilder::allAxes(c.target)), sum(c.target),
       sum(square(graph, c.target)), sum(square(graph, error)), sum(ones)}};
}

//===----------------------------------------------------------------------===//
// Counts of right and wrong
//===----------------------------------------------------------------------===//

/// What is compared with thresholds: values, and 1 where it is so, of a class or all of them.
struct Decisions {
  Tensor *values, *actual;
  /// Where values are above all thresholds that there are unless they are among the largest: 1 and
  /// 0, or null.
  Tensor *isAmongLargest = nullptr;
};

/// 1 for the k largest elements along the last axis, the first of equal ones.
Tensor *areLargest(const Measure &measure, const Comparison &c, int64_t k) {
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return nullptr;
  Tensor *ranks = buildRanks(c.graph, c.prediction, *classes, /*isDescending=*/true);
  return c.graph.compare(ComparePredicate::lt, ranks, c.graph.scalar(double(k)));
}

std::optional<Decisions> decisionsOf(const Measure &measure, const Comparison &c) {
  GraphBuilder &graph = c.graph;
  Decisions decisions{measure.fromLogits ? graph.unary<SigmoidOp>(c.prediction) : c.prediction,
                      graph.compare(ComparePredicate::ne, c.target, graph.scalar(0.0))};
  if (measure.topK && !(decisions.isAmongLargest = areLargest(measure, c, *measure.topK)))
    return std::nullopt;
  if (!measure.classId)
    return decisions;
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return std::nullopt;
  int64_t id = *measure.classId < 0 ? *measure.classId + *classes : *measure.classId;
  if (id < 0 || id >= *classes) {
    graph.session.in.report(Code::InvalidArgument, measure.place,
                            "the metric `{}` is of class {}, and '{}' has {} classes", measure.name,
                            *measure.classId, c.output, *classes);
    return std::nullopt;
  }
  for (Tensor **part : {&decisions.values, &decisions.actual, &decisions.isAmongLargest})
    *part = *part ? graph.part(*part, lastAxis(c), id, 1) : nullptr;
  return decisions;
}

/// 1 where something is said to be so, by one threshold.
Tensor *predicted(const Measure &measure, const Comparison &c, const Decisions &decisions) {
  // Without a threshold of its own all of the largest are.
  constexpr double below = -1e10;
  Tensor *isAbove = c.graph.compare(ComparePredicate::gt, decisions.values,
                                    c.graph.scalar(measure.threshold.value_or(below)));
  return decisions.isAmongLargest ? c.graph.binary<MulOp>(isAbove, decisions.isAmongLargest)
                                  : isAbove;
}

/// How often the prediction and the target are so, or are not.
template <bool isPredicted, bool isActual>
State count(const Measure &measure, const Comparison &c, Tensor *weights) {
  std::optional<Decisions> decisions = decisionsOf(measure, c);
  if (!decisions)
    return std::nullopt;
  GraphBuilder &graph = c.graph;
  Tensor *said = predicted(measure, c, *decisions), *actual = decisions->actual;
  Tensor *both = graph.binary<MulOp>(isPredicted ? said : oneMinus(graph, said),
                                     isActual ? actual : oneMinus(graph, actual));
  return MetricState{"sum", {}, {sumUpTo(graph, weighted(graph, both, weights), 0)}};
}

/// What share is right of all that is predicted, or of all that is so.
template <bool isPrecision>
State share(const Measure &measure, const Comparison &c, Tensor *weights) {
  std::optional<Decisions> decisions = decisionsOf(measure, c);
  if (!decisions)
    return std::nullopt;
  GraphBuilder &graph = c.graph;
  Tensor *said = predicted(measure, c, *decisions);
  auto sum = [&](Tensor *x) { return sumUpTo(graph, weighted(graph, x, weights), 0); };
  return MetricState{"mean",
                     {},
                     {sum(graph.binary<MulOp>(said, decisions->actual)),
                      sum(isPrecision ? said : decisions->actual)}};
}

State fBeta(const Measure &measure, const Comparison &c, Tensor *weights) {
  if (!featuresOf(measure, c))
    return std::nullopt;
  GraphBuilder &graph = c.graph;
  Tensor *said;
  if (measure.threshold) {
    said = graph.compare(ComparePredicate::gt, c.prediction, graph.scalar(*measure.threshold));
  } else {
    Tensor *largest = graph.reduce(ReduceKind::max, c.prediction, {lastAxis(c)}, /*keep=*/true);
    Tensor *isLargest = graph.compare(ComparePredicate::ge, c.prediction, largest);
    Tensor *isSomething =
        graph.compare(ComparePredicate::gt, graph.unary<AbsOp>(c.prediction), graph.scalar(1e-9));
    said = graph.binary<MulOp>(isLargest, isSomething);
  }
  size_t kept = measure.average == Measure::Average::Micro ? 0 : 1;
  auto sum = [&](Tensor *x) { return sumUpTo(graph, weighted(graph, x, weights), kept); };
  return MetricState{"f_beta",
                     {measure.beta, measure.average == Measure::Average::Weighted ? 1.0 : 0.0},
                     {sum(graph.binary<MulOp>(said, c.target)), sum(said), sum(c.target)}};
}

//===----------------------------------------------------------------------===//
// Thresholds
//===----------------------------------------------------------------------===//

/// 1 where values, with a last axis of their own, are above each of the thresholds.
Tensor *areAbove(GraphBuilder &graph, Tensor *values, const Measure &measure, bool startsBelow) {
  values = withLastAxis(graph, values);
  if (measure.thresholds.empty()) {
    // i / (n - 1); Keras finds those below a value by one product. An area has its first
    // threshold a little below 0.
    int64_t count = measure.thresholdCount;
    Tensor *most = graph.binary<MinimumOp>(values, graph.scalar(1.0));
    Tensor *places = graph.range(count);
    if (startsBelow)
      places = graph.binary<SubOp>(places,
                                   graph.compare(ComparePredicate::eq, places, graph.scalar(0.0)));
    return graph.compare(ComparePredicate::gt,
                         graph.binary<MulOp>(graph.binary<MaximumOp>(most, graph.scalar(0.0)),
                                             graph.scalar(double(count - 1))),
                         places);
  }
  return graph.compare(ComparePredicate::gt, values, constant(graph, measure.thresholds));
}

/// The sums of an area, of each label alone or of all together.
State confusions(const Measure &measure, const Comparison &c, Tensor *weights, const char *rule,
                 std::vector<double> numbers, bool startsBelow) {
  std::optional<Decisions> decisions = decisionsOf(measure, c);
  if (!decisions)
    return std::nullopt;
  GraphBuilder &graph = c.graph;
  Tensor *actual = decisions->actual;
  Tensor *negatives = weighted(graph, oneMinus(graph, actual), weights);
  Tensor *positives = weighted(graph, actual, weights);
  if (!measure.isMultiLabel && !measure.labelWeights.empty()) {
    Tensor *byLabel = constant(graph, measure.labelWeights);
    positives = graph.binary<MulOp>(positives, byLabel);
    negatives = graph.binary<MulOp>(negatives, byLabel);
  }
  Tensor *isAbove = areAbove(graph, decisions->values, measure, startsBelow);
  size_t kept = measure.isMultiLabel ? 1 : 0;
  auto above = [&](Tensor *classes) {
    Tensor *sums =
        sumUpTo(graph, graph.binary<MulOp>(isAbove, withLastAxis(graph, classes)), kept + 1);
    if (!sums || kept == 0)
      return sums;
    return graph.reshape(sums, {Axis{sums->size(0) * sums->size(1), AxisMeaning::Unknown}});
  };
  return MetricState{rule,
                     std::move(numbers),
                     {above(positives), above(negatives), sumUpTo(graph, positives, kept),
                      sumUpTo(graph, negatives, kept)}};
}

State areaUnderCurve(const Measure &measure, const Comparison &c, Tensor *weights) {
  std::vector<double> numbers{double(measure.curve), double(measure.summation), 1.0};
  if (measure.isMultiLabel) {
    std::optional<int64_t> labels = featuresOf(measure, c);
    if (!labels)
      return std::nullopt;
    numbers.back() = double(*labels);
    llvm::append_range(numbers, measure.labelWeights);
  }
  if (!measure.labelWeights.empty() || measure.isMultiLabel) {
    std::optional<int64_t> labels = classCount(measure, c);
    if (!labels)
      return std::nullopt;
    int64_t weightCount = measure.labelWeights.size();
    bool fits = (weightCount == 0 || weightCount == *labels) &&
                (measure.classes == 0 || measure.classes == *labels);
    if (!fits) {
      c.graph.session.in.report(Code::InvalidArgument, measure.place,
                                "the metric `{}` is of {}, and '{}' has {}", measure.name,
                                eval::plural(weightCount ? weightCount : measure.classes, "label"),
                                c.output, *labels);
      return std::nullopt;
    }
  }
  return confusions(measure, c, weights, "area", std::move(numbers), /*startsBelow=*/true);
}

State bestRate(const Measure &measure, const Comparison &c, Tensor *weights) {
  return confusions(measure, c, weights, "best", {double(measure.curve), measure.limit},
                    /*startsBelow=*/false);
}

//===----------------------------------------------------------------------===//
// Intersection over union
//===----------------------------------------------------------------------===//

State intersectionOverUnion(const Measure &measure, const Comparison &c, Tensor *weights) {
  if (!measure.predictsClasses && !checkAxis(measure, c))
    return std::nullopt;
  GraphBuilder &graph = c.graph;
  auto whole = [&](Tensor *x) { return graph.toFloat(graph.toInt(x)); };
  bool isBinary = measure.function->name == llvm::StringRef("binary_io_u");
  Tensor *prediction =
      isBinary ? graph.compare(ComparePredicate::ge, c.prediction, graph.scalar(*measure.threshold))
      : measure.predictsClasses ? whole(c.prediction)
                                : graph.argmax(c.prediction, lastAxis(c));
  Tensor *target = measure.comparesLabels    ? graph.toFloat(c.target)
                   : measure.predictsClasses ? whole(c.target)
                                             : graph.argmax(c.target, lastAxis(c));
  // Keras counts in whole numbers.
  if (weights)
    weights = whole(weights);
  if (weights && measure.predictsClasses)
    weights = withLastAxis(graph, weights);
  Tensor *classes = graph.range(measure.classes);
  auto isOf = [&](Tensor *x) {
    return graph.compare(ComparePredicate::eq, withLastAxis(graph, graph.toFloat(x)), classes);
  };
  Tensor *labels = isOf(target), *answers = isOf(prediction);
  if (measure.ignoredClass)
    labels =
        graph.binary<MulOp>(labels, graph.compare(ComparePredicate::ne, classes,
                                                  graph.scalar(double(*measure.ignoredClass))));
  labels = weighted(graph, labels, weights);
  // What is of no class counts nowhere.
  auto ofAny = [&](Tensor *x) {
    return x ? graph.reduce(ReduceKind::max, x, {int64_t(x->rank()) - 1}, /*keep=*/true) : nullptr;
  };
  std::vector<double> ids(measure.classIds.begin(), measure.classIds.end());
  return MetricState{"iou",
                     std::move(ids),
                     {sumUpTo(graph, graph.binary<MulOp>(labels, answers), 1),
                      sumUpTo(graph, graph.binary<MulOp>(labels, ofAny(answers)), 1),
                      sumUpTo(graph, graph.binary<MulOp>(answers, ofAny(labels)), 1)}};
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

using BuildState = State (*)(const Measure &, const Comparison &, Tensor *);

MeasureFunction row(const char *name, const char *className, const char *parameters,
                    BuildState state) {
  return {name,    TargetKind::Values,  nullptr, nullptr, className, parameters, {}, {},
          nullptr, FunctionOf::Neither, nullptr, state};
}

} // namespace

llvm::ArrayRef<MeasureFunction> statefulMetrics() {
  constexpr const char *counts = "thresholds=None, name=None, dtype=None",
                       *shares =
                           "thresholds=None, top_k=None, class_id=None, name=None, dtype=None";
  static const MeasureFunction functions[] = {
      row("root_mean_squared_error", "RootMeanSquaredError", "name=None, dtype=None",
          rootMeanSquaredError),
      row("r2_score", "R2Score",
          "class_aggregation='uniform_average', num_regressors=0, name=None, dtype=None", r2Score),
      row("true_positives", "TruePositives", counts, count<true, true>),
      row("false_positives", "FalsePositives", counts, count<true, false>),
      row("true_negatives", "TrueNegatives", counts, count<false, false>),
      row("false_negatives", "FalseNegatives", counts, count<false, true>),
      row("precision", "Precision", shares, share<true>),
      row("recall", "Recall", shares, share<false>),
      row("f1_score", "F1Score", "average=None, threshold=None, name=None, dtype=None", fBeta),
      row("fbeta_score", "FBetaScore",
          "average=None, beta=1.0, threshold=None, name=None, dtype=None", fBeta),
      row("auc", "AUC",
          "num_thresholds=200, curve='ROC', summation_method='interpolation', name=None, "
          "dtype=None, thresholds=None, multi_label=False, num_labels=None, label_weights=None, "
          "from_logits=False",
          areaUnderCurve),
      row("sensitivity_at_specificity", "SensitivityAtSpecificity",
          "specificity, num_thresholds=200, class_id=None, name=None, dtype=None", bestRate),
      row("specificity_at_sensitivity", "SpecificityAtSensitivity",
          "sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None", bestRate),
      row("precision_at_recall", "PrecisionAtRecall",
          "recall, num_thresholds=200, class_id=None, name=None, dtype=None", bestRate),
      row("recall_at_precision", "RecallAtPrecision",
          "precision, num_thresholds=200, class_id=None, name=None, dtype=None", bestRate),
      row("io_u", "IoU",
          "num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, "
          "sparse_y_true=True, sparse_y_pred=True, axis=-1",
          intersectionOverUnion),
      row("binary_io_u", "BinaryIoU",
          "target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None", intersectionOverUnion),
      row("mean_io_u", "MeanIoU",
          "num_classes, name=None, dtype=None, ignore_class=None, sparse_y_true=True, "
          "sparse_y_pred=True, axis=-1",
          intersectionOverUnion),
      row("one_hot_io_u", "OneHotIoU",
          "num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, "
          "sparse_y_pred=False, axis=-1",
          intersectionOverUnion),
      row("one_hot_mean_io_u", "OneHotMeanIoU",
          "num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1",
          intersectionOverUnion),
  };
  return functions;
}

} // namespace rondo::keras
