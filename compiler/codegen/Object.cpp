//===- Object.cpp - LLVM IR to machine code -------------------------------===//
//
// Kernels arrive in the shape they should have, so IR passes only clean up what
// is cheap to clean: repeated address arithmetic, and what does not change in a loop.
//
//===----------------------------------------------------------------------===//

#include "compiler/codegen/Object.h"
#include "compiler/kernels/IR/KernelDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopRotation.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace mlir;

namespace rondo {
namespace codegen {

static llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeTarget(std::optional<Isa> isa) {
  static const bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)initialized;
  const std::string triple = "x86_64-unknown-linux-gnu";
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return failure(error);
  StringRef cpu = !isa ? "x86-64" : *isa == Isa::Avx2 ? "x86-64-v3" : "x86-64-v4";
  llvm::TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu, "", options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

/// Cheap passes over each function.
static void cleanUp(llvm::Module &module, llvm::TargetMachine &target) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&target);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);

  llvm::FunctionPassManager passes;
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/false));
  passes.addPass(llvm::SimplifyCFGPass());
  llvm::LoopPassManager loopPasses;
  loopPasses.addPass(llvm::LoopRotatePass());
  loopPasses.addPass(llvm::LICMPass(llvm::LICMOptions()));
  passes.addPass(
      llvm::createFunctionToLoopPassAdaptor(std::move(loopPasses), /*UseMemorySSA=*/true));
  passes.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/false));
  llvm::ModulePassManager manager;
  manager.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(passes)));
  manager.run(module, modules);
}

llvm::Expected<ObjectBytes> generateCode(llvm::Module &module, std::optional<Isa> isa,
                                         llvm::CodeGenFileType type) {
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> target = makeTarget(isa);
  if (!target)
    return target.takeError();
  module.setTargetTriple((*target)->getTargetTriple().str());
  module.setDataLayout((*target)->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  if (isa) {
    // x86-64-v4 prefers 256 bits unless a function says otherwise.
    std::string width = std::to_string(isaLanes(*isa) * 32);
    for (llvm::Function &function : module) {
      function.addFnAttr("min-legal-vector-width", width);
      function.addFnAttr("prefer-vector-width", width);
    }
  }
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyModule(module, &stream))
    return failure("generated LLVM IR is not valid: " + problem);
  cleanUp(module, **target);

  ObjectBytes bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager codegen;
  codegen.add(llvm::createTargetTransformInfoWrapperPass((*target)->getTargetIRAnalysis()));
  if ((*target)->addPassesToEmitFile(codegen, out, nullptr, type, /*DisableVerify=*/true))
    return failure("the target cannot write this kind of file");
  codegen.run(module);
  return bytes;
}

static llvm::Expected<ObjectBytes> emit(ModuleOp module, Isa isa, llvm::CodeGenFileType type) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(module, context, "rondo");
  if (!translated)
    return failure("the module does not translate to LLVM IR");
  return generateCode(*translated, isa, type);
}

} // namespace codegen

llvm::Expected<ObjectBytes> emitObject(ModuleOp module, Isa isa) {
  return codegen::emit(module, isa, llvm::CodeGenFileType::ObjectFile);
}

llvm::Expected<std::string> emitAssembly(ModuleOp module, Isa isa) {
  llvm::Expected<ObjectBytes> text =
      codegen::emit(module, isa, llvm::CodeGenFileType::AssemblyFile);
  if (!text)
    return text.takeError();
  return std::string(text->begin(), text->end());
}

llvm::Expected<IsaEntries> collectEntries(ModuleOp module, Isa isa) {
  using kernel::KernelDialect;
  IsaEntries result{isa, {}, 0};
  if (auto sites = module->getAttrOfType<IntegerAttr>(KernelDialect::kNumSites))
    result.numSites = sites.getInt();
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto name = function->getAttrOfType<StringAttr>(KernelDialect::kEntry);
    if (!name)
      continue;
    auto lifetimes = function->getAttrOfType<DenseI64ArrayAttr>(KernelDialect::kLifetimes);
    if (!lifetimes || lifetimes.size() % 2)
      return codegen::failure("entry '" + name.getValue() +
                              "' does not say how long its buffers live");
    EntryInfo &entry = result.entries.emplace_back();
    entry.name = name.str();
    for (int64_t index = 0; index < lifetimes.size(); index += 2)
      entry.lifetimes.emplace_back(lifetimes[index], lifetimes[index + 1]);
    auto profile = function->getAttrOfType<ArrayAttr>(KernelDialect::kProfile);
    for (size_t index = 0; profile && index < profile.size(); index += 3) {
      auto text = [&](size_t part) { return cast<StringAttr>(profile[index + part]).str(); };
      entry.kernels.push_back({text(0), text(1), text(2)});
    }
  }
  return result;
}

} // namespace rondo
