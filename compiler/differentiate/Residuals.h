//===- Residuals.h - What the backward pass keeps ---------------*- C++ -*-===//
//
// The values of a forward pass that its backward pass reads: they are what
// training needs memory for. An op of `@evaluate` may say in `rondo.residual`
// what becomes of its own; without the attribute all are saved.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H
#define RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H

#include "dialect/IR/DimExpr.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <array>
#include <string>

namespace rondo {

/// Values of `rondo.residual`. Results that are saved live until the backward pass
/// has read them. Others are computed again when it first needs them, from what is
/// saved and the arguments of the entry; a rondo.lstm then keeps its sequence and
/// no gates and cells.
constexpr llvm::StringLiteral kSave = "save", kRecompute = "recompute";

/// What `rondo.residual` of `op` says; empty without it.
llvm::StringRef decisionOf(mlir::Operation *op);

/// Whether results of `op` may be computed again: not those of recurrent layers
/// and loops, which cost too much, nor constants, which cost nothing to keep.
bool canRecompute(mlir::Operation *op);

/// The layer that a location names, or nothing.
llvm::StringRef layerOf(mlir::Location location);

/// Gates and cells of a rondo.lstm with these operands.
std::array<mlir::RankedTensorType, 2> cacheTypes(mlir::Value input, mlir::Value recurrentKernel);

/// The bytes of a tensor.
DimExpr bytesOf(mlir::RankedTensorType type);

/// A table of the residuals of `entry`, which has gradients: bytes as a polynomial
/// over the base symbols and for these sizes, shape, what was decided, op, layer
/// and place in the file; below it the bytes of what is saved.
std::string residualTable(mlir::func::FuncOp entry, const SymbolSizes &sizes);

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H
