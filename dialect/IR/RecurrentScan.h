//===- RecurrentScan.h - Recurrent layers as loops of small ops -*- C++ -*-===//
//
// `rondo.lstm` and `rondo.rnn` are one op each for elementwise activations. The same equations as
// a `rondo.scan` take any activation, and can be differentiated more than once.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_DIALECT_IR_RECURRENTSCAN_H
#define RONDO_DIALECT_IR_RECURRENTSCAN_H

#include "dialect/IR/RondoDialect.h"

namespace rondo {

/// The output at a step that does not count, where the state stays what it is.
enum class MaskedOutput {
  state,    ///< the state: the output of the step before, where the first state is zero
  previous, ///< the output of the step before; zeros in front of the first that counts
  zeros
};

/// Which steps count, (B, T) of i1; null where all do.
struct StepMask {
  mlir::Value steps;
  MaskedOutput output = MaskedOutput::state;
};

/// As of `rondo.lstm`; `bias`, `initialH` and `initialC` may be null.
struct LstmInputs {
  mlir::Value input, kernel, recurrentKernel, bias, initialH, initialC;
  StepMask mask = {};
  /// input[t]·kernel + bias of all steps where it is ready, else null.
  mlir::Value sums = {};
  /// (B, H) each: what h is multiplied by on its way to each gate; empty for ones.
  llvm::SmallVector<mlir::Value> stateScales = {};
};

/// Of (B, H), built at the builder's insertion point: the result has the operand's shape. Null
/// where it cannot be built.
using ActivationBuilder =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value)>;

/// An LSTM: the first results of the scan are last_h and last_c, the last one is the sequence.
/// Nothing but dead ops is left behind where an activation cannot be built.
mlir::FailureOr<ScanOp> buildLstmScan(mlir::OpBuilder &builder, mlir::Location loc,
                                      const LstmInputs &inputs, ActivationBuilder activation,
                                      ActivationBuilder recurrentActivation);

/// As of `rondo.rnn`; `bias` may be null. With `resetBefore`, which only a scan can do, r of a gru
/// is multiplied with h in front of the product that gives s_n: s_n = (r*h)·recurrent_kernel_n.
struct RnnInputs {
  mlir::Value sums, recurrentKernel, bias, initialH;
  RnnCell cell;
  bool resetBefore = false;
  StepMask mask = {};
  /// As of `LstmInputs`.
  llvm::SmallVector<mlir::Value> stateScales = {};
};

/// A recurrent layer with one state: the first result of the scan is last_h, the last one the
/// sequence. Nothing but dead ops is left behind where an activation cannot be built.
mlir::FailureOr<ScanOp> buildRnnScan(mlir::OpBuilder &builder, mlir::Location loc,
                                     const RnnInputs &inputs, ActivationBuilder activation,
                                     ActivationBuilder recurrentActivation);

/// An elementwise activation as ops.
mlir::Value buildActivation(mlir::OpBuilder &builder, mlir::Location loc, Activation activation,
                            mlir::Value x);

/// Whether `op` is a recurrent layer that is not in its training form: what that keeps is for the
/// gradient op.
bool isExpandable(mlir::Operation *op);

/// Replaces such a layer by a scan.
void expandRecurrent(mlir::Operation *op);

} // namespace rondo

#endif // RONDO_DIALECT_IR_RECURRENTSCAN_H
