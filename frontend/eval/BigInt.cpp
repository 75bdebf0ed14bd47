//===- BigInt.cpp - Integers beyond 64 bits -------------------------------===//
//
// Arithmetic on llvm::APInt, widened first so that nothing overflows.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Interpreter.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APSInt.h"
#include "llvm/ADT/SmallString.h"
#include <cmath>
#include <fmt/format.h>

namespace rondo::eval {

using ast::BinaryOp;
using llvm::APInt;

namespace {

APInt widened(const APInt &value, unsigned bits) {
  return value.getBitWidth() < bits ? value.sext(bits) : value;
}

APInt absolute(const APInt &value) { return widened(value, value.getBitWidth() + 1).abs(); }

double toDouble(const APInt &value) {
  llvm::APFloat result(llvm::APFloat::IEEEdouble());
  result.convertFromAPInt(value, /*IsSigned=*/true, llvm::APFloat::rmNearestTiesToEven);
  return result.convertToDouble();
}

Value tooLarge(Interpreter &in, SourceRange place) {
  return in.mistake(Code::MemoryLimit, place, "the result has more than {} bits", maxIntegerBits);
}

/// Counts the work of products and quotients, whose time is the product of sizes.
bool charge(Interpreter &in, const APInt &a, const APInt &b, SourceRange place) {
  return in.step(place, 1 + uint64_t(a.getNumWords()) * b.getNumWords() / 64);
}

/// Quotient towards minus infinity, and the remainder with the divisor's sign.
std::pair<APInt, APInt> floorDivide(const APInt &left, const APInt &right) {
  APInt quotient, remainder;
  APInt::sdivrem(left, right, quotient, remainder);
  if (!remainder.isZero() && remainder.isNegative() != right.isNegative()) {
    --quotient;
    remainder += right;
  }
  return {quotient, remainder};
}

/// In the least width that holds it.
APInt product(const APInt &a, const APInt &b) {
  APInt x = absolute(a), y = absolute(b);
  std::vector<APInt::WordType> words(x.getNumWords() + y.getNumWords() + 1);
  APInt::tcFullMultiply(words.data(), x.getRawData(), y.getRawData(), x.getNumWords(),
                        y.getNumWords());
  words.back() = 0; // The sign.
  APInt result(words.size() * APInt::APINT_BITS_PER_WORD, words);
  if (a.isNegative() != b.isNegative())
    result.negate();
  return result.trunc(std::min(result.getBitWidth(), result.getSignificantBits()));
}

Value power(Interpreter &in, const APInt &base, const APInt &exponent, SourceRange place) {
  APInt magnitude = absolute(base);
  if (magnitude.ule(1)) { // 0, 1 and -1 stay what they are however often.
    bool isEven = !exponent[0];
    return Value::integer(exponent.isZero() ? 1
                          : isEven          ? magnitude.getZExtValue()
                                            : base.getSExtValue());
  }
  uint64_t count = exponent.getActiveBits() > 32 ? UINT32_MAX : exponent.getZExtValue();
  uint64_t bits = magnitude.getActiveBits() * count + 2;
  if (bits > maxIntegerBits)
    return tooLarge(in, place);
  APInt factor = base, result(64, 1);
  for (; count > 0; count >>= 1) {
    if (!charge(in, factor, factor, place))
      return Value::error();
    if (count & 1)
      result = product(result, factor);
    if (count > 1)
      factor = product(factor, factor);
  }
  return makeInteger(in.heap, result);
}

Value shift(Interpreter &in, BinaryOp op, const APInt &left, const APInt &right,
            SourceRange place) {
  if (right.isNegative())
    return in.mistake(Code::ValueMismatch, place, "a shift by a negative number");
  uint64_t count = right.getActiveBits() > 32 ? UINT32_MAX : right.getZExtValue();
  if (op == BinaryOp::RightShift)
    return makeInteger(in.heap, left.ashr(std::min<uint64_t>(count, left.getBitWidth())));
  if (left.isZero())
    return Value::integer(0);
  if (left.getBitWidth() + count > maxIntegerBits)
    return tooLarge(in, place);
  return makeInteger(in.heap, left.sext(left.getBitWidth() + count + 1).shl(count));
}

} // namespace

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<APInt> bigOf(Value value) {
  if (auto integer = value.asInteger())
    return APInt(64, uint64_t(*integer), /*isSigned=*/true);
  if (const auto *big = value.as<BigInt>())
    return big->value;
  return std::nullopt;
}

bool isInteger(Value value) { return value.asInteger() || value.as<BigInt>(); }

Value makeInteger(Heap &heap, const APInt &value) {
  unsigned bits = value.getSignificantBits();
  if (bits <= 64)
    return Value::integer(value.getSExtValue());
  heap.charge(bits / 8);
  return heap.make<BigInt>(value.trunc(std::min(bits, value.getBitWidth())));
}

std::optional<double> realOf(Value value) {
  if (const auto *big = value.as<BigInt>())
    return toDouble(big->value);
  return value.asReal();
}

int compareExactly(Value integer, double real) {
  if (std::isinf(real))
    return real > 0 ? -1 : 1;
  APInt left = *bigOf(integer);
  // The whole part exactly, then what is behind the point.
  llvm::APFloat number(real == 0 ? 0.0 : real);
  unsigned bits = std::max(left.getBitWidth(), 1100u) + 1;
  llvm::APSInt whole(bits, /*isUnsigned=*/false);
  bool isExact = false;
  number.convertToInteger(whole, llvm::APFloat::rmTowardNegative, &isExact);
  left = left.sext(bits);
  if (left == whole)
    return isExact ? 0 : -1;
  return left.slt(whole) ? -1 : 1;
}

bool isNegative(Value integer) {
  if (const auto *big = integer.as<BigInt>())
    return big->value.isNegative();
  return integer.asInteger().value_or(0) < 0;
}

std::optional<std::string> digitsOf(Value integer, unsigned base) {
  APInt magnitude = absolute(*bigOf(integer));
  // Bases that are powers of two are quick.
  bool isLong = base == 10 && magnitude.getActiveBits() > maxIntegerDigits * 3.33;
  if (isLong)
    return std::nullopt;
  if (base != 10) {
    llvm::SmallString<64> text;
    magnitude.toStringUnsigned(text, base);
    return llvm::StringRef(text).lower();
  }
  // Nine digits at a time: dividing by each of them takes milliseconds for thousands.
  constexpr uint64_t part = 1'000'000'000;
  std::string text;
  while (magnitude.getActiveBits() > 64) {
    uint64_t rest;
    APInt quotient;
    APInt::udivrem(magnitude, part, quotient, rest);
    text = fmt::format("{:09}", rest) + text;
    magnitude = std::move(quotient);
  }
  text = std::to_string(magnitude.getZExtValue()) + text;
  countWork(text.size() * text.size() / 2000);
  return text;
}

std::optional<Value> parseInteger(Heap &heap, llvm::StringRef text, unsigned base) {
  bool negative = text.consume_front("-");
  if (!negative)
    text.consume_front("+");
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_')
      continue;
    unsigned digit = llvm::hexDigitValue(text[i]);
    if (base > 16 && llvm::isAlpha(text[i]))
      digit = llvm::toLower(text[i]) - 'a' + 10;
    if (digit >= base)
      return std::nullopt;
    digits += text[i];
  }
  if (digits.empty() || digits.size() > maxIntegerDigits)
    return std::nullopt;
  unsigned bits = digits.size() * 6 + 2;
  APInt value(bits, digits, base);
  return makeInteger(heap, negative ? -value : value);
}

std::string BigInt::repr(unsigned) const {
  std::optional<std::string> digits = digitsOf(const_cast<BigInt *>(this), 10);
  if (!digits) {
    failFullText();
    return fmt::format("<an integer of {} bits>", value.getBitWidth());
  }
  return (value.isNegative() ? "-" : "") + *digits;
}

bool BigInt::equals(const Object &other, unsigned) const {
  const auto *big = dynamic_cast<const BigInt *>(&other);
  return big && value.getBitWidth() == big->value.getBitWidth() && value == big->value;
}

size_t BigInt::hash() const {
  constexpr uint64_t modulus = (uint64_t(1) << 61) - 1;
  uint64_t hash = eval::absolute(value).urem(modulus);
  return value.isNegative() ? 0 - hash : hash;
}

std::optional<Value> toInteger(Heap &heap, double value) {
  if (!std::isfinite(value))
    return std::nullopt;
  if (std::fabs(value) < 0x1p63)
    return Value::integer(int64_t(value));
  llvm::APSInt whole(1100, /*isUnsigned=*/false);
  bool isExact = false;
  llvm::APFloat(value).convertToInteger(whole, llvm::APFloat::rmTowardZero, &isExact);
  return makeInteger(heap, whole);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value divideExactly(Interpreter &in, const APInt &left, const APInt &right, SourceRange place) {
  APInt numerator = absolute(left), denominator = absolute(right);
  // 66 bits of quotient, the last of which says whether there is a rest: that
  // rounds as the exact quotient does.
  int64_t scale = 66 - (int64_t(numerator.getActiveBits()) - denominator.getActiveBits());
  unsigned bits = std::max<int64_t>(numerator.getActiveBits() + std::max<int64_t>(scale, 0),
                                    denominator.getActiveBits()) +
                  2;
  numerator = numerator.zextOrTrunc(std::max(bits, numerator.getBitWidth()));
  denominator = denominator.zextOrTrunc(numerator.getBitWidth());
  if (scale > 0)
    numerator <<= scale;
  if (!charge(in, numerator, denominator, place))
    return Value::error();
  APInt quotient, remainder;
  APInt::udivrem(numerator, denominator, quotient, remainder);
  if (!remainder.isZero())
    quotient.setBit(0);
  double result =
      std::ldexp(toDouble(quotient.zext(quotient.getBitWidth() + 1)), scale > 0 ? -int(scale) : 0);
  if (std::isinf(result))
    return in.mistake(Code::ValueMismatch, place, "the quotient is too large for a float");
  return Value::real(left.isNegative() != right.isNegative() ? -result : result);
}

Value binaryBig(Interpreter &in, BinaryOp op, const APInt &left, const APInt &right,
                SourceRange place) {
  unsigned bits = std::max(left.getBitWidth(), right.getBitWidth()) + 1;
  bool isDivision = op == BinaryOp::Div || op == BinaryOp::FloorDiv || op == BinaryOp::Mod;
  if (isDivision && right.isZero())
    return in.mistake(Code::DivisionByZero, place, "division by zero");
  APInt result;
  switch (op) {
  case BinaryOp::Add:
    result = left.sext(bits) + right.sext(bits);
    break;
  case BinaryOp::Sub:
    result = left.sext(bits) - right.sext(bits);
    break;
  case BinaryOp::Mul:
    if (!charge(in, left, right, place))
      return Value::error();
    result = product(left, right);
    break;
  case BinaryOp::Div:
    return divideExactly(in, left, right, place);
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod: {
    if (!charge(in, left, right, place))
      return Value::error();
    auto [quotient, remainder] = floorDivide(left.sext(bits), right.sext(bits));
    result = op == BinaryOp::Mod ? remainder : quotient;
    break;
  }
  case BinaryOp::Pow:
    if (right.isNegative()) {
      if (left.isZero())
        return in.mistake(Code::DivisionByZero, place, "zero to the power of a negative number");
      return Value::real(std::pow(toDouble(left), toDouble(right)));
    }
    return power(in, left, right, place);
  case BinaryOp::LeftShift:
  case BinaryOp::RightShift:
    return shift(in, op, left, right, place);
  case BinaryOp::BitAnd:
    result = left.sext(bits) & right.sext(bits);
    break;
  case BinaryOp::BitOr:
    result = left.sext(bits) | right.sext(bits);
    break;
  case BinaryOp::BitXor:
    result = left.sext(bits) ^ right.sext(bits);
    break;
  case BinaryOp::MatMul:
    return in.mistake(Code::TypeMismatch, place, "`@` is not defined between int and int");
  }
  if (result.getSignificantBits() > maxIntegerBits)
    return tooLarge(in, place);
  return makeInteger(in.heap, result);
}

Value powerModulo(Interpreter &in, const APInt &base, const APInt &exponent, const APInt &modulus,
                  SourceRange place) {
  if (modulus.isZero())
    return in.mistake(Code::ValueMismatch, place, "the third argument of `pow` is zero");
  if (exponent.isNegative())
    return in.mistake(Code::ValueMismatch, place,
                      "`pow` of three arguments with a negative exponent");
  unsigned bits = 2 * std::max(modulus.getBitWidth(), base.getBitWidth()) + 1;
  APInt divisor = modulus.sext(bits);
  APInt factor = floorDivide(base.sext(bits), divisor).second;
  APInt result = floorDivide(APInt(bits, 1), divisor).second;
  for (unsigned i = 0; i < exponent.getActiveBits(); ++i) {
    if (!charge(in, factor, divisor, place))
      return Value::error();
    if (exponent[i])
      result = floorDivide(result * factor, divisor).second;
    factor = floorDivide(factor * factor, divisor).second;
  }
  return makeInteger(in.heap, result);
}

} // namespace rondo::eval
