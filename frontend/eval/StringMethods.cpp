//===- StringMethods.cpp - Methods of str ---------------------------------===//
//
// Text is UTF-8 and has Python's characters. Case is changed for ASCII only:
// beyond, the rules are those of languages.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Format.h"
#include "frontend/eval/Iterators.h"
#include "frontend/eval/Methods.h"

namespace rondo::eval {

bool isAscii(llvm::StringRef text) {
  return llvm::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::vector<llvm::StringRef> charactersOf(llvm::StringRef text) {
  std::vector<llvm::StringRef> characters;
  while (!text.empty()) {
    // Its first byte and the continuation bytes after it.
    size_t length = 1;
    while (length < text.size() && (text[length] & 0xC0) == 0x80)
      ++length;
    characters.push_back(text.take_front(length));
    text = text.drop_front(length);
  }
  return characters;
}

std::optional<uint64_t> Str::length() const {
  // All bytes but continuation bytes.
  return llvm::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

Iterator *Str::iterator(Interpreter &in, SourceRange) {
  return in.heap.make<Iterator>(
      "str_iterator",
      [rest = llvm::StringRef(text)](Interpreter &in, SourceRange) mutable -> std::optional<Value> {
        if (rest.empty())
          return std::nullopt;
        size_t length = 1;
        while (length < rest.size() && (rest[length] & 0xC0) == 0x80)
          ++length;
        Value character = in.heap.str(rest.take_front(length).str());
        rest = rest.drop_front(length);
        return character;
      });
}

namespace {

using llvm::StringRef;

constexpr StringRef whitespace = " \t\n\r\f\v";

/// What a method makes of a string and its text argument, or of its text alone.
template <typename F> Value withText(Interpreter &in, BoundArguments &args, const char *name, F f) {
  auto argument = textArgument(in, args, name);
  return argument ? f(*argument) : Value::error();
}

template <typename F> Value changeCase(Str &self, Interpreter &in, BoundArguments &args, F change) {
  if (!isAscii(self.text))
    return in.unsupported(args.place, "changing the case of letters beyond ASCII is",
                          "write the text as it has to be");
  std::string text = self.text;
  change(text);
  return in.heap.str(std::move(text));
}

void capitalize(std::string &text) {
  for (size_t i = 0; i < text.size(); ++i)
    text[i] = i == 0 ? llvm::toUpper(text[i]) : llvm::toLower(text[i]);
}

void title(std::string &text) {
  bool isInWord = false;
  for (char &c : text) {
    c = isInWord ? llvm::toLower(c) : llvm::toUpper(c);
    isInWord = llvm::isAlpha(c);
  }
}

/// Whether there are characters, and all of them are of the kind.
template <typename F> Value isMadeOf(const Str &self, F isKind) {
  return Value::boolean(!self.text.empty() && llvm::all_of(self.text, isKind));
}

/// Whether there are letters, and all of them are of the case that `isWrong` denies.
Value hasCase(const Str &self, bool (*isRight)(char), bool (*isWrong)(char)) {
  return Value::boolean(llvm::any_of(self.text, isRight) && llvm::none_of(self.text, isWrong));
}

bool isIdentifier(StringRef text) {
  return !text.empty() && !llvm::isDigit(text[0]) && llvm::all_of(text, [](char c) {
    return llvm::isAlnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  });
}

template <bool left, bool right> Value strip(Str &self, Interpreter &in, BoundArguments &args) {
  StringRef characters = whitespace;
  if (!args["chars"].value.isNone()) {
    auto given = textArgument(in, args, "chars");
    if (!given)
      return Value::error();
    characters = *given;
  }
  StringRef text = self.text;
  if (left)
    text = text.ltrim(characters);
  if (right)
    text = text.rtrim(characters);
  return in.heap.str(text.str());
}

Value join(Str &self, Interpreter &in, BoundArguments &args) {
  std::string result;
  bool isFirst = true, isText = true;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    const Str *part = element.as<Str>();
    isText = part != nullptr;
    if (element.isError())
      return false;
    if (!isText)
      in.report(Code::TypeMismatch, args["iterable"].place, "`join` expects texts, got {}",
                element.typeName());
    else
      result += (isFirst ? "" : self.text) + part->text;
    isFirst = false;
    return isText && in.heap.hasRoomFor(result.size());
  });
  if (complete && isText && !in.heap.hasRoomFor(result.size()))
    return in.mistake(Code::MemoryLimit, args.place, "the text is too large");
  return complete && isText ? Value(in.heap.str(std::move(result))) : Value::error();
}

Value listOf(Interpreter &in, llvm::ArrayRef<StringRef> parts) {
  std::vector<Value> values;
  for (StringRef part : parts)
    values.push_back(in.heap.str(part.str()));
  return in.heap.list(std::move(values));
}

/// At runs of white space, from the left or from the right, at most `count` times.
std::vector<StringRef> splitWords(StringRef text, int64_t count, bool fromRight) {
  std::vector<StringRef> parts;
  text = fromRight ? text.rtrim(whitespace) : text.ltrim(whitespace);
  while (!text.empty()) {
    if (count-- == 0) {
      parts.push_back(text);
      break;
    }
    if (fromRight) {
      size_t at = text.find_last_of(whitespace);
      size_t begin = at == StringRef::npos ? 0 : at + 1;
      parts.push_back(text.drop_front(begin));
      text = text.take_front(begin).rtrim(whitespace);
    } else {
      StringRef word = text.take_front(text.find_first_of(whitespace));
      parts.push_back(word);
      text = text.drop_front(word.size()).ltrim(whitespace);
    }
  }
  if (fromRight)
    std::reverse(parts.begin(), parts.end());
  return parts;
}

template <bool fromRight> Value split(Str &self, Interpreter &in, BoundArguments &args) {
  auto count = integerArgument(in, args, "maxsplit");
  if (!count)
    return Value::error();
  if (args["sep"].value.isNone())
    return listOf(in, splitWords(self.text, *count, fromRight));
  auto separator = textArgument(in, args, "sep");
  if (!separator)
    return Value::error();
  if (separator->empty())
    return in.mistake(Code::ValueMismatch, args["sep"].place, "an empty separator");
  if (!chargeSearch(in, self.text, *separator, args.place))
    return Value::error();
  std::vector<StringRef> parts;
  StringRef rest = self.text;
  for (int64_t left = *count; left != 0; --left) {
    size_t at = fromRight ? rest.rfind(*separator) : rest.find(*separator);
    if (at == StringRef::npos)
      break;
    StringRef before = rest.take_front(at), after = rest.drop_front(at + separator->size());
    parts.push_back(fromRight ? after : before);
    rest = fromRight ? before : after;
  }
  parts.push_back(rest);
  if (fromRight)
    std::reverse(parts.begin(), parts.end());
  return listOf(in, parts);
}

Value splitLines(Str &self, Interpreter &in, BoundArguments &args) {
  bool keepsEnds = in.truth(args["keepends"].value).value_or(false);
  std::vector<StringRef> lines;
  StringRef rest = self.text;
  while (!rest.empty()) {
    size_t end = std::min(rest.find_first_of("\r\n\v\f"), rest.size());
    size_t length = end == rest.size() ? 0 : rest.substr(end).starts_with("\r\n") ? 2 : 1;
    lines.push_back(rest.take_front(keepsEnds ? end + length : end));
    rest = rest.drop_front(end + length);
  }
  return listOf(in, lines);
}

template <bool fromRight> Value partition(Str &self, Interpreter &in, BoundArguments &args) {
  return withText(in, args, "sep", [&](StringRef separator) -> Value {
    if (separator.empty())
      return in.mistake(Code::ValueMismatch, args["sep"].place, "an empty separator");
    StringRef text = self.text;
    if (!chargeSearch(in, text, separator, args.place))
      return Value::error();
    size_t at = fromRight ? text.rfind(separator) : text.find(separator);
    std::vector<StringRef> parts{text, "", ""};
    if (at != StringRef::npos)
      parts = {text.take_front(at), separator, text.drop_front(at + separator.size())};
    else if (fromRight)
      parts = {"", "", text};
    std::vector<Value> values;
    for (StringRef part : parts)
      values.push_back(in.heap.str(part.str()));
    return in.heap.tuple(std::move(values));
  });
}

Value replace(Str &self, Interpreter &in, BoundArguments &args) {
  auto from = textArgument(in, args, "old"), to = textArgument(in, args, "new");
  auto count = integerArgument(in, args, "count");
  if (!from || !to || !count)
    return Value::error();
  if (!chargeSearch(in, self.text, *from, args.place))
    return Value::error();
  std::string result;
  StringRef rest = self.text;
  for (int64_t left = *count; left != 0; --left) {
    if (!in.heap.hasRoomFor(result.size()))
      return in.mistake(Code::MemoryLimit, args.place, "the text is too large");
    // An empty text is between any two characters.
    size_t at = from->empty() && left != *count
                    ? (rest.empty() ? StringRef::npos : charactersOf(rest.take_front(4))[0].size())
                    : rest.find(*from);
    if (at == StringRef::npos)
      break;
    result += rest.take_front(at);
    result += *to;
    rest = rest.drop_front(at + from->size());
  }
  return in.heap.str(result + rest.str());
}

/// The part between `start` and `stop`, and how many characters are in front of it.
struct Part {
  StringRef text;
  int64_t before = 0;
};

Part partOf(const Str &self, const BoundArguments &args) {
  std::vector<StringRef> characters = charactersOf(self.text);
  int64_t size = characters.size();
  auto bound = [&](const char *name, int64_t otherwise) {
    int64_t index = args[name].value.asInteger().value_or(otherwise);
    return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size);
  };
  int64_t start = bound("start", 0), stop = std::max(bound("end", size), start);
  auto offset = [&](int64_t i) {
    return i == size ? self.text.size() : characters[i].data() - self.text.data();
  };
  return {StringRef(self.text).slice(offset(start), offset(stop)), start};
}

template <bool fromRight, bool isNeeded>
Value find(Str &self, Interpreter &in, BoundArguments &args) {
  return withText(in, args, "sub", [&](StringRef sought) {
    if (!chargeSearch(in, self.text, sought, args.place))
      return Value::error();
    Part part = partOf(self, args);
    size_t at = fromRight ? part.text.rfind(sought) : part.text.find(sought);
    if (at != StringRef::npos)
      return Value::integer(part.before + charactersOf(part.text.take_front(at)).size());
    if (!isNeeded)
      return Value::integer(-1);
    in.report(Code::ValueMismatch, args["sub"].place, "the text does not contain {}",
              args["sub"].value.inWords());
    in.pythonSays("substring not found");
    return Value::error();
  });
}

Value count(Str &self, Interpreter &in, BoundArguments &args) {
  return withText(in, args, "sub", [&](StringRef sought) {
    if (!chargeSearch(in, self.text, sought, args.place))
      return Value::error();
    Part part = partOf(self, args);
    return Value::integer(sought.empty() ? charactersOf(part.text).size() + 1
                                         : part.text.count(sought));
  });
}

/// startswith and endswith take one text or a tuple of them.
template <bool atEnd> Value startsWith(Str &self, Interpreter &in, BoundArguments &args) {
  std::vector<Value> candidates{args["sub"].value};
  if (const auto *several = candidates[0].as<Tuple>())
    candidates = several->elements;
  StringRef text = partOf(self, args).text;
  bool result = false;
  for (Value candidate : candidates) {
    const Str *sought = candidate.as<Str>();
    if (!sought)
      return in.mistake(Code::TypeMismatch, args["sub"].place, "`{}` expects text, got {}",
                        args.signature.callee, candidate.typeName());
    result |= atEnd ? text.ends_with(sought->text) : text.starts_with(sought->text);
  }
  return Value::boolean(result);
}

template <bool atEnd> Value removeAffix(Str &self, Interpreter &in, BoundArguments &args) {
  return withText(in, args, "affix", [&](StringRef affix) {
    StringRef text = self.text;
    atEnd ? text.consume_back(affix) : text.consume_front(affix);
    return Value(in.heap.str(text.str()));
  });
}

/// ljust, rjust and center, by the format that aligns so.
template <char align> Value justify(Str &self, Interpreter &in, BoundArguments &args) {
  auto width = integerArgument(in, args, "width");
  auto fill = textArgument(in, args, "fillchar");
  if (!width || !fill)
    return Value::error();
  int64_t size = *self.length(), missing = std::max<int64_t>(*width - size, 0);
  if (charactersOf(*fill).size() != 1)
    return in.mistake(Code::TypeMismatch, args["fillchar"].place,
                      "text is filled up with one character, not {}",
                      args["fillchar"].value.inWords());
  if (!in.heap.hasRoomFor(missing * fill->size()))
    return in.mistake(Code::MemoryLimit, args.place, "the text is too large");
  // CPython's middle: the odd one goes to the left of text of odd width.
  int64_t left = align == '<' ? 0 : align == '>' ? missing : missing / 2 + (missing & *width & 1);
  std::string text;
  for (int64_t i = 0; i < left; ++i)
    text += *fill;
  text += self.text;
  for (int64_t i = left; i < missing; ++i)
    text += *fill;
  return in.heap.str(std::move(text));
}

Value fillZeros(Str &self, Interpreter &in, BoundArguments &args) {
  auto width = integerArgument(in, args, "width");
  if (!width)
    return Value::error();
  int64_t missing = std::max<int64_t>(*width - int64_t(*self.length()), 0);
  if (!in.heap.hasRoomFor(missing))
    return in.mistake(Code::MemoryLimit, args.place, "the text is too large");
  bool hasSign = !self.text.empty() && (self.text[0] == '-' || self.text[0] == '+');
  return in.heap.str(self.text.substr(0, hasSign) + std::string(missing, '0') +
                     self.text.substr(hasSign));
}

Value expandTabs(Str &self, Interpreter &in, BoundArguments &args) {
  auto width = integerArgument(in, args, "tabsize");
  if (!width)
    return Value::error();
  std::string result;
  size_t column = 0;
  for (char c : self.text) {
    if (c != '\t') {
      result += c;
      column = c == '\n' || c == '\r' ? 0 : column + 1;
      continue;
    }
    size_t count = *width > 0 ? *width - column % *width : 0;
    if (!in.heap.hasRoomFor(result.size() + count))
      return in.mistake(Code::MemoryLimit, args.place, "the text is too large");
    result.append(count, ' ');
    column += count;
  }
  return in.heap.str(std::move(result));
}

const Method<Str> stringMethods[] = {
    {"lower", "",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return changeCase(self, in, args, [](std::string &t) { t = StringRef(t).lower(); });
     }},
    {"casefold", "",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return changeCase(self, in, args, [](std::string &t) { t = StringRef(t).lower(); });
     }},
    {"upper", "",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return changeCase(self, in, args, [](std::string &t) { t = StringRef(t).upper(); });
     }},
    {"capitalize", "",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return changeCase(self, in, args, capitalize);
     }},
    {"title", "",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return changeCase(self, in, args, title);
     }},
    {"swapcase", "",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return changeCase(self, in, args, [](std::string &text) {
         for (char &c : text)
           c = llvm::isUpper(c) ? llvm::toLower(c) : llvm::toUpper(c);
       });
     }},
    {"strip", "chars=None, /", strip<true, true>},
    {"lstrip", "chars=None, /", strip<true, false>},
    {"rstrip", "chars=None, /", strip<false, true>},
    {"startswith", "sub, start=0, end=None, /", startsWith<false>},
    {"endswith", "sub, start=0, end=None, /", startsWith<true>},
    {"removeprefix", "affix, /", removeAffix<false>},
    {"removesuffix", "affix, /", removeAffix<true>},
    {"find", "sub, start=0, end=None, /", find<false, false>},
    {"rfind", "sub, start=0, end=None, /", find<true, false>},
    {"index", "sub, start=0, end=None, /", find<false, true>},
    {"rindex", "sub, start=0, end=None, /", find<true, true>},
    {"count", "sub, start=0, end=None, /", count},
    {"isdigit", "",
     [](Str &self, Interpreter &, BoundArguments &) { return isMadeOf(self, llvm::isDigit); }},
    {"isdecimal", "",
     [](Str &self, Interpreter &, BoundArguments &) { return isMadeOf(self, llvm::isDigit); }},
    {"isnumeric", "",
     [](Str &self, Interpreter &, BoundArguments &) { return isMadeOf(self, llvm::isDigit); }},
    {"isalpha", "",
     [](Str &self, Interpreter &, BoundArguments &) { return isMadeOf(self, llvm::isAlpha); }},
    {"isalnum", "",
     [](Str &self, Interpreter &, BoundArguments &) { return isMadeOf(self, llvm::isAlnum); }},
    {"isspace", "",
     [](Str &self, Interpreter &, BoundArguments &) {
       return isMadeOf(self, [](char c) { return whitespace.contains(c); });
     }},
    {"islower", "",
     [](Str &self, Interpreter &, BoundArguments &) {
       return hasCase(self, llvm::isLower, llvm::isUpper);
     }},
    {"isupper", "",
     [](Str &self, Interpreter &, BoundArguments &) {
       return hasCase(self, llvm::isUpper, llvm::isLower);
     }},
    {"istitle", "",
     [](Str &self, Interpreter &, BoundArguments &) {
       std::string text = self.text;
       title(text);
       return Value::boolean(text == self.text && llvm::any_of(text, llvm::isAlpha));
     }},
    {"isidentifier", "",
     [](Str &self, Interpreter &, BoundArguments &) {
       return Value::boolean(isIdentifier(self.text));
     }},
    {"isascii", "",
     [](Str &self, Interpreter &, BoundArguments &) { return Value::boolean(isAscii(self.text)); }},
    {"join", "iterable, /", join},
    {"split", "sep=None, maxsplit=-1", split<false>},
    {"rsplit", "sep=None, maxsplit=-1", split<true>},
    {"splitlines", "keepends=False", splitLines},
    {"partition", "sep, /", partition<false>},
    {"rpartition", "sep, /", partition<true>},
    {"replace", "old, new, count=-1, /", replace},
    {"ljust", "width, fillchar=' ', /", justify<'<'>},
    {"rjust", "width, fillchar=' ', /", justify<'>'>},
    {"center", "width, fillchar=' ', /", justify<'^'>},
    {"zfill", "width, /", fillZeros},
    {"expandtabs", "tabsize=8", expandTabs},
    {"format", "*args, **kwargs",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       return formatFields(in, self.text, args, nullptr);
     }},
    {"format_map", "*args",
     [](Str &self, Interpreter &in, BoundArguments &args) {
       const Dict *mapping = args.rest.size() == 1 ? args.rest[0].value.as<Dict>() : nullptr;
       if (!mapping)
         return in.mistake(Code::TypeMismatch, args.place, "`format_map` expects a dict");
       return formatFields(in, self.text, args, mapping);
     }},
};

} // namespace

std::optional<Value> Str::attribute(Interpreter &in, StringRef name, SourceRange place) {
  if (name == "encode" || name == "translate" || name == "maketrans")
    return in.unsupported(place, fmt::format("`{}` of text is", name), "use `replace`");
  return findMethod(stringMethods, *this, in, name);
}

std::vector<std::string> Str::attributeNames() const { return methodNames(stringMethods); }

} // namespace rondo::eval
