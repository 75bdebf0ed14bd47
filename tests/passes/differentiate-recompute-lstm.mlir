// An LSTM that is not saved keeps its sequence only: its gradient runs the training form again.
// RUN: rondo-opt %s -rondo-differentiate -cse | FileCheck %s

// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.lstm {{.*}} -> tensor<2x3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>{{$}}
// CHECK: rondo.lstm_grad {{.*}} d_last_h(%{{.*}} : tensor<2x1xf32>) :
func.func @evaluate(%x: tensor<2x3x5xf32> {rondo.input = "x"}, %k: tensor<5x4xf32>, %r: tensor<1x4xf32>) -> (tensor<f32> {rondo.loss}) {
  %s, %h, %c = rondo.lstm %x, %k, %r {rondo.residual = "recompute"} : tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> -> tensor<2x3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
  %0 = rondo.reduce sum %h dims = [0, 1] : tensor<2x1xf32> -> tensor<f32>
  return %0 : tensor<f32>
}
