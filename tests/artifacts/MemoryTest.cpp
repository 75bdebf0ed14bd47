//===- MemoryTest.cpp - Budgets for the memory of training ----------------===//
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

/// A model of tests/layers compiled under a budget: what the compiler says came of
/// it, and what the artifact says.
struct Compiled {
  MemoryOutcome outcome;
  int64_t arena = 0; ///< the largest of the entries with gradients
};

class Memory : public testing::TestWithParam<const char *> {
protected:
  void TearDown() override {
    std::error_code ignored;
    fs::remove(library, ignored);
  }

  Compiled compile(std::optional<MemoryBudget> budget) {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    diagnostics::Engine engine;
    std::string path = std::string(RONDO_MODELS "/") + GetParam() + ".py";
    auto loaded = frontend::loadModelFile(context, path, {}, engine);
    if (!loaded)
      throw std::runtime_error(engine.render());
    Compiled compiled;
    CompileOptions options;
    options.isas = {hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2};
    options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
    options.memoryBudget = budget;
    options.memoryOutcome = &compiled.outcome;
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
    for (rondo_entry entry : {RONDO_LOSS_AND_GRADIENTS, RONDO_TRAIN_STEP}) {
      int64_t bytes = 0;
      EXPECT_EQ(model.arena_size(&model, entry, dims.data(), &bytes), RONDO_OK);
      compiled.arena = std::max(compiled.arena, bytes);
    }
    return compiled;
  }

  /// The smallest arena that the compiler finds.
  Compiled smallest() { return compile(MemoryBudget{/*bytes=*/0}); }

private:
  fs::path library =
      fs::temp_directory_path() / ("rondo-memory-" + std::to_string(getpid()) + ".so");
};

} // namespace

TEST_P(Memory, isCountedAsTheArtifactCounts) {
  Compiled saving = compile(std::nullopt);
  Compiled allowed = compile(MemoryBudget{});
  EXPECT_EQ(allowed.outcome.everything, saving.arena);
  EXPECT_EQ(allowed.outcome.allowed, saving.arena);
  EXPECT_EQ(allowed.outcome.reached, saving.arena);
  EXPECT_EQ(allowed.arena, saving.arena);
}

TEST_P(Memory, isAsSmallAsPossibleWhereABudgetCannotBeMet) {
  Compiled compiled = smallest();
  EXPECT_EQ(compiled.outcome.allowed, 0);
  EXPECT_EQ(compiled.arena, compiled.outcome.reached);
  EXPECT_LT(compiled.arena, compiled.outcome.everything);
}

TEST_P(Memory, keepsToABudgetThatCanBeMet) {
  Compiled least = smallest();
  // In the middle, as bytes and as a share.
  int64_t middle = (least.outcome.reached + least.outcome.everything) / 2;
  double share = double(middle) / double(least.outcome.everything);
  for (const MemoryBudget &budget : {MemoryBudget{middle}, MemoryBudget{std::nullopt, share}}) {
    Compiled compiled = compile(budget);
    EXPECT_NEAR(compiled.outcome.allowed, middle, 1);
    EXPECT_LE(compiled.arena, middle);
    EXPECT_EQ(compiled.arena, compiled.outcome.reached);
  }
}

// An encoder and a decoder, attention over a free length, layers side by side and layer
// upon layer.
INSTANTIATE_TEST_SUITE_P(
    artifacts, Memory,
    testing::Values("encoder_decoder", "recipe_dynamic", "heads", "lstm_stacked"),
    [](const testing::TestParamInfo<const char *> &info) { return std::string(info.param); });

} // namespace rondo::test
