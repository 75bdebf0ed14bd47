//===- Passes.h - From buffers to the LLVM dialect --------------*- C++ -*-===//
//
// The passes of the last two levels: `buffers` to generated kernels, and those
// to nothing but the LLVM dialect.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_PASSES_H
#define RONDO_COMPILER_CODEGEN_PASSES_H

#include "compiler/Isa.h"
#include "compiler/codegen/KernelTuning.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include <memory>
#include <string>

namespace rondo {

/// Turns every entry and plan function of a module at the `buffers` level into
/// an `llvm.func` with the C signature of rondo/generated.h, named
/// `rondo_NAME_ENTRY_ISA` and `rondo_NAME_ENTRY_ISA_plan`, and every kernel op
/// into a launch of a generated function; `modelName` is NAME. Kernels that
/// agree in everything but sizes share one function. With `profile`, entries say
/// after each kernel that it is done. `kernel.entry`, `kernel.lifetimes` and
/// `kernel.profile` stay on the functions, for `collectEntries`.
/// Leaves llvm, scf and arith ops. Fails with an error at ops that it does not know.
std::unique_ptr<mlir::Pass> createGenerateKernelsPass(Isa isa, std::string modelName,
                                                      bool profile = false,
                                                      const KernelTuning &tuning = {});

/// From what `createGenerateKernelsPass` leaves to the LLVM dialect.
void populateLlvmPasses(mlir::OpPassManager &passes);

/// The dialects that these passes create ops of, and what the translation to
/// LLVM IR needs.
void registerCodegenDialects(mlir::DialectRegistry &registry);

} // namespace rondo

#endif // RONDO_COMPILER_CODEGEN_PASSES_H
