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

namespace {
/// A box of shape `inner` inside `outer`, for the sizes of one run.
class Box {
public:
  /// Fails if it does not lie inside, which only a run can tell.
  static FailureOr<Box> get(Operation *op, const BoxPlace &place, const Environment &env,
                            Index inner, Index outer) {
    Box box;
    box.strides.assign(place.strides.begin(), place.strides.end());
    for (auto [d, offset] : llvm::enumerate(place.offsets)) {
      std::optional<int64_t> begin = offset.evaluate(env.getSizes());
      if (!begin)
        return op->emitOpError() << "no argument says how large the symbols of " << offset.str()
                                 << " are";
      int64_t last = *begin + place.strides[d] * (inner[d] - 1);
      if (*begin < 0 || inner[d] < 0 || last >= outer[d])
        return op->emitOpError() << "dimension " << d << ": " << inner[d] << " elements at "
                                 << *begin << " do not lie inside " << outer[d];
      box.begin.push_back(*begin);
    }
    return box;
  }

  /// Where the element of the box at `index` lies outside.
  Shape outside(Index index) const {
    Shape place(index.begin(), index.end());
    for (size_t d = 0; d < place.size(); ++d)
      place[d] = begin[d] + strides[d] * index[d];
    return place;
  }

private:
  Shape begin, strides;
};
} // namespace

LogicalResult SliceOp::evaluateReference(const Environment &env, Operands operands,
                                         Results &results) {
  Shape shape = env.shapeOf(getType());
  FailureOr<Box> box = Box::get(*this, getPlace(), env, shape, operands[0]->shape);
  if (failed(box))
    return failure();
  Tensor result = env.zeros(getType());
  forEachIndex(result.shape, [&](Index to) { result.at(to) = operands[0]->at(box->outside(to)); });
  results.push_back(std::move(result));
  return success();
}

LogicalResult PadOp::evaluateReference(const Environment &env, Operands operands,
                                       Results &results) {
  Tensor result = env.zeros(getType());
  FailureOr<Box> box = Box::get(*this, getPlace(), env, operands[0]->shape, result.shape);
  if (failed(box))
    return failure();
  forEachIndex(operands[0]->shape,
               [&](Index from) { result.at(box->outside(from)) = operands[0]->at(from); });
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
  int64_t begin = 0;
  for (const Tensor *input : operands) {
    forEachIndex(input->shape, [&](Index from) {
      Shape to(from.begin(), from.end());
      to[getAxis()] += begin;
      result.at(to) = input->at(from);
    });
    begin += input->shape[getAxis()];
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
