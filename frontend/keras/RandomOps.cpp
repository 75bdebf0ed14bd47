//===- RandomOps.cpp - keras.random in the layers of a file ---------------===//
//
// What the `call` of a layer, or a `Lambda`, draws: other numbers in each run, in use as in
// training. Elsewhere such functions make data for a training script, of which nothing is known.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/RandomTensors.h"
#include "frontend/keras/Spellings.h"

namespace rondo::keras {
namespace {

/// `keras.random.SeedGenerator`: numbers follow from the seed of the run.
class SeedGenerator : public eval::Object {
public:
  std::string typeName() const override { return "SeedGenerator"; }
  std::string repr(unsigned) const override { return "<SeedGenerator>"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    if (name != "next")
      return std::nullopt;
    return Value(in.heap.make<Native>(
        "next", "ordered=True", [this](Interpreter &, BoundArguments &) { return Value(this); }));
  }
};

//===----------------------------------------------------------------------===//
// What is drawn
//===----------------------------------------------------------------------===//

/// factor · x + offset, of numbers or tensors.
Tensor *scaled(GraphBuilder &graph, Tensor *x, Tensor *factor, Tensor *offset) {
  return graph.binary<AddOp>(graph.binary<MulOp>(x, factor), offset);
}

Tensor *buildNormal(OpCall &call, BoundArguments &args) {
  Tensor *deviation = call.tensor(args["stddev"]), *mean = call.tensor(args["mean"]);
  auto axes = call.shape(args);
  if (!axes)
    return nullptr;
  return scaled(call.graph, call.graph.random(*axes, /*normal=*/true), deviation, mean);
}

/// Numbers in [0, 1), and what they are between.
struct Between {
  Tensor *shares = nullptr, *low = nullptr, *span = nullptr;
};

/// All null after a report.
Between readBetween(OpCall &call, BoundArguments &args) {
  const BoundArguments::Slot &most = args["maxval"];
  Tensor *low = call.tensor(args["minval"]);
  // TensorFlow's default.
  Tensor *high = most.value.isNone() ? call.graph.scalar(1) : call.tensor(most);
  auto axes = call.shape(args);
  if (!axes || !low || !high)
    return {};
  return {call.graph.random(*axes), low, call.graph.binary<SubOp>(high, low)};
}

Tensor *buildWhole(OpCall &call, BoundArguments &args) {
  // As many numbers as floats tell apart.
  constexpr double limit = 1 << 24;
  auto low = args["minval"].value.asReal(), high = args["maxval"].value.asReal();
  if (low && high && (*high - *low > limit || *high <= *low)) {
    call.reject(args["maxval"], "maxval", "above `minval`, by 16777216 at most");
    return nullptr;
  }
  GraphBuilder &graph = call.graph;
  Between between = readBetween(call, args);
  Tensor *steps = graph.toInt(graph.binary<MulOp>(between.shares, between.span));
  return graph.toInt(graph.binary<AddOp>(steps, between.low));
}

Tensor *buildUniform(OpCall &call, BoundArguments &args) {
  const auto *type = args["dtype"].value.as<eval::Str>();
  if (type && llvm::StringRef(type->text).contains("int"))
    return buildWhole(call, args);
  Between between = readBetween(call, args);
  return scaled(call.graph, between.shares, between.span, between.low);
}

Tensor *buildBernoulli(OpCall &call, BoundArguments &args) {
  Tensor *share = call.tensor(args["p"]);
  auto axes = call.shape(args);
  return axes ? call.graph.compare(ComparePredicate::lt, call.graph.random(*axes), share) : nullptr;
}

/// As `Dropout` in training.
Tensor *buildDropout(OpCall &call, BoundArguments &args) {
  Tensor *x = call.graph.numbers(call.tensor(args.slots.front()));
  auto rate = call.number(args, "rate");
  if (!x || !rate)
    return nullptr;
  if (*rate < 0 || *rate >= 1) {
    call.reject(args["rate"], "rate", "a number from 0 to less than 1");
    return nullptr;
  }
  const BoundArguments::Slot &shape = args["noise_shape"];
  if (!shape.value.isNone()) {
    call.graph.session.in
        .report(Code::NotSupportedYet, shape.place, "`noise_shape` of {} is not supported yet",
                call.graph.callee)
        .help("the layer `Dropout` has it: `Dropout(rate, noise_shape=…)(x, training=True)`");
    return nullptr;
  }
  return *rate == 0 ? x : dropout(call.graph, x, *rate, x->axes);
}

/// Classes with the probabilities softmax(logits), (batch, samples): the largest of the logits with
/// Gumbel noise is one. Gumbel, 1954.
Tensor *buildCategorical(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *logits = graph.toFloat(call.tensor(args["logits"]));
  auto count = args["num_samples"].value.asInteger();
  if (!logits)
    return nullptr;
  if (logits->rank() != 2) {
    call.reject(args["logits"], "logits", "of shape (batch, classes)")
        .help("it has shape {}", logits->shape());
    return nullptr;
  }
  if (!count || *count <= 0) {
    call.reject(args["num_samples"], "num_samples", "a positive integer");
    return nullptr;
  }
  Axes axes{logits->axes[0], Axis{DimExpr(*count)}, logits->axes[1]};
  auto negativeLogarithm = [&](Tensor *x) { return graph.unary<NegOp>(graph.unary<LogOp>(x)); };
  Tensor *noise = negativeLogarithm(negativeLogarithm(graph.random(axes)));
  return graph.argmax(graph.binary<AddOp>(graph.expandDims(logits, 1), noise), 2);
}

/// Draws a tensor; null after a report.
using Build = Tensor *(OpCall &, BoundArguments &);

/// A function that draws.
struct RandomEntry {
  /// The module that has it.
  const char *module;
  const char *name, *parameters;
  Build *build;
};

const RandomEntry entries[] = {
    {"keras.random", "normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None", buildNormal},
    {"keras.random", "uniform", "shape, minval=0.0, maxval=1.0, dtype=None, seed=None",
     buildUniform},
    {"keras.random", "randint", "shape, minval, maxval, dtype='int32', seed=None", buildWhole},
    {"keras.random", "categorical", "logits, num_samples, dtype='int32', seed=None",
     buildCategorical},
    {"keras.random", "dropout", "inputs, rate, noise_shape=None, seed=None", buildDropout},
    {"tensorflow.random", "normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None, name=None",
     buildNormal},
    {"tensorflow.random", "uniform",
     "shape, minval=0, maxval=None, dtype=None, seed=None, name=None", buildUniform},
    {"tensorflow.random", "categorical", "logits, num_samples, dtype=None, seed=None, name=None",
     buildCategorical},
    {"tensorflow.nn", "dropout", "x, rate, noise_shape=None, seed=None, name=None", buildDropout},
};

Value draw(Session &session, const std::string &function, Build *build, BoundArguments &args) {
  Interpreter &in = session.in;
  if (session.currentTrace() == 0)
    return in.heap.make<eval::Opaque>(
        function,
        "outside of layers numbers are drawn once, while the file runs: draw in the `call` of a "
        "layer, or in a `Lambda`, for other numbers in each run",
        args.place);
  for (size_t i = 0; i < args.slots.size(); ++i) {
    const auto *unknown = args.slots[i].value.as<eval::Opaque>();
    if (unknown && args.signature.parameters[i].name != "seed")
      return in.needs(*unknown, args.slots[i].place);
  }
  Value drawn = applyOp(session, "Random", session.wordsOf(args.calleePlace, "`" + function + "`"),
                        args.place, [&](OpCall &call) { return build(call, args); });
  const auto *tensor = drawn.as<Tensor>();
  const BoundArguments::Slot *type = args.has("dtype") ? &args["dtype"] : nullptr;
  const auto *text = type ? type->value.as<eval::Str>() : nullptr;
  bool isThat =
      text && tensor && text->text == (tensor->element == ElementKind::Int ? "int32" : "float32");
  if (!tensor || !type || type->value.isNone() || isThat)
    return drawn;
  Arguments cast{
      args.place, args.calleePlace, {{drawn, args.place}, {type->value, type->place}}, {}};
  return in.call(session.ops->members.lookup("cast"), cast);
}

/// `keras.random`, and TensorFlow's.
class RandomModule : public eval::ForeignModule {
public:
  RandomModule(Session &session, const char *name) : ForeignModule(name), session(session) {}
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef function,
                                 SourceRange place) override {
    if (session.currentTrace() != 0 && !members.count(function))
      return reportRandom(in, name + "." + function.str(), place);
    return ForeignModule::attribute(in, function, place);
  }

private:
  Session &session;
};

} // namespace

Value reportRandom(Interpreter &in, const std::string &function, SourceRange place) {
  return in.unsupported(
      place, fmt::format("`{}`, which draws numbers while the model runs, is", function),
      "layers of the file draw with `keras.random.normal`, `uniform`, `randint`, `categorical` and "
      "`dropout`; of another distribution make the numbers an input, "
      "`noise = keras.Input(shape=(…))`, for the program that runs the model to draw");
}

Value drawOfBackend(Catalogue &catalogue, llvm::StringRef name, BoundArguments &args) {
  Build *build = name == "random_normal"    ? buildNormal
                 : name == "random_uniform" ? buildUniform
                                            : buildBernoulli;
  return draw(catalogue.session, "keras.backend." + name.str(), build, args);
}

void addRandom(Catalogue &catalogue) {
  Session &session = catalogue.session;
  for (const char *name : {"tensorflow.random", "keras.random"})
    catalogue.addModule(session.in.heap.make<RandomModule>(session, name));
  auto module = [&](const char *name) {
    return static_cast<eval::Module *>(catalogue.findModule(name));
  };
  for (const RandomEntry &entry : entries)
    catalogue.addFunction(
        module(entry.module), entry.name, entry.parameters,
        [&session, &entry](Interpreter &, BoundArguments &args) {
          return draw(session, fmt::format("{}.{}", entry.module, entry.name), entry.build, args);
        },
        Native::Opaques::Pass);
  catalogue.addFunction(
      module("keras.random"), "SeedGenerator", "seed=None, name=None",
      [](Interpreter &in, BoundArguments &) { return Value(in.heap.make<SeedGenerator>()); },
      Native::Opaques::Pass);
  catalogue.addFunction(
      module("tensorflow.random"), "set_seed", "seed=None",
      [](Interpreter &, BoundArguments &) { return Value(); }, Native::Opaques::Pass);
}

} // namespace rondo::keras
