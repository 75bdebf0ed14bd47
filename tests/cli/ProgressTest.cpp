//===- ProgressTest.cpp - The progress of rondo train -----------*- C++ -*-===//
//
// In a terminal a bar that is drawn again in place, elsewhere lines.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <algorithm>

namespace rondo::test {
namespace {

class Progress : public ToolTest {
protected:
  void SetUp() override {
    write("tiny.py", tinyModel);
    writeArrays("data.npz", {inputs(500), labels(500)});
  }

  std::vector<std::string> train(const std::vector<std::string> &more) const {
    std::vector<std::string> arguments = {RONDO_TOOL, "train",    "tiny.py", "--data",
                                          "data.npz", "--out",    "w.npz",   "--batch-size",
                                          "1",        "--epochs", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// What a command that succeeds writes to a terminal.
  std::string onTerminal(const std::vector<std::string> &command, unsigned short columns) const {
    Outcome outcome = ToolTest::onTerminal(command, columns);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return outcome.err;
  }
};

/// Progress of a system that has pseudo-terminals: a bare chroot has none.
class TerminalProgress : public Progress {
protected:
  void SetUp() override {
    Progress::SetUp();
    if (!hasTerminals())
      GTEST_SKIP() << "there are no pseudo-terminals here (is /dev/pts mounted?)";
    environment["TERM"] = "xterm";
  }
};

TEST_F(TerminalProgress, IsABar) {
  std::string text = onTerminal(train({"--validation-data", "data.npz"}), 80);
  // The terminal turns \n into \r\n.
  EXPECT_EQ(text.rfind("Epoch 1/2\r\n\r", 0), 0u) << text;
  EXPECT_NE(text.find("\nEpoch 2/2\r\n"), std::string::npos) << text;
  size_t last = text.rfind("\r500/500 ");
  ASSERT_NE(last, std::string::npos) << text;
  std::string line = text.substr(last);
  for (const char *part : {"━━━━━━━━━━━━━━━━━━━━", "s/step - loss: ", " - accuracy: ",
                           " - val_loss: ", " - val_accuracy: "})
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  EXPECT_EQ(line.substr(line.size() - 2), "\r\n");
  // Drawn for people, not for each of the thousand steps.
  EXPECT_LT(std::count(text.begin(), text.end(), '\r'), 500);
}

TEST_F(TerminalProgress, KeepsToOneLineOfTheTerminal) {
  std::string text = onTerminal(train({}), 40);
  size_t at = text.find('\r', text.find("Epoch 1/2\r\n") + 11) + 1;
  std::string first = text.substr(at, text.find('\r', at) - at);
  std::string seen;
  for (size_t i = 0; i < first.size(); ++i) {
    if (first[i] == '\033')
      i = first.find_first_of("mK", i);
    else if ((first[i] & 0xc0) != 0x80)
      seen += first[i];
  }
  EXPECT_LT(seen.size(), 40u) << first;
}

TEST_F(TerminalProgress, IsColouredOnlyWhereThatIsWelcome) {
  EXPECT_NE(onTerminal(train({}), 80).find("\033[32m"), std::string::npos);
  environment["NO_COLOR"] = "1";
  EXPECT_EQ(onTerminal(train({}), 80).find("\033[32m"), std::string::npos);
}

TEST_F(Progress, IsLinesElsewhere) {
  Outcome outcome = run(train({}));
  EXPECT_EQ(outcome.err.rfind("Epoch 1/2 - ", 0), 0u) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2) << outcome.err;
  EXPECT_EQ(outcome.err.find('\r'), std::string::npos);
  EXPECT_EQ(outcome.err.find('\033'), std::string::npos);
}

TEST_F(TerminalProgress, IsAsVerboseAsAskedFor) {
  EXPECT_EQ(onTerminal(train({"--verbose", "0"}), 80), "");
  std::string lines = onTerminal(train({"--verbose", "2"}), 80);
  EXPECT_EQ(lines.rfind("Epoch 1/2 - ", 0), 0u) << lines;
  EXPECT_NE(run(train({"--verbose", "1"})).err.find("\r500/500 "), std::string::npos);
  EXPECT_EQ(run(train({"--verbose", "3"})).exitCode, 2);
}

} // namespace
} // namespace rondo::test
