//===- Text.h - The text of a document --------------------------*- C++ -*-===//
//
// UTF-8 text, and its places as editors count them: lines from 0, and in a line
// characters in units of an encoding that client and server agree on.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_TEXT_H
#define RONDO_COMPILER_TOOLS_LSP_TEXT_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace rondo::lsp {

/// What `character` counts: bytes, or units of UTF-16, of which characters beyond
/// U+FFFF take two.
enum class Encoding { Utf8, Utf16 };

struct Position {
  size_t line = 0;
  size_t character = 0;
};

/// At most so many bytes of a text, of whole characters, and dots where more follow:
/// values of a file may be millions of characters long.
std::string shortened(llvm::StringRef text, size_t most);

class Text {
public:
  explicit Text(std::string text) : text(std::move(text)) { findLines(); }

  const std::string &str() const { return text; }

  /// The byte at a position. One beyond a line is the line's end, one beyond the text
  /// the text's, and one inside a character is its start.
  size_t offset(Position position, Encoding encoding) const;
  Position position(size_t offset, Encoding encoding) const;

  /// Replaces the bytes [begin, end).
  void replace(size_t begin, size_t end, llvm::StringRef replacement);

private:
  void findLines();
  /// The text of a line without its end.
  llvm::StringRef line(size_t number) const;

  std::string text;
  std::vector<size_t> lineStarts;
};

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_TEXT_H
