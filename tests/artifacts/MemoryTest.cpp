//===- MemoryTest.cpp - Budgets for the memory of gradients ---------------===//
//
// What the compiler says of an arena is what the artifact asks for, and a budget
// that can be met is kept.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/host/Artifact.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

constexpr int64_t kBatch = 3, kSteps = 60;

/// A layer that is a loop, which keeps its carries whatever the budget.
constexpr const char *kLoop = R"(import keras
from keras import layers
x = keras.Input((None, 3))
t = layers.LSTM(2, activation="softmax", return_sequences=True)(x)
t = layers.Dense(32, activation="gelu")(layers.Dense(32, activation="gelu")(t))
model = keras.Model(x, t)
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
)";

/// What the compiler says came of a budget, and what the artifact says.
struct Entries {
  MemoryOutcome outcome;
  int64_t arena = 0; ///< the largest
};

/// Entries that save the same.
using Group = std::vector<DerivedEntry>;
const Group kTraining = {DerivedEntry::LossAndGradients, DerivedEntry::TrainStep};
const Group kVjp = {DerivedEntry::Vjp};
const Group kHvp = {DerivedEntry::Hvp}; // everything, under any budget

rondo_entry entryOf(DerivedEntry entry) {
  switch (entry) {
  case DerivedEntry::LossAndGradients:
    return RONDO_LOSS_AND_GRADIENTS;
  case DerivedEntry::TrainStep:
    return RONDO_TRAIN_STEP;
  case DerivedEntry::Vjp:
    return RONDO_VJP;
  case DerivedEntry::Hvp:
    return RONDO_HVP;
  }
  throw std::logic_error("not an entry");
}

class Memory : public testing::TestWithParam<const char *> {
protected:
  void TearDown() override {
    std::error_code ignored;
    fs::remove(library, ignored);
  }

  /// Compiles a model of tests/layers under a budget.
  std::vector<Entries> compile(std::optional<MemoryBudget> budget,
                               const std::vector<Group> &groups) {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    diagnostics::Engine engine;
    std::string path = std::string(RONDO_MODELS "/") + GetParam() + ".py";
    std::optional<std::string> text;
    if (llvm::StringRef(GetParam()) == "loop")
      text = kLoop;
    auto loaded = frontend::loadModelFile(context, path, {}, engine, text);
    if (!loaded)
      throw std::runtime_error(engine.render());
    std::vector<MemoryOutcome> outcomes;
    CompileOptions options;
    options.entries.clear();
    for (const Group &group : groups)
      options.entries.insert(options.entries.end(), group.begin(), group.end());
    options.isas = {hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2};
    options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
    options.memoryBudget = budget;
    options.memoryOutcomes = &outcomes;
    options.sizes.batch = kBatch;
    options.sizes.steps = kSteps;
    if (llvm::Error error = compileArtifact(*loaded->module, options, library, ""))
      throw std::runtime_error(llvm::toString(std::move(error)));
    llvm::Expected<host::Artifact> artifact = host::Artifact::open(library);
    if (!artifact)
      throw std::runtime_error(llvm::toString(artifact.takeError()));
    const rondo_model &model = artifact->model();
    std::vector<int64_t> dims;
    for (int32_t i = 0; i < model.num_symbols; ++i)
      dims.push_back(model.symbols[i] == std::string("B") ? kBatch : kSteps);
    EXPECT_EQ(outcomes.size(), budget ? groups.size() : 0);
    std::vector<Entries> compiled(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) {
      if (budget) {
        compiled[i].outcome = outcomes.at(i);
        EXPECT_EQ(outcomes[i].entries, groups[i]);
      }
      for (DerivedEntry entry : groups[i]) {
        int64_t bytes = 0;
        EXPECT_EQ(model.arena_size(&model, entryOf(entry), dims.data(), &bytes), RONDO_OK);
        compiled[i].arena = std::max(compiled[i].arena, bytes);
      }
    }
    return compiled;
  }

  static constexpr int64_t kNothing = 0; // a budget that gives the smallest arena

private:
  fs::path library =
      fs::temp_directory_path() / ("rondo-memory-" + std::to_string(getpid()) + ".so");
};

} // namespace

TEST_P(Memory, isCountedAsTheArtifactCounts) {
  const std::vector<Group> groups = {kTraining, kVjp, kHvp};
  std::vector<Entries> saving = compile(std::nullopt, groups);
  std::vector<Entries> allowed = compile(MemoryBudget{}, groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT_EQ(allowed[i].outcome.everything, saving[i].arena);
    EXPECT_EQ(allowed[i].outcome.allowed, saving[i].arena);
    EXPECT_EQ(allowed[i].outcome.reached, saving[i].arena);
    EXPECT_EQ(allowed[i].arena, saving[i].arena);
  }
}

TEST_P(Memory, isAsSmallAsPossibleWhereABudgetCannotBeMet) {
  std::vector<Entries> least = compile(MemoryBudget{kNothing}, {kTraining, kVjp, kHvp});
  for (const Entries &each : least) {
    EXPECT_EQ(each.outcome.allowed, 0);
    EXPECT_EQ(each.arena, each.outcome.reached);
    if (each.outcome.entries == kHvp)
      EXPECT_EQ(each.arena, each.outcome.everything);
    else
      EXPECT_LT(each.arena, each.outcome.everything);
  }
}

TEST_P(Memory, keepsToABudgetThatCanBeMet) {
  const std::vector<Group> groups = {kTraining, kVjp};
  std::vector<Entries> least = compile(MemoryBudget{kNothing}, groups);
  for (size_t i = 0; i < groups.size(); ++i) {
    // In the middle, as bytes and as a share.
    const MemoryOutcome &outcome = least[i].outcome;
    int64_t middle = (outcome.reached + outcome.everything) / 2;
    double share = double(middle) / double(outcome.everything);
    for (const MemoryBudget &budget : {MemoryBudget{middle}, MemoryBudget{std::nullopt, share}}) {
      Entries entries = compile(budget, {groups[i]}).front();
      EXPECT_NEAR(entries.outcome.allowed, middle, 1);
      EXPECT_LE(entries.arena, middle);
      EXPECT_EQ(entries.arena, entries.outcome.reached);
    }
  }
}

// An encoder and a decoder, attention over a free length, layers side by side and layer
// upon layer, a loop.
INSTANTIATE_TEST_SUITE_P(artifacts, Memory,
                         testing::Values("encoder_decoder", "recipe_dynamic", "heads",
                                         "lstm_stacked", "loop"),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });

} // namespace rondo::test
