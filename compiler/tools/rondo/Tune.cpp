//===- Tune.cpp - rondo tune ------------------------------------*- C++ -*-===//
//
// Compiles a model in several ways, runs them in turns on this machine, writes down
// which is fastest, and compiles with it. First who computes what, on how many
// threads; then the sizes inside of generated kernels, one after the other.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "compiler/tools/rondo/Tuning.h"
#include "compiler/tools/rondo/Workload.h"
#include "dialect/IR/RondoDialect.h"
#include "runtime/host/File.h"
#include "llvm/ADT/STLExtras.h"
#include <fmt/format.h>
#include <map>
#include <memory>

namespace rondo::tool {

using diagnostics::Code;
using llvm::Error;
using llvm::Expected;

namespace {

/// Rounds in which all take their turn: a ratio is the median over them.
constexpr int kRounds = 6;
constexpr int kFewestCalls = 3;
/// Less than this much faster is noise, and the simpler one stays.
constexpr double kNoticeable = 1.03;

/// One way to compile the model.
struct Candidate {
  std::string kernels;
  LayerKernels layers;
  KernelTuning sizes;

  bool needsOnednn() const {
    return llvm::any_of(layers,
                        [](const auto &each) { return each.second == Implementation::Onednn; });
  }
};

/// A compiled candidate on a number of threads.
struct Contender {
  Candidate candidate;
  int threads;
  std::shared_ptr<host::Artifact> artifact;
  std::unique_ptr<Workload> workload;
};

/// What the layers of a model have to choose for.
struct LayerKinds {
  bool lstm = false, onednn = false;
};

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

std::map<std::string, LayerKinds> layersOf(const KernelPlan &plan) {
  std::map<std::string, LayerKinds> layers;
  for (const EntryPlan &entry : plan.entries)
    for (const PlannedKernel &kernel : entry.kernels) {
      if (kernel.layer.empty())
        continue;
      LayerKinds &kinds = layers[kernel.layer];
      kinds.lstm |= mlir::isa<LstmOp, LstmGradOp>(kernel.op);
      kinds.onednn |= kernel.obstacle.empty();
    }
  return layers;
}

/// All generated, then what of oneDNN makes a difference.
std::vector<Candidate> kernelCandidates(const KernelPlan &plan) {
  const std::map<std::string, LayerKinds> layers = layersOf(plan);
  std::vector<Candidate> candidates;
  auto add = [&](const char *name, llvm::function_ref<bool(const LayerKinds &)> isForOnednn) {
    Candidate candidate{name, {}, {}};
    for (const auto &[layer, kinds] : layers)
      candidate.layers[layer] =
          kinds.onednn && isForOnednn(kinds) ? Implementation::Onednn : Implementation::Generated;
    if (llvm::none_of(candidates,
                      [&](const Candidate &each) { return each.layers == candidate.layers; }))
      candidates.push_back(std::move(candidate));
  };
  add("generated", [](const LayerKinds &) { return false; });
  add("onednn", [](const LayerKinds &) { return true; });
  add("onednn for LSTMs", [](const LayerKinds &kinds) { return kinds.lstm; });
  add("onednn for products", [](const LayerKinds &kinds) { return !kinds.lstm; });
  return candidates;
}

/// 1, 2, 4… and `most`.
std::vector<int> threadCounts(int most) {
  std::vector<int> counts;
  for (int count = 1; count < most; count *= 2)
    counts.push_back(count);
  counts.push_back(most);
  return counts;
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

/// Runs the contenders in turns, each round beginning with another one. `seconds` is
/// for each of them.
Expected<std::vector<TuningMeasurement>> measureInTurns(llvm::ArrayRef<Contender> contenders,
                                                        double seconds) {
  std::vector<std::vector<double>> times(contenders.size()), ratios(contenders.size());
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> medians(contenders.size());
    for (size_t turn = 0; turn < contenders.size(); ++turn) {
      const size_t index = (round + turn) % contenders.size();
      Workload &workload = *contenders[index].workload;
      if (Error problem = workload.call()) // caches hold what the last one left
        return problem;
      std::vector<double> mine;
      double spent = 0;
      while (mine.size() < kFewestCalls || spent < seconds / kRounds) {
        Expected<double> time = workload.time();
        if (!time)
          return time.takeError();
        mine.push_back(*time);
        spent += *time;
      }
      llvm::append_range(times[index], mine);
      llvm::sort(mine);
      medians[index] = percentile(mine, 50);
    }
    for (auto [median, ratio] : llvm::zip_equal(medians, ratios))
      ratio.push_back(median / medians.front());
  }
  std::vector<TuningMeasurement> measured;
  for (auto [contender, mine, ratio] : llvm::zip_equal(contenders, times, ratios)) {
    llvm::sort(mine);
    llvm::sort(ratio);
    measured.push_back({contender.candidate.kernels, contender.candidate.sizes, contender.threads,
                        percentile(mine, 50), percentile(ratio, 50)});
  }
  return measured;
}

/// The fastest; of those that are about as fast, the first. oneDNN has to be worth its
/// library, as it has to for `--kernels=auto`.
size_t fastest(llvm::ArrayRef<Contender> contenders, llvm::ArrayRef<TuningMeasurement> measured) {
  auto score = [&](size_t index) {
    return measured[index].ratio *
           (contenders[index].candidate.needsOnednn() ? kWorthLibrary / kNoticeable : 1);
  };
  size_t best = 0;
  for (size_t i = 1; i < measured.size(); ++i)
    if (kNoticeable * score(i) < score(best))
      best = i;
  return best;
}

/// ", block_rows=96"
std::string describeUnusualSizes(const KernelTuning &sizes) {
  std::string text;
  for (const std::string &each : unusualSizes(sizes))
    text += ", " + each;
  return text;
}

/// Compiles candidates and measures them.
class Tuner {
public:
  Tuner(Session &session, mlir::ModuleOp module, const TuneOptions &options,
        const CompileOptions &compile, const SymbolSizes &sizes)
      : session(session), module(module), options(options), compile(compile), sizes(sizes) {}

  /// The choice and what led to it; nothing after an error was reported.
  std::optional<Tuning> run() {
    auto planned = planKernels(module, compile);
    if (!planned) {
      session.compilerFailed(planned.takeError(), options.output);
      return std::nullopt;
    }
    fmt::print("{:>12} {:>6} {:>8}  {}\n", "µs/call", "ratio", "threads", "kernels");
    if (!chooseKernels(kernelCandidates(planned->plan)))
      return std::nullopt;
    for (const TuningParameter &parameter : kTuningParameters)
      if (!chooseSize(parameter))
        return std::nullopt;
    tuning.train = options.train;
    tuning.at = sizes;
    tuning.layers = best.candidate.layers;
    tuning.sizes = best.candidate.sizes;
    tuning.threads = best.threads;
    return std::move(tuning);
  }

private:
  /// Who computes what, on how many threads.
  bool chooseKernels(const std::vector<Candidate> &candidates) {
    std::vector<Contender> contenders;
    for (const Candidate &candidate : candidates) {
      auto artifact = open(candidate);
      if (!artifact)
        return false;
      for (int threads : threadCounts(options.threads))
        if (!add(contenders, candidate, artifact, threads))
          return false;
    }
    return measure(std::move(contenders));
  }

  /// One size inside of generated kernels, beside what is best so far.
  bool chooseSize(const TuningParameter &parameter) {
    const bool decidesThreads = parameter.member == &KernelTuning::parallelCost;
    if (decidesThreads && best.threads == 1)
      return true;
    std::vector<Contender> contenders;
    std::vector<Candidate> candidates;
    for (int64_t value : parameter.alternatives) {
      candidates.push_back(best.candidate);
      candidates.back().sizes.*parameter.member = value;
    }
    const int threads = best.threads;
    contenders.push_back(std::move(best));
    for (const Candidate &candidate : candidates) {
      auto artifact = open(candidate);
      if (!artifact || !add(contenders, candidate, artifact, threads))
        return false;
    }
    return measure(std::move(contenders));
  }

  std::shared_ptr<host::Artifact> open(const Candidate &candidate) {
    CompileOptions each = compile;
    each.layerKernels = candidate.layers;
    each.tuning = candidate.sizes;
    auto artifact = session.openCompiled(module, each);
    return artifact ? std::make_shared<host::Artifact>(std::move(*artifact)) : nullptr;
  }

  /// False after an error was reported. Where oneDNN does not run, its candidates are left out.
  bool add(std::vector<Contender> &contenders, const Candidate &candidate,
           const std::shared_ptr<host::Artifact> &artifact, int threads) {
    const rondo_model &model = artifact->model();
    auto workload = session.accept(
        Code::RunFailed, Workload::create(model, RunSizes::of(model, sizes), options.train, threads,
                                          /*seed=*/0));
    if (!workload)
      return false;
    if (Error problem = (*workload)->call()) {
      if (!candidate.needsOnednn()) {
        session.refuse(Code::RunFailed, std::move(problem));
        return false;
      }
      say("rondo: `{}` is left out: {}\n", candidate.kernels, llvm::toString(std::move(problem)));
      return true;
    }
    contenders.push_back({candidate, threads, artifact, std::move(*workload)});
    return true;
  }

  /// Sets `best`.
  bool measure(std::vector<Contender> contenders) {
    auto measured = session.accept(Code::RunFailed, measureInTurns(contenders, options.seconds));
    if (!measured)
      return false;
    const size_t chosen = fastest(contenders, *measured);
    // After the first time, the first is what was best and has been listed.
    for (TuningMeasurement &each :
         llvm::MutableArrayRef(*measured).drop_front(tuning.measured.empty() ? 0 : 1)) {
      each.ratio *= bestRatio;
      fmt::print("{:>11.1f} {:>6.2f} {:>8}  {}{}\n", each.median * 1e6, each.ratio, each.threads,
                 each.kernels, describeUnusualSizes(each.sizes));
      tuning.measured.push_back(each);
    }
    if (chosen != 0)
      bestRatio = (*measured)[chosen].ratio;
    best = std::move(contenders[chosen]);
    return true;
  }

  Session &session;
  mlir::ModuleOp module;
  const TuneOptions &options;
  const CompileOptions &compile;
  const SymbolSizes &sizes;
  Contender best;
  double bestRatio = 1; ///< of its time to that of the first of all
  Tuning tuning;
};

} // namespace

int runTune(const TuneOptions &options) {
  Session session;
  const std::string path = tuningPath(options.output);
  if (!session.canWrite(options.output, options.model) || !session.canWrite(path, options.model))
    return session.finish();
  auto model = session.load(options.model, options.train ? Session::MainBlock::Evaluate
                                                         : Session::MainBlock::WhenCompiledThere);
  auto isa = session.hostIsa();
  if (!model || !isa || (options.train && !session.requireLoss(*model, options.model)))
    return session.finish();
  CompileOptions compile;
  compile.isas = {*isa};
  compile.kernels = Kernels::Generated; // what has no layer
  compile.entries =
      options.train ? std::vector{DerivedEntry::TrainStep} : std::vector<DerivedEntry>();
  if (!session.setMemory(*model->module, options.model, compile))
    return session.finish();
  auto sizes = session.accept(Code::OptionUnsupported, sizesOf(*model->module, compile.sizes));
  if (!sizes)
    return session.finish();
  std::optional<Tuning> tuning = Tuner(session, *model->module, options, compile, *sizes).run();
  if (!tuning)
    return session.finish();
  tuning->key = tuningKey(*model->module, *isa);
  if (Error error = host::writeFile(path, tuningText(*tuning))) {
    session.refuse(Code::FileUnwritable, std::move(error));
    return session.finish();
  }
  if (int exitCode = session.finish())
    return exitCode;
  CompileCommandOptions library;
  library.model = options.model;
  library.output = options.output;
  return runCompile(library);
}

} // namespace rondo::tool
