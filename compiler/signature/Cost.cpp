//===- Cost.cpp - What an entry computes and moves ------------------------===//
//
// Counts what each op reads, writes and multiplies.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/Cost.h"
#include "compiler/signature/FlopCount.h"
#include "dialect/IR/Residual.h"
#include "dialect/IR/RondoDialect.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatAdapters.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace rondo {

/// What is in memory of a value that is read; null for a constant.
static Value storedPart(Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getInput();
  Operation *op = value.getDefiningOp();
  return op && (op->hasTrait<OpTrait::ConstantLike>() || isa<SizeOp>(op)) ? Value() : value;
}

static DimExpr bytesOf(Value value) {
  return rondo::bytesOf(cast<RankedTensorType>(value.getType()));
}

Cost costOf(Operation *op) {
  Cost cost;
  if (auto scan = dyn_cast<ScanOp>(op)) { // reads and writes step by step
    for (Operation &each : scan.getBody().front())
      cost = cost + costOf(&each);
    return {scan.getSteps() * cost.flops, scan.getSteps() * cost.bytes};
  }
  if (isa<BroadcastOp, ReshapeOp, SizeOp>(op) || op->hasTrait<OpTrait::ConstantLike>() ||
      op->hasTrait<OpTrait::IsTerminator>())
    return cost;
  cost.flops = productFlops(op);
  // A box reads no more of its operand than it has elements, and rows no more of their table.
  auto gather = dyn_cast<GatherOp>(op);
  Value table = gather ? storedPart(gather.getTable()) : Value();
  llvm::SetVector<Value> read;
  for (Value operand : op->getOperands())
    if (Value stored = storedPart(operand))
      read.insert(stored);
  for (Value value : read)
    cost.bytes += bytesOf(isa<SliceOp>(op) || value == table ? op->getResult(0) : value);
  for (Value result : op->getResults())
    if (!result.use_empty())
      cost.bytes += bytesOf(result);
  return cost;
}

Cost costOf(func::FuncOp entry) {
  Cost sum;
  for (Operation &op : entry.getBody().front())
    sum = sum + costOf(&op);
  return sum;
}

/// 1234567 as `1,234,567`.
static std::string grouped(int64_t value) {
  std::string digits = std::to_string(std::abs(value));
  for (int64_t i = static_cast<int64_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(i, ",");
  return (value < 0 ? "-" : "") + digits;
}

std::string costColumn(const std::optional<DimExpr> &amount, const SymbolSizes &sizes) {
  std::string text = llvm::formatv("{0,-36} ", amount ? amount->str() : "?");
  if (!sizes.empty())
    text += llvm::formatv("{0,18}  ", amount ? grouped(*amount->evaluate(sizes)) : "?");
  return text;
}

std::string costLine(const Cost &cost, const SymbolSizes &sizes, const llvm::Twine &what) {
  return costColumn(cost.flops, sizes) + costColumn(cost.bytes, sizes) + what.str() + "\n";
}

std::string describeOp(Operation &op, unsigned nameWidth) {
  std::string text =
      llvm::formatv("{0} {1,-14} {2}",
                    llvm::fmt_align(op.getName().getStringRef(), llvm::AlignStyle::Left, nameWidth),
                    layerOf(op.getLoc()), placeOf(op.getLoc()));
  return llvm::StringRef(text).rtrim().str();
}

std::string costTable(func::FuncOp entry, const SymbolSizes &sizes) {
  std::string text;
  for (Operation &op : entry.getBody().front()) {
    Cost cost = costOf(&op);
    if (cost.flops != DimExpr(0) || cost.bytes != DimExpr(0))
      text += costLine(cost, sizes, describeOp(op, 18));
  }
  return text + costLine(costOf(entry), sizes, "all");
}

} // namespace rondo
