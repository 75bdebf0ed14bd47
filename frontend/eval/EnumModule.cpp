//===- EnumModule.cpp - enum ----------------------------------------------===//
//
// `class Cell(Enum)`: what its body assigns become its objects, one for each value.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BuiltinBases.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Modules.h"

namespace rondo::eval {
namespace {

/// `auto()`: the number after the last one.
class Automatic : public Object {
public:
  std::string typeName() const override { return "auto"; }
};

/// A member of an enumeration. Of one that also derives from `str` it is a text.
template <typename Base> class Member : public Base {
public:
  template <typename... Args>
  Member(Class &type, std::string name, Value value, Args &&...args)
      : Base(type, std::forward<Args>(args)...), name(std::move(name)), value(value) {}

  std::string repr(unsigned depth) const override {
    auto text = this->textSpecial("__repr__");
    return text ? *text : fmt::format("<{}.{}: {}>", this->type.name, name, value.repr(depth + 1));
  }
  std::string str() const override {
    if (auto text = this->textSpecial("__str__"))
      return *text;
    const auto *word = value.as<Str>();
    return isText && word ? word->text : this->type.name + "." + name;
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef attribute,
                                 SourceRange place) override {
    if (!this->type.find(attribute)) {
      if (attribute == "name" || attribute == "_name_")
        return Value(in.heap.str(name));
      if (attribute == "value" || attribute == "_value_")
        return value;
    }
    return Base::attribute(in, attribute, place);
  }

  const std::string name;
  const Value value;
  /// Of a `StrEnum`, which is written as its value.
  bool isText = false;
};

Value valueOf(Value member) {
  if (const auto *text = member.as<Member<DerivedFrom<Str>>>())
    return text->value;
  return member.as<Member<InstanceOf<Object>>>()->value;
}

/// `Enum` and `StrEnum`.
class EnumClass : public NativeClass {
public:
  EnumClass(Interpreter &in, std::string name, std::vector<Class *> bases, bool isText)
      : NativeClass(in, std::move(name), SourceRange()), isText(isText) {
    setBases(std::move(bases));
  }
  std::string repr(unsigned) const override { return "<enum '" + name + "'>"; }
  Value newObject(Class &type, Arguments &arguments) override {
    return in.unsupported(arguments.place, "making an enumeration by a call is",
                          "write a class: `class Cell(Enum):` and a line for each value");
  }
  void adopt(Class &type) override;

private:
  Value makeMember(Class &type, const std::string &name, Value value) const;

  const bool isText;
};

Value EnumClass::makeMember(Class &type, const std::string &memberName, Value value) const {
  const auto *text = value.as<Str>();
  if (text && type.isSubclassOf(in.builtin("str").as<Type>()->asClass(in))) {
    auto *member = in.heap.make<Member<DerivedFrom<Str>>>(type, memberName, value, text->text);
    member->isText = isText;
    return member;
  }
  return in.heap.make<Member<InstanceOf<Object>>>(type, memberName, value);
}

void EnumClass::adopt(Class &type) {
  // `StrEnum` has come before `Enum`.
  if (!type.enumerated.empty())
    return;
  int64_t last = 0;
  for (const ast::StmtPtr &stmt : type.definition->body) {
    const auto *assignment = llvm::dyn_cast<ast::Assign>(stmt.get());
    for (const ast::ExprPtr &target :
         assignment ? llvm::ArrayRef(assignment->targets) : llvm::ArrayRef<ast::ExprPtr>()) {
      const auto *id = llvm::dyn_cast<ast::Name>(target.get());
      if (!id || llvm::StringRef(id->id).starts_with("_") || !type.members.count(id->id))
        continue;
      Value value = type.members[id->id];
      if (value.as<Function>())
        continue;
      if (value.as<Automatic>())
        value =
            isText ? Value(in.heap.str(llvm::StringRef(id->id).lower())) : Value::integer(last + 1);
      last = value.asInteger().value_or(last);
      auto same = llvm::find_if(type.enumerated,
                                [&](Value member) { return equal(valueOf(member), value); });
      if (same != type.enumerated.end()) {
        type.members[id->id] = *same; // another name of it
        continue;
      }
      Value member = makeMember(type, id->id, value);
      type.members[id->id] = member;
      type.enumerated.push_back(member);
      if (const Value *initialize = type.find("__init__")) {
        Arguments arguments{target->range, target->range, {}, {}};
        if (const auto *several = value.as<Tuple>())
          for (Value each : several->elements)
            arguments.positional.push_back({each, target->range});
        else
          arguments.positional.push_back({value, target->range});
        in.call(bindMember(in.heap, *initialize, member, &type), arguments);
      }
    }
  }
}

} // namespace

//===----------------------------------------------------------------------===//
// The class itself
//===----------------------------------------------------------------------===//

Value Class::memberOfValue(Value value, SourceRange at) {
  for (Value member : enumerated)
    if (identical(member, value) || equal(valueOf(member), value))
      return member;
  in.report(Code::ValueMismatch, at, "{} is no value of the enumeration `{}`", value.inWords(),
            name)
      .note(place, "it is defined here");
  in.raisedIs("ValueError", {in.heap.str(value.repr() + " is not a valid " + name)});
  return Value::error();
}

std::optional<Value> Class::subscript(Interpreter &, Value index, SourceRange at) {
  const auto *text = index.as<Str>();
  if (enumerated.empty() || !text)
    return std::nullopt;
  auto member = members.find(text->text);
  if (member != members.end() &&
      llvm::any_of(enumerated, [&](Value each) { return identical(each, member->second); }))
    return member->second;
  in.report(Code::MissingKey, at, "the enumeration `{}` has no member {}", name, index.inWords());
  in.raisedIs("KeyError", {index});
  return Value::error();
}

Iterator *Class::iterator(Interpreter &, SourceRange) {
  return enumerated.empty() ? nullptr : iterateOver(in.heap, "iterator", enumerated);
}

std::optional<bool> Class::contains(Interpreter &, Value value, SourceRange) {
  if (enumerated.empty())
    return std::nullopt;
  return llvm::any_of(enumerated, [&](Value member) { return identical(member, value); });
}

void addEnum(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "enum");
  Class *object = in.builtin("object").as<Class>();
  auto *plain = in.heap.make<EnumClass>(in, "Enum", std::vector<Class *>{object}, false);
  module->members["Enum"] = plain;
  Class *text = in.builtin("str").as<Type>()->asClass(in);
  module->members["StrEnum"] =
      in.heap.make<EnumClass>(in, "StrEnum", std::vector<Class *>{text, plain}, true);
  for (const char *name : {"IntEnum", "Flag", "IntFlag"})
    module->members[name] = in.heap.make<Opaque>(
        "enum." + std::string(name), "derive from `Enum`, whose members have a `value`");
  addFunction(in, module, "auto", "",
              [](Interpreter &in, BoundArguments &) { return Value(in.heap.make<Automatic>()); });
  addFunction(in, module, "unique", "enumeration, /",
              [](Interpreter &, BoundArguments &args) { return args["enumeration"].value; });
}

} // namespace rondo::eval
