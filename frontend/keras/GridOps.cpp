//===- GridOps.cpp - Tensors put together from rows -----------------------===//
//
// The functions of keras.ops that make grids and tables of what they are given, and those
// that ask what a tensor is.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Policies.h"
#include <cmath>

namespace rondo::keras {
namespace {

/// All elements in a row.
Tensor *raveled(OpCall &call, Tensor *x, SourceRange place) {
  return call.graph.reshapeTo(x, std::optional<DimExpr>(), 0, place);
}

/// One below the other. Keras on TensorFlow makes no rows of vectors.
Tensor *verticalStack(OpCall &call, BoundArguments &args) {
  auto tensors = call.tensors(args["xs"]);
  if (!tensors)
    return nullptr;
  auto axis = checkConcatenation(call.graph.session, *tensors, 0, call.graph.callee, args.place,
                                 args["xs"].place);
  return axis ? call.graph.concatenate(*tensors, *axis) : nullptr;
}

/// The product of each element of one with each of the other.
Tensor *outer(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  x = raveled(call, x, args["x1"].place);
  y = raveled(call, y, args["x2"].place);
  return x && y ? call.graph.binary<MulOp>(call.graph.expandDims(x, 1), y) : nullptr;
}

/// Each row along an axis of its own, the same along those of the others.
std::vector<Tensor *> meshgrid(OpCall &call, BoundArguments &args) {
  const BoundArguments::Slot &slot = args["indexing"];
  const auto *text = slot.value.as<eval::Str>();
  if (!text || (text->text != "xy" && text->text != "ij")) {
    call.reject(slot, "indexing", "\"xy\" or \"ij\"");
    return {};
  }
  std::vector<Tensor *> rows;
  for (const PlacedValue &value : args.rest) {
    Tensor *x = isNumbers(value.value) ? nullptr : call.tensor(value.value, value.place);
    if (isNumbers(value.value))
      if (const eval::NdArray *array =
              eval::toArray(call.graph.session.in, value.value, value.place))
        x = makeConstant(call.graph, *array);
    rows.push_back(raveled(call, x, value.place));
    if (!rows.back())
      return {};
  }
  AxisList places = llvm::to_vector(llvm::seq<int64_t>(0, int64_t(rows.size())));
  if (text->text == "xy" && rows.size() > 1)
    std::swap(places[0], places[1]);
  Axes axes(rows.size());
  for (auto [row, place] : llvm::zip_equal(rows, places))
    axes[place] = row->axes[0];
  std::vector<Tensor *> grids;
  for (auto [row, place] : llvm::zip_equal(rows, places))
    grids.push_back(call.graph.broadcast(row, axes, {place}));
  return grids;
}

Tensor *append(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  const BoundArguments::Slot &slot = args["axis"];
  bool isFlat = slot.value.isNone();
  if (isFlat) {
    x = raveled(call, x, args.place);
    y = raveled(call, y, args.place);
  }
  auto along =
      x && y ? (isFlat ? std::optional<int64_t>(0) : call.axis(slot, x->rank())) : std::nullopt;
  if (!along)
    return nullptr;
  auto axis = checkConcatenation(call.graph.session, {x, y}, *along, call.graph.callee, args.place,
                                 isFlat ? args.place : slot.place);
  return axis ? call.graph.concatenate({x, y}, *axis) : nullptr;
}

/// Quarter turns in the plane of the last two axes, from the first of them to the second.
Tensor *rotate(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["array"]);
  const BoundArguments::Slot &slot = args["axes"], &turns = args["k"];
  auto axes = x ? call.orderedAxes(slot, x) : std::nullopt;
  if (!axes)
    return nullptr;
  int64_t last = lastOf(x);
  if (*axes != AxisList{last - 1, last} || x->axes[last - 1].is(AxisMeaning::Batch)) {
    call.reject(slot, "axes", "the last two axes of a sample, `(-2, -1)`");
    return nullptr;
  }
  if (!turns.value.isInt()) {
    call.reject(turns, "k", "an integer");
    return nullptr;
  }
  int64_t count = (*turns.value.asInteger() % 4 + 4) % 4;
  for (int64_t i = 0; i < count; ++i) {
    AxisList order = GraphBuilder::allAxes(x);
    std::swap(order[last - 1], order[last]);
    x = graph.transpose(graph.reverse(x, {last}), order);
  }
  return x;
}

/// Powers of each element along a new axis.
Tensor *powers(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  const BoundArguments::Slot &slot = args["N"];
  if (!x)
    return nullptr;
  if (x->rank() != 1) {
    call.reject(args["x"], "x", "a tensor with one axis");
    return nullptr;
  }
  auto count = slot.value.isNone()  ? knownSize(call, x, 0, args.place)
               : slot.value.isInt() ? slot.value.asInteger()
                                    : std::nullopt;
  constexpr int64_t most = 64;
  if (!count || *count <= 0 || *count > most) {
    if (count || !slot.value.isNone())
      call.reject(slot, "N", fmt::format("a number from 1 to {}", most));
    return nullptr;
  }
  std::vector<Tensor *> columns{graph.filled(1.0, x->axes)};
  while (int64_t(columns.size()) < *count)
    columns.push_back(graph.power(x, int64_t(columns.size())));
  for (Tensor *&column : columns)
    column = graph.expandDims(column, 1);
  if (!call.boolean(args["increasing"]))
    std::reverse(columns.begin(), columns.end());
  return graph.concatenate(columns, 1);
}

/// The distance of each row of one from each row of the other.
Tensor *distances(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"])), *y = graph.toFloat(call.tensor(args["y"]));
  if (!x || !y)
    return nullptr;
  if (x->rank() < 2 || y->rank() < 2 ||
      !graph.session.unify(x->axes.back().size, y->axes.back().size)) {
    graph.session.in.report(Code::ShapeMismatch, args.place,
                            "{} of shapes {} and {}: rows of one length, the last axis, are "
                            "compared",
                            graph.callee, x->shape(), y->shape());
    return nullptr;
  }
  Tensor *difference =
      graph.binary<SubOp>(graph.expandDims(x, lastOf(x)), graph.expandDims(y, lastOf(y) - 1));
  if (!difference)
    return nullptr;
  Tensor *squares = graph.binary<MulOp>(difference, difference);
  return graph.unary<SqrtOp>(graph.reduce(ReduceKind::sum, squares, {lastOf(squares)}));
}

/// Overlapping parts of the last axis, one below the other.
Tensor *sequences(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x"]);
  if (!x)
    return nullptr;
  if (x->rank() < 2) {
    graph.session.in.report(Code::RankMismatch, args.place,
                            "{} takes a tensor with an axis besides the batch, got '{}' of shape "
                            "{}",
                            graph.callee, x->origin, x->shape());
    return nullptr;
  }
  auto size = knownSize(call, x, lastOf(x), args.place);
  const BoundArguments::Slot &lengthSlot = args["sequence_length"],
                             &strideSlot = args["sequence_stride"];
  auto length = lengthSlot.value.isInt() ? *lengthSlot.value.asInteger() : 0;
  auto stride = strideSlot.value.isInt() ? *strideSlot.value.asInteger() : 0;
  if (!size)
    return nullptr;
  if (length <= 0 || length > *size) {
    call.reject(lengthSlot, "sequence_length", fmt::format("a number from 1 to {}", *size));
    return nullptr;
  }
  if (stride <= 0) {
    call.reject(strideSlot, "sequence_stride", "a positive integer");
    return nullptr;
  }
  const int64_t count = (*size - length) / stride + 1;
  std::vector<double> places;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < length; ++j)
      places.push_back(double(i * stride + j));
  const eval::NdArray *array = eval::makeArray(graph.session.in, std::move(places), {count, length},
                                               eval::Dtype::Int32, args.place);
  return array ? graph.take(x, makeConstant(graph, *array), lastOf(x)) : nullptr;
}

/// How many elements there are.
Tensor *countOf(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  return x ? call.graph.toInt(call.graph.size(x, GraphBuilder::allAxes(x))) : nullptr;
}

/// 1 for each class that is among the numbers of a sample.
Tensor *multiHot(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &classes = args["num_classes"], &axis = args["axis"];
  const BoundArguments::Slot &dtype = args["dtype"];
  auto depth = classes.value.isInt() ? classes.value.asInteger() : std::nullopt;
  if (!x)
    return nullptr;
  if (!depth || *depth <= 0) {
    call.reject(classes, "num_classes", "a positive integer");
    return nullptr;
  }
  if (!axis.value.isInt() ||
      (*axis.value.asInteger() != -1 && *axis.value.asInteger() != int64_t(x->rank()))) {
    call.reject(axis, "axis", "-1, the last one");
    return nullptr;
  }
  if (!dtype.value.isNone() && computedKind(graph.session.in, dtype.value) != ElementKind::Float) {
    call.reject(dtype, "dtype", "\"float32\"");
    return nullptr;
  }
  if (x->rank() == 0 || (x->rank() == 1 && x->axes[0].is(AxisMeaning::Batch))) {
    graph.session.in
        .report(Code::BatchAxis, args.place,
                "{} of '{}' of shape {} would put all samples into one row", graph.callee,
                x->origin, x->shape())
        .help("`keras.ops.one_hot` gives each number a row of its own");
    return nullptr;
  }
  Tensor *rows = graph.oneHot(graph.toInt(x), *depth);
  return graph.reduce(ReduceKind::max, rows, {x->rank() > 1 ? 1 : 0});
}

/// As many decibels as the largest value is above the error.
Tensor *signalToNoise(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  auto largest = call.number(args, "max_val");
  Tensor *error = largest ? graph.binary<SubOp>(x, y) : nullptr;
  if (!error)
    return nullptr;
  if (*largest <= 0) {
    call.reject(args["max_val"], "max_val", "a positive number");
    return nullptr;
  }
  Tensor *mean = graph.mean(graph.binary<MulOp>(error, error), GraphBuilder::allAxes(error));
  const double decibels = 10 / std::log(10.0);
  return graph.binary<SubOp>(graph.scalar(2 * decibels * std::log(*largest)),
                             graph.binary<MulOp>(graph.unary<LogOp>(mean), graph.scalar(decibels)));
}

const OpEntry table[] = {
    {"vstack", "Vstack", "xs", verticalStack},
    {"outer", "Outer", "x1, x2", outer},
    {"meshgrid", "Meshgrid", "*x, indexing='xy'", nullptr, nullptr, meshgrid},
    {"append", "Append", "x1, x2, axis=None", append},
    {"rot90", "Rot90", "array, k=1, axes=(0, 1)", rotate},
    {"vander", "Vander", "x, N=None, increasing=False", powers},
    {"cdist", "CDist", "x, y", distances},
    {"extract_sequences", "ExtractSequences", "x, sequence_length, sequence_stride", sequences},
    {"size", "Size", "x", countOf},
    {"multi_hot", "MultiHot", "x, num_classes, axis=-1, dtype=None, sparse=False", multiHot},
    {"psnr", "PSNR", "x1, x2, max_val", signalToNoise},
};

} // namespace

llvm::ArrayRef<OpEntry> gridOps() { return table; }

} // namespace rondo::keras
