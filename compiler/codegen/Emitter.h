//===- Emitter.h - Building blocks of generated code ------------*- C++ -*-===//
//
// A thin layer over the op builder in which kernels are written: i64
// arithmetic, loops, pointers, and values of one element or one vector of
// lanes. Addresses are `!llvm.ptr` and all sizes i64, so that nothing has to be
// converted later. Constants fold as they are built.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_EMITTER_H
#define RONDO_COMPILER_CODEGEN_EMITTER_H

#include "compiler/Isa.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace rondo::codegen {

using mlir::Location;
using mlir::OpBuilder;
using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using Values = llvm::SmallVector<Value>;

class Emitter {
public:
  Emitter(OpBuilder &builder, Location loc, Isa isa);

  OpBuilder &builder() { return b; }
  Location loc() const { return location; }
  Isa isa() const { return target; }
  unsigned lanes() const { return isaLanes(target); }
  template <typename Op, typename... Args> Op create(Args &&...args) {
    return b.create<Op>(location, std::forward<Args>(args)...);
  }

  // --- types ----------------------------------------------------------------
  Type f32() { return b.getF32Type(); }
  Type i64Type() { return b.getI64Type(); }
  Type pointerType() { return mlir::LLVM::LLVMPointerType::get(b.getContext()); }
  /// `element`, or a vector of it that has as many lanes as `like`.
  Type sameLanes(Type element, Type like);
  /// A full vector of `element`.
  Type vectorOf(Type element);

  // --- i64 and i1 -----------------------------------------------------------
  Value i64(int64_t value);
  Value add(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::AddIOp>(location, lhs, rhs);
  }
  Value sub(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::SubIOp>(location, lhs, rhs);
  }
  Value mul(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::MulIOp>(location, lhs, rhs);
  }
  /// Quotient and remainder of values that are not negative.
  Value div(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::DivUIOp>(location, lhs, rhs);
  }
  Value rem(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::RemUIOp>(location, lhs, rhs);
  }
  Value ceilDiv(Value lhs, int64_t rhs) { return ceilDiv(lhs, i64(rhs)); }
  Value ceilDiv(Value lhs, Value rhs) { return div(add(lhs, sub(rhs, i64(1))), rhs); }
  /// The largest multiple of `factor` in [0, value].
  Value roundDown(Value value, int64_t factor) { return sub(value, rem(value, i64(factor))); }
  Value min(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::MinSIOp>(location, lhs, rhs);
  }
  Value max(Value lhs, Value rhs) {
    return b.createOrFold<mlir::arith::MaxSIOp>(location, lhs, rhs);
  }
  Value product(ValueRange factors);
  Value compare(mlir::arith::CmpIPredicate predicate, Value lhs, Value rhs);
  Value equal(Value lhs, Value rhs) { return compare(mlir::arith::CmpIPredicate::eq, lhs, rhs); }
  Value less(Value lhs, Value rhs) { return compare(mlir::arith::CmpIPredicate::slt, lhs, rhs); }
  Value select(Value condition, Value onTrue, Value onFalse);

  // --- control flow ---------------------------------------------------------
  using LoopBody = llvm::function_ref<Values(Value index, ValueRange carried)>;
  /// for (index = begin; index < end; index += step) carried = body(index, carried)
  Values loop(Value begin, Value end, int64_t step, ValueRange init, LoopBody body);
  void loop(Value begin, Value end, int64_t step, llvm::function_ref<void(Value index)> body);
  void ifThen(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise = nullptr);

  // --- memory ---------------------------------------------------------------
  /// &pointer[index] for elements of `element`, as they lie in memory.
  Value at(Value pointer, Value index, Type element);
  Value at(Value pointer, Value index) { return at(pointer, index, f32()); }
  Value null() { return create<mlir::LLVM::ZeroOp>(pointerType()); }
  /// One scalar of the type.
  Value load(Value pointer, Type type);
  void store(Value value, Value pointer);
  /// Stack memory for `count` elements, taken in the function's first block.
  Value stack(Type element, int64_t count);
  void copy(Value to, Value from, Value count, Type element);
  void clear(Value to, Value count, Type element);
  /// Asks for the cache line at `pointer`, which need not be memory that may be read.
  void prefetch(Value pointer);

  // --- lanes ----------------------------------------------------------------
  // Elements are f32, i32, i64 or i1; an i1 is a byte of 0 or 1 in memory. A
  // mask (vector of i1) selects lanes; null means all.

  /// The mask of lanes [0, count); all lanes when count ≥ lanes().
  Value maskOf(Value count);
  /// A vector from consecutive elements; lanes that the mask leaves out hold zero.
  Value loadLanes(Value pointer, Type element, Value mask = {});
  void storeLanes(Value value, Value pointer, Value mask = {});
  Value splat(Value scalar);
  /// 0, 1, 2, … as a vector of i32.
  Value iota();
  /// A constant of `type`, a scalar or vector of floats or integers.
  Value constant(Type type, double value);
  Value constantInt(Type type, int64_t value);
  /// Combines the lanes of a vector pairwise, always in the same order.
  Value fold(Value vector, llvm::function_ref<Value(Value, Value)> combine);
  /// Transposes as many vectors as there are lanes.
  void transpose(Values &square);
  /// body(column, mask) over [0, count): whole vectors, then a masked one.
  void lanesLoop(Value begin, Value end, llvm::function_ref<void(Value index, Value mask)> body);

  // --- floats: scalars or vectors alike ---------------------------------------
  Value addf(Value lhs, Value rhs) { return create<mlir::arith::AddFOp>(lhs, rhs); }
  Value subf(Value lhs, Value rhs) { return create<mlir::arith::SubFOp>(lhs, rhs); }
  Value mulf(Value lhs, Value rhs) { return create<mlir::arith::MulFOp>(lhs, rhs); }
  Value divf(Value lhs, Value rhs) { return create<mlir::arith::DivFOp>(lhs, rhs); }
  /// a * b + c, rounded once.
  Value fma(Value a, Value b, Value c) { return create<mlir::LLVM::FMAOp>(a, b, c); }
  Value sqrt(Value x);
  Value maximum(Value lhs, Value rhs) { return create<mlir::arith::MaximumFOp>(lhs, rhs); }
  Value minimum(Value lhs, Value rhs) { return create<mlir::arith::MinimumFOp>(lhs, rhs); }
  Value comparef(mlir::arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    return create<mlir::arith::CmpFOp>(predicate, lhs, rhs);
  }

private:
  OpBuilder &b;
  Location location;
  Isa target;
};

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_EMITTER_H
