//===- ContextTest.cpp - Models, weights and contexts of an artifact ----------===//
//
// The C interface on the fake model.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include "tests/runtime/Allocations.h"
#include "tests/runtime/FakeRun.h"
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

using namespace rondo::test;

namespace {

/// An environment variable for the length of a test.
class Environment {
public:
  Environment(const char *name, const char *value) : name(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name); }

private:
  const char *name;
};

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

TEST(Model, OpensWithADescriptionAndFunctions) {
  const rondo_model *model = openFake();
  ASSERT_TRUE(model);
  EXPECT_EQ(model->abi_version, RONDO_ABI_VERSION);
  EXPECT_EQ(model->struct_size, sizeof(rondo_model));
  EXPECT_STREQ(model->name, "fake");
  EXPECT_EQ(model->num_parameters, 3);
  EXPECT_TRUE(model->set_step_count);
}

TEST(Model, RefusesACallerThatIsTooOld) {
  void *slot = calloc(1, RONDO_MODEL_SLOT_SIZE);
  EXPECT_FALSE(rondo_model_open(&fakeDescriptor(), slot, RONDO_ABI_VERSION - 1));
  EXPECT_TRUE(rondo_model_open(&fakeDescriptor(), slot, RONDO_ABI_VERSION + 1));
  free(slot);
}

TEST(Model, MaxIsaLimitsTheChoice) {
  Environment limit("RONDO_MAX_ISA", "avx2");
  const rondo_model *model = openFake();
  ASSERT_TRUE(model);
  EXPECT_STREQ(model->isa, "avx2");
}

TEST(Model, WithoutAUsableInstructionSetThereIsNone) {
  Environment limit("RONDO_MAX_ISA", "avx2");
  rondo_model_desc only512 = fakeDescriptor();
  only512.num_isas = 1;
  void *slot = calloc(1, RONDO_MODEL_SLOT_SIZE);
  EXPECT_FALSE(rondo_model_open(&only512, slot, RONDO_ABI_VERSION));
  EXPECT_FALSE(rondo_model_open(&only512, slot, RONDO_ABI_VERSION));
  free(slot);
}

TEST(Model, ManyThreadsOpenOneModelOnce) {
  void *slot = calloc(1, RONDO_MODEL_SLOT_SIZE);
  const rondo_model *found[8] = {};
  std::vector<std::thread> threads;
  for (auto &model : found)
    threads.emplace_back(
        [&model, slot] { model = rondo_model_open(&fakeDescriptor(), slot, RONDO_ABI_VERSION); });
  for (std::thread &thread : threads)
    thread.join();
  for (const rondo_model *model : found) {
    ASSERT_EQ(model, found[0]);
    EXPECT_TRUE(model && model->forward);
  }
  free(slot);
}

//===----------------------------------------------------------------------===//
// Weights and contexts
//===----------------------------------------------------------------------===//

TEST(Weights, LiveAsLongAsSomeoneHoldsThem) {
  FakeRun run;
  run.data(3, 2);
  EXPECT_EQ(run.weights->references.load(), 2); // the test's and the context's
  run.model->weights_retain(run.weights);
  EXPECT_EQ(run.weights->references.load(), 3);
  run.model->weights_release(run.weights);
  run.model->weights_release(run.weights);
  // Only the context holds them now, and still computes with them.
  EXPECT_EQ(run.forward(), RONDO_OK);
  EXPECT_NEAR(run.out[0], 0.5f * (run.x[0] + run.x[2]) - 0.25f * (run.x[1] + run.x[3]), 1e-6);
  run.model->weights_retain(run.weights); // for the destructor
}

TEST(Weights, NullAndForeignOnesAreRefused) {
  const rondo_model *model = openFake(), *other = openFake();
  std::vector<float> trainable(kTrainableSize), state(kStateSize);
  rondo_weights *weights = nullptr;
  EXPECT_EQ(model->weights_create(model, nullptr, state.data(), &weights), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(model->weights_create(model, trainable.data(), nullptr, &weights),
            RONDO_INVALID_ARGUMENT);
  ASSERT_EQ(model->weights_create(model, trainable.data(), state.data(), &weights), RONDO_OK);
  rondo_context *context = nullptr;
  EXPECT_EQ(other->context_create(other, weights, nullptr, &context), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(model->context_create(model, nullptr, nullptr, &context), RONDO_INVALID_ARGUMENT);
  EXPECT_FALSE(context);
  model->weights_release(weights);
  model->weights_release(nullptr);
  model->context_destroy(nullptr);
  model->executor_destroy(nullptr);
}

TEST(Context, ForwardComputes) {
  FakeRun run;
  run.data(5, 3);
  ASSERT_EQ(run.forward(), RONDO_OK) << run.message();
  EXPECT_STREQ(run.message().c_str(), "");
  for (int64_t b = 0; b < 5; ++b) {
    float sum = run.ids[b];
    for (int64_t t = 0; t < 3; ++t)
      sum += run.stepOut[b * 3 + t];
    EXPECT_NEAR(run.out[b], sum, 1e-6);
  }
}

TEST(Context, ChecksDimensions) {
  FakeRun run;
  run.data(2, 3);
  run.dims[1] = 0;
  EXPECT_EQ(run.forward(), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "dimension `T` is 0; it must be at least 1");
  run.dims[1] = 1001;
  EXPECT_EQ(run.forward(), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "dimension `T` is 1001, which the model does not admit");
  EXPECT_EQ(run.model->forward(run.context, nullptr, run.inputs.data(), run.outputs.data()),
            RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "`dims` is null");
}

TEST(Context, SizesBeyondMemoryAreAnErrorAndTheContextLivesOn) {
  FakeRun run;
  run.data(2, 3);
  run.dims = {int64_t(1) << 50, 1};
  EXPECT_EQ(run.forward(), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "dimension `B` is 1125899906842624; it must be at most 2147483647");
  run.dims = {INT32_MAX, 1000};
  EXPECT_EQ(run.forward(), RONDO_OUT_OF_MEMORY);
  run.dims = {2, 3};
  EXPECT_EQ(run.forward(), RONDO_OK);
}

TEST(Context, ChecksPointers) {
  FakeRun run;
  run.data(2, 3);
  run.inputs[1] = nullptr;
  EXPECT_EQ(run.forward(), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "the buffer of input `ids` is null");
  run.inputs[1] = run.ids.data();
  run.outputs[1] = nullptr;
  EXPECT_EQ(run.forward(), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "the buffer of output `steps` is null");
  EXPECT_EQ(run.model->forward(run.context, run.dims.data(), nullptr, run.outputs.data()),
            RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "`inputs` is null");
  EXPECT_EQ(run.model->forward(nullptr, run.dims.data(), run.inputs.data(), run.outputs.data()),
            RONDO_INVALID_ARGUMENT);
  EXPECT_STREQ(run.model->last_message(nullptr), "the context is null");
}

TEST(Context, ChecksLabelsAndIds) {
  FakeRun run;
  run.data(4, 2);
  run.labels[3] = 10;
  EXPECT_EQ(run.evaluate(), RONDO_BAD_LABEL);
  EXPECT_EQ(run.message(), "target `out` holds 10 at position 3; values must be in [0, 10)");
  run.labels[3] = 0;
  run.ids[2] = -1;
  EXPECT_EQ(run.forward(), RONDO_BAD_LABEL);
  EXPECT_EQ(run.message(), "input `ids` holds -1 at position 2; values must be in [0, 5)");
}

TEST(Context, MissingEntriesAndWrongContextsAreErrors) {
  FakeRun inference(false, openFakeInference());
  inference.data(2, 2);
  EXPECT_EQ(inference.forward(), RONDO_OK);
  EXPECT_EQ(inference.evaluate(), RONDO_NOT_COMPILED);
  EXPECT_EQ(inference.message(), "`fake` was compiled without `evaluate`");
  FakeRun run;
  run.data(2, 2);
  EXPECT_EQ(run.trainStep(), RONDO_WRONG_STATE);
  EXPECT_EQ(run.message(), "`train_step` needs a training context");
  EXPECT_FALSE(run.model->trainable(run.context));
  EXPECT_FALSE(run.model->slot(run.context, 0));
  EXPECT_EQ(run.model->prepare(run.context, RONDO_ENTRY_COUNT, run.dims.data()),
            RONDO_INVALID_ARGUMENT);
}

TEST(Context, SampleWeightsDefaultToOnes) {
  FakeRun run;
  run.data(6, 2);
  ASSERT_EQ(run.evaluate(), RONDO_OK);
  float loss = run.loss;
  std::vector<float> ones(6, 1.0f), twos(6, 2.0f);
  const float *list[] = {ones.data()};
  ASSERT_EQ(run.evaluate(list), RONDO_OK);
  EXPECT_EQ(run.loss, loss);
  list[0] = twos.data();
  ASSERT_EQ(run.evaluate(list), RONDO_OK);
  EXPECT_FLOAT_EQ(run.loss, 2 * loss);
  list[0] = nullptr;
  ASSERT_EQ(run.evaluate(list), RONDO_OK);
  EXPECT_EQ(run.loss, loss);
  EXPECT_EQ(run.metric[1], 6);
  // Neither loss nor metrics need a place.
  EXPECT_EQ(run.model->evaluate(run.context, run.dims.data(), run.inputs.data(), run.targets.data(),
                                nullptr, nullptr, nullptr),
            RONDO_OK);
}

TEST(Context, GradientsAgreeWithDifferences) {
  FakeRun run;
  run.data(5, 3);
  std::vector<float> gradients(kTrainableSize, -1), gradX(run.x.size(), -1);
  float *wanted[] = {gradX.data(), nullptr};
  ASSERT_EQ(run.model->loss_and_gradients(run.context, run.dims.data(), run.inputs.data(),
                                          run.targets.data(), nullptr, &run.loss, run.metric,
                                          gradients.data(), wanted),
            RONDO_OK)
      << run.message();
  std::vector<float> unwanted(kTrainableSize);
  ASSERT_EQ(run.model->loss_and_gradients(run.context, run.dims.data(), run.inputs.data(),
                                          run.targets.data(), nullptr, &run.loss, nullptr,
                                          unwanted.data(), nullptr),
            RONDO_OK);
  EXPECT_EQ(gradients, unwanted);
  float before = run.loss;
  run.x[7] += 1e-2f;
  ASSERT_EQ(run.evaluate(), RONDO_OK);
  EXPECT_NEAR((run.loss - before) / 1e-2f, gradX[7], 1e-2);
  EXPECT_NE(gradX[7], 0);
  EXPECT_EQ(run.model->loss_and_gradients(run.context, run.dims.data(), run.inputs.data(),
                                          run.targets.data(), nullptr, &run.loss, nullptr, nullptr,
                                          nullptr),
            RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "`gradients` is null");
}

TEST(Context, MultipliesCotangents) {
  FakeRun run;
  run.data(5, 3);
  std::vector<float> dOut(5, 0.5f), dSteps(15, 0.25f), flat(kTrainableSize, -1), gradX(30, -1);
  const float *cotangents[] = {dOut.data(), dSteps.data()};
  float *wanted[] = {gradX.data(), nullptr};
  auto vjp = [&](float *gradients, float *const *inputGradients) {
    return run.model->vjp(run.context, run.dims.data(), run.inputs.data(), cotangents,
                          run.outputs.data(), gradients, inputGradients);
  };
  ASSERT_EQ(vjp(flat.data(), wanted), RONDO_OK) << run.message();
  std::vector<float> out = run.out;
  ASSERT_EQ(run.forward(), RONDO_OK);
  EXPECT_EQ(out, run.out);
  float sum = 0;
  for (size_t i = 0; i < run.x.size(); i += kFeatures)
    sum += 0.75f * run.x[i];
  EXPECT_FLOAT_EQ(flat[kKernelOffset], sum);
  EXPECT_FLOAT_EQ(gradX[7], 0.75f * -0.25f);
  // Input gradients that nobody wants go nowhere.
  EXPECT_EQ(vjp(flat.data(), nullptr), RONDO_OK);
  EXPECT_EQ(vjp(nullptr, nullptr), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "`gradients` is null");
  cotangents[1] = nullptr;
  EXPECT_EQ(vjp(flat.data(), nullptr), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "the buffer of the cotangent of output `steps` is null");
}

TEST(Context, GivesTheGradientsItWasCompiledFor) {
  for (int64_t wrt : {RONDO_WRT_PARAMETERS, RONDO_WRT_INPUTS}) {
    FakeRun run(/*training=*/false, openFresh(fakeVjpDescriptor(wrt)));
    run.data(5, 3);
    std::vector<float> dOut(5, 0.5f), dSteps(15, 0.25f), flat(kTrainableSize), gradX(30);
    const float *cotangents[] = {dOut.data(), dSteps.data()};
    float *wanted[] = {gradX.data(), nullptr};
    auto vjp = [&](bool parameters, bool inputs) {
      return run.model->vjp(run.context, run.dims.data(), run.inputs.data(), cotangents,
                            run.outputs.data(), parameters ? flat.data() : nullptr,
                            inputs ? wanted : nullptr);
    };
    bool isForInputs = wrt == RONDO_WRT_INPUTS;
    EXPECT_EQ(run.model->wrt, wrt);
    EXPECT_EQ(vjp(!isForInputs, isForInputs), RONDO_OK) << run.message();
    EXPECT_NE(isForInputs ? gradX[7] : flat[kKernelOffset], 0);
    EXPECT_EQ(vjp(true, true), RONDO_NOT_COMPILED);
    EXPECT_EQ(run.message(), std::string("`fake` was compiled without gradients with respect to ") +
                                 (isForInputs ? "parameters" : "inputs"));
  }
}

TEST(Context, MultipliesAVectorWithTheHessian) {
  FakeRun run;
  run.data(5, 3);
  ASSERT_EQ(run.evaluate(), RONDO_OK);
  float loss = -1;
  std::vector<float> vector(kTrainableSize, 1.5f), products(kTrainableSize);
  auto hvp = [&](const float *in, float *out, float *lossOut) {
    return run.model->hvp(run.context, run.dims.data(), run.inputs.data(), run.targets.data(),
                          nullptr, in, lossOut, out);
  };
  ASSERT_EQ(hvp(vector.data(), products.data(), &loss), RONDO_OK) << run.message();
  EXPECT_EQ(loss, run.loss);
  EXPECT_EQ(products, std::vector<float>(kTrainableSize, 3));
  EXPECT_EQ(hvp(vector.data(), products.data(), nullptr), RONDO_OK);
  EXPECT_EQ(hvp(nullptr, products.data(), &loss), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "`vector` is null");
  EXPECT_EQ(hvp(vector.data(), nullptr, &loss), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "`products` is null");
}

TEST(Context, TrainingOwnsItsParameters) {
  FakeRun run(/*training=*/true);
  run.data(8, 2);
  const rondo_model &model = *run.model;
  for (float *flat :
       {model.trainable(run.context), model.state(run.context), model.slot(run.context, 0)}) {
    ASSERT_TRUE(flat);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(flat) % 64, 0u);
  }
  EXPECT_FALSE(model.slot(run.context, 1));
  EXPECT_EQ(model.slot(run.context, 0)[0], 0);
  EXPECT_EQ(model.trainable(run.context)[kTableOffset + 4], 4);

  ASSERT_EQ(run.trainStep(), RONDO_OK) << run.message();
  float first = run.loss;
  EXPECT_EQ(model.step_count(run.context), 1);
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(run.trainStep(), RONDO_OK);
  EXPECT_LT(run.loss, first);
  EXPECT_EQ(model.step_count(run.context), 21);
  EXPECT_EQ(model.state(run.context)[0], 21); // the step's number, from 1
  EXPECT_NE(model.slot(run.context, 0)[0], 0);
  EXPECT_EQ(run.weights->trainable[kTableOffset + 4], 4); // the shared ones did not move

  std::vector<float> before(model.trainable(run.context),
                            model.trainable(run.context) + kTrainableSize);
  run.labels[0] = -1;
  EXPECT_EQ(run.trainStep(), RONDO_BAD_LABEL);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), model.trainable(run.context)));
  EXPECT_EQ(model.step_count(run.context), 21);
  model.set_step_count(run.context, 5);
  EXPECT_EQ(model.step_count(run.context), 5);
}

TEST(Context, DrawsAnewInEachUse) {
  auto drawn = [](uint64_t seed, int64_t step) {
    uint32_t key[2];
    rondo_random_key(seed, step, key);
    return drawnFrom(key);
  };
  for (bool training : {false, true}) {
    FakeRun run(training, openFakeRandom());
    run.data(3, 2);
    const rondo_model &model = *run.model;
    std::vector<float> dOut(3), dSteps(6), flat(kTrainableSize), products(kTrainableSize);
    const float *cotangents[] = {dOut.data(), dSteps.data()};
    auto vjp = [&] {
      EXPECT_EQ(model.vjp(run.context, run.dims.data(), run.inputs.data(), cotangents,
                          run.outputs.data(), flat.data(), nullptr),
                RONDO_OK);
      return run.out[0];
    };
    auto hvp = [&] {
      float loss;
      EXPECT_EQ(model.hvp(run.context, run.dims.data(), run.inputs.data(), run.targets.data(),
                          nullptr, flat.data(), &loss, products.data()),
                RONDO_OK);
      return loss;
    };
    auto forward = [&] { return run.forward() == RONDO_OK ? run.out[0] : -1; };
    auto evaluate = [&] { return run.evaluate() == RONDO_OK ? run.loss : -1; };
    for (uint64_t seed : {0, 5}) {
      model.set_seed(run.context, seed);
      // What the first run will draw, then what the last one has.
      EXPECT_EQ(vjp(), drawn(seed, -1));
      EXPECT_EQ(forward(), drawn(seed, -1));
      EXPECT_EQ(vjp(), drawn(seed, -1));
      EXPECT_EQ(evaluate(), drawn(seed, -2));
      EXPECT_EQ(hvp(), drawn(seed, -2));
      EXPECT_EQ(vjp(), drawn(seed, -2));
      EXPECT_EQ(forward(), drawn(seed, -3));
      // A run that fails does not count, and training counts for itself.
      run.ids[0] = -1;
      EXPECT_EQ(run.forward(), RONDO_BAD_LABEL);
      run.ids[0] = 0;
      const int64_t step = model.step_count(run.context) + 1;
      EXPECT_EQ(run.lossAndGradients(), RONDO_OK);
      EXPECT_EQ(run.loss, drawn(seed, step));
      if (training) {
        EXPECT_EQ(run.trainStep(), RONDO_OK);
        EXPECT_EQ(run.loss, drawn(seed, step));
      }
      EXPECT_EQ(forward(), drawn(seed, -4));
    }
  }
}

TEST(Context, KeepsTheStatesOfItsLayers) {
  const rondo_model *model = openFakeStateful();
  for (bool training : {false, true}) {
    FakeRun run(training, model), other(training, model);
    run.data(3, 2);
    other.data(3, 2);
    ASSERT_EQ(run.forward(), RONDO_OK) << run.message();
    const float first = run.out[1];
    ASSERT_EQ(run.forward(), RONDO_OK);
    EXPECT_EQ(run.out[1], first + 1);
    // Another context of the same weights begins at the beginning.
    ASSERT_EQ(other.forward(), RONDO_OK);
    EXPECT_EQ(other.out[1], first);
    EXPECT_EQ(run.weights->state[0], 0);

    ASSERT_TRUE(model->state(run.context));
    EXPECT_EQ(model->state(run.context)[0], 2);
    ASSERT_EQ(run.evaluate(), RONDO_OK);
    EXPECT_EQ(model->state(run.context)[0], 3);
    ASSERT_EQ(run.lossAndGradients(), RONDO_OK);
    EXPECT_EQ(model->state(run.context)[0], 3);
    run.labels[0] = -1;
    EXPECT_EQ(run.evaluate(), RONDO_BAD_LABEL);
    EXPECT_EQ(model->state(run.context)[0], 3);

    EXPECT_EQ(model->reset_states(run.context), RONDO_OK);
    ASSERT_EQ(run.forward(), RONDO_OK);
    EXPECT_EQ(run.out[1], first);
    model->state(run.context)[0] = 7;
    ASSERT_EQ(run.forward(), RONDO_OK);
    EXPECT_EQ(run.out[1], first + 7);
  }
}

TEST(Context, WithoutStatefulLayersThereIsNothingToReset) {
  FakeRun run;
  EXPECT_FALSE(run.model->state(run.context));
  EXPECT_EQ(run.model->reset_states(run.context), RONDO_NOT_COMPILED);
  EXPECT_EQ(run.message(), "`fake` has no stateful layers");
  EXPECT_EQ(run.model->reset_states(nullptr), RONDO_INVALID_ARGUMENT);
}

//===----------------------------------------------------------------------===//
// Memory and floating-point state
//===----------------------------------------------------------------------===//

TEST(Context, KeepingStatesAllocatesNothing) {
  if (allocationCalls() < 0)
    GTEST_SKIP() << "sanitizers count for themselves";
  FakeRun run(/*training=*/false, openFakeStateful());
  run.data(5, 3);
  ASSERT_EQ(run.model->prepare(run.context, RONDO_FORWARD, run.dims.data()), RONDO_OK);
  int64_t before = allocationCalls();
  bool ok = run.forward() == RONDO_OK && run.model->reset_states(run.context) == RONDO_OK &&
            run.forward() == RONDO_OK;
  EXPECT_EQ(allocationCalls(), before);
  EXPECT_TRUE(ok);
}

TEST(Context, APreparedRunAllocatesNothing) {
  if (allocationCalls() < 0)
    GTEST_SKIP() << "sanitizers count for themselves";
  const rondo_model *model = openFake();
  for (int32_t threads : {1, 2}) {
    rondo_executor *executor = nullptr;
    ASSERT_EQ(model->executor_create(threads, &executor), RONDO_OK);
    {
      FakeRun full(true, model, executor), partial(true, model, executor);
      full.data(64, 9);
      partial.data(17, 9);
      partial.model->context_destroy(partial.context);
      partial.context = full.context; // both shapes on one context
      std::vector<float> gradients(kTrainableSize);
      for (FakeRun *run : {&full, &partial})
        for (rondo_entry entry :
             {RONDO_FORWARD, RONDO_EVALUATE, RONDO_LOSS_AND_GRADIENTS, RONDO_TRAIN_STEP})
          ASSERT_EQ(model->prepare(full.context, entry, run->dims.data()), RONDO_OK);
      int64_t before = allocationCalls();
      bool ok = true;
      for (int i = 0; i < 100; ++i)
        for (FakeRun *run : {&full, &partial}) {
          ok &= run->forward() == RONDO_OK && run->evaluate() == RONDO_OK &&
                run->trainStep() == RONDO_OK;
          ok &= model->loss_and_gradients(full.context, run->dims.data(), run->inputs.data(),
                                          run->targets.data(), nullptr, &run->loss, nullptr,
                                          gradients.data(), nullptr) == RONDO_OK;
        }
      EXPECT_EQ(allocationCalls(), before);
      EXPECT_TRUE(ok);
      partial.context = nullptr;
    }
    model->executor_destroy(executor);
  }
}

TEST(Context, ShapesBeyondTheKeptOnesArePreparedAgain) {
  FakeRun run;
  for (int round = 0; round < 3; ++round)
    for (int64_t batch = 1; batch <= 9; ++batch) {
      run.data(batch, 10 - batch);
      ASSERT_EQ(run.forward(), RONDO_OK);
      ASSERT_EQ(run.evaluate(), RONDO_OK);
      FakeRun fresh;
      fresh.data(batch, 10 - batch);
      ASSERT_EQ(fresh.forward(), RONDO_OK);
      ASSERT_EQ(fresh.evaluate(), RONDO_OK);
      EXPECT_EQ(run.out, fresh.out);
      EXPECT_EQ(run.loss, fresh.loss);
    }
}

TEST(Context, ArenaSizeTellsWhatItTakes) {
  const rondo_model *model = openFake();
  int64_t dims[] = {100, 50}, bytes = 0;
  ASSERT_EQ(model->arena_size(model, RONDO_EVALUATE, dims, &bytes), RONDO_OK);
  // The table of offsets, then steps and residuals; partials share with steps.
  EXPECT_EQ(bytes, 64 + 20032 + 448);
  EXPECT_EQ(model->arena_size(model, RONDO_EVALUATE, dims, nullptr), RONDO_INVALID_ARGUMENT);
  dims[0] = -1;
  EXPECT_EQ(model->arena_size(model, RONDO_EVALUATE, dims, &bytes), RONDO_INVALID_ARGUMENT);
}

TEST(Context, DenormalsAreZeroInsideAndTheCallersStateComesBack) {
  FakeRun run;
  run.data(2, 2);
  for (float &value : run.x)
    value = 1e-39f;
  run.ids = {0, 0};
  unsigned before = _mm_getcsr(), toZero = (before & ~0x6000u) | 0x6000u;
  _mm_setcsr(toZero); // the caller rounds towards zero
  ASSERT_EQ(run.forward(), RONDO_OK);
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(after, toZero);
  EXPECT_EQ(run.out[0], 0.0f);
}

} // namespace
