// Loops of a file, traced step by step, become loops again, and the cases that stay as they are.
// RUN: rondo-opt %s -rondo-simplify | FileCheck %s
// RUN: rondo-opt %s -rondo-simplify=disable=reroll-loops | FileCheck %s --check-prefix=OFF
// RUN: rondo-opt %s -rondo-simplify=reroll=false | FileCheck %s --check-prefix=OFF

// OFF-NOT: rondo.scan

module attributes {rondo.symbols = ["B"]} {
// A state, the steps of a tensor and a product that is the same in each of them; all states are
// read, as one tensor and two of them by themselves.
// CHECK-LABEL: func.func @decoder
// CHECK-SAME: (%[[X:[a-z0-9]*]]: tensor<?x8x2xf32, {{.*}}>, %[[H:[a-z0-9]*]]: tensor<?x2xf32, {{.*}}>, %[[W:[a-z0-9]*]]: tensor<2x2xf32>, %[[U:[a-z0-9]*]]: tensor<?x3xf32, {{.*}}>, %[[V:[a-z0-9]*]]: tensor<3x2xf32>)
// CHECK: %[[STEPS:.*]] = rondo.reshape %[[X]] : {{.*}} -> tensor<?x8x1x2xf32,
// CHECK: %[[SAME:.*]] = rondo.contract %[[U]], %[[V]]
// CHECK: %[[R:.*]]:2 = rondo.scan carries(%[[H]] : {{.*}}) sequences(%[[STEPS]] : {{.*}}) constants(%[[W]], %[[SAME]] :
// CHECK-NEXT: ^bb0(%[[H1:.*]]: tensor<?x2xf32, {{.*}}>, %[[X1:.*]]: tensor<?x1x2xf32, {{.*}}>, %[[W1:.*]]: tensor<2x2xf32>, %[[SAME1:.*]]: tensor<?x2xf32, {{.*}}>):
// CHECK-NEXT: %[[X2:.*]] = rondo.reshape %[[X1]]
// CHECK-NEXT: %[[P:.*]] = rondo.contract %[[H1]], %[[W1]]
// CHECK-NEXT: %[[A:.*]] = rondo.add %[[P]], %[[X2]]
// CHECK-NEXT: %[[B:.*]] = rondo.add %[[A]], %[[SAME1]]
// CHECK-NEXT: %[[N:.*]] = rondo.tanh %[[B]]
// CHECK-NEXT: rondo.yield %[[N]], %[[N]]
// CHECK-NEXT: } ->
// CHECK-NEXT: rondo.slice %[[R]]#1 offsets = ["0", "2", "0"]
// CHECK-NEXT: rondo.reshape
// CHECK-NEXT: rondo.slice %[[R]]#1 offsets = ["0", "7", "0"]
// CHECK-NEXT: rondo.reshape
// CHECK-NEXT: return %[[R]]#1,
func.func @decoder(%x: tensor<?x8x2xf32, #rondo.dims<["B"]>>, %h0: tensor<?x2xf32, #rondo.dims<["B"]>>, %w: tensor<2x2xf32>, %u: tensor<?x3xf32, #rondo.dims<["B"]>>, %v: tensor<3x2xf32>) -> (tensor<?x8x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>) {
  %x0 = rondo.slice %x offsets = ["0", "0", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r0 = rondo.reshape %x0 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p0 = rondo.contract %h0, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q0 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a0 = rondo.add %p0, %r0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b0 = rondo.add %a0, %q0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h1 = rondo.tanh %b0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x1 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r1 = rondo.reshape %x1 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p1 = rondo.contract %h1, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q1 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a1 = rondo.add %p1, %r1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b1 = rondo.add %a1, %q1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h2 = rondo.tanh %b1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x2 = rondo.slice %x offsets = ["0", "2", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r2 = rondo.reshape %x2 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p2 = rondo.contract %h2, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q2 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a2 = rondo.add %p2, %r2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b2 = rondo.add %a2, %q2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h3 = rondo.tanh %b2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x3 = rondo.slice %x offsets = ["0", "3", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r3 = rondo.reshape %x3 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p3 = rondo.contract %h3, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q3 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a3 = rondo.add %p3, %r3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b3 = rondo.add %a3, %q3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h4 = rondo.tanh %b3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x4 = rondo.slice %x offsets = ["0", "4", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r4 = rondo.reshape %x4 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p4 = rondo.contract %h4, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q4 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a4 = rondo.add %p4, %r4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b4 = rondo.add %a4, %q4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h5 = rondo.tanh %b4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x5 = rondo.slice %x offsets = ["0", "5", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r5 = rondo.reshape %x5 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p5 = rondo.contract %h5, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q5 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a5 = rondo.add %p5, %r5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b5 = rondo.add %a5, %q5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h6 = rondo.tanh %b5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x6 = rondo.slice %x offsets = ["0", "6", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r6 = rondo.reshape %x6 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p6 = rondo.contract %h6, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q6 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a6 = rondo.add %p6, %r6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b6 = rondo.add %a6, %q6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h7 = rondo.tanh %b6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x7 = rondo.slice %x offsets = ["0", "7", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r7 = rondo.reshape %x7 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p7 = rondo.contract %h7, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q7 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a7 = rondo.add %p7, %r7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b7 = rondo.add %a7, %q7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h8 = rondo.tanh %b7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %o0 = rondo.reshape %h1 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o1 = rondo.reshape %h2 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o2 = rondo.reshape %h3 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o3 = rondo.reshape %h4 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o4 = rondo.reshape %h5 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o5 = rondo.reshape %h6 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o6 = rondo.reshape %h7 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o7 = rondo.reshape %h8 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o = rondo.concat %o0, %o1, %o2, %o3, %o4, %o5, %o6, %o7 axis = 1 : tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x8x2xf32, #rondo.dims<["B"]>>
  return %o, %h3, %h8 : tensor<?x8x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>
}

// Nothing is stacked: a constant says how many steps there are.
// CHECK-LABEL: func.func @only_the_last_state
// CHECK: %[[C:.*]] = arith.constant dense<0.000000e+00> : tensor<1x8xf32>
// CHECK-NEXT: %[[R:.*]] = rondo.scan carries(%arg0 : {{.*}}) sequences(%[[C]] : tensor<1x8xf32>) constants(%arg1 : tensor<2x2xf32>)
// CHECK: } -> tensor<?x2xf32, #rondo.dims<["B"]>>
// CHECK-NEXT: return %[[R]] :
func.func @only_the_last_state(%h0: tensor<?x2xf32, #rondo.dims<["B"]>>, %w: tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>> {
  %p0 = rondo.contract %h0, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h1 = rondo.tanh %p0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p1 = rondo.contract %h1, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h2 = rondo.tanh %p1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p2 = rondo.contract %h2, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h3 = rondo.tanh %p2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p3 = rondo.contract %h3, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h4 = rondo.tanh %p3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p4 = rondo.contract %h4, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h5 = rondo.tanh %p4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p5 = rondo.contract %h5, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h6 = rondo.tanh %p5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p6 = rondo.contract %h6, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h7 = rondo.tanh %p6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p7 = rondo.contract %h7, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h8 = rondo.tanh %p7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  return %h8 : tensor<?x2xf32, #rondo.dims<["B"]>>
}

// Steps without a state; numbers that differ are one constant.
// CHECK-LABEL: func.func @from_the_end_with_numbers
// CHECK: arith.constant dense<{{\[\[}}5.000000e-01, {{.*}}, 7.500000e+00]]> : tensor<1x8xf32>
// CHECK-NEXT: %[[BACK:.*]] = rondo.reverse %arg0 dims = [1]
// CHECK-NEXT: %[[STEPS:.*]] = rondo.reshape %[[BACK]]
// CHECK-NEXT: rondo.scan sequences(%[[STEPS]], %{{.*}} : {{.*}}, tensor<1x8xf32>) constants(%arg1 : tensor<2x2xf32>)
func.func @from_the_end_with_numbers(%x: tensor<?x8x2xf32, #rondo.dims<["B"]>>, %w: tensor<2x2xf32>) -> (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>) {
  %c0 = arith.constant dense<0.5> : tensor<f32>
  %x0 = rondo.slice %x offsets = ["0", "7", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r0 = rondo.reshape %x0 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p0 = rondo.contract %r0, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b0 = rondo.broadcast %c0 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y0 = rondo.mul %p0, %b0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c1 = arith.constant dense<1.5> : tensor<f32>
  %x1 = rondo.slice %x offsets = ["0", "6", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r1 = rondo.reshape %x1 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p1 = rondo.contract %r1, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b1 = rondo.broadcast %c1 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y1 = rondo.mul %p1, %b1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c2 = arith.constant dense<2.5> : tensor<f32>
  %x2 = rondo.slice %x offsets = ["0", "5", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r2 = rondo.reshape %x2 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p2 = rondo.contract %r2, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b2 = rondo.broadcast %c2 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y2 = rondo.mul %p2, %b2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c3 = arith.constant dense<3.5> : tensor<f32>
  %x3 = rondo.slice %x offsets = ["0", "4", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r3 = rondo.reshape %x3 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p3 = rondo.contract %r3, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b3 = rondo.broadcast %c3 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y3 = rondo.mul %p3, %b3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c4 = arith.constant dense<4.5> : tensor<f32>
  %x4 = rondo.slice %x offsets = ["0", "3", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r4 = rondo.reshape %x4 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p4 = rondo.contract %r4, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b4 = rondo.broadcast %c4 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y4 = rondo.mul %p4, %b4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c5 = arith.constant dense<5.5> : tensor<f32>
  %x5 = rondo.slice %x offsets = ["0", "2", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r5 = rondo.reshape %x5 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p5 = rondo.contract %r5, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b5 = rondo.broadcast %c5 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y5 = rondo.mul %p5, %b5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c6 = arith.constant dense<6.5> : tensor<f32>
  %x6 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r6 = rondo.reshape %x6 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p6 = rondo.contract %r6, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b6 = rondo.broadcast %c6 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y6 = rondo.mul %p6, %b6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %c7 = arith.constant dense<7.5> : tensor<f32>
  %x7 = rondo.slice %x offsets = ["0", "0", "0"] : tensor<?x8x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r7 = rondo.reshape %x7 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p7 = rondo.contract %r7, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %b7 = rondo.broadcast %c7 dims = [] : tensor<f32> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %y7 = rondo.mul %p7, %b7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  return %y0, %y4 : tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>
}

// Seven are too few.
// CHECK-LABEL: func.func @few_steps
// CHECK-NOT: rondo.scan
func.func @few_steps(%x: tensor<?x7x2xf32, #rondo.dims<["B"]>>, %h0: tensor<?x2xf32, #rondo.dims<["B"]>>, %w: tensor<2x2xf32>, %u: tensor<?x3xf32, #rondo.dims<["B"]>>, %v: tensor<3x2xf32>) -> (tensor<?x7x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>) {
  %x0 = rondo.slice %x offsets = ["0", "0", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r0 = rondo.reshape %x0 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p0 = rondo.contract %h0, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q0 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a0 = rondo.add %p0, %r0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b0 = rondo.add %a0, %q0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h1 = rondo.tanh %b0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x1 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r1 = rondo.reshape %x1 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p1 = rondo.contract %h1, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q1 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a1 = rondo.add %p1, %r1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b1 = rondo.add %a1, %q1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h2 = rondo.tanh %b1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x2 = rondo.slice %x offsets = ["0", "2", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r2 = rondo.reshape %x2 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p2 = rondo.contract %h2, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q2 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a2 = rondo.add %p2, %r2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b2 = rondo.add %a2, %q2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h3 = rondo.tanh %b2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x3 = rondo.slice %x offsets = ["0", "3", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r3 = rondo.reshape %x3 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p3 = rondo.contract %h3, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q3 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a3 = rondo.add %p3, %r3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b3 = rondo.add %a3, %q3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h4 = rondo.tanh %b3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x4 = rondo.slice %x offsets = ["0", "4", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r4 = rondo.reshape %x4 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p4 = rondo.contract %h4, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q4 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a4 = rondo.add %p4, %r4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b4 = rondo.add %a4, %q4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h5 = rondo.tanh %b4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x5 = rondo.slice %x offsets = ["0", "5", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r5 = rondo.reshape %x5 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p5 = rondo.contract %h5, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q5 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a5 = rondo.add %p5, %r5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b5 = rondo.add %a5, %q5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h6 = rondo.tanh %b5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %x6 = rondo.slice %x offsets = ["0", "6", "0"] : tensor<?x7x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %r6 = rondo.reshape %x6 : tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %p6 = rondo.contract %h6, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %q6 = rondo.contract %u, %v batch = [] x [] contract = [1] x [0] : (tensor<?x3xf32, #rondo.dims<["B"]>>, tensor<3x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %a6 = rondo.add %p6, %r6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b6 = rondo.add %a6, %q6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %h7 = rondo.tanh %b6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %o0 = rondo.reshape %h1 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o1 = rondo.reshape %h2 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o2 = rondo.reshape %h3 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o3 = rondo.reshape %h4 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o4 = rondo.reshape %h5 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o5 = rondo.reshape %h6 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o6 = rondo.reshape %h7 : tensor<?x2xf32, #rondo.dims<["B"]>> -> tensor<?x1x2xf32, #rondo.dims<["B"]>>
  %o = rondo.concat %o0, %o1, %o2, %o3, %o4, %o5, %o6 axis = 1 : tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>>, tensor<?x1x2xf32, #rondo.dims<["B"]>> -> tensor<?x7x2xf32, #rondo.dims<["B"]>>
  return %o, %h3, %h7 : tensor<?x7x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<?x2xf32, #rondo.dims<["B"]>>
}

// What is elementwise becomes one kernel anyway.
// CHECK-LABEL: func.func @products_only_of_numbers
// CHECK-NOT: rondo.scan
func.func @products_only_of_numbers(%x: tensor<?x2xf32, #rondo.dims<["B"]>>, %y: tensor<?x2xf32, #rondo.dims<["B"]>>) -> tensor<?x2xf32, #rondo.dims<["B"]>> {
  %a0 = rondo.mul %x, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b0 = rondo.tanh %a0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a1 = rondo.mul %b0, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b1 = rondo.tanh %a1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a2 = rondo.mul %b1, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b2 = rondo.tanh %a2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a3 = rondo.mul %b2, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b3 = rondo.tanh %a3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a4 = rondo.mul %b3, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b4 = rondo.tanh %a4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a5 = rondo.mul %b4, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b5 = rondo.tanh %a5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a6 = rondo.mul %b5, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b6 = rondo.tanh %a6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %a7 = rondo.mul %b6, %y : tensor<?x2xf32, #rondo.dims<["B"]>>
  %b7 = rondo.tanh %a7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  return %b7 : tensor<?x2xf32, #rondo.dims<["B"]>>
}

// The state of the step before the last one is no carry.
// CHECK-LABEL: func.func @two_steps_back
// CHECK-NOT: rondo.scan
func.func @two_steps_back(%a: tensor<?x2xf32, #rondo.dims<["B"]>>, %b: tensor<?x2xf32, #rondo.dims<["B"]>>, %w: tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>> {
  %p0 = rondo.contract %a, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s0 = rondo.add %p0, %b : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p1 = rondo.contract %b, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s1 = rondo.add %p1, %s0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p2 = rondo.contract %s0, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s2 = rondo.add %p2, %s1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p3 = rondo.contract %s1, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s3 = rondo.add %p3, %s2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p4 = rondo.contract %s2, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s4 = rondo.add %p4, %s3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p5 = rondo.contract %s3, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s5 = rondo.add %p5, %s4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p6 = rondo.contract %s4, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s6 = rondo.add %p6, %s5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p7 = rondo.contract %s5, %w batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %s7 = rondo.add %p7, %s6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  return %s7 : tensor<?x2xf32, #rondo.dims<["B"]>>
}

// Layers are no steps.
// CHECK-LABEL: func.func @weights_of_their_own
// CHECK-NOT: rondo.scan
func.func @weights_of_their_own(%h0: tensor<?x2xf32, #rondo.dims<["B"]>>, %w0: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w0", initializer = {name = "zeros"}, trainable = true>}, %w1: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w1", initializer = {name = "zeros"}, trainable = true>}, %w2: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w2", initializer = {name = "zeros"}, trainable = true>}, %w3: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w3", initializer = {name = "zeros"}, trainable = true>}, %w4: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w4", initializer = {name = "zeros"}, trainable = true>}, %w5: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w5", initializer = {name = "zeros"}, trainable = true>}, %w6: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w6", initializer = {name = "zeros"}, trainable = true>}, %w7: tensor<2x2xf32> {rondo.parameter = #rondo.parameter<path = "w7", initializer = {name = "zeros"}, trainable = true>}) -> tensor<?x2xf32, #rondo.dims<["B"]>> {
  %p0 = rondo.contract %h0, %w0 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h1 = rondo.tanh %p0 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p1 = rondo.contract %h1, %w1 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h2 = rondo.tanh %p1 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p2 = rondo.contract %h2, %w2 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h3 = rondo.tanh %p2 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p3 = rondo.contract %h3, %w3 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h4 = rondo.tanh %p3 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p4 = rondo.contract %h4, %w4 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h5 = rondo.tanh %p4 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p5 = rondo.contract %h5, %w5 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h6 = rondo.tanh %p5 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p6 = rondo.contract %h6, %w6 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h7 = rondo.tanh %p6 : tensor<?x2xf32, #rondo.dims<["B"]>>
  %p7 = rondo.contract %h7, %w7 batch = [] x [] contract = [1] x [0] : (tensor<?x2xf32, #rondo.dims<["B"]>>, tensor<2x2xf32>) -> tensor<?x2xf32, #rondo.dims<["B"]>>
  %h8 = rondo.tanh %p7 : tensor<?x2xf32, #rondo.dims<["B"]>>
  return %h8 : tensor<?x2xf32, #rondo.dims<["B"]>>
}
}
