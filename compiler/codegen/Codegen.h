//===- Codegen.h - Objects, the shared library, the header ------*- C++ -*-===//
//
// What happens to a module at the `llvm` level: machine code for one
// instruction set, the tables that describe the model to the runtime, the link,
// and the C header of the artifact. The functions share nothing but what their
// arguments share, so clones may be compiled on several threads.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_CODEGEN_CODEGEN_H
#define RONDO_COMPILER_CODEGEN_CODEGEN_H

#include "compiler/Isa.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>
#include <utility>
#include <vector>

namespace rondo {

struct ModelSignature;

using ObjectBytes = llvm::SmallVector<char, 0>;

/// A kernel of an entry that has a profile, as rondo_profile_row names it.
struct ProfiledKernel {
  std::string name, layer, place;
};

/// One entry of a compiled clone.
struct EntryInfo {
  std::string name; ///< "forward", "evaluate", "loss_and_gradients"…
  /// First and last use of each arena buffer, in operations of the entry.
  std::vector<std::pair<int32_t, int32_t>> lifetimes;
  std::vector<ProfiledKernel> kernels; ///< empty without a profile
};

/// The entries of one instruction-set clone.
struct IsaEntries {
  Isa isa;
  std::vector<EntryInfo> entries;
  int32_t numSites = 0; ///< calls of oneDNN, in all entries together
};

/// The entries of a module at the `llvm` level. Fails on an entry without lifetimes.
llvm::Expected<IsaEntries> collectEntries(mlir::ModuleOp module, Isa isa);

/// Translates a module at the `llvm` level and generates code for `isa`.
llvm::Expected<ObjectBytes> emitObject(mlir::ModuleOp module, Isa isa);
llvm::Expected<std::string> emitAssembly(mlir::ModuleOp module, Isa isa);

/// The object that holds the model's tables (rondo_model_desc and all that it
/// points to) and the exported function `NAME_rondo_model`, where NAME is
/// `signature.name`. `isas` lists the clones, best first; `buildInfo` is a JSON
/// object that goes into the table as it is.
llvm::Expected<ObjectBytes> emitDescriptorObject(const ModelSignature &signature,
                                                 llvm::ArrayRef<IsaEntries> isas,
                                                 llvm::StringRef buildInfo);

/// The one symbol a library exports: `NAME_rondo_model`.
std::string exportedSymbol(llvm::StringRef modelName);

/// Links objects and the archives that they need (the runtime's first) into a
/// shared library that needs libc and libm only and exports `symbol` only. The file appears under
/// `outPath` complete or not at all. Safe to call from several threads: links take turns.
llvm::Error linkSharedLibrary(llvm::ArrayRef<ObjectBytes> objects,
                              llvm::ArrayRef<std::string> archives, llvm::StringRef symbol,
                              llvm::StringRef outPath);

/// Text of the C header of the artifact (C99).
std::string generateHeader(const ModelSignature &signature);

} // namespace rondo

#endif // RONDO_COMPILER_CODEGEN_CODEGEN_H
