//===- ActivationLayers.cpp - Activation, ReLU, PReLU, Softmax… -----------===//
//
// Keras' layers/activations: layers that are a function of their input, one of
// them with a variable. The functions are in Activations.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Activations.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Masks.h"

namespace rondo::keras {
namespace {

/// Without weights: an activation of another layer as well, `activation=ReLU(6)`.
class FunctionLayer : public Layer {
public:
  using Layer::Layer;
  bool isFunction() const override { return true; }
  bool supportsMasking() const override { return true; }
};

class ActivationLayer : public FunctionLayer {
public:
  static constexpr const char *kerasName = "Activation";
  static constexpr const char *parameters = "activation";
  explicit ActivationLayer(Config &config)
      : FunctionLayer(config, kerasName), activation(config.activation("activation")) {}
  bool isFunction() const override { return !activationLayer || activationLayer->isFunction(); }
  std::vector<Tensor *> apply(LayerCall &call) override {
    return {activate(call, activation, call.inputs.front())};
  }

protected:
  std::string activationInWords(const BoundArguments::Slot &slot) const override {
    // In a form of its own: `Activation('softmax')`.
    llvm::StringRef words = "`activation=";
    std::string text = Layer::activationInWords(slot);
    if (!llvm::StringRef(text).starts_with(words))
      return text;
    return fmt::format("`Activation({})`",
                       llvm::StringRef(text).drop_front(words.size()).drop_back());
  }

private:
  BoundArguments::Slot activation;
};

class ReLU : public FunctionLayer {
public:
  static constexpr const char *kerasName = "ReLU";
  static constexpr const char *parameters = "max_value=None, negative_slope=0.0, threshold=0.0";
  explicit ReLU(Config &config)
      : FunctionLayer(config, kerasName), slope(config.positiveNumber("negative_slope")),
        threshold(config.positiveNumber("threshold")) {
    if (!config.get("max_value").value.isNone())
      most = config.positiveNumber("max_value");
  }
  std::vector<Tensor *> apply(LayerCall &call) override {
    return {buildRelu(call.graph, call.inputs.front(), slope, most, threshold)};
  }

private:
  double slope, threshold;
  std::optional<double> most;
};

class LeakyReLU : public FunctionLayer {
public:
  static constexpr const char *kerasName = "LeakyReLU";
  // `alpha` is Keras 2's name.
  static constexpr const char *parameters = "negative_slope=0.3, alpha=None";
  explicit LeakyReLU(Config &config)
      : FunctionLayer(config, kerasName), slope(config.positiveNumber("negative_slope")) {
    if (!config.get("alpha").value.isNone())
      slope = config.positiveNumber("alpha");
  }
  std::vector<Tensor *> apply(LayerCall &call) override {
    return {buildLeakyRelu(call.graph, call.inputs.front(), slope)};
  }

private:
  double slope;
};

class ELU : public FunctionLayer {
public:
  static constexpr const char *kerasName = "ELU";
  static constexpr const char *parameters = "alpha=1.0";
  explicit ELU(Config &config)
      : FunctionLayer(config, kerasName), alpha(config.positiveNumber("alpha")) {}
  std::vector<Tensor *> apply(LayerCall &call) override {
    return {buildElu(call.graph, call.inputs.front(), alpha)};
  }

private:
  double alpha;
};

/// max(x, 0) + alpha * min(x, 0), with an alpha for each element of a sample, or
/// one for all along the shared axes.
class PReLU : public Layer {
public:
  static constexpr const char *kerasName = "PReLU";
  static constexpr const char *parameters =
      "alpha_initializer='Zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None";
  explicit PReLU(Config &config)
      : Layer(config, kerasName), initializer(config.initializer("alpha_initializer")),
        sharedPlace(config.get("shared_axes").place) {
    const BoundArguments::Slot &slot = config.get("shared_axes");
    if (slot.value.isInt())
      shared = {*slot.value.asInteger()};
    else if (!slot.value.isNone())
      shared = config.integers("shared_axes").value_or(shared);
  }
  bool supportsMasking() const override { return true; }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    std::vector<int64_t> shape;
    for (int64_t axis : shared) {
      auto checked = checkAxis(session, axis, x->rank(), kerasName, sharedPlace);
      if (!checked)
        return {};
      if (*checked != axis || axis == 0) {
        session.in
            .report(Code::InvalidArgument, sharedPlace,
                    "`shared_axes` of `PReLU` are axes of a sample, from 1, got {}", axis)
            .help("axis 0 is the batch, which always shares");
        return {};
      }
    }
    for (size_t axis = 1; axis < x->rank(); ++axis) {
      auto size = llvm::is_contained(shared, int64_t(axis)) ? 1 : staticSize(call, x, axis);
      if (!size)
        return {};
      shape.push_back(*size);
    }
    Tensor *alpha = variable(call, "alpha", shape, initializer);
    if (!alpha)
      return {};
    GraphBuilder &graph = call.graph;
    x = graph.numbers(x);
    Tensor *negative =
        graph.binary<MulOp>(graph.unary<NegOp>(alpha), graph.unary<ReluOp>(graph.unary<NegOp>(x)));
    return {graph.binary<AddOp>(graph.unary<ReluOp>(x), negative)};
  }

private:
  mlir::DictionaryAttr initializer;
  std::vector<int64_t> shared;
  SourceRange sharedPlace;
};

class SoftmaxLayer : public FunctionLayer {
public:
  static constexpr const char *kerasName = "Softmax";
  static constexpr const char *parameters = "axis=-1";
  explicit SoftmaxLayer(Config &config)
      : FunctionLayer(config, kerasName), axis(config.integer("axis")),
        axisPlace(config.get("axis").place) {}
  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    auto checked = checkAxis(session, axis, x->rank(), kerasName, axisPlace);
    if (!checked)
      return {};
    checkSoftmax(call.graph, x, *checked, call.place);
    Tensor *mask = call.mask();
    if (!mask)
      return {call.graph.softmax(x, *checked)};
    if (!checkMask(call, x, mask))
      return {};
    if (mask->element != ElementKind::Bool)
      mask = call.graph.predicate(ComparePredicate::gt, mask, call.graph.scalar(0.5));
    constexpr double masked = -1e9;
    // A mask says nothing of what the axes are.
    auto like = [&](Tensor *result, const Tensor *other) {
      bool fits = result && other && result->rank() == other->rank();
      return fits ? session.makeTensor(result->value, other->axes, ElementKind::Float,
                                       call.graph.name, call.place)
                  : result;
    };
    Tensor *scores = call.graph.numbers(x);
    x = like(call.graph.select(mask, scores, call.graph.scalar(masked)), scores);
    Tensor *shares = call.graph.softmax(x, *checked);
    // What is masked gets nothing, also where everything is.
    return {like(zeroWhereMasked(call.graph, mask, shares), shares)};
  }

  const char *callParameters() const override { return "inputs, mask=None, training=None"; }
  bool takesMask() const override { return true; }

private:
  /// Whether the mask has an axis for each of the tensor's that it meets. False after a report.
  bool checkMask(LayerCall &call, const Tensor *x, const Tensor *mask) {
    bool isOfSteps = mask == call.inputs.front()->mask || mask == call.inputs.front()->runMask;
    bool fits = mask->rank() <= x->rank() && !(isOfSteps && mask->rank() < x->rank());
    for (size_t i = 1; fits && i <= mask->rank(); ++i) {
      const DimExpr &size = mask->axes[mask->rank() - i].size;
      fits = isOne(session.resolve(size)) || session.unify(size, x->axes[x->rank() - i].size);
    }
    if (fits)
      return true;
    diagnostics::Diagnostic &diagnostic =
        session.in.report(Code::ShapeMismatch, call.place,
                          "`Softmax` of '{}' of shape {} with the mask of '{}' of shape {}{}",
                          x->origin, x->shape(), mask->origin, mask->shape(),
                          isOfSteps ? ", which says what steps count, not what elements" : "");
    if (isOfSteps)
      diagnostic.note(mask->place, "the mask is made here")
          .help("`Activation(\"softmax\")` does not look at masks")
          .help("`Softmax(…)(x, mask=mask)` takes a mask with the axes of '{}'", x->origin);
    return false;
  }

  int64_t axis;
  SourceRange axisPlace;
};

} // namespace

void addActivationLayers(Catalogue &catalogue) {
  catalogue.addLayer<ActivationLayer>();
  catalogue.addLayer<ReLU>();
  catalogue.addLayer<LeakyReLU>();
  catalogue.addLayer<ELU>();
  catalogue.addLayer<PReLU>();
  catalogue.addLayer<SoftmaxLayer>();
}

} // namespace rondo::keras
