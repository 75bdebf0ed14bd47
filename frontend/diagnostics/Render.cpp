//===- Render.cpp - Messages as text and as JSON ----------------*- C++ -*-===//
//
// Columns of the rendered source line are terminal columns: tabs are widened, wide
// and combining characters count as the terminal shows them, and what it cannot
// show is replaced, so that the caret always stands under what it means.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Characters.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"
#include <algorithm>
#include <nlohmann/json.hpp>

using llvm::StringRef;

namespace rondo::diagnostics {

/// A character beyond ASCII that terminals do not show, as Python would write it.
static std::string escaped(StringRef character) {
  const auto *source = reinterpret_cast<const llvm::UTF8 *>(character.begin());
  llvm::UTF32 point;
  bool isWhole =
      llvm::convertUTF8Sequence(&source, reinterpret_cast<const llvm::UTF8 *>(character.end()),
                                &point, llvm::strictConversion) == llvm::conversionOK;
  return !isWhole          ? "\uFFFD"
         : point <= 0xFFFF ? fmt::format("\\u{:04x}", point)
                           : fmt::format("\\U{:08x}", point);
}

/// Makes text from a file fit for a terminal: what could move the cursor, change colours
/// or the direction of writing is shown as escapes. Keeps line breaks.
static std::string printable(StringRef text) {
  std::string result;
  for (uint32_t i = 0; i < text.size();) {
    StringRef character = text.substr(i, characterLength(text, i));
    unsigned char first = character.front();
    i += character.size();
    if (character == "\n" || llvm::sys::unicode::columnWidthUTF8(character) >= 0)
      result += character;
    else if (first < 0x80)
      result += fmt::format("\\x{:02x}", first);
    else
      result += escaped(character);
  }
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
    header(diagnostic.severity(), diagnostic.range, diagnostic.message, diagnostic.code);
    for (const Diagnostic::Note &note : diagnostic.notes)
      header(Severity::Note, note.range.visible(), note.message, std::nullopt);
    for (const std::string &help : diagnostic.helps)
      output += style(green, "help:") + " " + printable(help) + "\n";
  }

  std::string output;

private:
  static constexpr const char *bold = "\033[1m";
  static constexpr const char *green = "\033[1;32m";
  static constexpr const char *blue = "\033[34m";

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

  void header(Severity severity, SourceRange range, StringRef message, std::optional<Code> code) {
    if (range) {
      Position start = range.start();
      output += style(bold, fmt::format("{}:{}:{}:", printable(range.file->name()), start.line,
                                        start.column)) +
                " ";
    }
    output += style(escapeOf(severity), fmt::format("{}:", severityName(severity))) + " ";
    output += severity == Severity::Note ? printable(message) : style(bold, printable(message));
    if (code)
      output += " " + style(escapeOf(severity), fmt::format("[{}]", codeName(*code)));
    output += "\n";
    if (range)
      snippet(range, escapeOf(severity));
  }

  /// The line that `range` starts in, with the part that is in `range` marked.
  void snippet(SourceRange range, const char *escape) {
    uint32_t number = range.start().line;
    StringRef line = range.file->line(number);
    uint32_t begin = range.begin - range.file->lineStart(number);
    uint32_t end = range.end - range.file->lineStart(number);
    // Of a range that goes on, the spaces at the line's end are not worth a mark.
    if (end > line.size())
      end = std::max<uint32_t>(begin, line.rtrim().size());

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
    output +=
        style(blue, fmt::format("{:>5} |", number)) + " " + StringRef(text).rtrim().str() + "\n";
    output += style(blue, fmt::format("{:>5} |", "")) + " " + blank + style(escape, mark) + "\n";
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
      Json entry = jsonWithRange(note.range.visible());
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

} // namespace rondo::diagnostics
