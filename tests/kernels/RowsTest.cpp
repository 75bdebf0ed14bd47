//===- RowsTest.cpp - kernel.gather and kernel.scatter_add ----------------===//
//
// All kinds of indices, between guard pages: no index leads outside the table.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <limits>
#include <optional>
#include <random>

namespace rondo::test {
namespace {

class Rows : public IsaTest {};

/// The row of a table of `rows` that an index names.
std::optional<int64_t> rowOf(int64_t index, int64_t rows) {
  int64_t row = index < 0 ? index + rows : index;
  return 0 <= row && row < rows ? std::optional(row) : std::nullopt;
}

/// Rows of a table, some from behind, some that it has not.
Ints someIndices(int64_t count, int64_t rows, unsigned seed) {
  std::mt19937 random(seed);
  Ints indices(count);
  for (int32_t &index : indices)
    switch (random() % 16) {
    case 0:
      index = std::numeric_limits<int32_t>::min();
      break;
    case 1:
      index = std::numeric_limits<int32_t>::max();
      break;
    default:
      index = static_cast<int32_t>(random() % (2 * rows + 2)) - static_cast<int32_t>(rows) - 1;
    }
  return indices;
}

TEST_P(Rows, GatherTakesRowsOfAllSizes) {
  Kernel kernel(GetParam(), {"N", "C", "S"},
                {{"t", "memref<?x?xf32>", {"N", "C"}}, {"i", "memref<?xi32>", {"S"}}},
                {{"y", "memref<?x?xf32>", {"S", "C"}}},
                "kernel.gather ins(%t, %i : memref<?x?xf32>, memref<?xi32>) "
                "outs(%y : memref<?x?xf32>)");
  for (const auto &sizes : sizesUpTo40(80, 3, 1)) {
    const int64_t N = sizes[0], C = sizes[1], S = sizes[2];
    Floats t = randomFloats(N * C, N), y(S * C, NAN);
    Ints i = someIndices(S, N, C);
    kernel.run(sizes, {t.data(), i.data()}, {y.data()});
    for (int64_t s = 0; s < S; ++s)
      for (int64_t c = 0; c < C; ++c) {
        auto row = rowOf(i[s], N);
        ASSERT_EQ(y[s * C + c], row ? t[*row * C + c] : 0) << "index " << i[s] << " of " << N;
      }
  }
}

TEST_P(Rows, GatherOfManyAxesAndOfOne) {
  Kernel kernel(GetParam(), {"A", "B"},
                {{"t", "memref<4x2x3xf32>", {}},
                 {"i", "memref<?x?xi32>", {"A", "B"}},
                 {"n", "memref<5xf32>", {}},
                 {"j", "memref<i32>", {}}},
                {{"y", "memref<?x?x2x3xf32>", {"A", "B"}}, {"z", "memref<f32>", {}}},
                "kernel.gather ins(%t, %i : memref<4x2x3xf32>, memref<?x?xi32>) "
                "outs(%y : memref<?x?x2x3xf32>)\n"
                "kernel.gather ins(%n, %j : memref<5xf32>, memref<i32>) outs(%z : memref<f32>)");
  Floats t = randomFloats(24, 1), n = {1, 2, 3, 4, 5}, y(24, NAN), z(1, NAN);
  Ints i = {3, 0, -2, 3}, j = {-2};
  kernel.run({2, 2}, {t.data(), i.data(), n.data(), j.data()}, {y.data(), z.data()});
  for (int64_t s = 0; s < 4; ++s)
    for (int64_t c = 0; c < 6; ++c)
      EXPECT_EQ(y[s * 6 + c], t[*rowOf(i[s], 4) * 6 + c]);
  EXPECT_EQ(z[0], 4);
}

TEST_P(Rows, GatherOfIntegersAndPredicates) {
  Kernel kernel(
      GetParam(), {"S"},
      {{"t", "memref<3x2xi32>", {}}, {"p", "memref<3x2xi8>", {}}, {"i", "memref<?xi32>", {"S"}}},
      {{"y", "memref<?x2xi32>", {"S"}}, {"q", "memref<?x2xi8>", {"S"}}},
      "kernel.gather ins(%t, %i : memref<3x2xi32>, memref<?xi32>) "
      "outs(%y : memref<?x2xi32>)\n"
      "kernel.gather ins(%p, %i : memref<3x2xi8>, memref<?xi32>) "
      "outs(%q : memref<?x2xi8>)");
  Ints t = {1, 2, 3, 4, 5, 6}, i = {2, 0, 7}, y(6, -1);
  std::vector<uint8_t> p = {1, 0, 0, 1, 1, 1}, q(6, 9);
  kernel.run({3}, {t.data(), p.data(), i.data()}, {y.data(), q.data()});
  EXPECT_EQ(y, (Ints{5, 6, 1, 2, 0, 0}));
  EXPECT_EQ(q, (std::vector<uint8_t>{1, 1, 1, 0, 0, 0}));
}

const char *const scatterAdd = "kernel.scatter_add ins(%i, %u : memref<?xi32>, memref<?x?xf32>) "
                               "outs(%y : memref<?x?xf32>)";
const std::vector<Argument> scatterIns = {{"i", "memref<?xi32>", {"S"}},
                                          {"u", "memref<?x?xf32>", {"S", "C"}}};
const std::vector<Argument> scatterOuts = {{"y", "memref<?x?xf32>", {"N", "C"}}};

/// Each sum in the order of the updates, as the kernel has it.
Floats added(const Ints &indices, const Floats &updates, int64_t rows, int64_t width) {
  Floats sums(rows * width);
  for (size_t s = 0; s < indices.size(); ++s)
    if (auto row = rowOf(indices[s], rows))
      for (int64_t c = 0; c < width; ++c)
        sums[*row * width + c] += updates[s * width + c];
  return sums;
}

TEST_P(Rows, ScatterAddsRowsOfAllSizes) {
  Kernel kernel(GetParam(), {"N", "C", "S"}, scatterIns, scatterOuts, scatterAdd);
  for (const auto &sizes : sizesUpTo40(80, 3, 2)) {
    const int64_t N = sizes[0], C = sizes[1], S = sizes[2];
    Ints i = someIndices(S, N, C);
    Floats u = randomFloats(S * C, N), y(N * C, NAN);
    kernel.run(sizes, {i.data(), u.data()}, {y.data()});
    ASSERT_EQ(y, added(i, u, N, C)) << N << " rows of " << C << ", " << S << " updates";
  }
}

TEST_P(Rows, ScatterAddHasTheSameBitsOnAnyNumberOfThreads) {
  KernelTuning tuning;
  tuning.parallelCost = 0;
  Kernel kernel(GetParam(), {"N", "C", "S"}, scatterIns, scatterOuts, scatterAdd, tuning);
  for (int64_t C : {3, 16, 70, 131}) {
    const int64_t N = 50, S = 400;
    Ints i = someIndices(S, N, 5);
    Floats u = randomFloats(S * C, 6), expected = added(i, u, N, C);
    expectSameBits([&](Kernel::Schedule schedule) {
      Floats y(N * C, NAN);
      kernel.run({N, C, S}, {i.data(), u.data()}, {y.data()}, schedule);
      EXPECT_EQ(y, expected);
      return std::vector<Floats>{y};
    });
  }
}

TEST_P(Rows, ScatterAddOfNumbersAndWholeTables) {
  Kernel kernel(GetParam(), {},
                {{"i", "memref<4xi32>", {}},
                 {"u", "memref<4xf32>", {}},
                 {"j", "memref<i32>", {}},
                 {"v", "memref<2x3xf32>", {}}},
                {{"y", "memref<3xf32>", {}}, {"z", "memref<2x2x3xf32>", {}}},
                "kernel.scatter_add ins(%i, %u : memref<4xi32>, memref<4xf32>) "
                "outs(%y : memref<3xf32>)\n"
                "kernel.scatter_add ins(%j, %v : memref<i32>, memref<2x3xf32>) "
                "outs(%z : memref<2x2x3xf32>)");
  Ints i = {1, 1, 2, 9}, j = {1};
  Floats u = {1, 2, 3, 4}, v = {1, 2, 3, 4, 5, 6}, y(3, NAN), z(12, NAN);
  kernel.run({}, {i.data(), u.data(), j.data(), v.data()}, {y.data(), z.data()});
  EXPECT_EQ(y, (Floats{0, 3, 3}));
  EXPECT_EQ(z, (Floats{0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6}));
}

RONDO_FOR_EACH_ISA(Rows);

} // namespace
} // namespace rondo::test
