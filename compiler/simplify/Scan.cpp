//===- Scan.cpp - Loops that do no more than they have to -----------------===//
//
// A gradient keeps every carry of a loop; its rules mostly need a few of them. What is
// the same in every step is computed, and differentiated, once.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/Scan.h"
#include "compiler/simplify/Patterns.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace rondo;

namespace {

/// What of a scan its used results depend on, in any number of steps.
class LiveParts {
public:
  explicit LiveParts(ScanOp scan)
      : scan(scan), yielded(scan.getBody().front().getTerminator()->getOperands()),
        keptYields(yielded.size()) {
    for (auto [i, result] : llvm::enumerate(scan.getResults()))
      if (!result.use_empty())
        keep(i);
    // The number of steps has to come from somewhere.
    auto isLive = [&](Value value) { return values.contains(value); };
    if (llvm::none_of(scan.getSliceArguments(), isLive) &&
        !llvm::is_contained(ArrayRef(keptYields).drop_front(scan.getCarries().size()), true)) {
      if (scan.getSequences().empty())
        keep(scan.getCarries().size());
      else
        values.insert(scan.getSliceArguments().front());
    }
  }

  bool keepsYield(unsigned i) const { return keptYields[i]; }
  /// An argument or a value of the body.
  bool contains(Value value) const { return values.contains(value); }
  bool isAll() {
    auto rest = scan.getBody().getArguments().drop_front(scan.getCarries().size());
    return !llvm::is_contained(keptYields, false) &&
           llvm::all_of(rest, [&](Value argument) { return contains(argument); });
  }

private:
  void keep(unsigned yield) {
    if (keptYields[yield])
      return;
    keptYields[yield] = true;
    SmallVector<Value> pending{yielded[yield]};
    while (!pending.empty()) {
      Value value = pending.pop_back_val();
      if (!values.insert(value).second)
        continue;
      if (Operation *op = value.getDefiningOp())
        llvm::append_range(pending, op->getOperands());
      else if (unsigned number = cast<BlockArgument>(value).getArgNumber();
               number < scan.getCarries().size())
        keep(number);
    }
  }

  ScanOp scan;
  OperandRange yielded;
  SmallVector<bool> keptYields;
  DenseSet<Value> values;
};

/// Results that nothing reads go, with the carries, sequences and constants that only they need.
struct DropUnusedOfScan : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter &rewriter) const override {
    LiveParts live(scan);
    if (scan->use_empty() || live.isAll())
      return rewriter.notifyMatchFailure(scan, "everything is used");

    const unsigned numCarries = scan.getCarries().size();
    ScanInputs inputs;
    inputs.steps = scan.getSteps();
    inputs.reverse = scan.getReverse();
    SmallVector<Value> arguments; // of the old body
    for (auto [i, argument] : llvm::enumerate(scan.getBody().getArguments())) {
      if (i < numCarries ? !live.keepsYield(i) : !live.contains(argument))
        continue;
      arguments.push_back(argument);
      unsigned firstConstant = numCarries + scan.getSequences().size();
      (i < numCarries      ? inputs.carries
       : i < firstConstant ? inputs.sequences
                           : inputs.constants)
          .push_back(scan->getOperand(i));
    }
    FailureOr<ScanOp> smaller = buildScan(
        rewriter, scan.getLoc(), inputs,
        [&](OpBuilder &builder, Block::BlockArgListType taken) -> FailureOr<SmallVector<Value>> {
          IRMapping mapping;
          mapping.map(arguments, taken);
          Block &body = scan.getBody().front();
          for (Operation &op : body.without_terminator())
            if (llvm::any_of(op.getResults(), [&](Value value) { return live.contains(value); }))
              builder.clone(op, mapping);
          SmallVector<Value> yielded;
          for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
            if (live.keepsYield(i))
              yielded.push_back(mapping.lookup(value));
          return yielded;
        });
    unsigned next = 0;
    for (auto [i, result] : llvm::enumerate(scan.getResults()))
      if (live.keepsYield(i))
        rewriter.replaceAllUsesWith(result, smaller->getResult(next++));
    rewriter.eraseOp(scan);
    return success();
  }
};

/// What a step computes of constants alone becomes a constant. Numbers, and what shows a
/// tensor in another shape, cost nothing inside.
struct HoistOutOfScan : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScanOp scan, PatternRewriter &rewriter) const override {
    Block &body = scan.getBody().front();
    DenseSet<Value> same, numbers; // in every step; and of no tensor from outside
    for (Value argument : scan.getConstantArguments())
      same.insert(argument);
    SmallVector<Operation *> hoisted;
    for (Operation &op : body.without_terminator()) {
      auto isNumber = [&](Value value) { return numbers.contains(value); };
      if (op.hasTrait<OpTrait::ConstantLike>() ||
          (op.getNumOperands() != 0 && llvm::all_of(op.getOperands(), isNumber))) {
        numbers.insert(op.result_begin(), op.result_end());
        continue;
      }
      if (!isPure(&op) || op.getNumOperands() == 0 ||
          !llvm::all_of(op.getOperands(), [&](Value x) { return same.contains(x) || isNumber(x); }))
        continue;
      same.insert(op.result_begin(), op.result_end());
      if (!isa<BroadcastOp, ReshapeOp, SizeOp>(op))
        hoisted.push_back(&op);
    }
    if (hoisted.empty())
      return rewriter.notifyMatchFailure(scan, "every step computes something else");

    rewriter.setInsertionPoint(scan);
    IRMapping outside;
    for (auto [argument, constant] :
         llvm::zip_equal(scan.getConstantArguments(), scan.getConstants()))
      outside.map(argument, constant);
    for (Operation &op : body.without_terminator()) // those that are of no use fold away
      if (llvm::all_of(op.getResults(),
                       [&](Value x) { return same.contains(x) || numbers.contains(x); }))
        rewriter.clone(op, outside);
    rewriter.modifyOpInPlace(scan, [&] {
      for (Operation *op : llvm::reverse(hoisted)) {
        for (Value result : op->getResults()) {
          if (result.use_empty())
            continue;
          Value argument = body.addArgument(result.getType(), result.getLoc());
          scan.getConstantsMutable().append(outside.lookup(result));
          rewriter.replaceAllUsesWith(result, argument);
        }
        rewriter.eraseOp(op);
      }
    });
    return success();
  }
};

} // namespace

ArrayRef<Rewrite> rondo::scanRewrites() {
  static constexpr Rewrite rewrites[] = {
      {"drop-unused-of-scan", addPatterns<DropUnusedOfScan>},
      {"hoist-out-of-scan", addPatterns<HoistOutOfScan>},
  };
  return rewrites;
}
