//===- Primitives.h - oneDNN, called directly -------------------*- C++ -*-===//
//
// oneDNN's products and LSTMs as a program would call them without Rondo: made
// once for fixed shapes and buffers, then only executed. This is the baseline
// that the benchmarks compare with, for oneDNN 2.6 and 3.x.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_PEERS_ONEDNN_PRIMITIVES_H
#define RONDO_BENCHMARKS_PEERS_ONEDNN_PRIMITIVES_H

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

namespace rondo::bench {

/// The release that is linked in: "2.6.3".
std::string onednnVersion();

using Arguments = std::unordered_map<int, dnnl::memory>;

struct ProductShape {
  int64_t batch = 1, m, n, k;
  bool transposeLhs = false; // lhs is (batch, k, m)
  bool transposeRhs = false; // rhs is (batch, n, k)
};

/// out (batch, m, n) = lhs (batch, m, k) * rhs (batch, k, n), all row-major.
class Product {
public:
  enum class Write { Overwrite, Add };
  Product(const ProductShape &shape, const float *lhs, const float *rhs, float *out,
          Write write = Write::Overwrite);
  void run();

private:
  dnnl::matmul primitive;
  Arguments arguments;
};

/// out (m, n) = tanh(lhs (m, k) * weights (k, n) + bias (n)). The weights are
/// packed once, and again when they have changed.
class DenseTanh {
public:
  DenseTanh(int64_t m, int64_t n, int64_t k, const float *lhs, const float *weights,
            const float *bias, float *out);
  void pack();
  void run();

private:
  dnnl::matmul primitive;
  dnnl::memory plainWeights, packedWeights;
  Arguments arguments;
};

struct LstmShape {
  int64_t steps, batch, features, units;
};

/// Keras' layout, which is oneDNN's `ldigo`: (D, 4H), (H, 4H), (4H).
template <typename Float> struct LstmParameters {
  Float *kernel, *recurrent, *bias;
};

/// Weights in the layout that a primitive asked for.
class ReorderedWeights {
public:
  ReorderedWeights() = default;
  ReorderedWeights(const dnnl::memory::desc &plain, const dnnl::memory::desc &wanted,
                   const float *weights);
  void update();
  const dnnl::memory &get() const { return reordered; }

private:
  dnnl::memory source, reordered;
  dnnl::reorder reorder;
};

/// input (T, B, D) to sequence (T, B, H), from a state of zeros. Weights are
/// packed once, and again when they have changed.
class LstmInference {
public:
  LstmInference(const LstmShape &shape, const LstmParameters<const float> &parameters,
                const float *input, float *sequence);
  void pack();
  void run();

private:
  dnnl::lstm_forward primitive;
  ReorderedWeights kernel, recurrent;
  Arguments arguments;
};

/// The same with what the backward pass needs, and the backward pass:
/// `dSequence` (T, B, H) to gradients of the parameters. oneDNN computes the
/// input's gradient in any case. Weights are taken as they are at each call.
class LstmTraining {
public:
  LstmTraining(const LstmShape &shape, const LstmParameters<const float> &parameters,
               const float *input, float *sequence, const float *dSequence,
               const LstmParameters<float> &gradients);
  void forward();
  void backward();

private:
  LstmShape shape;
  LstmParameters<float> gradients;
  dnnl::lstm_forward forwardPrimitive;
  dnnl::lstm_backward backwardPrimitive;
  ReorderedWeights forwardKernel, forwardRecurrent, backwardKernel, backwardRecurrent;
  Arguments forwardArguments, backwardArguments;
};

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_PEERS_ONEDNN_PRIMITIVES_H
