//===- Regions.cpp - Scalar regions on vectors ----------------------------===//
//
// Ops of arith act on vectors as on scalars, so lifting one is cloning it with
// vector types; math ops become code of Math.h.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Regions.h"
#include "compiler/codegen/Math.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace rondo::codegen {

static bool isLiftableArith(Operation &op) {
  return isa<arith::ArithDialect>(op.getDialect()) && op.getNumResults() == 1 &&
         OpTrait::hasElementwiseMappableTraits(&op);
}

/// Ops that take as long as many others.
static bool isCostly(Operation &op) {
  return isa<kernel::RandomOp, math::ExpOp, math::ExpM1Op, math::LogOp, math::Log1pOp, math::TanhOp,
             math::ErfOp, math::PowFOp, math::SinOp, math::CosOp>(op);
}

static bool isMath(Operation &op) {
  return isCostly(op) || isa<math::SqrtOp, math::AbsFOp, math::FloorOp, math::FmaOp>(op);
}

static bool isElement(Type type) {
  return type.isF32() || type.isInteger(1) || type.isInteger(8) || type.isInteger(32);
}

LogicalResult checkRegion(Region &region) {
  for (Operation &op : region.front()) {
    if (!isa<kernel::YieldOp, kernel::IndexOp, arith::ConstantOp>(op) && !isLiftableArith(op) &&
        !isMath(op))
      return op.emitError("no vector code for this op in a kernel region");
    for (Type type : op.getResultTypes())
      if (!isElement(type))
        return op.emitError("values in a kernel region must be f32, i32, i8 or i1");
  }
  return success();
}

std::string describeRegion(Region &region) {
  std::string text;
  llvm::raw_string_ostream out(text);
  DenseMap<Value, unsigned> numbers;
  for (Value argument : region.getArguments()) {
    numbers.try_emplace(argument, numbers.size());
    out << argument.getType() << ' ';
  }
  for (Operation &op : region.front()) {
    out << '|' << op.getName() << op.getAttrDictionary();
    for (Value operand : op.getOperands())
      out << ' ' << numbers.lookup(operand);
    for (Value result : op.getResults()) {
      numbers.try_emplace(result, numbers.size());
      out << ':' << result.getType();
    }
  }
  return text;
}

int64_t regionCost(Region &region) {
  int64_t cost = 1;
  for (Operation &op : region.front())
    cost += isCostly(op) ? 16 : 1;
  return cost;
}

SmallVector<unsigned> indexedDimensions(Region &region) {
  SmallVector<unsigned> dimensions;
  for (auto op : region.getOps<kernel::IndexOp>())
    dimensions.push_back(op.getDim());
  return dimensions;
}

Value emitRegion(Emitter &e, Region &region, ValueRange arguments,
                 llvm::function_ref<Value(unsigned)> position,
                 llvm::function_ref<Value()> element) {
  IRMapping mapping;
  mapping.map(region.getArguments(), arguments);
  for (Operation &op : region.front().without_terminator()) {
    auto operand = [&](unsigned index) { return mapping.lookup(op.getOperand(index)); };
    Value lifted =
        llvm::TypeSwitch<Operation *, Value>(&op)
            .Case([&](kernel::IndexOp index) { return position(index.getDim()); })
            .Case([&](kernel::RandomOp random) {
              auto emit = random.getNormal() ? emitRandomNormal : emitRandom;
              return emit(e, element(), operand(0), operand(1));
            })
            .Case([&](arith::ConstantOp constant) -> Value {
              Type type = e.vectorOf(constant.getType());
              if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
                return e.constant(type, number.getValueAsDouble());
              return e.constantInt(type, cast<IntegerAttr>(constant.getValue()).getInt());
            })
            .Case([&](math::ExpOp) { return emitExp(e, operand(0)); })
            .Case([&](math::LogOp) { return emitLog(e, operand(0)); })
            .Case([&](math::TanhOp) { return emitTanh(e, operand(0)); })
            .Case([&](math::ExpM1Op) { return emitExpm1(e, operand(0)); })
            .Case([&](math::Log1pOp) { return emitLog1p(e, operand(0)); })
            .Case([&](math::ErfOp) { return emitErf(e, operand(0)); })
            .Case([&](math::PowFOp) { return emitPow(e, operand(0), operand(1)); })
            .Case([&](math::SinOp) { return emitSin(e, operand(0)); })
            .Case([&](math::CosOp) { return emitCos(e, operand(0)); })
            .Case([&](math::FloorOp) -> Value { return e.create<LLVM::FFloorOp>(operand(0)); })
            .Case([&](math::SqrtOp) { return e.sqrt(operand(0)); })
            .Case([&](math::AbsFOp) -> Value { return e.create<LLVM::FAbsOp>(operand(0)); })
            .Case([&](math::FmaOp) { return e.fma(operand(0), operand(1), operand(2)); })
            .Default([&](Operation *) {
              OperationState state(e.loc(), op.getName());
              for (Value value : op.getOperands())
                state.operands.push_back(mapping.lookup(value));
              state.addTypes(e.vectorOf(op.getResult(0).getType()));
              state.addAttributes(op.getAttrs());
              return e.builder().create(state)->getResult(0);
            });
    mapping.map(op.getResult(0), lifted);
  }
  return mapping.lookup(region.front().getTerminator()->getOperand(0));
}

} // namespace rondo::codegen
