//===- SizeArithmetic.cpp - Symbol expressions as arith ops ---------------===//
//
// Sums of products, as they are written.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/SizeArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace rondo {

Value createSize(OpBuilder &builder, Location loc, const DimExpr &expr,
                 const SymbolValues &symbols) {
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  };
  Value sum;
  for (auto &[monomial, coefficient] : expr.getTerms()) {
    Value product;
    if (coefficient != 1 || monomial.empty())
      product = constant(coefficient);
    for (const std::string &symbol : monomial) {
      Value factor = symbols.at(symbol);
      product = product ? builder.create<arith::MulIOp>(loc, product, factor) : factor;
    }
    sum = sum ? builder.create<arith::AddIOp>(loc, sum, product) : product;
  }
  return sum ? sum : constant(0);
}

} // namespace rondo
