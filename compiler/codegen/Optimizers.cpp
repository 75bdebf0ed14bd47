//===- Optimizers.cpp - Clipping of gradients and updates of parameters ---===//
//
// Passes over the flat buffers, in parallel blocks. The learning rate and the
// step number arrive as one-element buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
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

/// What a segment is multiplied by, from the sums of squares of its blocks.
static Value clipFactor(Emitter &e, Value scratch, Value blocks, double limit, bool isGlobal) {
  Value bound = e.constant(e.f32(), limit);
  Value squares =
      e.loop(e.i64(0), blocks, 1, e.constant(e.f32(), 0), [&](Value number, ValueRange carried) {
        Value partial = e.load(e.at(scratch, number), e.f32());
        return Values{e.addf(carried[0], partial)};
      })[0];
  Value norm = e.sqrt(squares);
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

/// The buffers of an update whose operands start with the parameters.
static void launchUpdate(EntryBuilder &entry, StringRef name, std::string signature,
                         ValueRange buffers, int64_t cost,
                         llvm::function_ref<void(Emitter &, const KernelArguments &)> body) {
  Values pointers;
  for (Value buffer : buffers)
    pointers.push_back(entry.buffer(buffer).pointer);
  Value size = numElements(entry.emitter(), entry.buffer(buffers.front()));
  launchBlocks(entry, name, std::move(signature), std::move(pointers), {size}, kBlock, cost, body);
}

/// The attributes of an update, which its kernel has built in.
static std::string attributesOf(Operation *op) {
  return llvm::formatv("{0} {1}", op->getAttrDictionary(), op->getNumOperands());
}

/// w, less `decay` times the learning rate times w.
static Value decayed(Emitter &e, Value weight, Value rate, const APFloat &decay) {
  if (decay.isZero())
    return weight;
  Value factor = e.constant(weight.getType(), decay.convertToDouble());
  return e.subf(weight, e.mulf(e.mulf(weight, factor), rate));
}

LogicalResult launchSgdUpdate(EntryBuilder &entry, kernel::SgdUpdateOp op) {
  const bool hasVelocity = bool(op.getVelocity()), nesterov = op.getNesterov();
  const double momentum = op.getMomentum().convertToDouble();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value parameters = k.pointers[0], gradients = k.pointers[1];
    Value rate = e.splat(e.load(k.pointers[2], e.f32()));
    overBlocks(e, k, kBlock, [&](Value index, Value mask) {
      auto element = [&](Value buffer) { return e.loadLanes(e.at(buffer, index), e.f32(), mask); };
      Value weight = decayed(e, element(parameters), rate, op.getWeightDecay());
      Value step = e.mulf(rate, element(gradients));
      if (hasVelocity) {
        Value factor = e.constant(e.vectorOf(e.f32()), momentum);
        Value velocity = e.subf(e.mulf(factor, element(k.pointers[3])), step);
        e.storeLanes(velocity, e.at(k.pointers[3], index), mask);
        weight =
            nesterov ? e.subf(e.fma(factor, velocity, weight), step) : e.addf(weight, velocity);
      } else {
        weight = e.subf(weight, step);
      }
      e.storeLanes(weight, e.at(parameters, index), mask);
    });
  };
  launchUpdate(entry, "sgd_update", attributesOf(op), op->getOperands(), 1, body);
  return success();
}

LogicalResult launchAdamUpdate(EntryBuilder &entry, kernel::AdamUpdateOp op) {
  const double beta1 = op.getBeta_1().convertToDouble();
  const double beta2 = op.getBeta_2().convertToDouble();
  const double epsilon = op.getEpsilon().convertToDouble();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Type f64 = e.builder().getF64Type();
    Value parameters = k.pointers[0], gradients = k.pointers[1], momentum = k.pointers[2],
          velocity = k.pointers[3];
    // alpha = lr sqrt(1 - beta_2^t) / (1 - beta_1^t), in double precision.
    LLVM::LLVMFuncOp pow = entry.module().declare("pow", f64, {f64, f64});
    Value step = e.create<arith::SIToFPOp>(f64, e.load(k.pointers[5], e.i64Type()));
    Value rate = e.load(k.pointers[4], e.f32());
    auto correction = [&](double beta) {
      Value power =
          e.create<LLVM::CallOp>(pow, ValueRange{e.constant(f64, beta), step}).getResult();
      return e.subf(e.constant(f64, 1), power);
    };
    Value wide = e.divf(e.mulf(e.create<arith::ExtFOp>(f64, rate), e.sqrt(correction(beta2))),
                        correction(beta1));
    Value alpha = e.splat(e.create<arith::TruncFOp>(e.f32(), wide));
    rate = e.splat(rate);
    Type floats = e.vectorOf(e.f32());

    overBlocks(e, k, kBlock, [&](Value index, Value mask) {
      auto element = [&](Value buffer) { return e.loadLanes(e.at(buffer, index), e.f32(), mask); };
      Value g = element(gradients), m = element(momentum), v = element(velocity);
      m = e.fma(e.subf(g, m), e.constant(floats, 1 - beta1), m);
      v = e.fma(e.subf(e.mulf(g, g), v), e.constant(floats, 1 - beta2), v);
      e.storeLanes(m, e.at(momentum, index), mask);
      e.storeLanes(v, e.at(velocity, index), mask);
      if (op.getLargestVelocity()) {
        v = e.maximum(element(k.pointers[6]), v);
        e.storeLanes(v, e.at(k.pointers[6], index), mask);
      }
      Value root = e.addf(e.sqrt(v), e.constant(floats, epsilon));
      Value weight = decayed(e, element(parameters), rate, op.getWeightDecay());
      weight = e.subf(weight, e.divf(e.mulf(m, alpha), root));
      e.storeLanes(weight, e.at(parameters, index), mask);
    });
  };
  launchUpdate(entry, "adam_update", attributesOf(op), op->getOperands(), 8, body);
  return success();
}

LogicalResult launchRmspropUpdate(EntryBuilder &entry, kernel::RmspropUpdateOp op) {
  const double rho = op.getRho().convertToDouble();
  const double momentum = op.getMomentum().convertToDouble();
  const double epsilon = op.getEpsilon().convertToDouble();
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Value parameters = k.pointers[0], gradients = k.pointers[1], velocity = k.pointers[2];
    Value rate = e.splat(e.load(k.pointers[3], e.f32()));
    Type floats = e.vectorOf(e.f32());
    Value keep = e.constant(floats, rho), take = e.constant(floats, 1 - rho);

    overBlocks(e, k, kBlock, [&](Value index, Value mask) {
      auto element = [&](Value buffer) { return e.loadLanes(e.at(buffer, index), e.f32(), mask); };
      auto store = [&](Value value, Value buffer) {
        e.storeLanes(value, e.at(buffer, index), mask);
      };
      /// The running mean in `buffer` with one value more.
      auto running = [&](Value buffer, Value value) {
        Value mean = e.fma(keep, element(buffer), e.mulf(take, value));
        store(mean, buffer);
        return mean;
      };
      Value g = element(gradients), variance = running(velocity, e.mulf(g, g));
      const unsigned averageAt = op.getMomentumSlot() ? 5 : 4;
      if (op.getAverage()) {
        Value average = running(k.pointers[averageAt], g);
        variance = e.subf(variance, e.mulf(average, average));
      }
      Value root = e.sqrt(e.addf(variance, e.constant(floats, epsilon)));
      Value step = e.divf(e.mulf(rate, g), root);
      if (op.getMomentumSlot()) {
        step = e.fma(e.constant(floats, momentum), element(k.pointers[4]), step);
        store(step, k.pointers[4]);
      }
      Value weight = decayed(e, element(parameters), rate, op.getWeightDecay());
      store(e.subf(weight, step), parameters);
    });
  };
  launchUpdate(entry, "rmsprop_update", attributesOf(op), op->getOperands(), 8, body);
  return success();
}

} // namespace rondo::codegen
