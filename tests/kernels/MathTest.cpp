//===- MathTest.cpp - Elementary functions in generated code --------------===//
//
// Sweeps over the whole f32 range against double precision, errors counted in
// units in the last place, and what happens at the ends.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <algorithm>
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
const char *kExpm1 = "%r = math.expm1 %v : f32";
const char *kLog1p = "%r = math.log1p %v : f32";
const char *kErf = "%r = math.erf %v : f32";
const char *kSin = "%r = math.sin %v : f32";
const char *kCos = "%r = math.cos %v : f32";
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

TEST_P(Math, Expm1IsWithinTwoUlp) {
  expectWithin(kExpm1, allMagnitudes(kTiny, 88.8f), std::expm1, 2);
}

TEST_P(Math, Expm1AtItsEnds) {
  expectValues(kExpm1, {0.0f, INFINITY, -INFINITY, NAN, 90, kHuge, -50, -kHuge},
               {0, INFINITY, -1, NAN, INFINITY, INFINITY, -1, -1});
  EXPECT_LT(apply(kExpm1, {88.72f})[0], INFINITY);
}

TEST_P(Math, Log1pIsWithinTwoUlp) {
  Floats values = allMagnitudes(kTiny, kHuge);
  values.erase(std::remove_if(values.begin(), values.end(), [](float x) { return x <= -1; }),
               values.end());
  expectWithin(kLog1p, values, std::log1p, 2);
}

TEST_P(Math, Log1pAtItsEnds) {
  expectValues(kLog1p, {0.0f, -1, -1.5f, -INFINITY, INFINITY, NAN},
               {0, -INFINITY, NAN, NAN, INFINITY, NAN});
}

TEST_P(Math, ErfIsWithinTwoUlp) { expectWithin(kErf, allMagnitudes(kTiny, 100.0f), std::erf, 2); }

TEST_P(Math, ErfAtItsEnds) {
  expectValues(kErf, {0.0f, INFINITY, -INFINITY, NAN, 5, -5}, {0, 1, -1, NAN, 1, -1});
}

TEST_P(Math, SineAndCosineAreWithinOneUlpOfAllFloats) {
  expectWithin(kSin, allMagnitudes(kTiny, kHuge), std::sin, 1);
  expectWithin(kCos, allMagnitudes(kTiny, kHuge), std::cos, 1);
}

TEST_P(Math, SineAndCosineCloseToMultiplesOfAQuarterTurn) {
  Floats values;
  for (double quarters = 1; quarters < 1e6; quarters *= 1.01)
    for (float side : {-INFINITY, INFINITY})
      values.push_back(std::nextafter(float(std::floor(quarters) * 1.57079632679489662), side));
  // The large float that is closest to a multiple.
  values.push_back(16367173.0f * 4722366482869645213696.0f);
  expectWithin(kSin, values, std::sin, 1);
  expectWithin(kCos, values, std::cos, 1);
}

TEST_P(Math, SineAndCosineAtTheirEnds) {
  expectValues(kSin, {0.0f, INFINITY, -INFINITY, NAN}, {0, NAN, NAN, NAN});
  expectValues(kCos, {0.0f, INFINITY, -INFINITY, NAN}, {1, NAN, NAN, NAN});
}

TEST_P(Math, FloorIsExact) {
  expectValues("%r = math.floor %v : f32", {1.5f, -1.5f, -0.25f, 7, 1e10f, -INFINITY, NAN},
               {1, -2, -1, 7, 1e10f, -INFINITY, NAN});
}

/// x^y of a pair for each element.
class Power : public IsaTest {
protected:
  Floats apply(const Floats &x, const Floats &y) {
    Kernel kernel(GetParam(), {"N"}, {{"x", "memref<?xf32>", {"N"}}, {"y", "memref<?xf32>", {"N"}}},
                  {{"z", "memref<?xf32>", {"N"}}},
                  "kernel.map ins(%x, %y : memref<?xf32>, memref<?xf32>) outs(%z : memref<?xf32>) "
                  "operand_dims = [[0], [0]] {\n^bb0(%a: f32, %b: f32):\n"
                  "%r = math.powf %a, %b : f32\nkernel.yield %r : f32\n}");
    Floats z(x.size(), -77);
    kernel.run({int64_t(x.size())}, {x.data(), y.data()}, {z.data()});
    return z;
  }
};

TEST_P(Power, IsWithinOneUlp) {
  Floats x, y;
  for (float base : allMagnitudes(1e-30f, 1e30f))
    for (float exponent : {-2.0f, -0.75f, 0.3333f, 0.5f, 1.0f, 2.0f, 3.0f, 2.5f}) {
      x.push_back(exponent == std::floor(exponent) ? base : std::abs(base));
      y.push_back(exponent);
    }
  // Close to one, large exponents count: results over the whole range.
  for (float base = 0.99f; base < 1.01f; base += 1.37e-5f)
    for (float exponent = -8000; exponent < 8000; exponent += 777) {
      x.push_back(base);
      y.push_back(exponent);
    }
  Floats z = apply(x, y);
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = std::pow(double(x[i]), double(y[i]));
    if (std::abs(expected) > kHuge)
      continue;
    if (std::abs(expected) < kTiny) {
      ASSERT_LE(std::abs(z[i]), kTiny) << x[i] << " to the " << y[i];
      continue;
    }
    float rounded = static_cast<float>(expected);
    double ulp = std::nextafter(std::abs(rounded), INFINITY) - std::abs(rounded);
    ASSERT_LE(std::abs(z[i] - expected), ulp) << x[i] << " to the " << y[i];
  }
}

TEST_P(Power, OfEverySpecialCaseIsThatOfC) {
  const Floats values = {0.0f, -0.0f, 1,        -1,        0.5f, -0.5f, 2,      -2,     3,     -3,
                         2.5f, -2.5f, INFINITY, -INFINITY, NAN,  1e30f, -1e30f, 1e-30f, 1e-40f};
  Floats x, y;
  for (float base : values)
    for (float exponent : values) {
      x.push_back(base);
      y.push_back(exponent);
    }
  Floats z = apply(x, y);
  for (size_t i = 0; i < x.size(); ++i) {
    float expected = std::pow(x[i], y[i]);
    SCOPED_TRACE(testing::Message() << x[i] << " to the " << y[i] << " is " << expected);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(z[i])) << z[i];
      continue;
    }
    EXPECT_FLOAT_EQ(z[i], expected);
    EXPECT_EQ(std::signbit(z[i]), std::signbit(expected)) << z[i];
  }
}

TEST_P(Math, MaximumAndSqrtKeepNan) {
  expectValues("%z = arith.constant 0.0 : f32\n%r = arith.maximumf %v, %z : f32",
               {NAN, -1, 2, INFINITY}, {NAN, 0, 2, INFINITY});
  expectValues("%r = math.sqrt %v : f32", {NAN, -1, 4, INFINITY}, {NAN, NAN, 2, INFINITY});
}

RONDO_FOR_EACH_ISA(Math);
RONDO_FOR_EACH_ISA(Power);

} // namespace
} // namespace rondo::test
