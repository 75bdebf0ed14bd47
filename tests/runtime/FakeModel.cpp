//===- FakeModel.cpp - A model written by hand -------------------------------===//
//
// Entries in the calling convention of rondo/generated.h, and their tables.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/FakeModel.h"
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace rondo::test {
namespace {

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

enum Buffer { kStepsBuffer, kResidualBuffer, kPartialBuffer, kNumBuffers };

/// Rows of a chunk of the parallel loops: fixes where partial sums are split.
constexpr int64_t kGrain = 4;

float *buffer(void *arena, Buffer index) {
  int64_t offset = static_cast<const int64_t *>(arena)[index];
  return reinterpret_cast<float *>(static_cast<char *>(arena) + offset);
}

int32_t plan(const int64_t *dims, int64_t *sizes, int32_t) {
  if (dims[1] > 1000)
    return 2;
  sizes[kStepsBuffer] = dims[0] * dims[1] * sizeof(float);
  sizes[kResidualBuffer] = dims[0] * sizeof(float);
  sizes[kPartialBuffer] = (dims[0] + kGrain - 1) / kGrain * 2 * sizeof(float);
  return 0;
}

const rondo_lifetime lifetimes[kNumBuffers] = {{0, 1}, {1, 3}, {2, 3}};

struct Rows {
  const float *x, *kernel, *table;
  const int32_t *ids;
  int64_t steps;
  float *stepOut, *out;
};

/// steps and out for rows [begin, end).
void forwardRows(void *const *args, int64_t begin, int64_t end) {
  const Rows &rows = *static_cast<const Rows *>(args[0]);
  for (int64_t b = begin; b < end; ++b) {
    float sum = 0;
    for (int64_t t = 0; t < rows.steps; ++t) {
      float step = 0;
      for (int64_t f = 0; f < kFeatures; ++f)
        step += rows.x[(b * rows.steps + t) * kFeatures + f] * rows.kernel[f];
      rows.stepOut[b * rows.steps + t] = step;
      sum += step;
    }
    rows.out[b] = sum + rows.table[rows.ids[b]];
  }
}

struct Losses {
  const int32_t *target;
  const float *weight;
  float *residual, *partial; // partial: loss and metric of each chunk
};

/// out becomes the residual; loss and metric of the chunk go to `partial`.
void lossRows(void *const *args, int64_t begin, int64_t end) {
  const Losses &losses = *static_cast<const Losses *>(args[0]);
  float loss = 0, error = 0;
  for (int64_t b = begin; b < end; ++b) {
    float residual = losses.residual[b] - losses.target[b];
    loss += losses.weight[b] * residual * residual;
    error += std::fabs(residual);
    losses.residual[b] = residual * losses.weight[b];
  }
  losses.partial[begin / kGrain * 2] = loss;
  losses.partial[begin / kGrain * 2 + 1] = error;
}

void runForward(const void *const *in, const int64_t *dims, const rondo_rt *rt, float *out,
                float *steps) {
  const float *trainable = static_cast<const float *>(in[0]);
  Rows rows{static_cast<const float *>(in[2]),
            trainable + kKernelOffset,
            trainable + kTableOffset,
            static_cast<const int32_t *>(in[3]),
            dims[1],
            steps,
            out};
  void *args[] = {&rows};
  rt->parallel_for(rt, forwardRows, args, dims[0], kGrain);
}

int32_t forward(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                const rondo_rt *rt) {
  runForward(in, dims, rt, static_cast<float *>(out[0]), static_cast<float *>(out[1]));
  return 0;
}

int32_t evaluate(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                 const rondo_rt *rt) {
  float *residual = buffer(arena, kResidualBuffer), *partial = buffer(arena, kPartialBuffer);
  runForward(in, dims, rt, residual, buffer(arena, kStepsBuffer));
  Losses losses{static_cast<const int32_t *>(in[4]), static_cast<const float *>(in[5]), residual,
                partial};
  void *args[] = {&losses};
  rt->parallel_for(rt, lossRows, args, dims[0], kGrain);
  float loss = 0, error = 0;
  for (int64_t chunk = 0; chunk * kGrain < dims[0]; ++chunk) {
    loss += partial[chunk * 2];
    error += partial[chunk * 2 + 1];
  }
  *static_cast<float *>(out[0]) = loss / dims[0];
  float *metrics = static_cast<float *>(out[1]);
  metrics[0] = error;
  metrics[1] = static_cast<float>(dims[0]);
  return 0;
}

void gradients(const void *const *in, const int64_t *dims, void *arena, float *flat, float *gradX) {
  const float *x = static_cast<const float *>(in[2]);
  const float *kernel = static_cast<const float *>(in[0]) + kKernelOffset;
  const int32_t *ids = static_cast<const int32_t *>(in[3]);
  const float *residual = buffer(arena, kResidualBuffer);
  std::memset(flat, 0, kTrainableSize * sizeof(float));
  for (int64_t b = 0; b < dims[0]; ++b) {
    float dOut = 2 * residual[b] / dims[0];
    flat[kTableOffset + ids[b]] += dOut;
    for (int64_t i = 0; i < dims[1] * kFeatures; ++i) {
      int64_t at = b * dims[1] * kFeatures + i;
      flat[kKernelOffset + i % kFeatures] += dOut * x[at];
      if (gradX)
        gradX[at] = dOut * kernel[i % kFeatures];
    }
  }
}

int32_t lossAndGradients(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                         const rondo_rt *rt) {
  if (out[4]) // the gradient of integer inputs
    std::abort();
  evaluate(in, out, dims, arena, rt);
  gradients(in, dims, arena, static_cast<float *>(out[2]), static_cast<float *>(out[3]));
  return 0;
}

int32_t statefulForward(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                        const rondo_rt *rt) {
  forward(in, out, dims, arena, rt);
  float *state = static_cast<float *>(out[2]);
  for (int64_t b = 0; b < dims[0]; ++b)
    static_cast<float *>(out[0])[b] += static_cast<const float *>(in[1])[0];
  state[0] += 1;
  return 0;
}

int32_t statefulEvaluate(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                         const rondo_rt *rt) {
  evaluate(in, out, dims, arena, rt);
  static_cast<float *>(out[0])[0] += static_cast<const float *>(in[1])[0];
  static_cast<float *>(out[2])[0] += 1;
  return 0;
}

int32_t trainStep(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                  const rondo_rt *rt) {
  evaluate(in, out, dims, arena, rt);
  float *flat = static_cast<float *>(out[2]);
  gradients(in, dims, arena, flat, nullptr);
  float rate = *static_cast<const float *>(in[6]);
  int64_t step = *static_cast<const int64_t *>(in[7]);
  float *weights = static_cast<float *>(out[3]), *state = static_cast<float *>(out[4]);
  float *momentum = static_cast<float *>(out[5]);
  for (int64_t i = 0; i < kTrainableSize; ++i) {
    momentum[i] = 0.9f * momentum[i] - rate * flat[i];
    weights[i] += momentum[i];
  }
  state[0] = static_cast<float>(step);
  return 0;
}

/// Gradients of the kernel and of x only.
int32_t vjp(const void *const *in, void *const *out, const int64_t *dims, void *arena,
            const rondo_rt *rt) {
  if (out[4]) // the gradient of integer inputs
    std::abort();
  forward(in, out, dims, arena, rt);
  const float *x = static_cast<const float *>(in[2]);
  const float *kernel = static_cast<const float *>(in[0]) + kKernelOffset;
  const float *dOut = static_cast<const float *>(in[4]);
  const float *dSteps = static_cast<const float *>(in[5]);
  float *flat = static_cast<float *>(out[2]), *gradX = static_cast<float *>(out[3]);
  if (flat)
    std::memset(flat, 0, kTrainableSize * sizeof(float));
  for (int64_t i = 0; i < dims[0] * dims[1] * kFeatures; ++i) {
    int64_t step = i / kFeatures;
    float cotangent = dOut[step / dims[1]] + dSteps[step];
    if (flat)
      flat[kKernelOffset + i % kFeatures] += cotangent * x[i];
    if (gradX)
      gradX[i] = cotangent * kernel[i % kFeatures];
  }
  return 0;
}

int32_t hvp(const void *const *in, void *const *out, const int64_t *dims, void *arena,
            const rondo_rt *rt) {
  float metrics[2];
  void *evaluated[] = {out[0], metrics};
  evaluate(in, evaluated, dims, arena, rt);
  const float *vector = static_cast<const float *>(in[6]);
  for (int64_t i = 0; i < kTrainableSize; ++i)
    static_cast<float *>(out[1])[i] = 2 * vector[i];
  return 0;
}

/// An entry, and what it draws from, which is its argument `key`, in its first result.
template <rondo_entry_fn plain, int key>
int32_t drawing(const void *const *in, void *const *out, const int64_t *dims, void *arena,
                const rondo_rt *rt) {
  plain(in, out, dims, arena, rt);
  *static_cast<float *>(out[0]) = drawnFrom(static_cast<const uint32_t *>(in[key]));
  return 0;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

const char *const symbols[] = {"B", "T"};
const char *const metrics[] = {"mae"};
const rondo_metric_info metricInfo = {RONDO_METRIC_MEAN, 0, nullptr, 0, 2};
const char *const slotNames[] = {"momentum"};

const rondo_tensor_info inputs[] = {
    {"x", RONDO_INPUT, RONDO_F32, 3, {-1, -1, kFeatures}, {"B", "T", nullptr}, 0},
    {"ids", RONDO_INPUT, RONDO_I32, 1, {-1}, {"B"}, kTableRows}};
const rondo_tensor_info outputs[] = {
    {"out", RONDO_OUTPUT, RONDO_F32, 1, {-1}, {"B"}, 0},
    {"steps", RONDO_OUTPUT, RONDO_F32, 2, {-1, -1}, {"B", "T"}, 0}};
const rondo_tensor_info targets[] = {{"out", RONDO_TARGET, RONDO_I32, 1, {-1}, {"B"}, 10}};
const rondo_tensor_info sampleWeights[] = {
    {"out", RONDO_SAMPLE_WEIGHT, RONDO_F32, 1, {-1}, {"B"}, 0}};
const rondo_parameter_info parameters[] = {
    {"dense/kernel", 1, 1, {kFeatures}, kKernelOffset, kFeatures, "{\"name\": \"glorot_uniform\"}"},
    {"counter/value", 0, 0, {}, 0, 1, "{\"name\": \"zeros\"}"},
    {"table/embeddings", 1, 1, {kTableRows}, kTableOffset, kTableRows, "{\"name\": \"ones\"}"}};

constexpr rondo_entry_desc entry(rondo_entry_fn run) {
  return {run, plan, kNumBuffers, lifetimes, 0, nullptr};
}
constexpr rondo_entry_desc kAbsent = {nullptr, nullptr, 0, nullptr, 0, nullptr};

#define RONDO_FAKE_ENTRIES                                                                         \
  {entry(forward),   entry(evaluate), entry(lossAndGradients),                                     \
   entry(trainStep), entry(vjp),      entry(hvp)}
const rondo_isa_desc isas[] = {{"avx512", RONDO_FAKE_ENTRIES}, {"avx2", RONDO_FAKE_ENTRIES}};
const rondo_isa_desc inferenceIsas[] = {
    {"avx2", {entry(forward), kAbsent, kAbsent, kAbsent, kAbsent, kAbsent}}};
const rondo_isa_desc vjpIsas[] = {
    {"avx2", {entry(forward), kAbsent, kAbsent, kAbsent, entry(vjp), kAbsent}}};

const rondo_isa_desc statefulIsas[] = {
    {"avx2",
     {entry(statefulForward), entry(statefulEvaluate), entry(lossAndGradients), entry(trainStep),
      entry(vjp), entry(hvp)}}};

// Behind parameters and two inputs; a target with its weights; rate and step; two cotangents; a
// vector.
const rondo_isa_desc randomIsas[] = {
    {"avx2",
     {entry(drawing<forward, 4>), entry(drawing<evaluate, 6>), entry(drawing<lossAndGradients, 8>),
      entry(drawing<trainStep, 8>), entry(drawing<vjp, 6>), entry(drawing<hvp, 7>)}}};

rondo_model describe(bool withLoss, int64_t wrt = RONDO_WRT_PARAMETERS | RONDO_WRT_INPUTS) {
  rondo_model model = {};
  model.name = "fake";
  model.build_info = "{\"stored\": [\"layers/dense/vars/0\", \"layers/counter/vars/0\", "
                     "\"layers/embedding/vars/0\"]}";
  model.num_symbols = 2;
  model.symbols = symbols;
  model.num_inputs = 2;
  model.inputs = inputs;
  model.num_outputs = 2;
  model.outputs = outputs;
  model.num_parameters = 3;
  model.parameters = parameters;
  model.trainable_size = kTrainableSize;
  model.state_size = model.layer_state_offset = kStateSize;
  model.wrt = wrt;
  if (withLoss) {
    model.num_targets = 1;
    model.targets = targets;
    model.sample_weights = sampleWeights;
    model.num_metrics = 1;
    model.metrics = metrics;
    model.metrics_size = 2;
    model.metric_infos = &metricInfo;
    model.optimizer = "{\"name\": \"sgd\"}";
    model.num_slots = 1;
    model.slot_names = slotNames;
    model.learning_rate = 0.01;
  }
  return model;
}

} // namespace

const rondo_model_desc &fakeDescriptor() {
  static const rondo_model_desc desc = {describe(true), 2, isas, nullptr, 0, nullptr, nullptr};
  return desc;
}

const rondo_model_desc &fakeInferenceDescriptor() {
  static const rondo_model_desc desc = {describe(false), 1,      inferenceIsas, nullptr, 0,
                                        nullptr,         nullptr};
  return desc;
}

const rondo_model_desc &fakeVjpDescriptor(int64_t wrt) {
  static const rondo_model_desc descs[] = {
      {describe(false, RONDO_WRT_PARAMETERS), 1, vjpIsas, nullptr, 0, nullptr, nullptr},
      {describe(false, RONDO_WRT_INPUTS), 1, vjpIsas, nullptr, 0, nullptr, nullptr}};
  return descs[wrt == RONDO_WRT_INPUTS];
}

const rondo_model_desc &fakeStatefulDescriptor() {
  static const rondo_model_desc desc = [] {
    rondo_model_desc stateful = {describe(true), 1, statefulIsas, nullptr, 0, nullptr, nullptr};
    stateful.model.layer_state_offset = 0;
    return stateful;
  }();
  return desc;
}

const rondo_model_desc &fakeRandomDescriptor() {
  static const rondo_model_desc desc = {describe(true), 1,      randomIsas, nullptr, 0,
                                        nullptr,        nullptr};
  return desc;
}

float drawnFrom(const uint32_t *key) { return (key[0] ^ key[1]) & 0xFFFFFF; }

const rondo_model *openFresh(const rondo_model_desc &desc) {
  struct alignas(16) Slot {
    char bytes[RONDO_MODEL_SLOT_SIZE] = {};
  };
  // A library's slot lives as long as the process, and so do these.
  static std::vector<std::unique_ptr<Slot>> slots;
  slots.push_back(std::make_unique<Slot>());
  return rondo_model_open(&desc, slots.back()->bytes, RONDO_ABI_VERSION);
}

const rondo_model *openFake() { return openFresh(fakeDescriptor()); }

const rondo_model *openFakeInference() { return openFresh(fakeInferenceDescriptor()); }

const rondo_model *openFakeStateful() { return openFresh(fakeStatefulDescriptor()); }

const rondo_model *openFakeRandom() { return openFresh(fakeRandomDescriptor()); }

} // namespace rondo::test
