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

/// A model, its weights and its data, ready to run. Members refer to earlier ones.
struct LoadedRun {
  host::Artifact artifact;
  host::Dataset data;
  host::Executor executor;
  host::Context context;
};

} // namespace

static std::optional<LoadedRun> prepare(Session &session, const RunOptions &options,
                                        Session::Entries entries) {
  if (!options.output.empty() && !session.canWrite(options.output, options.model))
    return std::nullopt;
  auto artifact = session.open(options.model, entries);
  if (!artifact)
    return std::nullopt;
  const rondo_model &model = artifact->model();
  auto weights = session.accept(Code::WeightsUnusable, host::readWeights(options.weights, model));
  if (!weights)
    return std::nullopt;
  bool withTargets = entries != Session::Entries::Forward;
  auto data = session.accept(Code::DataUnusable, host::readData(options.data, model, withTargets));
  if (!data)
    return std::nullopt;
  session.note(weights->notes);
  session.note(data->notes);
  auto executor = session.accept(Code::RunFailed, host::Executor::create(model, 0));
  if (!executor)
    return std::nullopt;
  auto context =
      session.accept(Code::RunFailed, host::Context::create(model, weights->weights, &*executor));
  if (!context)
    return std::nullopt;
  return LoadedRun{std::move(*artifact), std::move(*data), std::move(*executor),
                   std::move(*context)};
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
               session.accept(Code::RunFailed, host::predict(run->context, run->data)));
}

int runGradients(const RunOptions &options) {
  Session session;
  auto run = prepare(session, options, Session::Entries::Gradients);
  if (!run)
    return session.finish();
  return write(session, options,
               session.accept(Code::RunFailed, host::gradients(run->context, run->data)));
}

int runEvaluate(const RunOptions &options) {
  Session session;
  auto run = prepare(session, options, Session::Entries::Evaluate);
  if (!run)
    return session.finish();
  auto scores = session.accept(Code::RunFailed, host::evaluate(run->context, run->data));
  if (!scores)
    return session.finish();

  const rondo_model &model = run->artifact.model();
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
