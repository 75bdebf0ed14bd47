//===- Allocations.h - Counting calls of malloc -------------------*- C++ -*-===//
//
// The test program replaces malloc and its kin by versions that count, for all
// threads. Not in builds with sanitizers, which replace them too.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_RUNTIME_ALLOCATIONS_H
#define RONDO_TESTS_RUNTIME_ALLOCATIONS_H

#include <cstdint>

namespace rondo::test {

/// Allocations and releases of memory so far; -1 when they are not counted.
int64_t allocationCalls();

} // namespace rondo::test

#endif // RONDO_TESTS_RUNTIME_ALLOCATIONS_H
