//===- BufferizeKernels.cpp - Tensors into buffers ------------------------===//
//
// Sets One-Shot Bufferize up for destination-passing kernels.
//
//===----------------------------------------------------------------------===//

#include "compiler/buffers/Passes.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/kernels/SizeArithmetic.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace rondo {

#define GEN_PASS_DEF_BUFFERIZEKERNELS
#include "compiler/buffers/Passes.h.inc"

void registerBufferization(DialectRegistry &registry) {
  registry.insert<bufferization::BufferizationDialect, scf::SCFDialect, tensor::TensorDialect>();
  // Constants of several values become globals.
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
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
    separateLoopStarts(rewriter);
    if (failed(bufferization::eliminateEmptyTensors(rewriter, getOperation())))
      return signalPassFailure();
    bufferization::OneShotBufferizationOptions options;
    options.memCpyFn = createCopy;
    if (failed(bufferization::runOneShotBufferize(getOperation(), options)))
      return signalPassFailure();
    // What loops carry are buffers now that never change.
    RewritePatternSet patterns(&getContext());
    scf::ForOp::getCanonicalizationPatterns(patterns, &getContext());
    (void)applyPatternsAndFoldGreedily(getOperation(), std::move(patterns));
    getOperation().walk([](kernel::MapOp map) {
      if (copiesToItself(map))
        map.erase();
    });
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      function.walk([&](memref::DimOp dim) { resolveSize(function, dim); });
      (void)runRegionDCE(rewriter, function->getRegions());
    }
  }

private:
  /// Gives every destination a tensor.empty of its own, which common
  /// subexpression elimination may have merged: shared ones look like conflicts.
  /// One from outside a loop stands for a new one in every step.
  void separateDestinations(IRRewriter &rewriter) {
    getOperation().walk([&](tensor::EmptyOp empty) {
      bool isTaken = false;
      for (OpOperand &use : llvm::make_early_inc_range(empty->getUses())) {
        if (!isTaken && use.getOwner()->getBlock() == empty->getBlock()) {
          isTaken = true;
          continue;
        }
        rewriter.setInsertionPoint(use.getOwner());
        Operation *copy = rewriter.clone(*empty);
        rewriter.modifyOpInPlace(use.getOwner(), [&] { use.set(copy->getResult(0)); });
      }
    });
  }

  /// Lets a loop start in a copy of what is read behind its start as well. One-Shot Bufferize would
  /// copy too, but not before the elimination of empty tensors has computed that where the loop's
  /// result goes, which then overwrites it.
  void separateLoopStarts(IRRewriter &rewriter) {
    getOperation().walk([&](scf::ForOp loop) {
      for (OpOperand &start : loop.getInitArgsMutable()) {
        if (!isReadBehind(start.get(), start))
          continue;
        rewriter.setInsertionPoint(loop);
        auto copy = rewriter.create<bufferization::AllocTensorOp>(
            loop.getLoc(), cast<RankedTensorType>(start.get().getType()), ValueRange(),
            start.get());
        rewriter.modifyOpInPlace(loop, [&] { start.set(copy); });
      }
    });
  }

  /// Whether what `value` is a view of has another use in the loop that starts there, or behind it.
  static bool isReadBehind(Value value, OpOperand &start) {
    while (auto view = value.getDefiningOp<kernel::ReshapeOp>())
      value = view.getInput();
    Operation *loop = start.getOwner();
    SmallVector<Value> views{value};
    while (!views.empty())
      for (OpOperand &use : views.pop_back_val().getUses()) {
        Operation *user = loop->getBlock()->findAncestorOpInBlock(*use.getOwner());
        if (&use != &start && user && !user->isBeforeInBlock(loop))
          return true;
        if (auto view = dyn_cast<kernel::ReshapeOp>(use.getOwner()))
          views.push_back(view.getResult());
      }
    return false;
  }

  /// Whether nothing is left to do, as where a loop carries what was computed in place.
  static bool copiesToItself(kernel::MapOp map) {
    Block &body = map.getBody().front();
    return map.getIns().size() == 1 && map.getIns().front() == map.getOuts().front() &&
           body.getTerminator()->getOperand(0) == body.getArgument(0);
  }

  /// What One-Shot Bufferize allocates for a copy asks the original for its size. Replaces
  /// that by the arithmetic on the index arguments that it is.
  static void resolveSize(func::FuncOp entry, memref::DimOp dim) {
    Value memref = dim.getSource();
    while (auto cast = memref.getDefiningOp<memref::CastOp>())
      memref = cast.getSource();
    auto type = dyn_cast<MemRefType>(memref.getType());
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!type || !index || !type.isDynamicDim(*index))
      return;
    unsigned number = type.getDynamicDimIndex(*index);
    Value size;
    if (auto alloc = memref.getDefiningOp<memref::AllocOp>())
      size = alloc.getDynamicSizes()[number];
    else if (auto reshape = memref.getDefiningOp<kernel::ReshapeOp>())
      size = reshape.getSizes()[number];
    else if (auto argument = dyn_cast<BlockArgument>(memref))
      size = sizeOfArgument(entry, argument, number, dim);
    if (!size)
      return;
    dim.getResult().replaceAllUsesWith(size);
    dim.erase();
  }

  /// The size of a dynamic dimension of an argument, computed in front of `place`; null
  /// where the entry does not say what it is.
  static Value sizeOfArgument(func::FuncOp entry, BlockArgument argument, unsigned number,
                              Operation *place) {
    using kernel::KernelDialect;
    auto dims = entry.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), KernelDialect::kDims);
    auto names =
        entry->getParentOfType<ModuleOp>()->getAttrOfType<ArrayAttr>(RondoDialect::kSymbols);
    if (argument.getOwner() != &entry.front() || !dims || !names)
      return {};
    SymbolValues symbols;
    for (BlockArgument each : entry.getArguments()) {
      auto bind =
          entry.getArgAttrOfType<kernel::BindAttr>(each.getArgNumber(), KernelDialect::kBind);
      if (bind && bind.getKind() == kernel::BindKind::dim)
        symbols[cast<StringAttr>(names[bind.getIndex()]).str()] = each;
    }
    OpBuilder builder(place);
    return createSize(builder, place->getLoc(),
                      *DimExpr::parse(cast<StringAttr>(dims[number]).getValue()), symbols);
  }
};
} // namespace
} // namespace rondo
