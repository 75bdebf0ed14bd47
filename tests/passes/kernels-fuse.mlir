// Elementwise kernels move into their readers and into products.
// RUN: rondo-opt %s -pass-pipeline='builtin.module(func.func(rondo-fuse-kernels))' | FileCheck %s

// A dense layer: the whole chain becomes the epilogue.
// CHECK-LABEL: func @dense
// CHECK-NEXT: tensor.empty
// CHECK-NEXT: %[[R:.*]] = kernel.matmul ins(%arg0, %arg1 : {{.*}}) extras(%arg2 : tensor<5xf32>) outs(%{{.*}}) {extra_dims = {{\[\[}}1]], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64} epilogue {
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT:   %[[A:.*]] = arith.addf %[[S]], %[[B]]
// CHECK-NEXT:   %[[T:.*]] = math.tanh %[[A]]
// CHECK-NEXT:   kernel.yield %[[T]]
// CHECK: return %[[R]]
func.func @dense(%x: tensor<?x4xf32>, %w: tensor<4x5xf32>, %b: tensor<5xf32>, %n: index) -> tensor<?x5xf32> {
  %e0 = tensor.empty(%n) : tensor<?x5xf32>
  %e1 = tensor.empty(%n) : tensor<?x5xf32>
  %e2 = tensor.empty(%n) : tensor<?x5xf32>
  %0 = kernel.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x5xf32>) outs(%e0 : tensor<?x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64} -> tensor<?x5xf32>
  %1 = kernel.map ins(%0, %b : tensor<?x5xf32>, tensor<5xf32>) outs(%e1 : tensor<?x5xf32>) operand_dims = [[0, 1], [1]] {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %a, %c : f32
    kernel.yield %s : f32
  } -> tensor<?x5xf32>
  %2 = kernel.map ins(%1 : tensor<?x5xf32>) outs(%e2 : tensor<?x5xf32>) operand_dims = [[0, 1]] {
  ^bb0(%a: f32):
    %s = math.tanh %a : f32
    kernel.yield %s : f32
  } -> tensor<?x5xf32>
  return %2 : tensor<?x5xf32>
}

// Operands and scalars that both maps read are read once.
// CHECK-LABEL: func @shared
// CHECK: kernel.map ins(%arg0 : tensor<4xf32>) scalars(%arg1) outs(%{{.*}}) operand_dims = {{\[\[}}0]] {
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[S:.*]]: f32):
// CHECK-NEXT:   %[[D:.*]] = arith.divf %[[X]], %[[S]]
// CHECK-NEXT:   %[[M:.*]] = arith.mulf %[[D]], %[[X]]
// CHECK-NEXT:   arith.subf %[[M]], %[[S]]
// CHECK-NOT: kernel.map
func.func @shared(%x: tensor<4xf32>, %s: f32) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = kernel.map ins(%x : tensor<4xf32>) scalars(%s) outs(%e : tensor<4xf32>) operand_dims = [[0]] {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.divf %a, %b : f32
    kernel.yield %1 : f32
  } -> tensor<4xf32>
  %2 = kernel.map ins(%0, %x : tensor<4xf32>, tensor<4xf32>) scalars(%s) outs(%e : tensor<4xf32>) operand_dims = [[0], [0]] {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %1 = arith.mulf %a, %b : f32
    %3 = arith.subf %1, %c : f32
    kernel.yield %3 : f32
  } -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A value whose readers become one map has one reader then.
// CHECK-LABEL: func @rejoined
// CHECK: kernel.map ins(%arg0 : tensor<4xf32>)
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32):
// CHECK-NEXT:   %[[T:.*]] = math.tanh %[[X]]
// CHECK:   arith.mulf %[[T]]
// CHECK-NOT: kernel.map
func.func @rejoined(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = kernel.map ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) operand_dims = [[0]] {
  ^bb0(%a: f32):
    %1 = math.tanh %a : f32
    kernel.yield %1 : f32
  } -> tensor<4xf32>
  %2 = kernel.map ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) operand_dims = [[0]] {
  ^bb0(%a: f32):
    %1 = math.exp %a : f32
    kernel.yield %1 : f32
  } -> tensor<4xf32>
  %3 = kernel.map ins(%0, %2 : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) operand_dims = [[0], [0]] {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.mulf %a, %b : f32
    kernel.yield %1 : f32
  } -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// A value with two readers, or one that is repeated, is computed once.
// CHECK-LABEL: func @kept
// CHECK-COUNT-4: kernel.map
func.func @kept(%x: tensor<4xf32>, %y: tensor<3x4xf32>) -> (tensor<4xf32>, tensor<3x4xf32>, tensor<3x4xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %f = tensor.empty() : tensor<3x4xf32>
  %0 = kernel.map ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) operand_dims = [[0]] {
  ^bb0(%a: f32):
    %1 = math.exp %a : f32
    kernel.yield %1 : f32
  } -> tensor<4xf32>
  %2 = kernel.map ins(%0 : tensor<4xf32>) outs(%e : tensor<4xf32>) operand_dims = [[0]] {
  ^bb0(%a: f32):
    %1 = arith.negf %a : f32
    kernel.yield %1 : f32
  } -> tensor<4xf32>
  %3 = kernel.map ins(%0, %y : tensor<4xf32>, tensor<3x4xf32>) outs(%f : tensor<3x4xf32>) operand_dims = [[1], [0, 1]] {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.addf %a, %b : f32
    kernel.yield %1 : f32
  } -> tensor<3x4xf32>
  %4 = kernel.map ins(%2 : tensor<4xf32>) outs(%f : tensor<3x4xf32>) operand_dims = [[1]] {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  } -> tensor<3x4xf32>
  return %2, %3, %4 : tensor<4xf32>, tensor<3x4xf32>, tensor<3x4xf32>
}

// Two products are added: one adds the other in its epilogue.
// CHECK-LABEL: func @sum_of_products
// CHECK: %[[P:.*]] = kernel.matmul
// CHECK: %[[R:.*]] = kernel.matmul {{.*}} extras(%{{.*}} : tensor<3x5xf32>)
// CHECK-NOT: kernel.map
// CHECK: return %[[R]]
func.func @sum_of_products(%x: tensor<3x4xf32>, %w: tensor<4x5xf32>, %v: tensor<4x5xf32>) -> tensor<3x5xf32> {
  %e = tensor.empty() : tensor<3x5xf32>
  %0 = kernel.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x5xf32>) outs(%e : tensor<3x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64} -> tensor<3x5xf32>
  %1 = kernel.matmul ins(%x, %v : tensor<3x4xf32>, tensor<4x5xf32>) outs(%e : tensor<3x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64} -> tensor<3x5xf32>
  %2 = kernel.map ins(%0, %1 : tensor<3x5xf32>, tensor<3x5xf32>) outs(%e : tensor<3x5xf32>) operand_dims = [[0, 1], [0, 1]] {
  ^bb0(%a: f32, %b: f32):
    %3 = arith.addf %a, %b : f32
    kernel.yield %3 : f32
  } -> tensor<3x5xf32>
  return %2 : tensor<3x5xf32>
}

// The kernel walks the columns of a product as one: what varies along some of
// them only cannot join it.
// CHECK-LABEL: func @some_columns
// CHECK: %[[P:.*]] = kernel.matmul
// CHECK-NOT: epilogue
// CHECK: kernel.map ins(%[[P]], %arg2
func.func @some_columns(%x: tensor<3x4xf32>, %w: tensor<4x5x6xf32>, %b: tensor<6xf32>) -> tensor<3x5x6xf32> {
  %e = tensor.empty() : tensor<3x5x6xf32>
  %0 = kernel.matmul ins(%x, %w : tensor<3x4xf32>, tensor<4x5x6xf32>) outs(%e : tensor<3x5x6xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 2 : i64} -> tensor<3x5x6xf32>
  %1 = kernel.map ins(%0, %b : tensor<3x5x6xf32>, tensor<6xf32>) outs(%e : tensor<3x5x6xf32>) operand_dims = [[0, 1, 2], [2]] {
  ^bb0(%a: f32, %c: f32):
    %2 = arith.addf %a, %c : f32
    kernel.yield %2 : f32
  } -> tensor<3x5x6xf32>
  return %1 : tensor<3x5x6xf32>
}

// A predicate between two maps never becomes a byte.
// CHECK-LABEL: func @predicate
// CHECK: kernel.map
// CHECK: %[[P:.*]] = arith.cmpf ogt
// CHECK-NEXT: arith.select %[[P]]
// CHECK-NOT: kernel.map
func.func @predicate(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xi8>
  %f = tensor.empty() : tensor<4xf32>
  %0 = kernel.map ins(%x, %y : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xi8>) operand_dims = [[0], [0]] {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.cmpf ogt, %a, %b : f32
    %2 = arith.extui %1 : i1 to i8
    kernel.yield %2 : i8
  } -> tensor<4xi8>
  %3 = kernel.map ins(%0, %x, %y : tensor<4xi8>, tensor<4xf32>, tensor<4xf32>) outs(%f : tensor<4xf32>) operand_dims = [[0], [0], [0]] {
  ^bb0(%c: i8, %a: f32, %b: f32):
    %1 = arith.trunci %c : i8 to i1
    %2 = arith.select %1, %b, %a : f32
    kernel.yield %2 : f32
  } -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// A reduction takes in the cheap map that it alone reads, whose operands all have its shape.
// CHECK-LABEL: func @into_reduction
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x?x4xf32>, %[[Y:[^:]*]]: tensor<?x?x4xf32>
// CHECK-NOT: kernel.map
// CHECK: kernel.reduce sum ins(%[[X]], %[[Y]] : {{.*}}) outs({{.*}}) first = 0 count = 2 element {
// CHECK-NEXT: ^{{.*}}(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT: kernel.yield %[[P]]
func.func @into_reduction(%x: tensor<?x?x4xf32>, %y: tensor<?x?x4xf32>, %out: tensor<?x?x4xf32>, %sum: tensor<4xf32>) -> tensor<4xf32> {
  %0 = kernel.map ins(%x, %y : tensor<?x?x4xf32>, tensor<?x?x4xf32>) outs(%out : tensor<?x?x4xf32>) operand_dims = [[0, 1, 2], [0, 1, 2]] {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    kernel.yield %p : f32
  } -> tensor<?x?x4xf32>
  %1 = kernel.reduce sum ins(%0 : tensor<?x?x4xf32>) outs(%sum : tensor<4xf32>) first = 0 count = 2 -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Not one that takes long, nor one that something else reads too.
// CHECK-LABEL: func @not_into_reduction
// CHECK: kernel.map
// CHECK: kernel.reduce {{.*}} count = 2 ->
// CHECK: kernel.map
// CHECK: kernel.reduce {{.*}} count = 2 ->
func.func @not_into_reduction(%x: tensor<?x?x4xf32>, %out: tensor<?x?x4xf32>, %sum: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<?x?x4xf32>) {
  %0 = kernel.map ins(%x : tensor<?x?x4xf32>) outs(%out : tensor<?x?x4xf32>) operand_dims = [[0, 1, 2]] {
  ^bb0(%a: f32):
    %p = math.exp %a : f32
    kernel.yield %p : f32
  } -> tensor<?x?x4xf32>
  %1 = kernel.reduce sum ins(%0 : tensor<?x?x4xf32>) outs(%sum : tensor<4xf32>) first = 0 count = 2 -> tensor<4xf32>
  %2 = kernel.map ins(%x : tensor<?x?x4xf32>) outs(%out : tensor<?x?x4xf32>) operand_dims = [[0, 1, 2]] {
  ^bb0(%a: f32):
    %p = arith.mulf %a, %a : f32
    kernel.yield %p : f32
  } -> tensor<?x?x4xf32>
  %3 = kernel.reduce sum ins(%2 : tensor<?x?x4xf32>) outs(%sum : tensor<4xf32>) first = 0 count = 2 -> tensor<4xf32>
  return %1, %3, %2 : tensor<4xf32>, tensor<4xf32>, tensor<?x?x4xf32>
}
