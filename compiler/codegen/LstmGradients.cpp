//===- LstmGradients.cpp - kernel.lstm_weight_gradient, _input_gradient ---===//
//
// Products of the gates' cotangents over all steps of all sequences. What they are
// multiplied with for the weights (inputs, or states one step earlier) is copied block by
// block into the order in which register tiles read it.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Lstm.h"
#include "compiler/codegen/Tile.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

/// Rows of dz in a block.
static constexpr int64_t kGradientDepth = 256;
/// The most rows of a weight in a chunk of work, a multiple of all tile heights.
static constexpr int64_t kGradientRows = 144;
/// The most blocks of units in a chunk of work.
static constexpr int64_t kGradientBlocks = 8;

//===----------------------------------------------------------------------===//
// A block of the product
//===----------------------------------------------------------------------===//

namespace {
/// Adds to to[r, gate, unit] the sum over `depth` of lhs[r] · dz, for the units of one block.
struct GateProduct {
  Value to, toStride, toPairStride, toGateStride; // strides: of rows, pairs of gates, gates
  Value lhs, lhsDepthStride;                      // slots of rows
  Value dz, dzPairStride;                         // rows of a tape
  Value next;                                     // rows of a tape that are read afterwards
  Value rows, depth, width;                       // width: units in the block
  Value fromZero;                                 // i64: not 0 where the sums start from 0
};
} // namespace

static void emitGateTile(Emitter &e, const GateProduct &p, Value row, Value pair, unsigned rows,
                         bool masked) {
  constexpr unsigned vectors = 2;
  Value mask = masked ? e.maskOf(p.width) : Value();
  Value slot = e.div(row, e.i64(slotRows(e))), inSlot = e.rem(row, e.i64(slotRows(e)));
  Value lhs = e.at(p.lhs, e.add(e.mul(slot, e.i64(slotSize(e, kGradientDepth))), inSlot));
  Values lhsRows, outputs;
  for (unsigned r = 0; r < rows; ++r) {
    lhsRows.push_back(e.at(lhs, e.i64(r)));
    Value place = e.add(e.mul(e.add(row, e.i64(r)), p.toStride), e.mul(pair, p.toPairStride));
    outputs.push_back(e.at(p.to, place));
    outputs.push_back(e.at(p.to, e.add(place, p.toGateStride)));
  }
  Value fromZero = e.compare(arith::CmpIPredicate::ne, p.fromZero, e.i64(0));
  Values sums = startTile(e, fromZero, rows, vectors, [&](unsigned r, unsigned v) {
    return e.loadLanes(outputs[r * vectors + v], e.f32(), mask);
  });
  TileOperands operands;
  operands.lhsRows = lhsRows;
  operands.lhsDepthStride = p.lhsDepthStride;
  operands.rhsVectors = neighbours(e, e.at(p.dz, e.mul(pair, p.dzPairStride)), vectors);
  operands.rhsDepthStride = e.i64(gatePair(e));
  sums = accumulateTile(e, sums, operands, e.i64(0), p.depth);
  for (auto [output, sum] : llvm::zip_equal(outputs, sums))
    e.storeLanes(sum, output, mask);
}

static void emitGateProductBody(Emitter &e, const GateProduct &p) {
  const SmallVector<unsigned> heights = tileShape(e.isa()).rows;
  auto pairs = [&](bool masked) {
    e.loop(e.i64(0), e.i64(2), 1, [&](Value pair) {
      // Memory is slower than the first tile would read: each tile of this strip of columns asks
      // for some lines of the next one.
      Value next = e.select(e.equal(pair, e.i64(0)), e.at(p.dz, p.dzPairStride), p.next);
      Value row = e.i64(0);
      for (unsigned height : heights) {
        Value count = e.div(e.sub(p.rows, row), e.i64(height));
        Value end = e.add(row, e.mul(count, e.i64(height)));
        Value lines = e.div(p.depth, e.max(count, e.i64(1)));
        e.loop(row, end, height, [&](Value row) {
          if (height == heights.front()) {
            Value first = e.mul(e.div(row, e.i64(height)), lines);
            e.loop(first, e.add(first, lines), 1,
                   [&](Value line) { e.prefetch(e.at(next, e.mul(line, e.i64(gatePair(e))))); });
          }
          emitGateTile(e, p, row, pair, height, masked);
        });
        row = end;
      }
    });
  };
  e.ifThen(e.less(p.width, e.i64(e.lanes())), [&] { pairs(true); }, [&] { pairs(false); });
}

static void emitGateProduct(EntryBuilder &entry, Emitter &e, const GateProduct &product) {
  using P = GateProduct;
  callWithMembers<P>(entry.module(), e, "lstm_gate_product", {&P::to, &P::lhs, &P::dz, &P::next},
                     {&P::toStride, &P::toPairStride, &P::toGateStride, &P::lhsDepthStride,
                      &P::dzPairStride, &P::rows, &P::depth, &P::width, &P::fromZero},
                     product, emitGateProductBody);
}

//===----------------------------------------------------------------------===//
// kernel.lstm_weight_gradient
//===----------------------------------------------------------------------===//

namespace {
/// Emits the body of the kernel.
struct GradientEmitter {
  EntryBuilder &entry;
  const WeightGradientRun &run;
  Emitter &e;
  const KernelArguments &k;

  enum Pointer : unsigned { DKernel, DRecurrent, DBias, Input, States, InitialH, Dz, Mask };
  enum Size : unsigned {
    Steps,
    Inputs,
    Units,
    Batch,
    InputSteps,
    StateStride,
    Accumulates,
    InputPanels,
    StatePanels,
    ChunkBlocks,
    ChunkColumns
  };
  Value size(Size which) const { return k.sizes[which]; }
  Value blocks() const { return e.ceilDiv(size(Units), e.lanes()); }

  /// Rows of a weight: what they are multiplied with, at row 0 of the panel.
  struct Panel {
    Value to, rows;
    Value from, sequenceStride, stepStride;
    Value isState; // i1: one step earlier, and before the first step elsewhere
    Value initial, initialStride;
  };

  Panel panelOf(Value index, Value zeros) const {
    Panel panel;
    Value gateUnits = e.mul(size(Units), e.i64(kGates));
    Value isState = e.compare(arith::CmpIPredicate::sge, index, size(InputPanels));
    auto either = [&](Value state, Value input) { return e.select(isState, state, input); };
    Value panels = e.max(either(size(StatePanels), size(InputPanels)), e.i64(1));
    Value place = either(e.sub(index, size(InputPanels)), index);
    Value all = either(size(Units), size(Inputs));
    Value first = e.div(e.mul(place, all), panels);
    Value last = e.div(e.mul(e.add(place, e.i64(1)), all), panels);
    // Without panels there is still the bias.
    Value exists = e.less(index, e.add(size(InputPanels), size(StatePanels)));
    panel.rows = e.select(exists, e.sub(last, first), e.i64(0));
    panel.to = e.at(either(k.pointers[DRecurrent], k.pointers[DKernel]), e.mul(first, gateUnits));
    panel.isState = isState;
    panel.from = e.at(either(k.pointers[States], k.pointers[Input]), first);
    panel.stepStride = all;
    panel.sequenceStride = e.mul(either(size(Steps), size(InputSteps)), all);
    panel.initial = run.initialH ? e.at(k.pointers[InitialH], first) : zeros;
    panel.initialStride = run.initialH ? size(StateStride) : e.i64(0);
    return panel;
  }

  /// Stack memory.
  struct Scratch {
    Value slots, sums, zeros, one;
    Value list, gates; // only of kernels with a mask: rows that count, and their dz of one block
  };

  Scratch makeScratch() const {
    Scratch scratch;
    scratch.slots = e.stack(e.f32(), kGradientRows / slotRows(e) * slotSize(e, kGradientDepth));
    scratch.sums = e.stack(e.f32(), kGradientBlocks * 2 * kGradientRows * gatePair(e));
    scratch.zeros = e.stack(e.f32(), kGradientRows);
    scratch.one = e.stack(e.f32(), 1);
    if (run.mask) {
      scratch.list = e.stack(e.i64Type(), kGradientDepth);
      scratch.gates = e.stack(e.f32(), kGradientDepth * gateLine(e));
    }
    if (!run.initialH)
      e.clear(scratch.zeros, e.i64(kGradientRows), e.f32());
    e.store(e.constant(e.f32(), 1), scratch.one);
    return scratch;
  }

  /// The byte of the mask of a row.
  Value maskOf(Value row) const {
    Value sequence = e.div(row, size(Steps)), step = e.rem(row, size(Steps));
    return e.at(k.pointers[Mask], e.add(e.mul(sequence, size(InputSteps)), step),
                e.builder().getI8Type());
  }

  /// Copies dz of the first `depth` rows of the list, whose block begins at `from`.
  void gather(const Scratch &scratch, Value depth, Value from, Value pairStride) const {
    e.loop(e.i64(0), depth, 1, [&](Value line) {
      Value row = e.mul(rowOf(e, scratch.list, line), e.i64(gatePair(e)));
      Value to = e.at(scratch.gates, e.mul(line, e.i64(gatePair(e))));
      storeGates(e, loadGates(e, e.at(from, row), pairStride), to,
                 e.i64(kGradientDepth * gatePair(e)));
    });
  }

  /// Copies lines [first, first + depth), or those of the list, into slots.
  void pack(const Panel &panel, Value first, Value depth, const Scratch &scratch) const {
    Value slots = scratch.slots;
    e.loop(e.i64(0), depth, 1, [&](Value line) {
      Value row = run.mask ? rowOf(e, scratch.list, line) : e.add(first, line);
      Value sequence = e.div(row, size(Steps)), step = e.rem(row, size(Steps));
      Value before = e.select(panel.isState, e.sub(step, e.i64(1)), step);
      Value regular = e.at(panel.from, e.add(e.mul(sequence, panel.sequenceStride),
                                             e.mul(before, panel.stepStride)));
      Value initial = e.at(panel.initial, e.mul(sequence, panel.initialStride));
      Value from = e.select(e.less(before, e.i64(0)), initial, regular);
      Value to = e.at(slots, e.mul(line, e.i64(slotRows(e))));
      Value ahead = e.at(regular, e.mul(panel.stepStride, e.i64(kLinesAhead)));
      copyToSlots(e, from, panel.rows, to, kGradientDepth, ahead);
    });
  }

  /// Copies the sums of a block between their places in a gradient and behind each other.
  void copySums(const GateProduct &direct, const GateProduct &compact, bool toGradient) const {
    auto place = [&](const GateProduct &p, Value row, Value pair) {
      return e.at(p.to, e.add(e.mul(row, p.toStride), e.mul(pair, p.toPairStride)));
    };
    Value mask = e.maskOf(direct.width);
    e.loop(e.i64(0), direct.rows, 1, [&](Value row) {
      for (unsigned gate = 0; gate < kGates; ++gate) {
        Value pair = e.i64(gate / 2), inPair = e.i64(gate % 2);
        Value outside = e.at(place(direct, row, pair), e.mul(inPair, direct.toGateStride));
        Value inside = e.at(place(compact, row, pair), e.mul(inPair, compact.toGateStride));
        Value from = toGradient ? inside : outside, to = toGradient ? outside : inside;
        e.storeLanes(e.loadLanes(from, e.f32(), mask), to, mask);
      }
    });
  }

  /// Chunk `iteration`: a panel, and some blocks of units.
  void chunk(Value iteration, Value panels, const Scratch &scratch) const {
    // Panels of the state come first: they seldom have fewer rows, and the last chunks should be
    // small.
    Value index = e.sub(e.sub(panels, e.i64(1)), e.div(iteration, size(ChunkColumns)));
    Value firstBlock = e.mul(e.rem(iteration, size(ChunkColumns)), size(ChunkBlocks));
    Value lastBlock = e.min(e.add(firstBlock, size(ChunkBlocks)), blocks());
    Panel panel = panelOf(index, scratch.zeros);
    Value rows = e.mul(size(Batch), size(Steps)), units = size(Units);
    Value pair = e.i64(gatePair(e)), pairStride = e.mul(rows, pair);
    // Rows of a gradient may lie so far apart that they compete for few places in the cache:
    // where sums are read and written again, they are behind each other meanwhile.
    Value isLong = e.less(e.i64(kGradientDepth), rows);

    auto describe = [&](Value block) {
      GateProduct product;
      Value unit = e.mul(block, e.i64(e.lanes()));
      product.to = e.at(panel.to, unit);
      product.toGateStride = units;
      product.toPairStride = e.mul(units, e.i64(2));
      product.toStride = e.mul(units, e.i64(kGates));
      product.rows = panel.rows;
      product.width = e.min(e.sub(units, unit), e.i64(e.lanes()));
      return product;
    };
    auto compactOf = [&](const GateProduct &direct, Value block) {
      GateProduct compact = direct;
      Value place = e.mul(e.sub(block, firstBlock), e.i64(2 * kGradientRows * gatePair(e)));
      compact.to = e.at(scratch.sums, place);
      compact.toGateStride = e.i64(e.lanes());
      compact.toPairStride = e.i64(kGradientRows * gatePair(e));
      compact.toStride = pair;
      return compact;
    };
    auto copyAll = [&](bool toGradient) {
      e.loop(firstBlock, lastBlock, 1, [&](Value block) {
        GateProduct direct = describe(block);
        copySums(direct, compactOf(direct, block), toGradient);
      });
    };
    Value accumulates = e.compare(arith::CmpIPredicate::ne, size(Accumulates), e.i64(0));
    e.ifThen(e.create<arith::AndIOp>(isLong, accumulates), [&] { copyAll(false); });

    auto tape = [&](Value block, Value row) {
      Value place = e.add(e.mul(block, e.mul(pairStride, e.i64(2))), e.mul(row, pair));
      return e.at(k.pointers[Dz], place);
    };
    // Of rows [first, first + depth), `counted` of them.
    auto add = [&](Value first, Value depth, Value counted, Value isFirst) {
      pack(panel, first, counted, scratch);
      Value isWhole = e.equal(counted, depth);
      e.loop(firstBlock, lastBlock, 1, [&](Value block) {
        GateProduct direct = describe(block), product = compactOf(direct, block);
        for (auto member : {&GateProduct::to, &GateProduct::toStride, &GateProduct::toPairStride,
                            &GateProduct::toGateStride})
          product.*member = e.select(isLong, product.*member, direct.*member);
        product.lhs = scratch.slots;
        product.lhsDepthStride = e.i64(slotRows(e));
        product.dzPairStride = pairStride;
        product.dz = tape(block, first);
        if (run.mask) {
          e.ifThen(
              isWhole, [] {}, [&] { gather(scratch, counted, tape(block, e.i64(0)), pairStride); });
          product.dz = e.select(isWhole, product.dz, scratch.gates);
          product.dzPairStride = e.select(isWhole, pairStride, e.i64(kGradientDepth * gatePair(e)));
        }
        Value after = e.add(block, e.i64(1));
        product.next = e.select(e.less(after, lastBlock), tape(after, first),
                                tape(firstBlock, e.add(first, depth)));
        product.depth = counted;
        product.fromZero = e.create<arith::ExtUIOp>(e.i64Type(), isFirst);
        emitGateProduct(entry, e, product);
        if (!run.dBias)
          return;
        // The bias is a weight of what is always 1.
        GateProduct bias = product;
        bias.to = e.at(k.pointers[DBias], e.mul(block, e.i64(e.lanes())));
        bias.toGateStride = direct.toGateStride;
        bias.toPairStride = direct.toPairStride;
        bias.lhs = scratch.one;
        bias.lhsDepthStride = e.i64(0);
        bias.rows = e.i64(1);
        e.ifThen(e.equal(index, e.i64(0)), [&] { emitGateProduct(entry, e, bias); });
      });
    };
    // At least one block, which sets the gradients to zero where there are no rows.
    e.loop(e.i64(0), e.max(rows, e.i64(1)), kGradientDepth, [&](Value first) {
      Value depth = e.min(e.sub(rows, first), e.i64(kGradientDepth));
      Value isFirst = e.equal(e.create<arith::OrIOp>(first, size(Accumulates)), e.i64(0));
      if (!run.mask)
        return add(first, depth, depth, isFirst);
      Value counted =
          sortRows(e, first, depth, scratch.list, [&](Value row) { return maskOf(row); });
      Value isNeeded = e.create<arith::OrIOp>(isFirst, e.less(e.i64(0), counted));
      e.ifThen(isNeeded, [&] { add(first, depth, counted, isFirst); });
    });
    e.ifThen(isLong, [&] { copyAll(true); });
  }

  void emit() const {
    Scratch scratch = makeScratch();
    Value panels = e.max(e.add(size(InputPanels), size(StatePanels)), e.i64(1));
    e.loop(k.begin, k.end, 1, [&](Value iteration) { chunk(iteration, panels, scratch); });
  }
};
} // namespace

void launchWeightGradient(EntryBuilder &entry, const WeightGradientRun &run) {
  auto body = [&](Emitter &e, const KernelArguments &k) {
    GradientEmitter{entry, run, e, k}.emit();
  };
  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "lstm_weight_gradient";
  launch.signature = (run.initialH ? "initial" : "zero") + std::string(run.dBias ? " bias" : "") +
                     (run.mask ? " masked" : "");
  for (Value pointer : {run.dKernel, run.dRecurrent, run.dBias, run.input, run.sequence,
                        run.initialH, run.dz, run.mask})
    launch.pointers.push_back(pointer ? pointer : entry.pointerOf({}));
  Value none = e.i64(0);
  Value inputPanels = run.dKernel ? e.ceilDiv(run.inputs, kGradientRows) : none;
  Value statePanels = run.dRecurrent ? e.ceilDiv(run.units, kGradientRows) : none;
  launch.sizes = {run.steps,
                  run.inputs,
                  run.units,
                  run.batch,
                  run.inputSteps,
                  run.initialH ? run.stateStride : none,
                  run.accumulates ? run.accumulates : none,
                  inputPanels,
                  statePanels};
  Value blocks = e.ceilDiv(run.units, e.lanes());
  Value chunkBlocks = entry.evenGrain(blocks, e.i64(kGradientBlocks), 1);
  Value columns = e.ceilDiv(blocks, chunkBlocks);
  launch.sizes.append({chunkBlocks, columns});
  launch.iterations = e.mul(e.max(e.add(inputPanels, statePanels), e.i64(1)), columns);
  launch.grain = e.i64(1);
  launch.cost = e.mul(e.mul(run.batch, run.steps),
                      e.mul(e.add(run.inputs, run.units), e.mul(run.units, e.i64(kGates))));
  launch.body = body;
  entry.launch(launch);
}

LogicalResult launchLstmWeightGradient(EntryBuilder &entry, kernel::LstmWeightGradientOp op) {
  auto pointer = [&](Value buffer) { return buffer ? entry.buffer(buffer).pointer : Value(); };
  const Buffer &input = entry.buffer(op.getInput());
  WeightGradientRun run;
  run.dKernel = pointer(op.getGradient(0));
  run.dRecurrent = pointer(op.getGradient(1));
  run.dBias = pointer(op.getGradient(2));
  run.input = input.pointer;
  run.sequence = pointer(op.getSequence());
  run.initialH = pointer(op.getInitialH());
  run.mask = pointer(op.getMask());
  run.dz = pointer(op.getDz());
  run.batch = input.sizes[0];
  run.steps = run.inputSteps = input.sizes[1];
  run.inputs = input.sizes[2];
  run.units = run.stateStride = entry.buffer(op.getSequence()).sizes[2];
  launchWeightGradient(entry, run);
  return success();
}

//===----------------------------------------------------------------------===//
// kernel.lstm_input_gradient
//===----------------------------------------------------------------------===//

void launchInputGradient(EntryBuilder &entry, const InputGradientRun &run) {
  constexpr int64_t panelSteps = 48;
  enum Size : unsigned { Steps, Inputs, Blocks, Batch, InputSteps, Panels };
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value steps = k.sizes[Steps], inputs = k.sizes[Inputs], pair = e.i64(gatePair(e));
    e.loop(k.begin, k.end, 1, [&](Value iteration) {
      Value sequence = e.div(iteration, k.sizes[Panels]);
      Value step = e.mul(e.rem(iteration, k.sizes[Panels]), e.i64(panelSteps));
      TransposedProduct product;
      Value row = e.add(e.mul(sequence, k.sizes[InputSteps]), step);
      product.to = e.at(k.pointers[0], e.mul(row, inputs));
      product.toStride = product.columns = inputs;
      product.lhs = e.at(k.pointers[2], e.mul(e.add(e.mul(sequence, steps), step), pair));
      product.lhsStride = product.depth = pair;
      product.lhsPieceStride = e.mul(e.mul(k.sizes[Batch], steps), pair);
      product.rhs = k.pointers[1];
      product.rows = e.min(e.sub(steps, step), e.i64(panelSteps));
      product.pieces = e.mul(k.sizes[Blocks], e.i64(2));
      product.firstStrip = e.i64(0);
      product.lastStrip = e.ceilDiv(inputs, gatePair(e));
      if (run.mask) {
        Value mask = e.at(k.pointers[3], row, e.builder().getI8Type()), rows = product.rows;
        product.list = e.stack(e.i64Type(), panelSteps);
        product.rows = sortRows(e, e.i64(0), rows, product.list, [&](Value index) {
          return e.at(mask, index, e.builder().getI8Type());
        });
        e.loop(product.rows, rows, 1, [&](Value index) {
          Value row = rowOf(e, product.list, index);
          e.clear(e.at(product.to, e.mul(row, inputs)), inputs, e.f32());
        });
      }
      emitTransposedProduct(entry, e, product);
    });
  };

  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = "lstm_input_gradient";
  launch.signature = run.mask ? "masked" : "";
  launch.pointers = {run.dInput, run.kernelT, run.dz, run.mask ? run.mask : entry.pointerOf({})};
  Value panels = e.ceilDiv(run.steps, panelSteps);
  launch.sizes = {run.steps, run.inputs, run.blocks, run.batch, run.inputSteps, panels};
  launch.iterations = e.mul(run.batch, panels);
  launch.grain = e.i64(1);
  launch.cost =
      e.mul(e.mul(run.batch, run.steps), e.mul(run.inputs, e.mul(run.blocks, e.i64(gateLine(e)))));
  launch.body = body;
  entry.launch(launch);
}

LogicalResult launchLstmInputGradient(EntryBuilder &entry, kernel::LstmInputGradientOp op) {
  const Buffer &dInput = entry.buffer(op.getOuts().front());
  InputGradientRun run;
  run.dInput = dInput.pointer;
  run.kernelT = entry.buffer(op.getKernelT()).pointer;
  run.dz = entry.buffer(op.getDz()).pointer;
  run.mask = op.getMask() ? entry.buffer(op.getMask()).pointer : Value();
  run.batch = dInput.sizes[0];
  run.steps = run.inputSteps = dInput.sizes[1];
  run.inputs = dInput.sizes[2];
  run.blocks = entry.buffer(op.getKernelT()).sizes[1];
  launchInputGradient(entry, run);
  return success();
}

} // namespace rondo::codegen
