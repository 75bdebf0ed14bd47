//===- RuleCases.cpp - Every gradient rule in many shapes -----------------===//
//
// Static and dynamic sizes, sizes of one, operands used twice, integers beside
// floats. Every op that has a rule occurs here (a test checks that).
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "dialect/IR/RondoDialect.h"

#include <fmt/format.h>

namespace rondo::test {

/// `y = op(x)` under several types; `draw` says how x is drawn.
static void addUnary(std::vector<GradientCase> &cases, const char *op, const char *draw = "") {
  for (auto [suffix, type] :
       {std::pair("Static", "tensor<2x3xf32>"), std::pair("Dynamic", "tensor<?x3xf32, #B>"),
        std::pair("Double", "tensor<3x2xf64>")})
    cases.push_back({fmt::format("{}{}", op, suffix), fmt::format(R"(
      func.func @f(%x: {1} {2}) -> {1} {{
        %y = rondo.{0} %x : {1}
        return %y : {1}
      }})",
                                                                  op, type, draw)});
}

/// `z = op(x, y)`; `drawX` and `drawY` say how they are drawn.
static void addBinary(std::vector<GradientCase> &cases, const char *op, const char *drawX = "",
                      const char *drawY = "") {
  for (auto [suffix, type] :
       {std::pair("Static", "tensor<2x3xf64>"), std::pair("Dynamic", "tensor<?x?x3xf32, #BT>")})
    cases.push_back({fmt::format("{}{}", op, suffix), fmt::format(R"(
      func.func @f(%x: {1} {2}, %y: {1} {3}) -> {1} {{
        %z = rondo.{0} %x, %y : {1}
        return %z : {1}
      }})",
                                                                  op, type, drawX, drawY)});
}

static void addElementwise(std::vector<GradientCase> &cases) {
  for (const char *op :
       {"neg", "exp", "expm1", "tanh", "sigmoid", "relu", "erf", "sin", "cos", "abs"})
    addUnary(cases, op);
  for (const char *op : {"log", "log1p", "sqrt"})
    addUnary(cases, op, "{test.min = 0.5}");
  for (const char *op : {"sign", "floor"})
    addUnary(cases, op, "{test.unused}");
  // Differences see through it, unless what they see is flat.
  cases.push_back({"stopGradient", R"(
    func.func @f(%x: tensor<?x3xf32, #B>) -> tensor<?x3xf32, #B> {
      %s = rondo.stop_gradient %x : tensor<?x3xf32, #B>
      %y = rondo.sign %s : tensor<?x3xf32, #B>
      %x2 = rondo.mul %x, %x : tensor<?x3xf32, #B>
      %z = rondo.mul %x2, %y : tensor<?x3xf32, #B>
      return %z : tensor<?x3xf32, #B>
    })"});
  for (const char *op : {"add", "sub", "mul", "maximum", "minimum"})
    addBinary(cases, op);
  addBinary(cases, "div", "", "{test.min = 0.5}");
  addBinary(cases, "pow", "{test.min = 0.5}");
  for (const char *exponent : {"2.0", "3.0", "-1.0", "1.0"})
    cases.push_back(
        {fmt::format("powConstant{}", static_cast<int>(exponent[0] == '-' ? 0 : exponent[0] - '0')),
         fmt::format(R"(
      func.func @f(%x: tensor<2x3xf32> {{test.min = -1.75}}) -> tensor<2x3xf32> {{
        %y = arith.constant dense<{}> : tensor<2x3xf32>
        %z = rondo.pow %x, %y : tensor<2x3xf32>
        return %z : tensor<2x3xf32>
      }})",
                     exponent)});

  cases.push_back({"tanhOfScalar", R"(
    func.func @f(%x: tensor<f32>) -> tensor<f32> {
      %y = rondo.tanh %x : tensor<f32>
      return %y : tensor<f32>
    })"});
  cases.push_back({"mulOfItself", R"(
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %y = rondo.mul %x, %x : tensor<4xf32>
      return %y : tensor<4xf32>
    })"});
  cases.push_back({"addToItself", R"(
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %y = rondo.add %x, %x : tensor<4xf32>
      return %y : tensor<4xf32>
    })"});
  cases.push_back({"divOfItsSquare", R"(
    func.func @f(%x: tensor<4xf32> {test.min = 1.0}) -> tensor<4xf32> {
      %y = rondo.mul %x, %x : tensor<4xf32>
      %z = rondo.div %x, %y : tensor<4xf32>
      return %z : tensor<4xf32>
    })"});
  cases.push_back({"selectByArgument", R"(
    func.func @f(%c: tensor<4x5xi1>, %x: tensor<4x5xf32>, %y: tensor<4x5xf32>) -> tensor<4x5xf32> {
      %z = rondo.select %c, %x, %y : tensor<4x5xi1>, tensor<4x5xf32>
      return %z : tensor<4x5xf32>
    })"});
  cases.push_back({"selectByComparison", R"(
    func.func @f(%x: tensor<?x3xf32, #B>, %y: tensor<?x3xf32, #B>) -> tensor<?x3xf32, #B> {
      %s = rondo.mul %x, %x : tensor<?x3xf32, #B>
      %c = rondo.compare lt %x, %y : tensor<?x3xf32, #B> -> tensor<?x3xi1, #B>
      %z = rondo.select %c, %s, %y : tensor<?x3xi1, #B>, tensor<?x3xf32, #B>
      return %z : tensor<?x3xf32, #B>
    })"});
  cases.push_back({"castOfFloats", R"(
    func.func @f(%x: tensor<3xf32>) -> tensor<3xf64> {
      %w = rondo.cast %x : tensor<3xf32> -> tensor<3xf64>
      %y = rondo.mul %w, %w : tensor<3xf64>
      return %y : tensor<3xf64>
    })"});
  cases.push_back({"castOfIntegers", R"(
    func.func @f(%i: tensor<?xi32, #B> {test.below = 5}, %x: tensor<?xf32, #B>) -> tensor<?xf32, #B> {
      %w = rondo.cast %i : tensor<?xi32, #B> -> tensor<?xf32, #B>
      %y = rondo.exp %w : tensor<?xf32, #B>
      %z = rondo.mul %x, %y : tensor<?xf32, #B>
      return %z : tensor<?xf32, #B>
    })"});
}

static void addShapes(std::vector<GradientCase> &cases) {
  cases.push_back({"broadcastNewDimensions", R"(
    func.func @f(%x: tensor<3xf32>) -> tensor<2x3x4xf32> {
      %y = rondo.broadcast %x dims = [1] : tensor<3xf32> -> tensor<2x3x4xf32>
      return %y : tensor<2x3x4xf32>
    })"});
  cases.push_back({"broadcastSizeOne", R"(
    func.func @f(%x: tensor<1x3x1xf32>) -> tensor<2x3x4xf32> {
      %y = rondo.broadcast %x dims = [0, 1, 2] : tensor<1x3x1xf32> -> tensor<2x3x4xf32>
      return %y : tensor<2x3x4xf32>
    })"});
  cases.push_back({"broadcastBoth", R"(
    func.func @f(%x: tensor<?x1xf32, #T>) -> tensor<?x?x3x2xf32, #BT> {
      %y = rondo.broadcast %x dims = [1, 3] : tensor<?x1xf32, #T> -> tensor<?x?x3x2xf32, #BT>
      return %y : tensor<?x?x3x2xf32, #BT>
    })"});
  cases.push_back({"broadcastOneToOne", R"(
    func.func @f(%x: tensor<1x3xf32>) -> tensor<1x2x3xf32> {
      %y = rondo.broadcast %x dims = [0, 2] : tensor<1x3xf32> -> tensor<1x2x3xf32>
      return %y : tensor<1x2x3xf32>
    })"});
  cases.push_back({"broadcastOfScalar", R"(
    func.func @f(%x: tensor<f32>, %other: tensor<?x2xf32, #B>) -> tensor<?x2xf32, #B> {
      %y = rondo.broadcast %x dims = [] : tensor<f32> -> tensor<?x2xf32, #B>
      %z = rondo.mul %y, %other : tensor<?x2xf32, #B>
      return %z : tensor<?x2xf32, #B>
    })"});
  cases.push_back({"broadcastToTheSame", R"(
    func.func @f(%x: tensor<2x1xf32>) -> tensor<2x1xf32> {
      %y = rondo.broadcast %x dims = [0, 1] : tensor<2x1xf32> -> tensor<2x1xf32>
      return %y : tensor<2x1xf32>
    })"});
  cases.push_back({"reshapeStatic", R"(
    func.func @f(%x: tensor<2x6xf32>) -> tensor<3x4xf32> {
      %y = rondo.reshape %x : tensor<2x6xf32> -> tensor<3x4xf32>
      return %y : tensor<3x4xf32>
    })"});
  cases.push_back({"reshapeDynamic", R"(
    func.func @f(%x: tensor<?x?x4xf32, #BT>) -> tensor<?x2x2xf32, #rondo.dims<["B*T"]>> {
      %y = rondo.reshape %x : tensor<?x?x4xf32, #BT> -> tensor<?x2x2xf32, #rondo.dims<["B*T"]>>
      return %y : tensor<?x2x2xf32, #rondo.dims<["B*T"]>>
    })"});
  cases.push_back({"transposeThatIsNotItsInverse", R"(
    func.func @f(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
      %y = rondo.transpose %x perm = [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
      return %y : tensor<3x4x2xf32>
    })"});
  cases.push_back({"transposeDynamic", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>) -> tensor<?x2x?xf32, #TB> {
      %y = rondo.transpose %x perm = [1, 2, 0] : tensor<?x?x2xf32, #BT> -> tensor<?x2x?xf32, #TB>
      return %y : tensor<?x2x?xf32, #TB>
    })"});
  cases.push_back({"sliceInside", R"(
    func.func @f(%x: tensor<4x5xf32>) -> tensor<2x3xf32> {
      %y = rondo.slice %x offsets = ["1", "2"] : tensor<4x5xf32> -> tensor<2x3xf32>
      return %y : tensor<2x3xf32>
    })"});
  cases.push_back({"sliceLastStep", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>) -> tensor<?x1x2xf32, #B> {
      %y = rondo.slice %x offsets = ["0", "T-1", "0"] : tensor<?x?x2xf32, #BT> -> tensor<?x1x2xf32, #B>
      return %y : tensor<?x1x2xf32, #B>
    })"});
  cases.push_back({"sliceAllButTheFirst", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>) -> tensor<?x?x2xf32, #rondo.dims<["B", "T-1"]>> {
      %y = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x?x2xf32, #BT> -> tensor<?x?x2xf32, #rondo.dims<["B", "T-1"]>>
      return %y : tensor<?x?x2xf32, #rondo.dims<["B", "T-1"]>>
    })"});
  cases.push_back({"slicesThatOverlap", R"(
    func.func @f(%x: tensor<5xf32>) -> tensor<3xf32> {
      %a = rondo.slice %x offsets = ["0"] : tensor<5xf32> -> tensor<3xf32>
      %b = rondo.slice %x offsets = ["2"] : tensor<5xf32> -> tensor<3xf32>
      %y = rondo.mul %a, %b : tensor<3xf32>
      return %y : tensor<3xf32>
    })"});
  cases.push_back({"sliceBetweenEnds", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>) -> tensor<?x1x2xf32, #B> {
      %y = rondo.slice %x offsets = ["0", "T-2", "0"] : tensor<?x?x2xf32, #BT> -> tensor<?x1x2xf32, #B>
      return %y : tensor<?x1x2xf32, #B>
    })"});
  cases.push_back({"sliceWithStrides", R"(
    func.func @f(%x: tensor<?x4x5xf32, #B>) -> tensor<?x2x3xf32, #B> {
      %y = rondo.slice %x offsets = ["0", "1", "0"] strides = [1, 2, 2] : tensor<?x4x5xf32, #B> -> tensor<?x2x3xf32, #B>
      return %y : tensor<?x2x3xf32, #B>
    })"});
  cases.push_back({"sliceEverySecondStep", R"(
    func.func @f(%x: tensor<?x3xf32, #rondo.dims<["2*T"]>>, %t: tensor<?xf32, #T>) -> (tensor<?x3xf32, #T>, tensor<?xf32, #T>) {
      %y = rondo.slice %x offsets = ["1", "0"] strides = [2, 1] : tensor<?x3xf32, #rondo.dims<["2*T"]>> -> tensor<?x3xf32, #T>
      return %y, %t : tensor<?x3xf32, #T>, tensor<?xf32, #T>
    })"});
  cases.push_back({"padWithStrides", R"(
    func.func @f(%x: tensor<2x3xf32>) -> tensor<4x8xf32> {
      %y = rondo.pad %x offsets = ["1", "1"] strides = [2, 3] : tensor<2x3xf32> -> tensor<4x8xf32>
      return %y : tensor<4x8xf32>
    })"});
  cases.push_back({"padBehindAnotherSymbol", R"(
    func.func @f(%x: tensor<?x2xf32, #T>, %s: tensor<?x2xf32, #S>) -> tensor<?x2xf32, #rondo.dims<["S+T"]>> {
      %y = rondo.pad %x offsets = ["S", "0"] : tensor<?x2xf32, #T> -> tensor<?x2xf32, #rondo.dims<["S+T"]>>
      %z = rondo.pad %s offsets = ["0", "0"] : tensor<?x2xf32, #S> -> tensor<?x2xf32, #rondo.dims<["S+T"]>>
      %w = rondo.add %y, %z : tensor<?x2xf32, #rondo.dims<["S+T"]>>
      return %w : tensor<?x2xf32, #rondo.dims<["S+T"]>>
    })"});
  cases.push_back({"padInside", R"(
    func.func @f(%x: tensor<2x3xf32>) -> tensor<4x5xf32> {
      %y = rondo.pad %x offsets = ["1", "2"] : tensor<2x3xf32> -> tensor<4x5xf32>
      return %y : tensor<4x5xf32>
    })"});
  cases.push_back({"padAtTheEnd", R"(
    func.func @f(%x: tensor<?x1x2xf32, #B>) -> tensor<?x?x2xf32, #BT> {
      %y = rondo.pad %x offsets = ["0", "T-1", "0"] : tensor<?x1x2xf32, #B> -> tensor<?x?x2xf32, #BT>
      return %y : tensor<?x?x2xf32, #BT>
    })"});
  cases.push_back({"reverseInner", R"(
    func.func @f(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
      %y = rondo.reverse %x dims = [1] : tensor<2x3x4xf32>
      return %y : tensor<2x3x4xf32>
    })"});
  cases.push_back({"reverseDynamic", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>) -> tensor<?x?x2xf32, #BT> {
      %y = rondo.reverse %x dims = [1, 2] : tensor<?x?x2xf32, #BT>
      return %y : tensor<?x?x2xf32, #BT>
    })"});
  cases.push_back({"concatThree", R"(
    func.func @f(%x: tensor<2x1xf32>, %y: tensor<2x3xf32>, %z: tensor<2x2xf32>) -> tensor<2x6xf32> {
      %c = rondo.concat %x, %y, %z axis = 1 : tensor<2x1xf32>, tensor<2x3xf32>, tensor<2x2xf32> -> tensor<2x6xf32>
      return %c : tensor<2x6xf32>
    })"});
  cases.push_back({"concatTwice", R"(
    func.func @f(%x: tensor<2x3xf32>) -> tensor<4x3xf32> {
      %c = rondo.concat %x, %x axis = 0 : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
      return %c : tensor<4x3xf32>
    })"});
  cases.push_back({"concatAroundDynamic", R"(
    func.func @f(%x: tensor<2x1xf32>, %y: tensor<?x1xf32, #T>, %z: tensor<3x1xf32>, %w: tensor<1x1xf32>) -> tensor<?x1xf32, #rondo.dims<["T+6"]>> {
      %c = rondo.concat %x, %y, %z, %w axis = 0 : tensor<2x1xf32>, tensor<?x1xf32, #T>, tensor<3x1xf32>, tensor<1x1xf32> -> tensor<?x1xf32, #rondo.dims<["T+6"]>>
      return %c : tensor<?x1xf32, #rondo.dims<["T+6"]>>
    })"});
  cases.push_back({"concatOfDynamicParts", R"(
    func.func @f(%x: tensor<?x?x1xf32, #BT>, %y: tensor<?x2x1xf32, #B>, %z: tensor<?x?x1xf32, #BS>, %w: tensor<?x?x1xf32, #BT>) -> tensor<?x?x1xf32, #rondo.dims<["B", "S+2*T+2"]>> {
      %c = rondo.concat %x, %y, %z, %w axis = 1 : tensor<?x?x1xf32, #BT>, tensor<?x2x1xf32, #B>, tensor<?x?x1xf32, #BS>, tensor<?x?x1xf32, #BT> -> tensor<?x?x1xf32, #rondo.dims<["B", "S+2*T+2"]>>
      return %c : tensor<?x?x1xf32, #rondo.dims<["B", "S+2*T+2"]>>
    })"});
  cases.push_back({"concatAlongFeatures", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %y: tensor<?x?x3xf32, #BT>) -> tensor<?x?x5xf32, #BT> {
      %c = rondo.concat %x, %y axis = 2 : tensor<?x?x2xf32, #BT>, tensor<?x?x3xf32, #BT> -> tensor<?x?x5xf32, #BT>
      return %c : tensor<?x?x5xf32, #BT>
    })"});
}

static void addReductions(std::vector<GradientCase> &cases) {
  for (const char *kind : {"sum", "max", "min"}) {
    cases.push_back({fmt::format("reduce{}Inner", kind), fmt::format(R"(
      func.func @f(%x: tensor<2x3x4xf32>) -> tensor<2x4xf32> {{
        %y = rondo.reduce {} %x dims = [1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
        return %y : tensor<2x4xf32>
      }})",
                                                                     kind)});
    cases.push_back({fmt::format("reduce{}Everything", kind), fmt::format(R"(
      func.func @f(%x: tensor<2x3xf64>) -> tensor<f64> {{
        %y = rondo.reduce {} %x dims = [0, 1] : tensor<2x3xf64> -> tensor<f64>
        return %y : tensor<f64>
      }})",
                                                                          kind)});
    cases.push_back({fmt::format("reduce{}Dynamic", kind), fmt::format(R"(
      func.func @f(%x: tensor<?x?x3xf32, #BT>) -> tensor<?xf32, #T> {{
        %y = rondo.reduce {} %x dims = [0, 2] : tensor<?x?x3xf32, #BT> -> tensor<?xf32, #T>
        return %y : tensor<?xf32, #T>
      }})",
                                                                       kind)});
  }
  cases.push_back({"meanOverDynamicTime", R"(
    func.func @f(%x: tensor<?x?x3xf32, #BT>) -> tensor<?x3xf32, #B> {
      %sum = rondo.reduce sum %x dims = [1] : tensor<?x?x3xf32, #BT> -> tensor<?x3xf32, #B>
      %n = rondo.size %x dims = [1] : tensor<?x?x3xf32, #BT> -> tensor<f32>
      %ns = rondo.broadcast %n dims = [] : tensor<f32> -> tensor<?x3xf32, #B>
      %y = rondo.div %sum, %ns : tensor<?x3xf32, #B>
      return %y : tensor<?x3xf32, #B>
    })"});
  for (auto [name, sums, result] :
       {std::tuple("attention", "", "tensor<?x?x3xf32, #BT>"),
        std::tuple("attentionSum", "sum_queries", "tensor<?x3xf32, #B>")})
    cases.push_back({name, fmt::format(R"(
      func.func @f(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> {1} {{
        %y = rondo.attention %q, %k, %v {0} : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>, tensor<?x?x3xf32, #BS> -> {1}
        return %y : {1}
      }})",
                                       sums, result)});
  // One tensor in all roles, without leading dimensions and with two.
  cases.push_back({"attentionToItself", R"(
    func.func @f(%x: tensor<5x4xf32>) -> tensor<5x4xf32> {
      %y = rondo.attention %x, %x, %x : tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32> -> tensor<5x4xf32>
      return %y : tensor<5x4xf32>
    })"});
  cases.push_back({"attentionOfHeads", R"(
    func.func @f(%q: tensor<?x2x?x3xf32, #BT>, %v: tensor<?x2x?x2xf32, #BT>) -> tensor<?x2x2xf32, #B> {
      %y = rondo.attention %q, %q, %v sum_queries : tensor<?x2x?x3xf32, #BT>, tensor<?x2x?x3xf32, #BT>, tensor<?x2x?x2xf32, #BT> -> tensor<?x2x2xf32, #B>
      return %y : tensor<?x2x2xf32, #B>
    })"});
  // The rule takes labels that add up to 1.
  cases.push_back({"softmaxCrossentropy", R"(
    func.func @f(%z: tensor<?x?x4xf32, #BT>, %y: tensor<?x?x4xf32, #BT>) -> tensor<?x?xf32, #BT> {
      %p = rondo.softmax %y axis = 2 : tensor<?x?x4xf32, #BT>
      %l = rondo.softmax_crossentropy %z, %p : tensor<?x?x4xf32, #BT> -> tensor<?x?xf32, #BT>
      return %l : tensor<?x?xf32, #BT>
    })"});
  for (const char *op : {"softmax", "log_softmax"}) {
    cases.push_back({fmt::format("{}LastAxis", op), fmt::format(R"(
      func.func @f(%x: tensor<?x?x3xf32, #BT>) -> tensor<?x?x3xf32, #BT> {{
        %y = rondo.{} %x axis = 2 : tensor<?x?x3xf32, #BT>
        return %y : tensor<?x?x3xf32, #BT>
      }})",
                                                                op)});
    cases.push_back({fmt::format("{}FirstAxis", op), fmt::format(R"(
      func.func @f(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {{
        %y = rondo.{} %x axis = 0 : tensor<3x2xf32>
        return %y : tensor<3x2xf32>
      }})",
                                                                 op)});
  }
}

/// One contract: the types and the dimension lists of its operands.
static GradientCase contractCase(const char *name, const char *lhs, const char *rhs,
                                 const char *result, const char *dims) {
  return {fmt::format("contract{}", name), fmt::format(R"(
    func.func @f(%x: {0}, %y: {1}) -> {2} {{
      %z = rondo.contract %x, %y {3} : ({0}, {1}) -> {2}
      return %z : {2}
    }})",
                                                       lhs, rhs, result, dims)};
}

static void addRows(std::vector<GradientCase> &cases) {
  cases.push_back({"gatherStatic", R"(
    func.func @f(%t: tensor<4x3xf64>, %i: tensor<5xi32> {test.below = 4}) -> tensor<5x3xf64> {
      %y = rondo.gather %t, %i : tensor<4x3xf64>, tensor<5xi32> -> tensor<5x3xf64>
      return %y : tensor<5x3xf64>
    })"});
  cases.push_back({"gatherDynamic", R"(
    func.func @f(%t: tensor<3x2x19xf32>, %i: tensor<?x?xi32, #BT> {test.below = 3}) -> tensor<?x?x2x19xf32, #BT> {
      %y = rondo.gather %t, %i : tensor<3x2x19xf32>, tensor<?x?xi32, #BT> -> tensor<?x?x2x19xf32, #BT>
      %z = rondo.mul %y, %y : tensor<?x?x2x19xf32, #BT>
      return %z : tensor<?x?x2x19xf32, #BT>
    })"});
  // Numbers instead of rows, from a table of unknown length; one id for all.
  cases.push_back({"gatherOfNumbers", R"(
    func.func @f(%t: tensor<?xf32, #T>, %i: tensor<?xi32, #B> {test.below = 2}, %j: tensor<i32>) -> (tensor<?xf32, #B>, tensor<f32>) {
      %y = rondo.gather %t, %i : tensor<?xf32, #T>, tensor<?xi32, #B> -> tensor<?xf32, #B>
      %z = rondo.gather %t, %j : tensor<?xf32, #T>, tensor<i32> -> tensor<f32>
      return %y, %z : tensor<?xf32, #B>, tensor<f32>
    })"});
  // From behind, outside, and twice the same.
  cases.push_back({"gatherOfOddIndices", R"(
    func.func @f(%t: tensor<3x2xf32>) -> tensor<7x2xf32> {
      %i = arith.constant dense<[0, -1, 3, -4, 2, -3, 2147483647]> : tensor<7xi32>
      %y = rondo.gather %t, %i : tensor<3x2xf32>, tensor<7xi32> -> tensor<7x2xf32>
      return %y : tensor<7x2xf32>
    })"});
  cases.push_back({"gatherByFloats", R"(
    func.func @f(%t: tensor<3x2xf32>, %x: tensor<?xf32, #B> {test.min = 1.0, test.unused}) -> tensor<?x2xf32, #B> {
      %i = rondo.truncate %x : tensor<?xf32, #B> -> tensor<?xi32, #B>
      %y = rondo.gather %t, %i : tensor<3x2xf32>, tensor<?xi32, #B> -> tensor<?x2xf32, #B>
      return %y : tensor<?x2xf32, #B>
    })"});
  cases.push_back({"scatterAddStatic", R"(
    func.func @f(%i: tensor<5xi32> {test.below = 3}, %u: tensor<5x4xf64>) -> tensor<3x4xf64> {
      %y = rondo.scatter_add %i, %u : tensor<5xi32>, tensor<5x4xf64> -> tensor<3x4xf64>
      %z = rondo.mul %y, %y : tensor<3x4xf64>
      return %z : tensor<3x4xf64>
    })"});
  cases.push_back({"scatterAddDynamic", R"(
    func.func @f(%i: tensor<?x?xi32, #BT> {test.below = 3}, %u: tensor<?x?x19xf32, #BT>) -> tensor<4x19xf32> {
      %y = rondo.scatter_add %i, %u : tensor<?x?xi32, #BT>, tensor<?x?x19xf32, #BT> -> tensor<4x19xf32>
      %z = rondo.mul %y, %y : tensor<4x19xf32>
      return %z : tensor<4x19xf32>
    })"});
  cases.push_back({"scatterAddOfOddIndices", R"(
    func.func @f(%u: tensor<7xf32>) -> tensor<3xf32> {
      %i = arith.constant dense<[0, -1, 3, -4, 2, -3, 2147483647]> : tensor<7xi32>
      %y = rondo.scatter_add %i, %u : tensor<7xi32>, tensor<7xf32> -> tensor<3xf32>
      return %y : tensor<3xf32>
    })"});
  // What compiled code makes of numbers that are no i32, and of small ones, shows in the gradient.
  for (auto [name, numbers] :
       {std::pair("Small", "1.9, -1.9, 0.99, -0.99, -0.0, 0x7FC00000, 7.0, -7.0"),
        std::pair("Large", "3.0e9, -3.0e9, 2147483520.0, -2147483648.0, 0x7F800000, 0xFF800000, "
                           "0xFFC00000, 1.0e9")})
    cases.push_back({fmt::format("truncate{}", name), fmt::format(R"(
    func.func @f(%w: tensor<8xf32>) -> tensor<8xf32> {{
      %x = arith.constant dense<[{}]> : tensor<8xf32>
      %i = rondo.truncate %x : tensor<8xf32> -> tensor<8xi32>
      %y = rondo.cast %i : tensor<8xi32> -> tensor<8xf32>
      %z = rondo.mul %y, %w : tensor<8xf32>
      return %z : tensor<8xf32>
    }})",
                                                                  numbers)});
}

static void addContracts(std::vector<GradientCase> &cases) {
  cases.push_back(contractCase("Matrices", "tensor<2x3xf32>", "tensor<3x4xf32>", "tensor<2x4xf32>",
                               "batch = [] x [] contract = [1] x [0]"));
  cases.push_back(contractCase("WithTransposedRight", "tensor<2x3xf32>", "tensor<4x3xf32>",
                               "tensor<2x4xf32>", "batch = [] x [] contract = [1] x [1]"));
  cases.push_back(contractCase("WithTransposedLeft", "tensor<3x2xf32>", "tensor<3x4xf32>",
                               "tensor<2x4xf32>", "batch = [] x [] contract = [0] x [0]"));
  cases.push_back(contractCase("WithBothTransposed", "tensor<3x2xf32>", "tensor<4x3xf32>",
                               "tensor<2x4xf32>", "batch = [] x [] contract = [0] x [1]"));
  cases.push_back(contractCase("Dense", "tensor<?x?x3xf32, #BT>", "tensor<3x4xf32>",
                               "tensor<?x?x4xf32, #BT>", "batch = [] x [] contract = [2] x [0]"));
  cases.push_back(contractCase("Scores", "tensor<?x?x3xf32, #BT>", "tensor<?x?x3xf32, #BS>",
                               "tensor<?x?x?xf32, #BTS>",
                               "batch = [0] x [0] contract = [2] x [2]"));
  cases.push_back(contractCase("Contexts", "tensor<?x?x?xf32, #BTS>", "tensor<?x?x3xf32, #BS>",
                               "tensor<?x?x3xf32, #BT>", "batch = [0] x [0] contract = [2] x [1]"));
  cases.push_back(contractCase("BatchLast", "tensor<3x4x2xf32>", "tensor<4x2x5xf32>",
                               "tensor<2x3x5xf32>", "batch = [2] x [1] contract = [1] x [0]"));
  cases.push_back(contractCase("TwoBatchesCrossed", "tensor<2x3x4xf32>", "tensor<5x3x2x4xf32>",
                               "tensor<3x2x5xf32>",
                               "batch = [1, 0] x [1, 2] contract = [2] x [3]"));
  cases.push_back(contractCase("TwoSumsCrossed", "tensor<2x3x4xf32>", "tensor<3x5x4xf32>",
                               "tensor<2x5xf32>", "batch = [] x [] contract = [2, 1] x [2, 0]"));
  cases.push_back(contractCase("SumsBetweenFreeDimensions", "tensor<2x3x4x5xf32>",
                               "tensor<6x5x3xf32>", "tensor<2x4x6xf32>",
                               "batch = [] x [] contract = [1, 3] x [2, 1]"));
  cases.push_back(contractCase("OuterProduct", "tensor<2xf32>", "tensor<3xf32>", "tensor<2x3xf32>",
                               "batch = [] x [] contract = [] x []"));
  cases.push_back(contractCase("InnerProduct", "tensor<4xf32>", "tensor<4xf32>", "tensor<f32>",
                               "batch = [] x [] contract = [0] x [0]"));
  cases.push_back(contractCase("BatchOnly", "tensor<2x3xf32>", "tensor<3x2xf32>", "tensor<3x2xf32>",
                               "batch = [1, 0] x [0, 1] contract = [] x []"));
  cases.push_back(contractCase("SizeOne", "tensor<1x1x3xf32>", "tensor<3x1xf32>",
                               "tensor<1x1x1xf32>", "batch = [] x [] contract = [2] x [0]"));
  cases.push_back({"contractWithItself", R"(
    func.func @f(%x: tensor<?x2xf32, #B>) -> tensor<?x?xf32, #BB> {
      %z = rondo.contract %x, %x batch = [] x [] contract = [1] x [1] : (tensor<?x2xf32, #B>, tensor<?x2xf32, #B>) -> tensor<?x?xf32, #BB>
      return %z : tensor<?x?xf32, #BB>
    })"});
}

// The mask of a recurrent layer: its arguments, what makes it of them, and the operand.
static const char *const kMaskArguments = ", %u: tensor<?x?xf32, #BT> {test.unused}, "
                                          "%v: tensor<?x?xf32, #BT> {test.unused}";
static const char *const kMakeMask =
    "%m = rondo.compare gt %u, %v : tensor<?x?xf32, #BT> -> tensor<?x?xi1, #BT>\n";
static const char *const kMaskOperand = " mask(%m : tensor<?x?xi1, #BT>)";

/// Steps enough for some that count, one behind the other.
static auto sizesOfMasked() {
  return decltype(GradientCase::sizes){{{"B", 3}, {"T", 5}}, {{"B", 2}, {"T", 9}}};
}

/// An LSTM with three units over (B, T, 2); `results` says which of %sequence,
/// %h and %c are results of the function, of the types `resultTypes`.
static GradientCase lstmCase(const std::string &name, bool bias, bool initial,
                             const std::string &attributes, const char *results,
                             const char *resultTypes, bool mask = false) {
  std::string arguments, operands, before;
  if (bias) {
    arguments += ", %b: tensor<12xf32>";
    operands += " bias(%b : tensor<12xf32>)";
  }
  if (initial) {
    arguments += ", %h0: tensor<?x3xf32, #B>, %c0: tensor<?x3xf32, #B>";
    operands += " initial(%h0, %c0 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>)";
  }
  if (mask) {
    arguments += kMaskArguments;
    before = kMakeMask;
    operands += kMaskOperand;
  }
  GradientCase result{fmt::format("lstm{}", name),
                      fmt::format(R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32>, %r: tensor<3x12xf32>{0}) -> ({4}) {{
      {5}%sequence, %h, %c = rondo.lstm %x, %k, %r{1} {2} : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      return {3} : {4}
    }})",
                                  arguments, operands, attributes, results, resultTypes, before)};
  if (mask)
    result.sizes = sizesOfMasked();
  return result;
}

/// Two LSTMs: one with the activation, one with it on its gates. The bias carries
/// the sums past most kinks; an exponential of exponentials has to stay small.
static GradientCase activationCase(llvm::StringRef name) {
  GradientCase result{fmt::format("lstmWith_{}", name.str()),
                      fmt::format(R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32> {{test.min = -0.5}}, %r: tensor<3x12xf32> {{test.min = -0.5}}, %b: tensor<12xf32> {{test.min = {1}}}) -> (tensor<?x?x3xf32, #BT>, tensor<?x?x3xf32, #BT>) {{
      %s0, %h0, %c0 = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>) {{activation = #rondo.activation<{0}>}} : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      %s1, %h1, %c1 = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>) {{recurrent_activation = #rondo.activation<{0}>}} : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      return %s0, %s1 : tensor<?x?x3xf32, #BT>, tensor<?x?x3xf32, #BT>
    }})",
                                  name.str(), name == "exponential" ? "-1.0" : "0.75")};
  result.sizes = {{{"B", 3}, {"T", 2}}};
  return result;
}

/// A recurrent layer with one state of three units over (B, T, 3 * `gates`).
static GradientCase rnnCase(const std::string &name, RnnCell cell, bool bias,
                            const std::string &activations, const char *results,
                            const char *resultTypes, bool mask = false) {
  const int64_t width = 3 * numGates(cell);
  std::string arguments, operands;
  if (bias) {
    arguments += fmt::format(", %b: tensor<{}xf32>", width);
    operands += fmt::format(" bias(%b : tensor<{}xf32>)", width);
  }
  if (mask) {
    arguments += kMaskArguments;
    operands += kMaskOperand;
  }
  GradientCase result{fmt::format("rnn{}", name),
                      fmt::format(R"(
    func.func @f(%x: tensor<?x?x{0}xf32, #BT>, %r: tensor<3x{0}xf32>, %h0: tensor<?x3xf32, #B>{1}) -> ({6}) {{
      {7}%sequence, %h = rondo.rnn %x, %r, %h0{2} {{cell = #rondo.rnn_cell<{3}>{4}}} : tensor<?x?x{0}xf32, #BT>, tensor<3x{0}xf32>, tensor<?x3xf32, #B> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>
      return {5} : {6}
    }})",
                                  width, arguments, operands, stringifyRnnCell(cell).str(),
                                  activations, results, resultTypes, mask ? kMakeMask : "")};
  if (mask)
    result.sizes = sizesOfMasked();
  return result;
}

static void addRnns(std::vector<GradientCase> &cases) {
  const char *sequence = "tensor<?x?x3xf32, #BT>", *state = "tensor<?x3xf32, #B>";
  for (RnnCell cell : {RnnCell::simple, RnnCell::gru}) {
    const std::string name = cell == RnnCell::gru ? "OfGrus" : "OfSimpleCells";
    cases.push_back(rnnCase(name + "Sequence", cell, true, "", "%sequence", sequence));
    cases.push_back(rnnCase(name + "LastH", cell, false, "", "%h", state));
    cases.push_back(rnnCase(name + "AllResults", cell, true, "", "%sequence, %h",
                            "tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>"));
    cases.push_back(rnnCase(name + "Masked", cell, true, "", "%sequence", sequence, /*mask=*/true));
    cases.push_back(rnnCase(name + "MaskedLastH", cell, false,
                            ", activation = #rondo.activation<relu>", "%h", state, /*mask=*/true));
    for (auto [activation, recurrent] : {std::pair("relu", "sigmoid"), std::pair("linear", "tanh"),
                                         std::pair("softsign", "softplus")})
      cases.push_back(rnnCase(
          fmt::format("{}{}And{}", name, activation, recurrent), cell, true,
          fmt::format(
              ", activation = #rondo.activation<{}>, recurrent_activation = #rondo.activation<{}>",
              activation, recurrent),
          "%sequence", sequence));
  }
  cases.push_back({"rnnOfOneStep", R"(
    func.func @f(%x: tensor<1x1x3xf32>, %r: tensor<1x3xf32>, %h0: tensor<1x1xf32>) -> tensor<1x1x1xf32> {
      %s, %h = rondo.rnn %x, %r, %h0 {cell = #rondo.rnn_cell<gru>} : tensor<1x1x3xf32>, tensor<1x3xf32>, tensor<1x1xf32> -> tensor<1x1x1xf32>, tensor<1x1xf32>
      return %s : tensor<1x1x1xf32>
    })"});
}

static void addRecurrent(std::vector<GradientCase> &cases) {
  const char *sequence = "tensor<?x?x3xf32, #BT>", *state = "tensor<?x3xf32, #B>";
  const char *all = "tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>";
  cases.push_back(lstmCase("Sequence", true, false, "", "%sequence", sequence));
  cases.push_back(lstmCase("LastH", true, false, "", "%h", state));
  cases.push_back(lstmCase("LastC", true, false, "", "%c", state));
  cases.push_back(lstmCase("WithoutBias", false, false, "", "%sequence", sequence));
  cases.push_back(lstmCase("InitialState", false, true, "", "%sequence", sequence));
  cases.push_back(lstmCase("AllResults", true, true, "", "%sequence, %h, %c", all));
  cases.push_back(lstmCase("Masked", true, false, "", "%sequence", sequence, /*mask=*/true));
  cases.push_back(lstmCase("MaskedLastH", false, false, "", "%h", state, /*mask=*/true));
  cases.push_back(lstmCase("MaskedAllResults", true, true, "", "%sequence, %h, %c", all,
                           /*mask=*/true));
  cases.push_back(lstmCase("MaskedRelu", true, true, "{activation = #rondo.activation<relu>}",
                           "%sequence, %h, %c", all, /*mask=*/true));
  for (auto [activation, recurrent] :
       {std::pair("relu", "sigmoid"), std::pair("linear", "tanh"), std::pair("sigmoid", "linear")})
    cases.push_back(lstmCase(
        fmt::format("{}And{}", activation, recurrent), true, false,
        fmt::format(
            "{{activation = #rondo.activation<{}>, recurrent_activation = #rondo.activation<{}>}}",
            activation, recurrent),
        "%sequence", sequence));
  for (uint32_t value = 0; value <= getMaxEnumValForActivation(); ++value)
    cases.push_back(activationCase(stringifyActivation(static_cast<Activation>(value))));
  cases.push_back({"lstmOfOneStep", R"(
    func.func @f(%x: tensor<1x1x3xf32>, %k: tensor<3x4xf32>, %r: tensor<1x4xf32> {test.unused}) -> tensor<1x1x1xf32> {
      %s, %h, %c = rondo.lstm %x, %k, %r : tensor<1x1x3xf32>, tensor<3x4xf32>, tensor<1x4xf32> -> tensor<1x1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
      return %s : tensor<1x1x1xf32>
    })"});
}

static void addScans(std::vector<GradientCase> &cases) {
  // Two states that depend on each other, one of which nothing reads at the end.
  cases.push_back({"scanOfTwoStates", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %h0: tensor<?x2xf32, #B>, %c0: tensor<?x2xf32, #B>, %w: tensor<2x2xf32>, %v: tensor<2xf32>) -> (tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>) {
      %h, %c, %s = rondo.scan carries(%h0, %c0 : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>) sequences(%x : tensor<?x?x2xf32, #BT>) constants(%w, %v : tensor<2x2xf32>, tensor<2xf32>) {
      ^bb0(%h1: tensor<?x2xf32, #B>, %c1: tensor<?x2xf32, #B>, %x1: tensor<?x2xf32, #B>, %w1: tensor<2x2xf32>, %v1: tensor<2xf32>):
        %0 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #B>, tensor<2x2xf32>) -> tensor<?x2xf32, #B>
        %1 = rondo.mul %0, %x1 : tensor<?x2xf32, #B>
        %2 = rondo.add %1, %c1 : tensor<?x2xf32, #B>
        %3 = rondo.tanh %2 : tensor<?x2xf32, #B>
        %4 = rondo.broadcast %v1 dims = [1] : tensor<2xf32> -> tensor<?x2xf32, #B>
        %5 = rondo.mul %3, %4 : tensor<?x2xf32, #B>
        %6 = rondo.softmax %5 axis = 1 : tensor<?x2xf32, #B>
        rondo.yield %3, %5, %6 : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
      } -> tensor<?x2xf32, #B>, tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>
      return %h, %s : tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>
    })"});

  // The states change places, and what is stacked is a state before its step.
  cases.push_back({"scanInReverse", R"(
    func.func @f(%x: tensor<?x?x3xf32, #BT>, %a0: tensor<?x3xf32, #B>, %b0: tensor<?x3xf32, #B>) -> (tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x?x3xf32, #BT>) {
      %a, %b, %s = rondo.scan reverse carries(%a0, %b0 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>) sequences(%x : tensor<?x?x3xf32, #BT>) {
      ^bb0(%a1: tensor<?x3xf32, #B>, %b1: tensor<?x3xf32, #B>, %x1: tensor<?x3xf32, #B>):
        %0 = rondo.mul %b1, %x1 : tensor<?x3xf32, #B>
        rondo.yield %0, %a1, %b1 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      } -> tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x?x3xf32, #BT>
      return %a, %b, %s : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x?x3xf32, #BT>
    })"});

  cases.push_back({"scanThatSwapsItsStates", R"(
    func.func @f(%x: tensor<?x?x3xf32, #BT>, %a0: tensor<?x3xf32, #B>, %b0: tensor<?x3xf32, #B>) -> (tensor<?x3xf32, #B>, tensor<?x?x3xf32, #BT>) {
      %a, %b, %s = rondo.scan carries(%a0, %b0 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>) sequences(%x : tensor<?x?x3xf32, #BT>) {
      ^bb0(%a1: tensor<?x3xf32, #B>, %b1: tensor<?x3xf32, #B>, %x1: tensor<?x3xf32, #B>):
        %0 = rondo.mul %b1, %x1 : tensor<?x3xf32, #B>
        rondo.yield %b1, %a1, %0 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      } -> tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x?x3xf32, #BT>
      return %a, %s : tensor<?x3xf32, #B>, tensor<?x?x3xf32, #BT>
    })"});

  // One value starts both states, a scalar goes along, and the body has numbers of its own.
  cases.push_back({"scanWithAScalar", R"(
    func.func @f(%x: tensor<?x?xf32, #BT>, %n0: tensor<f32>, %h0: tensor<?xf32, #B>) -> (tensor<f32>, tensor<?xf32, #B>, tensor<?xf32, #B>) {
      %n, %h, %g = rondo.scan carries(%n0, %h0, %h0 : tensor<f32>, tensor<?xf32, #B>, tensor<?xf32, #B>) sequences(%x : tensor<?x?xf32, #BT>) {
      ^bb0(%n1: tensor<f32>, %h1: tensor<?xf32, #B>, %g1: tensor<?xf32, #B>, %x1: tensor<?xf32, #B>):
        %half = arith.constant dense<0.5> : tensor<f32>
        %0 = rondo.mul %n1, %half : tensor<f32>
        %1 = rondo.sigmoid %0 : tensor<f32>
        %2 = rondo.broadcast %n1 dims = [] : tensor<f32> -> tensor<?xf32, #B>
        %3 = rondo.mul %2, %x1 : tensor<?xf32, #B>
        %4 = rondo.add %h1, %3 : tensor<?xf32, #B>
        %5 = rondo.mul %g1, %h1 : tensor<?xf32, #B>
        rondo.yield %1, %4, %5 : tensor<f32>, tensor<?xf32, #B>, tensor<?xf32, #B>
      } -> tensor<f32>, tensor<?xf32, #B>, tensor<?xf32, #B>
      return %n, %h, %g : tensor<f32>, tensor<?xf32, #B>, tensor<?xf32, #B>
    })"});

  // The state of the steps that do not count is that of the step before.
  cases.push_back({"scanWithAMask", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %h0: tensor<?x2xf32, #B>, %w: tensor<2x2xf32>, %u: tensor<?x?xf32, #BT> {test.unused}, %v: tensor<?x?xf32, #BT> {test.unused}) -> (tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>) {
      %m = rondo.compare gt %u, %v : tensor<?x?xf32, #BT> -> tensor<?x?xi1, #BT>
      %h, %s = rondo.scan carries(%h0 : tensor<?x2xf32, #B>) sequences(%x, %m : tensor<?x?x2xf32, #BT>, tensor<?x?xi1, #BT>) constants(%w : tensor<2x2xf32>) {
      ^bb0(%h1: tensor<?x2xf32, #B>, %x1: tensor<?x2xf32, #B>, %m1: tensor<?xi1, #B>, %w1: tensor<2x2xf32>):
        %0 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #B>, tensor<2x2xf32>) -> tensor<?x2xf32, #B>
        %1 = rondo.add %x1, %0 : tensor<?x2xf32, #B>
        %2 = rondo.tanh %1 : tensor<?x2xf32, #B>
        %3 = rondo.broadcast %m1 dims = [0] : tensor<?xi1, #B> -> tensor<?x2xi1, #B>
        %4 = rondo.select %3, %2, %h1 : tensor<?x2xi1, #B>, tensor<?x2xf32, #B>
        rondo.yield %4, %4 : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
      } -> tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>
      return %h, %s : tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>
    })"});

  // No state: every step by itself, with weights that are the same in each.
  cases.push_back({"scanWithoutStates", R"(
    func.func @f(%x: tensor<2x5x3xf32>, %w: tensor<3x4xf32>) -> tensor<2x5x4xf32> {
      %y = rondo.scan sequences(%x : tensor<2x5x3xf32>) constants(%w : tensor<3x4xf32>) {
      ^bb0(%x1: tensor<2x3xf32>, %w1: tensor<3x4xf32>):
        %0 = rondo.tanh %w1 : tensor<3x4xf32>
        %1 = rondo.contract %x1, %0 batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
        rondo.yield %1 : tensor<2x4xf32>
      } -> tensor<2x5x4xf32>
      return %y : tensor<2x5x4xf32>
    })"});

  // A state to which nothing that is wanted leads, and one that leads to no result.
  cases.push_back({"scanWithIdleStates", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %n0: tensor<?x2xi32, #B> {test.below = 3}, %u: tensor<?x2xf32, #B> {test.unused}) -> tensor<?x2xf32, #B> {
      %zero = arith.constant dense<0.0> : tensor<f32>
      %h0 = rondo.broadcast %zero dims = [] : tensor<f32> -> tensor<?x2xf32, #B>
      %h, %k, %n, %d = rondo.scan carries(%h0, %h0, %n0, %u : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>, tensor<?x2xi32, #B>, tensor<?x2xf32, #B>) sequences(%x : tensor<?x?x2xf32, #BT>) {
      ^bb0(%h1: tensor<?x2xf32, #B>, %k1: tensor<?x2xf32, #B>, %n1: tensor<?x2xi32, #B>, %d1: tensor<?x2xf32, #B>, %x1: tensor<?x2xf32, #B>):
        %one = arith.constant dense<1.0> : tensor<f32>
        %1 = rondo.broadcast %one dims = [] : tensor<f32> -> tensor<?x2xf32, #B>
        %2 = rondo.add %k1, %1 : tensor<?x2xf32, #B>
        %3 = rondo.cast %n1 : tensor<?x2xi32, #B> -> tensor<?x2xf32, #B>
        %4 = rondo.mul %2, %3 : tensor<?x2xf32, #B>
        %5 = rondo.mul %4, %x1 : tensor<?x2xf32, #B>
        %6 = rondo.add %h1, %5 : tensor<?x2xf32, #B>
        %7 = rondo.mul %d1, %x1 : tensor<?x2xf32, #B>
        rondo.yield %6, %2, %n1, %7 : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>, tensor<?x2xi32, #B>, tensor<?x2xf32, #B>
      } -> tensor<?x2xf32, #B>, tensor<?x2xf32, #B>, tensor<?x2xi32, #B>, tensor<?x2xf32, #B>
      return %h : tensor<?x2xf32, #B>
    })"});

  // A loop in a loop, and an LSTM in one.
  cases.push_back({"scanOfScans",
                   R"(
    func.func @f(%x: tensor<?x?x?x2xf32, #BTS>, %h0: tensor<?x2xf32, #B>, %w: tensor<2x2xf32>) -> (tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>) {
      %h, %s = rondo.scan carries(%h0 : tensor<?x2xf32, #B>) sequences(%x : tensor<?x?x?x2xf32, #BTS>) constants(%w : tensor<2x2xf32>) {
      ^bb0(%h1: tensor<?x2xf32, #B>, %x1: tensor<?x?x2xf32, #BS>, %w1: tensor<2x2xf32>):
        %g = rondo.scan carries(%h1 : tensor<?x2xf32, #B>) sequences(%x1 : tensor<?x?x2xf32, #BS>) constants(%w1 : tensor<2x2xf32>) {
        ^bb0(%g1: tensor<?x2xf32, #B>, %x2: tensor<?x2xf32, #B>, %w2: tensor<2x2xf32>):
          %0 = rondo.contract %g1, %w2 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #B>, tensor<2x2xf32>) -> tensor<?x2xf32, #B>
          %1 = rondo.add %0, %x2 : tensor<?x2xf32, #B>
          %2 = rondo.tanh %1 : tensor<?x2xf32, #B>
          rondo.yield %2 : tensor<?x2xf32, #B>
        } -> tensor<?x2xf32, #B>
        %3 = rondo.mul %g, %h1 : tensor<?x2xf32, #B>
        rondo.yield %g, %3 : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
      } -> tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>
      return %h, %s : tensor<?x2xf32, #B>, tensor<?x?x2xf32, #BT>
    })"});
  cases.push_back({"scanWithAnLstm",
                   R"(
    func.func @f(%x: tensor<?x?x?x2xf32, #BTS>, %k: tensor<2x8xf32>, %r: tensor<2x8xf32>) -> tensor<?x?x2xf32, #BT> {
      %y = rondo.scan sequences(%x : tensor<?x?x?x2xf32, #BTS>) constants(%k, %r : tensor<2x8xf32>, tensor<2x8xf32>) {
      ^bb0(%x1: tensor<?x?x2xf32, #BS>, %k1: tensor<2x8xf32>, %r1: tensor<2x8xf32>):
        %s, %h, %c = rondo.lstm %x1, %k1, %r1 : tensor<?x?x2xf32, #BS>, tensor<2x8xf32>, tensor<2x8xf32> -> tensor<?x?x2xf32, #BS>, tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
        rondo.yield %h : tensor<?x2xf32, #B>
      } -> tensor<?x?x2xf32, #BT>
      return %y : tensor<?x?x2xf32, #BT>
    })"});
}

std::vector<GradientCase> ruleCases() {
  std::vector<GradientCase> cases;
  addElementwise(cases);
  addShapes(cases);
  addReductions(cases);
  addRows(cases);
  addContracts(cases);
  addRecurrent(cases);
  addRnns(cases);
  addScans(cases);
  return cases;
}

} // namespace rondo::test
