//===- Training.cpp - model.compile(...) ----------------------------------===//
//
// Builds the loss and the metrics of a model into the scratch block. Keras'
// numbers: an elementwise loss has a number for each sample (and step); the loss
// of an output is sum(weight * l) / number of elements, the model's the sum over
// the outputs; a metric is a sum and a count.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/AxisChecks.h"
#include "frontend/keras/CompileArguments.h"
#include "frontend/keras/Masks.h"
#include "frontend/keras/MeasureParts.h"
#include "frontend/keras/Regularizers.h"
#include "llvm/Support/SaveAndRestore.h"

namespace rondo::keras {
namespace {

class TrainingBuilder {
public:
  TrainingBuilder(Model &model, BoundArguments &arguments)
      : model(model), session(model.session), arguments(arguments),
        graph(session, arguments.place, "", "the loss") {}

  std::optional<Training> build() {
    if (reportSwapped(session, arguments))
      return std::nullopt;
    llvm::SaveAndRestore<const Model *> measured(session.measuredModel, &model);
    training.optimizer = readOptimizer(session, arguments["optimizer"]);
    auto read = training.optimizer ? readTrainedOutputs(model, arguments) : std::nullopt;
    // A model without outputs has been reported.
    if (!read || read->empty())
      return std::nullopt;
    outputs = std::move(*read);
    if (model.effects.losses.empty() &&
        llvm::all_of(outputs, [](const Output &output) { return !output.loss; })) {
      session.in.report(Code::MissingArgument, arguments.place,
                        "`compile` without a loss leaves nothing to train");
      return std::nullopt;
    }
    for (Output &output : outputs)
      if (!addLoss(output))
        return std::nullopt;
    addPenalties();
    for (bool isWeighted : {false, true})
      for (Output &output : outputs)
        for (const Measure *metric : isWeighted ? output.weightedMetrics : output.metrics)
          if (!addMetric(output, *metric, isWeighted))
            return std::nullopt;
    return std::move(training);
  }

private:
  using Output = TrainedOutput;

  //===--------------------------------------------------------------------===//
  // Targets
  //===--------------------------------------------------------------------===//

  /// Makes the target and the sample weights of an output at first use.
  void needTarget(Output &output, TargetKind kind) {
    if (output.target)
      return;
    output.prediction = graph.toFloat(output.tensor);
    // Keras gives a number per sample a last axis, as that of its target.
    if (output.prediction->rank() == 1)
      output.prediction = graph.expandDims(output.prediction, 1);
    Axes axes = output.prediction->axes;
    Axes shorter(axes.begin(), axes.end() - 1);
    if (kind == TargetKind::Sequences) {
      shorter.resize(1); // one loss for each sample
      axes = {axes[0], {session.makeSymbol(), AxisMeaning::Unknown}};
    } else if (kind == TargetKind::Labels) {
      axes = shorter;
    } else if (kind == TargetKind::Widths) {
      axes.back() = {session.makeSymbol(), AxisMeaning::Unknown};
      kind = TargetKind::Values;
    }
    output.kind = kind;
    bool isFloat = kind == TargetKind::Values;
    output.target = session.makeSource(axes, isFloat ? ElementKind::Float : ElementKind::Int,
                                       output.name, arguments.place);
    output.sampleWeight =
        session.makeSource(shorter, ElementKind::Float, output.name, arguments.place);
    training.outputs.push_back({output.name, output.target, output.sampleWeight});
  }

  /// What a loss or metric wants an output compared with. A function of the file does not say:
  /// that is tried, values first, as Keras hands it whatever there is. Whoever predicts a mean and
  /// a variance has one number to compare with: where the function takes targets of any width, they
  /// may have any.
  TargetKind targetOf(const Output &output, const Measure &measure) {
    if (!measure.ofFile.getObject() || output.target)
      return measure.target();
    auto works = [&](TargetKind kind) {
      bool staysOpen = true;
      Session::Trial trial(session);
      llvm::SaveAndRestore targets(training.outputs);
      Output tried = output;
      needTarget(tried, kind);
      Comparison comparison = comparisonOf(tried, /*warns=*/false);
      bool succeeds = trial.succeeds([&] {
        if (measure.function->state)
          measure.function->state(measure, comparison, nullptr);
        else if (const Tensor *values = measure.build(comparison))
          weightsFor(tried, values, measure, /*isTried=*/true);
        if (kind == TargetKind::Widths)
          staysOpen = !session.resolve(tried.target->axes.back().size).isConstant();
      });
      return succeeds && staysOpen;
    };
    if (!works(TargetKind::Values))
      return works(TargetKind::Labels) ? TargetKind::Labels : TargetKind::Values;
    // Of one value it is one.
    return !isBinary(output) && works(TargetKind::Widths) ? TargetKind::Widths : TargetKind::Values;
  }

  Comparison comparisonOf(const Output &output, bool warns) {
    Tensor *logits = nullptr;
    auto softmax = output.tensor->value.getDefiningOp<SoftmaxOp>();
    auto sigmoid = output.tensor->value.getDefiningOp<SigmoidOp>();
    if (softmax || sigmoid) {
      logits = session.makeTensor(softmax ? softmax.getInput() : sigmoid.getInput(),
                                  output.tensor->axes, ElementKind::Float, "", {});
      if (logits->rank() == 1)
        logits = graph.expandDims(logits, 1);
    }
    return {graph,  output.name,   output.prediction,       output.target,
            logits, bool(softmax), isLinear(output.tensor), warns};
  }

  /// Whether the output is that of a Dense without an activation.
  static bool isLinear(const Tensor *output) {
    const mlir::Operation *op = output->value.getDefiningOp();
    return output->node && output->node->operation->className == "Dense" &&
           llvm::isa_and_nonnull<AddOp, ContractOp>(op);
  }

  bool isBinary(const Output &output) const {
    const Axes &axes = output.tensor->axes;
    return axes.size() < 2 || session.resolve(axes.back().size) == DimExpr(1);
  }

  /// Whether the output is whole: a scalar has no samples.
  bool checkBatch(const Output &output, SourceRange place) {
    if (output.tensor->rank() > 0)
      return true;
    session.in.report(Code::RankMismatch, place,
                      "the output '{}' is one number for the whole batch, which has no targets",
                      output.name);
    return false;
  }

  //===--------------------------------------------------------------------===//
  // Losses and metrics
  //===--------------------------------------------------------------------===//

  Tensor *total(Tensor *x) { return graph.reduce(ReduceKind::sum, x, GraphBuilder::allAxes(x)); }
  Tensor *count(Tensor *x) { return graph.size(x, GraphBuilder::allAxes(x)); }

  /// What layers add to the loss, and the regularizers of trainable weights.
  void addPenalties() {
    for (Tensor *loss : model.effects.losses)
      training.loss = training.loss ? graph.binary<AddOp>(training.loss, loss) : loss;
    for (const Variable *variable : model.weights)
      if (variable->regularizer && model.isTrainable(*variable))
        training.loss = graph.binary<AddOp>(
            training.loss, variable->regularizer->penalty(graph, graph.variable(*variable)));
  }

  bool addLoss(Output &output) {
    if (!output.loss)
      return true;
    Measure loss = *output.loss;
    if (!checkBatch(output, loss.place))
      return false;
    if (!loss.function && !isBinary(output)) {
      session.in
          .report(Code::NotSupportedYet, loss.place,
                  "`{}` depends on the shape of the targets, which is not known yet", loss.name)
          .help(
              "write `categorical_crossentropy`, or `sparse_categorical_crossentropy` for labels");
      return false;
    }
    if (!loss.function)
      loss.function = measureFunction("binary_crossentropy");
    if (loss.reduction == Reduction::None) {
      session.in
          .report(Code::NotSupportedYet, loss.place,
                  "a loss with a number for each sample is not supported yet")
          .help("`reduction=\"sum\"` trains the same way");
      return false;
    }
    needTarget(output, targetOf(output, loss));
    // A softmax of one unit has been reported.
    bool isOfOne = isBinary(output) && output.tensor->value.getDefiningOp<SoftmaxOp>();
    bool warns = isOfClasses(loss) ? checkClasses(output, loss) : !isOfOne;
    Comparison comparison = comparisonOf(output, warns);
    Tensor *values = loss.build(comparison);
    if (!values)
      return false;
    Tensor *weights = weightsFor(output, values, loss), *mask = nullptr;
    if (!weights || !maskFor(output, values, loss, mask))
      return false;
    if (Tensor *counting = countingOf(loss, comparison))
      mask = mask ? graph.binary<MulOp>(mask, counting) : counting;
    if (mask)
      weights = graph.binary<MulOp>(weights, mask);
    Tensor *reduced = total(graph.binary<MulOp>(values, weights));
    if (loss.reduction == Reduction::Mean)
      reduced = graph.binary<DivOp>(reduced, mask ? notZero(graph, total(mask)) : count(values));
    else if (loss.reduction == Reduction::WeightedMean)
      reduced =
          graph.binary<DivOp>(reduced, notZero(graph, total(mask ? weights : output.sampleWeight)));
    // Logs have the losses of several outputs one by one, weighted by samples only.
    if (llvm::count_if(outputs, [](const Output &other) { return other.loss; }) > 1) {
      Tensor *samples = graph.size(output.prediction, {0});
      training.metrics.push_back(
          {output.name + "_loss", {graph.binary<MulOp>(reduced, samples), samples}});
    }
    if (output.weight)
      reduced = graph.binary<MulOp>(reduced, graph.scalar(*output.weight));
    training.loss = training.loss ? graph.binary<AddOp>(training.loss, reduced) : reduced;
    return true;
  }

  /// The sample weights in a shape that meets the values of a loss, which are of one sample and
  /// step each; those of a function of the file may be fewer or more. Null after a report.
  Tensor *weightsFor(const Output &output, const Tensor *values, const Measure &loss,
                     bool isTried = false) {
    Tensor *weights = output.sampleWeight;
    if (values->rank() < weights->rank()) {
      llvm::SmallVector<int64_t> surplus =
          llvm::to_vector(llvm::seq<int64_t>(values->rank(), weights->rank()));
      return graph.mean(weights, surplus);
    }
    if (values->rank() == weights->rank() + 1)
      weights = graph.expandDims(weights, weights->rank());
    bool fits = values->rank() == weights->rank();
    for (size_t i = 0; fits && i < values->rank(); ++i)
      fits = isOne(weights->size(i)) || session.unify(values->axes[i].size, weights->axes[i].size);
    if (fits)
      return weights;
    // Of a part of the steps, or of something else of each sample: the weight of the sample.
    if (loss.ofFile.getObject() && !isTried && values->rank() > 0 &&
        session.unify(values->axes[0].size, output.sampleWeight->axes[0].size)) {
      weights = output.sampleWeight;
      auto behind = llvm::to_vector(llvm::seq<int64_t>(1, weights->rank()));
      weights = behind.empty() ? weights : graph.mean(weights, behind);
      while (weights->rank() < values->rank())
        weights = graph.expandDims(weights, weights->rank());
      return weights;
    }
    session.in
        .report(Code::ShapeMismatch, loss.place,
                "the {} `{}` makes a tensor of shape {} of the output '{}' of shape {}",
                loss.isMetric ? "metric" : "loss", loss.name, values->shape(), output.name,
                output.prediction->shape())
        .help("it has one number for each sample, as `ops.mean(…, axis=-1)` gives");
    return nullptr;
  }

  /// The mask of an output in the shape of the values of a loss; null where all of them count.
  /// False after a report.
  bool maskFor(const Output &output, const Tensor *values, const Measure &loss, Tensor *&mask) {
    return maskOfValues(graph, *output.tensor, *values,
                        fmt::format("the {} `{}`", loss.isMetric ? "metric" : "loss", loss.name),
                        loss.place, mask);
  }

  /// Which values of a loss count, of itself; null where all of them do.
  static Tensor *countingOf(const Measure &loss, const Comparison &comparison) {
    return loss.function->counting ? loss.function->counting(loss, comparison) : nullptr;
  }

  /// Whether a loss is of classes along the last axis.
  static bool isOfClasses(const Measure &loss) {
    llvm::StringRef name = loss.function->name;
    return name == "categorical_crossentropy" || name == "sparse_categorical_crossentropy";
  }

  /// Warns of a loss of classes along an axis that has none, and returns false.
  bool checkClasses(Output &output, const Measure &loss) {
    const Tensor *tensor = output.tensor;
    if (isBinary(output)) {
      output.isOfOneClass = true;
      noteMade(session.in
                   .report(Code::SingleClass, loss.place,
                           "`{}` compares classes, and '{}' has one: the loss is always 0",
                           loss.name, output.name)
                   .help("for two classes: `activation=\"sigmoid\"` and `binary_crossentropy`")
                   .help("for more: one unit for each class and `activation=\"softmax\"`"),
               {tensor});
      return false;
    }
    size_t last = tensor->rank() - 1, classes = last;
    for (size_t i = 1; i < last; ++i)
      if (tensor->axes[i].softmax ||
          (tensor->axes[last].is(AxisMeaning::Time) && tensor->axes[i].is(AxisMeaning::Features)))
        classes = i;
    if (classes == last)
      return true;
    noteMade(session.in
                 .report(Code::LossAxis, loss.place,
                         "`{}` runs along {}, the last axis, and the classes of '{}' are {}",
                         loss.name, axisName(tensor, last), output.name, axisName(tensor, classes))
                 .help("the classes come last, as in (batch, time steps, classes), and the "
                       "softmax runs along them"),
             {tensor});
    return false;
  }

  bool addMetric(Output &output, const Measure &given, bool isWeighted) {
    Measure metric = given;
    if (!checkBatch(output, metric.place))
      return false;
    if (!metric.function && !(metric.function = accuracyOf(output, metric)))
      return false;
    needTarget(output, targetOf(output, metric));
    Comparison comparison = comparisonOf(output, /*warns=*/false);
    // Of one class Keras compares labels with the output as it compares values.
    bool readsLabels = output.isOfOneClass && output.kind == TargetKind::Labels &&
                       metric.target() == TargetKind::Values;
    if (readsLabels) {
      comparison.target = graph.expandDims(graph.toFloat(output.target), output.target->rank());
    } else if (metric.target() != output.kind &&
               !(metric.ofFile.getObject() && output.kind == TargetKind::Labels)) {
      reportTargetKind(output, metric);
      return false;
    }
    if (metric.function->state)
      return addState(output, metric, comparison, isWeighted);
    Tensor *values = metric.build(comparison);
    if (!values)
      return false;
    Tensor *weight = isWeighted ? weightsFor(output, values, metric) : nullptr, *mask = nullptr;
    if ((isWeighted && !weight) || !maskFor(output, values, metric, mask))
      return false;
    if (mask)
      weight = weight ? graph.binary<MulOp>(weight, mask) : mask;
    // Without weights Keras counts the zeros of those that it leaves out.
    if (Tensor *counting = weight ? countingOf(metric, comparison) : nullptr)
      weight = graph.binary<MulOp>(weight, counting);
    training.metrics.push_back({logName(output, metric.name, isWeighted),
                                {total(weight ? graph.binary<MulOp>(values, weight) : values),
                                 weight ? total(weight) : count(values)}});
    return true;
  }

  /// A metric that is more than a sum and a count.
  bool addState(const Output &output, const Measure &metric, const Comparison &comparison,
                bool isWeighted) {
    std::optional<MetricState> state =
        metric.function->state(metric, comparison, isWeighted ? output.sampleWeight : nullptr);
    if (!state || llvm::is_contained(state->sums, nullptr))
      return false;
    for (Tensor *&sums : state->sums)
      if (sums->rank() == 0)
        sums = graph.expandDims(sums, 0);
    std::string name = logName(output, metric.name, isWeighted);
    mlir::Builder builder(&session.context);
    mlir::NamedAttrList rule;
    rule.set("name", builder.getStringAttr(name));
    rule.set("rule", builder.getStringAttr(state->rule));
    rule.set("numbers", builder.getDenseF64ArrayAttr(state->numbers));
    if (state->program)
      rule.set("program", state->program);
    training.metrics.push_back({std::move(name),
                                {graph.concatenate(state->sums, 0)},
                                rule.getDictionary(&session.context)});
    return true;
  }

  /// The accuracy that fits the shapes of prediction and target.
  const MeasureFunction *accuracyOf(const Output &output, const Measure &metric) {
    if (isBinary(output))
      return measureFunction("binary_accuracy");
    if (output.target)
      return measureFunction(output.kind == TargetKind::Labels ? "sparse_categorical_accuracy"
                                                               : "categorical_accuracy");
    session.in
        .report(Code::NotSupportedYet, metric.place,
                "`{}` depends on the shape of the targets, and the output '{}' has no loss that "
                "tells it",
                metric.name, output.name)
        .help("write `categorical_accuracy`, or `sparse_categorical_accuracy` for labels");
    return nullptr;
  }

  void reportTargetKind(const Output &output, const Measure &metric) {
    bool wantsLabels = metric.target() == TargetKind::Labels;
    const char *kinds[] = {"values", "labels", "sequences of labels"};
    diagnostics::Diagnostic &diagnostic = session.in.report(
        Code::InvalidArgument, metric.place,
        "the metric `{}` compares with {}, and the targets of '{}' are {}", metric.name,
        kinds[int(metric.target())], output.name, kinds[int(output.kind)]);
    if (metric.ofFile.getObject())
      return;
    // Its namesake for the other kind, if there is one.
    llvm::StringRef name = metric.function->name;
    std::string other =
        wantsLabels ? name.drop_front(strlen("sparse_")).str() : "sparse_" + name.str();
    if (measureFunction(other))
      diagnostic.help("`{}` compares with {}", other, kinds[!wantsLabels]);
  }

  /// What Keras calls a metric in logs: with its output where there are several,
  /// and so that no name repeats.
  std::string logName(const Output &output, const std::string &name, bool isWeighted) {
    std::string prefix = outputs.size() > 1 ? output.name + "_" : "";
    auto isTaken = [&](const std::string &candidate) {
      return llvm::any_of(training.metrics,
                          [&](const CompiledMetric &metric) { return metric.name == candidate; });
    };
    std::string candidate = prefix + name;
    if (isWeighted && isTaken(candidate))
      candidate = prefix + "weighted_" + name;
    std::string first = candidate;
    for (unsigned i = 1; isTaken(candidate); ++i)
      candidate = fmt::format("{}_{}", first, i);
    return candidate;
  }

  Model &model;
  Session &session;
  BoundArguments &arguments;
  GraphBuilder graph;
  std::vector<Output> outputs;
  Training training;
};

} // namespace

Value compileModel(Model &model, BoundArguments &arguments) {
  model.session.in.noteModelChange();
  Config config(model.session, arguments);
  // How Keras runs it, not what it computes.
  config.ignore({"optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly",
                 "steps_per_execution", "jit_compile", "auto_scale_loss"});
  config.finish();
  eval::Interpreter &in = model.session.in;
  auto unknownIn = [&](const char *part) {
    return in.mode() == eval::Mode::Strict ? eval::opaqueIn(arguments[part].value) : nullptr;
  };
  for (const char *part : {"loss", "loss_weights", "metrics", "weighted_metrics"})
    if (const eval::Opaque *unknown = unknownIn(part)) {
      in.needs(*unknown, arguments[part].place);
      config.isBroken = true;
    }
  model.session.compiledModel = &model;
  // Predictions need none.
  if (const eval::Opaque *unknown = config.isBroken ? nullptr : unknownIn("optimizer")) {
    model.ownTraining = frontend::kOwnOptimizer;
    diagnostics::Diagnostic &diagnostic =
        in.warn(Code::UnknownOptimizer, arguments["optimizer"].place,
                "the optimizer comes from `{}`: the model is compiled for predictions only",
                unknown->origin);
    if (unknown->place)
      diagnostic.note(unknown->place, "it comes from here");
    diagnostic.help("one of `keras.optimizers` trains it");
    return Value();
  }
  if (!config.isBroken)
    model.training = TrainingBuilder(model, arguments).build();
  return Value();
}

void addTraining(Catalogue &catalogue) {
  addOptimizers(catalogue);
  addMeasures(catalogue);
}

} // namespace rondo::keras
