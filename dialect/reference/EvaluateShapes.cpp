//===- EvaluateShapes.cpp - Reference values of shape ops -----------------===//
//
// Ops that move elements: each says, for a multi-index on one side, the
// multi-index on the other.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Tensor.h"

using namespace mlir;
using rondo::reference::Environment;
using rondo::reference::forEachIndex;
using rondo::reference::Shape;
using rondo::reference::Tensor;

namespace rondo {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::SmallVectorImpl<Tensor>;
using Index = llvm::ArrayRef<int64_t>;

LogicalResult BroadcastOp::evaluateReference(const Environment &env, Operands operands,
                                             Results &results) {
  const Tensor &input = *operands[0];
  Tensor result = env.zeros(getType());
  Shape from(input.rank());
  forEachIndex(result.shape, [&](Index to) {
    for (auto [i, d] : llvm::enumerate(getDimensions()))
      from[i] = input.shape[i] == 1 ? 0 : to[d];
    result.at(to) = input.at(from);
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ReshapeOp::evaluateReference(const Environment &env, Operands operands,
                                           Results &results) {
  results.emplace_back(operands[0]->dtype, env.shapeOf(getType()), operands[0]->values);
  return success();
}

LogicalResult TransposeOp::evaluateReference(const Environment &env, Operands operands,
                                             Results &results) {
  Tensor result = env.zeros(getType());
  Shape from(result.rank());
  forEachIndex(result.shape, [&](Index to) {
    for (auto [i, d] : llvm::enumerate(getPermutation()))
      from[d] = to[i];
    result.at(to) = operands[0]->at(from);
  });
  results.push_back(std::move(result));
  return success();
}

/// Where a box of shape `inner` begins inside `outer`; fails if it does not
/// lie inside, which only a run with its sizes can tell.
static LogicalResult findBox(Operation *op, Index offsets, Index inner, Index outer, Shape &begin) {
  for (auto [d, offset] : llvm::enumerate(offsets)) {
    begin.push_back(offset >= 0 ? offset : outer[d] + offset);
    if (begin[d] < 0 || begin[d] + inner[d] > outer[d])
      return op->emitOpError() << "dimension " << d << ": " << inner[d] << " elements at " << offset
                               << " do not lie inside " << outer[d];
  }
  return success();
}

/// `index` shifted by `begin`.
static Shape shifted(Index index, const Shape &begin) {
  Shape sum(index.begin(), index.end());
  for (auto [d, offset] : llvm::enumerate(begin))
    sum[d] += offset;
  return sum;
}

LogicalResult SliceOp::evaluateReference(const Environment &env, Operands operands,
                                         Results &results) {
  Tensor result = env.zeros(getType());
  Shape begin;
  if (failed(findBox(*this, getOffsets(), result.shape, operands[0]->shape, begin)))
    return failure();
  forEachIndex(result.shape,
               [&](Index to) { result.at(to) = operands[0]->at(shifted(to, begin)); });
  results.push_back(std::move(result));
  return success();
}

LogicalResult PadOp::evaluateReference(const Environment &env, Operands operands,
                                       Results &results) {
  Tensor result = env.zeros(getType());
  Shape begin;
  if (failed(findBox(*this, getOffsets(), operands[0]->shape, result.shape, begin)))
    return failure();
  forEachIndex(operands[0]->shape,
               [&](Index from) { result.at(shifted(from, begin)) = operands[0]->at(from); });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ReverseOp::evaluateReference(const Environment &env, Operands operands,
                                           Results &results) {
  Tensor result = env.zeros(getType());
  forEachIndex(result.shape, [&](Index to) {
    Shape from(to.begin(), to.end());
    for (int64_t d : getDimensions())
      from[d] = result.shape[d] - 1 - to[d];
    result.at(to) = operands[0]->at(from);
  });
  results.push_back(std::move(result));
  return success();
}

LogicalResult ConcatOp::evaluateReference(const Environment &env, Operands operands,
                                          Results &results) {
  Tensor result = env.zeros(getType());
  Shape begin(result.rank(), 0);
  for (const Tensor *input : operands) {
    forEachIndex(input->shape,
                 [&](Index from) { result.at(shifted(from, begin)) = input->at(from); });
    begin[getAxis()] += input->shape[getAxis()];
  }
  results.push_back(std::move(result));
  return success();
}

LogicalResult SizeOp::evaluateReference(const Environment &env, Operands operands,
                                        Results &results) {
  Tensor result = env.zeros(getType());
  result.values[0] = 1;
  for (int64_t d : getDimensions())
    result.values[0] *= operands[0]->shape[d];
  results.push_back(std::move(result));
  return success();
}

} // namespace rondo
