// Every small pattern of rondo-simplify, and the cases it has to leave alone.
// RUN: rondo-opt %s -rondo-simplify=disable=cse | FileCheck %s
// RUN: rondo-opt %s -rondo-simplify=disable=fold-transpose-into-contract,swap-contract-operands | FileCheck %s --check-prefix=DISABLED

// CHECK-LABEL: func.func @fold_transposes_of_both
// CHECK-NEXT: rondo.contract %arg0, %arg1 batch = [] x [] contract = [0] x [1] : (tensor<3x2xf32>, tensor<4x3xf32>) -> tensor<2x4xf32>
// DISABLED-LABEL: func.func @fold_transposes_of_both
// DISABLED-COUNT-2: rondo.transpose
func.func @fold_transposes_of_both(%x: tensor<3x2xf32>, %y: tensor<4x3xf32>) -> tensor<2x4xf32> {
  %0 = rondo.transpose %x perm = [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  %1 = rondo.transpose %y perm = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
  %2 = rondo.contract %0, %1 batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @fold_transpose_of_batch
// CHECK-NEXT: rondo.contract %arg0, %arg1 batch = [2] x [0] contract = [0] x [2]
func.func @fold_transpose_of_batch(%x: tensor<3x4x2xf32>, %y: tensor<2x5x3xf32>) -> tensor<2x4x5xf32> {
  %0 = rondo.transpose %x perm = [2, 1, 0] : tensor<3x4x2xf32> -> tensor<2x4x3xf32>
  %1 = rondo.contract %0, %y batch = [0] x [0] contract = [2] x [2] : (tensor<2x4x3xf32>, tensor<2x5x3xf32>) -> tensor<2x4x5xf32>
  return %1 : tensor<2x4x5xf32>
}

// The result would come out as (3, 2, 4).
// CHECK-LABEL: func.func @keep_transpose_of_free_dimensions
// CHECK-NEXT: rondo.transpose
func.func @keep_transpose_of_free_dimensions(%x: tensor<3x2x5xf32>, %y: tensor<5x4xf32>) -> tensor<2x3x4xf32> {
  %0 = rondo.transpose %x perm = [1, 0, 2] : tensor<3x2x5xf32> -> tensor<2x3x5xf32>
  %1 = rondo.contract %0, %y batch = [] x [] contract = [2] x [0] : (tensor<2x3x5xf32>, tensor<5x4xf32>) -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @swap_operands
// CHECK-NEXT: rondo.contract %arg1, %arg0 batch = [1] x [0] contract = [0] x [3] : (tensor<5x2x6xf32>, tensor<2x3x4x5xf32>) -> tensor<2x6x3x4xf32>
func.func @swap_operands(%x: tensor<2x3x4x5xf32>, %y: tensor<5x2x6xf32>) -> tensor<2x6x3x4xf32> {
  %0 = rondo.contract %x, %y batch = [0] x [1] contract = [3] x [0] : (tensor<2x3x4x5xf32>, tensor<5x2x6xf32>) -> tensor<2x3x4x6xf32>
  %1 = rondo.transpose %0 perm = [0, 3, 1, 2] : tensor<2x3x4x6xf32> -> tensor<2x6x3x4xf32>
  return %1 : tensor<2x6x3x4xf32>
}

// CHECK-LABEL: func.func @keep_operands_of_a_shared_product
// CHECK: rondo.transpose
func.func @keep_operands_of_a_shared_product(%x: tensor<3x5xf32>, %y: tensor<5x6xf32>) -> (tensor<3x6xf32>, tensor<6x3xf32>) {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<3x5xf32>, tensor<5x6xf32>) -> tensor<3x6xf32>
  %1 = rondo.transpose %0 perm = [1, 0] : tensor<3x6xf32> -> tensor<6x3xf32>
  return %0, %1 : tensor<3x6xf32>, tensor<6x3xf32>
}

// CHECK-LABEL: func.func @keep_a_transpose_that_mixes
// CHECK: rondo.transpose
func.func @keep_a_transpose_that_mixes(%x: tensor<2x3x5xf32>, %y: tensor<5x6xf32>) -> tensor<3x2x6xf32> {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [2] x [0] : (tensor<2x3x5xf32>, tensor<5x6xf32>) -> tensor<2x3x6xf32>
  %1 = rondo.transpose %0 perm = [1, 0, 2] : tensor<2x3x6xf32> -> tensor<3x2x6xf32>
  return %1 : tensor<3x2x6xf32>
}

// CHECK-LABEL: func.func @fold_negated_operands
// CHECK-NEXT: %[[A:.*]] = rondo.sub %arg0, %arg1
// CHECK-NEXT: %[[B:.*]] = rondo.sub %arg0, %arg1
// CHECK-NEXT: %[[C:.*]] = rondo.add %arg0, %arg1
// CHECK-NEXT: return %[[A]], %[[B]], %[[C]]
func.func @fold_negated_operands(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %0 = rondo.neg %y : tensor<2xf32>
  %1 = rondo.add %x, %0 : tensor<2xf32>
  %2 = rondo.add %0, %x : tensor<2xf32>
  %3 = rondo.sub %x, %0 : tensor<2xf32>
  return %1, %2, %3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: func.func @keep_a_difference_from_a_negation
// CHECK: rondo.neg
// CHECK: rondo.sub
func.func @keep_a_difference_from_a_negation(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0 = rondo.neg %x : tensor<2xf32>
  %1 = rondo.sub %0, %y : tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @negate_after_sum
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NEXT: %[[SUM:.*]] = rondo.reduce sum %[[X]] dims = [1]
// CHECK-NEXT: %[[NEGATED:.*]] = rondo.neg %[[SUM]] : tensor<2xf32>
// CHECK-NEXT: return %[[NEGATED]]
func.func @negate_after_sum(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = rondo.neg %x : tensor<2x3xf32>
  %1 = rondo.reduce sum %0 dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @keep_the_largest_of_negated_elements
// CHECK: rondo.neg
// CHECK-NEXT: rondo.reduce max
func.func @keep_the_largest_of_negated_elements(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %0 = rondo.neg %x : tensor<2x3xf32>
  %1 = rondo.reduce max %0 dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @square
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK-NEXT: %[[Y:.*]] = rondo.mul %[[X]], %[[X]] : tensor<3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @square(%x: tensor<3xf32>) -> tensor<3xf32> {
  %two = arith.constant dense<2.0> : tensor<3xf32>
  %y = rondo.pow %x, %two : tensor<3xf32>
  return %y : tensor<3xf32>
}

// CHECK-LABEL: func.func @join_pads
// CHECK-NEXT: rondo.concat %arg1, %arg0 axis = 1
// CHECK-NEXT: return
func.func @join_pads(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x7xf32> {
  %0 = rondo.pad %x offsets = ["0", "4"] : tensor<2x3xf32> -> tensor<2x7xf32>
  %1 = rondo.pad %y offsets = ["0", "0"] : tensor<2x4xf32> -> tensor<2x7xf32>
  %2 = rondo.add %0, %1 : tensor<2x7xf32>
  return %2 : tensor<2x7xf32>
}

// CHECK-LABEL: func.func @keep_pads_with_a_gap
// CHECK: rondo.add
func.func @keep_pads_with_a_gap(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x8xf32> {
  %0 = rondo.pad %x offsets = ["0", "5"] : tensor<2x3xf32> -> tensor<2x8xf32>
  %1 = rondo.pad %y offsets = ["0", "0"] : tensor<2x4xf32> -> tensor<2x8xf32>
  %2 = rondo.add %0, %1 : tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}

// CHECK-LABEL: func.func @keep_pads_with_strides
// CHECK: rondo.add
func.func @keep_pads_with_strides(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<6xf32> {
  %0 = rondo.pad %x offsets = ["0"] strides = [2] : tensor<3xf32> -> tensor<6xf32>
  %1 = rondo.pad %y offsets = ["1"] strides = [2] : tensor<3xf32> -> tensor<6xf32>
  %2 = rondo.add %0, %1 : tensor<6xf32>
  return %2 : tensor<6xf32>
}

// CHECK-LABEL: func.func @last_step
// CHECK-NEXT: %sequence, %last_h, %last_c = rondo.lstm
// CHECK-NEXT: rondo.reshape %last_h
// CHECK-NEXT: rondo.slice %sequence offsets = ["0", "T-2", "0"]
// CHECK-NEXT: rondo.slice %sequence offsets = ["0", "T-1", "1"]
#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>
func.func @last_step(%x: tensor<?x?x2xf32, #BT>, %k: tensor<2x12xf32>, %r: tensor<3x12xf32>) -> (tensor<?x1x3xf32, #B>, tensor<?x1x3xf32, #B>, tensor<?x1x2xf32, #B>) {
  %s, %h, %c = rondo.lstm %x, %k, %r : tensor<?x?x2xf32, #BT>, tensor<2x12xf32>, tensor<3x12xf32> -> tensor<?x?x3xf32, #BT>, tensor<?x3xf32, #B>, tensor<?x3xf32, #B>
  %0 = rondo.slice %s offsets = ["0", "T-1", "0"] : tensor<?x?x3xf32, #BT> -> tensor<?x1x3xf32, #B>
  %1 = rondo.slice %s offsets = ["0", "T-2", "0"] : tensor<?x?x3xf32, #BT> -> tensor<?x1x3xf32, #B>
  %2 = rondo.slice %s offsets = ["0", "T-1", "1"] : tensor<?x?x3xf32, #BT> -> tensor<?x1x2xf32, #B>
  return %0, %1, %2 : tensor<?x1x3xf32, #B>, tensor<?x1x3xf32, #B>, tensor<?x1x2xf32, #B>
}

// Of this loop only the first result is read. It needs %a, and %c through it, but not %b.
// CHECK-LABEL: func.func @drop_what_nothing_reads
// CHECK-SAME: (%[[X:[a-z0-9]*]]: tensor<2x5xf32>, %[[Y:[a-z0-9]*]]: tensor<2x5xf32>, %[[H:[a-z0-9]*]]: tensor<2xf32>, %[[W:[a-z0-9]*]]: tensor<2xf32>, %[[V:[a-z0-9]*]]: tensor<2xf32>)
// CHECK-NEXT: %[[R:.*]]:2 = rondo.scan carries(%[[H]], %[[H]] : tensor<2xf32>, tensor<2xf32>) sequences(%[[X]] : tensor<2x5xf32>) constants(%[[W]] : tensor<2xf32>) {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<2xf32>, %[[C:.*]]: tensor<2xf32>, %[[S:.*]]: tensor<2xf32>, %[[U:.*]]: tensor<2xf32>):
// CHECK-NEXT: %[[AC:.*]] = rondo.add %[[A]], %[[C]]
// CHECK-NEXT: %[[CU:.*]] = rondo.mul %[[C]], %[[U]]
// CHECK-NEXT: %[[N:.*]] = rondo.mul %[[CU]], %[[S]]
// CHECK-NEXT: rondo.yield %[[AC]], %[[N]] :
// CHECK-NEXT: } -> tensor<2xf32>, tensor<2xf32>
// CHECK-NEXT: return %[[R]]#0
func.func @drop_what_nothing_reads(%x: tensor<2x5xf32>, %y: tensor<2x5xf32>, %h: tensor<2xf32>, %w: tensor<2xf32>, %v: tensor<2xf32>) -> tensor<2xf32> {
  %0:5 = rondo.scan carries(%h, %h, %h : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) sequences(%x, %y : tensor<2x5xf32>, tensor<2x5xf32>) constants(%w, %v : tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>, %c: tensor<2xf32>, %x1: tensor<2xf32>, %y1: tensor<2xf32>, %w1: tensor<2xf32>, %v1: tensor<2xf32>):
    %1 = rondo.add %a, %c : tensor<2xf32>
    %2 = rondo.mul %b, %v1 : tensor<2xf32>
    %3 = rondo.mul %c, %w1 : tensor<2xf32>
    %4 = rondo.mul %3, %x1 : tensor<2xf32>
    rondo.yield %1, %2, %4, %y1, %b : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  } -> tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x5xf32>, tensor<2x5xf32>
  return %0#0 : tensor<2xf32>
}

// What says how many steps there are stays.
// CHECK-LABEL: func.func @keep_the_number_of_steps
// CHECK: rondo.scan carries(%{{.*}} : tensor<2xf32>) sequences(%{{.*}} : tensor<2x?xf32, #rondo.dims<["T"]>>) {
// CHECK: rondo.scan carries(%{{.*}} : tensor<2xf32>) {
// CHECK: rondo.yield %{{.*}}, %{{.*}} : tensor<2xf32>, tensor<2xf32>
// CHECK-NEXT: } -> tensor<2xf32>, tensor<2x?xf32, #rondo.dims<["T"]>>
func.func @keep_the_number_of_steps(%x: tensor<2x?xf32, #rondo.dims<["T"]>>, %h: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = rondo.scan carries(%h : tensor<2xf32>) sequences(%x, %x : tensor<2x?xf32, #rondo.dims<["T"]>>, tensor<2x?xf32, #rondo.dims<["T"]>>) {
  ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>, %c: tensor<2xf32>):
    %1 = rondo.tanh %a : tensor<2xf32>
    rondo.yield %1 : tensor<2xf32>
  } -> tensor<2xf32>
  %2:3 = rondo.scan carries(%h : tensor<2xf32>) {
  ^bb0(%a: tensor<2xf32>):
    %1 = rondo.exp %a : tensor<2xf32>
    rondo.yield %1, %1, %a : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  } -> tensor<2xf32>, tensor<2x?xf32, #rondo.dims<["T"]>>, tensor<2x?xf32, #rondo.dims<["T"]>>
  return %0, %2#0 : tensor<2xf32>, tensor<2xf32>
}
