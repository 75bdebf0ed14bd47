//===- Products.cpp - Products and what surrounds them in attention -------===//
//
// A product of dense matrices, and the three pieces of attention over (B, T, H):
// scores = query * states^T, softmax, weights * states.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Cases.h"
#include <fmt/format.h>

namespace rondo::bench {

using test::Argument;
using test::Kernel;
using test::randomFloats;

namespace {

/// Operands and result of a product, random.
struct Data {
  explicit Data(const ProductShape &s)
      : lhs(randomFloats(s.batch * s.m * s.k, 1)), rhs(randomFloats(s.batch * s.k * s.n, 2)),
        transposed(rhs.size()), out(s.batch * s.m * s.n) {}
  test::Floats lhs, rhs, transposed, out;
};

/// A right side that is to be transposed is transposed by a kernel first, as the
/// compiler does.
Run generatedProduct(const ProductShape &s) {
  const std::string any = buffer({"?", "?", "?"});
  std::string body;
  if (s.transposeRhs)
    body = fmt::format("kernel.transpose ins(%b : {0}) outs(%t : {0}) perm = [0, 2, 1]\n", any);
  body += fmt::format("kernel.matmul ins(%a, {1} : {0}, {0}) outs(%c : {0}) {{num_batch = 1, "
                      "num_m = 1, num_n = 1, num_k = 1, extra_dims = []{2}}}",
                      any, s.transposeRhs ? "%t" : "%b", s.transposeLhs ? ", transpose_lhs" : "");
  using Dims = std::vector<std::string>;
  auto kernel = std::make_shared<Kernel>(
      bestIsa(), Dims{"B", "M", "N", "K"},
      std::vector<Argument>{{"a", any, s.transposeLhs ? Dims{"B", "K", "M"} : Dims{"B", "M", "K"}},
                            {"b", any, s.transposeRhs ? Dims{"B", "N", "K"} : Dims{"B", "K", "N"}}},
      std::vector<Argument>{{"c", any, {"B", "M", "N"}}, {"t", any, {"B", "K", "N"}}}, body);
  auto data = std::make_shared<Data>(s);
  return [=] {
    kernel->run({s.batch, s.m, s.n, s.k}, {data->lhs.data(), data->rhs.data()},
                {data->out.data(), data->transposed.data()});
  };
}

Run onednnProduct(const ProductShape &s) {
  auto data = std::make_shared<Data>(s);
  auto product = std::make_shared<Product>(s, data->lhs.data(), data->rhs.data(), data->out.data());
  return [data, product] { product->run(); };
}

void addProduct(const std::string &name, const std::string &size, const ProductShape &s) {
  const double elements = double(s.batch) * (s.m * s.k + s.k * s.n + s.m * s.n);
  const Amounts amounts{2.0 * s.batch * s.m * s.n * s.k, sizeof(float) * elements};
  addCase(name + "/generated/" + size, amounts, [=] { return generatedProduct(s); });
  addCase(name + "/onednn/" + size, amounts, [=] { return onednnProduct(s); });
}

Run generatedSoftmax(int64_t rows, int64_t columns) {
  const std::string any = buffer({"?", "?"});
  auto kernel = std::make_shared<Kernel>(
      bestIsa(), std::vector<std::string>{"N", "C"}, std::vector<Argument>{{"x", any, {"N", "C"}}},
      std::vector<Argument>{{"y", any, {"N", "C"}}},
      fmt::format("kernel.softmax ins(%x : {0}) outs(%y : {0})", any));
  test::Floats x = randomFloats(rows * columns, 1), y(x.size());
  return [=]() mutable { kernel->run({rows, columns}, {x.data()}, {y.data()}); };
}

/// In place, on what the last run made: the time does not depend on the values.
Run plainSoftmax(int64_t rows, int64_t columns) {
  test::Floats x = randomFloats(rows * columns, 1);
  return [=]() mutable { softmaxRows(x.data(), rows, columns); };
}

} // namespace

void addProductCases() {
  using Sizes = std::array<int64_t, 3>;
  for (auto [m, n, k] : {Sizes{1600, 128, 128}, {6400, 256, 256}, {1024, 1024, 1024}})
    addProduct("matmul", fmt::format("M{}_N{}_K{}", m, n, k), {1, m, n, k});
  // Gradients of weights: inputs, transposed, times cotangents, summed over batch and time.
  for (auto [m, n, k] : {Sizes{128, 128, 1600}, {256, 256, 6400}, {256, 1024, 6400}})
    addProduct("matmul_transposed", fmt::format("M{}_N{}_K{}", m, n, k), {1, m, n, k, true});
}

void addAttentionCases(const std::vector<LstmShape> &sizes) {
  for (const LstmShape &s : sizes) {
    addProduct("attention_scores", sizeName(s), {s.batch, s.steps, s.steps, s.units, false, true});
    addProduct("attention_contexts", sizeName(s), {s.batch, s.steps, s.units, s.steps});
    const int64_t rows = s.batch * s.steps;
    const Amounts amounts{0, 2.0 * sizeof(float) * rows * s.steps};
    addCase("softmax/generated/" + sizeName(s), amounts,
            [=] { return generatedSoftmax(rows, s.steps); });
    addCase("softmax/loops/" + sizeName(s), amounts, [=] { return plainSoftmax(rows, s.steps); });
  }
}

void addProductModelCases() {
  using Sizes = std::array<int64_t, 3>;
  auto add = [](const std::string &name, const ProductShape &s) {
    const Work work = productWork({s.batch, s.m, s.n, s.k});
    std::string size = fmt::format("B{}_M{}_N{}_K{}", s.batch, s.m, s.n, s.k);
    addCase(name + "/generated/" + size, work, [=] { return generatedProduct(s); });
    addCase(name + "/onednn/" + size, work, [=] { return onednnProduct(s); });
  };
  for (int64_t rows : {1, 32, 320, 3200})
    for (auto [n, k] :
         {std::pair<int64_t, int64_t>{1, 64}, {64, 64}, {128, 128}, {256, 256}, {512, 128}})
      add("matmul", {1, rows, n, k});
  for (auto [m, n, k] : {Sizes{50, 50, 128}, {50, 128, 50}, {1, 100, 128}})
    add("matmul", {32, m, n, k});
  for (int64_t rows : {32, 320, 3200})
    for (auto [m, n] : {std::pair<int64_t, int64_t>{64, 64}, {128, 128}, {256, 256}, {128, 512}})
      add("matmul_transposed", {1, m, n, rows, true});
}

} // namespace rondo::bench
