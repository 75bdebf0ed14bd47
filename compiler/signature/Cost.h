//===- Cost.h - What an entry computes and moves ----------------*- C++ -*-===//
//
// A plain model of cost, op by op, as polynomials over the base symbols: enough to
// compare two graphs of one model.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIGNATURE_COST_H
#define RONDO_COMPILER_SIGNATURE_COST_H

#include "dialect/IR/DimExpr.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>

namespace rondo {

struct Cost {
  DimExpr flops; ///< as productFlops counts them
  DimExpr bytes;

  Cost operator+(const Cost &other) const { return {flops + other.flops, bytes + other.bytes}; }
  Cost operator-(const Cost &other) const { return {flops - other.flops, bytes - other.bytes}; }
};

/// Of an op at a rondo level. It reads each of its operands once and writes each
/// result that something uses once. Constants, sizes, broadcasts and reshapes move
/// nothing; what reads a broadcast reads what is repeated. That kernels fuse
/// elementwise ops, and how often they read from a cache, is not looked at. The ops
/// of a loop count for every step.
Cost costOf(mlir::Operation *op);

/// The sum over all ops of an entry.
Cost costOf(mlir::func::FuncOp entry);

/// What the ops of an entry cost that cost anything: flops and bytes, with numbers
/// for `sizes` where there are any, op, layer and place; the sum last.
std::string costTable(mlir::func::FuncOp entry, const SymbolSizes &sizes);

/// What such tables have of an amount: the polynomial and, for `sizes` where there are any, the
/// number; `?` for nothing.
std::string costColumn(const std::optional<DimExpr> &amount, const SymbolSizes &sizes);

/// "rondo.lstm  lstm  model.py:5", as far as the op has a layer and a place.
std::string describeOp(mlir::Operation &op, unsigned nameWidth);

/// One line of such a table.
std::string costLine(const Cost &cost, const SymbolSizes &sizes, const llvm::Twine &what);

} // namespace rondo

#endif // RONDO_COMPILER_SIGNATURE_COST_H
