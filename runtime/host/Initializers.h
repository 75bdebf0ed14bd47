//===- Initializers.h - First values of variables ------------------*- C++ -*-===//
//
// Keras' initializers. The random streams of Keras' backends differ from each
// other, so only the distributions are Keras'; ours depend on the seed and the
// variable's path alone, or, as in Keras, on the initializer's own seed alone.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_RUNTIME_HOST_INITIALIZERS_H
#define RONDO_RUNTIME_HOST_INITIALIZERS_H

#include "runtime/host/Weights.h"
#include "llvm/ADT/ArrayRef.h"

namespace rondo::host {

/// Fresh weights for `model` from `seed`. Errors: an initializer that is not
/// known, or whose parameters make no sense.
llvm::Expected<FlatWeights> initialWeights(const rondo_model &model, uint64_t seed);

/// One variable's values, `parameter.size` floats.
llvm::Error initialize(const rondo_parameter_info &parameter, uint64_t seed,
                       llvm::MutableArrayRef<float> values);

} // namespace rondo::host

#endif // RONDO_RUNTIME_HOST_INITIALIZERS_H
