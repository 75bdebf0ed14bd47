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
    symbols.insert(monomial.begin(), monomial.end());
  return {symbols.begin(), symbols.end()};
}

std::optional<int64_t> DimExpr::evaluate(const SymbolSizes &sizes) const {
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : terms) {
    int64_t product = coefficient;
    for (const std::string &symbol : monomial) {
      auto size = sizes.find(symbol);
      if (size == sizes.end())
        return std::nullopt;
      product *= size->second;
    }
    sum += product;
  }
  return sum;
}

DimExpr DimExpr::substitute(const std::map<std::string, DimExpr> &replacements) const {
  // Most sizes stay.
  auto isReplaced = [&](const Term &term) {
    return llvm::any_of(term.first,
                        [&](const std::string &symbol) { return replacements.count(symbol) > 0; });
  };
  if (llvm::none_of(terms, isReplaced))
    return *this;
  DimExpr result;
  for (const auto &[monomial, coefficient] : terms) {
    DimExpr product = coefficient;
    for (const std::string &symbol : monomial) {
      auto replacement = replacements.find(symbol);
      product *= replacement == replacements.end() ? DimExpr::symbol(symbol) : replacement->second;
    }
    result += product;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Spelling
//===----------------------------------------------------------------------===//

static bool isIdentifier(StringRef text) {
  return !text.empty() && !llvm::isDigit(text.front()) &&
         llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Reads a product of unsigned integers and symbols.
static std::optional<DimExpr> parseProduct(StringRef text) {
  DimExpr product = 1;
  llvm::SmallVector<StringRef> factors;
  text.split(factors, '*');
  for (StringRef factor : factors) {
    int64_t value;
    if (isIdentifier(factor))
      product *= DimExpr::symbol(factor);
    else if (llvm::all_of(factor, llvm::isDigit) && !factor.getAsInteger(10, value))
      product *= value;
    else
      return std::nullopt;
  }
  return product;
}

std::optional<DimExpr> DimExpr::parse(StringRef text) {
  DimExpr sum;
  bool negative = text.consume_front("-");
  while (true) {
    size_t length = std::min(text.find_first_of("+-"), text.size());
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
