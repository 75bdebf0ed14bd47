//===- Evaluation.h - A model file, evaluated and kept ----------*- C++ -*-===//
//
// The steps of loadModelFile one by one, for those who ask more of a file than its
// module: an editor shows what each name is while the file is being typed.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_EVALUATION_H
#define RONDO_FRONTEND_KERAS_EVALUATION_H

#include "frontend/Frontend.h"
#include "frontend/keras/Catalogue.h"

namespace rondo::frontend {

/// Owns all that a model file's evaluation makes. The file, the diagnostics and the
/// context have to live longer.
class Evaluation {
public:
  /// Parses `file`, which belongs to `engine`.
  Evaluation(mlir::MLIRContext &context, const diagnostics::SourceFile &file,
             diagnostics::Engine &engine);

  /// Whether the whole file could be parsed: otherwise the tree lacks statements.
  bool isParsed() const { return parsed; }

  /// Evaluates the statements of the tree.
  void run(const LoadOptions &options);

  /// What the file leaves in the model's variable, as a module. Nothing after a
  /// report.
  std::optional<LoadedModel> load(const LoadOptions &options);

  const diagnostics::SourceFile &file;
  diagnostics::Engine &engine;

private:
  bool parsed = false;

public:
  const std::unique_ptr<ast::Module> tree;
  eval::Interpreter interpreter;
  keras::Session session;
  keras::Catalogue catalogue;
};

} // namespace rondo::frontend

#endif // RONDO_FRONTEND_KERAS_EVALUATION_H
