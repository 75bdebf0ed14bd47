//===- CodesTest.cpp - Every diagnostic code is used and known --*- C++ -*-===//
//
// Reads the sources, the documentation and the tests as text: a code that nobody
// reports, explains or tests is a promise that nobody keeps.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "tests/support/GoldenFiles.h"
#include <map>
#include <regex>
#include <set>

namespace rondo::test {

namespace fs = std::filesystem;
using diagnostics::Code;

static const fs::path root = RONDO_SOURCE_DIR;

/// The names of the enumerators, in the order of allCodes().
static const std::vector<std::string> enumNames = {
#define RONDO_DIAGNOSTIC(NAME, CODE, SEVERITY, TITLE) #NAME,
#include "frontend/diagnostics/Codes.def"
};

/// All that the first group of `pattern` matches in `text`.
static std::set<std::string> matches(const std::string &text, const std::string &pattern) {
  std::regex regex(pattern);
  std::set<std::string> result;
  for (std::sregex_iterator i(text.begin(), text.end(), regex), end; i != end; ++i)
    result.insert((*i)[1]);
  return result;
}

static std::set<std::string> matchesInFolder(const fs::path &folder,
                                             const std::set<std::string> &extensions,
                                             const std::string &pattern) {
  std::set<std::string> result;
  for (const auto &entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && extensions.count(entry.path().extension().string()))
      result.merge(matches(readFile(entry.path()), pattern));
  return result;
}

static std::set<std::string> codeNames() {
  std::set<std::string> names;
  for (Code code : diagnostics::allCodes())
    names.insert(codeName(code).str());
  return names;
}

static const std::set<std::string> none;

static std::set<std::string> without(std::set<std::string> names,
                                     const std::set<std::string> &removed) {
  for (const std::string &name : removed)
    names.erase(name);
  return names;
}

TEST(Codes, AreUniqueKebabCaseWithTitles) {
  EXPECT_EQ(codeNames().size(), enumNames.size());
  for (Code code : diagnostics::allCodes()) {
    std::string name = codeName(code).str();
    EXPECT_TRUE(std::regex_match(name, std::regex("[a-z0-9]+(-[a-z0-9]+)*"))) << name;
    EXPECT_FALSE(codeTitle(code).empty()) << name;
    EXPECT_FALSE(codeTitle(code).ends_with(".")) << name;
  }
}

TEST(Codes, AreReportedSomewhere) {
  std::set<std::string> used;
  for (const char *folder : {"frontend", "compiler", "runtime"})
    used.merge(matchesInFolder(root / folder, {".cpp", ".h"}, "Code::([A-Za-z0-9]+)"));
  EXPECT_EQ(without({enumNames.begin(), enumNames.end()}, used), none)
      << "declared in Codes.def and never reported";
}

TEST(Codes, HaveGroups) {
  for (Code code : diagnostics::allCodes())
    EXPECT_FALSE(codeGroup(code).empty()) << codeName(code).str();
}

TEST(Codes, HaveOnePageEach) {
  std::vector<std::string> names = namesIn(root / "docs/diagnostics", ".md");
  std::set<std::string> pages(names.begin(), names.end());
  EXPECT_EQ(without(codeNames(), pages), none) << "without a page in docs/diagnostics";
  EXPECT_EQ(without(pages, codeNames()), none) << "in docs/diagnostics and not declared";
}

// Tests show a code as it is rendered, in brackets, or pass it as a string. A code
// without a test is listed with the reason, and leaves the list with it.
TEST(Codes, AppearInTests) {
  std::set<std::string> tested =
      matchesInFolder(root / "tests", {".expected", ".cpp", ".mlir", ".py", ".sh", ".test"},
                      "[\\[\"]([a-z0-9-]+)[\\]\"]");
  std::set<std::string> untested =
      matches(readFile(root / "tests/syntax/untested-codes.txt"), "\n([a-z0-9-]+): ");
  EXPECT_EQ(without(without(codeNames(), tested), untested), none)
      << "no test shows it, and untested-codes.txt gives no reason";
  EXPECT_EQ(without(untested, without(codeNames(), tested)), none)
      << "in untested-codes.txt, but tested or not declared";
}

} // namespace rondo::test
