//===- MergingLayers.cpp - Dot, Concatenate, Add and its family -----------===//
//
// Keras' layers/merging. Sizes say whether tensors fit; what their axes mean
// says whether that is what was intended.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
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
    size_t errors = session.in.engine.errorCount(), findings = session.in.engine.size();
    Tensor *assumed = checkContraction(call, x, y, *i, *j);
    if (session.in.engine.errorCount() != errors)
      return {assumed};
    if (normalize) {
      x = buildNormalized(call.graph, x, {*i}, epsilon);
      y = buildNormalized(call.graph, y, {*j}, epsilon);
    }
    Tensor *result = call.graph.contract(x, y, {0}, {0}, {*i}, {*j});
    // What a doubtful result runs over is unknown: one warning is enough.
    if (result && session.in.engine.size() != findings)
      result = withoutMeaning(result);
    if (result && result->rank() == 1)
      result = call.graph.expandDims(result, 1);
    return {result};
  }

private:
  Tensor *withoutMeaning(Tensor *x) {
    Axes axes = x->axes;
    for (Axis &axis : llvm::drop_begin(axes))
      axis.meaning = AxisMeaning::Unknown;
    return session.makeTensor(x->value, std::move(axes), x->element, x->origin);
  }

  /// "the features of 'query' (64)"
  std::string axisName(const Tensor *x, int64_t axis) {
    return fmt::format("the {} of '{}' ({})", describe(x->axes[axis].meaning), x->origin,
                       session.resolve(x->axes[axis].size).str());
  }

  /// Reports sizes that differ, and features that meet time steps whatever their
  /// sizes are. Where the mend is clear, evaluation goes on with what it gives.
  Tensor *checkContraction(LayerCall &call, Tensor *x, Tensor *y, int64_t i, int64_t j) {
    const Axis &a = x->axes[i], &b = y->axes[j];
    bool agree = session.resolve(a.size) == session.resolve(b.size);
    bool mixes = (a.meaning == AxisMeaning::Features && b.meaning == AxisMeaning::Time) ||
                 (a.meaning == AxisMeaning::Time && b.meaning == AxisMeaning::Features);
    if (!mixes) {
      if (agree || session.unify(a.size, b.size))
        return nullptr;
      session.in
          .report(Code::DotSizes, call.place, "`Dot(axes=({}, {}))` contracts {} with {}", i, j,
                  axisName(x, i), axisName(y, j))
          .note(axesPlace, "axes of shapes {} and {}", x->shape(), y->shape());
      return nullptr;
    }
    // Where the sizes agree Keras says nothing: it may still be meant.
    std::string message = fmt::format("`Dot(axes=({}, {}))` contracts {} with {}", i, j,
                                      axisName(x, i), axisName(y, j));
    diagnostics::Diagnostic &diagnostic =
        agree ? session.in.warn(Code::DotContractsTime, call.place, "{}", message)
              : session.in.report(Code::DotContractsTime, call.place, "{}", message);
    diagnostic.note(axesPlace, "axes of shapes {} and {}", x->shape(), y->shape());
    // Attention scores compare features with features.
    auto findFeatures = [&](const Tensor *tensor) -> std::optional<int64_t> {
      for (size_t axis = 1; axis < tensor->rank(); ++axis)
        if (tensor->axes[axis].meaning == AxisMeaning::Features)
          return axis;
      return std::nullopt;
    };
    auto left = findFeatures(x), right = findFeatures(y);
    bool fits = left && right &&
                session.resolve(x->axes[*left].size) == session.resolve(y->axes[*right].size);
    if (!fits)
      return nullptr;
    diagnostic.help("scores of every step against every step, (batch, steps, steps), need "
                    "`axes=({}, {})`",
                    *left, *right);
    if (axesPlace != call.place)
      diagnostic.fix(axesPlace, fmt::format("({}, {})", *left, *right));
    return agree ? nullptr : call.graph.contract(x, y, {0}, {0}, {*left}, {*right});
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
    return {call.graph.concatenate(call.inputs, *checked)};
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

  std::vector<Tensor *> apply(LayerCall &call) override {
    if (call.inputs.empty()) {
      session.in.report(Code::InputCount, call.place, "`{}` of no tensors", typeName());
      return {};
    }
    std::vector<Tensor *> inputs = samplesTogether(call);
    Tensor *result = inputs.front();
    for (Tensor *input : llvm::drop_begin(inputs))
      result =
          call.graph.areOperands(result, input) ? call.graph.binary<Op>(result, input) : nullptr;
    return {call.graph.toFloat(result)};
  }

private:
  /// The inputs with as many axes: samples meet samples, so that axes are added
  /// after the batch rather than before it.
  std::vector<Tensor *> samplesTogether(LayerCall &call) {
    std::vector<Tensor *> inputs = call.inputs;
    size_t rank = 0;
    for (const Tensor *input : inputs)
      rank = std::max(rank, input->rank());
    for (Tensor *&input : inputs)
      while (input->rank() > 0 && input->rank() < rank)
        input = call.graph.expandDims(input, 1);
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
    Tensor *sequence = first->rank() == 3 ? first : other->rank() == 3 ? other : nullptr;
    Tensor *vector = first->rank() == 2 ? first : other->rank() == 2 ? other : nullptr;
    if (sequence && vector && sequence->axes[1].meaning == AxisMeaning::Time) {
      auto steps = session.resolve(sequence->axes[1].size).getConstant();
      diagnostic.help("take the last step of '{}', `[:, -1, :]`, for one vector per sample{}",
                      sequence->origin,
                      steps ? fmt::format(", or repeat '{}' for every step, `RepeatVector({})`",
                                          vector->origin, *steps)
                            : "");
    }
    return std::nullopt;
  }
  auto checked = checkAxis(session, axis, first->rank(), "Concatenate", axisPlace);
  if (!checked)
    return std::nullopt;
  if (*checked == 0) {
    session.in.report(Code::BatchAxis, axisPlace, "{} along axis 0 would join batches", callee)
        .help("axis 0 is the batch; the axes of a sample start at 1");
    return std::nullopt;
  }
  for (Tensor *other : inputs)
    for (int64_t i = 0; i < int64_t(first->rank()); ++i) {
      if (i == *checked || session.unify(first->axes[i].size, other->axes[i].size))
        continue;
      session.in
          .report(Code::ConcatSizes, place,
                  "{} along axis {} of '{}' of shape {} with '{}' of shape {}: the {} differ, {} "
                  "and {}",
                  callee, *checked, first->origin, first->shape(), other->origin, other->shape(),
                  describe(first->axes[i].meaning), session.resolve(first->axes[i].size).str(),
                  session.resolve(other->axes[i].size).str())
          .help("all sizes but the one along the axis have to agree");
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
