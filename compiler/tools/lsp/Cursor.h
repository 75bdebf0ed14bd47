//===- Cursor.h - What is being typed ---------------------------*- C++ -*-===//
//
// The text in front of a cursor: the string, the calls and the statement that it is
// in. By characters alone, since a line that is being typed is rarely a sound one.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_CURSOR_H
#define RONDO_COMPILER_TOOLS_LSP_CURSOR_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <vector>

namespace rondo::lsp {

/// What is called: `keras.layers.Dense` of `Dense(8)(x)` for the second bracket, with
/// `isResult`.
struct Callee {
  llvm::StringRef name;
  /// Whether what `name` returns is called.
  bool isResult = false;
};

/// An opening bracket that is still open at the cursor.
struct Bracket {
  char kind;
  size_t offset;
  /// Where the elements begin, the one at the cursor last.
  std::vector<size_t> elements;
};

class Cursor {
public:
  /// Before byte `offset` of `text`, which has to live longer.
  Cursor(llvm::StringRef text, size_t offset);

  /// An argument of a call: the innermost one around the cursor.
  struct Argument {
    Callee callee;
    /// How many arguments come before it, and the keywords that they have.
    size_t index = 0;
    std::vector<llvm::StringRef> keywords;
    /// Empty where it is passed by position, or where that is not known yet.
    llvm::StringRef keyword;
    /// Whether the argument is a list, tuple or dict that the cursor is in.
    bool isNested = false;
  };
  std::optional<Argument> argument() const;

  /// The dotted name in front of the word that is being typed: `keras.layers` of
  /// `keras.layers.De`; nothing where there is no dot.
  std::optional<llvm::StringRef> owner() const;
  /// The statement up to the word that is being typed.
  llvm::StringRef statement() const { return text.slice(statementStart, wordStart); }
  /// The text in front of the cursor.
  llvm::StringRef before() const { return text; }

  bool isInComment = false;
  bool isInString = false;

private:
  void scan();
  /// Reads over a string whose quotes start at `i`; returns the byte after it.
  size_t skipString(size_t i);
  /// Whether a line at bracket depth can only be a new statement: what came before
  /// was never closed.
  bool startsStatement(size_t lineStart) const;
  Callee calleeBefore(size_t bracket) const;

  const llvm::StringRef text; // up to the cursor
  size_t statementStart = 0;
  size_t wordStart = 0;
  std::vector<Bracket> brackets;
  /// Of brackets that were closed: by their closing one, the opening one.
  std::vector<std::pair<size_t, size_t>> pairs;
};

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_CURSOR_H
