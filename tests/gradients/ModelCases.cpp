//===- ModelCases.cpp - Gradients of whole models -------------------------===//
//
// What single rules do not show: sums over several uses, values that only a
// part of the graph needs, parameters that stand apart, the flagship model.
//
//===----------------------------------------------------------------------===//

#include "tests/gradients/GradientCheck.h"

namespace rondo::test {

std::vector<GradientCase> modelCases() {
  std::vector<GradientCase> cases;

  cases.push_back({"valueWithThreeUses", R"(
    func.func @f(%x: tensor<?x3xf32, #B>) -> (tensor<?x3xf32, #B>, tensor<?xf32, #B>) {
      %a = rondo.tanh %x : tensor<?x3xf32, #B>
      %b = rondo.exp %a : tensor<?x3xf32, #B>
      %c = rondo.mul %a, %b : tensor<?x3xf32, #B>
      %d = rondo.sub %c, %a : tensor<?x3xf32, #B>
      %e = rondo.reduce sum %b dims = [1] : tensor<?x3xf32, #B> -> tensor<?xf32, #B>
      return %d, %e : tensor<?x3xf32, #B>, tensor<?xf32, #B>
    })"});

  cases.push_back({"inputThatNothingUses", R"(
    func.func @f(%x: tensor<2x3xf32>, %y: tensor<?x2xf32, #B> {test.unused}) -> tensor<2x3xf32> {
      %dead = rondo.exp %y : tensor<?x2xf32, #B>
      %a = rondo.exp %x : tensor<2x3xf32>
      return %a : tensor<2x3xf32>
    })"});

  cases.push_back({"inputThatOnlyAComparisonUses", R"(
    func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32> {test.unused}) -> tensor<4xf32> {
      %c = rondo.compare gt %y, %x : tensor<4xf32> -> tensor<4xi1>
      %e = rondo.exp %x : tensor<4xf32>
      %z = rondo.select %c, %x, %e : tensor<4xi1>, tensor<4xf32>
      return %z : tensor<4xf32>
    })"});

  cases.push_back({"lookupThroughOneHot",
                   R"(
    func.func @f(%ids: tensor<?x?xi32, #BT> {test.below = 5}, %table: tensor<5x2xf32>) -> tensor<?x?x2xf32, #BT> {
      %hot = rondo.one_hot %ids depth = 5 : tensor<?x?xi32, #BT> -> tensor<?x?x5xf32, #BT>
      %y = rondo.contract %hot, %table batch = [] x [] contract = [2] x [0] : (tensor<?x?x5xf32, #BT>, tensor<5x2xf32>) -> tensor<?x?x2xf32, #BT>
      return %y : tensor<?x?x2xf32, #BT>
    })",
                   {{{"B", 4}, {"T", 6}}}});

  cases.push_back({"layerUsedTwice", R"(
    func.func @f(%x: tensor<?x?x2xf32, #BT>, %y: tensor<?x?x2xf32, #BS>, %k: tensor<2x12xf32>, %r: tensor<3x12xf32>) -> tensor<?x3xf32, #B> {
      %s1, %h1, %c1 = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      %s2, %h2, %c2 = rondo.lstm %y, %k, %r initial(%h1, %c1 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B>) : tensor<?x?x2xf32, #BS>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BS>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
      %z = rondo.mul %h1, %h2 : tensor<?x3xf32, #B>
      return %z : tensor<?x3xf32, #B>
    })"});

  cases.push_back({"stackedLstms", R"(
    func.func @f(%x: tensor<?x4x2xf32, #B>, %k1: tensor<2x16xf32>, %r1: tensor<4x16xf32>, %k2: tensor<4x8xf32>, %r2: tensor<2x8xf32>) -> tensor<?x2xf32, #B> {
      %s1, %h1, %c1 = rondo.lstm %x, %k1, %r1 : tensor<?x4x2xf32, #B>, tensor<2x16xf32>, tensor<4x16xf32> -> tensor<?x4x4xf32, #B>, tensor<?x4xf32, #B>, tensor<?x4xf32, #B>
      %s2, %h2, %c2 = rondo.lstm %s1, %k2, %r2 : tensor<?x4x4xf32, #B>, tensor<4x8xf32>, tensor<2x8xf32> -> tensor<?x4x2xf32, #B>, tensor<?x2xf32, #B>, tensor<?x2xf32, #B>
      return %h2 : tensor<?x2xf32, #B>
    })"});

  cases.push_back({"parametersFrozenAndApart", R"(
    module attributes {rondo.optimizer = {learning_rate = 0.1, name = "sgd"}} {
      func.func @evaluate(
          %x: tensor<?x3xf32, #B> {rondo.input = "x"},
          %frozen: tensor<3x2xf32> {rondo.parameter = #rondo.parameter<path = "dense/kernel", initializer = {name = "zeros"}, trainable = false>},
          %bias: tensor<2xf32> {rondo.parameter = #rondo.parameter<path = "dense/bias", initializer = {name = "zeros"}, trainable = true>},
          %apart: tensor<4xf32> {rondo.parameter = #rondo.parameter<path = "apart", initializer = {name = "zeros"}, trainable = true>, test.unused},
          %y: tensor<?x2xf32, #B> {rondo.target = "dense"})
          -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "mse"}, tensor<f32> {rondo.metric_count = "mse"}) {
        %0 = rondo.contract %x, %frozen batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x2xf32>) -> tensor<?x2xf32, #B>
        %1 = rondo.broadcast %bias dims = [1] : tensor<2xf32> -> tensor<?x2xf32, #B>
        %2 = rondo.add %0, %1 : tensor<?x2xf32, #B>
        %3 = rondo.sub %2, %y : tensor<?x2xf32, #B>
        %4 = rondo.mul %3, %3 : tensor<?x2xf32, #B>
        %5 = rondo.reduce sum %4 dims = [0, 1] : tensor<?x2xf32, #B> -> tensor<f32>
        %6 = rondo.size %4 dims = [0, 1] : tensor<?x2xf32, #B> -> tensor<f32>
        %7 = rondo.div %5, %6 : tensor<f32>
        return %7, %5, %6 : tensor<f32>, tensor<f32>, tensor<f32>
      }
    })"});

  // Input -> LSTM -> query = Dense(tanh) -> Dot -> softmax -> Dot -> sum over
  // time -> Concatenate with the last state -> Dense -> sparse categorical
  // cross-entropy on the logits, under sample weights; accuracy beside it.
  cases.push_back({"attentionRecipe", R"(
    module attributes {rondo.optimizer = {learning_rate = 0.1, name = "sgd"}} {
      func.func @evaluate(
          %x: tensor<?x?x2xf32, #BT> {rondo.input = "x"},
          %kernel: tensor<2x12xf32> {rondo.parameter = #rondo.parameter<path = "lstm/lstm_cell/kernel", initializer = {name = "glorot_uniform"}, trainable = true>},
          %recurrent: tensor<3x12xf32> {rondo.parameter = #rondo.parameter<path = "lstm/lstm_cell/recurrent_kernel", initializer = {name = "orthogonal"}, trainable = true>},
          %bias: tensor<12xf32> {rondo.parameter = #rondo.parameter<path = "lstm/lstm_cell/bias", initializer = {name = "zeros"}, trainable = true>},
          %qk: tensor<3x3xf32> {rondo.parameter = #rondo.parameter<path = "query/kernel", initializer = {name = "glorot_uniform"}, trainable = true>},
          %qb: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "query/bias", initializer = {name = "zeros"}, trainable = true>},
          %dk: tensor<6x4xf32> {rondo.parameter = #rondo.parameter<path = "dense/kernel", initializer = {name = "glorot_uniform"}, trainable = true>},
          %db: tensor<4xf32> {rondo.parameter = #rondo.parameter<path = "dense/bias", initializer = {name = "zeros"}, trainable = true>},
          %labels: tensor<?xi32, #B> {rondo.target = "dense", test.below = 4},
          %weights: tensor<?xf32, #B> {rondo.sample_weight = "dense", test.min = 0.5})
          -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "accuracy"}, tensor<f32> {rondo.metric_count = "accuracy"}) {
        %h, %last_h, %last_c = rondo.lstm %x, %kernel, %recurrent bias(%bias : tensor<12xf32>) : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
        %0 = rondo.contract %h, %qk batch = [] x [] contract = [2] x [0] : (tensor<?x?x3xf32, #BT>, tensor<3x3xf32>) -> tensor<?x?x3xf32, #BT>
        %1 = rondo.broadcast %qb dims = [2] : tensor<3xf32> -> tensor<?x?x3xf32, #BT>
        %2 = rondo.add %0, %1 : tensor<?x?x3xf32, #BT>
        %query = rondo.tanh %2 : tensor<?x?x3xf32, #BT>
        %scores = rondo.contract %query, %h batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x3xf32, #BT>, tensor<?x?x3xf32, #BT>) -> tensor<?x?x?xf32, #BTT>
        %attention = rondo.softmax %scores axis = 2 : tensor<?x?x?xf32, #BTT>
        %contexts = rondo.contract %attention, %h batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTT>, tensor<?x?x3xf32, #BT>) -> tensor<?x?x3xf32, #BT>
        %context = rondo.reduce sum %contexts dims = [1] : tensor<?x?x3xf32, #BT> -> tensor<?x3xf32, #B>
        %3 = rondo.slice %h offsets = ["0", "T-1", "0"] : tensor<?x?x3xf32, #BT> -> tensor<?x1x3xf32, #B>
        %last = rondo.reshape %3 : tensor<?x1x3xf32, #B> -> tensor<?x3xf32, #B>
        %features = rondo.concat %context, %last axis = 1 : tensor<?x3xf32, #B>, tensor<?x3xf32, #B> -> tensor<?x6xf32, #B>
        %4 = rondo.contract %features, %dk batch = [] x [] contract = [1] x [0] : (tensor<?x6xf32, #B>, tensor<6x4xf32>) -> tensor<?x4xf32, #B>
        %5 = rondo.broadcast %db dims = [1] : tensor<4xf32> -> tensor<?x4xf32, #B>
        %logits = rondo.add %4, %5 : tensor<?x4xf32, #B>
        %logp = rondo.log_softmax %logits axis = 1 : tensor<?x4xf32, #B>
        %hot = rondo.one_hot %labels depth = 4 : tensor<?xi32, #B> -> tensor<?x4xf32, #B>
        %6 = rondo.mul %hot, %logp : tensor<?x4xf32, #B>
        %7 = rondo.reduce sum %6 dims = [1] : tensor<?x4xf32, #B> -> tensor<?xf32, #B>
        %8 = rondo.neg %7 : tensor<?xf32, #B>
        %9 = rondo.mul %8, %weights : tensor<?xf32, #B>
        %10 = rondo.reduce sum %9 dims = [0] : tensor<?xf32, #B> -> tensor<f32>
        %11 = rondo.size %9 dims = [0] : tensor<?xf32, #B> -> tensor<f32>
        %loss = rondo.div %10, %11 : tensor<f32>
        %guess = rondo.argmax %logits axis = 1 : tensor<?x4xf32, #B> -> tensor<?xi32, #B>
        %hit = rondo.compare eq %guess, %labels : tensor<?xi32, #B> -> tensor<?xi1, #B>
        %hits = rondo.cast %hit : tensor<?xi1, #B> -> tensor<?xf32, #B>
        %12 = rondo.reduce sum %hits dims = [0] : tensor<?xf32, #B> -> tensor<f32>
        return %loss, %12, %11 : tensor<f32>, tensor<f32>, tensor<f32>
      }
    })"});
  return cases;
}

} // namespace rondo::test
