// What the passes refuse, and what the verifiers of kernel ops say.
// RUN: rondo-opt %s -rondo-to-kernel -rondo-bufferize -rondo-plan-arena -split-input-file -verify-diagnostics

// expected-error @below {{the module has no @forward}}
module {
}

// -----

// expected-error @below {{no update kernel for the optimizer 'muon'}}
module attributes {rondo.symbols = [], rondo.optimizer = {name = "muon", learning_rate = 1.0 : f64}} {
func.func @forward() { return }
}

// -----

module attributes {rondo.symbols = []} {
func.func @forward() { return }
// expected-error @below {{argument 0 of @evaluate has no place in the calling convention}}
func.func @evaluate(%x: tensor<3xf32>) { return }
}

// -----

module attributes {rondo.symbols = []} {
func.func @forward(%x: tensor<2xf32> {rondo.input = "x"}) -> (tensor<2xf32> {rondo.output = "y"}) {
  // expected-error @below {{f64 is for the reference interpreter}}
  %0 = rondo.cast %x : tensor<2xf32> -> tensor<2xf64>
  %1 = rondo.cast %0 : tensor<2xf64> -> tensor<2xf32>
  return %1 : tensor<2xf32>
}
}

// -----

func.func @map_span(%x: memref<4xf32>, %y: memref<3x4xf32>) {
  // expected-error @below {{operand 0 does not fit dimension 0 of the destination}}
  kernel.map ins(%x : memref<4xf32>) outs(%y : memref<3x4xf32>) operand_dims = [[0]] {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return
}

// -----

func.func @map_order(%x: memref<4x3xf32>, %y: memref<3x4xf32>) {
  // expected-error @below {{operand 0 needs strictly increasing dimensions}}
  kernel.map ins(%x : memref<4x3xf32>) outs(%y : memref<3x4xf32>) operand_dims = [[1, 0]] {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return
}

// -----

func.func @map_region(%x: memref<4xf32>, %y: memref<4xi32>) {
  // expected-error @below {{region must yield one element of the destination}}
  kernel.map ins(%x : memref<4xf32>) outs(%y : memref<4xi32>) operand_dims = [[0]] {
  ^bb0(%a: f32):
    kernel.yield %a : f32
  }
  return
}

// -----

func.func @matmul_shapes(%x: memref<4x3xf32>, %y: memref<4x5xf32>, %z: memref<4x5xf32>) {
  // expected-error @below {{shapes do not agree}}
  kernel.matmul ins(%x, %y : memref<4x3xf32>, memref<4x5xf32>) outs(%z : memref<4x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64}
  return
}

// -----

func.func @matmul_mask(%x: memref<4x3xf32>, %y: memref<3x5xf32>, %m: memref<3xi8>, %z: memref<4x5xf32>) {
  // expected-error @below {{mask must have the shape (4)}}
  kernel.matmul ins(%x, %y : memref<4x3xf32>, memref<3x5xf32>) mask(%m : memref<3xi8>) outs(%z : memref<4x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64}
  return
}

// -----

func.func @matmul_mask_of_steps(%x: memref<3x4xf32>, %y: memref<3x5xf32>, %m: memref<4xi8>, %z: memref<4x5xf32>) {
  // expected-error @below {{mask must have the shape (3)}}
  kernel.matmul ins(%x, %y : memref<3x4xf32>, memref<3x5xf32>) mask(%m : memref<4xi8>) outs(%z : memref<4x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64, transpose_lhs}
  return
}

// -----

func.func @matmul_mask_with_batch(%x: memref<2x4x3xf32>, %y: memref<2x3x5xf32>, %m: memref<4xi8>, %z: memref<2x4x5xf32>) {
  // expected-error @below {{has a mask and a batch}}
  kernel.matmul ins(%x, %y : memref<2x4x3xf32>, memref<2x3x5xf32>) mask(%m : memref<4xi8>) outs(%z : memref<2x4x5xf32>)
    {extra_dims = [], num_batch = 1 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64}
  return
}

// -----

func.func @matmul_windows_of_more_steps(%x: memref<2x8x3xf32>, %y: memref<6x5xf32>, %z: memref<2x6x5xf32>) {
  // expected-error @below {{shapes do not agree}}
  kernel.matmul ins(%x, %y : memref<2x8x3xf32>, memref<6x5xf32>) outs(%z : memref<2x6x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 1 : i64, num_m = 2 : i64, num_n = 1 : i64, window = 2 : i64}
  return
}

// -----

func.func @matmul_windows_of_other_width(%x: memref<2x8x3xf32>, %y: memref<2x7x5xf32>, %z: memref<5x5xf32>) {
  // expected-error @below {{shapes do not agree}}
  kernel.matmul ins(%x, %y : memref<2x8x3xf32>, memref<2x7x5xf32>) outs(%z : memref<5x5xf32>)
    {extra_dims = [], num_batch = 0 : i64, num_k = 2 : i64, num_m = 1 : i64, num_n = 1 : i64, transpose_lhs, window = 2 : i64}
  return
}

// -----

func.func @matmul_windows_with_batch(%x: memref<2x8x3xf32>, %y: memref<2x6x5xf32>, %z: memref<2x7x5xf32>) {
  // expected-error @below {{windows are of two dimensions, without batch or mask}}
  kernel.matmul ins(%x, %y : memref<2x8x3xf32>, memref<2x6x5xf32>) outs(%z : memref<2x7x5xf32>)
    {extra_dims = [], num_batch = 1 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64, window = 2 : i64}
  return
}

// -----

func.func @matmul_groups(%x: memref<4x3xf32>, %y: memref<3x5xf32>, %z: memref<4x5xf32>) {
  // expected-error @below {{groups of dimensions do not add up to the ranks}}
  kernel.matmul ins(%x, %y : memref<4x3xf32>, memref<3x5xf32>) outs(%z : memref<4x5xf32>)
    {extra_dims = [], num_batch = 1 : i64, num_k = 1 : i64, num_m = 1 : i64, num_n = 1 : i64}
  return
}

// -----

func.func @reduce_dims(%x: memref<4x3xf32>, %y: memref<4xf32>) {
  // expected-error @below {{destination must have the remaining dimensions}}
  kernel.reduce sum ins(%x : memref<4x3xf32>) outs(%y : memref<4xf32>) first = 0 count = 1
  return
}

// -----

func.func @lstm_pack_lanes(%k: memref<4x36xf32>, %r: memref<9x36xf32>, %p: memref<1x14x4x8xf32>) {
  // expected-error @below {{the destination must have the shape (2, 14, 4, 8)}}
  kernel.lstm_pack ins(%k, %r : memref<4x36xf32>, memref<9x36xf32>) outs(%p : memref<1x14x4x8xf32>) {activation = #rondo.activation<tanh>, recurrent_activation = #rondo.activation<sigmoid>}
  return
}

// -----

func.func @lstm_forward_states(%x: memref<?x?x4xf32>, %p: memref<2x14x4x8xf32>, %s: memref<?x?x9xf32>, %h: memref<?x8xf32>, %z: memref<2x16x4x8xf32>) {
  // expected-error @below {{last_h must have the shape (?, 9)}}
  kernel.lstm_forward(%x, %p, %s, %h, %h, %z) {activation = #rondo.activation<tanh>, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 4>, recurrent_activation = #rondo.activation<sigmoid>}
    : (memref<?x?x4xf32>, memref<2x14x4x8xf32>, memref<?x?x9xf32>, memref<?x8xf32>, memref<?x8xf32>, memref<2x16x4x8xf32>) -> ()
  return
}

// -----

func.func @lstm_segments_gates(%x: memref<2x9x3xf32>, %p: memref<1x6x4x8xf32>, %r: memref<1x1x4x8x16xf32>, %s: memref<2x4x4xf32>, %h: memref<2x2xf32>, %rows: memref<2x3x2xf32>, %z: memref<1x16x4x8xf32>) {
  // expected-error @below {{gates must have the shape (2, 2, 3, 2, 8)}}
  kernel.lstm_segments(%x, %p, %r, %s, %h, %h, %h, %rows, %h, %h, %z, %rows, %rows, %rows, %rows) {activation = #rondo.activation<tanh>, operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0, 0, 1, 0, 10>, recurrent_activation = #rondo.activation<sigmoid>, wanted = array<i1: false, false, false, false>}
    : (memref<2x9x3xf32>, memref<1x6x4x8xf32>, memref<1x1x4x8x16xf32>, memref<2x4x4xf32>, memref<2x2xf32>, memref<2x2xf32>, memref<2x2xf32>, memref<2x3x2xf32>, memref<2x2xf32>, memref<2x2xf32>, memref<1x16x4x8xf32>, memref<2x3x2xf32>, memref<2x3x2xf32>, memref<2x3x2xf32>, memref<2x3x2xf32>) -> ()
  return
}

// -----

func.func @pack_transposed_strips(%r: memref<9x36xf32>, %p: memref<1x2x4x8x8xf32>) {
  // expected-error @below {{the destination must have the shape (1, 2, 4, 8, 16)}}
  kernel.pack_transposed ins(%r : memref<9x36xf32>) outs(%p : memref<1x2x4x8x8xf32>)
  return
}

// -----

func.func @pack_transposed_gates(%r: memref<9x28xf32>, %p: memref<1x2x3x8x16xf32>) {
  // expected-error @below {{needs weights of as many gates as the destination has in dimension 2}}
  kernel.pack_transposed ins(%r : memref<9x28xf32>) outs(%p : memref<1x2x3x8x16xf32>)
  return
}

// -----

func.func @rnn_pack_gates(%r: memref<9x36xf32>, %p: memref<2x10x3x8xf32>) {
  // expected-error @below {{recurrent_kernel must have the shape (9, 27)}}
  kernel.rnn_pack ins(%r : memref<9x36xf32>) outs(%p : memref<2x10x3x8xf32>)
  return
}

// -----

func.func @rnn_forward_sums(%x: memref<?x?x9xf32>, %p: memref<2x10x3x8xf32>, %h: memref<?x9xf32>, %s: memref<?x?x9xf32>) {
  // expected-error @below {{sums must have the shape (?, ?, 27)}}
  kernel.rnn_forward(%x, %p, %h, %s, %h) {activation = #rondo.activation<tanh>, cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<sigmoid>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 2>}
    : (memref<?x?x9xf32>, memref<2x10x3x8xf32>, memref<?x9xf32>, memref<?x?x9xf32>, memref<?x9xf32>) -> ()
  return
}

// -----

func.func @rnn_forward_mask(%x: memref<4x5x27xf32>, %p: memref<2x10x3x8xf32>, %h: memref<4x9xf32>, %m: memref<4x6xi8>, %s: memref<4x5x9xf32>) {
  // expected-error @below {{mask must have the shape (4, 5)}}
  kernel.rnn_forward(%x, %p, %h, %m, %s, %h) {activation = #rondo.activation<tanh>, cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<sigmoid>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 2>}
    : (memref<4x5x27xf32>, memref<2x10x3x8xf32>, memref<4x9xf32>, memref<4x6xi8>, memref<4x5x9xf32>, memref<4x9xf32>) -> ()
  return
}

// -----

func.func @rnn_backward_destinations(%r: memref<1x2x3x8x16xf32>, %g: memref<?x?x36xf32>, %s: memref<?x?x9xf32>, %h: memref<?x9xf32>, %d: memref<?x?x27xf32>, %n: memref<2x?x2x3x8xf32>) {
  // expected-error @below {{needs 3 destinations, of a gru 4}}
  kernel.rnn_backward(%r, %g, %s, %h, %s, %d, %h, %n) {activation = #rondo.activation<tanh>, cell = #rondo.rnn_cell<gru>, recurrent_activation = #rondo.activation<sigmoid>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 1, 0, 3>}
    : (memref<1x2x3x8x16xf32>, memref<?x?x36xf32>, memref<?x?x9xf32>, memref<?x9xf32>, memref<?x?x9xf32>, memref<?x?x27xf32>, memref<?x9xf32>, memref<2x?x2x3x8xf32>) -> ()
  return
}

// -----

func.func @lstm_weight_gradient_wanted(%x: memref<2x9x3xf32>, %s: memref<2x9x2xf32>, %dz: memref<2x2x9x2x8xf32>, %k: memref<3x8xf32>) {
  // expected-error @below {{needs a destination for each of 3 gradients that is wanted}}
  kernel.lstm_weight_gradient(%x, %s, %dz, %k) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 1, 1>, wanted = array<i1: true, true, false>}
    : (memref<2x9x3xf32>, memref<2x9x2xf32>, memref<2x2x9x2x8xf32>, memref<3x8xf32>) -> ()
  return
}

// -----

func.func @lstm_input_gradient_rows(%k: memref<1x1x4x8x16xf32>, %dz: memref<2x2x9x2x8xf32>, %dx: memref<2x8x3xf32>) {
  // expected-error @below {{dz must have the shape (2, 2, 8, 2, 8)}}
  kernel.lstm_input_gradient ins(%k, %dz : memref<1x1x4x8x16xf32>, memref<2x2x9x2x8xf32>) outs(%dx : memref<2x8x3xf32>)
  return
}

// -----

func.func @lstm_segments_wanted(%x: memref<2x9x3xf32>, %p: memref<1x6x4x8xf32>, %r: memref<1x1x4x8x16xf32>, %s: memref<2x4x4xf32>, %h: memref<2x2xf32>) {
  // expected-error @below {{needs 10 destinations and one for each of 4 gradients that is wanted}}
  kernel.lstm_segments(%x, %p, %r, %s, %h, %h, %h) {activation = #rondo.activation<tanh>, operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0, 0, 1, 0, 2>, recurrent_activation = #rondo.activation<sigmoid>, wanted = array<i1: false, false, false, true>}
    : (memref<2x9x3xf32>, memref<1x6x4x8xf32>, memref<1x1x4x8x16xf32>, memref<2x4x4xf32>, memref<2x2xf32>, memref<2x2xf32>, memref<2x2xf32>) -> ()
  return
}

// -----

func.func @scratch_for_each_block(%g: memref<16480xf32>, %s: memref<1xf32>) {
  // expected-error @below {{scratch must have the shape (2)}}
  kernel.clip_norm(%g, %s) {limit = 1.0 : f64, segments = array<i64: 0, 16480>} : memref<16480xf32>, memref<1xf32>
  return
}

// -----

func.func @segments_in_order(%g: memref<16480xf32>, %s: memref<1xf32>) {
  // expected-error @below {{needs the bounds of at least one segment, in order}}
  kernel.clip_norm(%g, %s) {limit = 1.0 : f64, segments = array<i64: 32, 16>} : memref<16480xf32>, memref<1xf32>
  return
}

// -----

func.func @scratch_for_both_norms(%w: memref<48xf32>, %s: memref<2xf32>, %rate: memref<f32>, %step: memref<i64>) {
  // expected-error @below {{scratch must have the shape (4)}}
  kernel.trust_step(%w, %w, %s, %rate, %step) {accumulation = 1 : i64, segments = array<i64: 0, 16, 48>} : memref<48xf32>, memref<48xf32>, memref<2xf32>, memref<f32>, memref<i64>
  return
}

// -----

// Constraints are of what an update changes.
module attributes {rondo.symbols = [], rondo.optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64}} {
func.func @forward(%a: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "a", initializer = {name = "zeros"}, trainable = false>}) {
  return
}
func.func @train_step() {
  return
}
// expected-error @below {{takes trainable parameters only}}
func.func @constraints(%a: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "a", initializer = {name = "zeros"}, trainable = false>})
    -> (tensor<3xf32> {rondo.update_of = "a"}) {
  return %a : tensor<3xf32>
}
}

// -----

// What @forward moves is state, at the end of it.
// expected-error @below {{@forward updates 'w', which is trainable}}
module attributes {rondo.symbols = []} {
func.func @forward(%w: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "w", initializer = {name = "zeros"}, trainable = true>})
    -> (tensor<3xf32> {rondo.update_of = "w"}) {
  return %w : tensor<3xf32>
}
}

// -----

// expected-error @below {{'mean' stands behind a parameter that @forward updates}}
module attributes {rondo.symbols = []} {
func.func @forward(%h: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "h", initializer = {name = "zeros"}, trainable = false>},
                   %mean: tensor<3xf32> {rondo.parameter = #rondo.parameter<path = "mean", initializer = {name = "zeros"}, trainable = false>})
    -> (tensor<3xf32> {rondo.update_of = "h"}) {
  return %h : tensor<3xf32>
}
}

// -----

// expected-error @below {{@forward updates 'h', which is no parameter}}
module attributes {rondo.symbols = []} {
func.func @forward(%x: tensor<3xf32> {rondo.input = "h"}) -> (tensor<3xf32> {rondo.update_of = "h"}) {
  return %x : tensor<3xf32>
}
}

// -----

// Choices that rondo-choose-kernels does not make.
module attributes {rondo.symbols = []} {
func.func @forward(%x: tensor<2x5x4xf32> {rondo.input = "x"}, %k: tensor<4x12xf32> {rondo.input = "k"},
                   %r: tensor<3x12xf32> {rondo.input = "r"}, %u: tensor<2x5xf32> {rondo.input = "u"},
                   %v: tensor<2x5xf32> {rondo.input = "v"}) -> (tensor<2x3xf32> {rondo.output = "y"}) {
  %m = rondo.compare gt %u, %v : tensor<2x5xf32> -> tensor<2x5xi1>
  // expected-error @below {{oneDNN cannot compute this LSTM: it has a mask}}
  %s, %h, %c = rondo.lstm %x, %k, %r mask(%m : tensor<2x5xi1>) {rondo.impl = "onednn"} : tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  return %h : tensor<2x3xf32>
}
}

// -----

module attributes {rondo.symbols = []} {
func.func @forward(%x: tensor<2x5x4xf32> {rondo.input = "x"}, %k: tensor<4x12xf32> {rondo.input = "k"},
                   %r: tensor<3x12xf32> {rondo.input = "r"}) -> (tensor<2x3xf32> {rondo.output = "y"}) {
  // expected-error @below {{oneDNN cannot compute this LSTM: its recurrent activation is hard_sigmoid}}
  %s, %h, %c = rondo.lstm %x, %k, %r {recurrent_activation = #rondo.activation<hard_sigmoid>, rondo.impl = "onednn"} : tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  return %h : tensor<2x3xf32>
}
}

// -----

module attributes {rondo.symbols = []} {
func.func @forward(%x: tensor<2x5x4xf32> {rondo.input = "x"}, %k: tensor<4x12xf32> {rondo.input = "k"},
                   %r: tensor<3x12xf32> {rondo.input = "r"}, %d: tensor<2x3xf32> {rondo.input = "d"})
    -> (tensor<3x12xf32> {rondo.output = "y"}) {
  // expected-error @below {{the gradient of oneDNN's LSTM has to be oneDNN's too}}
  %s, %h, %c, %g, %cs = rondo.lstm %x, %k, %r {rondo.impl = "onednn"} : tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>
    -> tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x5x12xf32>, tensor<2x5x3xf32>
  %dx, %dk, %dr = rondo.lstm_grad %x, %k, %r d_last_h(%d : tensor<2x3xf32>)
      cache(%s, %g, %cs : tensor<2x5x3xf32>, tensor<2x5x12xf32>, tensor<2x5x3xf32>) {rondo.impl = "generated"}
      : tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32> -> tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>
  return %dr : tensor<3x12xf32>
}
}
