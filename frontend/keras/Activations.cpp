//===- Activations.cpp - Activations by name and as functions -------------===//
//
// The activations of keras.ops as a table, the module keras.activations, and what
// `activation=` of a layer may be. The formulas are in dialect/Activations.h.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Activations.h"
#include "dialect/TensorNumber.h"
#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/Catalogue.h"
#include "frontend/keras/Ops.h"
#include <cmath>

namespace rondo::keras {

using Number = TensorNumber;

Tensor *buildRelu(GraphBuilder &graph, Tensor *x, double slope, std::optional<double> most,
                  double threshold) {
  return graph.formula(
      x, [&](const Number &x) { return activations::relu(x, slope, most, threshold); });
}

Tensor *buildLeakyRelu(GraphBuilder &graph, Tensor *x, double slope) {
  return graph.formula(x, [&](const Number &x) { return activations::leakyRelu(x, slope); });
}

Tensor *buildElu(GraphBuilder &graph, Tensor *x, double alpha) {
  return graph.formula(x, [&](const Number &x) { return activations::elu(x, alpha); });
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {

template <Activation activation> Tensor *plain(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  // Keras takes bool tensors for two of them.
  if (activation == Activation::tanh || activation == Activation::exponential)
    x = call.graph.toFloat(x);
  return call.graph.formula(x, [](const Number &x) { return activations::apply(activation, x); });
}

/// A formula with one number besides x.
template <Number (*compute)(const Number &, double)>
Tensor *withNumber(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto number = call.number(args, args.signature.parameters[1].name);
  return number ? call.graph.formula(x, [&](const Number &x) { return compute(x, *number); })
                : nullptr;
}

Tensor *gelu(OpCall &call, BoundArguments &args) {
  bool isApproximate = call.boolean(args["approximate"]);
  return call.graph.formula(call.tensor(args["x"]),
                            [&](const Number &x) { return activations::gelu(x, isApproximate); });
}

/// What a message about a softmax marks: the name of an activation rather than the layer.
SourceRange softmaxPlace(const OpCall &call, const BoundArguments &args) {
  return args.place.begin <= args.calleePlace.begin && args.calleePlace.end <= args.place.end &&
                 args.calleePlace.begin != args.place.begin
             ? args.calleePlace
             : args.place;
}

template <bool isLog> Tensor *softmax(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  checkSoftmax(call.graph, x, *axis, softmaxPlace(call, args));
  return isLog ? call.graph.logSoftmax(x, *axis) : call.graph.softmax(x, *axis);
}

/// One half of an axis, gated by the sigmoid of the other.
Tensor *glu(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.numbers(call.tensor(args["x"]));
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  auto size = graph.session.resolve(x->axes[*axis].size).getConstant();
  if (!size || *size % 2 != 0) {
    graph.session.in.report(Code::ShapeMismatch, args.place,
                            "{} halves axis {} of '{}' of shape {}, which has {} elements",
                            graph.callee, *axis, x->origin, x->shape(),
                            size ? std::to_string(*size) : "an unknown number of");
    return nullptr;
  }
  Tensor *gate = graph.unary<SigmoidOp>(graph.part(x, *axis, *size / 2, *size / 2));
  return graph.binary<MulOp>(graph.part(x, *axis, 0, *size / 2), gate);
}

/// max(x - tau, 0) along an axis. Of the elements in descending order, the support is
/// those above (c - 1) / r, where r is the rank of an element and c the sum up to it.
/// Keras takes tau from the sum of all these c, where Martins and Astudillo (2016) take
/// the last one. An element finds its rank by comparing itself with all others; of
/// equal ones the first comes first.
/// Source: keras/src/backend/tensorflow/nn.py.
Tensor *sparsemax(OpCall &call, BoundArguments &args) {
  GraphBuilder &graph = call.graph;
  Tensor *x = graph.numbers(call.tensor(args["x"]));
  auto axis = x ? call.axis(args["axis"], x->rank()) : std::nullopt;
  if (!axis)
    return nullptr;
  DimExpr size = graph.session.resolve(x->axes[*axis].size);
  if (!size.getConstant()) {
    graph.session.in
        .report(Code::DynamicSize, args.place,
                "{} orders axis {} of '{}' of shape {}, whose size is only known when the model "
                "runs: {}",
                graph.callee, *axis, x->origin, x->shape(), size.str())
        .help("give the size in `Input(shape=…)`");
    return nullptr;
  }
  // Each element, and behind its axis the others.
  auto each = [&](Tensor *tensor, int64_t at) { return graph.expandDims(tensor, at + 1); };
  auto others = [&](Tensor *tensor, int64_t at) { return graph.expandDims(tensor, at); };
  Axes column(x->rank() - *axis, Axis{DimExpr(1), AxisMeaning::One});
  column.front().size = size;
  Tensor *position = graph.reshape(graph.range(*size.getConstant()), column);
  using Predicate = ComparePredicate;
  Tensor *isUpTo =
      graph.select(graph.predicate(Predicate::eq, others(x, *axis), each(x, *axis)),
                   graph.predicate(Predicate::le, others(position, 0), each(position, 0)),
                   graph.predicate(Predicate::gt, others(x, *axis), each(x, *axis)));
  Tensor *zero = graph.scalar(0.0), *one = graph.scalar(1.0);
  Tensor *rank = graph.reduce(ReduceKind::sum, isUpTo, {*axis + 1});
  Tensor *sum =
      graph.reduce(ReduceKind::sum, graph.select(isUpTo, others(x, *axis), zero), {*axis + 1});
  Tensor *bound = graph.binary<DivOp>(graph.binary<SubOp>(sum, one), rank);
  Tensor *isSupport = graph.predicate(Predicate::gt, x, bound);
  auto total = [&](Tensor *tensor) {
    return graph.reduce(ReduceKind::sum, tensor, {*axis}, /*keep=*/true);
  };
  Tensor *sums = total(graph.select(isSupport, sum, zero));
  Tensor *tau = graph.binary<DivOp>(graph.binary<SubOp>(sums, one), total(isSupport));
  return graph.binary<MaximumOp>(graph.binary<SubOp>(x, tau), zero);
}

Tensor *threshold(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto least = call.number(args, "threshold"), otherwise = call.number(args, "default_value");
  if (!least || !otherwise)
    return nullptr;
  return call.graph.formula(
      x, [&](const Number &x) { return activations::threshold(x, *least, *otherwise); });
}

Tensor *relu(OpCall &call, BoundArguments &args) {
  Tensor *x = call.tensor(args["x"]);
  auto slope = call.number(args, "negative_slope"), least = call.number(args, "threshold");
  std::optional<double> most;
  if (!args["max_value"].value.isNone() && !(most = call.number(args, "max_value")))
    return nullptr;
  return slope && least ? buildRelu(call.graph, x, *slope, most, *least) : nullptr;
}

const OpEntry table[] = {
    {"relu", "Relu", "x", plain<Activation::relu>},
    {"relu6", "Relu6", "x", plain<Activation::relu6>},
    {"leaky_relu", "LeakyRelu", "x, negative_slope=0.2", withNumber<activations::leakyRelu>},
    {"elu", "Elu", "x, alpha=1.0", withNumber<activations::elu>},
    {"celu", "Celu", "x, alpha=1.0", withNumber<activations::celu>},
    {"selu", "Selu", "x", plain<Activation::selu>},
    {"gelu", "Gelu", "x, approximate=True", gelu},
    {"glu", "Glu", "x, axis=-1", glu},
    {"silu", "Silu", "x", plain<Activation::silu>},
    {"swish", "Silu", "x", plain<Activation::silu>},
    {"hard_silu", "HardSilu", "x", plain<Activation::hard_silu>},
    {"hard_swish", "HardSilu", "x", plain<Activation::hard_silu>},
    {"tanh", "Tanh", "x", plain<Activation::tanh>, [](double x) { return std::tanh(x); }},
    {"hard_tanh", "HardTanh", "x", plain<Activation::hard_tanh>},
    {"tanh_shrink", "TanhShrink", "x", plain<Activation::tanh_shrink>},
    {"hard_shrink", "HardShrink", "x, threshold=0.5", withNumber<activations::hardShrink>},
    {"soft_shrink", "SoftShrink", "x, threshold=0.5", withNumber<activations::softShrink>},
    {"threshold", "Threshold", "x, threshold, default_value", threshold},
    {"sigmoid", "Sigmoid", "x", plain<Activation::sigmoid>,
     [](double x) { return 1 / (1 + std::exp(-x)); }},
    {"hard_sigmoid", "HardSigmoid", "x", plain<Activation::hard_sigmoid>},
    {"log_sigmoid", "LogSigmoid", "x", plain<Activation::log_sigmoid>},
    {"sparse_sigmoid", "SparseSigmoid", "x", plain<Activation::sparse_sigmoid>},
    {"sparse_plus", "SparsePlus", "x", plain<Activation::sparse_plus>},
    {"softplus", "Softplus", "x", plain<Activation::softplus>},
    {"squareplus", "Squareplus", "x, b=4", withNumber<activations::squareplus>},
    {"softsign", "Softsign", "x", plain<Activation::softsign>},
    {"softmax", "Softmax", "x, axis=-1", softmax<false>},
    {"log_softmax", "LogSoftmax", "x, axis=-1", softmax<true>},
    {"sparsemax", "Sparsemax", "x, axis=-1", sparsemax},
};

/// What keras.activations has besides, or otherwise than keras.ops.
const OpEntry ownActivations[] = {
    {"relu", "ReLU", "x, negative_slope=0.0, max_value=None, threshold=0.0", relu},
    {"gelu", "Gelu", "x, approximate=False", gelu},
    {"exponential", "Exp", "x", plain<Activation::exponential>},
    {"mish", "Mish", "x", plain<Activation::mish>},
};

/// What makes configurations of activations.
const std::vector<std::string> unsupportedActivations = {"deserialize", "serialize"};

} // namespace

llvm::ArrayRef<OpEntry> activationOps() { return table; }

//===----------------------------------------------------------------------===//
// keras.activations and `activation=`
//===----------------------------------------------------------------------===//

Value activationFunction(Session &session, Value value, SourceRange place) {
  if (value.isNone() || value.isError())
    return value;
  const auto *text = value.as<eval::Str>();
  if (text) {
    llvm::StringRef name = text->text;
    if (name == "linear")
      return Value();
    // `get` and its like are no activations.
    auto member = session.activations->members.find(name);
    if (member != session.activations->members.end() && name != "get")
      return member->second;
    std::vector<std::string> known = session.activations->attributeNames();
    eval::suggest(session.in.report(Code::UnknownActivation, place,
                                    "there is no activation called `{}`", name),
                  name, known, place);
    return Value::error();
  }
  const eval::Object *object = value.getObject();
  if (object && object->isCallable())
    return value;
  session.in.report(Code::InvalidArgument, place,
                    "an activation is a name, a function or None, got {}", value.inWords());
  return Value::error();
}

std::optional<Activation> elementwiseActivation(Session &session, Value function) {
  if (eval::Object *op = session.spellings.lookup(function.getObject()))
    function = op;
  const auto *native = function.as<Native>();
  if (!native)
    return std::nullopt;
  auto isMemberOf = [&](const eval::Module *module) {
    return module->members.lookup(native->name).getObject() == native;
  };
  // The functions of keras.ops have the same defaults, but for gelu.
  bool isActivation =
      isMemberOf(session.activations) || (isMemberOf(session.ops) && native->name != "gelu");
  if (!isActivation)
    return std::nullopt;
  return activationOfName(native->name == "exp" ? "exponential" : native->name);
}

void addActivations(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module = catalogue.addModule("keras.activations", unsupportedActivations);
  session.activations = module;
  for (const OpEntry &entry : table)
    module->members[entry.name] = session.ops->members[entry.name];
  for (const OpEntry &entry : ownActivations)
    catalogue.addFunction(module, entry.name, entry.parameters,
                          [&session, &entry](Interpreter &, BoundArguments &args) {
                            return callOp(session, entry, fmt::format("`{}`", entry.name), args);
                          });
  catalogue.addFunction(module, "linear", "x",
                        [](Interpreter &, BoundArguments &args) { return args["x"].value; });
  catalogue.addFunction(
      module, "get", "identifier", [&session](Interpreter &, BoundArguments &args) {
        const BoundArguments::Slot &slot = args["identifier"];
        Value function = activationFunction(session, slot.value, slot.place);
        return function.isNone() ? session.activations->members["linear"] : function;
      });
}

} // namespace rondo::keras
