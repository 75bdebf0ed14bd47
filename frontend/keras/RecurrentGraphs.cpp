//===- RecurrentGraphs.cpp - Recurrent layers as ops ----------------------===//
//
// The part of GraphBuilder that builds `rondo.lstm` and `rondo.rnn`, or loops where
// activations are not elementwise.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/GraphBuilder.h"

namespace rondo::keras {

GraphBuilder::LstmResults GraphBuilder::lstm(Tensor *input, Tensor *kernel, Tensor *recurrentKernel,
                                             Tensor *bias, Tensor *initialH, Tensor *initialC,
                                             Activation activation,
                                             Activation recurrentActivation) {
  input = toFloat(input);
  const Axis &units = recurrentKernel->axes[0];
  Axes sequence{input->axes[0], input->axes[1], units}, last{input->axes[0], units};
  auto valueOf = [](Tensor *x) { return x ? x->value : mlir::Value(); };
  auto op = builder().create<LstmOp>(
      loc(), type(sequence), type(last), type(last), /*gates=*/mlir::Type(),
      /*cells=*/mlir::Type(), input->value, kernel->value, recurrentKernel->value, valueOf(bias),
      valueOf(initialH), valueOf(initialC), activation, recurrentActivation);
  return {make(op.getSequence(), sequence), make(op.getLastH(), last), make(op.getLastC(), last)};
}

static llvm::SmallVector<mlir::Value> valuesOf(const std::vector<Tensor *> &tensors) {
  return llvm::map_to_vector(tensors, [](const Tensor *tensor) { return tensor->value; });
}

GraphBuilder::LstmResults GraphBuilder::lstm(Tensor *input, Tensor *kernel, Tensor *recurrentKernel,
                                             Tensor *bias, Tensor *initialH, Tensor *initialC,
                                             const StepOptions &options, Activate activation,
                                             Activate recurrentActivation) {
  input = toFloat(input);
  const Axis &units = recurrentKernel->axes[0];
  Axes sequence{input->axes[0], input->axes[1], units}, last{input->axes[0], units};
  auto valueOf = [](Tensor *x) { return x ? x->value : mlir::Value(); };
  auto build = [&](Activate activate, mlir::Value x) {
    return valueOf(toFloat(activate(make(x, last))));
  };
  auto scan = buildLstmScan(
      builder(), loc(),
      {input->value,
       kernel->value,
       recurrentKernel->value,
       valueOf(bias),
       valueOf(initialH),
       valueOf(initialC),
       {valueOf(options.mask.steps), options.mask.output},
       valueOf(options.sums),
       valuesOf(options.stateScales)},
      [&](mlir::OpBuilder &, mlir::Location, mlir::Value x) { return build(activation, x); },
      [&](mlir::OpBuilder &, mlir::Location, mlir::Value x) {
        return build(recurrentActivation, x);
      });
  if (failed(scan))
    return {};
  return {make(scan->getResults().back(), sequence), make(scan->getResult(0), last),
          make(scan->getResult(1), last)};
}

/// Of the sequence and of the last state.
static std::pair<Axes, Axes> axesOf(const GraphBuilder::RnnInputs &inputs) {
  const Axis &units = inputs.recurrentKernel->axes[0];
  const Axes &sums = inputs.sums->axes;
  return {{sums[0], sums[1], units}, {sums[0], units}};
}

GraphBuilder::RnnResults GraphBuilder::rnn(const RnnInputs &inputs, Activation activation,
                                           Activation recurrentActivation) {
  auto [sequence, last] = axesOf(inputs);
  auto op = builder().create<RnnOp>(loc(), type(sequence), type(last), /*gates=*/mlir::Type(),
                                    inputs.sums->value, inputs.recurrentKernel->value,
                                    inputs.initialH->value,
                                    inputs.bias ? inputs.bias->value : mlir::Value(), inputs.cell,
                                    activation, recurrentActivation);
  return {make(op.getSequence(), sequence), make(op.getLastH(), last)};
}

GraphBuilder::RnnResults GraphBuilder::rnn(const RnnInputs &inputs, Activate activation,
                                           Activate recurrentActivation) {
  auto [sequence, last] = axesOf(inputs);
  const StepMask &mask = inputs.options.mask;
  auto build = [&](Activate activate) {
    return [this, activate, &last = last](mlir::OpBuilder &, mlir::Location, mlir::Value x) {
      Tensor *y = toFloat(activate(make(x, last)));
      return y ? y->value : mlir::Value();
    };
  };
  auto scan = buildRnnScan(builder(), loc(),
                           {inputs.sums->value,
                            inputs.recurrentKernel->value,
                            inputs.bias ? inputs.bias->value : mlir::Value(),
                            inputs.initialH->value,
                            inputs.cell,
                            inputs.resetBefore,
                            {mask.steps ? mask.steps->value : mlir::Value(), mask.output},
                            valuesOf(inputs.options.stateScales)},
                           build(activation), build(recurrentActivation));
  if (failed(scan))
    return {};
  return {make(scan->getResults().back(), sequence), make(scan->getResult(0), last)};
}

} // namespace rondo::keras
