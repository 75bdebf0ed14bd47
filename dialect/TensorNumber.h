//===- TensorNumber.h - Tensors that formulas are written with --*- C++ -*-===//
//
// Float tensors as a kind of number of Activations.h: a formula on them builds
// ops of the rondo dialect.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_TENSORNUMBER_H
#define RONDO_DIALECT_TENSORNUMBER_H

#include "dialect/Activations.h"
#include "dialect/IR/Splat.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace rondo {

/// A float tensor and where its ops go, or a constant. One operand of every
/// operation is a tensor, and the tensors have one type.
class TensorNumber {
public:
  TensorNumber(mlir::ImplicitLocOpBuilder &builder, mlir::Value tensor)
      : builder(&builder), tensor(tensor) {}
  TensorNumber(double constant) : constant(constant) {}

  /// The tensor; a constant becomes one of the type of `like`.
  mlir::Value getTensor(const TensorNumber &like) const {
    if (tensor)
      return tensor;
    auto type = mlir::cast<mlir::RankedTensorType>(like.tensor.getType());
    return buildSplat(*like.builder, like.builder->getLoc(), type, constant);
  }

  /// A constant as a tensor of the type of `like`.
  static TensorNumber filled(double constant, const TensorNumber &like) {
    return {*like.builder, TensorNumber(constant).getTensor(like)};
  }

  template <typename Op> static TensorNumber unary(const TensorNumber &x) {
    return {*x.builder, x.builder->create<Op>(x.tensor)};
  }
  template <typename Op> static TensorNumber binary(const TensorNumber &x, const TensorNumber &y) {
    mlir::ImplicitLocOpBuilder &b = x.builder ? *x.builder : *y.builder;
    mlir::Value left = x.getTensor(y), right = y.getTensor(x);
    return {b, b.create<Op>(left, right)};
  }

  /// A predicate, and one of the tensors that it compares.
  struct Condition {
    mlir::ImplicitLocOpBuilder *builder;
    mlir::Value operand, predicate;
  };
  static Condition compare(ComparePredicate predicate, const TensorNumber &x,
                           const TensorNumber &y) {
    const TensorNumber &operand = x.tensor ? x : y;
    mlir::Value left = x.getTensor(y), right = y.getTensor(x);
    return {operand.builder, operand.tensor,
            operand.builder->create<CompareOp>(predicate, left, right)};
  }
  static TensorNumber select(const Condition &condition, const TensorNumber &x,
                             const TensorNumber &y) {
    mlir::ImplicitLocOpBuilder &b = *condition.builder;
    TensorNumber like(b, condition.operand);
    mlir::Value onTrue = x.getTensor(like), onFalse = y.getTensor(like);
    return {b, b.create<SelectOp>(condition.predicate, onTrue, onFalse)};
  }

private:
  mlir::ImplicitLocOpBuilder *builder = nullptr;
  mlir::Value tensor;
  double constant = 0;
};

#define RONDO_BINARY(FUNCTION, OP)                                                                 \
  inline TensorNumber FUNCTION(const TensorNumber &x, const TensorNumber &y) {                     \
    return TensorNumber::binary<OP>(x, y);                                                         \
  }
RONDO_BINARY(operator+, AddOp)
RONDO_BINARY(operator-, SubOp)
RONDO_BINARY(operator*, MulOp)
RONDO_BINARY(operator/, DivOp)
RONDO_BINARY(pow, PowOp)
RONDO_BINARY(minimum, MinimumOp)
RONDO_BINARY(maximum, MaximumOp)
#undef RONDO_BINARY

#define RONDO_UNARY(FUNCTION, OP)                                                                  \
  inline TensorNumber FUNCTION(const TensorNumber &x) { return TensorNumber::unary<OP>(x); }
RONDO_UNARY(operator-, NegOp)
RONDO_UNARY(abs, AbsOp)
RONDO_UNARY(cos, CosOp)
RONDO_UNARY(erf, ErfOp)
RONDO_UNARY(exp, ExpOp)
RONDO_UNARY(expm1, Expm1Op)
RONDO_UNARY(floor, FloorOp)
RONDO_UNARY(log, LogOp)
RONDO_UNARY(log1p, Log1pOp)
RONDO_UNARY(relu, ReluOp)
RONDO_UNARY(sigmoid, SigmoidOp)
RONDO_UNARY(sqrt, SqrtOp)
RONDO_UNARY(tanh, TanhOp)
#undef RONDO_UNARY

inline TensorNumber::Condition operator<(const TensorNumber &x, const TensorNumber &y) {
  return TensorNumber::compare(ComparePredicate::lt, x, y);
}
inline TensorNumber::Condition operator>(const TensorNumber &x, const TensorNumber &y) {
  return TensorNumber::compare(ComparePredicate::gt, x, y);
}
inline TensorNumber select(const TensorNumber::Condition &condition, const TensorNumber &x,
                           const TensorNumber &y) {
  return TensorNumber::select(condition, x, y);
}

} // namespace rondo

#endif // RONDO_DIALECT_TENSORNUMBER_H
