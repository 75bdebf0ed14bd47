//===- Passes.td - From layers to kernels ---------------------------------===//
//
// The passes that make the `kernels` level.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_KERNEL_PASSES
#define RONDO_KERNEL_PASSES

include "mlir/Pass/PassBase.td"

def ChooseKernels : Pass<"rondo-choose-kernels", "mlir::ModuleOp"> {
  let summary = "Decide who computes each LSTM and each product";
  let description = [{
    Gives every `rondo.lstm`, `rondo.rnn`, their gradient ops and `rondo.contract` a `rondo.impl`:
    `generated` or `onednn`. An LSTM in its training form and its gradient go together.

    Requires the gradients level. With `kernels=onednn`, all goes to oneDNN that it can
    compute: LSTMs with tanh and sigmoid, products of f32, no `rondo.rnn`. With `auto`, the model of time
    (CostModel.h) decides for the planning sizes: oneDNN computes what it is faster at on
    each of `isas`, if that makes the entry as a whole at least 1.1 times faster. `for`
    decides for single layers.

    ```mlir
    %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] : …
    // becomes:
    %0 = rondo.contract %x, %w batch = [] x [] contract = [1] x [0] {rondo.impl = "generated"} : …
    ```

    A layer that has nothing to choose for, or that is to be oneDNN's and cannot, is an
    error at the module.
  }];
  let options = [
    Option<"kernels", "kernels", "::rondo::Kernels", "::rondo::Kernels::Auto",
           "Who computes what is not in `for`",
           [{llvm::cl::values(
               clEnumValN(::rondo::Kernels::Auto, "auto", "what is faster"),
               clEnumValN(::rondo::Kernels::Generated, "generated", "generated code"),
               clEnumValN(::rondo::Kernels::Onednn, "onednn", "oneDNN, where it can"))}]>,
    ListOption<"layers", "for", "std::string", "LAYER=generated or LAYER=onednn">,
    Option<"hasMemoryBudget", "memory-budget", "bool", "false",
           "Only generated kernels, whose memory is known while compiling">,
    Option<"weights", "weights", "::rondo::WeightType", "::rondo::WeightType::Policy",
           "How generated LSTMs of @forward and @evaluate read their weights",
           [{llvm::cl::values(
               clEnumValN(::rondo::WeightType::Policy, "policy", "as rondo.weights says"),
               clEnumValN(::rondo::WeightType::F32, "f32", "as they are"),
               clEnumValN(::rondo::WeightType::Bf16, "bf16",
                          "as bfloat16; only `for` then gives layers to oneDNN"))}]>,
    ListOption<"isas", "isas", "std::string", "avx2, avx512: what is compiled for; none given: both">,
    ListOption<"sizes", "at", "std::string", "SYMBOL=SIZE: sizes to predict times for">,
    Option<"batch", "batch", "int64_t", "32", "The size of the batch without `at`">,
    Option<"steps", "steps", "int64_t", "100", "The size of other axes without `at`">
  ];
}

def RondoToKernel : Pass<"rondo-to-kernel", "mlir::ModuleOp"> {
  let summary = "Rewrite every entry as destination-passing kernels behind the C calling convention";
  let description = [{
    Replaces `@forward`, `@evaluate` and what is derived from them by functions
    without results over memrefs, and their rondo ops by kernel ops.

    Requires rondo, func and arith constants, and a module that
    `getModelSignature` accepts.

    Afterwards each entry carries `kernel.entry` and `kernel.requires`, its
    arguments `kernel.bind` and `kernel.dims`. Types have no encodings: sizes are
    arithmetic on the index arguments, one per base symbol. Broadcasts,
    constants of one value and `rondo.size` have become part of the
    `kernel.map`s that read them; operands that a kernel reads in another order
    of dimensions are transposed first; an `lstm_grad` without the cache of the
    forward pass runs the training form again. A `rondo.scan` is an scf.for whose
    carries and stacked results each step overwrites in place; what is the same in
    every step is in front of it. LSTMs and products whose `rondo.impl` is `onednn`
    become calls of oneDNN. The optimizer's update comes
    last in `@train_step`, but for the ops of `@constraints`, which is used up.

    ```mlir
    func.func @forward(%x: tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.input = "x"})
        -> (tensor<?x4xf32, #rondo.dims<["B"]>> {rondo.output = "y"}) {
      %0 = rondo.tanh %x : tensor<?x4xf32, #rondo.dims<["B"]>>
      return %0 : tensor<?x4xf32, #rondo.dims<["B"]>>
    }
    // becomes:
    func.func @forward(%x: memref<?x4xf32> {kernel.bind = #kernel.bind<in, 2, 0>, kernel.dims = ["B"]},
                       %y: memref<?x4xf32> {kernel.bind = #kernel.bind<out, 0, 0>, kernel.dims = ["B"]},
                       %B: index {kernel.bind = #kernel.bind<dim, 0, 0>})
        attributes {kernel.entry = "forward", kernel.requires = ["B-1"]} {
      %0 = bufferization.to_tensor %x restrict : memref<?x4xf32>
      %1 = tensor.empty(%B) : tensor<?x4xf32>
      %2 = kernel.map ins(%0 : tensor<?x4xf32>) outs(%1 : tensor<?x4xf32>) operand_dims = [[0, 1]] {
      ^bb0(%arg: f32):
        %3 = math.tanh %arg : f32
        kernel.yield %3 : f32
      } -> tensor<?x4xf32>
      bufferization.materialize_in_destination %2 in restrict writable %y : …
      return
    }
    ```

    f64 tensors, constants of more than one value, dynamic LSTM widths, ops for oneDNN that
    it cannot compute and optimizers without an update kernel are errors at the op or function.
  }];
  let options = [
    Option<"lanes", "lanes", "int64_t", "8",
           "f32 lanes of a vector: 8 or 16; LSTM weights are packed for it">
  ];
  let dependentDialects = [
    "rondo::kernel::KernelDialect", "mlir::arith::ArithDialect",
    "mlir::bufferization::BufferizationDialect", "mlir::func::FuncDialect",
    "mlir::math::MathDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::tensor::TensorDialect"
  ];
}

def FuseKernels : Pass<"rondo-fuse-kernels", "mlir::func::FuncOp"> {
  let summary = "Merge elementwise kernels into what reads or makes their operands";
  let description = [{
    A `kernel.map` that only one other `kernel.map` reads becomes part of it; a
    `kernel.map` that is the only reader of a `kernel.matmul` becomes its
    epilogue, with the other operands of the map as extras.

    Requires kernel ops on tensors. Afterwards fewer values exist in memory, and
    no work is done twice: a value is merged only where its one reader reads
    every element once, that is, where it spans all dimensions of the result.

    ```mlir
    %0 = kernel.matmul ins(%x, %w) outs(%e) …
    %1 = kernel.map ins(%0, %bias) outs(%f) operand_dims = [[0, 1], [1]] { tanh(%0 + %bias) }
    // becomes:
    %1 = kernel.matmul ins(%x, %w) extras(%bias) outs(%f) {extra_dims = [[1]], …}
         epilogue { tanh(sum + %bias) }
    ```

    Maps that use `kernel.index` or scalars stay out of epilogues.
  }];
  let dependentDialects = ["rondo::kernel::KernelDialect"];
}

#endif // RONDO_KERNEL_PASSES
