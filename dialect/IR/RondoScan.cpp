//===- RondoScan.cpp - Loops over time ------------------------------------===//
//
// Builds `rondo.scan`, and its derivative: a scan in the other direction, whose
// body walks a step in reverse, with what was costly in it kept and the rest
// computed again.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/Residual.h"
#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/Scan.h"
#include "dialect/IR/Splat.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace rondo {

//===----------------------------------------------------------------------===//
// Types and construction
//===----------------------------------------------------------------------===//

RankedTensorType sliceType(RankedTensorType sequence) {
  SmallVector<DimExpr> dims = getDims(sequence);
  dims.erase(dims.begin() + 1);
  return makeTensorType(dims, sequence.getElementType());
}

RankedTensorType stackedType(RankedTensorType slice, const DimExpr &steps) {
  SmallVector<DimExpr> dims = getDims(slice);
  dims.insert(dims.begin() + 1, steps);
  return makeTensorType(dims, slice.getElementType());
}

SmallVector<DimExpr> stackableDims(RankedTensorType type) {
  SmallVector<DimExpr> dims = getDims(type);
  return dims.empty() ? SmallVector<DimExpr>{1} : dims;
}

Value reshapeTo(OpBuilder &builder, Location loc, Value value, ArrayRef<DimExpr> dims) {
  RankedTensorType type = makeTensorType(dims, typeOf(value).getElementType());
  return type == value.getType() ? value : builder.create<ReshapeOp>(loc, type, value).getResult();
}

DimExpr ScanOp::getSteps() {
  Value timed = getSequences().empty() ? Value(getStacked().front()) : getSequences().front();
  return getDims(typeOf(timed))[1];
}

/// A scan around the body in `region`, which it takes.
static ScanOp createScan(OpBuilder &builder, Location loc, const ScanInputs &inputs,
                         Region &region) {
  SmallVector<Type> results;
  for (auto [i, value] : llvm::enumerate(region.front().getTerminator()->getOperands()))
    results.push_back(i < inputs.carries.size() ? typeOf(value)
                                                : stackedType(typeOf(value), inputs.steps));
  auto scan = builder.create<ScanOp>(loc, results, inputs.carries, inputs.sequences,
                                     inputs.constants, inputs.reverse);
  scan.getBody().takeBody(region);
  return scan;
}

FailureOr<ScanOp> buildScan(OpBuilder &builder, Location loc, const ScanInputs &inputs,
                            ScanBody body) {
  Region region;
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&region);
    for (Value carry : inputs.carries)
      block->addArgument(carry.getType(), loc);
    for (Value sequence : inputs.sequences)
      block->addArgument(sliceType(typeOf(sequence)), loc);
    for (Value constant : inputs.constants)
      block->addArgument(constant.getType(), loc);
    FailureOr<SmallVector<Value>> yielded = body(builder, block->getArguments());
    if (failed(yielded))
      return failure();
    builder.create<YieldOp>(loc, *yielded);
  }
  return createScan(builder, loc, inputs, region);
}

static ScanInputs inputsOf(ScanOp scan) {
  return {llvm::to_vector(scan.getCarries()), llvm::to_vector(scan.getSequences()),
          llvm::to_vector(scan.getConstants()), scan.getSteps(), scan.getReverse()};
}

//===----------------------------------------------------------------------===//
// Derivative
//===----------------------------------------------------------------------===//

/// What is stacked as `slice`.
static Value stackedValue(Value slice) {
  auto reshape = slice.getDefiningOp<ReshapeOp>();
  return reshape && typeOf(reshape.getInput()).getRank() == 0 ? reshape.getInput() : slice;
}

/// The values of the body of which `scan` keeps every step, each with its stack.
static llvm::MapVector<Value, Value> keptValues(ScanOp scan) {
  llvm::MapVector<Value, Value> kept;
  for (auto [slice, stacked] : llvm::zip_equal(scan.getSlices(), scan.getStacked()))
    kept.insert({stackedValue(slice), stacked});
  return kept;
}

/// Those that ops of the body made.
static SmallVector<std::pair<Value, Value>> keptResults(ScanOp scan) {
  SmallVector<std::pair<Value, Value>> results;
  for (auto &[value, stacked] : keptValues(scan))
    if (value.getDefiningOp())
      results.emplace_back(value, stacked);
  return results;
}

/// Whether computing `op` again costs less than its result costs memory.
static bool isCheap(Operation *op) {
  return isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, ReverseOp, SizeOp, CastOp, CompareOp,
             SelectOp, NegOp, AddOp, SubOp, MulOp, ReluOp, AbsOp, SignOp, MaximumOp, MinimumOp,
             OneHotOp>(op) ||
         op->hasTrait<OpTrait::ConstantLike>();
}

/// Writes the ops of the body in their augmented forms and returns what rules read of them and
/// is costly to compute, wherever derivatives may come from.
static llvm::SetVector<Value> valuesToKeep(ScanOp scan, OpBuilder &builder) {
  Block &body = scan.getBody().front();
  DenseSet<Value> varied = variedValues(
      body, SmallVector<Value>(body.getArguments().begin(), body.getArguments().end()));
  DenseSet<Value> useful =
      usefulValues(body, SmallVector<Value>(body.getTerminator()->getOperands()), varied);
  SmallVector<Value> pending;
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator())) {
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable ||
        llvm::none_of(op.getResults(), [&](Value result) { return useful.contains(result); }))
      continue;
    Operation *augmented = differentiable.buildAugmentedForward(builder);
    llvm::append_range(pending, cast<DifferentiableOpInterface>(augmented).getResiduals());
  }
  DenseSet<Value> ofStep; // what differs by step
  auto arguments = body.getArguments().drop_back(scan.getConstants().size());
  ofStep.insert(arguments.begin(), arguments.end());
  for (Operation &op : body.without_terminator())
    if (llvm::any_of(op.getOperands(), [&](Value operand) { return ofStep.contains(operand); }))
      ofStep.insert(op.result_begin(), op.result_end());

  llvm::SetVector<Value> kept;
  DenseSet<Value> seen;
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op || !ofStep.contains(value) || !seen.insert(value).second)
      continue;
    if (isCheap(op))
      llvm::append_range(pending, op->getOperands());
    else
      kept.insert(value);
  }
  return kept;
}

Operation *ScanOp::buildAugmentedForward(OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  Operation *yield = getBody().front().getTerminator();
  llvm::SetVector<Value> values(getCarryArguments().begin(), getCarryArguments().end());
  if (decisionOf(*this) != kRecompute)
    values.set_union(valuesToKeep(*this, builder));
  const llvm::MapVector<Value, Value> kept = keptValues(*this);
  SmallVector<Value> yielded(yield->getOperands());
  builder.setInsertionPoint(yield);
  for (Value value : values)
    if (!kept.contains(value))
      yielded.push_back(reshapeTo(builder, getLoc(), value, stackableDims(typeOf(value))));
  if (yielded.size() == yield->getNumOperands())
    return *this;
  yield->setOperands(yielded);
  builder.setInsertionPoint(*this);
  ScanOp augmented = createScan(builder, getLoc(), inputsOf(*this), getBody());
  augmented->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  for (auto [plain, kept] : llvm::zip(getResults(), augmented.getResults()))
    plain.replaceAllUsesWith(kept);
  erase();
  return augmented;
}

// The operands, then each carry before each step, all of them in the augmented form, of which
// the rule is, and before that perhaps none; then what else is stacked.
SmallVector<Value> ScanOp::getResiduals() {
  SmallVector<Value> residuals(getOperands());
  const llvm::MapVector<Value, Value> kept = keptValues(*this);
  for (Value carry : getCarryArguments())
    if (Value stacked = kept.lookup(carry))
      residuals.push_back(stacked);
  for (auto [value, stacked] : keptResults(*this))
    residuals.push_back(stacked);
  return residuals;
}

/// The carries through which a cotangent flows from one step to the one before: what changes
/// with a wanted operand and is of use to a result with a cotangent, after any number of steps.
static SmallVector<bool> activeCarries(ScanOp scan, ArrayRef<Value> cotangents,
                                       ArrayRef<bool> wanted) {
  Block &body = scan.getBody().front();
  const unsigned count = scan.getCarries().size();
  SmallVector<Value> changing, results;
  for (auto [argument, isWanted] : llvm::zip_equal(body.getArguments(), wanted))
    if (isWanted)
      changing.push_back(argument);
  for (auto [value, cotangent] : llvm::zip_equal(body.getTerminator()->getOperands(), cotangents))
    if (cotangent)
      results.push_back(value);

  DenseSet<Value> varied, useful;
  SmallVector<bool> isChanging(count), isUseful(count);
  for (unsigned i = 0; i < count; ++i) {
    isChanging[i] = wanted[i];
    isUseful[i] = bool(cotangents[i]);
  }
  for (bool grows = true; grows;) {
    grows = false;
    varied = variedValues(body, changing);
    for (unsigned i = 0; i < count; ++i)
      if (!isChanging[i] && varied.contains(scan.getNextCarries()[i])) {
        changing.push_back(scan.getCarryArguments()[i]);
        grows = isChanging[i] = true;
      }
  }
  for (bool grows = true; grows;) {
    grows = false;
    useful = usefulValues(body, results, varied);
    for (unsigned i = 0; i < count; ++i)
      if (!isUseful[i] && useful.contains(scan.getCarryArguments()[i])) {
        results.push_back(scan.getNextCarries()[i]);
        grows = isUseful[i] = true;
      }
  }
  SmallVector<bool> active(count);
  for (unsigned i = 0; i < count; ++i)
    active[i] = isChanging[i] && isUseful[i];
  return active;
}

// Forward: h_t, y_t = f(h_{t-1}, x_t, w). Backward, from the last step to the first, with dh
// starting at the cotangent of the last h: the cotangents of h_{t-1}, x_t and w by the rules of
// the ops of f, computed again from h_{t-1}, x_t and what else was kept. Those of w add up.
LogicalResult ScanOp::buildVjp(OpBuilder &builder, ValueRange residuals, ArrayRef<Value> cotangents,
                               ArrayRef<bool> wanted, MutableArrayRef<Value> operandCotangents) {
  const Location loc = getLoc();
  const unsigned numCarries = getCarries().size(), numSequences = getSequences().size();
  const unsigned numConstants = getConstants().size();
  const unsigned firstConstant = numCarries + numSequences;
  auto zeros = [&](RankedTensorType type) { return buildSplat(builder, loc, type, 0.0); };
  SmallVector<bool> active = activeCarries(*this, cotangents, wanted);

  // Operands: cotangents of the carries and sums for the constants; kept carries, sequences,
  // cotangents of the stacked results and kept results; constants.
  ScanInputs inputs;
  inputs.steps = getSteps();
  inputs.reverse = !getReverse();
  for (unsigned i = 0; i < numCarries; ++i)
    if (active[i])
      inputs.carries.push_back(cotangents[i] ? cotangents[i] : zeros(typeOf(getCarries()[i])));
  for (unsigned i = 0; i < numConstants; ++i)
    if (wanted[firstConstant + i])
      inputs.carries.push_back(zeros(typeOf(getConstants()[i])));
  const auto kept = keptResults(*this);
  llvm::append_range(inputs.sequences, residuals.slice(getNumOperands(), numCarries));
  llvm::append_range(inputs.sequences, residuals.slice(numCarries, numSequences));
  for (Value cotangent : cotangents.drop_front(numCarries))
    if (cotangent)
      inputs.sequences.push_back(cotangent);
  llvm::append_range(inputs.sequences, residuals.take_back(kept.size()));
  llvm::append_range(inputs.constants, residuals.slice(firstConstant, numConstants));

  // Where the cotangents of the operands come out.
  SmallVector<bool> isZero(getNumOperands(), true);
  FailureOr<ScanOp> scan = buildScan(
      builder, loc, inputs,
      [&](OpBuilder &builder, Block::BlockArgListType arguments) -> FailureOr<SmallVector<Value>> {
        Block::BlockArgListType flowing = arguments.take_front(inputs.carries.size());
        arguments = arguments.drop_front(inputs.carries.size());

        // The step again.
        IRMapping mapping;
        SmallVector<Value> primals;
        for (unsigned i = 0; i < firstConstant; ++i) {
          Value slice = arguments[i];
          if (i < numCarries)
            slice = reshapeTo(builder, loc, slice, getDims(typeOf(getCarryArguments()[i])));
          primals.push_back(slice);
        }
        llvm::append_range(primals, arguments.take_back(numConstants));
        mapping.map(getBody().getArguments(), primals);
        for (Operation &op : getBody().front())
          builder.clone(op, mapping);

        // And back.
        Block *block = builder.getInsertionBlock();
        Operation *yield = block->getTerminator();
        SmallVector<Seed> seeds;
        unsigned nextFlowing = 0, nextSlice = firstConstant;
        for (unsigned i = 0; i < cotangents.size(); ++i) {
          if (i < numCarries ? active[i] : bool(cotangents[i]))
            seeds.push_back({i, i < numCarries ? flowing[nextFlowing++] : arguments[nextSlice++]});
        }
        SmallVector<Value> sources;
        SmallVector<unsigned> operands;
        for (unsigned i = 0; i < getNumOperands(); ++i)
          if (i < numCarries ? active[i] : wanted[i]) {
            operands.push_back(i);
            sources.push_back(primals[i]);
          }
        FailureOr<SmallVector<Value>> built = buildCotangents(*block, seeds, sources);
        // By what is yielded: the op that made it may have another form by now.
        builder.setInsertionPointToStart(block);
        auto keptSlices = arguments.drop_back(numConstants).take_back(kept.size());
        for (auto [entry, slice] : llvm::zip_equal(kept, keptSlices)) {
          unsigned place = cast<OpResult>(entry.second).getResultNumber();
          Value again = stackedValue(yield->getOperand(place));
          again.replaceAllUsesExcept(reshapeTo(builder, loc, slice, getDims(typeOf(again))), yield);
        }
        yield->erase();
        builder.setInsertionPointToEnd(block);
        if (failed(built))
          return failure();

        SmallVector<Value> carried, stacked;
        for (auto [operand, cotangent] : llvm::zip_equal(operands, *built)) {
          isZero[operand] = !cotangent;
          bool isConstant = operand >= firstConstant;
          if (isConstant) {
            Value sum = flowing[nextFlowing++];
            if (cotangent)
              sum = builder.create<AddOp>(loc, sum, cotangent);
            carried.push_back(sum);
            continue;
          }
          if (!cotangent)
            cotangent = buildSplat(builder, loc, typeOf(primals[operand]), 0.0);
          (operand < numCarries ? carried : stacked).push_back(cotangent);
        }
        llvm::append_range(carried, stacked);
        return carried;
      });
  if (failed(scan))
    return failure();

  // In the order in which the body yields them.
  unsigned next = 0;
  auto take = [&](unsigned operand, bool isThere) {
    if (!isThere)
      return;
    Value result = scan->getResult(next++);
    if (wanted[operand] && !(isZero[operand] && operand >= numCarries))
      operandCotangents[operand] = result;
  };
  for (unsigned i = 0; i < numCarries; ++i)
    take(i, active[i]);
  for (unsigned i = firstConstant; i < getNumOperands(); ++i)
    take(i, wanted[i]);
  for (unsigned i = numCarries; i < firstConstant; ++i)
    take(i, wanted[i]);
  return success();
}

} // namespace rondo
