//===- EvaluateBlock.cpp - Reference values of blocks and loops -----------===//
//
// Walks a block and asks each op for its values; a loop does so in every step.
//
//===----------------------------------------------------------------------===//

#include "dialect/reference/EvaluateBlock.h"
#include "dialect/reference/Errors.h"

#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace rondo::reference {

/// Fails if a result type has a symbol that no argument gave a size.
static llvm::Error checkResultTypes(Operation &op, const Environment &env) {
  for (Type type : op.getResultTypes()) {
    if (!hasNamedDims(type))
      return error("%s yields %s, which is no rondo tensor", op.getName().getStringRef().data(),
                   str(type).c_str());
    for (const DimExpr &dim : getDims(cast<RankedTensorType>(type)))
      if (!dim.evaluate(env.getSizes()))
        return error("%s yields %s, but no argument says how large the symbols of %s are",
                     op.getName().getStringRef().data(), str(type).c_str(), dim.str().c_str());
  }
  return llvm::Error::success();
}

static llvm::Expected<Tensor> evaluateConstant(arith::ConstantOp op, const Environment &env) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!elements)
    return error("constant of type %s is no dense tensor", str(op.getType()).c_str());
  Tensor result = env.zeros(op.getType());
  auto next = result.values.begin();
  if (result.dtype == Dtype::Float)
    for (APFloat value : elements.getValues<APFloat>()) {
      bool losesInfo;
      value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
      *next++ = value.convertToDouble();
    }
  else
    for (const APInt &value : elements.getValues<APInt>())
      *next++ = value.roundToDouble(/*isSigned=*/result.dtype == Dtype::Int);
  return result;
}

static LogicalResult evaluateLoop(ScanOp op, const Environment &env,
                                  llvm::ArrayRef<const Tensor *> operands,
                                  llvm::SmallVectorImpl<Tensor> &results, Watch watch);

llvm::Expected<std::vector<Tensor>> evaluateBlock(Block &block, llvm::ArrayRef<Tensor> arguments,
                                                  const Environment &env, Watch watch) {
  llvm::DenseMap<Value, Tensor> values;
  for (auto [value, tensor] : llvm::zip_equal(block.getArguments(), arguments))
    values[value] = tensor;
  for (Operation &op : block.without_terminator()) {
    const char *name = op.getName().getStringRef().data();
    if (llvm::Error failure = checkResultTypes(op, env))
      return failure;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      llvm::Expected<Tensor> tensor = evaluateConstant(constant, env);
      if (!tensor)
        return tensor.takeError();
      values[constant] = std::move(*tensor);
      continue;
    }
    auto reference = dyn_cast<ReferenceOpInterface>(op);
    if (!reference)
      return error("%s has no reference evaluation", name);
    llvm::SmallVector<const Tensor *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(&values.find(operand)->second);
    llvm::SmallVector<Tensor> results;
    auto loop = dyn_cast<ScanOp>(op);
    if (failed(loop ? evaluateLoop(loop, env, operands, results, watch)
                    : reference.evaluateReference(env, operands, results)))
      return error("%s failed", name);
    if (results.size() != op.getNumResults())
      return error("%s gave %zu values for %u results", name, results.size(), op.getNumResults());
    if (watch)
      watch({op, env, operands, results});
    for (auto [result, tensor] : llvm::zip_equal(op.getResults(), results)) {
      if (tensor.dtype != dtypeOf(result.getType()) ||
          tensor.shape != env.shapeOf(result.getType()))
        return error("%s gave a value of shape %s for %s", name, str(tensor.shape).c_str(),
                     str(result.getType()).c_str());
      values[result] = std::move(tensor);
    }
  }
  std::vector<Tensor> results;
  for (Value operand : block.getTerminator()->getOperands())
    results.push_back(values.find(operand)->second);
  return results;
}

/// Step t of a sequence.
static Tensor sliceAt(const Tensor &sequence, int64_t t) {
  Shape shape = sequence.shape;
  shape.erase(shape.begin() + 1);
  Tensor slice(sequence.dtype, shape);
  forEachIndex(shape, [&](llvm::ArrayRef<int64_t> index) {
    Shape place(index);
    place.insert(place.begin() + 1, t);
    slice.at(index) = sequence.at(place);
  });
  return slice;
}

/// Sets step t of `sequence`.
static void insertAt(Tensor &sequence, int64_t t, const Tensor &slice) {
  forEachIndex(slice.shape, [&](llvm::ArrayRef<int64_t> index) {
    Shape place(index);
    place.insert(place.begin() + 1, t);
    sequence.at(place) = slice.at(index);
  });
}

static LogicalResult evaluateLoop(ScanOp op, const Environment &env,
                                  llvm::ArrayRef<const Tensor *> operands,
                                  llvm::SmallVectorImpl<Tensor> &results, Watch watch) {
  const size_t numCarries = op.getCarries().size();
  auto sequences = operands.slice(numCarries, op.getSequences().size());
  for (const Tensor *carry : operands.take_front(numCarries))
    results.push_back(*carry);
  for (Value stacked : op.getStacked())
    results.push_back(env.zeros(stacked.getType()));

  const int64_t steps = *op.getSteps().evaluate(env.getSizes());
  for (int64_t step = 0; step < steps; ++step) {
    int64_t t = op.getReverse() ? steps - 1 - step : step;
    std::vector<Tensor> arguments(results.begin(), results.begin() + numCarries);
    for (const Tensor *sequence : sequences)
      arguments.push_back(sliceAt(*sequence, t));
    for (const Tensor *constant : operands.take_back(op.getConstants().size()))
      arguments.push_back(*constant);
    llvm::Expected<std::vector<Tensor>> yielded =
        evaluateBlock(op.getBody().front(), arguments, env, watch);
    if (!yielded)
      return op.emitError(llvm::toString(yielded.takeError()));
    for (auto [i, value] : llvm::enumerate(*yielded)) {
      if (i < numCarries)
        results[i] = std::move(value);
      else
        insertAt(results[i], t, value);
    }
  }
  return success();
}

} // namespace rondo::reference

namespace rondo {

LogicalResult ScanOp::evaluateReference(const reference::Environment &env,
                                        llvm::ArrayRef<const reference::Tensor *> operands,
                                        llvm::SmallVectorImpl<reference::Tensor> &results) {
  return reference::evaluateLoop(*this, env, operands, results, nullptr);
}

} // namespace rondo
