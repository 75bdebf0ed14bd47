//===- KerasFilesTest.cpp - Weights to Keras and from it --------*- C++ -*-===//
//
// Files that Keras wrote (tests/cli/keras, made by make_keras_files.py) are read,
// and what the tool writes from them is laid out as they are.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Hdf5.h"
#include "tests/cli/Tool.h"

namespace rondo::test {
namespace {

const std::string keras = RONDO_SOURCE_DIR "/tests/cli/keras/";
const std::string models = RONDO_SOURCE_DIR "/tests/layers/models/";

class KerasFiles : public ToolTest {
protected:
  void SetUp() override { write("tiny.py", tinyModel); }

  void expectSuccess(const std::vector<std::string> &arguments) {
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << testing::PrintToString(arguments) << outcome.err;
    EXPECT_EQ(outcome.err, "");
  }

  /// The one error of a command that must fail and leave nothing behind.
  std::string errorOf(const std::vector<std::string> &arguments) {
    std::vector<std::string> before = files();
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(files(), before);
    // Nothing of the HDF5 library's own stack of errors.
    EXPECT_EQ(outcome.err.find("HDF5-DIAG"), std::string::npos) << outcome.err;
    return outcome.err;
  }
  void expectError(const std::vector<std::string> &arguments,
                   const std::vector<std::string> &contains) {
    std::string text = errorOf(arguments);
    for (const std::string &part : contains)
      EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  std::vector<std::string> convert(const std::string &from) const {
    return {"weights", "tiny.py", "--weights", from, "--out", "out.npz"};
  }

  host::Hdf5File hdf5(const std::string &bytes) const {
    auto file = host::parseHdf5(bytes);
    if (!file)
      throw std::runtime_error(llvm::toString(file.takeError()));
    return std::move(*file);
  }

  host::ArrayFile expected() const {
    auto file = host::readArrays(keras + "tiny.npz");
    if (!file)
      throw std::runtime_error(llvm::toString(file.takeError()));
    return std::move(*file);
  }
};

/// The arrays of a file by name, as bytes.
std::map<std::string, std::vector<char>> byName(const std::vector<host::Array> &arrays) {
  std::map<std::string, std::vector<char>> result;
  for (const host::Array &array : arrays)
    result[array.name] = array.bytes;
  return result;
}

TEST_F(KerasFiles, HoldTheWeightsOfTheirVariables) {
  for (const std::string file : {"tiny.weights.h5", "tiny.keras"}) {
    expectSuccess(convert(keras + file));
    std::map<std::string, std::vector<char>> ours = byName(readArrays("out.npz").arrays);
    std::map<std::string, std::vector<char>> theirs = byName(expected().arrays);
    for (const char *path : {"lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel",
                             "lstm/lstm_cell/bias", "kind/kernel", "kind/bias"}) {
      std::string slot = path;
      std::replace(slot.begin(), slot.end(), '/', '_');
      EXPECT_EQ(ours.at(path), theirs.at(path)) << path;
      EXPECT_EQ(ours.at(std::string("optimizer/momentum/") + path),
                theirs.at("adam/" + slot + "_momentum"));
      EXPECT_EQ(ours.at(std::string("optimizer/velocity/") + path),
                theirs.at("adam/" + slot + "_velocity"));
    }
    EXPECT_EQ(ours.at("optimizer/iteration"), theirs.at("adam/iteration"));
  }
}

TEST_F(KerasFiles, GiveKerasPredictions) {
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  for (const std::string model : {"tiny.py", "tiny.so"}) {
    Outcome outcome = rondo({"predict", model, "--weights", keras + "tiny.weights.h5", "--data",
                             keras + "tiny.npz", "--out", "out.npz"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    std::vector<float> ours = floatsOf(readArrays("out.npz").find("kind"));
    host::ArrayFile file = expected();
    std::vector<float> theirs = floatsOf(file.find("predictions"));
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i)
      EXPECT_NEAR(ours[i], theirs[i], 1e-5 * theirs[i]);
  }
}

// What the tool writes from a file of Keras' has the same groups, names and numbers.
TEST_F(KerasFiles, AreWrittenAsKerasWritesThem) {
  for (const std::string name : {"tiny", "heads", "encoder_decoder", "lambdas", "sequential", "gru",
                                 "simple_rnn"}) {
    SCOPED_TRACE(name);
    std::string model = name == "tiny" ? "tiny.py" : models + name + ".py";
    expectSuccess(
        {"weights", model, "--weights", keras + name + ".weights.h5", "--out", "w.weights.h5"});
    host::Hdf5File ours = hdf5(read("w.weights.h5"));
    host::Hdf5File theirs = hdf5(read(keras + name + ".weights.h5"));
    std::map<std::string, std::vector<char>> expected = byName(theirs.arrays);
    for (const host::Array &array : ours.arrays) {
      if (array.name.rfind("rondo/", 0) == 0)
        continue; // what Keras has no place for
      ASSERT_TRUE(expected.count(array.name)) << array.name;
      EXPECT_EQ(array.bytes, expected[array.name]) << array.name;
      expected.erase(array.name);
    }
    for (const auto &[array, bytes] : expected)
      // The counters of an optimizer that has slots and did nothing yet say nothing.
      EXPECT_TRUE(array == "optimizer/vars/0" || array == "optimizer/vars/1") << array;
    for (const auto &[group, text] : ours.names)
      if (group != "vars") { // the model: a library is named after its file
        EXPECT_EQ(text, theirs.names[group]) << group;
      }
  }
}

TEST_F(KerasFiles, ContinueTrainingWithTheSameBits) {
  writeArrays("data.npz", {inputs(37), labels(37)});
  auto train = [&](const std::string &out, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"train",        "tiny.py", "--data",    "data.npz",
                                          "--seed",       "7",       "--out",     out,
                                          "--batch-size", "8",       "--verbose", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    expectSuccess(arguments);
  };
  train("whole.weights.h5", {"--epochs", "5"});
  train("part.weights.h5", {"--epochs", "2"});
  train("rest.weights.h5", {"--epochs", "3", "--weights", "part.weights.h5"});
  EXPECT_EQ(read("rest.weights.h5"), read("whole.weights.h5"));
  // And across the formats.
  train("whole.npz", {"--epochs", "5"});
  train("rest.npz", {"--epochs", "3", "--weights", "part.weights.h5"});
  EXPECT_EQ(read("rest.npz"), read("whole.npz"));
  // Training that Keras began goes on where it stopped.
  train("more.npz", {"--weights", keras + "tiny.weights.h5"});
  host::ArrayFile more = readArrays("more.npz");
  EXPECT_EQ(*reinterpret_cast<const int64_t *>(more.find("optimizer/iteration")->bytes.data()),
            2 * 3 + 5);
}

TEST_F(KerasFiles, MayHoldAnotherOptimizersState) {
  std::string text = tinyModel;
  const std::string adam = "Adam(learning_rate=0.01)";
  write("tiny.py", text.replace(text.find(adam), adam.size(), "SGD(0.1, momentum=0.9)"));
  Outcome outcome = rondo(convert(keras + "tiny.weights.h5"));
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("another optimizer (`adam`"), std::string::npos) << outcome.err;
  EXPECT_FALSE(readArrays("out.npz").find("optimizer/iteration"));
}

TEST_F(KerasFiles, ThatDoNotFitAreRefused) {
  expectError(convert(keras + "sequential.weights.h5"),
              {"weights-unusable", "lstm/lstm_cell/kernel", "(3, 44)", "(3, 20)",
               "no variable `layers/dense_1/vars/0`"});
  expectError(convert(keras + "tiny.h5"), {"weights-unusable", "Keras 2", "save_weights"});
  expectError(convert("nothing.weights.h5"), {"weights-unusable", "nothing.weights.h5"});
  write("text.weights.h5", "not HDF5 at all");
  expectError(convert("text.weights.h5"), {"weights-unusable", "text.weights.h5"});
  std::string whole = read(keras + "tiny.weights.h5");
  for (size_t size : {9, 100, 2000, 20000}) {
    write("cut.weights.h5", whole.substr(0, size));
    expectError(convert("cut.weights.h5"), {"weights-unusable", "a damaged HDF5 file"});
  }
  std::string archive = read(keras + "tiny.keras");
  write("cut.keras", archive.substr(0, archive.size() / 2));
  expectError(convert("cut.keras"), {"weights-unusable", "cut.keras"});
}

TEST_F(KerasFiles, AreNotWrittenUnderOtherNames) {
  writeArrays("data.npz", {inputs(4), labels(4)});
  for (const std::string name : {"w.h5", "w.keras", "w.hdf5"}) {
    expectError({"weights", "tiny.py", "--out", name}, {"file-unwritable", name, ".weights.h5"});
    expectError({"train", "tiny.py", "--data", "data.npz", "--out", name},
                {"file-unwritable", name});
  }
}

TEST_F(KerasFiles, StartFromASeedWithoutWeights) {
  expectSuccess({"weights", "tiny.py", "--out", "a.npz"});
  expectSuccess({"weights", "tiny.py", "--out", "b.npz", "--seed", "0"});
  expectSuccess({"weights", "tiny.py", "--out", "c.npz", "--seed", "1"});
  EXPECT_EQ(read("a.npz"), read("b.npz"));
  EXPECT_NE(read("a.npz"), read("c.npz"));
}

} // namespace
} // namespace rondo::test
