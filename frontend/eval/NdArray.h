//===- NdArray.h - Arrays of numpy ------------------------------*- C++ -*-===//
//
// Arrays for the constants of a model: masks, position encodings, tables. Views
// share their elements as numpy's do. Elements are kept as doubles whatever the
// dtype is; whole numbers beyond what a double holds exactly are reported.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_EVAL_NDARRAY_H
#define RONDO_FRONTEND_EVAL_NDARRAY_H

#include "frontend/eval/Interpreter.h"

namespace rondo::eval {

enum class Dtype { Bool, Int32, Int64, Float32, Float64 };

llvm::StringRef dtypeName(Dtype dtype);
inline bool isFloating(Dtype dtype) { return dtype >= Dtype::Float32; }
/// The dtype of what is computed from both.
Dtype promote(Dtype a, Dtype b);
/// A number as an element of that dtype; whole numbers towards zero.
double convert(double value, Dtype dtype);
/// An element as a number of Python.
Value scalarValue(double value, Dtype dtype);

class NdArray : public Object {
public:
  using Shape = std::vector<int64_t>;

  NdArray(std::shared_ptr<std::vector<double>> data, int64_t offset, Shape shape, Shape strides,
          Dtype dtype)
      : data(std::move(data)), offset(offset), shape(std::move(shape)), strides(std::move(strides)),
        dtype(dtype) {}
  /// Takes the elements in row-major order.
  NdArray(std::vector<double> elements, Shape shape, Dtype dtype);

  std::string typeName() const override { return "ndarray"; }
  std::string repr(unsigned depth) const override;
  std::string inWords() const override;
  std::string str() const override;
  bool truth() const override;
  bool hasTruth() const override { return size() == 1; }
  bool isHashable() const override { return false; }
  std::optional<uint64_t> length() const override {
    return shape.empty() ? std::nullopt : std::optional<uint64_t>(shape[0]);
  }
  std::optional<double> number(Interpreter &in, SourceRange place) override {
    return size() == 1 ? std::optional(at(0)) : std::nullopt;
  }
  Iterator *iterator(Interpreter &in, SourceRange place) override;
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  std::optional<Value> subscript(Interpreter &in, Value index, SourceRange place) override;
  bool setSubscript(Interpreter &in, Value index, Value value, SourceRange place) override;
  std::optional<Value> binary(Interpreter &in, ast::BinaryOp op, Value other, bool reflected,
                              SourceRange place) override;
  std::optional<Value> unary(Interpreter &in, ast::UnaryOp op, SourceRange place) override;
  std::optional<Value> compare(Interpreter &in, ast::CompareOp op, Value other,
                               SourceRange place) override;
  std::optional<Value> absolute(Interpreter &in, SourceRange place) override;

  size_t rank() const { return shape.size(); }
  int64_t size() const;
  /// The place of element `i` in row-major order.
  int64_t placeOf(int64_t i) const;
  double at(int64_t i) const { return (*data)[placeOf(i)]; }
  /// All elements in row-major order.
  std::vector<double> elements() const;
  bool isWhole() const;
  std::string shapeText() const;

  const std::shared_ptr<std::vector<double>> data;
  const int64_t offset;
  const Shape shape, strides;
  const Dtype dtype;
  /// Made by keras.ops: a tensor with numbers in it, not an array of numpy.
  bool isConstant = false;
};
/// Whether a list has text in it, going by its first element: no model computes with it.
bool isOfText(Value value);
/// The same value, an array marked as a constant.
Value asConstant(Value value, bool isConstant = true);

int64_t countOf(const NdArray::Shape &shape);
NdArray::Shape rowMajor(const NdArray::Shape &shape);
std::string describeShape(const NdArray::Shape &shape);

/// Whether an array of so many elements may be made; reports where not. Counts its making.
bool checkCount(Interpreter &in, const NdArray::Shape &shape, SourceRange place);
/// A new array; null after a report that it is too large, or its numbers are.
NdArray *makeArray(Interpreter &in, std::vector<double> elements, NdArray::Shape shape, Dtype dtype,
                   SourceRange place);
/// An array of what an array is, or numbers and sequences of them; null after a report.
NdArray *toArray(Interpreter &in, Value value, SourceRange place);
/// The array, or its only element where it has no axes.
Value arrayValue(NdArray *array);
/// Repeated to a shape, as a view; null after a report.
NdArray *broadcast(Interpreter &in, NdArray *array, const NdArray::Shape &shape, SourceRange place);
/// The shape that both are repeated to; nothing after a report.
std::optional<NdArray::Shape> commonShape(Interpreter &in, const NdArray::Shape &a,
                                          const NdArray::Shape &b, SourceRange place);
NdArray *reshaped(Interpreter &in, NdArray *array, NdArray::Shape shape, SourceRange place);
NdArray *transposed(Interpreter &in, NdArray *array, const std::vector<int64_t> &axes);

/// An axis, negative ones from the end; nothing after a report.
std::optional<int64_t> axisOf(Interpreter &in, Value axis, size_t rank, SourceRange place);
/// A shape: an integer or several; nothing after a report.
std::optional<NdArray::Shape> shapeOf(Interpreter &in, Value value, SourceRange place);
/// What `dtype=` names; nothing after a report.
std::optional<Dtype> dtypeOf(Interpreter &in, Value value, SourceRange place);

/// `f` of every element, or of pairs.
NdArray *mapped(Interpreter &in, NdArray *x, Dtype dtype, llvm::function_ref<double(double)> f,
                SourceRange place);
NdArray *mapped(Interpreter &in, NdArray *x, NdArray *y, Dtype dtype,
                llvm::function_ref<double(double, double)> f, SourceRange place);
/// `x op y`, where one may be a number of Python, which does not widen the other's dtype.
Value arrayBinary(Interpreter &in, ast::BinaryOp op, Value x, Value y, SourceRange place);
Value arrayCompare(Interpreter &in, ast::CompareOp op, Value x, Value y, SourceRange place);
NdArray *matrixProduct(Interpreter &in, NdArray *x, NdArray *y, SourceRange place);

enum class Reduction { Sum, Mean, Prod, Max, Min, Any, All, ArgMax, ArgMin, Var, Std };
/// Over the axes that `axis` names; `None` for all.
Value reduced(Interpreter &in, NdArray *array, Reduction kind, Value axis, bool keeps,
              SourceRange place);
/// Running sums or products along an axis, or of all elements.
NdArray *accumulated(Interpreter &in, NdArray *array, Value axis, bool isProduct,
                     SourceRange place);

/// An array whose elements are not known and whose shape is: what is drawn, or was filled with
/// data.
class UnknownArray : public Opaque {
public:
  using Shape = NdArray::Shape;
  UnknownArray(std::string origin, SourceRange place, Shape shape)
      : Opaque(std::move(origin), "", place), shape(std::move(shape)) {}
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  /// `x[:800]` has fewer samples, `x[0]` is one.
  std::optional<Value> subscript(Interpreter &in, Value index, SourceRange indexPlace) override;
  std::optional<uint64_t> length() const override {
    return shape.empty() ? std::nullopt : std::optional<uint64_t>(shape.front());
  }

  const Shape shape;
};

/// The shape of an array, of which the elements may be unknown, or () of a number; nothing for
/// other values.
std::optional<NdArray::Shape> shapeOf(Value value);
/// `left op right` where one is an array of which only the shape is known; nothing where the other
/// is none of known shape, or they do not fit.
std::optional<Value> combineShapes(Heap &heap, Value left, Value right);

} // namespace rondo::eval

#endif // RONDO_FRONTEND_EVAL_NDARRAY_H
