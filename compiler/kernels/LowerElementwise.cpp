//===- LowerElementwise.cpp - Scalar functions as kernel.map --------------===//
//
// Every elementwise op becomes one kernel.map; constants and sizes become
// scalars inside the maps that read them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;

namespace rondo {

static arith::CmpFPredicate floatPredicate(ComparePredicate predicate) {
  switch (predicate) {
  case ComparePredicate::eq:
    return arith::CmpFPredicate::OEQ;
  case ComparePredicate::ne:
    return arith::CmpFPredicate::UNE;
  case ComparePredicate::lt:
    return arith::CmpFPredicate::OLT;
  case ComparePredicate::le:
    return arith::CmpFPredicate::OLE;
  case ComparePredicate::gt:
    return arith::CmpFPredicate::OGT;
  case ComparePredicate::ge:
    return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("all predicates are listed");
}

/// Predicates compare as unsigned, ids as signed numbers.
static arith::CmpIPredicate intPredicate(ComparePredicate predicate, bool isSigned) {
  using Int = arith::CmpIPredicate;
  switch (predicate) {
  case ComparePredicate::eq:
    return Int::eq;
  case ComparePredicate::ne:
    return Int::ne;
  case ComparePredicate::lt:
    return isSigned ? Int::slt : Int::ult;
  case ComparePredicate::le:
    return isSigned ? Int::sle : Int::ule;
  case ComparePredicate::gt:
    return isSigned ? Int::sgt : Int::ugt;
  case ComparePredicate::ge:
    return isSigned ? Int::sge : Int::uge;
  }
  llvm_unreachable("all predicates are listed");
}

static Value floatConstant(OpBuilder &b, Location loc, Type type, double value) {
  return b.create<arith::ConstantOp>(loc, b.getFloatAttr(type, value));
}

static Value castElement(OpBuilder &b, Location loc, Value from, Type to) {
  if (from.getType() == to)
    return from;
  if (from.getType().isInteger(1))
    return b.create<arith::UIToFPOp>(loc, to, from);
  return b.create<arith::SIToFPOp>(loc, to, from);
}

/// Conversion to i32 is defined within its range only: what lies outside is chosen apart.
static Value truncateElement(OpBuilder &b, Location loc, Value x) {
  auto number = [&](double value) { return floatConstant(b, loc, x.getType(), value); };
  auto integer = [&](int32_t value) -> Value {
    return b.create<arith::ConstantOp>(loc, b.getI32IntegerAttr(value));
  };
  constexpr double least = std::numeric_limits<int32_t>::min();
  auto compare = [&](arith::CmpFPredicate predicate, Value bound) -> Value {
    return b.create<arith::CmpFOp>(loc, predicate, x, bound);
  };
  Value isAbove = compare(arith::CmpFPredicate::OGE, number(-least));
  Value isInside = b.create<arith::AndIOp>(loc, compare(arith::CmpFPredicate::OGE, number(least)),
                                           compare(arith::CmpFPredicate::OLT, number(-least)));
  Value isBelow = compare(arith::CmpFPredicate::OLT, number(least));
  Value inside = b.create<arith::SelectOp>(loc, isInside, x, number(0.0));
  Value result = b.create<arith::FPToSIOp>(loc, b.getI32Type(), inside);
  result =
      b.create<arith::SelectOp>(loc, isBelow, integer(std::numeric_limits<int32_t>::min()), result);
  return b.create<arith::SelectOp>(loc, isAbove, integer(std::numeric_limits<int32_t>::max()),
                                   result);
}

/// What `op` computes of one element of each operand; null if it is not elementwise.
static Value scalarForm(Operation *op, OpBuilder &b, ValueRange x) {
  Location loc = op->getLoc();
  auto zero = [&] { return floatConstant(b, loc, x[0].getType(), 0.0); };
  auto one = [&] { return floatConstant(b, loc, x[0].getType(), 1.0); };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](NegOp) { return b.create<arith::NegFOp>(loc, x[0]); })
      .Case([&](ExpOp) { return b.create<math::ExpOp>(loc, x[0]); })
      .Case([&](LogOp) { return b.create<math::LogOp>(loc, x[0]); })
      .Case([&](SqrtOp) { return b.create<math::SqrtOp>(loc, x[0]); })
      .Case([&](TanhOp) { return b.create<math::TanhOp>(loc, x[0]); })
      .Case([&](Expm1Op) { return b.create<math::ExpM1Op>(loc, x[0]); })
      .Case([&](Log1pOp) { return b.create<math::Log1pOp>(loc, x[0]); })
      .Case([&](ErfOp) { return b.create<math::ErfOp>(loc, x[0]); })
      .Case([&](SinOp) { return b.create<math::SinOp>(loc, x[0]); })
      .Case([&](CosOp) { return b.create<math::CosOp>(loc, x[0]); })
      .Case([&](AbsOp) { return b.create<math::AbsFOp>(loc, x[0]); })
      .Case([&](FloorOp) { return b.create<math::FloorOp>(loc, x[0]); })
      .Case([&](SignOp) {
        auto choose = [&](arith::CmpFPredicate predicate, Value value, Value otherwise) -> Value {
          Value chosen = b.create<arith::CmpFOp>(loc, predicate, x[0], zero());
          return b.create<arith::SelectOp>(loc, chosen, value, otherwise);
        };
        Value minusOne = floatConstant(b, loc, x[0].getType(), -1.0);
        Value negative = choose(arith::CmpFPredicate::OLT, minusOne, x[0]);
        return choose(arith::CmpFPredicate::OGT, one(), negative);
      })
      .Case([&](PowOp) { return b.create<math::PowFOp>(loc, x[0], x[1]); })
      .Case([&](SigmoidOp) {
        Value exp = b.create<math::ExpOp>(loc, b.create<arith::NegFOp>(loc, x[0]));
        return b.create<arith::DivFOp>(loc, one(), b.create<arith::AddFOp>(loc, one(), exp));
      })
      .Case([&](ReluOp) { return b.create<arith::MaximumFOp>(loc, x[0], zero()); })
      .Case([&](AddOp) { return b.create<arith::AddFOp>(loc, x[0], x[1]); })
      .Case([&](SubOp) { return b.create<arith::SubFOp>(loc, x[0], x[1]); })
      .Case([&](MulOp) { return b.create<arith::MulFOp>(loc, x[0], x[1]); })
      .Case([&](DivOp) { return b.create<arith::DivFOp>(loc, x[0], x[1]); })
      .Case([&](MaximumOp) { return b.create<arith::MaximumFOp>(loc, x[0], x[1]); })
      .Case([&](MinimumOp) { return b.create<arith::MinimumFOp>(loc, x[0], x[1]); })
      .Case([&](CompareOp compare) -> Value {
        ComparePredicate predicate = compare.getPredicate();
        if (isa<FloatType>(x[0].getType()))
          return b.create<arith::CmpFOp>(loc, floatPredicate(predicate), x[0], x[1]);
        bool isSigned = !x[0].getType().isInteger(1);
        return b.create<arith::CmpIOp>(loc, intPredicate(predicate, isSigned), x[0], x[1]);
      })
      .Case([&](SelectOp) { return b.create<arith::SelectOp>(loc, x[0], x[1], x[2]); })
      .Case([&](CastOp cast) { return castElement(b, loc, x[0], cast.getType().getElementType()); })
      .Case([&](TruncateOp) { return truncateElement(b, loc, x[0]); })
      .Default([](Operation *) { return Value(); });
}

static bool isElementwise(Operation *op) {
  return isa<NegOp, ExpOp, Expm1Op, LogOp, Log1pOp, SqrtOp, TanhOp, SigmoidOp, ReluOp, ErfOp, SinOp,
             CosOp, AbsOp, SignOp, FloorOp, AddOp, SubOp, MulOp, DivOp, PowOp, MaximumOp, MinimumOp,
             CompareOp, SelectOp, CastOp, TruncateOp>(op);
}

LogicalResult EntryLowering::lowerElementwise(Operation *op) {
  if (!isElementwise(op))
    return op->emitError("no kernel for this op");
  SmallVector<Operand> operands;
  for (Value operand : op->getOperands())
    operands.push_back(operandOf(operand));
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  bind(op->getResult(0), map(operands, getDims(type), type.getElementType(),
                             [&](OpBuilder &b, ValueRange x) { return scalarForm(op, b, x); }));
  return success();
}

LogicalResult EntryLowering::lowerConstant(arith::ConstantOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  auto elements = dyn_cast<SplatElementsAttr>(op.getValue());
  if (!elements)
    return lowerTable(op, cast<DenseElementsAttr>(op.getValue()));
  Operand operand;
  operand.constant = cast<TypedAttr>(elements.getSplatValue<Attribute>());
  operand.dims = getDims(type);
  operand.element = type.getElementType();
  values[op] = std::move(operand);
  return success();
}

/// A constant of several values lies in the artifact.
LogicalResult EntryLowering::lowerTable(arith::ConstantOp op, DenseElementsAttr elements) {
  auto type = cast<RankedTensorType>(op.getType());
  Type stored = type.getElementType();
  if (stored.isInteger(1)) {
    stored = builder.getI8Type();
    elements = cast<DenseIntElementsAttr>(elements).mapValues(
        stored, [](const APInt &bit) { return bit.zext(8); });
  }
  elements = elements.reshape(RankedTensorType::get(type.getShape(), stored));
  bind(op, builder.create<arith::ConstantOp>(loc, elements));
  return success();
}

LogicalResult EntryLowering::lowerSize(SizeOp op) {
  SmallVector<DimExpr> dims = getDims(op.getInput().getType()), spanned;
  for (int64_t dim : op.getDimensions())
    spanned.push_back(dims[dim]);
  Value count =
      builder.create<arith::IndexCastOp>(loc, builder.getI64Type(), size(numElements(spanned)));
  Operand operand;
  operand.element = op.getType().getElementType();
  operand.scalar = builder.create<arith::SIToFPOp>(loc, operand.element, count);
  values[op] = std::move(operand);
  return success();
}

LogicalResult EntryLowering::lowerRandom(RandomOp op) {
  auto words = randomKeys.find(op.getKey());
  if (words == randomKeys.end())
    return op->emitError("no kernel for random numbers whose key is not that of the entry");
  SmallVector<DimExpr> dims = getDims(op.getType());
  SmallVector<Operand> operands;
  for (Value word : {words->second.first, words->second.second}) {
    Operand &operand = operands.emplace_back();
    operand.tensor = word;
    operand.dims = dims;
    operand.element = builder.getI32Type();
  }
  bind(op, map(operands, dims, op.getType().getElementType(), [&](OpBuilder &b, ValueRange x) {
         Value stream = b.create<arith::ConstantOp>(loc, b.getI32IntegerAttr(op.getStream()));
         Value counter = b.create<arith::XOrIOp>(loc, x[1], stream);
         return b.create<kernel::RandomOp>(loc, b.getF32Type(), x[0], counter, op.getNormal())
             .getResult();
       }));
  return success();
}

LogicalResult EntryLowering::lowerOneHot(OneHotOp op) {
  Operand indices = operandOf(op.getIndices());
  int64_t last = indices.dims.size();
  indices.dims.push_back(DimExpr(op.getDepth()));
  Type element = op.getType().getElementType();
  bind(op, map(indices, indices.dims, element, [&](OpBuilder &b, ValueRange x) {
         Value position = b.create<kernel::IndexOp>(loc, b.getI32Type(), last);
         Value hit = b.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, x[0], position);
         return b.create<arith::UIToFPOp>(loc, element, hit).getResult();
       }));
  return success();
}

} // namespace rondo
