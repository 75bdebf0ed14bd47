//===- DimExpr.h - Sizes of dimensions as polynomials ---------------------===//
//
// A dimension of a rondo tensor is a polynomial with integer coefficients over
// base symbols (the batch, the time steps of an input) and quotients, such as the
// windows that every third step begins. This is the one place
// that does arithmetic on them and that knows their spelling in
// `#rondo.dims`; everything else compares, combines and evaluates `DimExpr`s.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_DIMEXPR_H
#define RONDO_DIALECT_IR_DIMEXPR_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rondo {

/// Sizes of base symbols.
using SymbolSizes = std::map<std::string, int64_t, std::less<>>;

struct Quotient;

/// A polynomial with integer coefficients over base symbols and quotients, in normal form:
/// two expressions are equal as polynomials exactly when they compare equal.
class DimExpr {
public:
  /// A constant.
  DimExpr(int64_t value = 0);

  /// A base symbol. Its name is an identifier: a letter or `_`, then letters,
  /// digits and `_`.
  static DimExpr symbol(llvm::StringRef name);

  /// Reads `B`, `T-1`, `2*S*T+B`, `((T+1)/2)`… : products of integers, symbols and
  /// quotients, summed. Accepts any order (`str` gives the canonical one) but no spaces, and
  /// parentheses only in and around quotients; none if the text is anything else.
  static std::optional<DimExpr> parse(llvm::StringRef text);

  /// The canonical spelling: symbols of a product and then the products sorted,
  /// the coefficient in front unless it is one, the constant last.
  std::string str() const;

  DimExpr operator+(const DimExpr &other) const;
  DimExpr operator-(const DimExpr &other) const;
  DimExpr operator*(const DimExpr &other) const;
  DimExpr &operator+=(const DimExpr &other) { return *this = *this + other; }
  DimExpr &operator*=(const DimExpr &other) { return *this = *this * other; }
  /// This divided by `divisor`, where that is a polynomial with integer coefficients too.
  std::optional<DimExpr> dividedBy(const DimExpr &divisor) const;
  /// This divided by a positive number, rounded down.
  DimExpr floorDiv(int64_t divisor) const;
  bool operator==(const DimExpr &other) const { return terms == other.terms; }
  bool operator!=(const DimExpr &other) const { return terms != other.terms; }

  bool isConstant() const { return getConstant().has_value(); }
  /// The value if no symbol occurs.
  std::optional<int64_t> getConstant() const;

  /// The base symbols that occur, also in quotients, sorted.
  std::vector<std::string> getSymbols() const;

  /// The value for these sizes; none if a symbol has no size.
  std::optional<int64_t> evaluate(const SymbolSizes &sizes) const;

  /// Replaces base symbols; those that `replacements` does not name stay.
  DimExpr substitute(const std::map<std::string, DimExpr> &replacements) const;

  /// A product of factors, base symbols and quotients as they are spelled (sorted, repeated for
  /// powers), and its coefficient. The constant is the coefficient of the empty product.
  using Monomial = std::vector<std::string>;
  using Term = std::pair<Monomial, int64_t>;
  llvm::ArrayRef<Term> getTerms() const { return terms; }

private:
  void addTerm(const Monomial &monomial, int64_t coefficient);

  /// Sorted, without zero coefficients. Nearly all sizes are one constant or one symbol.
  llvm::SmallVector<Term, 1> terms;
};

/// A factor that is no base symbol: `dividend` divided by `divisor`, rounded down. Its coefficients
/// are not negative and less than the divisor: whatever the symbols are, so is it.
struct Quotient {
  DimExpr dividend;
  int64_t divisor;
};

/// The quotient that a factor of a monomial is; none for a base symbol.
std::optional<Quotient> asQuotient(llvm::StringRef factor);

/// The dimensions of a rondo tensor: constants and what its encoding says.
/// The type must satisfy `hasNamedDims`.
llvm::SmallVector<DimExpr> getDims(mlir::RankedTensorType type);

/// Whether every dynamic dimension has a symbol, as all rondo tensors have.
bool hasNamedDims(mlir::Type type);

/// The tensor type with these dimensions: constants become static sizes, all
/// else dynamic sizes with an encoding.
mlir::RankedTensorType makeTensorType(llvm::ArrayRef<DimExpr> dims, mlir::Type element);

/// The product; 1 for no dimensions.
DimExpr numElements(llvm::ArrayRef<DimExpr> dims);

/// What a tensor takes in memory.
DimExpr bytesOf(mlir::RankedTensorType type);

/// Whether both types have the same dimensions, sizes and symbols; element
/// types may differ.
bool haveSameShape(mlir::Type lhs, mlir::Type rhs);

/// `(B, T, 64)`, for messages.
std::string describeDims(llvm::ArrayRef<DimExpr> dims);
std::string describeDims(mlir::Type type);

} // namespace rondo

#endif // RONDO_DIALECT_IR_DIMEXPR_H
