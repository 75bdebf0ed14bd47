//===- MovementTest.cpp - kernel.transpose, slice, pad, insert, concat ----===//
//
// Positions are the values, so a moved element says where it came from.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <numeric>

namespace rondo::test {
namespace {

class Movement : public IsaTest {};

Floats counting(size_t count) {
  Floats values(count);
  std::iota(values.begin(), values.end(), 1.0f);
  return values;
}

TEST_P(Movement, EveryTransposeOfThreeDimensions) {
  const std::vector<std::string> names = {"A", "B", "C"};
  for (std::vector<int> perm :
       {std::vector<int>{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    Kernel kernel(
        GetParam(), names, {{"x", "memref<?x?x?xf32>", names}},
        {{"y", "memref<?x?x?xf32>", {names[perm[0]], names[perm[1]], names[perm[2]]}}},
        "kernel.transpose ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) perm = [" +
            std::to_string(perm[0]) + ", " + std::to_string(perm[1]) + ", " +
            std::to_string(perm[2]) + "]");
    std::vector<std::vector<int64_t>> all = sizesUpTo40(80, 3, 1);
    all.insert(all.end(), {{2, 3, 5}, {1, 17, 4}, {3, 33, 41}, {2, 16, 32}});
    for (const auto &sizes : all) {
      const int64_t count = sizes[0] * sizes[1] * sizes[2];
      Floats x = counting(count), y(count);
      kernel.run(sizes, {x.data()}, {y.data()});
      int64_t at = 0, position[3];
      for (position[perm[0]] = 0; position[perm[0]] < sizes[perm[0]]; ++position[perm[0]])
        for (position[perm[1]] = 0; position[perm[1]] < sizes[perm[1]]; ++position[perm[1]])
          for (position[perm[2]] = 0; position[perm[2]] < sizes[perm[2]]; ++position[perm[2]])
            ASSERT_EQ(y[at++], x[(position[0] * sizes[1] + position[1]) * sizes[2] + position[2]]);
    }
  }
}

TEST_P(Movement, SquaresOfAllSizes) {
  Kernel kernel(
      GetParam(), {"A", "B"}, {{"x", "memref<?x?xf32>", {"A", "B"}}},
      {{"y", "memref<?x?xf32>", {"B", "A"}}},
      "kernel.transpose ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) perm = [1, 0]");
  for (int64_t rows = 1; rows <= 40; ++rows)
    for (int64_t columns = 1; columns <= 40; ++columns) {
      Floats x = counting(rows * columns), y(rows * columns + 1, -1);
      kernel.run({rows, columns}, {x.data()}, {y.data()});
      for (int64_t i = 0; i < rows * columns; ++i)
        ASSERT_EQ(y[i], x[i % rows * columns + i / rows]) << rows << " x " << columns;
      ASSERT_EQ(y[rows * columns], -1) << "wrote past the end";
    }
}

TEST_P(Movement, TransposeOfStaticOnesAndPredicates) {
  Kernel kernel(GetParam(), {"A"}, {{"x", "memref<?x1x3xi1>", {"A"}}},
                {{"y", "memref<3x1x?xi1>", {"A"}}},
                "kernel.transpose ins(%x : memref<?x1x3xi1>) outs(%y : memref<3x1x?xi1>) "
                "perm = [2, 1, 0]");
  std::vector<uint8_t> x = {1, 0, 0, 1, 1, 0}, y(6, 9);
  kernel.run({2}, {x.data()}, {y.data()});
  EXPECT_EQ(y, (std::vector<uint8_t>{1, 1, 0, 1, 0, 0}));
}

TEST_P(Movement, SliceAndPadAreInverse) {
  // The last step of each row, and columns 1 and 2.
  const std::string place = "offsets = [%zero, %last, %one] strides = [1, 1, 1]",
                    offsets = "%zero = arith.constant 0 : index\n"
                              "%one = arith.constant 1 : index\n"
                              "%last = arith.subi %B, %one : index\n";
  Kernel slice(GetParam(), {"A", "B"}, {{"x", "memref<?x?x5xf32>", {"A", "B"}}},
               {{"y", "memref<?x1x2xf32>", {"A"}}},
               offsets + "kernel.slice ins(%x : memref<?x?x5xf32>) outs(%y : memref<?x1x2xf32>) " +
                   place);
  Kernel pad(GetParam(), {"A", "B"}, {{"x", "memref<?x1x2xf32>", {"A"}}},
             {{"y", "memref<?x?x5xf32>", {"A", "B"}}},
             offsets + "kernel.pad ins(%x : memref<?x1x2xf32>) outs(%y : memref<?x?x5xf32>) " +
                 place);
  for (const auto &sizes : sizesUpTo40(80, 2, 1)) {
    const int64_t A = sizes[0], B = sizes[1];
    Floats x = counting(A * B * 5), y(A * 2), back(A * B * 5, NAN);
    slice.run({A, B}, {x.data()}, {y.data()});
    pad.run({A, B}, {y.data()}, {back.data()});
    for (int64_t i = 0; i < A * B * 5; ++i) {
      bool inside = i / 5 % B == B - 1 && (i % 5 == 1 || i % 5 == 2);
      ASSERT_EQ(back[i], inside ? x[i] : 0) << i;
    }
  }
}

TEST_P(Movement, SliceAndPadWithStrides) {
  // Rows 1, 3, 5, … and columns 0, 3, 6, …
  const std::string place = "offsets = [%one, %zero] strides = [2, 3]",
                    offsets = "%zero = arith.constant 0 : index\n"
                              "%one = arith.constant 1 : index\n";
  Kernel slice(GetParam(), {"A", "B", "C"}, {{"x", "memref<?x?xf32>", {"A", "C"}}},
               {{"y", "memref<?x?xf32>", {"B", "B"}}},
               offsets + "kernel.slice ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) " +
                   place);
  Kernel pad(GetParam(), {"A", "B", "C"}, {{"x", "memref<?x?xf32>", {"B", "B"}}},
             {{"y", "memref<?x?xf32>", {"A", "C"}}},
             offsets + "kernel.pad ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) " + place);
  const int64_t A = 8, B = 3, C = 9;
  Floats x = counting(A * C), y(B * B, NAN), back(A * C, NAN);
  slice.run({A, B, C}, {x.data()}, {y.data()});
  pad.run({A, B, C}, {y.data()}, {back.data()});
  for (int64_t row = 0; row < B; ++row)
    for (int64_t column = 0; column < B; ++column)
      EXPECT_EQ(y[row * B + column], x[(1 + 2 * row) * C + 3 * column]);
  for (int64_t row = 0; row < A; ++row)
    for (int64_t column = 0; column < C; ++column) {
      bool inside = row % 2 == 1 && row / 2 < B && column % 3 == 0;
      EXPECT_EQ(back[row * C + column], inside ? x[row * C + column] : 0) << row << ", " << column;
    }
}

TEST_P(Movement, SliceBackwards) {
  const std::string types = "ins(%x : memref<?x?x2xf32>) outs(%y : memref<?x?x2xf32>) ",
                    offsets = "%zero = arith.constant 0 : index\n"
                              "%one = arith.constant 1 : index\n"
                              "%last = arith.subi %B, %one : index\n";
  const std::vector<Argument> in = {{"x", "memref<?x?x2xf32>", {"A", "B"}}},
                              out = {{"y", "memref<?x?x2xf32>", {"A", "B"}}};
  Kernel steps(GetParam(), {"A", "B"}, in, out,
               offsets + "kernel.slice " + types +
                   "offsets = [%zero, %last, %zero] strides = [1, -1, 1]");
  Kernel both(GetParam(), {"A", "B"}, in, out,
              offsets + "kernel.slice " + types +
                  "offsets = [%zero, %last, %one] strides = [1, -1, -1]");
  const int64_t A = 3, B = 5;
  Floats x = counting(A * B * 2), y(x.size()), z(x.size());
  steps.run({A, B}, {x.data()}, {y.data()});
  both.run({A, B}, {x.data()}, {z.data()});
  for (int64_t a = 0; a < A; ++a)
    for (int64_t b = 0; b < B; ++b)
      for (int64_t c = 0; c < 2; ++c) {
        EXPECT_EQ(y[(a * B + b) * 2 + c], x[(a * B + B - 1 - b) * 2 + c]);
        EXPECT_EQ(z[(a * B + b) * 2 + c], x[(a * B + B - 1 - b) * 2 + 1 - c]);
      }
}

TEST_P(Movement, InsertsStepsInALoop) {
  // Each step of x becomes a step of y, the last one first; the last column of y stays.
  Kernel kernel(GetParam(), {"A", "B"}, {{"x", "memref<?x?x2xf32>", {"A", "B"}}},
                {{"y", "memref<?x?x3xf32>", {"A", "B"}}, {"step", "memref<?x1x2xf32>", {"A"}}},
                R"(
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    scf.for %t = %zero to %B step %one {
      %last = arith.subi %B, %one : index
      %from = arith.subi %last, %t : index
      kernel.slice ins(%x : memref<?x?x2xf32>) outs(%step : memref<?x1x2xf32>) offsets = [%zero, %from, %zero] strides = [1, 1, 1]
      kernel.insert ins(%step : memref<?x1x2xf32>) outs(%y : memref<?x?x3xf32>) offsets = [%zero, %t, %zero] strides = [1, 1, 1]
    })");
  for (int64_t B : {1, 4}) {
    const int64_t A = 3;
    Floats x = counting(A * B * 2), y(A * B * 3, -1), step(A * 2);
    kernel.run({A, B}, {x.data()}, {y.data(), step.data()});
    for (int64_t row = 0; row < A; ++row)
      for (int64_t t = 0; t < B; ++t)
        for (int64_t column = 0; column < 3; ++column)
          EXPECT_EQ(y[(row * B + t) * 3 + column],
                    column == 2 ? -1 : x[(row * B + B - 1 - t) * 2 + column]);
  }
}

TEST_P(Movement, InsertsEveryOtherRow) {
  Kernel kernel(GetParam(), {"A"}, {{"x", "memref<?x2xf32>", {"A"}}},
                {{"y", "memref<9x5xf32>", {}}},
                R"(
    %one = arith.constant 1 : index
    kernel.insert ins(%x : memref<?x2xf32>) outs(%y : memref<9x5xf32>) offsets = [%one, %one] strides = [2, 3])");
  Floats x = counting(4 * 2), y(9 * 5, -1);
  kernel.run({4}, {x.data()}, {y.data()});
  for (int64_t row = 0; row < 9; ++row)
    for (int64_t column = 0; column < 5; ++column) {
      bool inside = row % 2 == 1 && column % 3 == 1;
      EXPECT_EQ(y[row * 5 + column], inside ? x[row / 2 * 2 + column / 3] : -1);
    }
}

TEST_P(Movement, ConcatAlongEachAxis) {
  const int64_t A = 2, B = 3;
  Floats x = counting(A * B), y = counting(A * 2);
  for (float &value : y)
    value = -value;
  Kernel columns(GetParam(), {"A", "B"},
                 {{"x", "memref<?x?xf32>", {"A", "B"}}, {"y", "memref<?x2xf32>", {"A"}}},
                 {{"z", "memref<?x?xf32>", {"A", "B+2"}}},
                 "kernel.concat ins(%x, %y : memref<?x?xf32>, memref<?x2xf32>) "
                 "outs(%z : memref<?x?xf32>) axis = 1");
  Floats z(A * (B + 2));
  columns.run({A, B}, {x.data(), y.data()}, {z.data()});
  EXPECT_EQ(z, (Floats{1, 2, 3, -1, -2, 4, 5, 6, -3, -4}));

  Kernel rows(GetParam(), {"A", "B"},
              {{"x", "memref<?x?xf32>", {"A", "B"}}, {"y", "memref<1x?xf32>", {"B"}}},
              {{"z", "memref<?x?xf32>", {"A+1", "B"}}},
              "kernel.concat ins(%x, %y : memref<?x?xf32>, memref<1x?xf32>) "
              "outs(%z : memref<?x?xf32>) axis = 0");
  Floats z2((A + 1) * B);
  rows.run({A, B}, {x.data(), y.data()}, {z2.data()});
  EXPECT_EQ(z2, (Floats{1, 2, 3, 4, 5, 6, -1, -2, -3}));
}

RONDO_FOR_EACH_ISA(Movement);

} // namespace
} // namespace rondo::test
