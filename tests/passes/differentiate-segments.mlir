// An LSTM in segments keeps its states before each of them instead of gates and cells.
// RUN: rondo-opt %s -rondo-differentiate -rondo-simplify -cse | FileCheck %s
// RUN: rondo-opt %s -pass-pipeline='builtin.module(rondo-differentiate,rondo-simplify,cse,rondo-to-kernel,func.func(rondo-fuse-kernels),cse)' | FileCheck %s --check-prefix=KERNELS

// The decision is still there where it becomes kernels, and nowhere else.
// CHECK-LABEL: func.func @evaluate
// CHECK-NOT: rondo.residual
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: %[[S:.*]], %{{.*}}, %{{.*}}, %[[G:.*]], %[[C:.*]] = rondo.lstm {{.*}} {rondo.residual = "segments"}
// CHECK-NOT: rondo.residual
// CHECK: rondo.lstm_grad {{.*}} cache(%[[S]], %[[G]], %[[C]] :

// KERNELS-LABEL: func.func @loss_and_gradients
// KERNELS: %[[PACKED:.*]] = kernel.lstm_pack
// KERNELS: %[[F:.*]]:5 = kernel.lstm_forward(%[[X:.*]], %[[PACKED]], {{.*}} -> (tensor<?x?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<1x16x4x{{.*}}xf32>, tensor<?x?x4xf32>)
// KERNELS-NOT: kernel.lstm_forward
// KERNELS: %[[B:.*]]:14 = kernel.lstm_segments(%[[X]], %[[PACKED]], %{{.*}}, %{{.*}}, %[[F]]#4, {{.*}} wanted = array<i1: true, true, true, true>}
// KERNELS: materialize_in_destination %[[B]]#11
// KERNELS: materialize_in_destination %[[B]]#12
// KERNELS: materialize_in_destination %[[B]]#13
// KERNELS: materialize_in_destination %[[B]]#10

// Nothing but what is asked for: a training step needs no gradient of the input.
// KERNELS-LABEL: func.func @train_step
// KERNELS: kernel.lstm_segments{{.*}} wanted = array<i1: false, true, true, true>}
module attributes {rondo.symbols = ["B", "T"], rondo.optimizer = {learning_rate = 0.1, name = "sgd"}} {
  func.func @forward(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                     %k: tensor<3x8xf32> {rondo.parameter = #rondo.parameter<path = "k", initializer = {name = "zeros"}, trainable = true>},
                     %r: tensor<2x8xf32> {rondo.parameter = #rondo.parameter<path = "r", initializer = {name = "zeros"}, trainable = true>},
                     %b: tensor<8xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>})
      -> (tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.output = "y"}) {
    return %x : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  }
  func.func @evaluate(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                      %k: tensor<3x8xf32> {rondo.parameter = #rondo.parameter<path = "k", initializer = {name = "zeros"}, trainable = true>},
                      %r: tensor<2x8xf32> {rondo.parameter = #rondo.parameter<path = "r", initializer = {name = "zeros"}, trainable = true>},
                      %b: tensor<8xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>})
      -> (tensor<f32> {rondo.loss}) {
    %s, %h, %c = rondo.lstm %x, %k, %r bias(%b : tensor<8xf32>) {rondo.residual = "segments"} : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<3x8xf32>, tensor<2x8xf32> -> tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>
    %0 = rondo.reduce sum %h dims = [0, 1] : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<f32>
    return %0 : tensor<f32>
  }
}
