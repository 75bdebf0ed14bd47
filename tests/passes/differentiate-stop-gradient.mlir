// Algebra keeps what stops a gradient; where entries are differentiated it goes, and nothing flows
// through it: not even an op without a rule behind it is in the way.
// RUN: rondo-opt %s -rondo-simplify | FileCheck %s --check-prefix=KEPT
// RUN: rondo-opt %s -rondo-differentiate -canonicalize -cse | FileCheck %s

// KEPT: rondo.stop_gradient

// CHECK-NOT: rondo.stop_gradient
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<f32>
// CHECK: %[[T:.*]] = rondo.tanh %[[W]]
// CHECK: %[[L:.*]] = rondo.mul %[[T]], %[[W]]
// CHECK-NEXT: return %[[L]], %[[T]]
func.func @evaluate(%w: tensor<f32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>}) -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.tanh %w : tensor<f32>
  %1 = rondo.stop_gradient %0 : tensor<f32>
  %2 = rondo.mul %1, %w : tensor<f32>
  return %2 : tensor<f32>
}
