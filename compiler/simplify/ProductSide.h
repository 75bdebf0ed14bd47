//===- ProductSide.h - One operand of a product -----------------*- C++ -*-===//
//
// What rewrites of rondo.contract work on: an operand and how its dimensions
// take part, apart from the other operand.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIMPLIFY_PRODUCTSIDE_H
#define RONDO_COMPILER_SIMPLIFY_PRODUCTSIDE_H

#include "dialect/IR/RondoDialect.h"

#include "llvm/ADT/Sequence.h"

namespace rondo {

struct ProductSide {
  mlir::Value value;
  llvm::SmallVector<int64_t> batch, contract;

  static ProductSide lhsOf(ContractOp op) {
    return {op.getLhs(), llvm::SmallVector<int64_t>(op.getLhsBatch()),
            llvm::SmallVector<int64_t>(op.getLhsContract())};
  }
  static ProductSide rhsOf(ContractOp op) {
    return {op.getRhs(), llvm::SmallVector<int64_t>(op.getRhsBatch()),
            llvm::SmallVector<int64_t>(op.getRhsContract())};
  }

  bool isFree(int64_t dim) const {
    return !llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim);
  }

  /// The dimensions that are the operand's own, in the order of the result.
  llvm::SmallVector<int64_t> freeDims() const {
    auto rank = mlir::cast<mlir::RankedTensorType>(value.getType()).getRank();
    return llvm::to_vector(llvm::make_filter_range(llvm::seq<int64_t>(rank),
                                                   [&](int64_t dim) { return isFree(dim); }));
  }
};

/// The product of two sides that fit.
inline ContractOp buildProduct(mlir::OpBuilder &builder, mlir::Location loc,
                               const ProductSide &lhs, const ProductSide &rhs) {
  return builder.create<ContractOp>(loc, lhs.value, rhs.value, lhs.batch, rhs.batch, lhs.contract,
                                    rhs.contract);
}

} // namespace rondo

#endif // RONDO_COMPILER_SIMPLIFY_PRODUCTSIDE_H
