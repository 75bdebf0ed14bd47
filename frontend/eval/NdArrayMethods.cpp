//===- NdArrayMethods.cpp - Attributes and methods of arrays --------------===//
//
// What an array has itself; the functions of the module are in NumpyModule.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Methods.h"
#include "frontend/eval/NdArray.h"
#include <cmath>
#include <numeric>

namespace rondo::eval {
namespace {

/// Nested lists of the elements.
Value listOf(Interpreter &in, const NdArray &array, size_t axis, int64_t index) {
  if (axis == array.rank())
    return scalarValue(array.at(index), array.dtype);
  std::vector<Value> elements;
  for (int64_t i = 0; i < array.shape[axis]; ++i)
    elements.push_back(listOf(in, array, axis + 1, index * array.shape[axis] + i));
  return in.heap.list(std::move(elements));
}

/// Arguments as `a.reshape(2, 3)` or `a.reshape((2, 3))` give them.
Value packed(Interpreter &in, const BoundArguments &args) {
  if (args.rest.size() == 1)
    return args.rest[0].value;
  std::vector<Value> values;
  for (const PlacedValue &argument : args.rest)
    values.push_back(argument.value);
  return in.heap.tuple(std::move(values));
}

std::vector<int64_t> reversedAxes(size_t rank) {
  std::vector<int64_t> axes(rank);
  std::iota(axes.rbegin(), axes.rend(), 0);
  return axes;
}

template <Reduction kind> Value reduce(NdArray &self, Interpreter &in, BoundArguments &args) {
  bool keeps = in.truth(args["keepdims"].value).value_or(false);
  return reduced(in, &self, kind, args["axis"].value, keeps, args.place);
}

template <bool isProduct> Value accumulate(NdArray &self, Interpreter &in, BoundArguments &args) {
  return arrayValue(accumulated(in, &self, args["axis"].value, isProduct, args.place));
}

Value copyOf(NdArray &self, Interpreter &in, BoundArguments &args) {
  return arrayValue(makeArray(in, self.elements(), self.shape, self.dtype, args.place));
}

/// The module's function of the same name, on this array.
template <const char *const &name>
Value byFunction(NdArray &self, Interpreter &in, BoundArguments &args) {
  Value function = *in.standardModules.lookup("numpy")->attribute(in, name, args.place);
  Arguments arguments{args.place, args.calleePlace, {{&self, args.place}}, args.restKeywords};
  arguments.positional.insert(arguments.positional.end(), args.rest.begin(), args.rest.end());
  return in.call(function, arguments);
}

const char *const clip = "clip", *const repeat = "repeat", *const round = "round",
                  *const squeeze = "squeeze", *const swapaxes = "swapaxes", *const take = "take";

const Method<NdArray> methods[] = {
    {"tolist", "",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       return checkCount(in, self.shape, args.place) ? listOf(in, self, 0, 0) : Value::error();
     }},
    {"item", "",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       return self.size() == 1
                  ? scalarValue(self.at(0), self.dtype)
                  : in.mistake(Code::ValueMismatch, args.place, "`item` of an array of {}",
                               plural(self.size(), "element"));
     }},
    {"astype", "dtype, copy=True",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       auto dtype = dtypeOf(in, args["dtype"].value, args["dtype"].place);
       return dtype ? arrayValue(makeArray(in, self.elements(), self.shape, *dtype, args.place))
                    : Value::error();
     }},
    {"reshape", "*args",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       auto shape = shapeOf(in, packed(in, args), args.place);
       return shape ? arrayValue(reshaped(in, &self, *shape, args.place)) : Value::error();
     }},
    {"flatten", "",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       return arrayValue(makeArray(in, self.elements(), {self.size()}, self.dtype, args.place));
     }},
    {"ravel", "",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       return arrayValue(reshaped(in, &self, {self.size()}, args.place));
     }},
    {"transpose", "*args",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       std::vector<int64_t> axes;
       if (args.rest.empty())
         return Value(transposed(in, &self, reversedAxes(self.rank())));
       auto given = shapeOf(in, packed(in, args), args.place);
       for (int64_t axis : given.value_or(NdArray::Shape()))
         if (auto checked = axisOf(in, Value::integer(axis), self.rank(), args.place))
           axes.push_back(*checked);
       std::vector<int64_t> sorted = axes;
       llvm::sort(sorted);
       sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
       if (!given || in.isHalted())
         return Value::error();
       if (sorted.size() != self.rank() || axes.size() != self.rank())
         return in.mistake(Code::ValueMismatch, args.place,
                           "`transpose` names each axis of the array once");
       return Value(transposed(in, &self, axes));
     }},
    {"copy", "", copyOf},
    // TensorFlow's, of its constants.
    {"numpy", "", copyOf},
    {"fill", "value, /",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       Value all = in.heap.make<Slice>(Value(), Value(), Value());
       if (self.rank() == 0)
         all = Value::ellipsis();
       self.setSubscript(in, all, args["value"].value, args.place);
       return Value();
     }},
    {"sum", "axis=None, keepdims=False", reduce<Reduction::Sum>},
    {"mean", "axis=None, keepdims=False", reduce<Reduction::Mean>},
    {"prod", "axis=None, keepdims=False", reduce<Reduction::Prod>},
    {"max", "axis=None, keepdims=False", reduce<Reduction::Max>},
    {"min", "axis=None, keepdims=False", reduce<Reduction::Min>},
    {"var", "axis=None, keepdims=False", reduce<Reduction::Var>},
    {"std", "axis=None, keepdims=False", reduce<Reduction::Std>},
    {"any", "axis=None, keepdims=False", reduce<Reduction::Any>},
    {"all", "axis=None, keepdims=False", reduce<Reduction::All>},
    {"argmax", "axis=None, keepdims=False", reduce<Reduction::ArgMax>},
    {"argmin", "axis=None, keepdims=False", reduce<Reduction::ArgMin>},
    {"cumsum", "axis=None", accumulate<false>},
    {"cumprod", "axis=None", accumulate<true>},
    {"dot", "other, /",
     [](NdArray &self, Interpreter &in, BoundArguments &args) {
       return arrayBinary(in, ast::BinaryOp::MatMul, &self, args["other"].value, args.place);
     }},
    {"clip", "*args, **kwargs", byFunction<clip>},
    {"repeat", "*args, **kwargs", byFunction<repeat>},
    {"round", "*args, **kwargs", byFunction<round>},
    {"squeeze", "*args, **kwargs", byFunction<squeeze>},
    {"swapaxes", "*args, **kwargs", byFunction<swapaxes>},
    {"take", "*args, **kwargs", byFunction<take>},
};

} // namespace

std::optional<Value> NdArray::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  if (name == "shape") {
    std::vector<Value> sizes;
    for (int64_t size : shape)
      sizes.push_back(Value::integer(size));
    return Value(in.heap.tuple(std::move(sizes)));
  }
  if (name == "ndim")
    return Value::integer(rank());
  if (name == "size")
    return Value::integer(size());
  if (name == "dtype")
    return in.standardModules.lookup("numpy")->members.lookup(dtypeName(dtype));
  if (name == "T")
    return Value(transposed(in, this, reversedAxes(rank())));
  return findMethod(methods, *this, in, name);
}

std::vector<std::string> NdArray::attributeNames() const {
  std::vector<std::string> names = methodNames(methods);
  names.insert(names.end(), {"shape", "ndim", "size", "dtype", "T"});
  return names;
}

} // namespace rondo::eval
