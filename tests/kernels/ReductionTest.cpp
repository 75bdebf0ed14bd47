//===- ReductionTest.cpp - kernel.reduce, softmax, argmax -----------------===//
//
// Reduced dimensions first, in the middle and last, all lengths, NaN and infinity.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <algorithm>
#include <limits>

namespace rondo::test {
namespace {

class Reduction : public IsaTest {};

double combine(const std::string &kind, double lhs, double rhs) {
  return kind == "sum" ? lhs + rhs : kind == "max" ? std::max(lhs, rhs) : std::min(lhs, rhs);
}

TEST_P(Reduction, AnyDimensionsOfAnyLength) {
  for (std::string kind : {"sum", "max", "min"}) {
    Kernel kernel(GetParam(), {"A", "B", "C"}, {{"x", "memref<?x?x?xf32>", {"A", "B", "C"}}},
                  {{"a", "memref<?x?xf32>", {"B", "C"}},
                   {"b", "memref<?x?xf32>", {"A", "C"}},
                   {"c", "memref<?x?xf32>", {"A", "B"}},
                   {"bc", "memref<?xf32>", {"A"}},
                   {"ab", "memref<?xf32>", {"C"}},
                   {"abc", "memref<f32>", {}}},
                  "kernel.reduce " + kind +
                      " ins(%x : memref<?x?x?xf32>) outs(%a : memref<?x?xf32>)"
                      " first = 0 count = 1\n"
                      "kernel.reduce " +
                      kind +
                      " ins(%x : memref<?x?x?xf32>) outs(%b : memref<?x?xf32>)"
                      " first = 1 count = 1\n"
                      "kernel.reduce " +
                      kind +
                      " ins(%x : memref<?x?x?xf32>) outs(%c : memref<?x?xf32>)"
                      " first = 2 count = 1\n"
                      "kernel.reduce " +
                      kind +
                      " ins(%x : memref<?x?x?xf32>) outs(%bc : memref<?xf32>)"
                      " first = 1 count = 2\n"
                      "kernel.reduce " +
                      kind +
                      " ins(%x : memref<?x?x?xf32>) outs(%ab : memref<?xf32>)"
                      " first = 0 count = 2\n"
                      "kernel.reduce " +
                      kind +
                      " ins(%x : memref<?x?x?xf32>) outs(%abc : memref<f32>)"
                      " first = 0 count = 3");
    const double start = kind == "sum"   ? 0
                         : kind == "max" ? -INFINITY
                                         : std::numeric_limits<double>::infinity();
    std::vector<std::vector<int64_t>> all = sizesUpTo40(80, 3, 1);
    for (int64_t C = 1; C <= 140; C += C < 40 ? 1 : 17)
      all.push_back({3, 5, C});
    for (const auto &sizes : all) {
      const int64_t A = sizes[0], B = sizes[1], C = sizes[2];
      Floats x = randomFloats(A * B * C, C), a(B * C), b(A * C), c(A * B), bc(A), ab(C), abc(1);
      kernel.run({A, B, C}, {x.data()},
                 {a.data(), b.data(), c.data(), bc.data(), ab.data(), abc.data()});
      std::vector<double> ea(B * C, start), eb(A * C, start), ec(A * B, start), ebc(A, start),
          eab(C, start), eabc(1, start);
      for (int64_t i = 0; i < A; ++i)
        for (int64_t j = 0; j < B; ++j)
          for (int64_t k = 0; k < C; ++k) {
            double value = x[(i * B + j) * C + k];
            for (double *sum :
                 {&ea[j * C + k], &eb[i * C + k], &ec[i * B + j], &ebc[i], &eab[k], &eabc[0]})
              *sum = combine(kind, *sum, value);
          }
      // Sums of up to 1600 terms of both signs may be small; elsewhere the terms are 700 at most.
      const double tolerance = kind != "sum" ? 0 : A == 3 && B == 5 ? 1e-6 : 4e-6;
      expectClose(a, ea, tolerance);
      expectClose(b, eb, tolerance);
      expectClose(c, ec, tolerance);
      expectClose(bc, ebc, tolerance);
      expectClose(ab, eab, tolerance);
      EXPECT_NEAR(abc[0], eabc[0], kind == "sum" ? 1e-4 : 0);
    }
  }
}

TEST_P(Reduction, WhatARegionMakesOfSeveralOperands) {
  const std::string element = R"( element {
      ^bb0(%u: f32, %v: f32, %w: i32):
        %p = arith.mulf %u, %v : f32
        %f = arith.sitofp %w : i32 to f32
        %s = arith.subf %p, %f : f32
        kernel.yield %s : f32
      })",
                    ins = " ins(%x, %y, %n : memref<?x?x?xf32>, memref<?x?x?xf32>, "
                          "memref<?x?x?xi32>) outs(";
  const std::vector<std::string> all = {"A", "B", "C"};
  for (std::string kind : {"sum", "max", "min"}) {
    Kernel kernel(GetParam(), all,
                  {{"x", "memref<?x?x?xf32>", all},
                   {"y", "memref<?x?x?xf32>", all},
                   {"n", "memref<?x?x?xi32>", all}},
                  {{"c", "memref<?x?xf32>", {"A", "B"}}, {"ab", "memref<?xf32>", {"C"}}},
                  "kernel.reduce " + kind + ins + "%c : memref<?x?xf32>) first = 2 count = 1" +
                      element + "\nkernel.reduce " + kind + ins +
                      "%ab : memref<?xf32>) first = 0 count = 2" + element);
    for (const auto &sizes : sizesUpTo40(60, 3, 1)) {
      const int64_t A = sizes[0], B = sizes[1], C = sizes[2];
      Floats x = randomFloats(A * B * C, 1), y = randomFloats(A * B * C, 2), c(A * B), ab(C);
      std::vector<int32_t> n(A * B * C);
      for (size_t index = 0; index < n.size(); ++index)
        n[index] = index % 3 + 1; // what lanes past the end must not be taken for
      kernel.run({A, B, C}, {x.data(), y.data(), n.data()}, {c.data(), ab.data()});
      const double start = kind == "sum" ? 0 : kind == "max" ? -INFINITY : INFINITY;
      std::vector<double> ofC(A * B, start), ofAB(C, start);
      for (int64_t row = 0; row < A * B; ++row)
        for (int64_t column = 0; column < C; ++column) {
          const int64_t index = row * C + column;
          const double value = double(x[index]) * y[index] - n[index];
          ofC[row] = combine(kind, ofC[row], value);
          ofAB[column] = combine(kind, ofAB[column], value);
        }
      expectClose(c, ofC, 2e-6);
      expectClose(ab, ofAB, 2e-6);
      if (HasFatalFailure())
        FAIL() << kind << " " << testing::PrintToString(sizes);
    }
  }
}

TEST_P(Reduction, NanReachesTheResult) {
  Kernel kernel(
      GetParam(), {"N"}, {{"x", "memref<?xf32>", {"N"}}},
      {{"y", "memref<f32>", {}}, {"z", "memref<f32>", {}}},
      "kernel.reduce max ins(%x : memref<?xf32>) outs(%y : memref<f32>) first = 0 count = 1\n"
      "kernel.reduce sum ins(%x : memref<?xf32>) outs(%z : memref<f32>) first = 0 count = 1");
  for (int64_t at : {0, 15, 16, 63, 64, 99}) {
    Floats x(100, 1);
    float y = 0, z = 0;
    x[at] = NAN;
    kernel.run({100}, {x.data()}, {&y, &z});
    EXPECT_TRUE(std::isnan(y) && std::isnan(z)) << at;
  }
}

TEST_P(Reduction, SameBitsHoweverDivided) {
  Kernel kernel(GetParam(), {"A", "B", "C"}, {{"x", "memref<?x?x?xf32>", {"A", "B", "C"}}},
                {{"y", "memref<?x?xf32>", {"A", "C"}}, {"z", "memref<?xf32>", {"A"}}},
                "kernel.reduce sum ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?xf32>) "
                "first = 1 count = 1\n"
                "kernel.reduce sum ins(%x : memref<?x?x?xf32>) outs(%z : memref<?xf32>) "
                "first = 1 count = 2");
  const int64_t A = 33, B = 70, C = 150;
  Floats x = randomFloats(A * B * C, 1);
  expectSameBits([&](Kernel::Schedule schedule) {
    Floats y(A * C), z(A);
    kernel.run({A, B, C}, {x.data()}, {y.data(), z.data()}, schedule);
    return std::vector<Floats>{y, z};
  });
}

Kernel softmaxKernel(Isa isa) {
  return Kernel(isa, {"A", "N"}, {{"x", "memref<?x?xf32>", {"A", "N"}}},
                {{"y", "memref<?x?xf32>", {"A", "N"}}, {"z", "memref<?x?xf32>", {"A", "N"}}},
                "kernel.softmax ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>)\n"
                "kernel.softmax log ins(%x : memref<?x?xf32>) outs(%z : memref<?x?xf32>)");
}

TEST_P(Reduction, SoftmaxOfAllLengths) {
  Kernel kernel = softmaxKernel(GetParam());
  std::vector<std::vector<int64_t>> all = sizesUpTo40(80, 2, 1);
  for (int64_t n = 1; n <= 150; n += n < 40 ? 1 : 19)
    all.push_back({3, n});
  for (const auto &sizes : all) {
    const int64_t A = sizes[0], n = sizes[1];
    Floats x = randomFloats(A * n, n), y(A * n, NAN), z(A * n, NAN);
    for (float &value : x)
      value *= 30;
    kernel.run({A, n}, {x.data()}, {y.data(), z.data()});
    std::vector<double> ey(A * n), ez(A * n);
    for (int64_t row = 0; row < A; ++row) {
      double largest = -INFINITY, sum = 0;
      for (int64_t i = 0; i < n; ++i)
        largest = std::max<double>(largest, x[row * n + i]);
      for (int64_t i = 0; i < n; ++i)
        sum += std::exp(x[row * n + i] - largest);
      for (int64_t i = 0; i < n; ++i) {
        ey[row * n + i] = std::exp(x[row * n + i] - largest) / sum;
        ez[row * n + i] = x[row * n + i] - largest - std::log(sum);
      }
    }
    expectClose(y, ey, 1e-6);
    expectClose(z, n == 1 ? std::vector<double>(A, 0.0) : ez, 1e-6);
  }
}

TEST_P(Reduction, SoftmaxOfMinusInfinityIsZeroAndOfNanNan) {
  Kernel kernel = softmaxKernel(GetParam());
  Floats x = {1, -INFINITY, 1, NAN, 1, 2}, y(6), z(6);
  kernel.run({2, 3}, {x.data()}, {y.data(), z.data()});
  EXPECT_EQ(y[0], 0.5f);
  EXPECT_EQ(y[1], 0);
  EXPECT_EQ(z[1], -INFINITY);
  for (int i = 3; i < 6; ++i)
    EXPECT_TRUE(std::isnan(y[i]) && std::isnan(z[i]));
}

TEST_P(Reduction, ArgMaxIsTheFirstOfTheLargest) {
  Kernel kernel(GetParam(), {"A", "N"}, {{"x", "memref<?x?xf32>", {"A", "N"}}},
                {{"y", "memref<?xi32>", {"A"}}},
                "kernel.argmax ins(%x : memref<?x?xf32>) outs(%y : memref<?xi32>)");
  Floats x = {1, 5, 5, -1, -7, -1, -INFINITY, -INFINITY, 0};
  Ints y(3);
  kernel.run({3, 3}, {x.data()}, {y.data()});
  EXPECT_EQ(y, (Ints{1, 0, 2}));
  for (const auto &sizes : sizesUpTo40(80, 2, 1)) {
    const int64_t A = sizes[0], n = sizes[1];
    Floats many = randomFloats(A * n, n);
    Ints first(A), expected;
    for (int64_t row = 0; row < A; ++row)
      expected.push_back(std::max_element(many.begin() + row * n, many.begin() + (row + 1) * n) -
                         many.begin() - row * n);
    kernel.run({A, n}, {many.data()}, {first.data()});
    ASSERT_EQ(first, expected) << A << " x " << n;
  }
}

RONDO_FOR_EACH_ISA(Reduction);

} // namespace
} // namespace rondo::test
