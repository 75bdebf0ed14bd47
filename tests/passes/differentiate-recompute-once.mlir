// What is computed again belongs to entries that walk back once. @hvp walks back over its own
// gradients too: a cotangent for each of two copies of a value would have to be carried through
// both, in other sums, for memory that nobody counts. It saves everything.
// RUN: rondo-opt %s -rondo-differentiate='entries=loss_and_gradients,hvp' | FileCheck %s

// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.recompute_of
// CHECK-LABEL: func.func @hvp
// CHECK-NOT: rondo.recompute_of
// CHECK-NOT: rondo.residual
// CHECK: return
module {
  func.func @evaluate(%w: tensor<4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true, stored = "">})
      -> (tensor<f32> {rondo.loss}) {
    %0 = rondo.tanh %w {rondo.residual = "recompute"} : tensor<4xf32>
    %1 = rondo.exp %0 {rondo.residual = "recompute"} : tensor<4xf32>
    %loss = rondo.reduce sum %1 dims = [0] : tensor<4xf32> -> tensor<f32>
    return %loss : tensor<f32>
  }
}
