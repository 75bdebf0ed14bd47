//===- Tensor.h - Tensors of the reference interpreter --------------------===//
//
// Values of the reference interpreter: dense, row-major, every number a double
// (ids and predicates too, which a double holds exactly), and the sizes of the
// symbols of one run.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_REFERENCE_TENSOR_H
#define RONDO_DIALECT_REFERENCE_TENSOR_H

#include "dialect/IR/DimExpr.h"

#include <utility>
#include <vector>

namespace rondo::reference {

/// What the elements stand for: f32 and f64, i32, i1.
enum class Dtype { Float, Int, Bool };

using Shape = llvm::SmallVector<int64_t, 4>;

/// The product of sizes.
int64_t numElements(llvm::ArrayRef<int64_t> shape);

/// A dense row-major tensor.
struct Tensor {
  Dtype dtype = Dtype::Float;
  Shape shape;
  std::vector<double> values;

  Tensor() = default;
  /// Zeros.
  Tensor(Dtype dtype, llvm::ArrayRef<int64_t> shape);
  /// `values` has as many elements as `shape` says.
  Tensor(Dtype dtype, llvm::ArrayRef<int64_t> shape, std::vector<double> values);

  int64_t rank() const { return shape.size(); }
  int64_t size() const { return values.size(); }

  /// The element at a multi-index with one entry for each dimension.
  double &at(llvm::ArrayRef<int64_t> index) { return values[offset(index)]; }
  double at(llvm::ArrayRef<int64_t> index) const { return values[offset(index)]; }

private:
  int64_t offset(llvm::ArrayRef<int64_t> index) const;
};

/// Calls `visit(index)` for each multi-index of `shape`, in row-major order.
template <typename Visit> void forEachIndex(llvm::ArrayRef<int64_t> shape, Visit visit) {
  Shape index(shape.size(), 0);
  for (int64_t count = numElements(shape); count > 0; --count) {
    visit(llvm::ArrayRef<int64_t>(index));
    for (size_t d = shape.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

/// The kind of elements of a rondo tensor type.
Dtype dtypeOf(mlir::Type type);

/// What the base symbols are in one run.
class Environment {
public:
  Environment() = default;
  explicit Environment(SymbolSizes sizes) : sizes(std::move(sizes)) {}

  const SymbolSizes &getSizes() const { return sizes; }

  /// The shape of a tensor type in this run. Every symbol of it has a size.
  Shape shapeOf(mlir::Type type) const;

  /// Zeros of the shape and the element kind of `type`.
  Tensor zeros(mlir::Type type) const { return Tensor(dtypeOf(type), shapeOf(type)); }

private:
  SymbolSizes sizes;
};

} // namespace rondo::reference

#endif // RONDO_DIALECT_REFERENCE_TENSOR_H
