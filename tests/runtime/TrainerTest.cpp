//===- TrainerTest.cpp - Running and training over datasets ---------------------------===//
//
// Batching changes nothing, stopping and continuing changes nothing, and what
// goes wrong keeps the last good epoch.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Trainer.h"
#include "runtime/host/Initializers.h"
#include "tests/runtime/FakeModel.h"
#include "tests/runtime/HostTest.h"
#include <cmath>

using namespace rondo::host;
using namespace rondo::test;

namespace {

class TrainerTest : public HostTest {
protected:
  const rondo_model *model = openFake();
  FlatWeights start = value(initialWeights(*model, 5));
  Dataset data = value(bindData(fakeData(50, 4), *model, true));
  TrainOptions options;

  void SetUp() override {
    options.epochs = 3;
    options.batchSize = 8;
  }
  Trainer trainer(const OptimizerState *optimizer = nullptr, const Executor *executor = nullptr) {
    return value(Trainer::create(*model, start, optimizer, executor));
  }
};

TEST_F(TrainerTest, PredictionsDoNotDependOnBatches) {
  Context context = value(Context::create(*model, start, nullptr));
  std::vector<Array> whole = value(predict(context, data, 1000));
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0].name, "out");
  EXPECT_EQ(whole[1].shape, (std::vector<int64_t>{50, 4}));
  for (int64_t batch : {1, 7, 50}) {
    std::vector<Array> parts = value(predict(context, data, batch));
    EXPECT_EQ(parts[0].bytes, whole[0].bytes);
    EXPECT_EQ(parts[1].bytes, whole[1].bytes);
  }
}

TEST_F(TrainerTest, ScoresAreMeansOverSamples) {
  Context context = value(Context::create(*model, start, nullptr));
  Scores whole = value(evaluate(context, data, 50)), parts = value(evaluate(context, data, 7));
  EXPECT_NEAR(whole.loss, parts.loss, 1e-5);
  ASSERT_EQ(whole.metrics.size(), 1u);
  EXPECT_NEAR(whole.metrics[0], parts.metrics[0], 1e-5);
  EXPECT_GT(whole.loss, 0);
}

TEST_F(TrainerTest, GradientsAreArraysByPath) {
  Context context = value(Context::create(*model, start, nullptr));
  std::vector<Array> arrays = value(gradients(context, data));
  std::vector<std::string> names;
  for (const Array &array : arrays)
    names.push_back(array.name);
  EXPECT_EQ(names, (std::vector<std::string>{"loss", "grad/dense/kernel", "grad/table/embeddings",
                                             "gradin/x"}));
  EXPECT_NEAR(floatsOf(arrays[0])[0], value(evaluate(context, data, 50)).loss, 1e-5);
  EXPECT_EQ(arrays[3].shape, (std::vector<int64_t>{50, 4, kFeatures}));
}

TEST_F(TrainerTest, WithoutALossThereIsNothingToEvaluate) {
  const rondo_model *inference = openFakeInference();
  Context context = value(Context::create(*inference, start, nullptr));
  Dataset plain = value(bindData(fakeData(5, 2), *inference, false));
  EXPECT_EQ(value(predict(context, plain)).size(), 2u);
  EXPECT_NE(text(evaluate(context, plain)).find("`fake` has no loss"), std::string::npos);
  EXPECT_NE(text(gradients(context, plain)).find("`fake` has no loss"), std::string::npos);
  EXPECT_NE(text(Trainer::create(*inference, start, nullptr, nullptr)).find("has no optimizer"),
            std::string::npos);
}

TEST_F(TrainerTest, LearnsAndReports) {
  std::vector<EpochReport> epochs;
  std::vector<int64_t> steps;
  options.epochs = 30;
  options.onEpoch = [&](const EpochReport &report) { epochs.push_back(report); };
  options.onStep = [&](const StepReport &report) { steps.push_back(report.step); };
  Trainer trainer = this->trainer();
  ASSERT_EQ(value(trainer.run(data, &data, options)), TrainOutcome::Finished);
  ASSERT_EQ(epochs.size(), 30u);
  EXPECT_EQ(epochs[0].epoch, 1);
  EXPECT_EQ(epochs[0].lastEpoch, 30);
  EXPECT_EQ(epochs[0].steps, 7); // 50 samples in batches of 8
  EXPECT_EQ(steps.size(), 30u * 7);
  EXPECT_LT(epochs.back().scores.loss, 0.5 * epochs.front().scores.loss);
  ASSERT_TRUE(epochs.back().validation);
  EXPECT_EQ(trainer.optimizer().iteration, 30 * 7);
  EXPECT_EQ(trainer.optimizer().epoch, 30);
  EXPECT_EQ(trainer.weights().state[0], 30 * 7);
  Context context = value(Context::create(*model, trainer.weights(), nullptr));
  EXPECT_EQ(value(evaluate(context, data, 8)).loss, epochs.back().validation->loss);
}

TEST_F(TrainerTest, EachValidationDrawsTheSame) {
  const rondo_model *random = openFakeRandom();
  Trainer trainer = value(Trainer::create(*random, start, nullptr, nullptr));
  std::vector<double> losses;
  options.seed = 3;
  options.onEpoch = [&](const EpochReport &report) { losses.push_back(report.validation->loss); };
  value(trainer.run(data, &data, options));
  value(trainer.run(data, &data, options));
  ASSERT_EQ(losses.size(), 6u);
  EXPECT_EQ(losses, std::vector<double>(6, losses.front()));
  Context context = value(Context::create(*random, start, nullptr));
  random->set_seed(context.get(), 3);
  EXPECT_EQ(value(evaluate(context, data, 8)).loss, losses.front());
  EXPECT_NE(value(evaluate(context, data, 8)).loss, losses.front());
}

TEST_F(TrainerTest, ContinuingEqualsTrainingOn) {
  options.seed = 11;
  options.epochs = 5;
  Trainer whole = trainer();
  ASSERT_EQ(value(whole.run(data, nullptr, options)), TrainOutcome::Finished);

  options.epochs = 2;
  Trainer first = trainer();
  ASSERT_EQ(value(first.run(data, nullptr, options)), TrainOutcome::Finished);
  ASSERT_EQ(text(writeWeights(path("w.npz"), *model, first.weights(), &first.optimizer())), "");
  LoadedWeights saved = value(readWeights(path("w.npz"), *model));
  Executor executor = value(Executor::create(*model, 2));
  start = saved.weights;
  Trainer second = trainer(&*saved.optimizer, &executor);
  options.seed.reset();
  options.epochs = 3;
  int64_t firstEpoch = 0;
  options.onEpoch = [&](const EpochReport &report) {
    if (!firstEpoch)
      firstEpoch = report.epoch;
  };
  ASSERT_EQ(value(second.run(data, nullptr, options)), TrainOutcome::Finished);
  EXPECT_EQ(firstEpoch, 3);
  EXPECT_EQ(second.weights().trainable, whole.weights().trainable);
  EXPECT_EQ(second.weights().state, whole.weights().state);
  EXPECT_EQ(second.optimizer().slots, whole.optimizer().slots);
  EXPECT_EQ(second.optimizer().iteration, whole.optimizer().iteration);
  EXPECT_EQ(second.optimizer().epoch, 5);
  EXPECT_EQ(second.optimizer().seed, 11);
}

TEST_F(TrainerTest, OrderMatters) {
  Trainer a = trainer(), b = trainer(), c = trainer();
  options.shuffle = false;
  value(a.run(data, nullptr, options));
  options.shuffle = true;
  value(b.run(data, nullptr, options));
  options.seed = 1;
  value(c.run(data, nullptr, options));
  EXPECT_NE(a.weights().trainable, b.weights().trainable);
  EXPECT_NE(b.weights().trainable, c.weights().trainable);
}

TEST_F(TrainerTest, AnInterruptionKeepsTheLastFinishedEpoch) {
  Trainer one = trainer(), stopped = trainer();
  options.epochs = 1;
  value(one.run(data, nullptr, options));

  volatile std::sig_atomic_t interrupt = 0;
  options.epochs = 10;
  options.interrupt = &interrupt;
  int64_t stepsAfter = 0;
  options.onStep = [&](const StepReport &report) {
    stepsAfter += interrupt;
    if (report.epoch == 2 && report.step == 3)
      interrupt = 1;
  };
  ASSERT_EQ(value(stopped.run(data, nullptr, options)), TrainOutcome::Interrupted);
  EXPECT_EQ(stepsAfter, 0);
  EXPECT_EQ(stopped.epochsDone(), 1);
  EXPECT_EQ(stopped.weights().trainable, one.weights().trainable);
  EXPECT_EQ(stopped.optimizer().epoch, 1);
  EXPECT_EQ(stopped.optimizer().iteration, 7);

  // Going on from there is as if it had never stopped.
  interrupt = 0;
  options.onStep = nullptr;
  options.epochs = 2;
  ASSERT_EQ(value(stopped.run(data, nullptr, options)), TrainOutcome::Finished);
  Trainer three = trainer();
  options.epochs = 3;
  value(three.run(data, nullptr, options));
  EXPECT_EQ(stopped.weights().trainable, three.weights().trainable);
}

TEST_F(TrainerTest, AnInterruptedLastStepStillFinishesItsEpoch) {
  volatile std::sig_atomic_t interrupt = 0;
  options.interrupt = &interrupt;
  options.onStep = [&](const StepReport &report) { interrupt = report.step == report.steps; };
  Trainer trainer = this->trainer();
  ASSERT_EQ(value(trainer.run(data, &data, options)), TrainOutcome::Interrupted);
  EXPECT_EQ(trainer.epochsDone(), 1);
}

TEST_F(TrainerTest, ALossThatIsNoNumberStopsTraining) {
  ArrayFile file = fakeData(50, 4);
  std::vector<float> x = floatsOf(file.arrays[0]);
  x[13 * 4 * kFeatures] = NAN;
  file.arrays[0] = floats("x", file.arrays[0].shape, x);
  Dataset bad = value(bindData(file, *model, true));
  options.shuffle = false;
  Trainer trainer = this->trainer();
  EXPECT_EQ(text(trainer.run(bad, nullptr, options)).substr(0, 37),
            "the loss is NaN at step 2 of epoch 1;");
  EXPECT_EQ(trainer.epochsDone(), 0);
  EXPECT_EQ(trainer.weights().trainable, start.trainable);
  // The trainer is still good for other data.
  EXPECT_EQ(value(trainer.run(data, nullptr, options)), TrainOutcome::Finished);
}

TEST_F(TrainerTest, NonsenseIsRefused) {
  Trainer trainer = this->trainer();
  options.batchSize = 0;
  EXPECT_NE(text(trainer.run(data, nullptr, options)), "");
  options.batchSize = 8;
  Dataset plain = value(bindData(fakeData(5, 2), *model, false));
  EXPECT_EQ(text(trainer.run(plain, nullptr, options)), "training needs targets");
  options.epochs = 0;
  EXPECT_EQ(value(trainer.run(data, nullptr, options)), TrainOutcome::Finished);
  EXPECT_EQ(trainer.epochsDone(), 0);
}

} // namespace
