//===- BufferizeKernels.cpp - Tensors into buffers ------------------------===//
//
// Sets One-Shot Bufferize up for destination-passing kernels.
//
//===----------------------------------------------------------------------===//

#include "compiler/buffers/Passes.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace rondo {

#define GEN_PASS_DEF_BUFFERIZEKERNELS
#include "compiler/buffers/Passes.h.inc"

void registerBufferization(DialectRegistry &registry) {
  registry.insert<bufferization::BufferizationDialect, tensor::TensorDialect>();
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
}

/// Copies a buffer by a kernel: code generation knows no other way.
static LogicalResult createCopy(OpBuilder &builder, Location loc, Value from, Value to) {
  if (from == to)
    return success();
  auto type = cast<MemRefType>(from.getType());
  SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(type.getRank()));
  auto copy = builder.create<kernel::MapOp>(loc, TypeRange(), ValueRange(from), ValueRange(),
                                            ValueRange(to),
                                            builder.getArrayAttr(builder.getI64ArrayAttr(dims)));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&copy.getBody(), {}, TypeRange(type.getElementType()), {loc});
  builder.create<kernel::YieldOp>(loc, block->getArgument(0));
  return success();
}

namespace {
struct BufferizeKernels : impl::BufferizeKernelsBase<BufferizeKernels> {
  void getDependentDialects(DialectRegistry &registry) const override {
    BufferizeKernelsBase::getDependentDialects(registry);
    registerBufferization(registry);
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    separateDestinations(rewriter);
    if (failed(bufferization::eliminateEmptyTensors(rewriter, getOperation())))
      return signalPassFailure();
    bufferization::OneShotBufferizationOptions options;
    options.memCpyFn = createCopy;
    if (failed(bufferization::runOneShotBufferize(getOperation(), options)))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      (void)runRegionDCE(rewriter, function->getRegions());
  }

private:
  /// Gives every destination a tensor.empty of its own, which common
  /// subexpression elimination may have merged: shared ones look like conflicts.
  void separateDestinations(IRRewriter &rewriter) {
    getOperation().walk([&](tensor::EmptyOp empty) {
      if (empty->use_empty())
        return;
      for (OpOperand &use : llvm::make_early_inc_range(llvm::drop_begin(empty->getUses()))) {
        rewriter.setInsertionPoint(use.getOwner());
        Operation *copy = rewriter.clone(*empty);
        rewriter.modifyOpInPlace(use.getOwner(), [&] { use.set(copy->getResult(0)); });
      }
    });
  }
};
} // namespace
} // namespace rondo
