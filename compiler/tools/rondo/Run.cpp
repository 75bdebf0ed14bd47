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
  virtual llvm::Expected<std::vector<host::Array>> predict() = 0;
  virtual llvm::Expected<host::Scores> evaluate() = 0;
  virtual llvm::Expected<std::vector<host::Array>> gradients() = 0;
};

/// Members refer to earlier ones.
class CompiledRunner : public Runner {
public:
  CompiledRunner(host::Artifact artifact, host::Dataset data, host::Executor executor,
                 host::Context context)
      : artifact(std::move(artifact)), data(std::move(data)), executor(std::move(executor)),
        context(std::move(context)) {}

  const rondo_model &model() const override { return artifact.model(); }
  llvm::Expected<std::vector<host::Array>> predict() override {
    return host::predict(context, data);
  }
  llvm::Expected<host::Scores> evaluate() override { return host::evaluate(context, data); }
  llvm::Expected<std::vector<host::Array>> gradients() override {
    return host::gradients(context, data);
  }

private:
  host::Artifact artifact;
  host::Dataset data;
  host::Executor executor;
  host::Context context;
};

class ReferenceRunner : public Runner {
public:
  ReferenceRunner(ReferenceModel reference, host::Dataset data)
      : reference(std::move(reference)), data(std::move(data)) {}

  const rondo_model &model() const override { return reference.model(); }
  llvm::Expected<std::vector<host::Array>> predict() override { return reference.predict(data); }
  llvm::Expected<host::Scores> evaluate() override { return reference.evaluate(data); }
  llvm::Expected<std::vector<host::Array>> gradients() override {
    return reference.gradients(data);
  }

private:
  ReferenceModel reference;
  host::Dataset data;
};

/// What a run takes from files.
struct Given {
  host::FlatWeights weights;
  host::Dataset data;
};

} // namespace

static std::optional<Given> read(Session &session, const RunOptions &options,
                                 Session::Entries entries, const rondo_model &model) {
  auto weights = session.accept(Code::WeightsUnusable, host::readWeights(options.weights, model));
  if (!weights)
    return std::nullopt;
  bool withTargets = entries != Session::Entries::Forward;
  auto data = session.accept(Code::DataUnusable, host::readData(options.data, model, withTargets));
  if (!data)
    return std::nullopt;
  session.note(weights->notes);
  session.note(data->notes);
  return Given{std::move(weights->weights), std::move(*data)};
}

static std::unique_ptr<Runner> prepareReference(Session &session, const RunOptions &options,
                                                Session::Entries entries) {
  auto reference = session.openReference(options.model, entries);
  if (!reference)
    return nullptr;
  auto given = read(session, options, entries, reference->model());
  if (!given)
    return nullptr;
  reference->setWeights(std::move(given->weights));
  return std::make_unique<ReferenceRunner>(std::move(*reference), std::move(given->data));
}

/// Null after a report.
static std::unique_ptr<Runner> prepare(Session &session, const RunOptions &options,
                                       Session::Entries entries) {
  if (!options.output.empty() && !session.canWrite(options.output, options.model))
    return nullptr;
  if (options.reference)
    return prepareReference(session, options, entries);
  auto artifact = session.open(options.model, entries);
  if (!artifact)
    return nullptr;
  const rondo_model &model = artifact->model();
  auto given = read(session, options, entries, model);
  if (!given)
    return nullptr;
  auto executor = session.accept(Code::RunFailed, host::Executor::create(model, 0));
  if (!executor)
    return nullptr;
  auto context =
      session.accept(Code::RunFailed, host::Context::create(model, given->weights, &*executor));
  if (!context)
    return nullptr;
  return std::make_unique<CompiledRunner>(std::move(*artifact), std::move(given->data),
                                          std::move(*executor), std::move(*context));
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
  auto run = prepare(session, options, Session::Entries::Forward);
  if (!run)
    return session.finish();
  return write(session, options,
               session.accept(Code::RunFailed, run->predict()));
}

int runGradients(const RunOptions &options) {
  Session session;
  auto run = prepare(session, options, Session::Entries::Gradients);
  if (!run)
    return session.finish();
  return write(session, options,
               session.accept(Code::RunFailed, run->gradients()));
}

int runEvaluate(const RunOptions &options) {
  Session session;
  auto run = prepare(session, options, Session::Entries::Evaluate);
  if (!run)
    return session.finish();
  auto scores = session.accept(Code::RunFailed, run->evaluate());
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
