//===- UpdateRules.cpp - What optimizers make of weights ------------------===//
//
// One function for each optimizer: it computes the scalars of a step and returns what
// becomes of elements.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/UpdateRules.h"
#include "compiler/codegen/Math.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace rondo::codegen {

/// w -= lr g; with momentum v = momentum v - lr g, w += v, or w += momentum v - lr g.
static UpdateRule sgdRule(UpdateStep &step) {
  const double momentum = step.setting("momentum");
  const bool nesterov = step.setting("nesterov") != 0;
  Value rate = step.forElements(step.rate);
  return [=](UpdateElements &x) {
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
static UpdateRule adamRule(UpdateStep &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  const bool amsgrad = step.setting("amsgrad") != 0;
  Emitter &e = step.e;
  Value alpha =
      step.forElements(e.divf(e.mulf(step.wideRate(), e.sqrt(step.seen(beta2))), step.seen(beta1)));
  return [=](UpdateElements &x) {
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
static UpdateRule lambRule(UpdateStep &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  Emitter &e = step.e;
  auto correction = [&](double beta) {
    return step.forElements(e.divf(step.wide(1), step.seen(beta)));
  };
  Value ofMean = correction(beta1), ofSquares = correction(beta2);
  return [=](UpdateElements &x) {
    Emitter &e = x.e;
    Value m = x.running(0, x.gradient, beta1), v = x.running(1, x.square(x.gradient), beta2);
    Value root = e.addf(e.sqrt(e.mulf(v, ofSquares)), x.number(epsilon));
    x.direction = e.divf(e.mulf(m, ofMean), root);
    return x.weight;
  };
}

/// m as of Adam; u = max(β2 u, |g|); w -= lr / (1 - β1^t) m / (u + ε). Kingma and Ba, 2015.
static UpdateRule adamaxRule(UpdateStep &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.999);
  const double epsilon = step.setting("epsilon", 1e-7);
  Value alpha = step.forElements(step.e.divf(step.wideRate(), step.seen(beta1)));
  return [=](UpdateElements &x) {
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
static UpdateRule nadamRule(UpdateStep &step) {
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
  return [=](UpdateElements &x) {
    Emitter &e = x.e;
    Value m = x.running(0, x.gradient, beta1), v = x.running(1, x.square(x.gradient), beta2);
    Value mean = e.fma(ofMean, m, e.mulf(ofGradient, x.gradient));
    Value root = e.addf(e.sqrt(e.mulf(v, correction)), x.number(epsilon));
    return e.subf(x.weight, e.divf(mean, root));
  };
}

/// v = ρ v + (1 - ρ) g²; d = v + ε, or centered, with a = ρ a + (1 - ρ) g, v - a² + ε. Then
/// w -= lr g / √d, or with momentum q = momentum q + lr g / √d, w -= q. Tieleman and Hinton, 2012.
static UpdateRule rmspropRule(UpdateStep &step) {
  const double rho = step.setting("rho", 0.9), momentum = step.setting("momentum");
  const double epsilon = step.setting("epsilon", 1e-7);
  const bool centered = step.setting("centered") != 0;
  Value rate = step.forElements(step.rate);
  return [=](UpdateElements &x) {
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
static UpdateRule adagradRule(UpdateStep &step) {
  const double epsilon = step.setting("epsilon", 1e-7);
  Value rate = step.forElements(step.rate);
  return [=](UpdateElements &x) {
    Emitter &e = x.e;
    Value sum = x.keep(0, e.fma(x.gradient, x.gradient, x.slot(0)));
    Value root = e.sqrt(e.addf(sum, x.number(epsilon)));
    return e.subf(x.weight, e.divf(e.mulf(rate, x.gradient), root));
  };
}

/// a = ρ a + (1 - ρ) g²; d = g √(b + ε) / √(a + ε); b = ρ b + (1 - ρ) d²; w -= lr d. Zeiler, 2012.
static UpdateRule adadeltaRule(UpdateStep &step) {
  const double rho = step.setting("rho", 0.95), epsilon = step.setting("epsilon", 1e-7);
  Value rate = step.forElements(step.rate);
  return [=](UpdateElements &x) {
    Emitter &e = x.e;
    auto root = [&](Value value) { return e.sqrt(e.addf(value, x.number(epsilon))); };
    Value gradients = x.weighted(0, x.square(x.gradient), rho);
    Value change = e.divf(e.mulf(root(x.slot(1)), x.gradient), root(gradients));
    x.weighted(1, x.square(change), rho);
    return e.subf(x.weight, e.mulf(rate, change));
  };
}

/// w -= lr sign(β1 m + (1 - β1) g); m = β2 m + (1 - β2) g. Chen et al., 2023.
static UpdateRule lionRule(UpdateStep &step) {
  const double beta1 = step.setting("beta_1", 0.9), beta2 = step.setting("beta_2", 0.99);
  Value rate = step.forElements(step.rate);
  return [=](UpdateElements &x) {
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
static UpdateRule ftrlRule(UpdateStep &step) {
  const double power = -step.setting("learning_rate_power", -0.5);
  const double l1 = step.setting("l1_regularization_strength");
  const double l2 = step.setting("l2_regularization_strength");
  const double shrinkage = step.setting("l2_shrinkage_regularization_strength");
  Emitter &e = step.e;
  Value rate = step.forElements(step.rate);
  Value offset = step.forElements(
      e.addf(step.wide(2 * l2), e.divf(step.wide(step.setting("beta")), step.wideRate())));
  return [=](UpdateElements &x) {
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

UpdateRule makeUpdateRule(StringRef optimizer, UpdateStep &step) {
  using Make = UpdateRule (*)(UpdateStep &);
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

} // namespace rondo::codegen
