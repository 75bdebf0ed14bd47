//===- CommandsTest.cpp - Each command of the rondo tool --------*- C++ -*-===//
//
// What docs/cli.md promises of commands, options, files and exit codes.
//
//===----------------------------------------------------------------------===//

#include "tests/cli/Tool.h"
#include <cmath>
#include <nlohmann/json.hpp>

namespace rondo::test {
namespace {

class Commands : public ToolTest {
protected:
  /// The tiny model with one LSTM upon another.
  static std::string stackedModel() {
    std::string text = tinyModel;
    const std::string one = "h = LSTM(5)(x)\n";
    return text.replace(text.find(one), one.size(),
                        "h = LSTM(5, return_sequences=True, name=\"lower\")(x)\n"
                        "h = LSTM(9, name=\"upper\")(h)\n");
  }
};

TEST_F(Commands, TellsItsVersionAndHelp) {
  Outcome version = rondo({"--version"});
  EXPECT_EQ(version.exitCode, 0);
  EXPECT_EQ(version.out.rfind("rondo ", 0), 0u) << version.out;
  for (const char *command : {"check", "summary", "compile", "train", "evaluate", "predict",
                              "gradients", "weights", "bench", "explain", "lsp"}) {
    EXPECT_NE(rondo({"--help"}).out.find(command), std::string::npos) << command;
    EXPECT_EQ(rondo({command, "--help"}).exitCode, 0) << command;
  }
}

TEST_F(Commands, EndsWithTwoOnWrongUsage) {
  write("tiny.py", tinyModel);
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"frobnicate"},
      {"check"},
      {"check", "tiny.py", "--frobnicate"},
      {"check", "tiny.py", "--format=xml"},
      {"compile", "tiny.py"},
      {"compile", "tiny.py", "-o", "tiny.so", "--emit=frob"},
      {"compile", "tiny.py", "-o", "tiny.so", "--target-cpu=z80"},
      {"compile", "tiny.py", "-o", "tiny.so", "--disable-rewrite=cse,frob"},
      {"compile", "tiny.py", "--report=frob"},
      {"compile", "tiny.py", "--at", "B=2,T=3"},
      {"compile", "tiny.py", "--report=cost", "--at", "B=2,T=none"},
      {"compile", "tiny.py", "--header", "tiny.h"},
      {"compile", "tiny.py", "--emit=rondo", "-o", "tiny.mlir", "--header", "tiny.h"},
      {"train", "tiny.py", "--data", "data.npz"},
      {"train", "tiny.py", "--data", "data.npz", "--out", "w.npz", "--epochs", "0"},
      {"train", "tiny.py", "--data", "data.npz", "--out", "w.npz", "--epochs", "many"},
      {"train", "tiny.py", "--data", "data.npz", "--out", "w.npz", "--verbose", "3"},
      {"predict", "tiny.py", "--data", "data.npz", "--out", "out.npz"},
      {"predict", "tiny.py", "--weights", "w.npz", "--data", "d.npz", "--out", "o.npz",
       "--kernels=fast"},
      {"summary"},
      {"summary", "tiny.py", "--format=xml"},
      {"weights", "tiny.py", "--weights", "w.npz"},
      {"bench", "tiny.py", "--batch", "0"},
      {"bench", "tiny.py", "--threads", "no"},
      {"bench", "tiny.py", "--seconds", "nan"},
      {"bench", "tiny.py", "--seconds", "inf"},
      {"bench", "tiny.py", "--seconds", "-1"},
      {"bench", "tiny.py", "--seed", "-1"},
      {"bench", "tiny.py", "--seed", "18446744073709551616"},
      {"weights", "tiny.py", "--out", "w.npz", "--seed", "1e3"},
      {"train", "tiny.py", "--data", "data.npz", "--out", "w.npz", "--seed", "99999999999999999999"},
      {"explain", "unknown-name", "unknown-layer"},
  };
  for (const auto &arguments : wrong) {
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 2) << testing::PrintToString(arguments) << outcome.err;
    EXPECT_NE(outcome.err.find("rondo: "), std::string::npos);
  }
  EXPECT_EQ(files(), std::vector<std::string>{"tiny.py"});
}

TEST_F(Commands, ChecksAModel) {
  write("tiny.py", tinyModel);
  Outcome text = rondo({"check", "tiny.py"});
  EXPECT_EQ(text.exitCode, 0) << text.err;
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(rondo({"check", "tiny.py", "--format=json"}).out, "[]\n");
}

TEST_F(Commands, TakesTheModelFromTheVariableThatIsNamed) {
  std::string text = tinyModel;
  for (size_t at = 0; (at = text.find("model", at)) != std::string::npos; at += 5)
    text.replace(at, 5, "other");
  write("tiny.py", text);
  EXPECT_EQ(rondo({"check", "tiny.py"}).exitCode, 1);
  EXPECT_EQ(rondo({"check", "tiny.py", "--model", "other"}).exitCode, 0);
}

TEST_F(Commands, CompilesALibraryWithItsHeader) {
  write("tiny.py", tinyModel);
  Outcome outcome = rondo({"compile", "tiny.py", "-o", "my-model.so", "--header", "tiny.h"});
  ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_EQ(files(), (std::vector<std::string>{"my-model.so", "tiny.h", "tiny.py"}));
  EXPECT_NE(read("tiny.h").find("my_model_rondo_model"), std::string::npos);
  EXPECT_LT(std::filesystem::file_size(path("my-model.so")), 1u << 20);
}

TEST_F(Commands, PrintsEveryLevel) {
  write("tiny.py", tinyModel);
  const std::vector<std::pair<std::string, std::string>> levels = {{"rondo", "rondo.lstm"},
                                                                   {"simplified", "rondo.lstm"},
                                                                   {"gradients", "rondo.lstm_grad"},
                                                                   {"kernels", "kernel."},
                                                                   {"buffers", "kernel.buffer"},
                                                                   {"llvm", "llvm.func"},
                                                                   {"asm", ".text"},
                                                                   {"obj", "\x7f"
                                                                           "ELF"}};
  for (const auto &[level, contains] : levels) {
    Outcome outcome = rondo({"compile", "tiny.py", "--emit=" + level});
    EXPECT_EQ(outcome.exitCode, 0) << level << outcome.err;
    EXPECT_NE(outcome.out.find(contains), std::string::npos) << level;

    Outcome toFile = rondo({"compile", "tiny.py", "--emit=" + level, "-o", "level.txt"});
    EXPECT_EQ(toFile.exitCode, 0) << level << toFile.err;
    EXPECT_EQ(toFile.out, "");
    EXPECT_EQ(read("level.txt"), outcome.out) << level;
  }
}

TEST_F(Commands, CompilesForTheProcessorsAskedFor) {
  write("tiny.py", tinyModel);
  auto assembly = [&](const std::string &cpu) {
    Outcome outcome = rondo({"compile", "tiny.py", "--emit=asm", "--target-cpu=" + cpu});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    return outcome.out;
  };
  EXPECT_EQ(assembly("x86-64-v3").find("%zmm"), std::string::npos);
  EXPECT_NE(assembly("x86-64-v3").find("%ymm"), std::string::npos);
  EXPECT_NE(assembly("x86-64-v4").find("%zmm"), std::string::npos);
  EXPECT_EQ(assembly("portable"), assembly("x86-64-v4"));
  for (const char *cpu : {"portable", "native", "x86-64-v3", "x86-64-v4"})
    EXPECT_EQ(
        rondo({"compile", "tiny.py", "-o", "tiny.so", std::string("--target-cpu=") + cpu}).exitCode,
        0);
}

/// Two layers: memory is short in the backward pass of the upper one.
/// What `--emit=residuals` prints, without the line about the arena, whose size
/// depends on the instruction set.
std::string withoutArena(const std::string &table) {
  size_t last = table.rfind('\n', table.size() - 2) + 1;
  EXPECT_NE(table.find(" bytes of arena\n", last), std::string::npos) << table;
  return table.substr(0, last);
}

TEST_F(Commands, TellsWhatTrainingKeeps) {
  write("stacked.py", stackedModel());
  Outcome outcome = rondo({"compile", "stacked.py", "--emit=residuals", "--at=B=7,T=9"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_EQ(withoutArena(outcome.out), R"(bytes                        here  shape                decision   op                       layer
20*B*T                       1260  (B, T, 5)            save       rondo.lstm               lower  stacked.py:5
80*B*T                       5040  (B, T, 20)           save       rondo.lstm               lower  stacked.py:5
20*B*T                       1260  (B, T, 5)            save       rondo.lstm               lower  stacked.py:5
36*B*T                       2268  (B, T, 9)            save       rondo.lstm               upper  stacked.py:6
36*B                          252  (B, 9)               save       rondo.lstm               upper  stacked.py:6
144*B*T                      9072  (B, T, 36)           save       rondo.lstm               upper  stacked.py:6
36*B*T                       2268  (B, T, 9)            save       rondo.lstm               upper  stacked.py:6
16*B                          112  (B, 4)               save       rondo.softmax            kind  stacked.py:7
16*B                          112  (B, 4)               save       rondo.one_hot            stacked.py:8
4                               4  ()                   save       rondo.size               stacked.py:8
68*B+336*B*T+4 bytes saved, here 21648
)");

  outcome = rondo({"compile", "stacked.py", "--emit=residuals", "--at=B=7,T=900",
                   "--memory-budget=x0.9"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(withoutArena(outcome.out), R"(bytes                        here  shape                decision   op                       layer
20*B*T                     126000  (B, T, 5)            save       rondo.lstm               lower  stacked.py:5
36*B*T                     226800  (B, T, 9)            save       rondo.lstm               upper  stacked.py:6
36*B                          252  (B, 9)               save       rondo.lstm               upper  stacked.py:6
144*B*T                    907200  (B, T, 36)           save       rondo.lstm               upper  stacked.py:6
36*B*T                     226800  (B, T, 9)            save       rondo.lstm               upper  stacked.py:6
16*B                          112  (B, 4)               save       rondo.softmax            kind  stacked.py:7
16*B                          112  (B, 4)               save       rondo.one_hot            stacked.py:8
4                               4  ()                   save       rondo.size               stacked.py:8
80*B*T                     504000  (B, T, 20)           recompute  rondo.lstm_grad          lower  stacked.py:5
20*B*T                     126000  (B, T, 5)            recompute  rondo.lstm_grad          lower  stacked.py:5
68*B+236*B*T+4 bytes saved, here 1487280
)");
}

TEST_F(Commands, KeepsToAMemoryBudget) {
  write("stacked.py", stackedModel());
  const std::vector<std::string> bench = {"bench",       "stacked.py",  "--train",
                                          "--batch=8",   "--steps=300", "--seconds=0",
                                          "--json=bench.json"};
  auto arenaOf = [&](const std::string &budget) {
    std::vector<std::string> arguments = bench;
    if (!budget.empty())
      arguments.push_back("--memory-budget=" + budget);
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return nlohmann::json::parse(read("bench.json"))["arena_bytes"].get<int64_t>();
  };
  int64_t everything = arenaOf("");
  EXPECT_EQ(arenaOf("x1"), everything);
  EXPECT_EQ(arenaOf("1G"), everything);
  EXPECT_LE(arenaOf("x0.9"), 0.9 * everything);
  int64_t kilobytes = everything / 1024 - 1;
  EXPECT_LE(arenaOf(std::to_string(kilobytes) + "K"), kilobytes * 1024);
}

TEST_F(Commands, ComputesTheSameUnderAMemoryBudget) {
  write("stacked.py", stackedModel());
  writeArrays("data.npz", {inputs(10), labels(10)});
  std::vector<float> cotangents;
  for (int i = 0; i < 40; ++i)
    cotangents.push_back(std::cos(1.3f * i));
  writeArrays("cotangents.npz", {floats("kind", {10, 4}, cotangents)});
  ASSERT_EQ(rondo({"weights", "stacked.py", "--out", "vector.npz"}).exitCode, 0);
  for (const char *budget : {"x0.9", "x1"}) {
    std::string weights = std::string(budget) + ".weights.npz";
    Outcome trained = rondo({"train", "stacked.py", "--data", "data.npz", "--out", weights,
                             "--at=T=300", "--memory-budget", budget});
    ASSERT_EQ(trained.exitCode, 0) << trained.err;
    auto gradients = [&](const std::string &out, std::vector<std::string> what) {
      std::vector<std::string> arguments = {
          "gradients",  "stacked.py", "--weights",         weights,
          "--data",     "data.npz",   "--memory-budget",   budget,
          "--at=T=300", "--out",      budget + ("." + out)};
      arguments.insert(arguments.end(), what.begin(), what.end());
      Outcome outcome = rondo(arguments);
      EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
      return outcome.err;
    };
    EXPECT_EQ(gradients("gradients.npz", {}), "");
    EXPECT_EQ(gradients("vjp.npz", {"--cotangents", "cotangents.npz"}), "");
    // Which saves everything.
    std::string warning = gradients("hvp.npz", {"--hessian-vector", "vector.npz"});
    EXPECT_EQ(warning.find("warning: `hvp` needs an arena of ") != std::string::npos,
              std::string(budget) == "x0.9")
        << warning;
    EXPECT_EQ(warning.find("help: it saves everything") != std::string::npos,
              std::string(budget) == "x0.9")
        << warning;
  }
  for (const char *file : {"weights.npz", "gradients.npz", "vjp.npz", "hvp.npz"})
    EXPECT_EQ(read(std::string("x0.9.") + file), read(std::string("x1.") + file)) << file;
}

TEST_F(Commands, ComputesInSegmentsUnderASmallMemoryBudget) {
  write("stacked.py", stackedModel());
  ASSERT_EQ(rondo({"weights", "stacked.py", "--out", "weights.npz"}).exitCode, 0);
  for (int64_t steps : {1, 2, 5, 16, 17, 40, 300}) {
    constexpr int64_t batch = 7;
    std::vector<float> values;
    for (int64_t i = 0; i < batch * steps * 3; ++i)
      values.push_back(std::sin(0.7f * i));
    writeArrays("data.npz", {floats("x", {batch, steps, 3}, values),
                             ints("y", {batch}, {0, 1, 2, 3, 0, 1, 2})});
    std::vector<float> cotangents;
    for (int i = 0; i < batch * 4; ++i)
      cotangents.push_back(std::cos(1.3f * i));
    writeArrays("cotangents.npz", {floats("kind", {batch, 4}, cotangents)});
    using Options = std::vector<std::string>;
    std::vector<Options> wanted = {{}}; // of the loss, once also of the output
    if (steps == 40)
      wanted.push_back({"--cotangents", "cotangents.npz"});
    for (const Options &options : wanted) {
      auto gradients = [&](const std::string &budget, const std::string &threads) {
        environment["RONDO_NUM_THREADS"] = threads;
        Options arguments = {"gradients",
                             "stacked.py",
                             "--weights",
                             "weights.npz",
                             "--data",
                             "data.npz",
                             "--at=T=1000",
                             "--out",
                             budget + "-" + threads + ".npz",
                             "--memory-budget=" + budget};
        arguments.insert(arguments.end(), options.begin(), options.end());
        Outcome outcome = rondo(arguments);
        EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
        EXPECT_EQ(outcome.err, "");
        return readArrays(budget + "-" + threads + ".npz");
      };
      host::ArrayFile saving = gradients("x1", "1"), segments = gradients("x0.3", "1");
      gradients("x0.3", "2");
      EXPECT_EQ(read("x0.3-1.npz"), read("x0.3-2.npz"));
      ASSERT_EQ(saving.arrays.size(), segments.arrays.size());
      for (const host::Array &array : saving.arrays) {
        std::vector<float> expected = floatsOf(&array),
                           actual = floatsOf(segments.find(array.name));
        float largest = 0;
        for (float value : expected)
          largest = std::max(largest, std::abs(value));
        // One step has no state before it, so nothing of the recurrent kernels.
        if (steps > 1) {
          EXPECT_GT(largest, 0) << array.name;
        }
        // Sums over up to 2100 terms, in two orders.
        for (size_t i = 0; i < expected.size(); ++i)
          EXPECT_NEAR(actual[i], expected[i], 1e-5 * largest) << array.name << ", " << steps;
      }
    }
  }
}

TEST_F(Commands, WarnsOfAMemoryBudgetThatCannotBeMet) {
  makeTiny();
  Outcome outcome = rondo({"train", "tiny.py", "--data", "data.npz", "--out", "w.npz",
                           "--batch-size=5", "--at=T=40", "--memory-budget=100"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  for (const char *part : {"warning: training needs an arena of ",
                           " bytes with B = 5, T = 40: the budget of 100 bytes cannot be met",
                           "[memory-budget-missed]", "help: saving everything takes "})
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  EXPECT_TRUE(exists("w.npz"));
}

TEST_F(Commands, RefusesMemoryBudgetsThatAreNone) {
  makeTiny();
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  auto refused = [&](std::vector<std::string> arguments, int exitCode, const char *why) {
    Outcome outcome = rondo(arguments);
    EXPECT_EQ(outcome.exitCode, exitCode) << outcome.err;
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
    EXPECT_FALSE(exists("out.so"));
  };
  for (const char *budget :
       {"", "x", "x0", "x1.5", "-x0.5", "x0.5x", "xnan", "half", "-1", "1.5G", "1T", "0x10",
        "9223372036854775808", "9223372036854775807K"})
    refused({"compile", "tiny.py", "-o", "out.so", std::string("--memory-budget=") + budget}, 2,
            "--memory-budget");
  for (const char *sizes : {"B", "B=", "B=0", "B=-1", "B=1,B=2", "=3", "B=3,", "T=2147483648"})
    refused({"compile", "tiny.py", "-o", "out.so", "--memory-budget=1M",
             std::string("--at=") + sizes},
            2, "--at");
  refused({"compile", "tiny.py", "-o", "out.so", "--memory-budget=1M", "--at=S=3"}, 1,
          "`S` is no size that the model leaves open; those are: B, T [option-unsupported]");
  refused({"compile", "tiny.py", "-o", "out.so", "--memory-budget=1M", "--kernels=onednn"}, 1,
          "`--memory-budget` needs generated kernels");
  refused({"bench", "tiny.py", "--memory-budget=1M"}, 2, "--train");
  refused({"bench", "tiny.so", "--train", "--memory-budget=1M"}, 1,
          "`--memory-budget` comes too late");
  write("plain.py", "from keras import Input, Model, layers\nx = Input((3,))\n"
                    "model = Model(x, layers.Dense(2)(x))\n");
  refused({"compile", "plain.py", "-o", "out.so", "--memory-budget=1M"}, 1, "model-not-compiled");
  refused({"compile", "tiny.py", "-o", "out.so", "--memory-budget=1M", "--entries=forward"}, 1,
          "`--memory-budget` limits entries with gradients, and `--entries` asks for none "
          "[option-unsupported]");
}

TEST_F(Commands, KeepsVectorJacobianProductsToAMemoryBudget) {
  // They need no loss.
  std::string model = stackedModel();
  write("plain.py", model.substr(0, model.find("model.compile(")));
  auto compile = [&](const std::string &budget) {
    Outcome outcome = rondo({"compile", "plain.py", "-o", "plain.so", "--entries=vjp",
                             "--memory-budget=" + budget, "--at=B=8,T=300"});
    EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_TRUE(exists("plain.so"));
    return outcome.err;
  };
  EXPECT_EQ(compile("x0.5"), "");
  std::string warning = compile("1K");
  for (const char *part : {"warning: `vjp` needs an arena of ",
                           " bytes with B = 8, T = 300: the budget of 1024 bytes cannot be met "
                           "[memory-budget-missed]",
                           "help: saving everything takes "})
    EXPECT_NE(warning.find(part), std::string::npos) << part << " in " << warning;
}

TEST_F(Commands, ReportsWhatAModelCosts) {
  write("tiny.py", tinyModel);
  Outcome outcome = rondo({"compile", "tiny.py", "--report=cost"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  // Products of three features and five units with twenty gates.
  size_t lstm = outcome.out.find("320*B*T ");
  ASSERT_NE(lstm, std::string::npos) << outcome.out;
  std::string line = outcome.out.substr(lstm, outcome.out.find('\n', lstm) - lstm);
  // It reads x, both kernels and the bias; only the last state is used.
  for (const char *part : {"20*B+12*B*T+720", "rondo.lstm", "lstm", "tiny.py:5"})
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  for (const char *part : {"@forward: ", "@evaluate: ", "@train_step: ", "sum-over-queries"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part;

  outcome = rondo({"compile", "tiny.py", "--report=cost", "--at", "B=10,T=100"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  EXPECT_NE(outcome.out.find(" 320,000 "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find(" 12,920 "), std::string::npos) << outcome.out;

  outcome = rondo({"compile", "tiny.py", "--report=cost", "--at", "B=10"});
  EXPECT_EQ(outcome.exitCode, 1);
  EXPECT_NE(outcome.err.find("open are B, T"), std::string::npos) << outcome.err;
  EXPECT_EQ(files(), std::vector<std::string>{"tiny.py"});
}

TEST_F(Commands, ReportsThatAnElementwiseChainMakesOnePassOverMemory) {
  write("chain.py", "import keras\n"
                    "from keras import layers, ops\n"
                    "x = keras.Input((None, 8))\n"
                    "y = layers.Lambda(lambda t: ops.tanh(2.0 * t + 1.0) * ops.sigmoid(t))(x)\n"
                    "model = keras.Model(x, layers.ELU()(layers.Add()([x, y])))\n");
  Outcome outcome = rondo({"compile", "chain.py", "--report=cost", "--at", "B=10,T=100"});
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  const std::string title = "@forward: bytes that each kernel reads and writes\n";
  size_t start = outcome.out.find(title);
  ASSERT_NE(start, std::string::npos) << outcome.out;
  // The input once, the output once, of four bytes each.
  std::string table = outcome.out.substr(start + title.size());
  EXPECT_EQ(table.find("64*B*T "), 0u) << table;
  std::string line = table.substr(0, table.find('\n'));
  for (const char *part : {" 64,000 ", "kernel.map", "chain.py:"})
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  EXPECT_EQ(table.substr(line.size() + 1).find("64*B*T "), 0u) << table;
}

TEST_F(Commands, TakesKernelsFromEitherSource) {
  makeTiny();
  std::vector<std::vector<float>> outputs;
  for (const char *kernels : {"generated", "onednn", "auto"}) {
    Outcome outcome = rondo({"predict", "tiny.py", "--weights", "weights.npz", "--data", "data.npz",
                             "--out", "out.npz", "--kernels", kernels});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    outputs.push_back(floatsOf(readArrays("out.npz").find("kind")));
  }
  for (size_t i = 0; i < outputs[0].size(); ++i)
    EXPECT_NEAR(outputs[1][i], outputs[0][i], 1e-5 * outputs[0][i]);
  EXPECT_EQ(outputs[2], outputs[0]);
}

TEST_F(Commands, PredictsAlikeFromTheFileAndFromTheLibrary) {
  makeTiny();
  ASSERT_EQ(rondo({"compile", "tiny.py", "-o", "tiny.so"}).exitCode, 0);
  for (const char *model : {"tiny.py", "tiny.so"}) {
    std::string out = std::string(model) + ".npz";
    Outcome outcome =
        rondo({"predict", model, "--weights", "weights.npz", "--data", "data.npz", "--out", out});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  }
  EXPECT_EQ(read("tiny.py.npz"), read("tiny.so.npz"));
  host::ArrayFile file = readArrays("tiny.so.npz");
  ASSERT_EQ(file.arrays.size(), 1u);
  EXPECT_EQ(file.arrays[0].name, "kind");
  EXPECT_EQ(file.arrays[0].shape, (std::vector<int64_t>{10, 4}));
  std::vector<float> rows = floatsOf(&file.arrays[0]);
  for (size_t i = 0; i < rows.size(); i += 4)
    EXPECT_NEAR(rows[i] + rows[i + 1] + rows[i + 2] + rows[i + 3], 1, 1e-5);
}

TEST_F(Commands, PredictsSeveralOutputsOfOneLayer) {
  writeArrays("data.npz", {inputs(10)});
  write("twice.py",
        "import keras\nfrom keras import layers\n"
        "x = keras.Input((None, 3), name='x')\n"
        "h = layers.LSTM(4)(x)\n"
        "d = layers.Dense(2, name='d')\n"
        "model = keras.Model(x, [d(h), d(layers.LSTM(4, return_sequences=True)(x))])\n");
  ASSERT_EQ(rondo({"weights", "twice.py", "--out", "w.npz"}).exitCode, 0);
  Outcome outcome = rondo(
      {"predict", "twice.py", "--weights", "w.npz", "--data", "data.npz", "--out", "out.npz"});
  ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  host::ArrayFile file = readArrays("out.npz");
  ASSERT_EQ(file.arrays.size(), 2u);
  EXPECT_EQ(file.find("d")->shape.size(), 2u);
  EXPECT_EQ(file.find("d_1")->shape.size(), 3u);
}

TEST_F(Commands, EvaluatesAsTextAndAsJson) {
  makeTiny();
  Outcome text = rondo({"evaluate", "tiny.py", "--weights", "weights.npz", "--data", "data.npz"});
  ASSERT_EQ(text.exitCode, 0) << text.err;
  double loss = 0, accuracy = 0;
  ASSERT_EQ(sscanf(text.out.c_str(), "loss: %lf\naccuracy: %lf\n", &loss, &accuracy), 2)
      << text.out;
  Outcome json =
      rondo({"evaluate", "tiny.py", "--weights", "weights.npz", "--data", "data.npz", "--json"});
  nlohmann::json scores = nlohmann::json::parse(json.out);
  EXPECT_NEAR(scores["loss"].get<double>(), loss, 1e-6);
  EXPECT_NEAR(scores["accuracy"].get<double>(), accuracy, 1e-6);
}

TEST_F(Commands, WritesGradients) {
  makeTiny();
  Outcome outcome = rondo(
      {"gradients", "tiny.py", "--weights", "weights.npz", "--data", "data.npz", "--out", "g.npz"});
  ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  host::ArrayFile file = readArrays("g.npz");
  const host::Array *loss = file.find("loss");
  ASSERT_NE(loss, nullptr);
  EXPECT_TRUE(loss->shape.empty());
  const std::map<std::string, std::vector<int64_t>> expected = {
      {"grad/lstm/lstm_cell/kernel", {3, 20}},
      {"grad/lstm/lstm_cell/recurrent_kernel", {5, 20}},
      {"grad/lstm/lstm_cell/bias", {20}},
      {"grad/kind/kernel", {5, 4}},
      {"grad/kind/bias", {4}},
      {"gradin/x", {10, 6, 3}}};
  for (const auto &[name, shape] : expected) {
    const host::Array *array = file.find(name);
    ASSERT_NE(array, nullptr) << name;
    EXPECT_EQ(array->shape, shape) << name;
  }
  EXPECT_EQ(file.arrays.size(), expected.size() + 1);
}

TEST_F(Commands, TakesASingleInputUnderAnyNameAndOtherDtypesWithCare) {
  makeTiny();
  host::Array renamed = inputs(10);
  renamed.name = "whatever";
  writeArrays("renamed.npz", {renamed});
  host::Array doubles = inputs(10);
  std::vector<float> values = floatsOf(&doubles);
  std::vector<double> wide(values.begin(), values.end());
  doubles.type = host::ElementType::F64;
  doubles.bytes.assign(reinterpret_cast<char *>(wide.data()),
                       reinterpret_cast<char *>(wide.data() + wide.size()));
  writeArrays("doubles.npz", {doubles});
  for (const std::string name : {"data", "renamed", "doubles"}) {
    Outcome outcome = rondo({"predict", "tiny.py", "--weights", "weights.npz", "--data",
                             name + ".npz", "--out", name + "-out.npz"});
    ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
    EXPECT_EQ(read(name + "-out.npz"), read("data-out.npz"));
  }
}

TEST_F(Commands, NamesArraysThatNothingAsksFor) {
  makeTiny();
  host::Array misspelled = labels(10);
  misspelled.name = "sample_wieght";
  host::ArrayFile data = readArrays("data.npz");
  data.arrays.push_back(misspelled);
  writeArrays("surplus.npz", data.arrays);
  auto evaluate = [&](const std::string &file) {
    return rondo({"evaluate", "tiny.py", "--weights", "weights.npz", "--data", file});
  };
  Outcome plain = evaluate("data.npz"), surplus = evaluate("surplus.npz");
  EXPECT_EQ(plain.err.find("[data-ignored]"), std::string::npos) << plain.err;
  EXPECT_EQ(surplus.err,
            "note: array `sample_wieght` in `surplus.npz` is not used [data-ignored]\n");
  EXPECT_EQ(surplus.exitCode, 0);
  EXPECT_EQ(surplus.out, plain.out);
}

} // namespace
} // namespace rondo::test
