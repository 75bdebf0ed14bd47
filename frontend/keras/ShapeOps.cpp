//===- ShapeOps.cpp - The same elements under other axes ------------------===//
//
// The functions of keras.ops that move, join, repeat and pick elements.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Constants.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Size.h"

namespace rondo::keras {
namespace {

Tensor *expandDims(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["axis"];
  const auto *several = slot.value.as<eval::Sequence>();
  size_t added = several ? several->elements.size() : 1;
  if (!x || slot.value.isNone()) {
    if (x)
      call.reject(slot, "axis", "an integer or a tuple of them");
    return nullptr;
  }
  AxisList axes;
  for (Value value : several ? several->elements : std::vector<Value>{slot.value})
    if (auto axis = call.axis({value, slot.place, true}, x->rank() + added))
      axes.push_back(*axis);
    else
      return nullptr;
  llvm::sort(axes);
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    call.reject(slot, "axis", "axes that differ");
    return nullptr;
  }
  for (int64_t axis : axes)
    x = call.graph.expandDims(x, axis);
  return x;
}

Tensor *squeeze(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  if (!x)
    return nullptr;
  AxisList ones;
  if (args["axis"].value.isNone()) {
    for (size_t i = 0; i < x->rank(); ++i)
      if (call.graph.session.resolve(x->axes[i].size) == DimExpr(1))
        ones.push_back(i);
    return call.graph.squeeze(x, ones);
  }
  auto axes = call.axes(args["axis"], x);
  return axes ? call.graph.squeeze(x, *axes) : nullptr;
}

Tensor *transpose(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  if (!x)
    return nullptr;
  const BoundArguments::Slot &slot = args["axes"];
  if (slot.value.isNone()) {
    AxisList reversed = GraphBuilder::allAxes(x);
    std::reverse(reversed.begin(), reversed.end());
    return call.graph.transpose(x, reversed);
  }
  // In the order that is written, unlike the axes of a reduction.
  auto order = call.orderedAxes(slot, x);
  if (!order)
    return nullptr;
  if (order->size() == x->rank())
    return call.graph.transpose(x, *order);
  call.graph.session.in.report(Code::InvalidArgument, slot.place,
                               "`axes` of {} is an order of the {} axes of '{}', got {}",
                               call.graph.callee, x->rank(), x->origin, slot.value.inWords());
  return nullptr;
}

/// Moves axes; those that are not named keep their order.
Tensor *moveAxes(OpCall &call, Tensor *x, llvm::ArrayRef<int64_t> from,
                 llvm::ArrayRef<int64_t> to) {
  AxisList order(x->rank(), -1);
  for (auto [source, target] : llvm::zip_equal(from, to))
    order[target] = source;
  int64_t next = 0;
  for (int64_t &axis : order) {
    if (axis >= 0)
      continue;
    while (llvm::is_contained(from, next))
      ++next;
    axis = next++;
  }
  return call.graph.transpose(x, order);
}

Tensor *swapaxes(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto a = x ? call.axis(args["axis1"], x->rank()) : std::nullopt;
  auto b = x ? call.axis(args["axis2"], x->rank()) : std::nullopt;
  if (!a || !b)
    return nullptr;
  AxisList order = GraphBuilder::allAxes(x);
  std::swap(order[*a], order[*b]);
  return call.graph.transpose(x, order);
}

Tensor *moveaxis(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto from = x ? call.orderedAxes(args["source"], x) : std::nullopt;
  auto to = x ? call.orderedAxes(args["destination"], x) : std::nullopt;
  if (!from || !to)
    return nullptr;
  if (from->size() == to->size())
    return moveAxes(call, x, *from, *to);
  call.reject(args["destination"], "destination", "as many axes as `source`");
  return nullptr;
}

Tensor *flip(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axes = x ? call.axes(args["axis"], x) : std::nullopt;
  if (!axes)
    return nullptr;
  if (!llvm::is_contained(*axes, 0))
    return call.graph.reverse(x, *axes);
  call.graph.session.in
      .report(Code::BatchAxis, args["axis"].place, "{} along axis 0 would reorder the batch",
              call.graph.callee)
      .help("axis 0 is the batch; name the axes to reverse, as in `axis=1`");
  return nullptr;
}

Tensor *concatenate(OpCall &call, BoundArguments &args) {
  auto tensors = call.tensors(args["xs"]);
  const BoundArguments::Slot &slot = args["axis"];
  if (!tensors)
    return nullptr;
  if (!slot.value.isInt()) {
    call.axis(slot, tensors->front()->rank());
    return nullptr;
  }
  auto axis = checkConcatenation(call.graph.session, *tensors, *slot.value.asInteger(),
                                 call.graph.callee, args.place, slot.place);
  return axis ? call.graph.concatenate(*tensors, *axis) : nullptr;
}

Tensor *stack(OpCall &call, BoundArguments &args) {
  auto tensors = call.tensors(args["x"]);
  auto axis = tensors ? call.axis(args["axis"], tensors->front()->rank() + 1) : std::nullopt;
  if (!axis)
    return nullptr;
  for (Tensor *&tensor : *tensors)
    tensor = call.graph.expandDims(tensor, std::min<int64_t>(*axis, tensor->rank()));
  auto checked = checkConcatenation(call.graph.session, *tensors, *axis, call.graph.callee,
                                    args.place, args["axis"].place);
  return checked ? call.graph.concatenate(*tensors, *checked) : nullptr;
}

/// Along the axis that numpy stacks columns or layers along.
template <int axis> Tensor *stackAlong(OpCall &call, BoundArguments &args) {
  auto tensors = call.tensors(args["xs"]);
  if (!tensors)
    return nullptr;
  // Vectors are one behind the other as columns, and rows as layers.
  const bool areColumns = axis == 1 && tensors->front()->rank() == 1;
  for (Tensor *&tensor : *tensors) {
    if (axis == 2 && tensor->rank() < 2)
      tensor = call.graph.expandDims(tensor, 0);
    while (!areColumns && tensor->rank() <= size_t(axis))
      tensor = call.graph.expandDims(tensor, int64_t(tensor->rank()));
  }
  auto checked = checkConcatenation(call.graph.session, *tensors, areColumns ? 0 : axis,
                                    call.graph.callee, args.place, args["xs"].place);
  return checked ? call.graph.concatenate(*tensors, *checked) : nullptr;
}

/// All elements in a row.
Tensor *ravel(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  return x ? call.graph.reshapeTo(x, std::optional<DimExpr>(), 0, args.place) : nullptr;
}

Tensor *reshape(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["newshape"];
  const auto elements = elementsOf(slot.value);
  std::vector<std::optional<DimExpr>> sizes;
  for (Value element : elements.value_or(std::vector<Value>{})) {
    bool isFree = element.isNone() || (element.isInt() && element.asInteger() == -1);
    auto size = isFree || element.isBool() ? std::nullopt : Size::read(element);
    if (!isFree && (!size || size->getConstant().value_or(1) <= 0))
      break;
    sizes.push_back(size);
  }
  if (!x)
    return nullptr;
  bool isRead = elements && sizes.size() == elements->size();
  size_t freeSizes = llvm::count(sizes, std::nullopt);
  // `(x.shape[0], …)`: the batch stays the batch.
  size_t kept = freeSizes > 1 && elements->front().isNone() && x->rank() > 0;
  if (isRead && freeSizes <= 1 + kept) {
    Tensor *result =
        call.graph.reshapeTo(x, llvm::ArrayRef(sizes).drop_front(kept), kept, slot.place);
    if (result)
      checkReshape(call.graph, x, result, {});
    return result;
  }
  call.reject(slot, "newshape", "a tuple of positive integers and at most one -1");
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// The axis of an operation that cuts, and its size, which has to be known.
struct CutAxis {
  int64_t axis, size;
};

std::optional<CutAxis> cutAxis(OpCall &call, const BoundArguments::Slot &slot, Tensor *x) {
  auto axis = x ? call.axis(slot, x->rank()) : std::nullopt;
  if (!axis)
    return std::nullopt;
  Session &session = call.graph.session;
  if (*axis == 0 && x->axes[0].is(AxisMeaning::Batch)) {
    session.in
        .report(Code::BatchAxis, slot.place, "{} along axis 0 would cut the batch",
                call.graph.callee)
        .help("axis 0 is the batch; the axes of a sample start at 1");
    return std::nullopt;
  }
  if (auto size = session.resolve(x->axes[*axis].size).getConstant())
    return CutAxis{*axis, *size};
  session.in
      .report(Code::DynamicSize, slot.place,
              "{} along axis {} of '{}' of shape {}, whose size is only known when the model runs",
              call.graph.callee, *axis, x->origin, x->shape())
      .help("give the size in `Input(shape=…)` instead of None");
  return std::nullopt;
}

/// Equal parts of an axis whose size is only known when the model runs, inside a function: heads
/// that were put behind each other along the batch. Nothing where that is not so.
std::optional<std::vector<Tensor *>> openParts(OpCall &call, BoundArguments &args,
                                               const BoundArguments::Slot &along, Tensor *x) {
  Session &session = call.graph.session;
  Value sections = args["indices_or_sections"].value;
  auto axis = along.value.isInt() ? along.value.asInteger() : std::nullopt;
  if (!x || !axis || !sections.isInt() || session.currentTrace() == 0)
    return std::nullopt;
  *axis += *axis < 0 ? int64_t(x->rank()) : 0;
  int64_t count = sections.asInteger().value_or(0);
  if (*axis < 0 || *axis >= int64_t(x->rank()) || count <= 0)
    return std::nullopt;
  DimExpr size = session.resolve(x->axes[*axis].size);
  auto each = size.getConstant() ? std::nullopt : size.dividedBy(DimExpr(count));
  if (!each)
    return std::nullopt;
  llvm::SmallVector<DimExpr> offsets(x->rank(), DimExpr(0)), sizes;
  for (size_t i = 0; i < x->rank(); ++i)
    sizes.push_back(session.resolve(x->axes[i].size));
  sizes[*axis] = *each;
  llvm::SmallVector<int64_t> strides(x->rank(), 1);
  std::vector<Tensor *> parts;
  for (int64_t i = 0; i < count; ++i) {
    offsets[*axis] = *each * DimExpr(i);
    parts.push_back(call.graph.slice(x, offsets, sizes, strides));
  }
  return parts;
}

/// Equal parts, or parts between indices; of `array_split` the first may have one element more.
std::vector<Tensor *> splitAlong(OpCall &call, BoundArguments &args,
                                 const BoundArguments::Slot &along, bool isExact = true) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["indices_or_sections"];
  if (auto parts = openParts(call, args, along, x))
    return std::move(*parts);
  auto cut = cutAxis(call, along, x);
  auto indices = cut ? call.integers(args, "indices_or_sections") : std::nullopt;
  if (!indices)
    return {};
  std::vector<int64_t> bounds{0};
  if (slot.value.isInt()) {
    int64_t count = indices->front();
    if (count <= 0 || count > cut->size || (isExact && cut->size % count != 0)) {
      call.reject(slot, "indices_or_sections",
                  fmt::format("a number of parts that divides {}, the size of axis {} of '{}'",
                              cut->size, cut->axis, x->origin));
      return {};
    }
    for (int64_t i = 1; i < count; ++i)
      bounds.push_back(i * (cut->size / count) + std::min(i, cut->size % count));
  } else {
    bounds.insert(bounds.end(), indices->begin(), indices->end());
  }
  bounds.push_back(cut->size);
  for (size_t i = 1; i < bounds.size(); ++i)
    if (bounds[i] <= bounds[i - 1]) {
      call.reject(slot, "indices_or_sections",
                  fmt::format("increasing indices between 0 and {}, the size of axis {} of '{}'",
                              cut->size, cut->axis, x->origin));
      return {};
    }
  std::vector<Tensor *> parts;
  for (size_t i = 1; i < bounds.size(); ++i)
    parts.push_back(call.graph.part(x, cut->axis, bounds[i - 1], bounds[i] - bounds[i - 1]));
  return parts;
}

std::vector<Tensor *> split(OpCall &call, BoundArguments &args) {
  return splitAlong(call, args, args["axis"]);
}

std::vector<Tensor *> arraySplit(OpCall &call, BoundArguments &args) {
  return splitAlong(call, args, args["axis"], /*isExact=*/false);
}

template <int axis> std::vector<Tensor *> splitAt(OpCall &call, BoundArguments &args) {
  return splitAlong(call, args, {Value::integer(axis), args.place});
}

/// The elements of an axis, moved; what leaves at one end comes in at the other.
Tensor *roll(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["shift"];
  auto cut = cutAxis(call, args["axis"], x);
  if (!cut)
    return nullptr;
  if (!slot.value.isInt()) {
    call.reject(slot, "shift", "an integer");
    return nullptr;
  }
  int64_t shift = *slot.value.asInteger() % cut->size;
  if (shift < 0)
    shift += cut->size;
  if (shift == 0)
    return x;
  return call.graph.concatenate({call.graph.part(x, cut->axis, cut->size - shift, shift),
                                 call.graph.part(x, cut->axis, 0, cut->size - shift)},
                                cut->axis);
}

/// What each element of an axis is above the one before it, `n` times over.
Tensor *differences(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = call.tensor(args["a"]);
  const BoundArguments::Slot &times = args["n"];
  auto cut = cutAxis(call, args["axis"], x);
  if (!cut)
    return nullptr;
  auto count = times.value.isInt() ? times.value.asInteger() : std::nullopt;
  if (!count || *count < 0 || *count >= cut->size) {
    call.reject(times, "n",
                fmt::format("a number from 0 to {}, less than the size of axis {} of '{}'",
                            cut->size - 1, cut->axis, x->origin));
    return nullptr;
  }
  for (int64_t size = cut->size - 1; size >= cut->size - *count; --size)
    x = graph.binary<SubOp>(graph.part(x, cut->axis, 1, size), graph.part(x, cut->axis, 0, size));
  return x;
}

/// One tensor for each index of an axis, which disappears.
std::vector<Tensor *> unstack(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto cut = cutAxis(call, args["axis"], x);
  if (!cut)
    return {};
  const BoundArguments::Slot &count = args["num"];
  if (!count.value.isNone() && count.value.asInteger() != cut->size) {
    call.reject(count, "num", fmt::format("{}, the size of the axis", cut->size));
    return {};
  }
  std::vector<Tensor *> parts;
  for (int64_t i = 0; i < cut->size; ++i)
    parts.push_back(call.graph.squeeze(call.graph.part(x, cut->axis, i, 1), {cut->axis}));
  return parts;
}

/// Elements of an axis at places that the file says, which have to exist.
Tensor *takeNumbers(OpCall &call, Tensor *x, int64_t axis, const eval::NdArray &indices,
                    SourceRange place) {
  GraphBuilder &graph = call.graph;
  Session &session = graph.session;
  llvm::SmallVector<DimExpr> offsets(x->rank(), DimExpr(0)), sizes;
  for (const Axis &each : x->axes)
    sizes.push_back(session.resolve(each.size));
  const DimExpr whole = sizes[axis];
  auto size = whole.getConstant();
  std::vector<double> elements = indices.elements();
  for (double index : elements)
    if (size && (index < double(-*size) || index >= double(*size))) {
      session.in.report(Code::IndexOutOfRange, place,
                        "index {} of axis {} of '{}' of shape {}, which has {} {}", int64_t(index),
                        axis, x->origin, x->shape(), *size, describe(x->axes[axis].meaning));
      return nullptr;
    }
  // A few are parts that follow each other, and so are those of an axis whose size only a run
  // tells, which then checks them.
  constexpr size_t few = 8;
  if (size && elements.size() > few)
    return graph.take(x, makeConstant(graph, indices), axis);
  std::vector<Tensor *> parts;
  sizes[axis] = DimExpr(1);
  for (double index : elements) {
    offsets[axis] = DimExpr(int64_t(index)) + (index < 0 ? whole : DimExpr(0));
    parts.push_back(graph.slice(x, offsets, sizes));
  }
  Tensor *joined = graph.concatenate(parts, axis);
  if (!joined || indices.rank() == 1)
    return joined;
  Axes axes = joined->axes;
  axes.erase(axes.begin() + axis);
  for (int64_t each : llvm::reverse(indices.shape))
    axes.insert(axes.begin() + axis,
                Axis{DimExpr(each), each == 1 ? AxisMeaning::One : AxisMeaning::Unknown});
  return graph.reshape(joined, std::move(axes));
}

Tensor *take(OpCall &call, BoundArguments &args) {
  Interpreter &in = call.graph.session.in;
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["axis"], &indices = args["indices"];
  if (!x)
    return nullptr;
  bool isFlat = slot.value.isNone();
  auto axis = isFlat ? std::optional<int64_t>(0) : call.axis(slot, x->rank());
  if (!axis)
    return nullptr;
  if (*axis == 0 && x->rank() > 0 && x->axes.front().is(AxisMeaning::Batch)) {
    in.report(Code::BatchAxis, isFlat ? args.place : slot.place,
              "{} {} would pick from all samples of the batch", call.graph.callee,
              isFlat ? "without `axis`" : "along axis 0")
        .help("axis 0 is the batch; the axes of a sample start at 1");
    return nullptr;
  }
  if (std::optional<DimExpr> all; isFlat)
    x = call.graph.reshapeTo(x, all, 0, args.place);
  if (indices.value.as<Tensor>()) {
    Tensor *ids = call.integerTensor(indices, "indices");
    return call.graph.take(x, ids, *axis);
  }
  const eval::NdArray *array = eval::toArray(in, indices.value, indices.place);
  if (!array || !x)
    return nullptr;
  if (array->dtype != eval::Dtype::Bool && !eval::isFloating(array->dtype) && array->size() > 0)
    return takeNumbers(call, x, *axis, *array, indices.place);
  call.reject(indices, "indices", "an integer, a list of them or a tensor of integers");
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Repetition
//===----------------------------------------------------------------------===//

/// Whether a number of repetitions is one, for an axis that may be the batch.
bool checkRepeats(OpCall &call, const BoundArguments::Slot &slot, const Tensor *x, int64_t axis,
                  const DimExpr &count) {
  if (count.getConstant().value_or(1) <= 0) {
    call.reject(slot, "repeats", "a positive number");
    return false;
  }
  bool isTraced = call.graph.session.currentTrace() != 0;
  if (axis > 0 || isTraced || !x->axes[0].is(AxisMeaning::Batch) || count == DimExpr(1))
    return true;
  call.graph.session.in
      .report(Code::BatchAxis, slot.place, "{} along axis 0 would repeat samples of the batch",
              call.graph.callee)
      .help("axis 0 is the batch; the axes of a sample start at 1");
  return false;
}

Tensor *repeat(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["repeats"];
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  auto count = Size::read(slot.value);
  if (!count || slot.value.isBool()) {
    call.reject(slot, "repeats", "an integer");
    return nullptr;
  }
  return checkRepeats(call, slot, x, *axis, *count)
             ? call.graph.repeat(x, *axis, *count, /*isWhole=*/false)
             : nullptr;
}

/// A tensor that is given the batch, `tile(token, (batch, 1, 1))`, has one element along axis 0.
bool isSpreadOverBatch(const Tensor *x, int64_t axis, const DimExpr &count) {
  return axis == 0 && isOne(x->size(0)) && count == DimExpr::symbol(Session::batchSymbol);
}

Tensor *tile(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  const BoundArguments::Slot &slot = args["repeats"];
  auto counts = x ? call.sizes(args, "repeats") : std::nullopt;
  if (!counts)
    return nullptr;
  if (counts->size() > x->rank()) {
    call.reject(slot, "repeats", fmt::format("at most {} numbers, one for each axis", x->rank()));
    return nullptr;
  }
  counts->insert(counts->begin(), x->rank() - counts->size(), DimExpr(1));
  for (auto [axis, count] : llvm::enumerate(*counts)) {
    if (isSpreadOverBatch(x, axis, count)) {
      Axes axes = x->axes;
      axes[0] = {count, AxisMeaning::Batch};
      x = call.graph.broadcast(x, axes, GraphBuilder::allAxes(x));
      continue;
    }
    if (!checkRepeats(call, slot, x, axis, count))
      return nullptr;
    x = call.graph.repeat(x, axis, count, /*isWhole=*/true);
  }
  return x;
}

Tensor *broadcastTo(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto sizes = x ? call.sizes(args, "shape") : std::nullopt;
  if (!sizes)
    return nullptr;
  GraphBuilder &graph = call.graph;
  size_t added = sizes->size() - std::min(sizes->size(), x->rank());
  bool fits = sizes->size() >= x->rank();
  Axes axes;
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    const Axis *old = fits && i >= added ? &x->axes[i - added] : nullptr;
    bool isSpread = !old || isOne(graph.session.resolve(old->size));
    fits &= isSpread || graph.session.resolve(old->size) == size;
    bool isBatch = i == 0 && size == DimExpr::symbol(Session::batchSymbol);
    axes.push_back(isSpread ? Axis{size, isBatch       ? AxisMeaning::Batch
                                         : isOne(size) ? AxisMeaning::One
                                                       : AxisMeaning::Unknown}
                            : *old);
  }
  if (!fits) {
    llvm::SmallVector<DimExpr> wanted(sizes->begin(), sizes->end());
    graph.session.in.report(Code::ShapeMismatch, args.place,
                            "{} of '{}' of shape {} to {}: sizes that are not 1 stay", graph.callee,
                            x->origin, x->shape(), describeDims(wanted));
    return nullptr;
  }
  llvm::SmallVector<int64_t> dimensions;
  for (size_t i = 0; i < x->rank(); ++i)
    dimensions.push_back(added + i);
  return graph.broadcast(x, axes, dimensions);
}

/// The elements below a diagonal and on it, or above it and on it; 0 elsewhere.
template <bool isLower> Tensor *triangle(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto diagonal = call.number(args, "k");
  if (!x || !diagonal)
    return nullptr;
  GraphBuilder &graph = call.graph;
  Session &session = graph.session;
  if (x->rank() < 2) {
    session.in.report(Code::RankMismatch, args.place,
                      "{} takes a tensor of 2 axes or more, got '{}' of shape {}", graph.callee,
                      x->origin, x->shape());
    return nullptr;
  }
  Tensor *rows = graph.expandDims(graph.range(x->size(x->rank() - 2)), 1);
  Tensor *row = graph.binary<AddOp>(rows, graph.scalar(*diagonal));
  Tensor *column = graph.expandDims(graph.range(x->size(x->rank() - 1)), 0);
  Tensor *isKept =
      graph.predicate(isLower ? ComparePredicate::ge : ComparePredicate::le, row, column);
  if (x->element == ElementKind::Bool)
    return buildLogicalAnd(graph, x, isKept);
  return graph.select(isKept, x, graph.scalar(0.0));
}

const OpEntry table[] = {
    {"expand_dims", "ExpandDims", "x, axis", expandDims},
    {"squeeze", "Squeeze", "x, axis=None", squeeze},
    {"transpose", "Transpose", "x, axes=None", transpose},
    {"swapaxes", "Swapaxes", "x, axis1, axis2", swapaxes},
    {"moveaxis", "Moveaxis", "x, source, destination", moveaxis},
    {"flip", "Flip", "x, axis=None", flip},
    {"concatenate", "Concatenate", "xs, axis=0", concatenate},
    {"stack", "Stack", "x, axis=0", stack},
    {"hstack", "Hstack", "xs", stackAlong<1>},
    {"dstack", "Dstack", "xs", stackAlong<2>},
    {"ravel", "Ravel", "x", ravel},
    {"fliplr", "Fliplr", "x",
     [](OpCall &call, BoundArguments &args) {
       Tensor *x = call.tensor(args["x"]);
       auto axis =
           x ? checkAxis(call.graph.session, 1, x->rank(), "fliplr", args.place) : std::nullopt;
       return axis ? call.graph.reverse(x, {*axis}) : nullptr;
     }},
    {"reshape", "Reshape", "x, newshape", reshape},
    {"split", "Split", "x, indices_or_sections, axis=0", nullptr, nullptr, split},
    {"array_split", "ArraySplit", "x, indices_or_sections, axis=0", nullptr, nullptr, arraySplit},
    {"hsplit", "Hsplit", "x, indices_or_sections", nullptr, nullptr, splitAt<1>},
    {"dsplit", "Dsplit", "x, indices_or_sections", nullptr, nullptr, splitAt<2>},
    {"unstack", "Unstack", "x, num=None, axis=0", nullptr, nullptr, unstack},
    {"roll", "Roll", "x, shift, axis=None", roll},
    {"diff", "Diff", "a, n=1, axis=-1", differences},
    {"take", "Take", "x, indices, axis=None", take},
    {"broadcast_to", "BroadcastTo", "x, shape", broadcastTo},
    {"tril", "Tril", "x, k=0", triangle<true>},
    {"triu", "Triu", "x, k=0", triangle<false>},
    {"repeat", "Repeat", "x, repeats, axis=None", repeat},
    {"tile", "Tile", "x, repeats", tile},
};

} // namespace

llvm::ArrayRef<OpEntry> shapeOps() { return table; }

} // namespace rondo::keras
