//===- Regularizers.cpp - keras.regularizers ------------------------------===//
//
// As classes with options and as text.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Regularizers.h"
#include "frontend/keras/LayerAttributes.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/WeightObjects.h"
#include <cmath>

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// What they compute
//===----------------------------------------------------------------------===//

Tensor *Regularizer::penalty(GraphBuilder &graph, Tensor *weight) const {
  auto sum = [&](double factor, Tensor *x) {
    Tensor *total = x ? graph.reduce(ReduceKind::sum, x, GraphBuilder::allAxes(x)) : nullptr;
    return graph.binary<MulOp>(graph.scalar(factor), total);
  };
  Tensor *absolute = l1 != 0 ? sum(l1, graph.unary<AbsOp>(weight)) : nullptr;
  Tensor *squared = l2 != 0 ? sum(l2, graph.binary<MulOp>(weight, weight)) : nullptr;
  if (absolute && squared)
    return graph.binary<AddOp>(absolute, squared);
  return absolute ? absolute : squared ? squared : graph.scalar(0);
}

void Layer::addActivityLosses(GraphBuilder &graph, const Regularizer *regularizer,
                              llvm::ArrayRef<Tensor *> results) {
  if (!regularizer)
    return;
  for (Tensor *result : results)
    graph.session.effects.losses.push_back(graph.binary<DivOp>(
        regularizer->penalty(graph, graph.toFloat(result)), graph.size(result, {0})));
}

Value Regularizer::call(Interpreter &in, Arguments &arguments) {
  eval::Signature signature = in.heap.signature("", "x");
  signature.callee = className;
  auto bound = eval::bind(in, signature, arguments);
  if (!bound)
    return Value::error();
  return applyOp(session, className, fmt::format("`{}`", className), arguments.place,
                 [&](OpCall &call) { return penalty(call.graph, call.tensor((*bound)["x"])); });
}

std::optional<Value> Regularizer::attribute(Interpreter &in, llvm::StringRef name, SourceRange) {
  if (name == "l1" && className != llvm::StringRef("L2"))
    return Value::real(l1);
  if (name == "l2" && className != llvm::StringRef("L1"))
    return Value::real(l2);
  if (name == "get_config")
    return in.unknownMethod(name, "regularizer.get_config");
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// How a file names them
//===----------------------------------------------------------------------===//

namespace {

struct RegularizerEntry : WeightClass {
  /// Without arguments.
  double l1, l2;
};

const RegularizerEntry entries[] = {{{"L1", "l1", "l1", "l1=0.01"}, 0.01, 0},
                                    {{"L2", "l2", "l2", "l2=0.01"}, 0, 0.01},
                                    {{"L1L2", "l1_l2", "l1l2", "l1=0.0, l2=0.0"}, 0, 0},
                                    {{"OrthogonalRegularizer", "orthogonal_regularizer",
                                      "orthogonal_regularizer", "factor=0.01, mode='rows'"},
                                     0,
                                     0}};

/// How far rows, or columns, are from being orthogonal to each other: the mean of the absolute
/// cosines of all pairs, times the factor.
class OrthogonalRegularizer : public Regularizer {
public:
  OrthogonalRegularizer(Session &session, double factor, bool ofRows, SourceRange place)
      : Regularizer(session, "OrthogonalRegularizer", 0, 0), factor(factor), ofRows(ofRows),
        place(place) {}

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange at) override {
    if (name == "factor")
      return Value::real(factor);
    if (name == "mode")
      return Value(in.heap.str(ofRows ? "rows" : "columns"));
    return name == "get_config" ? Regularizer::attribute(in, name, at) : std::nullopt;
  }

  Tensor *penalty(GraphBuilder &graph, Tensor *weight) const override {
    if (!weight)
      return nullptr;
    const int64_t own = ofRows ? 0 : 1;
    const auto count =
        weight->rank() == 2 ? weight->axes[own].size.getConstant() : std::optional<int64_t>();
    if (!count || *count < 2) {
      session.in.report(Code::InvalidArgument, place,
                        "an `OrthogonalRegularizer` is of matrices of two {} or more, and '{}' has "
                        "the shape {}",
                        ofRows ? "rows" : "columns", weight->origin, weight->shape());
      return nullptr;
    }
    Tensor *directions = buildNormalized(graph, weight, {1 - own}, /*epsilon=*/1e-7);
    Tensor *cosines = graph.contract(directions, directions, {}, {}, {1 - own}, {1 - own});
    Tensor *isOwn = graph.predicate(ComparePredicate::eq, graph.expandDims(graph.range(*count), 1),
                                    graph.expandDims(graph.range(*count), 0));
    Tensor *others = graph.select(isOwn, graph.scalar(0), graph.unary<AbsOp>(cosines));
    Tensor *total = graph.reduce(ReduceKind::sum, others, GraphBuilder::allAxes(others));
    const double pairs = *count * (*count - 1) / 2.0;
    return graph.binary<MulOp>(graph.scalar(0.5 * factor / pairs), total);
  }

private:
  const double factor;
  const bool ofRows;
  const SourceRange place;
};

Value makeOrthogonal(Session &session, BoundArguments &arguments) {
  const BoundArguments::Slot &factor = arguments["factor"], &mode = arguments["mode"];
  // Both have defaults.
  auto number = !factor.given ? std::optional(0.01) : factor.value.asReal();
  const auto *text = mode.value.as<eval::Str>();
  const std::string name = !mode.given ? "rows" : text ? text->text : "";
  auto refuse = [&](const BoundArguments::Slot &slot, llvm::StringRef what,
                    llvm::StringRef expected) {
    session.in.report(Code::InvalidArgument, slot.place,
                      "`{}` of `OrthogonalRegularizer` is {}, got {}", what, expected,
                      slot.value.inWords());
    return Value::error();
  };
  if (!number || !std::isfinite(*number))
    return refuse(factor, "factor", "a number");
  if (name != "rows" && name != "columns")
    return refuse(mode, "mode", "\"rows\" or \"columns\"");
  return session.in.heap.make<OrthogonalRegularizer>(session, *number, name == "rows",
                                                     arguments.place);
}

Value makeRegularizer(Session &session, const RegularizerEntry &entry, BoundArguments &arguments) {
  if (arguments.has("factor"))
    return makeOrthogonal(session, arguments);
  double factors[] = {0, 0};
  const char *const names[] = {"l1", "l2"};
  for (unsigned i = 0; i < 2; ++i) {
    if (!arguments.has(names[i]))
      continue;
    const BoundArguments::Slot &slot = arguments[names[i]];
    // None is the default.
    auto number = slot.value.isNone() && !slot.given ? std::optional(i ? entry.l2 : entry.l1)
                  : slot.value.isBool()              ? std::nullopt
                                                     : slot.value.asReal();
    if (!number || !(*number >= 0) || std::isinf(*number)) {
      session.in.report(Code::InvalidArgument, slot.place,
                        "`{}` of `{}` is a number that is not negative, got {}", names[i],
                        entry.className, slot.value.inWords());
      return Value::error();
    }
    factors[i] = *number;
  }
  return session.in.heap.make<Regularizer>(session, entry.className, factors[0], factors[1]);
}

/// A function of the file, or an object that is called.
class FunctionRegularizer : public Regularizer {
public:
  FunctionRegularizer(Session &session, Value function, SourceRange place)
      : Regularizer(session, "Regularizer", 0, 0), function(function), place(place) {}
  Value call(Interpreter &in, Arguments &arguments) override {
    return in.call(function, arguments);
  }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange at) override {
    return in.attribute(function, name, at);
  }

  Tensor *penalty(GraphBuilder &graph, Tensor *weight) const override {
    if (!weight)
      return nullptr;
    Interpreter &in = session.in;
    const size_t errors = in.engine.errorCount();
    Session::Trace trace(session, graph.name, "the regularizer of", place, "");
    Arguments arguments{place, place, {{Value(session.makeInside(weight)), place}}, {}};
    Value value = in.call(function, arguments);
    if (auto number = value.isBool() ? std::nullopt : value.asReal())
      return graph.scalar(*number);
    if (Tensor *result = value.as<Tensor>())
      return graph.reduce(ReduceKind::sum, graph.toFloat(result), GraphBuilder::allAxes(result));
    if (in.engine.errorCount() == errors)
      in.report(Code::LambdaResult, place, "the regularizer of '{}' makes {} of a weight",
                weight->origin, value.inWords())
          .help("it returns a number, which training adds to the loss");
    return nullptr;
  }

private:
  const Value function;
  const SourceRange place;
};

const WeightObjects<Regularizer, RegularizerEntry, FunctionRegularizer> regularizers{
    "regularizer", entries, makeRegularizer};

} // namespace

const Regularizer *readRegularizer(Config &config, llvm::StringRef parameter) {
  return regularizers.read(config, parameter);
}

void addRegularizers(Catalogue &catalogue) {
  KerasModule *module = regularizers.add(catalogue, {"deserialize"});
  module->members["Regularizer"] =
      catalogue.session.in.heap.make<PlainBase>(catalogue.session.in, "Regularizer");
}

} // namespace rondo::keras
