//===- Residual.h - What the backward pass saves ----------------*- C++ -*-===//
//
// An op of `@evaluate` or `@forward` may say in `rondo.residual` what becomes of its
// results that the backward pass reads; without the attribute all are saved.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_RESIDUAL_H
#define RONDO_DIALECT_IR_RESIDUAL_H

#include "dialect/IR/DimExpr.h"
#include "mlir/IR/Operation.h"
#include <string>

namespace rondo {

/// Values of `rondo.residual`. Results that are saved live until the backward pass
/// has read them. Others are computed again when it first needs them, from what is
/// saved and the arguments of the entry; a rondo.lstm then keeps its sequence and
/// no gates and cells, a rondo.attention no weights. With segments it keeps its state about every
/// √T steps, and the backward pass goes from one to the one before.
constexpr llvm::StringLiteral kSave = "save", kRecompute = "recompute", kSegments = "segments";

/// What `rondo.residual` of `op` says; empty without it.
llvm::StringRef decisionOf(mlir::Operation *op);

/// Whether the training form of `op` keeps a cache for its gradient op, which the latter
/// can do without: gates and cells of an LSTM, weights of an attention.
bool keepsCache(mlir::Operation *op);

/// Whether results of `op` may be computed again: not those of attention, recurrent layers
/// and loops, which cost too much, nor constants, which cost nothing to keep.
bool canRecompute(mlir::Operation *op);

/// The layer that a location names, or nothing.
llvm::StringRef layerOf(mlir::Location location);

/// `model.py:5`, or nothing where the location names no file.
std::string placeOf(mlir::Location location);

} // namespace rondo

#endif // RONDO_DIALECT_IR_RESIDUAL_H
