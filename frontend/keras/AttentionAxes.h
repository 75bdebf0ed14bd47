//===- AttentionAxes.h - The axes that attention is along -------*- C++ -*-===//
//
// `attention_axes` of MultiHeadAttention: grids attend along some of their axes, and what the other
// axes run over are samples of their own. Folded, all of it is attention between sequences.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_ATTENTIONAXES_H
#define RONDO_FRONTEND_KERAS_ATTENTIONAXES_H

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

class AttentionAxes {
public:
  /// Of tensors of this rank: batch, axes, features. `attended` are in the order of the file.
  AttentionAxes(size_t rank, std::vector<int64_t> attended);
  /// Along all axes but batch and features.
  explicit AttentionAxes(size_t rank) : AttentionAxes(rank, between(rank)) {}

  /// Whether it is of sequences, which stay as they are.
  bool isPlain() const { return others.empty() && attended.size() == 1; }

  /// (batch, …, features) as (samples, positions, features).
  Tensor *fold(GraphBuilder &graph, Tensor *x) const;
  /// (samples, positions, …) with the axes that `whole` has in front of its features.
  Tensor *unfold(GraphBuilder &graph, Tensor *x, const Tensor *whole) const;
  /// (samples, heads, queries, keys) as Keras gives them: (batch, others, heads, query's, key's).
  Tensor *unfoldScores(GraphBuilder &graph, Tensor *scores, const Tensor *query,
                       const Tensor *key) const;

  /// The axes that a mask of pairs may have: (batch, others, heads), then those of pairs.
  Axes leading(const Tensor *query, const Axis &heads) const;
  Axes pairs(const Tensor *query, const Tensor *key) const;
  /// A mask of pairs, with as many of the leading axes as it has, for folded scores. Null for null.
  Tensor *foldMask(GraphBuilder &graph, Tensor *mask, const Tensor *query, const Tensor *key,
                   const Axis &heads) const;

  /// Axes of the tensors, neither the batch nor the features.
  const std::vector<int64_t> attended;
  /// The rest of them, in order.
  const std::vector<int64_t> others;

private:
  static std::vector<int64_t> between(size_t rank, llvm::ArrayRef<int64_t> without = {});
  /// Batch, others, attended: the axes of a tensor as `fold` orders them.
  std::vector<int64_t> order() const;
  /// All of these as one axis; a single one as it is.
  Axis joined(const Tensor *x, llvm::ArrayRef<int64_t> axes, AxisMeaning meaning) const;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_ATTENTIONAXES_H
