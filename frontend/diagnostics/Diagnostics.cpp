//===- Diagnostics.cpp - Collecting and rendering messages ------*- C++ -*-===//
//
// The line table, the engine, and the text and JSON renderings. Columns of the
// rendered source line are terminal columns: tabs are widened, wide and combining
// characters count as the terminal shows them, and what it cannot show is
// replaced, so that the caret always stands under what it means.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Unicode.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
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
// Characters
//===----------------------------------------------------------------------===//

static bool isContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// The bytes of the character at `offset`: itself and the continuation bytes.
static uint32_t characterLength(StringRef text, uint32_t offset) {
  uint32_t end = offset + 1;
  while (end < text.size() && end < offset + 4 && isContinuationByte(text[end]))
    ++end;
  return end - offset;
}

/// Makes text from a file fit for a terminal: control characters, which could
/// move the cursor or change colours, are shown as escapes. Keeps line breaks.
static std::string printable(StringRef text) {
  std::string result;
  for (char c : text) {
    unsigned char byte = c;
    if ((byte < 0x20 && c != '\n') || byte == 0x7F)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result;
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

//===----------------------------------------------------------------------===//
// Engine
//===----------------------------------------------------------------------===//

/// A range that covers at least one character that can be pointed at, wherever
/// the file has one: at a line's end that is the last character before.
static SourceRange visibleRange(SourceRange range) {
  if (!range)
    return range;
  StringRef text = range.file->text();
  range.begin = std::min<uint32_t>(range.begin, text.size());
  range.end = std::clamp<uint32_t>(range.end, range.begin, text.size());
  if (!range.text().trim("\r\n").empty())
    return range;
  uint32_t begin = range.begin;
  if (begin == text.size() || text[begin] == '\n' || text[begin] == '\r') {
    size_t last = text.take_front(begin).find_last_not_of(" \t\f\r\n");
    if (last == StringRef::npos)
      return range;
    begin = last;
    while (begin > 0 && isContinuationByte(text[begin]))
      --begin;
  }
  return {range.file, begin, begin + characterLength(text, begin)};
}

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
  Diagnostic &diagnostic =
      diagnostics.emplace_back(code, visibleRange(range), std::move(message));
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
// Text
//===----------------------------------------------------------------------===//

namespace {
constexpr unsigned tabWidth = 4;
constexpr unsigned maxLineWidth = 120;

/// One character of a source line as the terminal shows it.
struct Cell {
  std::string text;
  unsigned width;
};

/// Writes diagnostics as text.
class TextRenderer {
public:
  explicit TextRenderer(bool color) : color(color) {}

  void renderDiagnostic(const Diagnostic &diagnostic) {
    header(diagnostic.severity(), diagnostic.range, diagnostic.message,
           fmt::format(" [{}]", codeName(diagnostic.code)));
    for (const Diagnostic::Note &note : diagnostic.notes)
      header(Severity::Note, visibleRange(note.range), note.message, "");
    for (const std::string &help : diagnostic.helps)
      output += style(green, "help:") + " " + printable(help) + "\n";
  }

  std::string output;

private:
  static constexpr const char *bold = "\033[1m";
  static constexpr const char *green = "\033[1;32m";

  std::string style(const char *escape, StringRef text) const {
    return color ? fmt::format("{}{}\033[0m", escape, text) : text.str();
  }

  static const char *escapeOf(Severity severity) {
    switch (severity) {
    case Severity::Error:
      return "\033[1;31m";
    case Severity::Warning:
      return "\033[1;35m";
    case Severity::Note:
      return "\033[1;36m";
    }
    llvm_unreachable("no such severity");
  }

  void header(Severity severity, SourceRange range, StringRef message, StringRef suffix) {
    if (range) {
      Position start = range.start();
      output += style(bold, fmt::format("{}:{}:{}:", printable(range.file->name()), start.line,
                                        start.column)) +
                " ";
    }
    output += style(escapeOf(severity), fmt::format("{}:", severityName(severity))) + " ";
    output += severity == Severity::Note ? printable(message) : style(bold, printable(message));
    output += suffix;
    output += "\n";
    if (range)
      snippet(range);
  }

  /// The line that `range` starts in, with the part that is in `range` marked.
  void snippet(SourceRange range) {
    uint32_t number = range.start().line;
    StringRef line = range.file->line(number);
    uint32_t begin = range.begin - range.file->lineStart(number);
    uint32_t end = std::min<uint32_t>(range.end - range.file->lineStart(number), line.size());

    std::vector<Cell> cells;
    size_t firstMarked = 0, markedEnd = 0;
    unsigned width = 0;
    for (uint32_t i = 0; i < line.size();) {
      uint32_t length = characterLength(line, i);
      if (i <= begin)
        firstMarked = cells.size();
      cells.push_back(cellOf(line.substr(i, length), width));
      width += cells.back().width;
      i += length;
      if (i <= end)
        markedEnd = cells.size();
    }

    // A very long line is cut to what surrounds the mark.
    size_t first = 0, last = cells.size();
    if (width > maxLineWidth) {
      first = firstMarked > maxLineWidth / 3 ? firstMarked - maxLineWidth / 3 : 0;
      unsigned shown = 0;
      for (last = first; last < cells.size() && shown + cells[last].width <= maxLineWidth; ++last)
        shown += cells[last].width;
    }

    std::string text, blank, mark;
    if (first > 0) {
      text += "…";
      blank += " ";
    }
    for (size_t i = first; i < last; ++i) {
      text += cells[i].text;
      if (i < firstMarked)
        blank.append(cells[i].width, ' ');
      else if (i < markedEnd)
        mark.append(cells[i].width, '~');
    }
    if (last < cells.size())
      text += "…";
    if (mark.empty())
      mark = "~";
    mark[0] = '^';
    output += fmt::format("{:>5} | {}\n", number, StringRef(text).rtrim());
    output += fmt::format("{:>5} | {}{}\n", "", blank, style(green, mark));
  }

  static Cell cellOf(StringRef character, unsigned column) {
    if (character == "\t") {
      unsigned width = tabWidth - column % tabWidth;
      return {std::string(width, ' '), width};
    }
    int width = llvm::sys::unicode::columnWidthUTF8(character);
    if (width < 0)
      return {"\uFFFD", 1};
    return {character.str(), static_cast<unsigned>(width)};
  }

  bool color;
};
} // namespace

std::string Engine::render(const RenderOptions &options) const {
  TextRenderer renderer(options.color);
  std::vector<const Diagnostic *> all = sorted();
  size_t shown = std::min<size_t>(options.limit, all.size());
  for (const Diagnostic *diagnostic : llvm::ArrayRef(all).take_front(shown))
    renderer.renderDiagnostic(*diagnostic);
  if (shown < all.size())
    renderer.output += fmt::format("{} more messages are not shown\n", all.size() - shown);
  return std::move(renderer.output);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

using Json = nlohmann::ordered_json;

static Json jsonPlace(const SourceFile &file, uint32_t offset) {
  Position position = file.position(offset);
  return {{"line", position.line}, {"column", position.column}, {"offset", offset}};
}

/// An object that starts with `file` and `range`, null where there is no place.
static Json jsonWithRange(SourceRange range) {
  if (!range)
    return {{"file", nullptr}, {"range", nullptr}};
  return {{"file", range.file->name()},
          {"range",
           {{"start", jsonPlace(*range.file, range.begin)},
            {"end", jsonPlace(*range.file, range.end)}}}};
}

std::string Engine::renderJson() const {
  Json result = Json::array();
  for (const Diagnostic *diagnostic : sorted()) {
    Json object = jsonWithRange(diagnostic->range);
    object["severity"] = severityName(diagnostic->severity()).str();
    object["code"] = codeName(diagnostic->code).str();
    object["message"] = diagnostic->message;
    object["notes"] = Json::array();
    for (const Diagnostic::Note &note : diagnostic->notes) {
      Json entry = jsonWithRange(visibleRange(note.range));
      entry["message"] = note.message;
      object["notes"].push_back(std::move(entry));
    }
    object["help"] = diagnostic->helps;
    object["fixes"] = Json::array();
    for (const Diagnostic::Fix &fix : diagnostic->fixes) {
      Json entry = jsonWithRange(fix.range);
      entry["replacement"] = fix.replacement;
      object["fixes"].push_back(std::move(entry));
    }
    result.push_back(std::move(object));
  }
  // Messages may quote a file that is not UTF-8.
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
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
