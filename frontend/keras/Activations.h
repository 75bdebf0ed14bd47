//===- Activations.h - Activations with options -----------------*- C++ -*-===//
//
// What layers and functions build alike. Null operands give null.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_ACTIVATIONS_H
#define RONDO_FRONTEND_KERAS_ACTIVATIONS_H

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

/// x from `threshold` up to `most`, `slope * (x - threshold)` below.
Tensor *buildRelu(GraphBuilder &graph, Tensor *x, double slope, std::optional<double> most,
                  double threshold);
Tensor *buildLeakyRelu(GraphBuilder &graph, Tensor *x, double slope);
Tensor *buildElu(GraphBuilder &graph, Tensor *x, double alpha);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_ACTIVATIONS_H
