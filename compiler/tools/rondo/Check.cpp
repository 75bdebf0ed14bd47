//===- Check.cpp - rondo check ----------------------------------*- C++ -*-===//
//
// Loads a model file for its diagnostics alone. With --fix applies the mends, those
// too that show when others are made, and writes the file once.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Terminal.h"
#include "frontend/diagnostics/Fixes.h"
#include <fmt/format.h>
#include <memory>
#include <vector>

namespace rondo::tool {

/// The file that the mends are for: a model is one file.
static const diagnostics::SourceFile *fileToMend(const diagnostics::Engine &engine) {
  for (const diagnostics::Diagnostic *diagnostic : engine.sorted())
    if (!diagnostic->fixes.empty())
      return diagnostic->fixes.front().range.file;
  return nullptr;
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
  constexpr auto main = Session::MainBlock::WhenCompiledThere;
  std::vector<std::unique_ptr<Session>> rounds;
  rounds.push_back(std::make_unique<Session>());
  rounds.back()->load(options.model, main);
  const diagnostics::SourceFile *file = options.fix ? fileToMend(rounds[0]->diagnostics) : nullptr;
  if (!file)
    return report(*rounds[0], options);

  // What is mended may uncover more: a file with a syntax error is not evaluated at all.
  constexpr size_t maxRounds = 10;
  std::string text = file->text().str();
  unsigned count = 0;
  for (const diagnostics::SourceFile *next = file; next && rounds.size() <= maxRounds;
       next = fileToMend(rounds.back()->diagnostics)) {
    diagnostics::FixedText fixed = diagnostics::fixedText(*next, rounds.back()->diagnostics);
    text = fixed.text;
    count += fixed.applied;
    rounds.push_back(std::make_unique<Session>());
    rounds.back()->load(options.model, main, text);
  }
  auto copy = diagnostics::writeFixed(*file, text, rounds[0]->diagnostics);
  if (!copy)
    return report(*rounds[0], options);
  say("{}: {} finding{} mended; the old text is in {}\n", options.model.path, count,
      count == 1 ? "" : "s", *copy);
  return report(*rounds.back(), options);
}

} // namespace rondo::tool
