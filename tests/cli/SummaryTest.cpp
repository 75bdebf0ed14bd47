//===- SummaryTest.cpp - rondo summary and explain --------------*- C++ -*-===//
//
// The summary is Keras' own, character by character; explanations are those of
// docs/diagnostics.md.
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostics.h"
#include "tests/cli/Tool.h"
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

TEST_F(Explain, ListsEveryCodeWithItsTitle) {
  Outcome list = rondo({"explain"});
  EXPECT_EQ(list.exitCode, 0);
  for (diagnostics::Code code : diagnostics::allCodes()) {
    size_t at = ("\n" + list.out).find("\n" + diagnostics::codeName(code).str() + " ");
    ASSERT_NE(at, std::string::npos) << diagnostics::codeName(code).str();
    std::string line = list.out.substr(at, list.out.find('\n', at) - at);
    EXPECT_NE(line.find("  " + diagnostics::codeTitle(code).str()), std::string::npos) << line;
  }
}

// tests/syntax checks that the page has a section for each code.
TEST_F(Explain, PrintsTheSectionOfACode) {
  for (const std::string code : {"file-unreadable", "dot-sizes", "internal-error"}) {
    Outcome section = rondo({"explain", code});
    EXPECT_EQ(section.exitCode, 0) << section.err;
    EXPECT_EQ(section.out.rfind(code + ": ", 0), 0u) << section.out;
    EXPECT_NE(section.out.find("Mend: "), std::string::npos) << section.out;
    EXPECT_EQ(section.out.find("#"), std::string::npos) << section.out;
  }
}

TEST_F(Explain, ShowsExamplesAndMends) {
  Outcome outcome = rondo({"explain", "[unknown-activation]"}); // as it stands in messages
  EXPECT_NE(outcome.out.find("\n    x = Dense(64, activation=\"tahn\")\n"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("\nMend: "), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("```"), std::string::npos) << outcome.out;
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
