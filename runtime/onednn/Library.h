//===- Library.h - The loaded oneDNN and its threads ------------*- C++ -*-===//
//
// oneDNN is not linked but loaded, once per artifact, with the OpenMP runtime
// that it brings. Written as runtime/src is: libc only.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_ONEDNN_LIBRARY_H
#define RONDO_RUNTIME_ONEDNN_LIBRARY_H

#include "runtime/onednn/Version.h"

namespace rondo::onednn {

/// Loads the library at the first call. Null, or why it cannot be used: the
/// file, the loader's words and the mend. Thread-safe.
const char *load();

/// The engine and the attributes (user scratchpad) of all primitives.
extern dnnl_engine_t engine;
extern dnnl_primitive_attr_t attributes;

/// What we ask of the OpenMP runtime that the library runs on. All null when
/// the library is a sequential build.
struct OpenMp {
  int (*get_max_threads)();
  void (*set_num_threads)(int count);
  int (*get_dynamic)();
  void (*set_dynamic)(int dynamic);
  int (*get_thread_num)();
  /// What GCC emits for a parallel region; LLVM's and Intel's runtimes have it too.
  void (*parallel)(void (*body)(void *), void *argument, unsigned threads, unsigned flags);
};
extern OpenMp openMp;

/// Primitives are made, measured and run for exactly `threads` threads while
/// this lives; then the calling thread's own settings come back.
class ThreadScope {
public:
  explicit ThreadScope(int32_t threads) {
    if (!openMp.parallel)
      return;
    savedThreads = openMp.get_max_threads();
    savedDynamic = openMp.get_dynamic();
    openMp.set_num_threads(threads);
    openMp.set_dynamic(0);
  }
  ~ThreadScope() {
    if (!openMp.parallel)
      return;
    openMp.set_num_threads(savedThreads);
    openMp.set_dynamic(savedDynamic);
  }
  ThreadScope(const ThreadScope &) = delete;
  ThreadScope &operator=(const ThreadScope &) = delete;

private:
  int savedThreads = 1;
  int savedDynamic = 0;
};

} // namespace rondo::onednn

#endif // RONDO_RUNTIME_ONEDNN_LIBRARY_H
