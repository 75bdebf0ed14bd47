//===- TensorOperators.cpp - x + y, -x, x[:, -1, :] -----------------------===//
//
// Operators and subscripts of symbolic tensors.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Size.h"
#include "mlir/IR/IRMapping.h"
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
  case ast::BinaryOp::FloorDiv:
    return "FloorDivide";
  case ast::BinaryOp::Mod:
    return "Mod";
  case ast::BinaryOp::MatMul:
    return "Matmul";
  case ast::BinaryOp::Pow:
    return "Power";
  case ast::BinaryOp::BitAnd:
    return "LogicalAnd";
  case ast::BinaryOp::BitOr:
    return "LogicalOr";
  case ast::BinaryOp::BitXor:
    return "LogicalXor";
  default:
    return nullptr;
  }
}

Tensor *arithmetic(OpCall &call, ast::BinaryOp op, Tensor *x, Tensor *y) {
  switch (op) {
  case ast::BinaryOp::Add:
    return call.graph.binary<AddOp>(x, y);
  case ast::BinaryOp::Sub:
    return call.graph.binary<SubOp>(x, y);
  case ast::BinaryOp::Mul:
    return call.graph.binary<MulOp>(x, y);
  case ast::BinaryOp::Div:
    return call.graph.binary<DivOp>(x, y);
  case ast::BinaryOp::FloorDiv:
    return buildFloorDivide(call.graph, x, y);
  case ast::BinaryOp::Mod:
    return buildModulo(call.graph, x, y);
  default:
    return call.graph.matmul(x, y);
  }
}

/// `&`, `|` and `^`, which are for bool tensors only. Null after a report.
Tensor *logic(OpCall &call, ast::BinaryOp op, PlacedValue left, PlacedValue right) {
  for (Value operand : {left.value, right.value})
    if (operand.isBool()) {
      call.graph.session.in
          .report(Code::TypeMismatch, call.graph.place, "{} of a bool tensor and {}",
                  call.graph.callee, operand.inWords())
          .help("{}", equalityHelp);
      return nullptr;
    }
  Tensor *x = call.tensor(left.value, left.place), *y = call.tensor(right.value, right.place);
  if (!x || !y)
    return nullptr;
  for (const Tensor *operand : {x, y})
    if (operand->element != ElementKind::Bool) {
      call.graph.session.in
          .report(Code::TypeMismatch, call.graph.place, "{} of '{}', which is no bool tensor",
                  call.graph.callee, operand->origin)
          .help("comparisons give bool tensors: `(x > 0) {} (y > 0)`, with the parentheses",
                ast::spelling(op));
      return nullptr;
    }
  if (op == ast::BinaryOp::BitAnd)
    return buildLogicalAnd(call.graph, x, y);
  return op == ast::BinaryOp::BitOr ? buildLogicalOr(call.graph, x, y)
                                    : buildLogicalXor(call.graph, x, y);
}

struct Comparison {
  const char *className;
  ComparePredicate predicate;
};

Comparison comparison(ast::CompareOp op) {
  switch (op) {
  case ast::CompareOp::Less:
    return {"Less", ComparePredicate::lt};
  case ast::CompareOp::LessEqual:
    return {"LessEqual", ComparePredicate::le};
  case ast::CompareOp::Greater:
    return {"Greater", ComparePredicate::gt};
  case ast::CompareOp::GreaterEqual:
    return {"GreaterEqual", ComparePredicate::ge};
  case ast::CompareOp::Equal:
    return {"Equal", ComparePredicate::eq};
  default:
    return {"NotEqual", ComparePredicate::ne};
  }
}

} // namespace

/// What a large number was added to and that, also where the sum has another shape by now.
static std::pair<mlir::Value, int64_t> unshifted(Session &session, mlir::Value value,
                                                 unsigned depth = 0) {
  auto found = session.shifted.find(value);
  if (found != session.shifted.end())
    return found->second;
  constexpr unsigned maxDepth = 4;
  mlir::Operation *op = value.getDefiningOp();
  if (depth == maxDepth || !llvm::isa_and_nonnull<ReshapeOp, BroadcastOp, TransposeOp>(op))
    return {value, 0};
  auto [base, offset] = unshifted(session, op->getOperand(0), depth + 1);
  if (offset == 0)
    return {value, 0};
  mlir::IRMapping mapping;
  mapping.map(op->getOperand(0), base);
  return {session.builder.clone(*op, mapping)->getResult(0), offset};
}

/// `x + number`, for whole numbers that an f32 does not tell from their neighbours, as
/// `positions - 999999999 + 1000000000`: both are added up first. Null for others.
static Tensor *addWhole(GraphBuilder &graph, Tensor *x, int64_t number) {
  constexpr int64_t exact = int64_t(1) << 24, most = int64_t(1) << 53;
  auto isLarge = [](int64_t value) { return value >= exact || value <= -exact; };
  if (number > most || number < -most)
    return nullptr;
  auto [value, offset] = unshifted(graph.session, x->value);
  if (offset == 0 && !isLarge(number))
    return nullptr;
  Tensor *base = graph.session.makeTensor(value, x->axes, x->element, x->origin, x->place);
  const int64_t total = offset + number;
  if (total == 0)
    return base;
  Tensor *sum = graph.binary<AddOp>(graph.toFloat(base), graph.scalar(double(total)));
  if (isLarge(total))
    graph.session.shifted[sum->value] = {graph.toFloat(base)->value, total};
  return sum;
}

std::optional<Value> Tensor::binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                                    SourceRange place) {
  const char *className = operatorClass(op);
  if (!className) {
    in.report(Code::NotSupportedYet, place, "`{}` of a symbolic tensor is not supported yet",
              ast::spelling(op));
    return Value::error();
  }
  if (const auto *array = other.as<eval::NdArray>(); array && reflected && !array->isConstant) {
    in.report(Code::TypeMismatch, place,
              "`{}` of an array of numpy and '{}': numpy computes with numbers only",
              ast::spelling(op), origin)
        .help("write the tensor first, or make a constant of the array: "
              "`keras.ops.convert_to_tensor(array)`");
    return Value::error();
  }
  std::string callee = fmt::format("`{}`", ast::spelling(op));
  return applyOp(session, className, callee, place, [&](OpCall &call) -> Tensor * {
    PlacedValue left{reflected ? other : Value(this), place},
        right{reflected ? Value(this) : other, place};
    if (op == ast::BinaryOp::Pow)
      return buildPower(call, left, right);
    if (llvm::StringRef(className).starts_with("Logical"))
      return logic(call, op, left, right);
    const bool isSum = op == ast::BinaryOp::Add || (op == ast::BinaryOp::Sub && !reflected);
    auto number =
        isSum && other.isInt() && element != ElementKind::Bool ? other.asInteger() : std::nullopt;
    Tensor *own = number ? call.tensor(Value(this), place) : nullptr;
    if (Tensor *sum = own ? addWhole(call.graph, own, op == ast::BinaryOp::Add ? *number : -*number)
                          : nullptr)
      return sum;
    call.inputs.clear();
    Tensor *x, *y;
    if (!call.operands(x, y, left, right))
      return nullptr;
    if (op != ast::BinaryOp::MatMul)
      checkMeeting(call.graph, x, y);
    return arithmetic(call, op, x, y);
  });
}

std::optional<Value> Tensor::unary(Interpreter &in, ast::UnaryOp op, SourceRange place) {
  if (op == ast::UnaryOp::Plus)
    return Value(this);
  bool isNot = op == ast::UnaryOp::Invert;
  if (isNot && element != ElementKind::Bool) {
    in.report(Code::TypeMismatch, place, "`~` of '{}', which is no bool tensor", origin)
        .help("comparisons give bool tensors: `~(x > 0)`");
    return Value::error();
  }
  return applyOp(session, isNot ? "LogicalNot" : "Negative", isNot ? "`~`" : "`-`", place,
                 [&](OpCall &call) -> Tensor * {
                   Tensor *x = call.tensor(this, place);
                   return isNot ? buildLogicalNot(call.graph, x)
                                : call.graph.unary<NegOp>(call.graph.numbers(x));
                 });
}

std::optional<Value> Tensor::absolute(Interpreter &in, SourceRange place) {
  return applyOp(session, "Absolute", "`abs`", place,
                 [&](OpCall &call) { return buildAbsolute(call.graph, call.tensor(this, place)); });
}

std::optional<Value> Tensor::compare(Interpreter &in, ast::CompareOp op, Value other,
                                     SourceRange place) {
  bool isEquality = op == ast::CompareOp::Equal || op == ast::CompareOp::NotEqual;
  // Outside a Lambda, where a tensor is an object of Keras, `==` asks whether two
  // are the same object; and nothing but a tensor or number equals a tensor.
  bool isComparable = other.as<Tensor>() || other.asReal();
  if (isEquality && (!isComparable || (op == ast::CompareOp::Equal && trace == 0)))
    return std::nullopt;
  Comparison which = comparison(op);
  return applyOp(session, which.className, fmt::format("`{}`", ast::spelling(op)), place,
                 [&](OpCall &call) {
                   Tensor *x = call.tensor(this, place), *y = call.tensor(other, place);
                   return buildComparison(call.graph, which.predicate, x, y);
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
    Tensor *part = graph.reverse(graph.slice(x, offsets, sizes, strides), reversed);
    // Integers remove their axis, None adds one: the elements stay as they are.
    bool isSame =
        part && session.typeOf(part->axes, part->element) == session.typeOf(result, part->element);
    return isSame ? part : graph.reshape(part, result);
  }

private:
  /// `count` elements of the axis, from `offset` on.
  void take(DimExpr offset, DimExpr count, int64_t stride = 1) {
    offsets.push_back(std::move(offset));
    sizes.push_back(std::move(count));
    strides.push_back(stride);
  }

  void keepWhole() {
    take(0, session.resolve(x->axes[axis].size));
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
    if (axis == 0 && x->axes[0].is(AxisMeaning::Batch)) {
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
    if (const auto *size = key.as<Size>()) {
      take(fromEnd(session.resolve(size->expr), session.resolve(x->axes[axis].size)), 1);
      ++axis;
      return true;
    }
    session.in.report(Code::InvalidArgument, place,
                      "a tensor's subscripts are integers, slices, None and `...`, got {}",
                      key.inWords());
    return false;
  }

  bool takeIndex(int64_t index) {
    DimExpr size = session.resolve(x->axes[axis].size);
    auto constant = size.getConstant();
    if (constant && (index < -*constant || index >= *constant)) {
      session.in.report(Code::IndexOutOfRange, place,
                        "index {} of axis {} of '{}' of shape {}, which has {} {}", index, axis,
                        x->origin, x->shape(), *constant, describe(x->axes[axis].meaning));
      return false;
    }
    take(fromEnd(index, size), 1);
    ++axis;
    return true;
  }

  /// A position that is counted from the end where it is negative.
  static DimExpr fromEnd(const DimExpr &index, const DimExpr &size) {
    return isNegative(index) ? size + index : index;
  }
  /// Whether the index is negative for any sizes.
  static bool isNegative(const DimExpr &index) {
    return index != DimExpr(0) &&
           llvm::all_of(index.getTerms(), [](const auto &term) { return term.second < 0; });
  }

  bool takeSlice(const eval::Slice &slice) {
    for (Value part : {slice.start, slice.stop, slice.step})
      if (!part.isNone() && !part.isInt() && (!part.as<Size>() || identical(part, slice.step))) {
        diagnostics::Diagnostic &diagnostic = session.in.report(
            Code::InvalidArgument, place, "a slice is made of integers, not {}", part.typeName());
        if (part.as<Tensor>())
          diagnostic.help(
              "the ends of a slice may be sizes, `keras.ops.shape(x)[1] - 1`, and their "
              "sums, products and quotients");
        else if (part.as<Size>())
          diagnostic.help("its step has to be known when the model is compiled");
        return false;
      }
    int64_t step = slice.step.isNone() ? 1 : *slice.step.asInteger();
    if (step == 0) {
      session.in.report(Code::ValueMismatch, place, "the step of a slice is zero");
      return false;
    }
    DimExpr size = session.resolve(x->axes[axis].size);
    auto constant = size.getConstant();
    bool isStatic = constant && !slice.start.as<Size>() && !slice.stop.as<Size>();
    if (isStatic ? !takeStatic(slice, step, *constant) : !takeDynamic(slice, step, size))
      return false;
    if (step < 0)
      reversed.push_back(axis);
    result.push_back(partOf(x, axis++, sizes.back()));
    return true;
  }

  /// Of an axis of a known size Python's rules pick positions; the first and last of
  /// them bound a box, which a negative step reads backwards.
  bool takeStatic(const eval::Slice &slice, int64_t step, int64_t size) {
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    auto bound = [&](Value value, int64_t otherwise) {
      if (value.isNone())
        return otherwise;
      int64_t index = *value.asInteger();
      return std::clamp(index < 0 ? index + size : index, low, high);
    };
    int64_t start = bound(slice.start, step > 0 ? low : high);
    int64_t stop = bound(slice.stop, step > 0 ? high : low);
    // A step beyond the size reaches no second element; bounding it avoids overflow.
    int64_t stride = std::min(step > 0 ? step : -std::max(step, -size), size);
    int64_t span = step > 0 ? stop - start : start - stop;
    if (span <= 0) {
      session.in.report(Code::EmptySlice, place, "the slice of axis {} of '{}' ({}) is empty", axis,
                        x->origin, size);
      return false;
    }
    int64_t count = (span - 1) / stride + 1;
    take(step > 0 ? start : start - (count - 1) * stride, count, stride);
    return true;
  }

  /// Of an axis whose size is a symbol: between two positions that are counted from
  /// the same end, or from the front to a position from the end. They have to lie
  /// inside, which a call checks.
  bool takeDynamic(const eval::Slice &slice, int64_t step, const DimExpr &size) {
    bool isWhole = slice.start.isNone() && slice.stop.isNone();
    if (step == -1 && isWhole) {
      take(0, size);
      return true;
    }
    DimExpr start = slice.start.isNone() ? DimExpr(0) : *Size::read(slice.start);
    DimExpr stop = slice.stop.isNone() ? size : *Size::read(slice.stop);
    // Differences of two ends are sizes; of ends that are numbers from opposite ends,
    // where the axis is short, they may be negative.
    bool crosses =
        isNegative(start) && start.isConstant() && stop.isConstant() && !isNegative(stop);
    if (step < 1 || crosses) {
      session.in
          .report(Code::DynamicSize, place,
                  "how many elements the slice of axis {} of '{}' has is only known when the model "
                  "runs: its size is {}",
                  axis, x->origin, size.str())
          .help("give the size in `Input(shape=…)`, or count both ends of the slice from one end "
                "of the axis");
      return false;
    }
    DimExpr begin = fromEnd(start, size);
    DimExpr count = (fromEnd(stop, size) - begin + DimExpr(step - 1)).floorDiv(step);
    if (auto constant = count.getConstant(); constant && *constant <= 0) {
      session.in.report(Code::EmptySlice, place, "the slice of axis {} of '{}' ({}) is empty", axis,
                        x->origin, size.str());
      return false;
    }
    take(begin, count, step);
    return true;
  }

  GraphBuilder &graph;
  Session &session;
  Tensor *x;
  SourceRange place;
  size_t axis = 0;
  llvm::SmallVector<DimExpr> offsets, sizes;
  llvm::SmallVector<int64_t> strides, reversed;
  Axes result;
};

} // namespace

/// The elements of a tensor, or of a constant, at `index`.
static Value getItem(Session &session, Value object, Value index, SourceRange place) {
  std::vector<Value> keys{index};
  if (const auto *several = index.as<eval::Tuple>())
    keys = several->elements;
  return applyOp(session, "GetItem", "a subscript", place, [&](OpCall &call) -> Tensor * {
    Tensor *x = call.tensor(object, place);
    return x ? Subscript(call.graph, x, place).apply(keys) : nullptr;
  });
}

std::optional<Value> Tensor::subscript(Interpreter &, Value index, SourceRange place) {
  return getItem(session, this, index, place);
}

std::optional<Value> Size::subscriptOf(Interpreter &, eval::NdArray &array, Value index,
                                       SourceRange place) {
  return getItem(session, &array, index, place);
}

} // namespace rondo::keras
