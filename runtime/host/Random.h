//===- Random.h - Random numbers from counters --------------------*- C++ -*-===//
//
// Philox4x32-10: each number is a function of (seed, stream, position), so the
// order in which numbers are drawn does not matter and every machine draws the
// same. Only exact integer arithmetic, + - * / and sqrt are used, for the same
// reason: libm's log is not the same everywhere.
//
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_RANDOM_H
#define RONDO_RUNTIME_HOST_RANDOM_H

#include "llvm/ADT/StringRef.h"
#include <array>
#include <cstdint>
#include <vector>

namespace rondo::host {

/// One Philox block.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A sequence of independent numbers for each (seed, stream).
class RandomStream {
public:
  /// The stream's name, such as a variable's path, is hashed.
  RandomStream(uint64_t seed, llvm::StringRef stream);

  /// Number `position`, uniform in [0, 1), 53 bits.
  double uniform(uint64_t position) const;
  /// Number `position`, standard normal.
  double normal(uint64_t position) const;
  /// Number `position`, standard normal but within two standard deviations.
  double truncatedNormal(uint64_t position) const;
  /// Number `position`, an integer uniform in [0, bound), bound ≥ 1.
  uint64_t below(uint64_t position, uint64_t bound) const;

private:
  /// Two independent 64-bit numbers; `attempt` < 2^32 counts rejections.
  std::array<uint64_t, 2> draw(uint64_t position, uint32_t attempt) const;
  double normal(uint64_t position, double limit) const;

  std::array<uint32_t, 2> key;
  uint32_t stream;
};

/// The order of `count` samples in an epoch: Fisher-Yates.
void shuffledOrder(uint64_t seed, int64_t epoch, int64_t count, std::vector<int64_t> &order);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_RANDOM_H
