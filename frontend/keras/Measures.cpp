//===- Measures.cpp - keras.losses and keras.metrics ----------------------===//
//
// How a file names losses and metrics: as classes with options, as functions, as text. What
// they compute is in MeasureFunctions.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/FileMetrics.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/MeasureParts.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Training.h"

namespace rondo::keras {
namespace {

const std::vector<std::string> unsupportedLosses = {"categorical_generalized_cross_entropy",
                                                    "deserialize", "serialize"};

const std::vector<std::string> unsupportedMetrics = {"Mean", "MeanMetricWrapper", "Sum",
                                                     "deserialize", "serialize"};

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

/// The arguments of the loss's or metric's class, in Keras' order.
std::string classParameters(const MeasureFunction &function, bool isMetric) {
  llvm::StringRef options = function.options;
  if (function.state)
    return options.str();
  std::string separator = options.empty() ? "" : ", ";
  // Metrics but for the k of top-k accuracy take their name first.
  if (isMetric && !options.starts_with("k="))
    return "name=None, dtype=None" + separator + options.str();
  if (isMetric)
    return options.str() + ", name=None, dtype=None";
  std::string reduction = "reduction='sum_over_batch_size', ";
  if (options.contains("ignore_class"))
    return "from_logits=False, ignore_class=None, " + reduction + "axis=-1, name=None, dtype=None";
  // The axes of an overlap come behind its name.
  if (options.consume_back("axis=None"))
    return options.str() + reduction + "name=None, axis=None, dtype=None";
  return options.str() + separator + reduction + "name=None, dtype=None";
}

Value makeMeasure(Session &session, const MeasureFunction &function, bool isMetric,
                  BoundArguments &arguments) {
  Config config(session, arguments);
  const BoundArguments::Slot &name = config.get("name");
  const auto *text = name.value.as<eval::Str>();
  const char *byDefault = function.objectName ? function.objectName : function.name;
  // Keras' one metric that is not called after its function.
  if (isMetric && function.metricClass == llvm::StringRef("LogCoshError"))
    byDefault = "logcosh";
  auto *measure = session.in.heap.make<Measure>(session, &function, text ? text->text : byDefault,
                                                arguments.place);
  measure->isMetric = isMetric;
  readOptions(config, arguments, *measure);
  return config.isBroken ? Value::error() : Value(measure);
}

//===----------------------------------------------------------------------===//
// On tensors of the file
//===----------------------------------------------------------------------===//

bool isOfSizeOne(Session &session, const Tensor *x) {
  return x->rank() > 0 && isOne(session.resolve(x->axes.back().size));
}

/// Without a last axis of size 1, where `x` has one more than `other`.
Tensor *squeezeTo(GraphBuilder &graph, const Tensor *other, Tensor *x) {
  bool isLonger = x->rank() == other->rank() + 1 && isOfSizeOne(graph.session, x);
  return isLonger ? graph.squeeze(x, {int64_t(x->rank()) - 1}) : x;
}

/// Whether the targets have so many axes of the prediction, and no others.
bool areAlong(Session &session, const Tensor *target, const Tensor *prediction, size_t rank) {
  bool fits = prediction->rank() > 0 && target->rank() == rank;
  for (size_t i = 0; fits && i < rank; ++i)
    fits = session.unify(target->axes[i].size, prediction->axes[i].size);
  return fits;
}

} // namespace

std::optional<Comparison> comparisonInFile(OpCall &call, const Measure &measure,
                                           const BoundArguments &arguments) {
  Session &session = call.graph.session;
  Tensor *target = call.tensor(arguments["y_true"]), *prediction = call.tensor(arguments["y_pred"]);
  if (!target || !prediction)
    return std::nullopt;
  const bool ofLabels = measure.target() == TargetKind::Labels;
  if (measure.target() == TargetKind::Sequences) {
    session.in.report(
        Code::NotSupportedYet, arguments.place,
        "computing {} in the file is not supported yet, only as the `loss` of a model",
        call.graph.callee);
    return std::nullopt;
  }
  // Labels may have a last axis of size 1 in the place of the classes.
  if (ofLabels && target->rank() == prediction->rank() && isOfSizeOne(session, target))
    target = call.graph.squeeze(target, {int64_t(target->rank()) - 1});
  size_t rank = prediction->rank();
  if (!areAlong(session, target, prediction, ofLabels && rank > 0 ? rank - 1 : rank)) {
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::ShapeMismatch, arguments.place, "{} compares {}, got {} and {}", call.graph.callee,
        ofLabels ? "labels with classes along one more axis" : "tensors of one shape",
        target->shape(), prediction->shape());
    diagnostic.help("targets come first, and both have an axis for each sample");
    return std::nullopt;
  }
  target = ofLabels ? call.graph.toInt(target) : call.graph.toFloat(target);
  prediction = call.graph.toFloat(prediction);
  if (!target || !prediction)
    return std::nullopt;
  return Comparison{call.graph,         measure.name,
                    prediction,         target,
                    /*logits=*/nullptr, /*logitsOfSoftmax=*/false,
                    /*isLinear=*/false, /*warns=*/false};
}

namespace {

/// One number for each sample and step, as a loss of the file puts it together.
Tensor *compute(OpCall &call, const Measure &measure, const BoundArguments &arguments) {
  auto comparison = comparisonInFile(call, measure, arguments);
  return comparison ? measure.build(*comparison) : nullptr;
}

/// The values of a loss that the file calls as one number, or as they are: weighted, and without
/// those that the prediction's mask leaves out. `weights` may be null. Null after a report.
Tensor *reduced(OpCall &call, const Measure &loss, Tensor *values, const BoundArguments &arguments,
                Tensor *weights) {
  GraphBuilder &graph = call.graph;
  const auto *prediction = arguments["y_pred"].value.as<Tensor>();
  Tensor *mask = nullptr;
  if (prediction &&
      !maskOfValues(graph, *prediction->outermost(), *values, graph.callee, arguments.place, mask))
    return nullptr;
  if (mask)
    values = graph.binary<MulOp>(values, mask);
  if (weights) {
    weights = squeezeTo(graph, values, weights);
    values = graph.binary<MulOp>(squeezeTo(graph, weights, values), weights);
  }
  if (!values || loss.reduction == Reduction::None)
    return values;
  AxisList all = GraphBuilder::allAxes(values);
  if (loss.reduction == Reduction::Mean && !mask)
    return graph.mean(values, all);
  Tensor *sum = graph.reduce(ReduceKind::sum, values, all);
  if (loss.reduction == Reduction::Sum)
    return sum;
  Tensor *count = graph.reduce(ReduceKind::sum, mask, GraphBuilder::allAxes(mask));
  return graph.binary<DivOp>(sum, notZero(graph, count));
}

/// A function of keras.losses: `mse(y_true, y_pred)`.
Value callFunction(Session &session, const MeasureFunction &function, BoundArguments &arguments) {
  Config config(session, arguments);
  config.ignore({"y_true", "y_pred"});
  Measure measure(session, &function, function.name, arguments.place);
  readOptions(config, arguments, measure);
  if (config.isBroken)
    return Value::error();
  return applyOp(session, function.name, fmt::format("`{}`", function.name), arguments.place,
                 [&](OpCall &call) { return compute(call, measure, arguments); });
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Names that stand for different functions, by the shapes.
bool dependsOnShapes(llvm::StringRef name, bool isMetric) {
  return isMetric ? name.equals_insensitive("accuracy") || name.equals_insensitive("acc")
                  : name == "crossentropy" || name == "ce";
}

void reportUnsupported(Session &session, SourceRange place, bool isMetric, llvm::StringRef name) {
  session.in.report(Code::NotSupportedYet, place, "the {} `{}` is not supported yet",
                    isMetric ? "metric" : "loss", name);
}

/// One that the file has made, at the place where it has.
void reportUnsupported(Session &session, const Measure &measure, bool isMetric) {
  if (measure.helpForSeveral.empty())
    reportUnsupported(session, measure.place, isMetric, measure.name);
  else
    session.in
        .report(Code::NotSupportedYet, measure.place,
                "a metric of several numbers, as `{}` is one here, is not supported yet",
                measure.name)
        .help("{}", measure.helpForSeveral);
}

void reportUnknown(Session &session, PlacedValue value, bool isMetric,
                   const std::vector<std::string> &names) {
  const auto *text = value.value.as<eval::Str>();
  const auto *function = value.value.as<Native>();
  std::string name = text ? text->text : function ? function->name : "";
  const std::vector<std::string> &unsupported = isMetric ? unsupportedMetrics : unsupportedLosses;
  llvm::StringRef what = isMetric ? "metric" : "loss", module = isMetric ? "metrics" : "losses";
  if (llvm::is_contained(unsupported, name)) {
    reportUnsupported(session, value.place, isMetric, name);
  } else if (text) {
    diagnostics::Diagnostic &diagnostic =
        session.in.report(isMetric ? Code::UnknownMetric : Code::UnknownLoss, value.place,
                          "there is no {} called `{}`", what, name);
    if (!isMetric && llvm::StringRef(name).ends_with("accuracy"))
      diagnostic.help("it is a metric: `metrics=[\"{}\"]`", name);
    else
      eval::suggest(diagnostic, name, diagnostics::closestMatch(name, names) ? names : unsupported,
                    value.place);
  } else if (!value.value.isError()) {
    session.in.report(Code::InvalidArgument, value.place,
                      "a {} is a name or an object of keras.{}, got {}", what, module,
                      value.value.inWords());
  }
}

/// What Keras calls a function of the file, a method or an object that is called like one;
/// nothing for other values.
std::optional<std::string> nameOfFunction(Interpreter &in, Value value) {
  if (const auto *method = value.as<eval::BoundMethod>())
    return nameOfFunction(in, method->function);
  if (auto *function = value.as<eval::Function>()) {
    auto name = function->attribute(in, "__name__", function->place);
    return name ? std::optional(name->str()) : std::nullopt;
  }
  if (const auto *native = value.as<Native>(); native && native->name == "functools.partial")
    return "partial";
  const auto *object = value.as<eval::Instance>();
  if (object && object->type.find("__call__"))
    return snakeCase(object->type.name);
  return std::nullopt;
}

const Measure *readMeasure(Session &session, PlacedValue value, bool isMetric) {
  // Keras makes an object of a class.
  if (value.value.as<eval::Class>()) {
    Arguments none{value.place, value.place, {}, {}};
    value.value = session.in.call(value.value, none);
  }
  if (const auto *measure = value.value.as<Measure>()) {
    if (!measure->isComplete(value.place))
      return nullptr;
    if (!measure->isSupported)
      reportUnsupported(session, *measure, isMetric);
    else if (measure->isMetric == isMetric)
      return measure;
    else
      reportUnknown(session, value, isMetric, {});
    return nullptr;
  }
  const auto *text = value.value.as<eval::Str>();
  const auto *native = value.value.as<Native>();
  std::string name = text ? text->text : native ? native->name : "";
  auto make = [&](const MeasureFunction *function, std::string logName) {
    auto *measure =
        session.in.heap.make<Measure>(session, function, std::move(logName), value.place);
    // A function is that of keras.losses, wherever it is used.
    measure->isMetric = isMetric && text;
    if (llvm::StringRef(function ? function->name : "") == "circle")
      measure->gamma = 80; // others have 2
    return measure;
  };
  if (text && dependsOnShapes(name, isMetric))
    return make(nullptr, name);
  if (auto functionName = nameOfFunction(session.in, value.value)) {
    auto *measure = session.in.heap.make<Measure>(session, &functionOfFile,
                                                  std::move(*functionName), value.place);
    measure->isMetric = isMetric;
    measure->ofFile = value.value;
    return measure;
  }
  std::vector<std::string> names;
  if (isMetric)
    names = {"accuracy", "acc"};
  for (const MeasureFunction &function : measureFunctions()) {
    const char *className = isMetric ? function.metricClass : function.lossClass;
    const std::vector<const char *> &aliases =
        isMetric ? function.metricAliases : function.lossAliases;
    // A metric's name is its class's; that of a loss, its function's.
    std::string nameOfText = !className ? ""
                             : isMetric ? snakeCase(className)
                                        : std::string(function.name);
    if (text && !function.isNamed)
      continue;
    if (className)
      names.push_back(nameOfText);
    names.insert(names.end(), aliases.begin(), aliases.end());
    bool isClass = className && name == className;
    bool isName = !name.empty() && name == (text ? nameOfText : function.name);
    if (!isClass && !isName && !llvm::is_contained(aliases, llvm::StringRef(name)))
      continue;
    if (text && !function.state)
      return make(&function, name);
    if (!isClass && !function.state)
      return make(&function, function.name);
    const eval::Signature &signature =
        session.in.heap.signature(className, classParameters(function, isMetric));
    Arguments none{value.place, value.place, {}, {}};
    auto bound = eval::bind(session.in, signature, none);
    auto *made = bound ? makeMeasure(session, function, isMetric, *bound).as<Measure>() : nullptr;
    if (made && text)
      made->name = name;
    if (!made || made->isSupported)
      return made;
    reportUnsupported(session, *made, isMetric);
    return nullptr;
  }
  reportUnknown(session, value, isMetric, names);
  return nullptr;
}

} // namespace

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

/// What a metric takes of a batch.
static const char *updateParameters(const Measure &measure) {
  return measure.ofValues ? "values, sample_weight=None" : "y_true, y_pred, sample_weight=None";
}

/// The methods of a metric of Keras that one of the file calls; nothing for other names.
static std::optional<Value> methodInside(FileMetric &metric, const Measure &inner,
                                         llvm::StringRef name) {
  eval::Heap &heap = inner.session.in.heap;
  if (name == "update_state")
    return Value(heap.make<Native>("update_state", updateParameters(inner),
                                   [&](Interpreter &, BoundArguments &bound) {
                                     return metric.update(inner, bound) ? Value() : Value::error();
                                   }));
  if (name == "result")
    return Value(heap.make<Native>("result", "", [&](Interpreter &, BoundArguments &bound) {
      Tensor *result = metric.resultOf(inner, bound.place);
      return result ? Value(result) : Value::error();
    }));
  return std::nullopt;
}

std::optional<Value> Measure::attribute(Interpreter &in, llvm::StringRef attributeName,
                                        SourceRange) {
  if (attributeName == "name")
    return Value(in.heap.str(name));
  if (isMetric && session.tracedMetric)
    if (auto method = methodInside(*session.tracedMetric, *this, attributeName))
      return method;
  std::string origin = (isMetric ? "metric." : "loss.") + attributeName.str();
  if (attributeName == "get_config")
    return in.unknownMethod(attributeName, origin);
  if (isMetric &&
      llvm::is_contained({"update_state", "result", "reset_state", "reset_states"}, attributeName))
    return in.unknownMethod(attributeName, origin, /*isDataCall=*/true);
  return std::nullopt;
}

Value Measure::call(Interpreter &in, Arguments &arguments) {
  if (auto unknown = in.swallowInside(arguments))
    return *unknown;
  eval::Signature signature = in.heap.signature("", updateParameters(*this));
  signature.callee = name;
  auto bound = eval::bind(in, signature, arguments);
  if (!bound)
    return Value::error();
  const BoundArguments::Slot &weight = (*bound)["sample_weight"];
  if (isMetric && session.tracedMetric) {
    if (!session.tracedMetric->update(*this, *bound))
      return Value::error();
    Tensor *result = session.tracedMetric->resultOf(*this, arguments.place);
    return result ? Value(result) : Value::error();
  }
  if (isMetric || reduction == Reduction::WeightedMean) {
    in.report(Code::NotSupportedYet, arguments.place,
              "computing {} in the file is not supported yet",
              isMetric ? "a metric" : "a mean by sample weights")
        .help("put it together from `keras.ops`");
    return Value::error();
  }
  return applyOp(session, name, fmt::format("`{}`", name), arguments.place,
                 [&](OpCall &call) -> Tensor * {
                   Tensor *values = compute(call, *this, *bound), *weights = nullptr;
                   if (values && !weight.value.isNone())
                     weights = call.graph.toFloat(call.tensor(weight));
                   bool isComplete = values && (weights || weight.value.isNone());
                   return isComplete ? reduced(call, *this, values, *bound, weights) : nullptr;
                 });
}

const Measure *readLoss(Session &session, PlacedValue value) {
  return readMeasure(session, value, /*isMetric=*/false);
}

const Measure *readMetric(Session &session, PlacedValue value) {
  return readMeasure(session, value, /*isMetric=*/true);
}

/// Whether a text stands for the class of the function in keras.losses or keras.metrics.
static bool isCalled(const MeasureFunction &function, bool isMetric, llvm::StringRef text) {
  const char *className = isMetric ? function.metricClass : function.lossClass;
  return className &&
         (text == (isMetric ? snakeCase(className) : function.name) ||
          llvm::is_contained(isMetric ? function.metricAliases : function.lossAliases, text));
}

bool isLossName(Value value) {
  const auto *text = value.as<eval::Str>();
  return text && llvm::any_of(measureFunctions(), [&](const MeasureFunction &function) {
           return isCalled(function, /*isMetric=*/false, text->text);
         });
}

void addMeasures(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *losses = catalogue.addModule("keras.losses", unsupportedLosses);
  KerasModule *metrics = catalogue.addModule("keras.metrics", unsupportedMetrics);
  addLossClass(catalogue, losses);
  auto *reductions = catalogue.session.in.heap.make<eval::Module>("keras.losses.Reduction");
  for (auto [name, reduction] : {std::pair("AUTO", "sum_over_batch_size"),
                                 {"NONE", "none"},
                                 {"SUM", "sum"},
                                 {"SUM_OVER_BATCH_SIZE", "sum_over_batch_size"}})
    reductions->members[name] = catalogue.session.in.heap.str(reduction);
  losses->members["Reduction"] = reductions;
  addMetricClass(catalogue, metrics);
  for (const MeasureFunction &function : measureFunctions()) {
    auto addClass = [&](KerasModule *module, const char *className, bool isMetric) {
      if (className)
        catalogue.addFunction(module, className, classParameters(function, isMetric).c_str(),
                              [&session, &function, isMetric](Interpreter &, BoundArguments &args) {
                                return makeMeasure(session, function, isMetric, args);
                              });
    };
    addClass(losses, function.lossClass, false);
    addClass(metrics, function.metricClass, true);
    for (KerasModule *module : {losses, metrics}) {
      bool isLoss = module == losses;
      FunctionOf other = isLoss ? FunctionOf::Metrics : FunctionOf::Losses;
      // Accuracies are no losses.
      if (function.functionOf == FunctionOf::Neither || function.functionOf == other ||
          (isLoss && !function.lossClass))
        continue;
      std::string parameters = "y_true, y_pred";
      if (*function.options)
        parameters += std::string(", ") + function.options;
      auto compute = [&session, &function](Interpreter &, BoundArguments &arguments) {
        return callFunction(session, function, arguments);
      };
      catalogue.addFunction(module, function.name, parameters.c_str(), compute);
      for (const char *alias : isLoss ? function.lossAliases : function.metricAliases)
        catalogue.addFunction(module, alias, parameters.c_str(), compute);
    }
  }
  for (KerasModule *module : {losses, metrics})
    catalogue.addFunction(
        module, "get", "identifier",
        [&session, module, isMetric = module == metrics](Interpreter &in,
                                                         BoundArguments &arguments) -> Value {
          const BoundArguments::Slot &given = arguments["identifier"];
          const auto *text = given.value.as<eval::Str>();
          if (!text)
            return given.value;
          // Keras has functions for the names of losses, and objects for those of metrics.
          Value member = module->members.lookup(text->text);
          if (!isMetric && !member.isNone() && isLossName(given.value))
            return member;
          for (const MeasureFunction &function : measureFunctions()) {
            const char *className = isMetric ? function.metricClass : function.lossClass;
            bool isMeant = className && (text->text == className ||
                                         (isMetric && (isCalled(function, true, text->text) ||
                                                       text->text == function.name)));
            Arguments none{given.place, given.place, {}, {}};
            if (isMeant)
              return in.call(module->members.lookup(className), none);
          }
          const Measure *measure = readMeasure(session, {given.value, given.place}, isMetric);
          return measure ? Value(const_cast<Measure *>(measure)) : Value::error();
        });
}

} // namespace rondo::keras
