//===- ConvolutionLayers.cpp - Convolutions along the steps of sequences --===//
//
// Keras' layers/convolutional in one dimension. A convolution is the product of the windows
// of a sequence, side by side, with the kernel as one matrix.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Windows.h"

namespace rondo::keras {
namespace {

/// What all of them share: windows, a bias for each filter, an activation.
class Convolution : public SequenceLayer {
public:
  Convolution(Config &config, llvm::StringRef className, bool mayBeCausal)
      : SequenceLayer(config, className), windows(config, "kernel_size", mayBeCausal),
        channelsFirst(config.isChannelsFirst("data_format")),
        activation(config.activation("activation")), useBias(config.boolean("use_bias")),
        biasInitializer(config.initializer("bias_initializer")) {}

  std::vector<Tensor *> apply(LayerCall &call) override {
    GraphBuilder &graph = call.graph;
    Tensor *x = graph.numbers(call.inputs.front());
    if (!x || !checkRank(call, x, 3, 3))
      return {};
    if (channelsFirst)
      x = graph.transpose(x, {0, 2, 1});
    auto channels = staticSize(call, x, 2);
    auto placed = channels ? placeWindows(call, x) : std::nullopt;
    if (!placed)
      return {};
    Tensor *y = convolve(call, placed->pad(graph, x, 0.0), *placed, *channels);
    if (!y)
      return {};
    if (channelsFirst)
      y = graph.transpose(y, {0, 2, 1});
    return {activate(call, activation, y)};
  }

protected:
  /// Nothing after a report.
  virtual std::optional<PlacedWindows> placeWindows(LayerCall &call, const Tensor *x) const {
    return windows.place(call, x);
  }

  /// (batch, windows, filters) of a padded sequence, with bias; null after a report.
  virtual Tensor *convolve(LayerCall &call, Tensor *x, const PlacedWindows &placed,
                           int64_t channels) = 0;

  /// Adds the bias, if there is one, to filters that are there `times` side by side. Null for null
  /// and after a report.
  Tensor *addBias(LayerCall &call, Tensor *y, int64_t times = 1) {
    if (!y || !useBias)
      return y;
    GraphBuilder &graph = call.graph;
    Tensor *bias =
        variable(call, "bias", {*y->axes.back().size.getConstant() / times}, biasInitializer);
    if (bias && times > 1)
      bias = graph.concatenate(std::vector<Tensor *>(times, bias), 0);
    return bias ? graph.binary<AddOp>(y, bias) : nullptr;
  }

  Windows windows;
  bool channelsFirst;

private:
  BoundArguments::Slot activation;
  bool useBias;
  mlir::DictionaryAttr biasInitializer;
};

class Conv1D : public Convolution {
public:
  static constexpr const char *kerasName = "Conv1D";
  static constexpr const char *parameters =
      "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, "
      "groups=1, activation=None, use_bias=True, kernel_initializer='glorot_uniform', "
      "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
      "activity_regularizer=None, kernel_constraint=None, bias_constraint=None, lora_rank=None, "
      "lora_alpha=None";
  explicit Conv1D(Config &config)
      : Convolution(config, kerasName, /*mayBeCausal=*/true),
        filters(config.positiveInteger("filters")), groups(config.positiveInteger("groups")),
        kernelInitializer(config.initializer("kernel_initializer")) {
    if (filters % groups != 0)
      config.reject(config.get("groups"), "groups",
                    fmt::format("a divisor of the {} filters", filters));
  }

protected:
  Tensor *convolve(LayerCall &call, Tensor *x, const PlacedWindows &placed,
                   int64_t channels) override {
    if (channels % groups != 0) {
      session.in.report(Code::ShapeMismatch, call.place,
                        "`{}` cannot part {} into {} groups of one size", typeName(),
                        axisName(call.inputs.front(), channelsFirst ? 1 : 2), groups);
      return nullptr;
    }
    Tensor *kernel =
        variable(call, "kernel", {placed.size, channels / groups, filters}, kernelInitializer);
    return addBias(call, kernel ? placed.product(call.graph, x, kernel, groups) : nullptr);
  }

private:
  int64_t filters, groups;
  mlir::DictionaryAttr kernelInitializer;
};

class DepthwiseConv1D : public Convolution {
public:
  static constexpr const char *kerasName = "DepthwiseConv1D";
  static constexpr const char *parameters =
      "kernel_size, strides=1, padding='valid', depth_multiplier=1, data_format=None, "
      "dilation_rate=1, activation=None, use_bias=True, "
      "depthwise_initializer='glorot_uniform', bias_initializer='zeros', "
      "depthwise_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
      "depthwise_constraint=None, bias_constraint=None";
  explicit DepthwiseConv1D(Config &config)
      : Convolution(config, kerasName, /*mayBeCausal=*/false),
        multiplier(config.positiveInteger("depth_multiplier")),
        kernelInitializer(config.initializer("depthwise_initializer")) {}

protected:
  Tensor *convolve(LayerCall &call, Tensor *x, const PlacedWindows &placed,
                   int64_t channels) override {
    Tensor *kernel = variable(call, "kernel", {placed.size, channels, multiplier},
                              kernelInitializer, "depthwise");
    return addBias(call, kernel ? placed.depthwise(call.graph, x, kernel) : nullptr);
  }

private:
  int64_t multiplier;
  mlir::DictionaryAttr kernelInitializer;
};

/// A depthwise convolution, then a product with a matrix.
class SeparableConv1D : public Convolution {
public:
  static constexpr const char *kerasName = "SeparableConv1D";
  static constexpr const char *parameters =
      "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, "
      "depth_multiplier=1, activation=None, use_bias=True, "
      "depthwise_initializer='glorot_uniform', pointwise_initializer='glorot_uniform', "
      "bias_initializer='zeros', depthwise_regularizer=None, pointwise_regularizer=None, "
      "bias_regularizer=None, activity_regularizer=None, depthwise_constraint=None, "
      "pointwise_constraint=None, bias_constraint=None";
  explicit SeparableConv1D(Config &config)
      : Convolution(config, kerasName, /*mayBeCausal=*/true),
        filters(config.positiveInteger("filters")),
        multiplier(config.positiveInteger("depth_multiplier")),
        depthwiseInitializer(config.initializer("depthwise_initializer")),
        pointwiseInitializer(config.initializer("pointwise_initializer")) {}

protected:
  Tensor *convolve(LayerCall &call, Tensor *x, const PlacedWindows &placed,
                   int64_t channels) override {
    Tensor *kernel = variable(call, "depthwise_kernel", {placed.size, channels, multiplier},
                              depthwiseInitializer, "depthwise");
    Tensor *pointwise =
        kernel ? variable(call, "pointwise_kernel", {1, channels * multiplier, filters},
                          pointwiseInitializer, "pointwise")
               : nullptr;
    if (!pointwise)
      return nullptr;
    Tensor *y = placed.depthwise(call.graph, x, kernel);
    return addBias(call,
                   call.graph.contract(y, call.graph.squeeze(pointwise, {0}), {}, {}, {2}, {0}));
  }

private:
  int64_t filters, multiplier;
  mlir::DictionaryAttr depthwiseInitializer, pointwiseInitializer;
};

/// The gradient of a convolution in its input: each step of the input adds the kernel to
/// the steps of the result that a window of that convolution has.
class Conv1DTranspose : public Convolution {
public:
  static constexpr const char *kerasName = "Conv1DTranspose";
  static constexpr const char *parameters =
      "filters, kernel_size, strides=1, padding='valid', output_padding=None, data_format=None, "
      "dilation_rate=1, activation=None, use_bias=True, kernel_initializer='glorot_uniform', "
      "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
      "activity_regularizer=None, kernel_constraint=None, bias_constraint=None";
  explicit Conv1DTranspose(Config &config)
      : Convolution(config, kerasName, /*mayBeCausal=*/false),
        filters(config.positiveInteger("filters")),
        kernelInitializer(config.initializer("kernel_initializer")) {
    const BoundArguments::Slot &slot = config.get("output_padding");
    const auto *tuple = slot.value.as<eval::Sequence>();
    Value value = tuple && tuple->elements.size() == 1 ? tuple->elements.front() : slot.value;
    auto size = value.isInt() ? value.asInteger() : std::nullopt;
    if (size && *size >= 0 && *size < windows.stride)
      outputPadding = *size;
    else if (!slot.value.isNone())
      config.reject(
          slot, "output_padding",
          fmt::format("an integer from 0 to below the {} of `strides`, or None", windows.stride));
  }

protected:
  std::optional<PlacedWindows> placeWindows(LayerCall &, const Tensor *x) const override {
    // Blocks of `stride` steps of the result; a window has the steps of the input that add to one.
    const int64_t stride = windows.stride, dilation = windows.dilation;
    const int64_t blocks = (windows.size + stride - 1) / stride, reach = (blocks - 1) * dilation;
    return PlacedWindows{blocks, /*stride=*/1, dilation, reach, reach, x->size(1) + DimExpr(reach)};
  }

  Tensor *convolve(LayerCall &call, Tensor *x, const PlacedWindows &placed,
                   int64_t channels) override {
    GraphBuilder &graph = call.graph;
    Tensor *kernel = variable(call, "kernel", {windows.size, filters, channels}, kernelInitializer);
    std::optional<Cut> cut = kernel ? findCut(call, placed) : std::nullopt;
    if (!cut)
      return nullptr;
    const int64_t stride = windows.stride, blocks = placed.size;
    // Of the last step of a window first: the steps of a block side by side.
    kernel = graph.pad(kernel, 0, 0, blocks * stride - windows.size);
    kernel = graph.reshape(kernel, {size(blocks), size(stride), size(filters), size(channels)});
    kernel = graph.transpose(graph.reverse(kernel, {0}), {0, 3, 1, 2});
    kernel = graph.reshape(kernel, {size(blocks * channels), size(stride * filters)});
    Tensor *y = graph.contract(placed.sideBySide(graph, x), kernel, {}, {}, {2}, {0});
    // Within the product, unless there are steps that it does not have.
    if (cut->missing == 0)
      y = addBias(call, y, stride);
    if (!y)
      return nullptr;
    Axes axes = y->axes;
    axes[1].size = axes[1].size * DimExpr(stride);
    axes[2] = {DimExpr(filters), AxisMeaning::Features, operation};
    y = graph.pad(graph.reshape(y, std::move(axes)), 1, 0, cut->missing);
    y = graph.slice(y, {DimExpr(0), DimExpr(cut->before), DimExpr(0)},
                    {y->size(0), cut->steps, y->size(2)});
    return cut->missing == 0 ? y : addBias(call, y);
  }

private:
  /// What is left of all steps that a step of the input adds to.
  struct Cut {
    int64_t before, missing;
    DimExpr steps;
  };

  static Axis size(int64_t size) { return {DimExpr(size), AxisMeaning::Features}; }

  /// As TensorFlow's gradient of a convolution with this padding; nothing after a report.
  std::optional<Cut> findCut(LayerCall &call, const PlacedWindows &placed) {
    const int64_t stride = windows.stride, span = (windows.size - 1) * windows.dilation + 1;
    const bool isSame = windows.padding == Windows::Padding::Same;
    DimExpr input = placed.count - placed.before;
    DimExpr starts = input * DimExpr(stride) - DimExpr(stride);
    // How many steps there are behind the first of the last window.
    int64_t last = isSame ? outputPadding ? span % 2 + *outputPadding : stride
                          : span + outputPadding.value_or(std::max(stride - span, int64_t(0)));
    DimExpr steps = starts + DimExpr(last);
    bool fits = isSame ? last >= 1 && last <= stride : true;
    if (!fits || steps.getConstant().value_or(1) < 1) {
      session.in
          .report(
              Code::InvalidArgument, call.place,
              "`output_padding={}` of `{}` with windows of {} and strides of {} leaves a result "
              "whose windows are not as many as the steps of '{}'",
              outputPadding.value_or(0), typeName(), eval::plural(span, "step"), stride,
              call.inputs.front()->origin)
          .help("without `output_padding` the result has {} times as many steps", stride);
      return std::nullopt;
    }
    Cut cut{isSame ? std::max(span - last, int64_t(0)) / 2 : 0, 0, steps};
    DimExpr all = placed.count * DimExpr(stride);
    cut.missing =
        std::max((steps + DimExpr(cut.before) - all).getConstant().value_or(0), int64_t(0));
    return cut;
  }

  int64_t filters;
  std::optional<int64_t> outputPadding;
  mlir::DictionaryAttr kernelInitializer;
};

} // namespace

void addConvolutionLayers(Catalogue &catalogue) {
  catalogue.addLayer<Conv1D>({"Convolution1D"});
  catalogue.addLayer<Conv1DTranspose>({"Convolution1DTranspose"});
  catalogue.addLayer<DepthwiseConv1D>();
  catalogue.addLayer<SeparableConv1D>({"SeparableConvolution1D"});
}

} // namespace rondo::keras
