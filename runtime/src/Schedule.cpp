//===- Schedule.cpp - Learning rates that change --------------------------===//
//
// Keras' optimizers.schedules, in double precision.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include <cmath>

namespace rondo::rt {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// From 1 to `alpha` along half a cosine, for `done` from 0 to 1.
double cosine(double done, double alpha, double factor = 1) {
  return (1 - alpha) * 0.5 * factor * (1 + std::cos(kPi * done)) + alpha;
}

double polynomial(const double *numbers, double step) {
  double initial = numbers[0], steps = numbers[1], end = numbers[2], power = numbers[3];
  bool cycles = numbers[4] != 0;
  if (cycles)
    steps *= step == 0 ? 1 : std::ceil(step / steps);
  else
    step = step < steps ? step : steps;
  return (initial - end) * std::pow(1 - step / steps, power) + end;
}

double cosineDecay(const double *numbers, double step) {
  double initial = numbers[0], steps = numbers[1], alpha = numbers[2];
  bool warmsUp = numbers[3] != 0;
  double target = numbers[4], warmup = numbers[5];
  if (!warmsUp)
    return initial * cosine((step < steps ? step : steps) / steps, alpha);
  if (step < warmup)
    return initial + (target - initial) * (step / warmup);
  double behind = step - warmup;
  return target * cosine((behind < steps ? behind : steps) / steps, alpha);
}

double cosineRestarts(const double *numbers, double step) {
  double initial = numbers[0], steps = numbers[1], longer = numbers[2], lower = numbers[3];
  double done = step / steps, restarts;
  if (longer == 1) {
    restarts = std::floor(done);
    done -= restarts;
  } else {
    restarts = std::floor(std::log(1 - done * (1 - longer)) / std::log(longer));
    double length = std::pow(longer, restarts);
    done = (done - (1 - length) / (1 - longer)) / length;
  }
  return initial * cosine(done, numbers[4], std::pow(lower, restarts));
}

double piecewise(const double *numbers, double step) {
  int64_t count = static_cast<int64_t>(numbers[0]), i = 0;
  while (i < count && step > numbers[1 + i])
    ++i;
  return numbers[1 + count + i];
}

} // namespace

double scheduledRate(const rondo_model *model, int64_t steps) {
  const rondo_schedule *schedule = slotOf(model).desc->schedule;
  if (!schedule)
    return model->learning_rate;
  const double *numbers = schedule->numbers, step = static_cast<double>(steps);
  double done = step / numbers[1];
  switch (schedule->kind) {
  case RONDO_EXPONENTIAL_DECAY:
    return numbers[0] * std::pow(numbers[2], numbers[3] != 0 ? std::floor(done) : done);
  case RONDO_INVERSE_TIME_DECAY:
    return numbers[0] / (1 + numbers[2] * (numbers[3] != 0 ? std::floor(done) : done));
  case RONDO_POLYNOMIAL_DECAY:
    return polynomial(numbers, step);
  case RONDO_COSINE_DECAY:
    return cosineDecay(numbers, step);
  case RONDO_COSINE_DECAY_RESTARTS:
    return cosineRestarts(numbers, step);
  case RONDO_PIECEWISE_CONSTANT_DECAY:
    return piecewise(numbers, step);
  }
  return model->learning_rate;
}

} // namespace rondo::rt
