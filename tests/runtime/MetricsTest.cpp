//===- MetricsTest.cpp - What metrics are of their sums -------------------===//
//
// Against what Keras 3.15.1 gives, which computes in single precision.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/FakeModel.h"

#include <gtest/gtest.h>
#include <vector>

namespace rondo::test {
namespace {

struct MetricCase {
  int32_t rule;
  std::vector<double> numbers, sums;
  double value;
};

// Targets (1, 2), (2, 0), (4, 1), (3, 5), predictions (1.5, 2), (2, 1), (3, 1), (3.5, 4), weights
// 1, 2, 0.5, 1: the number of them, sums of the targets, of their squares, of squared errors, of weights.
const std::vector<double> kRegression = {8, 10, 7.5, 26, 29.5, 1, 3, 4.5, 4.5};
// Six predictions and five thresholds: true and false positives, positives, negatives.
const std::vector<double> kThresholds = {4, 3, 2, 1, 0, 2, 2, 1, 1, 0, 4, 2};

const MetricCase cases[] = {
    {RONDO_METRIC_MEAN, {}, {3, 4}, 0.75},
    {RONDO_METRIC_MEAN, {}, {3, 0}, 0},
    {RONDO_METRIC_SUM, {}, {5}, 5},
    {RONDO_METRIC_ROOT_MEAN, {}, {8, 2}, 2},
    {RONDO_METRIC_ROOT_MEAN, {}, {0, 0}, 0},
    {RONDO_METRIC_R2, {0, 0}, kRegression, 0.77941173},
    {RONDO_METRIC_R2, {0, 2}, kRegression, 0.69117641},
    {RONDO_METRIC_R2, {0, 7}, kRegression, 0.77941173},
    {RONDO_METRIC_R2, {1, 0}, kRegression, 0.80748659},
    {RONDO_METRIC_R2, {0, 0}, {1, 3, 9, 2, 1}, 0}, // one sample
    {RONDO_METRIC_F_BETA, {1, 1}, {1, 1, 0, 2, 1, 1, 1, 2, 1}, 0.49999994},
    {RONDO_METRIC_F_BETA, {1, 0}, {0, 0, 0}, 0},
    {RONDO_METRIC_AREA, {0, 0, 1}, kThresholds, 0.375},
    {RONDO_METRIC_AREA, {0, 1, 1}, kThresholds, 0.25},
    {RONDO_METRIC_AREA, {1, 0, 1}, kThresholds, 0.58939952},
    {RONDO_METRIC_AREA, {1, 2, 1}, kThresholds, 0.625},
    {RONDO_METRIC_AREA, {2, 0, 1}, kThresholds, -0.16666669},
    // Of two labels the same area, and of both together.
    {RONDO_METRIC_AREA,
     {0, 0, 2, 3, 1},
     {4, 3, 2, 1, 0, 4, 3, 2, 1, 0, 2, 2, 1, 1, 0, 2, 2, 1, 1, 0, 4, 4, 2, 2},
     0.375},
    {RONDO_METRIC_BEST, {0, 0.5}, kThresholds, 0.5},
    {RONDO_METRIC_BEST, {1, 0.6}, kThresholds, 0},
    {RONDO_METRIC_BEST, {2, 0.5}, kThresholds, 0.66666669},
    {RONDO_METRIC_BEST, {3, 0.6}, kThresholds, 1},
    {RONDO_METRIC_IOU, {0, 1, 2}, {1, 1, 0, 1, 2, 1, 2, 1, 1}, 0.33333334},
    {RONDO_METRIC_IOU, {2}, {1, 1, 0, 1, 2, 1, 2, 1, 1}, 0},
    {RONDO_METRIC_IOU, {0}, {0, 0, 0, 0, 0, 0}, 0},
};

TEST(Metrics, AreWhatKerasMakesOfTheSums) {
  for (const MetricCase &each : cases) {
    // Behind the sums of another metric.
    const auto size = static_cast<int64_t>(each.sums.size());
    const rondo_metric_info infos[] = {
        {RONDO_METRIC_MEAN, 0, nullptr, 0, 2},
        {each.rule, static_cast<int32_t>(each.numbers.size()), each.numbers.data(), 2, size}};
    rondo_model_desc desc = fakeDescriptor();
    desc.model.num_metrics = 2;
    desc.model.metrics_size = 2 + size;
    desc.model.metric_infos = infos;
    const rondo_model *model = openFresh(desc);
    std::vector<double> sums = {7, 2};
    sums.insert(sums.end(), each.sums.begin(), each.sums.end());
    EXPECT_NEAR(model->metric_value(model, 1, sums.data()), each.value, 2e-7) << each.rule;
    EXPECT_EQ(model->metric_value(model, 0, sums.data()), 3.5);
  }
}

} // namespace
} // namespace rondo::test
