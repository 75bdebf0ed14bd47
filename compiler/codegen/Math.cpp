//===- Math.cpp - Elementary functions in generated code ------------------===//
//
// e^x = 2^n · e^r with n = round(x · log2 e) and |r| ≤ ln 2 / 2 (Cody and
// Waite's two-step reduction); e^r and log(1 + f) are minimax polynomials
// (Lawson's iteration in double precision, coefficients rounded to float).
// Functions of e^x are built on e^r - 1, which keeps its relative accuracy.
// Powers, sines and cosines are computed in double precision: there no float
// has too large an exponent, and the first terms of a series suffice.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Math.h"
#include "dialect/Activations.h"
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

/// x ≤ upper, or NaN. One instruction, since x is the second operand of a comparison that is false
/// for NaN.
static Value atMost(Emitter &e, Value x, float upper) {
  Value high = e.constant(x.getType(), upper);
  return e.create<arith::SelectOp>(e.comparef(arith::CmpFPredicate::OLT, high, x), high, x);
}

/// lower ≤ x ≤ upper, or NaN.
static Value clamp(Emitter &e, Value x, float lower, float upper) {
  Value low = e.constant(x.getType(), lower);
  x = e.create<arith::SelectOp>(e.comparef(arith::CmpFPredicate::OGT, low, x), low, x);
  return atMost(e, x, upper);
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

PowerOfTwo emitExp2(Emitter &e, Value x) {
  Type type = x.getType(), integers = e.sameLanes(e.builder().getI32Type(), type);
  // The exponent's bias is in what rounds: its bits are those of 2^n, shifted.
  Value round = e.constant(type, kRound + 127);
  x = clamp(e, x, -60.0f, 60.0f);
  Value shifted = e.addf(x, round);
  Value r = e.subf(x, e.subf(shifted, round));
  Value p = horner(
      e, r,
      {0.693147182f, 0.240226492f, 0.0555035807f, 0.00961823668f, 0.00133904559f, 0.000154035224f});
  Value bits = e.create<arith::ShLIOp>(e.create<arith::BitcastOp>(integers, shifted),
                                       e.constantInt(integers, 23));
  return {e.create<arith::BitcastOp>(type, bits), e.mulf(r, p)};
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

/// e^x - 1 for -40 ≤ x ≤ 89, or NaN.
static Value expMinusOne(Emitter &e, Value x) {
  Type type = x.getType();
  Reduced reduced = reduce(e, x);
  // Half of it, because 2^128 leaves the range before the result does.
  Value n = e.sub(reduced.exponent, e.constantInt(reduced.exponent.getType(), 1));
  Value scale = powerOfTwo(e, n, type);
  Value half = e.fma(scale, reduced.expMinusOne, e.subf(scale, e.constant(type, 0.5)));
  return e.addf(half, half);
}

Value emitExpm1(Emitter &e, Value x) {
  // Beyond the bounds the result rounds to -1 or infinity.
  return expMinusOne(e, clamp(e, x, -40.0f, 89.0f));
}

/// log(x + correction) of a positive, normal and finite x, where the correction is none or at
/// most half an ulp of x.
static Value logOfPositive(Emitter &e, Value x, Value correction) {
  Type type = x.getType(), integers = e.sameLanes(e.builder().getI32Type(), type);
  auto floats = [&](double value) { return e.constant(type, value); };
  // x = 2^n (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
  constexpr int32_t sqrtHalfBits = 0x3F3504F3;
  Value bits = e.create<arith::BitcastOp>(integers, x);
  Value offset = e.sub(bits, e.constantInt(integers, sqrtHalfBits));
  Value exponent = e.create<arith::ShRSIOp>(offset, e.constantInt(integers, 23));
  Value mantissa = e.sub(bits, e.create<arith::ShLIOp>(exponent, e.constantInt(integers, 23)));
  Value f = e.subf(e.create<arith::BitcastOp>(type, mantissa), floats(1));
  if (correction) {
    Value down = e.max(e.sub(e.constantInt(integers, 0), exponent), e.constantInt(integers, -126));
    f = e.fma(correction, powerOfTwo(e, down, type), f);
  }
  Value n = e.create<arith::SIToFPOp>(type, exponent);
  Value q = horner(e, f,
                   {0.33333313f, -0.25000009f, 0.20002119f, -0.16667996f, 0.14219552f, -0.12405588f,
                    0.11888164f, -0.11675655f, 0.067466408f});
  // log x = n ln 2 + f - f²/2 + f³ q, the small terms first.
  Value square = e.mulf(f, f);
  Value tail = e.mulf(e.mulf(square, f), q);
  tail = e.fma(n, floats(kLn2Low), tail);
  tail = e.fma(square, floats(-0.5), tail);
  return e.fma(n, floats(kLn2High), e.addf(f, tail));
}

/// The same of all floats: as x alone says at its ends.
static Value logOf(Emitter &e, Value x, Value correction) {
  Type type = x.getType();
  auto floats = [&](double value) { return e.constant(type, value); };
  Value result = logOfPositive(e, x, correction);
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

Value emitLog(Emitter &e, Value x) { return logOf(e, x, {}); }

Value emitLog1p(Emitter &e, Value x) {
  // 1 + x and what its rounding left out (Knuth's sum of two).
  Value one = e.constant(x.getType(), 1);
  Value sum = e.addf(one, x);
  Value added = e.subf(sum, one);
  Value left = e.addf(e.subf(one, e.subf(sum, added)), e.subf(x, added));
  return logOf(e, sum, left);
}

Value emitErf(Emitter &e, Value x) {
  // 1 - e^g(|x|), where g is ln(1 - erf), for |x| up to 4, where erf rounds to 1. As x h(x) - x it
  // keeps its relative accuracy near zero.
  Value magnitude = atMost(e, e.create<LLVM::FAbsOp>(x), 4.0f);
  Value h = horner(e, magnitude,
                   {-0.12837917f, -0.6366194f, -0.10277783f, 0.019153064f, 0.00016039611f,
                    -0.0016670275f, 0.0006328369f, -0.00011764128f, 9.256266e-6f});
  Value g = e.fma(magnitude, h, e.create<arith::NegFOp>(magnitude));
  return e.create<LLVM::CopySignOp>(expMinusOne(e, g), x);
}

//===----------------------------------------------------------------------===//
// Random numbers
//===----------------------------------------------------------------------===//

/// The words of Philox2x32-10 of vectors of counters.
static std::pair<Value, Value> philox(Emitter &e, Value first, Value second, Value key) {
  // A product of 32-bit numbers takes two lanes. So even lanes and odd ones are multiplied in
  // turn, where they are, and blended: wider vectors would have to be put together again.
  Type words = first.getType();
  const int32_t lanes = e.lanes();
  Type pairs = VectorType::get({lanes / 2}, e.i64Type());
  SmallVector<int32_t> lowHalves, highHalves;
  for (int32_t lane = 0; lane < lanes; lane += 2) {
    lowHalves.append({lane, lanes + lane});
    highHalves.append({lane + 1, lanes + lane + 1});
  }
  Value multiplier = e.constantInt(pairs, 0xD256D193),
        step = e.constantInt(words, int32_t(0x9E3779B9));
  Value lowMask = e.constantInt(pairs, 0xFFFFFFFF), half = e.constantInt(pairs, 32);
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    Value both = e.create<LLVM::BitcastOp>(pairs, first);
    Value even = e.mul(e.create<arith::AndIOp>(both, lowMask), multiplier);
    Value odd = e.mul(e.create<arith::ShRUIOp>(both, half), multiplier);
    even = e.create<LLVM::BitcastOp>(words, even);
    odd = e.create<LLVM::BitcastOp>(words, odd);
    Value high = e.create<LLVM::ShuffleVectorOp>(even, odd, highHalves);
    first = e.create<arith::XOrIOp>(high, e.create<arith::XOrIOp>(key, second));
    second = e.create<LLVM::ShuffleVectorOp>(even, odd, lowHalves);
    key = e.add(key, step);
  }
  return {first, second};
}

/// The upper 24 bits of words as numbers in [0, 1).
static Value toUnit(Emitter &e, Value words) {
  Type floats = e.sameLanes(e.f32(), words.getType());
  Value upper = e.create<arith::ShRUIOp>(words, e.constantInt(words.getType(), 8));
  return e.mulf(e.create<arith::SIToFPOp>(floats, upper), e.constant(floats, 0x1p-24));
}

Value emitRandom(Emitter &e, Value position, Value key, Value counter) {
  return toUnit(e, philox(e, position, counter, key).first);
}

Value emitRandomNormal(Emitter &e, Value position, Value key, Value counter) {
  auto [first, second] = philox(e, position, counter, key);
  Value u = toUnit(e, first), v = toUnit(e, second);
  Type type = u.getType();
  auto floats = [&](double value) { return e.constant(type, value); };
  // All differences are exact, and 1 - u is in (0, 1].
  Value logarithm = logOfPositive(e, e.subf(floats(1), u), {});
  Value radius = e.sqrt(e.mulf(logarithm, floats(-2)));
  // cos 2πv = sin 2πt, where |t| is at most a quarter.
  Value t = e.subf(e.create<LLVM::FAbsOp>(e.subf(v, floats(0.5))), floats(0.25));
  Value slope =
      horner(e, e.mulf(t, t), {6.2831855f, -41.34168f, 81.602234f, -76.57499f, 39.71092f});
  return e.mulf(radius, e.mulf(t, slope));
}

//===----------------------------------------------------------------------===//
// In double precision
//===----------------------------------------------------------------------===//

// Adding this rounds a double below 2^51 to an integer in the low mantissa bits.
static constexpr double kRoundDouble = 6755399441055744.0;

static Value hornerDouble(Emitter &e, Value x, ArrayRef<double> coefficients) {
  Value result = e.constant(x.getType(), coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = e.fma(result, x, e.constant(x.getType(), coefficient));
  return result;
}

/// log2 of a double that is positive and a float, to about 12 digits.
static Value log2Double(Emitter &e, Value x) {
  Type type = x.getType(), integers = e.sameLanes(e.i64Type(), type);
  // x = 2^n m with m between sqrt(1/2) and sqrt(2). The bias keeps the exponent
  // positive, so that an unsigned shift takes it out.
  constexpr int64_t sqrtHalfBits = 0x3FE6A09E667F3BCD, bias = 1024, twoTo52 = 0x4330000000000000;
  Value bits = e.create<arith::BitcastOp>(integers, x);
  Value offset = e.add(bits, e.constantInt(integers, (bias << 52) - sqrtHalfBits));
  Value exponent = e.create<arith::ShRUIOp>(offset, e.constantInt(integers, 52));
  Value shifted = e.create<arith::ShLIOp>(e.sub(exponent, e.constantInt(integers, bias)),
                                          e.constantInt(integers, 52));
  Value m = e.create<arith::BitcastOp>(type, e.sub(bits, shifted));
  // An integer in the low mantissa bits of 2^52, as a number.
  Value n = e.create<arith::BitcastOp>(type, e.add(exponent, e.constantInt(integers, twoTo52)));
  n = e.subf(n, e.constant(type, 4503599627370496.0 + bias));
  // log2 m = 2/ln 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1) / (m + 1), |s| < 0.172.
  Value one = e.constant(type, 1);
  Value s = e.divf(e.subf(m, one), e.addf(m, one));
  constexpr double scale = 2.88539008177792681472;
  Value series = hornerDouble(
      e, e.mulf(s, s),
      {scale, scale / 3, scale / 5, scale / 7, scale / 9, scale / 11, scale / 13, scale / 15});
  return e.fma(s, series, n);
}

/// 2^x for |x| ≤ 200, or NaN, to about 9 digits.
static Value exp2Double(Emitter &e, Value x) {
  Type type = x.getType(), integers = e.sameLanes(e.i64Type(), type);
  Value rounding = e.constant(type, kRoundDouble);
  Value shifted = e.addf(x, rounding);
  Value r = e.subf(x, e.subf(shifted, rounding));
  SmallVector<double> series{1};
  for (int k = 1; k <= 8; ++k)
    series.push_back(series.back() * 0.693147180559945309417 / k);
  Value power = hornerDouble(e, r, series);
  // The integer is in the low bits of `shifted`; the shift drops the others.
  Value bits = e.create<arith::ShLIOp>(e.create<arith::BitcastOp>(integers, shifted),
                                       e.constantInt(integers, 52));
  return e.create<arith::BitcastOp>(type, e.add(e.create<arith::BitcastOp>(integers, power), bits));
}

Value emitPow(Emitter &e, Value x, Value y) {
  using Predicate = arith::CmpFPredicate;
  Type type = x.getType(), doubles = e.sameLanes(e.builder().getF64Type(), type);
  const double infinity = std::numeric_limits<double>::infinity();
  Value zero = e.constant(type, 0), one = e.constant(type, 1);
  auto select = [&](Value condition, Value onTrue, Value onFalse) -> Value {
    return e.create<arith::SelectOp>(condition, onTrue, onFalse);
  };
  auto both = [&](Value lhs, Value rhs) -> Value { return e.create<arith::AndIOp>(lhs, rhs); };
  auto either = [&](Value lhs, Value rhs) -> Value { return e.create<arith::OrIOp>(lhs, rhs); };
  auto isWhole = [&](Value value) {
    return e.comparef(Predicate::OEQ, e.create<LLVM::FFloorOp>(value), value);
  };

  // |x|^y = 2^(y log2 |x|).
  Value magnitude = e.create<LLVM::FAbsOp>(x);
  Value base = e.create<arith::ExtFOp>(doubles, magnitude);
  Value limit = e.constant(doubles, infinity);
  Value log = select(e.comparef(Predicate::OLT, base, limit), log2Double(e, base), base);
  log = select(e.comparef(Predicate::OEQ, base, e.constant(doubles, 0)),
               e.constant(doubles, -infinity), log);
  Value exponent = e.mulf(e.create<arith::ExtFOp>(doubles, y), log);
  Value power = e.create<arith::TruncFOp>(type, exp2Double(e, clamp(e, exponent, -200, 200)));

  // 1^y and x^0 are 1, also for infinity and NaN; so is |-1|^y but for NaN.
  Value isOne = e.comparef(Predicate::OEQ, magnitude, one);
  Value known = e.comparef(Predicate::ORD, y, y);
  power = select(both(isOne, known), one, power);
  // Negative numbers: only whole powers exist, odd ones keep the sign.
  Value whole = isWhole(y), even = isWhole(e.mulf(y, e.constant(type, 0.5)));
  Value finite = both(e.comparef(Predicate::OLT, x, zero),
                      e.comparef(Predicate::OLT, magnitude, e.constant(type, infinity)));
  Value none =
      e.create<arith::XOrIOp>(whole, e.constantInt(whole.getType(), 1)); // NaN is not whole either
  power =
      select(both(finite, none), e.constant(type, std::numeric_limits<double>::quiet_NaN()), power);
  Value odd = both(whole, e.create<arith::XOrIOp>(even, e.constantInt(even.getType(), 1)));
  power = e.create<LLVM::CopySignOp>(power, select(odd, x, one));
  Value always = either(e.comparef(Predicate::OEQ, y, zero), e.comparef(Predicate::OEQ, x, one));
  return select(always, one, power);
}

/// sin(x), or cos(x), which is a quarter turn ahead.
static Value emitSine(Emitter &e, Value x, bool cosine) {
  Type type = e.sameLanes(e.builder().getF64Type(), x.getType());
  Type integers = e.sameLanes(e.i64Type(), type);
  x = e.create<arith::ExtFOp>(type, x);
  // Quarter turns x · 2/π less a multiple of 4, with 2/π in pieces of 24 bits:
  // each product with a float is exact, and only its part below 4 counts (Payne
  // and Hanek, for all floats alike).
  static constexpr double kTwoOverPi[] = {0xA2F983p-24,  0x6E4E44p-48,  0x1529FCp-72,
                                          0x2757D1p-96,  0xF534DDp-120, 0xC0DB62p-144,
                                          0x95993Cp-168, 0x439041p-192};
  Value turns;
  for (double piece : kTwoOverPi) {
    Value product = e.mulf(x, e.constant(type, piece));
    Value fours = e.create<LLVM::RintOp>(type, e.mulf(product, e.constant(type, 0.25)));
    product = e.fma(fours, e.constant(type, -4), product);
    turns = turns ? e.addf(turns, product) : product;
  }
  Value rounding = e.constant(type, kRoundDouble);
  Value shifted = e.addf(turns, rounding);
  Value r =
      e.mulf(e.subf(turns, e.subf(shifted, rounding)), e.constant(type, 1.57079632679489661923));
  Value quarter = e.create<arith::BitcastOp>(integers, shifted);
  if (cosine)
    quarter = e.add(quarter, e.constantInt(integers, 1));

  Value square = e.mulf(r, r);
  Value sin =
      e.mulf(r, hornerDouble(e, square,
                             {1, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800}));
  Value cos =
      hornerDouble(e, square, {1, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800});
  // Odd quarters exchange sine and cosine, the second half of a turn has the other sign.
  auto bit = [&](int64_t mask) {
    Value masked = e.create<arith::AndIOp>(quarter, e.constantInt(integers, mask));
    return e.compare(arith::CmpIPredicate::ne, masked, e.constantInt(integers, 0));
  };
  Value result = e.create<arith::SelectOp>(bit(1), cos, sin);
  Value negated = e.create<arith::NegFOp>(result);
  result = e.create<arith::SelectOp>(bit(2), negated, result);
  return e.create<arith::TruncFOp>(e.sameLanes(e.f32(), type), result);
}

Value emitSin(Emitter &e, Value x) { return emitSine(e, x, /*cosine=*/false); }

Value emitCos(Emitter &e, Value x) { return emitSine(e, x, /*cosine=*/true); }

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

namespace {
/// Vectors as a kind of number of Activations.h: a value, or a constant for which
/// the other operand says where and how wide. Products may join sums as one
/// instruction.
struct Lanes {
  Lanes(Emitter &e, Value value) : e(&e), value(value) {}
  Lanes(double constant) : constant(constant) {}

  Value get(const Lanes &like) const {
    return value ? value : like.e->constant(like.value.getType(), constant);
  }
  template <typename Op> static Lanes binary(const Lanes &x, const Lanes &y) {
    Emitter &e = x.e ? *x.e : *y.e;
    Value left = x.get(y), right = y.get(x);
    return {e, e.create<Op>(left, right, arith::FastMathFlags::contract)};
  }

  Emitter *e = nullptr;
  Value value;
  double constant = 0;
};

struct Condition {
  Lanes operand;
  Value holds;
};
Lanes operator+(const Lanes &x, const Lanes &y) { return Lanes::binary<arith::AddFOp>(x, y); }
Lanes operator-(const Lanes &x, const Lanes &y) { return Lanes::binary<arith::SubFOp>(x, y); }
Lanes operator*(const Lanes &x, const Lanes &y) { return Lanes::binary<arith::MulFOp>(x, y); }
Lanes operator/(const Lanes &x, const Lanes &y) { return Lanes::binary<arith::DivFOp>(x, y); }
Lanes minimum(const Lanes &x, const Lanes &y) { return Lanes::binary<arith::MinimumFOp>(x, y); }
Lanes maximum(const Lanes &x, const Lanes &y) { return Lanes::binary<arith::MaximumFOp>(x, y); }
Lanes operator-(const Lanes &x) { return {*x.e, x.e->create<arith::NegFOp>(x.value)}; }
Lanes abs(const Lanes &x) { return {*x.e, x.e->create<LLVM::FAbsOp>(x.value)}; }
Lanes erf(const Lanes &x) { return {*x.e, emitErf(*x.e, x.value)}; }
Lanes exp(const Lanes &x) { return {*x.e, emitExp(*x.e, x.value)}; }
Lanes expm1(const Lanes &x) { return {*x.e, emitExpm1(*x.e, x.value)}; }
Lanes log1p(const Lanes &x) { return {*x.e, emitLog1p(*x.e, x.value)}; }
Lanes relu(const Lanes &x) { return maximum(x, 0); }
Lanes sigmoid(const Lanes &x) { return {*x.e, emitSigmoid(*x.e, x.value)}; }
Lanes sqrt(const Lanes &x) { return {*x.e, x.e->sqrt(x.value)}; }
Lanes tanh(const Lanes &x) { return {*x.e, emitTanh(*x.e, x.value)}; }

Condition compare(arith::CmpFPredicate predicate, const Lanes &x, const Lanes &y) {
  const Lanes &operand = x.e ? x : y;
  Value left = x.get(y), right = y.get(x);
  return {operand, operand.e->comparef(predicate, left, right)};
}
Condition operator<(const Lanes &x, const Lanes &y) {
  return compare(arith::CmpFPredicate::OLT, x, y);
}
Condition operator>(const Lanes &x, const Lanes &y) {
  return compare(arith::CmpFPredicate::OGT, x, y);
}
Lanes select(const Condition &condition, const Lanes &x, const Lanes &y) {
  Emitter &e = *condition.operand.e;
  Value onTrue = x.get(condition.operand), onFalse = y.get(condition.operand);
  return {e, e.create<arith::SelectOp>(condition.holds, onTrue, onFalse)};
}
} // namespace

Value emitActivation(Emitter &e, Activation activation, Value x) {
  Lanes lanes(e, x);
  return activations::apply(activation, lanes).get(lanes);
}

Value emitDerivative(Emitter &e, Activation activation, Value x) {
  Lanes lanes(e, x);
  return activations::derivative(activation, lanes).get(lanes);
}

Value emitDerivativeOfResult(Emitter &e, Activation activation, Value y) {
  Lanes lanes(e, y);
  return activations::derivativeOfResult(activation, lanes).get(lanes);
}

} // namespace rondo::codegen
