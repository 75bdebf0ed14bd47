//===- Interpreter.cpp - Runs rondo functions in double precision ---------===//
//
// Binds the symbols to the sizes of the arguments; then the block is evaluated.
//
//===----------------------------------------------------------------------===//

#include "dialect/reference/Interpreter.h"

#include "dialect/reference/Errors.h"
#include "dialect/reference/EvaluateBlock.h"

#include "dialect/IR/RondoDialect.h"

using namespace mlir;

namespace rondo::reference {

/// The sizes that the arguments give the base symbols; fails where they do not
/// fit the types.
static llvm::Expected<Environment> bindSymbols(llvm::ArrayRef<Type> types,
                                               llvm::ArrayRef<Tensor> arguments) {
  if (types.size() != arguments.size())
    return error("the function takes %zu arguments, not %zu", types.size(), arguments.size());
  // Dimensions that are a base symbol give it its size.
  SymbolSizes sizes;
  for (auto [number, type, argument] : llvm::enumerate(types, arguments)) {
    if (!hasNamedDims(type))
      return error("argument %zu is no rondo tensor: %s", number, str(type).c_str());
    llvm::SmallVector<DimExpr> dims = getDims(cast<RankedTensorType>(type));
    if (argument.dtype != dtypeOf(type) || argument.shape.size() != dims.size())
      return error("argument %zu of shape %s does not fit %s", number, str(argument.shape).c_str(),
                   str(type).c_str());
    for (auto [dim, size] : llvm::zip_equal(dims, argument.shape)) {
      std::vector<std::string> symbols = dim.getSymbols();
      if (symbols.size() == 1 && dim == DimExpr::symbol(symbols.front()))
        sizes.try_emplace(symbols.front(), size);
    }
  }
  // Then every dimension has to be what its expression says.
  for (auto [number, type, argument] : llvm::enumerate(types, arguments))
    for (auto [dim, size] :
         llvm::zip_equal(getDims(cast<RankedTensorType>(type)), argument.shape)) {
      std::optional<int64_t> expected = dim.evaluate(sizes);
      if (!expected)
        return error("argument %zu: no argument says how large the symbols of %s are", number,
                     dim.str().c_str());
      if (*expected != size)
        return error("argument %zu of shape %s does not fit %s: %s is %lld", number,
                     str(argument.shape).c_str(), str(type).c_str(), dim.str().c_str(),
                     static_cast<long long>(*expected));
    }
  return Environment(std::move(sizes));
}

llvm::Expected<std::vector<Tensor>> interpret(func::FuncOp function,
                                              llvm::ArrayRef<Tensor> arguments, Watch watch) {
  if (!llvm::hasSingleElement(function.getBody()))
    return error("%s is not one block", function.getSymName().str().c_str());
  llvm::Expected<Environment> env = bindSymbols(function.getArgumentTypes(), arguments);
  if (!env)
    return env.takeError();

  return evaluateBlock(function.getBody().front(), arguments, *env, watch);
}

} // namespace rondo::reference
