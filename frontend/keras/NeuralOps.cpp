//===- NeuralOps.cpp - What layers and losses compute, as functions -------===//
//
// The functions of keras.ops.nn that normalize, slide windows over sequences, attend and
// compare, on tensors that the file has.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Einsum.h"
#include "frontend/keras/MeasureParts.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Windows.h"
#include <cmath>

namespace rondo::keras {
namespace {

/// An argument that may be None, as a tensor; nothing after a report.
std::optional<Tensor *> optional(OpCall &call, const BoundArguments::Slot &slot) {
  if (slot.value.isNone())
    return nullptr;
  Tensor *tensor = call.tensor(slot);
  return tensor ? std::optional(tensor) : std::nullopt;
}

Tensor *times(GraphBuilder &graph, Tensor *x, Tensor *factor) {
  return factor ? graph.binary<MulOp>(x, factor) : x;
}

Tensor *plus(GraphBuilder &graph, Tensor *x, Tensor *offset) {
  return offset ? graph.binary<AddOp>(x, offset) : x;
}

/// 1 / √(x + epsilon)
Tensor *inverseRoot(GraphBuilder &graph, Tensor *x, double epsilon) {
  Tensor *root = graph.unary<SqrtOp>(graph.binary<AddOp>(x, graph.scalar(epsilon)));
  return graph.binary<DivOp>(graph.scalar(1.0), root);
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

std::optional<double> epsilonOf(OpCall &call, const BoundArguments &args) {
  return args["epsilon"].value.isNone() ? std::optional(kEpsilon) : call.number(args, "epsilon");
}

/// A vector along axes of x, in the shape in which it meets x.
Tensor *along(GraphBuilder &graph, Tensor *vector, Tensor *x, llvm::ArrayRef<int64_t> axes) {
  if (!vector || vector->rank() == x->rank() || axes.back() == lastOf(x))
    return vector;
  Axes shape(x->rank(), Axis{DimExpr(1), AxisMeaning::One});
  for (int64_t axis : axes)
    shape[axis] = x->axes[axis];
  return graph.reshape(vector, std::move(shape));
}

/// The axes of a normalization, which are of samples; nothing after a report.
std::optional<AxisList> sampleAxes(OpCall &call, BoundArguments &args, Tensor *x) {
  const BoundArguments::Slot &slot = args["axis"];
  if (slot.value.isNone()) {
    call.reject(slot, "axis", "an integer or several");
    return std::nullopt;
  }
  auto axes = call.axes(slot, x);
  if (!axes)
    return std::nullopt;
  checkReduction(call.graph, x, *axes, slot, /*isSum=*/false);
  return axes;
}

Tensor *layerNormalization(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  auto axes = x ? sampleAxes(call, args, x) : std::nullopt;
  auto gamma = optional(call, args["gamma"]), beta = optional(call, args["beta"]);
  auto epsilon = epsilonOf(call, args);
  if (!axes || !gamma || !beta || !epsilon)
    return nullptr;
  Tensor *around = graph.binary<SubOp>(x, graph.mean(x, *axes, /*keep=*/true));
  Tensor *variance = graph.mean(graph.binary<MulOp>(around, around), *axes, /*keep=*/true);
  Tensor *scaled = graph.binary<MulOp>(around, inverseRoot(graph, variance, *epsilon));
  return plus(graph, times(graph, scaled, along(graph, *gamma, x, *axes)),
              along(graph, *beta, x, *axes));
}

Tensor *rmsNormalization(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  auto axes = x ? sampleAxes(call, args, x) : std::nullopt;
  auto scale = optional(call, args["scale"]);
  auto epsilon = epsilonOf(call, args);
  if (!axes || !scale || !epsilon)
    return nullptr;
  Tensor *squares = graph.mean(graph.binary<MulOp>(x, x), *axes, /*keep=*/true);
  return times(graph, graph.binary<MulOp>(x, inverseRoot(graph, squares, *epsilon)), *scale);
}

Tensor *batchNormalization(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["x"]));
  Tensor *mean = call.tensor(args["mean"]), *variance = call.tensor(args["variance"]);
  auto offset = optional(call, args["offset"]), scale = optional(call, args["scale"]);
  auto epsilon = call.number(args, "epsilon");
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!mean || !variance || !offset || !scale || !epsilon || !axis)
    return nullptr;
  auto placed = [&](Tensor *vector) { return along(graph, vector, x, {*axis}); };
  Tensor *factor = times(graph, inverseRoot(graph, placed(variance), *epsilon), placed(*scale));
  Tensor *scaled = graph.binary<MulOp>(graph.binary<SubOp>(x, placed(mean)), factor);
  return plus(graph, scaled, placed(*offset));
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// A sequence, (batch, steps, channels), and where the windows over it are.
struct Slid {
  Tensor *x;
  PlacedWindows windows;
  bool channelsFirst;

  /// The result with the channels where the argument has them.
  Tensor *turned(GraphBuilder &graph, Tensor *y) const {
    return channelsFirst && y ? graph.transpose(y, {0, 2, 1}) : y;
  }
};

std::optional<Slid> slide(OpCall &call, BoundArguments &args,
                          llvm::function_ref<Windows(Config &)> read) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.toFloat(call.tensor(args["inputs"]));
  if (!x)
    return std::nullopt;
  if (x->rank() != 3) {
    graph.session.in.report(Code::NotSupportedYet, args.place,
                            "{} of '{}' of shape {} is not supported yet, only of sequences, "
                            "(batch, steps, channels)",
                            graph.callee, x->origin, x->shape());
    return std::nullopt;
  }
  Config config(graph.session, args);
  const bool channelsFirst = config.isChannelsFirst("data_format");
  Windows windows = read(config);
  if (config.isBroken)
    return std::nullopt;
  if (channelsFirst)
    x = graph.transpose(x, {0, 2, 1});
  LayerCall place{graph, {x}, false, args, args.place};
  auto placed = windows.place(place, x);
  return placed ? std::optional(Slid{x, *placed, channelsFirst}) : std::nullopt;
}

template <Tensor *(PlacedWindows::*pooled)(GraphBuilder &, Tensor *) const>
Tensor *pool(OpCall &call, BoundArguments &args) {
  auto slid = slide(call, args, [](Config &config) { return Windows(config, "pool_size"); });
  return slid ? slid->turned(call.graph, (slid->windows.*pooled)(call.graph, slid->x)) : nullptr;
}

/// A kernel of this parameter, of three axes of known sizes; null after a report.
Tensor *kernelOf(OpCall &call, BoundArguments &args, const char *parameter) {
  Tensor *kernel = call.tensor(args[parameter]);
  bool fits = kernel && kernel->rank() == 3 && llvm::all_of(kernel->axes, [&](const Axis &axis) {
                return call.graph.session.resolve(axis.size).isConstant();
              });
  if (!kernel || fits)
    return call.graph.toFloat(kernel);
  call.reject(args[parameter], parameter, "a tensor of three axes: steps, channels, filters");
  return nullptr;
}

std::optional<int64_t> channelsOf(OpCall &call, const Slid &slid, SourceRange place) {
  return knownSize(call, slid.x, 2, place);
}

bool checkChannels(OpCall &call, BoundArguments &args, const Slid &slid, const Tensor *kernel,
                   bool hasGroups) {
  auto channels = channelsOf(call, slid, args.place);
  if (!channels)
    return false;
  int64_t own = *kernel->size(1).getConstant(), filters = *kernel->size(2).getConstant();
  if (*channels == own || (hasGroups && *channels % own == 0 && filters % (*channels / own) == 0))
    return true;
  call.graph.session.in.report(Code::ShapeMismatch, args.place,
                               "{} with a kernel of shape {} of a sequence of {} channels",
                               call.graph.callee, kernel->shape(), *channels);
  return false;
}

Tensor *convolution(OpCall &call, BoundArguments &args) {
  Tensor *kernel = kernelOf(call, args, "kernel");
  auto slid =
      kernel
          ? slide(call, args,
                  [&](Config &config) { return Windows(config, *kernel->size(0).getConstant()); })
          : std::nullopt;
  if (!slid || !checkChannels(call, args, *slid, kernel, /*hasGroups=*/true))
    return nullptr;
  int64_t groups = *channelsOf(call, *slid, args.place) / *kernel->size(1).getConstant();
  Tensor *padded = slid->windows.pad(call.graph, slid->x, 0.0);
  return slid->turned(call.graph, slid->windows.product(call.graph, padded, kernel, groups));
}

template <bool isSeparable> Tensor *depthwise(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *kernel = kernelOf(call, args, isSeparable ? "depthwise_kernel" : "kernel");
  Tensor *pointwise = isSeparable && kernel ? kernelOf(call, args, "pointwise_kernel") : nullptr;
  auto slid =
      kernel && (pointwise || !isSeparable)
          ? slide(call, args,
                  [&](Config &config) { return Windows(config, *kernel->size(0).getConstant()); })
          : std::nullopt;
  if (!slid || !checkChannels(call, args, *slid, kernel, /*hasGroups=*/false))
    return nullptr;
  Tensor *y = slid->windows.depthwise(graph, slid->windows.pad(graph, slid->x, 0.0), kernel);
  if (y && isSeparable) {
    if (!isOne(pointwise->size(0)) || !graph.session.unify(pointwise->size(1), y->size(2))) {
      call.reject(args["pointwise_kernel"], "pointwise_kernel",
                  fmt::format("of shape (1, {}, filters)", y->size(2).str()));
      return nullptr;
    }
    y = graph.contract(y, graph.squeeze(pointwise, {0}), {}, {}, {2}, {0});
  }
  return slid->turned(graph, y);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

Tensor *attention(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  std::vector<Tensor *> operands;
  for (const char *name : {"query", "key", "value"}) {
    Tensor *x = graph.toFloat(call.tensor(args[name]));
    if (!x)
      return nullptr;
    if (x->rank() != 4) {
      call.reject(args[name], name, "a tensor of four axes: batch, steps, heads, features");
      return nullptr;
    }
    operands.push_back(x);
  }
  for (const char *name : {"flash_attention", "attn_logits_soft_cap"})
    if (!args[name].value.isNone() && !(args[name].value.isBool() && !call.boolean(args[name]))) {
      call.reject(args[name], name, "not given");
      return nullptr;
    }
  auto [query, key, value] = std::tuple(operands[0], operands[1], operands[2]);
  auto bias = optional(call, args["bias"]), mask = optional(call, args["mask"]);
  if (!bias || !mask)
    return nullptr;
  // Each key and value serves as many queries as there are more of these.
  auto heads = knownSize(call, query, 2, args["query"].place);
  auto keyHeads = heads ? knownSize(call, key, 2, args["key"].place) : std::nullopt;
  auto features = keyHeads ? knownSize(call, key, 3, args["key"].place) : std::nullopt;
  if (!features)
    return nullptr;
  if (*heads > *keyHeads && *keyHeads > 1 && *heads % *keyHeads == 0)
    for (Tensor **each : {&key, &value})
      *each = graph.repeat(*each, 2, DimExpr(*heads / *keyHeads), /*isWhole=*/false);
  std::optional<double> scale = 1 / std::sqrt(double(*features));
  if (!args["scale"].value.isNone())
    scale = call.number(args, "scale");
  Tensor *scores =
      scale ? buildEinsum(call, args["query"], "BTNH,BSNH->BNTS", {query, key}) : nullptr;
  if (!scores)
    return nullptr;
  scores = plus(graph, graph.binary<MulOp>(scores, graph.scalar(*scale)), *bias);
  Tensor *counts = *mask ? graph.toBool(*mask) : nullptr;
  if (call.boolean(args["is_causal"])) {
    Tensor *isPast =
        graph.predicate(ComparePredicate::ge, graph.expandDims(graph.range(query->size(1)), 1),
                        graph.expandDims(graph.range(key->size(1)), 0));
    counts = counts ? buildLogicalAnd(graph, counts, isPast) : isPast;
  }
  // As low as Keras has it, so that a query without keys looks at all of them.
  constexpr double lowest = -0.7 * 3.38953e38;
  if (counts)
    scores = graph.select(counts, scores, graph.scalar(lowest));
  return scores ? buildEinsum(call, args["query"], "BNTS,BSNH->BTNH",
                              {graph.softmax(scores, 3), value})
                : nullptr;
}

//===----------------------------------------------------------------------===//
// Cross-entropies
//===----------------------------------------------------------------------===//

enum class Compared { Binary, Categories, Labels };

template <Compared compared> Tensor *crossentropy(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Session &session = graph.session;
  Tensor *target = call.tensor(args["target"]),
         *output = graph.toFloat(call.tensor(args["output"]));
  if (!target || !output)
    return nullptr;
  bool areLabels = compared == Compared::Labels;
  if (areLabels && target->rank() == output->rank() && target->rank() > 0 &&
      isOne(session.resolve(target->axes.back().size)))
    target = graph.squeeze(target, {lastOf(target)});
  bool fits = output->rank() > 0 && target->rank() + areLabels == output->rank();
  for (size_t i = 0; fits && i < target->rank(); ++i)
    fits = session.unify(target->axes[i].size, output->axes[i].size);
  if (!fits) {
    session.in.report(Code::ShapeMismatch, args.place,
                      "{} of a target of shape {} and an output of shape {}", graph.callee,
                      target->shape(), output->shape());
    return nullptr;
  }
  const char *name = compared == Compared::Categories ? "categorical_crossentropy"
                     : areLabels                      ? "sparse_categorical_crossentropy"
                                                      : "binary_crossentropy";
  Measure measure(session, measureFunction(name), name, args.place);
  measure.fromLogits = call.boolean(args["from_logits"]);
  if (args.has("axis")) {
    auto axis = call.axis(args["axis"], output->rank());
    if (!axis)
      return nullptr;
    measure.axis = *axis;
  }
  // Keras looks for the logits behind a softmax or a sigmoid.
  auto softmax = output->value.getDefiningOp<SoftmaxOp>();
  auto sigmoid = output->value.getDefiningOp<SigmoidOp>();
  mlir::Value behind = compared == Compared::Binary ? (sigmoid ? sigmoid.getInput() : mlir::Value())
                       : softmax                    ? softmax.getInput()
                                                    : mlir::Value();
  Tensor *logits =
      behind ? session.makeTensor(behind, output->axes, ElementKind::Float, "", {}) : nullptr;
  Comparison comparison{graph,
                        measure.name,
                        output,
                        areLabels ? graph.toInt(target) : graph.toFloat(target),
                        logits,
                        bool(softmax),
                        /*isLinear=*/false,
                        /*warns=*/false};
  if (compared != Compared::Binary)
    return measure.build(comparison);
  if (!logits && measure.fromLogits)
    logits = output;
  return binaryCrossentropies(comparison, comparison.target, output, logits);
}

const OpEntry table[] = {
    {"layer_normalization", "LayerNorm", "x, gamma=None, beta=None, axis=-1, epsilon=None",
     layerNormalization},
    {"rms_normalization", "RMSNorm", "x, scale=None, axis=-1, epsilon=None", rmsNormalization},
    {"batch_normalization", "BatchNorm",
     "x, mean, variance, axis, offset=None, scale=None, epsilon=0.001", batchNormalization},
    {"max_pool", "MaxPool", "inputs, pool_size, strides=None, padding='valid', data_format=None",
     pool<&PlacedWindows::largest>},
    {"average_pool", "AveragePool",
     "inputs, pool_size, strides=None, padding='valid', data_format=None",
     pool<&PlacedWindows::averages>},
    {"conv", "Conv",
     "inputs, kernel, strides=1, padding='valid', data_format=None, dilation_rate=1", convolution},
    {"depthwise_conv", "DepthwiseConv",
     "inputs, kernel, strides=1, padding='valid', data_format=None, dilation_rate=1",
     depthwise<false>},
    {"separable_conv", "SeparableConv",
     "inputs, depthwise_kernel, pointwise_kernel, strides=1, padding='valid', data_format=None, "
     "dilation_rate=1",
     depthwise<true>},
    {"dot_product_attention", "DotProductAttention",
     "query, key, value, bias=None, mask=None, scale=None, is_causal=False, flash_attention=None, "
     "attn_logits_soft_cap=None",
     attention},
    {"binary_crossentropy", "BinaryCrossentropy", "target, output, from_logits=False",
     crossentropy<Compared::Binary>},
    {"categorical_crossentropy", "CategoricalCrossentropy",
     "target, output, from_logits=False, axis=-1", crossentropy<Compared::Categories>},
    {"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy",
     "target, output, from_logits=False, axis=-1", crossentropy<Compared::Labels>},
};

} // namespace

llvm::ArrayRef<OpEntry> neuralOps() { return table; }

} // namespace rondo::keras
