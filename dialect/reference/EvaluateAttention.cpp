//===- EvaluateAttention.cpp - Reference values of attention --------------===//
//
// One index of the leading dimensions after the other, as the equations say.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Scalars.h"
#include "dialect/reference/Tensor.h"

#include <cmath>

using namespace mlir;
using rondo::reference::Environment;
using rondo::reference::Tensor;

namespace rondo {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::SmallVectorImpl<Tensor>;

namespace {

/// The matrices at one index of the leading dimensions.
struct AttentionSlice {
  const double *query, *key, *value;
  int64_t queries, keys, features, valueFeatures;

  /// Of one query to all keys.
  std::vector<double> weightsOf(int64_t q) const {
    std::vector<double> weights(keys, 0.0);
    for (int64_t k = 0; k < keys; ++k)
      for (int64_t d = 0; d < features; ++d)
        weights[k] += query[q * features + d] * key[k * features + d];
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (double score : weights)
      largest = reference::maximum(largest, score);
    for (double &weight : weights)
      sum += weight = std::exp(weight - largest);
    for (double &weight : weights)
      weight /= sum;
    return weights;
  }
};

/// Calls `visit(slice, n)` for the n-th index of the leading dimensions.
template <typename Visit> void forEachSlice(Operands operands, Visit visit) {
  const Tensor &query = *operands[0], &key = *operands[1], &value = *operands[2];
  AttentionSlice slice;
  int64_t rank = query.rank();
  slice.queries = query.shape[rank - 2];
  slice.keys = key.shape[rank - 2];
  slice.features = query.shape[rank - 1];
  slice.valueFeatures = value.shape[rank - 1];
  int64_t count = 1;
  for (int64_t size : llvm::ArrayRef(query.shape).drop_back(2))
    count *= size;
  for (int64_t n = 0; n < count; ++n) {
    slice.query = query.values.data() + n * slice.queries * slice.features;
    slice.key = key.values.data() + n * slice.keys * slice.features;
    slice.value = value.values.data() + n * slice.keys * slice.valueFeatures;
    visit(slice, n);
  }
}

} // namespace

LogicalResult AttentionOp::evaluateReference(const Environment &env, Operands operands,
                                             Results &results) {
  Tensor result = env.zeros(getResult().getType());
  Tensor kept = getWeights() ? env.zeros(getWeights().getType()) : Tensor(result.dtype, {});
  forEachSlice(operands, [&](const AttentionSlice &slice, int64_t n) {
    for (int64_t q = 0; q < slice.queries; ++q) {
      std::vector<double> weights = slice.weightsOf(q);
      int64_t row = getSumQueries() ? n : n * slice.queries + q;
      for (int64_t k = 0; k < slice.keys; ++k)
        for (int64_t e = 0; e < slice.valueFeatures; ++e)
          result.values[row * slice.valueFeatures + e] +=
              weights[k] * slice.value[k * slice.valueFeatures + e];
      if (getWeights())
        llvm::copy(weights, kept.values.begin() + (n * slice.queries + q) * slice.keys);
    }
  });
  results.push_back(std::move(result));
  if (getWeights())
    results.push_back(std::move(kept));
  return success();
}

LogicalResult AttentionGradOp::evaluateReference(const Environment &env, Operands operands,
                                                 Results &results) {
  Tensor dQuery = env.zeros(getDQuery().getType()), dKey = env.zeros(getDKey().getType()),
         dValue = env.zeros(getDValue().getType());
  const Tensor &dResult = *operands[3];
  forEachSlice(operands, [&](const AttentionSlice &slice, int64_t n) {
    const int64_t features = slice.features, valueFeatures = slice.valueFeatures;
    for (int64_t q = 0; q < slice.queries; ++q) {
      std::vector<double> weights = slice.weightsOf(q), dWeights(slice.keys, 0.0);
      const double *dContext =
          dResult.values.data() + (getSumQueries() ? n : n * slice.queries + q) * valueFeatures;
      double weighted = 0;
      for (int64_t k = 0; k < slice.keys; ++k) {
        for (int64_t e = 0; e < valueFeatures; ++e) {
          dWeights[k] += dContext[e] * slice.value[k * valueFeatures + e];
          dValue.values[(n * slice.keys + k) * valueFeatures + e] += weights[k] * dContext[e];
        }
        weighted += weights[k] * dWeights[k];
      }
      for (int64_t k = 0; k < slice.keys; ++k) {
        double dScore = weights[k] * (dWeights[k] - weighted);
        for (int64_t d = 0; d < features; ++d) {
          dQuery.values[(n * slice.queries + q) * features + d] +=
              dScore * slice.key[k * features + d];
          dKey.values[(n * slice.keys + k) * features + d] +=
              dScore * slice.query[q * features + d];
        }
      }
    }
  });
  results.push_back(std::move(dQuery));
  results.push_back(std::move(dKey));
  results.push_back(std::move(dValue));
  return success();
}

} // namespace rondo
