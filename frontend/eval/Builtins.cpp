//===- Builtins.cpp - Python's builtin functions and types ----------------===//
//
// One entry each: name, parameters as Python writes them, body. What works on
// numbers is in NumberBuiltins.cpp, what makes iterators in Iterators.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/BuiltinBases.h"
#include "frontend/eval/Class.h"
#include "frontend/eval/Format.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/Set.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// What several builtins share
//===----------------------------------------------------------------------===//

std::optional<std::string> Interpreter::textOf(Value value, bool isRepr, SourceRange place) {
  constexpr size_t maxText = size_t(4) << 20;
  std::optional<std::string> text = fullText(value, isRepr, maxText);
  if (!text)
    report(Code::MemoryLimit, place, "the text of this {} is too long to be written",
           value.typeName());
  // Long texts take time: as much as so many steps.
  constexpr size_t bytesPerStep = 8;
  if (!step(place, 1 + (text ? text->size() : maxText) / bytesPerStep))
    return std::nullopt;
  return text;
}

Value Interpreter::typeOf(Value value) {
  if (const auto *instance = value.as<Instance>())
    return &instance->type;
  if (const Object *object = value.getObject())
    if (Object *type = object->typeObject(*this))
      return type;
  std::string name = value.isNone() ? "NoneType" : value.typeName();
  auto found = builtins.find(name);
  if (found != builtins.end() && found->second.as<Type>())
    return found->second;
  Value &type = namelessTypes[name];
  if (type.isNone())
    type = heap.make<Type>(name, "*args, **kwargs", [](Interpreter &in, BoundArguments &args) {
      return in.unsupported(args.calleePlace, "calling this type is");
    });
  return type;
}

std::optional<bool> Type::hasInstance(Value value) const {
  if (name == "object")
    return true;
  if (name == "int")
    return isInteger(value);
  if (name == "NoneType")
    return value.isNone();
  if (name == "type")
    return value.typeName() == "type";
  if (name == "dict")
    return value.as<Dict>() != nullptr;
  if (name == "str")
    return value.as<Str>() != nullptr;
  if (name == "tuple")
    return value.as<Tuple>() != nullptr;
  if (name == "list")
    return value.as<List>() != nullptr;
  return value.typeName() == name;
}

std::optional<Value> Native::attribute(Interpreter &in, llvm::StringRef attributeName,
                                       SourceRange) {
  if (attributeName == "__name__" || attributeName == "__qualname__")
    return Value(in.heap.str(name));
  return std::nullopt;
}

namespace {

/// The keys of the argument with one value: dict.fromkeys.
Value fromKeys(Interpreter &in, BoundArguments &args) {
  Dict *dict = in.heap.make<Dict>();
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value key) {
    if (!isHashable(key)) {
      in.reportUnhashable(args["iterable"].place, key);
      return false;
    }
    in.heap.charge(4 * sizeof(Value));
    dict->set(key, args["value"].value);
    return true;
  });
  return complete ? Value(dict) : Value::error();
}

/// An object of the type, to see which methods objects of it have.
Value exampleOf(Heap &heap, llvm::StringRef type) {
  if (type == "str")
    return heap.str("");
  if (type == "list")
    return heap.list({});
  if (type == "tuple")
    return heap.tuple({});
  if (type == "dict")
    return heap.make<Dict>();
  if (type == "set" || type == "frozenset")
    return heap.make<Set>(type == "frozenset");
  if (type == "int")
    return Value::integer(0);
  return type == "float" ? Value::real(0) : Value();
}

} // namespace

std::optional<Value> Type::attribute(Interpreter &in, llvm::StringRef attributeName,
                                     SourceRange place) {
  if (auto value = Native::attribute(in, attributeName, place))
    return value;
  if (name == "dict" && attributeName == "fromkeys")
    return Value(in.heap.make<Native>("fromkeys", "iterable, value=None, /", fromKeys));
  if (Class *type = attributeName == "__new__" ? asClass(in) : nullptr)
    return type->attribute(in, attributeName, place);
  // `str.upper`: a method that takes its object first.
  Value example = exampleOf(in.heap, name);
  bool exists = example.isInt() || example.isFloat() ||
                (example.getObject() && builtinMethod(in, example, attributeName));
  exists |= example.getObject() && example.getObject()->attribute(in, attributeName, place);
  if (!exists)
    return std::nullopt;
  return Value(in.heap.make<NativeMethod>(
      attributeName.str(), "self, /, *args, **kwargs",
      [attribute = attributeName.str()](Interpreter &in, BoundArguments &args) {
        Value self = args["self"].value;
        // Of an object of a class of the file, what the type does.
        auto own = self.as<Instance>() ? builtinMethod(in, self, attribute) : std::nullopt;
        Value method = own ? *own : in.attribute(self, attribute, args.calleePlace);
        Arguments arguments{args.place, args.calleePlace, args.rest, args.restKeywords};
        return in.call(method, arguments);
      }));
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

namespace {

Value length(Interpreter &in, BoundArguments &args) {
  Value value = args["value"].value;
  if (const auto *opaque = value.as<Opaque>(); opaque && !opaque->length())
    return in.swallow(*opaque, args.place);
  if (const Str *text = value.as<Str>(); text && !chargeElements(in, text->text.size(), args.place))
    return Value::error();
  if (const Object *object = value.getObject())
    if (auto size = object->length())
      return Value::integer(*size);
  reportExpected(in, args["value"].place, "len", "something with elements", value);
  in.pythonSays("object of type '{}' has no len()", pythonType(value));
  return Value::error();
}

Value makeRange(Interpreter &in, BoundArguments &args) {
  int64_t bounds[3] = {0, 0, 1};
  if (args.rest.empty() || args.rest.size() > 3)
    return in.mistake(Code::MissingArgument, args.place, "`range` takes 1 to 3 arguments, got {}",
                      args.rest.size());
  for (size_t i = 0; i < args.rest.size(); ++i) {
    auto bound = args.rest[i].value.asInteger();
    if (!bound && args.rest[i].value.as<BigInt>())
      return in.mistake(Code::IntegerOverflow, args.rest[i].place,
                        "a bound of `range` beyond 64 bits");
    if (!bound)
      return reportExpected(in, args.rest[i].place, "range", "integers", args.rest[i].value);
    bounds[args.rest.size() == 1 ? 1 : i] = *bound;
  }
  if (bounds[2] == 0)
    return in.mistake(Code::ValueMismatch, args.rest[2].place, "the step of `range` is zero");
  return in.heap.make<Range>(bounds[0], bounds[1], bounds[2]);
}

Value print(Interpreter &in, BoundArguments &args) {
  // What a training script would say is not known here, nor what is an error.
  bool isKnown = in.mode() == Mode::Strict && llvm::none_of(args.rest, [](const PlacedValue &a) {
                   return a.value.isError() || a.value.as<Opaque>();
                 });
  if (!isKnown)
    return Value();
  auto between = [&](const char *parameter, llvm::StringRef otherwise) {
    const Str *text = args[parameter].value.as<Str>();
    return text ? llvm::StringRef(text->text) : otherwise;
  };
  std::string line;
  for (const PlacedValue &argument : args.rest) {
    auto text = in.textOf(argument.value, /*isRepr=*/false, argument.place);
    if (!text)
      return Value::error();
    if (&argument != &args.rest.front())
      line += between("sep", " ");
    line += *text;
  }
  line += between("end", "\n");
  in.heap.charge(line.size());
  in.printed += line;
  return Value();
}

/// Whether the element at `i` goes before the one at `j`: -1, 0, 1; nothing without an order.
Value sorted(Interpreter &in, BoundArguments &args) {
  auto values = in.elements(args["iterable"].value, args["iterable"].place);
  if (!values || !sortValues(in, *values, args, args["iterable"].place))
    return Value::error();
  return in.heap.list(std::move(*values));
}

/// any() and all(): whether an element has the truth that decides.
Value quantifier(Interpreter &in, BoundArguments &args, bool deciding) {
  bool decided = false;
  const Opaque *unknown = nullptr;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    Value condition = in.asCondition(element, args.place);
    if (const auto *opaque = condition.as<Opaque>())
      unknown = opaque;
    decided = in.truth(condition).value_or(!deciding) == deciding;
    return !decided;
  });
  if (complete && !decided && unknown)
    return in.swallow(*unknown, args.place);
  return complete ? Value::boolean(decided == deciding) : Value::error();
}

/// isinstance and issubclass share what may be asked about: types, and tuples of them.
std::optional<bool> isInstance(Interpreter &in, Value value, Value type, SourceRange place) {
  if (const auto *several = type.as<Tuple>()) {
    bool result = false;
    for (Value each : several->elements) {
      std::optional<bool> one = isInstance(in, value, each, place);
      if (!one)
        return std::nullopt;
      result |= *one;
    }
    return result;
  }
  if (const Object *object = type.getObject())
    if (auto result = object->hasInstance(value))
      return result;
  if (type.isError())
    return std::nullopt;
  in.unsupported(place, "`isinstance` of this type is");
  return std::nullopt;
}

Value isInstanceOf(Interpreter &in, BoundArguments &args) {
  auto result = isInstance(in, args["value"].value, args["type"].value, args["type"].place);
  return result ? Value::boolean(*result) : Value::error();
}

/// The attribute, or nothing where there is none; reports nothing.
std::optional<Value> tryAttribute(Interpreter &in, BoundArguments &args) {
  const Str *name = args["name"].value.as<Str>();
  size_t mark = in.engine.size(), errors = in.engine.errorCount();
  llvm::SaveAndRestore asking(in.isAsking, true);
  Value value;
  bool isMissing = in.attempt("AttributeError", [&] {
    value = in.attribute(args["object"].value, name->text, args.place);
  });
  if (isMissing || in.isHalted())
    return std::nullopt;
  if (in.engine.errorCount() == errors && !value.isError())
    return value;
  in.forgetRaised(mark);
  return std::nullopt;
}

bool checkName(Interpreter &in, BoundArguments &args) {
  if (args["name"].value.as<Str>())
    return true;
  reportExpected(in, args["name"].place, args.signature.callee, "the name of an attribute as text",
                 args["name"].value);
  return false;
}

Value getAttribute(Interpreter &in, BoundArguments &args) {
  if (!checkName(in, args))
    return Value::error();
  if (!args["default"].given)
    return in.attribute(args["object"].value, args["name"].value.as<Str>()->text,
                        args["name"].place);
  return tryAttribute(in, args).value_or(args["default"].value);
}

Value assignAttribute(Interpreter &in, BoundArguments &args) {
  if (!checkName(in, args))
    return Value::error();
  Object *object = args["object"].value.getObject();
  const std::string &name = args["name"].value.as<Str>()->text;
  if (args["object"].value.as<Opaque>() ||
      (object && object->setAttribute(in, name, args["value"].value, args.place)))
    return Value();
  return in.mistake(Code::UnknownAttribute, args.place, "{} has no attribute `{}` to set",
                    args["object"].value.typeName(), name);
}

Value removeAttribute(Interpreter &in, BoundArguments &args) {
  if (!checkName(in, args))
    return Value::error();
  Object *object = args["object"].value.getObject();
  const std::string &name = args["name"].value.as<Str>()->text;
  if (object && object->deleteAttribute(in, name, args.place))
    return Value();
  return in.mistake(Code::UnknownAttribute, args.place, "{} has no attribute `{}` to delete",
                    args["object"].value.typeName(), name);
}

/// `vars(object)`: the attributes that the object has itself.
Value attributesOf(Interpreter &in, BoundArguments &args) {
  Value object = args["object"].value;
  if (!object.as<Instance>() && !object.as<Class>())
    return reportExpected(in, args["object"].place, "vars", "an object of a class of the file",
                          object);
  return in.attribute(object, "__dict__", args.place);
}

/// Numbers for objects, the same in each run: addresses are not.
class Identities {
public:
  int64_t of(const Object *object) {
    constexpr int64_t first = int64_t(1) << 46, step = 16; // as addresses look
    return numbers.try_emplace(object, first + step * int64_t(numbers.size())).first->second;
  }

private:
  llvm::DenseMap<const Object *, int64_t> numbers;
};

Value hash(Interpreter &in, BoundArguments &args, Identities &identities) {
  Value value = args["value"].value;
  if (!isHashable(value))
    return reportExpected(in, args["value"].place, "hash", "something that does not change", value);
  const Object *object = value.getObject();
  bool isByIdentity = object && object->Object::hash() == hashOf(value);
  return Value::integer(isByIdentity ? identities.of(object) : int64_t(hashOf(value)));
}

Value format(Interpreter &in, BoundArguments &args) {
  const Str *spec = args["spec"].value.as<Str>();
  if (!spec)
    return reportExpected(in, args["spec"].place, "format", "text", args["spec"].value);
  auto text = formatValue(in, args["value"].value, spec->text, args.place);
  return text ? Value(in.heap.str(std::move(*text))) : Value::error();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// The elements of the argument that a type is made from; none where it is missing.
std::optional<std::vector<Value>> given(Interpreter &in, BoundArguments &args) {
  if (!args["iterable"].given)
    return std::vector<Value>();
  return in.elements(args["iterable"].value, args["iterable"].place);
}

Value toList(Interpreter &in, BoundArguments &args) {
  auto values = given(in, args);
  return values ? Value(in.heap.list(std::move(*values))) : Value::error();
}

Value toTuple(Interpreter &in, BoundArguments &args) {
  if (const auto *tuple = args["iterable"].value.as<Tuple>();
      tuple && typeid(*tuple) == typeid(Tuple))
    return args["iterable"].value;
  auto values = given(in, args);
  return values ? Value(in.heap.tuple(std::move(*values))) : Value::error();
}

template <bool isFrozen> Value toSet(Interpreter &in, BoundArguments &args) {
  Set *set = nullptr;
  if (const Set *other = args["iterable"].value.as<Set>()) {
    set = in.heap.make<Set>(isFrozen);
    set->merge(*other);
  } else if (auto values = given(in, args)) {
    set = makeSet(in, *values, isFrozen, args["iterable"].place);
  }
  return set ? Value(set) : Value::error();
}

Value toDict(Interpreter &in, BoundArguments &args) {
  Dict *dict = in.heap.make<Dict>();
  return updateDict(in, *dict, args) ? Value(dict) : Value::error();
}

Value toText(Interpreter &in, BoundArguments &args) {
  auto text = in.textOf(args["value"].value, /*isRepr=*/false, args.place);
  return text ? Value(in.heap.str(std::move(*text))) : Value::error();
}

Value makeSlice(Interpreter &in, BoundArguments &args) {
  auto value = [&](size_t i) { return i < args.rest.size() ? args.rest[i].value : Value(); };
  if (args.rest.size() == 1)
    return in.heap.make<Slice>(Value(), value(0), Value());
  return in.heap.make<Slice>(value(0), value(1), value(2));
}

} // namespace

/// What only a training script has a use for, and what a model file does instead.
static const std::pair<const char *, const char *> refusedBuiltins[] = {
    {"eval", "write the expression itself"},
    {"exec", "write the statements themselves"},
    {"compile", "write the code itself"},
    {"__import__", "write `import`"},
    {"globals", "keep what is looked up by name in a dict"},
    {"dir", "name the attributes"},
    {"exit", "the file ends at its end; `raise` reports a mistake"},
    {"quit", "the file ends at its end; `raise` reports a mistake"},
    {"bytes", "use a list of integers, or a string"},
    {"bytearray", "use a list of integers"},
    {"memoryview", "use a list"},
    {"complex", "keep the real and the imaginary part as two numbers"},
    {"breakpoint", "`print` shows values"},
    {"help", "`print` shows values"},
    {"ascii", "use `repr`"},
};

void Interpreter::forgetRaised(size_t mark) {
  if (raised) {
    raised = nullptr;
    halted = false;
  }
  engine.truncate(mark);
}

void Interpreter::addBuiltin(const char *name, const char *parameters, Native::Body body,
                             Native::Opaques opaques) {
  builtins[name] = heap.make<Native>(name, parameters, std::move(body), opaques);
}

void Interpreter::addType(const char *name, const char *parameters, Native::Body body) {
  builtins[name] = heap.make<Type>(name, parameters, std::move(body));
}

void Interpreter::addObjectBuiltins() {
  addBuiltin("isinstance", "value, type, /", isInstanceOf);
  addBuiltin("callable", "value, /", [](Interpreter &, BoundArguments &args) {
    const Object *object = args["value"].value.getObject();
    return Value::boolean(object && object->isCallable());
  });
  addBuiltin("repr", "value, /", [](Interpreter &in, BoundArguments &args) {
    auto text = in.textOf(args["value"].value, /*isRepr=*/true, args.place);
    return text ? Value(in.heap.str(std::move(*text))) : Value::error();
  });
  addBuiltin("hasattr", "object, name, /", [](Interpreter &in, BoundArguments &args) {
    return checkName(in, args) ? Value::boolean(tryAttribute(in, args).has_value())
                               : Value::error();
  });
  addBuiltin("getattr", "object, name, default=None, /", getAttribute);
  addBuiltin("setattr", "object, name, value, /", assignAttribute, Native::Opaques::Pass);
  addBuiltin("delattr", "object, name, /", removeAttribute);
  addBuiltin("vars", "object, /", attributesOf);
  addBuiltin("locals", "", [](Interpreter &in, BoundArguments &) -> Value {
    // In the order of names: that of assignments is not kept.
    std::map<std::string, Value> sorted;
    for (const auto &entry : in.scope->names)
      sorted.emplace(entry.getKey().str(), entry.second);
    Dict *names = in.heap.make<Dict>();
    for (const auto &[name, value] : sorted)
      names->set(in.heap.str(name), value);
    return names;
  });
  auto identities = std::make_shared<Identities>();
  addBuiltin("hash", "value, /", [identities](Interpreter &in, BoundArguments &args) {
    return hash(in, args, *identities);
  });
  addBuiltin("id", "value, /", [identities](Interpreter &, BoundArguments &args) {
    Value value = args["value"].value;
    // Some number; the same for what is the same.
    return Value::integer(value.getObject() ? identities->of(value.getObject())
                                            : int64_t(hashOf(value)));
  });
  addBuiltin("format", "value, spec='', /", format);
  addType("str", "value='', /", toText);
  addType("list", "iterable=None, /", toList);
  addType("tuple", "iterable=None, /", toTuple);
  addType("set", "iterable=None, /", toSet<false>);
  addType("frozenset", "iterable=None, /", toSet<true>);
  addType("dict", "mapping=None, /, **kwargs", toDict);
  addType("slice", "*args", makeSlice);
  addType("type", "value, /",
          [](Interpreter &in, BoundArguments &args) { return in.typeOf(args["value"].value); });
}

void Interpreter::addBuiltins() {
  addBuiltin("len", "value, /", length, Native::Opaques::Pass);
  addBuiltin("range", "*args", makeRange);
  addBuiltin("print", "*args, sep=' ', end='\\n', file=None, flush=False", print,
             Native::Opaques::Pass);
  addBuiltin("sorted", "iterable, /, *, key=None, reverse=False", sorted);
  addBuiltin("any", "iterable, /",
             [](Interpreter &in, BoundArguments &args) { return quantifier(in, args, true); });
  addBuiltin("all", "iterable, /",
             [](Interpreter &in, BoundArguments &args) { return quantifier(in, args, false); });
  addNumberBuiltins();
  addCollectionBuiltins();
  addObjectBuiltins();
  addClassBuiltins();
  addExceptions();
  for (const auto &[name, mend] :
       {std::pair("open", "a model file reads no other files: write what is in them here"),
        std::pair("input", "write the value into the file")})
    addBuiltin(
        name, "*args, **kwargs",
        [name = name, mend = mend](Interpreter &in, BoundArguments &args) {
          return Value(in.heap.make<Opaque>(name, mend, args.place));
        },
        Native::Opaques::Pass);
  builtins["Ellipsis"] = Value::ellipsis();
  builtins["NotImplemented"] = heap.make<Opaque>("NotImplemented");
  for (const auto &[name, mend] : refusedBuiltins)
    builtins[name] = heap.make<Opaque>(name, mend);
}

} // namespace rondo::eval
