//===- Weights.cpp - Shared, immutable parameters --------------------------===//
//
// A version of the parameters: one block of memory with a reference count.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include <cstdlib>
#include <cstring>
#include <new>

namespace rondo::rt {

rondo_status weightsCreate(const rondo_model *model, const float *trainable, const float *state,
                           rondo_weights **out) {
  if (!model || !out || (!trainable && model->trainable_size > 0) ||
      (!state && model->state_size > 0))
    return RONDO_INVALID_ARGUMENT;
  *out = nullptr;
  const int64_t floatSize = sizeof(float);
  int64_t header, trainableBytes, stateBytes;
  if (!alignUp(sizeof(rondo_weights), header) ||
      !alignUp(model->trainable_size * floatSize, trainableBytes) ||
      !alignUp(model->state_size * floatSize, stateBytes))
    return RONDO_OUT_OF_MEMORY;
  // Empty buffers still get a valid address, so that entries never see null.
  char *block =
      static_cast<char *>(allocateAligned(header + trainableBytes + stateBytes + kAlignment));
  if (!block)
    return RONDO_OUT_OF_MEMORY;
  rondo_weights *weights = new (block) rondo_weights();
  weights->references.store(1, std::memory_order_relaxed);
  weights->model = model;
  weights->trainable = reinterpret_cast<float *>(block + header);
  weights->state = reinterpret_cast<float *>(block + header + trainableBytes);
  if (model->trainable_size > 0)
    std::memcpy(weights->trainable, trainable, model->trainable_size * floatSize);
  if (model->state_size > 0)
    std::memcpy(weights->state, state, model->state_size * floatSize);
  *out = weights;
  return RONDO_OK;
}

void weightsRetain(rondo_weights *weights) {
  if (weights)
    weights->references.fetch_add(1, std::memory_order_relaxed);
}

void weightsRelease(rondo_weights *weights) {
  if (weights && weights->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    std::free(weights);
}

} // namespace rondo::rt
