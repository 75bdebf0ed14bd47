//===- ExpandLstm.cpp - LSTMs as loops of small ops -----------------------===//
//
// The pass around what dialect/IR/LstmScan.cpp builds.
//
//===----------------------------------------------------------------------===//

#include "compiler/differentiate/Passes.h"
#include "dialect/IR/LstmScan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"

namespace rondo {
#define GEN_PASS_DEF_EXPANDLSTM
#include "compiler/differentiate/Passes.h.inc"

namespace {
struct ExpandLstmPass : impl::ExpandLstmBase<ExpandLstmPass> {
  void runOnOperation() override {
    getOperation().walk([](LstmOp op) {
      if (!op.getGates())
        expandLstm(op);
    });
  }
};
} // namespace
} // namespace rondo
