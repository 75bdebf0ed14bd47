//===- Emitter.cpp - Building blocks of generated code --------------------===//
//
// Vectors are made with LLVM's own instructions rather than the vector dialect:
// the few that kernels need lower one to one, at no cost in compile time.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Emitter.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

Emitter::Emitter(OpBuilder &builder, Location loc, Isa isa)
    : b(builder), location(loc), target(isa) {}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type Emitter::sameLanes(Type element, Type like) {
  auto vector = dyn_cast<VectorType>(like);
  return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

Type Emitter::vectorOf(Type element) { return VectorType::get({int64_t(lanes())}, element); }

/// How an element lies in memory.
static Type storedType(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : element;
}

static unsigned storedBytes(Type element) {
  return storedType(element).getIntOrFloatBitWidth() / 8;
}

//===----------------------------------------------------------------------===//
// i64 and i1
//===----------------------------------------------------------------------===//

Value Emitter::i64(int64_t value) { return create<arith::ConstantIntOp>(value, 64); }

Value Emitter::product(ValueRange factors) {
  Value result = i64(1);
  for (Value factor : factors)
    result = mul(result, factor);
  return result;
}

Value Emitter::compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
  return b.createOrFold<arith::CmpIOp>(location, predicate, lhs, rhs);
}

Value Emitter::select(Value condition, Value onTrue, Value onFalse) {
  return create<LLVM::SelectOp>(condition, onTrue, onFalse);
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

Values Emitter::loop(Value begin, Value end, int64_t step, ValueRange init, LoopBody body) {
  // Filled when it has its place in the function, which `stack` looks for.
  auto loop = create<scf::ForOp>(begin, end, i64(step), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!init.empty()) // otherwise the loop has a terminator
    create<scf::YieldOp>(next);
  return Values(loop.getResults());
}

void Emitter::loop(Value begin, Value end, int64_t step, llvm::function_ref<void(Value)> body) {
  loop(begin, end, step, ValueRange(), [&](Value index, ValueRange) {
    body(index);
    return Values();
  });
}

void Emitter::ifThen(Value condition, llvm::function_ref<void()> then,
                     llvm::function_ref<void()> otherwise) {
  // Filled in its place, as a loop is.
  auto branch = create<scf::IfOp>(condition, /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
  if (otherwise) {
    b.setInsertionPointToStart(branch.elseBlock());
    otherwise();
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value Emitter::at(Value pointer, Value index, Type element) {
  return create<LLVM::GEPOp>(pointerType(), storedType(element), pointer,
                             ArrayRef<LLVM::GEPArg>{index});
}

Value Emitter::load(Value pointer, Type type) {
  Value value = create<LLVM::LoadOp>(storedType(type), pointer);
  if (!type.isInteger(1))
    return value;
  return compare(arith::CmpIPredicate::ne, value, constantInt(value.getType(), 0));
}

void Emitter::store(Value value, Value pointer) {
  if (value.getType().isInteger(1))
    value = create<arith::ExtUIOp>(storedType(value.getType()), value);
  create<LLVM::StoreOp>(value, pointer);
}

Value Emitter::stack(Type element, int64_t count) {
  Region *body = b.getInsertionBlock()->getParent();
  while (!mlir::isa<LLVM::LLVMFuncOp>(body->getParentOp()))
    body = body->getParentOp()->getParentRegion();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&body->front());
  return create<LLVM::AllocaOp>(pointerType(), element, i64(count), /*alignment=*/64);
}

void Emitter::copy(Value to, Value from, Value count, Type element) {
  create<LLVM::MemcpyOp>(to, from, mul(count, i64(storedBytes(element))), /*isVolatile=*/false);
}

void Emitter::clear(Value to, Value count, Type element) {
  create<LLVM::MemsetOp>(to, constantInt(b.getI8Type(), 0), mul(count, i64(storedBytes(element))),
                         /*isVolatile=*/false);
}

void Emitter::prefetch(Value pointer) {
  constexpr unsigned read = 0, everyLevel = 3, data = 1;
  create<LLVM::Prefetch>(pointer, read, everyLevel, data);
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

Value Emitter::iota() {
  SmallVector<int32_t> numbers(lanes());
  for (auto [lane, number] : llvm::enumerate(numbers))
    number = lane;
  return create<arith::ConstantOp>(b.getI32VectorAttr(numbers));
}

Value Emitter::maskOf(Value count) {
  Value clamped = min(count, i64(lanes()));
  Value narrow = create<arith::TruncIOp>(b.getI32Type(), clamped);
  return create<arith::CmpIOp>(arith::CmpIPredicate::slt, iota(), splat(narrow));
}

Value Emitter::splat(Value scalar) {
  Type type = vectorOf(scalar.getType());
  Value none = create<LLVM::UndefOp>(type);
  Value first = create<LLVM::InsertElementOp>(none, scalar, constantInt(b.getI32Type(), 0));
  return create<LLVM::ShuffleVectorOp>(first, none, SmallVector<int32_t>(lanes(), 0));
}

Value Emitter::loadLanes(Value pointer, Type element, Value mask) {
  Type stored = storedType(element);
  Type type = vectorOf(stored);
  Value value;
  if (!mask) {
    value = create<LLVM::LoadOp>(type, pointer, /*alignment=*/storedBytes(element));
  } else {
    Value filler = mlir::isa<FloatType>(stored) ? constant(type, 0) : constantInt(type, 0);
    value = create<LLVM::MaskedLoadOp>(type, pointer, mask, filler, storedBytes(element));
  }
  if (!element.isInteger(1))
    return value;
  return create<arith::CmpIOp>(arith::CmpIPredicate::ne, value, constantInt(type, 0));
}

void Emitter::storeLanes(Value value, Value pointer, Value mask) {
  Type element = cast<VectorType>(value.getType()).getElementType();
  unsigned bytes = storedBytes(element);
  if (element.isInteger(1))
    value = create<arith::ExtUIOp>(vectorOf(storedType(element)), value);
  if (mask)
    create<LLVM::MaskedStoreOp>(value, pointer, mask, bytes);
  else
    create<LLVM::StoreOp>(value, pointer, bytes);
}

Value Emitter::constant(Type type, double value) {
  TypedAttr attribute = b.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, attribute);
  return create<arith::ConstantOp>(attribute);
}

Value Emitter::constantInt(Type type, int64_t value) {
  TypedAttr attribute = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attribute = DenseElementsAttr::get(vector, attribute);
  return create<arith::ConstantOp>(attribute);
}

Value Emitter::fold(Value vector, llvm::function_ref<Value(Value, Value)> combine) {
  for (int32_t half = lanes() / 2; half > 0; half /= 2) {
    SmallVector<int32_t> low, high;
    for (int32_t lane = 0; lane < half; ++lane) {
      low.push_back(lane);
      high.push_back(lane + half);
    }
    vector = combine(create<LLVM::ShuffleVectorOp>(vector, vector, low),
                     create<LLVM::ShuffleVectorOp>(vector, vector, high));
  }
  return create<LLVM::ExtractElementOp>(vector, constantInt(b.getI32Type(), 0));
}

void Emitter::transpose(Values &square) {
  // Stage by stage, blocks off the diagonal change places (Eklundh, 1972).
  const int32_t count = lanes();
  for (int32_t block = 1; block < count; block *= 2) {
    SmallVector<int32_t> upper, lower;
    for (int32_t lane = 0; lane < count; ++lane) {
      upper.push_back(lane & block ? count + lane - block : lane);
      lower.push_back(lane & block ? count + lane : lane + block);
    }
    for (int32_t row = 0; row < count; ++row) {
      if (row & block)
        continue;
      Value &first = square[row], &second = square[row + block];
      Value up = create<LLVM::ShuffleVectorOp>(first, second, upper);
      second = create<LLVM::ShuffleVectorOp>(first, second, lower);
      first = up;
    }
  }
}

void Emitter::lanesLoop(Value begin, Value end,
                        llvm::function_ref<void(Value index, Value mask)> body) {
  Value count = max(sub(end, begin), i64(0));
  Value whole = add(begin, roundDown(count, lanes()));
  loop(begin, whole, lanes(), [&](Value index) { body(index, {}); });
  ifThen(less(whole, end), [&] { body(whole, maskOf(sub(end, whole))); });
}

Value Emitter::sqrt(Value x) { return create<LLVM::SqrtOp>(x); }

} // namespace rondo::codegen
