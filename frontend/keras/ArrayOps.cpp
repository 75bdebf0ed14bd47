//===- ArrayOps.cpp - Running sums, padding, diagonals, averages ----------===//
//
// The functions of keras.ops that are put together from others: what they compute along
// an axis, or around it.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Size.h"

namespace rondo::keras {

namespace {

//===----------------------------------------------------------------------===//
// Running sums and products
//===----------------------------------------------------------------------===//

/// Along an axis, step by step: its size need not be known.
template <typename Op, int start, bool skipsNan = false>
Tensor *running(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  auto axis = x ? sampleAxis(call, args["axis"], x) : std::nullopt;
  const BoundArguments::Slot &dtype = args["dtype"];
  if (!axis)
    return nullptr;
  if (!dtype.value.isNone()) {
    call.reject(dtype, "dtype", "not given: sums are float32");
    return nullptr;
  }
  if (skipsNan) {
    constexpr double largest = std::numeric_limits<float>::max();
    Tensor *bounded = graph.binary<MinimumOp>(x, graph.scalar(largest));
    bounded = graph.binary<MaximumOp>(bounded, graph.scalar(-largest));
    x = graph.select(buildIsNan(graph, x), graph.scalar(double(start)), bounded);
  }
  x = moved(graph, x, *axis, 1);
  return moved(graph, graph.running<Op>(x, start), 1, *axis);
}

/// Of all elements along some axes, in halves.
template <bool skipsNan> Tensor *product(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  if (skipsNan && x)
    x = graph.select(buildIsNan(graph, x), graph.scalar(1.0), x);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  for (int64_t axis : *axes) {
    std::optional<int64_t> size = knownSize(call, x, axis, args["axis"].place);
    if (!size)
      return nullptr;
    while (*size > 1) {
      int64_t half = *size / 2;
      Tensor *products =
          graph.binary<MulOp>(graph.part(x, axis, 0, half), graph.part(x, axis, half, half));
      if (*size % 2)
        products = graph.concatenate({products, graph.part(x, axis, *size - 1, 1)}, axis);
      x = products;
      *size = half + *size % 2;
    }
  }
  return call.boolean(args["keepdims"]) ? x : graph.squeeze(x, *axes);
}

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

using Widths = std::vector<std::pair<int64_t, int64_t>>;

/// How much comes before and behind each axis; nothing after a report.
std::optional<Widths> widthsOf(OpCall &call, const BoundArguments::Slot &slot, const Tensor *x) {
  auto pairOf = [](Value value) -> std::optional<std::pair<int64_t, int64_t>> {
    const auto *sequence = value.as<eval::Sequence>();
    if (!sequence || sequence->elements.size() != 2)
      return std::nullopt;
    Value before = sequence->elements[0], behind = sequence->elements[1];
    if (!before.isInt() || !behind.isInt() || *before.asInteger() < 0 || *behind.asInteger() < 0)
      return std::nullopt;
    return std::pair(*before.asInteger(), *behind.asInteger());
  };
  Widths widths;
  const auto *sequence = slot.value.as<eval::Sequence>();
  if (slot.value.isInt() && *slot.value.asInteger() >= 0)
    widths = {{*slot.value.asInteger(), *slot.value.asInteger()}};
  else if (auto pair = pairOf(slot.value))
    widths = {*pair};
  else
    for (Value element :
         sequence ? llvm::ArrayRef<Value>(sequence->elements) : llvm::ArrayRef<Value>())
      if (auto each = pairOf(element))
        widths.push_back(*each);
  if (widths.size() == 1)
    widths.resize(x->rank(), widths.front());
  if (widths.size() != x->rank()) {
    call.reject(
        slot, "pad_width",
        fmt::format("a pair of sizes for each of the {} axes of '{}'", x->rank(), x->origin));
    return std::nullopt;
  }
  if (widths.front() == std::pair<int64_t, int64_t>())
    return widths;
  call.graph.session.in
      .report(Code::BatchAxis, slot.place, "{} along axis 0 would add samples to the batch",
              call.graph.callee)
      .help("the first pair is that of the batch: `((0, 0), …)`");
  return std::nullopt;
}

/// Numbers around a tensor.
Tensor *framed(GraphBuilder &graph, Tensor *x, const Widths &widths, double value) {
  Tensor *inside = value != 0 ? graph.filled(1.0, x->axes) : nullptr;
  for (auto [axis, width] : llvm::enumerate(widths)) {
    x = graph.pad(x, int64_t(axis), width.first, width.second);
    if (inside)
      inside = graph.pad(inside, int64_t(axis), width.first, width.second);
  }
  return inside ? graph.select(graph.toBool(inside), x, graph.scalar(value)) : x;
}

Tensor *pad(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  auto widths = x ? widthsOf(call, args["pad_width"], x) : std::nullopt;
  const BoundArguments::Slot &mode = args["mode"], &constant = args["constant_values"];
  const auto *text = mode.value.as<eval::Str>();
  std::string name = text ? text->text : "";
  if (!widths)
    return nullptr;
  if (name == "constant") {
    auto value = constant.value.isNone() ? 0.0 : call.number(args, "constant_values");
    return value ? framed(graph, x, *widths, *value) : nullptr;
  }
  if (name != "reflect" && name != "symmetric") {
    call.reject(mode, "mode", "\"constant\", \"reflect\" or \"symmetric\"");
    return nullptr;
  }
  if (!constant.value.isNone()) {
    call.reject(constant, "constant_values", "only given with `mode=\"constant\"`");
    return nullptr;
  }
  // A reflection leaves the border itself out.
  const int64_t skipped = name == "reflect";
  for (auto [index, width] : llvm::enumerate(*widths)) {
    auto [before, behind] = width;
    int64_t axis = int64_t(index);
    if (before == 0 && behind == 0)
      continue;
    std::optional<int64_t> size = knownSize(call, x, axis, args["pad_width"].place);
    if (!size)
      return nullptr;
    if (std::max(before, behind) > *size - skipped) {
      call.reject(
          args["pad_width"], "pad_width",
          fmt::format("at most {} along axis {} of '{}'", *size - skipped, axis, x->origin));
      return nullptr;
    }
    std::vector<Tensor *> parts;
    if (before > 0)
      parts.push_back(graph.reverse(graph.part(x, axis, skipped, before), {axis}));
    parts.push_back(x);
    if (behind > 0)
      parts.push_back(graph.reverse(graph.part(x, axis, *size - skipped - behind, behind), {axis}));
    x = graph.concatenate(parts, axis);
  }
  return x;
}

//===----------------------------------------------------------------------===//
// Diagonals
//===----------------------------------------------------------------------===//

Tensor *buildDiagonal(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  const BoundArguments::Slot &offset = args["offset"];
  auto rows = sampleAxis(call, args["axis1"], x);
  auto columns = rows ? sampleAxis(call, args["axis2"], x) : std::nullopt;
  if (!columns)
    return nullptr;
  if (*rows == *columns || !offset.value.isInt()) {
    if (*rows == *columns)
      call.reject(args["axis2"], "axis2", "another axis than `axis1`");
    else
      call.reject(offset, "offset", "an integer");
    return nullptr;
  }
  auto height = knownSize(call, x, *rows, args["axis1"].place);
  auto width = height ? knownSize(call, x, *columns, args["axis2"].place) : std::nullopt;
  if (!width)
    return nullptr;
  int64_t above = *offset.value.asInteger();
  int64_t first = std::max<int64_t>(-above, 0);
  int64_t length = std::min(*height - first, *width - std::max<int64_t>(above, 0));
  if (length <= 0) {
    call.reject(offset, "offset",
                fmt::format("one of a diagonal of {} rows and {} columns", *height, *width));
    return nullptr;
  }
  // The rows and the columns come last.
  AxisList order = GraphBuilder::allAxes(x);
  llvm::erase_if(order, [&](int64_t axis) { return axis == *rows || axis == *columns; });
  order.append({*rows, *columns});
  x = graph.transpose(x, order);
  int64_t last = lastOf(x);
  Tensor *row =
      graph.binary<AddOp>(graph.expandDims(graph.range(*height), 1), graph.scalar(double(above)));
  Tensor *isThere =
      graph.predicate(ComparePredicate::eq, row, graph.expandDims(graph.range(*width), 0));
  Tensor *chosen = graph.select(isThere, x, graph.scalar(0.0));
  Tensor *sums = chosen ? graph.reduce(ReduceKind::sum, chosen, {last}) : nullptr;
  return sums ? graph.part(sums, last - 1, first, length) : nullptr;
}

Tensor *trace(OpCall &call, BoundArguments &args) {
  Tensor *diagonal = buildDiagonal(call, args);
  return diagonal ? call.graph.reduce(ReduceKind::sum, diagonal, {lastOf(diagonal)}) : nullptr;
}

/// Of vectors of three numbers along the last axis.
Tensor *cross(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x1"]), *y = call.tensor(args["x2"]);
  if (!x || !y)
    return nullptr;
  auto isLast = [&](const char *parameter, const Tensor *of) {
    Value axis = args[parameter].value;
    return axis.isNone() || axis.asInteger() == -1 || axis.asInteger() == lastOf(of);
  };
  auto hasThree = [&](const Tensor *of) {
    return of->rank() > 0 && graph.session.resolve(of->size(lastOf(of))) == DimExpr(3);
  };
  if (!hasThree(x) || !hasThree(y) || !isLast("axisa", x) || !isLast("axisb", y) ||
      !isLast("axisc", x) || !isLast("axis", x)) {
    graph.session.in.report(Code::NotSupportedYet, args.place,
                            "{} of shapes {} and {} is not supported yet, only of three numbers "
                            "along the last axis",
                            graph.callee, x->shape(), y->shape());
    return nullptr;
  }
  auto of = [&](Tensor *vector, int64_t i) { return graph.part(vector, lastOf(vector), i % 3, 1); };
  std::vector<Tensor *> parts;
  for (int64_t i = 0; i < 3; ++i)
    parts.push_back(graph.binary<SubOp>(graph.binary<MulOp>(of(x, i + 1), of(y, i + 2)),
                                        graph.binary<MulOp>(of(x, i + 2), of(y, i + 1))));
  return llvm::is_contained(parts, nullptr) ? nullptr
                                            : graph.concatenate(parts, lastOf(parts.front()));
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

/// Where a box starts; the batch, which is whole, at 0. Nothing after a report.
std::optional<std::vector<int64_t>> startsOf(OpCall &call, BoundArguments &args, const Tensor *x) {
  auto starts = call.integers(args, "start_indices");
  if (!starts)
    return std::nullopt;
  const BoundArguments::Slot &slot = args["start_indices"];
  if (starts->size() != x->rank() ||
      llvm::any_of(*starts, [](int64_t start) { return start < 0; })) {
    call.reject(slot, "start_indices",
                fmt::format("a place for each of the {} axes of '{}'", x->rank(), x->origin));
    return std::nullopt;
  }
  return starts;
}

bool reportBatch(OpCall &call, SourceRange place) {
  call.graph.session.in
      .report(Code::BatchAxis, place, "{} along axis 0 would pick from all samples of the batch",
              call.graph.callee)
      .help("axis 0 is the batch, all of it: from 0 on, of size -1");
  return false;
}

Tensor *slice(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["inputs"]);
  auto starts = x ? startsOf(call, args, x) : std::nullopt;
  auto sizes = starts ? call.sizes(args, "shape") : std::nullopt;
  if (!sizes)
    return nullptr;
  const BoundArguments::Slot &shape = args["shape"];
  if (sizes->size() != x->rank()) {
    call.reject(shape, "shape",
                fmt::format("a size for each of the {} axes of '{}'", x->rank(), x->origin));
    return nullptr;
  }
  llvm::SmallVector<DimExpr> offsets;
  for (auto [axis, start] : llvm::enumerate(*starts)) {
    DimExpr whole = graph.session.resolve(x->size(axis));
    DimExpr &size = (*sizes)[axis];
    if (size == DimExpr(-1))
      size = whole - DimExpr(start);
    if (axis == 0 && x->axes[0].is(AxisMeaning::Batch) && (start != 0 || !(size == whole))) {
      reportBatch(call, start != 0 ? args["start_indices"].place : shape.place);
      return nullptr;
    }
    auto left = (whole - DimExpr(start) - size).getConstant();
    if (size.getConstant().value_or(1) <= 0 || left.value_or(0) < 0) {
      call.reject(
          shape, "shape",
          fmt::format("made of sizes that '{}' of shape {} has there", x->origin, x->shape()));
      return nullptr;
    }
    offsets.push_back(DimExpr(start));
  }
  return graph.slice(x, offsets, *sizes);
}

Tensor *sliceUpdate(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["inputs"]));
  Tensor *updates = graph.toFloat(call.tensor(args["updates"]));
  auto starts = x && updates ? startsOf(call, args, x) : std::nullopt;
  if (!starts)
    return nullptr;
  if (updates->rank() != x->rank()) {
    call.reject(args["updates"], "updates", fmt::format("a tensor of rank {}", x->rank()));
    return nullptr;
  }
  Widths widths;
  for (auto [axis, start] : llvm::enumerate(*starts)) {
    DimExpr left = graph.session.resolve(x->size(axis)) - DimExpr(start) -
                   graph.session.resolve(updates->size(axis));
    auto behind = left.getConstant();
    if (!behind || *behind < 0) {
      graph.session.in.report(Code::ShapeMismatch, args["updates"].place,
                              "{} of '{}' of shape {} by one of shape {} at place {} of axis {}",
                              graph.callee, x->origin, x->shape(), updates->shape(), start, axis);
      return nullptr;
    }
    widths.push_back({start, *behind});
  }
  Tensor *inside = framed(graph, graph.filled(1.0, updates->axes), widths, 0);
  return graph.select(graph.toBool(inside), framed(graph, updates, widths, 0), x);
}

//===----------------------------------------------------------------------===//
// Averages
//===----------------------------------------------------------------------===//

Tensor *average(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["weights"];
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  checkReduction(graph, x, *axes, args["axis"], /*isSum=*/false);
  if (slot.value.isNone())
    return graph.mean(x, *axes);
  Tensor *weights = isNumbers(slot.value) ? nullptr : call.tensor(slot);
  if (isNumbers(slot.value))
    if (const eval::NdArray *array = eval::toArray(graph.session.in, slot.value, slot.place))
      weights = makeConstant(graph, *array);
  if (!weights)
    return nullptr;
  // A vector of weights lies along the axis.
  if (weights->rank() == 1 && x->rank() > 1) {
    if (axes->size() != 1) {
      call.reject(args["axis"], "axis", "the one that the weights are of");
      return nullptr;
    }
    for (int64_t axis = axes->front() + 1; axis < int64_t(x->rank()); ++axis)
      weights = graph.expandDims(weights, int64_t(weights->rank()));
  }
  // In the shape of x, so that they add up over the same axes.
  weights = graph.binary<MulOp>(graph.filled(1.0, x->axes), weights);
  Tensor *products = graph.binary<MulOp>(x, weights);
  if (!products)
    return nullptr;
  return graph.binary<DivOp>(graph.reduce(ReduceKind::sum, products, *axes),
                             graph.reduce(ReduceKind::sum, weights, *axes));
}

std::vector<Tensor *> moments(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axes"], x) : std::nullopt;
  if (!axes)
    return {};
  checkReduction(graph, x, *axes, args["axes"], /*isSum=*/false);
  bool keep = call.boolean(args["keepdims"]);
  if (call.boolean(args["synchronized"])) {
    call.reject(args["synchronized"], "synchronized", "False");
    return {};
  }
  Tensor *distance = graph.binary<SubOp>(x, graph.mean(x, *axes, /*keep=*/true));
  return {graph.mean(x, *axes, keep),
          graph.mean(graph.binary<MulOp>(distance, distance), *axes, keep)};
}

/// The area below lines from each element to the next.
Tensor *trapezoid(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *y = call.tensor(args["y"]);
  auto axis = sampleAxis(call, args["axis"], y);
  auto size = axis ? knownSize(call, y, *axis, args["axis"].place) : std::nullopt;
  auto distance = call.number(args, "dx");
  if (!size || !distance)
    return nullptr;
  if (!args["x"].value.isNone()) {
    call.reject(args["x"], "x", "not given: elements are `dx` apart");
    return nullptr;
  }
  Tensor *ends =
      graph.binary<AddOp>(graph.part(y, *axis, 1, *size - 1), graph.part(y, *axis, 0, *size - 1));
  return graph.binary<MulOp>(graph.reduce(ReduceKind::sum, ends, {*axis}),
                             graph.scalar(*distance / 2));
}

/// What the first condition that holds chooses.
Tensor *select(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  const auto *conditions = args["condlist"].value.as<eval::Sequence>();
  const auto *choices = args["choicelist"].value.as<eval::Sequence>();
  if (!conditions || !choices || conditions->elements.empty() ||
      conditions->elements.size() != choices->elements.size()) {
    call.reject(args["choicelist"], "choicelist", "a list with an entry for each condition");
    return nullptr;
  }
  Tensor *result = call.tensor(args["default"]);
  for (auto [condition, choice] :
       llvm::reverse(llvm::zip_equal(conditions->elements, choices->elements)))
    result = graph.select(graph.toBool(call.tensor(condition, args["condlist"].place)),
                          call.tensor(choice, args["choicelist"].place), result);
  return result;
}

const OpEntry table[] = {
    {"cumsum", "Cumsum", "x, axis=None, dtype=None", running<AddOp, 0>},
    {"cumprod", "Cumprod", "x, axis=None, dtype=None", running<MulOp, 1>},
    {"nancumsum", "Nancumsum", "x, axis=None, dtype=None", running<AddOp, 0, true>},
    {"nancumprod", "Nancumprod", "x, axis=None, dtype=None", running<MulOp, 1, true>},
    {"nanprod", "Nanprod", "x, axis=None, keepdims=False", product<true>},
    {"prod", "Prod", "x, axis=None, keepdims=False", product<false>},
    {"pad", "Pad", "x, pad_width, mode='constant', constant_values=None", pad},
    {"diagonal", "Diagonal", "x, offset=0, axis1=0, axis2=1", buildDiagonal},
    {"trace", "Trace", "x, offset=0, axis1=0, axis2=1", trace},
    {"cross", "Cross", "x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None", cross},
    {"slice", "Slice", "inputs, start_indices, shape", slice},
    {"slice_update", "SliceUpdate", "inputs, start_indices, updates", sliceUpdate},
    {"average", "Average", "x, axis=None, weights=None", average},
    {"moments", "Moments", "x, axes, keepdims=False, synchronized=False", nullptr, nullptr,
     moments},
    {"trapezoid", "Trapezoid", "y, x=None, dx=1.0, axis=-1", trapezoid},
    {"select", "Select", "condlist, choicelist, default=0", select},
};

} // namespace

llvm::ArrayRef<OpEntry> arrayOps() { return table; }

} // namespace rondo::keras
