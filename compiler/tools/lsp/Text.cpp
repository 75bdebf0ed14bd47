//===- Text.cpp - The text of a document ----------------------------------===//
//
// Lines, characters and edits.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Text.h"
#include <algorithm>

namespace rondo::lsp {

void Text::findLines() {
  lineStarts.assign(1, 0);
  for (size_t i = 0; i < text.size(); ++i) {
    bool isCarriageReturn = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
    if (text[i] == '\n' || isCarriageReturn)
      lineStarts.push_back(i + 1);
  }
}

llvm::StringRef Text::line(size_t number) const {
  size_t begin = lineStarts[number];
  size_t end = number + 1 < lineStarts.size() ? lineStarts[number + 1] : text.size();
  return llvm::StringRef(text).slice(begin, end).rtrim("\r\n");
}

static bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::string shortened(llvm::StringRef text, size_t most) {
  if (text.size() <= most)
    return text.str();
  while (most > 0 && isContinuation(text[most]))
    --most;
  return text.take_front(most).str() + "...";
}

/// The bytes of the character at the front of `rest`.
static size_t characterLength(llvm::StringRef rest) {
  size_t length = 1;
  while (length < std::min<size_t>(rest.size(), 4) && isContinuation(rest[length]))
    ++length;
  return length;
}

/// How many units of the encoding a character of so many bytes takes.
static size_t unitsOf(size_t length, Encoding encoding) {
  return encoding == Encoding::Utf8 ? length : length == 4 ? 2 : 1;
}

size_t Text::offset(Position position, Encoding encoding) const {
  if (position.line >= lineStarts.size())
    return text.size();
  llvm::StringRef rest = line(position.line);
  size_t offset = lineStarts[position.line];
  for (size_t units = 0; !rest.empty();) {
    size_t length = characterLength(rest);
    units += unitsOf(length, encoding);
    if (units > position.character)
      break;
    offset += length;
    rest = rest.drop_front(length);
  }
  return offset;
}

Position Text::position(size_t offset, Encoding encoding) const {
  offset = std::min(offset, text.size());
  auto next = std::upper_bound(lineStarts.begin(), lineStarts.end(), offset);
  Position position{size_t(next - lineStarts.begin()) - 1, 0};
  llvm::StringRef before = llvm::StringRef(text).slice(lineStarts[position.line], offset);
  while (!before.empty()) {
    size_t length = characterLength(before);
    position.character += unitsOf(length, encoding);
    before = before.drop_front(length);
  }
  return position;
}

void Text::replace(size_t begin, size_t end, llvm::StringRef replacement) {
  begin = std::min(begin, text.size());
  end = std::clamp(end, begin, text.size());
  text.replace(begin, end - begin, replacement.data(), replacement.size());
  findLines();
}

} // namespace rondo::lsp
