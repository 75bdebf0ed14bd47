//===- MathTest.cpp - exp, log, tanh, sigmoid in generated code -----------===//
//
// Sweeps over the whole f32 range against double precision, errors counted in
// units in the last place, and what happens at the ends.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <cstring>
#include <limits>

namespace rondo::test {
namespace {

class Math : public IsaTest {
protected:
  /// y = body(x) over `values`.
  Floats apply(const std::string &body, const Floats &values) {
    Kernel kernel(
        GetParam(), {"N"}, {{"x", "memref<?xf32>", {"N"}}}, {{"y", "memref<?xf32>", {"N"}}},
        "kernel.map ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) operand_dims = [[0]] "
        "{\n^bb0(%v: f32):\n" +
            body + "\nkernel.yield %r : f32\n}");
    Floats results(values.size(), NAN);
    kernel.run({int64_t(values.size())}, {values.data()}, {results.data()});
    return results;
  }

  /// The largest error in ulps over normal results.
  void expectWithin(const std::string &body, const Floats &values, double (*exact)(double),
                    double bound) {
    Floats results = apply(body, values);
    double worst = 0;
    float worstAt = 0;
    for (size_t index = 0; index < values.size(); ++index) {
      double expected = exact(values[index]);
      if (std::abs(expected) < std::numeric_limits<float>::min()) {
        ASSERT_LE(std::abs(results[index]), std::numeric_limits<float>::min()) << values[index];
        continue;
      }
      if (std::abs(expected) > std::numeric_limits<float>::max())
        continue; // the ends are tested apart
      float rounded = static_cast<float>(expected);
      double ulp = std::nextafter(std::abs(rounded), INFINITY) - std::abs(rounded);
      double error = std::abs(results[index] - expected) / ulp;
      if (!(error <= worst)) {
        worst = error;
        worstAt = values[index];
      }
    }
    EXPECT_LE(worst, bound) << "at " << worstAt;
    RecordProperty("worst_ulp", std::to_string(worst));
  }

  void expectValues(const std::string &body, const Floats &values, const Floats &expected) {
    Floats results = apply(body, values);
    for (size_t index = 0; index < values.size(); ++index) {
      if (std::isnan(expected[index]))
        EXPECT_TRUE(std::isnan(results[index])) << values[index] << " gives " << results[index];
      else
        EXPECT_EQ(results[index], expected[index]) << "of " << values[index];
    }
  }
};

/// Every 997th float of the given sign-magnitude range, both signs.
Floats allMagnitudes(float from, float to) {
  Floats values;
  uint32_t low, high;
  std::memcpy(&low, &from, sizeof low);
  std::memcpy(&high, &to, sizeof high);
  for (uint32_t bits = low; bits <= high; bits += 997) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    values.push_back(value);
    values.push_back(-value);
  }
  return values;
}

const char *kExp = "%r = math.exp %v : f32";
const char *kLog = "%r = math.log %v : f32";
const char *kTanh = "%r = math.tanh %v : f32";
const char *kSigmoid = R"(
  %one = arith.constant 1.0 : f32
  %n = arith.negf %v : f32
  %e = math.exp %n : f32
  %d = arith.addf %e, %one : f32
  %r = arith.divf %one, %d : f32)";
constexpr float kTiny = std::numeric_limits<float>::min();
constexpr float kHuge = std::numeric_limits<float>::max();

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST_P(Math, ExpIsWithinOneUlp) { expectWithin(kExp, allMagnitudes(1e-9f, 88.8f), std::exp, 1); }

TEST_P(Math, ExpSaturates) {
  expectValues(kExp, {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 89, 1000, kHuge, -110, -1000, -kHuge},
               {1, 1, INFINITY, 0, NAN, INFINITY, INFINITY, INFINITY, 0, 0, 0});
  EXPECT_LT(apply(kExp, {88.72f})[0], INFINITY);
}

TEST_P(Math, LogIsWithinOneUlp) {
  Floats values = allMagnitudes(kTiny, kHuge);
  for (float &value : values)
    value = std::abs(value);
  expectWithin(kLog, values, std::log, 1);
  Floats nearOne;
  for (float value = 0.9f; value < 1.1f; value = std::nextafter(value, 2.0f) + 1e-7f)
    nearOne.push_back(value);
  expectWithin(kLog, nearOne, std::log, 1);
}

TEST_P(Math, LogAtItsEnds) {
  expectValues(kLog, {1, 0.0f, -0.0f, -1, -kTiny, INFINITY, -INFINITY, NAN},
               {0, -INFINITY, -INFINITY, NAN, NAN, INFINITY, NAN, NAN});
}

TEST_P(Math, TanhIsWithinThreeUlp) {
  expectWithin(kTanh, allMagnitudes(kTiny, 30.0f), std::tanh, 3);
}

TEST_P(Math, TanhAtItsEnds) {
  expectValues(kTanh, {0.0f, INFINITY, -INFINITY, NAN, 20, -20, kHuge, -kHuge},
               {0, 1, -1, NAN, 1, -1, 1, -1});
}

TEST_P(Math, SigmoidIsWithinThreeUlp) {
  expectWithin(kSigmoid, allMagnitudes(1e-9f, 87.0f), sigmoid, 3);
}

TEST_P(Math, SigmoidAtItsEnds) {
  expectValues(kSigmoid, {0.0f, INFINITY, -INFINITY, NAN, 100, -100}, {0.5f, 1, 0, NAN, 1, 0});
}

TEST_P(Math, MaximumAndSqrtKeepNan) {
  expectValues("%z = arith.constant 0.0 : f32\n%r = arith.maximumf %v, %z : f32",
               {NAN, -1, 2, INFINITY}, {NAN, 0, 2, INFINITY});
  expectValues("%r = math.sqrt %v : f32", {NAN, -1, 4, INFINITY}, {NAN, NAN, 2, INFINITY});
}

RONDO_FOR_EACH_ISA(Math);

} // namespace
} // namespace rondo::test
