//===- Arguments.h - Calls and parameters -----------------------*- C++ -*-===//
//
// The arguments of a call with their places, and how they meet a parameter
// list: one binding, with one set of messages, for functions of the file, for
// Python's builtins and for everything of Keras.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_ARGUMENTS_H
#define RONDO_FRONTEND_EVAL_ARGUMENTS_H

#include "frontend/eval/Value.h"

namespace rondo::eval {

struct PlacedValue {
  Value value;
  SourceRange place;
};

struct KeywordArgument {
  std::string name;
  SourceRange namePlace;
  Value value;
  SourceRange place;
};

/// The first opaque value in a value, also inside of lists and dicts; null if none.
const Opaque *opaqueIn(Value value);
/// Whether a value is, or holds, what follows a report.
bool holdsError(Value value);
/// Whether a value is, or holds, a symbolic tensor.
bool holdsTensor(Value value);

/// A call as it is written, `*` and `**` expanded.
struct Arguments {
  /// The whole call, and what is called.
  SourceRange place;
  SourceRange calleePlace;
  std::vector<PlacedValue> positional;
  std::vector<KeywordArgument> keywords;
  /// How many of the first positional ones are not written: the object of a method.
  size_t implicit = 0;

  /// What is given by this name; null where nothing is.
  KeywordArgument *find(llvm::StringRef name);
  const KeywordArgument *find(llvm::StringRef name) const;
  /// As if nothing were given by this name.
  void drop(llvm::StringRef name);

  bool hasError() const;
  /// The first opaque value, or null.
  const Opaque *firstOpaque() const;
  struct PlacedOpaque {
    const Opaque *opaque;
    SourceRange place;
  };
  /// The first opaque value, also inside of lists and dicts.
  std::optional<PlacedOpaque> findOpaque() const;
  /// Whether there is a symbolic tensor among them, also inside of lists and dicts.
  bool holdTensor() const;
};

/// A call's values by parameter.
class BoundArguments {
public:
  struct Slot {
    Value value;
    /// The argument, or the whole call where the default serves.
    SourceRange place;
    bool given = false;
    /// Whether the argument has a name that the function does not have, and this one is
    /// the closest.
    bool isGuess = false;
  };

  BoundArguments(const Signature &signature, SourceRange place, SourceRange calleePlace);

  /// The value of a parameter that the signature has.
  Slot &operator[](llvm::StringRef name) { return slots[indexOf(name)]; }
  const Slot &operator[](llvm::StringRef name) const { return slots[indexOf(name)]; }
  bool has(llvm::StringRef name) const;

  const Signature &signature;
  SourceRange place;
  SourceRange calleePlace;
  /// One for each parameter; `*args` and `**kwargs` have theirs below instead.
  std::vector<Slot> slots;
  std::vector<PlacedValue> rest;
  std::vector<KeywordArgument> restKeywords;

private:
  size_t indexOf(llvm::StringRef name) const;
};

/// Binds a call, and reports what does not fit. Keywords and positions that do
/// not exist are reported and dropped, so that the rest of the call can still be
/// checked; nothing is returned where a required argument is missing.
std::optional<BoundArguments> bind(Interpreter &in, const Signature &signature,
                                   Arguments &arguments);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_ARGUMENTS_H
