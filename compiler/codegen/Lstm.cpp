//===- Lstm.cpp - kernel.lstm_pack, lstm_forward, lstm_backward -----------===//
//
// The time loop lies inside the kernels and threads own rows of the batch, so
// nothing is synchronised between steps. Forward, a register tile holds the
// four gates of some rows and one vector of units while it runs over inputs and
// previous state; weights are packed in the order in which it reads them.
// Backward, a step is a product with the transposed recurrent weights and an
// elementwise pass over the gates.
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

LogicalResult launchLstmForward(EntryBuilder &entry, kernel::LstmForwardOp op) {
  const bool initial = bool(op.getInitialH()), training = op.getOuts().size() == 5;
  const Buffer &input = entry.buffer(op.getInput());
  const Buffer &sequence = entry.buffer(op.getOuts()[0]);

  // k.sizes: steps, inputs, units. Pointers: input, packed, initial h and c, destinations.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value steps = k.sizes[0], inputs = k.sizes[1], units = k.sizes[2];
    Value lanes = e.i64(e.lanes());
    Value sequenceStride = e.mul(steps, units);
    Value rows = e.sub(k.end, k.begin);
    // The rows of this chunk in an array of `width` floats for each.
    auto ownRows = [&](unsigned pointer, Value width) {
      return e.at(k.pointers[pointer], e.mul(k.begin, width));
    };
    Value lastState = ownRows(5, units), cell = ownRows(6, units);
    if (initial) {
      e.copy(lastState, ownRows(2, units), e.mul(rows, units), e.f32());
      e.copy(cell, ownRows(3, units), e.mul(rows, units), e.f32());
    } else {
      e.clear(lastState, e.mul(rows, units), e.f32());
      e.clear(cell, e.mul(rows, units), e.f32());
    }
    Value scratch = e.stack(e.f32(), kStripRows * kGates * e.lanes());
    Value linesOfBlock = e.add(e.add(inputs, units), e.i64(1));

    e.loop(e.i64(0), steps, 1, [&](Value step) {
      ForwardStep s;
      s.activation = op.getActivation();
      s.recurrentActivation = op.getRecurrentActivation();
      s.inputs = inputs;
      s.units = units;
      s.inputStride = e.mul(steps, inputs);
      s.input = e.at(ownRows(0, s.inputStride), e.mul(step, inputs));
      s.sequenceStride = sequenceStride;
      s.sequence = e.at(ownRows(4, sequenceStride), e.mul(step, units));
      Value isFirst = e.equal(step, e.i64(0));
      Value before = e.at(s.sequence, e.sub(e.i64(0), units));
      s.state = e.select(isFirst, lastState, before);
      s.stateStride = e.select(isFirst, units, sequenceStride);
      s.depth = initial ? units : e.select(isFirst, e.i64(0), units);
      s.cell = cell;
      if (training) {
        s.gatesStride = e.mul(sequenceStride, e.i64(kGates));
        s.gates = e.at(ownRows(7, s.gatesStride), e.mul(step, e.mul(units, e.i64(kGates))));
        s.cells = e.at(ownRows(8, sequenceStride), e.mul(step, units));
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
      e.loop(e.i64(0), rows, 1, [&](Value row) {
        e.copy(e.at(lastState, e.mul(row, units)), e.at(last, e.mul(row, sequenceStride)), units,
               e.f32());
      });
    });
  };

  Emitter &e = entry.emitter();
  Value batch = input.sizes[0], steps = input.sizes[1], inputs = input.sizes[2],
        units = sequence.sizes[2];
  Launch launch;
  launch.name = "lstm_forward";
  launch.signature = llvm::formatv("{0} {1} {2} {3}", op.getActivationAttr(),
                                   op.getRecurrentActivationAttr(), initial, training);
  launch.pointers = {input.pointer, entry.buffer(op.getPacked()).pointer,
                     entry.pointerOf(op.getInitialH()), entry.pointerOf(op.getInitialC())};
  for (Value destination : op.getOuts())
    launch.pointers.push_back(entry.buffer(destination).pointer);
  launch.sizes = {steps, inputs, units};
  launch.iterations = batch;
  Value weights = e.mul(e.add(inputs, units), e.mul(units, e.i64(kGates)));
  launch.grain = chunkRows(e, weights);
  launch.cost = e.mul(e.mul(batch, steps), weights);
  launch.body = body;
  entry.launch(launch);
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

LogicalResult launchLstmBackward(EntryBuilder &entry, kernel::LstmBackwardOp op) {
  const Buffer &cells = entry.buffer(op.getCells());
  const Activation activation = op.getActivation(), recurrent = op.getRecurrentActivation();
  const bool initial = bool(op.getInitialC()), fromSequence = bool(op.getDSequence()),
             fromLastH = bool(op.getDLastH()), fromLastC = bool(op.getDLastC());
  enum : unsigned { RecurrentT, Gates, Cells, InitialC, DSequence, DLastH, DLastC, Dz, Dh, Dc };

  // k.sizes: steps, units.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value steps = k.sizes[0], units = k.sizes[1], gateUnits = e.mul(units, e.i64(kGates));
    Value rows = e.sub(k.end, k.begin);
    Value sequenceStride = e.mul(steps, units), gatesStride = e.mul(steps, gateUnits);
    auto ownRows = [&](unsigned pointer, Value width) {
      return e.at(k.pointers[pointer], e.mul(k.begin, width));
    };
    Value dh = ownRows(Dh, units), dc = ownRows(Dc, units), dz = ownRows(Dz, gatesStride);
    Value gates = ownRows(Gates, gatesStride), cells = ownRows(Cells, sequenceStride);

    // The running cotangents of the state after the last step.
    auto start = [&](bool given, unsigned pointer, Value to) {
      if (given)
        e.copy(to, ownRows(pointer, units), e.mul(rows, units), e.f32());
      else
        e.clear(to, e.mul(rows, units), e.f32());
    };
    start(fromLastH, DLastH, dh);
    start(fromLastC, DLastC, dc);

    e.loop(e.i64(0), steps, 1, [&](Value done) {
      Value step = e.sub(e.sub(steps, e.i64(1)), done);
      Value isFirst = e.equal(step, e.i64(0));
      e.loop(e.i64(0), rows, 1, [&](Value row) {
        // Rows of this step.
        Value here = e.add(e.mul(row, sequenceStride), e.mul(step, units));
        Value gatesHere = e.mul(here, e.i64(kGates));
        Value rowDh = e.at(dh, e.mul(row, units)), rowDc = e.at(dc, e.mul(row, units));
        Value rowCells = e.at(cells, here);
        // c before the first step is the initial one or else zero, for which any
        // address that may be read will do.
        Value first = initial ? e.at(ownRows(InitialC, units), e.mul(row, units)) : rowCells;
        Value before = e.select(isFirst, first, e.at(rowCells, e.sub(e.i64(0), units)));
        Value rowDSequence =
            fromSequence ? e.at(ownRows(DSequence, sequenceStride), here) : Value();
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
  Value batch = cells.sizes[0], steps = cells.sizes[1], units = cells.sizes[2];
  Launch launch;
  launch.name = "lstm_backward";
  launch.signature =
      llvm::formatv("{0} {1} {2} {3} {4} {5}", op.getActivationAttr(),
                    op.getRecurrentActivationAttr(), initial, fromSequence, fromLastH, fromLastC);
  for (Value operand : {op.getRecurrentT(), op.getGates(), op.getCells(), op.getInitialC(),
                        op.getDSequence(), op.getDLastH(), op.getDLastC()})
    launch.pointers.push_back(entry.pointerOf(operand));
  for (Value destination : op.getOuts())
    launch.pointers.push_back(entry.buffer(destination).pointer);
  launch.sizes = {steps, units};
  launch.iterations = batch;
  Value weights = e.mul(e.mul(units, units), e.i64(kGates));
  launch.grain = chunkRows(e, weights);
  launch.cost = e.mul(e.mul(batch, steps), weights);
  launch.body = body;
  entry.launch(launch);
  return success();
}

} // namespace rondo::codegen
