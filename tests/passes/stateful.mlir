// What one run leaves for the next: `rondo.update_of` on results of @forward and @evaluate.
// RUN: rondo-opt %s -rondo-differentiate="entries=loss_and_gradients,train_step,vjp,hvp" | FileCheck %s --check-prefix=ENTRIES
// RUN: rondo-opt %s -rondo-to-kernel | FileCheck %s
// RUN: rondo-opt %s -rondo-to-kernel -rondo-bufferize -rondo-plan-arena | FileCheck %s --check-prefix=ONCE

// Of the derived entries only the training step moves it: the others repeat themselves.
// ENTRIES: func.func @forward({{.*}} -> ({{.*}}rondo.output = "y"}, {{.*}}rondo.update_of = "h"})
// ENTRIES: func.func @evaluate({{.*}} -> ({{.*}}rondo.loss}, {{.*}}rondo.update_of = "h"})
// ENTRIES: func.func @loss_and_gradients(
// ENTRIES-NOT: rondo.update_of
// ENTRIES: func.func @train_step({{.*}} -> ({{.*}}rondo.loss}, {{.*}}rondo.update_of = "h"}, {{.*}}rondo.gradient_of = "w"})
// ENTRIES-NOT: rondo.update_of

// It is read from the place in `out` that it is written to, behind the rest of the state, which is
// read in `in`; the output of the run goes its own way.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[MEAN:[a-z0-9]+]]: memref<3xf32> {kernel.bind = #kernel.bind<in, 1, 0>}
// CHECK-SAME: %[[OLD:[a-z0-9]+]]: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 1, 64>}
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 0, 0>}
// CHECK-SAME: %[[NEW:[a-z0-9]+]]: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 1, 64>}
// CHECK: bufferization.to_tensor %[[OLD]] restrict
// CHECK-DAG: bufferization.materialize_in_destination {{.*}} in restrict writable %[[Y]]
// CHECK-DAG: bufferization.materialize_in_destination {{.*}} in restrict writable %[[NEW]]
// CHECK: return
// CHECK-LABEL: func.func @evaluate
// CHECK-SAME: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 2, 64>}
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 0, 0>}
// CHECK-SAME: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 2, 64>}

// What is made of weights alone is made once, what is made of this in every run.
// ONCE-LABEL: func.func @forward
// ONCE-SAME: %[[OLD:[a-z0-9]+]]: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 1, 64>}
// ONCE: kernel.map ins(%{{.*}} : memref<3x3xf32>) {{.*}} attributes {kernel.once}
// ONCE: kernel.map ins(%[[OLD]] : memref<4x3xf32>)
// ONCE-NOT: kernel.once
// ONCE: return
module attributes {rondo.symbols = [], rondo.optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64}} {
func.func @forward(%x: tensor<4x3xf32> {rondo.input = "x"},
                   %w: tensor<3x3xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                   %mean: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "mean", initializer = {name = "zeros"}, trainable = false>},
                   %h: tensor<4x3xf32> {rondo.parameter = #rondo.parameter<path = "h", initializer = {name = "zeros"}, trainable = false>})
    -> (tensor<4x3xf32> {rondo.output = "y"}, tensor<4x3xf32> {rondo.update_of = "h"}) {
  %0 = rondo.tanh %w : tensor<3x3xf32>
  %1 = rondo.tanh %h : tensor<4x3xf32>
  %2 = rondo.contract %1, %0 batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %3 = rondo.add %x, %2 : tensor<4x3xf32>
  return %3, %3 : tensor<4x3xf32>, tensor<4x3xf32>
}
func.func @evaluate(%x: tensor<4x3xf32> {rondo.input = "x"},
                    %w: tensor<3x3xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                    %mean: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "mean", initializer = {name = "zeros"}, trainable = false>},
                    %h: tensor<4x3xf32> {rondo.parameter = #rondo.parameter<path = "h", initializer = {name = "zeros"}, trainable = false>})
    -> (tensor<f32> {rondo.loss}, tensor<4x3xf32> {rondo.update_of = "h"}) {
  %0 = rondo.contract %h, %w batch = [] x [] contract = [1] x [0] : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %1 = rondo.add %x, %0 : tensor<4x3xf32>
  %2 = rondo.reduce sum %1 dims = [0, 1] : tensor<4x3xf32> -> tensor<f32>
  return %2, %1 : tensor<f32>, tensor<4x3xf32>
}
}
