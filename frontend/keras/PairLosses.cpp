//===- PairLosses.cpp - Losses of pairs of samples and of alignments ------===//
//
// The losses of Keras that do not compare numbers with numbers one by one: `circle`, of how
// near embeddings of one class are to each other, and `ctc`, of all ways in which a sequence
// of classes can be read from the steps of an output.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/MeasureParts.h"

namespace rondo::keras {
namespace {

/// The logarithm of nothing: so low that it adds nothing, and yet a number, whose gradient is 0.
constexpr double kLogOfZero = -1e30;

/// Whether the output has so many axes; `what` are they. False after a report.
bool checkRank(const Measure &measure, const Comparison &c, size_t rank, llvm::StringRef what) {
  if (c.prediction->rank() == rank)
    return true;
  c.graph.session.in.report(Code::RankMismatch, measure.place,
                            "`{}` takes {}, and '{}' has shape {}", measure.name, what, c.output,
                            c.prediction->shape());
  return false;
}

/// ln(exp(x) + exp(y)), from the larger one.
Tensor *logOfSum(GraphBuilder &graph, Tensor *x, Tensor *y) {
  Tensor *larger = graph.binary<MaximumOp>(x, y);
  auto share = [&](Tensor *of) { return graph.unary<ExpOp>(graph.binary<SubOp>(of, larger)); };
  return graph.binary<AddOp>(graph.unary<LogOp>(graph.binary<AddOp>(share(x), share(y))), larger);
}

/// The same along the last axis, which disappears.
Tensor *logOfSums(GraphBuilder &graph, Tensor *x) {
  const int64_t last = int64_t(x->rank()) - 1;
  Tensor *largest = graph.reduce(ReduceKind::max, x, {last}, /*keep=*/true);
  Tensor *shares = graph.unary<ExpOp>(graph.binary<SubOp>(x, largest));
  Tensor *sum = graph.reduce(ReduceKind::sum, shares, {last}, /*keep=*/true);
  return graph.squeeze(graph.binary<AddOp>(graph.unary<LogOp>(sum), largest), {last});
}

//===----------------------------------------------------------------------===//
// Circle
//===----------------------------------------------------------------------===//

Tensor *circle(const Measure &measure, const Comparison &c) {
  if (!checkRank(measure, c, 2, "one embedding for each sample, (batch, features)"))
    return nullptr;
  GraphBuilder &graph = c.graph;
  auto add = [&](Tensor *x, double y) { return graph.binary<AddOp>(x, graph.scalar(y)); };
  auto negative = [&](Tensor *x) { return graph.unary<NegOp>(x); };
  auto bounded = [&](Tensor *x) { return graph.binary<MaximumOp>(x, graph.scalar(0.0)); };
  Tensor *products = graph.contract(c.prediction, c.prediction, {}, {}, {1}, {1});
  if (!products)
    return nullptr;
  Tensor *distances = bounded(oneMinus(graph, products));

  auto same = [&](Tensor *x) {
    return graph.compare(ComparePredicate::eq, graph.expandDims(x, 1), graph.expandDims(x, 0));
  };
  Tensor *isOfClass = same(c.target), *isOther = oneMinus(graph, isOfClass);
  if (measure.removesDiagonal)
    isOfClass =
        graph.binary<MulOp>(isOfClass, oneMinus(graph, same(graph.range(c.prediction->size(0)))));
  // How far each pair is from where it should be weighs how much that counts.
  const double margin = measure.margin, gamma = measure.gamma;
  Tensor *nearWeights = bounded(graph.binary<MulOp>(add(distances, margin), isOfClass));
  Tensor *farWeights = bounded(graph.binary<MulOp>(add(negative(distances), 1 + margin), isOther));
  Tensor *near = graph.binary<MulOp>(nearWeights, add(negative(distances), margin));
  Tensor *far = graph.binary<MulOp>(farWeights, add(negative(distances), 1 - margin));
  auto gathered = [&](Tensor *mask, Tensor *values, double factor) {
    Tensor *chosen =
        graph.select(graph.toBool(mask), scaled(graph, values, factor), graph.scalar(kLogOfZero));
    return chosen ? logOfSums(graph, chosen) : nullptr;
  };
  Tensor *total =
      graph.binary<AddOp>(gathered(isOfClass, near, -gamma), gathered(isOther, far, gamma));
  // ln(1 + exp(x))
  Tensor *rest = graph.unary<Log1pOp>(graph.unary<ExpOp>(negative(graph.unary<AbsOp>(total))));
  return graph.binary<AddOp>(bounded(total), rest);
}

/// Keras masks samples without a loss.
Tensor *hasLoss(const Measure &measure, const Comparison &c) {
  return c.graph.compare(ComparePredicate::gt, circle(measure, c), c.graph.scalar(0.0));
}

//===----------------------------------------------------------------------===//
// Connectionist temporal classification
//===----------------------------------------------------------------------===//

// The ways of reading labels l₁ … lₙ from steps are those through the states b₀ l₁ b₁ … lₙ bₙ,
// where b are blanks: each step stays in its state, goes on to the next one, or skips a blank
// between labels that differ. `blanks` and `labels` are the logarithms of the probability of being
// in each state behind a step. There is no l₀; its place makes both one length.
Tensor *ctc(const Measure &measure, const Comparison &c) {
  if (!checkRank(measure, c, 3, "logits for each step, (batch, steps, classes)"))
    return nullptr;
  std::optional<int64_t> classes = classCount(measure, c);
  if (!classes)
    return nullptr;
  GraphBuilder &graph = c.graph;
  Tensor *zero = graph.scalar(0.0), *nothing = graph.scalar(kLogOfZero);
  Tensor *logits = graph.logSoftmax(c.prediction, 2);
  const Axis batch = c.prediction->axes[0];
  const Axis one{DimExpr(1), AxisMeaning::One};

  // With a place in front.
  Tensor *labels = graph.concatenate({graph.filled(0.0, {batch, one}), graph.toFloat(c.target)}, 1);
  if (!labels || !logits)
    return nullptr;
  const Axis places = labels->axes[1];
  const DimExpr length = c.target->size(1);
  Tensor *numbers = graph.range(places.size);
  Tensor *isFirst = graph.predicate(ComparePredicate::eq, numbers, zero);
  auto onePlaceLater = [&](Tensor *x, double first) {
    Tensor *front = graph.filled(first, {batch, one});
    return graph.concatenate(
        {front, graph.slice(x, {DimExpr(0), DimExpr(0)}, {x->size(0), length})}, 1);
  };
  Tensor *isRepeated = graph.predicate(ComparePredicate::eq, labels, onePlaceLater(labels, -1.0));
  // What each step gives each label, and the blank.
  Tensor *ofLabels =
      graph.contract(logits, graph.oneHot(graph.toInt(labels), *classes), {0}, {0}, {2}, {2});
  Tensor *ofBlank = graph.part(logits, 2, 0, 1);

  if (!ofLabels || !ofBlank)
    return nullptr;
  const Axes states{batch, places};
  Tensor *everywhere = graph.filled(1.0, states);
  Tensor *starts =
      graph.select(graph.toBool(everywhere), graph.select(isFirst, zero, nothing), nothing);
  auto step = [&](const std::vector<Tensor *> &before,
                  const std::vector<Tensor *> &slices) -> std::optional<GraphBuilder::ScanStep> {
    Tensor *blanks = before[0], *read = before[1];
    Tensor *skipping = graph.select(isRepeated, nothing, onePlaceLater(read, kLogOfZero));
    Tensor *arriving = logOfSum(graph, onePlaceLater(blanks, kLogOfZero), skipping);
    Tensor *nextRead = graph.binary<AddOp>(logOfSum(graph, read, arriving), slices[0]);
    nextRead = graph.select(isFirst, nothing, nextRead);
    Tensor *nextBlanks = graph.binary<AddOp>(logOfSum(graph, blanks, read), slices[1]);
    if (!nextRead || !nextBlanks)
      return std::nullopt;
    return GraphBuilder::ScanStep{{nextBlanks, nextRead}, {}};
  };
  auto results = graph.scan(c.prediction->axes[1], {starts, graph.filled(kLogOfZero, states)},
                            {ofLabels, ofBlank}, step);
  if (!results)
    return nullptr;

  // The reading ends in the last label or behind it. What is 0 is no label.
  Tensor *isLabel = graph.compare(ComparePredicate::ne, c.target, graph.scalar(0.0));
  Tensor *count = graph.reduce(ReduceKind::sum, isLabel, {1}, /*keep=*/true);
  Tensor *isLast = graph.predicate(ComparePredicate::eq, numbers, count);
  auto last = [&](Tensor *x) {
    return graph.reduce(ReduceKind::sum, graph.select(isLast, x, zero), {1});
  };
  Tensor *loss =
      graph.unary<NegOp>(logOfSum(graph, last(results->carries[0]), last(results->carries[1])));
  // Of labels that the steps do not suffice for about what Keras has, which takes the smallest
  // double for no probability; they have no gradient.
  constexpr double lossOfNothing = 708.3964185322641;
  Tensor *isReadable = graph.predicate(ComparePredicate::lt, loss, graph.scalar(-kLogOfZero / 2));
  return graph.select(isReadable, loss, graph.scalar(lossOfNothing));
}

const MeasureFunction functions[] = {
    {"circle",
     TargetKind::Labels,
     circle,
     "Circle",
     nullptr,
     "gamma=80.0, margin=0.4, remove_diagonal=True",
     {},
     {},
     nullptr,
     FunctionOf::Losses,
     hasLoss},
    {"ctc", TargetKind::Sequences, ctc, "CTC", nullptr, "", {}, {}, nullptr, FunctionOf::Losses},
};

} // namespace

llvm::ArrayRef<MeasureFunction> pairLosses() { return functions; }

} // namespace rondo::keras
