/*===- calls.c - rondo-calls --------------------------------------------------===//
 *
 * LIBRARY SYMBOL forward|train BATCH STEPS CALLS: calls an entry of a compiled model on numbers
 * that are always the same, on one thread. What benchmarks/scripts/count counts is what
 * `measured` does: everything is prepared before.
 *
 *===----------------------------------------------------------------------===*/

#include "rondo/rondo.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *why) {
  fprintf(stderr, "rondo-calls: %s: %s\n", what, why);
  exit(1);
}

static void check(rondo_status status, const char *what) {
  if (status != RONDO_OK)
    fail(what, "failed");
}

static float *numbers(int64_t count, float scale) {
  float *values = calloc((size_t)(count ? count : 1), sizeof *values);
  int64_t i;
  if (!values)
    fail("numbers", "no memory");
  for (i = 0; i < count; ++i)
    values[i] = scale * (float)(i * 7919 % 1000 - 500) / 500;
  return values;
}

/* The number of elements; only float tensors of symbols' own sizes, as the recipe has. */
static int64_t elements(const rondo_model *model, const rondo_tensor_info *info,
                        const int64_t *dims) {
  int64_t count = 1;
  int32_t axis, s;
  if (info->dtype != RONDO_F32)
    fail(info->name, "not of floats");
  for (axis = 0; axis < info->rank; ++axis) {
    int64_t size = info->dims[axis];
    for (s = 0; size < 0 && s < model->num_symbols; ++s)
      if (!strcmp(info->symbols[axis], model->symbols[s]))
        size = dims[s];
    if (size < 0)
      fail(info->name, "a size that depends on others");
    count *= size;
  }
  return count;
}

struct call {
  const rondo_model *model;
  rondo_context *context;
  int64_t dims[2];
  const void *inputs[1], *targets[1];
  void *outputs[1];
};

static void run(const struct call *call, int train) {
  check(train ? call->model->train_step(call->context, call->dims, call->inputs, call->targets,
                                        NULL, 0.001, NULL, NULL)
              : call->model->forward(call->context, call->dims, call->inputs, call->outputs),
        "call");
}

/* The name by which callgrind begins and ends to count. */
__attribute__((noinline)) void measured(const struct call *call, int train) { run(call, train); }

int main(int argc, char **argv) {
  struct call call;
  rondo_weights *weights;
  rondo_model_query query;
  void *library;
  float *trainable, *state;
  int train, calls, i;
  if (argc != 7)
    fail("usage", "LIBRARY SYMBOL forward|train BATCH STEPS CALLS");
  library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library)
    fail(argv[1], dlerror());
  *(void **)&query = dlsym(library, argv[2]);
  call.model = query ? query(RONDO_ABI_VERSION) : NULL;
  if (!call.model)
    fail(argv[2], "no model for this processor");
  if (call.model->num_inputs != 1 || call.model->num_outputs != 1 || call.model->num_symbols != 2)
    fail(argv[2], "not one input, one output, and batch and time open");
  train = !strcmp(argv[3], "train");
  if (train && call.model->num_targets != 1)
    fail(argv[2], "not one target");
  call.dims[0] = atoi(argv[4]);
  call.dims[1] = atoi(argv[5]);
  calls = atoi(argv[6]);

  trainable = numbers(call.model->trainable_size, 0.1f);
  state = numbers(call.model->state_size, 0);
  check(call.model->weights_create(call.model, trainable, state, &weights), "weights");
  check((train ? call.model->training_context_create
               : call.model->context_create)(call.model, weights, NULL, &call.context),
        "context");
  call.inputs[0] = numbers(elements(call.model, call.model->inputs, call.dims), 1);
  call.outputs[0] = numbers(elements(call.model, call.model->outputs, call.dims), 0);
  call.targets[0] = train ? numbers(elements(call.model, call.model->targets, call.dims), 1) : NULL;
  check(call.model->prepare(call.context, train ? RONDO_TRAIN_STEP : RONDO_FORWARD, call.dims),
        "prepare");
  run(&call, train); /* the first one binds functions of libc */
  for (i = 0; i < calls; ++i)
    measured(&call, train);
  return 0;
}
