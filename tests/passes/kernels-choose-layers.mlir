// Options for single layers come before that for all.
// RUN: rondo-opt %s -rondo-choose-kernels="kernels=generated for=dense=onednn" | FileCheck %s --check-prefix=DENSE
// RUN: rondo-opt %s -rondo-choose-kernels="kernels=onednn for=dense=generated" | FileCheck %s --check-prefix=OTHER
// RUN: not rondo-opt %s -rondo-choose-kernels="for=dens=onednn" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not rondo-opt %s -rondo-choose-kernels="for=relu=onednn" 2>&1 | FileCheck %s --check-prefix=OBSTACLE
// RUN: not rondo-opt %s -rondo-choose-kernels="for=dense" 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not rondo-opt %s -rondo-choose-kernels="isas=sse" 2>&1 | FileCheck %s --check-prefix=ISA
// RUN: not rondo-opt %s -rondo-choose-kernels="at=C=3" 2>&1 | FileCheck %s --check-prefix=SIZE

// DENSE: rondo.impl = "onednn"
// DENSE: rondo.impl = "generated"
// DENSE: activation = #rondo.activation<relu>, rondo.impl = "generated"
// OTHER: rondo.impl = "generated"
// OTHER: rondo.impl = "onednn"
// OTHER: activation = #rondo.activation<relu>, rondo.impl = "generated"
// UNKNOWN: error: no layer called `dens` computes an LSTM or a product of its own
// OBSTACLE: error: oneDNN cannot compute `relu`: its activation is relu
// FORM: error: 'dense' is not LAYER=generated or LAYER=onednn
// ISA: error: 'sse' is no instruction set: avx2, avx512
// SIZE: error: `C` is no size that the model leaves open; those are: B
module attributes {rondo.symbols = ["B"]} {
func.func @forward(%x: tensor<?x4xf32, #rondo.dims<["B"]>>, %w: tensor<4x2xf32>, %s: tensor<?x5x4xf32, #rondo.dims<["B"]>>,
                   %k: tensor<4x12xf32>, %r: tensor<3x12xf32>)
    -> (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>) {
  %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<4x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>> loc(fused<"dense">["m.py":1:1])
  %1 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<4x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>> loc(fused<"other">["m.py":2:1])
  %q, %h, %c = rondo.lstm %s, %k, %r {activation = #rondo.activation<relu>} : tensor<?x5x4xf32, #rondo.dims<["B"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x5x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>> loc(fused<"relu">["m.py":3:1])
  return %0, %1, %h : tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>
}
}
