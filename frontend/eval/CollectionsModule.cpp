//===- CollectionsModule.cpp - Python's module collections ----------------===//
//
// The dicts that are a little more than dicts, and tuples with names.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/Modules.h"
#include "frontend/syntax/Lexer.h"

namespace rondo::eval {
namespace {

class DefaultDict : public Dict {
public:
  explicit DefaultDict(Value factory) : factory(factory) {}
  std::string typeName() const override { return "defaultdict"; }
  std::string repr(unsigned depth) const override {
    return fmt::format("defaultdict({}, {})", factory.repr(depth + 1), Dict::repr(depth));
  }
  std::optional<Value> missing(Interpreter &in, Value key, SourceRange place) override {
    if (factory.isNone())
      return std::nullopt;
    Value value = in.callWith(factory, {}, place, place);
    in.heap.charge(4 * sizeof(Value));
    if (!value.isError())
      set(key, value);
    return value;
  }

private:
  const Value factory;
};

class OrderedDict : public Dict {
public:
  std::string typeName() const override { return "OrderedDict"; }
  std::string repr(unsigned) const override {
    std::vector<Value> pairs;
    Heap heap;
    for (const Entry &entry : items())
      pairs.push_back(heap.tuple({entry.key, entry.value}));
    return pairs.empty() ? "OrderedDict()" : reprOf(*this, pairs, "OrderedDict([", "])", 0);
  }
};

/// How often each element occurs, the most frequent first where it is written.
class Counter : public Dict {
public:
  std::string typeName() const override { return "Counter"; }
  std::vector<Entry> ranked() const {
    std::vector<Entry> entries = items();
    std::stable_sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
      return order(a.value, b.value).value_or(0) > 0;
    });
    return entries;
  }
  std::string repr(unsigned depth) const override {
    if (size() == 0)
      return "Counter()";
    Dict sorted;
    for (const Entry &entry : ranked())
      sorted.set(entry.key, entry.value);
    return "Counter(" + sorted.repr(depth) + ")";
  }
  std::optional<Value> missing(Interpreter &, Value, SourceRange) override {
    return Value::integer(0);
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (name != "most_common")
      return Dict::attribute(in, name, place);
    return Value(in.heap.make<Native>(
        "most_common", "n=None", [this](Interpreter &in, BoundArguments &args) -> Value {
          std::vector<Value> pairs;
          size_t limit = args["n"].value.asInteger().value_or(INT64_MAX);
          for (const Entry &entry : ranked())
            if (pairs.size() < limit)
              pairs.push_back(in.heap.tuple({entry.key, entry.value}));
          return in.heap.list(std::move(pairs));
        }));
  }
};

Value makeCounter(Interpreter &in, BoundArguments &args) {
  Counter *counter = in.heap.make<Counter>();
  if (const Dict *dict = args["iterable"].value.as<Dict>()) {
    for (const Dict::Entry &entry : dict->items())
      counter->set(entry.key, entry.value);
  } else if (args["iterable"].given) {
    bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
      if (!isHashable(element))
        return in.reportUnhashable(args["iterable"].place, element).isNone();
      const Value *count = counter->find(element);
      in.heap.charge(4 * sizeof(Value));
      counter->set(element, in.binary(ast::BinaryOp::Add, count ? *count : Value::integer(0),
                                      Value::integer(1), args.place));
      return true;
    });
    if (!complete)
      return Value::error();
  }
  for (const KeywordArgument &keyword : args.restKeywords)
    counter->set(in.heap.str(keyword.name), keyword.value);
  return counter;
}

template <typename T> Value fillDict(Interpreter &in, BoundArguments &args, T *dict) {
  return updateDict(in, *dict, args) ? Value(dict) : Value::error();
}

/// What `namedtuple` makes: a class of tuples whose elements have names.
class NamedTupleClass : public NativeClass {
public:
  NamedTupleClass(Interpreter &in, std::string name, std::vector<std::string> fields,
                  std::vector<Value> defaults, std::string parameters, SourceRange place)
      : NativeClass(in, std::move(name), place), fields(std::move(fields)),
        defaults(std::move(defaults)), parameters(std::move(parameters)) {}
  std::string repr(unsigned depth) const override { return Class::repr(depth); }
  bool hasMethod(llvm::StringRef member) const override {
    return member == "_asdict" || member == "_replace" || NativeClass::hasMethod(member);
  }
  std::optional<Value> classMember(Class &type, llvm::StringRef member) override;
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef member) override;
  Value newObject(Class &type, Arguments &arguments) override;

  const std::vector<std::string> fields;
  /// Of the last fields.
  const std::vector<Value> defaults;

private:
  const std::string parameters;
};

class NamedTuple : public InstanceOf<Tuple> {
public:
  NamedTuple(Class &type, const NamedTupleClass &names, std::vector<Value> elements)
      : InstanceOf<Tuple>(type, std::move(elements)), names(names) {}
  std::string repr(unsigned depth) const override {
    if (auto own = textSpecial("__repr__"))
      return *own;
    std::string text;
    for (size_t i = 0; i < elements.size(); ++i)
      text += (i == 0 ? "" : ", ") + names.fields[i] + "=" + elements[i].repr(depth + 1);
    return type.name + "(" + text + ")";
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef member,
                                 SourceRange place) override {
    auto field = llvm::find(names.fields, member);
    if (field != names.fields.end() && !type.find(member))
      return elements[field - names.fields.begin()];
    if (!type.find(member))
      if (auto method = const_cast<NamedTupleClass &>(names).boundMember(in, self, member))
        return method;
    return InstanceOf<Tuple>::attribute(in, member, place);
  }
  std::vector<std::string> attributeNames() const override { return names.fields; }

  using Tuple::elements;
  const NamedTupleClass &names;
};

Value NamedTupleClass::newObject(Class &type, Arguments &arguments) {
  auto bound = bind(in, in.heap.signature(type.name, parameters), arguments);
  if (!bound)
    return Value::error();
  std::vector<Value> values;
  const size_t firstDefault = fields.size() - defaults.size();
  for (size_t i = 0; i < fields.size(); ++i) {
    const BoundArguments::Slot &slot = (*bound)[fields[i]];
    values.push_back(slot.given || i < firstDefault ? slot.value : defaults[i - firstDefault]);
  }
  return in.heap.make<NamedTuple>(type, *this, std::move(values));
}

std::optional<Value> NamedTupleClass::classMember(Class &type, llvm::StringRef member) {
  if (member == "_fields") {
    std::vector<Value> names;
    for (const std::string &field : fields)
      names.push_back(in.heap.str(field));
    return Value(in.heap.tuple(std::move(names)));
  }
  if (member == "_make")
    return Value(in.heap.make<Native>(
        "_make", "iterable", [this, &type](Interpreter &in, BoundArguments &args) -> Value {
          auto elements = in.elements(args["iterable"].value, args["iterable"].place);
          if (!elements)
            return Value::error();
          Arguments each{args.place, args.calleePlace, {}, {}};
          for (Value element : *elements)
            each.positional.push_back({element, args["iterable"].place});
          return newObject(type, each);
        }));
  return std::nullopt;
}

std::optional<Value> NamedTupleClass::boundMember(Interpreter &in, Value self,
                                                  llvm::StringRef member) {
  const auto *tuple = self.as<NamedTuple>();
  if (member == "__init__") // `__new__` has done all
    return Value(in.heap.make<Native>(
        name, "*args, **kwargs", [](Interpreter &, BoundArguments &) { return Value(); },
        Native::Opaques::Pass));
  if (!tuple)
    return NativeClass::boundMember(in, self, member);
  if (member == "_fields" || member == "_make")
    return classMember(tuple->type, member);
  if (member == "_asdict")
    return Value(
        in.heap.make<Native>("_asdict", "", [tuple](Interpreter &in, BoundArguments &) -> Value {
          Dict *dict = in.heap.make<Dict>();
          for (size_t i = 0; i < tuple->elements.size(); ++i)
            dict->set(in.heap.str(tuple->names.fields[i]), tuple->elements[i]);
          return dict;
        }));
  if (member == "_replace")
    return Value(in.heap.make<Native>(
        "_replace", "**kwargs", [this, tuple](Interpreter &in, BoundArguments &args) -> Value {
          std::vector<Value> values = tuple->elements;
          for (const KeywordArgument &keyword : args.restKeywords) {
            auto field = llvm::find(fields, keyword.name);
            if (field == fields.end())
              return in.mistake(Code::ValueMismatch, keyword.namePlace, "{} has no field `{}`",
                                tuple->type.name, keyword.name);
            values[field - fields.begin()] = keyword.value;
          }
          return in.heap.make<NamedTuple>(tuple->type, *this, std::move(values));
        }));
  return std::nullopt;
}

/// A class of tuples with these fields; null after a report.
NamedTupleClass *makeNamedTuple(Interpreter &in, std::string name, std::vector<std::string> fields,
                                std::vector<Value> defaults, SourceRange place,
                                SourceRange fieldsPlace) {
  std::string parameters;
  for (size_t i = 0; i < fields.size(); ++i) {
    bool isName = !fields[i].empty() && !llvm::isDigit(fields[i][0]) &&
                  !llvm::is_contained(syntax::keywords(), fields[i]) &&
                  llvm::all_of(fields[i], [](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (!isName || llvm::is_contained(llvm::ArrayRef(fields).take_front(i), fields[i])) {
      in.mistake(Code::ValueMismatch, fieldsPlace, "`{}` cannot name a field", fields[i]);
      return nullptr;
    }
    parameters += (i == 0 ? "" : ", ") + fields[i];
    if (i + defaults.size() >= fields.size())
      parameters += "=None";
  }
  auto *type = in.heap.make<NamedTupleClass>(in, std::move(name), std::move(fields),
                                             std::move(defaults), std::move(parameters), place);
  type->setBases({in.builtin("object").as<Class>()});
  return type;
}

/// `typing.NamedTuple`: the fields are what the body of a class declares.
class DeclaredTuple : public NativeClass {
public:
  explicit DeclaredTuple(Interpreter &in) : NativeClass(in, "NamedTuple", SourceRange()) {
    setBases({in.builtin("object").as<Class>()});
  }
  Value newObject(Class &, Arguments &arguments) override {
    return in.unsupported(arguments.place, "making a class by a call of `NamedTuple` is",
                          "`collections.namedtuple(\"Name\", [\"field\"])` makes one");
  }
  void adopt(Class &type) override {
    // A class behind one with fields has those.
    if (!llvm::is_contained(type.definedBases(), this))
      return;
    std::vector<std::string> fields;
    std::vector<Value> defaults;
    for (const ast::StmtPtr &stmt : type.definition->body) {
      std::string field = declaredName(*stmt).str();
      if (field.empty())
        continue;
      auto member = type.members.find(field);
      if (member != type.members.end()) {
        defaults.push_back(member->second);
        type.members.erase(member);
      } else if (!defaults.empty()) {
        in.report(Code::TypeMismatch, stmt->range,
                  "the field `{}` of `{}` has no default and follows one that has", field,
                  type.name)
            .help("fields without a default come first");
        return;
      }
      fields.push_back(std::move(field));
    }
    if (NativeClass *tuple = makeNamedTuple(in, type.name, std::move(fields), std::move(defaults),
                                            type.place, type.place))
      type.setBases({tuple});
  }
};

Value namedTuple(Interpreter &in, BoundArguments &args) {
  const Str *name = args["typename"].value.as<Str>();
  std::vector<std::string> fields;
  if (const Str *text = args["field_names"].value.as<Str>()) {
    std::string spaced = text->text;
    std::replace(spaced.begin(), spaced.end(), ',', ' ');
    llvm::SmallVector<llvm::StringRef> parts;
    llvm::SplitString(spaced, parts);
    for (llvm::StringRef part : parts)
      fields.push_back(part.str());
  } else if (auto elements = in.elements(args["field_names"].value, args["field_names"].place)) {
    for (Value element : *elements)
      fields.push_back(element.str());
  } else {
    return Value::error();
  }
  if (!name)
    return in.mistake(Code::TypeMismatch, args["typename"].place, "`namedtuple` expects a name");
  std::vector<Value> defaults;
  if (!args["defaults"].value.isNone()) {
    auto given = in.elements(args["defaults"].value, args["defaults"].place);
    if (!given)
      return Value::error();
    defaults = std::move(*given);
  }
  auto *type = makeNamedTuple(in, name->text, std::move(fields), std::move(defaults), args.place,
                              args["field_names"].place);
  return type ? Value(type) : Value::error();
}

} // namespace

Class *makeDeclaredTuple(Interpreter &in) { return in.heap.make<DeclaredTuple>(in); }

void addCollections(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "collections");
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    addFunction(in, module, name, parameters, std::move(body));
  };
  add("OrderedDict", "mapping=None, /, **kwargs", [](Interpreter &in, BoundArguments &args) {
    return fillDict(in, args, in.heap.make<OrderedDict>());
  });
  add("defaultdict", "factory=None, mapping=None, /, **kwargs",
      [](Interpreter &in, BoundArguments &args) {
        return fillDict(in, args, in.heap.make<DefaultDict>(args["factory"].value));
      });
  add("Counter", "iterable=None, /, **kwargs", makeCounter);
  add("namedtuple", "typename, field_names, *, rename=False, defaults=None, module=None",
      namedTuple);
}

} // namespace rondo::eval
