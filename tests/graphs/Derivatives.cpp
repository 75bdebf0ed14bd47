//===- Derivatives.cpp - Gradients of graphs against finite differences ---===//
//
// All of it in double precision, on the reference interpreter.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Arguments.h"

#include "compiler/differentiate/Passes.h"
#include "compiler/simplify/Passes.h"
#include "dialect/IR/RondoDialect.h"
#include "tests/gradients/GradientCheck.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <cmath>
#include <fmt/format.h>

using namespace mlir;
using rondo::reference::Tensor;

namespace rondo::test {

/// Elements of an argument that are compared one by one; of larger ones a sample.
constexpr int64_t kMostElements = 24;

// Central differences D of steps h and 2h. Of a smooth loss D(h) is wrong by h²f‴/6, a
// third of what D(2h) - D(h) is, and their combination by some h⁴; the second difference
// S(h) = f(x+h) - 2 f(x) + f(x-h) is a quarter of S(2h). Where the slope jumps by J at a
// distance d < h of x, D(h) is wrong by J (h-d) / 2h, and both rules are broken: D(2h) by
// J d / 4h and S by J |3d-2h|, of which one is large whatever d is. What they are broken
// by, therefore, is the tolerance; 1/2h of the latter, in the unit of D, is enough.
constexpr double kStep = 2e-5;
// The loss is rounded to about 1e-16 of the numbers that it is made of (some ten), of
// which the division by h makes 1e-10.
constexpr double kRounding = 1e-9;
// What truncation leaves, relative to the largest derivative of the argument.
constexpr double kTruncation = 1e-6;
// A tolerance that is wider than this, relative likewise, shows little.
constexpr double kUnclear = 1e-4;
// The same module before and after algebra: other roundings, of sums of some hundred
// terms of either sign.
constexpr double kAlgebra = 1e-9;

namespace {

class DerivativeCheck {
public:
  DerivativeCheck(GraphModule &model, unsigned run) : model(model), run(run) {
    arguments = model.drawArguments(run);
    loss = lossOf(arguments);
    if (!std::isfinite(loss))
      throw GraphFailure{"not-finite", fmt::format("the loss of run {} is {}", run, loss)};
  }

  /// Compares the gradients of `entry`.
  void compare(func::FuncOp entry, GraphCounts &counts) {
    Tensors results = runReference(entry, arguments);
    double largestOfAll = 0;
    Random random(model.graph.seed + run);
    for (unsigned i = 0; i < arguments.size(); ++i) {
      std::optional<unsigned> result = gradientOf(entry, i);
      if (!result)
        continue;
      compareArgument(i, results[*result], random, counts);
      largestOfAll = std::max(largestOfAll, largest(results[*result]));
    }
    if (!(largestOfAll > 1e-6))
      throw GraphFailure{"zeros", fmt::format("all gradients of run {} are zero", run)};
  }

  /// Compares all results of `simplified` with those of `entry`.
  void compareAlgebra(func::FuncOp entry, func::FuncOp simplified) {
    Tensors before = runReference(entry, arguments), after = runReference(simplified, arguments);
    double scale = 0;
    for (const Tensor &tensor : before)
      scale = std::max(scale, largest(tensor));
    for (auto [number, left, right] : llvm::enumerate(before, after))
      for (auto [i, x, y] : llvm::enumerate(left.values, right.values))
        if (!(std::abs(x - y) <= kAlgebra * std::max(largest(left), 1e-3 * scale)))
          throw GraphFailure{"algebra",
                             fmt::format("result {} of @{}, element {} in run {}: {} before "
                                         "algebra, {} after it",
                                         number, entry.getSymName().str(), i, run, x, y)};
  }

private:
  double lossOf(const Tensors &at) {
    Tensors results = runReference(model.evaluate, at);
    for (unsigned i = 0; i < results.size(); ++i)
      if (model.evaluate.getResultAttr(i, RondoDialect::kLoss))
        return results[i].values.front();
    throw GraphFailure{"frontend", "@evaluate has no loss"};
  }

  struct Difference {
    int64_t element;
    double slope;  ///< the derivative
    double broken; ///< how far the rules of smooth functions do not hold
  };

  Difference differenceIn(unsigned argument, int64_t element) {
    Tensors moved = arguments;
    double &value = moved[argument].values[element];
    double at = value;
    auto lossAt = [&](double steps) {
      value = at + steps * kStep;
      return lossOf(moved);
    };
    double below = lossAt(-1), above = lossAt(1), below2 = lossAt(-2), above2 = lossAt(2);
    double one = (above - below) / (2 * kStep), two = (above2 - below2) / (4 * kStep);
    double curvature = above - 2 * loss + below, curvature2 = above2 - 2 * loss + below2;
    return {element, one + (one - two) / 3,
            std::abs(one - two) + std::abs(curvature2 - 4 * curvature) / (2 * kStep)};
  }

  void compareArgument(unsigned argument, const Tensor &gradient, Random &random,
                       GraphCounts &counts) {
    std::vector<Difference> differences;
    double scale = 0;
    for (int64_t i = 0, count = std::min(gradient.size(), kMostElements); i < count; ++i) {
      int64_t element = count == gradient.size() ? i : random.below(gradient.size());
      differences.push_back(differenceIn(argument, element));
      scale = std::max(scale, std::abs(differences.back().slope));
    }
    for (const Difference &difference : differences) {
      double found = gradient.values[difference.element];
      double tolerance = kTruncation * scale + kRounding * (1 + std::abs(loss)) + difference.broken;
      ++counts.compared;
      counts.unclear += tolerance > kUnclear * scale;
      if (!(std::abs(found - difference.slope) <= tolerance))
        throw GraphFailure{
            "gradient",
            fmt::format("argument {} of @evaluate, element {} in run {}: the gradient is {}, the "
                        "difference quotient {}, the tolerance {:.2g}",
                        argument, difference.element, run, found, difference.slope, tolerance)};
    }
  }

  GraphModule &model;
  unsigned run;
  Tensors arguments;
  double loss;
};

} // namespace

std::optional<GraphFailure> checkDerivatives(const Graph &graph, GraphCounts &counts) {
  try {
    GraphModule model(graph);
    PassManager differentiation(model.context.get()), algebra(model.context.get());
    differentiation.addPass(createDifferentiate());
    algebra.addPass(createSimplify());
    algebra.addPass(createCSEPass());
    if (failed(differentiation.run(*model.module)))
      throw GraphFailure{"differentiate", "the module cannot be differentiated"};
    OwningOpRef<ModuleOp> simplified(model.module->clone());
    if (failed(algebra.run(*simplified)))
      throw GraphFailure{"simplify", "the module cannot be simplified"};
    for (unsigned run = 0; run < graph.runs.size(); ++run) {
      DerivativeCheck check(model, run);
      check.compare(model.module->lookupSymbol<func::FuncOp>("loss_and_gradients"), counts);
      for (StringRef name : {"evaluate", "loss_and_gradients", "train_step"})
        check.compareAlgebra(model.module->lookupSymbol<func::FuncOp>(name),
                             simplified->lookupSymbol<func::FuncOp>(name));
    }
  } catch (GraphFailure &failure) {
    return failure;
  }
  return std::nullopt;
}

} // namespace rondo::test
