//===- FuzzTest.cpp - Mutated model files never break the parser *- C++ -*-===//
//
// Damages model files in reproducible ways and parses them: no crash, no hang,
// every place inside the file, and errors whenever statements are missing.
//
//===----------------------------------------------------------------------===//

#include "Dump.h"
#include "frontend/syntax/Parser.h"
#include "tests/support/GoldenFiles.h"
#include <random>

namespace rondo::test {

namespace fs = std::filesystem;

/// Reproducible on every platform: mt19937 is specified, distributions are not.
class Random {
public:
  size_t below(size_t bound) { return bound ? engine() % bound : 0; }

private:
  std::mt19937 engine{20240229};
};

static std::vector<std::string> seeds() {
  std::vector<std::string> result;
  for (const char *folder : {"examples", "tests/syntax/errors"})
    for (const std::string &name : namesIn(fs::path(RONDO_SOURCE_DIR) / folder, ".py"))
      result.push_back(readFile(fs::path(RONDO_SOURCE_DIR) / folder / (name + ".py")));
  return result;
}

static std::string mutate(std::string text, const std::vector<std::string> &seeds, Random &random) {
  static const std::vector<std::string> pieces = {
      "(",  ")",  "[",    "]",      "{",      "}",      "\"",   "'",      "\"\"\"", "f\"{",    "\\",
      "\n", "\t", "    ", ":",      "=",      ":=",     ",",    "*",      "**",     ".",       "!",
      "#",  "@",  "0x",   "1e",     "if ",    "else",   "def ", "for",    " in ",   "lambda ", "\r",
      "\0", "é",  "\xFF", "async ", "try:\n", "class ", "\n  ", "import "};
  for (size_t changes = 1 + random.below(4); changes > 0; --changes) {
    size_t at = random.below(text.size() + 1);
    size_t length = random.below(std::min<size_t>(text.size() - at, 40) + 1);
    switch (random.below(5)) {
    case 0: // Something goes missing.
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, pieces[random.below(pieces.size())]);
      break;
    case 2: // Something is there twice.
      text.insert(at, text.substr(at, length));
      break;
    case 3: { // A piece of another file.
      const std::string &other = seeds[random.below(seeds.size())];
      text.insert(at, other.substr(random.below(other.size()), random.below(80)));
      break;
    }
    default: // The file ends early.
      if (random.below(4) == 0)
        text.resize(at);
      else if (at < text.size())
        text[at] = static_cast<char>(random.below(256));
    }
  }
  return text;
}

TEST(Fuzz, DamagedFilesAreReportedInsideTheirText) {
  std::vector<std::string> files = seeds();
  ASSERT_GE(files.size(), 10u);
  Random random;
  for (int i = 0; i < 4000; ++i) {
    diagnostics::Engine engine;
    std::string text = mutate(files[random.below(files.size())], files, random);
    const auto &file = engine.addFile("fuzz.py", text);
    auto module = syntax::parse(file, engine);
    dump(module->body);
    bool isBlank = file.text().trim(" \t\r\n\f").empty();
    for (const diagnostics::Diagnostic *diagnostic : engine.sorted()) {
      ASSERT_EQ(diagnostic->range.file, &file) << text;
      ASSERT_LE(diagnostic->range.end, text.size()) << text;
      ASSERT_TRUE(isBlank || diagnostic->range.begin < diagnostic->range.end) << text;
      ASSERT_FALSE(diagnostic->message.empty()) << text;
    }
    ASSERT_EQ(engine.render().empty(), engine.sorted().empty()) << text;
    ASSERT_NE(engine.renderJson(), "") << text;
    diagnostics::fixedText(file, engine);
  }
}

} // namespace rondo::test
