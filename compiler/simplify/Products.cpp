//===- Products.cpp - Products with less arithmetic -----------------------===//
//
// A product is linear in each of its operands: sums, repetitions and parts can
// move from one side of it to the other, where less is left to compute.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Patterns.h"
#include "compiler/simplify/ProductSide.h"

using namespace mlir;
using namespace rondo;

namespace {

/// Replaces the operand by its sum over the free dimensions `dims`, sorted.
void sumOver(OpBuilder &builder, Location loc, ProductSide &side, ArrayRef<int64_t> dims) {
  if (dims.empty())
    return;
  side.value = builder.create<ReduceOp>(loc, ReduceKind::sum, side.value, dims);
  for (SmallVector<int64_t> *list : {&side.batch, &side.contract})
    for (int64_t &dim : *list)
      dim -= llvm::count_if(dims, [&](int64_t gone) { return gone < dim; });
}

/// sum over m of contract(x, y) -> contract(sum over m of x, y), where m is a
/// free dimension of x; and the same for y. For one sum over all M rows of x,
/// 2MNK operations become MK + 2NK. Sums over batch dimensions stay.
struct SumOverQueries : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto contract = op.getInput().getDefiningOp<ContractOp>();
    if (op.getKind() != ReduceKind::sum || !contract || !contract->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the sum of a product and its only use");
    ProductSide lhs = ProductSide::lhsOf(contract), rhs = ProductSide::rhsOf(contract);
    SmallVector<int64_t> lhsFree = lhs.freeDims(), rhsFree = rhs.freeDims();
    int64_t lhsBegin = lhs.batch.size(), rhsBegin = lhsBegin + lhsFree.size();
    SmallVector<int64_t> lhsSum, rhsSum, stays;
    SmallVector<DimExpr> sizes = getDims(contract.getType());
    for (int64_t dim : op.getDimensions()) {
      if (dim < lhsBegin || sizes[dim] == DimExpr(1))
        // As many dimensions as moved from before it are gone.
        stays.push_back(dim - lhsSum.size() - rhsSum.size());
      else if (dim < rhsBegin)
        lhsSum.push_back(lhsFree[dim - lhsBegin]);
      else
        rhsSum.push_back(rhsFree[dim - rhsBegin]);
    }
    if (lhsSum.empty() && rhsSum.empty())
      return rewriter.notifyMatchFailure(op, "sums over no rows or columns");

    sumOver(rewriter, op.getLoc(), lhs, lhsSum);
    sumOver(rewriter, op.getLoc(), rhs, rhsSum);
    Value product = buildProduct(rewriter, contract.getLoc(), lhs, rhs);
    if (stays.empty())
      rewriter.replaceOp(op, product);
    else
      rewriter.replaceOpWithNewOp<ReduceOp>(op, ReduceKind::sum, product, stays);
    return success();
  }
};

/// The sum of an attention over its queries needs only the column sums of the weights.
struct SumOverQueriesOfAttention : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto attention = op.getInput().getDefiningOp<AttentionOp>();
    if (op.getKind() != ReduceKind::sum || !attention || !attention->hasOneUse() ||
        attention.getSumQueries() || attention.getWeights())
      return rewriter.notifyMatchFailure(op, "not the sum of an attention and its only use");
    const int64_t queries = attention.getQuery().getType().getRank() - 2;
    if (op.getDimensions() != ArrayRef(queries))
      return rewriter.notifyMatchFailure(op, "does not sum over the queries");
    rewriter.replaceOpWithNewOp<AttentionOp>(op, op.getType(), Type(), attention.getQuery(),
                                             attention.getKey(), attention.getValue(),
                                             /*sum_queries=*/true);
    return success();
  }
};

/// contract(broadcast(x), y) -> broadcast(contract(x, y)), where the broadcast repeats x along
/// free dimensions: the rows of the product would be equal. The same for y.
struct RepeatAfterProduct : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    ProductSide lhs = ProductSide::lhsOf(op), rhs = ProductSide::rhsOf(op);
    const int64_t lhsBegin = lhs.batch.size(), rhsBegin = lhsBegin + lhs.freeDims().size();
    for (auto [side, begin] : {std::pair(&lhs, lhsBegin), std::pair(&rhs, rhsBegin)}) {
      auto broadcast = side->value.getDefiningOp<BroadcastOp>();
      if (!broadcast)
        continue;
      SmallVector<DimExpr> dims = getDims(broadcast.getType()), fewer;
      SmallVector<int64_t> repeated, kept; // of the result of the product
      for (int64_t dim : side->freeDims())
        if (!llvm::is_contained(broadcast.getDimensions(), dim) && dims[dim] != DimExpr(1))
          repeated.push_back(dim);
      if (repeated.empty())
        continue;
      auto moved = [&](int64_t dim) {
        return dim - llvm::count_if(repeated, [&](int64_t gone) { return gone < dim; });
      };
      SmallVector<int64_t> free = side->freeDims(), places;
      for (int64_t dim = 0, rank = op.getType().getRank(); dim < rank; ++dim)
        if (dim < begin || dim >= begin + int64_t(free.size()) ||
            !llvm::is_contained(repeated, free[dim - begin]))
          kept.push_back(dim);
      for (auto [dim, size] : llvm::enumerate(dims))
        if (!llvm::is_contained(repeated, int64_t(dim)))
          fewer.push_back(size);
      for (int64_t dim : broadcast.getDimensions())
        places.push_back(moved(dim));
      side->value = rewriter.createOrFold<BroadcastOp>(
          broadcast.getLoc(), makeTensorType(fewer, broadcast.getType().getElementType()),
          broadcast.getInput(), places);
      for (SmallVector<int64_t> *list : {&side->batch, &side->contract})
        for (int64_t &dim : *list)
          dim = moved(dim);
      Value product = buildProduct(rewriter, op.getLoc(), lhs, rhs);
      rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), product, kept);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is repeated along free dimensions");
  }
};

/// What a size that the model leaves open counts as where a rewrite has to decide.
constexpr int64_t kTypicalSize = 32;

int64_t typicalValue(const DimExpr &expr) {
  SymbolSizes sizes;
  for (const std::string &symbol : expr.getSymbols())
    sizes[symbol] = kTypicalSize;
  return *expr.evaluate(sizes);
}

/// contract(concat(x1, …, xn), y) -> contract(x1, part of y) + … + contract(xn, part
/// of y), where the concat is along a contracted dimension; and the same for y. The
/// flops stay. What was copied, each x read and written, no longer is; instead the
/// parts of y are, and the sum reads and writes the result n - 1 times more.
struct SplitConcatProduct : OpRewritePattern<ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ContractOp op, PatternRewriter &rewriter) const override {
    ProductSide lhs = ProductSide::lhsOf(op), rhs = ProductSide::rhsOf(op);
    for (auto [joined, other] : {std::pair(&lhs, &rhs), std::pair(&rhs, &lhs)}) {
      auto concat = joined->value.getDefiningOp<ConcatOp>();
      // Windows are read where they lie.
      if (!concat || !concat->hasOneUse() || concat.getWindowed())
        continue;
      auto found = llvm::find(joined->contract, static_cast<int64_t>(concat.getAxis()));
      if (found == joined->contract.end() || !pays(op, concat, other->value))
        continue;
      int64_t axis = other->contract[found - joined->contract.begin()];
      Value whole = other->value, sum;
      BoxPlace place(SmallVector<DimExpr>(cast<RankedTensorType>(whole.getType()).getRank(), 0));
      for (Value part : concat.getInputs()) {
        joined->value = part;
        other->value = nextPart(rewriter, op.getLoc(), whole, place, axis,
                                getDims(cast<RankedTensorType>(part.getType()))[concat.getAxis()]);
        Value product = buildProduct(rewriter, op.getLoc(), lhs, rhs);
        sum = sum ? rewriter.create<AddOp>(op.getLoc(), sum, product).getResult() : product;
      }
      rewriter.replaceOp(op, sum);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no costly concat along a contracted dimension");
  }

private:
  /// Whether the copy moves more than what comes instead, at typical sizes.
  static bool pays(ContractOp op, ConcatOp concat, Value other) {
    auto elements = [](Value value) {
      return typicalValue(numElements(getDims(cast<RankedTensorType>(value.getType()))));
    };
    int64_t joins = static_cast<int64_t>(concat.getInputs().size()) - 1;
    return elements(concat) > joins * elements(op) + elements(other);
  }

  /// The next `size` elements of `whole` along `axis`, from where `place` is, which moves on.
  static Value nextPart(OpBuilder &builder, Location loc, Value whole, BoxPlace &place,
                        int64_t axis, const DimExpr &size) {
    auto type = cast<RankedTensorType>(whole.getType());
    SmallVector<DimExpr> dims = getDims(type);
    dims[axis] = size;
    Value slice =
        builder.create<SliceOp>(loc, makeTensorType(dims, type.getElementType()), whole, place);
    place.offsets[axis] += size;
    return slice;
  }
};

/// The cotangent of x behind contract(windows of w steps of x, R), a sum over the columns of
/// contract(g, R) set into zeros one step further each -> contract(windows of zeros around g, R
/// with the steps in reverse). What the product makes is x's size, not w times that.
struct GradientOfWindows : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &rewriter) const override {
    if (op->hasOneUse() && isa<AddOp>(*op->user_begin()))
      return rewriter.notifyMatchFailure(op, "part of a sum");
    SmallVector<Value> terms, left;
    collectTerms(op, terms);
    for (Value term : terms) {
      ContractOp product = productBehind(term);
      std::optional<Parts> parts = product ? partsOf(product) : std::nullopt;
      if (!parts || !pays(product, *parts) ||
          !llvm::all_of(parts->pads, [&](Value pad) { return llvm::is_contained(terms, pad); }))
        continue;
      rewriter.setInsertionPoint(op);
      Value sum = build(rewriter, op.getLoc(), product, *parts);
      for (Value other : terms)
        if (!llvm::is_contained(parts->pads, other))
          sum = rewriter.create<AddOp>(op.getLoc(), sum, other);
      rewriter.replaceOp(op, sum);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no sum of the parts of a product in a row");
  }

private:
  /// What is made of the columns of a product, `width` of them for each step of a window.
  struct Parts {
    SmallVector<Value> pads; ///< in the order of the columns
    DimExpr width;
  };

  static void collectTerms(Value value, SmallVectorImpl<Value> &terms, bool isRoot = true) {
    auto add = value.getDefiningOp<AddOp>();
    if (!add || !(isRoot || add->hasOneUse())) {
      terms.push_back(value);
      return;
    }
    collectTerms(add.getLhs(), terms, false);
    collectTerms(add.getRhs(), terms, false);
  }

  /// The product of whose columns `term` are some, set into zeros; null without.
  static ContractOp productBehind(Value term) {
    auto pad = term.getDefiningOp<PadOp>();
    auto slice = pad ? pad.getInput().getDefiningOp<SliceOp>() : SliceOp();
    return slice ? slice.getInput().getDefiningOp<ContractOp>() : ContractOp();
  }

  /// All that is made of (…, T, columns) · R, where that are the terms of such a sum.
  static std::optional<Parts> partsOf(ContractOp product) {
    const ProductSide lhs = ProductSide::lhsOf(product), rhs = ProductSide::rhsOf(product);
    const int64_t rank = product.getType().getRank(), time = rank - 2, features = rank - 1;
    if (rank < 2 || !lhs.batch.empty() || rhs.freeDims().size() != 1 ||
        lhs.contract != SmallVector<int64_t>{rank - 1})
      return std::nullopt;
    const SmallVector<DimExpr> whole = getDims(product.getType());
    const int64_t window = std::distance(product->user_begin(), product->user_end());
    Parts parts;
    parts.pads.resize(window);
    for (Operation *user : product->getUsers()) {
      auto slice = dyn_cast<SliceOp>(user);
      auto pad = slice && slice->hasOneUse() ? dyn_cast<PadOp>(*slice->user_begin()) : PadOp();
      if (!pad || !pad->hasOneUse())
        return std::nullopt;
      const BoxPlace from = slice.getPlace(), to = pad.getPlace();
      const SmallVector<DimExpr> part = getDims(slice.getType()), result = getDims(pad.getType());
      parts.width = part[features];
      std::optional<int64_t> step = to.offsets[time].getConstant();
      if (!step || *step < 0 || *step >= window || parts.pads[*step] ||
          parts.width * DimExpr(window) != whole[features])
        return std::nullopt;
      for (int64_t dim = 0; dim < rank; ++dim) {
        const DimExpr begin = dim == features ? parts.width * DimExpr(*step) : DimExpr(0);
        const DimExpr kept = dim == features ? parts.width : whole[dim];
        const DimExpr margin = dim == time ? DimExpr(window - 1) : DimExpr(0);
        const DimExpr at = dim == time ? DimExpr(*step) : DimExpr(0);
        if (from.strides[dim] != 1 || to.strides[dim] != 1 || from.offsets[dim] != begin ||
            part[dim] != kept || to.offsets[dim] != at || result[dim] != kept + margin)
          return std::nullopt;
      }
      parts.pads[*step] = pad;
    }
    return window > 1 ? std::optional(parts) : std::nullopt;
  }

  /// Whether what is multiplied with zeros takes less than what is no longer copied, of which an
  /// element takes about as long as 32 multiplications.
  static bool pays(ContractOp product, const Parts &parts) {
    constexpr int64_t copied = 32;
    const SmallVector<DimExpr> dims = getDims(product.getType());
    const SmallVector<DimExpr> lhs = getDims(product.getLhs().getType());
    return typicalValue(lhs.back()) * int64_t(parts.pads.size() - 1) <=
           copied * typicalValue(dims[dims.size() - 2]);
  }

  static Value build(OpBuilder &builder, Location loc, ContractOp product, const Parts &parts) {
    ProductSide lhs = ProductSide::lhsOf(product), rhs = ProductSide::rhsOf(product);
    const int64_t window = parts.pads.size(), rank = product.getType().getRank(), time = rank - 2;
    Type element = product.getType().getElementType();

    SmallVector<DimExpr> dims = getDims(product.getLhs().getType());
    BoxPlace place(SmallVector<DimExpr>(rank, 0));
    place.offsets[time] = window - 1;
    dims[time] += DimExpr(2 * (window - 1));
    Value padded = builder.create<PadOp>(loc, makeTensorType(dims, element), lhs.value, place);
    dims[time] = dims[time] - DimExpr(window - 1);
    SmallVector<Value> windows;
    for (int64_t step = 0; step < window; ++step) {
      place.offsets[time] = step;
      windows.push_back(builder.create<SliceOp>(loc, makeTensorType(dims, element), padded, place));
    }
    lhs.value = builder.create<ConcatOp>(loc, windows, rank - 1);

    const int64_t columns = rhs.freeDims().front();
    SmallVector<DimExpr> block = getDims(product.getRhs().getType());
    block[columns] = parts.width;
    BoxPlace from(SmallVector<DimExpr>(2, 0));
    SmallVector<Value> blocks;
    for (int64_t step = window; step-- > 0;) {
      from.offsets[columns] = parts.width * DimExpr(step);
      blocks.push_back(
          builder.create<SliceOp>(loc, makeTensorType(block, element), rhs.value, from));
    }
    rhs.value = builder.create<ConcatOp>(loc, blocks, rhs.contract.front());
    return buildProduct(builder, loc, lhs, rhs);
  }
};

} // namespace

ArrayRef<Rewrite> rondo::productRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"gradient-of-windows", addPatterns<GradientOfWindows>},
      {"repeat-after-product", addPatterns<RepeatAfterProduct>},
      {"split-concat-product", addPatterns<SplitConcatProduct>},
      {"sum-over-queries", addPatterns<SumOverQueries, SumOverQueriesOfAttention>},
  };
  return rewrites;
}
