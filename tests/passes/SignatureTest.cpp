//===- SignatureTest.cpp - The interface of a model -----------------------===//
//
// What `getModelSignature` reads from a module, and what it refuses.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/ModelSignature.h"
#include "dialect/IR/RondoDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace rondo;

namespace {

class Signature : public testing::Test {
protected:
  Signature() { context.loadDialect<RondoDialect, func::FuncDialect, arith::ArithDialect>(); }

  llvm::Expected<ModelSignature> read(llvm::StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return llvm::createStringError("the test's module does not parse");
    return getModelSignature(*module);
  }

  std::string errorOf(llvm::StringRef text) {
    llvm::Expected<ModelSignature> signature = read(text);
    return signature ? "" : llvm::toString(signature.takeError());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr llvm::StringLiteral kModel = R"mlir(
module @vowels attributes {
    rondo.symbols = ["B", "T"],
    rondo.optimizer = {name = "adam", learning_rate = 1.0e-3 : f64, beta_1 = 0.5 : f64}} {
  func.func @forward(
      %x: tensor<?x?x12xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
      %w: tensor<12x5xf32> {rondo.parameter = #rondo.parameter<path = "d/kernel",
        initializer = {name = "zeros", unit_forget = true}, trainable = true>},
      %m: tensor<5xf32> {rondo.parameter = #rondo.parameter<path = "n/mean",
        initializer = {name = "ones"}, trainable = false>},
      %b: tensor<5xf32> {rondo.parameter = #rondo.parameter<path = "d/bias",
        initializer = {name = "zeros"}, trainable = true>})
      -> (tensor<?x12xf32, #rondo.dims<["B*T"]>> {rondo.output = "y"}) {
    %0 = rondo.reshape %x : tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>
      -> tensor<?x12xf32, #rondo.dims<["B*T"]>>
    return %0 : tensor<?x12xf32, #rondo.dims<["B*T"]>>
  }
  func.func @evaluate(
      %t: tensor<?x1xi32, #rondo.dims<["B"]>> {rondo.target = "y"},
      %s: tensor<?xf32, #rondo.dims<["B"]>> {rondo.sample_weight = "y"})
      -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "accuracy"},
          tensor<f32> {rondo.metric_count = "accuracy"}) {
    %0 = rondo.reshape %t : tensor<?x1xi32, #rondo.dims<["B"]>> -> tensor<?xi32, #rondo.dims<["B"]>>
    %1 = rondo.one_hot %0 depth = 9 : tensor<?xi32, #rondo.dims<["B"]>>
      -> tensor<?x9xf32, #rondo.dims<["B"]>>
    %2 = rondo.reduce sum %1 dims = [0, 1] : tensor<?x9xf32, #rondo.dims<["B"]>> -> tensor<f32>
    return %2, %2, %2 : tensor<f32>, tensor<f32>, tensor<f32>
  }
}
)mlir";

TEST_F(Signature, listsTheTensorsOfTheInterface) {
  llvm::Expected<ModelSignature> signature = read(kModel);
  ASSERT_TRUE(bool(signature)) << llvm::toString(signature.takeError());
  EXPECT_EQ(signature->name, "vowels");
  EXPECT_EQ(signature->symbols, (std::vector<std::string>{"B", "T"}));
  ASSERT_EQ(signature->inputs.size(), 1u);
  EXPECT_EQ(signature->inputs[0].name, "x");
  EXPECT_EQ(signature->inputs[0].dtype, Dtype::F32);
  EXPECT_EQ(describeDims(signature->inputs[0].dims), "(B, T, 12)");
  ASSERT_EQ(signature->outputs.size(), 1u);
  EXPECT_EQ(describeDims(signature->outputs[0].dims), "(B*T, 12)");
  ASSERT_EQ(signature->targets.size(), 1u);
  EXPECT_EQ(signature->targets[0].dtype, Dtype::I32);
  ASSERT_EQ(signature->sampleWeights.size(), 1u);
  EXPECT_EQ(signature->sampleWeights[0].name, "y");
  ASSERT_EQ(signature->metrics.size(), 1u);
  EXPECT_EQ(signature->metrics[0].name, "accuracy");
  EXPECT_EQ(signature->metricsSize(), 2);
}

TEST_F(Signature, findsLabelLimitsBehindReshapes) {
  llvm::Expected<ModelSignature> signature = read(kModel);
  ASSERT_TRUE(bool(signature)) << llvm::toString(signature.takeError());
  EXPECT_EQ(signature->targets[0].labelLimit, 9);
  EXPECT_EQ(signature->inputs[0].labelLimit, 0);
}

TEST_F(Signature, limitsIdsByTheRowsOfTheirTables) {
  llvm::Expected<ModelSignature> signature = read(R"mlir(
module attributes {rondo.symbols = ["B"]} {
  func.func @forward(
      %i: tensor<?x1xi32, #rondo.dims<["B"]>> {rondo.input = "i"},
      %n: tensor<?xi32, #rondo.dims<["B"]>> {rondo.input = "n"},
      %x: tensor<?xf32, #rondo.dims<["B"]>> {rondo.input = "x"},
      %t: tensor<9x2xf32> {rondo.parameter = #rondo.parameter<path = "t", initializer = {name = "zeros"}, trainable = true>},
      %u: tensor<7x2xf32> {rondo.parameter = #rondo.parameter<path = "u", initializer = {name = "zeros"}, trainable = true>})
      -> (tensor<?x2xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
    %0 = rondo.reshape %i : tensor<?x1xi32, #rondo.dims<["B"]>> -> tensor<?xi32, #rondo.dims<["B"]>>
    %1 = rondo.gather %t, %0 : tensor<9x2xf32>, tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
    %2 = rondo.gather %u, %0 : tensor<7x2xf32>, tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
    %3 = rondo.cast %n : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["B"]>>
    %4 = rondo.truncate %3 : tensor<?xf32, #rondo.dims<["B"]>> -> tensor<?xi32, #rondo.dims<["B"]>>
    %5 = rondo.gather %t, %4 : tensor<9x2xf32>, tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
    %6 = rondo.truncate %x : tensor<?xf32, #rondo.dims<["B"]>> -> tensor<?xi32, #rondo.dims<["B"]>>
    %7 = rondo.gather %t, %6 : tensor<9x2xf32>, tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
    %8 = rondo.add %1, %2 : tensor<?x2xf32, #rondo.dims<["B"]>>
    %9 = rondo.add %5, %7 : tensor<?x2xf32, #rondo.dims<["B"]>>
    %10 = rondo.add %8, %9 : tensor<?x2xf32, #rondo.dims<["B"]>>
    return %10 : tensor<?x2xf32, #rondo.dims<["B"]>>
  }
}
)mlir");
  ASSERT_TRUE(bool(signature)) << llvm::toString(signature.takeError());
  ASSERT_EQ(signature->inputs.size(), 3u);
  EXPECT_EQ(signature->inputs[0].labelLimit, 7) << "the smaller table";
  EXPECT_EQ(signature->inputs[1].labelLimit, 9) << "behind conversions";
  EXPECT_EQ(signature->inputs[2].labelLimit, 0) << "floats are not checked";
}

TEST_F(Signature, placesParametersAtMultiplesOf16Floats) {
  llvm::Expected<ModelSignature> signature = read(kModel);
  ASSERT_TRUE(bool(signature)) << llvm::toString(signature.takeError());
  ASSERT_EQ(signature->parameters.size(), 3u);
  EXPECT_EQ(signature->parameters[0].offset, 0);
  EXPECT_EQ(signature->parameters[0].size, 60);
  EXPECT_EQ(signature->parameters[0].initializerJson, R"({"name":"zeros","unit_forget":true})");
  EXPECT_FALSE(signature->parameters[1].trainable);
  EXPECT_EQ(signature->parameters[1].offset, 0);
  EXPECT_EQ(signature->parameters[2].offset, 64);
  EXPECT_EQ(signature->trainableSize, 80);
  EXPECT_EQ(signature->stateSize, 16);
  EXPECT_EQ(signature->findParameter("d/bias"), std::optional<size_t>(2));
  EXPECT_EQ(signature->findParameter("d"), std::nullopt);
}

TEST_F(Signature, describesTheOptimizer) {
  llvm::Expected<ModelSignature> signature = read(kModel);
  ASSERT_TRUE(bool(signature)) << llvm::toString(signature.takeError());
  ASSERT_TRUE(signature->optimizer.has_value());
  EXPECT_EQ(signature->optimizer->name, "adam");
  EXPECT_EQ(signature->optimizer->learningRate, 1e-3);
  ASSERT_EQ(signature->optimizer->slots.size(), 2u);
  EXPECT_EQ(signature->optimizer->slots[1].name, "velocity");
  EXPECT_EQ(signature->optimizer->json, R"({"beta_1":0.5,"learning_rate":0.001,"name":"adam"})");
}

TEST_F(Signature, givesOptimizersTheirSlots) {
  auto slots = [&](const std::string &optimizer) {
    std::string text = "module attributes {rondo.optimizer = {learning_rate = 1.0 : f64, " +
                       optimizer + "}} { func.func @forward() { return } }";
    llvm::Expected<ModelSignature> signature = read(text.c_str());
    auto names = [](const OptimizerSlot &slot) { return slot.name; };
    return signature ? llvm::join(llvm::map_range(signature->optimizer->slots, names), " ")
                     : llvm::toString(signature.takeError());
  };
  EXPECT_EQ(slots("name = \"sgd\""), "");
  EXPECT_EQ(slots("name = \"sgd\", momentum = 0.5 : f64"), "momentum");
  EXPECT_EQ(slots("name = \"adam\", amsgrad = 0.0 : f64"), "momentum velocity");
  EXPECT_EQ(slots("name = \"adam\", amsgrad = 1.0 : f64"), "momentum velocity velocity_hat");
  EXPECT_EQ(slots("name = \"rmsprop\", momentum = 0.0 : f64"), "velocity");
  EXPECT_EQ(slots("name = \"nadam\""), "momentum velocity");
  EXPECT_EQ(slots("name = \"ftrl\""), "accumulator linear");
  EXPECT_EQ(slots("name = \"rmsprop\", momentum = 0.5 : f64, centered = 1.0 : f64"),
            "velocity momentum average_gradient");
}

TEST_F(Signature, refusesWhatHasNoPlaceInTheInterface) {
  EXPECT_EQ(errorOf("module {}"), "the module has no @forward");
  EXPECT_EQ(errorOf(R"mlir(
    func.func @forward(%a: tensor<2xf32> {rondo.parameter = #rondo.parameter<path = "w",
                         initializer = {name = "zeros"}, trainable = true>},
                       %b: tensor<2xf32> {rondo.parameter = #rondo.parameter<path = "w",
                         initializer = {name = "zeros"}, trainable = true>}) { return }
  )mlir"),
            "parameter path 'w' repeats");
  EXPECT_EQ(errorOf(R"mlir(
    func.func @forward(%a: tensor<2xf64> {rondo.input = "a"}) { return }
  )mlir"),
            "'a' must have elements of f32 or i32");
  EXPECT_EQ(errorOf(R"mlir(
    func.func @forward(%a: tensor<2xf32> {rondo.input = "a"})
        -> (tensor<2xf32> {rondo.output = "y"}, tensor<2xf32> {rondo.output = "y"}) {
      return %a, %a : tensor<2xf32>, tensor<2xf32>
    }
  )mlir"),
            "two results of @forward are named 'y'");
}

} // namespace
