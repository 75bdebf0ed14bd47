//===- Format.cpp - Text from values --------------------------------------===//
//
// Python's format mini-language, `%` and str.format. Digits of floats come from
// the C library, which rounds exactly; what Python puts around them is here.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Format.h"
#include "frontend/eval/BigInt.h"
#include "frontend/eval/Class.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/eval/Methods.h"
#include <cmath>

namespace rondo::eval {

std::string realText(double value) {
  std::string text = std::isnan(value) ? "nan" : fmt::format("{}", value);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

namespace {

/// Wider texts and longer fractions are a mistake, or an attack on the memory.
constexpr unsigned maxWidth = 9999;

/// `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`
struct Spec {
  std::string fill = " ";
  char align = 0; // `<`, `>`, `^`, `=`
  char sign = '-';
  bool isAlternate = false, isPadded = false;
  unsigned width = 0;
  char grouping = 0; // `,` or `_`
  std::optional<unsigned> precision;
  char type = 0;
  bool isTooWide = false;
};

bool isAlign(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

unsigned takeNumber(llvm::StringRef &text, bool &isTooWide) {
  llvm::StringRef digits = text.take_while(llvm::isDigit);
  text = text.drop_front(digits.size());
  unsigned value = 0;
  isTooWide |= !digits.empty() && (digits.getAsInteger(10, value) || value > maxWidth);
  return value;
}

/// Nothing where the text is no specification.
std::optional<Spec> parseSpec(llvm::StringRef text) {
  Spec spec;
  std::vector<llvm::StringRef> characters = charactersOf(text.take_front(5));
  if (characters.size() > 1 && characters[1].size() == 1 && isAlign(characters[1][0])) {
    spec.fill = characters[0].str();
    spec.align = characters[1][0];
    text = text.drop_front(characters[0].size() + 1);
  } else if (!text.empty() && isAlign(text[0])) {
    spec.align = text[0];
    text = text.drop_front();
  }
  if (!text.empty() && llvm::StringRef("+- ").contains(text[0])) {
    spec.sign = text[0];
    text = text.drop_front();
  }
  spec.isAlternate = text.consume_front("#");
  spec.isPadded = text.consume_front("0");
  if (!text.empty() && llvm::isDigit(text[0]))
    spec.width = takeNumber(text, spec.isTooWide);
  if (!text.empty() && (text[0] == ',' || text[0] == '_')) {
    spec.grouping = text[0];
    text = text.drop_front();
  }
  if (text.consume_front(".")) {
    if (text.empty() || !llvm::isDigit(text[0]))
      return std::nullopt;
    spec.precision = takeNumber(text, spec.isTooWide);
  }
  if (text.size() > 1)
    return std::nullopt;
  spec.type = text.empty() ? 0 : text[0];
  return spec;
}

/// Fills up to the width; `sign` is what stays in front of the padding of `=`.
std::string padded(const Spec &spec, std::string sign, std::string body, char defaultAlign) {
  size_t size = charactersOf(sign).size() + charactersOf(body).size();
  size_t missing = spec.width > size ? spec.width - size : 0;
  auto fill = [&](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i)
      text += spec.fill;
    return text;
  };
  switch (spec.align ? spec.align : defaultAlign) {
  case '<':
    return sign + body + fill(missing);
  case '^':
    return fill(missing / 2) + sign + body + fill(missing - missing / 2);
  case '=':
    return sign + fill(missing) + body;
  default:
    return fill(missing) + sign + body;
  }
}

/// Puts separators between groups of digits from the right, and zeros in front up to
/// `width` characters, which are grouped as well.
std::string grouped(llvm::StringRef digits, char separator, unsigned size, size_t width) {
  std::string result;
  size_t count = 0;
  auto add = [&](char digit) {
    if (separator && count > 0 && count % size == 0)
      result += separator;
    result += digit;
    ++count;
  };
  for (char digit : llvm::reverse(digits))
    add(digit);
  while (result.size() < width) {
    if (separator && count % size == 0 && result.size() + 1 == width)
      width += 1; // A number does not start with a separator.
    add('0');
  }
  std::reverse(result.begin(), result.end());
  return result;
}

std::string signOf(const Spec &spec, bool isNegative) {
  if (isNegative)
    return "-";
  return spec.sign == '-' ? "" : std::string(1, spec.sign);
}

/// With the zeros of `0` or of `=` with the fill `0` when these pad digits.
size_t digitWidth(const Spec &spec, size_t others) {
  bool pads = (spec.isPadded && (!spec.align || spec.align == '=')) ||
              (spec.align == '=' && spec.fill == "0");
  return pads && spec.width > others ? spec.width - others : 0;
}

std::optional<std::string> formatInteger(const Spec &spec, Value value) {
  if (spec.precision)
    return std::nullopt;
  if (spec.type == 'c') {
    auto code = value.asInteger();
    if (!code || *code < 0 || *code > 127)
      return std::nullopt;
    return padded(spec, "", std::string(1, char(*code)), '<');
  }
  unsigned base = spec.type == 'b'                  ? 2
                  : spec.type == 'o'                ? 8
                  : llvm::toLower(spec.type) == 'x' ? 16
                                                    : 10;
  if (base == 10 && spec.type != 0 && spec.type != 'd' && spec.type != 'n')
    return std::nullopt;
  if (base != 10 && spec.grouping == ',')
    return std::nullopt;
  std::optional<std::string> digits = digitsOf(value, base);
  if (!digits)
    return std::nullopt;
  std::string sign = signOf(spec, isNegative(value));
  if (spec.isAlternate && base != 10)
    sign += base == 2 ? "0b" : base == 8 ? "0o" : spec.type == 'X' ? "0X" : "0x";
  std::string body = grouped(spec.type == 'X' ? llvm::StringRef(*digits).upper() : *digits,
                             spec.grouping, base == 10 ? 3 : 4, digitWidth(spec, sign.size()));
  return padded(spec, sign, body, '>');
}

std::string printed(const char *format, unsigned precision, double value) {
  int size = std::snprintf(nullptr, 0, format, precision, value);
  std::string text(size + 1, '\0');
  std::snprintf(text.data(), text.size(), format, precision, value);
  text.pop_back();
  return text;
}

/// The digits of a number that is not negative, or nothing for a type that is none.
std::optional<std::string> realDigits(const Spec &spec, double value) {
  unsigned precision = spec.precision.value_or(6);
  bool keepsZeros = spec.isAlternate;
  switch (spec.type) {
  case 'e':
    return printed(keepsZeros ? "%#.*e" : "%.*e", precision, value);
  case 'E':
    return printed(keepsZeros ? "%#.*E" : "%.*E", precision, value);
  case 'f':
    return printed(keepsZeros ? "%#.*f" : "%.*f", precision, value);
  case 'F':
    return printed(keepsZeros ? "%#.*F" : "%.*F", precision, value);
  case 'g':
  case 'n':
    return printed(keepsZeros ? "%#.*g" : "%.*g", precision, value);
  case 'G':
    return printed(keepsZeros ? "%#.*G" : "%.*G", precision, value);
  case '%':
    return printed("%.*f", precision, value * 100) + "%";
  case 0:
    break;
  default:
    return std::nullopt;
  }
  if (!spec.precision)
    return realText(value);
  // As `g`, but always with a digit behind the point: a whole number that would have
  // none of its digits there gets an exponent.
  precision = std::max(precision, 1u);
  std::string text = printed("%.*g", precision, value);
  if (text.find_first_not_of("0123456789") != std::string::npos)
    return text;
  return text.size() < precision ? text + ".0" : printed("%.*e", precision - 1, value);
}

std::optional<std::string> formatReal(const Spec &spec, double value) {
  bool isNegative = std::signbit(value) && !std::isnan(value);
  std::optional<std::string> digits = realDigits(spec, std::fabs(value));
  if (!digits)
    return std::nullopt;
  std::string sign = signOf(spec, isNegative);
  llvm::StringRef text = *digits;
  llvm::StringRef whole = text.take_while(llvm::isDigit), rest = text.drop_front(whole.size());
  if (whole.empty()) // inf, nan
    return padded(spec, sign, *digits, '>');
  std::string body =
      grouped(whole, spec.grouping, 3, digitWidth(spec, sign.size() + rest.size())) + rest.str();
  return padded(spec, sign, body, '>');
}

std::optional<std::string> formatText(const Spec &spec, llvm::StringRef text) {
  bool suits = (spec.type == 0 || spec.type == 's') && spec.sign == '-' && !spec.isAlternate &&
               !spec.grouping && spec.align != '=';
  if (!suits)
    return std::nullopt;
  std::string body = text.str();
  if (spec.precision) {
    std::vector<llvm::StringRef> characters = charactersOf(text);
    characters.resize(std::min<size_t>(characters.size(), *spec.precision));
    body.clear();
    for (llvm::StringRef character : characters)
      body += character;
  }
  Spec filled = spec;
  if (spec.isPadded && !spec.align && spec.fill == " ")
    filled.fill = "0";
  return padded(filled, "", body, '<');
}

} // namespace

std::optional<std::string> formatValue(Interpreter &in, Value value, llvm::StringRef text,
                                       SourceRange place) {
  if (const auto *instance = value.as<Instance>())
    if (auto own = instance->special("__format__", {in.heap.str(text.str())}, place)) {
      const auto *formatted = own->as<Str>();
      return formatted ? std::optional(formatted->text) : std::nullopt;
    }
  if (text.empty())
    return in.textOf(value, /*isRepr=*/false, place);
  std::optional<Spec> spec = parseSpec(text);
  if (spec && spec->isTooWide) {
    in.report(Code::MemoryLimit, place, "the format `{}` asks for more than {} characters", text,
              maxWidth);
    return std::nullopt;
  }
  std::optional<std::string> result;
  bool isWhole = isInteger(value), asReal = spec && llvm::StringRef("eEfFgG%").contains(spec->type);
  if (!spec || spec->type == '\0')
    asReal = false;
  if (spec) {
    if (value.isFloat() || (isWhole && asReal))
      result = formatReal(*spec, *realOf(value));
    else if (isWhole)
      result = formatInteger(*spec, value);
    else if (const Str *string = value.as<Str>())
      result = formatText(*spec, string->text);
  }
  if (!result)
    in.report(Code::ValueMismatch, place, "the format `{}` does not suit {}", text,
              value.typeName());
  return result;
}

//===----------------------------------------------------------------------===//
// %
//===----------------------------------------------------------------------===//

namespace {

class PercentFormat {
public:
  PercentFormat(Interpreter &in, llvm::StringRef text, Value operand, SourceRange place)
      : in(in), text(text), operand(operand), place(place) {
    if (const auto *tuple = operand.as<Tuple>())
      values = tuple->elements;
    else
      values = {operand};
  }

  Value run() {
    while (!text.empty()) {
      size_t plain = std::min(text.find('%'), text.size());
      result += text.take_front(plain);
      text = text.drop_front(plain);
      if (!text.empty() && !field())
        return Value::error();
      if (!in.heap.hasRoomFor(result.size()))
        return in.mistake(Code::MemoryLimit, place, "the text is too large");
    }
    // A dict may have values that the text does not ask for.
    if (next < values.size() && !usesKeys && !operand.as<Dict>())
      return in.mistake(Code::TypeMismatch, place, "{} for {} in the text to format",
                        plural(values.size(), "value"), plural(next, "field"));
    return in.heap.str(std::move(result));
  }

private:
  bool fail(llvm::StringRef what) {
    in.report(Code::ValueMismatch, place, "{}", what);
    return false;
  }

  /// `*`, or a number.
  std::optional<int64_t> size(Spec &spec) {
    if (text.consume_front("*")) {
      auto value = take();
      return value ? value->asInteger() : std::nullopt;
    }
    return takeNumber(text, spec.isTooWide);
  }

  std::optional<Value> take() {
    if (next < values.size())
      return values[next++];
    in.report(Code::TypeMismatch, place, "{} for more fields in the text to format",
              plural(values.size(), "value"));
    return std::nullopt;
  }

  /// One field, at its `%`.
  bool field() {
    text = text.drop_front();
    if (text.consume_front("%")) {
      result += '%';
      return true;
    }
    std::optional<Value> value;
    if (text.consume_front("(")) {
      auto [key, rest] = text.split(')');
      text = rest;
      usesKeys = true;
      const Dict *dict = operand.as<Dict>();
      if (!dict)
        return fail("the text to format names its values: they come in a dict");
      const Value *found = dict->find(in.heap.str(key.str()));
      if (!found) {
        in.report(Code::MissingKey, place, "the dict has no key '{}'", key);
        return false;
      }
      value = *found;
    }
    Spec spec;
    spec.align = '>';
    bool hasZeros = false, isLeft = false;
    for (; !text.empty() && llvm::StringRef("-+ #0").contains(text[0]); text = text.drop_front()) {
      isLeft |= text[0] == '-';
      hasZeros |= text[0] == '0';
      spec.isAlternate |= text[0] == '#';
      if (text[0] == '+' || (text[0] == ' ' && spec.sign != '+'))
        spec.sign = text[0];
    }
    std::optional<int64_t> width = size(spec);
    if (!width || std::abs(*width) > maxWidth || spec.isTooWide)
      return fail("the width of a field in the text to format is too large, or no number");
    isLeft |= *width < 0;
    spec.width = std::abs(*width);
    if (text.consume_front(".")) {
      std::optional<int64_t> precision = size(spec);
      if (!precision || *precision > maxWidth || spec.isTooWide)
        return fail("the precision of a field in the text to format is too large, or no number");
      spec.precision = std::max<int64_t>(*precision, 0);
    }
    if (text.empty())
      return fail("the text to format ends inside of a field");
    char type = text[0];
    text = text.drop_front();
    if (!value && !(value = take()))
      return false;
    if (isLeft)
      spec.align = '<';
    return convert(spec, type, *value, hasZeros && !isLeft);
  }

  bool convert(Spec &spec, char type, Value value, bool hasZeros) {
    std::optional<std::string> converted;
    if (type == 's' || type == 'r' || type == 'a') {
      auto full = in.textOf(value, type != 's', place);
      if (!full)
        return false;
      spec.isAlternate = false;
      spec.sign = '-';
      converted = formatText(spec, *full);
    } else if (type == 'c') {
      const Str *character = value.as<Str>();
      spec.type = 'c';
      converted = character ? padded(spec, "", character->text, '>') : formatInteger(spec, value);
    } else if (llvm::StringRef("diuxXo").contains(type)) {
      if (value.isFloat() && llvm::StringRef("diu").contains(type))
        if (auto whole = toInteger(in.heap, std::trunc(*value.asReal())))
          value = *whole;
      if (isInteger(value))
        converted = integer(spec, type, value, hasZeros);
    } else if (llvm::StringRef("eEfFgG").contains(type)) {
      spec.type = type;
      zeros(spec, hasZeros);
      if (auto real = realOf(value))
        converted = formatReal(spec, *real);
    } else {
      return fail(fmt::format("`%{}` is no field of a text to format", type));
    }
    if (!converted) {
      in.report(Code::TypeMismatch, place, "`%{}` does not suit {}", type, value.typeName());
      return false;
    }
    result += *converted;
    return true;
  }

  static void zeros(Spec &spec, bool hasZeros) {
    if (!hasZeros)
      return;
    spec.align = 0;
    spec.isPadded = true;
  }

  static std::optional<std::string> integer(Spec &spec, char type, Value value, bool hasZeros) {
    // A precision is the least number of digits.
    unsigned least = spec.precision.value_or(0);
    spec.precision.reset();
    spec.type = llvm::StringRef("xXo").contains(type) ? type : 'd';
    if (least > 0) {
      Spec digits = spec;
      digits.width = 0;
      std::string plain = *formatInteger(digits, value);
      size_t count = llvm::count_if(plain, llvm::isHexDigit);
      digits.isPadded = true;
      digits.align = 0;
      digits.width = plain.size() + (least > count ? least - count : 0);
      return padded(spec, "", formatInteger(digits, value).value_or(""), '>');
    }
    zeros(spec, hasZeros);
    return formatInteger(spec, value);
  }

  Interpreter &in;
  llvm::StringRef text;
  const Value operand;
  const SourceRange place;
  std::vector<Value> values;
  size_t next = 0;
  bool usesKeys = false;
  std::string result;
};

} // namespace

Value formatPercent(Interpreter &in, llvm::StringRef text, Value operand, SourceRange place) {
  return PercentFormat(in, text, operand, place).run();
}

//===----------------------------------------------------------------------===//
// str.format
//===----------------------------------------------------------------------===//

namespace {

class FieldFormat {
public:
  FieldFormat(Interpreter &in, const BoundArguments &args, const Dict *mapping)
      : in(in), args(args), mapping(mapping) {}

  /// Nothing after a report.
  std::optional<std::string> run(llvm::StringRef text, unsigned depth) {
    std::string result;
    while (!text.empty()) {
      if (text.consume_front("{{")) {
        result += '{';
      } else if (text.consume_front("}}")) {
        result += '}';
      } else if (text[0] == '}') {
        return fail("`}` closes no field of the text to format");
      } else if (text[0] == '{') {
        size_t end = closing(text);
        if (end == llvm::StringRef::npos)
          return fail("a field of the text to format has no closing `}`");
        auto value = field(text.slice(1, end), depth);
        if (!value)
          return std::nullopt;
        result += *value;
        text = text.drop_front(end + 1);
      } else {
        result += text[0];
        text = text.drop_front();
      }
      if (!in.heap.hasRoomFor(result.size()))
        return fail("the text is too large");
    }
    return result;
  }

private:
  std::nullopt_t fail(llvm::StringRef what) {
    in.report(Code::ValueMismatch, args.place, "{}", what);
    return std::nullopt;
  }

  static size_t closing(llvm::StringRef text) {
    unsigned depth = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      depth += text[i] == '{';
      if (text[i] == '}' && --depth == 0)
        return i;
    }
    return llvm::StringRef::npos;
  }

  /// `name.attribute[index]!conversion:spec`
  std::optional<std::string> field(llvm::StringRef text, unsigned depth) {
    if (depth > 1)
      return fail("fields of the text to format are nested too deeply");
    size_t nameEnd = std::min(text.find_first_of("!:"), text.size());
    llvm::StringRef name = text.take_front(nameEnd), rest = text.drop_front(nameEnd);
    char conversion = 0;
    if (rest.consume_front("!")) {
      conversion = rest.empty() ? '\0' : rest[0];
      if (!llvm::StringRef("rsa").contains(conversion) || conversion == 0)
        return fail("the conversions of a field are `!r`, `!s` and `!a`");
      rest = rest.drop_front();
    }
    if (!rest.empty() && !rest.consume_front(":"))
      return fail("a field of the text to format is malformed");
    std::optional<Value> value = lookUp(name);
    std::optional<std::string> spec = run(rest, depth + 1);
    if (!value || !spec || value->isError())
      return std::nullopt;
    if (conversion != 0) {
      auto converted = in.textOf(*value, conversion != 's', args.place);
      if (!converted)
        return std::nullopt;
      value = in.heap.str(*converted);
    }
    return formatValue(in, *value, *spec, args.place);
  }

  std::optional<Value> lookUp(llvm::StringRef name) {
    llvm::StringRef first = name.take_until([](char c) { return c == '.' || c == '['; });
    std::optional<Value> value = argument(first);
    name = name.drop_front(first.size());
    while (value && !name.empty()) {
      if (name.consume_front(".")) {
        llvm::StringRef attribute = name.take_until([](char c) { return c == '.' || c == '['; });
        name = name.drop_front(attribute.size());
        value = in.attribute(*value, attribute, args.place);
        continue;
      }
      auto [index, rest] = name.drop_front().split(']');
      name = rest;
      int64_t number = 0;
      Value key =
          index.getAsInteger(10, number) ? Value(in.heap.str(index.str())) : Value::integer(number);
      value = in.subscript(*value, key, args.place, args.place);
    }
    return value;
  }

  std::optional<Value> argument(llvm::StringRef name) {
    size_t position = 0;
    if (!name.empty() && name.getAsInteger(10, position)) {
      if (mapping)
        if (const Value *found = mapping->find(in.heap.str(name.str())))
          return *found;
      for (const KeywordArgument &argument : args.restKeywords)
        if (argument.name == name)
          return argument.value;
      in.report(Code::MissingKey, args.place, "the text to format names `{}`, which is not given",
                name);
      return std::nullopt;
    }
    if (name.empty())
      position = automatic++;
    if (position < args.rest.size())
      return args.rest[position].value;
    in.report(Code::IndexOutOfRange, args.place,
              "the text to format has a field for argument {}, of {}", position, args.rest.size());
    return std::nullopt;
  }

  Interpreter &in;
  const BoundArguments &args;
  const Dict *mapping;
  size_t automatic = 0;
};

} // namespace

Value formatFields(Interpreter &in, llvm::StringRef text, const BoundArguments &args,
                   const Dict *mapping) {
  auto result = FieldFormat(in, args, mapping).run(text, 0);
  return result ? Value(in.heap.str(std::move(*result))) : Value::error();
}

} // namespace rondo::eval
