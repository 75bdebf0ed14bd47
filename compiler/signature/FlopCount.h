//===- FlopCount.h - How much arithmetic an entry does ----------*- C++ -*-===//
//
// What benchmarks divide by. Only products are counted, which dominate as soon
// as a model is large enough for the number to matter.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIGNATURE_FLOPCOUNT_H
#define RONDO_COMPILER_SIGNATURE_FLOPCOUNT_H

#include "dialect/IR/DimExpr.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace rondo {

/// Floating-point operations of the products in an op at a rondo level: 2MNK for a
/// `rondo.contract`, 8·B·T·H·(D+H) for a `rondo.lstm` (its products with both
/// kernels), twice that for a `rondo.lstm_grad`, 2·B·T·H·GH for a
/// `rondo.rnn` or `rondo.rnn_grad` of G gates.
DimExpr productFlops(mlir::Operation *op);

/// The same of all ops in `entry`.
DimExpr countFlops(mlir::func::FuncOp entry);

} // namespace rondo

#endif // RONDO_COMPILER_SIGNATURE_FLOPCOUNT_H
