//===- Program.cpp - Programs on single numbers ---------------------------===//
//
// Follows programs on single numbers, in double precision: schedules of learning rates, and metrics
// of the file.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include <cmath>

namespace rondo::rt {
namespace {

double compute(int32_t operation, double x, double y, double z) {
  switch (operation) {
  case RONDO_SCALAR_NEG:
    return -x;
  case RONDO_SCALAR_EXP:
    return std::exp(x);
  case RONDO_SCALAR_LOG:
    return std::log(x);
  case RONDO_SCALAR_EXPM1:
    return std::expm1(x);
  case RONDO_SCALAR_LOG1P:
    return std::log1p(x);
  case RONDO_SCALAR_SQRT:
    return std::sqrt(x);
  case RONDO_SCALAR_TANH:
    return std::tanh(x);
  case RONDO_SCALAR_SIGMOID:
    return 1 / (1 + std::exp(-x));
  case RONDO_SCALAR_RELU:
    return x < 0 ? 0 : x;
  case RONDO_SCALAR_ERF:
    return std::erf(x);
  case RONDO_SCALAR_SIN:
    return std::sin(x);
  case RONDO_SCALAR_COS:
    return std::cos(x);
  case RONDO_SCALAR_ABS:
    return std::fabs(x);
  case RONDO_SCALAR_SIGN:
    return x > 0 ? 1 : x < 0 ? -1 : x;
  case RONDO_SCALAR_FLOOR:
    return std::floor(x);
  case RONDO_SCALAR_TRUNCATE:
    return std::trunc(x);
  case RONDO_SCALAR_ADD:
    return x + y;
  case RONDO_SCALAR_SUB:
    return x - y;
  case RONDO_SCALAR_MUL:
    return x * y;
  case RONDO_SCALAR_DIV:
    return x / y;
  case RONDO_SCALAR_POW:
    return std::pow(x, y);
  case RONDO_SCALAR_MAXIMUM: // as below, NaN for NaN
    return x != x || x > y ? x : y;
  case RONDO_SCALAR_MINIMUM:
    return x != x || x < y ? x : y;
  case RONDO_SCALAR_EQ:
    return x == y;
  case RONDO_SCALAR_NE:
    return x != y;
  case RONDO_SCALAR_LT:
    return x < y;
  case RONDO_SCALAR_LE:
    return x <= y;
  case RONDO_SCALAR_GT:
    return x > y;
  case RONDO_SCALAR_GE:
    return x >= y;
  case RONDO_SCALAR_SELECT:
    return x != 0 ? y : z;
  }
  __builtin_unreachable(); // the compiler knows no others
}

} // namespace

double runProgram(const rondo_program &program, const double *inputs) {
  double values[RONDO_MAX_INSTRUCTIONS];
  for (int32_t i = 0; i < program.num_instructions; ++i) {
    const double *numbers = program.numbers + int64_t(i) * RONDO_INSTRUCTION_SIZE;
    const int32_t operation = static_cast<int32_t>(numbers[0]);
    auto operand = [&](int32_t which) { return static_cast<int32_t>(numbers[1 + which]); };
    values[i] =
        operation == RONDO_SCALAR_INPUT ? inputs[operand(0)]
        : operation == RONDO_SCALAR_CONSTANT
            ? numbers[1]
            : compute(operation, values[operand(0)], values[operand(1)], values[operand(2)]);
  }
  return values[program.num_instructions - 1];
}

double scheduledRate(const rondo_model *model, int64_t steps) {
  const rondo_program *schedule = slotOf(model).desc->schedule;
  const double step = static_cast<double>(steps);
  return schedule ? runProgram(*schedule, &step) : model->learning_rate;
}

} // namespace rondo::rt
