// Frozen layers cost nothing: where only what comes behind them learns, the whole
// backward pass through them is absent, and their LSTM keeps no gates.
// RUN: rondo-opt %s -rondo-differentiate -cse -split-input-file | FileCheck %s
// RUN: rondo-opt %s -rondo-differentiate="entries=hvp" -cse -split-input-file | FileCheck %s --check-prefix=HESSIAN

// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.lstm {{.*}} -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>{{$}}
// CHECK-NOT: rondo.lstm
// CHECK: return
// HESSIAN-LABEL: func.func @hvp
// HESSIAN: rondo.lstm {{.*}} -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>{{$}}
// HESSIAN-NOT: rondo.{{lstm|scan}}
// HESSIAN: return
func.func @evaluate(%ids: tensor<2x3x5xi32> {rondo.input = "ids"},
                    %k: tensor<5x16xf32> {rondo.parameter = #rondo.parameter<path = "lstm/kernel", initializer = {name = "zeros"}, trainable = false>},
                    %r: tensor<4x16xf32> {rondo.parameter = #rondo.parameter<path = "lstm/recurrent_kernel", initializer = {name = "zeros"}, trainable = false>},
                    %w: tensor<4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>}) -> (tensor<f32> {rondo.loss}) {
  %x = rondo.cast %ids : tensor<2x3x5xi32> -> tensor<2x3x5xf32>
  %s, %h, %c = rondo.lstm %x, %k, %r : tensor<2x3x5xf32>, tensor<5x16xf32>, tensor<4x16xf32> -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  %0 = rondo.contract %h, %w batch = [] x [] contract = [1] x [0] : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<2xf32> -> tensor<f32>
  return %1 : tensor<f32>
}

// -----

// A frozen layer in the middle lets cotangents through and has none of its own.
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK: rondo.contract {{.*}} -> tensor<2x4xf32>
// CHECK: rondo.contract {{.*}} -> tensor<3x4xf32>
// CHECK-NOT: rondo.contract
// CHECK: return
// HESSIAN-LABEL: func.func @hvp
func.func @evaluate(%x: tensor<2x3xi32> {rondo.input = "x"},
                    %w: tensor<3x4xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>},
                    %f: tensor<4x4xf32> {rondo.parameter = #rondo.parameter<path = "f", initializer = {name = "zeros"}, trainable = false>}) -> (tensor<f32> {rondo.loss}) {
  %0 = rondo.cast %x : tensor<2x3xi32> -> tensor<2x3xf32>
  %1 = rondo.contract %0, %w batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %2 = rondo.contract %1, %f batch = [] x [] contract = [1] x [0] : (tensor<2x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>
  %3 = rondo.mul %2, %2 : tensor<2x4xf32>
  %4 = rondo.reduce sum %3 dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
  return %4 : tensor<f32>
}

// -----

// For a product with the Hessian, an LSTM that parameters flow through becomes a loop; a frozen
// one in front of it stays as it is, and so does one that only a metric depends on.
// HESSIAN-LABEL: func.func @hvp
// HESSIAN: %[[FROZEN:.*]], %{{.*}}, %{{.*}} = rondo.lstm {{.*}} -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>{{$}}
// HESSIAN: rondo.contract %[[FROZEN]], %{{.*}} -> tensor<2x3x24xf32>
// HESSIAN: rondo.scan
// HESSIAN: rondo.lstm {{.*}} -> tensor<2x3x6xf32>, tensor<2x6xf32>, tensor<2x6xf32>{{$}}
// HESSIAN-NOT: rondo.lstm
// HESSIAN: return
func.func @evaluate(%x: tensor<2x3x5xf32> {rondo.input = "x"},
                    %k: tensor<5x16xf32> {rondo.parameter = #rondo.parameter<path = "frozen/kernel", initializer = {name = "zeros"}, trainable = false>},
                    %r: tensor<4x16xf32> {rondo.parameter = #rondo.parameter<path = "frozen/recurrent_kernel", initializer = {name = "zeros"}, trainable = false>},
                    %k2: tensor<4x24xf32> {rondo.parameter = #rondo.parameter<path = "lstm/kernel", initializer = {name = "zeros"}, trainable = true>},
                    %r2: tensor<6x24xf32> {rondo.parameter = #rondo.parameter<path = "lstm/recurrent_kernel", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<f32> {rondo.loss}, tensor<f32> {rondo.metric_sum = "n"}, tensor<f32> {rondo.metric_count = "n"}) {
  %s, %h, %c = rondo.lstm %x, %k, %r : tensor<2x3x5xf32>, tensor<5x16xf32>, tensor<4x16xf32> -> tensor<2x3x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  %s2, %h2, %c2 = rondo.lstm %s, %k2, %r2 : tensor<2x3x4xf32>, tensor<4x24xf32>, tensor<6x24xf32> -> tensor<2x3x6xf32>, tensor<2x6xf32>, tensor<2x6xf32>
  %s3, %h3, %c3 = rondo.lstm %s2, %r2, %r2 : tensor<2x3x6xf32>, tensor<6x24xf32>, tensor<6x24xf32> -> tensor<2x3x6xf32>, tensor<2x6xf32>, tensor<2x6xf32>
  %0 = rondo.reduce sum %h2 dims = [0, 1] : tensor<2x6xf32> -> tensor<f32>
  %1 = rondo.reduce sum %h3 dims = [0, 1] : tensor<2x6xf32> -> tensor<f32>
  return %0, %1, %1 : tensor<f32>, tensor<f32>, tensor<f32>
}
