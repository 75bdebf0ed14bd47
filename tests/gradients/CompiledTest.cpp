//===- CompiledTest.cpp - Compiled gradients against the reference --------===//
//
// Takes every case all the way to a shared library, for each instruction set
// that this processor has, and those with an LSTM or a product also to oneDNN's
// kernels, and compares loss and gradients with the reference interpreter. The gradients of the
// weights of a case are the values of its function, so those are compared too. What computes
// all it can again has the same bits as what saves all.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "compiler/Compiler.h"
#include "compiler/differentiate/Residuals.h"
#include "dialect/IR/RondoDialect.h"
#include "rondo/rondo.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <set>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {

/// What the C interface cannot express: predicates and doubles at the boundary.
static bool fitsInterface(func::FuncOp function) {
  return llvm::all_of(
      llvm::concat<const Type>(function.getArgumentTypes(), function.getResultTypes()),
      [](Type type) {
        Type element = getElementTypeOrSelf(type);
        return element.isF32() || element.isInteger(32);
      });
}

/// Adds what a module of the frontend has besides `@evaluate`: `@forward`, with
/// the same arguments and the results of `function`, and the base symbols.
static func::FuncOp addForward(ModuleOp module, func::FuncOp function) {
  OpBuilder builder(module.getContext());
  func::FuncOp forward = function.clone();
  forward.setName("forward");
  module.push_back(forward);
  makeEvaluate(function);
  std::set<std::string> symbols;
  for (BlockArgument argument : function.getArguments()) {
    unsigned number = argument.getArgNumber();
    if (number >= forward.getNumArguments())
      forward.insertArgument(number, argument.getType(), {}, argument.getLoc());
    forward.setArgAttrs(number,
                        builder.getNamedAttr(RondoDialect::kInput,
                                             function.getArgAttr(number, RondoDialect::kInput)));
    for (const DimExpr &dim : getDims(cast<RankedTensorType>(argument.getType())))
      for (const std::string &symbol : dim.getSymbols())
        symbols.insert(symbol);
  }
  for (unsigned i = 0; i < forward.getNumResults(); ++i)
    forward.setResultAttr(i, RondoDialect::kOutput, builder.getStringAttr("y" + std::to_string(i)));
  SmallVector<StringRef> names(symbols.begin(), symbols.end());
  module->setAttr(RondoDialect::kSymbols, builder.getStrArrayAttr(names));
  return forward;
}

/// Has nothing of the forward pass saved that can be computed again, or in segments.
static void decideAll(func::FuncOp function, llvm::StringRef decision) {
  auto attribute = StringAttr::get(function.getContext(), decision);
  for (Operation &op : function.front())
    if (decision == kSegments ? isa<LstmOp>(op) : isa<RondoDialect>(op.getDialect()))
      op.setAttr(RondoDialect::kResidual, attribute);
}

namespace {

/// A compiled case, loaded, with a training context.
class Artifact {
public:
  Artifact(ModuleOp module, Isa isa, Kernels kernels) {
    llvm::SmallString<128> path;
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("rondo-gradients", "so", path));
    llvm::FileRemover remover(path);
    CompileOptions options;
    options.name = "test";
    options.isas = {isa};
    options.kernels = kernels;
    if (llvm::Error error = compileArtifact(module, options, path.str().str(), "")) {
      ADD_FAILURE() << llvm::toString(std::move(error));
      return;
    }
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      ADD_FAILURE() << dlerror();
      return;
    }
    auto query = reinterpret_cast<rondo_model_query>(dlsym(library, "test_rondo_model"));
    model = query(RONDO_ABI_VERSION);
    const float none = 0;
    EXPECT_EQ(model->weights_create(model, &none, &none, &weights), RONDO_OK);
    EXPECT_EQ(model->training_context_create(model, weights, nullptr, &context), RONDO_OK);
  }
  Artifact(const Artifact &) = delete;
  Artifact &operator=(const Artifact &) = delete;
  ~Artifact() {
    if (model) {
      model->context_destroy(context);
      model->weights_release(weights);
    }
    if (library)
      dlclose(library);
  }

  bool isLoaded() const { return context; }

  /// The loss, and for each input its gradient, empty for integers.
  float run(const SymbolSizes &sizes, const std::vector<Tensor> &arguments,
            std::vector<std::vector<float>> &gradients) {
    std::vector<int64_t> dims;
    for (int32_t i = 0; i < model->num_symbols; ++i)
      dims.push_back(sizes.at(model->symbols[i]));
    std::vector<std::vector<float>> floats(arguments.size());
    std::vector<std::vector<int32_t>> integers(arguments.size());
    std::vector<const void *> inputs;
    std::vector<float *> outputs;
    gradients.assign(arguments.size(), {});
    for (auto [i, argument] : llvm::enumerate(arguments)) {
      if (argument.dtype == Dtype::Float) {
        floats[i].assign(argument.values.begin(), argument.values.end());
        inputs.push_back(floats[i].data());
        gradients[i].assign(argument.size(), std::nanf(""));
        outputs.push_back(gradients[i].data());
      } else {
        integers[i].assign(argument.values.begin(), argument.values.end());
        inputs.push_back(integers[i].data());
        outputs.push_back(nullptr);
      }
    }
    float loss = std::nanf("");
    EXPECT_EQ(model->loss_and_gradients(context, dims.data(), inputs.data(), nullptr, nullptr,
                                        &loss, nullptr, nullptr, outputs.data()),
              RONDO_OK)
        << model->last_message(context);
    return loss;
  }

private:
  void *library = nullptr;
  const rondo_model *model = nullptr;
  rondo_weights *weights = nullptr;
  rondo_context *context = nullptr;
};

struct CompiledCase {
  GradientCase test;
  std::string variant; // "avx2", "avx512", "onednn", "recompute", "segments"
  Isa isa;
  Kernels kernels;
  llvm::StringRef decision = {}; ///< for what need not be saved
};

void PrintTo(const CompiledCase &compiled, std::ostream *stream) {
  *stream << compiled.test.name << ", " << compiled.variant;
}

class Compiled : public testing::TestWithParam<CompiledCase> {};

} // namespace

TEST_P(Compiled, agreesWithTheReference) {
  const GradientCase &test = GetParam().test;
  Isa isa = GetParam().isa;
  if (!hostSupports(isa))
    GTEST_SKIP() << "this processor has no " << isaName(isa).str();
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, test);
  ASSERT_TRUE(module);
  auto function = module->lookupSymbol<func::FuncOp>("f");
  ASSERT_TRUE(function);
  addForward(*module, function);

  // Draw before what says how to is taken away: it means nothing to the compiler.
  std::mt19937 random(7);
  std::vector<std::vector<Tensor>> draws;
  for (const SymbolSizes &sizes : test.sizes)
    draws.push_back(drawArguments(function, sizes, random));
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    function.setArgAttrs(i, NamedAttribute(StringAttr::get(context.get(), RondoDialect::kInput),
                                           function.getArgAttr(i, RondoDialect::kInput)));
  std::optional<Artifact> saving;
  if (GetParam().decision == kRecompute) {
    saving.emplace(*module, isa, GetParam().kernels);
    ASSERT_TRUE(saving->isLoaded());
  }
  if (!GetParam().decision.empty())
    decideAll(function, GetParam().decision);
  Artifact artifact(*module, isa, GetParam().kernels);
  ASSERT_TRUE(artifact.isLoaded());
  ASSERT_TRUE(succeeded(lowerToLevel(*module, Level::Gradients, isa, {})));
  auto entry = module->lookupSymbol<func::FuncOp>("loss_and_gradients");

  for (auto [sizes, arguments] : llvm::zip(test.sizes, draws)) {
    std::vector<Tensor> expected = run(entry, arguments);
    ASSERT_EQ(expected.size(), entry.getNumResults());
    std::vector<std::vector<float>> gradients;
    float loss = artifact.run(sizes, arguments, gradients);
    if (saving) {
      std::vector<std::vector<float>> same;
      EXPECT_EQ(saving->run(sizes, arguments, same), loss);
      EXPECT_EQ(same, gradients);
    }
    // Terms of either sign may cancel in the loss; they are of order one.
    EXPECT_NEAR(loss, expected[0].values[0], 1e-5 * std::max(1.0, largest(expected[0])));
    for (unsigned i = 0; i < arguments.size(); ++i) {
      std::optional<unsigned> result = gradientOf(entry, i);
      if (!result)
        continue;
      const Tensor &gradient = expected[*result];
      ASSERT_EQ(gradients[i].size(), gradient.values.size());
      for (int64_t k = 0; k < gradient.size(); ++k)
        EXPECT_NEAR(gradients[i][k], gradient.values[k], 1e-5 * largest(gradient))
            << "gradient of argument " << i << ", element " << k;
    }
  }
}

/// The cases with `@f` that the C interface can express, in all variants.
static std::vector<CompiledCase> compiledCases() {
  std::unique_ptr<MLIRContext> context = makeContext();
  std::vector<GradientCase> all = ruleCases();
  llvm::append_range(all, modelCases());
  llvm::append_range(all, algebraCases());
  llvm::append_range(all, secondDerivativeCases());
  Isa best = hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2;
  std::vector<CompiledCase> cases;
  for (const GradientCase &test : all) {
    OwningOpRef<ModuleOp> module = parseCase(*context, test);
    auto function = module ? module->lookupSymbol<func::FuncOp>("f") : func::FuncOp();
    if (!function || !fitsInterface(function))
      continue;
    for (Isa isa : {Isa::Avx2, Isa::Avx512})
      cases.push_back({test, isaName(isa).str(), isa, Kernels::Generated});
    cases.push_back({test, "recompute", best, Kernels::Generated, kRecompute});
    if (llvm::any_of(function.front(), llvm::IsaPred<LstmOp>))
      cases.push_back({test, "segments", best, Kernels::Generated, kSegments});
    WalkResult kernels = function.walk([](Operation *op) {
      return isa<LstmOp, ContractOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (kernels.wasInterrupted())
      cases.push_back({test, "onednn", best, Kernels::Onednn});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Gradients, Compiled, testing::ValuesIn(compiledCases()),
                         [](const testing::TestParamInfo<CompiledCase> &info) {
                           return info.param.test.name + "_" + info.param.variant;
                         });

} // namespace rondo::test
