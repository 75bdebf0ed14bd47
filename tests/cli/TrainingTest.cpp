//===- TrainingTest.cpp - rondo train ---------------------------*- C++ -*-===//
//
// What training promises: progress, continuing with the same bits, the same
// bits on any number of threads, and weights that are kept after Ctrl-C.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace rondo::test {
namespace {

class Training : public ToolTest {
protected:
  void SetUp() override {
    write("tiny.py", tinyModel);
    writeArrays("data.npz", {inputs(37), labels(37)});
  }

  /// Starts a training of which a sample takes long.
  Process startLarge(const std::string &batchSize) {
    std::string large = tinyModel;
    write("tiny.py", large.replace(large.find("LSTM(5)"), 7, "LSTM(512)"));
    writeArrays("data.npz", {inputs(4000, 100), labels(4000)});
    return start({RONDO_TOOL, "train", "tiny.py", "--data", "data.npz", "--out", "w.npz",
                  "--batch-size", batchSize});
  }

  /// `rondo train tiny.py … --out OUT`, which must work.
  Outcome train(const std::string &out, std::vector<std::string> more) {
    std::vector<std::string> arguments = {"train", "tiny.py", "--data",       "data.npz",
                                          "--out", out,       "--batch-size", "8"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return outcome;
  }
};

TEST_F(Training, ShowsALineForEachEpoch) {
  Outcome outcome = train("w.npz", {"--epochs", "3", "--validation-data", "data.npz"});
  for (const char *part : {"Epoch 1/3 - ", "Epoch 3/3 - ",
                           " - loss: ", " - accuracy: ", " - val_loss: ", " - val_accuracy: "})
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in\n" << outcome.err;
}

TEST_F(Training, LowersTheLoss) {
  train("w.npz", {"--epochs", "60"});
  auto loss = [&](const std::string &weights) {
    Outcome outcome = rondo({"evaluate", "tiny.py", "--weights", weights, "--data", "data.npz"});
    return std::stod(outcome.out.substr(outcome.out.find(' ')));
  };
  train("start.npz", {"--epochs", "1"});
  EXPECT_LT(loss("w.npz"), 0.7 * loss("start.npz"));
}

TEST_F(Training, ContinuesWithTheSameBits) {
  for (const std::string shuffle : {"", "--no-shuffle"}) {
    std::vector<std::string> more = {"--seed", "7"};
    if (!shuffle.empty())
      more.push_back(shuffle);
    auto with = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.end(), more.begin(), more.end());
      return arguments;
    };
    train("whole.npz", with({"--epochs", "5"}));
    train("part.npz", with({"--epochs", "2"}));
    train("rest.npz", with({"--epochs", "3", "--weights", "part.npz"}));
    EXPECT_EQ(read("rest.npz"), read("whole.npz"));
    EXPECT_NE(read("part.npz"), read("whole.npz"));
  }
}

TEST_F(Training, ContinuesWithTheSeedOfTheFile) {
  train("whole.npz", {"--epochs", "4", "--seed", "9"});
  train("part.npz", {"--epochs", "1", "--seed", "9"});
  train("rest.npz", {"--epochs", "3", "--weights", "part.npz"});
  EXPECT_EQ(read("rest.npz"), read("whole.npz"));
}

TEST_F(Training, GivesTheSameBitsOnAnyNumberOfThreads) {
  for (const char *threads : {"1", "2", "3"}) {
    environment["RONDO_NUM_THREADS"] = threads;
    train(std::string("w") + threads + ".npz", {"--epochs", "3"});
  }
  EXPECT_EQ(read("w1.npz"), read("w2.npz"));
  EXPECT_EQ(read("w1.npz"), read("w3.npz"));
}

/// The model with another optimizer than Adam.
std::string withOptimizer(std::string model, const std::string &optimizer) {
  const std::string adam = "Adam(learning_rate=0.01)";
  return model.replace(model.find(adam), adam.size(), optimizer);
}

TEST_F(Training, ContinuesWithTheSameBitsOfEveryOptimizer) {
  for (const char *optimizer :
       {"SGD(0.1, momentum=0.9, nesterov=True, clipvalue=0.01)",
        "Adam(0.01, amsgrad=True, clipnorm=0.05)", "AdamW(0.01)",
        "RMSprop(0.01, momentum=0.5, centered=True, global_clipnorm=0.1, weight_decay=0.01)"}) {
    write("tiny.py", withOptimizer(tinyModel, optimizer));
    train("whole.npz", {"--epochs", "3"});
    environment["RONDO_NUM_THREADS"] = "2";
    train("part.npz", {"--epochs", "1"});
    train("rest.npz", {"--epochs", "2", "--weights", "part.npz"});
    environment.erase("RONDO_NUM_THREADS");
    EXPECT_EQ(read("rest.npz"), read("whole.npz")) << optimizer;
  }
}

TEST_F(Training, ShowsTheLossOfEachOutput) {
  write("two.py", R"(import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 3), name="x")
h = LSTM(5)(x)
model = keras.Model(x, [Dense(4, activation="softmax", name="kind")(h), Dense(1, name="level")(h)])
model.compile(
    optimizer="rmsprop",
    loss={"kind": "sparse_categorical_crossentropy", "level": "mae"},
    loss_weights={"kind": 1.0, "level": 0.5},
    metrics={"kind": "accuracy"},
)
)");
  host::Array kinds = labels(37), levels = floats("target/level", {37}, std::vector<float>(37, 2));
  kinds.name = "target/kind";
  writeArrays("two.npz", {inputs(37), kinds, levels});
  Outcome outcome = rondo({"train", "two.py", "--data", "two.npz", "--out", "w.npz"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  for (const char *part : {" - loss: ", " - kind_loss: ", " - level_loss: ", " - kind_accuracy: "})
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in\n" << outcome.err;
}

TEST_F(Training, SaysWhichLossTakesClassNumbers) {
  std::string model = tinyModel;
  model.replace(model.find("sparse_"), strlen("sparse_"), "");
  write("tiny.py", model);
  Outcome outcome = rondo({"train", "tiny.py", "--data", "data.npz", "--out", "w.npz"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("`sparse_categorical_crossentropy`"), std::string::npos)
      << outcome.err;
}

TEST_F(Training, TakesSequencesOfLabelsOfAnyLength) {
  write("ctc.py", R"(import keras
from keras.layers import LSTM, Dense, Input

x = Input(shape=(None, 3), name="x")
model = keras.Model(x, Dense(4, name="y")(LSTM(5, return_sequences=True)(x)))
model.compile(optimizer=keras.optimizers.SGD(0.01), loss=keras.losses.CTC())
)");
  ASSERT_EQ(rondo({"weights", "ctc.py", "--out", "start.npz"}).exitCode, 0);
  // The same labels, with zeros behind them or not.
  writeArrays("short.npz", {inputs(3), ints("y", {3, 2}, {1, 2, 3, 0, 2, 2})});
  writeArrays("long.npz",
              {inputs(3), ints("y", {3, 5}, {1, 2, 0, 0, 0, 3, 0, 0, 0, 0, 2, 2, 0, 0, 0})});
  writeArrays("other.npz", {inputs(3), ints("y", {3, 3}, {1, 2, 3, 3, 0, 0, 2, 2, 1})});
  for (const std::string data : {"short", "long"}) {
    Outcome outcome = rondo({"train", "ctc.py", "--data", data + ".npz", "--out", data + "-w.npz",
                             "--epochs", "30", "--weights", "start.npz"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }
  auto loss = [&](const std::string &weights, const std::string &data) {
    Outcome outcome = rondo({"evaluate", "ctc.py", "--weights", weights, "--data", data + ".npz"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return std::stod(outcome.out.substr(outcome.out.find(' ')));
  };
  const double before = loss("start.npz", "short");
  EXPECT_NEAR(loss("start.npz", "long"), before, 1e-5);
  EXPECT_GT(std::abs(loss("start.npz", "other") - before), 1e-2);
  const double after = loss("short-w.npz", "short");
  EXPECT_LT(after, before - 1e-2);
  EXPECT_NEAR(loss("long-w.npz", "short"), after, 1e-4);
  // Predictions need no labels, nor to know how many there are.
  writeArrays("x.npz", {inputs(3)});
  Outcome predicted = rondo({"predict", "ctc.py", "--weights", "short-w.npz", "--data", "x.npz",
                             "--out", "predicted.npz"});
  EXPECT_EQ(predicted.exitCode, 0) << predicted.err;

  writeArrays("unknown.npz", {inputs(1), ints("y", {1, 2}, {1, 4})});
  Outcome outcome = rondo({"train", "ctc.py", "--data", "unknown.npz", "--out", "w.npz"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("[0, 1] is 4"), std::string::npos) << outcome.err;
  EXPECT_FALSE(exists("w.npz"));
}

TEST_F(Training, DependsOnTheSeedAndOnNothingElse) {
  train("a.npz", {"--seed", "1"});
  train("b.npz", {"--seed", "1"});
  train("c.npz", {"--seed", "2"});
  EXPECT_EQ(read("a.npz"), read("b.npz"));
  EXPECT_NE(read("a.npz"), read("c.npz"));
}

TEST_F(Training, DoesWhatTheFileSaysOfFit) {
  write("tiny.py", std::string(tinyModel) + R"(
if __name__ == "__main__":
    import numpy as np

    data = np.load("elsewhere.npz")
    model.fit(data["x"], data["y"], epochs=4, batch_size=16)
)");
  Outcome outcome = rondo({"train", "tiny.py", "--data", "data.npz", "--out", "w.npz"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("Epoch 4/4"), std::string::npos) << outcome.err;
  outcome = rondo({"train", "tiny.py", "--data", "data.npz", "--out", "w.npz", "--epochs", "2"});
  EXPECT_NE(outcome.err.find("Epoch 2/2"), std::string::npos) << outcome.err;
}

/// The number of epochs that a child has reported so far.
int epochsIn(const std::string &path) {
  std::ifstream stream(path);
  int lines = 0;
  for (std::string line; std::getline(stream, line);)
    lines += line.rfind("Epoch ", 0) == 0;
  return lines;
}

TEST_F(Training, KeepsTheLastFinishedEpochAfterCtrlC) {
  Process process = start({RONDO_TOOL, "train", "tiny.py", "--data", "data.npz", "--out", "w.npz",
                           "--batch-size", "8", "--epochs", "1000000"});
  for (int tries = 0; epochsIn(process.err) < 3 && tries < 3000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(exists("w.npz"));
  kill(process.id, SIGINT);
  Outcome outcome = wait(process);
  EXPECT_EQ(outcome.exitCode, 130) << outcome.err;
  EXPECT_EQ(files(), (std::vector<std::string>{"data.npz", "tiny.py", "w.npz"}));

  // They are the weights of exactly that epoch.
  size_t last = outcome.err.rfind("Epoch ");
  ASSERT_NE(last, std::string::npos);
  std::string epochs = std::to_string(std::stoi(outcome.err.substr(last + 6)));
  train("same.npz", {"--epochs", epochs});
  EXPECT_EQ(read("w.npz"), read("same.npz"));
}

TEST_F(Training, KeepsTheLastFinishedEpochWhereNobodyReadsTheProgress) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Process process = start({RONDO_TOOL, "train", "tiny.py", "--data", "data.npz", "--out", "w.npz",
                           "--batch-size", "8", "--epochs", "1000000"},
                          [&] { dup2(ends[1], STDERR_FILENO); });
  close(ends[1]);
  // The pipe is full once no more comes: training waits for a reader.
  int filled = 0, before = -1;
  for (int tries = 0; (filled == 0 || filled != before) && tries < 300; ++tries) {
    before = filled;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ASSERT_EQ(ioctl(ends[0], FIONREAD, &filled), 0);
  }
  kill(process.id, SIGINT);
  char block[4096];
  while (::read(ends[0], block, sizeof(block)) > 0)
    ;
  close(ends[0]);
  EXPECT_EQ(wait(process).exitCode, 130);
  EXPECT_TRUE(exists("w.npz"));
}

TEST_F(Training, GoesOnWhereTheProgressCannotBeWritten) {
  Outcome outcome = run({"sh", "-c",
                         std::string(RONDO_TOOL) +
                             " train tiny.py --data data.npz --out w.npz --epochs 3 2>/dev/full"});
  EXPECT_EQ(outcome.exitCode, 0);
  EXPECT_TRUE(exists("w.npz"));
}

TEST_F(Training, StopsAtOnceAfterASecondCtrlC) {
  Process process = startLarge("4000"); // a step takes long
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  kill(process.id, SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  kill(process.id, SIGINT);
  // It exits; a signal that ends it is a way to get 130 from a shell only.
  int status = 0;
  ASSERT_EQ(waitpid(process.id, &status, 0), process.id);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(exists("w.npz"));
}

TEST_F(Training, WritesNothingWhenStoppedInTheFirstEpoch) {
  Process process = startLarge("1"); // an epoch takes minutes
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  kill(process.id, SIGINT);
  EXPECT_EQ(wait(process).exitCode, 130);
  EXPECT_FALSE(exists("w.npz"));
}

} // namespace
} // namespace rondo::test
