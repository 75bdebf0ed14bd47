//===- Onednn.cpp - Calls of oneDNN ---------------------------------------===//
//
// Each op becomes one call of runtime/onednn/onednn.h, which the shim archive
// defines: the shape and the addresses of the operands on the stack, and a
// number that no other call has.
//
//===----------------------------------------------------------------------===//

#include "runtime/onednn/onednn.h"
#include "compiler/codegen/Kernels.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace rondo::codegen {

using kernel::OnednnBuffer;
using kernel::OnednnKind;

static_assert(static_cast<int>(OnednnKind::lstm_inference) == RONDO_ONEDNN_LSTM_INFERENCE &&
              static_cast<int>(OnednnKind::lstm_training) == RONDO_ONEDNN_LSTM_TRAINING &&
              static_cast<int>(OnednnKind::lstm_backward) == RONDO_ONEDNN_LSTM_BACKWARD &&
              static_cast<int>(OnednnKind::matmul) == RONDO_ONEDNN_MATMUL &&
              static_cast<int>(OnednnBuffer::scratchpad) == RONDO_ONEDNN_SCRATCHPAD &&
              static_cast<int>(OnednnBuffer::packed) == RONDO_ONEDNN_PACKED &&
              static_cast<int>(OnednnBuffer::workspace) == RONDO_ONEDNN_WORKSPACE);

static Value i32(Emitter &e, int64_t value) {
  return e.constantInt(e.builder().getI32Type(), value);
}

/// The shape as an array on the stack.
static Value shapeArray(EntryBuilder &entry, ValueRange shape) {
  Emitter &e = entry.emitter();
  Value array = e.stack(e.i64Type(), RONDO_ONEDNN_SHAPE_RANK);
  for (auto [index, size] : llvm::enumerate(shape))
    e.store(entry.scalar(size), e.at(array, e.i64(index), e.i64Type()));
  return array;
}

/// function(rt, site, kind, shape, operands)
static LogicalResult call(EntryBuilder &entry, StringRef function, OnednnKind kind,
                          ValueRange shape, ArrayRef<Value> operands) {
  Emitter &e = entry.emitter();
  Type pointer = e.pointerType(), i32Type = e.builder().getI32Type();
  Value addresses = e.stack(pointer, operands.size());
  for (auto [index, operand] : llvm::enumerate(operands))
    e.store(entry.pointerOf(operand), e.at(addresses, e.i64(index), pointer));
  LLVM::LLVMFuncOp callee =
      entry.module().declareHidden(function, LLVM::LLVMVoidType::get(e.builder().getContext()),
                                   {pointer, i32Type, i32Type, pointer, pointer});
  e.create<LLVM::CallOp>(callee, ValueRange{entry.rt(), i32(e, entry.module().nextSite()),
                                            i32(e, static_cast<int64_t>(kind)),
                                            shapeArray(entry, shape), addresses});
  return success();
}

LogicalResult callOnednnLstmPack(EntryBuilder &entry, kernel::OnednnLstmPackOp op) {
  return call(entry, "rondo_onednn_pack", op.getKind(), op.getShape(),
              {op.getKernel(), op.getRecurrentKernel(), op.getOuts()[0]});
}

LogicalResult callOnednnLstmForward(EntryBuilder &entry, kernel::OnednnLstmForwardOp op) {
  SmallVector<Value> operands{op.getInput(), op.getPacked(), op.getBias(), op.getInitialH(),
                              op.getInitialC()};
  llvm::append_range(operands, op.getOuts());
  return call(entry, "rondo_onednn_run",
              op.isTraining() ? OnednnKind::lstm_training : OnednnKind::lstm_inference,
              op.getShape(), operands);
}

LogicalResult callOnednnLstmBackward(EntryBuilder &entry, kernel::OnednnLstmBackwardOp op) {
  SmallVector<Value> operands{op.getInput(),     op.getPacked(),   op.getBias(),
                              op.getInitialH(),  op.getInitialC(), op.getSequence(),
                              op.getLastH(),     op.getLastC(),    op.getWorkspace(),
                              op.getDSequence(), op.getDLastH(),   op.getDLastC()};
  OperandRange outs = op.getOuts();
  llvm::append_range(operands, outs.take_front(4));
  operands.append(op.getInitialH() ? SmallVector<Value>{outs[5], outs[6]} : SmallVector<Value>(2));
  operands.push_back(outs[4]); // the scratchpad
  return call(entry, "rondo_onednn_run", OnednnKind::lstm_backward, op.getShape(), operands);
}

LogicalResult callOnednnMatmul(EntryBuilder &entry, kernel::OnednnMatmulOp op) {
  return call(entry, "rondo_onednn_run", OnednnKind::matmul, op.getShape(),
              {op.getLhs(), op.getRhs(), op.getOuts()[0], op.getOuts()[1]});
}

LogicalResult callOnednnSize(EntryBuilder &plan, kernel::OnednnSizeOp op, Value threads) {
  Emitter &e = plan.emitter();
  Type i32Type = e.builder().getI32Type();
  LLVM::LLVMFuncOp callee = plan.module().declareHidden(
      "rondo_onednn_size", e.i64Type(), {i32Type, i32Type, e.pointerType(), i32Type});
  plan.bind(op.getResult(),
            e.create<LLVM::CallOp>(callee, ValueRange{i32(e, static_cast<int64_t>(op.getKind())),
                                                      i32(e, static_cast<int64_t>(op.getBuffer())),
                                                      shapeArray(plan, op.getShape()), threads})
                .getResult());
  return success();
}

} // namespace rondo::codegen
