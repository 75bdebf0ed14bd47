//===- Scalars.h - Scalar functions of the reference evaluation -----------===//
//
// Those that several ops need. NaN in gives NaN out, where numbers go in and out.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_REFERENCE_SCALARS_H
#define RONDO_DIALECT_REFERENCE_SCALARS_H

#include <cmath>
#include <cstdint>
#include <limits>

namespace rondo::reference {

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

inline double relu(double x) { return x < 0 ? 0 : x; }

inline double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

inline double maximum(double x, double y) { return std::isnan(x) || x > y ? x : y; }

inline double minimum(double x, double y) { return std::isnan(x) || x < y ? x : y; }

/// The whole number of i32 next to `x` towards zero; 0 for NaN.
inline double truncate(double x) {
  constexpr double least = std::numeric_limits<int32_t>::min(),
                   most = std::numeric_limits<int32_t>::max();
  return std::isnan(x) ? 0 : x < least ? least : x > most ? most : std::trunc(x) + 0.0;
}

inline double select(bool condition, double x, double y) { return condition ? x : y; }

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_SCALARS_H
