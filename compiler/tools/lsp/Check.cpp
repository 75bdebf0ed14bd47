//===- Check.cpp - What is found in one version of a document -------------===//
//
// Parses, evaluates and keeps both.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/lsp/Check.h"

namespace rondo::lsp {

using diagnostics::Code;

Check::Check(const std::string &path, const std::string &text, const std::string &modelVariable)
    : context(mlir::MLIRContext::Threading::DISABLED),
      silence(&context, [](mlir::Diagnostic &) { return mlir::success(); }) {
  if (text.size() > diagnostics::maxFileBytes)
    engine.report(Code::FileTooLarge,
                  "the file is larger than {} MiB, the most that a model file may have",
                  diagnostics::maxFileBytes >> 20);
  else
    evaluate(path, text, modelVariable);
  constexpr size_t limit = 200;
  found = engine.sorted();
  if (found.size() > limit)
    found.resize(limit);
}

void Check::evaluate(const std::string &path, const std::string &text,
                     const std::string &modelVariable) {
  source = &engine.addFile(path, text);
  evaluated = std::make_unique<frontend::Evaluation>(context, *source, engine);
  evaluated->interpreter.occurrences = &occurrences;
  frontend::LoadOptions options;
  options.modelVariable = modelVariable;
  size_t parsed = engine.size();
  evaluated->run(options);
  // What the statements that are left do without the others says nothing of the file.
  if (!evaluated->isParsed())
    engine.truncate(parsed);
  else if (!engine.hasErrors())
    evaluated->load(options);
}

const eval::Interpreter::Occurrence *Check::at(diagnostics::SourceRange place) const {
  auto found = occurrences.find({place.begin, place.end});
  return found == occurrences.end() ? nullptr : &found->second;
}

} // namespace rondo::lsp
