//===- TuneTest.cpp - rondo tune, and what follows it -----------*- C++ -*-===//
//
// Which candidate is fastest is the machine's business; what is written, and who
// follows it, is looked at here.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <nlohmann/json.hpp>

namespace rondo::test {
namespace {

class Tune : public ToolTest {
protected:
  void SetUp() override { write("tiny.py", tinyModel); }

  Outcome tune(std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"tune", "tiny.py", "-o", "out.so", "--at", "B=3,T=7", "--seconds", "0"});
    return rondo(more);
  }

  Outcome compile(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"compile", "tiny.py", "-o", "out.so"});
    return rondo(more);
  }

  nlohmann::json file() const { return nlohmann::json::parse(read("out.tune.json")); }

  void expectContains(const std::string &text, const std::string &part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
};

TEST_F(Tune, WritesWhatItMeasuredAndFollowsIt) {
  Outcome tuned = tune({"--threads", "2"});
  ASSERT_EQ(tuned.exitCode, 0) << tuned.err;
  EXPECT_EQ(files(), (std::vector<std::string>{"out.so", "out.tune.json", "tiny.py"}));
  expectContains(tuned.out, "onednn for LSTMs");
  expectContains(tuned.err, "rondo: follows out.tune.json: kind=");
  nlohmann::json json = file();
  EXPECT_EQ(json["mode"], "forward");
  EXPECT_EQ(json["at"], (nlohmann::json{{"B", 3}, {"T", 7}}));
  EXPECT_EQ(json["choice"]["layers"].size(), 2u);
  // Who computes what on one thread and on two; then at least three sizes, two values each.
  ASSERT_GE(json["measured"].size(), 14u);
  EXPECT_EQ(json["measured"][0]["kernels"], "generated");
  EXPECT_EQ(json["measured"][0]["ratio"], 1);
  for (const nlohmann::json &each : json["measured"])
    EXPECT_GT(each["median_us"], 0);

  Outcome again = compile();
  EXPECT_EQ(again.exitCode, 0) << again.err;
  expectContains(again.err, "rondo: follows out.tune.json: kind=");
  EXPECT_EQ(compile({"--no-tuned"}).err, "");
  EXPECT_EQ(rondo({"compile", "tiny.py", "-o", "other.so"}).err, "");
  EXPECT_EQ(rondo({"compile", "tiny.py", "--emit=kernels"}).err, "");
}

TEST_F(Tune, SaysNothingOfAFolderThatIsNone) {
  Outcome outcome = rondo({"compile", "tiny.py", "-o", "tiny.py/out.so"});
  EXPECT_EQ(outcome.exitCode, 1);
  expectContains(outcome.err, "tiny.py/out.so");
  EXPECT_EQ(outcome.err.find("tune"), std::string::npos) << outcome.err;
}

TEST_F(Tune, MeasuresTrainingSteps) {
  ASSERT_EQ(tune({"--train"}).exitCode, 0);
  EXPECT_EQ(file()["mode"], "train");
  write("lossless.py", "import keras\nx = keras.Input((None, 3))\n"
                       "model = keras.Model(x, keras.layers.LSTM(5)(x))\n");
  Outcome outcome = rondo({"tune", "lossless.py", "--train", "-o", "lossless.so"});
  EXPECT_EQ(outcome.exitCode, 1);
  expectContains(outcome.err, "[model-not-compiled]");
  EXPECT_FALSE(exists("lossless.so"));
  EXPECT_FALSE(exists("lossless.tune.json"));
}

TEST_F(Tune, ChoiceReachesTheLibrary) {
  ASSERT_EQ(tune().exitCode, 0);
  nlohmann::json json = file();
  json["choice"]["layers"] = {{"lstm", "onednn"}, {"kind", "generated"}};
  json["choice"]["sizes"] = json["measured"][0]["sizes"]; // as without tuning
  json["choice"]["sizes"]["block_rows"] = 96;
  json["choice"]["threads"] = 2;
  write("out.tune.json", json.dump());
  Outcome compiled = compile({"--explain-kernels"});
  ASSERT_EQ(compiled.exitCode, 0) << compiled.err;
  EXPECT_EQ(compiled.err, "rondo: follows out.tune.json: kind=generated, lstm=onednn, "
                          "block_rows=96; fastest on 2 threads\n");
  expectContains(compiled.out, "onednn     measured by rondo tune");
  Outcome bench = rondo({"bench", "out.so", "--seconds", "0", "--json", "b.json"});
  ASSERT_EQ(bench.exitCode, 0) << bench.err;
  EXPECT_EQ(nlohmann::json::parse(read("b.json"))["kernels"], "onednn");
}

TEST_F(Tune, IsNotFollowedElsewhere) {
  ASSERT_EQ(tune().exitCode, 0);
  const nlohmann::json json = file();
  auto expectIgnored = [&](const std::string &why, std::vector<std::string> more = {}) {
    Outcome outcome = compile(std::move(more));
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    expectContains(outcome.err, "[tuning-ignored]");
    expectContains(outcome.err, "`out.tune.json` is not followed: " + why);
    EXPECT_EQ(outcome.err.find("follows"), std::string::npos) << outcome.err;
  };
  expectIgnored("`--kernels` decides", {"--kernels=generated"});
  expectIgnored("`--kernels-for` decides", {"--kernels-for=lstm=generated"});
  expectIgnored("`--memory-budget`", {"--memory-budget=x0.9"});
  expectIgnored("`--weights`", {"--weights=bf16"});
  nlohmann::json elsewhere = json;
  elsewhere["processor"] = "Difference Engine";
  write("out.tune.json", elsewhere.dump());
  expectIgnored("it was measured on Difference Engine");
  write("out.tune.json", json.dump());
  std::string other = tinyModel;
  other.replace(other.find("LSTM(5)"), 7, "LSTM(6)");
  write("tiny.py", other);
  expectIgnored("the model is another one");
}

TEST_F(Tune, DamagedFilesAreErrorsAtTheirPlaces) {
  ASSERT_EQ(tune().exitCode, 0);
  const nlohmann::json json = file();
  std::filesystem::remove(path("out.so"));
  auto expectError = [&](const std::string &text, const std::string &what) {
    write("out.tune.json", text);
    Outcome outcome = compile();
    EXPECT_EQ(outcome.exitCode, 1);
    expectContains(outcome.err, "[tuning-unusable]");
    expectContains(outcome.err, what);
    expectContains(outcome.err, "--no-tuned");
    EXPECT_FALSE(exists("out.so"));
  };
  expectError("", "out.tune.json:1:1: this is not JSON");
  expectError("{\n  \"mode\": }", "out.tune.json:2:11: this is not JSON");
  expectError("[1]", "`rondo_tune` is missing");
  auto change = [&](const std::string &pointer, const nlohmann::json &value) {
    nlohmann::json changed = json;
    changed[nlohmann::json::json_pointer(pointer)] = value;
    return changed.dump();
  };
  expectError(change("/rondo_tune", 2), "`rondo_tune` is 2, not a whole number from 1 to 1");
  expectError(change("/mode", "fast"), "`mode` is \"fast\"");
  expectError(change("/at/B", 0), "`at.B` is 0");
  expectError(change("/choice", 3), "`choice.layers` is missing");
  expectError(change("/choice/layers/lstm", "mkl"),
              "`choice.layers.lstm` is \"mkl\", not \"generated\" or \"onednn\"");
  expectError(change("/choice/sizes/block_rows", 25),
              "`choice.sizes.block_rows` is 25, not a multiple of 24 from 24 to 240");
  expectError(change("/choice/threads", "two"), "`choice.threads` is \"two\"");
  EXPECT_EQ(compile({"--no-tuned"}).exitCode, 0);
}

TEST_F(Tune, LeavesOutWhatDoesNotRun) {
  environment["RONDO_ONEDNN_LIBRARY"] = "/nowhere/libdnnl.so";
  Outcome tuned = tune();
  ASSERT_EQ(tuned.exitCode, 0) << tuned.err;
  expectContains(tuned.err, "rondo: `onednn` is left out:");
  for (const auto &[layer, kernels] : file()["choice"]["layers"].items())
    EXPECT_EQ(kernels, "generated") << layer;
  Outcome wrong = tune({"--at", "C=3"});
  EXPECT_EQ(wrong.exitCode, 2);
}

} // namespace
} // namespace rondo::test
