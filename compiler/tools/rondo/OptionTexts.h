//===- OptionTexts.h - --memory-budget, --at, --kernels-for -----*- C++ -*-===//
//
// How sizes, amounts of memory and who computes a layer are written on the command
// line.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_TOOLS_RONDO_OPTIONTEXTS_H
#define RONDO_COMPILER_TOOLS_RONDO_OPTIONTEXTS_H

#include "compiler/Compiler.h"

namespace rondo::tool {

/// `300000000`, `512M` (K, M and G are powers of 1024) or `x0.5`, a share of what
/// saving everything takes, in (0, 1]; none for anything else.
std::optional<MemoryBudget> parseMemoryBudget(llvm::StringRef text);

/// `B=32,T=1000`: sizes of at least 1 and at most 2³¹-1; none for anything else.
std::optional<SymbolSizes> parseSizes(llvm::StringRef text);

/// `LAYER=generated` or `LAYER=onednn`; none for anything else.
std::optional<std::pair<std::string, Implementation>> parseLayerKernels(llvm::StringRef text);

} // namespace rondo::tool

#endif // RONDO_COMPILER_TOOLS_RONDO_OPTIONTEXTS_H
