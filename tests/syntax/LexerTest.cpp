//===- LexerTest.cpp - Text to tokens ---------------------------*- C++ -*-===//
//
// Lines, blocks and f-strings are where Python's lexical rules are subtle.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Lexer.h"
#include <gtest/gtest.h>

namespace rondo::test {

using syntax::Token;

/// The tokens of `text` with `;` for the end of a line and `>`, `<` for blocks.
static std::string lex(const std::string &text) {
  diagnostics::Engine engine;
  std::string result;
  for (const Token &token : syntax::tokenize(engine.addFile("test.py", text), engine)) {
    if (!result.empty())
      result += " ";
    switch (token.kind) {
    case Token::Kind::EndOfFile:
      result += "$";
      break;
    case Token::Kind::Newline:
      result += ";";
      break;
    case Token::Kind::Indent:
      result += ">";
      break;
    case Token::Kind::Dedent:
      result += "<";
      break;
    case Token::Kind::Error:
      result += "!";
      break;
    default:
      result += token.text();
    }
  }
  return result + (engine.hasErrors() ? "\n" + engine.render() : "");
}

TEST(Lexer, LinesEndOutsideBracketsOnly) {
  EXPECT_EQ(lex("a = (1,\n  2)\nb"), "a = ( 1 , 2 ) ; b ; $");
  EXPECT_EQ(lex("a = 1 + \\\n  2\n"), "a = 1 + 2 ; $");
  EXPECT_EQ(lex("[\n# comment\n\n1]\n"), "[ 1 ] ; $");
}

TEST(Lexer, BlankAndCommentLinesDoNotCount) {
  EXPECT_EQ(lex(""), "$");
  EXPECT_EQ(lex("\n  \n# a\n   # b\n"), "$");
  EXPECT_EQ(lex("if a:\n  b\n\n# c\n  d\ne"), "if a : ; > b ; d ; < e ; $");
  EXPECT_EQ(lex("a # b\n"), "a ; $");
}

TEST(Lexer, BlocksCloseAtTheEndOfTheFile) {
  EXPECT_EQ(lex("if a:\n  if b:\n    c"), "if a : ; > if b : ; > c ; < < $");
}

TEST(Lexer, TakesEveryKindOfLineEndAndAByteOrderMark) {
  EXPECT_EQ(lex("\xEF\xBB\xBFif a:\r\n  b\r\nc\rd\n"), "if a : ; > b ; < c ; d ; $");
}

TEST(Lexer, TabsAreEightColumnsWhereThatIsUnambiguous) {
  EXPECT_EQ(lex("if a:\n\tb\n\tc\n"), "if a : ; > b ; c ; < $");
  EXPECT_EQ(lex("if a:\n\tif b:\n\t\tc\n"), "if a : ; > if b : ; > c ; < < $");
}

TEST(Lexer, OperatorsAreTheLongestThatFit) {
  EXPECT_EQ(lex("a**=b//c->d...:=e!=f<<=g"), "a **= b // c -> d ... := e != f <<= g ; $");
}

TEST(Lexer, NumbersKeepTheirText) {
  EXPECT_EQ(lex("0xFF 1_000 .5 1. 1e-3 0 00 1if x else 2"),
            "0xFF 1_000 .5 1. 1e-3 0 00 1 if x else 2 ; $");
  EXPECT_EQ(lex("1_0.5_0e1_0 0b_1 1e5j"), "1_0.5_0e1_0 0b_1 1e5j ; $");
}

TEST(Lexer, StringsMayHoldQuotesAndLineEnds) {
  EXPECT_EQ(lex(R"('a"b' "\"" r'\' ')"), R"('a"b' "\"" r'\' ' ; $)");
  EXPECT_EQ(lex("'''a\n'b''' + x"), "'''a\n'b''' + x ; $");
  EXPECT_EQ(lex("'a\\\nb'"), "'a\\\nb' ; $");
  EXPECT_EQ(lex("Rb'x' f x"), "Rb'x' f x ; $");
}

TEST(Lexer, FStringsComeInPieces) {
  EXPECT_EQ(lex("f'a{b}c'"), "f' a { b } c ' ; $");
  EXPECT_EQ(lex("f'{{}}'"), "f' {{}} ' ; $");
  EXPECT_EQ(lex("f'{a!r:>{w}}'"), "f' { a ! r : > { w } } ' ; $");
  EXPECT_EQ(lex("f'{a != b}{ {1: 2}[1] }'"), "f' { a != b } { { 1 : 2 } [ 1 ] } ' ; $");
}

TEST(Lexer, QuotesNestInFStrings) {
  EXPECT_EQ(lex(R"(f"{d['a']}")"), R"(f" { d [ 'a' ] } " ; $)");
  EXPECT_EQ(lex(R"(f"{d["a"]}")"), R"(f" { d [ "a" ] } " ; $)");
  EXPECT_EQ(lex(R"(f"{f'{x}'}")"), R"(f" { f' { x } ' } " ; $)");
  EXPECT_EQ(lex(R"(f"{x:'^10}")"), R"(f" { x : '^10 } " ; $)");
}

TEST(Lexer, NamesMayBeInAnyLanguage) { EXPECT_EQ(lex("größe = α_2"), "größe = α_2 ; $"); }

TEST(Lexer, AForgottenBracketEndsWhereAStatementStarts) {
  EXPECT_EQ(lex("x = f(1\ny = 2\n").substr(0, 26), "x = f ( 1 ! ; y = 2 ; $\nte");
  EXPECT_EQ(lex("x = [1,\ndef f(): pass\n").substr(0, 35), "x = [ 1 , ! ; def f ( ) : pass ; $\n");
}

} // namespace rondo::test
