//===- Class.cpp - Classes of the file and their objects ------------------===//
//
// Look-up of members, binding of methods, and special methods.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"

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
  return member.as<Function>() ? Value(heap.make<BoundMethod>(self, member)) : member;
}

Value Class::call(Interpreter &, Arguments &arguments) {
  Value self = makeObject(*this, arguments.place);
  const Value *function = find("__init__");
  auto initialize = function ? std::optional<Value>(bindMember(in.heap, *function, self, this))
                             : boundMember(in, self, "__init__");
  // `return None` is all that may come back.
  if (initialize && in.call(*initialize, arguments).isError())
    return Value::error();
  return in.isHalted() ? Value::error() : self;
}

Object *Class::makeObject(Class &type, SourceRange place) {
  return nativeOf(*this)->makeObject(type, place);
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
  if (member == "__name__" || member == "__qualname__")
    return Value(in.heap.str(name));
  if (member == "__mro__")
    return Value(in.heap.tuple(std::vector<Value>(order.begin(), order.end())));
  if (const Value *found = find(member)) {
    const auto *other = found->as<BoundOtherwise>();
    return other ? bindMember(in.heap, *found, Value(), this) : *found;
  }
  if (member == "__init__")
    return Value(in.heap.make<UnboundMethod>(*this, member.str()));
  return std::nullopt;
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
          if (const auto *text = arguments["name"].value.as<Str>(); text && self.getObject())
            self.getObject()->setAttribute(in, text->text, arguments["value"].value,
                                           arguments.place);
          return Value();
        }));
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
  bool isGetter = name == "getter";
  if (!isGetter && name != "setter")
    return std::nullopt;
  return Value(in.heap.make<Native>(
      name.str(), "function, /", [this, isGetter](Interpreter &in, BoundArguments &arguments) {
        Value function = arguments["function"].value;
        return Value(
            in.heap.make<Property>(isGetter ? function : getter, isGetter ? setter : function));
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
      bool isClass = self.as<Class>() && !found->second.as<BoundOtherwise>();
      return isClass ? found->second : bindMember(in.heap, found->second, self, type);
    }
    if (auto *native = dynamic_cast<NativeClass *>(*at))
      if (auto member = native->boundMember(in, self, name))
        return member;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

std::optional<Value> Instance::lookUp(llvm::StringRef name, SourceRange place) {
  Interpreter &in = type.in;
  if (name == "__class__")
    return Value(&type);
  const Value *member = type.find(name);
  if (const auto *property = member ? member->as<Property>() : nullptr) {
    Arguments arguments{place, place, {{self, place}}, {}};
    return in.call(property->getter, arguments);
  }
  auto own = attributes.find(name);
  if (own != attributes.end())
    return own->second;
  if (member)
    return bindMember(in.heap, *member, self, &type);
  if (name == "__dict__") {
    Dict *dict = in.heap.make<Dict>();
    for (const std::string &attribute : names())
      if (auto found = attributes.find(attribute); found != attributes.end())
        dict->set(in.heap.str(attribute), found->second);
    return Value(dict);
  }
  return std::nullopt;
}

bool Instance::setProperty(llvm::StringRef name, Value value, SourceRange place) {
  Interpreter &in = type.in;
  const Value *member = type.find(name);
  const auto *property = member ? member->as<Property>() : nullptr;
  if (!property)
    return false;
  if (property->setter.isNone()) {
    in.report(Code::TypeMismatch, place, "the property `{}` of `{}` has no setter", name,
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

std::optional<Value> Instance::binarySpecial(ast::BinaryOp op, Value other, bool reflected,
                                             SourceRange place) const {
  using ast::BinaryOp;
  auto stem = [&]() -> const char * {
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
  };
  return special((reflected ? "__r" : "__") + std::string(stem()), {other}, place);
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

std::optional<Value> Instance::compareSpecial(ast::CompareOp op, Value other,
                                              SourceRange place) const {
  switch (op) {
  case ast::CompareOp::Equal:
    return special("__eq__", {other}, place);
  case ast::CompareOp::NotEqual: {
    if (auto value = special("__ne__", {other}, place))
      return value;
    auto value = special("__eq__", {other}, place);
    return value ? std::optional(type.in.unary(ast::UnaryOp::Not, *value, place)) : std::nullopt;
  }
  case ast::CompareOp::Less:
    return special("__lt__", {other}, place);
  case ast::CompareOp::LessEqual:
    return special("__le__", {other}, place);
  case ast::CompareOp::Greater:
    return special("__gt__", {other}, place);
  case ast::CompareOp::GreaterEqual:
    return special("__ge__", {other}, place);
  default:
    return std::nullopt;
  }
}

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
