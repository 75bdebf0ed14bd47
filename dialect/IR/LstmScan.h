//===- LstmScan.h - The LSTM as a loop of small ops -------------*- C++ -*-===//
//
// `rondo.lstm` is one op for elementwise activations. The same equations as a
// `rondo.scan` take any activation, and can be differentiated more than once.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_LSTMSCAN_H
#define RONDO_DIALECT_IR_LSTMSCAN_H

#include "dialect/IR/RondoDialect.h"

namespace rondo {

/// As of `rondo.lstm`; `bias`, `initialH` and `initialC` may be null.
struct LstmInputs {
  mlir::Value input, kernel, recurrentKernel, bias, initialH, initialC;
};

/// Of (B, H), built at the builder's insertion point: the result has the operand's shape. Null
/// where it cannot be built.
using ActivationBuilder =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value)>;

/// An LSTM: the results of the scan are last_h, last_c and the sequence. Nothing but dead ops
/// is left behind where an activation cannot be built.
mlir::FailureOr<ScanOp> buildLstmScan(mlir::OpBuilder &builder, mlir::Location loc,
                                      const LstmInputs &inputs, ActivationBuilder activation,
                                      ActivationBuilder recurrentActivation);

/// An elementwise activation as ops.
mlir::Value buildActivation(mlir::OpBuilder &builder, mlir::Location loc, Activation activation,
                            mlir::Value x);

/// Replaces an LSTM that is not in its training form by a scan.
void expandLstm(LstmOp op);

} // namespace rondo

#endif // RONDO_DIALECT_IR_LSTMSCAN_H
