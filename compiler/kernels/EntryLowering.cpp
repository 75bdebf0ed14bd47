//===- EntryLowering.cpp - One entry on its way to kernels ----------------===//
//
// Sizes, operands, and the small builders that all lowerings share.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/EntryLowering.h"
#include "compiler/kernels/ChooseKernels.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace rondo {

static SmallVector<int64_t> allDims(size_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(rank));
}

/// Predicates are bytes in memory: vectors of i1 would be packed bits.
static Type storageType(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : element;
}

void EntryLowering::bind(Value value, Value tensor) {
  auto type = cast<RankedTensorType>(value.getType());
  Operand operand;
  operand.tensor = tensor;
  operand.dims = getDims(type);
  operand.span = allDims(operand.dims.size());
  operand.element = type.getElementType();
  values[value] = std::move(operand);
}

const Operand &EntryLowering::operandOf(Value value) {
  auto it = values.find(value);
  assert(it != values.end() && "ops are lowered in order");
  return it->second;
}

Value EntryLowering::tensorOf(Value value) {
  Value tensor = tensorOf(operandOf(value));
  bind(value, tensor);
  return tensor;
}

Value EntryLowering::copyOf(Value value) {
  const Operand &operand = operandOf(value);
  return map(operand, operand.dims, operand.element,
             [](OpBuilder &, ValueRange elements) { return elements.front(); });
}

Value EntryLowering::tensorOf(const Operand &operand) {
  // A literal 1 that stands for more elements shows in the type.
  if (operand.tensor && operand.span.size() == operand.dims.size()) {
    auto shape = cast<RankedTensorType>(operand.tensor.getType()).getShape();
    if (llvm::all_of(llvm::zip(shape, operand.dims), [](auto pair) {
          auto [size, dim] = pair;
          return (size == 1) == (dim == DimExpr(1));
        }))
      return operand.tensor;
  }
  return map(operand, operand.dims, operand.element,
             [](OpBuilder &, ValueRange elements) { return elements.front(); });
}

Value EntryLowering::size(const DimExpr &expr) {
  Value &cached = sizes[expr.str()];
  if (cached)
    return cached;
  OpBuilder::InsertionGuard guard(builder);
  if (outermostLoop)
    builder.setInsertionPoint(outermostLoop);
  return cached = createSize(builder, loc, expr, symbols);
}

OpFoldResult EntryLowering::sizeOrConstant(const DimExpr &expr) {
  if (std::optional<int64_t> constant = expr.getConstant())
    return builder.getIndexAttr(*constant);
  return size(expr);
}

SmallVector<Value> EntryLowering::dynamicSizes(Dims dims) {
  SmallVector<Value> dynamic;
  for (const DimExpr &dim : dims)
    if (!dim.isConstant())
      dynamic.push_back(size(dim));
  return dynamic;
}

void EntryLowering::require(const DimExpr &expr) {
  if (std::optional<int64_t> value = expr.getConstant(); value && *value >= 0)
    return;
  std::string text = expr.str();
  if (!llvm::is_contained(requirements, text))
    requirements.push_back(std::move(text));
}

void EntryLowering::requireInside(const BoxPlace &place, Dims part, Dims whole) {
  for (unsigned d = 0; d < part.size(); ++d)
    if (part[d] != whole[d])
      for (const DimExpr &bound : {part[d], place.offsets[d], place.behind(d, part[d], whole[d])})
        require(bound);
}

static RankedTensorType plainType(ArrayRef<DimExpr> dims, Type element) {
  SmallVector<int64_t> shape;
  for (const DimExpr &dim : dims)
    shape.push_back(dim.getConstant().value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, storageType(element));
}

Value EntryLowering::destination(Dims dims, Type element) {
  return builder.create<tensor::EmptyOp>(loc, plainType(dims, element), dynamicSizes(dims));
}

Value EntryLowering::map(ArrayRef<Operand> operands, Dims dims, Type element, MapBody body) {
  SmallVector<Value> ins, scalars;
  SmallVector<Attribute> spans;
  for (const Operand &operand : operands) {
    if (operand.tensor) {
      ins.push_back(operand.tensor);
      spans.push_back(builder.getI64ArrayAttr(operand.span));
    } else if (operand.scalar) {
      scalars.push_back(operand.scalar);
    }
  }
  Value out = destination(dims, element);
  auto op = builder.create<kernel::MapOp>(loc, TypeRange(out.getType()), ins, scalars,
                                          ValueRange(out), builder.getArrayAttr(spans));

  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&op.getBody());
  for (Value input : ins)
    block->addArgument(elementOf(input), loc);
  for (Value scalar : scalars)
    block->addArgument(scalar.getType(), loc);
  SmallVector<Value> elements;
  unsigned nextInput = 0, nextScalar = ins.size();
  for (const Operand &operand : operands) {
    if (operand.constant)
      elements.push_back(builder.create<arith::ConstantOp>(loc, operand.constant));
    else
      elements.push_back(block->getArgument(operand.tensor ? nextInput++ : nextScalar++));
    if (operand.tensor && operand.element.isInteger(1))
      elements.back() = builder.create<arith::TruncIOp>(loc, operand.element, elements.back());
  }
  Value result = body(builder, elements);
  if (element.isInteger(1))
    result = builder.create<arith::ExtUIOp>(loc, storageType(element), result);
  builder.create<kernel::YieldOp>(loc, result);
  return op.getResult(0);
}

Value EntryLowering::transpose(Value tensor, Dims dims, ArrayRef<int64_t> permutation) {
  SmallVector<DimExpr> permuted;
  for (int64_t dim : permutation)
    permuted.push_back(dims[dim]);
  Value out = destination(permuted, elementOf(tensor));
  return builder
      .create<kernel::TransposeOp>(loc, TypeRange(out.getType()), tensor, ValueRange(out),
                                   permutation)
      .getResult(0);
}

Value EntryLowering::reduce(ReduceKind kind, Value tensor, Dims dims, int64_t first,
                            int64_t count) {
  SmallVector<DimExpr> kept(dims);
  kept.erase(kept.begin() + first, kept.begin() + first + count);
  Value out = destination(kept, elementOf(tensor));
  return builder
      .create<kernel::ReduceOp>(loc, TypeRange(out.getType()), ValueRange(tensor), ValueRange(out),
                                kind, first, count)
      .getResult(0);
}

template <typename Op>
Value EntryLowering::box(Value tensor, const BoxPlace &place, Dims dims, Type element) {
  SmallVector<Value> offsets;
  for (const DimExpr &offset : place.offsets)
    offsets.push_back(size(offset));
  Value out = destination(dims, element);
  return builder
      .create<Op>(loc, TypeRange(out.getType()), tensor, ValueRange(out), offsets, place.strides)
      .getResult(0);
}

Value EntryLowering::slice(Value tensor, const BoxPlace &place, Dims dims, Type element) {
  return box<kernel::SliceOp>(tensor, place, dims, element);
}

Value EntryLowering::pad(Value tensor, const BoxPlace &place, Dims dims, Type element) {
  return box<kernel::PadOp>(tensor, place, dims, element);
}

Value EntryLowering::concat(ValueRange tensors, int64_t axis, Dims dims, Type element) {
  Value out = destination(dims, element);
  return builder
      .create<kernel::ConcatOp>(loc, TypeRange(out.getType()), tensors, ValueRange(out), axis)
      .getResult(0);
}

Value EntryLowering::reshape(Value tensor, Dims dims, Type element) {
  return builder.create<kernel::ReshapeOp>(loc, plainType(dims, element), tensor,
                                           dynamicSizes(dims));
}

LogicalResult EntryLowering::lower(Operation *op) {
  Attribute recompute = op->getAttr(RondoDialect::kRecomputeOf);
  if (!recompute)
    return lowerOp(op);
  // The mark goes on to the kernels, so that they stay apart from those of the forward pass.
  Block *block = builder.getInsertionBlock();
  Operation *before = block->empty() ? nullptr : &block->back();
  LogicalResult result = lowerOp(op);
  for (Operation &kernel :
       llvm::make_range(before ? std::next(before->getIterator()) : block->begin(), block->end()))
    if (isa<DestinationStyleOpInterface>(kernel))
      kernel.setAttr(RondoDialect::kRecomputeOf, recompute);
  return result;
}

LogicalResult EntryLowering::lowerOp(Operation *op) {
  loc = op->getLoc();
  for (Type type : op->getResultTypes())
    if (getElementTypeOrSelf(type).isF64())
      return op->emitError("f64 is for the reference interpreter; there are no kernels for it");
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](arith::ConstantOp op) { return lowerConstant(op); })
      .Case([&](OneHotOp op) { return lowerOneHot(op); })
      .Case([&](SizeOp op) { return lowerSize(op); })
      .Case([&](RandomOp op) { return lowerRandom(op); })
      .Case([&](BroadcastOp op) { return lowerBroadcast(op); })
      .Case([&](ReshapeOp op) { return lowerReshape(op); })
      .Case([&](TransposeOp op) { return lowerTranspose(op); })
      .Case([&](SliceOp op) { return lowerSlice(op); })
      .Case([&](PadOp op) { return lowerPad(op); })
      .Case([&](ReverseOp op) { return lowerReverse(op); })
      .Case([&](ConcatOp op) { return lowerConcat(op); })
      .Case([&](GatherOp op) { return lowerGather(op); })
      .Case([&](ScatterAddOp op) { return lowerScatterAdd(op); })
      .Case([&](ReduceOp op) { return lowerReduce(op); })
      .Case([&](ArgMaxOp op) { return lowerArgMax(op); })
      .Case([&](SoftmaxOp op) {
        return lowerSoftmax(op, op.getInput(), op.getAxis(), /*log=*/false);
      })
      .Case([&](LogSoftmaxOp op) {
        return lowerSoftmax(op, op.getInput(), op.getAxis(), /*log=*/true);
      })
      .Case([&](SoftmaxCrossentropyOp op) { return lowerSoftmaxCrossentropy(op); })
      .Case([&](ContractOp op) { return lowerContract(op); })
      .Case([&](AttentionOp op) { return lowerAttention(op); })
      .Case([&](AttentionGradOp op) { return lowerAttentionGrad(op); })
      .Case([&](LstmOp op) { return isForOnednn(op) ? lowerOnednn(op) : lowerLstm(op); })
      .Case([&](LstmGradOp op) { return isForOnednn(op) ? lowerOnednn(op) : lowerLstmGrad(op); })
      .Case([&](RnnOp op) { return lowerRnn(op); })
      .Case([&](RnnGradOp op) { return lowerRnnGrad(op); })
      .Case([&](ScanOp op) { return lowerScan(op); })
      .Default([&](Operation *op) { return lowerElementwise(op); });
}

} // namespace rondo
