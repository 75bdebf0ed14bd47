//===- Differentiate.cpp - The entries with gradients ---------------------===//
//
// Derives entries from @evaluate and @forward: which arguments they
// differentiate, and how their results are laid out and marked. The cotangents
// themselves come from ReverseMode.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/differentiate/Passes.h"
#include "dialect/IR/Attention.h"
#include "dialect/IR/RecurrentScan.h"
#include "dialect/IR/Residual.h"
#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Splat.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/BitVector.h"

namespace rondo {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "compiler/differentiate/Passes.h.inc"
} // namespace rondo

using namespace mlir;
using namespace rondo;

StringRef rondo::trainingSource(ModuleOp module) {
  return module.lookupSymbol(kTrainingFunction) ? StringRef(kTrainingFunction) : "evaluate";
}

StringRef rondo::entryName(DerivedEntry entry) {
  switch (entry) {
  case DerivedEntry::LossAndGradients:
    return "loss_and_gradients";
  case DerivedEntry::TrainStep:
    return "train_step";
  case DerivedEntry::Vjp:
    return "vjp";
  case DerivedEntry::Hvp:
    return "hvp";
  }
  llvm_unreachable("not an entry");
}

std::optional<DerivedEntry> rondo::entryNamed(StringRef name) {
  for (DerivedEntry entry : {DerivedEntry::LossAndGradients, DerivedEntry::TrainStep,
                             DerivedEntry::Vjp, DerivedEntry::Hvp})
    if (entryName(entry) == name)
      return entry;
  return std::nullopt;
}

std::unique_ptr<Pass> rondo::createDifferentiate(ArrayRef<DerivedEntry> entries, Wrt wrt) {
  std::vector<std::string> names;
  for (DerivedEntry entry : entries)
    names.push_back(entryName(entry).str());
  return createDifferentiate({names, wrt});
}

void rondo::dropStopGradients(ModuleOp module) {
  module.walk([](StopGradientOp op) {
    op.replaceAllUsesWith(op.getInput());
    op.erase();
  });
}

namespace {

/// An argument to differentiate with respect to: the path of a parameter or the
/// name of an input.
struct Wanted {
  BlockArgument argument;
  StringAttr name;
};

bool isFloat(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }

/// The trainable parameters of `entry`, in order.
SmallVector<Wanted> trainableParameters(func::FuncOp entry) {
  SmallVector<Wanted> wanted;
  for (BlockArgument argument : entry.getArguments()) {
    auto parameter =
        entry.getArgAttrOfType<ParameterAttr>(argument.getArgNumber(), RondoDialect::kParameter);
    if (parameter && parameter.getTrainable())
      wanted.push_back({argument, StringAttr::get(entry.getContext(), parameter.getPath())});
  }
  return wanted;
}

/// The inputs of `entry` that a cotangent can flow into, in order.
SmallVector<Wanted> floatInputs(func::FuncOp entry) {
  SmallVector<Wanted> wanted;
  for (BlockArgument argument : entry.getArguments()) {
    auto name = entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), RondoDialect::kInput);
    if (name && isFloat(argument.getType()))
      wanted.push_back({argument, name});
  }
  return wanted;
}

func::ReturnOp returnOf(func::FuncOp entry) {
  return cast<func::ReturnOp>(entry.getBody().front().getTerminator());
}

/// A new last argument of `entry`, with one attribute.
Value addArgument(func::FuncOp entry, Type type, StringRef mark, StringAttr name) {
  Builder builder(entry.getContext());
  unsigned index = entry.getNumArguments();
  entry.insertArgument(index, type, builder.getDictionaryAttr(builder.getNamedAttr(mark, name)),
                       entry.getLoc());
  return entry.getArgument(index);
}

/// Makes `values`, one for each of `wanted`, the last results of `entry`, zeros
/// where they are null. `mark` says what they are.
void appendResults(func::FuncOp entry, ArrayRef<Wanted> wanted, ArrayRef<Value> values,
                   StringRef mark) {
  func::ReturnOp returnOp = returnOf(entry);
  OpBuilder builder(returnOp);
  for (auto [each, value] : llvm::zip_equal(wanted, values)) {
    auto type = cast<RankedTensorType>(each.argument.getType());
    returnOp.getOperandsMutable().append(value ? value
                                               : buildSplat(builder, returnOp.getLoc(), type, 0.0));
    entry.insertResult(entry.getNumResults(), type,
                       builder.getDictionaryAttr(builder.getNamedAttr(mark, each.name)));
  }
}

/// Removes the results of `entry` without the attribute `mark`, or those with it.
void keepResults(func::FuncOp entry, StringRef mark, bool without = false) {
  llvm::BitVector others(entry.getNumResults());
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    others[i] = bool(entry.getResultAttr(i, mark)) == without;
  returnOf(entry)->eraseOperands(others);
  entry.eraseResults(others);
}

FailureOr<SmallVector<Value>> cotangentsOf(func::FuncOp entry, ArrayRef<Seed> seeds,
                                           ArrayRef<Wanted> wanted) {
  auto arguments =
      llvm::map_to_vector(wanted, [](const Wanted &each) -> Value { return each.argument; });
  return buildCotangents(entry.getBody().front(), seeds, arguments);
}

/// The scalar loss among the results of `entry`, with the cotangent 1.
FailureOr<Seed> lossSeed(func::FuncOp entry) {
  for (auto [i, resultType] : llvm::enumerate(entry.getResultTypes())) {
    if (!entry.getResultAttr(i, RondoDialect::kLoss))
      continue;
    auto type = cast<RankedTensorType>(resultType);
    if (type.getRank() != 0)
      return entry.emitError("result #") << i << " is marked as the loss but is no scalar";
    OpBuilder builder(returnOf(entry));
    return Seed{static_cast<unsigned>(i), buildSplat(builder, returnOf(entry).getLoc(), type, 1.0)};
  }
  return entry.emitError("no result is marked '") << RondoDialect::kLoss << "'";
}

/// Writes the recurrent layers that derivatives of `loss` flow through on their way to `wanted` as
/// loops, and attention as small ops: the gradient ops that they have else have no
/// rule, but those have. Others stay as they are, which is faster.
void expandActiveOps(func::FuncOp entry, Value loss, ArrayRef<Wanted> wanted) {
  Block &body = entry.getBody().front();
  auto arguments =
      llvm::map_to_vector(wanted, [](const Wanted &each) -> Value { return each.argument; });
  DenseSet<Value> useful = usefulValues(body, loss, variedValues(body, arguments));
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
    if (llvm::any_of(op.getResults(), [&](Value result) { return useful.contains(result); }))
      op.walk([](Operation *active) { // of a loop all of them
        if (isExpandable(active))
          expandRecurrent(active);
        else if (auto attention = dyn_cast<AttentionOp>(active))
          expandAttention(attention);
      });
}

class DifferentiatePass : public rondo::impl::DifferentiateBase<DifferentiatePass> {
public:
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    for (const std::string &name : entries)
      if (!entryNamed(name)) {
        getOperation().emitError("there is no entry '") << name << "' to derive";
        return signalPassFailure();
      }
    StringRef training = trainingSource(getOperation());
    if (failed(
            derive(training, DerivedEntry::LossAndGradients, &DifferentiatePass::addGradients)) ||
        failed(derive(training, DerivedEntry::TrainStep, &DifferentiatePass::addTrainStep)) ||
        failed(derive("forward", DerivedEntry::Vjp, &DifferentiatePass::addVjp)) ||
        failed(derive("evaluate", DerivedEntry::Hvp, &DifferentiatePass::addHvp)))
      signalPassFailure();
    if (auto source = getOperation().lookupSymbol<func::FuncOp>(kTrainingFunction))
      source.erase();
    dropStopGradients(getOperation());
    // It has been followed, but for segments, which become kernels; left, it would keep
    // equal ops apart.
    getOperation().walk([](Operation *op) {
      auto lstm = dyn_cast<LstmOp>(op);
      if (!lstm || !lstm.getGates() || decisionOf(op) != kSegments)
        op->removeAttr(RondoDialect::kResidual);
    });
  }

private:
  /// Makes `entry` of a copy of `source`, where the module has that and it is asked for.
  LogicalResult derive(StringRef source, DerivedEntry entry,
                       LogicalResult (DifferentiatePass::*add)(func::FuncOp)) {
    StringRef name = entryName(entry);
    auto from = getOperation().lookupSymbol<func::FuncOp>(source);
    if (!from || !isAskedFor(entry) || (entry == DerivedEntry::TrainStep && !optimizer()))
      return success();
    if (getOperation().lookupSymbol(name))
      return getOperation().emitError("already has @") << name;
    func::FuncOp clone = from.clone();
    clone.setName(name);
    getOperation().push_back(clone);
    return (this->*add)(clone);
  }

  bool isAskedFor(DerivedEntry entry) {
    if (entries.empty())
      return entry == DerivedEntry::LossAndGradients || entry == DerivedEntry::TrainStep;
    return llvm::is_contained(*entries, entryName(entry));
  }

  Attribute optimizer() { return getOperation()->getAttr(RondoDialect::kOptimizer); }

  /// Appends what flows from `seeds` into parameters and inputs, as far as `what`
  /// asks for them.
  LogicalResult appendCotangents(func::FuncOp entry, ArrayRef<Seed> seeds, Wrt what) {
    SmallVector<Wanted> parameters, inputs;
    if (what != Wrt::Inputs)
      parameters = trainableParameters(entry);
    if (what != Wrt::Parameters)
      inputs = floatInputs(entry);
    SmallVector<Wanted> wanted = llvm::to_vector(llvm::concat<Wanted>(parameters, inputs));
    FailureOr<SmallVector<Value>> cotangents = cotangentsOf(entry, seeds, wanted);
    if (failed(cotangents))
      return failure();
    auto values = ArrayRef<Value>(*cotangents);
    appendResults(entry, parameters, values.take_front(parameters.size()),
                  RondoDialect::kGradientOf);
    appendResults(entry, inputs, values.drop_front(parameters.size()),
                  RondoDialect::kInputGradientOf);
    return success();
  }

  LogicalResult addGradients(func::FuncOp entry) {
    keepResults(entry, RondoDialect::kUpdateOf, /*without=*/true);
    FailureOr<Seed> seed = lossSeed(entry);
    return failed(seed) ? failure() : appendCotangents(entry, *seed, wrt);
  }

  LogicalResult addTrainStep(func::FuncOp entry) {
    entry->setAttr(RondoDialect::kOptimizer, optimizer());
    FailureOr<Seed> seed = lossSeed(entry);
    return failed(seed) ? failure() : appendCotangents(entry, *seed, Wrt::Parameters);
  }

  LogicalResult addVjp(func::FuncOp entry) {
    keepResults(entry, RondoDialect::kUpdateOf, /*without=*/true);
    SmallVector<Seed> seeds;
    for (auto [i, type] : llvm::enumerate(entry.getResultTypes())) {
      auto name = entry.getResultAttrOfType<StringAttr>(i, RondoDialect::kOutput);
      if (!name)
        return entry.emitError("result #") << i << " has no '" << RondoDialect::kOutput << "'";
      if (isFloat(type))
        seeds.push_back(
            {static_cast<unsigned>(i), addArgument(entry, type, RondoDialect::kCotangentOf, name)});
    }
    return appendCotangents(entry, seeds, wrt);
  }

  /// The gradients g of the loss; then those of the sum of g * v, which are the
  /// Hessian times v: v is the cotangent of g. All residuals are saved: what one walk
  /// computes again the other would differentiate, and it frees next to nothing.
  LogicalResult addHvp(func::FuncOp entry) {
    entry.walk([](Operation *op) { op->removeAttr(RondoDialect::kResidual); });
    keepResults(entry, RondoDialect::kLoss);
    SmallVector<Wanted> parameters = trainableParameters(entry);
    FailureOr<Seed> loss = lossSeed(entry);
    if (failed(loss))
      return failure();
    expandActiveOps(entry, returnOf(entry).getOperand(loss->output), parameters);
    FailureOr<SmallVector<Value>> gradients = cotangentsOf(entry, *loss, parameters);
    if (failed(gradients))
      return failure();
    unsigned first = entry.getNumResults();
    appendResults(entry, parameters, *gradients, RondoDialect::kGradientOf);
    SmallVector<Seed> seeds;
    for (auto [i, each] : llvm::enumerate(parameters))
      seeds.push_back(
          {static_cast<unsigned>(first + i),
           addArgument(entry, each.argument.getType(), RondoDialect::kVectorOf, each.name)});
    FailureOr<SmallVector<Value>> products = cotangentsOf(entry, seeds, parameters);
    if (failed(products))
      return failure();
    keepResults(entry, RondoDialect::kLoss);
    appendResults(entry, parameters, *products, RondoDialect::kHessianProductOf);
    return success();
  }
};

} // namespace
