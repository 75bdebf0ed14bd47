//===- Simplify.cpp - The simplification pass -----------------------------===//
//
// Collects the patterns of this folder and applies them greedily.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Passes.h"
#include "compiler/simplify/Patterns.h"
#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace rondo {
#define GEN_PASS_DEF_SIMPLIFY
#include "compiler/simplify/Passes.h.inc"
} // namespace rondo

using namespace mlir;

namespace {

class SimplifyPass : public rondo::impl::SimplifyBase<SimplifyPass> {
public:
  using SimplifyBase::SimplifyBase;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet all(context);
    rondo::populateContractPatterns(all);
    rondo::populateArithmeticPatterns(all);
    patterns = FrozenRewritePatternSet(std::move(all), disabled);
    return success();
  }

  void runOnOperation() override {
    if (failed(applyPatternsAndFoldGreedily(getOperation(), patterns)))
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
