//===- Constraints.cpp - keras.constraints --------------------------------===//
//
// As classes with options, as text, and as functions and classes of the file. Each is a
// graph of the weight alone, which a training step computes behind the update.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Constraints.h"
#include "frontend/eval/Class.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/WeightObjects.h"

namespace rondo::keras {
namespace {

//===----------------------------------------------------------------------===//
// What those of Keras compute
//===----------------------------------------------------------------------===//

struct ConstraintEntry : WeightClass {
  enum Kind { MaxNorm, NonNeg, UnitNorm, MinMaxNorm } kind;
};

const ConstraintEntry entries[] = {
    {{"MaxNorm", "max_norm", "max_norm", "max_value=2, axis=0"}, ConstraintEntry::MaxNorm},
    {{"NonNeg", "non_neg", "non_neg", ""}, ConstraintEntry::NonNeg},
    {{"UnitNorm", "unit_norm", "unit_norm", "axis=0"}, ConstraintEntry::UnitNorm},
    {{"MinMaxNorm", "min_max_norm", "min_max_norm",
      "min_value=0.0, max_value=1.0, rate=1.0, axis=0"},
     ConstraintEntry::MinMaxNorm}};

/// One with its options.
class KerasConstraint : public Constraint {
public:
  KerasConstraint(Session &session, const ConstraintEntry &entry)
      : session(session), entry(entry) {}

  std::string typeName() const override { return entry.className; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    for (const auto &[setting, value] : settings)
      if (setting == name)
        return value;
    if (name != "get_config")
      return std::nullopt;
    return Value(in.heap.make<Native>("get_config", "", [this](Interpreter &in, BoundArguments &) {
      eval::Dict *config = in.heap.make<eval::Dict>();
      for (const auto &[setting, value] : settings)
        config->set(in.heap.str(setting), value);
      return Value(config);
    }));
  }

  /// Of a tensor, in a function of the file.
  Value call(Interpreter &in, Arguments &arguments) override {
    eval::Signature signature = in.heap.signature("", "w");
    signature.callee = entry.className;
    auto bound = eval::bind(in, signature, arguments);
    if (!bound)
      return Value::error();
    return applyOp(session, entry.className, fmt::format("`{}`", entry.className), arguments.place,
                   [&](OpCall &call) { return apply(call.graph, call.tensor((*bound)["w"])); });
  }

  /// With the norms n along `axes` and ε = 1e-7: w · min(n, max) / (ε + n), w / (ε + n), or
  /// w · (rate · clip(n, min, max) + (1 - rate) · n) / (ε + n).
  Tensor *apply(GraphBuilder &graph, Tensor *weight) const override {
    if (!weight || entry.kind == ConstraintEntry::NonNeg)
      return graph.binary<MaximumOp>(weight, graph.scalar(0));
    auto along = axesOf(*weight);
    if (!along)
      return nullptr;
    Tensor *squares = graph.binary<MulOp>(weight, weight);
    Tensor *norms = graph.unary<SqrtOp>(graph.reduce(ReduceKind::sum, squares, *along,
                                                     /*keep=*/true));
    constexpr double epsilon = 1e-7;
    Tensor *divisor = graph.binary<AddOp>(norms, graph.scalar(epsilon));
    if (entry.kind == ConstraintEntry::UnitNorm)
      return graph.binary<DivOp>(weight, divisor);
    Tensor *desired = graph.binary<MinimumOp>(norms, graph.scalar(most));
    desired = graph.binary<MaximumOp>(desired, graph.scalar(least));
    if (entry.kind == ConstraintEntry::MinMaxNorm) {
      desired = graph.binary<MulOp>(desired, graph.scalar(rate));
      desired = graph.binary<AddOp>(desired, graph.binary<MulOp>(norms, graph.scalar(1 - rate)));
    }
    return graph.binary<MulOp>(weight, graph.binary<DivOp>(desired, divisor));
  }

  Session &session;
  const ConstraintEntry &entry;
  std::vector<std::pair<std::string, Value>> settings;
  double least = 0, most = 0, rate = 1;
  /// Nothing for all.
  std::optional<std::vector<int64_t>> axes;
  SourceRange axisPlace;

private:
  /// Those of a weight, not negative; nothing after a report.
  std::optional<llvm::SmallVector<int64_t>> axesOf(const Tensor &weight) const {
    if (!axes)
      return GraphBuilder::allAxes(&weight);
    llvm::SmallVector<int64_t> result;
    const int64_t rank = weight.rank();
    for (int64_t axis : *axes) {
      bool isInside = axis >= -rank && axis < rank;
      int64_t own = axis < 0 ? axis + rank : axis;
      if (isInside && !llvm::is_contained(result, own)) {
        result.push_back(own);
        continue;
      }
      diagnostics::Diagnostic &diagnostic = session.in.report(
          Code::AxisOutOfRange, axisPlace, "axis {} of `{}` is {} '{}' of shape {}", axis,
          entry.className, isInside ? "named twice for" : "outside", weight.origin, weight.shape());
      diagnostic.note(weight.place, "the weight is made here");
      return std::nullopt;
    }
    llvm::sort(result);
    return result;
  }
};

//===----------------------------------------------------------------------===//
// Those of the file
//===----------------------------------------------------------------------===//

class FunctionConstraint : public Constraint {
public:
  FunctionConstraint(Session &session, Value function, SourceRange place)
      : session(session), function(function), place(place) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    return in.call(function, arguments);
  }

  Tensor *apply(GraphBuilder &graph, Tensor *weight) const override {
    size_t errors = session.in.engine.errorCount();
    Session::Trace trace(session, graph.name, "the constraint of", place, "");
    Arguments arguments{place, place, {{Value(session.makeInside(weight)), place}}, {}};
    Value value = session.in.call(function, arguments);
    Tensor *result = value.as<Tensor>();
    bool fits = result && result->rank() == weight->rank();
    for (size_t i = 0; fits && i < weight->rank(); ++i)
      fits = session.resolve(result->axes[i].size) == weight->axes[i].size;
    if (fits)
      return graph.toFloat(result);
    if (session.in.engine.errorCount() == errors)
      session.in
          .report(Code::LambdaResult, place,
                  "the constraint of '{}' makes {} of a weight of shape {}", weight->origin,
                  result           ? "a tensor of shape " + result->shape()
                  : value.isNone() ? "None"
                                   : "a value of type " + value.typeName(),
                  weight->shape())
          .help("it returns what the weight becomes, of the same shape");
    return nullptr;
  }

private:
  Session &session;
  const Value function;
  const SourceRange place;
};

/// keras.constraints.Constraint itself, which changes nothing.
class BaseConstraint : public eval::Object {
public:
  std::string typeName() const override { return "Constraint"; }
  bool isCallable() const override { return true; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange) override {
    if (name != "get_config")
      return std::nullopt;
    return Value(in.heap.make<Native>("get_config", "", [](Interpreter &in, BoundArguments &) {
      return Value(in.heap.make<eval::Dict>());
    }));
  }
  Value call(Interpreter &in, Arguments &arguments) override {
    eval::Signature signature = in.heap.signature("", "w");
    signature.callee = "Constraint";
    auto bound = eval::bind(in, signature, arguments);
    return bound ? (*bound)["w"].value : Value::error();
  }
};

/// An object of a class of the file that derives from it.
class FileConstraint : public eval::InstanceOf<BaseConstraint> {
public:
  explicit FileConstraint(eval::Class &type) : InstanceOf(type) {}
};

class ConstraintClass : public eval::NativeClass {
public:
  explicit ConstraintClass(Session &session)
      : NativeClass(session.in, "Constraint", SourceRange()), session(session) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    eval::Signature signature = in.heap.signature("", "");
    signature.callee = "Constraint";
    return eval::bind(in, signature, arguments) ? Value(in.heap.make<BaseConstraint>())
                                                : Value::error();
  }
  eval::Object *makeObject(eval::Class &type, SourceRange) override {
    return session.in.heap.make<FileConstraint>(type);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override {
    auto *constraint = self.as<FileConstraint>();
    auto value = constraint ? constraint->BaseConstraint::attribute(in, name, {}) : std::nullopt;
    if (constraint && name == "__call__")
      value = Value(in.heap.make<Native>(
          "__call__", "w", [](Interpreter &, BoundArguments &bound) { return bound["w"].value; }));
    return value ? value : NativeClass::boundMember(in, self, name);
  }
  bool hasMethod(llvm::StringRef name) const override {
    return NativeClass::hasMethod(name) || name == "__call__" || name == "get_config";
  }

private:
  Session &session;
};

//===----------------------------------------------------------------------===//
// How a file names them
//===----------------------------------------------------------------------===//

/// The axes of a norm: one, several, or None for all.
void readAxes(Config &config, KerasConstraint &constraint) {
  const BoundArguments::Slot &slot = config.get("axis");
  constraint.axisPlace = slot.place;
  const auto *sequence = slot.value.as<eval::Sequence>();
  if (slot.value.isNone())
    return;
  std::vector<int64_t> axes;
  llvm::ArrayRef<Value> given =
      sequence ? llvm::ArrayRef<Value>(sequence->elements) : llvm::ArrayRef<Value>(slot.value);
  for (Value axis : given)
    if (axis.isInt())
      axes.push_back(*axis.asInteger());
  if (axes.size() != given.size())
    config.reject(slot, "axis", "an integer, a list of them or None");
  constraint.axes = std::move(axes);
}

Value makeConstraint(Session &session, const ConstraintEntry &entry, BoundArguments &arguments) {
  Config config(session, arguments);
  auto *constraint = session.in.heap.make<KerasConstraint>(session, entry);
  auto number = [&](const char *name, double &into) {
    if (!arguments.has(name))
      return;
    const BoundArguments::Slot &slot = config.get(name);
    auto value = slot.value.isBool() ? std::nullopt : slot.value.asReal();
    if (!value)
      config.reject(slot, name, "a number");
    into = value.value_or(into);
  };
  number("min_value", constraint->least);
  number("max_value", constraint->most);
  number("rate", constraint->rate);
  if (arguments.has("axis"))
    readAxes(config, *constraint);
  for (auto [parameter, slot] : llvm::zip(arguments.signature.parameters, arguments.slots))
    constraint->settings.push_back({parameter.name, slot.value});
  config.finish();
  return config.isBroken ? Value::error() : Value(constraint);
}

const WeightObjects<Constraint, ConstraintEntry, FunctionConstraint> constraints{
    "constraint", entries, makeConstraint};

} // namespace

const Constraint *readConstraint(Config &config, llvm::StringRef parameter) {
  return constraints.read(config, parameter);
}

void constrain(GraphBuilder &graph, Variable &variable, const Constraint *constraint) {
  if (!constraint)
    return;
  // It belongs to no step of a loop in which the weight is made.
  Session &session = graph.session;
  mlir::OpBuilder::InsertionGuard guard(session.builder);
  session.builder.setInsertionPointToEnd(&session.scratch);
  // Messages are about the weight.
  Tensor *weight = graph.variable(variable);
  weight = session.makeTensor(weight->value, weight->axes, weight->element, variable.path,
                              variable.owner->place);
  if (const Tensor *result = constraint->apply(graph, weight))
    variable.constrained = result->value;
}

void addConstraints(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module = constraints.add(catalogue, {"deserialize"});
  auto *base = session.in.heap.make<ConstraintClass>(session);
  base->setBases({session.in.builtin("object").as<eval::Class>()});
  module->members["Constraint"] = base;
}

} // namespace rondo::keras
