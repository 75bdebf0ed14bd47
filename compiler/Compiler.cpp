//===- Compiler.cpp - From a rondo module to an artifact ------------------===//
//
// Runs the pipeline. The levels that do not depend on the machine are made
// once; from there on, each instruction set has its own clone of the module, in
// a context of its own, on a thread of its own.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"
#include "compiler/Memory.h"
#include "compiler/Pipeline.h"
#include "compiler/buffers/Passes.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/Passes.h"
#include "compiler/differentiate/Residuals.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/kernels/Traffic.h"
#include "compiler/signature/Cost.h"
#include "compiler/signature/FlopCount.h"
#include "compiler/signature/ModelSignature.h"
#include "compiler/simplify/Rewrites.h"
#include "dialect/IR/ReverseMode.h"
#include "dialect/IR/RondoDialect.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <thread>

using namespace mlir;

namespace rondo {

char NotDifferentiable::ID;

void NotDifferentiable::log(llvm::raw_ostream &stream) const {
  if (line)
    stream << file << ":" << line << ":" << column << ": ";
  stream << what;
}

void registerCompilerDialects(DialectRegistry &registry) {
  registry.insert<RondoDialect, kernel::KernelDialect, arith::ArithDialect, func::FuncDialect>();
  registerBufferization(registry);
  registerCodegenDialects(registry);
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

/// Runs what leads from the level `from` to `to`; from nothing where `from` is
/// empty, so that the module is checked as it comes from the frontend.
static LogicalResult lowerBetween(ModuleOp module, std::optional<Level> from, Level to, Isa isa,
                                  const CompileOptions &options) {
  auto runLevels = [&](int first, int last) {
    PassManager passes(module.getContext(), ModuleOp::getOperationName());
    passes.enableVerifier(true);
    for (int level = first; level <= last; ++level)
      populateLevelPasses(passes, static_cast<Level>(level), isa, options);
    return passes.run(module);
  };
  int first = from ? static_cast<int>(*from) + 1 : static_cast<int>(Level::Rondo);
  int last = std::min(static_cast<int>(to), static_cast<int>(Level::Llvm));
  // What is saved has to be known before the module is differentiated.
  const int gradients = static_cast<int>(Level::Gradients);
  if (options.memoryBudget && first <= gradients && gradients <= last) {
    if (failed(runLevels(first, gradients - 1)))
      return failure();
    FailureOr<std::vector<MemoryOutcome>> outcomes = chooseResiduals(module, isa, options);
    if (failed(outcomes))
      return failure();
    if (options.memoryOutcomes)
      *options.memoryOutcomes = std::move(*outcomes);
    first = gradients;
  }
  return runLevels(first, last);
}

LogicalResult lowerToLevel(ModuleOp module, Level level, Isa isa, const CompileOptions &options) {
  return lowerBetween(module, std::nullopt, level, isa, options);
}

namespace {

/// Collects the errors of a context as text while it lives: `FILE:LINE:COLUMN: what`.
class ErrorText {
public:
  explicit ErrorText(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return success();
          llvm::raw_string_ostream stream(text);
          stream << (text.empty() ? "" : "\n");
          auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
          if (!noRule && isAboutRules(diagnostic))
            noRule = std::make_unique<NotDifferentiable>(
                diagnostic.str(), place ? place.getFilename().str() : "",
                place ? place.getLine() : 0, place ? place.getColumn() : 0);
          if (place)
            stream << place.getFilename().getValue() << ":" << place.getLine() << ":"
                   << place.getColumn() << ": ";
          stream << diagnostic;
          return success();
        }) {}

  /// What was collected, or `otherwise` if nothing was.
  llvm::Error take(const llvm::Twine &otherwise) {
    if (noRule)
      return llvm::Error(std::move(noRule));
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   text.empty() ? otherwise.str() : std::exchange(text, {}));
  }

private:
  static bool isAboutRules(Diagnostic &diagnostic) {
    return llvm::any_of(diagnostic.getNotes(),
                        [](Diagnostic &note) { return note.str() == kNoRuleNote; });
  }

  std::string text;
  std::unique_ptr<NotDifferentiable> noRule;
  ScopedDiagnosticHandler handler;
};

} // namespace

llvm::Expected<std::string> emitLevel(ModuleOp module, Level level, Isa isa,
                                      const CompileOptions &options) {
  OwningOpRef<ModuleOp> clone(module.clone());
  ErrorText errors(module.getContext());
  if (failed(lowerToLevel(*clone, level, isa, options)))
    return errors.take("lowering to '" + levelName(level) + "' failed");
  if (level == Level::Asm)
    return emitAssembly(*clone, isa);
  if (level == Level::Object) {
    llvm::Expected<ObjectBytes> object = emitObject(*clone, isa);
    if (!object)
      return object.takeError();
    return std::string(object->begin(), object->end());
  }
  std::string text;
  llvm::raw_string_ostream(text) << *clone << "\n";
  return text;
}

llvm::Expected<OwningOpRef<ModuleOp>> differentiate(ModuleOp module,
                                                    const CompileOptions &options) {
  OwningOpRef<ModuleOp> clone(module.clone());
  ErrorText errors(module.getContext());
  // The instruction set matters up to here only to a budget: packed weights are largest
  // for the widest vectors.
  if (failed(lowerToLevel(*clone, Level::Gradients, options.isas.front(), options)))
    return errors.take("differentiation failed");
  return clone;
}

llvm::Expected<PlannedModule> planKernels(ModuleOp module, const CompileOptions &options) {
  CompileOptions lower = options;
  lower.layerKernels.clear(); // the caller says what is wrong with them
  llvm::Expected<OwningOpRef<ModuleOp>> gradients = differentiate(module, lower);
  if (!gradients)
    return gradients.takeError();
  llvm::Expected<KernelPlan> plan = planKernels(**gradients, options.kernelRequest());
  if (!plan)
    return plan.takeError();
  return PlannedModule{std::move(*gradients), std::move(*plan)};
}

static bool hasOp(ModuleOp module, llvm::function_ref<bool(Operation *)> isWanted) {
  auto visit = [&](Operation *op) {
    return isWanted(op) ? WalkResult::interrupt() : WalkResult::advance();
  };
  return module.walk(visit).wasInterrupted();
}

static bool callsOnednn(ModuleOp module) { return hasOp(module, isForOnednn); }

static bool readsBf16Weights(ModuleOp module) {
  return hasOp(module, [](Operation *op) { return op->hasAttr(RondoDialect::kWeights); });
}

llvm::Expected<std::string> emitResiduals(ModuleOp module, CompileOptions options) {
  options.entries = {DerivedEntry::LossAndGradients};
  llvm::Expected<OwningOpRef<ModuleOp>> gradients = differentiate(module, options);
  if (!gradients)
    return gradients.takeError();
  llvm::Expected<SymbolSizes> sizes = sizesOf(**gradients, options.sizes);
  if (!sizes)
    return sizes.takeError();
  auto entry = (*gradients)->lookupSymbol<func::FuncOp>("loss_and_gradients");
  assert(entry && "a module with a loss has gradients");
  std::string text = residualTable(entry, *sizes);
  if (callsOnednn(**gradients))
    return text; // only oneDNN knows, when the model runs
  ErrorText errors(module.getContext());
  FailureOr<int64_t> arena = measureArena(**gradients, options.isas.front(), options, *sizes);
  if (failed(arena))
    return errors.take("planning memory failed");
  return text + llvm::formatv("{0} bytes of arena\n", *arena).str();
}

/// A copy of `module` at the gradients level without the rewrites `disabled`.
static OwningOpRef<ModuleOp> lowerWithout(ModuleOp module, std::vector<std::string> disabled,
                                          CompileOptions options) {
  options.disabledRewrites = std::move(disabled);
  OwningOpRef<ModuleOp> clone(module.clone());
  if (failed(lowerToLevel(*clone, Level::Gradients, Isa::Avx2, options)))
    return {};
  return clone;
}

llvm::Expected<std::string> reportCost(ModuleOp module, const SymbolSizes &sizes,
                                       const CompileOptions &options) {
  ErrorText errors(module.getContext());
  OwningOpRef<ModuleOp> lowered = lowerWithout(module, options.disabledRewrites, options);
  if (!lowered)
    return errors.take("lowering to 'gradients' failed");
  std::vector<std::pair<std::string, OwningOpRef<ModuleOp>>> without;
  std::vector<std::string> all = rewriteNames();
  for (const std::string &name : all) {
    std::vector<std::string> disabled = options.disabledRewrites;
    disabled.push_back(name);
    if (!llvm::is_contained(options.disabledRewrites, name))
      without.emplace_back(name, lowerWithout(module, disabled, options));
  }
  without.emplace_back("all together", lowerWithout(module, all, options));

  OwningOpRef<ModuleOp> kernels(lowered->clone());
  if (failed(lowerBetween(*kernels, Level::Gradients, Level::Kernels, Isa::Avx2, options)))
    return errors.take("lowering to 'kernels' failed");
  std::vector<std::string> symbols = symbolsOf(module);

  std::string text;
  for (auto entry : lowered->getOps<func::FuncOp>()) {
    StringRef name = entry.getSymName();
    text += ("@" + name + ": flops and bytes of each op\n").str() + costTable(entry, sizes);
    text += ("\n@" + name + ": what rewrites save\n").str();
    for (auto &[rewrite, other] : without) {
      if (!other)
        return errors.take("lowering without '" + rewrite + "' failed");
      Cost saved = costOf(other->lookupSymbol<func::FuncOp>(name)) - costOf(entry);
      text += costLine(saved, sizes, rewrite);
    }
    auto generated = kernels->lookupSymbol<func::FuncOp>(name);
    text += ("\n@" + name + ": bytes that each kernel reads and writes\n").str() +
            trafficTable(generated, symbols, sizes) + "\n";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Artifacts
//===----------------------------------------------------------------------===//

namespace {

/// Machine code of one instruction set.
struct IsaClone {
  IsaEntries entries;
  ObjectBytes object;
};

} // namespace

/// Takes a module at the gradients level, as bytecode, down to an object, in a
/// context of its own.
static llvm::Expected<IsaClone> compileClone(llvm::StringRef bytecode, Isa isa,
                                             const CompileOptions &options) {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  ErrorText errors(&context);
  ParserConfig config(&context, /*verifyAfterParse=*/true);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(bytecode, config);
  if (!module || failed(lowerBetween(*module, Level::Gradients, Level::Llvm, isa, options)))
    return errors.take("lowering for " + isaName(isa) + " failed");
  llvm::Expected<IsaEntries> entries = collectEntries(*module, isa);
  if (!entries)
    return entries.takeError();
  llvm::Expected<ObjectBytes> object = emitObject(*module, isa);
  if (!object)
    return object.takeError();
  return IsaClone{std::move(*entries), std::move(*object)};
}

/// The clones for `options.isas`, in that order, each made on its own thread.
static llvm::Expected<std::vector<IsaClone>> compileClones(llvm::StringRef bytecode,
                                                           const CompileOptions &options) {
  std::vector<std::optional<llvm::Expected<IsaClone>>> results(options.isas.size());
  std::vector<std::thread> threads;
  for (auto [result, isa] : llvm::zip(results, options.isas))
    threads.emplace_back(
        [&, &result = result, isa = isa] { result.emplace(compileClone(bytecode, isa, options)); });
  for (std::thread &thread : threads)
    thread.join();

  // What is wrong with one clone is mostly wrong with all: say it once.
  std::vector<IsaClone> clones;
  llvm::Error error = llvm::Error::success();
  for (auto &result : results) {
    if (*result)
      clones.push_back(std::move(**result));
    else if (error)
      llvm::consumeError(result->takeError());
    else
      error = result->takeError();
  }
  if (error)
    return error;
  return clones;
}

namespace {

/// The module at the gradients level.
struct GradientsLevel {
  std::string bytecode;
  /// The flops of each entry.
  llvm::json::Object flops;
  bool callsOnednn;
  bool readsBf16Weights;
};

} // namespace

/// Lowers a copy; `module` stays as it is.
static llvm::Expected<GradientsLevel> lowerToGradients(ModuleOp module,
                                                       const CompileOptions &options) {
  llvm::Expected<OwningOpRef<ModuleOp>> gradients = differentiate(module, options);
  if (!gradients)
    return gradients.takeError();
  GradientsLevel level;
  level.callsOnednn = callsOnednn(**gradients);
  level.readsBf16Weights = readsBf16Weights(**gradients);
  llvm::raw_string_ostream stream(level.bytecode);
  ErrorText errors(module.getContext());
  if (failed(writeBytecodeToFile(**gradients, stream)))
    return errors.take("the module cannot be written as bytecode");
  for (auto entry : (*gradients)->getOps<func::FuncOp>())
    level.flops[entry.getSymName()] = countFlops(entry).str();
  return level;
}

/// What the artifact says about how it was made and what tools want to know of
/// the model beyond its interface: a JSON object.
static std::string buildInfo(const CompileOptions &options, const ModelSignature &signature,
                             GradientsLevel &level) {
  llvm::json::Array isas, stored;
  for (Isa isa : options.isas)
    isas.push_back(isaName(isa));
  for (const ParameterSignature &parameter : signature.parameters)
    stored.push_back(parameter.stored);
  llvm::json::Object info{{"compiler", "rondo " RONDO_VERSION},
                          {"llvm", LLVM_VERSION_STRING},
                          {"isas", std::move(isas)},
                          {"kernels", level.callsOnednn ? "onednn" : "generated"},
                          {"weights", level.readsBf16Weights ? "bf16" : "f32"},
                          {"flops", std::move(level.flops)},
                          {"stored", std::move(stored)}};
  return llvm::formatv("{0}", llvm::json::Value(std::move(info))).str();
}

/// `options.runtimeArchive`, or where it lies relative to the running tool; and
/// beside it the shim, where oneDNN is called.
static llvm::Expected<std::vector<std::string>> findArchives(const CompileOptions &options,
                                                             bool callsOnednn) {
  llvm::SmallString<128> runtime(options.runtimeArchive);
  if (runtime.empty()) {
    runtime = llvm::sys::fs::getMainExecutable(nullptr, nullptr);
    llvm::sys::path::remove_filename(runtime);
    llvm::sys::path::append(runtime, "..", "lib", "rondo", "librondo_rt.a");
  }
  std::vector<std::string> archives{runtime.str().str()};
  if (callsOnednn) {
    llvm::SmallString<128> shim = llvm::sys::path::parent_path(runtime);
    llvm::sys::path::append(shim, "librondo_onednn.a");
    archives.push_back(shim.str().str());
  }
  for (const std::string &archive : archives)
    if (!llvm::sys::fs::exists(archive))
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     "the archive '" + archive +
                                         "' is missing; it belongs to the installation");
  return archives;
}

/// Whether a file can be made at `path`: better to know before compiling.
static llvm::Error checkWritable(const std::string &path) {
  llvm::SmallString<128> folder(path);
  if (std::error_code code = llvm::sys::fs::make_absolute(folder))
    return llvm::createFileError(path, code);
  llvm::sys::path::remove_filename(folder);
  if (llvm::sys::fs::is_directory(path))
    return llvm::createFileError(path, std::make_error_code(std::errc::is_a_directory));
  if (std::error_code code = llvm::sys::fs::access(folder, llvm::sys::fs::AccessMode::Write))
    return llvm::createFileError(path, code);
  return llvm::Error::success();
}

/// Writes a file that appears under its name complete or not at all.
static llvm::Error writeText(const std::string &path, llvm::StringRef text) {
  llvm::Expected<llvm::sys::fs::TempFile> file =
      llvm::sys::fs::TempFile::create(path + ".%%%%%%.tmp");
  if (!file)
    return llvm::createFileError(path, file.takeError());
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << text;
  stream.flush();
  std::error_code code = stream.error();
  stream.clear_error();
  if (code)
    return llvm::joinErrors(llvm::createFileError(path, code), file->discard());
  return file->keep(path);
}

llvm::Error compileArtifact(ModuleOp module, const CompileOptions &options,
                            const std::string &libraryPath, const std::string &headerPath) {
  for (const std::string &path : {libraryPath, headerPath})
    if (!path.empty())
      if (llvm::Error error = checkWritable(path))
        return error;
  llvm::Expected<ModelSignature> signature = getModelSignature(module);
  if (!signature)
    return signature.takeError();
  signature->name = options.name;
  signature->wrt = options.wrt;

  llvm::Expected<GradientsLevel> level = lowerToGradients(module, options);
  if (!level)
    return level.takeError();
  llvm::Expected<std::vector<std::string>> archives = findArchives(options, level->callsOnednn);
  if (!archives)
    return archives.takeError();
  llvm::Expected<std::vector<IsaClone>> clones = compileClones(level->bytecode, options);
  if (!clones)
    return clones.takeError();

  std::vector<ObjectBytes> objects;
  std::vector<IsaEntries> entries;
  for (IsaClone &clone : *clones) {
    entries.push_back(std::move(clone.entries));
    objects.push_back(std::move(clone.object));
  }
  llvm::Expected<ObjectBytes> descriptor =
      emitDescriptorObject(*signature, entries, buildInfo(options, *signature, *level));
  if (!descriptor)
    return descriptor.takeError();
  objects.push_back(std::move(*descriptor));

  if (llvm::Error error =
          linkSharedLibrary(objects, *archives, exportedSymbol(options.name), libraryPath))
    return error;
  if (headerPath.empty())
    return llvm::Error::success();
  llvm::Error error = writeText(headerPath, generateHeader(*signature));
  if (error)
    llvm::sys::fs::remove(libraryPath); // one without the other is of no use
  return error;
}

} // namespace rondo
