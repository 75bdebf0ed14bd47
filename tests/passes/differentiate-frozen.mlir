// Frozen layers cost nothing: where only what comes behind them learns, the whole
// backward pass through them is absent, and their LSTM keeps no gates.
// RUN: rondo-opt %s -rondo-differentiate -cse -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.lstm {{.*}} -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>{{$}}
// CHECK-NOT: rondo.lstm
// CHECK: return
func.func @evaluate(%ids: tensor<2x3x5xi32> {rondo.input = "ids"},
                    %k: tensor<5x16xf32> {rondo.parameter = #rondo.parameter<path = "lstm/kernel", initializer = {name = "zeros"}, trainable = false>},
                    %r: tensor<4x16xf32> {rondo.parameter = #rondo.parameter<path = "lstm/recurrent_kernel", initializer = {name = "zeros"}, trainable = false>},
                    %w: tensor<4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>}) -> (tensor<f32> {rondo.loss}) {
  %x = rondo.cast %ids : tensor<2x3x5xi32> -> tensor<2x3x5xf32>
  %s, %h, %c = rondo.lstm %x, %k, %r : tensor<2x3x5xf32>, tensor<5x16xf32>, tensor<4x16xf32> -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  %0 = rondo.contract %h, %w batch = [] x [] contract = [1] x [0] : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<2xf32> -> tensor<f32>
  return %1 : tensor<f32>
}

// -----

// A frozen layer in the middle lets cotangents through and has none of its own.
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK: rondo.contract {{.*}} -> tensor<3x4xf32>
// CHECK-NOT: rondo.contract
// CHECK: return
func.func @evaluate(%x: tensor<2x3xi32> {rondo.input = "x"},
                    %w: tensor<3x4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                    %f: tensor<4x4xf32> {rondo.parameter = #rondo.parameter<path = "f", initializer = {name = "zeros"}, trainable = false>}) -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.cast %x : tensor<2x3xi32> -> tensor<2x3xf32>
  %1 = rondo.contract %0, %w batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %2 = rondo.contract %1, %f batch = [] x [] contract = [1] x [0] : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
  %3 = rondo.mul %2, %2 : tensor<2x4xf32>
  %4 = rondo.reduce sum %3 dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
  return %4 : tensor<f32>
}
