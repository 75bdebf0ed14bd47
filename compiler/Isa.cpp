//===- Isa.cpp - The instruction sets code is generated for ---------------===//
//
// Names, lanes, and whether the running processor has them.
//
//===----------------------------------------------------------------------===//

#include "compiler/Isa.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

namespace rondo {

llvm::StringRef isaName(Isa isa) { return isa == Isa::Avx2 ? "avx2" : "avx512"; }

std::optional<Isa> isaNamed(llvm::StringRef name) {
  for (Isa isa : {Isa::Avx2, Isa::Avx512})
    if (name == isaName(isa))
      return isa;
  return std::nullopt;
}

unsigned isaLanes(Isa isa) { return isa == Isa::Avx2 ? 8 : 16; }

bool hostSupports(Isa isa) {
  const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto hasAll = [&](std::initializer_list<llvm::StringRef> names) {
    return llvm::all_of(names, [&](llvm::StringRef name) { return features.lookup(name); });
  };
  if (!hasAll({"avx", "avx2", "fma", "f16c", "bmi", "bmi2", "lzcnt", "movbe"}))
    return false;
  return isa == Isa::Avx2 || hasAll({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
}

} // namespace rondo
