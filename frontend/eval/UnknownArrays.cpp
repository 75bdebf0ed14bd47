//===- UnknownArrays.cpp - Arrays of which the shape is known -------------===//
//
// What becomes of arrays whose elements are not known: arithmetic and functions of numpy give
// others, whose shapes are those that they give for arrays of ones.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Modules.h"
#include "frontend/eval/NdArray.h"

namespace rondo::eval {

std::optional<NdArray::Shape> shapeOf(Value value) {
  if (const auto *array = value.as<UnknownArray>())
    return array->shape;
  if (const auto *array = value.as<NdArray>())
    return array->shape;
  if (value.isInt() || value.isFloat() || value.isBool())
    return NdArray::Shape();
  return std::nullopt;
}

std::optional<Value> combineShapes(Heap &heap, Value left, Value right) {
  const auto *array = left.as<UnknownArray>() ? left.as<UnknownArray>() : right.as<UnknownArray>();
  auto first = array ? shapeOf(left) : std::nullopt, second = shapeOf(right);
  if (!first || !second)
    return std::nullopt;
  if (first->size() < second->size())
    std::swap(first, second);
  for (size_t i = 1; i <= second->size(); ++i) {
    int64_t &size = (*first)[first->size() - i], other = (*second)[second->size() - i];
    if (size != other && size != 1 && other != 1)
      return std::nullopt;
    size = size == 1 ? other : size;
  }
  return Value(heap.make<UnknownArray>(array->origin, array->place, std::move(*first)));
}

namespace {

/// Calls something with arrays of one number in place of unknown ones, to see of what shape its
/// result is.
class ShapeTrial {
public:
  ShapeTrial(Interpreter &in, double number) : in(in), number(number) {}

  /// The value with stand-ins.
  Value replaced(Value value, unsigned depth = 0) {
    constexpr unsigned maxDepth = 4;
    if (const auto *array = value.as<UnknownArray>()) {
      unknown = unknown ? unknown : array;
      count += countOf(array->shape);
      return standIn(array->shape);
    }
    const auto *sequence = value.as<Sequence>();
    const auto *slice = value.as<Slice>();
    isOpen |= value.as<Opaque>() || (sequence && depth > maxDepth);
    isOpen |= slice &&
              (slice->start.as<Opaque>() || slice->stop.as<Opaque>() || slice->step.as<Opaque>());
    if (!sequence || isOpen)
      return value;
    std::vector<Value> elements;
    for (Value element : sequence->elements)
      elements.push_back(replaced(element, depth + 1));
    return value.as<Tuple>() ? Value(in.heap.tuple(std::move(elements)))
                             : Value(in.heap.list(std::move(elements)));
  }
  Arguments replaced(const Arguments &arguments) {
    Arguments own = arguments;
    for (PlacedValue &argument : own.positional)
      argument.value = replaced(argument.value);
    for (KeywordArgument &argument : own.keywords)
      argument.value = replaced(argument.value);
    return own;
  }

  /// Whether something without a shape was among what was replaced.
  bool metUnknown() const { return isOpen; }
  /// Whether all that is unknown has a shape, and not so many elements that a trial takes long.
  bool isWorthwhile() const {
    constexpr int64_t mostElements = 1 << 21;
    return unknown && !isOpen && count <= mostElements;
  }

  /// What has the shape of the result of `compute`; nothing where that is a mistake.
  std::optional<Value> run(llvm::function_ref<Value()> compute) {
    if (!isWorthwhile() || in.isHalted())
      return std::nullopt;
    Interpreter::Checkpoint before(in);
    Value result;
    bool fails = in.attempt("Exception", [&] { result = compute(); });
    if (before.hasErrorsSince()) {
      before.goBack();
      fails = true;
    }
    return fails || result.isError() || in.isHalted() ? std::nullopt : std::optional(known(result));
  }

  NdArray *standIn(const NdArray::Shape &shape) {
    return in.heap.make<NdArray>(std::make_shared<std::vector<double>>(1, number), 0, shape,
                                 NdArray::Shape(shape.size(), 0), Dtype::Float64);
  }

  const UnknownArray *unknown = nullptr;

private:
  /// The shape of a result, without its elements.
  Value known(Value result) {
    if (const auto *list = result.as<List>()) {
      std::vector<Value> parts;
      for (Value part : list->elements)
        parts.push_back(known(part));
      return in.heap.list(std::move(parts));
    }
    auto shape = shapeOf(result);
    return shape ? Value(in.heap.make<UnknownArray>(unknown->origin, unknown->place,
                                                    std::move(*shape)))
                 : Value(in.heap.make<Opaque>(unknown->origin, "", unknown->place));
  }

  Interpreter &in;
  const double number;
  /// Whether something unknown has no shape.
  bool isOpen = false;
  int64_t count = 0;
};

/// A function of numpy, also of unknown arrays.
class NumpyFunction : public Native {
public:
  explicit NumpyFunction(Native &plain)
      : Native(plain.name, plain.parameters, nullptr, Opaques::Pass), plain(plain) {}
  Value call(Interpreter &in, Arguments &arguments) override {
    if (arguments.findOpaque()) {
      ShapeTrial trial(in, 1);
      Arguments own = trial.replaced(arguments);
      if (auto result = trial.run([&] { return plain.call(in, own); }))
        return *result;
    }
    return plain.call(in, arguments);
  }

private:
  Native &plain;
};

} // namespace

std::optional<Value> UnknownArray::attribute(Interpreter &in, llvm::StringRef name,
                                             SourceRange at) {
  ShapeTrial trial(in, 1);
  Value array = trial.replaced(Value(this));
  auto member = array.getObject()->attribute(in, name, at);
  if (!member || !trial.isWorthwhile())
    return name == "shape" || name == "ndim" || name == "size" ? member : std::nullopt;
  if (member->as<NdArray>())
    return trial.run([&] { return *member; });
  auto *method = member->as<Native>();
  // Text, and lists of numbers, say what the elements are.
  if (!method || name == "tolist" || name == "item")
    return method ? std::nullopt : member;
  return Value(in.heap.make<Native>(
      name.str(), "*args, **kwargs",
      [this, name = name.str()](Interpreter &in, BoundArguments &args) {
        ShapeTrial trial(in, 1);
        Value array = trial.replaced(Value(this));
        Arguments arguments{args.place, args.calleePlace, args.rest, args.restKeywords};
        Arguments own = trial.replaced(arguments);
        auto result =
            trial.run([&] { return in.call(in.attribute(array, name, args.calleePlace), own); });
        return result ? *result : in.swallow(*this, args.place);
      },
      Native::Opaques::Pass));
}

std::optional<Value> UnknownArray::subscript(Interpreter &in, Value index, SourceRange place) {
  if (shape.empty())
    return std::nullopt;
  ShapeTrial trial(in, 1), places(in, 0);
  Value array = trial.replaced(Value(this)), at = places.replaced(index);
  if (places.metUnknown())
    return std::nullopt;
  return trial.run([&] { return in.subscript(array, at, place, place); });
}

void takeUnknownArrays(Interpreter &in, Module *numpy) {
  // Those whose result has a shape that elements decide about.
  static const llvm::StringRef others[] = {"zeros",  "ones", "empty",  "full",
                                           "arange", "eye",  "repeat", "linspace"};
  for (auto &member : numpy->members)
    if (auto *function = member.second.as<Native>();
        function && !llvm::is_contained(others, member.getKey()))
      member.second = in.heap.make<NumpyFunction>(*function);
}

} // namespace rondo::eval
