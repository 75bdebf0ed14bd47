//===- Optimizers.cpp - Clipping of gradients and updates of parameters ---===//
//
// Passes over the flat buffers, in parallel blocks. The learning rate and the
// step number arrive as one-element buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/Math.h"
#include "compiler/signature/OptimizerRules.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include <functional>

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

namespace {

/// The scalars of a step, which are the same for all elements. Those that depend on the step's
/// number are computed in double precision.
class Step {
public:
  /// `number` is that of the update.
  Step(Emitter &e, LLVM::LLVMFuncOp pow, Value rate, Value number, DictionaryAttr optimizer)
      : rate(rate), number(e.create<arith::SIToFPOp>(f64(e), number)), e(e), pow(pow),
        optimizer(optimizer) {}

  double setting(StringRef name, double otherwise = 0) const {
    return optimizerSetting(optimizer, name, otherwise);
  }
  Value wide(double value) { return e.constant(f64(e), value); }
  Value wideRate() { return e.create<arith::ExtFOp>(f64(e), rate); }
  Value power(double base, Value exponent) {
    return e.create<LLVM::CallOp>(pow, ValueRange{wide(base), exponent}).getResult();
  }
  /// 1 - beta^t: what a running mean that started at zero has seen so far.
  Value seen(double beta) { return e.subf(wide(1), power(beta, number)); }
  /// In all lanes, as elements are.
  Value forElements(Value value) {
    if (!value.getType().isF32())
      value = e.create<arith::TruncFOp>(e.f32(), value);
    return e.splat(value);
  }

  const Value rate, number; ///< f32; t ≥ 1 as f64
  Emitter &e;

private:
  static Type f64(Emitter &e) { return e.builder().getF64Type(); }

  LLVM::LLVMFuncOp pow;
  DictionaryAttr optimizer;
};

/// A vector of elements on its way.
class Elements {
public:
  Elements(Emitter &e, ArrayRef<Value> slots, Value index, Value mask)
      : e(e), slots(slots), index(index), mask(mask) {}

  Value number(double value) { return e.constant(e.vectorOf(e.f32()), value); }
  Value load(Value buffer) { return e.loadLanes(e.at(buffer, index), e.f32(), mask); }
  void store(Value value, Value buffer) { e.storeLanes(value, e.at(buffer, index), mask); }
  Value slot(unsigned slot) { return load(slots[slot]); }
  Value keep(unsigned slot, Value value) {
    store(value, slots[slot]);
    return value;
  }
  /// The running mean in a slot with one value more: s + (value - s)(1 - keep).
  Value running(unsigned number, Value value, double share) {
    Value mean = slot(number);
    return keep(number, e.fma(e.subf(value, mean), this->number(1 - share), mean));
  }
  /// The same as share * s + (1 - share) * value, where Keras writes it so.
  Value weighted(unsigned number, Value value, double share) {
    return keep(number,
                e.fma(this->number(share), slot(number), e.mulf(this->number(1 - share), value)));
  }
  Value square(Value value) { return e.mulf(value, value); }

  Emitter &e;
  Value gradient, weight;
  /// What a rule leaves in the place of the gradient, or null.
  Value direction;

private:
  ArrayRef<Value> slots;
  Value index, mask;
};

/// What a rule makes of the weight, after that of `Elements` has decayed. Slots as
/// `optimizerSlots` has them.
using Rule = std::function<Value(Elements &x)>;

} // namespace

/// w -= lr g; with momentum v = momentum v - lr g, w += v, or w += momentum v - lr g.
static Rule sgdRule(Step &step) {
  const double momentum = step.setting("momentum");
  const bool nesterov = step.setting("nesterov") != 0;
  Value rate = step.forElements(step.rate);
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value change = e.mulf(rate, x.gradient);
    if (momentum == 0)
      return e.subf(x.weight, change);
    Value factor = x.number(momentum);
    Value velocity = x.keep(0, e.subf(e.mulf(factor, x.slot(0)), change));
    return nesterov ? e.subf(e.fma(factor, velocity, x.weight), change)
                    : e.addf(x.weight, velocity);
  };
}

/// m += (g - m)(1 - β1); v += (g² - v)(1 - β2);
/// w -= m lr √(1 - β2^t) / (1 - β1^t) / (√v + ε). With amsgrad the largest v so far.
/// Kingma and Ba, 2015; Reddi et al., 2018.
static Rule adamRule(Step &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  const bool amsgrad = step.setting("amsgrad") != 0;
  Emitter &e = step.e;
  Value alpha =
      step.forElements(e.divf(e.mulf(step.wideRate(), e.sqrt(step.seen(beta2))), step.seen(beta1)));
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value m = x.running(0, x.gradient, beta1), v = x.running(1, x.square(x.gradient), beta2);
    if (amsgrad)
      v = x.keep(2, e.maximum(x.slot(2), v));
    Value root = e.addf(e.sqrt(v), x.number(epsilon));
    return e.subf(x.weight, e.divf(e.mulf(m, alpha), root));
  };
}

/// m and v as of Adam; the direction is (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε). You et al.,
/// 2020.
static Rule lambRule(Step &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  Emitter &e = step.e;
  auto correction = [&](double beta) {
    return step.forElements(e.divf(step.wide(1), step.seen(beta)));
  };
  Value ofMean = correction(beta1), ofSquares = correction(beta2);
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value m = x.running(0, x.gradient, beta1), v = x.running(1, x.square(x.gradient), beta2);
    Value root = e.addf(e.sqrt(e.mulf(v, ofSquares)), x.number(epsilon));
    x.direction = e.divf(e.mulf(m, ofMean), root);
    return x.weight;
  };
}

/// m as of Adam; u = max(β2 u, |g|); w -= lr / (1 - β1^t) m / (u + ε). Kingma and Ba, 2015.
static Rule adamaxRule(Step &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  Value alpha = step.forElements(step.e.divf(step.wideRate(), step.seen(beta1)));
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value m = x.running(0, x.gradient, beta1);
    Value size = e.create<LLVM::FAbsOp>(x.gradient);
    Value norm = x.keep(1, e.maximum(e.mulf(x.number(beta2), x.slot(1)), size));
    return e.subf(x.weight, e.divf(e.mulf(alpha, m), e.addf(norm, x.number(epsilon))));
  };
}

/// m and v as of Adam. With u(t) = β1 (1 - 0.96^t / 2) and U(t) their product from 1 to t:
/// w -= lr (u(t+1) m / (1 - U(t+1)) + (1 - u(t)) g / (1 - U(t))) / (√(v / (1 - β2^t)) + ε).
/// Dozat, 2016.
static Rule nadamRule(Step &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  constexpr double decay = 0.96;
  Emitter &e = step.e;
  auto schedule = [&](Emitter &e, Value power) {
    return e.mulf(step.wide(beta1), e.subf(step.wide(1), e.mulf(step.wide(0.5), power)));
  };
  // U(t). It is below 10^-6 after 256 factors, and those behind are β1 within 10^-5 of it.
  constexpr int64_t most = 256;
  Value number = e.create<arith::FPToSIOp>(e.i64Type(), step.number);
  Value count = e.min(number, e.i64(most));
  Value product =
      e.loop(e.i64(0), count, 1, {step.wide(1), step.wide(1)}, [&](Value, ValueRange carried) {
        Value power = e.mulf(carried[1], step.wide(decay));
        return Values{e.mulf(carried[0], schedule(e, power)), power};
      })[0];
  Value behind = e.create<arith::SIToFPOp>(step.number.getType(), e.sub(number, count));
  product = e.mulf(product, step.power(beta1, behind));
  Value power = step.power(decay, step.number);
  Value now = schedule(e, power), next = schedule(e, e.mulf(power, step.wide(decay)));
  Value one = step.wide(1), rate = step.wideRate();
  auto over = [&](Value factor, Value product) {
    return step.forElements(e.divf(e.mulf(rate, factor), e.subf(one, product)));
  };
  Value ofMean = over(next, e.mulf(product, next)), ofGradient = over(e.subf(one, now), product);
  Value correction = step.forElements(e.divf(one, step.seen(beta2)));
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value m = x.running(0, x.gradient, beta1), v = x.running(1, x.square(x.gradient), beta2);
    Value mean = e.fma(ofMean, m, e.mulf(ofGradient, x.gradient));
    Value root = e.addf(e.sqrt(e.mulf(v, correction)), x.number(epsilon));
    return e.subf(x.weight, e.divf(mean, root));
  };
}

/// v = ρ v + (1 - ρ) g²; d = v + ε, or centered, with a = ρ a + (1 - ρ) g, v - a² + ε. Then
/// w -= lr g / √d, or with momentum q = momentum q + lr g / √d, w -= q. Tieleman and Hinton, 2012.
static Rule rmspropRule(Step &step) {
  const double rho = step.setting("rho", 0.9), momentum = step.setting("momentum");
  const double epsilon = step.setting("epsilon", 1e-7);
  const bool centered = step.setting("centered") != 0;
  Value rate = step.forElements(step.rate);
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value variance = x.weighted(0, x.square(x.gradient), rho);
    if (centered)
      variance = e.subf(variance, x.square(x.weighted(momentum != 0 ? 2 : 1, x.gradient, rho)));
    Value root = e.sqrt(e.addf(variance, x.number(epsilon)));
    Value change = e.divf(e.mulf(rate, x.gradient), root);
    if (momentum != 0)
      change = x.keep(1, e.fma(x.number(momentum), x.slot(1), change));
    return e.subf(x.weight, change);
  };
}

/// a += g²; w -= lr g / √(a + ε). Duchi et al., 2011.
static Rule adagradRule(Step &step) {
  const double epsilon = step.setting("epsilon", 1e-7);
  Value rate = step.forElements(step.rate);
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value sum = x.keep(0, e.fma(x.gradient, x.gradient, x.slot(0)));
    Value root = e.sqrt(e.addf(sum, x.number(epsilon)));
    return e.subf(x.weight, e.divf(e.mulf(rate, x.gradient), root));
  };
}

/// a = ρ a + (1 - ρ) g²; d = g √(b + ε) / √(a + ε); b = ρ b + (1 - ρ) d²; w -= lr d. Zeiler, 2012.
static Rule adadeltaRule(Step &step) {
  const double rho = step.setting("rho", 0.95), epsilon = step.setting("epsilon", 1e-7);
  Value rate = step.forElements(step.rate);
  return [=](Elements &x) {
    Emitter &e = x.e;
    auto root = [&](Value value) { return e.sqrt(e.addf(value, x.number(epsilon))); };
    Value gradients = x.weighted(0, x.square(x.gradient), rho);
    Value change = e.divf(e.mulf(root(x.slot(1)), x.gradient), root(gradients));
    x.weighted(1, x.square(change), rho);
    return e.subf(x.weight, e.mulf(rate, change));
  };
}

/// w -= lr sign(β1 m + (1 - β1) g); m = β2 m + (1 - β2) g. Chen et al., 2023.
static Rule lionRule(Step &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.99);
  Value rate = step.forElements(step.rate);
  return [=](Elements &x) {
    Emitter &e = x.e;
    Value mean = e.fma(x.number(beta1), x.slot(0), e.mulf(x.number(1 - beta1), x.gradient));
    Value zero = x.number(0);
    auto where = [&](arith::CmpFPredicate predicate, Value value, Value otherwise) -> Value {
      return e.create<arith::SelectOp>(e.comparef(predicate, mean, zero), value, otherwise);
    };
    // What is no number stays none.
    Value negative = where(arith::CmpFPredicate::OLT, x.number(-1), mean);
    Value sign = where(arith::CmpFPredicate::OGT, x.number(1), negative);
    x.weighted(0, x.gradient, beta2);
    return e.subf(x.weight, e.mulf(rate, sign));
  };
}

/// With p = -learning_rate_power, s = 2 l2_shrinkage w + g and a' = a + g²:
/// l += s - (a'^p - a^p) / lr w; w = (clip(l, ±l1) - l) / (a'^p / lr + 2 l2 + β / lr).
/// McMahan et al., 2013.
static Rule ftrlRule(Step &step) {
  const double power = -step.setting("learning_rate_power", -0.5);
  const double l1 = step.setting("l1_regularization_strength");
  const double l2 = step.setting("l2_regularization_strength");
  const double shrinkage = step.setting("l2_shrinkage_regularization_strength");
  Emitter &e = step.e;
  Value rate = step.forElements(step.rate);
  Value offset = step.forElements(
      e.addf(step.wide(2 * l2), e.divf(step.wide(step.setting("beta")), step.wideRate())));
  return [=](Elements &x) {
    Emitter &e = x.e;
    auto raised = [&](Value value) {
      return power == 0.5 ? e.sqrt(value) : emitPow(e, value, x.number(power));
    };
    Value before = x.slot(0);
    Value after = x.keep(0, e.fma(x.gradient, x.gradient, before));
    Value root = raised(after);
    Value shrunk = e.fma(x.number(2 * shrinkage), x.weight, x.gradient);
    Value pulled = e.mulf(e.divf(e.subf(root, raised(before)), rate), x.weight);
    Value linear = x.keep(1, e.addf(x.slot(1), e.subf(shrunk, pulled)));
    Value clipped = e.minimum(e.maximum(linear, x.number(-l1)), x.number(l1));
    return e.divf(e.subf(clipped, linear), e.addf(e.divf(root, rate), offset));
  };
}

static Rule makeRule(StringRef optimizer, Step &step) {
  using Make = Rule (*)(Step &);
  Make make = llvm::StringSwitch<Make>(optimizer)
                  .Case("sgd", sgdRule)
                  .Case("adam", adamRule)
                  .Case("lamb", lambRule)
                  .Case("adamax", adamaxRule)
                  .Case("nadam", nadamRule)
                  .Case("rmsprop", rmspropRule)
                  .Case("adagrad", adagradRule)
                  .Case("adadelta", adadeltaRule)
                  .Case("lion", lionRule)
                  .Case("ftrl", ftrlRule);
  return make(step);
}

LogicalResult launchUpdate(EntryBuilder &entry, kernel::UpdateOp op) {
  DictionaryAttr optimizer = op.getOptimizer();
  StringRef name = optimizer.getAs<StringAttr>("name").getValue();
  const double decay = optimizerSetting(optimizer, "weight_decay");
  const int64_t accumulation = accumulationSteps(optimizer);
  auto body = [&](Emitter &e, const KernelArguments &k) {
    Type f64 = e.builder().getF64Type();
    ArrayRef<Value> pointers(k.pointers);
    ArrayRef<Value> slots = pointers.drop_front(2).drop_back(2), scalars = pointers.take_back(2);
    Value t = e.load(scalars[1], e.i64Type());
    where(e, isUpdateStep(e, t, accumulation), [&] {
      Value number = accumulation > 1 ? e.add(updatesBefore(e, t, accumulation), e.i64(1)) : t;
      Step step(e, entry.module().declare("pow", f64, {f64, f64}), e.load(scalars[0], e.f32()),
                number, optimizer);
      Rule rule = makeRule(name, step);
      Value rate = step.forElements(step.rate);
      overBlocks(e, k, kBlock, [&](Value index, Value mask) {
        Elements x(e, slots, index, mask);
        x.gradient = x.load(pointers[1]);
        x.weight = x.load(pointers[0]);
        if (decay != 0)
          x.weight = e.subf(x.weight, e.mulf(e.mulf(x.weight, x.number(decay)), rate));
        x.store(rule(x), pointers[0]);
        if (x.direction)
          x.store(x.direction, pointers[1]);
      });
    });
  };
  Values pointers;
  for (Value buffer : op->getOperands())
    pointers.push_back(entry.buffer(buffer).pointer);
  // A root and a division each, but for the simplest one.
  const int64_t cost = name == "sgd" ? 1 : 8;
  launchBlocks(entry, (name + "_update").str(), llvm::formatv("{0}", Attribute(optimizer)),
               std::move(pointers),
               {numElements(entry.emitter(), entry.buffer(op.getParameters()))}, kBlock, cost,
               body);
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
