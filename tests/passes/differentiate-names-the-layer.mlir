// An error of differentiation says where in the model file it is, and in which layer.
// RUN: not rondo-opt %s -rondo-differentiate 2>&1 | FileCheck %s

// CHECK: m.py:7:1: error: 'rondo.lstm_grad' has no gradient rule, and what is being differentiated depends on it (layer 'penalty')
func.func @evaluate(%x: tensor<2x3x5xf32> {rondo.input = "x"}, %k: tensor<5x4xf32>, %r: tensor<1x4xf32>, %d: tensor<2x1xf32>) -> (tensor<f32> {rondo.loss}) {
  %0:3 = rondo.lstm_grad %x, %k, %r d_last_h(%d : tensor<2x1xf32>) : tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> -> tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> loc(fused<"penalty">["m.py":7:1])
  %1 = rondo.reduce sum %0#0 dims = [0, 1, 2] : tensor<2x3x5xf32> -> tensor<f32>
  return %1 : tensor<f32>
}
