//===- AngleOps.cpp - Angles of sides, and powers of two ------------------===//
//
// The inverses of sine, cosine and tangent, and other functions of numbers that are put
// together from others.
//
//===----------------------------------------------------------------------===//

#include "dialect/TensorNumber.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Ops.h"
#include <cmath>

namespace rondo::keras {

namespace {

using Predicate = ComparePredicate;

constexpr double kPi = 3.14159265358979324;
constexpr double kLn2 = 0.69314718055994531;

/// The angle of a tangent from -1 to 1. Half the angle has the tangent x / (1 + √(1 + x²)): a
/// quarter of it is small enough for few terms of the series.
TensorNumber smallArctangent(const TensorNumber &x) {
  TensorNumber small = x;
  for (int i = 0; i < 2; ++i)
    small = small / (TensorNumber(1.0) + sqrt(TensorNumber(1.0) + small * small));
  TensorNumber squared = small * small;
  // From the last term on: 1 - x²/3 + x⁴/5 - …
  constexpr int terms = 9;
  TensorNumber sum = squared * TensorNumber(-1.0 / (2 * terms + 1));
  for (int i = terms - 1; i > 0; --i)
    sum = squared * (TensorNumber((i % 2 ? -1.0 : 1.0) / (2 * i + 1)) + sum);
  return TensorNumber(4.0) * (small + small * sum);
}

Tensor *plus(GraphBuilder &graph, Tensor *x, Tensor *y) { return graph.binary<AddOp>(x, y); }
Tensor *minus(GraphBuilder &graph, Tensor *x, Tensor *y) { return graph.binary<SubOp>(x, y); }
Tensor *times(GraphBuilder &graph, Tensor *x, double factor) {
  return graph.binary<MulOp>(x, graph.scalar(factor));
}
Tensor *root(GraphBuilder &graph, Tensor *x) { return graph.unary<SqrtOp>(x); }
Tensor *isBelow(GraphBuilder &graph, Tensor *x, double bound) {
  return graph.predicate(Predicate::lt, x, graph.scalar(bound));
}

/// The angle of a point with these coordinates, from -π to π.
Tensor *angleOf(GraphBuilder &graph, Tensor *y, Tensor *x) {
  Tensor *zero = graph.scalar(0.0);
  // The smaller one over the larger one is a tangent that is not large.
  Tensor *isSteep = graph.predicate(Predicate::gt, graph.unary<AbsOp>(y), graph.unary<AbsOp>(x));
  Tensor *of = graph.select(isSteep, x, y), *over = graph.select(isSteep, y, x);
  Tensor *isOrigin = graph.predicate(Predicate::eq, over, zero);
  Tensor *ratio = graph.binary<DivOp>(of, graph.select(isOrigin, graph.scalar(1.0), over));
  Tensor *angle = graph.formula(ratio, smallArctangent);
  Tensor *isDown = isBelow(graph, y, 0);
  Tensor *quarter = graph.select(isDown, graph.scalar(-kPi / 2), graph.scalar(kPi / 2));
  Tensor *half = graph.select(isDown, graph.scalar(-kPi), graph.scalar(kPi));
  Tensor *flat = plus(graph, angle, graph.select(isBelow(graph, x, 0), half, zero));
  return graph.select(isSteep, minus(graph, quarter, angle), flat);
}

Tensor *arcsine(GraphBuilder &graph, Tensor *x) {
  Tensor *one = graph.scalar(1.0);
  Tensor *rest = graph.binary<MulOp>(minus(graph, one, x), plus(graph, one, x));
  return buildArctangent(graph, graph.binary<DivOp>(x, root(graph, rest)));
}

/// From the tangent of half the angle, which keeps its digits near 1.
Tensor *arccosine(GraphBuilder &graph, Tensor *x) {
  Tensor *one = graph.scalar(1.0);
  Tensor *ratio = graph.binary<DivOp>(minus(graph, one, x), plus(graph, one, x));
  return times(graph, buildArctangent(graph, root(graph, ratio)), 2);
}

Tensor *powerOfTwo(GraphBuilder &graph, Tensor *x) {
  return graph.unary<ExpOp>(times(graph, x, kLn2));
}

/// x · 2ⁿ.
Tensor *scaledByPower(GraphBuilder &graph, Tensor *x, Tensor *n) {
  return graph.binary<MulOp>(x, graph.binary<PowOp>(graph.scalar(2.0), n));
}

/// Of zero, too: one over it is infinite, and of its sign.
Tensor *hasSign(GraphBuilder &graph, Tensor *x) {
  Tensor *isZero = graph.predicate(Predicate::eq, x, graph.scalar(0.0));
  Tensor *sign = graph.select(isZero, graph.binary<DivOp>(graph.scalar(1.0), x), x);
  return isBelow(graph, sign, 0);
}

/// What derivatives take for a constant.
Tensor *stopGradient(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["variable"]);
  // Nothing flows through others anyway.
  return !x || x->element != ElementKind::Float ? x : call.graph.unary<StopGradientOp>(x);
}

template <Tensor *(*compute)(GraphBuilder &, Tensor *)>
Tensor *unary(OpCall &call, BoundArguments &args) {
  Tensor *x = call.graph.numbers(call.tensor(args["x"]));
  return x ? compute(call.graph, call.graph.toFloat(x)) : nullptr;
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

Tensor *ldexp(OpCall &call, BoundArguments &args) {
  bool isTensor = args["x2"].value.as<Tensor>();
  return !isTensor || call.integerTensor(args["x2"], "x2") ? binary<scaledByPower>(call, args)
                                                           : nullptr;
}

const OpEntry table[] = {
    {"arctan", "Arctan", "x", unary<buildArctangent>, [](double x) { return std::atan(x); }},
    {"arcsin", "Arcsin", "x", unary<arcsine>, [](double x) { return std::asin(x); }},
    {"arccos", "Arccos", "x", unary<arccosine>, [](double x) { return std::acos(x); }},
    {"arctan2", "Arctan2", "x1, x2", binary<angleOf>},
    {"exp2", "Exp2", "x", unary<powerOfTwo>, [](double x) { return std::exp2(x); }},
    {"ldexp", "Ldexp", "x1, x2", ldexp},
    {"signbit", "Signbit", "x", unary<hasSign>},
    {"stop_gradient", "StopGradient", "variable", stopGradient, [](double x) { return x; }},
};

} // namespace

Tensor *buildArctangent(GraphBuilder &graph, Tensor *x) {
  if (!(x = graph.toFloat(x)))
    return nullptr;
  Tensor *one = graph.scalar(1.0);
  Tensor *isLarge = graph.predicate(Predicate::gt, graph.unary<AbsOp>(x), one);
  // Of what is larger, the rest of a right angle.
  Tensor *inverse = graph.binary<DivOp>(one, graph.select(isLarge, x, one));
  Tensor *angle = graph.formula(graph.select(isLarge, inverse, x), smallArctangent);
  Tensor *quarter =
      graph.select(isBelow(graph, x, 0), graph.scalar(-kPi / 2), graph.scalar(kPi / 2));
  return graph.select(isLarge, minus(graph, quarter, angle), angle);
}

llvm::ArrayRef<OpEntry> angleOps() { return table; }

} // namespace rondo::keras
