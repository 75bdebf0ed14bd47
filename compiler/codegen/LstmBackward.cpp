//===- LstmBackward.cpp - kernel.lstm_backward ----------------------------===//
//
// A step is a product of the gates' cotangents with the transposed recurrent weights
// and an elementwise pass over the gates. The gradients of weights and input are products
// over all steps, after the loop.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Lstm.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

//===----------------------------------------------------------------------===//
// The cotangents of the gates in one step
//===----------------------------------------------------------------------===//

namespace {
/// One step of `rows` rows for the blocks of units [firstBlock, lastBlock). Pointers are those of
/// row 0 and block 0.
struct BackwardStep {
  Value gates, dz, gatesStride, gatesPairStride;
  Value dzNow, dzNowStride; // the same as dz, rows of gates
  Value cells, cellsStride;
  Value before, beforeStride;       // c of the step before; null: zeros
  Value dSequence, dSequenceStride; // null: zeros
  Value dh, dc;                     // running, `units` apart
  Value mask, maskStride;           // bytes; only of kernels with a mask
  Value rows, units, firstBlock, lastBlock;
};
} // namespace

static constexpr Value BackwardStep::*kPointers[] = {
    &BackwardStep::gates,  &BackwardStep::dz,        &BackwardStep::cells,
    &BackwardStep::before, &BackwardStep::dSequence, &BackwardStep::dh,
    &BackwardStep::dc,     &BackwardStep::dzNow,     &BackwardStep::mask};
static constexpr Value BackwardStep::*kNumbers[] = {
    &BackwardStep::gatesStride,  &BackwardStep::gatesPairStride, &BackwardStep::cellsStride,
    &BackwardStep::beforeStride, &BackwardStep::dSequenceStride, &BackwardStep::rows,
    &BackwardStep::units,        &BackwardStep::firstBlock,      &BackwardStep::lastBlock,
    &BackwardStep::dzNowStride,  &BackwardStep::maskStride};

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
    gate.push_back(restoreGate(e, index == 2 ? activation : recurrent, kept));
  Value i = gate[0].value, f = gate[1].value, g = gate[2].value, o = gate[3].value;
  Activated state = emitActivated(e, activation, load(s.cells, s.cellsStride));

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

/// The same where the step does not count: the cotangents of its state are those of the state
/// before it. The product with dz_now leaves such rows out.
static void keepCotangents(Emitter &e, const BackwardStep &s, Value dz, Value row, Value unit,
                           Value mask) {
  storeGates(e, Values(kGates, e.constant(e.vectorOf(e.f32()), 0)), dz, s.gatesPairStride);
  if (!s.dSequence)
    return;
  Value dh = e.at(s.dh, e.add(e.mul(row, s.units), unit));
  Value given = e.at(s.dSequence, e.add(e.mul(row, s.dSequenceStride), unit));
  e.storeLanes(e.addf(e.loadLanes(dh, e.f32(), mask), e.loadLanes(given, e.f32(), mask)), dh, mask);
}

static void callStep(EntryBuilder &entry, Emitter &e, const BackwardRun &run,
                     const BackwardStep &step) {
  const bool fromSequence = bool(step.dSequence), isMasked = bool(step.mask);
  std::string name =
      llvm::formatv("lstm_backward_step_{0}_{1}{2}{3}", stringifyActivation(run.activation),
                    stringifyActivation(run.recurrentActivation), fromSequence ? "_sequence" : "",
                    isMasked ? "_masked" : "");
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
              auto compute = [&] {
                emitCotangents(e, s, run.activation, run.recurrentActivation, e.at(s.gates, place),
                               e.at(s.dz, place), e.at(s.dzNow, now), row, unit, mask);
              };
              if (!isMasked)
                return compute();
              Value byte = e.at(s.mask, e.mul(row, s.maskStride), e.builder().getI8Type());
              e.ifThen(e.load(byte, e.builder().getI1Type()), compute,
                       [&] { keepCotangents(e, s, e.at(s.dz, place), row, unit, mask); });
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
    DzNow,
    Mask
  };
  enum Size : unsigned { Steps, Units, Batch, SequenceSteps, StateStride };
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

  Value maskAt(Value row, Value done) const {
    Value step = e.sub(e.sub(size(Steps), e.i64(1)), done);
    return e.at(k.pointers[Mask], e.add(e.mul(row, size(SequenceSteps)), step),
                e.builder().getI8Type());
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
    if (run.mask)
      emitMaskedProduct(entry, e, product,
                        [&](Value index) { return maskAt(e.add(row, index), done); });
    else
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
    if (run.mask) {
      s.mask = maskAt(row, done);
      s.maskStride = size(SequenceSteps);
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

  /// Some rows and strips.
  void emit(const StepPart &part) const {
    Value width = e.i64(gatePair(e)), unit = e.mul(part.first, width);
    e.ifThen(e.equal(part.step, e.i64(0)), [&] {
      start(part.row, part.rows, unit, e.sub(e.min(e.mul(part.last, width), size(Units)), unit));
    });
    step(part.row, part.rows, part.step, part.first, part.last);
  }
};
} // namespace

void launchBackward(EntryBuilder &entry, const BackwardRun &run) {
  Emitter &e = entry.emitter();
  TimeLoop loop;
  loop.name = "lstm_backward";
  loop.signature = llvm::formatv(
      "{0} {1} {2} {3} {4} {5} {6} {7} {8}", stringifyActivation(run.activation),
      stringifyActivation(run.recurrentActivation), bool(run.initialC), bool(run.dSequence),
      bool(run.dLastH), bool(run.dLastC), run.running, run.wantsInitial, bool(run.mask));
  for (Value pointer : {run.recurrentT, run.gates, run.cells, run.initialC, run.dSequence,
                        run.dLastH, run.dLastC, run.dz, run.dh, run.dc, run.dzNow, run.mask})
    loop.pointers.push_back(pointer ? pointer : entry.pointerOf({}));
  loop.sizes = {run.steps, run.units, run.batch, run.sequenceSteps, run.stateStride};
  // Without steps there is still something to start from.
  loop.steps = e.max(e.add(run.steps, e.i64(run.wantsInitial)), e.i64(1));
  loop.batch = run.batch;
  loop.divisions = e.ceilDiv(run.units, gatePair(e));
  loop.weights = e.mul(e.mul(run.units, run.units), e.i64(kGates));
  launchTimeLoop(entry, loop, [&](Emitter &e, const KernelArguments &k, const StepPart &part) {
    BackwardEmitter{entry, run, e, k}.emit(part);
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
  run.mask = pointer(op.getMask());
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
