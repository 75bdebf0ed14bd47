//===- ExpandRecurrent.cpp - Recurrent layers as loops of small ops -------===//
//
// The pass around what dialect/IR/RecurrentScan.cpp builds.
//
//===----------------------------------------------------------------------===//

#include "compiler/differentiate/Passes.h"
#include "dialect/IR/RecurrentScan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"

namespace rondo {
#define GEN_PASS_DEF_EXPANDRECURRENT
#include "compiler/differentiate/Passes.h.inc"

namespace {
struct ExpandRecurrentPass : impl::ExpandRecurrentBase<ExpandRecurrentPass> {
  void runOnOperation() override {
    getOperation().walk([](mlir::Operation *op) {
      if (isExpandable(op))
        expandRecurrent(op);
    });
  }
};
} // namespace
} // namespace rondo
