//===- NormalizationLayers.cpp - LayerNormalization and its family --------===//
//
// Keras' layers/normalization: what makes means 0, variances or norms 1.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/Ops.h"

namespace rondo::keras {
namespace {

/// `axis` of a layer, an integer or several, read when the layer is made and found when it is
/// called on a tensor.
class AxesArgument {
public:
  explicit AxesArgument(Config &config) : place(config.get("axis").place) {
    const BoundArguments::Slot &slot = config.get("axis");
    const auto *several = slot.value.as<eval::Sequence>();
    for (Value value : several ? several->elements : std::vector<Value>{slot.value})
      if (auto axis = value.isInt() ? value.asInteger() : std::nullopt)
        axes.push_back(*axis);
    if (axes.empty() || (several && axes.size() != several->elements.size()))
      config.reject(slot, "axis", "an integer or a tuple of integers");
  }

  /// Sorted; nothing after a report.
  std::optional<AxisList> find(LayerCall &call, const Tensor *x) const {
    AxisList found;
    for (int64_t axis : axes)
      if (auto checked = checkAxis(call.graph.session, axis, x->rank(),
                                   llvm::StringRef(call.graph.callee).trim('`'), place))
        found.push_back(*checked);
      else
        return std::nullopt;
    llvm::sort(found);
    Interpreter &in = call.graph.session.in;
    if (std::adjacent_find(found.begin(), found.end()) != found.end())
      in.report(Code::InvalidArgument, place, "`axis` of {} names an axis twice",
                call.graph.callee);
    else if (found.front() == 0)
      in.report(Code::BatchAxis, place, "{} along axis 0 would mix samples of the batch",
                call.graph.callee)
          .help("axis 0 is the batch; the features are `axis=-1`");
    else
      return found;
    return std::nullopt;
  }

  SourceRange place;

private:
  std::vector<int64_t> axes;
};

/// Layers with a scale and an offset along some axes.
class Normalization : public Layer {
protected:
  using Layer::Layer;

  /// A variable along axes of `x`, with ones in place of the others where it needs them to meet
  /// `x`. Null after a report.
  Tensor *along(LayerCall &call, const Tensor *x, const AxisList &axes, llvm::StringRef path,
                mlir::DictionaryAttr initializer) {
    llvm::SmallVector<int64_t> shape;
    Axes spread;
    for (size_t i = axes.front(); i < x->rank(); ++i) {
      spread.push_back({DimExpr(1), AxisMeaning::One});
      if (!llvm::is_contained(axes, int64_t(i)))
        continue;
      auto size = staticSize(call, x, i);
      if (!size)
        return nullptr;
      shape.push_back(*size);
      spread.back() = {DimExpr(*size), x->axes[i].meaning, x->axes[i].source};
    }
    Tensor *tensor = variable(call, path, shape, initializer);
    bool isAligned = spread.size() == shape.size();
    return isAligned || !tensor ? tensor : call.graph.reshape(tensor, std::move(spread));
  }

  /// (x - mean) / sqrt(variance + epsilon) over axes.
  Tensor *standardize(GraphBuilder &graph, Tensor *x, const AxisList &axes, double epsilon) {
    Tensor *deviation = graph.binary<SubOp>(x, graph.mean(x, axes, /*keep=*/true));
    return graph.binary<MulOp>(deviation, inverseRoot(graph, deviation, axes, epsilon));
  }

  /// 1 / sqrt(mean(x²) + epsilon) over axes.
  Tensor *inverseRoot(GraphBuilder &graph, Tensor *x, const AxisList &axes, double epsilon) {
    Tensor *square = graph.mean(graph.binary<MulOp>(x, x), axes, /*keep=*/true);
    Tensor *root = graph.unary<SqrtOp>(graph.binary<AddOp>(square, graph.scalar(epsilon)));
    return graph.binary<DivOp>(graph.scalar(1.0), root);
  }
};

/// γ·x + β of what is standardized.
class ScaledNormalization : public Normalization {
public:
  ScaledNormalization(Config &config, llvm::StringRef className)
      : Normalization(config, className), epsilon(config.positiveNumber("epsilon")),
        center(config.boolean("center")), scale(config.boolean("scale")),
        gammaInitializer(config.initializer("gamma_initializer")),
        betaInitializer(config.initializer("beta_initializer")) {}
  bool supportsMasking() const override { return true; }

protected:
  /// Null where the layer has none, and after a report.
  struct Parameters {
    Tensor *gamma = nullptr, *beta = nullptr;
    bool isComplete = true;
  };
  Parameters parameters(LayerCall &call, const Tensor *x, const AxisList &axes) {
    Parameters result;
    if (scale)
      result.isComplete = (result.gamma = along(call, x, axes, "gamma", gammaInitializer));
    if (center && result.isComplete)
      result.isComplete = (result.beta = along(call, x, axes, "beta", betaInitializer));
    return result;
  }
  Tensor *applyParameters(GraphBuilder &graph, Tensor *y, const Parameters &parameters) {
    if (parameters.gamma)
      y = graph.binary<MulOp>(y, parameters.gamma);
    return parameters.beta ? graph.binary<AddOp>(y, parameters.beta) : y;
  }

  double epsilon;

private:
  bool center, scale;
  mlir::DictionaryAttr gammaInitializer, betaInitializer;
};

class LayerNormalization : public ScaledNormalization {
public:
  static constexpr const char *kerasName = "LayerNormalization";
  static constexpr const char *parameters =
      "axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', "
      "gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None, "
      "beta_constraint=None, gamma_constraint=None, rms_scaling=False";
  explicit LayerNormalization(Config &config)
      : ScaledNormalization(config, kerasName), axis(config) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.toFloat(call.inputs.front());
    auto axes = axis.find(call, x);
    if (!axes)
      return {};
    Parameters scaling = ScaledNormalization::parameters(call, x, *axes);
    if (!scaling.isComplete)
      return {};
    Tensor *y = standardize(call.graph, x, *axes, epsilon);
    return {applyParameters(call.graph, y, scaling)};
  }

private:
  AxesArgument axis;
};

/// Standardizes by mean and variance of the batch while training, else by moving averages of them.
/// The latter move in training only, whatever the call says.
class BatchNormalization : public ScaledNormalization {
public:
  static constexpr const char *kerasName = "BatchNormalization";
  static constexpr const char *parameters =
      "axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', "
      "gamma_initializer='ones', moving_mean_initializer='zeros', "
      "moving_variance_initializer='ones', beta_regularizer=None, gamma_regularizer=None, "
      "beta_constraint=None, gamma_constraint=None, renorm=False, renorm_clipping=None, "
      "renorm_momentum=0.99, synchronized=False";
  explicit BatchNormalization(Config &config)
      : ScaledNormalization(config, kerasName), axis(config),
        momentum(config.positiveNumber("momentum")),
        meanInitializer(config.initializer("moving_mean_initializer")),
        varianceInitializer(config.initializer("moving_variance_initializer")) {
    if (momentum > 1)
      config.reject(config.get("momentum"), "momentum", "a number between 0 and 1");
    // Between devices, and for what is not supported.
    config.ignore({"synchronized", "renorm_clipping", "renorm_momentum"});
  }
  bool supportsMasking() const override { return true; }
  /// In training only what counts is in the statistics.
  bool takesMask() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    GraphBuilder &graph = call.graph;
    Tensor *x = graph.toFloat(call.inputs.front());
    auto axes = axis.find(call, x);
    if (!axes)
      return {};
    if (axes->size() != 1) {
      session.in.report(Code::InvalidArgument, axis.place, "`axis` of `{}` is one axis",
                        typeName());
      return {};
    }
    Parameters scaling = ScaledNormalization::parameters(call, x, *axes);
    Tensor *mean =
        scaling.isComplete ? statistic(call, x, *axes, "moving_mean", meanInitializer) : nullptr;
    if (!mean)
      return {};
    Tensor *variance = statistic(call, x, *axes, "moving_variance", varianceInitializer);
    auto divided = [&](Tensor *deviation, Tensor *variance) {
      return graph.binary<DivOp>(
          deviation, graph.unary<SqrtOp>(graph.binary<AddOp>(variance, graph.scalar(epsilon))));
    };
    Tensor *inference =
        applyParameters(graph, divided(graph.binary<SubOp>(x, mean), variance), scaling);
    if (call.training == false)
      return {inference};

    Tensor *mask = nullptr;
    if (call.mask() && !(mask = readMask(call, x)))
      return {};
    const bool isDistributed = hasSteps(x);
    Tensor *batch = x;
    if (isDistributed) {
      batch = splitSteps(graph, x);
      mask = mask ? splitSteps(graph, mask) : nullptr;
    }
    AxisList others;
    for (int64_t i = 0; i < int64_t(batch->rank()); ++i)
      if (i != axes->front() + isDistributed && !(isDistributed && i == 1))
        others.push_back(i);
    Tensor *batchMean = meanOf(graph, batch, mask, others);
    Tensor *deviation = graph.binary<SubOp>(batch, batchMean);
    Tensor *batchVariance = meanOf(graph, graph.binary<MulOp>(deviation, deviation), mask, others);
    Tensor *normal = divided(deviation, batchVariance);
    if (isDistributed)
      normal = graph.reshape(normal, x->axes);
    std::vector<MovingAverage> averages;
    for (auto [path, moving, statistic] :
         {std::tuple("moving_mean", mean, batchMean),
          std::tuple("moving_variance", variance, batchVariance)}) {
      const Variable &variable = *findVariable(path);
      const Axis features{DimExpr(variable.shape.front()), AxisMeaning::Unknown};
      if (isDistributed)
        averages.push_back({&variable, overSteps(graph, moving, statistic, features)->value, 0.0});
      else
        averages.push_back({&variable, graph.reshape(statistic, {features})->value, momentum});
    }
    return {graph.byPhase(inference, applyParameters(graph, normal, scaling), std::move(averages),
                          /*onlyTrainable=*/operation, /*alsoInUse=*/call.training.has_value())};
  }

private:
  /// Whether the batch is that of TimeDistributed: each step is then normalized as a batch of its
  /// own.
  bool hasSteps(const Tensor *x) const {
    const auto &distributed = session.distributedSteps;
    return distributed && session.resolve(distributed->samples * distributed->steps) == x->size(0);
  }

  /// (samples × steps, …) as (samples, steps, …).
  Tensor *splitSteps(GraphBuilder &graph, Tensor *x) const {
    const auto &distributed = *session.distributedSteps;
    Axes axes{{distributed.samples, AxisMeaning::Batch}, {distributed.steps, AxisMeaning::Time}};
    axes.insert(axes.end(), x->axes.begin() + 1, x->axes.end());
    return graph.reshape(x, std::move(axes));
  }

  /// What the moving average is after the statistics of all steps, one after the other.
  Tensor *overSteps(GraphBuilder &graph, Tensor *moving, Tensor *statistics,
                    const Axis &features) const {
    const Axis one{DimExpr(1), AxisMeaning::One};
    const Axis steps{session.distributedSteps->steps, AxisMeaning::Time};
    auto step = [&](const std::vector<Tensor *> &before, const std::vector<Tensor *> &slices) {
      Tensor *kept = graph.binary<MulOp>(before.front(), graph.scalar(momentum));
      Tensor *added = graph.binary<MulOp>(slices.front(), graph.scalar(1 - momentum));
      return std::optional(GraphBuilder::ScanStep{{graph.binary<AddOp>(kept, added)}, {}});
    };
    auto results = graph.scan(steps, {graph.reshape(moving, {one, features})},
                              {graph.reshape(statistics, {one, steps, features})}, step);
    return graph.reshape(results->carries.front(), {features});
  }

  /// The mask with an axis for the features; null after a report.
  Tensor *readMask(LayerCall &call, const Tensor *x) {
    Tensor *mask = call.mask();
    if (session.unify(*mask, llvm::ArrayRef(x->axes).drop_back()))
      return call.graph.expandDims(call.graph.toBool(mask), mask->rank());
    session.in.report(Code::ShapeMismatch, call.place,
                      "the mask of '{}' has shape {}, and its input {}: it needs one axis less",
                      operation->name, mask->shape(), x->shape());
    return nullptr;
  }

  /// The mean over axes of what the mask counts, of everything where it is null.
  static Tensor *meanOf(GraphBuilder &graph, Tensor *x, Tensor *mask, const AxisList &axes) {
    if (!mask)
      return graph.mean(x, axes, /*keep=*/true);
    // What Keras keeps the division from zero by.
    constexpr double least = 1e-7;
    Tensor *sum = graph.reduce(ReduceKind::sum, zeroWhereMasked(graph, mask, x), axes, true);
    Tensor *ones = zeroWhereMasked(graph, mask, graph.filled(1.0, x->axes));
    Tensor *number = graph.reduce(ReduceKind::sum, ones, axes, true);
    return graph.binary<DivOp>(sum, graph.binary<AddOp>(number, graph.scalar(least)));
  }

  Tensor *statistic(LayerCall &call, const Tensor *x, const AxisList &axes, llvm::StringRef path,
                    mlir::DictionaryAttr initializer) {
    Tensor *tensor = along(call, x, axes, path, initializer);
    if (!tensor)
      return nullptr;
    Variable *variable = findVariable(path);
    variable->isStatistic = true;
    variable->trainable = false;
    return tensor;
  }

  AxesArgument axis;
  double momentum;
  mlir::DictionaryAttr meanInitializer, varianceInitializer;
};

/// The axis in groups, each of which is standardized together with all axes but the batch.
class GroupNormalization : public ScaledNormalization {
public:
  static constexpr const char *kerasName = "GroupNormalization";
  static constexpr const char *parameters =
      "groups=32, axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', "
      "gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None, "
      "beta_constraint=None, gamma_constraint=None";
  explicit GroupNormalization(Config &config)
      : ScaledNormalization(config, kerasName), axis(config), groups(config.integer("groups")),
        groupsPlace(config.get("groups").place) {
    if (groups < 1 && groups != -1)
      config.reject(config.get("groups"), "groups", "a positive integer, or -1 for each feature");
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.toFloat(call.inputs.front());
    auto axes = axis.find(call, x);
    auto size = axes ? staticSize(call, x, axes->front()) : std::nullopt;
    if (!size)
      return {};
    if (axes->size() != 1 || axes->front() == 0) {
      session.in.report(Code::InvalidArgument, axis.place, "`axis` of `{}` is one axis of a sample",
                        typeName());
      return {};
    }
    int64_t count = groups == -1 ? *size : groups;
    if (*size % count != 0) {
      session.in.report(Code::ShapeMismatch, groupsPlace,
                        "`{}` cannot part {} into {} groups of one size", typeName(),
                        axisName(x, axes->front()), count);
      return {};
    }
    Parameters scaling = ScaledNormalization::parameters(call, x, *axes);
    if (!scaling.isComplete)
      return {};
    int64_t at = axes->front();
    Axes grouped = x->axes;
    grouped[at] = {DimExpr(count), AxisMeaning::Unknown};
    grouped.insert(grouped.begin() + at + 1, {DimExpr(*size / count), AxisMeaning::Unknown});
    AxisList reduced;
    for (int64_t i = 1; i < int64_t(grouped.size()); ++i)
      if (i != at)
        reduced.push_back(i);
    Tensor *y = standardize(call.graph, call.graph.reshape(x, grouped), reduced, epsilon);
    return {applyParameters(call.graph, call.graph.reshape(y, x->axes), scaling)};
  }

private:
  AxesArgument axis;
  int64_t groups;
  SourceRange groupsPlace;
};

/// x / sqrt(mean(x²) + epsilon), scaled.
class RMSNormalization : public Normalization {
public:
  static constexpr const char *kerasName = "RMSNormalization";
  static constexpr const char *parameters = "axis=-1, epsilon=1e-6";
  explicit RMSNormalization(Config &config)
      : Normalization(config, kerasName), axis(config), epsilon(config.positiveNumber("epsilon")),
        scaleInitializer(namedInitializer(config.session, "ones")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.toFloat(call.inputs.front());
    auto axes = axis.find(call, x);
    Tensor *scale = axes ? along(call, x, *axes, "scale", scaleInitializer) : nullptr;
    if (!scale)
      return {};
    Tensor *y = call.graph.binary<MulOp>(x, inverseRoot(call.graph, x, *axes, epsilon));
    return {call.graph.binary<MulOp>(y, scale)};
  }

private:
  AxesArgument axis;
  double epsilon;
  mlir::DictionaryAttr scaleInitializer;
};

/// x over its L2 norm.
class UnitNormalization : public Layer {
public:
  static constexpr const char *kerasName = "UnitNormalization";
  static constexpr const char *parameters = "axis=-1";
  explicit UnitNormalization(Config &config) : Layer(config, kerasName), axis(config) {}
  bool isFunction() const override { return true; }
  bool supportsMasking() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    constexpr double epsilon = 1e-12;
    Tensor *x = call.inputs.front();
    auto axes = axis.find(call, x);
    if (!axes)
      return {};
    return {buildNormalized(call.graph, x, *axes, epsilon)};
  }

private:
  AxesArgument axis;
};

} // namespace

void addNormalizationLayers(Catalogue &catalogue) {
  catalogue.addLayer<BatchNormalization>();
  catalogue.addLayer<LayerNormalization>();
  catalogue.addLayer<GroupNormalization>();
  catalogue.addLayer<RMSNormalization>();
  catalogue.addLayer<UnitNormalization>();
}

} // namespace rondo::keras
