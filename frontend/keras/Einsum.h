//===- Einsum.h - Products in Einstein's notation ---------------*- C++ -*-===//
//
// What EinsumDense, keras.ops.einsum and the attention layers, whose projections are products
// of that kind, share.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_EINSUM_H
#define RONDO_FRONTEND_KERAS_EINSUM_H

#include "frontend/keras/Ops.h"

namespace rondo::keras {

/// The product that `text` describes; `subscripts` is where the file says so. Null after a report.
Tensor *buildEinsum(OpCall &call, const BoundArguments::Slot &subscripts, llvm::StringRef text,
                    std::vector<Tensor *> tensors);

/// The initializer of a kernel whose axes are those of inputs and of outputs, where its numbers
/// depend on how many there are.
mlir::DictionaryAttr withUnitAxes(Session &session, mlir::DictionaryAttr initializer,
                                  llvm::ArrayRef<int64_t> inputs, llvm::ArrayRef<int64_t> outputs);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_EINSUM_H
