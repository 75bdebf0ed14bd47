//===- FiguresTest.cpp - What Keras' own tests state ------------*- C++ -*-===//
//
// The figures of figures/figures.json are those that the unit tests of Keras 3 state for its
// recurrent, merging and attention layers, with the inputs and the constant weights that they are
// stated for. The models of figures/*.py are set up as these tests set up their layers; they start
// from their own initializers. What may be off is 1e-6 of the reference interpreter's numbers, but
// for figures that Keras' tests cut off: these say so. keras_figures.py says how the file is to be
// read, and whether the Keras that is there gives the same figures.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/tools/rondo/Reference.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/host/Initializers.h"
#include "runtime/host/Run.h"
#include "tests/layers/Golden.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace fs = std::filesystem;

namespace rondo::test {
namespace {

using nlohmann::json;

const fs::path folder = fs::path(RONDO_SOURCE_DIR) / "tests" / "layers" / "figures";

/// Figures are numbers of f32, and so are compiled models'.
constexpr double kTolerance = 1e-6, kCompiledTolerance = 1e-5;

/// A file of figures/ and one of its models.
struct Case {
  std::string file, model;
};

/// How GoogleTest shows one.
void PrintTo(const Case &of, std::ostream *stream) { *stream << of.file << ", " << of.model; }

const json &figures() {
  static const json all = json::parse(std::ifstream(folder / "figures.json"));
  return all;
}

std::vector<Case> cases() {
  std::vector<Case> found;
  for (const auto &[file, models] : figures().items())
    for (const auto &[model, ignored] : models.items())
      found.push_back({file, model});
  return found;
}

/// Appends the numbers of nested lists, and notes how long these are.
void flatten(const json &list, size_t depth, std::vector<int64_t> &shape,
             std::vector<float> &numbers) {
  if (!list.is_array())
    return numbers.push_back(list.get<float>());
  if (shape.size() == depth)
    shape.push_back(list.size());
  if (shape[depth] != static_cast<int64_t>(list.size()))
    throw std::runtime_error("lists of several lengths: " + list.dump());
  for (const json &element : list)
    flatten(element, depth + 1, shape, numbers);
}

/// An array that the figures write out or describe.
host::Array numbersOf(const std::string &name, const json &given) {
  std::vector<int64_t> shape;
  std::vector<float> numbers;
  if (given.is_array()) {
    flatten(given, 0, shape, numbers);
    return host::Array::ofFloats(name, shape, numbers);
  }
  const bool isIdentity = given.contains("identity");
  shape = given.at(isIdentity               ? "identity"
                   : given.contains("ones") ? "ones"
                                            : "counting")
              .get<std::vector<int64_t>>();
  int64_t size = 1;
  for (int64_t axis : shape)
    size *= axis;
  /// The place of the i-th element along an axis.
  auto place = [&](int64_t i, size_t axis) {
    for (size_t inner = shape.size() - 1; inner > axis; --inner)
      i /= shape[inner];
    return i % shape[axis];
  };
  const float times = given.value("times", 1.0f);
  for (int64_t i = 0; i < size; ++i)
    if (isIdentity)
      numbers.push_back(place(i, given["axes"][0]) == place(i, given["axes"][1]));
    else
      numbers.push_back(given.contains("ones") ? 1 : static_cast<float>(i) * times);
  return host::Array::ofFloats(name, shape, numbers);
}

/// The value, or a failure of the test that carries the error's text.
template <typename T> T take(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  throw std::runtime_error(llvm::toString(value.takeError()));
}

class Figures : public testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    frontend::LoadOptions options;
    options.modelVariable = GetParam().model;
    diagnostics::Engine engine;
    loaded = frontend::loadModelFile(context, folder / (GetParam().file + ".py"), options, engine);
    ASSERT_TRUE(loaded.has_value()) << engine.render();
  }

  /// The inputs, given as often in a row as there are calls.
  host::Dataset data(const rondo_model &model) const {
    host::ArrayFile file;
    for (const auto &[name, given] : of.at("inputs").items()) {
      host::Array array = numbersOf(name, given);
      const std::vector<char> once = array.bytes;
      for (int64_t call = 1; call < calls; ++call)
        array.bytes.insert(array.bytes.end(), once.begin(), once.end());
      array.shape.front() *= calls;
      file.arrays.push_back(std::move(array));
    }
    return take(host::bindData(file, model, /*withTargets=*/false));
  }

  /// Those that the model starts from, but for what the figures give.
  host::FlatWeights weights(const rondo_model &model) const {
    host::FlatWeights weights = take(host::initialWeights(model, /*seed=*/0));
    const json given = of.value("weights", json::object());
    size_t placed = 0;
    for (int32_t p = 0; p < model.num_parameters; ++p)
      if (auto found = given.find(model.parameters[p].path); found != given.end()) {
        std::vector<double> numbers = values(numbersOf(found.key(), *found));
        EXPECT_EQ(static_cast<int64_t>(numbers.size()), model.parameters[p].size) << found.key();
        llvm::copy(numbers, weights.trainable.begin() + model.parameters[p].offset);
        ++placed;
      }
    EXPECT_EQ(placed, given.size());
    return weights;
  }

  /// Compares what the last call gave.
  void compare(const std::vector<host::Array> &outputs, double tolerance) const {
    const json &expected = of.at("outputs");
    EXPECT_EQ(outputs.size(), expected.size());
    for (const host::Array &output : outputs) {
      ASSERT_TRUE(expected.contains(output.name)) << output.name;
      host::Array figure = numbersOf(output.name, expected[output.name]);
      std::vector<int64_t> shape = figure.shape;
      shape.front() *= calls;
      EXPECT_EQ(output.shape, shape) << output.name;
      std::vector<double> all = values(output);
      expectClose(output.name, {all.end() - all.size() / calls, all.end()}, values(figure),
                  of.value("within", tolerance));
    }
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::optional<frontend::LoadedModel> loaded;
  const json &of = figures().at(GetParam().file).at(GetParam().model);
  const int64_t calls = of.value("calls", 1);
};

TEST_P(Figures, AreWhatTheReferenceInterpreterComputes) {
  auto model = take(tool::ReferenceModel::create(*loaded->module, CompileOptions()));
  model.setWeights(weights(model.model()));
  compare(take(model.predict(data(model.model()), host::kInferenceBatch)), kTolerance);
}

TEST_P(Figures, AreWhatCompiledCodeComputes) {
  fs::path library =
      fs::temp_directory_path() / ("rondo-figures-" + std::to_string(getpid()) + ".so");
  CompileOptions options;
  options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
  options.isas = {hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2};
  if (llvm::Error error = compileArtifact(*loaded->module, options, library, ""))
    FAIL() << llvm::toString(std::move(error));
  auto artifact = take(host::Artifact::open(library));
  fs::remove(library);
  const rondo_model &model = artifact.model();
  auto run = take(host::Context::create(model, weights(model), /*executor=*/nullptr));
  compare(take(host::predict(run, data(model))), kCompiledTolerance);
}

INSTANTIATE_TEST_SUITE_P(Keras, Figures, testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.file + "_" + info.param.model; });

} // namespace
} // namespace rondo::test
