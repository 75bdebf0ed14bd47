//===- Version.h - What differs between oneDNN 2.x and 3.x -------*- C++ -*-===//
//
// The only file that asks which oneDNN the shim is compiled against: the
// functions it calls, how memory descriptors are owned, and how primitive
// descriptors are made.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_ONEDNN_VERSION_H
#define RONDO_RUNTIME_ONEDNN_VERSION_H

#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <oneapi/dnnl/dnnl.h>

#if DNNL_VERSION_MAJOR < 2 || (DNNL_VERSION_MAJOR == 2 && DNNL_VERSION_MINOR < 6)
#error "Rondo needs oneDNN 2.6 or newer"
#endif

namespace rondo::onednn {

#define RONDO_ONEDNN_SHARED_FUNCTIONS(X)                                                           \
  X(engine_create)                                                                                 \
  X(memory_create)                                                                                 \
  X(memory_desc_get_size)                                                                          \
  X(memory_destroy)                                                                                \
  X(memory_set_data_handle)                                                                        \
  X(primitive_attr_create)                                                                         \
  X(primitive_attr_set_scratchpad_mode)                                                            \
  X(primitive_create)                                                                              \
  X(primitive_desc_destroy)                                                                        \
  X(primitive_desc_query_md)                                                                       \
  X(primitive_destroy)                                                                             \
  X(primitive_execute)                                                                             \
  X(reorder_primitive_desc_create)                                                                 \
  X(stream_create)                                                                                 \
  X(stream_destroy)                                                                                \
  X(stream_wait)                                                                                   \
  X(version)

#if DNNL_VERSION_MAJOR >= 3
#define RONDO_ONEDNN_FUNCTIONS(X)                                                                  \
  RONDO_ONEDNN_SHARED_FUNCTIONS(X)                                                                 \
  X(lstm_backward_primitive_desc_create)                                                           \
  X(lstm_forward_primitive_desc_create)                                                            \
  X(matmul_primitive_desc_create)                                                                  \
  X(memory_desc_create_with_tag)                                                                   \
  X(memory_desc_destroy)
#else
#define RONDO_ONEDNN_FUNCTIONS(X)                                                                  \
  RONDO_ONEDNN_SHARED_FUNCTIONS(X)                                                                 \
  X(lstm_backward_desc_init)                                                                       \
  X(lstm_forward_desc_init)                                                                        \
  X(matmul_desc_init)                                                                              \
  X(memory_desc_init_by_tag)                                                                       \
  X(primitive_desc_create)
#endif

/// The functions of the loaded library, by their names without `dnnl_`.
struct Api {
#define RONDO_ONEDNN_POINTER(name) decltype(&dnnl_##name) name;
  RONDO_ONEDNN_FUNCTIONS(RONDO_ONEDNN_POINTER)
#undef RONDO_ONEDNN_POINTER
};

/// Complete after a successful load().
extern Api api;

/// A memory descriptor of someone else's; null: the tensor is absent.
#if DNNL_VERSION_MAJOR >= 3
using Layout = const_dnnl_memory_desc_t;
#else
using Layout = const dnnl_memory_desc_t *;
#endif

/// A memory descriptor of f32 elements, made by the caller.
class OwnedLayout {
public:
  OwnedLayout() = default;
  OwnedLayout(const OwnedLayout &) = delete;
  OwnedLayout &operator=(const OwnedLayout &) = delete;

#if DNNL_VERSION_MAJOR >= 3
  ~OwnedLayout() {
    if (desc)
      api.memory_desc_destroy(desc);
  }
  operator Layout() const { return desc; }
  dnnl_status_t init(std::initializer_list<dnnl_dim_t> dims, dnnl_format_tag_t tag) {
    assert(!desc && "a layout is made once");
    return api.memory_desc_create_with_tag(&desc, static_cast<int>(dims.size()), dims.begin(),
                                           dnnl_f32, tag);
  }

private:
  dnnl_memory_desc_t desc = nullptr;
#else
  operator Layout() const { return made ? &desc : nullptr; }
  dnnl_status_t init(std::initializer_list<dnnl_dim_t> dims, dnnl_format_tag_t tag) {
    assert(!made && "a layout is made once");
    dnnl_status_t status = api.memory_desc_init_by_tag(&desc, static_cast<int>(dims.size()),
                                                       dims.begin(), dnnl_f32, tag);
    made = status == dnnl_success;
    return status;
  }

private:
  dnnl_memory_desc_t desc;
  bool made = false;
#endif
};

/// The tensors of an LSTM: one layer, left to right. Gradients have the layouts
/// of what they are gradients of, except those of the weights.
struct LstmLayouts {
  OwnedLayout input;               // (T, B, D)
  OwnedLayout initial;             // (1, 1, B, H), h0 and c0; unmade: there are none
  OwnedLayout kernel, recurrent;   // any
  OwnedLayout dKernel, dRecurrent; // (1, 1, D or H, 4, H)
  OwnedLayout bias;                // (1, 1, 4, H)
  OwnedLayout sequence;            // (T, B, H)
  OwnedLayout last;                // (1, 1, B, H), h and c
};

/// `kind`: forward_inference or forward_training.
inline dnnl_status_t createLstmForward(dnnl_primitive_desc_t *result, dnnl_engine_t engine,
                                       dnnl_primitive_attr_t attributes, dnnl_prop_kind_t kind,
                                       const LstmLayouts &l) {
  assert((kind == dnnl_forward_inference || kind == dnnl_forward_training) &&
         "oneDNN does not check this itself");
  const dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
#if DNNL_VERSION_MAJOR >= 3
  return api.lstm_forward_primitive_desc_create(
      result, engine, kind, direction, l.input, l.initial, l.initial, l.kernel, l.recurrent,
      /*peephole=*/nullptr, /*projection=*/nullptr, l.bias, l.sequence, l.last, l.last,
      dnnl_rnn_flags_undef, attributes);
#else
  dnnl_rnn_desc_t desc;
  dnnl_status_t status = api.lstm_forward_desc_init(
      &desc, kind, direction, l.input, l.initial, l.initial, l.kernel, l.recurrent, l.bias,
      l.sequence, l.last, l.last, dnnl_rnn_flags_undef);
  return status != dnnl_success
             ? status
             : api.primitive_desc_create(result, &desc, attributes, engine, nullptr);
#endif
}

/// `forward`: a descriptor of forward_training for the same tensors.
inline dnnl_status_t createLstmBackward(dnnl_primitive_desc_t *result, dnnl_engine_t engine,
                                        dnnl_primitive_attr_t attributes, const LstmLayouts &l,
                                        dnnl_primitive_desc_t forward) {
  const dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
#if DNNL_VERSION_MAJOR >= 3
  return api.lstm_backward_primitive_desc_create(
      result, engine, dnnl_backward, direction, l.input, l.initial, l.initial, l.kernel,
      l.recurrent, /*peephole=*/nullptr, /*projection=*/nullptr, l.bias, l.sequence, l.last, l.last,
      l.input, l.initial, l.initial, l.dKernel, l.dRecurrent, /*d_peephole=*/nullptr,
      /*d_projection=*/nullptr, l.bias, l.sequence, l.last, l.last, dnnl_rnn_flags_undef, forward,
      attributes);
#else
  dnnl_rnn_desc_t desc;
  dnnl_status_t status = api.lstm_backward_desc_init(
      &desc, dnnl_backward, direction, l.input, l.initial, l.initial, l.kernel, l.recurrent, l.bias,
      l.sequence, l.last, l.last, l.input, l.initial, l.initial, l.dKernel, l.dRecurrent, l.bias,
      l.sequence, l.last, l.last, dnnl_rnn_flags_undef);
  return status != dnnl_success
             ? status
             : api.primitive_desc_create(result, &desc, attributes, engine, forward);
#endif
}

inline dnnl_status_t createMatmul(dnnl_primitive_desc_t *result, dnnl_engine_t engine,
                                  dnnl_primitive_attr_t attributes, Layout lhs, Layout rhs,
                                  Layout product) {
#if DNNL_VERSION_MAJOR >= 3
  return api.matmul_primitive_desc_create(result, engine, lhs, rhs, /*bias=*/nullptr, product,
                                          attributes);
#else
  dnnl_matmul_desc_t desc;
  dnnl_status_t status = api.matmul_desc_init(&desc, lhs, rhs, /*bias=*/nullptr, product);
  return status != dnnl_success
             ? status
             : api.primitive_desc_create(result, &desc, attributes, engine, nullptr);
#endif
}

} // namespace rondo::onednn

#endif // RONDO_RUNTIME_ONEDNN_VERSION_H
