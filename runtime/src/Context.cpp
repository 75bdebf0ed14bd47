//===- Context.cpp - Contexts: prepared shapes, and running entries -------===//
//
// A context keeps, for each entry, the plans of the last few shapes it saw, and
// one arena as large as the largest of them. Running a prepared shape checks
// the arguments, gathers pointers and calls the entry: no allocation, no lock.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/DimSize.h"
#include "runtime/src/Internal.h"
#include "runtime/src/Plan.h"
#include "runtime/src/Profile.h"
#include <cstdlib>
#include <cstring>
#include <new>

namespace rondo::rt {
namespace {

/// A full batch and a last partial one, for two lengths.
constexpr int kShapesPerEntry = 4;

/// The plan of one entry for one shape. The arrays lie in one block.
struct Shape {
  int64_t *dims;           // num_symbols; null: this place was never used
  int64_t *offsets;        // the arena's table, num_buffers
  int64_t *inputElements;  // num_inputs
  int64_t *targetElements; // num_targets
  int64_t arenaBytes;
  uint64_t lastUse; // 0: empty
};

/// Memory that grows and is never shared.
struct Block {
  void *data;
  int64_t bytes;

  bool grow(int64_t wanted) {
    if (wanted <= bytes)
      return true;
    void *larger = allocateAligned(wanted);
    if (!larger)
      return false;
    std::free(data);
    data = larger;
    bytes = wanted;
    return true;
  }
};

} // namespace
} // namespace rondo::rt

struct rondo_context {
  const rondo_model *model;
  rondo_weights *weights; // null in a training context
  rondo_rt runtime;
  int32_t failure; // of a kernel library, during a run
  rondo::rt::Profile profile;

  // A training context's own buffers, in the block `owned`; else null, but for the state of a
  // model that moves it in every run.
  void *owned;
  float *trainable, *state, *gradients, *slots;
  int64_t slotStride; // floats from one slot to the next
  int64_t steps;
  int64_t uses; // runs of forward and evaluate since the seed was set
  uint64_t seed;

  rondo::rt::Shape shapes[RONDO_ENTRY_COUNT][rondo::rt::kShapesPerEntry];
  uint64_t clock;
  rondo::rt::Block arena;
  const rondo::rt::Shape *loaded; // who ran last; the arena is as it left it
  rondo::rt::Block ones;          // sample weights that were not given
  rondo::rt::Block discarded;     // input gradients that nobody wants

  // Arguments of an entry; the arrays lie behind this struct.
  const void **in;
  void **out;
  float lossScratch;
  float *metricScratch;
  rondo::rt::Message message;
};

namespace rondo::rt {
namespace {

bool isTraining(const rondo_context &context) { return context.trainable != nullptr; }

/// Whether layers keep something from run to run.
bool isStateful(const rondo_model &model) { return model.layer_state_offset < model.state_size; }

/// Null where all kernels are generated.
const rondo_kernel_library *libraryOf(const rondo_context &context) {
  return slotOf(context.model).desc->kernel_library;
}

//===----------------------------------------------------------------------===//
// Creating and destroying
//===----------------------------------------------------------------------===//

int64_t numInPointers(const rondo_model &model) {
  int64_t training = 2 * model.num_targets + 3, vjp = model.num_outputs + 1;
  return 2 + model.num_inputs + (vjp > training ? vjp : training);
}

int64_t numOutPointers(const rondo_model &model) {
  return 5 + model.num_outputs + model.num_inputs + model.num_slots;
}

rondo_status create(const rondo_model *model, rondo_weights *weights, rondo_executor *executor,
                    rondo_context **out) {
  if (!out)
    return RONDO_INVALID_ARGUMENT;
  *out = nullptr;
  if (!model || !weights || weights->model != model)
    return RONDO_INVALID_ARGUMENT;
  int64_t inBytes = numInPointers(*model) * sizeof(void *);
  int64_t outBytes = numOutPointers(*model) * sizeof(void *);
  int64_t siteBytes = slotOf(model).desc->num_sites * sizeof(void *);
  int64_t metricBytes = (model->metrics_size + 1) * sizeof(float);
  void *memory = allocateZeroed(sizeof(rondo_context) + inBytes + outBytes + siteBytes +
                                profileBytes(model) + metricBytes);
  if (!memory)
    return RONDO_OUT_OF_MEMORY;
  rondo_context *context = new (memory) rondo_context();
  char *behind = reinterpret_cast<char *>(context + 1);
  context->in = reinterpret_cast<const void **>(behind);
  context->out = reinterpret_cast<void **>(behind + inBytes);
  context->runtime.sites = reinterpret_cast<void **>(behind + inBytes + outBytes);
  behind += inBytes + outBytes + siteBytes;
  if (isProfiled(model)) {
    profileInit(context->profile, model, behind);
    context->runtime.profile = &context->profile.running;
    behind += profileBytes(model);
  }
  context->metricScratch = reinterpret_cast<float *>(behind);
  context->model = model;
  const rondo_kernel_library *library = libraryOf(*context);
  context->runtime.threads = executorThreads(executor);
  context->runtime.executor = executor;
  context->runtime.parallel_for = executor ? executor->parallelFor : runInline;
  context->runtime.ordered_for = executor ? executor->orderedFor : runOrderedInline;
  if (library && library->parallel_for && context->runtime.threads > 1) {
    context->runtime.parallel_for = library->parallel_for;
    context->runtime.ordered_for = runOrderedInline; // the executor's own threads would be others
  }
  context->runtime.failure = &context->failure;
  *out = context;
  return RONDO_OK;
}

rondo_status contextCreate(const rondo_model *model, rondo_weights *weights,
                           rondo_executor *executor, rondo_context **out) {
  if (rondo_status status = create(model, weights, executor, out))
    return status;
  if (isStateful(*model)) {
    const int64_t bytes = model->state_size * sizeof(float);
    if (!((*out)->owned = allocateAligned(bytes))) {
      std::free(*out);
      *out = nullptr;
      return RONDO_OUT_OF_MEMORY;
    }
    (*out)->state = static_cast<float *>((*out)->owned);
    std::memcpy((*out)->state, weights->state, bytes);
  }
  weightsRetain(weights);
  (*out)->weights = weights;
  return RONDO_OK;
}

rondo_status trainingContextCreate(const rondo_model *model, rondo_weights *weights,
                                   rondo_executor *executor, rondo_context **out) {
  if (rondo_status status = create(model, weights, executor, out))
    return status;
  int64_t trainableBytes, stateBytes, total;
  const int64_t floatSize = sizeof(float);
  if (!alignUp(model->trainable_size * floatSize, trainableBytes) ||
      !alignUp(model->state_size * floatSize, stateBytes) ||
      __builtin_mul_overflow(trainableBytes, 2 + static_cast<int64_t>(model->num_slots), &total) ||
      __builtin_add_overflow(total, stateBytes + kAlignment, &total) ||
      !((*out)->owned = allocateZeroed(total))) {
    std::free(*out);
    *out = nullptr;
    return RONDO_OUT_OF_MEMORY;
  }
  rondo_context &context = **out;
  char *at = static_cast<char *>(context.owned);
  context.trainable = reinterpret_cast<float *>(at);
  context.gradients = reinterpret_cast<float *>(at + trainableBytes);
  context.slots = reinterpret_cast<float *>(at + 2 * trainableBytes);
  context.slotStride = trainableBytes / floatSize;
  context.state = reinterpret_cast<float *>(at + (2 + model->num_slots) * trainableBytes);
  std::memcpy(context.trainable, weights->trainable, model->trainable_size * floatSize);
  std::memcpy(context.state, weights->state, model->state_size * floatSize);
  if (const float *values = slotOf(model).desc->slot_values)
    for (int32_t slot = 0; slot < model->num_slots; ++slot)
      for (int64_t i = 0; i < model->trainable_size; ++i)
        context.slots[slot * context.slotStride + i] = values[slot];
  return RONDO_OK;
}

void contextDestroy(rondo_context *context) {
  if (!context)
    return;
  if (const rondo_kernel_library *library = libraryOf(*context))
    library->release(context->runtime.sites, slotOf(context->model).desc->num_sites);
  for (auto &entry : context->shapes)
    for (Shape &shape : entry)
      std::free(shape.dims);
  std::free(context->arena.data);
  std::free(context->ones.data);
  std::free(context->discarded.data);
  std::free(context->owned);
  weightsRelease(context->weights);
  std::free(context);
}

const char *lastMessage(const rondo_context *context) {
  return context ? context->message.text : "the context is null";
}

//===----------------------------------------------------------------------===//
// Preparing shapes
//===----------------------------------------------------------------------===//

/// The shape's place for `dims`: where they are prepared already, or else the
/// place that was used least recently.
Shape &placeFor(rondo_context &context, int32_t entry, const int64_t *dims, bool &found) {
  size_t bytes = context.model->num_symbols * sizeof(int64_t);
  Shape *oldest = context.shapes[entry];
  found = true;
  for (Shape &shape : context.shapes[entry]) {
    if (shape.lastUse && (bytes == 0 || std::memcmp(shape.dims, dims, bytes) == 0))
      return shape;
    if (shape.lastUse < oldest->lastUse)
      oldest = &shape;
  }
  found = false;
  return *oldest;
}

/// Bytes of the tensors that the context must have ready besides the arena: the
/// largest sample weights, and all input gradients together.
rondo_status countElements(const rondo_context &context, Shape &shape, const int64_t *dims,
                           int64_t &onesBytes, int64_t &gradientBytes) {
  const rondo_model &model = *context.model;
  bool fits = true;
  auto count = [&](const rondo_tensor_info &tensor, int64_t &elements) {
    fits &= elementCount(model, tensor, dims, elements) &&
            elements <= INT64_MAX / 8 / (2 + model.num_inputs);
    if (!fits)
      elements = 0;
  };
  onesBytes = gradientBytes = 0;
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    count(model.inputs[i], shape.inputElements[i]);
    int64_t bytes = 0;
    if (model.inputs[i].dtype == RONDO_F32)
      alignUp(shape.inputElements[i] * sizeof(float), bytes);
    gradientBytes += bytes;
  }
  for (int32_t i = 0; i < model.num_targets; ++i) {
    int64_t elements;
    count(model.targets[i], shape.targetElements[i]);
    count(model.sample_weights[i], elements);
    int64_t bytes = elements * sizeof(float);
    onesBytes = bytes > onesBytes ? bytes : onesBytes;
  }
  return fits ? RONDO_OK : RONDO_INVALID_ARGUMENT;
}

bool growOnes(Block &ones, int64_t bytes) {
  if (bytes <= ones.bytes)
    return true;
  if (!ones.grow(bytes))
    return false;
  float *values = static_cast<float *>(ones.data);
  for (int64_t i = 0, n = bytes / sizeof(float); i < n; ++i)
    values[i] = 1.0f;
  return true;
}

rondo_status prepareShape(rondo_context &context, int32_t entry, const int64_t *dims,
                          Shape *&result) {
  const rondo_model &model = *context.model;
  Message *message = &context.message;
  if (rondo_status status = checkEntry(&model, entry, message))
    return status;
  if (entry == RONDO_TRAIN_STEP && !isTraining(context))
    return fail(message, RONDO_WRONG_STATE, "`train_step` needs a training context");
  if (!dims && model.num_symbols > 0)
    return fail(message, RONDO_INVALID_ARGUMENT, "`dims` is null");

  bool found;
  Shape &shape = placeFor(context, entry, dims, found);
  result = &shape;
  if (found) {
    shape.lastUse = ++context.clock;
    return RONDO_OK;
  }

  if (!shape.dims) {
    int64_t counts[] = {model.num_symbols, entryOf(&model, entry).num_buffers, model.num_inputs,
                        model.num_targets};
    int64_t total = counts[0] + counts[1] + counts[2] + counts[3] + 1;
    shape.dims = static_cast<int64_t *>(std::calloc(total, sizeof(int64_t)));
    if (!shape.dims)
      return fail(message, RONDO_OUT_OF_MEMORY, "no memory for a plan");
    shape.offsets = shape.dims + counts[0];
    shape.inputElements = shape.offsets + counts[1];
    shape.targetElements = shape.inputElements + counts[2];
  }
  shape.lastUse = 0;
  if (context.loaded == &shape)
    context.loaded = nullptr;

  if (rondo_status status = planEntry(&model, entry, dims, context.runtime.threads, shape.offsets,
                                      shape.arenaBytes, message))
    return status;
  int64_t onesBytes, gradientBytes;
  if (rondo_status status = countElements(context, shape, dims, onesBytes, gradientBytes))
    return fail(message, status, "the tensors of these dimensions are too large");
  int64_t arenaBefore = context.arena.bytes;
  if (!context.arena.grow(shape.arenaBytes))
    return fail(message, RONDO_OUT_OF_MEMORY, "no memory for an arena of %lld bytes",
                static_cast<long long>(shape.arenaBytes));
  if (context.arena.bytes != arenaBefore)
    context.loaded = nullptr;
  if ((entry != RONDO_FORWARD && !growOnes(context.ones, onesBytes)) ||
      ((entry == RONDO_LOSS_AND_GRADIENTS || entry == RONDO_VJP) &&
       !context.discarded.grow(gradientBytes)))
    return fail(message, RONDO_OUT_OF_MEMORY, "no memory for sample weights and gradients");

  if (model.num_symbols > 0)
    std::memcpy(shape.dims, dims, model.num_symbols * sizeof(int64_t));
  shape.lastUse = ++context.clock;
  return RONDO_OK;
}

rondo_status prepare(rondo_context *context, rondo_entry entry, const int64_t *dims) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Shape *shape;
  return prepareShape(*context, entry, dims, shape);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// Whether every integer of a tensor lies in [0, limit).
rondo_status checkLabels(rondo_context &context, const rondo_tensor_info &tensor, const void *data,
                         int64_t count) {
  if (tensor.label_limit <= 0 || tensor.dtype != RONDO_I32)
    return RONDO_OK;
  const int32_t *labels = static_cast<const int32_t *>(data);
  for (int64_t i = 0; i < count; ++i)
    if (labels[i] < 0 || labels[i] >= tensor.label_limit)
      return fail(&context.message, RONDO_BAD_LABEL,
                  "%s `%s` holds %d at position %lld; values must be in [0, %lld)",
                  tensor.role == RONDO_TARGET ? "target" : "input", tensor.name, labels[i],
                  static_cast<long long>(i), static_cast<long long>(tensor.label_limit));
  return RONDO_OK;
}

/// One call of an entry: collects its pointers, then runs it.
class Call {
public:
  Call(rondo_context &context, rondo_entry entry, const int64_t *dims)
      : context(context), model(*context.model), entry(entry), dims(dims) {
    status = prepareShape(context, entry, dims, shape);
    in(isTraining(context) ? context.trainable : context.weights->trainable);
    in(context.state ? context.state : context.weights->state);
  }

  void in(const void *pointer) { context.in[numIn++] = pointer; }
  void out(void *pointer) { context.out[numOut++] = pointer; }
  void loss(float *pointer) { out(pointer ? pointer : &context.lossScratch); }
  void metrics(float *pointer) { out(pointer ? pointer : context.metricScratch); }

  void inputs(const void *const *inputs) {
    if (status != RONDO_OK)
      return;
    tensors("inputs", "input", model.inputs, model.num_inputs, inputs, shape->inputElements);
  }

  void outputs(void *const *outputs) {
    if (status != RONDO_OK || !required("outputs", outputs, model.num_outputs))
      return;
    for (int32_t i = 0; i < model.num_outputs; ++i) {
      if (!outputs[i])
        return refuse("output", model.outputs[i].name);
      out(outputs[i]);
    }
  }

  void targets(const void *const *targets, const float *const *weights) {
    if (status != RONDO_OK)
      return;
    tensors("targets", "target", model.targets, model.num_targets, targets, shape->targetElements);
    for (int32_t i = 0; i < model.num_targets; ++i)
      in(weights && weights[i] ? static_cast<const void *>(weights[i]) : context.ones.data);
  }

  void cotangents(const float *const *cotangents) {
    if (status != RONDO_OK || !required("cotangents", cotangents, model.num_outputs))
      return;
    for (int32_t i = 0; i < model.num_outputs; ++i) {
      if (!cotangents[i] && model.outputs[i].dtype == RONDO_F32)
        return refuse("the cotangent of output", model.outputs[i].name);
      in(cotangents[i]);
    }
  }

  /// A flat buffer like that of the trainable parameters.
  void checkFlat(const char *what, const float *buffer) {
    if (status == RONDO_OK)
      required(what, buffer, model.trainable_size);
  }

  void gradients(float *gradients) {
    if (model.wrt & RONDO_WRT_PARAMETERS)
      checkFlat("gradients", gradients);
    else if (gradients)
      lacks("parameters");
    out(gradients);
  }

  void inputGradients(float *const *gradients) {
    bool isCompiled = model.wrt & RONDO_WRT_INPUTS;
    char *discarded = static_cast<char *>(context.discarded.data);
    for (int32_t i = 0; i < model.num_inputs && status == RONDO_OK; ++i) {
      if (!isCompiled) {
        if (gradients && gradients[i])
          lacks("inputs");
        out(nullptr);
        continue;
      }
      bool isFloat = model.inputs[i].dtype == RONDO_F32;
      bool wanted = isFloat && gradients && gradients[i];
      out(wanted ? static_cast<void *>(gradients[i]) : isFloat ? discarded : nullptr);
      int64_t bytes = 0;
      if (isFloat)
        alignUp(shape->inputElements[i] * sizeof(float), bytes);
      discarded += bytes;
    }
  }

  rondo_status run() {
    if (status != RONDO_OK)
      return status;
    // The parameters of a training context change between calls, also behind our back.
    context.runtime.stale = isTraining(context) || context.loaded != shape;
    if (context.loaded != shape) {
      std::memcpy(context.arena.data, shape->offsets,
                  entryOf(&model, entry).num_buffers * sizeof(int64_t));
      context.loaded = shape;
    }
    context.failure = RONDO_OK;
    context.profile.running.cells = context.profile.cells[entry];
    const rondo_kernel_library *library = libraryOf(context);
    if (library && library->within)
      library->within(&context.runtime, runEntry, this);
    else
      runEntry(this);
    if (context.failure == RONDO_OK)
      return RONDO_OK;
    context.loaded = nullptr;
    return fail(&context.message, static_cast<rondo_status>(context.failure),
                "%s failed while `%s` ran; what the call was to write is undefined", library->name,
                model.name);
  }

private:
  static void runEntry(void *argument) {
    Call &call = *static_cast<Call *>(argument);
    rondo_context &context = call.context;
    FloatMode floatMode;
    entryOf(&call.model, call.entry)
        .run(context.in, context.out, call.dims, context.arena.data, &context.runtime);
  }

  bool required(const char *what, const void *pointer, int64_t count) {
    if (!pointer && count > 0)
      status = fail(&context.message, RONDO_INVALID_ARGUMENT, "`%s` is null", what);
    return status == RONDO_OK;
  }

  void lacks(const char *what) {
    if (status == RONDO_OK)
      status = fail(&context.message, RONDO_NOT_COMPILED,
                    "`%s` was compiled without gradients with respect to %s", model.name, what);
  }

  void refuse(const char *role, const char *name) {
    status =
        fail(&context.message, RONDO_INVALID_ARGUMENT, "the buffer of %s `%s` is null", role, name);
  }

  void tensors(const char *list, const char *role, const rondo_tensor_info *infos, int32_t count,
               const void *const *pointers, const int64_t *elements) {
    if (!required(list, pointers, count))
      return;
    for (int32_t i = 0; i < count && status == RONDO_OK; ++i) {
      if (!pointers[i])
        return refuse(role, infos[i].name);
      status = checkLabels(context, infos[i], pointers[i], elements[i]);
      in(pointers[i]);
    }
  }

  rondo_context &context;
  const rondo_model &model;
  rondo_entry entry;
  const int64_t *dims;
  Shape *shape = nullptr;
  rondo_status status;
  int numIn = 0;
  int numOut = 0;
};

/// Of the training step after those that were done.
const uint32_t *keyOf(const rondo_context &context, uint32_t (&key)[2]) {
  rondo_random_key(context.seed, context.steps + 1, key);
  return key;
}

/// Of the use after those that were made.
const uint32_t *keyOfNextUse(const rondo_context &context, uint32_t (&key)[2]) {
  rondo_random_key(context.seed, -(context.uses + 1), key);
  return key;
}

/// Of the last use, of which derivatives are taken; of the first one before that.
const uint32_t *keyOfLastUse(const rondo_context &context, uint32_t (&key)[2]) {
  rondo_random_key(context.seed, context.uses ? -context.uses : -1, key);
  return key;
}

/// Runs an entry that uses the model.
rondo_status runUse(rondo_context &context, Call &call) {
  rondo_status status = call.run();
  if (status == RONDO_OK)
    ++context.uses;
  return status;
}

rondo_status forward(rondo_context *context, const int64_t *dims, const void *const *inputs,
                     void *const *outputs) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Call call(*context, RONDO_FORWARD, dims);
  call.inputs(inputs);
  uint32_t key[2];
  call.in(keyOfNextUse(*context, key));
  call.outputs(outputs);
  call.out(context->state);
  return runUse(*context, call);
}

rondo_status evaluate(rondo_context *context, const int64_t *dims, const void *const *inputs,
                      const void *const *targets, const float *const *sampleWeights, float *loss,
                      float *metrics) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Call call(*context, RONDO_EVALUATE, dims);
  call.inputs(inputs);
  call.targets(targets, sampleWeights);
  uint32_t key[2];
  call.in(keyOfNextUse(*context, key));
  call.loss(loss);
  call.metrics(metrics);
  call.out(context->state);
  return runUse(*context, call);
}

rondo_status lossAndGradients(rondo_context *context, const int64_t *dims,
                              const void *const *inputs, const void *const *targets,
                              const float *const *sampleWeights, float *loss, float *metrics,
                              float *gradients, float *const *inputGradients) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Call call(*context, RONDO_LOSS_AND_GRADIENTS, dims);
  call.inputs(inputs);
  call.targets(targets, sampleWeights);
  int64_t step = context->steps + 1;
  uint32_t key[2];
  call.in(nullptr);
  call.in(&step);
  call.in(keyOf(*context, key));
  call.loss(loss);
  call.metrics(metrics);
  call.gradients(gradients);
  call.inputGradients(inputGradients);
  return call.run();
}

rondo_status trainStep(rondo_context *context, const int64_t *dims, const void *const *inputs,
                       const void *const *targets, const float *const *sampleWeights,
                       double learningRate, float *loss, float *metrics) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Call call(*context, RONDO_TRAIN_STEP, dims);
  call.inputs(inputs);
  call.targets(targets, sampleWeights);
  float rate = static_cast<float>(learningRate);
  int64_t step = context->steps + 1;
  uint32_t key[2];
  call.in(&rate);
  call.in(&step);
  call.in(keyOf(*context, key));
  call.loss(loss);
  call.metrics(metrics);
  call.out(context->gradients);
  call.out(context->trainable);
  call.out(context->state);
  for (int32_t i = 0; i < context->model->num_slots; ++i)
    call.out(context->slots + i * context->slotStride);
  rondo_status status = call.run();
  if (status == RONDO_OK)
    context->steps = step;
  return status;
}

rondo_status vjp(rondo_context *context, const int64_t *dims, const void *const *inputs,
                 const float *const *cotangents, void *const *outputs, float *gradients,
                 float *const *inputGradients) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Call call(*context, RONDO_VJP, dims);
  call.inputs(inputs);
  call.cotangents(cotangents);
  uint32_t key[2];
  call.in(keyOfLastUse(*context, key));
  call.outputs(outputs);
  call.gradients(gradients);
  call.inputGradients(inputGradients);
  return call.run();
}

rondo_status hvp(rondo_context *context, const int64_t *dims, const void *const *inputs,
                 const void *const *targets, const float *const *sampleWeights, const float *vector,
                 float *loss, float *products) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  Call call(*context, RONDO_HVP, dims);
  call.inputs(inputs);
  call.targets(targets, sampleWeights);
  call.checkFlat("vector", vector);
  call.in(vector);
  uint32_t key[2];
  call.in(keyOfLastUse(*context, key));
  call.loss(loss);
  call.checkFlat("products", products);
  call.out(products);
  return call.run();
}

//===----------------------------------------------------------------------===//
// State of a training context
//===----------------------------------------------------------------------===//

float *trainable(rondo_context *context) { return context ? context->trainable : nullptr; }

float *state(rondo_context *context) { return context ? context->state : nullptr; }

float *slot(rondo_context *context, int32_t index) {
  if (!context || !isTraining(*context) || index < 0 || index >= context->model->num_slots)
    return nullptr;
  return context->slots + index * context->slotStride;
}

int64_t stepCount(const rondo_context *context) { return context ? context->steps : 0; }

void setStepCount(rondo_context *context, int64_t steps) {
  if (context && steps >= 0)
    context->steps = steps;
}

void setSeed(rondo_context *context, uint64_t seed) {
  if (!context)
    return;
  context->seed = seed;
  context->uses = 0;
}

rondo_status resetStates(rondo_context *context) {
  if (!context)
    return RONDO_INVALID_ARGUMENT;
  const rondo_model &model = *context->model;
  if (!isStateful(model))
    return fail(&context->message, RONDO_NOT_COMPILED, "`%s` has no stateful layers", model.name);
  std::memset(context->state + model.layer_state_offset, 0,
              (model.state_size - model.layer_state_offset) * sizeof(float));
  return RONDO_OK;
}

int32_t profile(const rondo_context *context, rondo_entry entry, rondo_profile_row *rows,
                int32_t capacity) {
  return context ? profileRows(context->profile, context->model, entry, rows, capacity) : 0;
}

} // namespace

void fillContextFunctions(rondo_model &model) {
  model.context_create = contextCreate;
  model.training_context_create = trainingContextCreate;
  model.context_destroy = contextDestroy;
  model.last_message = lastMessage;
  model.arena_size = arenaSize;
  model.prepare = prepare;
  model.forward = forward;
  model.evaluate = evaluate;
  model.loss_and_gradients = lossAndGradients;
  model.train_step = trainStep;
  model.trainable = trainable;
  model.state = state;
  model.slot = slot;
  model.step_count = stepCount;
  model.set_step_count = setStepCount;
  model.profile = profile;
  model.vjp = vjp;
  model.hvp = hvp;
  model.set_seed = setSeed;
  model.reset_states = resetStates;
}

} // namespace rondo::rt
