//===- RondoBase.td - The rondo dialect, its attributes and enums ---------===//
//
// The dialect of layers and tensor algebra. Nothing here knows a machine: it
// says what a model computes, with Keras' semantics, batch-major shapes and
// named dynamic dimensions.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BASE
#define RONDO_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/TensorEncoding.td"

def Rondo_Dialect : Dialect {
  let name = "rondo";
  let cppNamespace = "::rondo";
  let summary = "Layers and tensor algebra of sequence models";
  let description = [{
    Ops are pure functions of tensors. A dynamic dimension always carries a
    symbol (see `#rondo.dims`); two dimensions are equal at run time exactly
    when their symbols are. Numbers are f32 in compiled code and f64 in the
    reference interpreter; ids and labels are i32; predicates are i1.

    Function arguments and results of a model carry these attributes:

    | attribute | on | meaning |
    |---|---|---|
    | `rondo.input` (string) | argument | a model input, by Keras name |
    | `rondo.parameter` (`#rondo.parameter`) | argument | a variable of the model |
    | `rondo.target` (string) | argument of `@evaluate` | the target of the output of that name |
    | `rondo.sample_weight` (string) | argument of `@evaluate` | weights of the elementwise loss of the output of that name |
    | `rondo.random_key` (unit) | argument of an entry that draws, the last of `@forward`, `@evaluate` and `@training` | what random numbers of this run are drawn from |
    | `rondo.cotangent_of` (string) | argument of `@vjp` | the cotangent of the output of that name |
    | `rondo.vector_of` (string) | argument of `@hvp` | the part of the vector that belongs to the parameter of that path |
    | `rondo.output` (string) | result of `@forward` and `@vjp` | a model output, by Keras name |
    | `rondo.loss` (unit) | result of `@evaluate` | the scalar loss |
    | `rondo.metric_sum`, `rondo.metric_count` (string) | results of `@evaluate` | a metric as a (sum, count) pair |
    | `rondo.metric` (dictionary) | result of `@evaluate`, a vector | sums that make another metric: its `name`, the `rule` that makes its value of the sums of all batches, the `numbers` (f64) of that and, where the rule is `program`, the `program` (as that of a schedule) |
    | `rondo.update_of` (string) | result | what the parameter of that path, which is not trainable, becomes: of `@training` in a training step, of `@forward` and `@evaluate` in every run |
    | `rondo.gradient_of` (string) | result of a derived entry | gradient with respect to the parameter of that path |
    | `rondo.input_gradient_of` (string) | result of a derived entry | gradient with respect to the input of that name |
    | `rondo.hessian_product_of` (string) | result of `@hvp` | the part of Hessian times vector that belongs to the parameter of that path |
    | `rondo.optimizer` (dictionary) | module and `@train_step` | the update rule (`name`), its hyperparameters (f64), where the learning rate changes its `schedule` (`name`, and the `program` that makes it of the number of steps before: instructions on single numbers, as in `dialect/IR/ScalarOperations.h`), and the paths of parameters that `weight_decay` leaves alone (`undecayed`) |
    | `rondo.residual` (string) | op of `@evaluate` or `@forward` | what becomes of its results that a backward pass reads: `save`, `recompute` or `segments`; gone once that exists |
    | `rondo.impl` (string) | `rondo.lstm`, `rondo.lstm_grad`, `rondo.contract` | who computes it: `generated` code or `onednn`; there once kernels are chosen |
    | `rondo.weights` (string) | `rondo.lstm` | `bf16`: generated kernels of `@forward` and `@evaluate` read its weights as bfloat16, by its dtype policy; once kernels are chosen, on just those |
    | `rondo.recompute_of` (string) | op, and the kernel that it becomes | the layer whose op it repeats for the backward pass; keeps both from becoming one |
    | `rondo.symbols` (strings) | module | the base symbols, in the order of the `dims` array of the C ABI |

    * model_c1: an attribute stands on an argument, on a result or on an op as in this table.
    * model_c2: its value is of the kind in this table.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let extraClassDeclaration = [{
    static constexpr llvm::StringLiteral kInput = "rondo.input";
    static constexpr llvm::StringLiteral kParameter = "rondo.parameter";
    static constexpr llvm::StringLiteral kTarget = "rondo.target";
    static constexpr llvm::StringLiteral kSampleWeight = "rondo.sample_weight";
    static constexpr llvm::StringLiteral kRandomKey = "rondo.random_key";
    static constexpr llvm::StringLiteral kCotangentOf = "rondo.cotangent_of";
    static constexpr llvm::StringLiteral kVectorOf = "rondo.vector_of";
    static constexpr llvm::StringLiteral kOutput = "rondo.output";
    static constexpr llvm::StringLiteral kLoss = "rondo.loss";
    static constexpr llvm::StringLiteral kMetricSum = "rondo.metric_sum";
    static constexpr llvm::StringLiteral kMetricCount = "rondo.metric_count";
    static constexpr llvm::StringLiteral kUpdateOf = "rondo.update_of";
    static constexpr llvm::StringLiteral kGradientOf = "rondo.gradient_of";
    static constexpr llvm::StringLiteral kInputGradientOf = "rondo.input_gradient_of";
    static constexpr llvm::StringLiteral kHessianProductOf = "rondo.hessian_product_of";
    static constexpr llvm::StringLiteral kOptimizer = "rondo.optimizer";
    static constexpr llvm::StringLiteral kResidual = "rondo.residual";
    static constexpr llvm::StringLiteral kImpl = "rondo.impl";
    static constexpr llvm::StringLiteral kWeights = "rondo.weights";
    static constexpr llvm::StringLiteral kRecomputeOf = "rondo.recompute_of";
    static constexpr llvm::StringLiteral kSymbols = "rondo.symbols";
  }];
}

class Rondo_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Rondo_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Rondo_DimsAttr : Rondo_Attr<"Dims", "dims",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "What the dynamic dimensions of a tensor are";
  let description = [{
    One symbol for each dynamic dimension, in order. A symbol is a polynomial
    over base symbols, and quotients of such polynomials and positive numbers that
    are rounded down, with integer coefficients, in the canonical spelling of
    `DimExpr` (`B`, `T-1`, `B*T`, `S+2*T`, `((T+1)/2)`).

    Constraints:
    * dims_c1: there are as many symbols as dynamic dimensions.
    * dims_c2: each symbol is canonical and not a constant.
    * dims_c3: a tensor without dynamic dimensions has no encoding.

    Example: `tensor<?x?x64xf32, #rondo.dims<["B", "T"]>>`
  }];
  let parameters = (ins ArrayRefParameter<"mlir::StringAttr">:$symbols);
  let assemblyFormat = "`<` `[` $symbols `]` `>`";
  let genVerifyDecl = 1;
}

def Rondo_ParameterAttr : Rondo_Attr<"Parameter", "parameter"> {
  let summary = "A variable of the model: its Keras path and how it starts";
  let description = [{
    `initializer` is a dictionary with `name` and what that initializer takes,
    for example `{name = "glorot_uniform"}` or `{name = "zeros", unit_forget = true}`
    (LSTM bias: the forget slice starts at one). `stored` is the variable's place in
    a `.weights.h5` file, for example `layers/lstm/cell/vars/0`.
  }];
  let parameters = (ins StringRefParameter<"Keras variable path">:$path,
                        "mlir::DictionaryAttr":$initializer, "bool":$trainable,
                        StringRefParameter<"place in a weights file", "\"\"">:$stored);
  let assemblyFormat = "`<` struct(params) `>`";
}

class Rondo_Enum<string name, string what, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, what, cases> {
  let cppNamespace = "::rondo";
  let genSpecializedAttr = 0;
}

/// Elementwise activations by Keras' names and with its default parameters. The
/// formulas are in dialect/Activations.h.
def Rondo_Activation : Rondo_Enum<"Activation", "elementwise activation of a recurrent layer", [
  I32EnumAttrCase<"linear", 0>, I32EnumAttrCase<"tanh", 1>, I32EnumAttrCase<"sigmoid", 2>,
  I32EnumAttrCase<"relu", 3>, I32EnumAttrCase<"relu6", 4>, I32EnumAttrCase<"leaky_relu", 5>,
  I32EnumAttrCase<"elu", 6>, I32EnumAttrCase<"selu", 7>, I32EnumAttrCase<"celu", 8>,
  I32EnumAttrCase<"gelu", 9>, I32EnumAttrCase<"silu", 10>, I32EnumAttrCase<"softplus", 11>,
  I32EnumAttrCase<"softsign", 12>, I32EnumAttrCase<"hard_sigmoid", 13>,
  I32EnumAttrCase<"hard_silu", 14>, I32EnumAttrCase<"hard_tanh", 15>,
  I32EnumAttrCase<"tanh_shrink", 16>, I32EnumAttrCase<"soft_shrink", 17>,
  I32EnumAttrCase<"hard_shrink", 18>, I32EnumAttrCase<"squareplus", 19>,
  I32EnumAttrCase<"sparse_plus", 20>, I32EnumAttrCase<"sparse_sigmoid", 21>,
  I32EnumAttrCase<"log_sigmoid", 22>, I32EnumAttrCase<"mish", 23>,
  I32EnumAttrCase<"exponential", 24>]>;
def Rondo_ActivationAttr : EnumAttr<Rondo_Dialect, Rondo_Activation, "activation"> {
  let assemblyFormat = "`<` $value `>`";
}

/// The cells of `rondo.rnn`, which has their formulas.
def Rondo_RnnCell : Rondo_Enum<"RnnCell", "what a recurrent layer does in one step", [
  I32EnumAttrCase<"simple", 0>, I32EnumAttrCase<"gru", 1>]>;
def Rondo_RnnCellAttr : EnumAttr<Rondo_Dialect, Rondo_RnnCell, "rnn_cell"> {
  let assemblyFormat = "`<` $value `>`";
}

def Rondo_ReduceKind : Rondo_Enum<"ReduceKind", "how elements are combined", [
  I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"max", 1>, I32EnumAttrCase<"min", 2>]>;
def Rondo_ReduceKindAttr : EnumAttr<Rondo_Dialect, Rondo_ReduceKind, "reduce_kind">;

def Rondo_ComparePredicate : Rondo_Enum<"ComparePredicate", "ordered comparison", [
  I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
  I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]>;
def Rondo_ComparePredicateAttr : EnumAttr<Rondo_Dialect, Rondo_ComparePredicate, "predicate">;

#endif // RONDO_BASE
