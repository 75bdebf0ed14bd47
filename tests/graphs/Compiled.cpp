//===- Compiled.cpp - Compiled graphs against the reference ---------------===//
//
// How far compiled code may be from the reference follows from the graph itself. The
// reference is run again with every number off by as much as rounding may make it
// (Monte Carlo arithmetic): what that changes, rounding in single precision may change
// too. So a result that is ill-conditioned, or next to a jump, has a wide tolerance, and
// the others have narrow ones, element by element. Sums of many terms are off by what the
// terms say, not their total, which may be small because they cancel out. For that, these
// runs take recurrent layers as loops of small ops.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Arguments.h"

#include "compiler/differentiate/Passes.h"
#include "compiler/simplify/Rewrites.h"
#include "dialect/IR/RondoDialect.h"
#include "runtime/host/Artifact.h"
#include "runtime/host/Weights.h"
#include "tests/gradients/GradientCheck.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {

// Half a unit in the last place, relative to the number.
constexpr double kUnit = 0x1p-24;
// What one op may be off by. Sums and products are off by a unit, elementary functions by
// up to 4 (tests/kernels/MathTest.cpp).
constexpr double kOpError = 8 * kUnit;
// A sum of n terms, in whatever order, has n - 1 partial sums. None is larger than S, the sum
// of the terms' absolute values, and each is rounded by up to a unit of itself. All in the
// same direction that would be n S units; but roundings have either sign, and so many of them
// add up to √n S units, where every partial sum is as large as S and every rounding the worst.
constexpr double kPartialSumError = kUnit;
// Errors are drawn at random: of so many runs, some come close to the worst.
constexpr unsigned kAttempts = 8;
// As many for what then seems too far off: of some thousands of elements, one in which those few
// stay small is no surprise.
constexpr unsigned kAttemptsInDoubt = 64;
// What is smaller than the least normal number counts as zero.
constexpr double kTiny = 1e-37;
// A tolerance that is wider than this, relative to the largest element, shows little.
constexpr double kUnclear = 1e-3;

namespace {

/// Results of the reference, and how far from them each element may be.
struct Expected {
  Tensors values, tolerances;
};

/// `expanded` is the same function without recurrent ops and attention, which round inside.
Expected expectedOf(func::FuncOp function, func::FuncOp expanded, const Tensors &arguments,
                    unsigned numAttempts) {
  Expected expected;
  expected.values = runReference(function, arguments);
  expected.tolerances = expected.values;
  for (Tensor &tensor : expected.tolerances)
    for (double &value : tensor.values)
      value = kOpError * std::abs(value) + kTiny;
  std::vector<Tensors> attempts;
  for (unsigned attempt = 0; attempt < numAttempts; ++attempt)
    attempts.push_back(runPerturbed(expanded, arguments, {kOpError, kPartialSumError}, attempt));
  for (auto [number, tensor] : llvm::enumerate(expected.tolerances))
    for (auto [i, tolerance] : llvm::enumerate(tensor.values)) {
      double spread = 0;
      for (const Tensors &attempt : attempts)
        spread = std::max(spread,
                          std::abs(attempt[number].values[i] - expected.values[number].values[i]));
      tolerance += spread;
    }
  return expected;
}

template <typename T> T take(llvm::Expected<T> value, const char *kind) {
  if (value)
    return std::move(*value);
  throw GraphFailure{kind, llvm::toString(value.takeError())};
}

using Arrays = std::vector<std::vector<float>>;

/// What an artifact computed in one run.
struct Computed {
  /// Of each entry, in the order of its results; empty where the C interface has no such result.
  std::map<std::string, Arrays> results;
  std::vector<float> trained; ///< as the trainable buffer lies
};

bool sameBits(const std::vector<float> &x, const std::vector<float> &y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

/// Where two runs differ; empty if they do not.
std::string differenceOf(const Computed &x, const Computed &y) {
  for (const auto &[entry, arrays] : x.results)
    for (auto [i, one, other] : llvm::enumerate(arrays, y.results.at(entry)))
      if (!sameBits(one, other))
        return fmt::format("result {} of @{}", i, entry);
  return sameBits(x.trained, y.trained) ? "" : "the trained weights";
}

/// A graph as an artifact, with contexts on one thread and on two.
class CompiledGraph {
public:
  /// `source` is at the rondo level, the module of `model` at the gradients level with the same
  /// entries.
  CompiledGraph(GraphModule &model, ModuleOp source, const CompileOptions &options) : model(model) {
    llvm::SmallString<128> path;
    if (llvm::sys::fs::createTemporaryFile("rondo-graph", "so", path))
      throw GraphFailure{"files", "no temporary file"};
    llvm::FileRemover remover(path);
    if (llvm::Error error = compileArtifact(source, options, path.str().str(), ""))
      throw GraphFailure{"compile", llvm::toString(std::move(error))};
    artifact.emplace(take(host::Artifact::open(path.str().str()), "artifact"));
    Tensors arguments = model.drawArguments(0);
    weights = host::zeroWeights(table());
    int32_t parameter = 0;
    for (auto [i, argument] : llvm::enumerate(arguments))
      if (model.evaluate.getArgAttr(i, RondoDialect::kParameter))
        llvm::copy(argument.values,
                   weights.trainable.begin() + table().parameters[parameter++].offset);
    for (int threads : {1, 2}) {
      executors.push_back(take(host::Executor::create(table(), threads), "artifact"));
      for (bool training : {false, true})
        contexts.push_back(
            take(host::Context::create(table(), weights, &executors.back(), training), "artifact"));
    }
  }

  const rondo_model &table() const { return artifact->model(); }

  /// On one thread more than `executor`.
  Computed compute(unsigned run, size_t executor) {
    // The tables list tensors in the order of the arguments.
    Tensors arguments = model.drawArguments(run);
    Arrays floats(arguments.size());
    std::vector<std::vector<int32_t>> labels(arguments.size());
    std::vector<const void *> inputs, targets;
    std::vector<const float *> sampleWeights;
    std::vector<int64_t> inputSizes; // of the gradients: 0 for whole numbers
    for (auto [i, argument] : llvm::enumerate(arguments)) {
      floats[i].assign(argument.values.begin(), argument.values.end());
      labels[i].assign(argument.values.begin(), argument.values.end());
      bool isFloat = argument.dtype == Dtype::Float;
      const void *data = isFloat ? static_cast<const void *>(floats[i].data()) : labels[i].data();
      if (model.evaluate.getArgAttr(i, RondoDialect::kTarget)) {
        targets.push_back(data);
      } else if (model.evaluate.getArgAttr(i, RondoDialect::kSampleWeight)) {
        sampleWeights.push_back(floats[i].data());
      } else if (model.evaluate.getArgAttr(i, RondoDialect::kInput)) {
        inputs.push_back(data);
        inputSizes.push_back(isFloat ? argument.size() : 0);
      }
    }
    SymbolSizes sizes = model.sizes(run);
    std::vector<int64_t> dims;
    for (int32_t i = 0; i < table().num_symbols; ++i)
      dims.push_back(sizes.at(table().symbols[i]));
    reference::Environment env(sizes);
    Arrays outputs;
    std::vector<void *> outputPointers;
    for (Type type : entry("forward").getResultTypes()) {
      outputs.emplace_back(reference::numElements(env.shapeOf(type)), NAN);
      outputPointers.push_back(outputs.back().data());
    }
    std::vector<float> gradients(table().trainable_size, NAN);
    Arrays inputGradients;
    std::vector<float *> inputPointers;
    for (int64_t size : inputSizes) {
      inputGradients.emplace_back(size, NAN);
      inputPointers.push_back(size ? inputGradients.back().data() : nullptr);
    }
    float loss = NAN;
    auto clear = [](std::vector<float> &array) { std::fill(array.begin(), array.end(), NAN); };
    auto clearAll = [&] {
      llvm::for_each(outputs, clear);
      llvm::for_each(inputGradients, clear);
      clear(gradients);
      loss = NAN;
    };

    const host::Context &inference = contexts[2 * executor], &training = contexts[2 * executor + 1];
    auto check = [&](const host::Context &context, rondo_status status) {
      if (llvm::Error error = context.check(status))
        throw GraphFailure{"run", llvm::toString(std::move(error))};
    };
    Computed computed;
    auto keep = [&](StringRef name) {
      computed.results[name.str()] = resultsOf(name, outputs, loss, gradients, inputGradients);
      clearAll();
    };
    check(inference,
          table().forward(inference.get(), dims.data(), inputs.data(), outputPointers.data()));
    keep("forward");
    check(inference, table().evaluate(inference.get(), dims.data(), inputs.data(), targets.data(),
                                      sampleWeights.data(), &loss, nullptr));
    keep("evaluate");
    check(training, table().loss_and_gradients(training.get(), dims.data(), inputs.data(),
                                               targets.data(), sampleWeights.data(), &loss, nullptr,
                                               gradients.data(), inputPointers.data()));
    keep("loss_and_gradients");
    if (func::FuncOp vjp = entry("vjp")) {
      Arrays cotangents = further(vjp, run);
      std::vector<const float *> pointers;
      for (const std::vector<float> &cotangent : cotangents)
        pointers.push_back(cotangent.data());
      check(training, table().vjp(training.get(), dims.data(), inputs.data(), pointers.data(),
                                  outputPointers.data(), gradients.data(), inputPointers.data()));
      keep("vjp");
    }
    if (func::FuncOp hvp = entry("hvp")) {
      std::vector<float> vector(table().trainable_size, 0);
      for (auto [i, part] : llvm::enumerate(further(hvp, run)))
        llvm::copy(part, vector.begin() + table().parameters[i].offset);
      check(training, table().hvp(training.get(), dims.data(), inputs.data(), targets.data(),
                                  sampleWeights.data(), vector.data(), &loss, gradients.data()));
      keep("hvp");
    }
    check(training,
          table().train_step(training.get(), dims.data(), inputs.data(), targets.data(),
                             sampleWeights.data(), table().learning_rate, nullptr, nullptr));
    float *trained = table().trainable(training.get());
    computed.trained.assign(trained, trained + table().trainable_size);
    llvm::copy(weights.trainable, trained);
    table().set_step_count(training.get(), 0);
    return computed;
  }

private:
  func::FuncOp entry(StringRef name) { return model.module->lookupSymbol<func::FuncOp>(name); }

  /// What an entry has besides the arguments of @evaluate: cotangents or vectors.
  Arrays further(func::FuncOp entry, unsigned run) {
    Arrays arrays;
    for (auto [i, argument] : llvm::enumerate(model.drawArguments(entry, run)))
      if (isFurther(entry, i))
        arrays.emplace_back(argument.values.begin(), argument.values.end());
    return arrays;
  }

  /// The results of an entry in their order.
  Arrays resultsOf(StringRef name, const Arrays &outputs, float loss,
                   const std::vector<float> &flat, const Arrays &inputGradients) {
    func::FuncOp function = entry(name);
    Arrays results;
    for (unsigned i = 0; i < function.getNumResults(); ++i) {
      std::vector<float> &result = results.emplace_back();
      auto has = [&](StringRef mark) { return function.getResultAttr(i, mark); };
      Attribute parameter = has(RondoDialect::kGradientOf);
      if (!parameter)
        parameter = has(RondoDialect::kHessianProductOf);
      if (has(RondoDialect::kOutput))
        result = outputs[i];
      else if (has(RondoDialect::kLoss))
        result = {loss};
      else if (parameter)
        for (int32_t p = 0; p < table().num_parameters; ++p) {
          const rondo_parameter_info &info = table().parameters[p];
          if (cast<StringAttr>(parameter) == info.path)
            result.assign(flat.begin() + info.offset, flat.begin() + info.offset + info.size);
        }
      else if (Attribute input = has(RondoDialect::kInputGradientOf)) {
        size_t number = 0;
        for (unsigned a = 0; model.evaluate.getArgAttr(a, RondoDialect::kInput) != input; ++a)
          number += bool(model.evaluate.getArgAttr(a, RondoDialect::kInput));
        result = inputGradients[number];
      }
    }
    return results;
  }

  GraphModule &model;
  std::optional<host::Artifact> artifact;
  host::FlatWeights weights;
  std::vector<host::Executor> executors; // of one thread, of two
  std::vector<host::Context> contexts;   // for inference and training on the first, the second
};

/// What a result of an entry is.
const char *kindOf(func::FuncOp entry, unsigned result) {
  for (auto [mark, kind] :
       {std::pair(RondoDialect::kOutput, "output"), std::pair(RondoDialect::kLoss, "loss"),
        std::pair(RondoDialect::kGradientOf, "gradient"),
        std::pair(RondoDialect::kInputGradientOf, "input gradient"),
        std::pair(RondoDialect::kHessianProductOf, "Hessian product")})
    if (entry.getResultAttr(result, mark))
      return kind;
  return nullptr;
}

class CompiledCheck {
public:
  CompiledCheck(GraphModule &model, const CompileOptions &options, GraphCounts &counts)
      : model(model), options(options), counts(counts), source(model.module->clone()),
        expanded(model.module->clone()) {
    PassManager expansion(model.context.get());
    expansion.addPass(createExpandRecurrent());
    if (failed(expansion.run(*expanded)))
      throw GraphFailure{"expand", "the recurrent layers cannot be written as loops"};
    CompileOptions small = options;
    small.disabledRewrites.push_back("form-attention");
    for (auto [module, how] :
         {std::pair(*model.module, &options), std::pair(*expanded, &std::as_const(small))})
      if (failed(lowerToLevel(module, Level::Gradients, options.isas.front(), *how)))
        throw GraphFailure{"differentiate", "the module cannot be differentiated"};
  }

  /// Every run, on one thread and on two, then the first one again: contexts plan anew for
  /// other sizes.
  void compare() {
    bool reproducible = options.kernels != Kernels::Onednn;
    CompiledGraph compiled(model, *source, options);
    for (unsigned run = 0; run < model.graph.runs.size(); ++run) {
      Computed one = compiled.compute(run, 0), two = compiled.compute(run, 1);
      compareWithReference(compiled, one, run);
      if (reproducible)
        requireSame(one, two, "threads", fmt::format("one thread and two, run {}", run));
      else
        compareWithReference(compiled, two, run);
      saved.push_back(std::move(one));
    }
    if (reproducible)
      requireSame(saved.front(), compiled.compute(0, 0), "again",
                  "the first run before and after the others");
  }

  /// Every run once more, where half the memory has to do. To be called after `compare`.
  void compareWithBudget() {
    CompileOptions limited = options;
    limited.memoryBudget = MemoryBudget{std::nullopt, 0.5};
    CompiledGraph compiled(model, *source, limited);
    for (unsigned run = 0; run < model.graph.runs.size(); ++run) {
      Computed one = compiled.compute(run, 0), two = compiled.compute(run, 1);
      requireSame(one, two, "threads",
                  fmt::format("with a budget for memory, one thread and two, run {}", run));
      if (differenceOf(saved[run], one).empty())
        continue;
      // Segments add up weights' gradients in another order; what is computed again is the same.
      if (!hasSegments(limited))
        requireSame(saved[run], one, "budget",
                    fmt::format("without and with a budget for memory, run {}", run));
      compareWithReference(compiled, one, run);
    }
  }

private:
  static void requireSame(const Computed &x, const Computed &y, const char *kind,
                          const std::string &what) {
    if (std::string difference = differenceOf(x, y); !difference.empty())
      throw GraphFailure{kind, fmt::format("{}: {} differs", what, difference)};
  }

  bool hasSegments(const CompileOptions &limited) {
    OwningOpRef<ModuleOp> lowered(source->clone());
    if (failed(lowerToLevel(*lowered, Level::Gradients, limited.isas.front(), limited)))
      throw GraphFailure{"differentiate", "the module cannot be differentiated with a budget"};
    // No other decision is left on an op at that level.
    return lowered
        ->walk([](LstmOp op) {
          return op->hasAttr(RondoDialect::kResidual) ? WalkResult::interrupt()
                                                      : WalkResult::advance();
        })
        .wasInterrupted();
  }

  func::FuncOp entry(StringRef name) { return model.module->lookupSymbol<func::FuncOp>(name); }

  void compareWithReference(const CompiledGraph &compiled, const Computed &computed, unsigned run) {
    const GraphCounts before = counts;
    try {
      compareWithReference(compiled, computed, run, kAttempts);
    } catch (const GraphFailure &) {
      counts = before;
      compareWithReference(compiled, computed, run, kAttemptsInDoubt);
    }
  }

  void compareWithReference(const CompiledGraph &compiled, const Computed &computed, unsigned run,
                            unsigned numAttempts) {
    for (const auto &[name, results] : computed.results) {
      // The results of @evaluate are the first ones of this, unless training is something else.
      bool isFirst = name == "evaluate" && !model.drawsInTraining();
      func::FuncOp function = entry(isFirst ? "loss_and_gradients" : name);
      Expected expected =
          expectedOf(function, expanded->lookupSymbol<func::FuncOp>(function.getSymName()),
                     model.drawArguments(function, run), numAttempts);
      for (auto [i, result] : llvm::enumerate(results))
        if (const char *kind = kindOf(function, i))
          compareWith(expected, i, result, fmt::format("{} of @{}", kind, name), run);
      if (name == "loss_and_gradients")
        compareTrained(compiled, expected, computed.trained, run);
    }
  }

  /// Weights after a step along gradients.
  void compareTrained(const CompiledGraph &compiled, const Expected &gradients,
                      const std::vector<float> &trained, unsigned run) {
    const rondo_model &table = compiled.table();
    func::FuncOp function = entry("loss_and_gradients");
    int32_t parameter = 0;
    for (auto [i, argument] : llvm::enumerate(model.drawArguments(run))) {
      if (!function.getArgAttr(i, RondoDialect::kParameter))
        continue;
      const rondo_parameter_info &info = table.parameters[parameter++];
      unsigned result = *gradientOf(function, i);
      Expected after{{argument}, {gradients.tolerances[result]}};
      for (int64_t k = 0; k < argument.size(); ++k) {
        double &value = after.values[0].values[k], &tolerance = after.tolerances[0].values[k];
        value -= table.learning_rate * gradients.values[result].values[k];
        tolerance = table.learning_rate * tolerance + kOpError * (std::abs(value) + 1);
      }
      auto begin = trained.begin() + info.offset;
      compareWith(after, 0, {begin, begin + info.size}, "trained weights", run);
    }
  }

  void compareWith(const Expected &expected, unsigned number, const std::vector<float> &found,
                   const std::string &what, unsigned run) {
    const Tensor &values = expected.values[number], &tolerances = expected.tolerances[number];
    if (found.size() != values.values.size())
      throw GraphFailure{"size", fmt::format("{} elements of {} {}", found.size(), what, number)};
    double scale = largest(values);
    for (auto [i, value] : llvm::enumerate(values.values)) {
      double tolerance = tolerances.values[i];
      ++counts.compared;
      counts.unclear += tolerance > kUnclear * scale;
      if (!(std::abs(found[i] - value) <= tolerance))
        throw GraphFailure{what, fmt::format("{}, result {}, element {} in run {}: compiled {}, "
                                             "reference {}, tolerance {:.2g}",
                                             what, number, i, run, found[i], value, tolerance)};
    }
  }

  GraphModule &model;
  CompileOptions options;
  GraphCounts &counts;
  OwningOpRef<ModuleOp> source; ///< as the frontend made it
  OwningOpRef<ModuleOp>
      expanded;                ///< with loops and small ops instead of recurrent ops and attention
  std::vector<Computed> saved; ///< of each run
};

/// How a graph is compiled: by its seed with some rewrites left out, and with entries that are
/// not compiled unless they are asked for.
CompileOptions optionsFor(const Graph &graph, Kernels kernels, Isa isa) {
  CompileOptions options;
  options.isas = {isa};
  options.kernels = kernels;
  options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
  Random random(graph.seed * 16 + 11);
  if (random.chance(30))
    for (const std::string &name : rewriteNames())
      if (random.chance(50))
        options.disabledRewrites.push_back(name);
  if (random.chance(25))
    options.entries.push_back(DerivedEntry::Vjp);
  if (random.chance(25))
    options.entries.push_back(DerivedEntry::Hvp);
  return options;
}

bool hasLibraryKernels(ModuleOp module) {
  return module
      .walk([](Operation *op) {
        return isa<LstmOp, ContractOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

} // namespace

std::optional<GraphFailure> checkCompiled(const Graph &graph, Kernels kernels, Isa isa,
                                          GraphCounts &counts) {
  try {
    GraphModule model(graph);
    if (kernels == Kernels::Onednn && !hasLibraryKernels(*model.module))
      return std::nullopt;
    CompiledCheck check(model, optionsFor(graph, kernels, isa), counts);
    check.compare();
    if (kernels != Kernels::Onednn && graph.seed % 4 == 3)
      check.compareWithBudget();
  } catch (GraphFailure &failure) {
    return failure;
  }
  return std::nullopt;
}

} // namespace rondo::test
