//===- SmallModules.cpp - operator, copy, inspect, json, warnings ---------===//
//
// Small modules that model files import beside others: operators as functions, copies of
// containers, names of parameters, configurations in JSON, and the silencing of warnings that
// there are not.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Class.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Modules.h"
#include "frontend/eval/NdArray.h"
#include "frontend/eval/Set.h"
#include "llvm/ADT/DenseMap.h"
#include <nlohmann/json.hpp>

namespace rondo::eval {
namespace {

//===----------------------------------------------------------------------===//
// operator
//===----------------------------------------------------------------------===//

/// `itemgetter(1)` and `attrgetter("name")`: functions that take one thing, or several as
/// a tuple, out of their argument.
template <typename Get> Native::Body getter(Get get) {
  return [get](Interpreter &in, BoundArguments &args) -> Value {
    std::vector<PlacedValue> keys = args.rest;
    if (keys.empty())
      return in.mistake(Code::MissingArgument, args.place, "`{}` takes at least one argument",
                        args.signature.callee);
    return in.heap.make<Native>(
        args.signature.callee, "object, /", [get, keys](Interpreter &in, BoundArguments &args) {
          std::vector<Value> values;
          for (const PlacedValue &key : keys)
            values.push_back(get(in, args["object"].value, key, args.place));
          return values.size() == 1 ? values.front() : Value(in.heap.tuple(std::move(values)));
        });
  };
}

Value itemOf(Interpreter &in, Value object, const PlacedValue &key, SourceRange place) {
  return in.subscript(object, key.value, place, key.place);
}

Value attributeOf(Interpreter &in, Value object, const PlacedValue &key, SourceRange place) {
  const Str *name = key.value.as<Str>();
  if (!name)
    return in.mistake(Code::TypeMismatch, key.place, "the name of an attribute is text, got {}",
                      key.value.typeName());
  // Dotted names go from attribute to attribute.
  llvm::StringRef rest = name->text;
  while (!rest.empty()) {
    auto [first, after] = rest.split('.');
    object = in.attribute(object, first, place);
    rest = after;
  }
  return object;
}

void addOperator(Interpreter &in) {
  using Op = ast::BinaryOp;
  using Compare = ast::CompareOp;
  Module *module = addModule(in, "operator");
  const std::pair<const char *, Op> operators[] = {
      {"add", Op::Add},          {"sub", Op::Sub},           {"mul", Op::Mul},
      {"truediv", Op::Div},      {"floordiv", Op::FloorDiv}, {"mod", Op::Mod},
      {"pow", Op::Pow},          {"matmul", Op::MatMul},     {"and_", Op::BitAnd},
      {"or_", Op::BitOr},        {"xor", Op::BitXor},        {"lshift", Op::LeftShift},
      {"rshift", Op::RightShift}};
  for (const auto &[name, op] : operators)
    addFunction(in, module, name, "a, b, /", [op = op](Interpreter &in, BoundArguments &args) {
      return in.binary(op, args["a"].value, args["b"].value, args.place);
    });
  const std::pair<const char *, Compare> comparisons[] = {
      {"eq", Compare::Equal},     {"ne", Compare::NotEqual}, {"lt", Compare::Less},
      {"le", Compare::LessEqual}, {"gt", Compare::Greater},  {"ge", Compare::GreaterEqual},
      {"is_", Compare::Is},       {"is_not", Compare::IsNot}};
  for (const auto &[name, op] : comparisons)
    addFunction(in, module, name, "a, b, /", [op = op](Interpreter &in, BoundArguments &args) {
      return in.compare(op, args["a"].value, args["b"].value, args.place);
    });
  const std::pair<const char *, ast::UnaryOp> unary[] = {{"neg", ast::UnaryOp::Minus},
                                                         {"pos", ast::UnaryOp::Plus},
                                                         {"not_", ast::UnaryOp::Not},
                                                         {"invert", ast::UnaryOp::Invert}};
  for (const auto &[name, op] : unary)
    addFunction(in, module, name, "a, /", [op = op](Interpreter &in, BoundArguments &args) {
      return in.unary(op, args["a"].value, args.place);
    });
  addFunction(in, module, "contains", "a, b, /", [](Interpreter &in, BoundArguments &args) {
    return in.compare(Compare::In, args["b"].value, args["a"].value, args.place);
  });
  addFunction(in, module, "getitem", "a, b, /", [](Interpreter &in, BoundArguments &args) {
    return in.subscript(args["a"].value, args["b"].value, args.place, args["b"].place);
  });
  addFunction(in, module, "itemgetter", "*args", getter(itemOf));
  addFunction(in, module, "attrgetter", "*args", getter(attributeOf));
}

//===----------------------------------------------------------------------===//
// copy
//===----------------------------------------------------------------------===//

/// Copies containers; what cannot change, or is a thing of its own, stays what it is.
class Copier {
public:
  Copier(Interpreter &in, bool isDeep, SourceRange place) : in(in), isDeep(isDeep), place(place) {}

  Value copy(Value value, unsigned depth) {
    Object *object = value.getObject();
    constexpr unsigned maxDepth = 200;
    if (!object || !in.step(place))
      return object ? Value::error() : value;
    if (depth == maxDepth)
      return in.mistake(Code::RecursionLimit, place, "a copy of something nested too deeply");
    if (auto found = copies.find(object); found != copies.end())
      return found->second;
    Value result = copyObject(value, depth);
    copies[object] = result;
    return result;
  }

private:
  Value copyObject(Value value, unsigned depth) {
    auto inner = [&](Value part) { return isDeep ? copy(part, depth + 1) : part; };
    if (const List *list = value.as<List>()) {
      // Known before its elements are copied: it may be one of them.
      List *result = in.heap.list({});
      copies[value.getObject()] = result;
      in.heap.charge(list->elements.size() * sizeof(Value));
      for (size_t i = 0; i < list->elements.size(); ++i)
        result->elements.push_back(inner(list->elements[i]));
      return result;
    }
    if (const Dict *dict = value.as<Dict>(); dict && typeid(*dict) == typeid(Dict)) {
      Dict *result = in.heap.make<Dict>();
      copies[value.getObject()] = result;
      in.heap.charge(dict->size() * 4 * sizeof(Value));
      for (const Dict::Entry &entry : dict->items())
        result->set(entry.key, inner(entry.value));
      return result;
    }
    if (const Set *set = value.as<Set>()) {
      Set *result = in.heap.make<Set>(set->isFrozen);
      in.heap.charge(set->size() * 4 * sizeof(Value));
      result->merge(*set);
      return result;
    }
    if (auto *array = value.as<NdArray>()) {
      NdArray *result = makeArray(in, array->elements(), array->shape, array->dtype, place);
      return result ? asConstant(result, array->isConstant) : Value::error();
    }
    if (const auto *tuple = value.as<Tuple>(); tuple && isDeep && typeid(*tuple) == typeid(Tuple)) {
      std::vector<Value> elements;
      for (Value element : tuple->elements)
        elements.push_back(inner(element));
      return in.heap.tuple(std::move(elements));
    }
    bool isFixed = value.as<Str>() || value.as<Tuple>() || value.as<Function>() ||
                   value.as<Native>() || value.as<Module>() || value.as<Class>();
    if (isFixed)
      return value;
    return in.unsupported(place, fmt::format("a copy of {} is", value.typeName()), "make it anew");
  }

  Interpreter &in;
  const bool isDeep;
  const SourceRange place;
  llvm::DenseMap<const Object *, Value> copies;
};

void addCopy(Interpreter &in) {
  Module *module = addModule(in, "copy");
  for (bool isDeep : {false, true})
    addFunction(in, module, isDeep ? "deepcopy" : "copy", "x",
                [isDeep](Interpreter &in, BoundArguments &args) {
                  return Copier(in, isDeep, args.place).copy(args["x"].value, 0);
                });
}

//===----------------------------------------------------------------------===//
// inspect
//===----------------------------------------------------------------------===//

/// The names of what a function takes; nothing for what is not called.
std::optional<std::vector<Value>> parametersOf(Interpreter &in, Value function) {
  const auto *method = function.as<BoundMethod>();
  const auto *type = function.as<Class>();
  if (type) {
    const Value *initialize = type->find("__init__");
    if (!initialize)
      return std::vector<Value>();
    function = *initialize;
  }
  if (method)
    function = method->function;
  const auto *own = function.as<Function>();
  const auto *native = function.as<Native>();
  if (!own && !native)
    return std::nullopt;
  const Signature &signature =
      own ? own->signature : in.heap.signature(native->name, native->parameters);
  std::vector<Value> names;
  for (const Signature::Parameter &parameter :
       llvm::drop_begin(signature.parameters, (method || type) && !signature.parameters.empty()))
    names.push_back(in.heap.str(parameter.name));
  return names;
}

void addInspect(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "inspect");
  auto add = [&](const char *name, Value (*build)(Interpreter &, std::vector<Value>)) {
    addFunction(in, module, name, "function, /", [build](Interpreter &in, BoundArguments &args) {
      const BoundArguments::Slot &function = args["function"];
      auto names = parametersOf(in, function.value);
      return names ? build(in, std::move(*names))
                   : in.mistake(Code::TypeMismatch, function.place,
                                "a signature is that of a function, got {}",
                                function.value.inWords());
    });
  };
  add("signature", [](Interpreter &in, std::vector<Value> names) -> Value {
    Dict *parameters = in.heap.make<Dict>();
    for (Value name : names)
      parameters->set(name, name);
    auto *signature = in.heap.make<Module>("inspect.Signature");
    signature->members["parameters"] = parameters;
    return signature;
  });
  for (const char *name : {"getfullargspec", "getargspec"})
    add(name, [](Interpreter &in, std::vector<Value> names) -> Value {
      auto *spec = in.heap.make<Module>("inspect.FullArgSpec");
      spec->members["args"] = in.heap.list(std::move(names));
      return spec;
    });
}

//===----------------------------------------------------------------------===//
// json
//===----------------------------------------------------------------------===//

using Json = nlohmann::ordered_json;

Value fromJson(Interpreter &in, const Json &json) {
  switch (json.type()) {
  case Json::value_t::null:
    return Value();
  case Json::value_t::boolean:
    return Value::boolean(json.get<bool>());
  case Json::value_t::number_integer:
    return Value::integer(json.get<int64_t>());
  case Json::value_t::number_unsigned:
    // Beyond 64 bits they come as floats already.
    return json.get<uint64_t>() <= uint64_t(INT64_MAX) ? Value::integer(json.get<int64_t>())
                                                       : Value::real(json.get<double>());
  case Json::value_t::string:
    return in.heap.str(json.get<std::string>());
  case Json::value_t::array: {
    std::vector<Value> elements;
    for (const Json &element : json)
      elements.push_back(fromJson(in, element));
    return in.heap.list(std::move(elements));
  }
  case Json::value_t::object: {
    Dict *dict = in.heap.make<Dict>();
    for (const auto &[key, value] : json.items())
      dict->set(in.heap.str(key), fromJson(in, value));
    return dict;
  }
  default:
    return Value::real(json.get<double>());
  }
}

/// `loads` alone: what is in files is not there when a model is compiled.
void addJson(Interpreter &in) {
  // Deeper ones are no configurations.
  constexpr int mostLevels = 100;
  addFunction(in, addModule<ForeignModule>(in, "json"), "loads", "s, **kwargs",
              [](Interpreter &in, BoundArguments &args) -> Value {
                const BoundArguments::Slot &slot = args["s"];
                const Str *text = slot.value.as<Str>();
                if (!text)
                  return in.mistake(Code::TypeMismatch, slot.place,
                                    "`json.loads` takes text, got {}", slot.value.typeName());
                bool isDeep = false;
                auto limit = [&](int level, Json::parse_event_t, Json &) {
                  isDeep |= level > mostLevels;
                  return !isDeep;
                };
                Json json = Json::parse(text->text, limit, /*allow_exceptions=*/false);
                if (json.is_discarded() || isDeep)
                  return in.mistake(Code::ValueMismatch, slot.place, "the text is {}",
                                    isDeep ? "nested too deeply" : "no JSON");
                return fromJson(in, json);
              });
}

} // namespace

void addSmallModules(Interpreter &in) {
  addOperator(in);
  addCopy(in);
  addInspect(in);
  addJson(in);
  Module *types = addModule<ForeignModule>(in, "types");
  addFunction(in, types, "SimpleNamespace", "**kwargs",
              [](Interpreter &in, BoundArguments &args) -> Value {
                auto *type = in.heap.make<Class>(in, "namespace", args.place);
                type->setBases({in.builtin("object").as<Class>()});
                Object *names = type->makeObject(*type, args.place);
                for (const KeywordArgument &keyword : args.restKeywords)
                  names->setAttribute(in, keyword.name, keyword.value, args.place);
                return names;
              });
  Module *sys = addModule<ForeignModule>(in, "sys");
  sys->members["argv"] = in.heap.list({in.heap.str("model.py")});
  // What shows how far a loop is.
  for (const char *name : {"tqdm", "tqdm.auto", "tqdm.notebook"}) {
    Module *tqdm = addModule<ForeignModule>(in, name);
    for (const char *function : {"tqdm", "tqdm_notebook"})
      addFunction(in, tqdm, function, "iterable=None, *args, **kwargs",
                  [](Interpreter &, BoundArguments &args) { return args["iterable"].value; });
    tqdm->members["trange"] = in.heap.make<Native>(
        "trange", "*args, **kwargs", [](Interpreter &in, BoundArguments &args) {
          Arguments arguments{args.place, args.calleePlace, args.rest, {}};
          return in.call(in.builtin("range"), arguments);
        });
  }
  Module *warnings = addModule<ForeignModule>(in, "warnings");
  for (const char *name : {"filterwarnings", "simplefilter", "warn", "resetwarnings"})
    addFunction(in, warnings, name, "*args, **kwargs",
                [](Interpreter &, BoundArguments &) { return Value(); });
}

} // namespace rondo::eval
