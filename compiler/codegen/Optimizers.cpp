//===- Optimizers.cpp - Clipping of gradients and updates of parameters ---===//
//
// Passes over the flat buffers, in parallel blocks. The learning rate and the
// step number arrive as one-element buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/UpdateRules.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo::codegen {

/// Elements of a chunk of a parallel loop.
static constexpr int64_t kBlock = 4096;

/// The number of elements of a buffer.
static Value numElements(Emitter &e, const Buffer &buffer) { return e.product(buffer.sizes); }

/// body(index, mask) over the elements of the blocks of this chunk.
static void overBlocks(Emitter &e, const KernelArguments &k, int64_t block,
                       llvm::function_ref<void(Value index, Value mask)> body) {
  Value first = e.mul(k.begin, e.i64(block));
  Value last = e.min(e.mul(k.end, e.i64(block)), k.sizes[0]);
  e.lanesLoop(first, last, body);
}

/// A parallel loop over blocks of sizes[0] elements.
static void launchBlocks(EntryBuilder &entry, StringRef name, std::string signature,
                         Values pointers, Values sizes, int64_t block, int64_t cost,
                         llvm::function_ref<void(Emitter &, const KernelArguments &)> body) {
  Emitter &e = entry.emitter();
  Launch launch;
  launch.name = name;
  launch.signature = std::move(signature);
  launch.pointers = std::move(pointers);
  launch.sizes = std::move(sizes);
  launch.iterations = e.ceilDiv(launch.sizes[0], block);
  launch.grain = e.i64(1);
  launch.cost = e.mul(launch.sizes[0], e.i64(cost));
  launch.body = body;
  entry.launch(launch);
}

/// How many updates there were before step t ≥ 1 if each takes `accumulation` steps.
static Value updatesBefore(Emitter &e, Value t, int64_t accumulation) {
  Value before = e.sub(t, e.i64(1));
  return accumulation > 1 ? e.div(before, e.i64(accumulation)) : before;
}

/// Whether step t updates anything; null where all do.
static Value isUpdateStep(Emitter &e, Value t, int64_t accumulation) {
  if (accumulation <= 1)
    return {};
  return e.equal(e.rem(t, e.i64(accumulation)), e.i64(0));
}

/// Emits `body` so that it runs where `condition`, which may be null, holds.
static void where(Emitter &e, Value condition, llvm::function_ref<void()> body) {
  if (condition)
    e.ifThen(condition, body);
  else
    body();
}

LogicalResult launchAccumulate(EntryBuilder &entry, kernel::AccumulateOp op) {
  const int64_t steps = op.getSteps();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Type floats = e.vectorOf(e.f32());
    Value isUpdate = isUpdateStep(e, e.load(k.pointers[2], e.i64Type()), steps);
    auto sums = [&](llvm::function_ref<void(Value g, Value a, Value sum, Value mask)> use) {
      overBlocks(e, k, kBlock, [&](Value index, Value mask) {
        Value g = e.at(k.pointers[0], index), a = e.at(k.pointers[1], index);
        use(g, a, e.addf(e.loadLanes(g, e.f32(), mask), e.loadLanes(a, e.f32(), mask)), mask);
      });
    };
    auto update = [&] {
      sums([&](Value g, Value a, Value sum, Value mask) {
        e.storeLanes(e.divf(sum, e.constant(floats, double(steps))), g, mask);
        e.storeLanes(e.constant(floats, 0), a, mask);
      });
    };
    auto gather = [&] {
      sums([&](Value, Value a, Value sum, Value mask) { e.storeLanes(sum, a, mask); });
    };
    e.ifThen(isUpdate, update, gather);
  };
  Values pointers;
  for (Value buffer : op->getOperands())
    pointers.push_back(entry.buffer(buffer).pointer);
  launchBlocks(entry, "accumulate", std::to_string(steps), std::move(pointers),
               {numElements(entry.emitter(), entry.buffer(op.getGradients()))}, kBlock, 1, body);
  return success();
}

//===----------------------------------------------------------------------===//
// Clipping
//===----------------------------------------------------------------------===//

LogicalResult launchClipValue(EntryBuilder &entry, kernel::ClipValueOp op) {
  const double limit = op.getLimit().convertToDouble();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Type floats = e.vectorOf(e.f32());
    overBlocks(e, k, kBlock, [&](Value index, Value mask) {
      Value at = e.at(k.pointers[0], index), g = e.loadLanes(at, e.f32(), mask);
      g = e.minimum(e.maximum(g, e.constant(floats, -limit)), e.constant(floats, limit));
      e.storeLanes(g, at, mask);
    });
  };
  const Buffer &gradients = entry.buffer(op.getGradients());
  launchBlocks(entry, "clip_value", llvm::formatv("{0}", op.getLimitAttr()), {gradients.pointer},
               {numElements(entry.emitter(), gradients)}, kBlock, 1, body);
  return success();
}

/// scratch[b] = the sum of squares of block b of a segment.
static void sumSquares(Emitter &e, const KernelArguments &k) {
  constexpr int64_t block = kernel::ClipNormOp::kBlock;
  // Several accumulators: shorter chains and smaller errors.
  constexpr unsigned ways = 4;
  Value zero = e.constant(e.vectorOf(e.f32()), 0);
  auto plusSquare = [&](Value sum, Value index, Value mask) {
    Value g = e.loadLanes(e.at(k.pointers[0], index), e.f32(), mask);
    return e.fma(g, g, sum);
  };
  auto add = [&](Value lhs, Value rhs) { return e.addf(lhs, rhs); };
  e.loop(k.begin, k.end, 1, [&](Value number) {
    Value first = e.mul(number, e.i64(block));
    Value last = e.min(e.add(first, e.i64(block)), k.sizes[0]);
    Value middle = e.add(first, e.roundDown(e.sub(last, first), ways * e.lanes()));
    Values sums = e.loop(
        first, middle, ways * e.lanes(), Values(ways, zero), [&](Value index, ValueRange carried) {
          Values next;
          for (unsigned way = 0; way < ways; ++way)
            next.push_back(plusSquare(carried[way], e.add(index, e.i64(way * e.lanes())), {}));
          return next;
        });
    Value total = add(add(sums[0], sums[1]), add(sums[2], sums[3]));
    total = e.loop(middle, last, e.lanes(), total, [&](Value index, ValueRange carried) {
      return Values{plusSquare(carried[0], index, e.maskOf(e.sub(last, index)))};
    })[0];
    e.store(e.fold(total, add), e.at(k.pointers[1], number));
  });
}

/// The sum of what the blocks of a segment have left in `scratch`.
static Value sumOf(Emitter &e, Value scratch, Value blocks) {
  return e.loop(e.i64(0), blocks, 1, e.constant(e.f32(), 0), [&](Value number, ValueRange carried) {
    Value partial = e.load(e.at(scratch, number), e.f32());
    return Values{e.addf(carried[0], partial)};
  })[0];
}

/// What a segment is multiplied by, from the sums of squares of its blocks.
static Value clipFactor(Emitter &e, Value scratch, Value blocks, double limit, bool isGlobal) {
  Value bound = e.constant(e.f32(), limit);
  Value norm = e.sqrt(sumOf(e, scratch, blocks));
  if (!isGlobal)
    return e.divf(bound, e.maximum(norm, bound));
  Value one = e.constant(e.f32(), 1);
  Value factor = e.mulf(bound, e.minimum(e.divf(one, norm), e.divf(one, bound)));
  // Nothing for a finite norm, NaN for any other.
  return e.addf(factor, e.subf(norm, norm));
}

LogicalResult launchClipNorm(EntryBuilder &entry, kernel::ClipNormOp op) {
  using kernel::ClipNormOp;
  Emitter &e = entry.emitter();
  const double limit = op.getLimit().convertToDouble();
  auto scale = [&](Emitter &e, const KernelArguments &k) {
    Value factor = e.splat(clipFactor(e, k.pointers[1], k.sizes[1], limit, op.getGlobal()));
    overBlocks(e, k, ClipNormOp::kBlock, [&](Value index, Value mask) {
      Value at = e.at(k.pointers[0], index);
      e.storeLanes(e.mulf(e.loadLanes(at, e.f32(), mask), factor), at, mask);
    });
  };
  std::string signature = llvm::formatv("{0} {1}", op.getLimitAttr(), op.getGlobal());
  Value gradients = entry.buffer(op.getGradients()).pointer;
  Value scratch = entry.buffer(op.getScratch()).pointer;
  ArrayRef<int64_t> bounds = op.getSegments();
  int64_t blocksBefore = 0;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    int64_t size = bounds[i + 1] - bounds[i], blocks = ClipNormOp::numBlocks(size);
    Values pointers{e.at(gradients, e.i64(bounds[i])), e.at(scratch, e.i64(blocksBefore))};
    Values sizes{e.i64(size), e.i64(blocks)};
    launchBlocks(entry, "sum_squares", "", pointers, sizes, ClipNormOp::kBlock, 1, sumSquares);
    launchBlocks(entry, "clip_norm", signature, pointers, sizes, ClipNormOp::kBlock, 1, scale);
    blocksBefore += blocks;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Updates
//===----------------------------------------------------------------------===//

LogicalResult launchUpdate(EntryBuilder &entry, kernel::UpdateOp op) {
  DictionaryAttr optimizer = op.getOptimizer();
  StringRef name = optimizer.getAs<StringAttr>("name").getValue();
  const double decay = optimizerSetting(optimizer, "weight_decay");
  const int64_t accumulation = accumulationSteps(optimizer);
  bool decays = decay != 0; // in the segment that is launched
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Type f64 = e.builder().getF64Type();
    ArrayRef<Value> pointers(k.pointers);
    ArrayRef<Value> slots = pointers.drop_front(2).drop_back(2), scalars = pointers.take_back(2);
    Value t = e.load(scalars[1], e.i64Type());
    where(e, isUpdateStep(e, t, accumulation), [&] {
      Value number = accumulation > 1 ? e.add(updatesBefore(e, t, accumulation), e.i64(1)) : t;
      UpdateStep step(e, entry.module().declare("pow", f64, {f64, f64}),
                      e.load(scalars[0], e.f32()), number, optimizer);
      UpdateRule rule = makeUpdateRule(name, step);
      Value rate = step.forElements(step.rate);
      overBlocks(e, k, kBlock, [&](Value index, Value mask) {
        UpdateElements x(e, slots, index, mask);
        x.gradient = x.load(pointers[1]);
        x.weight = x.load(pointers[0]);
        if (decays)
          x.weight = e.subf(x.weight, e.mulf(e.mulf(x.weight, x.number(decay)), rate));
        x.store(rule(x), pointers[0]);
        if (x.direction)
          x.store(x.direction, pointers[1]);
      });
    });
  };
  Emitter &e = entry.emitter();
  // A root and a division each, but for the simplest one.
  const int64_t cost = name == "sgd" ? 1 : 8;
  auto launch = [&](int64_t first, Value size) {
    Values pointers;
    for (Value buffer : op->getOperands())
      pointers.push_back(entry.buffer(buffer).pointer);
    for (Value &pointer : MutableArrayRef<Value>(pointers).drop_back(2)) // all but the scalars
      if (first != 0)
        pointer = e.at(pointer, e.i64(first));
    launchBlocks(entry, (name + "_update").str(),
                 llvm::formatv("{0} {1}", Attribute(optimizer), decays), std::move(pointers),
                 {size}, kBlock, cost, body);
  };
  int64_t first = 0;
  ArrayRef<int64_t> undecayed = op.getUndecayed().value_or(ArrayRef<int64_t>());
  for (size_t i = 0; decay != 0 && i < undecayed.size(); ++i) {
    decays = i % 2 == 0; // up to each even bound
    if (undecayed[i] != first)
      launch(first, e.i64(undecayed[i] - first));
    first = undecayed[i];
  }
  decays = decay != 0;
  Value total = numElements(e, entry.buffer(op.getParameters()));
  if (first != cast<MemRefType>(op.getParameters().getType()).getDimSize(0))
    launch(first, first == 0 ? total : e.sub(total, e.i64(first)));
  return success();
}

/// |w| / |u| from the sums of squares of the blocks of both, or 1 where one is 0.
static Value trustRatio(Emitter &e, Value ofWeights, Value ofDirections, Value blocks) {
  auto norm = [&](Value sums) { return e.sqrt(sumOf(e, sums, blocks)); };
  Value weights = norm(ofWeights), directions = norm(ofDirections), zero = e.constant(e.f32(), 0);
  Value ratio = e.divf(weights, directions);
  for (Value each : {weights, directions})
    ratio =
        e.select(e.comparef(arith::CmpFPredicate::OGT, each, zero), ratio, e.constant(e.f32(), 1));
  return ratio;
}

LogicalResult launchTrustStep(EntryBuilder &entry, kernel::TrustStepOp op) {
  constexpr int64_t block = kernel::ClipNormOp::kBlock;
  Emitter &e = entry.emitter();
  const int64_t accumulation = op.getAccumulation();
  auto move = [&](Emitter &e, const KernelArguments &k) {
    where(e, isUpdateStep(e, e.load(k.pointers[5], e.i64Type()), accumulation), [&] {
      Value ratio = trustRatio(e, k.pointers[2], k.pointers[3], k.sizes[1]);
      Value factor = e.splat(e.mulf(ratio, e.load(k.pointers[4], e.f32())));
      overBlocks(e, k, block, [&](Value index, Value mask) {
        Value at = e.at(k.pointers[0], index);
        Value u = e.loadLanes(e.at(k.pointers[1], index), e.f32(), mask);
        Value w = e.loadLanes(at, e.f32(), mask);
        e.storeLanes(e.subf(w, e.mulf(factor, u)), at, mask);
      });
    });
  };
  auto pointer = [&](Value buffer) { return entry.buffer(buffer).pointer; };
  Value weights = pointer(op.getParameters()), directions = pointer(op.getDirections());
  Value scratch = pointer(op.getScratch());
  ArrayRef<int64_t> bounds = op.getSegments();
  int64_t blocksBefore = 0;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    int64_t size = bounds[i + 1] - bounds[i], blocks = kernel::ClipNormOp::numBlocks(size);
    Value first = e.i64(bounds[i]), w = e.at(weights, first), u = e.at(directions, first);
    Value ofWeights = e.at(scratch, e.i64(2 * blocksBefore));
    Value ofDirections = e.at(scratch, e.i64(2 * blocksBefore + blocks));
    Values sizes{e.i64(size), e.i64(blocks)};
    launchBlocks(entry, "sum_squares", "", {w, ofWeights}, sizes, block, 1, sumSquares);
    launchBlocks(entry, "sum_squares", "", {u, ofDirections}, sizes, block, 1, sumSquares);
    launchBlocks(
        entry, "trust_step", std::to_string(accumulation),
        {w, u, ofWeights, ofDirections, pointer(op.getLearningRate()), pointer(op.getStep())},
        sizes, block, 1, move);
    blocksBefore += blocks;
  }
  return success();
}

LogicalResult launchAverage(EntryBuilder &entry, kernel::AverageOp op) {
  const double momentum = op.getMomentum().convertToDouble();
  const int64_t frequency = op.getFrequency(), accumulation = op.getAccumulation();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value before = updatesBefore(e, e.load(k.pointers[2], e.i64Type()), accumulation);
    Value isFirst = e.equal(before, e.i64(0));
    auto number = [&](double value) { return e.constant(e.f32(), value); };
    Value old = e.splat(e.select(isFirst, number(0), number(momentum)));
    Value share = e.splat(e.select(isFirst, number(1), number(1 - momentum)));
    auto follow = [&](bool overwrites) {
      overBlocks(e, k, kBlock, [&](Value index, Value mask) {
        Value w = e.at(k.pointers[0], index), a = e.at(k.pointers[1], index);
        Value mean =
            e.fma(old, e.loadLanes(a, e.f32(), mask), e.mulf(share, e.loadLanes(w, e.f32(), mask)));
        e.storeLanes(mean, a, mask);
        if (overwrites)
          e.storeLanes(mean, w, mask);
      });
    };
    if (frequency < 1)
      return follow(/*overwrites=*/false);
    if (frequency == 1)
      return follow(/*overwrites=*/true);
    Value overwrites = isUpdateStep(e, e.add(before, e.i64(1)), frequency);
    e.ifThen(
        overwrites, [&] { follow(/*overwrites=*/true); }, [&] { follow(/*overwrites=*/false); });
  };
  Values pointers;
  for (Value buffer : op->getOperands())
    pointers.push_back(entry.buffer(buffer).pointer);
  launchBlocks(entry, "average",
               llvm::formatv("{0} {1} {2}", op.getMomentumAttr(), frequency, accumulation),
               std::move(pointers),
               {numElements(entry.emitter(), entry.buffer(op.getParameters()))}, kBlock, 1, body);
  return success();
}

} // namespace rondo::codegen
