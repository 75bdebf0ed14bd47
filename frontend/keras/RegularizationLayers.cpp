//===- RegularizationLayers.cpp - Dropout, GaussianNoise and their like ---===//
//
// Keras' layers/regularization: layers that draw random numbers while a model is
// trained, and change nothing where it is used, unless their call says otherwise.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/RandomTensors.h"
#include "frontend/keras/Regularizers.h"
#include <cmath>

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Random tensors
//===----------------------------------------------------------------------===//

double readRate(Config &config, llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = config.get(parameter);
  std::optional<double> rate = slot.value.isBool() ? std::nullopt : slot.value.asReal();
  if (rate && *rate >= 0 && *rate < 1)
    return *rate;
  diagnostics::Diagnostic &diagnostic =
      config.reject(slot, parameter, "a number from 0 to less than 1");
  if (rate && *rate > 1 && *rate < 100)
    diagnostic.help("{} percent are {}", *rate, *rate / 100);
  return 0;
}

/// A bool tensor of these axes that holds where an element stays.
static Tensor *isKept(GraphBuilder &graph, double rate, const Axes &axes) {
  return graph.predicate(ComparePredicate::ge, graph.random(axes), graph.scalar(rate));
}

Tensor *dropout(GraphBuilder &graph, Tensor *x, double rate, const Axes &axes) {
  Tensor *scaled = graph.binary<MulOp>(x, graph.scalar(1 / (1 - rate)));
  return graph.select(isKept(graph, rate, axes), scaled, graph.scalar(0));
}

Tensor *dropoutOfFeatures(GraphBuilder &graph, Tensor *x, double rate) {
  Axes axes = x->axes;
  axes[1] = {DimExpr(1), AxisMeaning::One};
  return dropout(graph, x, rate, axes);
}

namespace {

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// One that draws numbers of its own in each step.
class RandomLayer : public Layer {
public:
  RandomLayer(Config &config, llvm::StringRef className) : Layer(config, className) {
    // Numbers follow from the seed of the run and the step.
    config.ignore({"seed"});
  }
  bool supportsMasking() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.graph.numbers(call.inputs.front());
    if (!x || changesNothing())
      return {x};
    return {whileTraining(call, x, [&](Tensor *x) { return perturb(call, x); })};
  }

protected:
  virtual Tensor *perturb(LayerCall &call, Tensor *x) = 0;
  virtual bool changesNothing() const = 0;
};

/// One that drops a share of the elements, or of what stands for several of them.
class DroppingLayer : public RandomLayer {
public:
  DroppingLayer(Config &config, llvm::StringRef className)
      : RandomLayer(config, className), rate(readRate(config, "rate")) {}

protected:
  bool changesNothing() const override { return rate == 0; }

  /// Reads `noise_shape`.
  void readNoiseShape(Config &config) {
    if (!config.get("noise_shape").value.isNone())
      noiseShape = config.integers("noise_shape");
    noiseShapePlace = config.get("noise_shape").place;
  }

  /// Which elements have a number of their own: along axes of size 1 all have the same.
  std::optional<Axes> noiseAxes(const Tensor *x) {
    Axes axes = x->axes;
    if (!noiseShape)
      return axes;
    bool fits = noiseShape->size() == axes.size();
    for (size_t i = 0; fits && i < axes.size(); ++i) {
      int64_t size = (*noiseShape)[i];
      if (size == 1)
        axes[i] = {DimExpr(1), AxisMeaning::One};
      else
        fits = size == -1 || session.unify(axes[i].size, DimExpr(size));
    }
    if (fits)
      return axes;
    session.in
        .report(Code::ShapeMismatch, noiseShapePlace,
                "`noise_shape` of '{}' does not fit '{}' of shape {}", operation->name, x->origin,
                x->shape())
        .help("it has an entry for each axis, the batch too: the axis's size or None, or 1 where "
              "all along it are dropped together");
    return std::nullopt;
  }

  double rate;

private:
  std::optional<std::vector<int64_t>> noiseShape;
  SourceRange noiseShapePlace;
};

class Dropout : public DroppingLayer {
public:
  static constexpr const char *kerasName = "Dropout";
  static constexpr const char *parameters = "rate, noise_shape=None, seed=None";
  explicit Dropout(Config &config) : DroppingLayer(config, kerasName) { readNoiseShape(config); }

protected:
  Tensor *perturb(LayerCall &call, Tensor *x) override {
    auto axes = noiseAxes(x);
    return axes ? dropout(call.graph, x, rate, *axes) : nullptr;
  }
};

/// Drops whole features.
class SpatialDropout1D : public DroppingLayer {
public:
  static constexpr const char *kerasName = "SpatialDropout1D";
  static constexpr const char *parameters = "rate, seed=None";
  explicit SpatialDropout1D(Config &config) : DroppingLayer(config, kerasName) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    if (!checkRank(call, call.inputs.front(), 3, 3))
      return {};
    return DroppingLayer::apply(call);
  }

protected:
  Tensor *perturb(LayerCall &call, Tensor *x) override {
    return dropoutOfFeatures(call.graph, x, rate);
  }
};

/// Keeps mean and variance of what `selu` makes. Klambauer et al., 2017.
class AlphaDropout : public DroppingLayer {
public:
  static constexpr const char *kerasName = "AlphaDropout";
  static constexpr const char *parameters = "rate, noise_shape=None, seed=None";
  explicit AlphaDropout(Config &config) : DroppingLayer(config, kerasName) {
    readNoiseShape(config);
  }

protected:
  Tensor *perturb(LayerCall &call, Tensor *x) override {
    auto axes = noiseAxes(x);
    if (!axes)
      return nullptr;
    // What selu tends to, for numbers far below zero.
    constexpr double least = -1.6732632423543772 * 1.0507009873554805;
    const double scale = 1 / std::sqrt((1 - rate) * (1 + rate * least * least));
    GraphBuilder &graph = call.graph;
    Tensor *kept = graph.select(isKept(graph, rate, *axes), x, graph.scalar(least));
    return graph.binary<AddOp>(graph.binary<MulOp>(kept, graph.scalar(scale)),
                               graph.scalar(-scale * least * rate));
  }
};

/// Adds normal numbers.
class GaussianNoise : public RandomLayer {
public:
  static constexpr const char *kerasName = "GaussianNoise";
  static constexpr const char *parameters = "stddev, seed=None";
  explicit GaussianNoise(Config &config)
      : RandomLayer(config, kerasName), deviation(config.positiveNumber("stddev")) {
    if (deviation > 1)
      config.reject(config.get("stddev"), "stddev", "a number between 0 and 1");
  }

protected:
  Tensor *perturb(LayerCall &call, Tensor *x) override {
    GraphBuilder &graph = call.graph;
    Tensor *numbers = graph.random(x->axes, /*normal=*/true);
    return graph.binary<AddOp>(x, graph.binary<MulOp>(numbers, graph.scalar(deviation)));
  }
  bool changesNothing() const override { return deviation == 0; }

private:
  double deviation;
};

/// Multiplies by normal numbers around 1, which vary as much as those of Dropout.
class GaussianDropout : public DroppingLayer {
public:
  static constexpr const char *kerasName = "GaussianDropout";
  static constexpr const char *parameters = "rate, seed=None";
  explicit GaussianDropout(Config &config) : DroppingLayer(config, kerasName) {}

protected:
  Tensor *perturb(LayerCall &call, Tensor *x) override {
    GraphBuilder &graph = call.graph;
    Tensor *numbers = graph.random(x->axes, /*normal=*/true);
    Tensor *noise = graph.binary<MulOp>(numbers, graph.scalar(std::sqrt(rate / (1 - rate))));
    return graph.binary<MulOp>(x, graph.binary<AddOp>(noise, graph.scalar(1)));
  }
};

/// Adds to the loss, and leaves its input as it is.
class ActivityRegularization : public Layer {
public:
  static constexpr const char *kerasName = "ActivityRegularization";
  static constexpr const char *parameters = "l1=0.0, l2=0.0";
  explicit ActivityRegularization(Config &config) : Layer(config, kerasName) {
    const BoundArguments::Slot &other = config.get("activity_regularizer");
    if (other.given)
      config.reject(other, "activity_regularizer", "what `l1` and `l2` say: leave it out");
    double l1 = config.positiveNumber("l1"), l2 = config.positiveNumber("l2");
    activityRegularizer = session.in.heap.make<Regularizer>(session, "L1L2", l1, l2);
  }
  bool supportsMasking() const override { return true; }
  std::vector<Tensor *> apply(LayerCall &call) override { return call.inputs; }
};

} // namespace

void addRegularizationLayers(Catalogue &catalogue) {
  catalogue.addLayer<ActivityRegularization>();
  catalogue.addLayer<Dropout>();
  catalogue.addLayer<SpatialDropout1D>();
  catalogue.addLayer<AlphaDropout>();
  catalogue.addLayer<GaussianNoise>();
  catalogue.addLayer<GaussianDropout>();
}

} // namespace rondo::keras
