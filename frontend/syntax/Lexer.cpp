//===- Lexer.cpp - Text to tokens -------------------------------*- C++ -*-===//
//
// One pass over the text. Open brackets and open f-strings are explicit stacks,
// so nesting costs no C++ stack. After an error the lexer emits an Error token
// and goes on; an open bracket ends early where the next line clearly starts a
// statement, so that one forgotten bracket does not hide the rest of the file.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Lexer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"

using llvm::StringRef;

namespace rondo::syntax {

using namespace diagnostics;

static const StringRef keywordList[] = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

llvm::ArrayRef<StringRef> keywords() { return keywordList; }

static bool isKeyword(StringRef word) {
  static const llvm::StringSet<> set = [] {
    llvm::StringSet<> result;
    for (StringRef keyword : keywordList)
      result.insert(keyword);
    return result;
  }();
  return set.contains(word);
}

/// Keywords that only ever start a statement, or a clause of one.
static bool startsStatement(StringRef word) {
  static const StringRef words[] = {"assert", "break",  "class",    "continue", "def",
                                    "del",    "elif",   "except",   "finally",  "from",
                                    "global", "import", "nonlocal", "pass",     "raise",
                                    "return", "try",    "while",    "with"};
  return llvm::is_contained(words, word);
}

/// Longest first: the first that matches is the token.
static const StringRef operatorList[] = {
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "==", "!=", "<=",
    ">=",  "->",  ":=",  "+=",  "-=",  "*=", "/=", "%=", "@=", "&=", "|=", "^=",
    "+",   "-",   "*",   "/",   "%",   "@",  "&",  "|",  "^",  "~",  "<",  ">",
    "(",   ")",   "[",   "]",   "{",   "}",  ",",  ":",  ".",  ";",  "="};

/// Characters that editors and web pages put in place of Python's own.
static StringRef plainSpelling(uint32_t character) {
  switch (character) {
  case 0x201C:
  case 0x201D:
  case 0x201E:
    return "\"";
  case 0x2018:
  case 0x2019:
    return "'";
  case 0x2010:
  case 0x2013:
  case 0x2014:
  case 0x2212:
    return "-";
  case 0x00D7:
    return "*";
  case 0x00F7:
    return "/";
  case 0x2260:
    return "!=";
  case 0x2264:
    return "<=";
  case 0x2265:
    return ">=";
  case 0x2026:
    return "...";
  case 0x00A0:
  case 0x2003:
  case 0x2009:
  case 0x202F:
  case 0x3000:
    return " ";
  case 0xFF08:
    return "(";
  case 0xFF09:
    return ")";
  case 0xFF0C:
    return ",";
  case 0xFF1A:
    return ":";
  }
  return "";
}

/// Whether a character beyond ASCII may be in a name. Python asks Unicode's
/// tables; this excludes the blocks of punctuation, symbols and private use.
static bool isNameCharacter(uint32_t character) {
  if (character < 0xC0)
    return character == 0xAA || character == 0xB5 || character == 0xBA;
  static const std::pair<uint32_t, uint32_t> excluded[] = {
      {0xD7, 0xD7},       {0xF7, 0xF7},       {0x2000, 0x2070}, {0x2072, 0x207E}, {0x2080, 0x208F},
      {0x20A0, 0x2101},   {0x2190, 0x2BFF},   {0x2E00, 0x2FFF}, {0x3000, 0x3004}, {0x3008, 0x3020},
      {0xD800, 0xF8FF},   {0xFE10, 0xFE6F},   {0xFEFF, 0xFF20}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF},
      {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF}};
  return llvm::none_of(excluded, [&](const auto &block) {
    return block.first <= character && character <= block.second;
  });
}

static bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
static bool isNameByte(char c) { return llvm::isAlnum(c) || c == '_'; }
static bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\f'; }
static bool isLineEnd(char c) { return c == '\n' || c == '\r'; }

static char closerOf(char opener) { return opener == '(' ? ')' : opener == '[' ? ']' : '}'; }

namespace {

class Lexer {
public:
  Lexer(const SourceFile &file, Engine &engine)
      : file(file), engine(engine), text(file.text()), position(file.lineStart(1)),
        errorLimit(engine.errorCount() + maxSyntaxErrors) {}

  std::vector<Token> run() {
    if (checkUtf8())
      while (position < text.size() && engine.errorCount() < errorLimit)
        step();
    finish();
    return std::move(tokens);
  }

private:
  struct Bracket {
    char opener;
    uint32_t offset;
  };
  /// A replacement field: `{`, in whose tokens or format text the lexer is.
  struct Field {
    uint32_t brace;
    /// The number of open brackets with this one.
    size_t depth;
    bool inFormat = false;
  };
  struct FString {
    SourceRange start;
    StringRef quote;
    bool raw;
    size_t outerBrackets;
    std::vector<Field> fields;
  };
  /// The width of an indentation with tabs to every eighth column, and with tabs
  /// as one column: lines are comparable only when both agree.
  struct Indentation {
    uint32_t width = 0;
    uint32_t narrowWidth = 0;
  };

  //===--------------------------------------------------------------------===//
  // Small helpers
  //===--------------------------------------------------------------------===//

  char at(uint32_t offset) const { return offset < text.size() ? text[offset] : '\0'; }
  StringRef rest() const { return text.drop_front(position); }
  SourceRange range(uint32_t begin, uint32_t end) const { return {&file, begin, end}; }

  void emit(Token::Kind kind, uint32_t begin) { tokens.push_back({kind, range(begin, position)}); }
  void emitError() { tokens.push_back({Token::Kind::Error, range(position, position)}); }

  bool lineHasTokens() const {
    if (tokens.empty())
      return false;
    Token::Kind last = tokens.back().kind;
    return last != Token::Kind::Newline && last != Token::Kind::Indent &&
           last != Token::Kind::Dedent;
  }

  /// Steps over one line end: LF, CR LF or CR.
  void skipLineEnd() { position += rest().starts_with("\r\n") ? 2 : 1; }
  void skipToLineEnd() {
    while (position < text.size() && !isLineEnd(text[position]))
      ++position;
  }

  /// The character at `offset` and how many bytes it takes.
  std::pair<uint32_t, unsigned> decode(uint32_t offset) const {
    const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data() + offset);
    const llvm::UTF8 *next = begin;
    llvm::UTF32 character = 0;
    llvm::convertUTF8Sequence(&next, reinterpret_cast<const llvm::UTF8 *>(text.end()), &character,
                              llvm::strictConversion);
    return {character, next - begin};
  }

  bool checkUtf8() {
    for (uint32_t i = 0; i < text.size();) {
      if (static_cast<unsigned char>(text[i]) < 0x80) {
        ++i;
        continue;
      }
      const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data() + i);
      unsigned length = llvm::getNumBytesForUTF8(*begin);
      if (i + length > text.size() || !llvm::isLegalUTF8Sequence(begin, begin + length)) {
        engine
            .report(Code::InvalidUtf8, range(i, i + 1),
                    "byte 0x{:02X} does not belong to UTF-8 text", *begin)
            .help("save the file in UTF-8");
        return false;
      }
      i += length;
    }
    return true;
  }

  //===--------------------------------------------------------------------===//
  // Lines
  //===--------------------------------------------------------------------===//

  void step() {
    if (!fstrings.empty() && (fstrings.back().fields.empty() || inFormat()))
      return lexFStringText();
    if (atLineStart && !startLine())
      return;
    char c = text[position];
    if (isBlank(c)) {
      ++position;
    } else if (c == '#') {
      skipToLineEnd();
    } else if (isLineEnd(c)) {
      endLine();
    } else if (c == '\\') {
      lexBackslash();
    } else {
      lexToken();
    }
  }

  /// Reads the indentation of a line outside brackets. False when the line has
  /// no token: such lines do not count.
  bool startLine() {
    uint32_t begin = position;
    Indentation indentation;
    for (; position < text.size() && isBlank(text[position]); ++position) {
      if (text[position] == '\f') {
        indentation = {};
        continue;
      }
      indentation.width =
          text[position] == '\t' ? indentation.width / 8 * 8 + 8 : indentation.width + 1;
      ++indentation.narrowWidth;
    }
    if (position == text.size())
      return false;
    if (text[position] == '#')
      skipToLineEnd();
    if (position == text.size())
      return false;
    if (isLineEnd(text[position])) {
      skipLineEnd();
      return false;
    }
    atLineStart = false;
    indentTo(indentation, begin);
    return true;
  }

  void indentTo(Indentation indentation, uint32_t lineBegin) {
    if (indentation.width > indents.back().width) {
      bool isConsistent = indentation.narrowWidth > indents.back().narrowWidth;
      indents.push_back(indentation);
      emit(Token::Kind::Indent, lineBegin);
      checkTabs(isConsistent, lineBegin);
      return;
    }
    // The blocks that this line leaves: all that are indented more.
    size_t kept = indents.size();
    while (indents[kept - 1].width > indentation.width)
      --kept;
    if (indents[kept - 1].width < indentation.width) {
      engine
          .report(Code::InconsistentIndentation, range(lineBegin, position),
                  "this line is indented by {} column{}, and no block around it is",
                  indentation.width, indentation.width == 1 ? "" : "s")
          .help("indent it like the lines of the block that it belongs to");
      // Stays in the innermost block that fits, so that its lines are not
      // reported one by one.
      indents[kept++] = indentation;
    }
    while (indents.size() > kept) {
      indents.pop_back();
      tokens.push_back({Token::Kind::Dedent, range(position, position)});
    }
    checkTabs(indentation.narrowWidth == indents.back().narrowWidth, lineBegin);
  }

  void checkTabs(bool consistent, uint32_t lineBegin) {
    if (consistent || reportedTabs)
      return;
    reportedTabs = true; // One is enough: files mix them on many lines.
    engine
        .report(Code::InconsistentIndentation, range(lineBegin, position),
                "tabs and spaces are mixed so that the block depends on the width of a tab")
        .help("indent with spaces only");
    emitError(); // Which block the line was meant for is anyone's guess.
  }

  void endLine() {
    if (!fstrings.empty() && fstrings.back().quote.size() == 1)
      return failFString();
    uint32_t lineEnd = position;
    skipLineEnd();
    if (!brackets.empty() && !bracketWasForgotten())
      return;
    closeLine(lineEnd);
    atLineStart = true;
  }

  /// Ends a logical line, reporting a bracket that is still open.
  void closeLine(uint32_t offset) {
    if (!brackets.empty()) {
      Bracket open = brackets.back();
      if (!reportedBracket)
        engine.report(Code::UnclosedBracket, range(open.offset, open.offset + 1),
                      "`{}` is never closed", open.opener);
      brackets.clear();
      fstrings.clear();
      tokens.push_back({Token::Kind::Error, range(offset, offset)});
    }
    reportedBracket = false;
    if (lineHasTokens())
      tokens.push_back({Token::Kind::Newline, range(offset, offset)});
  }

  /// Inside brackets at the start of a line: whether this line can only be a new
  /// statement. It is when it starts with a keyword that no expression has, or
  /// when it is not indented and a name follows a complete operand.
  bool bracketWasForgotten() const {
    if (!fstrings.empty())
      return false;
    uint32_t begin = position;
    while (isBlank(at(begin)))
      ++begin;
    if (!isNameStart(at(begin)))
      return false;
    StringRef word = text.drop_front(begin).take_while(isNameByte);
    if (isKeyword(word))
      return startsStatement(word);
    bool isQuoted = at(begin + word.size()) == '"' || at(begin + word.size()) == '\'';
    if (isQuoted || begin - position > indents.back().narrowWidth)
      return false;
    switch (tokens.back().kind) {
    case Token::Kind::Name:
    case Token::Kind::Number:
    case Token::Kind::String:
    case Token::Kind::FStringEnd:
      return true;
    case Token::Kind::Operator:
      return llvm::is_contained({")", "]", "}"}, tokens.back().text());
    default:
      return false;
    }
  }

  void lexBackslash() {
    uint32_t begin = position++;
    if (position < text.size() && isLineEnd(text[position])) {
      skipLineEnd();
      if (position < text.size())
        return;
    }
    engine
        .report(Code::StrayBackslash, range(begin, begin + 1),
                "a backslash continues a line only as the last character of it")
        .help(
            "remove what follows the backslash, spaces too, or put the expression in parentheses");
    emitError();
  }

  void finish() {
    position = text.size();
    if (!fstrings.empty())
      failFString();
    closeLine(position);
    for (size_t i = 1; i < indents.size(); ++i)
      emit(Token::Kind::Dedent, position);
    emit(Token::Kind::EndOfFile, position);
  }

  //===--------------------------------------------------------------------===//
  // Tokens
  //===--------------------------------------------------------------------===//

  void lexToken() {
    char c = text[position];
    if (isNameStart(c) || static_cast<unsigned char>(c) >= 0x80)
      return lexNameOrPrefix();
    if (llvm::isDigit(c) || (c == '.' && llvm::isDigit(at(position + 1))))
      return lexNumber();
    if (c == '"' || c == '\'')
      return lexString(position);
    if (inField() && lexFieldPunctuation())
      return;
    for (StringRef spelling : operatorList) {
      if (!rest().starts_with(spelling))
        continue;
      if (llvm::is_contained({"(", "[", "{"}, spelling))
        brackets.push_back({c, position});
      else if (llvm::is_contained({")", "]", "}"}, spelling) && !closeBracket(c))
        return;
      uint32_t begin = position;
      position += spelling.size();
      return emit(Token::Kind::Operator, begin);
    }
    reportCharacter(c, 1);
  }

  void lexNameOrPrefix() {
    uint32_t begin = position;
    while (position < text.size()) {
      if (isNameByte(text[position])) {
        ++position;
        continue;
      }
      if (static_cast<unsigned char>(text[position]) < 0x80)
        break;
      auto [character, length] = decode(position);
      if (!isNameCharacter(character))
        break;
      position += length;
    }
    if (position == begin) {
      auto [character, length] = decode(position);
      return reportCharacter(character, length);
    }
    StringRef word = text.slice(begin, position);
    if ((at(position) == '"' || at(position) == '\'') && isStringPrefix(word))
      return lexString(begin);
    emit(isKeyword(word) ? Token::Kind::Keyword : Token::Kind::Name, begin);
  }

  static bool isStringPrefix(StringRef word) {
    static const StringRef prefixes[] = {"r", "u", "b", "f", "br", "rb", "fr", "rf"};
    return word.size() <= 2 && llvm::is_contained(prefixes, StringRef(word.lower()));
  }

  void reportCharacter(uint32_t character, unsigned length) {
    SourceRange place = range(position, position + length);
    StringRef plain = plainSpelling(character);
    if (plain == " ") {
      engine
          .report(Code::InvalidCharacter, place, "U+{:04X} is a space that Python does not know",
                  character)
          .help("write a plain space")
          .fix(place, " ");
    } else if (!plain.empty()) {
      engine.report(Code::InvalidCharacter, place, "`{}` has no meaning in Python", place.text())
          .help("write `{}`", plain)
          .fix(place, plain.str());
    } else if (!llvm::sys::unicode::isPrintable(character)) {
      engine
          .report(Code::InvalidCharacter, place,
                  "the invisible character U+{:04X} has no meaning in Python", character)
          .help("remove it")
          .fix(place, "");
    } else {
      Diagnostic &diagnostic = engine.report(Code::InvalidCharacter, place,
                                             "`{}` has no meaning in Python", place.text());
      if (character == '!')
        diagnostic.help("write `not`");
    }
    position += length;
    emitError();
  }

  /// Takes what looks like a number as a whole, then judges it.
  void lexNumber() {
    uint32_t begin = position;
    bool isPrefixed = text[begin] == '0' && llvm::isAlpha(at(begin + 1)) &&
                      StringRef("xXoObB").contains(at(begin + 1));
    bool isHex = isPrefixed && llvm::toLower(at(begin + 1)) == 'x';
    while (position < text.size()) {
      char c = text[position];
      bool isExponentSign = (c == '+' || c == '-') && !isPrefixed &&
                            llvm::toLower(text[position - 1]) == 'e' &&
                            llvm::isDigit(at(position + 1));
      if (!isNameByte(c) && !isExponentSign && (c != '.' || isPrefixed))
        break;
      // `1if x`: a keyword may follow without a space.
      if (llvm::isAlpha(c) && !(isHex && llvm::isHexDigit(c)) &&
          position > begin + 1 - !isPrefixed && atOperatorWord())
        break;
      ++position;
    }
    StringRef number = text.slice(begin, position);
    if (std::optional<StringRef> problem = problemOfNumber(number)) {
      StringRef shown = number.take_front(40);
      Diagnostic &diagnostic =
          engine.report(Code::InvalidNumber, range(begin, position), "`{}{}` is not a number",
                        shown, shown.size() < number.size() ? "…" : "");
      if (!problem->empty())
        diagnostic.help("{}", *problem);
      return emitError();
    }
    emit(Token::Kind::Number, begin);
  }

  bool atOperatorWord() const {
    return llvm::any_of(
        llvm::ArrayRef<StringRef>{"and", "else", "for", "if", "in", "is", "or", "not"},
        [&](StringRef word) {
          return rest().starts_with(word) && !isNameByte(at(position + word.size()));
        });
  }

  /// Nothing for a number that Python accepts, otherwise the rule that it breaks,
  /// empty where no rule would help.
  static std::optional<StringRef> problemOfNumber(StringRef number) {
    // CPython refuses to convert more, and the work grows with the square.
    constexpr size_t maxDigits = 4300;
    if (number.size() > maxDigits)
      return "numbers have at most 4300 digits";
    std::string digits;
    for (size_t i = 0; i < number.size(); ++i) {
      if (number[i] != '_') {
        digits += llvm::toLower(number[i]);
        continue;
      }
      // A base prefix counts as a digit here.
      bool follows = llvm::isAlnum(number[i - 1]);
      bool precedes = i + 1 < number.size() && llvm::isHexDigit(number[i + 1]);
      if (!follows || !precedes)
        return "underscores in a number stand between two digits";
    }
    auto allIn = [](StringRef text, StringRef set) {
      return !text.empty() && text.find_first_not_of(set) == StringRef::npos;
    };
    auto check = [](bool sound, StringRef rule) {
      return sound ? std::nullopt : std::optional(rule);
    };
    StringRef body(digits);
    if (body.consume_front("0x"))
      return check(allIn(body, "0123456789abcdef"), "the digits after `0x` are 0 to 9 and a to f");
    if (body.consume_front("0o"))
      return check(allIn(body, "01234567"), "the digits after `0o` are 0 to 7");
    if (body.consume_front("0b"))
      return check(allIn(body, "01"), "the digits after `0b` are 0 and 1");

    constexpr StringRef decimal = "0123456789";
    bool isImaginary = body.consume_back("j");
    auto [mantissa, exponent] = body.split('e');
    bool hasExponent = mantissa.size() < body.size();
    if (exponent.starts_with("+") || exponent.starts_with("-"))
      exponent = exponent.drop_front();
    auto [whole, fraction] = mantissa.split('.');
    bool hasPoint = whole.size() < mantissa.size();
    bool sound = (whole.empty() || allIn(whole, decimal)) &&
                 (fraction.empty() || allIn(fraction, decimal)) &&
                 !(whole.empty() && fraction.empty()) && (!hasExponent || allIn(exponent, decimal));
    if (!sound)
      return check(false, llvm::all_of(number, isNameByte) ? "names start with a letter" : "");
    bool isInteger = !hasPoint && !hasExponent && !isImaginary;
    return check(!isInteger || whole.size() == 1 || whole.front() != '0' || allIn(whole, "0"),
                 "whole numbers do not start with 0; octal ones start with `0o`");
  }

  /// A string literal whose prefix starts at `begin`; at its quote.
  void lexString(uint32_t begin) {
    StringRef prefix = text.slice(begin, position);
    bool isRaw = prefix.contains_insensitive("r");
    StringRef quote =
        rest().take_front(rest().starts_with("\"\"\"") || rest().starts_with("'''") ? 3 : 1);
    position += quote.size();
    if (prefix.contains_insensitive("f")) {
      fstrings.push_back({range(begin, position), quote, isRaw, brackets.size(), {}});
      return emit(Token::Kind::FStringStart, begin);
    }
    uint32_t opening = position;
    while (position < text.size() && !rest().starts_with(quote)) {
      if (quote.size() == 1 && isLineEnd(text[position]))
        break;
      position += text[position] == '\\' ? escapedLength() : 1;
    }
    position = std::min<uint32_t>(position, text.size());
    if (rest().starts_with(quote)) {
      position += quote.size();
      return emit(Token::Kind::String, begin);
    }
    if (!fstrings.empty()) // The quote was most likely the end of the f-string.
      return failFString();
    reportUnterminated(range(begin, opening), quote);
    takeBrackets(opening);
    emitError();
  }

  /// The length of a backslash with the character that it protects.
  unsigned escapedLength() const { return rest().substr(1).starts_with("\r\n") ? 3 : 2; }

  /// The length of `\N{…}`, or of what there is of it.
  unsigned namedEscapeLength() const {
    size_t end = std::min(rest().find_first_of("}\"'\r\n"), rest().size());
    return rest().substr(end).starts_with("}") ? end + 1 : end;
  }

  void reportUnterminated(SourceRange opening, StringRef quote) {
    Diagnostic &diagnostic =
        engine.report(Code::UnterminatedString, opening, "this string has no closing `{}`{}", quote,
                      quote.size() == 1 ? " on its line" : "");
    if (quote.size() == 1)
      diagnostic.help("strings over several lines are written in triple quotes");
  }

  /// Reads the brackets in what a string without an end has taken, from `begin` to here,
  /// as those of code: most likely they close what is open around the string.
  void takeBrackets(uint32_t begin) {
    unsigned opened = 0;
    for (char c : text.slice(begin, position)) {
      if (StringRef("([{").contains(c))
        ++opened;
      else if (opened > 0 && StringRef(")]}").contains(c))
        --opened;
      else if (!brackets.empty() && closerOf(brackets.back().opener) == c)
        brackets.pop_back();
    }
    // Whatever is left over may have its partner somewhere in the string.
    reportedBracket = true;
  }

  /// Judges a closing bracket. False when it was reported.
  bool closeBracket(char closer) {
    uint32_t offset = position;
    if (!brackets.empty() && closerOf(brackets.back().opener) == closer) {
      brackets.pop_back();
      return true;
    }
    ++position;
    emitError();
    // The `{` of a replacement field stays: its `}` will come.
    size_t floor = inField() ? fstrings.back().fields.back().depth : 0;
    if (reportedBracket) { // One slip tends to unsettle the brackets after it.
      if (brackets.size() > floor)
        brackets.pop_back();
      return false;
    }
    reportedBracket = true;
    SourceRange place = range(offset, offset + 1);
    if (brackets.empty()) {
      engine.report(Code::UnmatchedBracket, place, "`{}` closes nothing", closer);
      return false;
    }
    Bracket open = brackets.back();
    engine.report(Code::UnmatchedBracket, place, "`{}` does not close `{}`", closer, open.opener)
        .note(range(open.offset, open.offset + 1), "`{}` is open here", open.opener);
    // Taken for an outer bracket of its kind if there is one, else for a slip of
    // the inner one.
    size_t match = brackets.size();
    while (match > floor && closerOf(brackets[match - 1].opener) != closer)
      --match;
    if (match > floor)
      brackets.resize(match - 1);
    else if (brackets.size() > floor)
      brackets.pop_back();
    return false;
  }

  //===--------------------------------------------------------------------===//
  // f-strings
  //===--------------------------------------------------------------------===//

  bool inField() const { return !fstrings.empty() && !fstrings.back().fields.empty(); }
  bool inFormat() const { return inField() && fstrings.back().fields.back().inFormat; }

  /// `}`, `:` and `!` that belong to the innermost field itself.
  bool lexFieldPunctuation() {
    Field &field = fstrings.back().fields.back();
    char c = text[position];
    if (brackets.size() != field.depth || (c != '}' && c != ':' && c != '!') ||
        (c == '!' && at(position + 1) == '='))
      return false;
    if (c == '}') {
      closeField();
      return true;
    }
    uint32_t begin = position++;
    emit(Token::Kind::Operator, begin);
    field.inFormat = c == ':';
    return true;
  }

  void openField() {
    brackets.push_back({'{', position});
    fstrings.back().fields.push_back({position, brackets.size()});
    uint32_t begin = position++;
    emit(Token::Kind::Operator, begin);
  }

  void closeField() {
    brackets.pop_back();
    fstrings.back().fields.pop_back();
    uint32_t begin = position++;
    emit(Token::Kind::Operator, begin);
  }

  /// Literal text of an f-string, or the text of a format, up to what ends it.
  void lexFStringText() {
    FString &fstring = fstrings.back();
    bool format = inFormat();
    uint32_t begin = position;
    auto flush = [&] {
      if (position > begin)
        emit(Token::Kind::FStringText, begin);
    };
    while (position < text.size()) {
      char c = text[position];
      if (rest().starts_with(fstring.quote)) {
        if (format)
          break;
        flush();
        uint32_t quoteBegin = position;
        position += fstring.quote.size();
        emit(Token::Kind::FStringEnd, quoteBegin);
        fstrings.pop_back();
        return;
      }
      if (isLineEnd(c) && fstring.quote.size() == 1)
        break;
      if (!format && (rest().starts_with("{{") || rest().starts_with("}}"))) {
        position += 2;
      } else if (c == '{') {
        flush();
        return openField();
      } else if (c == '}') {
        flush();
        if (format)
          return closeField();
        engine
            .report(Code::InvalidFString, range(position, position + 1),
                    "`}}` closes no field of this f-string")
            .help("write `}}}}` for a brace in the text");
        ++position;
        return emitError();
      } else if (c == '\\') {
        bool protectsBrace = at(position + 1) == '{' || at(position + 1) == '}';
        if (!fstring.raw && rest().starts_with("\\N{"))
          position += namedEscapeLength();
        else
          position += protectsBrace ? 1 : escapedLength();
        position = std::min<uint32_t>(position, text.size());
      } else {
        ++position;
      }
    }
    failFString();
  }

  /// Gives up on the open f-strings: reports what is open and goes on after the
  /// line, or at the end of the file for triple quotes.
  void failFString() {
    const FString &inner = fstrings.back();
    uint32_t taken = inner.start.end;
    if (inner.fields.empty()) {
      reportUnterminated(inner.start, inner.quote);
    } else {
      uint32_t brace = inner.fields.back().brace;
      taken = brace + 1;
      engine
          .report(Code::InvalidFString, range(brace, brace + 1),
                  "this field of the f-string has no closing `}}`")
          .help("write `{{{{` for a brace in the text");
    }
    bool toLineEnd = llvm::all_of(fstrings, [](const FString &s) { return s.quote.size() == 1; });
    brackets.resize(fstrings.front().outerBrackets);
    fstrings.clear();
    if (toLineEnd)
      skipToLineEnd();
    else
      position = text.size();
    takeBrackets(taken);
    emitError();
  }

  const SourceFile &file;
  Engine &engine;
  StringRef text;
  uint32_t position;
  size_t errorLimit;
  std::vector<Token> tokens;
  std::vector<Bracket> brackets;
  std::vector<FString> fstrings;
  std::vector<Indentation> indents = {{}};
  bool atLineStart = true;
  bool reportedTabs = false;
  /// Whether this logical line already had a bracket that does not match.
  bool reportedBracket = false;
};

} // namespace

std::vector<Token> tokenize(const SourceFile &file, Engine &engine) {
  return Lexer(file, engine).run();
}

} // namespace rondo::syntax
