//===- Explain.cpp - rondo explain ------------------------------*- C++ -*-===//
//
// The section of docs/diagnostics.md about a code. The page is built into the
// tool: it is the one place where codes are explained.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>

namespace rondo::tool {

using diagnostics::Code;

static constexpr llvm::StringLiteral page =
#include "compiler/tools/rondo/DiagnosticsPage.inc"
    ;

/// The text under the code's heading.
static llvm::StringRef sectionOf(llvm::StringRef code) {
  llvm::StringRef rest = llvm::StringRef(page).split(fmt::format("\n### `{}`\n", code)).second;
  return rest.take_front(rest.find("\n##")).trim();
}

/// A paragraph in lines of at most 80 columns.
static std::string filled(llvm::StringRef paragraph) {
  std::string text, line;
  llvm::SmallVector<llvm::StringRef> words;
  llvm::SplitString(paragraph, words, " \n");
  for (llvm::StringRef word : words) {
    if (!line.empty() && line.size() + 1 + word.size() > 80) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word.str();
  }
  return text + line + "\n";
}

/// Markdown for a terminal: paragraphs filled, code indented instead of fenced.
static std::string plainText(llvm::StringRef markdown) {
  std::string text, paragraph;
  bool isCode = false;
  auto endParagraph = [&] {
    if (!paragraph.empty())
      text += filled(paragraph);
    paragraph.clear();
  };
  llvm::SmallVector<llvm::StringRef> lines;
  markdown.split(lines, '\n');
  for (llvm::StringRef line : lines) {
    if (line.starts_with("```")) {
      endParagraph();
      isCode = !isCode;
    } else if (isCode) {
      text += fmt::format("    {}\n", line);
    } else if (line.empty()) {
      endParagraph();
      text += "\n";
    } else {
      paragraph += line.str() + "\n";
    }
  }
  endParagraph();
  return text;
}

static int listCodes() {
  size_t width = 0;
  for (Code code : diagnostics::allCodes())
    width = std::max(width, diagnostics::codeName(code).size());
  for (Code code : diagnostics::allCodes())
    fmt::print("{:<{}}  {}\n", diagnostics::codeName(code), width, diagnostics::codeTitle(code));
  return Fine;
}

/// The code that is spelled most like `name`, if one is close.
static std::optional<Code> nearestCode(llvm::StringRef name) {
  std::optional<Code> best;
  unsigned bestDistance = name.size() / 2 + 1;
  for (Code code : diagnostics::allCodes()) {
    unsigned distance = name.edit_distance(diagnostics::codeName(code), true, bestDistance);
    if (distance < bestDistance) {
      bestDistance = distance;
      best = code;
    }
  }
  return best;
}

int runExplain(const ExplainOptions &options) {
  // Messages end in the code in brackets: with them is as good as without.
  std::string name = llvm::StringRef(options.code).trim("[]").lower();
  if (name.empty())
    return listCodes();
  for (Code code : diagnostics::allCodes())
    if (diagnostics::codeName(code) == name) {
      fmt::print("{}: {}\n\n{}", name, diagnostics::codeTitle(code), plainText(sectionOf(name)));
      return Fine;
    }
  Session session;
  diagnostics::Diagnostic &diagnostic = session.diagnostics.report(
      Code::UnknownCode, "there is no diagnostic code `{}`", options.code);
  if (auto near = nearestCode(name))
    diagnostic.help("is it `{}`?", diagnostics::codeName(*near));
  else
    diagnostic.help("`rondo explain` lists all codes");
  return session.finish();
}

} // namespace rondo::tool
