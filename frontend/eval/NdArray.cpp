//===- NdArray.cpp - Arrays of numpy --------------------------------------===//
//
// Making arrays, shapes and views of them, subscripts and assignment.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/NdArray.h"
#include "frontend/eval/BigInt.h"
#include "frontend/eval/Iterators.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

namespace rondo::eval {

//===----------------------------------------------------------------------===//
// Dtypes
//===----------------------------------------------------------------------===//

llvm::StringRef dtypeName(Dtype dtype) {
  switch (dtype) {
  case Dtype::Bool:
    return "bool";
  case Dtype::Int32:
    return "int32";
  case Dtype::Int64:
    return "int64";
  case Dtype::Float32:
    return "float32";
  case Dtype::Float64:
    return "float64";
  }
  return "";
}

Dtype promote(Dtype a, Dtype b) {
  if (a > b)
    std::swap(a, b);
  bool isMixed = b == Dtype::Float32 && (a == Dtype::Int32 || a == Dtype::Int64);
  return isMixed ? Dtype::Float64 : b;
}

double convert(double value, Dtype dtype) {
  switch (dtype) {
  case Dtype::Bool:
    return value != 0;
  case Dtype::Int32:
  case Dtype::Int64:
    return std::trunc(value);
  case Dtype::Float32:
    return float(value);
  case Dtype::Float64:
    return value;
  }
  return value;
}

Value scalarValue(double value, Dtype dtype) {
  if (dtype == Dtype::Bool)
    return Value::boolean(value != 0);
  return isFloating(dtype) ? Value::real(value) : Value::integer(int64_t(value));
}

std::optional<Dtype> dtypeOf(Interpreter &in, Value value, SourceRange place) {
  std::optional<Dtype> dtype;
  if (const Str *name = value.as<Str>())
    dtype = llvm::StringSwitch<std::optional<Dtype>>(name->text)
                .Cases("float", "float64", "double", "f8", Dtype::Float64)
                .Cases("float32", "float16", "f", "f4", Dtype::Float32)
                .Cases("int", "int64", "i8", "uint32", Dtype::Int64)
                .Cases("int32", "int16", "int8", "i4", "uint8", Dtype::Int32)
                .Cases("bool", "?", Dtype::Bool)
                .Default(std::nullopt);
  else if (const Type *type = value.as<Type>())
    dtype = llvm::StringSwitch<std::optional<Dtype>>(type->name)
                .Case("float", Dtype::Float64)
                .Case("int", Dtype::Int64)
                .Case("bool", Dtype::Bool)
                .Default(std::nullopt);
  if (!dtype)
    in.report(Code::ValueMismatch, place, "{} is no dtype that Rondo has for arrays",
              value.inWords())
        .help("it has float64, float32, int64, int32 and bool");
  return dtype;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

int64_t countOf(const NdArray::Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count))
      return INT64_MAX;
  return count;
}

NdArray::Shape rowMajor(const NdArray::Shape &shape) {
  NdArray::Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * std::max<int64_t>(shape[i], 1);
  return strides;
}

std::string describeShape(const NdArray::Shape &shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "(" + text + (shape.size() == 1 ? ",)" : ")");
}

std::string NdArray::shapeText() const { return describeShape(shape); }

NdArray::NdArray(std::vector<double> elements, Shape shape, Dtype dtype)
    : data(std::make_shared<std::vector<double>>(std::move(elements))), offset(0), shape(shape),
      strides(rowMajor(shape)), dtype(dtype) {}

int64_t NdArray::size() const { return countOf(shape); }

int64_t NdArray::placeOf(int64_t i) const {
  int64_t place = offset;
  for (size_t axis = shape.size(); axis-- > 0;) {
    place += i % shape[axis] * strides[axis];
    i /= shape[axis];
  }
  return place;
}

bool NdArray::isWhole() const {
  return offset == 0 && strides == rowMajor(shape) && int64_t(data->size()) == size();
}

std::vector<double> NdArray::elements() const {
  if (isWhole())
    return *data;
  std::vector<double> result(size());
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = at(i);
  return result;
}

bool NdArray::truth() const { return size() == 1 && at(0) != 0; }

bool isOfText(Value value) {
  for (unsigned depth = 0; depth < 32; ++depth) {
    const auto *sequence = value.as<Sequence>();
    if (!sequence || sequence->elements.empty())
      return depth > 0 && value.as<Str>();
    value = sequence->elements.front();
  }
  return false;
}

bool checkCount(Interpreter &in, const NdArray::Shape &shape, SourceRange place) {
  if (shape.size() > 32) {
    in.report(Code::ValueMismatch, place, "an array of more than 32 axes");
    return false;
  }
  int64_t count = countOf(shape);
  if (count > int64_t(Heap::limit / sizeof(double)) ||
      !in.heap.hasRoomFor(count * sizeof(double))) {
    in.report(Code::MemoryLimit, place, "an array of shape {} is larger than {} MiB",
              describeShape(shape), Heap::limit >> 20);
    return false;
  }
  return in.step(place, 1 + count / 16);
}

NdArray *makeArray(Interpreter &in, std::vector<double> elements, NdArray::Shape shape, Dtype dtype,
                   SourceRange place) {
  if (!checkCount(in, shape, place))
    return nullptr;
  constexpr double exact = 9007199254740992.0; // 2^53
  bool isWhole = dtype == Dtype::Int32 || dtype == Dtype::Int64;
  for (double &element : elements) {
    element = convert(element, dtype);
    if (isWhole && !(std::fabs(element) <= exact)) {
      in.report(Code::IntegerOverflow, place, "an integer of an array beyond 53 bits");
      return nullptr;
    }
  }
  in.heap.charge(elements.size() * sizeof(double));
  return in.heap.make<NdArray>(std::move(elements), std::move(shape), dtype);
}

Value asConstant(Value value, bool isConstant) {
  if (auto *array = value.as<NdArray>(); array && isConstant)
    array->isConstant = true;
  return value;
}

Value arrayValue(NdArray *array) {
  if (!array)
    return Value::error();
  return array->rank() == 0 ? scalarValue(array->at(0), array->dtype) : Value(array);
}

std::optional<int64_t> axisOf(Interpreter &in, Value axis, size_t rank, SourceRange place) {
  auto index = axis.asInteger();
  int64_t count = rank;
  if (index && *index >= -count && *index < count)
    return *index < 0 ? *index + count : *index;
  in.report(Code::ValueMismatch, place, "axis {} of an array with {}", axis.inWords(),
            count == 1 ? std::string("1 axis") : fmt::format("{} axes", count));
  return std::nullopt;
}

std::optional<NdArray::Shape> shapeOf(Interpreter &in, Value value, SourceRange place) {
  NdArray::Shape shape;
  std::vector<Value> sizes{value};
  if (value.as<Sequence>() || value.as<NdArray>()) {
    auto elements = in.elements(value, place);
    if (!elements)
      return std::nullopt;
    sizes = std::move(*elements);
  }
  for (Value size : sizes) {
    auto integer = size.asInteger();
    if (!integer || *integer < -1) {
      if (!size.isError())
        in.report(Code::TypeMismatch, place, "a shape is made of sizes, not {}", size.inWords());
      return std::nullopt;
    }
    shape.push_back(*integer);
  }
  return shape;
}

//===----------------------------------------------------------------------===//
// From lists
//===----------------------------------------------------------------------===//

namespace {

/// Collects the numbers of nested sequences, and their common shape and dtype.
class Collector {
public:
  Collector(Interpreter &in, SourceRange place) : in(in), place(place) {}

  bool add(Value value, size_t depth) {
    if (!in.step(place))
      return false;
    if (auto *array = value.as<NdArray>()) {
      for (size_t i = 0; i < array->rank(); ++i)
        if (!enter(depth + i, array->shape[i]))
          return false;
      return addNumbers(array->elements(), array->dtype, depth + array->rank());
    }
    if (auto real = realOf(value)) {
      if (value.as<BigInt>())
        return fail("an integer of an array beyond 53 bits");
      Dtype own = value.isBool() ? Dtype::Bool : value.isInt() ? Dtype::Int64 : Dtype::Float64;
      return addNumbers({*real}, own, depth);
    }
    bool isSequence = value.as<Sequence>() || value.as<Range>();
    if (!isSequence || depth > 32) {
      if (value.isError())
        return false;
      diagnostics::Diagnostic &diagnostic = in.report(
          Code::TypeMismatch, place, "an array is made of numbers, not {}", value.typeName());
      if (value.typeName() == "Tensor")
        diagnostic.help("`keras.ops` has the functions for symbolic tensors");
      return false;
    }
    auto elements = in.elements(value, place);
    if (!elements || !enter(depth, elements->size()))
      return false;
    return llvm::all_of(*elements, [&](Value element) { return add(element, depth + 1); });
  }

  NdArray *finish() {
    shape.resize(leafDepth.value_or(shape.size()));
    return makeArray(in, std::move(numbers), std::move(shape), dtype.value_or(Dtype::Float64),
                     place);
  }

private:
  bool fail(llvm::StringRef what) {
    in.report(Code::ValueMismatch, place, "{}", what);
    return false;
  }

  /// A sequence of `size` elements at a depth.
  bool enter(size_t depth, int64_t size) {
    if (depth == shape.size() && !leafDepth)
      shape.push_back(size);
    if (depth < shape.size() && shape[depth] == size && (!leafDepth || depth < *leafDepth))
      return true;
    return fail("the rows of an array have one length");
  }

  bool addNumbers(const std::vector<double> &values, Dtype own, size_t depth) {
    if (leafDepth.value_or(depth) != depth)
      return fail("the rows of an array have one length");
    leafDepth = depth;
    dtype = dtype ? promote(*dtype, own) : own;
    numbers.insert(numbers.end(), values.begin(), values.end());
    in.heap.charge(values.size() * sizeof(double));
    return true;
  }

  Interpreter &in;
  const SourceRange place;
  std::vector<double> numbers;
  NdArray::Shape shape;
  std::optional<size_t> leafDepth;
  std::optional<Dtype> dtype;
};

} // namespace

NdArray *toArray(Interpreter &in, Value value, SourceRange place) {
  if (auto *array = value.as<NdArray>())
    return array;
  Collector collector(in, place);
  return collector.add(value, 0) ? collector.finish() : nullptr;
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

std::optional<NdArray::Shape> commonShape(Interpreter &in, const NdArray::Shape &a,
                                          const NdArray::Shape &b, SourceRange place) {
  NdArray::Shape result(std::max(a.size(), b.size()), 1);
  for (size_t i = 1; i <= result.size(); ++i) {
    int64_t left = i <= a.size() ? a[a.size() - i] : 1;
    int64_t right = i <= b.size() ? b[b.size() - i] : 1;
    if (left != right && left != 1 && right != 1) {
      in.report(Code::ValueMismatch, place, "arrays of shapes {} and {} do not fit each other",
                describeShape(a), describeShape(b))
          .help("sizes that meet, counted from the last axis, are equal or 1");
      return std::nullopt;
    }
    result[result.size() - i] = left == 1 ? right : left;
  }
  return result;
}

NdArray *broadcast(Interpreter &in, NdArray *array, const NdArray::Shape &shape,
                   SourceRange place) {
  auto common = commonShape(in, array->shape, shape, place);
  if (!common)
    return nullptr;
  if (*common != shape) {
    in.report(Code::ValueMismatch, place, "an array of shape {} does not fit into shape {}",
              array->shapeText(), describeShape(shape));
    return nullptr;
  }
  NdArray::Shape strides(shape.size(), 0);
  for (size_t i = 1; i <= array->rank(); ++i)
    if (array->shape[array->rank() - i] != 1)
      strides[shape.size() - i] = array->strides[array->rank() - i];
  return in.heap.make<NdArray>(array->data, array->offset, shape, strides, array->dtype);
}

NdArray *reshaped(Interpreter &in, NdArray *array, NdArray::Shape shape, SourceRange place) {
  int64_t known = 1, missing = 0;
  for (int64_t size : shape) {
    missing += size == -1;
    known *= size == -1 ? 1 : std::min<int64_t>(size, int64_t(1) << 31);
  }
  int64_t size = array->size();
  if (missing == 1 && known > 0 && size % known == 0) {
    *llvm::find(shape, -1) = size / known;
    missing = 0;
  }
  if (missing > 0 || countOf(shape) != size) {
    in.report(Code::ValueMismatch, place, "an array of {} cannot have the shape {}",
              plural(size, "element"), describeShape(shape));
    return nullptr;
  }
  if (!array->isWhole())
    return makeArray(in, array->elements(), shape, array->dtype, place);
  return in.heap.make<NdArray>(array->data, 0, shape, rowMajor(shape), array->dtype);
}

NdArray *transposed(Interpreter &in, NdArray *array, const std::vector<int64_t> &axes) {
  NdArray::Shape shape, strides;
  for (int64_t axis : axes) {
    shape.push_back(array->shape[axis]);
    strides.push_back(array->strides[axis]);
  }
  return in.heap.make<NdArray>(array->data, array->offset, shape, strides, array->dtype);
}

Iterator *NdArray::iterator(Interpreter &in, SourceRange place) {
  if (shape.empty())
    return nullptr;
  return in.heap.make<Iterator>(
      "iterator",
      [this, i = int64_t(0)](Interpreter &in, SourceRange place) mutable -> std::optional<Value> {
        if (i == shape[0])
          return std::nullopt;
        return subscript(in, Value::integer(i++), place);
      });
}

//===----------------------------------------------------------------------===//
// Subscripts
//===----------------------------------------------------------------------===//

namespace {

/// The places of the elements that a subscript picks, with the shape that they have.
struct Selection {
  NdArray::Shape shape;
  /// A view where the subscript has only integers, slices, None and `...`.
  bool isView = true;
  int64_t offset = 0;
  NdArray::Shape strides;
  /// Otherwise every place.
  std::vector<int64_t> places;
};

class Selector {
public:
  Selector(Interpreter &in, const NdArray &array, SourceRange place)
      : in(in), array(array), place(place) {}

  std::optional<Selection> select(Value index) {
    std::vector<Value> keys{index};
    if (const auto *tuple = index.as<Tuple>())
      keys = tuple->elements;
    bool isFancy =
        llvm::any_of(keys, [](Value key) { return key.as<List>() || key.as<NdArray>(); });
    if (isFancy)
      return keys.size() == 1 ? selectFancy(keys[0]) : selectMixed(keys);
    size_t taken =
        llvm::count_if(keys, [](Value key) { return !key.isNone() && !key.isEllipsis(); });
    if (taken > array.rank())
      return tooMany(taken);
    result.offset = array.offset;
    for (Value key : keys) {
      if (key.isNone())
        add(1, 0);
      else if (key.isEllipsis())
        for (size_t i = taken; i < array.rank(); ++i)
          keepAxis();
      else if (!takeKey(key))
        return std::nullopt;
    }
    while (axis < array.rank())
      keepAxis();
    return result;
  }

private:
  std::optional<Selection> tooMany(size_t count) {
    in.report(Code::IndexOutOfRange, place, "{} for an array of shape {}",
              plural(count, "subscript"), array.shapeText());
    return std::nullopt;
  }

  void add(int64_t size, int64_t stride) {
    result.shape.push_back(size);
    result.strides.push_back(stride);
  }

  void keepAxis() {
    add(array.shape[axis], array.strides[axis]);
    ++axis;
  }

  bool takeKey(Value key) {
    int64_t size = array.shape[axis], stride = array.strides[axis];
    if (const auto *slice = key.as<Slice>()) {
      auto span = slice->span(in, size, place);
      if (!span)
        return false;
      result.offset += span->start * stride;
      add(span->count, span->step * stride);
      ++axis;
      return true;
    }
    auto position = checkIndex(key, size);
    if (!position)
      return false;
    result.offset += *position * stride;
    ++axis;
    return true;
  }

  std::optional<int64_t> checkIndex(Value key, int64_t size) {
    if (!key.isInt()) {
      in.report(Code::TypeMismatch, place,
                "an array's subscripts are integers, slices, None, `...` and arrays, not {}",
                key.typeName());
      return std::nullopt;
    }
    int64_t index = *key.asInteger();
    if (index >= -size && index < size)
      return index < 0 ? index + size : index;
    in.report(Code::IndexOutOfRange, place, "index {} of axis {} of an array of shape {}", index,
              axis, array.shapeText());
    return std::nullopt;
  }

  /// By a mask, or by positions along the first axis.
  std::optional<Selection> selectFancy(Value key) {
    NdArray *positions = toArray(in, key, place);
    if (!positions)
      return std::nullopt;
    return positions->dtype == Dtype::Bool ? selectMask(*positions) : selectMixed({key});
  }

  std::optional<Selection> selectMask(const NdArray &mask) {
    bool fits = mask.rank() <= array.rank() &&
                std::equal(mask.shape.begin(), mask.shape.end(), array.shape.begin());
    if (!fits) {
      in.report(Code::IndexOutOfRange, place, "a mask of shape {} for an array of shape {}",
                mask.shapeText(), array.shapeText());
      return std::nullopt;
    }
    NdArray::Shape rest(array.shape.begin() + mask.rank(), array.shape.end());
    int64_t inner = countOf(rest), picked = 0;
    for (int64_t i = 0, n = mask.size(); i < n; ++i) {
      if (mask.at(i) == 0)
        continue;
      ++picked;
      for (int64_t j = 0; j < inner; ++j)
        result.places.push_back(array.placeOf(i * inner + j));
    }
    result.isView = false;
    result.shape = {picked};
    result.shape.insert(result.shape.end(), rest.begin(), rest.end());
    return result;
  }

  /// Integers, slices and arrays of positions, each for one axis. Arrays side by side
  /// are taken together, element by element, and their axes come where the first is.
  std::optional<Selection> selectMixed(const std::vector<Value> &keys) {
    std::vector<NdArray *> arrays(keys.size());
    NdArray::Shape common;
    std::optional<size_t> first, last;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!keys[i].as<List>() && !keys[i].as<NdArray>() && !keys[i].isInt())
        continue;
      arrays[i] = toArray(in, keys[i], place);
      if (!arrays[i])
        return std::nullopt;
      if (isFloating(arrays[i]->dtype) || arrays[i]->dtype == Dtype::Bool)
        return unsupported();
      auto shape = commonShape(in, common, arrays[i]->shape, place);
      if (!shape)
        return std::nullopt;
      common = *shape;
      first = first.value_or(i);
      if (last && *last + 1 != i)
        return unsupported();
      last = i;
    }
    if (keys.size() > array.rank())
      return tooMany(keys.size());
    return expand(keys, arrays, common, *first);
  }

  std::optional<Selection> unsupported() {
    in.unsupported(place, "a subscript of this kind is",
                   "take a part by slices first, then by one array of positions");
    return std::nullopt;
  }

  std::optional<Selection> expand(const std::vector<Value> &keys,
                                  const std::vector<NdArray *> &arrays,
                                  const NdArray::Shape &common, size_t first) {
    // The places relative to the offset, built axis by axis in row-major order.
    result.places = {array.offset};
    result.isView = false;
    auto extend = [&](const std::vector<int64_t> &offsets) {
      std::vector<int64_t> extended;
      extended.reserve(result.places.size() * offsets.size());
      for (int64_t base : result.places)
        for (int64_t offset : offsets)
          extended.push_back(base + offset);
      result.places = std::move(extended);
    };
    std::vector<int64_t> together(countOf(common), 0);
    for (size_t i = 0; i < array.rank(); ++i) {
      axis = i;
      if (i < keys.size() && arrays[i]) {
        NdArray *positions = broadcast(in, arrays[i], common, place);
        if (!positions)
          return std::nullopt;
        for (size_t k = 0; k < together.size(); ++k) {
          auto position = checkIndex(Value::integer(int64_t(positions->at(k))), array.shape[i]);
          if (!position)
            return std::nullopt;
          together[k] += *position * array.strides[i];
        }
        bool isLast = i + 1 == keys.size() || !arrays[i + 1];
        if (isLast) {
          extend(together);
          result.shape.insert(result.shape.end(), common.begin(), common.end());
        }
        continue;
      }
      const Slice whole{Value(), Value(), Value()};
      const Slice *slice = i < keys.size() ? keys[i].as<Slice>() : &whole;
      if (!slice)
        return unsupported();
      auto span = slice->span(in, array.shape[i], place);
      if (!span)
        return std::nullopt;
      std::vector<int64_t> offsets;
      for (int64_t k = 0; k < span->count; ++k)
        offsets.push_back(span->at(k) * array.strides[i]);
      NdArray::Shape grown = result.shape;
      grown.push_back(span->count);
      if (!checkCount(in, grown, place))
        return std::nullopt;
      extend(offsets);
      result.shape = std::move(grown);
    }
    return result;
  }

  Interpreter &in;
  const NdArray &array;
  const SourceRange place;
  Selection result;
  size_t axis = 0;
};

} // namespace

/// What the parts of an index that are no numbers make of it.
static std::optional<Value> subscriptOfParts(Interpreter &in, NdArray &array, Value index,
                                             SourceRange place) {
  std::vector<Value> keys{index};
  if (const auto *several = index.as<Tuple>())
    keys = several->elements;
  for (Value key : keys) {
    std::vector<Value> parts{key};
    if (const auto *slice = key.as<Slice>())
      parts = {slice->start, slice->stop, slice->step};
    for (Value part : parts)
      if (Object *object = part.getObject())
        if (auto result = object->subscriptOf(in, array, index, place))
          return result;
  }
  return std::nullopt;
}

std::optional<Value> NdArray::subscript(Interpreter &in, Value index, SourceRange place) {
  if (auto result = subscriptOfParts(in, *this, index, place))
    return result;
  auto selection = Selector(in, *this, place).select(index);
  if (!selection)
    return Value::error();
  if (selection->isView)
    return asConstant(arrayValue(in.heap.make<NdArray>(data, selection->offset, selection->shape,
                                                       selection->strides, dtype)),
                      isConstant);
  std::vector<double> picked;
  for (int64_t at : selection->places)
    picked.push_back((*data)[at]);
  return arrayValue(makeArray(in, std::move(picked), selection->shape, dtype, place));
}

bool NdArray::setSubscript(Interpreter &in, Value index, Value value, SourceRange place) {
  auto selection = Selector(in, *this, place).select(index);
  NdArray *source = selection ? toArray(in, value, place) : nullptr;
  if (source)
    source = broadcast(in, source, selection->shape, place);
  if (!source || !checkCount(in, source->shape, place))
    return true; // Reported.
  // What is assigned may be a view of what it is assigned to.
  std::vector<double> values = source->elements();
  NdArray target(data, selection->offset, selection->shape, selection->strides, dtype);
  for (size_t i = 0; i < values.size(); ++i)
    (*data)[selection->isView ? target.placeOf(i) : selection->places[i]] =
        convert(values[i], dtype);
  return true;
}

} // namespace rondo::eval
