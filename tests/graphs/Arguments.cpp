//===- Arguments.cpp - A graph as a module, with numbers for it -----------===//
//
// Loads a graph by the frontend, draws its arguments, runs it on the reference
// interpreter.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Arguments.h"

#include "dialect/IR/RondoDialect.h"
#include "dialect/reference/Interpreter.h"
#include "frontend/Frontend.h"
#include "frontend/diagnostics/Diagnostics.h"

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
             OneHotOp, ArgMaxOp>(op);
}

Tensors runPerturbed(func::FuncOp function, const Tensors &arguments, double relative,
                     unsigned attempt) {
  auto perturb = [&](Tensor &tensor) {
    if (tensor.dtype != Dtype::Float)
      return;
    for (double &value : tensor.values) {
      uint64_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      // A number from its bits and the attempt (splitmix64).
      uint64_t z = bits + (attempt + 1) * 0x9e3779b97f4a7c15;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      z ^= z >> 31;
      double error = static_cast<double>(z >> 11) / (uint64_t(1) << 52) - 1;
      value *= 1 + relative * error;
    }
  };
  Tensors perturbed = arguments;
  for (Tensor &argument : perturbed)
    perturb(argument);
  return interpret(function, perturbed, [&](Operation &op, MutableArrayRef<Tensor> results) {
    if (!isExact(op))
      llvm::for_each(results, perturb);
  });
}

} // namespace rondo::test
