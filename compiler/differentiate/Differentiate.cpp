//===- Differentiate.cpp - The gradient entries ---------------------------===//
//
// Derives @loss_and_gradients and @train_step from @evaluate: which arguments
// they differentiate, and how their results are laid out and marked. The
// cotangents themselves come from ReverseMode.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/differentiate/Passes.h"
#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Splat.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace rondo {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/differentiate/Passes.h.inc"
} // namespace rondo

using namespace mlir;
using namespace rondo;

namespace {

/// An argument to differentiate, and how the result that holds its gradient is marked.
struct Wanted {
  BlockArgument argument;
  NamedAttribute mark;
};

/// The trainable parameters of `entry`, in order.
SmallVector<Wanted> trainableParameters(func::FuncOp entry) {
  Builder builder(entry.getContext());
  SmallVector<Wanted> wanted;
  for (BlockArgument argument : entry.getArguments()) {
    auto parameter =
        entry.getArgAttrOfType<ParameterAttr>(argument.getArgNumber(), RondoDialect::kParameter);
    if (parameter && parameter.getTrainable())
      wanted.push_back(
          {argument, builder.getNamedAttr(RondoDialect::kGradientOf,
                                          builder.getStringAttr(parameter.getPath()))});
  }
  return wanted;
}

/// The inputs of `entry` that a cotangent can flow into, in order.
SmallVector<Wanted> floatInputs(func::FuncOp entry) {
  Builder builder(entry.getContext());
  SmallVector<Wanted> wanted;
  for (BlockArgument argument : entry.getArguments()) {
    auto name = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), RondoDialect::kInput);
    if (name && isa<FloatType>(getElementTypeOrSelf(argument.getType())))
      wanted.push_back({argument, builder.getNamedAttr(RondoDialect::kInputGradientOf, name)});
  }
  return wanted;
}

/// Which result of `entry` is the scalar loss.
FailureOr<unsigned> findLoss(func::FuncOp entry) {
  for (auto [i, type] : llvm::enumerate(entry.getResultTypes())) {
    if (!entry.getResultAttr(i, RondoDialect::kLoss))
      continue;
    if (cast<RankedTensorType>(type).getRank() != 0)
      return entry.emitError("result #") << i << " is marked as the loss but is no scalar";
    return i;
  }
  return entry.emitError("no result is marked '") << RondoDialect::kLoss << "'";
}

/// Appends the gradients of the loss with respect to `wanted` to the results of `entry`.
LogicalResult appendGradients(func::FuncOp entry, ArrayRef<Wanted> wanted) {
  FailureOr<unsigned> loss = findLoss(entry);
  if (failed(loss))
    return failure();
  Block &body = entry.getBody().front();
  auto returnOp = cast<func::ReturnOp>(body.getTerminator());
  OpBuilder builder(returnOp);
  auto splat = [&](Type type, double value) {
    return buildSplat(builder, returnOp.getLoc(), cast<RankedTensorType>(type), value);
  };

  SmallVector<Value> arguments;
  for (const Wanted &each : wanted)
    arguments.push_back(each.argument);
  Seed seed{*loss, splat(entry.getResultTypes()[*loss], 1.0)};
  FailureOr<SmallVector<Value>> gradients = buildCotangents(body, seed, arguments);
  if (failed(gradients))
    return failure();

  for (auto [each, gradient] : llvm::zip(wanted, *gradients)) {
    Type type = each.argument.getType();
    Value result = gradient ? gradient : splat(type, 0.0);
    returnOp.getOperandsMutable().append(result);
    entry.insertResult(entry.getNumResults(), type, builder.getDictionaryAttr(each.mark));
  }
  return success();
}

class DifferentiatePass : public rondo::impl::DifferentiateBase<DifferentiatePass> {
public:
  void runOnOperation() override {
    auto evaluate = getOperation().lookupSymbol<func::FuncOp>("evaluate");
    if (!evaluate)
      return;
    if (failed(deriveLossAndGradients(evaluate)) || failed(deriveTrainStep(evaluate)))
      signalPassFailure();
  }

private:
  /// A copy of `evaluate` at the end of the module.
  FailureOr<func::FuncOp> cloneAs(StringRef name, func::FuncOp evaluate) {
    if (getOperation().lookupSymbol(name))
      return getOperation().emitError("already has @") << name;
    func::FuncOp clone = evaluate.clone();
    clone.setName(name);
    getOperation().push_back(clone);
    return clone;
  }

  LogicalResult deriveLossAndGradients(func::FuncOp evaluate) {
    FailureOr<func::FuncOp> entry = cloneAs("loss_and_gradients", evaluate);
    if (failed(entry))
      return failure();
    SmallVector<Wanted> wanted = trainableParameters(*entry);
    llvm::append_range(wanted, floatInputs(*entry));
    return appendGradients(*entry, wanted);
  }

  LogicalResult deriveTrainStep(func::FuncOp evaluate) {
    Attribute optimizer = getOperation()->getAttr(RondoDialect::kOptimizer);
    if (!optimizer)
      return success();
    FailureOr<func::FuncOp> entry = cloneAs("train_step", evaluate);
    if (failed(entry))
      return failure();
    (*entry)->setAttr(RondoDialect::kOptimizer, optimizer);
    return appendGradients(*entry, trainableParameters(*entry));
  }
};

} // namespace
