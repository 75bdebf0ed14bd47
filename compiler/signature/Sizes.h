//===- Sizes.h - Sizes to plan with -----------------------------*- C++ -*-===//
//
// A compiled model runs with any batch and time. Where compiling has to decide by
// memory or time, it decides for these sizes.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_SIGNATURE_SIZES_H
#define RONDO_COMPILER_SIGNATURE_SIZES_H

#include "dialect/IR/DimExpr.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace rondo {

/// Sizes of what a model leaves open.
struct PlanningSizes {
  SymbolSizes named;   ///< base symbols by name
  int64_t batch = 32;  ///< else of the batch
  int64_t steps = 100; ///< else of all other axes
};

/// The base symbols of `module`, which is at a rondo level, in the order of `dims`.
std::vector<std::string> symbolsOf(mlir::ModuleOp module);

/// The size of each. An error, for people, where `sizes` names a symbol that is none.
llvm::Expected<SymbolSizes> sizesOf(mlir::ModuleOp module, const PlanningSizes &sizes);

} // namespace rondo

#endif // RONDO_COMPILER_SIGNATURE_SIZES_H
