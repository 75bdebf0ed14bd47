//===- MaskTest.cpp - What padding must not change --------------*- C++ -*-===//
//
// Sequences of several lengths, padded to one, against each of them alone: a mask that does
// what it is for makes them the same, forward and backward. What Keras' numbers for masks are is
// in the goldens.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/layers/Golden.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>

using namespace mlir;

namespace rondo::test {
namespace {

using Named = std::map<std::string, reference::Tensor>;

/// Sums of double numbers in another order.
constexpr double kTolerance = 1e-12;

class Masks : public testing::Test {
protected:
  Masks() {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    context.appendDialectRegistry(registry);
  }

  void load(const std::string &name) {
    diagnostics::Engine engine;
    auto loaded = frontend::loadModelFile(context, modelPath(name), {}, engine);
    ASSERT_TRUE(loaded.has_value()) << engine.render();
    model = std::move(loaded->module);
    ASSERT_TRUE(succeeded(lowerToLevel(*model, Level::Gradients, Isa::Avx2, {})));
    golden = std::make_unique<Golden>(name);
  }

  /// Some sequences of 3 features, none of whose steps is zero.
  static reference::Tensor sequences(int64_t batch, int64_t steps, int64_t features) {
    reference::Tensor result(reference::Dtype::Float, {batch, steps, features});
    for (size_t i = 0; i < result.values.size(); ++i)
      result.values[i] = std::sin(1.7 * double(i) + 0.3);
    return result;
  }

  /// The first steps of one sample.
  static reference::Tensor part(const reference::Tensor &x, int64_t sample, int64_t steps) {
    const int64_t features = x.shape[2];
    reference::Tensor result(reference::Dtype::Float, {1, steps, features});
    for (int64_t i = 0; i < steps * features; ++i)
      result.values[i] = x.values[sample * x.shape[1] * features + i];
    return result;
  }

  static void clearFrom(reference::Tensor &x, int64_t sample, int64_t step) {
    for (int64_t t = step; t < x.shape[1]; ++t)
      for (int64_t i = 0; i < x.shape[2]; ++i)
        x.values[(sample * x.shape[1] + t) * x.shape[2] + i] = 0;
  }

  /// The results of an entry by the attribute that names them.
  Named run(StringRef entry, const reference::Tensor &x, const Named &targets, StringRef kind) {
    auto function = model->lookupSymbol<func::FuncOp>(entry);
    EXPECT_TRUE(function);
    std::vector<reference::Tensor> arguments;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      arguments.push_back(argument(function, i, x, targets));
    auto results = reference::interpret(function, arguments);
    if (!results)
      throw std::runtime_error(llvm::toString(results.takeError()));
    Named named;
    for (unsigned i = 0; i < results->size(); ++i)
      if (auto name = function.getResultAttrOfType<StringAttr>(i, kind))
        named.emplace(name.str(), (*results)[i]);
    return named;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> model;
  std::unique_ptr<Golden> golden;

private:
  reference::Tensor argument(func::FuncOp function, unsigned i, const reference::Tensor &x,
                             const Named &targets) {
    if (auto parameter = function.getArgAttrOfType<ParameterAttr>(i, RondoDialect::kParameter)) {
      const host::Array *array = golden->find("weights/" + parameter.getPath().str());
      return {reference::Dtype::Float, array->shape, values(*array)};
    }
    if (auto name = function.getArgAttrOfType<StringAttr>(i, RondoDialect::kTarget))
      return targets.at(name.str());
    if (function.getArgAttr(i, RondoDialect::kInput))
      return x;
    // Sample weights of one.
    reference::Tensor ones(reference::Dtype::Float, {x.shape[0], x.shape[1]});
    std::fill(ones.values.begin(), ones.values.end(), 1.0);
    return ones;
  }
};

TEST_F(Masks, PaddedSequencesAreAsAlone) {
  load("masking");
  const std::vector<int64_t> lengths{7, 3, 1, 5};
  const int64_t steps = 7, outputs = 2;
  reference::Tensor x = sequences(4, steps, 3), y = sequences(4, steps, outputs);
  const std::string output = model->lookupSymbol<func::FuncOp>("forward")
                                 .getResultAttrOfType<StringAttr>(0, RondoDialect::kOutput)
                                 .str();
  for (int64_t sample = 0; sample < 4; ++sample)
    clearFrom(x, sample, lengths[sample]);
  Named padded = run("forward", x, {}, RondoDialect::kOutput);
  Named gradients = run("loss_and_gradients", x, {{output, y}}, RondoDialect::kGradientOf);
  ASSERT_FALSE(gradients.empty());

  // The loss is the mean over all steps that count.
  const double total = 7 + 3 + 1 + 5;
  Named expected;
  for (int64_t sample = 0; sample < 4; ++sample) {
    const int64_t length = lengths[sample];
    reference::Tensor alone = part(x, sample, length);
    Named single = run("forward", alone, {}, RondoDialect::kOutput);
    reference::Tensor of = part(padded.at(output), sample, length);
    expectClose("sample " + std::to_string(sample), of.values, single.at(output).values,
                kTolerance);
    for (const auto &[path, gradient] :
         run("loss_and_gradients", alone, {{output, part(y, sample, length)}},
             RondoDialect::kGradientOf)) {
      reference::Tensor &sum =
          expected.try_emplace(path, reference::Tensor(reference::Dtype::Float, gradient.shape))
              .first->second;
      for (size_t i = 0; i < gradient.values.size(); ++i)
        sum.values[i] += double(length) / total * gradient.values[i];
    }
  }
  ASSERT_EQ(expected.size(), gradients.size());
  for (const auto &[path, gradient] : gradients)
    expectClose(path, gradient.values, expected.at(path).values, kTolerance, kTolerance);
}

TEST_F(Masks, AMeanOfNoStepsIsNoNumber) {
  load("masking_pooling");
  reference::Tensor x = sequences(2, 4, 3);
  clearFrom(x, 1, 0);
  Named results = run("forward", x, {}, RondoDialect::kOutput);
  const std::vector<double> &values = results.begin()->second.values;
  ASSERT_EQ(values.size(), 4u);
  EXPECT_TRUE(std::isfinite(values[0]) && std::isfinite(values[1]));
  EXPECT_TRUE(std::isnan(values[2]) && std::isnan(values[3]));
}

} // namespace
} // namespace rondo::test
