//===- Random.cpp - Random numbers from counters ------------------------------===//
//
// The Philox4x32-10 generator, and distributions made of exact operations.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Random.h"
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace rondo::host {
namespace {

/// FNV-1a.
uint32_t hashName(llvm::StringRef name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3;
  return static_cast<uint32_t>(hash ^ hash >> 32);
}

double toUnit(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// The natural logarithm of a positive normal number, from its series: the same
/// on every machine, which libm's is not; some 1e-16 off.
double logarithm(double x) {
  int exponent;
  double mantissa = std::frexp(x, &exponent); // in [0.5, 1)
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  // log m = 2 artanh((m-1)/(m+1)), and |(m-1)/(m+1)| < 0.172.
  double t = (mantissa - 1) / (mantissa + 1), square = t * t, sum = 0;
  for (int k = 21; k >= 1; k -= 2)
    sum = sum * square + 1.0 / k;
  return exponent * 0.69314718055994531 + 2 * t * sum;
}

} // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t left = 0xD2511F53ull * counter[0], right = 0xCD9E8D57ull * counter[2];
    counter = {
        static_cast<uint32_t>(right >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(right),
        static_cast<uint32_t>(left >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(left)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

RandomStream::RandomStream(uint64_t seed, llvm::StringRef name)
    : key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}, stream(hashName(name)) {}

std::array<uint64_t, 2> RandomStream::draw(uint64_t position, uint32_t attempt) const {
  std::array<uint32_t, 4> words = philox(
      {static_cast<uint32_t>(position), static_cast<uint32_t>(position >> 32), attempt, stream},
      key);
  return {uint64_t(words[0]) << 32 | words[1], uint64_t(words[2]) << 32 | words[3]};
}

double RandomStream::uniform(uint64_t position) const { return toUnit(draw(position, 0)[0]); }

/// Marsaglia's polar method, until the number lies within the limit.
double RandomStream::normal(uint64_t position, double limit) const {
  for (uint32_t attempt = 0;; ++attempt) {
    auto [first, second] = draw(position, attempt);
    double x = 2 * toUnit(first) - 1, y = 2 * toUnit(second) - 1;
    double square = x * x + y * y;
    if (square >= 1 || square < 1e-300)
      continue;
    double z = x * std::sqrt(-2 * logarithm(square) / square);
    if (std::fabs(z) <= limit)
      return z;
  }
}

double RandomStream::normal(uint64_t position) const { return normal(position, HUGE_VAL); }

double RandomStream::truncatedNormal(uint64_t position) const { return normal(position, 2); }

uint64_t RandomStream::below(uint64_t position, uint64_t bound) const {
  // Numbers from the last, incomplete multiple of the bound would favour some.
  uint64_t unfair = -bound % bound;
  for (uint32_t attempt = 0;; ++attempt) {
    uint64_t bits = draw(position, attempt)[0];
    if (bits >= unfair)
      return bits % bound;
  }
}

void shuffledOrder(uint64_t seed, int64_t epoch, int64_t count, std::vector<int64_t> &order) {
  order.resize(count);
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, fmt::format("shuffle/{}", epoch));
  for (int64_t i = count - 1; i > 0; --i)
    std::swap(order[i], order[random.below(i, i + 1)]);
}

} // namespace rondo::host
