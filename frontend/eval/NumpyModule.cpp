//===- NumpyModule.cpp - The module numpy ---------------------------------===//
//
// The functions of numpy that model files make constants and sizes with. What is
// not here (random numbers, files, linear algebra) exists only for the training
// script.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/Modules.h"
#include "frontend/eval/NdArray.h"
#include <cmath>

namespace rondo::eval {
namespace {

using Op = ast::BinaryOp;

NdArray *arrayArgument(Interpreter &in, const BoundArguments &args, llvm::StringRef name) {
  return toArray(in, args[name].value, args[name].place);
}

std::optional<Dtype> dtypeArgument(Interpreter &in, const BoundArguments &args, Dtype otherwise) {
  const BoundArguments::Slot &slot = args["dtype"];
  return slot.value.isNone() ? otherwise : dtypeOf(in, slot.value, slot.place);
}

//===----------------------------------------------------------------------===//
// dtypes
//===----------------------------------------------------------------------===//

/// `np.float32`: the name of a dtype that also makes numbers, `np.float32(0.5)`.
class NumberType : public Str {
public:
  NumberType(const std::string &name, Dtype dtype)
      : Str(name), convert(name, "x=0, /", [name, dtype](Interpreter &in, BoundArguments &args) {
          const BoundArguments::Slot &slot = args["x"];
          if (slot.value.as<NdArray>() || slot.value.as<Sequence>()) {
            NdArray *array = toArray(in, slot.value, slot.place);
            return array ? arrayValue(
                               makeArray(in, array->elements(), array->shape, dtype, args.place))
                         : Value::error();
          }
          auto real = realOf(slot.value);
          if (!real)
            return reportExpected(in, slot.place, name, "a number", slot.value);
          if (slot.value.isInt() && dtype == Dtype::Int64)
            return slot.value;
          constexpr double limit = 0x1p63;
          bool fits = std::fabs(*real) < (dtype == Dtype::Int32 ? 0x1p31 : limit);
          if (!isFloating(dtype) && dtype != Dtype::Bool && !fits)
            return in.mistake(Code::ValueMismatch, slot.place, "`{}` of {}", name,
                              slot.value.inWords());
          if (slot.value.isInt() && !isFloating(dtype) && dtype != Dtype::Bool)
            return slot.value;
          return scalarValue(eval::convert(*real, dtype), dtype);
        }) {}
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override { return convert.call(in, arguments); }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name,
                                 SourceRange place) override {
    if (name == "__name__" || name == "name")
      return Value(this);
    return Str::attribute(in, name, place);
  }
  std::optional<bool> hasInstance(Value) const override { return false; }

private:
  Native convert;
};

/// `np.ndarray`, for isinstance.
class ArrayType : public Object {
public:
  std::string typeName() const override { return "type"; }
  std::string repr(unsigned) const override { return "<class 'numpy.ndarray'>"; }
  std::optional<bool> hasInstance(Value value) const override {
    return value.as<NdArray>() != nullptr;
  }
};

//===----------------------------------------------------------------------===//
// Making arrays
//===----------------------------------------------------------------------===//

/// False after a report of a negative size.
bool checkSizes(Interpreter &in, const NdArray::Shape &shape, SourceRange place) {
  auto negative = llvm::find_if(shape, [](int64_t size) { return size < 0; });
  if (negative == shape.end())
    return true;
  in.report(Code::ValueMismatch, place, "a shape is made of sizes, not {}", *negative);
  in.pythonSays("negative dimensions are not allowed");
  return false;
}

Value fill(Interpreter &in, BoundArguments &args, const NdArray::Shape &shape, double value,
           Dtype dtype) {
  if (!checkSizes(in, shape, args.place))
    return Value::error();
  if (!checkCount(in, shape, args.place))
    return Value::error();
  NdArray *array =
      makeArray(in, std::vector<double>(countOf(shape), value), shape, dtype, args.place);
  return array ? Value(array) : Value::error();
}

template <int value> Value filled(Interpreter &in, BoundArguments &args) {
  auto shape = shapeOf(in, args["shape"].value, args["shape"].place);
  auto dtype = dtypeArgument(in, args, Dtype::Float64);
  return shape && dtype ? fill(in, args, *shape, value, *dtype) : Value::error();
}

template <int value> Value filledLike(Interpreter &in, BoundArguments &args) {
  NdArray *like = arrayArgument(in, args, "a");
  auto dtype = like ? dtypeArgument(in, args, like->dtype) : std::nullopt;
  return dtype ? fill(in, args, like->shape, value, *dtype) : Value::error();
}

Value full(Interpreter &in, BoundArguments &args) {
  auto shape = shapeOf(in, args["shape"].value, args["shape"].place);
  NdArray *value = arrayArgument(in, args, "fill_value");
  auto dtype = value ? dtypeArgument(in, args, value->dtype) : std::nullopt;
  if (!shape || !dtype || !checkSizes(in, *shape, args["shape"].place) ||
      !checkCount(in, *shape, args.place))
    return Value::error();
  NdArray *spread = broadcast(in, value, *shape, args.place);
  NdArray *result =
      spread ? makeArray(in, spread->elements(), *shape, *dtype, args.place) : nullptr;
  return result ? Value(result) : Value::error();
}

Value array(Interpreter &in, BoundArguments &args) {
  NdArray *source = arrayArgument(in, args, "object");
  auto dtype = source ? dtypeArgument(in, args, source->dtype) : std::nullopt;
  if (!dtype)
    return Value::error();
  NdArray *copy = makeArray(in, source->elements(), source->shape, *dtype, args.place);
  return copy ? Value(copy) : Value::error();
}

Value arange(Interpreter &in, BoundArguments &args) {
  double bounds[3] = {0, 0, 1};
  Dtype dtype = Dtype::Int64;
  // The end alone, or all by name.
  if (args["start"].given && args["stop"].given)
    args.rest.insert(args.rest.begin(), {args["start"].value, args["start"].place});
  else if (args["start"].given)
    args.rest.push_back({args["start"].value, args["start"].place});
  if (args["stop"].given)
    args.rest.push_back({args["stop"].value, args["stop"].place});
  if (args["step"].given && args.rest.size() == 1)
    args.rest.insert(args.rest.begin(), {Value::integer(0), args.place});
  if (args["step"].given)
    args.rest.push_back({args["step"].value, args["step"].place});
  if (args.rest.empty() || args.rest.size() > 3)
    return in.mistake(Code::MissingArgument, args.place, "`arange` takes 1 to 3 arguments, got {}",
                      args.rest.size());
  for (size_t i = 0; i < args.rest.size(); ++i) {
    auto bound = realOf(args.rest[i].value);
    if (!bound)
      return in.mistake(Code::TypeMismatch, args.rest[i].place, "`arange` expects numbers, got {}",
                        args.rest[i].value.typeName());
    bounds[args.rest.size() == 1 ? 1 : i] = *bound;
    if (args.rest[i].value.isFloat())
      dtype = Dtype::Float64;
  }
  auto own = dtypeArgument(in, args, dtype);
  double count = std::ceil((bounds[1] - bounds[0]) / bounds[2]);
  if (!own)
    return Value::error();
  if (bounds[2] == 0 || std::isnan(count))
    return in.mistake(Code::ValueMismatch, args.place, "the step of `arange` is zero");
  if (count > double(Heap::limit))
    return in.mistake(Code::MemoryLimit, args.place, "an array of more than {} MiB",
                      Heap::limit >> 20);
  NdArray::Shape shape{int64_t(std::max(count, 0.0))};
  if (!checkCount(in, shape, args.place))
    return Value::error();
  std::vector<double> elements;
  for (int64_t i = 0; i < shape[0]; ++i)
    elements.push_back(bounds[0] + i * bounds[2]);
  NdArray *result = makeArray(in, std::move(elements), shape, *own, args.place);
  return result ? Value(result) : Value::error();
}

Value linspace(Interpreter &in, BoundArguments &args) {
  auto start = realOf(args["start"].value), stop = realOf(args["stop"].value);
  auto count = integerArgument(in, args, "num");
  auto dtype = dtypeArgument(in, args, Dtype::Float64);
  if (!start || !stop)
    return in.mistake(Code::TypeMismatch, args.place, "`linspace` expects numbers");
  if (!count || !dtype)
    return Value::error();
  bool hasEnd = in.truth(args["endpoint"].value).value_or(true);
  if (*count < 0)
    return in.mistake(Code::ValueMismatch, args["num"].place,
                      "`num` of `linspace` is 0 or more, got {}", *count);
  if (!checkCount(in, {*count}, args.place))
    return Value::error();
  int64_t parts = hasEnd ? *count - 1 : *count;
  double step = parts > 0 ? (*stop - *start) / parts : 0;
  std::vector<double> elements;
  for (int64_t i = 0; i < *count; ++i)
    elements.push_back(i * step + *start);
  if (hasEnd && *count > 1)
    elements.back() = *stop;
  NdArray *result = makeArray(in, std::move(elements), {*count}, *dtype, args.place);
  return result ? Value(result) : Value::error();
}

/// Ones on the diagonal that is `shift` to the right of the main one.
Value diagonal(Interpreter &in, BoundArguments &args, int64_t rows, int64_t columns,
               int64_t shift) {
  auto dtype = dtypeArgument(in, args, Dtype::Float64);
  NdArray::Shape shape{rows, columns};
  bool isSquare = !args.has("M");
  if (!dtype || !checkSizes(in, shape, args[isSquare || rows < 0 ? "N" : "M"].place) ||
      !checkCount(in, shape, args.place))
    return Value::error();
  std::vector<double> elements(countOf(shape));
  for (int64_t i = 0; i < shape[0]; ++i)
    if (int64_t j = i + shift; j >= 0 && j < shape[1])
      elements[i * shape[1] + j] = 1;
  NdArray *result = makeArray(in, std::move(elements), shape, *dtype, args.place);
  return result ? Value(result) : Value::error();
}

Value eye(Interpreter &in, BoundArguments &args) {
  auto rows = integerArgument(in, args, "N");
  auto columns = args["M"].value.isNone() ? rows : integerArgument(in, args, "M");
  auto shift = integerArgument(in, args, "k");
  return rows && columns && shift ? diagonal(in, args, *rows, *columns, *shift) : Value::error();
}

Value identity(Interpreter &in, BoundArguments &args) {
  auto size = integerArgument(in, args, "N");
  return size ? diagonal(in, args, *size, *size, 0) : Value::error();
}

/// tril and triu: zero on one side of a diagonal.
template <bool isLower> Value triangle(Interpreter &in, BoundArguments &args) {
  NdArray *matrix = arrayArgument(in, args, "m");
  auto shift = integerArgument(in, args, "k");
  if (!matrix || !shift)
    return Value::error();
  if (matrix->rank() < 2)
    return in.mistake(Code::ValueMismatch, args.place, "`{}` of an array with {}",
                      args.signature.callee, plural(matrix->rank(), "axis"));
  if (!checkCount(in, matrix->shape, args.place))
    return Value::error();
  std::vector<double> elements = matrix->elements();
  int64_t rows = matrix->shape[matrix->rank() - 2], columns = matrix->shape.back();
  for (size_t i = 0; i < elements.size(); ++i) {
    int64_t row = i / columns % rows, column = i % columns;
    if (isLower ? column > row + *shift : column < row + *shift)
      elements[i] = 0;
  }
  return arrayValue(makeArray(in, std::move(elements), matrix->shape, matrix->dtype, args.place));
}

//===----------------------------------------------------------------------===//
// Elementwise functions
//===----------------------------------------------------------------------===//

struct UnaryFunction {
  const char *name;
  double (*function)(double);
  /// Whether whole numbers stay whole.
  bool keepsDtype = false;
};

double roundEven(double x) { return std::nearbyint(x); }

const UnaryFunction unaryFunctions[] = {
    {"sqrt", std::sqrt},
    {"cbrt", std::cbrt},
    {"exp", std::exp},
    {"exp2", std::exp2},
    {"expm1", std::expm1},
    {"log", std::log},
    {"log2", std::log2},
    {"log10", std::log10},
    {"log1p", std::log1p},
    {"sin", std::sin},
    {"cos", std::cos},
    {"tan", std::tan},
    {"arcsin", std::asin},
    {"arccos", std::acos},
    {"arctan", std::atan},
    {"sinh", std::sinh},
    {"cosh", std::cosh},
    {"tanh", std::tanh},
    {"arctanh", std::atanh},
    {"deg2rad", [](double x) { return x * (M_PI / 180); }},
    {"radians", [](double x) { return x * (M_PI / 180); }},
    {"degrees", [](double x) { return x * (180 / M_PI); }},
    {"reciprocal", [](double x) { return 1 / x; }},
    {"floor", std::floor, true},
    {"ceil", std::ceil, true},
    {"trunc", std::trunc, true},
    {"rint", roundEven},
    {"abs", std::fabs, true},
    {"absolute", std::fabs, true},
    {"fabs", std::fabs},
    {"square", [](double x) { return x * x; }, true},
    {"negative", [](double x) { return -x; }, true},
    {"sign", [](double x) { return double((x > 0) - (x < 0)); }, true},
};

void addUnaryFunctions(Interpreter &in, Module *module) {
  for (const UnaryFunction &entry : unaryFunctions)
    addFunction(
        in, module, entry.name, "x, /, dtype=None",
        [&entry](Interpreter &in, BoundArguments &args) {
          NdArray *x = arrayArgument(in, args, "x");
          if (!x)
            return Value::error();
          Dtype own = entry.keepsDtype || isFloating(x->dtype) ? x->dtype : Dtype::Float64;
          auto dtype = dtypeArgument(in, args, own);
          NdArray *result = dtype ? mapped(in, x, *dtype, entry.function, args.place) : nullptr;
          // Of one number, as numpy warns, and a warning is easily missed.
          if (result && x->rank() == 0 && std::isnan(result->at(0)) && !std::isnan(x->at(0)))
            return in.mistake(Code::ValueMismatch, args["x"].place, "`{}` of {}", entry.name,
                              args["x"].value.inWords());
          return arrayValue(result);
        });
  struct Test {
    const char *name;
    bool (*holds)(double);
  };
  static const Test tests[] = {
      {"isnan", [](double x) { return std::isnan(x); }},
      {"isinf", [](double x) { return std::isinf(x); }},
      {"isfinite", [](double x) { return std::isfinite(x); }},
      {"logical_not", [](double x) { return x == 0; }},
  };
  for (const Test &entry : tests)
    addFunction(in, module, entry.name, "x, /", [&entry](Interpreter &in, BoundArguments &args) {
      NdArray *x = arrayArgument(in, args, "x");
      return arrayValue(
          mapped(in, x, Dtype::Bool, [&](double v) { return double(entry.holds(v)); }, args.place));
    });
}

template <typename F> Native::Body onPairs(F function, std::optional<Dtype> dtype) {
  return [function, dtype](Interpreter &in, BoundArguments &args) {
    NdArray *x = arrayArgument(in, args, "x1"), *y = arrayArgument(in, args, "x2");
    if (!x || !y)
      return Value::error();
    return arrayValue(
        mapped(in, x, y, dtype.value_or(promote(x->dtype, y->dtype)), function, args.place));
  };
}

void addBinaryFunctions(Interpreter &in, Module *module) {
  const std::pair<const char *, Op> operators[] = {
      {"add", Op::Add},         {"subtract", Op::Sub},       {"multiply", Op::Mul},
      {"divide", Op::Div},      {"true_divide", Op::Div},    {"floor_divide", Op::FloorDiv},
      {"mod", Op::Mod},         {"remainder", Op::Mod},      {"power", Op::Pow},
      {"float_power", Op::Pow}, {"bitwise_and", Op::BitAnd}, {"bitwise_or", Op::BitOr},
      {"matmul", Op::MatMul}};
  for (const auto &[name, op] : operators)
    addFunction(in, module, name, "x1, x2, /", [op = op](Interpreter &in, BoundArguments &args) {
      return arrayBinary(in, op, args["x1"].value, args["x2"].value, args.place);
    });
  const std::pair<const char *, ast::CompareOp> comparisons[] = {
      {"equal", ast::CompareOp::Equal},     {"not_equal", ast::CompareOp::NotEqual},
      {"less", ast::CompareOp::Less},       {"less_equal", ast::CompareOp::LessEqual},
      {"greater", ast::CompareOp::Greater}, {"greater_equal", ast::CompareOp::GreaterEqual}};
  for (const auto &[name, op] : comparisons)
    addFunction(in, module, name, "x1, x2, /", [op = op](Interpreter &in, BoundArguments &args) {
      return arrayCompare(in, op, args["x1"].value, args["x2"].value, args.place);
    });
  auto add = [&](const char *name, auto function, std::optional<Dtype> dtype = std::nullopt) {
    addFunction(in, module, name, "x1, x2, /", onPairs(function, dtype));
  };
  add("maximum", [](double a, double b) { return std::isnan(a) || a > b ? a : b; });
  add("minimum", [](double a, double b) { return std::isnan(a) || a < b ? a : b; });
  add("arctan2", [](double a, double b) { return std::atan2(a, b); }, Dtype::Float64);
  add("hypot", [](double a, double b) { return std::hypot(a, b); }, Dtype::Float64);
  add("logical_and", [](double a, double b) { return double(a != 0 && b != 0); }, Dtype::Bool);
  add("logical_or", [](double a, double b) { return double(a != 0 || b != 0); }, Dtype::Bool);
  add("logical_xor", [](double a, double b) { return double((a != 0) != (b != 0)); }, Dtype::Bool);
}

Value round(Interpreter &in, BoundArguments &args) {
  NdArray *x = arrayArgument(in, args, "a");
  auto digits = integerArgument(in, args, "decimals");
  if (!x || !digits)
    return Value::error();
  double scale = std::pow(10.0, double(*digits));
  return arrayValue(mapped(
      in, x, x->dtype, [&](double v) { return std::nearbyint(v * scale) / scale; }, args.place));
}

Value clip(Interpreter &in, BoundArguments &args) {
  NdArray *x = arrayArgument(in, args, "a");
  for (auto [name, isLower] : {std::pair("a_min", true), std::pair("a_max", false)}) {
    if (args[name].value.isNone())
      continue;
    NdArray *bound = arrayArgument(in, args, name);
    if (!x || !bound)
      return Value::error();
    bool isWeak = !args[name].value.as<NdArray>() && isFloating(x->dtype);
    x = mapped(
        in, x, bound, isWeak ? x->dtype : promote(x->dtype, bound->dtype),
        [isLower = isLower](double v, double b) {
          return isLower ? std::max(v, b) : std::min(v, b);
        },
        args.place);
  }
  return arrayValue(x);
}

Value where(Interpreter &in, BoundArguments &args) {
  NdArray *condition = arrayArgument(in, args, "condition");
  NdArray *x = arrayArgument(in, args, "x"), *y = arrayArgument(in, args, "y");
  if (!condition || !x || !y)
    return Value::error();
  auto shape = commonShape(in, x->shape, y->shape, args.place);
  if (shape)
    shape = commonShape(in, *shape, condition->shape, args.place);
  if (!shape || !checkCount(in, *shape, args.place))
    return Value::error();
  condition = broadcast(in, condition, *shape, args.place);
  NdArray *a = broadcast(in, x, *shape, args.place), *b = broadcast(in, y, *shape, args.place);
  std::vector<double> elements(countOf(*shape));
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i] = condition->at(i) != 0 ? a->at(i) : b->at(i);
  return arrayValue(
      makeArray(in, std::move(elements), *shape, promote(x->dtype, y->dtype), args.place));
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

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

void addNumpy(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "numpy");
  module->members["pi"] = Value::real(M_PI);
  module->members["e"] = Value::real(M_E);
  module->members["inf"] = Value::real(INFINITY);
  module->members["nan"] = Value::real(NAN);
  module->members["newaxis"] = Value();
  module->members["ndarray"] = in.heap.make<ArrayType>();
  const std::pair<const char *, Dtype> dtypes[] = {{"float64", Dtype::Float64},
                                                   {"float32", Dtype::Float32},
                                                   {"int64", Dtype::Int64},
                                                   {"int32", Dtype::Int32},
                                                   {"bool", Dtype::Bool}};
  for (const auto &[name, dtype] : dtypes)
    module->members[name] = in.heap.make<NumberType>(name, dtype);
  module->members["bool_"] = module->members["bool"];
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    addFunction(in, module, name, parameters, std::move(body));
  };
  add("zeros", "shape, dtype=None", filled<0>);
  add("ones", "shape, dtype=None", filled<1>);
  add("empty", "shape, dtype=None", filled<0>);
  add("zeros_like", "a, dtype=None", filledLike<0>);
  add("ones_like", "a, dtype=None", filledLike<1>);
  add("full", "shape, fill_value, dtype=None", full);
  add("array", "object, dtype=None, copy=True", array);
  add("asarray", "object, dtype=None", array);
  add("arange", "*args, start=None, stop=None, step=None, dtype=None", arange);
  add("linspace", "start, stop, num=50, endpoint=True, dtype=None", linspace);
  add("eye", "N, M=None, k=0, dtype=None", eye);
  add("identity", "N, dtype=None", identity);
  add("tril", "m, k=0", triangle<true>);
  add("triu", "m, k=0", triangle<false>);
  add("round", "a, decimals=0", round);
  add("around", "a, decimals=0", round);
  add("clip", "a, a_min=None, a_max=None", clip);
  add("where", "condition, x, y, /", where);
  addUnaryFunctions(in, module);
  addBinaryFunctions(in, module);
  addShapeFunctions(in, module);
  addReductions(in, module);
  addNumpyRandom(in);
}

} // namespace rondo::eval
