//===- OneDnnTest.cpp - The oneDNN shim --------------------------------------===//
//
// LSTMs and products through the seam that generated code uses, against plain
// loops in double precision.
//
//===----------------------------------------------------------------------===//

#include "runtime/onednn/onednn.h"
#include "runtime/src/Internal.h"
#include "tests/runtime/Allocations.h"
#include "tests/runtime/ReferenceLstm.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <omp.h>
#include <random>
#include <sstream>
#include <string>
#include <thread>

using namespace rondo::test;

namespace {

using Floats = std::vector<float>;

/// What a context gives its entries, with `sites` call sites.
class FakeRuntime {
public:
  explicit FakeRuntime(int32_t threads = 1, int32_t sites = 8) : sites(sites) {
    EXPECT_EQ(rondo_onednn_library.load(), nullptr);
    rt.threads = threads;
    rt.sites = this->sites.data();
    rt.failure = &failure;
    rt.parallel_for = rondo_onednn_library.parallel_for;
  }
  ~FakeRuntime() {
    rondo_onednn_library.release(sites.data(), static_cast<int32_t>(sites.size()));
    EXPECT_TRUE(std::all_of(sites.begin(), sites.end(), [](void *site) { return !site; }));
  }
  FakeRuntime(const FakeRuntime &) = delete;
  FakeRuntime &operator=(const FakeRuntime &) = delete;

  rondo_rt rt{};
  std::vector<void *> sites;
  int32_t failure = RONDO_OK;
};

/// A piece of an arena: aligned as one, full of values that must not matter,
/// with a margin whose change is noticed.
class Piece {
public:
  explicit Piece(int64_t bytes) : bytes(bytes) {
    EXPECT_GE(bytes, 0);
    data = static_cast<char *>(rondo::rt::allocateAligned(bytes + kMargin));
    std::memset(data, 0x7b, bytes + kMargin);
  }
  ~Piece() {
    for (int64_t i = 0; i < kMargin; ++i)
      EXPECT_EQ(data[bytes + i], 0x7b) << "written " << i << " bytes behind a buffer";
    free(data);
  }
  Piece(const Piece &) = delete;
  Piece &operator=(const Piece &) = delete;

  static constexpr int64_t kMargin = 64;
  int64_t bytes;
  char *data;
};

Numbers randomNumbers(std::mt19937 &random, int64_t count, double scale = 1) {
  // Exact in f32, so that both sides compute with the same numbers.
  std::uniform_int_distribution<int> values(-512, 512);
  Numbers numbers(count);
  for (double &number : numbers)
    number = static_cast<float>(scale * values(random) / 512);
  return numbers;
}

Floats floats(const Numbers &numbers) { return Floats(numbers.begin(), numbers.end()); }

void expectNear(const Floats &found, const double *wanted, double tolerance, const char *what) {
  double largest = 1e-3;
  for (size_t i = 0; i < found.size(); ++i)
    largest = std::max(largest, std::fabs(wanted[i]));
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], wanted[i], tolerance * largest) << what << " at " << i;
}

/// The sites of an LSTM in an entry.
enum Site { kInferenceSite, kTrainingSite, kBackwardSite, kProductSite };

/// An LSTM with random weights and data, its tensors as a caller holds them,
/// and what they should become.
class Lstm {
public:
  Lstm(LstmSizes sizes, bool initial, int seed = 1) : sizes(sizes), initial(initial) {
    const auto [T, B, D, H] = sizes;
    std::mt19937 random(seed);
    parameters.kernel = randomNumbers(random, D * 4 * H, 1 / std::sqrt(D));
    parameters.recurrent = randomNumbers(random, H * 4 * H, 1 / std::sqrt(H));
    parameters.bias = randomNumbers(random, 4 * H);
    Numbers input = randomNumbers(random, T * B * D);
    Numbers startH = randomNumbers(random, B * H, initial), startC = startH;
    std::reverse(startC.begin(), startC.end());
    Numbers gradients = randomNumbers(random, T * B * H);
    Numbers gradientH = randomNumbers(random, B * H), gradientC = randomNumbers(random, B * H);
    trace = referenceForward(sizes, parameters, input, startH, startC);
    wanted = referenceBackward(sizes, parameters, input, trace, gradients, gradientH, gradientC);

    kernel = floats(parameters.kernel);
    recurrent = floats(parameters.recurrent);
    bias = floats(parameters.bias);
    x = floats(input);
    h0 = floats(startH);
    c0 = floats(startC);
    dSequence = floats(gradients);
    dLastH = floats(gradientH);
    dLastC = floats(gradientC);
    sequence.assign(T * B * H, 7);
    lastH = lastC = dH0 = dC0 = Floats(B * H, 7);
    dX.assign(T * B * D, 7);
    dKernel.assign(kernel.size(), 7);
    dRecurrent.assign(recurrent.size(), 7);
    dBias.assign(4 * H, 7);
  }

  int64_t size(int32_t kind, int32_t buffer, int32_t threads) const {
    return rondo_onednn_size(kind, buffer, shape().data(), threads);
  }

  void forward(FakeRuntime &runtime, int32_t kind, int32_t site, Piece &workspace) {
    Piece packed(size(kind, RONDO_ONEDNN_PACKED, runtime.rt.threads));
    Piece scratch(size(kind, RONDO_ONEDNN_SCRATCHPAD, runtime.rt.threads));
    forward(runtime, kind, site, packed, scratch, workspace);
  }
  void forward(FakeRuntime &runtime, int32_t kind, int32_t site, Piece &packed, Piece &scratch,
               Piece &workspace) {
    void *weights[] = {kernel.data(), recurrent.data(), packed.data};
    rondo_onednn_pack(&runtime.rt, site, kind, shape().data(), weights);
    void *args[] = {x.data(),        packed.data,  bias.data(),  start(h0),    start(c0),
                    sequence.data(), lastH.data(), lastC.data(), scratch.data, workspace.data};
    rondo_onednn_run(&runtime.rt, site, kind, shape().data(), args);
    EXPECT_EQ(runtime.failure, RONDO_OK);
  }

  void infer(FakeRuntime &runtime, int32_t site = kInferenceSite) {
    Piece none(0);
    forward(runtime, RONDO_ONEDNN_LSTM_INFERENCE, site, none);
  }

  void train(FakeRuntime &runtime, int32_t forwardSite = kTrainingSite,
             int32_t backwardSite = kBackwardSite) {
    const int32_t kind = RONDO_ONEDNN_LSTM_BACKWARD, threads = runtime.rt.threads;
    Piece workspace(size(kind, RONDO_ONEDNN_WORKSPACE, threads));
    EXPECT_EQ(workspace.bytes, size(RONDO_ONEDNN_LSTM_TRAINING, RONDO_ONEDNN_WORKSPACE, threads));
    forward(runtime, RONDO_ONEDNN_LSTM_TRAINING, forwardSite, workspace);
    Piece packed(size(kind, RONDO_ONEDNN_PACKED, threads));
    Piece scratch(size(kind, RONDO_ONEDNN_SCRATCHPAD, threads));
    void *weights[] = {kernel.data(), recurrent.data(), packed.data};
    rondo_onednn_pack(&runtime.rt, backwardSite, kind, shape().data(), weights);
    void *args[] = {x.data(),        packed.data,   bias.data(),  start(h0),      start(c0),
                    sequence.data(), lastH.data(),  lastC.data(), workspace.data, dSequence.data(),
                    dLastH.data(),   dLastC.data(), dX.data(),    dKernel.data(), dRecurrent.data(),
                    dBias.data(),    start(dH0),    start(dC0),   scratch.data};
    rondo_onednn_run(&runtime.rt, backwardSite, kind, shape().data(), args);
    EXPECT_EQ(runtime.failure, RONDO_OK);
  }

  void expectForward() const {
    const int64_t state = sizes.batch * sizes.units;
    expectNear(sequence, &trace.sequence[state], 1e-5, "the sequence");
    expectNear(lastH, &trace.sequence[sizes.steps * state], 1e-5, "the last h");
    expectNear(lastC, &trace.cells[sizes.steps * state], 1e-5, "the last c");
  }

  void expectBackward() const {
    expectNear(dX, wanted.input.data(), 2e-5, "the gradient of the input");
    expectNear(dKernel, wanted.kernel.data(), 2e-5, "the gradient of the kernel");
    expectNear(dRecurrent, wanted.recurrent.data(), 2e-5, "the gradient of the recurrent kernel");
    expectNear(dBias, wanted.bias.data(), 2e-5, "the gradient of the bias");
    if (initial) {
      expectNear(dH0, wanted.h0.data(), 2e-5, "the gradient of h0");
      expectNear(dC0, wanted.c0.data(), 2e-5, "the gradient of c0");
    }
  }

  std::vector<int64_t> shape() const {
    return {sizes.steps, sizes.batch, sizes.features, sizes.units, initial};
  }

  LstmSizes sizes;
  bool initial;
  LstmParameters parameters;
  LstmTrace trace;
  LstmGradients wanted;
  Floats kernel, recurrent, bias, x, h0, c0, dSequence, dLastH, dLastC;
  Floats sequence, lastH, lastC, dX, dKernel, dRecurrent, dBias, dH0, dC0;

private:
  void *start(Floats &states) const { return initial ? states.data() : nullptr; }
};

/// One step, one row, one feature, one unit; sizes that fit no vector; sizes
/// for which oneDNN pads and blocks weights.
const LstmSizes kSizes[] = {{1, 1, 1, 1},    {5, 1, 3, 7},   {1, 4, 8, 16},  {3, 2, 1, 33},
                            {7, 17, 13, 20}, {4, 3, 70, 64}, {2, 32, 5, 128}};

class LstmOf : public testing::TestWithParam<std::tuple<LstmSizes, bool, int>> {};

TEST_P(LstmOf, InfersAsTheFormulasSay) {
  auto [sizes, initial, threads] = GetParam();
  FakeRuntime runtime(threads);
  Lstm lstm(sizes, initial);
  lstm.infer(runtime);
  lstm.expectForward();
}

TEST_P(LstmOf, TrainsAsTheFormulasSay) {
  auto [sizes, initial, threads] = GetParam();
  FakeRuntime runtime(threads);
  Lstm lstm(sizes, initial);
  lstm.train(runtime);
  lstm.expectForward();
  lstm.expectBackward();
  // Once more: gradients replace what the tensors held.
  lstm.train(runtime);
  lstm.expectBackward();
}

std::string nameOf(const testing::TestParamInfo<LstmOf::ParamType> &info) {
  const auto &[sizes, initial, threads] = info.param;
  std::ostringstream name;
  name << sizes << (initial ? "Initial" : "") << (threads == 1 ? "OneThread" : "TwoThreads");
  return name.str();
}

INSTANTIATE_TEST_SUITE_P(OneDnn, LstmOf,
                         testing::Combine(testing::ValuesIn(kSizes), testing::Bool(),
                                          testing::Values(1, 2)),
                         nameOf);

TEST(OneDnn, ShapesTakeTurnsAtOneSite) {
  FakeRuntime runtime;
  Lstm full({6, 8, 5, 12}, true), partial({6, 3, 5, 12}, true, 2);
  for (int round = 0; round < 3; ++round)
    for (Lstm *lstm : {&full, &partial}) {
      std::fill(lstm->sequence.begin(), lstm->sequence.end(), 7);
      lstm->infer(runtime);
      lstm->expectForward();
      lstm->train(runtime);
      lstm->expectBackward();
    }
}

TEST(OneDnn, MoreShapesThanASiteKeepsAreMadeAgain) {
  FakeRuntime runtime;
  for (int round = 0; round < 2; ++round)
    for (int64_t batch = 1; batch <= 6; ++batch) {
      Lstm lstm({2, batch, 3, 4}, false);
      lstm.train(runtime);
      lstm.expectBackward();
    }
}

TEST(OneDnn, PackingAndRunningMayHaveSitesOfTheirOwn) {
  FakeRuntime runtime;
  Lstm lstm({3, 2, 4, 5}, false);
  const int32_t kind = RONDO_ONEDNN_LSTM_INFERENCE;
  Piece packed(lstm.size(kind, RONDO_ONEDNN_PACKED, 1));
  Piece scratch(lstm.size(kind, RONDO_ONEDNN_SCRATCHPAD, 1));
  void *weights[] = {lstm.kernel.data(), lstm.recurrent.data(), packed.data};
  rondo_onednn_pack(&runtime.rt, 5, kind, lstm.shape().data(), weights);
  void *args[] = {lstm.x.data(),        packed.data,       lstm.bias.data(),  nullptr,     nullptr,
                  lstm.sequence.data(), lstm.lastH.data(), lstm.lastC.data(), scratch.data};
  rondo_onednn_run(&runtime.rt, 6, kind, lstm.shape().data(), args);
  lstm.expectForward();
}

TEST(OneDnn, PackedWeightsServeManyRuns) {
  FakeRuntime runtime;
  Lstm lstm({4, 2, 3, 24}, true);
  Piece packed(lstm.size(RONDO_ONEDNN_LSTM_INFERENCE, RONDO_ONEDNN_PACKED, 1));
  Piece scratch(lstm.size(RONDO_ONEDNN_LSTM_INFERENCE, RONDO_ONEDNN_SCRATCHPAD, 1)), none(0);
  lstm.forward(runtime, RONDO_ONEDNN_LSTM_INFERENCE, 0, packed, scratch, none);
  Floats first = lstm.sequence;
  std::fill(lstm.sequence.begin(), lstm.sequence.end(), 7);
  void *args[] = {lstm.x.data(),     packed.data,       lstm.bias.data(),
                  lstm.h0.data(),    lstm.c0.data(),    lstm.sequence.data(),
                  lstm.lastH.data(), lstm.lastC.data(), scratch.data};
  rondo_onednn_run(&runtime.rt, 0, RONDO_ONEDNN_LSTM_INFERENCE, lstm.shape().data(), args);
  EXPECT_EQ(lstm.sequence, first);
}

TEST(OneDnn, ARunOfAKnownShapeMakesNothing) {
  if (rondo::test::allocationCalls() < 0)
    GTEST_SKIP() << "sanitizers count for themselves";
  FakeRuntime runtime;
  Lstm lstm({4, 2, 3, 24}, true);
  const int32_t kind = RONDO_ONEDNN_LSTM_INFERENCE;
  Piece packed(lstm.size(kind, RONDO_ONEDNN_PACKED, 1));
  Piece scratch(lstm.size(kind, RONDO_ONEDNN_SCRATCHPAD, 1)), none(0);
  lstm.forward(runtime, kind, 0, packed, scratch, none);
  const void *site = runtime.sites[0];
  const std::vector<int64_t> shape = lstm.shape();
  void *args[] = {lstm.x.data(),     packed.data,       lstm.bias.data(),
                  lstm.h0.data(),    lstm.c0.data(),    lstm.sequence.data(),
                  lstm.lastH.data(), lstm.lastC.data(), scratch.data};
  // oneDNN itself allocates a little for the arguments of a call.
  auto callsOfOneRun = [&] {
    int64_t before = allocationCalls();
    rondo_onednn_run(&runtime.rt, 0, kind, shape.data(), args);
    return allocationCalls() - before;
  };
  int64_t second = callsOfOneRun();
  EXPECT_EQ(callsOfOneRun(), second);
  EXPECT_LT(second, 200);
  EXPECT_EQ(runtime.sites[0], site);
}

TEST(OneDnn, ContextsOfTwoThreadsDoNotMeet) {
  for (int32_t threads : {1, 2}) {
    auto work = [threads](int seed) {
      FakeRuntime runtime(threads);
      for (int round = 0; round < 20; ++round) {
        Lstm lstm({4, 5, 6, 24}, true, seed + round);
        lstm.infer(runtime);
        lstm.expectForward();
        lstm.train(runtime);
        lstm.expectBackward();
      }
    };
    std::thread other(work, 100);
    work(200);
    other.join();
  }
}

TEST(OneDnn, AContextMayMoveToAnotherThread) {
  FakeRuntime runtime;
  Lstm lstm({4, 5, 6, 24}, true);
  lstm.train(runtime);
  std::thread([&] {
    lstm.train(runtime);
    lstm.infer(runtime);
  }).join();
  lstm.expectBackward();
}

TEST(OneDnn, TheSameThreadsGiveTheSameBits) {
  for (int32_t threads : {1, 2}) {
    Floats first;
    for (int round = 0; round < 5; ++round) {
      FakeRuntime runtime(threads);
      Lstm lstm({9, 33, 20, 40}, true);
      lstm.train(runtime);
      Floats all = lstm.dKernel;
      all.insert(all.end(), lstm.dRecurrent.begin(), lstm.dRecurrent.end());
      all.insert(all.end(), lstm.sequence.begin(), lstm.sequence.end());
      if (round == 0)
        first = all;
      EXPECT_EQ(all, first);
    }
  }
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

TEST(OneDnn, ProductsAreRight) {
  const int64_t shapes[][4] = {{1, 1, 1, 1},   {1, 7, 1, 5},    {1, 1, 9, 3},
                               {1, 33, 17, 1}, {1, 40, 96, 31}, {3, 5, 4, 6},
                               {2, 1, 1, 1},   {4, 20, 1, 20},  {1, 128, 64, 256}};
  for (int32_t threads : {1, 2})
    for (bool transposed : {false, true}) {
      FakeRuntime runtime(threads, /*sites=*/16);
      for (int32_t i = 0; i < static_cast<int32_t>(std::size(shapes)); ++i) {
        const auto [batch, M, N, K] = shapes[i];
        std::mt19937 random(i);
        Floats lhs = floats(randomNumbers(random, batch * M * K));
        Floats rhs = floats(randomNumbers(random, batch * K * N)), product(batch * M * N, 7);
        Numbers wanted(product.size());
        for (int64_t b = 0; b < batch; ++b)
          for (int64_t m = 0; m < M; ++m)
            for (int64_t n = 0; n < N; ++n)
              for (int64_t k = 0; k < K; ++k)
                wanted[(b * M + m) * N + n] +=
                    double(lhs[b * M * K + (transposed ? k * M + m : m * K + k)]) *
                    rhs[(b * K + k) * N + n];
        const int64_t shape[RONDO_ONEDNN_SHAPE_RANK] = {batch, M, N, K, transposed};
        Piece scratch(
            rondo_onednn_size(RONDO_ONEDNN_MATMUL, RONDO_ONEDNN_SCRATCHPAD, shape, threads));
        void *args[] = {lhs.data(), rhs.data(), product.data(), scratch.data};
        rondo_onednn_run(&runtime.rt, i, RONDO_ONEDNN_MATMUL, shape, args);
        ASSERT_EQ(runtime.failure, RONDO_OK);
        expectNear(product, wanted.data(), 1e-5, "the product");
      }
    }
}

//===----------------------------------------------------------------------===//
// Refusals
//===----------------------------------------------------------------------===//

TEST(OneDnn, WhatItCannotCountIsRefused) {
  FakeRuntime runtime;
  const int64_t shape[] = {INT32_MAX, INT32_MAX, 4, 4, 0};
  EXPECT_EQ(rondo_onednn_size(RONDO_ONEDNN_LSTM_INFERENCE, RONDO_ONEDNN_PACKED, shape, 1), -1);
  void *args[19] = {};
  rondo_onednn_run(&runtime.rt, 0, RONDO_ONEDNN_LSTM_INFERENCE, shape, args);
  EXPECT_EQ(runtime.failure, RONDO_MISSING_LIBRARY);
}

/// Loads with `file` as the library, tells why not, and ends: for a process of
/// its own, because a process loads once.
[[noreturn]] void tellProblem(const char *file) {
  setenv("RONDO_ONEDNN_LIBRARY", file, 1);
  const int64_t shape[RONDO_ONEDNN_SHAPE_RANK] = {1, 1, 1, 1, 0};
  int64_t size = rondo_onednn_size(RONDO_ONEDNN_MATMUL, RONDO_ONEDNN_SCRATCHPAD, shape, 1);
  const char *problem = rondo_onednn_library.load();
  std::fputs(problem ? problem : "no problem", stderr);
  std::exit(size == -1 ? 0 : 1);
}

TEST(OneDnnDeathTest, AMissingOrForeignLibraryIsNamedWithTheMend) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto exits = testing::ExitedWithCode(0);
  EXPECT_EXIT(tellProblem("/nonexistent"), exits,
              "^/nonexistent cannot be loaded \\(.*cannot open shared object file.*\\); install "
              "oneDNN .*Debian's package libdnnl.*RONDO_ONEDNN_LIBRARY.*--kernels=generated$");
  EXPECT_EXIT(tellProblem("libm.so.6"), exits, "^libm.so.6 is not oneDNN; ");
  EXPECT_EXIT(tellProblem(RONDO_FUTURE_DNNL), exits, "is oneDNN 99\\.7\\.0; install oneDNN ");
  EXPECT_EXIT(tellProblem(RONDO_TBB_DNNL), exits, "threads of its own that are not OpenMP's");
  EXPECT_EXIT(tellProblem(RONDO_EMPTY_DNNL), exits, "lacks dnnl_engine_create; ");
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

TEST(OneDnn, TheCallersThreadCountComesBack) {
  FakeRuntime runtime(2);
  omp_set_num_threads(5);
  Lstm lstm({2, 2, 3, 4}, false);
  lstm.infer(runtime);
  EXPECT_EQ(omp_get_max_threads(), 5);
}

struct ChunkLog {
  std::atomic<int> covered[100];
  std::atomic<int> wrong, denormalsKept;
};

void logChunk(void *const *args, int64_t begin, int64_t end) {
  ChunkLog &log = *static_cast<ChunkLog *>(args[0]);
  log.wrong += begin % 7 != 0 || end - begin > 7 || end <= begin;
  log.denormalsKept += (_mm_getcsr() & 0x8040) != 0x8040;
  for (int64_t i = begin; i < end; ++i)
    ++log.covered[i];
}

TEST(OneDnn, LoopsRunInTheChunksOfTheExecutor) {
  for (int32_t threads : {1, 2, 3}) {
    FakeRuntime runtime(threads);
    for (int64_t n : {0, 1, 7, 8, 100}) {
      ChunkLog log{};
      void *args[] = {&log};
      runtime.rt.parallel_for(&runtime.rt, logChunk, args, n, 7);
      for (int64_t i = 0; i < 100; ++i)
        ASSERT_EQ(log.covered[i], i < n ? 1 : 0);
      EXPECT_EQ(log.wrong, 0);
      EXPECT_EQ(log.denormalsKept, 0);
    }
  }
}

/// The floating-point states of a team of two, one bit for each thread that
/// keeps denormals.
int threadsThatKeepDenormals() {
  std::atomic<int> keeping{0};
#pragma omp parallel num_threads(2)
  if (!(_mm_getcsr() & 0x8040))
    keeping |= 1 << omp_get_thread_num();
  return keeping;
}

TEST(OneDnn, DenormalsAreZeroOnAllThreadsOfAnEntryAndOnlyThere) {
  // On a thread of its own, so that the pool starts inside the entry.
  std::thread([] {
    FakeRuntime runtime(2);
    int inside = -1;
    rondo_onednn_library.within(
        &runtime.rt,
        [](void *result) {
          rondo::rt::FloatMode asInAContext;
          *static_cast<int *>(result) = threadsThatKeepDenormals();
        },
        &inside);
    EXPECT_EQ(inside, 0);
    EXPECT_EQ(threadsThatKeepDenormals(), 3);
  }).join();
}

} // namespace
