//===- Executor.cpp - The thread pool ---------------------------------------===//
//
// Workers and the caller claim chunks of a loop from one counter. Every chunk
// is one grain, on one thread as on many: results cannot depend on the number
// of threads. Between loops workers spin shortly and then sleep; the only
// system calls are to sleep, to wake and to leave the caller's processor. A loop
// that finds the pool busy (with another context's loop, or because it is nested)
// runs on its own thread.
//
// In an ordered loop each thread has a part of every step. Nobody has to wait for a
// thread that is not there: who is done takes over parts that were not begun. Only a
// thread that is stopped in the middle of a part holds the others up. Where that costs more
// than sharing gains, the next loops are left to their callers alone: more of them each time.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/Internal.h"
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <linux/futex.h>
#include <new>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

namespace rondo::rt {
namespace {

constexpr int32_t kMaxThreads = 1024;
/// How often a waiting thread looks before it sleeps: some tens of microseconds.
constexpr int kSpins = 2000;
/// The low half of a ticket when there is nothing to claim.
constexpr uint64_t kNoChunk = 0xffffffff;
constexpr int64_t kMaxChunks = INT32_MAX;
/// The most parts of a step in an ordered loop.
constexpr int64_t kMaxParts = 64;
/// How often a thread looks whether another one begins its part before it takes that over:
/// some microseconds, longer than a thread that runs is late.
constexpr int kPatience = 200;
/// After an ordered loop lost by sharing, so many of them run on their callers alone: first, and
/// at most.
constexpr int32_t kFewAlone = 2, kMostAlone = 64;

void futexWait(std::atomic<uint32_t> &word, uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futexWake(std::atomic<uint32_t> &word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

struct Pool : rondo_executor {
  // The current loop. Written while the ticket says kNoChunk; releases and
  // acquires make a stale reader's claim fail (see claim()).
  std::atomic<rondo_kernel> kernel;
  std::atomic<void *const *> args;
  std::atomic<int64_t> n;
  std::atomic<int64_t> grain;
  std::atomic<int64_t> chunks;
  std::atomic<int> callerProcessor;

  /// Generation of the loop in the high half, next chunk in the low half: a
  /// worker that comes late cannot claim from a loop it did not read.
  alignas(64) std::atomic<uint64_t> ticket;
  alignas(64) std::atomic<uint32_t> finished;
  std::atomic<uint32_t> callerSleeps;
  /// Counts loops; what idle workers watch.
  alignas(64) std::atomic<uint32_t> epoch;
  std::atomic<uint32_t> sleepers;
  std::atomic<bool> stop;
  std::atomic<bool> busy;

  std::atomic<int32_t> orderedAlone; // ordered loops to come that run on their callers alone
  std::atomic<int32_t> nextAlone;    // how many they will be the next time
  int32_t started;                   // workers that run
  pthread_t *workers;                // behind this struct, in the same block
};

bool claim(Pool &pool, uint64_t generation, int64_t chunks, int64_t &chunk) {
  uint64_t ticket = pool.ticket.load(std::memory_order_acquire);
  do {
    chunk = static_cast<int64_t>(ticket & kNoChunk);
    if (ticket >> 32 != generation || chunk >= chunks)
      return false;
  } while (!pool.ticket.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                              std::memory_order_acquire));
  return true;
}

/// Moves this thread off a processor, if it may run on others. Where other processes keep
/// processors busy, the scheduler may leave a worker on that of the thread that it helps, where it
/// gains nothing: to the scheduler all busy processors are alike.
void stayOff(int processor, const cpu_set_t &allowed) {
  if (sched_getcpu() != processor)
    return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  sched_setaffinity(0, sizeof(others), &others); // refused where it would leave none
}

/// Claims and runs chunks of the current loop until there are no more. A worker has the processors
/// that it may run on.
void runChunks(Pool &pool, const cpu_set_t *allowed) {
  uint64_t generation = pool.ticket.load(std::memory_order_acquire) >> 32;
  rondo_kernel kernel = pool.kernel.load(std::memory_order_acquire);
  void *const *args = pool.args.load(std::memory_order_acquire);
  int64_t n = pool.n.load(std::memory_order_acquire);
  int64_t grain = pool.grain.load(std::memory_order_acquire);
  int64_t chunks = pool.chunks.load(std::memory_order_acquire);
  int64_t chunk;
  while (claim(pool, generation, chunks, chunk)) {
    int64_t begin = chunk * grain;
    int64_t end = chunk + 1 == chunks ? n : begin + grain;
    if (allowed)
      stayOff(pool.callerProcessor.load(std::memory_order_relaxed), *allowed);
    kernel(args, begin, end);
    if (pool.finished.fetch_add(1) + 1 == chunks && pool.callerSleeps.load())
      futexWake(pool.finished, 1);
  }
}

void *workerMain(void *argument) {
  Pool &pool = *static_cast<Pool *>(argument);
  FloatMode floatMode;
  cpu_set_t allowed;
  const bool mayMove = sched_getaffinity(0, sizeof(allowed), &allowed) == 0;
  uint32_t seen = 0;
  for (;;) {
    for (int i = 0; i < kSpins && pool.epoch.load(std::memory_order_acquire) == seen; ++i)
      _mm_pause();
    if (pool.epoch.load(std::memory_order_acquire) == seen) {
      pool.sleepers.fetch_add(1);
      // The kernel compares the word again, so a loop that came meanwhile is not missed.
      futexWait(pool.epoch, seen);
      pool.sleepers.fetch_sub(1);
      continue;
    }
    seen = pool.epoch.load(std::memory_order_acquire);
    if (pool.stop.load(std::memory_order_acquire))
      return nullptr;
    runChunks(pool, mayMove ? &allowed : nullptr);
  }
}

void waitForAll(Pool &pool, uint32_t chunks) {
  for (int i = 0; i < kSpins; ++i) {
    if (pool.finished.load(std::memory_order_acquire) == chunks)
      return;
    _mm_pause();
  }
  pool.callerSleeps.store(1);
  for (uint32_t now = pool.finished.load(); now != chunks; now = pool.finished.load())
    futexWait(pool.finished, now);
  pool.callerSleeps.store(0);
}

void runParallel(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t n,
                 int64_t grain) {
  Pool &pool = *static_cast<Pool *>(rt->executor);
  if (grain < 1)
    grain = 1;
  if (n <= grain || n / grain >= kMaxChunks || pool.started == 0 ||
      pool.busy.exchange(true, std::memory_order_acquire))
    return runInline(rt, kernel, args, n, grain);

  int64_t chunks = n / grain + (n % grain != 0);
  uint64_t generation = (pool.ticket.load(std::memory_order_relaxed) >> 32) + 1;
  pool.kernel.store(kernel, std::memory_order_release);
  pool.args.store(args, std::memory_order_release);
  pool.n.store(n, std::memory_order_release);
  pool.grain.store(grain, std::memory_order_release);
  pool.chunks.store(chunks, std::memory_order_release);
  pool.callerProcessor.store(sched_getcpu(), std::memory_order_relaxed);
  pool.finished.store(0, std::memory_order_relaxed);
  pool.ticket.store(generation << 32, std::memory_order_release);
  pool.epoch.fetch_add(1);
  if (uint32_t sleepers = pool.sleepers.load())
    futexWake(pool.epoch, chunks - 1 < sleepers ? chunks - 1 : sleepers);

  runChunks(pool, nullptr);
  waitForAll(pool, chunks);
  // Before the fields above are written again, nothing may be claimable.
  pool.ticket.store(generation << 32 | kNoChunk, std::memory_order_release);
  pool.busy.store(false, std::memory_order_release);
}

//===----------------------------------------------------------------------===//
// Ordered loops
//===----------------------------------------------------------------------===//

/// One part of the steps of an ordered loop.
struct alignas(64) Part {
  /// 2 * step where the part of `step` may begin, once all parts have come as far; one more
  /// while it runs.
  std::atomic<int64_t> progress{0};
  /// Whether its own thread has begun it lately.
  std::atomic<bool> attended{false};
};

struct Ordered {
  rondo_kernel kernel;
  void *const *args;
  int64_t steps, count;
  Part parts[kMaxParts];
  /// Cycles of the time stamp counter: the longest that a thread waited for parts that others
  /// had begun, and when the first thread was through with all steps.
  std::atomic<uint64_t> waited{0}, firstDone{0};

  bool run(int64_t step, int64_t part) {
    int64_t free = 2 * step;
    if (!parts[part].progress.compare_exchange_strong(free, free + 1, std::memory_order_acquire,
                                                      std::memory_order_relaxed))
      return false;
    kernel(args, step * count + part, step * count + part + 1);
    parts[part].progress.store(2 * step + 2, std::memory_order_release);
    return true;
  }

  /// Until this part of the step is done, by whomever. Returns how long that was a matter of
  /// waiting.
  uint64_t finish(int64_t step, int64_t part) {
    std::atomic<int64_t> &progress = parts[part].progress;
    std::atomic<bool> &attended = parts[part].attended;
    auto is = [&](int64_t state) { return progress.load(std::memory_order_acquire) == state; };
    if (attended.load(std::memory_order_relaxed))
      for (int i = 0; i < kPatience && is(2 * step); ++i)
        _mm_pause();
    if (is(2 * step) && run(step, part)) {
      attended.store(false, std::memory_order_relaxed);
      return 0;
    }
    for (int i = 0; i < kPatience && is(2 * step + 1); ++i)
      _mm_pause();
    if (!is(2 * step + 1))
      return 0;
    const uint64_t start = __rdtsc();
    for (int i = 0; is(2 * step + 1); ++i)
      i < kSpins ? _mm_pause() : static_cast<void>(sched_yield());
    return __rdtsc() - start;
  }

  /// All steps, as the thread whose part is `own`.
  void attend(int64_t own) {
    // A thread that comes late begins where the others are: perhaps in the step before its own.
    int64_t first = parts[own].progress.load(std::memory_order_acquire) / 2 - 1;
    uint64_t waiting = 0;
    for (int64_t step = first < 0 ? 0 : first; step < steps; ++step) {
      if (run(step, own))
        parts[own].attended.store(true, std::memory_order_relaxed);
      for (int64_t part = 0; part < count; ++part)
        waiting += finish(step, part);
    }
    uint64_t none = 0;
    firstDone.compare_exchange_strong(none, __rdtsc(), std::memory_order_relaxed);
    for (uint64_t most = waited.load(std::memory_order_relaxed);
         most < waiting && !waited.compare_exchange_weak(most, waiting, std::memory_order_relaxed);)
      ;
  }
};

void attendPart(void *const *args, int64_t begin, int64_t end) {
  for (int64_t part = begin; part < end; ++part)
    static_cast<Ordered *>(args[0])->attend(part);
}

void runOrdered(const rondo_rt *rt, rondo_kernel kernel, void *const *args, int64_t steps,
                int64_t parts) {
  Pool &pool = *static_cast<Pool *>(rt->executor);
  const bool alone = pool.orderedAlone.load(std::memory_order_relaxed) > 0;
  if (alone)
    pool.orderedAlone.fetch_sub(1, std::memory_order_relaxed);
  if (alone || parts < 2 || parts > kMaxParts || pool.started == 0)
    return runOrderedInline(rt, kernel, args, steps, parts);
  Ordered loop{kernel, args, steps, parts, {}};
  void *argument = &loop;
  const uint64_t start = __rdtsc();
  runParallel(rt, attendPart, &argument, parts, 1);
  const uint64_t end = __rdtsc();
  // Two threads gain at most the time that they share the work for; it would be the more, the more
  // threads there are.
  const uint64_t lost = loop.waited.load(std::memory_order_relaxed) +
                        (end - loop.firstDone.load(std::memory_order_relaxed));
  int32_t next = pool.nextAlone.load(std::memory_order_relaxed);
  if (lost > (end - start) / 2) {
    pool.orderedAlone.store(next, std::memory_order_relaxed);
    next = next * 2 < kMostAlone ? next * 2 : kMostAlone;
  } else {
    next = next - next / 8 - 1 > kFewAlone ? next - next / 8 - 1 : kFewAlone;
  }
  pool.nextAlone.store(next, std::memory_order_relaxed);
}

void destroyPool(rondo_executor *executor) {
  Pool &pool = *static_cast<Pool *>(executor);
  pool.stop.store(true, std::memory_order_release);
  pool.epoch.fetch_add(1);
  futexWake(pool.epoch, INT_MAX);
  for (int32_t i = 0; i < pool.started; ++i)
    pthread_join(pool.workers[i], nullptr);
  std::free(&pool);
}

/// RONDO_NUM_THREADS, 1 when it is unset, 0 when it is no number of threads.
int32_t threadsFromEnvironment() {
  const char *text = std::getenv("RONDO_NUM_THREADS");
  if (!text || !*text)
    return 1;
  char *end;
  errno = 0;
  long value = std::strtol(text, &end, 10);
  return *end || errno || value < 1 || value > kMaxThreads ? 0 : static_cast<int32_t>(value);
}

} // namespace

void runInline(const rondo_rt *, rondo_kernel kernel, void *const *args, int64_t n, int64_t grain) {
  if (grain < 1)
    grain = 1;
  int64_t begin = 0;
  for (; grain < n - begin; begin += grain)
    kernel(args, begin, begin + grain);
  if (begin < n)
    kernel(args, begin, n);
}

void runOrderedInline(const rondo_rt *, rondo_kernel kernel, void *const *args, int64_t steps,
                      int64_t parts) {
  kernel(args, 0, steps * parts);
}

rondo_status executorCreate(int32_t threads, rondo_executor **out) {
  if (!out)
    return RONDO_INVALID_ARGUMENT;
  *out = nullptr;
  if (threads == 0)
    threads = threadsFromEnvironment();
  if (threads < 1 || threads > kMaxThreads)
    return RONDO_INVALID_ARGUMENT;

  void *memory = allocateZeroed(sizeof(Pool) + threads * sizeof(pthread_t));
  if (!memory)
    return RONDO_OUT_OF_MEMORY;
  Pool &pool = *new (memory) Pool();
  pool.parallelFor = runParallel;
  pool.orderedFor = runOrdered;
  pool.destroy = destroyPool;
  pool.threads = threads;
  pool.workers = reinterpret_cast<pthread_t *>(&pool + 1);
  pool.ticket.store(kNoChunk);
  pool.nextAlone.store(kFewAlone);

  // Signals are the host's business: workers take none.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool created = true;
  while (created && pool.started < threads - 1) {
    created = pthread_create(&pool.workers[pool.started], nullptr, workerMain, &pool) == 0;
    pool.started += created;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!created) {
    destroyPool(&pool);
    return RONDO_OUT_OF_MEMORY;
  }
  *out = &pool;
  return RONDO_OK;
}

int32_t executorThreads(const rondo_executor *executor) { return executor ? executor->threads : 1; }

void executorDestroy(rondo_executor *executor) {
  if (executor)
    executor->destroy(executor);
}

} // namespace rondo::rt
