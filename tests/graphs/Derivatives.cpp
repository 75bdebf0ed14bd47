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
// by, therefore, is the tolerance; 1/2h of the latter, in the unit of D, is enough. So it is
// for gradients, which themselves jump where the loss has a kink: a jump of J within h makes
// D(h) wrong by J / 2h, D(2h) by J / 4h and S by 3J.
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
// What counts as zero where all gradients of a graph are: numbers are of the size of one.
constexpr double kZero = 1e-6;

namespace {

/// A number for each list of arguments.
using Function = llvm::function_ref<double(const Tensors &)>;

/// What values of a function at steps of -2h, -h, 0, h and 2h tell.
struct Difference {
  Difference(double below2, double below, double middle, double above, double above2) {
    double one = (above - below) / (2 * kStep), two = (above2 - below2) / (4 * kStep);
    double curvature = above - 2 * middle + below, curvature2 = above2 - 2 * middle + below2;
    slope = one + (one - two) / 3;
    broken = std::abs(one - two) + std::abs(curvature2 - 4 * curvature) / (2 * kStep);
  }
  double slope;  ///< the derivative
  double broken; ///< how far the rules of smooth functions do not hold
};

class DerivativeCheck {
public:
  DerivativeCheck(GraphModule &model, unsigned run)
      : model(model), run(run), random(model.graph.seed + run) {
    arguments = model.drawArguments(model.training, run);
    double loss = lossOf(arguments);
    if (!std::isfinite(loss))
      throw GraphFailure{"not-finite", fmt::format("the loss of run {} is {}", run, loss)};
  }

  /// Compares the gradients of `entry`. Returns whether there is anything but zeros among them.
  bool compare(func::FuncOp entry, GraphCounts &counts) {
    auto loss = [&](const Tensors &at) { return lossOf(at); };
    auto [steepest, largestGradient] =
        compareGradients(entry, arguments, arguments.size(), loss, counts);
    if (largestGradient > kZero)
      return true;
    // Next to a kink the comparison may have let them pass.
    if (steepest > kZero)
      throw GraphFailure{"zeros", fmt::format("all gradients of run {} are zero, a difference "
                                              "quotient is {}",
                                              run, steepest)};
    return false;
  }

  /// Compares the products of `vjp` with differences of outputs times cotangents.
  void compareVjp(func::FuncOp forward, func::FuncOp vjp, GraphCounts &counts) {
    Tensors at = model.drawArguments(vjp, run);
    size_t count = forward.getNumArguments();
    auto weighted = [&](const Tensors &moved) {
      Tensors outputs = runReference(forward, {moved.begin(), moved.begin() + count});
      double sum = 0;
      for (auto [output, cotangent] : llvm::zip_equal(outputs, llvm::drop_begin(at, count)))
        for (auto [y, c] : llvm::zip_equal(output.values, cotangent.values))
          sum += y * c;
      return sum;
    };
    compareGradients(vjp, at, count, weighted, counts);
  }

  /// Compares the products of `hvp` with differences of the gradients along the vector.
  void compareHvp(func::FuncOp gradients, func::FuncOp hvp, GraphCounts &counts) {
    Tensors at = model.drawArguments(hvp, run);
    std::vector<unsigned> parameters; // those that have a vector
    for (unsigned i = 0; i < arguments.size(); ++i)
      if (gradients.getArgAttr(i, RondoDialect::kParameter) && gradientOf(gradients, i))
        parameters.push_back(i);
    auto gradientsAt = [&](double steps) {
      Tensors moved = arguments;
      for (auto [i, vector] : llvm::zip_equal(parameters, llvm::drop_begin(at, arguments.size())))
        for (auto [value, direction] : llvm::zip_equal(moved[i].values, vector.values))
          value += steps * kStep * direction;
      return runReference(gradients, moved);
    };
    Tensors below2 = gradientsAt(-2), below = gradientsAt(-1), middle = gradientsAt(0),
            above = gradientsAt(1), above2 = gradientsAt(2), products = runReference(hvp, at);
    double largestGradient = 0;
    std::vector<std::vector<Difference>> differences;
    double scale = 0;
    for (unsigned i : parameters) {
      unsigned g = *gradientOf(gradients, i);
      largestGradient = std::max(largestGradient, largest(middle[g]));
      std::vector<Difference> &own = differences.emplace_back();
      for (int64_t k = 0; k < middle[g].size(); ++k) {
        own.emplace_back(below2[g].values[k], below[g].values[k], middle[g].values[k],
                         above[g].values[k], above2[g].values[k]);
        scale = std::max(scale, std::abs(own.back().slope));
      }
    }
    // The loss comes first.
    for (size_t p = 0; p < parameters.size(); ++p)
      for (size_t k = 0; k < differences[p].size(); ++k)
        compareNumber(products[1 + p].values[k], differences[p][k], scale, largestGradient, counts,
                      [&] {
                        return fmt::format("argument {} of @hvp, element {} in run {}",
                                           parameters[p], k, run);
                      });
  }

  /// Compares all results of `simplified` with those of `entry`.
  void compareAlgebra(func::FuncOp entry, func::FuncOp simplified) {
    Tensors at = model.drawArguments(entry, run);
    Tensors before = runReference(entry, at), after = runReference(simplified, at);
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
    Tensors results = runReference(model.training, at);
    for (unsigned i = 0; i < results.size(); ++i)
      if (model.training.getResultAttr(i, RondoDialect::kLoss))
        return results[i].values.front();
    throw GraphFailure{"frontend", "the loss of training is missing"};
  }

  struct Sizes {
    double slope, gradient;
  };

  /// Compares the gradients of `function` with respect to the first arguments of `entry`, which
  /// gets all of `at`. Returns the largest that were seen.
  Sizes compareGradients(func::FuncOp entry, const Tensors &at, size_t count, Function function,
                         GraphCounts &counts) {
    Tensors results = runReference(entry, at);
    Sizes sizes{0, 0};
    double value = function(at);
    for (unsigned i = 0; i < count; ++i)
      if (std::optional<unsigned> result = gradientOf(entry, i)) {
        sizes.slope = std::max(
            sizes.slope, compareArgument(i, results[*result], at, value, function, entry, counts));
        sizes.gradient = std::max(sizes.gradient, largest(results[*result]));
      }
    return sizes;
  }

  /// Returns the steepest slope that it has seen.
  double compareArgument(unsigned argument, const Tensor &gradient, Tensors at, double middle,
                         Function function, func::FuncOp entry, GraphCounts &counts) {
    std::vector<std::pair<int64_t, Difference>> differences;
    double scale = 0;
    for (int64_t i = 0, count = std::min(gradient.size(), kMostElements); i < count; ++i) {
      int64_t element = count == gradient.size() ? i : random.below(gradient.size());
      double &value = at[argument].values[element], original = value;
      auto valueAt = [&](double steps) {
        value = original + steps * kStep;
        return function(at);
      };
      double below2 = valueAt(-2), below = valueAt(-1), above = valueAt(1), above2 = valueAt(2);
      value = original;
      differences.push_back({element, Difference(below2, below, middle, above, above2)});
      scale = std::max(scale, std::abs(differences.back().second.slope));
    }
    for (const auto &[element, difference] : differences)
      compareNumber(gradient.values[element], difference, scale, std::abs(middle), counts,
                    [&, element = element] {
                      return fmt::format("argument {} of @{}, element {} in run {}", argument,
                                         entry.getSymName().str(), element, run);
                    });
    return scale;
  }

  /// `size` is that of the numbers that are rounded, `scale` that of the derivatives.
  void compareNumber(double found, const Difference &difference, double scale, double size,
                     GraphCounts &counts, llvm::function_ref<std::string()> place) {
    double tolerance = kTruncation * scale + kRounding * (1 + size) + difference.broken;
    ++counts.compared;
    counts.unclear += tolerance > kUnclear * scale;
    if (!(std::abs(found - difference.slope) <= tolerance))
      throw GraphFailure{"gradient",
                         fmt::format("{}: the derivative is {}, the difference quotient {}, the "
                                     "tolerance {:.2g}",
                                     place(), found, difference.slope, tolerance)};
  }

  GraphModule &model;
  unsigned run;
  Random random;
  Tensors arguments;
};

} // namespace

std::optional<GraphFailure> checkDerivatives(const Graph &graph, GraphCounts &counts) {
  try {
    GraphModule model(graph);
    std::vector<DerivedEntry> entries = {DerivedEntry::LossAndGradients, DerivedEntry::TrainStep};
    // Each for a quarter of all graphs. The Hessian is that of @evaluate, and compared with
    // gradients of that.
    bool hasHvp = graph.seed % 4 == 0 && !model.drawsInTraining(), hasVjp = graph.seed % 4 == 2;
    if (hasHvp)
      entries.push_back(DerivedEntry::Hvp);
    if (hasVjp)
      entries.push_back(DerivedEntry::Vjp);
    PassManager differentiation(model.context.get()), algebra(model.context.get());
    differentiation.addPass(createDifferentiate(entries, Wrt::All));
    // Before and after, as the compiler does.
    algebra.addPass(createSimplify());
    algebra.addPass(createDifferentiate(entries, Wrt::All));
    algebra.addPass(createSimplify());
    algebra.addPass(createCSEPass());
    OwningOpRef<ModuleOp> simplified(model.module->clone());
    if (failed(differentiation.run(*model.module)))
      throw GraphFailure{"differentiate", "the module cannot be differentiated"};
    if (failed(algebra.run(*simplified)))
      throw GraphFailure{"simplify", "the module cannot be simplified"};
    bool isVacuous = false;
    for (unsigned run = 0; run < graph.runs.size(); ++run) {
      DerivativeCheck check(model, run);
      auto entry = [&](StringRef name) { return model.module->lookupSymbol<func::FuncOp>(name); };
      isVacuous |= !check.compare(entry("loss_and_gradients"), counts);
      if (hasVjp)
        check.compareVjp(entry("forward"), entry("vjp"), counts);
      if (hasHvp)
        check.compareHvp(entry("loss_and_gradients"), entry("hvp"), counts);
      for (auto function : model.module->getOps<func::FuncOp>())
        check.compareAlgebra(function,
                             simplified->lookupSymbol<func::FuncOp>(function.getSymName()));
    }
    counts.vacuous += isVacuous;
  } catch (GraphFailure &failure) {
    return failure;
  }
  return std::nullopt;
}

} // namespace rondo::test
