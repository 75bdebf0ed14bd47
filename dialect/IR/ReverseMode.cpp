//===- ReverseMode.cpp - Cotangents by one reverse walk -------------------===//
//
// Three steps: find the ops between what is wanted and what is seeded, replace
// them by their augmented forms, and walk them in reverse, summing cotangents.
// What rules read of the forward pass is its values, or what they are computed
// from again.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/ReverseMode.h"

#include "dialect/IR/Residual.h"

#include "dialect/IR/RondoDialect.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace rondo;

namespace {

/// An op on a way from a wanted value to a seeded one.
struct ActiveOp {
  DifferentiableOpInterface op;
  SmallVector<bool> wanted; ///< for each operand, whether its cotangent is needed
};

bool isFloat(Value value) { return isa<FloatType>(getElementTypeOrSelf(value.getType())); }

/// Whether a change of the operand changes the results, as far as derivatives can tell.
bool carriesDerivative(Operation *op, unsigned operand) {
  if (auto differentiable = dyn_cast<DifferentiableOpInterface>(op))
    return differentiable.isDifferentiable(operand);
  return !isa<SizeOp>(op); // which reads the shape only
}

InFlightDiagnostic emitNoRule(Operation *op) {
  InFlightDiagnostic diagnostic = op->emitError("'")
                                  << op->getName() << "' has no gradient rule, and what is being "
                                  << "differentiated depends on it";
  if (StringRef layer = layerOf(op->getLoc()); !layer.empty())
    diagnostic << " (layer '" << layer << "')";
  diagnostic.attachNote() << kNoRuleNote;
  return diagnostic;
}

/// The ops that need a rule, in the order of the block: those whose results vary
/// with `wanted` and are used, directly or not, by `outputs`.
FailureOr<SmallVector<ActiveOp>> findActiveOps(Block &body, ArrayRef<Value> outputs,
                                               ArrayRef<Value> wanted) {
  DenseSet<Value> varied = variedValues(body, wanted);
  DenseSet<Value> useful = usefulValues(body, outputs, varied);
  SmallVector<ActiveOp> active;
  for (Operation &op : body.without_terminator()) {
    SmallVector<bool> operands;
    for (OpOperand &operand : op.getOpOperands())
      operands.push_back(varied.contains(operand.get()) &&
                         carriesDerivative(&op, operand.getOperandNumber()));
    if (!is_contained(operands, true) ||
        llvm::none_of(op.getResults(), [&](Value result) { return useful.contains(result); }))
      continue;
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return emitNoRule(&op);
    active.push_back({differentiable, std::move(operands)});
  }
  return active;
}

/// Makes residuals available at the builder's insertion point: as the values that
/// the forward pass computed, or computed again where the policy says so.
class Residuals {
public:
  explicit Residuals(OpBuilder &builder) : builder(builder) {}

  SmallVector<Value> of(DifferentiableOpInterface op) {
    SmallVector<Value> values = op.getResiduals();
    for (Value &value : values)
      if (Operation *definition = value.getDefiningOp())
        if (decisionOf(definition) == kRecompute && canRecompute(definition))
          value = recomputed(value);
    return values;
  }

private:
  /// Follows the operands up to what is saved or an argument of the entry.
  Value recomputed(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op || decisionOf(op) == kSave || !canRecompute(op))
      return value;
    if (Value known = clones.lookup(value))
      return known;
    IRMapping operands;
    for (Value operand : op->getOperands())
      operands.map(operand, recomputed(operand));
    Operation *clone = builder.clone(*op, operands);
    clone->removeAttr(RondoDialect::kResidual);
    clone->setAttr(RondoDialect::kRecomputeOf, builder.getStringAttr(layerOf(op->getLoc())));
    for (auto [original, again] : llvm::zip(op->getResults(), clone->getResults()))
      clones[original] = again;
    return clones.lookup(value);
  }

  OpBuilder &builder;
  DenseMap<Value, Value> clones;
};

/// The cotangents known so far. Null stands for zero.
class Cotangents {
public:
  explicit Cotangents(OpBuilder &builder) : builder(builder) {}

  Value of(Value value) const { return cotangents.lookup(value); }

  void add(Value value, Value cotangent, Location loc) {
    Value &sum = cotangents[value];
    sum = sum ? builder.create<AddOp>(loc, sum, cotangent).getResult() : cotangent;
  }

private:
  OpBuilder &builder;
  DenseMap<Value, Value> cotangents;
};

} // namespace

DenseSet<Value> rondo::variedValues(Block &body, ArrayRef<Value> sources) {
  DenseSet<Value> varied(sources.begin(), sources.end());
  for (Operation &op : body.without_terminator()) {
    bool varies = llvm::any_of(op.getOpOperands(), [&](OpOperand &operand) {
      return varied.contains(operand.get()) && carriesDerivative(&op, operand.getOperandNumber());
    });
    if (varies)
      llvm::for_each(llvm::make_filter_range(op.getResults(), isFloat),
                     [&](Value result) { varied.insert(result); });
  }
  return varied;
}

DenseSet<Value> rondo::usefulValues(Block &body, ArrayRef<Value> outputs,
                                    const DenseSet<Value> &varied) {
  DenseSet<Value> useful;
  auto mark = [&](Value value) {
    if (varied.contains(value))
      useful.insert(value);
  };
  llvm::for_each(outputs, mark);
  for (Operation &op : llvm::reverse(body.without_terminator())) {
    if (llvm::none_of(op.getResults(), [&](Value result) { return useful.contains(result); }))
      continue;
    for (OpOperand &operand : op.getOpOperands())
      if (carriesDerivative(&op, operand.getOperandNumber()))
        mark(operand.get());
  }
  return useful;
}

FailureOr<SmallVector<Operation *>> rondo::findResidualOps(Block &body, ArrayRef<Value> outputs,
                                                           ArrayRef<Value> wanted) {
  FailureOr<SmallVector<ActiveOp>> active = findActiveOps(body, outputs, wanted);
  if (failed(active))
    return failure();
  DenseSet<Operation *> read;
  for (ActiveOp &entry : *active) {
    if (keepsCache(entry.op) || isa<ScanOp>(entry.op)) // which keeps more than its carries
      read.insert(entry.op);
    for (Value value : entry.op.getResiduals())
      if (Operation *op = value.getDefiningOp(); op && canRecompute(op))
        read.insert(op);
  }
  SmallVector<Operation *> ordered;
  for (Operation &op : body)
    if (read.contains(&op))
      ordered.push_back(&op);
  return ordered;
}

FailureOr<SmallVector<Value>> rondo::buildCotangents(Block &body, ArrayRef<Seed> seeds,
                                                     ArrayRef<Value> wanted) {
  Operation *terminator = body.getTerminator();
  SmallVector<Value> outputs;
  for (const Seed &seed : seeds)
    outputs.push_back(terminator->getOperand(seed.output));
  FailureOr<SmallVector<ActiveOp>> active = findActiveOps(body, outputs, wanted);
  if (failed(active))
    return failure();

  OpBuilder builder(terminator);
  for (ActiveOp &entry : *active)
    if (!keepsCache(entry.op) || decisionOf(entry.op) != kRecompute) // loops keep their carries
      entry.op = cast<DifferentiableOpInterface>(entry.op.buildAugmentedForward(builder));

  Residuals residuals(builder);
  Cotangents cotangents(builder);
  for (const Seed &seed : seeds)
    cotangents.add(terminator->getOperand(seed.output), seed.cotangent, terminator->getLoc());
  for (auto &[op, operands] : llvm::reverse(*active)) {
    SmallVector<Value> resultCotangents;
    for (Value result : op->getResults())
      resultCotangents.push_back(cotangents.of(result));
    if (llvm::none_of(resultCotangents, [](Value value) { return bool(value); }))
      continue;
    SmallVector<Value> operandCotangents(op->getNumOperands());
    if (failed(
            op.buildVjp(builder, residuals.of(op), resultCotangents, operands, operandCotangents)))
      return failure();
    for (auto [operand, cotangent] : llvm::zip(op->getOpOperands(), operandCotangents)) {
      if (!cotangent || !operands[operand.getOperandNumber()])
        continue;
      if (cotangent.getType() != operand.get().getType())
        return op->emitError("the gradient rule of '")
               << op->getName() << "' made a cotangent of type " << cotangent.getType()
               << " for operand #" << operand.getOperandNumber() << " of type "
               << operand.get().getType();
      cotangents.add(operand.get(), cotangent, op->getLoc());
    }
  }

  SmallVector<Value> results;
  for (Value value : wanted)
    results.push_back(cotangents.of(value));
  return results;
}
