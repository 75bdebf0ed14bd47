//===- GraphTest.cpp - Random graphs --------------------------------------===//
//
// The same graphs in every run: `scripts/fuzz graphs` looks at others.
//
//===----------------------------------------------------------------------===//

#include "tests/graphs/Report.h"

#include "tests/graphs/Generate.h"

#include <gtest/gtest.h>

namespace rondo::test {
namespace {

constexpr unsigned kBlocks = 20;
constexpr unsigned kGraphsPerBlock = 10;
// Compiling takes nearly a second each; the library has few kernels of its own.
constexpr unsigned kGeneratedPerBlock = 3;
constexpr unsigned kOnednnPerBlock = 1;

/// Blocks, so that ctest runs several at a time.
class RandomGraphs : public testing::TestWithParam<unsigned> {
protected:
  void check(const NamedCheck &check, unsigned count) {
    GraphCounts counts;
    for (unsigned i = 0; i < count; ++i) {
      uint64_t seed = 1 + GetParam() * kGraphsPerBlock + i;
      EXPECT_EQ(reportOn(seed, check, counts), "");
    }
    EXPECT_LE(counts.unclear, counts.compared / 4) << "checks that say little";
    EXPECT_EQ(counts.vacuous, 0) << "graphs that say nothing: take other seeds";
  }
};

TEST_P(RandomGraphs, DerivativesAgreeWithFiniteDifferences) {
  check(derivatives(), kGraphsPerBlock);
}

TEST_P(RandomGraphs, GeneratedCodeAgreesWithTheReference) {
  check(compiled(Kernels::Generated), kGeneratedPerBlock);
}

TEST_P(RandomGraphs, KernelsOfOnednnAgreeWithTheReference) {
  check(compiled(Kernels::Onednn), kOnednnPerBlock);
}

INSTANTIATE_TEST_SUITE_P(, RandomGraphs, testing::Range(0u, kBlocks),
                         [](const auto &info) { return std::to_string(info.param); });

} // namespace
} // namespace rondo::test
