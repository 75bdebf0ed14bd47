//===- RondoRows.cpp - Rows of tables -------------------------------------===//
//
// rondo.gather and its transpose, rondo.scatter_add: constraints and derivatives.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"

using namespace mlir;

namespace rondo {

using Dims = llvm::SmallVector<DimExpr>;

static Dims dimsOf(Value value) { return getDims(cast<RankedTensorType>(value.getType())); }

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  Dims table = dimsOf(adaptor.getTable()), dims = dimsOf(adaptor.getIndices());
  // gather_c1
  if (table.empty())
    return emitOptionalError(location, "needs a table with at least one dimension");
  dims.append(table.begin() + 1, table.end());
  types.push_back(makeTensorType(dims, getElementTypeOrSelf(adaptor.getTable())));
  return success();
}

llvm::SmallVector<Value> GatherOp::getResiduals() { return {getIndices()}; }

// Forward: y[s…, d…] = x[i[s…], d…]. Backward: dx = the rows of dy, added up by their index.
LogicalResult GatherOp::buildVjp(OpBuilder &builder, ValueRange residuals,
                                 llvm::ArrayRef<Value> cotangents, llvm::ArrayRef<bool>,
                                 llvm::MutableArrayRef<Value> operandCotangents) {
  operandCotangents[0] =
      builder.create<ScatterAddOp>(getLoc(), getTable().getType(), residuals[0], cotangents[0]);
  return success();
}

//===----------------------------------------------------------------------===//
// Scatter-add
//===----------------------------------------------------------------------===//

LogicalResult ScatterAddOp::verify() {
  Dims updates = dimsOf(getUpdates()), needed = dimsOf(getIndices()), result = dimsOf(getResult());
  // scatter_add_c1
  if (result.empty())
    return emitOpError() << "needs a result with at least one dimension";
  needed.append(result.begin() + 1, result.end());
  if (updates != needed)
    return emitOpError() << "updates are " << describeDims(updates) << " but "
                         << describeDims(needed) << " is needed: the indices "
                         << describeDims(getIndices().getType()) << ", then a row of the result "
                         << describeDims(getType());
  // scatter_add_c2
  Type from = getElementTypeOrSelf(getUpdates()), to = getElementTypeOrSelf(getResult());
  if (from != to)
    return emitOpError() << "updates have elements " << from << " but the result has " << to;
  return success();
}

llvm::SmallVector<Value> ScatterAddOp::getResiduals() { return {getIndices()}; }

// Forward: y = the rows of x, added up by their index. Backward: dx[s…, d…] = dy[i[s…], d…].
LogicalResult ScatterAddOp::buildVjp(OpBuilder &builder, ValueRange residuals,
                                     llvm::ArrayRef<Value> cotangents, llvm::ArrayRef<bool>,
                                     llvm::MutableArrayRef<Value> operandCotangents) {
  operandCotangents[1] = builder.create<GatherOp>(getLoc(), cotangents[0], residuals[0]);
  return success();
}

} // namespace rondo
