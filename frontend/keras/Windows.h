//===- Windows.h - Windows that slide over sequences ------------*- C++ -*-===//
//
// What pooling and convolutions share: how large the windows are, how they move and
// what they see beyond the ends.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_WINDOWS_H
#define RONDO_FRONTEND_KERAS_WINDOWS_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// Windows over the steps of one tensor, (batch, steps, features).
struct PlacedWindows {
  int64_t size, stride, dilation;
  /// Steps that are missing in front of the first and behind the last window.
  DimExpr before, behind;
  /// How many windows there are.
  DimExpr count;

  bool isPadded() const { return before != DimExpr(0) || behind != DimExpr(0); }
  /// The tensor with the missing steps, which have this value.
  Tensor *pad(GraphBuilder &graph, Tensor *x, double value) const;
  /// Step `index` of each window of a padded tensor: (batch, count, features).
  Tensor *steps(GraphBuilder &graph, Tensor *x, int64_t index) const;
  /// The steps of each window of a padded tensor, combined two by two.
  template <typename Op> Tensor *combine(GraphBuilder &graph, Tensor *x) const {
    Tensor *result = steps(graph, x, 0);
    for (int64_t i = 1; i < size; ++i)
      result = graph.binary<Op>(result, steps(graph, x, i));
    return result;
  }
  /// The largest step of each window, and the average: what is padded does not count.
  Tensor *largest(GraphBuilder &graph, Tensor *x) const;
  Tensor *averages(GraphBuilder &graph, Tensor *x) const;

  // Of a padded tensor; null after a report.
  /// The steps of each window side by side: (batch, windows, size · channels).
  Tensor *sideBySide(GraphBuilder &graph, Tensor *x) const;
  /// The product with a kernel (size, channels of a group, filters).
  Tensor *product(GraphBuilder &graph, Tensor *x, Tensor *kernel, int64_t groups = 1) const;
  /// Each channel with filters of its own: a kernel (size, channels, filters of each).
  Tensor *depthwise(GraphBuilder &graph, Tensor *x, Tensor *kernel) const;
};

/// The arguments of a layer that say so.
class Windows {
public:
  enum class Padding { Valid, Same, Causal };

  /// Reads `sizeParameter`, `strides`, `padding` and, where the layer has it, `dilation_rate`.
  Windows(Config &config, llvm::StringRef sizeParameter, bool mayBeCausal = false);
  /// The same where the size is that of a kernel.
  Windows(Config &config, int64_t size);

  /// Nothing after a report.
  std::optional<PlacedWindows> place(LayerCall &call, const Tensor *x) const;

  int64_t size, stride = 1, dilation = 1;
  Padding padding = Padding::Valid;

private:
  void readPlacement(Config &config, bool mayBeCausal);

  std::string sizeName;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_WINDOWS_H
