//===- Ops.h - Operations on symbolic tensors -------------------*- C++ -*-===//
//
// How a call of keras.ops, or an operator, becomes ops and a node of the graph.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_OPS_H
#define RONDO_FRONTEND_KERAS_OPS_H

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

/// One application of an operation, while it is built.
class OpCall {
public:
  OpCall(Session &session, SourceRange place, std::string name, std::string callee)
      : graph(session, place, std::move(name), std::move(callee)) {}

  /// A symbolic tensor, or a number as a scalar; null after a report.
  Tensor *tensor(Value value, SourceRange place);
  Tensor *tensor(const BoundArguments::Slot &slot) { return tensor(slot.value, slot.place); }
  /// The tensors of a list.
  std::optional<std::vector<Tensor *>> tensors(const BoundArguments::Slot &slot);
  /// `axis=`: None for all axes, an integer, or several. Sorted, not negative.
  std::optional<llvm::SmallVector<int64_t>> axes(const BoundArguments::Slot &slot, const Tensor *x);
  std::optional<int64_t> axis(const BoundArguments::Slot &slot, size_t rank);
  bool boolean(const BoundArguments::Slot &slot);

  GraphBuilder graph;
  /// The symbolic tensors that were read: the inputs of the node.
  std::vector<Tensor *> inputs;
};

/// Builds an operation: gives it Keras' automatic name for `className`, or the
/// name of the Lambda around it, and records the node.
Value applyOp(Session &session, llvm::StringRef className, std::string callee, SourceRange place,
              llvm::function_ref<Tensor *(OpCall &)> build);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_OPS_H
