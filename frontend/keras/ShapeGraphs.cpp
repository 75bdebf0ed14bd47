//===- ShapeGraphs.cpp - The same elements in other shapes ----------------===//
//
// The building blocks that move elements, take some of them or put tensors together, and what
// becomes of the meanings of axes.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

using llvm::ArrayRef;
using llvm::SmallVector;

Tensor *GraphBuilder::broadcast(Tensor *x, const Axes &axes, ArrayRef<int64_t> dimensions) {
  if (!x)
    return nullptr;
  if (type(x->axes, x->element) == type(axes, x->element))
    return x;
  auto result = builder().create<BroadcastOp>(loc(), type(axes, x->element), x->value,
                                              builder().getDenseI64ArrayAttr(dimensions));
  return make(result, axes, x->element);
}

Tensor *GraphBuilder::reshape(Tensor *x, Axes axes) {
  if (!x)
    return nullptr;
  auto result = builder().create<ReshapeOp>(loc(), type(axes, x->element), x->value);
  return make(result, std::move(axes), x->element);
}

/// The products of the first 0, 1, … sizes.
static SmallVector<DimExpr> prefixProducts(ArrayRef<DimExpr> sizes) {
  SmallVector<DimExpr> products{DimExpr(1)};
  for (const DimExpr &size : sizes)
    products.push_back(products.back() * size);
  return products;
}

/// The axes from `kept` on after a reshape: an axis that stays whole keeps its meaning,
/// several that become the last one are features, and parts of an axis are unknown.
static Axes regrouped(const Tensor *x, size_t kept, ArrayRef<DimExpr> sizes) {
  SmallVector<DimExpr> oldSizes;
  SmallVector<const Axis *> oldAxes;
  for (size_t i = kept; i < x->rank(); ++i)
    if (!isOne(x->size(i))) {
      oldSizes.push_back(x->size(i));
      oldAxes.push_back(&x->axes[i]);
    }
  SmallVector<DimExpr> before = prefixProducts(oldSizes), after = prefixProducts(sizes);
  size_t last = sizes.size();
  while (last > 0 && isOne(sizes[last - 1]))
    --last;
  Axes axes;
  for (size_t i = 0; i < sizes.size(); ++i) {
    Axis axis{sizes[i], isOne(sizes[i]) ? AxisMeaning::One : AxisMeaning::Unknown};
    auto *begin = llvm::find(before, after[i]), *end = llvm::find(before, after[i + 1]);
    if (axis.is(AxisMeaning::Unknown) && begin != before.end() && end != before.end()) {
      if (end - begin == 1)
        axis = *oldAxes[begin - before.begin()];
      else if (i + 1 == last)
        axis.meaning = AxisMeaning::Features;
      axis.size = sizes[i];
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

Tensor *GraphBuilder::reshapeTo(Tensor *x, ArrayRef<std::optional<DimExpr>> sizes, size_t kept,
                                SourceRange sizesPlace) {
  if (!x)
    return nullptr;
  DimExpr total(1), known(1);
  for (const Axis &axis : llvm::drop_begin(x->axes, kept))
    total *= session.resolve(axis.size);
  bool overflows = false;
  int64_t constant = 1;
  for (const std::optional<DimExpr> &size : sizes) {
    overflows |=
        __builtin_mul_overflow(constant, size.value_or(1).getConstant().value_or(1), &constant);
    known *= overflows ? DimExpr(1) : size.value_or(1);
  }
  std::optional<DimExpr> rest = overflows ? std::nullopt : total.dividedBy(known);
  bool hasFree = llvm::is_contained(sizes, std::nullopt);
  if (!rest || (!hasFree && *rest != DimExpr(1))) {
    session.in.report(Code::ShapeMismatch, sizesPlace,
                      "{} of '{}' of shape {}: {} has {} elements, the target {}{}", callee,
                      x->origin, x->shape(), kept == 0 ? "it" : "a sample", total.str(),
                      hasFree ? "a multiple of " : "", known.str());
    return nullptr;
  }
  SmallVector<DimExpr> taken;
  for (const std::optional<DimExpr> &size : sizes)
    taken.push_back(size.value_or(*rest));
  // What leads and is as large as the batch is the batch.
  if (kept == 0 && x->rank() > 0 && !taken.empty() && taken.front() == x->size(0) &&
      x->axes[0].is(AxisMeaning::Batch)) {
    taken.erase(taken.begin());
    kept = 1;
  }
  Axes axes(x->axes.begin(), x->axes.begin() + kept);
  llvm::append_range(axes, regrouped(x, kept, taken));
  return reshape(x, std::move(axes));
}

Tensor *GraphBuilder::transpose(Tensor *x, ArrayRef<int64_t> permutation) {
  if (!x)
    return nullptr;
  Axes axes;
  for (int64_t axis : permutation)
    axes.push_back(x->axes[axis]);
  auto result = builder().create<TransposeOp>(loc(), type(axes, x->element), x->value,
                                              builder().getDenseI64ArrayAttr(permutation));
  return make(result, std::move(axes), x->element);
}

Tensor *GraphBuilder::reverse(Tensor *x, ArrayRef<int64_t> axes) {
  if (!x || axes.empty())
    return x;
  auto result = builder().create<ReverseOp>(loc(), type(x->axes, x->element), x->value,
                                            builder().getDenseI64ArrayAttr(axes));
  return make(result, x->axes, x->element);
}

Tensor *GraphBuilder::expandDims(Tensor *x, int64_t axis) {
  if (!x)
    return nullptr;
  Axes axes = x->axes;
  axes.insert(axes.begin() + axis, Axis{DimExpr(1), AxisMeaning::One});
  return reshape(x, std::move(axes));
}

Tensor *GraphBuilder::squeeze(Tensor *x, ArrayRef<int64_t> squeezed) {
  if (!x)
    return nullptr;
  Axes axes;
  for (size_t i = 0; i < x->rank(); ++i) {
    if (!llvm::is_contained(squeezed, int64_t(i))) {
      axes.push_back(x->axes[i]);
    } else if (!isOne(session.resolve(x->axes[i].size))) {
      session.in.report(Code::ShapeMismatch, place,
                        "{} removes axis {} of '{}' of shape {}, which has size {}", callee, i,
                        x->origin, x->shape(), session.resolve(x->axes[i].size).str());
      return nullptr;
    }
  }
  return squeezed.empty() ? x : reshape(x, std::move(axes));
}

Tensor *GraphBuilder::slice(Tensor *x, ArrayRef<DimExpr> offsets, ArrayRef<DimExpr> sizes,
                            ArrayRef<int64_t> strides) {
  if (!x)
    return nullptr;
  Axes axes = x->axes;
  for (size_t i = 0; i < axes.size(); ++i)
    axes[i] = partOf(x, i, sizes[i]);
  if (type(axes, x->element) == type(x->axes, x->element))
    return x;
  BoxPlace place(offsets, strides.empty() ? std::nullopt : std::optional(strides));
  auto result = builder().create<SliceOp>(loc(), type(axes, x->element), x->value, place);
  return make(result, std::move(axes), x->element);
}

Tensor *GraphBuilder::part(Tensor *x, int64_t axis, int64_t begin, int64_t size) {
  if (!x)
    return nullptr;
  SmallVector<DimExpr> offsets(x->rank(), DimExpr(0)), sizes;
  for (const Axis &each : x->axes)
    sizes.push_back(session.resolve(each.size));
  offsets[axis] = DimExpr(begin);
  sizes[axis] = DimExpr(size);
  return slice(x, offsets, sizes);
}

/// One axis behind another. `size` is the second one's.
static Axis joinedAxis(const Axis &a, const Axis &b, const DimExpr &size) {
  Axis joined{a.size + size, a.is(b.meaning) ? a.meaning : AxisMeaning::Unknown};
  if (joined.is(AxisMeaning::One))
    joined.meaning = AxisMeaning::Unknown;
  // Those of several are the result's own.
  if (a.source == b.source)
    joined.source = a.source;
  return joined;
}

Tensor *GraphBuilder::concatenate(const std::vector<Tensor *> &inputs, int64_t axis) {
  std::vector<Tensor *> parts = inputs;
  bool isMixed =
      llvm::any_of(parts, [&](Tensor *x) { return x && x->element != parts[0]->element; });
  SmallVector<mlir::Value> values;
  for (Tensor *&part : parts) {
    if (isMixed)
      part = toFloat(part);
    if (!part)
      return nullptr;
    values.push_back(part->value);
  }
  if (parts.size() == 1)
    return parts.front();
  Axes axes = parts.front()->axes;
  for (Tensor *part : llvm::ArrayRef(parts).drop_front())
    for (size_t i = 0; i < axes.size(); ++i)
      axes[i] = int64_t(i) == axis ? joinedAxis(axes[i], part->axes[i], part->size(i))
                                   : mergedAxis(axes[i], part->axes[i]);
  axes = afterArithmetic(std::move(axes));
  auto result = builder().create<ConcatOp>(loc(), type(axes, parts.front()->element), values,
                                           builder().getI64IntegerAttr(axis));
  return make(result, std::move(axes), parts.front()->element);
}

Tensor *GraphBuilder::pad(Tensor *x, int64_t axis, const DimExpr &before, const DimExpr &behind) {
  if (!x || (before == DimExpr(0) && behind == DimExpr(0)))
    return x;
  Axes axes = afterArithmetic(x->axes);
  axes[axis] = partOf(x, axis, x->size(axis) + before + behind);
  if (axes[axis].is(AxisMeaning::One))
    axes[axis].meaning = AxisMeaning::Unknown;
  SmallVector<DimExpr> offsets(x->rank(), DimExpr(0));
  offsets[axis] = before;
  auto result = builder().create<PadOp>(loc(), type(axes, x->element), x->value, BoxPlace(offsets));
  return make(result, std::move(axes), x->element);
}

Tensor *GraphBuilder::repeat(Tensor *x, int64_t axis, const DimExpr &count, bool isWhole) {
  if (!x || isOne(count))
    return x;
  Axes spread = x->axes, merged = x->axes;
  int64_t newAxis = isWhole ? axis : axis + 1;
  spread.insert(spread.begin() + newAxis, {count, AxisMeaning::Unknown});
  merged[axis] = partOf(x, axis, x->size(axis) * count);
  if (merged[axis].is(AxisMeaning::One) || isOne(x->size(axis)))
    merged[axis] = {merged[axis].size, AxisMeaning::Copies, x->maker()};
  SmallVector<int64_t> dimensions;
  for (int64_t i = 0; i < int64_t(x->rank()); ++i)
    dimensions.push_back(i < newAxis ? i : i + 1);
  return reshape(broadcast(x, spread, dimensions), std::move(merged));
}

} // namespace rondo::keras
