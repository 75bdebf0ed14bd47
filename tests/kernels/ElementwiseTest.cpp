//===- ElementwiseTest.cpp - kernel.map -----------------------------------===//
//
// Which element of which operand meets which: every way in which operands can
// span a result, all lengths of the vectorised loop, all element types.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"

namespace rondo::test {
namespace {

class Map : public IsaTest {};

TEST_P(Map, AllLengths) {
  Kernel kernel(GetParam(), {"N"}, {{"x", "memref<?xf32>", {"N"}}, {"y", "memref<?xf32>", {"N"}}},
                {{"z", "memref<?xf32>", {"N"}}}, R"(
    kernel.map ins(%x, %y : memref<?xf32>, memref<?xf32>) outs(%z : memref<?xf32>)
      operand_dims = [[0], [0]] {
      ^bb0(%a: f32, %b: f32):
        %s = arith.subf %a, %b : f32
        kernel.yield %s : f32
      })");
  for (int64_t n = 0; n <= 40; ++n) {
    Floats x = randomFloats(n, 1), y = randomFloats(n, 2), z(n + 1, 77);
    kernel.run({n}, {x.data(), y.data()}, {z.data()});
    for (int64_t i = 0; i < n; ++i)
      ASSERT_EQ(z[i], x[i] - y[i]) << i << " of " << n;
    ASSERT_EQ(z[n], 77) << "wrote past the end";
  }
}

TEST_P(Map, OperandsSpanAnyDimensions) {
  // All of (A, B, C), then (A), (B), (C), (A, C), (B, 1) and a scalar.
  Kernel kernel(GetParam(), {"A", "B", "C"},
                {{"abc", "memref<?x?x?xf32>", {"A", "B", "C"}},
                 {"a", "memref<?xf32>", {"A"}},
                 {"b", "memref<?xf32>", {"B"}},
                 {"c", "memref<?xf32>", {"C"}},
                 {"ac", "memref<?x?xf32>", {"A", "C"}},
                 {"b1", "memref<?x1xf32>", {"B"}},
                 {"s", "memref<f32>", {}}},
                {{"z", "memref<?x?x?xf32>", {"A", "B", "C"}}}, R"(
    kernel.map
      ins(%abc, %a, %b, %c, %ac, %b1, %s : memref<?x?x?xf32>, memref<?xf32>, memref<?xf32>,
          memref<?xf32>, memref<?x?xf32>, memref<?x1xf32>, memref<f32>)
      outs(%z : memref<?x?x?xf32>)
      operand_dims = [[0, 1, 2], [0], [1], [2], [0, 2], [1, 2], []] {
      ^bb0(%x0: f32, %x1: f32, %x2: f32, %x3: f32, %x4: f32, %x5: f32, %x6: f32):
        %y1 = arith.addf %x0, %x1 : f32
        %y2 = arith.addf %y1, %x2 : f32
        %y3 = arith.addf %y2, %x3 : f32
        %y4 = arith.addf %y3, %x4 : f32
        %y5 = arith.addf %y4, %x5 : f32
        %y6 = arith.addf %y5, %x6 : f32
        kernel.yield %y6 : f32
      })");
  std::vector<std::vector<int64_t>> all = sizesUpTo40(80, 3, 1);
  for (int64_t C : {1, 7, 16, 33})
    all.push_back({3, 5, C});
  for (const auto &sizes : all) {
    const int64_t A = sizes[0], B = sizes[1], C = sizes[2];
    Floats abc = randomFloats(A * B * C, 1), a = randomFloats(A, 2), b = randomFloats(B, 3),
           c = randomFloats(C, 4), ac = randomFloats(A * C, 5), b1 = randomFloats(B, 6),
           s = randomFloats(1, 7), z(A * B * C, NAN);
    kernel.run({A, B, C},
               {abc.data(), a.data(), b.data(), c.data(), ac.data(), b1.data(), s.data()},
               {z.data()});
    for (int64_t i = 0; i < A; ++i)
      for (int64_t j = 0; j < B; ++j)
        for (int64_t k = 0; k < C; ++k) {
          int64_t at = (i * B + j) * C + k;
          ASSERT_EQ(z[at], abc[at] + a[i] + b[j] + c[k] + ac[i * C + k] + b1[j] + s[0])
              << i << ", " << j << ", " << k;
        }
  }
}

TEST_P(Map, PositionsCountAlongTheirDimension) {
  Kernel kernel(GetParam(), {"A", "B", "C"}, {}, {{"z", "memref<?x?x1x?xi32>", {"A", "B", "C"}}},
                R"(
    kernel.map ins() outs(%z : memref<?x?x1x?xi32>) operand_dims = [] {
        %hundred = arith.constant 100 : i32
        %ten = arith.constant 10000 : i32
        %i = kernel.index 0 : i32
        %j = kernel.index 1 : i32
        %one = kernel.index 2 : i32
        %k = kernel.index 3 : i32
        %a = arith.muli %i, %ten : i32
        %b = arith.muli %j, %hundred : i32
        %c = arith.addi %a, %b : i32
        %d = arith.addi %c, %k : i32
        %e = arith.addi %d, %one : i32
        kernel.yield %e : i32
      })");
  const int64_t A = 2, B = 3, C = 21;
  Ints z(A * B * C);
  kernel.run({A, B, C}, {}, {z.data()});
  for (int64_t i = 0; i < A * B * C; ++i)
    ASSERT_EQ(z[i], i / (B * C) * 10000 + i / C % B * 100 + i % C);
}

TEST_P(Map, PredicatesAreBytes) {
  // below[i] = x[i] < n[i]; z = below and mask ? x : -1
  Kernel kernel(GetParam(), {"N"},
                {{"x", "memref<?xf32>", {"N"}},
                 {"n", "memref<?xi32>", {"N"}},
                 {"mask", "memref<?xi1>", {"N"}}},
                {{"below", "memref<?xi1>", {"N"}}, {"z", "memref<?xf32>", {"N"}}}, R"(
    kernel.map ins(%x, %n : memref<?xf32>, memref<?xi32>) outs(%below : memref<?xi1>)
      operand_dims = [[0], [0]] {
      ^bb0(%a: f32, %b: i32):
        %f = arith.sitofp %b : i32 to f32
        %less = arith.cmpf olt, %a, %f : f32
        kernel.yield %less : i1
      }
    kernel.map ins(%below, %mask, %x : memref<?xi1>, memref<?xi1>, memref<?xf32>)
      outs(%z : memref<?xf32>) operand_dims = [[0], [0], [0]] {
      ^bb0(%l: i1, %m: i1, %a: f32):
        %minus = arith.constant -1.0 : f32
        %both = arith.andi %l, %m : i1
        %s = arith.select %both, %a, %minus : f32
        kernel.yield %s : f32
      })");
  for (int64_t n = 1; n <= 40; ++n) {
    Floats x = randomFloats(n, 1), z(n, NAN);
    Ints limits(n);
    std::vector<uint8_t> mask(n), below(n + 1, 9);
    for (int64_t i = 0; i < n; ++i) {
      limits[i] = i % 3 - 1;
      mask[i] = i % 2;
    }
    kernel.run({n}, {x.data(), limits.data(), mask.data()}, {below.data(), z.data()});
    for (int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(below[i], x[i] < limits[i]) << i;
      ASSERT_EQ(z[i], below[i] && mask[i] ? x[i] : -1) << i;
    }
    ASSERT_EQ(below[n], 9) << "wrote past the end";
  }
}

TEST_P(Map, ScalarsOfTheEntryReachTheRegion) {
  // x / (A * B)
  Kernel kernel(GetParam(), {"A", "B"}, {{"x", "memref<?x?xf32>", {"A", "B"}}},
                {{"z", "memref<?x?xf32>", {"A", "B"}}}, R"(
    %n = arith.muli %A, %B : index
    %i = arith.index_cast %n : index to i64
    %f = arith.sitofp %i : i64 to f32
    kernel.map ins(%x : memref<?x?xf32>) scalars(%f) outs(%z : memref<?x?xf32>)
      operand_dims = [[0, 1]] {
      ^bb0(%a: f32, %s: f32):
        %q = arith.divf %a, %s : f32
        kernel.yield %q : f32
      })");
  Floats x = randomFloats(12, 1), z(12);
  kernel.run({3, 4}, {x.data()}, {z.data()});
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(z[i], x[i] / 12);
}

/// The words of Philox2x32-10 at a position, times 2^-32, to 24 bits.
std::pair<double, double> drawn(uint32_t first, uint32_t second, uint32_t key) {
  for (int round = 0; round < 10; ++round, key += 0x9E3779B9) {
    uint64_t product = 0xD256D193ull * first;
    first = uint32_t(product >> 32) ^ key ^ second;
    second = uint32_t(product);
  }
  return {(first >> 8) * 0x1p-24, (second >> 8) * 0x1p-24};
}

// The same numbers with any instruction set, on any number of threads.
TEST_P(Map, RandomNumbersOfEachPosition) {
  Kernel kernel(GetParam(), {"A", "B"}, {{"k", "memref<i32>", {}}, {"c", "memref<i32>", {}}},
                {{"u", "memref<?x?xf32>", {"A", "B"}}, {"n", "memref<?x?xf32>", {"A", "B"}}}, R"(
    kernel.map ins(%k, %c : memref<i32>, memref<i32>) outs(%u : memref<?x?xf32>)
      operand_dims = [[], []] {
      ^bb0(%key: i32, %counter: i32):
        %r = kernel.random %key, %counter : f32
        kernel.yield %r : f32
      }
    kernel.map ins(%k, %c : memref<i32>, memref<i32>) outs(%n : memref<?x?xf32>)
      operand_dims = [[], []] {
      ^bb0(%key: i32, %counter: i32):
        %r = kernel.random normal %key, %counter : f32
        kernel.yield %r : f32
      })");
  const std::vector<std::vector<int64_t>> all{{1, 3}, {5, 7}, {250, 1003}};
  for (const std::vector<int64_t> &sizes : all) {
    for (const Ints &words : {Ints{0, 0}, Ints{-1, 5}, Ints{0x12345678, -77}}) {
      const int64_t count = sizes[0] * sizes[1];
      Floats u(count, NAN), n(count, NAN);
      expectSameBits([&](Kernel::Schedule schedule) {
        kernel.run(sizes, {&words[0], &words[1]}, {u.data(), n.data()}, schedule);
        return std::vector<Floats>{u, n};
      });
      for (int64_t i = 0; i < count; ++i) {
        auto [first, second] = drawn(i, words[1], words[0]);
        double normal = std::sqrt(-2 * std::log1p(-first)) * std::cos(2 * M_PI * second);
        ASSERT_EQ(u[i], first) << i;
        ASSERT_NEAR(n[i], normal, 2e-6) << i;
      }
    }
  }
}

TEST_P(Map, BuffersAndReshapesOfTheArena) {
  // y = -x through a buffer, seen under another shape.
  Kernel kernel(GetParam(), {"A"}, {{"x", "memref<?x6xf32>", {"A"}}},
                {{"y", "memref<?x2x3xf32>", {"A"}}}, R"(
    %t = kernel.buffer %arena, 1[%A] : memref<?xi8> -> memref<?x6xf32>
    kernel.map ins(%x : memref<?x6xf32>) outs(%t : memref<?x6xf32>) operand_dims = [[0, 1]] {
      ^bb0(%a: f32):
        %n = arith.negf %a : f32
        kernel.yield %n : f32
      }
    %r = kernel.reshape %t[%A] : memref<?x6xf32> -> memref<?x2x3xf32>
    kernel.map ins(%r : memref<?x2x3xf32>) outs(%y : memref<?x2x3xf32>)
      operand_dims = [[0, 1, 2]] {
      ^bb0(%a: f32):
        kernel.yield %a : f32
      })");
  std::vector<int64_t> arena(64);
  arena[1] = 64;
  Floats x = randomFloats(24, 1), y(24);
  kernel.run({4}, {x.data()}, {y.data()}, Kernel::Schedule::Whole, arena.data());
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(y[i], -x[i]);
}

TEST_P(Map, SameBitsHoweverDivided) {
  Kernel kernel(GetParam(), {"A", "B"},
                {{"x", "memref<?x?xf32>", {"A", "B"}}, {"b", "memref<?xf32>", {"B"}}},
                {{"y", "memref<?x?xf32>", {"A", "B"}}, {"z", "memref<?x?xf32>", {"A", "B"}}}, R"(
    kernel.map ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) operand_dims = [[0, 1]] {
      ^bb0(%a: f32):
        %t = math.tanh %a : f32
        kernel.yield %t : f32
      }
    kernel.map ins(%x, %b : memref<?x?xf32>, memref<?xf32>) outs(%z : memref<?x?xf32>)
      operand_dims = [[0, 1], [1]] {
      ^bb0(%a: f32, %c: f32):
        %s = arith.addf %a, %c : f32
        %t = math.exp %s : f32
        kernel.yield %t : f32
      })");
  const int64_t A = 1001, B = 333;
  Floats x = randomFloats(A * B, 1), b = randomFloats(B, 2);
  expectSameBits([&](Kernel::Schedule schedule) {
    Floats y(A * B, NAN), z(A * B, NAN);
    kernel.run({A, B}, {x.data(), b.data()}, {y.data(), z.data()}, schedule);
    return std::vector<Floats>{y, z};
  });
}

RONDO_FOR_EACH_ISA(Map);

} // namespace
} // namespace rondo::test
