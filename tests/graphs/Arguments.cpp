//===- Arguments.cpp - A graph as a module, with numbers for it -----------===//
//
// Loads a graph by the frontend, draws its arguments, runs it on the reference
// interpreter.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Arguments.h"

#include "compiler/differentiate/Derived.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"
#include "rondo/generated.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {

GraphModule::GraphModule(const Graph &graph) : graph(graph) {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  diagnostics::Engine engine;
  auto loaded = frontend::loadModelFile(*context, "graph.py", {}, engine, graph.str());
  if (!loaded || !loaded->isCompiled)
    throw GraphFailure{"frontend", engine.render()};
  module = std::move(loaded->module);
  evaluate = module->lookupSymbol<func::FuncOp>("evaluate");
  undifferentiated = module->clone();
  training = undifferentiated->lookupSymbol<func::FuncOp>(trainingSource(*module));
}

SymbolSizes GraphModule::sizes(unsigned run) {
  // Inputs come first, in the order of the graph; each open dimension of one is a symbol.
  SymbolSizes result;
  for (auto [i, input] : llvm::enumerate(graph.inputs())) {
    auto type = cast<RankedTensorType>(evaluate.getArgumentTypes()[i]);
    for (auto [dim, of] : llvm::zip_equal(getDims(type), graph.tensors[input].dims))
      for (const std::string &symbol : dim.getSymbols())
        result[symbol] = graph.sizeOf(of, run);
  }
  return result;
}

/// How the numbers of an argument are drawn.
static void fill(Tensor &tensor, const Range &range, Random &random) {
  for (double &value : tensor.values)
    value = tensor.dtype == Dtype::Float ? static_cast<float>(random.between(range.low, range.high))
                                         : random.below(static_cast<size_t>(range.high));
}

/// Makes distributions over the last axis of it. They add up to 1 without rounding, which
/// the derivative of the cross-entropy of a softmax takes for granted.
static void shareOut(Tensor &tensor) {
  int64_t classes = tensor.shape.back();
  for (int64_t row = 0; row < tensor.size(); row += classes) {
    double sum = 0;
    for (int64_t i = 0; i < classes; ++i)
      sum += tensor.values[row + i];
    double rest = 1;
    for (int64_t i = 0; i + 1 < classes; ++i)
      rest -= tensor.values[row + i] = std::round(tensor.values[row + i] / sum * 4096) / 4096;
    tensor.values[row + classes - 1] = rest;
  }
}

Tensors GraphModule::drawArguments(unsigned run) {
  Random random(graph.seed * 16 + run + 1), weights(graph.seed * 16);
  reference::Environment env(sizes(run));
  std::vector<unsigned> inputs = graph.inputs();
  size_t nextInput = 0, nextTarget = 0;
  Tensors arguments;
  for (unsigned i = 0; i < evaluate.getNumArguments(); ++i) {
    Tensor tensor = env.zeros(evaluate.getArgumentTypes()[i]);
    if (evaluate.getArgAttr(i, RondoDialect::kInput)) {
      fill(tensor, graph.tensors[inputs[nextInput++]].range, random);
    } else if (evaluate.getArgAttr(i, RondoDialect::kParameter)) {
      double bound = tensor.rank() < 2 ? 0.6 : 1.2 / std::sqrt(tensor.shape[0]);
      fill(tensor, {-bound, bound}, weights);
    } else if (evaluate.getArgAttr(i, RondoDialect::kTarget)) {
      const GraphOutput &output = graph.outputs[nextTarget++];
      fill(tensor,
           output.classes ? Range{0, double(graph.sizeOf(*output.classes, run))} : output.targets,
           random);
      if (output.sharesSumToOne)
        shareOut(tensor);
    } else {
      fill(tensor, {0.5, 1.5}, random); // sample weights
    }
    arguments.push_back(std::move(tensor));
  }
  return arguments;
}

bool isFurther(func::FuncOp entry, unsigned argument) {
  return entry.getArgAttr(argument, RondoDialect::kCotangentOf) ||
         entry.getArgAttr(argument, RondoDialect::kVectorOf);
}

Tensors GraphModule::drawArguments(func::FuncOp entry, unsigned run) {
  Tensors shared = drawArguments(run), arguments;
  reference::Environment env(sizes(run));
  Random random(graph.seed * 16 + run + 9);
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes())) {
    if (entry.getArgAttr(i, RondoDialect::kRandomKey)) {
      // Of the first step of a context without a seed.
      uint32_t key[2];
      rondo_random_key(/*seed=*/0, /*step=*/1, key);
      arguments.push_back(Tensor(Dtype::Int, {2}, {double(key[0]), double(key[1])}));
    } else if (isFurther(entry, i)) {
      arguments.push_back(env.zeros(type));
      fill(arguments.back(), {-1, 1}, random);
    } else {
      arguments.push_back(shared[i]);
    }
  }
  return arguments;
}

static Tensors interpret(func::FuncOp function, const Tensors &arguments, reference::Watch watch) {
  llvm::Expected<Tensors> results = reference::interpret(function, arguments, watch);
  if (results)
    return std::move(*results);
  throw GraphFailure{"reference", llvm::toString(results.takeError())};
}

Tensors runReference(func::FuncOp function, const Tensors &arguments) {
  return interpret(function, arguments, nullptr);
}

/// Whether an op gives its operands' numbers, or whole numbers, as they are.
static bool isExact(Operation &op) {
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind() != ReduceKind::sum;
  return isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, PadOp, ReverseOp, ConcatOp, MaximumOp,
             MinimumOp, SelectOp, CompareOp, ReluOp, AbsOp, NegOp, SignOp, FloorOp, CastOp, SizeOp,
             StopGradientOp, OneHotOp, ArgMaxOp, GatherOp, RandomOp, TruncateOp, ScanOp>(op);
}

namespace {

/// What an op adds up for each element of its result.
struct Terms {
  double count;
  Tensor magnitudes; ///< the sums of their absolute values
};

} // namespace

/// What the op gives for the absolute values of its operands: of a sum of products, the sum
/// of their absolute values.
static Tensor evaluateAbsolute(const reference::Evaluated &evaluated) {
  std::vector<Tensor> absolute;
  SmallVector<const Tensor *> operands;
  for (const Tensor *operand : evaluated.operands) {
    absolute.push_back(*operand);
    if (operand->dtype != Dtype::Float)
      continue; // places
    for (double &value : absolute.back().values)
      value = std::abs(value);
  }
  for (const Tensor &operand : absolute)
    operands.push_back(&operand);
  SmallVector<Tensor> results;
  if (failed(cast<ReferenceOpInterface>(evaluated.op)
                 .evaluateReference(evaluated.env, operands, results)))
    throw GraphFailure{"reference", "an op does not take the absolute values of its operands"};
  return std::move(results.front());
}

static std::optional<Terms> termsOf(const reference::Evaluated &evaluated) {
  auto size = [&](unsigned operand, ArrayRef<int64_t> dimensions) {
    double count = 1;
    for (int64_t d : dimensions)
      count *= evaluated.operands[operand]->shape[d];
    return count;
  };
  if (auto op = dyn_cast<ContractOp>(evaluated.op))
    return Terms{size(0, op.getLhsContract()), evaluateAbsolute(evaluated)};
  if (auto op = dyn_cast<ReduceOp>(evaluated.op); op && op.getKind() == ReduceKind::sum)
    return Terms{size(0, op.getDimensions()), evaluateAbsolute(evaluated)};
  // All updates may be of one row.
  if (isa<ScatterAddOp>(evaluated.op))
    return Terms{double(evaluated.operands[0]->size()), evaluateAbsolute(evaluated)};
  // The denominator is a sum of positive terms, so off by that much of itself, and so is what
  // is divided by it.
  if (auto op = dyn_cast<SoftmaxOp>(evaluated.op))
    return Terms{size(0, op.getAxis()), evaluated.results.front()};
  // The logarithm of the denominator is off by that much of 1.
  if (auto op = dyn_cast<LogSoftmaxOp>(evaluated.op)) {
    Terms terms{size(0, op.getAxis()), evaluated.results.front()};
    for (double &value : terms.magnitudes.values)
      value = 1;
    return terms;
  }
  // The sum of |y log softmax z|, of which the logarithm counts as above.
  if (isa<SoftmaxCrossentropyOp>(evaluated.op)) {
    const Tensor &logits = *evaluated.operands[0], &labels = *evaluated.operands[1];
    int64_t classes = logits.shape.back();
    Terms terms{double(classes), evaluated.results.front()};
    for (int64_t row = 0; row < terms.magnitudes.size(); ++row) {
      const double *z = &logits.values[row * classes], *y = &labels.values[row * classes];
      double max = *std::max_element(z, z + classes), sum = 0, magnitude = 0;
      for (int64_t i = 0; i < classes; ++i)
        sum += std::exp(z[i] - max);
      for (int64_t i = 0; i < classes; ++i)
        magnitude += std::abs(y[i]) * (max - z[i] + std::log(sum) + 1);
      terms.magnitudes.values[row] = magnitude;
    }
    return terms;
  }
  return std::nullopt;
}

/// From [-1, 1), by the bits of a number and what else there is to tell errors apart.
static double drawError(double value, uint64_t salt) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  // splitmix64
  uint64_t z = bits + (salt + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) / (uint64_t(1) << 52) - 1;
}

Tensors runPerturbed(func::FuncOp function, const Tensors &arguments, const Rounding &rounding,
                     unsigned attempt) {
  auto perturb = [&](Tensor &tensor, const Terms *terms) {
    if (tensor.dtype != Dtype::Float)
      return;
    for (auto [i, value] : llvm::enumerate(tensor.values)) {
      double error = rounding.result * value * drawError(value, 2 * attempt);
      if (terms)
        error += rounding.partialSum * std::sqrt(terms->count) * terms->magnitudes.values[i] *
                 drawError(value, 2 * attempt + 1);
      value += error;
    }
  };
  Tensors perturbed = arguments;
  for (Tensor &argument : perturbed)
    perturb(argument, nullptr);
  return interpret(function, perturbed, [&](const reference::Evaluated &evaluated) {
    if (isExact(evaluated.op))
      return;
    std::optional<Terms> terms = termsOf(evaluated);
    for (Tensor &result : evaluated.results)
      perturb(result, terms ? &*terms : nullptr);
  });
}

} // namespace rondo::test
