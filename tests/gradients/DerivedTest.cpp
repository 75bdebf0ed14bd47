//===- DerivedTest.cpp - Vector-Jacobian and Hessian-vector products ------===//
//
// The cases of the other gradient tests once more. A product with the Hessian has
// to be the central difference of gradients along the vector, so every rule is
// differentiated too; a vector-Jacobian product with the weights of a loss has to
// be the gradient of that loss.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "compiler/differentiate/Passes.h"
#include "compiler/simplify/Passes.h"
#include "dialect/IR/RondoDialect.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <gtest/gtest.h>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {
namespace {

LogicalResult derive(ModuleOp module, ArrayRef<DerivedEntry> entries, bool simplify) {
  PassManager passes(module.getContext());
  passes.addPass(createDifferentiate(entries, Wrt::All));
  if (simplify) {
    passes.addPass(createSimplify());
    passes.addPass(createCSEPass());
  }
  return passes.run(module);
}

/// Makes trainable parameters of all float inputs.
void makeParameters(func::FuncOp evaluate) {
  Builder builder(evaluate.getContext());
  auto zeros =
      builder.getDictionaryAttr(builder.getNamedAttr("name", builder.getStringAttr("zeros")));
  for (unsigned i = 0; i < evaluate.getNumArguments(); ++i) {
    auto name = evaluate.getArgAttrOfType<StringAttr>(i, RondoDialect::kInput);
    if (!name || !isa<FloatType>(getElementTypeOrSelf(evaluate.getArgumentTypes()[i])))
      continue;
    evaluate.removeArgAttr(i, builder.getStringAttr(RondoDialect::kInput));
    evaluate.setArgAttr(i, RondoDialect::kParameter,
                        ParameterAttr::get(evaluate.getContext(), name, zeros,
                                           /*trainable=*/true, /*stored=*/""));
  }
}

bool isTrainable(func::FuncOp function, unsigned argument) {
  auto parameter = function.getArgAttrOfType<ParameterAttr>(argument, RondoDialect::kParameter);
  return parameter && parameter.getTrainable();
}

/// The results of `entry` that carry the attribute `mark`.
std::vector<Tensor> resultsMarked(func::FuncOp entry, StringRef mark,
                                  const std::vector<Tensor> &arguments) {
  std::vector<Tensor> results = run(entry, arguments), marked;
  for (unsigned i = 0; i < results.size(); ++i)
    if (entry.getResultAttr(i, mark))
      marked.push_back(results[i]);
  return marked;
}

/// Compares the products of `hvp` with differences of gradients along a random
/// vector. The step balances truncation (step²) with rounding (1e-16 / step).
void compareWithDifferences(func::FuncOp gradients, func::FuncOp hvp,
                            const std::vector<Tensor> &arguments, std::mt19937 &random) {
  constexpr double kStep = 1e-5;
  std::uniform_real_distribution<float> number(-1, 1);
  std::vector<Tensor> all = arguments, above = arguments, below = arguments;
  for (unsigned i = 0; i < arguments.size(); ++i) {
    if (!isTrainable(gradients, i))
      continue;
    Tensor vector(Dtype::Float, arguments[i].shape);
    for (int64_t k = 0; k < vector.size(); ++k) {
      vector.values[k] = number(random);
      above[i].values[k] += kStep * vector.values[k];
      below[i].values[k] -= kStep * vector.values[k];
    }
    all.push_back(std::move(vector));
  }
  std::vector<Tensor> products = resultsMarked(hvp, RondoDialect::kHessianProductOf, all);
  std::vector<Tensor> high = resultsMarked(gradients, RondoDialect::kGradientOf, above);
  std::vector<Tensor> low = resultsMarked(gradients, RondoDialect::kGradientOf, below);
  ASSERT_EQ(products.size(), high.size());
  ASSERT_FALSE(products.empty());
  double scale = 0;
  std::vector<Tensor> differences = high;
  for (unsigned i = 0; i < products.size(); ++i) {
    ASSERT_EQ(products[i].shape, high[i].shape);
    for (int64_t k = 0; k < products[i].size(); ++k)
      differences[i].values[k] = (high[i].values[k] - low[i].values[k]) / (2 * kStep);
    scale = std::max(scale, largest(differences[i]));
  }
  // What is flat has no second derivative either.
  bool isFlat = false;
  for (unsigned i = 0; i < arguments.size(); ++i)
    isFlat |= bool(gradients.getArgAttr(i, "test.unused"));
  if (!isFlat) {
    EXPECT_GT(scale, 1e-4) << "a check of nothing but zeros";
  }
  for (unsigned i = 0; i < products.size(); ++i)
    for (int64_t k = 0; k < products[i].size(); ++k)
      EXPECT_NEAR(products[i].values[k], differences[i].values[k], 1e-6 * scale)
          << "parameter " << i << ", element " << k;
}

class SecondDerivative : public testing::TestWithParam<GradientCase> {};

TEST_P(SecondDerivative, agreesWithDifferencesOfGradients) {
  std::unique_ptr<MLIRContext> context = makeContext();
  for (bool simplify : {false, true}) {
    OwningOpRef<ModuleOp> module = parseCase(*context, GetParam());
    ASSERT_TRUE(module);
    if (auto function = module->lookupSymbol<func::FuncOp>("f"))
      makeEvaluate(function);
    auto evaluate = module->lookupSymbol<func::FuncOp>("evaluate");
    makeParameters(evaluate);
    ASSERT_TRUE(succeeded(
        derive(*module, {DerivedEntry::LossAndGradients, DerivedEntry::Hvp}, simplify)));
    std::mt19937 random(11);
    for (const SymbolSizes &sizes : GetParam().sizes)
      compareWithDifferences(module->lookupSymbol<func::FuncOp>("loss_and_gradients"),
                             module->lookupSymbol<func::FuncOp>("hvp"),
                             drawArguments(evaluate, sizes, random), random);
  }
}

class VectorJacobian : public testing::TestWithParam<GradientCase> {};

TEST_P(VectorJacobian, isTheGradientOfAWeightedSum) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, GetParam());
  ASSERT_TRUE(module);
  auto function = module->lookupSymbol<func::FuncOp>("f");
  // @forward has the same arguments under the same names.
  func::FuncOp forward = function.clone();
  module->push_back(forward);
  forward.setName("forward");
  Builder builder(context.get());
  for (unsigned i = 0; i < forward.getNumArguments(); ++i)
    forward.setArgAttr(i, RondoDialect::kInput, builder.getStringAttr("x" + std::to_string(i)));
  for (unsigned i = 0; i < forward.getNumResults(); ++i)
    forward.setResultAttr(i, RondoDialect::kOutput, builder.getStringAttr("y" + std::to_string(i)));
  makeEvaluate(function);
  ASSERT_TRUE(succeeded(
      derive(*module, {DerivedEntry::LossAndGradients, DerivedEntry::Vjp}, /*simplify=*/true)));
  auto gradients = module->lookupSymbol<func::FuncOp>("loss_and_gradients");
  auto vjp = module->lookupSymbol<func::FuncOp>("vjp");

  std::mt19937 random(13);
  for (const SymbolSizes &sizes : GetParam().sizes) {
    // Those of the loss are the inputs and the weights, which are the cotangents.
    std::vector<Tensor> arguments = drawArguments(gradients, sizes, random);
    std::vector<Tensor> products = resultsMarked(vjp, RondoDialect::kInputGradientOf, arguments);
    std::vector<Tensor> expected =
        resultsMarked(gradients, RondoDialect::kInputGradientOf, arguments);
    EXPECT_EQ(resultsMarked(vjp, RondoDialect::kOutput, arguments).size(), forward.getNumResults());
    ASSERT_LE(products.size(), expected.size());
    for (unsigned i = 0; i < products.size(); ++i) {
      ASSERT_EQ(products[i].shape, expected[i].shape);
      // The same sums, in another order where algebra found one.
      for (int64_t k = 0; k < products[i].size(); ++k)
        EXPECT_NEAR(products[i].values[k], expected[i].values[k], 1e-12 * largest(expected[i]))
            << "input " << i << ", element " << k;
    }
  }
}

std::vector<GradientCase> select(bool (*wanted)(const GradientCase &)) {
  std::vector<GradientCase> cases = ruleCases(), selected;
  llvm::append_range(cases, modelCases());
  llvm::copy_if(cases, std::back_inserter(selected), wanted);
  return selected;
}

std::string nameOf(const testing::TestParamInfo<GradientCase> &info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Gradients, SecondDerivative,
                         testing::ValuesIn(select([](const GradientCase &) { return true; })),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Gradients, VectorJacobian,
                         testing::ValuesIn(select([](const GradientCase &test) {
                           return test.text.find("@f(") != std::string::npos;
                         })),
                         nameOf);

} // namespace
} // namespace rondo::test
