//===- RondoOps.td - Layers and tensor algebra ----------------------------===//
//
// Each op: formula, shapes, numbered constraints (`name_cN`, repeated in the
// verifier and in the tests), Keras equivalent, gradient.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_OPS
#define RONDO_OPS

include "dialect/IR/RondoBase.td"
include "dialect/IR/RondoInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Rondo_TensorOf<list<Type> elements, string what>
    : Type<And<[RankedTensorOf<elements>.predicate, CPred<"::rondo::hasNamedDims($_self)">]>,
           what # " tensor with a symbol for each dynamic dimension", "::mlir::RankedTensorType">;
def Rondo_FloatTensor : Rondo_TensorOf<[F32, F64], "f32 or f64">;
def Rondo_IntTensor : Rondo_TensorOf<[I32], "i32">;
def Rondo_BoolTensor : Rondo_TensorOf<[I1], "i1">;
def Rondo_AnyTensor : Rondo_TensorOf<[F32, F64, I32, I1], "f32, f64, i32 or i1">;

class Rondo_Op<string mnemonic, list<Trait> traits = []>
    : Op<Rondo_Dialect, mnemonic, !listconcat(traits, [Pure,
        DeclareOpInterfaceMethods<Rondo_ReferenceOpInterface>])>;

/// An op with a derivative.
class Rondo_DiffOp<string mnemonic, list<Trait> traits = []>
    : Rondo_Op<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<Rondo_DifferentiableOpInterface>])>;

/// As Rondo_DiffOp, replacing itself by another form in the forward pass.
class Rondo_AugmentedOp<string mnemonic, list<Trait> traits = []>
    : Rondo_Op<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<Rondo_DifferentiableOpInterface, ["buildAugmentedForward"]>])>;

/// Constraints of these are checked where the result type is inferred.
defvar Infers = InferTypeOpAdaptor;

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class Rondo_UnaryOp<string mnemonic>
    : Rondo_DiffOp<mnemonic, [AllTypesMatch<["input", "result"]>]> {
  let arguments = (ins Rondo_FloatTensor:$input);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

class Rondo_BinaryOp<string mnemonic, list<Trait> traits = []>
    : Rondo_DiffOp<mnemonic, !listconcat(traits, [AllTypesMatch<["lhs", "rhs", "result"]>])> {
  let arguments = (ins Rondo_FloatTensor:$lhs, Rondo_FloatTensor:$rhs);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

def Rondo_NegOp : Rondo_UnaryOp<"neg"> {
  let summary = "y = -x";
  let description = [{
    Gradient: dx = -dy. Keras: unary minus.
  }];
  let hasFolder = 1;
}
def Rondo_ExpOp : Rondo_UnaryOp<"exp"> {
  let summary = "y = exp(x)";
  let description = [{
    Gradient: dx = dy * y. Keras: `keras.ops.exp`.
  }];
}
def Rondo_LogOp : Rondo_UnaryOp<"log"> {
  let summary = "y = ln(x)";
  let description = [{
    Gradient: dx = dy / x. Keras: `keras.ops.log`.
  }];
}
def Rondo_Expm1Op : Rondo_UnaryOp<"expm1"> {
  let summary = "y = exp(x) - 1, accurate near zero";
  let description = [{
    Gradient: dx = dy * exp(x). Keras: inside `elu`, `selu`, `celu`.
  }];
}
def Rondo_Log1pOp : Rondo_UnaryOp<"log1p"> {
  let summary = "y = ln(1 + x), accurate near zero";
  let description = [{
    Gradient: dx = dy / (1 + x). Keras: `keras.ops.log1p`.
  }];
}
def Rondo_SqrtOp : Rondo_UnaryOp<"sqrt"> {
  let summary = "y = sqrt(x)";
  let description = [{
    Gradient: dx = dy / (2 y). Keras: `keras.ops.sqrt`.
  }];
}
def Rondo_TanhOp : Rondo_UnaryOp<"tanh"> {
  let summary = "y = tanh(x)";
  let description = [{
    Gradient: dx = dy * (1 - y*y). Keras: `tanh`.
  }];
}
def Rondo_SigmoidOp : Rondo_UnaryOp<"sigmoid"> {
  let summary = "y = 1 / (1 + exp(-x))";
  let description = [{
    Gradient: dx = dy * y * (1 - y). Keras: `sigmoid`.
  }];
}
def Rondo_ReluOp : Rondo_UnaryOp<"relu"> {
  let summary = "y = max(x, 0); NaN stays NaN";
  let description = [{
    Gradient: dx = dy where x > 0, else 0. Keras: `relu`.
  }];
}

def Rondo_ErfOp : Rondo_UnaryOp<"erf"> {
  let summary = "y = 2 / sqrt(pi) * the integral of exp(-t*t) for t from 0 to x";
  let description = [{
    Gradient: dx = dy * 2 / sqrt(pi) * exp(-x*x). Keras: `keras.ops.erf`.
  }];
}
def Rondo_SinOp : Rondo_UnaryOp<"sin"> {
  let summary = "y = sin(x)";
  let description = [{
    Gradient: dx = dy * cos(x). Keras: `keras.ops.sin`.
  }];
}
def Rondo_CosOp : Rondo_UnaryOp<"cos"> {
  let summary = "y = cos(x)";
  let description = [{
    Gradient: dx = -dy * sin(x). Keras: `keras.ops.cos`.
  }];
}
def Rondo_AbsOp : Rondo_UnaryOp<"abs"> {
  let summary = "y = |x|";
  let description = [{
    Gradient: dx = dy * sign(x), which is 0 at 0. Keras: `keras.ops.abs`.
  }];
  let hasFolder = 1;
}
def Rondo_SignOp : Rondo_UnaryOp<"sign"> {
  let summary = "y = -1, 0 or 1; NaN stays NaN";
  let description = [{
    Gradient: zero. Keras: `keras.ops.sign`.
  }];
}
def Rondo_FloorOp : Rondo_UnaryOp<"floor"> {
  let summary = "y = the largest whole number that is at most x";
  let description = [{
    Gradient: zero. Keras: `keras.ops.floor`.
  }];
}

def Rondo_StopGradientOp : Rondo_Op<"stop_gradient", [AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<Rondo_DifferentiableOpInterface, ["isDifferentiable"]>]> {
  let summary = "y = x, which derivatives take for a constant";
  let description = [{
    Nothing flows back through it. It has no fold, so that it is there when entries are
    differentiated; the pass that does so puts x in its place.

    Gradient: none. Keras: `keras.ops.stop_gradient`.
  }];
  let arguments = (ins Rondo_FloatTensor:$input);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

def Rondo_AddOp : Rondo_BinaryOp<"add", [Commutative]> {
  let summary = "z = x + y";
  let description = [{
    Shapes are equal: broadcasting is explicit (`rondo.broadcast`). Gradient: dx = dy = dz.
  }];
}
def Rondo_SubOp : Rondo_BinaryOp<"sub"> {
  let summary = "z = x - y";
  let description = [{
    Gradient: dx = dz, dy = -dz.
  }];
  let hasFolder = 1;
}
def Rondo_MulOp : Rondo_BinaryOp<"mul", [Commutative]> {
  let summary = "z = x * y";
  let description = [{
    Gradient: dx = dz * y, dy = dz * x.
  }];
  let hasFolder = 1;
}
def Rondo_DivOp : Rondo_BinaryOp<"div"> {
  let summary = "z = x / y";
  let description = [{
    Gradient: dx = dz / y, dy = -dz * z / y.
  }];
  let hasFolder = 1;
}
def Rondo_PowOp : Rondo_BinaryOp<"pow"> {
  let summary = "z = x to the power y";
  let description = [{
    As C's `pow`: a negative x has a power for whole y only, otherwise NaN; x^0 and 1^y are 1, whatever
    the other operand. Gradient (as TensorFlow): dx = dz * y * x^(y-1), dy = dz * z * ln(x) where x > 0,
    else 0. Keras: `keras.ops.power`.
  }];
  let hasFolder = 1;
}
def Rondo_MaximumOp : Rondo_BinaryOp<"maximum", [Commutative]> {
  let summary = "z = max(x, y); NaN if either is NaN";
  let description = [{
    Gradient (as TensorFlow): dz to x where x >= y, else to y.
  }];
}
def Rondo_MinimumOp : Rondo_BinaryOp<"minimum", [Commutative]> {
  let summary = "z = min(x, y); NaN if either is NaN";
  let description = [{
    Gradient (as TensorFlow): dz to x where x <= y, else to y.
  }];
}

def Rondo_CompareOp : Rondo_Op<"compare", [SameTypeOperands, Infers]> {
  let summary = "Elementwise comparison";
  let description = [{
    Comparisons with NaN are false, except `ne`. Not differentiable. Keras: `<`, `==`, `keras.ops.equal`…
  }];
  let arguments = (ins Rondo_ComparePredicateAttr:$predicate,
                       Rondo_AnyTensor:$lhs, Rondo_AnyTensor:$rhs);
  let results = (outs Rondo_BoolTensor:$result);
  let assemblyFormat = "`` $predicate $lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def Rondo_SelectOp : Rondo_DiffOp<"select", [AllTypesMatch<["onTrue", "onFalse", "result"]>]> {
  let summary = "z = condition ? x : y";
  let description = [{
    * select_c1: the condition has the shape and symbols of the values.

    Gradient: dx = select(c, dz, 0), dy = select(c, 0, dz).
  }];
  let arguments = (ins Rondo_BoolTensor:$condition, Rondo_AnyTensor:$onTrue, Rondo_AnyTensor:$onFalse);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$condition `,` $onTrue `,` $onFalse attr-dict `:` type($condition) `,` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Rondo_CastOp : Rondo_DiffOp<"cast"> {
  let summary = "Converts the element type: i1 or i32 to float, float to float";
  let description = [{
    * cast_c1: shape and symbols stay.
    * cast_c2: the result is a float tensor.

    Gradient: a cast of dy where the operand is float; nothing otherwise.
  }];
  let arguments = (ins Rondo_AnyTensor:$input);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Rondo_TruncateOp : Rondo_Op<"truncate", [Infers]> {
  let summary = "y = the whole number next to x towards zero, as i32";
  let description = [{
    What lies outside the range of i32 becomes its nearest end, NaN becomes 0. Not differentiable.
    Keras: `keras.ops.cast` of floats to integers, the ids of `Embedding`.
  }];
  let arguments = (ins Rondo_FloatTensor:$input);
  let results = (outs Rondo_IntTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

def Rondo_BroadcastOp : Rondo_DiffOp<"broadcast"> {
  let summary = "Repeats a tensor along new dimensions and along dimensions of literal size one";
  let description = [{
    Operand dimension `i` becomes result dimension `dimensions[i]`.

    * broadcast_c1: `dimensions` has one entry for each operand dimension, strictly increasing.
    * broadcast_c2: an operand dimension is the literal 1 or equals its result dimension
      (same size, same symbol).
    * broadcast_c3: the element type stays.

    Gradient: the sum of dy over the repeated dimensions.
  }];
  let arguments = (ins Rondo_AnyTensor:$input, DenseI64ArrayAttr:$dimensions);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$input `dims` `=` $dimensions attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Rondo_ReshapeOp : Rondo_DiffOp<"reshape"> {
  let summary = "The same elements, in row-major order, under another shape";
  let description = [{
    * reshape_c1: the product of sizes and symbols is the same on both sides.
    * reshape_c2: the element type stays.

    Gradient: dy reshaped back.
  }];
  let arguments = (ins Rondo_AnyTensor:$input);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Rondo_TransposeOp : Rondo_DiffOp<"transpose", [Infers]> {
  let summary = "Result dimension i is operand dimension permutation[i]";
  let description = [{
    * transpose_c1: `permutation` is a permutation of the operand's dimensions.

    Gradient: dy under the inverse permutation. Keras: `Permute`, `keras.ops.transpose`.
  }];
  let arguments = (ins Rondo_AnyTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$input `perm` `=` $permutation attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

/// An op between a tensor and a box of its elements.
class Rondo_BoxOp<string mnemonic> : Rondo_DiffOp<mnemonic> {
  let arguments = (ins Rondo_AnyTensor:$input, StrArrayAttr:$offsets,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = [{
    $input `offsets` `=` $offsets (`strides` `=` $strides^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "mlir::Type":$result, "mlir::Value":$input,
                                 "::rondo::BoxPlace":$place), [{
    build($_builder, $_state, result, input, place.getOffsetsAttr($_builder),
          place.getStridesAttr($_builder));
  }]>];
  let extraClassDeclaration = [{
    /// Where the elements of the box lie in the larger tensor.
    ::rondo::BoxPlace getPlace() { return {getOffsets(), getStrides()}; }
    void setPlace(const ::rondo::BoxPlace &place) {
      mlir::Builder builder(getContext());
      setOffsetsAttr(place.getOffsetsAttr(builder));
      (*this)->removeAttr(getStridesAttrName());
      if (auto strides = place.getStridesAttr(builder))
        setStridesAttr(strides);
    }
  }];
}

def Rondo_SliceOp : Rondo_BoxOp<"slice"> {
  let summary = "A box of a tensor";
  let description = [{
    Element `i` of dimension `d` is operand element `offsets[d] + strides[d] * i`. The
    result type gives the sizes. An offset is a polynomial over base symbols, as sizes
    are: `"0"`, `"T-1"`, `"S+T"`. Strides are 1 where they are absent.

    * slice_c1: rank and element type stay; `offsets`, and `strides` where present,
      have one entry for each dimension.
    * slice_c2: offsets are in canonical spelling, strides positive.
    * slice_c3: where it is known, the box lies inside the operand; a
      dimension that stays whole has offset 0.

    Gradient: dy padded with zeros to the operand's shape. Keras: subscripts.
  }];
}

def Rondo_PadOp : Rondo_BoxOp<"pad"> {
  let summary = "A tensor set into zeros: the transpose of `rondo.slice`";
  let description = [{
    Operand element `i` of dimension `d` becomes result element `offsets[d] + strides[d] * i`;
    all else is zero. Offsets and strides as in `rondo.slice`.

    * pad_c1: rank and element type stay; `offsets`, and `strides` where present,
      have one entry for each dimension.
    * pad_c2: offsets are in canonical spelling, strides positive.
    * pad_c3: where it is known, the operand lies inside the result; a
      dimension that stays whole has offset 0.

    Gradient: the slice of dy. Keras: `ZeroPadding1D`.
  }];
}

def Rondo_ReverseOp : Rondo_DiffOp<"reverse", [AllTypesMatch<["input", "result"]>]> {
  let summary = "The elements in reverse order along `dimensions`";
  let description = [{
    * reverse_c1: `dimensions` is strictly increasing, each a dimension of the operand.

    Gradient: dy reversed. Keras: `keras.ops.flip`.
  }];
  let arguments = (ins Rondo_AnyTensor:$input, DenseI64ArrayAttr:$dimensions);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$input `dims` `=` $dimensions attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Rondo_ConcatOp : Rondo_DiffOp<"concat", [Infers]> {
  let summary = "Tensors one after the other along one axis";
  let description = [{
    * concat_c1: at least one operand; ranks, element types and all dimensions but `axis` agree.
    * concat_c2: `axis` is a dimension of the operands.

    Gradient: slices of dy. Keras: `Concatenate`.
  }];
  let arguments = (ins Variadic<Rondo_AnyTensor>:$inputs, I64Attr:$axis);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$inputs `axis` `=` $axis attr-dict `:` type($inputs) `->` type($result)";
  let extraClassDeclaration = [{
    /// x (…, T, D), where this is all its windows of w neighbouring steps, (…, T - w + 1, w·D): each
    /// operand the slice of x that begins a step later than the one before. Null otherwise.
    mlir::Value getWindowed();
  }];
  let hasFolder = 1;
}

def Rondo_SizeOp : Rondo_Op<"size", [Infers]> {
  let summary = "How many elements the given dimensions span, as a scalar float";
  let description = [{
    Reads the shape only. Its derivative is zero.

    * size_c1: `dimensions` are distinct dimensions of the operand.
  }];
  let arguments = (ins Rondo_AnyTensor:$input, DenseI64ArrayAttr:$dimensions);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$input `dims` `=` $dimensions attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

def Rondo_ReduceOp : Rondo_DiffOp<"reduce", [Infers]> {
  let summary = "Combines the elements along `dimensions`, which disappear";
  let description = [{
    * reduce_c1: `dimensions` is strictly increasing, each a dimension of the operand.

    Gradient: sum: dy broadcast; max and min: dy shared equally between the
    positions that attain the extremum (as TensorFlow).
  }];
  let arguments = (ins Rondo_ReduceKindAttr:$kind, Rondo_FloatTensor:$input,
                       DenseI64ArrayAttr:$dimensions);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "`` $kind $input `dims` `=` $dimensions attr-dict `:` type($input) `->` type($result)";
}

def Rondo_ArgMaxOp : Rondo_Op<"argmax", [Infers]> {
  let summary = "Index of the first largest element along `axis`, which disappears";
  let description = [{
    * argmax_c1: `axis` is a dimension of the operand.

    Not differentiable. Keras: `keras.ops.argmax`.
  }];
  let arguments = (ins Rondo_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Rondo_IntTensor:$result);
  let assemblyFormat = "$input `axis` `=` $axis attr-dict `:` type($input) `->` type($result)";
}

def Rondo_OneHotOp : Rondo_Op<"one_hot", [Infers]> {
  let summary = "1 at the index, 0 elsewhere, along a new last dimension of size `depth`";
  let description = [{
    An index outside [0, depth) gives a row of zeros; callers check labels first.
    `limit` of the input in the C ABI comes from here. Not differentiable.

    * one_hot_c1: depth > 0.
  }];
  let arguments = (ins Rondo_IntTensor:$indices, I64Attr:$depth);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$indices `depth` `=` $depth attr-dict `:` type($indices) `->` type($result)";
}

def Rondo_RandomOp : Rondo_Op<"random"> {
  let summary = "Random numbers, each a function of a key, a stream and its position";
  let description = [{
    Uniform in [0, 1), or standard normal where the op says `normal`. Let u and v be the upper 24
    bits of the first and of the second word of Philox2x32-10 of the counter (i, stream xor key[1])
    and the key key[0], times 2^-24. Element i, in row-major order, is u, or
    sqrt(-2 ln(1 - u)) cos(2πv) where normal. Positions count modulo 2^32. Numbers do not depend on
    the order in which they are computed; ops with different streams draw different ones. A key
    belongs to one run of an entry (`rondo_random_key` of the runtime).

    * random_c1: the key is a tensor of two i32.
    * random_c2: the stream is in [0, 2^31).

    Not differentiable: a number depends on no other tensor. Keras: `Dropout` and the other layers that draw
    while training. Salmon et al., 2011; Box and Muller, 1958.
  }];
  let arguments = (ins Rondo_IntTensor:$key, I64Attr:$stream, UnitAttr:$normal);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "(`normal` $normal^)? $key `stream` `=` $stream attr-dict `:` type($key) `->` type($result)";
  let hasVerifier = 1;
}

def Rondo_GatherOp : Rondo_DiffOp<"gather", [Infers]> {
  let summary = "Rows of a table: y[s…, d…] = table[indices[s…], d…]";
  let description = [{
    With N rows, an index in [-N, 0) counts from behind, and any other outside [0, N) gives a row of
    zeros; callers check ids first. `limit` of the input in the C ABI comes from here, too.

    * gather_c1: the table has at least one dimension.

    Gradient: dtable = `rondo.scatter_add` of dy. Keras: `Embedding`, `keras.ops.take`.
  }];
  let arguments = (ins Rondo_AnyTensor:$table, Rondo_IntTensor:$indices);
  let results = (outs Rondo_AnyTensor:$result);
  let assemblyFormat = "$table `,` $indices attr-dict `:` type($table) `,` type($indices) `->` type($result)";
}

def Rondo_ScatterAddOp : Rondo_DiffOp<"scatter_add"> {
  let summary = "Rows added up by their index: y[i, d…] = sum of updates[s…, d…] where indices[s…] is i";
  let description = [{
    The transpose of `rondo.gather`: rows that no index names are zeros, and updates whose index it
    would find no row for are left out. Updates are added in their order.

    * scatter_add_c1: the updates have the dimensions of the indices, then those of a row of the
      result, which has at least one dimension.
    * scatter_add_c2: the element type stays.

    Gradient: dupdates = `rondo.gather` of dy. Keras: inside the gradient of `Embedding`.
  }];
  let arguments = (ins Rondo_IntTensor:$indices, Rondo_FloatTensor:$updates);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = [{
    $indices `,` $updates attr-dict `:` type($indices) `,` type($updates) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Rondo_ContractOp : Rondo_DiffOp<"contract", [Infers]> {
  let summary = "Batched product of two tensors over contracting dimensions";
  let description = [{
    Result dimensions: the batch dimensions (in the order of `lhs_batch`), then
    the other dimensions of lhs, then those of rhs, each in order.

    * contract_c1: `lhs_batch`/`rhs_batch` and `lhs_contract`/`rhs_contract` pair up, with equal sizes and symbols.
    * contract_c2: all are distinct dimensions of their operand.
    * contract_c3: both operands have the same element type.

    Gradient: two more contracts and transposes. Keras: `Dense`, `Dot`, `keras.ops.matmul`.
  }];
  let arguments = (ins Rondo_FloatTensor:$lhs, Rondo_FloatTensor:$rhs,
                       DenseI64ArrayAttr:$lhs_batch, DenseI64ArrayAttr:$rhs_batch,
                       DenseI64ArrayAttr:$lhs_contract, DenseI64ArrayAttr:$rhs_contract);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `batch` `=` $lhs_batch `x` $rhs_batch `contract` `=` $lhs_contract `x` $rhs_contract
    attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)
  }];
}

def Rondo_SoftmaxOp : Rondo_DiffOp<"softmax", [AllTypesMatch<["input", "result"]>]> {
  let summary = "y = exp(x - max x) / sum exp(x - max x) along `axis`";
  let description = [{
    * softmax_c1: `axis` is a dimension of the operand.

    Gradient: dx = y * (dy - sum(dy * y)). Keras: `softmax` (axis -1).
  }];
  let arguments = (ins Rondo_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$input `axis` `=` $axis attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Rondo_LogSoftmaxOp : Rondo_DiffOp<"log_softmax", [AllTypesMatch<["input", "result"]>]> {
  let summary = "y = x - max x - ln sum exp(x - max x) along `axis`";
  let description = [{
    * log_softmax_c1: `axis` is a dimension of the operand.

    Gradient: dx = dy - exp(y) * sum(dy).
  }];
  let arguments = (ins Rondo_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$input `axis` `=` $axis attr-dict `:` type($result)";
  let hasVerifier = 1;
}
def Rondo_SoftmaxCrossentropyOp : Rondo_DiffOp<"softmax_crossentropy", [SameTypeOperands, Infers]> {
  let summary = "l = -sum y * log_softmax(z) along the last dimension, which disappears";
  let description = [{
    * softmax_crossentropy_c1: the operands have at least one dimension.

    Gradient: dz = dl * (softmax(z) - y), which is that of the formula where y adds up to 1, and
    TensorFlow's everywhere; dy = -dl * log_softmax(z). Keras: `categorical_crossentropy` and
    `sparse_categorical_crossentropy` of logits z.
  }];
  let arguments = (ins Rondo_FloatTensor:$logits, Rondo_FloatTensor:$labels);
  let results = (outs Rondo_FloatTensor:$result);
  let assemblyFormat = "$logits `,` $labels attr-dict `:` type($logits) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def Rondo_AttentionOp : Rondo_AugmentedOp<"attention"> {
  let summary = "Values weighted by how well their keys fit a query, or the sum of that over all queries";
  let description = [{
    For each index of the leading dimensions and each query q:
    ```
    weights[q] = softmax over k of (sum over d of query[q, d] * key[k, d])
    context[q] = sum over k of weights[q, k] * value[k]
    ```
    The result is `context`, or with `sum_queries` its sum over q, which costs no product with
    all weights: it is that of their column sums with `value`. The training form also yields
    `weights`, which only `rondo.attention_grad` reads. `rondo-simplify` forms this op.

    Shapes: query (…, Q, D), key (…, K, D), value (…, K, E), result (…, Q, E), with `sum_queries`
    (…, E), weights (…, Q, K).

    * attention_c1: query has two dimensions or more.
    * attention_c2: key is (…, K, D) and value (…, K, E), with the leading dimensions of query.
    * attention_c3: the result is (…, Q, E), or (…, E) with `sum_queries`; weights, where
      present, are (…, Q, K).
    * attention_c4: all tensors have the same element type.

    Gradient: `rondo.attention_grad`. Keras: `Dot`, `Softmax` and `Dot`. Luong et al., 2015.
  }];
  let arguments = (ins Rondo_FloatTensor:$query, Rondo_FloatTensor:$key, Rondo_FloatTensor:$value,
                       UnitAttr:$sum_queries);
  let results = (outs Rondo_FloatTensor:$result, Optional<Rondo_FloatTensor>:$weights);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`sum_queries` $sum_queries^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) `->` type($result) (`,` type($weights)^)?
  }];
  let hasVerifier = 1;
}

def Rondo_AttentionGradOp : Rondo_Op<"attention_grad",
    [AllTypesMatch<["query", "d_query"]>, AllTypesMatch<["key", "d_key"]>,
     AllTypesMatch<["value", "d_value"]>]> {
  let summary = "Cotangents of the operands of `rondo.attention`";
  let description = [{
    A pure function of the primals and the cotangent of `result`. `weights` are a cache of the
    forward pass that a kernel may read; the reference ignores them.

    With w the weights and dc the cotangent of the context, which with `sum_queries` is the same
    for all queries: dv = wᵀ·dc; dw = dc·valueᵀ; ds = w * (dw - sum over k of w * dw);
    d_query = ds·key; d_key = dsᵀ·query.

    * attention_grad_c1: primals as attention_c1, attention_c2 and attention_c4.
    * attention_grad_c2: d_result and weights, where present, have the types of `result` and
      `weights` of `rondo.attention`.
  }];
  let arguments = (ins Rondo_FloatTensor:$query, Rondo_FloatTensor:$key, Rondo_FloatTensor:$value,
                       Rondo_FloatTensor:$d_result, Optional<Rondo_FloatTensor>:$weights,
                       UnitAttr:$sum_queries);
  let results = (outs Rondo_FloatTensor:$d_query, Rondo_FloatTensor:$d_key, Rondo_FloatTensor:$d_value);
  let assemblyFormat = [{
    $query `,` $key `,` $value `,` $d_result (`weights` `(` $weights^ `:` type($weights) `)`)?
    (`sum_queries` $sum_queries^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) `,` type($d_result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

def Rondo_LstmOp : Rondo_AugmentedOp<"lstm", [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "Long short-term memory over a whole sequence";
  let description = [{
    For t = 0 … T-1, gates in Keras' order i, f, g, o along the last axis of the weights:
    ```
    z   = x[t]·kernel + h·recurrent_kernel + bias
    i, f, o = recurrent_activation(z_i, z_f, z_o);  g = activation(z_g)
    c   = f*c + i*g;   h = o*activation(c);   sequence[t] = h
    ```
    h and c start at `initial_h` and `initial_c`, or at zero without them. Where `mask` is
    false, a step of a sequence does not count: h and c stay what they are, and sequence[t] = h.
    The training form also yields `gates` and `cells` (c at every step), which only
    `rondo.lstm_grad` reads. `gates` are i, f, g, o where the derivative of the
    activation follows from its result (linear, tanh, sigmoid, relu), and what they
    are activations of, z, elsewhere; zeros at steps that do not count. Activations are elementwise; dialect/Activations.h
    has their formulas.

    Shapes: input (B, T, D), kernel (D, 4H), recurrent_kernel (H, 4H), bias (4H),
    initial_h and initial_c (B, H), mask (B, T), sequence and cells (B, T, H), last_h and
    last_c (B, H), gates (B, T, 4H).

    * lstm_c1: kernel is (D, 4H) for an input (B, T, D).
    * lstm_c2: recurrent_kernel is (H, 4H).
    * lstm_c3: bias, where present, is (4H).
    * lstm_c4: initial_h and initial_c come together and are (B, H).
    * lstm_c5: sequence is (B, T, H), last_h and last_c are (B, H).
    * lstm_c6: gates and cells come together, (B, T, 4H) and (B, T, H).
    * lstm_c7: all tensors but the mask have the same element type.
    * lstm_c8: mask, where present, is (B, T).

    Gradient: `rondo.lstm_grad`; none of the mask. Keras: `LSTM`; `return_sequences` picks `sequence` or `last_h`.
    Hochreiter and Schmidhuber, 1997; forget gate of Gers et al., 2000.
  }];
  let arguments = (ins Rondo_FloatTensor:$input, Rondo_FloatTensor:$kernel,
                       Rondo_FloatTensor:$recurrent_kernel, Optional<Rondo_FloatTensor>:$bias,
                       Optional<Rondo_FloatTensor>:$initial_h, Optional<Rondo_FloatTensor>:$initial_c,
                       Optional<Rondo_BoolTensor>:$mask,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::tanh">:$activation,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::sigmoid">:$recurrent_activation);
  let results = (outs Rondo_FloatTensor:$sequence, Rondo_FloatTensor:$last_h, Rondo_FloatTensor:$last_c,
                      Optional<Rondo_FloatTensor>:$gates, Optional<Rondo_FloatTensor>:$cells);
  let assemblyFormat = [{
    $input `,` $kernel `,` $recurrent_kernel
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`initial` `(` $initial_h^ `,` $initial_c `:` type($initial_h) `,` type($initial_c) `)`)?
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    attr-dict `:` type($input) `,` type($kernel) `,` type($recurrent_kernel)
    `->` type($sequence) `,` type($last_h) `,` type($last_c)
    (`,` type($gates)^ `,` type($cells))?
  }];
  let hasVerifier = 1;
}

def Rondo_LstmGradOp : Rondo_Op<"lstm_grad", [AttrSizedOperandSegments, AttrSizedResultSegments]> {
  let summary = "Cotangents of the operands of `rondo.lstm`";
  let description = [{
    A pure function of the primals and the cotangents of `sequence`, `last_h`
    and `last_c` (absent ones are zero). `sequence`, `gates` and `cells` are a
    cache of the forward pass that a kernel may read; the reference ignores it.

    * lstm_grad_c1: primals as lstm_c1 … lstm_c4, lstm_c7 and lstm_c8.
    * lstm_grad_c2: at least one cotangent; each has the type of its result of `rondo.lstm`.
    * lstm_grad_c3: sequence, gates and cells come together, (B, T, H), (B, T, 4H) and (B, T, H).
    * lstm_grad_c4: each result has the type of its primal; d_bias, d_initial_h
      and d_initial_c exist exactly where the primal does.
  }];
  let arguments = (ins Rondo_FloatTensor:$input, Rondo_FloatTensor:$kernel,
                       Rondo_FloatTensor:$recurrent_kernel, Optional<Rondo_FloatTensor>:$bias,
                       Optional<Rondo_FloatTensor>:$initial_h, Optional<Rondo_FloatTensor>:$initial_c,
                       Optional<Rondo_BoolTensor>:$mask,
                       Optional<Rondo_FloatTensor>:$d_sequence, Optional<Rondo_FloatTensor>:$d_last_h,
                       Optional<Rondo_FloatTensor>:$d_last_c,
                       Optional<Rondo_FloatTensor>:$sequence, Optional<Rondo_FloatTensor>:$gates,
                       Optional<Rondo_FloatTensor>:$cells,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::tanh">:$activation,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::sigmoid">:$recurrent_activation);
  let results = (outs Rondo_FloatTensor:$d_input, Rondo_FloatTensor:$d_kernel,
                      Rondo_FloatTensor:$d_recurrent_kernel, Optional<Rondo_FloatTensor>:$d_bias,
                      Optional<Rondo_FloatTensor>:$d_initial_h, Optional<Rondo_FloatTensor>:$d_initial_c);
  let assemblyFormat = [{
    $input `,` $kernel `,` $recurrent_kernel
    (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`initial` `(` $initial_h^ `,` $initial_c `:` type($initial_h) `,` type($initial_c) `)`)?
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`d_sequence` `(` $d_sequence^ `:` type($d_sequence) `)`)?
    (`d_last_h` `(` $d_last_h^ `:` type($d_last_h) `)`)?
    (`d_last_c` `(` $d_last_c^ `:` type($d_last_c) `)`)?
    (`cache` `(` $sequence^ `,` $gates `,` $cells `:` type($sequence) `,` type($gates) `,` type($cells) `)`)?
    attr-dict `:` type($input) `,` type($kernel) `,` type($recurrent_kernel)
    `->` type($d_input) `,` type($d_kernel) `,` type($d_recurrent_kernel)
    (`bias` type($d_bias)^)? (`initial` type($d_initial_h)^ `,` type($d_initial_c))?
  }];
  let hasVerifier = 1;
}

def Rondo_RnnOp : Rondo_AugmentedOp<"rnn", [AttrSizedOperandSegments]> {
  let summary = "A recurrent layer with one state over a whole sequence";
  let description = [{
    `sums` is what each step gets from the input, x[t]·kernel + bias. For t = 0 … T-1, the gates z,
    r and n of a `gru` in Keras' order along the last axis of `sums` and weights:
    ```
    s = h·recurrent_kernel + bias
    simple:  h = activation(sums[t] + s)
    gru:     z, r = recurrent_activation(sums[t]_z + s_z, sums[t]_r + s_r)
             n = activation(sums[t]_n + r*s_n);  h = z*h + (1-z)*n
    sequence[t] = h
    ```
    h starts at `initial_h`. Where `mask` is false, a step of a sequence does not count: h stays
    what it is, and sequence[t] = h. The training form also yields `gates`, which only
    `rondo.rnn_grad` reads: h of a `simple` cell, z, r, n and s_n of a `gru`. Where the derivative
    of an activation does not follow from its result, what it is an activation of is in the place
    of h, z, r or n (as the gates of `rondo.lstm`). They are zeros at steps that do not count.

    Shapes, for G gates, 1 or 3, and K things to keep, 1 or 4: sums (B, T, GH), recurrent_kernel
    (H, GH), bias (GH), initial_h and last_h (B, H), mask (B, T), sequence (B, T, H), gates
    (B, T, KH).

    * rnn_c1: recurrent_kernel is (H, GH).
    * rnn_c2: sums is (B, T, GH).
    * rnn_c3: bias, where present, is (GH).
    * rnn_c4: initial_h and last_h are (B, H), sequence is (B, T, H).
    * rnn_c5: gates, where present, is (B, T, KH).
    * rnn_c6: all tensors but the mask have the same element type.
    * rnn_c7: mask, where present, is (B, T).

    Gradient: `rondo.rnn_grad`, and products for those of weights; none of the mask. Keras: `GRU` with `reset_after`,
    `SimpleRNN`; `return_sequences` picks `sequence` or `last_h`. Cho et al., 2014; Elman, 1990.
  }];
  let arguments = (ins Rondo_FloatTensor:$sums, Rondo_FloatTensor:$recurrent_kernel,
                       Rondo_FloatTensor:$initial_h, Optional<Rondo_FloatTensor>:$bias,
                       Optional<Rondo_BoolTensor>:$mask, Rondo_RnnCellAttr:$cell,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::tanh">:$activation,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::sigmoid">:$recurrent_activation);
  let results = (outs Rondo_FloatTensor:$sequence, Rondo_FloatTensor:$last_h,
                      Optional<Rondo_FloatTensor>:$gates);
  let assemblyFormat = [{
    $sums `,` $recurrent_kernel `,` $initial_h (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`mask` `(` $mask^ `:` type($mask) `)`)? attr-dict `:` type($sums) `,` type($recurrent_kernel) `,` type($initial_h)
    `->` type($sequence) `,` type($last_h) (`,` type($gates)^)?
  }];
  let hasVerifier = 1;
}

def Rondo_RnnGradOp : Rondo_Op<"rnn_grad", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of what the steps of `rondo.rnn` add up";
  let description = [{
    `sequence` and `gates` are what the training form of `rondo.rnn` yields; absent cotangents are
    zero. `d_sums` and `d_state_sums` are the cotangents of sums[t] and of s at every step, which
    are the same for a `simple` cell: it has no `d_state_sums`; they are zeros where the `mask` is
    false. `d_initial_h` is that of h before the first step.

    * rnn_grad_c1: recurrent_kernel is (H, GH), initial_h (B, H), sequence (B, T, H), gates (B, T, KH)
      as for `rondo.rnn`.
    * rnn_grad_c2: at least one cotangent; each has the type of its result of `rondo.rnn`.
    * rnn_grad_c3: d_sums is (B, T, GH), d_initial_h (B, H); d_state_sums is (B, T, GH) of a `gru`
      and absent of a `simple` cell.
    * rnn_grad_c4: all tensors but the mask have the same element type.
    * rnn_grad_c5: mask, where present, is (B, T).
  }];
  let arguments = (ins Rondo_FloatTensor:$recurrent_kernel, Rondo_FloatTensor:$initial_h,
                       Rondo_FloatTensor:$sequence, Rondo_FloatTensor:$gates,
                       Optional<Rondo_BoolTensor>:$mask,
                       Optional<Rondo_FloatTensor>:$d_sequence, Optional<Rondo_FloatTensor>:$d_last_h,
                       Rondo_RnnCellAttr:$cell,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::tanh">:$activation,
                       DefaultValuedAttr<Rondo_ActivationAttr, "::rondo::Activation::sigmoid">:$recurrent_activation);
  let results = (outs Rondo_FloatTensor:$d_sums, Rondo_FloatTensor:$d_initial_h,
                      Optional<Rondo_FloatTensor>:$d_state_sums);
  let assemblyFormat = [{
    $recurrent_kernel `,` $initial_h `,` $sequence `,` $gates
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`d_sequence` `(` $d_sequence^ `:` type($d_sequence) `)`)?
    (`d_last_h` `(` $d_last_h^ `:` type($d_last_h) `)`)?
    attr-dict `:` type($recurrent_kernel) `,` type($initial_h) `,` type($sequence) `,` type($gates)
    `->` type($d_sums) `,` type($d_initial_h) (`,` type($d_state_sums)^)?
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

def Rondo_ScanOp : Rondo_AugmentedOp<"scan",
    [AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock]> {
  let summary = "A loop over the steps of sequences, as a body of ops for one step";
  let description = [{
    Dimension 1 of the sequences is time. For t = 0 … T-1, or T-1 … 0 with `reverse`:
    ```
    carries, slices = body(carries, sequences[:, t, …], constants);  stacked[:, t, …] = slices
    ```
    The results are the carries after the last step, then the stacked ones. Constants are
    what the body reads besides: it sees nothing from outside. Sequences and stacked
    results are in the order of time in either direction.

    * scan_c1: there is a sequence or a stacked result, to say how many steps there are.
    * scan_c2: sequences and stacked results have two or more dimensions and all the same second one.
    * scan_c3: the body takes the carries, a slice of each sequence, which lacks dimension 1,
      and the constants.
    * scan_c4: the body yields the next carries and a slice of each stacked result.
    * scan_c5: the first results have the types of the carries.

    Gradient: a scan in the other direction over the carries before each step, which the
    forward pass keeps, that walks each step in reverse. It carries the cotangents of the carries
    and the sums of those of the constants. Keras: `LSTM`, `GRU` and `SimpleRNN` with
    activations that are not elementwise, `GRU` without `reset_after`, `RNN` with a cell of the file.
  }];
  let arguments = (ins Variadic<Rondo_AnyTensor>:$carries, Variadic<Rondo_AnyTensor>:$sequences,
                       Variadic<Rondo_AnyTensor>:$constants, UnitAttr:$reverse);
  let results = (outs Variadic<Rondo_AnyTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`reverse` $reverse^)? (`carries` `(` $carries^ `:` type($carries) `)`)?
    (`sequences` `(` $sequences^ `:` type($sequences) `)`)?
    (`constants` `(` $constants^ `:` type($constants) `)`)?
    attr-dict-with-keyword $body `->` type($results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// How many steps there are.
    ::rondo::DimExpr getSteps();
    mlir::ResultRange getFinals() { return getResults().take_front(getCarries().size()); }
    mlir::ResultRange getStacked() { return getResults().drop_front(getCarries().size()); }
    /// What the body gets.
    mlir::Block::BlockArgListType getCarryArguments() {
      return getBody().getArguments().take_front(getCarries().size());
    }
    mlir::Block::BlockArgListType getSliceArguments() {
      return getBody().getArguments().slice(getCarries().size(), getSequences().size());
    }
    mlir::Block::BlockArgListType getConstantArguments() {
      return getBody().getArguments().take_back(getConstants().size());
    }
    /// What the body yields.
    mlir::OperandRange getNextCarries() {
      return getBody().front().getTerminator()->getOperands().take_front(getCarries().size());
    }
    mlir::OperandRange getSlices() {
      return getBody().front().getTerminator()->getOperands().drop_front(getCarries().size());
    }
  }];
}

def Rondo_YieldOp : Op<Rondo_Dialect, "yield",
    [Pure, Terminator, ReturnLike, HasParent<"::rondo::ScanOp">]> {
  let summary = "What one step of a `rondo.scan` yields: the carries, then a slice of each stacked result";
  let arguments = (ins Variadic<Rondo_AnyTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // RONDO_OPS
