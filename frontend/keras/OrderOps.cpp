//===- OrderOps.cpp - The order of elements -------------------------------===//
//
// The functions of keras.ops that sort, and those that look elements up. Each element
// is compared with each: axes are of sizes that are known, and not large.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Ops.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// What operations along an axis share
//===----------------------------------------------------------------------===//

std::optional<int64_t> knownSize(OpCall &call, const Tensor *x, int64_t axis, SourceRange place) {
  Session &session = call.graph.session;
  if (auto size = session.resolve(x->size(axis)).getConstant())
    return size;
  session.in
      .report(Code::DynamicSize, place,
              "{} along axis {} of '{}' of shape {}, whose size is only known when the model runs",
              call.graph.callee, axis, x->origin, x->shape())
      .help("give the size in `Input(shape=…)` instead of None");
  return std::nullopt;
}

std::optional<int64_t> sampleAxis(OpCall &call, const BoundArguments::Slot &slot, const Tensor *x) {
  auto axis = x ? call.axis(slot, x->rank()) : std::nullopt;
  if (!axis || *axis > 0)
    return axis;
  call.graph.session.in
      .report(Code::BatchAxis, slot.place, "{} along axis 0 would mix the samples of the batch",
              call.graph.callee)
      .help("axis 0 is the batch; the axes of a sample start at 1");
  return std::nullopt;
}

Tensor *moved(GraphBuilder &graph, Tensor *x, int64_t from, int64_t to) {
  if (!x || from == to)
    return x;
  AxisList order = GraphBuilder::allAxes(x);
  order.erase(order.begin() + from);
  order.insert(order.begin() + to, from);
  return graph.transpose(x, order);
}

Tensor *buildRanks(GraphBuilder &graph, Tensor *x, int64_t size, bool isDescending) {
  if (!(x = graph.toFloat(x)))
    return nullptr;
  int64_t last = int64_t(x->rank()) - 1;
  Tensor *own = graph.expandDims(x, last + 1), *other = graph.expandDims(x, last);
  Tensor *places = graph.range(size);
  // The axis of the others is the last one.
  Tensor *isInFront =
      graph.compare(ComparePredicate::gt, graph.expandDims(places, 1), graph.expandDims(places, 0));
  Tensor *isBefore =
      graph.compare(isDescending ? ComparePredicate::gt : ComparePredicate::lt, other, own);
  Tensor *isEqual = graph.compare(ComparePredicate::eq, other, own);
  Tensor *counts = graph.binary<AddOp>(isBefore, graph.binary<MulOp>(isEqual, isInFront));
  return counts ? graph.reduce(ReduceKind::sum, counts, {last + 1}) : nullptr;
}

Sorted buildSorted(GraphBuilder &graph, Tensor *x, int64_t size, int64_t count, bool isDescending) {
  x = graph.toFloat(x);
  int64_t last = lastOf(x);
  Tensor *ranks = buildRanks(graph, x, size, isDescending);
  Tensor *isThere = ranks ? graph.predicate(ComparePredicate::eq, graph.expandDims(ranks, last + 1),
                                            graph.range(count))
                          : nullptr;
  auto pick = [&](Tensor *from) {
    Tensor *chosen = graph.select(isThere, from, graph.scalar(0.0));
    return chosen ? graph.reduce(ReduceKind::sum, chosen, {last}) : nullptr;
  };
  return {pick(graph.expandDims(x, last + 1)),
          graph.toInt(pick(graph.expandDims(graph.range(size), 1)))};
}

namespace {

/// `sort` and `argsort`.
template <bool arePlaces> Tensor *sort(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x"]);
  auto axis = sampleAxis(call, args["axis"], x);
  auto size = axis ? knownSize(call, x, *axis, args["axis"].place) : std::nullopt;
  if (!size)
    return nullptr;
  Sorted result = buildSorted(graph, moved(graph, x, *axis, lastOf(x)), *size, *size, false);
  return moved(graph, arePlaces ? result.places : result.values, lastOf(x), *axis);
}

std::vector<Tensor *> topK(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &k = args["k"];
  auto size = x && x->rank() > 0 ? knownSize(call, x, lastOf(x), args.place) : std::nullopt;
  if (!size)
    return {};
  auto count = k.value.isInt() ? k.value.asInteger() : std::nullopt;
  if (!count || *count <= 0 || *count > *size) {
    call.reject(
        k, "k",
        fmt::format("a number from 1 to {}, the size of the last axis of '{}'", *size, x->origin));
    return {};
  }
  Sorted result = buildSorted(call.graph, x, *size, *count, /*isDescending=*/true);
  return {result.values, result.places};
}

/// Whether fewer than k predictions are above that of the target.
Tensor *inTopK(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *targets = call.integerTensor(args["targets"], "targets"),
         *x = call.tensor(args["predictions"]);
  auto k = call.number(args, "k");
  auto size =
      x && targets && x->rank() > 0 ? knownSize(call, x, lastOf(x), args.place) : std::nullopt;
  if (!size || !k)
    return nullptr;
  if (targets->rank() + 1 != x->rank()) {
    call.reject(args["targets"], "targets",
                fmt::format("integers for predictions of shape {}", x->shape()));
    return nullptr;
  }
  Tensor *right = graph.reduce(ReduceKind::sum,
                               graph.binary<MulOp>(graph.oneHot(targets, *size), x), {lastOf(x)},
                               /*keep=*/true);
  Tensor *isBetter = graph.compare(ComparePredicate::gt, x, right);
  Tensor *better = isBetter ? graph.reduce(ReduceKind::sum, isBetter, {lastOf(x)}) : nullptr;
  return graph.predicate(ComparePredicate::lt, better, graph.scalar(*k));
}

/// Elements of an axis by places of their own for each position of the other axes.
Tensor *takeAlongAxis(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *given = call.tensor(args["x"]), *x = graph.toFloat(given);
  Tensor *places = x ? call.integerTensor(args["indices"], "indices") : nullptr;
  auto axis = places ? sampleAxis(call, args["axis"], x) : std::nullopt;
  auto size = axis ? knownSize(call, x, *axis, args["axis"].place) : std::nullopt;
  if (!size)
    return nullptr;
  if (places->rank() != x->rank()) {
    call.reject(args["indices"], "indices",
                fmt::format("integers of rank {}, as '{}'", x->rank(), x->origin));
    return nullptr;
  }
  int64_t last = lastOf(x);
  places = graph.toFloat(moved(graph, places, *axis, last));
  // Negative ones count from the end.
  Tensor *isNegative = graph.compare(ComparePredicate::lt, places, graph.scalar(0.0));
  places =
      graph.binary<AddOp>(places, graph.binary<MulOp>(isNegative, graph.scalar(double(*size))));
  Tensor *isThere =
      graph.predicate(ComparePredicate::eq, graph.expandDims(places, last + 1), graph.range(*size));
  Tensor *chosen = graph.select(isThere, graph.expandDims(moved(graph, x, *axis, last), last),
                                graph.scalar(0.0));
  if (!chosen)
    return nullptr;
  chosen = moved(graph, graph.reduce(ReduceKind::sum, chosen, {last + 1}), last, *axis);
  return given->element == ElementKind::Int ? graph.toInt(chosen) : chosen;
}

const OpEntry table[] = {
    {"sort", "Sort", "x, axis=-1", sort<false>},
    {"argsort", "Argsort", "x, axis=-1", sort<true>},
    {"top_k", "TopK", "x, k, sorted=True", nullptr, nullptr, topK},
    {"in_top_k", "InTopK", "targets, predictions, k", inTopK},
    {"take_along_axis", "TakeAlongAxis", "x, indices, axis=None", takeAlongAxis},
};

} // namespace

llvm::ArrayRef<OpEntry> orderOps() { return table; }

} // namespace rondo::keras
