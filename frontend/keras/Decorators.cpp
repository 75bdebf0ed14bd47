//===- Decorators.cpp - What stands in front of functions and classes -----===//
//
// Decorators that change nothing about a model, such as registrations for saving,
// and `functools`.
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

/// `functools.partial(f, …)`.
class Partial : public eval::Object {
public:
  Partial(Value function, std::vector<PlacedValue> positional,
          std::vector<eval::KeywordArgument> keywords)
      : function(function), positional(std::move(positional)), keywords(std::move(keywords)) {}
  std::string typeName() const override { return "partial"; }
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override {
    Arguments all = arguments;
    all.positional.insert(all.positional.begin(), positional.begin(), positional.end());
    all.implicit += positional.size();
    for (const eval::KeywordArgument &keyword : keywords)
      if (llvm::none_of(arguments.keywords, [&](const eval::KeywordArgument &given) {
            return given.name == keyword.name;
          }))
        all.keywords.push_back(keyword);
    return in.call(function, all);
  }

private:
  const Value function;
  const std::vector<PlacedValue> positional;
  const std::vector<eval::KeywordArgument> keywords;
};

Value refuseDataclass(Interpreter &in, BoundArguments &arguments) {
  return in.unsupported(arguments.calleePlace, "a dataclass is",
                        "write `__init__` with the fields as parameters, and assign them");
}

} // namespace

void addDecorators(Catalogue &catalogue) {
  Session &session = catalogue.session;
  auto module = [&](const char *name) {
    return static_cast<eval::Module *>(catalogue.findModule(name));
  };
  for (const char *name : {"keras.saving", "keras.utils"})
    catalogue.addFunction(module(name), "register_keras_serializable",
                          "package='Custom', name=None",
                          [](Interpreter &in, BoundArguments &) { return unchanged(in); });
  catalogue.addFunction(module("tensorflow"), "function", "*args, **kwargs", decorateOrConfigure);

  KerasModule *functools = catalogue.addModule("functools");
  catalogue.addFunction(functools, "wraps", "wrapped, assigned=None, updated=None",
                        [](Interpreter &in, BoundArguments &) { return unchanged(in); });
  for (const char *name : {"lru_cache", "cache"})
    catalogue.addFunction(functools, name, "*args, maxsize=128, typed=False", decorateOrConfigure);
  catalogue.addFunction(functools, "partial", "func, /, *args, **kwargs",
                        [](Interpreter &in, BoundArguments &arguments) -> Value {
                          return in.heap.make<Partial>(arguments["func"].value, arguments.rest,
                                                       arguments.restKeywords);
                        });

  KerasModule *abc = catalogue.addModule("abc");
  abc->members["ABC"] = session.in.builtin("object");
  catalogue.addFunction(
      abc, "abstractmethod", "function, /",
      [](Interpreter &, BoundArguments &arguments) { return arguments["function"].value; });
  KerasModule *dataclasses = catalogue.addModule("dataclasses");
  for (const char *name : {"dataclass", "field"})
    catalogue.addFunction(dataclasses, name, "*args, **kwargs", refuseDataclass);
}

} // namespace rondo::keras
