//===- Residuals.h - What the backward pass keeps ---------------*- C++ -*-===//
//
// The values of a forward pass that its backward pass reads: they are what
// training needs memory for. dialect/IR/Residual.h says what may become of them.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H
#define RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H

#include "dialect/IR/Residual.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>

namespace rondo {

/// What a training form keeps for its gradient op, whichever of the two `op` is: gates and
/// cells of an LSTM, weights of an attention. Nothing for other ops.
llvm::SmallVector<mlir::RankedTensorType> cacheTypes(mlir::Operation *op);

/// A table of the residuals of `entry`, which has gradients: bytes as a polynomial
/// over the base symbols and for these sizes, shape, what was decided, op, layer
/// and place in the file; below it the bytes of what is saved.
std::string residualTable(mlir::func::FuncOp entry, SymbolSizes sizes);

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H
