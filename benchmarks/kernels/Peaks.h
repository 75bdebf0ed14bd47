//===- Peaks.h - What one thread of this machine can do ---------*- C++ -*-===//
//
// The two roofs of a roofline: fused multiplications and additions, and bytes
// to and from memory.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BENCHMARKS_KERNELS_PEAKS_H
#define RONDO_BENCHMARKS_KERNELS_PEAKS_H

#include "compiler/Isa.h"

namespace rondo::bench {

struct Peaks {
  double flops = 0, bytes = 0; // per second
};

/// Takes about half a second.
Peaks measurePeaks(Isa isa);

/// Of this process: on a busy machine clocks on the wall say less.
double processorSeconds();

} // namespace rondo::bench

#endif // RONDO_BENCHMARKS_KERNELS_PEAKS_H
