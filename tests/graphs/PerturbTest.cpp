//===- PerturbTest.cpp - What rounding may do, drawn at random ------------===//
//
// Sums whose terms cancel out, and loops: where rounding does most.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"
#include "tests/graphs/Arguments.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using rondo::reference::Dtype;
using rondo::reference::Tensor;

namespace rondo::test {
namespace {

/// The largest change of the only result of `@f` in some attempts.
double changeOf(const std::string &text, const Tensors &arguments, const Rounding &rounding) {
  std::unique_ptr<MLIRContext> context = makeContext();
  OwningOpRef<ModuleOp> module = parseCase(*context, {"perturbed", text});
  auto function = module->lookupSymbol<func::FuncOp>("f");
  Tensor exact = runReference(function, arguments).front();
  double change = 0;
  for (unsigned attempt = 0; attempt < 8; ++attempt) {
    Tensor perturbed = runPerturbed(function, arguments, rounding, attempt).front();
    for (int64_t i = 0; i < exact.size(); ++i)
      change = std::max(change, std::abs(perturbed.values[i] - exact.values[i]));
  }
  return change;
}

/// 2, -2, 2, -2…
Tensor alternating(int64_t count) {
  Tensor tensor(Dtype::Float, {count});
  for (int64_t i = 0; i < count; ++i)
    tensor.values[i] = i % 2 ? -2 : 2;
  return tensor;
}

constexpr double kPartialSums = 1e-6;

TEST(Perturb, SumsAreOffByWhatTheirTermsSay) {
  const char *sum = R"(
    func.func @f(%x: tensor<64xf32>) -> tensor<f32> {
      %0 = rondo.reduce sum %x dims = [0] : tensor<64xf32> -> tensor<f32>
      return %0 : tensor<f32>
    })";
  // √64 times 64 terms of 2; of eight errors one is large.
  double most = 8 * kPartialSums * 64 * 2;
  double change = changeOf(sum, {alternating(64)}, {0, kPartialSums});
  EXPECT_GT(change, most / 4);
  EXPECT_LE(change, most);
  EXPECT_EQ(changeOf(sum, {alternating(64)}, {0, 0}), 0);
}

TEST(Perturb, ProductsAreOffByWhatTheirTermsSay) {
  const char *product = R"(
    func.func @f(%x: tensor<64xf32>, %y: tensor<64xf32>) -> tensor<f32> {
      %0 = rondo.contract %x, %y batch = [] x [] contract = [0] x [0]
          : (tensor<64xf32>, tensor<64xf32>) -> tensor<f32>
      return %0 : tensor<f32>
    })";
  Tensor threes(Dtype::Float, {64}, std::vector<double>(64, 3));
  double most = 8 * kPartialSums * 64 * 2 * 3;
  double change = changeOf(product, {alternating(64), threes}, {0, kPartialSums});
  EXPECT_GT(change, most / 4);
  EXPECT_LE(change, most);
}

TEST(Perturb, TheDenominatorOfASoftmaxIsASum) {
  for (const char *name : {"softmax", "log_softmax"}) {
    std::string text = R"(
    func.func @f(%x: tensor<64xf32>) -> tensor<64xf32> {
      %0 = rondo.NAME %x axis = 0 : tensor<64xf32>
      return %0 : tensor<64xf32>
    })";
    text.replace(text.find("NAME"), 4, name);
    // Of 64 equal numbers each gets 1/64, whose logarithm is off by that much of 1.
    Tensor zeros(Dtype::Float, {64});
    double most = 8 * kPartialSums * (llvm::StringRef(name) == "softmax" ? 1.0 / 64 : 1);
    double change = changeOf(text, {zeros}, {0, kPartialSums});
    EXPECT_GT(change, most / 4) << name;
    EXPECT_LE(change, most) << name;
  }
}

TEST(Perturb, StepsOfLoopsAreOffToo) {
  const char *loop = R"(
    func.func @f(%x: tensor<1x64xf32>) -> tensor<1xf32> {
      %zero = arith.constant dense<0.0> : tensor<1xf32>
      %0 = rondo.scan carries(%zero : tensor<1xf32>) sequences(%x : tensor<1x64xf32>) {
      ^bb0(%sum: tensor<1xf32>, %term: tensor<1xf32>):
        %1 = rondo.add %sum, %term : tensor<1xf32>
        rondo.yield %1 : tensor<1xf32>
      } -> tensor<1xf32>
      return %0 : tensor<1xf32>
    })";
  Tensor ones(Dtype::Float, {1, 64}, std::vector<double>(64, 1));
  constexpr double kRelative = 1e-6;
  // More than the last addition and the equal terms account for.
  EXPECT_GT(changeOf(loop, {ones}, {kRelative, 0}), 3 * 64 * kRelative);
}

} // namespace
} // namespace rondo::test
