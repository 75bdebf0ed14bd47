//===- Axes.cpp - What axes mean, in words --------------------------------===//
//
// How messages and editors name the axes of a tensor, and what becomes of their
// meaning where tensors meet and where results get an operation.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Graph.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

llvm::StringRef describe(AxisMeaning meaning) {
  switch (meaning) {
  case AxisMeaning::Batch:
    return "samples of the batch";
  case AxisMeaning::Time:
    return "time steps";
  case AxisMeaning::Features:
    return "features";
  case AxisMeaning::Copies:
    return "copies";
  case AxisMeaning::One:
  case AxisMeaning::Unknown:
    return "elements";
  }
  return "";
}

/// Whose axis it is, or nothing.
static std::string ownerOf(const Axis &axis) {
  if (axis.operand)
    return axis.operand->origin;
  return axis.source ? axis.source->name : "";
}

std::string axisName(const Tensor *x, size_t index) {
  const Axis &axis = x->axes[index];
  std::string size = x->size(index).str();
  switch (axis.meaning) {
  case AxisMeaning::Batch:
    return fmt::format("the batch of '{}' ({})", x->origin, size);
  case AxisMeaning::One:
  case AxisMeaning::Unknown:
    return fmt::format("axis {} of '{}' ({})", index, x->origin, size);
  default:
    // A product has its steps and features from its operands.
    return fmt::format("the {} of '{}' ({})", describe(axis.meaning),
                       axis.operand ? axis.operand->origin : x->origin, size);
  }
}

static std::string describeAxis(const Axis &axis, const DimExpr &size) {
  if (axis.is(AxisMeaning::Batch))
    return size.isConstant() ? fmt::format("batch of {}", size.str()) : "batch";
  if (axis.is(AxisMeaning::Unknown) || axis.is(AxisMeaning::One))
    return size.str();
  llvm::StringRef what = describe(axis.meaning);
  if (size == DimExpr(1))
    what = axis.is(AxisMeaning::Copies) ? "copy" : what.drop_back();
  std::string owner = ownerOf(axis);
  return owner.empty() ? fmt::format("{} {}", size.str(), what)
                       : fmt::format("{} {} of '{}'", size.str(), what, owner);
}

std::string Tensor::shapeInWords() const {
  std::string words;
  for (size_t i = 0; i < rank(); ++i)
    words += (i == 0 ? "" : ", ") + describeAxis(axes[i], size(i));
  return "(" + words + ")";
}

std::string Session::wordsOf(SourceRange callee, std::string otherwise) const {
  if (!tracedWords.empty() && callee == tracedPlace)
    return tracedWords;
  llvm::StringRef text = callee.text();
  bool isName = !text.empty() && !llvm::isDigit(text.front()) &&
                llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_' || c == '.'; });
  return isName ? fmt::format("`{}`", text) : otherwise;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

DimExpr Tensor::size(size_t axis) const { return session.resolve(axes[axis].size); }

const Tensor *Tensor::outermost() const {
  const Tensor *tensor = this;
  while (tensor->outside)
    tensor = tensor->outside;
  return tensor;
}

const Operation *Tensor::maker() const {
  const Node *made = outermost()->node;
  return made ? made->operation : nullptr;
}

Tensor *Session::makeResult(const Tensor *computed, const Operation *maker, llvm::StringRef origin,
                            SourceRange place) {
  Axes axes = computed->axes;
  for (Axis &axis : axes)
    if (!axis.source && (axis.is(AxisMeaning::Time) || axis.is(AxisMeaning::Features)))
      axis.source = maker;
  return makeTensor(computed->value, std::move(axes), computed->element, origin, place);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Axis afterArithmetic(Axis axis) {
  axis.softmax = {};
  return axis;
}

Axes afterArithmetic(Axes axes) {
  for (Axis &axis : axes)
    axis.softmax = {};
  return axes;
}

Axis partOf(const Tensor *x, size_t index, const DimExpr &size) {
  Axis axis = x->axes[index];
  if (size == x->size(index))
    return axis;
  axis.size = size;
  axis.softmax = {};
  axis.hasContexts = false;
  return axis;
}

Axis mergedAxis(const Axis &a, const Axis &b) {
  auto isVague = [](const Axis &axis) {
    return axis.is(AxisMeaning::Unknown) || axis.is(AxisMeaning::Copies);
  };
  Axis merged = isVague(a) && !b.is(AxisMeaning::Unknown) ? b : a;
  // Steps of two tensors that run along each other are those of the first; features that
  // are combined are no longer those of an operand.
  if (merged.is(AxisMeaning::Features) && a.operand != b.operand)
    merged.operand = nullptr;
  else if (!merged.operand && merged.is(b.meaning))
    merged.operand = b.operand;
  merged.hasContexts = a.hasContexts && b.hasContexts;
  return merged;
}

} // namespace rondo::keras
