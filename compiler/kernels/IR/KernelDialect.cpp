//===- KernelDialect.cpp - The kernel dialect -----------------------------===//
//
// Verifiers, memory effects, and how kernel ops become ops on buffers.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/IR/KernelDialect.h"
#include "compiler/signature/OptimizerRules.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace rondo::kernel {

//===----------------------------------------------------------------------===//
// What all destination-passing ops share
//===----------------------------------------------------------------------===//

/// On memrefs an op reads its inputs and overwrites its destinations; on
/// tensors it has no effects.
static void destinationEffects(DestinationStyleOpInterface op,
                               SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand,
                           SideEffects::DefaultResource::get());
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand,
                           SideEffects::DefaultResource::get());
  }
}

/// Rebuilds `op` on the buffers of its operands, without results; its results
/// are then the buffers of its destinations.
static LogicalResult bufferizeDestinationOp(RewriterBase &rewriter, DestinationStyleOpInterface op,
                                            const BufferizationOptions &options) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      operands.push_back(operand);
      continue;
    }
    FailureOr<Value> buffer = getBuffer(rewriter, operand, options);
    if (failed(buffer))
      return failure();
    operands.push_back(*buffer);
  }
  OperationState state(op->getLoc(), op->getName(), operands, TypeRange(), op->getAttrs());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  Operation *bufferized = rewriter.create(state);
  SmallVector<Value> destinations(cast<DestinationStyleOpInterface>(bufferized).getDpsInits());
  replaceOpWithBufferizedValues(rewriter, op, destinations);
  return success();
}

static ShapedType shapedType(Value value) { return cast<ShapedType>(value.getType()); }

static SmallVector<int64_t> dimList(ArrayAttr lists, unsigned index) {
  SmallVector<int64_t> dims;
  for (IntegerAttr dim : cast<ArrayAttr>(lists[index]).getAsRange<IntegerAttr>())
    dims.push_back(dim.getInt());
  return dims;
}

/// Checks that each of `operands` spans the dimensions of `destination` that
/// `lists` gives it.
static LogicalResult verifySpans(Operation *op, OperandRange operands, ArrayAttr lists,
                                 ShapedType destination) {
  if (lists.size() != operands.size())
    return op->emitOpError() << "has " << operands.size() << " projected operands but "
                             << lists.size() << " lists of dimensions";
  for (auto [index, operand] : llvm::enumerate(operands)) {
    SmallVector<int64_t> dims = dimList(lists, index);
    ShapedType type = shapedType(operand);
    if (int64_t(dims.size()) != type.getRank())
      return op->emitOpError() << "operand " << index << " has rank " << type.getRank()
                               << " but spans " << dims.size() << " dimensions";
    int64_t previous = -1;
    for (auto [dim, size] : llvm::zip(dims, type.getShape())) {
      if (dim <= previous || dim >= destination.getRank())
        return op->emitOpError() << "operand " << index
                                 << " needs strictly increasing dimensions of the destination";
      previous = dim;
      if (size != 1 && size != destination.getDimSize(dim))
        return op->emitOpError() << "operand " << index << " does not fit dimension " << dim
                                 << " of the destination";
    }
  }
  return success();
}

/// Checks that `region` takes `arguments` and yields an element of `destination`.
static LogicalResult verifyRegion(Operation *op, Region &region, ArrayRef<Type> arguments,
                                  ShapedType destination) {
  Block &block = region.front();
  if (TypeRange(block.getArgumentTypes()) != TypeRange(arguments))
    return op->emitOpError("region arguments differ from the elements it is given");
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValue().getType() != destination.getElementType())
    return op->emitOpError("region must yield one element of the destination");
  return success();
}

static LogicalResult verifyOneDestination(Operation *op, OperandRange outs) {
  if (outs.size() != 1)
    return op->emitOpError("needs exactly one destination");
  return success();
}

/// Checks that the shape of `value`, where present, is `shape`.
static LogicalResult verifyShape(Operation *op, Value value, StringRef name,
                                 ArrayRef<int64_t> shape) {
  if (!value || shapedType(value).getShape() == shape)
    return success();
  auto error = op->emitOpError() << name << " must have the shape (";
  llvm::interleaveComma(shape, error, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      error << '?';
    else
      error << size;
  });
  return error << ')';
}

//===----------------------------------------------------------------------===//
// Map and matmul
//===----------------------------------------------------------------------===//

/// Whether `operands` of `op` are destinations, or are among `elementwise` and have their shape.
static bool areElementwise(DestinationStyleOpInterface op, ArrayRef<OpOperand *> operands,
                           MutableOperandRange elementwise) {
  ArrayRef<int64_t> shape = shapedType(op.getDpsInits().front()).getShape();
  return llvm::all_of(operands, [&](OpOperand *operand) {
    return op.isDpsInit(operand) ||
           (llvm::any_of(elementwise, [&](OpOperand &each) { return &each == operand; }) &&
            shapedType(operand->get()).getShape() == shape);
  });
}

bool MapOp::bufferizesToElementwiseAccess(const AnalysisState &, ArrayRef<OpOperand *> operands) {
  return areElementwise(*this, operands, getInsMutable());
}

/// The sums of a panel are complete before its epilogue reads and writes elements.
bool MatmulOp::bufferizesToElementwiseAccess(const AnalysisState &,
                                             ArrayRef<OpOperand *> operands) {
  return areElementwise(*this, operands, getExtrasMutable());
}

SmallVector<int64_t> MapOp::getSpan(unsigned k) { return dimList(getOperandDims(), k); }

LogicalResult MapOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  ShapedType destination = shapedType(getOuts().front());
  if (failed(verifySpans(*this, getIns(), getOperandDims(), destination)))
    return failure();
  SmallVector<Type> arguments;
  for (Value input : getIns())
    arguments.push_back(shapedType(input).getElementType());
  llvm::append_range(arguments, getScalars().getTypes());
  return verifyRegion(*this, getBody(), arguments, destination);
}

SmallVector<int64_t> MatmulOp::getExtraSpan(unsigned j) { return dimList(getExtraDims(), j); }

LogicalResult MatmulOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  int64_t batch = getNumBatch(), m = getNumM(), n = getNumN(), k = getNumK();
  ShapedType lhs = shapedType(getLhs()), rhs = shapedType(getRhs());
  ShapedType destination = shapedType(getOuts().front());
  if (std::min({batch, m, n, k}) < 0 || lhs.getRank() != batch + m + k ||
      rhs.getRank() != batch + k + n || destination.getRank() != batch + m + n)
    return emitOpError("groups of dimensions do not add up to the ranks");
  int64_t lhsM = getTransposeLhs() ? batch + k : batch,
          lhsK = getTransposeLhs() ? batch : batch + m;
  // Windows have the shape of what they are read from, but for its last two dimensions.
  SmallVector<int64_t> lhsShape(lhs.getShape());
  if (std::optional<int64_t> window = getWindow()) {
    if (batch || getMask() || *window < 1 || lhsShape.size() < 2 ||
        (getTransposeLhs() ? m : k) != 1)
      return emitOpError("windows are of two dimensions, without batch or mask");
    int64_t &steps = lhsShape[lhsShape.size() - 2], &columns = lhsShape.back();
    if (!ShapedType::isDynamic(steps))
      steps -= *window - 1;
    if (!ShapedType::isDynamic(columns))
      columns *= *window;
  }
  lhs = lhs.clone(lhsShape);
  auto agree = [](ShapedType a, int64_t i, ShapedType b, int64_t j, int64_t count) {
    return a.getShape().slice(i, count) == b.getShape().slice(j, count);
  };
  if (!agree(lhs, 0, rhs, 0, batch) || !agree(lhs, 0, destination, 0, batch) ||
      !agree(lhs, lhsK, rhs, batch, k) || !agree(lhs, lhsM, destination, batch, m) ||
      !agree(rhs, batch + k, destination, batch + m, n))
    return emitOpError("shapes do not agree");
  if (getMask() && batch)
    return emitOpError("has a mask and a batch");
  ArrayRef<int64_t> masked = lhs.getShape().take_front(getTransposeLhs() ? k : m);
  if (failed(verifyShape(*this, getMask(), "mask", masked)) ||
      failed(verifySpans(*this, getExtras(), getExtraDims(), destination)))
    return failure();
  if (getEpilogue().empty()) {
    if (!getExtras().empty())
      return emitOpError("extra operands need an epilogue");
    return success();
  }
  SmallVector<Type> arguments{lhs.getElementType()};
  for (Value extra : getExtras())
    arguments.push_back(shapedType(extra).getElementType());
  return verifyRegion(*this, getEpilogue(), arguments, destination);
}

//===----------------------------------------------------------------------===//
// Reductions and data movement
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  if (getIns().empty() || (getElement().empty() && getIns().size() != 1))
    return emitOpError("needs an operand, without a region only one");
  ShapedType input = shapedType(getIns().front()), destination = shapedType(getOuts().front());
  SmallVector<Type> arguments;
  for (Value operand : getIns()) {
    if (failed(verifyShape(*this, operand, "each operand", input.getShape())))
      return failure();
    arguments.push_back(shapedType(operand).getElementType());
  }
  if (!getElement().empty() && failed(verifyRegion(*this, getElement(), arguments, destination)))
    return failure();
  int64_t first = getFirst(), count = getCount();
  if (first < 0 || count < 1 || first + count > input.getRank())
    return emitOpError("reduces dimensions that the operand does not have");
  SmallVector<int64_t> kept(input.getShape());
  kept.erase(kept.begin() + first, kept.begin() + first + count);
  if (ArrayRef<int64_t>(kept) != destination.getShape())
    return emitOpError("destination must have the remaining dimensions");
  return success();
}

LogicalResult SoftmaxOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  if (shapedType(getInput()).getRank() < 1 ||
      shapedType(getInput()).getShape() != shapedType(getOuts().front()).getShape())
    return emitOpError("destination must have the shape of the operand, of rank 1 or more");
  return success();
}

LogicalResult ArgMaxOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  if (shapedType(getInput()).getRank() < 1 ||
      shapedType(getInput()).getShape().drop_back() != shapedType(getOuts().front()).getShape())
    return emitOpError("destination must have the operand's dimensions but the last");
  return success();
}

LogicalResult TransposeOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  ArrayRef<int64_t> permutation = getPermutation();
  ArrayRef<int64_t> from = shapedType(getInput()).getShape();
  ArrayRef<int64_t> to = shapedType(getOuts().front()).getShape();
  if (!isPermutationVector(permutation) || permutation.size() != from.size() ||
      to.size() != from.size())
    return emitOpError("needs a permutation of the operand's dimensions");
  for (auto [size, dim] : llvm::zip(to, permutation))
    if (size != from[dim])
      return emitOpError("destination must have the permuted dimensions");
  return success();
}

/// What slice and pad share.
template <typename Op> static LogicalResult verifyBox(Op op) {
  if (failed(verifyOneDestination(op, op.getOuts())))
    return failure();
  int64_t rank = shapedType(op.getInput()).getRank();
  if (shapedType(op.getOuts().front()).getRank() != rank ||
      int64_t(op.getOffsets().size()) != rank || int64_t(op.getStrides().size()) != rank)
    return op.emitOpError("needs an offset and a stride for each dimension and keeps the rank");
  return success();
}

LogicalResult SliceOp::verify() {
  if (llvm::is_contained(getStrides(), 0))
    return emitOpError("needs strides other than zero");
  return verifyBox(*this);
}

/// What pad and insert share.
template <typename Op> static LogicalResult verifyPlacedBox(Op op) {
  if (llvm::any_of(op.getStrides(), [](int64_t stride) { return stride < 1; }))
    return op.emitOpError("needs positive strides");
  return verifyBox(op);
}

LogicalResult PadOp::verify() { return verifyPlacedBox(*this); }

LogicalResult InsertOp::verify() { return verifyPlacedBox(*this); }

LogicalResult ConcatOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  int64_t rank = shapedType(getOuts().front()).getRank();
  if (int64_t(getAxis()) < 0 || int64_t(getAxis()) >= rank || getInputs().empty())
    return emitOpError("needs operands and an axis of the destination");
  for (Value input : getInputs())
    if (shapedType(input).getRank() != rank)
      return emitOpError("operands must have the rank of the destination");
  return success();
}

/// What gather and scatter_add share: `rows` has the dimensions of the indices, then those of a
/// row of `table`.
template <typename Op> static LogicalResult verifyRows(Op op, Value table, Value rows) {
  ShapedType tableType = shapedType(table), indices = shapedType(op.getIndices());
  if (tableType.getRank() < 1)
    return op.emitOpError("needs a table of rank 1 or more");
  SmallVector<int64_t> shape(indices.getShape());
  llvm::append_range(shape, tableType.getShape().drop_front());
  if (ArrayRef<int64_t>(shape) != shapedType(rows).getShape())
    return op.emitOpError("needs a row of the table for each index");
  if (!indices.getElementType().isInteger(32) ||
      tableType.getElementType() != shapedType(rows).getElementType())
    return op.emitOpError("needs i32 indices and keeps the element type");
  return success();
}

LogicalResult GatherOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  return verifyRows(*this, getTable(), getOuts().front());
}

LogicalResult ScatterAddOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  return verifyRows(*this, getOuts().front(), getUpdates());
}

bool ReshapeOp::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) { return false; }

bool ReshapeOp::bufferizesToMemoryWrite(OpOperand &, const AnalysisState &) { return false; }

AliasingValueList ReshapeOp::getAliasingValues(OpOperand &, const AnalysisState &) {
  return {{getResult(), BufferRelation::Equivalent}};
}

LogicalResult ReshapeOp::bufferize(RewriterBase &rewriter, const BufferizationOptions &options) {
  FailureOr<Value> buffer = getBuffer(rewriter, getInput(), options);
  if (failed(buffer))
    return failure();
  auto type = cast<RankedTensorType>(getResult().getType());
  replaceOpWithNewBufferizedOp<ReshapeOp>(rewriter, *this,
                                          MemRefType::get(type.getShape(), type.getElementType()),
                                          *buffer, getSizes());
  return success();
}

LogicalResult ReshapeOp::verify() {
  ShapedType input = shapedType(getInput()), result = shapedType(getResult());
  if (input.getElementType() != result.getElementType() ||
      isa<MemRefType>(input) != isa<MemRefType>(result))
    return emitOpError("keeps the element type and the kind of type");
  if (int64_t(getSizes().size()) != result.getNumDynamicDims())
    return emitOpError("needs a size for each dynamic dimension of the result");
  return success();
}

//===----------------------------------------------------------------------===//
// LSTM
//===----------------------------------------------------------------------===//

LogicalResult AttentionOp::verify() {
  ShapedType query = shapedType(getQuery()), key = shapedType(getKey());
  if (query.getRank() != 3 || key.getRank() != 3 || getOuts().size() != 2 ||
      shapedType(getOuts()[0]).getRank() != 3 || shapedType(getOuts()[1]).getRank() != 3)
    return emitOpError("needs operands and two destinations of rank 3");
  const int64_t count = query.getDimSize(0), queries = query.getDimSize(1);
  const int64_t keys = key.getDimSize(1);
  ShapedType result = shapedType(getOuts()[0]), second = shapedType(getOuts()[1]);
  const int64_t features = result.getDimSize(2);
  if (failed(verifyShape(*this, getKey(), "key", {count, keys, query.getDimSize(2)})) ||
      failed(verifyShape(*this, getValue(), "value", {count, keys, features})))
    return failure();
  if (failed(
          getValue()
              ? verifyShape(*this, getOuts()[0], "the context", {count, queries, features})
              : verifyShape(*this, getOuts()[0], "the sums", {count, result.getDimSize(1), keys})))
    return failure();
  if (getKeepsWeights())
    return verifyShape(*this, getOuts()[1], "weights", {count, queries, keys});
  return verifyShape(*this, getOuts()[1], "scratch", {second.getDimSize(0), kRows, keys});
}

Value AttentionGradOp::getGradient(unsigned index) {
  if (!getWanted()[index])
    return {};
  return getOuts()[getNumScratch() + llvm::count(getWanted().take_front(index), true)];
}

LogicalResult AttentionGradOp::verify() {
  if (getWanted().size() != 3 ||
      getOuts().size() != getNumScratch() + size_t(llvm::count(getWanted(), true)))
    return emitOpError("needs scratch and a destination for each of 3 gradients that is wanted");
  if (!getDWeights() == !getDContext() || !getDContext() != !getValue())
    return emitOpError("needs d_weights, or d_context and value");
  ShapedType query = shapedType(getQuery()), key = shapedType(getKey());
  if (query.getRank() != 3 || key.getRank() != 3 ||
      (getDContext() && shapedType(getDContext()).getRank() != 3))
    return emitOpError("needs query, key and d_context of rank 3");
  const int64_t count = query.getDimSize(0), queries = query.getDimSize(1);
  const int64_t features = query.getDimSize(2), keys = key.getDimSize(1);
  const int64_t values = getDContext() ? shapedType(getDContext()).getDimSize(2) : 0;
  constexpr int64_t rows = AttentionOp::kRows;
  SmallVector<int64_t> last{count, keys};
  if (getDContext())
    last.push_back(values);
  const std::tuple<Value, StringRef, SmallVector<int64_t>> shapes[] = {
      {getKey(), "key", {count, keys, features}},
      {getWeights(), "weights", {count, queries, keys}},
      {getValue(), "value", {count, keys, values}},
      {getDContext(), "d_context", {count, queries, values}},
      {getDWeights(), "d_weights", {count, keys}},
      {getOuts()[0], "scratch", {count, rows, keys}},
      {getWeights() ? Value() : getOuts()[1], "scratch", {count, rows, keys}},
      {getGradient(0), "d_query", {count, queries, features}},
      {getGradient(1), "d_key", {count, keys, features}},
      {getGradient(2), getDContext() ? "d_value" : "the sums", last}};
  for (auto &[value, name, shape] : shapes)
    if (failed(verifyShape(*this, value, name, shape)))
      return failure();
  return success();
}

LogicalResult LstmPackOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  ShapedType kernel = shapedType(getKernel()), recurrent = shapedType(getRecurrentKernel());
  ShapedType packed = shapedType(getOuts().front());
  const bool isBf16 = packed.getElementType().isInteger(32);
  if (kernel.getRank() != 2 || recurrent.getRank() != 2 || packed.getRank() != (isBf16 ? 3 : 4))
    return emitOpError("needs kernels of rank 2 and a destination of rank 4, of i32 and rank 3 "
                       "for bfloat16");
  int64_t features = kernel.getDimSize(0), units = recurrent.getDimSize(0);
  int64_t lanes = packed.getShape().back();
  if (failed(verifyShape(*this, getKernel(), "kernel", {features, 4 * units})) ||
      failed(verifyShape(*this, getRecurrentKernel(), "recurrent_kernel", {units, 4 * units})) ||
      failed(verifyShape(*this, getBias(), "bias", {4 * units})))
    return failure();
  SmallVector<int64_t> shape{(units + lanes - 1) / lanes, features + units + 1, 4, lanes};
  if (isBf16)
    shape = {shape[0], 2 * (features + units) + 4, lanes};
  return verifyShape(*this, getOuts().front(), "the destination", shape);
}

namespace {
/// A value, what it is called, the shape that it must have.
using NamedShape = std::tuple<Value, StringRef, SmallVector<int64_t>>;
} // namespace

static LogicalResult verifyShapes(Operation *op, ArrayRef<NamedShape> shapes) {
  for (const auto &[value, name, shape] : shapes)
    if (failed(verifyShape(op, value, name, shape)))
      return failure();
  return success();
}

static int64_t ceilDiv(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

/// A tape of gates.
static SmallVector<int64_t> tapeShape(int64_t batch, int64_t steps, int64_t units, int64_t lanes) {
  return {2 * ceilDiv(units, lanes), batch, steps, 2, lanes};
}

/// `gates` gates of two steps.
static SmallVector<int64_t> nowShape(int64_t batch, int64_t units, int64_t lanes,
                                     int64_t gates = 4) {
  return {2, batch, ceilDiv(units, lanes), gates, lanes};
}

/// What kernel.pack_transposed makes of a weight of `rows` rows.
static SmallVector<int64_t> transposedShape(int64_t rows, int64_t units, int64_t lanes,
                                            int64_t gates = 4) {
  return {ceilDiv(rows, 2 * lanes), ceilDiv(units, lanes), gates, lanes, 2 * lanes};
}

LogicalResult PackTransposedOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  ShapedType weights = shapedType(getWeights()), packed = shapedType(getOuts().front());
  if (weights.getRank() != 2 || packed.getRank() != 5)
    return emitOpError("needs weights of rank 2 and a destination of rank 5");
  const int64_t gates = packed.getDimSize(2);
  if (gates <= 0 || weights.getDimSize(1) % gates != 0)
    return emitOpError("needs weights of as many gates as the destination has in dimension 2");
  return verifyShape(*this, getOuts().front(), "the destination",
                     transposedShape(weights.getDimSize(0), weights.getDimSize(1) / gates,
                                     packed.getDimSize(3), gates));
}

LogicalResult LstmForwardOp::verify() {
  if (getOuts().size() < kFixedOuts || getOuts().size() > kFixedOuts + 2)
    return emitOpError("needs 4 destinations, in the training form 6, for segments 5");
  ShapedType input = shapedType(getInput()), packed = shapedType(getPacked());
  ShapedType sequence = shapedType(getOuts().front());
  const bool isBf16 = packed.getElementType().isInteger(32);
  if (input.getRank() != 3 || sequence.getRank() != 3 || packed.getRank() != (isBf16 ? 3 : 4))
    return emitOpError("needs input and sequence of rank 3, packed weights as kernel.lstm_pack "
                       "writes them");
  int64_t batch = input.getDimSize(0), steps = input.getDimSize(1), units = sequence.getDimSize(2);
  int64_t lanes = packed.getShape().back();
  SmallVector<int64_t> states{batch, units}, rows{batch, steps, units};
  int64_t segments = getStates() ? shapedType(getStates()).getDimSize(1) : 0;
  return verifyShapes(
      *this, {{getInitialH(), "initial_h", states},
              {getInitialC(), "initial_c", states},
              {getMask(), "mask", {batch, steps}},
              {getOuts()[0], "sequence", rows},
              {getOuts()[1], "last_h", states},
              {getOuts()[2], "last_c", states},
              {getOuts()[3], "projection", {ceilDiv(units, lanes), kProjectedLines, 4, lanes}},
              {getGates(), "gates", tapeShape(batch, steps, units, lanes)},
              {getCells(), "cells", rows},
              {getStates(), "states", {batch, segments, 2 * units}}});
}

LogicalResult LstmBackwardOp::verify() {
  if (getOuts().size() != 4)
    return emitOpError("needs 4 destinations");
  ShapedType cells = shapedType(getCells()), gatesType = shapedType(getGates());
  if (cells.getRank() != 3 || gatesType.getRank() != 5)
    return emitOpError("needs cells of rank 3 and gates of rank 5");
  int64_t batch = cells.getDimSize(0), steps = cells.getDimSize(1), units = cells.getDimSize(2);
  int64_t lanes = gatesType.getDimSize(4);
  SmallVector<int64_t> states{batch, units}, gates = tapeShape(batch, steps, units, lanes);
  return verifyShapes(*this,
                      {{getRecurrentT(), "recurrent_t", transposedShape(units, units, lanes)},
                       {getGates(), "gates", gates},
                       {getInitialC(), "initial_c", states},
                       {getMask(), "mask", {batch, steps}},
                       {getDSequence(), "d_sequence", {batch, steps, units}},
                       {getDLastH(), "d_last_h", states},
                       {getDLastC(), "d_last_c", states},
                       {getOuts()[0], "dz", gates},
                       {getOuts()[1], "dh0", states},
                       {getOuts()[2], "dc0", states},
                       {getOuts()[3], "dz_now", nowShape(batch, units, lanes)}});
}

Value LstmWeightGradientOp::getGradient(unsigned index) {
  if (!getWanted()[index])
    return {};
  return getOuts()[llvm::count(getWanted().take_front(index), true)];
}

LogicalResult LstmWeightGradientOp::verify() {
  if (getWanted().size() != 3 || getOuts().empty() ||
      getOuts().size() != size_t(llvm::count(getWanted(), true)))
    return emitOpError("needs a destination for each of 3 gradients that is wanted");
  ShapedType input = shapedType(getInput()), sequence = shapedType(getSequence());
  ShapedType dz = shapedType(getDz());
  if (input.getRank() != 3 || sequence.getRank() != 3 || dz.getRank() != 5)
    return emitOpError("needs input and sequence of rank 3, dz of rank 5");
  int64_t batch = input.getDimSize(0), steps = input.getDimSize(1), features = input.getDimSize(2);
  int64_t units = sequence.getDimSize(2);
  return verifyShapes(*this, {{getSequence(), "sequence", {batch, steps, units}},
                              {getInitialH(), "initial_h", {batch, units}},
                              {getMask(), "mask", {batch, steps}},
                              {getDz(), "dz", tapeShape(batch, steps, units, dz.getDimSize(4))},
                              {getGradient(0), "d_kernel", {features, 4 * units}},
                              {getGradient(1), "d_recurrent_kernel", {units, 4 * units}},
                              {getGradient(2), "d_bias", {4 * units}}});
}

LogicalResult LstmInputGradientOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  ShapedType kernel = shapedType(getKernelT()), dz = shapedType(getDz());
  ShapedType gradient = shapedType(getOuts().front());
  if (kernel.getRank() != 5 || dz.getRank() != 5 || gradient.getRank() != 3)
    return emitOpError("needs kernel_t and dz of rank 5, a destination of rank 3");
  int64_t pairs = dz.getDimSize(0), lanes = dz.getDimSize(4);
  return verifyShapes(
      *this, {{getKernelT(), "kernel_t",
               transposedShape(gradient.getDimSize(2), pairs / 2 * lanes, lanes)},
              {getMask(), "mask", {gradient.getDimSize(0), gradient.getDimSize(1)}},
              {getDz(), "dz", {pairs, gradient.getDimSize(0), gradient.getDimSize(1), 2, lanes}}});
}

Value LstmSegmentsOp::getGradient(unsigned index) {
  if (!getWanted()[index])
    return {};
  return getOuts()[kFixedOuts + llvm::count(getWanted().take_front(index), true)];
}

LogicalResult LstmSegmentsOp::verify() {
  if (getWanted().size() != 4 ||
      getOuts().size() != kFixedOuts + size_t(llvm::count(getWanted(), true)))
    return emitOpError("needs 10 destinations and one for each of 4 gradients that is wanted");
  if (getWanted()[0] && !getKernelT())
    return emitOpError("needs kernel_t for d_input");
  ShapedType input = shapedType(getInput()), sequence = shapedType(getOuts()[2]),
             states = shapedType(getStates()), packed = shapedType(getPacked());
  if (input.getRank() != 3 || sequence.getRank() != 3 || states.getRank() != 3 ||
      packed.getRank() != 4)
    return emitOpError("needs input, states and sequence of rank 3, packed weights of rank 4");
  int64_t batch = input.getDimSize(0), steps = input.getDimSize(1), features = input.getDimSize(2);
  int64_t length = sequence.getDimSize(1), units = sequence.getDimSize(2);
  int64_t lanes = packed.getDimSize(3), projected = LstmForwardOp::kProjectedLines;
  SmallVector<int64_t> state{batch, units}, rows{batch, length, units},
      gates = tapeShape(batch, length, units, lanes);
  return verifyShapes(*this,
                      {{getKernelT(), "kernel_t", transposedShape(features, units, lanes)},
                       {getRecurrentT(), "recurrent_t", transposedShape(units, units, lanes)},
                       {getStates(), "states", {batch, states.getDimSize(1), 2 * units}},
                       {getMask(), "mask", {batch, steps}},
                       {getDSequence(), "d_sequence", {batch, steps, units}},
                       {getDLastH(), "d_last_h", state},
                       {getDLastC(), "d_last_c", state},
                       {getOuts()[0], "dh0", state},
                       {getOuts()[1], "dc0", state},
                       {getOuts()[2], "sequence", rows},
                       {getOuts()[3], "last_h", state},
                       {getOuts()[4], "last_c", state},
                       {getOuts()[5], "projection", {ceilDiv(units, lanes), projected, 4, lanes}},
                       {getOuts()[6], "gates", gates},
                       {getOuts()[7], "cells", rows},
                       {getOuts()[8], "dz", gates},
                       {getOuts()[9], "dz_now", nowShape(batch, units, lanes)},
                       {getGradient(0), "d_input", {batch, steps, features}},
                       {getGradient(1), "d_kernel", {features, 4 * units}},
                       {getGradient(2), "d_recurrent_kernel", {units, 4 * units}},
                       {getGradient(3), "d_bias", {4 * units}}});
}

//===----------------------------------------------------------------------===//
// Recurrent layers with one state
//===----------------------------------------------------------------------===//

LogicalResult RnnPackOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())))
    return failure();
  ShapedType recurrent = shapedType(getRecurrentKernel()), packed = shapedType(getOuts().front());
  if (recurrent.getRank() != 2 || packed.getRank() != 4)
    return emitOpError("needs a recurrent kernel of rank 2 and a destination of rank 4");
  const int64_t units = recurrent.getDimSize(0), gates = packed.getDimSize(2);
  const int64_t lanes = packed.getDimSize(3);
  return verifyShapes(
      *this,
      {{getRecurrentKernel(), "recurrent_kernel", {units, gates * units}},
       {getBias(), "bias", {gates * units}},
       {getOuts().front(), "the destination", {ceilDiv(units, lanes), units + 1, gates, lanes}}});
}

LogicalResult RnnForwardOp::verify() {
  if (getOuts().size() != 2 && getOuts().size() != 3)
    return emitOpError("needs 2 destinations, in the training form 3");
  ShapedType sequence = shapedType(getOuts()[0]), packed = shapedType(getPacked());
  if (sequence.getRank() != 3 || packed.getRank() != 4)
    return emitOpError("needs a sequence of rank 3, packed weights of rank 4");
  const int64_t batch = sequence.getDimSize(0), steps = sequence.getDimSize(1),
                units = sequence.getDimSize(2), lanes = packed.getDimSize(3);
  const int64_t gates = numGates(getCell());
  return verifyShapes(*this,
                      {{getSums(), "sums", {batch, steps, gates * units}},
                       {getPacked(), "packed", {ceilDiv(units, lanes), units + 1, gates, lanes}},
                       {getInitialH(), "initial_h", {batch, units}},
                       {getMask(), "mask", {batch, steps}},
                       {getOuts()[1], "last_h", {batch, units}},
                       {getGates(), "gates", {batch, steps, numKept(getCell()) * units}}});
}

LogicalResult RnnBackwardOp::verify() {
  const bool isGru = getCell() == RnnCell::gru;
  if (getOuts().size() != (isGru ? 4 : 3))
    return emitOpError("needs 3 destinations, of a gru 4");
  ShapedType sequence = shapedType(getSequence()), recurrent = shapedType(getRecurrentT());
  if (sequence.getRank() != 3 || recurrent.getRank() != 5)
    return emitOpError("needs a sequence of rank 3, recurrent_t of rank 5");
  const int64_t batch = sequence.getDimSize(0), steps = sequence.getDimSize(1),
                units = sequence.getDimSize(2), lanes = recurrent.getDimSize(3);
  const int64_t gates = numGates(getCell());
  SmallVector<int64_t> states{batch, units}, sums{batch, steps, gates * units};
  return verifyShapes(
      *this, {{getRecurrentT(), "recurrent_t", transposedShape(units, units, lanes, gates)},
              {getGates(), "gates", {batch, steps, numKept(getCell()) * units}},
              {getInitialH(), "initial_h", states},
              {getMask(), "mask", {batch, steps}},
              {getDSequence(), "d_sequence", {batch, steps, units}},
              {getDLastH(), "d_last_h", states},
              {getOuts()[0], "d_sums", sums},
              {getOuts()[1], "dh0", states},
              {getOuts()[2], "d_now", nowShape(batch, units, lanes, gates)},
              {getDStateSums(), "d_state_sums", sums}});
}

//===----------------------------------------------------------------------===//
// oneDNN
//===----------------------------------------------------------------------===//

/// Checks the number of indices, and that `bytes` are rows of bytes.
static LogicalResult verifyOnednnCall(Operation *op, OperandRange shape, ArrayRef<Value> bytes) {
  if (shape.size() != 5)
    return op->emitOpError("needs 5 indices as shape");
  for (Value buffer : bytes)
    if (shapedType(buffer).getRank() != 1 || !shapedType(buffer).getElementType().isInteger(8))
      return op->emitOpError("scratchpads, workspaces and packed weights are rows of bytes");
  return success();
}

LogicalResult OnednnSizeOp::verify() { return verifyOnednnCall(*this, getShape(), {}); }

LogicalResult OnednnLstmPackOp::verify() {
  if (failed(verifyOneDestination(*this, getOuts())) ||
      failed(verifyOnednnCall(*this, getShape(), getOuts().front())))
    return failure();
  ShapedType kernel = shapedType(getKernel()), recurrent = shapedType(getRecurrentKernel());
  if (getKind() == OnednnKind::matmul || kernel.getRank() != 2 || recurrent.getRank() != 2)
    return emitOpError("needs kernels of rank 2 and a kind of LSTM");
  return success();
}

/// Checks what both passes of an LSTM have: `sequence` is (T, B, H).
template <typename Op> static LogicalResult verifyOnednnLstm(Op op, Value sequence) {
  ShapedType input = shapedType(op.getInput()), states = shapedType(sequence);
  if (input.getRank() != 3 || states.getRank() != 3)
    return op.emitOpError("needs input and sequence of rank 3");
  ArrayRef<int64_t> rows = states.getShape();
  if (failed(verifyShape(op, sequence, "sequence",
                         {input.getDimSize(0), input.getDimSize(1), rows[2]})) ||
      failed(verifyShape(op, op.getBias(), "bias",
                         {ShapedType::isDynamic(rows[2]) ? rows[2] : 4 * rows[2]})) ||
      failed(verifyShape(op, op.getInitialH(), "initial_h", rows.drop_front())))
    return failure();
  return verifyShape(op, op.getInitialC(), "initial_c", rows.drop_front());
}

LogicalResult OnednnLstmForwardOp::verify() {
  if (getOuts().size() != 4 && getOuts().size() != 5)
    return emitOpError("needs 4 destinations, in the training form 5");
  SmallVector<Value> bytes{getPacked()};
  llvm::append_range(bytes, getOuts().drop_front(3));
  if (failed(verifyOnednnCall(*this, getShape(), bytes)) ||
      failed(verifyOnednnLstm(*this, getOuts()[0])))
    return failure();
  ArrayRef<int64_t> states = shapedType(getOuts()[0]).getShape().drop_front();
  if (failed(verifyShape(*this, getOuts()[1], "last_h", states)))
    return failure();
  return verifyShape(*this, getOuts()[2], "last_c", states);
}

LogicalResult OnednnLstmBackwardOp::verify() {
  if (getOuts().size() != (getInitialH() ? 7 : 5))
    return emitOpError("needs 5 destinations, with initial states 7");
  if (failed(verifyOnednnCall(*this, getShape(), {getPacked(), getWorkspace(), getOuts()[4]})) ||
      failed(verifyOnednnLstm(*this, getSequence())))
    return failure();
  ArrayRef<int64_t> sequence = shapedType(getSequence()).getShape();
  for (Value states : {getLastH(), getLastC(), getDLastH(), getDLastC()})
    if (failed(verifyShape(*this, states, "every state", sequence.drop_front())))
      return failure();
  if (failed(verifyShape(*this, getDSequence(), "d_sequence", sequence)) ||
      failed(verifyShape(*this, getOuts()[3], "d_bias", shapedType(getBias()).getShape())))
    return failure();
  return verifyShape(*this, getOuts()[0], "d_input", shapedType(getInput()).getShape());
}

LogicalResult OnednnMatmulOp::verify() {
  if (getOuts().size() != 2)
    return emitOpError("needs 2 destinations");
  if (failed(verifyOnednnCall(*this, getShape(), getOuts()[1])))
    return failure();
  for (Value tensor : {getLhs(), getRhs(), getOuts()[0]})
    if (!shapedType(tensor).getElementType().isF32())
      return emitOpError("multiplies f32 only");
  return success();
}

//===----------------------------------------------------------------------===//
// Updates and the arena
//===----------------------------------------------------------------------===//

using Effects = SmallVectorImpl<MemoryEffects::EffectInstance>;

/// Those of an op that reads all its operands and writes some of them.
static void updates(Operation *op, ArrayRef<OpOperand *> written, Effects &effects) {
  auto *memory = SideEffects::DefaultResource::get();
  for (OpOperand &operand : op->getOpOperands())
    effects.emplace_back(MemoryEffects::Read::get(), &operand, memory);
  for (OpOperand *operand : written)
    effects.emplace_back(MemoryEffects::Write::get(), operand, memory);
}

void ClipValueOp::getEffects(Effects &effects) {
  updates(*this, {&getGradientsMutable()}, effects);
}
void ClipNormOp::getEffects(Effects &effects) {
  updates(*this, {&getGradientsMutable(), &getScratchMutable()}, effects);
}
void AccumulateOp::getEffects(Effects &effects) {
  updates(*this, {&getGradientsMutable(), &getAccumulatorMutable()}, effects);
}
void TrustStepOp::getEffects(Effects &effects) {
  updates(*this, {&getParametersMutable(), &getScratchMutable()}, effects);
}
void AverageOp::getEffects(Effects &effects) {
  updates(*this, {&getParametersMutable(), &getAverageMutable()}, effects);
}
void UpdateOp::getEffects(Effects &effects) {
  SmallVector<OpOperand *> written{&getParametersMutable()};
  for (OpOperand &slot : getSlotsMutable())
    written.push_back(&slot);
  updates(*this, written, effects);
}

int64_t ClipNormOp::scratchSize(ArrayRef<int64_t> segments) {
  int64_t blocks = 0;
  for (size_t i = 1; i < segments.size(); ++i)
    blocks += numBlocks(segments[i] - segments[i - 1]);
  return blocks;
}

template <typename Op> static LogicalResult verifySegments(Op op) {
  ArrayRef<int64_t> segments = op.getSegments();
  if (segments.size() < 2 || segments.front() < 0 || !llvm::is_sorted(segments))
    return op.emitOpError("needs the bounds of at least one segment, in order");
  return verifyShape(op, op.getScratch(), "scratch", {Op::scratchSize(segments)});
}

LogicalResult ClipNormOp::verify() { return verifySegments(*this); }
LogicalResult TrustStepOp::verify() { return verifySegments(*this); }

LogicalResult UpdateOp::verify() {
  std::optional<std::vector<OptimizerSlot>> slots = optimizerRuleSlots(getOptimizer());
  if (!slots)
    return emitOpError("has no rule for ") << getOptimizer();
  if (slots->size() != getSlots().size())
    return emitOpError("has ") << getSlots().size() << " slots but needs " << slots->size();
  std::optional<ArrayRef<int64_t>> undecayed = getUndecayed();
  if (undecayed && (undecayed->empty() || undecayed->size() % 2 != 0 || undecayed->front() < 0 ||
                    !llvm::is_sorted(*undecayed)))
    return emitOpError("needs the bounds of segments that do not decay, in order");
  return success();
}

LogicalResult BufferOp::verify() {
  auto type = cast<MemRefType>(getResult().getType());
  if (!type.getLayout().isIdentity())
    return emitOpError("needs an identity layout");
  if (int64_t(getSizes().size()) != type.getNumDynamicDims())
    return emitOpError("needs a size for each dynamic dimension of the result");
  return success();
}

} // namespace rondo::kernel

using namespace rondo::kernel;

#include "compiler/kernels/IR/KernelDialect.cpp.inc"
#include "compiler/kernels/IR/KernelEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "compiler/kernels/IR/KernelAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "compiler/kernels/IR/KernelOps.cpp.inc"

void rondo::kernel::KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "compiler/kernels/IR/KernelAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "compiler/kernels/IR/KernelOps.cpp.inc"
      >();
}
