//===- Threads.cpp - One pool of threads for both kinds of kernels -----------===//
//
// Generated loops run on oneDNN's OpenMP threads, so that a process does not
// keep two pools that spin against each other.
//
//===----------------------------------------------------------------------===//

#include "runtime/onednn/Library.h"
#include "runtime/onednn/Site.h"
#include "runtime/onednn/onednn.h"
#include "runtime/src/Internal.h"

namespace rondo::onednn {
namespace {

struct Loop {
  rondo_kernel kernel;
  void *const *args;
  int64_t n, grain, chunks;
  std::atomic<int64_t> next;
};

/// Claims and runs chunks until there are none.
void runChunks(void *argument) {
  Loop &loop = *static_cast<Loop *>(argument);
  rt::FloatMode floatMode;
  int64_t chunk;
  while ((chunk = loop.next.fetch_add(1, std::memory_order_relaxed)) < loop.chunks) {
    int64_t begin = chunk * loop.grain;
    loop.kernel(loop.args, begin, chunk + 1 == loop.chunks ? loop.n : begin + loop.grain);
  }
}

void parallelFor(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t n,
                 int64_t grain) {
  if (n <= 0)
    return;
  if (grain < 1)
    grain = 1;
  Loop loop{kernel, args, n, grain, (n - 1) / grain + 1, {0}};
  if (loop.chunks == 1 || rt->threads <= 1)
    runChunks(&loop);
  else if (openMp.parallel)
    // Always as many threads: a team that shrinks loses its threads for good.
    openMp.parallel(runChunks, &loop, static_cast<unsigned>(rt->threads), 0);
  else
    rt->executor->parallelFor(rt, kernel, args, n, grain);
}

/// The floating-point state of each thread of a team; 0 where there is none.
struct SavedModes {
  static constexpr int kMost = 1024;
  uint32_t of[kMost];
};

void saveMode(void *argument) {
  int thread = openMp.get_thread_num();
  if (thread >= SavedModes::kMost)
    return;
  static_cast<SavedModes *>(argument)->of[thread] = _mm_getcsr();
  _mm_setcsr(rt::FloatMode::kFlushToZero);
}

void restoreMode(void *argument) {
  int thread = openMp.get_thread_num();
  if (thread >= SavedModes::kMost)
    return;
  if (uint32_t mode = static_cast<SavedModes *>(argument)->of[thread])
    _mm_setcsr(mode);
}

/// Threads that are started by this get the caller's state and give it back;
/// without it, they would start inside an entry and keep the entry's for good.
void within(const rondo_rt *rt, void (*body)(void *), void *argument) {
  if (!openMp.parallel || rt->threads <= 1)
    return body(argument);
  SavedModes modes = {};
  unsigned threads = static_cast<unsigned>(rt->threads);
  openMp.parallel(saveMode, &modes, threads, 0);
  body(argument);
  openMp.parallel(restoreMode, &modes, threads, 0);
}

} // namespace
} // namespace rondo::onednn

const rondo_kernel_library rondo_onednn_library = {
    "oneDNN", rondo::onednn::load, rondo::onednn::release, rondo::onednn::parallelFor,
    rondo::onednn::within};
