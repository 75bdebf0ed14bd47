/*===- artifact.c - Compiled models in a C99 program --------------------------===//
 *
 * Two compiled models in one program, through their generated headers: every
 * entry runs, learns, gives the same bits for any number of threads, and
 * allocates nothing once prepared. malloc and its kin are replaced by versions
 * that count.
 *
 *===----------------------------------------------------------------------===*/

#include "attention.h"
#include "classifier.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*--- Counting allocations ---------------------------------------------------*/

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

static long allocations;

static void count(void) { __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}
void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}
void *realloc(void *pointer, size_t size) {
  count();
  return __libc_realloc(pointer, size);
}
void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **result, size_t alignment, size_t size) {
  count();
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
void free(void *pointer) {
  count();
  __libc_free(pointer);
}

/*--- Helpers -----------------------------------------------------------------*/

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                              \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

/* Numbers in [-0.5, 0.5] that look random. */
static void fill(float *values, int64_t count, uint32_t seed) {
  int64_t i;
  for (i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / 16777216.0f - 0.5f;
  }
}

static float *floats(int64_t count, uint32_t seed) {
  float *values = malloc((size_t)(count ? count : 1) * sizeof *values);
  CHECK(values);
  fill(values, count, seed);
  return values;
}

static rondo_weights *random_weights(const rondo_model *model) {
  float *trainable = calloc((size_t)model->trainable_size + 1, sizeof *trainable);
  float *state = calloc((size_t)model->state_size + 1, sizeof *state);
  rondo_weights *weights = NULL;
  int32_t i;
  for (i = 0; i < model->num_parameters; ++i) {
    const rondo_parameter_info *parameter = &model->parameters[i];
    fill((parameter->trainable ? trainable : state) + parameter->offset, parameter->size,
         (uint32_t)i + 1);
  }
  CHECK(model->weights_create(model, trainable, state, &weights) == RONDO_OK);
  free(trainable);
  free(state);
  return weights;
}

/* A batch for one of the models, with room for results. */
typedef struct batch {
  int64_t dims[2];
  int64_t samples;
  const void *inputs[1];
  const void *targets[1];
  void *outputs[1];
  int64_t output_floats;
} batch;

/* The first `samples` of the data, in sequences of `steps`. */
static batch classifier_batch(int64_t samples, int64_t steps, const float *x, const int32_t *labels,
                              float *out) {
  batch result;
  memset(&result, 0, sizeof result);
  result.dims[CLASSIFIER_DIM_B] = samples;
  result.dims[1 - CLASSIFIER_DIM_B] = steps;
  result.samples = samples;
  result.inputs[CLASSIFIER_INPUT_X] = x;
  result.targets[CLASSIFIER_TARGET_OUT] = labels;
  result.outputs[CLASSIFIER_OUTPUT_OUT] = out;
  result.output_floats = samples * 3;
  return result;
}

/*--- Tests --------------------------------------------------------------------*/

/* What training leaves behind, to compare bit for bit. */
typedef struct outcome {
  float first_loss, last_loss;
  float *weights; /* trainable_size */
  float *out;     /* a copy of the outputs after training */
} outcome;

/* Runs every entry on two shapes: prepared, then without a single allocation. */
static outcome exercise(const rondo_model *model, int32_t threads, batch *full, batch *partial) {
  rondo_weights *weights = random_weights(model);
  rondo_executor *executor = NULL;
  rondo_context *context = NULL;
  batch *shapes[2];
  float *gradients = floats(model->trainable_size, 0), loss = 0, *metrics;
  outcome result;
  long before;
  int round, shape, failures = 0;
  rondo_entry entries[4] = {RONDO_FORWARD, RONDO_EVALUATE, RONDO_LOSS_AND_GRADIENTS,
                            RONDO_TRAIN_STEP};
  int i;

  shapes[0] = full;
  shapes[1] = partial;
  metrics = floats(model->metrics_size, 0);
  CHECK(model->executor_create(threads, &executor) == RONDO_OK);
  CHECK(model->executor_threads(executor) == threads);
  CHECK(model->training_context_create(model, weights, executor, &context) == RONDO_OK);
  for (shape = 0; shape < 2; ++shape)
    for (i = 0; i < 4; ++i)
      CHECK(model->prepare(context, entries[i], shapes[shape]->dims) == RONDO_OK);

  memset(&result, 0, sizeof result);
  before = allocations;
  for (round = 0; round < 60; ++round)
    for (shape = 0; shape < 2; ++shape) {
      batch *data = shapes[shape];
      failures += model->forward(context, data->dims, data->inputs, data->outputs) != RONDO_OK;
      failures += model->evaluate(context, data->dims, data->inputs, data->targets, NULL, &loss,
                                  metrics) != RONDO_OK;
      failures += model->loss_and_gradients(context, data->dims, data->inputs, data->targets, NULL,
                                            &loss, metrics, gradients, NULL) != RONDO_OK;
      failures += model->train_step(context, data->dims, data->inputs, data->targets, NULL,
                                    model->learning_rate, &loss, metrics) != RONDO_OK;
      if (round == 0 && shape == 0)
        result.first_loss = loss;
      if (shape == 0)
        result.last_loss = loss;
    }
  CHECK(allocations == before);
  CHECK(failures == 0);
  CHECK(model->step_count(context) == 120);

  result.weights = floats(model->trainable_size, 0);
  memcpy(result.weights, model->trainable(context), (size_t)model->trainable_size * sizeof(float));
  CHECK(model->forward(context, full->dims, full->inputs, full->outputs) == RONDO_OK);
  result.out = floats(full->output_floats, 0);
  memcpy(result.out, full->outputs[0], (size_t)full->output_floats * sizeof(float));

  model->context_destroy(context);
  model->executor_destroy(executor);
  model->weights_release(weights);
  free(gradients);
  free(metrics);
  return result;
}

static void compare_threads(const rondo_model *model, batch *full, batch *partial) {
  outcome one = exercise(model, 1, full, partial), two = exercise(model, 2, full, partial);
  CHECK(isfinite(one.last_loss));
  CHECK(one.last_loss < one.first_loss);
  CHECK(memcmp(one.weights, two.weights, (size_t)model->trainable_size * sizeof(float)) == 0);
  CHECK(memcmp(one.out, two.out, (size_t)full->output_floats * sizeof(float)) == 0);
  CHECK(one.last_loss == two.last_loss);
  free(one.weights);
  free(one.out);
  free(two.weights);
  free(two.out);
}

/* The gradient of the loss against a difference of losses, and of an input. */
static void check_gradients(const rondo_model *model, batch *data, float *x, int64_t x_floats) {
  rondo_weights *weights = random_weights(model);
  rondo_context *context = NULL;
  float *gradients = floats(model->trainable_size, 0), *grad_x = floats(x_floats, 0);
  float *wanted[1], low, high, before;
  double sum = 0;
  int64_t i;
  wanted[0] = grad_x;
  CHECK(model->context_create(model, weights, NULL, &context) == RONDO_OK);
  CHECK(model->loss_and_gradients(context, data->dims, data->inputs, data->targets, NULL, &low,
                                  NULL, gradients, wanted) == RONDO_OK);
  for (i = 0; i < x_floats; ++i)
    sum += fabs(grad_x[i]);
  CHECK(sum > 0);
  before = x[3];
  x[3] = before + 5e-3f;
  CHECK(model->evaluate(context, data->dims, data->inputs, data->targets, NULL, &high, NULL) ==
        RONDO_OK);
  x[3] = before - 5e-3f;
  CHECK(model->evaluate(context, data->dims, data->inputs, data->targets, NULL, &low, NULL) ==
        RONDO_OK);
  x[3] = before;
  CHECK(fabs((high - low) / 1e-2 - grad_x[3]) < 1e-3);
  model->context_destroy(context);
  model->weights_release(weights);
  free(gradients);
  free(grad_x);
}

/* Weights of samples scale the loss: sum(w * l) / B. */
static void check_sample_weights(const rondo_model *model, batch *data) {
  rondo_weights *weights = random_weights(model);
  rondo_context *context = NULL;
  float *half = floats(data->samples, 0), plain, weighted;
  const float *list[1];
  int64_t i;
  for (i = 0; i < data->samples; ++i)
    half[i] = 0.5f;
  list[0] = half;
  CHECK(model->context_create(model, weights, NULL, &context) == RONDO_OK);
  CHECK(model->evaluate(context, data->dims, data->inputs, data->targets, NULL, &plain, NULL) ==
        RONDO_OK);
  CHECK(model->evaluate(context, data->dims, data->inputs, data->targets, list, &weighted, NULL) ==
        RONDO_OK);
  CHECK(fabsf(weighted - 0.5f * plain) <= 1e-6f * plain);
  model->context_destroy(context);
  model->weights_release(weights);
  free(half);
}

static void check_refusals(const rondo_model *model, batch data) {
  rondo_weights *weights = random_weights(model);
  rondo_context *context = NULL;
  int32_t *labels = malloc((size_t)data.samples * sizeof *labels);
  float loss;
  int64_t bytes = 0;
  memset(labels, 0, (size_t)data.samples * sizeof *labels);
  CHECK(model->context_create(model, weights, NULL, &context) == RONDO_OK);
  labels[1] = 3;
  data.targets[0] = labels;
  CHECK(model->evaluate(context, data.dims, data.inputs, data.targets, NULL, &loss, NULL) ==
        RONDO_BAD_LABEL);
  CHECK(strstr(model->last_message(context), "position 1") != NULL);
  CHECK(model->train_step(context, data.dims, data.inputs, data.targets, NULL, 0.1, &loss, NULL) ==
        RONDO_WRONG_STATE);
  CHECK(model->arena_size(model, RONDO_FORWARD, data.dims, &bytes) == RONDO_OK);
  CHECK(bytes > 0);
  data.dims[0] = 0;
  CHECK(model->forward(context, data.dims, data.inputs, data.outputs) == RONDO_INVALID_ARGUMENT);
  model->context_destroy(context);
  model->weights_release(weights);
  free(labels);
}

/* An executor of one library serves a context of another. */
static void check_shared_executor(const rondo_model *owner, const rondo_model *model, batch *data) {
  rondo_weights *weights = random_weights(model);
  rondo_executor *executor = NULL;
  rondo_context *context = NULL;
  CHECK(owner->executor_create(2, &executor) == RONDO_OK);
  CHECK(model->context_create(model, weights, executor, &context) == RONDO_OK);
  CHECK(model->forward(context, data->dims, data->inputs, data->outputs) == RONDO_OK);
  model->context_destroy(context);
  model->executor_destroy(executor);
  model->weights_release(weights);
}

int main(void) {
  enum { samples = 37, steps = 11 };
  const rondo_model *classifier = classifier_rondo_model(RONDO_ABI_VERSION);
  const rondo_model *attention = attention_rondo_model(RONDO_ABI_VERSION);
  float *x = floats(samples * steps * 5, 99), *out = floats(samples * 3, 0);
  float *level = floats(samples, 7);
  int32_t labels[samples];
  batch full, partial;
  int i;

  CHECK(classifier_rondo_model(0) == NULL);
  CHECK(classifier && attention && classifier != attention);
  CHECK(classifier_rondo_model(RONDO_ABI_VERSION + 1) == classifier);
  printf("instruction set: %s\n", classifier->isa);
  for (i = 0; i < samples; ++i)
    labels[i] = x[i * steps * 5] > 0 ? 1 : i % 2 * 2;

  full = classifier_batch(samples, steps, x, labels, out);
  partial = classifier_batch(5, 3, x, labels, out);
  compare_threads(classifier, &full, &partial);
  check_gradients(classifier, &full, x, samples * steps * 5);
  check_sample_weights(classifier, &full);
  check_refusals(classifier, full);

  memset(&full, 0, sizeof full);
  full.dims[ATTENTION_DIM_B] = full.samples = full.output_floats = samples;
  full.inputs[ATTENTION_INPUT_X] = x;
  full.targets[ATTENTION_TARGET_LEVEL] = level;
  full.outputs[ATTENTION_OUTPUT_LEVEL] = out;
  partial = full;
  partial.dims[ATTENTION_DIM_B] = partial.samples = partial.output_floats = 5;
  compare_threads(attention, &full, &partial);
  check_gradients(attention, &full, x, samples * 6 * 4);
  check_sample_weights(attention, &full);
  check_shared_executor(classifier, attention, &full);

  free(x);
  free(out);
  free(level);
  return 0;
}
