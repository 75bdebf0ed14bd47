//===- Allocations.cpp - Counting calls of malloc --------------------------------===//
//
// glibc's own functions behind counting ones.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Allocations.h"
#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

int64_t rondo::test::allocationCalls() { return -1; }

#else

namespace {
std::atomic<int64_t> calls;
}

int64_t rondo::test::allocationCalls() { return calls.load(); }

extern "C" {
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *pointer);

void *malloc(size_t size) {
  ++calls;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  ++calls;
  return __libc_calloc(count, size);
}
void *realloc(void *pointer, size_t size) {
  ++calls;
  return __libc_realloc(pointer, size);
}
void *memalign(size_t alignment, size_t size) {
  ++calls;
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  ++calls;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **result, size_t alignment, size_t size) {
  ++calls;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
void free(void *pointer) {
  ++calls;
  __libc_free(pointer);
}
}

#endif
