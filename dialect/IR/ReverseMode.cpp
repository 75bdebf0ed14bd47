//===- ReverseMode.cpp - Cotangents by one reverse walk -------------------===//
//
// Three steps: find the ops between what is wanted and what is seeded, replace
// them by their augmented forms, and walk them in reverse, summing cotangents.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/ReverseMode.h"

#include "dialect/IR/RondoDialect.h"

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
  if (auto fused = dyn_cast<FusedLoc>(op->getLoc()))
    if (auto layer = dyn_cast_or_null<StringAttr>(fused.getMetadata()))
      diagnostic << " (layer '" << layer.getValue() << "')";
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

/// Makes the residuals of `op` available at the builder's insertion point. All
/// are saved: they are the values that the forward pass computed.
SmallVector<Value> residualsOf(DifferentiableOpInterface op) { return op.getResiduals(); }

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
    entry.op = cast<DifferentiableOpInterface>(entry.op.buildAugmentedForward(builder));

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
            op.buildVjp(builder, residualsOf(op), resultCotangents, operands, operandCotangents)))
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
