// Rewrites of rondo-simplify that save arithmetic and copies, and the cases that they leave alone.
// RUN: rondo-opt %s -rondo-simplify | FileCheck %s
// RUN: rondo-opt %s -rondo-simplify=disable=sum-over-queries | FileCheck %s --check-prefix=NO-SUM
// RUN: not rondo-opt %s -rondo-simplify=disable=cse,sum-over-querys 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// UNKNOWN: there is no rewrite 'sum-over-querys' to disable; there are cse, drop-unused-of-scan, fold-negated-operand, {{.*}}sum-over-queries

#B = #rondo.dims<["B"]>
#BT = #rondo.dims<["B", "T"]>
#BTS = #rondo.dims<["B", "T", "S"]>

// CHECK-LABEL: func.func @sum_over_queries
// CHECK-SAME: (%[[A:.*]]: tensor<?x?x?xf32, {{.*}}>, %[[H:.*]]: tensor<?x?x3xf32
// CHECK-NEXT: %[[SUM:.*]] = rondo.reduce sum %[[A]] dims = [1]
// CHECK-NEXT: %[[CONTEXT:.*]] = rondo.contract %[[SUM]], %[[H]] batch = [0] x [0] contract = [1] x [1] : {{.*}} -> tensor<?x3xf32
// CHECK-NEXT: return %[[CONTEXT]]
// NO-SUM-LABEL: func.func @sum_over_queries
// NO-SUM-NEXT: rondo.contract
// NO-SUM-NEXT: rondo.reduce sum
func.func @sum_over_queries(%a: tensor<?x?x?xf32, #BTS>, %h: tensor<?x?x3xf32, #rondo.dims<["B", "S"]>>) -> tensor<?x3xf32, #B> {
  %0 = rondo.contract %a, %h batch = [0] x [0] contract = [2] x [1] : (tensor<?x?x?xf32, #BTS>, tensor<?x?x3xf32, #rondo.dims<["B", "S"]>>) -> tensor<?x?x3xf32, #BT>
  %1 = rondo.reduce sum %0 dims = [1] : tensor<?x?x3xf32, #BT> -> tensor<?x3xf32, #B>
  return %1 : tensor<?x3xf32, #B>
}

// Both operands, whose dimensions stand in any order.
// CHECK-LABEL: func.func @sum_over_rows_and_columns
// CHECK-SAME: (%[[X:.*]]: tensor<7x4x2x5xf32>, %[[Y:.*]]: tensor<6x5x3x2xf32>)
// CHECK-NEXT: %[[XS:.*]] = rondo.reduce sum %[[X]] dims = [1] : tensor<7x4x2x5xf32> -> tensor<7x2x5xf32>
// CHECK-NEXT: %[[YS:.*]] = rondo.reduce sum %[[Y]] dims = [0] : tensor<6x5x3x2xf32> -> tensor<5x3x2xf32>
// CHECK-NEXT: rondo.contract %[[XS]], %[[YS]] batch = [1] x [2] contract = [2] x [0] : {{.*}} -> tensor<2x7x3xf32>
// CHECK-NEXT: return
func.func @sum_over_rows_and_columns(%x: tensor<7x4x2x5xf32>, %y: tensor<6x5x3x2xf32>) -> tensor<2x7x3xf32> {
  %0 = rondo.contract %x, %y batch = [2] x [3] contract = [3] x [1] : (tensor<7x4x2x5xf32>, tensor<6x5x3x2xf32>) -> tensor<2x7x4x6x3xf32>
  %1 = rondo.reduce sum %0 dims = [2, 3] : tensor<2x7x4x6x3xf32> -> tensor<2x7x3xf32>
  return %1 : tensor<2x7x3xf32>
}

// A sum over the batch has to wait for the product.
// CHECK-LABEL: func.func @sum_over_batch_too
// CHECK-NEXT: %[[XS:.*]] = rondo.reduce sum %arg0 dims = [1]
// CHECK-NEXT: %[[Z:.*]] = rondo.contract %[[XS]], %arg1 batch = [0] x [0] contract = [1] x [1] : {{.*}} -> tensor<2x6xf32>
// CHECK-NEXT: rondo.reduce sum %[[Z]] dims = [0] : tensor<2x6xf32> -> tensor<6xf32>
func.func @sum_over_batch_too(%x: tensor<2x4x5xf32>, %y: tensor<2x5x6xf32>) -> tensor<6xf32> {
  %0 = rondo.contract %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<2x4x5xf32>, tensor<2x5x6xf32>) -> tensor<2x4x6xf32>
  %1 = rondo.reduce sum %0 dims = [0, 1] : tensor<2x4x6xf32> -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// CHECK-LABEL: func.func @keep_a_sum_over_batch
// CHECK-NEXT: rondo.contract
// CHECK-NEXT: rondo.reduce sum
func.func @keep_a_sum_over_batch(%x: tensor<2x4x5xf32>, %y: tensor<2x5x6xf32>) -> tensor<4x6xf32> {
  %0 = rondo.contract %x, %y batch = [0] x [0] contract = [2] x [1] : (tensor<2x4x5xf32>, tensor<2x5x6xf32>) -> tensor<2x4x6xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<2x4x6xf32> -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// A sum over one row saves nothing.
// CHECK-LABEL: func.func @keep_a_sum_over_one
// CHECK-NEXT: rondo.contract
// CHECK-NEXT: rondo.reduce sum
func.func @keep_a_sum_over_one(%x: tensor<1x5xf32>, %y: tensor<5x6xf32>) -> tensor<6xf32> {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<1x5xf32>, tensor<5x6xf32>) -> tensor<1x6xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<1x6xf32> -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// CHECK-LABEL: func.func @keep_a_product_with_other_uses
// CHECK-NEXT: rondo.contract
// CHECK-NEXT: rondo.reduce sum
func.func @keep_a_product_with_other_uses(%x: tensor<4x5xf32>, %y: tensor<5x6xf32>) -> (tensor<4x6xf32>, tensor<6xf32>) {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %1 = rondo.reduce sum %0 dims = [0] : tensor<4x6xf32> -> tensor<6xf32>
  return %0, %1 : tensor<4x6xf32>, tensor<6xf32>
}

// CHECK-LABEL: func.func @keep_a_maximum
// CHECK-NEXT: rondo.contract
// CHECK-NEXT: rondo.reduce max
func.func @keep_a_maximum(%x: tensor<4x5xf32>, %y: tensor<5x6xf32>) -> tensor<6xf32> {
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  %1 = rondo.reduce max %0 dims = [0] : tensor<4x6xf32> -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// CHECK-LABEL: func.func @split_concat
// CHECK-SAME: (%[[X:.*]]: tensor<?x?x256xf32, {{.*}}>, %[[Y:.*]]: tensor<?x?x128xf32, {{.*}}>, %[[W:.*]]: tensor<384x4xf32>)
// CHECK-NEXT: %[[W1:.*]] = rondo.slice %[[W]] offsets = ["0", "0"] : tensor<384x4xf32> -> tensor<256x4xf32>
// CHECK-NEXT: %[[A:.*]] = rondo.contract %[[X]], %[[W1]] batch = [] x [] contract = [2] x [0]
// CHECK-NEXT: %[[W2:.*]] = rondo.slice %[[W]] offsets = ["256", "0"] : tensor<384x4xf32> -> tensor<128x4xf32>
// CHECK-NEXT: %[[B:.*]] = rondo.contract %[[Y]], %[[W2]] batch = [] x [] contract = [2] x [0]
// CHECK-NEXT: rondo.add %[[A]], %[[B]]
// CHECK-NEXT: return
func.func @split_concat(%x: tensor<?x?x256xf32, #BT>, %y: tensor<?x?x128xf32, #BT>, %w: tensor<384x4xf32>) -> tensor<?x?x4xf32, #BT> {
  %0 = rondo.concat %x, %y axis = 2 : tensor<?x?x256xf32, #BT>, tensor<?x?x128xf32, #BT> -> tensor<?x?x384xf32, #BT>
  %1 = rondo.contract %0, %w batch = [] x [] contract = [2] x [0] : (tensor<?x?x384xf32, #BT>, tensor<384x4xf32>) -> tensor<?x?x4xf32, #BT>
  return %1 : tensor<?x?x4xf32, #BT>
}

// The concat on the right, along time, whose parts have open sizes.
// CHECK-LABEL: func.func @split_concat_along_time
// CHECK: rondo.slice %arg0 offsets = ["0", "0"] : {{.*}} -> tensor<2x?xf32, #rondo.dims<["S"]>>
// CHECK: rondo.slice %arg0 offsets = ["0", "S"] : {{.*}} -> tensor<2x?xf32, #rondo.dims<["T"]>>
// CHECK-NOT: rondo.concat
func.func @split_concat_along_time(%w: tensor<2x?xf32, #rondo.dims<["S+T"]>>, %x: tensor<?x64xf32, #rondo.dims<["S"]>>, %y: tensor<?x64xf32, #rondo.dims<["T"]>>) -> tensor<2x64xf32> {
  %0 = rondo.concat %x, %y axis = 0 : tensor<?x64xf32, #rondo.dims<["S"]>>, tensor<?x64xf32, #rondo.dims<["T"]>> -> tensor<?x64xf32, #rondo.dims<["S+T"]>>
  %1 = rondo.contract %w, %0 batch = [] x [] contract = [1] x [0] : (tensor<2x?xf32, #rondo.dims<["S+T"]>>, tensor<?x64xf32, #rondo.dims<["S+T"]>>) -> tensor<2x64xf32>
  return %1 : tensor<2x64xf32>
}

// A wide weight costs more to take apart than the copy of two small batches.
// CHECK-LABEL: func.func @keep_concat_before_a_wide_layer
// CHECK-NEXT: rondo.concat
// CHECK-NEXT: rondo.contract
func.func @keep_concat_before_a_wide_layer(%x: tensor<?x8xf32, #B>, %y: tensor<?x8xf32, #B>, %w: tensor<16x64xf32>) -> tensor<?x64xf32, #B> {
  %0 = rondo.concat %x, %y axis = 1 : tensor<?x8xf32, #B>, tensor<?x8xf32, #B> -> tensor<?x16xf32, #B>
  %1 = rondo.contract %0, %w batch = [] x [] contract = [1] x [0] : (tensor<?x16xf32, #B>, tensor<16x64xf32>) -> tensor<?x64xf32, #B>
  return %1 : tensor<?x64xf32, #B>
}

// The copy is made anyway.
// CHECK-LABEL: func.func @keep_concat_with_other_uses
// CHECK-NEXT: rondo.concat
// CHECK-NEXT: rondo.contract
func.func @keep_concat_with_other_uses(%x: tensor<?x?x8xf32, #BT>, %y: tensor<?x?x8xf32, #BT>, %w: tensor<16x1xf32>) -> (tensor<?x?x1xf32, #BT>, tensor<?x?x16xf32, #BT>) {
  %0 = rondo.concat %x, %y axis = 2 : tensor<?x?x8xf32, #BT>, tensor<?x?x8xf32, #BT> -> tensor<?x?x16xf32, #BT>
  %1 = rondo.contract %0, %w batch = [] x [] contract = [2] x [0] : (tensor<?x?x16xf32, #BT>, tensor<16x1xf32>) -> tensor<?x?x1xf32, #BT>
  return %1, %0 : tensor<?x?x1xf32, #BT>, tensor<?x?x16xf32, #BT>
}

// Windows of neighbouring steps are no copies, and neither are those of zeros around a cotangent.
// CHECK-LABEL: func.func @keep_windows
// CHECK: rondo.concat
// CHECK-NEXT: rondo.contract
// CHECK-NOT: rondo.contract
func.func @keep_windows(%x: tensor<?x100x128xf32, #B>, %w: tensor<256x4xf32>) -> tensor<?x99x4xf32, #B> {
  %0 = rondo.slice %x offsets = ["0", "0", "0"] : tensor<?x100x128xf32, #B> -> tensor<?x99x128xf32, #B>
  %1 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x100x128xf32, #B> -> tensor<?x99x128xf32, #B>
  %2 = rondo.concat %0, %1 axis = 2 : tensor<?x99x128xf32, #B>, tensor<?x99x128xf32, #B> -> tensor<?x99x256xf32, #B>
  %3 = rondo.contract %2, %w batch = [] x [] contract = [2] x [0] : (tensor<?x99x256xf32, #B>, tensor<256x4xf32>) -> tensor<?x99x4xf32, #B>
  return %3 : tensor<?x99x4xf32, #B>
}

// On the right, where they would be copied, they do not come.
// CHECK-LABEL: func.func @keep_windows_on_the_left
// CHECK: %[[WINDOWS:.*]] = rondo.concat
// CHECK-NEXT: rondo.contract %[[WINDOWS]],
// CHECK-NEXT: rondo.transpose
func.func @keep_windows_on_the_left(%x: tensor<?x100x8xf32, #B>, %w: tensor<16x4xf32>) -> tensor<4x?x99xf32, #B> {
  %0 = rondo.slice %x offsets = ["0", "0", "0"] : tensor<?x100x8xf32, #B> -> tensor<?x99x8xf32, #B>
  %1 = rondo.slice %x offsets = ["0", "1", "0"] : tensor<?x100x8xf32, #B> -> tensor<?x99x8xf32, #B>
  %2 = rondo.concat %0, %1 axis = 2 : tensor<?x99x8xf32, #B>, tensor<?x99x8xf32, #B> -> tensor<?x99x16xf32, #B>
  %3 = rondo.contract %2, %w batch = [] x [] contract = [2] x [0] : (tensor<?x99x16xf32, #B>, tensor<16x4xf32>) -> tensor<?x99x4xf32, #B>
  %4 = rondo.transpose %3 perm = [2, 0, 1] : tensor<?x99x4xf32, #B> -> tensor<4x?x99xf32, #B>
  return %4 : tensor<4x?x99xf32, #B>
}

// The columns of the product belong to one step further each: the same sums, over windows of three
// cotangents around which there are zeros, with the columns of the last step first.
// CHECK-LABEL: func.func @gradient_of_windows
// CHECK-SAME: (%[[G:.*]]: tensor<?x98x16xf32, {{.*}}>, %[[R:.*]]: tensor<6x16xf32>, %[[Y:.*]]: tensor<?x100x2xf32
// CHECK-DAG: %[[ZEROS:.*]] = rondo.pad %[[G]] offsets = ["0", "2", "0"] : {{.*}} -> tensor<?x102x16xf32
// CHECK-DAG: %[[W0:.*]] = rondo.slice %[[ZEROS]] offsets = ["0", "0", "0"] : {{.*}} -> tensor<?x100x16xf32
// CHECK-DAG: %[[W1:.*]] = rondo.slice %[[ZEROS]] offsets = ["0", "1", "0"]
// CHECK-DAG: %[[W2:.*]] = rondo.slice %[[ZEROS]] offsets = ["0", "2", "0"]
// CHECK-DAG: %[[WINDOWS:.*]] = rondo.concat %[[W0]], %[[W1]], %[[W2]] axis = 2
// CHECK-DAG: %[[R0:.*]] = rondo.slice %[[R]] offsets = ["0", "0"] : {{.*}} -> tensor<2x16xf32>
// CHECK-DAG: %[[R1:.*]] = rondo.slice %[[R]] offsets = ["2", "0"]
// CHECK-DAG: %[[R2:.*]] = rondo.slice %[[R]] offsets = ["4", "0"]
// CHECK-DAG: %[[REVERSED:.*]] = rondo.concat %[[R2]], %[[R1]], %[[R0]] axis = 1
// CHECK: %[[PRODUCT:.*]] = rondo.contract %[[WINDOWS]], %[[REVERSED]] batch = [] x [] contract = [2] x [1]
// CHECK-NEXT: %[[SUM:.*]] = rondo.add %[[PRODUCT]], %[[Y]]
// CHECK-NEXT: return %[[SUM]]
func.func @gradient_of_windows(%g: tensor<?x98x16xf32, #B>, %r: tensor<6x16xf32>, %y: tensor<?x100x2xf32, #B>) -> tensor<?x100x2xf32, #B> {
  %p = rondo.contract %g, %r batch = [] x [] contract = [2] x [1] : (tensor<?x98x16xf32, #B>, tensor<6x16xf32>) -> tensor<?x98x6xf32, #B>
  %0 = rondo.slice %p offsets = ["0", "0", "0"] : tensor<?x98x6xf32, #B> -> tensor<?x98x2xf32, #B>
  %1 = rondo.slice %p offsets = ["0", "0", "2"] : tensor<?x98x6xf32, #B> -> tensor<?x98x2xf32, #B>
  %2 = rondo.slice %p offsets = ["0", "0", "4"] : tensor<?x98x6xf32, #B> -> tensor<?x98x2xf32, #B>
  %3 = rondo.pad %0 offsets = ["0", "0", "0"] : tensor<?x98x2xf32, #B> -> tensor<?x100x2xf32, #B>
  %4 = rondo.pad %1 offsets = ["0", "1", "0"] : tensor<?x98x2xf32, #B> -> tensor<?x100x2xf32, #B>
  %5 = rondo.pad %2 offsets = ["0", "2", "0"] : tensor<?x98x2xf32, #B> -> tensor<?x100x2xf32, #B>
  %6 = rondo.add %4, %5 : tensor<?x100x2xf32, #B>
  %7 = rondo.add %6, %y : tensor<?x100x2xf32, #B>
  %8 = rondo.add %7, %3 : tensor<?x100x2xf32, #B>
  return %8 : tensor<?x100x2xf32, #B>
}

// Of few steps and many features, too much would be multiplied with zeros.
// CHECK-LABEL: func.func @keep_gradient_of_few_windows
// CHECK-NOT: rondo.concat
func.func @keep_gradient_of_few_windows(%g: tensor<?x3x512xf32, #B>, %r: tensor<4x512xf32>) -> tensor<?x4x2xf32, #B> {
  %p = rondo.contract %g, %r batch = [] x [] contract = [2] x [1] : (tensor<?x3x512xf32, #B>, tensor<4x512xf32>) -> tensor<?x3x4xf32, #B>
  %0 = rondo.slice %p offsets = ["0", "0", "0"] : tensor<?x3x4xf32, #B> -> tensor<?x3x2xf32, #B>
  %1 = rondo.slice %p offsets = ["0", "0", "2"] : tensor<?x3x4xf32, #B> -> tensor<?x3x2xf32, #B>
  %3 = rondo.pad %0 offsets = ["0", "0", "0"] : tensor<?x3x2xf32, #B> -> tensor<?x4x2xf32, #B>
  %4 = rondo.pad %1 offsets = ["0", "1", "0"] : tensor<?x3x2xf32, #B> -> tensor<?x4x2xf32, #B>
  %5 = rondo.add %3, %4 : tensor<?x4x2xf32, #B>
  return %5 : tensor<?x4x2xf32, #B>
}

// The columns of the second step are set where those of the first belong.
// CHECK-LABEL: func.func @keep_sum_of_other_steps
// CHECK-NOT: rondo.concat
func.func @keep_sum_of_other_steps(%g: tensor<?x98x16xf32, #B>, %r: tensor<4x16xf32>) -> tensor<?x99x2xf32, #B> {
  %p = rondo.contract %g, %r batch = [] x [] contract = [2] x [1] : (tensor<?x98x16xf32, #B>, tensor<4x16xf32>) -> tensor<?x98x4xf32, #B>
  %0 = rondo.slice %p offsets = ["0", "0", "2"] : tensor<?x98x4xf32, #B> -> tensor<?x98x2xf32, #B>
  %1 = rondo.slice %p offsets = ["0", "0", "0"] : tensor<?x98x4xf32, #B> -> tensor<?x98x2xf32, #B>
  %3 = rondo.pad %0 offsets = ["0", "0", "0"] : tensor<?x98x2xf32, #B> -> tensor<?x99x2xf32, #B>
  %4 = rondo.pad %1 offsets = ["0", "1", "0"] : tensor<?x98x2xf32, #B> -> tensor<?x99x2xf32, #B>
  %5 = rondo.add %3, %4 : tensor<?x99x2xf32, #B>
  return %5 : tensor<?x99x2xf32, #B>
}
