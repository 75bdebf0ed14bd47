// A destination that nothing writes is no trouble.
// RUN: rondo-opt %s -rondo-bufferize | FileCheck %s

// CHECK-LABEL: func.func @forward
// CHECK-NEXT: return
func.func @forward(%b: index) {
  %0 = tensor.empty(%b) : tensor<?xf32>
  return
}
