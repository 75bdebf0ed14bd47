//===- MatmulTest.cpp - kernel.matmul -------------------------------------===//
//
// Sizes on both sides of every tile, batches, transposed operands, masks, windows,
// epilogues.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <fmt/format.h>

namespace rondo::test {
namespace {

class Matmul : public IsaTest {};

std::vector<double> product(const Floats &lhs, const Floats &rhs, int64_t batch, int64_t m,
                            int64_t n, int64_t k, bool transposed) {
  std::vector<double> result(batch * m * n);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t p = 0; p < k; ++p)
          sum += double(lhs[b * m * k + (transposed ? p * m + i : i * k + p)]) *
                 rhs[b * k * n + p * n + j];
        result[(b * m + i) * n + j] = sum;
      }
  return result;
}

Kernel plainKernel(Isa isa, bool transposed, const KernelTuning &tuning = {}) {
  std::string lhs = "memref<?x?x?xf32>";
  return Kernel(isa, {"B", "M", "N", "K"},
                {{"a", lhs,
                  transposed ? std::vector<std::string>{"B", "K", "M"}
                             : std::vector<std::string>{"B", "M", "K"}},
                 {"b", lhs, {"B", "K", "N"}}},
                {{"c", lhs, {"B", "M", "N"}}},
                "kernel.matmul ins(%a, %b : memref<?x?x?xf32>, memref<?x?x?xf32>) "
                "outs(%c : memref<?x?x?xf32>) {num_batch = 1, num_m = 1, num_n = 1, num_k = 1" +
                    std::string(transposed ? ", transpose_lhs" : "") + ", extra_dims = []}",
                tuning);
}

TEST_P(Matmul, RemaindersOfAllTiles) {
  for (bool transposed : {false, true}) {
    Kernel kernel = plainKernel(GetParam(), transposed);
    for (int64_t m = 1; m <= 50; m += m < 18 ? 1 : 5)
      for (int64_t n = 1; n <= 40; ++n) {
        int64_t k = 1 + (m * 7 + n) % 23, batch = 1 + (m + n) % 2;
        Floats a = randomFloats(batch * m * k, m), b = randomFloats(batch * k * n, n),
               c(batch * m * n, NAN);
        kernel.run({batch, m, n, k}, {a.data(), b.data()}, {c.data()});
        expectClose(c, product(a, b, batch, m, n, k, transposed), 1e-6);
        if (HasFatalFailure())
          FAIL() << "m " << m << " n " << n << " k " << k;
      }
  }
}

TEST_P(Matmul, SizesUpTo40) {
  for (bool transposed : {false, true}) {
    Kernel kernel = plainKernel(GetParam(), transposed);
    for (const auto &sizes : sizesUpTo40(160, 4, transposed)) {
      const int64_t batch = sizes[0], m = sizes[1], n = sizes[2], k = sizes[3];
      Floats a = randomFloats(batch * m * k, m), b = randomFloats(batch * k * n, n),
             c(batch * m * n, NAN);
      kernel.run(sizes, {a.data(), b.data()}, {c.data()});
      expectClose(c, product(a, b, batch, m, n, k, transposed), 1e-6);
      if (HasFatalFailure())
        FAIL() << testing::PrintToString(sizes);
    }
  }
}

TEST_P(Matmul, LongSumsGoThroughMemory) {
  Kernel kernel = plainKernel(GetParam(), false);
  // Few rows have wider tiles.
  for (int64_t m : {1, 2, 3, 4, 5, 7})
    for (int64_t k : {0, 255, 256, 257, 700}) {
      Floats a = randomFloats(m * k, 1), b = randomFloats(k * 150, 2), c(m * 150, NAN);
      kernel.run({1, m, 150, k}, {a.data(), b.data()}, {c.data()});
      expectClose(c, product(a, b, 1, m, 150, k, false), 2e-6);
    }
}

TEST_P(Matmul, LinesFarApartArePacked) {
  Kernel kernel = plainKernel(GetParam(), false);
  for (int64_t m : {23, 24, 31, 75})
    for (int64_t n : {512, 545}) {
      const int64_t k = 300;
      Floats a = randomFloats(m * k, 1), b = randomFloats(k * n, 2), c(m * n, NAN);
      kernel.run({1, m, n, k}, {a.data(), b.data()}, {c.data()});
      expectClose(c, product(a, b, 1, m, n, k, false), 2e-6);
    }
}

TEST_P(Matmul, BlocksOfBothSidesArePacked) {
  for (bool transposed : {false, true}) {
    Kernel kernel = plainKernel(GetParam(), transposed);
    for (int64_t m : {15, 47, 48, 49, 145, 200})
      for (int64_t n : {31, 32, 127, 129, 140})
        for (int64_t k : {1, 255, 257}) {
          Floats a = randomFloats(m * k, 1), b = randomFloats(k * n, 2), c(m * n, NAN);
          kernel.run({1, m, n, k}, {a.data(), b.data()}, {c.data()});
          expectClose(c, product(a, b, 1, m, n, k, transposed), 2e-6);
          if (HasFatalFailure())
            FAIL() << "m " << m << " n " << n << " k " << k;
        }
  }
}

TEST_P(Matmul, SameBitsWithAnyBlocks) {
  for (bool transposed : {false, true}) {
    const int64_t m = 145, n = 270, k = 520;
    Floats a = randomFloats(m * k, 1), b = randomFloats(k * n, 2), usual(m * n);
    plainKernel(GetParam(), transposed).run({1, m, n, k}, {a.data(), b.data()}, {usual.data()});
    for (const TuningParameter &parameter : kTuningParameters)
      for (int64_t value : {parameter.alternatives[0], parameter.alternatives[1], parameter.least,
                            std::min<int64_t>(parameter.most, 1 << 20)}) {
        KernelTuning tuning;
        tuning.*parameter.member = value;
        ASSERT_EQ(value % parameter.multipleOf, 0) << parameter.name.str();
        Floats c(m * n, NAN);
        plainKernel(GetParam(), transposed, tuning)
            .run({1, m, n, k}, {a.data(), b.data()}, {c.data()});
        EXPECT_EQ(c, usual) << parameter.name.str() << " " << value;
      }
  }
}

TEST_P(Matmul, NanStaysInItsRowAndColumn) {
  Kernel kernel = plainKernel(GetParam(), false);
  Floats a(5 * 4, 1), b(4 * 19, 1), c(5 * 19);
  a[2 * 4 + 1] = NAN;
  b[3 * 19 + 18] = INFINITY;
  kernel.run({1, 5, 19, 4}, {a.data(), b.data()}, {c.data()});
  for (int64_t i = 0; i < 5; ++i)
    for (int64_t j = 0; j < 19; ++j) {
      float value = c[i * 19 + j];
      if (i == 2)
        EXPECT_TRUE(std::isnan(value));
      else
        EXPECT_EQ(value, j == 18 ? INFINITY : 4);
    }
}

TEST_P(Matmul, SameBitsHoweverDivided) {
  Kernel kernel = plainKernel(GetParam(), false);
  const int64_t batch = 2, m = 100, n = 300, k = 70;
  Floats a = randomFloats(batch * m * k, 1), b = randomFloats(batch * k * n, 2);
  expectSameBits([&](Kernel::Schedule schedule) {
    Floats c(batch * m * n, NAN);
    kernel.run({batch, m, n, k}, {a.data(), b.data()}, {c.data()}, schedule);
    return std::vector<Floats>{c};
  });
}

TEST_P(Matmul, EpilogueReadsExtrasOfEveryShape) {
  // relu(sum + bias[n]) * scale[b] + old[b, m, n], and the position along n.
  Kernel kernel(GetParam(), {"B", "M", "N", "K"},
                {{"a", "memref<?x?x?xf32>", {"B", "M", "K"}},
                 {"b", "memref<?x?xf32>", {"K", "N"}},
                 {"bias", "memref<?xf32>", {"N"}},
                 {"scale", "memref<?xf32>", {"B"}},
                 {"old", "memref<?x?x?xf32>", {"B", "M", "N"}}},
                {{"c", "memref<?x?x?xf32>", {"B", "M", "N"}}}, R"(
    kernel.matmul ins(%a, %b : memref<?x?x?xf32>, memref<?x?xf32>)
      extras(%bias, %scale, %old : memref<?xf32>, memref<?xf32>, memref<?x?x?xf32>)
      outs(%c : memref<?x?x?xf32>)
      {num_batch = 0, num_m = 2, num_n = 1, num_k = 1, extra_dims = [[2], [0], [0, 1, 2]]}
      epilogue {
      ^bb0(%sum: f32, %x: f32, %y: f32, %z: f32):
        %zero = arith.constant 0.0 : f32
        %s = arith.addf %sum, %x : f32
        %r = arith.maximumf %s, %zero : f32
        %t = arith.mulf %r, %y : f32
        %u = arith.addf %t, %z : f32
        %i = kernel.index 2 : i32
        %f = arith.sitofp %i : i32 to f32
        %v = arith.addf %u, %f : f32
        kernel.yield %v : f32
      })");
  std::vector<std::vector<int64_t>> all = sizesUpTo40(80, 4, 1);
  for (int64_t n : {1, 9, 16, 40, 129, 160})
    all.push_back({3, 21, n, 11});
  for (const auto &sizes : all) {
    const int64_t batch = sizes[0], m = sizes[1], n = sizes[2], k = sizes[3];
    Floats a = randomFloats(batch * m * k, 1), b = randomFloats(k * n, 2),
           bias = randomFloats(n, 3), scale = randomFloats(batch, 4),
           old = randomFloats(batch * m * n, 5), c(batch * m * n, NAN);
    kernel.run({batch, m, n, k}, {a.data(), b.data(), bias.data(), scale.data(), old.data()},
               {c.data()});
    std::vector<double> expected = product(a, b, 1, batch * m, n, k, false);
    for (int64_t index = 0; index < batch * m * n; ++index)
      expected[index] = std::max(0.0, expected[index] + bias[index % n]) * scale[index / (m * n)] +
                        old[index] + index % n;
    expectClose(c, expected, 2e-6);
  }
}

TEST_P(Matmul, GroupsOfDimensionsMultiplyAsOne) {
  // dW[d, h] = sum over b and t of x[b, t, d] * dz[b, t, h]
  Kernel kernel(GetParam(), {"B", "T"},
                {{"x", "memref<?x?x5xf32>", {"B", "T"}}, {"dz", "memref<?x?x12xf32>", {"B", "T"}}},
                {{"dw", "memref<5x12xf32>", {}}},
                "kernel.matmul ins(%x, %dz : memref<?x?x5xf32>, memref<?x?x12xf32>) "
                "outs(%dw : memref<5x12xf32>) "
                "{num_batch = 0, num_m = 1, num_n = 1, num_k = 2, transpose_lhs, extra_dims = []}");
  const int64_t batch = 4, steps = 9;
  Floats x = randomFloats(batch * steps * 5, 1), dz = randomFloats(batch * steps * 12, 2), dw(60);
  kernel.run({batch, steps}, {x.data(), dz.data()}, {dw.data()});
  expectClose(dw, product(x, dz, 1, 5, 12, batch * steps, true), 1e-6);
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

/// Of rows, or of steps of sums with a transposed lhs; `rest` is attributes and an epilogue.
Kernel maskedKernel(Isa isa, bool transposed, const std::string &rest = "}",
                    const KernelTuning &tuning = {}) {
  const char *type = "memref<?x?xf32>";
  const std::string of = transposed ? "K" : "M";
  return Kernel(isa, {"M", "N", "K"},
                {{"a", type, {of, transposed ? "M" : "K"}},
                 {"b", type, {"K", "N"}},
                 {"mask", "memref<?xi8>", {of}}},
                {{"c", type, {"M", "N"}}},
                "kernel.matmul ins(%a, %b : memref<?x?xf32>, memref<?x?xf32>) "
                "mask(%mask : memref<?xi8>) outs(%c : memref<?x?xf32>) "
                "{num_batch = 0, num_m = 1, num_n = 1, num_k = 1, extra_dims = []" +
                    std::string(transposed ? ", transpose_lhs" : "") + rest,
                tuning);
}

struct MaskedData {
  Floats a, b;
  std::vector<uint8_t> mask;
  std::vector<double> expected;

  /// Sequences of which half is padding, holes, nothing or everything; NaN where nobody may look.
  MaskedData(int64_t m, int64_t n, int64_t k, bool transposed)
      : a(randomFloats(m * k, m)), b(randomFloats(k * n, n)), mask(transposed ? k : m) {
    const int64_t kind = (m + n + k) % 4;
    auto counts = [&](int64_t index) {
      const bool each[] = {index % 40 < 20, index * 5 % 7 > 2, false, true};
      return each[kind];
    };
    Floats countedA = a, countedB = b;
    const int64_t widthA = transposed ? m : k;
    for (size_t index = 0; index < mask.size(); ++index) {
      mask[index] = counts(index);
      if (mask[index])
        continue;
      std::fill_n(a.begin() + index * widthA, widthA, NAN);
      std::fill_n(countedA.begin() + index * widthA, widthA, 0);
      if (!transposed)
        continue;
      std::fill_n(b.begin() + index * n, n, NAN);
      std::fill_n(countedB.begin() + index * n, n, 0);
    }
    expected = product(countedA, countedB, 1, m, n, k, transposed);
  }

  std::vector<const void *> ins() const { return {a.data(), b.data(), mask.data()}; }
};

TEST_P(Matmul, MaskedRowsAndSteps) {
  for (bool transposed : {false, true}) {
    Kernel kernel = maskedKernel(GetParam(), transposed);
    std::vector<std::array<int64_t, 3>> all;
    for (int64_t m : {1, 2, 3, 5, 12, 23, 49, 145, 200})
      for (int64_t n : {1, 15, 32, 129})
        for (int64_t k : {0, 1, 16, 257})
          all.push_back({m, n, k});
    for (int64_t k : {1023, 1024, 1025, 2500}) // as many steps as are listed at once
      for (int64_t m : {4, 33})
        all.push_back({m, 40, k});
    for (auto [m, n, k] : all) {
      MaskedData data(m, n, k, transposed);
      Floats c(m * n, NAN);
      kernel.run({m, n, k}, data.ins(), {c.data()});
      expectClose(c, data.expected, 3e-6);
      if (HasFatalFailure())
        FAIL() << "m " << m << " n " << n << " k " << k << " transposed " << transposed;
    }
  }
}

TEST_P(Matmul, MaskedSameBitsAsWithoutMask) {
  for (bool transposed : {false, true})
    for (int64_t m : {1, 7, 64, 145}) {
      const int64_t n = 140, k = 300;
      Floats a = randomFloats(m * k, 1), b = randomFloats(k * n, 2), usual(m * n), c(m * n);
      std::vector<uint8_t> ones(transposed ? k : m, 1);
      plainKernel(GetParam(), transposed).run({1, m, n, k}, {a.data(), b.data()}, {usual.data()});
      maskedKernel(GetParam(), transposed)
          .run({m, n, k}, {a.data(), b.data(), ones.data()}, {c.data()});
      EXPECT_EQ(c, usual) << m;
    }
}

TEST_P(Matmul, MaskedSameBitsHoweverDividedAndWithAnyBlocks) {
  for (bool transposed : {false, true}) {
    const int64_t m = 145, n = 270, k = 1400;
    MaskedData data(m, n, k, transposed);
    Kernel kernel = maskedKernel(GetParam(), transposed);
    auto run = [&](const Kernel &kernel, Kernel::Schedule schedule) {
      Floats c(m * n, NAN);
      kernel.run({m, n, k}, data.ins(), {c.data()}, schedule);
      return std::vector<Floats>{c};
    };
    expectSameBits([&](Kernel::Schedule schedule) { return run(kernel, schedule); });
    for (const TuningParameter &parameter : kTuningParameters)
      for (int64_t value : parameter.alternatives) {
        KernelTuning tuning;
        tuning.*parameter.member = value;
        Kernel other = maskedKernel(GetParam(), transposed, "}", tuning);
        EXPECT_EQ(run(other, Kernel::Schedule::Whole), run(kernel, Kernel::Schedule::Whole))
            << parameter.name.str() << " " << value;
      }
  }
}

TEST_P(Matmul, MaskedRowsHaveTheirEpilogue) {
  Kernel kernel = maskedKernel(GetParam(), false, R"(} epilogue {
      ^bb0(%sum: f32):
        %one = arith.constant 1.0 : f32
        %v = arith.addf %sum, %one : f32
        kernel.yield %v : f32
      })");
  for (int64_t m : {1, 30, 96, 97, 210}) {
    const int64_t n = 131, k = 20;
    MaskedData data(m, n, k, false);
    for (double &value : data.expected)
      value += 1;
    Floats c(m * n, NAN);
    kernel.run({m, n, k}, data.ins(), {c.data()});
    expectClose(c, data.expected, 2e-6);
  }
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Of sequences (B, T, D), `window` steps each, T = S + window - 1; transposed: (window·D, N),
/// summed over all windows. `rest` is attributes and an epilogue.
Kernel windowKernel(Isa isa, int64_t window, bool transposed, const std::string &rest = "}",
                    const KernelTuning &tuning = {}) {
  const std::string sequences = "memref<?x?x?xf32>", matrix = "memref<?x?xf32>";
  const std::string &b = transposed ? sequences : matrix, &c = transposed ? matrix : sequences;
  using Dims = std::vector<std::string>;
  const Dims ofWindow{"K", "N"}, ofRows{"B", "S", "N"};
  return Kernel(isa, {"B", "S", "T", "D", "K", "N"},
                {{"a", sequences, {"B", "T", "D"}}, {"b", b, transposed ? ofRows : ofWindow}},
                {{"c", c, transposed ? ofWindow : ofRows}},
                fmt::format("kernel.matmul ins(%a, %b : {}, {}) outs(%c : {}) {{num_batch = 0, "
                            "num_m = {}, num_n = 1, num_k = {}, extra_dims = [], window = {}{}{}",
                            sequences, b, c, transposed ? 1 : 2, transposed ? 2 : 1, window,
                            transposed ? ", transpose_lhs" : "", rest),
                tuning);
}

struct WindowData {
  int64_t batch, steps, window, features, columns;
  bool transposed;
  Floats a, b, windows;

  WindowData(int64_t batch, int64_t steps, int64_t window, int64_t features, int64_t columns,
             bool transposed)
      : batch(batch), steps(steps), window(window), features(features), columns(columns),
        transposed(transposed), a(randomFloats(batch * length() * features, 1)),
        b(randomFloats((transposed ? batch * steps : width()) * columns, 2)) {
    for (int64_t sample = 0; sample < batch; ++sample)
      for (int64_t step = 0; step < steps; ++step) {
        auto begin = a.begin() + (sample * length() + step) * features;
        windows.insert(windows.end(), begin, begin + width());
      }
  }

  int64_t length() const { return steps + window - 1; }
  int64_t width() const { return window * features; }
  int64_t size() const { return (transposed ? width() : batch * steps) * columns; }
  std::vector<double> expected() const {
    return transposed ? product(windows, b, 1, width(), columns, batch * steps, true)
                      : product(windows, b, 1, batch * steps, columns, width(), false);
  }
  Floats run(const Kernel &kernel, Kernel::Schedule schedule = Kernel::Schedule::Whole) const {
    Floats c(size(), NAN);
    kernel.run({batch, steps, length(), features, width(), columns}, {a.data(), b.data()},
               {c.data()}, schedule);
    return c;
  }
};

// One sum may cancel.
TEST_P(Matmul, Windows) {
  for (bool transposed : {false, true})
    for (int64_t window : {1, 2, 5}) {
      Kernel kernel = windowKernel(GetParam(), window, transposed);
      for (int64_t batch : {1, 3, 32})
        for (int64_t steps : {1, 6, 49, 100})
          for (int64_t features : {1, 7, 64})
            for (int64_t columns : {1, 15, 33, 130}) {
              WindowData data(batch, steps, window, features, columns, transposed);
              expectClose(data.run(kernel), data.expected(), 1e-5);
              if (HasFatalFailure())
                FAIL() << "batch " << batch << " steps " << steps << " window " << window
                       << " features " << features << " columns " << columns << " transposed "
                       << transposed;
            }
    }
}

TEST_P(Matmul, WindowsOfNothing) {
  for (bool transposed : {false, true}) {
    Kernel kernel = windowKernel(GetParam(), 3, transposed);
    for (auto [batch, steps] : {std::pair<int64_t, int64_t>{0, 4}, {4, 0}}) {
      WindowData data(batch, steps, 3, 8, 20, transposed);
      EXPECT_EQ(data.run(kernel), Floats(data.size(), 0));
    }
  }
}

TEST_P(Matmul, WindowsSameBitsAsCopies) {
  for (bool transposed : {false, true}) {
    WindowData data(7, 50, 4, 24, 140, transposed);
    const int64_t rows = data.batch * data.steps;
    Floats usual(data.size());
    std::vector<int64_t> sizes{1, transposed ? data.width() : rows, data.columns,
                               transposed ? rows : data.width()};
    plainKernel(GetParam(), transposed)
        .run(sizes, {data.windows.data(), data.b.data()}, {usual.data()});
    EXPECT_EQ(data.run(windowKernel(GetParam(), 4, transposed)), usual);
  }
}

TEST_P(Matmul, WindowsSameBitsHoweverDividedAndWithAnyBlocks) {
  for (bool transposed : {false, true}) {
    WindowData data(11, 130, 3, 50, 270, transposed);
    Kernel kernel = windowKernel(GetParam(), 3, transposed);
    expectSameBits(
        [&](Kernel::Schedule schedule) { return std::vector<Floats>{data.run(kernel, schedule)}; });
    for (const TuningParameter &parameter : kTuningParameters)
      for (int64_t value : parameter.alternatives) {
        KernelTuning tuning;
        tuning.*parameter.member = value;
        EXPECT_EQ(data.run(windowKernel(GetParam(), 3, transposed, "}", tuning)), data.run(kernel))
            << parameter.name.str() << " " << value;
      }
  }
}

TEST_P(Matmul, WindowsHaveTheirEpilogue) {
  Kernel kernel = windowKernel(GetParam(), 3, false, R"(} epilogue {
      ^bb0(%sum: f32):
        %one = arith.constant 1.0 : f32
        %v = arith.addf %sum, %one : f32
        kernel.yield %v : f32
      })");
  for (int64_t batch : {1, 5}) {
    WindowData data(batch, 97, 3, 10, 131, false);
    std::vector<double> expected = data.expected();
    for (double &value : expected)
      value += 1;
    expectClose(data.run(kernel), expected, 2e-6);
  }
}

RONDO_FOR_EACH_ISA(Matmul);

} // namespace
} // namespace rondo::test
