//===- Literals.cpp - The values of numbers and strings ---------*- C++ -*-===//
//
// Python's escapes and number forms; sources: "String and Bytes literals" and
// "Numeric literals" in the Python 3.11 language reference.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Literals.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Unicode.h"

using llvm::StringRef;

namespace rondo::syntax {

using namespace diagnostics;

static std::string withoutUnderscores(StringRef number) {
  std::string digits = number.lower();
  llvm::erase(digits, '_');
  return digits;
}

std::optional<int64_t> intValue(StringRef number) {
  std::string text = withoutUnderscores(number);
  StringRef digits(text);
  unsigned base = digits.consume_front("0x")   ? 16
                  : digits.consume_front("0o") ? 8
                  : digits.consume_front("0b") ? 2
                                               : 10;
  int64_t value;
  if (digits.getAsInteger(base, value))
    return std::nullopt;
  return value;
}

double floatValue(StringRef number) {
  llvm::APFloat value(llvm::APFloat::IEEEdouble());
  auto status =
      value.convertFromString(withoutUnderscores(number), llvm::APFloat::rmNearestTiesToEven);
  assert(status && "the lexer checked the form");
  llvm::consumeError(status.takeError());
  return value.convertToDouble();
}

StringParts splitString(SourceRange token) {
  StringRef text = token.text();
  StringRef prefix = text.take_while(llvm::isAlpha);
  StringRef quoted = text.drop_front(prefix.size());
  uint32_t quote = quoted.starts_with("\"\"\"") || quoted.starts_with("'''") ? 3 : 1;
  StringParts parts;
  parts.isRaw = prefix.contains_insensitive("r");
  parts.isBytes = prefix.contains_insensitive("b");
  parts.contents = {token.file, token.begin + uint32_t(prefix.size()) + quote, token.end - quote};
  return parts;
}

static bool appendCharacter(uint32_t character, std::string &value) {
  char buffer[4];
  char *end = buffer;
  if (!llvm::ConvertCodePointToUTF8(character, end))
    return false;
  value.append(buffer, end);
  return true;
}

/// The character that a one-letter escape stands for, or 0.
static char simpleEscape(char letter) {
  switch (letter) {
  case '\\':
  case '\'':
  case '"':
    return letter;
  case 'a':
    return '\a';
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  case 'v':
    return '\v';
  }
  return 0;
}

namespace {

/// Decodes the contents of one string.
class Decoder {
public:
  Decoder(SourceRange contents, Engine &engine, std::string &value)
      : contents(contents), text(contents.text()), engine(engine), value(value) {}

  bool run(bool isRaw, bool hasDoubledBraces) {
    while (position < text.size()) {
      StringRef rest = text.drop_front(position);
      if (rest.starts_with("\r")) { // Line ends in a string are LF, whatever the file has.
        value += '\n';
        position += rest.starts_with("\r\n") ? 2 : 1;
      } else if (hasDoubledBraces && (rest.starts_with("{{") || rest.starts_with("}}"))) {
        value += rest.front();
        position += 2;
      } else if (rest.starts_with("\\") && !isRaw) {
        if (!escape(rest))
          return false;
      } else {
        value += rest.front();
        ++position;
      }
    }
    return true;
  }

private:
  bool escape(StringRef rest) {
    char letter = rest.size() > 1 ? rest[1] : '\0';
    if (char character = simpleEscape(letter)) {
      value += character;
      position += 2;
      return true;
    }
    switch (letter) {
    case '\n': // The line goes on.
      position += 2;
      return true;
    case '\r':
      position += rest.starts_with("\\\r\n") ? 3 : 2;
      return true;
    case 'x':
      return hexEscape(rest, 2);
    case 'u':
      return hexEscape(rest, 4);
    case 'U':
      return hexEscape(rest, 8);
    case 'N':
      return namedEscape(rest);
    }
    StringRef octal = rest.substr(1, 3).take_while([](char c) { return '0' <= c && c <= '7'; });
    if (!octal.empty()) {
      unsigned character = 0;
      octal.getAsInteger(8, character);
      position += 1 + octal.size();
      return appendCharacter(character, value);
    }
    value += '\\'; // As Python does with escapes that it does not know.
    ++position;
    return true;
  }

  bool hexEscape(StringRef rest, unsigned digits) {
    StringRef hex = rest.substr(2, digits).take_while(llvm::isHexDigit);
    if (hex.size() < digits)
      return fail(2 + hex.size(),
                  fmt::format("`\\{}` takes {} hexadecimal digits", rest[1], digits));
    uint32_t character = 0;
    hex.getAsInteger(16, character);
    if (!appendCharacter(character, value))
      return fail(2 + digits, fmt::format("U+{:04X} is not a character", character));
    position += 2 + digits;
    return true;
  }

  bool namedEscape(StringRef rest) {
    size_t close = rest.find('}');
    if (!rest.substr(2).starts_with("{") || close == StringRef::npos)
      return fail(2, "`\\N` takes the name of a character in braces");
    std::optional<char32_t> character =
        llvm::sys::unicode::nameToCodepointStrict(rest.slice(3, close).upper());
    if (!character)
      return fail(close + 1, "no character has this name");
    position += close + 1;
    return appendCharacter(*character, value);
  }

  bool fail(uint32_t length, StringRef message) {
    uint32_t begin = contents.begin + position;
    engine
        .report(Code::InvalidEscape, SourceRange{contents.file, begin, begin + length}, "{}",
                message)
        .help("write `\\\\` for a backslash, or put `r` in front of the string");
    return false;
  }

  SourceRange contents;
  StringRef text;
  Engine &engine;
  std::string &value;
  uint32_t position = 0;
};

} // namespace

bool decodeString(SourceRange contents, bool isRaw, bool hasDoubledBraces, Engine &engine,
                  std::string &value) {
  return Decoder(contents, engine, value).run(isRaw, hasDoubledBraces);
}

} // namespace rondo::syntax
