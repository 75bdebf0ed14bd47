// A constant of several values is a table in the library, from which kernels read.
// RUN: rondo-opt %s -rondo-to-kernel -rondo-bufferize | FileCheck %s

// CHECK: memref.global "private" constant @[[TABLE:.*]] : memref<2xf32> = dense<[1.000000e+00, 2.000000e+00]>
// CHECK: func.func @forward
// CHECK: %[[VALUES:.*]] = memref.get_global @[[TABLE]]
// CHECK: kernel.map ins(%[[VALUES]] :
module attributes {rondo.symbols = []} {
func.func @forward() -> (tensor<2xf32> {rondo.output = "y"}) {
  %0 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %0 : tensor<2xf32>
}
}
