//===- Passes.td - From tensors to one arena ------------------------------===//
//
// The passes that make the `buffers` level.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_BUFFER_PASSES
#define RONDO_BUFFER_PASSES

include "mlir/Pass/PassBase.td"

def BufferizeKernels : Pass<"rondo-bufferize", "mlir::ModuleOp"> {
  let summary = "Give every tensor of the kernels level a buffer";
  let description = [{
    Runs One-Shot Bufferize inside functions: kernel ops lose their results and
    write into memrefs. What ends in an output of the entry is computed there.

    Requires kernel and tensor.empty ops, and memrefs at function boundaries
    (`rondo-to-kernel`). Afterwards there are no tensors; temporaries are
    `memref.alloc`s with sizes computed from the index arguments. Where a value
    has to be in two places (an input that is also an output), the copy is a
    `kernel.map`.

    ```mlir
    %x = bufferization.to_tensor %in restrict : memref<?x4xf32>
    %e = tensor.empty(%B) : tensor<?x4xf32>
    %y = kernel.softmax ins(%x : …) outs(%e : …) -> tensor<?x4xf32>
    bufferization.materialize_in_destination %y in restrict writable %out : …
    // becomes:
    kernel.softmax ins(%in : memref<?x4xf32>) outs(%out : memref<?x4xf32>)
    ```

    Ops that cannot be bufferized are errors at the op.
  }];
  let dependentDialects = ["mlir::memref::MemRefDialect", "rondo::kernel::KernelDialect"];
}

def PlanArena : Pass<"rondo-plan-arena", "mlir::ModuleOp"> {
  let summary = "Place every temporary in the arena, and say how much it needs and when";
  let description = [{
    Replaces each `memref.alloc` of an entry by `kernel.buffer %arena, id`, with
    the arena as a new last argument, writes `kernel.lifetimes` (first and last
    use of each buffer, as positions in the entry; reshaped views count), and
    adds `@ENTRY_plan`: from the base symbols to a status and the bytes of each
    buffer, rounded up to 64; a product beyond 2^62 becomes the largest i64,
    which no runtime can provide; what only oneDNN knows the size of is as large
    as it says. The status is 1 + the index of the first symbol of
    the first expression in `kernel.requires` that is negative, else 0.

    In `@forward` and `@evaluate`, what is computed from parameters alone into a
    buffer of its own is marked `kernel.once`; what others read of it lives as long
    as the entry, so that it is still there in the next run.

    Requires `rondo-bufferize`. Afterwards no allocation and no copy is left.

    ```mlir
    func.func @forward(%x: memref<?xf32> …, %B: index …) attributes {kernel.entry = "forward"} {
      %0 = memref.alloc(%B) : memref<?xf32>
    // becomes:
    func.func @forward(%x: memref<?xf32> …, %B: index …, %arena: memref<?xi8> …)
        attributes {kernel.entry = "forward", kernel.lifetimes = array<i64: 1, 4>} {
      %0 = kernel.buffer %arena, 0[%B] : memref<?xi8> -> memref<?xf32>
    …
    func.func @forward_plan(%B: index …) -> (i32, i64) attributes {kernel.plan_of = "forward"}
    ```

    A buffer in a loop is allocated in front of the outermost one and lives as long
    as that. One of a size that is not arithmetic on the index arguments, so that it
    depends on the step of a loop, is an error at the allocation.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::func::FuncDialect",
                           "rondo::kernel::KernelDialect"];
}

#endif // RONDO_BUFFER_PASSES
