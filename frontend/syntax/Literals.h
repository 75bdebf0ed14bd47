//===- Literals.h - The values of numbers and strings -----------*- C++ -*-===//
//
// What the parser makes of the number and string tokens that the lexer accepted.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_SYNTAX_LITERALS_H
#define RONDO_FRONTEND_SYNTAX_LITERALS_H

#include "frontend/diagnostics/Diagnostics.h"

namespace rondo::syntax {

/// A whole number in any base; nothing when it does not fit 64 bits.
std::optional<int64_t> intValue(llvm::StringRef number);

/// The nearest double; infinite beyond the largest, as in Python.
double floatValue(llvm::StringRef number);

/// A string token taken apart.
struct StringParts {
  bool isRaw = false;
  bool isBytes = false;
  /// What is between the quotes.
  diagnostics::SourceRange contents;
};
StringParts splitString(diagnostics::SourceRange token);

/// Appends the characters that `contents` stands for, in UTF-8, to `value`:
/// resolves escapes unless raw, and `{{`, `}}` in the text of an f-string. False
/// after an escape was reported.
bool decodeString(diagnostics::SourceRange contents, bool isRaw, bool hasDoubledBraces,
                  diagnostics::Engine &engine, std::string &value);

} // namespace rondo::syntax

#endif // RONDO_FRONTEND_SYNTAX_LITERALS_H
