// What is not saved is computed again, apart from the forward pass at every level.
// RUN: rondo-opt %s -rondo-differentiate -rondo-simplify -cse -mlir-print-local-scope | FileCheck %s
// RUN: rondo-opt %s -pass-pipeline='builtin.module(rondo-differentiate,rondo-simplify,cse,rondo-to-kernel,func.func(rondo-fuse-kernels),cse)' | FileCheck %s --check-prefix=KERNELS

// The softmax and the scores that it is made of come back behind the loss, once for
// both that read it: its own rule and the product's. The query is saved.
// CHECK-LABEL: func.func @evaluate
// CHECK-NOT: rondo.residual
// CHECK-LABEL: func.func @loss_and_gradients
// CHECK-NOT: rondo.residual
// CHECK: %[[QUERY:.*]] = rondo.tanh
// CHECK: %[[SCORES:.*]] = rondo.contract %[[QUERY]], %arg1
// CHECK: rondo.softmax %[[SCORES]] axis = 2 :
// CHECK: rondo.reduce sum
// CHECK: %[[AGAIN:.*]] = rondo.contract %[[QUERY]], %arg1 {{.*}} {rondo.recompute_of = "scores"}
// CHECK: %[[WEIGHTS:.*]] = rondo.softmax %[[AGAIN]] axis = 2 {rondo.recompute_of = "weights"}
// CHECK-NOT: rondo.recompute_of
// CHECK: rondo.contract %[[WEIGHTS]],
// CHECK-NOT: rondo.recompute_of
// CHECK: rondo.mul %{{.*}}, %[[WEIGHTS]]
// CHECK-NOT: rondo.recompute_of
// CHECK: return

// KERNELS-LABEL: func.func @loss_and_gradients
// KERNELS: kernel.matmul
// KERNELS: kernel.softmax
// KERNELS: kernel.reduce
// KERNELS: kernel.matmul {{.*}}rondo.recompute_of = "scores"
// KERNELS: kernel.softmax {{.*}}rondo.recompute_of = "weights"
module attributes {rondo.symbols = ["B", "T"]} {
  func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                     %m: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "m"})
      -> (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.output = "y"}) {
    return %x : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  }
  func.func @evaluate(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"},
                      %m: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "m"})
      -> (tensor<f32> {rondo.loss}) {
    %query = rondo.tanh %x {rondo.residual = "save"} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
    %scores = rondo.contract %query, %m batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>> loc(fused<"scores">["m.py":1:1])
    %weights = rondo.softmax %scores axis = 2 {rondo.residual = "recompute"} : tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>> loc(fused<"weights">["m.py":2:1])
    %context = rondo.contract %weights, %m batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
    %loss = rondo.reduce sum %context dims = [0, 1, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<f32>
    return %loss : tensor<f32>
  }
}
