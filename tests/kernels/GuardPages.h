//===- GuardPages.h - Memory that ends where a buffer does ------*- C++ -*-===//
//
// A buffer between two pages that nobody may touch, and a call that comes back
// when somebody does.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_KERNELS_GUARDPAGES_H
#define RONDO_TESTS_KERNELS_GUARDPAGES_H

#include <cstddef>
#include <functional>
#include <string>

namespace rondo::test {

/// Pages for `bytes` bytes between two inaccessible ones.
class GuardedBuffer {
public:
  explicit GuardedBuffer(size_t bytes);
  ~GuardedBuffer();
  GuardedBuffer(GuardedBuffer &&other);

  size_t size() const { return bytes; }
  /// As many bytes, the last of them before the second inaccessible page or the first of them
  /// behind the first one.
  void *place(bool atEnd) const;
  /// Whether the address is in one of the inaccessible pages.
  bool guards(const void *address) const;

private:
  size_t bytes, room;
  char *memory;
};

/// The address at which `call` touched memory that it may not; null when it did not. Such an
/// access on another thread ends the process.
const void *faultOf(const std::function<void()> &call);

} // namespace rondo::test

#endif // RONDO_TESTS_KERNELS_GUARDPAGES_H
