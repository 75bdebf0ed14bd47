//===- BadInputTest.cpp - The rondo tool with input that is wrong -*- C++ -*-===//
//
// Each mistake gets one message, exit code 1, and leaves no file behind.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <cstring>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rondo::test {
namespace {

class BadInput : public ToolTest {
protected:
  /// Runs a command that must fail: exit code 1, one error that contains each of
  /// `contains`, the code in brackets, and no new file.
  void expectError(const std::vector<std::string> &arguments, const std::string &code,
                   const std::vector<std::string> &contains = {},
                   const std::function<void()> &inChild = {}) {
    SCOPED_TRACE(testing::PrintToString(arguments));
    std::vector<std::string> before = files();
    std::vector<std::string> command = {RONDO_TOOL};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Outcome outcome = run(command, inChild);
    EXPECT_EQ(outcome.exitCode, 1) << outcome.err;
    EXPECT_EQ(files(), before);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(count("\n" + outcome.err, "\nerror: ") + count(outcome.err, ": error: "), 1)
        << outcome.err;
    EXPECT_NE(outcome.err.find("[" + code + "]"), std::string::npos) << outcome.err;
    for (const std::string &text : contains)
      EXPECT_NE(outcome.err.find(text), std::string::npos) << text << " in\n" << outcome.err;
    for (const char *text : {"Stack dump", "terminate called", "LLVM ERROR", "internal error"})
      EXPECT_EQ(outcome.err.find(text), std::string::npos) << outcome.err;
  }

  /// A model file with one line of the tiny model replaced.
  void expectModelError(const std::string &from, const std::string &to, const std::string &code,
                        const std::vector<std::string> &contains = {}) {
    std::string text = tinyModel;
    size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write("wrong.py", text.replace(at, from.size(), to));
    expectError({"check", "wrong.py"}, code, contains);
    expectError({"compile", "wrong.py", "-o", "wrong.so"}, code, contains);
  }

  std::vector<std::string> predict(const std::string &model, const std::string &weights,
                                   const std::string &data) const {
    return {"predict", model, "--weights", weights, "--data", data, "--out", "out.npz"};
  }
  std::vector<std::string> evaluate(const std::string &data) const {
    return {"evaluate", "tiny.py", "--weights", "weights.npz", "--data", data};
  }

private:
  static int count(const std::string &text, const std::string &part) {
    int found = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
      ++found;
    return found;
  }
};

//===----------------------------------------------------------------------===//
// Model files
//===----------------------------------------------------------------------===//

TEST_F(BadInput, NamesTheLayerThatWasProbablyMeant) {
  expectModelError("LSTM(5)(x)", "keras.layers.Dens(5)(x)", "unknown-attribute",
                   {"wrong.py:5", "Dense"});
}

TEST_F(BadInput, NamesTheKeywordThatWasProbablyMeant) {
  expectModelError("activation=\"softmax\"", "activaton=\"softmax\"", "unknown-argument",
                   {"wrong.py:6", "activation"});
}

TEST_F(BadInput, NamesTheActivationThatWasProbablyMeant) {
  expectModelError("activation=\"softmax\"", "activation=\"sofmax\"", "unknown-activation",
                   {"wrong.py:6", "softmax"});
}

TEST_F(BadInput, ExplainsAWrongRank) {
  expectModelError("Input(shape=(None, 3)", "Input(shape=(3,)", "rank-mismatch", {"wrong.py:5"});
}

TEST_F(BadInput, ExplainsAxesThatDoNotFit) {
  expectModelError("h = LSTM(5)(x)",
                   "q = Dense(7)(LSTM(5, return_sequences=True)(x))\n"
                   "h = keras.layers.Dot(axes=(2, 2))([q, x])",
                   "dot-sizes", {"wrong.py:6", "7", "3"});
}

TEST_F(BadInput, RefusesFilesThatAreNoModelFiles) {
  expectError({"check", "nothing.py"}, "file-unreadable", {"nothing.py"});
  expectError({"check", "."}, "file-unreadable", {"directory"});
  write("bytes.py", std::string("\xff\xfe\x00\x01", 4));
  expectError({"check", "bytes.py"}, "invalid-utf8");
  write("empty.py", "");
  expectError({"check", "empty.py"}, "model-not-found", {"model"});
  write("text.py", "This is not Python.\n");
  EXPECT_EQ(rondo({"check", "text.py"}).exitCode, 1);
}

TEST_F(BadInput, SurvivesDeepNestingAndEndlessLoops) {
  write("deep.py", "x = " + std::string(100000, '(') + "\n");
  EXPECT_EQ(rondo({"check", "deep.py"}).exitCode, 1);
  write("recursion.py", "def f(n):\n    return f(n + 1)\nmodel = f(0)\n");
  EXPECT_EQ(rondo({"check", "recursion.py"}).exitCode, 1);
  write("loop.py", "while True:\n    pass\n");
  EXPECT_EQ(rondo({"check", "loop.py"}).exitCode, 1);
}

TEST_F(BadInput, AsksForALossWhereOneIsNeeded) {
  std::string text = tinyModel;
  write("bare.py", text.substr(0, text.find("model.compile")));
  writeArrays("data.npz", {inputs(4), labels(4)});
  expectError({"train", "bare.py", "--data", "data.npz", "--out", "w.npz"}, "model-not-compiled",
              {"model.compile"});
  expectError({"evaluate", "bare.py", "--weights", "w.npz", "--data", "data.npz"},
              "model-not-compiled");
}

//===----------------------------------------------------------------------===//
// Libraries and weights
//===----------------------------------------------------------------------===//

TEST_F(BadInput, RefusesLibrariesThatAreNoModels) {
  makeTiny();
  expectError(predict("nothing.so", "weights.npz", "data.npz"), "library-unusable", {"nothing.so"});
  expectError(predict("/lib/x86_64-linux-gnu/libm.so.6", "weights.npz", "data.npz"),
              "library-unusable");
  write("broken.so", "\x7f"
                     "ELF and then nothing of use");
  expectError(predict("broken.so", "weights.npz", "data.npz"), "library-unusable");
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  expectError({"check", "tiny.so"}, "file-unreadable", {"a model file"});
  write("cut.so", read("tiny.so").substr(0, 5000));
  expectError(predict("cut.so", "weights.npz", "data.npz"), "library-unusable");
}

TEST_F(BadInput, RefusesWeightsThatDoNotFit) {
  makeTiny();
  host::ArrayFile good = readArrays("weights.npz");
  auto changed = [&](const std::function<void(std::vector<host::Array> &)> &change) {
    std::vector<host::Array> arrays;
    for (const host::Array &array : good.arrays)
      if (array.name.rfind("optimizer/", 0) != 0)
        arrays.push_back(array);
    change(arrays);
    writeArrays("changed.npz", arrays);
    return predict("tiny.py", "changed.npz", "data.npz");
  };
  auto named = [](std::vector<host::Array> &arrays, const std::string &name) {
    return std::find_if(arrays.begin(), arrays.end(),
                        [&](const host::Array &array) { return array.name == name; });
  };
  writeArrays("changed.npz", {inputs(1)}); // so that the file is there before
  expectError(changed([&](auto &arrays) { arrays.erase(named(arrays, "kind/bias")); }),
              "weights-unusable", {"kind/bias"});
  expectError(changed([&](auto &arrays) { arrays.push_back(floats("extra", {1}, {0})); }),
              "weights-unusable", {"extra"});
  expectError(changed([&](auto &arrays) {
                *named(arrays, "kind/bias") = floats("kind/bias", {5}, {1, 2, 3, 4, 5});
              }),
              "weights-unusable", {"kind/bias", "(5,)", "(4,)"});
  expectError(changed([&](auto &arrays) {
                *named(arrays, "kind/bias") =
                    floats("kind/bias", {4}, {1, 2, std::numeric_limits<float>::quiet_NaN(), 4});
              }),
              "weights-unusable", {"kind/bias", "nan"});
  expectError(predict("tiny.py", "data.npz", "data.npz"), "weights-unusable");
  expectError(predict("tiny.py", "nothing.npz", "data.npz"), "weights-unusable", {"nothing.npz"});
  expectError(predict("tiny.py", ".", "data.npz"), "weights-unusable");
  write("cut.npz", read("weights.npz").substr(0, 700));
  expectError(predict("tiny.py", "cut.npz", "data.npz"), "weights-unusable");
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

TEST_F(BadInput, RefusesDataThatDoNotFit) {
  makeTiny();
  auto data = [&](const std::vector<host::Array> &arrays) {
    writeArrays("bad.npz", arrays);
    return evaluate("bad.npz");
  };
  writeArrays("bad.npz", {inputs(1)});
  expectError(data({inputs(4, 6, 2), labels(4)}), "data-unusable", {"x", "3"});
  host::Array flat = inputs(4);
  flat.shape = {4, 18};
  expectError(data({flat, labels(4)}), "data-unusable", {"x"});
  expectError(data({inputs(4)}), "data-unusable", {"y"});
  expectError(data({labels(4)}), "data-unusable");
  expectError(data({inputs(4), labels(5)}), "data-unusable", {"4", "5"});
  expectError(data({inputs(4), ints("y", {4}, {0, 1, 4, 2})}), "data-unusable", {"4"});
  expectError(data({inputs(4), ints("y", {4}, {0, -1, 3, 2})}), "data-unusable", {"-1"});
  expectError(data({inputs(4), floats("y", {4}, {0, 1, 0.5, 2})}), "data-unusable", {"0.5"});
  expectError(data({inputs(0), labels(0)}), "data-unusable");
  expectError(evaluate("nothing.npz"), "data-unusable", {"nothing.npz"});
  expectError(evaluate("tiny.py"), "data-unusable");
}

TEST_F(BadInput, NamesTheIdThatTheTableHasNot) {
  write("words.py", "import keras\n"
                    "ids = keras.Input((3,), dtype=\"int32\", name=\"ids\")\n"
                    "y = keras.layers.Embedding(7, 2, name=\"words\")(ids)\n"
                    "model = keras.Model(ids, y)\n");
  writeArrays("weights.npz", {floats("words/embeddings", {7, 2}, std::vector<float>(14, 1))});
  writeArrays("data.npz", {ints("ids", {2, 3}, {0, 1, 2, 3, 7, 6})});
  expectError(predict("words.py", "weights.npz", "data.npz"), "data-unusable",
              {"ids", "[1, 1] is 7; there are 7 ids, from 0 to 6"});
  writeArrays("data.npz", {ints("ids", {1, 3}, {0, -1, 2})});
  expectError(predict("words.py", "weights.npz", "data.npz"), "data-unusable", {"[0, 1] is -1"});
  writeArrays("data.npz", {ints("ids", {1, 3}, {0, 6, 2})});
  EXPECT_EQ(rondo(predict("words.py", "weights.npz", "data.npz")).exitCode, 0);
}

TEST_F(BadInput, StopsTrainingWhenTheLossIsNotFinite) {
  makeTiny();
  host::Array values = inputs(8);
  float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(values.bytes.data(), &nan, sizeof nan);
  writeArrays("nan.npz", {values, labels(8)});
  expectError({"train", "tiny.py", "--data", "nan.npz", "--out", "w.npz"}, "training-failed");
}

//===----------------------------------------------------------------------===//
// Files that cannot be written
//===----------------------------------------------------------------------===//

TEST_F(BadInput, SaysWhatCannotBeWritten) {
  makeTiny();
  const std::vector<std::string> train = {"train", "tiny.py", "--data", "data.npz", "--out"};
  // Not a device: a tool that is wrong here would replace it.
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  for (const std::string target : {".", "nowhere/out.npz", "pipe"}) {
    auto arguments = predict("tiny.py", "weights.npz", "data.npz");
    arguments.back() = target;
    expectError(arguments, "file-unwritable", {target});
    arguments = train;
    arguments.push_back(target);
    expectError(arguments, "file-unwritable", {target});
    expectError({"compile", "tiny.py", "-o", target}, "file-unwritable", {target});
    expectError({"compile", "tiny.py", "-o", "tiny.so", "--header", target}, "file-unwritable",
                {target});
  }
}

TEST_F(BadInput, DoesNotOverwriteTheModel) {
  makeTiny();
  auto arguments = predict("tiny.py", "weights.npz", "data.npz");
  arguments.back() = "tiny.py";
  expectError(arguments, "file-unwritable", {"the model itself"});
  expectError({"compile", "tiny.py", "-o", "tiny.py"}, "file-unwritable");
  expectError({"compile", "tiny.py", "--emit=rondo", "-o", "./tiny.py"}, "file-unwritable");
  expectError({"train", "tiny.py", "--data", "data.npz", "--out", "tiny.py"}, "file-unwritable");
  EXPECT_EQ(read("tiny.py"), tinyModel);
}

/// As on a full disk: no file may grow beyond 2 kB.
void limitFileSize() {
  rlimit limit = {2048, 2048};
  setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_F(BadInput, LeavesNothingOnAFullDisk) {
  makeTiny();
  writeArrays("many.npz", {inputs(200), labels(200)});
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  expectError(predict("tiny.so", "weights.npz", "many.npz"), "file-unwritable", {"out.npz"},
              limitFileSize);
  expectError({"compile", "tiny.py", "-o", "other.so"}, "file-unwritable", {"other.so"},
              limitFileSize);
  expectError({"compile", "tiny.py", "--emit=llvm", "-o", "text.mlir"}, "file-unwritable",
              {"text.mlir"}, limitFileSize);
}

TEST_F(BadInput, KeepsTheOldFileWhenANewOneCannotBeWritten) {
  makeTiny();
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  std::string before = read("tiny.so");
  expectError({"compile", "tiny.py", "-o", "tiny.so"}, "file-unwritable", {}, limitFileSize);
  EXPECT_EQ(read("tiny.so"), before);
}

TEST_F(BadInput, NoticesAFullStandardOutput) {
  makeTiny();
  for (const char *arguments : {"evaluate tiny.py --weights weights.npz --data data.npz", "explain",
                                "compile tiny.py --emit=rondo"}) {
    Outcome outcome = run({"sh", "-c", std::string(RONDO_TOOL) + " " + arguments + " >/dev/full"});
    EXPECT_EQ(outcome.exitCode, 1) << arguments;
    EXPECT_NE(outcome.err.find("standard output"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("internal error"), std::string::npos) << outcome.err;
  }
}

} // namespace
} // namespace rondo::test
