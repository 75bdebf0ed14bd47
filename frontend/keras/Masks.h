//===- Masks.h - Which steps of a sequence count ----------------*- C++ -*-===//
//
// Keras' masks: what a layer is handed of the masks of its inputs, and what its results
// get. Follows `__call__` in keras/src/layers/layer.py.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_MASKS_H
#define RONDO_FRONTEND_KERAS_MASKS_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// A mask for each of several tensors, null where there is none.
using Masks = std::vector<Tensor *>;

/// What a layer computes the masks of its results with.
class MaskCall {
public:
  MaskCall(LayerCall &call, bool isNamed) : call(call), graph(call.graph), isNamed(isNamed) {}

  /// `value` as the result of an operation that Keras makes beside the layer: it takes a number
  /// of the automatic names of `className`.
  Tensor *made(llvm::StringRef className, std::vector<Tensor *> inputs, Tensor *value);
  /// Where either holds, as an operation of its own.
  Tensor *either(Tensor *a, Tensor *b);

  LayerCall &call;
  GraphBuilder &graph;

private:
  /// Whether the file's graph is made: when the model runs nothing gets a name.
  const bool isNamed;
};

/// Where any element along the last axis holds.
Tensor *anyOverLast(GraphBuilder &graph, Tensor *condition);
/// x where the mask holds, else zeros.
Tensor *zeroWhereMasked(GraphBuilder &graph, Tensor *mask, Tensor *x);

/// The first that there is, or null.
const Tensor *firstMask(const Masks &masks);

/// Whether a mask is one of steps, (batch, steps), of a sequence with its steps along an axis.
/// False after a report.
bool checkMask(LayerCall &call, const Tensor *mask, const Tensor *x, size_t axis = 1);

/// The mask of a model's output as numbers, each for one of the values that a loss or metric makes
/// of it; null where all of them count. `what` is "the loss `mse`". False after a report.
bool maskOfValues(GraphBuilder &graph, const Tensor &output, const Tensor &values,
                  const std::string &what, SourceRange place, Tensor *&mask);

/// The masks around one call of a layer.
class MaskFlow {
public:
  /// `arguments` are those that the file wrote.
  MaskFlow(Layer &layer, LayerCall &call, const Arguments &arguments);

  /// Sets the masks that the layer is handed, those of `mask=` where the call has it. False after
  /// a report.
  bool hand();
  /// Gives the results their masks.
  void pass(const std::vector<Tensor *> &results);
  /// Masks that the layer is handed as arguments: inputs of its node.
  std::vector<Tensor *> nodeInputs;

private:
  bool readGiven(const BoundArguments::Slot &slot);
  /// The first other argument that is a tensor, or null.
  const BoundArguments::Slot *otherTensor() const;
  void warnIgnored(const BoundArguments::Slot &other);

  Layer &layer;
  LayerCall &call;
  Session &session;
  /// `isNamed`: the call gives a mask by name.
  const bool isTraced, isAlone, isNamed;
  /// Those of the inputs, in the file's graph and when the model runs.
  Masks built, run;
};

/// The masks of the tensors in a value, in the same structure.
Value masksOf(Interpreter &in, Value value, Tensor *Tensor::*which);
/// The masks in such a structure, null for None.
Masks flattened(Value masks);

/// Warns that the first of these masks ends at a layer.
void warnDropped(Session &session, const Operation &layer, const Masks &masks, SourceRange place);

/// Whether a layer or model, or what is inside it, would use the mask of an input.
bool usesMasks(Value layer);

/// `compute_mask` and `supports_masking` of a layer; nothing for another name.
std::optional<Value> maskAttribute(Interpreter &in, Layer &layer, llvm::StringRef name);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_MASKS_H
