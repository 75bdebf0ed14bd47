//===- Check.h - What is found in one version of a document -----*- C++ -*-===//
//
// The frontend's view of a text: its tree, what its names are, and what is wrong
// with it, which is what `rondo check` says.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_LSP_CHECK_H
#define RONDO_COMPILER_TOOLS_LSP_CHECK_H

#include "frontend/diagnostics/Diagnostics.h"
#include "frontend/keras/Evaluation.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include <memory>
#include <string>
#include <vector>

namespace rondo::lsp {

class Check {
public:
  /// Checks `text` under the name `path`; `modelVariable` holds the model. Never runs
  /// the training script.
  Check(const std::string &path, const std::string &text, const std::string &modelVariable);

  /// What was found, by place, up to a limit.
  const std::vector<const diagnostics::Diagnostic *> &findings() const { return found; }

  /// The text; null where it is too large to be a model file.
  const diagnostics::SourceFile *file() const { return source; }
  /// The evaluation of all statements that could be parsed; null as file().
  frontend::Evaluation *evaluation() const { return evaluated.get(); }
  /// Whether there was nothing that could not be parsed.
  bool isParsed() const { return evaluated && evaluated->isParsed(); }

  /// What a place was when it was evaluated, or null.
  const eval::Interpreter::Occurrence *at(diagnostics::SourceRange place) const;

  diagnostics::Engine engine;

private:
  void evaluate(const std::string &path, const std::string &text, const std::string &modelVariable);

  // A context of its own: one for all versions would keep the places of each.
  mlir::MLIRContext context;
  // Keeps MLIR from printing.
  mlir::ScopedDiagnosticHandler silence;
  const diagnostics::SourceFile *source = nullptr;
  std::unique_ptr<frontend::Evaluation> evaluated;
  eval::Interpreter::Occurrences occurrences;
  // Kept: to show a value may run methods of the file, whose mistakes are no findings.
  std::vector<const diagnostics::Diagnostic *> found;
};

} // namespace rondo::lsp

#endif // RONDO_COMPILER_TOOLS_LSP_CHECK_H
