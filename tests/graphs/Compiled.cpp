//===- Compiled.cpp - Compiled graphs against the reference ---------------===//
//
// How far compiled code may be from the reference follows from the graph itself. The
// reference is run again with every number off by as much as rounding may make it
// (Monte Carlo arithmetic): what that changes, rounding in single precision may change
// too. So a result that is ill-conditioned, or next to a jump, has a wide tolerance, and
// the others have narrow ones, element by element. Sums of many terms are off by what the
// terms say, not their total, which may be small because they cancel out. For that, these
// runs take LSTMs as loops of small ops.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Arguments.h"

#include "compiler/differentiate/Passes.h"
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
// What is smaller than the least normal number counts as zero.
constexpr double kTiny = 1e-37;
// A tolerance that is wider than this, relative to the largest element, shows little.
constexpr double kUnclear = 1e-3;

namespace {

/// Results of the reference, and how far from them each element may be.
struct Expected {
  Tensors values, tolerances;
};

/// `expanded` is the same function without LSTMs.
Expected expectedOf(func::FuncOp function, func::FuncOp expanded, const Tensors &arguments) {
  Expected expected;
  expected.values = runReference(function, arguments);
  expected.tolerances = expected.values;
  for (Tensor &tensor : expected.tolerances)
    for (double &value : tensor.values)
      value = kOpError * std::abs(value) + kTiny;
  std::vector<Tensors> attempts;
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt)
    attempts.push_back(runPerturbed(expanded, arguments, {kOpError, kPartialSumError}, attempt));
  for (auto [number, tensor] : llvm::enumerate(expected.tolerances))
    for (auto [i, tolerance] : llvm::enumerate(tensor.values)) {
      double spread = 0;
      for (const Tensors &attempt : attempts)
        spread = std::max(
            spread, std::abs(attempt[number].values[i] - expected.values[number].values[i]));
      tolerance += spread;
    }
  return expected;
}

template <typename T> T take(llvm::Expected<T> value, const char *kind) {
  if (value)
    return std::move(*value);
  throw GraphFailure{kind, llvm::toString(value.takeError())};
}

/// What an artifact computed in one run.
struct Computed {
  std::vector<std::vector<float>> outputs, inputGradients;
  std::vector<float> gradients, trained; // as the trainable buffer lies
  float evaluated = NAN, loss = NAN;
};

bool sameBits(const std::vector<float> &x, const std::vector<float> &y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(float)) == 0;
}

bool sameBits(const Computed &x, const Computed &y) {
  auto same = [](const std::vector<float> &a, const std::vector<float> &b) {
    return sameBits(a, b);
  };
  return std::equal(x.outputs.begin(), x.outputs.end(), y.outputs.begin(), same) &&
         std::equal(x.inputGradients.begin(), x.inputGradients.end(), y.inputGradients.begin(),
                    same) &&
         sameBits(x.gradients, y.gradients) && sameBits(x.trained, y.trained) &&
         sameBits({x.evaluated, x.loss}, {y.evaluated, y.loss});
}

class CompiledCheck {
public:
  CompiledCheck(GraphModule &model, Kernels kernels, Isa isa, GraphCounts &counts)
      : model(model), counts(counts) {
    llvm::SmallString<128> path;
    if (llvm::sys::fs::createTemporaryFile("rondo-graph", "so", path))
      throw GraphFailure{"files", "no temporary file"};
    llvm::FileRemover remover(path);
    CompileOptions options;
    options.isas = {isa};
    options.kernels = kernels;
    options.runtimeArchive = RONDO_RUNTIME_ARCHIVE;
    if (llvm::Error error = compileArtifact(*model.module, options, path.str().str(), ""))
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
        contexts.push_back(take(
            host::Context::create(table(), weights, &executors.back(), training), "artifact"));
    }
    expanded = model.module->clone();
    PassManager expansion(model.context.get());
    expansion.addPass(createExpandLstm());
    if (failed(expansion.run(*expanded)))
      throw GraphFailure{"expand", "the LSTMs cannot be written as loops"};
    for (ModuleOp module : {*model.module, *expanded})
      if (failed(lowerToLevel(module, Level::Gradients, isa, {})))
        throw GraphFailure{"differentiate", "the module cannot be differentiated"};
  }

  /// Every run, then the first one again: contexts plan anew for other sizes.
  void compare(bool reproducible) {
    std::vector<Computed> first;
    for (unsigned run = 0; run < model.graph.runs.size(); ++run) {
      Tensors arguments = model.drawArguments(run);
      Computed one = compute(arguments, run, 0), two = compute(arguments, run, 1);
      compareWithReference(arguments, one, run);
      if (!reproducible)
        compareWithReference(arguments, two, run);
      else if (!sameBits(one, two))
        throw GraphFailure{"threads", fmt::format("one thread and two differ in run {}", run)};
      first.push_back(std::move(one));
    }
    if (reproducible && !sameBits(compute(model.drawArguments(0), 0, 0), first.front()))
      throw GraphFailure{"again", "the first run gives something else after the others"};
  }

private:
  const rondo_model &table() const { return artifact->model(); }

  func::FuncOp entry(StringRef name) { return model.module->lookupSymbol<func::FuncOp>(name); }

  Expected expectedOf(func::FuncOp function, const Tensors &arguments) {
    return test::expectedOf(function, expanded->lookupSymbol<func::FuncOp>(function.getSymName()),
                            arguments);
  }

  Computed compute(const Tensors &arguments, unsigned run, size_t executor) {
    // The tables list tensors in the order of the arguments.
    std::vector<std::vector<float>> floats(arguments.size());
    std::vector<std::vector<int32_t>> labels(arguments.size());
    std::vector<const void *> inputs, targets;
    std::vector<const float *> sampleWeights;
    std::vector<float *> inputGradients;
    Computed result;
    result.inputGradients.resize(table().num_inputs);
    for (auto [i, argument] : llvm::enumerate(arguments)) {
      floats[i].assign(argument.values.begin(), argument.values.end());
      labels[i].assign(argument.values.begin(), argument.values.end());
      bool isFloat = argument.dtype == Dtype::Float;
      const void *data =
          isFloat ? static_cast<const void *>(floats[i].data()) : labels[i].data();
      if (model.evaluate.getArgAttr(i, RondoDialect::kTarget)) {
        targets.push_back(data);
      } else if (model.evaluate.getArgAttr(i, RondoDialect::kSampleWeight)) {
        sampleWeights.push_back(floats[i].data());
      } else if (model.evaluate.getArgAttr(i, RondoDialect::kInput)) {
        std::vector<float> &gradient = result.inputGradients[inputs.size()];
        inputs.push_back(data);
        gradient.assign(isFloat ? argument.size() : 0, NAN);
        inputGradients.push_back(isFloat ? gradient.data() : nullptr);
      }
    }
    SymbolSizes sizes = model.sizes(run);
    std::vector<int64_t> dims;
    for (int32_t i = 0; i < table().num_symbols; ++i)
      dims.push_back(sizes.at(table().symbols[i]));
    std::vector<void *> outputs;
    reference::Environment env(sizes);
    for (Type type : entry("forward").getResultTypes()) {
      result.outputs.emplace_back(reference::numElements(env.shapeOf(type)), NAN);
      outputs.push_back(result.outputs.back().data());
    }
    result.gradients.assign(table().trainable_size, NAN);

    const host::Context &inference = contexts[2 * executor], &training = contexts[2 * executor + 1];
    auto check = [&](const host::Context &context, rondo_status status) {
      if (llvm::Error error = context.check(status))
        throw GraphFailure{"run", llvm::toString(std::move(error))};
    };
    check(inference,
          table().forward(inference.get(), dims.data(), inputs.data(), outputs.data()));
    check(inference, table().evaluate(inference.get(), dims.data(), inputs.data(), targets.data(),
                                      sampleWeights.data(), &result.evaluated, nullptr));
    check(training,
          table().loss_and_gradients(training.get(), dims.data(), inputs.data(), targets.data(),
                                     sampleWeights.data(), &result.loss, nullptr,
                                     result.gradients.data(), inputGradients.data()));
    check(training,
          table().train_step(training.get(), dims.data(), inputs.data(), targets.data(),
                             sampleWeights.data(), table().learning_rate, nullptr, nullptr));
    float *trained = table().trainable(training.get());
    result.trained.assign(trained, trained + table().trainable_size);
    llvm::copy(weights.trainable, trained);
    return result;
  }

  void compareWithReference(const Tensors &arguments, const Computed &computed, unsigned run) {
    // @forward has the inputs and the parameters, with which the arguments begin.
    func::FuncOp forward = entry("forward"), gradients = entry("loss_and_gradients");
    Tensors first(arguments.begin(), arguments.begin() + forward.getNumArguments());
    Expected outputs = expectedOf(forward, first);
    for (unsigned i = 0; i < forward.getNumResults(); ++i)
      compareWith(outputs, i, computed.outputs[i], "output", run);

    Expected expected = expectedOf(gradients, arguments);
    for (unsigned i = 0; i < gradients.getNumResults(); ++i)
      if (gradients.getResultAttr(i, RondoDialect::kLoss)) {
        compareWith(expected, i, {computed.evaluated}, "evaluated loss", run);
        compareWith(expected, i, {computed.loss}, "loss", run);
      }
    int32_t parameter = 0, input = 0;
    for (unsigned i = 0; i < arguments.size(); ++i) {
      std::optional<unsigned> result = gradientOf(gradients, i);
      if (model.evaluate.getArgAttr(i, RondoDialect::kInput)) {
        if (result)
          compareWith(expected, *result, computed.inputGradients[input], "input gradient", run);
        ++input;
      } else if (result) {
        const rondo_parameter_info &info = table().parameters[parameter++];
        auto segment = [&](const std::vector<float> &buffer) {
          return std::vector<float>(buffer.begin() + info.offset,
                                    buffer.begin() + info.offset + info.size);
        };
        compareWith(expected, *result, segment(computed.gradients), "gradient", run);
        compareWith(stepped(arguments[i], expected, *result), 0, segment(computed.trained),
                    "trained weights", run);
      }
    }
  }

  /// The weights after a step along a gradient.
  Expected stepped(const Tensor &weights, const Expected &gradients, unsigned result) {
    Expected after{{weights}, {gradients.tolerances[result]}};
    for (int64_t i = 0; i < weights.size(); ++i) {
      double &value = after.values[0].values[i], &tolerance = after.tolerances[0].values[i];
      value -= table().learning_rate * gradients.values[result].values[i];
      tolerance = table().learning_rate * tolerance + kOpError * (std::abs(value) + 1);
    }
    return after;
  }

  void compareWith(const Expected &expected, unsigned number, const std::vector<float> &found,
                   const char *what, unsigned run) {
    const Tensor &values = expected.values[number], &tolerances = expected.tolerances[number];
    if (found.size() != values.values.size())
      throw GraphFailure{"size", fmt::format("{} elements of {} {}", found.size(), what, number)};
    double scale = largest(values);
    for (auto [i, value] : llvm::enumerate(values.values)) {
      double tolerance = tolerances.values[i];
      ++counts.compared;
      counts.unclear += tolerance > kUnclear * scale;
      if (!(std::abs(found[i] - value) <= tolerance))
        throw GraphFailure{what, fmt::format("{} {}, element {} in run {}: compiled {}, reference "
                                             "{}, tolerance {:.2g}",
                                             what, number, i, run, found[i], value, tolerance)};
    }
  }

  GraphModule &model;
  GraphCounts &counts;
  OwningOpRef<ModuleOp> expanded; ///< with loops in the place of LSTMs
  std::optional<host::Artifact> artifact;
  host::FlatWeights weights;
  std::vector<host::Executor> executors; // of one thread, of two
  std::vector<host::Context> contexts;   // for inference and training on the first, the second
};

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
    CompiledCheck check(model, kernels, isa, counts);
    check.compare(/*reproducible=*/kernels != Kernels::Onednn);
  } catch (GraphFailure &failure) {
    return failure;
  }
  return std::nullopt;
}

} // namespace rondo::test
