//===- BoxPlace.cpp - Where a box lies in a larger tensor -----------------===//
//
// Attributes to and fro.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/BoxPlace.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo {

BoxPlace::BoxPlace(llvm::ArrayRef<DimExpr> offsets, std::optional<llvm::ArrayRef<int64_t>> strides)
    : offsets(offsets), strides(offsets.size(), 1) {
  if (strides)
    this->strides.assign(strides->begin(), strides->end());
}

static llvm::SmallVector<DimExpr> parseAll(ArrayAttr texts) {
  llvm::SmallVector<DimExpr> expressions;
  for (llvm::StringRef text : texts.getAsValueRange<StringAttr>())
    expressions.push_back(*DimExpr::parse(text));
  return expressions;
}

BoxPlace::BoxPlace(ArrayAttr offsets, std::optional<llvm::ArrayRef<int64_t>> strides)
    : BoxPlace(parseAll(offsets), strides) {}

ArrayAttr BoxPlace::getOffsetsAttr(Builder &builder) const {
  llvm::SmallVector<Attribute> texts;
  for (const DimExpr &offset : offsets)
    texts.push_back(builder.getStringAttr(offset.str()));
  return builder.getArrayAttr(texts);
}

DenseI64ArrayAttr BoxPlace::getStridesAttr(Builder &builder) const {
  if (llvm::all_of(strides, [](int64_t stride) { return stride == 1; }))
    return {};
  return builder.getDenseI64ArrayAttr(strides);
}

DimExpr BoxPlace::behind(unsigned dimension, const DimExpr &part, const DimExpr &whole) const {
  DimExpr last = offsets[dimension] + DimExpr(strides[dimension]) * (part - DimExpr(1));
  return whole - DimExpr(1) - last;
}

} // namespace rondo
