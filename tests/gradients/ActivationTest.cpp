//===- ActivationTest.cpp - Activations against Keras ---------------------===//
//
// Values and derivatives of every formula of Activations.h, on doubles and as ops
// of the dialect, at the points of activations.txt, which Keras computed
// (make_activation_goldens.py): both sides of every kink, the kinks, and far away.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/TensorNumber.h"
#include "dialect/reference/Interpreter.h"

#include "llvm/ADT/StringMap.h"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {
namespace {

struct Point {
  double x, value, derivative;
};

struct Golden {
  std::string name;
  std::vector<Point> points;
};

std::vector<Golden> readGoldens() {
  std::vector<Golden> goldens;
  std::ifstream file(RONDO_ACTIVATION_GOLDENS);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Golden golden;
    words >> golden.name;
    for (Point point; words >> point.x >> point.value >> point.derivative;)
      golden.points.push_back(point);
    goldens.push_back(std::move(golden));
  }
  return goldens;
}

using Formula = std::function<TensorNumber(const TensorNumber &)>;

/// The formula that a line of the file is about.
Formula formulaOf(const std::string &name) {
  using namespace activations;
  using N = TensorNumber;
  static const llvm::StringMap<Formula> withArguments = {
      {"relu(slope=0.1,max=2,threshold=0.25)", [](const N &x) { return relu(x, 0.1, 2, 0.25); }},
      {"relu(slope=0.3,threshold=0)", [](const N &x) { return relu(x, 0.3, std::nullopt, 0); }},
      {"relu(slope=0,max=6,threshold=0)", [](const N &x) { return relu(x, 0, 6, 0); }},
      {"leaky_relu(0.01)", [](const N &x) { return leakyRelu(x, 0.01); }},
      {"elu(0.5)", [](const N &x) { return elu(x, 0.5); }},
      {"celu(2)", [](const N &x) { return celu(x, 2); }},
      {"gelu(approximate)", [](const N &x) { return gelu(x, true); }},
      {"soft_shrink(1)", [](const N &x) { return softShrink(x, 1); }},
      {"hard_shrink(1)", [](const N &x) { return hardShrink(x, 1); }},
      {"threshold(0.5,-2)", [](const N &x) { return threshold(x, 0.5, -2); }},
      {"squareplus(1)", [](const N &x) { return squareplus(x, 1); }}};
  if (auto found = withArguments.find(name); found != withArguments.end())
    return found->second;
  std::optional<Activation> activation = activationOfName(name);
  EXPECT_TRUE(activation) << name;
  return [activation](const N &x) { return apply(activation.value_or(Activation::linear), x); };
}

/// The ops that `formula` builds, and the derivative that their rules give, at `xs`.
std::vector<Tensor> evaluate(const Formula &formula, const std::vector<double> &xs) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OpBuilder builder(context.get());
  auto type =
      RankedTensorType::get({static_cast<int64_t>(xs.size())}, Float64Type::get(context.get()));
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  auto function = builder.create<func::FuncOp>(builder.getUnknownLoc(), "f",
                                               builder.getFunctionType(type, {type, type}));
  Block &body = *function.addEntryBlock();
  ImplicitLocOpBuilder b = ImplicitLocOpBuilder::atBlockEnd(builder.getUnknownLoc(), &body);
  TensorNumber x(b, body.getArgument(0));
  Value y = formula(x).getTensor(x);
  auto terminator = b.create<func::ReturnOp>(ValueRange{y, y});
  b.setInsertionPoint(terminator);
  Seed seed{0, buildSplat(b, b.getLoc(), type, 1.0)};
  FailureOr<SmallVector<Value>> gradients = buildCotangents(body, seed, body.getArgument(0));
  if (failed(gradients)) {
    ADD_FAILURE() << "no gradient";
    return {};
  }
  terminator.setOperand(1, gradients->front());
  return run(function, {Tensor(Dtype::Float, type.getShape(), xs)});
}

/// What TensorFlow's floats make of numbers such as 0.2, and Keras' cancellation.
void expectClose(double actual, double expected, const char *what, const Golden &golden,
                 const Point &point) {
  EXPECT_NEAR(actual, expected, 1e-7 * std::max(1.0, std::abs(expected)))
      << what << " of " << golden.name << " at " << point.x;
}

/// TensorFlow counts both sides of the kink of each term of celu, which has none.
double derivativeOf(const Golden &golden, const Point &point) {
  if (golden.name.substr(0, 4) == "celu" && point.x == 0) {
    EXPECT_EQ(point.derivative, 2);
    return 1;
  }
  return point.derivative;
}

} // namespace

TEST(Activations, ofTensorsAreThoseOfKeras) {
  for (const Golden &golden : readGoldens()) {
    std::vector<double> xs;
    for (const Point &point : golden.points)
      xs.push_back(point.x);
    std::vector<Tensor> results = evaluate(formulaOf(golden.name), xs);
    ASSERT_EQ(results.size(), 2u);
    for (auto [i, point] : llvm::enumerate(golden.points)) {
      expectClose(results[0].values[i], point.value, "value", golden, point);
      expectClose(results[1].values[i], derivativeOf(golden, point), "gradient", golden, point);
    }
  }
}

TEST(Activations, ofDoublesAreThoseOfKeras) {
  std::set<Activation> seen;
  for (const Golden &golden : readGoldens()) {
    std::optional<Activation> activation = activationOfName(golden.name);
    if (!activation)
      continue; // one with arguments
    seen.insert(*activation);
    for (const Point &point : golden.points) {
      double value = activations::apply(*activation, point.x);
      double expected = derivativeOf(golden, point);
      expectClose(value, point.value, "value", golden, point);
      expectClose(activations::derivative(*activation, point.x), expected, "derivative", golden,
                  point);
      if (activations::hasDerivativeOfResult(*activation))
        expectClose(activations::derivativeOfResult(*activation, value), expected,
                    "derivative from the result", golden, point);
    }
  }
  EXPECT_EQ(seen.size(), getMaxEnumValForActivation() + 1u) << "every activation has a golden";
}

TEST(Activations, areFiniteFarAway) {
  for (uint32_t number = 0; number <= getMaxEnumValForActivation(); ++number) {
    auto activation = static_cast<Activation>(number);
    if (activation == Activation::exponential)
      continue; // which is infinite there
    for (double x : {-1e6, -1e3, 1e3, 1e6}) {
      EXPECT_TRUE(std::isfinite(activations::apply(activation, x)))
          << stringifyActivation(activation).str() << " at " << x;
      EXPECT_TRUE(std::isfinite(activations::derivative(activation, x)))
          << "derivative of " << stringifyActivation(activation).str() << " at " << x;
      std::vector<Tensor> results =
          evaluate([&](const TensorNumber &x) { return activations::apply(activation, x); }, {x});
      ASSERT_EQ(results.size(), 2u);
      EXPECT_TRUE(std::isfinite(results[1].values[0]))
          << "gradient of " << stringifyActivation(activation).str() << " at " << x;
    }
  }
}

TEST(Activations, haveKerasNames) {
  EXPECT_EQ(activationOfName("swish"), Activation::silu);
  EXPECT_EQ(activationOfName("hard_swish"), Activation::hard_silu);
  EXPECT_EQ(activationOfName("leaky_relu"), Activation::leaky_relu);
  EXPECT_EQ(activationOfName("softmax"), std::nullopt);
  EXPECT_EQ(activationOfName("LeakyReLU"), std::nullopt);
}

} // namespace rondo::test
