//===- BigInt.h - Integers beyond 64 bits -----------------------*- C++ -*-===//
//
// Python's integers have any size. Nearly all fit 64 bits, which a Value holds
// itself; a BigInt appears where one does not, and is gone where one fits again.
// Its size is bounded: what a model is made of needs no numbers of a megabyte.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_BIGINT_H
#define RONDO_FRONTEND_EVAL_BIGINT_H

#include "frontend/eval/Value.h"
#include "llvm/ADT/APInt.h"

namespace rondo::eval {

class BigInt : public Object {
public:
  explicit BigInt(llvm::APInt value) : value(std::move(value)) {}
  std::string typeName() const override { return "int"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  bool equals(const Object &other, unsigned depth) const override;
  size_t hash() const override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

  /// Signed, of the least width that holds it; more than 64 bits.
  const llvm::APInt value;
};

/// What is being written in full has no text.
void failFullText();

constexpr unsigned maxIntegerBits = 1u << 18;
/// CPython refuses to write or read more digits: the work grows with the square.
constexpr unsigned maxIntegerDigits = 4300;

/// Any integer, a bool included.
std::optional<llvm::APInt> bigOf(Value value);
/// Whether it is an integer of any size, or a bool.
bool isInteger(Value value);
Value makeInteger(Heap &heap, const llvm::APInt &value);

/// A number of any kind as a float: infinite beyond the largest.
std::optional<double> realOf(Value value);
/// -1, 0, 1: a whole number against a float that is no NaN.
int compareExactly(Value integer, double real);

/// The digits of an integer without its sign; nothing where there are too many.
std::optional<std::string> digitsOf(Value integer, unsigned base);
bool isNegative(Value integer);
/// The integer that sign and digits spell; nothing where they spell none.
std::optional<Value> parseInteger(Heap &heap, llvm::StringRef text, unsigned base);

/// `left op right`. Reports results that are too large or do not exist.
Value binaryBig(Interpreter &in, ast::BinaryOp op, const llvm::APInt &left,
                const llvm::APInt &right, SourceRange place);
/// base ** exponent % modulus.
Value powerModulo(Interpreter &in, const llvm::APInt &base, const llvm::APInt &exponent,
                  const llvm::APInt &modulus, SourceRange place);
/// left / right as the nearest float; the right is not zero.
Value divideExactly(Interpreter &in, const llvm::APInt &left, const llvm::APInt &right,
                    SourceRange place);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_BIGINT_H
