/*===- abi_c99.c - The interface from strict C99 ----------------------------===//
 *
 * Compiles the public header as C99 and walks through every handle on the fake
 * model: what an embedder would write. Exits with the line that failed.
 *
 *===----------------------------------------------------------------------===*/

#include "rondo/rondo.h"
#include <math.h>
#include <stdio.h>

const rondo_model *fake_rondo_model(uint32_t max_abi_version);

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                      \
      return 1;                                                                                    \
    }                                                                                              \
  } while (0)

int main(void) {
  const rondo_model *model = fake_rondo_model(RONDO_ABI_VERSION);
  float trainable[32] = {0.5f, -0.25f}, state[16] = {0};
  float x[2 * 3 * 2], out[2], steps[2 * 3], loss = 0, metric[2];
  int32_t ids[2] = {0, 1}, labels[2] = {3, 7};
  int64_t dims[2] = {2, 3};
  const void *inputs[2], *targets[1];
  void *outputs[2];
  rondo_weights *weights = NULL;
  rondo_executor *executor = NULL;
  rondo_context *context = NULL;
  float first;
  int i;

  CHECK(model != NULL);
  CHECK(fake_rondo_model(0) == NULL);
  CHECK(model->struct_size >= sizeof(rondo_model));
  for (i = 0; i < 12; ++i)
    x[i] = (float)i / 8;
  inputs[0] = x;
  inputs[1] = ids;
  targets[0] = labels;
  outputs[0] = out;
  outputs[1] = steps;

  CHECK(model->weights_create(model, trainable, state, &weights) == RONDO_OK);
  CHECK(model->executor_create(2, &executor) == RONDO_OK);
  CHECK(model->context_create(model, weights, executor, &context) == RONDO_OK);
  CHECK(model->prepare(context, RONDO_FORWARD, dims) == RONDO_OK);
  CHECK(model->forward(context, dims, inputs, outputs) == RONDO_OK);
  CHECK(fabsf(out[0] - (0.5f * (x[0] + x[2] + x[4]) - 0.25f * (x[1] + x[3] + x[5]))) < 1e-6f);
  model->context_destroy(context);

  CHECK(model->training_context_create(model, weights, executor, &context) == RONDO_OK);
  model->weights_release(weights);
  CHECK(model->train_step(context, dims, inputs, targets, NULL, model->learning_rate, &first,
                          metric) == RONDO_OK);
  for (i = 0; i < 10; ++i)
    CHECK(model->train_step(context, dims, inputs, targets, NULL, model->learning_rate, &loss,
                            metric) == RONDO_OK);
  CHECK(loss < first);
  labels[1] = 10;
  CHECK(model->evaluate(context, dims, inputs, targets, NULL, &loss, NULL) == RONDO_BAD_LABEL);
  CHECK(model->last_message(context)[0] != '\0');
  model->context_destroy(context);
  model->executor_destroy(executor);
  return 0;
}
