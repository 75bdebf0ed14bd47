//===- NdArrayOps.cpp - Arithmetic of arrays ------------------------------===//
//
// Elementwise operations with broadcasting, products of matrices, and reductions.
// Sums are added in numpy's order, so that they round as its do.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/BigInt.h"
#include "frontend/eval/NdArray.h"
#include <cmath>
#include <numeric>

namespace rondo::eval {

using ast::BinaryOp;
using ast::CompareOp;

NdArray *mapped(Interpreter &in, NdArray *x, Dtype dtype, llvm::function_ref<double(double)> f,
                SourceRange place) {
  if (!x || !checkCount(in, x->shape, place))
    return nullptr;
  std::vector<double> elements = x->elements();
  for (double &element : elements)
    element = f(element);
  return makeArray(in, std::move(elements), x->shape, dtype, place);
}

NdArray *mapped(Interpreter &in, NdArray *x, NdArray *y, Dtype dtype,
                llvm::function_ref<double(double, double)> f, SourceRange place) {
  if (!x || !y)
    return nullptr;
  auto shape = commonShape(in, x->shape, y->shape, place);
  if (!shape || !checkCount(in, *shape, place))
    return nullptr;
  NdArray *left = broadcast(in, x, *shape, place), *right = broadcast(in, y, *shape, place);
  std::vector<double> elements(countOf(*shape));
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i] = f(left->at(i), right->at(i));
  return makeArray(in, std::move(elements), *shape, dtype, place);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

namespace {

double floorModulo(double a, double b) {
  double remainder = std::fmod(a, b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

double integerPower(double base, double exponent) {
  // By squaring: what is exact stays so.
  double result = 1;
  for (auto n = int64_t(exponent); n > 0; n >>= 1, base *= base)
    if (n & 1)
      result *= base;
  return result;
}

double apply(BinaryOp op, double a, double b, bool isWhole) {
  switch (op) {
  case BinaryOp::Add:
    return a + b;
  case BinaryOp::Sub:
    return a - b;
  case BinaryOp::Mul:
    return a * b;
  case BinaryOp::Div:
    return a / b;
  case BinaryOp::FloorDiv:
    return isWhole && b == 0 ? 0 : std::floor(a / b);
  case BinaryOp::Mod:
    return isWhole && b == 0 ? 0 : floorModulo(a, b);
  case BinaryOp::Pow:
    return isWhole ? integerPower(a, b) : std::pow(a, b);
  case BinaryOp::BitAnd:
    return double(int64_t(a) & int64_t(b));
  case BinaryOp::BitOr:
    return double(int64_t(a) | int64_t(b));
  case BinaryOp::BitXor:
    return double(int64_t(a) ^ int64_t(b));
  case BinaryOp::LeftShift:
    return std::ldexp(a, int(b));
  case BinaryOp::RightShift:
    return double(int64_t(a) >> int64_t(std::min(b, 63.0)));
  case BinaryOp::MatMul:
    break;
  }
  return NAN;
}

bool isBitwise(BinaryOp op) {
  return op == BinaryOp::BitAnd || op == BinaryOp::BitOr || op == BinaryOp::BitXor ||
         op == BinaryOp::LeftShift || op == BinaryOp::RightShift;
}

/// A number of Python does not widen an array's dtype, only its kind.
Dtype operandDtype(Value x, const NdArray &own, Value y, const NdArray &other) {
  bool isWeak = x.isInt() || x.isFloat() || x.as<BigInt>();
  bool isOtherWeak = y.isInt() || y.isFloat() || y.as<BigInt>();
  if (!isWeak || isOtherWeak)
    return own.dtype;
  if (x.isFloat())
    return isFloating(other.dtype) ? other.dtype : Dtype::Float64;
  return other.dtype == Dtype::Bool ? Dtype::Int64 : other.dtype;
}

} // namespace

Value arrayBinary(Interpreter &in, BinaryOp op, Value x, Value y, SourceRange place) {
  NdArray *left = toArray(in, x, place), *right = toArray(in, y, place);
  if (!left || !right)
    return Value::error();
  if (op == BinaryOp::MatMul)
    return arrayValue(matrixProduct(in, left, right, place));
  Dtype dtype = promote(operandDtype(x, *left, y, *right), operandDtype(y, *right, x, *left));
  if (isBitwise(op) && isFloating(dtype))
    return in.mistake(Code::TypeMismatch, place, "`{}` is not defined between arrays of {}",
                      ast::spelling(op), dtypeName(dtype));
  if (op == BinaryOp::Sub && dtype == Dtype::Bool)
    return in.mistake(Code::TypeMismatch, place, "`-` is not defined between arrays of bool");
  bool isWhole = !isFloating(dtype);
  if (op == BinaryOp::Div && isWhole)
    dtype = Dtype::Float64;
  else if (dtype == Dtype::Bool && !isBitwise(op) && op != BinaryOp::Add && op != BinaryOp::Mul)
    dtype = Dtype::Int64;
  if (op == BinaryOp::Pow && isWhole)
    for (double exponent : right->elements())
      if (exponent < 0)
        return in.mistake(Code::ValueMismatch, place,
                          "whole numbers to a negative power: make them floats first");
  return arrayValue(mapped(
      in, left, right, dtype, [&](double a, double b) { return apply(op, a, b, isWhole); }, place));
}

Value arrayCompare(Interpreter &in, CompareOp op, Value x, Value y, SourceRange place) {
  NdArray *left = toArray(in, x, place), *right = toArray(in, y, place);
  auto holds = [op](double a, double b) -> double {
    switch (op) {
    case CompareOp::Equal:
      return a == b;
    case CompareOp::NotEqual:
      return a != b;
    case CompareOp::Less:
      return a < b;
    case CompareOp::LessEqual:
      return a <= b;
    case CompareOp::Greater:
      return a > b;
    default:
      return a >= b;
    }
  };
  return arrayValue(mapped(in, left, right, Dtype::Bool, holds, place));
}

/// Whether arrays compute with the value.
static bool isOperand(Value value) {
  return realOf(value) || value.as<NdArray>() || value.as<Sequence>();
}

std::optional<Value> NdArray::binary(Interpreter &in, BinaryOp op, Value other, bool reflected,
                                     SourceRange place) {
  if (!isOperand(other))
    return std::nullopt;
  const auto *array = other.as<NdArray>();
  return asConstant(reflected ? arrayBinary(in, op, other, this, place)
                              : arrayBinary(in, op, this, other, place),
                    isConstant || (array && array->isConstant));
}

std::optional<Value> NdArray::compare(Interpreter &in, CompareOp op, Value other,
                                      SourceRange place) {
  return isOperand(other) ? std::optional(arrayCompare(in, op, this, other, place)) : std::nullopt;
}

std::optional<Value> NdArray::unary(Interpreter &in, ast::UnaryOp op, SourceRange place) {
  if (op == ast::UnaryOp::Plus)
    return Value(this);
  if (op == ast::UnaryOp::Minus && dtype == Dtype::Bool)
    return in.mistake(Code::TypeMismatch, place, "`-` is not defined for an array of bool");
  if (op == ast::UnaryOp::Invert && isFloating(dtype))
    return in.mistake(Code::TypeMismatch, place, "`~` is not defined for an array of {}",
                      dtypeName(dtype));
  auto apply = [isMinus = op == ast::UnaryOp::Minus, isBool = dtype == Dtype::Bool](double x) {
    if (isMinus)
      return -x;
    return isBool ? double(x == 0) : -x - 1;
  };
  return asConstant(arrayValue(mapped(in, this, dtype, apply, place)), isConstant);
}

std::optional<Value> NdArray::absolute(Interpreter &in, SourceRange place) {
  return arrayValue(mapped(in, this, dtype, [](double x) { return std::fabs(x); }, place));
}

NdArray *matrixProduct(Interpreter &in, NdArray *x, NdArray *y, SourceRange place) {
  if (!x || !y)
    return nullptr;
  bool isRow = x->rank() == 1, isColumn = y->rank() == 1;
  NdArray::Shape left = x->shape, right = y->shape;
  if (isRow)
    left.insert(left.begin(), 1);
  if (isColumn)
    right.push_back(1);
  bool fits = left.size() >= 2 && right.size() >= 2 && left.back() == right[right.size() - 2];
  if (!fits) {
    in.report(Code::ValueMismatch, place,
              "a product of arrays of shapes {} and {}: the last axis of the left one and the last "
              "but one of the right one have one size",
              x->shapeText(), y->shapeText());
    return nullptr;
  }
  NdArray::Shape batchLeft(left.begin(), left.end() - 2),
      batchRight(right.begin(), right.end() - 2);
  auto batch = commonShape(in, batchLeft, batchRight, place);
  x = reshaped(in, x, left, place);
  y = reshaped(in, y, right, place);
  if (!batch || !x || !y)
    return nullptr;
  int64_t rows = left[left.size() - 2], inner = left.back(), columns = right.back();
  NdArray::Shape leftShape = *batch, rightShape = *batch, shape = *batch;
  leftShape.insert(leftShape.end(), {rows, inner});
  rightShape.insert(rightShape.end(), {inner, columns});
  shape.insert(shape.end(), {rows, columns});
  x = broadcast(in, x, leftShape, place);
  y = broadcast(in, y, rightShape, place);
  if (!x || !y || !checkCount(in, shape, place) ||
      !in.step(place, 1 + uint64_t(countOf(shape)) * inner / 16))
    return nullptr;
  std::vector<double> a = x->elements(), b = y->elements(), result(countOf(shape));
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t matrix = i / (rows * columns), row = i / columns % rows, column = i % columns;
    double sum = 0;
    for (int64_t k = 0; k < inner; ++k)
      sum += a[(matrix * rows + row) * inner + k] * b[(matrix * inner + k) * columns + column];
    result[i] = sum;
  }
  if (isRow)
    shape.erase(shape.end() - 2);
  if (isColumn)
    shape.pop_back();
  Dtype dtype = promote(x->dtype, y->dtype);
  return makeArray(in, std::move(result), shape, dtype, place);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

namespace {

/// In halves down to blocks of eight running sums.
double pairwiseSum(llvm::ArrayRef<double> x) {
  if (x.size() < 8)
    return std::accumulate(x.begin(), x.end(), 0.0);
  if (x.size() > 128) {
    size_t half = x.size() / 2;
    half -= half % 8;
    return pairwiseSum(x.take_front(half)) + pairwiseSum(x.drop_front(half));
  }
  double sums[8];
  std::copy_n(x.begin(), 8, sums);
  size_t i = 8;
  for (; i + 8 <= x.size(); i += 8)
    for (size_t k = 0; k < 8; ++k)
      sums[k] += x[i + k];
  double total =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  for (; i < x.size(); ++i)
    total += x[i];
  return total;
}

double sumOf(llvm::ArrayRef<double> x, bool isContiguous) {
  return isContiguous ? pairwiseSum(x) : std::accumulate(x.begin(), x.end(), 0.0);
}

double varianceOf(llvm::ArrayRef<double> x, bool isContiguous) {
  double mean = sumOf(x, isContiguous) / x.size();
  std::vector<double> squares;
  for (double value : x)
    squares.push_back((value - mean) * (value - mean));
  return sumOf(squares, isContiguous) / x.size();
}

double reduceRow(Reduction kind, llvm::ArrayRef<double> x, bool isContiguous) {
  switch (kind) {
  case Reduction::Sum:
    return sumOf(x, isContiguous);
  case Reduction::Mean:
    return sumOf(x, isContiguous) / x.size();
  case Reduction::Prod:
    return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>());
  case Reduction::Max:
    return *std::max_element(x.begin(), x.end());
  case Reduction::Min:
    return *std::min_element(x.begin(), x.end());
  case Reduction::Any:
    return llvm::any_of(x, [](double v) { return v != 0; });
  case Reduction::All:
    return llvm::all_of(x, [](double v) { return v != 0; });
  case Reduction::ArgMax:
    return std::max_element(x.begin(), x.end()) - x.begin();
  case Reduction::ArgMin:
    return std::min_element(x.begin(), x.end()) - x.begin();
  case Reduction::Var:
    return varianceOf(x, isContiguous);
  case Reduction::Std:
    return std::sqrt(varianceOf(x, isContiguous));
  }
  return 0;
}

Dtype reducedDtype(Reduction kind, Dtype dtype) {
  switch (kind) {
  case Reduction::Sum:
  case Reduction::Prod:
    return isFloating(dtype) ? dtype : Dtype::Int64;
  case Reduction::Mean:
  case Reduction::Var:
  case Reduction::Std:
    return isFloating(dtype) ? dtype : Dtype::Float64;
  case Reduction::Any:
  case Reduction::All:
    return Dtype::Bool;
  case Reduction::ArgMax:
  case Reduction::ArgMin:
    return Dtype::Int64;
  default:
    return dtype;
  }
}

/// The axes that `axis=` names, in order; nothing after a report.
std::optional<std::vector<int64_t>> axesOf(Interpreter &in, Value axis, size_t rank,
                                           SourceRange place) {
  std::vector<int64_t> axes;
  if (axis.isNone()) {
    for (size_t i = 0; i < rank; ++i)
      axes.push_back(i);
    return axes;
  }
  std::vector<Value> values{axis};
  if (const auto *several = axis.as<Sequence>())
    values = several->elements;
  for (Value value : values) {
    auto checked = axisOf(in, value, rank, place);
    if (!checked)
      return std::nullopt;
    axes.push_back(*checked);
  }
  llvm::sort(axes);
  return axes;
}

} // namespace

Value reduced(Interpreter &in, NdArray *array, Reduction kind, Value axis, bool keeps,
              SourceRange place) {
  if (!array)
    return Value::error();
  auto axes = axesOf(in, axis, array->rank(), place);
  if (!axes || !checkCount(in, array->shape, place))
    return Value::error();
  // The reduced axes last: each result is made of one row.
  std::vector<int64_t> order;
  NdArray::Shape kept, full;
  for (size_t i = 0; i < array->rank(); ++i) {
    bool isReduced = llvm::is_contained(*axes, int64_t(i));
    if (!isReduced) {
      order.push_back(i);
      kept.push_back(array->shape[i]);
    }
    full.push_back(isReduced ? 1 : array->shape[i]);
  }
  bool isContiguous = array->isWhole() && (axes->empty() || axes->front() == int64_t(order.size()));
  order.insert(order.end(), axes->begin(), axes->end());
  std::vector<double> elements = transposed(in, array, order)->elements();
  int64_t rows = countOf(kept), size = rows == 0 ? 0 : int64_t(elements.size()) / rows;
  bool needsElements = kind != Reduction::Sum && kind != Reduction::Prod &&
                       kind != Reduction::Any && kind != Reduction::All;
  if (size == 0 && needsElements)
    return in.mistake(Code::ValueMismatch, place, "a reduction of an array without elements");
  std::vector<double> results;
  for (int64_t row = 0; row < rows; ++row)
    results.push_back(
        reduceRow(kind, llvm::ArrayRef(elements).slice(row * size, size), isContiguous));
  return arrayValue(makeArray(in, std::move(results), keeps ? full : kept,
                              reducedDtype(kind, array->dtype), place));
}

NdArray *accumulated(Interpreter &in, NdArray *array, Value axis, bool isProduct,
                     SourceRange place) {
  if (!array)
    return nullptr;
  if (axis.isNone()) {
    array = reshaped(in, array, {array->size()}, place);
    axis = Value::integer(0);
  }
  auto along = array ? axisOf(in, axis, array->rank(), place) : std::nullopt;
  if (!along || !checkCount(in, array->shape, place))
    return nullptr;
  std::vector<double> elements = array->elements();
  NdArray::Shape strides = rowMajor(array->shape);
  for (size_t i = 0; i < elements.size(); ++i) {
    if (int64_t(i) / strides[*along] % array->shape[*along] == 0)
      continue;
    double before = elements[i - strides[*along]];
    elements[i] = isProduct ? before * elements[i] : before + elements[i];
  }
  Dtype dtype = isFloating(array->dtype) ? array->dtype : Dtype::Int64;
  return makeArray(in, std::move(elements), array->shape, dtype, place);
}

} // namespace rondo::eval
