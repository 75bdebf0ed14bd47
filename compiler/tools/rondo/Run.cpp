//===- Run.cpp - rondo predict, evaluate, gradients -------------*- C++ -*-===//
//
// The commands that run a model over a data file.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Run.h"
#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "runtime/host/Data.h"
#include "runtime/host/Weights.h"
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rondo::tool {

using diagnostics::Code;

namespace {

/// A model with its weights and its data, ready to run.
class Runner {
public:
  virtual ~Runner() = default;
  virtual const rondo_model &model() const = 0;
  virtual llvm::Expected<std::vector<host::Array>> predict(int64_t batchSize) = 0;
  virtual llvm::Expected<host::Scores> evaluate(int64_t batchSize) = 0;
  /// Of all samples as one batch, unless of one of them.
  virtual llvm::Expected<std::vector<host::Array>> gradients(const host::Dataset &of,
                                                             int64_t wrt) = 0;
  virtual llvm::Expected<std::vector<host::Array>>
  vjp(const std::vector<host::BoundTensor> &cotangents, int64_t wrt) = 0;
  virtual llvm::Expected<std::vector<host::Array>> hessianVector(llvm::ArrayRef<float> vector) = 0;

  host::Dataset data;

protected:
  explicit Runner(host::Dataset data) : data(std::move(data)) {}
};

/// Members refer to earlier ones.
class CompiledRunner : public Runner {
public:
  CompiledRunner(host::Artifact artifact, host::Dataset data, host::Executor executor,
                 host::Context context)
      : Runner(std::move(data)), artifact(std::move(artifact)), executor(std::move(executor)),
        context(std::move(context)) {}

  const rondo_model &model() const override { return artifact.model(); }
  llvm::Expected<std::vector<host::Array>> predict(int64_t batchSize) override {
    return host::predict(context, data, batchSize);
  }
  llvm::Expected<host::Scores> evaluate(int64_t batchSize) override {
    return host::evaluate(context, data, batchSize);
  }
  llvm::Expected<std::vector<host::Array>> gradients(const host::Dataset &of,
                                                     int64_t wrt) override {
    return host::gradients(context, of, wrt);
  }
  llvm::Expected<std::vector<host::Array>> vjp(const std::vector<host::BoundTensor> &cotangents,
                                               int64_t wrt) override {
    return host::vjp(context, data, cotangents, wrt);
  }
  llvm::Expected<std::vector<host::Array>> hessianVector(llvm::ArrayRef<float> vector) override {
    return host::hessianVector(context, data, vector);
  }

private:
  host::Artifact artifact;
  host::Executor executor;
  host::Context context;
};

class ReferenceRunner : public Runner {
public:
  ReferenceRunner(ReferenceModel reference, host::Dataset data)
      : Runner(std::move(data)), reference(std::move(reference)) {}

  const rondo_model &model() const override { return reference.model(); }
  llvm::Expected<std::vector<host::Array>> predict(int64_t batchSize) override {
    return reference.predict(data, batchSize);
  }
  llvm::Expected<host::Scores> evaluate(int64_t batchSize) override {
    return reference.evaluate(data, batchSize);
  }
  // What is not asked for was not derived.
  llvm::Expected<std::vector<host::Array>> gradients(const host::Dataset &of, int64_t) override {
    return reference.gradients(of);
  }
  llvm::Expected<std::vector<host::Array>> vjp(const std::vector<host::BoundTensor> &cotangents,
                                               int64_t) override {
    return reference.vjp(data, cotangents);
  }
  llvm::Expected<std::vector<host::Array>> hessianVector(llvm::ArrayRef<float> vector) override {
    return reference.hessianVector(data, vector);
  }

private:
  ReferenceModel reference;
};

/// What a run takes from files.
struct Given {
  host::FlatWeights weights;
  host::Dataset data;
};

} // namespace

static std::optional<Given> read(Session &session, const RunOptions &options, const Needs &needs,
                                 const rondo_model &model) {
  auto weights = session.accept(Code::WeightsUnusable, host::readWeights(options.weights, model));
  if (!weights)
    return std::nullopt;
  auto data = session.accept(Code::DataUnusable, host::readData(options.data, model, needs.loss));
  if (!data)
    return std::nullopt;
  session.note(weights->notes);
  session.note(data->notes);
  return Given{std::move(weights->weights), std::move(*data)};
}

static std::unique_ptr<Runner> prepareReference(Session &session, const RunOptions &options,
                                                const Needs &needs) {
  auto reference = session.openReference(options.model, needs);
  if (!reference)
    return nullptr;
  auto given = read(session, options, needs, reference->model());
  if (!given)
    return nullptr;
  reference->setWeights(std::move(given->weights));
  reference->setSeed(options.seed);
  return std::make_unique<ReferenceRunner>(std::move(*reference), std::move(given->data));
}

/// Null after a report.
static std::unique_ptr<Runner> prepare(Session &session, const RunOptions &options,
                                       const Needs &needs) {
  if (!options.output.empty() && !session.canWrite(options.output, options.model))
    return nullptr;
  if (options.reference)
    return prepareReference(session, options, needs);
  auto artifact = session.open(options.model, needs);
  if (!artifact)
    return nullptr;
  const rondo_model &model = artifact->model();
  auto given = read(session, options, needs, model);
  if (!given)
    return nullptr;
  auto executor = session.accept(Code::RunFailed, host::Executor::create(model, 0));
  if (!executor)
    return nullptr;
  auto context =
      session.accept(Code::RunFailed, host::Context::create(model, given->weights, &*executor));
  if (!context)
    return nullptr;
  model.set_seed(context->get(), options.seed);
  return std::make_unique<CompiledRunner>(std::move(*artifact), std::move(given->data),
                                          std::move(*executor), std::move(*context));
}

static int64_t batchSize(const RunOptions &options) {
  return options.batchSize.value_or(host::kInferenceBatch);
}

/// Writes arrays to the file of --out, if there are any.
static int write(Session &session, const RunOptions &options,
                 std::optional<std::vector<host::Array>> arrays) {
  if (arrays)
    if (llvm::Error error = host::writeArrays(options.output, *arrays))
      session.refuse(Code::FileUnwritable, std::move(error));
  return session.finish();
}

int runPredict(const RunOptions &options) {
  Session session;
  auto run = prepare(session, options, Needs());
  if (!run)
    return session.finish();
  return write(session, options, session.accept(Code::RunFailed, run->predict(batchSize(options))));
}

/// What `rondo gradients` is asked for.
static Needs gradientNeeds(const RunOptions &options) {
  Wrt wrt = options.wrt.value_or(Wrt::All);
  if (!options.cotangents.empty())
    return {/*loss=*/false, {DerivedEntry::Vjp}, wrt};
  if (!options.hessianVector.empty())
    return {/*loss=*/true, {DerivedEntry::Hvp}};
  return {/*loss=*/true, {DerivedEntry::LossAndGradients}, wrt};
}

/// Whether a library that was compiled before has what is asked for now; reports it
/// if not. Model files are compiled for it.
static bool checkCompiled(Session &session, const Runner &run, const RunOptions &options,
                          const Needs &needs) {
  const rondo_model &model = run.model();
  auto lacks = [&](const std::string &what, const char *option) {
    session.diagnostics
        .report(Code::OptionUnsupported, "`{}` was compiled without {}", options.model.path, what)
        .help("give `{}` to `rondo compile`", option);
    return false;
  };
  rondo_entry entry = !options.cotangents.empty()      ? RONDO_VJP
                      : !options.hessianVector.empty() ? RONDO_HVP
                                                       : RONDO_LOSS_AND_GRADIENTS;
  std::string name = entryName(needs.entries.front()).str();
  int64_t bytes;
  if (model.arena_size && (model.num_targets > 0 || !needs.loss) &&
      model.arena_size(&model, entry, run.data.dims.data(), &bytes) == RONDO_NOT_COMPILED)
    return lacks(fmt::format("`{}`", name), fmt::format("--entries={}", name).c_str());
  if (options.wrt && (static_cast<int64_t>(*options.wrt) & ~model.wrt))
    return lacks("gradients with respect to " +
                     std::string(model.wrt & RONDO_WRT_INPUTS ? "parameters" : "inputs"),
                 "--wrt=all");
  return true;
}

int runGradients(const RunOptions &options) {
  Session session;
  Needs needs = gradientNeeds(options);
  auto run = prepare(session, options, needs);
  if (!run || !checkCompiled(session, *run, options, needs) ||
      !session.canDifferentiate(run->model(), needs))
    return session.finish();
  int64_t wrt = static_cast<int64_t>(needs.wrt) & run->model().wrt;
  if (!options.cotangents.empty()) {
    auto cotangents =
        session.accept(Code::DataUnusable, host::readCotangents(options.cotangents, run->data));
    if (!cotangents)
      return session.finish();
    return write(session, options, session.accept(Code::RunFailed, run->vjp(*cotangents, wrt)));
  }
  if (!options.hessianVector.empty()) {
    auto vector =
        session.accept(Code::DataUnusable, host::readVector(options.hessianVector, run->model()));
    if (!vector)
      return session.finish();
    return write(session, options, session.accept(Code::RunFailed, run->hessianVector(*vector)));
  }
  auto gradientsOf = [&](const host::Dataset &data) { return run->gradients(data, wrt); };
  if (!options.perExample)
    return write(session, options, session.accept(Code::RunFailed, gradientsOf(run->data)));
  if (int64_t batch = run->data.staticBatch; batch > 1) {
    session.diagnostics
        .report(Code::OptionUnsupported,
                "`--per-example` runs one sample at a time; the model `{}` has batches of {}",
                run->model().name, batch)
        .help("leave the size of the batch open: `Input(shape)`");
    return session.finish();
  }
  return write(session, options,
               session.accept(Code::RunFailed, host::perExample(run->data, gradientsOf)));
}

int runEvaluate(const RunOptions &options) {
  Session session;
  auto run = prepare(session, options, {/*loss=*/true});
  if (!run)
    return session.finish();
  auto scores = session.accept(Code::RunFailed, run->evaluate(batchSize(options)));
  if (!scores)
    return session.finish();

  const rondo_model &model = run->model();
  nlohmann::ordered_json json = {{"loss", scores->loss}};
  for (int32_t i = 0; i < model.num_metrics; ++i)
    json[model.metrics[i]] = scores->metrics[i];
  if (options.json)
    fmt::print("{}\n", json.dump());
  else
    for (const auto &[name, value] : json.items())
      fmt::print("{}: {:.6f}\n", name, unsignedNan(value.get<double>()));
  return session.finish();
}

} // namespace rondo::tool
