//===- Parser.cpp - Text to syntax tree -------------------------*- C++ -*-===//
//
// The entry point, and how the parser reads tokens and words its errors.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Parser.h"
#include "frontend/syntax/Grammar.h"

using llvm::StringRef;

namespace rondo::syntax {

using namespace diagnostics;
using Kind = Token::Kind;

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

bool Grammar::is(const Token &token, StringRef spelling) {
  return (token.kind == Kind::Operator || token.kind == Kind::Keyword) && token.text() == spelling;
}

Token Grammar::take() {
  Token token = current();
  if (position + 1 < tokens.size())
    ++position;
  return token;
}

bool Grammar::accept(StringRef spelling) {
  if (!at(spelling))
    return false;
  take();
  return true;
}

SourceRange Grammar::since(uint32_t begin) const {
  // A block ends with its last word, not with the line ends and dedents after it.
  size_t last = position;
  while (last > 0 &&
         llvm::is_contained({Kind::Newline, Kind::Indent, Kind::Dedent}, tokens[last - 1].kind))
    --last;
  uint32_t end = last > 0 ? tokens[last - 1].range.end : 0;
  return {&file, begin, std::max(begin, end)};
}

SourceRange Grammar::lastCharacter(SourceRange range) {
  StringRef text = range.text();
  size_t start = text.size();
  while (start > 0 && (text[--start] & 0xC0) == 0x80)
    ;
  return {range.file, range.begin + static_cast<uint32_t>(start), range.end};
}

bool Grammar::startsExpression() const {
  switch (current().kind) {
  case Kind::Name:
  case Kind::Number:
  case Kind::String:
  case Kind::FStringStart:
    return true;
  case Kind::Keyword:
    return llvm::is_contained({"None", "True", "False", "not", "lambda", "await", "yield"},
                              current().text());
  case Kind::Operator:
    return llvm::is_contained({"(", "[", "{", "-", "+", "~", "*", "..."}, current().text());
  default:
    return false;
  }
}

bool Grammar::followsValue() const {
  if (position == 0)
    return false;
  const Token &last = tokens[position - 1];
  switch (last.kind) {
  case Kind::Name:
  case Kind::Number:
  case Kind::String:
  case Kind::FStringEnd:
    return true;
  case Kind::Keyword:
    return llvm::is_contained({"None", "True", "False"}, last.text());
  case Kind::Operator:
    return llvm::is_contained({")", "]", "}", "..."}, last.text());
  default:
    return false;
  }
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

bool Grammar::lineIsBroken() const {
  for (size_t i = position; i < tokens.size(); ++i) {
    if (tokens[i].kind == Kind::Newline)
      return false;
    if (tokens[i].kind == Kind::Error)
      return true;
  }
  return false;
}

/// How a token is called in messages.
static std::string describe(const Token &token) {
  switch (token.kind) {
  case Kind::EndOfFile:
    return "the file ends";
  case Kind::Newline:
  case Kind::Dedent:
    return "the line ends";
  case Kind::Indent:
    return "an indented line";
  case Kind::Number:
    return "a number";
  case Kind::String:
  case Kind::FStringStart:
  case Kind::FStringText:
  case Kind::FStringEnd:
    return "a string";
  case Kind::Error:
  case Kind::Name:
  case Kind::Keyword:
  case Kind::Operator:
    break;
  }
  constexpr size_t longest = 40;
  StringRef text = token.text();
  return fmt::format("`{}{}`", text.take_front(longest), text.size() > longest ? "…" : "");
}

Failure Grammar::unexpected(StringRef expected) {
  if (at(":=")) {
    error(Code::SyntaxError, current().range, "`:=` stands here without parentheses")
        .help("put the whole assignment in parentheses, or write it as a line of its own");
    return {};
  }
  if (at("await") || at("async") || at("yield"))
    return unsupported(current().range,
                       at("yield") ? "`yield` inside an expression"
                                   : fmt::format("`{}`", current().text()),
                       at("yield") ? "give `yield` a line of its own; nothing is sent to it"
                                   : "evaluation has nothing to wait for: write a plain function");
  if (at("=") && followsValue()) {
    error(Code::AssignmentInExpression, current().range,
          "`=` assigns, and here stands an expression")
        .help("compare with `==`")
        .fix(current().range, "==");
    return {};
  }
  // At the end of a line the thing to look at is the end of the last word on it.
  bool afterLine = atLineEnd() && position > 0;
  SourceRange place = afterLine ? lastCharacter(tokens[position - 1].range) : current().range;
  addHint(
      error(Code::SyntaxError, place, "{} where {} is expected", describe(current()), expected));
  return {};
}

/// Adds the mend for operators that other languages have.
void Grammar::addHint(Diagnostic &diagnostic) const {
  auto previous = [&](size_t back) {
    return position >= back ? tokens[position - back].text() : StringRef();
  };
  StringRef found = current().text();
  if ((found == "&" || found == "|") && previous(1) == found) {
    diagnostic.help("write `{}`", found == "&" ? "and" : "or");
    return;
  }
  bool isDoubled = previous(1) == previous(2) && (previous(1) == "+" || previous(1) == "-");
  if (atLineEnd() && isDoubled && position == statementStart + 3)
    diagnostic.help("write `{0} {1}= 1`", previous(3), previous(1));
}

bool Grammar::reportFirstWord() {
  const Token &first = tokens[statementStart];
  if (position != statementStart + 1 || first.kind != Kind::Name)
    return false;
  if (first.text() == "print") {
    error(Code::SyntaxError, first.range, "`print` is a function, but has no parentheses here")
        .help("put what it prints in parentheses");
    return true;
  }
  std::optional<StringRef> keyword = closestMatch(first.text(), keywords());
  if (!keyword || *keyword == first.text())
    return false;
  error(Code::SyntaxError, first.range, "`{}` starts no statement of Python", first.text())
      .help("did you mean `{}`?", *keyword)
      .fix(first.range, keyword->str());
  return true;
}

Failure Grammar::unsupported(SourceRange range, StringRef construct, StringRef mend) {
  error(Code::UnsupportedSyntax, range, "model files do not use {}", construct).help("{}", mend);
  return {};
}

Failure Grammar::tooDeep(SourceRange range) {
  error(Code::NestedTooDeeply, range, "this is nested too deeply to be read")
      .help("give parts of it names of their own");
  return {};
}

bool Grammar::expect(StringRef spelling) {
  return accept(spelling) || unexpected(fmt::format("`{}`", spelling));
}

bool Grammar::expectClosing(StringRef bracket) {
  if (accept(bracket))
    return true;
  return unexpected(fmt::format("`,` or `{}`", bracket));
}

bool Grammar::expectName(StringRef role, std::string &name, SourceRange &range) {
  range = current().range;
  if (at(Kind::Name)) {
    name = take().text().str();
    return true;
  }
  if (!at(Kind::Keyword))
    return unexpected(fmt::format("the name of {}", role));
  error(Code::SyntaxError, range, "`{}` is a keyword of Python and cannot name {}", range.text(),
        role);
  return false;
}

//===----------------------------------------------------------------------===//
// Entry
//===----------------------------------------------------------------------===//

std::unique_ptr<ast::Module> parse(const SourceFile &file, Engine &engine) {
  if (file.text().size() > maxFileBytes) {
    engine.report(Code::FileTooLarge,
                  "`{}` is larger than {} MiB, the most that a model file may have", file.name(),
                  maxFileBytes >> 20);
    return std::make_unique<ast::Module>();
  }
  size_t errorLimit = engine.errorCount() + maxSyntaxErrors;
  return Grammar(file, engine, tokenize(file, engine), errorLimit).module();
}

} // namespace rondo::syntax
