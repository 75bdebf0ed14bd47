//===- NumpyRandom.cpp - numpy.random -------------------------------------===//
//
// What scripts without data of their own try a model on: arrays whose elements are not known and
// whose shape is.
//
//===----------------------------------------------------------------------===//

#include "frontend/eval/Modules.h"
#include "frontend/eval/NdArray.h"

namespace rondo::eval {
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

/// The functions that say by `size` what they draw.
void addDraws(Heap &heap, const std::string &origin,
              llvm::function_ref<void(const char *, Value)> add) {
  static const std::pair<const char *, const char *> functions[] = {
      {"random", "size=None"},
      {"random_sample", "size=None"},
      {"standard_normal", "size=None"},
      {"normal", "loc=0.0, scale=1.0, size=None"},
      {"uniform", "low=0.0, high=1.0, size=None"},
      {"randint", "low, high=None, size=None, dtype=None"},
      {"integers", "low, high=None, size=None, dtype=None, endpoint=False"},
      {"choice", "a, size=None, replace=True, p=None"}};
  for (const auto &[name, parameters] : functions)
    add(name, heap.make<Native>(
                  name, parameters,
                  [whole = origin + "." + name](Interpreter &in, BoundArguments &args) {
                    Value size = args["size"].value;
                    const auto *several = size.as<Sequence>();
                    return draw(in, whole, args.place,
                                several ? llvm::ArrayRef(several->elements) : llvm::ArrayRef(size));
                  },
                  Native::Opaques::Pass));
}

/// What `default_rng` gives.
class Generator : public Opaque {
public:
  Generator(Heap &heap, SourceRange place) : Opaque("numpy.random.default_rng", "", place) {
    addDraws(heap, origin, [&](const char *name, Value function) { draws[name] = function; });
  }
  std::optional<Value> attribute(Interpreter &, llvm::StringRef name, SourceRange) override {
    auto found = draws.find(name);
    return found == draws.end() ? std::nullopt : std::optional(found->second);
  }

private:
  llvm::StringMap<Value> draws;
};

} // namespace

void addNumpyRandom(Interpreter &in) {
  Module *module = addModule<ForeignModule>(in, "numpy.random");
  auto add = [&](const char *name, const char *parameters, Native::Body body) {
    module->members[name] =
        in.heap.make<Native>(name, parameters, std::move(body), Native::Opaques::Pass);
  };
  // Seeds are set at the top of scripts; Rondo has `--seed`.
  add("seed", "seed=None", [](Interpreter &, BoundArguments &) { return Value(); });
  addDraws(in.heap, "numpy.random",
           [&](const char *name, Value function) { module->members[name] = function; });
  for (const char *name : {"default_rng", "RandomState"})
    add(name, "seed=None", [](Interpreter &in, BoundArguments &args) {
      return Value(in.heap.make<Generator>(in.heap, args.place));
    });
  for (const char *name : {"rand", "randn"})
    add(name, "*sizes", [name](Interpreter &in, BoundArguments &args) {
      std::vector<Value> sizes;
      for (const PlacedValue &size : args.rest)
        sizes.push_back(size.value);
      return draw(in, std::string("numpy.random.") + name, args.place, sizes);
    });
}

} // namespace rondo::eval
