//===- BuiltinBases.cpp - Classes that derive from Python's types ---------===//
//
// How their objects are made, and what `super()` finds in dicts, lists, tuples and texts.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BuiltinBases.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

std::optional<Value> DerivedDict::attribute(Interpreter &in, llvm::StringRef name,
                                            SourceRange place) {
  if (hasKeysAsAttributes && name == "__dict__")
    return Value(this);
  if (hasKeysAsAttributes)
    if (const Value *value = find(in.heap.str(name.str())))
      return *value;
  return DerivedFrom::attribute(in, name, place);
}

bool DerivedDict::setAttribute(Interpreter &in, llvm::StringRef name, Value value,
                               SourceRange place) {
  if (name == "__dict__" && value.as<DerivedDict>() == this)
    return hasKeysAsAttributes = true;
  if (!hasKeysAsAttributes || type.find(name))
    return DerivedFrom::setAttribute(in, name, value, place);
  in.heap.charge(4 * sizeof(Value));
  set(in.heap.str(name.str()), value);
  return true;
}

//===----------------------------------------------------------------------===//
// Methods
//===----------------------------------------------------------------------===//

namespace {

using Slot = BoundArguments::Slot;

/// `__init__` of a type whose objects can still change; that of others has nothing to do.
Value fill(Interpreter &in, Value self, BoundArguments &args) {
  if (auto *dict = self.as<Dict>())
    return updateDict(in, *dict, args) ? Value() : Value::error();
  auto *list = self.as<List>();
  if (!list)
    return Value();
  const Slot &iterable = args["iterable"];
  auto elements = iterable.given ? in.elements(iterable.value, iterable.place)
                                 : std::optional<std::vector<Value>>(std::vector<Value>());
  if (!elements)
    return Value::error();
  list->elements = std::move(*elements);
  return Value();
}

Value erase(Interpreter &in, Value self, const Slot &key) {
  auto *dict = self.as<Dict>();
  if (dict && isHashable(key.value) && dict->erase(key.value))
    return Value();
  in.report(Code::MissingKey, key.place, "there is no element {}", key.value.inWords());
  in.raisedIs("KeyError", {key.value});
  return Value::error();
}

/// Methods that operators stand for.
std::optional<Value> operatorMethod(Interpreter &in, Value self, llvm::StringRef name) {
  if (!self.as<Dict>() && !self.as<Sequence>() && !self.as<Str>())
    return std::nullopt;
  auto make = [&](const char *parameters, Native::Body body) {
    return Value(
        in.heap.make<Native>(name.str(), parameters, std::move(body), Native::Opaques::Pass));
  };
  if (name == "__init__")
    return make(self.as<Dict>()   ? "mapping=None, /, **kwargs"
                : self.as<List>() ? "iterable=None, /"
                                  : "*args, **kwargs",
                [self](Interpreter &in, BoundArguments &args) { return fill(in, self, args); });
  if (name == "__getitem__")
    return make("key, /", [self](Interpreter &in, BoundArguments &args) {
      return in.plainSubscript(self, args["key"].value, args.place, args["key"].place);
    });
  if (name == "__setitem__" && (self.as<Dict>() || self.as<List>()))
    return make("key, value, /", [self](Interpreter &in, BoundArguments &args) {
      in.setPlainSubscript(self, args["key"].value, args["value"].value, args["key"].place);
      return Value();
    });
  if (name == "__delitem__" && self.as<Dict>())
    return make("key, /", [self](Interpreter &in, BoundArguments &args) {
      return erase(in, self, args["key"]);
    });
  if (name == "__contains__")
    return make("value, /", [self](Interpreter &in, BoundArguments &args) -> Value {
      const Slot &value = args["value"];
      if (const auto *dict = self.as<Dict>())
        return Value::boolean(isHashable(value.value) && dict->find(value.value));
      const auto *sequence = self.as<Sequence>();
      return Value::boolean(sequence && llvm::any_of(sequence->elements, [&](Value element) {
                              return equal(element, value.value);
                            }));
    });
  if (name == "__len__")
    return make("", [self](Interpreter &, BoundArguments &) {
      const auto *dict = self.as<Dict>();
      const auto *sequence = self.as<Sequence>();
      const auto *text = self.as<Str>();
      return Value::integer(int64_t(dict       ? dict->size()
                                    : sequence ? sequence->elements.size()
                                               : text->Str::length().value_or(0)));
    });
  return std::nullopt;
}

/// What the type itself has under a name, past the classes of the file.
template <typename Base>
std::optional<Value> methodOf(Interpreter &in, Value self, llvm::StringRef name) {
  auto *object = self.as<Base>();
  if (!object)
    return std::nullopt;
  if (name == "__iter__")
    return Value(in.heap.make<Native>("__iter__", "",
                                      [object](Interpreter &in, BoundArguments &args) -> Value {
                                        Iterator *all = object->Base::iterator(in, args.place);
                                        return all ? Value(all) : Value::error();
                                      }));
  if (name == "__repr__" || name == "__str__")
    return Value(
        in.heap.make<Native>(name.str(), "", [object](Interpreter &in, BoundArguments &) -> Value {
          return in.heap.str(object->Base::repr(0));
        }));
  return object->Base::attribute(in, name, SourceRange());
}

/// What a class of the file derives from in place of a type of Python's.
class BuiltinClass : public NativeClass {
public:
  BuiltinClass(Interpreter &in, Type &builtin)
      : NativeClass(in, builtin.name, SourceRange()), builtin(builtin) {
    setBases({in.builtin("object").as<Class>()});
  }
  bool hasMethod(llvm::StringRef member) const override {
    return NativeClass::hasMethod(member) || builtin.attribute(in, member, SourceRange());
  }
  std::optional<bool> hasInstance(Value value) const override { return builtin.hasInstance(value); }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef member) override {
    auto method = builtinMethod(in, self, member);
    return method ? method : NativeClass::boundMember(in, self, member);
  }
  Value newObject(Class &type, Arguments &arguments) override {
    if (name == "dict")
      return in.heap.make<DerivedDict>(type);
    if (name == "list")
      return in.heap.make<DerivedFrom<List>>(type, std::vector<Value>());
    Value plain = in.call(Value(&builtin), arguments);
    if (const auto *tuple = plain.as<Tuple>())
      return in.heap.make<DerivedFrom<Tuple>>(type, tuple->elements);
    if (const auto *text = plain.as<Str>())
      return in.heap.make<DerivedFrom<Str>>(type, text->text);
    return plain;
  }

private:
  Type &builtin;
};

} // namespace

std::optional<Value> builtinMethod(Interpreter &in, Value self, llvm::StringRef name) {
  if (auto method = operatorMethod(in, self, name))
    return method;
  for (auto *find : {methodOf<Dict>, methodOf<List>, methodOf<Tuple>, methodOf<Str>})
    if (auto method = find(in, self, name))
      return method;
  return std::nullopt;
}

Class *Type::asClass(Interpreter &in) {
  // Numbers are no objects here.
  if (!derivable && llvm::is_contained({"dict", "list", "tuple", "str"}, name))
    derivable = in.heap.make<BuiltinClass>(in, *this);
  return derivable;
}

} // namespace rondo::eval
