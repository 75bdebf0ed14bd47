//===- Splat.h - Constant tensors -------------------------------*- C++ -*-===//
//
// One number everywhere, under any float tensor type of the rondo levels.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_SPLAT_H
#define RONDO_DIALECT_IR_SPLAT_H

#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

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

} // namespace rondo

#endif // RONDO_DIALECT_IR_SPLAT_H
