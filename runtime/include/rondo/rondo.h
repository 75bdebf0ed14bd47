/*===- rondo/rondo.h - The C interface of compiled models ------------------===//
 *
 * What a program includes to use a library that `rondo compile` made. The
 * generated header of a model includes this one and declares the single symbol
 * the library exports, `NAME_rondo_model`. C99; no C++ types, no exceptions,
 * no global state. Nothing here prints or aborts.
 *
 * Handles, from the constant to the mutable:
 *   model    a constant table inside the library; never freed
 *   weights  an immutable, reference-counted version of the parameters
 *   context  one per thread of use: a plan for given dimensions, the arena, the
 *            last message, what stateful layers keep; a training context also
 *            owns parameters, gradients and optimizer slots of its own
 *   executor a thread pool; may be shared between contexts and libraries
 *
 *===----------------------------------------------------------------------===*/

#ifndef RONDO_RONDO_H
#define RONDO_RONDO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RONDO_ABI_VERSION 1u
#define RONDO_MAX_RANK 8

/* Statuses: name, value, what it means. The one list for header, runtime, tools. */
#define RONDO_STATUS_LIST(X)                                                                       \
  X(RONDO_OK, 0, "success")                                                                        \
  X(RONDO_INVALID_ARGUMENT, 1, "an argument is null, out of range or inconsistent")                \
  X(RONDO_OUT_OF_MEMORY, 2, "memory could not be had")                                             \
  X(RONDO_WRONG_STATE, 3, "the call does not fit the state of the handle")                         \
  X(RONDO_UNSUPPORTED_CPU, 4, "the processor lacks what the library was compiled for")             \
  X(RONDO_BAD_LABEL, 5, "a label lies outside the range of its classes")                           \
  X(RONDO_NOT_COMPILED, 6, "the library was compiled without this entry")    \
  X(RONDO_MISSING_LIBRARY, 7, "a library of kernels could not be loaded, or failed")

typedef enum rondo_status {
#define RONDO_STATUS_ENUM(name, value, text) name = value,
  RONDO_STATUS_LIST(RONDO_STATUS_ENUM)
#undef RONDO_STATUS_ENUM
} rondo_status;

typedef enum rondo_dtype { RONDO_F32 = 0, RONDO_I32 = 1, RONDO_U8 = 2 } rondo_dtype;

/* What a tensor of the interface is for. */
typedef enum rondo_role {
  RONDO_INPUT = 0,        /* a model input                                        */
  RONDO_OUTPUT = 1,       /* a model output                                       */
  RONDO_TARGET = 2,       /* the target of the output of the same name            */
  RONDO_SAMPLE_WEIGHT = 3 /* weights of the elementwise loss of that output       */
} rondo_role;

typedef enum rondo_entry {
  RONDO_FORWARD = 0,           /* inference                                       */
  RONDO_EVALUATE = 1,          /* loss and metrics in inference mode              */
  RONDO_LOSS_AND_GRADIENTS = 2,/* loss, metrics, gradients of parameters, inputs  */
  RONDO_TRAIN_STEP = 3,        /* gradients, then the optimizer's update          */
  RONDO_VJP = 4,               /* outputs, and the gradients of cotangents of them */
  RONDO_HVP = 5,               /* the Hessian of the loss times a vector          */
  RONDO_ENTRY_COUNT = 6
} rondo_entry;

/* What gradients are taken with respect to: bits of rondo_model.wrt. */
#define RONDO_WRT_PARAMETERS 1
#define RONDO_WRT_INPUTS 2

/* One input, output, target or sample-weight tensor. Row-major, contiguous. */
typedef struct rondo_tensor_info {
  const char *name;
  rondo_role role;
  rondo_dtype dtype;
  int32_t rank;
  int64_t dims[RONDO_MAX_RANK];          /* -1 where the size is dynamic          */
  const char *symbols[RONDO_MAX_RANK];   /* the symbol of a dynamic dim, else NULL */
  int64_t label_limit;                   /* labels must be in [0, limit); 0: none */
} rondo_tensor_info;

/* One variable of the model: a segment of the flat trainable or state buffer. */
typedef struct rondo_parameter_info {
  const char *path;        /* Keras variable path, e.g. "lstm/lstm_cell/kernel"   */
  int32_t trainable;       /* 1: in the trainable buffer, 0: in the state buffer  */
  int32_t rank;
  int64_t dims[RONDO_MAX_RANK];
  int64_t offset;          /* in floats, from the start of its flat buffer        */
  int64_t size;            /* in floats                                           */
  const char *initializer; /* JSON object: {"name": "glorot_uniform", …}          */
} rondo_parameter_info;

/* How a metric becomes a number from its sums over all batches. */
typedef struct rondo_metric_info {
  int32_t rule;            /* RONDO_METRIC_* of rondo/generated.h                  */
  int32_t num_numbers;
  const double *numbers;   /* what the rule needs besides; NULL if nothing         */
  int64_t offset;          /* of its sums, in floats, from the start of `metrics`  */
  int64_t size;            /* how many sums                                        */
} rondo_metric_info;

/* Where the time of an entry went: one kernel. */
typedef struct rondo_profile_row {
  const char *kernel;      /* "matmul", "lstm_forward", …                          */
  const char *layer;       /* the layers it computes, as "lstm, dense"; may be ""  */
  const char *place;       /* FILE:LINE of the first of them; may be ""            */
  int64_t calls;           /* runs of the kernel                                   */
  int64_t nanoseconds;     /* all of them together                                 */
} rondo_profile_row;

typedef struct rondo_model rondo_model;
typedef struct rondo_weights rondo_weights;
typedef struct rondo_context rondo_context;
typedef struct rondo_executor rondo_executor;

/* The library's constant table: description first, then functions. A newer
 * runtime only appends; `struct_size` says how much of it there is. */
struct rondo_model {
  uint32_t abi_version;
  uint32_t struct_size;
  const char *name;
  const char *isa;                        /* the version chosen for this CPU      */
  const char *build_info;                 /* JSON: compiler version, options      */

  int32_t num_symbols;
  const char *const *symbols;             /* order of every `dims` array          */
  int32_t num_inputs;
  const rondo_tensor_info *inputs;
  int32_t num_outputs;
  const rondo_tensor_info *outputs;
  int32_t num_targets;                    /* targets[i] and sample_weights[i] belong */
  const rondo_tensor_info *targets;       /* to the i-th output that has a loss   */
  const rondo_tensor_info *sample_weights;
  int32_t num_metrics;
  const char *const *metrics;             /* names; values come as sums, see below */
  int32_t num_parameters;
  const rondo_parameter_info *parameters; /* in the order of Keras' model.weights,
                                           * then what stateful layers keep        */
  int64_t trainable_size;                 /* floats in the flat trainable buffer  */
  int64_t state_size;                     /* floats in the flat state buffer      */
  const char *optimizer;                  /* JSON of the optimizer, or NULL       */
  int32_t num_slots;                      /* optimizer slots, trainable_size each */
  const char *const *slot_names;          /* e.g. "momentum", "velocity"          */
  double learning_rate;                   /* as compiled; a step may pass another */

  /* --- weights: shared, immutable, reference-counted ---------------------- */
  /* Copies `trainable` (trainable_size floats) and `state` (state_size floats,
   * may be NULL when state_size is 0). */
  rondo_status (*weights_create)(const rondo_model *model, const float *trainable,
                                 const float *state, rondo_weights **out);
  void (*weights_retain)(rondo_weights *weights);
  void (*weights_release)(rondo_weights *weights);

  /* --- executors ---------------------------------------------------------- */
  /* `threads` ≥ 1; 0 takes RONDO_NUM_THREADS or else 1. */
  rondo_status (*executor_create)(int32_t threads, rondo_executor **out);
  int32_t (*executor_threads)(const rondo_executor *executor);
  void (*executor_destroy)(rondo_executor *executor);

  /* --- contexts ----------------------------------------------------------- */
  /* `executor` may be NULL (runs on the calling thread only) and must outlive
   * the context. An inference context uses `weights`; it takes a reference. */
  rondo_status (*context_create)(const rondo_model *model, rondo_weights *weights,
                                 rondo_executor *executor, rondo_context **out);
  /* A training context copies the parameters out of `weights`; its slots start
   * as the optimizer says, mostly at zero, and its step count at zero. */
  rondo_status (*training_context_create)(const rondo_model *model, rondo_weights *weights,
                                          rondo_executor *executor, rondo_context **out);
  void (*context_destroy)(rondo_context *context);
  /* The message of the last call on this context that failed; never NULL. */
  const char *(*last_message)(const rondo_context *context);
  /* Bytes of arena that `entry` needs for `dims` (num_symbols values). */
  rondo_status (*arena_size)(const rondo_model *model, rondo_entry entry, const int64_t *dims,
                             int64_t *bytes);
  /* Plans `entry` for `dims` and makes its memory ready. A run for prepared
   * dimensions allocates nothing; a run for others prepares first. */
  rondo_status (*prepare)(rondo_context *context, rondo_entry entry, const int64_t *dims);

  /* --- running ------------------------------------------------------------ */
  /* inputs[i], outputs[i]: buffers in the order of the tables, for `dims`. */
  rondo_status (*forward)(rondo_context *context, const int64_t *dims, const void *const *inputs,
                          void *const *outputs);
  /* sample_weights may be NULL, or hold NULLs, for ones. `metrics` receives
   * metrics_size sums; it and `loss` may be NULL. */
  rondo_status (*evaluate)(rondo_context *context, const int64_t *dims, const void *const *inputs,
                           const void *const *targets, const float *const *sample_weights,
                           float *loss, float *metrics);
  /* `gradients`: trainable_size floats. input_gradients[i]: a buffer of the
   * input's shape for float inputs; may be NULL, or hold NULLs, if not wanted.
   * Where `wrt` lacks one kind, its argument is NULL. */
  rondo_status (*loss_and_gradients)(rondo_context *context, const int64_t *dims,
                                     const void *const *inputs, const void *const *targets,
                                     const float *const *sample_weights, float *loss,
                                     float *metrics, float *gradients,
                                     float *const *input_gradients);
  /* One step of the compiled optimizer, on a training context. */
  rondo_status (*train_step)(rondo_context *context, const int64_t *dims,
                             const void *const *inputs, const void *const *targets,
                             const float *const *sample_weights, double learning_rate,
                             float *loss, float *metrics);

  /* --- state of a training context ---------------------------------------- */
  /* Pointers into the context, valid until it is destroyed: trainable_size,
   * state_size, and num_slots × trainable_size floats. Steps done so far. Of other
   * contexts NULL, but for `state` of a model with stateful layers, see below. */
  float *(*trainable)(rondo_context *context);
  float *(*state)(rondo_context *context);
  float *(*slot)(rondo_context *context, int32_t slot);
  int64_t (*step_count)(const rondo_context *context);
  void (*set_step_count)(rondo_context *context, int64_t steps);

  /* --- profile ------------------------------------------------------------ */
  /* What the runs of `entry` on this context spent so far, a row per kernel in
   * the order of their execution: writes at most `capacity` rows and returns how
   * many there are. NULL in a library compiled without `--profile`. */
  int32_t (*profile)(const rondo_context *context, rondo_entry entry, rondo_profile_row *rows,
                     int32_t capacity);

  /* --- more derivatives; RONDO_NOT_COMPILED unless they were asked for ------ */
  /* The outputs, as forward, and the vector-Jacobian product: the gradients of the
   * sum of cotangents[i] * outputs[i] over the float outputs. cotangents[i] has
   * the shape of output i; NULL for an output of integers. `gradients` and
   * `input_gradients` as in loss_and_gradients. */
  rondo_status (*vjp)(rondo_context *context, const int64_t *dims, const void *const *inputs,
                      const float *const *cotangents, void *const *outputs, float *gradients,
                      float *const *input_gradients);
  /* The loss, which may be NULL, and the product of its Hessian in the trainable
   * parameters with `vector`: `products`, like it, is trainable_size floats. */
  rondo_status (*hvp)(rondo_context *context, const int64_t *dims, const void *const *inputs,
                      const void *const *targets, const float *const *sample_weights,
                      const float *vector, float *loss, float *products);
  int64_t wrt;             /* RONDO_WRT_* bits: what loss_and_gradients and vjp give  */

  /* --- random numbers ------------------------------------------------------- */
  /* What train_step and loss_and_gradients draw (dropout, noise) follows from this
   * seed, 0 at first, and the number of the step, step_count + 1: the same on any
   * number of threads. What layers that are called with `training=True` draw where the
   * model is used follows from the seed and the number of the run: each forward and
   * evaluate that succeeds draws anew, vjp and hvp draw what the last of these did, or
   * the first will. Setting the seed begins the count again. */
  void (*set_seed)(rondo_context *context, uint64_t seed);

  /* --- schedules ------------------------------------------------------------ */
  /* What the model file makes of the learning rate after `steps` training steps:
   * `learning_rate`, unless that follows a schedule. */
  double (*scheduled_rate)(const rondo_model *model, int64_t steps);

  /* --- metrics -------------------------------------------------------------- */
  /* A metric is a function of sums over batches: most are a sum and a count. `metrics`
   * arguments receive those of one batch, metric by metric. */
  int64_t metrics_size;    /* floats                                               */
  const rondo_metric_info *metric_infos;  /* num_metrics                           */
  /* The value of a metric, given the sums of all batches added up, metrics_size
   * numbers in the order of `metrics`. */
  double (*metric_value)(const rondo_model *model, int32_t metric, const double *sums);

  /* --- stateful layers ------------------------------------------------------ */
  /* Zeros what the layers with `stateful=True` keep from run to run, on any context;
   * RONDO_NOT_COMPILED where the model has none. Every context has its own: forward,
   * evaluate and train_step start from it and move it; loss_and_gradients, vjp and hvp
   * start from it and leave it as it is. */
  rondo_status (*reset_states)(rondo_context *context);
  /* It is the end of the state buffer, from here on, in floats; state_size if there is
   * none. `state(context)` points to it on any context, and it may be written there. */
  int64_t layer_state_offset;
};

/* The exported function of a compiled model has this type. Returns NULL when
 * the library's ABI is newer than `max_abi_version`, or when this processor has
 * none of the instruction sets the library was compiled for. */
typedef const rondo_model *(*rondo_model_query)(uint32_t max_abi_version);

#ifdef __cplusplus
}
#endif

#endif /* RONDO_RONDO_H */
