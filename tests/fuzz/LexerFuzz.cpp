//===- LexerFuzz.cpp - Any bytes become tokens ------------------*- C++ -*-===//
//
// Tokens lie in the file, in its order, and end with the end of the file; every
// indentation is taken back.
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/Lexer.h"
#include "tests/fuzz/Target.h"

using namespace rondo;
using syntax::Token;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  diagnostics::Engine engine;
  const diagnostics::SourceFile &file = test::addInput(engine, data, size);
  std::vector<Token> tokens = syntax::tokenize(file, engine);
  test::expect(!tokens.empty() && tokens.back().kind == Token::Kind::EndOfFile,
               "a last token at the end of the file");
  uint32_t position = 0;
  int depth = 0;
  for (const Token &token : tokens) {
    test::expect(token.range.file == &file && token.range.begin <= token.range.end &&
                     token.range.end <= size,
                 "tokens in the file");
    test::expect(token.range.begin >= position, "tokens in the order of the file");
    position = token.range.begin;
    depth += (token.kind == Token::Kind::Indent) - (token.kind == Token::Kind::Dedent);
    test::expect(depth >= 0, "no block ends before it starts");
  }
  test::expect(depth == 0, "every block ends");
  test::checkMessages(file, engine);
  return 0;
}
