//===- Residuals.cpp - What the backward pass keeps -----------------------===//
//
// The forward pass is what the loss and the metrics depend on; the rest is the
// backward pass.
//
//===----------------------------------------------------------------------===//

#include "compiler/differentiate/Residuals.h"
#include "compiler/Segments.h"
#include "dialect/IR/Attention.h"
#include "dialect/IR/RondoDialect.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo {

template <typename Op> static SmallVector<RankedTensorType> lstmCacheTypes(Op op) {
  RankedTensorType type = op.getInput().getType();
  SmallVector<DimExpr> dims = getDims(type), recurrent = getDims(op.getRecurrentKernel().getType());
  return {makeTensorType({dims[0], dims[1], recurrent[1]}, type.getElementType()),
          makeTensorType({dims[0], dims[1], recurrent[0]}, type.getElementType())};
}

SmallVector<RankedTensorType> cacheTypes(Operation *op) {
  using Types = SmallVector<RankedTensorType>;
  return llvm::TypeSwitch<Operation *, Types>(op)
      .Case<LstmOp, LstmGradOp>([](auto op) { return lstmCacheTypes(op); })
      .Case<AttentionOp, AttentionGradOp>(
          [](auto op) { return Types{attentionWeightsType(op.getQuery(), op.getKey())}; })
      .Default(Types());
}

namespace {

/// The ops that results of the entry depend on which are no gradients.
llvm::SetVector<Operation *> forwardOps(func::FuncOp entry) {
  llvm::SetVector<Operation *> ops;
  SmallVector<Value> pending;
  Operation *terminator = entry.getBody().front().getTerminator();
  for (OpOperand &result : terminator->getOpOperands()) {
    unsigned index = result.getOperandNumber();
    if (!entry.getResultAttr(index, RondoDialect::kGradientOf) &&
        !entry.getResultAttr(index, RondoDialect::kInputGradientOf))
      pending.push_back(result.get());
  }
  while (!pending.empty())
    if (Operation *op = pending.pop_back_val().getDefiningOp(); op && ops.insert(op))
      pending.append(op->operand_begin(), op->operand_end());
  return ops;
}

/// "lstm  model.py:5", as far as the location says so.
std::string describe(Location location) {
  std::string layer = layerOf(location).str(), place = placeOf(location);
  return layer + (layer.empty() || place.empty() ? "" : "  ") + place;
}

/// The states before each segment of `lstm`, whose number is a symbol of its own;
/// adds its value to `sizes`.
RankedTensorType segmentStates(LstmOp lstm, SymbolSizes &sizes) {
  SmallVector<DimExpr> dims = getDims(lstm.getSequence().getType());
  const DimExpr &steps = dims[1];
  DimExpr segments;
  if (std::optional<int64_t> count = steps.getConstant()) {
    segments = countSegments(*count);
  } else {
    std::string name = "segments_of_" + steps.str();
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !llvm::isAlnum(c) && c != '_'; }, '_');
    segments = DimExpr::symbol(name);
    if (std::optional<int64_t> count = steps.evaluate(sizes))
      sizes[name] = countSegments(*count);
  }
  return makeTensorType({dims[0], segments, DimExpr(2) * dims[2]},
                        lstm.getSequence().getType().getElementType());
}

/// Whether a gradient op has to compute again what its training form did not keep.
bool lacksCache(Operation *op) {
  if (auto grad = dyn_cast<LstmGradOp>(op))
    return !grad.getGates();
  auto grad = dyn_cast<AttentionGradOp>(op);
  return grad && !grad.getWeights();
}

class Table {
public:
  explicit Table(SymbolSizes &sizes) : sizes(sizes) {
    add("bytes", "here", "shape", "decision", "op", "layer");
  }

  void add(StringRef decision, RankedTensorType type, Operation *op) {
    DimExpr bytes = bytesOf(type);
    if (decision == kSave)
      saved += bytes;
    add(bytes.str(), here(bytes), describeDims(type), decision, op->getName().getStringRef(),
        describe(op->getLoc()));
  }

  std::string str() const {
    return text + llvm::formatv("{0} bytes saved, here {1}\n", saved.str(), here(saved)).str();
  }

private:
  void add(const std::string &bytes, const std::string &here, const std::string &shape,
           StringRef decision, StringRef op, const std::string &place) {
    std::string line = llvm::formatv("{0,-20} {1,12}  {2,-20} {3,-10} {4,-24} {5}", bytes, here,
                                     shape, decision, op, place);
    text += llvm::StringRef(line).rtrim().str() + "\n";
  }

  std::string here(const DimExpr &bytes) const {
    std::optional<int64_t> value = bytes.evaluate(sizes);
    return value ? std::to_string(*value) : "?";
  }

  SymbolSizes &sizes;
  DimExpr saved;
  std::string text;
};

} // namespace

std::string residualTable(func::FuncOp entry, SymbolSizes sizes) {
  llvm::SetVector<Operation *> forward = forwardOps(entry);
  auto isRead = [&](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      return !forward.contains(user) && !user->hasTrait<OpTrait::IsTerminator>();
    });
  };
  Table table(sizes);
  for (Operation &op : entry.getBody().front()) {
    if (op.hasTrait<OpTrait::ConstantLike>())
      continue;
    auto lstm = dyn_cast<LstmOp>(op);
    const bool segments = lstm && decisionOf(lstm) == kSegments;
    for (Value result : op.getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      const bool isTape = segments && (result == lstm.getGates() || result == lstm.getCells());
      if (forward.contains(&op) ? isRead(result) : op.hasAttr(RondoDialect::kRecomputeOf))
        table.add(isTape ? kSegments : forward.contains(&op) ? kSave : kRecompute, type, &op);
    }
    if (segments)
      table.add(kSave, segmentStates(lstm, sizes), lstm);
    if (lacksCache(&op))
      for (RankedTensorType type : cacheTypes(&op))
        table.add(kRecompute, type, &op);
  }
  return table.str();
}

} // namespace rondo
