//===- ReferenceTest.cpp - The reference interpreter against Keras -*- C++ -*-===//
//
// Each model file of models/ through the frontend and the interpreter, in
// double precision, against what Keras computed in double precision: outputs,
// loss, metrics, and the gradients of the derived entry. The tolerance of 1e-6
// of the largest entry leaves room for goldens kept in f32, and for little else.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/tools/rondo/ModelTable.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "rondo/generated.h"
#include "tests/layers/Golden.h"
#include <gtest/gtest.h>

using namespace mlir;

namespace rondo::test {
namespace {

constexpr double kTolerance = 1e-6;

class Reference : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
    diagnostics::Engine engine;
    auto loaded = frontend::loadModelFile(context, modelPath(GetParam()), {}, engine);
    ASSERT_TRUE(loaded.has_value()) << engine.render();
    ASSERT_TRUE(loaded->isCompiled);
    model = std::move(loaded->module);
  }

  /// Runs `name` on the numbers of a case; results in the order of the function.
  std::vector<reference::Tensor> run(StringRef name, const std::string &testCase) {
    auto function = model->lookupSymbol<func::FuncOp>(name);
    EXPECT_TRUE(function) << "no @" << name.str();
    if (!function)
      return {};
    std::vector<reference::Tensor> arguments;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      arguments.push_back(argument(function, i, testCase));
    auto results = reference::interpret(function, arguments);
    if (results) {
      for (unsigned i = 0; i < results->size(); ++i)
        if (auto path = function.getResultAttrOfType<StringAttr>(i, RondoDialect::kUpdateOf))
          kept[path.str()] = (*results)[i];
      return std::move(*results);
    }
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }

  /// Compares each result that carries the string attribute `kind` with
  /// CASE/PREFIX/NAME; counts them.
  int compareNamed(StringRef entry, const std::string &testCase, StringRef kind,
                   const std::string &prefix) {
    auto function = model->lookupSymbol<func::FuncOp>(entry);
    std::vector<reference::Tensor> results = run(entry, testCase);
    int compared = 0;
    for (unsigned i = 0; i < results.size(); ++i)
      if (auto name = function.getResultAttrOfType<StringAttr>(i, kind)) {
        compare(testCase + "/" + prefix + "/" + name.str(), results[i].values);
        ++compared;
      }
    return compared;
  }

  void compare(const std::string &key, const std::vector<double> &actual) {
    const host::Array *expected = golden.find(key);
    ASSERT_NE(expected, nullptr) << key;
    const double tolerance = golden.tolerance(kTolerance);
    expectClose(key, actual, values(*expected), tolerance, tolerance * golden.scale(key));
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  Golden golden{GetParam()};
  OwningOpRef<ModuleOp> model;
  /// What stateful layers have kept since the last reset, which are zeros at first.
  std::map<std::string, reference::Tensor> kept;

  /// What plain gradient descent at `rate` makes of a parameter in one step.
  reference::Tensor updated(const std::string &path, const std::string &testCase, double rate) {
    const host::Array *weight = golden.find("weights/" + path);
    const host::Array *gradient = golden.find(testCase + "/grad/" + path);
    if (!weight || !gradient)
      throw std::runtime_error("the golden has no gradient of " + path);
    reference::Tensor result = tensorOf(*weight);
    std::vector<double> slope = values(*gradient);
    for (size_t i = 0; i < slope.size(); ++i)
      result.values[i] -= rate * slope[i];
    return result;
  }

private:
  reference::Tensor argument(func::FuncOp function, unsigned index, const std::string &testCase) {
    auto named = [&](StringRef attribute) {
      auto name = function.getArgAttrOfType<StringAttr>(index, attribute);
      return name ? name.str() : std::string();
    };
    std::string key;
    if (auto parameter =
            function.getArgAttrOfType<ParameterAttr>(index, RondoDialect::kParameter)) {
      std::string path = parameter.getPath().str();
      if (auto found = kept.find(path); found != kept.end())
        return found->second;
      if (isLayerState(path))
        return {reference::Dtype::Float,
                cast<RankedTensorType>(function.getArgumentTypes()[index]).getShape()};
      key = "weights/" + path;
    } else if (std::string input = named(RondoDialect::kInput); !input.empty())
      key = testCase + "/input/" + input;
    else if (std::string target = named(RondoDialect::kTarget); !target.empty())
      key = testCase + "/target/" + target;
    else if (function.getArgAttr(index, RondoDialect::kRandomKey))
      return firstKey(function.getName());
    else
      return sampleWeights(function.getArgumentTypes()[index], named(RondoDialect::kSampleWeight),
                           testCase);
    const host::Array *array = golden.find(key);
    if (!array)
      throw std::runtime_error("the golden has no " + key);
    return tensorOf(*array);
  }

  /// Whether a parameter is moved by every run: none of the weights.
  bool isLayerState(StringRef path) {
    auto forward = model->lookupSymbol<func::FuncOp>("forward");
    for (unsigned i = 0; i < forward.getNumResults(); ++i)
      if (auto moved = forward.getResultAttrOfType<StringAttr>(i, RondoDialect::kUpdateOf))
        if (moved.getValue() == path)
          return true;
    return false;
  }

  /// That of the first training step, or of the first use.
  static reference::Tensor firstKey(StringRef entry) {
    uint32_t key[2];
    rondo_random_key(/*seed=*/0, entry == "forward" || entry == "evaluate" ? -1 : 1, key);
    return {reference::Dtype::Int, {2}, {double(key[0]), double(key[1])}};
  }

  /// Those of the golden, or ones.
  reference::Tensor sampleWeights(Type type, const std::string &output,
                                  const std::string &testCase) {
    for (std::string key : {std::string("/sample_weight"), "/sample_weight/" + output})
      if (const host::Array *array = golden.find(testCase + key))
        return tensorOf(*array);
    const host::Array *target = golden.find(testCase + "/target/" + output);
    if (!target)
      throw std::runtime_error("the golden has no target for " + output);
    // One for each number of the elementwise loss, whose axes are the first of the target.
    std::vector<int64_t> shape = target->shape;
    shape.resize(cast<RankedTensorType>(type).getRank());
    reference::Tensor ones(reference::Dtype::Float, shape);
    std::fill(ones.values.begin(), ones.values.end(), 1.0);
    return ones;
  }

  static reference::Tensor tensorOf(const host::Array &array) {
    auto dtype =
        array.type == host::ElementType::F32 ? reference::Dtype::Float : reference::Dtype::Int;
    return {dtype, array.shape, values(array)};
  }
};

TEST_P(Reference, ComputesTheOutputsOfKeras) {
  for (const std::string &testCase : Golden::cases()) {
    kept.clear();
    EXPECT_EQ(compareNamed("forward", testCase, RondoDialect::kOutput, "output"),
              static_cast<int>(golden.below(testCase + "/output").size()));
    if (!golden.below(testCase + "/again").empty())
      compareNamed("forward", testCase, RondoDialect::kOutput, "again");
  }
}

TEST_P(Reference, ComputesTheLossAndTheMetricsOfKeras) {
  auto evaluate = model->lookupSymbol<func::FuncOp>("evaluate");
  ASSERT_TRUE(evaluate);
  for (const std::string &testCase : Golden::cases()) {
    kept.clear();
    std::vector<reference::Tensor> results = run("evaluate", testCase);
    ASSERT_EQ(results.size(), evaluate.getNumResults());
    std::vector<double> sums;
    for (unsigned i = 0; i < results.size(); ++i)
      if (evaluate.getResultAttr(i, RondoDialect::kLoss))
        compare(testCase + "/loss", results[i].values);
      else if (!evaluate.getResultAttr(i, RondoDialect::kUpdateOf))
        llvm::append_range(sums, results[i].values);
    tool::ModelTable table(llvm::cantFail(getModelSignature(*model)));
    ASSERT_EQ(static_cast<int64_t>(sums.size()), table.get().metrics_size);
    for (int32_t i = 0; i < table.get().num_metrics; ++i)
      compare(testCase + "/metric/" + table.get().metrics[i],
              {table.get().metric_value(&table.get(), i, sums.data())});
  }
}

TEST_P(Reference, ComputesTheGradientsOfKeras) {
  ASSERT_TRUE(succeeded(lowerToLevel(*model, Level::Gradients, Isa::Avx2, {})));
  for (const std::string &testCase : Golden::cases()) {
    kept.clear();
    EXPECT_EQ(compareNamed("loss_and_gradients", testCase, RondoDialect::kGradientOf, "grad"),
              static_cast<int>(golden.below(testCase + "/grad").size()));
    EXPECT_EQ(
        compareNamed("loss_and_gradients", testCase, RondoDialect::kInputGradientOf, "gradin"),
        static_cast<int>(golden.below(testCase + "/gradin").size()));
  }
}

TEST_P(Reference, ConstrainsWeightsAsKeras) {
  auto constraints = model->lookupSymbol<func::FuncOp>("constraints");
  auto optimizer = model->getOperation()->getAttrOfType<DictionaryAttr>(RondoDialect::kOptimizer);
  if (!constraints || optimizer.getAs<StringAttr>("name") != "sgd")
    return;
  const double rate = optimizer.getAs<FloatAttr>("learning_rate").getValueAsDouble();
  for (const std::string &testCase : Golden::cases()) {
    std::vector<std::string> paths;
    std::vector<reference::Tensor> arguments;
    for (unsigned i = 0; i < constraints.getNumArguments(); ++i) {
      auto parameter = constraints.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter);
      paths.push_back(parameter.getPath().str());
      arguments.push_back(updated(paths.back(), testCase, rate));
    }
    auto results = reference::interpret(constraints, arguments);
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    ASSERT_EQ(results->size(), paths.size());
    for (auto [path, result] : llvm::zip(paths, *results)) {
      std::vector<double> change = result.values;
      std::vector<double> start = values(*golden.find("weights/" + path));
      for (size_t i = 0; i < change.size(); ++i)
        change[i] -= start[i];
      compare(testCase + "/change1/" + path, change);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Reference, testing::ValuesIn(modelNames()),
                         [](const auto &info) { return info.param; });

} // namespace
} // namespace rondo::test
