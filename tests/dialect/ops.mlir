// Every op, attribute and optional part survives printing and parsing, in the
// pretty and in the generic form.
// RUN: rondo-opt %s | FileCheck %s
// RUN: rondo-opt %s | rondo-opt | FileCheck %s
// RUN: rondo-opt %s --mlir-print-op-generic | rondo-opt | FileCheck %s

// CHECK: module attributes {rondo.optimizer = {learning_rate = {{.*}} : f64, name = "sgd"}, rondo.symbols = ["B", "T"]}
module attributes {rondo.symbols = ["B", "T"], rondo.optimizer = {name = "sgd", learning_rate = 0.01 : f64}} {

// CHECK-LABEL: func @attributes
// CHECK-SAME: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "x"}
// CHECK-SAME: {rondo.parameter = #rondo.parameter<path = "dense/kernel", initializer = {name = "glorot_uniform"}, trainable = {{true|1}}>}
func.func @attributes(%x: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "x"},
    %w: tensor<4x2xf32> {rondo.parameter = #rondo.parameter<path = "dense/kernel", initializer = {name = "glorot_uniform"}, trainable = true>})
    -> (tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  return %x : tensor<?x4xf32, #rondo.dims<["B"]>>
}

// CHECK-LABEL: func @dims
// CHECK-SAME: tensor<?x?x?x7xf32, #rondo.dims<["B*T", "S+2*T", "T-1"]>>
func.func @dims(%x: tensor<?x?x?x7xf32, #rondo.dims<["B*T", "S+2*T", "T-1"]>>) {
  return
}

// CHECK-LABEL: func @elementwise
func.func @elementwise(%x: tensor<?x4xf32, #rondo.dims<["B"]>>, %y: tensor<?x4xf32, #rondo.dims<["B"]>>,
                       %n: tensor<?xi32, #rondo.dims<["B"]>>) {
  // CHECK: rondo.neg %{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>>
  %0 = rondo.neg %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.exp
  %1 = rondo.exp %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.log
  %2 = rondo.log %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.sqrt
  %3 = rondo.sqrt %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.tanh
  %4 = rondo.tanh %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.sigmoid
  %5 = rondo.sigmoid %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.relu
  %6 = rondo.relu %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.add %{{.*}}, %{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>>
  %7 = rondo.add %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.sub
  %8 = rondo.sub %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.mul
  %9 = rondo.mul %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.div
  %10 = rondo.div %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.maximum
  %11 = rondo.maximum %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.minimum
  %12 = rondo.minimum %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.compare lt %{{.*}}, %{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xi1, #rondo.dims<["B"]>>
  %13 = rondo.compare lt %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xi1, #rondo.dims<["B"]>>
  // CHECK: rondo.compare eq %{{.*}}, %{{.*}} : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xi1, #rondo.dims<["B"]>>
  %14 = rondo.compare eq %n, %n : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xi1, #rondo.dims<["B"]>>
  // CHECK: rondo.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x4xi1, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
  %15 = rondo.select %13, %x, %y : tensor<?x4xi1, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.cast %{{.*}} : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["B"]>>
  %16 = rondo.cast %n : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.expm1
  %17 = rondo.expm1 %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.log1p
  %18 = rondo.log1p %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.erf
  %19 = rondo.erf %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.sin
  %20 = rondo.sin %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.cos
  %21 = rondo.cos %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.abs
  %22 = rondo.abs %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.sign
  %23 = rondo.sign %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.floor
  %24 = rondo.floor %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.stop_gradient
  %27 = rondo.stop_gradient %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.truncate %{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xi32, #rondo.dims<["B"]>>
  %26 = rondo.truncate %x : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xi32, #rondo.dims<["B"]>>
  // CHECK: rondo.pow %{{.*}}, %{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>>
  %25 = rondo.pow %x, %y : tensor<?x4xf32, #rondo.dims<["B"]>>
  return
}

// CHECK-LABEL: func @shapes
func.func @shapes(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %v: tensor<4xf32>, %s: tensor<f32>) {
  // CHECK: rondo.broadcast %{{.*}} dims = [2] : tensor<4xf32> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %0 = rondo.broadcast %v dims = [2] : tensor<4xf32> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.broadcast %{{.*}} dims = [] : tensor<f32> -> tensor<3xf32>
  %1 = rondo.broadcast %s dims = [] : tensor<f32> -> tensor<3xf32>
  // CHECK: rondo.reshape %{{.*}} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x4xf32, #rondo.dims<["B*T"]>>
  %2 = rondo.reshape %x : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x4xf32, #rondo.dims<["B*T"]>>
  // CHECK: rondo.transpose %{{.*}} perm = [1, 0, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["T", "B"]>>
  %3 = rondo.transpose %x perm = [1, 0, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["T", "B"]>>
  // CHECK: rondo.slice %{{.*}} offsets = ["0", "T-1", "1"] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x1x3xf32, #rondo.dims<["B"]>>
  %4 = rondo.slice %x offsets = ["0", "T-1", "1"] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x1x3xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.pad %{{.*}} offsets = ["0", "T-1", "1"] : tensor<?x1x3xf32, #rondo.dims<["B"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %5 = rondo.pad %4 offsets = ["0", "T-1", "1"] : tensor<?x1x3xf32, #rondo.dims<["B"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.slice %{{.*}} offsets = ["0", "0", "1"] strides = [1, 1, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>
  %6 = rondo.slice %x offsets = ["0", "0", "1"] strides = [1, 1, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x2xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.concat %{{.*}}, %{{.*}} axis = 1 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "2*T"]>>
  %7 = rondo.concat %x, %5 axis = 1 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "2*T"]>>
  // CHECK: rondo.reverse %{{.*}} dims = [1, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %8 = rondo.reverse %x dims = [1, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.size %{{.*}} dims = [0, 1] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<f32>
  %9 = rondo.size %x dims = [0, 1] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<f32>
  return
}

// CHECK-LABEL: func @products
func.func @products(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %n: tensor<?xi32, #rondo.dims<["B"]>>) {
  // CHECK: rondo.reduce sum %{{.*}} dims = [0, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?xf32, #rondo.dims<["T"]>>
  %0 = rondo.reduce sum %x dims = [0, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?xf32, #rondo.dims<["T"]>>
  // CHECK: rondo.argmax %{{.*}} axis = 2 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xi32, #rondo.dims<["B", "T"]>>
  %1 = rondo.argmax %x axis = 2 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xi32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.one_hot %{{.*}} depth = 9 : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x9xf32, #rondo.dims<["B"]>>
  %2 = rondo.one_hot %n depth = 9 : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x9xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.random %{{.*}} stream = 3 : tensor<2xi32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %key = arith.constant dense<[1, 2]> : tensor<2xi32>
  %random = rondo.random %key stream = 3 : tensor<2xi32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.random normal %{{.*}} stream = 4 : tensor<2xi32> -> tensor<3xf32>
  %normal = rondo.random normal %key stream = 4 : tensor<2xi32> -> tensor<3xf32>
  // CHECK: rondo.gather %{{.*}}, %{{.*}} : tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x9xf32, #rondo.dims<["B"]>>
  %rows = rondo.gather %2, %n : tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x9xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.scatter_add %{{.*}}, %{{.*}} : tensor<?xi32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>> -> tensor<7x9xf32>
  %table = rondo.scatter_add %n, %rows : tensor<?xi32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>> -> tensor<7x9xf32>
  // CHECK: rondo.contract %{{.*}}, %{{.*}} batch = [0] x [0] contract = [2] x [2]
  // CHECK-SAME: : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  %3 = rondo.contract %x, %x batch = [0] x [0] contract = [2] x [2]
    : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  // CHECK: rondo.softmax %{{.*}} axis = 2 : tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  %4 = rondo.softmax %3 axis = 2 : tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  // CHECK: rondo.log_softmax %{{.*}} axis = 1 : tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  %5 = rondo.log_softmax %3 axis = 1 : tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  // CHECK: rondo.softmax_crossentropy %{{.*}}, %{{.*}} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xf32, #rondo.dims<["B", "T"]>>
  %6 = rondo.softmax_crossentropy %x, %x : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xf32, #rondo.dims<["B", "T"]>>
  return
}

// CHECK-LABEL: func @attention
func.func @attention(%q: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<?x?x4xf32, #rondo.dims<["B", "S"]>>, %v: tensor<?x?x3xf32, #rondo.dims<["B", "S"]>>) {
  // CHECK: %[[C:.*]] = rondo.attention %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "S"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "S"]>> -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  %0 = rondo.attention %q, %k, %v : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "S"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "S"]>> -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  // CHECK: %[[S:.*]], %[[W:.*]] = rondo.attention {{.*}} sum_queries : {{.*}} -> tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x?xf32, #rondo.dims<["B", "T", "S"]>>
  %1, %w = rondo.attention %q, %k, %v sum_queries : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "S"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "S"]>> -> tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x?xf32, #rondo.dims<["B", "T", "S"]>>
  // CHECK: rondo.attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %[[C]] : tensor<?x?x4xf32,
  %2:3 = rondo.attention_grad %q, %k, %v, %0 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "S"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "S"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %[[S]] weights(%[[W]] : tensor<?x?x?xf32, #rondo.dims<["B", "T", "S"]>>) sum_queries : tensor<?x?x4xf32,
  %3:3 = rondo.attention_grad %q, %k, %v, %1 weights(%w : tensor<?x?x?xf32, #rondo.dims<["B", "T", "S"]>>) sum_queries : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "S"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "S"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  return
}

// CHECK-LABEL: func @lstm
func.func @lstm(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>, %r: tensor<3x12xf32>,
                %b: tensor<12xf32>, %s: tensor<?x3xf32, #rondo.dims<["B"]>>,
                %m: tensor<?x?xi1, #rondo.dims<["B", "T"]>>) {
  // CHECK: %{{.*}}, %{{.*}}, %{{.*}} = rondo.lstm %{{[^,]*}}, %{{[^,]*}}, %{{[^ ]*}} : tensor<?x?x4xf32
  %0:3 = rondo.lstm %x, %k, %r : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.lstm {{.*}} bias(%{{.*}} : tensor<12xf32>) initial(%{{.*}}, %{{.*}} : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
  // CHECK-SAME: {activation = #rondo.activation<relu>}
  // CHECK-SAME: -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  %1:5 = rondo.lstm %x, %k, %r bias(%b : tensor<12xf32>)
    initial(%s, %s : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
    {activation = #rondo.activation<relu>} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>,
       tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.lstm {{.*}} mask(%{{.*}} : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) : tensor<?x?x4xf32
  %masked:3 = rondo.lstm %x, %k, %r mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  // CHECK: rondo.lstm_grad {{.*}} mask(%{{.*}} : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) d_last_h(
  %d_masked:3 = rondo.lstm_grad %x, %k, %r mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) d_last_h(%s : tensor<?x3xf32, #rondo.dims<["B"]>>)
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
  // CHECK: rondo.lstm_grad {{.*}} d_last_h(%{{.*}} : tensor<?x3xf32, #rondo.dims<["B"]>>)
  // CHECK-SAME: -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
  %2:3 = rondo.lstm_grad %x, %k, %r d_last_h(%s : tensor<?x3xf32, #rondo.dims<["B"]>>)
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
  // CHECK: rondo.lstm_grad {{.*}} bias({{.*}}) initial({{.*}}) d_sequence({{.*}}) d_last_h({{.*}}) d_last_c({{.*}}) cache({{.*}}) {recurrent_activation = #rondo.activation<tanh>}
  // CHECK-SAME: tensor<3x12xf32> bias tensor<12xf32> initial tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  %3:6 = rondo.lstm_grad %x, %k, %r bias(%b : tensor<12xf32>)
    initial(%s, %s : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>)
    d_sequence(%1#0 : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) d_last_h(%s : tensor<?x3xf32, #rondo.dims<["B"]>>)
    d_last_c(%s : tensor<?x3xf32, #rondo.dims<["B"]>>)
    cache(%1#0, %1#3, %1#4 : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>)
    {recurrent_activation = #rondo.activation<tanh>}
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32> bias tensor<12xf32>
       initial tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  return
}

// CHECK-LABEL: func @rnn
func.func @rnn(%x: tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, %r: tensor<3x9xf32>, %b: tensor<9xf32>,
               %h: tensor<?x3xf32, #rondo.dims<["B"]>>, %y: tensor<2x5x3xf32>, %w: tensor<3x3xf32>, %s: tensor<2x3xf32>, %m: tensor<2x5xi1>) {
  // CHECK: rondo.rnn %{{[^,]*}}, %{{[^,]*}}, %{{[^ ]*}} bias(%{{.*}} : tensor<9xf32>) {cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<relu>}
  // CHECK-SAME: -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>
  %0:3 = rondo.rnn %x, %r, %h bias(%b : tensor<9xf32>) {cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<relu>}
    : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<3x9xf32>, tensor<?x3xf32, #rondo.dims<["B"]>>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.rnn_grad {{.*}} d_sequence(%{{.*}} : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) d_last_h({{.*}}) {cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<relu>}
  %1:3 = rondo.rnn_grad %r, %h, %0#0, %0#2 d_sequence(%0#0 : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>)
    d_last_h(%h : tensor<?x3xf32, #rondo.dims<["B"]>>) {cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<relu>}
    : tensor<3x9xf32>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.rnn {{.*}} mask(%{{.*}} : tensor<2x5xi1>) {cell = #rondo.rnn_cell<simple>} : tensor<2x5x3xf32>, tensor<3x3xf32>, tensor<2x3xf32> -> tensor<2x5x3xf32>, tensor<2x3xf32>
  %2:2 = rondo.rnn %y, %w, %s mask(%m : tensor<2x5xi1>) {cell = #rondo.rnn_cell<simple>} : tensor<2x5x3xf32>, tensor<3x3xf32>, tensor<2x3xf32> -> tensor<2x5x3xf32>, tensor<2x3xf32>
  // CHECK: rondo.rnn_grad {{.*}} mask(%{{.*}} : tensor<2x5xi1>) d_last_h(%{{.*}} : tensor<2x3xf32>) {activation = #rondo.activation<elu>, cell = #rondo.rnn_cell<simple>}
  %3:2 = rondo.rnn_grad %w, %s, %y, %y mask(%m : tensor<2x5xi1>) d_last_h(%s : tensor<2x3xf32>) {activation = #rondo.activation<elu>, cell = #rondo.rnn_cell<simple>}
    : tensor<3x3xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32> -> tensor<2x5x3xf32>, tensor<2x3xf32>
  return
}

// CHECK-LABEL: func @loops
func.func @loops(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %h: tensor<?x4xf32, #rondo.dims<["B"]>>, %w: tensor<4x4xf32>) {
  // CHECK: rondo.scan carries(%{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>>) sequences(%{{.*}} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) constants(%{{.*}} : tensor<4x4xf32>) {
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<?x4xf32, #rondo.dims<["B"]>>, %{{.*}}: tensor<?x4xf32, #rondo.dims<["B"]>>, %{{.*}}: tensor<4x4xf32>):
  // CHECK: rondo.yield %{{.*}}, %{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
  // CHECK-NEXT: } -> tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %0:2 = rondo.scan carries(%h : tensor<?x4xf32, #rondo.dims<["B"]>>) sequences(%x : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) constants(%w : tensor<4x4xf32>) {
  ^bb0(%h1: tensor<?x4xf32, #rondo.dims<["B"]>>, %x1: tensor<?x4xf32, #rondo.dims<["B"]>>, %w1: tensor<4x4xf32>):
    %1 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [0] : (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<4x4xf32>) -> tensor<?x4xf32, #rondo.dims<["B"]>>
    %2 = rondo.add %1, %x1 : tensor<?x4xf32, #rondo.dims<["B"]>>
    rondo.yield %2, %2 : tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
  } -> tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  // CHECK: rondo.scan reverse carries(%{{.*}} : tensor<?x4xf32, #rondo.dims<["B"]>>) {
  // CHECK: } -> tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %3:2 = rondo.scan reverse carries(%h : tensor<?x4xf32, #rondo.dims<["B"]>>) {
  ^bb0(%h1: tensor<?x4xf32, #rondo.dims<["B"]>>):
    %1 = rondo.tanh %h1 : tensor<?x4xf32, #rondo.dims<["B"]>>
    rondo.yield %1, %1 : tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
  } -> tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  return
}

}
