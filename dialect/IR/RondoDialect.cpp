//===- RondoDialect.cpp - Registration, attributes, constants -------------===//
//
// Registers the dialect, verifies its attributes and materialises what folders
// compute.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "dialect/IR/RondoDialect.cpp.inc"
#include "dialect/IR/RondoEnums.cpp.inc"
#include "dialect/IR/RondoInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/IR/RondoAttributes.cpp.inc"

namespace rondo {

void RondoDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/IR/RondoAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/IR/RondoOps.cpp.inc"
      >();
}

Operation *RondoDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                             Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

LogicalResult DimsAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                               llvm::ArrayRef<StringAttr> symbols) {
  for (StringAttr symbol : symbols) {
    // dims_c2
    std::optional<DimExpr> dim = DimExpr::parse(symbol);
    if (!dim)
      return emitError() << "\"" << symbol.getValue()
                         << "\" is not a sum of products of integers and symbols";
    if (dim->isConstant())
      return emitError() << "\"" << symbol.getValue()
                         << "\" is a constant; it belongs into the shape";
    if (dim->str() != symbol.getValue())
      return emitError() << "\"" << symbol.getValue() << "\" is spelled \"" << dim->str()
                         << "\" in canonical form";
  }
  return success();
}

LogicalResult DimsAttr::verifyEncoding(llvm::ArrayRef<int64_t> shape, Type,
                                       llvm::function_ref<InFlightDiagnostic()> emitError) const {
  size_t dynamic = llvm::count_if(shape, ShapedType::isDynamic);
  // dims_c3
  if (dynamic == 0)
    return emitError() << "a tensor without dynamic dimensions has no #rondo.dims";
  // dims_c1
  if (getSymbols().size() != dynamic)
    return emitError() << "#rondo.dims has " << getSymbols().size()
                       << " symbols, but the shape has " << dynamic << " dynamic dimensions";
  return success();
}

} // namespace rondo
