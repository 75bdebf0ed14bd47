// Attention keeps its weights for the backward pass, unless the policy gives them up.
// RUN: rondo-opt %s -rondo-differentiate | FileCheck %s

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>

// CHECK-LABEL: func.func @loss_and_gradients
// CHECK: %[[KEPT:.*]], %[[W:.*]] = rondo.attention {{.*}} -> tensor<?x?x4xf32, {{.*}}>, tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
// CHECK: %{{.*}} = rondo.attention {{.*}} sum_queries {{.*}} -> tensor<?x4xf32, #rondo.dims<["B"]>>
// CHECK-NOT: rondo.attention %
// CHECK: rondo.attention_grad %[[KEPT]], %[[KEPT]], %[[KEPT]], %{{[^ ]*}} sum_queries :
// CHECK: rondo.attention_grad %[[X:.*]], %[[X]], %[[X]], %{{[^ ]*}} weights(%[[W]] : {{.*}}) :
func.func @evaluate(%x: tensor<?x?x4xf32, #BT> {rondo.input = "x"}) -> (tensor<f32> {rondo.loss}) {
  %c = rondo.attention %x, %x, %x : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT> -> tensor<?x?x4xf32, #BT>
  %s = rondo.attention %c, %c, %c sum_queries {rondo.residual = "recompute"} : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT> -> tensor<?x4xf32, #B>
  %l = rondo.reduce sum %s dims = [0, 1] : tensor<?x4xf32, #B> -> tensor<f32>
  return %l : tensor<f32>
}
