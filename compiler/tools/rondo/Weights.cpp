//===- Weights.cpp - rondo weights ------------------------------*- C++ -*-===//
//
// From one weights file to another: between the formats, or from a seed.
//
//===----------------------------------------------------------------------===//

#include "runtime/host/Weights.h"
#include "compiler/tools/rondo/Session.h"
#include "runtime/host/Initializers.h"

namespace rondo::tool {

using diagnostics::Code;

int runWeights(const WeightsOptions &options) {
  Session session;
  if (!session.canWriteWeights(options.output, options.model))
    return session.finish();
  auto artifact = session.open(options.model, Needs());
  if (!artifact)
    return session.finish();
  const rondo_model &model = artifact->model();
  std::optional<host::LoadedWeights> loaded;
  if (!options.weights.empty()) {
    loaded = session.accept(Code::WeightsUnusable, host::readWeights(options.weights, model));
  } else if (auto initial =
                 session.accept(Code::WeightsUnusable, host::initialWeights(model, options.seed))) {
    loaded.emplace();
    loaded->weights = std::move(*initial);
  }
  if (!loaded)
    return session.finish();
  session.note(loaded->notes);
  if (llvm::Error error = host::writeWeights(options.output, model, loaded->weights,
                                             loaded->optimizer ? &*loaded->optimizer : nullptr))
    session.refuse(Code::FileUnwritable, std::move(error));
  return session.finish();
}

} // namespace rondo::tool
