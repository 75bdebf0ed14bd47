//===- ConformanceTest.cpp - The evaluator against Python -------*- C++ -*-===//
//
// conformance/TOPIC.py holds snippets under lines `# --- title`, TOPIC.expected
// what each of them prints under Python, written by scripts/make-conformance. Every
// snippet is a test of its own and must print the same here, without a finding.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/eval/Interpreter.h"
#include "frontend/syntax/Parser.h"
#include "tests/support/GoldenFiles.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <set>

namespace rondo::test {
namespace {

const std::filesystem::path folder = RONDO_SOURCE_DIR "/tests/frontend/conformance";

struct Snippet {
  std::string topic, title, code, expected;
};

/// The texts under the titles of a file, in order.
std::vector<std::pair<std::string, std::string>> sections(const std::filesystem::path &path) {
  constexpr llvm::StringRef mark = "# --- ";
  std::vector<std::pair<std::string, std::string>> result;
  std::string text = readFile(path);
  llvm::StringRef rest = text;
  while (!rest.empty()) {
    auto [line, after] = rest.split('\n');
    rest = after;
    if (line.starts_with(mark))
      result.push_back({line.drop_front(mark.size()).str(), ""});
    else if (!result.empty())
      result.back().second += line.str() + "\n";
  }
  return result;
}

std::vector<Snippet> snippets() {
  std::vector<Snippet> result;
  for (const std::string &topic : namesIn(folder, ".py")) {
    std::map<std::string, std::string> expected;
    for (auto &[title, text] : sections(folder / (topic + ".expected")))
      expected[title] = text;
    for (auto &[title, code] : sections(folder / (topic + ".py")))
      result.push_back({topic, title, code, expected[title]});
  }
  return result;
}

std::string testName(const testing::TestParamInfo<Snippet> &info) {
  std::string name = info.param.topic + "_" + info.param.title;
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

class Conformance : public testing::TestWithParam<Snippet> {};

TEST_P(Conformance, PrintsWhatPythonPrints) {
  const Snippet &snippet = GetParam();
  diagnostics::Engine engine;
  auto tree = syntax::parse(engine.addFile(snippet.topic + ".py", snippet.code), engine);
  eval::Interpreter interpreter(engine);
  if (!engine.hasErrors())
    interpreter.run(*tree, /*evaluateMain=*/false);
  EXPECT_EQ(engine.render(), "");
  EXPECT_EQ(interpreter.printed, snippet.expected);
}

INSTANTIATE_TEST_SUITE_P(Python, Conformance, testing::ValuesIn(snippets()), testName);

TEST(ConformanceSuite, IsLargeAndSaysSomething) {
  std::set<std::pair<std::string, std::string>> titles;
  for (const Snippet &snippet : snippets()) {
    EXPECT_NE(llvm::StringRef(snippet.expected).trim(), "")
        << snippet.topic << ": " << snippet.title;
    EXPECT_TRUE(titles.insert({snippet.topic, snippet.title}).second)
        << snippet.topic << ": " << snippet.title;
  }
  EXPECT_GE(titles.size(), 200u);
  expectNoStrayGoldens(folder);
}

} // namespace
} // namespace rondo::test
