//===- Fixes.h - Mending a file ---------------------------------*- C++ -*-===//
//
// What `rondo check --fix` does with the fixes of the diagnostics.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_DIAGNOSTICS_FIXES_H
#define RONDO_FRONTEND_DIAGNOSTICS_FIXES_H

#include "frontend/diagnostics/Diagnostics.h"

namespace rondo::diagnostics {

struct FixedText {
  std::string text;
  /// Diagnostics whose fixes are in `text`, and those that overlap one of them.
  unsigned applied = 0;
  unsigned skipped = 0;
};

/// `file`'s text with the fixes of all diagnostics, from the top; a diagnostic is
/// mended whole or not at all. New lines end as those of the file do.
FixedText fixedText(const SourceFile &file, const Engine &engine);

/// Writes `text` in place of `file`, unless that has changed meanwhile. The old text is
/// kept in FILE.orig or, where there is one already, in FILE.orig.1, FILE.orig.2…: no
/// copy is ever overwritten. Both are written under temporary names and renamed, with
/// the permissions of the file; a link stays one, and what it points to is written.
/// Returns the name of the copy; nothing after an error was reported.
std::optional<std::string> writeFixed(const SourceFile &file, llvm::StringRef text, Engine &engine);

} // namespace rondo::diagnostics

#endif // RONDO_FRONTEND_DIAGNOSTICS_FIXES_H
