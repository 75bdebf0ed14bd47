//===- DimExpr.cpp - Sizes of dimensions as polynomials -------------------===//
//
// The arithmetic and the spelling of DimExpr.h, and the bridge between
// dimensions and tensor types.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/DimExpr.h"

#include "dialect/IR/RondoDialect.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <numeric>
#include <set>

using namespace mlir;

namespace rondo {

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

DimExpr::DimExpr(int64_t value) { addTerm({}, value); }

DimExpr DimExpr::symbol(StringRef name) {
  DimExpr result;
  result.addTerm({name.str()}, 1);
  return result;
}

void DimExpr::addTerm(const Monomial &monomial, int64_t coefficient) {
  auto place =
      llvm::partition_point(terms, [&](const Term &term) { return term.first < monomial; });
  if (place == terms.end() || place->first != monomial)
    place = terms.insert(place, {monomial, 0});
  place->second += coefficient;
  if (place->second == 0)
    terms.erase(place);
}

DimExpr DimExpr::operator+(const DimExpr &other) const {
  DimExpr result = *this;
  for (const auto &[monomial, coefficient] : other.terms)
    result.addTerm(monomial, coefficient);
  return result;
}

DimExpr DimExpr::operator-(const DimExpr &other) const {
  DimExpr result = *this;
  for (const auto &[monomial, coefficient] : other.terms)
    result.addTerm(monomial, -coefficient);
  return result;
}

DimExpr DimExpr::operator*(const DimExpr &other) const {
  DimExpr result;
  for (const auto &[left, leftCoefficient] : terms)
    for (const auto &[right, rightCoefficient] : other.terms) {
      Monomial product;
      std::merge(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(product));
      result.addTerm(product, leftCoefficient * rightCoefficient);
    }
  return result;
}

std::optional<DimExpr> DimExpr::dividedBy(const DimExpr &divisor) const {
  // Long division. Ordered by degree first, leading terms multiply to leading terms.
  auto leading = [](const DimExpr &expr) {
    return *std::max_element(
        expr.terms.begin(), expr.terms.end(), [](const auto &a, const auto &b) {
          return std::make_pair(a.first.size(), a.first) < std::make_pair(b.first.size(), b.first);
        });
  };
  if (divisor.terms.empty())
    return std::nullopt;
  auto [divisorMonomial, divisorCoefficient] = leading(divisor);
  DimExpr quotient, rest = *this;
  while (!rest.terms.empty()) {
    auto [monomial, coefficient] = leading(rest);
    if (coefficient % divisorCoefficient != 0 ||
        !std::includes(monomial.begin(), monomial.end(), divisorMonomial.begin(),
                       divisorMonomial.end()))
      return std::nullopt;
    Monomial left;
    std::set_difference(monomial.begin(), monomial.end(), divisorMonomial.begin(),
                        divisorMonomial.end(), std::back_inserter(left));
    DimExpr term;
    term.addTerm(left, coefficient / divisorCoefficient);
    quotient += term;
    rest = rest - term * divisor;
  }
  return quotient;
}

static bool isIdentifier(StringRef text) {
  return !text.empty() && !llvm::isDigit(text.front()) &&
         llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Rounded down, as the remainder is not negative.
static int64_t floorDivide(int64_t dividend, int64_t divisor) {
  int64_t quotient = dividend / divisor;
  return quotient * divisor > dividend ? quotient - 1 : quotient;
}

DimExpr DimExpr::floorDiv(int64_t divisor) const {
  assert(divisor > 0 && "sizes are divided by positive numbers");
  // Whole multiples of the divisor come out; what is left has coefficients from 0 to below it.
  DimExpr whole, rest;
  int64_t common = divisor;
  for (const auto &[monomial, coefficient] : terms) {
    int64_t quotient = floorDivide(coefficient, divisor);
    whole.addTerm(monomial, quotient);
    rest.addTerm(monomial, coefficient - quotient * divisor);
    common = std::gcd(common, coefficient);
  }
  if (rest.isConstant())
    return whole;
  for (Term &term : rest.terms)
    term.second /= common;
  std::string dividend = rest.str();
  if (!isIdentifier(dividend))
    dividend = "(" + dividend + ")";
  DimExpr quotient;
  quotient.addTerm({"(" + dividend + "/" + std::to_string(divisor / common) + ")"}, 1);
  return whole + quotient;
}

std::optional<int64_t> DimExpr::getConstant() const {
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms.begin()->first.empty())
    return terms.begin()->second;
  return std::nullopt;
}

std::vector<std::string> DimExpr::getSymbols() const {
  std::set<std::string> symbols;
  for (const auto &[monomial, coefficient] : terms)
    for (const std::string &factor : monomial) {
      if (std::optional<Quotient> quotient = asQuotient(factor)) {
        std::vector<std::string> inside = quotient->dividend.getSymbols();
        symbols.insert(inside.begin(), inside.end());
      } else {
        symbols.insert(factor);
      }
    }
  return {symbols.begin(), symbols.end()};
}

std::optional<int64_t> DimExpr::evaluate(const SymbolSizes &sizes) const {
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : terms) {
    int64_t product = coefficient;
    for (const std::string &factor : monomial) {
      std::optional<int64_t> size;
      if (std::optional<Quotient> quotient = asQuotient(factor)) {
        if ((size = quotient->dividend.evaluate(sizes)))
          size = floorDivide(*size, quotient->divisor);
      } else if (auto found = sizes.find(factor); found != sizes.end()) {
        size = found->second;
      }
      if (!size)
        return std::nullopt;
      product *= *size;
    }
    sum += product;
  }
  return sum;
}

DimExpr DimExpr::substitute(const std::map<std::string, DimExpr> &replacements) const {
  // Most sizes stay.
  auto mayBeReplaced = [&](const Term &term) {
    return llvm::any_of(term.first, [&](const std::string &factor) {
      return replacements.count(factor) > 0 || asQuotient(factor);
    });
  };
  if (llvm::none_of(terms, mayBeReplaced))
    return *this;
  DimExpr result;
  for (const auto &[monomial, coefficient] : terms) {
    DimExpr product = coefficient;
    for (const std::string &factor : monomial) {
      auto replacement = replacements.find(factor);
      if (std::optional<Quotient> quotient = asQuotient(factor))
        product *= quotient->dividend.substitute(replacements).floorDiv(quotient->divisor);
      else
        product *= replacement == replacements.end() ? symbol(factor) : replacement->second;
    }
    result += product;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Spelling
//===----------------------------------------------------------------------===//

/// Where one of the characters is first outside of parentheses, or the end.
static size_t findOutside(StringRef text, StringRef characters) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (depth == 0 && characters.contains(text[i]))
      return i;
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
  }
  return text.size();
}

std::optional<Quotient> asQuotient(StringRef factor) {
  // Base symbols, nearly all factors, do not begin so.
  if (!factor.consume_front("(") || !factor.consume_back(")"))
    return std::nullopt;
  size_t slash = findOutside(factor, "/");
  StringRef dividend = factor.take_front(slash), divisor = factor.drop_front(slash);
  if (!isIdentifier(dividend) && !(dividend.consume_front("(") && dividend.consume_back(")")))
    return std::nullopt;
  int64_t number;
  std::optional<DimExpr> inner = DimExpr::parse(dividend);
  if (!inner || !divisor.consume_front("/") || !llvm::all_of(divisor, llvm::isDigit) ||
      divisor.getAsInteger(10, number) || number == 0)
    return std::nullopt;
  return Quotient{*inner, number};
}

/// Reads a product of unsigned integers, symbols and quotients.
static std::optional<DimExpr> parseProduct(StringRef text) {
  DimExpr product = 1;
  while (true) {
    size_t length = findOutside(text, "*");
    StringRef factor = text.take_front(length);
    int64_t value;
    if (isIdentifier(factor))
      product *= DimExpr::symbol(factor);
    else if (std::optional<Quotient> quotient = asQuotient(factor))
      product *= quotient->dividend.floorDiv(quotient->divisor);
    else if (llvm::all_of(factor, llvm::isDigit) && !factor.getAsInteger(10, value))
      product *= value;
    else
      return std::nullopt;
    if (length == text.size())
      return product;
    text = text.drop_front(length + 1);
  }
}

std::optional<DimExpr> DimExpr::parse(StringRef text) {
  DimExpr sum;
  bool negative = text.consume_front("-");
  while (true) {
    size_t length = findOutside(text, "+-");
    std::optional<DimExpr> product = parseProduct(text.take_front(length));
    if (!product)
      return std::nullopt;
    sum = negative ? sum - *product : sum + *product;
    text = text.drop_front(length);
    if (text.empty())
      return sum;
    negative = text.front() == '-';
    text = text.drop_front();
  }
}

std::string DimExpr::str() const {
  std::string text;
  auto append = [&](const Monomial &monomial, int64_t coefficient) {
    if (coefficient < 0)
      text += '-';
    else if (!text.empty())
      text += '+';
    uint64_t magnitude = coefficient < 0 ? 0 - uint64_t(coefficient) : uint64_t(coefficient);
    if (monomial.empty() || magnitude != 1)
      text += std::to_string(magnitude) + (monomial.empty() ? "" : "*");
    text += llvm::join(monomial, "*");
  };
  for (const auto &[monomial, coefficient] : terms)
    if (!monomial.empty())
      append(monomial, coefficient);
  if (!terms.empty() && terms.front().first.empty())
    append({}, terms.front().second);
  return text.empty() ? "0" : text;
}

//===----------------------------------------------------------------------===//
// Tensor types
//===----------------------------------------------------------------------===//

bool hasNamedDims(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && (tensor.hasStaticShape() || isa_and_nonnull<DimsAttr>(tensor.getEncoding()));
}

llvm::SmallVector<DimExpr> getDims(RankedTensorType type) {
  assert(hasNamedDims(type) && "a dynamic dimension without a symbol");
  llvm::ArrayRef<StringAttr> symbols;
  if (auto encoding = dyn_cast_or_null<DimsAttr>(type.getEncoding()))
    symbols = encoding.getSymbols();
  llvm::SmallVector<DimExpr> dims;
  for (int64_t size : type.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      dims.push_back(size);
      continue;
    }
    dims.push_back(*DimExpr::parse(symbols.front()));
    symbols = symbols.drop_front();
  }
  return dims;
}

RankedTensorType makeTensorType(llvm::ArrayRef<DimExpr> dims, Type element) {
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<StringAttr> symbols;
  for (const DimExpr &dim : dims) {
    std::optional<int64_t> constant = dim.getConstant();
    shape.push_back(constant.value_or(ShapedType::kDynamic));
    if (!constant)
      symbols.push_back(StringAttr::get(element.getContext(), dim.str()));
  }
  Attribute encoding;
  if (!symbols.empty())
    encoding = DimsAttr::get(element.getContext(), symbols);
  return RankedTensorType::get(shape, element, encoding);
}

DimExpr numElements(llvm::ArrayRef<DimExpr> dims) {
  DimExpr product = 1;
  for (const DimExpr &dim : dims)
    product *= dim;
  return product;
}

DimExpr bytesOf(RankedTensorType type) {
  constexpr int64_t kBitsPerByte = 8;
  return numElements(getDims(type)) *
         DimExpr(llvm::divideCeil(type.getElementTypeBitWidth(), kBitsPerByte));
}

bool haveSameShape(Type lhs, Type rhs) {
  auto left = cast<RankedTensorType>(lhs), right = cast<RankedTensorType>(rhs);
  return left.getShape() == right.getShape() && left.getEncoding() == right.getEncoding();
}

std::string describeDims(llvm::ArrayRef<DimExpr> dims) {
  return "(" +
         llvm::join(llvm::map_range(dims, [](const DimExpr &dim) { return dim.str(); }), ", ") +
         ")";
}

std::string describeDims(Type type) { return describeDims(getDims(cast<RankedTensorType>(type))); }

} // namespace rondo
