//===- main.cpp - rondo-kernels -------------------------------------------===//
//
// Single kernels under Google Benchmark, whose options apply:
// `rondo-kernels --benchmark_filter=lstm`. Names are WHAT/HOW/SIZE. With
// `--cost-model` the cases are those of the compiler's model of time.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Cases.h"
#include "benchmarks/kernels/Peaks.h"
#include <algorithm>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace rondo::bench {

Isa bestIsa() { return hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2; }

static Peaks peaks;

void addCase(const std::string &name, const Amounts &amounts, std::function<Run()> prepare) {
  benchmark::RegisterBenchmark(
      name.c_str(), [amounts, prepare = std::move(prepare), run = Run()](auto &state) mutable {
        if (!run)
          run = prepare();
        const double start = processorSeconds();
        for (auto _ : state)
          run();
        const double seconds = (processorSeconds() - start) / state.iterations();
        if (amounts.flops > 0) {
          state.counters["flop/s"] =
              benchmark::Counter(amounts.flops, benchmark::Counter::kIsIterationInvariantRate);
          state.counters["%FMA"] = 100 * amounts.flops / seconds / peaks.flops;
        }
        if (amounts.bytes > 0)
          state.counters["%memory"] = 100 * amounts.bytes / seconds / peaks.bytes;
      });
}

void addCase(const std::string &name, const Work &work, std::function<Run()> prepare) {
  benchmark::RegisterBenchmark(
      name.c_str(), [work, prepare = std::move(prepare), run = Run()](auto &state) mutable {
        if (!run)
          run = prepare();
        for (auto _ : state)
          run();
        for (size_t i = 0; i < Work::kNames.size(); ++i)
          state.counters[Work::kNames[i]] = work.amounts()[i];
      });
}

std::string buffer(const std::vector<std::string> &sizes) {
  std::string text = "memref<";
  for (const std::string &size : sizes)
    text += size + "x";
  return text + "f32>";
}

std::string sizeName(const LstmShape &shape) {
  return fmt::format("T{}_B{}_D{}_H{}", shape.steps, shape.batch, shape.features, shape.units);
}

/// Whether the arguments hold `flag`, which is taken out.
static bool takeFlag(int &argc, char **argv, llvm::StringRef flag) {
  char **end = std::remove(argv + 1, argv + argc, flag);
  const bool found = end != argv + argc;
  argc = end - argv;
  *end = nullptr;
  return found;
}

static void addRecipeCases() {
  const std::vector<LstmShape> sizes = {{20, 1, 8, 64},    {20, 32, 8, 64},    {50, 1, 64, 128},
                                        {50, 32, 64, 128}, {100, 1, 128, 256}, {100, 64, 128, 256}};
  addLstmCases(sizes);
  addRnnCases(sizes);
  addAttentionCases(sizes);
  addProductCases();
  addAdamCases();
}

} // namespace rondo::bench

int main(int argc, char **argv) {
  using namespace rondo::bench;
  useThreads(1);
  if (takeFlag(argc, argv, "--cost-model")) {
    addLstmModelCases();
    addProductModelCases();
    addRestModelCases();
  } else {
    addRecipeCases();
    peaks = measurePeaks(bestIsa());
    benchmark::AddCustomContext("FMA peak", fmt::format("{:.1f} Gflop/s", 1e-9 * peaks.flops));
    benchmark::AddCustomContext("memory bandwidth", fmt::format("{:.1f} GB/s", 1e-9 * peaks.bytes));
  }
  benchmark::AddCustomContext("oneDNN", onednnVersion());
  benchmark::AddCustomContext("generated for", rondo::isaName(bestIsa()).str());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 2;
  try {
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception &error) {
    fmt::print(stderr, "rondo-kernels: {}\n", error.what());
    return 1;
  }
}
