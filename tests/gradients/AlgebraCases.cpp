//===- AlgebraCases.cpp - One graph for each rewrite ----------------------===//
//
// What the rewrites of rondo-simplify are for. Each case is named after the
// rewrite that changes it (a test checks that it does, and that none is without
// a case); dashes are left out, because GoogleTest takes none.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

#include "llvm/Support/FormatVariadic.h"

namespace rondo::test {

std::vector<GradientCase> algebraCases() {
  std::vector<GradientCase> cases;

  cases.push_back({"cse", R"(
    func.func @f(%x: tensor<?x3xf32, #B>) -> tensor<?x3xf32, #B> {
      %a = rondo.tanh %x : tensor<?x3xf32, #B>
      %b = rondo.tanh %x : tensor<?x3xf32, #B>
      %c = rondo.mul %a, %b : tensor<?x3xf32, #B>
      return %c : tensor<?x3xf32, #B>
    })"});

  cases.push_back({"gradientofwindows", R"(
    func.func @f(%g: tensor<?x5x3xf32, #B>, %r: tensor<6x3xf32>, %y: tensor<?x7x2xf32, #B>) -> tensor<?x7x2xf32, #B> {
      %p = rondo.contract %g, %r batch = [] x [] contract = [2] x [1] : (tensor<?x5x3xf32, #B>, tensor<6x3xf32>) -> tensor<?x5x6xf32, #B>
      %0 = rondo.slice %p offsets = ["0", "0", "0"] : tensor<?x5x6xf32, #B> -> tensor<?x5x2xf32, #B>
      %1 = rondo.slice %p offsets = ["0", "0", "2"] : tensor<?x5x6xf32, #B> -> tensor<?x5x2xf32, #B>
      %2 = rondo.slice %p offsets = ["0", "0", "4"] : tensor<?x5x6xf32, #B> -> tensor<?x5x2xf32, #B>
      %3 = rondo.pad %0 offsets = ["0", "0", "0"] : tensor<?x5x2xf32, #B> -> tensor<?x7x2xf32, #B>
      %4 = rondo.pad %1 offsets = ["0", "1", "0"] : tensor<?x5x2xf32, #B> -> tensor<?x7x2xf32, #B>
      %5 = rondo.pad %2 offsets = ["0", "2", "0"] : tensor<?x5x2xf32, #B> -> tensor<?x7x2xf32, #B>
      %6 = rondo.add %5, %3 : tensor<?x7x2xf32, #B>
      %7 = rondo.add %6, %y : tensor<?x7x2xf32, #B>
      %8 = rondo.add %7, %4 : tensor<?x7x2xf32, #B>
      return %8 : tensor<?x7x2xf32, #B>
    })"});

  cases.push_back({"negateaftersum", R"(
    func.func @f(%x: tensor<?x3xf32, #B>) -> tensor<?xf32, #B> {
      %a = rondo.tanh %x : tensor<?x3xf32, #B>
      %b = rondo.neg %a : tensor<?x3xf32, #B>
      %c = rondo.reduce sum %b dims = [1] : tensor<?x3xf32, #B> -> tensor<?xf32, #B>
      return %c : tensor<?xf32, #B>
    })"});

  cases.push_back({"dropunusedofscan", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %h: tensor<?x2xf32, #B>) -> tensor<?x2xf32, #B> {
      %0:2 = rondo.scan carries(%h, %h : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>) sequences(%x : tensor<?x?x2xf32, #BT>) {
      ^bb0(%a: tensor<?x2xf32, #B>, %b: tensor<?x2xf32, #B>, %s: tensor<?x2xf32, #B>):
        %1 = rondo.add %a, %s : tensor<?x2xf32, #B>
        %2 = rondo.tanh %1 : tensor<?x2xf32, #B>
        %3 = rondo.mul %b, %s : tensor<?x2xf32, #B>
        rondo.yield %2, %3 : tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
      } -> tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
      return %0#0 : tensor<?x2xf32, #B>
    })"});

  cases.push_back({"foldnegatedoperand", R"(
    func.func @f(%x: tensor<?x3xf32, #B>, %y: tensor<?x3xf32, #B>) -> tensor<?x3xf32, #B> {
      %a = rondo.neg %y : tensor<?x3xf32, #B>
      %b = rondo.sub %x, %a : tensor<?x3xf32, #B>
      %c = rondo.mul %b, %x : tensor<?x3xf32, #B>
      return %c : tensor<?x3xf32, #B>
    })"});

  cases.push_back({"foldtransposeintocontract", R"(
    func.func @f(%x: tensor<3x?xf32, #B>, %y: tensor<3x4xf32>) -> tensor<?x4xf32, #B> {
      %a = rondo.transpose %x perm = [1, 0] : tensor<3x?xf32, #B> -> tensor<?x3xf32, #B>
      %b = rondo.contract %a, %y batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x4xf32>) -> tensor<?x4xf32, #B>
      return %b : tensor<?x4xf32, #B>
    })"});

  cases.push_back({"formattention", R"(
    func.func @f(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT> {
      %half = arith.constant dense<0.5> : tensor<f32>
      %c = rondo.broadcast %half dims = [] : tensor<f32> -> tensor<?x?x?xf32, #BTS>
      %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
      %t = rondo.mul %s, %c : tensor<?x?x?xf32, #BTS>
      %p = rondo.softmax %t axis = 2 : tensor<?x?x?xf32, #BTS>
      %y = rondo.contract %p, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
      return %y : tensor<?x?x3xf32, #BT>
    })"});

  cases.push_back({"joinpads", R"(
    func.func @f(%x: tensor<?x3xf32, #B>, %y: tensor<?x2xf32, #B>) -> tensor<?x5xf32, #B> {
      %a = rondo.pad %x offsets = ["0", "0"] : tensor<?x3xf32, #B> -> tensor<?x5xf32, #B>
      %b = rondo.pad %y offsets = ["0", "3"] : tensor<?x2xf32, #B> -> tensor<?x5xf32, #B>
      %c = rondo.add %a, %b : tensor<?x5xf32, #B>
      %d = rondo.tanh %c : tensor<?x5xf32, #B>
      return %d : tensor<?x5xf32, #B>
    })"});

  cases.push_back({"joinslices", R"(
    func.func @f(%x: tensor<?x4x3xf32, #B>) -> (tensor<3x?x3xf32, #B>, tensor<?x9xf32, #B>) {
      %a = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x4x3xf32, #B> -> tensor<?x1x3xf32, #B>
      %b = rondo.slice %x offsets = ["0", "2", "0"] : tensor<?x4x3xf32, #B> -> tensor<?x1x3xf32, #B>
      %c = rondo.slice %x offsets = ["0", "3", "0"] : tensor<?x4x3xf32, #B> -> tensor<?x1x3xf32, #B>
      %a1 = rondo.reshape %a : tensor<?x1x3xf32, #B> -> tensor<1x?x3xf32, #B>
      %b1 = rondo.reshape %b : tensor<?x1x3xf32, #B> -> tensor<1x?x3xf32, #B>
      %c1 = rondo.reshape %c : tensor<?x1x3xf32, #B> -> tensor<1x?x3xf32, #B>
      %0 = rondo.concat %a1, %b1, %c1 axis = 0 : tensor<1x?x3xf32, #B>, tensor<1x?x3xf32, #B>, tensor<1x?x3xf32, #B> -> tensor<3x?x3xf32, #B>
      %a2 = rondo.reshape %a : tensor<?x1x3xf32, #B> -> tensor<?x3xf32, #B>
      %b2 = rondo.reshape %b : tensor<?x1x3xf32, #B> -> tensor<?x3xf32, #B>
      %c2 = rondo.reshape %c : tensor<?x1x3xf32, #B> -> tensor<?x3xf32, #B>
      %1 = rondo.concat %a2, %b2, %c2 axis = 1 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B> -> tensor<?x9xf32, #B>
      return %0, %1 : tensor<3x?x3xf32, #B>, tensor<?x9xf32, #B>
    })"});

  cases.push_back({"hoistoutofscan", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %h: tensor<?x2xf32, #B>, %u: tensor<?x3xf32, #B>, %w: tensor<3x2xf32>) -> tensor<?x2xf32, #B> {
      %0 = rondo.scan carries(%h : tensor<?x2xf32, #B>) sequences(%x : tensor<?x?x2xf32, #BT>) constants(%u, %w : tensor<?x3xf32, #B>, tensor<3x2xf32>) {
      ^bb0(%h1: tensor<?x2xf32, #B>, %s: tensor<?x2xf32, #B>, %u1: tensor<?x3xf32, #B>, %w1: tensor<3x2xf32>):
        %1 = rondo.contract %u1, %w1 batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x2xf32>) -> tensor<?x2xf32, #B>
        %2 = rondo.tanh %1 : tensor<?x2xf32, #B>
        %3 = rondo.mul %2, %h1 : tensor<?x2xf32, #B>
        %4 = rondo.add %3, %s : tensor<?x2xf32, #B>
        rondo.yield %4 : tensor<?x2xf32, #B>
      } -> tensor<?x2xf32, #B>
      return %0 : tensor<?x2xf32, #B>
    })"});

  cases.push_back({"laststepofrecurrent", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32>, %r: tensor<3x12xf32>) -> (tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>) {
      %s, %h, %c = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      %0 = rondo.slice %s offsets = ["0", "T-1", "0"] : tensor<?x?x3xf32, #BT> -> tensor<?x1x3xf32, #B>
      %1 = rondo.reshape %0 : tensor<?x1x3xf32, #B> -> tensor<?x3xf32, #B>
      %2 = rondo.exp %1 : tensor<?x3xf32, #B>
      return %s, %2 : tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>
    })"});

  cases.push_back({"splitconcatproduct", R"(
    func.func @f(%x: tensor<?x?x5xf32, #BT>, %y: tensor<?x?x3xf32, #BT>, %z: tensor<?x?x4xf32, #BT>, %w: tensor<2x12xf32>) -> tensor<?x?x2xf32, #BT> {
      %a = rondo.concat %x, %y, %z axis = 2 : tensor<?x?x5xf32, #BT>, tensor<?x?x3xf32, #BT>, tensor<?x?x4xf32, #BT> -> tensor<?x?x12xf32, #BT>
      %b = rondo.contract %a, %w batch = [] x [] contract = [2] x [1] : (tensor<?x?x12xf32, #BT>, tensor<2x12xf32>) -> tensor<?x?x2xf32, #BT>
      return %b : tensor<?x?x2xf32, #BT>
    })"});

  cases.push_back({"repeatafterproduct", R"(
    func.func @f(%x: tensor<?x3xf32, #B>, %y: tensor<3x4xf32>) -> tensor<?x2x4xf32, #B> {
      %a = rondo.broadcast %x dims = [0, 2] : tensor<?x3xf32, #B> -> tensor<?x2x3xf32, #B>
      %b = rondo.contract %a, %y batch = [] x [] contract = [2] x [0] : (tensor<?x2x3xf32, #B>, tensor<3x4xf32>) -> tensor<?x2x4xf32, #B>
      %c = rondo.tanh %b : tensor<?x2x4xf32, #B>
      return %c : tensor<?x2x4xf32, #B>
    })"});

  // Eight steps over a tensor from its end, of which the outputs and the last state are read.
  std::string steps, outputs, types;
  for (int t = 0; t < 8; ++t) {
    steps += llvm::formatv(R"(
      %x{0} = rondo.slice %x offsets = ["0", "{1}", "0"] : tensor<?x8x2xf32, #B> -> tensor<?x1x2xf32, #B>
      %r{0} = rondo.reshape %x{0} : tensor<?x1x2xf32, #B> -> tensor<?x2xf32, #B>
      %p{0} = rondo.contract %h{0}, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #B>, tensor<2x2xf32>) -> tensor<?x2xf32, #B>
      %s{0} = rondo.add %p{0}, %r{0} : tensor<?x2xf32, #B>
      %h{2} = rondo.tanh %s{0} : tensor<?x2xf32, #B>
      %y{0} = rondo.mul %h{2}, %h{0} : tensor<?x2xf32, #B>)",
                           t, 7 - t, t + 1)
                 .str();
    outputs += llvm::formatv("{0}%y{1}", t ? ", " : "", t).str();
    types += llvm::formatv("{0}tensor<?x2xf32, #B>", t ? ", " : "").str();
  }
  cases.push_back(
      {"rerollloops", "func.func @f(%x: tensor<?x8x2xf32, #B>, %h0: tensor<?x2xf32, #B>, %w: "
                      "tensor<2x2xf32>) -> (tensor<?x16xf32, #B>, tensor<?x2xf32, #B>) {" +
                          steps + "\n%o = rondo.concat " + outputs + " axis = 1 : " + types +
                          " -> tensor<?x16xf32, #B>\n" +
                          "return %o, %h8 : tensor<?x16xf32, #B>, tensor<?x2xf32, #B>\n}"});

  cases.push_back({"squaretoproduct", R"(
    func.func @f(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
      %two = arith.constant dense<2.0> : tensor<2x3xf32>
      %y = rondo.pow %x, %two : tensor<2x3xf32>
      return %y : tensor<2x3xf32>
    })"});

  cases.push_back({"sumoverqueries", R"(
    func.func @f(%a: tensor<?x?x?xf32, #BTS>, %h: tensor<?x?x3xf32, #BS>) -> tensor<?x3xf32, #B> {
      %p = rondo.softmax %a axis = 2 : tensor<?x?x?xf32, #BTS>
      %c = rondo.contract %p, %h batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
      %s = rondo.reduce sum %c dims = [1] : tensor<?x?x3xf32, #BT> -> tensor<?x3xf32, #B>
      %y = rondo.tanh %s : tensor<?x3xf32, #B>
      return %y : tensor<?x3xf32, #B>
    })"});

  cases.push_back({"swapcontractoperands", R"(
    func.func @f(%x: tensor<?x3xf32, #B>, %y: tensor<3x4xf32>) -> tensor<4x?xf32, #B> {
      %a = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x4xf32>) -> tensor<?x4xf32, #B>
      %b = rondo.transpose %a perm = [1, 0] : tensor<?x4xf32, #B> -> tensor<4x?xf32, #B>
      return %b : tensor<4x?xf32, #B>
    })"});
  return cases;
}

} // namespace rondo::test
