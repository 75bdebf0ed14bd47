//===- Size.h - Sizes that are known when the model runs --------*- C++ -*-===//
//
// What `ops.shape(x)[1]` is inside a traced function where the size is no number:
// Keras on TensorFlow gives a scalar tensor there, with which shapes, slices and
// tensors can be computed.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SIZE_H
#define RONDO_FRONTEND_KERAS_SIZE_H

#include "frontend/keras/Graph.h"

namespace rondo::keras {

/// A size as an expression over the symbols of the inputs, and as a scalar tensor
/// for arithmetic that leaves whole numbers. Sums, differences, products and
/// quotients without a rest are sizes again.
class Size : public eval::Object {
public:
  Size(Session &session, DimExpr expr, Tensor *scalar)
      : session(session), expr(std::move(expr)), scalar(scalar) {}

  std::string typeName() const override { return "size"; }
  std::string repr(unsigned depth) const override;
  bool hasTruth() const override { return false; }
  bool equals(const Object &other, unsigned depth) const override;
  size_t hash() const override { return 0; } // equal ones may be spelled in several ways
  std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                              SourceRange place) override;
  std::optional<Value> unary(Interpreter &in, ast::UnaryOp op, SourceRange place) override;
  std::optional<Value> compare(Interpreter &in, ast::CompareOp op, Value other,
                               SourceRange place) override;

  /// The array becomes a constant: `table[:ops.shape(x)[1]]`.
  std::optional<Value> subscriptOf(Interpreter &in, eval::NdArray &array, Value index,
                                   SourceRange place) override;

  /// An integer or a Size as an expression; nothing for other values.
  static std::optional<DimExpr> read(Value value);

  Session &session;
  const DimExpr expr;
  Tensor *const scalar;
};

/// `ops.shape(x)`: a tuple of integers and, where a function is traced, of sizes;
/// elsewhere None stands for what is not known, as in Keras.
Value shapeOf(Session &session, const BoundArguments::Slot &x);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SIZE_H
