//===- RnnBackward.cpp - kernel.rnn_backward ------------------------------===//
//
// A step is a product of the cotangents of the state's sums with the transposed recurrent
// weights and an elementwise pass over the gates.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Recurrent.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

namespace {
/// One step of `rows` rows for the blocks of units [firstBlock, lastBlock). Strides are between
/// rows of the batch; pointers are those of row 0 and block 0.
struct BackwardStep {
  Value gates, gatesStride;
  Value before, beforeStride;       // h of the step before
  Value dSequence, dSequenceStride; // null: zeros
  Value dh;                         // running, `units` apart
  Value dSums, dStateSums, dSumsStride;
  Value dNow, dNowStride; // the cotangents of the state's sums, gates of block after block
  Value mask, maskStride; // bytes; null: all rows count
  Value rows, units, firstBlock, lastBlock;
};
} // namespace

static constexpr Value BackwardStep::*kPointers[] = {
    &BackwardStep::gates, &BackwardStep::before,     &BackwardStep::dSequence, &BackwardStep::dh,
    &BackwardStep::dSums, &BackwardStep::dStateSums, &BackwardStep::dNow,      &BackwardStep::mask};
static constexpr Value BackwardStep::*kNumbers[] = {
    &BackwardStep::gatesStride, &BackwardStep::beforeStride, &BackwardStep::dSequenceStride,
    &BackwardStep::dSumsStride, &BackwardStep::dNowStride,   &BackwardStep::maskStride,
    &BackwardStep::rows,        &BackwardStep::units,        &BackwardStep::firstBlock,
    &BackwardStep::lastBlock};

namespace {
/// Emits the function of a step.
struct StepEmitter {
  Emitter &e;
  const BackwardStep &s;
  RnnCell cell;
  Activation activation, recurrentActivation;

  /// Unit `unit` of part `index` of a row.
  Value place(Value array, Value stride, Value row, unsigned index, Value unit) {
    Value part = e.add(e.mul(s.units, e.i64(index)), unit);
    return e.at(array, e.add(e.mul(row, stride), part));
  }

  /// One row and one vector of units.
  void cotangents(Value row, Value block, Value mask) {
    Value unit = e.mul(block, e.i64(e.lanes()));
    auto load = [&](Value array, Value stride, unsigned index) {
      return e.loadLanes(place(array, stride, row, index, unit), e.f32(), mask);
    };
    auto gate = [&](unsigned index, Activation function) {
      return restoreGate(e, function, load(s.gates, s.gatesStride, index));
    };
    Value dh = load(s.dh, s.units, 0);
    if (s.dSequence)
      dh = e.addf(dh, load(s.dSequence, s.dSequenceStride, 0));
    if (cell == RnnCell::simple) {
      Value d = e.mulf(dh, gate(0, activation).slope);
      return store(row, block, unit, mask, {d}, {d});
    }
    Activated z = gate(0, recurrentActivation), r = gate(1, recurrentActivation);
    Activated n = gate(2, activation);
    Value ofState = load(s.gates, s.gatesStride, 3), before = load(s.before, s.beforeStride, 0);
    Value one = e.constant(dh.getType(), 1);
    Value dN = e.mulf(e.mulf(dh, e.subf(one, z.value)), n.slope);
    Value dZ = e.mulf(e.mulf(dh, e.subf(before, n.value)), z.slope);
    Value dR = e.mulf(e.mulf(dN, ofState), r.slope);
    // What the product of the next step is added to.
    e.storeLanes(e.mulf(dh, z.value), place(s.dh, s.units, row, 0, unit), mask);
    store(row, block, unit, mask, {dZ, dR, dN}, {dZ, dR, e.mulf(dN, r.value)});
  }

  /// The same where the step does not count: the cotangent of its state is that of the state
  /// before it. The product with what is of now leaves such rows out.
  void keep(Value row, Value block, Value mask) {
    Value unit = e.mul(block, e.i64(e.lanes())), zero = e.constant(e.vectorOf(e.f32()), 0);
    for (unsigned gate = 0; gate < numGates(cell); ++gate)
      for (Value sums : {s.dSums, s.dStateSums})
        if (sums)
          e.storeLanes(zero, place(sums, s.dSumsStride, row, gate, unit), mask);
    if (!s.dSequence)
      return;
    Value dh = place(s.dh, s.units, row, 0, unit);
    Value given = place(s.dSequence, s.dSequenceStride, row, 0, unit);
    e.storeLanes(e.addf(e.loadLanes(dh, e.f32(), mask), e.loadLanes(given, e.f32(), mask)), dh,
                 mask);
  }

  /// The cotangents of the sums of the input and of the state.
  void store(Value row, Value block, Value unit, Value mask, ArrayRef<Value> ofInput,
             ArrayRef<Value> ofState) {
    Value line = e.mul(block, e.i64(ofState.size() * e.lanes()));
    Value now = e.at(s.dNow, e.add(e.mul(row, s.dNowStride), line));
    for (auto [index, input, state] : llvm::enumerate(ofInput, ofState)) {
      e.storeLanes(input, place(s.dSums, s.dSumsStride, row, index, unit), mask);
      if (s.dStateSums)
        e.storeLanes(state, place(s.dStateSums, s.dSumsStride, row, index, unit), mask);
      // Lanes without units meet zeros in products, where an infinity would be NaN.
      Value clean = mask ? e.select(mask, state, e.constant(state.getType(), 0)) : state;
      e.storeLanes(clean, e.at(now, e.i64(index * e.lanes())));
    }
  }

  void emit() {
    e.loop(s.firstBlock, s.lastBlock, 1, [&](Value block) {
      Value left = e.sub(s.units, e.mul(block, e.i64(e.lanes())));
      auto rows = [&](Value mask) {
        e.loop(e.i64(0), s.rows, 1, [&](Value row) {
          if (!s.mask)
            return cotangents(row, block, mask);
          Value byte = e.at(s.mask, e.mul(row, s.maskStride), e.builder().getI8Type());
          e.ifThen(
              e.load(byte, e.builder().getI1Type()), [&] { cotangents(row, block, mask); },
              [&] { keep(row, block, mask); });
        });
      };
      e.ifThen(e.less(left, e.i64(e.lanes())), [&] { rows(e.maskOf(left)); }, [&] { rows({}); });
    });
  }
};

/// Emits the body of a backward kernel.
struct BackwardEmitter {
  EntryBuilder &entry;
  kernel::RnnBackwardOp op;
  Emitter &e;
  const KernelArguments &k;
  const StepPart &part; // its step counts from the end

  enum Pointer : unsigned {
    RecurrentT,
    Gates,
    Sequence,
    InitialH,
    DSequence,
    DLastH,
    DSums,
    Dh,
    DNow,
    DStateSums,
    Mask
  };
  enum Size : unsigned { Steps, Units, Batch };
  Value size(Size which) { return k.sizes[which]; }
  unsigned gates() { return numGates(op.getCell()); }
  Value blocks() { return e.ceilDiv(size(Units), e.lanes()); }
  Value nowStride() { return e.mul(blocks(), e.i64(gates() * e.lanes())); }

  /// The cotangents of step `done` from the end. In turn in two places: other threads may still
  /// read those of the step before.
  Value now(Value done) {
    Value place = e.add(e.mul(e.rem(done, e.i64(2)), size(Batch)), part.row);
    return e.at(k.pointers[DNow], e.mul(place, nowStride()));
  }

  /// The byte of the mask of a row in step `done` from the end.
  Value maskAt(Value row, Value done) {
    Value step = e.sub(e.sub(size(Steps), e.i64(1)), done);
    Value place = e.add(e.mul(e.add(part.row, row), size(Steps)), step);
    return e.at(k.pointers[Mask], place, e.builder().getI8Type());
  }

  Value dh() { return e.at(k.pointers[Dh], e.mul(part.row, size(Units))); }

  /// The cotangent of the last state.
  void start() {
    Value unit = e.mul(part.first, e.i64(stripWidth(e)));
    Value count = e.sub(e.min(e.mul(part.last, e.i64(stripWidth(e))), size(Units)), unit);
    e.loop(e.i64(0), part.rows, 1, [&](Value row) {
      Value place = e.add(e.mul(e.add(part.row, row), size(Units)), unit);
      Value to = e.at(k.pointers[Dh], place);
      if (op.getDLastH())
        e.copy(to, e.at(k.pointers[DLastH], place), count, e.f32());
      else
        e.clear(to, count, e.f32());
    });
  }

  /// The product with the cotangents of the step that was done before.
  void multiply() {
    TransposedProduct product;
    Value done = e.sub(part.step, e.i64(1));
    product.to = dh();
    product.toStride = product.columns = size(Units);
    product.lhs = now(done);
    product.lhsStride = product.depth = nowStride();
    product.lhsPieceStride = e.i64(0);
    product.rhs = k.pointers[RecurrentT];
    product.rows = part.rows;
    product.pieces = e.i64(1);
    product.firstStrip = part.first;
    product.lastStrip = part.last;
    // What one step read last of the weights is in the first-level cache for the next one.
    product.backwards = e.rem(done, e.i64(2));
    product.accumulates = op.getCell() == RnnCell::gru;
    if (op.getMask())
      emitMaskedProduct(entry, e, product, [&](Value row) { return maskAt(row, done); });
    else
      emitTransposedProduct(entry, e, product);
  }

  void differentiate() {
    Value step = e.sub(e.sub(size(Steps), e.i64(1)), part.step), units = size(Units);
    auto stride = [&](unsigned width) { return e.mul(e.mul(size(Steps), units), e.i64(width)); };
    auto ofRow = [&](Pointer which, Value step, unsigned width) {
      Value rows = e.add(e.mul(part.row, size(Steps)), step);
      return e.at(k.pointers[which], e.mul(e.mul(rows, units), e.i64(width)));
    };
    const unsigned kept = numKept(op.getCell());
    Value isFirst = e.equal(step, e.i64(0));
    BackwardStep s;
    s.gates = ofRow(Gates, step, kept);
    s.gatesStride = stride(kept);
    s.before = e.select(isFirst, e.at(k.pointers[InitialH], e.mul(part.row, units)),
                        ofRow(Sequence, e.sub(step, e.i64(1)), 1));
    s.beforeStride = e.select(isFirst, units, stride(1));
    if (op.getDSequence()) {
      s.dSequence = ofRow(DSequence, step, 1);
      s.dSequenceStride = stride(1);
    }
    s.dh = dh();
    s.dSums = ofRow(DSums, step, gates());
    s.dSumsStride = stride(gates());
    if (op.getDStateSums())
      s.dStateSums = ofRow(DStateSums, step, gates());
    s.dNow = now(part.step);
    s.dNowStride = nowStride();
    if (op.getMask()) {
      s.mask = maskAt(e.i64(0), part.step);
      s.maskStride = size(Steps);
    }
    s.rows = part.rows;
    s.units = units;
    s.firstBlock = e.mul(part.first, e.i64(2)); // a strip is two blocks
    s.lastBlock = e.min(e.mul(part.last, e.i64(2)), blocks());
    callStep(s);
  }

  void callStep(const BackwardStep &step) {
    const bool fromSequence = bool(step.dSequence), keepsState = bool(step.dStateSums),
               isMasked = bool(step.mask);
    const RnnCell cell = op.getCell();
    std::string name = llvm::formatv("rnn_backward_step_{0}_{1}_{2}{3}{4}", stringifyRnnCell(cell),
                                     stringifyActivation(op.getActivation()),
                                     stringifyActivation(op.getRecurrentActivation()),
                                     fromSequence ? "_sequence" : "", isMasked ? "_masked" : "");
    callWithMembers<BackwardStep>(
        entry.module(), e, name, kPointers, kNumbers, step, [&](Emitter &e, BackwardStep s) {
          if (!fromSequence)
            s.dSequence = {};
          if (!keepsState)
            s.dStateSums = {};
          if (!isMasked)
            s.mask = {};
          StepEmitter{e, s, cell, op.getActivation(), op.getRecurrentActivation()}.emit();
        });
  }

  /// First the product of the step after it, all of whose gates are there. One step more gives
  /// the cotangent of the first state.
  void emit() {
    e.ifThen(e.equal(part.step, e.i64(0)), [&] { start(); }, [&] { multiply(); });
    e.ifThen(e.less(part.step, size(Steps)), [&] { differentiate(); });
  }
};
} // namespace

LogicalResult launchRnnBackward(EntryBuilder &entry, kernel::RnnBackwardOp op) {
  Emitter &e = entry.emitter();
  const Buffer &sequence = entry.buffer(op.getSequence());
  auto pointer = [&](Value buffer) { return entry.pointerOf(buffer); };
  Value steps = sequence.sizes[1], units = sequence.sizes[2];
  TimeLoop loop;
  loop.name = "rnn_backward";
  loop.signature = llvm::formatv("{0} {1} {2} {3} {4} {5}", stringifyRnnCell(op.getCell()),
                                 stringifyActivation(op.getActivation()),
                                 stringifyActivation(op.getRecurrentActivation()),
                                 bool(op.getDSequence()), bool(op.getDLastH()), bool(op.getMask()));
  loop.pointers = {
      pointer(op.getRecurrentT()), pointer(op.getGates()),     pointer(op.getSequence()),
      pointer(op.getInitialH()),   pointer(op.getDSequence()), pointer(op.getDLastH()),
      pointer(op.getOuts()[0]),    pointer(op.getOuts()[1]),   pointer(op.getOuts()[2]),
      pointer(op.getDStateSums()), pointer(op.getMask())};
  loop.sizes = {steps, units, sequence.sizes[0]};
  loop.steps = e.add(steps, e.i64(op.getDInitial()));
  loop.batch = sequence.sizes[0];
  loop.divisions = e.ceilDiv(units, stripWidth(e));
  loop.weights = e.mul(e.mul(units, units), e.i64(numGates(op.getCell())));
  launchTimeLoop(entry, loop, [&](Emitter &e, const KernelArguments &k, const StepPart &part) {
    BackwardEmitter{entry, op, e, k, part}.emit();
  });
  return success();
}

} // namespace rondo::codegen
