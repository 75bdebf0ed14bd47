//===- DimSize.h - The value of a dimension's symbol -------------*- C++ -*-===//
//
// Evaluates the canonical spelling of symbols (docs/contracts.md, section 3):
// polynomials over the base symbols and quotients that are rounded down, such as
// `T-1`, `B*T` or `S+((T+1)/2)`. Header only and without the C++ library, for the
// artifact runtime and for hosts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_SRC_DIMSIZE_H
#define RONDO_RUNTIME_SRC_DIMSIZE_H

#include "rondo/rondo.h"
#include <cstring>

namespace rondo::rt {

/// Reads an expression from `at` on. Each function leaves `at` behind what it has read, and
/// returns false where that names an unknown symbol or does not fit 64 bits.
struct DimReader {
  const rondo_model &model;
  const int64_t *dims;
  const char *at;

  bool skip(char expected) { return *at == expected ? ++at, true : false; }

  /// A number or a base symbol.
  bool name(int64_t &value) {
    const size_t length = std::strcspn(at, "+-*/()");
    const char *text = at;
    at += length;
    for (int32_t i = 0; i < model.num_symbols; ++i)
      if (std::strlen(model.symbols[i]) == length &&
          std::memcmp(model.symbols[i], text, length) == 0) {
        value = dims[i];
        return true;
      }
    value = 0;
    for (size_t i = 0; i < length; ++i)
      if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text[i] - '0', &value))
        return false;
    return length > 0;
  }

  /// Those, or a quotient such as `((T+1)/2)`, of numbers that are not negative.
  bool factor(int64_t &value) {
    if (!skip('('))
      return name(value);
    bool isRead = skip('(') ? sum(value) && skip(')') : name(value);
    int64_t divisor;
    if (!isRead || !skip('/') || !name(divisor) || !skip(')') || value < 0 || divisor <= 0)
      return false;
    value /= divisor;
    return true;
  }

  bool sum(int64_t &value) {
    value = 0;
    do {
      int64_t term = 1, next;
      if (*at == '+' || *at == '-')
        term = *at++ == '-' ? -1 : 1;
      do {
        if (!factor(next) || __builtin_mul_overflow(term, next, &term))
          return false;
      } while (skip('*'));
      if (__builtin_add_overflow(value, term, &value))
        return false;
    } while (*at == '+' || *at == '-');
    return true;
  }
};

/// The value of `symbol` for base dimensions `dims`; false when it names an
/// unknown symbol or does not fit 64 bits.
inline bool evaluateSymbol(const rondo_model &model, const char *symbol, const int64_t *dims,
                           int64_t &value) {
  DimReader reader{model, dims, symbol};
  return reader.sum(value) && *reader.at == 0;
}

/// The size of dimension `axis` of a tensor of the interface.
inline bool dimSize(const rondo_model &model, const rondo_tensor_info &tensor, int32_t axis,
                    const int64_t *dims, int64_t &size) {
  if (tensor.dims[axis] >= 0) {
    size = tensor.dims[axis];
    return true;
  }
  return evaluateSymbol(model, tensor.symbols[axis], dims, size) && size >= 0;
}

/// The number of elements of a tensor of the interface.
inline bool elementCount(const rondo_model &model, const rondo_tensor_info &tensor,
                         const int64_t *dims, int64_t &count) {
  count = 1;
  for (int32_t axis = 0; axis < tensor.rank; ++axis) {
    int64_t size;
    if (!dimSize(model, tensor, axis, dims, size) || __builtin_mul_overflow(count, size, &count))
      return false;
  }
  return true;
}

} // namespace rondo::rt

#endif // RONDO_RUNTIME_SRC_DIMSIZE_H
