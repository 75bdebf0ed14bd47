//===- GoldenFiles.h - Tests whose expectations are files -------*- C++ -*-===//
//
// A folder of cases: `NAME.py` is rendered by the suite's function, and the
// result must be what `NAME.expected` holds. With RONDO_UPDATE_GOLDENS=1 in the
// environment the tests write the expectations instead: look at the difference
// before you commit it.
//
//   class SyntaxErrors : public testing::TestWithParam<std::string> {};
//   TEST_P(SyntaxErrors, AreWorded) { expectGolden(folder, GetParam(), render); }
//   INSTANTIATE_TEST_SUITE_P(Files, SyntaxErrors,
//                            testing::ValuesIn(goldenCases(folder)), goldenName);
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_TESTS_SUPPORT_GOLDENFILES_H
#define RONDO_TESTS_SUPPORT_GOLDENFILES_H

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vector>

namespace rondo::test {

inline std::string readFile(const std::filesystem::path &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The names, without the extension, of a folder's files; sorted.
inline std::vector<std::string> namesIn(const std::filesystem::path &folder,
                                        const std::string &extension) {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == extension)
      names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<std::string> goldenCases(const std::filesystem::path &folder) {
  return namesIn(folder, ".py");
}

/// Names a parameterised test after its file.
inline std::string goldenName(const testing::TestParamInfo<std::string> &info) {
  std::string name = info.param;
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

/// Renders a case: `name` is what messages call the file, `text` what it holds.
using RenderCase = std::string (*)(const std::string &name, const std::string &text);

/// Expects a file to hold `actual`, or writes it.
inline void expectFile(const std::filesystem::path &golden, const std::string &actual) {
  const char *update = std::getenv("RONDO_UPDATE_GOLDENS");
  if (update && std::string(update) == "1") {
    // What is right keeps its time: nothing that depends on it is built again.
    if (readFile(golden) != actual)
      std::ofstream(golden, std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(readFile(golden), actual) << golden << " differs; RONDO_UPDATE_GOLDENS=1 rewrites it";
}

inline void expectGolden(const std::filesystem::path &folder, const std::string &name,
                         RenderCase render) {
  expectFile(folder / (name + ".expected"),
             render(name + ".py", readFile(folder / (name + ".py"))));
}

/// Expectations whose case is gone test nothing.
inline void expectNoStrayGoldens(const std::filesystem::path &folder) {
  EXPECT_EQ(namesIn(folder, ".expected"), goldenCases(folder)) << folder;
}

} // namespace rondo::test

#endif // RONDO_TESTS_SUPPORT_GOLDENFILES_H
