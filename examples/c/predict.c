/* predict.c - Runs a compiled model from plain C.
 *
 *     rondo compile vowels.py -o vowels.so --header vowels.h
 *     cc -o predict predict.c npz.c ./vowels.so -lzip -Wl,-rpath,.
 *     ./predict vowels.npz data.npz predictions.npz
 *
 * Loads weights and utterances, asks the library for the probability of each
 * speaker, prints the most likely one for the first few, and, where a file of
 * predictions by `rondo predict` is given, compares every number with it.
 *
 * The library needs no Python, no framework and no Rondo: only libc and libm.
 */

#include "npz.h"
#include "vowels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what) {
  fprintf(stderr, "predict: %s\n", what);
  exit(1);
}

/* Every variable of the model, copied to its place in the flat buffer. */
static rondo_weights *load_weights(const rondo_model *model, const char *file) {
  rondo_weights *weights;
  float *trainable = calloc((size_t)model->trainable_size, sizeof *trainable);
  int32_t i;
  if (!trainable || model->state_size != 0)
    die("no memory, or a model with state, which this example does not know");
  for (i = 0; i < model->num_parameters; ++i) {
    const rondo_parameter_info *parameter = &model->parameters[i];
    array values;
    if (!array_read(file, parameter->path, &values))
      exit(1);
    if (values.kind != 'f' || values.count != (size_t)parameter->size)
      die("a variable in the weights file has another size than the model's");
    memcpy(trainable + parameter->offset, values.data, values.count * sizeof(float));
    free(values.data);
  }
  if (model->weights_create(model, trainable, NULL, &weights) != RONDO_OK)
    die("the weights were refused");
  free(trainable);
  return weights;
}

int main(int argc, char **argv) {
  const rondo_model *model = vowels_rondo_model(RONDO_ABI_VERSION);
  rondo_weights *weights;
  rondo_context *context;
  array x, expected;
  float *speakers;
  size_t classes, n, i, k;

  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: %s WEIGHTS.npz DATA.npz [PREDICTIONS.npz]\n", argv[0]);
    return 2;
  }
  if (!model)
    die("this processor cannot run the library");

  weights = load_weights(model, argv[1]);
  if (!array_read(argv[2], "x", &x))
    return 1;
  if (x.kind != 'f' || x.rank != 3 || x.dims[1] != (size_t)model->inputs[0].dims[1] ||
      x.dims[2] != (size_t)model->inputs[0].dims[2])
    die("x does not have the shape of the model's input");
  n = x.dims[0];
  classes = (size_t)model->outputs[0].dims[1];
  speakers = malloc(n * classes * sizeof *speakers);
  if (!speakers)
    die("no memory");

  /* One context per thread of use; it may run as often as you like. */
  if (model->context_create(model, weights, NULL, &context) != RONDO_OK)
    die("no context");
  {
    const int64_t dims[] = {(int64_t)n}; /* the batch is the only free size */
    const void *inputs[] = {x.data};
    void *outputs[] = {speakers};
    if (model->forward(context, dims, inputs, outputs) != RONDO_OK)
      die(model->last_message(context));
  }

  for (i = 0; i < n && i < 5; ++i) {
    const float *row = speakers + i * classes;
    size_t best = 0;
    for (k = 1; k < classes; ++k)
      if (row[k] > row[best])
        best = k;
    printf("utterance %zu: speaker %zu (%.1f %%)\n", i, best, 100 * row[best]);
  }

  if (argc == 4) {
    if (!array_read(argv[3], model->outputs[0].name, &expected))
      return 1;
    if (expected.count != n * classes ||
        memcmp(expected.data, speakers, n * classes * sizeof *speakers) != 0)
      die("these are not the predictions of `rondo predict`");
    printf("all %zu predictions equal those of `rondo predict`, bit for bit\n", n);
    free(expected.data);
  }

  model->context_destroy(context);
  model->weights_release(weights);
  free(speakers);
  free(x.data);
  return 0;
}
