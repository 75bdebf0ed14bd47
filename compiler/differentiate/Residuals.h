//===- Residuals.h - What the backward pass keeps ---------------*- C++ -*-===//
//
// The values of a forward pass that its backward pass reads: they are what
// training needs memory for.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H
#define RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>

namespace rondo {

/// A table of the residuals of `@loss_and_gradients` at the gradients level: bytes
/// as a polynomial over the base symbols, shape, op, layer and place in the file.
std::string residualTable(mlir::func::FuncOp lossAndGradients);

} // namespace rondo

#endif // RONDO_COMPILER_DIFFERENTIATE_RESIDUALS_H
