//===- LowerRnn.cpp - Recurrent layers with one state ---------------------===//
//
// The time loops are kernels.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"

using namespace mlir;

namespace rondo {

LogicalResult EntryLowering::lowerRnn(RnnOp op) {
  SmallVector<DimExpr> recurrent = dimsOf(op.getRecurrentKernel());
  std::optional<int64_t> units = recurrent[0].getConstant();
  if (!units)
    return op.emitError("a recurrent layer needs a static number of units");
  Type element = elementOf(op.getSums());
  SmallVector<DimExpr> packedDims{blocksOf(*units), *units + 1, numGates(op.getCell()), lanes};
  Value packedOut = destination(packedDims, element);
  Value packed = builder
                     .create<kernel::RnnPackOp>(loc, TypeRange(packedOut.getType()),
                                                tensorOf(op.getRecurrentKernel()),
                                                tensorOrNull(op.getBias()), ValueRange(packedOut))
                     .getResult(0);
  SmallVector<Value> outs;
  for (Value result : op.getResults()) // in the order of the destinations
    outs.push_back(destination(dimsOf(result), element));
  auto forward = builder.create<kernel::RnnForwardOp>(
      loc, TypeRange(ValueRange(outs)), tensorOf(op.getSums()), packed, tensorOf(op.getInitialH()),
      tensorOrNull(op.getMask()), outs, op.getCell(), op.getActivation(),
      op.getRecurrentActivation());
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), forward.getResults()))
    bind(result, tensor);
  return success();
}

LogicalResult EntryLowering::lowerRnnGrad(RnnGradOp op) {
  SmallVector<DimExpr> recurrentDims = dimsOf(op.getRecurrentKernel());
  const int64_t gates = numGates(op.getCell()), units = *recurrentDims[0].getConstant();
  Type element = elementOf(op.getGates());
  Value recurrent = packTransposed(tensorOf(op.getRecurrentKernel()), recurrentDims, gates);
  SmallVector<Value> outs{destination(dimsOf(op.getDSums()), element),
                          destination(dimsOf(op.getInitialH()), element),
                          nowDestination(dimsOf(op.getInitialH())[0], units, gates, element)};
  if (op.getDStateSums())
    outs.push_back(destination(dimsOf(op.getDStateSums()), element));
  auto backward = builder.create<kernel::RnnBackwardOp>(
      loc, TypeRange(ValueRange(outs)), recurrent, tensorOf(op.getGates()),
      tensorOf(op.getSequence()), tensorOf(op.getInitialH()), tensorOrNull(op.getMask()),
      tensorOrNull(op.getDSequence()), tensorOrNull(op.getDLastH()), outs,
      /*d_initial=*/!op.getDInitialH().use_empty(), op.getCell(), op.getActivation(),
      op.getRecurrentActivation());
  bind(op.getDSums(), backward.getResult(0));
  bind(op.getDInitialH(), backward.getResult(1));
  if (op.getDStateSums())
    bind(op.getDStateSums(), backward.getResult(3));
  return success();
}

} // namespace rondo
