//===- KernelOps.td - Destination-passing kernels -------------------------===//
//
// What the machine runs. Every op writes into destinations the caller gives;
// it works on tensors at the `kernels` level and on identity-layout memrefs at
// the `buffers` level, where it has no results. Each becomes one generated
// function, emitted once per signature.
//
//===----------------------------------------------------------------------===//

#ifndef KERNEL_OPS
#define KERNEL_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "compiler/kernels/IR/KernelEnums.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "dialect/IR/RondoBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::rondo::kernel";
  let summary = "Destination-passing kernels, before and after bufferization";
  let description = [{
    Elements are f32 and i32; predicates are i1 inside regions and i8 (0 or 1)
    in memory. Shapes carry no symbols here: sizes are index values.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::rondo::RondoDialect"];
  let extraClassDeclaration = [{
    /// Function attribute: which entry of the artifact this is ("forward", …).
    static constexpr llvm::StringLiteral kEntry = "kernel.entry";
    /// Argument attribute (#kernel.bind): where the C call finds this argument.
    static constexpr llvm::StringLiteral kBind = "kernel.bind";
    /// Argument attribute (strings): the symbol of each dynamic dimension.
    static constexpr llvm::StringLiteral kDims = "kernel.dims";
    /// Function attribute (strings): symbol expressions that must be at least 0.
    static constexpr llvm::StringLiteral kRequires = "kernel.requires";
    /// Function attribute (i64 pairs): first and last use of each arena buffer.
    static constexpr llvm::StringLiteral kLifetimes = "kernel.lifetimes";
    /// Function attribute: the entry whose buffer sizes this function computes.
    static constexpr llvm::StringLiteral kPlanOf = "kernel.plan_of";
    /// Op attribute, from buffers on: its result stays in the arena from run to run
    /// and is computed when `rondo_rt.stale` says so.
    static constexpr llvm::StringLiteral kOnce = "kernel.once";
    /// Function attribute (three strings each: name, layers, place), from code
    /// generation on: the kernels of an entry that has a profile.
    static constexpr llvm::StringLiteral kProfile = "kernel.profile";
    /// Module attribute (i32), from code generation on: calls of kernel libraries.
    static constexpr llvm::StringLiteral kNumSites = "kernel.num_sites";
  }];
}

def Kernel_BindAttr : AttrDef<Kernel_Dialect, "Bind"> {
  let mnemonic = "bind";
  let summary = "in[index] or out[index] plus byte_offset; or dims[index]; or the arena";
  let parameters = (ins EnumParameter<Kernel_BindKind>:$kind, "int64_t":$index, "int64_t":$byteOffset);
  let assemblyFormat = "`<` $kind `,` $index `,` $byteOffset `>`";
}

def Kernel_Shaped : AnyTypeOf<[AnyRankedTensor, AnyMemRef]>;

class Kernel_Op<string mnemonic, list<Trait> traits = []>
    : Op<Kernel_Dialect, mnemonic, traits>;

/// Lists of dimensions, one for each operand they belong to.
def Kernel_DimLists : TypedArrayAttrBase<I64ArrayAttr, "lists of dimensions">;

/// A destination-passing op: `outs` are the destinations, results only on
/// tensors. It overwrites its destinations without reading what was there, unless
/// it says that it keeps a part of that.
class Kernel_DestinationOp<string mnemonic, list<Trait> traits = []>
    : Kernel_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<BufferizableOpInterface,
          ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>])> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  code moreDeclarations = "";
  bit keepsDestination = 0;
  let extraClassDeclaration = [{
    mlir::MutableOperandRange getDpsInitsMutable() { return getOutsMutable(); }
  }] # moreDeclarations;
  let extraClassDefinition = [{
    void $cppClass::getEffects(
        llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects) {
      destinationEffects(*this, effects);
    }
    bool $cppClass::bufferizesToMemoryRead(mlir::OpOperand &operand,
                                           const mlir::bufferization::AnalysisState &) {
      return }] # !if(keepsDestination, "true", "!isDpsInit(&operand)") # [{;
    }
    bool $cppClass::bufferizesToMemoryWrite(mlir::OpOperand &operand,
                                            const mlir::bufferization::AnalysisState &) {
      return isDpsInit(&operand);
    }
    mlir::bufferization::AliasingValueList
    $cppClass::getAliasingValues(mlir::OpOperand &operand,
                                 const mlir::bufferization::AnalysisState &) {
      if (!isDpsInit(&operand))
        return {};
      return {{getTiedOpResult(&operand), mlir::bufferization::BufferRelation::Equivalent}};
    }
    mlir::LogicalResult
    $cppClass::bufferize(mlir::RewriterBase &rewriter,
                         const mlir::bufferization::BufferizationOptions &options) {
      return bufferizeDestinationOp(rewriter, *this, options);
    }
  }];
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "The scalar a region computes";
  let arguments = (ins AnyType:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Kernel_IndexOp : Kernel_Op<"index", [Pure]> {
  let summary = "Inside a region: the position along result dimension `dim`, as i32";
  let arguments = (ins I64Attr:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
}

def Kernel_RandomOp : Kernel_Op<"random", [Pure]> {
  let summary = "Inside the region of a map: an element of `rondo.random`, at this position of the result";
  let description = "`counter` is the counter's second word; its first one is the position.";
  let arguments = (ins I32:$key, I32:$counter, UnitAttr:$normal);
  let results = (outs F32:$result);
  let assemblyFormat = "(`normal` $normal^)? $key `,` $counter attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Elementwise, reductions, data movement
//===----------------------------------------------------------------------===//

def Kernel_MapOp : Kernel_DestinationOp<"map",
    [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove]> {
  let summary = "out[i…] = region(ins[i projected]…, scalars…)";
  let description = [{
    Operand k spans the result dimensions `operand_dims[k]` (strictly
    increasing) and is constant along the others; an operand dimension of
    literal size 1 is constant too. `scalars` are f32 values of the entry. The
    region gets one element of each operand, then the scalars; it holds scalar
    arith and math ops, `kernel.index` and `kernel.random`, and yields one scalar. One destination.
  }];
  let arguments = (ins Variadic<Kernel_Shaped>:$ins, Variadic<F32>:$scalars,
                       Variadic<Kernel_Shaped>:$outs, Kernel_DimLists:$operand_dims);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` ($ins^ `:` type($ins))? `)` (`scalars` `(` $scalars^ `)`)?
    `outs` `(` $outs `:` type($outs) `)`
    `operand_dims` `=` $operand_dims attr-dict-with-keyword $body (`->` type($results)^)?
  }];
  let moreDeclarations = [{
    /// The result dimensions that operand `k` spans.
    llvm::SmallVector<int64_t> getSpan(unsigned k);
    /// Whether one buffer may be read and written by these operands: each element is
    /// read before it is written, and never again.
    bool bufferizesToElementwiseAccess(const mlir::bufferization::AnalysisState &,
                                       llvm::ArrayRef<mlir::OpOperand *> operands);
  }];
  let hasVerifier = 1;
}

def Kernel_ReduceOp : Kernel_DestinationOp<"reduce",
    [AttrSizedOperandSegments, IsolatedFromAbove]> {
  let summary = "Combines adjacent dimensions [first, first + count), which disappear";
  let description = [{
    Sequential over the reduced elements in a fixed order, whatever the threads. What is combined
    is what the region makes of one element of each operand, all of which have the same shape;
    without a region the elements of the one operand.
  }];
  let arguments = (ins Variadic<Kernel_Shaped>:$ins, Variadic<Kernel_Shaped>:$outs,
                       Rondo_ReduceKindAttr:$kind, I64Attr:$first, I64Attr:$count);
  let regions = (region MaxSizedRegion<1>:$element);
  let assemblyFormat = [{
    $kind `ins` `(` $ins `:` type($ins) `)` `outs` `(` $outs `:` type($outs) `)`
    `first` `=` $first `count` `=` $count attr-dict (`element` $element^)? (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_SoftmaxOp : Kernel_DestinationOp<"softmax"> {
  let summary = "Softmax, or its logarithm, along the last dimension";
  let arguments = (ins Kernel_Shaped:$input, Variadic<Kernel_Shaped>:$outs, UnitAttr:$log);
  let assemblyFormat = [{
    (`log` $log^)? `ins` `(` $input `:` type($input) `)` `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_ArgMaxOp : Kernel_DestinationOp<"argmax"> {
  let summary = "Index (i32) of the first largest element along the last dimension";
  let arguments = (ins Kernel_Shaped:$input, Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_TransposeOp : Kernel_DestinationOp<"transpose"> {
  let summary = "Result dimension i is operand dimension permutation[i]";
  let arguments = (ins Kernel_Shaped:$input, Variadic<Kernel_Shaped>:$outs,
                       DenseI64ArrayAttr:$permutation);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $outs `:` type($outs) `)`
    `perm` `=` $permutation attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

class Kernel_BoxOp<string mnemonic> : Kernel_DestinationOp<mnemonic, [AttrSizedOperandSegments]> {
  let arguments = (ins Kernel_Shaped:$input, Variadic<Kernel_Shaped>:$outs,
                       Variadic<Index>:$offsets, DenseI64ArrayAttr:$strides);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $outs `:` type($outs) `)`
    `offsets` `=` `[` $offsets `]` `strides` `=` $strides attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_SliceOp : Kernel_BoxOp<"slice"> {
  let summary = "Element i of the result is operand element offset + stride * i, in each dimension";
  let description = "Strides are not zero; a negative one walks backwards.";
}

def Kernel_PadOp : Kernel_BoxOp<"pad"> {
  let summary = "Element i of the operand becomes result element offset + stride * i, in each dimension";
  let description = "All other elements of the result are zero. Strides are positive.";
}

def Kernel_InsertOp : Kernel_BoxOp<"insert"> {
  let summary = "Element i of the operand becomes result element offset + stride * i, in each dimension";
  let description = "All other elements of the destination stay. Strides are positive.";
  let keepsDestination = 1;
}

def Kernel_ConcatOp : Kernel_DestinationOp<"concat", [AttrSizedOperandSegments]> {
  let summary = "Operands one after the other along `axis`";
  let arguments = (ins Variadic<Kernel_Shaped>:$inputs, Variadic<Kernel_Shaped>:$outs, I64Attr:$axis);
  let assemblyFormat = [{
    `ins` `(` $inputs `:` type($inputs) `)` `outs` `(` $outs `:` type($outs) `)`
    `axis` `=` $axis attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_GatherOp : Kernel_DestinationOp<"gather"> {
  let summary = "out[s…, d…] = table[indices[s…], d…]";
  let description = [{
    An index in [-N, 0) counts from the last of N rows on; one outside [-N, N) gives zeros.
  }];
  let arguments = (ins Kernel_Shaped:$table, Kernel_Shaped:$indices, Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $table `,` $indices `:` type($table) `,` type($indices) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_ScatterAddOp : Kernel_DestinationOp<"scatter_add"> {
  let summary = "out[i, d…] = sum of updates[s…, d…] where indices[s…] is i";
  let description = [{
    Indices as in `kernel.gather`; updates of those that name no row are left out. Rows that no
    index names are zeros. Updates are added in their order, whatever the threads.
  }];
  let arguments = (ins Kernel_Shaped:$indices, Kernel_Shaped:$updates, Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $indices `,` $updates `:` type($indices) `,` type($updates) `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_ReshapeOp : Kernel_Op<"reshape", [Pure,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
      ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "bufferize"]>]> {
  let summary = "The same elements under another shape; no copy";
  let arguments = (ins Kernel_Shaped:$input, Variadic<Index>:$sizes);
  let results = (outs Kernel_Shaped:$result);
  let assemblyFormat = "$input `[` $sizes `]` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

def Kernel_MatmulOp : Kernel_DestinationOp<"matmul",
    [AttrSizedOperandSegments, IsolatedFromAbove]> {
  let summary = "out[b,m,n] = epilogue(sum over k of lhs[b,m,k] * rhs[b,k,n])";
  let description = [{
    Dimension groups: lhs is (batch…, m…, k…), or (batch…, k…, m…) with
    `transpose_lhs`; rhs is (batch…, k…, n…); the destination is (batch…, m…, n…).
    `num_batch`, `num_m`, `num_n`, `num_k` count the dimensions of each group
    (0 is a size of one). The epilogue region, which may be empty, gets the
    sum and one scalar of each extra operand; extra operand j spans the result
    dimensions `extra_dims[j]`, as in `kernel.map`. The sum runs over k in order.
    A `mask` says which rows matter, (m…), or with `transpose_lhs` which products, (k…): the sums of
    rows where it is 0 are 0 without being computed, and products where it is 0 are left out of
    sums. There is no batch then.
    With a `window`, lhs is (…, T, D), each row of the plain matrix that many neighbouring steps of
    it: the last of the dimensions before has T - window + 1 steps, and there are window·D columns.
    There is neither a batch nor a mask then.
  }];
  let arguments = (ins Kernel_Shaped:$lhs, Kernel_Shaped:$rhs, Optional<Kernel_Shaped>:$mask,
                       Variadic<Kernel_Shaped>:$extras, Variadic<Kernel_Shaped>:$outs, I64Attr:$num_batch, I64Attr:$num_m,
                       I64Attr:$num_n, I64Attr:$num_k, UnitAttr:$transpose_lhs,
                       OptionalAttr<I64Attr>:$window, Kernel_DimLists:$extra_dims);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)`
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`extras` `(` $extras^ `:` type($extras) `)`)? `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`epilogue` $epilogue^)? (`->` type($results)^)?
  }];
  let moreDeclarations = [{
    /// The result dimensions that extra operand `j` spans.
    llvm::SmallVector<int64_t> getExtraSpan(unsigned j);
    /// Whether one buffer may be read and written by these operands: each element is
    /// read before it is written, and never again.
    bool bufferizesToElementwiseAccess(const mlir::bufferization::AnalysisState &,
                                       llvm::ArrayRef<mlir::OpOperand *> operands);
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//
// N is the product of all leading dimensions. Scores exist for a block of kRows
// queries at a time, unless they are kept.

def Kernel_AttentionOp : Kernel_DestinationOp<"attention", [AttrSizedOperandSegments]> {
  let summary = "Attention of queries (N,Q,D) to keys (N,K,D)";
  let description = [{
    With `value` (N,K,E) the first destination is the context (N,Q,E). Without it, the column
    sums of the weights (N,C,K), of each of C chunks of the queries by itself. The second
    destination are the weights (N,Q,K), or where it has rows of one block, scratch (N*C,kRows,K).
    Threads own chunks, or where weights are kept of a context, blocks.
  }];
  let arguments = (ins Kernel_Shaped:$query, Kernel_Shaped:$key, Optional<Kernel_Shaped>:$value,
                       Variadic<Kernel_Shaped>:$outs, UnitAttr:$keeps_weights);
  let assemblyFormat = [{
    (`keeps_weights` $keeps_weights^)? `ins` `(` $query `,` $key (`,` $value^)? `:`
    type($query) `,` type($key) (`,` type($value)^)? `)` `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`->` type($results)^)?
  }];
  let moreDeclarations = [{
    /// Queries whose scores exist at a time: a multiple of all tile heights.
    static constexpr int64_t kRows = 120;
    /// About how many chunks there are where the leading dimensions are few.
    static constexpr int64_t kChunks = 16;
  }];
  let hasVerifier = 1;
}

def Kernel_AttentionGradOp : Kernel_DestinationOp<"attention_grad", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of queries, keys and values";
  let description = [{
    Reads `weights` (N,Q,K) or makes them again. The cotangents of the weights are products of
    `d_context` (N,Q,E) with `value` (N,K,E), or, of an attention summed over its queries,
    `d_weights` (N,K), the same for all queries.

    Destinations: scratch (N,kRows,K) for the cotangents of a block of scores, another one for
    its weights where they are made again, then those of d_query (N,Q,D), d_key (N,K,D) and d_value
    (N,K,E) that are `wanted`; with `d_weights`, the column sums of the weights (N,K) in the
    place of d_value. Threads own indices of N: sums over queries run in order.
  }];
  let arguments = (ins Kernel_Shaped:$query, Kernel_Shaped:$key,
                       Optional<Kernel_Shaped>:$weights, Optional<Kernel_Shaped>:$value,
                       Optional<Kernel_Shaped>:$d_context, Optional<Kernel_Shaped>:$d_weights,
                       Variadic<Kernel_Shaped>:$outs, DenseBoolArrayAttr:$wanted);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let moreDeclarations = [{
    /// How many destinations are scratch.
    unsigned getNumScratch() { return getWeights() ? 1 : 2; }
    /// The destination of d_query, d_key, or d_value or the column sums; null where it is not wanted.
    mlir::Value getGradient(unsigned index);
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

def Kernel_LstmPackOp : Kernel_DestinationOp<"lstm_pack", [AttrSizedOperandSegments]> {
  let summary = "LSTM weights in the order in which the forward kernel reads them";
  let description = [{
    out is (ceil(H/L), D + H + 1, 4, L) for L lanes: rows 0…D-1 from kernel, then
    H rows of recurrent_kernel, then the bias (zeros without one); columns past H are zero.
    Where the activations are tanh and sigmoid, those of i, f and o are multiplied by -log2 e,
    those of g by 2 log2 e: sums of gates are exponents of 2.

    As bfloat16, out is i32 (ceil(H/L), 2 (D + H) + 4, L): two rows of words for each row of
    weights, the first with i in the lower and f in the upper half, the second with g and o;
    then the bias as f32.
  }];
  let arguments = (ins Kernel_Shaped:$kernel, Kernel_Shaped:$recurrent_kernel,
                       Optional<Kernel_Shaped>:$bias, Variadic<Kernel_Shaped>:$outs,
                       Rondo_ActivationAttr:$activation, Rondo_ActivationAttr:$recurrent_activation);
  let assemblyFormat = [{
    `ins` `(` $kernel `,` $recurrent_kernel (`,` $bias^)? `:` type($kernel) `,` type($recurrent_kernel)
    (`,` type($bias)^)? `)` `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_PackTransposedOp : Kernel_DestinationOp<"pack_transposed"> {
  let summary = "Transposed weights of gates in the order in which products with gates read them";
  let description = [{
    weights is (N, GH). out is (ceil(N/2L), ceil(H/L), G, L, 2L) for L lanes: for a strip of 2L
    columns (rows of weights), a line for each unit of each gate of each block of units; what is
    past N or H is zero.
  }];
  let arguments = (ins Kernel_Shaped:$weights, Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $weights `:` type($weights) `)` `outs` `(` $outs `:` type($outs) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_LstmForwardOp : Kernel_DestinationOp<"lstm_forward", [AttrSizedOperandSegments]> {
  let summary = "LSTM over a whole sequence; the time loop is inside";
  let description = [{
    Destinations: sequence (B,T,H), last_h (B,H), last_c (B,H), which holds the running
    cell state, projection (ceil(H/L),16,4,L) for L lanes, scratch; in the training form
    also gates (2 ceil(H/L),B,T,2,L), where i and f, g and o are as rondo.lstm keeps them, and
    cells (B,T,H), or, for `kernel.lstm_segments`, states (B,S,2H): h and c before each of
    S segments of ceil(T/S) steps. Threads own rows of the batch, or units of a small one.
    With a mask (B,T), only steps where it is not 0 are computed; elsewhere h and c are copied,
    and gates are 0.
  }];
  let arguments = (ins Kernel_Shaped:$input, Kernel_Shaped:$packed,
                       Optional<Kernel_Shaped>:$initial_h, Optional<Kernel_Shaped>:$initial_c,
                       Optional<Kernel_Shaped>:$mask, Variadic<Kernel_Shaped>:$outs,
                       Rondo_ActivationAttr:$activation, Rondo_ActivationAttr:$recurrent_activation);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let moreDeclarations = [{
    /// Destinations that are always there.
    static constexpr unsigned kFixedOuts = 4;
    /// Lines of gates that `projection` has for each vector of units.
    static constexpr int64_t kProjectedLines = 16;
    /// Destinations of the training form, null without it.
    mlir::Value getGates() { return getOuts().size() == 6 ? getOuts()[4] : mlir::Value(); }
    mlir::Value getCells() { return getOuts().size() == 6 ? getOuts()[5] : mlir::Value(); }
    /// The destination of the form for segments, else null.
    mlir::Value getStates() { return getOuts().size() == 5 ? getOuts()[4] : mlir::Value(); }
  }];
  let hasVerifier = 1;
}

def Kernel_LstmBackwardOp : Kernel_DestinationOp<"lstm_backward", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of the gate sums at every step; the time loop is inside";
  let description = [{
    recurrent_t is the recurrent kernel as `kernel.pack_transposed` writes it.
    Destinations: dz (2 ceil(H/L),B,T,2,L), the cotangents before activation; dh0 (B,H) and
    dc0 (B,H), which hold the running dh and dc; dh0 is finished only with `d_initial`; dz_now
    (2,B,ceil(H/L),4,L), scratch: dz of the last two steps. The gradients of weights and input are made of dz by `kernel.lstm_weight_gradient` and
    `kernel.lstm_input_gradient`. Where the mask (B,T) is 0, dz is 0, dh and dc stay.
  }];
  let arguments = (ins Kernel_Shaped:$recurrent_t, Kernel_Shaped:$gates, Kernel_Shaped:$cells,
                       Optional<Kernel_Shaped>:$initial_c, Optional<Kernel_Shaped>:$mask,
                       Optional<Kernel_Shaped>:$d_sequence, Optional<Kernel_Shaped>:$d_last_h,
                       Optional<Kernel_Shaped>:$d_last_c, Variadic<Kernel_Shaped>:$outs,
                       UnitAttr:$d_initial,
                       Rondo_ActivationAttr:$activation, Rondo_ActivationAttr:$recurrent_activation);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Kernel_LstmWeightGradientOp
    : Kernel_DestinationOp<"lstm_weight_gradient", [AttrSizedOperandSegments]> {
  let summary = "Gradients of the weights of an LSTM";
  let description = [{
    From what `kernel.lstm_forward` and `kernel.lstm_backward` wrote. Destinations: of
    d_kernel (D,4H), d_recurrent_kernel (H,4H) and d_bias (4H) those that are `wanted`.
    The sums run over the batch, then over time, without the steps where the mask (B,T) is 0.
  }];
  let arguments = (ins Kernel_Shaped:$input, Kernel_Shaped:$sequence,
                       Optional<Kernel_Shaped>:$initial_h, Optional<Kernel_Shaped>:$mask, Kernel_Shaped:$dz,
                       Variadic<Kernel_Shaped>:$outs, DenseBoolArrayAttr:$wanted);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let moreDeclarations = [{
    /// The destination of d_kernel, d_recurrent_kernel or d_bias; null where it is not wanted.
    mlir::Value getGradient(unsigned index);
  }];
  let hasVerifier = 1;
}

def Kernel_LstmInputGradientOp
    : Kernel_DestinationOp<"lstm_input_gradient", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of the input of an LSTM";
  let description = [{
    kernel_t is the kernel as `kernel.pack_transposed` writes it. Destination:
    d_input (B,T,D), which is 0 where the mask (B,T) is.
  }];
  let arguments = (ins Kernel_Shaped:$kernel_t, Kernel_Shaped:$dz, Optional<Kernel_Shaped>:$mask,
                       Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $kernel_t `,` $dz (`,` $mask^)? `:` type($kernel_t) `,` type($dz) (`,` type($mask)^)? `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_LstmSegmentsOp : Kernel_DestinationOp<"lstm_segments", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of an LSTM that kept its states before each segment only";
  let description = [{
    From the last segment to the first, runs the training form of a segment again from
    `states` (as `kernel.lstm_forward` wrote them, with the mask (B,T) that it had), then its
    backward pass, and adds
    what it contributes to the gradients of the weights: first over segments, then
    over the batch, then over time. kernel_t, only needed for d_input, and recurrent_t are
    as `kernel.pack_transposed` writes them.

    Destinations, with N = ceil(T/S) steps in a segment: dh0 and dc0 (B,H), which hold the
    running dh and dc; then scratch: sequence (B,N,H), last_h and last_c (B,H), projection
    (ceil(H/L),16,4,L), gates (2 ceil(H/L),B,N,2,L), cells (B,N,H), dz like gates, dz_now
    (2,B,ceil(H/L),4,L); then of d_input (B,T,D), d_kernel (D,4H), d_recurrent_kernel (H,4H) and d_bias (4H) those that are
    `wanted`.
  }];
  let arguments = (ins Kernel_Shaped:$input, Kernel_Shaped:$packed,
                       Optional<Kernel_Shaped>:$kernel_t, Kernel_Shaped:$recurrent_t,
                       Kernel_Shaped:$states, Optional<Kernel_Shaped>:$mask,
                       Optional<Kernel_Shaped>:$d_sequence,
                       Optional<Kernel_Shaped>:$d_last_h, Optional<Kernel_Shaped>:$d_last_c,
                       Variadic<Kernel_Shaped>:$outs, DenseBoolArrayAttr:$wanted,
                       Rondo_ActivationAttr:$activation, Rondo_ActivationAttr:$recurrent_activation);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let moreDeclarations = [{
    /// Destinations that are always there.
    static constexpr unsigned kFixedOuts = 10;
    /// The destination of d_input, d_kernel, d_recurrent_kernel or d_bias; null
    /// where it is not wanted.
    mlir::Value getGradient(unsigned index);
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Recurrent layers with one state: cells as of rondo.rnn
//===----------------------------------------------------------------------===//

def Kernel_RnnPackOp : Kernel_DestinationOp<"rnn_pack", [AttrSizedOperandSegments]> {
  let summary = "Recurrent weights in the order in which the forward kernel reads them";
  let description = [{
    recurrent_kernel is (H, GH) for G gates. out is (ceil(H/L), H + 1, G, L) for L lanes: the H rows,
    then the bias (zeros without one); columns past H are zero.
  }];
  let arguments = (ins Kernel_Shaped:$recurrent_kernel, Optional<Kernel_Shaped>:$bias,
                       Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $recurrent_kernel (`,` $bias^)? `:` type($recurrent_kernel) (`,` type($bias)^)? `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_RnnForwardOp : Kernel_DestinationOp<"rnn_forward", [AttrSizedOperandSegments]> {
  let summary = "A recurrent layer over a whole sequence; the time loop is inside";
  let description = [{
    `packed` is as `kernel.rnn_pack` writes it. Destinations: sequence (B,T,H), last_h (B,H), and
    in the training form gates (B,T,KH) as `rondo.rnn` keeps them. Threads own rows of the batch,
    or units of a small one. With a mask (B,T), only steps where it is not 0 are computed;
    elsewhere h is copied, and gates are 0.
  }];
  let arguments = (ins Kernel_Shaped:$sums, Kernel_Shaped:$packed, Kernel_Shaped:$initial_h,
                       Optional<Kernel_Shaped>:$mask, Variadic<Kernel_Shaped>:$outs, Rondo_RnnCellAttr:$cell,
                       Rondo_ActivationAttr:$activation, Rondo_ActivationAttr:$recurrent_activation);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let moreDeclarations = [{
    /// The destination of the training form, null without it.
    mlir::Value getGates() { return getOuts().size() == 3 ? getOuts()[2] : mlir::Value(); }
  }];
  let hasVerifier = 1;
}

def Kernel_RnnBackwardOp : Kernel_DestinationOp<"rnn_backward", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of the sums of every step; the time loop is inside";
  let description = [{
    recurrent_t is the recurrent kernel as `kernel.pack_transposed` writes it, gates and sequence
    what the training form wrote. Destinations: d_sums (B,T,GH); dh0 (B,H), which holds the running
    dh and is finished only with `d_initial`; d_now (2,B,ceil(H/L),G,L), scratch: the cotangents of
    s in the last two steps; of a gru d_state_sums (B,T,GH). Where the mask (B,T) is 0, d_sums and
    d_state_sums are 0, dh stays.
  }];
  let arguments = (ins Kernel_Shaped:$recurrent_t, Kernel_Shaped:$gates, Kernel_Shaped:$sequence,
                       Kernel_Shaped:$initial_h, Optional<Kernel_Shaped>:$mask,
                       Optional<Kernel_Shaped>:$d_sequence, Optional<Kernel_Shaped>:$d_last_h,
                       Variadic<Kernel_Shaped>:$outs, UnitAttr:$d_initial, Rondo_RnnCellAttr:$cell,
                       Rondo_ActivationAttr:$activation, Rondo_ActivationAttr:$recurrent_activation);
  let assemblyFormat = [{
    `(` operands `)` attr-dict `:` functional-type(operands, results)
  }];
  let moreDeclarations = [{
    /// The destination of d_state_sums, null of a simple cell.
    mlir::Value getDStateSums() { return getOuts().size() == 4 ? getOuts()[3] : mlir::Value(); }
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// oneDNN: calls of runtime/onednn/onednn.h, which says more of every operand
//===----------------------------------------------------------------------===//
// `shape` has five indices: T, B, D, H and 1 where there are initial states, else
// 0; of a matmul batch, M, N, K and 1 where lhs is transposed, else 0. Sequences
// are time-major. Scratchpads, workspaces and packed weights are bytes whose
// number `kernel.onednn_size` tells.

def Kernel_OnednnKindAttr : EnumAttr<Kernel_Dialect, Kernel_OnednnKind, "onednn_kind">;
def Kernel_OnednnBufferAttr : EnumAttr<Kernel_Dialect, Kernel_OnednnBuffer, "onednn_buffer">;

def Kernel_OnednnSizeOp : Kernel_Op<"onednn_size", [Pure]> {
  let summary = "Bytes of a buffer that a primitive of this shape needs";
  let description = "oneDNN is asked when a plan is made; an entry has the result from its plan.";
  let arguments = (ins Kernel_OnednnKindAttr:$kind, Kernel_OnednnBufferAttr:$buffer,
                       Variadic<Index>:$shape);
  let results = (outs Index:$result);
  let assemblyFormat = "$kind $buffer `shape` `(` $shape `)` attr-dict";
  let hasVerifier = 1;
}

def Kernel_OnednnLstmPackOp : Kernel_DestinationOp<"onednn_lstm_pack", [AttrSizedOperandSegments]> {
  let summary = "Both weights of an LSTM in the layout that a primitive of this kind reads";
  let arguments = (ins Kernel_OnednnKindAttr:$kind, Kernel_Shaped:$kernel,
                       Kernel_Shaped:$recurrent_kernel, Variadic<Index>:$shape,
                       Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    $kind `ins` `(` $kernel `,` $recurrent_kernel `:` type($kernel) `,` type($recurrent_kernel) `)`
    `shape` `(` $shape `)` `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_OnednnLstmForwardOp : Kernel_DestinationOp<"onednn_lstm_forward", [AttrSizedOperandSegments]> {
  let summary = "LSTM with tanh and sigmoid over a whole sequence";
  let description = [{
    Destinations: sequence (T,B,H), last_h (B,H), last_c (B,H), the scratchpad;
    in the training form also the workspace, which one backward pass reads.
  }];
  let arguments = (ins Kernel_Shaped:$input, Kernel_Shaped:$packed, Kernel_Shaped:$bias,
                       Optional<Kernel_Shaped>:$initial_h, Optional<Kernel_Shaped>:$initial_c,
                       Variadic<Index>:$shape, Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $input `,` $packed `,` $bias `:` type($input) `,` type($packed) `,` type($bias) `)`
    (`initial` `(` $initial_h^ `,` $initial_c `:` type($initial_h) `,` type($initial_c) `)`)?
    `shape` `(` $shape `)` `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let moreDeclarations = [{
    bool isTraining() { return getOuts().size() == 5; }
  }];
  let hasVerifier = 1;
}

def Kernel_OnednnLstmBackwardOp : Kernel_DestinationOp<"onednn_lstm_backward", [AttrSizedOperandSegments]> {
  let summary = "Cotangents of an LSTM's operands";
  let description = [{
    `packed` is for the backward pass; `sequence`, `last_h`, `last_c` and
    `workspace` are what the training form wrote. Destinations: d_input (T,B,D),
    d_kernel, d_recurrent_kernel, d_bias, the scratchpad, and with initial states
    d_initial_h and d_initial_c (B,H).
  }];
  let arguments = (ins Kernel_Shaped:$input, Kernel_Shaped:$packed, Kernel_Shaped:$bias,
                       Optional<Kernel_Shaped>:$initial_h, Optional<Kernel_Shaped>:$initial_c,
                       Kernel_Shaped:$sequence, Kernel_Shaped:$last_h, Kernel_Shaped:$last_c,
                       Kernel_Shaped:$workspace, Kernel_Shaped:$d_sequence,
                       Kernel_Shaped:$d_last_h, Kernel_Shaped:$d_last_c,
                       Variadic<Index>:$shape, Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $input `,` $packed `,` $bias `:` type($input) `,` type($packed) `,` type($bias) `)`
    (`initial` `(` $initial_h^ `,` $initial_c `:` type($initial_h) `,` type($initial_c) `)`)?
    `cache` `(` $sequence `,` $last_h `,` $last_c `,` $workspace `:` type($sequence) `,`
    type($last_h) `,` type($last_c) `,` type($workspace) `)`
    `cotangents` `(` $d_sequence `,` $d_last_h `,` $d_last_c `:` type($d_sequence) `,`
    type($d_last_h) `,` type($d_last_c) `)`
    `shape` `(` $shape `)` `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def Kernel_OnednnMatmulOp : Kernel_DestinationOp<"onednn_matmul", [AttrSizedOperandSegments]> {
  let summary = "out[b,m,n] = sum over k of lhs[b,m,k] * rhs[b,k,n]";
  let description = [{
    Operands as `kernel.matmul` has them, whose groups of dimensions lie one
    after the other in memory: `shape` holds their products. Destinations: the
    result and the scratchpad.
  }];
  let arguments = (ins Kernel_Shaped:$lhs, Kernel_Shaped:$rhs, Variadic<Index>:$shape,
                       Variadic<Kernel_Shaped>:$outs);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)` `shape` `(` $shape `)`
    `outs` `(` $outs `:` type($outs) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Optimizers: on memrefs at every level, outside tensor SSA
//===----------------------------------------------------------------------===//

class Kernel_FlatOp<string mnemonic, list<Trait> traits = []>
    : Kernel_Op<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])>;

def Kernel_AccumulateOp : Kernel_FlatOp<"accumulate"> {
  let summary = "Makes the gradients of every `steps`-th step a mean over as many, in place";
  let description = [{
    In a step t that `steps` divides, g = (g + a) / steps and then a = 0; in others a = a + g.
  }];
  let arguments = (ins AnyMemRef:$gradients, AnyMemRef:$accumulator, AnyMemRef:$step,
                       I64Attr:$steps);
  let assemblyFormat = "`(` operands `)` attr-dict `:` type(operands)";
}

def Kernel_ClipValueOp : Kernel_FlatOp<"clip_value"> {
  let summary = "g = min(max(g, -limit), limit), in place";
  let arguments = (ins AnyMemRef:$gradients, F64Attr:$limit);
  let assemblyFormat = "`(` operands `)` attr-dict `:` type(operands)";
}

def Kernel_ClipNormOp : Kernel_FlatOp<"clip_norm"> {
  let summary = "Scales segments of the flat gradients down to a norm, in place";
  let description = [{
    Segment i is [segments[i], segments[i + 1]); n is the Euclidean norm of one.
    Each is scaled by limit / max(n, limit), as tf.clip_by_norm does; with
    `global`, by limit * min(1 / n, 1 / limit), and a norm that is not finite
    makes the whole segment NaN, as Keras' `global_clipnorm` does. Sums of
    squares of blocks of `kBlock` elements go to `scratch`, which has an element
    for each block of each segment, and are added in order, whatever the threads.
  }];
  let arguments = (ins AnyMemRef:$gradients, AnyMemRef:$scratch, F64Attr:$limit,
                       DenseI64ArrayAttr:$segments, UnitAttr:$global);
  let assemblyFormat = "`(` operands `)` attr-dict `:` type(operands)";
  let extraClassDeclaration = [{
    static constexpr int64_t kBlock = 16384;
    /// How many blocks a segment of `size` elements has.
    static int64_t numBlocks(int64_t size) { return (size + kBlock - 1) / kBlock; }
    /// How many elements `scratch` needs.
    static int64_t scratchSize(llvm::ArrayRef<int64_t> segments);
  }];
  let hasVerifier = 1;
}

def Kernel_UpdateOp : Kernel_FlatOp<"update"> {
  let summary = "A step of an optimizer over the flat buffers, in place";
  let description = [{
    `optimizer` is a `rondo.optimizer` dictionary, whose name chooses the rule
    (compiler/codegen/UpdateRules.cpp has the formulas) and whose slots, in the order of
    `optimizerRuleSlots`, are the operands after the gradients. `step` counts from 1.
    Takes `weight_decay` * learning rate * w off w first, but for elements in the segments
    [undecayed[2i], undecayed[2i + 1]). The rule `lamb` leaves it at that, and
    puts its direction in the place of the gradients. With `gradient_accumulation_steps` only
    every so many steps change anything, and these are counted.
  }];
  let arguments = (ins AnyMemRef:$parameters, AnyMemRef:$gradients, Variadic<AnyMemRef>:$slots,
                       AnyMemRef:$learning_rate, AnyMemRef:$step, DictionaryAttr:$optimizer,
                       OptionalAttr<DenseI64ArrayAttr>:$undecayed);
  let assemblyFormat = "$optimizer `(` operands `)` attr-dict `:` type(operands)";
  let hasVerifier = 1;
}

def Kernel_TrustStepOp : Kernel_FlatOp<"trust_step"> {
  let summary = "w -= learning rate |w| / |u| u for each variable, in place";
  let description = [{
    Segment i of the flat parameters w and directions u is [segments[i], segments[i + 1]); the
    factor is 1 where a norm is 0. Sums of squares of blocks go to `scratch`, as those of
    `kernel.clip_norm`: first those of w, then those of u. Does nothing in steps that
    `accumulation`, where that is above 1, does not divide.
  }];
  let arguments = (ins AnyMemRef:$parameters, AnyMemRef:$directions, AnyMemRef:$scratch,
                       AnyMemRef:$learning_rate, AnyMemRef:$step, DenseI64ArrayAttr:$segments,
                       I64Attr:$accumulation);
  let assemblyFormat = "`(` operands `)` attr-dict `:` type(operands)";
  let extraClassDeclaration = [{
    /// How many elements `scratch` needs.
    static int64_t scratchSize(llvm::ArrayRef<int64_t> segments) {
      return 2 * ClipNormOp::scratchSize(segments);
    }
  }];
  let hasVerifier = 1;
}

def Kernel_AverageOp : Kernel_FlatOp<"average"> {
  let summary = "Follows the parameters by a moving average, in place";
  let description = [{
    With the number i of updates before this step, (t - 1) / accumulation: a = momentum a +
    (1 - momentum) w, or w where i = 0; then w = a if `frequency` is above 0 and divides i + 1.
  }];
  let arguments = (ins AnyMemRef:$parameters, AnyMemRef:$average, AnyMemRef:$step,
                       F64Attr:$momentum, I64Attr:$frequency, I64Attr:$accumulation);
  let assemblyFormat = "`(` operands `)` attr-dict `:` type(operands)";
}

//===----------------------------------------------------------------------===//
// Arena
//===----------------------------------------------------------------------===//

def Kernel_BufferOp : Kernel_Op<"buffer", [Pure]> {
  let summary = "Planned buffer `id` of the arena, under a memref type";
  let description = "The arena starts with a table of byte offsets, one per buffer.";
  let arguments = (ins AnyMemRef:$arena, Variadic<Index>:$sizes, I64Attr:$id);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "$arena `,` $id `[` $sizes `]` attr-dict `:` type($arena) `->` type($result)";
  let hasVerifier = 1;
}

#endif // KERNEL_OPS
