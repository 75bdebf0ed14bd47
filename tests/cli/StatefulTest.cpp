//===- StatefulTest.cpp - What layers keep, through the tool ----*- C++ -*-===//
//
// Layers with `stateful=True` go through the data in their order: a batch goes on where the one
// before has ended, in training also from epoch to epoch. Every command begins with zeros.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace rondo::test {
namespace {

/// Two sequences at a time, whose parts have three steps. Training changes nothing, so that its
/// losses are those of the weights that it starts from.
const char *const inParts = R"(import keras
from keras.layers import LSTM, Dense, Input

x = Input(batch_shape=(2, 3, 3), name="x")
model = keras.Model(x, Dense(1, name="y")(LSTM(4, stateful=True)(x)))
model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
)";

/// The same model of whole sequences, with the same weights.
const char *const inOnePiece = R"(import keras
from keras.layers import LSTM, Dense, Input

x = Input((None, 3), name="x")
model = keras.Model(x, Dense(1, name="y")(LSTM(4)(x)))
model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
)";

class Stateful : public ToolTest {
protected:
  void SetUp() override {
    write("parts.py", inParts);
    write("whole.py", inOnePiece);
    EXPECT_EQ(rondo({"weights", "parts.py", "--out", "w.npz"}).exitCode, 0);
    writeParts("parts.npz", 1);
  }

  /// The numbers of part `part` of sequence `sequence`.
  static std::vector<float> partOf(int sequence, int part) {
    std::vector<float> numbers(9);
    for (int i = 0; i < 9; ++i)
      numbers[i] = static_cast<float>(2 * std::sin(31 * sequence + 9 * part + i));
    return numbers;
  }

  /// Both parts of both sequences, first parts first, so many times in a row; targets are twos
  /// behind first parts and threes behind second ones.
  void writeParts(const std::string &file, int times) {
    std::vector<float> x, y;
    for (int batch = 0; batch < 2 * times; ++batch)
      for (int sequence : {0, 1}) {
        llvm::append_range(x, partOf(sequence, batch % 2));
        y.push_back(static_cast<float>(2 + batch % 2));
      }
    writeArrays(file, {floats("x", {4 * times, 3, 3}, x), floats("target/y", {4 * times, 1}, y)});
  }

  /// The first parts alone, or both parts as one sequence of six steps.
  void writeWhole(const std::string &file, int parts) {
    std::vector<float> x;
    for (int sequence : {0, 1})
      for (int part = 0; part < parts; ++part)
        llvm::append_range(x, partOf(sequence, part));
    writeArrays(file, {floats("x", {2, 3 * parts, 3}, x)});
  }

  std::vector<double> predict(const std::string &model, const std::string &data,
                              std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"predict", model, "--weights", "w.npz",
                                          "--data",  data,  "--out",     "out.npz"};
    llvm::append_range(arguments, more);
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    host::ArrayFile file = readArrays("out.npz");
    const host::Array *y = file.find("y");
    if (!y)
      throw std::runtime_error("no predictions");
    if (y->type == host::ElementType::F64) {
      const auto *numbers = reinterpret_cast<const double *>(y->bytes.data());
      return {numbers, numbers + y->size()};
    }
    std::vector<float> numbers = floatsOf(y);
    return {numbers.begin(), numbers.end()};
  }

  double evaluate(const std::string &data) {
    Outcome outcome = rondo({"evaluate", "parts.py", "--weights", "w.npz", "--data", data});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return std::stod(outcome.out.substr(outcome.out.find(' ')));
  }

  /// The loss of each epoch, to four digits.
  std::vector<double> train(const std::string &weights, const std::string &epochs,
                            const std::string &out) {
    Outcome outcome = rondo({"train", "parts.py", "--weights", weights, "--data", "parts.npz",
                             "--out", out, "--no-shuffle", "--epochs", epochs});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    const std::string label = " - loss: ";
    std::vector<double> losses;
    for (size_t at = outcome.err.find(label); at != std::string::npos;
         at = outcome.err.find(label, at + 1))
      losses.push_back(std::stod(outcome.err.substr(at + label.size())));
    return losses;
  }
};

TEST_F(Stateful, PredictsPartsOfSequencesAsWholeOnes) {
  writeWhole("first.npz", 1);
  writeWhole("both.npz", 2);
  std::vector<double> expected = predict("whole.py", "first.npz");
  llvm::append_range(expected, predict("whole.py", "both.npz"));
  for (const std::vector<std::string> &more :
       {std::vector<std::string>{}, std::vector<std::string>{"--reference"}}) {
    std::vector<double> parts = predict("parts.py", "parts.npz", more);
    ASSERT_EQ(parts.size(), expected.size());
    for (size_t i = 0; i < parts.size(); ++i)
      EXPECT_NEAR(parts[i], expected[i], 1e-5) << i;
    // What is kept is in no file: the next command begins anew.
    EXPECT_EQ(predict("parts.py", "parts.npz", more), parts);
  }
  // The test could tell: the second parts alone are something else.
  EXPECT_GT(std::abs(predict("whole.py", "parts.npz")[2] - expected[2]), 1e-3);
}

TEST_F(Stateful, EvaluatesWhatItPredicts) {
  std::vector<double> parts = predict("parts.py", "parts.npz");
  double loss = 0;
  for (size_t i = 0; i < parts.size(); ++i)
    loss += std::pow(parts[i] - (i < 2 ? 2 : 3), 2) / static_cast<double>(parts.size());
  EXPECT_NEAR(evaluate("parts.npz"), loss, 1e-5);
}

TEST_F(Stateful, TrainsOnFromBatchToBatchAndFromEpochToEpoch) {
  writeParts("twice.npz", 2);
  const double first = evaluate("parts.npz"), second = 2 * evaluate("twice.npz") - first;
  EXPECT_GT(std::abs(first - second), 1e-3);
  std::vector<double> losses = train("w.npz", "2", "trained.npz");
  ASSERT_EQ(losses.size(), 2u);
  EXPECT_NEAR(losses[0], first, 1e-4);
  EXPECT_NEAR(losses[1], second, 1e-4);
  // Weights are all that goes on where a training is continued.
  losses = train("trained.npz", "1", "on.npz");
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_NEAR(losses[0], first, 1e-4);
}

TEST_F(Stateful, TakesWholeBatchesOnly) {
  writeArrays("three.npz", {floats("x", {3, 3, 3}, std::vector<float>(27, 1))});
  Outcome outcome = rondo(
      {"predict", "parts.py", "--weights", "w.npz", "--data", "three.npz", "--out", "out.npz"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("the number of samples must be a multiple of 2"), std::string::npos)
      << outcome.err;
  EXPECT_FALSE(exists("out.npz"));
}

} // namespace
} // namespace rondo::test
