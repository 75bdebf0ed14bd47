//===- KernelsTest.cpp - Which kernels run, and when ----------------------===//
//
// A model compiled with a profile, once for each choice of kernels: what depends
// on weights alone runs once, and the profile says so.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/host/Artifact.h"
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

using Floats = std::vector<float>;

/// The model of classifier.py: LSTM `memory` over (B, T, 5), Dense `out` with 3 classes.
constexpr int64_t kFeatures = 5, kClasses = 3;

template <typename T> T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  throw std::runtime_error(llvm::toString(value.takeError()));
}

Floats draw(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
  Floats values(count);
  for (float &value : values)
    value = uniform(random);
  return values;
}

class KernelChoice : public testing::TestWithParam<Kernels> {
protected:
  void SetUp() override {
    library = fs::temp_directory_path() / ("rondo-kernels-" + std::to_string(getpid()) + ".so");
    compile(/*profile=*/true);
  }

  void TearDown() override {
    std::error_code ignored;
    fs::remove(library, ignored);
  }

  void compile(bool profile) {
    artifact.reset(); // two libraries of one name would be one to the loader
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    diagnostics::Engine engine;
    auto loaded = frontend::loadModelFile(context, RONDO_CLASSIFIER, {}, engine);
    ASSERT_TRUE(loaded) << engine.render();
    CompileOptions options;
    options.isas = {hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2};
    options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
    options.kernels = GetParam();
    options.profile = profile;
    llvm::Error error = compileArtifact(*loaded->module, options, library, "");
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    artifact = std::make_unique<host::Artifact>(take(host::Artifact::open(library)));
  }

  const rondo_model &model() const { return artifact->model(); }
  std::string packName() const {
    return GetParam() == Kernels::Onednn ? "onednn_lstm_pack" : "lstm_pack";
  }

  fs::path library;
  std::unique_ptr<host::Artifact> artifact;
};

/// A context with weights of its own.
class Runner {
public:
  Runner(const rondo_model &model, unsigned seed, bool training = false) : model(model) {
    Floats trainable = draw(model.trainable_size, seed);
    EXPECT_EQ(model.weights_create(&model, trainable.data(), nullptr, &weights), RONDO_OK);
    auto create = training ? model.training_context_create : model.context_create;
    EXPECT_EQ(create(&model, weights, nullptr, &context), RONDO_OK);
  }
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;
  ~Runner() {
    model.context_destroy(context);
    model.weights_release(weights);
  }

  /// With `odd` as a number of the second sample, in the middle of its steps.
  Floats forward(int64_t batch, int64_t steps, unsigned seed = 7, std::optional<float> odd = {}) {
    prepare(batch, steps, seed);
    if (odd)
      x[(steps + steps / 2) * kFeatures] = *odd;
    Floats classes(batch * kClasses);
    void *outputs[] = {classes.data()};
    EXPECT_EQ(model.forward(context, dims.data(), inputs, outputs), RONDO_OK)
        << model.last_message(context);
    return classes;
  }

  float evaluate(int64_t batch, int64_t steps) {
    prepare(batch, steps, 7);
    float loss = 0;
    EXPECT_EQ(model.evaluate(context, dims.data(), inputs, targets, nullptr, &loss, nullptr),
              RONDO_OK)
        << model.last_message(context);
    return loss;
  }

  void trainStep(int64_t batch, int64_t steps) {
    prepare(batch, steps, 7);
    EXPECT_EQ(
        model.train_step(context, dims.data(), inputs, targets, nullptr, 0.01, nullptr, nullptr),
        RONDO_OK)
        << model.last_message(context);
  }

  std::vector<rondo_profile_row> profile(rondo_entry entry) const {
    std::vector<rondo_profile_row> rows(model.profile(context, entry, nullptr, 0));
    EXPECT_EQ(model.profile(context, entry, rows.data(), rows.size()), int32_t(rows.size()));
    return rows;
  }

  /// How often each kernel of this name ran.
  std::vector<int64_t> calls(rondo_entry entry, const std::string &kernel) const {
    std::vector<int64_t> calls;
    for (const rondo_profile_row &row : profile(entry))
      if (row.kernel == kernel)
        calls.push_back(row.calls);
    return calls;
  }

private:
  void prepare(int64_t batch, int64_t steps, unsigned seed) {
    for (int32_t i = 0; i < model.num_symbols; ++i)
      dims[i] = std::string(model.symbols[i]) == "B" ? batch : steps;
    x = draw(batch * steps * kFeatures, seed);
    labels.assign(batch, 1);
    inputs[0] = x.data();
    targets[0] = labels.data();
  }

  const rondo_model &model;
  rondo_weights *weights = nullptr;
  rondo_context *context = nullptr;
  std::array<int64_t, 2> dims{};
  Floats x;
  std::vector<int32_t> labels;
  const void *inputs[1], *targets[1];
};

using Calls = std::vector<int64_t>;

} // namespace

TEST_P(KernelChoice, WeightsArePackedOnce) {
  Runner runner(model(), 1);
  for (unsigned seed : {1u, 2u, 3u})
    runner.forward(4, 6, seed);
  EXPECT_EQ(runner.calls(RONDO_FORWARD, packName()), Calls{1});
  EXPECT_EQ(runner.calls(RONDO_EVALUATE, packName()), Calls{0});
}

TEST_P(KernelChoice, WeightsArePackedAnewForAnotherShapeAndAfterAnotherEntry) {
  Runner runner(model(), 1);
  runner.forward(4, 6);
  runner.forward(3, 6);
  runner.forward(4, 6);
  runner.forward(4, 6);
  EXPECT_EQ(runner.calls(RONDO_FORWARD, packName()), Calls{3});
  runner.evaluate(4, 6);
  runner.evaluate(4, 6);
  EXPECT_EQ(runner.calls(RONDO_EVALUATE, packName()), Calls{1});
  runner.forward(4, 6);
  EXPECT_EQ(runner.calls(RONDO_FORWARD, packName()), Calls{4});
}

TEST_P(KernelChoice, KeptWeightsGiveTheSameBitsAsFreshOnes) {
  Runner runner(model(), 1);
  for (auto [batch, steps] : {std::pair{4, 6}, {4, 6}, {3, 6}, {4, 9}, {4, 6}})
    for (unsigned seed : {5u, 6u}) {
      EXPECT_EQ(runner.forward(batch, steps, seed), Runner(model(), 1).forward(batch, steps, seed))
          << batch << " x " << steps;
      runner.evaluate(batch, steps);
      EXPECT_EQ(runner.forward(batch, steps, seed), Runner(model(), 1).forward(batch, steps, seed))
          << "after evaluate";
    }
}

TEST_P(KernelChoice, ContextsKeepTheirOwnWeights) {
  Runner first(model(), 1), second(model(), 2);
  Floats ofFirst = first.forward(4, 6), ofSecond = second.forward(4, 6);
  EXPECT_NE(ofFirst, ofSecond);
  EXPECT_EQ(first.forward(4, 6), ofFirst);
  EXPECT_EQ(second.forward(4, 6), ofSecond);
}

TEST_P(KernelChoice, WhatIsNoNumberStaysInItsSample) {
  Runner runner(model(), 1);
  // Divided by units, and by samples.
  for (int64_t batch : {3, 17}) {
    Floats usual = runner.forward(batch, 6);
    for (float odd : {std::nanf(""), INFINITY, -INFINITY, 1e30f, 1e-45f}) {
      SCOPED_TRACE(testing::Message() << batch << " samples, " << odd);
      Floats classes = runner.forward(batch, 6, 7, odd);
      for (int64_t i = 0; i < int64_t(classes.size()); ++i) {
        if (i / kClasses != 1)
          EXPECT_EQ(classes[i], usual[i]) << "of sample " << i / kClasses;
        else
          EXPECT_EQ(std::isnan(classes[i]), std::isnan(odd)) << classes[i];
      }
    }
  }
}

TEST_P(KernelChoice, TrainingSeesItsOwnUpdates) {
  Runner runner(model(), 1, /*training=*/true);
  Floats before = runner.forward(4, 6);
  float loss = runner.evaluate(4, 6);
  for (int step = 0; step < 5; ++step) {
    runner.trainStep(4, 6);
    float next = runner.evaluate(4, 6);
    EXPECT_LT(next, loss) << "step " << step;
    loss = next;
  }
  EXPECT_NE(runner.forward(4, 6), before);
}

TEST_P(KernelChoice, AProfileNamesKernelsLayersAndPlaces) {
  Runner runner(model(), 1, /*training=*/true);
  runner.trainStep(4, 6);
  runner.trainStep(4, 6);
  std::vector<rondo_profile_row> rows = runner.profile(RONDO_TRAIN_STEP);
  ASSERT_FALSE(rows.empty());
  for (const rondo_profile_row &row : rows) {
    EXPECT_EQ(row.calls, 2) << row.kernel;
    EXPECT_GT(row.nanoseconds, 0) << row.kernel;
  }
  // oneDNN reads the weights in one order forward and in another backward.
  EXPECT_EQ(runner.calls(RONDO_TRAIN_STEP, packName()),
            GetParam() == Kernels::Onednn ? (Calls{2, 2}) : Calls{2});
  EXPECT_STREQ(rows.back().kernel, "adam_update");
  auto forward = std::find_if(rows.begin(), rows.end(), [](const rondo_profile_row &row) {
    return llvm::StringRef(row.kernel).ends_with("lstm_forward");
  });
  ASSERT_NE(forward, rows.end());
  EXPECT_STREQ(forward->layer, "memory");
  EXPECT_TRUE(llvm::StringRef(forward->place).ends_with("classifier.py:7")) << forward->place;
  EXPECT_TRUE(runner.profile(RONDO_FORWARD).size() > 2);
  EXPECT_EQ(runner.calls(RONDO_FORWARD, packName()), Calls{0}) << "nothing ran there";
}

TEST_P(KernelChoice, WithoutAProfileThereIsNone) {
  compile(/*profile=*/false);
  EXPECT_EQ(model().profile, nullptr);
}

TEST_P(KernelChoice, OnlyALibraryWithItsKernelsKnowsOfOneDnn) {
  std::ifstream stream(library, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  bool usesOnednn = GetParam() == Kernels::Onednn;
  EXPECT_EQ(bytes.find("dnnl") != std::string::npos, usesOnednn);
  EXPECT_NE(std::string(model().build_info)
                .find(usesOnednn ? "\"kernels\":\"onednn\"" : "\"kernels\":\"generated\""),
            std::string::npos)
      << model().build_info;
}

TEST_P(KernelChoice, OnlyALibraryWithItsKernelsMissesOneDnn) {
  setenv("RONDO_ONEDNN_LIBRARY", "/nowhere/libdnnl.so", 1);
  Floats weights = draw(model().trainable_size, 1), x = draw(kFeatures, 2), y(kClasses);
  rondo_weights *version = nullptr;
  rondo_context *context = nullptr;
  ASSERT_EQ(model().weights_create(&model(), weights.data(), nullptr, &version), RONDO_OK);
  ASSERT_EQ(model().context_create(&model(), version, nullptr, &context), RONDO_OK);
  const int64_t dims[] = {1, 1};
  const void *inputs[] = {x.data()};
  void *outputs[] = {y.data()};
  rondo_status status = model().forward(context, dims, inputs, outputs);
  if (GetParam() == Kernels::Onednn) {
    EXPECT_EQ(status, RONDO_MISSING_LIBRARY);
    EXPECT_NE(std::string(model().last_message(context)).find("/nowhere/libdnnl.so"),
              std::string::npos)
        << model().last_message(context);
  } else {
    EXPECT_EQ(status, RONDO_OK);
  }
  model().context_destroy(context);
  model().weights_release(version);
  unsetenv("RONDO_ONEDNN_LIBRARY");
}

TEST_P(KernelChoice, WhatOneDnnCannotCountIsRefused) {
  int64_t dims[] = {1 << 15, 1 << 15}, bytes = 0; // 2^30 rows of 28 gates
  EXPECT_EQ(model().arena_size(&model(), RONDO_FORWARD, dims, &bytes),
            GetParam() == Kernels::Onednn ? RONDO_INVALID_ARGUMENT : RONDO_OK);
}

INSTANTIATE_TEST_SUITE_P(, KernelChoice, testing::Values(Kernels::Generated, Kernels::Onednn),
                         [](const auto &info) {
                           return info.param == Kernels::Onednn ? "onednn" : "generated";
                         });

} // namespace rondo::test
