//===- ProductLayout.cpp - How a product is computed ----------------------===//
//
// Contracted pairs have no order of their own: either operand's will do.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ProductLayout.h"
#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace rondo {

bool isIdentity(ArrayRef<int64_t> permutation) {
  return llvm::equal(permutation, llvm::seq<int64_t>(permutation.size()));
}

/// The dimensions of `rank` that are in neither list.
static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch,
                                     ArrayRef<int64_t> contract) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
      dims.push_back(dim);
  return dims;
}

/// The layout with the contracted pairs in the order in which `leading` has them.
static ProductLayout layoutLike(ContractOp op, ArrayRef<int64_t> leading) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(leading.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) { return leading[a] < leading[b]; });
  SmallVector<int64_t> lhsK, rhsK;
  for (int64_t pair : order) {
    lhsK.push_back(op.getLhsContract()[pair]);
    rhsK.push_back(op.getRhsContract()[pair]);
  }
  SmallVector<int64_t> m = freeDims(op.getLhs().getType().getRank(), op.getLhsBatch(), lhsK);
  SmallVector<int64_t> n = freeDims(op.getRhs().getType().getRank(), op.getRhsBatch(), rhsK);
  auto join = [](ArrayRef<int64_t> batch, ArrayRef<int64_t> first, ArrayRef<int64_t> second) {
    SmallVector<int64_t> dims(batch);
    llvm::append_range(dims, first);
    llvm::append_range(dims, second);
    return dims;
  };
  ProductLayout layout;
  layout.rhs = join(op.getRhsBatch(), rhsK, n);
  layout.lhs = join(op.getLhsBatch(), m, lhsK);
  SmallVector<int64_t> swapped = join(op.getLhsBatch(), lhsK, m);
  if (!isIdentity(layout.lhs) && isIdentity(swapped)) {
    layout.lhs = swapped;
    layout.transposeLhs = true;
  }
  return layout;
}

static int64_t countTransposes(const ProductLayout &layout) {
  return !isIdentity(layout.lhs) + !isIdentity(layout.rhs);
}

ProductLayout layoutOf(ContractOp op) {
  ProductLayout layout = layoutLike(op, op.getRhsContract());
  ProductLayout other = layoutLike(op, op.getLhsContract());
  return countTransposes(other) < countTransposes(layout) ? other : layout;
}

} // namespace rondo
