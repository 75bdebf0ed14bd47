//===- Attention.cpp - Attention as one op --------------------------------===//
//
// Two products around a softmax, in whatever order their dimensions come, are
// one op, whose kernels need not have all weights in memory at once.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "compiler/simplify/ProductSide.h"
#include "dialect/IR/Splat.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace rondo;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The op behind a value that has no other use.
template <typename Op> Op onlyUseOf(Value value) {
  return value.hasOneUse() ? value.getDefiningOp<Op>() : Op();
}

/// The value that all elements have.
std::optional<double> constantOf(Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getInput();
  DenseFPElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)) || !elements.isSplat())
    return std::nullopt;
  return elements.getSplatValue<APFloat>().convertToDouble();
}

/// Takes multiplications and divisions by one number off `value`; `scale` is them all.
Value withoutScale(Value value, double &scale) {
  while (true) {
    if (auto product = onlyUseOf<MulOp>(value)) {
      if (std::optional<double> factor = constantOf(product.getRhs())) {
        scale *= *factor;
        value = product.getLhs();
        continue;
      }
      if (std::optional<double> factor = constantOf(product.getLhs())) {
        scale *= *factor;
        value = product.getRhs();
        continue;
      }
    } else if (auto quotient = onlyUseOf<DivOp>(value)) {
      if (std::optional<double> divisor = constantOf(quotient.getRhs())) {
        scale /= *divisor;
        value = quotient.getLhs();
        continue;
      }
    }
    return value;
  }
}

/// `value` with the dimensions `order` of it, in that order.
Value arranged(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> order) {
  if (llvm::equal(order, llvm::seq<int64_t>(order.size())))
    return value;
  return builder.create<TransposeOp>(loc, value, order);
}

/// Batch dimensions, then `rest`.
SmallVector<int64_t> behindBatch(ArrayRef<int64_t> batch, ArrayRef<int64_t> rest) {
  SmallVector<int64_t> dims(batch);
  llvm::append_range(dims, rest);
  return dims;
}

/// contract(softmax(c * contract(query, key)), value) -> attention(c * query, key, value), and
/// with the sum of the softmax over the queries the attention summed over them.
struct FormAttention : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    if (op->getParentOfType<ScanOp>())
      return rewriter.notifyMatchFailure(op, "a step of a loop is differentiated as small ops");
    ProductSide lhs = ProductSide::lhsOf(op), rhs = ProductSide::rhsOf(op);
    if (std::optional<Scores> scores = scoresBehind(lhs))
      return rewrite(op, rewriter, *scores, rhs, /*weightsFirst=*/true);
    if (std::optional<Scores> scores = scoresBehind(rhs))
      return rewrite(op, rewriter, *scores, lhs, /*weightsFirst=*/false);
    return rewriter.notifyMatchFailure(op, "no product of a softmax of a product");
  }

private:
  struct Scores {
    ContractOp product;
    ProductSide query, key;
    double scale = 1;
    bool sumQueries = false;
  };

  /// What the weights `side` of a product with values come from.
  static std::optional<Scores> scoresBehind(const ProductSide &side) {
    Scores scores;
    Value weights = side.value;
    auto sum = onlyUseOf<ReduceOp>(weights);
    if (sum && sum.getKind() == ReduceKind::sum && sum.getDimensions().size() == 1) {
      scores.sumQueries = true;
      weights = sum.getInput();
    }
    auto softmax = onlyUseOf<SoftmaxOp>(weights);
    if (!softmax)
      return std::nullopt;
    scores.product = onlyUseOf<ContractOp>(withoutScale(softmax.getInput(), scores.scale));
    if (!scores.product)
      return std::nullopt;

    // The scores are (batch…, queries, keys), or with both exchanged.
    const int64_t batches = scores.product.getLhsBatch().size();
    scores.query = ProductSide::lhsOf(scores.product);
    scores.key = ProductSide::rhsOf(scores.product);
    for (const ProductSide *each : {&scores.query, &scores.key})
      if (each->freeDims().size() != 1 || each->contract.size() != 1)
        return std::nullopt;
    const int64_t keys = softmax.getAxis();
    if (keys < batches)
      return std::nullopt;
    const int64_t queries = keys == batches ? batches + 1 : batches;
    if (queries > keys)
      std::swap(scores.query, scores.key);

    // All of that is done for each index of the batch, and the keys are summed over.
    if (scores.sumQueries && sum.getDimensions().front() != queries)
      return std::nullopt;
    const int64_t contracted = scores.sumQueries ? batches : keys;
    if (!llvm::equal(side.batch, llvm::seq<int64_t>(batches)) || side.contract.size() != 1 ||
        side.contract.front() != contracted)
      return std::nullopt;
    return scores;
  }

  static LogicalResult rewrite(ContractOp op, PatternRewriter &rewriter, const Scores &scores,
                               const ProductSide &values, bool weightsFirst) {
    if (values.freeDims().size() != 1)
      return rewriter.notifyMatchFailure(op, "values are no vectors");
    Location loc = op.getLoc();
    auto operand = [&](const ProductSide &side, int64_t row, int64_t column) {
      return arranged(rewriter, loc, side.value, behindBatch(side.batch, {row, column}));
    };
    Value query = operand(scores.query, scores.query.freeDims()[0], scores.query.contract[0]);
    Value key = operand(scores.key, scores.key.freeDims()[0], scores.key.contract[0]);
    Value value = operand(values, values.contract[0], values.freeDims()[0]);
    if (scores.scale != 1)
      query = rewriter.create<MulOp>(loc, query,
                                     buildSplat(rewriter, loc, typeOf(query), scores.scale));

    SmallVector<DimExpr> dims = getDims(typeOf(query));
    if (scores.sumQueries)
      dims.erase(dims.end() - 2);
    dims.back() = getDims(typeOf(value)).back();
    auto attention =
        rewriter.create<AttentionOp>(loc, makeTensorType(dims, typeOf(query).getElementType()),
                                     Type(), query, key, value, scores.sumQueries);
    Value context = attention.getResult();
    if (!weightsFirst && !scores.sumQueries) {
      // The product has the features in front of the queries.
      auto order = llvm::to_vector(llvm::seq<int64_t>(dims.size()));
      std::swap(order[dims.size() - 1], order[dims.size() - 2]);
      context = arranged(rewriter, loc, context, order);
    }
    rewriter.replaceOp(op, context);
    return success();
  }
};

} // namespace

ArrayRef<Rewrite> rondo::attentionRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"form-attention", addPatterns<FormAttention>},
  };
  return rewrites;
}
