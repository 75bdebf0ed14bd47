//===- Activations.h - Keras' activations, as formulas ----------*- C++ -*-===//
//
// The one place that says what the elementwise activations of Keras compute,
// for every kind of number: doubles in the reference interpreter, vectors in
// generated code, tensors of the rondo dialect in the graph (TensorNumber.h).
// Formulas as in Keras 3.15 on TensorFlow (keras/src/backend/tensorflow/nn.py),
// written so that they neither overflow nor cancel out for large |x|, and that
// differentiating them op by op gives TensorFlow's derivative, also at a kink.
//
// A kind of number N has + - * / and unary -, the comparisons < and >, and
// `exp`, `expm1`, `log1p`, `sqrt`, `erf`, `tanh`, `sigmoid`, `relu`, `abs`,
// `minimum`, `maximum` and `select(condition, N, N)`; a double converts to it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_ACTIVATIONS_H
#define RONDO_DIALECT_ACTIVATIONS_H

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Scalars.h"

#include "llvm/ADT/StringSwitch.h"

#include <optional>

namespace rondo {

/// The activation of that name in Keras, among them the second names `swish`
/// and `hard_swish`; none for `softmax` and the like, which are not elementwise,
/// and for what needs arguments.
inline std::optional<Activation> activationOfName(llvm::StringRef name) {
  return symbolizeActivation(llvm::StringSwitch<llvm::StringRef>(name)
                                 .Case("swish", "silu")
                                 .Case("hard_swish", "hard_silu")
                                 .Default(name));
}

} // namespace rondo

namespace rondo::activations {

// What doubles have. Other numbers bring theirs along.
using reference::maximum;
using reference::minimum;
using reference::relu;
using reference::select;
using reference::sigmoid;
using std::abs;
using std::erf;
using std::exp;
using std::expm1;
using std::log1p;
using std::sqrt;
using std::tanh;

constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kSqrtTwoOverPi = 0.79788456080286535588;

//===----------------------------------------------------------------------===//
// Values, with Keras' parameters
//===----------------------------------------------------------------------===//

/// The bound comes first: at 6, where both are equal, the derivative is zero.
template <typename N> N relu6(const N &x) { return minimum(N(6), relu(x)); }

template <typename N> N leakyRelu(const N &x, double negativeSlope = 0.2) {
  return select(x > N(0), x, negativeSlope * x);
}

/// `keras.activations.relu` and the layer `ReLU` with all that they take.
template <typename N>
N relu(const N &x, double negativeSlope, std::optional<double> maxValue, double threshold) {
  if (negativeSlope != 0 && !maxValue && threshold == 0)
    return leakyRelu(x, negativeSlope);
  N result = threshold != 0  ? select(x > N(threshold), x, N(0))
             : maxValue == 6 ? relu6(x)
                             : relu(x);
  if (maxValue && (threshold != 0 || maxValue != 6))
    result = maximum(minimum(result, N(*maxValue)), N(0));
  if (negativeSlope != 0)
    result = result - negativeSlope * relu(threshold != 0 ? threshold - x : -x);
  return result;
}

/// Of what is not selected, the minimum keeps the derivative finite.
template <typename N> N elu(const N &x, double alpha = 1) {
  return select(x > N(0), x, alpha * expm1(minimum(x, N(0))));
}

template <typename N> N selu(const N &x) {
  return select(x < N(0), kSeluScale * kSeluAlpha * expm1(minimum(x, N(0))), kSeluScale * x);
}

/// At zero the derivative is 1; TensorFlow, which counts both terms, gives 2.
template <typename N> N celu(const N &x, double alpha = 1) {
  return relu(x) + alpha * expm1(minimum(x, N(0)) / alpha);
}

template <typename N> N gelu(const N &x, bool approximate = false) {
  if (approximate)
    return 0.5 * x * (1 + tanh(kSqrtTwoOverPi * (x + 0.044715 * (x * x * x))));
  return 0.5 * x * (1 + erf(kSqrtHalf * x));
}

template <typename N> N silu(const N &x) { return x * sigmoid(x); }

/// ln(1 + e^x). Not -|x|: the minimum has the derivative 1 at zero, as it has to.
template <typename N> N softplus(const N &x) { return relu(x) + log1p(exp(minimum(x, -x))); }

template <typename N> N softsign(const N &x) { return x / (1 + abs(x)); }

template <typename N> N hardSigmoid(const N &x) { return relu6(x + 3) / 6; }

template <typename N> N hardSilu(const N &x) { return x * hardSigmoid(x); }

template <typename N> N hardTanh(const N &x) { return maximum(minimum(x, N(1)), N(-1)); }

template <typename N> N tanhShrink(const N &x) { return x - tanh(x); }

template <typename N> N softShrink(const N &x, double threshold = 0.5) {
  return select(x > N(threshold), x - threshold, select(x < N(-threshold), x + threshold, N(0)));
}

template <typename N> N hardShrink(const N &x, double threshold = 0.5) {
  return select(abs(x) > N(threshold), x, N(0));
}

template <typename N> N threshold(const N &x, double threshold, double defaultValue) {
  return select(x > N(threshold), x, N(defaultValue));
}

/// (x + sqrt(x² + b)) / 2; for negative x by its reciprocal, where the sum cancels out.
template <typename N> N squareplus(const N &x, double b = 4) {
  N root = sqrt(x * x + b);
  return select(x > N(0), (x + root) / 2, b / 2 / (root - minimum(x, N(0))));
}

template <typename N> N sparsePlus(const N &x) {
  return select(x < N(1), select(x > N(-1), 0.25 * ((x + 1) * (x + 1)), N(0)), x);
}

template <typename N> N sparseSigmoid(const N &x) {
  return maximum(N(0), minimum(N(1), 0.5 * (x + 1)));
}

template <typename N> N logSigmoid(const N &x) { return -softplus(-x); }

template <typename N> N mish(const N &x) { return x * tanh(softplus(x)); }

/// The activation with its default parameters.
template <typename N> N apply(Activation activation, const N &x) {
  switch (activation) {
  case Activation::linear:
    return x;
  case Activation::tanh:
    return tanh(x);
  case Activation::sigmoid:
    return sigmoid(x);
  case Activation::relu:
    return relu(x);
  case Activation::relu6:
    return relu6(x);
  case Activation::leaky_relu:
    return leakyRelu(x);
  case Activation::elu:
    return elu(x);
  case Activation::selu:
    return selu(x);
  case Activation::celu:
    return celu(x);
  case Activation::gelu:
    return gelu(x);
  case Activation::silu:
    return silu(x);
  case Activation::softplus:
    return softplus(x);
  case Activation::softsign:
    return softsign(x);
  case Activation::hard_sigmoid:
    return hardSigmoid(x);
  case Activation::hard_silu:
    return hardSilu(x);
  case Activation::hard_tanh:
    return hardTanh(x);
  case Activation::tanh_shrink:
    return tanhShrink(x);
  case Activation::soft_shrink:
    return softShrink(x);
  case Activation::hard_shrink:
    return hardShrink(x);
  case Activation::squareplus:
    return squareplus(x);
  case Activation::sparse_plus:
    return sparsePlus(x);
  case Activation::sparse_sigmoid:
    return sparseSigmoid(x);
  case Activation::log_sigmoid:
    return logSigmoid(x);
  case Activation::mish:
    return mish(x);
  case Activation::exponential:
    return exp(x);
  }
  llvm_unreachable("every activation is above");
}

//===----------------------------------------------------------------------===//
// Derivatives, with the default parameters
//===----------------------------------------------------------------------===//

/// Whether the derivative is a simple function of the result.
inline bool hasDerivativeOfResult(Activation activation) {
  switch (activation) {
  case Activation::linear:
  case Activation::tanh:
  case Activation::sigmoid:
  case Activation::relu:
    return true;
  default:
    return false;
  }
}

/// The derivative where the result is `y`; see `hasDerivativeOfResult`.
template <typename N> N derivativeOfResult(Activation activation, const N &y) {
  switch (activation) {
  case Activation::linear:
    return N(1);
  case Activation::tanh:
    return 1 - y * y;
  case Activation::sigmoid:
    return y * (1 - y);
  case Activation::relu:
    return select(y > N(0), N(1), N(0));
  default:
    llvm_unreachable("no derivative of the result");
  }
}

/// The derivative at `x`.
template <typename N> N derivative(Activation activation, const N &x) {
  auto beyond = [&](double bound, double there, double before) {
    return select(abs(x) > N(bound), N(there), N(before));
  };
  auto before = [&](double bound, double there) {
    return select(abs(x) < N(bound), N(there), N(0));
  };
  switch (activation) {
  case Activation::linear:
  case Activation::tanh:
  case Activation::sigmoid:
  case Activation::relu:
    return derivativeOfResult(activation, apply(activation, x));
  case Activation::relu6:
    return select(x > N(0), select(x < N(6), N(1), N(0)), N(0));
  case Activation::leaky_relu:
    return select(x > N(0), N(1), N(0.2));
  case Activation::elu:
  case Activation::celu:
    return exp(minimum(x, N(0)));
  case Activation::selu:
    return select(x < N(0), kSeluScale * kSeluAlpha * exp(minimum(x, N(0))), N(kSeluScale));
  case Activation::gelu:
    return 0.5 * (1 + erf(kSqrtHalf * x)) + 0.5 * kSqrtTwoOverPi * x * exp(-0.5 * (x * x));
  case Activation::silu: {
    N s = sigmoid(x);
    return s + x * (s * (1 - s));
  }
  case Activation::softplus:
    return sigmoid(x);
  case Activation::softsign: {
    N shrunk = 1 / (1 + abs(x));
    return shrunk * shrunk;
  }
  case Activation::hard_sigmoid:
    return before(3, 1.0 / 6);
  case Activation::hard_silu:
    return hardSigmoid(x) + x * before(3, 1.0 / 6);
  case Activation::hard_tanh:
    return beyond(1, 0, 1);
  case Activation::tanh_shrink: {
    N y = tanh(x);
    return y * y;
  }
  case Activation::soft_shrink:
  case Activation::hard_shrink:
    return beyond(0.5, 1, 0);
  case Activation::squareplus:
    return squareplus(x) / sqrt(x * x + 4);
  case Activation::sparse_plus:
    return sparseSigmoid(x);
  case Activation::sparse_sigmoid:
    return before(1, 0.5);
  case Activation::log_sigmoid:
    return sigmoid(-x);
  case Activation::mish: {
    N y = tanh(softplus(x));
    return y + x * ((1 - y * y) * sigmoid(x));
  }
  case Activation::exponential:
    return exp(x);
  }
  llvm_unreachable("every activation is above");
}

} // namespace rondo::activations

#endif // RONDO_DIALECT_ACTIVATIONS_H
