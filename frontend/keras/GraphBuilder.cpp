//===- GraphBuilder.cpp - Tensor algebra on symbolic tensors --------------===//
//
// Sizes, meanings and ops of the building blocks.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/GraphBuilder.h"
#include "dialect/TensorNumber.h"
#include "frontend/keras/AxisChecks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace rondo::keras {

using llvm::ArrayRef;
using llvm::SmallVector;

GraphBuilder::GraphBuilder(Session &session, SourceRange place, std::string name,
                           std::string callee)
    : session(session), place(place), name(std::move(name)), callee(std::move(callee)) {}

SmallVector<int64_t> GraphBuilder::allAxes(const Tensor *x) {
  return llvm::to_vector(llvm::seq<int64_t>(0, x->rank()));
}

//===----------------------------------------------------------------------===//
// Leaves and elementwise operations
//===----------------------------------------------------------------------===//

Tensor *GraphBuilder::scalar(double value) {
  auto type = mlir::RankedTensorType::get({}, builder().getF32Type());
  auto attribute = mlir::DenseElementsAttr::get(type, float(value));
  return make(builder().create<mlir::arith::ConstantOp>(loc(), attribute), {});
}

Tensor *GraphBuilder::filled(double value, const Axes &axes) {
  return broadcast(scalar(value), afterArithmetic(axes), {});
}

Tensor *GraphBuilder::range(const DimExpr &expr) {
  const DimExpr size = session.resolve(expr);
  const auto number = size.getConstant();
  if (!number) {
    // By counting.
    auto count = [&](const std::vector<Tensor *> &carries, const std::vector<Tensor *> &) {
      Tensor *next = binary<AddOp>(carries.front(), scalar(1));
      return std::optional(ScanStep{{next}, {carries.front()}});
    };
    auto counted = scan({size}, {filled(0.0, {Axis{DimExpr(1), AxisMeaning::One}})}, {}, count);
    return reshape(counted->stacked.front(), {Axis{size}});
  }
  // By doubling: kernels have no constants of several values.
  Tensor *result = filled(0.0, {Axis{DimExpr(1), AxisMeaning::One}});
  for (int64_t count = 1; count < *number; count *= 2)
    result = concatenate({result, binary<AddOp>(result, scalar(double(count)))}, 0);
  return part(result, 0, 0, *number);
}

Tensor *GraphBuilder::random(const Axes &axes) {
  // Entries number the streams.
  auto op = builder().create<RandomOp>(loc(), type(axes), session.randomKey(), /*stream=*/0);
  return make(op, afterArithmetic(axes));
}

Tensor *GraphBuilder::byPhase(Tensor *inference, Tensor *training,
                              std::vector<MovingAverage> averages, const Operation *onlyTrainable) {
  if (!inference || !training)
    return nullptr;
  return make(
      session.makePhased({inference->value, training->value, std::move(averages), onlyTrainable}),
      inference->axes);
}

Tensor *GraphBuilder::variable(const Variable &variable) {
  Axes axes;
  for (int64_t size : variable.shape)
    axes.push_back({DimExpr(size), AxisMeaning::Features, variable.owner});
  return make(variable.value, std::move(axes));
}

Tensor *GraphBuilder::toFloat(Tensor *x) {
  if (!x || x->element == ElementKind::Float)
    return x;
  return make(builder().create<CastOp>(loc(), type(x->axes), x->value), x->axes);
}

Tensor *GraphBuilder::numbers(Tensor *x) {
  if (!x || x->element != ElementKind::Bool)
    return toFloat(x);
  session.in.report(Code::TypeMismatch, place, "{} of '{}', a bool tensor", callee, x->origin)
      .help("`keras.ops.cast(x, \"float32\")` makes 1 and 0 of it");
  return nullptr;
}

bool GraphBuilder::areOperands(const Tensor *x, const Tensor *y) {
  if (!x || !y)
    return false;
  if (x->element != ElementKind::Bool || y->element != ElementKind::Bool)
    return true;
  session.in
      .report(Code::NotSupportedYet, place, "{} of two bool tensors is not supported yet", callee)
      .help("`keras.ops.cast(x, \"float32\")` makes numbers, and `keras.ops.logical_and` and its "
            "like combine conditions");
  return false;
}

Tensor *GraphBuilder::power(Tensor *x, int64_t exponent) {
  // By squaring; the first factor needs no product with one.
  Tensor *result = nullptr;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1)
      result = result ? binary<MulOp>(result, x) : x;
    if (exponent > 1)
      x = binary<MulOp>(x, x);
  }
  return result;
}

Tensor *GraphBuilder::formula(Tensor *x,
                              llvm::function_ref<TensorNumber(const TensorNumber &)> compute) {
  if (!(x = numbers(x)))
    return nullptr;
  mlir::ImplicitLocOpBuilder ops(loc(), builder());
  TensorNumber number(ops, x->value);
  return make(compute(number).getTensor(number), afterArithmetic(x->axes));
}

Tensor *GraphBuilder::toBool(Tensor *x) {
  if (!x || x->element == ElementKind::Bool)
    return x;
  return predicate(ComparePredicate::ne, x, scalar(0.0));
}

Tensor *GraphBuilder::predicate(ComparePredicate predicate, Tensor *x, Tensor *y) {
  if (x && y && x->element != y->element) {
    x = toFloat(x);
    y = toFloat(y);
  }
  if (!broadcastTogether(x, y))
    return nullptr;
  auto result = builder().create<CompareOp>(loc(), type(x->axes, ElementKind::Bool), predicate,
                                            x->value, y->value);
  return make(result, x->axes, ElementKind::Bool);
}

Tensor *GraphBuilder::select(Tensor *condition, Tensor *x, Tensor *y) {
  if (x && y && x->element != y->element) {
    x = toFloat(x);
    y = toFloat(y);
  }
  if (!broadcastTogether(x, y) || !broadcastTogether(condition, x))
    return nullptr;
  y = broadcastRight(y, x->axes);
  auto result = builder().create<SelectOp>(loc(), type(x->axes, x->element), condition->value,
                                           x->value, y->value);
  return make(result, x->axes, x->element);
}

std::optional<Axes> GraphBuilder::commonAxes(const Tensor *x, const Tensor *y,
                                             size_t skippedAtEnd) {
  ArrayRef<Axis> left = ArrayRef(x->axes).drop_back(skippedAtEnd);
  ArrayRef<Axis> right = ArrayRef(y->axes).drop_back(skippedAtEnd);
  size_t rank = std::max(left.size(), right.size());
  Axes common(rank);
  for (size_t fromEnd = 1; fromEnd <= rank; ++fromEnd) {
    const Axis *a = fromEnd <= left.size() ? &left[left.size() - fromEnd] : nullptr;
    const Axis *b = fromEnd <= right.size() ? &right[right.size() - fromEnd] : nullptr;
    Axis &result = common[rank - fromEnd];
    if (!a || !b) {
      result = a ? *a : *b;
    } else if (isOne(session.resolve(b->size))) {
      result = *a;
    } else if (isOne(session.resolve(a->size))) {
      result = *b;
    } else if (session.unify(a->size, b->size)) {
      result = mergedAxis(*a, *b);
    } else {
      reportMeeting(*this, x, left.size() - fromEnd, y, right.size() - fromEnd);
      return std::nullopt;
    }
  }
  return common;
}

Tensor *GraphBuilder::broadcastRight(Tensor *x, const Axes &axes) {
  SmallVector<int64_t> dimensions;
  for (size_t i = 0; i < x->rank(); ++i)
    dimensions.push_back(axes.size() - x->rank() + i);
  return broadcast(x, axes, dimensions);
}

bool GraphBuilder::broadcastTogether(Tensor *&x, Tensor *&y) {
  if (!x || !y)
    return false;
  std::optional<Axes> axes = commonAxes(x, y);
  if (!axes)
    return false;
  // A number changes the shares of a softmax, and leaves contexts what they are.
  bool haveNumber = x->rank() == 0 || y->rank() == 0;
  for (Axis &axis : *axes) {
    axis.softmax = {};
    axis.hasContexts &= haveNumber || (x->rank() == axes->size() && y->rank() == axes->size());
  }
  x = withAxes(broadcastRight(x, *axes), *axes);
  y = withAxes(broadcastRight(y, *axes), *axes);
  return true;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

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

Tensor *GraphBuilder::pad(Tensor *x, int64_t axis, int64_t before, int64_t behind) {
  if (!x || (before == 0 && behind == 0))
    return x;
  Axes axes = afterArithmetic(x->axes);
  axes[axis] = partOf(x, axis, x->size(axis) + DimExpr(before + behind));
  if (axes[axis].is(AxisMeaning::One))
    axes[axis].meaning = AxisMeaning::Unknown;
  SmallVector<DimExpr> offsets(x->rank(), DimExpr(0));
  offsets[axis] = DimExpr(before);
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
  if (merged[axis].is(AxisMeaning::One))
    merged[axis] = {merged[axis].size, AxisMeaning::Copies, x->maker()};
  SmallVector<int64_t> dimensions;
  for (int64_t i = 0; i < int64_t(x->rank()); ++i)
    dimensions.push_back(i < newAxis ? i : i + 1);
  return reshape(broadcast(x, spread, dimensions), std::move(merged));
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Tensor *GraphBuilder::reduce(ReduceKind kind, Tensor *x, ArrayRef<int64_t> dimensions, bool keep) {
  if (!(x = toFloat(x)))
    return nullptr;
  SmallVector<int64_t> sorted(dimensions);
  llvm::sort(sorted);
  Axes reduced, kept;
  for (size_t i = 0; i < x->rank(); ++i) {
    bool isReduced = llvm::is_contained(sorted, int64_t(i));
    Axis rest = afterArithmetic(x->axes[i]);
    if (!isReduced)
      reduced.push_back(rest);
    kept.push_back(isReduced ? Axis{DimExpr(1), AxisMeaning::One} : rest);
  }
  auto op = builder().create<ReduceOp>(loc(), type(reduced), kind, x->value,
                                       builder().getDenseI64ArrayAttr(sorted));
  Tensor *result = make(op, std::move(reduced));
  return keep && !sorted.empty() ? reshape(result, std::move(kept)) : result;
}

Tensor *GraphBuilder::mean(Tensor *x, ArrayRef<int64_t> dimensions, bool keep) {
  Tensor *total = reduce(ReduceKind::sum, x, dimensions, keep);
  return total ? binary<DivOp>(total, size(x, dimensions)) : nullptr;
}

Tensor *GraphBuilder::size(Tensor *x, ArrayRef<int64_t> dimensions) {
  if (!x)
    return nullptr;
  DimExpr count(1);
  for (int64_t dimension : dimensions)
    count *= session.resolve(x->axes[dimension].size);
  if (auto constant = count.getConstant())
    return scalar(double(*constant));
  auto op = builder().create<SizeOp>(loc(), type({}), x->value,
                                     builder().getDenseI64ArrayAttr(dimensions));
  return make(op, {});
}

Tensor *GraphBuilder::softmax(Tensor *x, int64_t axis) {
  if (!(x = numbers(x)))
    return nullptr;
  auto op = builder().create<SoftmaxOp>(loc(), type(x->axes), x->value,
                                        builder().getI64IntegerAttr(axis));
  Axes axes = afterArithmetic(x->axes);
  axes[axis].softmax = place;
  return make(op, std::move(axes));
}

Tensor *GraphBuilder::logSoftmax(Tensor *x, int64_t axis) {
  if (!(x = numbers(x)))
    return nullptr;
  auto op = builder().create<LogSoftmaxOp>(loc(), type(x->axes), x->value,
                                           builder().getI64IntegerAttr(axis));
  return make(op, afterArithmetic(x->axes));
}

Tensor *GraphBuilder::softmaxCrossentropy(Tensor *logits, Tensor *labels) {
  if (!(logits = toFloat(logits)) || !labels)
    return nullptr;
  Axes axes(logits->axes.begin(), logits->axes.end() - 1);
  labels = broadcast(labels, logits->axes, allAxes(labels));
  auto op =
      builder().create<SoftmaxCrossentropyOp>(loc(), type(axes), logits->value, labels->value);
  return make(op, std::move(axes));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The tensor whose axes these are, in whatever order: that of a layer has the name that
/// the file knows.
static const Tensor *beforeTransposition(const Tensor *x) {
  const Tensor *tensor = x->outermost();
  auto isTransposed = [](const Operation *maker) {
    return maker && (maker->className == "Permute" || maker->className == "Transpose" ||
                     maker->className == "Swapaxes" || maker->className == "Moveaxis");
  };
  while (isTransposed(tensor->maker()))
    tensor = tensor->node->inputs.front()->outermost();
  return tensor;
}

Tensor *GraphBuilder::contract(Tensor *x, Tensor *y, ArrayRef<int64_t> batchX,
                               ArrayRef<int64_t> batchY, ArrayRef<int64_t> contractX,
                               ArrayRef<int64_t> contractY) {
  if (!areOperands(x, y))
    return nullptr;
  x = toFloat(x);
  y = toFloat(y);
  Axes axes;
  for (auto [i, j] : llvm::zip_equal(batchX, batchY))
    axes.push_back(afterArithmetic(mergedAxis(x->axes[i], y->axes[j])));
  auto addOthers = [&](Tensor *operand, ArrayRef<int64_t> batch, ArrayRef<int64_t> contracted) {
    bool isAverage =
        llvm::any_of(contracted, [&](int64_t axis) { return bool(operand->axes[axis].softmax); });
    for (int64_t i : allAxes(operand)) {
      if (llvm::is_contained(batch, i) || llvm::is_contained(contracted, i))
        continue;
      Axis axis = afterArithmetic(operand->axes[i]);
      if (!batch.empty() && axis.is(AxisMeaning::Time) && isAverage)
        axis.hasContexts = true;
      else if (!batch.empty())
        axis.operand = beforeTransposition(operand);
      axes.push_back(std::move(axis));
    }
  };
  addOthers(x, batchX, contractX);
  addOthers(y, batchY, contractY);
  auto indices = [&](ArrayRef<int64_t> axes) { return builder().getDenseI64ArrayAttr(axes); };
  auto op = builder().create<ContractOp>(loc(), type(axes), x->value, y->value, indices(batchX),
                                         indices(batchY), indices(contractX), indices(contractY));
  return make(op, std::move(axes));
}

Tensor *GraphBuilder::matmul(Tensor *x, Tensor *y) {
  if (!areOperands(x, y))
    return nullptr;
  x = toFloat(x);
  y = toFloat(y);
  if (x->rank() == 0 || y->rank() == 0) {
    session.in.report(Code::RankMismatch, place, "{} of a number", callee)
        .help("use `*` for the product with a number");
    return nullptr;
  }
  // A vector is a row on the left and a column on the right; that axis goes again.
  bool isRow = x->rank() == 1, isColumn = y->rank() == 1;
  if (isRow)
    x = expandDims(x, 0);
  if (isColumn)
    y = expandDims(y, 1);
  size_t inner = x->rank() - 1, other = y->rank() - 2;
  if (!session.unify(x->axes[inner].size, y->axes[other].size)) {
    reportProduct(*this, x, y);
    return nullptr;
  }
  checkContraction(*this, x, inner, y, other);
  // A matrix on the right needs no batch: its product with every row is one contract.
  Tensor *result = nullptr;
  if (y->rank() == 2) {
    result = contract(x, y, {}, {}, {int64_t(x->rank()) - 1}, {0});
  } else {
    std::optional<Axes> batch = commonAxes(x, y, 2);
    if (!batch)
      return nullptr;
    auto spread = [&](Tensor *operand) {
      Axes axes = *batch;
      axes.insert(axes.end(), operand->axes.end() - 2, operand->axes.end());
      return broadcastRight(operand, axes);
    };
    x = spread(x);
    y = spread(y);
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, batch->size()));
    int64_t last = batch->size() + 1;
    result = contract(x, y, axes, axes, {last}, {last - 1});
  }
  SmallVector<int64_t> removed;
  if (isRow)
    removed.push_back(int64_t(result->rank()) - 2);
  if (isColumn)
    removed.push_back(int64_t(result->rank()) - 1);
  return squeeze(result, removed);
}

} // namespace rondo::keras
