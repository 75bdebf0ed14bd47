//===- TensorOperators.cpp - x + y, -x, x[:, -1, :] -----------------------===//
//
// Operators and subscripts of symbolic tensors.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Ops.h"
#include <cmath>

namespace rondo::keras {
namespace {

/// Keras' class for an operator, or null for one that tensors do not have.
const char *operatorClass(ast::BinaryOp op) {
  switch (op) {
  case ast::BinaryOp::Add:
    return "Add";
  case ast::BinaryOp::Sub:
    return "Subtract";
  case ast::BinaryOp::Mul:
    return "Multiply";
  case ast::BinaryOp::Div:
    return "TrueDivide";
  case ast::BinaryOp::MatMul:
    return "Matmul";
  case ast::BinaryOp::Pow:
    return "Power";
  default:
    return nullptr;
  }
}

/// x ** exponent for the exponents that need no logarithm.
Tensor *power(OpCall &call, Tensor *x, Value exponent, SourceRange place) {
  constexpr double limit = 64;
  auto value = exponent.asReal();
  if (value && *value == 0.5)
    return call.graph.unary<SqrtOp>(x);
  if (value && *value == std::floor(*value) && *value != 0 && std::fabs(*value) <= limit) {
    Tensor *result = call.graph.power(call.graph.toFloat(x), int64_t(std::fabs(*value)));
    return *value > 0 ? result : call.graph.binary<DivOp>(call.graph.scalar(1.0), result);
  }
  call.graph.session.in.report(Code::NotSupportedYet, place,
                               "`**` of a tensor is supported for whole exponents from 1 to {} and "
                               "0.5 only, so far",
                               int64_t(limit));
  return nullptr;
}

} // namespace

std::optional<Value> Tensor::binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                                    SourceRange place) {
  const char *className = operatorClass(op);
  if (!className) {
    in.report(Code::NotSupportedYet, place, "`{}` of a symbolic tensor is not supported yet",
              ast::spelling(op));
    return Value::error();
  }
  std::string callee = fmt::format("`{}`", ast::spelling(op));
  return applyOp(session, className, callee, place, [&](OpCall &call) -> Tensor * {
    Tensor *x = call.tensor(reflected ? other : Value(this), place);
    if (op == ast::BinaryOp::Pow && !other.as<Tensor>() && !reflected)
      return x ? power(call, x, other, place) : nullptr;
    Tensor *y = call.tensor(reflected ? Value(this) : other, place);
    if (!x || !y)
      return nullptr;
    switch (op) {
    case ast::BinaryOp::Add:
      return call.graph.binary<AddOp>(x, y);
    case ast::BinaryOp::Sub:
      return call.graph.binary<SubOp>(x, y);
    case ast::BinaryOp::Mul:
      return call.graph.binary<MulOp>(x, y);
    case ast::BinaryOp::Div:
      return call.graph.binary<DivOp>(x, y);
    case ast::BinaryOp::MatMul:
      return call.graph.matmul(x, y);
    default:
      return power(call, x, reflected ? Value(this) : other, place);
    }
  });
}

std::optional<Value> Tensor::unary(Interpreter &in, ast::UnaryOp op, SourceRange place) {
  if (op == ast::UnaryOp::Plus)
    return Value(this);
  if (op != ast::UnaryOp::Minus)
    return std::nullopt;
  return applyOp(session, "Negative", "`-`", place, [&](OpCall &call) -> Tensor * {
    Tensor *x = call.tensor(this, place);
    return x ? call.graph.unary<NegOp>(x) : nullptr;
  });
}

//===----------------------------------------------------------------------===//
// Subscripts
//===----------------------------------------------------------------------===//

namespace {

/// Applies `x[i, a:b, None, ...]` one axis after the other.
class Subscript {
public:
  Subscript(GraphBuilder &graph, Tensor *x, SourceRange place)
      : graph(graph), session(graph.session), x(x), place(place) {}

  Tensor *apply(const std::vector<Value> &keys) {
    size_t consumed =
        llvm::count_if(keys, [](Value key) { return !key.isNone() && !key.isEllipsis(); });
    if (consumed > x->rank() ||
        llvm::count_if(keys, [](Value key) { return key.isEllipsis(); }) > 1) {
      session.in.report(Code::RankMismatch, place, "{} for '{}' of shape {}",
                        eval::plural(consumed, "subscript"), x->origin, x->shape());
      return nullptr;
    }
    for (Value key : keys) {
      if (key.isNone())
        result.push_back({DimExpr(1), AxisMeaning::One});
      else if (key.isEllipsis())
        for (size_t i = consumed; i < x->rank(); ++i)
          keepWhole();
      else if (!takeKey(key))
        return nullptr;
    }
    while (axis < x->rank())
      keepWhole();
    Tensor *part = graph.slice(x, offsets, sizes);
    // Integers remove their axis, None adds one: the elements stay as they are.
    bool isSame =
        part && session.typeOf(part->axes, part->element) == session.typeOf(result, part->element);
    return isSame ? part : graph.reshape(part, result);
  }

private:
  void keepWhole() {
    offsets.push_back(0);
    sizes.push_back(session.resolve(x->axes[axis].size));
    result.push_back(x->axes[axis++]);
  }

  bool takeKey(Value key) {
    const auto *slice = key.as<eval::Slice>();
    bool isWhole = slice && slice->start.isNone() && slice->stop.isNone() &&
                   (slice->step.isNone() || slice->step.asInteger() == 1);
    if (isWhole) {
      keepWhole();
      return true;
    }
    if (axis == 0) {
      session.in
          .report(Code::BatchAxis, place,
                  "a subscript of axis 0 of '{}' would pick samples of the batch", x->origin)
          .help("axis 0 is the batch: start with `:`, as in `x[:, -1]`");
      return false;
    }
    if (slice)
      return takeSlice(*slice);
    if (key.isInt())
      return takeIndex(*key.asInteger());
    session.in.report(Code::InvalidArgument, place,
                      "a tensor's subscripts are integers, slices, None and `...`, got {}",
                      key.repr());
    return false;
  }

  bool takeIndex(int64_t index) {
    DimExpr size = session.resolve(x->axes[axis].size);
    if (auto constant = size.getConstant()) {
      if (index < -*constant || index >= *constant) {
        session.in.report(Code::IndexOutOfRange, place,
                          "index {} of axis {} of '{}' of shape {}, which has {} {}", index, axis,
                          x->origin, x->shape(), *constant, describe(x->axes[axis].meaning));
        return false;
      }
    } else if (index != 0 && index != -1) {
      return needsLength();
    }
    offsets.push_back(index);
    sizes.push_back(DimExpr(1));
    ++axis;
    return true;
  }

  bool takeSlice(const eval::Slice &slice) {
    for (Value part : {slice.start, slice.stop, slice.step})
      if (!part.isNone() && !part.isInt()) {
        session.in.report(Code::InvalidArgument, place, "a slice is made of integers, not {}",
                          part.typeName());
        return false;
      }
    if (!slice.step.isNone() && slice.step.asInteger() != 1) {
      session.in.report(Code::NotSupportedYet, place,
                        "slices of a tensor with a step are not supported yet");
      return false;
    }
    DimExpr size = session.resolve(x->axes[axis].size);
    int64_t start = slice.start.isNone() ? 0 : *slice.start.asInteger();
    std::optional<int64_t> stop;
    if (!slice.stop.isNone())
      stop = slice.stop.asInteger();
    DimExpr count;
    if (auto constant = size.getConstant()) {
      auto clamp = [&](int64_t bound) {
        return std::clamp<int64_t>(bound < 0 ? bound + *constant : bound, 0, *constant);
      };
      start = clamp(start);
      int64_t end = clamp(stop.value_or(*constant));
      if (end <= start) {
        session.in.report(Code::EmptySlice, place, "the slice of axis {} of '{}' ({}) is empty",
                          axis, x->origin, size.str());
        return false;
      }
      count = DimExpr(end - start);
    } else if (start >= 0 && (!stop || *stop < 0)) {
      // From the front, to the end: as long as the sequence, less a constant.
      count = size - DimExpr(start) + DimExpr(stop.value_or(0));
    } else if ((start == 0 && stop == 1) || (start == -1 && !stop)) {
      count = DimExpr(1);
    } else {
      return needsLength();
    }
    offsets.push_back(count == size ? 0 : start);
    sizes.push_back(count);
    Axis taken = x->axes[axis++];
    taken.size = count;
    result.push_back(taken);
    return true;
  }

  bool needsLength() {
    session.in
        .report(Code::DynamicSize, place,
                "whether the subscript of axis {} of '{}' is inside is only known when the model "
                "runs: its size is {}",
                axis, x->origin, session.resolve(x->axes[axis].size).str())
        .help("give the size in `Input(shape=…)`, or take the first (0) or last (-1) element");
    return false;
  }

  GraphBuilder &graph;
  Session &session;
  Tensor *x;
  SourceRange place;
  size_t axis = 0;
  llvm::SmallVector<int64_t> offsets;
  llvm::SmallVector<DimExpr> sizes;
  Axes result;
};

} // namespace

std::optional<Value> Tensor::subscript(Interpreter &in, Value index, SourceRange place) {
  std::vector<Value> keys{index};
  if (const auto *several = index.as<eval::Tuple>())
    keys = several->elements;
  return applyOp(session, "GetItem", "a subscript", place, [&](OpCall &call) -> Tensor * {
    Tensor *x = call.tensor(this, place);
    return x ? Subscript(call.graph, x, place).apply(keys) : nullptr;
  });
}

} // namespace rondo::keras
