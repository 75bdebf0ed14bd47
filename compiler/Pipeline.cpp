//===- Pipeline.cpp - Which passes make each level ------------------------===//
//
// The whole way down, in one place. The comment above each function names what
// is legal after it; the last pass of each checks just that.
//
//===----------------------------------------------------------------------===//

#include "compiler/Pipeline.h"
#include "compiler/buffers/Passes.h"
#include "compiler/codegen/Passes.h"
#include "compiler/differentiate/Passes.h"
#include "compiler/kernels/Passes.h"
#include "compiler/simplify/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace rondo {

//===----------------------------------------------------------------------===//
// The levels
//===----------------------------------------------------------------------===//

namespace {

/// What a level is called and what may occur at it: dialects, and single ops
/// of others. `builtin.module` may occur everywhere.
struct LevelInfo {
  Level level;
  llvm::StringLiteral name;
  SmallVector<llvm::StringLiteral> legal;
};

} // namespace

static const LevelInfo &infoOf(Level level) {
  static const LevelInfo infos[] = {
      {Level::Rondo, "rondo", {"rondo", "func", "arith.constant"}},
      {Level::Simplified, "simplified", {"rondo", "func", "arith.constant"}},
      {Level::Gradients, "gradients", {"rondo", "func", "arith.constant"}},
      {Level::Kernels,
       "kernels",
       {"kernel", "tensor", "scf", "arith", "math", "func", "bufferization", "memref"}},
      {Level::Buffers, "buffers", {"kernel", "memref", "scf", "cf", "arith", "math", "func"}},
      {Level::Llvm, "llvm", {"llvm"}},
      {Level::Asm, "asm", {}},
      {Level::Object, "obj", {}},
  };
  return infos[static_cast<size_t>(level)];
}

llvm::StringRef levelName(Level level) { return infoOf(level).name; }

//===----------------------------------------------------------------------===//
// The check at the end of each
//===----------------------------------------------------------------------===//

namespace {

class VerifyLevelPass : public PassWrapper<VerifyLevelPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(VerifyLevelPass)

  VerifyLevelPass() = default;
  explicit VerifyLevelPass(Level which) { level = which; }
  VerifyLevelPass(const VerifyLevelPass &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "rondo-verify-level"; }
  StringRef getDescription() const override {
    return "Fail on any op that is not legal at a level of the pipeline";
  }

  void runOnOperation() override {
    const LevelInfo &info = infoOf(level);
    WalkResult result = getOperation()->walk([&](Operation *op) {
      OperationName name = op->getName();
      if (isa<ModuleOp>(op) || is_contained(info.legal, name.getDialectNamespace()) ||
          is_contained(info.legal, name.getStringRef()))
        return WalkResult::advance();
      op->emitError("'") << name << "' is left at the level '" << info.name
                         << "', where only these may occur: " << llvm::join(info.legal, ", ");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  Option<Level> level{
      *this, "level", llvm::cl::desc("The level to check"), llvm::cl::init(Level::Rondo),
      llvm::cl::values(
          clEnumValN(Level::Rondo, "rondo", ""), clEnumValN(Level::Simplified, "simplified", ""),
          clEnumValN(Level::Gradients, "gradients", ""), clEnumValN(Level::Kernels, "kernels", ""),
          clEnumValN(Level::Buffers, "buffers", ""), clEnumValN(Level::Llvm, "llvm", ""))};
};

} // namespace

namespace {

/// What gradients would be derived from, and what follows an update, goes where none are asked for.
class DropTrainingPass : public PassWrapper<DropTrainingPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DropTrainingPass)

  StringRef getArgument() const override { return "rondo-drop-training"; }
  StringRef getDescription() const override {
    return "Erase @training, @constraints and what stops gradients";
  }

  void runOnOperation() override {
    for (StringRef name : {kTrainingFunction, kConstraintsFunction})
      if (Operation *function = getOperation().lookupSymbol(name))
        function->erase();
    dropStopGradients(getOperation());
  }
};

} // namespace

std::unique_ptr<Pass> createVerifyLevelPass(Level level) {
  return std::make_unique<VerifyLevelPass>(level);
}

void registerVerifyLevelPass() { PassRegistration<VerifyLevelPass>(); }

//===----------------------------------------------------------------------===//
// The way down
//===----------------------------------------------------------------------===//

static std::unique_ptr<Pass> createAlgebra(const CompileOptions &options, bool reroll) {
  return createSimplify({options.disabledRewrites, reroll});
}

/// Algebra comes before differentiation, so that the backward graph profits; so do loops of the
/// file, which become loops again.
// rondo, func, arith.constant
static void populateSimplifiedPasses(OpPassManager &passes, const CompileOptions &options) {
  passes.addPass(createAlgebra(options, /*reroll=*/true));
}

/// Gradient entries, and again algebra: rules do not look at their surroundings. Who
/// computes what is decided for all clones at once.
// rondo, func, arith.constant
static void populateGradientsPasses(OpPassManager &passes, const CompileOptions &options) {
  if (!options.entries.empty()) {
    passes.addPass(createDifferentiate(options.entries, options.wrt));
    passes.addPass(createAlgebra(options, /*reroll=*/false));
  } else {
    passes.addPass(std::make_unique<DropTrainingPass>());
  }
  passes.addPass(createChooseKernels(options.kernelRequest()));
}

/// Each op becomes a kernel, each entry gets its calling convention, elementwise
/// ops move into their neighbours. Kernels that several ops need, such as one
/// transposition, become one.
// kernel, tensor, scf, arith, math, func, bufferization, memref
static void populateKernelsPasses(OpPassManager &passes, Isa isa, const CompileOptions &options) {
  passes.addPass(createRondoToKernel({isaLanes(isa)}));
  passes.addNestedPass<func::FuncOp>(createFuseKernels());
  if (!llvm::is_contained(options.disabledRewrites, "cse"))
    passes.addPass(createCSEPass());
}

/// One arena, planned; no allocation is left.
// kernel, memref, scf, cf, arith, math, func
static void populateBuffersPasses(OpPassManager &passes) {
  passes.addPass(createBufferizeKernels());
  passes.addPass(createPlanArena());
}

/// Code of each kernel.
// llvm
static void populateCodePasses(OpPassManager &passes, Isa isa, const CompileOptions &options) {
  passes.addPass(createGenerateKernelsPass(isa, options.name, options.profile, options.tuning));
  populateLlvmPasses(passes);
}

void populateLevelPasses(OpPassManager &passes, Level level, Isa isa,
                         const CompileOptions &options) {
  switch (level) {
  case Level::Rondo:
    break; // as the frontend made it
  case Level::Simplified:
    populateSimplifiedPasses(passes, options);
    break;
  case Level::Gradients:
    populateGradientsPasses(passes, options);
    break;
  case Level::Kernels:
    populateKernelsPasses(passes, isa, options);
    break;
  case Level::Buffers:
    populateBuffersPasses(passes);
    break;
  case Level::Llvm:
    populateCodePasses(passes, isa, options);
    break;
  case Level::Asm:
  case Level::Object:
    llvm_unreachable("not a level of MLIR");
  }
  passes.addPass(createVerifyLevelPass(level));
}

} // namespace rondo
