//===- Compile.cpp - rondo compile ------------------------------*- C++ -*-===//
//
// From a model file to a shared library and a header, or to the text of a level.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/tools/rondo/OptionTexts.h"
#include "compiler/tools/rondo/Session.h"
#include "compiler/tools/rondo/Tuning.h"
#include "dialect/IR/RondoDialect.h"
#include "runtime/host/File.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"
#include <cstdio>
#include <set>

namespace rondo::tool {

using diagnostics::Code;

/// The file's name as a C identifier: `my-model.so` gives `my_model`.
static std::string symbolName(llvm::StringRef path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &character : name)
    if (!llvm::isAlnum(character))
      character = '_';
  return name.empty() || llvm::isDigit(name[0]) ? "model_" + name : name;
}

/// The instruction sets that `--target-cpu` stands for, best first; none after
/// an error was reported.
static std::vector<Isa> targetIsas(llvm::StringRef cpu, Session &session) {
  if (cpu == "x86-64-v4")
    return {Isa::Avx512};
  if (cpu == "x86-64-v3")
    return {Isa::Avx2};
  if (cpu == "portable")
    return {Isa::Avx512, Isa::Avx2};
  auto isa = session.hostIsa();
  return isa ? std::vector<Isa>{*isa} : std::vector<Isa>();
}

static Level emittedLevel(llvm::StringRef name) {
  return llvm::StringSwitch<Level>(name)
      .Case("rondo", Level::Rondo)
      .Case("simplified", Level::Simplified)
      .Case("gradients", Level::Gradients)
      .Case("kernels", Level::Kernels)
      .Case("buffers", Level::Buffers)
      .Case("llvm", Level::Llvm)
      .Case("asm", Level::Asm)
      .Default(Level::Object);
}

/// Writes `text` to a file, wholly or not at all, or to stdout without one.
static void writeText(Session &session, const std::string &path, llvm::StringRef text) {
  if (path.empty()) {
    fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  if (llvm::Error error = host::writeFile(path, text))
    session.refuse(Code::FileUnwritable, std::move(error));
}

/// Compiles to the library and the header that the options ask for.
static void writeLibrary(Session &session, mlir::ModuleOp module, CompileOptions &compile,
                         const CompileCommandOptions &options) {
  if (!session.canWrite(options.output, options.model) ||
      (!options.header.empty() && !session.canWrite(options.header, options.model)))
    return;
  compile.name = symbolName(options.output);
  if (llvm::Error error = compileArtifact(module, compile, options.output, options.header))
    session.compilerFailed(std::move(error), options.output);
}

/// Prints the level that `--emit` asks for.
static void writeLevel(Session &session, mlir::ModuleOp module, CompileOptions &compile,
                       const CompileCommandOptions &options) {
  if (!options.output.empty() && !session.canWrite(options.output, options.model))
    return;
  compile.name = symbolName(options.model.path);
  auto text = options.emit == "residuals"
                  ? emitResiduals(module, compile)
                  : emitLevel(module, emittedLevel(options.emit), compile.isas.front(), compile);
  if (text)
    writeText(session, options.output, *text);
  else
    session.compilerFailed(text.takeError(), options.output);
}

/// Prints the report that `--report` asks for.
static void printReport(Session &session, mlir::ModuleOp module, const CompileOptions &compile,
                        const CompileCommandOptions &options) {
  SymbolSizes sizes;
  if (!options.model.sizes.empty()) {
    sizes = *parseSizes(options.model.sizes);
    std::set<std::string> given, open;
    for (auto &[name, size] : sizes)
      given.insert(name);
    for (mlir::Attribute symbol : module->getAttrOfType<mlir::ArrayAttr>(RondoDialect::kSymbols))
      open.insert(mlir::cast<mlir::StringAttr>(symbol).str());
    if (given != open) {
      session.diagnostics
          .report(Code::OptionUnsupported, "`--at {}` does not give a size to each open axis",
                  options.model.sizes)
          .help("open are {}", llvm::join(open, ", "));
      return;
    }
  }
  auto text = reportCost(module, sizes, compile);
  if (text)
    writeText(session, "", *text);
  else
    session.compilerFailed(text.takeError(), options.output);
}

/// Prints who computes what, and why.
static void explainKernels(Session &session, mlir::ModuleOp module, const CompileOptions &compile) {
  if (auto planned = planKernels(module, compile))
    writeText(session, "", planTable(planned->plan));
  else
    session.compilerFailed(planned.takeError(), "");
}

/// Whether the model has what the options ask for by name; reports it if not.
static bool canDifferentiate(Session &session, mlir::ModuleOp module, const Needs &needs) {
  auto signature = getModelSignature(module);
  if (signature)
    return session.canDifferentiate(ModelTable(std::move(*signature)).get(), needs);
  session.compilerFailed(signature.takeError(), "");
  return false;
}

int runCompile(const CompileCommandOptions &options) {
  Session session;
  CompileOptions compile;
  compile.isas = targetIsas(options.targetCpu, session);
  compile.profile = options.model.profile;
  compile.disabledRewrites = options.disabledRewrites;
  if (compile.isas.empty())
    return session.finish();
  compile.wrt = options.wrt;
  auto model = session.load(options.model, Session::MainBlock::WhenCompiledThere);
  if (!model)
    return session.finish();
  const bool hasBudget = !options.model.memoryBudget.empty();
  Needs needs{
      /*loss=*/options.emit == "residuals" || (hasBudget && !options.entries), {}, options.wrt};
  if (hasBudget && options.entries && options.entries->empty()) {
    session.diagnostics
        .report(Code::OptionUnsupported,
                "`--memory-budget` limits entries with gradients, and `--entries` asks for none")
        .help("leave `--memory-budget` away");
    return session.finish();
  }
  if (options.entries) {
    compile.entries = needs.entries = *options.entries;
    needs.loss |= llvm::any_of(needs.entries,
                               [](DerivedEntry entry) { return entry != DerivedEntry::Vjp; });
  }
  const bool follows = options.tuned && options.emit.empty() && !options.output.empty();
  if ((needs.loss && !session.requireLoss(*model, options.model)) ||
      !canDifferentiate(session, *model->module, needs) ||
      !session.setKernels(options.model, compile) ||
      !session.setMemory(*model->module, options.model, compile) ||
      (follows && !followTuning(session, *model->module, options.model, options.output, compile)) ||
      !session.checkLayers(*model->module, compile))
    return session.finish();
  if (!options.emit.empty())
    writeLevel(session, *model->module, compile, options);
  else if (!options.output.empty())
    writeLibrary(session, *model->module, compile, options);
  session.checkMemory();
  if (options.reportCost)
    printReport(session, *model->module, compile, options);
  if (options.explainKernels)
    explainKernels(session, *model->module, compile);
  return session.finish();
}

} // namespace rondo::tool
