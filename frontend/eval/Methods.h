//===- Methods.h - Tables of methods ----------------------------*- C++ -*-===//
//
// A builtin type has one table of methods. A method that a file takes from an
// object is a Native that has captured the object.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_METHODS_H
#define RONDO_FRONTEND_EVAL_METHODS_H

#include "frontend/eval/Interpreter.h"

namespace rondo::eval {

template <typename T> struct Method {
  const char *name;
  const char *parameters;
  Value (*body)(T &self, Interpreter &in, BoundArguments &args);
  /// Pass where it keeps its arguments whatever they are: a list stays as long as Python's.
  Native::Opaques opaques = Native::Opaques::Swallow;
};

/// What a method costs beyond its steps, because it goes over the whole object.
template <typename T> uint64_t costOf(const T &) { return 0; }
template <> inline uint64_t costOf(const Str &self) { return self.text.size() / 256; }

template <typename T, size_t N>
std::optional<Value> findMethod(const Method<T> (&methods)[N], T &self, Interpreter &in,
                                llvm::StringRef name) {
  for (const Method<T> &method : methods)
    if (name == method.name)
      return Value(in.heap.make<Native>(
          method.name, method.parameters,
          [&self, body = method.body](Interpreter &in, BoundArguments &args) {
            return in.step(args.place, costOf(self)) ? body(self, in, args) : Value::error();
          },
          method.opaques));
  return std::nullopt;
}

template <typename T, size_t N>
std::vector<std::string> methodNames(const Method<T> (&methods)[N]) {
  std::vector<std::string> names;
  for (const Method<T> &method : methods)
    names.push_back(method.name);
  return names;
}

/// The text of a string argument; nothing after a report.
std::optional<llvm::StringRef> textArgument(Interpreter &in, const BoundArguments &args,
                                            llvm::StringRef name);
/// An integer argument of 64 bits; nothing after a report.
std::optional<int64_t> integerArgument(Interpreter &in, const BoundArguments &args,
                                       llvm::StringRef name);
/// The position of an equal element between `start` and `stop`; nothing after a report.
std::optional<size_t> findElement(Interpreter &in, const std::vector<Value> &elements,
                                  BoundArguments &args, llvm::StringRef owner);

/// Sorts by `key=` and `reverse=`. False after a report.
bool sortValues(Interpreter &in, std::vector<Value> &values, const BoundArguments &args,
                SourceRange place);
/// Takes over `mapping` and keyword arguments, as dict() and update() do. False after a
/// report.
bool updateDict(Interpreter &in, Dict &dict, const BoundArguments &args);

/// Says that a builtin function expects something else than it found; an error.
Value reportExpected(Interpreter &in, SourceRange place, llvm::StringRef callee,
                     llvm::StringRef expected, Value found);

/// Counts the work of going over so many elements at once. False where that is too much.
bool chargeElements(Interpreter &in, uint64_t count, SourceRange place);
/// Counts the work of looking for a text in another.
bool chargeSearch(Interpreter &in, llvm::StringRef text, llvm::StringRef sought, SourceRange place);

/// The characters of UTF-8 text.
std::vector<llvm::StringRef> charactersOf(llvm::StringRef text);
bool isAscii(llvm::StringRef text);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_METHODS_H
