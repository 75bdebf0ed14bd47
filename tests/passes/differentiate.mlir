// What rondo-differentiate adds to a module. That the numbers are right is
// shown by tests/gradients.
// RUN: rondo-opt %s -rondo-differentiate -cse -split-input-file -verify-diagnostics -mlir-print-debuginfo -mlir-print-local-scope | FileCheck %s

// Results are evaluate's, then parameters', then float inputs'; frozen
// parameters and integers get none.
// CHECK-LABEL: func.func @evaluate
// CHECK-NOT: rondo.optimizer
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK-SAME: -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "n"}, tensor<f32> {rondo.metric_count = "n"},
// CHECK-SAME: tensor<3xf32> {rondo.gradient_of = "w"}, tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input_gradient_of = "x"})
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: tensor<3xf32> {rondo.gradient_of = "w"}) attributes {rondo.optimizer = {learning_rate = 1.000000e-01 : f64, name = "sgd"}}
module attributes {rondo.optimizer = {learning_rate = 0.1, name = "sgd"}} {
  func.func @evaluate(%ids: tensor<?xi32, #rondo.dims<["B"]>> {rondo.input = "ids"},
                      %x: tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input = "x"},
                      %frozen: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "frozen", initializer = {name = "zeros"}, trainable = false>},
                      %w: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>})
      -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "n"}, tensor<f32> {rondo.metric_count = "n"}) {
    %0 = rondo.mul %w, %frozen : tensor<3xf32>
    %1 = rondo.broadcast %0 dims = [1] : tensor<3xf32> -> tensor<?x3xf32, #rondo.dims<["B"]>>
    %2 = rondo.mul %1, %x : tensor<?x3xf32, #rondo.dims<["B"]>>
    %3 = rondo.reduce sum %2 dims = [0, 1] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<f32>
    %4 = rondo.size %2 dims = [0] : tensor<?x3xf32, #rondo.dims<["B"]>> -> tensor<f32>
    return %3, %4, %4 : tensor<f32>, tensor<f32>, tensor<f32>
  }
}

// -----

// The layer that a cotangent belongs to is the layer of its op.
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.tanh {{.*}} loc(fused<"dense">["m.py":3:5])
// CHECK: rondo.sub {{.*}} loc(fused<"dense">["m.py":3:5])
func.func @evaluate(%w: tensor<f32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>}) -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.tanh %w : tensor<f32> loc(fused<"dense">["m.py":3:5])
  return %0 : tensor<f32>
}

// -----

// The LSTM keeps its gates where it is differentiated, and only there.
// CHECK-LABEL: func.func @evaluate
// CHECK: rondo.lstm {{.*}} -> tensor<2x3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32> loc
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: %[[S:.*]], %{{.*}}, %{{.*}}, %[[G:.*]], %[[C:.*]] = rondo.lstm {{.*}} -> tensor<2x3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x3x4xf32>, tensor<2x3x1xf32> loc
// CHECK: rondo.lstm_grad {{.*}} d_last_h(%{{.*}} : tensor<2x1xf32>) cache(%[[S]], %[[G]], %[[C]] :
func.func @evaluate(%x: tensor<2x3x5xf32> {rondo.input = "x"}, %k: tensor<5x4xf32>, %r: tensor<1x4xf32>) -> (tensor<f32> {rondo.loss}) {
  %s, %h, %c = rondo.lstm %x, %k, %r : tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> -> tensor<2x3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
  %0 = rondo.reduce sum %h dims = [0, 1] : tensor<2x1xf32> -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// A module without a loss function stays as it is.
// CHECK-LABEL: func.func @forward
// CHECK-NOT: func.func
func.func @forward(%x: tensor<f32> {rondo.input = "x"}) -> (tensor<f32> {rondo.output = "y"}) {
  return %x : tensor<f32>
}

// -----

// expected-error @below {{no result is marked 'rondo.loss'}}
func.func @evaluate(%x: tensor<f32> {rondo.input = "x"}) -> tensor<f32> {
  return %x : tensor<f32>
}

// -----

// expected-error @below {{result #0 is marked as the loss but is no scalar}}
func.func @evaluate(%x: tensor<2xf32> {rondo.input = "x"}) -> (tensor<2xf32> {rondo.loss}) {
  return %x : tensor<2xf32>
}

// -----

func.func @evaluate(%x: tensor<2x3x5xf32> {rondo.input = "x"}, %k: tensor<5x4xf32>, %r: tensor<1x4xf32>, %d: tensor<2x1xf32>) -> (tensor<f32> {rondo.loss}) {
  // expected-note @below {{docs/gradients.md lists what has no derivative}}
  // expected-error @below {{'rondo.lstm_grad' has no gradient rule, and what is being differentiated depends on it}}
  %0:3 = rondo.lstm_grad %x, %k, %r d_last_h(%d : tensor<2x1xf32>) : tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> -> tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32>
  %1 = rondo.reduce sum %0#0 dims = [0, 1, 2] : tensor<2x3x5xf32> -> tensor<f32>
  return %1 : tensor<f32>
}
