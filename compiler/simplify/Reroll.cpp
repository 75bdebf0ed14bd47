//===- Reroll.cpp - Loops of the file that were traced step by step -------===//
//
// A Python loop of N steps comes out of the frontend as N copies of its body. Ops
// that repeat with a period, and whose operands repeat too, become one rondo.scan:
// what a step takes from the one before is a carry, what differs by step without
// depending on it a sequence, all else a constant.
//
//===----------------------------------------------------------------------===//

#include "compiler/simplify/Reroll.h"
#include "dialect/IR/Scan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/Hashing.h"

#include <vector>

using namespace mlir;
using namespace rondo;

namespace {

/// So many of the ops with the same hash are tried as the start of the second step.
constexpr size_t kMostPeriods = 16;

/// The dimensions of `steps` such values, stacked.
SmallVector<DimExpr> stackedDims(RankedTensorType type, int64_t steps) {
  SmallVector<DimExpr> dims = stackableDims(type);
  dims.insert(dims.begin() + 1, steps);
  return dims;
}

bool isConstant(Operation *op) { return op->hasTrait<OpTrait::ConstantLike>(); }

/// What may differ between the steps of a loop: the place of a slice, the stream of random numbers.
bool mayDiffer(Operation *op, StringAttr attribute) {
  if (auto slice = dyn_cast<SliceOp>(op))
    return attribute == slice.getOffsetsAttrName();
  if (auto random = dyn_cast<RandomOp>(op))
    return attribute == random.getStreamAttrName();
  return false;
}

/// The number of a parameter of the model, which layers of one kind differ by.
std::optional<unsigned> parameterNumber(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto function =
      argument ? dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp()) : nullptr;
  if (function && function.getArgAttr(argument.getArgNumber(), RondoDialect::kParameter))
    return argument.getArgNumber();
  return std::nullopt;
}

/// Of all that is the same in every step but where operands come from.
size_t hashOf(Operation *op) {
  llvm::hash_code hash = llvm::hash_combine(op->getName(), op->getNumOperands());
  for (Type type : op->getResultTypes())
    hash = llvm::hash_combine(hash, type);
  for (Value operand : op->getOperands())
    hash = llvm::hash_combine(hash, operand.getType(), parameterNumber(operand).value_or(~0u));
  for (NamedAttribute attribute : op->getAttrs())
    if (!mayDiffer(op, attribute.getName()))
      hash = llvm::hash_combine(hash, attribute.getName(), attribute.getValue());
  return size_t(hash) >> 1; // the largest are no keys of a map
}

/// Whether `op` is worth a loop: a chain of what is elementwise is one kernel anyway.
bool isCostly(Operation *op) {
  return isa<ContractOp, LstmOp, RnnOp, ScanOp, AttentionOp, ReduceOp, SoftmaxOp, LogSoftmaxOp,
             SoftmaxCrossentropyOp, ArgMaxOp, GatherOp>(op);
}

//===----------------------------------------------------------------------===//
// What is put on top of each other
//===----------------------------------------------------------------------===//

/// The slices `values` of one tensor, one after the other along dimension 1, as one box; null
/// where they are anything else.
Value joinSlices(OpBuilder &builder, Location loc, ArrayRef<Value> values) {
  auto first = values.front().getDefiningOp<SliceOp>();
  if (!first || typeOf(first).getRank() < 2)
    return {};
  const int64_t steps = values.size();
  BoxPlace place = first.getPlace();
  std::optional<int64_t> distance;
  for (int64_t i = 1; i < steps; ++i) {
    auto slice = values[i].getDefiningOp<SliceOp>();
    if (!slice || slice.getInput() != first.getInput())
      return {};
    BoxPlace next = slice.getPlace(), expected = place;
    std::optional<int64_t> moved = (next.offsets[1] - place.offsets[1]).getConstant();
    distance = i == 1 ? moved : distance;
    if (!distance || *distance == 0)
      return {};
    expected.offsets[1] += DimExpr(i) * DimExpr(*distance);
    if (next.offsets != expected.offsets || next.strides != expected.strides)
      return {};
  }
  SmallVector<DimExpr> part = getDims(typeOf(first)), dims = part;
  std::optional<int64_t> width = part[1].getConstant();
  if (!width || place.strides[1] != 1 || (*width != 1 && *distance != *width))
    return {};
  if (*distance < 0)
    place.offsets[1] += DimExpr((steps - 1) * *distance);
  if (*width == 1)
    place.strides[1] = std::abs(*distance);
  dims[1] = steps * *width;
  Type element = typeOf(first).getElementType();
  Value box = builder.create<SliceOp>(loc, makeTensorType(dims, element), first.getInput(), place);
  if (*distance < 0)
    box = builder.create<ReverseOp>(loc, box, ArrayRef<int64_t>{1});
  return reshapeTo(builder, loc, box, stackedDims(typeOf(first), steps));
}

/// Numbers of the file as one constant.
Value joinNumbers(OpBuilder &builder, Location loc, ArrayRef<Value> values) {
  SmallVector<Attribute> numbers;
  for (Value value : values) {
    auto constant = value.getDefiningOp<arith::ConstantOp>();
    auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : nullptr;
    if (!elements || elements.getNumElements() != 1 || typeOf(value).getRank() != 0)
      return {};
    numbers.push_back(*elements.getValues<Attribute>().begin());
  }
  auto type = RankedTensorType::get({1, static_cast<int64_t>(values.size())},
                                    typeOf(values.front()).getElementType());
  return builder.create<arith::ConstantOp>(loc, DenseElementsAttr::get(type, numbers));
}

/// One value for each step as a sequence.
Value stack(OpBuilder &builder, Location loc, ArrayRef<Value> values) {
  if (Value numbers = joinNumbers(builder, loc, values))
    return numbers;
  RankedTensorType type = typeOf(values.front());
  SmallVector<DimExpr> dims = stackedDims(type, values.size());
  if (Value box = joinSlices(builder, loc, values))
    return box;
  // Slices that the same was made of.
  SmallVector<Value> inner;
  for (Value value : values)
    if (auto reshape = value.getDefiningOp<ReshapeOp>();
        reshape && (inner.empty() || inner.front().getType() == reshape.getInput().getType()))
      inner.push_back(reshape.getInput());
  if (inner.size() == values.size() && stackableDims(typeOf(inner.front()))[0] == dims[0])
    if (Value box = joinSlices(builder, loc, inner))
      return reshapeTo(builder, loc, box, dims);
  SmallVector<DimExpr> one = stackedDims(type, 1);
  SmallVector<Value> parts;
  for (Value value : values)
    parts.push_back(reshapeTo(builder, loc, value, one));
  return builder.create<ConcatOp>(loc, parts, /*axis=*/1);
}

//===----------------------------------------------------------------------===//
// Loops of a block
//===----------------------------------------------------------------------===//

/// Where an operand comes from, as seen from the step that reads it.
struct Source {
  enum Kind { Inside, Before, Outside } kind; ///< this step, the one before, neither
  unsigned position = 0, result = 0;          ///< of the op in its step

  bool operator==(const Source &other) const {
    return kind == other.kind && position == other.position && result == other.result;
  }
};

/// `steps` times the same `period` ops.
struct Loop {
  size_t start;
  unsigned period, steps;
  SmallVector<SmallVector<Source>> sources; ///< for each op of a step and operand, as of step 1
  SmallVector<bool> stays;                  ///< ops that differ: they are computed in front

  size_t end() const { return start + size_t(period) * steps; }
};

/// The ops of a block but its constants and its terminator.
class Roller {
public:
  Roller(Block &block, unsigned fewestSteps) : block(block), fewestSteps(fewestSteps) {
    for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
      if (isConstant(&op)) { // whoever made it first: it belongs to no step
        op.moveBefore(&block, block.begin());
        continue;
      }
      order[&op] = ops.size();
      hashes.push_back(hashOf(&op));
      occurrences[hashes.back()].push_back(ops.size());
      ops.push_back(&op);
    }
  }

  bool run() {
    bool changed = false;
    for (size_t start = 0; start < ops.size();) {
      std::optional<Loop> loop = loopAt(start);
      if (loop)
        build(*loop);
      changed |= loop.has_value();
      start = loop ? loop->end() : start + 1;
    }
    return changed;
  }

private:
  //===--- Finding them ---------------------------------------------------===//

  std::optional<Loop> loopAt(size_t start) {
    ArrayRef<size_t> same = occurrences[hashes[start]];
    const size_t *next = llvm::upper_bound(same, start);
    for (size_t tried = 0; next != same.end() && tried < kMostPeriods; ++next, ++tried) {
      const size_t period = *next - start;
      if (start + period * fewestSteps > ops.size())
        break;
      const size_t steps = (endOfRepetition(start, period) - start) / period + 1;
      if (steps < fewestSteps)
        continue;
      Loop loop{start, unsigned(period), unsigned(steps), {}, {}};
      if (isLoop(loop))
        return loop;
    }
    return std::nullopt;
  }

  /// The first op at or behind `start` that is unlike the one a period behind it.
  size_t endOfRepetition(size_t start, size_t period) {
    size_t &end = ends[period];
    for (end = std::max(end, start);
         end + period < ops.size() && hashes[end] == hashes[end + period];)
      ++end;
    return end;
  }

  Operation *opAt(const Loop &loop, unsigned step, unsigned position) const {
    return ops[loop.start + size_t(loop.period) * step + position];
  }

  /// None where a value is taken from further back than the step before.
  std::optional<Source> sourceOf(const Loop &loop, unsigned step, Value value) const {
    auto found = order.find(value.getDefiningOp());
    if (found == order.end() || found->second < loop.start)
      return Source{Source::Outside};
    const size_t index = found->second - loop.start, made = index / loop.period;
    Source source{Source::Inside, unsigned(index % loop.period),
                  cast<OpResult>(value).getResultNumber()};
    if (made != step)
      source.kind = Source::Before;
    return made == step || made + 1 == step ? std::optional(source) : std::nullopt;
  }

  /// Whether `step` is like step 1, or step 1 itself like step 0.
  bool isAlike(const Loop &loop, unsigned step) const {
    for (unsigned position = 0; position < loop.period; ++position) {
      Operation *first = opAt(loop, 0, position), *op = opAt(loop, step, position);
      if (op->getName() != first->getName() || op->getNumOperands() != first->getNumOperands() ||
          op->getResultTypes() != first->getResultTypes() ||
          op->getOperandTypes() != first->getOperandTypes())
        return false;
      if (op->getAttrDictionary() != first->getAttrDictionary() && !isa<SliceOp, RandomOp>(op))
        return false;
      for (auto [region, other] : llvm::zip_equal(op->getRegions(), first->getRegions()))
        if (!OperationEquivalence::isRegionEquivalentTo(
                &region, &other, OperationEquivalence::Flags::IgnoreLocations))
          return false;
      for (auto [number, operand] : llvm::enumerate(op->getOperands())) {
        std::optional<Source> source = sourceOf(loop, step, operand);
        if (!source || !(*source == loop.sources[position][number]))
          return false;
        std::optional<Source> atFirst = sourceOf(loop, 0, first->getOperand(number));
        if (!atFirst || (atFirst->kind == Source::Inside) != (source->kind == Source::Inside) ||
            (atFirst->kind == Source::Inside && !(*atFirst == *source)))
          return false;
      }
    }
    return true;
  }

  /// Fills in what `loop` lacks; it may be of fewer steps than the hashes say.
  bool isLoop(Loop &loop) const {
    for (unsigned position = 0; position < loop.period; ++position) {
      SmallVector<Source> &sources = loop.sources.emplace_back();
      for (Value operand : opAt(loop, 1, position)->getOperands()) {
        std::optional<Source> source = sourceOf(loop, 1, operand);
        if (!source)
          return false;
        sources.push_back(*source);
      }
    }
    unsigned alike = 1;
    while (alike < loop.steps && isAlike(loop, alike))
      ++alike;
    loop.steps = alike;
    return alike >= fewestSteps && chooseWhatStays(loop) && takesNoOtherParameters(loop);
  }

  /// What differs between the steps, and what that is computed from, must not depend on a step.
  bool chooseWhatStays(Loop &loop) const {
    loop.stays.assign(loop.period, false);
    for (unsigned position = 0; position < loop.period; ++position)
      for (unsigned step = 1; step < loop.steps && !loop.stays[position]; ++step)
        loop.stays[position] = opAt(loop, step, position)->getAttrDictionary() !=
                               opAt(loop, 0, position)->getAttrDictionary();
    bool isWorthIt = false;
    for (unsigned position = loop.period; position-- > 0;) {
      if (!loop.stays[position]) {
        isWorthIt |= isCostly(opAt(loop, 0, position));
        continue;
      }
      for (const Source &source : loop.sources[position]) {
        if (source.kind == Source::Before)
          return false;
        if (source.kind == Source::Inside)
          loop.stays[source.position] = true;
      }
    }
    return isWorthIt;
  }

  /// Layers with parameters of their own are no steps: these would have to be copied.
  bool takesNoOtherParameters(const Loop &loop) const {
    for (unsigned position = 0; position < loop.period; ++position)
      for (auto [number, operand] : llvm::enumerate(opAt(loop, 0, position)->getOperands()))
        for (unsigned step = 1; step < loop.steps; ++step) {
          Value other = opAt(loop, step, position)->getOperand(number);
          if (loop.sources[position][number].kind == Source::Outside && other != operand &&
              (parameterNumber(operand) || parameterNumber(other)))
            return false;
        }
    return true;
  }

  //===--- Building them --------------------------------------------------===//

  bool isInside(const Loop &loop, Operation *op) const {
    auto found = order.find(op);
    return found != order.end() && found->second >= loop.start && found->second < loop.end();
  }

  bool isUsedBehind(const Loop &loop, Value value) const {
    return llvm::any_of(value.getUsers(), [&](Operation *op) { return !isInside(loop, op); });
  }

  void build(const Loop &loop);

  Block &block;
  unsigned fewestSteps;
  SmallVector<Operation *> ops;
  SmallVector<size_t> hashes;
  DenseMap<Operation *, size_t> order;
  DenseMap<size_t, SmallVector<size_t>> occurrences;
  DenseMap<size_t, size_t> ends; ///< of the repetition last seen with a period
};

} // namespace

void Roller::build(const Loop &loop) {
  OpBuilder builder(opAt(loop, loop.steps - 1, loop.period - 1)->getNextNode());
  Location loc = opAt(loop, 0, 0)->getLoc();
  ScanInputs inputs;
  inputs.steps = loop.steps;

  // Carries: which result, and where it starts. Others: the operand in each step.
  using Result = std::pair<unsigned, unsigned>;
  std::vector<std::pair<Result, Value>> carries;
  std::vector<SmallVector<Value>> sequences;
  auto indexIn = [](auto &list, const auto &entry) {
    auto found = llvm::find(list, entry);
    size_t index = found - list.begin();
    if (found == list.end())
      list.push_back(entry);
    return index;
  };

  /// What an operand becomes.
  struct Operand {
    enum Kind { Value_, Carry, Sequence, Constant, Number } kind;
    size_t index = 0;
  };
  SmallVector<SmallVector<Operand>> operands(loop.period);
  SmallVector<Value> numbers; // which come into the loop
  for (unsigned position = 0; position < loop.period; ++position) {
    if (loop.stays[position])
      continue;
    for (auto [number, source] : llvm::enumerate(loop.sources[position])) {
      const bool isMade = source.kind != Source::Outside && !loop.stays[source.position];
      SmallVector<Value> values;
      for (unsigned step = 0; step < loop.steps; ++step)
        values.push_back(opAt(loop, step, position)->getOperand(number));
      Operand operand{Operand::Value_};
      if (isMade && source.kind == Source::Before) {
        operand = {
            Operand::Carry,
            indexIn(carries, std::pair(Result(source.position, source.result), values.front()))};
      } else if (!isMade) {
        auto constant = values.front().getDefiningOp<arith::ConstantOp>();
        auto isSame = [&](Value value) {
          auto other = value.getDefiningOp<arith::ConstantOp>();
          return value == values.front() ||
                 (constant && other && constant.getValue() == other.getValue());
        };
        if (!llvm::all_of(values, isSame))
          operand = {Operand::Sequence, indexIn(sequences, values)};
        else if (constant && isa<SplatElementsAttr>(constant.getValue()))
          operand = {Operand::Number, indexIn(numbers, values.front())};
        else
          operand = {Operand::Constant, indexIn(inputs.constants, values.front())};
      }
      operands[position].push_back(operand);
    }
  }

  // What is used behind the loop: the last of a carry, else all of a stack.
  std::vector<Result> stacks;
  std::vector<std::pair<Value, size_t>> finals; // of the last step, and which carry
  for (unsigned position = 0; position < loop.period; ++position) {
    if (loop.stays[position])
      continue;
    for (unsigned number = 0; number < opAt(loop, 0, position)->getNumResults(); ++number) {
      std::optional<unsigned> firstUsed;
      for (unsigned step = 0; step < loop.steps && !firstUsed; ++step)
        if (isUsedBehind(loop, opAt(loop, step, position)->getResult(number)))
          firstUsed = step;
      if (!firstUsed)
        continue;
      const Result result(position, number);
      auto carry = llvm::find_if(carries, [&](auto &each) { return each.first == result; });
      if (*firstUsed + 1 == loop.steps && carry != carries.end())
        finals.emplace_back(opAt(loop, *firstUsed, position)->getResult(number),
                            carry - carries.begin());
      else
        stacks.push_back(result);
    }
  }

  for (auto &[result, initial] : carries)
    inputs.carries.push_back(initial);
  for (ArrayRef<Value> values : sequences)
    inputs.sequences.push_back(stack(builder, loc, values));
  if (sequences.empty() && stacks.empty()) { // to say how many steps there are
    auto type = RankedTensorType::get({1, loop.steps}, builder.getF32Type());
    inputs.sequences.push_back(builder.create<arith::ConstantOp>(
        loc, DenseElementsAttr::get(type, builder.getF32FloatAttr(0.0f).getValue())));
  }

  FailureOr<ScanOp> scan = buildScan(
      builder, loc, inputs,
      [&](OpBuilder &builder, Block::BlockArgListType arguments) -> FailureOr<SmallVector<Value>> {
        auto slices = arguments.drop_front(carries.size());
        auto constants = arguments.take_back(inputs.constants.size());
        SmallVector<Value> numbersInside;
        for (Value number : numbers)
          numbersInside.push_back(builder.clone(*number.getDefiningOp())->getResult(0));
        SmallVector<Operation *> made(loop.period);
        for (unsigned position = 0; position < loop.period; ++position) {
          if (loop.stays[position])
            continue;
          Operation *original = opAt(loop, 0, position);
          SmallVector<Value> read;
          for (auto [number, operand] : llvm::enumerate(operands[position])) {
            const Source &source = loop.sources[position][number];
            switch (operand.kind) {
            case Operand::Value_:
              read.push_back(made[source.position]->getResult(source.result));
              break;
            case Operand::Carry:
              read.push_back(arguments[operand.index]);
              break;
            case Operand::Sequence:
              read.push_back(reshapeTo(builder, original->getLoc(), slices[operand.index],
                                       getDims(typeOf(original->getOperand(number)))));
              break;
            case Operand::Constant:
              read.push_back(constants[operand.index]);
              break;
            case Operand::Number:
              read.push_back(numbersInside[operand.index]);
              break;
            }
          }
          made[position] = builder.clone(*original);
          made[position]->setOperands(read);
        }
        SmallVector<Value> yielded;
        for (auto &[result, initial] : carries)
          yielded.push_back(made[result.first]->getResult(result.second));
        for (auto [position, number] : stacks) {
          Value value = made[position]->getResult(number);
          yielded.push_back(
              reshapeTo(builder, value.getLoc(), value, stackableDims(typeOf(value))));
        }
        return yielded;
      });

  auto replaceBehind = [&](Value value, Value replacement) {
    value.replaceUsesWithIf(replacement,
                            [&](OpOperand &use) { return !isInside(loop, use.getOwner()); });
  };
  for (auto [value, carry] : finals)
    replaceBehind(value, scan->getFinals()[carry]);
  for (auto [result, stacked] : llvm::zip_equal(stacks, scan->getStacked()))
    for (unsigned step = 0; step < loop.steps; ++step) {
      Value value = opAt(loop, step, result.first)->getResult(result.second);
      if (!isUsedBehind(loop, value))
        continue;
      BoxPlace place(SmallVector<DimExpr>(typeOf(stacked).getRank(), 0));
      place.offsets[1] = step;
      Type one = makeTensorType(stackedDims(typeOf(value), 1), typeOf(value).getElementType());
      Value slice = builder.create<SliceOp>(value.getLoc(), one, stacked, place);
      replaceBehind(value, reshapeTo(builder, value.getLoc(), slice, getDims(typeOf(value))));
    }
  for (unsigned step = loop.steps; step-- > 0;)
    for (unsigned position = loop.period; position-- > 0;)
      if (!loop.stays[position]) {
        order.erase(opAt(loop, step, position));
        opAt(loop, step, position)->erase();
      }
}

bool rondo::rerollLoops(Block &block, unsigned fewestSteps) {
  bool changed = false;
  while (Roller(block, fewestSteps).run()) // loops in loops
    changed = true;
  return changed;
}
