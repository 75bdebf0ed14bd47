//===- Bench.cpp - rondo bench ----------------------------------*- C++ -*-===//
//
// How fast a model runs on made-up data: percentiles of the time of one call,
// and what follows from them.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Workload.h"
#include "runtime/host/File.h"
#include "runtime/src/DimSize.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rondo::tool {

using diagnostics::Code;
using llvm::Error;
using llvm::Expected;

namespace {

constexpr int64_t kDefaultBatch = 32;
constexpr int64_t kDefaultSteps = 50;
constexpr double kWarmUpSeconds = 0.1;
constexpr size_t kFewestCalls = 10;
constexpr size_t kMostCalls = 1000000;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// A size that the model leaves open, or that of the model, which an option must
/// not contradict.
Expected<int64_t> sizeOf(const rondo_tensor_info &input, int axis, std::optional<int64_t> option,
                         const char *name, int64_t otherwise) {
  if (input.dims[axis] < 0)
    return option.value_or(otherwise);
  if (option && *option != input.dims[axis])
    return host::error("`{} {}` does not fit the model: axis {} of `{}` has size {}", name, *option,
                       axis, input.name, input.dims[axis]);
  return input.dims[axis];
}

Expected<RunSizes> chooseSizes(const rondo_model &model, const BenchOptions &options) {
  const rondo_tensor_info &first = model.inputs[0];
  RunSizes sizes;
  Expected<int64_t> batch = sizeOf(first, 0, options.batch, "--batch", kDefaultBatch);
  if (!batch)
    return batch.takeError();
  sizes.batch = *batch;
  // All axes that are open besides the batch are time axes.
  const char *batchSymbol = first.symbols[0];
  bool anyOpen = model.num_symbols > (batchSymbol ? 1 : 0);
  if (anyOpen || first.rank < 3) {
    sizes.steps = anyOpen ? options.steps.value_or(kDefaultSteps) : 0;
    if (!anyOpen && options.steps)
      return host::error("`--steps {}` does not fit the model: it has no time axis",
                         *options.steps);
  } else {
    Expected<int64_t> steps = sizeOf(first, 1, options.steps, "--steps", kDefaultSteps);
    if (!steps)
      return steps.takeError();
    sizes.steps = *steps;
  }
  for (int32_t i = 0; i < model.num_symbols; ++i) {
    bool isBatch = batchSymbol && llvm::StringRef(model.symbols[i]) == batchSymbol;
    sizes.dims.push_back(isBatch ? sizes.batch : sizes.steps);
  }
  return sizes;
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

/// The seconds of each call, sorted.
Expected<std::vector<double>> measure(Workload &workload, double seconds) {
  using Clock = std::chrono::steady_clock;
  auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  auto start = Clock::now();
  do {
    if (Error problem = workload.call())
      return problem;
  } while (since(start) < kWarmUpSeconds);
  std::vector<double> times;
  start = Clock::now();
  while (times.size() < kFewestCalls || (since(start) < seconds && times.size() < kMostCalls)) {
    Expected<double> time = workload.time();
    if (!time)
      return time.takeError();
    times.push_back(*time);
  }
  llvm::sort(times);
  return times;
}

/// The entry's floating-point operations, which the library states as a polynomial
/// over the sizes.
int64_t flopsOf(const nlohmann::json &buildInfo, const rondo_model &model, const char *entry,
                const RunSizes &sizes) {
  auto all = buildInfo.find("flops");
  auto flops = all == buildInfo.end() ? nlohmann::json() : all->value(entry, nlohmann::json());
  int64_t value = 0;
  if (flops.is_string())
    rt::evaluateSymbol(model, flops.get<std::string>().c_str(), sizes.dims.data(), value);
  return value;
}

std::string profileText(const host::Context &context, rondo_entry entry) {
  const rondo_model &model = context.model();
  int32_t count = model.profile(context.get(), entry, nullptr, 0);
  std::vector<rondo_profile_row> rows(count);
  model.profile(context.get(), entry, rows.data(), count);
  int64_t all = 0;
  for (const rondo_profile_row &row : rows)
    all += row.nanoseconds;
  std::string text =
      fmt::format("{:>10} {:>6}  {:<24} {}\n", "µs/call", "share", "kernel", "layer");
  for (const rondo_profile_row &row : rows)
    text += fmt::format(
        "{:>10.2f} {:>5.1f}%  {:<24} {} {}\n", row.calls ? 1e-3 * row.nanoseconds / row.calls : 0.0,
        all ? 100.0 * row.nanoseconds / all : 0.0, row.kernel, row.layer, row.place);
  return text;
}

} // namespace

int runBench(const BenchOptions &options) {
  Session session;
  if (!options.json.empty() && !session.canWrite(options.json, options.model))
    return session.finish();
  ModelFileOptions compile = options.model;
  compile.batchToPlan = options.batch.value_or(kDefaultBatch);
  compile.stepsToPlan = options.steps.value_or(kDefaultSteps);
  auto artifact = session.open(
      compile, options.train ? Needs{/*loss=*/true, {DerivedEntry::TrainStep}} : Needs());
  if (!artifact)
    return session.finish();
  const rondo_model &model = artifact->model();
  auto sizes = session.accept(Code::RunFailed, chooseSizes(model, options));
  if (!sizes)
    return session.finish();
  auto workload = session.accept(Code::RunFailed, Workload::create(model, *sizes, options.train,
                                                                   options.threads, options.seed));
  if (!workload)
    return session.finish();
  auto times = session.accept(Code::RunFailed, measure(**workload, options.seconds));
  if (!times)
    return session.finish();

  const int64_t arenaBytes = (*workload)->arenaBytes();
  const int threads = (*workload)->threads();
  auto info = nlohmann::json::parse(model.build_info, nullptr, /*allow_exceptions=*/false);
  int64_t flops = flopsOf(info, model, options.train ? "train_step" : "forward", *sizes);
  double median = percentile(*times, 50);
  nlohmann::ordered_json json = {{"model", options.model.path},
                                 {"mode", options.train ? "train" : "forward"},
                                 {"batch", sizes->batch},
                                 {"steps", sizes->steps},
                                 {"threads", threads},
                                 {"kernels", info.value("kernels", "generated")},
                                 {"isa", model.isa},
                                 {"median_us", median * 1e6},
                                 {"p90_us", percentile(*times, 90) * 1e6},
                                 {"p99_us", percentile(*times, 99) * 1e6},
                                 {"min_us", times->front() * 1e6},
                                 {"calls", times->size()},
                                 {"flops", flops},
                                 {"gflops", flops / median * 1e-9},
                                 {"samples_per_s", sizes->batch / median},
                                 {"arena_bytes", arenaBytes}};
  fmt::print("{}: {}, batch {}, {} steps, {} thread{}, {} kernels, {}\n",
             json["model"].get<std::string>(), json["mode"].get<std::string>(), sizes->batch,
             sizes->steps, threads, threads == 1 ? "" : "s", json["kernels"].get<std::string>(),
             model.isa);
  fmt::print("  median {:.1f} µs, 90 % below {:.1f} µs, 99 % below {:.1f} µs ({} calls)\n",
             median * 1e6, percentile(*times, 90) * 1e6, percentile(*times, 99) * 1e6,
             times->size());
  fmt::print("  {:.2f} GF/s, {:.0f} samples/s, arena of {} bytes\n", json["gflops"].get<double>(),
             json["samples_per_s"].get<double>(), arenaBytes);
  if (options.model.profile)
    fmt::print("\n{}", profileText((*workload)->context(),
                                   options.train ? RONDO_TRAIN_STEP : RONDO_FORWARD));
  if (!options.json.empty())
    if (Error error = host::writeFile(options.json, json.dump(2) + "\n"))
      session.refuse(Code::FileUnwritable, std::move(error));
  return session.finish();
}

} // namespace rondo::tool
