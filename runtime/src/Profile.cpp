//===- Profile.cpp - Where the time of an entry goes ----------------------===//
//
// The clock is read once per kernel: what a kernel's sum holds is the time since
// the one before it was done.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Profile.h"
#include <ctime>

namespace rondo::rt {
namespace {

int64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{1000000000} * now.tv_sec + now.tv_nsec;
}

} // namespace

bool isProfiled(const rondo_model *model) { return profileBytes(model) > 0; }

int64_t profileBytes(const rondo_model *model) {
  int64_t kernels = 0;
  for (int32_t entry = 0; entry < RONDO_ENTRY_COUNT; ++entry)
    kernels += entryOf(model, entry).num_kernels;
  return kernels * static_cast<int64_t>(sizeof(rondo_profile_cell));
}

void profileInit(Profile &profile, const rondo_model *model, void *memory) {
  rondo_profile_cell *cells = static_cast<rondo_profile_cell *>(memory);
  for (int32_t entry = 0; entry < RONDO_ENTRY_COUNT; ++entry) {
    profile.cells[entry] = cells;
    cells += entryOf(model, entry).num_kernels;
  }
}

int32_t profileRows(const Profile &profile, const rondo_model *model, int32_t entry,
                    rondo_profile_row *rows, int32_t capacity) {
  if (entry < 0 || entry >= RONDO_ENTRY_COUNT)
    return 0;
  const rondo_entry_desc &desc = entryOf(model, entry);
  for (int32_t i = 0; rows && i < desc.num_kernels && i < capacity; ++i) {
    const rondo_kernel_info &kernel = desc.kernels[i];
    const rondo_profile_cell &cell = profile.cells[entry][i];
    rows[i] = {kernel.name, kernel.layer, kernel.place, cell.calls, cell.nanoseconds};
  }
  return desc.num_kernels;
}

} // namespace rondo::rt

extern "C" void rondo_profile_start(const rondo_rt *rt) {
  if (rt->profile)
    rt->profile->since = rondo::rt::nanoseconds();
}

extern "C" void rondo_profile_lap(const rondo_rt *rt, int32_t kernel) {
  rondo_profile *profile = rt->profile;
  if (!profile)
    return;
  int64_t now = rondo::rt::nanoseconds();
  rondo_profile_cell &cell = profile->cells[kernel];
  ++cell.calls;
  cell.nanoseconds += now - profile->since;
  profile->since = now;
}
