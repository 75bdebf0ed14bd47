//===- NumpyShapes.cpp - numpy, whole arrays and axes ---------------------===//
//
// Joining, repeating and turning arrays, products and sums of them, and what compares
// them as wholes.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/NumpyModule.h"
#include <cmath>

namespace rondo::eval {
namespace {

using Op = ast::BinaryOp;

/// The arrays of a sequence; nothing after a report.
std::optional<std::vector<NdArray *>> arraysOf(Interpreter &in, const BoundArguments &args) {
  auto elements = in.elements(args["arrays"].value, args["arrays"].place);
  if (!elements)
    return std::nullopt;
  std::vector<NdArray *> arrays;
  for (Value element : *elements) {
    arrays.push_back(toArray(in, element, args["arrays"].place));
    if (!arrays.back())
      return std::nullopt;
  }
  if (!arrays.empty())
    return arrays;
  in.report(Code::ValueMismatch, args["arrays"].place, "`{}` of no arrays", args.signature.callee);
  return std::nullopt;
}

NdArray *concatenated(Interpreter &in, const std::vector<NdArray *> &arrays, int64_t axis,
                      SourceRange place) {
  NdArray::Shape shape = arrays[0]->shape;
  Dtype dtype = arrays[0]->dtype;
  shape[axis] = 0;
  for (NdArray *array : arrays) {
    NdArray::Shape others = array->shape;
    if (others.size() == shape.size())
      others[axis] = shape[axis];
    if (others != shape) {
      in.report(Code::ValueMismatch, place,
                "arrays of shapes {} and {} cannot be concatenated along axis {}",
                arrays[0]->shapeText(), array->shapeText(), axis);
      return nullptr;
    }
    shape[axis] += array->shape[axis];
    dtype = promote(dtype, array->dtype);
  }
  if (!checkCount(in, shape, place))
    return nullptr;
  int64_t outer = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= shape[i];
  std::vector<double> elements;
  std::vector<std::vector<double>> parts;
  for (NdArray *array : arrays)
    parts.push_back(array->elements());
  for (int64_t row = 0; row < outer; ++row)
    for (const std::vector<double> &part : parts) {
      int64_t size = part.size() / std::max<int64_t>(outer, 1);
      elements.insert(elements.end(), part.begin() + row * size, part.begin() + (row + 1) * size);
    }
  return makeArray(in, std::move(elements), shape, dtype, place);
}

Value concatenate(Interpreter &in, BoundArguments &args) {
  auto arrays = arraysOf(in, args);
  if (!arrays)
    return Value::error();
  if (args["axis"].value.isNone()) {
    for (NdArray *&array : *arrays)
      if (!(array = reshaped(in, array, {array->size()}, args.place)))
        return Value::error();
    return arrayValue(concatenated(in, *arrays, 0, args.place));
  }
  auto axis = axisOf(in, args["axis"].value, (*arrays)[0]->rank(), args["axis"].place);
  return axis ? arrayValue(concatenated(in, *arrays, *axis, args.place)) : Value::error();
}

NdArray *withAxis(Interpreter &in, NdArray *array, int64_t axis, SourceRange place) {
  NdArray::Shape shape = array->shape;
  shape.insert(shape.begin() + axis, 1);
  return reshaped(in, array, shape, place);
}

Value stack(Interpreter &in, BoundArguments &args) {
  auto arrays = arraysOf(in, args);
  auto axis =
      arrays ? axisOf(in, args["axis"].value, (*arrays)[0]->rank() + 1, args.place) : std::nullopt;
  if (!axis)
    return Value::error();
  for (NdArray *&array : *arrays) {
    if (array->shape != (*arrays)[0]->shape && array->rank() < size_t(*axis))
      return in.mistake(Code::ValueMismatch, args.place, "arrays of different shapes in a stack");
    if (!(array = withAxis(in, array, *axis, args.place)))
      return Value::error();
  }
  return arrayValue(concatenated(in, *arrays, *axis, args.place));
}

/// vstack and hstack: along the first axis and along the second.
template <bool isVertical> Value stackRows(Interpreter &in, BoundArguments &args) {
  auto arrays = arraysOf(in, args);
  if (!arrays)
    return Value::error();
  for (NdArray *&array : *arrays) {
    while (array && array->rank() < (isVertical ? 2 : 1))
      array = withAxis(in, array, 0, args.place);
    if (!array)
      return Value::error();
  }
  bool isFlat = (*arrays)[0]->rank() == 1;
  return arrayValue(concatenated(in, *arrays, isVertical || isFlat ? 0 : 1, args.place));
}

Value expandDims(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "a");
  auto axis =
      array ? axisOf(in, args["axis"].value, array->rank() + 1, args["axis"].place) : std::nullopt;
  return axis ? Value(withAxis(in, array, *axis, args.place)) : Value::error();
}

Value squeeze(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "a");
  if (!array)
    return Value::error();
  NdArray::Shape shape;
  std::optional<int64_t> only;
  if (!args["axis"].value.isNone()) {
    only = axisOf(in, args["axis"].value, array->rank(), args["axis"].place);
    if (!only)
      return Value::error();
    if (array->shape[*only] != 1)
      return in.mistake(Code::ValueMismatch, args["axis"].place, "axis {} has {} elements, not 1",
                        *only, array->shape[*only]);
  }
  for (size_t i = 0; i < array->rank(); ++i)
    if (array->shape[i] != 1 || (only && *only != int64_t(i)))
      shape.push_back(array->shape[i]);
  return arrayValue(reshaped(in, array, shape, args.place));
}

Value repeat(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "a");
  auto count = integerArgument(in, args, "repeats");
  if (!array || !count)
    return Value::error();
  if (args["axis"].value.isNone())
    array = reshaped(in, array, {array->size()}, args.place);
  Value along = args["axis"].value.isNone() ? Value::integer(0) : args["axis"].value;
  auto axis = array ? axisOf(in, along, array->rank(), args.place) : std::nullopt;
  if (!axis)
    return Value::error();
  // An axis of one behind it, widened.
  NdArray *wide = withAxis(in, array, *axis + 1, args.place);
  NdArray::Shape shape = wide->shape, result = array->shape;
  if (*count < 0)
    return in.mistake(Code::ValueMismatch, args["repeats"].place, "`repeats` is 0 or more, got {}",
                      *count);
  shape[*axis + 1] = *count;
  if (__builtin_mul_overflow(result[*axis], shape[*axis + 1], &result[*axis]) ||
      !checkCount(in, result, args.place))
    return Value::error();
  wide = broadcast(in, wide, shape, args.place);
  return arrayValue(reshaped(in, wide, result, args.place));
}

Value tile(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "A");
  auto counts = shapeOf(in, args["reps"].value, args["reps"].place);
  if (!array || !counts || !checkSizes(in, *counts, args["reps"].place))
    return Value::error();
  while (array->rank() < counts->size())
    array = withAxis(in, array, 0, args.place);
  counts->insert(counts->begin(), array->rank() - counts->size(), 1);
  for (size_t axis = 0; axis < counts->size(); ++axis) {
    NdArray::Shape grown = array->shape;
    if (__builtin_mul_overflow(grown[axis], (*counts)[axis], &grown[axis]))
      grown[axis] = INT64_MAX;
    if (!checkCount(in, grown, args.place))
      return Value::error();
    std::vector<NdArray *> copies((*counts)[axis], array);
    if (copies.empty())
      return fill(in, args, grown, 0, array->dtype);
    array = concatenated(in, copies, axis, args.place);
    if (!array)
      return Value::error();
  }
  return array;
}

Value flip(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "m");
  if (!array)
    return Value::error();
  std::vector<Value> keys(array->rank(), in.heap.make<Slice>(Value(), Value(), Value()));
  Value backwards = in.heap.make<Slice>(Value(), Value(), Value::integer(-1));
  if (args["axis"].value.isNone()) {
    keys.assign(array->rank(), backwards);
  } else {
    auto axis = axisOf(in, args["axis"].value, array->rank(), args["axis"].place);
    if (!axis)
      return Value::error();
    keys[*axis] = backwards;
  }
  return *array->subscript(in, in.heap.tuple(keys), args.place);
}

Value swapAxes(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "a");
  if (!array)
    return Value::error();
  auto first = axisOf(in, args["axis1"].value, array->rank(), args.place);
  auto second = axisOf(in, args["axis2"].value, array->rank(), args.place);
  if (!first || !second)
    return Value::error();
  std::vector<int64_t> axes;
  for (size_t i = 0; i < array->rank(); ++i)
    axes.push_back(i);
  std::swap(axes[*first], axes[*second]);
  return transposed(in, array, axes);
}

Value take(Interpreter &in, BoundArguments &args) {
  NdArray *array = arrayArgument(in, args, "a");
  if (array && args["axis"].value.isNone())
    array = reshaped(in, array, {array->size()}, args.place);
  Value along = args["axis"].value.isNone() ? Value::integer(0) : args["axis"].value;
  auto axis = array ? axisOf(in, along, array->rank(), args.place) : std::nullopt;
  if (!axis)
    return Value::error();
  std::vector<Value> keys(*axis, in.heap.make<Slice>(Value(), Value(), Value()));
  keys.push_back(args["indices"].value);
  return *array->subscript(in, in.heap.tuple(keys), args.place);
}

Value meshgrid(Interpreter &in, BoundArguments &args) {
  std::vector<NdArray *> arrays;
  NdArray::Shape shape;
  for (const PlacedValue &argument : args.rest) {
    NdArray *array = toArray(in, argument.value, argument.place);
    if (!array || !(array = reshaped(in, array, {array->size()}, argument.place)))
      return Value::error();
    arrays.push_back(array);
    shape.push_back(array->size());
  }
  const Str *indexing = args["indexing"].value.as<Str>();
  bool isSwapped = arrays.size() > 1 && !(indexing && indexing->text == "ij");
  if (isSwapped)
    std::swap(shape[0], shape[1]);
  std::vector<Value> grids;
  for (size_t i = 0; i < arrays.size(); ++i) {
    size_t axis = isSwapped && i < 2 ? 1 - i : i;
    NdArray::Shape own(shape.size(), 1);
    own[axis] = shape[axis];
    NdArray *column = reshaped(in, arrays[i], own, args.place);
    NdArray *grid = column ? broadcast(in, column, shape, args.place) : nullptr;
    if (!grid || !checkCount(in, shape, args.place))
      return Value::error();
    grids.push_back(makeArray(in, grid->elements(), shape, grid->dtype, args.place));
  }
  return in.heap.list(std::move(grids));
}

/// A method of arrays as a function: `np.sum(a, axis=1)` is `a.sum(axis=1)`.
void addMethod(Interpreter &in, Module *module, const char *name, const char *method) {
  addFunction(in, module, name, "a, /, *args, **kwargs",
              [method](Interpreter &in, BoundArguments &args) {
                NdArray *array = arrayArgument(in, args, "a");
                auto bound = array ? array->attribute(in, method, args.calleePlace) : std::nullopt;
                if (!bound)
                  return Value::error();
                Arguments arguments{args.place, args.calleePlace, args.rest, args.restKeywords};
                return in.call(*bound, arguments);
              });
}

/// An attribute of arrays as a function: `np.shape(a)`.
void addProperty(Interpreter &in, Module *module, const char *name) {
  addFunction(in, module, name, "a, /", [name](Interpreter &in, BoundArguments &args) {
    if (Object *object = args["a"].value.getObject(); object && !args["a"].value.as<Sequence>())
      if (auto value = object->attribute(in, name, args.place)) // Of symbolic tensors as well.
        return *value;
    NdArray *array = arrayArgument(in, args, "a");
    return array ? *array->attribute(in, name, args.place) : Value::error();
  });
}

void addShapeFunctions(Interpreter &in, Module *module) {
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    addFunction(in, module, name, parameters, std::move(body));
  };
  add("concatenate", "arrays, axis=0", concatenate);
  add("stack", "arrays, axis=0", stack);
  add("vstack", "arrays", stackRows<true>);
  add("hstack", "arrays", stackRows<false>);
  add("expand_dims", "a, axis", expandDims);
  add("squeeze", "a, axis=None", squeeze);
  add("repeat", "a, repeats, axis=None", repeat);
  add("tile", "A, reps", tile);
  add("flip", "m, axis=None", flip);
  add("swapaxes", "a, axis1, axis2", swapAxes);
  add("take", "a, indices, axis=None", take);
  add("meshgrid", "*args, indexing='xy'", meshgrid);
  add("broadcast_to", "array, shape", [](Interpreter &in, BoundArguments &args) {
    NdArray *array = arrayArgument(in, args, "array");
    auto shape = shapeOf(in, args["shape"].value, args["shape"].place);
    NdArray *result = array && shape && checkCount(in, *shape, args.place)
                          ? broadcast(in, array, *shape, args.place)
                          : nullptr;
    return result ? Value(result) : Value::error();
  });
  add("outer", "a, b", [](Interpreter &in, BoundArguments &args) {
    NdArray *a = arrayArgument(in, args, "a"), *b = arrayArgument(in, args, "b");
    a = a ? reshaped(in, a, {a->size(), 1}, args.place) : nullptr;
    b = b ? reshaped(in, b, {1, b->size()}, args.place) : nullptr;
    return a && b ? arrayBinary(in, Op::Mul, a, b, args.place) : Value::error();
  });
  add("dot", "a, b", [](Interpreter &in, BoundArguments &args) {
    bool isScalar = realOf(args["a"].value) || realOf(args["b"].value);
    return arrayBinary(in, isScalar ? Op::Mul : Op::MatMul, args["a"].value, args["b"].value,
                       args.place);
  });
}

bool allClose(NdArray *a, NdArray *b, double relative, double absolute) {
  for (int64_t i = 0, n = a->size(); i < n; ++i)
    if (!(std::fabs(a->at(i) - b->at(i)) <= absolute + relative * std::fabs(b->at(i))))
      return false;
  return true;
}

Value compareAll(Interpreter &in, BoundArguments &args, double relative, double absolute) {
  NdArray *a = arrayArgument(in, args, "a"), *b = arrayArgument(in, args, "b");
  auto shape = a && b ? commonShape(in, a->shape, b->shape, args.place) : std::nullopt;
  if (!shape || !checkCount(in, *shape, args.place))
    return Value::error();
  return Value::boolean(allClose(broadcast(in, a, *shape, args.place),
                                 broadcast(in, b, *shape, args.place), relative, absolute));
}

void addReductions(Interpreter &in, Module *module) {
  for (const char *name :
       {"sum", "mean", "prod", "max", "min", "var", "std", "any", "all", "argmax", "argmin",
        "cumsum", "cumprod", "reshape", "transpose", "ravel", "copy"})
    addMethod(in, module, name, name);
  addMethod(in, module, "amax", "max");
  addMethod(in, module, "amin", "min");
  for (const char *name : {"shape", "ndim", "size"})
    addProperty(in, module, name);
  addFunction(in, module, "allclose", "a, b, rtol=1e-05, atol=1e-08",
              [](Interpreter &in, BoundArguments &args) {
                return compareAll(in, args, args["rtol"].value.asReal().value_or(1e-5),
                                  args["atol"].value.asReal().value_or(1e-8));
              });
  addFunction(in, module, "array_equal", "a, b", [](Interpreter &in, BoundArguments &args) {
    NdArray *a = arrayArgument(in, args, "a"), *b = arrayArgument(in, args, "b");
    if (!a || !b)
      return Value::error();
    return Value::boolean(a->shape == b->shape && allClose(a, b, 0, 0));
  });
}

} // namespace

void addNumpyShapes(Interpreter &in, Module *module) {
  addShapeFunctions(in, module);
  addReductions(in, module);
}

} // namespace rondo::eval
