//===- Training.cpp - Optimizers, losses, metrics, compile ----------------===//
//
// Keras' numbers: a loss is the mean over the last axis of an elementwise loss,
// then sum(weight * l) / number of elements; a metric is a sum and a count.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Model.h"

namespace rondo::keras {
namespace {

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

class Optimizer : public eval::Object {
public:
  explicit Optimizer(mlir::DictionaryAttr attribute) : attribute(attribute) {}
  std::string typeName() const override { return "Optimizer"; }
  const mlir::DictionaryAttr attribute;
};

struct OptimizerEntry {
  const char *name; // "adam"
  const char *className;
  const char *parameters;
  /// Those that are numbers of the update rule.
  std::vector<const char *> numbers;
};

const OptimizerEntry optimizers[] = {
    {"sgd",
     "SGD",
     "learning_rate=0.01, momentum=0.0, nesterov=False",
     {"learning_rate", "momentum", "nesterov"}},
    {"adam",
     "Adam",
     "learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False",
     {"learning_rate", "beta_1", "beta_2", "epsilon"}},
};

const char *const optimizerParameters =
    ", weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, "
    "ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None, "
    "gradient_accumulation_steps=None, name=None";

const std::vector<std::string> unsupportedOptimizers = {"Adadelta",
                                                        "Adafactor",
                                                        "Adagrad",
                                                        "Adamax",
                                                        "AdamW",
                                                        "Ftrl",
                                                        "Lamb",
                                                        "Lion",
                                                        "LossScaleOptimizer",
                                                        "Muon",
                                                        "Nadam",
                                                        "Optimizer",
                                                        "RMSprop",
                                                        "ScheduleFreeAdamW",
                                                        "schedules"};

Value makeOptimizer(Session &session, const OptimizerEntry &entry, BoundArguments &arguments) {
  Config config(session, arguments);
  mlir::NamedAttrList attributes;
  attributes.set("name", session.builder.getStringAttr(entry.name));
  for (const char *number : entry.numbers) {
    const BoundArguments::Slot &slot = config.get(number);
    auto value = slot.value.asReal();
    bool isFlag = llvm::StringRef(number) == "nesterov";
    // Keras refuses whole numbers here: the types of its arithmetic would change.
    bool fits = isFlag ? slot.value.isBool() : slot.value.isFloat();
    if (!value || !fits || *value < 0) {
      diagnostics::Diagnostic &diagnostic =
          config.reject(slot, number, isFlag ? "True or False" : "a float that is not negative");
      if (slot.value.isInt() && slot.given && !isFlag)
        diagnostic.fix(slot.place, slot.value.repr() + ".0");
      continue;
    }
    attributes.set(number, session.builder.getF64FloatAttr(*value));
  }
  config.ignore({"name", "ema_momentum"});
  config.finish();
  if (config.isBroken)
    return Value::error();
  return session.in.heap.make<Optimizer>(attributes.getDictionary(&session.context));
}

/// The optimizer that compile(...) was given.
mlir::DictionaryAttr readOptimizer(Session &session, const BoundArguments::Slot &slot) {
  if (const auto *optimizer = slot.value.as<Optimizer>())
    return optimizer->attribute;
  const auto *text = slot.value.as<eval::Str>();
  const auto *function = slot.value.as<Native>();
  std::string name = llvm::StringRef(text ? text->text : function ? function->name : "").lower();
  std::vector<std::string> names;
  for (const OptimizerEntry &entry : optimizers) {
    names.push_back(entry.name);
    if (name != entry.name)
      continue;
    eval::Signature signature = eval::parseSignature(
        session.in.heap, entry.className, std::string(entry.parameters) + optimizerParameters);
    BoundArguments defaults(signature, slot.place, slot.place);
    Value made = makeOptimizer(session, entry, defaults);
    return made.as<Optimizer>()->attribute;
  }
  if (!slot.given) {
    session.in.report(
        Code::NotSupportedYet, slot.place,
        "`compile` without an optimizer uses \"rmsprop\", which is not supported yet");
  } else if (text && llvm::any_of(unsupportedOptimizers, [&](const std::string &known) {
               return llvm::StringRef(known).equals_insensitive(name);
             })) {
    session.in.report(Code::NotSupportedYet, slot.place, "the optimizer `{}` is not supported yet",
                      text->text);
  } else if (text) {
    eval::suggest(session.in.report(Code::UnknownOptimizer, slot.place,
                                    "there is no optimizer called `{}`", text->text),
                  text->text, names, slot.place);
  } else if (!slot.value.isError()) {
    session.in.report(Code::InvalidArgument, slot.place,
                      "`optimizer` is a name or an object of keras.optimizers, got {}",
                      slot.value.repr());
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Losses and metrics by name
//===----------------------------------------------------------------------===//

/// A loss or metric: of keras.losses, keras.metrics, or a string.
class Measure : public eval::Object {
public:
  enum class Kind {
    MeanSquaredError,
    MeanAbsoluteError,
    SparseCategoricalCrossentropy,
    Accuracy, // which one depends on the shapes
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
  };
  Measure(Kind kind, std::string name, bool fromLogits, SourceRange place)
      : kind(kind), name(std::move(name)), fromLogits(fromLogits), place(place) {}
  std::string typeName() const override { return "Loss"; }

  const Kind kind;
  /// As logs call it.
  const std::string name;
  const bool fromLogits;
  const SourceRange place;
};

using Kind = Measure::Kind;

struct MeasureEntry {
  Kind kind;
  const char *className;
  const char *name;
  std::vector<const char *> aliases;
  bool isLoss, isMetric;
  const char *parameters;
};

const char *const lossParameters = "reduction='sum_over_batch_size', name=None, dtype=None";
const char *const metricParameters = "name=None, dtype=None";

const MeasureEntry measures[] = {
    {Kind::MeanSquaredError,
     "MeanSquaredError",
     "mean_squared_error",
     {"mse", "MSE"},
     true,
     true,
     ""},
    {Kind::MeanAbsoluteError,
     "MeanAbsoluteError",
     "mean_absolute_error",
     {"mae", "MAE"},
     false,
     true,
     ""},
    {Kind::SparseCategoricalCrossentropy,
     "SparseCategoricalCrossentropy",
     "sparse_categorical_crossentropy",
     {},
     true,
     false,
     "from_logits=False, ignore_class=None, axis=-1, "},
    {Kind::Accuracy, nullptr, "accuracy", {"acc"}, false, true, ""},
    {Kind::BinaryAccuracy, "BinaryAccuracy", "binary_accuracy", {}, false, true, "threshold=0.5, "},
    {Kind::CategoricalAccuracy, "CategoricalAccuracy", "categorical_accuracy", {}, false, true, ""},
    {Kind::SparseCategoricalAccuracy,
     "SparseCategoricalAccuracy",
     "sparse_categorical_accuracy",
     {},
     false,
     true,
     ""},
};

const std::vector<std::string> unsupportedLosses = {"BinaryCrossentropy",
                                                    "BinaryFocalCrossentropy",
                                                    "CategoricalCrossentropy",
                                                    "CategoricalFocalCrossentropy",
                                                    "CategoricalHinge",
                                                    "CosineSimilarity",
                                                    "CTC",
                                                    "Dice",
                                                    "Hinge",
                                                    "Huber",
                                                    "KLDivergence",
                                                    "LogCosh",
                                                    "Loss",
                                                    "MeanAbsoluteError",
                                                    "MeanAbsolutePercentageError",
                                                    "MeanSquaredLogarithmicError",
                                                    "Poisson",
                                                    "SquaredHinge",
                                                    "Tversky",
                                                    "binary_crossentropy",
                                                    "categorical_crossentropy",
                                                    "categorical_hinge",
                                                    "cosine_similarity",
                                                    "crossentropy",
                                                    "ce",
                                                    "hinge",
                                                    "huber",
                                                    "kl_divergence",
                                                    "log_cosh",
                                                    "mae",
                                                    "mape",
                                                    "mean_absolute_error",
                                                    "mean_absolute_percentage_error",
                                                    "mean_squared_logarithmic_error",
                                                    "msle",
                                                    "poisson",
                                                    "squared_hinge"};
const std::vector<std::string> unsupportedMetrics = {"AUC",
                                                     "Accuracy",
                                                     "BinaryCrossentropy",
                                                     "BinaryIoU",
                                                     "CategoricalCrossentropy",
                                                     "CosineSimilarity",
                                                     "F1Score",
                                                     "FalseNegatives",
                                                     "FalsePositives",
                                                     "Hinge",
                                                     "IoU",
                                                     "KLDivergence",
                                                     "LogCoshError",
                                                     "Mean",
                                                     "MeanAbsolutePercentageError",
                                                     "MeanSquaredLogarithmicError",
                                                     "Metric",
                                                     "Poisson",
                                                     "Precision",
                                                     "R2Score",
                                                     "Recall",
                                                     "RootMeanSquaredError",
                                                     "SparseCategoricalCrossentropy",
                                                     "SparseTopKCategoricalAccuracy",
                                                     "Sum",
                                                     "TopKCategoricalAccuracy",
                                                     "TrueNegatives",
                                                     "TruePositives",
                                                     "binary_crossentropy",
                                                     "categorical_crossentropy",
                                                     "sparse_categorical_crossentropy",
                                                     "crossentropy",
                                                     "ce",
                                                     "cosine_similarity",
                                                     "r2_score",
                                                     "root_mean_squared_error",
                                                     "rmse"};

Value makeMeasure(Session &session, const MeasureEntry &entry, BoundArguments &arguments) {
  Config config(session, arguments);
  bool fromLogits = arguments.has("from_logits") && config.boolean("from_logits");
  const BoundArguments::Slot &name = config.get("name");
  const auto *text = name.value.as<eval::Str>();
  config.finish();
  if (config.isBroken)
    return Value::error();
  return session.in.heap.make<Measure>(entry.kind, text ? text->text : entry.name, fromLogits,
                                       arguments.place);
}

/// A loss or metric as an object, a class, a function or a string. Null after a
/// report.
const Measure *readMeasure(Session &session, Value value, SourceRange place, bool isLoss) {
  if (const auto *measure = value.as<Measure>())
    return measure;
  const auto *text = value.as<eval::Str>();
  const auto *function = value.as<Native>();
  std::string name = text ? text->text : function ? function->name : "";
  std::vector<std::string> names;
  for (const MeasureEntry &entry : measures) {
    if (isLoss ? !entry.isLoss : !entry.isMetric)
      continue;
    names.push_back(entry.name);
    names.insert(names.end(), entry.aliases.begin(), entry.aliases.end());
    bool isAlias = llvm::is_contained(entry.aliases, llvm::StringRef(name));
    bool isClass = entry.className && name == entry.className;
    if (name != entry.name && !isAlias && !isClass)
      continue;
    // Logs call a metric as the file does.
    return session.in.heap.make<Measure>(entry.kind, text && !isClass ? name : entry.name, false,
                                         place);
  }
  const std::vector<std::string> &unsupported = isLoss ? unsupportedLosses : unsupportedMetrics;
  llvm::StringRef what = isLoss ? "loss" : "metric";
  if (llvm::is_contained(unsupported, name)) {
    session.in.report(Code::NotSupportedYet, place, "the {} `{}` is not supported yet", what, name);
  } else if (text) {
    if (!diagnostics::closestMatch(name, names))
      names = unsupported;
    eval::suggest(session.in.report(isLoss ? Code::UnknownLoss : Code::UnknownMetric, place,
                                    "there is no {} called `{}`", what, name),
                  name, names, place);
  } else if (value.as<eval::Function>()) {
    session.in.report(Code::NotSupportedYet, place, "a {} of your own is not supported yet", what);
  } else if (!value.isError()) {
    session.in.report(Code::InvalidArgument, place,
                      "a {} is a name or an object of keras.{}, got {}", what,
                      isLoss ? "losses" : "metrics", value.repr());
  }
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Building the loss
//===----------------------------------------------------------------------===//

/// Builds what compile(...) asks for, into the scratch block.
class TrainingBuilder {
public:
  TrainingBuilder(Model &model, BoundArguments &arguments)
      : model(model), session(model.session), arguments(arguments),
        graph(session, arguments.place, "", "the loss") {}

  std::optional<Training> build() {
    training.optimizer = readOptimizer(session, arguments["optimizer"]);
    std::vector<PlacedValue> losses, metrics;
    bool isSound = training.optimizer && perOutput("loss", losses) && perOutput("metrics", metrics);
    if (!isSound)
      return std::nullopt;
    for (size_t i = 0; i < model.outputs.size(); ++i) {
      Target target;
      if (losses[i].value.isNone()) {
        if (!metrics[i].value.isNone() && session.in.truth(metrics[i].value).value_or(true)) {
          session.in.report(Code::NotSupportedYet, metrics[i].place,
                            "metrics of the output '{}', which has no loss, are not supported yet",
                            model.outputs[i].name);
          return std::nullopt;
        }
        continue;
      }
      if (!addLoss(model.outputs[i], losses[i], target) ||
          !addMetrics(model.outputs[i], metrics[i], target))
        return std::nullopt;
    }
    if (!training.loss) {
      session.in.report(Code::MissingArgument, arguments.place,
                        "`compile` without a loss leaves nothing to train");
      return std::nullopt;
    }
    return std::move(training);
  }

private:
  struct Target {
    Tensor *tensor;
    bool isLabel;
  };

  /// Spreads `loss=` or `metrics=` over the outputs: one for all, a list, or a
  /// dict by output name.
  bool perOutput(llvm::StringRef parameter, std::vector<PlacedValue> &result) {
    const BoundArguments::Slot &slot = arguments[parameter];
    size_t count = model.outputs.size();
    bool isLoss = parameter == "loss";
    const auto *sequence = slot.value.as<eval::Sequence>();
    if (const auto *dict = slot.value.as<eval::Dict>()) {
      result.assign(count, {Value(), slot.place});
      for (const eval::Dict::Entry &entry : dict->items())
        if (!assignByName(entry, slot.place, parameter, result))
          return false;
      return true;
    }
    if (count == 1 && !isLoss) {
      result = {{slot.value, slot.place}};
      return true;
    }
    if (sequence) {
      if (sequence->elements.size() == count) {
        for (Value element : sequence->elements)
          result.push_back({element, slot.place});
        return true;
      }
      if (isLoss || !sequence->elements.empty()) {
        session.in.report(Code::OutputCount, slot.place, "`{}` has {} for a model with {}",
                          parameter, eval::plural(sequence->elements.size(), "entry"),
                          eval::plural(count, "output"));
        return false;
      }
    }
    bool isNone = slot.value.isNone() || sequence;
    if (!isNone && !isLoss) {
      session.in.report(Code::InvalidArgument, slot.place,
                        "`metrics` of a model with several outputs is a list with an entry for "
                        "each, or a dict by name");
      return false;
    }
    result.assign(count, {isNone ? Value() : slot.value, slot.place});
    return true;
  }

  bool assignByName(const eval::Dict::Entry &entry, SourceRange place, llvm::StringRef parameter,
                    std::vector<PlacedValue> &result) {
    std::string key = entry.key.str();
    std::vector<std::string> names;
    for (size_t i = 0; i < model.outputs.size(); ++i) {
      names.push_back(model.outputs[i].name);
      if (names.back() == key) {
        result[i].value = entry.value;
        return true;
      }
    }
    eval::suggest(session.in.report(Code::OutputCount, place,
                                    "`{}` names an output '{}', but the "
                                    "model's outputs are '{}'",
                                    parameter, key, llvm::join(names, "', '")),
                  key, names, {});
    return false;
  }

  bool addLoss(const Model::Output &output, const PlacedValue &loss, Target &target) {
    const Measure *measure = readMeasure(session, loss.value, loss.place, /*isLoss=*/true);
    if (!measure)
      return false;
    Tensor *prediction = output.tensor;
    if (prediction->rank() < 2) {
      session.in
          .report(Code::NotSupportedYet, loss.place,
                  "a loss of the output '{}' of shape {}, one number per sample, is not "
                  "supported yet",
                  output.name, prediction->shape())
          .help("give the output a last axis of size 1");
      return false;
    }
    target.isLabel = measure->kind == Kind::SparseCategoricalCrossentropy;
    Axes axes = prediction->axes;
    if (target.isLabel)
      axes.pop_back();
    target.tensor = session.makeSource(axes, target.isLabel ? ElementKind::Int : ElementKind::Float,
                                       output.name, arguments.place);
    Tensor *elementwise = target.isLabel ? sparseCrossEntropy(output, *measure, target.tensor)
                                         : meanSquaredError(prediction, target.tensor);
    if (!elementwise)
      return false;
    Tensor *weight =
        session.makeSource(elementwise->axes, ElementKind::Float, output.name, arguments.place);
    training.outputs.push_back({output.name, target.tensor, weight});
    Tensor *total = graph.reduce(ReduceKind::sum, graph.binary<MulOp>(elementwise, weight),
                                 GraphBuilder::allAxes(elementwise));
    Tensor *mean =
        graph.binary<DivOp>(total, graph.size(elementwise, GraphBuilder::allAxes(elementwise)));
    training.loss = training.loss ? graph.binary<AddOp>(training.loss, mean) : mean;
    return true;
  }

  Tensor *meanSquaredError(Tensor *prediction, Tensor *target) {
    Tensor *difference = graph.binary<SubOp>(prediction, target);
    return graph.mean(graph.binary<MulOp>(difference, difference),
                      {int64_t(prediction->rank()) - 1});
  }

  /// Keras on TensorFlow: what comes straight from a softmax is taken before it,
  /// other probabilities are clipped, their logarithms normalised.
  Tensor *sparseCrossEntropy(const Model::Output &output, const Measure &measure, Tensor *target) {
    Tensor *prediction = graph.toFloat(output.tensor);
    int64_t last = int64_t(prediction->rank()) - 1;
    auto classes = session.resolve(prediction->axes[last].size).getConstant();
    if (!classes) {
      session.in.report(Code::DynamicSize, measure.place,
                        "the number of classes of '{}' of shape {} is only known when the model "
                        "runs",
                        output.name, prediction->shape());
      return nullptr;
    }
    Tensor *logits = prediction;
    auto softmax = prediction->value.getDefiningOp<SoftmaxOp>();
    if (softmax && int64_t(softmax.getAxis()) == last) {
      logits = session.makeTensor(softmax.getInput(), prediction->axes, ElementKind::Float, "");
      if (measure.fromLogits)
        session.in.report(Code::LogitsFromSoftmax, measure.place,
                          "`from_logits=True`, but '{}' ends in a softmax; the softmax is skipped",
                          output.name);
    } else if (!measure.fromLogits) {
      if (isLinearDense(output.tensor))
        session.in
            .report(Code::LossWithoutSoftmax, measure.place,
                    "`{}` takes probabilities, but '{}' has no softmax", measure.name, output.name)
            .help("pass `from_logits=True`, or end the model in a softmax");
      Tensor *low = graph.scalar(1e-7), *high = graph.scalar(1.0 - 1e-7);
      Tensor *clipped = graph.binary<MinimumOp>(graph.binary<MaximumOp>(prediction, low), high);
      logits = graph.unary<LogOp>(clipped);
    }
    Tensor *logProbabilities = graph.logSoftmax(logits, last);
    Tensor *chosen = graph.binary<MulOp>(logProbabilities, graph.oneHot(target, *classes));
    return graph.unary<NegOp>(graph.reduce(ReduceKind::sum, chosen, {last}));
  }

  /// Whether the output is that of a Dense without an activation.
  static bool isLinearDense(const Tensor *output) {
    const mlir::Operation *op = output->value.getDefiningOp();
    return output->node && output->node->operation->className == "Dense" &&
           llvm::isa_and_nonnull<AddOp, ContractOp>(op);
  }

  bool addMetrics(const Model::Output &output, const PlacedValue &metrics, const Target &target) {
    std::vector<Value> values;
    if (const auto *sequence = metrics.value.as<eval::Sequence>())
      values = sequence->elements;
    else if (!metrics.value.isNone())
      values = {metrics.value};
    for (Value value : values)
      if (!addMetric(output, {value, metrics.place}, target))
        return false;
    return true;
  }

  bool addMetric(const Model::Output &output, const PlacedValue &metric, const Target &target) {
    const Measure *measure = readMeasure(session, metric.value, metric.place, /*isLoss=*/false);
    if (!measure)
      return false;
    Tensor *prediction = graph.toFloat(output.tensor);
    int64_t last = int64_t(prediction->rank()) - 1;
    Kind kind = measure->kind;
    if (kind == Kind::Accuracy) {
      bool isBinary = session.resolve(prediction->axes[last].size) == DimExpr(1);
      kind = isBinary         ? Kind::BinaryAccuracy
             : target.isLabel ? Kind::SparseCategoricalAccuracy
                              : Kind::CategoricalAccuracy;
    }
    bool wantsLabel = kind == Kind::SparseCategoricalAccuracy;
    if (wantsLabel != target.isLabel) {
      session.in.report(Code::NotSupportedYet, metric.place,
                        "the metric `{}` compares with {}, and the loss of '{}' with {}; both at "
                        "once are not supported yet",
                        measure->name, wantsLabel ? "labels" : "values", output.name,
                        target.isLabel ? "labels" : "values");
      return false;
    }
    Tensor *values = metricValues(kind, prediction, target.tensor, last);
    llvm::SmallVector<int64_t> all = GraphBuilder::allAxes(values);
    std::string name = measure->name;
    if (model.outputs.size() > 1)
      name = output.name + "_" + name;
    training.metrics.push_back(
        {uniqueName(name), graph.reduce(ReduceKind::sum, values, all), graph.size(values, all)});
    return true;
  }

  /// One number for each sample (and step).
  Tensor *metricValues(Kind kind, Tensor *prediction, Tensor *target, int64_t last) {
    auto same = [&](Tensor *a, Tensor *b) { return graph.compare(ComparePredicate::eq, a, b); };
    switch (kind) {
    case Kind::SparseCategoricalAccuracy:
      return same(graph.argmax(prediction, last), target);
    case Kind::CategoricalAccuracy:
      return same(graph.argmax(prediction, last), graph.argmax(target, last));
    case Kind::BinaryAccuracy: {
      std::vector<int64_t> none;
      Tensor *threshold = graph.broadcast(graph.scalar(0.5), prediction->axes, none);
      Tensor *predicted = graph.compare(ComparePredicate::gt, prediction, threshold);
      return graph.mean(same(predicted, target), {last});
    }
    case Kind::MeanAbsoluteError: {
      Tensor *difference = graph.binary<SubOp>(prediction, target);
      return graph.mean(graph.binary<MaximumOp>(difference, graph.unary<NegOp>(difference)),
                        {last});
    }
    default:
      return meanSquaredError(prediction, target);
    }
  }

  /// Logs call the second metric of one name `name_1`.
  std::string uniqueName(const std::string &name) {
    auto isTaken = [&](const std::string &candidate) {
      return llvm::any_of(training.metrics,
                          [&](const CompiledMetric &metric) { return metric.name == candidate; });
    };
    std::string candidate = name;
    for (unsigned i = 1; isTaken(candidate); ++i)
      candidate = fmt::format("{}_{}", name, i);
    return candidate;
  }

  Model &model;
  Session &session;
  BoundArguments &arguments;
  GraphBuilder graph;
  Training training;
};

} // namespace

Value compileModel(Model &model, BoundArguments &arguments) {
  Config config(model.session, arguments);
  // How Keras runs it, not what it computes.
  config.ignore({"optimizer", "loss", "metrics", "run_eagerly", "steps_per_execution",
                 "jit_compile", "auto_scale_loss"});
  config.finish();
  if (!config.isBroken)
    model.training = TrainingBuilder(model, arguments).build();
  return Value();
}

void addTraining(Catalogue &catalogue) {
  Session &session = catalogue.session;
  KerasModule *module = catalogue.addModule("keras.optimizers", unsupportedOptimizers);
  for (const OptimizerEntry &entry : optimizers)
    catalogue.addFunction(module, entry.className,
                          (std::string(entry.parameters) + optimizerParameters).c_str(),
                          [&session, &entry](Interpreter &, BoundArguments &arguments) {
                            return makeOptimizer(session, entry, arguments);
                          });

  KerasModule *losses = catalogue.addModule("keras.losses", unsupportedLosses);
  KerasModule *metrics = catalogue.addModule("keras.metrics", unsupportedMetrics);
  for (const MeasureEntry &entry : measures) {
    for (bool isLoss : {true, false}) {
      if (!entry.className || !(isLoss ? entry.isLoss : entry.isMetric))
        continue;
      KerasModule *target = isLoss ? losses : metrics;
      std::string parameters =
          std::string(entry.parameters) + (isLoss ? lossParameters : metricParameters);
      catalogue.addFunction(target, entry.className, parameters.c_str(),
                            [&session, &entry](Interpreter &, BoundArguments &arguments) {
                              return makeMeasure(session, entry, arguments);
                            });
      // As a function it only serves as an argument of compile.
      auto asFunction = [](Interpreter &in, BoundArguments &arguments) {
        in.report(Code::NotSupportedYet, arguments.place,
                  "computing `{}` in the file is not supported yet", arguments.signature.callee);
        return Value::error();
      };
      catalogue.addFunction(target, entry.name, "y_true, y_pred", asFunction);
      for (const char *alias : entry.aliases)
        catalogue.addFunction(target, alias, "y_true, y_pred", asFunction);
    }
  }
}

} // namespace rondo::keras
