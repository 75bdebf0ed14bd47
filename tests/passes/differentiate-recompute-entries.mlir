// What is not saved of @forward is computed again in @vjp. A product with the Hessian saves all
// of @evaluate: what one walk computed again the other would differentiate.
// RUN: rondo-opt %s -rondo-differentiate="entries=vjp,hvp" -rondo-simplify -cse | FileCheck %s

// CHECK-LABEL: func.func @vjp
// CHECK: %[[SUMS:.*]] = rondo.contract
// CHECK: %[[Y:.*]] = rondo.tanh %[[SUMS]] :
// CHECK: rondo.mul %[[Y]], %[[Y]] :
// CHECK: %[[AGAIN:.*]] = rondo.tanh %{{.*}} {rondo.recompute_of = ""}
// CHECK: rondo.mul %{{.*}}, %[[AGAIN]]
// CHECK-NOT: rondo.residual
// CHECK: return
// CHECK-LABEL: func.func @hvp
// CHECK-NOT: rondo.re{{compute_of|sidual}}
// CHECK: return
func.func @forward(%x: tensor<2x3xf32> {rondo.input = "x"},
                   %w: tensor<3x4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<2x4xf32> {rondo.output = "y"}) {
  %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] {rondo.residual = "save"} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = rondo.tanh %0 {rondo.residual = "recompute"} : tensor<2x4xf32>
  %2 = rondo.mul %1, %1 : tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}
func.func @evaluate(%x: tensor<2x3xf32> {rondo.input = "x"},
                    %w: tensor<3x4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] {rondo.residual = "save"} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = rondo.tanh %0 {rondo.residual = "recompute"} : tensor<2x4xf32>
  %2 = rondo.mul %1, %1 : tensor<2x4xf32>
  %3 = rondo.reduce sum %2 dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
  return %3 : tensor<f32>
}
