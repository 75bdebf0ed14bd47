//===- OptimizerTest.cpp - kernel.sgd_update and kernel.adam_update -------===//
//
// Several steps against Keras' formulas in double precision.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"

namespace rondo::test {
namespace {

class Optimizer : public IsaTest {};

TEST_P(Optimizer, SgdOfAllLengths) {
  Kernel kernel(GetParam(), {"N"}, {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}},
                {{"w", "memref<?xf32>", {"N"}}},
                "kernel.sgd_update(%w, %g, %rate) : memref<?xf32>, memref<?xf32>, memref<f32>");
  for (int64_t n : {1, 7, 8, 9, 16, 31, 40, 5000}) {
    Floats w = randomFloats(n, 1), g = randomFloats(n, 2), before = w;
    float rate = 0.1f;
    kernel.run({n}, {g.data(), &rate}, {w.data()});
    for (int64_t i = 0; i < n; ++i)
      ASSERT_NEAR(w[i], before[i] - 0.1 * g[i], 2e-7);
  }
}

TEST_P(Optimizer, SgdWithMomentumOverSeveralSteps) {
  for (bool nesterov : {false, true}) {
    Kernel kernel(GetParam(), {"N"}, {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}},
                  {{"w", "memref<?xf32>", {"N"}}, {"v", "memref<?xf32>", {"N"}}},
                  std::string("kernel.sgd_update(%w, %g, %rate, %v) {momentum = 0.9") +
                      (nesterov ? ", nesterov" : "") +
                      "} : memref<?xf32>, memref<?xf32>, memref<f32>, memref<?xf32>");
    for (int64_t n : {5, 16, 4100}) {
      Floats w = randomFloats(n, 1), v(n);
      std::vector<double> ew(w.begin(), w.end()), ev(n);
      for (int64_t step = 1; step <= 4; ++step) {
        Floats g = randomFloats(n, 10 + step);
        float rate = 0.1f;
        kernel.run({n}, {g.data(), &rate}, {w.data(), v.data()});
        for (int64_t i = 0; i < n; ++i) {
          ev[i] = 0.9 * ev[i] - double(rate) * g[i];
          ew[i] += nesterov ? 0.9 * ev[i] - double(rate) * g[i] : ev[i];
        }
      }
      expectClose(w, ew, 1e-6);
      expectClose(v, ev, 1e-6);
    }
  }
}

TEST_P(Optimizer, AdamOverSeveralSteps) {
  Kernel kernel(
      GetParam(), {"N"},
      {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
      {{"w", "memref<?xf32>", {"N"}}, {"m", "memref<?xf32>", {"N"}}, {"v", "memref<?xf32>", {"N"}}},
      "kernel.adam_update(%w, %g, %m, %v, %rate, %step) "
      "{beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-07} : memref<?xf32>, memref<?xf32>, "
      "memref<?xf32>, memref<?xf32>, memref<f32>, memref<i64>");
  for (int64_t n : {5, 16, 4100}) {
    Floats w = randomFloats(n, 1), m(n), v(n);
    std::vector<double> ew(w.begin(), w.end()), em(n), ev(n);
    for (int64_t step = 1; step <= 5; ++step) {
      Floats g = randomFloats(n, 10 + step);
      float rate = 0.01f;
      kernel.run({n}, {g.data(), &rate, &step}, {w.data(), m.data(), v.data()});
      for (int64_t i = 0; i < n; ++i) {
        em[i] += (g[i] - em[i]) * (1 - 0.9);
        ev[i] += (double(g[i]) * g[i] - ev[i]) * (1 - 0.999);
        ew[i] -= em[i] * rate * std::sqrt(1 - std::pow(0.999, step)) / (1 - std::pow(0.9, step)) /
                 (std::sqrt(ev[i]) + 1e-7);
      }
    }
    expectClose(w, ew, 1e-6);
    expectClose(m, em, 1e-6);
    expectClose(v, ev, 1e-6);
  }
}

RONDO_FOR_EACH_ISA(Optimizer);

} // namespace
} // namespace rondo::test
