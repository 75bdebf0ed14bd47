// Attention in the forms that models write it in, and what is none.
// RUN: rondo-opt %s -rondo-simplify | FileCheck %s
// RUN: rondo-opt %s -rondo-simplify=disable=form-attention | FileCheck %s --check-prefix=OFF
// RUN: rondo-opt %s -rondo-simplify=disable=sum-over-queries | FileCheck %s --check-prefix=NO-SUM

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>
#BS = #rondo.dims<["B", "S"]>
#BTS = #rondo.dims<["B", "T", "S"]>
#BST = #rondo.dims<["B", "S", "T"]>

// CHECK-LABEL: func.func @contexts
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?x4xf32, {{.*}}>, %[[K:.*]]: tensor<?x?x4xf32, {{.*}}>, %[[V:.*]]: tensor
// CHECK-NEXT: %[[C:.*]] = rondo.attention %[[Q]], %[[K]], %[[V]] : {{.*}} -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
// CHECK-NEXT: return %[[C]]
// OFF-LABEL: func.func @contexts
// OFF-NEXT: rondo.contract
// OFF-NEXT: rondo.softmax
// OFF-NEXT: rondo.contract
func.func @contexts(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT> {
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %s axis = 2 : tensor<?x?x?xf32, #BTS>
  %c = rondo.contract %w, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
  return %c : tensor<?x?x3xf32, #BT>
}

// The recipe: summed over the queries.
// CHECK-LABEL: func.func @sum
// CHECK-NEXT: %[[C:.*]] = rondo.attention %{{.*}}, %{{.*}}, %{{.*}} sum_queries : {{.*}} -> tensor<?x3xf32, #rondo.dims<["B"]>>
// CHECK-NEXT: return %[[C]]
// NO-SUM-LABEL: func.func @sum
// NO-SUM-NEXT: rondo.attention %{{.*}}, %{{.*}}, %{{.*}} :
// NO-SUM-NEXT: rondo.reduce sum
// OFF-LABEL: func.func @sum
// OFF-NOT: rondo.attention
func.func @sum(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x3xf32, #B> {
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %s axis = 2 : tensor<?x?x?xf32, #BTS>
  %c = rondo.contract %w, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
  %r = rondo.reduce sum %c dims = [1] : tensor<?x?x3xf32, #BT> -> tensor<?x3xf32, #B>
  return %r : tensor<?x3xf32, #B>
}

// Weights that are summed already.
// CHECK-LABEL: func.func @sum_of_weights
// CHECK-NEXT: rondo.attention %{{.*}}, %{{.*}}, %{{.*}} sum_queries
// CHECK-NEXT: return
func.func @sum_of_weights(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x3xf32, #B> {
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %s axis = 2 : tensor<?x?x?xf32, #BTS>
  %r = rondo.reduce sum %w dims = [1] : tensor<?x?x?xf32, #BTS> -> tensor<?x?xf32, #BS>
  %c = rondo.contract %r, %v batch = [0] x [0] contract = [1] x [1] : (tensor<?x?xf32, #BS>, tensor<?x?x3xf32, #BS>) -> tensor<?x3xf32, #B>
  return %c : tensor<?x3xf32, #B>
}

// Scores over the root of the features: the queries take the factor.
// CHECK-LABEL: func.func @scaled
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?x4xf32, {{.*}}>, %[[K:.*]]: tensor<?x?x4xf32, {{.*}}>, %[[V:.*]]: tensor
// CHECK: %[[QUARTER:.*]] = {{.*}}dense<2.500000e-01>
// CHECK: %[[SCALED:.*]] = rondo.mul %[[Q]], %
// CHECK-NEXT: rondo.attention %[[SCALED]], %[[K]], %[[V]] :
func.func @scaled(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT> {
  %two = arith.constant dense<2.0> : tensor<f32>
  %d = rondo.broadcast %two dims = [] : tensor<f32> -> tensor<?x?x?xf32, #BTS>
  %half = arith.constant dense<0.5> : tensor<f32>
  %h = rondo.broadcast %half dims = [] : tensor<f32> -> tensor<?x?x?xf32, #BTS>
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %m = rondo.mul %h, %s : tensor<?x?x?xf32, #BTS>
  %t = rondo.div %m, %d : tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %t axis = 2 : tensor<?x?x?xf32, #BTS>
  %c = rondo.contract %w, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
  return %c : tensor<?x?x3xf32, #BT>
}

// Heads between time and features (`bqhd,bkhd->bhqk`, `bhqk,bkhd->bqhd`).
// CHECK-LABEL: func.func @heads
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?x2x4xf32, {{.*}}>, %[[K:.*]]: tensor<?x?x2x4xf32
// CHECK-DAG: %[[QH:.*]] = rondo.transpose %[[Q]] perm = [0, 2, 1, 3]
// CHECK-DAG: %[[KH:.*]] = rondo.transpose %[[K]] perm = [0, 2, 1, 3]
// CHECK: rondo.attention %[[QH]], %[[KH]], %[[KH]] : {{.*}} -> tensor<?x2x?x4xf32, #rondo.dims<["B", "T"]>>
func.func @heads(%q: tensor<?x?x2x4xf32, #BT>, %k: tensor<?x?x2x4xf32, #BS>) -> tensor<?x2x?x4xf32, #BT> {
  %s = rondo.contract %q, %k batch = [0, 2] x [0, 2] contract = [3] x [3] : (tensor<?x?x2x4xf32, #BT>, tensor<?x?x2x4xf32, #BS>) -> tensor<?x2x?x?xf32, #BTS>
  %w = rondo.softmax %s axis = 3 : tensor<?x2x?x?xf32, #BTS>
  %c = rondo.contract %w, %k batch = [0, 1] x [0, 2] contract = [3] x [1] : (tensor<?x2x?x?xf32, #BTS>, tensor<?x?x2x4xf32, #BS>) -> tensor<?x2x?x4xf32, #BT>
  return %c : tensor<?x2x?x4xf32, #BT>
}

// Keys before queries, and values before weights: the result has its features first.
// CHECK-LABEL: func.func @other_way_round
// CHECK-SAME: (%[[Q:.*]]: tensor<?x?x4xf32, {{.*}}>, %[[K:.*]]: tensor<?x?x4xf32, {{.*}}>, %[[V:.*]]: tensor
// CHECK-NEXT: %[[C:.*]] = rondo.attention %[[Q]], %[[K]], %[[V]] : {{.*}} -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
// CHECK-NEXT: rondo.transpose %[[C]] perm = [0, 2, 1] : {{.*}} -> tensor<?x3x?xf32, #rondo.dims<["B", "T"]>>
func.func @other_way_round(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x3x?xf32, #BT> {
  %s = rondo.contract %k, %q batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BS>, tensor<?x?x4xf32, #BT>) -> tensor<?x?x?xf32, #BST>
  %w = rondo.softmax %s axis = 1 : tensor<?x?x?xf32, #BST>
  %c = rondo.contract %v, %w batch = [0] x [0] contract = [1] x [1] : (tensor<?x?x3xf32, #BS>, tensor<?x?x?xf32, #BST>) -> tensor<?x3x?xf32, #BT>
  return %c : tensor<?x3x?xf32, #BT>
}

// The weights are an output too, so they exist anyway.
// CHECK-LABEL: func.func @weights_are_used
// CHECK-NOT: rondo.attention
func.func @weights_are_used(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> (tensor<?x?x3xf32, #BT>, tensor<?x?x?xf32, #BTS>) {
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %s axis = 2 : tensor<?x?x?xf32, #BTS>
  %c = rondo.contract %w, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
  return %c, %w : tensor<?x?x3xf32, #BT>, tensor<?x?x?xf32, #BTS>
}

// The softmax is over the queries, and the keys are summed over without weights of their own.
// CHECK-LABEL: func.func @softmax_over_queries
// CHECK-NOT: rondo.attention
func.func @softmax_over_queries(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT> {
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %s axis = 1 : tensor<?x?x?xf32, #BTS>
  %c = rondo.contract %w, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
  return %c : tensor<?x?x3xf32, #BT>
}

// A weight for all scores alike, not one number.
// CHECK-LABEL: func.func @scores_times_a_tensor
// CHECK-NOT: rondo.attention
func.func @scores_times_a_tensor(%q: tensor<?x?x4xf32, #BT>, %k: tensor<?x?x4xf32, #BS>, %v: tensor<?x?x3xf32, #BS>, %m: tensor<?x?x?xf32, #BTS>) -> tensor<?x?x3xf32, #BT> {
  %s = rondo.contract %q, %k batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>) -> tensor<?x?x?xf32, #BTS>
  %t = rondo.mul %s, %m : tensor<?x?x?xf32, #BTS>
  %w = rondo.softmax %t axis = 2 : tensor<?x?x?xf32, #BTS>
  %c = rondo.contract %w, %v batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #BS>) -> tensor<?x?x3xf32, #BT>
  return %c : tensor<?x?x3xf32, #BT>
}
