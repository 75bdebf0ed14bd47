//===- Interpreter.cpp - Runs rondo functions in double precision ---------===//
//
// Binds the symbols, then walks the block and asks each op for its values.
//
//===----------------------------------------------------------------------===//

#include "dialect/reference/Interpreter.h"

#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;

namespace rondo::reference {

template <typename... Args> static llvm::Error error(const char *format, Args... args) {
  return llvm::createStringError(std::errc::invalid_argument, format, args...);
}

static std::string str(llvm::ArrayRef<int64_t> shape) {
  return describeDims(llvm::SmallVector<DimExpr>(shape.begin(), shape.end()));
}

static std::string str(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

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

/// Fails if a result type has a symbol that no argument gave a size.
static llvm::Error checkResultTypes(Operation &op, const Environment &env) {
  for (Type type : op.getResultTypes()) {
    if (!hasNamedDims(type))
      return error("%s yields %s, which is no rondo tensor", op.getName().getStringRef().data(),
                   str(type).c_str());
    for (const DimExpr &dim : getDims(cast<RankedTensorType>(type)))
      if (!dim.evaluate(env.getSizes()))
        return error("%s yields %s, but no argument says how large the symbols of %s are",
                     op.getName().getStringRef().data(), str(type).c_str(), dim.str().c_str());
  }
  return llvm::Error::success();
}

static llvm::Expected<Tensor> evaluateConstant(arith::ConstantOp op, const Environment &env) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!elements)
    return error("constant of type %s is no dense tensor", str(op.getType()).c_str());
  Tensor result = env.zeros(op.getType());
  auto next = result.values.begin();
  if (result.dtype == Dtype::Float)
    for (APFloat value : elements.getValues<APFloat>()) {
      bool losesInfo;
      value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
      *next++ = value.convertToDouble();
    }
  else
    for (const APInt &value : elements.getValues<APInt>())
      *next++ = value.roundToDouble(/*isSigned=*/result.dtype == Dtype::Int);
  return result;
}

llvm::Expected<std::vector<Tensor>> interpret(func::FuncOp function,
                                              llvm::ArrayRef<Tensor> arguments) {
  if (!llvm::hasSingleElement(function.getBody()))
    return error("%s is not one block", function.getSymName().str().c_str());
  llvm::Expected<Environment> env = bindSymbols(function.getArgumentTypes(), arguments);
  if (!env)
    return env.takeError();

  llvm::DenseMap<Value, Tensor> values;
  Block &block = function.getBody().front();
  for (auto [value, tensor] : llvm::zip_equal(block.getArguments(), arguments))
    values[value] = tensor;
  for (Operation &op : block.without_terminator()) {
    const char *name = op.getName().getStringRef().data();
    if (llvm::Error failure = checkResultTypes(op, *env))
      return failure;
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      llvm::Expected<Tensor> tensor = evaluateConstant(constant, *env);
      if (!tensor)
        return tensor.takeError();
      values[constant] = std::move(*tensor);
      continue;
    }
    auto reference = dyn_cast<ReferenceOpInterface>(op);
    if (!reference)
      return error("%s has no reference evaluation", name);
    llvm::SmallVector<const Tensor *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(&values.find(operand)->second);
    llvm::SmallVector<Tensor> results;
    if (failed(reference.evaluateReference(*env, operands, results)))
      return error("%s failed", name);
    if (results.size() != op.getNumResults())
      return error("%s gave %zu values for %u results", name, results.size(), op.getNumResults());
    for (auto [result, tensor] : llvm::zip_equal(op.getResults(), results)) {
      if (tensor.dtype != dtypeOf(result.getType()) ||
          tensor.shape != env->shapeOf(result.getType()))
        return error("%s gave a value of shape %s for %s", name, str(tensor.shape).c_str(),
                     str(result.getType()).c_str());
      values[result] = std::move(tensor);
    }
  }
  std::vector<Tensor> results;
  for (Value operand : block.getTerminator()->getOperands())
    results.push_back(values.find(operand)->second);
  return results;
}

} // namespace rondo::reference
