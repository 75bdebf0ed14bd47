//===- Isa.h - The instruction sets code is generated for -------*- C++ -*-===//
//
// Every artifact holds one clone of its kernels per instruction set; what
// differs between the clones follows from these facts.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_COMPILER_ISA_H
#define RONDO_COMPILER_ISA_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace rondo {

/// An instruction set that one clone of the kernels is generated for.
enum class Isa { Avx2, Avx512 };
llvm::StringRef isaName(Isa isa); // "avx2", "avx512"
std::optional<Isa> isaNamed(llvm::StringRef name);
unsigned isaLanes(Isa isa);       // f32 lanes of a vector: 8, 16
bool hostSupports(Isa isa);

} // namespace rondo

#endif // RONDO_COMPILER_ISA_H
