//===- TensorflowFormulas.cpp - TensorFlow's functions in several ops -----===//
//
// Functions of TensorFlow that are no one function of keras.ops, but a line of them.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Size.h"
#include "frontend/keras/Spellings.h"

namespace rondo::keras {
namespace {

/// Calls functions of keras.ops one after the other, with the places of a call of TensorFlow's.
class Formula {
public:
  Formula(Session &session, const BoundArguments &bound) : session(session), bound(bound) {}

  PlacedValue slot(llvm::StringRef parameter) const {
    return {bound[parameter].value, bound[parameter].place};
  }
  PlacedValue number(int64_t value) const { return {Value::integer(value), bound.place}; }
  PlacedValue list(std::vector<Value> elements) const {
    return {session.in.heap.list(std::move(elements)), bound.place};
  }
  PlacedValue op(llvm::StringRef name, std::vector<PlacedValue> arguments) const {
    return {callOp(session.in, session.ops, name, bound, std::move(arguments)), bound.place};
  }
  bool isTrue(llvm::StringRef parameter) const {
    return session.in.truth(bound[parameter].value).value_or(false);
  }
  /// "NWC" or another that has the channels last; false after a report.
  bool hasChannelsLast() const {
    const auto *format = bound["data_format"].value.as<eval::Str>();
    if (!format || (format->text != "NCW" && format->text != "NCHW"))
      return true;
    session.in.report(Code::NotSupportedYet, bound["data_format"].place,
                      "channels first are not supported yet");
    return false;
  }

  /// A number for the steps: (1, number, 1), or it alone.
  PlacedValue along(llvm::StringRef parameter) const {
    PlacedValue value = slot(parameter);
    const auto *several = value.value.as<eval::Sequence>();
    if (several && !several->elements.empty())
      value.value = several->elements[several->elements.size() == 3];
    return value.value.isNone() ? number(1) : value;
  }

private:
  Session &session;
  const BoundArguments &bound;
};

/// `tf.cumsum` and `tf.math.cumprod`, from either end, with or without the element itself.
template <bool areSums> Value accumulate(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue x = tf.slot("x"), axis = tf.slot("axis");
  const bool isReverse = tf.isTrue("reverse");
  if (isReverse)
    x = tf.op("flip", {x, axis});
  if (tf.isTrue("exclusive")) {
    // Those in front: all move on by one.
    const auto *tensor = x.value.as<Tensor>();
    int64_t rank = tensor ? int64_t(tensor->rank()) : 0;
    auto position = axis.value.asInteger();
    if (!position || *position < -rank || *position >= rank)
      return session.in.mistake(Code::InvalidArgument, axis.place,
                                "`exclusive` needs a tensor and an axis of it, got {} and {}",
                                x.value.inWords(), axis.value.inWords());
    eval::Heap &heap = session.in.heap;
    std::vector<Value> widths, rest;
    for (int64_t each = 0; each < rank; ++each) {
      bool isAxis = each == *position || each == *position + rank;
      widths.push_back(heap.tuple({Value::integer(isAxis), Value::integer(0)}));
      rest.push_back(
          heap.make<eval::Slice>(Value(), isAxis ? Value::integer(-1) : Value(), Value()));
    }
    x = tf.op("pad", {x,
                      tf.list(std::move(widths)),
                      {heap.str("constant"), bound.place},
                      tf.number(areSums ? 0 : 1)});
    x.value = session.in.subscript(x.value, heap.tuple(std::move(rest)), bound.place, bound.place);
  }
  x = tf.op(areSums ? "cumsum" : "cumprod", {x, axis});
  return isReverse ? tf.op("flip", {x, axis}).value : x.value;
}

/// `tf.strided_slice`: a subscript of slices. Bits of the masks are for bounds that do not count.
Value stridedSlice(Session &session, BoundArguments &bound) {
  Interpreter &in = session.in;
  for (const char *mask : {"ellipsis_mask", "new_axis_mask"})
    if (bound[mask].value.asInteger() != 0)
      return in.unsupported(bound[mask].place, fmt::format("`{}` of `strided_slice` is", mask),
                            "write the subscript, `x[:, 1:-1]`");
  auto parts = [&](llvm::StringRef parameter) -> std::optional<std::vector<Value>> {
    const BoundArguments::Slot &slot = bound[parameter];
    return slot.value.isNone() ? std::vector<Value>() : in.elements(slot.value, slot.place);
  };
  auto begin = parts("begin"), end = parts("end"), strides = parts("strides");
  if (!begin || !end || !strides)
    return Value::error();
  if (begin->size() != end->size() || (!strides->empty() && strides->size() != begin->size()))
    return in.mistake(Code::InvalidArgument, bound.place,
                      "`begin`, `end` and `strides` of `strided_slice` have one number for each "
                      "axis, got {}, {} and {} of them",
                      begin->size(), end->size(), strides->size());
  auto isMasked = [&](const char *mask, size_t axis) {
    return (uint64_t(bound[mask].value.asInteger().value_or(0)) >> std::min<size_t>(axis, 63)) & 1;
  };
  std::vector<Value> index;
  for (size_t axis = 0; axis < begin->size(); ++axis) {
    Value start = (*begin)[axis], stop = (*end)[axis];
    Value step = strides->empty() ? Value() : (*strides)[axis];
    if (isMasked("shrink_axis_mask", axis)) {
      index.push_back(start);
      continue;
    }
    // From the first element on, and to the last one.
    if (isMasked("begin_mask", axis) || (start.asInteger() == 0 && step.asInteger() != -1))
      start = Value();
    const auto *x = bound["input_"].value.as<Tensor>();
    const auto *size = stop.as<Size>();
    const bool isWhole =
        size && x && axis < x->rank() && session.resolve(size->expr) == x->size(axis);
    if (isMasked("end_mask", axis) || isWhole)
      stop = Value();
    index.push_back(in.heap.make<eval::Slice>(start, stop, step));
  }
  const BoundArguments::Slot &input = bound["input_"];
  return in.subscript(input.value, in.heap.tuple(std::move(index)), input.place, bound.place);
}

/// `tf.nn.l2_loss`: half the sum of the squares.
Value l2Loss(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  return tf.op("divide", {tf.op("sum", {tf.op("square", {tf.slot("t")})}), tf.number(2)}).value;
}

/// `tf.clip_by_norm`: scaled where its norm is above.
Value clipByNorm(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue t = tf.slot("t"), limit = tf.slot("clip_norm"),
              keep{Value::boolean(true), bound.place};
  PlacedValue squares = tf.op("sum", {tf.op("square", {t}), tf.slot("axes"), keep});
  // No slope where there is nothing.
  PlacedValue isSome = tf.op("greater", {squares, tf.number(0)});
  PlacedValue norm =
      tf.op("sqrt", {tf.op("where", {isSome, squares, tf.op("ones_like", {squares})})});
  norm = tf.op("where", {isSome, norm, squares});
  return tf.op("divide", {tf.op("multiply", {t, limit}), tf.op("maximum", {norm, limit})}).value;
}

/// `tf.nn.weighted_cross_entropy_with_logits`, in TensorFlow's words
/// (1 - z) x + (1 + (q - 1) z) softplus(-x).
Value weightedCrossentropy(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  using ast::BinaryOp;
  Value z = bound["labels"].value, x = bound["logits"].value, q = bound["pos_weight"].value;
  const Value one = Value::integer(1);
  auto apply = [&](BinaryOp op, Value left, Value right) {
    return session.in.binary(op, left, right, bound.place);
  };
  Value negative = session.in.unary(ast::UnaryOp::Minus, x, bound.place);
  Value weight = apply(BinaryOp::Add, apply(BinaryOp::Mul, apply(BinaryOp::Sub, q, one), z), one);
  return apply(BinaryOp::Add, apply(BinaryOp::Mul, apply(BinaryOp::Sub, one, z), x),
               apply(BinaryOp::Mul, weight, tf.op("softplus", {{negative, bound.place}}).value));
}

/// `tf.linalg.diag_part` and `trace`: of matrices in the last two axes.
template <bool isSum> Value diagonal(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue offset = isSum ? tf.number(0) : tf.slot("k");
  return tf
      .op(isSum ? "trace" : "diagonal",
          {tf.slot(isSum ? "x" : "input"), offset, tf.number(-2), tf.number(-1)})
      .value;
}

/// `tf.linalg.set_diag`
Value setDiagonal(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  const auto *x = bound["input"].value.as<Tensor>();
  auto rows = x && x->rank() >= 2 ? x->size(x->rank() - 2).getConstant() : std::nullopt;
  auto columns = rows ? x->size(x->rank() - 1).getConstant() : std::nullopt;
  if (!columns || rows != columns)
    return session.in.unsupported(bound["input"].place,
                                  "`set_diag` but of square matrices of a known size is");
  PlacedValue eye = tf.op("eye", {tf.number(*rows)});
  PlacedValue rest = tf.op("multiply", {tf.slot("input"), tf.op("subtract", {tf.number(1), eye})});
  PlacedValue put =
      tf.op("multiply", {tf.op("expand_dims", {tf.slot("diagonal"), tf.number(-1)}), eye});
  return tf.op("add", {rest, put}).value;
}

/// `tf.linalg.diag`: matrices with these numbers along the main diagonal.
Value diagonalMatrix(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  const auto *x = bound["diagonal"].value.as<Tensor>();
  auto size = x && x->rank() > 0 ? x->size(x->rank() - 1).getConstant() : std::nullopt;
  if (!size || bound["k"].value.asInteger() != 0)
    return session.in.unsupported(bound["diagonal"].place,
                                  "`diag` but of the main diagonal, of a known size, is");
  PlacedValue rows = tf.op("expand_dims", {tf.slot("diagonal"), tf.number(-1)});
  return tf.op("multiply", {rows, tf.op("eye", {tf.number(*size)})}).value;
}

/// `tf.linalg.matvec`
Value matrixVector(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue matrix = tf.slot("a");
  if (tf.isTrue("transpose_a"))
    matrix = tf.op("swapaxes", {matrix, tf.number(-2), tf.number(-1)});
  PlacedValue column = tf.op("expand_dims", {tf.slot("b"), tf.number(-1)});
  return tf.op("squeeze", {tf.op("matmul", {matrix, column}), tf.number(-1)}).value;
}

/// `tf.math.squared_difference`
Value squaredDifference(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  return tf.op("square", {tf.op("subtract", {tf.slot("x"), tf.slot("y")})}).value;
}

/// `tf.math.multiply_no_nan`: 0 where `y` is 0, whatever `x` is.
Value multiplyNoNan(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue y = tf.slot("y");
  PlacedValue x = tf.op("where", {tf.op("equal", {y, tf.number(0)}), tf.number(0), tf.slot("x")});
  return tf.op("multiply", {x, y}).value;
}

/// `tf.nn.batch_normalization`
Value batchNormalization(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue variance = tf.op("add", {tf.slot("variance"), tf.slot("variance_epsilon")});
  PlacedValue y = tf.op(
      "multiply", {tf.op("subtract", {tf.slot("x"), tf.slot("mean")}), tf.op("rsqrt", {variance})});
  if (!bound["scale"].value.isNone())
    y = tf.op("multiply", {y, tf.slot("scale")});
  return bound["offset"].value.isNone() ? y.value : tf.op("add", {y, tf.slot("offset")}).value;
}

/// `tf.one_hot`, with other numbers than 1 and 0 where it is given them.
Value oneHot(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  PlacedValue axis = bound["axis"].value.isNone() ? tf.number(-1) : tf.slot("axis");
  PlacedValue y = tf.op("one_hot", {tf.slot("indices"), tf.slot("depth"), axis});
  Value on = bound["on_value"].value, off = bound["off_value"].value;
  if (!on.isNone() || !off.isNone()) {
    using ast::BinaryOp;
    auto apply = [&](BinaryOp op, Value left, Value right) {
      return session.in.binary(op, left, right, bound.place);
    };
    on = on.isNone() ? Value::integer(1) : on;
    off = off.isNone() ? Value::integer(0) : off;
    y.value =
        apply(BinaryOp::Add, apply(BinaryOp::Mul, y.value, apply(BinaryOp::Sub, on, off)), off);
  }
  return bound["dtype"].value.isNone() ? y.value : tf.op("cast", {y, tf.slot("dtype")}).value;
}

/// `tf.TensorArray`: a list of tensors, which steps of a loop write.
class TensorArray : public eval::Object {
public:
  explicit TensorArray(Session &session) : session(session) {}
  std::string typeName() const override { return "TensorArray"; }
  std::vector<std::string> attributeNames() const override {
    return {"concat", "read", "size", "stack", "unstack", "write"};
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    auto method = [&](const char *parameters, auto body) {
      return Value(in.heap.make<Native>(
          name.str(), parameters,
          [this, body](Interpreter &, BoundArguments &bound) { return (this->*body)(bound); }));
    };
    if (name == "write")
      return method("index, value, name=None", &TensorArray::write);
    if (name == "read")
      return method("index, name=None", &TensorArray::read);
    if (name == "stack")
      return method("name=None", &TensorArray::stack);
    if (name == "concat")
      return method("name=None", &TensorArray::concat);
    if (name == "unstack")
      return method("value, name=None", &TensorArray::unstack);
    if (name == "size")
      return method("name=None", &TensorArray::size);
    return std::nullopt;
  }

private:
  /// Where `index` says; nothing after a report.
  std::optional<size_t> positionOf(const BoundArguments &bound) const {
    constexpr int64_t most = 1 << 20;
    auto index = bound["index"].value.asInteger();
    if (index && *index >= 0 && *index < most)
      return size_t(*index);
    session.in.report(Code::InvalidArgument, bound["index"].place,
                      "the place in a `TensorArray` is a number that is known, got {}",
                      bound["index"].value.inWords());
    return std::nullopt;
  }
  Value write(BoundArguments &bound) {
    auto position = positionOf(bound);
    if (!position)
      return Value::error();
    session.in.heap.charge(sizeof(Value));
    elements.resize(std::max(elements.size(), *position + 1));
    elements[*position] = bound["value"].value;
    return this;
  }
  Value read(BoundArguments &bound) {
    auto position = positionOf(bound);
    if (!position)
      return Value::error();
    if (*position < elements.size() && !elements[*position].isNone())
      return elements[*position];
    return session.in.mistake(Code::IndexOutOfRange, bound["index"].place,
                              "nothing was written to place {} of the `TensorArray`", *position);
  }
  /// All elements, none of them missing; nothing after a report.
  std::optional<PlacedValue> whole(const BoundArguments &bound) const {
    auto missing = llvm::find_if(elements, [](Value element) { return element.isNone(); });
    if (!elements.empty() && missing == elements.end())
      return PlacedValue{session.in.heap.list(elements), bound.place};
    session.in.report(Code::IndexOutOfRange, bound.place,
                      "nothing was written to place {} of the `TensorArray`",
                      missing - elements.begin());
    return std::nullopt;
  }
  Value stack(BoundArguments &bound) {
    auto all = whole(bound);
    Formula tf(session, bound);
    return all ? tf.op("stack", {*all, tf.number(0)}).value : Value::error();
  }
  Value concat(BoundArguments &bound) {
    auto all = whole(bound);
    Formula tf(session, bound);
    return all ? tf.op("concatenate", {*all, tf.number(0)}).value : Value::error();
  }
  Value unstack(BoundArguments &bound) {
    Formula tf(session, bound);
    PlacedValue parts = tf.op("unstack", {tf.slot("value"), {Value(), bound.place}, tf.number(0)});
    auto all = parts.value.isError() ? std::nullopt : session.in.elements(parts.value, bound.place);
    if (!all)
      return Value::error();
    elements = std::move(*all);
    return this;
  }
  Value size(BoundArguments &) { return Value::integer(int64_t(elements.size())); }

  Session &session;
  std::vector<Value> elements;
};

/// `tf.nn.conv1d`
Value conv1d(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  if (!tf.hasChannelsLast())
    return Value::error();
  PlacedValue none{Value(), bound.place};
  return tf
      .op("conv", {tf.slot("input"), tf.slot("filters"), tf.along("stride"), tf.slot("padding"),
                   none, tf.along("dilations")})
      .value;
}

/// `tf.nn.max_pool1d` and `avg_pool1d`
template <bool isMax> Value pool1d(Session &session, BoundArguments &bound) {
  Formula tf(session, bound);
  if (!tf.hasChannelsLast())
    return Value::error();
  return tf
      .op(isMax ? "max_pool" : "average_pool",
          {tf.slot("input"), tf.along("ksize"), tf.along("strides"), tf.slot("padding")})
      .value;
}

} // namespace

void addTensorflowFormulas(Catalogue &catalogue) {
  for (const char *owner : {"", "math"}) {
    addTensorflowOp(catalogue, owner, "cumsum", "cumsum",
                    "x, axis=0, exclusive=False, reverse=False, name=None", accumulate<true>);
    addTensorflowOp(catalogue, owner, "cumprod", "cumprod",
                    "x, axis=0, exclusive=False, reverse=False, name=None", accumulate<false>);
  }
  addTensorflowOp(catalogue, "", "TensorArray", "stack",
                  "dtype, size=None, dynamic_size=None, clear_after_read=None, "
                  "tensor_array_name=None, handle=None, flow=None, infer_shape=True, "
                  "element_shape=None, colocate_with_first_write_call=True, name=None",
                  [](Session &session, BoundArguments &) {
                    return Value(session.in.heap.make<TensorArray>(session));
                  });
  addTensorflowOp(catalogue, "", "one_hot", "one_hot",
                  "indices, depth, on_value=None, off_value=None, axis=None, dtype=None, "
                  "name=None",
                  oneHot);
  addTensorflowOp(catalogue, "", "strided_slice", "slice",
                  "input_, begin, end, strides=None, begin_mask=0, end_mask=0, ellipsis_mask=0, "
                  "new_axis_mask=0, shrink_axis_mask=0, var=None, name=None",
                  stridedSlice);
  addTensorflowOp(catalogue, "", "clip_by_norm", "clip", "t, clip_norm, axes=None, name=None",
                  clipByNorm);
  addTensorflowOp(catalogue, "nn", "l2_loss", "sum", "t, name=None", l2Loss);
  addTensorflowOp(catalogue, "nn", "weighted_cross_entropy_with_logits", "binary_crossentropy",
                  "labels, logits, pos_weight, name=None", weightedCrossentropy);
  addTensorflowOp(catalogue, "nn", "conv1d", "conv",
                  "input, filters, stride=1, padding='VALID', data_format=None, dilations=None, "
                  "name=None",
                  conv1d);
  addTensorflowOp(catalogue, "nn", "max_pool1d", "max_pool",
                  "input, ksize, strides, padding, data_format=None, name=None", pool1d<true>);
  addTensorflowOp(catalogue, "nn", "avg_pool1d", "average_pool",
                  "input, ksize, strides, padding, data_format=None, name=None", pool1d<false>);
  for (const char *owner : {"", "math"})
    addTensorflowOp(catalogue, owner, "squared_difference", "square", "x, y, name=None",
                    squaredDifference);
  addTensorflowOp(catalogue, "math", "multiply_no_nan", "multiply", "x, y, name=None",
                  multiplyNoNan);
  addTensorflowOp(catalogue, "nn", "batch_normalization", "batch_normalization",
                  "x, mean, variance, offset, scale, variance_epsilon, name=None",
                  batchNormalization);
  addTensorflowOp(catalogue, "linalg", "matvec", "matmul",
                  "a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, "
                  "b_is_sparse=False, name=None",
                  matrixVector);
  addTensorflowOp(catalogue, "linalg", "diag", "diag", "diagonal, name=None, k=0", diagonalMatrix);
  addTensorflowOp(catalogue, "linalg", "diag_part", "diagonal", "input, name=None, k=0",
                  diagonal<false>);
  addTensorflowOp(catalogue, "linalg", "trace", "trace", "x, name=None", diagonal<true>);
  addTensorflowOp(catalogue, "linalg", "set_diag", "where", "input, diagonal, name=None",
                  setDiagonal);
}

} // namespace rondo::keras
