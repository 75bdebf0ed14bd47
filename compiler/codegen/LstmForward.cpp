//===- LstmForward.cpp - kernel.lstm_pack, kernel.lstm_forward ------------===//
//
// A register tile holds the four gates of some rows and one vector of units while
// it runs over inputs and previous state; weights are packed in the order in which
// it reads them.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Lstm.h"
#include "compiler/codegen/Math.h"
#include "rondo/generated.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

/// Heights of the register tile, rows × 4 gates, tried in this order.
static SmallVector<unsigned> tileRows(Isa isa, bool bf16) {
  if (isa == Isa::Avx2 && bf16)
    return {2, 1}; // widening needs a register too
  if (isa == Isa::Avx2)
    return {3, 2, 1};
  return {4, 3, 2, 1};
}

/// Rows of the batch up to which the products with the input are computed for several steps
/// at once: tiles of so few rows would read the weights for little, step by step.
static constexpr int64_t kProjectedRows = 2;

Value segmentLength(Emitter &e, Value steps, Value segments) { return e.ceilDiv(steps, segments); }

/// Whether packed weights are scaled so that sums of gates are exponents of 2: the sigmoid is
/// 1 / (1 + 2^sum), the tanh (2^sum - 1) / (2^sum + 1).
static bool isScaled(Activation activation, Activation recurrent) {
  return activation == Activation::tanh && recurrent == Activation::sigmoid;
}
static constexpr double kLog2E = 1.4426950408889634;

/// Words of 32 bits of the weights of one input or state and block.
static int64_t weightLine(Emitter &e, bool bf16) { return bf16 ? gatePair(e) : gateLine(e); }

/// Words of the weights of one block: those of inputs and states, then the bias.
static Value weightBlock(Emitter &e, Value inputs, Value units, bool bf16) {
  Value lines = e.mul(e.add(inputs, units), e.i64(weightLine(e, bf16)));
  return e.add(lines, e.i64(gateLine(e)));
}

/// The upper half of a float, rounded to nearest even, in the upper half of a word; of NaN a NaN.
static Value roundToBf16(Emitter &e, Value x) {
  Type integers = e.sameLanes(e.builder().getI32Type(), x.getType());
  auto constant = [&](int64_t value) { return e.constantInt(integers, value); };
  Value bits = e.create<arith::BitcastOp>(integers, x);
  Value isOdd = e.create<arith::AndIOp>(e.create<arith::ShRUIOp>(bits, constant(16)), constant(1));
  Value rounded = e.add(bits, e.add(isOdd, constant(0x7fff)));
  Value isNan = e.comparef(arith::CmpFPredicate::UNO, x, x);
  rounded =
      e.create<arith::SelectOp>(isNan, e.create<arith::OrIOp>(bits, constant(0x400000)), rounded);
  return e.create<arith::AndIOp>(rounded, constant(int32_t(0xffff0000)));
}

/// The gates of one line of weights.
static Values loadWeights(Emitter &e, Value line, bool bf16) {
  Values gates;
  if (!bf16) {
    for (unsigned gate = 0; gate < kGates; ++gate)
      gates.push_back(e.loadLanes(e.at(line, e.i64(gate * e.lanes())), e.f32()));
    return gates;
  }
  Type i32 = e.builder().getI32Type(), floats = e.vectorOf(e.f32()), integers = e.vectorOf(i32);
  for (unsigned pair = 0; pair < kGates / 2; ++pair) {
    Value words = e.loadLanes(e.at(line, e.i64(pair * e.lanes())), i32);
    Value lower = e.create<arith::ShLIOp>(words, e.constantInt(integers, 16));
    Value upper = e.create<arith::AndIOp>(words, e.constantInt(integers, int32_t(0xffff0000)));
    gates.push_back(e.create<arith::BitcastOp>(floats, lower));
    gates.push_back(e.create<arith::BitcastOp>(floats, upper));
  }
  return gates;
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

LogicalResult launchLstmPack(EntryBuilder &entry, kernel::LstmPackOp op) {
  const bool hasBias = bool(op.getBias());
  const bool scaled = isScaled(op.getActivation(), op.getRecurrentActivation());
  const Buffer &kernel = entry.buffer(op.getKernel());
  const Buffer &recurrent = entry.buffer(op.getRecurrentKernel());
  const Buffer &packed = entry.buffer(op.getOuts().front());
  const bool bf16 = packed.element().isInteger(32);

  // k.sizes: inputs, units. One iteration for each vector of units.
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value inputs = k.sizes[0], units = k.sizes[1];
    Value line = e.i64(weightLine(e, bf16));
    e.loop(k.begin, k.end, 1, [&](Value block) {
      Value unit = e.mul(block, e.i64(e.lanes()));
      Value mask = e.maskOf(e.sub(units, unit));
      Value to = e.at(k.pointers[3], e.mul(block, weightBlock(e, inputs, units, bf16)));
      auto packLine = [&](Value from, Value to, bool bf16) {
        Value lower;
        for (unsigned gate = 0; gate < kGates; ++gate) {
          Value offset = e.add(e.mul(units, e.i64(gate)), unit);
          Value weights = e.loadLanes(e.at(from, offset), e.f32(), mask);
          if (scaled)
            weights =
                e.mulf(weights, e.constant(weights.getType(), gate == 2 ? 2 * kLog2E : -kLog2E));
          if (!bf16) {
            e.storeLanes(weights, e.at(to, e.i64(gate * e.lanes())));
            continue;
          }
          Value rounded = roundToBf16(e, weights);
          if (gate % 2 == 0) {
            lower = e.create<arith::ShRUIOp>(rounded, e.constantInt(rounded.getType(), 16));
            continue;
          }
          e.storeLanes(e.create<arith::OrIOp>(lower, rounded),
                       e.at(to, e.i64(gate / 2 * e.lanes())));
        }
      };
      Value stride = e.mul(units, e.i64(kGates));
      e.loop(e.i64(0), inputs, 1, [&](Value input) {
        packLine(e.at(k.pointers[0], e.mul(input, stride)), e.at(to, e.mul(input, line)), bf16);
      });
      e.loop(e.i64(0), units, 1, [&](Value state) {
        packLine(e.at(k.pointers[1], e.mul(state, stride)),
                 e.at(to, e.mul(e.add(inputs, state), line)), bf16);
      });
      Value last = e.at(to, e.mul(e.add(inputs, units), line));
      if (hasBias)
        packLine(k.pointers[2], last, /*bf16=*/false);
      else
        e.clear(last, e.i64(gateLine(e)), e.f32());
    });
  };

  Emitter &e = entry.emitter();
  Value inputs = kernel.sizes[0], units = recurrent.sizes[0];
  Launch launch;
  launch.name = "lstm_pack";
  launch.signature =
      std::string(hasBias ? "bias" : "") + (scaled ? " scaled" : "") + (bf16 ? " bf16" : "");
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
// One step
//===----------------------------------------------------------------------===//

namespace {
/// One step of `rows` rows for the blocks of units [firstBlock, lastBlock). Strides are between
/// rows of the batch unless they say otherwise; pointers are those of row 0 and block 0.
struct ForwardStep {
  Value sums, sumsStride, sumsBlockStride; // what the gates' sums start from, lines of gates
  Value packed, inputs, units;
  Value input, inputStride, inputDepth; // x[t]; depth: inputs, or 0 where `sums` has its part
  Value state, stateStride, stateDepth; // h[t-1]; depth: units, or 0 where it is zero
  Value sequence, sequenceStride;       // h[t]
  Value cell;                           // running c, `units` apart
  Value gates, gatesStride, gatesPairStride;
  Value cells;            // c[t], sequenceStride apart
  Value mask, maskStride; // bytes; only of kernels with a mask
  Value rows, firstBlock, lastBlock;
  Value backwards; // i64: not 0 where the blocks are to be done in reverse
};
} // namespace

/// The members of a step, which are the arguments of its function.
static constexpr Value ForwardStep::*kPointers[] = {
    &ForwardStep::sums,  &ForwardStep::packed,   &ForwardStep::input,
    &ForwardStep::state, &ForwardStep::sequence, &ForwardStep::cell,
    &ForwardStep::gates, &ForwardStep::cells,    &ForwardStep::mask};
static constexpr Value ForwardStep::*kNumbers[] = {
    &ForwardStep::sumsStride,  &ForwardStep::sumsBlockStride, &ForwardStep::inputs,
    &ForwardStep::units,       &ForwardStep::inputStride,     &ForwardStep::inputDepth,
    &ForwardStep::stateStride, &ForwardStep::stateDepth,      &ForwardStep::sequenceStride,
    &ForwardStep::gatesStride, &ForwardStep::gatesPairStride, &ForwardStep::rows,
    &ForwardStep::firstBlock,  &ForwardStep::lastBlock,       &ForwardStep::backwards,
    &ForwardStep::maskStride};

/// Adds row[k] * weights[k] for k in [0, depth) to the gates of each row and each block, which
/// has weights of its own.
static Values accumulateGates(Emitter &e, Values sums, ArrayRef<Value> rows,
                              ArrayRef<Value> weights, Value depth, bool bf16) {
  return e.loop(e.i64(0), depth, 1, sums, [&](Value step, ValueRange carried) {
    // Gate by gate: all factors and one line of a gate are live besides the
    // sums, which for 3 rows just fills 16 registers.
    Values next(carried), factors;
    for (Value row : rows)
      factors.push_back(e.splat(e.load(e.at(row, step), e.f32())));
    const size_t gates = weights.size() * kGates;
    size_t gate = 0;
    for (Value block : weights) {
      Value line = e.at(block, e.mul(step, e.i64(weightLine(e, bf16))));
      for (Value vector : loadWeights(e, line, bf16)) {
        for (auto [index, factor] : llvm::enumerate(factors))
          next[index * gates + gate] = e.fma(factor, vector, next[index * gates + gate]);
        ++gate;
      }
    }
    return next;
  });
}

void storeGates(Emitter &e, ArrayRef<Value> gates, Value to, Value pairStride) {
  for (auto [gate, value] : llvm::enumerate(gates)) {
    Value pair = gate < 2 ? to : e.at(to, pairStride);
    e.storeLanes(value, e.at(pair, e.i64(gate % 2 * e.lanes())));
  }
}

Values loadGates(Emitter &e, Value from, Value pairStride) {
  Values gates;
  for (unsigned gate = 0; gate < kGates; ++gate) {
    Value pair = gate < 2 ? from : e.at(from, pairStride);
    gates.push_back(e.loadLanes(e.at(pair, e.i64(gate % 2 * e.lanes())), e.f32()));
  }
  return gates;
}

static Activation activationOf(unsigned gate, Activation activation, Activation recurrent) {
  return gate == 2 ? activation : recurrent; // i, f, g, o
}

namespace {
/// Emits the function of a step.
struct StepEmitter {
  Emitter &e;
  const ForwardStep &s;
  Activation activation, recurrentActivation;
  bool keepsGates, bf16, isMasked;

  Value lineOf(Value index) { return e.mul(index, e.i64(gateLine(e))); }

  /// The sums of the gates of some rows and blocks, line by line to `to`.
  void tile(ArrayRef<Value> rows, ArrayRef<Value> blocks, Value to) {
    Values sums, inputRows, stateRows, weights, stateWeights;
    for (Value row : rows) {
      inputRows.push_back(e.at(s.input, e.mul(row, s.inputStride)));
      stateRows.push_back(e.at(s.state, e.mul(row, s.stateStride)));
    }
    for (Value block : blocks) {
      weights.push_back(e.at(s.packed, e.mul(block, weightBlock(e, s.inputs, s.units, bf16))));
      Value toState = e.mul(s.inputs, e.i64(weightLine(e, bf16)));
      stateWeights.push_back(e.at(weights.back(), toState));
    }
    for (Value row : rows)
      for (Value block : blocks) {
        Value start = e.add(e.mul(row, s.sumsStride), e.mul(block, s.sumsBlockStride));
        for (unsigned gate = 0; gate < kGates; ++gate)
          sums.push_back(e.loadLanes(e.at(s.sums, e.add(start, e.i64(gate * e.lanes()))), e.f32()));
      }
    sums = accumulateGates(e, sums, inputRows, weights, s.inputDepth, bf16);
    sums = accumulateGates(e, sums, stateRows, stateWeights, s.stateDepth, bf16);
    for (auto [index, sum] : llvm::enumerate(sums))
      e.storeLanes(sum, e.at(to, e.i64(index * e.lanes())));
  }

  struct Cell {
    Values kept; // of the gates
    Value cell, state;
  };

  /// The cell update, from the sums of the gates and c of the step before.
  Cell update(ArrayRef<Value> sums, Value previous) {
    Cell result;
    Values gates;
    for (auto [gate, sum] : llvm::enumerate(sums)) {
      Activation function = activationOf(gate, activation, recurrentActivation);
      Gate opened = emitGate(e, function, sum);
      gates.push_back(opened.value);
      result.kept.push_back(opened.kept);
    }
    result.cell = e.fma(gates[1], previous, e.mulf(gates[0], gates[2]));
    result.state = e.mulf(gates[3], emitActivation(e, activation, result.cell));
    return result;
  }

  /// The same from sums that are exponents of 2. Two gates share a division: 1/a and 1/b are
  /// b/(ab) and a/(ab), which no exponent within ±60 lets overflow.
  Cell updateScaled(ArrayRef<Value> sums, Value previous) {
    Value one = e.constant(previous.getType(), 1);
    auto plus = [&](PowerOfTwo power, double number) {
      Value constant = e.constant(previous.getType(), number);
      return e.fma(power.scale, power.minusOne, e.addf(power.scale, constant));
    };
    PowerOfTwo powerI = emitExp2(e, sums[0]), powerF = emitExp2(e, sums[1]),
               powerG = emitExp2(e, sums[2]), powerO = emitExp2(e, sums[3]);
    Value overI = plus(powerI, 1), overF = plus(powerF, 1), overG = plus(powerG, 1),
          overO = plus(powerO, 1);
    Value shared = e.divf(one, e.mulf(overI, overG));
    Value i = e.mulf(shared, overG), g = e.mulf(plus(powerG, -1), e.mulf(shared, overI));
    shared = e.divf(one, e.mulf(overF, overO));
    Value f = e.mulf(shared, overO), o = e.mulf(shared, overF);
    Cell result;
    result.kept = {i, f, g, o};
    result.cell = e.fma(f, previous, e.mulf(i, g));
    Value exponent = e.mulf(result.cell, e.constant(previous.getType(), 2 * kLog2E));
    PowerOfTwo power = emitExp2(e, exponent);
    result.state = e.divf(e.mulf(o, plus(power, -1)), plus(power, 1));
    return result;
  }

  /// The cell update of one row and the units of a block.
  void cell(Value sums, Value block, Value row, Value mask) {
    Values gates;
    for (unsigned gate = 0; gate < kGates; ++gate)
      gates.push_back(e.loadLanes(e.at(sums, e.i64(gate * e.lanes())), e.f32()));
    Value unit = e.mul(block, e.i64(e.lanes()));
    Value running = e.at(s.cell, e.add(e.mul(row, s.units), unit));
    Value previous = e.loadLanes(running, e.f32(), mask);
    Cell result = isScaled(activation, recurrentActivation) ? updateScaled(gates, previous)
                                                            : update(gates, previous);
    e.storeLanes(result.cell, running, mask);
    Value place = e.add(e.mul(row, s.sequenceStride), unit);
    e.storeLanes(result.state, e.at(s.sequence, place), mask);
    if (!keepsGates)
      return;
    e.storeLanes(result.cell, e.at(s.cells, place), mask);
    Value gatesOfBlock = e.at(s.gates, e.mul(block, e.mul(s.gatesPairStride, e.i64(2))));
    storeGates(e, result.kept, e.at(gatesOfBlock, e.mul(row, s.gatesStride)), s.gatesPairStride);
  }

  /// Of a step that does not count: the state stays, and gates are zeros.
  void keepCell(Value block, Value row, Value mask) {
    Value unit = e.mul(block, e.i64(e.lanes()));
    Value running = e.at(s.cell, e.add(e.mul(row, s.units), unit));
    Value place = e.add(e.mul(row, s.sequenceStride), unit);
    Value isZero = e.equal(s.stateDepth, e.i64(0));
    Value before = e.at(s.state, e.add(e.mul(row, s.stateStride), unit));
    Value zero = e.constant(e.vectorOf(e.f32()), 0);
    // In front of the first step there is nothing to read.
    Value state = e.loadLanes(e.select(isZero, running, before), e.f32(), mask);
    e.storeLanes(e.select(isZero, zero, state), e.at(s.sequence, place), mask);
    if (!keepsGates)
      return;
    e.storeLanes(e.loadLanes(running, e.f32(), mask), e.at(s.cells, place), mask);
    Value gatesOfBlock = e.at(s.gates, e.mul(block, e.mul(s.gatesPairStride, e.i64(2))));
    storeGates(e, Values(kGates, zero), e.at(gatesOfBlock, e.mul(row, s.gatesStride)),
               s.gatesPairStride);
  }

  /// Calls body(mask) for the units of a block.
  void maskedUnits(Value block, llvm::function_ref<void(Value mask)> body) {
    Value left = e.sub(s.units, e.mul(block, e.i64(e.lanes())));
    e.ifThen(e.less(left, e.i64(e.lanes())), [&] { body(e.maskOf(left)); }, [&] { body({}); });
  }

  /// The tiles of rows [first, last) of one block, row by row to `scratch`; with `list`, these are
  /// entries of it.
  void tilesOfBlock(Value block, Value first, Value last, Value scratch, Value list = {}) {
    Value row = first;
    const SmallVector<unsigned> heights = tileRows(e.isa(), bf16);
    for (unsigned height : heights) {
      Value rows = e.sub(last, row), most = e.roundDown(rows, height);
      if (height == heights.front() && height > 2) {
        // A single row would take as long as two: two smaller tiles instead.
        Value isOneLeft = e.equal(e.sub(rows, most), e.i64(1));
        most = e.select(isOneLeft, e.max(e.sub(most, e.i64(height)), e.i64(0)), most);
      }
      Value end = e.add(row, most);
      e.loop(row, end, height, [&](Value row) {
        Values rows;
        for (unsigned index = 0; index < height; ++index)
          rows.push_back(rowOf(e, list, e.add(row, e.i64(index))));
        tile(rows, {block}, e.at(scratch, lineOf(e.sub(row, first))));
      });
      row = end;
    }
  }

  /// The sums of all blocks, with lines of gates for kProjectedLines rows each, to s.gates.
  void emitProjection() {
    e.loop(s.firstBlock, s.lastBlock, 1, [&](Value block) {
      Value lines = e.mul(block, e.i64(kernel::LstmForwardOp::kProjectedLines));
      tilesOfBlock(block, e.i64(0), s.rows, e.at(s.gates, lineOf(lines)));
    });
  }

  void emit() {
    Value scratch = e.stack(e.f32(), kStripRows * gateLine(e));
    Value list = isMasked ? e.stack(e.i64Type(), kStripRows) : Value();
    auto byteOf = [&](Value row) {
      return e.at(s.mask, e.mul(row, s.maskStride), e.builder().getI8Type());
    };
    // A single row has two blocks at a time, for as many sums in flight.
    Value isOneRow = e.equal(s.rows, e.i64(1));
    Value together = e.select(isOneRow, e.i64(2), e.i64(1));
    Value groups = e.ceilDiv(e.sub(s.lastBlock, s.firstBlock), together);
    // Blocks outermost: their weights stay in cache for all rows.
    Value forwards = e.equal(s.backwards, e.i64(0));
    e.loop(e.i64(0), groups, 1, [&](Value index) {
      Value group = e.select(forwards, index, e.sub(e.sub(groups, e.i64(1)), index));
      Value block = e.add(s.firstBlock, e.mul(group, together));
      Value blocks = e.min(together, e.sub(s.lastBlock, block));
      e.loop(e.i64(0), s.rows, kStripRows, [&](Value first) {
        Value last = e.min(e.add(first, e.i64(kStripRows)), s.rows), rows = e.sub(last, first);
        // Rows whose step does not count cost what is copied.
        Value counted = isMasked ? sortRows(e, first, rows, list, byteOf) : rows;
        auto tiles = [&] {
          if (isMasked)
            tilesOfBlock(block, e.i64(0), counted, scratch, list);
          else
            tilesOfBlock(block, first, last, scratch);
        };
        auto twoBlocks = [&] { tile({first}, {block, e.add(block, e.i64(1))}, scratch); };
        Value areTwo = e.equal(blocks, e.i64(2));
        if (isMasked)
          e.ifThen(e.less(e.i64(0), counted), [&] { e.ifThen(areTwo, twoBlocks, tiles); });
        else
          e.ifThen(areTwo, twoBlocks, tiles);
        // The sums go through `scratch`, so that the cell update is emitted only once for all
        // tiles, and again for the last units.
        auto rowsOfBlocks = [&](Value begin, Value end,
                                llvm::function_ref<void(Value, Value, Value)> body) {
          e.loop(e.mul(begin, blocks), e.mul(end, blocks), 1, [&](Value index) {
            Value ofRow = e.select(isOneRow, e.i64(0), index);
            Value row = isMasked ? rowOf(e, list, ofRow) : e.add(first, ofRow);
            body(index, row, e.select(isOneRow, e.add(block, index), block));
          });
        };
        rowsOfBlocks(e.i64(0), counted, [&](Value index, Value row, Value itsBlock) {
          maskedUnits(itsBlock,
                      [&](Value mask) { cell(e.at(scratch, lineOf(index)), itsBlock, row, mask); });
        });
        if (isMasked)
          rowsOfBlocks(counted, rows, [&](Value, Value row, Value itsBlock) {
            maskedUnits(itsBlock, [&](Value mask) { keepCell(itsBlock, row, mask); });
          });
      });
    });
  }
};
} // namespace

enum class StepKind { Step, Projection };

/// Calls the function of a step, or of the sums of its gates only.
static void callStep(EntryBuilder &entry, Emitter &e, const ForwardRun &run, StepKind kind,
                     const ForwardStep &step) {
  const bool isStep = kind == StepKind::Step;
  const bool keepsGates = isStep && run.tape == ForwardRun::Steps;
  const bool isMasked = isStep && run.mask;
  std::string name = "lstm_project";
  if (isStep)
    name = llvm::formatv("lstm_step_{0}_{1}{2}", stringifyActivation(run.activation),
                         stringifyActivation(run.recurrentActivation), keepsGates ? "_kept" : "");
  if (isMasked)
    name += "_masked";
  if (run.bf16)
    name += "_bf16";
  callWithMembers<ForwardStep>(
      entry.module(), e, name, kPointers, kNumbers, step, [&](Emitter &e, const ForwardStep &s) {
        StepEmitter emitter{e,          s,        run.activation, run.recurrentActivation,
                            keepsGates, run.bf16, isMasked};
        if (isStep)
          emitter.emit();
        else
          emitter.emitProjection();
      });
}

//===----------------------------------------------------------------------===//
// The loop over the steps
//===----------------------------------------------------------------------===//

namespace {
/// Emits the body of a forward kernel.
struct ForwardEmitter {
  EntryBuilder &entry;
  const ForwardRun &run;
  Emitter &e;
  const KernelArguments &k;

  enum Pointer : unsigned {
    Input,
    Packed,
    InitialH,
    InitialC,
    Sequence,
    LastH,
    LastC,
    Projection,
    Gates,
    Cells,
    States,
    Mask
  };
  enum Size : unsigned { Steps, Inputs, Units, Batch, InputSteps, StateStride, NumSegments, Parts };
  Value pointer(Pointer which) const { return k.pointers[which]; }
  Value size(Size which) const { return k.sizes[which]; }
  bool startsFromZero() const { return !run.initialH; }
  Value blocks() const { return e.ceilDiv(size(Units), e.lanes()); }

  /// Sequence `row`'s part of an array of `width` floats for each.
  Value ofRow(Pointer which, Value row, Value width) const {
    return e.at(pointer(which), e.mul(row, width));
  }
  Value sequenceStride() const { return e.mul(size(Steps), size(Units)); }

  Value maskAt(Value row, Value step) const {
    return e.at(pointer(Mask), e.add(e.mul(row, size(InputSteps)), step), e.builder().getI8Type());
  }

  /// Step `step` of the sequences from `row` on, all blocks.
  ForwardStep describe(Value row, Value rows, Value step) const {
    ForwardStep s;
    Value inputs = size(Inputs), units = size(Units), line = e.i64(weightLine(e, run.bf16));
    s.sums = e.at(pointer(Packed), e.mul(e.add(inputs, units), line)); // the bias
    s.sumsStride = e.i64(0);
    s.sumsBlockStride = weightBlock(e, inputs, units, run.bf16);
    s.packed = pointer(Packed);
    s.inputs = s.inputDepth = inputs;
    s.units = units;
    s.inputStride = e.mul(size(InputSteps), inputs);
    s.input = e.at(ofRow(Input, row, s.inputStride), e.mul(step, inputs));
    s.sequenceStride = sequenceStride();
    s.sequence = e.at(ofRow(Sequence, row, s.sequenceStride), e.mul(step, units));
    Value isFirst = e.equal(step, e.i64(0));
    Value before = e.at(s.sequence, e.sub(e.i64(0), units));
    if (startsFromZero()) {
      s.state = before;
      s.stateStride = s.sequenceStride;
      s.stateDepth = e.select(isFirst, e.i64(0), units);
    } else {
      s.state = e.select(isFirst, ofRow(InitialH, row, size(StateStride)), before);
      s.stateStride = e.select(isFirst, size(StateStride), s.sequenceStride);
      s.stateDepth = units;
    }
    s.cell = ofRow(LastC, row, units);
    if (run.mask) {
      s.maskStride = size(InputSteps);
      s.mask = maskAt(row, step);
    }
    if (run.tape == ForwardRun::Steps) {
      Value pair = e.i64(gatePair(e));
      s.gatesStride = e.mul(size(Steps), pair);
      s.gatesPairStride = e.mul(size(Batch), s.gatesStride);
      s.gates = e.at(ofRow(Gates, row, s.gatesStride), e.mul(step, pair));
      s.cells = e.at(ofRow(Cells, row, s.sequenceStride), e.mul(step, units));
    }
    s.rows = rows;
    // What one step read last of the weights is in the first-level cache for the next one.
    s.backwards = e.rem(step, e.i64(2));
    s.firstBlock = e.i64(0);
    s.lastBlock = blocks();
    return s;
  }

  /// Copies units [unit, unit + count) of each row, or clears them where `from` is null.
  void copyUnits(Value rows, Value unit, Value count, Value to, Value toStride, Value from,
                 Value fromStride) const {
    e.loop(e.i64(0), rows, 1, [&](Value row) {
      Value place = e.at(to, e.add(e.mul(row, toStride), unit));
      if (from)
        e.copy(place, e.at(from, e.add(e.mul(row, fromStride), unit)), count, e.f32());
      else
        e.clear(place, count, e.f32());
    });
  }

  /// What the sequences from `row` on start from, of some units.
  void startCells(Value row, Value rows, Value unit, Value count) const {
    copyUnits(rows, unit, count, ofRow(LastC, row, size(Units)), size(Units),
              startsFromZero() ? Value() : ofRow(InitialC, row, size(StateStride)),
              size(StateStride));
  }

  /// The states before a segment that begins with this step.
  void keepStates(const ForwardStep &s, Value row, Value step, Value unit, Value count) const {
    if (run.tape != ForwardRun::Segments)
      return;
    Value length = segmentLength(e, size(Steps), size(NumSegments));
    e.ifThen(e.equal(e.rem(step, length), e.i64(0)), [&] {
      Value both = e.mul(size(Units), e.i64(2)), stride = e.mul(size(NumSegments), both);
      Value states = e.at(ofRow(States, row, stride), e.mul(e.div(step, length), both));
      auto keep = [&](Value from) {
        copyUnits(s.rows, unit, count, states, stride, from, s.stateStride);
      };
      if (startsFromZero())
        e.ifThen(e.equal(step, e.i64(0)), [&] { keep({}); }, [&] { keep(s.state); });
      else
        keep(s.state);
      copyUnits(s.rows, unit, count, e.at(states, size(Units)), stride, s.cell, size(Units));
    });
  }

  /// The state after the last step.
  void finish(Value row, Value rows, Value unit, Value count) const {
    Value last = e.mul(e.sub(size(Steps), e.i64(1)), size(Units));
    copyUnits(rows, unit, count, ofRow(LastH, row, size(Units)), size(Units),
              e.at(ofRow(Sequence, row, sequenceStride()), last), sequenceStride());
  }

  /// Sequences [k.begin, k.end), all units.
  void bySequences() const {
    Value row = k.begin, rows = e.sub(k.end, k.begin), unit = e.i64(0), units = size(Units);
    startCells(row, rows, unit, units);
    e.loop(e.i64(0), size(Steps), 1, [&](Value step) {
      ForwardStep s = describe(row, rows, step);
      keepStates(s, row, step, unit, units);
      callStep(entry, e, run, StepKind::Step, s);
    });
    e.ifThen(
        e.less(e.i64(0), size(Steps)), [&] { finish(row, rows, unit, units); },
        [&] { // nothing happened
          copyUnits(rows, unit, units, ofRow(LastH, row, units), units,
                    startsFromZero() ? Value() : ofRow(InitialH, row, size(StateStride)),
                    size(StateStride));
        });
  }

  /// Parts [k.begin, k.end) of all steps, all sequences.
  void byUnits() const {
    Value rows = size(Batch), row = e.i64(0), line = e.i64(gateLine(e));
    Value projects = e.less(rows, e.i64(kProjectedRows + 1));
    Value together = e.div(e.i64(kernel::LstmForwardOp::kProjectedLines), e.max(rows, e.i64(1)));
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value step = e.div(iteration, size(Parts)), part = e.rem(iteration, size(Parts));
      ForwardStep s = describe(row, rows, step);
      s.firstBlock = e.div(e.mul(part, blocks()), size(Parts));
      s.lastBlock = e.div(e.mul(e.add(part, e.i64(1)), blocks()), size(Parts));
      Value unit = e.mul(s.firstBlock, e.i64(e.lanes()));
      Value count = e.sub(e.min(e.mul(s.lastBlock, e.i64(e.lanes())), size(Units)), unit);

      e.ifThen(e.equal(step, e.i64(0)), [&] { startCells(row, rows, unit, count); });
      keepStates(s, row, step, unit, count);
      Value place = e.rem(step, together);
      e.ifThen(e.create<arith::AndIOp>(projects, e.equal(place, e.i64(0))),
               [&] { project(s, step, e.min(together, e.sub(size(Steps), step)), together); });
      ForwardStep projected = s;
      projected.sums = e.at(pointer(Projection), e.mul(place, line));
      projected.sumsStride = e.mul(together, line);
      projected.sumsBlockStride = e.mul(e.i64(kernel::LstmForwardOp::kProjectedLines), line);
      projected.inputDepth = e.i64(0);
      for (auto member : {&ForwardStep::sums, &ForwardStep::sumsStride,
                          &ForwardStep::sumsBlockStride, &ForwardStep::inputDepth})
        s.*member = e.select(projects, projected.*member, s.*member);
      callStep(entry, e, run, StepKind::Step, s);
      e.ifThen(e.equal(step, e.sub(size(Steps), e.i64(1))),
               [&] { finish(row, rows, unit, count); });
    });
  }

  /// The bias and the product with the input for `steps` steps from `step`, that of `s`, on; the
  /// steps of a sequence have room for `together` lines.
  void project(const ForwardStep &s, Value step, Value steps, Value together) const {
    e.loop(e.i64(0), s.rows, 1, [&](Value row) {
      ForwardStep sums = s;
      sums.input = e.at(s.input, e.mul(row, s.inputStride));
      sums.inputStride = s.inputs; // from step to step
      sums.stateDepth = e.i64(0);
      sums.gates = e.at(pointer(Projection), e.mul(e.mul(row, together), e.i64(gateLine(e))));
      sums.rows = steps;
      if (!run.mask)
        return callStep(entry, e, run, StepKind::Projection, sums);
      Value counted =
          e.loop(e.i64(0), steps, 1, e.i64(0), [&](Value next, ValueRange carried) -> Values {
             Value counts = e.load(maskAt(row, e.add(step, next)), e.builder().getI1Type());
             return {e.add(carried.front(), e.create<arith::ExtUIOp>(e.i64Type(), counts))};
           }).front();
      e.ifThen(e.less(e.i64(0), counted),
               [&] { callStep(entry, e, run, StepKind::Projection, sums); });
    });
  }
};
} // namespace

void launchForward(EntryBuilder &entry, const ForwardRun &run) {
  Emitter &e = entry.emitter();
  Launch launch;
  launch.signature = llvm::formatv("{0} {1} {2} {3} {4} {5}", stringifyActivation(run.activation),
                                   stringifyActivation(run.recurrentActivation), bool(run.initialH),
                                   int(run.tape), run.bf16, bool(run.mask));
  for (Value pointer : {run.input, run.packed, run.initialH, run.initialC, run.sequence, run.lastH,
                        run.lastC, run.projection, run.gates, run.cells, run.states, run.mask})
    launch.pointers.push_back(pointer ? pointer : entry.pointerOf({}));
  Value costOfStep =
      e.mul(e.mul(run.batch, e.add(run.inputs, run.units)), e.mul(run.units, e.i64(kGates)));
  Value parts = partsOfUnits(entry, e.ceilDiv(run.units, e.lanes()), costOfStep);
  launch.sizes = {run.steps,
                  run.inputs,
                  run.units,
                  run.batch,
                  run.inputSteps,
                  run.stateStride,
                  run.segments ? run.segments : e.i64(1),
                  parts};

  Value hasSteps = e.less(e.i64(0), run.steps);
  Value isSmall = e.less(run.batch, e.i64(kRowsByUnits + 1));
  e.ifThen(
      e.create<arith::AndIOp>(isSmall, hasSteps),
      [&] {
        auto body = [&](Emitter &e, const KernelArguments &k) {
          ForwardEmitter{entry, run, e, k}.byUnits();
        };
        launch.name = "lstm_forward_by_units";
        launch.body = body;
        entry.launchOrdered(launch, run.steps, parts);
      },
      [&] {
        auto body = [&](Emitter &e, const KernelArguments &k) {
          ForwardEmitter{entry, run, e, k}.bySequences();
        };
        launch.name = "lstm_forward";
        launch.iterations = run.batch;
        launch.grain = rowsOfChunk(
            entry, run.batch, e.mul(e.add(run.inputs, run.units), e.mul(run.units, e.i64(kGates))),
            run.steps);
        launch.cost = e.mul(costOfStep, run.steps);
        launch.body = body;
        entry.launch(launch);
      });
}

LogicalResult launchLstmForward(EntryBuilder &entry, kernel::LstmForwardOp op) {
  const Buffer &input = entry.buffer(op.getInput());
  const Buffer &sequence = entry.buffer(op.getOuts()[0]);
  auto pointer = [&](Value buffer) { return buffer ? entry.buffer(buffer).pointer : Value(); };
  ForwardRun run;
  run.activation = op.getActivation();
  run.recurrentActivation = op.getRecurrentActivation();
  run.input = input.pointer;
  run.packed = pointer(op.getPacked());
  run.bf16 = entry.buffer(op.getPacked()).element().isInteger(32);
  run.initialH = pointer(op.getInitialH());
  run.initialC = pointer(op.getInitialC());
  run.mask = pointer(op.getMask());
  run.sequence = sequence.pointer;
  run.lastH = pointer(op.getOuts()[1]);
  run.lastC = pointer(op.getOuts()[2]);
  run.projection = pointer(op.getOuts()[3]);
  run.batch = input.sizes[0];
  run.steps = run.inputSteps = input.sizes[1];
  run.inputs = input.sizes[2];
  run.units = run.stateStride = sequence.sizes[2];
  run.tape = ForwardRun::None;
  if (Value gates = op.getGates()) {
    run.tape = ForwardRun::Steps;
    run.gates = pointer(gates);
    run.cells = pointer(op.getCells());
  } else if (Value states = op.getStates()) {
    run.tape = ForwardRun::Segments;
    run.states = pointer(states);
    run.segments = entry.buffer(states).sizes[1];
  }
  launchForward(entry, run);
  return success();
}

} // namespace rondo::codegen
