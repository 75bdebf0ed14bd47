//===- Tensor.cpp - Tensors of the reference interpreter ------------------===//
//
// Shapes and indices of Tensor.h.
//
//===----------------------------------------------------------------------===//

#include "dialect/reference/Tensor.h"

#include "mlir/IR/TypeUtilities.h"

#include <cassert>

using namespace mlir;

namespace rondo::reference {

int64_t numElements(llvm::ArrayRef<int64_t> shape) {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

Tensor::Tensor(Dtype dtype, llvm::ArrayRef<int64_t> shape)
    : Tensor(dtype, shape, std::vector<double>(numElements(shape), 0.0)) {}

Tensor::Tensor(Dtype dtype, llvm::ArrayRef<int64_t> shape, std::vector<double> values)
    : dtype(dtype), shape(shape.begin(), shape.end()), values(std::move(values)) {
  assert(numElements(this->shape) == int64_t(this->values.size()) && "a value for each element");
}

int64_t Tensor::offset(llvm::ArrayRef<int64_t> index) const {
  assert(index.size() == shape.size() && "an index for each dimension");
  int64_t offset = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    assert(0 <= index[d] && index[d] < shape[d] && "an index inside the tensor");
    offset = offset * shape[d] + index[d];
  }
  return offset;
}

Dtype dtypeOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (element.isInteger(1))
    return Dtype::Bool;
  return isa<IntegerType>(element) ? Dtype::Int : Dtype::Float;
}

Shape Environment::shapeOf(Type type) const {
  Shape shape;
  for (const DimExpr &dim : getDims(cast<RankedTensorType>(type))) {
    std::optional<int64_t> size = dim.evaluate(sizes);
    assert(size && "every symbol has a size");
    shape.push_back(*size);
  }
  return shape;
}

} // namespace rondo::reference
