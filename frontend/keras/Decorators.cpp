//===- Decorators.cpp - What stands in front of functions and classes -----===//
//
// Decorators that change nothing about a model, such as registrations for saving.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {
namespace {

/// Gives back what it decorates.
Value unchanged(Interpreter &in) {
  return in.heap.make<Native>(
      "decorator", "function, /",
      [](Interpreter &, BoundArguments &arguments) { return arguments["function"].value; });
}

/// A decorator with or without arguments of its own: `@tf.function`, `@tf.function(…)`.
Value decorateOrConfigure(Interpreter &in, BoundArguments &arguments) {
  Value function = arguments.rest.empty() ? Value() : arguments.rest.front().value;
  const eval::Object *object = function.getObject();
  return object && object->isCallable() ? function : unchanged(in);
}

} // namespace

void addDecorators(Catalogue &catalogue) {
  auto module = [&](const char *name) {
    return static_cast<eval::Module *>(catalogue.findModule(name));
  };
  Session &session = catalogue.session;
  for (const char *name : {"keras.saving", "keras.utils"})
    catalogue.addFunction(
        module(name), "register_keras_serializable", "package='Custom', name=None",
        [&session](Interpreter &in, BoundArguments &) -> Value {
          return in.heap.make<Native>("decorator", "function, /",
                                      [&session](Interpreter &, BoundArguments &arguments) {
                                        Value function = arguments["function"].value;
                                        if (const eval::Object *object = function.getObject())
                                          session.registered.insert(object);
                                        return function;
                                      });
        });
  catalogue.addFunction(module("tensorflow"), "function", "*args, **kwargs", decorateOrConfigure);
}

} // namespace rondo::keras
