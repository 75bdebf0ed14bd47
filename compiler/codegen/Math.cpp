//===- Math.cpp - Elementary functions in generated code ------------------===//
//
// e^x = 2^n · e^r with n = round(x · log2 e) and |r| ≤ ln 2 / 2 (Cody and
// Waite's two-step reduction); e^r and log(1 + f) are minimax polynomials
// (Lawson's iteration in double precision, coefficients rounded to float).
// Everything else is built on e^r - 1, which keeps its relative accuracy.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Math.h"
#include <limits>

using namespace mlir;

namespace rondo::codegen {

static constexpr float kLog2E = 1.44269504f;
// ln 2 in two parts: n * kLn2High is exact for the n that occur.
static constexpr float kLn2High = 0.693359375f;
static constexpr float kLn2Low = -2.12194440e-4f;
// Adding this rounds a float below 2^22 to an integer in the low mantissa bits.
static constexpr float kRound = 12582912.0f;
static constexpr int32_t kRoundBits = 0x4B400000;

namespace {
/// x = n ln 2 + r.
struct Reduced {
  Value exponent;    // n, as integers
  Value expMinusOne; // e^r - 1
};
} // namespace

/// lower ≤ x ≤ upper, or NaN. One instruction each, since x is the second
/// operand of a comparison that is false for NaN.
static Value clamp(Emitter &e, Value x, float lower, float upper) {
  Value low = e.constant(x.getType(), lower), high = e.constant(x.getType(), upper);
  x = e.create<arith::SelectOp>(e.comparef(arith::CmpFPredicate::OGT, low, x), low, x);
  return e.create<arith::SelectOp>(e.comparef(arith::CmpFPredicate::OLT, high, x), high, x);
}

static Value horner(Emitter &e, Value x, ArrayRef<float> coefficients) {
  Value result = e.constant(x.getType(), coefficients.back());
  for (float coefficient : llvm::reverse(coefficients.drop_back()))
    result = e.fma(result, x, e.constant(x.getType(), coefficient));
  return result;
}

static Reduced reduce(Emitter &e, Value x) {
  Type type = x.getType(), integers = e.sameLanes(e.builder().getI32Type(), type);
  Value shifted = e.fma(x, e.constant(type, kLog2E), e.constant(type, kRound));
  Value n = e.subf(shifted, e.constant(type, kRound));
  Value r = e.fma(n, e.constant(type, -kLn2High), x);
  r = e.fma(n, e.constant(type, -kLn2Low), r);
  Value p = horner(e, r, {0.49999994f, 0.16666520f, 0.041668396f, 0.0083687967f, 0.0013814433f});
  Value bits = e.create<arith::BitcastOp>(integers, shifted);
  return {e.sub(bits, e.constantInt(integers, kRoundBits)), e.fma(e.mulf(r, r), p, r)};
}

/// 2^n for -126 ≤ n ≤ 127; infinity for n = 128.
static Value powerOfTwo(Emitter &e, Value n, Type type) {
  Value biased = e.add(n, e.constantInt(n.getType(), 127));
  Value bits = e.create<arith::ShLIOp>(biased, e.constantInt(n.getType(), 23));
  return e.create<arith::BitcastOp>(type, bits);
}

Value emitExp(Emitter &e, Value x) {
  // Beyond the bounds the result rounds to 0 or infinity.
  Reduced reduced = reduce(e, clamp(e, x, -105.0f, 90.0f));
  Value one = e.constant(x.getType(), 1);
  // In two steps, because 2^n alone leaves the range before the result does.
  Value half =
      e.create<arith::ShRSIOp>(reduced.exponent, e.constantInt(reduced.exponent.getType(), 1));
  Value rest = e.sub(reduced.exponent, half);
  Value scaled = e.mulf(e.addf(reduced.expMinusOne, one), powerOfTwo(e, half, x.getType()));
  return e.mulf(scaled, powerOfTwo(e, rest, x.getType()));
}

Value emitTanh(Emitter &e, Value x) {
  // tanh x = (e^2x - 1) / (e^2x - 1 + 2); beyond ±10 it rounds to ±1.
  Value limited = clamp(e, x, -10.0f, 10.0f);
  Reduced reduced = reduce(e, e.addf(limited, limited));
  Value scale = powerOfTwo(e, reduced.exponent, x.getType());
  Value expMinusOne = e.fma(scale, reduced.expMinusOne, e.subf(scale, e.constant(x.getType(), 1)));
  return e.divf(expMinusOne, e.addf(expMinusOne, e.constant(x.getType(), 2)));
}

Value emitSigmoid(Emitter &e, Value x) {
  Value one = e.constant(x.getType(), 1);
  Value negated = e.create<arith::NegFOp>(x);
  // At the upper bound 2^128 is infinity, which makes the result 0.
  Reduced reduced = reduce(e, clamp(e, negated, -87.0f, 89.0f));
  Value scale = powerOfTwo(e, reduced.exponent, x.getType());
  return e.divf(one, e.addf(e.fma(scale, reduced.expMinusOne, scale), one));
}

Value emitLog(Emitter &e, Value x) {
  Type type = x.getType(), integers = e.sameLanes(e.builder().getI32Type(), type);
  auto floats = [&](double value) { return e.constant(type, value); };
  // x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
  constexpr int32_t sqrtHalfBits = 0x3F3504F3;
  Value bits = e.create<arith::BitcastOp>(integers, x);
  Value offset = e.sub(bits, e.constantInt(integers, sqrtHalfBits));
  Value exponent = e.create<arith::ShRSIOp>(offset, e.constantInt(integers, 23));
  Value mantissa = e.sub(bits, e.create<arith::ShLIOp>(exponent, e.constantInt(integers, 23)));
  Value f = e.subf(e.create<arith::BitcastOp>(type, mantissa), floats(1));
  Value n = e.create<arith::SIToFPOp>(type, exponent);
  Value q = horner(e, f,
                   {0.33333313f, -0.25000009f, 0.20002119f, -0.16667996f, 0.14219552f, -0.12405588f,
                    0.11888164f, -0.11675655f, 0.067466408f});
  // log x = n ln 2 + f - f²/2 + f³ q, the small terms first.
  Value square = e.mulf(f, f);
  Value tail = e.mulf(e.mulf(square, f), q);
  tail = e.fma(n, floats(kLn2Low), tail);
  tail = e.fma(square, floats(-0.5), tail);
  Value result = e.fma(n, floats(kLn2High), e.addf(f, tail));

  const double infinity = std::numeric_limits<double>::infinity();
  auto choose = [&](arith::CmpFPredicate predicate, double bound, Value value) {
    result = e.create<arith::SelectOp>(e.comparef(predicate, x, floats(bound)), value, result);
  };
  choose(arith::CmpFPredicate::OEQ, infinity, x);
  // Below the least normal number the exponent trick is off: zero.
  choose(arith::CmpFPredicate::OLT, std::numeric_limits<float>::min(), floats(-infinity));
  choose(arith::CmpFPredicate::OLT, 0, floats(std::numeric_limits<double>::quiet_NaN()));
  choose(arith::CmpFPredicate::UNO, 0, x);
  return result;
}

Value emitActivation(Emitter &e, Activation activation, Value x) {
  switch (activation) {
  case Activation::linear:
    return x;
  case Activation::tanh:
    return emitTanh(e, x);
  case Activation::sigmoid:
    return emitSigmoid(e, x);
  case Activation::relu:
    return e.maximum(x, e.constant(x.getType(), 0));
  }
  llvm_unreachable("unknown activation");
}

Value emitActivationDerivative(Emitter &e, Activation activation, Value y) {
  Value one = e.constant(y.getType(), 1), zero = e.constant(y.getType(), 0);
  switch (activation) {
  case Activation::linear:
    return one;
  case Activation::tanh:
    return e.fma(e.create<arith::NegFOp>(y), y, one);
  case Activation::sigmoid:
    return e.mulf(y, e.subf(one, y));
  case Activation::relu:
    return e.create<arith::SelectOp>(e.comparef(arith::CmpFPredicate::OGT, y, zero), one, zero);
  }
  llvm_unreachable("unknown activation");
}

} // namespace rondo::codegen
