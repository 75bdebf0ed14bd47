//===- Measures.cpp - keras.losses and keras.metrics ----------------------===//
//
// Losses and metrics as Keras computes them on TensorFlow (keras/src/losses,
// keras/src/metrics, keras/src/backend/tensorflow/nn.py): a function of target
// and prediction that gives one number for each sample, in one table.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Training.h"

namespace rondo::keras {
namespace {

/// keras.config.epsilon().
constexpr double kEpsilon = 1e-7;

int64_t lastAxis(const Comparison &c) { return int64_t(c.prediction->rank()) - 1; }

Tensor *meanOverLast(const Comparison &c, Tensor *x) { return c.graph.mean(x, {lastAxis(c)}); }
Tensor *sumOverLast(const Comparison &c, Tensor *x) {
  return c.graph.reduce(ReduceKind::sum, x, {lastAxis(c)});
}
Tensor *square(GraphBuilder &graph, Tensor *x) { return graph.binary<MulOp>(x, x); }

/// Passes gradients where x is inside, borders included.
Tensor *clip(GraphBuilder &graph, Tensor *x, double low, double high) {
  return graph.binary<MaximumOp>(graph.binary<MinimumOp>(x, graph.scalar(high)), graph.scalar(low));
}

Tensor *oneMinus(GraphBuilder &graph, Tensor *x) {
  return graph.binary<SubOp>(graph.scalar(1.0), x);
}

/// ln(1 + exp(-|x|)), the part of ln(1 + exp(x)) beside max(x, 0).
Tensor *softplusOfMagnitude(GraphBuilder &graph, Tensor *x) {
  // -x comes first: at 0 the gradient goes where max(x, 0) lets it balance.
  Tensor *down = graph.binary<MinimumOp>(graph.unary<NegOp>(x), x);
  return graph.unary<Log1pOp>(graph.unary<ExpOp>(down));
}

//===----------------------------------------------------------------------===//
// Differences
//===----------------------------------------------------------------------===//

Tensor *difference(const Comparison &c) { return c.graph.binary<SubOp>(c.prediction, c.target); }

Tensor *meanSquaredError(const Measure &, const Comparison &c) {
  return meanOverLast(c, square(c.graph, difference(c)));
}

Tensor *meanAbsoluteError(const Measure &, const Comparison &c) {
  return meanOverLast(c, c.graph.unary<AbsOp>(difference(c)));
}

Tensor *meanAbsolutePercentageError(const Measure &, const Comparison &c) {
  Tensor *size =
      c.graph.binary<MaximumOp>(c.graph.unary<AbsOp>(c.target), c.graph.scalar(kEpsilon));
  Tensor *ratio = c.graph.unary<AbsOp>(c.graph.binary<DivOp>(difference(c), size));
  return c.graph.binary<MulOp>(meanOverLast(c, ratio), c.graph.scalar(100.0));
}

Tensor *meanSquaredLogarithmicError(const Measure &, const Comparison &c) {
  auto logarithm = [&](Tensor *x) {
    Tensor *bounded = c.graph.binary<MaximumOp>(x, c.graph.scalar(kEpsilon));
    return c.graph.unary<Log1pOp>(bounded);
  };
  Tensor *error = c.graph.binary<SubOp>(logarithm(c.prediction), logarithm(c.target));
  return meanOverLast(c, square(c.graph, error));
}

Tensor *huber(const Measure &measure, const Comparison &c) {
  double delta = measure.delta;
  Tensor *error = difference(c), *size = c.graph.unary<AbsOp>(error);
  Tensor *near = c.graph.binary<MulOp>(square(c.graph, error), c.graph.scalar(0.5));
  Tensor *far = c.graph.binary<SubOp>(c.graph.binary<MulOp>(size, c.graph.scalar(delta)),
                                      c.graph.scalar(0.5 * delta * delta));
  Tensor *isNear = c.graph.predicate(ComparePredicate::le, size, c.graph.scalar(delta));
  return meanOverLast(c, c.graph.select(isNear, near, far));
}

Tensor *logCosh(const Measure &, const Comparison &c) {
  // x + softplus(-2x) - ln 2, where softplus(z) = max(z, 0) + ln(1 + exp(-|z|)).
  Tensor *x = difference(c), *twice = c.graph.binary<MulOp>(x, c.graph.scalar(-2.0));
  Tensor *softplus = c.graph.binary<AddOp>(c.graph.binary<MaximumOp>(twice, c.graph.scalar(0.0)),
                                           softplusOfMagnitude(c.graph, twice));
  Tensor *shifted = c.graph.binary<SubOp>(x, c.graph.scalar(0.69314718055994531));
  return meanOverLast(c, c.graph.binary<AddOp>(shifted, softplus));
}

Tensor *cosine(const Comparison &c) {
  auto normalized = [&](Tensor *x) {
    Tensor *squares = c.graph.reduce(ReduceKind::sum, square(c.graph, x), {lastAxis(c)}, true);
    Tensor *inverse = c.graph.binary<DivOp>(c.graph.scalar(1.0), c.graph.unary<SqrtOp>(squares));
    return c.graph.binary<MulOp>(
        x, c.graph.binary<MinimumOp>(inverse, c.graph.scalar(1.0 / kEpsilon)));
  };
  return sumOverLast(c, c.graph.binary<MulOp>(normalized(c.target), normalized(c.prediction)));
}

Tensor *cosineSimilarity(const Measure &measure, const Comparison &c) {
  // What grows is good as a metric and bad as a loss.
  return measure.isMetric ? cosine(c) : c.graph.unary<NegOp>(cosine(c));
}

//===----------------------------------------------------------------------===//
// Margins
//===----------------------------------------------------------------------===//

/// max(1 - target * prediction, 0) with targets of 0 and 1, where there are no
/// others in the batch, taken for -1 and 1.
Tensor *margin(const Comparison &c) {
  GraphBuilder &graph = c.graph;
  Tensor *isBit =
      graph.binary<AddOp>(graph.compare(ComparePredicate::eq, c.target, graph.scalar(0.0)),
                          graph.compare(ComparePredicate::eq, c.target, graph.scalar(1.0)));
  Tensor *areBits = graph.reduce(ReduceKind::min, isBit, GraphBuilder::allAxes(isBit));
  // y (1 + b) - b: 2y - 1 for bits, b = 1; y else.
  Tensor *sign = graph.binary<SubOp>(
      graph.binary<MulOp>(c.target, graph.binary<AddOp>(areBits, graph.scalar(1.0))), areBits);
  Tensor *below = oneMinus(graph, graph.binary<MulOp>(sign, c.prediction));
  return graph.binary<MaximumOp>(below, graph.scalar(0.0));
}

Tensor *hinge(const Measure &, const Comparison &c) { return meanOverLast(c, margin(c)); }

Tensor *squaredHinge(const Measure &, const Comparison &c) {
  return meanOverLast(c, square(c.graph, margin(c)));
}

Tensor *categoricalHinge(const Measure &, const Comparison &c) {
  Tensor *right = sumOverLast(c, c.graph.binary<MulOp>(c.target, c.prediction));
  Tensor *wrong = c.graph.reduce(ReduceKind::max,
                                 c.graph.binary<MulOp>(oneMinus(c.graph, c.target), c.prediction),
                                 {lastAxis(c)});
  Tensor *gap = c.graph.binary<AddOp>(c.graph.binary<SubOp>(wrong, right), c.graph.scalar(1.0));
  return c.graph.binary<MaximumOp>(gap, c.graph.scalar(0.0));
}

//===----------------------------------------------------------------------===//
// Probabilities
//===----------------------------------------------------------------------===//

Tensor *klDivergence(const Measure &, const Comparison &c) {
  Tensor *target = clip(c.graph, c.target, kEpsilon, 1.0);
  Tensor *prediction = clip(c.graph, c.prediction, kEpsilon, 1.0);
  Tensor *ratio = c.graph.unary<LogOp>(c.graph.binary<DivOp>(target, prediction));
  return sumOverLast(c, c.graph.binary<MulOp>(target, ratio));
}

Tensor *poisson(const Measure &, const Comparison &c) {
  Tensor *logarithm =
      c.graph.unary<LogOp>(c.graph.binary<AddOp>(c.prediction, c.graph.scalar(kEpsilon)));
  return meanOverLast(
      c, c.graph.binary<SubOp>(c.prediction, c.graph.binary<MulOp>(c.target, logarithm)));
}

/// The logits that a cross-entropy takes, or null where it has probabilities:
/// behind a softmax or sigmoid Keras takes that one's, whatever `from_logits`
/// says and whichever of the two belongs to the loss.
Tensor *logitsOf(const Measure &measure, const Comparison &c, bool wantsSoftmax) {
  Session &session = c.graph.session;
  llvm::StringRef wanted = wantsSoftmax ? "softmax" : "sigmoid";
  llvm::StringRef found = c.logitsOfSoftmax ? "softmax" : "sigmoid";
  if (!c.logits) {
    if (c.warns && !measure.fromLogits && c.isLinear)
      session.in
          .report(Code::LossWithoutSoftmax, measure.place,
                  "`{}` takes probabilities, but '{}' has no {}", measure.name, c.output, wanted)
          .help("pass `from_logits=True`, or end the model in a {}", wanted);
    return measure.fromLogits ? c.prediction : nullptr;
  }
  if (c.warns && wantsSoftmax != c.logitsOfSoftmax)
    session.in
        .report(Code::CrossentropyActivation, measure.place,
                "`{}` belongs to a {}, but '{}' ends in a {}, whose logits it takes for those of "
                "a {}, as Keras does",
                measure.name, wanted, c.output, found, wanted)
        .help("end the model in a {}, or use `{}`", wanted,
              wantsSoftmax ? "binary_crossentropy" : "categorical_crossentropy");
  else if (c.warns && measure.fromLogits)
    session.in.report(Code::LogitsFromSoftmax, measure.place,
                      "`from_logits=True`, but '{}' ends in a {}; the {} is skipped", c.output,
                      found, found);
  return c.logits;
}

/// `axis` is the last one. False after a report.
bool checkAxis(const Measure &measure, const Comparison &c) {
  if (measure.axis == -1 || measure.axis == lastAxis(c))
    return true;
  c.graph.session.in.report(Code::NotSupportedYet, measure.place,
                            "`{}` along axis {} of '{}' of shape {} is not supported yet, only "
                            "along the last one",
                            measure.name, measure.axis, c.output, c.prediction->shape());
  return false;
}

/// target * (1 - smoothing) + smoothing * share.
Tensor *smoothed(const Comparison &c, double smoothing, Tensor *share) {
  if (smoothing == 0)
    return c.target;
  Tensor *kept = c.graph.binary<MulOp>(c.target, c.graph.scalar(1.0 - smoothing));
  return c.graph.binary<AddOp>(kept, c.graph.binary<MulOp>(share, c.graph.scalar(smoothing)));
}

Tensor *categoricalCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *classes = graph.size(c.prediction, {lastAxis(c)});
  Tensor *target =
      smoothed(c, measure.labelSmoothing, graph.binary<DivOp>(graph.scalar(1.0), classes));
  if (Tensor *logits = logitsOf(measure, c, /*wantsSoftmax=*/true))
    return graph.softmaxCrossentropy(logits, target);
  Tensor *total = graph.reduce(ReduceKind::sum, c.prediction, {lastAxis(c)}, /*keep=*/true);
  Tensor *share = graph.binary<DivOp>(c.prediction, total);
  Tensor *logarithm = graph.unary<LogOp>(clip(graph, share, kEpsilon, 1.0 - kEpsilon));
  return graph.unary<NegOp>(sumOverLast(c, graph.binary<MulOp>(target, logarithm)));
}

/// The number of classes that are predicted; nothing after a report.
std::optional<int64_t> classCount(const Measure &measure, const Comparison &c) {
  Session &session = c.graph.session;
  std::optional<int64_t> count = session.resolve(c.prediction->axes.back().size).getConstant();
  if (!count)
    session.in.report(Code::DynamicSize, measure.place,
                      "the number of classes of '{}' of shape {} is only known when the model runs",
                      c.output, c.prediction->shape());
  return count;
}

Tensor *sparseCategoricalCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *logits = logitsOf(measure, c, /*wantsSoftmax=*/true);
  // Here clipped probabilities are made to add up to 1 again.
  if (!logits)
    logits = graph.unary<LogOp>(clip(graph, c.prediction, kEpsilon, 1.0 - kEpsilon));
  return graph.softmaxCrossentropy(logits, graph.oneHot(c.target, *classes));
}

Tensor *binaryCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *target = smoothed(c, measure.labelSmoothing, graph.scalar(0.5));
  if (Tensor *z = logitsOf(measure, c, /*wantsSoftmax=*/false)) {
    // max(z, 0) - z y + ln(1 + exp(-|z|))
    Tensor *linear = graph.binary<SubOp>(graph.binary<MaximumOp>(z, graph.scalar(0.0)),
                                         graph.binary<MulOp>(z, target));
    return meanOverLast(c, graph.binary<AddOp>(linear, softplusOfMagnitude(graph, z)));
  }
  Tensor *p = clip(graph, c.prediction, kEpsilon, 1.0 - kEpsilon);
  Tensor *one = graph.binary<MulOp>(target, graph.unary<LogOp>(p));
  Tensor *zero =
      graph.binary<MulOp>(oneMinus(graph, target), graph.unary<LogOp>(oneMinus(graph, p)));
  return graph.unary<NegOp>(meanOverLast(c, graph.binary<AddOp>(one, zero)));
}

//===----------------------------------------------------------------------===//
// Accuracy
//===----------------------------------------------------------------------===//

Tensor *same(const Comparison &c, Tensor *a, Tensor *b) {
  return c.graph.compare(ComparePredicate::eq, a, b);
}

Tensor *binaryAccuracy(const Measure &measure, const Comparison &c) {
  Tensor *predicted =
      c.graph.compare(ComparePredicate::gt, c.prediction, c.graph.scalar(measure.threshold));
  return meanOverLast(c, same(c, predicted, c.target));
}

/// The class of a target, which has a number or a share for each.
Tensor *label(const Comparison &c) {
  return c.target->rank() < c.prediction->rank() ? c.target : c.graph.argmax(c.target, lastAxis(c));
}

Tensor *classAccuracy(const Measure &, const Comparison &c) {
  return same(c, c.graph.argmax(c.prediction, lastAxis(c)), label(c));
}

/// Whether fewer than k classes are more probable than the right one.
Tensor *topKAccuracy(const Measure &measure, const Comparison &c) {
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *right = graph.reduce(ReduceKind::sum,
                               graph.binary<MulOp>(graph.oneHot(label(c), *classes), c.prediction),
                               {lastAxis(c)}, /*keep=*/true);
  Tensor *better = sumOverLast(c, graph.compare(ComparePredicate::gt, c.prediction, right));
  return graph.compare(ComparePredicate::lt, better, graph.scalar(double(measure.k)));
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

constexpr TargetKind Values = TargetKind::Values, Labels = TargetKind::Labels;

const MeasureFunction functions[] = {
    {"mean_squared_error",
     Values,
     meanSquaredError,
     "MeanSquaredError",
     "MeanSquaredError",
     "",
     {"mse", "MSE"},
     {"mse", "MSE"}},
    {"mean_absolute_error",
     Values,
     meanAbsoluteError,
     "MeanAbsoluteError",
     "MeanAbsoluteError",
     "",
     {"mae", "MAE"},
     {"mae", "MAE"}},
    {"mean_absolute_percentage_error",
     Values,
     meanAbsolutePercentageError,
     "MeanAbsolutePercentageError",
     "MeanAbsolutePercentageError",
     "",
     {"mape", "MAPE"},
     {"mape", "MAPE"}},
    {"mean_squared_logarithmic_error",
     Values,
     meanSquaredLogarithmicError,
     "MeanSquaredLogarithmicError",
     "MeanSquaredLogarithmicError",
     "",
     {"msle", "MSLE"},
     {"msle", "MSLE"}},
    {"huber", Values, huber, "Huber", nullptr, "delta=1.0", {}, {}, "huber_loss"},
    {"log_cosh", Values, logCosh, "LogCosh", "LogCoshError", "", {}, {}},
    {"cosine_similarity",
     Values,
     cosineSimilarity,
     "CosineSimilarity",
     "CosineSimilarity",
     "axis=-1",
     {},
     {}},
    {"hinge", Values, hinge, "Hinge", "Hinge", "", {}, {}},
    {"squared_hinge", Values, squaredHinge, "SquaredHinge", "SquaredHinge", "", {}, {}},
    {"categorical_hinge",
     Values,
     categoricalHinge,
     "CategoricalHinge",
     "CategoricalHinge",
     "",
     {},
     {}},
    {"kl_divergence", Values, klDivergence, "KLDivergence", "KLDivergence", "", {"kld", "KLD"}, {}},
    {"poisson", Values, poisson, "Poisson", "Poisson", "", {}, {}},
    {"categorical_crossentropy",
     Values,
     categoricalCrossentropy,
     "CategoricalCrossentropy",
     "CategoricalCrossentropy",
     "from_logits=False, label_smoothing=0.0, axis=-1",
     {},
     {}},
    {"sparse_categorical_crossentropy",
     Labels,
     sparseCategoricalCrossentropy,
     "SparseCategoricalCrossentropy",
     "SparseCategoricalCrossentropy",
     "from_logits=False, ignore_class=None, axis=-1",
     {},
     {}},
    {"binary_crossentropy",
     Values,
     binaryCrossentropy,
     "BinaryCrossentropy",
     "BinaryCrossentropy",
     "from_logits=False, label_smoothing=0.0, axis=-1",
     {"bce", "BCE"},
     {"bce", "BCE"}},
    {"binary_accuracy", Values, binaryAccuracy, nullptr, "BinaryAccuracy", "threshold=0.5", {}, {}},
    {"categorical_accuracy", Values, classAccuracy, nullptr, "CategoricalAccuracy", "", {}, {}},
    {"sparse_categorical_accuracy",
     Labels,
     classAccuracy,
     nullptr,
     "SparseCategoricalAccuracy",
     "",
     {},
     {}},
    {"top_k_categorical_accuracy",
     Values,
     topKAccuracy,
     nullptr,
     "TopKCategoricalAccuracy",
     "k=5",
     {},
     {}},
    {"sparse_top_k_categorical_accuracy",
     Labels,
     topKAccuracy,
     nullptr,
     "SparseTopKCategoricalAccuracy",
     "k=5",
     {},
     {}},
};

const std::vector<std::string> unsupportedLosses = {"BinaryFocalCrossentropy",
                                                    "CategoricalFocalCrossentropy",
                                                    "CategoricalGeneralizedCrossEntropy",
                                                    "Circle",
                                                    "CTC",
                                                    "Dice",
                                                    "Loss",
                                                    "Tversky",
                                                    "binary_focal_crossentropy",
                                                    "categorical_focal_crossentropy",
                                                    "categorical_generalized_cross_entropy",
                                                    "circle",
                                                    "ctc",
                                                    "dice",
                                                    "tversky",
                                                    "get",
                                                    "deserialize",
                                                    "serialize"};

const std::vector<std::string> unsupportedMetrics = {"AUC",
                                                     "Accuracy",
                                                     "BinaryIoU",
                                                     "ConcordanceCorrelation",
                                                     "F1Score",
                                                     "FBetaScore",
                                                     "FalseNegatives",
                                                     "FalsePositives",
                                                     "IoU",
                                                     "Mean",
                                                     "MeanIoU",
                                                     "MeanMetricWrapper",
                                                     "Metric",
                                                     "OneHotIoU",
                                                     "OneHotMeanIoU",
                                                     "PearsonCorrelation",
                                                     "Precision",
                                                     "PrecisionAtRecall",
                                                     "R2Score",
                                                     "Recall",
                                                     "RecallAtPrecision",
                                                     "RootMeanSquaredError",
                                                     "SensitivityAtSpecificity",
                                                     "SpecificityAtSensitivity",
                                                     "Sum",
                                                     "TrueNegatives",
                                                     "TruePositives",
                                                     "auc",
                                                     "f1_score",
                                                     "precision",
                                                     "r2_score",
                                                     "recall",
                                                     "root_mean_squared_error",
                                                     "concordance_correlation",
                                                     "pearson_correlation",
                                                     "binary_focal_crossentropy",
                                                     "categorical_focal_crossentropy",
                                                     "get",
                                                     "deserialize",
                                                     "serialize"};

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

/// The arguments of the loss's or metric's class, in Keras' order.
std::string classParameters(const MeasureFunction &function, bool isMetric) {
  llvm::StringRef options = function.options;
  std::string separator = options.empty() ? "" : ", ";
  // Metrics but for the k of top-k accuracy take their name first.
  if (isMetric && !options.starts_with("k="))
    return "name=None, dtype=None" + separator + options.str();
  if (isMetric)
    return options.str() + ", name=None, dtype=None";
  std::string reduction = "reduction='sum_over_batch_size', ";
  if (function.target == Labels)
    return "from_logits=False, ignore_class=None, " + reduction + "axis=-1, name=None, dtype=None";
  return options.str() + separator + reduction + "name=None, dtype=None";
}

/// Reads a number that is at least `low` and at most `high`.
void readNumber(Config &config, const char *parameter, double low, double high,
                llvm::StringRef expected, double &result) {
  if (!config.arguments.has(parameter))
    return;
  const BoundArguments::Slot &slot = config.get(parameter);
  auto number = slot.value.isBool() ? std::nullopt : slot.value.asReal();
  if (number && *number >= low && *number <= high)
    result = *number;
  else
    config.reject(slot, parameter, expected);
}

Reduction readReduction(Config &config) {
  const BoundArguments::Slot &slot = config.get("reduction");
  const auto *text = slot.value.as<eval::Str>();
  std::string name = text ? text->text : "";
  if (name == "sum_over_batch_size" || name == "mean")
    return Reduction::Mean;
  if (name == "sum")
    return Reduction::Sum;
  if (name == "mean_with_sample_weight")
    return Reduction::WeightedMean;
  if (name == "none" || slot.value.isNone()) {
    config.isBroken = true;
    config.session.in
        .report(Code::NotSupportedYet, slot.place,
                "a loss with a number for each sample is not supported yet")
        .help("`reduction=\"sum\"` trains the same way");
    return Reduction::Mean;
  }
  config.reject(slot, "reduction",
                "\"sum_over_batch_size\", \"mean\", \"sum\" or \"mean_with_sample_weight\"");
  return Reduction::Mean;
}

Value makeMeasure(Session &session, const MeasureFunction &function, bool isMetric,
                  BoundArguments &arguments) {
  constexpr double huge = std::numeric_limits<double>::max();
  Config config(session, arguments);
  const BoundArguments::Slot &name = config.get("name");
  const auto *text = name.value.as<eval::Str>();
  const char *byDefault = function.objectName ? function.objectName : function.name;
  // Keras' one metric that is not called after its function.
  if (isMetric && function.metricClass == llvm::StringRef("LogCoshError"))
    byDefault = "logcosh";
  auto *measure =
      session.in.heap.make<Measure>(&function, text ? text->text : byDefault, arguments.place);
  measure->isMetric = isMetric;
  if (arguments.has("from_logits"))
    measure->fromLogits = config.boolean("from_logits");
  if (arguments.has("axis"))
    measure->axis = config.integer("axis");
  if (arguments.has("k"))
    measure->k = config.positiveInteger("k");
  if (arguments.has("reduction"))
    measure->reduction = readReduction(config);
  readNumber(config, "label_smoothing", 0, 1, "a number from 0 to 1", measure->labelSmoothing);
  readNumber(config, "delta", 0, huge, "a number that is not negative", measure->delta);
  readNumber(config, "threshold", -huge, huge, "a number", measure->threshold);
  config.finish();
  return config.isBroken ? Value::error() : Value(measure);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Names that stand for different functions, by the shapes.
bool dependsOnShapes(llvm::StringRef name, bool isMetric) {
  return isMetric ? name == "accuracy" || name == "acc" : name == "crossentropy" || name == "ce";
}

void reportUnknown(Session &session, PlacedValue value, bool isMetric,
                   const std::vector<std::string> &names) {
  const auto *text = value.value.as<eval::Str>();
  const auto *function = value.value.as<Native>();
  std::string name = text ? text->text : function ? function->name : "";
  const std::vector<std::string> &unsupported = isMetric ? unsupportedMetrics : unsupportedLosses;
  llvm::StringRef what = isMetric ? "metric" : "loss", module = isMetric ? "metrics" : "losses";
  if (llvm::is_contained(unsupported, name)) {
    session.in.report(Code::NotSupportedYet, value.place, "the {} `{}` is not supported yet", what,
                      name);
  } else if (text) {
    diagnostics::Diagnostic &diagnostic =
        session.in.report(isMetric ? Code::UnknownMetric : Code::UnknownLoss, value.place,
                          "there is no {} called `{}`", what, name);
    if (!isMetric && llvm::StringRef(name).ends_with("accuracy"))
      diagnostic.help("it is a metric: `metrics=[\"{}\"]`", name);
    else
      eval::suggest(diagnostic, name, diagnostics::closestMatch(name, names) ? names : unsupported,
                    value.place);
  } else if (value.value.as<eval::Function>()) {
    session.in.report(Code::NotSupportedYet, value.place, "a {} of your own is not supported yet",
                      what);
  } else if (!value.value.isError()) {
    session.in.report(Code::InvalidArgument, value.place,
                      "a {} is a name or an object of keras.{}, got {}", what, module,
                      value.value.inWords());
  }
}

const Measure *readMeasure(Session &session, PlacedValue value, bool isMetric) {
  if (const auto *measure = value.value.as<Measure>()) {
    if (measure->isMetric == isMetric)
      return measure;
    reportUnknown(session, value, isMetric, {});
    return nullptr;
  }
  const auto *text = value.value.as<eval::Str>();
  const auto *native = value.value.as<Native>();
  std::string name = text ? text->text : native ? native->name : "";
  auto make = [&](const MeasureFunction *function, std::string logName) {
    auto *measure = session.in.heap.make<Measure>(function, std::move(logName), value.place);
    // A function is that of keras.losses, wherever it is used.
    measure->isMetric = isMetric && text;
    return measure;
  };
  if (text && dependsOnShapes(name, isMetric))
    return make(nullptr, name);
  std::vector<std::string> names;
  if (isMetric)
    names = {"accuracy", "acc"};
  for (const MeasureFunction &function : functions) {
    const char *className = isMetric ? function.metricClass : function.lossClass;
    const std::vector<const char *> &aliases =
        isMetric ? function.metricAliases : function.lossAliases;
    // A metric's name is its class's; that of a loss, its function's.
    std::string nameOfText = !className ? ""
                             : isMetric ? snakeCase(className)
                                        : std::string(function.name);
    if (className)
      names.push_back(nameOfText);
    names.insert(names.end(), aliases.begin(), aliases.end());
    bool isClass = className && name == className;
    bool isName = !name.empty() && name == (text ? nameOfText : function.name);
    if (!isClass && !isName && !llvm::is_contained(aliases, llvm::StringRef(name)))
      continue;
    if (text)
      return make(&function, name);
    if (!isClass)
      return make(&function, function.name);
    const eval::Signature &signature =
        session.in.heap.signature(className, classParameters(function, isMetric));
    BoundArguments defaults(signature, value.place, value.place);
    return makeMeasure(session, function, isMetric, defaults).as<Measure>();
  }
  reportUnknown(session, value, isMetric, names);
  return nullptr;
}

} // namespace

const Measure *readLoss(Session &session, PlacedValue value) {
  return readMeasure(session, value, /*isMetric=*/false);
}

const Measure *readMetric(Session &session, PlacedValue value) {
  return readMeasure(session, value, /*isMetric=*/true);
}

bool isLossName(Value value) {
  const auto *text = value.as<eval::Str>();
  return text && llvm::any_of(functions, [&](const MeasureFunction &function) {
           return function.lossClass &&
                  (text->text == function.name ||
                   llvm::is_contained(function.lossAliases, llvm::StringRef(text->text)));
         });
}

const MeasureFunction *measureFunction(llvm::StringRef name) {
  const auto *found = llvm::find_if(
      functions, [&](const MeasureFunction &function) { return function.name == name; });
  return found == std::end(functions) ? nullptr : found;
}

void addMeasures(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *losses = catalogue.addModule("keras.losses", unsupportedLosses);
  KerasModule *metrics = catalogue.addModule("keras.metrics", unsupportedMetrics);
  // As a function it only serves as an argument of compile.
  auto asFunction = [](Interpreter &in, BoundArguments &arguments) {
    in.report(Code::NotSupportedYet, arguments.place,
              "computing `{}` in the file is not supported yet", arguments.signature.callee);
    return Value::error();
  };
  for (const MeasureFunction &function : functions) {
    auto addClass = [&](KerasModule *module, const char *className, bool isMetric) {
      if (className)
        catalogue.addFunction(module, className, classParameters(function, isMetric).c_str(),
                              [&session, &function, isMetric](Interpreter &, BoundArguments &args) {
                                return makeMeasure(session, function, isMetric, args);
                              });
    };
    addClass(losses, function.lossClass, false);
    addClass(metrics, function.metricClass, true);
    for (KerasModule *module : {losses, metrics}) {
      // Accuracies are no losses, and this one is in keras.losses alone.
      bool isLoss = module == losses;
      if (isLoss ? function.lossClass == nullptr : function.build == cosineSimilarity)
        continue;
      catalogue.addFunction(module, function.name, "y_true, y_pred", asFunction);
      for (const char *alias : isLoss ? function.lossAliases : function.metricAliases)
        catalogue.addFunction(module, alias, "y_true, y_pred", asFunction);
    }
  }
}

} // namespace rondo::keras
