//===- Object.h - LLVM IR to machine code -----------------------*- C++ -*-===//
//
// Shared by the kernels of a clone and the tables of a model.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_OBJECT_H
#define RONDO_COMPILER_CODEGEN_OBJECT_H

#include "compiler/codegen/Codegen.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"

namespace rondo::codegen {

/// Generates position-independent code for an LLVM module, for processors that
/// have `isa`, or for any x86-64 without one.
llvm::Expected<ObjectBytes> generateCode(llvm::Module &module, std::optional<Isa> isa,
                                         llvm::CodeGenFileType type);

} // namespace rondo::codegen

#endif // RONDO_COMPILER_CODEGEN_OBJECT_H
