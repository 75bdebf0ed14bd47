//===- ExecutorTest.cpp - The thread pool ------------------------------------------===//
//
// Every chunk once, steps in their order, the same bits for any number of threads, and
// peace between callers.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include "tests/runtime/FakeModel.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <thread>
#include <vector>

using namespace rondo::test;

namespace {

class Executor : public ::testing::Test {
protected:
  void create(int32_t threads) { ASSERT_EQ(model->executor_create(threads, &executor), RONDO_OK); }
  void TearDown() override { model->executor_destroy(executor); }

  void parallelFor(rondo_kernel kernel, void *argument, int64_t n, int64_t grain) {
    rondo_rt rt{};
    rt.parallel_for = executor->parallelFor;
    rt.executor = executor;
    rt.parallel_for(&rt, kernel, &argument, n, grain);
  }

  void orderedFor(rondo_kernel kernel, void *argument, int64_t steps, int64_t parts) {
    rondo_rt rt{};
    rt.parallel_for = executor->parallelFor;
    rt.executor = executor;
    executor->orderedFor(&rt, kernel, &argument, steps, parts);
  }

  const rondo_model *model = openFake();
  rondo_executor *executor = nullptr;
};

class ExecutorTest : public Executor, public ::testing::WithParamInterface<int32_t> {
protected:
  void SetUp() override { create(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Threads, ExecutorTest, ::testing::Values(1, 2, 3, 8));

struct Visits {
  int64_t n, grain;
  std::vector<std::atomic<int>> of;
  std::atomic<bool> wrongBoundary{false};
  Visits(int64_t n, int64_t grain) : n(n), grain(grain), of(n) {}
};

void visit(void *const *args, int64_t begin, int64_t end) {
  Visits &visits = *static_cast<Visits *>(args[0]);
  if (begin % visits.grain != 0 || end != std::min(begin + visits.grain, visits.n))
    visits.wrongBoundary = true;
  for (int64_t i = begin; i < end; ++i)
    ++visits.of[i];
}

TEST_P(ExecutorTest, EveryIterationRunsOnceInChunksOfTheGrain) {
  EXPECT_EQ(model->executor_threads(executor), GetParam());
  for (int64_t n : {0, 1, 2, 7, 8, 9, 64, 1000})
    for (int64_t grain : {1, 3, 8, 2000}) {
      Visits visits(n, grain);
      parallelFor(visit, &visits, n, grain);
      EXPECT_FALSE(visits.wrongBoundary);
      for (auto &count : visits.of)
        EXPECT_EQ(count, 1);
    }
}

TEST_P(ExecutorTest, ThousandsOfLoopsInARow) {
  int64_t total = 0;
  std::vector<int64_t> partial(16);
  struct Sum {
    int64_t round;
    int64_t *partial;
  };
  for (int64_t round = 0; round < 5000; ++round) {
    Sum sum{round, partial.data()};
    parallelFor(
        [](void *const *args, int64_t begin, int64_t end) {
          const Sum &sum = *static_cast<const Sum *>(args[0]);
          for (int64_t i = begin; i < end; ++i)
            sum.partial[i] = sum.round * i;
        },
        &sum, round % 16 + 1, 1);
    for (int64_t i = 0; i <= round % 16; ++i)
      total += partial[i] == round * i;
  }
  EXPECT_EQ(total, [] {
    int64_t expected = 0;
    for (int64_t round = 0; round < 5000; ++round)
      expected += round % 16 + 1;
    return expected;
  }());
}

TEST_P(ExecutorTest, SeveralCallersShareOnePool) {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        Visits visits(50, 4);
        parallelFor(visit, &visits, 50, 4);
        for (auto &count : visits.of)
          wrong += count != 1;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(ExecutorTest, LoopsMayNest) {
  struct Nested {
    ExecutorTest *test;
    std::atomic<int> count{0};
    rondo_executor *executor;
  } nested;
  nested.executor = executor;
  parallelFor(
      [](void *const *args, int64_t, int64_t) {
        Nested &nested = *static_cast<Nested *>(args[0]);
        rondo_rt rt{};
        rt.parallel_for = nested.executor->parallelFor;
        rt.executor = nested.executor;
        rt.parallel_for(
            &rt,
            [](void *const *args, int64_t begin, int64_t end) {
              static_cast<Nested *>(args[0])->count += static_cast<int>(end - begin);
            },
            args, 10, 1);
      },
      &nested, 20, 1);
  EXPECT_EQ(nested.count, 200);
}

/// What an ordered loop promises, checked from inside its iterations.
struct Steps {
  int64_t steps, parts;
  std::vector<std::atomic<int>> runs, done; // of each iteration, of each step
  std::atomic<int> tooEarly{0};
  std::function<void(int64_t step, int64_t part)> work = [](int64_t, int64_t) {};
  Steps(int64_t steps, int64_t parts)
      : steps(steps), parts(parts), runs(steps * parts), done(steps) {}

  static void run(void *const *args, int64_t begin, int64_t end) {
    Steps &s = *static_cast<Steps *>(args[0]);
    for (int64_t i = begin; i < end; ++i) {
      int64_t step = i / s.parts;
      s.tooEarly += step > 0 && s.done[step - 1] != s.parts;
      s.work(step, i % s.parts);
      ++s.runs[i];
      ++s.done[step];
    }
  }
  void expectAllOnce() {
    EXPECT_EQ(tooEarly, 0);
    for (auto &count : runs)
      ASSERT_EQ(count, 1);
  }
};

TEST_P(ExecutorTest, StepsOfAnOrderedLoopFollowEachOther) {
  for (int64_t parts : {1, 2, 3, 8, 64, 65})
    for (int64_t steps : {0, 1, 2, 500}) {
      Steps loop(steps, parts);
      orderedFor(Steps::run, &loop, steps, parts);
      loop.expectAllOnce();
    }
}

TEST_P(ExecutorTest, AnOrderedLoopOutlivesThreadsThatAreLate) {
  // Parts that take long now and then, so that others take over, wait, and go on alone.
  for (int round = 0; round < 5; ++round) {
    Steps loop(200, 3);
    loop.work = [](int64_t step, int64_t part) {
      if (step % 50 == 10 * part)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    };
    orderedFor(Steps::run, &loop, 200, 3);
    loop.expectAllOnce();
  }
}

TEST_P(ExecutorTest, StepsSeeWhatTheOnesBeforeWrote) {
  // Into plain memory, as kernels do: ThreadSanitizer notices what only luck orders.
  struct Rows {
    int64_t parts;
    bool late;
    std::vector<int64_t> states[2];
    static int64_t next(const std::vector<int64_t> &before, int64_t part) {
      int64_t sum = part;
      for (int64_t state : before)
        sum += state;
      return sum % 1000003;
    }
    static void run(void *const *args, int64_t begin, int64_t end) {
      Rows &rows = *static_cast<Rows *>(args[0]);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t step = i / rows.parts, part = i % rows.parts;
        if (rows.late && step % 50 == 10 * part)
          std::this_thread::sleep_for(std::chrono::microseconds(200));
        rows.states[(step + 1) % 2][part] = next(rows.states[step % 2], part);
      }
    }
  };
  for (int64_t parts : {2, 3, 8})
    for (int round = 0; round < 60; ++round) { // more than go on alone after a late one
      const int64_t steps = 101;
      std::vector<int64_t> zeros(parts), expected = zeros;
      for (int64_t step = 0; step < steps; ++step) {
        std::vector<int64_t> before = expected;
        for (int64_t part = 0; part < parts; ++part)
          expected[part] = Rows::next(before, part);
      }
      Rows rows{parts, round % 30 == 0, {zeros, zeros}};
      orderedFor(Rows::run, &rows, steps, parts);
      ASSERT_EQ(rows.states[steps % 2], expected);
    }
}

TEST_P(ExecutorTest, OrderedLoopsOfSeveralCallersAndWithinLoops) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Steps loop(20, 2);
        orderedFor(Steps::run, &loop, 20, 2);
        wrong += loop.tooEarly;
        for (auto &count : loop.runs)
          wrong += count != 1;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, 0);

  Steps outer(10, 2);
  outer.work = [&](int64_t, int64_t) {
    Steps inner(10, 2);
    orderedFor(Steps::run, &inner, 10, 2);
    inner.expectAllOnce();
  };
  orderedFor(Steps::run, &outer, 10, 2);
  outer.expectAllOnce();
}

//===----------------------------------------------------------------------===//
// Which processor
//===----------------------------------------------------------------------===//

/// The processors that this thread may run on.
std::vector<int> processors() {
  cpu_set_t allowed;
  std::vector<int> all;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    for (int processor = 0; processor < CPU_SETSIZE; ++processor)
      if (CPU_ISSET(processor, &allowed))
        all.push_back(processor);
  return all;
}

void stayOn(const std::vector<int> &some) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int processor : some)
    CPU_SET(processor, &set);
  ASSERT_EQ(sched_setaffinity(0, sizeof(set), &set), 0);
}

struct Placement {
  std::thread::id caller = std::this_thread::get_id();
  int callerProcessor;
  std::atomic<int> onCallers{0};
};

void notePlacement(void *const *args, int64_t, int64_t) {
  Placement &placement = *static_cast<Placement *>(args[0]);
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(300);
  const bool isWorker = std::this_thread::get_id() != placement.caller;
  if (isWorker && sched_getcpu() == placement.callerProcessor)
    ++placement.onCallers;
  while (std::chrono::steady_clock::now() < end)
    ;
}

TEST_F(Executor, WorkersLeaveTheCallersProcessorThoughTheOthersAreBusy) {
  const std::vector<int> all = processors();
  if (all.size() < 2 || all.size() > 8)
    GTEST_SKIP() << "for a machine of 2 to 8 processors";
  create(2);
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (size_t i = 1; i < all.size(); ++i)
    others.emplace_back([&, i] {
      stayOn({all[i]});
      while (!stop)
        ;
    });
  Placement placement;
  placement.callerProcessor = all[0];
  stayOn({all[0]});
  for (int loop = 0; loop < 100; ++loop)
    parallelFor(notePlacement, &placement, 8, 1);
  stop = true;
  for (std::thread &other : others)
    other.join();
  stayOn(all);
  // The scheduler may move a worker between its look and ours. Hundreds without that look.
  EXPECT_LE(placement.onCallers, 8);
}

TEST_P(ExecutorTest, WorkersFlushDenormals) {
  // The caller's own state is the context's business, so it is set here too.
  rondo::rt::FloatMode floatMode;
  std::atomic<int> wrong{0};
  parallelFor(
      [](void *const *args, int64_t, int64_t) {
        if ((_mm_getcsr() & ~0x3fu) != (rondo::rt::FloatMode::kFlushToZero & ~0x3fu))
          ++*static_cast<std::atomic<int> *>(args[0]);
      },
      &wrong, 100, 1);
  EXPECT_EQ(wrong, 0);
}

TEST_P(ExecutorTest, ResultsDoNotDependOnTheNumberOfThreads) {
  auto train = [&](rondo_executor *executor) {
    std::vector<float> trainable(kTrainableSize, 0.1f), state(kStateSize);
    rondo_weights *weights = nullptr;
    rondo_context *context = nullptr;
    EXPECT_EQ(model->weights_create(model, trainable.data(), state.data(), &weights), RONDO_OK);
    EXPECT_EQ(model->training_context_create(model, weights, executor, &context), RONDO_OK);
    int64_t dims[] = {101, 13};
    std::vector<float> x(101 * 13 * kFeatures);
    std::vector<int32_t> ids(101), labels(101);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>(i * 7919 % 1000) / 999 - 0.5f;
    for (int i = 0; i < 101; ++i) {
      ids[i] = i % kTableRows;
      labels[i] = i % 10;
    }
    const void *inputs[] = {x.data(), ids.data()}, *targets[] = {labels.data()};
    float loss = 0;
    for (int step = 0; step < 50; ++step)
      EXPECT_EQ(model->train_step(context, dims, inputs, targets, nullptr, 0.01, &loss, nullptr),
                RONDO_OK);
    trainable.assign(model->trainable(context), model->trainable(context) + kTrainableSize);
    trainable.push_back(loss);
    model->context_destroy(context);
    model->weights_release(weights);
    return trainable;
  };
  EXPECT_EQ(train(executor), train(nullptr));
}

TEST(ExecutorCreation, TakesItsThreadsFromTheEnvironment) {
  const rondo_model *model = openFake();
  rondo_executor *executor = nullptr;
  unsetenv("RONDO_NUM_THREADS");
  ASSERT_EQ(model->executor_create(0, &executor), RONDO_OK);
  EXPECT_EQ(model->executor_threads(executor), 1);
  model->executor_destroy(executor);
  setenv("RONDO_NUM_THREADS", "3", 1);
  ASSERT_EQ(model->executor_create(0, &executor), RONDO_OK);
  EXPECT_EQ(model->executor_threads(executor), 3);
  model->executor_destroy(executor);
  for (const char *wrong : {"two", "0", "-1", "99999999999999999999", "2x"}) {
    setenv("RONDO_NUM_THREADS", wrong, 1);
    EXPECT_EQ(model->executor_create(0, &executor), RONDO_INVALID_ARGUMENT) << wrong;
  }
  unsetenv("RONDO_NUM_THREADS");
  EXPECT_EQ(model->executor_create(-1, &executor), RONDO_INVALID_ARGUMENT);
  EXPECT_EQ(model->executor_create(100000, &executor), RONDO_INVALID_ARGUMENT);
  EXPECT_FALSE(executor);
}

} // namespace
