//===- InterpreterTest.cpp - Reference values against computed by hand ----===//
//
// Runs small functions on the reference interpreter. Values are computed by
// hand, except Keras' own goldens, which say where they come from.
//
//===----------------------------------------------------------------------===//

#include "dialect/reference/Interpreter.h"

#include "dialect/IR/RondoDialect.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace rondo::reference;

namespace {

const double NaN = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

Tensor floats(llvm::ArrayRef<int64_t> shape, std::vector<double> values) {
  return Tensor(Dtype::Float, shape, std::move(values));
}

Tensor ints(llvm::ArrayRef<int64_t> shape, std::vector<double> values) {
  return Tensor(Dtype::Int, shape, std::move(values));
}

Tensor full(llvm::ArrayRef<int64_t> shape, double value) {
  return floats(shape, std::vector<double>(numElements(shape), value));
}

class Interpreter : public testing::Test {
protected:
  Interpreter() { context.loadDialect<rondo::RondoDialect, mlir::func::FuncDialect>(); }

  llvm::Expected<std::vector<Tensor>> tryRun(llvm::StringRef source,
                                             llvm::ArrayRef<Tensor> arguments) {
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    if (!module)
      return llvm::createStringError(std::errc::invalid_argument, "the test's IR is wrong");
    return interpret(*module->getOps<mlir::func::FuncOp>().begin(), arguments);
  }

  std::vector<Tensor> run(llvm::StringRef source, llvm::ArrayRef<Tensor> arguments) {
    llvm::Expected<std::vector<Tensor>> results = tryRun(source, arguments);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return std::vector<Tensor>(16);
    }
    return *results;
  }

  std::string errorOf(llvm::StringRef source, llvm::ArrayRef<Tensor> arguments) {
    llvm::Expected<std::vector<Tensor>> results = tryRun(source, arguments);
    return results ? "" : llvm::toString(results.takeError());
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

void expectNear(const Tensor &tensor, llvm::ArrayRef<int64_t> shape,
                const std::vector<double> &values, double tolerance = 1e-12) {
  EXPECT_EQ(llvm::ArrayRef<int64_t>(tensor.shape), shape);
  ASSERT_EQ(tensor.values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i)
    if (std::isnan(values[i]))
      EXPECT_TRUE(std::isnan(tensor.values[i])) << "element " << i;
    else if (std::isinf(values[i]))
      EXPECT_EQ(tensor.values[i], values[i]) << "element " << i;
    else
      EXPECT_NEAR(tensor.values[i], values[i], tolerance) << "element " << i;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

TEST_F(Interpreter, UnaryOps) {
  auto results = run(R"(
    func.func @f(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
                                        tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
      %0 = rondo.neg %x : tensor<3xf32>
      %1 = rondo.exp %x : tensor<3xf32>
      %2 = rondo.log %x : tensor<3xf32>
      %3 = rondo.sqrt %x : tensor<3xf32>
      %4 = rondo.tanh %x : tensor<3xf32>
      %5 = rondo.sigmoid %x : tensor<3xf32>
      %6 = rondo.relu %x : tensor<3xf32>
      return %0, %1, %2, %3, %4, %5, %6 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>,
        tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
    })",
                     {floats({3}, {4, -1, NaN})});
  expectNear(results[0], {3}, {-4, 1, NaN});
  expectNear(results[1], {3}, {54.598150033144236, 0.36787944117144233, NaN});
  expectNear(results[2], {3}, {1.3862943611198906, NaN, NaN});
  expectNear(results[3], {3}, {2, NaN, NaN});
  expectNear(results[4], {3}, {0.999329299739067, -0.7615941559557649, NaN});
  expectNear(results[5], {3}, {0.9820137900379085, 0.2689414213699951, NaN});
  expectNear(results[6], {3}, {4, 0, NaN});
}

TEST_F(Interpreter, MoreUnaryOps) {
  const std::vector<double> x = {0, -1.5, 1e-9, NaN};
  std::string source, names, types;
  for (const char *op :
       {"expm1", "log1p", "erf", "sin", "cos", "abs", "sign", "floor", "stop_gradient"}) {
    source += std::string("%") + op + " = rondo." + op + " %x : tensor<4xf32>\n";
    names += (names.empty() ? "%" : ", %") + std::string(op);
    types += types.empty() ? "tensor<4xf32>" : ", tensor<4xf32>";
  }
  auto results = run("func.func @f(%x: tensor<4xf32>) -> (" + types + ") {\n" + source +
                         "return " + names + " : " + types + "\n}",
                     {floats({4}, x)});
  expectNear(results[0], {4}, {0, -0.7768698398515702, 1.0000000005e-9, NaN});
  expectNear(results[1], {4}, {0, NaN, 9.999999995e-10, NaN});
  expectNear(results[2], {4}, {0, -0.9661051464753108, 1.1283791670955126e-9, NaN});
  expectNear(results[3], {4}, {0, -0.9974949866040544, 1e-9, NaN});
  expectNear(results[4], {4}, {1, 0.0707372016677029, 1, NaN});
  expectNear(results[5], {4}, {0, 1.5, 1e-9, NaN});
  expectNear(results[6], {4}, {0, -1, 1, NaN});
  expectNear(results[7], {4}, {0, -2, 0, NaN});
  expectNear(results[8], {4}, x);
}

TEST_F(Interpreter, PowersAreThoseOfC) {
  auto results = run(R"(
    func.func @f(%x: tensor<6xf32>, %y: tensor<6xf32>) -> tensor<6xf32> {
      %0 = rondo.pow %x, %y : tensor<6xf32>
      return %0 : tensor<6xf32>
    })",
                     {floats({6}, {2, -2, -2, -8, NaN, 0}), floats({6}, {0.5, 3, -2, 0.5, 0, -1})});
  expectNear(results[0], {6}, {1.4142135623730951, -8, 0.25, NaN, 1, infinity});
}

TEST_F(Interpreter, ReverseTurnsRoundTheNamedDimensions) {
  auto results = run(R"(
    func.func @f(%x: tensor<2x3xi32>) -> (tensor<2x3xi32>, tensor<2x3xi32>) {
      %0 = rondo.reverse %x dims = [1] : tensor<2x3xi32>
      %1 = rondo.reverse %x dims = [0, 1] : tensor<2x3xi32>
      return %0, %1 : tensor<2x3xi32>, tensor<2x3xi32>
    })",
                     {ints({2, 3}, {1, 2, 3, 4, 5, 6})});
  expectNear(results[0], {2, 3}, {3, 2, 1, 6, 5, 4});
  expectNear(results[1], {2, 3}, {6, 5, 4, 3, 2, 1});
}

TEST_F(Interpreter, SigmoidSaturatesWithoutNaN) {
  auto results = run(R"(
    func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = rondo.sigmoid %x : tensor<2xf32>
      return %0 : tensor<2xf32>
    })",
                     {floats({2}, {-1e4, 1e4})});
  expectNear(results[0], {2}, {0, 1});
}

TEST_F(Interpreter, BinaryOps) {
  auto results = run(R"(
    func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>)
        -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
      %0 = rondo.add %x, %y : tensor<4xf32>
      %1 = rondo.sub %x, %y : tensor<4xf32>
      %2 = rondo.mul %x, %y : tensor<4xf32>
      %3 = rondo.div %x, %y : tensor<4xf32>
      %4 = rondo.maximum %x, %y : tensor<4xf32>
      %5 = rondo.minimum %x, %y : tensor<4xf32>
      return %0, %1, %2, %3, %4, %5 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
        tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
    })",
                     {floats({4}, {6, -1, NaN, 1}), floats({4}, {4, 0, 1, NaN})});
  expectNear(results[0], {4}, {10, -1, NaN, NaN});
  expectNear(results[1], {4}, {2, -1, NaN, NaN});
  expectNear(results[2], {4}, {24, 0, NaN, NaN});
  expectNear(results[3], {4}, {1.5, -infinity, NaN, NaN});
  expectNear(results[4], {4}, {6, 0, NaN, NaN});
  expectNear(results[5], {4}, {4, -1, NaN, NaN});
}

TEST_F(Interpreter, ComparisonsAreFalseForNaNExceptNe) {
  std::string source = "func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xi1>, "
                       "tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) {\n";
  const char *predicates[] = {"eq", "ne", "lt", "le", "gt", "ge"};
  for (const char *predicate : predicates)
    source += std::string("%") + predicate + " = rondo.compare " + predicate +
              " %x, %y : tensor<4xf32> -> tensor<4xi1>\n";
  source += "return %eq, %ne, %lt, %le, %gt, %ge : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, "
            "tensor<4xi1>, tensor<4xi1>, tensor<4xi1>\n}";
  auto results = run(source, {floats({4}, {1, 2, 3, NaN}), floats({4}, {2, 2, 2, NaN})});
  expectNear(results[0], {4}, {0, 1, 0, 0});
  expectNear(results[1], {4}, {1, 0, 1, 1});
  expectNear(results[2], {4}, {1, 0, 0, 0});
  expectNear(results[3], {4}, {1, 1, 0, 0});
  expectNear(results[4], {4}, {0, 0, 1, 0});
  expectNear(results[5], {4}, {0, 1, 1, 0});
  EXPECT_EQ(results[0].dtype, Dtype::Bool);
}

TEST_F(Interpreter, SelectAndCast) {
  auto results = run(R"(
    func.func @f(%n: tensor<3xi32>, %x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
      %two = arith.constant dense<[2, 2, -1]> : tensor<3xi32>
      %c = rondo.compare eq %n, %two : tensor<3xi32> -> tensor<3xi1>
      %0 = rondo.cast %n : tensor<3xi32> -> tensor<3xf32>
      %1 = rondo.cast %c : tensor<3xi1> -> tensor<3xf32>
      %2 = rondo.select %c, %x, %0 : tensor<3xi1>, tensor<3xf32>
      return %0, %1, %2 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
    })",
                     {ints({3}, {1, 2, -1}), floats({3}, {7, 8, 9})});
  expectNear(results[0], {3}, {1, 2, -1});
  expectNear(results[1], {3}, {0, 1, 1});
  expectNear(results[2], {3}, {1, 8, 9});
}

TEST_F(Interpreter, ConstantsKeepF32Rounding) {
  auto results = run(R"(
    func.func @f() -> (tensor<2xf32>, tensor<2xi1>) {
      %0 = arith.constant dense<[0.1, -2.5]> : tensor<2xf32>
      %1 = arith.constant dense<[true, false]> : tensor<2xi1>
      return %0, %1 : tensor<2xf32>, tensor<2xi1>
    })",
                     {});
  expectNear(results[0], {2}, {double(0.1f), -2.5}, 0);
  expectNear(results[1], {2}, {1, 0});
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

TEST_F(Interpreter, MovesElements) {
  auto results = run(R"(
    func.func @f(%x: tensor<?x3xf32, #rondo.dims<["B"]>>)
        -> (tensor<3x?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["3*B"]>>,
            tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<1x3xf32>, tensor<?x3xf32, #rondo.dims<["B+1"]>>,
            tensor<?x5xf32, #rondo.dims<["B"]>>, tensor<f32>) {
      %0 = rondo.transpose %x perm = [1, 0] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<3x?xf32, #rondo.dims<["B"]>>
      %1 = rondo.reshape %0 : tensor<3x?xf32, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["3*B"]>>
      %2 = rondo.slice %x offsets = ["0", "1"] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
      %3 = rondo.slice %x offsets = ["B-1", "0"] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<1x3xf32>
      %4 = rondo.pad %x offsets = ["1", "0"] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<?x3xf32, #rondo.dims<["B+1"]>>
      %5 = rondo.concat %x, %2 axis = 1 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x5xf32, #rondo.dims<["B"]>>
      %6 = rondo.size %5 dims = [0, 1] : tensor<?x5xf32, #rondo.dims<["B"]>> -> tensor<f32>
      return %0, %1, %2, %3, %4, %5, %6 : tensor<3x?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["3*B"]>>,
        tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<1x3xf32>, tensor<?x3xf32, #rondo.dims<["B+1"]>>,
        tensor<?x5xf32, #rondo.dims<["B"]>>, tensor<f32>
    })",
                     {floats({2, 3}, {1, 2, 3, 4, 5, 6})});
  expectNear(results[0], {3, 2}, {1, 4, 2, 5, 3, 6});
  expectNear(results[1], {6}, {1, 4, 2, 5, 3, 6});
  expectNear(results[2], {2, 2}, {2, 3, 5, 6});
  expectNear(results[3], {1, 3}, {4, 5, 6});
  expectNear(results[4], {3, 3}, {0, 0, 0, 1, 2, 3, 4, 5, 6});
  expectNear(results[5], {2, 5}, {1, 2, 3, 2, 3, 4, 5, 6, 5, 6});
  expectNear(results[6], {}, {10});
}

TEST_F(Interpreter, TransposesThreeDimensions) {
  auto results = run(R"(
    func.func @f(%x: tensor<1x2x3xf32>) -> tensor<3x1x2xf32> {
      %0 = rondo.transpose %x perm = [2, 0, 1] : tensor<1x2x3xf32> -> tensor<3x1x2xf32>
      return %0 : tensor<3x1x2xf32>
    })",
                     {floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})});
  expectNear(results[0], {3, 1, 2}, {1, 4, 2, 5, 3, 6});
}

TEST_F(Interpreter, PadCountsFromTheEnd) {
  auto results = run(R"(
    func.func @f(%x: tensor<1xf32>) -> tensor<3xf32> {
      %0 = rondo.pad %x offsets = ["1"] : tensor<1xf32> -> tensor<3xf32>
      return %0 : tensor<3xf32>
    })",
                     {floats({1}, {7})});
  expectNear(results[0], {3}, {0, 7, 0});
}

TEST_F(Interpreter, Broadcasts) {
  auto results = run(R"(
    func.func @f(%x: tensor<2x1xf32>, %s: tensor<f32>) -> (tensor<2x3x2xf32>, tensor<2xf32>) {
      %0 = rondo.broadcast %x dims = [0, 2] : tensor<2x1xf32> -> tensor<2x3x2xf32>
      %1 = rondo.broadcast %s dims = [] : tensor<f32> -> tensor<2xf32>
      return %0, %1 : tensor<2x3x2xf32>, tensor<2xf32>
    })",
                     {floats({2, 1}, {1, 2}), floats({}, {5})});
  expectNear(results[0], {2, 3, 2}, {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2});
  expectNear(results[1], {2}, {5, 5});
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

TEST_F(Interpreter, Reductions) {
  auto results = run(R"(
    func.func @f(%x: tensor<2x2x2xf32>) -> (tensor<2xf32>, tensor<2x2xf32>, tensor<f32>) {
      %0 = rondo.reduce sum %x dims = [0, 2] : tensor<2x2x2xf32> -> tensor<2xf32>
      %1 = rondo.reduce max %x dims = [1] : tensor<2x2x2xf32> -> tensor<2x2xf32>
      %2 = rondo.reduce min %x dims = [0, 1, 2] : tensor<2x2x2xf32> -> tensor<f32>
      return %0, %1, %2 : tensor<2xf32>, tensor<2x2xf32>, tensor<f32>
    })",
                     {floats({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, -8})});
  expectNear(results[0], {2}, {14, 6});
  expectNear(results[1], {2, 2}, {3, 4, 7, 6});
  expectNear(results[2], {}, {-8});
}

TEST_F(Interpreter, ArgMaxTakesTheFirst) {
  auto results = run(R"(
    func.func @f(%x: tensor<2x3xf32>) -> (tensor<2xi32>, tensor<3xi32>) {
      %0 = rondo.argmax %x axis = 1 : tensor<2x3xf32> -> tensor<2xi32>
      %1 = rondo.argmax %x axis = 0 : tensor<2x3xf32> -> tensor<3xi32>
      return %0, %1 : tensor<2xi32>, tensor<3xi32>
    })",
                     {floats({2, 3}, {1, 5, 5, 9, 2, 7})});
  expectNear(results[0], {2}, {1, 0});
  expectNear(results[1], {3}, {1, 0, 1});
  EXPECT_EQ(results[0].dtype, Dtype::Int);
}

TEST_F(Interpreter, OneHotOfAnIndexOutsideIsZero) {
  auto results = run(R"(
    func.func @f(%n: tensor<4xi32>) -> tensor<4x3xf32> {
      %0 = rondo.one_hot %n depth = 3 : tensor<4xi32> -> tensor<4x3xf32>
      return %0 : tensor<4x3xf32>
    })",
                     {ints({4}, {2, 0, 3, -1})});
  expectNear(results[0], {4, 3}, {0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
}

// The first number is the known answer of Philox2x32-10 for zeros, ff1dae59 6cd10df2; the others
// come from a program in another language.
TEST_F(Interpreter, DrawsWhatPhiloxDraws) {
  auto results = run(R"(
    func.func @f(%zero: tensor<2xi32>, %key: tensor<2xi32>) -> (tensor<3xf32>, tensor<3x1xf32>,
                                                                tensor<3xf32>) {
      %0 = rondo.random %zero stream = 0 : tensor<2xi32> -> tensor<3xf32>
      %1 = rondo.random %key stream = 5 : tensor<2xi32> -> tensor<3x1xf32>
      %2 = rondo.random normal %zero stream = 0 : tensor<2xi32> -> tensor<3xf32>
      return %0, %1, %2 : tensor<3xf32>, tensor<3x1xf32>, tensor<3xf32>
    })",
                     {ints({2}, {0, 0}), ints({2}, {0x9abcdef0, -2})});
  expectNear(results[0], {3}, {0xff1dae * 0x1p-24, 0xdcdce8 * 0x1p-24, 0x049f69 * 0x1p-24});
  expectNear(results[1], {3, 1}, {0x4be585 * 0x1p-24, 0x6f8f1c * 0x1p-24, 0xeeff3d * 0x1p-24});
  expectNear(results[2], {3}, {-3.0006573133259, -1.3823409338655, 0.0012558077064});
}

TEST_F(Interpreter, TruncatesTowardsZeroAndIntoTheRangeOfIntegers) {
  auto results = run(R"(
    func.func @f(%x: tensor<9xf32>) -> tensor<9xi32> {
      %0 = rondo.truncate %x : tensor<9xf32> -> tensor<9xi32>
      return %0 : tensor<9xi32>
    })",
                     {floats({9}, {1.9, -1.9, 0.99, -0.99, 3e9, -3e9, infinity, -infinity, NaN})});
  EXPECT_EQ(results[0].dtype, Dtype::Int);
  expectNear(results[0], {9},
             {1, -1, 0, 0, 2147483647, -2147483648.0, 2147483647, -2147483648.0, 0}, 0);
}

TEST_F(Interpreter, GathersRowsAlsoFromBehindAndZerosElsewhere) {
  auto results =
      run(R"(
    func.func @f(%t: tensor<3x2xf32>, %n: tensor<2x3xi32>, %i: tensor<i32>)
        -> (tensor<2x3x2xf32>, tensor<2xf32>) {
      %0 = rondo.gather %t, %n : tensor<3x2xf32>, tensor<2x3xi32> -> tensor<2x3x2xf32>
      %1 = rondo.gather %t, %i : tensor<3x2xf32>, tensor<i32> -> tensor<2xf32>
      return %0, %1 : tensor<2x3x2xf32>, tensor<2xf32>
    })",
          {floats({3, 2}, {1, 2, 3, 4, 5, 6}), ints({2, 3}, {2, 0, -1, -3, 3, -4}), ints({}, {1})});
  expectNear(results[0], {2, 3, 2}, {5, 6, 1, 2, 5, 6, 1, 2, 0, 0, 0, 0});
  expectNear(results[1], {2}, {3, 4});
}

TEST_F(Interpreter, ScatterAddsWhereGatherWouldRead) {
  auto results =
      run(R"(
    func.func @f(%n: tensor<5xi32>, %u: tensor<5x2xf32>) -> tensor<3x2xf32> {
      %0 = rondo.scatter_add %n, %u : tensor<5xi32>, tensor<5x2xf32> -> tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    })",
          {ints({5}, {2, 0, -1, 3, -4}), floats({5, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})});
  expectNear(results[0], {3, 2}, {3, 4, 0, 0, 6, 8});
}

TEST_F(Interpreter, ContractsInTheOrderOfItsResult) {
  // Batch dimension 1 of lhs with 0 of rhs: the result is (batch, lhs, rhs).
  auto results = run(R"(
    func.func @f(%x: tensor<2x2x3xf32>, %y: tensor<2x3x1xf32>) -> (tensor<2x2x1xf32>, tensor<2x2xf32>) {
      %0 = rondo.contract %x, %y batch = [1] x [0] contract = [2] x [1]
        : (tensor<2x2x3xf32>, tensor<2x3x1xf32>) -> tensor<2x2x1xf32>
      %1 = rondo.contract %x, %x batch = [] x [] contract = [0, 2] x [0, 2]
        : (tensor<2x2x3xf32>, tensor<2x2x3xf32>) -> tensor<2x2xf32>
      return %0, %1 : tensor<2x2x1xf32>, tensor<2x2xf32>
    })",
                     {floats({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
                      floats({2, 3, 1}, {1, 0, -1, 2, 1, 0})});
  expectNear(results[0], {2, 2, 1}, {-2, -2, 13, 31});
  expectNear(results[1], {2, 2}, {208, 298, 298, 442});
}

TEST_F(Interpreter, SoftmaxAlongAnyAxisWithoutOverflow) {
  auto results = run(R"(
    func.func @f(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
      %0 = rondo.softmax %x axis = 0 : tensor<2x2xf32>
      %1 = rondo.log_softmax %x axis = 1 : tensor<2x2xf32>
      return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
    })",
                     {floats({2, 2}, {1000, 0, 1000, std::log(3.0)})});
  expectNear(results[0], {2, 2}, {0.5, 0.25, 0.5, 0.75});
  expectNear(results[1], {2, 2}, {0, -1000, 0, std::log(3.0) - 1000});
}

TEST_F(Interpreter, CrossentropyOfLogits) {
  auto results = run(R"(
    func.func @f(%z: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> tensor<2xf32> {
      %0 = rondo.softmax_crossentropy %z, %y : tensor<2x2xf32> -> tensor<2xf32>
      return %0 : tensor<2xf32>
    })",
                     {floats({2, 2}, {1000, 0, 0, std::log(3.0)}), floats({2, 2}, {0, 1, 0.5, 2})});
  expectNear(results[0], {2}, {1000, 0.5 * std::log(4.0) + 2 * std::log(4.0 / 3)});
}

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

const char *lstmSource = R"(
  func.func @f(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>, %r: tensor<3x12xf32>, %b: tensor<12xf32>)
      -> (tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>) {
    %0:3 = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>)
      : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
      -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
    return %0#0, %0#1, %0#2 : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  })";

/// arange(72) as (3, 6, 4), the input of Keras' own LSTM test.
Tensor kerasSequence() {
  Tensor x(Dtype::Float, {3, 6, 4});
  for (int64_t i = 0; i < x.size(); ++i)
    x.values[i] = i;
  return x;
}

/// All .03, the forget gate's slice `forget`.
Tensor kerasBias(double forget) {
  Tensor bias = full({12}, 0.03);
  std::fill(bias.values.begin() + 3, bias.values.begin() + 6, forget);
  return bias;
}

std::vector<double> eachThrice(double a, double b, double c) { return {a, a, a, b, b, b, c, c, c}; }

// Expected values: Keras 3.15.1 (f32), layers/rnn/lstm_test.py, test_correctness:
// constant initialisers .01 (kernel), .02 (recurrent), .03 (bias).
TEST_F(Interpreter, LstmGivesKerasGoldens) {
  auto lastH = [&](const Tensor &bias) {
    return run(lstmSource, {kerasSequence(), full({4, 12}, 0.01), full({3, 12}, 0.02), bias})[1];
  };
  expectNear(lastH(kerasBias(1)), {3, 3}, eachThrice(.6288687, .8689914, .9460773), 1e-6);
  expectNear(lastH(kerasBias(0.03)), {3, 3}, eachThrice(.570197, .8661915, .9459623), 1e-6);
  expectNear(lastH(full({12}, 0)), {3, 3}, eachThrice(.5498692, .8622679, .9443935), 1e-6);
}

/// One unit, one feature: every number can be followed by hand.
TEST_F(Interpreter, LstmOfOneUnitByHand) {
  auto results = run(R"(
    func.func @f(%x: tensor<1x2x1xf32>, %k: tensor<1x4xf32>, %r: tensor<1x4xf32>, %h: tensor<1x1xf32>, %c: tensor<1x1xf32>)
        -> (tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x2x4xf32>, tensor<1x2x1xf32>) {
      %0:5 = rondo.lstm %x, %k, %r initial(%h, %c : tensor<1x1xf32>, tensor<1x1xf32>)
        {activation = #rondo.activation<linear>, recurrent_activation = #rondo.activation<relu>}
        : tensor<1x2x1xf32>, tensor<1x4xf32>, tensor<1x4xf32>
        -> tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x2x4xf32>, tensor<1x2x1xf32>
      return %0#0, %0#1, %0#2, %0#3, %0#4 : tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x2x4xf32>, tensor<1x2x1xf32>
    })",
                     {floats({1, 2, 1}, {1, 2}), floats({1, 4}, {1, 2, 3, 4}),
                      floats({1, 4}, {1, 0, -1, 0}), floats({1, 1}, {5}), floats({1, 1}, {10})});
  // t = 0: z = (1+5, 2, 3-5, 4); c = 2*10 + 6*-2 = 8; h = 4*8 = 32.
  // t = 1: z = (2+32, 4, 6-32, 8); c = 4*8 + 34*-26 = -852; h = 8*-852 = -6816.
  expectNear(results[0], {1, 2, 1}, {32, -6816});
  expectNear(results[1], {1, 1}, {-6816});
  expectNear(results[2], {1, 1}, {-852});
  expectNear(results[3], {1, 2, 4}, {6, 2, -2, 4, 34, 4, -26, 8});
  expectNear(results[4], {1, 2, 1}, {8, -852});
}

const char *lstmGradSource = R"(
  func.func @f(%x: tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, %k: tensor<2x12xf32>, %r: tensor<3x12xf32>, %b: tensor<12xf32>,
               %h: tensor<?x3xf32, #rondo.dims<["B"]>>, %c: tensor<?x3xf32, #rondo.dims<["B"]>>,
               %dq: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, %dh: tensor<?x3xf32, #rondo.dims<["B"]>>, %dc: tensor<?x3xf32, #rondo.dims<["B"]>>)
      -> (tensor<f32>, tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<2x12xf32>, tensor<3x12xf32>, tensor<12xf32>,
          tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>) {
    %0:3 = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>) initial(%h, %c : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
      : tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<2x12xf32>, tensor<3x12xf32>
      -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
    %q = rondo.mul %0#0, %dq : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
    %l = rondo.mul %0#1, %dh : tensor<?x3xf32, #rondo.dims<["B"]>>
    %m = rondo.mul %0#2, %dc : tensor<?x3xf32, #rondo.dims<["B"]>>
    %sq = rondo.reduce sum %q dims = [0, 1, 2] : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> -> tensor<f32>
    %sl = rondo.reduce sum %l dims = [0, 1] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<f32>
    %sm = rondo.reduce sum %m dims = [0, 1] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<f32>
    %s = rondo.add %sq, %sl : tensor<f32>
    %loss = rondo.add %s, %sm : tensor<f32>
    %g:6 = rondo.lstm_grad %x, %k, %r bias(%b : tensor<12xf32>) initial(%h, %c : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
      d_sequence(%dq : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) d_last_h(%dh : tensor<?x3xf32, #rondo.dims<["B"]>>) d_last_c(%dc : tensor<?x3xf32, #rondo.dims<["B"]>>)
      : tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<2x12xf32>, tensor<3x12xf32>
      -> tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<2x12xf32>, tensor<3x12xf32> bias tensor<12xf32>
         initial tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
    return %loss, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5 : tensor<f32>, tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<2x12xf32>, tensor<3x12xf32>,
      tensor<12xf32>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  })";

TEST_F(Interpreter, LstmGradAgreesWithFiniteDifferences) {
  const int64_t batch = 2, steps = 4;
  std::vector<Tensor> arguments = {full({batch, steps, 2}, 0), full({2, 12}, 0),
                                   full({3, 12}, 0),           full({12}, 0),
                                   full({batch, 3}, 0),        full({batch, 3}, 0),
                                   full({batch, steps, 3}, 0), full({batch, 3}, 0),
                                   full({batch, 3}, 0)};
  double phase = 0;
  for (Tensor &argument : arguments)
    for (double &value : argument.values)
      value = std::sin(phase += 0.7);

  std::vector<Tensor> results = run(lstmGradSource, arguments);
  for (size_t operand = 0; operand < 6; ++operand) {
    const Tensor &gradient = results[1 + operand];
    ASSERT_EQ(gradient.shape, arguments[operand].shape);
    for (int64_t i = 0; i < gradient.size(); ++i) {
      const double step = 1e-5, value = arguments[operand].values[i];
      arguments[operand].values[i] = value + step;
      double above = run(lstmGradSource, arguments)[0].values[0];
      arguments[operand].values[i] = value - step;
      double below = run(lstmGradSource, arguments)[0].values[0];
      arguments[operand].values[i] = value;
      EXPECT_NEAR(gradient.values[i], (above - below) / (2 * step), 1e-8)
          << "operand " << operand << ", element " << i;
    }
    EXPECT_NE(gradient.values, std::vector<double>(gradient.size(), 0.0)) << "operand " << operand;
  }
}

/// One unit: every number can be followed by hand.
TEST_F(Interpreter, GruOfOneUnitByHand) {
  auto results = run(R"(
    func.func @f(%x: tensor<1x2x3xf32>, %r: tensor<1x3xf32>, %h: tensor<1x1xf32>, %b: tensor<3xf32>)
        -> (tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x2x4xf32>) {
      %0:3 = rondo.rnn %x, %r, %h bias(%b : tensor<3xf32>)
        {activation = #rondo.activation<linear>, cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<relu>}
        : tensor<1x2x3xf32>, tensor<1x3xf32>, tensor<1x1xf32> -> tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x2x4xf32>
      return %0#0, %0#1, %0#2 : tensor<1x2x1xf32>, tensor<1x1xf32>, tensor<1x2x4xf32>
    })",
                     {floats({1, 2, 3}, {1, 2, 3, -9, 1, 0}), floats({1, 3}, {1, 0, 2}),
                      floats({1, 1}, {2}), floats({3}, {0, 0, -1})});
  // t = 0: s = (2, 0, 3); z = 3, r = 2, n = 3 + 2*3 = 9; h = 3*2 - 2*9 = -12.
  // t = 1: s = (-12, 0, -25); z = relu(-21) = 0, r = 1, n = -25; h = -25.
  expectNear(results[0], {1, 2, 1}, {-12, -25});
  expectNear(results[1], {1, 1}, {-25});
  expectNear(results[2], {1, 2, 4}, {3, 2, 9, 3, 0, 1, -25, -25});
}

TEST_F(Interpreter, SimpleRnnOfOneUnitByHand) {
  auto results = run(R"(
    func.func @f(%x: tensor<1x3x1xf32>, %r: tensor<1x1xf32>, %h: tensor<1x1xf32>) -> (tensor<1x3x1xf32>, tensor<1x3x1xf32>) {
      %0:3 = rondo.rnn %x, %r, %h {activation = #rondo.activation<leaky_relu>, cell = #rondo.rnn_cell<simple>}
        : tensor<1x3x1xf32>, tensor<1x1xf32>, tensor<1x1xf32> -> tensor<1x3x1xf32>, tensor<1x1xf32>, tensor<1x3x1xf32>
      return %0#0, %0#2 : tensor<1x3x1xf32>, tensor<1x3x1xf32>
    })",
                     {floats({1, 3, 1}, {1, 2, 3}), floats({1, 1}, {-2}), floats({1, 1}, {1})});
  // Sums 1 - 2 = -1, 2 + 0.4 = 2.4, 3 - 4.8 = -1.8, of which negative ones count a fifth.
  expectNear(results[0], {1, 3, 1}, {-0.2, 2.4, -0.36});
  expectNear(results[1], {1, 3, 1}, {-1, 2.4, -1.8});
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// h = w * h + x[t], and the sequence of the h before each step.
std::string scanSource(const char *direction) {
  return std::string(R"(
  func.func @f(%x: tensor<?x?xf32, #rondo.dims<["B", "T"]>>, %h: tensor<?xf32, #rondo.dims<["B"]>>, %w: tensor<?xf32, #rondo.dims<["B"]>>)
      -> (tensor<?xf32, #rondo.dims<["B"]>>, tensor<?x?xf32, #rondo.dims<["B", "T"]>>) {
    %0:2 = rondo.scan )") +
         direction + R"( carries(%h : tensor<?xf32, #rondo.dims<["B"]>>)
        sequences(%x : tensor<?x?xf32, #rondo.dims<["B", "T"]>>) constants(%w : tensor<?xf32, #rondo.dims<["B"]>>) {
    ^bb0(%h1: tensor<?xf32, #rondo.dims<["B"]>>, %x1: tensor<?xf32, #rondo.dims<["B"]>>, %w1: tensor<?xf32, #rondo.dims<["B"]>>):
      %1 = rondo.mul %h1, %w1 : tensor<?xf32, #rondo.dims<["B"]>>
      %2 = rondo.add %1, %x1 : tensor<?xf32, #rondo.dims<["B"]>>
      rondo.yield %2, %h1 : tensor<?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["B"]>>
    } -> tensor<?xf32, #rondo.dims<["B"]>>, tensor<?x?xf32, #rondo.dims<["B", "T"]>>
    return %0#0, %0#1 : tensor<?xf32, #rondo.dims<["B"]>>, tensor<?x?xf32, #rondo.dims<["B", "T"]>>
  })";
}

TEST_F(Interpreter, ScansInBothDirections) {
  std::vector<Tensor> arguments = {floats({2, 3}, {1, 2, 3, 4, 5, 6}), floats({2}, {1, 2}),
                                   floats({2}, {2, 10})};
  std::vector<Tensor> forward = run(scanSource("").c_str(), arguments);
  EXPECT_EQ(forward[0].values, (std::vector<double>{19, 2456}));
  EXPECT_EQ(forward[1].values, (std::vector<double>{1, 3, 8, 2, 24, 245}));
  std::vector<Tensor> backward = run(scanSource("reverse").c_str(), arguments);
  EXPECT_EQ(backward[0].values, (std::vector<double>{25, 2654}));
  EXPECT_EQ(backward[1].values, (std::vector<double>{12, 5, 1, 265, 26, 2}));
}

//===----------------------------------------------------------------------===//
// What does not fit
//===----------------------------------------------------------------------===//

const char *sumSource = R"(
  func.func @f(%x: tensor<?x?xf32, #rondo.dims<["B", "T"]>>, %y: tensor<?xf32, #rondo.dims<["T-1"]>>)
      -> tensor<?x?xf32, #rondo.dims<["B", "T"]>> {
    return %x : tensor<?x?xf32, #rondo.dims<["B", "T"]>>
  })";

TEST_F(Interpreter, BindsSymbolsConsistently) {
  EXPECT_EQ(errorOf(sumSource, {full({2, 3}, 1), full({2}, 1)}), "");
  EXPECT_EQ(errorOf(sumSource, {full({2, 3}, 1)}), "the function takes 2 arguments, not 1");
  EXPECT_EQ(errorOf(sumSource, {full({2, 3}, 1), full({3}, 1)}),
            "argument 1 of shape (3) does not fit tensor<?xf32, #rondo.dims<[\"T-1\"]>>: T-1 is 2");
  EXPECT_EQ(errorOf(sumSource, {full({2}, 1), full({3}, 1)}),
            "argument 0 of shape (2) does not fit tensor<?x?xf32, #rondo.dims<[\"B\", \"T\"]>>");
  EXPECT_EQ(errorOf(sumSource, {ints({1, 1}, {1}), full({0}, 1)}),
            "argument 0 of shape (1, 1) does not fit tensor<?x?xf32, #rondo.dims<[\"B\", \"T\"]>>");
}

TEST_F(Interpreter, NeedsASizeForEverySymbol) {
  EXPECT_EQ(
      errorOf("func.func @f(%x: tensor<?xf32, #rondo.dims<[\"B*T\"]>>) { return }", {full({6}, 1)}),
      "argument 0: no argument says how large the symbols of B*T are");
  EXPECT_EQ(errorOf(R"(
    func.func @f(%s: tensor<f32>) {
      %0 = rondo.broadcast %s dims = [] : tensor<f32> -> tensor<?xf32, #rondo.dims<["B"]>>
      return
    })",
                    {full({}, 1)}),
            "rondo.broadcast yields tensor<?xf32, #rondo.dims<[\"B\"]>>, but no argument says how "
            "large the symbols of B are");
}

TEST_F(Interpreter, ASliceMayFailForTheSizesOfARun) {
  const char *source = R"(
    func.func @f(%x: tensor<?xf32, #rondo.dims<["T"]>>) -> tensor<3xf32> {
      %0 = rondo.slice %x offsets = ["1"] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<3xf32>
      return %0 : tensor<3xf32>
    })";
  EXPECT_EQ(errorOf(source, {full({4}, 1)}), "");
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    message = diagnostic.str();
    return mlir::success();
  });
  EXPECT_EQ(errorOf(source, {full({3}, 1)}), "rondo.slice failed");
  EXPECT_EQ(message, "'rondo.slice' op dimension 0: 3 elements at 1 do not lie inside 3");
}

} // namespace
