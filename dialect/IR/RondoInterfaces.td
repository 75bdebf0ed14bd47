//===- RondoInterfaces.td - What an op must offer -------------------------===//
//
// Two op interfaces: one for derivatives, one for reference evaluation. A new
// op implements both and the differentiation pass, the finite-difference tests
// and the interpreter know it.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_INTERFACES
#define RONDO_INTERFACES

include "mlir/IR/OpBase.td"

def Rondo_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::rondo";
  let description = [{
    Reverse-mode rule of one op, written in the rondo dialect itself, so that
    ordinary passes optimise gradients and they can be differentiated again.
  }];
  let methods = [
    InterfaceMethod<[{
        The values that `buildVjp` reads: operands or results of the op. The
        save-or-recompute policy decides how each is made available.
      }], "llvm::SmallVector<mlir::Value>", "getResiduals", (ins)>,
    InterfaceMethod<[{
        Replaces the op by a form that also yields what `buildVjp` would
        otherwise have to compute again (an LSTM keeps its gates). Returns the
        op to differentiate: by default the op as it is.
      }], "mlir::Operation *", "buildAugmentedForward", (ins "mlir::OpBuilder &":$builder),
      "", [{ return $_op.getOperation(); }]>,
    InterfaceMethod<[{
        Builds the cotangents of the operands. `residuals` are the values of
        `getResiduals`, in that order, as they are available at the insertion
        point; `cotangents` has one entry for each result, null where nothing
        flows; `wanted` has one entry for each operand. `operandCotangents`
        comes with one null entry for each operand; the rule fills those that
        are wanted and not identically zero. Types equal the operands' types.
      }], "mlir::LogicalResult", "buildVjp",
      (ins "mlir::OpBuilder &":$builder, "mlir::ValueRange":$residuals,
           "llvm::ArrayRef<mlir::Value>":$cotangents, "llvm::ArrayRef<bool>":$wanted,
           "llvm::MutableArrayRef<mlir::Value>":$operandCotangents)>,
    InterfaceMethod<[{
        Whether a cotangent can flow into this operand at all (false for ids,
        labels and predicates).
      }], "bool", "isDifferentiable", (ins "unsigned":$operand), "", [{
        return mlir::isa<mlir::FloatType>(
            mlir::getElementTypeOrSelf($_op->getOperand(operand).getType()));
      }]>
  ];
}

def Rondo_ReferenceOpInterface : OpInterface<"ReferenceOpInterface"> {
  let cppNamespace = "::rondo";
  let description = [{
    Evaluates the op in double precision, plainly: the oracle between Keras and
    compiled code. Speed does not matter here, being obviously right does.
  }];
  let methods = [
    InterfaceMethod<[{
        `operands` has one entry for each operand; the op appends one tensor
        for each result, of the shape that `env` gives the result's type.
      }], "mlir::LogicalResult", "evaluateReference",
      (ins "const ::rondo::reference::Environment &":$env,
           "llvm::ArrayRef<const ::rondo::reference::Tensor *>":$operands,
           "llvm::SmallVectorImpl<::rondo::reference::Tensor> &":$results)>
  ];
}

#endif // RONDO_INTERFACES
