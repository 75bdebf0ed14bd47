//===- Size.cpp - Sizes that are known when the model runs ----------------===//
//
// Their arithmetic, and where they come from.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Size.h"
#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

std::string Size::repr(unsigned) const {
  return fmt::format("<size {}>", session.resolve(expr).str());
}

std::optional<DimExpr> Size::read(Value value) {
  if (const auto *size = value.as<Size>())
    return size->session.resolve(size->expr);
  auto integer = value.asInteger();
  return integer ? std::optional<DimExpr>(*integer) : std::nullopt;
}

bool Size::equals(const Object &other, unsigned) const {
  const auto *size = dynamic_cast<const Size *>(&other);
  return size && session.resolve(expr) == session.resolve(size->expr);
}

/// The size that the operator makes of two others, where it makes one.
static std::optional<DimExpr> combine(ast::BinaryOp op, const DimExpr &x, const DimExpr &y) {
  switch (op) {
  case ast::BinaryOp::Add:
    return x + y;
  case ast::BinaryOp::Sub:
    return x - y;
  case ast::BinaryOp::Mul:
    return x * y;
  case ast::BinaryOp::FloorDiv:
    if (auto divisor = y.getConstant(); divisor && *divisor > 0)
      return x.floorDiv(*divisor);
    return x.dividedBy(y);
  case ast::BinaryOp::Mod:
    if (auto divisor = y.getConstant(); divisor && *divisor > 0)
      return x - x.floorDiv(*divisor) * y;
    return std::nullopt;
  default:
    return std::nullopt;
  }
}

std::optional<Value> Size::binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                                  SourceRange place) {
  const auto *size = other.as<Size>();
  Value operand = size ? Value(size->scalar) : other;
  auto result = scalar->binary(in, op, operand, reflected, place);
  Tensor *computed = result ? result->as<Tensor>() : nullptr;
  auto mine = read(this), others = read(other);
  if (!computed || !others)
    return result;
  auto combined = reflected ? combine(op, *others, *mine) : combine(op, *mine, *others);
  if (!combined)
    return result;
  auto constant = combined->getConstant();
  return constant ? Value::integer(*constant) : in.heap.make<Size>(session, *combined, computed);
}

std::optional<Value> Size::unary(Interpreter &in, ast::UnaryOp op, SourceRange place) {
  if (op == ast::UnaryOp::Plus)
    return Value(this);
  if (op == ast::UnaryOp::Minus)
    return binary(in, ast::BinaryOp::Mul, Value::integer(-1), /*reflected=*/false, place);
  return std::nullopt;
}

std::optional<Value> Size::compare(Interpreter &in, ast::CompareOp op, Value other,
                                   SourceRange place) {
  auto size = read(other);
  if (!size)
    return std::nullopt;
  auto difference = (session.resolve(expr) - *size).getConstant();
  if (!difference) {
    in.report(Code::DynamicSize, place,
              "whether {} {} {} is only known when the model runs, and a model has one graph",
              session.resolve(expr).str(), ast::spelling(op), size->str())
        .help("give the size in `Input(shape=…)`, or choose elementwise: "
              "`keras.ops.where(condition, x, y)`");
    return Value::error();
  }
  return in.compare(op, Value::integer(*difference), Value::integer(0), place);
}

Value shapeOf(Session &session, const BoundArguments::Slot &x) {
  auto *tensor = x.value.as<Tensor>();
  if (!tensor || session.currentTrace() == 0)
    return session.in.attribute(x.value, "shape", x.place);
  GraphBuilder graph(session, x.place, session.traceName(), "`shape`");
  std::vector<Value> sizes;
  for (auto [index, axis] : llvm::enumerate(tensor->axes)) {
    DimExpr size = session.resolve(axis.size);
    auto constant = size.getConstant();
    sizes.push_back(
        constant ? Value::integer(*constant)
                 : session.in.heap.make<Size>(session, size, graph.size(tensor, int64_t(index))));
  }
  return Value(session.in.heap.tuple(std::move(sizes)));
}

} // namespace rondo::keras
