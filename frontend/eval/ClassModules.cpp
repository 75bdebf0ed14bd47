//===- ClassModules.cpp - abc, dataclasses --------------------------------===//
//
// What Python's library adds to classes. A dataclass gets methods of ours, made from
// the fields that its body declares.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/eval/Modules.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {
namespace {

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

/// What `field(…)` says, or a plain default.
class Field : public Object {
public:
  Field(std::string name, std::optional<Value> value, Value factory, bool isArgument,
        bool isKeyword)
      : name(std::move(name)), value(value), factory(factory), isArgument(isArgument),
        isKeyword(isKeyword) {}
  std::string typeName() const override { return "Field"; }
  bool isNeeded() const { return isArgument && !value && factory.isNone(); }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef attribute,
                                 SourceRange place) override {
    if (attribute == "name")
      return Value(in.heap.str(name));
    if (attribute == "init")
      return Value::boolean(isArgument);
    if (attribute == "default")
      return value ? *value : Value(in.heap.make<Opaque>("dataclasses.MISSING"));
    if (attribute == "type" || attribute == "default_factory")
      return Value(in.heap.make<Opaque>("dataclasses.Field." + attribute.str(), "", place));
    return std::nullopt;
  }

  const std::string name;
  const std::optional<Value> value;
  const Value factory;
  /// Whether `__init__` takes it, and by its name only.
  const bool isArgument, isKeyword;
};

/// Where a class keeps its fields, as Python does.
constexpr llvm::StringLiteral fieldsMember = "__dataclass_fields__";

std::vector<const Field *> fieldsOf(const Class &type) {
  std::vector<const Field *> fields;
  const Value *found = type.find(fieldsMember);
  if (const auto *all = found ? found->as<Tuple>() : nullptr)
    for (Value each : all->elements)
      fields.push_back(each.as<Field>());
  return fields;
}

/// The fields of a class and of those behind it; nothing after a report.
std::optional<std::vector<Value>> collectFields(Interpreter &in, Class &type, bool areKeywords) {
  std::vector<Value> fields;
  auto add = [&](const Field *field) {
    auto same =
        llvm::find_if(fields, [&](Value other) { return other.as<Field>()->name == field->name; });
    Value value(const_cast<Field *>(field));
    if (same == fields.end())
      fields.push_back(value);
    else
      *same = value;
  };
  for (const Class *base : llvm::reverse(llvm::drop_begin(type.order)))
    for (const Field *field : fieldsOf(*base))
      add(field);
  for (const ast::StmtPtr &stmt : type.definition->body) {
    std::string name = declaredName(*stmt).str();
    if (name.empty())
      continue;
    auto member = type.members.find(name);
    std::optional<Value> value;
    if (member != type.members.end())
      value = member->second;
    if (value && (value->as<List>() || value->as<Dict>() || value->typeName() == "set")) {
      in.report(Code::ValueMismatch, stmt->range,
                "the default of `{}` is a {} that all objects "
                "would share",
                name, value->typeName())
          .help("`{}: {} = field(default_factory={})` makes one for each", name, value->typeName(),
                value->typeName());
      return std::nullopt;
    }
    const auto *said = value ? value->as<Field>() : nullptr;
    const auto *field = said ? in.heap.make<Field>(name, said->value, said->factory,
                                                   said->isArgument, said->isKeyword || areKeywords)
                             : in.heap.make<Field>(name, value, Value(), true, areKeywords);
    if (said && said->value)
      type.members[name] = *said->value;
    else if (said)
      type.members.erase(name);
    add(field);
  }
  bool hasDefault = false;
  for (Value each : fields) {
    const auto *field = each.as<Field>();
    if (hasDefault && field->isNeeded() && !field->isKeyword) {
      in.report(Code::TypeMismatch, type.place,
                "the field `{}` of `{}` has no default and follows one that has", field->name,
                type.name)
          .help("fields without a default come first");
      return std::nullopt;
    }
    hasDefault |= field->isArgument && !field->isNeeded() && !field->isKeyword;
  }
  return fields;
}

//===----------------------------------------------------------------------===//
// Methods of a dataclass
//===----------------------------------------------------------------------===//

/// An object of a dataclass, or null after a report.
Instance *dataObject(Interpreter &in, const BoundArguments::Slot &slot, llvm::StringRef function) {
  auto *instance = slot.value.as<Instance>();
  if (instance && instance->type.find(fieldsMember))
    return instance;
  in.report(Code::TypeMismatch, slot.place, "`{}` expects an object of a dataclass, got {}",
            function, slot.value.typeName());
  return nullptr;
}

/// The object whose method of ours is called, or null after a report.
Instance *selfOf(Interpreter &in, BoundArguments &args) {
  return dataObject(in, args.slots.front(), args.signature.callee);
}

Value initialize(Interpreter &in, BoundArguments &args, const Class &type) {
  Instance *instance = selfOf(in, args);
  if (!instance)
    return Value::error();
  for (const Field *field : fieldsOf(type)) {
    if (!field->isArgument && !field->value && field->factory.isNone())
      continue;
    const bool isGiven = field->isArgument && args[field->name].given;
    Value value = isGiven ? args[field->name].value
                  : field->factory.isNone()
                      ? field->value.value_or(Value())
                      : in.callWith(field->factory, {}, args.place, args.place);
    llvm::SaveAndRestore plainly(instance->setsPlainly, true);
    instance->self->setAttribute(in, field->name, value, args.place);
  }
  instance->special("__post_init__", {}, args.place);
  return Value();
}

/// The values of an object's fields, by name.
std::vector<std::pair<std::string, Value>> valuesOf(Interpreter &in, const Instance &instance,
                                                    SourceRange place) {
  std::vector<std::pair<std::string, Value>> values;
  for (const Field *field : fieldsOf(instance.type))
    values.push_back({field->name, in.attribute(instance.self, field->name, place)});
  return values;
}

Value describe(Interpreter &in, BoundArguments &args) {
  const Instance *instance = selfOf(in, args);
  if (!instance)
    return Value::error();
  std::string text;
  for (const auto &[name, value] : valuesOf(in, *instance, args.place))
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value.repr());
  return in.heap.str(fmt::format("{}({})", instance->type.qualifiedName, text));
}

Value compareFields(Interpreter &in, BoundArguments &args) {
  const Instance *left = selfOf(in, args);
  const auto *right = args["other"].value.as<Instance>();
  if (!left)
    return Value::error();
  if (!right || &left->type != &right->type)
    return in.builtin("NotImplemented");
  auto ours = valuesOf(in, *left, args.place), theirs = valuesOf(in, *right, args.place);
  return Value::boolean(llvm::equal(
      ours, theirs, [](const auto &a, const auto &b) { return equal(a.second, b.second); }));
}

Value hashFields(Interpreter &in, BoundArguments &args) {
  const Instance *instance = selfOf(in, args);
  if (!instance)
    return Value::error();
  std::vector<Value> values;
  for (const auto &[name, value] : valuesOf(in, *instance, args.place))
    values.push_back(value);
  return Value::integer(int64_t(hashOf(in.heap.tuple(std::move(values)))));
}

Value refuseToSet(Interpreter &in, BoundArguments &args) {
  if (const Instance *instance = selfOf(in, args))
    in.report(Code::UnknownAttribute, args.place, "`{}` is frozen: `{}` cannot be assigned",
              instance->type.name, args["name"].value.str())
        .help("`dataclasses.replace(…)` makes a changed copy");
  return Value();
}

struct Options {
  bool init = true, repr = true, eq = true, isFrozen = false, areKeywords = false;
};

Value makeDataclass(Interpreter &in, Value value, const Options &options, SourceRange place) {
  Class *type = value.as<Class>();
  if (!type || !type->definition)
    return in.mistake(Code::TypeMismatch, place, "`dataclass` decorates a class");
  auto fields = collectFields(in, *type, options.areKeywords);
  if (!fields)
    return Value::error();
  type->members[fieldsMember] = in.heap.tuple(*fields);
  auto add = [&](const char *name, const std::string &callee, const std::string &parameters,
                 Native::Body body) {
    type->members.try_emplace(name,
                              in.heap.make<NativeMethod>(callee, parameters, std::move(body)));
  };
  // As in Python, whose fields may be called `self`.
  std::string parameters = "__dataclass_self__";
  for (bool isKeyword : {false, true}) {
    bool isFirst = isKeyword;
    for (Value each : *fields) {
      const auto *field = each.as<Field>();
      if (!field->isArgument || field->isKeyword != isKeyword)
        continue;
      parameters += isFirst ? ", *" : "";
      parameters += ", " + field->name + (field->isNeeded() ? "" : "=None");
      isFirst = false;
    }
  }
  if (options.init)
    add("__init__", type->name, parameters,
        [type](Interpreter &in, BoundArguments &args) { return initialize(in, args, *type); });
  if (options.repr)
    add("__repr__", "__repr__", "self", describe);
  if (options.eq)
    add("__eq__", "__eq__", "self, other", compareFields);
  if (options.isFrozen) {
    add("__hash__", "__hash__", "self", hashFields);
    add("__setattr__", "__setattr__", "self, name, value", refuseToSet);
  }
  return type;
}

Value dataclass(Interpreter &in, BoundArguments &args) {
  auto says = [&](const char *name) { return in.truth(args[name].value).value_or(false); };
  for (const char *name : {"order", "unsafe_hash"})
    if (says(name))
      in.unsupported(args[name].place, fmt::format("`{}` of a dataclass is", name),
                     "write the methods of the class instead");
  Options options{says("init"), says("repr"), says("eq"), says("frozen"), says("kw_only")};
  if (args["cls"].given)
    return makeDataclass(in, args["cls"].value, options, args.place);
  return in.heap.make<Native>("dataclass", "cls, /",
                              [options](Interpreter &in, BoundArguments &args) {
                                return makeDataclass(in, args["cls"].value, options, args.place);
                              });
}

Value asDict(Interpreter &in, BoundArguments &args) {
  const Instance *instance = dataObject(in, args["object"], "asdict");
  if (!instance)
    return Value::error();
  Dict *dict = in.heap.make<Dict>();
  for (const auto &[name, value] : valuesOf(in, *instance, args.place))
    dict->set(in.heap.str(name), value);
  return dict;
}

Value replace(Interpreter &in, BoundArguments &args) {
  const Instance *instance = dataObject(in, args["object"], "replace");
  if (!instance)
    return Value::error();
  Arguments call{args.place, args.calleePlace, {}, args.restKeywords};
  llvm::StringSet<> others;
  for (const Field *field : fieldsOf(instance->type))
    if (!field->isArgument)
      others.insert(field->name);
  for (const auto &[name, value] : valuesOf(in, *instance, args.place))
    if (!others.contains(name) &&
        llvm::none_of(args.restKeywords,
                      [&](const KeywordArgument &given) { return given.name == name; }))
      call.keywords.push_back({name, args.place, value, args.place});
  return in.call(Value(&instance->type), call);
}

void addDataclasses(Interpreter &in) {
  Module *module = addModule(in, "dataclasses");
  addFunction(in, module, "dataclass",
              "cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, "
              "frozen=False, kw_only=False, slots=False",
              dataclass);
  addFunction(in, module, "field",
              "*, default=None, default_factory=None, init=True, repr=True, compare=True, "
              "hash=None, metadata=None, kw_only=False",
              [](Interpreter &in, BoundArguments &args) -> Value {
                std::optional<Value> value;
                if (args["default"].given)
                  value = args["default"].value;
                auto says = [&](const char *name) {
                  return in.truth(args[name].value).value_or(false);
                };
                return in.heap.make<Field>("", value, args["default_factory"].value, says("init"),
                                           says("kw_only"));
              });
  addFunction(in, module, "asdict", "object, /", asDict);
  addFunction(in, module, "astuple", "object, /", [](Interpreter &in, BoundArguments &args) {
    Value dict = asDict(in, args);
    std::vector<Value> values;
    for (const Dict::Entry &entry :
         dict.isError() ? std::vector<Dict::Entry>() : dict.as<Dict>()->items())
      values.push_back(entry.value);
    return dict.isError() ? dict : Value(in.heap.tuple(std::move(values)));
  });
  addFunction(in, module, "fields", "object, /",
              [](Interpreter &in, BoundArguments &args) -> Value {
                const BoundArguments::Slot &slot = args["object"];
                const auto *instance = slot.value.as<Instance>();
                const Class *type = instance ? &instance->type : slot.value.as<Class>();
                if (const Value *fields = type ? type->find(fieldsMember) : nullptr)
                  return *fields;
                return in.mistake(Code::TypeMismatch, slot.place,
                                  "`fields` expects a dataclass or an object of one, got {}",
                                  slot.value.typeName());
              });
  addFunction(in, module, "is_dataclass", "object, /",
              [](Interpreter &in, BoundArguments &args) -> Value {
                const auto *instance = args["object"].value.as<Instance>();
                const Class *type = instance ? &instance->type : args["object"].value.as<Class>();
                return Value::boolean(type && type->find(fieldsMember));
              });
  addFunction(in, module, "replace", "object, /, **kwargs", replace);
}

} // namespace

llvm::StringRef declaredName(const ast::Stmt &stmt) {
  if (const auto *pass = llvm::dyn_cast<ast::Pass>(&stmt))
    return pass->declared;
  const auto *assignment = llvm::dyn_cast<ast::Assign>(&stmt);
  if (!assignment || !assignment->isAnnotated)
    return "";
  const auto *name = llvm::dyn_cast<ast::Name>(assignment->targets.front().get());
  return name ? llvm::StringRef(name->id) : "";
}

void addClassModules(Interpreter &in) {
  addDataclasses(in);
  Module *abc = addModule(in, "abc");
  auto *base = in.heap.make<NativeClass>(in, "ABC", SourceRange());
  base->setBases({in.builtin("object").as<Class>()});
  // As a metaclass it says the same.
  abc->members["ABC"] = abc->members["ABCMeta"] = base;
  addFunction(in, abc, "abstractmethod", "function, /",
              [](Interpreter &in, BoundArguments &args) -> Value {
                return in.heap.make<AbstractMethod>(args["function"].value);
              });
}

} // namespace rondo::eval
