//===- StatisticOps.cpp - Quantiles, what is not NaN, bins ----------------===//
//
// The functions of keras.ops that look at how numbers are distributed along axes, and those
// that leave out what is no number.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Ops.h"
#include <cmath>
#include <limits>

namespace rondo::keras {
namespace {

using Predicate = ComparePredicate;

/// A tensor, or the constant of an array or a list of numbers; null after a report.
Tensor *tensorOrNumbers(OpCall &call, const BoundArguments::Slot &slot) {
  if (!isNumbers(slot.value))
    return call.tensor(slot);
  const eval::NdArray *array = eval::toArray(call.graph.session.in, slot.value, slot.place);
  return array ? makeConstant(call.graph, *array) : nullptr;
}

/// Whether any element along axes is one for which the float tensor is 1.
Tensor *anyAlong(GraphBuilder &graph, Tensor *holds, llvm::ArrayRef<int64_t> axes, bool keep) {
  return graph.toBool(graph.reduce(ReduceKind::max, graph.toFloat(holds), axes, keep));
}

//===----------------------------------------------------------------------===//
// Quantiles
//===----------------------------------------------------------------------===//

/// How a quantile between two elements is chosen.
enum class Method { Linear, Lower, Higher, Nearest, Midpoint };

std::optional<Method> methodOf(OpCall &call, const BoundArguments::Slot &slot) {
  const auto *text = slot.value.as<eval::Str>();
  const char *names[] = {"linear", "lower", "higher", "nearest", "midpoint"};
  for (auto [i, name] : llvm::enumerate(names))
    if (text && text->text == name)
      return Method(i);
  call.reject(slot, "method", "\"linear\", \"lower\", \"higher\", \"nearest\" or \"midpoint\"");
  return std::nullopt;
}

/// The quantile `q` of `size` sorted elements along the last axis, which stays.
Tensor *quantileOf(GraphBuilder &graph, Tensor *sorted, int64_t size, double q, Method method) {
  const double exact = double(size - 1) * q;
  auto at = [&](double index) {
    int64_t place = std::clamp<int64_t>(int64_t(index), 0, size - 1);
    return graph.part(sorted, lastOf(sorted), place, 1);
  };
  auto between = [&](Tensor *lower, Tensor *higher, double share) {
    return graph.binary<AddOp>(graph.binary<MulOp>(higher, graph.scalar(1 - share)),
                               graph.binary<MulOp>(lower, graph.scalar(share)));
  };
  switch (method) {
  case Method::Lower:
    return at(std::floor(exact));
  case Method::Higher:
    return at(std::ceil(exact));
  case Method::Nearest:
    return at(std::nearbyint(exact));
  case Method::Midpoint:
    return between(at(std::floor(exact)), at(std::ceil(exact)), 0.5);
  case Method::Linear:
    break;
  }
  const double lower = std::max(std::ceil(exact) - 1, 0.0);
  const double higher = std::min(lower + 1, double(size - 1));
  return between(at(lower), at(higher), higher - exact);
}

/// Quantiles of all elements along `axis=`; a list of them has an axis of its own in front.
Tensor *quantiles(OpCall &call, BoundArguments &args, Tensor *x, const std::vector<double> &qs,
                  bool isList, Method method) {
  GraphBuilder &graph = call.graph;
  x = graph.toFloat(x);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  checkReduction(graph, x, *axes, args["axis"], /*isSum=*/false);
  const bool keep = call.boolean(args["keepdims"]);
  int64_t size = 1;
  for (int64_t axis : *axes) {
    auto own = knownSize(call, x, axis, args["axis"].given ? args["axis"].place : args.place);
    if (!own)
      return nullptr;
    size *= *own;
  }
  // The axes as one, the last.
  AxisList order = GraphBuilder::allAxes(x);
  llvm::erase_if(order, [&](int64_t axis) { return llvm::is_contained(*axes, axis); });
  const size_t others = order.size();
  llvm::append_range(order, *axes);
  Tensor *row = graph.transpose(x, order);
  Axes shape(row->axes.begin(), row->axes.begin() + others);
  shape.push_back({DimExpr(size), size == 1 ? AxisMeaning::One : AxisMeaning::Unknown});
  row = axes->size() == 1 ? row : graph.reshape(row, std::move(shape));
  Tensor *sorted = buildSorted(graph, row, size, size, /*isDescending=*/false).values;
  Tensor *isNan = anyAlong(graph, buildIsNan(graph, row), {lastOf(row)}, /*keep=*/true);
  std::vector<Tensor *> results;
  for (double q : qs) {
    Tensor *result = graph.select(isNan, graph.scalar(std::numeric_limits<double>::quiet_NaN()),
                                  quantileOf(graph, sorted, size, q, method));
    if (!result)
      return nullptr;
    result = graph.squeeze(result, {lastOf(result)});
    for (int64_t axis : keep ? *axes : AxisList())
      result = graph.expandDims(result, axis);
    results.push_back(isList ? graph.expandDims(result, 0) : result);
  }
  return isList ? graph.concatenate(results, 0) : results.front();
}

/// `quantile`, and `percentile` of which 100 make 1.
template <int whole> Tensor *quantile(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["q"];
  auto method = x ? methodOf(call, args["method"]) : std::nullopt;
  if (!method)
    return nullptr;
  std::vector<double> qs;
  bool isList = isNumbers(slot.value);
  const eval::NdArray *array =
      isList ? eval::toArray(call.graph.session.in, slot.value, slot.place) : nullptr;
  if (isList && !array)
    return nullptr;
  if (array && array->rank() <= 1)
    qs = array->elements();
  else if (auto one = slot.value.isBool() ? std::nullopt : slot.value.asReal())
    qs = {*one};
  for (double &q : qs)
    q /= whole;
  if (qs.empty() || llvm::any_of(qs, [](double q) { return !(q >= 0 && q <= 1); })) {
    call.reject(slot, "q", fmt::format("a number from 0 to {}, or a list of them", whole));
    return nullptr;
  }
  return quantiles(call, args, x, qs, array && array->rank() == 1, *method);
}

Tensor *median(OpCall &call, BoundArguments &args) {
  return quantiles(call, args, call.tensor(args["x"]), {0.5}, /*isList=*/false, Method::Linear);
}

//===----------------------------------------------------------------------===//
// What is not NaN
//===----------------------------------------------------------------------===//

/// `x`, with this number in the place of what is none.
Tensor *filled(GraphBuilder &graph, Tensor *x, double number) {
  return graph.select(buildIsNan(graph, x), graph.scalar(number), x);
}

/// How many elements along axes are numbers.
Tensor *numberCount(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  Tensor *isNumber = buildLogicalNot(graph, buildIsNan(graph, x));
  return graph.reduce(ReduceKind::sum, graph.toFloat(isNumber), axes, keep);
}

template <Tensor *(*compute)(GraphBuilder &, Tensor *, llvm::ArrayRef<int64_t>, bool),
          bool isSum = false>
Tensor *reduction(OpCall &call, BoundArguments &args) {
  Tensor *x = call.graph.toFloat(call.tensor(args["x"]));
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  checkReduction(call.graph, x, *axes, args["axis"], isSum);
  return compute(call.graph, x, *axes, call.boolean(args["keepdims"]));
}

Tensor *nanSum(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  return graph.reduce(ReduceKind::sum, filled(graph, x, 0), axes, keep);
}

Tensor *nanMean(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  return graph.binary<DivOp>(nanSum(graph, x, axes, keep), numberCount(graph, x, axes, keep));
}

Tensor *nanVariance(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  Tensor *distance = graph.binary<SubOp>(x, nanMean(graph, x, axes, /*keep=*/true));
  return nanMean(graph, graph.binary<MulOp>(distance, distance), axes, keep);
}

Tensor *nanDeviation(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  return graph.unary<SqrtOp>(nanVariance(graph, x, axes, keep));
}

/// The largest or smallest number; of none of them NaN.
template <bool isLargest>
Tensor *nanExtremum(GraphBuilder &graph, Tensor *x, llvm::ArrayRef<int64_t> axes, bool keep) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Tensor *least = filled(graph, x, isLargest ? -infinity : infinity);
  Tensor *result = graph.reduce(isLargest ? ReduceKind::max : ReduceKind::min, least, axes, keep);
  Tensor *isNone =
      graph.predicate(Predicate::eq, numberCount(graph, x, axes, keep), graph.scalar(0.0));
  return graph.select(isNone, graph.scalar(std::numeric_limits<double>::quiet_NaN()), result);
}

/// Where it is; of none -1.
template <bool isLargest> Tensor *nanArgument(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  Tensor *rising = isLargest ? x : graph.unary<NegOp>(x);
  Tensor *place = graph.toFloat(graph.argmax(filled(graph, rising, -infinity), *axis));
  Tensor *isNone = graph.predicate(Predicate::eq, numberCount(graph, x, {*axis}, /*keep=*/false),
                                   graph.scalar(0.0));
  Tensor *result = graph.toInt(graph.select(isNone, graph.scalar(-1.0), place));
  return call.boolean(args["keepdims"]) ? graph.expandDims(result, *axis) : result;
}

//===----------------------------------------------------------------------===//
// Bins
//===----------------------------------------------------------------------===//

/// How many of the sorted bounds are below each element, or not above it.
Tensor *binsOf(GraphBuilder &graph, Tensor *x, Tensor *bounds, bool countsEqual) {
  x = graph.toFloat(x);
  bounds = graph.toFloat(bounds);
  if (!x || !bounds)
    return nullptr;
  Tensor *isPassed = graph.compare(countsEqual ? Predicate::le : Predicate::lt, bounds,
                                   graph.expandDims(x, int64_t(x->rank())));
  return isPassed ? graph.toInt(graph.reduce(ReduceKind::sum, isPassed, {lastOf(isPassed)}))
                  : nullptr;
}

Tensor *searchSorted(OpCall &call, BoundArguments &args) {
  Tensor *bounds = tensorOrNumbers(call, args["sorted_sequence"]);
  Tensor *x = bounds ? tensorOrNumbers(call, args["values"]) : nullptr;
  const BoundArguments::Slot &side = args["side"];
  const auto *text = side.value.as<eval::Str>();
  if (!x)
    return nullptr;
  if (bounds->rank() != 1 || bounds->axes[0].is(AxisMeaning::Batch)) {
    call.reject(args["sorted_sequence"], "sorted_sequence", "one row of numbers")
        .help("`keras.ops.vectorized_map` does it for each sample");
    return nullptr;
  }
  if (text && (text->text == "left" || text->text == "right"))
    return binsOf(call.graph, x, bounds, text->text == "right");
  call.reject(side, "side", "\"left\" or \"right\"");
  return nullptr;
}

Tensor *digitize(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["bins"];
  if (x && !isNumbers(slot.value)) {
    call.reject(slot, "bins", "a list of numbers");
    return nullptr;
  }
  Tensor *bins = x ? tensorOrNumbers(call, slot) : nullptr;
  return bins ? binsOf(call.graph, x, bins, /*countsEqual=*/true) : nullptr;
}

const OpEntry table[] = {
    {"quantile", "Quantile", "x, q, axis=None, method='linear', keepdims=False", quantile<1>},
    {"percentile", "Percentile", "x, q, axis=None, method='linear', keepdims=False", quantile<100>},
    {"median", "Median", "x, axis=None, keepdims=False", median},
    {"nansum", "Nansum", "x, axis=None, keepdims=False", reduction<nanSum, true>},
    {"nanmean", "Nanmean", "x, axis=None, keepdims=False", reduction<nanMean>},
    {"nanvar", "Nanvar", "x, axis=None, keepdims=False", reduction<nanVariance>},
    {"nanstd", "Nanstd", "x, axis=None, keepdims=False", reduction<nanDeviation>},
    {"nanmax", "Nanmax", "x, axis=None, keepdims=False", reduction<nanExtremum<true>>},
    {"nanmin", "Nanmin", "x, axis=None, keepdims=False", reduction<nanExtremum<false>>},
    {"nanargmax", "Nanargmax", "x, axis=None, keepdims=False", nanArgument<true>},
    {"nanargmin", "Nanargmin", "x, axis=None, keepdims=False", nanArgument<false>},
    {"searchsorted", "SearchSorted", "sorted_sequence, values, side='left'", searchSorted},
    {"digitize", "Digitize", "x, bins", digitize},
};

} // namespace

llvm::ArrayRef<OpEntry> statisticOps() { return table; }

} // namespace rondo::keras
