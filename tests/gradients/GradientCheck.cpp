//===- GradientCheck.cpp - Gradients against finite differences -----------===//
//
// Makes a loss of any function, differentiates it, and measures.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "compiler/differentiate/Passes.h"
#include "compiler/simplify/Passes.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <random>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Environment;
using rondo::reference::Tensor;

namespace rondo::test {

static constexpr const char *kPrelude = R"(
#B = #rondo.dims<["B"]>
#T = #rondo.dims<["T"]>
#S = #rondo.dims<["S"]>
#BT = #rondo.dims<["B", "T"]>
#TB = #rondo.dims<["T", "B"]>
#BS = #rondo.dims<["B", "S"]>
#TS = #rondo.dims<["T", "S"]>
#BB = #rondo.dims<["B", "B"]>
#BTS = #rondo.dims<["B", "T", "S"]>
#BTT = #rondo.dims<["B", "T", "T"]>
)";

std::unique_ptr<MLIRContext> makeContext() {
  auto context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  context->loadDialect<RondoDialect, arith::ArithDialect, func::FuncDialect>();
  context->allowUnregisteredDialects(); // test.min, …
  return context;
}

OwningOpRef<ModuleOp> parseCase(MLIRContext &context, const GradientCase &test) {
  auto module = parseSourceString<ModuleOp>(kPrelude + test.text, &context, test.name);
  EXPECT_TRUE(module) << test.name << " does not parse";
  return module;
}

static bool isFloat(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }

void makeEvaluate(func::FuncOp function) {
  Block &body = function.getBody().front();
  Operation *terminator = body.getTerminator();
  ImplicitLocOpBuilder b(terminator->getLoc(), terminator);
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    function.setArgAttr(i, RondoDialect::kInput, b.getStringAttr("x" + std::to_string(i)));
  Value loss;
  for (auto [i, result] : llvm::enumerate(terminator->getOperands())) {
    if (!isFloat(result.getType()))
      continue;
    unsigned number = function.getNumArguments();
    auto name = b.getNamedAttr(RondoDialect::kInput, b.getStringAttr("w" + std::to_string(i)));
    function.insertArgument(number, result.getType(), b.getDictionaryAttr(name), b.getLoc());
    Value term = b.create<MulOp>(function.getArgument(number), result);
    SmallVector<int64_t> all(cast<RankedTensorType>(result.getType()).getRank());
    std::iota(all.begin(), all.end(), 0);
    term = b.create<ReduceOp>(ReduceKind::sum, term, all);
    if (loss && loss.getType() != term.getType())
      term = b.create<CastOp>(loss.getType(), term);
    loss = loss ? b.create<AddOp>(loss, term).getResult() : term;
  }
  terminator->setOperands(loss);
  function.setType(b.getFunctionType(function.getArgumentTypes(), loss.getType()));
  function.setResAttrsAttr(ArrayAttr());
  function.setResultAttr(0, RondoDialect::kLoss, b.getUnitAttr());
  function.setName("evaluate");
}

std::vector<Tensor> drawArguments(func::FuncOp function, const SymbolSizes &sizes,
                                  std::mt19937 &random) {
  Environment env(sizes);
  std::vector<Tensor> arguments;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    Tensor tensor = env.zeros(type);
    float low = -1, high = 1;
    if (auto min = function.getArgAttrOfType<FloatAttr>(i, "test.min")) {
      low = min.getValueAsDouble();
      high = low + 1;
    }
    auto below = function.getArgAttrOfType<IntegerAttr>(i, "test.below");
    std::uniform_real_distribution<float> number(low, high);
    std::uniform_int_distribution<int> integer(0, below ? below.getInt() - 1 : 1);
    for (double &value : tensor.values)
      value = tensor.dtype == Dtype::Float ? number(random) : integer(random);
    arguments.push_back(std::move(tensor));
  }
  return arguments;
}

std::vector<Tensor> run(func::FuncOp function, const std::vector<Tensor> &arguments) {
  llvm::Expected<std::vector<Tensor>> results = reference::interpret(function, arguments);
  if (results)
    return std::move(*results);
  ADD_FAILURE() << llvm::toString(results.takeError());
  return {};
}

static unsigned lossOf(func::FuncOp function) {
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (function.getResultAttr(i, RondoDialect::kLoss))
      return i;
  ADD_FAILURE() << "no loss";
  return 0;
}

std::optional<unsigned> gradientOf(func::FuncOp entry, unsigned argument) {
  StringRef mark = RondoDialect::kInputGradientOf;
  auto name = entry.getArgAttrOfType<StringAttr>(argument, RondoDialect::kInput);
  if (auto parameter = entry.getArgAttrOfType<ParameterAttr>(argument, RondoDialect::kParameter)) {
    mark = RondoDialect::kGradientOf;
    name = StringAttr::get(entry.getContext(), parameter.getPath());
  }
  for (unsigned i = 0; name && i < entry.getNumResults(); ++i)
    if (entry.getResultAttr(i, mark) == name)
      return i;
  return std::nullopt;
}

/// The central difference of the loss in every element of one argument. The
/// step balances the truncation error (step²) with rounding (1e-16 / step).
static Tensor centralDifferences(func::FuncOp evaluate, std::vector<Tensor> arguments,
                                 unsigned argument) {
  constexpr double kStep = 1e-5;
  unsigned loss = lossOf(evaluate);
  Tensor differences(Dtype::Float, arguments[argument].shape);
  for (int64_t i = 0; i < differences.size(); ++i) {
    double &value = arguments[argument].values[i];
    double at = value;
    value = at + kStep;
    double above = run(evaluate, arguments)[loss].values[0];
    value = at - kStep;
    double below = run(evaluate, arguments)[loss].values[0];
    value = at;
    differences.values[i] = (above - below) / (2 * kStep);
  }
  return differences;
}

double largest(const Tensor &tensor) {
  double result = 0;
  for (double value : tensor.values)
    result = std::max(result, std::abs(value));
  return result;
}

namespace {
/// A case at one set of arguments, and what finite differences say of it.
class Expected {
public:
  Expected(func::FuncOp evaluate, std::vector<Tensor> arguments)
      : evaluate(evaluate), arguments(std::move(arguments)) {}

  /// Compares the gradients that `entry` computes, and its loss: the same number,
  /// or, where sums are taken `reordered`, one that differs by their rounding.
  void compareWith(func::FuncOp entry, bool reordered);

private:
  const Tensor &differences(unsigned argument) {
    auto found = known.find(argument);
    if (found == known.end())
      found = known.emplace(argument, centralDifferences(evaluate, arguments, argument)).first;
    return found->second;
  }

  func::FuncOp evaluate;
  std::vector<Tensor> arguments;
  std::map<unsigned, Tensor> known;
};
} // namespace

void Expected::compareWith(func::FuncOp entry, bool reordered) {
  std::vector<Tensor> results = run(entry, arguments);
  ASSERT_EQ(results.size(), entry.getNumResults());
  double loss = results[lossOf(entry)].values[0];
  double expectedLoss = run(evaluate, arguments)[lossOf(evaluate)].values[0];
  if (reordered) // a few hundred terms of order one
    EXPECT_NEAR(loss, expectedLoss, 1e-13 * std::max(1.0, std::abs(expectedLoss)));
  else
    EXPECT_DOUBLE_EQ(loss, expectedLoss);
  unsigned checked = 0;
  for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
    std::optional<unsigned> result = gradientOf(entry, i);
    if (!result)
      continue;
    SCOPED_TRACE("gradient of argument " + std::to_string(i));
    ++checked;
    const Tensor &gradient = results[*result], &difference = differences(i);
    ASSERT_EQ(gradient.shape, difference.shape);
    if (entry.getArgAttr(i, "test.unused")) {
      EXPECT_EQ(largest(gradient), 0);
      EXPECT_EQ(largest(difference), 0);
      continue;
    }
    EXPECT_GT(largest(difference), 1e-4) << "a check of nothing but zeros";
    for (int64_t k = 0; k < gradient.size(); ++k)
      EXPECT_NEAR(gradient.values[k], difference.values[k], 1e-6 * largest(difference))
          << "element " << k;
  }
  EXPECT_GT(checked, 0u) << "no gradient to check";
}

void checkGradients(const GradientCase &test) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, test);
  ASSERT_TRUE(module);
  if (auto function = module->lookupSymbol<func::FuncOp>("f"))
    makeEvaluate(function);
  auto evaluate = module->lookupSymbol<func::FuncOp>("evaluate");
  ASSERT_TRUE(evaluate);

  PassManager differentiation(context.get()), algebra(context.get());
  differentiation.addPass(createDifferentiate());
  algebra.addPass(createSimplify());
  OwningOpRef<ModuleOp> plain(module->clone());
  ASSERT_TRUE(succeeded(differentiation.run(*plain)));
  OwningOpRef<ModuleOp> simplifiedAfter(plain->clone());
  ASSERT_TRUE(succeeded(algebra.run(*simplifiedAfter)));
  OwningOpRef<ModuleOp> simplifiedFirst(module->clone());
  ASSERT_TRUE(succeeded(algebra.run(*simplifiedFirst)));
  ASSERT_TRUE(succeeded(differentiation.run(*simplifiedFirst)));

  std::mt19937 random(7);
  for (const SymbolSizes &sizes : test.sizes) {
    Expected expected(evaluate, drawArguments(evaluate, sizes, random));
    for (StringRef name : {"loss_and_gradients", "train_step"}) {
      auto entry = plain->lookupSymbol<func::FuncOp>(name);
      if (!entry)
        continue; // a module without an optimizer has no @train_step
      SCOPED_TRACE(name.str());
      expected.compareWith(entry, /*reordered=*/false);
      SCOPED_TRACE("after algebra");
      expected.compareWith(simplifiedAfter->lookupSymbol<func::FuncOp>(name), /*reordered=*/true);
      SCOPED_TRACE("algebra before differentiation");
      expected.compareWith(simplifiedFirst->lookupSymbol<func::FuncOp>(name), /*reordered=*/true);
    }
  }
}

/// The gradients of a case, of which recurrent layers are loops, as the function of another case.
static GradientCase gradientsAsCase(const GradientCase &test) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, test);
  makeEvaluate(module->lookupSymbol<func::FuncOp>("f"));
  PassManager passes(context.get());
  passes.addPass(createExpandRecurrent());
  passes.addPass(createDifferentiate());
  passes.addPass(createSimplify());
  EXPECT_TRUE(succeeded(passes.run(*module)));
  module->lookupSymbol("evaluate")->erase();
  auto function = module->lookupSymbol<func::FuncOp>("loss_and_gradients");
  function.setName("f");
  function.setResAttrsAttr(ArrayAttr());
  GradientCase gradients{"gradientsOf_" + test.name, "", test.sizes};
  llvm::raw_string_ostream(gradients.text) << *module;
  return gradients;
}

std::vector<GradientCase> secondDerivativeCases() {
  std::vector<GradientCase> cases;
  for (const GradientCase &test : ruleCases())
    if (test.name == "scanOfTwoStates" || test.name == "scanWithAScalar" ||
        test.name == "scanOfScans" || test.name == "lstmAllResults" ||
        test.name == "rnnOfGrusAllResults" || test.name == "rnnOfSimpleCellsAllResults")
      cases.push_back(gradientsAsCase(test));
  return cases;
}

} // namespace rondo::test
