// What depends on parameters alone stays in the arena from run to run.
// RUN: rondo-opt %s -rondo-plan-arena -split-input-file | FileCheck %s

module attributes {rondo.symbols = ["B"]} {
// The transposed weights are read by the product of every run: their buffer
// lives throughout. What only they need may go once they are there.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: kernel.lifetimes = array<i64: 1, 3, 0, 7, 5, 6>
// CHECK: kernel.map {{.*}} attributes {kernel.once}
// CHECK: kernel.transpose {{.*}} {kernel.once}
// CHECK: kernel.matmul
// CHECK-NOT: kernel.once
func.func @forward(%x: memref<?x4xf32> {kernel.bind = #kernel.bind<in, 2, 0>, kernel.dims = ["B"]},
                   %w: memref<3x4xf32> {kernel.bind = #kernel.bind<in, 0, 0>},
                   %y: memref<3x?xf32> {kernel.bind = #kernel.bind<out, 0, 0>, kernel.dims = ["B"]},
                   %B: index {kernel.bind = #kernel.bind<dim, 0, 0>}) attributes {kernel.entry = "forward"} {
  %squares = memref.alloc() : memref<3x4xf32>
  kernel.map ins(%w : memref<3x4xf32>) outs(%squares : memref<3x4xf32>) operand_dims = [[0, 1]] {
  ^bb0(%a: f32):
    %0 = arith.mulf %a, %a : f32
    kernel.yield %0 : f32
  }
  %kept = memref.alloc() : memref<4x3xf32>
  kernel.transpose ins(%squares : memref<3x4xf32>) outs(%kept : memref<4x3xf32>) perm = [1, 0]
  %product = memref.alloc(%B) : memref<?x3xf32>
  kernel.matmul ins(%x, %kept : memref<?x4xf32>, memref<4x3xf32>) outs(%product : memref<?x3xf32>) {num_batch = 0 : i64, num_m = 1 : i64, num_n = 1 : i64, num_k = 1 : i64, extra_dims = []}
  kernel.transpose ins(%product : memref<?x3xf32>) outs(%y : memref<3x?xf32>) perm = [1, 0]
  return
}
}

// -----

module attributes {rondo.symbols = ["B"]} {
// A training step changes its parameters; what lands in an output or depends on
// the batch is computed in every run.
// CHECK-NOT: kernel.once
func.func @train_step(%w: memref<3x4xf32> {kernel.bind = #kernel.bind<in, 0, 0>},
                      %x: memref<4x3xf32> {kernel.bind = #kernel.bind<in, 2, 0>},
                      %y: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 0, 0>},
                      %B: index {kernel.bind = #kernel.bind<dim, 0, 0>}) attributes {kernel.entry = "train_step"} {
  %t = memref.alloc() : memref<4x3xf32>
  kernel.transpose ins(%w : memref<3x4xf32>) outs(%t : memref<4x3xf32>) perm = [1, 0]
  kernel.softmax ins(%t : memref<4x3xf32>) outs(%y : memref<4x3xf32>)
  return
}
func.func @evaluate(%w: memref<3x4xf32> {kernel.bind = #kernel.bind<in, 0, 0>},
                    %x: memref<4x3xf32> {kernel.bind = #kernel.bind<in, 2, 0>},
                    %y: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 0, 0>},
                    %z: memref<4x3xf32> {kernel.bind = #kernel.bind<out, 1, 0>},
                    %B: index {kernel.bind = #kernel.bind<dim, 0, 0>}) attributes {kernel.entry = "evaluate"} {
  kernel.transpose ins(%w : memref<3x4xf32>) outs(%y : memref<4x3xf32>) perm = [1, 0]
  %t = memref.alloc() : memref<4x3xf32>
  kernel.softmax ins(%x : memref<4x3xf32>) outs(%t : memref<4x3xf32>)
  kernel.softmax ins(%t : memref<4x3xf32>) outs(%z : memref<4x3xf32>)
  return
}
}
