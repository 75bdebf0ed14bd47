// Which LSTMs read their weights as bfloat16.
// RUN: rondo-opt %s -rondo-choose-kernels=kernels=generated | FileCheck %s --check-prefix=POLICY
// RUN: rondo-opt %s -rondo-choose-kernels=weights=f32 | FileCheck %s --check-prefix=F32
// RUN: rondo-opt %s -rondo-choose-kernels=weights=bf16 | FileCheck %s --check-prefix=BF16
// RUN: rondo-opt %s -rondo-choose-kernels="weights=bf16 for=exact=onednn" | FileCheck %s --check-prefix=LAYER
// RUN: rondo-opt %s -rondo-choose-kernels=kernels=onednn | FileCheck %s --check-prefix=ONEDNN

// Without an option each layer's own attribute counts, in predictions and evaluation.
// POLICY-LABEL: func.func @forward
// POLICY: rondo.lstm {{.*}} {rondo.impl = "generated", rondo.weights = "bf16"}
// POLICY: rondo.lstm {{.*}} {rondo.impl = "generated"}
// POLICY-LABEL: func.func @loss_and_gradients
// POLICY: rondo.lstm {{.*}} {rondo.impl = "generated"}

// F32-NOT: rondo.weights

// BF16-LABEL: func.func @forward
// BF16-COUNT-2: rondo.lstm {{.*}} {rondo.impl = "generated", rondo.weights = "bf16"}
// BF16-LABEL: func.func @loss_and_gradients
// BF16: rondo.lstm {{.*}} {rondo.impl = "generated"}

// oneDNN's kernels read f32.
// LAYER: rondo.lstm {{.*}} {rondo.impl = "generated", rondo.weights = "bf16"}
// LAYER: rondo.lstm {{.*}} {rondo.impl = "onednn"}
// ONEDNN-NOT: rondo.weights
module attributes {rondo.symbols = ["B", "T"]} {
func.func @forward(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>, %r: tensor<3x12xf32>, %l: tensor<3x12xf32>)
    -> tensor<?x3xf32, #rondo.dims<["B"]>> {
  %s, %h, %c = rondo.lstm %x, %k, %r {rondo.weights = "bf16"} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>> loc(fused<"mixed">["m.py":1:1])
  %s1, %h1, %c1 = rondo.lstm %s, %l, %r : tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<3x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>> loc(fused<"exact">["m.py":2:1])
  return %h1 : tensor<?x3xf32, #rondo.dims<["B"]>>
}
func.func @loss_and_gradients(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, %k: tensor<4x12xf32>, %r: tensor<3x12xf32>)
    -> tensor<?x3xf32, #rondo.dims<["B"]>> {
  %s, %h, %c = rondo.lstm %x, %k, %r {rondo.weights = "bf16"} : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<?x?x3xf32, #rondo.dims<["B", "T"]>>, tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<?x3xf32, #rondo.dims<["B"]>> loc(fused<"mixed">["m.py":1:1])
  return %h : tensor<?x3xf32, #rondo.dims<["B"]>>
}
}
