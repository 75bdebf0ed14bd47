//===- CheckTest.cpp - rondo check in terminals and with --fix --*- C++ -*-===//
//
// When messages are coloured, and what `--fix` does to files.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

const std::string sound = "import keras\n"
                          "x = keras.Input(shape=(8,))\n"
                          "model = keras.Model(x, keras.layers.Dense(4, activation=\"tanh\")(x))\n";
/// `sound` with a mistake that has one mend.
const std::string wrong = "import keras\n"
                          "x = keras.Input(shape=(8,))\n"
                          "model = keras.Model(x, keras.layers.Dense(4, activation=\"tahn\")(x))\n";

class CommandsColor : public ToolTest {
protected:
  void SetUp() override {
    write("wrong.py", wrong);
    environment["TERM"] = "xterm";
  }

  bool isColoured(const std::vector<std::string> &more, bool onTerminal) const {
    std::vector<std::string> command = {RONDO_TOOL, "check", "wrong.py"};
    command.insert(command.end(), more.begin(), more.end());
    Outcome outcome = onTerminal ? this->onTerminal(command, 80) : run(command);
    EXPECT_EQ(outcome.exitCode, 1) << outcome.err;
    EXPECT_NE(outcome.err.find("[unknown-activation]"), std::string::npos) << outcome.err;
    return outcome.err.find("\033[1;31merror:") != std::string::npos;
  }
};

TEST_F(CommandsColor, IsForTerminalsUnlessAskedOtherwise) {
  EXPECT_FALSE(isColoured({}, false));
  EXPECT_TRUE(isColoured({"--color=always"}, false));
  EXPECT_FALSE(isColoured({"--color=never"}, false));
  EXPECT_EQ(rondo({"check", "wrong.py", "--color=sometimes"}).exitCode, 2);
  if (!hasTerminals())
    GTEST_SKIP() << "there are no pseudo-terminals here (is /dev/pts mounted?)";
  EXPECT_TRUE(isColoured({}, true));
  EXPECT_FALSE(isColoured({"--color=never"}, true));
  environment["NO_COLOR"] = "1";
  EXPECT_FALSE(isColoured({}, true));
  EXPECT_TRUE(isColoured({"--color=always"}, true));
  environment["NO_COLOR"] = ""; // counts as not set
  EXPECT_TRUE(isColoured({}, true));
  environment["TERM"] = "dumb";
  EXPECT_FALSE(isColoured({}, true));
}

class CommandsFix : public ToolTest {
protected:
  fs::perms permissions(const std::string &name) const {
    return fs::status(path(name)).permissions();
  }
};

TEST_F(CommandsFix, MendsTheFileAndKeepsTheOldText) {
  write("m.py", wrong);
  fs::permissions(path("m.py"), fs::perms(0640));
  Outcome outcome = rondo({"check", "m.py", "--fix"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_EQ(outcome.err,
            "m.py: 1 finding mended; the old text is in m.py.orig\nm.py: no findings\n");
  EXPECT_EQ(read("m.py"), sound);
  EXPECT_EQ(read("m.py.orig"), wrong);
  EXPECT_EQ(permissions("m.py"), fs::perms(0640));
  EXPECT_EQ(files(), (std::vector<std::string>{"m.py", "m.py.orig"}));
}

TEST_F(CommandsFix, LeavesASoundFileAlone) {
  write("m.py", sound);
  EXPECT_EQ(rondo({"check", "m.py", "--fix"}).err, "m.py: no findings\n");
  EXPECT_EQ(files(), std::vector<std::string>{"m.py"});
}

TEST_F(CommandsFix, MendsWhatShowsOnlyWhenOtherThingsAreMended) {
  // Curly quotes are an error of the lexer: the activation is not looked at before.
  std::string text = wrong;
  text.replace(text.find("\"tahn\""), 6, "\u201ctahn\u201d");
  write("m.py", text);
  Outcome outcome = rondo({"check", "m.py", "--fix"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("m.py: 3 findings mended"), std::string::npos) << outcome.err;
  EXPECT_EQ(read("m.py"), sound);
  EXPECT_EQ(read("m.py.orig"), text);
}

TEST_F(CommandsFix, ReportsWhatItCannotMend) {
  write("m.py", wrong + "y = undefined\n");
  Outcome outcome = rondo({"check", "m.py", "--fix"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_EQ(outcome.err.find("[unknown-activation]"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("m.py:4:5: error: "), std::string::npos) << outcome.err;
  EXPECT_EQ(read("m.py"), sound + "y = undefined\n");
}

TEST_F(CommandsFix, NeverOverwritesACopy) {
  write("m.py", wrong);
  write("m.py.orig", "dear to somebody\n");
  Outcome outcome = rondo({"check", "m.py", "--fix"});
  EXPECT_NE(outcome.err.find("the old text is in m.py.orig.1\n"), std::string::npos) << outcome.err;
  EXPECT_EQ(read("m.py.orig"), "dear to somebody\n");
  EXPECT_EQ(read("m.py.orig.1"), wrong);
}

TEST_F(CommandsFix, KeepsLineEndsAndLinks) {
  std::string crlf;
  for (char c : "from keras import backend as K\n" + wrong + "y = K.sum(x, axis=1)\n")
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
  write("m.py", crlf);
  fs::create_symlink("m.py", path("link.py"));
  Outcome outcome = rondo({"check", "link.py", "--fix"});
  EXPECT_NE(outcome.err.find("mended"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::is_symlink(path("link.py")));
  std::string mended = read("m.py");
  EXPECT_NE(mended.find("tanh"), std::string::npos) << mended;
  EXPECT_NE(mended.find("from keras import ops\r\n"), std::string::npos) << mended;
  for (size_t end = mended.find('\n'); end != std::string::npos; end = mended.find('\n', end + 1))
    EXPECT_EQ(mended[end - 1], '\r') << mended;
  EXPECT_EQ(read("m.py.orig"), crlf);
}

TEST_F(CommandsFix, RespectsProtectedFiles) {
  write("m.py", wrong);
  fs::permissions(path("m.py"), fs::perms(0444));
  Outcome outcome = rondo({"check", "m.py", "--fix"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("error: `m.py` is write-protected; it is left alone "
                             "[file-unwritable]\nhelp: `chmod u+w m.py` makes it writable"),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(read("m.py"), wrong);
  EXPECT_EQ(files(), std::vector<std::string>{"m.py"});
}

TEST_F(CommandsFix, GoesWithJson) {
  write("m.py", wrong + "y = undefined\n");
  Outcome outcome = rondo({"check", "m.py", "--fix", "--format=json"});
  nlohmann::json json = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(json.size(), 1u) << outcome.out;
  EXPECT_EQ(json[0]["code"], "undefined-name");
  EXPECT_EQ(read("m.py"), sound + "y = undefined\n");
}

} // namespace
} // namespace rondo::test
