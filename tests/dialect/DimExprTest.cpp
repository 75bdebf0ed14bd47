//===- DimExprTest.cpp - Arithmetic and spelling of dimensions ------------===//
//
// DimExpr in isolation, and its bridge to tensor types.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/DimExpr.h"

#include "dialect/IR/RondoDialect.h"

#include "gtest/gtest.h"

#include <limits>

using namespace rondo;

namespace {

const DimExpr B = DimExpr::symbol("B"), S = DimExpr::symbol("S"), T = DimExpr::symbol("T");

TEST(DimExpr, SpellsCanonically) {
  EXPECT_EQ(B.str(), "B");
  EXPECT_EQ((T - 1).str(), "T-1");
  EXPECT_EQ((T * B).str(), "B*T");
  EXPECT_EQ((T * DimExpr(2) + S).str(), "S+2*T");
  EXPECT_EQ((DimExpr(3) - T).str(), "-T+3");
  EXPECT_EQ((T * T * DimExpr(-2) + B).str(), "B-2*T*T");
  EXPECT_EQ(DimExpr(0).str(), "0");
  EXPECT_EQ(DimExpr(-7).str(), "-7");
  EXPECT_EQ(DimExpr(std::numeric_limits<int64_t>::min()).str(), "-9223372036854775808");
}

TEST(DimExpr, NormalFormDecidesEquality) {
  EXPECT_EQ((T + 1) * (T - 1), T * T - 1);
  EXPECT_EQ(B + T - B, T);
  EXPECT_EQ(B - B, DimExpr(0));
  EXPECT_NE(B, T);
}

TEST(DimExpr, DividesWhereNothingIsLeft) {
  EXPECT_EQ((B * T * DimExpr(8)).dividedBy(T * DimExpr(4)), B * DimExpr(2));
  EXPECT_EQ((T * T - 1).dividedBy(T + 1), T - 1);
  EXPECT_EQ((B * S + B * T - S * T - T * T).dividedBy(S + T), B - T);
  EXPECT_EQ(DimExpr(0).dividedBy(T), DimExpr(0));
  EXPECT_EQ(T.dividedBy(2), std::nullopt);
  EXPECT_EQ((T * T + 1).dividedBy(T), std::nullopt);
  EXPECT_EQ(B.dividedBy(B * T), std::nullopt);
  EXPECT_EQ(T.dividedBy(0), std::nullopt);
}

TEST(DimExpr, RoundsQuotientsDown) {
  EXPECT_EQ((T + 1).floorDiv(2).str(), "((T+1)/2)");
  EXPECT_EQ(T.floorDiv(3).str(), "(T/3)");
  EXPECT_EQ((T * B).floorDiv(3).str(), "((B*T)/3)");
  EXPECT_EQ((T.floorDiv(3) * B * DimExpr(2)).str(), "2*(T/3)*B");
  // Multiples of the divisor come out, and so does what all have in common.
  EXPECT_EQ((T - 7).floorDiv(3), (T + 2).floorDiv(3) - 3);
  EXPECT_EQ((T * DimExpr(6) + 7).floorDiv(3), T * DimExpr(2) + 2);
  EXPECT_EQ((T * DimExpr(2) + 2).floorDiv(4), (T + 1).floorDiv(2));
  EXPECT_EQ((DimExpr(0) - T).floorDiv(2), T.floorDiv(2) - T);
  EXPECT_EQ(DimExpr(-7).floorDiv(2), DimExpr(-4));
  EXPECT_EQ(T.floorDiv(1), T);
}

TEST(DimExpr, QuotientsAreFactors) {
  DimExpr nested = ((T + 2).floorDiv(3) + 1).floorDiv(2);
  EXPECT_EQ(nested.str(), "((((T+2)/3)+1)/2)");
  EXPECT_EQ(nested.getSymbols(), std::vector<std::string>{"T"});
  for (int64_t steps = 1; steps < 40; ++steps)
    EXPECT_EQ(nested.evaluate({{"T", steps}}), ((steps + 2) / 3 + 1) / 2) << steps;
  EXPECT_EQ(nested.evaluate({{"B", 1}}), std::nullopt);
  EXPECT_EQ(nested.substitute({{"T", DimExpr(10)}}), DimExpr(2));
  EXPECT_EQ(nested.substitute({{"T", S + 1}}), ((S + 3).floorDiv(3) + 1).floorDiv(2));
  EXPECT_EQ(T.floorDiv(2).floorDiv(3).evaluate({{"T", 13}}), 2);
  EXPECT_EQ((nested * B).dividedBy(nested), B);
  auto quotient = asQuotient("((T+2)/3)");
  ASSERT_TRUE(quotient.has_value());
  EXPECT_EQ(quotient->dividend, T + 2);
  EXPECT_EQ(quotient->divisor, 3);
  EXPECT_FALSE(asQuotient("T").has_value());
}

TEST(DimExpr, ReadsWhatItSpells) {
  for (const DimExpr &dim :
       {B, T - 1, B * T, T * DimExpr(2) + S, DimExpr(3) - T, DimExpr(0),
        T * T * DimExpr(-2) + B - 4, (T + 1).floorDiv(2), T.floorDiv(3) * B + (T * S).floorDiv(4),
        T.floorDiv(2).floorDiv(3), (T.floorDiv(2) * S.floorDiv(3)).floorDiv(5) - 1})
    EXPECT_EQ(DimExpr::parse(dim.str()), dim) << dim.str();
}

TEST(DimExpr, ReadsAnyOrder) {
  EXPECT_EQ(DimExpr::parse("1+T*2*B"), B * T * DimExpr(2) + 1);
  EXPECT_EQ(DimExpr::parse("T-T"), DimExpr(0));
}

TEST(DimExpr, RefusesOtherText) {
  for (const char *text :
       {"",        "-",         "+T",         "T+",        "T--1", "2T",
        "T 1",     "T/2",       "(T)",        "T**2",      "é",    "99999999999999999999",
        "(T/0)",   "(T/-2)",    "(T/)",       "(/2)",      "(T/2", "T/2)",
        "(T+1/2)", "((T+1)/S)", "((T+1)/2)*", "(T/2)(S/2)"})
    EXPECT_EQ(DimExpr::parse(text), std::nullopt) << text;
}

TEST(DimExpr, Evaluates) {
  SymbolSizes sizes = {{"B", 32}, {"T", 10}};
  EXPECT_EQ((B * T - 1).evaluate(sizes), 319);
  EXPECT_EQ(DimExpr(5).evaluate({}), 5);
  EXPECT_EQ((S + T).evaluate(sizes), std::nullopt);
}

TEST(DimExpr, Substitutes) {
  EXPECT_EQ((B * T - 1).substitute({{"T", S + 1}}), B * S + B - 1);
  EXPECT_EQ((B * T).substitute({{"B", T}, {"T", B}}), B * T);
}

TEST(DimExpr, KnowsItsParts) {
  EXPECT_EQ((T * B + S - 1).getSymbols(), (std::vector<std::string>{"B", "S", "T"}));
  EXPECT_TRUE(DimExpr(0).isConstant());
  EXPECT_EQ(DimExpr(4).getConstant(), 4);
  EXPECT_FALSE(B.isConstant());
}

TEST(DimExpr, TensorTypesKeepDimensions) {
  mlir::MLIRContext context;
  context.loadDialect<RondoDialect>();
  mlir::Type f32 = mlir::Float32Type::get(&context);

  llvm::SmallVector<DimExpr> dims = {B, T - 1, 64};
  mlir::RankedTensorType type = makeTensorType(dims, f32);
  EXPECT_EQ(getDims(type), dims);
  EXPECT_EQ(type.getDimSize(2), 64);
  EXPECT_EQ(describeDims(type), "(B, T-1, 64)");
  EXPECT_EQ(numElements(dims), B * T * DimExpr(64) - B * DimExpr(64));

  mlir::RankedTensorType fixed = makeTensorType({2, 3}, f32);
  EXPECT_FALSE(fixed.getEncoding());
  EXPECT_EQ(numElements(getDims(fixed)), DimExpr(6));

  EXPECT_TRUE(haveSameShape(type, makeTensorType(dims, mlir::IntegerType::get(&context, 1))));
  EXPECT_FALSE(haveSameShape(type, makeTensorType({B, T, 64}, f32)));
  EXPECT_FALSE(hasNamedDims(mlir::RankedTensorType::get({mlir::ShapedType::kDynamic}, f32)));
}

} // namespace
