//===- Plan.h - Placing the buffers of an entry in an arena -----*- C++ -*-===//
//
// An arena starts with the table of offsets that generated code reads, then
// come the buffers; those whose lifetimes do not meet share bytes.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_SRC_PLAN_H
#define RONDO_RUNTIME_SRC_PLAN_H

#include "runtime/src/Internal.h"

namespace rondo::rt {

/// Gives each of `count` buffers of `sizes` bytes an offset from `base`, a
/// multiple of the alignment: largest first, each into the smallest gap that
/// holds it. `end` becomes the offset behind the last. Statuses: OK,
/// OUT_OF_MEMORY (also when the sum of sizes does not fit 64 bits).
rondo_status packBuffers(const int64_t *sizes, const rondo_lifetime *lifetimes, int64_t count,
                         int64_t base, int64_t *offsets, int64_t &end);

/// Checks `dims` and plans `entry` for them on `threads` threads: `offsets`
/// receives an offset for each planned buffer, `bytes` the size of the arena.
/// Loads the kernel library of a model that has one.
rondo_status planEntry(const rondo_model *model, int32_t entry, const int64_t *dims,
                       int32_t threads, int64_t *offsets, int64_t &bytes, Message *message);

/// `arena_size` of the table: on one thread.
rondo_status arenaSize(const rondo_model *model, rondo_entry entry, const int64_t *dims,
                       int64_t *bytes);

/// Whether `entry` is one of those there are and the library has it.
rondo_status checkEntry(const rondo_model *model, int32_t entry, Message *message);

} // namespace rondo::rt

#endif // RONDO_RUNTIME_SRC_PLAN_H
