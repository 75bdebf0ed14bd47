//===- MeasureFunctions.cpp - What losses and metrics compute -------------===//
//
// Losses and metrics as Keras computes them on TensorFlow (keras/src/losses,
// keras/src/metrics, keras/src/backend/tensorflow/nn.py): a function of target
// and prediction that gives one number for each sample, in one table.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/MeasureParts.h"
#include "frontend/keras/Ops.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {

Tensor *clip(GraphBuilder &graph, Tensor *x, double low, double high) {
  return graph.binary<MaximumOp>(graph.binary<MinimumOp>(x, graph.scalar(high)), graph.scalar(low));
}

namespace {

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
  auto normalized = [&](Tensor *x) { return buildNormalized(c.graph, x, {lastAxis(c)}, kEpsilon); };
  return sumOverLast(c, c.graph.binary<MulOp>(normalized(c.target), normalized(c.prediction)));
}

Tensor *cosineSimilarity(const Measure &measure, const Comparison &c) {
  // What grows is good as a metric and bad as a loss.
  return measure.isMetric ? cosine(c) : c.graph.unary<NegOp>(cosine(c));
}

/// Less the mean over the last axis.
Tensor *centered(const Comparison &c, Tensor *x) {
  return c.graph.binary<SubOp>(x, c.graph.mean(x, {lastAxis(c)}, /*keep=*/true));
}
/// The mean of squares over the last axis, which stays.
Tensor *power(const Comparison &c, Tensor *x) {
  return c.graph.mean(square(c.graph, x), {lastAxis(c)}, /*keep=*/true);
}

Tensor *pearsonCorrelation(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  auto normalized = [&](Tensor *x) {
    Tensor *around = centered(c, x);
    return c.graph.binary<DivOp>(around, c.graph.unary<SqrtOp>(power(c, around)));
  };
  return meanOverLast(c, c.graph.binary<MulOp>(normalized(c.target), normalized(c.prediction)));
}

Tensor *concordanceCorrelation(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *targetMean = graph.mean(c.target, {lastAxis(c)}, /*keep=*/true);
  Tensor *mean = graph.mean(c.prediction, {lastAxis(c)}, /*keep=*/true);
  Tensor *around = graph.binary<SubOp>(c.prediction, mean);
  Tensor *variances = graph.binary<AddOp>(power(c, centered(c, c.target)), power(c, around));
  Tensor *distance = square(graph, graph.binary<SubOp>(targetMean, mean));
  Tensor *norm =
      graph.binary<AddOp>(graph.binary<AddOp>(variances, distance), graph.scalar(kEpsilon));
  // As Keras has it: the targets less the mean of the predictions.
  Tensor *covariance = graph.binary<MulOp>(graph.binary<SubOp>(c.target, mean), around);
  return meanOverLast(
      c, graph.binary<DivOp>(graph.binary<MulOp>(covariance, graph.scalar(2.0)), norm));
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

} // namespace

void warnOfMissing(const Measure &measure, const Comparison &c, llvm::StringRef activation) {
  if (!c.warns || measure.fromLogits || !c.isLinear || c.logits)
    return;
  c.graph.session.in
      .report(Code::LossWithoutSoftmax, measure.place,
              "`{}` takes probabilities, but '{}' has no {}", measure.name, c.output, activation)
      .help("pass `from_logits=True`, or end the model in a {}", activation);
}

Tensor *logitsOf(const Measure &measure, const Comparison &c, bool wantsSoftmax) {
  Session &session = c.graph.session;
  llvm::StringRef wanted = wantsSoftmax ? "softmax" : "sigmoid";
  llvm::StringRef found = c.logitsOfSoftmax ? "softmax" : "sigmoid";
  if (!c.logits) {
    warnOfMissing(measure, c, wanted);
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

bool checkAxis(const Measure &measure, const Comparison &c) {
  if (measure.axis == -1 || measure.axis == lastAxis(c))
    return true;
  c.graph.session.in.report(Code::NotSupportedYet, measure.place,
                            "`{}` along axis {} of '{}' of shape {} is not supported yet, only "
                            "along the last one",
                            measure.name, measure.axis, c.output, c.prediction->shape());
  return false;
}

Tensor *smoothed(const Comparison &c, double smoothing, Tensor *share) {
  if (smoothing == 0)
    return c.target;
  Tensor *kept = c.graph.binary<MulOp>(c.target, c.graph.scalar(1.0 - smoothing));
  return c.graph.binary<AddOp>(kept, c.graph.binary<MulOp>(share, c.graph.scalar(smoothing)));
}

namespace {

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

} // namespace

std::optional<int64_t> classCount(const Measure &measure, const Comparison &c) {
  Session &session = c.graph.session;
  std::optional<int64_t> count = session.resolve(c.prediction->axes.back().size).getConstant();
  if (!count)
    session.in.report(Code::DynamicSize, measure.place,
                      "the number of classes of '{}' of shape {} is only known when the model runs",
                      c.output, c.prediction->shape());
  return count;
}

Tensor *binaryCrossentropies(const Comparison &c, Tensor *target, Tensor *probability,
                             Tensor *logits) {
  GraphBuilder &graph = c.graph;
  if (logits) {
    // max(z, 0) - z y + ln(1 + exp(-|z|))
    Tensor *linear = graph.binary<SubOp>(graph.binary<MaximumOp>(logits, graph.scalar(0.0)),
                                         graph.binary<MulOp>(logits, target));
    return graph.binary<AddOp>(linear, softplusOfMagnitude(graph, logits));
  }
  Tensor *p = clip(graph, probability, kEpsilon, 1.0 - kEpsilon);
  Tensor *one = graph.binary<MulOp>(target, graph.unary<LogOp>(p));
  Tensor *zero =
      graph.binary<MulOp>(oneMinus(graph, target), graph.unary<LogOp>(oneMinus(graph, p)));
  return graph.unary<NegOp>(graph.binary<AddOp>(one, zero));
}

namespace {

/// Where the label is not the class that is left out.
Tensor *isCounted(const Measure &measure, const Comparison &c) {
  if (!measure.ignoredClass)
    return nullptr;
  return c.graph.compare(ComparePredicate::ne, c.target,
                         c.graph.scalar(double(*measure.ignoredClass)));
}

Tensor *sparseCategoricalCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *counted = isCounted(measure, c), *target = c.target, *logits = nullptr;
  if (!counted) {
    logits = logitsOf(measure, c, /*wantsSoftmax=*/true);
  } else {
    // What is left out is 0 before Keras looks for the logits, which hides them.
    warnOfMissing(measure, c, "softmax");
    target = graph.toInt(graph.binary<MulOp>(target, counted));
    logits = measure.fromLogits ? c.prediction : nullptr;
  }
  // Here clipped probabilities are made to add up to 1 again.
  if (!logits)
    logits = graph.unary<LogOp>(clip(graph, c.prediction, kEpsilon, 1.0 - kEpsilon));
  Tensor *values = graph.softmaxCrossentropy(logits, graph.oneHot(target, *classes));
  return counted ? graph.binary<MulOp>(values, counted) : values;
}

Tensor *binaryCrossentropy(const Measure &measure, const Comparison &c) {
  if (!checkAxis(measure, c))
    return nullptr;
  Tensor *target = smoothed(c, measure.labelSmoothing, c.graph.scalar(0.5));
  Tensor *logits = logitsOf(measure, c, /*wantsSoftmax=*/false);
  return meanOverLast(c, binaryCrossentropies(c, target, c.prediction, logits));
}

//===----------------------------------------------------------------------===//
// Accuracy
//===----------------------------------------------------------------------===//

Tensor *same(const Comparison &c, Tensor *a, Tensor *b) {
  return c.graph.compare(ComparePredicate::eq, a, b);
}

/// Where the prediction says that something is so.
Tensor *predicted(const Measure &measure, const Comparison &c) {
  return c.graph.compare(ComparePredicate::gt, c.prediction, c.graph.scalar(*measure.threshold));
}

Tensor *binaryAccuracy(const Measure &measure, const Comparison &c) {
  return meanOverLast(c, same(c, predicted(measure, c), c.target));
}

Tensor *accuracy(const Measure &, const Comparison &c) {
  return meanOverLast(c, same(c, c.prediction, c.target));
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
     {},
     nullptr,
     FunctionOf::Losses},
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
     {},
     nullptr,
     FunctionOf::Both,
     isCounted},
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
    {"accuracy",
     Values,
     accuracy,
     nullptr,
     "Accuracy",
     "",
     {},
     {},
     nullptr,
     FunctionOf::Neither,
     nullptr,
     nullptr,
     /*isNamed=*/false},
    {"pearson_correlation",
     Values,
     pearsonCorrelation,
     nullptr,
     "PearsonCorrelation",
     "axis=-1",
     {},
     {},
     nullptr,
     FunctionOf::Metrics},
    {"concordance_correlation",
     Values,
     concordanceCorrelation,
     nullptr,
     "ConcordanceCorrelation",
     "axis=-1",
     {},
     {},
     nullptr,
     FunctionOf::Metrics},
};

//===----------------------------------------------------------------------===//
// Functions of the file
//===----------------------------------------------------------------------===//

Tensor *callFunctionOfFile(const Measure &measure, const Comparison &c) {
  Session &session = c.graph.session;
  std::string what = measure.isMetric ? "the metric" : "the loss";
  Session::Trace trace(session, measure.name, what, measure.place, "");
  llvm::SaveAndRestore tracesMeasure(session.tracesMeasure, true);
  std::vector<PlacedValue> arguments;
  // Keras makes floats of labels, too.
  for (Tensor *given : {c.graph.toFloat(c.target), c.prediction})
    arguments.push_back({session.makeInside(given), measure.place});
  size_t errors = session.in.engine.errorCount();
  Arguments call{measure.place, measure.place, std::move(arguments), {}};
  Value result = session.in.call(measure.ofFile, call);
  auto *tensor = result.as<Tensor>();
  if (!tensor && session.in.engine.errorCount() == errors)
    session.in.report(Code::LambdaResult, measure.place,
                      "{} `{}` returns {}, expected a symbolic tensor", what, measure.name,
                      result.inWords());
  return c.graph.toFloat(tensor);
}

} // namespace

const MeasureFunction functionOfFile = {
    "", TargetKind::Values, callFunctionOfFile, nullptr, nullptr, "", {}, {}};

llvm::ArrayRef<MeasureFunction> measureFunctions() {
  static const std::vector<MeasureFunction> all = [] {
    std::vector<MeasureFunction> together(std::begin(functions), std::end(functions));
    llvm::append_range(together, laterLosses());
    llvm::append_range(together, pairLosses());
    llvm::append_range(together, statefulMetrics());
    return together;
  }();
  return all;
}

const MeasureFunction *measureFunction(llvm::StringRef name) {
  llvm::ArrayRef<MeasureFunction> all = measureFunctions();
  const auto *found =
      llvm::find_if(all, [&](const MeasureFunction &function) { return function.name == name; });
  return found == all.end() ? nullptr : found;
}

} // namespace rondo::keras
