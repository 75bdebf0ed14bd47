//===- Check.cpp - rondo check ----------------------------------*- C++ -*-===//
//
// Loads a model file for its diagnostics alone; with --fix applies the mends.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include <fmt/format.h>

namespace rondo::tool {

/// The file that the mends are for: a model is one file.
static const diagnostics::SourceFile *fileToMend(const diagnostics::Engine &engine) {
  for (const diagnostics::Diagnostic *diagnostic : engine.sorted())
    if (!diagnostic->fixes.empty())
      return diagnostic->fixes.front().range.file;
  return nullptr;
}

static void load(Session &session, const CheckOptions &options) {
  session.load(options.model, Session::MainBlock::WhenCompiledThere);
}

/// Prints what was found and says so when it is nothing.
static int report(Session &session, const CheckOptions &options) {
  if (options.json) {
    fmt::print("{}", session.diagnostics.renderJson());
    return session.diagnostics.hasErrors() ? UserError : Fine;
  }
  if (session.diagnostics.size() == 0)
    say("{}: no findings\n", options.model.path);
  return session.finish();
}

int runCheck(const CheckOptions &options) {
  Session session;
  load(session, options);
  const diagnostics::SourceFile *file = options.fix ? fileToMend(session.diagnostics) : nullptr;
  if (!file)
    return report(session, options);

  diagnostics::FixedText fixed = diagnostics::fixedText(*file, session.diagnostics);
  if (!diagnostics::applyFixes(*file, fixed, session.diagnostics))
    return report(session, options);
  say("{0}: {1} finding{2} mended; the old text is in {0}.orig\n",
             options.model.path, fixed.applied, fixed.applied == 1 ? "" : "s");
  Session again;
  load(again, options);
  return report(again, options);
}

} // namespace rondo::tool
