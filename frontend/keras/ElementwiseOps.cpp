//===- ElementwiseOps.cpp - Arithmetic, comparisons and logic -------------===//
//
// The elementwise functions of keras.ops, but for activations.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Policies.h"
#include <cmath>

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// What operators share
//===----------------------------------------------------------------------===//

Tensor *buildPower(OpCall &call, PlacedValue base, PlacedValue exponent) {
  // Small whole exponents are products, which are cheaper than logarithms.
  constexpr double limit = 64;
  auto number = exponent.value.asReal();
  bool isWhole = number && *number == std::floor(*number) && *number != 0;
  if (isWhole && std::fabs(*number) <= limit) {
    Tensor *x = call.graph.toFloat(call.tensor(base.value, base.place));
    if (!x)
      return nullptr;
    Tensor *result = call.graph.power(x, int64_t(std::fabs(*number)));
    return *number > 0 ? result : call.graph.binary<DivOp>(call.graph.scalar(1.0), result);
  }
  if (number && *number == 0.5)
    return call.graph.unary<SqrtOp>(call.tensor(base.value, base.place));
  Tensor *x, *y;
  return call.operands(x, y, base, exponent) ? call.graph.binary<PowOp>(x, y) : nullptr;
}

Tensor *buildFloorDivide(GraphBuilder &graph, Tensor *x, Tensor *y) {
  return graph.areOperands(x, y) ? graph.unary<FloorOp>(graph.binary<DivOp>(x, y)) : nullptr;
}

Tensor *buildModulo(GraphBuilder &graph, Tensor *x, Tensor *y) {
  return graph.binary<SubOp>(x, graph.binary<MulOp>(buildFloorDivide(graph, x, y), y));
}

Tensor *buildLogicalAnd(GraphBuilder &graph, Tensor *x, Tensor *y) {
  x = graph.toBool(x);
  return graph.select(x, graph.toBool(y), x);
}

Tensor *buildLogicalOr(GraphBuilder &graph, Tensor *x, Tensor *y) {
  x = graph.toBool(x);
  return graph.select(x, x, graph.toBool(y));
}

Tensor *buildLogicalXor(GraphBuilder &graph, Tensor *x, Tensor *y) {
  return graph.predicate(ComparePredicate::ne, graph.toBool(x), graph.toBool(y));
}

Tensor *buildLogicalNot(GraphBuilder &graph, Tensor *x) {
  if (x && x->element == ElementKind::Bool)
    x = graph.toFloat(x);
  return graph.predicate(ComparePredicate::eq, x, graph.scalar(0.0));
}

Tensor *buildComparison(GraphBuilder &graph, ComparePredicate predicate, Tensor *x, Tensor *y) {
  bool isEquality = predicate == ComparePredicate::eq || predicate == ComparePredicate::ne;
  return isEquality || graph.areOperands(x, y) ? graph.predicate(predicate, x, y) : nullptr;
}

Tensor *buildAbsolute(GraphBuilder &graph, Tensor *x) {
  return x && x->element == ElementKind::Bool ? x : graph.unary<AbsOp>(x);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

PlacedValue placed(const BoundArguments::Slot &slot) { return {slot.value, slot.place}; }

template <typename Op> Tensor *unary(OpCall &call, BoundArguments &args) {
  return call.graph.unary<Op>(call.tensor(args["x"]));
}

template <typename Op> Tensor *unaryOfNumbers(OpCall &call, BoundArguments &args) {
  return call.graph.unary<Op>(call.graph.numbers(call.tensor(args["x"])));
}

Tensor *absolute(OpCall &call, BoundArguments &args) {
  return buildAbsolute(call.graph, call.tensor(args["x"]));
}

template <typename Op> Tensor *binary(OpCall &call, BoundArguments &args) {
  Tensor *x, *y;
  if (!call.operands(x, y, placed(args["x1"]), placed(args["x2"])))
    return nullptr;
  checkMeeting(call.graph, x, y);
  return call.graph.binary<Op>(x, y);
}

template <Tensor *(*compute)(GraphBuilder &, Tensor *, Tensor *)>
Tensor *composed(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  return x && y ? compute(call.graph, x, y) : nullptr;
}

template <ComparePredicate predicate> Tensor *compare(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  return buildComparison(call.graph, predicate, x, y);
}

Tensor *logicalNot(OpCall &call, BoundArguments &args) {
  return buildLogicalNot(call.graph, call.tensor(args["x"]));
}

Tensor *power(OpCall &call, BoundArguments &args) {
  return buildPower(call, placed(args["x1"]), placed(args["x2"]));
}

Tensor *square(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  return call.graph.binary<MulOp>(x, x);
}

Tensor *reciprocal(OpCall &call, BoundArguments &args) {
  return call.graph.binary<DivOp>(call.graph.scalar(1.0),
                                  call.graph.numbers(call.tensor(args["x"])));
}

Tensor *rsqrt(OpCall &call, BoundArguments &args) {
  Tensor *x = call.graph.numbers(call.tensor(args["x"]));
  return call.graph.binary<DivOp>(call.graph.scalar(1.0), call.graph.unary<SqrtOp>(x));
}

Tensor *ceil(OpCall &call, BoundArguments &args) {
  return call.graph.unary<NegOp>(
      call.graph.unary<FloorOp>(call.graph.unary<NegOp>(call.tensor(args["x"]))));
}

Tensor *tangent(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  return call.graph.binary<DivOp>(call.graph.unary<SinOp>(x), call.graph.unary<CosOp>(x));
}

/// The logarithm to another base.
template <int base> Tensor *logarithm(OpCall &call, BoundArguments &args) {
  return call.graph.binary<DivOp>(call.graph.unary<LogOp>(call.tensor(args["x"])),
                                  call.graph.scalar(std::log(double(base))));
}

/// (eˣ ± e⁻ˣ) / 2; the difference is one of eˣ - 1, so that nothing cancels near 0.
template <typename Combine, typename Power> Tensor *hyperbolic(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.numbers(call.tensor(args["x"]));
  Tensor *twice =
      graph.binary<Combine>(graph.unary<Power>(x), graph.unary<Power>(graph.unary<NegOp>(x)));
  return graph.binary<MulOp>(twice, graph.scalar(0.5));
}

constexpr double radiansPerDegree = 0.017453292519943295;

/// From one unit to another, so many of which make one.
Tensor *scaled(OpCall &call, BoundArguments &args, double factor) {
  Tensor *x = call.graph.numbers(call.tensor(args["x"]));
  return call.graph.binary<MulOp>(x, call.graph.scalar(factor));
}

/// The whole part.
Tensor *truncate(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.numbers(call.tensor(args["x"]));
  return graph.binary<MulOp>(graph.unary<SignOp>(x), graph.unary<FloorOp>(graph.unary<AbsOp>(x)));
}

/// ln(exp(x1) + exp(x2)), from the larger one so that nothing overflows.
Tensor *logAddExp(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x, *y;
  if (!call.operands(x, y, placed(args["x1"]), placed(args["x2"])))
    return nullptr;
  checkMeeting(graph, x, y);
  Tensor *distance = graph.unary<AbsOp>(graph.binary<SubOp>(x, y));
  return graph.binary<AddOp>(graph.binary<MaximumOp>(x, y), graph.unary<Log1pOp>(graph.unary<ExpOp>(
                                                                graph.unary<NegOp>(distance))));
}

/// x1 / x2, and 0 where x2 is 0, where gradients are 0 as well.
Tensor *divideNoNan(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x, *y;
  if (!call.operands(x, y, placed(args["x1"]), placed(args["x2"])))
    return nullptr;
  checkMeeting(graph, x, y);
  Tensor *isZero = graph.predicate(ComparePredicate::eq, y, graph.scalar(0.0));
  Tensor *quotient = graph.binary<DivOp>(x, graph.select(isZero, graph.scalar(1.0), y));
  return graph.select(isZero, graph.scalar(0.0), quotient);
}

/// Keras keeps a tensor as it is and makes one of a number.
Tensor *identity(OpCall &call, BoundArguments &args) { return call.tensor(args["x"]); }

/// Where the bounds cross, the lower one wins, as in TensorFlow.
Tensor *clip(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]), *low = call.tensor(args["x_min"]),
         *high = call.tensor(args["x_max"]);
  return call.graph.binary<MaximumOp>(call.graph.binary<MinimumOp>(x, high), low);
}

Tensor *where(OpCall &call, BoundArguments &args) {
  const BoundArguments::Slot &first = args["x1"], &second = args["x2"];
  if (first.value.isNone() || second.value.isNone()) {
    call.graph.session.in
        .report(Code::NotSupportedYet, args.place,
                "{} without values, which gives positions, is not supported yet", call.graph.callee)
        .help("give what to take where the condition holds, and elsewhere");
    return nullptr;
  }
  const BoundArguments::Slot &chooser = args["condition"];
  if (chooser.value.isBool()) {
    call.reject(chooser, "condition", "a bool tensor").help("{}", equalityHelp);
    return nullptr;
  }
  Tensor *condition = call.graph.toBool(call.tensor(chooser));
  Tensor *x = call.tensor(first), *y = call.tensor(second);
  return call.graph.select(condition, x, y);
}

} // namespace

/// A tensor in the type that `dtype=` names.
Tensor *castTo(OpCall &call, const BoundArguments::Slot &dtype, Tensor *x) {
  std::optional<ElementKind> kind = computedKind(call.graph.session.in, dtype.value);
  if (kind)
    return *kind == ElementKind::Float  ? call.graph.toFloat(x)
           : *kind == ElementKind::Bool ? call.graph.toBool(x)
                                        : call.graph.toInt(x);
  call.graph.session.in.report(
      Code::NotSupportedYet, dtype.place,
      "{} to {} is not supported yet, only to \"float32\", \"int32\" and \"bool\"",
      call.graph.callee, dtype.value.inWords());
  return nullptr;
}

namespace {

/// A number in the shape of a tensor. Without a dtype it follows the tensor's, of which numbers
/// take no notice.
Tensor *filled(OpCall &call, BoundArguments &args, std::optional<double> value) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &dtype = args["dtype"];
  Tensor *made = x && value ? call.graph.filled(*value, x->axes) : nullptr;
  return dtype.value.isNone() ? made : castTo(call, dtype, made);
}

Tensor *cast(OpCall &call, BoundArguments &args) {
  return castTo(call, args["dtype"], call.tensor(args["x"]));
}

using Predicate = ComparePredicate;

/// To the nearest whole number, and from the middle of two to the even one.
Tensor *round(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.numbers(call.tensor(args["x"]));
  const BoundArguments::Slot &decimals = args["decimals"];
  if (decimals.value.asInteger() != 0) {
    call.reject(decimals, "decimals", "0, whole numbers");
    return nullptr;
  }
  // What is left is exact, and so is the comparison.
  Tensor *below = graph.unary<FloorOp>(x), *rest = graph.binary<SubOp>(x, below);
  Tensor *half = graph.scalar(0.5), *one = graph.scalar(1.0);
  Tensor *isOdd = graph.predicate(Predicate::ne, buildModulo(graph, below, graph.scalar(2.0)),
                                  graph.scalar(0.0));
  if (!isOdd || !rest)
    return nullptr;
  Tensor *isUp =
      buildLogicalOr(graph, graph.predicate(Predicate::gt, rest, half),
                     buildLogicalAnd(graph, graph.predicate(Predicate::eq, rest, half), isOdd));
  return graph.select(isUp, graph.binary<AddOp>(below, one), below);
}

const OpEntry table[] = {
    {"add", "Add", "x1, x2", binary<AddOp>},
    {"subtract", "Subtract", "x1, x2", binary<SubOp>},
    {"multiply", "Multiply", "x1, x2", binary<MulOp>},
    {"divide", "Divide", "x1, x2", binary<DivOp>},
    {"true_divide", "TrueDivide", "x1, x2", binary<DivOp>},
    {"floor_divide", "FloorDivide", "x1, x2", composed<buildFloorDivide>},
    {"mod", "Mod", "x1, x2", composed<buildModulo>},
    {"power", "Power", "x1, x2", power},
    {"maximum", "Maximum", "x1, x2", binary<MaximumOp>},
    {"minimum", "Minimum", "x1, x2", binary<MinimumOp>},
    {"negative", "Negative", "x", unaryOfNumbers<NegOp>, [](double x) { return -x; }},
    {"abs", "Absolute", "x", absolute, [](double x) { return std::fabs(x); }},
    {"absolute", "Absolute", "x", absolute, [](double x) { return std::fabs(x); }},
    {"fabs", "Fabs", "x", unary<AbsOp>, [](double x) { return std::fabs(x); }},
    {"sign", "Sign", "x", unaryOfNumbers<SignOp>},
    {"floor", "Floor", "x", unary<FloorOp>, [](double x) { return std::floor(x); }},
    {"round", "Round", "x, decimals=0", round, [](double x) { return std::nearbyint(x); }},
    {"ceil", "Ceil", "x", ceil, [](double x) { return std::ceil(x); }},
    {"square", "Square", "x", square, [](double x) { return x * x; }},
    {"sqrt", "Sqrt", "x", unary<SqrtOp>, [](double x) { return std::sqrt(x); }},
    {"rsqrt", "Rsqrt", "x", rsqrt, [](double x) { return 1 / std::sqrt(x); }},
    {"reciprocal", "Reciprocal", "x", reciprocal, [](double x) { return 1 / x; }},
    {"exp", "Exp", "x", unary<ExpOp>, [](double x) { return std::exp(x); }},
    {"expm1", "Expm1", "x", unary<Expm1Op>, [](double x) { return std::expm1(x); }},
    {"log", "Log", "x", unary<LogOp>, [](double x) { return std::log(x); }},
    {"log1p", "Log1p", "x", unary<Log1pOp>, [](double x) { return std::log1p(x); }},
    {"log2", "Log2", "x", logarithm<2>, [](double x) { return std::log2(x); }},
    {"log10", "Log10", "x", logarithm<10>, [](double x) { return std::log10(x); }},
    {"sin", "Sin", "x", unary<SinOp>, [](double x) { return std::sin(x); }},
    {"cos", "Cos", "x", unary<CosOp>, [](double x) { return std::cos(x); }},
    {"tan", "Tan", "x", tangent, [](double x) { return std::tan(x); }},
    {"sinh", "Sinh", "x", hyperbolic<SubOp, Expm1Op>, [](double x) { return std::sinh(x); }},
    {"cosh", "Cosh", "x", hyperbolic<AddOp, ExpOp>, [](double x) { return std::cosh(x); }},
    {"trunc", "Trunc", "x", truncate, [](double x) { return std::trunc(x); }},
    {"deg2rad", "Deg2rad", "x",
     [](OpCall &call, BoundArguments &args) { return scaled(call, args, radiansPerDegree); },
     [](double x) { return x * radiansPerDegree; }},
    {"rad2deg", "Rad2deg", "x",
     [](OpCall &call, BoundArguments &args) { return scaled(call, args, 1 / radiansPerDegree); },
     [](double x) { return x / radiansPerDegree; }},
    {"logaddexp", "Logaddexp", "x1, x2", logAddExp},
    {"divide_no_nan", "DivideNoNan", "x1, x2", divideNoNan},
    {"erf", "Erf", "x", unaryOfNumbers<ErfOp>, [](double x) { return std::erf(x); }},
    {"equal", "Equal", "x1, x2", compare<Predicate::eq>},
    {"not_equal", "NotEqual", "x1, x2", compare<Predicate::ne>},
    {"less", "Less", "x1, x2", compare<Predicate::lt>},
    {"less_equal", "LessEqual", "x1, x2", compare<Predicate::le>},
    {"greater", "Greater", "x1, x2", compare<Predicate::gt>},
    {"greater_equal", "GreaterEqual", "x1, x2", compare<Predicate::ge>},
    {"logical_and", "LogicalAnd", "x1, x2", composed<buildLogicalAnd>},
    {"logical_or", "LogicalOr", "x1, x2", composed<buildLogicalOr>},
    {"logical_xor", "LogicalXor", "x1, x2", composed<buildLogicalXor>},
    {"logical_not", "LogicalNot", "x", logicalNot},
    {"where", "Where", "condition, x1=None, x2=None", where},
    {"clip", "Clip", "x, x_min, x_max", clip},
    {"cast", "Cast", "x, dtype", cast},
    {"copy", "Copy", "x", identity},
    {"convert_to_tensor", "ConvertToTensor", "x, dtype=None, sparse=None, ragged=None", identity,
     [](double x) { return x; }},
    {"zeros_like", "ZerosLike", "x, dtype=None",
     [](OpCall &call, BoundArguments &args) { return filled(call, args, 0.0); }},
    {"empty_like", "EmptyLike", "x, dtype=None",
     [](OpCall &call, BoundArguments &args) { return filled(call, args, 0.0); }},
    {"ones_like", "OnesLike", "x, dtype=None",
     [](OpCall &call, BoundArguments &args) { return filled(call, args, 1.0); }},
    {"full_like", "FullLike", "x, fill_value, dtype=None",
     [](OpCall &call, BoundArguments &args) {
       return filled(call, args, call.number(args, "fill_value"));
     }},
};

} // namespace

llvm::ArrayRef<OpEntry> elementwiseOps() { return table; }

} // namespace rondo::keras
