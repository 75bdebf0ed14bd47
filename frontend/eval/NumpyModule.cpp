//===- NumpyModule.cpp - The module numpy ---------------------------------===//
//
// The functions of numpy that model files make constants and sizes with. What is
// not here (files, linear algebra) gives unknown values. This file has the dtypes and
// what makes arrays.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NumpyModule.h"
#include "frontend/eval/BigInt.h"
#include "frontend/eval/Methods.h"
#include <cmath>

namespace rondo::eval {

std::optional<Dtype> dtypeArgument(Interpreter &in, const BoundArguments &args, Dtype otherwise) {
  const BoundArguments::Slot &slot = args["dtype"];
  return slot.value.isNone() ? otherwise : dtypeOf(in, slot.value, slot.place);
}

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

namespace {

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
  if (isOfText(args["object"].value))
    return in.heap.make<Opaque>("numpy.array", "arrays have numbers for a model", args.place);
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
  addNumpyFunctions(in, module);
  addNumpyShapes(in, module);
  takeUnknownArrays(in, module);
  addNumpyRandom(in);
}

} // namespace rondo::eval
