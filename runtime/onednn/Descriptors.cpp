//===- Descriptors.cpp - Primitive descriptors of a kind and shape ----------===//
//
// Tensors are dense and time-major (`tnc`); weights are whatever the
// implementation reads fastest, which is decided by oneDNN when it is asked.
//
//===----------------------------------------------------------------------===//

#include "runtime/onednn/Descriptors.h"

namespace rondo::onednn {
namespace {

#define RONDO_TRY(call)                                                                            \
  do {                                                                                             \
    if (dnnl_status_t status = (call))                                                             \
      return status;                                                                               \
  } while (false)

constexpr int64_t kAlignment = 64;

int64_t aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

/// Whether the product of all is below 2^31: oneDNN's LSTM counts rows, and in
/// places elements, in 32 bits, and checks them by assertions only.
bool countable(std::initializer_list<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors)
    if (factor < 1 || __builtin_mul_overflow(product, factor, &product) || product > INT32_MAX)
      return false;
  return true;
}

dnnl_status_t describeLstm(int32_t kind, const LstmShape &s, Descriptor &result) {
  if (!countable({s.steps, s.batch, 4, s.units}) || !countable({s.steps, s.batch, s.features}) ||
      !countable({s.features, 4, s.units}) || !countable({s.units, 4, s.units}))
    return dnnl_invalid_arguments;
  LstmLayouts l;
  RONDO_TRY(l.input.init({s.steps, s.batch, s.features}, dnnl_tnc));
  if (kind != RONDO_ONEDNN_LSTM_INFERENCE || s.initial)
    RONDO_TRY(l.initial.init({1, 1, s.batch, s.units}, dnnl_ldnc));
  RONDO_TRY(l.kernel.init({1, 1, s.features, 4, s.units}, dnnl_format_tag_any));
  RONDO_TRY(l.recurrent.init({1, 1, s.units, 4, s.units}, dnnl_format_tag_any));
  RONDO_TRY(l.bias.init({1, 1, 4, s.units}, dnnl_ldgo));
  RONDO_TRY(l.sequence.init({s.steps, s.batch, s.units}, dnnl_tnc));
  RONDO_TRY(l.last.init({1, 1, s.batch, s.units}, dnnl_ldnc));
  if (kind == RONDO_ONEDNN_LSTM_INFERENCE)
    return createLstmForward(result.slot(), engine, attributes, dnnl_forward_inference, l);
  if (kind == RONDO_ONEDNN_LSTM_TRAINING)
    return createLstmForward(result.slot(), engine, attributes, dnnl_forward_training, l);

  RONDO_TRY(l.dKernel.init({1, 1, s.features, 4, s.units}, dnnl_ldigo));
  RONDO_TRY(l.dRecurrent.init({1, 1, s.units, 4, s.units}, dnnl_ldigo));
  Descriptor forward;
  RONDO_TRY(createLstmForward(forward.slot(), engine, attributes, dnnl_forward_training, l));
  return createLstmBackward(result.slot(), engine, attributes, l, forward);
}

dnnl_status_t describeMatmul(const int64_t *shape, Descriptor &result) {
  const int64_t batch = shape[0], m = shape[1], n = shape[2], k = shape[3];
  const bool transposed = shape[4];
  OwnedLayout lhs, rhs, product;
  // A batch of one is a plain product, for which there are faster ways.
  if (batch == 1) {
    RONDO_TRY(lhs.init({m, k}, transposed ? dnnl_ba : dnnl_ab));
    RONDO_TRY(rhs.init({k, n}, dnnl_ab));
    RONDO_TRY(product.init({m, n}, dnnl_ab));
  } else {
    RONDO_TRY(lhs.init({batch, m, k}, transposed ? dnnl_acb : dnnl_abc));
    RONDO_TRY(rhs.init({batch, k, n}, dnnl_abc));
    RONDO_TRY(product.init({batch, m, n}, dnnl_abc));
  }
  return createMatmul(result.slot(), engine, attributes, lhs, rhs, product);
}

} // namespace

dnnl_status_t describe(int32_t kind, const int64_t *shape, Descriptor &result) {
  return kind == RONDO_ONEDNN_MATMUL ? describeMatmul(shape, result)
                                     : describeLstm(kind, LstmShape(shape), result);
}

ScratchLayout::ScratchLayout(const Descriptor &desc, int32_t kind, const int64_t *shape) {
  zeros = dH0 = dC0 = aligned(desc.bytes(DNNL_ARG_SCRATCHPAD));
  bytes = zeros;
  if (!makesStates(kind, shape))
    return;
  const LstmShape s(shape);
  stateBytes = s.batch * s.units * static_cast<int64_t>(sizeof(float));
  dH0 = zeros + aligned(stateBytes);
  dC0 = dH0 + aligned(stateBytes);
  bytes = kind == RONDO_ONEDNN_LSTM_BACKWARD ? dC0 + stateBytes : dH0;
}

dnnl_status_t describePacking(const Descriptor &lstm, const int64_t *shape, Packing &result) {
  const LstmShape s(shape);
  OwnedLayout kernel, recurrent;
  RONDO_TRY(kernel.init({1, 1, s.features, 4, s.units}, dnnl_ldigo));
  RONDO_TRY(recurrent.init({1, 1, s.units, 4, s.units}, dnnl_ldigo));
  RONDO_TRY(api.reorder_primitive_desc_create(result.kernel.slot(), kernel, engine,
                                              lstm.layout(DNNL_ARG_WEIGHTS_LAYER), engine,
                                              attributes));
  RONDO_TRY(api.reorder_primitive_desc_create(result.recurrent.slot(), recurrent, engine,
                                              lstm.layout(DNNL_ARG_WEIGHTS_ITER), engine,
                                              attributes));
  int64_t scratch[] = {result.kernel.bytes(DNNL_ARG_SCRATCHPAD),
                       result.recurrent.bytes(DNNL_ARG_SCRATCHPAD)};
  result.recurrentOffset = aligned(lstm.bytes(DNNL_ARG_WEIGHTS_LAYER));
  result.scratchOffset = result.recurrentOffset + aligned(lstm.bytes(DNNL_ARG_WEIGHTS_ITER));
  result.bytes = result.scratchOffset + (scratch[0] > scratch[1] ? scratch[0] : scratch[1]);
  return dnnl_success;
}

const Binding *bindings(int32_t kind) {
  static const Binding forward[] = {
      {DNNL_ARG_SRC_LAYER, 0, false},   {DNNL_ARG_WEIGHTS_LAYER, 1, false},
      {DNNL_ARG_WEIGHTS_ITER, 1, true}, {DNNL_ARG_BIAS, 2, false},
      {DNNL_ARG_SRC_ITER, kH0, false},  {DNNL_ARG_SRC_ITER_C, kC0, false},
      {DNNL_ARG_DST_LAYER, 5, false},   {DNNL_ARG_DST_ITER, 6, false},
      {DNNL_ARG_DST_ITER_C, 7, false},  {DNNL_ARG_SCRATCHPAD, kForwardScratchpad, false},
      {DNNL_ARG_WORKSPACE, 9, false},   {0, -1, false}};
  static const Binding backward[] = {{DNNL_ARG_SRC_LAYER, 0, false},
                                     {DNNL_ARG_WEIGHTS_LAYER, 1, false},
                                     {DNNL_ARG_WEIGHTS_ITER, 1, true},
                                     {DNNL_ARG_BIAS, 2, false},
                                     {DNNL_ARG_SRC_ITER, kH0, false},
                                     {DNNL_ARG_SRC_ITER_C, kC0, false},
                                     {DNNL_ARG_DST_LAYER, 5, false},
                                     {DNNL_ARG_DST_ITER, 6, false},
                                     {DNNL_ARG_DST_ITER_C, 7, false},
                                     {DNNL_ARG_WORKSPACE, 8, false},
                                     {DNNL_ARG_DIFF_DST_LAYER, 9, false},
                                     {DNNL_ARG_DIFF_DST_ITER, 10, false},
                                     {DNNL_ARG_DIFF_DST_ITER_C, 11, false},
                                     {DNNL_ARG_DIFF_SRC_LAYER, 12, false},
                                     {DNNL_ARG_DIFF_WEIGHTS_LAYER, kDKernel, false},
                                     {DNNL_ARG_DIFF_WEIGHTS_ITER, kDRecurrent, false},
                                     {DNNL_ARG_DIFF_BIAS, kDBias, false},
                                     {DNNL_ARG_DIFF_SRC_ITER, kDH0, false},
                                     {DNNL_ARG_DIFF_SRC_ITER_C, kDC0, false},
                                     {DNNL_ARG_SCRATCHPAD, kBackwardScratchpad, false},
                                     {0, -1, false}};
  static const Binding product[] = {{DNNL_ARG_SRC, 0, false},
                                    {DNNL_ARG_WEIGHTS, 1, false},
                                    {DNNL_ARG_DST, 2, false},
                                    {DNNL_ARG_SCRATCHPAD, 3, false},
                                    {0, -1, false}};
  switch (kind) {
  case RONDO_ONEDNN_MATMUL:
    return product;
  case RONDO_ONEDNN_LSTM_BACKWARD:
    return backward;
  default:
    return forward;
  }
}

int numTensors(int32_t kind) {
  switch (kind) {
  case RONDO_ONEDNN_MATMUL:
    return 4;
  case RONDO_ONEDNN_LSTM_BACKWARD:
    return 19;
  case RONDO_ONEDNN_LSTM_TRAINING:
    return 10;
  default:
    return 9;
  }
}

} // namespace rondo::onednn
