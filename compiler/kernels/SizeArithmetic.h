//===- SizeArithmetic.h - Symbol expressions as arith ops -------*- C++ -*-===//
//
// Sizes below the rondo level are index arithmetic on the base symbols.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_SIZEARITHMETIC_H
#define RONDO_COMPILER_KERNELS_SIZEARITHMETIC_H

#include "dialect/IR/DimExpr.h"
#include "mlir/IR/Builders.h"
#include <map>
#include <string>

namespace rondo {

/// The index value of each base symbol.
using SymbolValues = std::map<std::string, mlir::Value>;

/// Creates the value of `expr`, an index. Every symbol in it must have a value.
mlir::Value createSize(mlir::OpBuilder &builder, mlir::Location loc, const DimExpr &expr,
                       const SymbolValues &symbols);

/// countSegments of `steps`, both as an index.
mlir::Value createSegments(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value steps);

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_SIZEARITHMETIC_H
