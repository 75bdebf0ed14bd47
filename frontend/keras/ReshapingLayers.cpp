//===- ReshapingLayers.cpp - Flatten, Reshape, Cropping1D and their like --===//
//
// Keras' layers/reshaping: the same elements under other axes, fewer or more of them.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"

namespace rondo::keras {
namespace {

/// The number of elements of one sample.
DimExpr sampleSize(Session &session, const Tensor *x) {
  DimExpr size(1);
  for (const Axis &axis : llvm::drop_begin(x->axes))
    size *= session.resolve(axis.size);
  return size;
}

/// Everything but the batch in one axis.
class Flatten : public Layer {
public:
  static constexpr const char *kerasName = "Flatten";
  static constexpr const char *parameters = "data_format=None";
  explicit Flatten(Config &config)
      : Layer(config, kerasName), channelsFirst(config.isChannelsFirst("data_format")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 1, SIZE_MAX))
      return {};
    if (x->rank() == 2)
      return {x};
    // The channels come last in what is flattened.
    if (channelsFirst && x->rank() > 2) {
      llvm::SmallVector<int64_t> order = GraphBuilder::allAxes(x);
      std::rotate(order.begin() + 1, order.begin() + 2, order.end());
      x = call.graph.transpose(x, order);
    }
    return {call.graph.reshapeTo(x, {sampleSize(session, x)}, /*kept=*/1, call.place)};
  }

private:
  bool channelsFirst;
};

/// Other axes for each sample; one size may be -1, which is what is left.
class Reshape : public Layer {
public:
  static constexpr const char *kerasName = "Reshape";
  static constexpr const char *parameters = "target_shape";
  explicit Reshape(Config &config)
      : Layer(config, kerasName), sizes(readSizes(config)),
        place(config.get("target_shape").place) {
    bool isSound = llvm::count(sizes, -1) <= 1;
    for (int64_t size : sizes)
      isSound &= size == -1 || size > 0;
    if (!isSound)
      config.reject(config.get("target_shape"), "target_shape",
                    "positive integers and at most one -1");
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 1, SIZE_MAX))
      return {};
    std::vector<std::optional<DimExpr>> target;
    for (int64_t size : sizes)
      target.push_back(size == -1 ? std::nullopt : std::optional<DimExpr>(size));
    Tensor *result = call.graph.reshapeTo(x, target, /*kept=*/1, place);
    if (result)
      checkReshape(call.graph, x, result, operation->place);
    return {result};
  }

private:
  static std::vector<int64_t> readSizes(Config &config) {
    const BoundArguments::Slot &slot = config.get("target_shape");
    if (slot.value.isInt())
      helpWithShape(config.reject(slot, "target_shape", "a tuple of integers"), config.arguments,
                    slot);
    else if (auto given = config.integers("target_shape"))
      return *given;
    return {1};
  }

  std::vector<int64_t> sizes;
  SourceRange place;
};

/// The axes of a sample, counted from 1, in another order.
class Permute : public Layer {
public:
  static constexpr const char *kerasName = "Permute";
  static constexpr const char *parameters = "dims";
  explicit Permute(Config &config) : Layer(config, kerasName) {
    const BoundArguments::Slot &slot = config.get("dims");
    if (slot.value.isInt())
      config.reject(slot, "dims", "a tuple of integers")
          .help("put brackets around the axes: `Permute((2, 1))`");
    else if (auto dims = config.integers("dims"))
      permutation = *dims;
    std::vector<int64_t> sorted = permutation;
    llvm::sort(sorted);
    for (size_t i = 0; i < sorted.size(); ++i)
      if (sorted[i] != int64_t(i) + 1 && !config.isBroken)
        rejectOrder(config, sorted);
    permutation.insert(permutation.begin(), 0);
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, permutation.size(), permutation.size()))
      return {};
    return {call.graph.transpose(x, permutation)};
  }

private:
  void rejectOrder(Config &config, const std::vector<int64_t> &sorted) {
    const BoundArguments::Slot &slot = config.get("dims");
    diagnostics::Diagnostic &diagnostic =
        config.reject(slot, "dims", "an order of the axes of a sample, which count from 1");
    // `(0, 2, 1)`, with the batch.
    if (sorted.front() != 0 || permutation.front() != 0 || sorted.size() < 2) {
      if (permutation.size() == 2)
        diagnostic.help("`Permute((2, 1))` swaps the two axes of a sample");
      return;
    }
    std::string rest;
    for (int64_t axis : llvm::drop_begin(permutation))
      rest += (rest.empty() ? "(" : ", ") + std::to_string(axis);
    rest += permutation.size() == 2 ? ",)" : ")";
    diagnostic.help("the batch stays where it is and is not named: `Permute({})`", rest)
        .fix(slot.place, rest);
  }

  std::vector<int64_t> permutation;
};

/// A vector for each sample, repeated for n steps.
class RepeatVector : public Layer {
public:
  static constexpr const char *kerasName = "RepeatVector";
  static constexpr const char *parameters = "n";
  explicit RepeatVector(Config &config)
      : Layer(config, kerasName), n(config.positiveInteger("n")) {}
  const char *rankHelp() const override {
    return "one vector for each sample has shape (batch, features); of a sequence the last step "
           "is `x[:, -1, :]`";
  }

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 2, 2))
      return {};
    Axes axes{x->axes[0], {DimExpr(n), AxisMeaning::Copies, x->maker()}, x->axes[1]};
    return {call.graph.broadcast(x, axes, {0, 2})};
  }

private:
  int64_t n;
};

/// Layers that change the number of steps.
class ResizingLayer : public SequenceLayer {
protected:
  using SequenceLayer::SequenceLayer;

  /// Two numbers that are not negative, before and behind the steps; one stands for both.
  static std::pair<int64_t, int64_t> readEnds(Config &config, llvm::StringRef parameter) {
    const BoundArguments::Slot &slot = config.get(parameter);
    std::vector<Value> values{slot.value, slot.value};
    if (const auto *several = slot.value.as<eval::Sequence>())
      values = several->elements;
    std::vector<int64_t> ends;
    for (Value value : values)
      if (auto end = value.isInt() ? value.asInteger() : std::nullopt; end && *end >= 0)
        ends.push_back(*end);
    constexpr int64_t limit = int64_t(1) << 24;
    if (values.size() == 2 && ends.size() == 2 && std::max(ends[0], ends[1]) <= limit)
      return {ends[0], ends[1]};
    config.reject(slot, parameter, "a number of steps, or two: before and behind");
    return {0, 0};
  }
};

/// Without some of the first and of the last steps.
class Cropping1D : public ResizingLayer {
public:
  static constexpr const char *kerasName = "Cropping1D";
  static constexpr const char *parameters = "cropping=(1, 1)";
  explicit Cropping1D(Config &config)
      : ResizingLayer(config, kerasName), cropping(readEnds(config, "cropping")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    auto [before, behind] = cropping;
    DimExpr left = x->size(1) - DimExpr(before + behind);
    if (left.getConstant().value_or(1) < 1) {
      session.in.report(Code::ShapeMismatch, call.place, "`{}` takes {} of {}, which leaves none",
                        typeName(), eval::plural(before + behind, "step"), axisName(x, 1));
      return {};
    }
    return {call.graph.slice(x, {DimExpr(0), DimExpr(before), DimExpr(0)},
                             {x->size(0), left, x->size(2)})};
  }

private:
  std::pair<int64_t, int64_t> cropping;
};

/// With steps of zeros in front and behind.
class ZeroPadding1D : public ResizingLayer {
public:
  static constexpr const char *kerasName = "ZeroPadding1D";
  static constexpr const char *parameters = "padding=1, data_format=None";
  explicit ZeroPadding1D(Config &config)
      : ResizingLayer(config, kerasName), padding(readEnds(config, "padding")),
        axis(config.isChannelsFirst("data_format") ? 2 : 1) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    return {call.graph.pad(x, axis, padding.first, padding.second)};
  }

private:
  std::pair<int64_t, int64_t> padding;
  int64_t axis;
};

/// Each step several times.
class UpSampling1D : public ResizingLayer {
public:
  static constexpr const char *kerasName = "UpSampling1D";
  static constexpr const char *parameters = "size=2";
  explicit UpSampling1D(Config &config)
      : ResizingLayer(config, kerasName), size(config.positiveInteger("size")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    Tensor *x = call.inputs.front();
    if (!checkRank(call, x, 3, 3))
      return {};
    return {call.graph.repeat(x, 1, DimExpr(size), /*isWhole=*/false)};
  }

private:
  int64_t size;
};

} // namespace

void addReshapingLayers(Catalogue &catalogue) {
  catalogue.addLayer<Flatten>();
  catalogue.addLayer<Reshape>();
  catalogue.addLayer<Permute>();
  catalogue.addLayer<RepeatVector>();
  catalogue.addLayer<Cropping1D>();
  catalogue.addLayer<ZeroPadding1D>();
  catalogue.addLayer<UpSampling1D>();
}

} // namespace rondo::keras
