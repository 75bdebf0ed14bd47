//===- EvaluateProducts.cpp - Reference values of reductions and products -===//
//
// Reductions, contraction, softmax and indices, each as its definition says.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Scalars.h"
#include "dialect/reference/Tensor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

using namespace mlir;
using rondo::reference::Environment;
using rondo::reference::forEachIndex;
using rondo::reference::Shape;
using rondo::reference::Tensor;

namespace rondo {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::SmallVectorImpl<Tensor>;
using Index = llvm::ArrayRef<int64_t>;

/// Calls `visit(tensor values along axis)` for each line of `tensor` along
/// `axis`; `visit` may change them.
template <typename Visit> static void forEachLine(Tensor &tensor, int64_t axis, Visit visit) {
  Shape others = tensor.shape;
  int64_t length = others[axis];
  others[axis] = 1;
  std::vector<double> line(length);
  forEachIndex(others, [&](Index first) {
    Shape index(first.begin(), first.end());
    for (index[axis] = 0; index[axis] < length; ++index[axis])
      line[index[axis]] = tensor.at(index);
    visit(line);
    for (index[axis] = 0; index[axis] < length; ++index[axis])
      tensor.at(index) = line[index[axis]];
  });
}

static double maximumOf(const std::vector<double> &values) {
  double result = -std::numeric_limits<double>::infinity();
  for (double value : values)
    result = reference::maximum(result, value);
  return result;
}

LogicalResult ReduceOp::evaluateReference(const Environment &env, Operands operands,
                                          Results &results) {
  const Tensor &input = *operands[0];
  Tensor result = env.zeros(getType());
  const double infinity = std::numeric_limits<double>::infinity();
  double (*combine)(double, double) = nullptr;
  switch (getKind()) {
  case ReduceKind::sum:
    combine = [](double x, double y) { return x + y; };
    break;
  case ReduceKind::max:
    combine = reference::maximum;
    std::fill(result.values.begin(), result.values.end(), -infinity);
    break;
  case ReduceKind::min:
    combine = reference::minimum;
    std::fill(result.values.begin(), result.values.end(), infinity);
    break;
  }
  forEachIndex(input.shape, [&](Index from) {
    Shape to;
    for (int64_t d = 0; d < input.rank(); ++d)
      if (!llvm::is_contained(getDimensions(), d))
        to.push_back(from[d]);
    result.at(to) = combine(result.at(to), input.at(from));
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ArgMaxOp::evaluateReference(const Environment &env, Operands operands,
                                          Results &results) {
  Tensor input = *operands[0], result = env.zeros(getType());
  auto next = result.values.begin();
  // Lines come in the row-major order of the result.
  forEachLine(input, getAxis(), [&](const std::vector<double> &line) {
    *next++ = std::max_element(line.begin(), line.end()) - line.begin();
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult OneHotOp::evaluateReference(const Environment &env, Operands operands,
                                          Results &results) {
  Tensor result = env.zeros(getType());
  forEachIndex(result.shape,
               [&](Index to) { result.at(to) = operands[0]->at(to.drop_back()) == to.back(); });
  results.push_back(std::move(result));
  return success();
}

/// The words of Philox2x32-10. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011.
static std::pair<uint32_t, uint32_t> philox(uint32_t first, uint32_t second, uint32_t key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t product = uint64_t(0xD256D193) * first;
    first = uint32_t(product >> 32) ^ key ^ second;
    second = uint32_t(product);
    key += 0x9E3779B9;
  }
  return {first, second};
}

LogicalResult RandomOp::evaluateReference(const Environment &env, Operands operands,
                                          Results &results) {
  // Words may come as signed numbers.
  auto word = [&](int64_t index) { return uint32_t(int64_t(operands[0]->values[index])); };
  Tensor result = env.zeros(getType());
  for (int64_t i = 0; i < result.size(); ++i) {
    auto [first, second] = philox(uint32_t(i), uint32_t(getStream()) ^ word(1), word(0));
    double u = (first >> 8) * 0x1p-24, v = (second >> 8) * 0x1p-24;
    constexpr double fullTurn = 6.283185307179586;
    result.values[i] = getNormal() ? std::sqrt(-2 * std::log1p(-u)) * std::cos(fullTurn * v) : u;
  }
  results.push_back(std::move(result));
  return success();
}

/// The row of a table of `rows` that an index names; none if there is no such.
static std::optional<int64_t> rowOf(double index, int64_t rows) {
  int64_t row = index < 0 ? index + rows : index;
  return 0 <= row && row < rows ? std::optional(row) : std::nullopt;
}

LogicalResult GatherOp::evaluateReference(const Environment &env, Operands operands,
                                          Results &results) {
  const Tensor &table = *operands[0], &indices = *operands[1];
  Tensor result = env.zeros(getType());
  forEachIndex(result.shape, [&](Index to) {
    auto row = rowOf(indices.at(to.take_front(indices.rank())), table.shape[0]);
    if (!row)
      return;
    Shape from(to.drop_front(indices.rank()));
    from.insert(from.begin(), *row);
    result.at(to) = table.at(from);
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ScatterAddOp::evaluateReference(const Environment &env, Operands operands,
                                              Results &results) {
  const Tensor &indices = *operands[0], &updates = *operands[1];
  Tensor result = env.zeros(getType());
  forEachIndex(updates.shape, [&](Index from) {
    auto row = rowOf(indices.at(from.take_front(indices.rank())), result.shape[0]);
    if (!row)
      return;
    Shape to(from.drop_front(indices.rank()));
    to.insert(to.begin(), *row);
    result.at(to) += updates.at(from);
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ContractOp::evaluateReference(const Environment &env, Operands operands,
                                            Results &results) {
  const Tensor &lhs = *operands[0], &rhs = *operands[1];
  Tensor result = env.zeros(getType());
  Shape contracted;
  for (int64_t d : getLhsContract())
    contracted.push_back(lhs.shape[d]);

  // The dimensions of an operand that are neither batch nor contracting.
  auto otherDims = [](const Tensor &operand, Index batch, Index contract) {
    Shape others;
    for (int64_t d = 0; d < operand.rank(); ++d)
      if (!llvm::is_contained(batch, d) && !llvm::is_contained(contract, d))
        others.push_back(d);
    return others;
  };
  Shape lhsOthers = otherDims(lhs, getLhsBatch(), getLhsContract());
  Shape rhsOthers = otherDims(rhs, getRhsBatch(), getRhsContract());
  auto scatter = [](Index values, Index dims, Shape &index) {
    for (auto [value, d] : llvm::zip_equal(values, dims))
      index[d] = value;
  };

  Shape l(lhs.rank()), r(rhs.rank());
  forEachIndex(result.shape, [&](Index to) {
    Index batch = to.take_front(getLhsBatch().size());
    scatter(batch, getLhsBatch(), l);
    scatter(batch, getRhsBatch(), r);
    scatter(to.slice(batch.size(), lhsOthers.size()), lhsOthers, l);
    scatter(to.take_back(rhsOthers.size()), rhsOthers, r);
    double sum = 0;
    forEachIndex(contracted, [&](Index k) {
      scatter(k, getLhsContract(), l);
      scatter(k, getRhsContract(), r);
      sum += lhs.at(l) * rhs.at(r);
    });
    result.at(to) = sum;
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult SoftmaxOp::evaluateReference(const Environment &, Operands operands,
                                           Results &results) {
  Tensor result = *operands[0];
  forEachLine(result, getAxis(), [](std::vector<double> &line) {
    double max = maximumOf(line), sum = 0;
    for (double x : line)
      sum += std::exp(x - max);
    for (double &x : line)
      x = std::exp(x - max) / sum;
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult LogSoftmaxOp::evaluateReference(const Environment &, Operands operands,
                                              Results &results) {
  Tensor result = *operands[0];
  forEachLine(result, getAxis(), [](std::vector<double> &line) {
    double max = maximumOf(line), sum = 0;
    for (double x : line)
      sum += std::exp(x - max);
    for (double &x : line)
      x = x - max - std::log(sum);
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult SoftmaxCrossentropyOp::evaluateReference(const Environment &, Operands operands,
                                                       Results &results) {
  const Tensor &logits = *operands[0], &labels = *operands[1];
  Shape shape = logits.shape;
  const size_t classes = shape.pop_back_val();
  Tensor result(logits.dtype, shape);
  for (size_t row = 0; row < result.values.size(); ++row) {
    const double *z = &logits.values[row * classes], *y = &labels.values[row * classes];
    double max = maximumOf({z, z + classes}), sum = 0;
    for (size_t i = 0; i < classes; ++i)
      sum += std::exp(z[i] - max);
    for (size_t i = 0; i < classes; ++i)
      result.values[row] -= y[i] * (z[i] - max - std::log(sum));
  }
  results.push_back(std::move(result));
  return success();
}

} // namespace rondo
