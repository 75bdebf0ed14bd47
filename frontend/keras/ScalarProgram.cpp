//===- ScalarProgram.cpp - Numbers computed beside the graph --------------===//
//
// Goes over the ops behind a scalar in their order. An array of known size is a list of the
// instructions that make its elements: arithmetic adds instructions, what only moves elements
// moves their numbers.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/ScalarProgram.h"
#include "dialect/IR/ScalarOperations.h"
#include "dialect/reference/Tensor.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

namespace rondo::keras {

llvm::SetVector<mlir::Operation *> opsBehind(mlir::Value value) {
  llvm::SetVector<mlir::Operation *> ops;
  mlir::BackwardSliceOptions options;
  options.inclusive = options.omitBlockArguments = true;
  if (value.getDefiningOp())
    mlir::getBackwardSlice(value, &ops, options);
  return ops;
}

namespace {

/// The float as the file most likely wrote it: the shortest decimal that is read as it.
double asWritten(float value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

class ProgramBuilder {
public:
  ProgramBuilder(Session &session, llvm::ArrayRef<Tensor *> inputs) : builder(&session.context) {
    int64_t next = 0;
    for (const Tensor *input : inputs) {
      auto type = llvm::cast<mlir::RankedTensorType>(input->value.getType());
      Numbers &numbers = numbersOf[input->value];
      for (int64_t i = 0; i < type.getNumElements(); ++i)
        numbers.push_back(add("input", {reference(next++)}, 0));
    }
  }

  /// Takes what has been added for `value` where `standIn` is met.
  void substitute(mlir::Value standIn, mlir::Value value) {
    Numbers numbers = numbersOf[value];
    numbersOf[standIn] = std::move(numbers);
  }

  /// The first op that no program has, or its argument from outside; null if there is none.
  mlir::Value addAllBehind(mlir::Value result) {
    for (mlir::Operation *op : opsBehind(result)) {
      if (numbersOf.contains(op->getResult(0)))
        continue;
      for (mlir::Value operand : op->getOperands())
        if (!numbersOf.contains(operand))
          return operand;
      if (op->getNumResults() != 1 || !addResult(op))
        return op->getResult(0);
    }
    return numbersOf.contains(result) ? nullptr : result;
  }

  ScalarProgram finish(mlir::Value result) {
    // Instructions behind the one of the result are of no use to it.
    int64_t number = numbersOf[result].front();
    instructions.truncate(number + 1);
    return {builder.getArrayAttr(instructions), values[number]};
  }

private:
  /// Instructions, by their numbers, for the elements of an array.
  using Numbers = std::vector<int64_t>;

  mlir::Attribute reference(int64_t number) { return builder.getI64IntegerAttr(number); }

  int64_t add(llvm::StringRef name, llvm::ArrayRef<mlir::Attribute> operands, double atZero) {
    llvm::SmallVector<mlir::Attribute> words{builder.getStringAttr(name)};
    llvm::append_range(words, operands);
    instructions.push_back(builder.getArrayAttr(words));
    values.push_back(atZero);
    return instructions.size() - 1;
  }

  int64_t addConstant(double value) {
    return add("constant", {builder.getF64FloatAttr(value)}, value);
  }

  bool addResult(mlir::Operation *op) {
    auto type = llvm::cast<mlir::RankedTensorType>(op->getResult(0).getType());
    if (!type.hasStaticShape() || type.getNumElements() > maxElements)
      return false;
    return llvm::TypeSwitch<mlir::Operation *, bool>(op)
        .Case<mlir::arith::ConstantOp>([&](auto constant) { return addConstants(constant); })
        .Case<CastOp, StopGradientOp>([&](auto same) {
          numbersOf[same.getResult()] = numbersOf[same.getInput()];
          return true;
        })
        .Case<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, ReverseOp, ConcatOp>(
            [&](auto) { return move(op); })
        .Case<ReduceOp>([&](ReduceOp reduce) { return fold(reduce); })
        .Case<CompareOp>([&](CompareOp compare) {
          return compute(op, stringifyComparePredicate(compare.getPredicate()));
        })
        .Case<NegOp, ExpOp, LogOp, Expm1Op, Log1pOp, SqrtOp, TanhOp, SigmoidOp, ReluOp, ErfOp,
              SinOp, CosOp, AbsOp, SignOp, FloorOp, TruncateOp, AddOp, SubOp, MulOp, DivOp, PowOp,
              MaximumOp, MinimumOp, SelectOp>(
            [&](auto) { return compute(op, op->getName().stripDialect()); })
        .Default(false);
  }

  bool addConstants(mlir::arith::ConstantOp constant) {
    auto elements = llvm::dyn_cast<mlir::DenseElementsAttr>(constant.getValue());
    if (!elements)
      return false;
    std::map<double, int64_t> known;
    auto number = [&](double value) {
      auto [found, isNew] = known.try_emplace(value, 0);
      if (isNew)
        found->second = addConstant(value);
      return found->second;
    };
    Numbers &numbers = numbersOf[constant];
    mlir::Type type = elements.getElementType();
    if (type.isF32())
      for (float value : elements.getValues<float>())
        numbers.push_back(std::isnan(value) ? addConstant(value) : number(asWritten(value)));
    else if (type.isF64())
      for (double value : elements.getValues<double>())
        numbers.push_back(std::isnan(value) ? addConstant(value) : number(value));
    else
      for (const llvm::APInt &value : elements.getValues<llvm::APInt>())
        numbers.push_back(number(value.roundToDouble(/*isSigned=*/!type.isInteger(1))));
    return true;
  }

  /// The op on these numbers, plainly.
  std::vector<double> evaluate(mlir::Operation *op,
                               llvm::function_ref<double(int64_t number)> valueOf) {
    std::vector<reference::Tensor> operands;
    for (mlir::Value operand : op->getOperands()) {
      operands.push_back(reference::Environment().zeros(operand.getType()));
      for (auto [value, number] : llvm::zip_equal(operands.back().values, numbersOf[operand]))
        value = valueOf(number);
    }
    llvm::SmallVector<const reference::Tensor *> pointers;
    for (const reference::Tensor &operand : operands)
      pointers.push_back(&operand);
    llvm::SmallVector<reference::Tensor> results;
    [[maybe_unused]] auto evaluated =
        llvm::cast<ReferenceOpInterface>(op).evaluateReference({}, pointers, results);
    assert(mlir::succeeded(evaluated) && "these ops have no way to fail");
    return results.front().values;
  }

  /// An op that puts elements elsewhere does so with the numbers of their instructions.
  bool move(mlir::Operation *op) {
    std::vector<double> moved = evaluate(op, [](int64_t number) { return double(number); });
    numbersOf[op->getResult(0)] = Numbers(moved.begin(), moved.end());
    return true;
  }

  /// An elementwise op.
  bool compute(mlir::Operation *op, llvm::StringRef name) {
    std::vector<double> computed = evaluate(op, [&](int64_t number) { return values[number]; });
    Numbers numbers;
    for (auto [i, value] : llvm::enumerate(computed)) {
      llvm::SmallVector<mlir::Attribute> operands;
      for (mlir::Value operand : op->getOperands())
        operands.push_back(reference(numbersOf[operand][i]));
      numbers.push_back(add(name, operands, value));
    }
    numbersOf[op->getResult(0)] = std::move(numbers);
    return true;
  }

  /// Element by element, in the order of `reduce`; not of nothing.
  bool fold(ReduceOp op) {
    auto input = reference::Environment().zeros(op.getInput().getType());
    auto result = reference::Environment().zeros(op.getType());
    std::fill(result.values.begin(), result.values.end(), -1);
    const Numbers &numbers = numbersOf[op.getInput()];
    size_t next = 0;
    reference::forEachIndex(input.shape, [&](llvm::ArrayRef<int64_t> from) {
      reference::Shape to;
      for (auto [d, index] : llvm::enumerate(from))
        if (!llvm::is_contained(op.getDimensions(), static_cast<int64_t>(d)))
          to.push_back(index);
      double &folded = result.at(to);
      int64_t number = numbers[next++];
      folded = folded < 0 ? number : combine(op.getKind(), folded, number);
    });
    if (llvm::is_contained(result.values, -1))
      return false;
    numbersOf[op.getResult()] = Numbers(result.values.begin(), result.values.end());
    return true;
  }

  int64_t combine(ReduceKind kind, int64_t x, int64_t y) {
    double a = values[x], b = values[y];
    switch (kind) {
    case ReduceKind::sum:
      return add("add", {reference(x), reference(y)}, a + b);
    case ReduceKind::max:
      return add("maximum", {reference(x), reference(y)}, std::max(a, b));
    case ReduceKind::min:
      return add("minimum", {reference(x), reference(y)}, std::min(a, b));
    }
    llvm_unreachable("every kind is above");
  }

  /// More are no few numbers.
  static constexpr int64_t maxElements = 1024;

  mlir::Builder builder;
  llvm::SmallVector<mlir::Attribute> instructions;
  /// Of each instruction, where every input is zero.
  std::vector<double> values;
  llvm::DenseMap<mlir::Value, Numbers> numbersOf;
};

} // namespace

std::optional<ScalarProgram> scalarProgram(const Tensor &result, llvm::ArrayRef<Tensor *> inputs,
                                           llvm::ArrayRef<Computed> computed,
                                           const std::string &subject, SourceRange place) {
  Session &session = result.session;
  if (result.rank() != 0) {
    session.in.report(Code::InvalidArgument, place, "{} is one number, got a tensor of shape {}",
                      subject, result.shape());
    return std::nullopt;
  }
  ProgramBuilder program(session, inputs);
  mlir::Value other;
  for (const Computed &each : computed) {
    if ((other = program.addAllBehind(each.value)))
      break;
    program.substitute(each.standIn, each.value);
  }
  if (!other)
    other = program.addAllBehind(result.value);
  if (other) {
    mlir::Operation *op = other.getDefiningOp();
    session.in
        .report(Code::NotSupportedYet, place, "{} is computed from {}, which is not supported yet",
                subject,
                op ? fmt::format("`{}`", op->getName().stripDialect().str())
                   : "weights, random numbers or tensors of a model")
        .help("it may be any arithmetic on single numbers");
    return std::nullopt;
  }
  ScalarProgram made = program.finish(result.value);
  if (made.instructions.size() <= kMaxScalarInstructions)
    return made;
  session.in.report(Code::NotSupportedYet, place,
                    "{} takes {} operations on single numbers, more than {}", subject,
                    made.instructions.size(), kMaxScalarInstructions);
  return std::nullopt;
}

} // namespace rondo::keras
