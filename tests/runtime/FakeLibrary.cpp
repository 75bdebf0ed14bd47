//===- FakeLibrary.cpp - The fake model as a library ---------------------------===//
//
// What a compiled library looks like from outside: one exported function.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/FakeModel.h"

alignas(16) static char slot[RONDO_MODEL_SLOT_SIZE];

extern "C" __attribute__((visibility("default"))) const rondo_model *
fake_rondo_model(uint32_t maxAbi) {
#ifdef RONDO_FAKE_IS_NEWER
  if (maxAbi == RONDO_ABI_VERSION)
    return nullptr;
#endif
  return rondo_model_open(&rondo::test::fakeDescriptor(), slot, maxAbi);
}
