//===- Session.cpp - One run of the rondo tool ------------------*- C++ -*-===//
//
// Model files, diagnostics and defects.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/Session.h"
#include "compiler/Compiler.h"
#include "compiler/Memory.h"
#include "compiler/tools/rondo/OptionTexts.h"
#include "compiler/tools/rondo/Terminal.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/host/File.h"
#include "runtime/host/Run.h"
#include "runtime/host/Weights.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Signals.h"
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace rondo::tool {

using diagnostics::Code;

static_assert(frontend::kMaxRank == RONDO_MAX_RANK);

/// Keeps what MLIR says instead of letting it print: users see it only as part
/// of a defect.
class Session::MlirMessages {
public:
  explicit MlirMessages(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &diagnostic) {
          text += fmt::format("  {}: {}\n", describe(diagnostic.getLocation()), diagnostic.str());
          return mlir::success();
        }) {}

  std::string text;

private:
  static std::string describe(mlir::Location location) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    location.print(stream);
    return text;
  }

  mlir::ScopedDiagnosticHandler handler;
};

Session::Session() = default;
Session::~Session() = default;

mlir::MLIRContext &Session::context() {
  if (!mlirContext) {
    mlir::DialectRegistry registry;
    registerCompilerDialects(registry);
    // A thread pool costs more at start-up than one small module gains by it.
    mlirContext =
        std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
    messages = std::make_unique<MlirMessages>(*mlirContext);
  }
  return *mlirContext;
}

std::optional<frontend::LoadedModel> Session::load(const ModelFileOptions &options, MainBlock main,
                                                   std::optional<std::string> text) {
  if (host::isLibrary(options.path)) {
    diagnostics.report(Code::FileUnreadable, "`{}` is a library; this command takes a model file",
                       options.path);
    return std::nullopt;
  }
  frontend::LoadOptions load;
  load.modelVariable = options.variable;
  load.evaluateMain = main == MainBlock::Evaluate;
  load.output = text ? nullptr : &llvm::errs();
  auto model = frontend::loadModelFile(context(), options.path, load, diagnostics, text);
  if (!model || model->isCompiled || load.evaluateMain)
    return model;
  // The file may call model.compile(...) in its training script. What else that
  // script does is no business of this command.
  load.evaluateMain = true;
  load.output = nullptr;
  diagnostics::Engine unheard;
  auto withMain = frontend::loadModelFile(context(), options.path, load, unheard, text);
  return withMain && withMain->isCompiled ? std::move(withMain) : std::move(model);
}

bool Session::namesLibrary(const ModelFileOptions &options) {
  return host::isLibrary(options.path) || llvm::StringRef(options.path).ends_with(".so");
}

std::optional<host::Artifact> Session::open(const ModelFileOptions &options, const Needs &needs) {
  if (namesLibrary(options)) {
    auto artifact = accept(Code::LibraryUnusable, host::Artifact::open(options.path));
    bool lacksProfile = artifact && options.profile && !artifact->model().profile;
    const char *late = lacksProfile                     ? "--profile"
                       : options.kernels != "auto"      ? "--kernels"
                       : !options.layerKernels.empty()  ? "--kernels-for"
                       : !options.memoryBudget.empty()  ? "--memory-budget"
                       : !options.storedWeights.empty() ? "--weights"
                                                        : nullptr;
    if (!artifact || !late)
      return artifact;
    diagnostics
        .report(Code::OptionUnsupported, "`{}` is compiled already: `{}` comes too late",
                options.path, late)
        .help("give it to `rondo compile`");
    return std::nullopt;
  }
  auto model = loadFor(options, needs);
  return model ? compileAndOpen(*model->module, options, needs) : std::nullopt;
}

std::optional<ReferenceModel> Session::openReference(const ModelFileOptions &options,
                                                     const Needs &needs) {
  if (namesLibrary(options)) {
    diagnostics
        .report(Code::OptionUnsupported, "`{}` is compiled already: `--reference` comes too late",
                options.path)
        .help("give the command the model file that it was compiled from");
    return std::nullopt;
  }
  auto model = loadFor(options, needs);
  if (!model)
    return std::nullopt;
  CompileOptions compile;
  compile.entries = needs.entries;
  compile.wrt = needs.wrt;
  auto reference = ReferenceModel::create(*model->module, compile);
  if (reference)
    return std::move(*reference);
  compilerFailed(reference.takeError(), options.path);
  return std::nullopt;
}

std::optional<frontend::LoadedModel> Session::loadFor(const ModelFileOptions &options,
                                                      const Needs &needs) {
  auto model = load(options, needs.loss ? MainBlock::Evaluate : MainBlock::WhenCompiledThere);
  if (model && needs.loss && !requireLoss(*model, options))
    return std::nullopt;
  return model;
}

bool Session::requireLoss(const frontend::LoadedModel &model, const ModelFileOptions &options) {
  if (model.isCompiled)
    return true;
  if (model.ownTraining == frontend::kOwnOptimizer) {
    diagnostics
        .report(Code::NotSupportedYet,
                "`{}` is compiled with an optimizer that is none of `keras.optimizers`",
                options.variable)
        .help("compile it with one of them, and `rondo train` trains it");
    return false;
  }
  if (!model.ownTraining.empty()) {
    diagnostics
        .report(Code::NotSupportedYet,
                "`{}` has a `{}` of the file's own, which is not supported yet", options.variable,
                model.ownTraining)
        .help(
            "give the loss to `compile(loss=…)`, where it may be a function of `y_true` and "
            "`y_pred`, add what is lost besides in `call`, `self.add_loss(…)`, and leave `{}` out: "
            "training then does the same in compiled code",
            model.ownTraining);
    return false;
  }
  diagnostics
      .report(Code::ModelNotCompiled, "`{}` has no loss: {} does not call `{}.compile(...)`",
              options.variable, options.path, options.variable)
      .help("add `{}.compile(optimizer=..., loss=..., metrics=[...])` to the file",
            options.variable);
  return false;
}

bool Session::canDifferentiate(const rondo_model &model, const Needs &needs) {
  llvm::Error nothing = host::checkWrt(model, static_cast<int64_t>(needs.wrt));
  bool isInteger =
      llvm::all_of(llvm::ArrayRef(model.outputs, model.num_outputs),
                   [](const rondo_tensor_info &output) { return output.dtype != RONDO_F32; });
  if (!nothing && isInteger && llvm::is_contained(needs.entries, DerivedEntry::Vjp))
    nothing = host::error("the outputs of the model `{}` are integers, which have no derivatives",
                          model.name);
  if (!nothing)
    return true;
  refuse(Code::NotDifferentiable, std::move(nothing));
  return false;
}

bool Session::setKernels(const ModelFileOptions &model, CompileOptions &options) {
  options.kernels = llvm::StringSwitch<Kernels>(model.kernels)
                        .Case("onednn", Kernels::Onednn)
                        .Case("generated", Kernels::Generated)
                        .Default(Kernels::Auto);
  options.weights = llvm::StringSwitch<WeightType>(model.storedWeights)
                        .Case("f32", WeightType::F32)
                        .Case("bf16", WeightType::Bf16)
                        .Default(WeightType::Policy);
  if (options.weights == WeightType::Bf16 && options.kernels == Kernels::Onednn) {
    diagnostics
        .report(Code::OptionUnsupported,
                "`--weights=bf16` needs generated kernels: oneDNN's read f32 weights")
        .help("leave `--kernels=onednn` away");
    return false;
  }
  for (const std::string &text : model.layerKernels) {
    auto [layer, implementation] = *parseLayerKernels(text);
    if (options.layerKernels.emplace(layer, implementation).second)
      continue;
    diagnostics.report(Code::OptionUnsupported, "`--kernels-for` names `{}` twice", layer)
        .help("name each layer once");
    return false;
  }
  return true;
}

bool Session::checkLayers(mlir::ModuleOp module, const CompileOptions &options) {
  if (options.layerKernels.empty() || options.layersAreTuned)
    return true;
  auto planned = planKernels(module, options);
  if (!planned) {
    compilerFailed(planned.takeError(), "");
    return false;
  }
  auto problem = findLayerProblem(planned->plan, options.layerKernels);
  if (!problem)
    return true;
  auto &error = diagnostics.report(Code::OptionUnsupported, "`--kernels-for`: {}", problem->what);
  if (auto match = diagnostics::closestMatch(problem->layer, problem->known))
    error.help("did you mean `{}`?", *match);
  else if (!problem->known.empty())
    error.help("those that do are `{}`", llvm::join(problem->known, "`, `"));
  else
    error.help("leave `{}` away", problem->layer);
  return false;
}

std::optional<host::Artifact>
Session::compileAndOpen(mlir::ModuleOp module, const ModelFileOptions &model, const Needs &needs) {
  CompileOptions options;
  options.entries = needs.entries;
  options.wrt = needs.wrt;
  options.profile = model.profile;
  auto isa = hostIsa();
  if (!isa || !setKernels(model, options) || !setMemory(module, model, options))
    return std::nullopt;
  // One version is enough for this machine, unless the user limits which.
  if (!getenv("RONDO_MAX_ISA"))
    options.isas = {*isa};
  if (!checkLayers(module, options))
    return std::nullopt;

  auto artifact = openCompiled(module, options);
  if (artifact)
    checkMemory();
  return artifact;
}

std::optional<host::Artifact> Session::openCompiled(mlir::ModuleOp module,
                                                    const CompileOptions &options) {
  llvm::SmallString<128> path;
  if (std::error_code status = llvm::sys::fs::createTemporaryFile("rondo", "so", path)) {
    diagnostics.report(Code::FileUnwritable, "no temporary file can be made: {}", status.message());
    return std::nullopt;
  }
  llvm::FileRemover remover(path);
  llvm::sys::RemoveFileOnSignal(path);
  if (llvm::Error error = compileArtifact(module, options, path.str().str(), "")) {
    compilerFailed(std::move(error), path);
    return std::nullopt;
  }
  return accept(Code::LibraryUnusable, host::Artifact::open(path.str().str()));
}

bool Session::setMemory(mlir::ModuleOp module, const ModelFileOptions &model,
                        CompileOptions &options) {
  options.sizes.batch = model.batchToPlan;
  options.sizes.steps = model.stepsToPlan;
  if (!model.sizes.empty())
    options.sizes.named = *parseSizes(model.sizes);
  if (!accept(Code::OptionUnsupported, sizesOf(module, options.sizes)))
    return false;
  if (model.memoryBudget.empty())
    return true;
  const bool forcesOnednn = llvm::any_of(options.layerKernels, [](const auto &layer) {
    return layer.second == Implementation::Onednn;
  });
  if (options.kernels == Kernels::Onednn || forcesOnednn) {
    diagnostics
        .report(Code::OptionUnsupported,
                "`--memory-budget` needs generated kernels: how much oneDNN's take is only known "
                "when they run")
        .help("leave `{}` away", forcesOnednn ? "--kernels-for" : "--kernels=onednn");
    return false;
  }
  options.memoryBudget = parseMemoryBudget(model.memoryBudget);
  options.memoryOutcomes = &memory;
  return true;
}

void Session::checkMemory() {
  for (const MemoryOutcome &outcome : memory) {
    if (outcome.reached <= outcome.allowed)
      continue;
    DerivedEntry entry = outcome.entries.front();
    std::string name = entry == DerivedEntry::Vjp || entry == DerivedEntry::Hvp
                           ? fmt::format("`{}`", entryName(entry).str())
                           : "training";
    std::string sizes;
    for (auto &[symbol, size] : outcome.sizes)
      sizes += fmt::format("{}{} = {}", sizes.empty() ? " with " : ", ", symbol, size);
    auto &warning =
        diagnostics.report(Code::MemoryBudgetMissed,
                           "{} needs an arena of {} bytes{}: the budget of {} bytes cannot be met",
                           name, outcome.reached, sizes, outcome.allowed);
    if (outcome.reached < outcome.everything)
      warning.help("saving everything takes {} bytes; smaller batches take less",
                   outcome.everything);
    else
      warning.help("it saves everything: to compute some of it again would not help; smaller "
                   "batches take less");
  }
}

std::optional<Isa> Session::hostIsa() {
  for (Isa isa : CompileOptions().isas)
    if (hostSupports(isa))
      return isa;
  diagnostics.report(Code::CpuUnsupported, "this processor has neither AVX-512 nor AVX2 with FMA")
      .help("`rondo compile` can compile for another machine");
  return std::nullopt;
}

bool Session::canWrite(const std::string &path, const ModelFileOptions &model) {
  if (llvm::sys::fs::equivalent(path, model.path)) {
    diagnostics.report(Code::FileUnwritable, "cannot write `{}`: it is the model itself", path);
    return false;
  }
  return accept(Code::FileUnwritable, host::PendingFile::create(path)).has_value();
}

bool Session::canWriteWeights(const std::string &path, const ModelFileOptions &model) {
  if (llvm::Error error = host::checkWeightsName(path)) {
    refuse(Code::FileUnwritable, std::move(error));
    return false;
  }
  return canWrite(path, model);
}

void Session::refuse(Code code, llvm::Error error) {
  diagnostics.report(code, "{}", llvm::toString(std::move(error)));
}

void Session::note(const std::vector<std::string> &notes) {
  for (const std::string &text : notes)
    diagnostics.report(Code::DataIgnored, "{}", text);
}

void Session::compilerFailed(llvm::Error error, llvm::StringRef output) {
  llvm::StringSet<> defects; // each clone may have the same to say
  auto notDifferentiable = [&](const NotDifferentiable &problem) {
    diagnostics
        .report(Code::NotDifferentiable,
                diagnostics.placeAt(problem.file, problem.line, problem.column), "{}", problem.what)
        .help("freeze the layer (`trainable = False`), or ask for other derivatives");
  };
  llvm::handleAllErrors(std::move(error), notDifferentiable, [&](const llvm::ErrorInfoBase &info) {
    if (info.convertToErrorCode() != llvm::inconvertibleErrorCode()) {
      diagnostics.report(Code::FileUnwritable, "`{}` cannot be written: {}", output,
                         info.convertToErrorCode().message());
      return;
    }
    defect = true;
    if (defects.insert(info.message()).second)
      sayInternalError(info.message() + "\n" + (messages ? messages->text : ""));
  });
}

int Session::finish() {
  diagnostics::RenderOptions options;
  options.color = hasColor(STDERR_FILENO);
  say("{}", diagnostics.render(options));
  bool failed = diagnostics.hasErrors();
  for (const diagnostics::Diagnostic *diagnostic : diagnostics.sorted())
    defect |= diagnostic->code == Code::InternalError;
  diagnostics.truncate(0);
  return defect ? InternalError : failed ? UserError : Fine;
}

void sayInternalError(llvm::StringRef what) {
  auto say = [](llvm::StringRef text) {
    // Nothing can be done when even this fails.
    [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text.data(), text.size());
  };
  say("rondo: internal error: ");
  say(what.rtrim());
  say("\nThis is a defect of Rondo, not of your file. Please report it with the model file, the\n"
      "command and the output of `rondo --version`.\n");
}

} // namespace rondo::tool
