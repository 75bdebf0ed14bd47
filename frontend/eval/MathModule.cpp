//===- MathModule.cpp - Python's module math ------------------------------===//
//
// Functions of one float are a table; the others take integers of any size or
// several arguments. As in Python a result that does not exist is an error, and
// so is one that is too large.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/Format.h"
#include "frontend/eval/Methods.h"
#include "frontend/eval/Modules.h"
#include <cmath>

namespace rondo::eval {
namespace {

using Op = ast::BinaryOp;

/// A number argument; nothing after a report.
std::optional<double> realArgument(Interpreter &in, const BoundArguments &args, Value value,
                                   SourceRange place) {
  std::optional<double> real = realOf(value);
  if (!real && value.getObject())
    real = value.getObject()->number(in, place);
  if (!real)
    reportExpected(in, place, args.signature.callee, "a number", value);
  return real;
}

std::optional<double> realArgument(Interpreter &in, const BoundArguments &args,
                                   llvm::StringRef name) {
  return realArgument(in, args, args[name].value, args[name].place);
}

std::optional<llvm::APInt> wholeArgument(Interpreter &in, const BoundArguments &args, Value value,
                                         SourceRange place) {
  std::optional<llvm::APInt> whole = bigOf(value);
  if (!whole)
    in.report(Code::TypeMismatch, place, "`{}` expects an integer, got {}", args.signature.callee,
              value.typeName());
  return whole;
}

/// A count that is not negative; nothing after a report.
std::optional<int64_t> countArgument(Interpreter &in, const BoundArguments &args,
                                     llvm::StringRef name) {
  Value value = args[name].value;
  if (!wholeArgument(in, args, value, args[name].place))
    return std::nullopt;
  if (auto count = value.asInteger(); count && *count >= 0)
    return count;
  in.report(Code::ValueMismatch, args[name].place, "`{}` of {}", args.signature.callee,
            value.inWords());
  return std::nullopt;
}

/// A float, unless it is what Python raises an exception for.
Value checkedReal(Interpreter &in, const BoundArguments &args, double result, bool hasNaN,
                  bool hasInfinity) {
  if (std::isnan(result) && !hasNaN)
    return in.mistake(Code::ValueMismatch, args.place, "`{}` does not exist for this number",
                      args.signature.callee);
  if (std::isinf(result) && !hasInfinity)
    return in.mistake(Code::ValueMismatch, args.place, "the result of `{}` is no number",
                      args.signature.callee);
  return Value::real(result);
}

struct RealFunction {
  const char *name;
  double (*function)(double);
};

const RealFunction realFunctions[] = {
    {"sqrt", std::sqrt},
    {"cbrt", std::cbrt},
    {"exp", std::exp},
    {"exp2", std::exp2},
    {"expm1", std::expm1},
    {"log1p", std::log1p},
    {"sin", std::sin},
    {"cos", std::cos},
    {"tan", std::tan},
    {"asin", std::asin},
    {"acos", std::acos},
    {"atan", std::atan},
    {"sinh", std::sinh},
    {"cosh", std::cosh},
    {"tanh", std::tanh},
    {"asinh", std::asinh},
    {"acosh", std::acosh},
    {"atanh", std::atanh},
    {"erf", std::erf},
    {"erfc", std::erfc},
    {"gamma", std::tgamma},
    {"lgamma", std::lgamma},
    {"fabs", std::fabs},
    {"degrees", [](double x) { return x * (180.0 / M_PI); }},
    {"radians", [](double x) { return x * (M_PI / 180.0); }},
};

void addRealFunctions(Interpreter &in, Module *math) {
  for (const RealFunction &entry : realFunctions)
    addFunction(in, math, entry.name, "x, /", [&entry](Interpreter &in, BoundArguments &args) {
      auto x = realArgument(in, args, "x");
      if (!x)
        return Value::error();
      return checkedReal(in, args, entry.function(*x), std::isnan(*x), std::isinf(*x));
    });
}

/// The logarithm of a number of any size.
Value logarithm(Interpreter &in, BoundArguments &args, double (*function)(double), double unit) {
  Value value = args["x"].value;
  auto x = realArgument(in, args, "x");
  if (!x)
    return Value::error();
  if (!(*x > 0) && !std::isnan(*x))
    return in.mistake(Code::ValueMismatch, args["x"].place, "`{}` of {}", args.signature.callee,
                      value.inWords());
  const auto *big = value.as<BigInt>();
  if (!big || std::isfinite(*x))
    return Value::real(function(*x));
  // log(x) = log(x / 2^n) + n log(2)
  unsigned shift = big->value.getActiveBits() - 64;
  double rest = big->value.lshr(shift).roundToDouble();
  return Value::real(function(rest) + shift * unit);
}

Value naturalLogarithm(Interpreter &in, BoundArguments &args) {
  Value result = logarithm(in, args, std::log, M_LN2);
  if (result.isError() || !args["base"].given)
    return result;
  auto base = realArgument(in, args, "base");
  if (!base)
    return Value::error();
  if (!(*base > 0))
    return in.mistake(Code::ValueMismatch, args["base"].place, "a logarithm with the base {}",
                      args["base"].value.inWords());
  return in.binary(Op::Div, result, Value::real(std::log(*base)), args.place);
}

template <double (*function)(double)> Value toWhole(Interpreter &in, BoundArguments &args) {
  Value value = args["x"].value;
  if (isInteger(value))
    return value.isBool() ? Value::integer(*value.asInteger()) : value;
  auto x = realArgument(in, args, "x");
  if (!x)
    return Value::error();
  auto whole = toInteger(in.heap, function(*x));
  return whole ? *whole
               : in.mistake(Code::ValueMismatch, args["x"].place, "`{}` of {}",
                            args.signature.callee, value.inWords());
}

double floorOf(double x) { return std::floor(x); }
double ceilOf(double x) { return std::ceil(x); }
double truncOf(double x) { return std::trunc(x); }

struct PairFunction {
  const char *name;
  double (*function)(double, double);
};

const PairFunction pairFunctions[] = {{"atan2", std::atan2},         {"copysign", std::copysign},
                                      {"fmod", std::fmod},           {"remainder", std::remainder},
                                      {"nextafter", std::nextafter}, {"pow", std::pow}};

void addPairFunctions(Interpreter &in, Module *math) {
  for (const PairFunction &entry : pairFunctions)
    addFunction(in, math, entry.name, "x, y, /", [&entry](Interpreter &in, BoundArguments &args) {
      auto x = realArgument(in, args, "x"), y = realArgument(in, args, "y");
      if (!x || !y)
        return Value::error();
      return checkedReal(in, args, entry.function(*x, *y), std::isnan(*x) || std::isnan(*y),
                         std::isinf(*x) || std::isinf(*y));
    });
}

//===----------------------------------------------------------------------===//
// Whole numbers
//===----------------------------------------------------------------------===//

Value factorial(Interpreter &in, BoundArguments &args) {
  auto count = countArgument(in, args, "n");
  if (!count)
    return Value::error();
  Value result = Value::integer(1);
  for (int64_t i = 2; i <= *count && !result.isError(); ++i)
    result = in.binary(Op::Mul, result, Value::integer(i), args.place);
  return result;
}

Value permutations(Interpreter &in, BoundArguments &args) {
  auto n = countArgument(in, args, "n");
  auto k = args["k"].value.isNone() ? n : countArgument(in, args, "k");
  if (!n || !k)
    return Value::error();
  Value result = Value::integer(*k > *n ? 0 : 1);
  for (int64_t i = 0; i < *k && *k <= *n && !result.isError(); ++i)
    result = in.binary(Op::Mul, result, Value::integer(*n - i), args.place);
  return result;
}

Value combinations(Interpreter &in, BoundArguments &args) {
  auto n = countArgument(in, args, "n"), k = countArgument(in, args, "k");
  if (!n || !k)
    return Value::error();
  Value result = Value::integer(*k > *n ? 0 : 1);
  for (int64_t i = 0; *k <= *n && i < std::min(*k, *n - *k) && !result.isError(); ++i) {
    result = in.binary(Op::Mul, result, Value::integer(*n - i), args.place);
    result = in.binary(Op::FloorDiv, result, Value::integer(i + 1), args.place);
  }
  return result;
}

Value greatestDivisor(Interpreter &in, Value a, Value b, SourceRange place) {
  while (!a.isError() && !b.isError() && in.truth(b).value_or(false)) {
    Value rest = in.binary(Op::Mod, a, b, place);
    a = b;
    b = rest;
  }
  if (b.isError())
    return b;
  return isInteger(a) && isNegative(a) ? in.unary(ast::UnaryOp::Minus, a, place) : a;
}

template <bool isMultiple> Value divisor(Interpreter &in, BoundArguments &args) {
  Value result = Value::integer(isMultiple ? 1 : 0);
  for (const PlacedValue &argument : args.rest) {
    if (!wholeArgument(in, args, argument.value, argument.place))
      return Value::error();
    Value common = greatestDivisor(in, result, argument.value, args.place);
    if (!isMultiple) {
      result = common;
      continue;
    }
    if (!in.truth(argument.value).value_or(false))
      return Value::integer(0);
    result = in.binary(Op::Mul, in.binary(Op::FloorDiv, result, common, args.place), argument.value,
                       args.place);
    if (isInteger(result) && isNegative(result))
      result = in.unary(ast::UnaryOp::Minus, result, args.place);
  }
  return result;
}

Value squareRoot(Interpreter &in, BoundArguments &args) {
  auto whole = wholeArgument(in, args, args["n"].value, args["n"].place);
  if (!whole)
    return Value::error();
  if (whole->isNegative())
    return in.mistake(Code::ValueMismatch, args["n"].place, "`isqrt` of a negative number");
  // Newton's iteration from above.
  unsigned bits = whole->getBitWidth() + 2;
  llvm::APInt n = whole->sext(bits), root(bits, 0);
  root.setBit((n.getActiveBits() + 1) / 2);
  while (in.step(args.place, 1 + uint64_t(n.getNumWords()) * n.getNumWords() / 64)) {
    llvm::APInt next = (root + n.udiv(root)).lshr(1);
    if (next.uge(root))
      break;
    root = next;
  }
  return makeInteger(in.heap, root);
}

//===----------------------------------------------------------------------===//
// Several numbers
//===----------------------------------------------------------------------===//

Value product(Interpreter &in, BoundArguments &args) {
  Value result = args["start"].value;
  bool complete = in.iterate(args["iterable"].value, args["iterable"].place, [&](Value element) {
    result = in.binary(Op::Mul, result, element, args.place);
    return !result.isError();
  });
  return complete ? result : Value::error();
}

/// The numbers of an iterable; nothing after a report.
std::optional<std::vector<double>> reals(Interpreter &in, const BoundArguments &args, Value value,
                                         SourceRange place) {
  auto values = in.elements(value, place);
  if (!values)
    return std::nullopt;
  std::vector<double> result;
  for (Value element : *values) {
    auto real = realArgument(in, args, element, place);
    if (!real)
      return std::nullopt;
    result.push_back(*real);
  }
  return result;
}

/// The sum as if rounded once: partial sums that do not overlap.
Value exactSum(Interpreter &in, BoundArguments &args) {
  auto numbers = reals(in, args, args["iterable"].value, args["iterable"].place);
  if (!numbers)
    return Value::error();
  std::vector<double> partials;
  double special = 0;
  for (double x : *numbers) {
    if (!std::isfinite(x)) {
      special += x;
      continue;
    }
    size_t kept = 0;
    for (double y : partials) {
      if (std::fabs(x) < std::fabs(y))
        std::swap(x, y);
      double high = x + y, low = y - (high - x);
      if (low != 0)
        partials[kept++] = low;
      x = high;
    }
    partials.resize(kept);
    partials.push_back(x);
  }
  if (special != 0 || std::isnan(special))
    return Value::real(special);
  double sum = 0;
  while (!partials.empty()) {
    double x = sum, y = partials.back();
    partials.pop_back();
    sum = x + y;
    double low = y - (sum - x);
    if (low == 0)
      continue;
    // Halfway cases: the next partial decides.
    if (!partials.empty() && (low < 0) == (partials.back() < 0)) {
      double doubled = low * 2, moved = sum + doubled;
      if (doubled == moved - sum)
        sum = moved;
    }
    break;
  }
  return Value::real(sum);
}

Value hypotenuse(Interpreter &in, BoundArguments &args) {
  double scale = 0, sum = 0;
  std::vector<double> numbers;
  for (const PlacedValue &argument : args.rest) {
    auto x = realArgument(in, args, argument.value, argument.place);
    if (!x)
      return Value::error();
    numbers.push_back(std::fabs(*x));
    scale = std::max(scale, numbers.back());
  }
  if (scale == 0 || !std::isfinite(scale))
    return Value::real(scale);
  if (numbers.size() == 2)
    return Value::real(std::hypot(numbers[0], numbers[1]));
  for (double x : numbers)
    sum += (x / scale) * (x / scale);
  return Value::real(scale * std::sqrt(sum));
}

Value distance(Interpreter &in, BoundArguments &args) {
  auto p = reals(in, args, args["p"].value, args["p"].place);
  auto q = reals(in, args, args["q"].value, args["q"].place);
  if (!p || !q)
    return Value::error();
  if (p->size() != q->size())
    return in.mistake(Code::ValueMismatch, args.place, "`dist` of points in different spaces");
  double sum = 0;
  for (size_t i = 0; i < p->size(); ++i)
    sum += ((*p)[i] - (*q)[i]) * ((*p)[i] - (*q)[i]);
  return Value::real(p->size() == 2 ? std::hypot((*p)[0] - (*q)[0], (*p)[1] - (*q)[1])
                                    : std::sqrt(sum));
}

Value isClose(Interpreter &in, BoundArguments &args) {
  auto a = realArgument(in, args, "a"), b = realArgument(in, args, "b");
  auto relative = realArgument(in, args, "rel_tol"), absolute = realArgument(in, args, "abs_tol");
  if (!a || !b || !relative || !absolute)
    return Value::error();
  if (*a == *b)
    return Value::boolean(true);
  if (std::isinf(*a) || std::isinf(*b))
    return Value::boolean(false);
  double difference = std::fabs(*a - *b);
  return Value::boolean(difference <=
                        std::max(*relative * std::max(std::fabs(*a), std::fabs(*b)), *absolute));
}

template <typename F> Native::Body predicate(F holds) {
  return [holds](Interpreter &in, BoundArguments &args) {
    auto x = realArgument(in, args, "x");
    return x ? Value::boolean(holds(*x)) : Value::error();
  };
}

} // namespace

void addMath(Interpreter &in) {
  Module *math = addModule(in, "math");
  math->members["pi"] = Value::real(M_PI);
  math->members["e"] = Value::real(M_E);
  math->members["tau"] = Value::real(2 * M_PI);
  math->members["inf"] = Value::real(INFINITY);
  math->members["nan"] = Value::real(NAN);
  addRealFunctions(in, math);
  addPairFunctions(in, math);
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    addFunction(in, math, name, parameters, std::move(body));
  };
  add("log", "x, base=None, /", naturalLogarithm);
  add("log2", "x, /",
      [](Interpreter &in, BoundArguments &args) { return logarithm(in, args, std::log2, 1); });
  add("log10", "x, /", [](Interpreter &in, BoundArguments &args) {
    return logarithm(in, args, std::log10, M_LN2 / M_LN10);
  });
  add("floor", "x, /", toWhole<floorOf>);
  add("ceil", "x, /", toWhole<ceilOf>);
  add("trunc", "x, /", toWhole<truncOf>);
  add("factorial", "n, /", factorial);
  add("perm", "n, k=None, /", permutations);
  add("comb", "n, k, /", combinations);
  add("gcd", "*args", divisor<false>);
  add("lcm", "*args", divisor<true>);
  add("isqrt", "n, /", squareRoot);
  add("prod", "iterable, /, *, start=1", product);
  add("fsum", "iterable, /", exactSum);
  add("hypot", "*args", hypotenuse);
  add("dist", "p, q, /", distance);
  add("isclose", "a, b, *, rel_tol=1e-09, abs_tol=0.0", isClose);
  add("isfinite", "x, /", predicate([](double x) { return std::isfinite(x); }));
  add("isinf", "x, /", predicate([](double x) { return std::isinf(x); }));
  add("isnan", "x, /", predicate([](double x) { return std::isnan(x); }));
  add("modf", "x, /", [](Interpreter &in, BoundArguments &args) -> Value {
    auto x = realArgument(in, args, "x");
    if (!x)
      return Value::error();
    double whole = 0, fraction = std::modf(*x, &whole);
    return in.heap.tuple({Value::real(fraction), Value::real(whole)});
  });
  add("frexp", "x, /", [](Interpreter &in, BoundArguments &args) -> Value {
    auto x = realArgument(in, args, "x");
    if (!x)
      return Value::error();
    int exponent = 0;
    double fraction = std::frexp(*x, &exponent);
    return in.heap.tuple({Value::real(fraction), Value::integer(exponent)});
  });
  add("ldexp", "x, i, /", [](Interpreter &in, BoundArguments &args) {
    auto x = realArgument(in, args, "x");
    auto i = args["i"].value.asInteger();
    if (!x || !i)
      return x ? in.mistake(Code::TypeMismatch, args["i"].place, "`ldexp` expects an integer")
               : Value::error();
    return checkedReal(in, args, std::ldexp(*x, int(std::clamp<int64_t>(*i, -5000, 5000))),
                       std::isnan(*x), std::isinf(*x));
  });
}

} // namespace rondo::eval
