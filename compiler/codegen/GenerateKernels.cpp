//===- GenerateKernels.cpp - From buffers to launches ---------------------===//
//
// Rewrites each entry and plan function as an llvm.func with the C signature of
// rondo/generated.h. The level below knows no memref: a buffer is a pointer and
// its sizes, which are constants, dims of the call, or arithmetic on them.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Kernels.h"
#include "compiler/codegen/Passes.h"
#include "dialect/IR/DimExpr.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "rondo/generated.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace rondo::codegen {
namespace {

/// Sizes of a memref type: constants, and `dynamic` for its dynamic dimensions in order.
Values sizesOf(Emitter &e, MemRefType type, ValueRange dynamic) {
  Values sizes;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size)) {
      sizes.push_back(dynamic.front());
      dynamic = dynamic.drop_front();
    } else {
      sizes.push_back(e.i64(size));
    }
  }
  return sizes;
}

Type lowerScalar(Type type) {
  return type.isIndex() ? IntegerType::get(type.getContext(), 64) : type;
}

/// Lowers the functions of one module.
class Generator {
public:
  Generator(ModuleOp module, Isa isa, StringRef name, bool profile, const KernelTuning &tuning)
      : module(module), kernels(module, isa, tuning), target(isa), name(name), profile(profile) {
    if (auto names = module->getAttrOfType<ArrayAttr>(RondoDialect::kSymbols))
      for (StringRef symbol : names.getAsValueRange<StringAttr>())
        symbols.push_back(symbol.str());
  }

  LogicalResult run() {
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      LogicalResult result = function->hasAttr(kernel::KernelDialect::kEntry) ? lowerEntry(function)
                             : function->hasAttr(kernel::KernelDialect::kPlanOf)
                                 ? lowerPlan(function)
                                 : unknown(function);
      if (failed(result))
        return failure();
      function.erase();
    }
    for (auto global : llvm::make_early_inc_range(module.getOps<memref::GlobalOp>()))
      global.erase();
    module->setAttr(kernel::KernelDialect::kNumSites,
                    OpBuilder(module).getI32IntegerAttr(kernels.numSites()));
    return success();
  }

private:
  LogicalResult unknown(Operation *op) {
    return op->emitError("no code is generated for this at the buffers level");
  }

  LLVM::LLVMFuncOp makeFunction(func::FuncOp from, StringRef entry, StringRef suffix,
                                ArrayRef<Type> arguments) {
    OpBuilder builder(from);
    Type status = builder.getI32Type();
    std::string symbol = ("rondo_" + name + "_" + entry + "_" + isaName(target) + suffix).str();
    auto function = builder.create<LLVM::LLVMFuncOp>(
        from.getLoc(), symbol, LLVM::LLVMFunctionType::get(status, arguments));
    function.setVisibility_(LLVM::Visibility::Hidden);
    function.addEntryBlock(builder);
    return function;
  }

  LogicalResult lowerEntry(func::FuncOp from);
  LogicalResult lowerPlan(func::FuncOp from);
  LogicalResult lowerOps(EntryBuilder &entry, func::FuncOp from, LLVM::LLVMFuncOp function);
  LogicalResult lowerBlock(EntryBuilder &entry, Block &block);
  LogicalResult lowerLoop(EntryBuilder &entry, scf::ForOp loop);
  LogicalResult bindMemref(EntryBuilder &entry, func::FuncOp from, BlockArgument argument,
                           kernel::BindAttr bind, Value place, Value dims);
  LogicalResult lowerOp(EntryBuilder &entry, Operation &op);
  LogicalResult lowerScalarOp(EntryBuilder &entry, Operation &op);
  void bindTable(EntryBuilder &entry, memref::GetGlobalOp op);

  /// dims[index] of the call.
  Value dim(Emitter &e, Value dims, int64_t index) {
    return e.load(e.at(dims, e.i64(index), e.i64Type()), e.i64Type());
  }
  /// The value of an expression over base symbols; null if it names others.
  Value evaluate(Emitter &e, const DimExpr &expression, Value dims);

  ModuleOp module;
  KernelModule kernels;
  Isa target;
  StringRef name;
  bool profile;
  SmallVector<std::string> symbols;
  // Of the entry that is being lowered.
  Value stale;                   ///< whether what the arena holds has to be computed again
  SmallVector<std::string> rows; ///< of its profile
};

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

Value Generator::evaluate(Emitter &e, const DimExpr &expression, Value dims) {
  Value sum = e.i64(0);
  for (auto &[monomial, coefficient] : expression.getTerms()) {
    Value product = e.i64(coefficient);
    for (const std::string &factor : monomial) {
      Value size;
      if (std::optional<Quotient> quotient = asQuotient(factor)) {
        if ((size = evaluate(e, quotient->dividend, dims)))
          size = e.div(size, e.i64(quotient->divisor));
      } else if (auto found = llvm::find(symbols, factor); found != symbols.end()) {
        size = dim(e, dims, found - symbols.begin());
      }
      if (!size)
        return {};
      product = e.mul(product, size);
    }
    sum = e.add(sum, product);
  }
  return sum;
}

LogicalResult Generator::bindMemref(EntryBuilder &entry, func::FuncOp from, BlockArgument argument,
                                    kernel::BindAttr bind, Value place, Value dims) {
  Emitter &e = entry.emitter();
  auto type = cast<MemRefType>(argument.getType());
  if (!type.getLayout().isIdentity())
    return from.emitError("arguments must have the identity layout");
  Value pointer = place; // the arena
  if (bind.getKind() != kernel::BindKind::arena) {
    pointer = e.load(e.at(place, e.i64(bind.getIndex()), e.pointerType()), e.pointerType());
    if (bind.getByteOffset())
      pointer = e.at(pointer, e.i64(bind.getByteOffset()), e.builder().getI8Type());
  }
  Values dynamic;
  if (bind.getKind() == kernel::BindKind::arena) {
    dynamic.assign(type.getNumDynamicDims(), e.i64(0)); // its size is never asked for
  } else if (auto names = from.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(),
                                                           kernel::KernelDialect::kDims)) {
    for (StringRef text : names.getAsValueRange<StringAttr>())
      if (std::optional<DimExpr> expression = DimExpr::parse(text))
        dynamic.push_back(evaluate(e, *expression, dims));
  }
  if (int64_t(dynamic.size()) != type.getNumDynamicDims() || llvm::is_contained(dynamic, Value()))
    return from.emitError("argument ")
           << argument.getArgNumber() << " does not name its dynamic dimensions";
  entry.bind(argument, Buffer{pointer, sizesOf(e, type, dynamic), type});
  return success();
}

LogicalResult Generator::lowerEntry(func::FuncOp from) {
  using kernel::KernelDialect;
  auto kind = from->getAttrOfType<StringAttr>(KernelDialect::kEntry);
  if (!from.getBody().hasOneBlock() || from.getNumResults())
    return from.emitError("an entry must be one block without results");
  Type pointer = LLVM::LLVMPointerType::get(from.getContext());
  LLVM::LLVMFuncOp function = makeFunction(from, kind, "", SmallVector<Type>(5, pointer));
  function->setAttr(KernelDialect::kEntry, kind);
  if (Attribute lifetimes = from->getAttr(KernelDialect::kLifetimes))
    function->setAttr(KernelDialect::kLifetimes, lifetimes);

  // in, out, dims, arena, rt
  auto arguments = function.getArguments();
  OpBuilder builder(from.getContext());
  builder.setInsertionPointToStart(&function.front());
  EntryBuilder entry(kernels, builder, from.getLoc(), arguments[4]);
  Emitter &e = entry.emitter();
  for (BlockArgument argument : from.getArguments()) {
    auto bind =
        from.getArgAttrOfType<kernel::BindAttr>(argument.getArgNumber(), KernelDialect::kBind);
    if (!bind || isa<MemRefType>(argument.getType()) == (bind.getKind() == kernel::BindKind::dim))
      return from.emitError("argument ") << argument.getArgNumber() << " has no place in the call";
    if (bind.getKind() == kernel::BindKind::dim) {
      entry.bind(argument, dim(e, arguments[2], bind.getIndex()));
      continue;
    }
    unsigned place = bind.getKind() == kernel::BindKind::in    ? 0
                     : bind.getKind() == kernel::BindKind::out ? 1
                                                               : 3;
    if (failed(bindMemref(entry, from, argument, bind, arguments[place], arguments[2])))
      return failure();
  }
  if (failed(lowerOps(entry, from, function)))
    return failure();
  e.create<LLVM::ReturnOp>(ValueRange{e.constantInt(e.builder().getI32Type(), 0)});
  return success();
}

/// Whether the time of an op is worth a row of the profile.
static bool isKernel(Operation &op) {
  return isa<kernel::KernelDialect>(op.getDialect()) && op.getNumResults() == 0;
}

/// Appends the row of `op`: name, layers, place.
static void describe(Operation &op, SmallVectorImpl<std::string> &rows) {
  SmallVector<StringRef> layers;
  std::string place;
  op.getLoc()->walk([&](Location location) {
    auto layer = dyn_cast<FusedLocWith<StringAttr>>(location);
    if (layer && !llvm::is_contained(layers, layer.getMetadata().getValue()))
      layers.push_back(layer.getMetadata().getValue());
    if (auto file = dyn_cast<FileLineColLoc>(location); file && place.empty())
      place = (file.getFilename().getValue() + ":" + Twine(file.getLine())).str();
    return WalkResult::advance();
  });
  std::string name = op.getName().stripDialect().str();
  if (auto update = dyn_cast<kernel::UpdateOp>(op))
    name = update.getOptimizer().getAs<StringAttr>("name").str() + "_" + name;
  rows.append({std::move(name), llvm::join(layers, ", "), std::move(place)});
}

static Value hasNotFailed(EntryBuilder &entry) {
  Emitter &e = entry.emitter();
  Type i32 = e.builder().getI32Type();
  Value place = e.at(entry.rt(), e.i64(offsetof(rondo_rt, failure)), e.builder().getI8Type());
  Value status = e.load(e.load(place, e.pointerType()), i32);
  return e.compare(arith::CmpIPredicate::eq, status, e.constantInt(i32, RONDO_OK));
}

static bool isOnce(Operation &op) { return op.hasAttr(kernel::KernelDialect::kOnce); }

/// The body of an entry. What is marked `kernel.once` runs only when what the
/// arena holds is stale, an update only when no kernel of a library has failed.
LogicalResult Generator::lowerOps(EntryBuilder &entry, func::FuncOp from,
                                  LLVM::LLVMFuncOp function) {
  Emitter &e = entry.emitter();
  Type i32 = e.builder().getI32Type(), none = LLVM::LLVMVoidType::get(from.getContext());
  if (llvm::any_of(from.front(), isOnce)) {
    Value place = e.at(entry.rt(), e.i64(offsetof(rondo_rt, stale)), e.builder().getI8Type());
    stale = e.compare(arith::CmpIPredicate::ne, e.load(place, i32), e.constantInt(i32, 0));
  }
  rows.clear();
  if (profile)
    e.create<LLVM::CallOp>(kernels.declareHidden("rondo_profile_start", none, {e.pointerType()}),
                           entry.rt());
  if (failed(lowerBlock(entry, from.front())))
    return failure();
  if (profile)
    function->setAttr(
        kernel::KernelDialect::kProfile,
        e.builder().getStrArrayAttr(SmallVector<StringRef>(rows.begin(), rows.end())));
  return success();
}

/// The ops of an entry or of a loop in it, each with its lap in the profile.
LogicalResult Generator::lowerBlock(EntryBuilder &entry, Block &block) {
  Emitter &e = entry.emitter();
  Type i32 = e.builder().getI32Type(), none = LLVM::LLVMVoidType::get(module.getContext());
  auto lower = [&](Operation &op) {
    if (failed(lowerOp(entry, op)))
      return failure();
    if (profile && isKernel(op)) {
      Value row = e.constantInt(i32, rows.size() / 3);
      e.create<LLVM::CallOp>(
          kernels.declareHidden("rondo_profile_lap", none, {e.pointerType(), i32}),
          ValueRange{entry.rt(), row});
      describe(op, rows);
    }
    return success();
  };
  bool belongsToUpdate = false;
  for (Operation &op : block.without_terminator()) {
    LogicalResult result = success();
    // An update is followed by what constraints make of it.
    belongsToUpdate |= isa<kernel::UpdateOp, kernel::AccumulateOp>(op);
    if (isOnce(op))
      e.ifThen(stale, [&] { result = lower(op); });
    else if (belongsToUpdate && isKernel(op))
      e.ifThen(hasNotFailed(entry), [&] { result = lower(op); });
    else
      result = lower(op);
    if (failed(result))
      return failure();
  }
  return success();
}

LogicalResult Generator::lowerLoop(EntryBuilder &entry, scf::ForOp loop) {
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  if (!step || loop.getNumResults())
    return loop.emitError("a loop must have a constant step and carry no values");
  LogicalResult result = success();
  entry.emitter().loop(entry.scalar(loop.getLowerBound()), entry.scalar(loop.getUpperBound()),
                       *step, [&](Value index) {
                         entry.bind(loop.getInductionVar(), index);
                         result = lowerBlock(entry, *loop.getBody());
                       });
  return result;
}

/// A constant of several values: an array in the artifact.
void Generator::bindTable(EntryBuilder &entry, memref::GetGlobalOp op) {
  constexpr unsigned alignment = 64;
  auto source = module.lookupSymbol<memref::GlobalOp>(op.getName());
  auto type = cast<MemRefType>(op.getType());
  std::string symbol = ("rondo_table" + source.getSymName()).str();
  auto table = module.lookupSymbol<LLVM::GlobalOp>(symbol);
  if (!table) {
    int64_t count = type.getNumElements();
    auto elements = cast<DenseElementsAttr>(*source.getInitialValue())
                        .reshape(RankedTensorType::get({count}, type.getElementType()));
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    table = builder.create<LLVM::GlobalOp>(
        op.getLoc(), LLVM::LLVMArrayType::get(type.getElementType(), count), /*isConstant=*/true,
        LLVM::Linkage::Internal, symbol, elements, alignment);
  }
  Emitter &e = entry.emitter();
  entry.bind(op, Buffer{e.create<LLVM::AddressOfOp>(table), sizesOf(e, type, {}), type});
}

LogicalResult Generator::lowerOp(EntryBuilder &entry, Operation &op) {
  Emitter &e = entry.emitter();
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](kernel::BufferOp buffer) {
        // The arena starts with a table of the buffers' offsets.
        Value arena = entry.buffer(buffer.getArena()).pointer;
        Value offset = dim(e, arena, buffer.getId());
        auto type = cast<MemRefType>(buffer.getType());
        Values dynamic;
        for (Value size : buffer.getSizes())
          dynamic.push_back(entry.scalar(size));
        entry.bind(buffer, Buffer{e.at(arena, offset, e.builder().getI8Type()),
                                  sizesOf(e, type, dynamic), type});
        return success();
      })
      .Case([&](kernel::ReshapeOp reshape) {
        auto type = cast<MemRefType>(reshape.getType());
        Values dynamic;
        for (Value size : reshape.getSizes())
          dynamic.push_back(entry.scalar(size));
        entry.bind(reshape, Buffer{entry.buffer(reshape.getInput()).pointer,
                                   sizesOf(e, type, dynamic), type});
        return success();
      })
      .Case([&](memref::GetGlobalOp table) {
        bindTable(entry, table);
        return success();
      })
      .Case([&](memref::CastOp cast) {
        Buffer buffer = entry.buffer(cast.getSource());
        buffer.type = mlir::cast<MemRefType>(cast.getType());
        entry.bind(cast, std::move(buffer));
        return success();
      })
      .Case([&](memref::DimOp size) -> LogicalResult {
        std::optional<int64_t> index = size.getConstantIndex();
        if (!index)
          return size.emitError("the dimension must be a constant");
        entry.bind(size.getResult(), entry.buffer(size.getSource()).sizes[*index]);
        return success();
      })
      .Case([&](kernel::MapOp op) { return launchMap(entry, op); })
      .Case([&](kernel::ReduceOp op) { return launchReduce(entry, op); })
      .Case([&](kernel::SoftmaxOp op) { return launchSoftmax(entry, op); })
      .Case([&](kernel::ArgMaxOp op) { return launchArgMax(entry, op); })
      .Case([&](kernel::TransposeOp op) { return launchTranspose(entry, op); })
      .Case([&](kernel::SliceOp op) { return launchSlice(entry, op); })
      .Case([&](kernel::PadOp op) { return launchPad(entry, op); })
      .Case([&](kernel::InsertOp op) { return launchInsert(entry, op); })
      .Case([&](scf::ForOp loop) { return lowerLoop(entry, loop); })
      .Case([&](kernel::ConcatOp op) { return launchConcat(entry, op); })
      .Case([&](kernel::GatherOp op) { return launchGather(entry, op); })
      .Case([&](kernel::ScatterAddOp op) { return launchScatterAdd(entry, op); })
      .Case([&](kernel::MatmulOp op) { return launchMatmul(entry, op); })
      .Case([&](kernel::AttentionOp op) { return launchAttention(entry, op); })
      .Case([&](kernel::AttentionGradOp op) { return launchAttentionGrad(entry, op); })
      .Case([&](kernel::LstmPackOp op) { return launchLstmPack(entry, op); })
      .Case([&](kernel::LstmForwardOp op) { return launchLstmForward(entry, op); })
      .Case([&](kernel::LstmBackwardOp op) { return launchLstmBackward(entry, op); })
      .Case([&](kernel::PackTransposedOp op) { return launchPackTransposed(entry, op); })
      .Case([&](kernel::LstmWeightGradientOp op) { return launchLstmWeightGradient(entry, op); })
      .Case([&](kernel::LstmInputGradientOp op) { return launchLstmInputGradient(entry, op); })
      .Case([&](kernel::LstmSegmentsOp op) { return launchLstmSegments(entry, op); })
      .Case([&](kernel::RnnPackOp op) { return launchRnnPack(entry, op); })
      .Case([&](kernel::RnnForwardOp op) { return launchRnnForward(entry, op); })
      .Case([&](kernel::RnnBackwardOp op) { return launchRnnBackward(entry, op); })
      .Case([&](kernel::ClipValueOp op) { return launchClipValue(entry, op); })
      .Case([&](kernel::ClipNormOp op) { return launchClipNorm(entry, op); })
      .Case([&](kernel::OnednnSizeOp op) {
        // The plan has asked; an entry reads no bytes of which it would have to know the number.
        entry.bind(op.getResult(), e.i64(0));
        return success();
      })
      .Case([&](kernel::OnednnLstmPackOp op) { return callOnednnLstmPack(entry, op); })
      .Case([&](kernel::OnednnLstmForwardOp op) { return callOnednnLstmForward(entry, op); })
      .Case([&](kernel::OnednnLstmBackwardOp op) { return callOnednnLstmBackward(entry, op); })
      .Case([&](kernel::OnednnMatmulOp op) { return callOnednnMatmul(entry, op); })
      .Case([&](kernel::AccumulateOp op) { return launchAccumulate(entry, op); })
      .Case([&](kernel::UpdateOp op) { return launchUpdate(entry, op); })
      .Case([&](kernel::TrustStepOp op) { return launchTrustStep(entry, op); })
      .Case([&](kernel::AverageOp op) { return launchAverage(entry, op); })
      .Default([&](Operation *op) { return lowerScalarOp(entry, *op); });
}

/// Scalar arith: sizes as i64, and floats made of them.
LogicalResult Generator::lowerScalarOp(EntryBuilder &entry, Operation &op) {
  Emitter &e = entry.emitter();
  if (!isa<arith::ArithDialect>(op.getDialect()) || op.getNumResults() != 1)
    return unknown(&op);
  Type type = lowerScalar(op.getResult(0).getType());
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(entry.scalar(operand));
  if (llvm::is_contained(operands, Value()))
    return unknown(&op);

  Value lowered;
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    if (auto number = dyn_cast<IntegerAttr>(constant.getValue()))
      lowered = e.constantInt(type, number.getInt());
    else if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
      lowered = e.constant(type, number.getValueAsDouble());
    else
      return unknown(&op);
  } else if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    unsigned from = operands[0].getType().getIntOrFloatBitWidth();
    unsigned to = type.getIntOrFloatBitWidth();
    if (from == to)
      lowered = operands[0];
    else if (from > to)
      lowered = e.create<arith::TruncIOp>(type, operands[0]);
    else if (isa<arith::IndexCastOp>(op))
      lowered = e.create<arith::ExtSIOp>(type, operands[0]);
    else
      lowered = e.create<arith::ExtUIOp>(type, operands[0]);
  } else if (isa<arith::CeilDivSIOp, arith::CeilDivUIOp>(op)) {
    // Of sizes, which are not negative.
    lowered = e.div(e.add(operands[0], e.sub(operands[1], e.i64(1))), operands[1]);
  } else if (isa<arith::FloorDivSIOp>(op)) {
    lowered = e.div(operands[0], operands[1]);
  } else {
    OperationState state(e.loc(), op.getName());
    state.addOperands(operands);
    state.addTypes(type);
    state.addAttributes(op.getAttrs());
    lowered = e.builder().create(state)->getResult(0);
  }
  entry.bind(op.getResult(0), lowered);
  return success();
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

LogicalResult Generator::lowerPlan(func::FuncOp from) {
  auto entryName = from->getAttr(kernel::KernelDialect::kPlanOf);
  StringRef planOf;
  if (auto text = dyn_cast<StringAttr>(entryName))
    planOf = text.getValue();
  else if (auto symbol = dyn_cast<FlatSymbolRefAttr>(entryName))
    planOf = symbol.getValue();
  if (planOf.empty() || !from.getBody().hasOneBlock() || from.getNumResults() < 1)
    return from.emitError("a plan must be one block that returns a status and sizes");
  Type pointer = LLVM::LLVMPointerType::get(from.getContext());
  Type threads = IntegerType::get(from.getContext(), 32);
  LLVM::LLVMFuncOp function = makeFunction(from, planOf, "_plan", {pointer, pointer, threads});

  OpBuilder builder(from.getContext());
  builder.setInsertionPointToStart(&function.front());
  EntryBuilder plan(kernels, builder, from.getLoc(), /*runtime=*/{});
  Emitter &e = plan.emitter();
  for (BlockArgument argument : from.getArguments())
    plan.bind(argument, dim(e, function.getArgument(0), argument.getArgNumber()));
  for (Operation &op : from.front().without_terminator()) {
    auto size = dyn_cast<kernel::OnednnSizeOp>(op);
    if (failed(size ? callOnednnSize(plan, size, function.getArgument(2))
                    : lowerScalarOp(plan, op)))
      return failure();
  }
  Operation *terminator = from.front().getTerminator();
  for (auto [index, size] : llvm::enumerate(terminator->getOperands().drop_front()))
    e.store(plan.scalar(size), e.at(function.getArgument(1), e.i64(index), e.i64Type()));
  e.create<LLVM::ReturnOp>(ValueRange{plan.scalar(terminator->getOperand(0))});
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

class GenerateKernels : public PassWrapper<GenerateKernels, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GenerateKernels)
  GenerateKernels(Isa isa, std::string name, bool profile, const KernelTuning &tuning)
      : target(isa), name(std::move(name)), profile(profile), tuning(tuning) {}

  StringRef getArgument() const override { return "rondo-generate-kernels"; }
  StringRef getDescription() const override {
    return "Turn entries on buffers into LLVM functions that launch generated kernels";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, LLVM::LLVMDialect, scf::SCFDialect>();
  }
  void runOnOperation() override {
    if (failed(Generator(getOperation(), target, name, profile, tuning).run()))
      signalPassFailure();
  }

private:
  Isa target;
  std::string name;
  bool profile;
  KernelTuning tuning;
};

} // namespace
} // namespace rondo::codegen

namespace rondo {

std::unique_ptr<Pass> createGenerateKernelsPass(Isa isa, std::string modelName, bool profile,
                                                const KernelTuning &tuning) {
  return std::make_unique<codegen::GenerateKernels>(isa, std::move(modelName), profile, tuning);
}

} // namespace rondo
