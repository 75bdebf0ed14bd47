// A loop over time: kernels in an scf.for, whose states and stacked results stay in place.
// RUN: rondo-opt %s -rondo-to-kernel -rondo-fuse-kernels -cse -split-input-file | FileCheck %s
// RUN: rondo-opt %s -rondo-to-kernel -rondo-fuse-kernels -cse -rondo-bufferize -rondo-plan-arena -split-input-file | FileCheck %s --check-prefix=BUF

module attributes {rondo.symbols = ["B", "T"]} {
// What does not change with the step is in front of the loop: here the transposed weights.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.transpose
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[H:.*]] = %{{.*}}, %[[S:.*]] = %{{.*}}) -> (tensor<?x3xf32>, tensor<?x?x3xf32>)
// CHECK-NOT: kernel.transpose
// CHECK: %[[T:.*]] = arith.subi %{{.*}}, %[[I]]
// CHECK: kernel.slice ins(%{{.*}} : tensor<?x?x3xf32>) outs(%{{.*}} : tensor<?x1x3xf32>) offsets = [%{{.*}}, %[[T]], %{{.*}}]
// CHECK: kernel.matmul ins(%[[H]], %{{.*}} : tensor<?x3xf32>, tensor<3x3xf32>) extras(
// CHECK: %[[N:.*]] = kernel.softmax
// CHECK: kernel.insert ins(%{{.*}} : tensor<?x1x3xf32>) outs(%[[S]] : tensor<?x?x3xf32>) offsets = [%{{.*}}, %[[T]], %{{.*}}]
// CHECK: bufferization.materialize_in_destination %[[N]] in %[[H]]
// CHECK: scf.yield

// The product reads the state and the softmax overwrites it; both results are written where
// they end, but for the first state, which is an input.
// BUF-LABEL: func.func @forward
// BUF-SAME: %[[H0:[a-z0-9]+]]: memref<?x3xf32> {kernel.bind = #kernel.bind<in, 3, 0>
// BUF-SAME: %[[ARENA:[a-z0-9]+]]: memref<?xi8>
// BUF: scf.for
// BUF-NOT: iter_args
// BUF-NOT: kernel.buffer
// BUF: kernel.matmul ins(%[[H:.*]], %{{.*}} : memref<?x3xf32>, memref<3x3xf32>)
// BUF: kernel.softmax ins(%{{.*}} : memref<?x3xf32>) outs(%[[H]] : memref<?x3xf32>)
// BUF-NOT: kernel.map
// BUF: kernel.insert
// BUF-NEXT: }
func.func @forward(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %h: tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input = "h"}, %w: tensor<3x3xf32> {rondo.input = "w"})
    -> (tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.output = "y"}, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.output = "s"}) {
  %0:2 = rondo.scan reverse carries(%h : tensor<?x3xf32, #rondo.dims<["B"]>>) sequences(%x : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) constants(%w : tensor<3x3xf32>) {
  ^bb0(%h1: tensor<?x3xf32, #rondo.dims<["B"]>>, %x1: tensor<?x3xf32, #rondo.dims<["B"]>>, %w1: tensor<3x3xf32>):
    %1 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [1] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x3xf32>) -> tensor<?x3xf32, #rondo.dims<["B"]>>
    %2 = rondo.add %1, %x1 : tensor<?x3xf32, #rondo.dims<["B"]>>
    %3 = rondo.softmax %2 axis = 1 : tensor<?x3xf32, #rondo.dims<["B"]>>
    rondo.yield %3, %3 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  } -> tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
  return %0#0, %0#1 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>
}
}

// -----

// The product reads the state, and both carries are to be its sum: it is computed in one of them.
module attributes {rondo.symbols = ["B", "T"]} {
// CHECK-LABEL: func.func @forward
// CHECK: iter_args(%[[H:.*]] = %{{.*}}, %[[L:.*]] = %{{.*}}) -> (tensor<?x3xf32>, tensor<?x3xf32>)
// CHECK: %[[N:.*]] = kernel.matmul ins(%{{.*}}, %{{.*}} : tensor<?x3xf32>, tensor<3x3xf32>) extras(
// CHECK: %[[IN:.*]] = bufferization.materialize_in_destination %[[N]] in %[[H]]
// CHECK-NEXT: %[[COPY:.*]] = bufferization.materialize_in_destination %[[IN]] in %[[L]]
// CHECK-NEXT: scf.yield %[[IN]], %[[COPY]]

// BUF-LABEL: func.func @forward
// BUF: scf.for
// BUF-NOT: iter_args
// BUF: kernel.matmul ins(%[[H:.*]], %{{.*}} : memref<?x3xf32>, memref<3x3xf32>)
// BUF: kernel.map ins(%{{.*}} : memref<?x3xf32>
func.func @forward(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %h: tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.input = "h"}, %w: tensor<3x3xf32> {rondo.input = "w"}, %u: tensor<3x3xf32> {rondo.input = "u"})
    -> (tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.output = "y"}, tensor<?x3xf32, #rondo.dims<["B"]>> {rondo.output = "z"}) {
  %0 = rondo.mul %h, %h : tensor<?x3xf32, #rondo.dims<["B"]>>
  %1:2 = rondo.scan carries(%h, %0 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>) sequences(%x : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>) constants(%w, %u : tensor<3x3xf32>, tensor<3x3xf32>) {
  ^bb0(%h1: tensor<?x3xf32, #rondo.dims<["B"]>>, %l1: tensor<?x3xf32, #rondo.dims<["B"]>>, %x1: tensor<?x3xf32, #rondo.dims<["B"]>>, %w1: tensor<3x3xf32>, %u1: tensor<3x3xf32>):
    %2 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x3xf32>) -> tensor<?x3xf32, #rondo.dims<["B"]>>
    %3 = rondo.contract %x1, %u1 batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x3xf32>) -> tensor<?x3xf32, #rondo.dims<["B"]>>
    %4 = rondo.add %2, %3 : tensor<?x3xf32, #rondo.dims<["B"]>>
    rondo.yield %4, %4 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  } -> tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
  return %1#0, %1#1 : tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
}
}
