//===- BoxPlace.h - Where a box lies in a larger tensor ---------*- C++ -*-===//
//
// The place of the elements of rondo.slice and rondo.pad in the larger of the two
// tensors, and what has to hold for them to lie inside.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_BOXPLACE_H
#define RONDO_DIALECT_IR_BOXPLACE_H

#include "dialect/IR/DimExpr.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <optional>

namespace rondo {

/// Element `i` of dimension `d` of a box is element `offsets[d] + strides[d] * i`
/// of the larger tensor.
struct BoxPlace {
  llvm::SmallVector<DimExpr> offsets;
  llvm::SmallVector<int64_t> strides;

  /// Without strides, elements are neighbours.
  BoxPlace(llvm::ArrayRef<DimExpr> offsets,
           std::optional<llvm::ArrayRef<int64_t>> strides = std::nullopt);
  /// What the attributes of a verified op say.
  BoxPlace(mlir::ArrayAttr offsets, std::optional<llvm::ArrayRef<int64_t>> strides);

  mlir::ArrayAttr getOffsetsAttr(mlir::Builder &builder) const;
  /// Null where all strides are one.
  mlir::DenseI64ArrayAttr getStridesAttr(mlir::Builder &builder) const;

  /// How many elements of a dimension of size `whole` lie behind the last of `part`
  /// of a box. The box lies inside where this, the offset and `part` are not negative.
  DimExpr behind(unsigned dimension, const DimExpr &part, const DimExpr &whole) const;
};

} // namespace rondo

#endif // RONDO_DIALECT_IR_BOXPLACE_H
