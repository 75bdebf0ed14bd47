//===- Lstm.h - What the kernels of LSTMs share -----------------*- C++ -*-===//
//
// A block is one vector of units. Its gates are two pairs, i and f, g and o, each 2 · lanes
// floats. A tape of gates, or of their cotangents, has for each pair of each block all rows, where
// row b · T + t is step t of sequence b. So a pair of gates is at once what the cell update reads
// and writes, a piece of a row in products with transposed weights, and a line of a strip of
// columns in products that give gradients of weights; nothing is copied or transposed in between.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_LSTM_H
#define RONDO_COMPILER_CODEGEN_LSTM_H

#include "compiler/codegen/Recurrent.h"

namespace rondo::codegen {

constexpr unsigned kGates = 4; // i, f, g, o

/// Floats of the gates of one block, in packed weights and rows of cotangents.
inline int64_t gateLine(Emitter &e) { return kGates * e.lanes(); }
/// Floats of a pair of gates, which are as many as a register tile of products is wide.
inline int64_t gatePair(Emitter &e) { return 2 * e.lanes(); }

/// The gates of one row and block of a tape, whose pairs lie `pairStride` floats apart.
void storeGates(Emitter &e, llvm::ArrayRef<Value> gates, Value to, Value pairStride);
Values loadGates(Emitter &e, Value from, Value pairStride);

/// Steps of a segment, the last one perhaps excepted.
Value segmentLength(Emitter &e, Value steps, Value segments);

/// One run of the forward kernel over `steps` steps, which are all that `sequence` and the
/// tape have room for. Sequences lie `inputSteps` apart in the input, initial states
/// `stateStride` floats.
struct ForwardRun {
  Activation activation, recurrentActivation;
  enum Tape { None, Steps, Segments } tape;
  bool bf16 = false; // packed weights
  Value input, packed;
  Value initialH, initialC; // null: zeros
  Value mask;               // bytes, sequences inputSteps apart; null: all steps count
  Value sequence, lastH, lastC, projection;
  Value gates, cells; // of Steps
  Value states;       // of Segments
  Value batch, steps, inputs, units;
  Value inputSteps, stateStride;
  Value segments; // of Segments, else null
};
void launchForward(EntryBuilder &entry, const ForwardRun &run);

/// One run of the backward kernel over the `steps` steps of a tape. Sequences lie
/// `sequenceSteps` apart in the cotangents of the sequence, initial cells `stateStride` floats.
struct BackwardRun {
  Activation activation, recurrentActivation;
  Value recurrentT, gates, cells;
  Value initialC;                  // null: zeros
  Value mask;                      // bytes, sequences sequenceSteps apart; null: all steps count
  Value dSequence, dLastH, dLastC; // null: zeros
  bool running = false;            // goes on from what dh and dc hold
  bool wantsInitial = true;        // leaves the cotangent of the state before the first step in dh
  Value dz, dh, dc;
  Value dzNow; // dz of two steps, rows of gates
  Value batch, steps, units;
  Value sequenceSteps, stateStride;
};
void launchBackward(EntryBuilder &entry, const BackwardRun &run);

/// The gradients of the weights; null: not wanted. The sums run over all rows of dz in order.
struct WeightGradientRun {
  Value dKernel, dRecurrent, dBias;
  Value input, inputSteps;
  Value sequence;
  Value initialH, stateStride; // null: zeros
  Value mask;                  // bytes, sequences inputSteps apart; null: all steps count
  Value dz;
  Value batch, steps, inputs, units;
  Value accumulates; // i64: not 0 where the gradients go on from what they hold
};
void launchWeightGradient(EntryBuilder &entry, const WeightGradientRun &run);

/// The cotangents of the input: dz · kernel_t. Sequences lie `inputSteps` apart in it.
struct InputGradientRun {
  Value dInput, inputSteps;
  Value kernelT, dz;
  Value mask; // bytes, sequences inputSteps apart; null: all steps count
  Value batch, steps, inputs, blocks;
};
void launchInputGradient(EntryBuilder &entry, const InputGradientRun &run);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_LSTM_H
