//===- DimSize.h - The value of a dimension's symbol -------------*- C++ -*-===//
//
// Evaluates the canonical spelling of symbols (docs/contracts.md, section 3):
// polynomials over the base symbols, such as `T-1`, `B*T` or `S+2*T`. Header
// only and without the C++ library, for the artifact runtime and for hosts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_SRC_DIMSIZE_H
#define RONDO_RUNTIME_SRC_DIMSIZE_H

#include "rondo/rondo.h"
#include <cstring>

namespace rondo::rt {

/// The value of one factor, a number or a base symbol, of `length` characters.
inline bool evaluateFactor(const rondo_model &model, const int64_t *dims, const char *text,
                           size_t length, int64_t &value) {
  if (length == 0)
    return false;
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
  return true;
}

/// The value of `symbol` for base dimensions `dims`; false when it names an
/// unknown symbol or does not fit 64 bits.
inline bool evaluateSymbol(const rondo_model &model, const char *symbol, const int64_t *dims,
                           int64_t &value) {
  value = 0;
  const char *at = symbol;
  do {
    int64_t term = 1;
    if (*at == '+' || *at == '-')
      term = *at++ == '-' ? -1 : 1;
    bool more = true;
    while (more) {
      size_t length = std::strcspn(at, "+-*");
      int64_t factor;
      if (!evaluateFactor(model, dims, at, length, factor) ||
          __builtin_mul_overflow(term, factor, &term))
        return false;
      at += length;
      more = *at == '*';
      at += more;
    }
    if (__builtin_add_overflow(value, term, &value))
      return false;
  } while (*at);
  return true;
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
