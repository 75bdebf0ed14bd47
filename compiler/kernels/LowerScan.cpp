//===- LowerScan.cpp - Loops over time ------------------------------------===//
//
// A scan becomes an scf.for over its steps with kernels inside. Carries and
// stacked results are carried tensors that each step overwrites in place: what a
// step computes is materialized in them at its end.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace rondo {

/// Moves what is the same in every step in front of the loop. Destinations go with the
/// ops that write them, so that no step writes into a tensor from outside; where another
/// loop starts stays with it, which writes there too.
static void hoistInvariants(scf::ForOp loop) {
  auto isOutside = [&](Value value) { return loop.isDefinedOutsideOfLoop(value); };
  auto isOwnDestination = [&](Value value) {
    auto empty = value.getDefiningOp<tensor::EmptyOp>();
    return empty && empty->hasOneUse() && llvm::all_of(empty->getOperands(), isOutside);
  };
  for (Operation &op : llvm::make_early_inc_range(loop.getBody()->without_terminator())) {
    bool isFixed = isa<tensor::EmptyOp, scf::ForOp>(op) || !isMemoryEffectFree(&op) ||
                   llvm::any_of(op.getUsers(), llvm::IsaPred<scf::ForOp>);
    if (isFixed || !llvm::all_of(op.getOperands(), [&](Value operand) {
          return isOutside(operand) || isOwnDestination(operand);
        }))
      continue;
    for (Value operand : op.getOperands())
      if (!isOutside(operand))
        operand.getDefiningOp()->moveBefore(loop);
    op.moveBefore(loop);
  }
}

/// Where element [0, t, 0, …] lies in a sequence.
static SmallVector<Value> stepOffsets(OpBuilder &builder, Location loc, size_t rank, Value t) {
  SmallVector<Value> offsets(rank, builder.create<arith::ConstantIndexOp>(loc, 0));
  offsets[1] = t;
  return offsets;
}

/// A sequence of one step.
static SmallVector<DimExpr> oneStep(ArrayRef<DimExpr> dims) {
  SmallVector<DimExpr> one(dims);
  one[1] = 1;
  return one;
}

Operand EntryLowering::stepOf(Value sequence, Value t) {
  SmallVector<DimExpr> dims = dimsOf(sequence), kept = dims;
  kept.erase(kept.begin() + 1);
  Operand step = operandOf(sequence);
  if (!step.tensor) { // the same number everywhere
    step.dims = kept;
    return step;
  }
  Value tensor = tensorOf(sequence);
  Value out = destination(oneStep(dims), step.element);
  Value part = builder
                   .create<kernel::SliceOp>(loc, TypeRange(out.getType()), tensor, ValueRange(out),
                                            stepOffsets(builder, loc, dims.size(), t),
                                            SmallVector<int64_t>(dims.size(), 1))
                   .getResult(0);
  step.tensor = reshape(part, kept, step.element);
  step.span.clear();
  for (size_t dim = 0; dim < kept.size(); ++dim)
    step.span.push_back(dim);
  step.dims = kept;
  return step;
}

Value EntryLowering::insertStep(Value part, Value whole, Dims dims, Value t) {
  Value step = reshape(part, oneStep(dims), elementOf(part));
  return builder
      .create<kernel::InsertOp>(loc, TypeRange(whole.getType()), step, ValueRange(whole),
                                stepOffsets(builder, loc, dims.size(), t),
                                SmallVector<int64_t>(dims.size(), 1))
      .getResult(0);
}

/// What a view shows.
static Value rootOf(Value tensor) {
  while (auto reshape = tensor.getDefiningOp<kernel::ReshapeOp>())
    tensor = reshape.getInput();
  return tensor;
}

LogicalResult EntryLowering::lowerScan(ScanOp op) {
  Value steps = size(op.getSteps());
  Value zero = builder.create<arith::ConstantIndexOp>(loc, 0);
  Value one = builder.create<arith::ConstantIndexOp>(loc, 1);
  SmallVector<Value> initial;
  for (Value carry : op.getCarries()) {
    // One loop cannot start in what another one around it carries.
    Value tensor = tensorOf(carry);
    initial.push_back(isa<BlockArgument>(rootOf(tensor)) ? copyOf(carry) : tensor);
  }
  for (Value stacked : op.getStacked())
    initial.push_back(destination(dimsOf(stacked), elementOf(stacked)));
  for (Value sequence : op.getSequences())
    if (operandOf(sequence).tensor)
      tensorOf(sequence); // as one tensor, made once
  auto loop = builder.create<scf::ForOp>(loc, zero, steps, one, initial);

  const bool isOutermost = !outermostLoop;
  if (isOutermost)
    outermostLoop = loop;
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value t = loop.getInductionVar();
    if (op.getReverse()) {
      Value last = builder.create<arith::SubIOp>(loc, steps, one);
      t = builder.create<arith::SubIOp>(loc, last, t);
    }
    for (auto [argument, tensor] : llvm::zip(op.getCarryArguments(), loop.getRegionIterArgs()))
      bind(argument, tensor);
    for (auto [argument, sequence] : llvm::zip_equal(op.getSliceArguments(), op.getSequences())) {
      Operand step = stepOf(sequence, t);
      values[argument] = std::move(step);
    }
    for (auto [argument, constant] :
         llvm::zip_equal(op.getConstantArguments(), op.getConstants())) {
      Operand described = operandOf(constant);
      values[argument] = std::move(described);
    }
    // A carry before its step is set before the next one can be computed in its place.
    SmallVector<Value> stacked(loop.getRegionIterArgs().drop_front(op.getCarries().size()));
    auto insertSlices = [&](bool ofArguments) {
      for (auto [slice, result, whole] : llvm::zip_equal(op.getSlices(), op.getStacked(), stacked))
        if (isa<BlockArgument>(slice) == ofArguments)
          whole = insertStep(tensorOf(slice), whole, dimsOf(result), t);
    };
    insertSlices(/*ofArguments=*/true);
    for (Operation &each : op.getBody().front().without_terminator())
      if (failed(lower(&each)))
        return failure();
    loc = op.getLoc();
    insertSlices(/*ofArguments=*/false);

    // What another step may still read, or another result be made of, is set last.
    SmallVector<Value> next;
    for (auto [value, carried] : llvm::zip(op.getNextCarries(), loop.getRegionIterArgs())) {
      Value tensor = tensorOf(value);
      bool isOther =
          tensor != carried && llvm::is_contained(loop.getRegionIterArgs(), rootOf(tensor));
      next.push_back(isOther ? copyOf(value) : tensor);
    }
    // What several carry is computed in the place of one of them, and copied from there.
    DenseMap<Value, Value> placed;
    for (auto [tensor, carried] : llvm::zip(next, loop.getRegionIterArgs())) {
      if (tensor == carried)
        continue;
      Value &place = placed.try_emplace(tensor, tensor).first->second;
      tensor = place =
          builder.create<bufferization::MaterializeInDestinationOp>(loc, place, carried)
              .getResult();
    }
    llvm::append_range(next, stacked);
    builder.create<scf::YieldOp>(loc, next);
  }
  hoistInvariants(loop);
  if (isOutermost)
    outermostLoop = nullptr;
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), loop.getResults()))
    bind(result, tensor);
  return success();
}

} // namespace rondo
