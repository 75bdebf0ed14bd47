//===- Peaks.cpp - What one thread of this machine can do -----------------===//
//
// The best of several short runs each: what disturbs only makes them longer.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Peaks.h"
#include <algorithm>
#include <ctime>
#include <immintrin.h>
#include <vector>

namespace rondo::bench {

double processorSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

namespace {

/// More sums than two units of latency 5 can have under way, and not more than registers.
constexpr int kSums = 12;
constexpr int64_t kRounds = 1 << 20;
constexpr int kRuns = 10;
/// Three arrays, larger than caches.
constexpr int64_t kElements = 16 << 20;

// The empty assembly makes each round's factor and each sum's start new to the compiler, which then
// cannot merge rounds or sums; sums that are not used would vanish.

__attribute__((target("avx2,fma"))) float multiplyAvx2() {
  __m256 sums[kSums] = {}, factor = _mm256_set1_ps(0.5f);
  for (__m256 &sum : sums)
    asm volatile("" : "+x"(sum));
  for (int64_t round = 0; round < kRounds; ++round) {
    asm volatile("" : "+x"(factor));
#pragma GCC unroll 12
    for (__m256 &sum : sums)
      sum = _mm256_fmadd_ps(sum, factor, factor);
  }
  for (int i = 1; i < kSums; ++i)
    sums[0] = _mm256_add_ps(sums[0], sums[i]);
  return _mm256_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f"))) float multiplyAvx512() {
  __m512 sums[kSums] = {}, factor = _mm512_set1_ps(0.5f);
  for (__m512 &sum : sums)
    asm volatile("" : "+v"(sum));
  for (int64_t round = 0; round < kRounds; ++round) {
    asm volatile("" : "+v"(factor));
#pragma GCC unroll 12
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, factor, factor);
  }
  for (int i = 1; i < kSums; ++i)
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  return _mm512_cvtss_f32(sums[0]);
}

template <typename Body> double fastest(Body body) {
  double best = 1e9;
  for (int run = 0; run < kRuns; ++run) {
    const double start = processorSeconds();
    body();
    best = std::min(best, processorSeconds() - start);
  }
  return best;
}

} // namespace

Peaks measurePeaks(Isa isa) {
  volatile float sink = 0;
  Peaks peaks;
  peaks.flops = 2.0 * isaLanes(isa) * kSums * kRounds /
                fastest([&] { sink = isa == Isa::Avx512 ? multiplyAvx512() : multiplyAvx2(); });
  // Two arrays are read, one is written.
  std::vector<float> a(kElements, 1), b(kElements, 2), c(kElements, 3);
  peaks.bytes = 3.0 * sizeof(float) * kElements / fastest([&] {
                  const float factor = sink * 0 + 0.5f;
                  for (int64_t i = 0; i < kElements; ++i)
                    c[i] = a[i] + factor * b[i];
                  asm volatile("" : : "r"(c.data()) : "memory");
                });
  return peaks;
}

} // namespace rondo::bench
