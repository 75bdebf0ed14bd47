//===- Class.h - Classes of the file and their objects ----------*- C++ -*-===//
//
// What a `class` statement makes, and how its objects look up attributes, bind
// methods and answer operators: Python's rules over the classes' linear order.
// A base class of ours (`object`, keras.layers.Layer) is a Class whose members
// are C++; its objects are InstanceOf<T> for the C++ class T behind it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_CLASS_H
#define RONDO_FRONTEND_EVAL_CLASS_H

#include "frontend/eval/Interpreter.h"

namespace rondo::eval {

/// The text that a body begins with, or null.
const ast::String *documentation(const ast::Block &body);

/// A class of the file, or one of ours that classes of the file derive from.
class Class : public Object {
public:
  Class(Interpreter &in, std::string name, SourceRange place)
      : name(std::move(name)), place(place), in(in), qualifiedName(this->name) {}

  std::string typeName() const override { return "type"; }
  std::string repr(unsigned depth) const override {
    return "<class '__main__." + qualifiedName + "'>";
  }
  bool isCallable() const override { return true; }
  /// Makes an object and initializes it.
  Value call(Interpreter &in, Arguments &arguments) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  std::optional<bool> hasInstance(Value value) const override;
  // Enumerations have their members as elements.
  std::optional<Value> subscript(Interpreter &in, Value index, SourceRange place) override;
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override;
  std::optional<uint64_t> length() const override {
    return enumerated.empty() ? std::nullopt : std::optional<uint64_t>(enumerated.size());
  }
  bool truth() const override { return true; }

  /// Orders the bases as Python does (C3). False when there is no such order.
  bool setBases(std::vector<Class *> bases);
  /// Those that its statement names.
  llvm::ArrayRef<Class *> definedBases() const { return bases; }
  bool isSubclassOf(const Class *other) const { return llvm::is_contained(order, other); }
  /// A member of this class or of one behind it, or of those behind `after` only;
  /// null for what only classes of ours have.
  const Value *find(llvm::StringRef name, const Class *after = nullptr) const;

  // What a class of ours answers; a class of the file asks the first one behind it.

  /// A new object of a class that derives from this one.
  virtual Object *makeObject(Class &type, SourceRange place);
  /// The same from the arguments of the call: what `__new__` of a class of ours does.
  virtual Value newObject(Class &type, Arguments &arguments);
  /// A method of ours bound to an object: `super().__init__`.
  virtual std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name);
  /// Completes a class that derives from this one, after its body.
  virtual void adopt(Class &type) {}
  /// Whether the file may derive from it; false after a report.
  virtual bool checkBase(SourceRange place) { return true; }

  const std::string name;
  const SourceRange place;
  Interpreter &in;
  /// "Outer.Inner".
  std::string qualifiedName;
  /// Its statement; null for a class of ours.
  const ast::ClassDef *definition = nullptr;
  /// This class, then those behind it in the order in which members are looked up.
  std::vector<Class *> order{this};
  llvm::StringMap<Value> members;
  /// The objects of an enumeration in their order; none of another class.
  std::vector<Value> enumerated;

private:
  /// `Cell("lstm")`: the member of an enumeration; an error after a report.
  Value memberOfValue(Value value, SourceRange at);
  /// What the class itself defines, by name.
  Dict *ownMembers() const;
  /// Methods that a class derived from `abc.ABC` still has to define.
  std::vector<std::string> abstractMethods() const;

  std::vector<Class *> bases;
};

/// `object`, and the base of classes of ours: what makes objects in C++.
class NativeClass : public Class {
public:
  using Class::Class;
  std::string repr(unsigned depth) const override { return "<class '" + name + "'>"; }
  /// Whether `X.method(object)` finds something in this class of ours.
  virtual bool hasMethod(llvm::StringRef name) const;
  /// A class method of ours, bound to a class that derives from this one.
  virtual std::optional<Value> classMember(Class &type, llvm::StringRef name) {
    return std::nullopt;
  }
  Object *makeObject(Class &type, SourceRange place) override;
  Value newObject(Class &type, Arguments &arguments) override {
    return makeObject(type, arguments.place);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override;
};

/// A function together with its first argument.
class BoundMethod : public Object {
public:
  BoundMethod(Value self, Value function) : self(self), function(function) {}
  std::string typeName() const override { return "method"; }
  std::string repr(unsigned depth) const override { return "<bound method>"; }
  bool equals(const Object &other, unsigned depth) const override;
  size_t hash() const override { return std::hash<const void *>()(function.getObject()); }
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

  const Value self, function;
};

/// A method of ours in a class of the file: its first parameter is the object.
class NativeMethod : public Native {
public:
  using Native::Native;
};

/// What `@abstractmethod` makes of a function or property.
class AbstractMethod : public Object {
public:
  explicit AbstractMethod(Value function) : function(function) {}
  std::string typeName() const override { return "function"; }
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override {
    return in.call(function, arguments);
  }

  const Value function;
};

/// What `@staticmethod` and `@classmethod` make of a function.
class BoundOtherwise : public Object {
public:
  BoundOtherwise(Value function, bool toClass) : function(function), toClass(toClass) {}
  std::string typeName() const override { return toClass ? "classmethod" : "staticmethod"; }
  bool isCallable() const override { return !toClass; }
  Value call(Interpreter &in, Arguments &arguments) override {
    return in.call(function, arguments);
  }

  const Value function;
  const bool toClass;
};

/// What `@property` makes of a function, `@x.setter` and `@x.deleter` included.
class Property : public Object {
public:
  Property(Value getter, Value setter, Value deleter)
      : getter(getter), setter(setter), deleter(deleter) {}
  std::string typeName() const override { return "property"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

  const Value getter, setter, deleter;
};

/// `super()`: the members behind one class, bound to one object.
class Super : public Object {
public:
  Super(Class *from, Value self, Class *type) : from(from), self(self), type(type) {}
  std::string typeName() const override { return "super"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;

private:
  Class *const from;
  const Value self;
  Class *const type;
};

/// The part of an object that its class of the file decides.
class Instance {
public:
  Instance(Class &type, Object *self) : type(type), self(self) {}
  virtual ~Instance() = default;

  /// Hears what its class was called with, before `__init__`.
  virtual void madeWith(const Arguments &arguments) {}

  /// What the object or its class has under a name; nothing if only C++ may.
  std::optional<Value> lookUp(llvm::StringRef name, SourceRange place);
  /// Sets an attribute through what the class has for that: a property, a descriptor,
  /// `__setattr__`. False if there is nothing of the kind.
  bool setProperty(llvm::StringRef name, Value value, SourceRange place);
  /// Sets an attribute of the object itself.
  void setOwn(llvm::StringRef name, Value value);
  /// False where there is nothing to delete.
  bool deleteOwn(llvm::StringRef name, SourceRange place);
  /// Calls a special method such as `__len__`; nothing when the class has none, or
  /// says that it is not implemented for these arguments.
  std::optional<Value> special(llvm::StringRef name, std::vector<Value> arguments,
                               SourceRange place) const;
  std::optional<Value> binarySpecial(ast::BinaryOp op, Value other, bool reflected,
                                     SourceRange place) const;
  std::optional<Value> unarySpecial(ast::UnaryOp op, SourceRange place) const;
  /// `self op= other` by `__iadd__` and its like.
  std::optional<Value> inPlaceSpecial(ast::BinaryOp op, Value other, SourceRange place) const;
  std::optional<Value> orderSpecial(ast::CompareOp op, Value other, SourceRange place) const;
  std::optional<Value> compareSpecial(ast::CompareOp op, Value other, SourceRange place) const;
  /// `self < other`, asked of either; nothing where neither knows.
  static std::optional<bool> isLess(Value self, Value other);
  /// What goes over the elements by `__iter__`, `__next__` or `__getitem__`; null without
  /// any of them or after a report.
  Iterator *elements(SourceRange place) const;
  /// What calls `__next__`; null without one.
  Iterator *steps() const;
  /// `reversed(self)`; nothing where that is not defined.
  std::optional<Value> reversed(SourceRange place) const;
  /// `__repr__` or another method that gives text; nothing without one.
  std::optional<std::string> textSpecial(llvm::StringRef name) const;
  std::vector<std::string> names() const;

  Class &type;
  Object *const self;
  llvm::StringMap<Value> attributes;
  /// Whether `__setattr__` of the file is asked already.
  bool setsPlainly = false;

private:
  /// Names of attributes as they were first set.
  std::vector<std::string> order;
};

/// An object of a class of the file whose C++ class is `Base`: the file's members
/// come first.
template <typename Base> class InstanceOf : public Base, public Instance {
public:
  template <typename... Args>
  explicit InstanceOf(Class &type, Args &&...args)
      : Base(std::forward<Args>(args)...), Instance(type, this) {}

  std::string typeName() const override { return type.name; }
  std::string repr(unsigned depth) const override {
    if (auto text = textSpecial("__repr__"))
      return *text;
    return std::is_base_of_v<Sequence, Base> ? Base::repr(depth) : "<" + type.name + " object>";
  }
  std::string str() const override {
    auto text = textSpecial("__str__");
    return text ? *text : this->repr(0);
  }
  bool truth() const override {
    if (auto value = special("__bool__", {}, type.place))
      return !value->isBool() || value->getBool();
    return this->length().value_or(1) != 0;
  }
  bool equals(const Object &other, unsigned depth) const override {
    if (this == &other)
      return true;
    auto value = special("__eq__", {const_cast<Object *>(&other)}, type.place);
    return value ? type.in.truth(*value).value_or(false) : Base::equals(other, depth);
  }
  bool isHashable() const override {
    return type.find("__hash__") || (!type.find("__eq__") && Base::isHashable());
  }
  size_t hash() const override {
    auto value = special("__hash__", {}, type.place);
    return value ? std::hash<int64_t>()(value->asInteger().value_or(0)) : Base::hash();
  }

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (auto value = lookUp(name, place))
      return value;
    if (auto value = Base::attribute(in, name, place))
      return value;
    return special("__getattr__", {in.heap.str(name.str())}, place);
  }
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value,
                    SourceRange place) override {
    if (setProperty(name, value, place))
      return true;
    if (!Base::setAttribute(in, name, value, place))
      setOwn(name, value);
    return true;
  }
  bool deleteAttribute(Interpreter &, llvm::StringRef name, SourceRange place) override {
    return deleteOwn(name, place);
  }
  bool deleteSubscript(Interpreter &, Value index, SourceRange place) override {
    return special("__delitem__", {index}, place).has_value();
  }
  Iterator *iterator(Interpreter &in, SourceRange place) override {
    Iterator *own = elements(place);
    return own || in.isHalted() ? own : Base::iterator(in, place);
  }
  std::optional<double> number(Interpreter &in, SourceRange place) override {
    auto value = special("__float__", {}, place);
    if (!value)
      value = special("__index__", {}, place);
    return value ? value->asReal() : std::nullopt;
  }
  std::vector<std::string> attributeNames() const override {
    std::vector<std::string> all = names(), own = Base::attributeNames();
    all.insert(all.end(), own.begin(), own.end());
    return all;
  }

  bool isCallable() const override { return type.find("__call__") || Base::isCallable(); }
  Value call(Interpreter &in, Arguments &arguments) override {
    const Value *function = type.find("__call__");
    return function ? BoundMethod(self, *function).call(in, arguments) : Base::call(in, arguments);
  }
  std::optional<Value> subscript(Interpreter &, Value index, SourceRange place) override {
    return special("__getitem__", {index}, place);
  }
  bool setSubscript(Interpreter &, Value index, Value value, SourceRange place) override {
    return special("__setitem__", {index, value}, place).has_value();
  }
  std::optional<uint64_t> length() const override {
    auto value = special("__len__", {}, type.place);
    if (!value)
      return Base::length();
    return value->asInteger();
  }
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override {
    auto found = special("__contains__", {value}, place);
    return found ? in.truth(*found) : std::nullopt;
  }
  std::optional<Value> binary(Interpreter &, ast::BinaryOp op, Value other, bool reflected,
                              SourceRange place) override {
    return binarySpecial(op, other, reflected, place);
  }
  std::optional<Value> unary(Interpreter &, ast::UnaryOp op, SourceRange place) override {
    return unarySpecial(op, place);
  }
  std::optional<Value> compare(Interpreter &, ast::CompareOp op, Value other,
                               SourceRange place) override {
    return compareSpecial(op, other, place);
  }
  std::optional<Value> absolute(Interpreter &, SourceRange place) override {
    return special("__abs__", {}, place);
  }
};

/// A member of a class as an attribute of one of its objects: functions become methods.
Value bindMember(Heap &heap, Value member, Value self, Class *type);

/// The name that a statement of a class body declares with a type; empty for others.
llvm::StringRef declaredName(const ast::Stmt &stmt);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_CLASS_H
