//===- NumpyFunctions.cpp - numpy, element by element ---------------------===//
//
// Arithmetic, comparisons and rounding of arrays, and of numbers as Python's own.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/NumpyModule.h"
#include <cmath>

namespace rondo::eval {
namespace {

using Op = ast::BinaryOp;

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

} // namespace

void addNumpyFunctions(Interpreter &in, Module *module) {
  addUnaryFunctions(in, module);
  addBinaryFunctions(in, module);
  addFunction(in, module, "round", "a, decimals=0", round);
  addFunction(in, module, "around", "a, decimals=0", round);
  addFunction(in, module, "clip", "a, a_min=None, a_max=None", clip);
  addFunction(in, module, "where", "condition, x, y, /", where);
}

} // namespace rondo::eval
