//===- Regions.h - Scalar regions on vectors --------------------*- C++ -*-===//
//
// The regions of kernel.map and kernel.matmul hold scalar arith and math ops,
// kernel.index and, in maps, kernel.random. Here they are checked, compared, and lifted to lanes.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_REGIONS_H
#define RONDO_COMPILER_CODEGEN_REGIONS_H

#include "compiler/codegen/Emitter.h"
#include "mlir/IR/Region.h"
#include <string>

namespace rondo::codegen {

/// Fails, with an error at the op, where `emitRegion` would not know an op.
mlir::LogicalResult checkRegion(mlir::Region &region);

/// A text that two regions share exactly when they compute the same.
std::string describeRegion(mlir::Region &region);

/// About how many vector operations the region takes.
int64_t regionCost(mlir::Region &region);

/// The result dimensions whose kernel.index the region reads.
llvm::SmallVector<unsigned> indexedDimensions(mlir::Region &region);

/// Emits the region on vectors: `arguments` are vectors, and so is the value
/// returned. `position(dim)` gives kernel.index; `element()`, the position among all
/// elements of the result, is what kernel.random draws from. Both are i32.
Value emitRegion(Emitter &e, mlir::Region &region, ValueRange arguments,
                 llvm::function_ref<Value(unsigned dim)> position = nullptr,
                 llvm::function_ref<Value()> element = nullptr);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_REGIONS_H
