//===- KernelLibraryTest.cpp - Contexts of a model that calls a library ---------===//
//
// The fake model again, as if its kernels came from a library: what contexts,
// plans and runs owe such a model.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include "tests/runtime/FakeRun.h"
#include <cstdlib>

using namespace rondo::test;

namespace {

/// What the library is to do, and what it and the entries saw.
struct Kernels {
  const char *problem = nullptr; // of loading
  int64_t refusedBatch = 0;
  rondo_status failure = RONDO_OK;

  int32_t stale = -1, plannedThreads = 0, threads = 0;
  int loads = 0, loops = 0, released = 0;
  bool isWithin = false, ranWithin = false;
};
Kernels kernels;

constexpr int32_t kNumSites = 3;

const rondo_kernel_library library = {
    "libkernels",
    /*load=*/
    [] {
      ++kernels.loads;
      return kernels.problem;
    },
    /*release=*/
    [](void **sites, int32_t count) {
      EXPECT_EQ(count, kNumSites);
      for (int32_t i = 0; i < count; ++i) {
        kernels.released += sites[i] != nullptr;
        free(sites[i]);
      }
    },
    /*parallel_for=*/
    [](const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t n, int64_t grain) {
      ++kernels.loops;
      rondo::rt::runInline(rt, kernel, args, n, grain);
    },
    /*within=*/
    [](const rondo_rt *rt, void (*body)(void *), void *argument) {
      kernels.isWithin = true;
      body(argument);
      kernels.isWithin = false;
    }};

const rondo_entry_desc &plainEntry(int32_t entry) {
  return fakeDescriptor().isas[1].entries[entry];
}

int32_t plan(const int64_t *dims, int64_t *sizes, int32_t threads) {
  kernels.plannedThreads = threads;
  int32_t refused = plainEntry(RONDO_FORWARD).plan(dims, sizes, threads);
  if (dims[0] == kernels.refusedBatch)
    sizes[1] = -1;
  return refused;
}

/// The entry without a library, and a call of the library at site 1.
template <int32_t kEntry>
int32_t run(const void *const *in, void *const *out, const int64_t *dims, void *arena,
            const rondo_rt *rt) {
  EXPECT_GT(kernels.loads, 0);
  EXPECT_EQ(*rt->failure, RONDO_OK);
  kernels.stale = rt->stale;
  kernels.threads = rt->threads;
  kernels.ranWithin = kernels.isWithin;
  if (!rt->sites[1])
    rt->sites[1] = malloc(1);
  *rt->failure = kernels.failure;
  return plainEntry(kEntry).run(in, out, dims, arena, rt);
}

template <int32_t kEntry> rondo_entry_desc entry() {
  rondo_entry_desc result = plainEntry(kEntry);
  result.run = run<kEntry>;
  result.plan = plan;
  return result;
}

const rondo_model *openWithLibrary() {
  static const rondo_isa_desc isa = {"avx2",
                                     {entry<RONDO_FORWARD>(), entry<RONDO_EVALUATE>(),
                                      entry<RONDO_LOSS_AND_GRADIENTS>(),
                                      entry<RONDO_TRAIN_STEP>()}};
  static const rondo_model_desc desc = {
      fakeDescriptor().model, 1, &isa, &library, kNumSites, nullptr, nullptr};
  kernels = Kernels();
  return openFresh(desc);
}

TEST(KernelLibrary, AMissingOneIsTheCallsFailure) {
  const rondo_model *model = openWithLibrary();
  FakeRun run(/*training=*/false, model);
  run.data(2, 3);
  kernels.problem = "libkernels.so cannot be loaded; install it";
  EXPECT_EQ(run.forward(), RONDO_MISSING_LIBRARY);
  EXPECT_EQ(run.message(), "`fake` needs libkernels: libkernels.so cannot be loaded; install it");
  EXPECT_EQ(model->prepare(run.context, RONDO_FORWARD, run.dims.data()), RONDO_MISSING_LIBRARY);
  int64_t bytes;
  EXPECT_EQ(model->arena_size(model, RONDO_FORWARD, run.dims.data(), &bytes),
            RONDO_MISSING_LIBRARY);
  EXPECT_EQ(kernels.stale, -1) << "an entry ran";

  kernels.problem = nullptr;
  EXPECT_EQ(run.forward(), RONDO_OK);
}

TEST(KernelLibrary, ARefusedShapeIsTheCallsFailure) {
  FakeRun run(false, openWithLibrary());
  kernels.refusedBatch = 5;
  run.data(5, 3);
  EXPECT_EQ(run.forward(), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(run.message(), "libkernels refuses `fake` for these dimensions");
  run.data(4, 3);
  EXPECT_EQ(run.forward(), RONDO_OK);
}

TEST(KernelLibrary, AFailureWhileRunningIsTheCallsFailure) {
  const rondo_model *model = openWithLibrary();
  FakeRun run(/*training=*/true, model);
  run.data(2, 3);
  kernels.failure = RONDO_OUT_OF_MEMORY;
  EXPECT_EQ(run.trainStep(), RONDO_OUT_OF_MEMORY);
  EXPECT_EQ(run.message(),
            "libkernels failed while `fake` ran; what the call was to write is undefined");
  EXPECT_EQ(model->step_count(run.context), 0);
  kernels.failure = RONDO_OK;
  EXPECT_EQ(run.trainStep(), RONDO_OK);
  EXPECT_EQ(model->step_count(run.context), 1);
}

TEST(KernelLibrary, TheContextOwnsWhatItKeepsPerSite) {
  const rondo_model *model = openWithLibrary();
  {
    FakeRun first(false, model), second(false, model);
    for (FakeRun *run : {&first, &second})
      for (int64_t batch : {2, 3}) {
        run->data(batch, 3);
        EXPECT_EQ(run->forward(), RONDO_OK);
      }
    EXPECT_EQ(kernels.released, 0);
  }
  EXPECT_EQ(kernels.released, 2);
}

TEST(KernelLibrary, OneThreadNeedsNoPool) {
  FakeRun run(false, openWithLibrary());
  run.data(9, 3);
  EXPECT_EQ(run.forward(), RONDO_OK);
  EXPECT_EQ(kernels.threads, 1);
  EXPECT_EQ(kernels.plannedThreads, 1);
  EXPECT_EQ(kernels.loops, 0);
}

TEST(KernelLibrary, ItsPoolServesGeneratedLoopsToo) {
  const rondo_model *model = openWithLibrary();
  rondo_executor *executor;
  ASSERT_EQ(model->executor_create(2, &executor), RONDO_OK);
  {
    FakeRun run(false, model, executor);
    run.data(9, 3);
    EXPECT_EQ(run.forward(), RONDO_OK);
    EXPECT_EQ(kernels.threads, 2);
    EXPECT_EQ(kernels.plannedThreads, 2);
    EXPECT_EQ(kernels.loops, 1);
    EXPECT_TRUE(kernels.ranWithin);
  }
  model->executor_destroy(executor);
}

//===----------------------------------------------------------------------===//
// What the arena keeps from run to run
//===----------------------------------------------------------------------===//

/// Runs an entry and answers whether it was told to make everything anew.
bool isStale(FakeRun &run, rondo_status (FakeRun::*entry)()) {
  kernels.stale = -1;
  EXPECT_EQ((run.*entry)(), RONDO_OK);
  EXPECT_NE(kernels.stale, -1) << "the entry did not run";
  return kernels.stale;
}

TEST(KernelLibrary, TheSameRunAgainFindsItsArena) {
  FakeRun run(false, openWithLibrary());
  run.data(4, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  EXPECT_FALSE(isStale(run, &FakeRun::forward));
  EXPECT_FALSE(isStale(run, &FakeRun::forward));
  EXPECT_TRUE(isStale(run, &FakeRun::lossAndGradients));
  EXPECT_FALSE(isStale(run, &FakeRun::lossAndGradients));
}

TEST(KernelLibrary, ContextsDoNotShareTheirArenas) {
  const rondo_model *model = openWithLibrary();
  FakeRun first(false, model), second(false, model);
  first.data(4, 3);
  second.data(4, 3);
  EXPECT_TRUE(isStale(first, &FakeRun::forward));
  EXPECT_TRUE(isStale(second, &FakeRun::forward));
  EXPECT_FALSE(isStale(first, &FakeRun::forward));
}

TEST(KernelLibrary, AnotherShapeOrEntryInBetweenLeavesTheArenaStale) {
  FakeRun run(false, openWithLibrary());
  run.data(4, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  run.data(2, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  run.data(4, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  EXPECT_EQ(run.evaluate(), RONDO_OK);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  EXPECT_FALSE(isStale(run, &FakeRun::forward));
}

TEST(KernelLibrary, OnlyAnArenaThatMovesIsStaleAfterPreparing) {
  FakeRun run(false, openWithLibrary());
  const int64_t smaller[] = {2, 3}, larger[] = {400, 300};
  run.data(4, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  EXPECT_EQ(run.model->prepare(run.context, RONDO_FORWARD, smaller), RONDO_OK);
  EXPECT_FALSE(isStale(run, &FakeRun::forward));
  EXPECT_EQ(run.model->prepare(run.context, RONDO_FORWARD, larger), RONDO_OK);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  EXPECT_FALSE(isStale(run, &FakeRun::forward));
}

TEST(KernelLibrary, AShapeThatWasForgottenIsStale) {
  FakeRun run(false, openWithLibrary());
  run.data(9, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  // Four smaller shapes take its place, without a run.
  for (int64_t batch = 1; batch <= 4; ++batch) {
    const int64_t dims[] = {batch, 3};
    EXPECT_EQ(run.model->prepare(run.context, RONDO_FORWARD, dims), RONDO_OK);
  }
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
}

TEST(KernelLibrary, ARunThatFailedLeavesTheArenaStale) {
  FakeRun run(false, openWithLibrary());
  run.data(4, 3);
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  kernels.failure = RONDO_MISSING_LIBRARY;
  EXPECT_EQ(run.forward(), RONDO_MISSING_LIBRARY);
  kernels.failure = RONDO_OK;
  EXPECT_TRUE(isStale(run, &FakeRun::forward));
  EXPECT_FALSE(isStale(run, &FakeRun::forward));
}

TEST(KernelLibrary, TrainingIsAlwaysStale) {
  FakeRun run(/*training=*/true, openWithLibrary());
  run.data(4, 3);
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(isStale(run, &FakeRun::trainStep));
    EXPECT_TRUE(isStale(run, &FakeRun::forward));
    EXPECT_TRUE(isStale(run, &FakeRun::forward));
  }
}

} // namespace
