//===- FileMetrics.cpp - Classes of the file that derive from Metric ------===//
//
// `update_state` is traced once, for any batch: what it adds to a variable must not depend on what
// is there. `result` is traced behind it, on what all batches have added up.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/FileMetrics.h"
#include "frontend/keras/MeasureParts.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/ScalarProgram.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

/// What `value` is computed from: `visit` is called with each value that no op makes.
void visitSources(mlir::Value value, llvm::function_ref<void(mlir::Value)> visit) {
  if (!value.getDefiningOp())
    visit(value);
  for (mlir::Operation *op : opsBehind(value))
    for (mlir::Value operand : op->getOperands())
      if (!operand.getDefiningOp())
        visit(operand);
}

/// `value` without `variable`, which it is a sum of; null where it is not.
Tensor *withoutVariable(GraphBuilder &graph, mlir::Value value, const Tensor &variable) {
  Session &session = graph.session;
  auto wrap = [&](mlir::Value part) {
    return session.makeTensor(part, variable.axes, ElementKind::Float, variable.origin, {});
  };
  if (value == variable.value)
    return graph.filled(0.0, variable.axes);
  auto uses = [&](mlir::Value part) {
    bool found = false;
    visitSources(part, [&](mlir::Value source) { found |= source == variable.value; });
    return found;
  };
  if (auto add = value.getDefiningOp<AddOp>()) {
    bool isLeft = uses(add.getLhs());
    if (isLeft == uses(add.getRhs()))
      return nullptr;
    Tensor *rest = withoutVariable(graph, isLeft ? add.getLhs() : add.getRhs(), variable);
    return rest ? graph.binary<AddOp>(rest, wrap(isLeft ? add.getRhs() : add.getLhs())) : nullptr;
  }
  if (auto sub = value.getDefiningOp<SubOp>(); sub && !uses(sub.getRhs())) {
    Tensor *rest = withoutVariable(graph, sub.getLhs(), variable);
    return rest ? graph.binary<SubOp>(rest, wrap(sub.getRhs())) : nullptr;
  }
  return nullptr;
}

std::optional<MetricState> stateOfFile(const Measure &measure, const Comparison &comparison,
                                       Tensor *weights) {
  return measure.ofFile.as<FileMetric>()->trace(comparison, weights);
}

const MeasureFunction metricOfFile = {
    "",      TargetKind::Values,  nullptr, nullptr,    nullptr, "", {}, {},
    nullptr, FunctionOf::Neither, nullptr, stateOfFile};

} // namespace

//===----------------------------------------------------------------------===//
// Variables
//===----------------------------------------------------------------------===//

MetricVariable::MetricVariable(FileMetric &metric, std::string name, const Axes &axes,
                               SourceRange place)
    : Tensor(metric.session,
             metric.session.makeSource(axes, ElementKind::Float, name, place)->value, axes,
             ElementKind::Float, std::move(name), place, Session::inMetrics),
      metric(metric) {}

std::optional<Value> MetricVariable::attribute(Interpreter &in, llvm::StringRef name,
                                               SourceRange place) {
  auto method = [&](const char *called, Native::Body body) {
    return Value(in.heap.make<Native>(called, "value", std::move(body)));
  };
  if (name == "assign")
    return method("assign", [this](Interpreter &, BoundArguments &bound) { return assign(bound); });
  if (name == "assign_add")
    return method("assign_add", [this](Interpreter &, BoundArguments &bound) {
      return add(bound, /*isNegative=*/false);
    });
  if (name == "assign_sub")
    return method("assign_sub", [this](Interpreter &, BoundArguments &bound) {
      return add(bound, /*isNegative=*/true);
    });
  if (name == "name")
    return Value(in.heap.str(origin));
  if (name == "value")
    return Value(this);
  return Tensor::attribute(in, name, place);
}

std::vector<std::string> MetricVariable::attributeNames() const {
  std::vector<std::string> names = Tensor::attributeNames();
  names.insert(names.end(), {"assign", "assign_add", "assign_sub", "name", "value"});
  return names;
}

Value MetricVariable::add(BoundArguments &arguments, bool isNegative) {
  // Outside of an update, as in `reset_state`, nothing is counted.
  if (session.tracedMetric != &metric)
    return Value();
  return applyOp(session, "Assign", fmt::format("`{}`", arguments.signature.callee),
                 arguments.place, [&](OpCall &call) -> Tensor * {
                   Tensor *number = call.graph.toFloat(call.tensor(arguments["value"]));
                   if (number && isNegative)
                     number = call.graph.unary<NegOp>(number);
                   // Of the variable's shape.
                   Tensor *sum = call.graph.binary<AddOp>(
                       added ? added : call.graph.filled(0.0, axes), number);
                   if (!sum)
                     return nullptr;
                   if (computed || !session.unify(*sum, axes)) {
                     call.reject(arguments["value"], "value",
                                 computed ? "added to a variable that is not assigned as well"
                                          : "of the shape of the variable");
                     return nullptr;
                   }
                   return added = sum;
                 });
}

Value MetricVariable::assign(BoundArguments &arguments) {
  if (session.tracedMetric != &metric)
    return Value();
  return applyOp(session, "Assign", "`assign`", arguments.place, [&](OpCall &call) -> Tensor * {
    Tensor *number = call.graph.toFloat(call.tensor(arguments["value"]));
    // Of the variable's shape.
    Tensor *filled = number && number->rank() < axes.size()
                         ? call.graph.binary<AddOp>(call.graph.filled(0.0, axes), number)
                         : number;
    if (!filled)
      return nullptr;
    if (!session.unify(*filled, axes)) {
      call.reject(arguments["value"], "value", "of the shape of the variable");
      return nullptr;
    }
    bool isFirst = !added && !computed;
    if (isFirst && metric.isOfCounted(filled->value))
      return computed = filled;
    if (isFirst && (added = withoutVariable(call.graph, filled->value, *this)))
      return added;
    session.in
        .report(Code::NotSupportedYet, arguments.place,
                "`{}` of the metric `{}` is assigned what does not add up over batches", origin,
                metric.name)
        .help("`assign_add` counts, and `result` makes the value of what was counted");
    return nullptr;
  });
}

//===----------------------------------------------------------------------===//
// Metrics
//===----------------------------------------------------------------------===//

FileMetric::FileMetric(eval::Class &type, Session &session, SourceRange place, const char *ofValues)
    : InstanceOf(type, session, &metricOfFile, ofValues ? ofValues : snakeCase(type.name), place) {
  this->ofValues = ofValues;
  isMetric = true;
  ofFile = Value(this);
}

Value FileMetric::initialize(BoundArguments &arguments) {
  Config config(session, arguments);
  if (const auto *text = config.get("name").value.as<eval::Str>())
    name = text->text;
  readPolicy(config, DtypePolicy::Float32); // numbers are float32 in any
  config.finish();
  isInitialized = !config.isBroken;
  return config.isBroken ? Value::error() : Value();
}

Value FileMetric::addVariable(BoundArguments &arguments) {
  Interpreter &in = session.in;
  if (!isInitialized) {
    in.report(Code::LateWeight, arguments.place,
              "the metric `{}` has no variables before `super().__init__()`", type.name)
        .help("call `super().__init__(name=name)` first");
    return Value::error();
  }
  Config config(session, arguments);
  config.ignore({"aggregation", "synchronization", "dtype"});
  const BoundArguments::Slot &shape = config.get("shape"), &title = config.get("name"),
                             &initializer = config.get("initializer");
  // Keras 2 has the name first.
  const auto *text = (shape.value.as<eval::Str>() ? shape : title).value.as<eval::Str>();
  const auto *sequence = shape.value.as<eval::Sequence>();
  std::vector<Value> sizes;
  if (sequence)
    sizes = sequence->elements;
  else if (!shape.value.isNone() && !shape.value.as<eval::Str>())
    sizes = {shape.value};
  Axes axes;
  for (Value size : sizes) {
    auto number = size.isInt() ? size.asInteger() : std::nullopt;
    if (!number || *number <= 0) {
      config.reject(shape, "shape", "a tuple of positive integers");
      return Value::error();
    }
    axes.push_back({DimExpr(*number)});
  }
  if (!initializer.value.isNone()) {
    mlir::DictionaryAttr chosen =
        initializerAttribute(session, initializer.value, initializer.place);
    auto kind = chosen ? chosen.getAs<mlir::StringAttr>("name") : nullptr;
    if (kind && kind.getValue() != "zeros")
      in.report(Code::NotSupportedYet, initializer.place,
                "a variable of a metric that does not begin with zeros is not supported yet");
  }
  config.finish();
  if (config.isBroken)
    return Value::error();
  variables.push_back(in.heap.make<MetricVariable>(
      *this, text ? text->text : fmt::format("variable_{}", variables.size()), axes,
      arguments.place));
  return Value(variables.back());
}

std::optional<Value> FileMetric::member(Interpreter &in, llvm::StringRef method) {
  if (method == "__init__")
    return Value(in.heap.make<Native>(
        type.name, ofValues ? "name=None, dtype=None" : "dtype=None, name=None",
        [this](Interpreter &, BoundArguments &arguments) { return initialize(arguments); }));
  if (method == "add_weight" || method == "add_variable")
    return Value(in.heap.make<Native>(
        method.str(),
        "shape=(), initializer=None, dtype=None, name=None, aggregation=None, synchronization=None",
        [this](Interpreter &, BoundArguments &arguments) { return addVariable(arguments); }));
  if (method == "variables" || method == "weights")
    return Value(in.heap.list(std::vector<Value>(variables.begin(), variables.end())));
  if (!ofValues && session.tracedMetric == this &&
      llvm::is_contained({"update_state", "result"}, method))
    return std::nullopt; // the base class has none
  return Measure::attribute(in, method, place);
}

std::optional<Value> FileMetric::attribute(Interpreter &in, llvm::StringRef name,
                                           SourceRange place) {
  if (auto value = lookUp(name, place))
    return value;
  if (auto value = member(in, name))
    return value;
  return InstanceOf::attribute(in, name, place);
}

Value FileMetric::call(Interpreter &in, Arguments &arguments) {
  return isComplete(arguments.place) ? InstanceOf::call(in, arguments) : Value::error();
}

bool FileMetric::isComplete(SourceRange at) const {
  for (const char *method : {"update_state", "result"}) {
    if (type.find(method) || ofValues)
      continue;
    session.in
        .report(Code::MissingArgument, at, "the metric `{}` has no method `{}`", type.name, method)
        .note(type.place, "the class is defined here")
        .help("define `update_state(self, y_true, y_pred, sample_weight=None)`, which counts, and "
              "`result(self)`");
    return false;
  }
  return true;
}

bool FileMetric::callMethod(const char *method, std::vector<PlacedValue> given, Value &result) {
  size_t errors = session.in.engine.errorCount();
  Arguments arguments{place, place, std::move(given), {}};
  result = session.in.call(session.in.attribute(Value(static_cast<Measure *>(this)), method, place),
                           arguments);
  return session.in.engine.errorCount() == errors && !result.isError();
}

std::optional<MetricState> FileMetric::trace(const Comparison &comparison, Tensor *weights) {
  Session::Trace tracing(session, name, "the metric", place, "");
  llvm::SaveAndRestore tracesMeasure(session.tracesMeasure, true);
  llvm::SaveAndRestore traced(session.tracedMetric, this);
  for (MetricVariable *variable : variables)
    variable->added = variable->computed = nullptr;
  inners.clear();
  std::vector<PlacedValue> given;
  for (Tensor *tensor :
       {comparison.graph.toFloat(comparison.target), comparison.prediction, weights})
    if (tensor)
      given.push_back({session.makeInside(tensor), place});
  Value nothing, result;
  if (!callMethod("update_state", std::move(given), nothing) || !callMethod("result", {}, result))
    return std::nullopt;
  GraphBuilder graph(session, place, name, fmt::format("`{}`", name));
  auto number = result.isBool() ? std::nullopt : result.asReal();
  Tensor *value = number ? graph.scalar(*number) : graph.toFloat(result.as<Tensor>());
  if (!value) {
    session.in
        .report(Code::LambdaResult, place, "`result` of the metric `{}` returns {}, not a number",
                name, result.inWords())
        .help(result.as<eval::Dict>() || result.as<eval::Sequence>()
                  ? "metrics of several numbers are not supported yet: make a metric of each"
                  : "it returns what the variables of the metric say");
    return std::nullopt;
  }
  std::vector<Tensor *> before, added;
  if (!collect(graph, before, added))
    return std::nullopt;
  std::vector<Computed> computed;
  for (const MetricVariable *variable : variables)
    if (variable->computed)
      computed.push_back({variable->value, variable->computed->value});
  auto program = scalarProgram(*value, before, computed,
                               fmt::format("the result of the metric `{}`", name), place);
  if (!program)
    return std::nullopt;
  return MetricState{"program", {}, std::move(added), program->instructions};
}

bool FileMetric::collect(GraphBuilder &graph, std::vector<Tensor *> &before,
                         std::vector<Tensor *> &added) {
  for (MetricVariable *variable : variables) {
    if (!variable->added)
      continue;
    before.push_back(variable);
    added.push_back(variable->added);
  }
  for (const auto &[measure, inner] : inners) {
    llvm::append_range(before, inner.before);
    llvm::append_range(added, inner.added);
  }
  for (Tensor *&sum : added) {
    if (usesSums(sum->value)) {
      session.in
          .report(Code::NotSupportedYet, place,
                  "what `update_state` of the metric `{}` adds depends on what was added before",
                  name)
          .help("`assign_add` counts, and `result` makes the value of what was counted");
      return false;
    }
    int64_t size = 1;
    for (const Axis &axis : sum->axes)
      size *= *axis.size.getConstant();
    sum = graph.reshape(sum, {{DimExpr(size)}});
  }
  if (!added.empty())
    return true;
  session.in
      .report(Code::ValueMismatch, place, "`update_state` of the metric `{}` counts nothing", name)
      .help("`self.total.assign_add(…)` adds to a variable");
  return false;
}

//===----------------------------------------------------------------------===//
// Metrics inside
//===----------------------------------------------------------------------===//

/// What Mean and Sum add up: the mean, or sum, of each sample's values times its weight, and the
/// weights. Nothing after a report.
static std::optional<MetricState> stateOfValues(OpCall &call, const Measure &measure,
                                                const BoundArguments::Slot &given,
                                                Tensor *weights) {
  GraphBuilder &graph = call.graph;
  Tensor *values = graph.toFloat(call.tensor(given));
  if (!values)
    return std::nullopt;
  const bool isSum = measure.ofValues == llvm::StringRef("sum");
  auto reduceFrom = [&](Tensor *x, size_t first) {
    AxisList axes;
    for (size_t axis = first; axis < x->rank(); ++axis)
      axes.push_back(axis);
    return axes.empty() ? x : isSum ? graph.reduce(ReduceKind::sum, x, axes) : graph.mean(x, axes);
  };
  Tensor *count = nullptr;
  if (weights) {
    if (weights->rank() == values->rank() + 1 && isOne(weights->axes.back().size))
      weights = graph.squeeze(weights, {int64_t(weights->rank()) - 1});
    if (weights->rank() > values->rank()) {
      call.reject(given, "values", "of as many axes as the weights, or more");
      return std::nullopt;
    }
    values = reduceFrom(values, weights->rank());
    weights = graph.binary<MulOp>(graph.filled(1.0, values->axes), weights);
    values = graph.binary<MulOp>(values, weights);
    if (!values)
      return std::nullopt;
    weights = reduceFrom(weights, 1);
    count = graph.reduce(ReduceKind::sum, weights, GraphBuilder::allAxes(weights));
  }
  values = reduceFrom(values, 1);
  AxisList all = GraphBuilder::allAxes(values);
  if (!count)
    count = values->rank() == 0 ? graph.scalar(1.0) : graph.size(values, all);
  Tensor *total = values->rank() == 0 ? values : graph.reduce(ReduceKind::sum, values, all);
  if (isSum)
    return MetricState{"sum", {}, {total}};
  return MetricState{"mean", {}, {total, count}};
}

/// What a metric of targets and predictions adds up. Nothing after a report.
static std::optional<MetricState> stateOfTargets(OpCall &call, const Measure &measure,
                                                 BoundArguments &arguments, Tensor *weights) {
  GraphBuilder &graph = call.graph;
  auto comparison = comparisonInFile(call, measure, arguments);
  if (!comparison)
    return std::nullopt;
  if (measure.function->state)
    return measure.function->state(measure, *comparison, weights);
  Tensor *values = measure.build(*comparison);
  if (!values)
    return std::nullopt;
  AxisList all = GraphBuilder::allAxes(values);
  Tensor *count = graph.size(values, all);
  if (weights) {
    values = graph.binary<MulOp>(values, weights);
    count = graph.reduce(ReduceKind::sum, weights, GraphBuilder::allAxes(weights));
  }
  return MetricState{"mean", {}, {graph.reduce(ReduceKind::sum, values, all), count}};
}

bool FileMetric::update(const Measure &measure, BoundArguments &arguments) {
  bool isDone = false;
  applyListOp(session, measure.name, fmt::format("`{}`", measure.name), arguments.place,
              [&](OpCall &call) -> std::vector<Tensor *> {
                GraphBuilder &graph = call.graph;
                const BoundArguments::Slot &weight = arguments["sample_weight"];
                Tensor *weights = nullptr;
                if (!weight.value.isNone() && !(weights = graph.toFloat(call.tensor(weight))))
                  return {};
                auto state = measure.ofValues
                                 ? stateOfValues(call, measure, arguments["values"], weights)
                                 : stateOfTargets(call, measure, arguments, weights);
                if (!state || llvm::is_contained(state->sums, nullptr))
                  return {};
                if (!llvm::is_contained({"mean", "sum", "root_mean"}, state->rule)) {
                  session.in.report(Code::NotSupportedYet, arguments.place,
                                    "the metric `{}` inside another is not supported yet",
                                    measure.name);
                  return {};
                }
                Inner &inner = inners[&measure];
                inner.rule = state->rule;
                for (size_t i = 0; i < state->sums.size(); ++i) {
                  Tensor *sum = state->sums[i];
                  if (inner.before.size() <= i) {
                    inner.before.push_back(
                        session.makeSource({}, ElementKind::Float, measure.name, arguments.place));
                    inner.added.push_back(sum);
                  } else {
                    inner.added[i] = graph.binary<AddOp>(inner.added[i], sum);
                  }
                }
                isDone = true;
                return inner.before;
              });
  return isDone;
}

Tensor *FileMetric::resultOf(const Measure &measure, SourceRange at) {
  auto found = inners.find(&measure);
  if (found == inners.end()) {
    session.in
        .report(Code::ValueMismatch, at, "`result` of the metric `{}`, which is told nothing",
                measure.name)
        .help("`{}.update_state(y_true, y_pred)` comes before", measure.name);
    return nullptr;
  }
  const Inner &inner = found->second;
  GraphBuilder graph(session, at, measure.name, fmt::format("`{}`", measure.name));
  Tensor *sum = inner.before.front();
  if (inner.rule == "sum")
    return sum;
  Tensor *mean = graph.binary<DivOp>(sum, notZero(graph, inner.before.back()));
  return inner.rule == "mean" ? mean : graph.unary<SqrtOp>(mean);
}

/// Whether it is one of these.
template <typename Tensors> static bool isOneOf(mlir::Value value, const Tensors &tensors) {
  return llvm::any_of(tensors, [&](const Tensor *tensor) { return tensor->value == value; });
}

bool FileMetric::isInner(mlir::Value value) const {
  return llvm::any_of(inners,
                      [&](const auto &entry) { return isOneOf(value, entry.second.before); });
}

bool FileMetric::isOfCounted(mlir::Value value) const {
  bool allAre = true;
  visitSources(value, [&](mlir::Value source) {
    allAre &= isInner(source) || llvm::any_of(variables, [&](const MetricVariable *variable) {
                return variable->added && variable->value == source;
              });
  });
  return allAre;
}

bool FileMetric::usesSums(mlir::Value value) const {
  bool found = false;
  visitSources(value,
               [&](mlir::Value source) { found |= isInner(source) || isOneOf(source, variables); });
  return found;
}

//===----------------------------------------------------------------------===//
// The class
//===----------------------------------------------------------------------===//

namespace {

/// keras.metrics.Metric, and Mean and Sum, which say what they are `ofValues`.
class MetricClass : public eval::NativeClass {
public:
  MetricClass(Session &session, const char *name, const char *ofValues = nullptr)
      : NativeClass(session.in, name, SourceRange()), session(session), ofValues(ofValues) {}

  Value call(Interpreter &in, Arguments &arguments) override {
    if (ofValues) {
      // For another metric, or a training loop, of the file: a model has nothing to tell it.
      auto *measure = in.heap.make<Measure>(session, nullptr, name, arguments.place);
      measure->isMetric = true;
      measure->isSupported = false;
      measure->ofValues = ofValues;
      return Value(measure);
    }
    in.report(Code::InvalidArgument, arguments.place,
              "`Metric` is the base of metrics, and computes nothing itself")
        .help("derive a class from it, or take a metric such as `MeanSquaredError`");
    return Value::error();
  }
  eval::Object *makeObject(eval::Class &type, SourceRange place) override {
    return in.heap.make<FileMetric>(type, session, place, ofValues);
  }
  std::optional<Value> boundMember(Interpreter &in, Value self, llvm::StringRef name) override {
    auto *metric = self.as<FileMetric>();
    auto value = metric ? metric->member(in, name) : std::nullopt;
    return value ? value : NativeClass::boundMember(in, self, name);
  }
  bool hasMethod(llvm::StringRef name) const override {
    return NativeClass::hasMethod(name) ||
           llvm::is_contained({"add_weight", "add_variable", "update_state", "result",
                               "reset_state", "get_config"},
                              name);
  }

private:
  Session &session;
  const char *const ofValues;
};

} // namespace

void addMetricClass(Catalogue &catalogue, KerasModule *metrics) {
  Session &session = catalogue.session;
  auto add = [&](const char *name, eval::Class *base, const char *ofValues) {
    auto *type = session.in.heap.make<MetricClass>(session, name, ofValues);
    type->setBases({base});
    metrics->members[name] = type;
    return type;
  };
  auto *metric = add("Metric", session.in.builtin("object").as<eval::Class>(), nullptr);
  add("Mean", metric, "mean");
  add("Sum", metric, "sum");
}

} // namespace rondo::keras
