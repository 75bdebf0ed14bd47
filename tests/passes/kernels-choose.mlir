// Who computes each recurrent layer and each product.
// RUN: rondo-opt %s -rondo-choose-kernels=kernels=generated -split-input-file | FileCheck %s --check-prefixes=CHECK,GENERATED
// RUN: rondo-opt %s -rondo-choose-kernels=kernels=onednn -split-input-file | FileCheck %s --check-prefixes=CHECK,ONEDNN
// RUN: rondo-opt %s -rondo-choose-kernels="kernels=onednn memory-budget=true" -split-input-file | FileCheck %s --check-prefixes=CHECK,GENERATED
// RUN: rondo-opt %s -rondo-choose-kernels="kernels=auto at=B=1,T=2" -split-input-file | FileCheck %s --check-prefixes=CHECK,GENERATED

module attributes {rondo.symbols = ["B", "T"]} {
// oneDNN takes what it can: not the second LSTM. For so small a model its library is not worth it.
// CHECK-LABEL: func.func @forward
// GENERATED-COUNT-3: rondo.impl = "generated"
// ONEDNN: rondo.lstm {{.*}} {rondo.impl = "onednn"}
// ONEDNN: rondo.lstm {{.*}} {activation = #rondo.activation<relu>, rondo.impl = "generated"}
// ONEDNN: rondo.contract {{.*}} {rondo.impl = "onednn"}
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>,
                   %r: tensor<3x12xf32>, %l: tensor<3x12xf32>, %w: tensor<3x2xf32>)
    -> tensor<?x2xf32, #rondo.dims<["B"]>> {
  %s, %h, %c = rondo.lstm %x, %k, %r : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  %s1, %h1, %c1 = rondo.lstm %s, %l, %r {activation = #rondo.activation<relu>} : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<3x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  %0 = rondo.contract %h1, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>> loc(fused<"dense">["m.py":3:1])
  return %0 : tensor<?x2xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// An LSTM in its training form and its gradient go together.
// CHECK-LABEL: func.func @together
// GENERATED-COUNT-2: rondo.impl = "generated"
// ONEDNN-COUNT-2: rondo.impl = "onednn"
func.func @together(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>,
                    %r: tensor<3x12xf32>, %d: tensor<?x3xf32, #rondo.dims<["B"]>>) -> tensor<3x12xf32> {
  %s, %h, %c, %g, %cs = rondo.lstm %x, %k, %r : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>,
       tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  %dx, %dk, %dr = rondo.lstm_grad %x, %k, %r d_last_h(%d : tensor<?x3xf32, #rondo.dims<["B"]>>)
      cache(%s, %g, %cs : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>)
      : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
  return %dr : tensor<3x12xf32>
}

// Something else reads the gates, which oneDNN's workspace does not show: neither goes there.
// CHECK-LABEL: func.func @gates_are_read
// CHECK: rondo.lstm {{.*}} {rondo.impl = "generated"}
// CHECK: rondo.lstm_grad {{.*}} {rondo.impl = "generated"}
func.func @gates_are_read(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>,
                          %r: tensor<3x12xf32>, %d: tensor<?x3xf32, #rondo.dims<["B"]>>)
    -> (tensor<3x12xf32>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>) {
  %s, %h, %c, %g, %cs = rondo.lstm %x, %k, %r : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>,
       tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  %dx, %dk, %dr = rondo.lstm_grad %x, %k, %r d_last_h(%d : tensor<?x3xf32, #rondo.dims<["B"]>>)
      cache(%s, %g, %cs : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>)
      : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
  return %dr, %g : tensor<3x12xf32>, tensor<?x?x12xf32, #rondo.dims<["B", "T"]>>
}

// Products in loops are decided for too; those of f64 are for the reference interpreter.
// CHECK-LABEL: func.func @loop
// GENERATED: rondo.contract {{.*}} {rondo.impl = "generated"}
// ONEDNN: rondo.contract {{.*}} {rondo.impl = "onednn"}
// CHECK: rondo.contract {{.*}} {rondo.impl = "generated"} {{.*}}f64
func.func @loop(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, %h: tensor<?x3xf32, #rondo.dims<["B"]>>,
                %w: tensor<3x3xf32>, %v: tensor<3x3xf64>)
    -> (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x3xf64>) {
  %0 = rondo.scan carries(%h : tensor<?x3xf32, #rondo.dims<["B"]>>) sequences(%x : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) constants(%w : tensor<3x3xf32>) {
  ^bb0(%h1: tensor<?x3xf32, #rondo.dims<["B"]>>, %x1: tensor<?x3xf32, #rondo.dims<["B"]>>, %w1: tensor<3x3xf32>):
    %1 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [1] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x3xf32>) -> tensor<?x3xf32, #rondo.dims<["B"]>>
    %2 = rondo.add %1, %x1 : tensor<?x3xf32, #rondo.dims<["B"]>>
    rondo.yield %2 : tensor<?x3xf32, #rondo.dims<["B"]>>
  } -> tensor<?x3xf32, #rondo.dims<["B"]>>
  %3 = rondo.contract %v, %v batch = [] x [] contract = [1] x [0] : (tensor<3x3xf64>, tensor<3x3xf64>) -> tensor<3x3xf64>
  return %0, %3 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x3xf64>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Recurrent layers with one state are generated, also in front of a product that is oneDNN's.
// CHECK-LABEL: func.func @gru
// CHECK: rondo.rnn {{.*}} {cell = #rondo.rnn_cell<gru>, rondo.impl = "generated"}
// GENERATED: rondo.contract {{.*}} {rondo.impl = "generated"}
// ONEDNN: rondo.contract {{.*}} {rondo.impl = "onednn"}
func.func @gru(%x: tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, %r: tensor<3x9xf32>, %h0: tensor<?x3xf32, #rondo.dims<["B"]>>, %w: tensor<3x2xf32>)
    -> tensor<?x2xf32, #rondo.dims<["B"]>> {
  %s, %h = rondo.rnn %x, %r, %h0 {cell = #rondo.rnn_cell<gru>} : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<3x9xf32>, tensor<?x3xf32, #rondo.dims<["B"]>>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  %0 = rondo.contract %h, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  return %0 : tensor<?x2xf32, #rondo.dims<["B"]>>
}
}
