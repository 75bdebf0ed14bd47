//===- Load.cpp - Model files to rondo IR ---------------------------------===//
//
// Parses and evaluates a model file and emits the module of its model.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Evaluation.h"
#include "frontend/keras/Subclassing.h"
#include "frontend/syntax/Parser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

namespace rondo::frontend {

using diagnostics::Code;
using keras::Model;

/// A function of the file that makes a model, going by its name; empty if there is none.
static std::string nameOfMaker(const eval::Interpreter &interpreter) {
  for (const std::string &name : interpreter.globalNames())
    if (interpreter.global(name)->as<eval::Function>() && llvm::StringRef(name).contains("model"))
      return name;
  return "";
}

/// The variable whose model is probably meant: one that is compiled, else one that is no part of
/// another, and of several the one that is made last. There is at least one.
static std::string likelyModel(const eval::Interpreter &interpreter,
                               const std::vector<std::string> &names) {
  auto modelOf = [&](const std::string &name) { return keras::asModel(*interpreter.global(name)); };
  auto isPart = [&](const Model *model) {
    return llvm::any_of(names, [&](const std::string &other) {
      return llvm::any_of(modelOf(other)->operations, [&](const keras::Operation *operation) {
        return operation->object == model;
      });
    });
  };
  auto rank = [&](const std::string &name) {
    const Model *model = modelOf(name);
    return std::pair(model->training ? 2 : isPart(model) ? 0 : 1, model->serial);
  };
  return *llvm::max_element(names, [&](const std::string &one, const std::string &other) {
    return rank(one) < rank(other);
  });
}

/// The model that the file leaves in the variable; null after a report.
static Model *findModel(keras::Session &session, const LoadOptions &options,
                        const diagnostics::SourceFile &file) {
  eval::Interpreter &interpreter = session.in;
  diagnostics::SourceRange end{&file, uint32_t(file.text().size()), uint32_t(file.text().size())};
  auto value = interpreter.global(options.modelVariable);
  if (Model *model = value ? keras::asModel(*value) : nullptr)
    return model->settle(model->place) ? model : nullptr;
  if (const auto *unbuilt = value ? value->as<keras::FileModel>() : nullptr) {
    interpreter
        .report(Code::ModelNotBuilt, unbuilt->operation->place,
                "the model '{}' is never called, so that its shapes are not known",
                unbuilt->operation->name)
        .help("call it on an input, `{0}(keras.Input(shape=(…)))`, or build it, "
              "`{0}.build((None, …))`",
              options.modelVariable);
    return nullptr;
  }
  if (const auto *unknown = value ? value->as<eval::Opaque>() : nullptr) {
    diagnostics::Diagnostic &diagnostic = interpreter.report(
        Code::ModelNotFound, end, "nothing is known of the variable `{}`: it comes from `{}`",
        options.modelVariable, unknown->origin);
    if (unknown->place)
      diagnostic.note(unknown->place, "it comes from here");
    diagnostic.help("let no data and no other package decide how the model is made");
    return nullptr;
  }
  std::vector<std::string> models;
  for (const std::string &name : interpreter.globalNames())
    if (keras::asModel(*interpreter.global(name)))
      models.push_back(name);
  // A script may keep it in a function.
  bool isNamed = options.modelVariable != LoadOptions().modelVariable;
  if (Model *model = session.compiledModel; model && !value && !isNamed && models.empty())
    return model->settle(model->place) ? model : nullptr;
  diagnostics::Diagnostic &diagnostic =
      value ? interpreter.report(Code::ModelNotFound, end,
                                 "the variable `{}` is no model but of type {}",
                                 options.modelVariable, value->typeName())
            : interpreter.report(Code::ModelNotFound, end, "the file leaves no variable `{}`",
                                 options.modelVariable);
  if (interpreter.skippedMain)
    diagnostic.note(interpreter.skippedMain,
                    "what is under this is a training script, and skipped");
  std::string maker = value ? "" : nameOfMaker(interpreter);
  if (models.empty() && !maker.empty())
    diagnostic.help("the model that `{1}` makes is not kept: `{0} = {1}(…)`", options.modelVariable,
                    maker);
  else if (models.empty())
    diagnostic.help("make one: `{} = keras.Model(inputs, outputs)`", options.modelVariable);
  else
    diagnostic.help("`--model {}` names another variable", likelyModel(interpreter, models));
  return nullptr;
}

/// Whether what the model takes, returns and learns has as many axes as the interface
/// can describe; reports what has more.
static bool checkRanks(const Model &model, eval::Interpreter &interpreter) {
  bool allFit = true;
  auto check = [&](size_t rank, diagnostics::SourceRange place, const char *kind,
                   const std::string &name) {
    if (rank <= kMaxRank)
      return;
    allFit = false;
    interpreter
        .report(Code::NotSupportedYet, place, "the {} '{}' of the model has {} axes, more than {}",
                kind, name, rank, kMaxRank)
        .help("`Reshape` makes one axis of several");
  };
  for (const keras::Tensor *input : model.inputs)
    check(input->rank(), input->node->place, "input", Model::inputName(input));
  for (const Model::Output &output : model.outputs)
    check(output.tensor->rank(), output.tensor->node->place, "output", output.name);
  for (const keras::Operation *operation : model.operations)
    for (const keras::Variable *variable : operation->variables)
      check(variable->shape.size(), operation->place, "variable", variable->path);
  return allFit;
}

/// Verifies what was built. A failure is a mistake of ours, and says so.
static bool verifyModule(mlir::ModuleOp module, diagnostics::Engine &engine) {
  std::string text;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    text += (text.empty() ? "" : "; ") + diagnostic.str();
    return mlir::success();
  });
  if (mlir::succeeded(mlir::verify(module)))
    return true;
  engine.report(Code::InternalError, "Rondo built an inconsistent module: {}", text)
      .help("this is a defect of Rondo; please report it with the model file");
  return false;
}

static mlir::MLIRContext &withDialects(mlir::MLIRContext &context) {
  context.loadDialect<RondoDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect>();
  return context;
}

static std::unique_ptr<ast::Module> parseWhole(const diagnostics::SourceFile &file,
                                               diagnostics::Engine &engine, bool &isWhole) {
  size_t errors = engine.errorCount();
  std::unique_ptr<ast::Module> tree = syntax::parse(file, engine);
  isWhole = engine.errorCount() == errors;
  return tree;
}

Evaluation::Evaluation(mlir::MLIRContext &context, const diagnostics::SourceFile &file,
                       diagnostics::Engine &engine)
    : file(file), engine(engine), tree(parseWhole(file, engine, parsed)), interpreter(engine),
      session(withDialects(context), interpreter), catalogue(session) {
  interpreter.findModule = [this](llvm::StringRef name) { return catalogue.findModule(name); };
  interpreter.todaysModule = keras::todaysModule;
  interpreter.namesSoFar = [this] { return session.namesSoFar(); };
  interpreter.moduleNames = [this] { return catalogue.moduleNames(); };
}

void Evaluation::run(const LoadOptions &options) {
  interpreter.run(*tree, options.evaluateMain, options.modelVariable);
  for (const std::function<void()> &check : session.atEnd)
    check();
  if (options.output)
    *options.output << interpreter.printed;
}

std::optional<LoadedModel> Evaluation::load(const LoadOptions &options) {
  Model *model = findModel(session, options, file);
  if (!model || !checkRanks(*model, interpreter))
    return std::nullopt;
  LoadedModel loaded;
  loaded.module = keras::emitModule(*model);
  if (!verifyModule(*loaded.module, engine))
    return std::nullopt;
  loaded.ownTraining = model->ownTraining;
  loaded.isCompiled = model->training.has_value();
  loaded.summary = keras::summarize(*model);
  loaded.fit = model->fit;
  return loaded;
}

std::optional<LoadedModel> loadModelFile(mlir::MLIRContext &context, const std::string &path,
                                         const LoadOptions &options, diagnostics::Engine &engine,
                                         std::optional<std::string> text) {
  size_t errors = engine.errorCount();
  const diagnostics::SourceFile *file =
      text ? &engine.addFile(path, std::move(*text)) : engine.loadFile(path);
  if (!file)
    return std::nullopt;
  Evaluation evaluation(context, *file, engine);
  if (!evaluation.isParsed())
    return std::nullopt;
  evaluation.run(options);
  if (engine.errorCount() != errors)
    return std::nullopt;
  return evaluation.load(options);
}

} // namespace rondo::frontend
