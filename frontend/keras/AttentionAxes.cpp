//===- AttentionAxes.cpp - The axes that attention is along ---------------===//

#include "frontend/keras/AttentionAxes.h"

namespace rondo::keras {

AttentionAxes::AttentionAxes(size_t rank, std::vector<int64_t> given)
    : attended(std::move(given)), others(between(rank, attended)) {}

std::vector<int64_t> AttentionAxes::between(size_t rank, llvm::ArrayRef<int64_t> without) {
  std::vector<int64_t> axes;
  for (int64_t axis = 1; axis + 1 < int64_t(rank); ++axis)
    if (!llvm::is_contained(without, axis))
      axes.push_back(axis);
  return axes;
}

std::vector<int64_t> AttentionAxes::order() const {
  std::vector<int64_t> axes{0};
  llvm::append_range(axes, others);
  llvm::append_range(axes, attended);
  return axes;
}

Axis AttentionAxes::joined(const Tensor *x, llvm::ArrayRef<int64_t> axes,
                           AxisMeaning meaning) const {
  if (axes.size() == 1)
    return x->axes[axes.front()];
  Axis axis{DimExpr(1), meaning};
  for (int64_t one : axes)
    axis.size = axis.size * x->size(one);
  return axis;
}

Tensor *AttentionAxes::fold(GraphBuilder &graph, Tensor *x) const {
  if (!x || isPlain())
    return x;
  std::vector<int64_t> permutation = order();
  llvm::ArrayRef<int64_t> samples = llvm::ArrayRef(permutation).drop_back(attended.size());
  Axes axes{joined(x, samples, AxisMeaning::Batch), joined(x, attended, AxisMeaning::Unknown),
            x->axes.back()};
  if (!llvm::is_sorted(permutation)) {
    permutation.push_back(int64_t(permutation.size()));
    x = graph.transpose(x, permutation);
  }
  return graph.reshape(x, std::move(axes));
}

Tensor *AttentionAxes::unfold(GraphBuilder &graph, Tensor *x, const Tensor *whole) const {
  if (!x || isPlain())
    return x;
  std::vector<int64_t> folded = order();
  Axes axes;
  for (int64_t axis : folded)
    axes.push_back(whole->axes[axis]);
  if (attended.size() == 1)
    axes.back() = x->axes[1];
  axes.insert(axes.end(), x->axes.begin() + 2, x->axes.end());
  const size_t rest = x->rank() - 2;
  x = graph.reshape(x, std::move(axes));
  if (llvm::is_sorted(folded))
    return x;
  std::vector<int64_t> permutation(folded.size() + rest);
  for (size_t i = 0; i < permutation.size(); ++i)
    permutation[i < folded.size() ? size_t(folded[i]) : i] = int64_t(i);
  return graph.transpose(x, permutation);
}

Axes AttentionAxes::leading(const Tensor *query, const Axis &heads) const {
  Axes axes{query->axes[0]};
  for (int64_t axis : others)
    axes.push_back(query->axes[axis]);
  axes.push_back(heads);
  return axes;
}

Axes AttentionAxes::pairs(const Tensor *query, const Tensor *key) const {
  Axes axes;
  for (const Tensor *x : {query, key})
    for (int64_t axis : attended)
      axes.push_back(x->axes[axis]);
  return axes;
}

Tensor *AttentionAxes::unfoldScores(GraphBuilder &graph, Tensor *scores, const Tensor *query,
                                    const Tensor *key) const {
  if (!scores || isPlain())
    return scores;
  Axes axes = leading(query, scores->axes[1]);
  if (attended.size() == 1)
    axes.insert(axes.end(), {scores->axes[2], scores->axes[3]});
  else
    llvm::append_range(axes, pairs(query, key));
  return graph.reshape(scores, std::move(axes));
}

Tensor *AttentionAxes::foldMask(GraphBuilder &graph, Tensor *mask, const Tensor *query,
                                const Tensor *key, const Axis &heads) const {
  if (!mask || isPlain())
    return mask;
  Axes whole = leading(query, heads);
  const size_t numSamples = others.size() + 1, numLeading = whole.size();
  llvm::append_range(whole, pairs(query, key));
  const size_t ownLeading = mask->rank() - 2 * attended.size();
  llvm::SmallVector<int64_t> dimensions;
  for (size_t i = 0; i < mask->rank(); ++i)
    dimensions.push_back(i < ownLeading ? i : numLeading + i - ownLeading);
  // Axes that become one are whole, or all of them 1.
  Axes folded, spread = whole;
  auto group = [&](size_t begin, size_t end) {
    bool isWhole = false;
    for (size_t i = 0; i < mask->rank(); ++i)
      isWhole |=
          size_t(dimensions[i]) >= begin && size_t(dimensions[i]) < end && !isOne(mask->size(i));
    Axis axis{DimExpr(1), isWhole ? AxisMeaning::Unknown : AxisMeaning::One};
    for (size_t i = begin; i < end; ++i) {
      if (!isWhole)
        spread[i] = axis;
      axis.size = axis.size * graph.session.resolve(spread[i].size);
    }
    folded.push_back(axis);
  };
  group(0, numSamples);
  group(numSamples, numLeading);
  group(numLeading, numLeading + attended.size());
  group(numLeading + attended.size(), whole.size());
  return graph.reshape(graph.broadcast(mask, spread, dimensions), std::move(folded));
}

} // namespace rondo::keras
