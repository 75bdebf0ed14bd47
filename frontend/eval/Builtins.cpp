//===- Builtins.cpp - Python's builtin functions --------------------------===//
//
// One entry each: name, parameters as Python writes them, body.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Interpreter.h"
#include <cmath>

namespace rondo::eval {
namespace {

/// Calls a function of the file with positional arguments.
Value callWith(Interpreter &in, const BoundArguments::Slot &function, SourceRange place,
               std::vector<Value> values) {
  Arguments arguments{place, function.place, {}, {}};
  for (Value value : values)
    arguments.positional.push_back({value, place});
  return in.call(function.value, arguments);
}

Value mismatch(Interpreter &in, SourceRange place, llvm::StringRef callee, llvm::StringRef expected,
               Value found) {
  in.report(Code::TypeMismatch, place, "`{}` expects {}, got {}", callee, expected,
            found.typeName());
  return Value::error();
}

Value length(Interpreter &in, BoundArguments &args) {
  Value value = args["value"].value;
  if (const Str *text = value.as<Str>()) {
    // Code points: all bytes but continuation bytes.
    return Value::integer(llvm::count_if(text->text, [](char c) { return (c & 0xC0) != 0x80; }));
  }
  if (const Sequence *sequence = value.as<Sequence>())
    return Value::integer(sequence->elements.size());
  if (const Dict *dict = value.as<Dict>())
    return Value::integer(dict->size());
  if (const Range *range = value.as<Range>())
    return Value::integer(range->size());
  if (const Object *object = value.getObject())
    if (auto size = object->length())
      return Value::integer(int64_t(*size));
  return mismatch(in, args["value"].place, "len", "something with elements", value);
}

Value makeRange(Interpreter &in, BoundArguments &args) {
  int64_t bounds[3] = {0, 0, 1};
  if (args.rest.empty() || args.rest.size() > 3) {
    in.report(Code::MissingArgument, args.place, "`range` takes 1 to 3 arguments, got {}",
              args.rest.size());
    return Value::error();
  }
  for (size_t i = 0; i < args.rest.size(); ++i) {
    auto bound = args.rest[i].value.asInteger();
    if (!bound)
      return mismatch(in, args.rest[i].place, "range", "integers", args.rest[i].value);
    bounds[args.rest.size() == 1 ? 1 : i] = *bound;
  }
  if (bounds[2] == 0) {
    in.report(Code::ValueMismatch, args.rest[2].place, "the step of `range` is zero");
    return Value::error();
  }
  return in.heap.make<Range>(bounds[0], bounds[1], bounds[2]);
}

Value print(Interpreter &in, BoundArguments &args) {
  // What a training script would say is not known here, nor what is an error.
  bool isKnown = in.mode() == Mode::Strict && llvm::none_of(args.rest, [](const PlacedValue &a) {
                   return a.value.isError() || a.value.as<Opaque>();
                 });
  if (!isKnown)
    return Value();
  std::string line;
  for (const PlacedValue &argument : args.rest)
    line += (line.empty() ? "" : args["sep"].value.str()) + argument.value.str();
  line += args["end"].value.str();
  in.heap.charge(line.size());
  in.printed += line;
  return Value();
}

Value sum(Interpreter &in, BoundArguments &args) {
  Value total = args["start"].value;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    total = in.binary(ast::BinaryOp::Add, total, element, args.place);
    return !total.isError();
  });
  return complete ? total : Value::error();
}

Value extremum(Interpreter &in, BoundArguments &args, int sign) {
  std::vector<Value> candidates;
  SourceRange place = args.place;
  if (args.rest.size() == 1) {
    auto values = in.elements(args.rest[0].value, args.rest[0].place);
    if (!values)
      return Value::error();
    candidates = std::move(*values);
  } else {
    for (const PlacedValue &argument : args.rest)
      candidates.push_back(argument.value);
  }
  if (candidates.empty()) {
    in.report(Code::ValueMismatch, place, "`{}` of no elements", args.signature.callee);
    return Value::error();
  }
  std::optional<Value> best, bestKey;
  for (Value candidate : candidates) {
    Value key =
        args["key"].value.isNone() ? candidate : callWith(in, args["key"], place, {candidate});
    if (key.isError())
      return key;
    std::optional<int> comparison = best ? order(key, *bestKey) : std::optional<int>(sign);
    if (!comparison) {
      in.report(Code::TypeMismatch, place, "{} and {} have no order", key.typeName(),
                bestKey->typeName());
      return Value::error();
    }
    if (*comparison == sign) {
      best = candidate;
      bestKey = key;
    }
  }
  return *best;
}

Value sorted(Interpreter &in, BoundArguments &args) {
  auto values = in.elements(args["iterable"].value, args["iterable"].place);
  if (!values)
    return Value::error();
  struct Item {
    Value key, value;
  };
  std::vector<Item> items;
  for (Value value : *values)
    items.push_back(
        {args["key"].value.isNone() ? value : callWith(in, args["key"], args.place, {value}),
         value});
  bool reverse = in.truth(args["reverse"].value).value_or(false);
  // Checked first: a comparison that fails must not meet std::sort.
  for (size_t i = 1; i < items.size(); ++i)
    if (!order(items[0].key, items[i].key)) {
      in.report(Code::TypeMismatch, args["iterable"].place, "{} and {} have no order",
                items[0].key.typeName(), items[i].key.typeName());
      return Value::error();
    }
  std::stable_sort(items.begin(), items.end(), [&](const Item &a, const Item &b) {
    if (!in.step(args.place))
      return false;
    int comparison = order(a.key, b.key).value_or(0);
    return reverse ? comparison > 0 : comparison < 0;
  });
  std::vector<Value> result;
  for (const Item &item : items)
    result.push_back(item.value);
  return in.heap.list(std::move(result));
}

Value zip(Interpreter &in, BoundArguments &args) {
  std::vector<std::vector<Value>> columns;
  for (const PlacedValue &argument : args.rest) {
    auto column = in.elements(argument.value, argument.place);
    if (!column)
      return Value::error();
    columns.push_back(std::move(*column));
  }
  std::vector<Value> rows;
  for (size_t i = 0; !columns.empty(); ++i) {
    std::vector<Value> row;
    for (const std::vector<Value> &column : columns)
      if (i < column.size())
        row.push_back(column[i]);
    if (row.size() < columns.size())
      break;
    rows.push_back(in.heap.tuple(std::move(row)));
  }
  return in.heap.list(std::move(rows));
}

Value enumerate(Interpreter &in, BoundArguments &args) {
  std::vector<Value> rows;
  Value index = args["start"].value;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    rows.push_back(in.heap.tuple({index, element}));
    index = in.binary(ast::BinaryOp::Add, index, Value::integer(1), args.place);
    return true;
  });
  return complete ? Value(in.heap.list(std::move(rows))) : Value::error();
}

Value reversed(Interpreter &in, BoundArguments &args) {
  auto values = in.elements(args["sequence"].value, args["sequence"].place);
  if (!values)
    return Value::error();
  std::reverse(values->begin(), values->end());
  return in.heap.list(std::move(*values));
}

/// any() and all(): whether an element has the truth that decides.
Value quantifier(Interpreter &in, BoundArguments &args, bool deciding) {
  bool decided = false;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    decided = in.truth(in.asCondition(element, args.place)).value_or(!deciding) == deciding;
    return !decided;
  });
  return complete ? Value::boolean(decided == deciding) : Value::error();
}

Value map(Interpreter &in, BoundArguments &args) {
  std::vector<std::vector<Value>> columns;
  size_t rows = SIZE_MAX;
  for (const PlacedValue &argument : args.rest) {
    auto column = in.elements(argument.value, argument.place);
    if (!column)
      return Value::error();
    rows = std::min(rows, column->size());
    columns.push_back(std::move(*column));
  }
  std::vector<Value> result;
  for (size_t i = 0; i < rows && !columns.empty() && !in.isHalted(); ++i) {
    std::vector<Value> row;
    for (const std::vector<Value> &column : columns)
      row.push_back(column[i]);
    result.push_back(callWith(in, args["function"], args.place, std::move(row)));
  }
  return in.heap.list(std::move(result));
}

Value filter(Interpreter &in, BoundArguments &args) {
  std::vector<Value> result;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    Value keep = args["function"].value.isNone()
                     ? element
                     : callWith(in, args["function"], args.place, {element});
    if (in.truth(keep).value_or(false))
      result.push_back(element);
    return true;
  });
  return complete ? Value(in.heap.list(std::move(result))) : Value::error();
}

Value absolute(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (value.isFloat())
    return Value::real(std::fabs(*value.asReal()));
  if (auto integer = value.asInteger())
    return *integer < 0 ? in.unary(ast::UnaryOp::Minus, value, args.place)
                        : Value::integer(*integer);
  if (Object *object = value.getObject())
    if (auto result = object->absolute(in, args.place))
      return *result;
  return mismatch(in, args["x"].place, "abs", "a number", value);
}

/// A float as an integer, if it is one of 64 bits.
std::optional<int64_t> toInteger(double value) {
  constexpr double limit = 9223372036854775808.0; // 2^63
  return value >= -limit && value < limit ? std::optional<int64_t>(int64_t(value)) : std::nullopt;
}

Value round(Interpreter &in, BoundArguments &args) {
  Value value = args["number"].value;
  if (auto integer = value.asInteger())
    return Value::integer(*integer);
  if (!value.isFloat())
    return mismatch(in, args["number"].place, "round", "a number", value);
  if (auto digits = args["ndigits"].value.asInteger()) {
    double scale = std::pow(10.0, double(*digits));
    return Value::real(std::nearbyint(*value.asReal() * scale) / scale);
  }
  // To even, as Python and the default rounding mode do.
  if (auto integer = toInteger(std::nearbyint(*value.asReal())))
    return Value::integer(*integer);
  in.report(Code::IntegerOverflow, args.place, "the rounded number is beyond 64 bits");
  return Value::error();
}

Value toInt(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (auto integer = value.asInteger())
    return Value::integer(*integer);
  if (value.isFloat()) {
    if (auto integer = toInteger(std::trunc(*value.asReal())))
      return Value::integer(*integer);
    in.report(Code::IntegerOverflow, args.place, "`int` of {} is beyond 64 bits", value.repr());
    return Value::error();
  }
  int64_t parsed = 0;
  if (const Str *text = value.as<Str>();
      text && llvm::to_integer(llvm::StringRef(text->text).trim(), parsed, 10))
    return Value::integer(parsed);
  in.report(Code::ValueMismatch, args["x"].place, "{} is no integer", value.repr());
  return Value::error();
}

Value toFloat(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (auto real = value.asReal())
    return Value::real(*real);
  double parsed = 0;
  if (const Str *text = value.as<Str>();
      text && llvm::to_float(llvm::StringRef(text->text).trim(), parsed))
    return Value::real(parsed);
  in.report(Code::ValueMismatch, args["x"].place, "{} is no number", value.repr());
  return Value::error();
}

Value toSequence(Interpreter &in, BoundArguments &args, bool isTuple) {
  std::vector<Value> values;
  if (args["iterable"].given) {
    auto elements = in.elements(args["iterable"].value, args["iterable"].place);
    if (!elements)
      return Value::error();
    values = std::move(*elements);
  }
  return isTuple ? Value(in.heap.tuple(std::move(values))) : Value(in.heap.list(std::move(values)));
}

Value toDict(Interpreter &in, BoundArguments &args) {
  Dict *dict = in.heap.make<Dict>();
  if (const Dict *source = args["mapping"].value.as<Dict>()) {
    for (const Dict::Entry &entry : source->items())
      dict->set(entry.key, entry.value);
  } else if (args["mapping"].given) {
    bool complete = in.iterate(args["mapping"].value, args["mapping"].place, [&](Value pair) {
      const Sequence *entry = pair.as<Sequence>();
      if (!entry || entry->elements.size() != 2 || !isHashable(entry->elements[0])) {
        in.report(Code::TypeMismatch, args["mapping"].place, "`dict` expects (key, value) pairs");
        return false;
      }
      dict->set(entry->elements[0], entry->elements[1]);
      return true;
    });
    if (!complete)
      return Value::error();
  }
  for (const KeywordArgument &argument : args.restKeywords)
    dict->set(in.heap.str(argument.name), argument.value);
  return dict;
}

Value isInstanceOf(Interpreter &in, BoundArguments &args) {
  std::vector<Value> types{args["type"].value};
  if (const Tuple *several = args["type"].value.as<Tuple>())
    types = several->elements;
  bool result = false;
  for (Value type : types) {
    const Object *object = type.getObject();
    auto is = object ? object->hasInstance(args["value"].value) : std::nullopt;
    if (!is)
      return in.unsupported(args["type"].place, "`isinstance` of this type is");
    result |= *is;
  }
  return Value::boolean(result);
}

} // namespace

std::optional<bool> Type::hasInstance(Value value) const {
  if (name == "int")
    return value.isInt() || value.isBool();
  return value.typeName() == name;
}

std::optional<Value> Type::attribute(Interpreter &in, llvm::StringRef member, SourceRange) {
  return member == "__name__" ? std::optional<Value>(in.heap.str(name)) : std::nullopt;
}

void Interpreter::addBuiltin(const char *name, const char *parameters, Native::Body body,
                             Native::Opaques opaques) {
  builtins[name] = heap.make<Native>(name, parameters, std::move(body), opaques);
}

void Interpreter::addType(const char *name, const char *parameters, Native::Body body) {
  builtins[name] = heap.make<Type>(name, parameters, std::move(body));
}

void Interpreter::addBuiltins() {
  addBuiltin("len", "value, /", length);
  addBuiltin("range", "*args", makeRange);
  addBuiltin("print", "*args, sep=' ', end='\\n', file=None, flush=False", print,
             Native::Opaques::Pass);
  addBuiltin("sum", "iterable, /, start=0", sum);
  addBuiltin("min", "*args, key=None",
             [](Interpreter &in, BoundArguments &args) { return extremum(in, args, -1); });
  addBuiltin("max", "*args, key=None",
             [](Interpreter &in, BoundArguments &args) { return extremum(in, args, 1); });
  addBuiltin("sorted", "iterable, /, *, key=None, reverse=False", sorted);
  addBuiltin("zip", "*args, strict=False", zip);
  addBuiltin("enumerate", "iterable, start=0", enumerate);
  addBuiltin("reversed", "sequence, /", reversed);
  addBuiltin("any", "iterable, /",
             [](Interpreter &in, BoundArguments &args) { return quantifier(in, args, true); });
  addBuiltin("all", "iterable, /",
             [](Interpreter &in, BoundArguments &args) { return quantifier(in, args, false); });
  addBuiltin("map", "function, *args", map);
  addBuiltin("filter", "function, iterable, /", filter);
  addBuiltin("abs", "x, /", absolute);
  addBuiltin("round", "number, ndigits=None", round);
  addBuiltin("isinstance", "value, type, /", isInstanceOf);
  addBuiltin("callable", "value, /", [](Interpreter &, BoundArguments &args) {
    const Object *object = args["value"].value.getObject();
    return Value::boolean(object && object->isCallable());
  });
  addBuiltin("repr", "value, /", [](Interpreter &in, BoundArguments &args) {
    return in.heap.str(args["value"].value.repr());
  });
  addType("int", "x=0, /", toInt);
  addType("float", "x=0.0, /", toFloat);
  addType("bool", "x=False, /", [](Interpreter &in, BoundArguments &args) {
    return Value::boolean(in.truth(args["x"].value).value_or(false));
  });
  addType("str", "value='', /", [](Interpreter &in, BoundArguments &args) {
    return in.heap.str(args["value"].value.str());
  });
  addType("list", "iterable=None, /",
          [](Interpreter &in, BoundArguments &args) { return toSequence(in, args, false); });
  addType("tuple", "iterable=None, /",
          [](Interpreter &in, BoundArguments &args) { return toSequence(in, args, true); });
  addType("dict", "mapping=None, /, **kwargs", toDict);
  for (const char *name :
       {"Exception", "ArithmeticError", "AssertionError", "AttributeError", "ImportError",
        "IndexError", "KeyError", "NotImplementedError", "OSError", "RuntimeError", "TypeError",
        "ValueError", "ZeroDivisionError", "KeyboardInterrupt", "SystemExit"})
    builtins[name] = heap.make<Exception>(name, std::nullopt);
  addClassBuiltins();
  // What only a training script has a use for.
  for (const char *name :
       {"open", "input",     "exit",    "quit",       "vars",          "globals", "locals",
        "eval", "exec",      "compile", "iter",       "next",          "hash",    "id",
        "set",  "frozenset", "bytes",   "complex",    "divmod",        "pow",     "ord",
        "chr",  "format",    "dir",     "__import__", "NotImplemented"})
    builtins[name] = heap.make<Opaque>(name);
}

} // namespace rondo::eval
