// Equal ops become one whatever layer they belong to, and what nothing asks for goes.
// RUN: rondo-opt %s -rondo-simplify | FileCheck %s
// RUN: rondo-opt %s -rondo-simplify=disable=cse | FileCheck %s --check-prefix=NO-CSE

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>

// A layer that is called twice on the same input, the second time behind another name.
// CHECK-LABEL: func.func @shared_layer
// CHECK-COUNT-1: rondo.lstm
// CHECK-NOT: rondo.lstm
// CHECK: %[[Y:.*]] = rondo.mul %last_h, %last_h
// CHECK: return %[[Y]]
// NO-CSE-LABEL: func.func @shared_layer
// NO-CSE-COUNT-2: rondo.lstm
func.func @shared_layer(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32>, %r: tensor<3x12xf32>) -> tensor<?x3xf32, #B> {
  %s1, %h1, %c1 = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B> loc(fused<"lstm">["model.py":5:1])
  %s2, %h2, %c2 = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B> loc(fused<"lstm_1">["model.py":6:1])
  %y = rondo.mul %h1, %h2 : tensor<?x3xf32, #B>
  return %y : tensor<?x3xf32, #B>
}

// Two layers with weights of their own stay two.
// CHECK-LABEL: func.func @layers_apart
// CHECK-COUNT-2: rondo.lstm
func.func @layers_apart(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32>, %l: tensor<2x12xf32>, %r: tensor<3x12xf32>) -> tensor<?x3xf32, #B> {
  %s1, %h1, %c1 = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
  %s2, %h2, %c2 = rondo.lstm %x, %l, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
  %y = rondo.mul %h1, %h2 : tensor<?x3xf32, #B>
  return %y : tensor<?x3xf32, #B>
}

// What became equal lets another rewrite in: both sums are one, so the product has one use.
// CHECK-LABEL: func.func @merged_sums
// CHECK-NEXT: %[[S:.*]] = rondo.reduce sum %arg0 dims = [0]
// CHECK-NEXT: %[[P:.*]] = rondo.contract %[[S]], %arg1
// CHECK-NEXT: rondo.mul %[[P]], %[[P]]
func.func @merged_sums(%x: tensor<4x5xf32>, %y: tensor<5x6xf32>) -> tensor<6xf32> {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<4x6xf32> -> tensor<6xf32>
  %2 = rondo.reduce sum %0 dims = [0] : tensor<4x6xf32> -> tensor<6xf32>
  %3 = rondo.mul %1, %2 : tensor<6xf32>
  return %3 : tensor<6xf32>
}

// A second head of a model, of which nobody asks for the answer; its LSTM goes with it.
// CHECK-LABEL: func.func @dead_output
// CHECK-NEXT: rondo.lstm %arg0, %arg1
// CHECK-NEXT: return
func.func @dead_output(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32>, %l: tensor<2x12xf32>, %r: tensor<3x12xf32>, %w: tensor<3x4xf32>) -> tensor<?x3xf32, #B> {
  %s1, %h1, %c1 = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
  %s2, %h2, %c2 = rondo.lstm %x, %l, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
  %0 = rondo.contract %h2, %w batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #B>, tensor<3x4xf32>) -> tensor<?x4xf32, #B>
  %1 = rondo.softmax %0 axis = 1 : tensor<?x4xf32, #B>
  return %h1 : tensor<?x3xf32, #B>
}
