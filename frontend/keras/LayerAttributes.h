//===- LayerAttributes.h - What a file can ask a layer ----------*- C++ -*-===//
//
// Attributes of layers that are not about weights: the tensors of their calls, and
// the settings of their constructors.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_LAYERATTRIBUTES_H
#define RONDO_FRONTEND_KERAS_LAYERATTRIBUTES_H

#include "frontend/eval/Class.h"
#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// `input` and `output` of an operation, an error after a report where it is never called;
/// nothing for another name.
std::optional<Value> tensorAttribute(Interpreter &in, const Operation &operation,
                                     llvm::StringRef name, SourceRange place);
std::vector<std::string> tensorAttributeNames();

/// The shape of a tensor, or those of a list of them.
Value shapeOfTensors(Interpreter &in, Value tensors, SourceRange place);

/// `units`, `return_sequences`…: what a layer's constructor was given, and the configuration
/// that has all of it; nothing for another name.
std::optional<Value> settingAttribute(const Layer &layer, llvm::StringRef name);
std::vector<std::string> settingNames(const Layer &layer);

/// `from_config(config)` of a class, as Keras does it where the file does not say otherwise. `type`
/// makes the object; `name` is how messages call it.
Value fromConfigMethod(Interpreter &in, Value type, std::string name);

/// A class of Keras that classes of the file derive from, and that gives them `from_config` alone.
class PlainBase : public eval::NativeClass {
public:
  PlainBase(Interpreter &in, std::string name) : NativeClass(in, std::move(name), SourceRange()) {
    setBases({in.builtin("object").as<Class>()});
  }
  std::optional<Value> classMember(Class &type, llvm::StringRef member) override;
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_LAYERATTRIBUTES_H
