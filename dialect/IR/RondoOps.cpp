//===- RondoOps.cpp - Type inference and verification ---------------------===//
//
// The numbered constraints of RondoOps.td. Ops whose result type follows from
// their operands check them while they infer it, the others in `verify`.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Scan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

#define GET_OP_CLASSES
#include "dialect/IR/RondoOps.cpp.inc"

using namespace mlir;

namespace rondo {

using Dims = llvm::SmallVector<DimExpr>;

static Dims dimsOf(Value value) { return getDims(cast<RankedTensorType>(value.getType())); }

static Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

static bool isDimension(int64_t dimension, size_t rank) {
  return 0 <= dimension && dimension < int64_t(rank);
}

static bool isStrictlyIncreasing(llvm::ArrayRef<int64_t> values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

/// Whether all are dimensions of a tensor of that rank and none occurs twice.
static bool areDistinctDimensions(llvm::ArrayRef<int64_t> dimensions, size_t rank) {
  llvm::SmallVector<int64_t> sorted(dimensions);
  llvm::sort(sorted);
  return isStrictlyIncreasing(sorted) &&
         llvm::all_of(sorted, [&](int64_t d) { return isDimension(d, rank); });
}

static std::string list(llvm::ArrayRef<int64_t> values) {
  return "[" +
         llvm::join(llvm::map_range(values, [](int64_t v) { return std::to_string(v); }), ", ") +
         "]";
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                                          Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  types.push_back(makeTensorType(dimsOf(adaptor.getLhs()), IntegerType::get(context, 1)));
  return success();
}

LogicalResult SelectOp::verify() {
  // select_c1
  if (!haveSameShape(getCondition().getType(), getType()))
    return emitOpError() << "condition is " << describeDims(getCondition().getType())
                         << " but the values are " << describeDims(getType());
  return success();
}

LogicalResult CastOp::verify() {
  // cast_c1
  if (!haveSameShape(getInput().getType(), getType()))
    return emitOpError() << "operand is " << describeDims(getInput().getType())
                         << " but the result is " << describeDims(getType());
  // cast_c2 is the type of the result.
  return success();
}

LogicalResult TruncateOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                                           Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  types.push_back(makeTensorType(dimsOf(adaptor.getInput()), IntegerType::get(context, 32)));
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  Dims from = dimsOf(getInput()), to = dimsOf(getResult());
  llvm::ArrayRef<int64_t> dimensions = getDimensions();
  // broadcast_c1
  if (dimensions.size() != from.size())
    return emitOpError() << "dimensions " << list(dimensions) << " do not match the operand's "
                         << from.size() << " dimensions";
  if (!areDistinctDimensions(dimensions, to.size()) || !isStrictlyIncreasing(dimensions))
    return emitOpError() << "dimensions " << list(dimensions)
                         << " are not increasing dimensions of the result "
                         << describeDims(getType());
  // broadcast_c2
  for (auto [i, d] : llvm::enumerate(dimensions))
    if (from[i] != DimExpr(1) && from[i] != to[d])
      return emitOpError() << "operand dimension " << i << " is " << from[i].str()
                           << ", neither 1 nor the " << to[d].str() << " of result dimension " << d;
  // broadcast_c3
  if (elementOf(getInput()) != elementOf(getResult()))
    return emitOpError() << "operand has elements " << elementOf(getInput())
                         << " but the result has " << elementOf(getResult());
  return success();
}

LogicalResult ReshapeOp::verify() {
  DimExpr from = numElements(dimsOf(getInput())), to = numElements(dimsOf(getResult()));
  // reshape_c1
  if (from != to)
    return emitOpError() << "operand " << describeDims(getInput().getType()) << " has "
                         << from.str() << " elements but the result " << describeDims(getType())
                         << " has " << to.str();
  // reshape_c2
  if (elementOf(getInput()) != elementOf(getResult()))
    return emitOpError() << "operand has elements " << elementOf(getInput())
                         << " but the result has " << elementOf(getResult());
  return success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  Dims from = dimsOf(adaptor.getInput()), to;
  llvm::ArrayRef<int64_t> permutation = adaptor.getPermutation();
  // transpose_c1
  if (permutation.size() != from.size() || !areDistinctDimensions(permutation, from.size()))
    return emitOptionalError(location, list(permutation), " is not a permutation of the ",
                             from.size(), " dimensions of the operand");
  for (int64_t d : permutation)
    to.push_back(from[d]);
  types.push_back(makeTensorType(to, elementOf(adaptor.getInput())));
  return success();
}

/// What slice_c1 and slice_c2, pad_c1 and pad_c2 say: `op` takes a box between tensors
/// of one rank and element type, with an offset and a stride for each dimension.
template <typename Op> static LogicalResult verifyPlace(Op op) {
  size_t from = dimsOf(op.getInput()).size(), to = dimsOf(op.getResult()).size();
  if (from != to)
    return op.emitOpError() << "operand has " << from << " dimensions but the result has " << to;
  if (op.getOffsets().size() != from)
    return op.emitOpError() << "has " << op.getOffsets().size() << " offsets for " << from
                            << " dimensions";
  if (op.getStrides() && op.getStrides()->size() != from)
    return op.emitOpError() << "has " << op.getStrides()->size() << " strides for " << from
                            << " dimensions";
  if (elementOf(op.getInput()) != elementOf(op.getResult()))
    return op.emitOpError() << "operand has elements " << elementOf(op.getInput())
                            << " but the result has " << elementOf(op.getResult());
  for (llvm::StringRef text : op.getOffsets().template getAsValueRange<StringAttr>()) {
    std::optional<DimExpr> offset = DimExpr::parse(text);
    if (!offset)
      return op.emitOpError() << "offset '" << text << "' is no polynomial over symbols";
    if (offset->str() != text)
      return op.emitOpError() << "offset '" << text << "' is not in canonical spelling, '"
                              << offset->str() << "'";
  }
  if (op.getStrides() && llvm::any_of(*op.getStrides(), [](int64_t stride) { return stride < 1; }))
    return op.emitOpError() << "strides " << list(*op.getStrides()) << " are not positive";
  return success();
}

/// Whether dimension `d` of a box cannot lie inside `whole`, whatever the symbols are.
static bool isOutside(const BoxPlace &place, unsigned d, const DimExpr &part,
                      const DimExpr &whole) {
  if (part == whole && place.strides[d] == 1)
    return place.offsets[d] != DimExpr(0);
  auto isNegative = [](const DimExpr &value) { return value.getConstant().value_or(0) < 0; };
  return isNegative(place.offsets[d]) || isNegative(place.behind(d, part, whole));
}

LogicalResult SliceOp::verify() {
  // slice_c1, slice_c2
  if (failed(verifyPlace(*this)))
    return failure();
  // slice_c3
  BoxPlace place = getPlace();
  Dims from = dimsOf(getInput()), to = dimsOf(getResult());
  for (unsigned d = 0; d < from.size(); ++d)
    if (isOutside(place, d, to[d], from[d]))
      return emitOpError() << "dimension " << d << ": " << to[d].str() << " elements from "
                           << place.offsets[d].str() << " are not inside the operand's "
                           << from[d].str();
  return success();
}

LogicalResult PadOp::verify() {
  // pad_c1, pad_c2
  if (failed(verifyPlace(*this)))
    return failure();
  // pad_c3
  BoxPlace place = getPlace();
  Dims from = dimsOf(getInput()), to = dimsOf(getResult());
  for (unsigned d = 0; d < from.size(); ++d)
    if (isOutside(place, d, from[d], to[d]))
      return emitOpError() << "dimension " << d << ": the operand's " << from[d].str()
                           << " elements set at " << place.offsets[d].str()
                           << " are not inside the result's " << to[d].str();
  return success();
}

LogicalResult ReverseOp::verify() {
  // reverse_c1
  Dims dims = dimsOf(getInput());
  if (!areDistinctDimensions(getDimensions(), dims.size()) ||
      !isStrictlyIncreasing(getDimensions()))
    return emitOpError() << "dimensions " << list(getDimensions())
                         << " are not increasing dimensions of the operand " << describeDims(dims);
  return success();
}

Value ConcatOp::getWindowed() {
  auto first = getInputs().front().getDefiningOp<SliceOp>();
  const int64_t rank = getType().getRank(), time = rank - 2, features = rank - 1;
  if (!first || rank < 2 || getInputs().size() < 2 || int64_t(getAxis()) != features)
    return {};
  Value x = first.getInput();
  Dims whole = dimsOf(x), part = dimsOf(first);
  const int64_t window = getInputs().size();
  for (int64_t dim = 0; dim < rank; ++dim)
    if (whole[dim] != (dim == time ? part[dim] + DimExpr(window - 1) : part[dim]))
      return {};
  for (auto [step, input] : llvm::enumerate(getInputs())) {
    auto slice = input.getDefiningOp<SliceOp>();
    if (!slice || slice.getInput() != x || slice.getType() != first.getType())
      return {};
    BoxPlace place = slice.getPlace();
    for (int64_t dim = 0; dim < rank; ++dim)
      if (place.strides[dim] != 1 || place.offsets[dim] != DimExpr(dim == time ? step : 0))
        return {};
  }
  return x;
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  ValueRange inputs = adaptor.getInputs();
  int64_t axis = adaptor.getAxis();
  // concat_c1
  if (inputs.empty())
    return emitOptionalError(location, "concat needs an operand");
  Dims result = dimsOf(inputs.front());
  // concat_c2
  if (!isDimension(axis, result.size()))
    return emitOptionalError(location, "axis ", axis, " is not a dimension of the operand ",
                             describeDims(result));
  for (auto [i, input] : llvm::enumerate(inputs.drop_front())) {
    Dims dims = dimsOf(input);
    // concat_c1
    bool agree = dims.size() == result.size() && elementOf(input) == elementOf(inputs.front());
    for (size_t d = 0; agree && d < dims.size(); ++d)
      agree = int64_t(d) == axis || dims[d] == result[d];
    if (!agree)
      return emitOptionalError(location, "operand ", i + 1, " is ", input.getType(),
                               ", which differs from operand 0, ", inputs.front().getType(),
                               ", not only along axis ", axis);
    result[axis] += dims[axis];
  }
  types.push_back(makeTensorType(result, elementOf(inputs.front())));
  return success();
}

LogicalResult SizeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                       Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  Dims dims = dimsOf(adaptor.getInput());
  // size_c1
  if (!areDistinctDimensions(adaptor.getDimensions(), dims.size()))
    return emitOptionalError(location, list(adaptor.getDimensions()),
                             " are not distinct dimensions of the operand ", describeDims(dims));
  types.push_back(RankedTensorType::get({}, Float32Type::get(context)));
  return success();
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  Dims dims = dimsOf(adaptor.getInput()), kept;
  llvm::ArrayRef<int64_t> dimensions = adaptor.getDimensions();
  // reduce_c1
  if (!areDistinctDimensions(dimensions, dims.size()) || !isStrictlyIncreasing(dimensions))
    return emitOptionalError(location, list(dimensions),
                             " are not increasing dimensions of the operand ", describeDims(dims));
  for (auto [d, dim] : llvm::enumerate(dims))
    if (!llvm::is_contained(dimensions, int64_t(d)))
      kept.push_back(dim);
  types.push_back(makeTensorType(kept, elementOf(adaptor.getInput())));
  return success();
}

LogicalResult ArgMaxOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  Dims dims = dimsOf(adaptor.getInput());
  int64_t axis = adaptor.getAxis();
  // argmax_c1
  if (!isDimension(axis, dims.size()))
    return emitOptionalError(location, "axis ", axis, " is not a dimension of the operand ",
                             describeDims(dims));
  dims.erase(dims.begin() + axis);
  types.push_back(makeTensorType(dims, IntegerType::get(context, 32)));
  return success();
}

LogicalResult SoftmaxCrossentropyOp::inferReturnTypes(MLIRContext *,
                                                      std::optional<Location> location,
                                                      Adaptor adaptor,
                                                      llvm::SmallVectorImpl<Type> &types) {
  Dims dims = dimsOf(adaptor.getLogits());
  // softmax_crossentropy_c1
  if (dims.empty())
    return emitOptionalError(location, "needs operands with at least one dimension");
  dims.pop_back();
  types.push_back(makeTensorType(dims, getElementTypeOrSelf(adaptor.getLogits())));
  return success();
}

LogicalResult OneHotOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                         Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  // one_hot_c1
  int64_t depth = adaptor.getDepth();
  if (depth <= 0)
    return emitOptionalError(location, "depth is ", depth, " but must be positive");
  Dims dims = dimsOf(adaptor.getIndices());
  dims.push_back(depth);
  types.push_back(makeTensorType(dims, Float32Type::get(context)));
  return success();
}

LogicalResult RandomOp::verify() {
  // random_c1
  RankedTensorType key = getKey().getType();
  if (key.getShape() != llvm::ArrayRef<int64_t>{2})
    return emitOpError("key is ") << key << " but must be two numbers";
  // random_c2
  int64_t stream = getStream();
  if (stream < 0 || stream > std::numeric_limits<int32_t>::max())
    return emitOpError("stream is ") << stream << " but must be in [0, 2^31)";
  return success();
}

/// contract_c2 for one operand.
static LogicalResult checkContractDimensions(std::optional<Location> location, llvm::StringRef side,
                                             const Dims &dims, llvm::ArrayRef<int64_t> batch,
                                             llvm::ArrayRef<int64_t> contract) {
  llvm::SmallVector<int64_t> all(batch);
  all.append(contract.begin(), contract.end());
  if (areDistinctDimensions(all, dims.size()))
    return success();
  return emitOptionalError(location, "batch ", list(batch), " and contracting ", list(contract),
                           " are not distinct dimensions of ", side, " ", describeDims(dims));
}

/// contract_c1 for batch or for contracting dimensions.
static LogicalResult checkContractPairs(std::optional<Location> location, llvm::StringRef what,
                                        const Dims &lhs, const Dims &rhs,
                                        llvm::ArrayRef<int64_t> lhsDims,
                                        llvm::ArrayRef<int64_t> rhsDims) {
  if (lhsDims.size() != rhsDims.size())
    return emitOptionalError(location, what, " dimensions ", list(lhsDims), " of lhs and ",
                             list(rhsDims), " of rhs do not pair up");
  for (auto [l, r] : llvm::zip(lhsDims, rhsDims))
    if (lhs[l] != rhs[r])
      return emitOptionalError(location, what, " dimension ", l, " of lhs is ", lhs[l].str(),
                               " but dimension ", r, " of rhs is ", rhs[r].str());
  return success();
}

LogicalResult ContractOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                           Adaptor adaptor, llvm::SmallVectorImpl<Type> &types) {
  Dims lhs = dimsOf(adaptor.getLhs()), rhs = dimsOf(adaptor.getRhs());
  llvm::ArrayRef<int64_t> lhsBatch = adaptor.getLhsBatch(), rhsBatch = adaptor.getRhsBatch(),
                          lhsContract = adaptor.getLhsContract(),
                          rhsContract = adaptor.getRhsContract();
  // contract_c2
  if (failed(checkContractDimensions(location, "lhs", lhs, lhsBatch, lhsContract)) ||
      failed(checkContractDimensions(location, "rhs", rhs, rhsBatch, rhsContract)))
    return failure();
  // contract_c1
  if (failed(checkContractPairs(location, "batch", lhs, rhs, lhsBatch, rhsBatch)) ||
      failed(checkContractPairs(location, "contracting", lhs, rhs, lhsContract, rhsContract)))
    return failure();
  // contract_c3
  if (elementOf(adaptor.getLhs()) != elementOf(adaptor.getRhs()))
    return emitOptionalError(location, "lhs has elements ", elementOf(adaptor.getLhs()),
                             " but rhs has ", elementOf(adaptor.getRhs()));

  Dims result;
  for (int64_t d : lhsBatch)
    result.push_back(lhs[d]);
  auto appendOthers = [&](const Dims &dims, llvm::ArrayRef<int64_t> batch,
                          llvm::ArrayRef<int64_t> contract) {
    for (int64_t d = 0, e = dims.size(); d < e; ++d)
      if (!llvm::is_contained(batch, d) && !llvm::is_contained(contract, d))
        result.push_back(dims[d]);
  };
  appendOthers(lhs, lhsBatch, lhsContract);
  appendOthers(rhs, rhsBatch, rhsContract);
  types.push_back(makeTensorType(result, elementOf(adaptor.getLhs())));
  return success();
}

/// softmax_c1 and log_softmax_c1.
template <typename Op> static LogicalResult verifyAxis(Op op) {
  Dims dims = dimsOf(op.getInput());
  int64_t axis = op.getAxis();
  if (!isDimension(axis, dims.size()))
    return op.emitOpError() << "axis " << axis << " is not a dimension of the operand "
                            << describeDims(dims);
  return success();
}

LogicalResult SoftmaxOp::verify() { return verifyAxis(*this); }

LogicalResult LogSoftmaxOp::verify() { return verifyAxis(*this); }

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

namespace {
/// The sizes of a recurrent layer: input (B, T, D) and H units.
struct RecurrentDims {
  DimExpr batch, steps, features, units;
  DimExpr gates() const { return units * DimExpr(4); }
};
} // namespace

/// Fails unless `value`, called `name`, has the dimensions `needed`; `because`
/// says where they come from. An absent value is fine.
static LogicalResult expectDims(Operation *op, llvm::StringRef name, Value value,
                                llvm::ArrayRef<DimExpr> needed, const llvm::Twine &because) {
  if (!value || llvm::ArrayRef<DimExpr>(dimsOf(value)) == needed)
    return success();
  return op->emitOpError() << name << " is " << describeDims(value.getType()) << " but "
                           << describeDims(needed) << " is needed: " << because;
}

/// lstm_c1 … lstm_c4, lstm_c8 and the operands' half of lstm_c7; `dims` receives the sizes.
template <typename Op> static LogicalResult verifyLstmPrimals(Op op, RecurrentDims &dims) {
  Dims input = dimsOf(op.getInput()), recurrent = dimsOf(op.getRecurrentKernel());
  if (input.size() != 3)
    return op.emitOpError() << "input is " << describeDims(input)
                            << " but (batch, time, features) is needed";
  // lstm_c2
  if (recurrent.size() != 2 || recurrent[1] != recurrent[0] * DimExpr(4))
    return op.emitOpError() << "recurrent_kernel is " << describeDims(recurrent)
                            << " but (H, 4H) is needed: 4 gates of as many units as it has rows";
  dims = {input[0], input[1], input[2], recurrent[0]};
  std::string units = dims.units.str() + " units, the rows of recurrent_kernel";
  // lstm_c1
  if (failed(
          expectDims(op, "kernel", op.getKernel(), {dims.features, dims.gates()},
                     "an input of " + dims.features.str() + " features and 4 gates of " + units)))
    return failure();
  // lstm_c3
  if (failed(expectDims(op, "bias", op.getBias(), {dims.gates()}, "4 gates of " + units)))
    return failure();
  // lstm_c4
  if (!op.getInitialH() != !op.getInitialC())
    return op.emitOpError() << "has " << (op.getInitialH() ? "initial_h" : "initial_c")
                            << " without " << (op.getInitialH() ? "initial_c" : "initial_h");
  std::string state = "the batch of the input and " + units;
  if (failed(expectDims(op, "initial_h", op.getInitialH(), {dims.batch, dims.units}, state)) ||
      failed(expectDims(op, "initial_c", op.getInitialC(), {dims.batch, dims.units}, state)))
    return failure();
  // lstm_c8
  if (failed(expectDims(op, "mask", op.getMask(), {dims.batch, dims.steps},
                        "the batch and the time steps of the input")))
    return failure();
  // lstm_c7
  for (Value operand : op->getOperands())
    if (Type type = operand.getType();
        operand != op.getMask() && getElementTypeOrSelf(type) != elementOf(op.getInput()))
      return op.emitOpError() << "mixes elements " << getElementTypeOrSelf(type) << " and "
                              << elementOf(op.getInput()) << " of the input";
  return success();
}

LogicalResult LstmOp::verify() {
  RecurrentDims dims;
  if (failed(verifyLstmPrimals(*this, dims)))
    return failure();
  auto [batch, steps, features, units] = dims;
  std::string because = "the input " + describeDims(getInput().getType()) + " and " + units.str() +
                        " units, the rows of recurrent_kernel";
  // lstm_c5
  if (failed(expectDims(*this, "sequence", getSequence(), {batch, steps, units}, because)) ||
      failed(expectDims(*this, "last_h", getLastH(), {batch, units}, because)) ||
      failed(expectDims(*this, "last_c", getLastC(), {batch, units}, because)))
    return failure();
  // lstm_c6
  if (!getGates() != !getCells())
    return emitOpError() << "has " << (getGates() ? "gates" : "cells") << " without "
                         << (getGates() ? "cells" : "gates");
  if (failed(expectDims(*this, "gates", getGates(), {batch, steps, dims.gates()}, because)) ||
      failed(expectDims(*this, "cells", getCells(), {batch, steps, units}, because)))
    return failure();
  // lstm_c7
  for (Type type : getResultTypes())
    if (getElementTypeOrSelf(type) != elementOf(getInput()))
      return emitOpError() << "yields elements " << getElementTypeOrSelf(type) << " from "
                           << elementOf(getInput()) << " of the input";
  return success();
}

LogicalResult LstmGradOp::verify() {
  // lstm_grad_c1
  RecurrentDims dims;
  if (failed(verifyLstmPrimals(*this, dims)))
    return failure();
  auto [batch, steps, features, units] = dims;
  std::string because = "the input " + describeDims(getInput().getType()) + " and " + units.str() +
                        " units, the rows of recurrent_kernel";
  // lstm_grad_c2
  if (!getDSequence() && !getDLastH() && !getDLastC())
    return emitOpError() << "has no cotangent: d_sequence, d_last_h or d_last_c is needed";
  if (failed(expectDims(*this, "d_sequence", getDSequence(), {batch, steps, units}, because)) ||
      failed(expectDims(*this, "d_last_h", getDLastH(), {batch, units}, because)) ||
      failed(expectDims(*this, "d_last_c", getDLastC(), {batch, units}, because)))
    return failure();
  // lstm_grad_c3
  if (!getSequence() != !getGates() || !getGates() != !getCells())
    return emitOpError() << "has a part of the cache: sequence, gates and cells come together";
  if (failed(expectDims(*this, "sequence", getSequence(), {batch, steps, units}, because)) ||
      failed(expectDims(*this, "gates", getGates(), {batch, steps, dims.gates()}, because)) ||
      failed(expectDims(*this, "cells", getCells(), {batch, steps, units}, because)))
    return failure();
  // lstm_grad_c4
  const std::tuple<llvm::StringRef, Value, Value> pairs[] = {
      {"d_input", getDInput(), getInput()},
      {"d_kernel", getDKernel(), getKernel()},
      {"d_recurrent_kernel", getDRecurrentKernel(), getRecurrentKernel()},
      {"d_bias", getDBias(), getBias()},
      {"d_initial_h", getDInitialH(), getInitialH()},
      {"d_initial_c", getDInitialC(), getInitialC()}};
  for (auto [name, cotangent, primal] : pairs) {
    if (!cotangent != !primal)
      return emitOpError() << name << (primal ? " is missing" : " has no primal");
    if (cotangent && cotangent.getType() != primal.getType())
      return emitOpError() << name << " is " << cotangent.getType() << " but its primal is "
                           << primal.getType();
  }
  return success();
}

/// A value of a recurrent layer and the dimensions that it needs.
using NeededDims = std::tuple<llvm::StringRef, Value, SmallVector<DimExpr>>;

/// Fails unless all that is there has these dimensions and the same elements.
template <typename Op>
static LogicalResult verifyRnn(Op op, llvm::ArrayRef<NeededDims> needed,
                               const llvm::Twine &because) {
  for (const auto &[name, value, dims] : needed)
    if (failed(expectDims(op, name, value, dims, because)))
      return failure();
  Type element = getElementTypeOrSelf(op->getOperand(0));
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, op->getResults());
  for (Value value : values)
    if (Type type = getElementTypeOrSelf(value); value != op.getMask() && type != element)
      return op.emitOpError() << "mixes elements " << type << " and " << element;
  return success();
}

LogicalResult RnnOp::verify() {
  Dims sums = dimsOf(getSums()), initial = dimsOf(getInitialH());
  if (sums.size() != 3 || initial.size() != 2)
    return emitOpError() << "sums are " << describeDims(sums) << " and initial_h is "
                         << describeDims(initial)
                         << " but (batch, time, gates) and (batch, units) are needed";
  DimExpr units = initial[1], gates = DimExpr(numGates(getCell())) * units;
  std::string because = stringifyRnnCell(getCell()).str() + " cells of " + units.str() +
                        " units, as initial_h has them";
  return verifyRnn(*this,
                   {{"recurrent_kernel", getRecurrentKernel(), {units, gates}}, // rnn_c1
                    {"sums", getSums(), {initial[0], sums[1], gates}},          // rnn_c2
                    {"bias", getBias(), {gates}},                               // rnn_c3
                    {"mask", getMask(), {initial[0], sums[1]}},                 // rnn_c7
                    {"last_h", getLastH(), {initial[0], units}},                // rnn_c4
                    {"sequence", getSequence(), {initial[0], sums[1], units}},  // rnn_c4
                    {"gates",                                                   // rnn_c5
                     getGates(),
                     {initial[0], sums[1], DimExpr(numKept(getCell())) * units}}},
                   because); // rnn_c6
}

LogicalResult RnnGradOp::verify() {
  Dims sequence = dimsOf(getSequence());
  if (sequence.size() != 3)
    return emitOpError() << "sequence is " << describeDims(sequence)
                         << " but (batch, time, units) is needed";
  DimExpr batch = sequence[0], steps = sequence[1], units = sequence[2];
  DimExpr gates = DimExpr(numGates(getCell())) * units;
  // rnn_grad_c2
  if (!getDSequence() && !getDLastH())
    return emitOpError() << "has no cotangent: d_sequence or d_last_h is needed";
  // rnn_grad_c3
  if ((getCell() == RnnCell::gru) != bool(getDStateSums()))
    return emitOpError() << (getDStateSums() ? "has d_state_sums, which a simple cell has not"
                                             : "lacks d_state_sums of its gru");
  std::string because = stringifyRnnCell(getCell()).str() + " cells of " + units.str() +
                        " units, as the sequence has them";
  return verifyRnn(
      *this,
      {{"recurrent_kernel", getRecurrentKernel(), {units, gates}},                 // rnn_grad_c1
       {"initial_h", getInitialH(), {batch, units}},                               // rnn_grad_c1
       {"gates", getGates(), {batch, steps, DimExpr(numKept(getCell())) * units}}, // rnn_grad_c1
       {"mask", getMask(), {batch, steps}},                                        // rnn_grad_c5
       {"d_sequence", getDSequence(), {batch, steps, units}},                      // rnn_grad_c2
       {"d_last_h", getDLastH(), {batch, units}},                                  // rnn_grad_c2
       {"d_sums", getDSums(), {batch, steps, gates}},                              // rnn_grad_c3
       {"d_initial_h", getDInitialH(), {batch, units}},                            // rnn_grad_c3
       {"d_state_sums", getDStateSums(), {batch, steps, gates}}},                  // rnn_grad_c3
      because);                                                                    // rnn_grad_c4
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// The constraints that `rondo.attention` and its gradient share; `result` is the result of
/// the former, or its cotangent.
template <typename Op>
static LogicalResult verifyAttention(Op op, llvm::StringRef name, Value result) {
  Dims query = dimsOf(op.getQuery()), value = dimsOf(op.getValue()), key = dimsOf(op.getKey());
  // attention_c1
  if (query.size() < 2)
    return op.emitOpError() << "query is " << describeDims(query)
                            << " but (…, queries, features) is needed";
  // attention_c2
  if (key.size() != query.size() || value.size() != query.size())
    return op.emitOpError() << "key is " << describeDims(key) << " and value "
                            << describeDims(value) << ", which need as many dimensions as query "
                            << describeDims(query);
  Dims leading(query.begin(), query.end() - 2);
  const DimExpr keys = key[leading.size()];
  auto behindLeading = [&](llvm::ArrayRef<DimExpr> last) {
    Dims dims = leading;
    dims.append(last.begin(), last.end());
    return dims;
  };
  std::string because = "the query " + describeDims(query) + " and " + keys.str() + " keys";
  if (failed(expectDims(op, "key", op.getKey(), behindLeading({keys, query.back()}), because)) ||
      failed(expectDims(op, "value", op.getValue(), behindLeading({keys, value.back()}), because)))
    return failure();
  // attention_c3, attention_grad_c2
  const DimExpr &queries = query[leading.size()];
  Dims context =
      op.getSumQueries() ? behindLeading({value.back()}) : behindLeading({queries, value.back()});
  because += ", values of " + value.back().str() + " features";
  if (failed(expectDims(op, name, result, context, because)) ||
      failed(expectDims(op, "weights", op.getWeights(), behindLeading({queries, keys}), because)))
    return failure();
  // attention_c4
  auto types = llvm::concat<const Type>(llvm::to_vector(op->getOperandTypes()),
                                        llvm::to_vector(op->getResultTypes()));
  for (Type type : types)
    if (getElementTypeOrSelf(type) != elementOf(op.getQuery()))
      return op.emitOpError() << "mixes elements " << getElementTypeOrSelf(type) << " and "
                              << elementOf(op.getQuery()) << " of the query";
  return success();
}

LogicalResult AttentionOp::verify() { return verifyAttention(*this, "the result", getResult()); }

LogicalResult AttentionGradOp::verify() { return verifyAttention(*this, "d_result", getDResult()); }

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::verify() {
  const size_t numCarries = getCarries().size();
  // scan_c5
  if (getResults().size() < numCarries)
    return emitOpError() << "has " << getResults().size() << " results for " << numCarries
                         << " carries";
  for (auto [i, carry] : llvm::enumerate(getCarries()))
    if (carry.getType() != getResult(i).getType())
      return emitOpError() << "result " << i << " is " << getResult(i).getType() << " but carry "
                           << i << " is " << carry.getType();
  // scan_c1
  if (getSequences().empty() && getStacked().empty())
    return emitOpError("has neither a sequence nor a stacked result, which say how many steps "
                       "there are");
  // scan_c2
  llvm::SmallVector<Value> timed(getSequences());
  llvm::append_range(timed, getStacked());
  for (Value value : timed)
    if (dimsOf(value).size() < 2)
      return emitOpError() << "sequence or stacked result " << value.getType()
                           << " has no dimension 1, which is time";
  for (Value value : timed)
    if (dimsOf(value)[1] != getSteps())
      return emitOpError() << "has sequences or stacked results of " << getSteps().str() << " and "
                           << dimsOf(value)[1].str() << " steps";
  // scan_c3
  llvm::SmallVector<Type> taken(getCarries().getTypes()), yielded(getCarries().getTypes());
  for (Value sequence : getSequences())
    taken.push_back(sliceType(cast<RankedTensorType>(sequence.getType())));
  llvm::append_range(taken, getConstants().getTypes());
  if (!llvm::equal(getBody().getArgumentTypes(), taken))
    return emitOpError() << "body takes (" << getBody().getArgumentTypes() << ") but gets ("
                         << TypeRange(taken) << ")";
  // scan_c4
  for (Value stacked : getStacked())
    yielded.push_back(sliceType(cast<RankedTensorType>(stacked.getType())));
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || !llvm::equal(yield.getValues().getTypes(), yielded))
    return emitOpError() << "body must end in rondo.yield of (" << TypeRange(yielded) << ")";
  return success();
}

} // namespace rondo
