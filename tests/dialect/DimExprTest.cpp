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

TEST(DimExpr, ReadsWhatItSpells) {
  for (const DimExpr &dim : {B, T - 1, B * T, T * DimExpr(2) + S, DimExpr(3) - T, DimExpr(0),
                             T * T * DimExpr(-2) + B - 4})
    EXPECT_EQ(DimExpr::parse(dim.str()), dim) << dim.str();
}

TEST(DimExpr, ReadsAnyOrder) {
  EXPECT_EQ(DimExpr::parse("1+T*2*B"), B * T * DimExpr(2) + 1);
  EXPECT_EQ(DimExpr::parse("T-T"), DimExpr(0));
}

TEST(DimExpr, RefusesOtherText) {
  for (const char *text : {"", "-", "+T", "T+", "T--1", "2T", "T 1", "T/2", "(T)", "T**2", "é",
                           "99999999999999999999"})
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
