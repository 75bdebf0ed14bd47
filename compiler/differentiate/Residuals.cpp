//===- Residuals.cpp - What the backward pass keeps -----------------------===//
//
// The forward pass is what the loss and the metrics depend on; the rest is the
// backward pass.
//
//===----------------------------------------------------------------------===//

#include "compiler/differentiate/Residuals.h"
#include "dialect/IR/RondoDialect.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace rondo {
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

DimExpr bytesOf(RankedTensorType type) {
  constexpr int64_t bitsPerByte = 8;
  int64_t bits = type.getElementTypeBitWidth();
  return numElements(getDims(type)) * DimExpr((bits + bitsPerByte - 1) / bitsPerByte);
}

/// "lstm  model.py:5", as far as the location says so.
std::string describe(Location location) {
  std::string text;
  if (auto fused = location->findInstanceOf<FusedLocWith<StringAttr>>())
    text = fused.getMetadata().str() + "  ";
  if (auto place = location->findInstanceOf<FileLineColLoc>())
    text += llvm::formatv("{0}:{1}", llvm::sys::path::filename(place.getFilename().getValue()),
                          place.getLine());
  return text;
}

} // namespace

std::string residualTable(func::FuncOp entry) {
  llvm::SetVector<Operation *> forward = forwardOps(entry);
  std::string text;
  llvm::raw_string_ostream stream(text);
  DimExpr total;
  for (Operation &op : entry.getBody().front()) {
    if (!forward.contains(&op) || op.hasTrait<OpTrait::ConstantLike>())
      continue;
    for (OpResult result : op.getResults()) {
      bool isKept = llvm::any_of(result.getUsers(), [&](Operation *user) {
        return !forward.contains(user) && !user->hasTrait<OpTrait::IsTerminator>();
      });
      if (!isKept)
        continue;
      auto type = cast<RankedTensorType>(result.getType());
      total += bytesOf(type);
      stream << llvm::formatv("{0,-20} {1,-20} {2,-24} {3}\n", bytesOf(type).str(),
                              describeDims(type), op.getName(), describe(op.getLoc()));
    }
  }
  stream << total.str() << " bytes\n";
  return text;
}

} // namespace rondo
