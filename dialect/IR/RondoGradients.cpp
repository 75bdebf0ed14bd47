//===- RondoGradients.cpp - The reverse-mode rule of every op -------------===//
//
// One rule for each differentiable op, written in the rondo dialect, so that
// ordinary passes optimise gradients. A rule is called with at least one
// cotangent and at least one wanted operand. It reads primal values only
// through its residuals, which may have been computed again, and the types of
// the op. docs/gradients.md says how to write one.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/Attention.h"
#include "dialect/IR/RondoDialect.h"
#include "dialect/IR/Splat.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <numeric>

using namespace mlir;
using namespace rondo;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value splat(ImplicitLocOpBuilder &b, RankedTensorType type, double value) {
  return buildSplat(b, b.getLoc(), type, value);
}

/// All dimensions below `rank` that are not in `dims`, in order.
SmallVector<int64_t> otherDims(int64_t rank, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> others;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!is_contained(dims, dim))
      others.push_back(dim);
  return others;
}

/// `value`, whose dimensions `dims` were reduced away, repeated along them.
Value repeatAlong(ImplicitLocOpBuilder &b, Value value, RankedTensorType type,
                  ArrayRef<int64_t> dims) {
  return b.create<BroadcastOp>(type, value, otherDims(type.getRank(), dims));
}

/// The sum of `value` along `axis`, repeated along it again.
Value axisSum(ImplicitLocOpBuilder &b, Value value, int64_t axis) {
  Value sum = b.create<ReduceOp>(ReduceKind::sum, value, axis);
  return repeatAlong(b, sum, typeOf(value), axis);
}

Value transposed(ImplicitLocOpBuilder &b, Value value, ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return value;
  return b.create<TransposeOp>(value, permutation);
}

/// Sends `cotangent` to operand `first` where `condition` holds, and to the
/// next one elsewhere.
void routeBy(ImplicitLocOpBuilder &b, Value condition, Value cotangent, unsigned first,
             ArrayRef<bool> wanted, MutableArrayRef<Value> operandCotangents) {
  Value zero = splat(b, typeOf(cotangent), 0.0);
  if (wanted[first])
    operandCotangents[first] = b.create<SelectOp>(condition, cotangent, zero);
  if (wanted[first + 1])
    operandCotangents[first + 1] = b.create<SelectOp>(condition, zero, cotangent);
}

/// `value`, and 0 where the cotangent is.
Value zeroWhereZero(ImplicitLocOpBuilder &b, Value cotangent, Value value) {
  Value zero = splat(b, typeOf(cotangent), 0.0);
  Value isZero = b.create<CompareOp>(ComparePredicate::eq, cotangent, zero);
  return b.create<SelectOp>(isZero, zero, value);
}

} // namespace

// Every rule has the same long signature; the op is all that differs.
#define RONDO_RULE(OP)                                                                             \
  LogicalResult OP::buildVjp(OpBuilder &builder, ValueRange residuals, ArrayRef<Value> cotangents, \
                             ArrayRef<bool> wanted, MutableArrayRef<Value> operandCotangents)

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

// Forward: y = -x. Backward: dx = -dy.
SmallVector<Value> NegOp::getResiduals() { return {}; }
RONDO_RULE(NegOp) {
  operandCotangents[0] = builder.create<NegOp>(getLoc(), cotangents[0]);
  return success();
}

// Forward: y = exp(x). Backward: dx = dy * y.
SmallVector<Value> ExpOp::getResiduals() { return {getResult()}; }
RONDO_RULE(ExpOp) {
  operandCotangents[0] = builder.create<MulOp>(getLoc(), cotangents[0], residuals[0]);
  return success();
}

// Forward: y = ln(x). Backward: dx = dy / x.
SmallVector<Value> LogOp::getResiduals() { return {getInput()}; }
RONDO_RULE(LogOp) {
  operandCotangents[0] = builder.create<DivOp>(getLoc(), cotangents[0], residuals[0]);
  return success();
}

// Forward: y = exp(x) - 1. Backward: dx = dy * exp(x).
SmallVector<Value> Expm1Op::getResiduals() { return {getInput()}; }
RONDO_RULE(Expm1Op) {
  // Not y + 1, which forgets how small exp(x) is where y rounds to -1.
  Value exp = builder.create<ExpOp>(getLoc(), residuals[0]);
  operandCotangents[0] = builder.create<MulOp>(getLoc(), cotangents[0], exp);
  return success();
}

// Forward: y = ln(1 + x). Backward: dx = dy / (1 + x).
SmallVector<Value> Log1pOp::getResiduals() { return {getInput()}; }
RONDO_RULE(Log1pOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value shifted = b.create<AddOp>(residuals[0], splat(b, getType(), 1.0));
  operandCotangents[0] = b.create<DivOp>(cotangents[0], shifted);
  return success();
}

// Forward: y = sqrt(x). Backward: dx = dy / (y + y), and 0 where dy is, as TensorFlow has it: what
// a mask leaves out has no slope, not even at 0.
SmallVector<Value> SqrtOp::getResiduals() { return {getResult()}; }
RONDO_RULE(SqrtOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value twice = b.create<AddOp>(residuals[0], residuals[0]);
  operandCotangents[0] = zeroWhereZero(b, cotangents[0], b.create<DivOp>(cotangents[0], twice));
  return success();
}

// Forward: y = tanh(x). Backward: dx = dy * (1 - y * y).
SmallVector<Value> TanhOp::getResiduals() { return {getResult()}; }
RONDO_RULE(TanhOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value y = residuals[0];
  Value slope = b.create<SubOp>(splat(b, typeOf(y), 1.0), b.create<MulOp>(y, y));
  operandCotangents[0] = b.create<MulOp>(cotangents[0], slope);
  return success();
}

// Forward: y = 1 / (1 + exp(-x)). Backward: dx = dy * (y * (1 - y)).
SmallVector<Value> SigmoidOp::getResiduals() { return {getResult()}; }
RONDO_RULE(SigmoidOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value y = residuals[0];
  Value slope = b.create<MulOp>(y, b.create<SubOp>(splat(b, typeOf(y), 1.0), y));
  operandCotangents[0] = b.create<MulOp>(cotangents[0], slope);
  return success();
}

// Forward: y = max(x, 0). Backward: dx = y > 0 ? dy : 0.
SmallVector<Value> ReluOp::getResiduals() { return {getResult()}; }
RONDO_RULE(ReluOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value zero = splat(b, getType(), 0.0);
  Value positive = b.create<CompareOp>(ComparePredicate::gt, residuals[0], zero);
  operandCotangents[0] = b.create<SelectOp>(positive, cotangents[0], zero);
  return success();
}

// Forward: y = erf(x). Backward: dx = dy * (2 / sqrt(pi) * exp(-(x * x))).
SmallVector<Value> ErfOp::getResiduals() { return {getInput()}; }
RONDO_RULE(ErfOp) {
  constexpr double kTwoOverSqrtPi = 1.12837916709551257390;
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value x = residuals[0];
  Value exp = b.create<ExpOp>(b.create<NegOp>(b.create<MulOp>(x, x)));
  Value slope = b.create<MulOp>(splat(b, getType(), kTwoOverSqrtPi), exp);
  operandCotangents[0] = b.create<MulOp>(cotangents[0], slope);
  return success();
}

// Forward: y = sin(x). Backward: dx = dy * cos(x).
SmallVector<Value> SinOp::getResiduals() { return {getInput()}; }
RONDO_RULE(SinOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  operandCotangents[0] = b.create<MulOp>(cotangents[0], b.create<CosOp>(residuals[0]));
  return success();
}

// Forward: y = cos(x). Backward: dx = -(dy * sin(x)).
SmallVector<Value> CosOp::getResiduals() { return {getInput()}; }
RONDO_RULE(CosOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value sin = b.create<SinOp>(residuals[0]);
  operandCotangents[0] = b.create<NegOp>(b.create<MulOp>(cotangents[0], sin));
  return success();
}

// Forward: y = |x|. Backward: dx = dy * sign(x).
SmallVector<Value> AbsOp::getResiduals() { return {getInput()}; }
RONDO_RULE(AbsOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  operandCotangents[0] = b.create<MulOp>(cotangents[0], b.create<SignOp>(residuals[0]));
  return success();
}

// Forward: y = sign(x) or floor(x), which are flat between their steps.
// Backward: dx = 0.
SmallVector<Value> SignOp::getResiduals() { return {}; }
RONDO_RULE(SignOp) { return success(); }
SmallVector<Value> FloorOp::getResiduals() { return {}; }
RONDO_RULE(FloorOp) { return success(); }

// Forward: y = x. Backward: nothing, so that what x depends on need not even have a rule.
SmallVector<Value> StopGradientOp::getResiduals() { return {}; }
bool StopGradientOp::isDifferentiable(unsigned) { return false; }
RONDO_RULE(StopGradientOp) { return success(); }

// Forward: z = x + y. Backward: dx = dz, dy = dz.
SmallVector<Value> AddOp::getResiduals() { return {}; }
RONDO_RULE(AddOp) {
  for (unsigned i : {0, 1})
    if (wanted[i])
      operandCotangents[i] = cotangents[0];
  return success();
}

// Forward: z = x - y. Backward: dx = dz, dy = -dz.
SmallVector<Value> SubOp::getResiduals() { return {}; }
RONDO_RULE(SubOp) {
  if (wanted[0])
    operandCotangents[0] = cotangents[0];
  if (wanted[1])
    operandCotangents[1] = builder.create<NegOp>(getLoc(), cotangents[0]);
  return success();
}

// Forward: z = x * y. Backward: dx = dz * y, dy = dz * x.
SmallVector<Value> MulOp::getResiduals() { return {getLhs(), getRhs()}; }
RONDO_RULE(MulOp) {
  for (unsigned i : {0, 1})
    if (wanted[i])
      operandCotangents[i] = builder.create<MulOp>(getLoc(), cotangents[0], residuals[1 - i]);
  return success();
}

// Forward: z = x / y. Backward: dx = dz / y, dy = -(dz / y) * z; of a number through y, such as
// rsqrt, 0 where dz is.
SmallVector<Value> DivOp::getResiduals() { return {getRhs(), getResult()}; }
RONDO_RULE(DivOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value quotient = b.create<DivOp>(cotangents[0], residuals[0]);
  if (wanted[0])
    operandCotangents[0] = quotient;
  if (wanted[1]) {
    Value slope = b.create<NegOp>(b.create<MulOp>(quotient, residuals[1]));
    operandCotangents[1] = getSplat(getLhs()) ? zeroWhereZero(b, cotangents[0], slope) : slope;
  }
  return success();
}

// Forward: z = x^y. Backward: dx = dz * (y * x^(y - 1)), dy = x > 0 ? dz * (z * ln(x)) : 0.
SmallVector<Value> PowOp::getResiduals() { return {getLhs(), getRhs(), getResult()}; }
RONDO_RULE(PowOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value x = residuals[0], y = residuals[1], z = residuals[2];
  Value one = splat(b, getType(), 1.0);
  if (wanted[0]) {
    // A constant exponent stays one.
    std::optional<APFloat> exponent = getSplat(y);
    Value lower = exponent ? splat(b, getType(), exponent->convertToDouble() - 1)
                           : Value(b.create<SubOp>(y, one));
    Value slope = b.create<MulOp>(y, b.create<PowOp>(x, lower));
    operandCotangents[0] = b.create<MulOp>(cotangents[0], slope);
  }
  if (wanted[1]) {
    Value zero = splat(b, getType(), 0.0);
    Value positive = b.create<CompareOp>(ComparePredicate::gt, x, zero);
    // The logarithm of one is zero: what is not positive counts for nothing.
    Value log = b.create<LogOp>(b.create<SelectOp>(positive, x, one));
    operandCotangents[1] = b.create<MulOp>(cotangents[0], b.create<MulOp>(z, log));
  }
  return success();
}

// Forward: z = max(x, y). Backward: dx = x >= y ? dz : 0, dy = x >= y ? 0 : dz.
SmallVector<Value> MaximumOp::getResiduals() { return {getLhs(), getRhs()}; }
RONDO_RULE(MaximumOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value first = b.create<CompareOp>(ComparePredicate::ge, residuals[0], residuals[1]);
  routeBy(b, first, cotangents[0], 0, wanted, operandCotangents);
  return success();
}

// Forward: z = min(x, y). Backward: dx = x <= y ? dz : 0, dy = x <= y ? 0 : dz.
SmallVector<Value> MinimumOp::getResiduals() { return {getLhs(), getRhs()}; }
RONDO_RULE(MinimumOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value first = b.create<CompareOp>(ComparePredicate::le, residuals[0], residuals[1]);
  routeBy(b, first, cotangents[0], 0, wanted, operandCotangents);
  return success();
}

// Forward: z = c ? x : y. Backward: dx = c ? dz : 0, dy = c ? 0 : dz.
SmallVector<Value> SelectOp::getResiduals() { return {getCondition()}; }
RONDO_RULE(SelectOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  routeBy(b, residuals[0], cotangents[0], 1, wanted, operandCotangents);
  return success();
}

// Forward: y = x as another float type. Backward: dx = dy as the type of x.
SmallVector<Value> CastOp::getResiduals() { return {}; }
RONDO_RULE(CastOp) {
  operandCotangents[0] = builder.create<CastOp>(getLoc(), getInput().getType(), cotangents[0]);
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

// Forward: y[i…] = x[i projected]. Backward: dx = dy summed over the dimensions
// that are new or were of size one.
SmallVector<Value> BroadcastOp::getResiduals() { return {}; }
RONDO_RULE(BroadcastOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  auto inputType = typeOf(getInput());
  auto resultType = typeOf(getResult());
  SmallVector<int64_t> kept;
  for (auto [inputDim, resultDim] : llvm::enumerate(getDimensions()))
    if (inputType.getDimSize(inputDim) == resultType.getDimSize(resultDim))
      kept.push_back(resultDim);
  SmallVector<int64_t> repeated = otherDims(resultType.getRank(), kept);
  Value dx = cotangents[0];
  if (!repeated.empty())
    dx = b.create<ReduceOp>(ReduceKind::sum, dx, repeated);
  if (dx.getType() != inputType)
    dx = b.create<ReshapeOp>(inputType, dx);
  operandCotangents[0] = dx;
  return success();
}

// Forward: y = x under another shape. Backward: dx = dy under the shape of x.
SmallVector<Value> ReshapeOp::getResiduals() { return {}; }
RONDO_RULE(ReshapeOp) {
  operandCotangents[0] = builder.create<ReshapeOp>(getLoc(), getInput().getType(), cotangents[0]);
  return success();
}

// Forward: y = x transposed. Backward: dx = dy transposed by the inverse permutation.
SmallVector<Value> TransposeOp::getResiduals() { return {}; }
RONDO_RULE(TransposeOp) {
  SmallVector<int64_t> inverse(getPermutation().size());
  for (auto [i, dim] : llvm::enumerate(getPermutation()))
    inverse[dim] = i;
  ImplicitLocOpBuilder b(getLoc(), builder);
  operandCotangents[0] = transposed(b, cotangents[0], inverse);
  return success();
}

// Forward: y = a box of x. Backward: dx = dy set into zeros.
SmallVector<Value> SliceOp::getResiduals() { return {}; }
RONDO_RULE(SliceOp) {
  operandCotangents[0] =
      builder.create<PadOp>(getLoc(), getInput().getType(), cotangents[0], getPlace());
  return success();
}

// Forward: y = x set into zeros. Backward: dx = the box of dy where x lies.
SmallVector<Value> PadOp::getResiduals() { return {}; }
RONDO_RULE(PadOp) {
  operandCotangents[0] =
      builder.create<SliceOp>(getLoc(), getInput().getType(), cotangents[0], getPlace());
  return success();
}

// Forward: y = x reversed along dims. Backward: dx = dy reversed along dims.
SmallVector<Value> ReverseOp::getResiduals() { return {}; }
RONDO_RULE(ReverseOp) {
  operandCotangents[0] = builder.create<ReverseOp>(getLoc(), cotangents[0], getDimensions());
  return success();
}

// Forward: z = x0, x1, … one after the other. Backward: dxk = the box of dz where xk lies.
SmallVector<Value> ConcatOp::getResiduals() { return {}; }
RONDO_RULE(ConcatOp) {
  BoxPlace place(SmallVector<DimExpr>(typeOf(getResult()).getRank(), 0));
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    if (wanted[i])
      operandCotangents[i] =
          builder.create<SliceOp>(getLoc(), input.getType(), cotangents[0], place);
    place.offsets[getAxis()] += getDims(typeOf(input))[getAxis()];
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

// Forward: y = x combined along dims. Backward of a sum: dx = dy repeated along
// dims. Of an extremum, with hit = (x == y): dx = hit * dy / (sum of hit along dims).
SmallVector<Value> ReduceOp::getResiduals() {
  if (getKind() == ReduceKind::sum)
    return {};
  return {getInput(), getResult()};
}
RONDO_RULE(ReduceOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  auto type = typeOf(getInput());
  if (getKind() == ReduceKind::sum) {
    operandCotangents[0] = repeatAlong(b, cotangents[0], type, getDimensions());
    return success();
  }
  Value extremum = repeatAlong(b, residuals[1], type, getDimensions());
  Value equal = b.create<CompareOp>(ComparePredicate::eq, residuals[0], extremum);
  Value hit = b.create<CastOp>(type, equal);
  Value count = b.create<ReduceOp>(ReduceKind::sum, hit, getDimensions());
  Value share = b.create<DivOp>(cotangents[0], count);
  operandCotangents[0] = b.create<MulOp>(hit, repeatAlong(b, share, type, getDimensions()));
  return success();
}

namespace {
/// One operand of a contract, and where its free dimensions lie in the result.
struct ContractSide {
  Value value; ///< null where the rule does not need it
  RankedTensorType type;
  ArrayRef<int64_t> batch, contract;
  int64_t freeInResult;

  SmallVector<int64_t> freeDims() const {
    SmallVector<int64_t> bound(batch);
    bound.append(contract.begin(), contract.end());
    return otherDims(type.getRank(), bound);
  }
  SmallVector<int64_t> freeDimsInResult() const {
    SmallVector<int64_t> dims(type.getRank() - batch.size() - contract.size());
    std::iota(dims.begin(), dims.end(), freeInResult);
    return dims;
  }
};
} // namespace

/// The cotangent of `self`: the product of the result's cotangent with `other`
/// over the free dimensions of `other`. Of the two orders of that product, takes
/// one whose result needs no transposition, where there is one.
static Value contractCotangent(ImplicitLocOpBuilder &b, Value cotangent, const ContractSide &self,
                               const ContractSide &other) {
  // The batch dimensions of the new product, in the order they have in `self`.
  SmallVector<int64_t> order(self.batch.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t i, int64_t j) { return self.batch[i] < self.batch[j]; });
  SmallVector<int64_t> otherBatch, selfBatch;
  for (int64_t i : order) {
    otherBatch.push_back(other.batch[i]);
    selfBatch.push_back(self.batch[i]);
  }
  // Its free dimensions, as dimensions of `self`: those of the cotangent, and
  // those that were contracted, in the order they have in `other`.
  SmallVector<int64_t> fromCotangent = self.freeDims();
  SmallVector<int64_t> fromOther;
  for (int64_t dim = 0; dim < other.type.getRank(); ++dim)
    if (const int64_t *it = llvm::find(other.contract, dim); it != other.contract.end())
      fromOther.push_back(self.contract[it - other.contract.begin()]);

  auto inverseOf = [&](ArrayRef<int64_t> first, ArrayRef<int64_t> second) {
    SmallVector<int64_t> inverse(self.type.getRank());
    int64_t position = 0;
    for (ArrayRef<int64_t> group : {ArrayRef<int64_t>(selfBatch), first, second})
      for (int64_t dim : group)
        inverse[dim] = position++;
    return inverse;
  };
  SmallVector<int64_t> cotangentSum = other.freeDimsInResult(), otherSum = other.freeDims();
  SmallVector<int64_t> otherFirst = inverseOf(fromOther, fromCotangent);
  if (llvm::is_sorted(otherFirst))
    return b.create<ContractOp>(other.value, cotangent, otherBatch, order, otherSum, cotangentSum);
  Value product =
      b.create<ContractOp>(cotangent, other.value, order, otherBatch, cotangentSum, otherSum);
  return transposed(b, product, inverseOf(fromCotangent, fromOther));
}

// Forward: z[b, m, n] = sum over k of x[b, m, k] * y[b, k, n].
// Backward: dx = sum over n of dz * y, dy = sum over m of x * dz.
SmallVector<Value> ContractOp::getResiduals() { return {getLhs(), getRhs()}; }
RONDO_RULE(ContractOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  int64_t batches = getLhsBatch().size();
  auto lhsType = typeOf(getLhs());
  int64_t lhsFree = lhsType.getRank() - batches - getLhsContract().size();
  ContractSide lhs{residuals[0], lhsType, getLhsBatch(), getLhsContract(), batches};
  ContractSide rhs{residuals[1], typeOf(getRhs()), getRhsBatch(), getRhsContract(),
                   batches + lhsFree};
  if (wanted[0])
    operandCotangents[0] = contractCotangent(b, cotangents[0], lhs, rhs);
  if (wanted[1])
    operandCotangents[1] = contractCotangent(b, cotangents[0], rhs, lhs);
  return success();
}

// Forward: y = softmax(x). Backward: dx = y * (dy - sum(dy * y)).
SmallVector<Value> SoftmaxOp::getResiduals() { return {getResult()}; }
RONDO_RULE(SoftmaxOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value y = residuals[0], dy = cotangents[0];
  Value sum = axisSum(b, b.create<MulOp>(dy, y), getAxis());
  operandCotangents[0] = b.create<MulOp>(y, b.create<SubOp>(dy, sum));
  return success();
}

// Forward: y = log_softmax(x). Backward: dx = dy - exp(y) * sum(dy).
SmallVector<Value> LogSoftmaxOp::getResiduals() { return {getResult()}; }
RONDO_RULE(LogSoftmaxOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value dy = cotangents[0];
  Value softmax = b.create<ExpOp>(residuals[0]);
  Value taken = b.create<MulOp>(softmax, axisSum(b, dy, getAxis()));
  operandCotangents[0] = b.create<SubOp>(dy, taken);
  return success();
}

// Forward: l = -sum y * log_softmax(z). Backward: dz = dl * (softmax(z) - y), which
// takes y to add up to 1; dy = -dl * log_softmax(z).
SmallVector<Value> SoftmaxCrossentropyOp::getResiduals() { return {getLogits(), getLabels()}; }
RONDO_RULE(SoftmaxCrossentropyOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value logits = residuals[0], labels = residuals[1];
  RankedTensorType type = typeOf(logits);
  int64_t last = type.getRank() - 1;
  Value dl = repeatAlong(b, cotangents[0], type, last);
  if (wanted[0]) {
    Value softmax = b.create<SoftmaxOp>(type, logits, last);
    operandCotangents[0] = b.create<MulOp>(dl, b.create<SubOp>(softmax, labels));
  }
  if (wanted[1]) {
    Value logSoftmax = b.create<LogSoftmaxOp>(type, logits, last);
    operandCotangents[1] = b.create<NegOp>(b.create<MulOp>(dl, logSoftmax));
  }
  return success();
}

// Forward: the context of every query, or their sum. Backward: rondo.attention_grad.
// The operands, then, in the training form, the weights.
SmallVector<Value> AttentionOp::getResiduals() {
  SmallVector<Value> residuals(getOperands());
  if (getWeights())
    residuals.push_back(getWeights());
  return residuals;
}

Operation *AttentionOp::buildAugmentedForward(OpBuilder &builder) {
  if (getWeights())
    return *this;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(*this);
  auto training = builder.create<AttentionOp>(getLoc(), typeOf(getResult()),
                                              attentionWeightsType(getQuery(), getKey()),
                                              getQuery(), getKey(), getValue(), getSumQueries());
  training->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  getResult().replaceAllUsesWith(training.getResult());
  erase();
  return training;
}

RONDO_RULE(AttentionOp) {
  Value weights = residuals.size() > 3 ? residuals[3] : Value();
  auto grad = builder.create<AttentionGradOp>(getLoc(), residuals[0], residuals[1], residuals[2],
                                              cotangents[0], weights, getSumQueries());
  for (auto [i, cotangent] : llvm::enumerate(grad.getResults()))
    if (wanted[i])
      operandCotangents[i] = cotangent;
  return success();
}

//===----------------------------------------------------------------------===//
// Recurrent layers
//===----------------------------------------------------------------------===//

// Forward: the sequence, last_h and last_c of an LSTM. Backward: rondo.lstm_grad.
// The operands, then, in the training form, the cache of rondo.lstm_grad.
SmallVector<Value> LstmOp::getResiduals() {
  SmallVector<Value> residuals(getOperands());
  if (getGates())
    residuals.append({getSequence(), getGates(), getCells()});
  return residuals;
}

Operation *LstmOp::buildAugmentedForward(OpBuilder &builder) {
  if (getGates())
    return *this;
  auto sequence = typeOf(getSequence());
  SmallVector<int64_t> gatesShape(sequence.getShape());
  gatesShape.back() *= 4;
  auto gates = RankedTensorType::get(gatesShape, sequence.getElementType(), sequence.getEncoding());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(*this);
  auto training = builder.create<LstmOp>(
      getLoc(), sequence, getLastH().getType(), getLastC().getType(), gates, sequence, getInput(),
      getKernel(), getRecurrentKernel(), getBias(), getInitialH(), getInitialC(), getMask(),
      getActivation(), getRecurrentActivation());
  training->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  for (auto [plain, kept] : llvm::zip(getResults(), training.getResults()))
    plain.replaceAllUsesWith(kept);
  erase();
  return training;
}

RONDO_RULE(LstmOp) {
  Value input = residuals[0], kernel = residuals[1], recurrentKernel = residuals[2];
  Value bias, initialH, initialC, mask, sequence, gates, cells;
  unsigned next = 3;
  if (getBias())
    bias = residuals[next++];
  if (getInitialH()) {
    initialH = residuals[next++];
    initialC = residuals[next++];
  }
  if (getMask())
    mask = residuals[next++];
  if (getGates()) {
    sequence = residuals[next++];
    gates = residuals[next++];
    cells = residuals[next++];
  }
  auto typeIfAny = [](Value value) { return value ? value.getType() : Type(); };
  auto grad = builder.create<LstmGradOp>(
      getLoc(), input.getType(), kernel.getType(), recurrentKernel.getType(), typeIfAny(bias),
      typeIfAny(initialH), typeIfAny(initialC), input, kernel, recurrentKernel, bias, initialH,
      initialC, mask, /*d_sequence=*/cotangents[0], /*d_last_h=*/cotangents[1],
      /*d_last_c=*/cotangents[2], sequence, gates, cells, getActivation(),
      getRecurrentActivation());
  // The results of rondo.lstm_grad are those of its primals that exist, in order; the mask, which
  // has none, is the last one.
  for (auto [i, cotangent] : llvm::enumerate(grad.getResults()))
    if (wanted[i])
      operandCotangents[i] = cotangent;
  return success();
}

// Forward: the sequence and last_h of a recurrent layer, and the gates. With the cotangents a of
// sums and s of h·recurrent_kernel + bias at every step, and h of the step before: d_sums = a,
// d_recurrent_kernel = sum of hᵀ·s, d_bias = sum of s, both over batch and time.
SmallVector<Value> RnnOp::getResiduals() {
  SmallVector<Value> residuals{getRecurrentKernel(), getInitialH(), getSequence()};
  for (Value value : {getMask(), getGates()})
    if (value)
      residuals.push_back(value);
  return residuals;
}

Operation *RnnOp::buildAugmentedForward(OpBuilder &builder) {
  if (getGates())
    return *this;
  SmallVector<DimExpr> gates = getDims(typeOf(getSequence()));
  gates.back() = DimExpr(numKept(getCell())) * gates.back();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(*this);
  auto training =
      builder.create<RnnOp>(getLoc(), getSequence().getType(), getLastH().getType(),
                            makeTensorType(gates, typeOf(getSequence()).getElementType()),
                            getSums(), getRecurrentKernel(), getInitialH(), getBias(), getMask(),
                            getCell(), getActivation(), getRecurrentActivation());
  training->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  for (auto [plain, kept] : llvm::zip(getResults(), training.getResults()))
    plain.replaceAllUsesWith(kept);
  erase();
  return training;
}

/// h before each step, (B, T, H), of the states after each step and the one before the first.
static Value statesBefore(ImplicitLocOpBuilder &b, Value sequence, Value initial) {
  SmallVector<DimExpr> dims = getDims(typeOf(sequence)), first = dims;
  Type element = typeOf(sequence).getElementType();
  first[1] = 1;
  Value start = b.create<ReshapeOp>(makeTensorType(first, element), initial);
  Value all = b.create<ConcatOp>(ValueRange{start, sequence}, int64_t(1));
  return b.create<SliceOp>(typeOf(sequence), all, BoxPlace({0, 0, 0}));
}

RONDO_RULE(RnnOp) {
  ImplicitLocOpBuilder b(getLoc(), builder);
  Value recurrentKernel = residuals[0], initialH = residuals[1], sequence = residuals[2];
  Value mask = getMask() ? residuals[3] : Value();
  Type sums = getSums().getType();
  auto grad = b.create<RnnGradOp>(
      sums, initialH.getType(), getCell() == RnnCell::gru ? sums : Type(), recurrentKernel,
      initialH, sequence, /*gates=*/residuals.back(), mask, /*d_sequence=*/cotangents[0],
      /*d_last_h=*/cotangents[1], getCell(), getActivation(), getRecurrentActivation());
  Value stateSums = grad.getDStateSums() ? grad.getDStateSums() : grad.getDSums();
  const int64_t batchAndTime[] = {0, 1};
  if (wanted[0])
    operandCotangents[0] = grad.getDSums();
  if (wanted[1])
    operandCotangents[1] =
        b.create<ContractOp>(statesBefore(b, sequence, initialH), stateSums, ArrayRef<int64_t>(),
                             ArrayRef<int64_t>(), batchAndTime, batchAndTime);
  if (wanted[2])
    operandCotangents[2] = grad.getDInitialH();
  if (getBias() && wanted[3])
    operandCotangents[3] = b.create<ReduceOp>(ReduceKind::sum, stateSums, batchAndTime);
  return success();
}

#undef RONDO_RULE
