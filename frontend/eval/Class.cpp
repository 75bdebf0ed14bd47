//===- Class.cpp - Classes of the file and their objects ------------------===//
//
// Look-up of members, binding of methods, and special methods.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Exceptions.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// The order of classes
//===----------------------------------------------------------------------===//

bool Class::setBases(std::vector<Class *> newBases) {
  bases = std::move(newBases);
  std::vector<std::vector<Class *>> sequences;
  for (Class *base : bases)
    sequences.push_back(base->order);
  sequences.push_back(bases);
  order = {this};
  auto isLater = [&](const Class *candidate) {
    return llvm::any_of(sequences, [&](const std::vector<Class *> &sequence) {
      return llvm::is_contained(llvm::drop_begin(sequence), candidate);
    });
  };
  // The first class that no sequence has behind another one is next.
  while (true) {
    llvm::erase_if(sequences, [](const std::vector<Class *> &s) { return s.empty(); });
    if (sequences.empty())
      return true;
    auto next = llvm::find_if(sequences,
                              [&](const std::vector<Class *> &s) { return !isLater(s.front()); });
    if (next == sequences.end())
      return false;
    Class *chosen = next->front();
    order.push_back(chosen);
    for (std::vector<Class *> &sequence : sequences)
      llvm::erase(sequence, chosen);
  }
}

const Value *Class::find(llvm::StringRef memberName, const Class *after) const {
  auto start = after ? llvm::find(order, after) : order.begin();
  if (after && start != order.end())
    ++start;
  for (auto at = start; at != order.end(); ++at) {
    auto found = (*at)->members.find(memberName);
    if (found != (*at)->members.end())
      return &found->second;
  }
  return nullptr;
}

/// The first class of ours behind a class.
static NativeClass *nativeOf(const Class &type) {
  for (Class *each : type.order)
    if (auto *native = dynamic_cast<NativeClass *>(each))
      return native;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

Value bindMember(Heap &heap, Value member, Value self, Class *type) {
  if (const auto *other = member.as<BoundOtherwise>())
    return other->toClass ? Value(heap.make<BoundMethod>(Value(type), other->function))
                          : other->function;
  if (const auto *abstract = member.as<AbstractMethod>())
    return heap.make<BoundMethod>(self, abstract->function);
  bool isMethod = member.as<Function>() || member.as<NativeMethod>();
  return isMethod ? Value(heap.make<BoundMethod>(self, member)) : member;
}

std::vector<std::string> Class::abstractMethods() const {
  std::vector<std::string> names;
  if (llvm::none_of(order, [](const Class *each) { return each->name == "ABC"; }))
    return names;
  for (const Class *each : order)
    for (const auto &member : each->members) {
      const auto *property = member.second.as<Property>();
      Value function = property ? property->getter : member.second;
      if (function.as<AbstractMethod>() && find(member.getKey()) == &member.second)
        names.push_back(member.getKey().str());
    }
  llvm::sort(names);
  return names;
}

Value Class::call(Interpreter &, Arguments &arguments) {
  if (std::vector<std::string> missing = abstractMethods(); !missing.empty()) {
    in.report(Code::TypeMismatch, arguments.place, "`{}` makes no objects: it does not define `{}`",
              name, llvm::join(missing, "`, `"))
        .note(place, "the class is defined here")
        .help("derive a class that defines {}", missing.size() == 1 ? "it" : "them");
    return Value::error();
  }
  if (!enumerated.empty() && arguments.positional.size() == 1 && arguments.keywords.empty())
    return memberOfValue(arguments.positional.front().value, arguments.positional.front().place);
  Value self = newObject(*this, arguments);
  if (!hasInstance(self).value_or(false))
    return self;
  if (auto *exception = self.as<Exception>())
    for (const PlacedValue &argument : arguments.positional)
      exception->args.push_back(argument.value);
  if (auto *instance = self.as<Instance>())
    instance->madeWith(arguments);
  const Value *function = find("__init__");
  std::optional<Value> initialize;
  if (function)
    initialize = bindMember(in.heap, *function, self, this);
  else if (!find("__new__"))
    initialize = boundMember(in, self, "__init__");
  // `return None` is all that may come back.
  if (initialize && in.call(*initialize, arguments).isError())
    return Value::error();
  return in.isHalted() ? Value::error() : self;
}

Object *Class::makeObject(Class &type, SourceRange place) {
  return nativeOf(*this)->makeObject(type, place);
}

Value Class::newObject(Class &type, Arguments &arguments) {
  const Value *function = find("__new__");
  if (!function)
    return nativeOf(*this)->newObject(type, arguments);
  Arguments all = arguments;
  all.positional.insert(all.positional.begin(), {Value(&type), arguments.calleePlace});
  ++all.implicit;
  return in.call(*function, all);
}

/// `__new__` of a class of ours, which takes the class to make an object of.
static Value makerOf(NativeClass &native) {
  return native.in.heap.make<Native>(
      "__new__", "cls, /, *args, **kwargs",
      [&native](Interpreter &in, BoundArguments &bound) -> Value {
        auto *type = bound["cls"].value.as<Class>();
        if (!type || !type->isSubclassOf(&native))
          return in.mistake(Code::TypeMismatch, bound["cls"].place,
                            "`{}.__new__` makes objects of classes that derive from it, got {}",
                            native.name, bound["cls"].value.inWords());
        Arguments arguments{bound.place, bound.calleePlace, bound.rest, bound.restKeywords};
        return native.newObject(*type, arguments);
      },
      Native::Opaques::Pass);
}

std::optional<Value> Class::boundMember(Interpreter &, Value self, llvm::StringRef member) {
  return nativeOf(*this)->boundMember(in, self, member);
}

namespace {

/// `Layer.__init__`: a method of ours before it has an object.
class UnboundMethod : public Object {
public:
  UnboundMethod(Class &owner, std::string name) : owner(owner), name(std::move(name)) {}
  std::string typeName() const override { return "function"; }
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override {
    Value self = arguments.positional.empty() ? Value() : arguments.positional.front().value;
    if (self.isError())
      return self;
    std::optional<Value> method;
    if (owner.hasInstance(self).value_or(false))
      method = owner.boundMember(in, self, name);
    if (!method) {
      in.report(Code::TypeMismatch, arguments.place, "`{}.{}` needs an object of the class first",
                owner.name, name);
      return Value::error();
    }
    arguments.positional.erase(arguments.positional.begin());
    return in.call(*method, arguments);
  }

private:
  Class &owner;
  const std::string name;
};

} // namespace

std::optional<Value> Class::attribute(Interpreter &, llvm::StringRef member, SourceRange) {
  auto listOf = [&](const std::vector<Class *> &classes) {
    return std::vector<Value>(classes.begin(), classes.end());
  };
  if (member == "__name__" || member == "__qualname__")
    return Value(in.heap.str(member == "__name__" ? name : qualifiedName));
  if (member == "__mro__")
    return Value(in.heap.tuple(listOf(order)));
  if (member == "mro")
    return Value(
        in.heap.make<Native>("mro", "", [all = listOf(order)](Interpreter &in, BoundArguments &) {
          return Value(in.heap.list(all));
        }));
  if (member == "__bases__")
    return Value(in.heap.tuple(listOf(bases)));
  if (member == "__base__")
    return bases.empty() ? Value() : Value(bases.front());
  if (member == "__module__")
    return Value(in.heap.str(definition ? "__main__" : "builtins"));
  if (member == "__doc__" && !members.count("__doc__"))
    return Value();
  if (member == "__dict__")
    return Value(ownMembers());
  if (member == "__members__" && !enumerated.empty()) {
    Dict *dict = in.heap.make<Dict>();
    for (Value each : enumerated)
      dict->set(in.attribute(each, "name", SourceRange()), each);
    return Value(dict);
  }
  if (const Value *found = find(member)) {
    const auto *descriptor = found->as<Instance>();
    if (auto value = descriptor
                         ? descriptor->special("__get__", {Value(), Value(this)}, SourceRange())
                         : std::nullopt)
      return *value;
    const auto *other = found->as<BoundOtherwise>();
    return other ? bindMember(in.heap, *found, Value(), this) : *found;
  }
  if (member == "__new__")
    return makerOf(*nativeOf(*this));
  if (auto method = nativeOf(*this)->classMember(*this, member))
    return method;
  if (nativeOf(*this)->hasMethod(member))
    return Value(in.heap.make<UnboundMethod>(*this, member.str()));
  return std::nullopt;
}

Dict *Class::ownMembers() const {
  std::vector<std::string> names;
  for (const auto &member : members)
    names.push_back(member.getKey().str());
  llvm::sort(names);
  Dict *dict = in.heap.make<Dict>();
  for (const std::string &member : names)
    dict->set(in.heap.str(member), members.lookup(member));
  return dict;
}

bool Class::setAttribute(Interpreter &, llvm::StringRef member, Value value, SourceRange) {
  members[member] = value;
  return true;
}

std::vector<std::string> Class::attributeNames() const {
  std::vector<std::string> names;
  for (const Class *each : order)
    for (const auto &member : each->members)
      names.push_back(member.getKey().str());
  llvm::sort(names);
  return names;
}

std::optional<bool> Class::hasInstance(Value value) const {
  if (this == in.builtin("object").getObject())
    return true;
  const auto *instance = value.as<Instance>();
  return instance && instance->type.isSubclassOf(this);
}

Object *NativeClass::makeObject(Class &type, SourceRange) {
  return in.heap.make<InstanceOf<Object>>(type);
}

bool NativeClass::hasMethod(llvm::StringRef member) const {
  return llvm::is_contained({"__init__", "__repr__", "__str__", "__setattr__"}, member);
}

std::optional<Value> NativeClass::boundMember(Interpreter &, Value self, llvm::StringRef member) {
  if (member == "__init__") {
    const auto *instance = self.as<Instance>();
    std::string callee = instance ? instance->type.name : name;
    return Value(
        in.heap.make<Native>(callee, "", [](Interpreter &, BoundArguments &) { return Value(); }));
  }
  if (member == "__repr__" || member == "__str__")
    return Value(
        in.heap.make<Native>(member.str(), "", [self](Interpreter &in, BoundArguments &) -> Value {
          return in.heap.str("<" + self.typeName() + " object>");
        }));
  if (member == "__setattr__")
    return Value(in.heap.make<Native>(
        member.str(), "name, value", [self](Interpreter &in, BoundArguments &arguments) {
          const auto *text = arguments["name"].value.as<Str>();
          auto *instance = self.as<Instance>();
          if (!text || !instance)
            return Value();
          llvm::SaveAndRestore plainly(instance->setsPlainly, true);
          instance->self->setAttribute(in, text->text, arguments["value"].value, arguments.place);
          return Value();
        }));
  if (member == "__init_subclass__")
    return Value(in.heap.make<Native>(member.str(), "",
                                      [](Interpreter &, BoundArguments &) { return Value(); }));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Methods and properties
//===----------------------------------------------------------------------===//

bool BoundMethod::equals(const Object &other, unsigned) const {
  const auto *method = dynamic_cast<const BoundMethod *>(&other);
  return method && identical(method->self, self) && identical(method->function, function);
}

Value BoundMethod::call(Interpreter &in, Arguments &arguments) {
  Arguments all = arguments;
  all.positional.insert(all.positional.begin(), {self, arguments.calleePlace});
  ++all.implicit;
  return in.call(function, all);
}

std::optional<Value> BoundMethod::attribute(Interpreter &in, llvm::StringRef name,
                                            SourceRange place) {
  if (name == "__self__")
    return self;
  if (name == "__func__")
    return function;
  return function.getObject() ? function.getObject()->attribute(in, name, place) : std::nullopt;
}

std::optional<Value> Property::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  if (name != "getter" && name != "setter" && name != "deleter")
    return std::nullopt;
  return Value(in.heap.make<Native>(
      name.str(), "function, /",
      [this, which = name.str()](Interpreter &in, BoundArguments &arguments) {
        auto chosen = [&](llvm::StringRef part, Value own) {
          return part == which ? arguments["function"].value : own;
        };
        return Value(in.heap.make<Property>(chosen("getter", getter), chosen("setter", setter),
                                            chosen("deleter", deleter)));
      }));
}

std::optional<Value> Super::attribute(Interpreter &in, llvm::StringRef name, SourceRange place) {
  auto at = llvm::find(type->order, from);
  for (at = at == type->order.end() ? at : std::next(at); at != type->order.end(); ++at) {
    auto found = (*at)->members.find(name);
    if (found != (*at)->members.end()) {
      if (const auto *property = found->second.as<Property>()) {
        Arguments arguments{place, place, {{self, place}}, {}};
        return in.call(property->getter, arguments);
      }
      bool isClass = (self.as<Class>() && !found->second.as<BoundOtherwise>()) || name == "__new__";
      return isClass ? found->second : bindMember(in.heap, found->second, self, type);
    }
    if (auto *native = dynamic_cast<NativeClass *>(*at)) {
      if (name == "__new__")
        return makerOf(*native);
      if (auto member = native->boundMember(in, self, name))
        return member;
    }
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

namespace {

/// `__dict__` of an object: what is changed in it is changed in the object.
class OwnAttributes : public Dict {
public:
  explicit OwnAttributes(Object &owner) : owner(owner) {}
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (name != "update")
      return Dict::attribute(in, name, place);
    return Value(in.heap.make<Native>(
        "update", "mapping=None, /, **kwargs",
        [this](Interpreter &in, BoundArguments &arguments) -> Value {
          Dict given;
          if (!updateDict(in, given, arguments))
            return Value::error();
          for (const Entry &entry : given.items())
            setSubscript(in, entry.key, entry.value, arguments.place);
          return Value();
        },
        Native::Opaques::Pass));
  }
  bool setSubscript(Interpreter &in, Value key, Value value, SourceRange place) override {
    const auto *name = key.as<Str>();
    if (!name)
      return false;
    set(key, value);
    return owner.setAttribute(in, name->text, value, place);
  }

private:
  Object &owner;
};

} // namespace

std::optional<Value> Instance::lookUp(llvm::StringRef name, SourceRange place) {
  Interpreter &in = type.in;
  if (name == "__class__")
    return Value(&type);
  const Value *member = type.find(name);
  if (const auto *property = member ? member->as<Property>() : nullptr) {
    Arguments arguments{place, place, {{self, place}}, {}};
    return in.call(property->getter, arguments);
  }
  // A descriptor that also sets comes before what the object has.
  const auto *descriptor = member ? member->as<Instance>() : nullptr;
  if (descriptor && !descriptor->type.find("__get__"))
    descriptor = nullptr;
  auto own = attributes.find(name);
  if (own != attributes.end() && !(descriptor && descriptor->type.find("__set__")))
    return own->second;
  if (descriptor)
    return descriptor->special("__get__", {Value(self), Value(&type)}, place);
  if (member)
    return bindMember(in.heap, *member, self, &type);
  if (name == "__setattr__")
    return nativeOf(type)->NativeClass::boundMember(in, Value(self), name);
  if (name == "__dict__") {
    Dict *dict = in.heap.make<OwnAttributes>(*self);
    for (const std::string &attribute : order)
      if (auto found = attributes.find(attribute); found != attributes.end())
        dict->set(in.heap.str(attribute), found->second);
    return Value(dict);
  }
  if (name == "__doc__")
    return Value();
  return std::nullopt;
}

void Instance::setOwn(llvm::StringRef name, Value value) {
  auto [entry, isNew] = attributes.try_emplace(name, value);
  if (isNew)
    order.push_back(name.str());
  else
    entry->second = value;
}

bool Instance::deleteOwn(llvm::StringRef name, SourceRange place) {
  const Value *member = type.find(name);
  if (const auto *property = member ? member->as<Property>() : nullptr) {
    if (property->deleter.isNone()) {
      type.in.report(Code::UnknownAttribute, place, "the property `{}` of `{}` has no deleter",
                     name, type.name);
      return true;
    }
    type.in.callWith(property->deleter, {self}, place, place);
    return true;
  }
  if (!attributes.erase(name))
    return false;
  llvm::erase(order, name.str());
  return true;
}

bool Instance::setProperty(llvm::StringRef name, Value value, SourceRange place) {
  Interpreter &in = type.in;
  if (!setsPlainly && type.find("__setattr__")) {
    special("__setattr__", {in.heap.str(name.str()), value}, place);
    return true;
  }
  const Value *member = type.find(name);
  const auto *descriptor = member ? member->as<Instance>() : nullptr;
  if (descriptor && descriptor->special("__set__", {Value(self), value}, place))
    return true;
  const auto *property = member ? member->as<Property>() : nullptr;
  if (!property)
    return false;
  if (property->setter.isNone()) {
    in.report(Code::UnknownAttribute, place, "the property `{}` of `{}` has no setter", name,
              type.name);
    return true;
  }
  Arguments arguments{place, place, {{self, place}, {value, place}}, {}, 1};
  in.call(property->setter, arguments);
  return true;
}

std::optional<Value> Instance::special(llvm::StringRef name, std::vector<Value> values,
                                       SourceRange place) const {
  const Value *function = type.find(name);
  if (!function || type.in.isHalted())
    return std::nullopt;
  Arguments arguments{place, place, {}, {}};
  for (Value value : values)
    arguments.positional.push_back({value, place});
  Value result = type.in.call(bindMember(type.in.heap, *function, self, &type), arguments);
  const auto *opaque = result.as<Opaque>();
  return opaque && opaque->origin == "NotImplemented" ? std::nullopt : std::optional(result);
}

/// `+` as it stands in `__add__`, `__radd__` and `__iadd__`.
static const char *methodOf(ast::BinaryOp op) {
  using ast::BinaryOp;
  switch (op) {
  case BinaryOp::Add:
    return "add__";
  case BinaryOp::Sub:
    return "sub__";
  case BinaryOp::Mul:
    return "mul__";
  case BinaryOp::Div:
    return "truediv__";
  case BinaryOp::FloorDiv:
    return "floordiv__";
  case BinaryOp::Mod:
    return "mod__";
  case BinaryOp::Pow:
    return "pow__";
  case BinaryOp::MatMul:
    return "matmul__";
  case BinaryOp::BitAnd:
    return "and__";
  case BinaryOp::BitOr:
    return "or__";
  case BinaryOp::BitXor:
    return "xor__";
  case BinaryOp::LeftShift:
    return "lshift__";
  case BinaryOp::RightShift:
    return "rshift__";
  }
  return "";
}

std::optional<Value> Instance::binarySpecial(ast::BinaryOp op, Value other, bool reflected,
                                             SourceRange place) const {
  return special((reflected ? "__r" : "__") + std::string(methodOf(op)), {other}, place);
}

std::optional<Value> Instance::inPlaceSpecial(ast::BinaryOp op, Value other,
                                              SourceRange place) const {
  return special("__i" + std::string(methodOf(op)), {other}, place);
}

std::optional<Value> Instance::unarySpecial(ast::UnaryOp op, SourceRange place) const {
  switch (op) {
  case ast::UnaryOp::Plus:
    return special("__pos__", {}, place);
  case ast::UnaryOp::Minus:
    return special("__neg__", {}, place);
  case ast::UnaryOp::Invert:
    return special("__invert__", {}, place);
  case ast::UnaryOp::Not:
    break;
  }
  return std::nullopt;
}

std::optional<Value> Instance::orderSpecial(ast::CompareOp op, Value other,
                                            SourceRange place) const {
  using ast::CompareOp;
  struct Methods {
    const char *own, *opposite, *sibling;
  };
  bool isStrict = op == CompareOp::Less || op == CompareOp::Greater;
  Methods methods = op == CompareOp::Less        ? Methods{"__lt__", "__ge__", "__le__"}
                    : op == CompareOp::LessEqual ? Methods{"__le__", "__gt__", "__lt__"}
                    : op == CompareOp::Greater   ? Methods{"__gt__", "__le__", "__ge__"}
                                                 : Methods{"__ge__", "__lt__", "__gt__"};
  auto value = special(methods.own, {other}, place);
  // `functools.total_ordering` derives one comparison from another.
  if (value || !type.find("__total_ordering__"))
    return value;
  Interpreter &in = type.in;
  if (auto opposite = special(methods.opposite, {other}, place))
    return in.unary(ast::UnaryOp::Not, *opposite, place);
  auto sibling = special(methods.sibling, {other}, place);
  if (!sibling)
    return std::nullopt;
  bool holds = in.truth(*sibling).value_or(false);
  bool isEqual = in.truth(in.compare(CompareOp::Equal, self, other, place)).value_or(false);
  return Value::boolean(isStrict ? holds && !isEqual : holds || isEqual);
}

std::optional<Value> Instance::compareSpecial(ast::CompareOp op, Value other,
                                              SourceRange place) const {
  using ast::CompareOp;
  switch (op) {
  case CompareOp::Equal:
    return special("__eq__", {other}, place);
  case CompareOp::NotEqual: {
    if (auto value = special("__ne__", {other}, place))
      return value;
    auto value = special("__eq__", {other}, place);
    return value ? std::optional(type.in.unary(ast::UnaryOp::Not, *value, place)) : std::nullopt;
  }
  case CompareOp::Less:
  case CompareOp::LessEqual:
  case CompareOp::Greater:
  case CompareOp::GreaterEqual:
    return orderSpecial(op, other, place);
  default:
    return std::nullopt;
  }
}

std::optional<bool> Instance::isLess(Value self, Value other) {
  using ast::CompareOp;
  const auto *left = self.as<Instance>(), *right = other.as<Instance>();
  auto value = left ? left->orderSpecial(CompareOp::Less, other, left->type.place) : std::nullopt;
  if (!value && right)
    value = right->orderSpecial(CompareOp::Greater, self, right->type.place);
  Interpreter &in = (left ? left : right)->type.in;
  return value ? in.truth(*value) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Iteration
//===----------------------------------------------------------------------===//

Iterator *Instance::steps() const {
  if (!type.find("__next__"))
    return nullptr;
  return type.in.heap.make<Iterator>(
      "iterator", [this](Interpreter &in, SourceRange place) -> std::optional<Value> {
        std::optional<Value> element;
        bool isOver =
            in.attempt("StopIteration", [&] { element = special("__next__", {}, place); });
        return isOver || in.isHalted() ? std::nullopt : element;
      });
}

Iterator *Instance::elements(SourceRange place) const {
  Interpreter &in = type.in;
  if (auto result = special("__iter__", {}, place)) {
    if (in.isHalted() || result->isError())
      return nullptr;
    const auto *instance = result->as<Instance>();
    Iterator *iterator = instance ? instance->steps() : result->as<Iterator>();
    if (!iterator)
      in.report(Code::TypeMismatch, place, "`__iter__` of `{}` returns {}, which has no `__next__`",
                type.name, "a value of type " + result->typeName())
          .note(type.find("__iter__")->as<Function>() ? type.find("__iter__")->as<Function>()->place
                                                      : type.place,
                "it is defined here")
          .help("return `iter(…)` of the elements, or define `__next__`");
    return iterator;
  }
  // By index, until there is none.
  if (!type.find("__getitem__"))
    return nullptr;
  return in.heap.make<Iterator>(
      "iterator",
      [this, index = int64_t(0)](Interpreter &in,
                                 SourceRange place) mutable -> std::optional<Value> {
        std::optional<Value> element;
        bool isOver = in.attempt("IndexError", [&] {
          element = special("__getitem__", {Value::integer(index++)}, place);
        });
        return isOver || in.isHalted() ? std::nullopt : element;
      });
}

std::optional<Value> Instance::reversed(SourceRange place) const {
  if (auto value = special("__reversed__", {}, place))
    return value;
  auto size = special("__len__", {}, place);
  if (!size || !size->asInteger() || !type.find("__getitem__"))
    return std::nullopt;
  Interpreter &in = type.in;
  std::vector<Value> values;
  for (int64_t i = *size->asInteger() - 1; i >= 0 && in.step(place); --i)
    values.push_back(special("__getitem__", {Value::integer(i)}, place).value_or(Value::error()));
  return Value(iterateOver(in.heap, "reversed", std::move(values)));
}

//===----------------------------------------------------------------------===//
// Texts and names
//===----------------------------------------------------------------------===//

std::optional<std::string> Instance::textSpecial(llvm::StringRef name) const {
  auto value = special(name, {}, type.place);
  if (!value)
    return std::nullopt;
  const auto *text = value->as<Str>();
  return text ? text->text : "<" + type.name + " object>";
}

std::vector<std::string> Instance::names() const {
  std::vector<std::string> result = type.attributeNames();
  for (const auto &attribute : attributes)
    result.push_back(attribute.getKey().str());
  llvm::sort(result);
  return result;
}

} // namespace rondo::eval
