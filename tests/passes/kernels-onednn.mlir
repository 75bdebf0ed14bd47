// LSTMs and products as calls of oneDNN, and their place in the plan.
// RUN: rondo-opt %s -rondo-choose-kernels=kernels=onednn -rondo-to-kernel -cse -split-input-file | FileCheck %s
// RUN: rondo-opt %s -rondo-choose-kernels=kernels=onednn -rondo-to-kernel -cse -rondo-bufferize -rondo-plan-arena -canonicalize -split-input-file | FileCheck %s --check-prefix=PLAN

module attributes {rondo.symbols = ["B", "T"]} {
// Two layers: the sequence between them stays time-major. An absent bias is zeros.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[B:[a-z0-9]+]]: index {kernel.bind = #kernel.bind<dim, 0, 0>}, %[[T:[a-z0-9]+]]: index
// CHECK-DAG: %[[D:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[H:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK: %[[X:.*]] = kernel.transpose ins(%{{.*}} : tensor<?x?x4xf32>) outs(%{{.*}} : tensor<?x?x4xf32>) perm = [1, 0, 2]
// CHECK: %[[S:.*]] = kernel.onednn_size lstm_inference scratchpad shape(%[[T]], %[[B]], %[[D]], %[[H]], %[[ZERO]])
// CHECK: %[[SCRATCH:.*]] = tensor.empty(%[[S]]) : tensor<?xi8>
// CHECK: %[[P:.*]] = kernel.onednn_size lstm_inference packed shape(%[[T]], %[[B]], %[[D]], %[[H]], %[[ZERO]])
// CHECK: %[[BYTES:.*]] = tensor.empty(%[[P]]) : tensor<?xi8>
// CHECK: %[[PACKED:.*]] = kernel.onednn_lstm_pack lstm_inference ins({{.*}} : tensor<4x12xf32>, tensor<3x12xf32>) shape(%[[T]], %[[B]], %[[D]], %[[H]], %[[ZERO]]) outs(%[[BYTES]] : tensor<?xi8>)
// CHECK: %[[FIRST:.*]]:4 = kernel.onednn_lstm_forward ins(%[[X]], %[[PACKED]], %{{.*}} : tensor<?x?x4xf32>, tensor<?xi8>, tensor<12xf32>) shape({{.*}}) outs({{.*}}, %[[SCRATCH]] : tensor<?x?x3xf32>, tensor<?x3xf32>, tensor<?x3xf32>, tensor<?xi8>)
// CHECK-NOT: kernel.transpose
// CHECK: %[[BIAS:.*]] = kernel.map ins() outs(%{{.*}} : tensor<8xf32>)
// CHECK-NOT: kernel.transpose
// CHECK: %[[SECOND:.*]]:4 = kernel.onednn_lstm_forward ins(%[[FIRST]]#0, %{{.*}}, %[[BIAS]] :
// CHECK: bufferization.materialize_in_destination %[[SECOND]]#1

// The plan asks oneDNN, which may refuse with a negative number: it is not rounded.
// PLAN-LABEL: func.func @forward_plan
// PLAN: %[[S:.*]] = kernel.onednn_size lstm_inference scratchpad shape(
// PLAN-NEXT: %[[BYTES:.*]] = arith.index_cast %[[S]] : index to i64
// PLAN: return %{{.*}}%[[BYTES]]
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                   %k: tensor<4x12xf32> {rondo.parameter = #rondo.parameter<path = "a/kernel", initializer = {name = "zeros"}, trainable = true>},
                   %r: tensor<3x12xf32> {rondo.parameter = #rondo.parameter<path = "a/recurrent", initializer = {name = "zeros"}, trainable = true>},
                   %b: tensor<12xf32> {rondo.parameter = #rondo.parameter<path = "a/bias", initializer = {name = "zeros"}, trainable = true>},
                   %l: tensor<3x8xf32> {rondo.parameter = #rondo.parameter<path = "b/kernel", initializer = {name = "zeros"}, trainable = true>},
                   %q: tensor<2x8xf32> {rondo.parameter = #rondo.parameter<path = "b/recurrent", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<?x2xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %s, %h, %c = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>) : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  %s1, %h1, %c1 = rondo.lstm %s, %l, %q : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<3x8xf32>, tensor<2x8xf32>
    -> tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>
  return %h1 : tensor<?x2xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// The backward pass reads the training form's workspace and weights packed for itself.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.onednn_lstm_pack lstm_training
// CHECK: %[[LSTM:.*]]:5 = kernel.onednn_lstm_forward
// CHECK: %[[DS:.*]] = kernel.transpose ins({{.*}}) outs({{.*}}) perm = [1, 0, 2]
// CHECK: %[[DC:.*]] = kernel.map ins() outs(
// CHECK: %[[PACKED:.*]] = kernel.onednn_lstm_pack lstm_backward
// CHECK: %[[GRAD:.*]]:7 = kernel.onednn_lstm_backward ins(%{{.*}}, %[[PACKED]], %{{.*}} : {{.*}}) initial(
// CHECK-SAME: cache(%[[LSTM]]#0, %[[LSTM]]#1, %[[LSTM]]#2, %[[LSTM]]#4 :
// CHECK-SAME: cotangents(%[[DS]], %{{.*}}, %[[DC]] :
// CHECK: materialize_in_destination %[[GRAD]]#1
// CHECK: materialize_in_destination %[[GRAD]]#5
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                   %k: tensor<4x12xf32> {rondo.input = "k"}, %r: tensor<3x12xf32> {rondo.input = "r"},
                   %b: tensor<12xf32> {rondo.input = "b"},
                   %h: tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input = "h"},
                   %c: tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input = "c"},
                   %ds: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "ds"},
                   %dh: tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input = "dh"})
    -> (tensor<4x12xf32> {rondo.output = "dk"}, tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.output = "dh0"}) {
  %s, %lh, %lc, %g, %cs = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>)
      initial(%h, %c : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
      : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>,
       tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  %dx, %dk, %dr, %db, %dh0, %dc0 = rondo.lstm_grad %x, %k, %r bias(%b : tensor<12xf32>)
      initial(%h, %c : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
      d_sequence(%ds : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) d_last_h(%dh : tensor<?x3xf32, #rondo.dims<["B"]>>)
      cache(%s, %g, %cs : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>)
      : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32> bias tensor<12xf32>
       initial tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  return %dk, %dh0 : tensor<4x12xf32>, tensor<?x3xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// A layer with an activation that oneDNN has not keeps its generated kernel.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.lstm_pack
// CHECK: kernel.lstm_forward
// CHECK-NOT: onednn
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                   %k: tensor<4x12xf32> {rondo.input = "k"}, %r: tensor<3x12xf32> {rondo.input = "r"})
    -> (tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %s, %h, %c = rondo.lstm %x, %k, %r {activation = #rondo.activation<relu>} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  return %h : tensor<?x3xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// The shape of a product holds the products of its groups; what follows is not
// fused into it. lhs is transposed: (K, M) where K is (B, T).
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[B:[a-z0-9]+]]: index {kernel.bind = #kernel.bind<dim, 0, 0>}, %[[T:[a-z0-9]+]]: index
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[M:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[N:.*]] = arith.constant 5 : index
// CHECK-DAG: %[[K:.*]] = arith.muli %[[B]], %[[T]]
// CHECK: %[[PRODUCT:.*]]:2 = kernel.onednn_matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<?x?x5xf32>) shape(%[[ONE]], %[[M]], %[[N]], %[[K]], %[[ONE]]) outs(%{{.*}}, %{{.*}} : tensor<4x5xf32>, tensor<?xi8>)
// CHECK: kernel.map ins(%[[PRODUCT]]#0
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                   %y: tensor<?x?x5xf32, #rondo.dims<["B", "T"]>> {rondo.input = "y"})
    -> (tensor<4x5xf32> {rondo.output = "z"}) {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [0, 1] x [0, 1] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x5xf32, #rondo.dims<["B", "T"]>>) -> tensor<4x5xf32>
  %1 = rondo.tanh %0 : tensor<4x5xf32>
  return %1 : tensor<4x5xf32>
}
}
