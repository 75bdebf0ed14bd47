//===- Attention.h - What attention layers share ----------------*- C++ -*-===//
//
// Options of the call, and masks of scores.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_ATTENTION_H
#define RONDO_FRONTEND_KERAS_ATTENTION_H

#include "frontend/keras/Layer.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/RandomTensors.h"
#include "frontend/keras/Slips.h"

namespace rondo::keras {

/// The base of all of them.
class AttentionLayer : public Layer {
public:
  bool supportsMasking() const override { return true; }
  void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *x) const override {
    helpWithSequence(diagnostic, x, /*isOneMend=*/true);
  }

protected:
  AttentionLayer(Config &config, llvm::StringRef className)
      : Layer(config, className), dropoutRate(readRate(config, "dropout")) {
    // Numbers follow from the seed of the run and the step.
    config.ignore({"seed"});
  }

  /// While training, without some of the shares, the others larger.
  Tensor *droppedShares(LayerCall &call, Tensor *shares) {
    if (dropoutRate == 0)
      return shares;
    return whileTraining(call, shares,
                         [&](Tensor *x) { return dropout(call.graph, x, dropoutRate, x->axes); });
  }

  /// Reads an option of the call, which is no tensor.
  bool option(LayerCall &call, llvm::StringRef parameter) {
    BoundArguments::Slot &slot = call.arguments[parameter];
    bool value = session.in.truth(session.in.asCondition(slot.value, slot.place)).value_or(false);
    slot.value = Value();
    return value;
  }
  /// Where both hold; either may be null for everywhere.
  static Tensor *both(GraphBuilder &graph, Tensor *x, Tensor *y) {
    return x && y ? buildLogicalAnd(graph, x, y) : x ? x : y;
  }

  /// (queries, keys): keys that are not behind their query.
  static Tensor *causalMask(GraphBuilder &graph, const Tensor *query, const Tensor *key) {
    Tensor *rows = graph.expandDims(graph.range(query->axes[1].size), 1);
    return graph.predicate(ComparePredicate::ge, rows, graph.range(key->axes[1].size));
  }

  double dropoutRate;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_ATTENTION_H
