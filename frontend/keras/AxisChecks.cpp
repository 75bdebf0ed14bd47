//===- AxisChecks.cpp - Sizes that agree, axes that do not ----------------===//
//
// Softmax, sums, products, reshapes and elementwise operations against the meaning
// of the axes that they run along.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"

namespace rondo::keras {

using diagnostics::Diagnostic;

Diagnostic &noteMade(Diagnostic &diagnostic, std::initializer_list<const Tensor *> tensors) {
  std::vector<SourceRange> noted{diagnostic.range};
  for (const Tensor *tensor : tensors) {
    const Tensor *made = tensor->outermost();
    if (!made->place || llvm::is_contained(noted, made->place))
      continue;
    noted.push_back(made->place);
    diagnostic.note(made->place, "'{}' is made here: {}", made->origin, made->shapeInWords());
  }
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// Elementwise operations
//===----------------------------------------------------------------------===//

bool mixesSteps(const Axis &a, const Axis &b) {
  if (a.softmax || b.softmax)
    return false;
  const Axis &features = a.is(AxisMeaning::Features) ? a : b, &steps = &features == &a ? b : a;
  return features.is(AxisMeaning::Features) && !features.operand && steps.is(AxisMeaning::Time);
}

/// Whether it has samples: a weight has none, and its axes are made to fit whatever they meet.
static bool hasBatch(const Tensor *x) {
  return llvm::any_of(x->axes, [](const Axis &axis) { return axis.is(AxisMeaning::Batch); });
}

/// Whether another axis of `x` has the same steps as this one.
static bool hasStepsElsewhere(const Tensor *x, size_t except, const Axis &steps) {
  for (size_t i = 1; i < x->rank(); ++i)
    if (i != except && x->axes[i].is(AxisMeaning::Time) && x->axes[i].source == steps.source)
      return true;
  return false;
}

bool isRecurrent(const Operation *operation) {
  return operation && (operation->className == "LSTM" || operation->className == "GRU" ||
                       operation->className == "SimpleRNN");
}

/// A value for each step that meets the features of all: the mend.
static void helpWithSteps(Diagnostic &diagnostic, const Tensor *x, const Tensor *sequence) {
  const Tensor *weights = x->outermost();
  if (weights->rank() == 0)
    return;
  size_t last = weights->rank() - 1;
  if (weights->axes[last].is(AxisMeaning::Time) && weights->rank() < sequence->rank())
    diagnostic.help("one number for each step needs a last axis: `Reshape(({}, 1))` of '{}'",
                    weights->size(last).getConstant() ? weights->size(last).str() : "-1",
                    weights->origin);
}

void checkMeeting(GraphBuilder &graph, const Tensor *x, const Tensor *y) {
  if (!x || !y || !hasBatch(x) || !hasBatch(y))
    return;
  std::optional<std::pair<size_t, size_t>> first;
  bool isCertain = false, isCrossed = false, stepsAreOfX = false;
  for (size_t fromEnd = 1; fromEnd <= std::min(x->rank(), y->rank()); ++fromEnd) {
    size_t i = x->rank() - fromEnd, j = y->rank() - fromEnd;
    const Axis &a = x->axes[i], &b = y->axes[j];
    DimExpr left = x->size(i), right = y->size(j);
    bool fits = !isOne(left) && !isOne(right) &&
                (left == right || !left.isConstant() || !right.isConstant());
    if (!fits || !mixesSteps(a, b))
      continue;
    bool isOfX = a.is(AxisMeaning::Time);
    const Axis &features = isOfX ? b : a;
    // Transposed in one of them, or a vector of units against one of steps.
    isCrossed |= first && stepsAreOfX != isOfX;
    isCertain |= isCrossed;
    isCertain |= isOfX ? hasStepsElsewhere(y, j, a) : hasStepsElsewhere(x, i, b);
    isCertain |= x->rank() == 2 && y->rank() == 2 && isRecurrent(features.source);
    if (!first)
      first = {i, j};
    stepsAreOfX = isOfX;
  }
  if (!isCertain)
    return;
  auto [i, j] = *first;
  Diagnostic &diagnostic =
      graph.session.in.report(Code::AxesDisagree, graph.place, "{} lines up {} with {}",
                              graph.callee, axisName(x, i), axisName(y, j));
  noteMade(diagnostic, {x, y});
  if (isCrossed)
    diagnostic.help("`Permute((2, 1))` of one of them brings steps to steps and features to "
                    "features");
  helpWithSteps(diagnostic, x, y);
  helpWithSteps(diagnostic, y, x);
}

void reportMeeting(GraphBuilder &graph, const Tensor *x, size_t axisOfX, const Tensor *y,
                   size_t axisOfY) {
  const Axis &a = x->axes[axisOfX], &b = y->axes[axisOfY];
  Diagnostic &diagnostic = graph.session.in.report(
      Code::ShapeMismatch, graph.place, "{} of shapes {} and {} lines up {} with {}", graph.callee,
      x->shape(), y->shape(), axisName(x, axisOfX), axisName(y, axisOfY));
  noteMade(diagnostic, {x, y});
  bool isBatch = a.is(AxisMeaning::Batch) != b.is(AxisMeaning::Batch);
  diagnostic.help("sizes that meet, counted from the last axis, are equal or 1");
  if (isBatch && x->rank() != y->rank())
    diagnostic.help("an axis behind the batch keeps the samples together: "
                    "`keras.ops.expand_dims(…, 1)` of '{}'",
                    (x->rank() < y->rank() ? x : y)->origin);
  bool isTransposed =
      x->rank() == 3 && y->rank() == 3 && x->size(1) == y->size(2) && x->size(2) == y->size(1);
  if (isTransposed)
    diagnostic.help("they fit when one is transposed: `Permute((2, 1))` of '{}'",
                    y->axes[1].is(AxisMeaning::Copies) || !x->axes[1].is(AxisMeaning::Copies)
                        ? y->origin
                        : x->origin);
  if (a.is(AxisMeaning::Features) && b.is(AxisMeaning::Time))
    helpWithSteps(diagnostic, y, x);
  if (a.is(AxisMeaning::Time) && b.is(AxisMeaning::Features))
    helpWithSteps(diagnostic, x, y);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Whether the weights of `x` that a product sums along `summed` add up to 1 along another
/// axis, of steps or of features.
static void checkWeightsOf(GraphBuilder &graph, const Tensor *x, size_t summed,
                           const Axis &values) {
  const Axis &axis = x->axes[summed];
  if (axis.softmax || !axis.is(AxisMeaning::Time) || !values.is(AxisMeaning::Time) ||
      isOne(x->size(summed)))
    return;
  for (size_t i = 1; i < x->rank(); ++i) {
    const Axis &normalized = x->axes[i];
    bool isWrong = normalized.softmax && !isOne(x->size(i)) &&
                   (normalized.is(AxisMeaning::Time) ||
                    (normalized.is(AxisMeaning::Features) && !normalized.operand));
    if (!isWrong || llvm::is_contained(graph.session.countedSoftmaxes, normalized.softmax))
      continue;
    graph.session.in
        .report(Code::SoftmaxAxis, normalized.softmax,
                "the softmax shares 1 out over {}, but its result weighs {}", axisName(x, i),
                axisName(x, summed))
        .note(graph.place, "{} sums over the steps here", graph.callee)
        .help("take the softmax along the axis that is summed, {} of {}: `Softmax(axis={})`",
              summed, x->shape(), summed);
    return;
  }
}

void checkWeights(GraphBuilder &graph, const Tensor *x, size_t axisOfX, const Tensor *y,
                  size_t axisOfY) {
  checkWeightsOf(graph, x, axisOfX, y->axes[axisOfY]);
  checkWeightsOf(graph, y, axisOfY, x->axes[axisOfX]);
}

/// Whether it may be a matrix of neighbours, or of a number for each pair of steps: an input of
/// n by n as it is.
static bool mayBeMatrix(const Tensor *x) {
  const Operation *maker = x->maker();
  return maker && maker->isInput && x->rank() == 3 && x->size(1) == x->size(2);
}

void checkContraction(GraphBuilder &graph, const Tensor *x, size_t axisOfX, const Tensor *y,
                      size_t axisOfY) {
  if (!hasBatch(x) || !hasBatch(y))
    return;
  if (!mixesSteps(x->axes[axisOfX], y->axes[axisOfY]) || mayBeMatrix(x) || mayBeMatrix(y)) {
    checkWeights(graph, x, axisOfX, y, axisOfY);
    return;
  }
  Diagnostic &diagnostic =
      graph.session.in.warn(Code::DotContractsTime, graph.place, "{} contracts {} with {}",
                            graph.callee, axisName(x, axisOfX), axisName(y, axisOfY));
  noteMade(diagnostic, {x, y})
      .help("scores of steps against steps sum over the features of both: transpose '{}' with "
            "`keras.ops.transpose(…, (0, 2, 1))`",
            y->origin);
}

void reportProduct(GraphBuilder &graph, const Tensor *x, const Tensor *y) {
  size_t inner = x->rank() - 1, other = y->rank() - 2;
  Diagnostic &diagnostic = graph.session.in.report(
      Code::ShapeMismatch, graph.place, "{} of shapes {} and {} contracts {} with {}", graph.callee,
      x->shape(), y->shape(), axisName(x, inner), axisName(y, other));
  noteMade(diagnostic, {x, y})
      .help("the last axis of the left operand and the last but one of the right have one size");
  if (x->rank() == 3 && y->rank() == 3 && x->size(2) == y->size(2))
    diagnostic.help("for scores of every step against every step transpose the right one: "
                    "`keras.ops.transpose(…, (0, 2, 1))` of '{}'",
                    y->origin);
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

static void reportSoftmaxOfOne(GraphBuilder &graph, const Tensor *x, size_t axis,
                               SourceRange place) {
  Diagnostic &diagnostic = graph.session.in.report(
      Code::SoftmaxOfOne, place, "{} of '{}' runs along an axis of one element: it is always 1",
      graph.callee, x->origin);
  noteMade(diagnostic, {x});
  if (x->rank() == 3 && axis == 2)
    diagnostic.help("weights for the {} need a softmax along them: `Softmax(axis=1)` of the scores",
                    describe(x->axes[1].meaning));
  else
    diagnostic.help("`sigmoid` makes a probability of one number; a softmax has one for each "
                    "class");
}

void checkSoftmax(GraphBuilder &graph, const Tensor *x, size_t axis, SourceRange place) {
  const Axis &along = x->axes[axis];
  if (along.is(AxisMeaning::Batch)) {
    noteMade(graph.session.in
                 .report(Code::SoftmaxAxis, place,
                         "{} along axis 0 shares 1 out among the samples of the batch",
                         graph.callee)
                 .help("axis 0 is the batch; the axes of a sample start at 1, and -1 is the last"),
             {x});
    return;
  }
  if (isOne(x->size(axis))) {
    if (!along.is(AxisMeaning::Time))
      reportSoftmaxOfOne(graph, x, axis, place);
    return;
  }
  if (auto first = x->value.getDefiningOp<SoftmaxOp>(); first && first.getAxis() == axis) {
    graph.session.in
        .report(Code::SoftmaxOfSoftmax, place,
                "{} of '{}', whose {} elements along this axis add up to 1 already: the shares "
                "become nearly equal",
                graph.callee, x->origin, x->size(axis).str())
        .note(along.softmax ? along.softmax : x->place, "the first softmax")
        .help("one softmax is enough: leave either of them out");
    return;
  }
  // Scores have an axis of steps from each operand: features of one are left where the
  // product has summed over its steps. What was projected to fewer positions has none (Linformer).
  auto isTime = [](const Axis &other) { return other.is(AxisMeaning::Time); };
  bool isOfScores = along.is(AxisMeaning::Features) && along.operand &&
                    llvm::any_of(along.operand->axes, isTime) &&
                    llvm::any_of(x->axes, [&](const Axis &other) {
                      return isTime(other) && other.operand && !other.hasContexts;
                    });
  if (isOfScores)
    noteMade(graph.session.in
                 .report(Code::SoftmaxAxis, place,
                         "{} of '{}' shares 1 out over {}: weights for attention are shared out "
                         "over time steps",
                         graph.callee, x->origin, axisName(x, axis))
                 .help("scores of every step against every step have shape (batch, steps, steps)"),
             {x});
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// A tanh Dense on a sequence that gives the queries of a sum: it is often taken for one
/// "learnable query vector".
static void checkQueries(Session &session, const Tensor *queries) {
  const Operation *maker = queries ? queries->maker() : nullptr;
  if (!maker || maker->className != "Dense" || queries->rank() != 3 ||
      !queries->value.getDefiningOp<TanhOp>())
    return;
  const Tensor *states = queries->outermost()->node->inputs.front();
  noteMade(session.in.report(Code::QueryPerStep, queries->place,
                             "'{}' makes one query for each of {}, not one query vector that is "
                             "learnt",
                             queries->origin, axisName(states, 1)),
           {states})
      .help("a single query is the last state, `[:, -1:, :]` of '{}'", states->origin)
      .help("to learn what to look at, score each step by `Dense(1)` of '{}', take "
            "`Softmax(axis=1)` of that, and sum the steps with these weights",
            states->origin);
}

void checkReduction(GraphBuilder &graph, const Tensor *x, llvm::ArrayRef<int64_t> axes,
                    const BoundArguments::Slot &axisSlot, bool isSum) {
  Session &session = graph.session;
  for (int64_t index : axes) {
    const Axis &axis = x->axes[index];
    if (axis.is(AxisMeaning::Batch)) {
      if (session.tracesMeasure)
        continue;
      bool isNamed = axisSlot.given && !axisSlot.value.isNone();
      SourceRange place = isNamed ? axisSlot.place : graph.place;
      noteMade(session.in
                   .warn(Code::BatchAxis, place, "{} {} mixes the samples of the batch: '{}' is {}",
                         graph.callee, isNamed ? "along axis 0" : "without `axis`", x->origin,
                         x->shapeInWords())
                   .help("axis 0 is the batch; the axes of a sample start at 1"),
               {});
      // What a layer adds to the loss is known when the file has ended.
      session.atEnd.push_back([&session, x, place] {
        if (session.partsOfLosses.contains(x->value))
          session.in.engine.withdraw(Code::BatchAxis, place);
      });
      return;
    }
    // Weights that are themselves summed over the steps tell how much each feature gets.
    for (const Axis &other : x->axes)
      if (axis.is(AxisMeaning::Time) && !axis.softmax && other.softmax)
        session.countedSoftmaxes.push_back(other.softmax);
    if (!isSum || !axis.hasContexts || isOne(x->size(index)))
      continue;
    std::string mean = graph.callee;
    if (size_t at = mean.rfind("sum"); at != std::string::npos)
      mean.replace(at, 3, "mean");
    noteMade(
        session.in
            .report(Code::SumOverQueries, graph.place,
                    "{} sums the contexts of {}: the result grows with the number of steps",
                    graph.callee, axisName(x, index))
            .help("{} does not grow; or ask with a single query, whose context needs no sum", mean),
        {x});
    checkQueries(session, axis.operand);
    return;
  }
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// The axes of a sample that have more than one element.
static llvm::SmallVector<size_t> properAxes(const Tensor *x) {
  llvm::SmallVector<size_t> axes;
  for (size_t i = 1; i < x->rank(); ++i)
    if (!isOne(x->size(i)))
      axes.push_back(i);
  return axes;
}

/// Replaces the constructor of a `Reshape` by a Permute, importing it if need be.
static void fixWithPermute(Interpreter &in, Diagnostic &diagnostic, SourceRange layerPlace) {
  llvm::StringRef text = layerPlace.text();
  size_t open = text.find('(');
  if (open == llvm::StringRef::npos || !text.take_front(open).ends_with("Reshape"))
    return;
  bool isMember = text.take_front(open).contains('.');
  bool isKnown = isMember || in.global("Permute");
  if (!isKnown && in.importPlaces.empty())
    return;
  diagnostic.fix(layerPlace,
                 fmt::format("{}Permute((2, 1))", text.take_front(open - strlen("Reshape"))));
  if (!isKnown)
    diagnostic.fix(in.importPlaces.front().before(), "from keras.layers import Permute\n");
}

void checkReshape(GraphBuilder &graph, const Tensor *x, const Tensor *result,
                  SourceRange layerPlace) {
  llvm::SmallVector<size_t> from = properAxes(x), to = properAxes(result);
  if (x->rank() == 0 || result->rank() == 0 || !result->axes[0].is(AxisMeaning::Batch) ||
      from.size() != 2)
    return;
  const Axis &first = x->axes[from[0]], &second = x->axes[from[1]];
  DimExpr steps = x->size(from[0]), features = x->size(from[1]);
  bool isSequence = first.is(AxisMeaning::Time) || second.is(AxisMeaning::Time);
  if (!isSequence || steps == features)
    return;
  auto sizeOf = [&](size_t i) { return result->size(to[i]); };
  auto warn = [&]() -> Diagnostic & {
    return noteMade(graph.session.in.report(
                        Code::ReshapeMixesAxes, graph.place,
                        "{} from {} to {} mixes {} with {}: a reshape keeps the order of the "
                        "elements and transposes nothing",
                        graph.callee, x->shape(), result->shape(), axisName(x, from[0]),
                        axisName(x, from[1])),
                    {x});
  };
  if (to.size() == 2 && sizeOf(0) == features && sizeOf(1) == steps) {
    Diagnostic &diagnostic = warn().help("`Permute((2, 1))` swaps the two axes");
    if (layerPlace && x->rank() == 3 && result->rank() == 3)
      fixWithPermute(graph.session.in, diagnostic, layerPlace);
  } else if (to.size() == 3 && sizeOf(1) == steps && sizeOf(0) != steps &&
             sizeOf(0) * sizeOf(2) == features) {
    warn().help("heads that come first are `Reshape(({}, {}, {}))`, then `Permute((2, 1, 3))`",
                steps.getConstant() ? steps.str() : "-1", sizeOf(0).str(), sizeOf(2).str());
  }
}

} // namespace rondo::keras
