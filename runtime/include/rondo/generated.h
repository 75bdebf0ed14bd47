/*===- rondo/generated.h - Between generated code and the runtime ----------===//
 *
 * The seam inside an artifact: what the compiler emits (as LLVM globals and
 * functions) and what the runtime archive expects. Not for users of a model.
 * The compiler builds these structs field by field in
 * compiler/codegen/Descriptor.cpp; change both together.
 *
 *===----------------------------------------------------------------------===*/

#ifndef RONDO_GENERATED_H
#define RONDO_GENERATED_H

#include "rondo/rondo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A piece of a parallel loop: iterations [begin, end). Chunk boundaries are
 * multiples of the loop's grain, whatever the number of threads. In an ordered
 * loop an iteration is one part of one step: step * parts + part. */
typedef void (*rondo_kernel)(void *const *args, int64_t begin, int64_t end);

/* What a library that was compiled with a profile counts. */
typedef struct rondo_profile_cell {
  int64_t calls, nanoseconds;
} rondo_profile_cell;

typedef struct rondo_profile {
  int64_t since;             /* when the kernel before was done, in nanoseconds */
  rondo_profile_cell *cells; /* of the running entry, num_kernels */
} rondo_profile;

/* What generated code may ask of the runtime. */
typedef struct rondo_rt {
  /* Runs kernel over [0, n) in chunks of `grain`; returns when all are done. */
  void (*parallel_for)(const struct rondo_rt *rt, rondo_kernel kernel, void *const *args,
                       int64_t n, int64_t grain);
  /* Runs kernel over [0, steps * parts); no iteration of a step begins before all of the step
   * before are done, those of one step run side by side. */
  void (*ordered_for)(const struct rondo_rt *rt, rondo_kernel kernel, void *const *args,
                      int64_t steps, int64_t parts);
  rondo_executor *executor; /* NULL: the calling thread */
  int32_t threads;          /* of the executor, else 1 */
  /* Not 0: what an entry keeps in the arena from call to call (packed weights) must be made
   * anew, because the weights, the shape or the entry changed since. */
  int32_t stale;
  void **sites;             /* num_sites of the model: what a kernel library keeps per call site */
  /* Set by a kernel library: a rondo_status, RONDO_OK until then. Parameters and slots are
   * updated only where it is RONDO_OK. */
  int32_t *failure;
  rondo_profile *profile;   /* NULL: nobody counts */
} rondo_rt;

/* What entries with a profile call: at their start, and after kernel number `kernel`. */
__attribute__((visibility("hidden"))) void rondo_profile_start(const rondo_rt *rt);
__attribute__((visibility("hidden"))) void rondo_profile_lap(const rondo_rt *rt, int32_t kernel);

/* Every entry:
 *   in   [0] trainable parameters, [1] state, then inputs in order; evaluate and
 *        its derivatives: then targets, then sample weights, in order;
 *        loss_and_gradients, train_step: then learning rate (float, NULL in the
 *        former), step number t ≥ 1 (int64), random key (two uint32), each by
 *        pointer; hvp: then the flat vector
 *        vjp: after the inputs one cotangent per output (NULL for integer outputs)
 *        forward, evaluate, vjp, hvp: last the random key
 *   out  forward: the outputs, then state (the same memory as in[1]; NULL where it
 *        moves none)
 *        evaluate: loss (float), metrics (metrics_size floats), then state likewise
 *        loss_and_gradients: loss, metrics, flat gradients, then one gradient
 *        per input (NULL for integer inputs); what the model's `wrt` lacks is NULL
 *        train_step: loss, metrics, flat gradients, trainable parameters
 *        (the same memory as in[0]), state, then each slot
 *        vjp: the outputs, then as loss_and_gradients from the flat gradients on
 *        hvp: loss, the flat product
 *   dims  the base symbols, in the order of rondo_model.symbols
 *   arena 64-byte aligned; starts with a table of int64 byte offsets, one per
 *         planned buffer, relative to the arena's start
 * Returns 0. */
typedef int32_t (*rondo_entry_fn)(const void *const *in, void *const *out, const int64_t *dims,
                                  void *arena, const rondo_rt *rt);

/* Writes the byte size of each planned buffer for `dims` into sizes (the
 * arena's offset table itself is not among them). Returns 0, or 1 + the index
 * of a dimension (in rondo_model.symbols) whose value the entry does not admit.
 * A negative size: the kernel library refused the dimensions. */
typedef int32_t (*rondo_plan_fn)(const int64_t *dims, int64_t *sizes, int32_t threads);

/* A planned buffer lives from operation `first` to operation `last`, inclusive,
 * of its entry; buffers whose ranges do not meet may share bytes. */
typedef struct rondo_lifetime {
  int32_t first;
  int32_t last;
} rondo_lifetime;

/* A kernel of an entry, for its profile: as in rondo_profile_row. */
typedef struct rondo_kernel_info {
  const char *name, *layer, *place;
} rondo_kernel_info;

/* What the random numbers of training step t ≥ 1, or in the nth use of a model, the
 * step -n, are drawn from: the words of a splitmix64 number. */
static inline void rondo_random_key(uint64_t seed, int64_t step, uint32_t key[2]) {
  uint64_t z = seed;
  int round;
  for (round = 0; round < 2; ++round) {
    z += 0x9E3779B97F4A7C15u * (round ? (uint64_t)step : 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
  }
  key[0] = (uint32_t)z;
  key[1] = (uint32_t)(z >> 32);
}

typedef struct rondo_entry_desc {
  rondo_entry_fn run;              /* NULL: not compiled */
  rondo_plan_fn plan;
  int64_t num_buffers;
  const rondo_lifetime *lifetimes; /* num_buffers */
  int32_t num_kernels;             /* 0: compiled without a profile */
  const rondo_kernel_info *kernels;
} rondo_entry_desc;

/* One instruction-set version of all entries. */
typedef struct rondo_isa_desc {
  const char *name;                /* "avx2", "avx512" */
  rondo_entry_desc entries[RONDO_ENTRY_COUNT];
} rondo_isa_desc;

/* A library of kernels that an artifact calls and does not contain. It is loaded
 * when the first plan is made. */
typedef struct rondo_kernel_library {
  const char *name;
  /* NULL once the library is loaded, else why it could not be. Thread-safe. */
  const char *(*load)(void);
  /* Frees what sites[0 … count) hold. */
  void (*release)(void **sites, int32_t count);
  /* Replaces the executor's loop, so that one pool of threads serves both; may be NULL. */
  void (*parallel_for)(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t n,
                       int64_t grain);
  /* Runs body(argument), an entry, with denormals as zero on the threads of that pool;
   * afterwards they are as before. May be NULL. */
  void (*within)(const rondo_rt *rt, void (*body)(void *), void *argument);
} rondo_kernel_library;

/* Operations on single numbers. Their operands are the results of earlier instructions, but
 * for those of an input, which has its number, and of a constant, which has none. Predicates
 * give 0 or 1. */
enum {
  RONDO_SCALAR_INPUT = 0,
  RONDO_SCALAR_CONSTANT = 1,
  RONDO_SCALAR_NEG = 2,
  RONDO_SCALAR_EXP = 3,
  RONDO_SCALAR_LOG = 4,
  RONDO_SCALAR_EXPM1 = 5,
  RONDO_SCALAR_LOG1P = 6,
  RONDO_SCALAR_SQRT = 7,
  RONDO_SCALAR_TANH = 8,
  RONDO_SCALAR_SIGMOID = 9,
  RONDO_SCALAR_RELU = 10,
  RONDO_SCALAR_ERF = 11,
  RONDO_SCALAR_SIN = 12,
  RONDO_SCALAR_COS = 13,
  RONDO_SCALAR_ABS = 14,
  RONDO_SCALAR_SIGN = 15,
  RONDO_SCALAR_FLOOR = 16,
  RONDO_SCALAR_TRUNCATE = 17,
  RONDO_SCALAR_ADD = 18,
  RONDO_SCALAR_SUB = 19,
  RONDO_SCALAR_MUL = 20,
  RONDO_SCALAR_DIV = 21,
  RONDO_SCALAR_POW = 22,
  RONDO_SCALAR_MAXIMUM = 23,
  RONDO_SCALAR_MINIMUM = 24,
  RONDO_SCALAR_EQ = 25,
  RONDO_SCALAR_NE = 26,
  RONDO_SCALAR_LT = 27,
  RONDO_SCALAR_LE = 28,
  RONDO_SCALAR_GT = 29,
  RONDO_SCALAR_GE = 30,
  RONDO_SCALAR_SELECT = 31
};

/* What is computed from a few numbers outside of any entry: four numbers for each instruction,
 * its operation and its operands, or the number that a constant is. The last instruction is
 * the result. */
#define RONDO_INSTRUCTION_SIZE 4
#define RONDO_MAX_INSTRUCTIONS 4096
typedef struct rondo_program {
  int32_t num_instructions;
  const double *numbers;
} rondo_program;

/* Slots of any optimizer that averages its parameters, or gathers gradients over steps. */
#define RONDO_AVERAGE_SLOT "average"
#define RONDO_ACCUMULATOR_SLOT "gradient_accumulator"

/* Rules of metrics: their numbers, then their sums. For areas and the best values at a
 * limit, n thresholds of each of m labels in turn. */
enum {
  RONDO_METRIC_MEAN = 0,      /* -; sum, count */
  RONDO_METRIC_SUM = 1,       /* -; sum */
  RONDO_METRIC_ROOT_MEAN = 2, /* -; sum, count */
  RONDO_METRIC_R2 = 3,        /* variance weighted, number of regressors; the number of elements,
                               * then for each output the sums of targets, of their squares, of
                               * squared errors and of weights */
  RONDO_METRIC_F_BETA = 4,    /* beta, 0 mean or 1 weighted; true, predicted and actual positives
                               * of each class */
  RONDO_METRIC_AREA = 5,      /* curve, summation, m, m weights of labels or none; true positives,
                               * false positives (m n each), positives, negatives (m each) */
  RONDO_METRIC_BEST = 6,      /* which two rates, the limit of the first; as those of an area */
  RONDO_METRIC_IOU = 7,       /* the classes that count; hits, labels, predictions of each class */
  RONDO_METRIC_PROGRAM = 8    /* those of a rondo_program; its inputs */
};

/* Curves and summations of RONDO_METRIC_AREA, rates of RONDO_METRIC_BEST. */
enum { RONDO_CURVE_ROC = 0, RONDO_CURVE_PR = 1, RONDO_CURVE_PRGAIN = 2 };
enum {
  RONDO_SUMMATION_INTERPOLATION = 0,
  RONDO_SUMMATION_MINORING = 1,
  RONDO_SUMMATION_MAJORING = 2
};
enum {
  RONDO_SPECIFICITY_SENSITIVITY = 0,
  RONDO_SENSITIVITY_SPECIFICITY = 1,
  RONDO_RECALL_PRECISION = 2,
  RONDO_PRECISION_RECALL = 3
};

/* The whole model: the compiler fills the description part of `model` (up to
 * learning_rate) and the runtime fills the functions and `isa` of a copy. */
typedef struct rondo_model_desc {
  rondo_model model;
  int32_t num_isas;
  const rondo_isa_desc *isas;      /* best first */
  const rondo_kernel_library *kernel_library; /* NULL: all kernels are generated */
  int32_t num_sites;               /* call sites of that library, in all entries together */
  const float *slot_values;        /* num_slots: what slots hold at first; NULL: zeros */
  const rondo_program *schedule;   /* the learning rate after a number of steps; NULL: it stays
                                    * as it is */
} rondo_model_desc;

/* The runtime's half of `NAME_rondo_model`, which generated code calls. `slot`
 * points to zeroed writable memory of the library, of
 * RONDO_MODEL_SLOT_SIZE bytes, where the completed table is kept. */
#define RONDO_MODEL_SLOT_SIZE 1024
__attribute__((visibility("hidden")))
const rondo_model *rondo_model_open(const rondo_model_desc *desc, void *slot, uint32_t max_abi);

#ifdef __cplusplus
}
#endif

#endif /* RONDO_GENERATED_H */
