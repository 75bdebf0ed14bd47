//===- NumberBuiltins.cpp - Builtin functions on numbers ------------------===//
//
// Sums, rounding, conversions between numbers and text, and what number types
// have for attributes.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Class.h"
#include "frontend/eval/Format.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/NdArray.h"
#include "frontend/eval/Numbers.h"
#include "llvm/Support/ConvertUTF.h"
#include <cmath>

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Attributes of numbers
//===----------------------------------------------------------------------===//

namespace {

/// The numerator and denominator of a float.
Value integerRatio(Interpreter &in, double value, SourceRange place) {
  if (!std::isfinite(value))
    return in.mistake(Code::ValueMismatch, place, "{} is no quotient of integers", realText(value));
  int exponent = 0;
  double fraction = std::frexp(value, &exponent);
  while (fraction != std::floor(fraction)) {
    fraction *= 2;
    --exponent;
  }
  Value numerator = *toInteger(in.heap, fraction), scale = Value::integer(std::abs(exponent));
  Value power = in.binary(ast::BinaryOp::LeftShift, Value::integer(1), scale, place);
  if (exponent < 0)
    return in.heap.tuple({numerator, power});
  return in.heap.tuple({in.binary(ast::BinaryOp::Mul, numerator, power, place), Value::integer(1)});
}

Value bitLength(Interpreter &in, Value self) {
  std::optional<std::string> digits = digitsOf(self, 2);
  return Value::integer(*digits == "0" ? 0 : digits->size());
}

} // namespace

std::optional<Value> numberAttribute(Interpreter &in, Value self, llvm::StringRef name) {
  auto method = [&](const char *methodName, auto body) {
    return Value(
        in.heap.make<Native>(methodName, "", [self, body](Interpreter &in, BoundArguments &args) {
          return body(in, self, args.place);
        }));
  };
  bool isWhole = isInteger(self);
  if (!isWhole && !self.isFloat())
    return std::nullopt;
  if (name == "real")
    return self.isBool() ? Value::integer(*self.asInteger()) : self;
  if (name == "imag")
    return isWhole ? Value::integer(0) : Value::real(0.0);
  if (name == "conjugate")
    return method("conjugate", [](Interpreter &, Value self, SourceRange) { return self; });
  if (name == "as_integer_ratio")
    return method("as_integer_ratio", [](Interpreter &in, Value self, SourceRange place) -> Value {
      return self.isFloat() ? integerRatio(in, *self.asReal(), place)
                            : Value(in.heap.tuple({self, Value::integer(1)}));
    });
  // What numpy's scalars have besides, which are Python's numbers here.
  if (name == "item")
    return method("item", [](Interpreter &, Value self, SourceRange) { return self; });
  if (name == "ndim")
    return Value::integer(0);
  if (name == "shape")
    return Value(in.heap.tuple({}));
  if (name == "astype")
    return Value(in.heap.make<Native>(
        "astype", "dtype", [self](Interpreter &in, BoundArguments &args) -> Value {
          auto dtype = dtypeOf(in, args["dtype"].value, args["dtype"].place);
          NdArray *array =
              dtype ? makeArray(in, {*self.asReal()}, {}, *dtype, args.place) : nullptr;
          return array ? scalarValue(array->elements().front(), *dtype) : Value::error();
        }));
  if (!isWhole && name == "is_integer")
    return method("is_integer", [](Interpreter &, Value self, SourceRange) {
      double value = *self.asReal();
      return Value::boolean(std::isfinite(value) && value == std::floor(value));
    });
  if (!isWhole)
    return std::nullopt;
  if (name == "bit_length")
    return method("bit_length",
                  [](Interpreter &in, Value self, SourceRange) { return bitLength(in, self); });
  if (name == "bit_count")
    return method("bit_count", [](Interpreter &, Value self, SourceRange) {
      return Value::integer(llvm::count(*digitsOf(self, 2), '1'));
    });
  if (name == "numerator")
    return self.isBool() ? Value::integer(*self.asInteger()) : self;
  if (name == "denominator")
    return Value::integer(1);
  return std::nullopt;
}

std::optional<Value> BigInt::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  return numberAttribute(in, this, name);
}

//===----------------------------------------------------------------------===//
// Builtins
//===----------------------------------------------------------------------===//

namespace {

Value sum(Interpreter &in, BoundArguments &args) {
  Value total = args["start"].value;
  if (total.as<Str>())
    return in.mistake(Code::TypeMismatch, args["start"].place,
                      "`sum` adds numbers; text is joined by `join`");
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
  if (candidates.empty() && args["default"].given)
    return args["default"].value;
  if (candidates.empty()) {
    in.report(Code::ValueMismatch, place, "`{}` of no elements", args.signature.callee);
    in.pythonSays("{}() arg is an empty sequence", args.signature.callee);
    return Value::error();
  }
  const BoundArguments::Slot &function = args["key"];
  std::optional<Value> best, bestKey;
  for (Value candidate : candidates) {
    Value key = function.value.isNone()
                    ? candidate
                    : in.callWith(function.value, {candidate}, function.place, place);
    if (key.isError() || !in.step(place))
      return Value::error();
    if (const Opaque *unknown = opaqueIn(key))
      return in.swallow(*unknown, place);
    std::optional<int> comparison = best ? order(key, *bestKey) : std::optional<int>(sign);
    if (!comparison)
      return in.mistake(Code::TypeMismatch, place, "{} and {} have no order", key.typeName(),
                        bestKey->typeName());
    if (*comparison == sign) {
      best = candidate;
      bestKey = key;
    }
  }
  return *best;
}

Value absolute(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (value.isFloat())
    return Value::real(std::fabs(*value.asReal()));
  if (isInteger(value))
    return in.unary(isNegative(value) ? ast::UnaryOp::Minus : ast::UnaryOp::Plus, value,
                    args.place);
  if (Object *object = value.getObject())
    if (auto result = object->absolute(in, args.place))
      return *result;
  return reportExpected(in, args["x"].place, "abs", "a number", value);
}

/// To a number of decimal digits behind the point, as the decimal text rounds.
Value roundReal(double value, int64_t digits) {
  if (!std::isfinite(value) || value == 0 || digits > 323)
    return Value::real(value);
  if (digits < -308)
    return Value::real(std::copysign(0.0, value));
  if (digits >= 0)
    return Value::real(std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr));
  double scale = std::pow(10.0, double(-digits));
  return Value::real(std::nearbyint(value / scale) * scale);
}

/// An integer to a multiple of a power of ten, ties to the even one.
Value roundInteger(Interpreter &in, Value value, int64_t digits, SourceRange place) {
  if (digits >= 0)
    return value;
  using Op = ast::BinaryOp;
  auto combine = [&](Op op, Value a, Value b) { return in.binary(op, a, b, place); };
  Value scale =
      combine(Op::Pow, Value::integer(10), Value::integer(-std::max<int64_t>(digits, -5000)));
  Value quotient = combine(Op::FloorDiv, value, scale);
  Value rest = combine(Op::Mul, Value::integer(2), combine(Op::Mod, value, scale));
  if (scale.isError() || rest.isError())
    return Value::error();
  int comparison = order(rest, scale).value_or(0);
  bool isOdd = in.truth(combine(Op::Mod, quotient, Value::integer(2))).value_or(false);
  if (comparison > 0 || (comparison == 0 && isOdd))
    quotient = combine(Op::Add, quotient, Value::integer(1));
  return combine(Op::Mul, quotient, scale);
}

Value round(Interpreter &in, BoundArguments &args) {
  Value value = args["number"].value;
  auto digits = args["ndigits"].value.asInteger();
  if (!args["ndigits"].value.isNone() && !digits)
    return reportExpected(in, args["ndigits"].place, "round", "an integer", args["ndigits"].value);
  if (isInteger(value)) {
    if (value.isBool())
      value = Value::integer(*value.asInteger());
    return digits ? roundInteger(in, value, *digits, args.place) : value;
  }
  if (const auto *instance = value.as<Instance>()) {
    std::vector<Value> given;
    if (digits)
      given.push_back(args["ndigits"].value);
    if (auto rounded = instance->special("__round__", given, args.place))
      return *rounded;
  }
  if (!value.isFloat())
    return reportExpected(in, args["number"].place, "round", "a number", value);
  if (digits)
    return roundReal(*value.asReal(), *digits);
  // To even, as Python and the default rounding mode do.
  if (auto integer = toInteger(in.heap, std::nearbyint(*value.asReal())))
    return *integer;
  return in.mistake(Code::ValueMismatch, args.place, "{} has no nearest integer", value.inWords());
}

/// The digits of `int("0x1f", 16)`, and the base that they are in.
std::optional<Value> integerFromText(Interpreter &in, llvm::StringRef text, int64_t base) {
  text = text.trim();
  bool isNegative = text.consume_front("-");
  if (!isNegative)
    text.consume_front("+");
  auto prefix = [&](llvm::StringRef spelling, int64_t own) {
    if ((base == own || base == 0) && text.consume_front_insensitive(spelling)) {
      base = own;
      text.consume_front("_");
    }
  };
  prefix("0x", 16);
  prefix("0o", 8);
  prefix("0b", 2);
  if (text.starts_with("-") || text.starts_with("+"))
    return std::nullopt;
  auto value = parseInteger(in.heap, text, base == 0 ? 10 : base);
  return value && isNegative ? in.unary(ast::UnaryOp::Minus, *value, {}) : value;
}

Value toInt(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  const Str *text = value.as<Str>();
  if (args["base"].given && !text)
    return reportExpected(in, args["x"].place, "int", "text beside a base", value);
  if (isInteger(value))
    return value.isBool() ? Value::integer(*value.asInteger()) : value;
  if (value.isFloat()) {
    if (auto integer = toInteger(in.heap, std::trunc(*value.asReal())))
      return *integer;
    return in.mistake(Code::ValueMismatch, args["x"].place, "{} is no integer", value.inWords());
  }
  if (text) {
    int64_t base = args["base"].value.asInteger().value_or(10);
    if (base != 0 && (base < 2 || base > 36))
      return in.mistake(Code::ValueMismatch, args["base"].place, "the base of `int` is 2 to 36");
    if (auto parsed = integerFromText(in, text->text, base))
      return *parsed;
    in.report(Code::ValueMismatch, args["x"].place, "{} is no integer", value.inWords());
    in.pythonSays("invalid literal for int() with base {}: {}", base, value.repr());
    return Value::error();
  } else if (const auto *instance = value.as<Instance>();
             instance && (instance->type.find("__int__") || instance->type.find("__index__"))) {
    auto whole = instance->special("__int__", {}, args["x"].place);
    if (!whole)
      whole = instance->special("__index__", {}, args["x"].place);
    return whole.value_or(Value::error());
  } else if (Object *object = value.getObject()) {
    if (auto number = object->number(in, args["x"].place))
      return toInteger(in.heap, std::trunc(*number)).value_or(Value::error());
  }
  reportExpected(in, args["x"].place, "int", "a number or text", value);
  in.pythonSays("int() argument must be a string, a bytes-like object or a real number, not '{}'",
                pythonType(value));
  return Value::error();
}

Value toFloat(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (auto real = realOf(value)) {
    if (value.as<BigInt>() && std::isinf(*real))
      return in.mistake(Code::ValueMismatch, args["x"].place,
                        "an integer that is too large for a float");
    return Value::real(*real);
  }
  const Str *text = value.as<Str>();
  if (!text) {
    if (Object *object = value.getObject())
      if (auto number = object->number(in, args["x"].place))
        return Value::real(*number);
    reportExpected(in, args["x"].place, "float", "a number or text", value);
    in.pythonSays("float() argument must be a string or a real number, not '{}'",
                  pythonType(value));
    return Value::error();
  }
  std::string digits = llvm::StringRef(text->text).trim().lower();
  llvm::StringRef unsignedText = llvm::StringRef(digits).ltrim("+-");
  bool isNamed = llvm::is_contained({"inf", "infinity", "nan"}, unsignedText);
  bool isPlain = !unsignedText.empty() && digits.size() - unsignedText.size() <= 1 &&
                 unsignedText.find_first_not_of("0123456789.e+-_") == llvm::StringRef::npos;
  llvm::erase(digits, '_');
  char *end = nullptr;
  double parsed = std::strtod(digits.c_str(), &end);
  if ((isNamed || isPlain) && *end == '\0')
    return Value::real(parsed);
  in.report(Code::ValueMismatch, args["x"].place, "{} is no number", value.inWords());
  in.pythonSays("could not convert string to float: {}", value.repr());
  return Value::error();
}

Value divmod(Interpreter &in, BoundArguments &args) {
  Value x = args["x"].value, y = args["y"].value;
  Value quotient = in.binary(ast::BinaryOp::FloorDiv, x, y, args.place);
  if (quotient.isError())
    return quotient;
  return in.heap.tuple({quotient, in.binary(ast::BinaryOp::Mod, x, y, args.place)});
}

Value pow(Interpreter &in, BoundArguments &args) {
  Value base = args["base"].value, exponent = args["exp"].value, modulus = args["mod"].value;
  if (modulus.isNone())
    return in.binary(ast::BinaryOp::Pow, base, exponent, args.place);
  if (!isInteger(base) || !isInteger(exponent) || !isInteger(modulus))
    return in.mistake(Code::TypeMismatch, args.place, "`pow` of three arguments takes integers");
  return powerModulo(in, *bigOf(base), *bigOf(exponent), *bigOf(modulus), args.place);
}

template <unsigned base> Value inBase(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (!isInteger(value))
    return reportExpected(in, args["x"].place, args.signature.callee, "an integer", value);
  const char *prefix = base == 2 ? "0b" : base == 8 ? "0o" : "0x";
  return in.heap.str((isNegative(value) ? "-" : "") + (prefix + *digitsOf(value, base)));
}

Value ord(Interpreter &in, BoundArguments &args) {
  const Str *text = args["c"].value.as<Str>();
  std::vector<llvm::StringRef> characters;
  if (text)
    characters = charactersOf(text->text);
  if (characters.size() != 1)
    return reportExpected(in, args["c"].place, "ord", "one character", args["c"].value);
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(characters[0].data());
  llvm::UTF32 code = 0;
  llvm::convertUTF8Sequence(&begin, begin + characters[0].size(), &code, llvm::strictConversion);
  return Value::integer(code);
}

Value chr(Interpreter &in, BoundArguments &args) {
  auto code = args["i"].value.asInteger();
  if (!code)
    return reportExpected(in, args["i"].place, "chr", "an integer", args["i"].value);
  char text[4];
  char *end = text;
  if (*code < 0 || *code > 0x10FFFF || !llvm::ConvertCodePointToUTF8(*code, end))
    return in.mistake(Code::ValueMismatch, args["i"].place, "{} is the number of no character",
                      *code);
  return in.heap.str(std::string(text, end));
}

} // namespace

void Interpreter::addNumberBuiltins() {
  addBuiltin("sum", "iterable, /, start=0", sum);
  addBuiltin("min", "*args, key=None, default=None",
             [](Interpreter &in, BoundArguments &args) { return extremum(in, args, -1); });
  addBuiltin("max", "*args, key=None, default=None",
             [](Interpreter &in, BoundArguments &args) { return extremum(in, args, 1); });
  addBuiltin("abs", "x, /", absolute);
  addBuiltin("round", "number, ndigits=None", round);
  addBuiltin("divmod", "x, y, /", divmod);
  addBuiltin("pow", "base, exp, mod=None", pow);
  addBuiltin("hex", "x, /", inBase<16>);
  addBuiltin("oct", "x, /", inBase<8>);
  addBuiltin("bin", "x, /", inBase<2>);
  addBuiltin("ord", "c, /", ord);
  addBuiltin("chr", "i, /", chr);
  addType("int", "x=0, /, base=10", toInt);
  addType("float", "x=0.0, /", toFloat);
  addType("bool", "x=False, /", [](Interpreter &in, BoundArguments &args) {
    Value value = in.asCondition(args["x"].value, args["x"].place);
    return value.isError() ? value : Value::boolean(in.truth(value).value_or(false));
  });
}

} // namespace rondo::eval
