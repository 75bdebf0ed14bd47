//===- Descriptors.h - Primitive descriptors of a kind and shape -*- C++ -*-===//
//
// What oneDNN is asked for, and which tensor of a call is which of its
// arguments. Everything here is a function of kind, shape and thread count.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_ONEDNN_DESCRIPTORS_H
#define RONDO_RUNTIME_ONEDNN_DESCRIPTORS_H

#include "runtime/onednn/Library.h"
#include "runtime/onednn/onednn.h"

namespace rondo::onednn {

/// `shape` by its names (see rondo_onednn_kind).
struct LstmShape {
  explicit LstmShape(const int64_t *shape)
      : steps(shape[0]), batch(shape[1]), features(shape[2]), units(shape[3]), initial(shape[4]) {}
  int64_t steps, batch, features, units;
  bool initial;
};

/// A primitive descriptor that is destroyed with its scope.
class Descriptor {
public:
  Descriptor() = default;
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;

  operator dnnl_primitive_desc_t() const { return desc; }
  /// Where a function may put a new one.
  dnnl_primitive_desc_t *slot() {
    reset();
    return &desc;
  }
  void reset() {
    if (desc)
      api.primitive_desc_destroy(desc);
    desc = nullptr;
  }

  /// The layout of an argument (DNNL_ARG_…).
  Layout layout(int argument) const {
    return api.primitive_desc_query_md(desc, dnnl_query_exec_arg_md, argument);
  }
  /// Its bytes; 0 when there is no such argument.
  int64_t bytes(int argument) const {
    Layout found = layout(argument);
    return found ? static_cast<int64_t>(api.memory_desc_get_size(found)) : 0;
  }

private:
  dnnl_primitive_desc_t desc = nullptr;
};

/// The descriptor of a primitive of `kind`, for the current number of threads.
dnnl_status_t describe(int32_t kind, const int64_t *shape, Descriptor &result);

/// Without initial states, oneDNN's gradient of the recurrent kernel is wrong
/// (2.6 and 3.2 take h0 from what the output holds): training always passes
/// some, of zeros where the layer has none.
inline bool makesStates(int32_t kind, const int64_t *shape) {
  return (kind == RONDO_ONEDNN_LSTM_TRAINING || kind == RONDO_ONEDNN_LSTM_BACKWARD) &&
         !LstmShape(shape).initial;
}

/// What the buffer SCRATCHPAD holds: the primitive's own, then the states that
/// are made: zeros for h0 and c0, and for BACKWARD places for their gradients.
struct ScratchLayout {
  ScratchLayout(const Descriptor &desc, int32_t kind, const int64_t *shape);
  int64_t zeros, dH0, dC0, bytes;
  int64_t stateBytes = 0;
};

/// How the weights of an LSTM are packed: first kernel, then recurrent kernel,
/// then what the reorders need while they run.
struct Packing {
  Descriptor kernel, recurrent; // reorders
  int64_t recurrentOffset = 0, scratchOffset = 0, bytes = 0;
};
dnnl_status_t describePacking(const Descriptor &lstm, const int64_t *shape, Packing &result);

/// Where an argument of a primitive lies: `tensor` of the caller's list, plus
/// `offset` bytes.
struct Binding {
  int argument;
  int tensor;
  bool recurrent; // of two in one tensor, the second
};

/// The arguments of a kind, ended by tensor -1, and how many tensors callers pass.
const Binding *bindings(int32_t kind);
int numTensors(int32_t kind);
constexpr int kMostArguments = 20;

/// Places in the lists of tensors of LSTMs.
enum LstmTensor {
  kH0 = 3,
  kC0 = 4,
  kForwardScratchpad = 8,
  kDKernel = 13,
  kDRecurrent = 14,
  kDBias = 15,
  kDH0 = 16,
  kDC0 = 17,
  kBackwardScratchpad = 18
};

} // namespace rondo::onednn

#endif // RONDO_RUNTIME_ONEDNN_DESCRIPTORS_H
