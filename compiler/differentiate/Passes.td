//===- Passes.td - Differentiation ----------------------------------------===//
//
// The pass that derives the gradient entries, and one that makes recurrent layers ready
// for more than one derivative.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIFFERENTIATE_PASSES
#define RONDO_DIFFERENTIATE_PASSES

include "mlir/Pass/PassBase.td"

def Differentiate : Pass<"rondo-differentiate", "mlir::ModuleOp"> {
  let summary = "Derive the entries with gradients from @evaluate and @forward";
  let description = [{
    Clones `@evaluate` and appends, by one reverse walk over the ops between the
    parameters and the loss, the cotangents of the trainable parameters and of
    the float inputs, as further results. Likewise `@forward`, with cotangents of
    its float results as further arguments.

    Requires rondo, func and arith constants; functions with one block, their
    arguments and results marked as the dialect documents.

    Afterwards the module also holds, of the `entries` that are asked for:

    * from `@training`, which is used up, or without one from `@evaluate`, where there is that:
      `@loss_and_gradients`; `@train_step`, where the module carries `rondo.optimizer`;
    * from `@evaluate`, where there is one: `@hvp`, which walks back twice:
      over the graph, then over the graph with its gradients, from the product of
      the gradients with a vector;
    * from `@forward`, where there is one: `@vjp`.

    `@train_step` keeps the updates (`rondo.update_of`) that `@training` has.

    `wrt` chooses the gradients of `@loss_and_gradients` and `@vjp`; `@train_step`
    and `@hvp` have those of parameters. Residuals are ordinary values; recurrent
    layers are in their training form. Ops that nothing wanted reaches (frozen
    parameters, integers, what `wrt` leaves out) have no cotangents. A parameter
    or an input that nothing differentiated depends on gets zeros. Run
    canonicalization and CSE next: rules do not look for common subexpressions.

    ```mlir
    func.func @evaluate(%w: tensor<3xf32> {rondo.parameter = …}) -> (tensor<f32> {rondo.loss}) {
      %0 = rondo.reduce sum %w dims = [0] : tensor<3xf32> -> tensor<f32>
      return %0 : tensor<f32>
    }
    // becomes, besides:
    func.func @loss_and_gradients(%w: tensor<3xf32> {rondo.parameter = …})
        -> (tensor<f32> {rondo.loss}, tensor<3xf32> {rondo.gradient_of = "w"}) {
      %0 = rondo.reduce sum %w dims = [0] : tensor<3xf32> -> tensor<f32>
      %one = arith.constant dense<1.0> : tensor<f32>
      %1 = rondo.broadcast %one dims = [] : tensor<f32> -> tensor<3xf32>
      return %0, %1 : tensor<f32>, tensor<3xf32>
    }
    ```

    An op without a rule on the way from what is wanted to the loss is an error at
    that op, naming its layer. Ops with integer or boolean results end the way:
    what reaches the loss only through them has a zero gradient.
  }];
  let options = [
    ListOption<"entries", "entries", "std::string",
      "The entries to derive, by name; none given: loss_and_gradients and train_step">,
    Option<"wrt", "wrt", "::rondo::Wrt", "::rondo::Wrt::All",
      "What loss_and_gradients and vjp differentiate with respect to",
      [{llvm::cl::values(
          clEnumValN(::rondo::Wrt::All, "all", "parameters and inputs"),
          clEnumValN(::rondo::Wrt::Parameters, "parameters", "trainable parameters"),
          clEnumValN(::rondo::Wrt::Inputs, "inputs", "float inputs"))}]>
  ];
  let dependentDialects = ["rondo::RondoDialect", "mlir::arith::ArithDialect"];
}

def ExpandRecurrent : Pass<"rondo-expand-lstm", "mlir::ModuleOp"> {
  let summary = "Write every recurrent layer as a loop of small ops";
  let description = [{
    Replaces each `rondo.lstm` that is not in its training form by a product of the whole
    input with its weights and a `rondo.scan`, which has derivatives of any order where
    `rondo.lstm` has only a first one, and each such `rondo.rnn` by a `rondo.scan`. Requires and leaves rondo, func and arith constants.

    ```mlir
    %sequence, %h, %c = rondo.lstm %x, %kernel, %recurrent : …
    // becomes:
    %sums = rondo.contract %x, %kernel …
    %h, %c, %sequence = rondo.scan carries(%zeros, %zeros : …) sequences(%sums : …) constants(%recurrent : …) { … }
    ```
  }];
  let dependentDialects = ["rondo::RondoDialect", "mlir::arith::ArithDialect"];
}

#endif // RONDO_DIFFERENTIATE_PASSES
