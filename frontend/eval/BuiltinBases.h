//===- BuiltinBases.h - Classes that derive from Python's types -*- C++ -*-===//
//
// `class Options(dict)`: objects of the file's class that are dicts, lists, tuples or texts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_BUILTINBASES_H
#define RONDO_FRONTEND_EVAL_BUILTINBASES_H

#include "frontend/eval/Class.h"

namespace rondo::eval {

/// An object of a class of the file that derives from a type of Python's: what the file does not
/// define is the type's.
template <typename Base> class DerivedFrom : public InstanceOf<Base> {
public:
  using InstanceOf<Base>::InstanceOf;
  using InstanceOf<Base>::type;

  std::string repr(unsigned depth) const override {
    auto text = this->textSpecial("__repr__");
    return text ? *text : Base::repr(depth);
  }
  std::string str() const override {
    auto text = this->textSpecial("__str__");
    return text ? *text : Base::str();
  }
  Iterator *iterator(Interpreter &in, SourceRange place) override {
    return type.find("__iter__") ? Instance::elements(place) : Base::iterator(in, place);
  }
  std::optional<bool> contains(Interpreter &in, Value value, SourceRange place) override {
    auto found = this->special("__contains__", {value}, place);
    return found ? in.truth(*found) : Base::contains(in, value, place);
  }
};

/// A dict, whose keys are its attributes after `self.__dict__ = self`.
class DerivedDict : public DerivedFrom<Dict> {
public:
  using DerivedFrom::DerivedFrom;
  std::optional<Value> missing(Interpreter &, Value key, SourceRange place) override {
    return special("__missing__", {key}, place);
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;

private:
  bool hasKeysAsAttributes = false;
};

/// What a method of a type of Python's is for an object of a class that derives from it, past what
/// that class defines; nothing where it has none.
std::optional<Value> builtinMethod(Interpreter &in, Value self, llvm::StringRef name);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_BUILTINBASES_H
