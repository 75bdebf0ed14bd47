//===- OptimizerTest.cpp - Clipping and updates ---------------------------===//
//
// Several steps against Keras' formulas in double precision.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <numeric>

namespace rondo::test {
namespace {

class Optimizer : public IsaTest {};

/// 1 to 40, and `last`, which is divided among threads.
std::vector<int64_t> lengths(int64_t last) {
  std::vector<int64_t> all(40);
  std::iota(all.begin(), all.end(), 1);
  all.push_back(last);
  return all;
}

TEST_P(Optimizer, SgdOfAllLengths) {
  Kernel kernel(GetParam(), {"N"}, {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}},
                {{"w", "memref<?xf32>", {"N"}}},
                "kernel.sgd_update(%w, %g, %rate) : memref<?xf32>, memref<?xf32>, memref<f32>");
  for (int64_t n : lengths(5000)) {
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
    for (int64_t n : lengths(4100)) {
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
  for (int64_t n : lengths(4100)) {
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

TEST_P(Optimizer, AmsgradKeepsTheLargestVelocity) {
  Kernel kernel(
      GetParam(), {"N"},
      {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
      {{"w", "memref<?xf32>", {"N"}},
       {"m", "memref<?xf32>", {"N"}},
       {"v", "memref<?xf32>", {"N"}},
       {"h", "memref<?xf32>", {"N"}}},
      "kernel.adam_update(%w, %g, %m, %v, %rate, %step, %h) "
      "{beta_1 = 0.8, beta_2 = 0.5, epsilon = 1.0e-03} : memref<?xf32>, memref<?xf32>, "
      "memref<?xf32>, memref<?xf32>, memref<f32>, memref<i64>, memref<?xf32>");
  const int64_t n = 21;
  Floats w = randomFloats(n, 1), m(n), v(n), h(n);
  std::vector<double> ew(w.begin(), w.end()), em(n), ev(n), eh(n);
  for (int64_t step = 1; step <= 5; ++step) {
    Floats g = randomFloats(n, 10 + step);
    float rate = 0.01f;
    kernel.run({n}, {g.data(), &rate, &step}, {w.data(), m.data(), v.data(), h.data()});
    for (int64_t i = 0; i < n; ++i) {
      em[i] += (g[i] - em[i]) * (1 - 0.8);
      ev[i] += (double(g[i]) * g[i] - ev[i]) * (1 - 0.5);
      eh[i] = std::max(eh[i], ev[i]);
      ew[i] -= em[i] * rate * std::sqrt(1 - std::pow(0.5, step)) / (1 - std::pow(0.8, step)) /
               (std::sqrt(eh[i]) + 1e-3);
    }
  }
  expectClose(w, ew, 1e-6);
  expectClose(h, eh, 1e-6);
  EXPECT_NE(h, v);
}

TEST_P(Optimizer, RmspropInAllItsForms) {
  for (bool hasMomentum : {false, true})
    for (bool centered : {false, true}) {
      std::string operands = "%w, %g, %v, %rate", slots = "", type = ", memref<?xf32>";
      std::vector<Argument> outs = {{"w", "memref<?xf32>", {"N"}}, {"v", "memref<?xf32>", {"N"}}};
      for (auto [wanted, name] : {std::pair(hasMomentum, "q"), std::pair(centered, "a")})
        if (wanted) {
          operands += std::string(", %") + name;
          slots += type;
          outs.push_back({name, "memref<?xf32>", {"N"}});
        }
      Kernel kernel(GetParam(), {"N"}, {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}},
                    outs,
                    "kernel.rmsprop_update(" + operands +
                        ") {rho = 0.9, momentum = 0.7, epsilon = 1.0e-03, "
                        "operandSegmentSizes = array<i32: 1, 1, 1, 1, " +
                        (hasMomentum ? "1, " : "0, ") + (centered ? "1" : "0") +
                        ">} : memref<?xf32>, memref<?xf32>, memref<?xf32>, memref<f32>" + slots);
      for (int64_t n : lengths(4100)) {
        Floats w = randomFloats(n, 1), v(n), q(n), a(n);
        std::vector<double> ew(w.begin(), w.end()), ev(n), eq(n), ea(n);
        std::vector<void *> buffers = {w.data(), v.data()};
        if (hasMomentum)
          buffers.push_back(q.data());
        if (centered)
          buffers.push_back(a.data());
        for (int step = 1; step <= 4; ++step) {
          Floats g = randomFloats(n, 10 + step);
          float rate = 0.01f;
          kernel.run({n}, {g.data(), &rate}, buffers);
          for (int64_t i = 0; i < n; ++i) {
            ev[i] = 0.9 * ev[i] + 0.1 * g[i] * g[i];
            ea[i] = 0.9 * ea[i] + 0.1 * g[i];
            double variance = ev[i] - (centered ? ea[i] * ea[i] : 0);
            double change = rate * g[i] / std::sqrt(variance + 1e-3);
            eq[i] = 0.7 * eq[i] + change;
            ew[i] -= hasMomentum ? eq[i] : change;
          }
        }
        expectClose(w, ew, 2e-6);
        expectClose(v, ev, 1e-6);
        if (hasMomentum)
          expectClose(q, eq, 1e-5);
        if (centered)
          expectClose(a, ea, 1e-6);
      }
    }
}

/// An update with slots m and v, where it has any, that decays weights.
struct Update {
  const char *op, *operands, *attributes, *types;

  Kernel compile(Isa isa) const {
    return Kernel(
        isa, {"N"},
        {{"g", "memref<?xf32>", {"N"}}, {"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
        {{"w", "memref<?xf32>", {"N"}},
         {"m", "memref<?xf32>", {"N"}},
         {"v", "memref<?xf32>", {"N"}}},
        std::string("kernel.") + op + "(" + operands + ") {" + attributes +
            "weight_decay = 0.25} : " + types);
  }
};

const Update updates[] = {
    {"sgd_update", "%w, %g, %rate", "", "memref<?xf32>, memref<?xf32>, memref<f32>"},
    {"adam_update", "%w, %g, %m, %v, %rate, %step",
     "beta_1 = 0.9, beta_2 = 0.999, epsilon = 1.0e-07, ",
     "memref<?xf32>, memref<?xf32>, memref<?xf32>, memref<?xf32>, memref<f32>, memref<i64>"},
    {"rmsprop_update", "%w, %g, %v, %rate",
     "rho = 0.9, epsilon = 1.0e-07, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>, ",
     "memref<?xf32>, memref<?xf32>, memref<?xf32>, memref<f32>"}};

TEST_P(Optimizer, WeightsDecayBeforeTheUpdate) {
  for (const Update &update : updates) {
    // Gradients of zero: all that happens is the decay.
    Floats w = randomFloats(19, 1), before = w, g(19), m(19), v(19);
    float rate = 0.5f;
    int64_t step = 1;
    update.compile(GetParam()).run({19}, {g.data(), &rate, &step}, {w.data(), m.data(), v.data()});
    for (size_t i = 0; i < w.size(); ++i)
      ASSERT_NEAR(w[i], before[i] * (1 - 0.25 * 0.5), 1e-7) << update.op;
  }
}

TEST_P(Optimizer, NothingIsUpdatedOnceALibraryHasFailed) {
  for (const Update &update : updates) {
    Kernel kernel = update.compile(GetParam());
    Floats w = randomFloats(19, 1), g = randomFloats(19, 2), m = randomFloats(19, 3), v(19, 0.5f);
    Floats before[] = {w, m, v};
    float rate = 0.5f;
    int64_t step = 1;
    auto run = [&](rondo_status failure) {
      kernel.run({19}, {g.data(), &rate, &step}, {w.data(), m.data(), v.data()},
                 Kernel::Schedule::Whole, /*arena=*/nullptr, failure);
    };
    run(RONDO_OUT_OF_MEMORY);
    EXPECT_EQ(w, before[0]) << update.op;
    EXPECT_EQ(m, before[1]) << update.op;
    EXPECT_EQ(v, before[2]) << update.op;
    run(RONDO_OK);
    EXPECT_NE(w, before[0]) << update.op;
  }
}

TEST_P(Optimizer, ClipsValues) {
  Kernel kernel(GetParam(), {"N"}, {}, {{"g", "memref<?xf32>", {"N"}}},
                "kernel.clip_value(%g) {limit = 0.25} : memref<?xf32>");
  for (int64_t n : lengths(5000)) {
    Floats g = randomFloats(n, 3), before = g;
    kernel.run({n}, {}, {g.data()});
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(g[i], std::min(std::max(before[i], -0.25f), 0.25f));
  }
}

/// The flat gradients of three variables: the first takes two blocks, the second
/// is small.
constexpr int64_t bounds[] = {0, 16400, 16432, 16480};

Floats gradientsOfThree() {
  Floats g = randomFloats(bounds[3], 4);
  for (int64_t i = bounds[1]; i < bounds[2]; ++i)
    g[i] *= 0.1f;
  return g;
}

double normOf(const Floats &g, int64_t first, int64_t last) {
  double squares = 0;
  for (int64_t i = first; i < last; ++i)
    squares += double(g[i]) * g[i];
  return std::sqrt(squares);
}

/// kernel.clip_norm to a norm of 3.
Kernel clipNorm(Isa isa, const std::string &segments, int blocks) {
  std::string scratch = "memref<" + std::to_string(blocks) + "xf32>";
  return Kernel(isa, {}, {}, {{"g", "memref<16480xf32>", {}}, {"s", scratch, {}}},
                "kernel.clip_norm(%g, %s) {limit = 3.0, segments = array<i64: " + segments +
                    "} : memref<16480xf32>, " + scratch);
}

TEST_P(Optimizer, ClipsTheNormOfEachVariable) {
  Kernel kernel = clipNorm(GetParam(), "0, 16400, 16432, 16480>", 4);
  Floats g = gradientsOfThree(), clipped = g, scratch(4);
  kernel.run({}, {}, {clipped.data(), scratch.data()});
  std::vector<double> expected;
  for (int variable = 0; variable < 3; ++variable) {
    double norm = normOf(g, bounds[variable], bounds[variable + 1]);
    EXPECT_EQ(norm < 3, variable == 1);
    for (int64_t i = bounds[variable]; i < bounds[variable + 1]; ++i)
      expected.push_back(g[i] * 3 / std::max(norm, 3.0));
  }
  expectClose(clipped, expected, 1e-6);

  // What is not finite spoils its own variable only.
  g[0] = NAN;
  clipped = g;
  kernel.run({}, {}, {clipped.data(), scratch.data()});
  EXPECT_TRUE(std::isnan(clipped[16399]));
  EXPECT_TRUE(std::isfinite(clipped[16400]));
}

TEST_P(Optimizer, ClipsTheNormOfAllVariablesTogether) {
  Kernel kernel = clipNorm(GetParam(), "0, 16480>, global", 2);
  Floats g = gradientsOfThree(), clipped = g, scratch(2);
  kernel.run({}, {}, {clipped.data(), scratch.data()});
  double norm = normOf(g, 0, bounds[3]);
  std::vector<double> expected;
  for (float value : g)
    expected.push_back(value * 3 / norm);
  expectClose(clipped, expected, 1e-6);

  Floats small(g.size()), before;
  small[7] = 2.5f;
  before = small;
  kernel.run({}, {}, {small.data(), scratch.data()});
  EXPECT_EQ(small, before);

  for (float wrong : {INFINITY, NAN}) {
    clipped = g;
    clipped[1] = wrong;
    kernel.run({}, {}, {clipped.data(), scratch.data()});
    EXPECT_TRUE(std::isnan(clipped[0]) && std::isnan(clipped[16479]));
  }
}

TEST_P(Optimizer, ClippedNormsDoNotDependOnThreads) {
  Kernel kernel = clipNorm(GetParam(), "0, 16400, 16432, 16480>", 4);
  expectSameBits([&](Kernel::Schedule schedule) {
    Floats g = gradientsOfThree(), scratch(4);
    kernel.run({}, {}, {g.data(), scratch.data()}, schedule);
    return std::vector<Floats>{g};
  });
}

RONDO_FOR_EACH_ISA(Optimizer);

} // namespace
} // namespace rondo::test
