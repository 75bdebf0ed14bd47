//===- SizeArithmetic.cpp - Symbol expressions as arith ops ---------------===//
//
// Sums of products, as they are written.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/SizeArithmetic.h"
#include "compiler/Segments.h"
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
    for (const std::string &name : monomial) {
      std::optional<Quotient> quotient = asQuotient(name);
      Value factor = quotient ? builder.create<arith::DivUIOp>(
                                    loc, createSize(builder, loc, quotient->dividend, symbols),
                                    constant(quotient->divisor))
                              : symbols.at(name);
      product = product ? builder.create<arith::MulIOp>(loc, product, factor) : factor;
    }
    sum = sum ? builder.create<arith::AddIOp>(loc, sum, product) : product;
  }
  return sum ? sum : constant(0);
}

Value createSegments(OpBuilder &builder, Location loc, Value steps) {
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  };
  Value segments = constant(1);
  for (int bits = 0; bits < kMostSegmentBits; ++bits) {
    Value isLess = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::slt,
                                                 constant(int64_t(1) << 2 * bits), steps);
    segments = builder.create<arith::SelectOp>(loc, isLess, constant(int64_t(2) << bits), segments);
  }
  return segments;
}

} // namespace rondo
