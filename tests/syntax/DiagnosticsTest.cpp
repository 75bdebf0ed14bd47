//===- DiagnosticsTest.cpp - Collecting, rendering and mending --*- C++ -*-===//
//
// The engine in isolation: places, order, the two renderings, suggestions, and
// what `check --fix` writes.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/diagnostics/Fixes.h"
#include "tests/support/GoldenFiles.h"
#include "llvm/ADT/STLExtras.h"
#include <csignal>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

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

/// The two lines below the first line of a message: the source line and its mark.
static std::string shown(const std::string &text, llvm::StringRef part, size_t occurrence = 0) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", text);
  size_t begin = text.find(part.str());
  for (; occurrence > 0; --occurrence)
    begin = text.find(part.str(), begin + 1);
  EXPECT_NE(begin, std::string::npos) << part.str();
  engine.report(Code::SyntaxError, {&file, uint32_t(begin), uint32_t(begin + part.size())}, "x");
  std::string rendered = engine.render();
  return rendered.substr(rendered.find('\n') + 1);
}

TEST(Render, CountsTheColumnsOfATerminal) {
  // Two columns each: of East Asia, full-width forms, emoji.
  EXPECT_EQ(shown("'日本' + x\n", "x"), "    1 | '日本' + x\n      |          ^\n");
  EXPECT_EQ(shown("'Ａ' + x\n", "x"), "    1 | 'Ａ' + x\n      |        ^\n");
  EXPECT_EQ(shown("'😀' + x\n", "x"), "    1 | '😀' + x\n      |        ^\n");
  EXPECT_EQ(shown("f('日本')\n", "'日本'"), "    1 | f('日本')\n      |   ^~~~~~\n");
  // None: combining marks.
  EXPECT_EQ(shown("'éä' + x\n", "x"), "    1 | 'éä' + x\n      |        ^\n");
  EXPECT_EQ(shown("'é'\n", "́"), "    1 | 'é'\n      |   ^\n");
  // One: everything else, and what takes the place of what is not shown.
  EXPECT_EQ(shown("'éΩд' + x\n", "x"), "    1 | 'éΩд' + x\n      |         ^\n");
  EXPECT_EQ(shown("'\x01\u202e' + x\n", "x"), "    1 | '��' + x\n      |        ^\n");
}

TEST(Render, WidensTabs) {
  EXPECT_EQ(shown("\tx = 1\n", "x"), "    1 |     x = 1\n      |     ^\n");
  EXPECT_EQ(shown("a\t=\tx\n", "x"), "    1 | a   =   x\n      |         ^\n");
  EXPECT_EQ(shown("f(a,\tb)\n", "a,\tb"), "    1 | f(a,    b)\n      |   ^~~~~~~\n");
}

TEST(Render, CutsLongLinesAroundThePlace) {
  std::string words;
  for (int i = 0; i < 100; ++i)
    words += "abcd ";
  std::string text = shown(words + "WRONG " + words + "\n", "WRONG");
  llvm::StringRef line = llvm::StringRef(text).split('\n').first,
                  mark = llvm::StringRef(text).split('\n').second;
  EXPECT_TRUE(line.starts_with("    1 | …")) << text;
  EXPECT_TRUE(line.ends_with("…")) << text;
  EXPECT_LE(line.size(), 140u) << text;
  // The ellipsis is three bytes and one column.
  EXPECT_EQ(mark.find('^') + 2, line.find("WRONG")) << text;
  EXPECT_EQ(mark.count('~'), 4u) << text;
  // Near the ends, and in wide characters.
  EXPECT_TRUE(llvm::StringRef(shown("WRONG " + words, "WRONG")).starts_with("    1 | WRONG abcd"));
  EXPECT_NE(shown(words + "WRONG\n", "WRONG").find("abcd WRONG\n"), std::string::npos);
  std::string wide;
  for (int i = 0; i < 100; ++i)
    wide += "日";
  std::string cut = shown("'" + wide + "' + WRONG + '" + wide + "'\n", "WRONG");
  llvm::StringRef before = llvm::StringRef(cut).split("WRONG").first;
  size_t columns = before.size() - 2 - before.count("日");
  EXPECT_EQ(llvm::StringRef(cut).split('\n').second.find('^'), columns) << cut;
}

TEST(Render, MarksRangesOverSeveralLinesOnTheFirst) {
  EXPECT_EQ(shown("y = f(a,   \n  b)\n", "f(a,   \n  b)"), "    1 | y = f(a,\n      |     ^~~~\n");
  EXPECT_EQ(shown("y = (\r\n  b)\r\n", "(\r\n  b)"), "    1 | y = (\n      |     ^\n");
}

TEST(Render, TakesEveryLineEndAndAByteOrderMark) {
  EXPECT_EQ(shown("\xEF\xBB\xBFx = 1\n", "x"), "    1 | x = 1\n      | ^\n");
  EXPECT_EQ(shown("a\r\nb x\r\n", "x"), "    2 | b x\n      |   ^\n");
  EXPECT_EQ(shown("a\rb x\r", "x"), "    2 | b x\n      |   ^\n");
  EXPECT_EQ(shown("a\nb x", "x"), "    2 | b x\n      |   ^\n");
}

TEST(Render, PointsAtTheLastCharacterOfAFile) {
  for (const char *text : {"y = (", "y = (\n", "y = (  # open\n\n\n", "y = (\r\n"}) {
    Engine engine;
    const SourceFile &file = engine.addFile("m.py", text);
    uint32_t end = file.text().size();
    engine.report(Code::SyntaxError, SourceRange{&file, end, end}, "x");
    std::string rendered = engine.render();
    EXPECT_EQ(rendered.rfind("m.py:1:", 0), 0u) << rendered;
    EXPECT_NE(rendered.find("^"), std::string::npos) << rendered;
  }
}

TEST(Render, LetsNothingReachTheTerminalThatControlsIt) {
  Engine engine;
  engine.report(Code::FileUnreadable, "{}", "\x1b[31m \x07 \u009b \u202e \U000E0001 日 \xff");
  EXPECT_EQ(engine.render(),
            "error: \\x1b[31m \\x07 \\u009b \\u202e \\U000e0001 日 � [file-unreadable]\n");
}

TEST(Render, ColoursOnlyWhenAsked) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "a b\n");
  engine.report(Code::SyntaxError, rangeOf(file, "a"), "x").note(rangeOf(file, "b"), "y").help("z");
  engine.report(Code::UnusedInput, rangeOf(file, "b"), "w");
  std::string plain = engine.render(), coloured = engine.render({/*color=*/true});
  EXPECT_EQ(plain.find('\033'), std::string::npos);
  for (const char *part :
       {"\033[1;31merror:\033[0m", "\033[1;31m[syntax-error]\033[0m", "\033[1;31m^\033[0m",
        "\033[1;36mnote:\033[0m", "\033[1;36m^\033[0m", "\033[1;32mhelp:\033[0m",
        "\033[1;35mwarning:\033[0m", "\033[1;35m[unused-input]\033[0m"})
    EXPECT_NE(coloured.find(part), std::string::npos) << part << "\n" << coloured;
  // Without the escapes it is the same text.
  std::string bare;
  for (size_t i = 0; i < coloured.size(); ++i)
    if (coloured[i] == '\033')
      i = coloured.find('m', i);
    else
      bare += coloured[i];
  EXPECT_EQ(bare, plain);
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

TEST(Fixes, KeepTheLineEndsOfTheFile) {
  Engine engine;
  const SourceFile &file = engine.addFile("m.py", "a\r\nb\r\n");
  engine.report(Code::SyntaxError, rangeOf(file, "b"), "x").fix({&file, 0, 0}, "import x\n");
  EXPECT_EQ(fixedText(file, engine).text, "import x\r\na\r\nb\r\n");
}

TEST_F(FixFiles, AreRewrittenWithACopyOfTheOld) {
  fs::permissions(path, fs::perms::owner_all);
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(writeFixed(*file, "x = LSTM\n", engine), path.string() + ".orig");
  EXPECT_EQ(readFile(path), "x = LSTM\n");
  EXPECT_EQ(readFile(path.string() + ".orig"), "x = Lstm\n");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(path.string() + ".orig").permissions(), fs::perms::owner_all);
  EXPECT_EQ(filesInFolder(), 2u);
}

TEST_F(FixFiles, KeepEveryCopy) {
  std::vector<std::string> copies;
  for (const char *text : {"1\n", "2\n", "3\n", "4\n"}) {
    Engine engine;
    const SourceFile *file = engine.loadFile(path.string());
    ASSERT_NE(file, nullptr);
    copies.push_back(writeFixed(*file, text, engine).value_or("none"));
  }
  std::string name = path.string();
  EXPECT_EQ(copies, (std::vector<std::string>{name + ".orig", name + ".orig.1", name + ".orig.2",
                                              name + ".orig.3"}));
  EXPECT_EQ(readFile(copies[0]), "x = Lstm\n");
  EXPECT_EQ(readFile(copies[3]), "3\n");
  EXPECT_EQ(readFile(path), "4\n");
}

TEST_F(FixFiles, BehindALinkAreWrittenWhereTheyAre) {
  fs::path link = folder / "link.py";
  fs::create_symlink("model.py", link);
  Engine engine;
  const SourceFile *file = engine.loadFile(link.string());
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(writeFixed(*file, "x = LSTM\n", engine), fs::canonical(path).string() + ".orig");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_EQ(readFile(path), "x = LSTM\n");
}

TEST_F(FixFiles, ThatAreProtectedAreLeftAlone) {
  fs::permissions(path, fs::perms::owner_read);
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(writeFixed(*file, "x = LSTM\n", engine));
  EXPECT_EQ(readFile(path), "x = Lstm\n");
  EXPECT_NE(engine.render().find("is write-protected; it is left alone [file-unwritable]"),
            std::string::npos)
      << engine.render();
  EXPECT_EQ(filesInFolder(), 1u);
}

TEST_F(FixFiles, ThatChangedMeanwhileAreLeftAlone) {
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  std::ofstream(path) << "x = GRU\n";
  EXPECT_FALSE(writeFixed(*file, "x = LSTM\n", engine));
  EXPECT_EQ(readFile(path), "x = GRU\n");
  EXPECT_NE(engine.render().find("[file-changed]"), std::string::npos);
  EXPECT_EQ(filesInFolder(), 1u);
}

TEST_F(FixFiles, ThatDoNotFitTheDiskAreLeftAlone) {
  Engine engine;
  const SourceFile *file = engine.loadFile(path.string());
  ASSERT_NE(file, nullptr);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit full = {100, before.rlim_max};
  auto handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  std::optional<std::string> copy = writeFixed(*file, std::string(1000, 'x'), engine);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_FALSE(copy);
  EXPECT_EQ(readFile(path), "x = Lstm\n");
  EXPECT_NE(engine.render().find("[file-unwritable]"), std::string::npos) << engine.render();
  EXPECT_EQ(filesInFolder(), 1u);
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
