//===- RecurrentGraphs.cpp - Recurrent layers as ops ----------------------===//
//
// The part of GraphBuilder that builds `rondo.lstm` and `rondo.rnn`, or loops where
// activations are not elementwise, and loops of the file's own steps.
//
//===----------------------------------------------------------------------===//

#include "dialect/IR/Scan.h"
#include "frontend/keras/GraphBuilder.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

namespace rondo::keras {

static mlir::Value valueOf(const Tensor *x) { return x ? x->value : mlir::Value(); }

GraphBuilder::LstmResults GraphBuilder::lstm(Tensor *input, Tensor *kernel, Tensor *recurrentKernel,
                                             Tensor *bias, Tensor *initialH, Tensor *initialC,
                                             const StepMask &mask, Activation activation,
                                             Activation recurrentActivation, DtypePolicy policy) {
  input = toFloat(input);
  const Axis &units = recurrentKernel->axes[0];
  Axes sequence{input->axes[0], input->axes[1], units}, last{input->axes[0], units};
  auto op = builder().create<LstmOp>(
      loc(), type(sequence), type(last), type(last), /*gates=*/mlir::Type(),
      /*cells=*/mlir::Type(), input->value, kernel->value, recurrentKernel->value, valueOf(bias),
      valueOf(initialH), valueOf(initialC), valueOf(mask.steps), activation, recurrentActivation);
  if (policy == DtypePolicy::MixedBfloat16)
    op->setAttr(RondoDialect::kWeights, builder().getStringAttr("bf16"));
  return {maskedOutput(make(op.getSequence(), sequence), mask), make(op.getLastH(), last),
          make(op.getLastC(), last)};
}

Tensor *GraphBuilder::running(Tensor *x, double start, NextOfRunning next) {
  Axes step = x->axes;
  step.erase(step.begin() + 1);
  ScanInputs inputs;
  inputs.carries = {filled(start, step)->value};
  inputs.sequences = {x->value};
  inputs.steps = getDims(llvm::cast<mlir::RankedTensorType>(x->value.getType()))[1];
  auto body = [&](mlir::OpBuilder &builder, mlir::Block::BlockArgListType arguments)
      -> mlir::FailureOr<llvm::SmallVector<mlir::Value>> {
    mlir::Value value = next(builder, loc(), arguments[0], arguments[1]);
    return llvm::SmallVector<mlir::Value>{value, value};
  };
  return make(buildScan(builder(), loc(), inputs, body)->getResults().back(), x->axes);
}

Tensor *GraphBuilder::maskedOutput(Tensor *sequence, const StepMask &mask) {
  if (!mask.steps || mask.output == MaskedOutput::state)
    return sequence;
  Tensor *shown = mask.steps;
  if (mask.output == MaskedOutput::previous) {
    // From the first step that counts on, that is what the step before gave; in front of it the
    // state is that from outside, which is not shown.
    shown = toBool(running<MaximumOp>(toFloat(mask.steps), 0.0));
  }
  return select(broadcast(shown, sequence->axes, {0, 1}), sequence, filled(0.0, sequence->axes));
}

static llvm::SmallVector<mlir::Value> valuesOf(const std::vector<Tensor *> &tensors) {
  return llvm::map_to_vector(tensors, [](const Tensor *tensor) { return tensor->value; });
}

GraphBuilder::LstmResults GraphBuilder::lstm(Tensor *input, Tensor *kernel, Tensor *recurrentKernel,
                                             Tensor *bias, Tensor *initialH, Tensor *initialC,
                                             const StepOptions &options, Activate activation,
                                             Activate recurrentActivation) {
  input = toFloat(input);
  const Axis &units = recurrentKernel->axes[0];
  Axes sequence{input->axes[0], input->axes[1], units}, last{input->axes[0], units};
  auto build = [&](Activate activate, mlir::Value x) {
    return valueOf(toFloat(activate(make(x, last))));
  };
  auto scan = buildLstmScan(
      builder(), loc(),
      {input->value,
       kernel->value,
       recurrentKernel->value,
       valueOf(bias),
       valueOf(initialH),
       valueOf(initialC),
       {valueOf(options.mask.steps), options.mask.output},
       valueOf(options.sums),
       valuesOf(options.stateScales)},
      [&](mlir::OpBuilder &, mlir::Location, mlir::Value x) { return build(activation, x); },
      [&](mlir::OpBuilder &, mlir::Location, mlir::Value x) {
        return build(recurrentActivation, x);
      });
  if (failed(scan))
    return {};
  return {make(scan->getResults().back(), sequence), make(scan->getResult(0), last),
          make(scan->getResult(1), last)};
}

/// Of the sequence and of the last state.
static std::pair<Axes, Axes> axesOf(const GraphBuilder::RnnInputs &inputs) {
  const Axis &units = inputs.recurrentKernel->axes[0];
  const Axes &sums = inputs.sums->axes;
  return {{sums[0], sums[1], units}, {sums[0], units}};
}

GraphBuilder::RnnResults GraphBuilder::rnn(const RnnInputs &inputs, Activation activation,
                                           Activation recurrentActivation) {
  auto [sequence, last] = axesOf(inputs);
  const StepMask &mask = inputs.options.mask;
  auto op = builder().create<RnnOp>(
      loc(), type(sequence), type(last), /*gates=*/mlir::Type(), inputs.sums->value,
      inputs.recurrentKernel->value, inputs.initialH->value, valueOf(inputs.bias),
      valueOf(mask.steps), inputs.cell, activation, recurrentActivation);
  return {maskedOutput(make(op.getSequence(), sequence), mask), make(op.getLastH(), last)};
}

GraphBuilder::RnnResults GraphBuilder::rnn(const RnnInputs &inputs, Activate activation,
                                           Activate recurrentActivation) {
  auto [sequence, last] = axesOf(inputs);
  const StepMask &mask = inputs.options.mask;
  auto build = [&](Activate activate) {
    return [this, activate, &last = last](mlir::OpBuilder &, mlir::Location, mlir::Value x) {
      Tensor *y = toFloat(activate(make(x, last)));
      return y ? y->value : mlir::Value();
    };
  };
  auto scan = buildRnnScan(builder(), loc(),
                           {inputs.sums->value,
                            inputs.recurrentKernel->value,
                            valueOf(inputs.bias),
                            inputs.initialH->value,
                            inputs.cell,
                            inputs.resetBefore,
                            {valueOf(mask.steps), mask.output},
                            valuesOf(inputs.options.stateScales)},
                           build(activation), build(recurrentActivation));
  if (failed(scan))
    return {};
  return {make(scan->getResults().back(), sequence), make(scan->getResult(0), last)};
}

static bool isInside(ScanOp scan, mlir::Value value) {
  mlir::Region *region = value.getParentRegion(); // null in the scratch block
  return region && scan.getBody().isAncestor(region);
}

/// What a body uses of what is outside becomes constants of the loop, but for what is only there
/// because shapes were asked for.
static void captureConstants(ScanOp scan) {
  for (mlir::Operation &op : llvm::make_early_inc_range(llvm::reverse(scan.getBody().front())))
    if (mlir::isOpTriviallyDead(&op))
      op.erase();
  llvm::SetVector<mlir::Value> used;
  scan.getBody().walk([&](mlir::Operation *op) {
    for (mlir::Value operand : op->getOperands())
      if (!isInside(scan, operand))
        used.insert(operand);
  });
  for (mlir::Value value : used) {
    mlir::Value argument = scan.getBody().addArgument(value.getType(), value.getLoc());
    // Other uses may be in the scratch block, which has no region.
    value.replaceUsesWithIf(
        argument, [&](mlir::OpOperand &use) { return scan->isProperAncestor(use.getOwner()); });
    scan.getConstantsMutable().append(value);
  }
}

/// The values that a step computes differently in training, the last first.
static std::vector<mlir::Value> phasedValuesIn(const Session &session, ScanOp scan) {
  llvm::SetVector<mlir::Value> found;
  auto add = [&](mlir::Value value) {
    auto phased = session.phasedValues.find(value);
    if (phased != session.phasedValues.end() &&
        (isInside(scan, phased->second.inference) || isInside(scan, phased->second.training)))
      found.insert(value);
  };
  scan.getBody().walk([&](mlir::Operation *op) { llvm::for_each(op->getOperands(), add); });
  for (size_t i = 0; i < found.size(); ++i) {
    const PhasedValue &phased = session.phasedValues.find(found[i])->second;
    add(phased.inference);
    add(phased.training);
  }
  std::vector<mlir::Value> values(found.begin(), found.end());
  llvm::sort(values, [](mlir::Value a, mlir::Value b) {
    return llvm::cast<mlir::BlockArgument>(a).getArgNumber() >
           llvm::cast<mlir::BlockArgument>(b).getArgNumber();
  });
  return values;
}

/// Makes of a loop whose steps are something else in training one for each phase: leaves that of
/// use, and returns that of training.
static ScanOp splitPhases(const Session &session, mlir::OpBuilder &builder, ScanOp scan,
                          llvm::ArrayRef<mlir::Value> phasedValues) {
  mlir::IRMapping mapping;
  auto training = llvm::cast<ScanOp>(builder.clone(*scan.getOperation(), mapping));
  // One may stand for another that was made before it.
  for (mlir::Value value : phasedValues) {
    const PhasedValue &phased = session.phasedValues.find(value)->second;
    auto replaceIn = [&](ScanOp loop, mlir::Value with) {
      value.replaceUsesWithIf(
          with, [&](mlir::OpOperand &use) { return loop->isProperAncestor(use.getOwner()); });
    };
    replaceIn(scan, phased.alsoInUse ? phased.training : phased.inference);
    replaceIn(training, mapping.lookupOrDefault(phased.training));
  }
  return training;
}

/// Draws the random numbers of all steps before the loop. False where they have no samples.
static bool drawAhead(mlir::OpBuilder &builder, ScanOp scan, const DimExpr &steps) {
  for (RandomOp random : llvm::make_early_inc_range(scan.getBody().getOps<RandomOp>())) {
    if (random.use_empty())
      continue;
    mlir::RankedTensorType type = random.getType();
    if (type.getRank() == 0)
      return false;
    llvm::SmallVector<DimExpr> dims = getDims(type);
    dims.insert(dims.begin() + 1, steps);
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(scan);
    auto drawn =
        builder.create<RandomOp>(random.getLoc(), makeTensorType(dims, type.getElementType()),
                                 random.getKey(), random.getStream(), random.getNormal());
    const unsigned position = scan.getCarries().size() + scan.getSequences().size();
    mlir::Value slice = scan.getBody().insertArgument(position, type, random.getLoc());
    scan.getSequencesMutable().append(drawn.getResult());
    random.replaceAllUsesWith(slice);
    random.erase();
  }
  return true;
}

std::optional<GraphBuilder::ScanStep> GraphBuilder::scan(const Axis &steps,
                                                         const std::vector<Tensor *> &carries,
                                                         const std::vector<Tensor *> &sequences,
                                                         ScanBody body) {
  ScanInputs inputs;
  llvm::append_range(inputs.carries, valuesOf(carries));
  llvm::append_range(inputs.sequences, valuesOf(sequences));
  inputs.steps = steps.size;
  std::vector<Axes> stackedAxes;
  auto step = [&](mlir::OpBuilder &, mlir::Block::BlockArgListType arguments)
      -> mlir::FailureOr<llvm::SmallVector<mlir::Value>> {
    std::vector<Tensor *> before, slices;
    for (auto [carry, argument] : llvm::zip_first(carries, arguments))
      before.push_back(make(argument, carry->axes, carry->element));
    for (auto [sequence, argument] :
         llvm::zip_first(sequences, arguments.drop_front(carries.size()))) {
      Axes axes = sequence->axes;
      axes.erase(axes.begin() + 1);
      slices.push_back(make(argument, std::move(axes), sequence->element));
    }
    auto made = body(before, slices);
    // What is inside may be erased.
    std::vector<mlir::Value> inside;
    for (const auto &entry : session.shifted)
      if (mlir::Value value = entry.first; value.getParentRegion())
        inside.push_back(value);
    for (mlir::Value value : inside)
      session.shifted.erase(value);
    if (!made)
      return mlir::failure();
    for (const Tensor *slice : made->stacked) {
      stackedAxes.push_back(slice->axes);
      stackedAxes.back().insert(stackedAxes.back().begin() + 1, steps);
    }
    llvm::SmallVector<mlir::Value> yielded = valuesOf(made->carries);
    llvm::append_range(yielded, valuesOf(made->stacked));
    return yielded;
  };
  const size_t losses = session.effects.losses.size(), states = session.effects.states.size();
  auto scan = buildScan(builder(), loc(), inputs, step);
  if (failed(scan))
    return std::nullopt;
  if (session.effects.losses.size() != losses) {
    session.in
        .report(Code::NotSupportedYet, place,
                "{} calls in each step what adds to the loss: that is not supported yet", callee)
        .help("a layer around it, or behind it, may do that");
    session.effects.losses.resize(losses);
    return std::nullopt;
  }
  if (session.effects.states.size() != states) {
    session.in.report(
        Code::NotSupportedYet, place,
        "{} calls in each step a layer with `stateful=True`: that is not supported yet", callee);
    session.effects.states.resize(states);
    return std::nullopt;
  }
  llvm::SmallVector<ScanOp> loops{*scan};
  const std::vector<mlir::Value> phasedValues = phasedValuesIn(session, *scan);
  for (mlir::Value value : phasedValues)
    if (const PhasedValue &phased = session.phasedValues.find(value)->second;
        phased.onlyTrainable || !phased.averages.empty()) {
      session.in.report(Code::NotSupportedYet, place,
                        "{} calls in each step what counts batches while the model is trained: "
                        "that is not supported yet",
                        callee);
      return std::nullopt;
    }
  if (!phasedValues.empty())
    loops.push_back(splitPhases(session, builder(), *scan, phasedValues));
  for (ScanOp loop : loops) {
    if (!drawAhead(builder(), loop, steps.size)) {
      session.in.report(Code::NotSupportedYet, place,
                        "{} draws in each step one number for all samples: that is not supported "
                        "yet",
                        callee);
      return std::nullopt;
    }
    captureConstants(loop);
  }
  auto result = [&](mlir::OpResult used, const Axes &axes, ElementKind element) {
    mlir::Value value = used;
    if (loops.size() > 1)
      value = session.makePhased({used, loops.back()->getResult(used.getResultNumber()), {}});
    return make(value, axes, element);
  };
  ScanStep results;
  for (auto [carry, value] : llvm::zip_equal(carries, scan->getFinals()))
    results.carries.push_back(result(value, carry->axes, carry->element));
  for (auto [axes, value] : llvm::zip_equal(stackedAxes, scan->getStacked()))
    results.stacked.push_back(result(value, axes, ElementKind::Float));
  return results;
}

} // namespace rondo::keras
