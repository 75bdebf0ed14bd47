//===- Primitives.cpp - oneDNN, called directly ---------------------------===//
//
// Weights are given as `any`, so that oneDNN chooses; activations of an LSTM are
// time-major, which spares it copies.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/onednn/Primitives.h"
#include <cstring>

namespace rondo::bench {

using dnnl::memory;
using Tag = memory::format_tag;

static dnnl::engine &engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

static dnnl::stream &stream() {
  static dnnl::stream order(engine());
  return order;
}

std::string onednnVersion() {
  const dnnl::version_t *version = dnnl::version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
}

/// What changed between 2.x and 3.x: operation descriptors are gone.
template <typename Primitive, typename... Args>
static typename Primitive::primitive_desc describe(const dnnl::primitive_attr &attributes,
                                                   const Args &...args) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine(), args..., attributes);
#else
  return
      typename Primitive::primitive_desc(typename Primitive::desc(args...), attributes, engine());
#endif
}

static memory::desc floats(const memory::dims &dims, Tag tag) {
  return memory::desc(dims, memory::data_type::f32, tag);
}

/// oneDNN has one type for what it reads and what it writes.
static memory wrap(const memory::desc &type, const float *data) {
  return memory(type, engine(), const_cast<float *>(data));
}

static memory zeros(const memory::desc &type) {
  memory result(type, engine());
  std::memset(result.get_data_handle(), 0, type.get_size());
  return result;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// (batch, rows, columns), or (rows, columns) when there is one; `transposed`:
/// the bytes are (columns, rows).
static memory::desc matrices(int64_t batch, int64_t rows, int64_t columns, bool transposed) {
  if (batch == 1)
    return floats({rows, columns}, transposed ? Tag::ba : Tag::ab);
  return floats({batch, rows, columns}, transposed ? Tag::acb : Tag::abc);
}

Product::Product(const ProductShape &shape, const float *lhs, const float *rhs, float *out,
                 Write write) {
  const auto &[batch, m, n, k, transposeLhs, transposeRhs] = shape;
  memory::desc lhsType = matrices(batch, m, k, transposeLhs);
  memory::desc rhsType = matrices(batch, k, n, transposeRhs);
  memory::desc outType = matrices(batch, m, n, false);
  dnnl::primitive_attr attributes;
  if (write == Write::Add) {
    dnnl::post_ops add;
    add.append_sum(1);
    attributes.set_post_ops(add);
  }
  primitive = dnnl::matmul(describe<dnnl::matmul>(attributes, lhsType, rhsType, outType));
  arguments = {{DNNL_ARG_SRC, wrap(lhsType, lhs)},
               {DNNL_ARG_WEIGHTS, wrap(rhsType, rhs)},
               {DNNL_ARG_DST, wrap(outType, out)}};
}

void Product::run() { primitive.execute(stream(), arguments); }

DenseTanh::DenseTanh(int64_t m, int64_t n, int64_t k, const float *lhs, const float *weights,
                     const float *bias, float *out) {
  memory::desc lhsType = floats({m, k}, Tag::ab), biasType = floats({1, n}, Tag::ab),
               outType = floats({m, n}, Tag::ab);
  dnnl::post_ops activation;
#if DNNL_VERSION_MAJOR >= 3
  activation.append_eltwise(dnnl::algorithm::eltwise_tanh, 0, 0);
#else
  activation.append_eltwise(1, dnnl::algorithm::eltwise_tanh, 0, 0);
#endif
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(activation);
  auto description =
      describe<dnnl::matmul>(attributes, lhsType, floats({k, n}, Tag::any), biasType, outType);
  primitive = dnnl::matmul(description);
  plainWeights = wrap(floats({k, n}, Tag::ab), weights);
  packedWeights = memory(description.weights_desc(), engine());
  arguments = {{DNNL_ARG_SRC, wrap(lhsType, lhs)},
               {DNNL_ARG_WEIGHTS, packedWeights},
               {DNNL_ARG_BIAS, wrap(biasType, bias)},
               {DNNL_ARG_DST, wrap(outType, out)}};
}

void DenseTanh::pack() {
  dnnl::reorder(plainWeights, packedWeights).execute(stream(), plainWeights, packedWeights);
}

void DenseTanh::run() { primitive.execute(stream(), arguments); }

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

ReorderedWeights::ReorderedWeights(const memory::desc &plain, const memory::desc &wanted,
                                   const float *weights)
    : source(wrap(plain, weights)), reordered(source) {
  if (plain == wanted)
    return;
  reordered = memory(wanted, engine());
  reorder = dnnl::reorder(source, reordered);
}

void ReorderedWeights::update() {
  if (reorder)
    reorder.execute(stream(), source, reordered);
}

namespace {

/// The types of an LSTM's tensors. The states before are zero: absent in inference, but given in
/// training, because without them oneDNN 2.6.3 computes a wrong gradient of the recurrent weights.
/// The states after are not asked for.
struct LstmTypes {
  explicit LstmTypes(const LstmShape &shape)
      : input(floats({shape.steps, shape.batch, shape.features}, Tag::tnc)),
        sequence(floats({shape.steps, shape.batch, shape.units}, Tag::tnc)),
        kernel(floats({1, 1, shape.features, 4, shape.units}, Tag::ldigo)),
        recurrent(floats({1, 1, shape.units, 4, shape.units}, Tag::ldigo)),
        anyKernel(floats({1, 1, shape.features, 4, shape.units}, Tag::any)),
        anyRecurrent(floats({1, 1, shape.units, 4, shape.units}, Tag::any)),
        bias(floats({1, 1, 4, shape.units}, Tag::ldgo)),
        state(floats({1, 1, shape.batch, shape.units}, Tag::ldnc)) {}

  dnnl::lstm_forward::primitive_desc forward(dnnl::prop_kind kind,
                                             const memory::desc &initial) const {
    return describe<dnnl::lstm_forward>(
        dnnl::primitive_attr(), kind, dnnl::rnn_direction::unidirectional_left2right, input,
        initial, initial, anyKernel, anyRecurrent, bias, sequence, none, none);
  }

  dnnl::lstm_backward::primitive_desc
  backward(const dnnl::lstm_forward::primitive_desc &forward) const {
    const auto kind = dnnl::prop_kind::backward;
    const auto direction = dnnl::rnn_direction::unidirectional_left2right;
#if DNNL_VERSION_MAJOR >= 3
    return dnnl::lstm_backward::primitive_desc(
        engine(), kind, direction, input, state, state, anyKernel, anyRecurrent, bias, sequence,
        none, none, input, state, state, kernel, recurrent, bias, sequence, none, none, forward);
#else
    return dnnl::lstm_backward::primitive_desc(
        dnnl::lstm_backward::desc(kind, direction, input, state, state, anyKernel, anyRecurrent,
                                  bias, sequence, none, none, input, state, state, kernel,
                                  recurrent, bias, sequence, none, none),
        engine(), forward);
#endif
  }

  memory::desc input, sequence, kernel, recurrent, anyKernel, anyRecurrent, bias, state, none;
};

} // namespace

LstmInference::LstmInference(const LstmShape &shape, const LstmParameters<const float> &parameters,
                             const float *input, float *sequence) {
  LstmTypes types(shape);
  auto description = types.forward(dnnl::prop_kind::forward_inference, types.none);
  primitive = dnnl::lstm_forward(description);
  kernel = ReorderedWeights(types.kernel, description.weights_layer_desc(), parameters.kernel);
  recurrent =
      ReorderedWeights(types.recurrent, description.weights_iter_desc(), parameters.recurrent);
  arguments = {{DNNL_ARG_SRC_LAYER, wrap(types.input, input)},
               {DNNL_ARG_WEIGHTS_LAYER, kernel.get()},
               {DNNL_ARG_WEIGHTS_ITER, recurrent.get()},
               {DNNL_ARG_BIAS, wrap(types.bias, parameters.bias)},
               {DNNL_ARG_DST_LAYER, wrap(types.sequence, sequence)}};
}

void LstmInference::pack() {
  kernel.update();
  recurrent.update();
}

void LstmInference::run() { primitive.execute(stream(), arguments); }

LstmTraining::LstmTraining(const LstmShape &shape, const LstmParameters<const float> &parameters,
                           const float *input, float *sequence, const float *dSequence,
                           const LstmParameters<float> &gradients)
    : shape(shape), gradients(gradients) {
  LstmTypes types(shape);
  auto forward = types.forward(dnnl::prop_kind::forward_training, types.state);
  auto backward = types.backward(forward);
  forwardPrimitive = dnnl::lstm_forward(forward);
  backwardPrimitive = dnnl::lstm_backward(backward);
  forwardKernel = ReorderedWeights(types.kernel, forward.weights_layer_desc(), parameters.kernel);
  forwardRecurrent =
      ReorderedWeights(types.recurrent, forward.weights_iter_desc(), parameters.recurrent);
  backwardKernel = ReorderedWeights(types.kernel, backward.weights_layer_desc(), parameters.kernel);
  backwardRecurrent =
      ReorderedWeights(types.recurrent, backward.weights_iter_desc(), parameters.recurrent);

  forwardArguments = {{DNNL_ARG_SRC_LAYER, wrap(types.input, input)},
                      {DNNL_ARG_WEIGHTS_LAYER, forwardKernel.get()},
                      {DNNL_ARG_WEIGHTS_ITER, forwardRecurrent.get()},
                      {DNNL_ARG_BIAS, wrap(types.bias, parameters.bias)},
                      {DNNL_ARG_DST_LAYER, wrap(types.sequence, sequence)},
                      {DNNL_ARG_SRC_ITER, zeros(types.state)},
                      {DNNL_ARG_SRC_ITER_C, zeros(types.state)},
                      {DNNL_ARG_WORKSPACE, memory(forward.workspace_desc(), engine())}};
  backwardArguments = forwardArguments;
  backwardArguments[DNNL_ARG_WEIGHTS_LAYER] = backwardKernel.get();
  backwardArguments[DNNL_ARG_WEIGHTS_ITER] = backwardRecurrent.get();
  backwardArguments[DNNL_ARG_DIFF_DST_LAYER] = wrap(types.sequence, dSequence);
  backwardArguments[DNNL_ARG_DIFF_SRC_LAYER] = memory(types.input, engine());
  backwardArguments[DNNL_ARG_DIFF_SRC_ITER] = memory(types.state, engine());
  backwardArguments[DNNL_ARG_DIFF_SRC_ITER_C] = memory(types.state, engine());
  backwardArguments[DNNL_ARG_DIFF_WEIGHTS_LAYER] = wrap(types.kernel, gradients.kernel);
  backwardArguments[DNNL_ARG_DIFF_WEIGHTS_ITER] = wrap(types.recurrent, gradients.recurrent);
  backwardArguments[DNNL_ARG_DIFF_BIAS] = wrap(types.bias, gradients.bias);
}

void LstmTraining::forward() {
  forwardKernel.update();
  forwardRecurrent.update();
  forwardPrimitive.execute(stream(), forwardArguments);
}

void LstmTraining::backward() {
  backwardKernel.update();
  backwardRecurrent.update();
  // oneDNN adds to what is there.
  const int64_t gates = 4 * shape.units;
  std::memset(gradients.kernel, 0, sizeof(float) * shape.features * gates);
  std::memset(gradients.recurrent, 0, sizeof(float) * shape.units * gates);
  std::memset(gradients.bias, 0, sizeof(float) * gates);
  backwardPrimitive.execute(stream(), backwardArguments);
}

} // namespace rondo::bench
