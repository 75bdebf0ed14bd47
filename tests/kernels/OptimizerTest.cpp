//===- OptimizerTest.cpp - Clipping and updates ---------------------------===//
//
// Several steps against Keras' formulas in double precision.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <functional>
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

/// Keras' formula for one weight: its new value; slots are updated.
using Formula = double (*)(double w, double g, std::vector<double> &slots, double rate, double t);

struct Rule {
  const char *name, *settings;
  std::vector<double> slots; ///< at first
  Formula formula;
};

double sign(double x) { return (x > 0) - (x < 0); }
void average(double &mean, double value, double share) {
  mean = share * mean + (1 - share) * value;
}

double nadam(double beta1, double w, double g, std::vector<double> &s, double rate, double t) {
  auto u = [&](double t) { return beta1 * (1 - 0.5 * std::pow(0.96, t)); };
  double product = 1;
  for (int i = 1; i <= t; ++i)
    product *= u(i);
  average(s[0], g, beta1);
  average(s[1], g * g, 0.999);
  double mean = u(t + 1) * s[0] / (1 - product * u(t + 1)) + (1 - u(t)) * g / (1 - product);
  return w - rate * mean / (std::sqrt(s[1] / (1 - std::pow(0.999, t))) + 1e-7);
}

const Rule rules[] = {
    {"sgd", "", {}, [](auto w, auto g, auto &, auto rate, auto) { return w - rate * g; }},
    {"sgd",
     ", momentum = 0.9",
     {0},
     [](auto w, auto g, auto &s, auto rate, auto) { return w + (s[0] = 0.9 * s[0] - rate * g); }},
    {"sgd",
     ", momentum = 0.9, nesterov = 1.0",
     {0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       s[0] = 0.9 * s[0] - rate * g;
       return w + 0.9 * s[0] - rate * g;
     }},
    {"adam",
     "",
     {0, 0},
     [](auto w, auto g, auto &s, auto rate, auto t) {
       average(s[0], g, 0.9);
       average(s[1], g * g, 0.999);
       return w - s[0] * rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) /
                      (std::sqrt(s[1]) + 1e-7);
     }},
    {"adam",
     ", beta_1 = 0.8, beta_2 = 0.5, epsilon = 1.0e-03, amsgrad = 1.0",
     {0, 0, 0},
     [](auto w, auto g, auto &s, auto rate, auto t) {
       average(s[0], g, 0.8);
       average(s[1], g * g, 0.5);
       s[2] = std::max(s[1], s[2]);
       return w - s[0] * rate * std::sqrt(1 - std::pow(0.5, t)) / (1 - std::pow(0.8, t)) /
                      (std::sqrt(s[2]) + 1e-3);
     }},
    {"adamax",
     ", beta_1 = 0.8, beta_2 = 0.7",
     {0, 0},
     [](auto w, auto g, auto &s, auto rate, auto t) {
       average(s[0], g, 0.8);
       s[1] = std::max(0.7 * s[1], std::abs(g));
       return w - rate / (1 - std::pow(0.8, t)) * s[0] / (s[1] + 1e-7);
     }},
    {"nadam",
     "",
     {0, 0},
     [](auto w, auto g, auto &s, auto rate, auto t) { return nadam(0.9, w, g, s, rate, t); }},
    {"rmsprop",
     ", epsilon = 1.0e-03",
     {0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       average(s[0], g * g, 0.9);
       return w - rate * g / std::sqrt(s[0] + 1e-3);
     }},
    {"rmsprop",
     ", epsilon = 1.0e-03, momentum = 0.7",
     {0, 0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       average(s[0], g * g, 0.9);
       s[1] = 0.7 * s[1] + rate * g / std::sqrt(s[0] + 1e-3);
       return w - s[1];
     }},
    {"rmsprop",
     ", epsilon = 1.0e-03, centered = 1.0",
     {0, 0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       average(s[0], g * g, 0.9);
       average(s[1], g, 0.9);
       return w - rate * g / std::sqrt(s[0] - s[1] * s[1] + 1e-3);
     }},
    {"rmsprop",
     ", epsilon = 1.0e-03, momentum = 0.7, centered = 1.0",
     {0, 0, 0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       average(s[0], g * g, 0.9);
       average(s[2], g, 0.9);
       s[1] = 0.7 * s[1] + rate * g / std::sqrt(s[0] - s[2] * s[2] + 1e-3);
       return w - s[1];
     }},
    {"adagrad",
     ", initial_accumulator_value = 0.5",
     {0.5},
     [](auto w, auto g, auto &s, auto rate, auto) {
       s[0] += g * g;
       return w - rate * g / std::sqrt(s[0] + 1e-7);
     }},
    {"adadelta",
     ", epsilon = 1.0e-03",
     {0, 0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       average(s[0], g * g, 0.95);
       double change = g * std::sqrt(s[1] + 1e-3) / std::sqrt(s[0] + 1e-3);
       average(s[1], change * change, 0.95);
       return w - rate * change;
     }},
    {"lion",
     "",
     {0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       double change = sign(0.9 * s[0] + (1 - 0.9) * g);
       average(s[0], g, 0.99);
       return w - rate * change;
     }},
    {"ftrl",
     ", l1_regularization_strength = 0.2, l2_regularization_strength = 0.1, "
     "l2_shrinkage_regularization_strength = 0.3, beta = 0.01",
     {0.1, 0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       double after = s[0] + g * g;
       s[1] += g + 2 * 0.3 * w - (std::sqrt(after) - std::sqrt(s[0])) / rate * w;
       s[0] = after;
       double clipped = std::min(std::max(s[1], -0.2), 0.2);
       return (clipped - s[1]) / (std::sqrt(after) / rate + 2 * (0.1 + 0.01 / (2 * rate)));
     }},
    {"ftrl",
     ", learning_rate_power = -0.7",
     {0.1, 0},
     [](auto w, auto g, auto &s, auto rate, auto) {
       double after = s[0] + g * g;
       s[1] += g - (std::pow(after, 0.7) - std::pow(s[0], 0.7)) / rate * w;
       s[0] = after;
       return -s[1] / (std::pow(after, 0.7) / rate);
     }},
};

/// The update of a rule, with buffers w and s0, s1…
Kernel compile(Isa isa, const Rule &rule, const std::string &further = "",
               const std::string &attributes = "") {
  std::string operands = "%w, %g", type = "memref<?xf32>", types = type + ", " + type;
  std::vector<Argument> buffers = {{"w", type, {"N"}}};
  for (size_t i = 0; i < rule.slots.size(); ++i) {
    std::string name = "s" + std::to_string(i);
    operands += ", %" + name;
    types += ", " + type;
    buffers.push_back({name, type, {"N"}});
  }
  return Kernel(isa, {"N"},
                {{"g", type, {"N"}}, {"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
                buffers,
                std::string("kernel.update {name = \"") + rule.name + "\"" + rule.settings +
                    further + "} (" + operands + ", %rate, %step) " + attributes + " : " + types +
                    ", memref<f32>, memref<i64>");
}

TEST_P(Optimizer, RulesOverSeveralSteps) {
  for (const Rule &rule : rules) {
    SCOPED_TRACE(std::string(rule.name) + rule.settings);
    Kernel kernel = compile(GetParam(), rule);
    for (int64_t n : lengths(4100)) {
      Floats w = randomFloats(n, 1);
      std::vector<Floats> slots;
      std::vector<void *> buffers = {w.data()};
      for (double initial : rule.slots)
        slots.emplace_back(n, float(initial));
      for (Floats &slot : slots)
        buffers.push_back(slot.data());
      std::vector<double> expected(w.begin(), w.end());
      std::vector<std::vector<double>> expectedSlots(n);
      for (int64_t i = 0; i < n; ++i)
        for (const Floats &slot : slots)
          expectedSlots[i].push_back(slot[i]);
      for (int64_t step = 1; step <= 5; ++step) {
        Floats g = randomFloats(n, 10 + step);
        float rate = 0.01f;
        kernel.run({n}, {g.data(), &rate, &step}, buffers);
        for (int64_t i = 0; i < n; ++i)
          expected[i] = rule.formula(expected[i], g[i], expectedSlots[i], rate, step);
      }
      expectClose(w, expected, 5e-6);
      for (size_t slot = 0; slot < slots.size(); ++slot) {
        std::vector<double> values;
        for (const std::vector<double> &each : expectedSlots)
          values.push_back(each[slot]);
        expectClose(slots[slot], values, 5e-6);
      }
    }
  }
}

TEST_P(Optimizer, NadamAfterManySteps) {
  // One whose factors vanish late, too.
  for (double beta1 : {0.9, 0.9999}) {
    std::string settings = ", beta_1 = " + std::to_string(beta1);
    Kernel kernel = compile(GetParam(), {"nadam", settings.c_str(), {0, 0}, nullptr});
    for (int64_t step : {100, 5000, 1000000}) {
      Floats w = {1}, g = {0.5f}, m = {0.25f}, v = {0.125f};
      float rate = 0.01f;
      std::vector<double> slots = {0.25, 0.125};
      kernel.run({1}, {g.data(), &rate, &step}, {w.data(), m.data(), v.data()});
      EXPECT_NEAR(w[0], nadam(beta1, 1, 0.5, slots, rate, step), 1e-6) << beta1 << " " << step;
    }
  }
}

TEST_P(Optimizer, WeightsDecayBeforeTheUpdate) {
  for (const Rule &rule : rules) {
    if (llvm::StringRef(rule.name) == "ftrl")
      continue; // does not start from the weight
    // Gradients of zero: all that happens is the decay.
    Floats w = randomFloats(19, 1), before = w, g(19);
    std::vector<Floats> slots(rule.slots.size(), Floats(19));
    std::vector<void *> buffers = {w.data()};
    for (Floats &slot : slots)
      buffers.push_back(slot.data());
    float rate = 0.5f;
    int64_t step = 1;
    compile(GetParam(), rule, ", weight_decay = 0.25").run({19}, {g.data(), &rate, &step}, buffers);
    for (size_t i = 0; i < w.size(); ++i)
      ASSERT_NEAR(w[i], before[i] * (1 - 0.25 * 0.5), 1e-7) << rule.name;
  }
}

TEST_P(Optimizer, SegmentsMayBeLeftOutOfTheDecay) {
  struct Case {
    std::string bounds;
    std::function<bool(int64_t)> decays;
  };
  const Case cases[] = {
      {"16, 32, 48, 64", [](int64_t i) { return i < 16 || (i >= 32 && i < 48) || i >= 64; }},
      {"0, 16", [](int64_t i) { return i >= 16; }},
      {"64, 80", [](int64_t i) { return i < 64; }},
      {"0, 80", [](int64_t) { return false; }},
  };
  for (const Rule &rule : rules) {
    if (llvm::StringRef(rule.name) == "ftrl")
      continue; // does not start from the weight
    for (const Case &each : cases) {
      Kernel kernel = compile(GetParam(), rule, ", weight_decay = 0.25",
                              "{undecayed = array<i64: " + each.bounds + ">}");
      // The slots are followed as well: all of a step is in the formula but for the decay.
      Floats w = randomFloats(80, 1), g = randomFloats(80, 2), before = w;
      std::vector<Floats> slots;
      std::vector<void *> buffers = {w.data()};
      for (double initial : rule.slots)
        slots.emplace_back(80, float(initial));
      for (Floats &slot : slots)
        buffers.push_back(slot.data());
      float rate = 0.5f;
      int64_t step = 1;
      kernel.run({80}, {g.data(), &rate, &step}, buffers);
      std::vector<double> expected;
      for (int64_t i = 0; i < 80; ++i) {
        std::vector<double> own(rule.slots);
        double start = before[i] * (each.decays(i) ? 1 - 0.25 * 0.5 : 1);
        expected.push_back(rule.formula(start, g[i], own, rate, 1));
      }
      SCOPED_TRACE(std::string(rule.name) + rule.settings + " " + each.bounds);
      expectClose(w, expected, 5e-6);
    }
  }
}

TEST_P(Optimizer, NothingIsUpdatedOnceALibraryHasFailed) {
  for (const Rule &rule : rules) {
    Kernel kernel = compile(GetParam(), rule);
    Floats w = randomFloats(19, 1), g = randomFloats(19, 2), before = w;
    std::vector<Floats> slots(rule.slots.size(), Floats(19, 0.5f));
    std::vector<void *> buffers = {w.data()};
    for (Floats &slot : slots)
      buffers.push_back(slot.data());
    float rate = 0.5f;
    int64_t step = 1;
    auto run = [&](rondo_status failure) {
      kernel.run({19}, {g.data(), &rate, &step}, buffers, Kernel::Schedule::Whole,
                 /*arena=*/nullptr, failure);
    };
    run(RONDO_OUT_OF_MEMORY);
    EXPECT_EQ(w, before) << rule.name;
    for (const Floats &slot : slots)
      EXPECT_EQ(slot, Floats(19, 0.5f)) << rule.name;
    run(RONDO_OK);
    EXPECT_NE(w, before) << rule.name;
  }
}

/// What is counted in steps that update anything.
TEST_P(Optimizer, UpdatesOnlyInStepsThatGradientsAreGatheredFor) {
  for (const Rule &rule : rules) {
    SCOPED_TRACE(std::string(rule.name) + rule.settings);
    Kernel gathered = compile(GetParam(), rule, ", gradient_accumulation_steps = 3.0");
    Kernel plain = compile(GetParam(), rule);
    Floats w = randomFloats(37, 1), expected = w;
    std::vector<Floats> slots, expectedSlots;
    for (double initial : rule.slots)
      slots.emplace_back(37, float(initial));
    expectedSlots = slots;
    auto run = [&](Kernel &kernel, const Floats &g, int64_t step, Floats &weights,
                   std::vector<Floats> &state) {
      std::vector<void *> buffers = {weights.data()};
      for (Floats &slot : state)
        buffers.push_back(slot.data());
      float rate = 0.01f;
      kernel.run({37}, {g.data(), &rate, &step}, buffers);
    };
    for (int64_t step = 1; step <= 9; ++step) {
      Floats g = randomFloats(37, 10 + step);
      run(gathered, g, step, w, slots);
      if (step % 3 == 0)
        run(plain, g, step / 3, expected, expectedSlots);
      EXPECT_EQ(w, expected) << step;
      EXPECT_EQ(slots, expectedSlots) << step;
    }
  }
}

TEST_P(Optimizer, GathersGradients) {
  const std::string type = "memref<?xf32>";
  Kernel kernel(GetParam(), {"N"}, {{"step", "memref<i64>", {}}},
                {{"g", type, {"N"}}, {"a", type, {"N"}}},
                "kernel.accumulate(%g, %a, %step) {steps = 2 : i64} : memref<?xf32>, "
                "memref<?xf32>, memref<i64>");
  for (int64_t n : lengths(5000)) {
    Floats first = randomFloats(n, 1), second = randomFloats(n, 2), a(n), before = first;
    int64_t step = 7;
    kernel.run({n}, {&step}, {first.data(), a.data()});
    ASSERT_EQ(first, before);
    ASSERT_EQ(a, before);
    before = second;
    step = 8;
    kernel.run({n}, {&step}, {second.data(), a.data()});
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(second[i], (first[i] + before[i]) / 2);
    ASSERT_EQ(a, Floats(n));
  }
}

TEST_P(Optimizer, LambLeavesItsDirectionInPlaceOfTheGradient) {
  const std::string type = "memref<?xf32>";
  Kernel kernel(GetParam(), {"N"}, {{"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
                {{"w", type, {"N"}}, {"g", type, {"N"}}, {"m", type, {"N"}}, {"v", type, {"N"}}},
                "kernel.update {name = \"lamb\", beta_1 = 0.8, beta_2 = 0.6, epsilon = 1.0e-03, "
                "weight_decay = 0.25} (%w, %g, %m, %v, %rate, %step) : memref<?xf32>, "
                "memref<?xf32>, memref<?xf32>, memref<?xf32>, memref<f32>, memref<i64>");
  for (int64_t n : lengths(4100)) {
    Floats w = randomFloats(n, 1), m(n), v(n);
    std::vector<double> expected(w.begin(), w.end()), mean(n), square(n);
    float rate = 0.5f;
    for (int64_t step = 1; step <= 3; ++step) {
      Floats g = randomFloats(n, 10 + step);
      std::vector<double> direction;
      for (int64_t i = 0; i < n; ++i) {
        average(mean[i], g[i], 0.8);
        average(square[i], double(g[i]) * g[i], 0.6);
        direction.push_back(mean[i] / (1 - std::pow(0.8, step)) /
                            (std::sqrt(square[i] / (1 - std::pow(0.6, step))) + 1e-3));
        expected[i] *= 1 - 0.25 * 0.5;
      }
      kernel.run({n}, {&rate, &step}, {w.data(), g.data(), m.data(), v.data()});
      expectClose(g, direction, 5e-6);
    }
    expectClose(w, expected, 5e-6);
  }
}

TEST_P(Optimizer, AveragesFollowTheWeights) {
  const std::string type = "memref<?xf32>";
  for (int64_t frequency : {0, 1, 3}) {
    Kernel kernel(GetParam(), {"N"}, {{"step", "memref<i64>", {}}},
                  {{"w", type, {"N"}}, {"a", type, {"N"}}},
                  "kernel.average(%w, %a, %step) {accumulation = 2 : i64, frequency = " +
                      std::to_string(frequency) +
                      " : i64, momentum = 0.75 : f64} : memref<?xf32>, memref<?xf32>, "
                      "memref<i64>");
    for (int64_t n : lengths(4100)) {
      Floats a(n, 5.0f);
      std::vector<double> mean(n);
      for (int64_t step = 1; step <= 8; ++step) {
        Floats w = randomFloats(n, step), before = w;
        kernel.run({n}, {&step}, {w.data(), a.data()});
        const int64_t updates = (step - 1) / 2;
        for (int64_t i = 0; i < n; ++i)
          mean[i] = updates == 0 ? before[i] : 0.75 * mean[i] + 0.25 * before[i];
        expectClose(a, mean, 1e-6);
        ASSERT_EQ(w, frequency && (updates + 1) % frequency == 0 ? a : before) << step;
      }
    }
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

/// kernel.trust_step of the three variables.
Kernel trustStep(Isa isa) {
  std::string type = "memref<16480xf32>";
  return Kernel(isa, {},
                {{"u", type, {}}, {"rate", "memref<f32>", {}}, {"step", "memref<i64>", {}}},
                {{"w", type, {}}, {"s", "memref<8xf32>", {}}},
                "kernel.trust_step(%w, %u, %s, %rate, %step) {accumulation = 2 : i64, segments = "
                "array<i64: 0, 16400, 16432, 16480>} : " +
                    type + ", " + type + ", memref<8xf32>, memref<f32>, memref<i64>");
}

TEST_P(Optimizer, TrustStepsAreAsLongAsTheirVariables) {
  Kernel kernel = trustStep(GetParam());
  Floats u = gradientsOfThree(), w = randomFloats(bounds[3], 5), before = w, scratch(8);
  // A variable of zeros moves by its direction.
  std::fill(w.begin() + bounds[2], w.end(), 0.0f);
  before = w;
  float rate = 0.5f;
  int64_t step = 3;
  kernel.run({}, {u.data(), &rate, &step}, {w.data(), scratch.data()});
  EXPECT_EQ(w, before);
  step = 4;
  kernel.run({}, {u.data(), &rate, &step}, {w.data(), scratch.data()});
  std::vector<double> expected;
  for (int variable = 0; variable < 3; ++variable) {
    const int64_t first = bounds[variable], last = bounds[variable + 1];
    double ratio = variable == 2 ? 1 : normOf(before, first, last) / normOf(u, first, last);
    for (int64_t i = first; i < last; ++i)
      expected.push_back(before[i] - 0.5 * ratio * u[i]);
  }
  expectClose(w, expected, 1e-6);
  // So it does where it has none, which changes nothing.
  before = w;
  std::fill(u.begin(), u.end(), 0.0f);
  kernel.run({}, {u.data(), &rate, &step}, {w.data(), scratch.data()});
  EXPECT_EQ(w, before);
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
