//===- Diagnostics.h - Source files, places and messages --------*- C++ -*-===//
//
// Everything that is said to the user about a model file goes through one
// Engine: it owns the files, collects the diagnostics, and renders them as text
// with the source line and a caret, or as JSON. Codes.def lists the codes, Fixes.h
// has what writes mends into the file.
//
// Wording: start in lower case, no full stop; describe what was found in the
// user's words with code in backticks, then the rule, and put the mend in
// help(). Mark the narrowest thing that is wrong.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_DIAGNOSTICS_DIAGNOSTICS_H
#define RONDO_FRONTEND_DIAGNOSTICS_DIAGNOSTICS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <deque>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Lets messages take `llvm::StringRef` arguments.
template <> struct fmt::formatter<llvm::StringRef> : fmt::formatter<fmt::string_view> {
  template <typename Context> auto format(llvm::StringRef text, Context &context) const {
    return fmt::formatter<fmt::string_view>::format({text.data(), text.size()}, context);
  }
};

namespace rondo::diagnostics {

enum class Severity { Error, Warning, Note };

enum class Code {
#define RONDO_DIAGNOSTIC(NAME, CODE, SEVERITY, TITLE) NAME,
#include "frontend/diagnostics/Codes.def"
};

llvm::StringRef codeName(Code code);  // "unclosed-bracket"
llvm::StringRef codeTitle(Code code); // "a bracket that is never closed"
Severity codeSeverity(Code code);
llvm::StringRef severityName(Severity severity); // "error"
/// What the codes around it have in common: "Characters and tokens".
llvm::StringRef codeGroup(Code code);
llvm::ArrayRef<Code> allCodes();

/// Model files larger than this are refused: offsets fit 32 bits with ease.
constexpr size_t maxFileBytes = size_t(4) << 20;

/// A line and a column, from 1. Columns count characters (code points), as
/// editors and Python do.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// The text of a file and where its lines start. Made by Engine::addFile.
class SourceFile {
public:
  SourceFile(std::string name, std::string text);
  SourceFile(const SourceFile &) = delete;
  SourceFile &operator=(const SourceFile &) = delete;

  /// The path as the user gave it.
  const std::string &name() const { return fileName; }
  llvm::StringRef text() const { return contents; }
  uint32_t lineCount() const { return lineStarts.size(); }
  Position position(uint32_t offset) const;
  /// The text of a line (from 1) without its line end.
  llvm::StringRef line(uint32_t number) const;
  uint32_t lineStart(uint32_t number) const { return lineStarts[number - 1]; }

private:
  std::string fileName;
  std::string contents;
  std::vector<uint32_t> lineStarts;
};

/// The bytes [begin, end) of a file. A value: copy it freely. The file is owned
/// by the Engine. Without a file it means "no place".
struct SourceRange {
  const SourceFile *file = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;

  explicit operator bool() const { return file != nullptr; }
  llvm::StringRef text() const { return file ? file->text().slice(begin, end) : llvm::StringRef(); }
  /// Where the range starts. Needs a file.
  Position start() const { return file->position(begin); }
  /// The smallest range that covers both.
  SourceRange to(SourceRange other) const {
    return {file, std::min(begin, other.begin), std::max(end, other.end)};
  }
  /// The empty places before the first and after the last byte, for fixes.
  SourceRange before() const { return {file, begin, begin}; }
  SourceRange after() const { return {file, end, end}; }
  /// The same with at least one character that can be pointed at, wherever the file has
  /// one: at a line's end that is the last character before.
  SourceRange visible() const;
};

inline bool operator==(const SourceRange &a, const SourceRange &b) {
  return a.file == b.file && a.begin == b.begin && a.end == b.end;
}
inline bool operator!=(const SourceRange &a, const SourceRange &b) { return !(a == b); }

/// The text, or, where it has more than `limit` characters, its start and its end with
/// `…` for what is between them.
std::string shortened(llvm::StringRef text, size_t limit);

/// One message with its notes, mends and edits. Engine::report returns it, so
/// that a caller can go on: `.note(range, …).help(…).fix(range, "text")`.
class Diagnostic {
public:
  struct Note {
    SourceRange range;
    std::string message;
  };
  /// Replaces the text of `range`. The fixes of one diagnostic belong together.
  struct Fix {
    SourceRange range;
    std::string replacement;
  };

  Code code;
  SourceRange range;
  std::string message;
  std::vector<Note> notes;
  std::vector<std::string> helps;
  std::vector<Fix> fixes;
  bool isWarning = false;

  /// Values and names of a file may be of any length; nobody reads more than this.
  static constexpr size_t maxText = 1000;

  Diagnostic(Code code, SourceRange range, std::string message)
      : code(code), range(range), message(shortened(message, maxText)) {}

  /// The code's, unless the place makes it a warning.
  Severity severity() const { return isWarning ? Severity::Warning : codeSeverity(code); }

  template <typename... Args>
  Diagnostic &note(SourceRange place, fmt::format_string<Args...> format, Args &&...args) {
    notes.push_back({place, shortened(fmt::format(format, std::forward<Args>(args)...), maxText)});
    return *this;
  }
  template <typename... Args> Diagnostic &help(fmt::format_string<Args...> format, Args &&...args) {
    helps.push_back(shortened(fmt::format(format, std::forward<Args>(args)...), maxText));
    return *this;
  }
  Diagnostic &fix(SourceRange place, std::string replacement) {
    fixes.push_back({place, std::move(replacement)});
    return *this;
  }
};

struct RenderOptions {
  bool color = false;
  /// Diagnostics after this many are only counted.
  unsigned limit = 50;
};

/// Owns the source files and collects what is said about them.
class Engine {
public:
  Engine() = default;
  Engine(const Engine &) = delete;
  Engine &operator=(const Engine &) = delete;

  /// Takes a file's text. The reference lives as long as the engine.
  const SourceFile &addFile(std::string name, std::string text);
  /// Reads a file; null after `file-unreadable` or `file-too-large` was reported.
  const SourceFile *loadFile(const std::string &path);

  /// From a line and a column of a file that was loaded to the end of that line; no
  /// place where there is no such.
  SourceRange placeAt(llvm::StringRef file, uint32_t line, uint32_t column) const;

  /// Reports something about `range`; the severity is the code's. The result is
  /// there to add notes, help and fixes and stays where it is.
  template <typename... Args>
  Diagnostic &report(Code code, SourceRange range, fmt::format_string<Args...> format,
                     Args &&...args) {
    return add(code, range, fmt::format(format, std::forward<Args>(args)...));
  }
  /// The same as a warning, although the code is an error elsewhere.
  template <typename... Args>
  Diagnostic &warn(Code code, SourceRange range, fmt::format_string<Args...> format,
                   Args &&...args) {
    return add(code, range, fmt::format(format, std::forward<Args>(args)...), true);
  }
  /// Reports something that has no place in a model file, such as a bad option.
  template <typename... Args>
  Diagnostic &report(Code code, fmt::format_string<Args...> format, Args &&...args) {
    return add(code, SourceRange(), fmt::format(format, std::forward<Args>(args)...));
  }

  /// Counts as reported, so that "did this step fail" is a comparison.
  size_t errorCount() const { return errors; }
  bool hasErrors() const { return errors != 0; }
  /// What was reported last, of what is there.
  std::optional<Code> lastCode() const {
    return diagnostics.empty() ? std::nullopt : std::optional(diagnostics.back().code);
  }
  /// How many there are so far, and going back to that: for trial evaluation.
  size_t size() const { return diagnostics.size(); }
  void truncate(size_t size);
  /// Takes back what was warned of at a place.
  void withdraw(Code code, SourceRange place);

  /// Sorted by file and place, those without a place first; equal ones once.
  std::vector<const Diagnostic *> sorted() const;

  /// `file:line:col: error: message [code]`, the line, a caret; notes, help.
  std::string render(const RenderOptions &options = {}) const;
  /// An array of objects; see docs/diagnostics.md.
  std::string renderJson() const;

private:
  Diagnostic &add(Code code, SourceRange range, std::string message, bool isWarning = false);

  std::vector<std::unique_ptr<SourceFile>> files;
  std::deque<Diagnostic> diagnostics;
  size_t errors = 0;
};

/// The candidate that `word` was most likely meant to be, or nothing when none is
/// close. Upper and lower case count as a small difference.
std::optional<llvm::StringRef> closestMatch(llvm::StringRef word,
                                            llvm::ArrayRef<llvm::StringRef> candidates);
std::optional<std::string> closestMatch(llvm::StringRef word,
                                        llvm::ArrayRef<std::string> candidates);

} // namespace rondo::diagnostics

#endif // RONDO_FRONTEND_DIAGNOSTICS_DIAGNOSTICS_H
