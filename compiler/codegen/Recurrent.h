//===- Recurrent.h - What kernels of recurrent layers share -----*- C++ -*-===//
//
// A block is one vector of units. Small batches are divided by units, in ordered loops over the
// steps; larger ones by sequences, each with its own loop over the steps.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_RECURRENT_H
#define RONDO_COMPILER_CODEGEN_RECURRENT_H

#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/RowList.h"

namespace rondo::codegen {

//===----------------------------------------------------------------------===//
// The loop over the steps
//===----------------------------------------------------------------------===//

/// Rows whose sums a step holds at once, a multiple of the largest tile heights.
constexpr int64_t kStripRows = 24;

/// Batches up to this size are divided by units.
constexpr int64_t kRowsByUnits = 12;

/// Rows of the batch in a chunk of work, which reads all `weights` in each of `steps` steps: as
/// many for each thread, and few, so that what they have in flight stays in the second-level cache.
Value rowsOfChunk(EntryBuilder &entry, Value batch, Value weights, Value steps);

/// Into how many parts units are divided, in multiples of some blocks: one for each thread
/// where a step is long enough to wait for each other.
Value partsOfUnits(EntryBuilder &entry, Value blocks, Value costOfStep);

/// Step `step` of some rows of the batch and divisions [first, last) of their units.
struct StepPart {
  Value step, row, rows, first, last;
};

/// A kernel that does `steps` steps in order.
struct TimeLoop {
  llvm::StringRef name;
  std::string signature;
  Values pointers, sizes; ///< as of Launch
  Value steps, batch;
  Value divisions; ///< of the units, which threads share out among each other
  Value weights;   ///< that a step reads
};
/// `body` emits a step. It may read of other units only what steps before it wrote.
void launchTimeLoop(
    EntryBuilder &entry, const TimeLoop &loop,
    llvm::function_ref<void(Emitter &, const KernelArguments &, const StepPart &)> body);

//===----------------------------------------------------------------------===//
// Gates
//===----------------------------------------------------------------------===//

/// An activation of a sum, and what the training form keeps of it: the value where the derivative
/// follows from that, else the sum.
struct Gate {
  Value value, kept;
};
Gate emitGate(Emitter &e, Activation activation, Value sum);

/// The value of an activation and its derivative there.
struct Activated {
  Value value, slope;
};
Activated emitActivated(Emitter &e, Activation activation, Value x);
/// From what the training form kept of a gate.
Activated restoreGate(Emitter &e, Activation activation, Value kept);

//===----------------------------------------------------------------------===//
// Products with transposed weights
//===----------------------------------------------------------------------===//

/// Floats of a strip of columns, as many as a register tile of products is wide.
inline int64_t stripWidth(Emitter &e) { return 2 * e.lanes(); }

/// to = lhs · rhs, where rhs is what kernel.pack_transposed wrote: only the columns of the
/// strips [firstStrip, lastStrip) of the result. Rows of lhs are pieces of `depth` floats,
/// `lhsPieceStride` apart.
struct TransposedProduct {
  Value to, toStride;
  Value lhs, lhsStride, lhsPieceStride;
  Value rhs;
  Value list; // which rows, as of sortRows; null: the first
  Value rows, columns, pieces, depth;
  Value firstStrip, lastStrip;
  Value backwards;          // i64: not 0 where strips are to be done in reverse; null: 0
  bool accumulates = false; // adds to what `to` holds
};
void emitTransposedProduct(EntryBuilder &entry, Emitter &e, const TransposedProduct &product);

/// The same of the rows whose byte of a mask is not 0; the others of `to` stay as they are.
void emitMaskedProduct(EntryBuilder &entry, Emitter &e, TransposedProduct product,
                       llvm::function_ref<Value(Value row)> byteOf);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_RECURRENT_H
