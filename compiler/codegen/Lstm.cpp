//===- Lstm.cpp - kernel.lstm_pack, _forward, _backward, _segments --------===//
//
// The time loop lies inside the kernels and threads own rows of the batch, so
// nothing is synchronised between steps. Forward, a register tile holds the
// four gates of some rows and one vector of units while it runs over inputs and
// previous state; weights are packed in the order in which it reads them.
// Backward, a step is a product with the transposed recurrent weights and an
// elementwise pass over the gates. In segments, an entry runs both kernels and the
// products of each segment in a loop.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/Math.h"
#include "dialect/Activations.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

static constexpr unsigned kGates = 4; // i, f, g, o

/// Heights of the register tile, rows × 4 gates, tried in this order.
static SmallVector<unsigned> tileRows(Isa isa) {
  if (isa == Isa::Avx2)
    return {3, 2, 1};
  return {4, 1};
}

/// Rows whose sums a step holds at once, a multiple of all tile heights.
static constexpr int64_t kStripRows = 24;

/// Steps of a segment, the last one perhaps excepted.
static Value segmentLength(Emitter &e, Value steps, Value segments) {
  return e.div(e.add(steps, e.sub(segments, e.i64(1))), segments);
}

/// Rows of the batch in a chunk of work: two tiles, or more where the weights,
/// which each chunk reads at every step, do not stay in a second-level cache.
static Value chunkRows(Emitter &e, Value weights) {
  constexpr int64_t cachedWeights = 128 * 1024; // floats
  int64_t rows = 2 * tileRows(e.isa()).front();
  return e.select(e.less(weights, e.i64(cachedWeights)), e.i64(rows), e.i64(4 * rows));
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

LogicalResult launchLstmPack(EntryBuilder &entry, kernel::LstmPackOp op) {
  const bool hasBias = bool(op.getBias());
  const Buffer &kernel = entry.buffer(op.getKernel());
  const Buffer &recurrent = entry.buffer(op.getRecurrentKernel());
  const Buffer &packed = entry.buffer(op.getOuts().front());

  // k.sizes: inputs, units. One iteration for each vector of units.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value inputs = k.sizes[0], units = k.sizes[1];
    Value line = e.i64(kGates * e.lanes());
    Value lines = e.add(e.add(inputs, units), e.i64(1));
    e.loop(k.begin, k.end, 1, [&](Value block) {
      Value unit = e.mul(block, e.i64(e.lanes()));
      Value mask = e.maskOf(e.sub(units, unit));
      Value to = e.at(k.pointers[3], e.mul(e.mul(block, lines), line));
      auto packLine = [&](Value from, Value to) {
        for (unsigned gate = 0; gate < kGates; ++gate) {
          Value offset = e.add(e.mul(units, e.i64(gate)), unit);
          Value weights = e.loadLanes(e.at(from, offset), e.f32(), mask);
          e.storeLanes(weights, e.at(to, e.i64(gate * e.lanes())));
        }
      };
      Value stride = e.mul(units, e.i64(kGates));
      e.loop(e.i64(0), inputs, 1, [&](Value input) {
        packLine(e.at(k.pointers[0], e.mul(input, stride)), e.at(to, e.mul(input, line)));
      });
      e.loop(e.i64(0), units, 1, [&](Value state) {
        packLine(e.at(k.pointers[1], e.mul(state, stride)),
                 e.at(to, e.mul(e.add(inputs, state), line)));
      });
      Value last = e.at(to, e.mul(e.add(inputs, units), line));
      if (hasBias)
        packLine(k.pointers[2], last);
      else
        e.clear(last, line, e.f32());
    });
  };

  Emitter &e = entry.emitter();
  Value inputs = kernel.sizes[0], units = recurrent.sizes[0];
  Launch launch;
  launch.name = "lstm_pack";
  launch.signature = hasBias ? "bias" : "";
  launch.pointers = {kernel.pointer, recurrent.pointer, entry.pointerOf(op.getBias()),
                     packed.pointer};
  launch.sizes = {inputs, units};
  launch.iterations = e.ceilDiv(units, e.lanes());
  launch.grain = e.i64(1);
  launch.cost = e.mul(e.add(inputs, units), e.mul(units, e.i64(kGates)));
  launch.body = body;
  entry.launch(launch);
  return success();
}

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

namespace {
/// What a step of the forward kernel works on. Strides are between rows of the batch.
struct ForwardStep {
  Value inputs, units;
  Value input, inputStride;       // x[t] of row 0
  Value state, stateStride;       // h[t-1] of row 0
  Value depth;                    // units, or 0 where h[t-1] is zero
  Value sequence, sequenceStride; // h[t] of row 0
  Value cell;                     // running c of row 0, `units` apart
  Value gates, gatesStride;       // of row 0; null without a tape
  Value cells;                    // c[t] of row 0, sequenceStride apart; null without a tape
  Activation activation, recurrentActivation;
};
} // namespace

/// Adds row[k] * weights[k] for k in [0, depth) to the gates of each row.
static Values accumulateGates(Emitter &e, Values sums, ArrayRef<Value> rows, Value weights,
                              Value depth) {
  return e.loop(e.i64(0), depth, 1, sums, [&](Value step, ValueRange carried) {
    // Gate by gate: all factors and one line of a gate are live besides the
    // sums, which for 3 rows just fills 16 registers.
    Values next(carried), factors;
    for (Value row : rows)
      factors.push_back(e.splat(e.load(e.at(row, step), e.f32())));
    Value weightsLine = e.at(weights, e.mul(step, e.i64(kGates * e.lanes())));
    for (unsigned gate = 0; gate < kGates; ++gate) {
      Value line = e.loadLanes(e.at(weightsLine, e.i64(gate * e.lanes())), e.f32());
      for (auto [index, factor] : llvm::enumerate(factors))
        next[index * kGates + gate] = e.fma(factor, line, next[index * kGates + gate]);
    }
    return next;
  });
}

static Activation activationOf(unsigned gate, Activation activation, Activation recurrent) {
  return gate == 2 ? activation : recurrent; // i, f, g, o
}

/// The cell update of one row and one vector of units, from the sums of the gates at `sums`.
static void emitCell(Emitter &e, const ForwardStep &s, Value sums, Value row, Value unit,
                     Value mask) {
  Values gates, kept;
  for (unsigned gate = 0; gate < kGates; ++gate) {
    Value sum = e.loadLanes(e.at(sums, e.i64(gate * e.lanes())), e.f32());
    Activation activation = activationOf(gate, s.activation, s.recurrentActivation);
    gates.push_back(emitActivation(e, activation, sum));
    kept.push_back(activations::hasDerivativeOfResult(activation) ? gates.back() : sum);
  }
  Value running = e.at(s.cell, e.add(e.mul(row, s.units), unit));
  Value previous = e.loadLanes(running, e.f32(), mask);
  Value cell = e.fma(gates[1], previous, e.mulf(gates[0], gates[2]));
  Value state = e.mulf(gates[3], emitActivation(e, s.activation, cell));
  e.storeLanes(cell, running, mask);
  Value place = e.add(e.mul(row, s.sequenceStride), unit);
  e.storeLanes(state, e.at(s.sequence, place), mask);
  if (!s.gates)
    return;
  e.storeLanes(cell, e.at(s.cells, place), mask);
  Value gatesRow = e.at(s.gates, e.add(e.mul(row, s.gatesStride), unit));
  for (unsigned gate = 0; gate < kGates; ++gate)
    e.storeLanes(kept[gate], e.at(gatesRow, e.mul(s.units, e.i64(gate))), mask);
}

/// The sums of the gates of one step, for `rows` rows from `row` on and one
/// vector of units, row by row to `sums`.
static void emitForwardTile(Emitter &e, const ForwardStep &s, Value weights, Value sums,
                            unsigned rows, Value row) {
  Value line = e.i64(kGates * e.lanes());
  Value bias = e.at(weights, e.mul(e.add(s.inputs, s.units), line));
  Values tile, inputRows, stateRows;
  for (unsigned index = 0; index < rows; ++index) {
    Value current = e.add(row, e.i64(index));
    inputRows.push_back(e.at(s.input, e.mul(current, s.inputStride)));
    stateRows.push_back(e.at(s.state, e.mul(current, s.stateStride)));
    for (unsigned gate = 0; gate < kGates; ++gate)
      tile.push_back(e.loadLanes(e.at(bias, e.i64(gate * e.lanes())), e.f32()));
  }
  tile = accumulateGates(e, tile, inputRows, weights, s.inputs);
  tile = accumulateGates(e, tile, stateRows, e.at(weights, e.mul(s.inputs, line)), s.depth);
  for (auto [index, sum] : llvm::enumerate(tile))
    e.storeLanes(sum, e.at(sums, e.i64(index * e.lanes())));
}

/// One step of all rows for the vector of units at `unit`. The sums of a strip
/// of rows go through `scratch`, so that the cell update is emitted only once
/// for all tiles, and again for the last units.
static void emitForwardUnits(Emitter &e, const ForwardStep &s, Value weights, Value scratch,
                             Value rows, Value unit) {
  Value line = e.i64(kGates * e.lanes());
  e.loop(e.i64(0), rows, kStripRows, [&](Value first) {
    Value last = e.min(e.add(first, e.i64(kStripRows)), rows), row = first;
    auto sumsOf = [&](Value row) { return e.at(scratch, e.mul(e.sub(row, first), line)); };
    for (unsigned height : tileRows(e.isa())) {
      Value end = e.add(row, e.roundDown(e.sub(last, row), height));
      e.loop(row, end, height,
             [&](Value row) { emitForwardTile(e, s, weights, sumsOf(row), height, row); });
      row = end;
    }
    auto cells = [&](Value mask) {
      e.loop(first, last, 1, [&](Value row) { emitCell(e, s, sumsOf(row), row, unit, mask); });
    };
    Value left = e.sub(s.units, unit);
    e.ifThen(e.less(left, e.i64(e.lanes())), [&] { cells(e.maskOf(left)); }, [&] { cells({}); });
  });
}

namespace {
/// One run of the forward kernel over `steps` steps. Rows of the batch lie
/// `inputSteps` apart in the input, `outputSteps` in what is written for each step,
/// and `stateStride` floats in the initial states.
struct ForwardRun {
  Activation activation, recurrentActivation;
  enum Tape { None, Steps, Segments } tape;
  Value input, packed;
  Value initialH, initialC; // null: zeros
  Value sequence, lastH, lastC;
  Values kept; // Steps: gates and cells; Segments: states
  Value batch, steps, inputs, units;
  Value inputSteps, outputSteps, stateStride;
  Value segments; // of Segments, else null
};
} // namespace

static void launchForward(EntryBuilder &entry, const ForwardRun &run) {
  const bool initial = bool(run.initialH);
  // Pointers: input, packed, initial h and c, destinations.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value steps = k.sizes[0], inputs = k.sizes[1], units = k.sizes[2];
    Value inputStride = e.mul(k.sizes[3], inputs), sequenceStride = e.mul(k.sizes[4], units);
    Value stateStride = k.sizes[5], segments = k.sizes[6];
    Value lanes = e.i64(e.lanes());
    Value rows = e.sub(k.end, k.begin);
    // The rows of this chunk in an array of `width` floats for each.
    auto ownRows = [&](unsigned pointer, Value width) {
      return e.at(k.pointers[pointer], e.mul(k.begin, width));
    };
    auto copyRows = [&](Value to, Value toStride, Value from, Value fromStride) {
      e.loop(e.i64(0), rows, 1, [&](Value row) {
        e.copy(e.at(to, e.mul(row, toStride)), e.at(from, e.mul(row, fromStride)), units, e.f32());
      });
    };
    Value lastState = ownRows(5, units), cell = ownRows(6, units);
    if (initial) {
      copyRows(lastState, units, ownRows(2, stateStride), stateStride);
      copyRows(cell, units, ownRows(3, stateStride), stateStride);
    } else {
      e.clear(lastState, e.mul(rows, units), e.f32());
      e.clear(cell, e.mul(rows, units), e.f32());
    }
    Value scratch = e.stack(e.f32(), kStripRows * kGates * e.lanes());
    Value linesOfBlock = e.add(e.add(inputs, units), e.i64(1));

    e.loop(e.i64(0), steps, 1, [&](Value step) {
      ForwardStep s;
      s.activation = run.activation;
      s.recurrentActivation = run.recurrentActivation;
      s.inputs = inputs;
      s.units = units;
      s.inputStride = inputStride;
      s.input = e.at(ownRows(0, s.inputStride), e.mul(step, inputs));
      s.sequenceStride = sequenceStride;
      s.sequence = e.at(ownRows(4, sequenceStride), e.mul(step, units));
      Value isFirst = e.equal(step, e.i64(0));
      Value before = e.at(s.sequence, e.sub(e.i64(0), units));
      s.state = e.select(isFirst, lastState, before);
      s.stateStride = e.select(isFirst, units, sequenceStride);
      s.depth = initial ? units : e.select(isFirst, e.i64(0), units);
      s.cell = cell;
      if (run.tape == ForwardRun::Steps) {
        s.gatesStride = e.mul(sequenceStride, e.i64(kGates));
        s.gates = e.at(ownRows(7, s.gatesStride), e.mul(step, e.mul(units, e.i64(kGates))));
        s.cells = e.at(ownRows(8, sequenceStride), e.mul(step, units));
      } else if (run.tape == ForwardRun::Segments) {
        Value length = segmentLength(e, steps, segments);
        e.ifThen(e.equal(e.rem(step, length), e.i64(0)), [&] {
          Value both = e.mul(units, e.i64(2)), stride = e.mul(segments, both);
          Value state = e.at(ownRows(7, stride), e.mul(e.div(step, length), both));
          copyRows(state, stride, s.state, s.stateStride);
          copyRows(e.at(state, units), stride, cell, units);
        });
      }
      // Vectors of units outermost: their weights stay in cache for all rows.
      e.loop(e.i64(0), units, e.lanes(), [&](Value unit) {
        Value block = e.div(unit, lanes);
        Value weights =
            e.at(k.pointers[1], e.mul(e.mul(block, linesOfBlock), e.i64(kGates * e.lanes())));
        emitForwardUnits(e, s, weights, scratch, rows, unit);
      });
    });
    e.ifThen(e.less(e.i64(0), steps), [&] {
      Value last = e.at(ownRows(4, sequenceStride), e.mul(e.sub(steps, e.i64(1)), units));
      copyRows(lastState, units, last, sequenceStride);
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "lstm_forward";
  launch.signature =
      llvm::formatv("{0} {1} {2} {3}", stringifyActivation(run.activation),
                    stringifyActivation(run.recurrentActivation), initial, int(run.tape));
  launch.pointers = {run.input,
                     run.packed,
                     initial ? run.initialH : entry.pointerOf({}),
                     initial ? run.initialC : entry.pointerOf({}),
                     run.sequence,
                     run.lastH,
                     run.lastC};
  launch.pointers.append(run.kept);
  launch.sizes = {run.steps,       run.inputs,      run.units,
                  run.inputSteps,  run.outputSteps, run.stateStride,
                  run.segments ? run.segments : e.i64(1)};
  launch.iterations = run.batch;
  Value weights = e.mul(e.add(run.inputs, run.units), e.mul(run.units, e.i64(kGates)));
  launch.grain = chunkRows(e, weights);
  launch.cost = e.mul(e.mul(run.batch, run.steps), weights);
  launch.body = body;
  entry.launch(launch);
}

LogicalResult launchLstmForward(EntryBuilder &entry, kernel::LstmForwardOp op) {
  const Buffer &input = entry.buffer(op.getInput());
  const Buffer &sequence = entry.buffer(op.getOuts()[0]);
  auto pointer = [&](Value buffer) { return buffer ? entry.buffer(buffer).pointer : Value(); };
  ForwardRun run;
  run.activation = op.getActivation();
  run.recurrentActivation = op.getRecurrentActivation();
  const size_t kept = op.getOuts().size() - 3;
  run.tape = kept == 0 ? ForwardRun::None : kept == 1 ? ForwardRun::Segments : ForwardRun::Steps;
  run.input = input.pointer;
  run.packed = pointer(op.getPacked());
  run.initialH = pointer(op.getInitialH());
  run.initialC = pointer(op.getInitialC());
  run.sequence = sequence.pointer;
  run.lastH = pointer(op.getOuts()[1]);
  run.lastC = pointer(op.getOuts()[2]);
  for (Value buffer : op.getOuts().drop_front(3))
    run.kept.push_back(pointer(buffer));
  run.batch = input.sizes[0];
  run.steps = run.inputSteps = run.outputSteps = input.sizes[1];
  run.inputs = input.sizes[2];
  run.units = run.stateStride = sequence.sizes[2];
  if (run.tape == ForwardRun::Segments)
    run.segments = entry.buffer(op.getOuts()[3]).sizes[1];
  launchForward(entry, run);
  return success();
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

namespace {
/// The value of an activation and its derivative there.
struct Activated {
  Value value, slope;
};
} // namespace

static Activated activate(Emitter &e, Activation activation, Value x) {
  Value value = emitActivation(e, activation, x);
  if (activations::hasDerivativeOfResult(activation))
    return {value, emitDerivativeOfResult(e, activation, value)};
  return {value, emitDerivative(e, activation, x)};
}

/// From what the forward kernel kept of a gate.
static Activated restore(Emitter &e, Activation activation, Value kept) {
  if (activations::hasDerivativeOfResult(activation))
    return {kept, emitDerivativeOfResult(e, activation, kept)};
  return activate(e, activation, kept);
}

namespace {
/// One run of the backward kernel over `steps` steps. Rows of the batch lie
/// `tapeSteps` apart in gates, cells and dz, `sequenceSteps` in the cotangents of the
/// sequence, and `stateStride` floats in the initial cells.
struct BackwardRun {
  Activation activation, recurrentActivation;
  Value recurrentT, gates, cells;
  Value initialC;                // null: zeros
  Value dSequence, dLastH, dLastC; // null: zeros
  bool running = false;          // goes on from what dh and dc hold
  Value dz, dh, dc;
  Value batch, steps, units;
  Value tapeSteps, sequenceSteps, stateStride;
};
} // namespace

static void launchBackward(EntryBuilder &entry, const BackwardRun &run) {
  const Activation activation = run.activation, recurrent = run.recurrentActivation;
  const bool initial = bool(run.initialC), fromSequence = bool(run.dSequence);
  enum : unsigned { RecurrentT, Gates, Cells, InitialC, DSequence, DLastH, DLastC, Dz, Dh, Dc };

  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value steps = k.sizes[0], units = k.sizes[1], gateUnits = e.mul(units, e.i64(kGates));
    Value tapeStride = e.mul(k.sizes[2], units), gatesStride = e.mul(k.sizes[2], gateUnits);
    Value sequenceStride = e.mul(k.sizes[3], units), stateStride = k.sizes[4];
    Value rows = e.sub(k.end, k.begin);
    auto ownRows = [&](unsigned pointer, Value width) {
      return e.at(k.pointers[pointer], e.mul(k.begin, width));
    };
    Value dh = ownRows(Dh, units), dc = ownRows(Dc, units), dz = ownRows(Dz, gatesStride);
    Value gates = ownRows(Gates, gatesStride), cells = ownRows(Cells, tapeStride);

    // The running cotangents of the state after the last step.
    auto start = [&](bool given, unsigned pointer, Value to) {
      if (given)
        e.copy(to, ownRows(pointer, units), e.mul(rows, units), e.f32());
      else
        e.clear(to, e.mul(rows, units), e.f32());
    };
    if (!run.running) {
      start(bool(run.dLastH), DLastH, dh);
      start(bool(run.dLastC), DLastC, dc);
    }

    e.loop(e.i64(0), steps, 1, [&](Value done) {
      Value step = e.sub(e.sub(steps, e.i64(1)), done);
      Value isFirst = e.equal(step, e.i64(0));
      e.loop(e.i64(0), rows, 1, [&](Value row) {
        // Rows of this step.
        Value inStep = e.mul(step, units);
        Value here = e.add(e.mul(row, tapeStride), inStep);
        Value gatesHere = e.mul(here, e.i64(kGates));
        Value rowDh = e.at(dh, e.mul(row, units)), rowDc = e.at(dc, e.mul(row, units));
        Value rowCells = e.at(cells, here);
        // c before the first step is the initial one or else zero, for which any
        // address that may be read will do.
        Value first =
            initial ? e.at(ownRows(InitialC, stateStride), e.mul(row, stateStride)) : rowCells;
        Value before = e.select(isFirst, first, e.at(rowCells, e.sub(e.i64(0), units)));
        Value rowDSequence = fromSequence ? e.at(ownRows(DSequence, sequenceStride),
                                                 e.add(e.mul(row, sequenceStride), inStep))
                                          : Value();
        Value zero = e.constant(e.vectorOf(e.f32()), 0);

        e.lanesLoop(e.i64(0), units, [&](Value unit, Value mask) {
          auto element = [&](Value base) { return e.loadLanes(e.at(base, unit), e.f32(), mask); };
          auto gateOffset = [&](unsigned gate) {
            return e.add(e.add(gatesHere, e.mul(units, e.i64(gate))), unit);
          };
          SmallVector<Activated> gate;
          for (unsigned index = 0; index < kGates; ++index)
            gate.push_back(restore(e, activationOf(index, activation, recurrent),
                                   e.loadLanes(e.at(gates, gateOffset(index)), e.f32(), mask)));
          Value i = gate[0].value, f = gate[1].value, g = gate[2].value, o = gate[3].value;
          Value previous = element(before);
          if (!initial)
            previous = e.select(isFirst, zero, previous);
          Activated state = activate(e, activation, element(rowCells));

          Value stateCotangent = element(rowDh);
          if (fromSequence)
            stateCotangent = e.addf(stateCotangent, element(rowDSequence));
          Value viaState = e.mulf(e.mulf(stateCotangent, o), state.slope);
          Value cellCotangent = e.addf(element(rowDc), viaState);
          Values sums = {e.mulf(e.mulf(cellCotangent, g), gate[0].slope),
                         e.mulf(e.mulf(cellCotangent, previous), gate[1].slope),
                         e.mulf(e.mulf(cellCotangent, i), gate[2].slope),
                         e.mulf(e.mulf(stateCotangent, state.value), gate[3].slope)};
          for (auto [index, sum] : llvm::enumerate(sums))
            e.storeLanes(sum, e.at(dz, gateOffset(index)), mask);
          e.storeLanes(e.mulf(cellCotangent, f), e.at(rowDc, unit), mask);
        });
      });
      // dh = dz[step] · recurrent_t
      Product product;
      product.to = dh;
      product.toStride = units;
      product.lhs = e.at(dz, e.mul(step, gateUnits));
      product.lhsRowStride = gatesStride;
      product.lhsDepthStride = e.i64(1);
      product.rhs = k.pointers[RecurrentT];
      product.rhsStride = units;
      product.rows = rows;
      product.columns = units;
      product.depth = gateUnits;
      emitProduct(entry.module(), e, product);
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "lstm_backward";
  launch.signature = llvm::formatv(
      "{0} {1} {2} {3} {4} {5} {6}", stringifyActivation(activation),
      stringifyActivation(recurrent), initial, fromSequence, bool(run.dLastH), bool(run.dLastC),
      run.running);
  for (Value pointer : {run.recurrentT, run.gates, run.cells, run.initialC, run.dSequence,
                        run.dLastH, run.dLastC, run.dz, run.dh, run.dc})
    launch.pointers.push_back(pointer ? pointer : entry.pointerOf({}));
  launch.sizes = {run.steps, run.units, run.tapeSteps, run.sequenceSteps, run.stateStride};
  launch.iterations = run.batch;
  Value weights = e.mul(e.mul(run.units, run.units), e.i64(kGates));
  launch.grain = chunkRows(e, weights);
  launch.cost = e.mul(e.mul(run.batch, run.steps), weights);
  launch.body = body;
  entry.launch(launch);
}

LogicalResult launchLstmBackward(EntryBuilder &entry, kernel::LstmBackwardOp op) {
  const Buffer &cells = entry.buffer(op.getCells());
  auto pointer = [&](Value buffer) { return buffer ? entry.buffer(buffer).pointer : Value(); };
  BackwardRun run;
  run.activation = op.getActivation();
  run.recurrentActivation = op.getRecurrentActivation();
  run.recurrentT = pointer(op.getRecurrentT());
  run.gates = pointer(op.getGates());
  run.cells = cells.pointer;
  run.initialC = pointer(op.getInitialC());
  run.dSequence = pointer(op.getDSequence());
  run.dLastH = pointer(op.getDLastH());
  run.dLastC = pointer(op.getDLastC());
  run.dz = pointer(op.getOuts()[0]);
  run.dh = pointer(op.getOuts()[1]);
  run.dc = pointer(op.getOuts()[2]);
  run.batch = cells.sizes[0];
  run.steps = run.tapeSteps = run.sequenceSteps = cells.sizes[1];
  run.units = run.stateStride = cells.sizes[2];
  launchBackward(entry, run);
  return success();
}

//===----------------------------------------------------------------------===//
// In segments
//===----------------------------------------------------------------------===//

namespace {
/// What one segment adds to the gradient (rows × columns) of a weight: the sum over
/// `batch` and `depth` of lhs[b, k, row] * dz[b, k, column].
struct WeightGradient {
  Value to, rows, columns;
  Value lhs, lhsBatchStride, lhsDepthStride;
  Value dz, dzBatchStride, dzDepthStride;
  Value batch, depth;
  Value accumulates; // i64: not 0 where it goes on from what `to` holds
};
} // namespace

/// Threads own panels of the result, so that the order of the sum is one.
static void launchWeightGradient(EntryBuilder &entry, const WeightGradient &w) {
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value rows = k.sizes[0], columns = k.sizes[1], rowPanels = k.sizes[2];
    e.loop(k.begin, k.end, 1, [&](Value panel) {
      Value row = e.mul(e.rem(panel, rowPanels), e.i64(kPanelRows));
      Value column = e.mul(e.div(panel, rowPanels), e.i64(kPanelColumns));
      e.loop(e.i64(0), k.sizes[7], 1, [&](Value batch) {
        Product product;
        product.to = e.at(k.pointers[2], e.add(e.mul(row, columns), column));
        product.toStride = columns;
        product.lhs = e.at(k.pointers[0], e.add(e.mul(batch, k.sizes[3]), row));
        product.lhsRowStride = e.i64(1);
        product.lhsDepthStride = k.sizes[4];
        product.rhs = e.at(k.pointers[1], e.add(e.mul(batch, k.sizes[5]), column));
        product.rhsStride = k.sizes[6];
        product.rows = e.min(e.i64(kPanelRows), e.sub(rows, row));
        product.columns = e.min(e.i64(kPanelColumns), e.sub(columns, column));
        product.depth = k.sizes[8];
        product.accumulates = e.create<arith::OrIOp>(k.sizes[9], batch);
        emitProduct(entry.module(), e, product);
      });
    });
  };

  Emitter &e = entry.emitter();
  Value rowPanels = e.ceilDiv(w.rows, kPanelRows);
  Launch launch;
  launch.name = "lstm_weight_gradient";
  launch.pointers = {w.lhs, w.dz, w.to};
  launch.sizes = {w.rows,          w.columns,       rowPanels, w.lhsBatchStride, w.lhsDepthStride,
                  w.dzBatchStride, w.dzDepthStride, w.batch,   w.depth,          w.accumulates};
  launch.iterations = e.mul(rowPanels, e.ceilDiv(w.columns, kPanelColumns));
  launch.grain = e.i64(1);
  launch.cost = e.mul(e.mul(w.rows, w.columns), e.mul(w.batch, w.depth));
  launch.body = body;
  entry.launch(launch);
}

/// The rows of dz in `depth` steps of each of `batch` sequences, summed.
static void launchBiasGradient(EntryBuilder &entry, const WeightGradient &w) {
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value columns = k.sizes[0];
    Value begin = e.mul(k.begin, e.i64(e.lanes()));
    Value end = e.min(e.mul(k.end, e.i64(e.lanes())), columns);
    e.lanesLoop(begin, end, [&](Value column, Value mask) {
      Value to = e.at(k.pointers[1], column);
      Value zero = e.constant(e.vectorOf(e.f32()), 0);
      Value before = e.select(e.equal(k.sizes[5], e.i64(0)), zero, e.loadLanes(to, e.f32(), mask));
      Values sum = e.loop(e.i64(0), k.sizes[3], 1, before, [&](Value batch, ValueRange carried) {
        Value rows = e.at(k.pointers[0], e.add(e.mul(batch, k.sizes[1]), column));
        return e.loop(e.i64(0), k.sizes[4], 1, carried, [&](Value step, ValueRange carried) {
          Value row = e.at(rows, e.mul(step, k.sizes[2]));
          return Values{e.addf(carried.front(), e.loadLanes(row, e.f32(), mask))};
        });
      });
      e.storeLanes(sum.front(), to, mask);
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "lstm_bias_gradient";
  launch.pointers = {w.dz, w.to};
  launch.sizes = {w.columns, w.dzBatchStride, w.dzDepthStride, w.batch, w.depth, w.accumulates};
  launch.iterations = e.ceilDiv(w.columns, e.lanes());
  launch.grain = e.i64(1);
  launch.cost = e.mul(w.columns, e.mul(w.batch, w.depth));
  launch.body = body;
  entry.launch(launch);
}

namespace {
/// The cotangents of the input in `steps` steps: dz · kernel_t, row by row of the batch.
struct InputGradient {
  Value to, toStride; // rows of the batch
  Value dz, dzStride;
  Value kernelT;
  Value batch, steps, inputs, gateUnits;
};
} // namespace

static void launchInputGradient(EntryBuilder &entry, const InputGradient &g) {
  auto body = [&](Emitter &e, const KernelArguments &k) {
    e.loop(k.begin, k.end, 1, [&](Value row) {
      Product product;
      product.to = e.at(k.pointers[0], e.mul(row, k.sizes[0]));
      product.toStride = product.rhsStride = product.columns = k.sizes[3];
      product.lhs = e.at(k.pointers[1], e.mul(row, k.sizes[1]));
      product.lhsRowStride = product.depth = k.sizes[4];
      product.lhsDepthStride = e.i64(1);
      product.rhs = k.pointers[2];
      product.rows = k.sizes[2];
      emitProduct(entry.module(), e, product);
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "lstm_input_gradient";
  launch.pointers = {g.to, g.dz, g.kernelT};
  launch.sizes = {g.toStride, g.dzStride, g.steps, g.inputs, g.gateUnits};
  launch.iterations = g.batch;
  launch.grain = e.i64(1);
  launch.cost = e.mul(e.mul(g.batch, g.steps), e.mul(g.inputs, g.gateUnits));
  launch.body = body;
  entry.launch(launch);
}

LogicalResult launchLstmSegments(EntryBuilder &entry, kernel::LstmSegmentsOp op) {
  Emitter &e = entry.emitter();
  auto pointer = [&](Value buffer) { return buffer ? entry.buffer(buffer).pointer : Value(); };
  const Buffer &input = entry.buffer(op.getInput()), &states = entry.buffer(op.getStates());
  Value batch = input.sizes[0], steps = input.sizes[1], inputs = input.sizes[2];
  Value units = entry.buffer(op.getOuts()[0]).sizes[1], gateUnits = e.mul(units, e.i64(kGates));
  Value segments = states.sizes[1], length = segmentLength(e, steps, segments);
  Value stateStride = e.mul(segments, e.mul(units, e.i64(2)));
  enum : unsigned { Dh, Dc, Sequence, LastH, LastC, Gates, Cells, Dz };
  auto out = [&](unsigned index) { return pointer(op.getOuts()[index]); };

  auto start = [&](Value cotangent, Value to) {
    Value count = e.mul(batch, units);
    if (cotangent)
      e.copy(to, pointer(cotangent), count, e.f32());
    else
      e.clear(to, count, e.f32());
  };
  start(op.getDLastH(), out(Dh));
  start(op.getDLastC(), out(Dc));

  Value count = e.div(e.add(steps, e.sub(length, e.i64(1))), length);
  e.loop(e.i64(0), count, 1, [&](Value done) {
    Value segment = e.sub(e.sub(count, e.i64(1)), done);
    Value first = e.mul(segment, length);
    ForwardRun forward;
    forward.activation = op.getActivation();
    forward.recurrentActivation = op.getRecurrentActivation();
    forward.tape = ForwardRun::Steps;
    forward.input = e.at(input.pointer, e.mul(first, inputs));
    forward.packed = pointer(op.getPacked());
    forward.initialH = e.at(states.pointer, e.mul(segment, e.mul(units, e.i64(2))));
    forward.initialC = e.at(forward.initialH, units);
    forward.sequence = out(Sequence);
    forward.lastH = out(LastH);
    forward.lastC = out(LastC);
    forward.kept = {out(Gates), out(Cells)};
    forward.batch = batch;
    forward.steps = e.min(length, e.sub(steps, first));
    forward.inputs = inputs;
    forward.units = units;
    forward.inputSteps = steps;
    forward.outputSteps = length;
    forward.stateStride = stateStride;
    launchForward(entry, forward);

    BackwardRun backward;
    backward.activation = op.getActivation();
    backward.recurrentActivation = op.getRecurrentActivation();
    backward.recurrentT = pointer(op.getRecurrentT());
    backward.gates = out(Gates);
    backward.cells = out(Cells);
    backward.initialC = forward.initialC;
    if (op.getDSequence())
      backward.dSequence = e.at(pointer(op.getDSequence()), e.mul(first, units));
    backward.running = true;
    backward.dz = out(Dz);
    backward.dh = out(Dh);
    backward.dc = out(Dc);
    backward.batch = batch;
    backward.steps = forward.steps;
    backward.units = units;
    backward.tapeSteps = length;
    backward.sequenceSteps = steps;
    backward.stateStride = stateStride;
    launchBackward(entry, backward);

    if (Value gradient = op.getGradient(0)) {
      InputGradient toInput;
      toInput.to = e.at(pointer(gradient), e.mul(first, inputs));
      toInput.toStride = e.mul(steps, inputs);
      toInput.dz = out(Dz);
      toInput.dzStride = e.mul(length, gateUnits);
      toInput.kernelT = pointer(op.getKernelT());
      toInput.batch = batch;
      toInput.steps = forward.steps;
      toInput.inputs = inputs;
      toInput.gateUnits = gateUnits;
      launchInputGradient(entry, toInput);
    }
    WeightGradient weights;
    weights.columns = gateUnits;
    weights.dz = out(Dz);
    weights.dzBatchStride = e.mul(length, gateUnits);
    weights.dzDepthStride = gateUnits;
    weights.batch = batch;
    weights.depth = forward.steps;
    weights.accumulates = done;
    if (Value gradient = op.getGradient(3)) {
      weights.to = pointer(gradient);
      launchBiasGradient(entry, weights);
    }
    if (Value gradient = op.getGradient(1)) {
      weights.to = pointer(gradient);
      weights.rows = inputs;
      weights.lhs = forward.input;
      weights.lhsBatchStride = e.mul(steps, inputs);
      weights.lhsDepthStride = inputs;
      launchWeightGradient(entry, weights);
    }
    if (Value gradient = op.getGradient(2)) {
      // h before each step: that of the first lies elsewhere, one for each row of the batch.
      weights.to = pointer(gradient);
      weights.rows = units;
      weights.lhs = out(Sequence);
      weights.lhsBatchStride = e.mul(length, units);
      weights.lhsDepthStride = units;
      weights.dz = e.at(out(Dz), gateUnits);
      weights.depth = e.sub(forward.steps, e.i64(1));
      launchWeightGradient(entry, weights);
      weights.lhs = forward.initialH;
      weights.lhsDepthStride = stateStride;
      weights.dz = out(Dz);
      weights.dzDepthStride = weights.dzBatchStride;
      weights.batch = e.i64(1);
      weights.depth = batch;
      weights.accumulates = e.i64(1);
      launchWeightGradient(entry, weights);
    }
  });
  return success();
}

} // namespace rondo::codegen
