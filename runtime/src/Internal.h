//===- Internal.h - What the parts of the artifact runtime share -*- C++ -*-===//
//
// The runtime inside an artifact: written so that it needs libc and pthreads
// only. No exceptions, no RTTI, no static constructors, no C++ library; memory
// comes from posix_memalign and is checked.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_SRC_INTERNAL_H
#define RONDO_RUNTIME_SRC_INTERNAL_H

#include "rondo/generated.h"
#include <atomic>
#include <cstdint>
#include <xmmintrin.h>

namespace rondo::rt {

/// rondo_model.scheduled_rate (Program.cpp).
double scheduledRate(const rondo_model *model, int64_t steps);
/// What a program makes of its inputs (Program.cpp).
double runProgram(const rondo_program &program, const double *inputs);
/// rondo_model.metric_value (Metrics.cpp).
double metricValue(const rondo_model *model, int32_t metric, const double *sums);

/// What `rondo_model_open` keeps in the library's zeroed memory. The table that
/// callers see is its first member, so a model pointer leads back here.
struct Slot {
  rondo_model model;
  const rondo_model_desc *desc;
  const rondo_isa_desc *isa;
  std::atomic<int32_t> phase;
};
static_assert(sizeof(Slot) <= RONDO_MODEL_SLOT_SIZE, "grow RONDO_MODEL_SLOT_SIZE");

inline const Slot &slotOf(const rondo_model *model) {
  return *reinterpret_cast<const Slot *>(model);
}

inline const rondo_entry_desc &entryOf(const rondo_model *model, int32_t entry) {
  return slotOf(model).isa->entries[entry];
}

/// The text of the last failure of a context.
struct Message {
  char text[512];
};

/// Formats into `message`, which may be null, and hands `status` back.
__attribute__((format(printf, 3, 4))) rondo_status fail(Message *message, rondo_status status,
                                                        const char *format, ...);

constexpr int64_t kAlignment = 64;

/// Memory of `bytes`, aligned to 64 bytes, or null. Freed with free().
void *allocateAligned(int64_t bytes);

/// The same, zeroed.
void *allocateZeroed(int64_t bytes);

/// Rounds up to the alignment; false on overflow or a negative value.
bool alignUp(int64_t bytes, int64_t &result);

/// Denormals are zero and rounding is to nearest for as long as this lives:
/// denormals cost hundreds of cycles each and a fixed rounding mode keeps
/// results independent of the caller's. Then the caller's state comes back.
class FloatMode {
public:
  FloatMode() : saved(_mm_getcsr()) { _mm_setcsr(kFlushToZero); }
  ~FloatMode() { _mm_setcsr(saved); }
  FloatMode(const FloatMode &) = delete;
  FloatMode &operator=(const FloatMode &) = delete;

  /// All exceptions masked, round to nearest, FTZ and DAZ.
  static constexpr unsigned kFlushToZero = 0x1f80 | 0x8040;

private:
  unsigned saved;
};

// Weights.cpp
rondo_status weightsCreate(const rondo_model *model, const float *trainable, const float *state,
                           rondo_weights **out);
void weightsRetain(rondo_weights *weights);
void weightsRelease(rondo_weights *weights);

// Executor.cpp
rondo_status executorCreate(int32_t threads, rondo_executor **out);
int32_t executorThreads(const rondo_executor *executor);
void executorDestroy(rondo_executor *executor);
/// The loop on the calling thread, in the same pieces.
void runInline(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t n,
               int64_t grain);
void runOrderedInline(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t steps,
                      int64_t parts);

// Context.cpp
void fillContextFunctions(rondo_model &model);

} // namespace rondo::rt

struct rondo_weights {
  std::atomic<int64_t> references;
  const rondo_model *model;
  float *trainable;
  float *state;
};

/// The head of every executor. A context calls through it, so that an executor
/// of one library may serve contexts of another.
struct rondo_executor {
  void (*parallelFor)(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t n,
                      int64_t grain);
  void (*orderedFor)(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t steps,
                     int64_t parts);
  void (*destroy)(rondo_executor *executor);
  int32_t threads;
};

#endif // RONDO_RUNTIME_SRC_INTERNAL_H
