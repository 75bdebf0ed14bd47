//===- Segments.h - Into how many segments a recurrent layer is cut -------===//
//
// An LSTM that keeps its state at the start of each segment only, and runs the
// segments again in the backward pass, needs least memory with about √T segments
// of √T steps.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SEGMENTS_H
#define RONDO_COMPILER_SEGMENTS_H

#include <cstdint>

namespace rondo {

/// 2^kMostSegmentBits segments are the most: steps are fewer than 2³¹.
constexpr int kMostSegmentBits = 16;

/// The smallest power of two whose square is at least `steps`. The segments have
/// ceil(steps / segments) steps each; the last may have fewer, or none.
constexpr int64_t countSegments(int64_t steps) {
  int64_t segments = 1;
  for (int bits = 0; bits < kMostSegmentBits; ++bits)
    if ((int64_t(1) << 2 * bits) < steps)
      segments = int64_t(2) << bits;
  return segments;
}

} // namespace rondo

#endif // RONDO_COMPILER_SEGMENTS_H
