//===- Memory.cpp - How much memory gradients take ------------------------===//
//
// The size of an arena is what the planner makes of it, not a model of that: a
// copy of the module goes down to the level `buffers`, its plan functions are
// folded for given sizes, and the runtime's own packing places the buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/Memory.h"
#include "compiler/Pipeline.h"
#include "compiler/differentiate/Residuals.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/signature/FlopCount.h"
#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/RondoDialect.h"
#include "runtime/src/Plan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;

namespace rondo {

//===----------------------------------------------------------------------===//
// The arena
//===----------------------------------------------------------------------===//

/// What a plan function returns for these dims, by folding its arithmetic.
static FailureOr<SmallVector<int64_t>> evaluatePlan(func::FuncOp plan, ArrayRef<int64_t> dims) {
  DenseMap<Value, Attribute> values;
  for (auto [argument, size] : llvm::zip_equal(plan.getArguments(), dims))
    values[argument] = IntegerAttr::get(argument.getType(), size);
  auto attributesOf = [&](OperandRange operands) {
    return llvm::map_to_vector(operands, [&](Value operand) { return values.lookup(operand); });
  };
  Block &body = plan.getBody().front();
  for (Operation &op : body.without_terminator()) {
    SmallVector<OpFoldResult> results;
    if (failed(op.fold(attributesOf(op.getOperands()), results)) || results.size() != 1)
      return op.emitError("the size of a buffer is only known when the model runs");
    auto value = dyn_cast<Attribute>(results.front());
    values[op.getResult(0)] = value ? value : values.lookup(cast<Value>(results.front()));
  }
  return llvm::map_to_vector(attributesOf(body.getTerminator()->getOperands()),
                             [](Attribute value) { return cast<IntegerAttr>(value).getInt(); });
}

/// The bytes of the arena of `entry`, which is at the level `buffers`.
static FailureOr<int64_t> arenaBytes(func::FuncOp entry, func::FuncOp plan,
                                     ArrayRef<int64_t> dims) {
  FailureOr<SmallVector<int64_t>> planned = evaluatePlan(plan, dims);
  if (failed(planned))
    return failure();
  if (planned->front() != 0)
    return entry.emitError("@") << entry.getName() << " does not admit these sizes";
  ArrayRef<int64_t> sizes = ArrayRef<int64_t>(*planned).drop_front();
  auto bounds = entry->getAttrOfType<DenseI64ArrayAttr>(kernel::KernelDialect::kLifetimes);
  std::vector<rondo_lifetime> lifetimes;
  for (size_t i = 0; i < sizes.size(); ++i)
    lifetimes.push_back({int32_t(bounds[2 * i]), int32_t(bounds[2 * i + 1])});
  int64_t table, end;
  std::vector<int64_t> offsets(sizes.size());
  if (!rt::alignUp(sizes.size() * sizeof(int64_t), table) ||
      rt::packBuffers(sizes.data(), lifetimes.data(), sizes.size(), table, offsets.data(), end))
    return entry.emitError("the arena of @") << entry.getName() << " is too large for these sizes";
  return end;
}

/// Takes a copy of `module` down from the level after `from` to `buffers`.
static FailureOr<OwningOpRef<ModuleOp>> lowerCopy(ModuleOp module, Level from, Isa isa,
                                                  const CompileOptions &options) {
  OwningOpRef<ModuleOp> copy(module.clone());
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  for (int level = int(from) + 1; level <= int(Level::Buffers); ++level)
    populateLevelPasses(passes, static_cast<Level>(level), isa, options);
  if (failed(passes.run(*copy)))
    return failure();
  return copy;
}

/// The largest arena of the entries `options.entries` of a copy of `module`.
static FailureOr<int64_t> measureFrom(ModuleOp module, Level from, Isa isa,
                                      const CompileOptions &options, const SymbolSizes &sizes) {
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerCopy(module, from, isa, options);
  if (failed(lowered))
    return failure();
  SmallVector<int64_t> dims;
  for (const std::string &symbol : symbolsOf(module))
    dims.push_back(sizes.at(symbol));
  int64_t largest = 0;
  for (DerivedEntry each : options.entries) {
    StringRef name = entryName(each);
    auto entry = (*lowered)->lookupSymbol<func::FuncOp>(name);
    if (!entry)
      continue;
    auto plan = (*lowered)->lookupSymbol<func::FuncOp>((name + "_plan").str());
    FailureOr<int64_t> bytes = arenaBytes(entry, plan, dims);
    if (failed(bytes))
      return failure();
    largest = std::max(largest, *bytes);
  }
  return largest;
}

FailureOr<int64_t> measureArena(ModuleOp module, Isa isa, const CompileOptions &options,
                                const SymbolSizes &sizes) {
  return measureFrom(module, Level::Gradients, isa, options, sizes);
}

//===----------------------------------------------------------------------===//
// The policy
//===----------------------------------------------------------------------===//

namespace {

/// So many times a module is lowered at most in search of what to save again: it
/// takes some hundredths of a second for a small one.
constexpr int kMostMeasurements = 48;

/// What may be decided for an op instead of saving its results.
struct Candidate {
  Operation *op;
  StringRef decision;
  double bytes; ///< that are then free between both passes
  double work;  ///< operations that the backward pass then repeats
};

/// Decides for ops of `source` what `entries`, which are derived from it, save.
class ResidualChooser {
public:
  ResidualChooser(func::FuncOp source, std::vector<DerivedEntry> entries, Isa isa,
                  const CompileOptions &options, const SymbolSizes &sizes)
      : source(source), target(isa), options(options), sizes(sizes) {
    this->options.entries = std::move(entries);
  }

  FailureOr<MemoryOutcome> choose() {
    // Products with the Hessian save everything (Differentiate.cpp).
    const bool hasChoice = options.entries.front() != DerivedEntry::Hvp;
    if ((hasChoice && failed(findCandidates())) || failed(measure()))
      return failure();
    const int64_t everything = arena;
    const MemoryBudget &budget = *options.memoryBudget;
    const int64_t allowed = budget.bytes ? *budget.bytes : int64_t(budget.share * everything);
    if (arena <= allowed || !hasChoice)
      return MemoryOutcome{options.entries, everything, allowed, arena, sizes};
    // Too little to be worth a look.
    llvm::erase_if(candidates,
                   [&](const Candidate &each) { return each.bytes * 1000 < everything; });
    // Segments come last: they add up the gradients of weights in another order.
    llvm::stable_sort(candidates, [](const Candidate &a, const Candidate &b) {
      const bool aLast = a.decision == kSegments, bLast = b.decision == kSegments;
      return aLast != bLast ? bLast : a.bytes * b.work > b.bytes * a.work;
    });

    // As many as it takes, in this order; all of them where that is not enough.
    size_t enough = candidates.size(), tooFew = 0;
    if (failed(giveUp(enough)))
      return failure();
    while (arena <= allowed && enough - tooFew > 1) {
      const size_t middle = (enough + tooFew) / 2;
      if (failed(giveUp(middle)))
        return failure();
      if (arena <= allowed) {
        enough = middle;
        continue;
      }
      tooFew = middle;
      if (failed(giveUp(enough)))
        return failure();
    }

    std::vector<Candidate> given;
    for (size_t i = 0; i < enough; ++i)
      if (candidates[i].decision == decisionOf(candidates[i].op)) // the last one for this op
        given.push_back(candidates[i]);
    llvm::stable_sort(given,
                      [](const Candidate &a, const Candidate &b) { return a.work > b.work; });
    if (failed(saveAgain(given, allowed)))
      return failure();
    return MemoryOutcome{options.entries, everything, allowed, arena, sizes};
  }

private:
  static void decide(Operation *op, StringRef decision) {
    op->setAttr(RondoDialect::kResidual, StringAttr::get(op->getContext(), decision));
  }

  /// Gives up the first `count` candidates and saves the others.
  LogicalResult giveUp(size_t count) {
    for (const Candidate &each : candidates)
      decide(each.op, kSave);
    for (const Candidate &each : ArrayRef<Candidate>(candidates).take_front(count))
      decide(each.op, each.decision);
    return measure();
  }

  /// Saves those of `given` again for which the arena stays small enough: all of them,
  /// or else those of either half. What stays in segments may do as a whole.
  LogicalResult saveAgain(ArrayRef<Candidate> given, int64_t allowed) {
    if (given.empty() || measurements >= kMostMeasurements)
      return success();
    FailureOr<bool> saved = tryInstead(given, kSave, allowed);
    if (failed(saved))
      return failure();
    if (*saved)
      return success();
    if (given.size() == 1) {
      if (given.front().decision == kSegments)
        return tryInstead(given, kRecompute, allowed);
      return success();
    }
    const size_t half = given.size() / 2;
    return success(succeeded(saveAgain(given.take_front(half), allowed)) &&
                   succeeded(saveAgain(given.drop_front(half), allowed)));
  }

  /// Decides so for `given` if the arena stays small enough; tells whether it does.
  FailureOr<bool> tryInstead(ArrayRef<Candidate> given, StringRef decision, int64_t allowed) {
    const int64_t before = arena;
    for (const Candidate &each : given)
      decide(each.op, decision);
    if (failed(measure()))
      return failure();
    if (arena <= std::max(allowed, before))
      return true;
    for (const Candidate &each : given)
      decide(each.op, each.decision);
    arena = before;
    return false;
  }

  /// Updates `arena`.
  LogicalResult measure() {
    ++measurements;
    FailureOr<int64_t> bytes =
        measureFrom(source->getParentOfType<ModuleOp>(), Level::Simplified, target, options, sizes);
    if (failed(bytes))
      return failure();
    arena = *bytes;
    return success();
  }

  LogicalResult findCandidates() {
    SmallVector<Value> wanted;
    for (BlockArgument argument : source.getArguments()) {
      unsigned index = argument.getArgNumber();
      auto parameter = source.getArgAttrOfType<ParameterAttr>(index, RondoDialect::kParameter);
      bool isInput = bool(source.getArgAttr(index, RondoDialect::kInput)) && isFloat(argument);
      if (isInput || (parameter && parameter.getTrainable()))
        wanted.push_back(argument);
    }
    Block &body = source.getBody().front();
    SmallVector<Value> outputs; // the loss, or outputs of floats
    for (auto [index, value] : llvm::enumerate(body.getTerminator()->getOperands()))
      if (source.getResultAttr(index, RondoDialect::kLoss) ||
          (source.getResultAttr(index, RondoDialect::kOutput) && isFloat(value)))
        outputs.push_back(value);
    FailureOr<SmallVector<Operation *>> ops = findResidualOps(body, outputs, wanted);
    if (failed(ops))
      return failure();
    for (Operation *op : *ops)
      decide(op, kSave);
    for (Operation *op : *ops) {
      candidates.push_back({op, kRecompute, bytesFreed(op), work(op)});
      if (isa<LstmOp>(op))
        candidates.push_back({op, kSegments, bytesFreed(op), work(op)});
    }
    return success();
  }

  static bool isFloat(Value value) { return isa<FloatType>(getElementTypeOrSelf(value)); }

  double at(const DimExpr &expr) const { return expr.evaluate(sizes).value_or(0); }

  double bytesFreed(Operation *op) const {
    double bytes = 0;
    for (RankedTensorType type : cacheTypes(op))
      bytes += at(bytesOf(type));
    if (!keepsCache(op))
      for (Type type : op->getResultTypes())
        bytes += at(bytesOf(cast<RankedTensorType>(type)));
    return bytes;
  }

  /// Of computing `op` again when all other residuals are saved.
  double work(Operation *op) const {
    double total = 0;
    llvm::DenseSet<Operation *> seen{op};
    SmallVector<Operation *> pending{op};
    while (!pending.empty()) {
      Operation *next = pending.pop_back_val();
      total += at(productFlops(next));
      for (Type type : next->getResultTypes())
        total += at(numElements(getDims(cast<RankedTensorType>(type))));
      if (keepsCache(next))
        continue; // from its operands, which the backward pass has anyway
      for (Value operand : next->getOperands())
        if (Operation *definition = operand.getDefiningOp();
            definition && canRecompute(definition) && decisionOf(definition) != kSave &&
            seen.insert(definition).second)
          pending.push_back(definition);
    }
    return total;
  }

  func::FuncOp source;
  Isa target;
  CompileOptions options; ///< for these entries only
  const SymbolSizes &sizes;
  std::vector<Candidate> candidates;
  int64_t arena = 0;
  int measurements = 0;
};

} // namespace

FailureOr<std::vector<MemoryOutcome>> chooseResiduals(ModuleOp module, Isa isa,
                                                      const CompileOptions &options) {
  llvm::Expected<SymbolSizes> sizes = sizesOf(module, options.sizes);
  if (!sizes)
    return module.emitError(llvm::toString(sizes.takeError()));
  // Each has its own budget: the largest must not make the others compute again.
  using Entries = std::vector<DerivedEntry>;
  const std::pair<StringRef, Entries> groups[] = {
      {trainingSource(module), {DerivedEntry::LossAndGradients, DerivedEntry::TrainStep}},
      {"forward", {DerivedEntry::Vjp}},
      {"evaluate", {DerivedEntry::Hvp}}};
  std::vector<MemoryOutcome> outcomes;
  for (const auto &[name, group] : groups) {
    auto source = module.lookupSymbol<func::FuncOp>(name);
    Entries entries;
    llvm::copy_if(group, std::back_inserter(entries),
                  [&](DerivedEntry entry) { return llvm::is_contained(options.entries, entry); });
    if (!source || entries.empty())
      continue;
    FailureOr<MemoryOutcome> outcome =
        ResidualChooser(source, entries, isa, options, *sizes).choose();
    if (failed(outcome))
      return failure();
    outcomes.push_back(std::move(*outcome));
  }
  return outcomes;
}

} // namespace rondo
