//===- MergingLayers.cpp - Dot, Concatenate, Add and its family -----------===//
//
// Keras' layers/merging. Sizes say whether tensors fit; what their axes mean
// says whether that is what was intended.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {
namespace {

//===----------------------------------------------------------------------===//
// Dot
//===----------------------------------------------------------------------===//

/// Contracts one axis of each tensor, sample by sample: the result has the other
/// axes of the first, then those of the second.
class Dot : public Layer {
public:
  static constexpr const char *kerasName = "Dot";
  static constexpr const char *parameters = "axes, normalize=False";

  explicit Dot(Config &config)
      : Layer(config, kerasName), axesPlace(config.get("axes").place),
        normalize(config.boolean("normalize")) {
    const BoundArguments::Slot &slot = config.get("axes");
    if (slot.value.isInt()) {
      axes = {*slot.value.asInteger(), *slot.value.asInteger()};
    } else if (auto pair = config.integers("axes")) {
      axes = *pair;
      if (axes.size() != 2)
        config.reject(slot, "axes", "an axis or a pair of axes");
    }
  }

  Arity arity() const override { return Arity::List; }
  bool isFunction() const override { return true; }
  bool supportsMasking() const override { return true; }
  std::vector<Tensor *> computeMask(MaskCall &, const std::vector<Tensor *> &) override {
    return {nullptr};
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    if (call.inputs.size() != 2) {
      session.in.report(Code::InputCount, call.place, "`Dot` is called on two tensors, got {}",
                        call.inputs.size());
      return {};
    }
    Tensor *x = call.inputs[0], *y = call.inputs[1];
    if (!checkRank(call, x, 2, SIZE_MAX) || !checkRank(call, y, 2, SIZE_MAX))
      return {};
    auto i = checkAxis(session, axes[0], x->rank(), kerasName, axesPlace);
    auto j = checkAxis(session, axes[1], y->rank(), kerasName, axesPlace);
    if (!i || !j)
      return {};
    if (*i == 0 || *j == 0) {
      session.in
          .report(Code::BatchAxis, axesPlace, "`Dot` along axis 0 would mix samples of the batch")
          .help("axis 0 is the batch; the axes of a sample start at 1");
      return {};
    }
    if (!session.unify(x->axes[0].size, y->axes[0].size)) {
      session.in.report(Code::ShapeMismatch, call.place,
                        "`Dot` of '{}' of shape {} and '{}' of shape {}: the batches differ",
                        x->origin, x->shape(), y->origin, y->shape());
      return {};
    }
    size_t errors = session.in.engine.errorCount();
    Tensor *assumed = checkSizes(call, x, y, *i, *j);
    if (session.in.engine.errorCount() != errors)
      return {assumed};
    if (normalize) {
      x = buildNormalized(call.graph, x, {*i}, epsilon);
      y = buildNormalized(call.graph, y, {*j}, epsilon);
    }
    Tensor *result = call.graph.contract(x, y, {0}, {0}, {*i}, {*j});
    if (result && result->rank() == 1)
      result = call.graph.expandDims(result, 1);
    return {result};
  }

private:
  /// Reports sizes that differ, and features that meet time steps whatever their
  /// sizes are. Where the mend is clear, evaluation goes on with what it gives.
  Tensor *checkSizes(LayerCall &call, Tensor *x, Tensor *y, int64_t i, int64_t j) {
    bool agree = x->size(i) == y->size(j);
    bool mixes = mixesSteps(x->axes[i], y->axes[j]);
    if (!mixes && (agree || session.unify(x->axes[i].size, y->axes[j].size))) {
      checkWeights(call.graph, x, i, y, j);
      return nullptr;
    }
    std::string message = fmt::format("`Dot(axes=({}, {}))` contracts {} with {}", i, j,
                                      axisName(x, i), axisName(y, j));
    Code code =
        mixes || meetSteps(x->axes[i], y->axes[j]) ? Code::DotContractsTime : Code::DotSizes;
    // Where the sizes agree Keras says nothing: it may still be meant.
    diagnostics::Diagnostic &diagnostic = agree
                                              ? session.in.warn(code, call.place, "{}", message)
                                              : session.in.report(code, call.place, "{}", message);
    noteMade(diagnostic, {x, y});
    std::optional<std::pair<int64_t, int64_t>> mend = mendedAxes(x, y);
    if (!mend) {
      helpWithSizes(diagnostic, x, i, y, j);
      return nullptr;
    }
    bool isAverage = x->axes[mend->first].softmax || y->axes[mend->second].softmax;
    bool areSequences = x->rank() == 3 && y->rank() == 3;
    diagnostic.help("{} need `axes=({}, {})`",
                    isAverage ? "averages of the steps by their weights"
                    : areSequences
                        ? "scores of every step against every step, (batch, steps, steps),"
                        : "scores that compare features with features",
                    mend->first, mend->second);
    if (axesPlace != call.place)
      diagnostic.fix(axesPlace, fmt::format("({}, {})", mend->first, mend->second));
    return agree ? nullptr : call.graph.contract(x, y, {0}, {0}, {mend->first}, {mend->second});
  }

  /// Whether they are time steps and features, although one of them has been normalized
  /// or is left from a product.
  static bool meetSteps(const Axis &a, const Axis &b) {
    return (a.is(AxisMeaning::Time) && b.is(AxisMeaning::Features)) ||
           (a.is(AxisMeaning::Features) && b.is(AxisMeaning::Time));
  }

  /// The axes that would fit, if there is one such pair: the weights of a softmax belong
  /// to the steps of the other tensor, and scores compare features with features.
  static std::optional<std::pair<int64_t, int64_t>> mendedAxes(const Tensor *x, const Tensor *y) {
    auto find = [](const Tensor *tensor, auto accepts) -> std::optional<int64_t> {
      for (size_t axis = 1; axis < tensor->rank(); ++axis)
        if (accepts(tensor->axes[axis]))
          return axis;
      return std::nullopt;
    };
    auto isNormalized = [](const Axis &axis) { return bool(axis.softmax); };
    auto isTime = [](const Axis &axis) { return axis.is(AxisMeaning::Time); };
    auto isFeatures = [](const Axis &axis) { return axis.is(AxisMeaning::Features); };
    auto left = find(x, isNormalized), right = find(y, isNormalized);
    if (left && !right)
      right = find(y, isTime);
    else if (right && !left)
      left = find(x, isTime);
    else if (!left && !right)
      left = find(x, isFeatures), right = find(y, isFeatures);
    if (left && right && x->size(*left) == y->size(*right))
      return std::pair(*left, *right);
    return std::nullopt;
  }

  /// What helps where no axes fit.
  void helpWithSizes(diagnostics::Diagnostic &diagnostic, const Tensor *x, int64_t i,
                     const Tensor *y, int64_t j) {
    const Axis &a = x->axes[i], &b = y->axes[j];
    if (a.is(AxisMeaning::Features) && b.is(AxisMeaning::Features)) {
      diagnostic.help("a `Dense({})` on '{}' brings both to one size", y->size(j).str(), x->origin);
      return;
    }
    bool isOfLayers = !a.operand && !b.operand && x->rank() == 3 && y->rank() == 3;
    if (isOfLayers && x->axes[2].is(AxisMeaning::Features) && y->axes[2].is(AxisMeaning::Features))
      diagnostic.help("scores of every step against every step are `axes=(2, 2)`, after a "
                      "`Dense({})` on '{}' has brought both to one size",
                      y->size(2).str(), x->origin);
    for (const Axis *weights : {&a, &b})
      if (weights->is(AxisMeaning::Time) && weights->operand)
        diagnostic.help("these weights are for the steps of '{}': contract with that tensor",
                        weights->operand->origin);
  }

  /// Below this norm a vector is scaled by 1 / epsilon instead of to norm 1.
  static constexpr double epsilon = 1e-7;

  std::vector<int64_t> axes{1, 1};
  SourceRange axesPlace;
  bool normalize;
};

//===----------------------------------------------------------------------===//
// Concatenate
//===----------------------------------------------------------------------===//

class Concatenate : public Layer {
public:
  static constexpr const char *kerasName = "Concatenate";
  static constexpr const char *parameters = "axis=-1";

  explicit Concatenate(Config &config)
      : Layer(config, kerasName), axis(config.integer("axis")),
        axisPlace(config.get("axis").place) {}

  Arity arity() const override { return Arity::List; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    if (call.inputs.empty()) {
      session.in.report(Code::InputCount, call.place, "`Concatenate` of no tensors");
      return {};
    }
    auto checked =
        checkConcatenation(session, call.inputs, axis, "`Concatenate`", call.place, axisPlace);
    if (!checked)
      return {};
    for (Tensor *other : llvm::drop_begin(call.inputs))
      checkMeeting(call.graph, call.inputs.front(), other);
    return {call.graph.concatenate(call.inputs, *checked)};
  }

  bool supportsMasking() const override { return true; }
  /// Masks as large as the inputs are joined as the inputs are; a step counts if anything in it
  /// does. So an input without a mask makes all steps count along the features.
  std::vector<Tensor *> computeMask(MaskCall &masks, const std::vector<Tensor *> &given) override {
    if (!firstMask(given))
      return {nullptr};
    GraphBuilder &graph = masks.graph;
    std::vector<Tensor *> spread;
    for (auto [x, mask] : llvm::zip_equal(masks.call.inputs, given)) {
      Axes axes = afterArithmetic(x->axes);
      auto everywhere = [&](double value) { return graph.toBool(graph.filled(value, axes)); };
      if (!mask) {
        spread.push_back(masks.made("OnesLike", {x}, everywhere(1.0)));
      } else if (mask->rank() < x->rank()) {
        Tensor *column = graph.expandDims(graph.toBool(mask), mask->rank());
        column = masks.made("ExpandDims", {mask}, column);
        spread.push_back(masks.either(column, masks.made("ZerosLike", {x}, everywhere(0.0))));
      } else {
        spread.push_back(graph.toBool(mask));
      }
      if (!spread.back() || spread.back()->rank() != x->rank())
        return {nullptr};
    }
    auto joinedAxis = axis < 0 ? axis + int64_t(spread.front()->rank()) : axis;
    Tensor *joined = masks.made("Concatenate", spread, graph.concatenate(spread, joinedAxis));
    return {masks.made("Any", {joined}, anyOverLast(graph, joined))};
  }

private:
  int64_t axis;
  SourceRange axisPlace;
};

//===----------------------------------------------------------------------===//
// Elementwise merging
//===----------------------------------------------------------------------===//

/// Layers that combine tensors elementwise, from left to right.
template <typename Op> class Merge : public Layer {
public:
  static constexpr const char *parameters = "";
  Merge(Config &config, const char *name) : Layer(config, name) {}

  Arity arity() const override { return Arity::List; }

  bool supportsMasking() const override { return true; }
  /// What counts in any of the inputs, if all of them have a mask.
  std::vector<Tensor *> computeMask(MaskCall &masks, const std::vector<Tensor *> &given) override {
    if (llvm::is_contained(given, nullptr))
      return {nullptr};
    Tensor *result = given.front();
    for (Tensor *mask : llvm::drop_begin(given))
      result = masks.either(result, mask);
    return {result};
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    if (call.inputs.empty()) {
      session.in.report(Code::InputCount, call.place, "`{}` of no tensors", typeName());
      return {};
    }
    GraphBuilder &graph = call.graph;
    std::vector<Tensor *> inputs = samplesTogether(call);
    Tensor *result = inputs.front(), *counts = countsIn(graph, result);
    if (isProduct && counts)
      result = graph.select(counts, result, graph.scalar(1.0));
    for (Tensor *input : llvm::drop_begin(inputs)) {
      checkMeeting(graph, inputs.front(), input);
      Tensor *own = countsIn(graph, input);
      if (own && (isProduct || isExtremum))
        input = graph.select(own, input, isProduct ? graph.scalar(1.0) : result);
      if (counts && isExtremum)
        result = graph.select(counts, result, input);
      result = graph.areOperands(result, input) ? graph.binary<Op>(result, input) : nullptr;
      counts = own && counts ? buildLogicalOr(graph, counts, own) : nullptr;
    }
    if (isProduct && counts)
      result = zeroWhereMasked(graph, counts, result);
    return {graph.toFloat(result)};
  }

private:
  // A step of an input that does not count is left out of products and of what is largest.
  static constexpr bool isProduct = std::is_same_v<Op, MulOp>;
  static constexpr bool isExtremum = std::is_same_v<Op, MaximumOp> || std::is_same_v<Op, MinimumOp>;

  /// Where the steps of an input count, to meet its elements; null where all do.
  static Tensor *countsIn(GraphBuilder &graph, const Tensor *input) {
    Tensor *mask = isProduct || isExtremum ? graph.toBool(input->runMask) : nullptr;
    return mask && mask->rank() + 1 == input->rank() ? graph.expandDims(mask, mask->rank())
                                                     : nullptr;
  }

  /// The inputs with as many axes: samples meet samples, so that axes are added
  /// after the batch rather than before it.
  std::vector<Tensor *> samplesTogether(LayerCall &call) {
    std::vector<Tensor *> inputs = call.inputs;
    size_t rank = 0;
    for (const Tensor *input : inputs)
      rank = std::max(rank, input->rank());
    for (Tensor *&input : inputs) {
      Tensor *expanded = input;
      while (expanded->rank() > 0 && expanded->rank() < rank)
        expanded = call.graph.expandDims(expanded, 1);
      if (expanded == input)
        continue;
      // Messages speak of the tensor of the file.
      Tensor *given =
          std::exchange(input, session.makeTensor(expanded->value, expanded->axes,
                                                  expanded->element, input->origin, input->place));
      input->outside = given;
    }
    return inputs;
  }
};

struct Add : Merge<AddOp> {
  static constexpr const char *kerasName = "Add";
  explicit Add(Config &config) : Merge(config, kerasName) {}
};

struct Multiply : Merge<MulOp> {
  static constexpr const char *kerasName = "Multiply";
  explicit Multiply(Config &config) : Merge(config, kerasName) {}
};

struct Maximum : Merge<MaximumOp> {
  static constexpr const char *kerasName = "Maximum";
  explicit Maximum(Config &config) : Merge(config, kerasName) {}
};

struct Minimum : Merge<MinimumOp> {
  static constexpr const char *kerasName = "Minimum";
  explicit Minimum(Config &config) : Merge(config, kerasName) {}
};

struct Subtract : Merge<SubOp> {
  static constexpr const char *kerasName = "Subtract";
  explicit Subtract(Config &config) : Merge(config, kerasName) {}
  std::vector<Tensor *> apply(LayerCall &call) override {
    if (call.inputs.size() == 2)
      return Merge::apply(call);
    session.in.report(Code::InputCount, call.place, "`Subtract` is called on two tensors, got {}",
                      call.inputs.size());
    return {};
  }
};

struct Average : Merge<AddOp> {
  static constexpr const char *kerasName = "Average";
  explicit Average(Config &config) : Merge(config, kerasName) {}
  std::vector<Tensor *> apply(LayerCall &call) override {
    std::vector<Tensor *> total = Merge::apply(call);
    if (total.empty() || !total.front())
      return {};
    Tensor *count = call.graph.scalar(double(call.inputs.size()));
    return {call.graph.binary<DivOp>(total.front(), count)};
  }
};

/// What helps where a sequence meets one vector for each sample.
void helpWithRank(diagnostics::Diagnostic &diagnostic, const Tensor *sequence,
                  const Tensor *vector) {
  if (!sequence->axes[1].is(AxisMeaning::Time))
    return;
  if (auto steps = sequence->size(1).getConstant())
    diagnostic.help("for a sequence, repeat '{}' for every step: `RepeatVector({})`",
                    vector->origin, *steps);
  diagnostic.help("for one vector for each sample, take the last step of '{}', `[:, -1, :]`{}",
                  sequence->origin,
                  isRecurrent(sequence->maker()) ? ", or make it with `return_sequences=False`"
                                                 : "");
}

} // namespace

std::optional<int64_t> checkConcatenation(Session &session, const std::vector<Tensor *> &inputs,
                                          int64_t axis, llvm::StringRef callee, SourceRange place,
                                          SourceRange axisPlace) {
  Tensor *first = inputs.front();
  for (Tensor *other : inputs) {
    if (other->rank() == first->rank())
      continue;
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::ConcatRank, place, "{} of '{}' of shape {} with '{}' of shape {}: {} axes and {}",
        callee, first->origin, first->shape(), other->origin, other->shape(), first->rank(),
        other->rank());
    noteMade(diagnostic, {first, other});
    if (first->rank() == 3 && other->rank() == 2)
      helpWithRank(diagnostic, first, other);
    else if (first->rank() == 2 && other->rank() == 3)
      helpWithRank(diagnostic, other, first);
    return std::nullopt;
  }
  auto checked = checkAxis(session, axis, first->rank(), "Concatenate", axisPlace);
  if (!checked)
    return std::nullopt;
  // Weights have no batch, and what is stacked has got an axis in front of it.
  bool areBatches = llvm::any_of(
      inputs, [](const Tensor *input) { return input->axes[0].is(AxisMeaning::Batch); });
  // Inside a function heads may be put behind each other there.
  if (*checked == 0 && areBatches && session.currentTrace() == 0) {
    session.in.report(Code::BatchAxis, axisPlace, "{} along axis 0 would join batches", callee)
        .help("axis 0 is the batch; the axes of a sample start at 1");
    return std::nullopt;
  }
  for (Tensor *other : inputs)
    for (int64_t i = 0; i < int64_t(first->rank()); ++i) {
      if (i == *checked || session.unify(first->axes[i].size, other->axes[i].size))
        continue;
      diagnostics::Diagnostic &diagnostic = session.in.report(
          Code::ConcatSizes, place, "{} along axis {} of shapes {} and {} lines up {} with {}",
          callee, *checked, first->shape(), other->shape(), axisName(first, i), axisName(other, i));
      noteMade(diagnostic, {first, other})
          .help("all sizes but the one along the axis have to agree");
      // The one axis in which they differ.
      std::vector<int64_t> differing;
      for (size_t axis = 1; axis < first->rank(); ++axis)
        if (first->size(axis) != other->size(axis))
          differing.push_back(axis);
      if (differing.size() == 1)
        diagnostic.help("they differ in axis {} only: `axis={}` joins them", differing.front(),
                        differing.front());
      return std::nullopt;
    }
  return checked;
}

void addMergingLayers(Catalogue &catalogue) {
  catalogue.addMergingLayer<Dot>("dot", "axes=-1, normalize=False");
  catalogue.addMergingLayer<Concatenate>("concatenate");
  catalogue.addMergingLayer<Add>("add");
  catalogue.addMergingLayer<Subtract>("subtract");
  catalogue.addMergingLayer<Multiply>("multiply");
  catalogue.addMergingLayer<Average>("average");
  catalogue.addMergingLayer<Maximum>("maximum");
  catalogue.addMergingLayer<Minimum>("minimum");
}

} // namespace rondo::keras
