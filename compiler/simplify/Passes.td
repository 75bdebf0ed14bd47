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
    Applies the patterns below, and the folders of all ops, until nothing
    changes. Requires rondo, func and arith constants and leaves the same. Every
    rewrite keeps the numbers exactly; none reorders a sum. Common subexpressions
    are left to CSE, which should follow.

    | pattern | from | to |
    |---|---|---|
    | `fold-transpose-into-contract` | contract(transpose(x), y) | contract(x, y), where the order of the free dimensions stays |
    | `swap-contract-operands` | transpose(contract(x, y)) that exchanges the free dimensions of x and y | contract(y, x) |
    | `fold-negated-operand` | x + (-y), x - (-y) | x - y, x + y |

    ```mlir
    %0 = rondo.transpose %x perm = [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
    %1 = rondo.contract %0, %y batch = [] x [] contract = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    // becomes
    %1 = rondo.contract %x, %y batch = [] x [] contract = [0] x [0] : (tensor<3x2xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    ```
  }];
  let options = [
    ListOption<"disabled", "disable", "std::string",
               "Names of patterns not to apply, to find out which one is at fault">
  ];
  let dependentDialects = ["rondo::RondoDialect", "mlir::arith::ArithDialect"];
}

#endif // RONDO_SIMPLIFY_PASSES
