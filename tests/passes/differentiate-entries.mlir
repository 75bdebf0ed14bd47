// What each derived entry differentiates, and what is not computed where nobody
// asks for it. That the numbers are right is shown by tests/gradients.
// RUN: rondo-opt %s -rondo-differentiate="entries=loss_and_gradients,vjp,hvp" -cse | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: rondo-opt %s -rondo-differentiate="entries=loss_and_gradients,vjp wrt=parameters" -cse | FileCheck %s --check-prefix=PARAMETERS
// RUN: rondo-opt %s -rondo-differentiate="entries=loss_and_gradients,vjp wrt=inputs" -cse | FileCheck %s --check-prefix=INPUTS

module attributes {rondo.optimizer = {learning_rate = 0.1, name = "sgd"}} {
  // A dense layer, a frozen one behind it, and a choice that has no derivative.
  func.func @forward(%x: tensor<2x3xf32> {rondo.input = "x"},
                     %w: tensor<3x4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                     %frozen: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "frozen", initializer = {name = "zeros"}, trainable = false>})
      -> (tensor<2x5xf32> {rondo.output = "y"}, tensor<2xi32> {rondo.output = "best"}) {
    %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %1 = rondo.tanh %0 : tensor<2x4xf32>
    %2 = rondo.contract %1, %frozen batch = [] x [] contract = [1] x [0] : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
    %3 = rondo.argmax %2 axis = 1 : tensor<2x5xf32> -> tensor<2xi32>
    return %2, %3 : tensor<2x5xf32>, tensor<2xi32>
  }
  func.func @evaluate(%x: tensor<2x3xf32> {rondo.input = "x"},
                      %w: tensor<3x4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                      %frozen: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "frozen", initializer = {name = "zeros"}, trainable = false>})
      -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "n"}, tensor<f32> {rondo.metric_count = "n"}) {
    %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    %1 = rondo.tanh %0 : tensor<2x4xf32>
    %2 = rondo.contract %1, %frozen batch = [] x [] contract = [1] x [0] : (tensor<2x4xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
    %3 = rondo.reduce sum %2 dims = [0, 1] : tensor<2x5xf32> -> tensor<f32>
    return %3, %3, %3 : tensor<f32>, tensor<f32>, tensor<f32>
  }
}

// The cotangent of `frozen` would be a third contract of (2, 4) and (2, 5): there is
// none. `w` takes one more, `x` another.
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK-COUNT-2: rondo.contract {{.*}} -> tensor<2x{{[45]}}xf32>
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK-DAG: rondo.contract {{.*}} -> tensor<3x4xf32>
// CHECK-DAG: rondo.contract {{.*}} -> tensor<2x3xf32>
// CHECK-NOT: rondo.contract
// CHECK: return

// PARAMETERS-LABEL: func.func @loss_and_gradients
// PARAMETERS-SAME: tensor<3x4xf32> {rondo.gradient_of = "w"})
// PARAMETERS-NOT: -> tensor<2x3xf32>
// PARAMETERS: return
// PARAMETERS-LABEL: func.func @vjp
// PARAMETERS-SAME: tensor<3x4xf32> {rondo.gradient_of = "w"})
// PARAMETERS-NOT: -> tensor<2x3xf32>
// PARAMETERS: return

// INPUTS-LABEL: func.func @loss_and_gradients
// INPUTS-SAME: tensor<2x3xf32> {rondo.input_gradient_of = "x"})
// INPUTS-NOT: -> tensor<3x4xf32>
// INPUTS: return
// INPUTS-LABEL: func.func @vjp
// INPUTS-SAME: tensor<2x3xf32> {rondo.input_gradient_of = "x"})
// INPUTS-NOT: -> tensor<3x4xf32>
// INPUTS: return

// One cotangent for each output of floats.
// ALL-LABEL: func.func @vjp
// ALL-SAME: %[[DY:[a-z0-9]+]]: tensor<2x5xf32> {rondo.cotangent_of = "y"})
// ALL-SAME: -> (tensor<2x5xf32> {rondo.output = "y"}, tensor<2xi32> {rondo.output = "best"}, tensor<3x4xf32> {rondo.gradient_of = "w"}, tensor<2x3xf32> {rondo.input_gradient_of = "x"})
// ALL: rondo.contract %[[DY]], %{{.*}} -> tensor<2x4xf32>

// A vector for each trainable parameter; the loss, and no metric.
// ALL-LABEL: func.func @hvp
// ALL-SAME: %[[V:[a-z0-9]+]]: tensor<3x4xf32> {rondo.vector_of = "w"})
// ALL-SAME: -> (tensor<f32> {rondo.loss}, tensor<3x4xf32> {rondo.hessian_product_of = "w"})
// ALL: rondo.contract {{.*}}%[[V]]{{.*}} -> tensor<2x4xf32>
// ALL-NOT: rondo.gradient_of
