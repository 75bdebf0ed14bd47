//===- OptionTexts.cpp - --memory-budget, --at, --kernels-for -------------===//
//
// Strict: what is not understood wholly is not understood at all.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/rondo/OptionTexts.h"
#include "llvm/ADT/StringExtras.h"
#include <limits>

namespace rondo::tool {

/// A decimal number without a sign.
static std::optional<int64_t> parseCount(llvm::StringRef text) {
  int64_t value;
  if (text.empty() || !llvm::all_of(text, llvm::isDigit) || text.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

static std::optional<double> parseShare(llvm::StringRef text) {
  double share;
  if (text.empty() || !llvm::all_of(text, [](char c) { return llvm::isDigit(c) || c == '.'; }) ||
      text.getAsDouble(share) || share <= 0 || share > 1)
    return std::nullopt;
  return share;
}

std::optional<MemoryBudget> parseMemoryBudget(llvm::StringRef text) {
  MemoryBudget budget;
  if (text.consume_front("x")) {
    std::optional<double> share = parseShare(text);
    if (!share)
      return std::nullopt;
    budget.share = *share;
    return budget;
  }
  unsigned shift = text.consume_back("K")   ? 10
                   : text.consume_back("M") ? 20
                   : text.consume_back("G") ? 30
                                            : 0;
  std::optional<int64_t> count = parseCount(text);
  if (!count || *count > std::numeric_limits<int64_t>::max() >> shift)
    return std::nullopt;
  budget.bytes = *count << shift;
  return budget;
}

std::optional<SymbolSizes> parseSizes(llvm::StringRef text) {
  SymbolSizes sizes;
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  for (llvm::StringRef part : parts) {
    auto [name, number] = part.split('=');
    std::optional<int64_t> size = parseCount(number);
    if (name.empty() || !size || *size < 1 || *size > std::numeric_limits<int32_t>::max() ||
        !sizes.emplace(name.str(), *size).second)
      return std::nullopt;
  }
  return sizes;
}

std::optional<std::pair<std::string, Implementation>> parseLayerKernels(llvm::StringRef text) {
  auto [layer, kind] = text.rsplit('=');
  std::optional<Implementation> implementation = implementationNamed(kind);
  if (layer.empty() || !implementation)
    return std::nullopt;
  return std::pair(layer.str(), *implementation);
}

} // namespace rondo::tool
