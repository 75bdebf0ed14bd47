//===- main.cpp - rondo-kernels -------------------------------------------===//
//
// Single kernels under Google Benchmark, whose options apply:
// `rondo-kernels --benchmark_filter=lstm`. Names are WHAT/HOW/SIZE.
//
//===----------------------------------------------------------------------===//

#include "benchmarks/kernels/Cases.h"
#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace rondo::bench {

Isa bestIsa() { return hostSupports(Isa::Avx512) ? Isa::Avx512 : Isa::Avx2; }

void addCase(const std::string &name, double flops, std::function<Run()> prepare) {
  benchmark::RegisterBenchmark(
      name.c_str(), [flops, prepare = std::move(prepare), run = Run()](auto &state) mutable {
        if (!run)
          run = prepare();
        for (auto _ : state)
          run();
        if (flops > 0)
          state.counters["flop/s"] =
              benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
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

} // namespace rondo::bench

int main(int argc, char **argv) {
  using namespace rondo::bench;
  useThreads(1);
  const std::vector<LstmShape> sizes = {{20, 1, 8, 64},    {20, 32, 8, 64},    {50, 1, 64, 128},
                                        {50, 32, 64, 128}, {100, 1, 128, 256}, {100, 64, 128, 256}};
  addLstmCases(sizes);
  addAttentionCases(sizes);
  addProductCases();
  addAdamCases();
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
