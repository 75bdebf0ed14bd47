//===- SummaryTest.cpp - rondo summary and explain --------------*- C++ -*-===//
//
// The summary is Keras' own, character by character; explanations are the
// pages of docs/diagnostics.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "tests/cli/Tool.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

class Summary : public ToolTest {
protected:
  Summary() { environment["COLUMNS"] = "80"; }
};

TEST_F(Summary, IsThatOfKeras) {
  int count = 0;
  const std::string ending = ".summary.txt";
  for (const auto &entry : fs::directory_iterator(RONDO_SOURCE_DIR "/tests/cli/keras")) {
    std::string name = entry.path().filename();
    if (name.size() <= ending.size() || name.substr(name.size() - ending.size()) != ending)
      continue;
    name.resize(name.size() - ending.size());
    Outcome outcome = rondo({"summary", RONDO_SOURCE_DIR "/tests/layers/models/" + name + ".py"});
    EXPECT_EQ(outcome.exitCode, 0) << name << outcome.err;
    EXPECT_EQ(outcome.out, read(entry.path())) << name;
    ++count;
  }
  EXPECT_GE(count, 35);
}

TEST_F(Summary, IsAlsoThereForPrograms) {
  write("tiny.py", tinyModel);
  auto json = nlohmann::json::parse(rondo({"summary", "tiny.py", "--format=json"}).out);
  EXPECT_EQ(json["name"], "functional");
  EXPECT_EQ(json["total_params"], 4 * 5 * (3 + 5 + 1) + (5 + 1) * 4);
  EXPECT_EQ(json["non_trainable_params"], 0);
  ASSERT_EQ(json["layers"].size(), 3u);
  EXPECT_EQ(json["layers"][0]["output_shapes"], nlohmann::json::parse("[[null, null, 3]]"));
  EXPECT_EQ(json["layers"][1]["type"], "LSTM");
  EXPECT_EQ(json["layers"][1]["connected_to"], nlohmann::json::parse("[\"x[0][0]\"]"));
  EXPECT_EQ(
      json["layers"][2]["variables"][0],
      nlohmann::json::parse("{\"path\": \"kind/kernel\", \"shape\": [5, 4], \"trainable\": true}"));
}

TEST_F(Summary, ListsVariablesAsWeightsFilesDo) {
  write("tiny.py", tinyModel);
  std::string text = rondo({"summary", "tiny.py", "--variables"}).out;
  ASSERT_EQ(rondo({"weights", "tiny.py", "--out", "w.npz"}).exitCode, 0);
  for (const host::Array &array : readArrays("w.npz").arrays)
    EXPECT_NE(text.find("\n   " + array.name + " ("), std::string::npos) << array.name;
}

TEST_F(Summary, FitsTheTerminal) {
  write("tiny.py", tinyModel);
  auto widest = [&](const std::string &columns) {
    environment["COLUMNS"] = columns;
    std::string text = rondo({"summary", "tiny.py"}).out;
    // Three bytes for each of the line's characters.
    return (text.find("\n", text.find("┏")) - text.find("┏")) / 3;
  };
  EXPECT_EQ(widest("60"), 56u);
  EXPECT_EQ(widest("200"), 88u);
  EXPECT_EQ(widest("3"), 40u);
  EXPECT_EQ(widest("many"), 76u);
}

class Explain : public ToolTest {};

TEST_F(Explain, ListsEveryCodeWithItsTitleByGroup) {
  Outcome list = rondo({"explain"});
  EXPECT_EQ(list.exitCode, 0);
  llvm::StringRef group;
  size_t at = 0;
  for (diagnostics::Code code : diagnostics::allCodes()) {
    if (codeGroup(code) != group) {
      group = codeGroup(code);
      at = list.out.find(group.str() + "\n", at);
      ASSERT_NE(at, std::string::npos) << group.str();
    }
    at = list.out.find("\n  " + codeName(code).str() + " ", at);
    ASSERT_NE(at, std::string::npos) << codeName(code).str();
    std::string line = list.out.substr(at + 1, list.out.find('\n', at + 1) - at - 1);
    EXPECT_NE(line.find("  " + codeTitle(code).str()), std::string::npos) << line;
  }
}

// documentation-tests check what is on the pages.
TEST_F(Explain, PrintsThePageOfEachCode) {
  for (diagnostics::Code code : diagnostics::allCodes()) {
    Outcome page = rondo({"explain", codeName(code).str()});
    EXPECT_EQ(page.exitCode, 0) << page.err;
    std::string heading = codeName(code).str() + ": " + codeTitle(code).str() + "\n\n";
    llvm::erase(heading, '`');
    EXPECT_EQ(page.out.rfind(heading, 0), 0u) << page.out;
    EXPECT_NE(page.out.find("\nWrong\n\n    "), std::string::npos) << page.out;
    EXPECT_NE(page.out.find("\nMended\n\n"), std::string::npos) << page.out;
    for (const char *markdown : {"```", "\n#", "]("})
      EXPECT_EQ(page.out.find(markdown), std::string::npos) << page.out;
  }
}

TEST_F(Explain, ShowsTheFileTheMessageAndTheFileMended) {
  Outcome outcome = rondo({"explain", "[unknown-activation]"}); // as it stands in messages
  size_t at = 0;
  for (const char *part :
       {"\nWrong\n", "\n    model = keras.Model(x, Dense(64, activation=\"tahn\")(x))\n",
        "\n          |                                             ^~~~~~\n", "\nMended\n",
        "\n    model = keras.Model(x, Dense(64, activation=\"tanh\")(x))\n"}) {
    at = outcome.out.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << outcome.out;
  }
}

/// The text of the first block of `language`, without its fences.
llvm::StringRef block(llvm::StringRef text, const std::string &language) {
  return text.split("\n```" + language + "\n").second.split("```\n").first;
}

// Of the pages that show commands, those whose commands need no more than a model.
TEST_F(Explain, ShowsWhatCommandsSay) {
  for (const std::string code :
       {"file-unreadable", "file-unwritable", "option-unsupported", "memory-budget-missed",
        "model-not-compiled", "run-failed", "not-differentiable", "unknown-code"}) {
    std::ifstream stream(RONDO_SOURCE_DIR "/docs/diagnostics/" + code + ".md");
    std::string page{std::istreambuf_iterator<char>(stream), {}};
    llvm::StringRef wrong = llvm::StringRef(page).split("\n## Wrong\n").second;
    wrong = wrong.split("\n## Mended\n").first;
    std::string python = block(wrong, "python").str();
    write("model.py", !python.empty() ? python
                                      : "import keras\n"
                                        "from keras.layers import LSTM, Dense\n\n"
                                        "x = keras.Input(shape=(10, 8), name=\"x\")\n"
                                        "model = keras.Model(x, Dense(1)(LSTM(64)(x)))\n"
                                        "model.compile(optimizer=\"adam\", loss=\"mse\")\n");
    auto [command, said] = block(wrong, "text").split('\n');
    ASSERT_TRUE(command.consume_front("$ rondo ")) << code;
    llvm::SmallVector<llvm::StringRef> words;
    command.split(words, ' ');
    Outcome outcome = rondo({words.begin(), words.end()});
    EXPECT_EQ(outcome.out + outcome.err, said.str()) << code;
  }
}

TEST_F(Explain, HasBoldHeadingsInColour) {
  std::string page = rondo({"explain", "dot-sizes", "--color=always"}).out;
  EXPECT_EQ(page.rfind("\033[1mdot-sizes: ", 0), 0u) << page;
  EXPECT_NE(page.find("\n\033[1mWrong\033[0m\n"), std::string::npos) << page;
  EXPECT_NE(rondo({"explain", "--color=always"}).out.find("\033[1mGrammar\033[0m\n"),
            std::string::npos);
  EXPECT_EQ(rondo({"explain", "dot-sizes"}).out.find('\033'), std::string::npos);
}

TEST_F(Explain, SuggestsACodeForOneThatDoesNotExist) {
  Outcome outcome = rondo({"explain", "unknown-actvation"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("[unknown-code]"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("is it `unknown-activation`?"), std::string::npos) << outcome.err;
  EXPECT_NE(rondo({"explain", "zzz"}).err.find("lists all codes"), std::string::npos);
}

} // namespace
} // namespace rondo::test
