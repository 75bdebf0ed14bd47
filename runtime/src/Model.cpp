//===- Model.cpp - Opening a compiled model -------------------------------===//
//
// Completes the constant table of a library: chooses the instruction set that
// this processor has, fills in the functions. Also the helpers that every part
// of the runtime uses.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include "runtime/src/Profile.h"
#include <cpuid.h>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <sys/mman.h>

namespace rondo::rt {

rondo_status fail(Message *message, rondo_status status, const char *format, ...) {
  if (message) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message->text, sizeof(message->text), format, arguments);
    va_end(arguments);
  }
  return status;
}

void *allocateAligned(int64_t bytes) {
  // A step of an LSTM touches as many pages of its tape as there are sequences and units: more than
  // the processor has translations for, unless the pages are large.
  constexpr int64_t hugePage = int64_t(2) << 20;
  const bool isLarge = bytes >= hugePage;
  void *memory = nullptr;
  if (posix_memalign(&memory, isLarge ? hugePage : kAlignment, bytes > 0 ? bytes : kAlignment) != 0)
    return nullptr;
  if (isLarge) // a wish: systems without such pages refuse
    madvise(memory, bytes / hugePage * hugePage, MADV_HUGEPAGE);
  return memory;
}

void *allocateZeroed(int64_t bytes) {
  void *memory = allocateAligned(bytes);
  if (memory)
    std::memset(memory, 0, bytes > 0 ? bytes : kAlignment);
  return memory;
}

bool alignUp(int64_t bytes, int64_t &result) {
  if (bytes < 0 || __builtin_add_overflow(bytes, kAlignment - 1, &result))
    return false;
  result &= ~(kAlignment - 1);
  return true;
}

namespace {

/// Ordered: each level includes those before it.
enum IsaLevel { kNone = 0, kAvx2 = 1, kAvx512 = 2 };

int levelOf(const char *name) {
  if (std::strcmp(name, "avx2") == 0)
    return kAvx2;
  if (std::strcmp(name, "avx512") == 0)
    return kAvx512;
  return kNone;
}

bool hasBits(unsigned word, unsigned bits) { return (word & bits) == bits; }

/// What the processor has and the operating system saves: x86-64-v3, x86-64-v4.
int processorLevel() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) ||
      !hasBits(c, bit_OSXSAVE | bit_AVX | bit_FMA | bit_MOVBE | bit_F16C))
    return kNone;
  unsigned stateLow, stateHigh;
  __asm__ volatile("xgetbv" : "=a"(stateLow), "=d"(stateHigh) : "c"(0));
  if (!hasBits(stateLow, 0x06)) // SSE and AVX registers
    return kNone;
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !hasBits(c, bit_LZCNT))
    return kNone;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !hasBits(b, bit_AVX2 | bit_BMI | bit_BMI2))
    return kNone;
  bool registers = hasBits(stateLow, 0xe6); // and masks, ZMM halves, ZMM16-31
  bool instructions =
      hasBits(b, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL);
  return registers && instructions ? kAvx512 : kAvx2;
}

const rondo_isa_desc *chooseIsa(const rondo_model_desc &desc) {
  int level = processorLevel();
  // A value that names no instruction set we know limits nothing.
  if (const char *limit = std::getenv("RONDO_MAX_ISA"))
    if (int limitLevel = levelOf(limit))
      level = limitLevel < level ? limitLevel : level;
  for (int32_t i = 0; i < desc.num_isas; ++i) {
    int wanted = levelOf(desc.isas[i].name);
    if (wanted != kNone && wanted <= level)
      return &desc.isas[i];
  }
  return nullptr;
}

enum Phase : int32_t { kUntouched = 0, kBeingFilled = 1, kReady = 2, kUnsupported = 3 };

} // namespace
} // namespace rondo::rt

extern "C" const rondo_model *rondo_model_open(const rondo_model_desc *desc, void *memory,
                                               uint32_t maxAbi) {
  using namespace rondo::rt;
  if (maxAbi < RONDO_ABI_VERSION)
    return nullptr;
  Slot *slot = static_cast<Slot *>(memory);
  int32_t phase = kUntouched;
  if (slot->phase.compare_exchange_strong(phase, kBeingFilled, std::memory_order_acquire)) {
    slot->desc = desc;
    slot->isa = chooseIsa(*desc);
    if (slot->isa) {
      rondo_model &model = slot->model;
      model = desc->model;
      model.abi_version = RONDO_ABI_VERSION;
      model.struct_size = sizeof(rondo_model);
      model.isa = slot->isa->name;
      model.weights_create = weightsCreate;
      model.weights_retain = weightsRetain;
      model.weights_release = weightsRelease;
      model.executor_create = executorCreate;
      model.executor_threads = executorThreads;
      model.executor_destroy = executorDestroy;
      model.scheduled_rate = scheduledRate;
      model.metric_value = metricValue;
      fillContextFunctions(model);
      if (!isProfiled(&model))
        model.profile = nullptr;
    }
    phase = slot->isa ? kReady : kUnsupported;
    slot->phase.store(phase, std::memory_order_release);
  }
  while (phase == kBeingFilled) {
    sched_yield();
    phase = slot->phase.load(std::memory_order_acquire);
  }
  return phase == kReady ? &slot->model : nullptr;
}
