//===- Windows.cpp - Windows that slide over sequences --------------------===//
//
// Sizes as in Keras' compute_conv_output_shape and TensorFlow's "SAME".
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Windows.h"

namespace rondo::keras {

Tensor *PlacedWindows::pad(GraphBuilder &graph, Tensor *x, double value) const {
  if (value == 0.0)
    return graph.pad(x, 1, before, behind);
  std::vector<Tensor *> parts;
  auto add = [&](const DimExpr &steps) {
    if (steps != DimExpr(0))
      parts.push_back(graph.filled(value, {x->axes[0], {steps, AxisMeaning::Unknown}, x->axes[2]}));
  };
  add(before);
  parts.push_back(x);
  add(behind);
  return graph.concatenate(parts, 1);
}

Tensor *PlacedWindows::steps(GraphBuilder &graph, Tensor *x, int64_t index) const {
  if (!x)
    return nullptr;
  return graph.slice(x, {DimExpr(0), DimExpr(index * dilation), DimExpr(0)},
                     {x->size(0), count, x->size(2)}, {1, stride, 1});
}

Tensor *PlacedWindows::largest(GraphBuilder &graph, Tensor *x) const {
  // What is padded is never the largest.
  constexpr double lowest = std::numeric_limits<float>::lowest();
  return combine<MaximumOp>(graph, pad(graph, x, lowest));
}

Tensor *PlacedWindows::averages(GraphBuilder &graph, Tensor *x) const {
  auto sum = [&](Tensor *of) { return combine<AddOp>(graph, pad(graph, of, 0.0)); };
  Tensor *total = sum(x);
  if (!isPadded())
    return graph.binary<MulOp>(total, graph.scalar(1.0 / double(size)));
  return graph.binary<DivOp>(total,
                             sum(graph.filled(1.0, {{DimExpr(1)}, x->axes[1], {DimExpr(1)}})));
}

Tensor *PlacedWindows::sideBySide(GraphBuilder &graph, Tensor *x) const {
  std::vector<Tensor *> each;
  for (int64_t i = 0; i < size; ++i)
    each.push_back(steps(graph, x, i));
  return graph.concatenate(each, 2);
}

Tensor *PlacedWindows::product(GraphBuilder &graph, Tensor *x, Tensor *kernel,
                               int64_t groups) const {
  if (!kernel)
    return nullptr;
  const int64_t depth = *kernel->size(1).getConstant();
  const int64_t width = *kernel->size(2).getConstant() / groups;
  std::vector<Tensor *> results;
  for (int64_t group = 0; group < groups; ++group) {
    Tensor *weights = kernel, *channels = x;
    if (groups > 1) {
      weights = graph.part(kernel, 2, group * width, width);
      channels = graph.part(x, 2, group * depth, depth);
    }
    Axes matrix{{kernel->size(0) * kernel->size(1), AxisMeaning::Features}, weights->axes[2]};
    results.push_back(graph.contract(sideBySide(graph, channels), graph.reshape(weights, matrix),
                                     {}, {}, {2}, {0}));
  }
  return groups == 1 ? results.front() : graph.concatenate(results, 2);
}

Tensor *PlacedWindows::depthwise(GraphBuilder &graph, Tensor *x, Tensor *kernel) const {
  const int64_t multiplier = *kernel->size(2).getConstant();
  Tensor *total = nullptr;
  for (int64_t i = 0; i < size; ++i) {
    Tensor *step = steps(graph, x, i);
    Tensor *weights = graph.squeeze(graph.part(kernel, 0, i, 1), {0});
    if (multiplier > 1)
      step = graph.expandDims(step, 3);
    else
      weights = graph.squeeze(weights, {1});
    Tensor *term = graph.binary<MulOp>(step, weights);
    total = total ? graph.binary<AddOp>(total, term) : term;
  }
  if (multiplier == 1 || !total)
    return total;
  Axes axes{total->axes[0],
            total->axes[1],
            {total->size(2) * DimExpr(multiplier), AxisMeaning::Features}};
  return graph.reshape(total, std::move(axes));
}

/// An integer, alone or as a tuple of one.
static int64_t readSize(Config &config, llvm::StringRef parameter) {
  const BoundArguments::Slot &slot = config.get(parameter);
  const auto *tuple = slot.value.as<eval::Sequence>();
  Value value = tuple && tuple->elements.size() == 1 ? tuple->elements.front() : slot.value;
  constexpr int64_t limit = int64_t(1) << 24;
  auto size = value.isInt() ? value.asInteger() : std::nullopt;
  if (size && *size > 0 && *size <= limit)
    return *size;
  config.reject(slot, parameter, "a positive integer");
  return 1;
}

Windows::Windows(Config &config, llvm::StringRef sizeParameter, bool mayBeCausal)
    : size(readSize(config, sizeParameter)), sizeName(sizeParameter) {
  readPlacement(config, mayBeCausal);
}

Windows::Windows(Config &config, int64_t size) : size(size), sizeName("kernel") {
  readPlacement(config, /*mayBeCausal=*/false);
}

void Windows::readPlacement(Config &config, bool mayBeCausal) {
  const BoundArguments::Slot &strides = config.get("strides");
  stride = strides.value.isNone() ? size : readSize(config, "strides");
  if (config.arguments.has("dilation_rate"))
    dilation = readSize(config, "dilation_rate");
  if (dilation > 1 && stride > 1)
    config.reject(config.get("dilation_rate"), "dilation_rate", "1 where `strides` is more than 1");
  const BoundArguments::Slot &slot = config.get("padding");
  const auto *text = slot.value.as<eval::Str>();
  std::string lower = text ? llvm::StringRef(text->text).lower() : "";
  if (lower == "same")
    padding = Padding::Same;
  else if (lower == "causal" && mayBeCausal)
    padding = Padding::Causal;
  else if (lower != "valid")
    config.reject(slot, "padding",
                  mayBeCausal ? "\"valid\", \"same\" or \"causal\"" : "\"valid\" or \"same\"");
}

std::optional<PlacedWindows> Windows::place(LayerCall &call, const Tensor *x) const {
  Interpreter &in = call.graph.session.in;
  DimExpr steps = x->size(1);
  int64_t span = (size - 1) * dilation + 1;
  PlacedWindows placed{size, stride, dilation, 0, 0, DimExpr()};
  if (padding == Padding::Causal) {
    placed.before = span - 1;
  } else if (padding == Padding::Same) {
    DimExpr count = (steps + DimExpr(stride - 1)).floorDiv(stride);
    DimExpr missing = count * DimExpr(stride) + DimExpr(span - stride) - steps;
    // Steps between windows are never too few.
    if (std::optional<int64_t> known = missing.getConstant()) {
      missing = std::max(*known, int64_t(0));
    } else if (span < stride) {
      in.report(
            Code::DynamicSize, call.place,
            "{} with windows of {} and strides of {} that are the same as the steps needs a "
            "fixed number of these, and axis 1 of '{}' of shape {} is only known when the model "
            "runs",
            call.graph.callee, span, stride, x->origin, x->shape())
          .help("give the size in `Input(shape=…)` instead of None");
      return std::nullopt;
    }
    // TensorFlow's: the odd one goes behind.
    placed.before = missing.floorDiv(2);
    placed.behind = missing - placed.before;
  }
  DimExpr room = steps + placed.before + placed.behind - DimExpr(span);
  if (room.getConstant().value_or(0) < 0) {
    in.report(Code::ShapeMismatch, call.place, "{} has windows of {}, and {} are fewer",
              call.graph.callee, eval::plural(span, "step"), axisName(x, 1))
        .help("make `{}` smaller, or pad: `padding=\"same\"`", sizeName);
    return std::nullopt;
  }
  placed.count = room.floorDiv(stride) + DimExpr(1);
  return placed;
}

} // namespace rondo::keras
