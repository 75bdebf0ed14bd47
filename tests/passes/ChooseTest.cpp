//===- ChooseTest.cpp - What the model of time decides --------------------===//
//
// Whatever rates the table holds, choices have to follow from what they predict.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ChooseKernels.h"
#include "dialect/IR/RondoDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace rondo;

namespace {

using Reason = PlannedKernel::Reason;

/// An LSTM in its training form, its gradient, and a product of its last state.
std::string model(int64_t features, int64_t units) {
  return llvm::formatv(R"mlir(
module attributes {{rondo.symbols = ["B", "T"]} {{
  func.func @forward(%x: tensor<?x?x{0}xf32, #rondo.dims<["B", "T"]>> {{rondo.input = "x"},
                     %k: tensor<{0}x{2}xf32>, %r: tensor<{1}x{2}xf32>, %w: tensor<{1}x{1}xf32>)
      -> (tensor<{1}x{2}xf32>, tensor<?x{1}xf32, #rondo.dims<["B"]>>) {{
    %s, %h, %c, %g, %cs = rondo.lstm %x, %k, %r
      : tensor<?x?x{0}xf32, #rondo.dims<["B", "T"]>>, tensor<{0}x{2}xf32>, tensor<{1}x{2}xf32>
      -> tensor<?x?x{1}xf32, #rondo.dims<["B", "T"]>>, tensor<?x{1}xf32, #rondo.dims<["B"]>>,
         tensor<?x{1}xf32, #rondo.dims<["B"]>>, tensor<?x?x{2}xf32, #rondo.dims<["B", "T"]>>,
         tensor<?x?x{1}xf32, #rondo.dims<["B", "T"]>> loc(fused<"lstm">["m.py":1:1])
    %dx, %dk, %dr = rondo.lstm_grad %x, %k, %r d_last_h(%h : tensor<?x{1}xf32, #rondo.dims<["B"]>>)
      cache(%s, %g, %cs : tensor<?x?x{1}xf32, #rondo.dims<["B", "T"]>>,
        tensor<?x?x{2}xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x{1}xf32, #rondo.dims<["B", "T"]>>)
      : tensor<?x?x{0}xf32, #rondo.dims<["B", "T"]>>, tensor<{0}x{2}xf32>, tensor<{1}x{2}xf32>
      -> tensor<?x?x{0}xf32, #rondo.dims<["B", "T"]>>, tensor<{0}x{2}xf32>, tensor<{1}x{2}xf32>
      loc(fused<"lstm">["m.py":1:1])
    %0 = rondo.contract %h, %w batch = [] x [] contract = [1] x [0]
      : (tensor<?x{1}xf32, #rondo.dims<["B"]>>, tensor<{1}x{1}xf32>)
      -> tensor<?x{1}xf32, #rondo.dims<["B"]>> loc(fused<"dense">["m.py":2:1])
    return %dr, %0 : tensor<{1}x{2}xf32>, tensor<?x{1}xf32, #rondo.dims<["B"]>>
  }
}
)mlir",
                       features, units, 4 * units);
}

class Choose : public testing::Test {
protected:
  Choose() { context.loadDialect<RondoDialect, func::FuncDialect, arith::ArithDialect>(); }

  /// `weights` is `rondo.weights` of the LSTM; empty: it has none.
  KernelPlan plan(int64_t features, int64_t units, const KernelRequest &request,
                  StringRef weights = "") {
    module = parseSourceString<ModuleOp>(model(features, units), &context);
    if (!module)
      throw std::runtime_error("the test's module does not parse");
    if (!weights.empty())
      module->walk([&](LstmOp lstm) {
        lstm->setAttr(RondoDialect::kWeights, StringAttr::get(&context, weights));
      });
    llvm::Expected<KernelPlan> plan = planKernels(*module, request);
    if (!plan)
      throw std::runtime_error(llvm::toString(plan.takeError()));
    return std::move(*plan);
  }

  static Implementation chosen(const PlannedKernel &kernel) { return kernel.choice; }
  static Implementation generated(const PlannedKernel &) { return Implementation::Generated; }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(Choose, OnednnHasToBeWorthItsLibrary) {
  for (int64_t units : {8, 64, 512})
    for (int64_t batch : {1, 4, 64})
      for (auto isas : {std::vector{Isa::Avx2}, std::vector{Isa::Avx512, Isa::Avx2}}) {
        KernelRequest request;
        request.isas = isas;
        request.sizes.batch = batch;
        KernelPlan all = plan(16, units, request);
        ASSERT_EQ(all.entries.size(), 1u);
        const EntryPlan &entry = all.entries[0];
        ASSERT_EQ(entry.kernels.size(), 3u);
        // The LSTM and its gradient are one choice.
        EXPECT_EQ(entry.kernels[0].choice, entry.kernels[1].choice);
        bool any = false;
        for (const PlannedKernel &kernel : entry.kernels) {
          any |= kernel.choice == Implementation::Onednn;
          EXPECT_TRUE(kernel.reason == Reason::Time || kernel.reason == Reason::NotWorthIt);
        }
        auto best = [&](size_t isa) {
          double lstm[2] = {0, 0}, product[2];
          for (size_t i : {0, 1}) {
            lstm[0] += entry.kernels[i].generated[isa];
            lstm[1] += entry.kernels[i].onednn[isa];
          }
          product[0] = entry.kernels[2].generated[isa];
          product[1] = entry.kernels[2].onednn[isa];
          return entry.rest[isa] + std::min(lstm[0], lstm[1]) + std::min(product[0], product[1]);
        };
        bool worthEverywhere = true;
        for (size_t isa = 0; isa < isas.size(); ++isa) {
          double without = entry.time(isa, generated);
          if (any) {
            EXPECT_LE(kWorthLibrary * entry.time(isa, chosen), without);
          }
          worthEverywhere &= kWorthLibrary * best(isa) <= without;
        }
        if (isas.size() == 1) {
          EXPECT_EQ(any, worthEverywhere);
        }
      }
}

TEST_F(Choose, LayersComeBeforeTheRest) {
  KernelRequest request;
  request.kernels = Kernels::Generated;
  request.layers = {{"lstm", Implementation::Onednn}};
  KernelPlan all = plan(4, 4, request);
  const std::vector<PlannedKernel> &kernels = all.entries[0].kernels;
  EXPECT_EQ(kernels[0].choice, Implementation::Onednn);
  EXPECT_EQ(kernels[1].choice, Implementation::Onednn);
  EXPECT_EQ(kernels[1].reason, Reason::LayerOption);
  EXPECT_EQ(kernels[2].choice, Implementation::Generated);
  EXPECT_EQ(kernels[2].reason, Reason::Option);
  EXPECT_FALSE(findLayerProblem(all, request.layers));
  auto problem = findLayerProblem(all, {{"lstn", Implementation::Generated}});
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->layer, "lstn");
  EXPECT_EQ(problem->known, (std::vector<std::string>{"lstm", "dense"}));
}

TEST_F(Choose, Bf16WeightsAreReadByGeneratedKernelsOnly) {
  KernelRequest request;
  request.weights = WeightType::Bf16;
  request.layers = {{"dense", Implementation::Onednn}};
  KernelPlan all = plan(4, 4, request);
  for (const PlannedKernel &kernel : all.entries[0].kernels) {
    const bool isNamed = kernel.layer == "dense";
    EXPECT_EQ(kernel.choice, isNamed ? Implementation::Onednn : Implementation::Generated);
    EXPECT_EQ(kernel.reason, isNamed ? Reason::LayerOption : Reason::Bf16Weights);
  }
}

TEST_F(Choose, APolicyIsAboutItsLayer) {
  // Large, so that time alone may prefer oneDNN.
  KernelRequest request;
  request.sizes.batch = 64;
  for (StringRef weights : {"", "bf16"}) {
    KernelPlan all = plan(16, 512, request, weights);
    const PlannedKernel &lstm = all.entries[0].kernels[0];
    EXPECT_EQ(lstm.hasBf16Weights, !weights.empty());
    EXPECT_EQ(lstm.reason == Reason::Bf16Weights, !weights.empty());
    EXPECT_NE(all.entries[0].kernels[2].reason, Reason::Bf16Weights);
    if (!weights.empty()) {
      EXPECT_EQ(lstm.choice, Implementation::Generated);
    }
  }
  request.weights = WeightType::F32;
  EXPECT_FALSE(plan(16, 512, request, "bf16").entries[0].kernels[0].hasBf16Weights);
  // Asked for by name, oneDNN reads the weights as they are.
  request.layers = {{"lstm", Implementation::Onednn}};
  request.weights = WeightType::Policy;
  EXPECT_EQ(plan(16, 512, request, "bf16").entries[0].kernels[0].choice, Implementation::Onednn);
}

TEST_F(Choose, ABudgetRulesOnednnOut) {
  KernelRequest request;
  request.kernels = Kernels::Onednn;
  request.hasMemoryBudget = true;
  KernelPlan all = plan(4, 4, request);
  for (const PlannedKernel &kernel : all.entries[0].kernels) {
    EXPECT_EQ(kernel.choice, Implementation::Generated);
    EXPECT_EQ(kernel.reason, Reason::Budget);
  }
}

TEST_F(Choose, TheTableSaysWhatAndWhy) {
  KernelRequest request;
  request.kernels = Kernels::Onednn;
  request.layers = {{"dense", Implementation::Generated}};
  request.sizes.named = {{"T", 7}};
  std::string table = planTable(plan(16, 8, request));
  for (const char *part :
       {"@forward: predicted microseconds, avx512, B = 32, T = 7, one thread",
        "@forward: predicted microseconds, avx2, B = 32, T = 7, one thread",
        "rondo.lstm       lstm             T=7 B=32 D=16 H=8", "rondo.lstm_grad",
        "onednn     forced by --kernels=onednn", "M=32 N=8 K=8",
        "generated  forced by --kernels-for=dense=generated", "all else", "as chosen: "})
    EXPECT_NE(table.find(part), std::string::npos) << part << " in\n" << table;
}

TEST_F(Choose, MoreWorkTakesLonger) {
  for (Isa isa : {Isa::Avx2, Isa::Avx512})
    for (Implementation side : {Implementation::Generated, Implementation::Onednn}) {
      auto lstm = [&](KernelKind kind, int64_t steps, int64_t units) {
        LstmSizes sizes{steps, 32, 16, units};
        return predictedTime(kind, side, isa,
                             kind == KernelKind::LstmForward ? lstmForwardWork(sizes)
                                                             : lstmBackwardWork(sizes));
      };
      for (KernelKind kind : {KernelKind::LstmForward, KernelKind::LstmBackward}) {
        EXPECT_GT(lstm(kind, 1, 16), 0);
        EXPECT_LT(lstm(kind, 10, 64), lstm(kind, 20, 64));
        EXPECT_LT(lstm(kind, 10, 64), lstm(kind, 10, 128));
      }
      for (KernelKind kind : {KernelKind::Product, KernelKind::TransposedProduct})
        EXPECT_LT(predictedTime(kind, side, isa, productWork({1, 32, 64, 64})),
                  predictedTime(kind, side, isa, productWork({4, 32, 64, 64})));
    }
}

} // namespace
