//===- Lexer.h - Text to tokens ---------------------------------*- C++ -*-===//
//
// Python's tokens: logical lines end in Newline, blocks are between Indent and
// Dedent, f-strings come in pieces with the tokens of their fields in between.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_SYNTAX_LEXER_H
#define RONDO_FRONTEND_SYNTAX_LEXER_H

#include "frontend/diagnostics/Diagnostics.h"

namespace rondo::syntax {

struct Token {
  enum class Kind {
    EndOfFile,
    Newline,
    /// The range is the white space before the first token of the line.
    Indent,
    Dedent,
    /// Something that was reported: the rest of the logical line is not judged.
    Error,
    Name,
    Keyword,
    Number,
    /// With prefix and quotes.
    String,
    /// `f"`, the text up to a field or the end, and `"`. Fields are the operators
    /// `{`, `!`, `:`, `}` with tokens between; text after the colon is FStringText.
    FStringStart,
    FStringText,
    FStringEnd,
    Operator,
  };

  Kind kind;
  diagnostics::SourceRange range;

  llvm::StringRef text() const { return range.text(); }
};

/// After so many errors in one file the rest of it is not read.
constexpr size_t maxSyntaxErrors = 100;

/// The keywords that Python reserves in every place.
llvm::ArrayRef<llvm::StringRef> keywords();

/// Splits a file, which belongs to `engine`. The last token is EndOfFile, and
/// before it all lines and blocks are closed.
std::vector<Token> tokenize(const diagnostics::SourceFile &file, diagnostics::Engine &engine);

} // namespace rondo::syntax

#endif // RONDO_FRONTEND_SYNTAX_LEXER_H
