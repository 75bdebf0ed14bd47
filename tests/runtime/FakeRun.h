//===- FakeRun.h - Running the fake model ------------------------*- C++ -*-===//
//
// A context of the fake model with data for it, for tests of the C interface.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_RUNTIME_FAKERUN_H
#define RONDO_TESTS_RUNTIME_FAKERUN_H

#include "tests/runtime/FakeModel.h"
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace rondo::test {

/// Data of a batch, and everything needed to run the fake model on it.
class FakeRun {
public:
  explicit FakeRun(bool training = false, const rondo_model *model = openFake(),
                   rondo_executor *executor = nullptr)
      : model(model) {
    std::vector<float> trainable(kTrainableSize), state(kStateSize);
    trainable[kKernelOffset] = 0.5f;
    trainable[kKernelOffset + 1] = -0.25f;
    for (int64_t i = 0; i < kTableRows; ++i)
      trainable[kTableOffset + i] = i;
    EXPECT_EQ(model->weights_create(model, trainable.data(), state.data(), &weights), RONDO_OK);
    auto create = training ? model->training_context_create : model->context_create;
    EXPECT_EQ(create(model, weights, executor, &context), RONDO_OK);
  }
  ~FakeRun() {
    model->context_destroy(context);
    model->weights_release(weights);
  }

  void data(int64_t batch, int64_t steps) {
    dims = {batch, steps};
    x.resize(batch * steps * kFeatures);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 64;
    ids.resize(batch);
    labels.resize(batch);
    for (int64_t b = 0; b < batch; ++b) {
      ids[b] = b % kTableRows;
      labels[b] = b * 7 % 10;
    }
    out.assign(batch, -1);
    stepOut.assign(batch * steps, -1);
    inputs = {x.data(), ids.data()};
    targets = {labels.data()};
    outputs = {out.data(), stepOut.data()};
  }

  rondo_status forward() {
    return model->forward(context, dims.data(), inputs.data(), outputs.data());
  }
  rondo_status evaluate(const float *const *sampleWeights = nullptr) {
    return model->evaluate(context, dims.data(), inputs.data(), targets.data(), sampleWeights,
                           &loss, metric);
  }
  rondo_status lossAndGradients() {
    return model->loss_and_gradients(context, dims.data(), inputs.data(), targets.data(), nullptr,
                                     &loss, metric, gradients, nullptr);
  }
  rondo_status trainStep() {
    return model->train_step(context, dims.data(), inputs.data(), targets.data(), nullptr, 0.01,
                             &loss, metric);
  }
  std::string message() const { return model->last_message(context); }

  const rondo_model *model;
  rondo_weights *weights = nullptr;
  rondo_context *context = nullptr;
  std::vector<int64_t> dims;
  std::vector<float> x, out, stepOut;
  std::vector<int32_t> ids, labels;
  std::vector<const void *> inputs, targets;
  std::vector<void *> outputs;
  float loss = 0, metric[2] = {}, gradients[kTrainableSize] = {};
};

} // namespace rondo::test

#endif // RONDO_TESTS_RUNTIME_FAKERUN_H
