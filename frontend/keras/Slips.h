//===- Slips.h - What was probably meant ------------------------*- C++ -*-===//
//
// Mends for slips that users of Keras make: arguments in another order, a tensor
// where a layer is made, a layer that is never called, a size that is no tuple.
// Each adds help, and a fix where there is one mend, to a message about the slip.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SLIPS_H
#define RONDO_FRONTEND_KERAS_SLIPS_H

#include "frontend/keras/OldNames.h"

namespace rondo::keras {

/// Where `parameter` is a positive integer, and the slot has something else.
void helpWithNumber(Session &session, diagnostics::Diagnostic &diagnostic,
                    const BoundArguments &arguments, llvm::StringRef parameter);

/// Where the slot is no activation: sizes and options that come too early.
void helpWithActivation(diagnostics::Diagnostic &diagnostic, const BoundArguments &arguments,
                        const BoundArguments::Slot &slot);

/// Where the shape of `Input`, or of another callee, is no tuple: its sizes are written
/// as arguments of their own.
void helpWithShape(diagnostics::Diagnostic &diagnostic, const BoundArguments &arguments,
                   const BoundArguments::Slot &shape);

/// Where a symbolic tensor is expected and the value is something else.
void helpWithTensor(diagnostics::Diagnostic &diagnostic, Value value);

/// Where a layer takes one tensor and gets these: a layer's states among them, or tensors
/// that can be joined.
void helpWithTensors(diagnostics::Diagnostic &diagnostic, llvm::ArrayRef<Tensor *> tensors);

/// Where a sequence is expected and `x` is none; `isOneMend` tells whether what made it can only
/// be meant to give all its steps.
void helpWithSequence(diagnostics::Diagnostic &diagnostic, const Tensor *x, bool isOneMend);

/// The class of a layer in keras.layers. A tensor among its arguments is reported, and
/// evaluation goes on with the call that was meant.
class LayerMaker : public KerasFunction {
public:
  using KerasFunction::KerasFunction;
  Value call(Interpreter &in, Arguments &arguments) override;
  eval::Class *asClass(Interpreter &in) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  /// `isinstance(layer, Dense)`.
  std::optional<bool> hasInstance(Value value) const override;

  Session *session = nullptr;
  /// keras.layers.Layer.
  eval::Class *layerClass = nullptr;

private:
  eval::Class *asBase = nullptr;
};

/// A function of keras.layers that joins a list of tensors: `add([a, b])`.
class MergingFunction : public KerasFunction {
public:
  using KerasFunction::KerasFunction;
  Value call(Interpreter &in, Arguments &arguments) override;
};

/// Whether `name` is a method of numpy's arrays, which is reported with the function that
/// symbolic tensors have for it.
bool reportMethod(Interpreter &in, const Tensor &tensor, llvm::StringRef name, SourceRange place);

/// Whether a call of a layer has its tensors one by one rather than as one list, which is
/// reported; `takesList` tells whether the layer takes one.
bool reportSpreadTensors(Interpreter &in, llvm::StringRef className, const Arguments &arguments,
                         bool takesList);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SLIPS_H
