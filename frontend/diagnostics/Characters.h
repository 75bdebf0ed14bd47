//===- Characters.h - Characters of UTF-8 text ------------------*- C++ -*-===//
//
// Where a character of a text ends, for text that may be broken.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_DIAGNOSTICS_CHARACTERS_H
#define RONDO_FRONTEND_DIAGNOSTICS_CHARACTERS_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace rondo::diagnostics {

inline bool isContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The bytes of the character at `offset`: itself and the continuation bytes.
inline uint32_t characterLength(llvm::StringRef text, uint32_t offset) {
  uint32_t end = offset + 1;
  while (end < text.size() && end < offset + 4 && isContinuationByte(text[end]))
    ++end;
  return end - offset;
}

} // namespace rondo::diagnostics

#endif // RONDO_FRONTEND_DIAGNOSTICS_CHARACTERS_H
