//===- NumpyRandom.cpp - numpy.random -------------------------------------===//
//
// Arrays whose elements are not known and whose shape is: what scripts without data
// of their own try a model on. Whatever is computed from one is unknown altogether.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Modules.h"
#include "frontend/eval/NdArray.h"

namespace rondo::eval {

std::optional<Value> UnknownArray::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  if (name == "ndim")
    return Value::integer(shape.size());
  if (name != "shape")
    return std::nullopt;
  std::vector<Value> sizes;
  for (int64_t size : shape)
    sizes.push_back(Value::integer(size));
  return Value(in.heap.tuple(std::move(sizes)));
}

std::optional<Value> UnknownArray::subscript(Interpreter &in, Value index, SourceRange indexPlace) {
  Shape part = shape;
  if (const auto *slice = index.as<Slice>()) {
    auto span = slice->span(in, shape.front(), indexPlace);
    if (!span)
      return Value::error();
    part.front() = span->count;
  } else if (index.isInt() && shape.size() > 1) {
    part.erase(part.begin());
  } else {
    return std::nullopt;
  }
  return Value(in.heap.make<UnknownArray>(origin, place, std::move(part)));
}

namespace {

using Shape = UnknownArray::Shape;

/// What a call draws: nothing is known of it but the shape, where that is numbers.
Value draw(Interpreter &in, std::string origin, SourceRange place, llvm::ArrayRef<Value> sizes) {
  Shape shape;
  for (Value size : sizes) {
    auto number = size.isInt() ? size.asInteger() : std::nullopt;
    if (!number || *number < 0)
      return in.heap.make<Opaque>(std::move(origin), "", place);
    shape.push_back(*number);
  }
  if (shape.empty())
    return in.heap.make<Opaque>(std::move(origin), "", place);
  return in.heap.make<UnknownArray>(std::move(origin), place, std::move(shape));
}

} // namespace

void addNumpyRandom(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "numpy.random");
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    module->members[name] =
        in.heap.make<Native>(name, parameters, std::move(body), Native::Opaques::Pass);
  };
  // Seeds are set at the top of scripts; Rondo has `--seed`.
  add("seed", "seed=None", [](Interpreter &, BoundArguments &) { return Value(); });
  for (const char *name : {"rand", "randn"})
    add(name, "*sizes", [name](Interpreter &in, BoundArguments &args) {
      std::vector<Value> sizes;
      for (const PlacedValue &size : args.rest)
        sizes.push_back(size.value);
      return draw(in, std::string("numpy.random.") + name, args.place, sizes);
    });
  const std::pair<const char *, const char *> functions[] = {
      {"random", "size=None"},
      {"random_sample", "size=None"},
      {"standard_normal", "size=None"},
      {"normal", "loc=0.0, scale=1.0, size=None"},
      {"uniform", "low=0.0, high=1.0, size=None"},
      {"randint", "low, high=None, size=None, dtype=None"},
      {"choice", "a, size=None, replace=True, p=None"}};
  for (const auto &[name, parameters] : functions)
    add(name, parameters, [name = name](Interpreter &in, BoundArguments &args) {
      Value size = args["size"].value;
      const auto *several = size.as<Sequence>();
      return draw(in, std::string("numpy.random.") + name, args.place,
                  several ? llvm::ArrayRef(several->elements) : llvm::ArrayRef(size));
    });
}

} // namespace rondo::eval
