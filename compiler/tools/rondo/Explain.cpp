//===- Explain.cpp - rondo explain ------------------------------*- C++ -*-===//
//
// The page of docs/diagnostics about a code, for a terminal. The pages are built
// into the tool: they are the one place where codes are explained.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "llvm/ADT/StringExtras.h"
#include <fmt/format.h>
#include <regex>

namespace rondo::tool {

using diagnostics::Code;
using llvm::StringRef;

struct Page {
  llvm::StringLiteral code, text;
};

static constexpr Page pages[] = {
#include "compiler/tools/rondo/DiagnosticPages.inc"
};

static StringRef pageOf(StringRef code) {
  for (const Page &page : pages)
    if (page.code == code)
      return page.text;
  return "";
}

static std::string bold(StringRef text) {
  return hasColor(STDOUT_FILENO) ? fmt::format("\033[1m{}\033[0m", text) : text.str();
}

/// A paragraph in lines of at most 80 columns, with the text of links alone.
static std::string filled(const std::string &paragraph) {
  static const std::regex link(R"(\[([^\]]*)\]\([^)]*\))");
  std::string text, line, plain = std::regex_replace(paragraph, link, "$1");
  llvm::SmallVector<StringRef> words;
  llvm::SplitString(plain, words, " \n");
  for (StringRef word : words) {
    if (!line.empty() && line.size() + 1 + word.size() > 80) {
      text += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word.str();
  }
  return text + line + "\n";
}

/// Markdown for a terminal: headings bold, paragraphs filled, code indented instead of
/// fenced.
static std::string plainText(StringRef markdown) {
  std::string text, paragraph;
  bool isCode = false;
  auto endParagraph = [&] {
    if (!paragraph.empty())
      text += filled(paragraph);
    paragraph.clear();
  };
  llvm::SmallVector<StringRef> lines;
  markdown.rtrim().split(lines, '\n');
  for (StringRef line : lines) {
    if (line.starts_with("```")) {
      isCode = !isCode;
    } else if (isCode) {
      text += line.empty() ? "\n" : fmt::format("    {}\n", line);
    } else if (line.consume_front("# ") || line.consume_front("## ")) {
      std::string heading = line.str();
      llvm::erase(heading, '`');
      text += bold(heading) + "\n";
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
  StringRef group;
  for (Code code : diagnostics::allCodes()) {
    if (diagnostics::codeGroup(code) != group) {
      fmt::print("{}{}\n", group.empty() ? "" : "\n", bold(diagnostics::codeGroup(code)));
      group = diagnostics::codeGroup(code);
    }
    fmt::print("  {:<{}}  {}\n", diagnostics::codeName(code), width, diagnostics::codeTitle(code));
  }
  return Fine;
}

/// The code that is spelled most like `name`, if one is close.
static std::optional<Code> nearestCode(StringRef name) {
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
  std::string name = StringRef(options.code).trim("[]").lower();
  if (name.empty())
    return listCodes();
  if (StringRef page = pageOf(name); !page.empty()) {
    fmt::print("{}", plainText(page));
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
