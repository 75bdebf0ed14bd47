//===- DiagnosticsTest.cpp - Collecting, rendering and mending --*- C++ -*-===//
//
// The engine in isolation: places, order, the two renderings, suggestions, and
// what `check --fix` writes.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "tests/support/GoldenFiles.h"
#include <nlohmann/json.hpp>

namespace rondo::test {

using namespace diagnostics;
namespace fs = std::filesystem;

/// The range of the first occurrence of `part`.
static SourceRange rangeOf(const SourceFile &file, llvm::StringRef part) {
  size_t begin = file.text().find(part);
  EXPECT_NE(begin, llvm::StringRef::npos) << part.str();
  return {&file, uint32_t(begin), uint32_t(begin + part.size())};
}

TEST(SourceFile, CountsLinesAndCharacters) {
  SourceFile file("a.py", "\xEF\xBB\xBF"
                          "ab\r\ncé\rd\n");
  EXPECT_EQ(file.lineCount(), 4u);
  EXPECT_EQ(file.line(1), "ab");
  EXPECT_EQ(file.line(2), "cé");
  EXPECT_EQ(file.line(3), "d");
  EXPECT_EQ(file.line(4), "");
  EXPECT_EQ(file.position(3).column, 1u);
  Position end = file.position(file.text().find("\rd"));
  EXPECT_EQ(end.line, 2u);
  EXPECT_EQ(end.column, 3u);
  EXPECT_EQ(file.position(1000).line, 4u);
}

TEST(Render, ShowsTheLineTheNotesAndTheHelp) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "x = Dense(4)\ny = Dot(axes=(2, 1))([x, x])\n");
  engine.report(Code::SyntaxError, rangeOf(file, "(2, 1)"), "axis {} has {} entries", 1, "four")
      .note(rangeOf(file, "Dense(4)"), "`{}` is made here", "x")
      .help("use `axes={}`", "(2, 2)");
  EXPECT_EQ(engine.render(), "m.py:2:14: error: axis 1 has four entries [syntax-error]\n"
                             "    2 | y = Dot(axes=(2, 1))([x, x])\n"
                             "      |              ^~~~~~\n"
                             "m.py:1:5: note: `x` is made here\n"
                             "    1 | x = Dense(4)\n"
                             "      |     ^~~~~~~~\n"
                             "help: use `axes=(2, 2)`\n");
}

TEST(Render, PutsTheCaretUnderWideAndCombiningCharactersAndTabs) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "\ta = '日本e\u0301' b\n");
  engine.report(Code::SyntaxError, rangeOf(file, "b"), "x");
  EXPECT_EQ(engine.render(), "m.py:1:13: error: x [syntax-error]\n"
                             "    1 |     a = '日本e\u0301' b\n"
                             "      |                 ^\n");
}

TEST(Render, MarksTheLastCharacterAtTheEndOfALine) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "ab\n\n\n");
  engine.report(Code::SyntaxError, SourceRange{&file, 2, 2}, "at the end");
  engine.report(Code::SyntaxError, SourceRange{&file, 4, 4}, "at the end of the file");
  for (const Diagnostic *diagnostic : engine.sorted())
    EXPECT_EQ(diagnostic->range.text(), "b");
}

TEST(Render, MarksTheFirstLineOfALongRange) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "f(a,\n  b)\n");
  engine.report(Code::SyntaxError, rangeOf(file, "(a,\n  b)"), "x");
  EXPECT_EQ(engine.render(), "m.py:1:2: error: x [syntax-error]\n"
                             "    1 | f(a,\n"
                             "      |  ^~~\n");
}

TEST(Render, NeedsNoPlace) {
  Engine engine;
  engine.report(Code::FileUnreadable, "no file `{}`", "a\x1b[31m.npz").help("check the path");
  EXPECT_EQ(engine.render(),
            "error: no file `a\\x1b[31m.npz` [file-unreadable]\nhelp: check the path\n");
}

TEST(Render, AnEmptyFileHasAPlaceToo) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "");
  engine.report(Code::SyntaxError, SourceRange{&file, 0, 0}, "no model in this file");
  EXPECT_EQ(engine.render(), "m.py:1:1: error: no model in this file [syntax-error]\n"
                             "    1 | \n"
                             "      | ^\n");
}

TEST(Render, ColoursOnlyWhenAsked) {
  Engine engine;
  engine.report(Code::FileUnreadable, "x");
  EXPECT_EQ(engine.render().find('\033'), std::string::npos);
  EXPECT_NE(engine.render({/*color=*/true}).find("\033[1;31merror:"), std::string::npos);
}

TEST(Engine, SortsByPlaceAndDropsRepetitions) {
  Engine engine;
  const SourceFile &first = engine.addFile("a.py", "abc\n");
  const SourceFile &second = engine.addFile("b.py", "abc\n");
  engine.report(Code::FileUnreadable, "last");
  engine.report(Code::SyntaxError, rangeOf(second, "a"), "third");
  engine.report(Code::SyntaxError, rangeOf(first, "b"), "second");
  engine.report(Code::SyntaxError, rangeOf(first, "a"), "first");
  engine.report(Code::SyntaxError, rangeOf(first, "b"), "second");
  std::vector<std::string> messages;
  for (const Diagnostic *diagnostic : engine.sorted())
    messages.push_back(diagnostic->message);
  EXPECT_EQ(messages, (std::vector<std::string>{"first", "second", "third", "last"}));
}

TEST(Engine, CountsWhatItDoesNotShow) {
  Engine engine;
  for (int i = 0; i < 5; ++i)
    engine.report(Code::FileUnreadable, "{}", i);
  EXPECT_EQ(engine.render({false, 3}),
            "error: 0 [file-unreadable]\nerror: 1 [file-unreadable]\n"
            "error: 2 [file-unreadable]\n2 more messages are not shown\n");
}

TEST(Engine, GoesBackAfterATrial) {
  Engine engine;
  engine.report(Code::FileUnreadable, "kept");
  size_t size = engine.size();
  engine.report(Code::FileUnreadable, "dropped");
  engine.truncate(size);
  EXPECT_EQ(engine.errorCount(), 1u);
  EXPECT_EQ(engine.render(), "error: kept [file-unreadable]\n");
}

TEST(Json, HoldsPlacesNotesHelpAndFixes) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "é = Lstm(4)\n");
  engine.report(Code::SyntaxError, rangeOf(file, "Lstm"), "no `Lstm`")
      .note(rangeOf(file, "4"), "here")
      .help("did you mean `LSTM`?")
      .fix(rangeOf(file, "Lstm"), "LSTM");
  engine.report(Code::FileUnreadable, "\xFF");
  nlohmann::json json = nlohmann::json::parse(engine.renderJson());
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["file"], "m.py");
  EXPECT_EQ(json[0]["range"]["start"], nlohmann::json({{"line", 1}, {"column", 5}, {"offset", 5}}));
  EXPECT_EQ(json[0]["range"]["end"], nlohmann::json({{"line", 1}, {"column", 9}, {"offset", 9}}));
  EXPECT_EQ(json[0]["severity"], "error");
  EXPECT_EQ(json[0]["code"], "syntax-error");
  EXPECT_EQ(json[0]["message"], "no `Lstm`");
  EXPECT_EQ(json[0]["notes"][0]["message"], "here");
  EXPECT_EQ(json[0]["help"][0], "did you mean `LSTM`?");
  EXPECT_EQ(json[0]["fixes"][0]["replacement"], "LSTM");
  EXPECT_TRUE(json[1]["file"].is_null());
  EXPECT_TRUE(json[1]["range"].is_null());
}

static std::string closest(llvm::StringRef word, std::vector<llvm::StringRef> candidates) {
  return closestMatch(word, candidates).value_or("none").str();
}

TEST(ClosestMatch, KnowsHowPeopleMistype) {
  EXPECT_EQ(closest("tahn", {"relu", "tanh", "sigmoid"}), "tanh");
  EXPECT_EQ(closest("Lstm", {"GRU", "LSTM", "List"}), "LSTM");
  EXPECT_EQ(closest("return_sequence", {"return_state", "return_sequences"}), "return_sequences");
  EXPECT_EQ(closest("returnSequences", {"return_state", "return_sequences"}), "return_sequences");
  EXPECT_EQ(closest("form", {"for", "from"}), "from");
}

TEST(ClosestMatch, StaysSilentWhenNothingIsClose) {
  EXPECT_EQ(closest("x", {"y", "z"}), "none");
  EXPECT_EQ(closest("banana", {"relu", "tanh"}), "none");
  EXPECT_EQ(closest("", {"relu"}), "none");
  EXPECT_EQ(closest(std::string(1000000, 'a'), {"relu"}), "none");
  EXPECT_EQ(closest("relu", {}), "none");
}

TEST(Fixes, OfOneDiagnosticComeTogetherOrNotAtAll) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "abc def ghi\n");
  engine.report(Code::SyntaxError, rangeOf(file, "abc"), "1")
      .fix(rangeOf(file, "abc"), "A")
      .fix(rangeOf(file, "abc").before(), "import x\n");
  engine.report(Code::SyntaxError, rangeOf(file, "def"), "2")
      .fix(rangeOf(file, "def ghi"), "D G")
      .fix(rangeOf(file, "ghi").after(), ";");
  engine.report(Code::SyntaxError, rangeOf(file, "ghi"), "3").fix(rangeOf(file, "ghi"), "X");
  FixedText fixed = fixedText(file, engine);
  EXPECT_EQ(fixed.text, "import x\nA D G;\n");
  EXPECT_EQ(fixed.applied, 2u);
  EXPECT_EQ(fixed.skipped, 1u);
}

TEST(Fixes, AskedForTwiceAreMadeOnce) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "a b\n");
  for (const char *part : {"a", "b"})
    engine.report(Code::SyntaxError, rangeOf(file, part), "no import")
        .fix({&file, 0, 0}, "import x\n");
  FixedText fixed = fixedText(file, engine);
  EXPECT_EQ(fixed.text, "import x\na b\n");
  EXPECT_EQ(fixed.applied, 2u);
}

/// A folder for one test's files.
class FixFiles : public testing::Test {
protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / fs::path("rondo-fixes-XXXXXX");
    std::string pattern = folder.string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    path = folder / "model.py";
    std::ofstream(path) << "x = Lstm\n";
  }
  void TearDown() override { fs::remove_all(folder); }

  size_t filesInFolder() const {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  }

  fs::path folder, path;
};

TEST_F(FixFiles, AreRewrittenWithACopyOfTheOld) {
  fs::permissions(path, fs::perms::owner_all);
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  engine.report(Code::SyntaxError, rangeOf(*file, "Lstm"), "x").fix(rangeOf(*file, "Lstm"), "LSTM");
  EXPECT_TRUE(applyFixes(*file, fixedText(*file, engine), engine));
  EXPECT_EQ(readFile(path), "x = LSTM\n");
  EXPECT_EQ(readFile(path.string() + ".orig"), "x = Lstm\n");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
  EXPECT_EQ(filesInFolder(), 2u);
}

TEST_F(FixFiles, ThatChangedMeanwhileAreLeftAlone) {
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  std::ofstream(path) << "x = GRU\n";
  EXPECT_FALSE(applyFixes(*file, {"x = LSTM\n", 1, 0}, engine));
  EXPECT_EQ(readFile(path), "x = GRU\n");
  EXPECT_NE(engine.render().find("[file-changed]"), std::string::npos);
  EXPECT_EQ(filesInFolder(), 1u);
}

TEST_F(FixFiles, ThatCannotBeWrittenAreReported) {
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  // Fails for every user, root too: a folder stands where the copy would be.
  fs::create_directory(path.string() + ".orig");
  EXPECT_FALSE(applyFixes(*file, {"x = LSTM\n", 1, 0}, engine));
  EXPECT_EQ(readFile(path), "x = Lstm\n");
  EXPECT_NE(engine.render().find("[file-unwritable]"), std::string::npos);
  EXPECT_EQ(filesInFolder(), 2u);
}

TEST_F(FixFiles, ThatCannotBeReadAreReported) {
  Engine engine;
  EXPECT_EQ(engine.loadFile((folder / "none.py").string()), nullptr);
  EXPECT_EQ(engine.loadFile(folder.string()), nullptr);
  EXPECT_EQ(engine.loadFile("/dev/zero"), nullptr);
  std::string text = engine.render();
  EXPECT_NE(text.find("No such file or directory [file-unreadable]"), std::string::npos) << text;
  EXPECT_NE(text.find("is a directory; a model file is expected [file-unreadable]"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("[file-too-large]"), std::string::npos) << text;
}

} // namespace rondo::test
