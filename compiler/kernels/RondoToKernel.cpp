//===- RondoToKernel.cpp - Entries behind the C calling convention --------===//
//
// Gives each entry its new signature, lets EntryLowering translate the body,
// and appends the optimizer's update and what constraints make of it.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "compiler/kernels/Passes.h"
#include "compiler/signature/ModelSignature.h"
#include "dialect/IR/Metric.h"
#include "rondo/generated.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace rondo {

#define GEN_PASS_DEF_RONDOTOKERNEL
#include "compiler/kernels/Passes.h.inc"

using kernel::BindKind;
using kernel::KernelDialect;

namespace {

/// Where a tensor of an entry lies in the C calling convention.
struct Place {
  BindKind kind;
  int64_t index;
  int64_t byteOffset = 0;
};

constexpr int64_t kFloatBytes = sizeof(float);

/// The arrays of rondo_entry_fn (runtime/include/rondo/generated.h).
class Places {
public:
  Places(const ModelSignature &signature, StringRef entry)
      : gradients(entry == "vjp" ? signature.outputs.size() : 2),
        state(entry == "forward"    ? signature.outputs.size()
              : entry == "evaluate" ? 2
                                    : 4),
        signature(signature), entry(entry) {}

  int64_t firstTarget() const { return 2 + signature.inputs.size(); }
  int64_t firstSampleWeight() const { return firstTarget() + signature.targets.size(); }
  int64_t learningRate() const { return firstSampleWeight() + signature.sampleWeights.size(); }
  int64_t step() const { return learningRate() + 1; }
  /// Behind all else that the entry reads.
  int64_t randomKey() const {
    return llvm::StringSwitch<int64_t>(entry)
        .Case("forward", firstTarget())
        .Case("vjp", firstTarget() + signature.outputs.size()) // cotangents
        .Case("evaluate", learningRate())
        .Case("hvp", learningRate() + 1) // the vector
        .Default(step() + 1);
  }

  static constexpr int64_t loss = 0, metrics = 1, trainable = 3, slots = 5;
  static constexpr int64_t hessianProduct = 1; ///< of hvp, which has no metrics
  const int64_t gradients, state;

  /// The place of an argument with these attributes; none if it has no role.
  std::optional<Place> ofArgument(DictionaryAttr attributes) const {
    if (auto parameter = attributes.getAs<ParameterAttr>(RondoDialect::kParameter))
      return ofParameter(parameter.getPath(), BindKind::in, parameter.getTrainable() ? 0 : 1);
    if (auto name = attributes.getAs<StringAttr>(RondoDialect::kInput))
      return indexed(BindKind::in, 2, signature.inputs, name);
    if (auto name = attributes.getAs<StringAttr>(RondoDialect::kTarget))
      return indexed(BindKind::in, firstTarget(), signature.targets, name);
    if (auto name = attributes.getAs<StringAttr>(RondoDialect::kSampleWeight))
      return indexed(BindKind::in, firstSampleWeight(), signature.sampleWeights, name);
    // After the inputs of vjp come cotangents, after the sample weights of hvp a vector.
    if (auto name = attributes.getAs<StringAttr>(RondoDialect::kCotangentOf))
      return indexed(BindKind::in, firstTarget(), signature.outputs, name);
    if (auto path = attributes.getAs<StringAttr>(RondoDialect::kVectorOf))
      return ofParameter(path, BindKind::in, learningRate());
    return std::nullopt;
  }

  /// The place of the next result, with these attributes. Metrics may share a name: their sums
  /// follow each other.
  std::optional<Place> ofResult(Type type, DictionaryAttr attributes) {
    if (auto name = attributes.getAs<StringAttr>(RondoDialect::kOutput))
      return indexed(BindKind::out, 0, signature.outputs, name);
    if (attributes.contains(RondoDialect::kLoss))
      return Place{BindKind::out, loss};
    if (attributes.contains(RondoDialect::kMetricSum) ||
        attributes.contains(RondoDialect::kMetricCount) || attributes.contains(kMetricAttribute)) {
      Place place{BindKind::out, metrics, kFloatBytes * sums};
      sums += cast<ShapedType>(type).getNumElements();
      return place;
    }
    if (auto path = attributes.getAs<StringAttr>(RondoDialect::kUpdateOf))
      return ofParameter(path, BindKind::out, state);
    if (auto path = attributes.getAs<StringAttr>(RondoDialect::kGradientOf))
      return ofParameter(path, BindKind::out, gradients);
    if (auto name = attributes.getAs<StringAttr>(RondoDialect::kInputGradientOf))
      return indexed(BindKind::out, gradients + 1, signature.inputs, name);
    if (auto path = attributes.getAs<StringAttr>(RondoDialect::kHessianProductOf))
      return ofParameter(path, BindKind::out, hessianProduct);
    return std::nullopt;
  }

  std::optional<Place> ofParameter(StringRef path, BindKind kind, int64_t buffer) const {
    if (std::optional<size_t> index = signature.findParameter(path))
      return Place{kind, buffer, kFloatBytes * signature.parameters[*index].offset};
    return std::nullopt;
  }

private:
  static std::optional<Place> indexed(BindKind kind, int64_t first,
                                      ArrayRef<TensorSignature> tensors, StringRef name) {
    for (auto [index, tensor] : llvm::enumerate(tensors))
      if (tensor.name == name)
        return Place{kind, first + int64_t(index)};
    return std::nullopt;
  }

  const ModelSignature &signature;
  const StringRef entry;
  /// Of metrics that have a place.
  int64_t sums = 0;
};

/// Builds the new form of one entry and erases the old one.
class EntryConverter {
public:
  EntryConverter(func::FuncOp old, const ModelSignature &signature, int64_t lanes)
      : old(old), signature(signature), lanes(lanes), places(signature, old.getName()),
        builder(old) {}

  LogicalResult convert() {
    entry =
        builder.create<func::FuncOp>(old.getLoc(), old.getName(), builder.getFunctionType({}, {}));
    entry->setAttr(KernelDialect::kEntry, old.getSymNameAttr());
    builder.setInsertionPointToStart(entry.addEntryBlock());
    if (failed(addTensorArguments()))
      return failure();
    SymbolValues symbols;
    for (auto [index, symbol] : llvm::enumerate(signature.symbols))
      symbols[symbol] = addArgument(builder.getIndexType(), {BindKind::dim, int64_t(index)}, {});

    EntryLowering lowering(builder, std::move(symbols), lanes);
    requireSizes(lowering);
    lowering.setLoc(old.getLoc());
    for (BlockArgument argument : old.getArguments()) {
      unsigned index = argument.getArgNumber();
      Value first = read(arguments[index], argument.getLoc());
      if (isRandomKey(index))
        lowering.bindRandomKey(argument, first, read(secondWord, argument.getLoc()));
      else
        lowering.bind(argument, first);
    }
    SmallVector<Result> prepared = prepareResults(lowering);
    for (Operation &op : old.getBody().front().without_terminator())
      if (failed(lowering.lower(&op)))
        return failure();
    lowering.setLoc(old.getLoc());
    // Updates of what the entry reads come last, as copies: until then it is as it was.
    llvm::stable_sort(prepared,
                      [](const Result &a, const Result &b) { return a.isUpdate < b.isUpdate; });
    for (Result &result : prepared)
      write(result.isUpdate ? lowering.copyOf(result.value) : lowering.tensorOf(result.value),
            result.target);
    if (old.getName() == "train_step" && (failed(addUpdate()) || failed(addConstraints(lowering))))
      return failure();
    builder.create<func::ReturnOp>(old.getLoc());

    SmallVector<StringRef> requirements;
    for (const std::string &requirement : lowering.getRequirements())
      requirements.push_back(requirement);
    entry->setAttr(KernelDialect::kRequires, builder.getStrArrayAttr(requirements));
    old.erase();
    // What only shapes or unused results needed; later passes count readers.
    IRRewriter rewriter(entry);
    (void)runRegionDCE(rewriter, entry->getRegions());
    return success();
  }

private:
  Value read(Value buffer, Location loc) {
    return builder.create<bufferization::ToTensorOp>(loc, buffer, /*restrict=*/true,
                                                     /*writable=*/false);
  }

  void write(Value tensor, Value buffer) {
    builder.create<bufferization::MaterializeInDestinationOp>(old.getLoc(), /*result=*/Type(),
                                                              tensor, buffer, /*restrict=*/true,
                                                              /*writable=*/true);
  }

  Value addArgument(Type type, Place place, ArrayRef<DimExpr> dims) {
    SmallVector<NamedAttribute> attributes;
    attributes.emplace_back(
        builder.getStringAttr(KernelDialect::kBind),
        kernel::BindAttr::get(builder.getContext(), place.kind, place.index, place.byteOffset));
    SmallVector<Attribute> symbols;
    for (const DimExpr &dim : dims)
      if (!dim.isConstant())
        symbols.push_back(builder.getStringAttr(dim.str()));
    if (!symbols.empty())
      attributes.emplace_back(builder.getStringAttr(KernelDialect::kDims),
                              builder.getArrayAttr(symbols));
    unsigned index = entry.getNumArguments();
    entry.insertArgument(index, type, builder.getDictionaryAttr(attributes), old.getLoc());
    return entry.getArgument(index);
  }

  FailureOr<Value> addTensorArgument(Type type, std::optional<Place> place, const Twine &what) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!place || !tensor || !hasNamedDims(tensor))
      return old.emitError() << what << " of @" << old.getName()
                             << " has no place in the calling convention";
    SmallVector<DimExpr> dims = getDims(tensor);
    return addArgument(MemRefType::get(tensor.getShape(), tensor.getElementType()), *place, dims);
  }

  bool isRandomKey(unsigned argument) {
    return bool(old.getArgAttr(argument, RondoDialect::kRandomKey));
  }

  /// What `forward` and `evaluate` move is read where they write it: it is not what stays the same
  /// from run to run.
  std::optional<Place> placeOf(DictionaryAttr argument) {
    auto parameter = argument.getAs<ParameterAttr>(RondoDialect::kParameter);
    const bool isInference = old.getName() == "forward" || old.getName() == "evaluate";
    for (unsigned index = 0; parameter && isInference && index < old.getNumResults(); ++index) {
      auto path = old.getResultAttrOfType<StringAttr>(index, RondoDialect::kUpdateOf);
      if (path && path.getValue() == parameter.getPath())
        return places.ofParameter(path, BindKind::out, places.state);
    }
    return places.ofArgument(argument);
  }

  /// One memref for each argument and each result of the old function, two for the words of a key.
  LogicalResult addTensorArguments() {
    for (auto [index, type] : llvm::enumerate(old.getArgumentTypes())) {
      if (isRandomKey(index)) {
        auto word = MemRefType::get({}, builder.getI32Type());
        arguments.push_back(addArgument(word, {BindKind::in, places.randomKey()}, {}));
        secondWord = addArgument(word, {BindKind::in, places.randomKey(), sizeof(int32_t)}, {});
        continue;
      }
      FailureOr<Value> argument = addTensorArgument(
          type, placeOf(attributesOf(old.getArgAttrDict(index))), "argument " + Twine(index));
      if (failed(argument))
        return failure();
      arguments.push_back(*argument);
    }
    for (auto [index, type] : llvm::enumerate(old.getResultTypes())) {
      FailureOr<Value> result =
          addTensorArgument(type, places.ofResult(type, attributesOf(old.getResultAttrDict(index))),
                            "result " + Twine(index));
      if (failed(result))
        return failure();
      results.push_back(*result);
    }
    return success();
  }

  DictionaryAttr attributesOf(DictionaryAttr attributes) {
    return attributes ? attributes : builder.getDictionaryAttr({});
  }

  /// Base symbols and dimensions of arguments are at least one.
  void requireSizes(EntryLowering &lowering) {
    for (const std::string &symbol : signature.symbols)
      lowering.require(DimExpr::symbol(symbol) - DimExpr(1));
    for (Type type : old.getArgumentTypes())
      for (const DimExpr &dim : getDims(cast<RankedTensorType>(type)))
        if (!dim.isConstant())
          lowering.require(dim - DimExpr(1));
  }

  /// A tensor of the old function and the memref it ends in.
  struct Result {
    Value value;
    Value target;
    bool isUpdate = false;
  };

  /// Where each result goes. Sees through reshapes, so that the op behind one
  /// can write in place; comes before the body, whose ops may then use the targets.
  SmallVector<Result> prepareResults(EntryLowering &lowering) {
    SmallVector<Result> prepared;
    for (auto [index, value] : llvm::enumerate(returned().getOperands())) {
      Result result{value, results[index], bool(old.getResultAttr(index, RondoDialect::kUpdateOf))};
      while (auto reshape = result.value.getDefiningOp<ReshapeOp>()) {
        result.value = reshape.getInput();
        auto type = cast<RankedTensorType>(result.value.getType());
        result.target = builder.create<kernel::ReshapeOp>(
            old.getLoc(), MemRefType::get(type.getShape(), type.getElementType()), result.target,
            lowering.dynamicSizes(getDims(type)));
      }
      prepared.push_back(result);
    }
    return prepared;
  }

  Operation &returned() { return *old.getBody().front().getTerminator(); }

  /// Clips the gradients as the optimizer asks, then updates the parameters.
  LogicalResult addUpdate() {
    if (!signature.optimizer)
      return old.emitError("@train_step needs the module's rondo.optimizer");
    auto optimizer =
        old->getParentOfType<ModuleOp>()->getAttrOfType<DictionaryAttr>(RondoDialect::kOptimizer);
    Location loc = old.getLoc();
    Type f32 = builder.getF32Type();
    auto flat = MemRefType::get({signature.trainableSize}, f32);
    Value parameters = addArgument(flat, {BindKind::out, Places::trainable}, {});
    Value gradients = addArgument(flat, {BindKind::out, places.gradients}, {});
    Value learningRate =
        addArgument(MemRefType::get({}, f32), {BindKind::in, places.learningRate()}, {});
    Value step =
        addArgument(MemRefType::get({}, builder.getI64Type()), {BindKind::in, places.step()}, {});
    SmallVector<Value> slots;
    Value average, accumulator;
    for (auto [i, slot] : llvm::enumerate(signature.optimizer->slots)) {
      Value buffer = addArgument(flat, {BindKind::out, Places::slots + int64_t(i)}, {});
      if (slot.name == RONDO_AVERAGE_SLOT)
        average = buffer;
      else if (slot.name == RONDO_ACCUMULATOR_SLOT)
        accumulator = buffer;
      else
        slots.push_back(buffer);
    }
    const int64_t accumulation = accumulationSteps(optimizer);
    if (accumulator)
      builder.create<kernel::AccumulateOp>(loc, gradients, accumulator, step, accumulation);
    addClipping(optimizer, gradients);
    builder.create<kernel::UpdateOp>(loc, parameters, gradients, slots, learningRate, step,
                                     optimizer, undecayedSegments(optimizer));
    if (signature.optimizer->name == "lamb") {
      SmallVector<int64_t> segments = segmentsOf(/*eachVariable=*/true);
      builder.create<kernel::TrustStepOp>(loc, parameters, gradients,
                                          scratchOf(kernel::TrustStepOp::scratchSize(segments)),
                                          learningRate, step, segments, accumulation);
    }
    if (average)
      builder.create<kernel::AverageOp>(
          loc, parameters, average, step,
          builder.getF64FloatAttr(optimizerSetting(optimizer, "ema_momentum")),
          builder.getI64IntegerAttr(
              int64_t(optimizerSetting(optimizer, "ema_overwrite_frequency"))),
          builder.getI64IntegerAttr(accumulation));
    return success();
  }

  /// Bounds of the variables in the flat buffers, or of all of them together. The zeros behind
  /// each add nothing to its norm.
  SmallVector<int64_t> segmentsOf(bool eachVariable) {
    SmallVector<int64_t> segments{0};
    for (const ParameterSignature &parameter : signature.parameters)
      if (eachVariable && parameter.trainable && parameter.offset != 0)
        segments.push_back(parameter.offset);
    segments.push_back(signature.trainableSize);
    return segments;
  }

  /// Bounds of what `optimizer` does not let decay; null for nothing.
  DenseI64ArrayAttr undecayedSegments(DictionaryAttr optimizer) {
    auto paths = optimizer.getAs<ArrayAttr>("undecayed");
    SmallVector<int64_t> bounds;
    for (const ParameterSignature &parameter : signature.parameters) {
      if (!paths || !parameter.trainable ||
          !llvm::is_contained(paths, builder.getStringAttr(parameter.path)))
        continue;
      if (bounds.empty() || bounds.back() != parameter.offset)
        bounds.append({parameter.offset, parameter.offset});
      bounds.back() += llvm::alignTo(parameter.size, kParameterAlignment);
    }
    return bounds.empty() ? DenseI64ArrayAttr() : builder.getDenseI64ArrayAttr(bounds);
  }

  Value scratchOf(int64_t size) {
    return builder.create<memref::AllocOp>(old.getLoc(),
                                           MemRefType::get({size}, builder.getF32Type()));
  }

  /// Lets each constraint read its parameter as the update has left it, and write it back, as a
  /// copy: until then it is as it was.
  LogicalResult addConstraints(EntryLowering &lowering) {
    auto constraints =
        old->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>(kConstraintsFunction);
    if (!constraints)
      return success();
    llvm::StringMap<Value> buffers;
    for (BlockArgument argument : constraints.getArguments()) {
      auto parameter = constraints.getArgAttrOfType<ParameterAttr>(argument.getArgNumber(),
                                                                   RondoDialect::kParameter);
      FailureOr<Value> buffer = failure();
      if (parameter && parameter.getTrainable())
        buffer = addTensorArgument(
            argument.getType(),
            places.ofParameter(parameter.getPath(), BindKind::out, Places::trainable),
            "the constraint of '" + parameter.getPath() + "'");
      if (failed(buffer))
        return constraints.emitError("takes trainable parameters only");
      buffers[parameter.getPath()] = *buffer;
      lowering.bind(argument, read(*buffer, argument.getLoc()));
    }
    Block &body = constraints.getBody().front();
    for (Operation &op : body.without_terminator())
      if (failed(lowering.lower(&op)))
        return failure();
    for (auto [index, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
      auto path = constraints.getResultAttrOfType<StringAttr>(index, RondoDialect::kUpdateOf);
      Value buffer = path ? buffers.lookup(path) : Value();
      if (!buffer)
        return constraints.emitError("result #") << index << " is no update of an argument";
      write(lowering.copyOf(value), buffer);
    }
    return success();
  }

  void addClipping(DictionaryAttr optimizer, Value gradients) {
    Location loc = old.getLoc();
    if (auto limit = optimizer.getAs<FloatAttr>("clipvalue"))
      builder.create<kernel::ClipValueOp>(loc, gradients, limit);
    auto each = optimizer.getAs<FloatAttr>("clipnorm");
    auto together = optimizer.getAs<FloatAttr>("global_clipnorm");
    if (!each && !together)
      return;
    SmallVector<int64_t> segments = segmentsOf(bool(each));
    Value scratch = scratchOf(kernel::ClipNormOp::scratchSize(segments));
    builder.create<kernel::ClipNormOp>(loc, gradients, scratch, (each ? each : together).getValue(),
                                       segments,
                                       /*global=*/!each);
  }

  func::FuncOp old, entry;
  const ModelSignature &signature;
  int64_t lanes;
  Places places;
  OpBuilder builder;
  SmallVector<Value> arguments, results;
  /// Of the random key; null without one.
  Value secondWord;
};

struct RondoToKernel : impl::RondoToKernelBase<RondoToKernel> {
  using RondoToKernelBase::RondoToKernelBase;

  void runOnOperation() override {
    if (lanes != 8 && lanes != 16) {
      getOperation().emitError("lanes must be 8 or 16");
      return signalPassFailure();
    }
    llvm::Expected<ModelSignature> signature = getModelSignature(getOperation());
    if (!signature) {
      getOperation().emitError(llvm::toString(signature.takeError()));
      return signalPassFailure();
    }
    for (StringRef name : {"forward", "evaluate", "loss_and_gradients", "train_step", "vjp", "hvp"})
      if (auto entry = getOperation().lookupSymbol<func::FuncOp>(name))
        if (failed(EntryConverter(entry, *signature, lanes).convert()))
          return signalPassFailure();
    if (Operation *constraints = getOperation().lookupSymbol(kConstraintsFunction))
      constraints->erase();
  }
};

} // namespace
} // namespace rondo
