//===- Cursor.cpp - What is being typed -----------------------------------===//
//
// Strings, comments, brackets and lines, from the top of the file.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Cursor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace rondo::lsp {

/// A character of a name; all that is not ASCII may be one.
static bool isWord(char c) { return llvm::isAlnum(c) || c == '_' || (c & 0x80); }

/// The name at the end, and what is before it.
static std::pair<llvm::StringRef, llvm::StringRef> splitName(llvm::StringRef text) {
  size_t begin = text.size();
  while (begin > 0 && isWord(text[begin - 1]))
    --begin;
  return {text.take_front(begin), text.drop_front(begin)};
}

/// The dotted name at the end of the text, `keras.layers.Dense`.
static llvm::StringRef dottedName(llvm::StringRef text) {
  size_t begin = text.size();
  while (begin > 0 && (isWord(text[begin - 1]) || text[begin - 1] == '.'))
    --begin;
  return text.drop_front(begin);
}

Cursor::Cursor(llvm::StringRef whole, size_t offset) : text(whole.take_front(offset)) {
  scan();
  wordStart = splitName(text).first.size();
}

size_t Cursor::skipString(size_t i) {
  char quote = text[i];
  bool isTriple = text.substr(i, 3) == std::string(3, quote);
  i += isTriple ? 3 : 1;
  for (; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i; // also in raw strings, as far as quotes go
    else if (text[i] == '\n' && !isTriple)
      return i;
    else if (text[i] == quote && (!isTriple || text.substr(i, 3) == std::string(3, quote)))
      return i + (isTriple ? 3 : 1);
  }
  isInString = true;
  return text.size();
}

bool Cursor::startsStatement(size_t lineStart) const {
  llvm::StringRef line = text.drop_front(lineStart).take_until([](char c) { return c == '\n'; });
  llvm::StringRef trimmed = line.ltrim(" \t");
  llvm::StringRef word = trimmed.take_while(isWord);
  llvm::StringRef rest = trimmed.drop_front(word.size());
  // Words that stand in no expression.
  for (llvm::StringRef keyword : {"def", "class", "import", "from", "return", "with", "while",
                                  "assert", "raise", "del", "pass"})
    if (word == keyword && (rest.empty() || !isWord(rest.front())))
      return true;
  // An assignment that is not indented; a keyword argument nearly always is.
  rest = rest.ltrim(' ');
  bool isAssignment = rest.starts_with("=") && !rest.starts_with("==");
  return trimmed.size() == line.size() && !word.empty() && isAssignment;
}

void Cursor::scan() {
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == '"' || c == '\'') {
      i = skipString(i);
      continue;
    }
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
      isInComment = i == text.size();
      continue;
    }
    ++i;
    if (c == '\n' || c == ';') {
      if (c == '\n' && !brackets.empty() && startsStatement(i))
        brackets.clear();
      bool isContinued = c == '\n' && i >= 2 && text[i - 2] == '\\';
      if (brackets.empty() && !isContinued)
        statementStart = i;
    } else if (c == '(' || c == '[' || c == '{') {
      brackets.push_back({c, i - 1, {i}});
    } else if (c == ')' || c == ']' || c == '}') {
      if (!brackets.empty()) {
        pairs.emplace_back(i - 1, brackets.back().offset);
        brackets.pop_back();
      }
    } else if (c == ',' && !brackets.empty()) {
      brackets.back().elements.push_back(i);
    }
  }
}

Callee Cursor::calleeBefore(size_t bracket) const {
  llvm::StringRef before = text.take_front(bracket).rtrim(' ');
  if (!before.ends_with(")"))
    return {dottedName(before), false};
  auto pair = llvm::find_if(pairs, [&](const auto &p) { return p.first == before.size() - 1; });
  if (pair == pairs.end())
    return {};
  Callee inner = calleeBefore(pair->second);
  return inner.isResult ? Callee{} : Callee{inner.name, true};
}

/// The keyword of `name=value`, or nothing.
static llvm::StringRef keywordOf(llvm::StringRef argument) {
  llvm::StringRef trimmed = argument.ltrim();
  llvm::StringRef name = trimmed.take_while(isWord);
  llvm::StringRef rest = trimmed.drop_front(name.size()).ltrim();
  return rest.starts_with("=") && !rest.starts_with("==") ? name : "";
}

std::optional<Cursor::Argument> Cursor::argument() const {
  bool isNested = false;
  for (const Bracket &bracket : llvm::reverse(brackets)) {
    Callee callee = bracket.kind == '(' ? calleeBefore(bracket.offset) : Callee{};
    bool isCall = !callee.name.empty() && callee.name != "import" && callee.name != "in" &&
                  callee.name != "return" && callee.name != "and" && callee.name != "or" &&
                  callee.name != "not" && callee.name != "if" && callee.name != "else" &&
                  callee.name != "lambda";
    if (!isCall) {
      isNested = true;
      continue;
    }
    Argument argument;
    argument.callee = callee;
    argument.isNested = isNested;
    argument.index = bracket.elements.size() - 1;
    for (size_t i = 0; i < argument.index; ++i)
      argument.keywords.push_back(
          keywordOf(text.slice(bracket.elements[i], bracket.elements[i + 1])));
    argument.keyword = keywordOf(text.drop_front(bracket.elements.back()));
    return argument;
  }
  return std::nullopt;
}

std::optional<llvm::StringRef> Cursor::owner() const {
  llvm::StringRef before = text.take_front(wordStart);
  if (!before.consume_back("."))
    return std::nullopt;
  return dottedName(before);
}

} // namespace rondo::lsp
