// Entries get the C calling convention of runtime/include/rondo/generated.h.
// RUN: rondo-opt %s -rondo-to-kernel -split-input-file | FileCheck %s

module attributes {rondo.symbols = ["B", "T"], rondo.optimizer = {name = "adam", learning_rate = 1.0e-3 : f64, beta_1 = 0.8 : f64, beta_2 = 0.9 : f64, epsilon = 1.0e-5 : f64}} {
// Parameters are segments of in[0] and in[1] that start at multiples of 64
// bytes; inputs come behind them.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<?x?x3xf32> {kernel.bind = #kernel.bind<in, 2, 0>, kernel.dims = ["B", "T"]}
// CHECK-SAME: %[[IDS:[a-z0-9]+]]: memref<?xi32> {kernel.bind = #kernel.bind<in, 3, 0>, kernel.dims = ["B"]}
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<3x5xf32> {kernel.bind = #kernel.bind<in, 0, 0>}
// CHECK-SAME: %[[S:[a-z0-9]+]]: memref<5xf32> {kernel.bind = #kernel.bind<in, 1, 0>}
// CHECK-SAME: %[[V:[a-z0-9]+]]: memref<2xf32> {kernel.bind = #kernel.bind<in, 0, 64>}
// CHECK-SAME: memref<?x?x3xf32> {kernel.bind = #kernel.bind<out, 0, 0>, kernel.dims = ["B", "T"]}
// CHECK-SAME: memref<2xf32> {kernel.bind = #kernel.bind<out, 1, 0>}
// CHECK-SAME: index {kernel.bind = #kernel.bind<dim, 0, 0>}
// CHECK-SAME: index {kernel.bind = #kernel.bind<dim, 1, 0>}
// CHECK-SAME: attributes {kernel.entry = "forward", kernel.requires = ["B-1", "T-1"]}
// CHECK: bufferization.to_tensor %[[X]] restrict
// CHECK: bufferization.materialize_in_destination {{.*}} in restrict writable
// CHECK: return{{$}}
func.func @forward(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                   %ids: tensor<?xi32, #rondo.dims<["B"]>> {rondo.input = "ids"},
                   %w: tensor<3x5xf32> {rondo.parameter = #rondo.parameter<path = "a/kernel", initializer = {name = "zeros"}, trainable = true>},
                   %s: tensor<5xf32> {rondo.parameter = #rondo.parameter<path = "a/mean", initializer = {name = "zeros"}, trainable = false>},
                   %v: tensor<2xf32> {rondo.parameter = #rondo.parameter<path = "b/bias", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.output = "y"}, tensor<2xf32> {rondo.output = "z"}) {
  return %x, %v : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<2xf32>
}

// Metrics are (sum, count) pairs of floats in out[1].
// CHECK-LABEL: func.func @evaluate
// CHECK-SAME: memref<?x5xf32> {kernel.bind = #kernel.bind<in, 4, 0>, kernel.dims = ["B"]}
// CHECK-SAME: memref<?xf32> {kernel.bind = #kernel.bind<in, 5, 0>, kernel.dims = ["B"]}
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 0, 0>}
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 1, 0>}
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 1, 4>}
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 1, 8>}
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 1, 12>}
func.func @evaluate(%t: tensor<?x5xf32, #rondo.dims<["B"]>> {rondo.target = "y"},
                    %sw: tensor<?xf32, #rondo.dims<["B"]>> {rondo.sample_weight = "y"})
    -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "accuracy"}, tensor<f32> {rondo.metric_count = "accuracy"},
        tensor<f32> {rondo.metric_sum = "mae"}, tensor<f32> {rondo.metric_count = "mae"}) {
  %0 = rondo.reduce sum %sw dims = [0] : tensor<?xf32, #rondo.dims<["B"]>> -> tensor<f32>
  return %0, %0, %0, %0, %0 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
}

// A gradient lies in the flat gradients as its parameter lies in the flat
// parameters; input gradients follow, by the input's place.
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK-SAME: memref<f32> {kernel.bind = #kernel.bind<out, 0, 0>}
// CHECK-SAME: memref<2xf32> {kernel.bind = #kernel.bind<out, 2, 64>}
// CHECK-SAME: memref<?x?x3xf32> {kernel.bind = #kernel.bind<out, 3, 0>, kernel.dims = ["B", "T"]}
func.func @loss_and_gradients(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                              %v: tensor<2xf32> {rondo.parameter = #rondo.parameter<path = "b/bias", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<f32> {rondo.loss}, tensor<2xf32> {rondo.gradient_of = "b/bias"},
        tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input_gradient_of = "x"}) {
  %0 = rondo.reduce sum %v dims = [0] : tensor<2xf32> -> tensor<f32>
  return %0, %v, %x : tensor<f32>, tensor<2xf32>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
}

// The update works on whole buffers, after everything else.
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[P:[a-z0-9]+]]: memref<32xf32> {kernel.bind = #kernel.bind<out, 3, 0>}
// CHECK-SAME: %[[G:[a-z0-9]+]]: memref<32xf32> {kernel.bind = #kernel.bind<out, 2, 0>}
// CHECK-SAME: %[[LR:[a-z0-9]+]]: memref<f32> {kernel.bind = #kernel.bind<in, 6, 0>}
// CHECK-SAME: %[[STEP:[a-z0-9]+]]: memref<i64> {kernel.bind = #kernel.bind<in, 7, 0>}
// CHECK-SAME: %[[M:[a-z0-9]+]]: memref<32xf32> {kernel.bind = #kernel.bind<out, 5, 0>}
// CHECK-SAME: %[[S:[a-z0-9]+]]: memref<32xf32> {kernel.bind = #kernel.bind<out, 6, 0>}
// CHECK: bufferization.materialize_in_destination
// CHECK: kernel.update {beta_1 = 8.000000e-01 : f64, {{.*}}name = "adam"}(%[[P]], %[[G]], %[[M]], %[[S]], %[[LR]], %[[STEP]])
// CHECK-NEXT: return
func.func @train_step(%v: tensor<2xf32> {rondo.parameter = #rondo.parameter<path = "b/bias", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<f32> {rondo.loss}, tensor<2xf32> {rondo.gradient_of = "b/bias"}) {
  %0 = rondo.reduce sum %v dims = [0] : tensor<2xf32> -> tensor<f32>
  return %0, %v : tensor<f32>, tensor<2xf32>
}
}

// -----

// The plain update of SGD needs no slots.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64}} {
func.func @forward() {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK: kernel.update {{.*}}name = "sgd"}(%{{.*}}) : memref<0xf32>, memref<0xf32>, memref<f32>, memref<i64>
func.func @train_step() {
  return
}
}

// -----

// Momentum needs one.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64, momentum = 0.9 : f64, nesterov = 1.0 : f64}} {
func.func @forward() {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK: kernel.update {{.*}}momentum = 9.000000e-01 : f64, name = "sgd", nesterov = 1.000000e+00 : f64}(%{{.*}}) : memref<0xf32>, memref<0xf32>, memref<0xf32>, memref<f32>, memref<i64>
func.func @train_step() {
  return
}
}

// -----

// Each slot has its place behind the state, in Keras' order; each variable its segment.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "rmsprop", learning_rate = 1.0e-2 : f64, rho = 0.8 : f64, momentum = 0.5 : f64, epsilon = 1.0e-7 : f64, centered = 1.0 : f64, clipnorm = 2.0 : f64}} {
func.func @forward(%a: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "a", initializer = {name = "zeros"}, trainable = true>},
                   %b: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>}) {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[W:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 3, 0>}
// CHECK-SAME: %[[G:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 2, 0>}
// CHECK-SAME: %[[RATE:[^ ]*]]: memref<f32>
// CHECK-SAME: %[[V:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 5, 0>}
// CHECK-SAME: %[[M:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 6, 0>}
// CHECK-SAME: %[[A:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 7, 0>}
// CHECK: %[[S:.*]] = memref.alloc() : memref<2xf32>
// CHECK: kernel.clip_norm(%[[G]], %[[S]]) {limit = 2.000000e+00 : f64, segments = array<i64: 0, 16, 48>}
// CHECK: kernel.update {{.*}}name = "rmsprop", {{.*}}(%[[W]], %[[G]], %[[V]], %[[M]], %[[A]], %[[RATE]], %{{.*}})
func.func @train_step() {
  return
}
}

// -----

// What does not decay is segments, with the zeros behind each: two neighbours are one.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64, weight_decay = 0.25 : f64, undecayed = ["a", "c", "d"]}} {
func.func @forward(%a: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "a", initializer = {name = "zeros"}, trainable = true>},
                   %b: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>},
                   %c: tensor<17xf32> {rondo.parameter = #rondo.parameter<path = "c", initializer = {name = "zeros"}, trainable = true>},
                   %d: tensor<1xf32> {rondo.parameter = #rondo.parameter<path = "d", initializer = {name = "zeros"}, trainable = true>}) {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK: kernel.update {{.*}}(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {undecayed = array<i64: 0, 16, 48, 96>} : memref<96xf32>
func.func @train_step() {
  return
}
}

// -----

// One norm for all, and a decay; or clipped values.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "adam", learning_rate = 1.0e-2 : f64, amsgrad = 1.0 : f64, weight_decay = 0.25 : f64, global_clipnorm = 2.0 : f64}} {
func.func @forward(%a: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "a", initializer = {name = "zeros"}, trainable = true>},
                   %b: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>}) {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK: kernel.clip_norm(%{{.*}}, %{{.*}}) {global, limit = 2.000000e+00 : f64, segments = array<i64: 0, 48>} : memref<48xf32>, memref<1xf32>
// CHECK: kernel.update {{.*}}name = "adam", weight_decay = 2.500000e-01 : f64}(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
func.func @train_step() {
  return
}
}

// -----

module attributes {rondo.symbols = [], rondo.optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64, clipvalue = 0.5 : f64}} {
func.func @forward() {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK: kernel.clip_value(%{{.*}}) {limit = 5.000000e-01 : f64} : memref<0xf32>
// CHECK-NEXT: kernel.update
func.func @train_step() {
  return
}
}

// -----

// Gradients are gathered before they are clipped; a step of Lamb is of each variable; the average
// follows the update, and constraints follow that.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "lamb", learning_rate = 1.0e-2 : f64, clipvalue = 0.5 : f64, gradient_accumulation_steps = 3.0 : f64, ema_momentum = 0.9 : f64, ema_overwrite_frequency = 2.0 : f64}} {
func.func @forward(%a: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "a", initializer = {name = "zeros"}, trainable = true>},
                   %b: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>}) {
  return
}
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[W:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 3, 0>}
// CHECK-SAME: %[[G:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 2, 0>}
// CHECK-SAME: %[[RATE:[^ ]*]]: memref<f32>
// CHECK-SAME: %[[STEP:[^ ]*]]: memref<i64>
// CHECK-SAME: %[[A:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 5, 0>}
// CHECK-SAME: %[[SUM:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 6, 0>}
// CHECK-SAME: %[[M:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 7, 0>}
// CHECK-SAME: %[[V:[^ ]*]]: memref<48xf32> {kernel.bind = #kernel.bind<out, 8, 0>}
// CHECK-SAME: %[[B:[^ ]*]]: memref<4x5xf32> {kernel.bind = #kernel.bind<out, 3, 64>}
// CHECK: kernel.accumulate(%[[G]], %[[SUM]], %[[STEP]]) {steps = 3 : i64}
// CHECK-NEXT: kernel.clip_value(%[[G]])
// CHECK-NEXT: kernel.update {{.*}}(%[[W]], %[[G]], %[[M]], %[[V]], %[[RATE]], %[[STEP]])
// CHECK-NEXT: %[[S:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT: kernel.trust_step(%[[W]], %[[G]], %[[S]], %[[RATE]], %[[STEP]]) {accumulation = 3 : i64, segments = array<i64: 0, 16, 48>}
// CHECK-NEXT: kernel.average(%[[W]], %[[A]], %[[STEP]]) {accumulation = 3 : i64, frequency = 2 : i64, momentum = 9.000000e-01 : f64}
// CHECK-NEXT: %[[OLD:.*]] = bufferization.to_tensor %[[B]] restrict
// CHECK: kernel.map ins(%[[OLD]]
// CHECK: bufferization.materialize_in_destination {{.*}} in restrict writable %[[B]]
func.func @train_step() {
  return
}
// CHECK-NOT: @constraints
func.func @constraints(%b: tensor<4x5xf32> {rondo.parameter = #rondo.parameter<path = "b", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<4x5xf32> {rondo.update_of = "b"}) {
  %0 = rondo.relu %b : tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}
}

// -----

// What draws reads the two words of a key, behind all else that its entry reads.
module attributes {rondo.symbols = ["B"]} {
// CHECK-LABEL: func.func @forward
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 3, 0>}
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 3, 4>}
// CHECK: kernel.random
func.func @forward(%x: tensor<?xf32, #rondo.dims<["B"]>> {rondo.input = "x"},
                   %w: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                   %key: tensor<2xi32> {rondo.random_key}) -> (tensor<3xf32> {rondo.output = "y"}) {
  %0 = rondo.random %key stream = 0 : tensor<2xi32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func.func @evaluate
// CHECK-SAME: memref<3xf32> {kernel.bind = #kernel.bind<in, 4, 0>}
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 5, 0>}
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 5, 4>}
func.func @evaluate(%t: tensor<3xf32> {rondo.target = "y"}, %sw: tensor<3xf32> {rondo.sample_weight = "y"},
                    %key: tensor<2xi32> {rondo.random_key}) -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.random %key stream = 0 : tensor<2xi32> -> tensor<3xf32>
  %1 = rondo.mul %0, %sw : tensor<3xf32>
  %2 = rondo.reduce sum %1 dims = [0] : tensor<3xf32> -> tensor<f32>
  return %2 : tensor<f32>
}

// Behind the learning rate and the step.
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 7, 0>}
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 7, 4>}
func.func @loss_and_gradients(%key: tensor<2xi32> {rondo.random_key}) -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.random %key stream = 0 : tensor<2xi32> -> tensor<3xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<3xf32> -> tensor<f32>
  return %1 : tensor<f32>
}

// Behind the cotangents, wherever the key is among the arguments.
// CHECK-LABEL: func.func @vjp
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 4, 0>}
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 4, 4>}
// CHECK-SAME: memref<3xf32> {kernel.bind = #kernel.bind<in, 3, 0>}
func.func @vjp(%key: tensor<2xi32> {rondo.random_key}, %c: tensor<3xf32> {rondo.cotangent_of = "y"})
    -> (tensor<3xf32> {rondo.output = "y"}, tensor<3xf32> {rondo.gradient_of = "w"}) {
  %0 = rondo.random %key stream = 0 : tensor<2xi32> -> tensor<3xf32>
  %1 = rondo.mul %0, %c : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// Behind the vector.
// CHECK-LABEL: func.func @hvp
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 6, 0>}
// CHECK-SAME: memref<i32> {kernel.bind = #kernel.bind<in, 6, 4>}
// CHECK-SAME: memref<3xf32> {kernel.bind = #kernel.bind<in, 5, 0>}
func.func @hvp(%key: tensor<2xi32> {rondo.random_key}, %v: tensor<3xf32> {rondo.vector_of = "w"})
    -> (tensor<f32> {rondo.loss}, tensor<3xf32> {rondo.hessian_product_of = "w"}) {
  %0 = rondo.random %key stream = 0 : tensor<2xi32> -> tensor<3xf32>
  %1 = rondo.mul %0, %v : tensor<3xf32>
  %2 = rondo.reduce sum %0 dims = [0] : tensor<3xf32> -> tensor<f32>
  return %2, %1 : tensor<f32>, tensor<3xf32>
}
}
