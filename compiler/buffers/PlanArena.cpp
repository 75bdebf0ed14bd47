//===- PlanArena.cpp - Temporaries in one arena ---------------------------===//
//
// Numbers the buffers of each entry, says when they live, and writes the
// function that computes their sizes. Offsets are chosen at run time, when the
// sizes are known.
//
//===----------------------------------------------------------------------===//

#include "compiler/buffers/Passes.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/kernels/SizeArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include <limits>

using namespace mlir;

namespace rondo {

#define GEN_PASS_DEF_PLANARENA
#include "compiler/buffers/Passes.h.inc"

using kernel::BindKind;
using kernel::KernelDialect;

namespace {

constexpr int64_t kBufferAlignment = 64; // bytes
/// in[0] and in[1] of an entry are the parameters.
constexpr int64_t kFirstInput = 2;

/// The operations of an entry and of its loops, by their place in the entry.
using Positions = DenseMap<Operation *, int64_t>;

struct Lifetime {
  int64_t first, last;

  void include(int64_t position) {
    first = std::min(first, position);
    last = std::max(last, position);
  }
};

/// The argument or allocation that `view` shows.
Value rootOf(Value view) {
  while (Operation *op = view.getDefiningOp()) {
    if (!isa<kernel::ReshapeOp, memref::CastOp>(op))
      break;
    view = op->getOperand(0);
  }
  return view;
}

/// Extends `lifetime` by the uses of `buffer` and of its views.
void includeUses(Value buffer, const Positions &positions, Lifetime &lifetime) {
  for (Operation *user : buffer.getUsers()) {
    lifetime.include(positions.lookup(user));
    if (isa<kernel::ReshapeOp, memref::CastOp>(user))
      includeUses(user->getResult(0), positions, lifetime);
  }
}

/// Moves what computes `size` in front of `place`, as far as it lies in a loop behind it.
/// Fails where it depends on the step.
LogicalResult hoistSize(Value size, Operation *place, DominanceInfo &dominance) {
  if (dominance.properlyDominates(size, place))
    return success();
  Operation *op = size.getDefiningOp();
  if (!op || op->getNumRegions())
    return failure();
  for (Value operand : op->getOperands())
    if (failed(hoistSize(operand, place, dominance)))
      return failure();
  op->moveBefore(place);
  return success();
}

/// Whether only oneDNN knows the size of a buffer.
bool isOpaque(memref::AllocOp alloc) {
  return alloc.getDynamicSizes().size() == 1 &&
         alloc.getDynamicSizes()[0].getDefiningOp<kernel::OnednnSizeOp>();
}

class EntryPlanner {
public:
  explicit EntryPlanner(func::FuncOp entry)
      : entry(entry), body(entry.getBody().front()), builder(entry) {}

  LogicalResult plan() {
    SmallVector<memref::AllocOp> allocs;
    entry.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    if (failed(hoistFromLoops(allocs)) || failed(createPlan(allocs)))
      return failure();
    markOnce();
    placeBuffers(allocs);
    return verifyNothingLeft();
  }

private:
  /// A buffer of a loop serves every step.
  LogicalResult hoistFromLoops(ArrayRef<memref::AllocOp> allocs) {
    DominanceInfo dominance(entry);
    for (memref::AllocOp alloc : allocs) {
      Operation *outermost = body.findAncestorOpInBlock(*alloc);
      if (outermost == alloc)
        continue;
      for (Value size : alloc.getDynamicSizes())
        if (failed(hoistSize(size, outermost, dominance)))
          return alloc.emitError("the size of a buffer in a loop must not depend on the step");
      alloc->moveBefore(outermost);
    }
    return success();
  }

  /// Marks what an entry that changes no parameters computes from parameters alone,
  /// in buffers of its own and of a size that is no matter of the batch.
  void markOnce() {
    auto kind = entry->getAttrOfType<StringAttr>(KernelDialect::kEntry);
    if (kind != "forward" && kind != "evaluate")
      return;
    DenseSet<Value> unchanging;
    for (BlockArgument argument : entry.getArguments()) {
      auto bind =
          entry.getArgAttrOfType<kernel::BindAttr>(argument.getArgNumber(), KernelDialect::kBind);
      if (bind && bind.getKind() == BindKind::in && bind.getIndex() < kFirstInput)
        unchanging.insert(argument);
    }
    DenseMap<Value, unsigned> writers;
    entry.walk([&](DestinationStyleOpInterface op) {
      for (Value destination : op.getDpsInits())
        ++writers[rootOf(destination)];
    });
    auto isUnchanging = [&](OpOperand *input) {
      return !isa<MemRefType>(input->get().getType()) || unchanging.contains(rootOf(input->get()));
    };
    auto isOwn = [&](Value destination) {
      auto alloc = rootOf(destination).getDefiningOp<memref::AllocOp>();
      return alloc && writers[alloc] == 1 && (alloc.getType().hasStaticShape() || isOpaque(alloc));
    };
    for (auto op : body.getOps<DestinationStyleOpInterface>()) {
      if (!llvm::all_of(op.getDpsInputOperands(), isUnchanging) ||
          !llvm::all_of(op.getDpsInits(), isOwn))
        continue;
      op->setAttr(KernelDialect::kOnce, builder.getUnitAttr());
      for (Value destination : op.getDpsInits())
        unchanging.insert(rootOf(destination));
    }
  }

  /// Whether something reads `buffer` in runs in which it is not computed.
  static bool isKept(Value buffer) {
    bool once = false, read = false;
    SmallVector<Operation *> users(buffer.getUsers());
    while (!users.empty()) {
      Operation *user = users.pop_back_val();
      if (isa<kernel::ReshapeOp, memref::CastOp>(user))
        llvm::append_range(users, user->getUsers());
      else
        (user->hasAttr(KernelDialect::kOnce) ? once : read) = true;
    }
    return once && read;
  }

  void placeBuffers(ArrayRef<memref::AllocOp> allocs) {
    unsigned index = entry.getNumArguments();
    auto bind = builder.getDictionaryAttr(builder.getNamedAttr(
        KernelDialect::kBind, kernel::BindAttr::get(builder.getContext(), BindKind::arena,
                                                    /*index=*/0, /*byteOffset=*/0)));
    entry.insertArgument(index, MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()), bind,
                         entry.getLoc());
    Value arena = entry.getArgument(index);

    // What is in a loop has the loop's place: its buffers live as long as the loop.
    Positions positions;
    for (auto [position, op] : llvm::enumerate(body))
      op.walk([&, position = position](Operation *nested) { positions[nested] = position; });
    SmallVector<int64_t> lifetimes;
    for (memref::AllocOp alloc : allocs) {
      int64_t own = positions.lookup(alloc);
      Lifetime lifetime{int64_t(positions.size()), own};
      includeUses(alloc, positions, lifetime);
      lifetime.first = std::min(lifetime.first, lifetime.last);
      if (isKept(alloc))
        lifetime = {0, positions.lookup(body.getTerminator())};
      lifetimes.append({lifetime.first, lifetime.last});
    }
    entry->setAttr(KernelDialect::kLifetimes, builder.getDenseI64ArrayAttr(lifetimes));
    int64_t id = 0;
    for (memref::AllocOp alloc : allocs) {
      builder.setInsertionPoint(alloc);
      auto buffer = builder.create<kernel::BufferOp>(alloc.getLoc(), alloc.getType(), arena,
                                                     alloc.getDynamicSizes(), id++);
      alloc.replaceAllUsesWith(buffer.getResult());
      alloc.erase();
    }
  }

  LogicalResult createPlan(ArrayRef<memref::AllocOp> allocs) {
    SmallVector<Type> results{builder.getI32Type()};
    results.append(allocs.size(), builder.getI64Type());
    builder.setInsertionPointAfter(entry);
    auto plan = builder.create<func::FuncOp>(entry.getLoc(), (entry.getName() + "_plan").str(),
                                             builder.getFunctionType({}, results));
    plan->setAttr(KernelDialect::kPlanOf, entry->getAttr(KernelDialect::kEntry));
    builder.setInsertionPointToStart(plan.addEntryBlock());

    IRMapping sizes;
    SmallVector<Value> symbols;
    for (BlockArgument argument : entry.getArguments()) {
      auto bind =
          entry.getArgAttrOfType<kernel::BindAttr>(argument.getArgNumber(), KernelDialect::kBind);
      if (!bind || bind.getKind() != BindKind::dim)
        continue;
      plan.insertArgument(symbols.size(), argument.getType(),
                          entry.getArgAttrDict(argument.getArgNumber()), argument.getLoc());
      symbols.push_back(plan.getArgument(symbols.size()));
      sizes.map(argument, symbols.back());
    }
    FailureOr<Value> status = createStatus(symbols);
    if (failed(status))
      return failure();
    SmallVector<Value> returned{*status};
    for (memref::AllocOp alloc : allocs) {
      FailureOr<Value> bytes = createBytes(alloc, sizes);
      if (failed(bytes))
        return failure();
      returned.push_back(*bytes);
    }
    builder.create<func::ReturnOp>(entry.getLoc(), returned);
    return success();
  }

  /// 1 + the first symbol of the first requirement that `symbols` violate, else 0.
  FailureOr<Value> createStatus(ArrayRef<Value> symbols) {
    Location loc = entry.getLoc();
    auto names =
        entry->getParentOfType<ModuleOp>()->getAttrOfType<ArrayAttr>(RondoDialect::kSymbols);
    SymbolValues values;
    if (names)
      for (auto [name, value] : llvm::zip(names.getAsRange<StringAttr>(), symbols))
        values[name.str()] = value;
    if (values.size() != symbols.size())
      return entry.emitError("index arguments do not match rondo.symbols");

    auto code = [&](int64_t value) -> Value {
      return builder.create<arith::ConstantOp>(loc, builder.getI32IntegerAttr(value));
    };
    Value status = code(0);
    auto requirements = entry->getAttrOfType<ArrayAttr>(KernelDialect::kRequires);
    if (!requirements)
      return status;
    // The first in the list decides, so it is compared last.
    for (StringAttr text : llvm::reverse(requirements.getAsRange<StringAttr>())) {
      std::optional<DimExpr> expr = DimExpr::parse(text);
      int64_t symbol = 0;
      while (expr && symbol < int64_t(symbols.size()) &&
             !llvm::is_contained(expr->getSymbols(), cast<StringAttr>(names[symbol]).str()))
        ++symbol;
      if (!expr || symbol == int64_t(symbols.size()))
        return entry.emitError() << "'" << text.getValue() << "' is no expression over the symbols";
      Value size = createSize(builder, loc, *expr, values);
      Value zero = builder.create<arith::ConstantIndexOp>(loc, 0);
      Value bad = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, size, zero);
      status = builder.create<arith::SelectOp>(loc, bad, code(1 + symbol), status);
    }
    return status;
  }

  FailureOr<Value> createBytes(memref::AllocOp alloc, IRMapping &sizes) {
    Location loc = alloc.getLoc();
    MemRefType type = alloc.getType();
    if (isOpaque(alloc)) { // as it stands: negative means that oneDNN refuses
      FailureOr<Value> bytes = cloneSize(alloc.getDynamicSizes()[0], sizes, alloc);
      if (failed(bytes))
        return failure();
      return builder.create<arith::IndexCastOp>(loc, builder.getI64Type(), *bytes).getResult();
    }
    int64_t fixed = (type.getElementTypeBitWidth() + 7) / 8;
    for (int64_t size : type.getShape())
      if (!ShapedType::isDynamic(size))
        fixed *= size;
    auto constant = [&](int64_t value) -> Value {
      return builder.create<arith::ConstantIndexOp>(loc, value);
    };
    Value bytes = constant(fixed);
    Value estimate = builder.create<arith::ConstantOp>(loc, builder.getF64FloatAttr(fixed));
    for (Value size : alloc.getDynamicSizes()) {
      FailureOr<Value> mapped = cloneSize(size, sizes, alloc);
      if (failed(mapped))
        return failure();
      bytes = builder.create<arith::MulIOp>(loc, bytes, *mapped);
      Value i64 = builder.create<arith::IndexCastOp>(loc, builder.getI64Type(), *mapped);
      Value factor = builder.create<arith::SIToFPOp>(loc, builder.getF64Type(), i64);
      estimate = builder.create<arith::MulFOp>(loc, estimate, factor);
    }
    bytes = builder.create<arith::AddIOp>(loc, bytes, constant(kBufferAlignment - 1));
    bytes = builder.create<arith::AndIOp>(loc, bytes, constant(-kBufferAlignment));
    Value exact = builder.create<arith::IndexCastOp>(loc, builder.getI64Type(), bytes);
    if (alloc.getDynamicSizes().empty())
      return exact;
    // The product may wrap around; no machine has that much anyway.
    Value limit = builder.create<arith::ConstantOp>(loc, builder.getF64FloatAttr(0x1p62));
    Value most = builder.create<arith::ConstantOp>(
        loc, builder.getI64IntegerAttr(std::numeric_limits<int64_t>::max()));
    Value fits = builder.create<arith::CmpFOp>(loc, arith::CmpFPredicate::OLT, estimate, limit);
    return builder.create<arith::SelectOp>(loc, fits, exact, most).getResult();
  }

  /// The value of `size` in the plan function.
  FailureOr<Value> cloneSize(Value size, IRMapping &mapping, Operation *user) {
    if (Value mapped = mapping.lookupOrNull(size))
      return mapped;
    Operation *op = size.getDefiningOp();
    if (!op || !(isa<arith::ArithDialect>(op->getDialect()) || isa<kernel::OnednnSizeOp>(op)))
      return user->emitError("the size of a buffer must be arithmetic on the index arguments");
    for (Value operand : op->getOperands())
      if (failed(cloneSize(operand, mapping, user)))
        return failure();
    return builder.clone(*op, mapping)->getResult(0);
  }

  LogicalResult verifyNothingLeft() {
    WalkResult walk = entry.walk([](Operation *op) {
      if (!isa<memref::AllocOp, memref::AllocaOp, memref::DeallocOp, memref::CopyOp>(op))
        return WalkResult::advance();
      op->emitError("left after the arena was planned");
      return WalkResult::interrupt();
    });
    return failure(walk.wasInterrupted());
  }

  func::FuncOp entry;
  Block &body;
  OpBuilder builder;
};

struct PlanArena : impl::PlanArenaBase<PlanArena> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> entries;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(KernelDialect::kEntry))
        entries.push_back(function);
    for (func::FuncOp entry : entries)
      if (failed(EntryPlanner(entry).plan()))
        return signalPassFailure();
  }
};

} // namespace
} // namespace rondo
