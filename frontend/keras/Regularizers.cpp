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
                                    {{"L1L2", "l1_l2", "l1l2", "l1=0.0, l2=0.0"}, 0, 0}};

Value makeRegularizer(Session &session, const RegularizerEntry &entry, BoundArguments &arguments) {
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
  KerasModule *module = regularizers.add(
      catalogue, {"OrthogonalRegularizer", "orthogonal_regularizer", "deserialize"});
  module->members["Regularizer"] =
      catalogue.session.in.heap.make<PlainBase>(catalogue.session.in, "Regularizer");
}

} // namespace rondo::keras
