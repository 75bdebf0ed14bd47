//===- ProductLayout.h - How a product is computed --------------*- C++ -*-===//
//
// Kernels multiply (batch…, m…, k…) by (batch…, k…, n…) and can read the left side
// transposed; what comes in another order is transposed first.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_KERNELS_PRODUCTLAYOUT_H
#define RONDO_COMPILER_KERNELS_PRODUCTLAYOUT_H

#include "dialect/IR/RondoDialect.h"

namespace rondo {

/// How the dimensions of both operands of a product are arranged.
struct ProductLayout {
  llvm::SmallVector<int64_t> lhs, rhs; ///< permutations
  bool transposeLhs = false;           ///< lhs is (batch…, k…, m…)
};

/// The layout that transposes fewest operands.
ProductLayout layoutOf(ContractOp op);

bool isIdentity(llvm::ArrayRef<int64_t> permutation);

} // namespace rondo

#endif // RONDO_COMPILER_KERNELS_PRODUCTLAYOUT_H
