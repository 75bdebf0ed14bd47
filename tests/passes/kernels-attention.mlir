// Attention becomes kernels that have one leading dimension and read keys as they are; with the sum
// over queries, what values take part in are products with vectors.
// RUN: rondo-opt %s -rondo-to-kernel -split-input-file | FileCheck %s

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>
#BS = #rondo.dims<["B", "S"]>

module attributes {rondo.symbols = ["B", "S", "T"]} {
// CHECK-LABEL: func.func @forward
// CHECK-DAG: %[[K:.*]] = bufferization.to_tensor %arg1
// CHECK-DAG: %[[CHUNKS:.*]] = arith.minsi
// CHECK-DAG: %[[N:.*]] = arith.muli %{{.*}}, %[[CHUNKS]]
// CHECK-DAG: %[[SCRATCH:.*]] = tensor.empty(%[[N]], %{{.*}}) : tensor<?x120x?xf32>
// CHECK: kernel.attention ins(%{{.*}}, %[[K]], %{{.*}} : {{.*}}) outs(%{{.*}}, %[[SCRATCH]] : tensor<?x?x3xf32>, tensor<?x120x?xf32>)
func.func @forward(%q: tensor<?x?x4xf32, #BT> {rondo.input = "q"}, %k: tensor<?x?x4xf32, #BS> {rondo.input = "k"}, %v: tensor<?x?x3xf32, #BS> {rondo.input = "v"}) -> (tensor<?x?x3xf32, #BT> {rondo.output = "c"}) {
  %c = rondo.attention %q, %k, %v : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BS>, tensor<?x?x3xf32, #BS> -> tensor<?x?x3xf32, #BT>
  return %c : tensor<?x?x3xf32, #BT>
}
}

// -----

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>

module attributes {rondo.symbols = ["B", "T"]} {
// Heads are leading dimensions too; column sums are added up over chunks.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.reshape {{.*}} -> tensor<?x?x4xf32>
// CHECK: %[[SUMS:.*]]:2 = kernel.attention ins(%{{[^,]*}}, %{{[^,]*}} : {{.*}}) outs(%{{.*}} : tensor<?x?x?xf32>, tensor<?x120x?xf32>)
// CHECK: %[[SUM:.*]] = kernel.reduce sum ins(%[[SUMS]]#0 : tensor<?x?x?xf32>) {{.*}} first = 1 count = 1
// CHECK: kernel.matmul ins(%[[SUM]], %{{.*}} : tensor<?x?xf32>, tensor<?x?x4xf32>)
func.func @forward(%q: tensor<?x2x?x4xf32, #BT> {rondo.input = "q"}) -> (tensor<?x2x4xf32, #B> {rondo.output = "c"}) {
  %c = rondo.attention %q, %q, %q sum_queries : tensor<?x2x?x4xf32, #BT>, tensor<?x2x?x4xf32, #BT>, tensor<?x2x?x4xf32, #BT> -> tensor<?x2x4xf32, #B>
  return %c : tensor<?x2x4xf32, #B>
}
}

// -----

#BT = #rondo.dims<["B", "T"]>
#BTT = #rondo.dims<["B", "T", "T"]>

module attributes {rondo.symbols = ["B", "T"]} {
// What nothing reads is not computed.
// CHECK-LABEL: func.func @forward
// CHECK: %[[A:.*]]:2 = kernel.attention keeps_weights {{.*}} -> tensor<?x?x4xf32>, tensor<?x?x?xf32>
// CHECK-NOT: kernel.transpose
// CHECK: kernel.attention_grad(%{{.*}}, %{{.*}}, %[[A]]#1, %{{.*}}, %{{.*}}) {{.*}}wanted = array<i1: true, false, false>
func.func @forward(%q: tensor<?x?x4xf32, #BT> {rondo.input = "q"}) -> (tensor<?x?x4xf32, #BT> {rondo.output = "d"}) {
  %c, %w = rondo.attention %q, %q, %q : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT> -> tensor<?x?x4xf32, #BT>, tensor<?x?x?xf32, #BTT>
  %d:3 = rondo.attention_grad %q, %q, %q, %c weights(%w : tensor<?x?x?xf32, #BTT>) : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>
  return %d#0 : tensor<?x?x4xf32, #BT>
}
}

// -----

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>

module attributes {rondo.symbols = ["B", "T"]} {
// Weights made again; cotangents of a sum are a product with a vector and an outer product.
// CHECK-LABEL: func.func @forward
// CHECK: %[[DW:.*]] = kernel.matmul {{.*}} -> tensor<?x?xf32>
// CHECK: %[[G:.*]]:3 = kernel.attention_grad(%{{.*}}, %{{.*}}, %[[DW]], {{.*}}wanted = array<i1: false, false, true>
// CHECK: kernel.matmul ins(%[[G]]#2, %{{.*}} : tensor<?x?xf32>, tensor<?x4xf32>) {{.*}}num_k = 0
func.func @forward(%q: tensor<?x?x4xf32, #BT> {rondo.input = "q"}, %dc: tensor<?x4xf32, #B> {rondo.input = "dc"}) -> (tensor<?x?x4xf32, #BT> {rondo.output = "d"}) {
  %d:3 = rondo.attention_grad %q, %q, %q, %dc sum_queries : tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x?x4xf32, #BT>, tensor<?x4xf32, #B>
  return %d#2 : tensor<?x?x4xf32, #BT>
}
}
