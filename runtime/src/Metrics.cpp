//===- Metrics.cpp - What metrics are of their sums -----------------------===//
//
// Keras' metrics, given what they add up over batches. In double precision.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include <cmath>

namespace rondo::rt {
namespace {

/// keras.config.epsilon().
constexpr double kEpsilon = 1e-7;

/// 0 where there is nothing to divide by.
double ratio(double part, double whole) { return whole != 0 ? part / whole : 0; }

double larger(double a, double b) { return a > b ? a : b; }

//===----------------------------------------------------------------------===//
// Regression
//===----------------------------------------------------------------------===//

double r2Score(const double *numbers, const double *sums, int64_t size) {
  const bool isWeighted = numbers[0] != 0;
  const double regressors = numbers[1], samples = sums[0];
  const int64_t count = (size - 1) / 4;
  const double *targets = sums + 1, *squares = targets + count, *errors = squares + count,
               *weights = errors + count;
  double scores = 0, shares = 0;
  for (int64_t i = 0; i < count; ++i) {
    double spread = squares[i] - targets[i] * (targets[i] / weights[i]);
    // Less than what rounding leaves of it in single precision is none.
    if (std::fabs(spread) <= squares[i] * 0x1p-22)
      spread = 0;
    double score = 1 - errors[i] / spread;
    if (std::isinf(score))
      score = 0;
    double share = isWeighted ? spread : 1;
    scores += share * score;
    shares += share;
  }
  double score = scores / shares;
  // Keras leaves it as it is where there are too few samples.
  if (regressors == 0 || regressors >= samples - 1)
    return score;
  return 1 - (1 - score) * (samples - 1) / (samples - regressors - 1);
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

double fBeta(const double *numbers, const double *sums, int64_t size) {
  const double square = numbers[0] * numbers[0];
  const bool isWeighted = numbers[1] != 0;
  const int64_t count = size / 3;
  const double *hits = sums, *predicted = sums + count, *actual = sums + 2 * count;
  double scores = 0, all = 0;
  for (int64_t i = 0; i < count; ++i) {
    double precision = hits[i] / (predicted[i] + kEpsilon);
    double recall = hits[i] / (actual[i] + kEpsilon);
    double score = (1 + square) * precision * recall / (square * precision + recall + kEpsilon);
    scores += isWeighted ? score * actual[i] : score;
    all += actual[i];
  }
  return scores / (isWeighted ? all + kEpsilon : static_cast<double>(count));
}

double intersectionOverUnion(const rondo_metric_info &metric, const double *sums) {
  const int64_t count = metric.size / 3;
  double shares = 0, valid = 0;
  for (int32_t i = 0; i < metric.num_numbers; ++i) {
    int64_t label = static_cast<int64_t>(metric.numbers[i]);
    double hits = sums[label];
    double all = sums[count + label] + sums[2 * count + label] - hits;
    if (all > 1e-9) {
      shares += hits / (all + kEpsilon);
      valid += 1;
    }
  }
  return shares / (valid + kEpsilon);
}

//===----------------------------------------------------------------------===//
// Thresholds
//===----------------------------------------------------------------------===//

/// How right the predictions above one threshold are, of one label.
struct Confusion {
  double truePositives, falsePositives, positives, negatives;

  double falseNegatives() const { return positives - truePositives; }
  double predicted() const { return truePositives + falsePositives; }
  double recall() const { return ratio(truePositives, positives); }
  double precision() const { return ratio(truePositives, predicted()); }
  double fallout() const { return ratio(falsePositives, negatives); }
  double specificity() const { return ratio(negatives - falsePositives, negatives); }
};

/// The sums of a metric with thresholds.
struct Thresholds {
  const double *sums;
  int64_t labels, count;

  Thresholds(const double *sums, int64_t labels, int64_t size)
      : sums(sums), labels(labels), count((size / labels - 2) / 2) {}

  Confusion at(int64_t label, int64_t threshold) const {
    const double *classes = sums + 2 * labels * count;
    int64_t place = label * count + threshold;
    return {sums[place], sums[labels * count + place], classes[label], classes[labels + label]};
  }
};

struct Point {
  double x, y;
};

Point pointOf(const Confusion &at, int curve) {
  if (curve == RONDO_CURVE_ROC)
    return {at.fallout(), at.recall()};
  if (curve == RONDO_CURVE_PR)
    return {at.recall(), at.precision()};
  if (at.truePositives == 0)
    return {0, 1};
  double odds = ratio(at.positives, at.negatives);
  return {larger(1 - odds * at.falseNegatives() / at.truePositives, 0),
          1 - odds * at.falsePositives / at.truePositives};
}

/// Between two thresholds, where true positives grow evenly with all that is predicted (Davis and
/// Goadrich, The relationship between precision-recall and ROC curves, 2006).
double interpolated(const Confusion &low, const Confusion &high) {
  double p = low.predicted(), next = high.predicted();
  double hits = low.truePositives - high.truePositives;
  double slope = ratio(hits, larger(p - next, 0));
  double intercept = high.truePositives - slope * next;
  double growth = p > 0 && next > 0 ? p / next : 1;
  return ratio(slope * (hits + intercept * std::log(growth)), larger(high.positives, 0));
}

double areaOfLabel(const Thresholds &thresholds, int64_t label, int curve, int summation) {
  double area = 0;
  for (int64_t i = 0; i + 1 < thresholds.count; ++i) {
    Confusion low = thresholds.at(label, i), high = thresholds.at(label, i + 1);
    if (curve == RONDO_CURVE_PR && summation == RONDO_SUMMATION_INTERPOLATION) {
      area += interpolated(low, high);
      continue;
    }
    Point a = pointOf(low, curve), b = pointOf(high, curve);
    double height = summation == RONDO_SUMMATION_INTERPOLATION               ? (a.y + b.y) / 2
                    : (summation == RONDO_SUMMATION_MINORING) == (a.y < b.y) ? a.y
                                                                             : b.y;
    area += (a.x - b.x) * height;
  }
  return area;
}

double area(const rondo_metric_info &metric, const double *sums) {
  const int64_t curve = static_cast<int64_t>(metric.numbers[0]);
  const int64_t summation = static_cast<int64_t>(metric.numbers[1]);
  const int64_t labels = static_cast<int64_t>(metric.numbers[2]);
  const double *weights = metric.num_numbers > 3 ? metric.numbers + 3 : nullptr;
  const Thresholds thresholds(sums, labels, metric.size);
  double areas = 0, all = 0;
  for (int64_t label = 0; label < labels; ++label) {
    double weight = weights ? weights[label] : 1;
    areas += weight *
             areaOfLabel(thresholds, label, static_cast<int>(curve), static_cast<int>(summation));
    all += weight;
  }
  return ratio(areas, all);
}

double best(const rondo_metric_info &metric, const double *sums) {
  const int64_t rates = static_cast<int64_t>(metric.numbers[0]);
  const double limit = metric.numbers[1];
  const Thresholds thresholds(sums, /*labels=*/1, metric.size);
  double result = 0;
  for (int64_t i = 0; i < thresholds.count; ++i) {
    Confusion at = thresholds.at(0, i);
    double limited = rates == RONDO_SPECIFICITY_SENSITIVITY ? at.specificity()
                     : rates == RONDO_PRECISION_RECALL      ? at.precision()
                                                            : at.recall();
    double wanted = rates == RONDO_SENSITIVITY_SPECIFICITY ? at.specificity()
                    : rates == RONDO_RECALL_PRECISION      ? at.precision()
                                                           : at.recall();
    if (limited >= limit)
      result = larger(result, wanted);
  }
  return result;
}

} // namespace

double metricValue(const rondo_model *model, int32_t index, const double *allSums) {
  const rondo_metric_info &metric = model->metric_infos[index];
  const double *sums = allSums + metric.offset;
  switch (metric.rule) {
  case RONDO_METRIC_SUM:
    return sums[0];
  case RONDO_METRIC_ROOT_MEAN:
    return std::sqrt(ratio(sums[0], sums[1]));
  case RONDO_METRIC_R2:
    return r2Score(metric.numbers, sums, metric.size);
  case RONDO_METRIC_F_BETA:
    return fBeta(metric.numbers, sums, metric.size);
  case RONDO_METRIC_AREA:
    return area(metric, sums);
  case RONDO_METRIC_BEST:
    return best(metric, sums);
  case RONDO_METRIC_IOU:
    return intersectionOverUnion(metric, sums);
  case RONDO_METRIC_PROGRAM:
    return runProgram({metric.num_numbers / RONDO_INSTRUCTION_SIZE, metric.numbers}, sums);
  default:
    return ratio(sums[0], sums[1]);
  }
}

} // namespace rondo::rt
