//===- ProgramTest.cpp - Programs on single numbers -----------------------===//
//
// What each operation computes, seen through the schedule of a learning rate.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/FakeModel.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace rondo::test {
namespace {

using Instruction = std::array<double, RONDO_INSTRUCTION_SIZE>;

constexpr Instruction kStep = {RONDO_SCALAR_INPUT, 0};

Instruction constant(double value) { return {RONDO_SCALAR_CONSTANT, value}; }

double rateAfter(int64_t steps, const std::vector<Instruction> &instructions) {
  rondo_program program = {static_cast<int32_t>(instructions.size()), instructions[0].data()};
  rondo_model_desc desc = fakeDescriptor();
  desc.schedule = &program;
  return openFresh(desc)->scheduled_rate(openFresh(desc), steps);
}

struct OperationCase {
  int32_t operation;
  std::vector<double> operands;
  double result;
};

const OperationCase cases[] = {
    {RONDO_SCALAR_NEG, {0.5}, -0.5},
    {RONDO_SCALAR_EXP, {0.5}, std::exp(0.5)},
    {RONDO_SCALAR_LOG, {0.5}, std::log(0.5)},
    {RONDO_SCALAR_EXPM1, {0.5}, std::expm1(0.5)},
    {RONDO_SCALAR_LOG1P, {0.5}, std::log1p(0.5)},
    {RONDO_SCALAR_SQRT, {2}, std::sqrt(2)},
    {RONDO_SCALAR_TANH, {0.5}, std::tanh(0.5)},
    {RONDO_SCALAR_SIGMOID, {0.5}, 1 / (1 + std::exp(-0.5))},
    {RONDO_SCALAR_RELU, {-0.5}, 0},
    {RONDO_SCALAR_RELU, {0.5}, 0.5},
    {RONDO_SCALAR_ERF, {0.5}, std::erf(0.5)},
    {RONDO_SCALAR_SIN, {0.5}, std::sin(0.5)},
    {RONDO_SCALAR_COS, {0.5}, std::cos(0.5)},
    {RONDO_SCALAR_ABS, {-0.5}, 0.5},
    {RONDO_SCALAR_SIGN, {-0.5}, -1},
    {RONDO_SCALAR_SIGN, {0}, 0},
    {RONDO_SCALAR_FLOOR, {-0.5}, -1},
    {RONDO_SCALAR_TRUNCATE, {-0.5}, 0},
    {RONDO_SCALAR_ADD, {3, 2}, 5},
    {RONDO_SCALAR_SUB, {3, 2}, 1},
    {RONDO_SCALAR_MUL, {3, 2}, 6},
    {RONDO_SCALAR_DIV, {3, 2}, 1.5},
    {RONDO_SCALAR_POW, {3, 2}, 9},
    {RONDO_SCALAR_MAXIMUM, {3, 2}, 3},
    {RONDO_SCALAR_MINIMUM, {3, 2}, 2},
    {RONDO_SCALAR_EQ, {3, 3}, 1},
    {RONDO_SCALAR_EQ, {3, 2}, 0},
    {RONDO_SCALAR_NE, {3, 3}, 0},
    {RONDO_SCALAR_NE, {3, 2}, 1},
    {RONDO_SCALAR_LT, {2, 3}, 1},
    {RONDO_SCALAR_LT, {3, 3}, 0},
    {RONDO_SCALAR_LE, {3, 3}, 1},
    {RONDO_SCALAR_LE, {3, 2}, 0},
    {RONDO_SCALAR_GT, {3, 2}, 1},
    {RONDO_SCALAR_GT, {3, 3}, 0},
    {RONDO_SCALAR_GE, {3, 3}, 1},
    {RONDO_SCALAR_GE, {2, 3}, 0},
    {RONDO_SCALAR_SELECT, {1, 2, 3}, 2},
    {RONDO_SCALAR_SELECT, {0, 2, 3}, 3},
};

TEST(Program, ComputesEachOperation) {
  for (const OperationCase &each : cases) {
    std::vector<Instruction> program{kStep}; // operands are not where others would be
    Instruction last = {double(each.operation)};
    for (size_t i = 0; i < each.operands.size(); ++i) {
      last[1 + i] = double(program.size());
      program.push_back(constant(each.operands[i]));
    }
    program.push_back(last);
    EXPECT_DOUBLE_EQ(rateAfter(7, program), each.result) << "operation " << each.operation;
  }
}

TEST(Program, ComparesNotANumberAsTheCompiledOpsDo) {
  const double nan = std::nan("");
  EXPECT_TRUE(std::isnan(rateAfter(0, {constant(nan), constant(1), {RONDO_SCALAR_MAXIMUM, 0, 1}})));
  EXPECT_EQ(rateAfter(0, {constant(nan), constant(1), {RONDO_SCALAR_NE, 0, 0}}), 1);
}

TEST(Program, StartsFromTheNumberOfSteps) {
  const std::vector<Instruction> halves = {kStep, constant(0.5), {RONDO_SCALAR_MUL, 0, 1}};
  EXPECT_EQ(rateAfter(0, halves), 0);
  EXPECT_EQ(rateAfter(25, halves), 12.5);
}

TEST(Program, WithoutOneTheRateStays) {
  const rondo_model *model = openFresh(fakeDescriptor());
  EXPECT_EQ(model->scheduled_rate(model, 0), 0.01);
  EXPECT_EQ(model->scheduled_rate(model, 1000), 0.01);
}

} // namespace
} // namespace rondo::test
