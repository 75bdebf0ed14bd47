//===- Diagnostics.cpp - Collecting messages --------------------*- C++ -*-===//
//
// Codes, source files with their lines, the engine, and suggestions.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/diagnostics/Characters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using llvm::StringRef;

namespace rondo::diagnostics {

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

namespace {
struct CodeInfo {
  StringRef name;
  Severity severity;
  StringRef title;
};
} // namespace

static const CodeInfo codeInfos[] = {
#define RONDO_DIAGNOSTIC(NAME, CODE, SEVERITY, TITLE) {CODE, Severity::SEVERITY, TITLE},
#include "frontend/diagnostics/Codes.def"
};

static const CodeInfo &info(Code code) { return codeInfos[static_cast<size_t>(code)]; }

StringRef codeName(Code code) { return info(code).name; }
StringRef codeTitle(Code code) { return info(code).title; }
Severity codeSeverity(Code code) { return info(code).severity; }

StringRef codeGroup(Code code) {
  static const std::vector<StringRef> groups = [] {
    std::vector<StringRef> result;
    StringRef group;
#define RONDO_DIAGNOSTIC_GROUP(TITLE) group = TITLE;
#define RONDO_DIAGNOSTIC(NAME, CODE, SEVERITY, TITLE) result.push_back(group);
#include "frontend/diagnostics/Codes.def"
    return result;
  }();
  return groups[static_cast<size_t>(code)];
}

StringRef severityName(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error";
  case Severity::Warning:
    return "warning";
  case Severity::Note:
    return "note";
  }
  llvm_unreachable("no such severity");
}

llvm::ArrayRef<Code> allCodes() {
  static const Code codes[] = {
#define RONDO_DIAGNOSTIC(NAME, CODE, SEVERITY, TITLE) Code::NAME,
#include "frontend/diagnostics/Codes.def"
  };
  return codes;
}

//===----------------------------------------------------------------------===//
// SourceFile
//===----------------------------------------------------------------------===//

SourceFile::SourceFile(std::string name, std::string text)
    : fileName(std::move(name)), contents(std::move(text)) {
  // A byte order mark is not part of the first line.
  lineStarts.push_back(StringRef(contents).starts_with("\xEF\xBB\xBF") ? 3 : 0);
  for (size_t i = 0; i < contents.size(); ++i) {
    bool isCarriageReturn =
        contents[i] == '\r' && (i + 1 == contents.size() || contents[i + 1] != '\n');
    if (contents[i] == '\n' || isCarriageReturn)
      lineStarts.push_back(i + 1);
  }
}

Position SourceFile::position(uint32_t offset) const {
  offset = std::min<uint32_t>(offset, contents.size());
  auto next = std::upper_bound(lineStarts.begin() + 1, lineStarts.end(), offset);
  Position result;
  result.line = next - lineStarts.begin();
  for (uint32_t i = lineStart(result.line); i < offset; ++i)
    result.column += !isContinuationByte(contents[i]);
  return result;
}

StringRef SourceFile::line(uint32_t number) const {
  uint32_t begin = lineStart(number);
  uint32_t end = number < lineCount() ? lineStart(number + 1) : contents.size();
  return text().slice(begin, end).rtrim("\r\n");
}

SourceRange SourceRange::visible() const {
  if (!file)
    return *this;
  StringRef whole = file->text();
  SourceRange range = *this;
  range.begin = std::min<uint32_t>(begin, whole.size());
  range.end = std::clamp<uint32_t>(end, range.begin, whole.size());
  if (!range.text().trim("\r\n").empty())
    return range;
  uint32_t first = range.begin;
  if (first == whole.size() || whole[first] == '\n' || whole[first] == '\r') {
    size_t last = whole.take_front(first).find_last_not_of(" \t\f\r\n");
    if (last == StringRef::npos)
      return range;
    first = last;
    while (first > 0 && isContinuationByte(whole[first]))
      --first;
  }
  return {file, first, first + characterLength(whole, first)};
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

/// The byte after `count` characters from `from`.
static size_t skipCharacters(StringRef text, size_t from, size_t count) {
  for (; count > 0 && from < text.size(); --count)
    from += characterLength(text, from);
  return from;
}

std::string shortened(StringRef text, size_t limit) {
  if (text.size() <= limit || skipCharacters(text, 0, limit) == text.size())
    return text.str();
  // The end, of a third, starts at a character.
  size_t end = text.size() - limit / 3;
  while (end < text.size() && isContinuationByte(text[end]))
    ++end;
  return text.take_front(skipCharacters(text, 0, limit - limit / 3 - 1)).str() + "…" +
         text.drop_front(end).str();
}

//===----------------------------------------------------------------------===//
// Engine
//===----------------------------------------------------------------------===//

const SourceFile &Engine::addFile(std::string name, std::string text) {
  files.push_back(std::make_unique<SourceFile>(std::move(name), std::move(text)));
  return *files.back();
}

SourceRange Engine::placeAt(StringRef file, uint32_t line, uint32_t column) const {
  for (const auto &source : files) {
    if (source->name() != file || line < 1 || line > source->lineCount())
      continue;
    uint32_t begin = source->lineStart(line), end = begin + source->line(line).rtrim().size();
    while (begin < end && source->position(begin).column < column)
      ++begin;
    return {source.get(), begin, end};
  }
  return {};
}

Diagnostic &Engine::add(Code code, SourceRange range, std::string message, bool isWarning) {
  Diagnostic &diagnostic = diagnostics.emplace_back(code, range.visible(), std::move(message));
  diagnostic.isWarning = isWarning;
  errors += diagnostic.severity() == Severity::Error;
  return diagnostic;
}

void Engine::truncate(size_t size) {
  while (diagnostics.size() > size) {
    errors -= diagnostics.back().severity() == Severity::Error;
    diagnostics.pop_back();
  }
}

void Engine::withdraw(Code code, SourceRange place) {
  llvm::erase_if(diagnostics, [&](const Diagnostic &diagnostic) {
    return diagnostic.severity() == Severity::Warning && diagnostic.code == code &&
           diagnostic.range == place;
  });
}

std::vector<const Diagnostic *> Engine::sorted() const {
  std::map<const SourceFile *, size_t> fileOrder;
  for (const auto &file : files)
    fileOrder.emplace(file.get(), fileOrder.size());
  fileOrder.emplace(nullptr, fileOrder.size());

  std::vector<const Diagnostic *> result;
  std::set<std::tuple<Code, const SourceFile *, uint32_t, uint32_t, StringRef>> seen;
  for (const Diagnostic &diagnostic : diagnostics) {
    const SourceRange &range = diagnostic.range;
    if (seen.emplace(diagnostic.code, range.file, range.begin, range.end, diagnostic.message)
            .second)
      result.push_back(&diagnostic);
  }
  std::stable_sort(result.begin(), result.end(), [&](const Diagnostic *a, const Diagnostic *b) {
    return std::pair(fileOrder[a->range.file], a->range.begin) <
           std::pair(fileOrder[b->range.file], b->range.begin);
  });
  return result;
}

//===----------------------------------------------------------------------===//
// Suggestions
//===----------------------------------------------------------------------===//

/// How many characters to insert, remove, replace or swap with their neighbour to
/// make `b` of `a` (the optimal string alignment distance).
static unsigned typingDistance(StringRef a, StringRef b) {
  std::vector<std::vector<unsigned>> distance(a.size() + 1, std::vector<unsigned>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = i + j;
        continue;
      }
      unsigned &best = distance[i][j];
      best = distance[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      best = std::min({best, distance[i - 1][j] + 1, distance[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, distance[i - 2][j - 2] + 1);
    }
  }
  return distance[a.size()][b.size()];
}

std::optional<StringRef> closestMatch(StringRef word, llvm::ArrayRef<StringRef> candidates) {
  // Longer names are not typed by hand, and the distance takes quadratic time.
  constexpr size_t longestWord = 64;
  if (word.size() > longestWord)
    return std::nullopt;
  std::string lowered = word.lower();
  const unsigned limit = (word.size() + 2) / 3;
  std::optional<StringRef> best;
  // Where several are as close, the one of the same length and case.
  std::tuple<unsigned, size_t, unsigned> bestKey;
  for (StringRef candidate : candidates) {
    size_t difference =
        std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
    if (difference > limit)
      continue;
    unsigned distance = typingDistance(lowered, candidate.lower());
    if (distance > limit || distance >= std::min(word.size(), candidate.size()))
      continue;
    std::tuple key(distance, difference, typingDistance(word, candidate));
    if (!best || key < bestKey) {
      best = candidate;
      bestKey = key;
    }
  }
  return best;
}

std::optional<std::string> closestMatch(StringRef word, llvm::ArrayRef<std::string> candidates) {
  std::vector<StringRef> references(candidates.begin(), candidates.end());
  if (std::optional<StringRef> match = closestMatch(word, references))
    return match->str();
  return std::nullopt;
}

} // namespace rondo::diagnostics
