// One violation for each numbered constraint of RondoBase.td and RondoOps.td,
// in a function of that name.
// RUN: rondo-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'rondo.output' is no attribute of an argument; known are rondo.input, rondo.parameter, rondo.target, rondo.sample_weight}}
func.func @model_c1_argument(%x: tensor<4xf32> {rondo.output = "y"}) { return }

// -----

// expected-error @+1 {{'rondo.input' is no attribute of a result; known are rondo.output, rondo.loss}}
func.func @model_c1_result(%x: tensor<4xf32>) -> (tensor<4xf32> {rondo.input = "x"}) { return %x : tensor<4xf32> }

// -----

// expected-error @+1 {{'rondo.symbols' is no attribute of an op; known are rondo.optimizer, rondo.residual, rondo.impl, rondo.weights, rondo.recompute_of}}
func.func @model_c1_function() attributes {rondo.symbols = ["B"]} { return }

// -----

// expected-error @+1 {{'rondo.loss' is no attribute of a module; known are rondo.symbols, rondo.optimizer}}
module @model_c1_module attributes {rondo.loss} {}

// -----

// expected-error @+1 {{'rondo.input' is unit but has to be a string}}
func.func @model_c2_string(%x: tensor<4xf32> {rondo.input}) { return }

// -----

// expected-error @+1 {{'rondo.parameter' is "dense/kernel" but has to be #rondo.parameter}}
func.func @model_c2_parameter(%x: tensor<4xf32> {rondo.parameter = "dense/kernel"}) { return }

// -----

// expected-error @+1 {{'rondo.loss' is "loss" but has to be a unit attribute}}
func.func @model_c2_loss(%x: tensor<f32>) -> (tensor<f32> {rondo.loss = "loss"}) { return %x : tensor<f32> }

// -----

// expected-error @+1 {{'rondo.symbols' is ["B", 3] but has to be an array of strings}}
module @model_c2_symbols attributes {rondo.symbols = ["B", 3]} {}

// -----

// expected-error @+1 {{has to be a dictionary of a name and f64 hyperparameters}}
module @model_c2_optimizer_number attributes {rondo.optimizer = {name = "sgd", learning_rate = 1.0 : f32}} {}

// -----

// expected-error @+1 {{has to be a dictionary of a name and f64 hyperparameters}}
module @model_c2_optimizer_name attributes {rondo.optimizer = {learning_rate = 1.0 : f64}} {}

// -----

// expected-error @+1 {{has to be a dictionary of a name and f64 hyperparameters}}
module @model_c2_optimizer_undecayed attributes {rondo.optimizer = {name = "sgd", undecayed = [3]}} {}

// -----

func.func @model_c2_residual(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'rondo.residual' is "forget" but has to be "save", "recompute" or "segments"}}
  %0 = rondo.tanh %x {rondo.residual = "forget"} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @model_c2_impl(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @+1 {{'rondo.impl' is "auto" but has to be "generated" or "onednn"}}
  %0 = rondo.contract %x, %x batch = [] x [] contract = [1] x [0] {rondo.impl = "auto"} : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

func.func @model_c2_weights(%x: tensor<2x3x5xf32>, %k: tensor<5x4xf32>, %r: tensor<1x4xf32>) -> tensor<2x1xf32> {
  // expected-error @+1 {{'rondo.weights' is "f16" but has to be "bf16", of a rondo.lstm}}
  %s, %h, %c = rondo.lstm %x, %k, %r {rondo.weights = "f16"} : tensor<2x3x5xf32>, tensor<5x4xf32>, tensor<1x4xf32> -> tensor<2x3x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
  return %h : tensor<2x1xf32>
}

// -----

func.func @model_c2_weights_op(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'rondo.weights' is "bf16" but has to be "bf16", of a rondo.lstm}}
  %0 = rondo.tanh %x {rondo.weights = "bf16"} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{#rondo.dims has 1 symbols, but the shape has 2 dynamic dimensions}}
func.func @dims_c1(%x: tensor<?x?xf32, #rondo.dims<["B"]>>) { return }

// -----

// expected-error @+1 {{"T+B" is spelled "B+T" in canonical form}}
func.func @dims_c2_canonical(%x: tensor<?xf32, #rondo.dims<["T+B"]>>) { return }

// -----

// expected-error @+1 {{"3" is a constant; it belongs into the shape}}
func.func @dims_c2_constant(%x: tensor<?xf32, #rondo.dims<["3"]>>) { return }

// -----

// expected-error @+1 {{"B / 2" is not a sum of products of integers and symbols}}
func.func @dims_c2_spelling(%x: tensor<?xf32, #rondo.dims<["B / 2"]>>) { return }

// -----

// expected-error @+1 {{a tensor without dynamic dimensions has no #rondo.dims}}
func.func @dims_c3(%x: tensor<3xf32, #rondo.dims<["B"]>>) { return }

// -----

func.func @unnamed_dimension(%x: tensor<?xf32>) {
  // expected-error @+1 {{operand #0 must be f32 or f64 tensor with a symbol for each dynamic dimension, but got 'tensor<?xf32>'}}
  %0 = rondo.neg %x : tensor<?xf32>
  return
}

// -----

func.func @same_types(%x: tensor<?x4xf32, #rondo.dims<["B"]>>, %y: tensor<?x4xf32, #rondo.dims<["T"]>>) {
  // expected-error @+1 {{all of {lhs, rhs, result} have same type}}
  %0 = "rondo.add"(%x, %y) : (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["T"]>>) -> tensor<?x4xf32, #rondo.dims<["B"]>>
  return
}

// -----

func.func @select_c1(%c: tensor<?xi1, #rondo.dims<["B"]>>, %x: tensor<?xf32, #rondo.dims<["T"]>>) {
  // expected-error @+1 {{condition is (B) but the values are (T)}}
  %0 = rondo.select %c, %x, %x : tensor<?xi1, #rondo.dims<["B"]>>, tensor<?xf32, #rondo.dims<["T"]>>
  return
}

// -----

func.func @cast_c1(%x: tensor<3xi32>) {
  // expected-error @+1 {{operand is (3) but the result is (4)}}
  %0 = rondo.cast %x : tensor<3xi32> -> tensor<4xf32>
  return
}

// -----

func.func @cast_c2(%x: tensor<3xf32>) {
  // expected-error @+1 {{result #0 must be}}
  %0 = rondo.cast %x : tensor<3xf32> -> tensor<3xi32>
  return
}

// -----

func.func @broadcast_c1_number(%x: tensor<3xf32>) {
  // expected-error @+1 {{dimensions [0, 1] do not match the operand's 1 dimensions}}
  %0 = rondo.broadcast %x dims = [0, 1] : tensor<3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @broadcast_c1_order(%x: tensor<3x3xf32>) {
  // expected-error @+1 {{dimensions [1, 0] are not increasing dimensions of the result (3, 3)}}
  %0 = rondo.broadcast %x dims = [1, 0] : tensor<3x3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @broadcast_c1_range(%x: tensor<3xf32>) {
  // expected-error @+1 {{dimensions [2] are not increasing dimensions of the result (3, 3)}}
  %0 = rondo.broadcast %x dims = [2] : tensor<3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @broadcast_c2(%x: tensor<?xf32, #rondo.dims<["B"]>>) {
  // expected-error @+1 {{operand dimension 0 is B, neither 1 nor the T of result dimension 1}}
  %0 = rondo.broadcast %x dims = [1] : tensor<?xf32, #rondo.dims<["B"]>> -> tensor<?x?xf32, #rondo.dims<["B", "T"]>>
  return
}

// -----

func.func @broadcast_c3(%x: tensor<3xi32>) {
  // expected-error @+1 {{operand has elements 'i32' but the result has 'f32'}}
  %0 = rondo.broadcast %x dims = [1] : tensor<3xi32> -> tensor<2x3xf32>
  return
}

// -----

func.func @reshape_c1(%x: tensor<?x4xf32, #rondo.dims<["B"]>>) {
  // expected-error @+1 {{operand (B, 4) has 4*B elements but the result (B, 2) has 2*B}}
  %0 = rondo.reshape %x : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  return
}

// -----

func.func @reshape_c2(%x: tensor<4xi32>) {
  // expected-error @+1 {{operand has elements 'i32' but the result has 'f32'}}
  %0 = rondo.reshape %x : tensor<4xi32> -> tensor<2x2xf32>
  return
}

// -----

func.func @transpose_c1_twice(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{[1, 1] is not a permutation of the 2 dimensions of the operand}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.transpose %x perm = [1, 1] : tensor<3x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @transpose_c1_number(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{[0] is not a permutation of the 2 dimensions of the operand}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.transpose %x perm = [0] : tensor<3x4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @transpose_result(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{are incompatible with return type(s)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.transpose %x perm = [1, 0] : tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @slice_c1_rank(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{operand has 2 dimensions but the result has 1}}
  %0 = rondo.slice %x offsets = ["0", "0"] : tensor<3x4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @slice_c1_offsets(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{has 1 offsets for 2 dimensions}}
  %0 = rondo.slice %x offsets = ["0"] : tensor<3x4xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @slice_c1_element(%x: tensor<3xi32>) {
  // expected-error @+1 {{operand has elements 'i32' but the result has 'f32'}}
  %0 = rondo.slice %x offsets = ["0"] : tensor<3xi32> -> tensor<2xf32>
  return
}

// -----

func.func @slice_c1_strides(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{has 1 strides for 2 dimensions}}
  %0 = rondo.slice %x offsets = ["0", "0"] strides = [2] : tensor<3x4xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @slice_c2_not_an_offset(%x: tensor<3xf32>) {
  // expected-error @+1 {{offset 'T/2' is no polynomial over symbols}}
  %0 = rondo.slice %x offsets = ["T/2"] : tensor<3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @slice_c2_spelling(%x: tensor<?xf32, #rondo.dims<["T"]>>) {
  // expected-error @+1 {{offset '-1+T' is not in canonical spelling, 'T-1'}}
  %0 = rondo.slice %x offsets = ["-1+T"] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<1xf32>
  return
}

// -----

func.func @slice_c2_strides(%x: tensor<3xf32>) {
  // expected-error @+1 {{strides [-1] are not positive}}
  %0 = rondo.slice %x offsets = ["2"] strides = [-1] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @slice_c3_strides(%x: tensor<6xf32>) {
  // expected-error @+1 {{dimension 0: 3 elements from 2 are not inside the operand's 6}}
  %0 = rondo.slice %x offsets = ["2"] strides = [2] : tensor<6xf32> -> tensor<3xf32>
  return
}

// -----

func.func @slice_c3_end(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{dimension 1: 2 elements from 3 are not inside the operand's 4}}
  %0 = rondo.slice %x offsets = ["0", "3"] : tensor<3x4xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @slice_c3_symbol(%x: tensor<?xf32, #rondo.dims<["T"]>>) {
  // expected-error @+1 {{dimension 0: T-1 elements from 2 are not inside the operand's T}}
  %0 = rondo.slice %x offsets = ["2"] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<?xf32, #rondo.dims<["T-1"]>>
  return
}

// -----

func.func @slice_c3_from_end(%x: tensor<?xf32, #rondo.dims<["T"]>>) {
  // expected-error @+1 {{dimension 0: 2 elements from T-1 are not inside the operand's T}}
  %0 = rondo.slice %x offsets = ["T-1"] : tensor<?xf32, #rondo.dims<["T"]>> -> tensor<2xf32>
  return
}

// -----

func.func @slice_c3_before_begin(%x: tensor<3xf32>) {
  // expected-error @+1 {{dimension 0: 1 elements from -1 are not inside the operand's 3}}
  %0 = rondo.slice %x offsets = ["-1"] : tensor<3xf32> -> tensor<1xf32>
  return
}

// -----

func.func @slice_c3_whole(%x: tensor<?x4xf32, #rondo.dims<["B"]>>) {
  // expected-error @+1 {{dimension 0: B elements from 1 are not inside the operand's B}}
  %0 = rondo.slice %x offsets = ["1", "0"] : tensor<?x4xf32, #rondo.dims<["B"]>> -> tensor<?x2xf32, #rondo.dims<["B"]>>
  return
}

// -----

func.func @pad_c1(%x: tensor<3xf32>) {
  // expected-error @+1 {{has 2 offsets for 1 dimensions}}
  %0 = rondo.pad %x offsets = ["0", "0"] : tensor<3xf32> -> tensor<4xf32>
  return
}

// -----

func.func @pad_c2(%x: tensor<3xf32>) {
  // expected-error @+1 {{strides [0] are not positive}}
  %0 = rondo.pad %x offsets = ["0"] strides = [0] : tensor<3xf32> -> tensor<4xf32>
  return
}

// -----

func.func @pad_c3(%x: tensor<3xf32>) {
  // expected-error @+1 {{dimension 0: the operand's 3 elements set at 2 are not inside the result's 4}}
  %0 = rondo.pad %x offsets = ["2"] : tensor<3xf32> -> tensor<4xf32>
  return
}

// -----

func.func @reverse_c1_increasing(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{dimensions [1, 0] are not increasing dimensions of the operand (3, 4)}}
  %0 = rondo.reverse %x dims = [1, 0] : tensor<3x4xf32>
  return
}

// -----

func.func @reverse_c1_range(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{dimensions [2] are not increasing dimensions of the operand (3, 4)}}
  %0 = rondo.reverse %x dims = [2] : tensor<3x4xf32>
  return
}

// -----

func.func @concat_c1_nothing() {
  // expected-error @+2 {{concat needs an operand}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = "rondo.concat"() {axis = 0 : i64} : () -> tensor<3xf32>
  return
}

// -----

func.func @concat_c1_other_dimension(%x: tensor<3x4xf32>, %y: tensor<2x4xf32>) {
  // expected-error @+2 {{operand 1 is 'tensor<2x4xf32>', which differs from operand 0, 'tensor<3x4xf32>', not only along axis 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.concat %x, %y axis = 1 : tensor<3x4xf32>, tensor<2x4xf32> -> tensor<3x8xf32>
  return
}

// -----

func.func @concat_c1_rank(%x: tensor<3x4xf32>, %y: tensor<3xf32>) {
  // expected-error @+2 {{operand 1 is 'tensor<3xf32>', which differs from operand 0, 'tensor<3x4xf32>', not only along axis 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.concat %x, %y axis = 1 : tensor<3x4xf32>, tensor<3xf32> -> tensor<3x8xf32>
  return
}

// -----

func.func @concat_c2(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{axis 2 is not a dimension of the operand (3, 4)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.concat %x, %x axis = 2 : tensor<3x4xf32>, tensor<3x4xf32> -> tensor<3x8xf32>
  return
}

// -----

func.func @size_c1(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{[0, 0] are not distinct dimensions of the operand (3, 4)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.size %x dims = [0, 0] : tensor<3x4xf32> -> tensor<f32>
  return
}

// -----

func.func @reduce_c1_range(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{[2] are not increasing dimensions of the operand (3, 4)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.reduce sum %x dims = [2] : tensor<3x4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @reduce_c1_order(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{[1, 0] are not increasing dimensions of the operand (3, 4)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.reduce max %x dims = [1, 0] : tensor<3x4xf32> -> tensor<f32>
  return
}

// -----

func.func @argmax_c1(%x: tensor<3x4xf32>) {
  // expected-error @+2 {{axis -1 is not a dimension of the operand (3, 4)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.argmax %x axis = -1 : tensor<3x4xf32> -> tensor<3xi32>
  return
}

// -----

func.func @one_hot_c1(%x: tensor<3xi32>) {
  // expected-error @+2 {{depth is 0 but must be positive}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.one_hot %x depth = 0 : tensor<3xi32> -> tensor<3x0xf32>
  return
}

// -----

func.func @random_c1(%key: tensor<3xi32>) {
  // expected-error @+1 {{key is 'tensor<3xi32>' but must be two numbers}}
  %0 = rondo.random %key stream = 0 : tensor<3xi32> -> tensor<4xf32>
  return
}

// -----

func.func @gather_c1(%t: tensor<f32>, %i: tensor<3xi32>) {
  // expected-error @+2 {{needs a table with at least one dimension}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.gather %t, %i : tensor<f32>, tensor<3xi32> -> tensor<3xf32>
  return
}

// -----

func.func @random_c2(%key: tensor<2xi32>) {
  // expected-error @+1 {{stream is -1 but must be in [0, 2^31)}}
  %0 = rondo.random %key stream = -1 : tensor<2xi32> -> tensor<4xf32>
  return
}

// -----

func.func @scatter_add_c1_rank(%i: tensor<3xi32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{needs a result with at least one dimension}}
  %0 = rondo.scatter_add %i, %u : tensor<3xi32>, tensor<3xf32> -> tensor<f32>
  return
}

// -----

func.func @scatter_add_c1_row(%i: tensor<?x3xi32, #rondo.dims<["B"]>>, %u: tensor<?x3x4xf32, #rondo.dims<["B"]>>) {
  // expected-error @+1 {{updates are (B, 3, 4) but (B, 3, 5) is needed: the indices (B, 3), then a row of the result (9, 5)}}
  %0 = rondo.scatter_add %i, %u : tensor<?x3xi32, #rondo.dims<["B"]>>, tensor<?x3x4xf32, #rondo.dims<["B"]>> -> tensor<9x5xf32>
  return
}

// -----

func.func @scatter_add_c2(%i: tensor<3xi32>, %u: tensor<3x4xf32>) {
  // expected-error @+1 {{updates have elements 'f32' but the result has 'f64'}}
  %0 = rondo.scatter_add %i, %u : tensor<3xi32>, tensor<3x4xf32> -> tensor<9x4xf64>
  return
}

// -----

func.func @contract_c1_number(%x: tensor<3x4xf32>, %y: tensor<4x3xf32>) {
  // expected-error @+2 {{contracting dimensions [1] of lhs and [] of rhs do not pair up}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [] : (tensor<3x4xf32>, tensor<4x3xf32>) -> tensor<3x4x3xf32>
  return
}

// -----

func.func @contract_c1_batch(%x: tensor<?x4xf32, #rondo.dims<["B"]>>, %y: tensor<?x4xf32, #rondo.dims<["T"]>>) {
  // expected-error @+2 {{batch dimension 0 of lhs is B but dimension 0 of rhs is T}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.contract %x, %y batch = [0] x [0] contract = [1] x [1]
    : (tensor<?x4xf32, #rondo.dims<["B"]>>, tensor<?x4xf32, #rondo.dims<["T"]>>) -> tensor<?xf32, #rondo.dims<["B"]>>
  return
}

// -----

func.func @contract_c1_contract(%x: tensor<3x4xf32>, %y: tensor<5x3xf32>) {
  // expected-error @+2 {{contracting dimension 1 of lhs is 4 but dimension 0 of rhs is 5}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<3x4xf32>, tensor<5x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @contract_c2(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>) {
  // expected-error @+2 {{batch [0] and contracting [0] are not distinct dimensions of lhs (3, 4)}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.contract %x, %y batch = [0] x [0] contract = [0] x [1] : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @contract_c3(%x: tensor<3x4xf32>, %y: tensor<4x3xf64>) {
  // expected-error @+2 {{lhs has elements 'f32' but rhs has 'f64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = rondo.contract %x, %y batch = [] x [] contract = [1] x [0] : (tensor<3x4xf32>, tensor<4x3xf64>) -> tensor<3x3xf32>
  return
}

// -----

func.func @softmax_c1(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{axis 2 is not a dimension of the operand (3, 4)}}
  %0 = rondo.softmax %x axis = 2 : tensor<3x4xf32>
  return
}

// -----

func.func @softmax_crossentropy_c1(%x: tensor<f32>) {
  // expected-error @+2 {{needs operands with at least one dimension}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = "rondo.softmax_crossentropy"(%x, %x) : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @log_softmax_c1(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{axis -1 is not a dimension of the operand (3, 4)}}
  %0 = rondo.log_softmax %x axis = -1 : tensor<3x4xf32>
  return
}

// -----

func.func @lstm_input(%a0: tensor<2x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{input is (2, 4) but (batch, time, features) is needed}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @attention_c1(%q: tensor<4xf32>) {
  // expected-error @+1 {{query is (4) but (…, queries, features) is needed}}
  %0 = rondo.attention %q, %q, %q : tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return
}

// -----

func.func @attention_c2_rank(%q: tensor<2x5x4xf32>, %v: tensor<6x3xf32>) {
  // expected-error @+1 {{key is (2, 5, 4) and value (6, 3), which need as many dimensions as query (2, 5, 4)}}
  %0 = rondo.attention %q, %q, %v : tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<6x3xf32> -> tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_c2_key(%q: tensor<2x5x4xf32>, %k: tensor<2x6x3xf32>) {
  // expected-error @+1 {{key is (2, 6, 3) but (2, 6, 4) is needed: the query (2, 5, 4) and 6 keys}}
  %0 = rondo.attention %q, %k, %k : tensor<2x5x4xf32>, tensor<2x6x3xf32>, tensor<2x6x3xf32> -> tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_c2_value(%q: tensor<2x5x4xf32>, %k: tensor<2x6x4xf32>, %v: tensor<2x5x3xf32>) {
  // expected-error @+1 {{value is (2, 5, 3) but (2, 6, 3) is needed: the query (2, 5, 4) and 6 keys}}
  %0 = rondo.attention %q, %k, %v : tensor<2x5x4xf32>, tensor<2x6x4xf32>, tensor<2x5x3xf32> -> tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_c3(%q: tensor<2x5x4xf32>, %v: tensor<2x5x3xf32>) {
  // expected-error @+1 {{the result is (2, 5, 3) but (2, 3) is needed: the query (2, 5, 4) and 5 keys, values of 3 features}}
  %0 = rondo.attention %q, %q, %v sum_queries : tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x3xf32> -> tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_c3_weights(%q: tensor<2x5x4xf32>, %k: tensor<2x6x4xf32>) {
  // expected-error @+1 {{weights is (2, 6, 5) but (2, 5, 6) is needed: the query (2, 5, 4) and 6 keys, values of 4 features}}
  %0, %w = rondo.attention %q, %k, %k : tensor<2x5x4xf32>, tensor<2x6x4xf32>, tensor<2x6x4xf32> -> tensor<2x5x4xf32>, tensor<2x6x5xf32>
  return
}

// -----

func.func @attention_c4(%q: tensor<2x5x4xf32>, %v: tensor<2x5x3xf64>) {
  // expected-error @+1 {{mixes elements 'f64' and 'f32' of the query}}
  %0 = rondo.attention %q, %q, %v : tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x3xf64> -> tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_grad_c1(%q: tensor<2x5x4xf32>, %k: tensor<2x6x3xf32>, %d: tensor<2x5x3xf32>) {
  // expected-error @+1 {{key is (2, 6, 3) but (2, 6, 4) is needed: the query (2, 5, 4) and 6 keys}}
  %0:3 = rondo.attention_grad %q, %k, %k, %d : tensor<2x5x4xf32>, tensor<2x6x3xf32>, tensor<2x6x3xf32>, tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_grad_c2(%q: tensor<2x5x4xf32>, %d: tensor<2x4xf32>) {
  // expected-error @+1 {{d_result is (2, 4) but (2, 5, 4) is needed: the query (2, 5, 4) and 5 keys, values of 4 features}}
  %0:3 = rondo.attention_grad %q, %q, %q, %d : tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>, tensor<2x4xf32>
  return
}

// -----

func.func @lstm_c1(%a0: tensor<2x5x4xf32>, %a1: tensor<4x16xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{kernel is (4, 16) but (4, 12) is needed: an input of 4 features and 4 gates of 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x16xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c1_features(%a0: tensor<2x5x4xf32>, %a1: tensor<5x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{kernel is (5, 12) but (4, 12) is needed: an input of 4 features and 4 gates of 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<5x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c2(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x16xf32>) {
  // expected-error @+1 {{recurrent_kernel is (3, 16) but (H, 4H) is needed: 4 gates of as many units as it has rows}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x16xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c3(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<4xf32>) {
  // expected-error @+1 {{bias is (4) but (12) is needed: 4 gates of 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<4xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c4_alone(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x3xf32>) {
  // expected-error @+1 {{has initial_h without initial_c}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c4_shape(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x3xf32>, %a4: tensor<1x3xf32>) {
  // expected-error @+1 {{initial_c is (1, 3) but (2, 3) is needed: the batch of the input and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2, %a3, %a4) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x3xf32>, tensor<1x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c5_sequence(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{sequence is (2, 4, 3) but (2, 5, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c5_last_h(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{last_h is (2, 4) but (2, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x4xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c5_last_c(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{last_c is (2, 4) but (2, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x4xf32>)
  return
}

// -----

func.func @lstm_c6_alone(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{has gates without cells}}
  %0:4 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x5x12xf32>)
  return
}

// -----

func.func @lstm_c6_gates(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{gates is (2, 5, 3) but (2, 5, 12) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:5 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>)
  return
}

// -----

func.func @lstm_c6_cells(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{cells is (2, 5, 12) but (2, 5, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:5 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 1, 1>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>)
  return
}

// -----

func.func @lstm_c7_operand(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf64>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{mixes elements 'f64' and 'f32' of the input}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf64>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c7_result(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{yields elements 'f64' from 'f32' of the input}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf64>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_c8(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x4xi1>) {
  // expected-error @+1 {{mask is (2, 4) but (2, 5) is needed: the batch and the time steps of the input}}
  %0:3 = "rondo.lstm"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x4xi1>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @lstm_grad_c1_mask(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<5x2xi1>, %a4: tensor<2x5x3xf32>) {
  // expected-error @+1 {{mask is (5, 2) but (2, 5) is needed: the batch and the time steps of the input}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3, %a4) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<5x2xi1>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c1(%a0: tensor<2x5x4xf32>, %a1: tensor<4x16xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>) {
  // expected-error @+1 {{kernel is (4, 16) but (4, 12) is needed: an input of 4 features and 4 gates of 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x16xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x16xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c2_nothing(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>) {
  // expected-error @+1 {{has no cotangent: d_sequence, d_last_h or d_last_c is needed}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c2_sequence(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x3xf32>) {
  // expected-error @+1 {{d_sequence is (2, 3) but (2, 5, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c2_last_h(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>, %a4: tensor<2x5x3xf32>) {
  // expected-error @+1 {{d_last_h is (2, 5, 3) but (2, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3, %a4) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c2_last_c(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>, %a4: tensor<2x5x3xf32>) {
  // expected-error @+1 {{d_last_c is (2, 5, 3) but (2, 3) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3, %a4) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c3_part(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>, %a4: tensor<2x5x3xf32>, %a5: tensor<2x5x12xf32>) {
  // expected-error @+1 {{has a part of the cache: sequence, gates and cells come together}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3, %a4, %a5) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c3_shape(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>, %a4: tensor<2x5x3xf32>, %a5: tensor<2x5x3xf32>, %a6: tensor<2x5x3xf32>) {
  // expected-error @+1 {{gates is (2, 5, 3) but (2, 5, 12) is needed: the input (2, 5, 4) and 3 units, the rows of recurrent_kernel}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3, %a4, %a5, %a6) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c4_type(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>) {
  // expected-error @+1 {{d_kernel is 'tensor<4x16xf32>' but its primal is 'tensor<4x12xf32>'}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x16xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c4_missing(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<12xf32>, %a4: tensor<2x5x3xf32>) {
  // expected-error @+1 {{d_bias is missing}}
  %0:3 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3, %a4) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<12xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>)
  return
}

// -----

func.func @lstm_grad_c4_extra(%a0: tensor<2x5x4xf32>, %a1: tensor<4x12xf32>, %a2: tensor<3x12xf32>, %a3: tensor<2x5x3xf32>) {
  // expected-error @+1 {{d_initial_h has no primal}}
  %0:5 = "rondo.lstm_grad"(%a0, %a1, %a2, %a3) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1>}
    : (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x5x3xf32>) -> (tensor<2x5x4xf32>, tensor<4x12xf32>, tensor<3x12xf32>, tensor<2x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @scan_c1(%h: tensor<2x3xf32>) {
  // expected-error @+1 {{has neither a sequence nor a stacked result, which say how many steps there are}}
  %0 = rondo.scan carries(%h : tensor<2x3xf32>) {
  ^bb0(%h1: tensor<2x3xf32>):
    rondo.yield %h1 : tensor<2x3xf32>
  } -> tensor<2x3xf32>
  return
}

// -----

func.func @scan_c2_rank(%x: tensor<2xf32>) {
  // expected-error @+1 {{sequence or stacked result 'tensor<2xf32>' has no dimension 1, which is time}}
  %0 = rondo.scan sequences(%x : tensor<2xf32>) {
  ^bb0(%x1: tensor<2xf32>):
    rondo.yield %x1 : tensor<2xf32>
  } -> tensor<2x5xf32>
  return
}

// -----

func.func @scan_c2_steps(%x: tensor<2x5xf32>, %y: tensor<2x?xf32, #rondo.dims<["T"]>>) {
  // expected-error @+1 {{has sequences or stacked results of 5 and T steps}}
  %0 = rondo.scan sequences(%x, %y : tensor<2x5xf32>, tensor<2x?xf32, #rondo.dims<["T"]>>) {
  ^bb0(%x1: tensor<2xf32>, %y1: tensor<2xf32>):
    rondo.yield %x1 : tensor<2xf32>
  } -> tensor<2x5xf32>
  return
}

// -----

func.func @scan_c3(%x: tensor<2x5xf32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{body takes ('tensor<2xf32>') but gets ('tensor<2xf32>', 'tensor<2xf32>')}}
  %0 = rondo.scan sequences(%x : tensor<2x5xf32>) constants(%w : tensor<2xf32>) {
  ^bb0(%x1: tensor<2xf32>):
    rondo.yield %x1 : tensor<2xf32>
  } -> tensor<2x5xf32>
  return
}

// -----

func.func @scan_c4(%x: tensor<2x5xf32>) {
  // expected-error @+1 {{body must end in rondo.yield of ('tensor<2xf32>', 'tensor<2xf32>')}}
  %0:2 = rondo.scan sequences(%x : tensor<2x5xf32>) {
  ^bb0(%x1: tensor<2xf32>):
    rondo.yield %x1 : tensor<2xf32>
  } -> tensor<2x5xf32>, tensor<2x5xf32>
  return
}

// -----

func.func @scan_c5_number(%h: tensor<2xf32>, %x: tensor<2x5xf32>) {
  // expected-error @+1 {{has 1 results for 2 carries}}
  %0 = rondo.scan carries(%h, %h : tensor<2xf32>, tensor<2xf32>) sequences(%x : tensor<2x5xf32>) {
  ^bb0(%h1: tensor<2xf32>, %h2: tensor<2xf32>, %x1: tensor<2xf32>):
    rondo.yield %h1, %h2 : tensor<2xf32>, tensor<2xf32>
  } -> tensor<2xf32>
  return
}

// -----

func.func @scan_c5_type(%h: tensor<2xf32>, %x: tensor<2x5xf32>) {
  // expected-error @+1 {{result 0 is 'tensor<3xf32>' but carry 0 is 'tensor<2xf32>'}}
  %0 = rondo.scan carries(%h : tensor<2xf32>) sequences(%x : tensor<2x5xf32>) {
  ^bb0(%h1: tensor<2xf32>, %x1: tensor<2xf32>):
    rondo.yield %h1 : tensor<2xf32>
  } -> tensor<3xf32>
  return
}

// -----

func.func @rnn_ranks(%a0: tensor<5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{sums are (5, 9) and initial_h is (2, 3) but (batch, time, gates) and (batch, units) are needed}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_c1(%a0: tensor<2x5x9xf32>, %a1: tensor<3x12xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{recurrent_kernel is (3, 12) but (3, 9) is needed: gru cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x9xf32>, tensor<3x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_c2(%a0: tensor<2x5x12xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{sums is (2, 5, 12) but (2, 5, 9) is needed: gru cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x12xf32>, tensor<3x9xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_c2_simple(%a0: tensor<2x5x9xf32>, %a1: tensor<3x3xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{sums is (2, 5, 9) but (2, 5, 3) is needed: simple cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<simple>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x9xf32>, tensor<3x3xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_c3(%a0: tensor<2x5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>, %a3: tensor<3xf32>) {
  // expected-error @+1 {{bias is (3) but (9) is needed: gru cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2, %a3) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<2x5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>, tensor<3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_c4_last_h(%a0: tensor<2x5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{last_h is (2, 4) but (2, 3) is needed: gru cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x4xf32>)
  return
}

// -----

func.func @rnn_c4_sequence(%a0: tensor<2x5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{sequence is (2, 4, 3) but (2, 5, 3) is needed: gru cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_c5(%a0: tensor<2x5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{gates is (2, 5, 9) but (2, 5, 12) is needed: gru cells of 3 units, as initial_h has them}}
  %0:3 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_c6(%a0: tensor<2x5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>) {
  // expected-error @+1 {{mixes elements 'f64' and 'f32'}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<2x5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf64>)
  return
}

// -----

func.func @rnn_c7(%a0: tensor<2x5x9xf32>, %a1: tensor<3x9xf32>, %a2: tensor<2x3xf32>, %a3: tensor<2x4xi1>) {
  // expected-error @+1 {{mask is (2, 4) but (2, 5) is needed: gru cells of 3 units, as initial_h has them}}
  %0:2 = "rondo.rnn"(%a0, %a1, %a2, %a3) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>} : (tensor<2x5x9xf32>, tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x4xi1>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_grad_rank(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x3xf32>, %a3: tensor<2x5x12xf32>, %a4: tensor<2x3xf32>) {
  // expected-error @+1 {{sequence is (2, 3) but (batch, time, units) is needed}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x5x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_grad_c1(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x9xf32>, %a4: tensor<2x3xf32>) {
  // expected-error @+1 {{gates is (2, 5, 9) but (2, 5, 12) is needed: gru cells of 3 units, as the sequence has them}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x9xf32>, tensor<2x3xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_grad_c2_none(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x12xf32>) {
  // expected-error @+1 {{has no cotangent: d_sequence or d_last_h is needed}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_grad_c2(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x12xf32>, %a4: tensor<2x4xf32>) {
  // expected-error @+1 {{d_last_h is (2, 4) but (2, 3) is needed: gru cells of 3 units, as the sequence has them}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>, tensor<2x4xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_grad_c3_missing(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x12xf32>, %a4: tensor<2x3xf32>) {
  // expected-error @+1 {{lacks d_state_sums of its gru}}
  %0:2 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf32>)
  return
}

// -----

func.func @rnn_grad_c3_simple(%a0: tensor<3x3xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x3xf32>, %a4: tensor<2x3xf32>) {
  // expected-error @+1 {{has d_state_sums, which a simple cell has not}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<simple>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x3xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x3xf32>, tensor<2x3xf32>) -> (tensor<2x5x3xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>)
  return
}

// -----

func.func @rnn_grad_c3(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x12xf32>, %a4: tensor<2x3xf32>) {
  // expected-error @+1 {{d_sums is (2, 5, 12) but (2, 5, 9) is needed: gru cells of 3 units, as the sequence has them}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x12xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_grad_c4(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x12xf32>, %a4: tensor<2x3xf32>) {
  // expected-error @+1 {{mixes elements 'f64' and 'f32'}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>, tensor<2x3xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf64>, tensor<2x5x9xf32>)
  return
}

// -----

func.func @rnn_grad_c5(%a0: tensor<3x9xf32>, %a1: tensor<2x3xf32>, %a2: tensor<2x5x3xf32>, %a3: tensor<2x5x12xf32>, %a4: tensor<5x2xi1>, %a5: tensor<2x3xf32>) {
  // expected-error @+1 {{mask is (5, 2) but (2, 5) is needed: gru cells of 3 units, as the sequence has them}}
  %0:3 = "rondo.rnn_grad"(%a0, %a1, %a2, %a3, %a4, %a5) {cell = #rondo.rnn_cell<gru>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 1>} : (tensor<3x9xf32>, tensor<2x3xf32>, tensor<2x5x3xf32>, tensor<2x5x12xf32>, tensor<5x2xi1>, tensor<2x3xf32>) -> (tensor<2x5x9xf32>, tensor<2x3xf32>, tensor<2x5x9xf32>)
  return
}
