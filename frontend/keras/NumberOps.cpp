//===- NumberOps.cpp - More functions of numbers --------------------------===//
//
// Elementwise functions of keras.ops that are put together from others.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Ops.h"
#include <cmath>

namespace rondo::keras {

/// No comparison holds for what is no number.
Tensor *buildIsNan(GraphBuilder &graph, Tensor *x) {
  return buildLogicalNot(
      graph, graph.predicate(ComparePredicate::ge, graph.unary<AbsOp>(x), graph.scalar(0.0)));
}

namespace {

using Predicate = ComparePredicate;

constexpr double kLargestFloat = 3.4028234663852886e38;
constexpr double kLn2 = 0.69314718055994531;
constexpr double kPi = 3.14159265358979324;

template <Tensor *(*compute)(GraphBuilder &, Tensor *)>
Tensor *unary(OpCall &call, BoundArguments &args) {
  Tensor *x = call.graph.numbers(call.tensor(args["x"]));
  return x ? compute(call.graph, x) : nullptr;
}

template <Tensor *(*compute)(GraphBuilder &, Tensor *, Tensor *)>
Tensor *binary(OpCall &call, BoundArguments &args) {
  const BoundArguments::Slot &left = args["x1"], &right = args["x2"];
  Tensor *x, *y;
  if (!call.operands(x, y, {left.value, left.place}, {right.value, right.place}))
    return nullptr;
  checkMeeting(call.graph, x, y);
  return compute(call.graph, call.graph.toFloat(x), call.graph.toFloat(y));
}

Tensor *magnitude(GraphBuilder &graph, Tensor *x) { return graph.unary<AbsOp>(x); }
Tensor *square(GraphBuilder &graph, Tensor *x) { return graph.binary<MulOp>(x, x); }
Tensor *oneMinus(GraphBuilder &graph, Tensor *x) {
  return graph.binary<SubOp>(graph.scalar(1.0), x);
}
Tensor *times(GraphBuilder &graph, Tensor *x, double factor) {
  return graph.binary<MulOp>(x, graph.scalar(factor));
}

//===----------------------------------------------------------------------===//
// What is no number
//===----------------------------------------------------------------------===//

Tensor *isFinite(GraphBuilder &graph, Tensor *x) {
  return graph.predicate(Predicate::le, magnitude(graph, x), graph.scalar(kLargestFloat));
}
Tensor *isInfinite(GraphBuilder &graph, Tensor *x) {
  return graph.predicate(Predicate::gt, magnitude(graph, x), graph.scalar(kLargestFloat));
}
Tensor *isAboveAll(GraphBuilder &graph, Tensor *x) {
  return graph.predicate(Predicate::gt, x, graph.scalar(kLargestFloat));
}
Tensor *isBelowAll(GraphBuilder &graph, Tensor *x) {
  return graph.predicate(Predicate::lt, x, graph.scalar(-kLargestFloat));
}

Tensor *nanToNum(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  auto numberOr = [&](const char *parameter, double otherwise) {
    return args[parameter].value.isNone() ? std::optional(otherwise) : call.number(args, parameter);
  };
  auto nan = call.number(args, "nan"), above = numberOr("posinf", kLargestFloat),
       below = numberOr("neginf", -kLargestFloat);
  if (!x || !nan || !above || !below)
    return nullptr;
  Tensor *result = graph.select(buildIsNan(graph, x), graph.scalar(*nan), x);
  result = graph.select(isAboveAll(graph, x), graph.scalar(*above), result);
  return graph.select(isBelowAll(graph, x), graph.scalar(*below), result);
}

Tensor *isClose(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x1"])), *y = graph.toFloat(call.tensor(args["x2"]));
  auto relative = call.number(args, "rtol"), absolute = call.number(args, "atol");
  if (!x || !y || !relative || !absolute)
    return nullptr;
  Tensor *limit =
      graph.binary<AddOp>(graph.scalar(*absolute), times(graph, magnitude(graph, y), *relative));
  Tensor *isNear =
      graph.predicate(Predicate::le, magnitude(graph, graph.binary<SubOp>(x, y)), limit);
  // Infinities are close to themselves alone.
  isNear = isNear ? buildLogicalAnd(graph, isNear, isFinite(graph, y)) : nullptr;
  Tensor *isSame = graph.predicate(Predicate::eq, x, y);
  if (!isNear || !isSame)
    return nullptr;
  Tensor *result = buildLogicalOr(graph, isNear, isSame);
  return call.boolean(args["equal_nan"])
             ? buildLogicalOr(graph, result,
                              buildLogicalAnd(graph, buildIsNan(graph, x), buildIsNan(graph, y)))
             : result;
}

/// Whether all elements are.
Tensor *allClose(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *isNear = graph.toFloat(isClose(call, args));
  return isNear ? graph.toBool(graph.reduce(ReduceKind::min, isNear, GraphBuilder::allAxes(isNear)))
                : nullptr;
}

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

/// ln(y + √(y² + 1)) for y = |x|, of x's sign.
Tensor *areaHyperbolicSine(GraphBuilder &graph, Tensor *x) {
  Tensor *isNegative = graph.predicate(Predicate::lt, x, graph.scalar(0.0));
  Tensor *y = graph.select(isNegative, graph.unary<NegOp>(x), x), *squares = square(graph, y);
  Tensor *root = graph.unary<SqrtOp>(graph.binary<AddOp>(squares, graph.scalar(1.0)));
  // √(y² + 1) - 1, which keeps its digits where y is small.
  Tensor *above = graph.binary<DivOp>(squares, graph.binary<AddOp>(root, graph.scalar(1.0)));
  Tensor *value = graph.unary<Log1pOp>(graph.binary<AddOp>(y, above));
  return graph.select(isNegative, graph.unary<NegOp>(value), value);
}

Tensor *areaHyperbolicCosine(GraphBuilder &graph, Tensor *x) {
  auto root = [&](double added) {
    return graph.unary<SqrtOp>(graph.binary<AddOp>(x, graph.scalar(added)));
  };
  return graph.unary<LogOp>(graph.binary<AddOp>(x, graph.binary<MulOp>(root(-1), root(1))));
}

Tensor *areaHyperbolicTangent(GraphBuilder &graph, Tensor *x) {
  Tensor *difference =
      graph.binary<SubOp>(graph.unary<Log1pOp>(x), graph.unary<Log1pOp>(graph.unary<NegOp>(x)));
  return times(graph, difference, 0.5);
}

Tensor *cubeRoot(GraphBuilder &graph, Tensor *x) {
  Tensor *root = graph.binary<PowOp>(magnitude(graph, x), graph.scalar(1.0 / 3));
  return graph.binary<MulOp>(graph.unary<SignOp>(x), root);
}

/// sin(πx) / (πx), and 1 at 0.
Tensor *cardinalSine(GraphBuilder &graph, Tensor *x) {
  Tensor *isZero = graph.predicate(Predicate::eq, x, graph.scalar(0.0));
  Tensor *angle = times(graph, graph.select(isZero, graph.scalar(1.0), x), kPi);
  Tensor *value = graph.binary<DivOp>(graph.unary<SinOp>(angle), angle);
  return graph.select(isZero, graph.scalar(1.0), value);
}

Tensor *complementaryErf(GraphBuilder &graph, Tensor *x) {
  return oneMinus(graph, graph.unary<ErfOp>(x));
}

Tensor *hypotenuse(GraphBuilder &graph, Tensor *x, Tensor *y) {
  return graph.unary<SqrtOp>(graph.binary<AddOp>(square(graph, x), square(graph, y)));
}

/// 0 below 0, 1 above it, and `y` at it.
Tensor *heaviside(GraphBuilder &graph, Tensor *x, Tensor *y) {
  Tensor *isZero = graph.predicate(Predicate::eq, x, graph.scalar(0.0));
  return graph.select(isZero, y, graph.compare(Predicate::gt, x, graph.scalar(0.0)));
}

/// What is left of x by whole multiples of y: of x's sign.
Tensor *remainder(GraphBuilder &graph, Tensor *x, Tensor *y) {
  Tensor *size = magnitude(graph, y), *of = magnitude(graph, x);
  return graph.binary<MulOp>(graph.unary<SignOp>(x), buildModulo(graph, of, size));
}

Tensor *logAddExp2(GraphBuilder &graph, Tensor *x, Tensor *y) {
  Tensor *distance = magnitude(graph, graph.binary<SubOp>(x, y));
  Tensor *power = graph.unary<ExpOp>(times(graph, distance, -kLn2));
  return graph.binary<AddOp>(graph.binary<MaximumOp>(x, y),
                             times(graph, graph.unary<Log1pOp>(power), 1 / kLn2));
}

/// The larger or smaller one, and a number where the other is none.
template <typename Op> Tensor *extremum(GraphBuilder &graph, Tensor *x, Tensor *y) {
  Tensor *number = graph.select(buildIsNan(graph, y), x, graph.binary<Op>(x, y));
  return graph.select(buildIsNan(graph, x), y, number);
}

const OpEntry table[] = {
    {"isnan", "Isnan", "x", unary<buildIsNan>},
    {"isfinite", "Isfinite", "x", unary<isFinite>},
    {"isinf", "Isinf", "x", unary<isInfinite>},
    {"isposinf", "Isposinf", "x", unary<isAboveAll>},
    {"isneginf", "Isneginf", "x", unary<isBelowAll>},
    {"isclose", "Isclose", "x1, x2, rtol=1e-05, atol=1e-08, equal_nan=False", isClose},
    {"allclose", "Allclose", "x1, x2, rtol=1e-05, atol=1e-08, equal_nan=False", allClose},
    {"nan_to_num", "NanToNum", "x, nan=0.0, posinf=None, neginf=None", nanToNum},
    {"arcsinh", "Arcsinh", "x", unary<areaHyperbolicSine>, [](double x) { return std::asinh(x); }},
    {"arccosh", "Arccosh", "x", unary<areaHyperbolicCosine>,
     [](double x) { return std::acosh(x); }},
    {"arctanh", "Arctanh", "x", unary<areaHyperbolicTangent>,
     [](double x) { return std::atanh(x); }},
    {"cbrt", "Cbrt", "x", unary<cubeRoot>, [](double x) { return std::cbrt(x); }},
    {"sinc", "Sinc", "x", unary<cardinalSine>},
    {"erfc", "Erfc", "x", unary<complementaryErf>, [](double x) { return std::erfc(x); }},
    {"hypot", "Hypot", "x1, x2", binary<hypotenuse>},
    {"heaviside", "Heaviside", "x1, x2", binary<heaviside>},
    {"fmod", "Fmod", "x1, x2", binary<remainder>},
    {"fmax", "Fmax", "x1, x2", binary<extremum<MaximumOp>>},
    {"fmin", "Fmin", "x1, x2", binary<extremum<MinimumOp>>},
    {"logaddexp2", "Logaddexp2", "x1, x2", binary<logAddExp2>},
};

} // namespace

llvm::ArrayRef<OpEntry> numberOps() { return table; }

} // namespace rondo::keras
