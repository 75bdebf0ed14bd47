// What each op at the rondo level becomes.
// RUN: rondo-opt %s -rondo-to-kernel -split-input-file | FileCheck %s
// RUN: rondo-opt %s -rondo-to-kernel=lanes=16 -split-input-file | FileCheck %s --check-prefix=WIDE

module attributes {rondo.symbols = ["B"]} {
// Constants and broadcasts become part of the maps that read them.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.map ins(%[[X:.*]], %{{.*}} : tensor<?x4xf32>, tensor<4xf32>) outs({{.*}}) operand_dims = {{\[\[}}0, 1], [1]] {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT:   arith.addf %[[A]], %[[B]]
// CHECK: kernel.map ins(%{{[^,]*}} : tensor<?x4xf32>) outs({{.*}}) operand_dims = {{\[\[}}0, 1]] {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
// CHECK-NEXT:   %[[C:.*]] = arith.constant 5.000000e-01
// CHECK-NEXT:   arith.mulf %[[A]], %[[C]]
func.func @forward(%x: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "x"}, %b: tensor<4xf32> {rondo.input = "b"})
    -> (tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %half = arith.constant dense<0.5> : tensor<f32>
  %h = rondo.broadcast %half dims = [] : tensor<f32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %0 = rondo.broadcast %b dims = [1] : tensor<4xf32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %1 = rondo.add %x, %0 : tensor<?x4xf32, #rondo.dims<["B"]>>
  %2 = rondo.mul %1, %h : tensor<?x4xf32, #rondo.dims<["B"]>>
  return %2 : tensor<?x4xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// A dimension of literal size one that is repeated keeps its place; a result
// that is only a broadcast is computed.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.map ins(%{{.*}} : tensor<1x4xf32>) outs(%{{.*}} : tensor<?x4xf32>) operand_dims = {{\[\[}}0, 1]] {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
// CHECK-NEXT:   kernel.yield %[[A]]
func.func @forward(%x: tensor<1x4xf32> {rondo.input = "x"}) -> (tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %0 = rondo.broadcast %x dims = [0, 1] : tensor<1x4xf32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  return %0 : tensor<?x4xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// Scalar functions.
// CHECK-LABEL: func.func @forward
// CHECK: arith.negf
// CHECK: math.exp
// CHECK: math.log
// CHECK: math.sqrt
// CHECK: math.tanh
// CHECK: %[[N:.*]] = arith.negf %[[X:.*]] : f32
// CHECK: %[[E:.*]] = math.exp %[[N]]
// CHECK: %[[D:.*]] = arith.addf %{{.*}}, %[[E]]
// CHECK: arith.divf %{{.*}}, %[[D]]
// CHECK: arith.maximumf
// CHECK: arith.subf
// CHECK: arith.divf
// CHECK: arith.maximumf
// CHECK: arith.minimumf
func.func @forward(%x: tensor<?xf32, #rondo.dims<["B"]>> {rondo.input = "x"}) -> (tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %0 = rondo.neg %x : tensor<?xf32, #rondo.dims<["B"]>>
  %1 = rondo.exp %0 : tensor<?xf32, #rondo.dims<["B"]>>
  %2 = rondo.log %1 : tensor<?xf32, #rondo.dims<["B"]>>
  %3 = rondo.sqrt %2 : tensor<?xf32, #rondo.dims<["B"]>>
  %4 = rondo.tanh %3 : tensor<?xf32, #rondo.dims<["B"]>>
  %5 = rondo.sigmoid %4 : tensor<?xf32, #rondo.dims<["B"]>>
  %6 = rondo.relu %5 : tensor<?xf32, #rondo.dims<["B"]>>
  %7 = rondo.sub %6, %x : tensor<?xf32, #rondo.dims<["B"]>>
  %8 = rondo.div %7, %x : tensor<?xf32, #rondo.dims<["B"]>>
  %9 = rondo.maximum %8, %x : tensor<?xf32, #rondo.dims<["B"]>>
  %10 = rondo.minimum %9, %x : tensor<?xf32, #rondo.dims<["B"]>>
  return %10 : tensor<?xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// Predicates are bytes in memory.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.map ins(%{{.*}}, %{{.*}} : tensor<?xf32>, tensor<?xf32>) outs(%{{.*}} : tensor<?xi8>)
// CHECK: %[[P:.*]] = arith.cmpf oge
// CHECK: arith.extui %[[P]] : i1 to i8
// CHECK: kernel.map ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?xi8>, tensor<?xf32>, tensor<?xf32>)
// CHECK: %[[C:.*]] = arith.trunci %{{.*}} : i8 to i1
// CHECK: arith.select %[[C]]
// CHECK: arith.cmpi slt
// CHECK: arith.trunci
// CHECK: arith.uitofp %{{.*}} : i1 to f32
// CHECK: arith.sitofp %{{.*}} : i32 to f32
func.func @forward(%x: tensor<?xf32, #rondo.dims<["B"]>> {rondo.input = "x"}, %y: tensor<?xf32, #rondo.dims<["B"]>> {rondo.input = "y"},
                   %i: tensor<?xi32, #rondo.dims<["B"]>> {rondo.input = "i"})
    -> (tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "a"}, tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "b"},
        tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "c"}) {
  %0 = rondo.compare ge %x, %y : tensor<?xf32, #rondo.dims<["B"]>> -> tensor<?xi1, #rondo.dims<["B"]>>
  %1 = rondo.select %0, %x, %y : tensor<?xi1, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["B"]>>
  %2 = rondo.compare lt %i, %i : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xi1, #rondo.dims<["B"]>>
  %3 = rondo.cast %2 : tensor<?xi1, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["B"]>>
  %4 = rondo.cast %i : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["B"]>>
  return %1, %3, %4 : tensor<?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// A size is a scalar of the entry.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[B:[a-z0-9]+]]: index {kernel.bind = #kernel.bind<dim, 0, 0>}, %[[T:[a-z0-9]+]]: index {kernel.bind = #kernel.bind<dim, 1, 0>}
// CHECK: %[[C:.*]] = arith.constant 3 : index
// CHECK: %[[CB:.*]] = arith.muli %[[C]], %[[B]]
// CHECK: %[[N:.*]] = arith.muli %[[CB]], %[[T]]
// CHECK: %[[I:.*]] = arith.index_cast %[[N]] : index to i64
// CHECK: %[[F:.*]] = arith.sitofp %[[I]] : i64 to f32
// CHECK: kernel.map ins(%{{.*}} : tensor<f32>) scalars(%[[F]]) outs(%{{.*}} : tensor<f32>) operand_dims = {{\[\[}}]] {
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[A:.*]]: f32):
// CHECK-NEXT:   arith.divf %[[S]], %[[A]]
func.func @forward(%x: tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}) -> (tensor<f32> {rondo.output = "y"}) {
  %0 = rondo.reduce sum %x dims = [0, 1, 2] : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> -> tensor<f32>
  %1 = rondo.size %x dims = [0, 1, 2] : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>> -> tensor<f32>
  %2 = rondo.div %0, %1 : tensor<f32>
  return %2 : tensor<f32>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// CHECK-LABEL: func.func @forward
// CHECK: kernel.map ins(%{{.*}} : tensor<?xi32>) outs(%{{.*}} : tensor<?x9xf32>) operand_dims = {{\[\[}}0]] {
// CHECK-NEXT: ^bb0(%[[L:.*]]: i32):
// CHECK-NEXT:   %[[I:.*]] = kernel.index 1 : i32
// CHECK-NEXT:   %[[H:.*]] = arith.cmpi eq, %[[L]], %[[I]]
// CHECK-NEXT:   arith.uitofp %[[H]] : i1 to f32
func.func @forward(%i: tensor<?xi32, #rondo.dims<["B"]>> {rondo.input = "i"}) -> (tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %0 = rondo.one_hot %i depth = 9 : tensor<?xi32, #rondo.dims<["B"]>> -> tensor<?x9xf32, #rondo.dims<["B"]>>
  return %0 : tensor<?x9xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Rows of a table by ids that are floats: conversion stays within the range of i32.
// CHECK-LABEL: func.func @forward
// CHECK: %[[X:.*]] = bufferization.to_tensor %{{.*}} restrict : memref<?x?xf32>
// CHECK: %[[I:.*]] = kernel.map ins(%[[X]] : tensor<?x?xf32>) outs(%{{.*}} : tensor<?x?xi32>)
// CHECK: %[[S:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: arith.fptosi %[[S]] : f32 to i32
// CHECK: kernel.gather ins(%{{.*}}, %[[I]] : tensor<9x4xf32>, tensor<?x?xi32>) outs(%{{.*}} : tensor<?x?x4xf32>)
// CHECK: kernel.scatter_add ins(%[[I]], %{{.*}} : tensor<?x?xi32>, tensor<?x?x4xf32>) outs(%{{.*}} : tensor<5x4xf32>)
func.func @forward(%x: tensor<?x?xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %t: tensor<9x4xf32> {rondo.input = "t"}) -> (tensor<5x4xf32> {rondo.output = "y"}) {
  %0 = rondo.truncate %x : tensor<?x?xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xi32, #rondo.dims<["B", "T"]>>
  %1 = rondo.gather %t, %0 : tensor<9x4xf32>, tensor<?x?xi32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %2 = rondo.scatter_add %0, %1 : tensor<?x?xi32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<5x4xf32>
  return %2 : tensor<5x4xf32>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Runs of adjacent dimensions are reduced together, the last run first.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.reduce max ins(%{{.*}} : tensor<?x?x3x4xf32>) outs(%{{.*}} : tensor<?x?xf32>) first = 2 count = 2
// CHECK: kernel.reduce max ins(%{{.*}} : tensor<?x?xf32>) outs(%{{.*}} : tensor<?xf32>) first = 0 count = 1
func.func @forward(%x: tensor<?x?x3x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}) -> (tensor<?xf32, #rondo.dims<["T"]>> {rondo.output = "y"}) {
  %0 = rondo.reduce max %x dims = [0, 2, 3] : tensor<?x?x3x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?xf32, #rondo.dims<["T"]>>
  return %0 : tensor<?xf32, #rondo.dims<["T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// CHECK-LABEL: func.func @forward
// CHECK: %[[L:.*]] = kernel.softmax log ins(%{{.*}} : tensor<?x4xf32>)
// CHECK: %[[P:.*]] = kernel.map ins(%{{.*}}, %[[L]] : tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK: %[[S:.*]] = kernel.reduce sum ins(%[[P]] : tensor<?x4xf32>)
// CHECK: kernel.map ins(%[[S]] : tensor<?xf32>)
func.func @forward(%z: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "z"}, %y: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "y"}) -> (tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "l"}) {
  %0 = rondo.softmax_crossentropy %z, %y : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?xf32, #rondo.dims<["B"]>>
  return %0 : tensor<?xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// Along the last dimension as they are, along another one transposed.
// CHECK-LABEL: func.func @forward
// CHECK: %[[A:.*]] = kernel.softmax log ins(%[[X:[^ ]*]] : tensor<?x3x4xf32>)
// CHECK: %[[T:.*]] = kernel.transpose ins(%[[A]] : tensor<?x3x4xf32>) outs(%{{.*}} : tensor<?x4x3xf32>) perm = [0, 2, 1]
// CHECK: %[[S:.*]] = kernel.softmax ins(%[[T]] : tensor<?x4x3xf32>)
// CHECK: kernel.transpose ins(%[[S]] : tensor<?x4x3xf32>) outs(%{{.*}} : tensor<?x3x4xf32>) perm = [0, 2, 1]
// CHECK: %[[M:.*]] = kernel.transpose ins(%{{.*}} : tensor<?x3x4xf32>) outs(%{{.*}} : tensor<?x4x3xf32>) perm = [0, 2, 1]
// CHECK: kernel.argmax ins(%[[M]] : tensor<?x4x3xf32>) outs(%{{.*}} : tensor<?x4xi32>)
func.func @forward(%x: tensor<?x3x4xf32, #rondo.dims<["B"]>> {rondo.input = "x"}) -> (tensor<?x4xi32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %0 = rondo.log_softmax %x axis = 2 : tensor<?x3x4xf32, #rondo.dims<["B"]>>
  %1 = rondo.softmax %0 axis = 1 : tensor<?x3x4xf32, #rondo.dims<["B"]>>
  %2 = rondo.argmax %1 axis = 1 : tensor<?x3x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xi32, #rondo.dims<["B"]>>
  return %2 : tensor<?x4xi32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["T"]} {
// Sizes that leave less than nothing between two ends are refused by the plan.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: kernel.requires = ["T-1", "T-4"]
func.func @forward(%x: tensor<?xf32, #rondo.dims<["T"]>> {rondo.input = "x"}) -> (tensor<?xf32, #rondo.dims<["T-4"]>> {rondo.output = "y"}) {
  %0 = rondo.slice %x offsets = ["2"] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<?xf32, #rondo.dims<["T-4"]>>
  return %0 : tensor<?xf32, #rondo.dims<["T-4"]>>
}
}

// -----

module attributes {rondo.symbols = ["T"]} {
// A reversal walks backwards from the last element.
// CHECK-LABEL: func.func @forward
// CHECK: %[[LAST:.*]] = arith.addi
// CHECK: kernel.slice ins(%{{.*}} : tensor<?x2xf32>) outs(%{{.*}} : tensor<?x2xf32>) offsets = [%[[LAST]], %{{.*}}] strides = [-1, 1]
func.func @forward(%x: tensor<?x2xf32, #rondo.dims<["T"]>> {rondo.input = "x"}) -> (tensor<?x2xf32, #rondo.dims<["T"]>> {rondo.output = "y"}) {
  %0 = rondo.reverse %x dims = [0] : tensor<?x2xf32, #rondo.dims<["T"]>>
  return %0 : tensor<?x2xf32, #rondo.dims<["T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Sizes that a slice or a pad cannot be made for are refused by the plan.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: kernel.requires = ["B-1", "T-1", "T-3", "T-2"]
// CHECK: kernel.slice ins(%{{.*}} : tensor<?x?x4xf32>) outs(%{{.*}} : tensor<?x3x4xf32>) offsets = [%{{.*}}, %{{.*}}, %{{.*}}] strides = [1, 1, 1]
// CHECK: kernel.slice ins(%{{.*}} : tensor<?x?x4xf32>) outs(%{{.*}} : tensor<?x1x4xf32>) offsets = [%{{.*}}, %{{.*}}, %{{.*}}] strides = [1, 1, 1]
// CHECK: kernel.pad ins(%{{.*}} : tensor<?x1x4xf32>) outs(%{{.*}} : tensor<?x?x4xf32>) offsets = [%{{.*}}, %{{.*}}, %{{.*}}] strides = [1, 1, 1]
// CHECK: kernel.concat ins(%{{.*}}, %{{.*}} : tensor<?x3x4xf32>, tensor<?x?x4xf32>) outs(%{{.*}} : tensor<?x?x4xf32>) axis = 1
// CHECK: kernel.transpose ins(%{{.*}}) outs(%{{.*}} : tensor<?x?x4xf32>) perm = [1, 0, 2]
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}) -> (tensor<?x?x4xf32, #rondo.dims<["T+3", "B"]>> {rondo.output = "y"}) {
  %0 = rondo.slice %x offsets = ["0", "T-3", "0"] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x3x4xf32, #rondo.dims<["B"]>>
  %1 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x1x4xf32, #rondo.dims<["B"]>>
  %2 = rondo.pad %1 offsets = ["0", "1", "0"] : tensor<?x1x4xf32, #rondo.dims<["B"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %3 = rondo.concat %0, %2 axis = 1 : tensor<?x3x4xf32, #rondo.dims<["B"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T+3"]>>
  %4 = rondo.transpose %3 perm = [1, 0, 2] : tensor<?x?x4xf32, #rondo.dims<["B", "T+3"]>> -> tensor<?x?x4xf32, #rondo.dims<["T+3", "B"]>>
  return %4 : tensor<?x?x4xf32, #rondo.dims<["T+3", "B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Reshapes copy nothing. What is reshaped into an output is written to the
// output under its own shape.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<?x4xf32> {kernel.bind = #kernel.bind<out, 0, 0>
// CHECK: %[[VIEW:.*]] = kernel.reshape %[[OUT]][%{{.*}}, %{{.*}}] : memref<?x4xf32> -> memref<?x?x4xf32>
// CHECK: %[[R:.*]] = kernel.map
// CHECK: bufferization.materialize_in_destination %[[R]] in restrict writable %[[VIEW]]
func.func @forward(%x: tensor<?x4xf32, #rondo.dims<["B*T"]>> {rondo.input = "x"}) -> (tensor<?x4xf32, #rondo.dims<["B*T"]>> {rondo.output = "y"}) {
  %0 = rondo.reshape %x : tensor<?x4xf32, #rondo.dims<["B*T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %1 = rondo.tanh %0 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %2 = rondo.reshape %1 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x4xf32, #rondo.dims<["B*T"]>>
  return %2 : tensor<?x4xf32, #rondo.dims<["B*T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// CHECK-LABEL: func.func @forward
// The operands as they are: rows of (B, T).
// CHECK: kernel.matmul ins(%[[X:[^,]*]], %[[W:[^ ]*]] : tensor<?x?x4xf32>, tensor<4x5xf32>) outs(%{{.*}} : tensor<?x?x5xf32>) {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 2 : i64, num_n = 1 : i64}
// The right operand in another order.
// CHECK: %[[T:.*]] = kernel.transpose ins(%[[X]] : tensor<?x?x4xf32>) outs(%{{.*}} : tensor<?x4x?xf32>) perm = [0, 2, 1]
// CHECK: kernel.matmul ins(%[[X]], %[[T]] : tensor<?x?x4xf32>, tensor<?x4x?xf32>) outs(%{{.*}} : tensor<?x?x?xf32>) {extra_dims = [], num_batch = 1 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64}
// A sum over (B, T), whichever way the pairs are listed.
// CHECK: kernel.matmul ins(%[[X]], %[[X]] : tensor<?x?x4xf32>, tensor<?x?x4xf32>) outs(%{{.*}} : tensor<4x4xf32>) {extra_dims = [], num_batch = 0 : i64, num_k = 2 : i64, num_m = 1 : i64, num_n = 1 : i64, transpose_lhs}
// The left operand in an order that no flag describes.
// CHECK: %[[L:.*]] = kernel.transpose ins(%[[X]] : tensor<?x?x4xf32>) outs(%{{.*}} : tensor<?x4x?xf32>) perm = [0, 2, 1]
// CHECK: kernel.matmul ins(%[[L]], %{{.*}} : tensor<?x4x?xf32>, tensor<?x5xf32>) outs(%{{.*}} : tensor<?x4x5xf32>) {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 2 : i64, num_n = 1 : i64}
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %w: tensor<4x5xf32> {rondo.input = "w"},
                   %v: tensor<?x5xf32, #rondo.dims<["T"]>> {rondo.input = "v"})
    -> (tensor<?x?x5xf32, #rondo.dims<["B", "T"]>> {rondo.output = "a"}, tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>> {rondo.output = "b"},
        tensor<4x4xf32> {rondo.output = "c"}, tensor<?x4x5xf32, #rondo.dims<["B"]>> {rondo.output = "d"}) {
  %0 = rondo.contract %x, %w batch = [] x [] contract = [2] x [0] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x5xf32>) -> tensor<?x?x5xf32, #rondo.dims<["B", "T"]>>
  %1 = rondo.contract %x, %x batch = [0] x [0] contract = [2] x [2] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>
  %2 = rondo.contract %x, %x batch = [] x [] contract = [1, 0] x [1, 0] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<4x4xf32>
  %3 = rondo.contract %x, %v batch = [] x [] contract = [1] x [0] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x5xf32, #rondo.dims<["T"]>>) -> tensor<?x4x5xf32, #rondo.dims<["B"]>>
  return %0, %1, %2, %3 : tensor<?x?x5xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x?xf32, #rondo.dims<["B", "T", "T"]>>, tensor<4x4xf32>, tensor<?x4x5xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// As bfloat16 two weights are in a word, and the four rows of biases stay f32.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.lstm_pack {{.*}} outs(%{{.*}} : tensor<2x30x8xi32>)
// WIDE: kernel.lstm_pack {{.*}} outs(%{{.*}} : tensor<1x30x16xi32>)
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x36xf32> {rondo.input = "k"}, %r: tensor<9x36xf32> {rondo.input = "r"})
    -> (tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %0:3 = rondo.lstm %x, %k, %r {rondo.weights = "bf16"} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
  return %0#1 : tensor<?x9xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Weights are packed for the vectors; without a bias the rows are zeros.
// CHECK-LABEL: func.func @forward
// CHECK: %[[P:.*]] = kernel.lstm_pack ins(%{{[^,]*}}, %{{[^,]*}} : tensor<4x36xf32>, tensor<9x36xf32>) outs(%{{.*}} : tensor<2x14x4x8xf32>) {activation = #rondo.activation<relu>, {{.*}}recurrent_activation = #rondo.activation<sigmoid>}
// CHECK: kernel.lstm_forward(%{{.*}}, %[[P]], %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {activation = #rondo.activation<relu>, {{.*}}recurrent_activation = #rondo.activation<sigmoid>} : (tensor<?x?x4xf32>, tensor<2x14x4x8xf32>, tensor<?x?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<2x16x4x8xf32>) -> (tensor<?x?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<2x16x4x8xf32>)
// WIDE: kernel.lstm_pack {{.*}} outs(%{{.*}} : tensor<1x14x4x16xf32>)
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x36xf32> {rondo.input = "k"}, %r: tensor<9x36xf32> {rondo.input = "r"})
    -> (tensor<?x?x9xf32, #rondo.dims<["B", "T"]>> {rondo.output = "y"}) {
  %0:3 = rondo.lstm %x, %k, %r {activation = #rondo.activation<relu>} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
  return %0#0 : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// A mask is bytes.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.lstm_forward({{.*}} operandSegmentSizes = array<i32: 1, 1, 0, 0, 1, 4>, {{.*}} : (tensor<?x?x4xf32>, tensor<2x14x4x8xf32>, tensor<?x?xi8>, tensor<?x?x9xf32>,
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x36xf32> {rondo.input = "k"}, %r: tensor<9x36xf32> {rondo.input = "r"},
                   %u: tensor<?x?xf32, #rondo.dims<["B", "T"]>> {rondo.input = "u"}, %v: tensor<?x?xf32, #rondo.dims<["B", "T"]>> {rondo.input = "v"})
    -> (tensor<?x?x9xf32, #rondo.dims<["B", "T"]>> {rondo.output = "y"}) {
  %m = rondo.compare gt %u, %v : tensor<?x?xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xi1, #rondo.dims<["B", "T"]>>
  %0:3 = rondo.lstm %x, %k, %r mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
  return %0#0 : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// The tape of the training form is the cache of the gradient, blocks of units outermost.
// Weights and input have their gradients from the cotangents of all gates, after the loop.
// CHECK-LABEL: func.func @forward
// CHECK: %[[F:.*]]:6 = kernel.lstm_forward{{.*}} -> (tensor<?x?x9xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<2x16x4x8xf32>, tensor<4x?x?x2x8xf32>, tensor<?x?x9xf32>)
// CHECK-NOT: kernel.lstm_forward
// CHECK: %[[RT:.*]] = kernel.pack_transposed ins(%{{.*}} : tensor<9x36xf32>) outs(%{{.*}} : tensor<1x2x4x8x16xf32>)
// CHECK: %[[B:.*]]:4 = kernel.lstm_backward(%[[RT]], %[[F]]#4, %[[F]]#5, %[[C0:.*]], %[[F]]#0, {{.*}}d_initial{{.*}} -> (tensor<4x?x?x2x8xf32>, tensor<?x9xf32>, tensor<?x9xf32>, tensor<2x?x2x4x8xf32>)
// CHECK: %[[KT:.*]] = kernel.pack_transposed ins(%{{.*}} : tensor<4x36xf32>) outs(%{{.*}} : tensor<1x2x4x8x16xf32>)
// CHECK: kernel.lstm_input_gradient ins(%[[KT]], %[[B]]#0 : tensor<1x2x4x8x16xf32>, tensor<4x?x?x2x8xf32>) outs(%{{.*}} : tensor<?x?x4xf32>)
// CHECK: kernel.lstm_weight_gradient(%{{.*}}, %[[F]]#0, %{{.*}}, %[[B]]#0, {{.*}}wanted = array<i1: true, true, true>} {{.*}} -> (tensor<4x36xf32>, tensor<9x36xf32>, tensor<36xf32>)
// CHECK-NOT: kernel.concat
// CHECK: bufferization.materialize_in_destination %[[B]]#1
// CHECK: bufferization.materialize_in_destination %[[B]]#2
// WIDE: kernel.pack_transposed {{.*}} outs(%{{.*}} : tensor<1x1x4x16x32xf32>)
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x36xf32> {rondo.input = "k"}, %r: tensor<9x36xf32> {rondo.input = "r"},
                   %b: tensor<36xf32> {rondo.input = "b"}, %h0: tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.input = "h0"}, %c0: tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.input = "c0"})
    -> (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.output = "dx"}, tensor<4x36xf32> {rondo.output = "dk"}, tensor<9x36xf32> {rondo.output = "dr"},
        tensor<36xf32> {rondo.output = "db"}, tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.output = "dh0"}, tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.output = "dc0"}) {
  %0:5 = rondo.lstm %x, %k, %r bias(%b : tensor<36xf32>) initial(%h0, %c0 : tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>)
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>,
       tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %1:6 = rondo.lstm_grad %x, %k, %r bias(%b : tensor<36xf32>) initial(%h0, %c0 : tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>)
    d_sequence(%0#0 : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>)
    cache(%0#0, %0#3, %0#4 : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>)
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32> bias tensor<36xf32> initial tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
  return %1#0, %1#1, %1#2, %1#3, %1#4, %1#5 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>, tensor<36xf32>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Without a cache the training form runs first; results without uses cost nothing.
// CHECK-LABEL: func.func @forward
// CHECK: %[[F:.*]]:6 = kernel.lstm_forward
// CHECK: %[[B:.*]]:4 = kernel.lstm_backward(%{{.*}}, %[[F]]#4, %[[F]]#5, %{{.*}})
// CHECK-NOT: d_initial
// CHECK-NOT: kernel.lstm_input_gradient
// CHECK: kernel.lstm_weight_gradient(%{{.*}}, %[[F]]#0, %[[B]]#0, {{.*}}wanted = array<i1: false, true, false>} {{.*}} -> tensor<9x36xf32>
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x36xf32> {rondo.input = "k"}, %r: tensor<9x36xf32> {rondo.input = "r"},
                   %dh: tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.input = "dh"}) -> (tensor<9x36xf32> {rondo.output = "dr"}) {
  %0:3 = rondo.lstm_grad %x, %k, %r d_last_h(%dh : tensor<?x9xf32, #rondo.dims<["B"]>>)
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
  return %0#2 : tensor<9x36xf32>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Where something else reads the gates, as a loop around an LSTM that stacks them, they are laid
// out as rondo.lstm says, and back where the gradient reads them from there.
// CHECK-LABEL: func.func @forward
// CHECK: %[[F:.*]]:6 = kernel.lstm_forward
// CHECK: kernel.transpose ins(%{{.*}} : tensor<2x2x?x?x2x8xf32>) outs(%{{.*}} : tensor<?x?x2x2x2x8xf32>) perm = [2, 3, 1, 4, 0, 5]
// CHECK: kernel.slice
// CHECK: kernel.pad
// CHECK: %[[PAIRS:.*]] = kernel.transpose ins(%{{.*}} : tensor<?x?x2x2x2x8xf32>) outs(%{{.*}} : tensor<2x2x?x?x2x8xf32>) perm = [4, 2, 0, 1, 3, 5]
// CHECK: %[[TAPE:.*]] = kernel.reshape %[[PAIRS]]{{.*}} -> tensor<4x?x?x2x8xf32>
// CHECK: kernel.lstm_backward(%{{.*}}, %[[TAPE]], %{{.*}})
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x36xf32> {rondo.input = "k"}, %r: tensor<9x36xf32> {rondo.input = "r"},
                   %dh: tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.input = "dh"}, %g: tensor<?x?x36xf32, #rondo.dims<["B", "T"]>> {rondo.input = "g"})
    -> (tensor<?x?x36xf32, #rondo.dims<["B", "T"]>> {rondo.output = "gates"}, tensor<9x36xf32> {rondo.output = "dr"}) {
  %0:5 = rondo.lstm %x, %k, %r
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>,
       tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %1:3 = rondo.lstm_grad %x, %k, %r d_last_h(%dh : tensor<?x9xf32, #rondo.dims<["B"]>>)
    cache(%0#0, %g, %0#4 : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>)
    : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
    -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x36xf32>, tensor<9x36xf32>
  return %0#3, %1#2 : tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>, tensor<9x36xf32>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// The time loops of a GRU are kernels; what it keeps lies as rondo.rnn has it. The mask is bytes.
// Nothing asks for the cotangent of the first state.
// CHECK-LABEL: func.func @forward
// CHECK: %[[P:.*]] = kernel.rnn_pack ins(%{{.*}}, %{{.*}} : tensor<9x27xf32>, tensor<27xf32>) outs(%{{.*}} : tensor<2x10x3x8xf32>)
// CHECK: %[[F:.*]]:3 = kernel.rnn_forward(%{{.*}}, %[[P]], %[[H0:[^,]+]], %[[M:[^,]+]], {{.*}}cell = #rondo.rnn_cell<gru>{{.*}} -> (tensor<?x?x9xf32>, tensor<?x9xf32>, tensor<?x?x36xf32>)
// CHECK: %[[RT:.*]] = kernel.pack_transposed ins(%{{.*}} : tensor<9x27xf32>) outs(%{{.*}} : tensor<1x2x3x8x16xf32>)
// CHECK: %[[B:.*]]:4 = kernel.rnn_backward(%[[RT]], %[[F]]#2, %[[F]]#0, %[[H0]], %[[M]], %[[F]]#0, {{.*}}) {activation
// CHECK-NOT: d_initial
// CHECK-SAME: -> (tensor<?x?x27xf32>, tensor<?x9xf32>, tensor<2x?x2x3x8xf32>, tensor<?x?x27xf32>)
// CHECK: bufferization.materialize_in_destination %[[B]]#0
// CHECK: bufferization.materialize_in_destination %[[B]]#3
// WIDE: kernel.rnn_pack {{.*}} outs(%{{.*}} : tensor<1x10x3x16xf32>)
func.func @forward(%x: tensor<?x?x27xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %r: tensor<9x27xf32> {rondo.input = "r"},
                   %b: tensor<27xf32> {rondo.input = "b"}, %h0: tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.input = "h0"},
                   %u: tensor<?x?xf32, #rondo.dims<["B", "T"]>> {rondo.input = "u"})
    -> (tensor<?x?x27xf32, #rondo.dims<["B", "T"]>> {rondo.output = "dx"}, tensor<?x?x27xf32, #rondo.dims<["B", "T"]>> {rondo.output = "ds"}) {
  %m = rondo.compare gt %u, %u : tensor<?x?xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xi1, #rondo.dims<["B", "T"]>>
  %0:3 = rondo.rnn %x, %r, %h0 bias(%b : tensor<27xf32>) mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) {cell = #rondo.rnn_cell<gru>}
    : tensor<?x?x27xf32, #rondo.dims<["B", "T"]>>, tensor<9x27xf32>, tensor<?x9xf32, #rondo.dims<["B"]>>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>
  %1:3 = rondo.rnn_grad %r, %h0, %0#0, %0#2 mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>)
    d_sequence(%0#0 : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>) {cell = #rondo.rnn_cell<gru>}
    : tensor<9x27xf32>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x36xf32, #rondo.dims<["B", "T"]>>
    -> tensor<?x?x27xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x?x27xf32, #rondo.dims<["B", "T"]>>
  return %1#0, %1#2 : tensor<?x?x27xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x27xf32, #rondo.dims<["B", "T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Products in front of and behind a masked layer leave out the steps that do not count: of sums
// that nobody reads there, and of cotangents that are zeros there. The first one has other readers.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<4x9xf32>) outs(
// CHECK: kernel.matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<4x9xf32>) mask(%[[M:.*]] : tensor<?x?xi8>) outs(
// CHECK: kernel.matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x9xf32>, tensor<9x4xf32>) mask(%[[M]] : tensor<?x?xi8>) outs(
// CHECK: kernel.matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x4xf32>, tensor<?x?x9xf32>) mask(%[[M]] : tensor<?x?xi8>) outs({{.*}}transpose_lhs
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<4x9xf32> {rondo.input = "k"},
                   %r: tensor<9x9xf32> {rondo.input = "r"}, %b: tensor<9xf32> {rondo.input = "b"}, %h0: tensor<?x9xf32, #rondo.dims<["B"]>> {rondo.input = "h0"},
                   %u: tensor<?x?xf32, #rondo.dims<["B", "T"]>> {rondo.input = "u"})
    -> (tensor<?x?x9xf32, #rondo.dims<["B", "T"]>> {rondo.output = "seen"}, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>> {rondo.output = "y"},
        tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.output = "dx"}, tensor<4x9xf32> {rondo.output = "dk"}) {
  %m = rondo.compare gt %u, %u : tensor<?x?xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?xi1, #rondo.dims<["B", "T"]>>
  %bias = rondo.broadcast %b dims = [2] : tensor<9xf32> -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %seen = rondo.contract %x, %k batch = [] x [] contract = [2] x [0] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x9xf32>) -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %y, %h = rondo.rnn %seen, %r, %h0 mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) {cell = #rondo.rnn_cell<simple>}
    : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<9x9xf32>, tensor<?x9xf32, #rondo.dims<["B"]>>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
  %product = rondo.contract %x, %k batch = [] x [] contract = [2] x [0] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x9xf32>) -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %sums = rondo.add %product, %bias : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %0:3 = rondo.rnn %sums, %r, %h0 mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>) {cell = #rondo.rnn_cell<simple>}
    : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<9x9xf32>, tensor<?x9xf32, #rondo.dims<["B"]>>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
  %1:2 = rondo.rnn_grad %r, %h0, %0#0, %0#2 mask(%m : tensor<?x?xi1, #rondo.dims<["B", "T"]>>)
    d_sequence(%y : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>) {cell = #rondo.rnn_cell<simple>}
    : tensor<9x9xf32>, tensor<?x9xf32, #rondo.dims<["B"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>
    -> tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x9xf32, #rondo.dims<["B"]>>
  %2 = rondo.transpose %k perm = [1, 0] : tensor<4x9xf32> -> tensor<9x4xf32>
  %dx = rondo.contract %1#0, %2 batch = [] x [] contract = [2] x [0] : (tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<9x4xf32>) -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %dk = rondo.contract %x, %1#0 batch = [] x [] contract = [0, 1] x [0, 1] : (tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>) -> tensor<4x9xf32>
  return %seen, %0#0, %dx, %dk : tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x9xf32, #rondo.dims<["B", "T"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x9xf32>
}
}

// -----

module attributes {rondo.symbols = ["B", "T"]} {
// Windows of neighbouring steps are read where they lie, as rows and as what sums are over. Slices
// that do not follow each other are copied.
// CHECK-LABEL: func.func @forward
// CHECK: kernel.matmul ins(%[[X:.*]], %{{.*}} : tensor<?x?x4xf32>, tensor<8x5xf32>) outs({{.*}} window = 2
// CHECK: kernel.matmul ins(%[[X]], %{{.*}} : tensor<?x?x4xf32>, tensor<?x?x5xf32>) outs({{.*}}transpose_lhs, window = 2
// CHECK: kernel.matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<8x5xf32>) outs(
// CHECK-NOT: window
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}, %k: tensor<8x5xf32> {rondo.input = "k"})
    -> (tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>> {rondo.output = "y"}, tensor<8x5xf32> {rondo.output = "dk"}, tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>> {rondo.output = "z"}) {
  %0 = rondo.slice %x offsets = ["0", "0", "0"] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T-1"]>>
  %1 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T-1"]>>
  %2 = rondo.concat %0, %1 axis = 2 : tensor<?x?x4xf32, #rondo.dims<["B", "T-1"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T-1"]>> -> tensor<?x?x8xf32, #rondo.dims<["B", "T-1"]>>
  %y = rondo.contract %2, %k batch = [] x [] contract = [2] x [0] : (tensor<?x?x8xf32, #rondo.dims<["B", "T-1"]>>, tensor<8x5xf32>) -> tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>>
  %dk = rondo.contract %2, %y batch = [] x [] contract = [0, 1] x [0, 1] : (tensor<?x?x8xf32, #rondo.dims<["B", "T-1"]>>, tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>>) -> tensor<8x5xf32>
  %3 = rondo.concat %1, %0 axis = 2 : tensor<?x?x4xf32, #rondo.dims<["B", "T-1"]>>, tensor<?x?x4xf32, #rondo.dims<["B", "T-1"]>> -> tensor<?x?x8xf32, #rondo.dims<["B", "T-1"]>>
  %z = rondo.contract %3, %k batch = [] x [] contract = [2] x [0] : (tensor<?x?x8xf32, #rondo.dims<["B", "T-1"]>>, tensor<8x5xf32>) -> tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>>
  return %y, %dk, %z : tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>>, tensor<8x5xf32>, tensor<?x?x5xf32, #rondo.dims<["B", "T-1"]>>
}
}
