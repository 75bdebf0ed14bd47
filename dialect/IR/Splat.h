//===- Splat.h - Constant tensors -------------------------------*- C++ -*-===//
//
// One number everywhere, under any float tensor type of the rondo levels: made,
// and recognised.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_SPLAT_H
#define RONDO_DIALECT_IR_SPLAT_H

#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include <optional>

namespace rondo {

/// `value` everywhere: a constant, repeated by rondo.broadcast where the type
/// has dynamic dimensions.
inline mlir::Value buildSplat(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::RankedTensorType type, double value) {
  mlir::Type element = type.getElementType();
  auto constantType =
      type.hasStaticShape() ? type : mlir::RankedTensorType::get(/*shape=*/{}, element);
  mlir::Value constant = builder.create<mlir::arith::ConstantOp>(
      loc, mlir::DenseElementsAttr::get(constantType, builder.getFloatAttr(element, value)));
  if (constantType == type)
    return constant;
  return builder.create<BroadcastOp>(loc, type, constant, llvm::ArrayRef<int64_t>{});
}

/// The number that every element of `value`, a float tensor, is known to be.
inline std::optional<llvm::APFloat> getSplat(mlir::Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastOp>())
    value = broadcast.getInput();
  mlir::SplatElementsAttr splat;
  if (!matchPattern(value, mlir::m_Constant(&splat)))
    return std::nullopt;
  return splat.getSplatValue<llvm::APFloat>();
}

/// Whether every element of `value` is the constant `number`, sign included.
inline bool isSplatOf(mlir::Value value, double number) {
  std::optional<llvm::APFloat> splat = getSplat(value);
  if (!splat)
    return false;
  llvm::APFloat expected(number);
  bool losesInfo;
  expected.convert(splat->getSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return splat->bitwiseIsEqual(expected);
}

} // namespace rondo

#endif // RONDO_DIALECT_IR_SPLAT_H
