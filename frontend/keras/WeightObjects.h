//===- WeightObjects.h - What layers take for their weights -----*- C++ -*-===//
//
// keras.constraints and keras.regularizers from a table each: how a file names their classes, and
// what finds an object of one where it is an argument.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_WEIGHTOBJECTS_H
#define RONDO_FRONTEND_KERAS_WEIGHTOBJECTS_H

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {

/// How a class of Keras is written.
struct WeightClass {
  /// Keras may call a function of the module and the text of an argument differently.
  const char *className, *function, *text, *parameters;
};

/// A module of classes whose objects are of class `T`. `Entry` is a `WeightClass`; `OfFile` is the
/// class of those that are a function or an object of the file.
template <typename T, typename Entry, typename OfFile> struct WeightObjects {
  /// "constraint", of which the module has its name.
  const char *noun;
  llvm::ArrayRef<Entry> entries;
  /// An object of a class; an error after a report.
  Value (*make)(Session &session, const Entry &entry, BoundArguments &arguments);

  /// The object that a value stands for; an error after a report.
  Value find(Session &session, Value value, SourceRange place, llvm::StringRef what) const {
    if (value.isNone() || value.isError() || value.as<T>())
      return value;
    const auto *text = value.as<eval::Str>();
    const auto *native = value.as<Native>();
    const std::string name = text ? text->text : native ? native->name : "";
    std::vector<std::string> names;
    for (const Entry &entry : entries) {
      names.push_back(entry.text);
      if (name != entry.className && name != (text ? entry.text : entry.function))
        continue;
      // A class stands for an object with its defaults.
      const eval::Signature &signature =
          session.in.heap.signature(entry.className, entry.parameters);
      BoundArguments defaults(signature, place, place);
      return make(session, entry, defaults);
    }
    if (!text)
      return makeOfFile(session, value, place, what);
    eval::suggest(
        session.in.report(Code::InvalidArgument, place, "there is no {} called `{}`", noun, name),
        name, names, place);
    return Value::error();
  }

  /// What an argument of a layer says; null for None and after a report.
  const T *read(Config &config, llvm::StringRef parameter) const {
    const BoundArguments::Slot &slot = config.get(parameter);
    Value value = find(config.session, slot.value, slot.place,
                       fmt::format("`{}` of `{}`", parameter, config.arguments.signature.callee));
    config.isBroken |= value.isError();
    return value.as<T>();
  }

  /// The module; `unsupported` is what Keras has in it besides.
  KerasModule *add(Catalogue &catalogue, std::vector<std::string> unsupported) const {
    Session &session = catalogue.session;
    const std::string path = fmt::format("keras.{}s", noun);
    KerasModule *module = catalogue.addModule(path.c_str(), std::move(unsupported));
    for (const Entry &entry : entries)
      for (const char *name : {entry.className, entry.function})
        catalogue.addFunction(module, name, entry.parameters,
                              [this, &session, &entry](Interpreter &, BoundArguments &arguments) {
                                return make(session, entry, arguments);
                              });
    catalogue.addFunction(module, "get", "identifier",
                          [this, &session](Interpreter &, BoundArguments &arguments) {
                            const BoundArguments::Slot &slot = arguments["identifier"];
                            return find(session, slot.value, slot.place, fmt::format("a {}", noun));
                          });
    catalogue.addFunction(
        module, "serialize", noun, [this, path](Interpreter &in, BoundArguments &arguments) {
          Value value = arguments[noun].value;
          return value.isNone()
                     ? value
                     : Value(in.heap.make<eval::Opaque>(path + ".serialize", "", arguments.place));
        });
    return module;
  }

private:
  /// A class of the file stands for an object as well.
  Value makeOfFile(Session &session, Value value, SourceRange place, llvm::StringRef what) const {
    Interpreter &in = session.in;
    if (auto *type = value.as<eval::Class>()) {
      Arguments none{place, place, {}, {}};
      value = in.call(Value(type), none);
    }
    const eval::Object *object = value.getObject();
    if (object && object->isCallable())
      return in.heap.make<OfFile>(session, value, place);
    if (!value.isError())
      in.report(Code::InvalidArgument, place,
                "{} is a name, an object of keras.{}s, a function or None, got {}", what, noun,
                value.inWords());
    return Value::error();
  }
};

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_WEIGHTOBJECTS_H
