//===- Measures.cpp - keras.losses and keras.metrics ----------------------===//
//
// How a file names losses and metrics: as classes with options, as functions, as text. What
// they compute is in MeasureFunctions.cpp.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Training.h"

namespace rondo::keras {
namespace {

const std::vector<std::string> unsupportedLosses = {"BinaryFocalCrossentropy",
                                                    "CategoricalFocalCrossentropy",
                                                    "CategoricalGeneralizedCrossEntropy",
                                                    "Circle",
                                                    "CTC",
                                                    "Dice",
                                                    "Loss",
                                                    "Tversky",
                                                    "binary_focal_crossentropy",
                                                    "categorical_focal_crossentropy",
                                                    "categorical_generalized_cross_entropy",
                                                    "circle",
                                                    "ctc",
                                                    "dice",
                                                    "tversky",
                                                    "get",
                                                    "deserialize",
                                                    "serialize"};

const std::vector<std::string> unsupportedMetrics = {"AUC",
                                                     "Accuracy",
                                                     "BinaryIoU",
                                                     "ConcordanceCorrelation",
                                                     "F1Score",
                                                     "FBetaScore",
                                                     "FalseNegatives",
                                                     "FalsePositives",
                                                     "IoU",
                                                     "Mean",
                                                     "MeanIoU",
                                                     "MeanMetricWrapper",
                                                     "Metric",
                                                     "OneHotIoU",
                                                     "OneHotMeanIoU",
                                                     "PearsonCorrelation",
                                                     "Precision",
                                                     "PrecisionAtRecall",
                                                     "R2Score",
                                                     "Recall",
                                                     "RecallAtPrecision",
                                                     "RootMeanSquaredError",
                                                     "SensitivityAtSpecificity",
                                                     "SpecificityAtSensitivity",
                                                     "Sum",
                                                     "TrueNegatives",
                                                     "TruePositives",
                                                     "auc",
                                                     "f1_score",
                                                     "precision",
                                                     "r2_score",
                                                     "recall",
                                                     "root_mean_squared_error",
                                                     "concordance_correlation",
                                                     "pearson_correlation",
                                                     "binary_focal_crossentropy",
                                                     "categorical_focal_crossentropy",
                                                     "get",
                                                     "deserialize",
                                                     "serialize"};

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

/// The arguments of the loss's or metric's class, in Keras' order.
std::string classParameters(const MeasureFunction &function, bool isMetric) {
  llvm::StringRef options = function.options;
  std::string separator = options.empty() ? "" : ", ";
  // Metrics but for the k of top-k accuracy take their name first.
  if (isMetric && !options.starts_with("k="))
    return "name=None, dtype=None" + separator + options.str();
  if (isMetric)
    return options.str() + ", name=None, dtype=None";
  std::string reduction = "reduction='sum_over_batch_size', ";
  if (function.target == TargetKind::Labels)
    return "from_logits=False, ignore_class=None, " + reduction + "axis=-1, name=None, dtype=None";
  return options.str() + separator + reduction + "name=None, dtype=None";
}

/// Reads a number that is at least `low` and at most `high`.
void readNumber(Config &config, const char *parameter, double low, double high,
                llvm::StringRef expected, double &result) {
  if (!config.arguments.has(parameter))
    return;
  const BoundArguments::Slot &slot = config.get(parameter);
  auto number = slot.value.isBool() ? std::nullopt : slot.value.asReal();
  if (number && *number >= low && *number <= high)
    result = *number;
  else
    config.reject(slot, parameter, expected);
}

Reduction readReduction(Config &config) {
  const BoundArguments::Slot &slot = config.get("reduction");
  const auto *text = slot.value.as<eval::Str>();
  std::string name = text ? text->text : "";
  if (name == "sum_over_batch_size" || name == "mean")
    return Reduction::Mean;
  if (name == "sum")
    return Reduction::Sum;
  if (name == "mean_with_sample_weight")
    return Reduction::WeightedMean;
  if (name == "none" || slot.value.isNone()) {
    config.isBroken = true;
    config.session.in
        .report(Code::NotSupportedYet, slot.place,
                "a loss with a number for each sample is not supported yet")
        .help("`reduction=\"sum\"` trains the same way");
    return Reduction::Mean;
  }
  config.reject(slot, "reduction",
                "\"sum_over_batch_size\", \"mean\", \"sum\" or \"mean_with_sample_weight\"");
  return Reduction::Mean;
}

Value makeMeasure(Session &session, const MeasureFunction &function, bool isMetric,
                  BoundArguments &arguments) {
  constexpr double huge = std::numeric_limits<double>::max();
  Config config(session, arguments);
  const BoundArguments::Slot &name = config.get("name");
  const auto *text = name.value.as<eval::Str>();
  const char *byDefault = function.objectName ? function.objectName : function.name;
  // Keras' one metric that is not called after its function.
  if (isMetric && function.metricClass == llvm::StringRef("LogCoshError"))
    byDefault = "logcosh";
  auto *measure =
      session.in.heap.make<Measure>(&function, text ? text->text : byDefault, arguments.place);
  measure->isMetric = isMetric;
  if (arguments.has("from_logits"))
    measure->fromLogits = config.boolean("from_logits");
  if (arguments.has("axis"))
    measure->axis = config.integer("axis");
  if (arguments.has("k"))
    measure->k = config.positiveInteger("k");
  if (arguments.has("reduction"))
    measure->reduction = readReduction(config);
  readNumber(config, "label_smoothing", 0, 1, "a number from 0 to 1", measure->labelSmoothing);
  readNumber(config, "delta", 0, huge, "a number that is not negative", measure->delta);
  readNumber(config, "threshold", -huge, huge, "a number", measure->threshold);
  config.finish();
  return config.isBroken ? Value::error() : Value(measure);
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Names that stand for different functions, by the shapes.
bool dependsOnShapes(llvm::StringRef name, bool isMetric) {
  return isMetric ? name == "accuracy" || name == "acc" : name == "crossentropy" || name == "ce";
}

void reportUnknown(Session &session, PlacedValue value, bool isMetric,
                   const std::vector<std::string> &names) {
  const auto *text = value.value.as<eval::Str>();
  const auto *function = value.value.as<Native>();
  std::string name = text ? text->text : function ? function->name : "";
  const std::vector<std::string> &unsupported = isMetric ? unsupportedMetrics : unsupportedLosses;
  llvm::StringRef what = isMetric ? "metric" : "loss", module = isMetric ? "metrics" : "losses";
  if (llvm::is_contained(unsupported, name)) {
    session.in.report(Code::NotSupportedYet, value.place, "the {} `{}` is not supported yet", what,
                      name);
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

const Measure *readMeasure(Session &session, PlacedValue value, bool isMetric) {
  if (const auto *measure = value.value.as<Measure>()) {
    if (measure->isMetric == isMetric)
      return measure;
    reportUnknown(session, value, isMetric, {});
    return nullptr;
  }
  const auto *text = value.value.as<eval::Str>();
  const auto *native = value.value.as<Native>();
  std::string name = text ? text->text : native ? native->name : "";
  auto make = [&](const MeasureFunction *function, std::string logName) {
    auto *measure = session.in.heap.make<Measure>(function, std::move(logName), value.place);
    // A function is that of keras.losses, wherever it is used.
    measure->isMetric = isMetric && text;
    return measure;
  };
  if (text && dependsOnShapes(name, isMetric))
    return make(nullptr, name);
  if (const auto *function = value.value.as<eval::Function>()) {
    auto *measure =
        session.in.heap.make<Measure>(&functionOfFile, function->signature.callee, value.place);
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
    if (className)
      names.push_back(nameOfText);
    names.insert(names.end(), aliases.begin(), aliases.end());
    bool isClass = className && name == className;
    bool isName = !name.empty() && name == (text ? nameOfText : function.name);
    if (!isClass && !isName && !llvm::is_contained(aliases, llvm::StringRef(name)))
      continue;
    if (text)
      return make(&function, name);
    if (!isClass)
      return make(&function, function.name);
    const eval::Signature &signature =
        session.in.heap.signature(className, classParameters(function, isMetric));
    BoundArguments defaults(signature, value.place, value.place);
    return makeMeasure(session, function, isMetric, defaults).as<Measure>();
  }
  reportUnknown(session, value, isMetric, names);
  return nullptr;
}

} // namespace

const Measure *readLoss(Session &session, PlacedValue value) {
  return readMeasure(session, value, /*isMetric=*/false);
}

const Measure *readMetric(Session &session, PlacedValue value) {
  return readMeasure(session, value, /*isMetric=*/true);
}

bool isLossName(Value value) {
  const auto *text = value.as<eval::Str>();
  return text && llvm::any_of(measureFunctions(), [&](const MeasureFunction &function) {
           return function.lossClass &&
                  (text->text == function.name ||
                   llvm::is_contained(function.lossAliases, llvm::StringRef(text->text)));
         });
}

void addMeasures(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *losses = catalogue.addModule("keras.losses", unsupportedLosses);
  KerasModule *metrics = catalogue.addModule("keras.metrics", unsupportedMetrics);
  // As a function it only serves as an argument of compile.
  auto asFunction = [](Interpreter &in, BoundArguments &arguments) {
    in.report(Code::NotSupportedYet, arguments.place,
              "computing `{}` in the file is not supported yet", arguments.signature.callee);
    return Value::error();
  };
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
      // Accuracies are no losses, and this one is in keras.losses alone.
      bool isLoss = module == losses;
      bool isOfLosses = llvm::StringRef(function.name) == "cosine_similarity";
      if (isLoss ? function.lossClass == nullptr : isOfLosses)
        continue;
      catalogue.addFunction(module, function.name, "y_true, y_pred", asFunction);
      for (const char *alias : isLoss ? function.lossAliases : function.metricAliases)
        catalogue.addFunction(module, alias, "y_true, y_pred", asFunction);
    }
  }
}

} // namespace rondo::keras
