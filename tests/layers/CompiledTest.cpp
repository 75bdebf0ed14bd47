//===- CompiledTest.cpp - Compiled models against Keras ---------*- C++ -*-===//
//
// Each model file of models/, compiled, against what Keras computed in double
// precision (with which ReferenceTest shows the reference interpreter to agree).
// Both cases, with their own sizes of batch and time, go through one artifact, on
// one thread and on two: of generated kernels, for each instruction set that this
// processor has, and of oneDNN's. With the smallest arena for training the numbers
// are the same.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/host/Run.h"
#include "runtime/host/Trainer.h"
#include "tests/layers/Golden.h"
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo {

namespace test {
namespace {

/// Which kernels a model is compiled to.
struct Variant {
  std::string name;
  Isa isa;
  Kernels kernels;
  bool frugal = false; ///< a budget for memory that nothing meets
};

/// How GoogleTest shows one.
void PrintTo(const Variant &variant, std::ostream *stream) { *stream << variant.name; }

std::vector<Variant> variants() {
  Isa best = hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2;
  return {{"avx2", Isa::Avx2, Kernels::Generated},
          {"avx512", Isa::Avx512, Kernels::Generated},
          {"onednn", best, Kernels::Onednn}};
}

/// With the smallest arena for training, on the best processor.
Variant frugal() {
  return {"frugal", hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2, Kernels::Generated,
          /*frugal=*/true};
}

// Relative to the largest entry: f32 sums over some hundred terms.
constexpr double kOutputTolerance = 1e-5;
// The backward pass sums more of them, twice.
constexpr double kGradientTolerance = 1e-4;
// Relative to the largest change of the variable.
constexpr double kChangeTolerance = 1e-4;
// A weight is an f32: each step rounds it by at most half a unit in the last place.
constexpr double kRounding = 6e-8;

/// The value, or a failure of the test that carries the error's text.
template <typename T> T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  throw std::runtime_error(llvm::toString(value.takeError()));
}

/// All that a model computed for one case on some number of threads.
struct Results {
  std::vector<host::Array> outputs, gradients;
  std::vector<host::Array> again; // the outputs once more, where layers are stateful
  host::Scores scores, scoresOfBatches;
  std::vector<std::vector<float>> trained; // parameters, then state, after 1 and 3 steps
};

class Compiled : public testing::TestWithParam<std::tuple<std::string, Variant>> {
protected:
  void SetUp() override {
    name = std::get<0>(GetParam());
    Isa isa = variant.isa;
    if (!hostSupports(isa))
      GTEST_SKIP() << "this processor has no " << isaName(isa).str();
    directory = fs::temp_directory_path() /
                ("rondo-layers-" + std::to_string(getpid()) + "-" + variant.name);
    fs::create_directory(directory);
    compile();
    setenv("RONDO_MAX_ISA", isaName(isa).str().c_str(), 1);
    artifact = std::make_unique<host::Artifact>(take(host::Artifact::open(directory / "model.so")));
    ASSERT_EQ(isaName(isa), artifact->model().isa);
    readWeights();
  }

  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }

  Results run(const std::string &testCase, int threads) {
    const rondo_model &model = artifact->model();
    host::Dataset data = bind(testCase);
    auto executor = take(host::Executor::create(model, threads));
    auto context = take(host::Context::create(model, weights, &executor));
    Results results;
    results.outputs = take(host::predict(context, data));
    // A model without states is as it was. Each use draws what the first does.
    auto reset = [&] {
      model.set_seed(context.get(), 0);
      return model.reset_states(context.get()) == RONDO_OK;
    };
    if (model.layer_state_offset < model.state_size)
      results.again = take(host::predict(context, data));
    reset();
    results.scores = take(host::evaluate(context, data));
    reset();
    results.scoresOfBatches = take(host::evaluate(context, data, /*batchSize=*/2));
    reset();
    results.gradients = take(host::gradients(context, data));
    for (int64_t steps : {1, 3})
      results.trained.push_back(train(data, executor, steps));
    return results;
  }

  void compareWithKeras(const std::string &testCase, const Results &results) {
    for (const host::Array &array : results.outputs)
      compare(testCase + "/output/" + array.name, values(array), kOutputTolerance);
    EXPECT_EQ(results.again.size(), golden.below(testCase + "/again").size());
    for (const host::Array &array : results.again)
      compare(testCase + "/again/" + array.name, values(array), kOutputTolerance);
    for (const host::Array &array : results.gradients) {
      // The loss of training may be another.
      bool isOther = array.name == "loss" && golden.find(testCase + "/training_loss");
      compare(testCase + (isOther ? "/training_loss" : "/" + array.name), values(array),
              kGradientTolerance);
    }
    compare(testCase + "/loss", {results.scores.loss}, kOutputTolerance);
    const rondo_model &model = artifact->model();
    for (int32_t i = 0; i < model.num_metrics; ++i)
      compare(testCase + "/metric/" + model.metrics[i], {results.scores.metrics[i]},
              kOutputTolerance);
    // Metrics add up what the batches have; losses are means of batches.
    for (int32_t i = 0; llvm::StringRef(name).starts_with("metric_") && i < model.num_metrics; ++i)
      if (!llvm::StringRef(model.metrics[i]).ends_with("_loss"))
        compare(testCase + "/metric/" + model.metrics[i], {results.scoresOfBatches.metrics[i]},
                kOutputTolerance);
    compareChanges(testCase + "/change1/", results.trained[0], 1);
    compareChanges(testCase + "/change3/", results.trained[1], 3);
  }

  const Variant &variant = std::get<1>(GetParam());
  std::unique_ptr<host::Artifact> artifact;
  Golden golden{std::get<0>(GetParam())};

private:
  void compile() {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    diagnostics::Engine engine;
    auto loaded = frontend::loadModelFile(context, modelPath(name), {}, engine);
    if (!loaded)
      throw std::runtime_error(engine.render());
    CompileOptions options;
    options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
    options.kernels = variant.kernels;
    if (variant.kernels == Kernels::Onednn || variant.frugal)
      options.isas = {variant.isa};
    if (variant.frugal)
      options.memoryBudget = MemoryBudget{/*bytes=*/0};
    if (llvm::Error error = compileArtifact(*loaded->module, options, directory / "model.so", ""))
      throw std::runtime_error(llvm::toString(std::move(error)));
  }

  void readWeights() {
    fs::path file = directory / "weights.npz";
    if (llvm::Error error = host::writeArrays(file, golden.below("weights")))
      throw std::runtime_error(llvm::toString(std::move(error)));
    weights = take(host::readWeights(file, artifact->model())).weights;
  }

  /// The arrays of a case as a data file would hold them.
  host::Dataset bind(const std::string &testCase) {
    host::ArrayFile file;
    file.path = name + ", case " + testCase;
    file.arrays = golden.below(testCase + "/input");
    for (host::Array &target : golden.below(testCase + "/target")) {
      target.name = "target/" + target.name;
      file.arrays.push_back(std::move(target));
    }
    if (const host::Array *sampleWeight = golden.find(testCase + "/sample_weight")) {
      file.arrays.push_back(*sampleWeight);
      file.arrays.back().name = "sample_weight";
    }
    for (host::Array &sampleWeight : golden.below(testCase + "/sample_weight")) {
      sampleWeight.name = "sample_weight/" + sampleWeight.name;
      file.arrays.push_back(std::move(sampleWeight));
    }
    return take(host::bindData(file, artifact->model(), /*withTargets=*/true));
  }

  std::vector<float> train(const host::Dataset &data, const host::Executor &executor,
                           int64_t steps) {
    auto trainer = take(host::Trainer::create(artifact->model(), weights, nullptr, &executor));
    host::TrainOptions options;
    options.epochs = steps; // of one batch each
    options.batchSize = data.samples;
    options.shuffle = false;
    take(trainer.run(data, nullptr, options));
    std::vector<float> trained = trainer.weights().trainable;
    llvm::append_range(trained, trainer.weights().state);
    return trained;
  }

  void compare(const std::string &key, const std::vector<double> &actual, double tolerance,
               double slack = 0) {
    const host::Array *expected = golden.find(key);
    ASSERT_NE(expected, nullptr) << key;
    tolerance = golden.tolerance(tolerance);
    expectClose(key, actual, values(*expected), tolerance, slack + tolerance * golden.scale(key));
  }

  void compareChanges(const std::string &prefix, const std::vector<float> &trained, int steps) {
    const rondo_model &model = artifact->model();
    for (int32_t p = 0; p < model.num_parameters; ++p) {
      const rondo_parameter_info &parameter = model.parameters[p];
      llvm::ArrayRef<float> before(weights.trainable), after(trained);
      if (parameter.trainable) {
        after = after.take_front(before.size());
      } else { // in the state buffer
        after = after.drop_front(before.size());
        before = weights.state;
      }
      std::vector<double> change;
      double largest = 0;
      for (int64_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
        change.push_back(static_cast<double>(after[i]) - before[i]);
        largest = std::max(largest, std::abs<double>(after[i]));
      }
      if (!golden.find(prefix + parameter.path)) { // which training leaves alone
        EXPECT_FALSE(parameter.trainable) << parameter.path;
        EXPECT_EQ(std::count(change.begin(), change.end(), 0), parameter.size) << parameter.path;
        continue;
      }
      compare(prefix + parameter.path, change, kChangeTolerance, steps * kRounding * largest);
    }
  }

  std::string name;
  fs::path directory;
  host::FlatWeights weights;
};

void expectSameBits(const std::vector<host::Array> &left, const std::vector<host::Array> &right) {
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_EQ(left[i].bytes, right[i].bytes) << left[i].name;
}

TEST_P(Compiled, AgreesWithKerasAndWithItselfOnTwoThreads) {
  for (const std::string &testCase : Golden::cases()) {
    Results results = run(testCase, 1);
    compareWithKeras(testCase, results);

    Results onTwo = run(testCase, 2);
    compareWithKeras(testCase, onTwo);
    if (variant.kernels == Kernels::Onednn)
      continue; // which promises no more
    expectSameBits(results.outputs, onTwo.outputs);
    expectSameBits(results.gradients, onTwo.gradients);
    EXPECT_EQ(results.scores.loss, onTwo.scores.loss);
    EXPECT_EQ(results.trained, onTwo.trained);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Compiled,
                         testing::Combine(testing::ValuesIn(modelNames()),
                                          testing::ValuesIn(variants())),
                         [](const auto &info) {
                           return std::get<0>(info.param) + "_" + std::get<1>(info.param).name;
                         });

INSTANTIATE_TEST_SUITE_P(
    Frugal, Compiled,
    testing::Combine(testing::Values("recipe", "recipe_dynamic", "heads", "encoder_decoder",
                                     "lstm_options", "lstm_backwards", "lstm_stacked",
                                     "dense_sequence", "siamese", "subscripts", "two_inputs"),
                     testing::Values(frugal())),
    [](const auto &info) { return std::get<0>(info.param); });

} // namespace
} // namespace test
} // namespace rondo
