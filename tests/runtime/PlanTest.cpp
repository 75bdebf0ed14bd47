//===- PlanTest.cpp - Packing buffers, sizes of symbols -------------------------===//
//
// The arena planner on random lifetimes, and the arithmetic of symbols.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Plan.h"
#include "runtime/src/DimSize.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace rondo::rt;

namespace {

TEST(Plan, BuffersThatLiveTogetherDoNotOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    int64_t count = random() % 40 + 1, sum = 0, most = 0;
    std::vector<int64_t> sizes(count), offsets(count, -1);
    std::vector<rondo_lifetime> lifetimes(count);
    for (int64_t i = 0; i < count; ++i) {
      sizes[i] = random() % 5 == 0 ? 0 : random() % 5000;
      lifetimes[i].first = random() % 50;
      lifetimes[i].last = lifetimes[i].first + random() % 20;
      sum += (sizes[i] + 63) / 64 * 64;
    }
    for (int32_t at = 0; at < 70; ++at) {
      int64_t alive = 0;
      for (int64_t i = 0; i < count; ++i)
        if (lifetimes[i].first <= at && at <= lifetimes[i].last)
          alive += (sizes[i] + 63) / 64 * 64;
      most = std::max(most, alive);
    }
    int64_t end = 0;
    ASSERT_EQ(packBuffers(sizes.data(), lifetimes.data(), count, 128, offsets.data(), end),
              RONDO_OK);
    EXPECT_GE(end - 128, most);
    EXPECT_LE(end - 128, sum);
    for (int64_t i = 0; i < count; ++i) {
      EXPECT_EQ(offsets[i] % 64, 0);
      EXPECT_GE(offsets[i], 128);
      EXPECT_LE(offsets[i] + sizes[i], end);
      for (int64_t k = 0; k < i; ++k) {
        bool meet =
            lifetimes[i].first <= lifetimes[k].last && lifetimes[k].first <= lifetimes[i].last;
        bool overlap = offsets[i] < offsets[k] + sizes[k] && offsets[k] < offsets[i] + sizes[i];
        EXPECT_FALSE(meet && overlap && sizes[i] && sizes[k]);
      }
    }
  }
}

TEST(Plan, AChainOfBuffersSharesTwoPlaces) {
  std::vector<int64_t> sizes(10, 640), offsets(10);
  std::vector<rondo_lifetime> lifetimes;
  for (int32_t i = 0; i < 10; ++i)
    lifetimes.push_back({i, i + 1});
  int64_t end;
  ASSERT_EQ(packBuffers(sizes.data(), lifetimes.data(), 10, 0, offsets.data(), end), RONDO_OK);
  EXPECT_EQ(end, 2 * 640);
}

TEST(Plan, SizesThatDoNotFitAreAnError) {
  int64_t sizes[] = {INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2}, offsets[3], end;
  rondo_lifetime lifetimes[] = {{0, 1}, {0, 1}, {0, 1}};
  EXPECT_EQ(packBuffers(sizes, lifetimes, 3, 0, offsets, end), RONDO_OUT_OF_MEMORY);
  sizes[0] = -1;
  EXPECT_EQ(packBuffers(sizes, lifetimes, 1, 0, offsets, end), RONDO_OUT_OF_MEMORY);
}

TEST(DimSize, SymbolsArePolynomials) {
  const char *symbols[] = {"B", "T", "T_2"};
  rondo_model model = {};
  model.num_symbols = 3;
  model.symbols = symbols;
  int64_t dims[] = {3, 10, 7}, value;
  auto evaluate = [&](const char *text) {
    return evaluateSymbol(model, text, dims, value) ? value : -1000;
  };
  EXPECT_EQ(evaluate("B"), 3);
  EXPECT_EQ(evaluate("T-1"), 9);
  EXPECT_EQ(evaluate("B*T"), 30);
  EXPECT_EQ(evaluate("B+2*T*T_2-5"), 138);
  EXPECT_EQ(evaluate("-T+20"), 10);
  EXPECT_EQ(evaluate("T*T*T"), 1000);
  EXPECT_EQ(evaluate("(T/3)"), 3);
  EXPECT_EQ(evaluate("2*((T+1)/2)*B-1"), 29);
  EXPECT_EQ(evaluate("((((T+2)/3)+1)/2)+T_2"), 9);
  EXPECT_EQ(evaluate("(T/0)"), -1000);
  EXPECT_EQ(evaluate("(T/B"), -1000);
  EXPECT_EQ(evaluate("(T)"), -1000);
  EXPECT_EQ(evaluate("T)"), -1000);
  EXPECT_EQ(evaluate("S"), -1000);
  EXPECT_EQ(evaluate("T+"), -1000);
  EXPECT_EQ(evaluate(""), -1000);
  EXPECT_EQ(evaluate("9223372036854775808"), -1000);
  dims[0] = INT64_MAX / 2;
  EXPECT_EQ(evaluate("3*B"), -1000);
}

} // namespace
