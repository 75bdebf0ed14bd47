//===- GraphBuilder.cpp - Tensor algebra on symbolic tensors --------------===//
//
// Sizes, meanings and ops of the building blocks: elementwise ones, reductions and products.
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

Tensor *GraphBuilder::random(const Axes &axes, bool normal) {
  // Entries number the streams.
  auto op =
      builder().create<RandomOp>(loc(), type(axes), session.randomKey(), /*stream=*/0, normal);
  return make(op, afterArithmetic(axes));
}

Tensor *GraphBuilder::byPhase(Tensor *inference, Tensor *training,
                              std::vector<MovingAverage> averages, const Operation *onlyTrainable,
                              bool alsoInUse) {
  if (!inference || !training)
    return nullptr;
  return make(session.makePhased({inference->value, training->value, std::move(averages),
                                  onlyTrainable, alsoInUse}),
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
