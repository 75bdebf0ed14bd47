//===- Traffic.h - What kernels read and write ------------------*- C++ -*-===//
//
// The memory traffic of an entry as it runs: elementwise ops that have become one
// kernel read and write memory once.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_TRAFFIC_H
#define RONDO_COMPILER_KERNELS_TRAFFIC_H

#include "dialect/IR/DimExpr.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <string>

namespace rondo {

/// A line for each kernel of an entry at the kernels level: the bytes that it reads and
/// writes, as polynomials over the base `symbols` and, for `sizes` where there are any, as
/// numbers; kernel, layer and place. The sum last. Kernels of a loop count for every step.
/// `?` stands where sizes are no polynomials; the sum leaves these out and says so.
std::string trafficTable(mlir::func::FuncOp entry, llvm::ArrayRef<std::string> symbols,
                         const SymbolSizes &sizes);

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_TRAFFIC_H
