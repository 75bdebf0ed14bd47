//===- ScheduleTest.cpp - Learning rates that change ----------------------===//
//
// Against what Keras 3.15.1 gives, which computes in single precision.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/FakeModel.h"

#include <gtest/gtest.h>
#include <vector>

namespace rondo::test {
namespace {

constexpr int64_t kSteps[] = {0, 1, 3, 4, 10, 11, 25};

struct ScheduleCase {
  int32_t kind;
  std::vector<double> numbers, rates; ///< rates after kSteps
};

const ScheduleCase cases[] = {
    {RONDO_EXPONENTIAL_DECAY,
     {0.5, 10, 0.8, 0},
     {0.5, 0.488966376, 0.467624217, 0.457305044, 0.400000006, 0.391173124, 0.286216706}},
    {RONDO_EXPONENTIAL_DECAY,
     {0.5, 10, 0.8, 1},
     {0.5, 0.5, 0.5, 0.5, 0.400000006, 0.400000006, 0.320000023}},
    {RONDO_INVERSE_TIME_DECAY,
     {0.5, 10, 0.8, 0},
     {0.5, 0.462962955, 0.403225809, 0.378787875, 0.277777791, 0.265957445, 0.166666672}},
    {RONDO_INVERSE_TIME_DECAY,
     {0.5, 10, 0.8, 1},
     {0.5, 0.5, 0.5, 0.5, 0.277777791, 0.277777791, 0.192307696}},
    {RONDO_POLYNOMIAL_DECAY,
     {0.5, 10, 0.1, 2, 0},
     {0.5, 0.423999965, 0.296000004, 0.244000018, 0.100000001, 0.100000001, 0.100000001}},
    {RONDO_POLYNOMIAL_DECAY,
     {0.5, 10, 0.1, 0.5, 1},
     {0.5, 0.479473293, 0.434664011, 0.409838676, 0.100000001, 0.368328154, 0.263299316}},
    {RONDO_COSINE_DECAY,
     {0.5, 10, 0.1, 0, 0, 0},
     {0.5, 0.488987714, 0.407251686, 0.344528824, 0.0500000007, 0.0500000007, 0.0500000007}},
    {RONDO_COSINE_DECAY,
     {0.1, 10, 0.0, 1, 0.5, 4},
     {0.100000001, 0.200000003, 0.400000006, 0.5, 0.172745705, 0.103053704, 0}},
    {RONDO_COSINE_DECAY_RESTARTS,
     {0.5, 4, 2, 0.9, 0.1},
     {0.5, 0.434099048, 0.115900978, 0.454999983, 0.10931088, 0.0654143766, 0.0807146505}},
    {RONDO_COSINE_DECAY_RESTARTS,
     {0.5, 4, 1, 0.9, 0.0},
     {0.5, 0.426776707, 0.0732233077, 0.449999988, 0.202499971, 0.0593108758, 0.226806596}},
    {RONDO_PIECEWISE_CONSTANT_DECAY,
     {2, 3, 11, 0.5, 0.25, 0.125},
     {0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125}},
};

double rateOf(const rondo_schedule *schedule, int64_t steps) {
  rondo_model_desc desc = fakeDescriptor();
  desc.schedule = schedule;
  const rondo_model *model = openFresh(desc);
  return model->scheduled_rate(model, steps);
}

TEST(Schedule, GivesTheRatesOfKeras) {
  for (const ScheduleCase &each : cases) {
    rondo_schedule schedule = {each.kind, each.numbers.data()};
    for (size_t i = 0; i < each.rates.size(); ++i)
      EXPECT_NEAR(rateOf(&schedule, kSteps[i]), each.rates[i], 2e-7)
          << each.kind << " after " << kSteps[i];
  }
}

TEST(Schedule, WithoutOneTheRateStays) {
  EXPECT_EQ(rateOf(nullptr, 0), 0.01);
  EXPECT_EQ(rateOf(nullptr, 1000), 0.01);
}

} // namespace
} // namespace rondo::test
