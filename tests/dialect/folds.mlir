// Local simplifications, and what must stay for NaN and signed zeros.
// RUN: rondo-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: func @units
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]]
func.func @units(%x: tensor<?x4xf32, #rondo.dims<["B"]>>)
    -> (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>,
        tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>) {
  %one = arith.constant dense<1.0> : tensor<f32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %ones = rondo.broadcast %one dims = [] : tensor<f32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %zeros = rondo.broadcast %zero dims = [] : tensor<f32> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %0 = rondo.mul %x, %ones : tensor<?x4xf32, #rondo.dims<["B"]>>
  %1 = rondo.mul %ones, %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  %2 = rondo.div %x, %ones : tensor<?x4xf32, #rondo.dims<["B"]>>
  %3 = rondo.sub %x, %zeros : tensor<?x4xf32, #rondo.dims<["B"]>>
  %4 = rondo.neg %x : tensor<?x4xf32, #rondo.dims<["B"]>>
  %5 = rondo.neg %4 : tensor<?x4xf32, #rondo.dims<["B"]>>
  return %0, %1, %2, %3, %5 : tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>,
    tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
}

// -0 + 0 is 0, NaN * 0 is NaN, 1 - x is not x.
// CHECK-LABEL: func @no_units
// CHECK-DAG: rondo.add
// CHECK-DAG: rondo.mul
// CHECK-DAG: rondo.sub
// CHECK-DAG: rondo.div
func.func @no_units(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %negative_zero = arith.constant dense<-0.0> : tensor<4xf32>
  %0 = rondo.add %x, %zero : tensor<4xf32>
  %1 = rondo.mul %x, %zero : tensor<4xf32>
  %2 = rondo.sub %x, %negative_zero : tensor<4xf32>
  %3 = rondo.div %one, %x : tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @select_equal
// CHECK-SAME: %[[X:[a-z0-9]*]]: tensor<4xf32>
// CHECK-NEXT: return %[[X]]
func.func @select_equal(%c: tensor<4xi1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = rondo.select %c, %x, %x : tensor<4xi1>, tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @identities
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]]
func.func @identities(%x: tensor<?x4xf32, #rondo.dims<["B"]>>)
    -> (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>,
        tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>,
        tensor<?x4xf32, #rondo.dims<["B"]>>) {
  %0 = rondo.cast %x : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %1 = rondo.broadcast %x dims = [0, 1] : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %2 = rondo.reshape %x : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %3 = rondo.transpose %x perm = [0, 1] : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %4 = rondo.slice %x offsets = ["0", "0"] : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %5 = rondo.pad %x offsets = ["0", "0"] : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  %6 = rondo.concat %x axis = 1 : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x4xf32, #rondo.dims<["B"]>>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>,
    tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>,
    tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["B"]>>
}

// CHECK-LABEL: func @transpose_of_transpose
// CHECK-NEXT: %[[Y:.*]] = rondo.transpose %{{.*}} perm = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @transpose_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = rondo.transpose %x perm = [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %1 = rondo.transpose %0 perm = [1, 2, 0] : tensor<3x4x2xf32> -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// CHECK-LABEL: func @transpose_back
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @transpose_back(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = rondo.transpose %x perm = [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %1 = rondo.transpose %0 perm = [2, 0, 1] : tensor<3x4x2xf32> -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func @reshape_back
// CHECK-SAME: (%[[X:.*]]: tensor<?x?x4xf32
// CHECK-NEXT: return %[[X]]
func.func @reshape_back(%x: tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>) -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> {
  %0 = rondo.reshape %x : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>> -> tensor<?x4xf32, #rondo.dims<["B*T"]>>
  %1 = rondo.reshape %0 : tensor<?x4xf32, #rondo.dims<["B*T"]>> -> tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
  return %1 : tensor<?x?x4xf32, #rondo.dims<["B", "T"]>>
}

// CHECK-LABEL: func @broadcast_of_broadcast
// CHECK-NEXT: %[[Y:.*]] = rondo.broadcast %{{.*}} dims = [2] : tensor<4xf32> -> tensor<2x3x4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @broadcast_of_broadcast(%x: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %0 = rondo.broadcast %x dims = [1] : tensor<4xf32> -> tensor<1x4xf32>
  %1 = rondo.broadcast %0 dims = [1, 2] : tensor<1x4xf32> -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func @reverse_of_reverse
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NEXT: %[[Y:.*]] = rondo.reverse %[[X]] dims = [1] : tensor<2x3xf32>
// CHECK-NEXT: return %[[Y]], %[[X]]
func.func @reverse_of_reverse(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = rondo.reverse %x dims = [0] : tensor<2x3xf32>
  %1 = rondo.reverse %0 dims = [0, 1] : tensor<2x3xf32>
  %2 = rondo.reverse %0 dims = [0] : tensor<2x3xf32>
  return %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func @abs_drops_signs
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT: %[[Y:.*]] = rondo.abs %[[X]] : tensor<4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @abs_drops_signs(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = rondo.neg %x : tensor<4xf32>
  %1 = rondo.abs %0 : tensor<4xf32>
  %2 = rondo.abs %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func @power_of_one
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT: return %[[X]]
func.func @power_of_one(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %0 = rondo.pow %x, %one : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @slice_of_slice
// CHECK-NEXT: %[[Y:.*]] = rondo.slice %{{.*}} offsets = ["3"] : tensor<9xf32> -> tensor<2xf32>
// CHECK-NEXT: return %[[Y]]
func.func @slice_of_slice(%x: tensor<9xf32>) -> tensor<2xf32> {
  %0 = rondo.slice %x offsets = ["1"] : tensor<9xf32> -> tensor<6xf32>
  %1 = rondo.slice %0 offsets = ["2"] : tensor<6xf32> -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func @slice_of_slice_from_the_end
// CHECK-NEXT: %[[Y:.*]] = rondo.slice %{{.*}} offsets = ["S+2*T-2"] strides = [6] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<1xf32>
// CHECK-NEXT: return %[[Y]]
func.func @slice_of_slice_from_the_end(%x: tensor<?xf32, #rondo.dims<["T"]>>) -> tensor<1xf32> {
  %0 = rondo.slice %x offsets = ["S"] strides = [2] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<?xf32, #rondo.dims<["S"]>>
  %1 = rondo.slice %0 offsets = ["T-1"] strides = [3] : tensor<?xf32, #rondo.dims<["S"]>> -> tensor<1xf32>
  return %1 : tensor<1xf32>
}

// CHECK-LABEL: func @static_size
// CHECK-NEXT: %[[N:.*]] = arith.constant dense<1.200000e+01> : tensor<f32>
// CHECK-NEXT: return %[[N]]
func.func @static_size(%x: tensor<3x?x4xf32, #rondo.dims<["B"]>>) -> tensor<f32> {
  %0 = rondo.size %x dims = [0, 2] : tensor<3x?x4xf32, #rondo.dims<["B"]>> -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func @dynamic_size
// CHECK: rondo.size
func.func @dynamic_size(%x: tensor<3x?x4xf32, #rondo.dims<["B"]>>) -> tensor<f32> {
  %0 = rondo.size %x dims = [1] : tensor<3x?x4xf32, #rondo.dims<["B"]>> -> tensor<f32>
  return %0 : tensor<f32>
}
