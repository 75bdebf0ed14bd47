//===- Simplify.cpp - The simplification pass -----------------------------===//
//
// Makes loops of what is repeated; then collects the other rewrites of this folder,
// applies them greedily and merges equal ops, until nothing changes.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Passes.h"
#include "compiler/simplify/Patterns.h"
#include "compiler/simplify/Reroll.h"
#include "compiler/simplify/Rewrites.h"
#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/StringExtras.h"

namespace rondo {
#define GEN_PASS_DEF_SIMPLIFY
#include "compiler/simplify/Passes.h.inc"
} // namespace rondo

using namespace mlir;
using namespace rondo;

/// The rewrites that are no patterns: equal ops become one, and equal groups of ops a loop.
static constexpr StringLiteral kCse = "cse", kReroll = "reroll-loops";

/// Fewer steps stay as they are: they compile in little time, and run without the copies of what
/// a step takes and yields, which cost some percent of a training step.
static constexpr unsigned kFewestSteps = 8;

/// The rewrites that are patterns.
static std::vector<Rewrite> allRewrites() {
  std::vector<Rewrite> all;
  for (ArrayRef<Rewrite> theme : {contractRewrites(), productRewrites(), attentionRewrites(),
                                  shapeRewrites(), scanRewrites(), arithmeticRewrites()})
    llvm::append_range(all, theme);
  return all;
}

std::vector<std::string> rondo::rewriteNames() {
  std::vector<std::string> names{kCse.str(), kReroll.str()};
  for (const Rewrite &rewrite : allRewrites())
    names.push_back(rewrite.name.str());
  llvm::sort(names);
  return names;
}

namespace {

class SimplifyPass : public rondo::impl::SimplifyBase<SimplifyPass> {
public:
  using SimplifyBase::SimplifyBase;

  LogicalResult initialize(MLIRContext *context) override {
    std::vector<std::string> names = rewriteNames();
    for (const std::string &name : disabled)
      if (!llvm::is_contained(names, name))
        return emitError(UnknownLoc::get(context))
               << "there is no rewrite '" << name << "' to disable; there are "
               << llvm::join(names, ", ");
    RewritePatternSet enabled(context);
    for (const Rewrite &rewrite : allRewrites())
      if (!llvm::is_contained(disabled, rewrite.name))
        rewrite.add(enabled);
    patterns = std::move(enabled);
    return success();
  }

  void runOnOperation() override {
    if (reroll && !llvm::is_contained(disabled, kReroll))
      for (auto function : getOperation().getOps<func::FuncOp>())
        if (!function.isExternal())
          rerollLoops(function.getBody().front(), kFewestSteps);
    bool changed = true;
    while (changed) {
      if (failed(applyPatternsAndFoldGreedily(getOperation(), patterns)))
        return signalPassFailure();
      changed = false;
      if (!llvm::is_contained(disabled, kCse))
        mergeEqualOps(changed);
    }
  }

private:
  void mergeEqualOps(bool &changed) {
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation(), &changed);
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
