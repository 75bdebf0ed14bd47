//===- SchedulesTest.cpp - Learning rates that change ---------------------===//
//
// From the file to the number that the runtime gives, against what Keras 3.15.1 gives, which
// computes in single precision.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/ModelSignature.h"
#include "tests/frontend/ModelFileTest.h"
#include "tests/runtime/FakeModel.h"

namespace rondo::test {
namespace {

/// Of these numbers of steps.
constexpr int64_t kSteps[] = {0, 1, 3, 4, 10, 11, 25};

class Schedules : public ModelFileTest {
protected:
  /// The rates of `Adam(rate)`; none after a failure.
  std::vector<double> ratesOf(const std::string &rate, const std::string &definitions = "") {
    std::vector<double> rates;
    if (!load("import tensorflow as tf\nS = keras.optimizers.schedules\n" + definitions +
              "\nx = keras.Input((2,))\nmodel = keras.Model(x, L.Dense(1)(x))\n"
              "model.compile(keras.optimizers.Adam(" +
              rate + "), 'mse')\n"))
      return rates;
    auto signature = getModelSignature(*model.module);
    if (!signature || !signature->optimizer || !signature->optimizer->schedule) {
      ADD_FAILURE() << "no schedule: " << llvm::toString(signature.takeError());
      return rates;
    }
    const ScalarProgram &numbers = *signature->optimizer->schedule;
    rondo_program program = {static_cast<int32_t>(numbers.size() / RONDO_INSTRUCTION_SIZE),
                             numbers.data()};
    rondo_model_desc desc = fakeDescriptor();
    desc.schedule = &program;
    const rondo_model *opened = openFresh(desc);
    for (int64_t steps : kSteps)
      rates.push_back(opened->scheduled_rate(opened, steps));
    EXPECT_EQ(signature->optimizer->learningRate, rates.front());
    return rates;
  }
};

/// Within what single precision makes of them.
void expectNear(const std::vector<double> &rates, const std::vector<double> &expected) {
  ASSERT_EQ(rates.size(), std::size(kSteps));
  for (size_t i = 0; i < rates.size(); ++i)
    EXPECT_NEAR(rates[i], expected[i], 2e-7) << "after " << kSteps[i] << " steps";
}

struct ScheduleCase {
  const char *rate;
  std::vector<double> expected;
};

const ScheduleCase schedulesOfKeras[] = {
    {"S.ExponentialDecay(0.5, 10, 0.8)",
     {0.5, 0.488966376, 0.467624217, 0.457305044, 0.400000006, 0.391173124, 0.286216706}},
    {"S.ExponentialDecay(0.5, 10, 0.8, staircase=True)",
     {0.5, 0.5, 0.5, 0.5, 0.400000006, 0.400000006, 0.320000023}},
    {"S.InverseTimeDecay(0.5, 10, 0.8)",
     {0.5, 0.462962955, 0.403225809, 0.378787875, 0.277777791, 0.265957445, 0.166666672}},
    {"S.InverseTimeDecay(0.5, 10, 0.8, staircase=True)",
     {0.5, 0.5, 0.5, 0.5, 0.277777791, 0.277777791, 0.192307696}},
    {"S.PolynomialDecay(0.5, 10, 0.1, power=2.0)",
     {0.5, 0.423999965, 0.296000004, 0.244000018, 0.100000001, 0.100000001, 0.100000001}},
    {"S.PolynomialDecay(0.5, 10, 0.1, power=0.5, cycle=True)",
     {0.5, 0.479473293, 0.434664011, 0.409838676, 0.100000001, 0.368328154, 0.263299316}},
    {"S.CosineDecay(0.5, 10, alpha=0.1)",
     {0.5, 0.488987714, 0.407251686, 0.344528824, 0.0500000007, 0.0500000007, 0.0500000007}},
    {"S.CosineDecay(0.1, 10, warmup_target=0.5, warmup_steps=4)",
     {0.100000001, 0.200000003, 0.400000006, 0.5, 0.172745705, 0.103053704, 0}},
    {"S.CosineDecayRestarts(0.5, 4, t_mul=2.0, m_mul=0.9, alpha=0.1)",
     {0.5, 0.434099048, 0.115900978, 0.454999983, 0.10931088, 0.0654143766, 0.0807146505}},
    {"S.CosineDecayRestarts(0.5, 4, t_mul=1.0, m_mul=0.9)",
     {0.5, 0.426776707, 0.0732233077, 0.449999988, 0.202499971, 0.0593108758, 0.226806596}},
    {"S.PiecewiseConstantDecay([3, 11], [0.5, 0.25, 0.125])",
     {0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125}},
};

TEST_F(Schedules, GiveTheRatesOfKeras) {
  for (const ScheduleCase &each : schedulesOfKeras) {
    SCOPED_TRACE(each.rate);
    expectNear(ratesOf(each.rate), each.expected);
  }
}

TEST_F(Schedules, OfTheFileComputeWhatTheySay) {
  expectNear(
      ratesOf("Noam(64, warmup_steps=5)",
              "class Noam(S.LearningRateSchedule):\n"
              "    def __init__(self, d_model, warmup_steps=4000):\n"
              "        super().__init__()\n"
              "        self.d_model = tf.cast(d_model, tf.float32)\n"
              "        self.warmup_steps = warmup_steps\n"
              "    def __call__(self, step):\n"
              "        step = tf.cast(step, dtype=tf.float32)\n"
              "        rate = tf.math.minimum(tf.math.rsqrt(step),\n"
              "                               step * (self.warmup_steps ** -1.5))\n"
              "        return tf.math.rsqrt(self.d_model) * rate\n"
              "    def get_config(self):\n"
              "        return {'warmup_steps': self.warmup_steps}\n"),
      {0, 0.011180340312, 0.033541020006, 0.04472136125, 0.039528470486, 0.037688918412, 0.025});
  EXPECT_EQ(findings, "");
}

TEST_F(Schedules, OfTheFileMayGoOnWithOneOfKeras) {
  expectNear(ratesOf("WarmUp(0.5, S.ExponentialDecay(0.5, 10, 0.8), 4)",
                     "class WarmUp(S.LearningRateSchedule):\n"
                     "    def __init__(self, rate, after, warmup):\n"
                     "        super().__init__()\n"
                     "        self.rate, self.after, self.warmup = rate, after, warmup\n"
                     "    def __call__(self, step):\n"
                     "        with tf.name_scope('WarmUp'):\n"
                     "            now = tf.cast(step, tf.float32)\n"
                     "            share = now / tf.cast(self.warmup, tf.float32)\n"
                     "            return tf.cond(share < 1.0, lambda: self.rate * share,\n"
                     "                           lambda: self.after(step - self.warmup))\n"),
             {0, 0.125, 0.375, 0.5, 0.43734481931, 0.42769384384, 0.31293851137});
}

TEST_F(Schedules, OfTheFileMayPutNumbersTogether) {
  expectNear(ratesOf("Least()", "class Least(S.LearningRateSchedule):\n"
                                "    def __call__(self, step):\n"
                                "        step = ops.cast(step, 'float32')\n"
                                "        return ops.min(ops.stack([step * 0.01, 0.05 + 0 * step,\n"
                                "                                  ops.exp(-step / 10)]))\n"),
             {0, 0.01, 0.03, 0.04, 0.05, 0.05, 0.05});
  expectNear(ratesOf("Fixed()", "class Fixed(S.LearningRateSchedule):\n"
                                "    def __call__(self, step):\n"
                                "        return 0.25\n"),
             {0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25});
}

} // namespace
} // namespace rondo::test
