//===- EvaluateElementwise.cpp - Reference values of elementwise ops ------===//
//
// One scalar formula for each op, applied to every element.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Scalars.h"
#include "dialect/reference/Tensor.h"

#include <cmath>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Environment;
using rondo::reference::Tensor;

namespace rondo {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::SmallVectorImpl<Tensor>;

/// Appends `f(operand elements…)` for each element.
template <typename F> static LogicalResult map1(Operands operands, Results &results, F f) {
  Tensor result = *operands[0];
  for (double &value : result.values)
    value = f(value);
  results.push_back(std::move(result));
  return success();
}

template <typename F>
static LogicalResult map2(Dtype dtype, Operands operands, Results &results, F f) {
  Tensor result(dtype, operands[0]->shape);
  for (int64_t i = 0; i < result.size(); ++i)
    result.values[i] = f(operands[0]->values[i], operands[1]->values[i]);
  results.push_back(std::move(result));
  return success();
}

LogicalResult NegOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return -x; });
}

LogicalResult ExpOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::exp(x); });
}

LogicalResult LogOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::log(x); });
}

LogicalResult SqrtOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::sqrt(x); });
}

LogicalResult TanhOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::tanh(x); });
}

LogicalResult SigmoidOp::evaluateReference(const Environment &, Operands operands,
                                           Results &results) {
  return map1(operands, results, reference::sigmoid);
}

LogicalResult ReluOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, reference::relu);
}

LogicalResult Expm1Op::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::expm1(x); });
}

LogicalResult Log1pOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::log1p(x); });
}

LogicalResult ErfOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::erf(x); });
}

LogicalResult SinOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::sin(x); });
}

LogicalResult CosOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::cos(x); });
}

LogicalResult AbsOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::fabs(x); });
}

LogicalResult FloorOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, [](double x) { return std::floor(x); });
}

LogicalResult StopGradientOp::evaluateReference(const Environment &, Operands operands,
                                                Results &results) {
  return map1(operands, results, [](double x) { return x; });
}

LogicalResult SignOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map1(operands, results, reference::sign);
}

LogicalResult AddOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map2(Dtype::Float, operands, results, [](double x, double y) { return x + y; });
}

LogicalResult SubOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map2(Dtype::Float, operands, results, [](double x, double y) { return x - y; });
}

LogicalResult MulOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map2(Dtype::Float, operands, results, [](double x, double y) { return x * y; });
}

LogicalResult DivOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map2(Dtype::Float, operands, results, [](double x, double y) { return x / y; });
}

LogicalResult PowOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  return map2(Dtype::Float, operands, results, [](double x, double y) { return std::pow(x, y); });
}

LogicalResult MaximumOp::evaluateReference(const Environment &, Operands operands,
                                           Results &results) {
  return map2(Dtype::Float, operands, results, reference::maximum);
}

LogicalResult MinimumOp::evaluateReference(const Environment &, Operands operands,
                                           Results &results) {
  return map2(Dtype::Float, operands, results, reference::minimum);
}

LogicalResult CompareOp::evaluateReference(const Environment &, Operands operands,
                                           Results &results) {
  return map2(Dtype::Bool, operands, results, [this](double x, double y) -> double {
    switch (getPredicate()) {
    case ComparePredicate::eq:
      return x == y;
    case ComparePredicate::ne:
      return x != y;
    case ComparePredicate::lt:
      return x < y;
    case ComparePredicate::le:
      return x <= y;
    case ComparePredicate::gt:
      return x > y;
    case ComparePredicate::ge:
      return x >= y;
    }
    llvm_unreachable("every predicate is above");
  });
}

LogicalResult SelectOp::evaluateReference(const Environment &, Operands operands,
                                          Results &results) {
  Tensor result = *operands[1];
  for (int64_t i = 0; i < result.size(); ++i)
    if (operands[0]->values[i] == 0)
      result.values[i] = operands[2]->values[i];
  results.push_back(std::move(result));
  return success();
}

LogicalResult CastOp::evaluateReference(const Environment &, Operands operands, Results &results) {
  results.emplace_back(Dtype::Float, operands[0]->shape, operands[0]->values);
  return success();
}

LogicalResult TruncateOp::evaluateReference(const Environment &, Operands operands,
                                            Results &results) {
  Tensor result(Dtype::Int, operands[0]->shape);
  for (int64_t i = 0; i < result.size(); ++i)
    result.values[i] = reference::truncate(operands[0]->values[i]);
  results.push_back(std::move(result));
  return success();
}

} // namespace rondo
