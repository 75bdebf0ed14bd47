//===- GuardTest.cpp - Whether guard pages notice ------------------------===//
//
// Entries that read or write one element too many, at either end.
//
//===----------------------------------------------------------------------===//

#include "tests/kernels/KernelTest.h"
#include <gtest/gtest-spi.h>
#include <set>

namespace rondo::test {
namespace {

class Guard : public IsaTest {};

/// Copies x to y: `op` is slice or insert, which trust their offset.
Kernel copyWithOffset(Isa isa, const std::string &op, int offset) {
  return Kernel(isa, {"N"}, {{"x", "memref<?xf32>", {"N"}}}, {{"y", "memref<?xf32>", {"N"}}},
                "%o = arith.constant " + std::to_string(offset) + " : index\nkernel." + op +
                    " ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) offsets = [%o] "
                    "strides = [1]");
}

TEST_P(Guard, NoticesAnElementTooMany) {
  // Neither end of a buffer of 1024 numbers has slack in its page.
  for (int64_t n : {1, 7, 1024})
    for (std::string op : {"slice", "insert"})
      for (int offset : {-1, 0, 1}) {
        Kernel kernel = copyWithOffset(GetParam(), op, offset);
        Floats x = randomFloats(n, 1), y(n);
        testing::TestPartResultArray failures;
        {
          testing::ScopedFakeTestPartResultReporter reporter(
              testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
          kernel.run({n}, {x.data()}, {y.data()});
        }
        ASSERT_EQ(failures.size(), offset == 0 ? 0 : 1) << op << " from " << offset;
        if (offset == 0)
          continue;
        const std::string at = std::to_string(offset < 0 ? -4 : 4 * n),
                          buffer = op == "slice" ? "%x" : "%y", bytes = std::to_string(4 * n);
        EXPECT_NE(std::string(failures.GetTestPartResult(0).message())
                      .find("byte " + at + " of " + buffer + ", which has " + bytes),
                  std::string::npos)
            << failures.GetTestPartResult(0).message();
      }
}

TEST_P(Guard, ResultsArriveWhereTheyWereAskedFor) {
  Kernel kernel = copyWithOffset(GetParam(), "insert", 0);
  Floats x = randomFloats(9, 1), y(10, 5);
  kernel.run({9}, {x.data()}, {y.data()});
  x.push_back(5);
  EXPECT_EQ(y, x);
}

TEST(GuardSizes, EveryNumberIsInEveryPlace) {
  for (unsigned seed : {1, 2}) {
    auto tuples = sizesUpTo40(80, 4, seed);
    for (size_t place = 0; place < 4; ++place)
      for (size_t first : {0, 40}) {
        std::set<int64_t> seen;
        for (size_t i = first; i < first + 40; ++i)
          seen.insert(tuples[i][place]);
        EXPECT_EQ(seen.size(), 40u);
        EXPECT_EQ(*seen.begin(), 1);
        EXPECT_EQ(*seen.rbegin(), 40);
      }
  }
}

RONDO_FOR_EACH_ISA(Guard);

} // namespace
} // namespace rondo::test
