//===- LowerOnednn.cpp - Layers and products as calls of oneDNN -----------===//
//
// oneDNN's LSTM wants sequences time-major and a bias and cotangents always; it
// reads weights in layouts of its own and has no activations but tanh and
// sigmoid. Where LSTMs follow each other, sequences stay time-major between them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/ChooseKernels.h"
#include "compiler/kernels/EntryLowering.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace rondo {

using kernel::OnednnBuffer;
using kernel::OnednnKind;

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

/// An error unless oneDNN can compute `op` and read what its forward pass kept.
static LogicalResult checkOnednn(LstmOp op) {
  if (std::string obstacle = onednnObstacle(op); !obstacle.empty())
    return op.emitError("oneDNN cannot compute this LSTM: ") << obstacle;
  // What the training form keeps in its workspace only oneDNN's backward pass can read.
  if (op.getGates() && !llvm::all_of(op.getGates().getUsers(), isForOnednn))
    return op.emitError("the gradient of oneDNN's LSTM has to be oneDNN's too");
  return success();
}

static const int64_t kSwapBatchAndTime[] = {1, 0, 2};

Value EntryLowering::timeMajor(Value sequence) {
  Value &swapped = timeMajorSequences[sequence];
  if (!swapped)
    swapped = transpose(tensorOf(sequence), dimsOf(sequence), kSwapBatchAndTime);
  return swapped;
}

void EntryLowering::bindTimeMajor(Value sequence, Value swapped) {
  timeMajorSequences[sequence] = swapped;
  SmallVector<DimExpr> dims = dimsOf(sequence);
  std::swap(dims[0], dims[1]);
  bind(sequence, transpose(swapped, dims, kSwapBatchAndTime));
}

Value EntryLowering::zeros(Dims dims, Type element) {
  return map({}, dims, element, [&](OpBuilder &builder, ValueRange) -> Value {
    return builder.create<arith::ConstantOp>(loc, builder.getZeroAttr(element));
  });
}

Value EntryLowering::bytes(OnednnKind kind, OnednnBuffer buffer, ValueRange shape) {
  Value count =
      builder.create<kernel::OnednnSizeOp>(loc, builder.getIndexType(), kind, buffer, shape);
  return builder.create<tensor::EmptyOp>(loc, ArrayRef<int64_t>{ShapedType::kDynamic},
                                         builder.getI8Type(), count);
}

/// What `rondo.lstm` and `rondo.lstm_grad` have in common, as oneDNN wants it.
struct OnednnLstm {
  DimExpr b, t, h;
  Type element;
  SmallVector<Value> shape;
  Value input, kernel, recurrentKernel, bias, initialH, initialC;
};

template <typename Op> OnednnLstm EntryLowering::onednnLstm(Op op) {
  SmallVector<DimExpr> dims = dimsOf(op.getInput());
  OnednnLstm lstm;
  lstm.b = dims[0];
  lstm.t = dims[1];
  lstm.h = dimsOf(op.getRecurrentKernel())[0];
  lstm.element = elementOf(op.getInput());
  for (const DimExpr &dim : {lstm.t, lstm.b, dims[2], lstm.h, DimExpr(op.getInitialH() ? 1 : 0)})
    lstm.shape.push_back(size(dim));
  lstm.input = timeMajor(op.getInput());
  lstm.kernel = tensorOf(op.getKernel());
  lstm.recurrentKernel = tensorOf(op.getRecurrentKernel());
  lstm.bias = op.getBias() ? tensorOf(op.getBias()) : zeros(DimExpr(4) * lstm.h, lstm.element);
  lstm.initialH = tensorOrNull(op.getInitialH());
  lstm.initialC = tensorOrNull(op.getInitialC());
  return lstm;
}

Value EntryLowering::onednnPack(OnednnKind kind, const OnednnLstm &lstm) {
  Value out = bytes(kind, OnednnBuffer::packed, lstm.shape);
  return builder
      .create<kernel::OnednnLstmPackOp>(loc, TypeRange(out.getType()), kind, lstm.kernel,
                                        lstm.recurrentKernel, lstm.shape, ValueRange(out))
      .getResult(0);
}

kernel::OnednnLstmForwardOp EntryLowering::onednnForward(OnednnKind kind, const OnednnLstm &lstm) {
  SmallVector<DimExpr> states{lstm.b, lstm.h};
  SmallVector<Value> outs{destination({lstm.t, lstm.b, lstm.h}, lstm.element),
                          destination(states, lstm.element), destination(states, lstm.element),
                          bytes(kind, OnednnBuffer::scratchpad, lstm.shape)};
  if (kind == OnednnKind::lstm_training)
    outs.push_back(bytes(kind, OnednnBuffer::workspace, lstm.shape));
  Value packed = onednnPack(kind, lstm);
  return builder.create<kernel::OnednnLstmForwardOp>(loc, TypeRange(ValueRange(outs)), lstm.input,
                                                     packed, lstm.bias, lstm.initialH,
                                                     lstm.initialC, lstm.shape, outs);
}

LogicalResult EntryLowering::lowerOnednn(LstmOp op) {
  if (failed(checkOnednn(op)))
    return failure();
  OnednnKind kind = op.getGates() ? OnednnKind::lstm_training : OnednnKind::lstm_inference;
  kernel::OnednnLstmForwardOp forward = onednnForward(kind, onednnLstm(op));
  bindTimeMajor(op.getSequence(), forward.getResult(0));
  bind(op.getLastH(), forward.getResult(1));
  bind(op.getLastC(), forward.getResult(2));
  if (op.getGates())
    onednnForwards[op.getGates()] = forward;
  return success();
}

LogicalResult EntryLowering::lowerOnednn(LstmGradOp op) {
  if (std::string obstacle = onednnObstacle(op); !obstacle.empty())
    return op.emitError("oneDNN cannot compute this gradient: ") << obstacle;
  OnednnLstm lstm = onednnLstm(op);
  kernel::OnednnLstmForwardOp forward = onednnForwards.lookup(op.getGates());
  if (!forward)
    forward = onednnForward(OnednnKind::lstm_training, lstm);

  const OnednnKind kind = OnednnKind::lstm_backward;
  SmallVector<DimExpr> states{lstm.b, lstm.h}, rows{lstm.t, lstm.b, lstm.h};
  auto cotangent = [&](Value state) {
    return state ? tensorOf(state) : zeros(states, lstm.element);
  };
  SmallVector<DimExpr> inputDims = dimsOf(op.getInput());
  std::swap(inputDims[0], inputDims[1]);
  SmallVector<Value> outs{destination(inputDims, lstm.element),
                          destination(dimsOf(op.getKernel()), lstm.element),
                          destination(dimsOf(op.getRecurrentKernel()), lstm.element),
                          destination(DimExpr(4) * lstm.h, lstm.element),
                          bytes(kind, OnednnBuffer::scratchpad, lstm.shape)};
  if (lstm.initialH)
    outs.append({destination(states, lstm.element), destination(states, lstm.element)});
  Value dSequence = op.getDSequence() ? timeMajor(op.getDSequence()) : zeros(rows, lstm.element);
  Value dLastH = cotangent(op.getDLastH()), dLastC = cotangent(op.getDLastC());
  Value packed = onednnPack(kind, lstm);
  auto backward = builder.create<kernel::OnednnLstmBackwardOp>(
      loc, TypeRange(ValueRange(outs)), lstm.input, packed, lstm.bias, lstm.initialH, lstm.initialC,
      forward.getResult(0), forward.getResult(1), forward.getResult(2), forward.getResult(4),
      dSequence, dLastH, dLastC, lstm.shape, outs);

  bindTimeMajor(op.getDInput(), backward.getResult(0));
  bind(op.getDKernel(), backward.getResult(1));
  bind(op.getDRecurrentKernel(), backward.getResult(2));
  if (op.getDBias())
    bind(op.getDBias(), backward.getResult(3));
  if (op.getDInitialH()) {
    bind(op.getDInitialH(), backward.getResult(5));
    bind(op.getDInitialC(), backward.getResult(6));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Value EntryLowering::onednnProduct(Value lhs, Value rhs, Dims dims, Dims contracted,
                                   int64_t numBatch, int64_t numM, bool transposeLhs) {
  SmallVector<Value> shape;
  for (Dims group : {dims.take_front(numBatch), dims.slice(numBatch, numM),
                     dims.drop_front(numBatch + numM), contracted}) {
    DimExpr product = 1;
    for (const DimExpr &dim : group)
      product *= dim;
    shape.push_back(size(product));
  }
  shape.push_back(size(transposeLhs ? 1 : 0));
  SmallVector<Value> outs{destination(dims, elementOf(lhs)),
                          bytes(OnednnKind::matmul, OnednnBuffer::scratchpad, shape)};
  return builder
      .create<kernel::OnednnMatmulOp>(loc, TypeRange(ValueRange(outs)), lhs, rhs, shape, outs)
      .getResult(0);
}

} // namespace rondo
