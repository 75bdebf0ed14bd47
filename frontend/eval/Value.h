//===- Value.h - What a model file computes with ----------------*- C++ -*-===//
//
// Values of the evaluator: numbers inline, everything else a pointer to an
// Object. The evaluator knows Python's own objects; what belongs to Keras
// (layers, symbolic tensors, models) derives from Object elsewhere and answers
// through its virtual functions, named after Python's slots. Objects live in a
// Heap until evaluation is over: a model file is short, and so cycles and deep
// structures need no care.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_VALUE_H
#define RONDO_FRONTEND_EVAL_VALUE_H

#include "frontend/syntax/AST.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rondo::eval {

using diagnostics::Code;
using diagnostics::SourceRange;

class Class;
class Exception;
class Interpreter;
class Iterator;
class NdArray;
class Object;
class BoundArguments;
struct Arguments;

/// A value: trivially copyable, 16 bytes. An error value stands for the result
/// of something that has been reported; whatever meets it stays quiet.
class Value {
public:
  enum class Kind : uint8_t { None, Bool, Int, Float, Ellipsis, Error, Object };

  Value() = default; // None
  Value(Object *object) : tag(Kind::Object), object(object) {}
  static Value boolean(bool b) { return Value(Kind::Bool, b); }
  static Value integer(int64_t i) { return Value(Kind::Int, i); }
  static Value real(double d) {
    Value value(Kind::Float, 0);
    value.floating = d;
    return value;
  }
  static Value ellipsis() { return Value(Kind::Ellipsis, 0); }
  static Value error() { return Value(Kind::Error, 0); }

  Kind kind() const { return tag; }
  bool isNone() const { return tag == Kind::None; }
  bool isBool() const { return tag == Kind::Bool; }
  bool isInt() const { return tag == Kind::Int; }
  bool isFloat() const { return tag == Kind::Float; }
  bool isEllipsis() const { return tag == Kind::Ellipsis; }
  bool isError() const { return tag == Kind::Error; }

  /// An int or bool as an integer, as Python's arithmetic sees it.
  std::optional<int64_t> asInteger() const {
    return isInt() || isBool() ? std::optional<int64_t>(integral) : std::nullopt;
  }
  /// An int, bool or float as a float.
  std::optional<double> asReal() const {
    if (isFloat())
      return floating;
    return isInt() || isBool() ? std::optional<double>(double(integral)) : std::nullopt;
  }
  bool getBool() const { return integral != 0; }

  Object *getObject() const { return tag == Kind::Object ? object : nullptr; }
  /// The object if it is a `T`, otherwise null.
  template <typename T> T *as() const {
    return tag == Kind::Object ? dynamic_cast<T *>(object) : nullptr;
  }

  /// "int", "list", "Tensor": for messages.
  std::string typeName() const;
  /// As Python's repr(), cut where it becomes long.
  std::string repr(unsigned depth = 0) const;
  /// As Python's str().
  std::string str() const;
  /// As messages show it: short, whatever its size.
  std::string inWords() const;

private:
  Value(Kind tag, int64_t integral) : tag(tag), integral(integral) {}

  Kind tag = Kind::None;
  union {
    int64_t integral = 0;
    double floating;
    Object *object;
  };
};

/// Python's ==. Objects without an equality of their own are equal to themselves.
bool equal(Value a, Value b, unsigned depth = 0);
/// How many values this thread has compared since the last call. Nested values
/// can be small and take for ever: the interpreter counts this as its own work,
/// and beyond a limit everything is unequal until it has done so.
uint64_t takeComparisons();
/// Counts other work of values, such as the digits of a long integer, with them.
void countWork(uint64_t work);
/// Python's `is`.
bool identical(Value a, Value b);
/// Whether Python can use the value as a key of a dict.
bool isHashable(Value value);
/// Python's hash(); of text and objects some number.
size_t hashOf(Value value);
/// The elements of a container between brackets, each as its repr().
std::string reprOf(const Object &container, const std::vector<Value> &elements, const char *open,
                   const char *close, unsigned depth);
/// str() or repr() in full; nothing where that is longer than `limit` bytes.
std::optional<std::string> fullText(Value value, bool isRepr, size_t limit);

/// What a value was used for that it is not made for.
enum class Misuse { Call, Iteration, Unpacking, Assignment, Argument };

/// What is not a number. The defaults say "an object that cannot do that".
class Object {
public:
  virtual ~Object() = default;

  virtual std::string typeName() const = 0;
  virtual std::string repr(unsigned depth) const { return "<" + typeName() + ">"; }
  virtual std::string str() const { return repr(0); }
  virtual std::string inWords() const;
  /// Adds to a message about a misuse of the object what helps; `user` is the function
  /// that it is an argument of.
  virtual void explainMisuse(diagnostics::Diagnostic &diagnostic, Misuse misuse,
                             llvm::StringRef user) const {}
  virtual bool truth() const { return true; }
  /// Whether asking for its truth means something.
  virtual bool hasTruth() const { return true; }
  /// Whether it stands for True or False, nobody knows which.
  virtual bool isUndecided() const { return false; }
  /// What helps where it does not.
  virtual const char *truthHelp() const {
    return "`keras.ops.where(condition, x, y)` chooses elementwise when it runs";
  }
  virtual bool equals(const Object &other, unsigned depth) const { return this == &other; }
  virtual bool isHashable() const { return true; }
  virtual size_t hash() const { return std::hash<const void *>()(this); }

  /// The attribute, or nothing when there is none: the caller reports it.
  virtual std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
    return std::nullopt;
  }
  /// `object.name = value`. False when the object has no attribute of this name that
  /// can be set: the caller reports it.
  virtual bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) {
    return false;
  }
  /// Whether calling a method may change what a model file can ask the object.
  virtual bool isChangedBy(llvm::StringRef method) const { return true; }
  /// For suggestions, and for `from module import *`.
  virtual std::vector<std::string> attributeNames() const { return {}; }
  /// Whether the name exists under Python and reading it here is an error.
  virtual bool isUnsupported(llvm::StringRef name) const { return false; }
  /// What a misspelt attribute may have been meant to be.
  virtual std::vector<std::string> knownNames() const { return attributeNames(); }

  virtual bool isCallable() const { return false; }
  virtual Value call(Interpreter &in, Arguments &arguments);
  /// `array[index]`, where the index is or contains this value; nothing: arrays have no such index.
  virtual std::optional<Value> subscriptOf(Interpreter &in, NdArray &array, Value index,
                                           SourceRange place) {
    return std::nullopt;
  }
  /// `self[index]`; nothing: not subscriptable.
  virtual std::optional<Value> subscript(Interpreter &in, Value index, SourceRange place) {
    return std::nullopt;
  }
  /// `self op other`, or `other op self` when `reflected`; nothing: not defined.
  virtual std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value other,
                                      bool reflected, SourceRange place) {
    return std::nullopt;
  }
  virtual std::optional<Value> unary(Interpreter &in, ast::UnaryOp op, SourceRange place) {
    return std::nullopt;
  }
  /// `self op other`; nothing: as any two values compare.
  virtual std::optional<Value> compare(Interpreter &in, ast::CompareOp op, Value other,
                                       SourceRange place) {
    return std::nullopt;
  }
  /// `abs(self)`; nothing: not defined.
  virtual std::optional<Value> absolute(Interpreter &in, SourceRange place) { return std::nullopt; }
  /// `len(self)`; nothing: has none.
  virtual std::optional<uint64_t> length() const { return std::nullopt; }
  /// Goes over the elements; null: it has none.
  virtual Iterator *iterator(Interpreter &in, SourceRange place) { return nullptr; }
  /// `value in self`; nothing: by iteration.
  virtual std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) {
    return std::nullopt;
  }
  /// `self[index] = value`. False when elements cannot be assigned: the caller reports it.
  virtual bool setSubscript(Interpreter &in, Value index, Value value, SourceRange place) {
    return false;
  }
  /// `del self[index]`. False when elements cannot be deleted: the caller reports it.
  virtual bool deleteSubscript(Interpreter &in, Value index, SourceRange place) { return false; }
  /// `del self.name`. False when there is no such attribute: the caller reports it.
  virtual bool deleteAttribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
    return false;
  }
  /// `float(self)`; nothing: is no number.
  virtual std::optional<double> number(Interpreter &in, SourceRange place) { return std::nullopt; }
  /// What type(self) is, where that is more than a name: a class of Keras. Null: a name.
  virtual Object *typeObject(Interpreter &in) const { return nullptr; }
  /// What a class of the file derives from where it names this as a base; null: nothing.
  virtual Class *asClass(Interpreter &in) { return nullptr; }
  /// `isinstance(value, self)`; nothing: self is no type.
  virtual std::optional<bool> hasInstance(Value value) const { return std::nullopt; }
};

class Str : public Object {
public:
  explicit Str(std::string text) : text(std::move(text)) {}
  std::string typeName() const override { return "str"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  std::string str() const override { return text; }
  bool truth() const override { return !text.empty(); }
  bool equals(const Object &other, unsigned depth) const override;
  size_t hash() const override { return std::hash<std::string>()(text); }
  std::optional<uint64_t> length() const override;
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;

  const std::string text;
};

/// A list or a tuple.
class Sequence : public Object {
public:
  explicit Sequence(std::vector<Value> elements) : elements(std::move(elements)) {}
  std::string inWords() const override;
  bool truth() const override { return !elements.empty(); }
  bool equals(const Object &other, unsigned depth) const override;
  std::optional<uint64_t> length() const override { return elements.size(); }
  Iterator *iterator(Interpreter &in, SourceRange place) override;

  std::vector<Value> elements;
};

class List : public Sequence {
public:
  using Sequence::Sequence;
  std::string typeName() const override { return "list"; }
  std::string repr(unsigned depth) const override;
  bool isHashable() const override { return false; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
};

class Tuple : public Sequence {
public:
  explicit Tuple(std::vector<Value> elements);
  std::string typeName() const override { return "tuple"; }
  std::string repr(unsigned depth) const override;
  bool isHashable() const override { return allHashable; }
  size_t hash() const override { return hashValue; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;

private:
  // Known from the start: nested tuples are long to ask.
  const bool allHashable;
  const size_t hashValue;
};

class Dict : public Object {
public:
  struct Entry {
    Value key;
    Value value;
  };
  std::string typeName() const override { return "dict"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  bool truth() const override { return !index.empty(); }
  bool equals(const Object &other, unsigned depth) const override;
  bool isHashable() const override { return false; }
  std::optional<uint64_t> length() const override { return size(); }
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  /// What `self[key]` is where the key is missing; nothing: an error.
  virtual std::optional<Value> missing(Interpreter &in, Value key, SourceRange place) {
    return std::nullopt;
  }

  size_t size() const { return index.size(); }
  /// The value of a hashable key, or null.
  const Value *find(Value key) const;
  void set(Value key, Value value);
  bool erase(Value key);
  void clear();
  /// In order of insertion.
  std::vector<Entry> items() const;
  /// The first entry at `position` or after it, and the position after that; false at
  /// the end. Positions hold while nothing is erased.
  bool next(size_t &position, Entry &entry) const;

private:
  struct Hash {
    size_t operator()(const Value &value) const { return hashOf(value); }
  };
  struct Equal {
    bool operator()(const Value &a, const Value &b) const { return equal(a, b); }
  };
  // Erased entries leave a gap, marked by an error key.
  std::vector<Entry> entries;
  std::unordered_map<Value, size_t, Hash, Equal> index;
};

/// range(…): never expanded.
class Range : public Object {
public:
  Range(int64_t start, int64_t stop, int64_t step) : start(start), stop(stop), step(step) {}
  std::string typeName() const override { return "range"; }
  std::string repr(unsigned depth) const override;
  bool truth() const override { return size() != 0; }
  bool equals(const Object &other, unsigned depth) const override;
  std::optional<uint64_t> length() const override { return size(); }
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  uint64_t size() const;
  int64_t at(uint64_t i) const { return int64_t(uint64_t(start) + i * uint64_t(step)); }

  const int64_t start, stop, step;
};

/// `start:stop:step` in a subscript.
class Slice : public Object {
public:
  Slice(Value start, Value stop, Value step) : start(start), stop(stop), step(step) {}
  std::string typeName() const override { return "slice"; }
  std::string repr(unsigned depth) const override;

  /// The positions that it takes of `size` elements.
  struct Span {
    int64_t start = 0, step = 1, count = 0;
    int64_t at(int64_t i) const { return start + i * step; }
  };
  /// Nothing after a report.
  std::optional<Span> span(Interpreter &in, int64_t size, SourceRange place) const;

  const Value start, stop, step;
};

/// Where names live: the file, one call of a function, one comprehension.
class Scope : public Object {
public:
  Scope(Scope *parent, const llvm::StringMap<char> *locals) : parent(parent), locals(locals) {}
  std::string typeName() const override { return "scope"; }

  /// The lexically enclosing scope; null for the file's.
  Scope *const parent;
  /// Names that the function assigns anywhere, so that reading them before is an
  /// error; null where every assignment makes a name.
  const llvm::StringMap<char> *const locals;
  llvm::StringMap<Value> names;
  /// Names declared `global` or `nonlocal`, and the scope that they mean.
  llvm::StringMap<Scope *> redirected;
  /// What `super()` is about: the first argument of a call, and the class around.
  std::optional<Value> firstArgument;
  Class *definedClass = nullptr;
  /// Whether it is the body of a class, whose names its functions do not see.
  bool isClassBody = false;
  /// A comprehension's: `:=` in it assigns outside.
  bool isComprehension = false;
};

/// The parameters of something callable.
struct Signature {
  struct Parameter {
    ast::Parameter::Kind kind = ast::Parameter::Kind::Positional;
    std::string name;
    std::optional<Value> defaultValue;
  };
  /// "Dense", for messages.
  std::string callee;
  std::vector<Parameter> parameters;

  bool has(llvm::StringRef parameter) const;
};

/// A def or a lambda with its closure.
class Function : public Object {
public:
  Function(Signature signature, const ast::Block *body, const ast::Expr *expression, Scope *closure,
           SourceRange place)
      : signature(std::move(signature)), body(body), expression(expression), closure(closure),
        place(place) {}
  std::string typeName() const override { return "function"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;

  const Signature signature;
  /// Statements of a def, or null; the expression of a lambda, or null.
  const ast::Block *const body;
  const ast::Expr *const expression;
  Scope *const closure;
  const SourceRange place;

private:
  /// What the file has set.
  llvm::StringMap<Value> attributes;
};

/// A function of ours. The parameters are written as Python writes them,
/// "x, axis=None, *, keepdims=False", and bound as for any function.
class Native : public Object {
public:
  using Body = std::function<Value(Interpreter &, BoundArguments &)>;
  /// Whether opaque and error values are the body's business: otherwise they
  /// decide the result, also those inside of lists and dicts.
  enum class Opaques { Swallow, SwallowInside, Pass };
  Native(std::string name, std::string parameters, Body body, Opaques opaques = Opaques::Swallow)
      : name(std::move(name)), parameters(std::move(parameters)), opaques(opaques),
        body(std::move(body)) {}
  std::string typeName() const override { return "function"; }
  std::string repr(unsigned depth) const override { return "<function " + name + ">"; }
  std::string inWords() const override;
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

  const std::string name;
  const std::string parameters;

protected:
  const Opaques opaques;

private:
  Body body;
  const Signature *signature = nullptr; // parsed at the first call
};

/// A module with a fixed set of members.
class Module : public Object {
public:
  explicit Module(std::string name) : name(std::move(name)) {}
  std::string typeName() const override { return "module"; }
  std::string repr(unsigned depth) const override { return "<module '" + name + "'>"; }
  std::string inWords() const override { return "the module `" + name + "`"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;

  const std::string name;
  llvm::StringMap<Value> members;
};

/// A module that Rondo has some members of: the others only exist when the file
/// runs under Python.
class ForeignModule : public Module {
public:
  using Module::Module;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
};

/// Something that only exists when the file runs under Python: a module that
/// Rondo does not have, data, and all that is computed from them. It swallows
/// every operation; using it for the model is an error.
class Opaque : public Object {
public:
  explicit Opaque(std::string origin, std::string mend = "", SourceRange place = {})
      : origin(std::move(origin)), mend(std::move(mend)), place(place) {}
  std::string typeName() const override { return "unknown"; }
  std::string repr(unsigned depth) const override { return "<" + origin + ">"; }

  /// The module or call that it comes from: "numpy.load".
  const std::string origin;
  /// What a model file does instead, where that is known.
  const std::string mend;
  /// Where it came into being; nowhere for what is still a part of a module.
  const SourceRange place;
};

/// What `from module import name` binds where reading the name is an error: that
/// may wait until something uses it.
class UnsupportedImport : public Object {
public:
  UnsupportedImport(Module *module, std::string name) : module(module), name(std::move(name)) {}
  std::string typeName() const override { return "unknown"; }

  Module *const module;
  const std::string name;
};

/// A type as `int` or `isinstance` see it. Calling it converts.
class Type : public Native {
public:
  using Native::Native;
  std::string typeName() const override { return "type"; }
  std::string repr(unsigned depth) const override { return "<class '" + name + "'>"; }
  std::string inWords() const override { return "the type `" + name + "`"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::optional<bool> hasInstance(Value value) const override;
  Class *asClass(Interpreter &in) override;

private:
  /// Made where a class first derives from the type.
  Class *derivable = nullptr;
};

/// Owns every object until evaluation is over, and counts bytes.
class Heap {
public:
  template <typename T, typename... Args> T *make(Args &&...args) {
    charge(sizeof(T));
    auto owned = std::make_unique<T>(std::forward<Args>(args)...);
    T *object = owned.get();
    objects.push_back(std::move(owned));
    return object;
  }
  Str *str(std::string text) {
    charge(text.size());
    return make<Str>(std::move(text));
  }
  List *list(std::vector<Value> elements) {
    charge(elements.size() * sizeof(Value));
    return make<List>(std::move(elements));
  }
  Tuple *tuple(std::vector<Value> elements) {
    charge(elements.size() * sizeof(Value));
    return make<Tuple>(std::move(elements));
  }

  /// The signature that `parameters` spells: "x, axis=None, *, keepdims=False". Defaults are
  /// literals. Parsed once for all that are called alike.
  const Signature &signature(const std::string &callee, const std::string &parameters);

  void charge(uint64_t count) { bytes += count; }
  /// Whether that much more may be allocated.
  bool hasRoomFor(uint64_t count) const { return count <= limit && bytes + count <= limit; }
  bool isExhausted() const { return bytes > limit; }

  static constexpr uint64_t limit = uint64_t(256) << 20;

private:
  std::vector<std::unique_ptr<Object>> objects;
  std::map<std::pair<std::string, std::string>, Signature> signatures;
  uint64_t bytes = 0;
};

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_VALUE_H
