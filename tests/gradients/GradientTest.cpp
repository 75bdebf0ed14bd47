//===- GradientTest.cpp - Every rule, and models made of them -------------===//
//
// Runs the cases, and checks that no op with a rule is without one.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "compiler/differentiate/Passes.h"
#include "compiler/simplify/Passes.h"
#include "compiler/simplify/Rewrites.h"
#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Splat.h"
#include "dialect/reference/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>
#include <map>
#include <set>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {

class Rule : public testing::TestWithParam<GradientCase> {};
TEST_P(Rule, agreesWithFiniteDifferences) { checkGradients(GetParam()); }

class Model : public testing::TestWithParam<GradientCase> {};
TEST_P(Model, agreesWithFiniteDifferences) { checkGradients(GetParam()); }

class Algebra : public testing::TestWithParam<GradientCase> {};
TEST_P(Algebra, agreesWithFiniteDifferences) { checkGradients(GetParam()); }

static std::string nameOf(const testing::TestParamInfo<GradientCase> &info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Gradients, Rule, testing::ValuesIn(ruleCases()), nameOf);
INSTANTIATE_TEST_SUITE_P(Gradients, Algebra, testing::ValuesIn(algebraCases()), nameOf);
INSTANTIATE_TEST_SUITE_P(Gradients, Model, testing::ValuesIn(modelCases()), nameOf);

// A loop's derivative is a loop, which has one again.
TEST(Loops, canBeDifferentiatedTwice) {
  for (const GradientCase &test : secondDerivativeCases()) {
    SCOPED_TRACE(test.name);
    checkGradients(test);
  }
}

// A recurrent layer as a loop is the same function with the same gradients.
TEST(Loops, canStandForRecurrentOps) {
  for (const GradientCase &test : ruleCases()) {
    llvm::StringRef name = test.name;
    if (!name.starts_with("lstm") && !name.starts_with("rnn"))
      continue;
    SCOPED_TRACE(test.name);
    std::unique_ptr<MLIRContext> context = makeContext();
    OwningOpRef<ModuleOp> whole = parseCase(*context, test);
    makeEvaluate(whole->lookupSymbol<func::FuncOp>("f"));
    OwningOpRef<ModuleOp> expanded(whole->clone());
    PassManager differentiation(context.get()), expansion(context.get());
    expansion.addPass(createExpandRecurrent());
    for (PassManager *passes : {&differentiation, &expansion}) {
      passes->addPass(createDifferentiate());
      passes->addPass(createSimplify());
    }
    ASSERT_TRUE(succeeded(differentiation.run(*whole)));
    ASSERT_TRUE(succeeded(expansion.run(*expanded)));
    expanded->walk(
        [](Operation *op) { EXPECT_FALSE((isa<LstmOp, LstmGradOp, RnnOp, RnnGradOp>(op))); });

    auto entry = whole->lookupSymbol<func::FuncOp>("loss_and_gradients");
    std::mt19937 random(7);
    std::vector<Tensor> arguments = drawArguments(entry, test.sizes.front(), random);
    std::vector<Tensor> expected = run(entry, arguments);
    std::vector<Tensor> actual =
        run(expanded->lookupSymbol<func::FuncOp>("loss_and_gradients"), arguments);
    ASSERT_EQ(actual.size(), expected.size());
    for (auto [result, tensors] : llvm::enumerate(llvm::zip(actual, expected))) {
      auto &[one, other] = tensors;
      for (int64_t i = 0; i < other.size(); ++i)
        // The constants of formulas are doubles in the one and f32 in the ops of the other.
        EXPECT_NEAR(one.values[i], other.values[i], 1e-6 * std::max(1.0, largest(other)))
            << "result " << result << ", element " << i;
    }
  }
}

TEST(Rules, haveACaseEach) {
  std::unique_ptr<MLIRContext> context = makeContext();
  std::set<std::string> tested;
  for (const GradientCase &test : ruleCases()) {
    OwningOpRef<ModuleOp> module = parseCase(*context, test);
    ASSERT_TRUE(module);
    module->walk([&](Operation *op) { tested.insert(op->getName().getStringRef().str()); });
  }
  for (RegisteredOperationName op : context->getRegisteredOperations())
    if (op.hasInterface<DifferentiableOpInterface>()) {
      EXPECT_TRUE(tested.count(op.getStringRef().str())) << op.getStringRef().str();
    }
}

/// The module of a case after algebra without one rewrite; with all for an empty name.
static std::string simplifyWithout(const GradientCase &test, const std::string &rewrite) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, test);
  PassManager passes(context.get());
  SimplifyOptions options;
  if (!rewrite.empty())
    options.disabled = rewrite;
  passes.addPass(createSimplify(options));
  EXPECT_TRUE(module && succeeded(passes.run(*module)));
  std::string text;
  llvm::raw_string_ostream(text) << *module;
  return text;
}

TEST(Rewrites, everyRewriteChangesItsCase) {
  std::map<std::string, GradientCase> cases;
  for (const GradientCase &test : algebraCases())
    cases.emplace(test.name, test);
  for (const std::string &rewrite : rewriteNames()) {
    SCOPED_TRACE(rewrite);
    std::string name = rewrite;
    llvm::erase(name, '-');
    auto found = cases.find(name);
    ASSERT_NE(found, cases.end());
    EXPECT_NE(simplifyWithout(found->second, rewrite), simplifyWithout(found->second, ""));
  }
}

/// The gradient of the sum of the results of `@f(%x)` at `x`.
static std::vector<double> gradientAt(const char *text, std::vector<double> x) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, {"gradientAt", text});
  if (!module)
    return {};
  auto function = module->lookupSymbol<func::FuncOp>("f");
  Block &body = function.getBody().front();
  Operation *terminator = body.getTerminator();
  OpBuilder builder(terminator);
  auto type = cast<RankedTensorType>(function.getResultTypes()[0]);
  Seed seed{0, buildSplat(builder, terminator->getLoc(), type, 1.0)};
  FailureOr<SmallVector<Value>> gradients = buildCotangents(body, seed, body.getArgument(0));
  if (failed(gradients))
    return {};
  terminator->setOperands(gradients->front());
  function.setType(
      builder.getFunctionType(function.getArgumentTypes(), gradients->front().getType()));
  Tensor argument(Dtype::Float, {static_cast<int64_t>(x.size())}, x);
  llvm::Expected<std::vector<Tensor>> results = reference::interpret(function, argument);
  if (!results) {
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }
  return results->front().values;
}

// Where a function has a kink, finite differences say nothing: the rules do
// there what TensorFlow does.

TEST(Kinks, equalMaximaShareTheCotangent) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%x: tensor<4xf32>) -> tensor<f32> {
      %y = rondo.reduce max %x dims = [0] : tensor<4xf32> -> tensor<f32>
      return %y : tensor<f32>
    })",
                       {3, 1, 3, 2}),
            (std::vector<double>{0.5, 0, 0.5, 0}));
}

TEST(Kinks, equalMinimaShareTheCotangent) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%x: tensor<4xf32>) -> tensor<f32> {
      %y = rondo.reduce min %x dims = [0] : tensor<4xf32> -> tensor<f32>
      return %y : tensor<f32>
    })",
                       {1, 1, 1, 1}),
            (std::vector<double>{0.25, 0.25, 0.25, 0.25}));
}

TEST(Kinks, reluIsFlatAtZero) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {
      %y = rondo.relu %x : tensor<3xf32>
      return %y : tensor<3xf32>
    })",
                       {-1, 0, 1}),
            (std::vector<double>{0, 0, 1}));
}

TEST(Kinks, absIsFlatAtZero) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {
      %y = rondo.abs %x : tensor<3xf32>
      return %y : tensor<3xf32>
    })",
                       {-1, 0, 1}),
            (std::vector<double>{-1, 0, 1}));
}

TEST(Kinks, powersOfWhatIsNotPositiveAreFlatInTheExponent) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%y: tensor<3xf32>) -> tensor<3xf32> {
      %x = arith.constant dense<[-2.0, 0.0, 1.0]> : tensor<3xf32>
      %z = rondo.pow %x, %y : tensor<3xf32>
      return %z : tensor<3xf32>
    })",
                       {2, 2, 2}),
            (std::vector<double>{0, 0, 0}));
}

TEST(Kinks, maximumOfEqualsGoesToTheFirst) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {
      %c = arith.constant dense<1.0> : tensor<3xf32>
      %y = rondo.maximum %x, %c : tensor<3xf32>
      return %y : tensor<3xf32>
    })",
                       {0, 1, 2}),
            (std::vector<double>{0, 1, 1}));
}

TEST(Kinks, minimumOfEqualsGoesToTheFirst) {
  EXPECT_EQ(gradientAt(R"(
    func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {
      %c = arith.constant dense<1.0> : tensor<3xf32>
      %y = rondo.minimum %x, %c : tensor<3xf32>
      return %y : tensor<3xf32>
    })",
                       {0, 1, 2}),
            (std::vector<double>{1, 1, 0}));
}

} // namespace rondo::test
