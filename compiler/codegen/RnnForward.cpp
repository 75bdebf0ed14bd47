//===- RnnForward.cpp - kernel.rnn_pack, kernel.rnn_forward ---------------===//
//
// A step adds products of the state with packed weights to what the input gives, in register
// tiles of some rows and all gates of some blocks of units, and updates the cells from these sums.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Recurrent.h"
#include "compiler/codegen/Tile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

namespace {
/// What kernels of a cell depend on.
struct Cell {
  RnnCell kind;
  Activation activation, recurrentActivation;

  unsigned gates() const { return numGates(kind); }
  unsigned kept() const { return numKept(kind); }
  /// Of which sums n of a gru is not one: its activation is applied to more than the sum.
  bool addsInput(unsigned gate) const { return kind == RnnCell::simple || gate < 2; }
};
} // namespace

/// Heights of register tiles, tried in this order.
static SmallVector<unsigned> tileRows(Isa isa, const Cell &cell) {
  if (cell.kind == RnnCell::simple)
    return tileShape(isa).rows;
  if (isa == Isa::Avx2)
    return {4, 2, 1}; // of 3 gates
  return {8, 4, 2, 1};
}

/// Blocks that a tile has beside each other: as many gates as a tile is wide.
static unsigned tileBlocks(const Cell &cell) { return cell.kind == RnnCell::simple ? 2 : 1; }

/// The same of a tile of a single row, for enough sums in flight.
static unsigned rowBlocks(const Cell &cell) {
  return llvm::divideCeil(kSumsInFlight, cell.gates());
}

/// Floats of the weights of one state and block.
static int64_t weightLine(Emitter &e, const Cell &cell) { return cell.gates() * e.lanes(); }

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

LogicalResult launchRnnPack(EntryBuilder &entry, kernel::RnnPackOp op) {
  const bool hasBias = bool(op.getBias());
  const Buffer &recurrent = entry.buffer(op.getRecurrentKernel());
  const Buffer &packed = entry.buffer(op.getOuts().front());
  const int64_t gates = packed.type.getDimSize(2);

  // k.sizes: units. One iteration for each vector of units.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value units = k.sizes[0], line = e.i64(gates * e.lanes());
    e.loop(k.begin, k.end, 1, [&](Value block) {
      Value unit = e.mul(block, e.i64(e.lanes())), mask = e.maskOf(e.sub(units, unit));
      Value to = e.at(k.pointers[2], e.mul(block, e.mul(e.add(units, e.i64(1)), line)));
      auto packLine = [&](Value from, Value index) {
        for (int64_t gate = 0; gate < gates; ++gate) {
          Value place = e.at(from, e.add(e.mul(units, e.i64(gate)), unit));
          e.storeLanes(e.loadLanes(place, e.f32(), mask),
                       e.at(to, e.add(e.mul(index, line), e.i64(gate * e.lanes()))));
        }
      };
      e.loop(e.i64(0), units, 1, [&](Value state) {
        packLine(e.at(k.pointers[0], e.mul(state, e.mul(units, e.i64(gates)))), state);
      });
      if (hasBias)
        packLine(k.pointers[1], units);
      else
        e.clear(e.at(to, e.mul(units, line)), line, e.f32());
    });
  };

  Emitter &e = entry.emitter();
  Value units = recurrent.sizes[0];
  Launch launch;
  launch.name = "rnn_pack";
  launch.signature = llvm::formatv("{0} {1}", gates, hasBias);
  launch.pointers = {recurrent.pointer, entry.pointerOf(op.getBias()), packed.pointer};
  launch.sizes = {units};
  launch.iterations = e.ceilDiv(units, e.lanes());
  launch.grain = e.i64(1);
  launch.cost = e.mul(units, e.mul(units, e.i64(gates)));
  launch.body = body;
  entry.launch(launch);
  return success();
}

//===----------------------------------------------------------------------===//
// One step
//===----------------------------------------------------------------------===//

namespace {
/// One step of `rows` rows for the blocks of units [firstBlock, lastBlock). Strides are between
/// rows of the batch; pointers are those of row 0 and block 0.
struct ForwardStep {
  Value sums, sumsStride; // of the input
  Value packed, units;
  Value state, stateStride;       // h[t-1]
  Value sequence, sequenceStride; // h[t]
  Value gates, gatesStride;       // null: not kept
  Value mask, maskStride;         // bytes; null: all rows count
  Value rows, firstBlock, lastBlock;
  Value backwards; // i64: not 0 where the blocks are to be done in reverse
};
} // namespace

/// The members of a step, which are the arguments of its function.
static constexpr Value ForwardStep::*kPointers[] = {&ForwardStep::sums,  &ForwardStep::packed,
                                                    &ForwardStep::state, &ForwardStep::sequence,
                                                    &ForwardStep::gates, &ForwardStep::mask};
static constexpr Value ForwardStep::*kNumbers[] = {
    &ForwardStep::sumsStride,     &ForwardStep::units,       &ForwardStep::stateStride,
    &ForwardStep::sequenceStride, &ForwardStep::gatesStride, &ForwardStep::maskStride,
    &ForwardStep::rows,           &ForwardStep::firstBlock,  &ForwardStep::lastBlock,
    &ForwardStep::backwards};

namespace {
/// Emits the function of a step.
struct StepEmitter {
  Emitter &e;
  const ForwardStep &s;
  const Cell &cell;
  bool keepsGates, isMasked;

  /// The sums of some lines, a line being the gates of one row and block.
  Value lineOf(Value index) { return e.mul(index, e.i64(weightLine(e, cell))); }

  Value unitOf(Value block) { return e.mul(block, e.i64(e.lanes())); }

  /// Element `unit` of part `index` of a row of parts of as many elements as there are units.
  Value inRow(Value array, Value stride, Value row, unsigned index, Value unit) {
    Value part = e.add(e.mul(s.units, e.i64(index)), unit);
    return e.at(array, e.add(e.mul(row, stride), part));
  }

  /// The sums of some rows and blocks, line by line to `to`.
  void tile(ArrayRef<Value> rows, ArrayRef<Value> blocks, Value to) {
    TileOperands operands;
    Values biases, masks;
    for (Value block : blocks) {
      Value size = lineOf(e.add(s.units, e.i64(1)));
      Value weights = e.at(s.packed, e.mul(block, size)), bias = e.at(weights, lineOf(s.units));
      operands.rhsVectors.append(neighbours(e, weights, cell.gates()));
      for (Value vector : neighbours(e, bias, cell.gates()))
        biases.push_back(e.loadLanes(vector, e.f32()));
      masks.push_back(e.maskOf(e.sub(s.units, unitOf(block))));
    }
    operands.rhsDepthStride = e.i64(weightLine(e, cell));
    operands.lhsDepthStride = e.i64(1);
    Values sums;
    for (Value row : rows) {
      operands.lhsRows.push_back(e.at(s.state, e.mul(row, s.stateStride)));
      for (auto [index, block] : llvm::enumerate(blocks))
        for (unsigned gate = 0; gate < cell.gates(); ++gate) {
          Value bias = biases[index * cell.gates() + gate];
          if (!cell.addsInput(gate)) {
            sums.push_back(bias);
            continue;
          }
          Value input = inRow(s.sums, s.sumsStride, row, gate, unitOf(block));
          sums.push_back(e.addf(bias, e.loadLanes(input, e.f32(), masks[index])));
        }
    }
    sums = accumulateTile(e, sums, operands, e.i64(0), s.units);
    for (auto [index, sum] : llvm::enumerate(sums))
      e.storeLanes(sum, e.at(to, e.i64(index * e.lanes())));
  }

  /// The tiles of rows [first, last) of some blocks beside each other, row by row to `scratch`;
  /// with `list`, these are entries of it.
  void tiles(ArrayRef<Value> blocks, Value first, Value last, Value scratch, Value list) {
    Value row = first;
    for (unsigned height : tileRows(e.isa(), cell)) {
      Value end = e.add(row, e.roundDown(e.sub(last, row), height));
      e.loop(row, end, height, [&](Value row) {
        Values rows;
        for (unsigned index = 0; index < height; ++index)
          rows.push_back(rowOf(e, list, e.add(row, e.i64(index))));
        Value line = e.mul(e.sub(row, first), e.i64(blocks.size()));
        tile(rows, blocks, e.at(scratch, lineOf(line)));
      });
      row = end;
    }
  }

  /// The state of one row and the units of a block, from their sums.
  void update(Value sums, Value row, Value block, Value mask) {
    Value unit = unitOf(block);
    Values of; // gates
    for (Value vector : neighbours(e, sums, cell.gates()))
      of.push_back(e.loadLanes(vector, e.f32()));
    Values kept;
    auto gate = [&](Activation activation, Value sum) {
      Gate opened = emitGate(e, activation, sum);
      kept.push_back(opened.kept);
      return opened.value;
    };
    Value state;
    if (cell.kind == RnnCell::simple) {
      state = gate(cell.activation, of[0]);
    } else {
      Value z = gate(cell.recurrentActivation, of[0]), r = gate(cell.recurrentActivation, of[1]);
      Value input = e.loadLanes(inRow(s.sums, s.sumsStride, row, 2, unit), e.f32(), mask);
      Value n = gate(cell.activation, e.fma(r, of[2], input));
      Value before = e.loadLanes(inRow(s.state, s.stateStride, row, 0, unit), e.f32(), mask);
      state = e.fma(z, e.subf(before, n), n);
      kept.push_back(of[2]);
    }
    e.storeLanes(state, inRow(s.sequence, s.sequenceStride, row, 0, unit), mask);
    if (!keepsGates)
      return;
    for (auto [index, value] : llvm::enumerate(kept))
      e.storeLanes(value, inRow(s.gates, s.gatesStride, row, index, unit), mask);
  }

  /// The same where the step does not count: the state stays, and what is kept of gates is zeros.
  void keep(Value row, Value block, Value mask) {
    Value unit = unitOf(block), before = inRow(s.state, s.stateStride, row, 0, unit);
    e.storeLanes(e.loadLanes(before, e.f32(), mask),
                 inRow(s.sequence, s.sequenceStride, row, 0, unit), mask);
    Value zero = e.constant(e.vectorOf(e.f32()), 0);
    for (unsigned index = 0; keepsGates && index < cell.kept(); ++index)
      e.storeLanes(zero, inRow(s.gates, s.gatesStride, row, index, unit), mask);
  }

  /// body(index, row, block, mask) for rows [first, last), or these entries of `list`, of `count`
  /// blocks from `block` on. Emitted once for all tiles, and again for the last units.
  void rowsOfBlocks(Value block, Value count, Value first, Value last, Value list,
                    llvm::function_ref<void(Value, Value, Value, Value)> body) {
    e.loop(e.i64(0), e.mul(e.sub(last, first), count), 1, [&](Value index) {
      Value row = rowOf(e, list, e.add(first, e.div(index, count)));
      Value its = e.add(block, e.rem(index, count));
      Value left = e.sub(s.units, unitOf(its));
      e.ifThen(
          e.less(left, e.i64(e.lanes())), [&] { body(index, row, its, e.maskOf(left)); },
          [&] { body(index, row, its, {}); });
    });
  }

  void emit() {
    const unsigned beside = tileBlocks(cell), ofRow = rowBlocks(cell);
    Value scratch =
        e.stack(e.f32(), std::max<int64_t>(kStripRows * beside, ofRow) * weightLine(e, cell));
    Value list = isMasked ? e.stack(e.i64Type(), kStripRows) : Value();
    auto byteOf = [&](Value row) {
      return e.at(s.mask, e.mul(row, s.maskStride), e.builder().getI8Type());
    };
    auto from = [&](Value block, unsigned count) {
      Values blocks;
      for (unsigned index = 0; index < count; ++index)
        blocks.push_back(e.add(block, e.i64(index)));
      return blocks;
    };
    // Blocks outermost: their weights stay in cache for all rows. What one step read last of them
    // is in the first-level cache for the next one.
    Value isOneRow = e.equal(s.rows, e.i64(1)), forwards = e.equal(s.backwards, e.i64(0));
    Value together = e.select(isOneRow, e.i64(ofRow), e.i64(beside));
    Value groups = e.ceilDiv(e.sub(s.lastBlock, s.firstBlock), together);
    e.loop(e.i64(0), groups, 1, [&](Value index) {
      Value group = e.select(forwards, index, e.sub(e.sub(groups, e.i64(1)), index));
      Value block = e.add(s.firstBlock, e.mul(group, together));
      Value count = e.min(together, e.sub(s.lastBlock, block));
      e.loop(e.i64(0), s.rows, kStripRows, [&](Value firstRow) {
        Value end = e.min(e.add(firstRow, e.i64(kStripRows)), s.rows), first = firstRow, last = end;
        if (isMasked) {
          // Rows whose step does not count cost what is copied.
          first = e.i64(0);
          last = sortRows(e, firstRow, e.sub(end, firstRow), list, byteOf);
        }
        auto single = [&] {
          e.loop(e.i64(0), count, 1, [&](Value index) {
            // Without neighbours, of which there are fewer than a tile has beside each other.
            tiles({e.add(block, index)}, first, last, e.at(scratch, lineOf(index)), list);
          });
        };
        auto several = [&] {
          if (beside == 1)
            return single();
          e.ifThen(
              e.create<arith::AndIOp>(e.equal(count, e.i64(beside)),
                                      e.equal(together, e.i64(beside))),
              [&] { tiles(from(block, beside), first, last, scratch, list); }, single);
        };
        auto products = [&] {
          e.ifThen(
              e.create<arith::AndIOp>(isOneRow, e.equal(count, e.i64(ofRow))),
              [&] { tile({firstRow}, from(block, ofRow), scratch); }, several);
        };
        if (isMasked)
          e.ifThen(e.less(first, last), products);
        else
          products();
        rowsOfBlocks(block, count, first, last, list,
                     [&](Value index, Value row, Value its, Value mask) {
                       update(e.at(scratch, lineOf(index)), row, its, mask);
                     });
        if (isMasked)
          rowsOfBlocks(block, count, last, e.sub(end, firstRow), list,
                       [&](Value, Value row, Value its, Value mask) { keep(row, its, mask); });
      });
    });
  }
};
} // namespace

static void callStep(EntryBuilder &entry, Emitter &e, const Cell &cell, bool keepsGates,
                     const ForwardStep &step) {
  const bool isMasked = bool(step.mask);
  std::string name = llvm::formatv("rnn_step_{0}_{1}_{2}{3}{4}", stringifyRnnCell(cell.kind),
                                   stringifyActivation(cell.activation),
                                   stringifyActivation(cell.recurrentActivation),
                                   keepsGates ? "_kept" : "", isMasked ? "_masked" : "");
  callWithMembers<ForwardStep>(entry.module(), e, name, kPointers, kNumbers, step,
                               [&](Emitter &e, const ForwardStep &s) {
                                 StepEmitter{e, s, cell, keepsGates, isMasked}.emit();
                               });
}

//===----------------------------------------------------------------------===//
// The loop over the steps
//===----------------------------------------------------------------------===//

LogicalResult launchRnnForward(EntryBuilder &entry, kernel::RnnForwardOp op) {
  const Cell cell{op.getCell(), op.getActivation(), op.getRecurrentActivation()};
  const bool keepsGates = bool(op.getGates()), isMasked = bool(op.getMask());
  const Buffer &sequence = entry.buffer(op.getOuts()[0]);
  enum Pointer : unsigned { Sums, Packed, InitialH, Sequence, LastH, Gates, Mask };
  enum Size : unsigned { Steps, Units };

  // One step more copies the last state.
  auto body = [&](Emitter &e, const KernelArguments &k, const StepPart &part) {
    Value units = k.sizes[Units], rowsBefore = e.mul(part.row, k.sizes[Steps]);
    auto ofRow = [&](Pointer which, Value step, unsigned width) {
      return e.at(k.pointers[which], e.mul(e.mul(e.add(rowsBefore, step), units), e.i64(width)));
    };
    auto stride = [&](unsigned width) { return e.mul(e.mul(k.sizes[Steps], units), e.i64(width)); };
    Value isFirst = e.equal(part.step, e.i64(0));
    ForwardStep s;
    s.units = units;
    s.sums = ofRow(Sums, part.step, cell.gates());
    s.sumsStride = stride(cell.gates());
    s.packed = k.pointers[Packed];
    s.sequence = ofRow(Sequence, part.step, 1);
    s.sequenceStride = stride(1);
    s.state = e.select(isFirst, e.at(k.pointers[InitialH], e.mul(part.row, units)),
                       ofRow(Sequence, e.sub(part.step, e.i64(1)), 1));
    s.stateStride = e.select(isFirst, units, s.sequenceStride);
    if (keepsGates) {
      s.gates = ofRow(Gates, part.step, cell.kept());
      s.gatesStride = stride(cell.kept());
    }
    if (isMasked) {
      s.mask = e.at(k.pointers[Mask], e.add(rowsBefore, part.step), e.builder().getI8Type());
      s.maskStride = k.sizes[Steps];
    }
    s.rows = part.rows;
    s.firstBlock = part.first;
    s.lastBlock = part.last;
    s.backwards = e.rem(part.step, e.i64(2));
    e.ifThen(
        e.less(part.step, k.sizes[Steps]), [&] { callStep(entry, e, cell, keepsGates, s); },
        [&] {
          Value unit = e.mul(part.first, e.i64(e.lanes()));
          Value end = e.min(e.mul(part.last, e.i64(e.lanes())), units);
          e.loop(e.i64(0), part.rows, 1, [&](Value row) {
            Value to = e.add(e.mul(e.add(part.row, row), units), unit);
            Value from = e.add(e.mul(row, s.stateStride), unit);
            e.copy(e.at(k.pointers[LastH], to), e.at(s.state, from), e.sub(end, unit), e.f32());
          });
        });
  };

  Emitter &e = entry.emitter();
  auto pointer = [&](Value buffer) { return entry.pointerOf(buffer); };
  Value units = sequence.sizes[2];
  TimeLoop loop;
  loop.name = "rnn_forward";
  loop.signature = llvm::formatv(
      "{0} {1} {2} {3} {4}", stringifyRnnCell(cell.kind), stringifyActivation(cell.activation),
      stringifyActivation(cell.recurrentActivation), keepsGates, isMasked);
  loop.pointers = {pointer(op.getSums()),    pointer(op.getPacked()),  pointer(op.getInitialH()),
                   pointer(op.getOuts()[0]), pointer(op.getOuts()[1]), pointer(op.getGates()),
                   pointer(op.getMask())};
  loop.sizes = {sequence.sizes[1], units};
  loop.steps = e.add(sequence.sizes[1], e.i64(1));
  loop.batch = sequence.sizes[0];
  loop.divisions = e.ceilDiv(units, e.lanes());
  loop.weights = e.mul(e.mul(units, units), e.i64(cell.gates()));
  launchTimeLoop(entry, loop, body);
  return success();
}

} // namespace rondo::codegen
