//===- Loops.cpp - The arithmetic between oneDNN's primitives -------------===//
//
// Compiled for the machine that it is built on, with the vector versions of
// exp that the C library has.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/peers/onednn/Loops.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <omp.h>
#include <xmmintrin.h>

namespace rondo::bench {

/// Loops over fewer elements run on one thread: waking another costs more.
constexpr int64_t kWorthThreads = 16384;

void useThreads(int threads) {
  omp_set_num_threads(threads);
  constexpr unsigned flushToZeroAndDenormalsAreZero = 0x8040;
#pragma omp parallel
  _mm_setcsr(_mm_getcsr() | flushToZeroAndDenormalsAreZero);
}

void swapLeading(const float *in, float *out, int64_t a, int64_t b, int64_t c) {
#pragma omp parallel for if (a * b * c > kWorthThreads)
  for (int64_t j = 0; j < b; ++j)
    for (int64_t i = 0; i < a; ++i)
      std::memcpy(out + (j * a + i) * c, in + (i * b + j) * c, sizeof(float) * c);
}

void softmaxRows(float *values, int64_t rows, int64_t columns) {
#pragma omp parallel for if (rows * columns > kWorthThreads)
  for (int64_t row = 0; row < rows; ++row) {
    float *x = values + row * columns;
    float largest = x[0];
    for (int64_t i = 1; i < columns; ++i)
      largest = std::max(largest, x[i]);
    float sum = 0;
    for (int64_t i = 0; i < columns; ++i) {
      x[i] = std::exp(x[i] - largest);
      sum += x[i];
    }
    const float scale = 1 / sum;
    for (int64_t i = 0; i < columns; ++i)
      x[i] *= scale;
  }
}

void softmaxBackward(const float *y, const float *d, float *out, int64_t rows, int64_t columns,
                     int64_t sharing) {
#pragma omp parallel for if (rows * columns > kWorthThreads)
  for (int64_t row = 0; row < rows; ++row) {
    const float *yRow = y + row * columns, *dRow = d + row / sharing * columns;
    float *outRow = out + row * columns;
    float sum = 0;
    for (int64_t i = 0; i < columns; ++i)
      sum += yRow[i] * dRow[i];
#pragma omp simd
    for (int64_t i = 0; i < columns; ++i)
      outRow[i] = yRow[i] * (dRow[i] - sum);
  }
}

void tanhBackward(const float *y, float *d, int64_t count) {
#pragma omp parallel for simd if (parallel : count > kWorthThreads)
  for (int64_t i = 0; i < count; ++i)
    d[i] *= 1 - y[i] * y[i];
}

void sumRows(const float *in, float *out, int64_t batch, int64_t rows, int64_t columns,
             int64_t stride) {
#pragma omp parallel for if (batch * rows * columns > kWorthThreads)
  for (int64_t b = 0; b < batch; ++b) {
    float *sums = out + b * stride;
    std::memset(sums, 0, sizeof(float) * columns);
    for (int64_t row = 0; row < rows; ++row) {
      const float *values = in + (b * rows + row) * columns;
#pragma omp simd
      for (int64_t i = 0; i < columns; ++i)
        sums[i] += values[i];
    }
  }
}

void sumRows(const float *in, float *out, int64_t rows, int64_t columns) {
  std::memset(out, 0, sizeof(float) * columns);
#pragma omp parallel for reduction(+ : out[ : columns]) if (rows * columns > kWorthThreads)
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = 0; i < columns; ++i)
      out[i] += in[row * columns + i];
}

void repeatRows(const float *in, float *out, int64_t batch, int64_t rows, int64_t columns,
                int64_t stride) {
#pragma omp parallel for if (batch * rows * columns > kWorthThreads)
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t row = 0; row < rows; ++row)
      std::memcpy(out + (b * rows + row) * columns, in + b * stride, sizeof(float) * columns);
}

void Adam::update(float *weights, const float *gradients, float *momentum, float *velocity,
                  int64_t count, int64_t step) const {
  const float rate =
      static_cast<float>(learningRate * std::sqrt(1 - std::pow(double(beta2), step)) /
                         (1 - std::pow(double(beta1), step)));
#pragma omp parallel for simd if (parallel : count > kWorthThreads)
  for (int64_t i = 0; i < count; ++i) {
    momentum[i] += (gradients[i] - momentum[i]) * (1 - beta1);
    velocity[i] += (gradients[i] * gradients[i] - velocity[i]) * (1 - beta2);
    weights[i] -= momentum[i] * rate / (std::sqrt(velocity[i]) + epsilon);
  }
}

} // namespace rondo::bench
