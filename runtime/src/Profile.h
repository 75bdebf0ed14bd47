//===- Profile.h - Where the time of an entry goes --------------*- C++ -*-===//
//
// Libraries that were compiled for it tell the runtime after each kernel which
// one it was; a context adds up the time between, for each entry.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_SRC_PROFILE_H
#define RONDO_RUNTIME_SRC_PROFILE_H

#include "runtime/src/Internal.h"

namespace rondo::rt {

/// The sums of one context.
struct Profile {
  rondo_profile running; // the entry that runs or ran last
  rondo_profile_cell *cells[RONDO_ENTRY_COUNT];
};

/// Whether the library was compiled for it.
bool isProfiled(const rondo_model *model);

/// Bytes of the sums of all entries.
int64_t profileBytes(const rondo_model *model);

/// Lays the sums out in `memory`, which is zeroed.
void profileInit(Profile &profile, const rondo_model *model, void *memory);

/// `profile` of the table.
int32_t profileRows(const Profile &profile, const rondo_model *model, int32_t entry,
                    rondo_profile_row *rows, int32_t capacity);

} // namespace rondo::rt

#endif // RONDO_RUNTIME_SRC_PROFILE_H
