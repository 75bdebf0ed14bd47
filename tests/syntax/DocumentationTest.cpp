//===- DocumentationTest.cpp - The pages of docs/diagnostics ----*- C++ -*-===//
//
// Every code has a page of one form: what the message means, a model file that
// is wrong with the exact message, and the file mended. The message is what the
// frontend says about that file, and the mended one gives none. With
// RONDO_UPDATE_GOLDENS=1 the tests write the messages, and the table of all codes
// at the end of docs/diagnostics.md.
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/support/DiagnosticsJson.h"
#include "tests/support/GoldenFiles.h"
#include <fstream>
#include <iterator>
#include <set>

namespace rondo::test {

using diagnostics::Code;
using llvm::StringRef;

static const std::filesystem::path docs = RONDO_SOURCE_DIR "/docs";

/// What commands say, rather than the model file alone: these pages show the command.
static const std::set<std::string> &codesOfCommands() {
  static const std::set<std::string> codes = [] {
    std::ifstream stream(RONDO_SOURCE_DIR "/tests/syntax/codes-of-commands.txt");
    return std::set<std::string>(std::istream_iterator<std::string>(stream), {});
  }();
  return codes;
}

static std::string messagesAbout(StringRef python) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  diagnostics::Engine engine;
  frontend::loadModelFile(context, "model.py", {}, engine, python.str());
  expectDocumentedJson(engine);
  return engine.render();
}

/// The text of the first block of `language`, without its fences.
static StringRef block(StringRef text, StringRef language) {
  return text.split(fmt::format("\n```{}\n", language)).second.split("```\n").first;
}

/// A page in its parts.
struct Page {
  explicit Page(Code code)
      : path(docs / "diagnostics" / (codeName(code).str() + ".md")), text(readFile(path)),
        heading(fmt::format("# `{}`: {}\n", codeName(code), codeTitle(code))) {
    auto [before, after] = StringRef(text).split("\n## Wrong\n");
    explanation = before.split('\n').second.trim();
    std::tie(wrong, mended) = after.split("\n## Mended\n");
  }

  std::filesystem::path path;
  std::string text, heading;
  StringRef explanation, wrong, mended;
};

class Pages : public testing::TestWithParam<Code> {};

TEST_P(Pages, ShowExactlyWhatIsSaid) {
  Page page(GetParam());
  std::string tag = fmt::format("[{}]", codeName(GetParam()));
  ASSERT_EQ(page.text.rfind(page.heading, 0), 0u) << page.path << " begins: " << page.heading;
  ASSERT_FALSE(page.explanation.empty()) << page.path;
  if (codesOfCommands().count(codeName(GetParam()).str())) {
    EXPECT_NE(block(page.wrong, "text").find("$ rondo "), StringRef::npos) << page.path;
    EXPECT_NE(block(page.wrong, "text").find(tag), StringRef::npos) << page.path;
    EXPECT_FALSE(page.mended.trim().empty()) << page.path;
    return;
  }
  StringRef wrong = block(page.wrong, "python"), mended = block(page.mended, "python");
  std::string messages = messagesAbout(wrong);
  EXPECT_NE(messages.find(tag), std::string::npos) << page.path << " shows another code:\n"
                                                   << messages;
  EXPECT_FALSE(mended.empty()) << page.path;
  EXPECT_EQ(messagesAbout(mended), "") << page.path;
  expectFile(page.path, fmt::format("{}\n{}\n\n"
                                    "## Wrong\n\n```python\n{}```\n\n```text\n{}```\n\n"
                                    "## Mended\n\n```python\n{}```\n",
                                    page.heading, page.explanation, wrong, messages, mended));
}

INSTANTIATE_TEST_SUITE_P(Codes, Pages, testing::ValuesIn(diagnostics::allCodes().vec()),
                         [](const auto &info) {
                           std::string name = codeName(info.param).str();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(PagesOfCommands, AreOfCodes) {
  EXPECT_FALSE(codesOfCommands().empty());
  for (const std::string &name : codesOfCommands())
    EXPECT_TRUE(llvm::any_of(diagnostics::allCodes(), [&](Code code) {
      return codeName(code) == name;
    })) << name;
}

TEST(Index, ListsAllCodesByGroup) {
  StringRef heading = "\n## All codes\n";
  std::string text = readFile(docs / "diagnostics.md"), table, group;
  size_t begin = text.find(heading);
  ASSERT_NE(begin, std::string::npos);
  for (Code code : diagnostics::allCodes()) {
    if (codeGroup(code) != group) {
      group = codeGroup(code).str();
      table += fmt::format("\n### {}\n\n| code | | what it is |\n|---|---|---|\n", group);
    }
    table += fmt::format("| [`{0}`](diagnostics/{0}.md) | {1} | {2} |\n", codeName(code),
                         severityName(codeSeverity(code)), codeTitle(code));
  }
  expectFile(docs / "diagnostics.md", text.substr(0, begin) + heading.str() + table);
}

} // namespace rondo::test
