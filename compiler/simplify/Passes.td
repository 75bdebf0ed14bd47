//===- Passes.td - Algebra ------------------------------------------------===//
//
// The pass that rewrites rondo ops into fewer or cheaper ones.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_SIMPLIFY_PASSES
#define RONDO_SIMPLIFY_PASSES

include "mlir/Pass/PassBase.td"

def Simplify : Pass<"rondo-simplify", "mlir::ModuleOp"> {
  let summary = "Apply algebra that always pays";
  let description = [{
    Applies the rewrites below, and the folders of all ops, until nothing
    changes; ops whose results nothing uses go. Requires rondo, func and arith
    constants and leaves the same. All rewrites keep every bit except where the
    table says otherwise: sums in another order, zeros of another sign. Where a
    rewrite has to weigh bytes, a size that is open counts as 32.

    | rewrite | from | to | |
    |---|---|---|---|
    | `cse` | two equal ops, whatever their layers | one | |
    | `drop-unused-of-scan` | a scan with results that nothing reads | a scan without them, and without what only they need | |
    | `fold-negated-operand` | x + (-y), x - (-y) | x - y, x + y | |
    | `fold-transpose-into-contract` | contract(transpose(x), y) | contract(x, y), where the order of the free dimensions stays | |
    | `form-attention` | contract(softmax(c * contract(query, key)), value), or of the sum of the softmax over queries | attention(c * query, key, value) | another order |
    | `gradient-of-windows` | the sum of the columns of contract(g, y) in a row, set into zeros one step further each, unless there are few steps | contract(windows of zeros around g, y in reverse) | another order |
    | `hoist-out-of-scan` | what a step of a scan computes of constants alone | computed in front of the scan | another order of sums in gradients |
    | `join-pads` | the sum of two pads that lie next to each other | concat | zeros of another sign |
    | `join-slices` | concat of neighbouring slices of one tensor, one after the other | a slice of that tensor | |
    | `last-step-of-recurrent` | the last step of the sequence of a recurrent layer | its last state | |
    | `negate-after-sum` | the sum of -x along some dimensions | -(sum of x) | zeros of another sign |
    | `repeat-after-product` | contract(broadcast(x), y) along free dimensions | broadcast(contract(x, y)) | |
    | `reroll-loops` | eight or more equal groups of ops in a row, the steps of a loop of the file, with a product, a recurrent layer or a reduction in each | a scan | another order of sums in gradients |
    | `split-concat-product` | contract(concat(x…), y) along the contracted dimension, where the copy moves more than what comes instead and is none of windows | the sum of contract(x, part of y) | another order |
    | `square-to-product` | x to the power 2 | x * x | |
    | `sum-over-queries` | the sum of contract(x, y) over free dimensions, of an attention over its queries | contract(sum of x, sum of y), an attention with `sum_queries` | another order |
    | `swap-contract-operands` | transpose(contract(x, y)) that exchanges the free dimensions of x and y | contract(y, x) | |

    ```mlir
    %0 = rondo.transpose %x perm = [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
    %1 = rondo.contract %0, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    // becomes
    %1 = rondo.contract %x, %y batch = [] x [] contract = [0] x [0] : (tensor<3x2xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    ```
  }];
  let options = [
    ListOption<"disabled", "disable", "std::string",
               "Names of rewrites not to apply, to measure one or to find out which one is at fault">,
    Option<"reroll", "reroll", "bool", "true",
           "Whether to look for loops at all: gradients are of loops that are found">
  ];
  let dependentDialects = ["rondo::RondoDialect", "mlir::arith::ArithDialect"];
}

#endif // RONDO_SIMPLIFY_PASSES
