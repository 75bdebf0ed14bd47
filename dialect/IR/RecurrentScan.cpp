//===- RecurrentScan.cpp - Recurrent layers as loops of small ops ---------===//
//
// The products of the input with its weights do not depend on the state: they
// are one product in front of the loop.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/RecurrentScan.h"
#include "dialect/IR/Scan.h"
#include "dialect/TensorNumber.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace rondo {

static SmallVector<DimExpr> dimsOf(Value value) {
  return getDims(cast<RankedTensorType>(value.getType()));
}

/// The product over the last dimension of `lhs` and the first of `rhs`. Its type is given, not
/// inferred: while a model file is read, sizes may yet turn out to be the same.
static Value multiply(ImplicitLocOpBuilder &b, RankedTensorType type, Value lhs, Value rhs) {
  ArrayRef<int64_t> none;
  int64_t last = cast<RankedTensorType>(lhs.getType()).getRank() - 1;
  return b.create<ContractOp>(type, lhs, rhs, none, none, last, int64_t(0));
}

/// x[t]·kernel + bias of all steps.
static Value inputSums(ImplicitLocOpBuilder &b, RankedTensorType type, const LstmInputs &inputs) {
  if (inputs.sums)
    return inputs.sums;
  Value sums = multiply(b, type, inputs.input, inputs.kernel);
  if (!inputs.bias)
    return sums;
  Value bias = b.create<BroadcastOp>(type, inputs.bias, int64_t(2));
  return b.create<AddOp>(sums, bias);
}

/// Columns of `count` gates of H units from `gate` on.
static Value columnsOf(ImplicitLocOpBuilder &b, Value of, const DimExpr &units, int64_t gate,
                       int64_t count) {
  auto type = cast<RankedTensorType>(of.getType());
  SmallVector<DimExpr> dims = getDims(type);
  BoxPlace place(SmallVector<DimExpr>(dims.size(), 0));
  place.offsets.back() = DimExpr(gate) * units;
  dims.back() = DimExpr(count) * units;
  return b.create<SliceOp>(makeTensorType(dims, type.getElementType()), of, place);
}

/// h·weights of `type`, of gates from `gate` on, each with h times its scale where there are any.
static Value stateProduct(ImplicitLocOpBuilder &b, RankedTensorType type, Value h, Value weights,
                          ValueRange scales, int64_t gate) {
  if (scales.empty())
    return multiply(b, type, h, weights);
  DimExpr units = dimsOf(h)[1];
  SmallVector<DimExpr> dims = getDims(type);
  const int64_t count = *dims[1].getConstant() / *units.getConstant();
  SmallVector<Value> parts;
  for (int64_t i = 0; i < count; ++i) {
    Value scaled = b.create<MulOp>(h, scales[gate + i]);
    Value own = count == 1 ? weights : columnsOf(b, weights, units, i, 1);
    parts.push_back(
        multiply(b, makeTensorType({dims[0], units}, type.getElementType()), scaled, own));
  }
  return count == 1 ? parts.front() : b.create<ConcatOp>(type, parts, int64_t(1)).getResult();
}

namespace {
/// What a mask adds to a scan: a sequence behind the others and perhaps a carry behind the others,
/// and in each step the choice between what it computes and what was there before.
class MaskedSteps {
public:
  MaskedSteps(const StepMask &mask, RankedTensorType states) : mask(mask), states(states) {}

  bool carriesOutput() const { return mask.steps && mask.output == MaskedOutput::previous; }

  void addOperands(ImplicitLocOpBuilder &front, ScanInputs &scan) const {
    if (carriesOutput())
      scan.carries.push_back(buildSplat(front, front.getLoc(), states, 0.0));
    if (mask.steps)
      scan.sequences.push_back(mask.steps);
  }

  /// What the body yields, given the states before and after a step that counts, h first.
  SmallVector<Value> finish(ImplicitLocOpBuilder &b, Block::BlockArgListType arguments,
                            ArrayRef<Value> after) const {
    SmallVector<Value> yielded(after);
    if (!mask.steps) {
      yielded.push_back(after.front());
      return yielded;
    }
    // Behind the carries and the one sequence that there is besides.
    const unsigned place = after.size() + (carriesOutput() ? 1 : 0) + 1;
    Value counts = b.create<BroadcastOp>(makeTensorType(getDims(states), b.getI1Type()),
                                         arguments[place], int64_t(0));
    auto choose = [&](Value x, Value y) -> Value { return b.create<SelectOp>(counts, x, y); };
    for (unsigned i = 0; i < after.size(); ++i)
      yielded[i] = choose(after[i], arguments[i]);
    Value output = yielded.front();
    if (mask.output == MaskedOutput::zeros)
      output = choose(after.front(), buildSplat(b, b.getLoc(), states, 0.0));
    if (carriesOutput())
      yielded.push_back(output = choose(after.front(), arguments[after.size()]));
    yielded.push_back(output);
    return yielded;
  }

private:
  const StepMask &mask;
  RankedTensorType states;
};
} // namespace

FailureOr<ScanOp> buildLstmScan(OpBuilder &builder, Location loc, const LstmInputs &inputs,
                                ActivationBuilder activation,
                                ActivationBuilder recurrentActivation) {
  ImplicitLocOpBuilder front(loc, builder);
  SmallVector<DimExpr> input = dimsOf(inputs.input);
  DimExpr units = dimsOf(inputs.recurrentKernel)[0];
  DimExpr gateUnits = DimExpr(4) * units;
  Type element = getElementTypeOrSelf(inputs.input);
  RankedTensorType states = makeTensorType({input[0], units}, element);
  RankedTensorType gateSums = makeTensorType({input[0], gateUnits}, element);
  auto initial = [&](Value state) { return state ? state : buildSplat(front, loc, states, 0.0); };

  ScanInputs scan;
  scan.carries = {initial(inputs.initialH), initial(inputs.initialC)};
  scan.sequences = {
      inputSums(front, makeTensorType({input[0], input[1], gateUnits}, element), inputs)};
  scan.constants = {inputs.recurrentKernel};
  scan.constants.append(inputs.stateScales);
  scan.steps = input[1];
  MaskedSteps masked(inputs.mask, states);
  masked.addOperands(front, scan);
  const unsigned firstSequence = scan.carries.size();
  auto step = [&](OpBuilder &builder,
                  Block::BlockArgListType arguments) -> FailureOr<SmallVector<Value>> {
    ImplicitLocOpBuilder b(loc, builder);
    Value h = arguments[0], c = arguments[1], sums = arguments[firstSequence];
    Block::BlockArgListType constants = arguments.take_back(scan.constants.size());
    Value product =
        stateProduct(b, gateSums, h, constants[0], ValueRange(constants.drop_front()), /*gate=*/0);
    Value z = b.create<AddOp>(sums, product);
    SmallVector<Value> gates; // i, f, g, o
    for (int64_t gate = 0; gate < 4; ++gate) {
      BoxPlace place({0, DimExpr(gate) * units});
      Value part = b.create<SliceOp>(states, z, place);
      gates.push_back((gate == 2 ? activation : recurrentActivation)(builder, loc, part));
      if (!gates.back())
        return failure();
    }
    Value kept = b.create<MulOp>(gates[1], c), added = b.create<MulOp>(gates[0], gates[2]);
    c = b.create<AddOp>(kept, added);
    Value activated = activation(builder, loc, c);
    if (!activated)
      return failure();
    h = b.create<MulOp>(gates[3], activated);
    return masked.finish(b, arguments, {h, c});
  };
  return buildScan(builder, loc, scan, step);
}

namespace {
/// What one step of a rondo.rnn is made of.
struct RnnStep {
  OpBuilder &builder;
  ImplicitLocOpBuilder b;
  const RnnInputs &inputs;
  RankedTensorType states;
  Value weights, bias; // of all gates; the bias may be null
  ValueRange scales;
  ActivationBuilder activation, recurrentActivation;

  DimExpr units() const { return getDims(states)[1]; }

  /// Columns of `count` gates from `gate` on.
  Value columns(Value of, int64_t gate, int64_t count) {
    return columnsOf(b, of, units(), gate, count);
  }

  /// h·recurrent_kernel + bias, of `count` gates from `gate` on.
  Value stateSums(Value h, int64_t gate, int64_t count) {
    const bool all = count == numGates(inputs.cell);
    auto type =
        makeTensorType({getDims(states)[0], DimExpr(count) * units()}, states.getElementType());
    Value own = all ? weights : columns(weights, gate, count);
    Value product = stateProduct(b, type, h, own, scales, gate);
    if (!bias)
      return product;
    Value part = all ? bias : columns(bias, gate, count);
    return b.create<AddOp>(product, b.create<BroadcastOp>(type, part, int64_t(1)));
  }

  /// h after the step; null where an activation cannot be built.
  Value gru(Value h, Value x) {
    const int64_t together = inputs.resetBefore ? 2 : 3;
    Value s = stateSums(h, 0, together);
    auto gate = [&](int64_t index) {
      Value sum = b.create<AddOp>(columns(x, index, 1), columns(s, index, 1));
      return recurrentActivation(builder, b.getLoc(), sum);
    };
    Value z = gate(0), r = gate(1);
    if (!z || !r)
      return {};
    Value reset = inputs.resetBefore ? stateSums(b.create<MulOp>(r, h), 2, 1)
                                     : b.create<MulOp>(r, columns(s, 2, 1));
    Value n = activation(builder, b.getLoc(), b.create<AddOp>(columns(x, 2, 1), reset));
    if (!n)
      return {};
    return b.create<AddOp>(n, b.create<MulOp>(z, b.create<SubOp>(h, n)));
  }

  Value simple(Value h, Value x) {
    return activation(builder, b.getLoc(), b.create<AddOp>(x, stateSums(h, 0, 1)));
  }
};
} // namespace

FailureOr<ScanOp> buildRnnScan(OpBuilder &builder, Location loc, const RnnInputs &inputs,
                               ActivationBuilder activation,
                               ActivationBuilder recurrentActivation) {
  ScanInputs scan;
  scan.carries = {inputs.initialH};
  scan.sequences = {inputs.sums};
  scan.constants = {inputs.recurrentKernel};
  scan.constants.append(inputs.stateScales);
  if (inputs.bias)
    scan.constants.push_back(inputs.bias);
  SmallVector<DimExpr> sums = dimsOf(inputs.sums);
  scan.steps = sums[1];
  RankedTensorType states = makeTensorType({sums[0], dimsOf(inputs.recurrentKernel)[0]},
                                           getElementTypeOrSelf(inputs.sums));
  MaskedSteps masked(inputs.mask, states);
  ImplicitLocOpBuilder front(loc, builder);
  masked.addOperands(front, scan);
  const unsigned firstSequence = scan.carries.size();
  auto step = [&](OpBuilder &builder,
                  Block::BlockArgListType arguments) -> FailureOr<SmallVector<Value>> {
    Block::BlockArgListType constants = arguments.take_back(scan.constants.size());
    RnnStep step{builder,
                 ImplicitLocOpBuilder(loc, builder),
                 inputs,
                 states,
                 constants[0],
                 inputs.bias ? constants.back() : Value(),
                 ValueRange(constants.slice(1, inputs.stateScales.size())),
                 activation,
                 recurrentActivation};
    Value h = inputs.cell == RnnCell::gru ? step.gru(arguments[0], arguments[firstSequence])
                                          : step.simple(arguments[0], arguments[firstSequence]);
    if (!h)
      return failure();
    return masked.finish(step.b, arguments, h);
  };
  return buildScan(builder, loc, scan, step);
}

Value buildActivation(OpBuilder &builder, Location loc, Activation activation, Value x) {
  ImplicitLocOpBuilder b(loc, builder);
  TensorNumber number(b, x);
  return activations::apply(activation, number).getTensor(number);
}

static ScanOp buildScanOf(OpBuilder &builder, LstmOp op, ActivationBuilder activation,
                          ActivationBuilder recurrentActivation) {
  LstmInputs inputs{op.getInput(),
                    op.getKernel(),
                    op.getRecurrentKernel(),
                    op.getBias(),
                    op.getInitialH(),
                    op.getInitialC(),
                    {op.getMask(), MaskedOutput::state}};
  return *buildLstmScan(builder, op.getLoc(), inputs, activation, recurrentActivation);
}

static ScanOp buildScanOf(OpBuilder &builder, RnnOp op, ActivationBuilder activation,
                          ActivationBuilder recurrentActivation) {
  RnnInputs inputs{op.getSums(),          op.getRecurrentKernel(),
                   op.getBias(),          op.getInitialH(),
                   op.getCell(),
                   /*resetBefore=*/false, {op.getMask(), MaskedOutput::state}};
  return *buildRnnScan(builder, op.getLoc(), inputs, activation, recurrentActivation);
}

/// The results of the scan are the last states, then the sequence; those of the op the sequence,
/// then the last states.
template <typename Op> static void expand(Op op) {
  assert(!op.getGates() && "what the training form keeps is for the gradient op");
  OpBuilder builder(op);
  auto build = [](Activation activation) {
    return [activation](OpBuilder &builder, Location loc, Value x) {
      return buildActivation(builder, loc, activation, x);
    };
  };
  ScanOp scan =
      buildScanOf(builder, op, build(op.getActivation()), build(op.getRecurrentActivation()));
  op.getSequence().replaceAllUsesWith(scan.getStacked().front());
  for (auto [last, state] : llvm::zip_equal(op->getResults().drop_front(), scan.getFinals()))
    last.replaceAllUsesWith(state);
  op.erase();
}

bool isExpandable(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<LstmOp, RnnOp>([](auto op) { return !op.getGates(); })
      .Default(false);
}

void expandRecurrent(Operation *op) {
  llvm::TypeSwitch<Operation *>(op).Case<LstmOp, RnnOp>([](auto op) { expand(op); });
}

} // namespace rondo
