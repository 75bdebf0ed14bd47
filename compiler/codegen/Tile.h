//===- Tile.h - The register tile of products -------------------*- C++ -*-===//
//
// The inner loop of products: rows × vectors of the result stay in registers while it
// runs over k. Every element is one chain of fused multiply-adds in the order of k,
// whichever tile it falls into, so that tiling and threads do not change a bit.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_TILE_H
#define RONDO_COMPILER_CODEGEN_TILE_H

#include "compiler/codegen/Emitter.h"

namespace rondo::codegen {

/// The register tile of an instruction set: accumulators, one line of rhs and
/// one broadcast must fit the 16 or 32 vector registers.
struct TileShape {
  llvm::SmallVector<unsigned> rows; ///< heights, tried in this order
  unsigned vectors;
};
TileShape tileShape(Isa isa);

/// Vectors of sums that hide how long an addition to one takes: as many as two units add in four
/// cycles.
constexpr unsigned kSumsInFlight = 8;

/// The operands of a tile at step 0.
struct TileOperands {
  Values lhsRows; ///< one pointer for each row
  Value lhsDepthStride;
  Values rhsVectors; ///< one pointer for each vector
  Value rhsDepthStride;
  Value mask; ///< of the vectors; null: all lanes
};

/// Pointers to vectors behind each other.
Values neighbours(Emitter &e, Value pointer, unsigned vectors);

/// Adds steps [begin, end) to the sums, row by row, vector by vector.
Values accumulateTile(Emitter &e, Values sums, const TileOperands &operands, Value begin,
                      Value end);

/// Copied rows of lhs lie in slots of a tile's height; a line of a slot holds a step. A copy of
/// whole vectors overshoots a line, into the next one or, at the end, into `lanes` floats more.
int64_t slotRows(Emitter &e);
/// Floats of a slot of `depth` lines.
int64_t slotSize(Emitter &e, int64_t depth);

/// Copies `rows` floats, one for each row, to a line of slots of `depth` lines; `to` is that of the
/// first slot. Asks for the floats at `ahead`, which are copied some lines later.
void copyToSlots(Emitter &e, Value from, Value rows, Value to, int64_t depth, Value ahead);
/// So many lines before they are copied, rows are asked for.
constexpr int64_t kLinesAhead = 6;

/// Writes a square of lanes × lanes floats transposed, its rows from `fromStride` to `toStride`
/// apart. In place of rows that are not there, the last one is written, of columns zeros.
void transposeSquare(Emitter &e, Value from, Value fromStride, Value rows, Value columns, Value to,
                     Value toStride);

/// What the sums of a tile start from: 0 where `fromZero`, else what `load` loads for a row and a
/// vector.
Values startTile(Emitter &e, Value fromZero, unsigned rows, unsigned vectors,
                 llvm::function_ref<Value(unsigned row, unsigned vector)> load);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_TILE_H
