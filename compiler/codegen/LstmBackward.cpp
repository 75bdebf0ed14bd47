//===- LstmBackward.cpp - kernel.lstm_backward and the gradients ----------===//
//
// A step is a product of the gates' cotangents with the transposed recurrent weights
// and an elementwise pass over the gates. The gradients of weights and input are products
// over all steps, after the loop.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Lstm.h"
#include "compiler/codegen/Math.h"
#include "compiler/codegen/Tile.h"
#include "dialect/Activations.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

//===----------------------------------------------------------------------===//
// Transposed weights
//===----------------------------------------------------------------------===//

LogicalResult launchLstmPackTransposed(EntryBuilder &entry, kernel::LstmPackTransposedOp op) {
  const Buffer &weights = entry.buffer(op.getWeights());
  const Buffer &packed = entry.buffer(op.getOuts().front());

  // k.sizes: rows of the weights, units. One iteration for each strip of columns of the result and
  // each block of units.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value rows = k.sizes[0], units = k.sizes[1], blocks = e.ceilDiv(units, e.lanes());
    Value strip = e.i64(gatePair(e)), piece = e.mul(strip, e.i64(gateLine(e)));
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value to = e.at(k.pointers[1], e.mul(iteration, piece));
      Value firstRow = e.mul(e.div(iteration, blocks), strip);
      Value unit = e.mul(e.rem(iteration, blocks), e.i64(e.lanes()));
      Value unitsLeft = e.sub(units, unit), lineLength = e.mul(units, e.i64(kGates));
      e.loop(e.i64(0), strip, e.lanes(), [&](Value half) {
        Value row = e.add(firstRow, half);
        e.loop(e.i64(0), e.i64(kGates), 1, [&](Value gate) {
          Value column = e.add(e.mul(gate, units), unit);
          Value line = e.mul(gate, e.mul(e.i64(e.lanes()), strip));
          transposeSquare(e, e.at(k.pointers[0], e.add(e.mul(row, lineLength), column)), lineLength,
                          e.sub(rows, row), unitsLeft, e.at(to, e.add(line, half)), strip);
        });
      });
    });
  };

  Emitter &e = entry.emitter();
  Value rows = weights.sizes[0], units = e.div(weights.sizes[1], e.i64(kGates));
  Launch launch;
  launch.name = "lstm_pack_transposed";
  launch.pointers = {weights.pointer, packed.pointer};
  launch.sizes = {rows, units};
  launch.iterations = e.mul(e.ceilDiv(rows, gatePair(e)), e.ceilDiv(units, e.lanes()));
  launch.grain = e.i64(1);
  launch.cost = e.mul(rows, weights.sizes[1]);
  launch.body = body;
  entry.launch(launch);
  return success();
}

/// Some rows of `strips` strips from column `column` on, of which `left` columns are left there.
static void emitTransposedTile(Emitter &e, const TransposedProduct &p, Value row, Value column,
                               Value rhs, Value stripStride, Value left, unsigned rows,
                               unsigned strips) {
  const unsigned vectors = 2 * strips;
  Values outputs, lhsRows, rhsVectors;
  for (unsigned r = 0; r < rows; ++r) {
    Value current = e.add(row, e.i64(r));
    outputs.push_back(e.at(p.to, e.add(e.mul(current, p.toStride), column)));
    lhsRows.push_back(e.at(p.lhs, e.mul(current, p.lhsStride)));
  }
  for (unsigned strip = 0; strip < strips; ++strip)
    rhsVectors.append(neighbours(e, e.at(rhs, e.mul(stripStride, e.i64(strip))), 2));
  Value pair = e.i64(gatePair(e));
  Values sums(rows * vectors, e.constant(e.vectorOf(e.f32()), 0));
  sums = e.loop(e.i64(0), p.pieces, 1, sums, [&](Value piece, ValueRange carried) {
    TileOperands operands;
    for (Value lhsRow : lhsRows)
      operands.lhsRows.push_back(e.at(lhsRow, e.mul(piece, p.lhsPieceStride)));
    operands.lhsDepthStride = e.i64(1);
    for (Value vector : rhsVectors)
      operands.rhsVectors.push_back(e.at(vector, e.mul(piece, e.mul(p.depth, pair))));
    operands.rhsDepthStride = pair;
    return accumulateTile(e, Values(carried), operands, e.i64(0), p.depth);
  });
  auto store = [&](bool masked) {
    for (unsigned v = 0; v < vectors; ++v) {
      Value offset = e.i64(v * e.lanes());
      Value mask = masked ? e.maskOf(e.sub(left, offset)) : Value();
      for (unsigned r = 0; r < rows; ++r)
        e.storeLanes(sums[r * vectors + v], e.at(outputs[r], offset), mask);
    }
  };
  e.ifThen(e.less(left, e.i64(vectors * e.lanes())), [&] { store(true); }, [&] { store(false); });
}

static void emitTransposedProductBody(Emitter &e, const TransposedProduct &p) {
  Value stripStride = e.mul(e.mul(p.pieces, p.depth), e.i64(gatePair(e)));
  Value forwards = e.equal(p.backwards, e.i64(0));
  auto emitStrips = [&](Value row, Value end, unsigned rows, Value first, Value last,
                        unsigned strips) {
    e.loop(first, last, strips, [&](Value index) {
      Value mirrored = e.sub(e.add(first, e.sub(last, e.i64(strips))), index);
      Value strip = e.select(forwards, index, mirrored);
      Value column = e.mul(strip, e.i64(gatePair(e)));
      Value rhs = e.at(p.rhs, e.mul(strip, stripStride)), left = e.sub(p.columns, column);
      e.loop(row, end, rows, [&](Value row) {
        emitTransposedTile(e, p, row, column, rhs, stripStride, left, rows, strips);
      });
    });
  };
  Value row = e.i64(0);
  for (unsigned rows : tileShape(e.isa()).rows) {
    Value end = e.add(row, e.roundDown(e.sub(p.rows, row), rows)), first = p.firstStrip;
    // Few rows need more strips for as many sums in flight.
    for (unsigned strips = std::max(kSumsInFlight / (2 * rows), 1u); strips > 0; strips /= 2) {
      Value last = e.add(first, e.roundDown(e.sub(p.lastStrip, first), strips));
      emitStrips(row, end, rows, first, last, strips);
      first = last;
    }
    row = end;
  }
}

void emitTransposedProduct(EntryBuilder &entry, Emitter &e, const TransposedProduct &product) {
  using P = TransposedProduct;
  callWithMembers<P>(entry.module(), e, "lstm_transposed_product", {&P::to, &P::lhs, &P::rhs},
                     {&P::toStride, &P::lhsStride, &P::lhsPieceStride, &P::rows, &P::columns,
                      &P::pieces, &P::depth, &P::firstStrip, &P::lastStrip, &P::backwards},
                     product, emitTransposedProductBody);
}

//===----------------------------------------------------------------------===//
// The cotangents of the gates in one step
//===----------------------------------------------------------------------===//

namespace {
/// The value of an activation and its derivative there.
struct Activated {
  Value value, slope;
};

/// One step of `rows` rows for the blocks of units [firstBlock, lastBlock). Pointers are those of
/// row 0 and block 0.
struct BackwardStep {
  Value gates, dz, gatesStride, gatesPairStride;
  Value dzNow, dzNowStride; // the same as dz, rows of gates
  Value cells, cellsStride;
  Value before, beforeStride;       // c of the step before; null: zeros
  Value dSequence, dSequenceStride; // null: zeros
  Value dh, dc;                     // running, `units` apart
  Value rows, units, firstBlock, lastBlock;
};
} // namespace

static constexpr Value BackwardStep::*kPointers[] = {
    &BackwardStep::gates,     &BackwardStep::dz, &BackwardStep::cells, &BackwardStep::before,
    &BackwardStep::dSequence, &BackwardStep::dh, &BackwardStep::dc,    &BackwardStep::dzNow};
static constexpr Value BackwardStep::*kNumbers[] = {
    &BackwardStep::gatesStride,  &BackwardStep::gatesPairStride, &BackwardStep::cellsStride,
    &BackwardStep::beforeStride, &BackwardStep::dSequenceStride, &BackwardStep::rows,
    &BackwardStep::units,        &BackwardStep::firstBlock,      &BackwardStep::lastBlock,
    &BackwardStep::dzNowStride};

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

/// One row and one vector of units.
static void emitCotangents(Emitter &e, const BackwardStep &s, Activation activation,
                           Activation recurrent, Value gates, Value dz, Value dzNow, Value row,
                           Value unit, Value mask) {
  Value zero = e.constant(e.vectorOf(e.f32()), 0);
  auto place = [&](Value array, Value stride) {
    return e.at(array, e.add(e.mul(row, stride), unit));
  };
  auto load = [&](Value array, Value stride) {
    return e.loadLanes(place(array, stride), e.f32(), mask);
  };
  Value isNull = e.equal(e.create<LLVM::PtrToIntOp>(e.i64Type(), s.before), e.i64(0));
  Value any = e.select(isNull, s.cells, s.before); // that may be read
  Value previous = e.select(isNull, zero, load(any, s.beforeStride));

  SmallVector<Activated> gate;
  for (auto [index, kept] : llvm::enumerate(loadGates(e, gates, s.gatesPairStride)))
    gate.push_back(restore(e, index == 2 ? activation : recurrent, kept));
  Value i = gate[0].value, f = gate[1].value, g = gate[2].value, o = gate[3].value;
  Activated state = activate(e, activation, load(s.cells, s.cellsStride));

  Value stateCotangent = load(s.dh, s.units);
  if (s.dSequence)
    stateCotangent = e.addf(stateCotangent, load(s.dSequence, s.dSequenceStride));
  Value viaState = e.mulf(e.mulf(stateCotangent, o), state.slope);
  Value cellCotangent = e.addf(load(s.dc, s.units), viaState);
  Values sums = {e.mulf(e.mulf(cellCotangent, g), gate[0].slope),
                 e.mulf(e.mulf(cellCotangent, previous), gate[1].slope),
                 e.mulf(e.mulf(cellCotangent, i), gate[2].slope),
                 e.mulf(e.mulf(stateCotangent, state.value), gate[3].slope)};
  for (auto [index, sum] : llvm::enumerate(sums)) {
    if (mask) // lanes without units meet zeros in products, where an infinity would be NaN
      sum = e.select(mask, sum, zero);
    e.storeLanes(sum, e.at(dzNow, e.i64(index * e.lanes())));
  }
  storeGates(e, sums, dz, s.gatesPairStride);
  e.storeLanes(e.mulf(cellCotangent, f), place(s.dc, s.units), mask);
}

static void callStep(EntryBuilder &entry, Emitter &e, const BackwardRun &run,
                     const BackwardStep &step) {
  const bool fromSequence = bool(step.dSequence);
  std::string name =
      llvm::formatv("lstm_backward_step_{0}_{1}{2}", stringifyActivation(run.activation),
                    stringifyActivation(run.recurrentActivation), fromSequence ? "_sequence" : "");
  callWithMembers<BackwardStep>(
      entry.module(), e, name, kPointers, kNumbers, step, [&](Emitter &e, BackwardStep s) {
        if (!fromSequence)
          s.dSequence = {};
        e.loop(s.firstBlock, s.lastBlock, 1, [&](Value block) {
          Value unit = e.mul(block, e.i64(e.lanes())), left = e.sub(s.units, unit);
          Value offset = e.mul(block, e.mul(s.gatesPairStride, e.i64(2)));
          auto rows = [&](Value mask) {
            e.loop(e.i64(0), s.rows, 1, [&](Value row) {
              Value place = e.add(offset, e.mul(row, s.gatesStride));
              Value now = e.add(e.mul(row, s.dzNowStride), e.mul(block, e.i64(gateLine(e))));
              emitCotangents(e, s, run.activation, run.recurrentActivation, e.at(s.gates, place),
                             e.at(s.dz, place), e.at(s.dzNow, now), row, unit, mask);
            });
          };
          e.ifThen(
              e.less(left, e.i64(e.lanes())), [&] { rows(e.maskOf(left)); }, [&] { rows({}); });
        });
      });
}

//===----------------------------------------------------------------------===//
// The loop over the steps
//===----------------------------------------------------------------------===//

namespace {
/// Emits the body of a backward kernel.
struct BackwardEmitter {
  EntryBuilder &entry;
  const BackwardRun &run;
  Emitter &e;
  const KernelArguments &k;

  enum Pointer : unsigned {
    RecurrentT,
    Gates,
    Cells,
    InitialC,
    DSequence,
    DLastH,
    DLastC,
    Dz,
    Dh,
    Dc,
    DzNow
  };
  enum Size : unsigned { Steps, Units, Batch, SequenceSteps, StateStride, Parts };
  Value size(Size which) const { return k.sizes[which]; }
  Value ofRow(Pointer which, Value row, Value width) const {
    return e.at(k.pointers[which], e.mul(row, width));
  }
  Value blocks() const { return e.ceilDiv(size(Units), e.lanes()); }
  Value dzNowStride() const { return e.mul(blocks(), e.i64(gateLine(e))); }

  /// The running cotangents of the state after the last step, of some units.
  void start(Value row, Value rows, Value unit, Value count) const {
    if (run.running)
      return;
    auto set = [&](bool given, Pointer from, Pointer to) {
      e.loop(row, e.add(row, rows), 1, [&](Value row) {
        Value place = e.at(ofRow(to, row, size(Units)), unit);
        if (given)
          e.copy(place, e.at(ofRow(from, row, size(Units)), unit), count, e.f32());
        else
          e.clear(place, count, e.f32());
      });
    };
    set(bool(run.dLastH), DLastH, Dh);
    set(bool(run.dLastC), DLastC, Dc);
  }

  /// Where the gates' cotangents of step `done` from the end are. In turn in two places: other
  /// threads may still read those of the step before.
  Value dzNow(Value row, Value done) const {
    Value place = e.mul(e.rem(done, e.i64(2)), size(Batch));
    return ofRow(DzNow, e.add(place, row), dzNowStride());
  }

  /// dh = dz · recurrent_t for step `done` from the end, some strips of units.
  void multiply(Value row, Value rows, Value done, Value firstStrip, Value lastStrip) const {
    TransposedProduct product;
    product.to = ofRow(Dh, row, size(Units));
    product.toStride = product.columns = size(Units);
    product.lhsStride = product.depth = dzNowStride();
    product.lhs = dzNow(row, done);
    product.lhsPieceStride = e.i64(0);
    product.rhs = k.pointers[RecurrentT];
    product.rows = rows;
    product.pieces = e.i64(1);
    product.firstStrip = firstStrip;
    product.lastStrip = lastStrip;
    // What one step read last of the weights is in the first-level cache for the next one.
    product.backwards = e.rem(done, e.i64(2));
    emitTransposedProduct(entry, e, product);
  }

  /// dz of step `done` from the end.
  void differentiate(Value row, Value rows, Value done, Value firstBlock, Value lastBlock) const {
    BackwardStep s;
    Value step = e.sub(e.sub(size(Steps), e.i64(1)), done);
    Value units = size(Units), inStep = e.mul(step, units);
    Value place = e.mul(step, e.i64(gatePair(e)));
    s.gatesStride = e.mul(size(Steps), e.i64(gatePair(e)));
    s.gatesPairStride = e.mul(size(Batch), s.gatesStride);
    s.gates = e.at(ofRow(Gates, row, s.gatesStride), place);
    s.dz = e.at(ofRow(Dz, row, s.gatesStride), place);
    s.dzNowStride = dzNowStride();
    s.dzNow = dzNow(row, done);
    s.cellsStride = e.mul(size(Steps), units);
    s.cells = e.at(ofRow(Cells, row, s.cellsStride), inStep);
    Value isFirst = e.equal(step, e.i64(0));
    s.before = e.select(isFirst, run.initialC ? ofRow(InitialC, row, size(StateStride)) : e.null(),
                        e.at(s.cells, e.sub(e.i64(0), units)));
    s.beforeStride = e.select(isFirst, run.initialC ? size(StateStride) : e.i64(0), s.cellsStride);
    if (run.dSequence) {
      s.dSequenceStride = e.mul(size(SequenceSteps), units);
      s.dSequence = e.at(ofRow(DSequence, row, s.dSequenceStride), inStep);
    }
    s.dh = ofRow(Dh, row, units);
    s.dc = ofRow(Dc, row, units);
    s.rows = rows;
    s.units = units;
    s.firstBlock = firstBlock;
    s.lastBlock = lastBlock;
    callStep(entry, e, run, s);
  }

  /// Step `done` from the end: first the product of the step after it, all of whose gates are
  /// there. One step more gives the cotangent of the first state. A strip of units is two blocks.
  void step(Value row, Value rows, Value done, Value firstStrip, Value lastStrip) const {
    e.ifThen(e.less(e.i64(0), done),
             [&] { multiply(row, rows, e.sub(done, e.i64(1)), firstStrip, lastStrip); });
    e.ifThen(e.less(done, size(Steps)), [&] {
      differentiate(row, rows, done, e.mul(firstStrip, e.i64(2)),
                    e.min(e.mul(lastStrip, e.i64(2)), blocks()));
    });
  }

  Value strips() const { return e.ceilDiv(size(Units), gatePair(e)); }

  void bySequences() const {
    Value row = k.begin, rows = e.sub(k.end, k.begin);
    start(row, rows, e.i64(0), size(Units));
    e.loop(e.i64(0), e.add(size(Steps), e.i64(run.wantsInitial)), 1,
           [&](Value done) { step(row, rows, done, e.i64(0), strips()); });
  }

  void byUnits() const {
    Value row = e.i64(0), rows = size(Batch), width = e.i64(gatePair(e));
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value done = e.div(iteration, size(Parts)), part = e.rem(iteration, size(Parts));
      Value first = e.div(e.mul(part, strips()), size(Parts));
      Value last = e.div(e.mul(e.add(part, e.i64(1)), strips()), size(Parts));
      e.ifThen(e.equal(done, e.i64(0)), [&] {
        Value unit = e.mul(first, width);
        start(row, rows, unit, e.sub(e.min(e.mul(last, width), size(Units)), unit));
      });
      step(row, rows, done, first, last);
    });
  }
};
} // namespace

void launchBackward(EntryBuilder &entry, const BackwardRun &run) {
  Emitter &e = entry.emitter();
  Launch launch;
  launch.signature = llvm::formatv(
      "{0} {1} {2} {3} {4} {5} {6} {7}", stringifyActivation(run.activation),
      stringifyActivation(run.recurrentActivation), bool(run.initialC), bool(run.dSequence),
      bool(run.dLastH), bool(run.dLastC), run.running, run.wantsInitial);
  for (Value pointer : {run.recurrentT, run.gates, run.cells, run.initialC, run.dSequence,
                        run.dLastH, run.dLastC, run.dz, run.dh, run.dc, run.dzNow})
    launch.pointers.push_back(pointer ? pointer : entry.pointerOf({}));
  Value costOfStep = e.mul(run.batch, e.mul(e.mul(run.units, run.units), e.i64(kGates)));
  Value parts = partsOfUnits(entry, e.ceilDiv(run.units, gatePair(e)), costOfStep);
  launch.sizes = {run.steps, run.units, run.batch, run.sequenceSteps, run.stateStride, parts};

  e.ifThen(
      e.less(run.batch, e.i64(kRowsByUnits + 1)),
      [&] {
        auto body = [&](Emitter &e, const KernelArguments &k) {
          BackwardEmitter{entry, run, e, k}.byUnits();
        };
        launch.name = "lstm_backward_by_units";
        launch.body = body;
        // Without steps there is still something to start from.
        Value steps = e.max(e.add(run.steps, e.i64(run.wantsInitial)), e.i64(1));
        entry.launchOrdered(launch, steps, parts);
      },
      [&] {
        auto body = [&](Emitter &e, const KernelArguments &k) {
          BackwardEmitter{entry, run, e, k}.bySequences();
        };
        launch.name = "lstm_backward";
        launch.iterations = run.batch;
        launch.grain = rowsOfChunk(entry, run.batch,
                                   e.mul(e.mul(run.units, run.units), e.i64(kGates)), run.steps);
        launch.cost = e.mul(costOfStep, run.steps);
        launch.body = body;
        entry.launch(launch);
      });
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
  run.wantsInitial = op.getDInitial();
  run.dz = pointer(op.getOuts()[0]);
  run.dh = pointer(op.getOuts()[1]);
  run.dc = pointer(op.getOuts()[2]);
  run.dzNow = pointer(op.getOuts()[3]);
  run.batch = cells.sizes[0];
  run.steps = run.sequenceSteps = cells.sizes[1];
  run.units = run.stateStride = cells.sizes[2];
  launchBackward(entry, run);
  return success();
}

} // namespace rondo::codegen
