//===- Residual.cpp - What the backward pass saves ------------------------===//
//
// Reads `rondo.residual`, and what locations say of an op.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/Residual.h"
#include "dialect/IR/RondoDialect.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace rondo {

StringRef decisionOf(Operation *op) {
  auto decision = op->getAttrOfType<StringAttr>(RondoDialect::kResidual);
  return decision ? decision.getValue() : StringRef();
}

bool keepsCache(Operation *op) { return isa<LstmOp, AttentionOp>(op); }

bool canRecompute(Operation *op) {
  return !keepsCache(op) && !isa<LstmGradOp, AttentionGradOp, RnnOp, RnnGradOp>(op) &&
         op->getNumRegions() == 0 && !op->hasTrait<OpTrait::ConstantLike>();
}

StringRef layerOf(Location location) {
  auto fused = location->findInstanceOf<FusedLocWith<StringAttr>>();
  return fused ? fused.getMetadata().getValue() : StringRef();
}

std::string placeOf(Location location) {
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (!place)
    return {};
  return llvm::formatv("{0}:{1}", llvm::sys::path::filename(place.getFilename().getValue()),
                       place.getLine());
}

} // namespace rondo
