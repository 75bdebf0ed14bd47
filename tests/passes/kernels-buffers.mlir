// Tensors become buffers, buffers become places in one arena.
// RUN: rondo-opt %s -rondo-to-kernel -cse -rondo-bufferize -split-input-file | FileCheck %s --check-prefix=BUF
// RUN: rondo-opt %s -rondo-to-kernel -cse -rondo-bufferize -rondo-plan-arena -canonicalize -split-input-file | FileCheck %s

module attributes {rondo.symbols = ["B", "T"]} {
// A result is computed where it ends; a temporary gets an allocation, and a
// view of it keeps it alive.
// BUF-LABEL: func.func @forward
// BUF-SAME: %[[X:[a-z0-9]+]]: memref<?x?x4xf32> {kernel.bind = #kernel.bind<in, 2, 0>
// BUF-SAME: %[[OUT:[a-z0-9]+]]: memref<?x4xf32> {kernel.bind = #kernel.bind<out, 0, 0>
// BUF-NEXT: %[[A:.*]] = memref.alloc(%[[B:[a-z0-9]+]], %[[T:[a-z0-9]+]]) {{.*}}: memref<?x?x4xf32>
// BUF-NEXT: kernel.softmax ins(%[[X]] : memref<?x?x4xf32>) outs(%[[A]] : memref<?x?x4xf32>)
// BUF-NEXT: %[[BT:.*]] = arith.muli %[[B]], %[[T]]
// BUF-NEXT: %[[V:.*]] = kernel.reshape %[[A]][%[[BT]]] : memref<?x?x4xf32> -> memref<?x4xf32>
// BUF-NEXT: kernel.softmax ins(%[[V]] : memref<?x4xf32>) outs(%[[OUT]] : memref<?x4xf32>)
// BUF-NEXT: return

// CHECK-LABEL: func.func @forward
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<?xi8> {kernel.bind = #kernel.bind<arena, 0, 0>}
// CHECK-SAME: kernel.lifetimes = array<i64: 1, 4>
// CHECK: kernel.buffer %[[ARENA]], 0[%{{.*}}, %{{.*}}] : memref<?xi8> -> memref<?x?x4xf32>
// CHECK-LABEL: func.func @forward_plan
// CHECK-SAME: (%[[B:.*]]: index {kernel.bind = #kernel.bind<dim, 0, 0>}, %[[T:.*]]: index {kernel.bind = #kernel.bind<dim, 1, 0>}) -> (i32, i64) attributes {kernel.plan_of = "forward"}
// CHECK-DAG: %[[ROUND:.*]] = arith.constant 63 : index
// CHECK-DAG: %[[MASK:.*]] = arith.constant -64 : index
// CHECK-DAG: %[[BYTES:.*]] = arith.constant 16 : index
// The first symbol that is too small, counted from one.
// CHECK: %[[TBAD:.*]] = arith.cmpi slt
// CHECK: %[[TSTATUS:.*]] = arith.select %[[TBAD]], %c2_i32, %c0_i32 : i32
// CHECK: %[[BBAD:.*]] = arith.cmpi slt
// CHECK: %[[STATUS:.*]] = arith.select %[[BBAD]], %c1_i32, %[[TSTATUS]] : i32
// CHECK: %[[ROW:.*]] = arith.muli %[[B]], %[[BYTES]]
// CHECK: %[[ALL:.*]] = arith.muli %[[ROW]], %[[T]]
// CHECK: %[[UP:.*]] = arith.addi %[[ALL]], %[[ROUND]]
// CHECK: %[[ALIGNED:.*]] = arith.andi %[[UP]], %[[MASK]]
// CHECK: %[[EXACT:.*]] = arith.index_cast %[[ALIGNED]] : index to i64
// CHECK: %[[SIZE:.*]] = arith.select %{{.*}}, %[[EXACT]], %c9223372036854775807_i64
// CHECK: return %[[STATUS]], %[[SIZE]]
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {rondo.input = "x"}) -> (tensor<?x4xf32, #rondo.dims<["B*T"]>> {rondo.output = "y"}) {
  %0 = rondo.softmax %x axis = 2 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  %1 = rondo.reshape %0 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x4xf32, #rondo.dims<["B*T"]>>
  %2 = rondo.softmax %1 axis = 1 : tensor<?x4xf32, #rondo.dims<["B*T"]>>
  return %2 : tensor<?x4xf32, #rondo.dims<["B*T"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// An input that is an output, and a value in two outputs, are copied by a kernel.
// BUF-LABEL: func.func @forward
// BUF-SAME: %[[X:[a-z0-9]+]]: memref<?xf32> {{{.*}}}, %[[Y:[a-z0-9]+]]: memref<?xf32> {{{.*}}}, %[[Z:[a-z0-9]+]]: memref<?xf32> {{{.*}}}, %[[W:[a-z0-9]+]]: memref<?xf32> {{{.*}}}, %{{.*}}: index
// BUF-NOT: memref.copy
// BUF: kernel.softmax ins(%[[X]] : memref<?xf32>) outs(%[[R:.*]] : memref<?xf32>)
// BUF: kernel.map ins(%[[X]] : memref<?xf32>) outs(%[[Y]] : memref<?xf32>) operand_dims = {{\[\[}}0]] {
// BUF-NEXT: ^bb0(%[[E:.*]]: f32):
// BUF-NEXT:   kernel.yield %[[E]]
// BUF: kernel.map ins(%[[R]] : memref<?xf32>)
// BUF-NOT: memref.copy
// BUF-NOT: kernel.map
// CHECK-NOT: memref.alloc
func.func @forward(%x: tensor<?xf32, #rondo.dims<["B"]>> {rondo.input = "x"})
    -> (tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "y"}, tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "z"},
        tensor<?xf32, #rondo.dims<["B"]>> {rondo.output = "w"}) {
  %0 = rondo.softmax %x axis = 0 : tensor<?xf32, #rondo.dims<["B"]>>
  return %x, %0, %0 : tensor<?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["B"]>>
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// Destinations that common subexpression elimination merged are told apart: two
// values that live at once are in two buffers, and nothing is copied.
// BUF-LABEL: func.func @forward
// BUF-COUNT-2: memref.alloc
// BUF: kernel.softmax ins(%{{.*}}) outs(%[[A:.*]] : memref<?x4xf32>)
// BUF-NEXT: kernel.softmax ins(%[[A]] : memref<?x4xf32>) outs(%[[B:.*]] : memref<?x4xf32>)
// BUF-NEXT: %[[C:.*]] = memref.alloc
// BUF-NEXT: kernel.concat ins(%[[A]], %[[B]] : {{.*}}) outs(%[[C]] : memref<?x8xf32>)
// BUF-NEXT: kernel.softmax ins(%[[C]] : memref<?x8xf32>) outs(%{{.*}} : memref<?x8xf32>)
// BUF-NEXT: return
// CHECK: kernel.lifetimes = array<i64: 3, 5, 2, 5, 5, 6>
func.func @forward(%x: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "x"}) -> (tensor<?x8xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
  %0 = rondo.softmax %x axis = 1 : tensor<?x4xf32, #rondo.dims<["B"]>>
  %1 = rondo.softmax %0 axis = 1 : tensor<?x4xf32, #rondo.dims<["B"]>>
  %2 = rondo.concat %0, %1 axis = 1 : tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x8xf32, #rondo.dims<["B"]>>
  %3 = rondo.softmax %2 axis = 1 : tensor<?x8xf32, #rondo.dims<["B"]>>
  return %3 : tensor<?x8xf32, #rondo.dims<["B"]>>
}
}
