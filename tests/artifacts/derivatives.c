/*===- derivatives.c - Vector-Jacobian and Hessian-vector products in C ---------===//
 *
 * The derivatives that a library has only on request, with generated kernels and
 * with oneDNN's: each is compared with differences of what it is the derivative
 * of, the same bits come from any number of threads, and what a library was
 * compiled without is refused.
 *
 *===----------------------------------------------------------------------===*/

#include "classifier.h"
#include "derivatives.h"
#include "derivatives_inputs.h"
#include "derivatives_onednn.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                              \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

enum { SAMPLES = 37, FEATURES = 4, CLASSES = 3 };

static const int64_t dims[] = {SAMPLES};
static float x[SAMPLES * FEATURES];
static int32_t labels[SAMPLES];
static float cotangents[SAMPLES * CLASSES];
static const void *const inputs[] = {x};
static const void *const targets[] = {labels};
static const float *const seeds[] = {cotangents};

/* Numbers in [-0.5, 0.5] that look random. */
static void fill(float *values, int64_t count, uint32_t seed) {
  int64_t i;
  for (i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / 16777216.0f - 0.5f;
  }
}

static float *zeros(int64_t count) {
  float *values = calloc((size_t)count + 1, sizeof *values);
  CHECK(values);
  return values;
}

/* Random values of the trainable parameters, with zeros between them. */
static float *random_flat(const rondo_model *model, uint32_t seed) {
  float *flat = zeros(model->trainable_size);
  int32_t i;
  for (i = 0; i < model->num_parameters; ++i)
    if (model->parameters[i].trainable)
      fill(flat + model->parameters[i].offset, model->parameters[i].size, seed + (uint32_t)i);
  return flat;
}

static rondo_context *context_for(const rondo_model *model, const float *trainable,
                                  rondo_executor *executor) {
  float *state = zeros(model->state_size);
  rondo_weights *weights = NULL;
  rondo_context *context = NULL;
  fill(state, model->state_size, 5);
  CHECK(model->weights_create(model, trainable, state, &weights) == RONDO_OK);
  CHECK(model->context_create(model, weights, executor, &context) == RONDO_OK);
  model->weights_release(weights);
  free(state);
  return context;
}

/* `trainable` moved by `step` times `vector`. */
static float *moved(const rondo_model *model, const float *trainable, const float *vector,
                    float step) {
  float *result = zeros(model->trainable_size);
  int64_t i;
  for (i = 0; i < model->trainable_size; ++i)
    result[i] = trainable[i] + step * vector[i];
  return result;
}

static double dot(const float *a, const float *b, int64_t count) {
  double sum = 0;
  int64_t i;
  for (i = 0; i < count; ++i)
    sum += (double)a[i] * b[i];
  return sum;
}

/* The sum of cotangents times outputs. */
static double weighted_outputs(const rondo_model *model, const float *trainable) {
  rondo_context *context = context_for(model, trainable, NULL);
  float out[SAMPLES * CLASSES];
  void *outputs[1];
  outputs[0] = out;
  CHECK(model->forward(context, dims, inputs, outputs) == RONDO_OK);
  model->context_destroy(context);
  return dot(cotangents, out, SAMPLES * CLASSES);
}

static void loss_gradients(const rondo_model *model, const float *trainable, float *gradients) {
  rondo_context *context = context_for(model, trainable, NULL);
  float loss;
  CHECK(model->loss_and_gradients(context, dims, inputs, targets, NULL, &loss, NULL, gradients,
                                  NULL) == RONDO_OK);
  model->context_destroy(context);
}

typedef struct derivatives {
  float out[SAMPLES * CLASSES];
  float input_gradient[SAMPLES * FEATURES];
  float *gradients; /* of the outputs times cotangents */
  float *products;  /* of the Hessian with a vector */
  float loss;
} derivatives;

static derivatives differentiate(const rondo_model *model, const float *trainable,
                                 const float *vector, int32_t threads) {
  rondo_executor *executor = NULL;
  rondo_context *context;
  derivatives result;
  void *outputs[1];
  float *input_gradients[1];
  CHECK(model->executor_create(threads, &executor) == RONDO_OK);
  context = context_for(model, trainable, executor);
  result.gradients = zeros(model->trainable_size);
  result.products = zeros(model->trainable_size);
  outputs[0] = result.out;
  input_gradients[0] = result.input_gradient;
  CHECK(model->vjp(context, dims, inputs, seeds, outputs, result.gradients, input_gradients) ==
        RONDO_OK);
  CHECK(model->hvp(context, dims, inputs, targets, NULL, vector, &result.loss, result.products) ==
        RONDO_OK);
  model->context_destroy(context);
  model->executor_destroy(executor);
  return result;
}

static void free_derivatives(derivatives *result) {
  free(result->gradients);
  free(result->products);
}

/* Differences of sums of floats are good to about 1e-7 / step, and off by step squared. */
static const float step = 5e-3f;
static const double tolerance = 2e-3;

static void check_vjp(const rondo_model *model, const float *trainable, const float *vector,
                      const derivatives *given) {
  float *high = moved(model, trainable, vector, step);
  float *low = moved(model, trainable, vector, -step);
  double slope = (weighted_outputs(model, high) - weighted_outputs(model, low)) / (2 * step);
  double norm = sqrt(dot(given->gradients, given->gradients, model->trainable_size)), difference;
  rondo_context *context = context_for(model, trainable, NULL);
  float out[SAMPLES * CLASSES], before = x[3];
  void *outputs[1];
  outputs[0] = out;
  CHECK(norm > 0.1);
  CHECK(fabs(slope - dot(given->gradients, vector, model->trainable_size)) < tolerance * norm);
  CHECK(model->forward(context, dims, inputs, outputs) == RONDO_OK);
  CHECK(memcmp(out, given->out, sizeof out) == 0);
  x[3] = before + step;
  difference = weighted_outputs(model, trainable);
  x[3] = before - step;
  difference = (difference - weighted_outputs(model, trainable)) / (2 * step);
  x[3] = before;
  CHECK(fabs(given->input_gradient[3]) > 1e-3);
  CHECK(fabs(difference - given->input_gradient[3]) < 1e-4);
  model->context_destroy(context);
  free(high);
  free(low);
}

static void check_hvp(const rondo_model *model, const float *trainable, const float *vector,
                      const derivatives *given) {
  float *high = moved(model, trainable, vector, step);
  float *low = moved(model, trainable, vector, -step);
  float *above = zeros(model->trainable_size), *below = zeros(model->trainable_size);
  float *other = random_flat(model, 77);
  derivatives swapped = differentiate(model, trainable, other, 1);
  double norm = sqrt(dot(given->products, given->products, model->trainable_size));
  int64_t i;
  loss_gradients(model, high, above);
  loss_gradients(model, low, below);
  CHECK(norm > 0.1);
  for (i = 0; i < model->trainable_size; ++i)
    CHECK(fabs((above[i] - below[i]) / (2 * step) - given->products[i]) < tolerance * norm);
  /* A Hessian is symmetric. */
  CHECK(fabs(dot(other, given->products, model->trainable_size) -
             dot(vector, swapped.products, model->trainable_size)) < 1e-5 * norm);
  free_derivatives(&swapped);
  free(high);
  free(low);
  free(above);
  free(below);
  free(other);
}

static void check_model(const rondo_model *model, int same_bits) {
  float *trainable = random_flat(model, 1), *vector = random_flat(model, 33);
  derivatives one = differentiate(model, trainable, vector, 1);
  derivatives two = differentiate(model, trainable, vector, 2);
  size_t bytes = (size_t)model->trainable_size * sizeof(float);
  check_vjp(model, trainable, vector, &one);
  check_hvp(model, trainable, vector, &one);
  check_vjp(model, trainable, vector, &two);
  check_hvp(model, trainable, vector, &two);
  if (same_bits) {
    CHECK(memcmp(one.gradients, two.gradients, bytes) == 0);
    CHECK(memcmp(one.products, two.products, bytes) == 0);
    CHECK(memcmp(one.input_gradient, two.input_gradient, sizeof one.input_gradient) == 0);
    CHECK(one.loss == two.loss);
  }
  free_derivatives(&one);
  free_derivatives(&two);
  free(trainable);
  free(vector);
}

/* A library compiled with --wrt=inputs computes the same, and refuses the rest. */
static void check_inputs_only(const rondo_model *inputs_only, const rondo_model *all) {
  float *trainable = random_flat(all, 1), *vector = random_flat(all, 33);
  derivatives full = differentiate(all, trainable, vector, 1);
  rondo_context *context = context_for(inputs_only, trainable, NULL);
  float out[SAMPLES * CLASSES], gradient[SAMPLES * FEATURES];
  void *outputs[1];
  float *input_gradients[1];
  outputs[0] = out;
  input_gradients[0] = gradient;
  CHECK(inputs_only->wrt == RONDO_WRT_INPUTS);
  CHECK(all->wrt == (RONDO_WRT_INPUTS | RONDO_WRT_PARAMETERS));
  CHECK(inputs_only->vjp(context, dims, inputs, seeds, outputs, NULL, input_gradients) ==
        RONDO_OK);
  CHECK(memcmp(gradient, full.input_gradient, sizeof gradient) == 0);
  CHECK(inputs_only->vjp(context, dims, inputs, seeds, outputs, vector, input_gradients) ==
        RONDO_NOT_COMPILED);
  CHECK(strstr(inputs_only->last_message(context), "parameters") != NULL);
  CHECK(inputs_only->hvp(context, dims, inputs, targets, NULL, vector, NULL, vector) ==
        RONDO_NOT_COMPILED);
  CHECK(inputs_only->loss_and_gradients(context, dims, inputs, targets, NULL, NULL, NULL, NULL,
                                        NULL) == RONDO_NOT_COMPILED);
  inputs_only->context_destroy(context);
  free_derivatives(&full);
  free(trainable);
  free(vector);
}

static void check_refusals(const rondo_model *model) {
  float *trainable = random_flat(model, 1), *products = zeros(model->trainable_size);
  rondo_context *context = context_for(model, trainable, NULL);
  const float *no_seeds[] = {NULL};
  float out[SAMPLES * CLASSES];
  void *outputs[1];
  outputs[0] = out;
  CHECK(model->vjp(context, dims, inputs, no_seeds, outputs, products, NULL) ==
        RONDO_INVALID_ARGUMENT);
  CHECK(strstr(model->last_message(context), "cotangent of output `out`") != NULL);
  CHECK(model->vjp(context, dims, inputs, seeds, outputs, NULL, NULL) == RONDO_INVALID_ARGUMENT);
  CHECK(model->hvp(context, dims, inputs, targets, NULL, NULL, NULL, products) ==
        RONDO_INVALID_ARGUMENT);
  CHECK(model->hvp(context, dims, inputs, targets, NULL, trainable, NULL, NULL) ==
        RONDO_INVALID_ARGUMENT);
  CHECK(model->hvp(context, dims, inputs, targets, NULL, trainable, NULL, products) == RONDO_OK);
  model->context_destroy(context);
  free(trainable);
  free(products);
}

int main(void) {
  const rondo_model *generated = derivatives_rondo_model(RONDO_ABI_VERSION);
  const rondo_model *onednn = derivatives_onednn_rondo_model(RONDO_ABI_VERSION);
  const rondo_model *inputs_only = derivatives_inputs_rondo_model(RONDO_ABI_VERSION);
  const rondo_model *classifier = classifier_rondo_model(RONDO_ABI_VERSION);
  int64_t bytes;
  int i;
  CHECK(generated && onednn && inputs_only && classifier);
  fill(x, SAMPLES * FEATURES, 2);
  fill(cotangents, SAMPLES * CLASSES, 3);
  for (i = 0; i < SAMPLES; ++i)
    labels[i] = x[i * FEATURES] > 0 ? 1 : i % 2 * 2;

  /* The frozen layer is state: 4 * 7 + 7 + 5 * 3 + 3 floats learn. */
  CHECK(generated->parameters[DERIVATIVES_PARAMETER_FROZEN_KERNEL].trainable == 0);
  CHECK(generated->parameters[DERIVATIVES_PARAMETER_OUT_KERNEL].trainable == 1);
  check_model(generated, 1);
  check_model(onednn, 0);
  check_inputs_only(inputs_only, generated);
  check_refusals(generated);
  CHECK(classifier->arena_size(classifier, RONDO_VJP, dims, &bytes) == RONDO_NOT_COMPILED);
  return 0;
}
