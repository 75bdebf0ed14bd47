//===- FuseKernels.cpp - Elementwise kernels into their neighbours --------===//
//
// Maps into the maps that read them, then into the products they read, then into the reductions
// that read them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/kernels/Passes.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace rondo {

#define GEN_PASS_DEF_FUSEKERNELS
#include "compiler/kernels/Passes.h.inc"

using namespace kernel;

namespace {

/// The operands and the region of a fused op while it is put together. The
/// region gets `leading` arguments first, then one for each input, then scalars.
class FusedRegion {
public:
  FusedRegion(OpBuilder &builder, TypeRange leading)
      : builder(builder), numLeading(leading.size()) {
    block = builder.createBlock(&region);
    for (Type type : leading)
      block->addArgument(type, builder.getUnknownLoc());
  }

  /// Clones the region of a map, whose result dimensions are those of the fused
  /// op, and returns what it yields. Operands that `known` has stand for values
  /// of this region; the others become operands of the fused op.
  Value absorb(MapOp op, const DenseMap<Value, Value> &known) {
    IRMapping mapping;
    Block &body = op.getBody().front();
    for (auto [index, input] : llvm::enumerate(op.getIns())) {
      Value value = known.lookup(input);
      mapping.map(body.getArgument(index), value ? value : addInput(op, index));
    }
    for (auto [index, scalar] : llvm::enumerate(op.getScalars()))
      mapping.map(body.getArgument(op.getIns().size() + index), addScalar(scalar));
    return cloneInto(body, mapping);
  }

  Value cloneInto(Block &body, IRMapping &mapping) {
    builder.setInsertionPointToEnd(block);
    for (Operation &op : body.without_terminator())
      builder.clone(op, mapping);
    return mapping.lookupOrDefault(body.getTerminator()->getOperand(0));
  }

  Value addInput(Value tensor, Attribute span) {
    for (auto [index, input] : llvm::enumerate(ins))
      if (input == tensor && spans[index] == span)
        return block->getArgument(numLeading + index);
    Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
    BlockArgument argument =
        block->insertArgument(numLeading + ins.size(), element, tensor.getLoc());
    ins.push_back(tensor);
    spans.push_back(span);
    return argument;
  }

  void yield(Location loc, Value value) {
    builder.setInsertionPointToEnd(block);
    builder.create<kernel::YieldOp>(loc, value);
  }

  Value leading(unsigned index) { return block->getArgument(index); }
  ArrayAttr spanLists() { return builder.getArrayAttr(spans); }

  Region region;
  SmallVector<Value> ins, scalars;

private:
  Value addInput(MapOp op, unsigned index) {
    return addInput(op.getIns()[index], op.getOperandDims()[index]);
  }

  Value addScalar(Value scalar) {
    for (auto [index, known] : llvm::enumerate(scalars))
      if (known == scalar)
        return block->getArgument(numLeading + ins.size() + index);
    scalars.push_back(scalar);
    return block->addArgument(scalar.getType(), scalar.getLoc());
  }

  OpBuilder &builder;
  unsigned numLeading;
  SmallVector<Attribute> spans;
  Block *block;
};

/// Whether `consumer` alone reads `tensor`, each element once, and as often as it is made.
bool readsOnce(MapOp consumer, Value tensor) {
  if (tensor.getParentBlock() != consumer->getBlock() ||
      !llvm::all_of(tensor.getUsers(), [&](Operation *user) { return user == consumer; }))
    return false;
  auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
  auto out = cast<RankedTensorType>(consumer.getOuts().front().getType()).getShape();
  if (shape != out || llvm::is_contained(consumer.getOuts(), tensor))
    return false;
  for (auto [index, input] : llvm::enumerate(consumer.getIns()))
    if (input == tensor && consumer.getSpan(index).size() != shape.size())
      return false;
  return true;
}

/// A kernel that repeats one of the forward pass keeps its mark in what it is fused into.
void inheritRecompute(Operation *fused, ArrayRef<Operation *> parts) {
  for (Operation *part : parts)
    if (Attribute recompute = part->getAttr(RondoDialect::kRecomputeOf))
      fused->setAttr(RondoDialect::kRecomputeOf, recompute);
}

struct FuseKernels : impl::FuseKernelsBase<FuseKernels> {
  void runOnOperation() override {
    // The entry and the loops in it. In order: what a map reads has taken in its own
    // operands already.
    getOperation().walk([&](Block *block) {
      // What several of a map's producers read may be read by it alone once they are in it.
      for (MapOp map : llvm::make_early_inc_range(block->getOps<MapOp>()))
        while (map)
          map = fuseProducers(map);
      for (MapOp map : llvm::make_early_inc_range(block->getOps<MapOp>()))
        fuseIntoProduct(map);
      for (kernel::ReduceOp reduce : llvm::make_early_inc_range(block->getOps<kernel::ReduceOp>()))
        fuseElements(reduce);
    });
    // Conversions between predicates and bytes that now meet cancel out.
    (void)applyPatternsAndFoldGreedily(getOperation(), FrozenRewritePatternSet());
  }

private:
  /// The map that stands for `consumer` and what it alone reads; null where there is nothing.
  MapOp fuseProducers(MapOp consumer) {
    SmallVector<MapOp> producers;
    for (Value input : consumer.getIns())
      if (auto producer = input.getDefiningOp<MapOp>())
        if (!llvm::is_contained(producers, producer) && readsOnce(consumer, input))
          producers.push_back(producer);
    if (producers.empty())
      return {};

    IRRewriter rewriter(consumer);
    FusedRegion fused(rewriter, {});
    DenseMap<Value, Value> known;
    SmallVector<Location> locations;
    SmallVector<Operation *> parts;
    for (MapOp producer : producers) {
      known[producer.getResult(0)] = fused.absorb(producer, known);
      locations.push_back(producer.getLoc());
      parts.push_back(producer);
    }
    locations.push_back(consumer.getLoc());
    parts.push_back(consumer);
    fused.yield(consumer.getLoc(), fused.absorb(consumer, known));

    rewriter.setInsertionPoint(consumer);
    auto op =
        rewriter.create<MapOp>(rewriter.getFusedLoc(locations), consumer.getResultTypes(),
                               fused.ins, fused.scalars, consumer.getOuts(), fused.spanLists());
    op.getBody().takeBody(fused.region);
    inheritRecompute(op, parts);
    rewriter.replaceOp(consumer, op.getResults());
    for (MapOp producer : producers)
      rewriter.eraseOp(producer);
    return op;
  }

  static bool fitsEpilogue(MapOp map) {
    return map.getScalars().empty() && map.getBody().getOps<IndexOp>().empty() &&
           map.getBody().getOps<kernel::RandomOp>().empty() &&
           cast<RankedTensorType>(map.getResult(0).getType()).getElementType().isF32();
  }

  /// Whether each operand varies along all columns of the product or along none:
  /// the kernel walks the column dimensions as one.
  static bool fitsColumns(MapOp map, MatmulOp product) {
    auto shape = cast<RankedTensorType>(map.getResult(0).getType()).getShape();
    for (auto [index, input] : llvm::enumerate(map.getIns())) {
      auto own = cast<RankedTensorType>(input.getType()).getShape();
      SmallVector<bool> varies(shape.size(), false);
      for (auto [dimension, size] : llvm::zip_equal(map.getSpan(index), own))
        varies[dimension] = size != 1;
      SmallVector<bool> columns;
      for (size_t dimension = shape.size() - product.getNumN(); dimension < shape.size();
           ++dimension)
        if (shape[dimension] != 1)
          columns.push_back(varies[dimension]);
      if (!columns.empty() && !llvm::all_equal(columns))
        return false;
    }
    return true;
  }

  void fuseIntoProduct(MapOp map) {
    if (!fitsEpilogue(map))
      return;
    auto isFusable = [&](Value input) {
      auto product = input.getDefiningOp<MatmulOp>();
      return product && readsOnce(map, input) && fitsColumns(map, product);
    };
    auto found = llvm::find_if(map.getIns(), isFusable);
    if (found == map.getIns().end())
      return;
    auto product = (*found).getDefiningOp<MatmulOp>();

    IRRewriter rewriter(map);
    FusedRegion fused(rewriter, rewriter.getF32Type());
    Value sum = fused.leading(0);
    if (!product.getEpilogue().empty()) {
      IRMapping mapping;
      Block &body = product.getEpilogue().front();
      mapping.map(body.getArgument(0), sum);
      for (auto [index, extra] : llvm::enumerate(product.getExtras()))
        mapping.map(body.getArgument(index + 1),
                    fused.addInput(extra, product.getExtraDims()[index]));
      sum = fused.cloneInto(body, mapping);
    }
    fused.yield(map.getLoc(), fused.absorb(map, {{*found, sum}}));

    rewriter.setInsertionPoint(map);
    auto op = rewriter.create<MatmulOp>(
        rewriter.getFusedLoc({product.getLoc(), map.getLoc()}), map.getResultTypes(),
        product.getLhs(), product.getRhs(), product.getMask(), fused.ins, map.getOuts(),
        product.getNumBatch(), product.getNumM(), product.getNumN(), product.getNumK(),
        product.getTransposeLhs(), product.getWindowAttr(), fused.spanLists());
    op.getEpilogue().takeBody(fused.region);
    inheritRecompute(op, {product, map});
    rewriter.replaceOp(map, op.getResults());
    rewriter.eraseOp(product);
  }

  /// Whether a map costs less than to write and to read what it makes. Reductions have fewer
  /// chunks of work for threads than maps, so that what takes long stays in front of them.
  static bool isCheap(MapOp map) {
    constexpr int64_t most = 6;
    int64_t count = 0;
    return llvm::all_of(map.getBody().front().without_terminator(), [&](Operation &op) {
      return isa<arith::ArithDialect>(op.getDialect()) && !isa<arith::DivFOp>(op) &&
             ++count <= most;
    });
  }

  void fuseElements(kernel::ReduceOp reduce) {
    auto map = reduce.getIns().front().getDefiningOp<MapOp>();
    if (!map || !reduce.getElement().empty() || !map.getScalars().empty() || !isCheap(map) ||
        !map->hasOneUse() || map->getBlock() != reduce->getBlock())
      return;
    auto shape = cast<RankedTensorType>(map.getResult(0).getType()).getShape();
    if (map.getIns().empty() || !llvm::all_of(map.getIns().getTypes(), [&](Type type) {
          return cast<RankedTensorType>(type).getShape() == shape;
        }))
      return;
    IRRewriter rewriter(reduce);
    auto op = rewriter.create<kernel::ReduceOp>(
        rewriter.getFusedLoc({map.getLoc(), reduce.getLoc()}), reduce.getResultTypes(),
        map.getIns(), reduce.getOuts(), reduce.getKind(), reduce.getFirst(), reduce.getCount());
    op.getElement().takeBody(map.getBody());
    inheritRecompute(op, {map, reduce});
    rewriter.replaceOp(reduce, op.getResults());
    rewriter.eraseOp(map);
  }
};

} // namespace
} // namespace rondo
