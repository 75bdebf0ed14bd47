//===- Loops.h - The arithmetic between oneDNN's primitives -----*- C++ -*-===//
//
// What oneDNN is not asked for: plain loops that the C++ compiler vectorises for
// this machine and OpenMP divides. All arrays are row-major.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_PEERS_ONEDNN_LOOPS_H
#define RONDO_BENCHMARKS_PEERS_ONEDNN_LOOPS_H

#include <cstdint>

namespace rondo::bench {

/// The threads of what follows on the calling thread, oneDNN's included;
/// denormal numbers count as zero on all of them.
void useThreads(int threads);

/// out (b, a, c) = in (a, b, c).
void swapLeading(const float *in, float *out, int64_t a, int64_t b, int64_t c);

/// Softmax of each row, in place.
void softmaxRows(float *values, int64_t rows, int64_t columns);

/// Its derivative: out = y * (d - sum of y * d over the row). Rows of y that follow each other
/// may share cotangents: d is (rows / sharing, columns). `out` may be `d` where none do.
void softmaxBackward(const float *y, const float *d, float *out, int64_t rows, int64_t columns,
                     int64_t sharing);

/// d = d * (1 - y * y), in place.
void tanhBackward(const float *y, float *d, int64_t count);

/// The sum over the rows of each sample: in (batch, rows, columns), a result of `columns` every
/// `stride` floats.
void sumRows(const float *in, float *out, int64_t batch, int64_t rows, int64_t columns,
             int64_t stride);

/// The same for one sample of many rows.
void sumRows(const float *in, float *out, int64_t rows, int64_t columns);

/// The reverse of the first: out (batch, rows, columns).
void repeatRows(const float *in, float *out, int64_t batch, int64_t rows, int64_t columns,
                int64_t stride);

/// One step of Keras' Adam, `step` counted from 1.
struct Adam {
  float learningRate = 0.001f, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-7f;
  void update(float *weights, const float *gradients, float *momentum, float *velocity,
              int64_t count, int64_t step) const;
};

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_PEERS_ONEDNN_LOOPS_H
