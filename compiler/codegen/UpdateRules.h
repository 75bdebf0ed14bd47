//===- UpdateRules.h - What optimizers make of weights ----------*- C++ -*-===//
//
// The formulas of optimizers on vectors of elements, and what they read: the scalars of a step,
// and gradients, weights and slots. Optimizers.cpp walks them over the buffers.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_UPDATERULES_H
#define RONDO_COMPILER_CODEGEN_UPDATERULES_H

#include "compiler/codegen/Emitter.h"
#include "compiler/signature/OptimizerRules.h"
#include <functional>

namespace rondo::codegen {

/// The scalars of a step, which are the same for all elements. Those that depend on the step's
/// number are computed in double precision.
class UpdateStep {
public:
  /// `number` is that of the update.
  UpdateStep(Emitter &e, mlir::LLVM::LLVMFuncOp pow, Value rate, Value number,
             mlir::DictionaryAttr optimizer)
      : rate(rate), number(e.create<mlir::arith::SIToFPOp>(f64(e), number)), e(e), pow(pow),
        optimizer(optimizer) {}

  double setting(llvm::StringRef name, double otherwise = 0) const {
    return optimizerSetting(optimizer, name, otherwise);
  }
  Value wide(double value) { return e.constant(f64(e), value); }
  Value wideRate() { return e.create<mlir::arith::ExtFOp>(f64(e), rate); }
  Value power(double base, Value exponent) {
    return e.create<mlir::LLVM::CallOp>(pow, ValueRange{wide(base), exponent}).getResult();
  }
  /// 1 - beta^t: what a running mean that started at zero has seen so far.
  Value seen(double beta) { return e.subf(wide(1), power(beta, number)); }
  /// In all lanes, as elements are.
  Value forElements(Value value) {
    if (!value.getType().isF32())
      value = e.create<mlir::arith::TruncFOp>(e.f32(), value);
    return e.splat(value);
  }

  const Value rate, number; ///< f32; t ≥ 1 as f64
  Emitter &e;

private:
  static Type f64(Emitter &e) { return e.builder().getF64Type(); }

  mlir::LLVM::LLVMFuncOp pow;
  mlir::DictionaryAttr optimizer;
};

/// A vector of elements on its way.
class UpdateElements {
public:
  UpdateElements(Emitter &e, llvm::ArrayRef<Value> slots, Value index, Value mask)
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
  llvm::ArrayRef<Value> slots;
  Value index, mask;
};

/// What a rule makes of the weight, after that of `UpdateElements` has decayed. Slots as
/// `optimizerSlots` has them.
using UpdateRule = std::function<Value(UpdateElements &x)>;

/// The rule of an optimizer of this name, with the scalars that it computes once.
UpdateRule makeUpdateRule(llvm::StringRef optimizer, UpdateStep &step);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_UPDATERULES_H
