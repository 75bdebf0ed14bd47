//===- Sizes.cpp - Sizes to plan with -------------------------------------===//
//
// Gives each base symbol of a module its size.
//
//===----------------------------------------------------------------------===//

#include "compiler/signature/Sizes.h"
#include "dialect/IR/RondoDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace rondo {

std::vector<std::string> symbolsOf(ModuleOp module) {
  std::vector<std::string> symbols;
  if (auto names = module->getAttrOfType<ArrayAttr>(RondoDialect::kSymbols))
    for (StringRef name : names.getAsValueRange<StringAttr>())
      symbols.push_back(name.str());
  return symbols;
}

/// The symbol of the first dimension of the first input that has any; empty where that is fixed.
static std::string batchSymbol(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    for (BlockArgument argument : function.getArguments()) {
      auto type = cast<RankedTensorType>(argument.getType());
      if (type.getRank() > 0 &&
          function.getArgAttr(argument.getArgNumber(), RondoDialect::kInput))
        return getDims(type).front().str();
    }
  return {};
}

llvm::Expected<SymbolSizes> sizesOf(ModuleOp module, const PlanningSizes &sizes) {
  std::vector<std::string> symbols = symbolsOf(module);
  for (auto &[name, size] : sizes.named)
    if (!llvm::is_contained(symbols, name))
      return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                     "`%s` is no size that the model leaves open; those are: %s",
                                     name.c_str(),
                                     symbols.empty() ? "none" : llvm::join(symbols, ", ").c_str());
  std::string batch = batchSymbol(module);
  SymbolSizes all;
  for (const std::string &symbol : symbols) {
    auto named = sizes.named.find(symbol);
    all[symbol] = named != sizes.named.end() ? named->second
                  : symbol == batch          ? sizes.batch
                                             : sizes.steps;
  }
  return all;
}

} // namespace rondo
