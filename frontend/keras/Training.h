//===- Training.h - Optimizers, losses and metrics --------------*- C++ -*-===//
//
// What model.compile(...) is given, read: the hyperparameters of an optimizer,
// and losses and metrics as functions that build ops. Training.cpp puts them
// together for a model.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_TRAINING_H
#define RONDO_FRONTEND_KERAS_TRAINING_H

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

/// An optimizer as the file sees it.
class Optimizer : public eval::Object {
public:
  Optimizer(Session &session, mlir::DictionaryAttr settings)
      : session(session), settings(settings) {}
  std::string typeName() const override { return "Optimizer"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool setAttribute(Interpreter &in, llvm::StringRef name, Value value, SourceRange place) override;

  /// `optimizer.learning_rate.assign(value)`: a number, or a schedule; an error after a report.
  Value setRate(const BoundArguments::Slot &value);

  /// `rondo.optimizer` for a model with these variables.
  mlir::DictionaryAttr settingsFor(llvm::ArrayRef<Variable *> variables) const;

private:
  /// `exclude_from_weight_decay`: what was excluded before is so no longer.
  Value exclude(Interpreter &in, const BoundArguments &arguments);
  bool decays(const Variable &variable) const;

  Session &session;
  mlir::DictionaryAttr settings;
  std::vector<const Variable *> undecayed;
  /// Which the names of others that do not decay have in them.
  std::vector<std::string> undecayedWords;
};

/// The optimizer for an object, a class or a name. Null after a report.
Optimizer *readOptimizer(Session &session, const BoundArguments::Slot &slot);

/// Whether text names an optimizer, or a loss.
bool isOptimizerName(Value value);
bool isLossName(Value value);

/// Fills keras.optimizers.
void addOptimizers(Catalogue &catalogue);

//===----------------------------------------------------------------------===//
// Losses and metrics
//===----------------------------------------------------------------------===//

class Measure;
class OpCall;

/// The numbers that a loss or metric compares.
struct Comparison {
  GraphBuilder &graph;
  /// The output's name, for messages.
  const std::string &output;
  /// Of rank 2 at least; floats.
  Tensor *prediction;
  /// Values of the prediction's shape, or labels without its last axis.
  Tensor *target;
  /// What the prediction is the softmax or sigmoid of, or null.
  Tensor *logits;
  bool logitsOfSoftmax;
  /// Whether the output is a Dense layer's without an activation.
  bool isLinear;
  /// A loss warns about outputs that it does not fit; a metric beside it does not.
  bool warns;
};

/// What a loss or metric wants the prediction compared with.
/// Sequences are of class numbers, of any length, one for each sample. Widths are values, of any
/// number along the last axis, as some functions of the file take them.
enum class TargetKind { Values, Labels, Sequences, Widths };

/// What a metric adds up over batches, where that is not a value for each sample.
struct MetricState {
  /// As in `rondo.metric`.
  std::string rule;
  std::vector<double> numbers;
  /// Vectors and scalars, one behind the other; null where something was reported.
  std::vector<Tensor *> sums;
  /// Of the rule "program": what makes the metric's value of the sums.
  mlir::ArrayAttr program = nullptr;
};

/// Where a function of keras.losses or keras.metrics is a function of the module too, besides a
/// class.
enum class FunctionOf { Neither, Losses, Metrics, Both };

/// A function of keras.losses or keras.metrics: one number for each sample (and
/// step), over the last axis of the prediction.
struct MeasureFunction {
  using Build = Tensor *(*)(const Measure &, const Comparison &);

  /// "mean_squared_error"
  const char *name;
  TargetKind target;
  Build build;
  /// Its classes in keras.losses and keras.metrics, or null.
  const char *lossClass, *metricClass;
  /// The arguments of those classes besides name, dtype and reduction.
  const char *options;
  /// Other names in `compile`, for a loss and for a metric.
  std::vector<const char *> lossAliases, metricAliases;
  /// What the classes' objects are called in logs, where it is not `name`.
  const char *objectName = nullptr;
  FunctionOf functionOf = FunctionOf::Both;
  /// Of a loss that leaves values out: 1 for those that count and 0 for the others.
  Build counting = nullptr;
  /// In place of `build`: what a metric adds up. `weights` are those of samples, or null.
  std::optional<MetricState> (*state)(const Measure &, const Comparison &,
                                      Tensor *weights) = nullptr;
  /// Whether `compile` knows its name.
  bool isNamed = true;
};

/// How the elementwise loss becomes a number; None where the file goes on with its values.
enum class Reduction { Mean, Sum, WeightedMean, None };

/// A loss or metric with its options.
class Measure : public eval::Object {
public:
  Measure(Session &session, const MeasureFunction *function, std::string name, SourceRange place)
      : session(session), function(function), name(std::move(name)), place(place) {}
  std::string typeName() const override { return isMetric ? "Metric" : "Loss"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  bool isCallable() const override { return true; }
  /// Of tensors, in a loss of the file, or of data, in its training loop.
  Value call(Interpreter &in, Arguments &arguments) override;

  /// Whether it says what it computes; false after a report.
  virtual bool isComplete(SourceRange at) const { return true; }
  Tensor *build(const Comparison &comparison) const { return function->build(*this, comparison); }

  Session &session;
  /// Null for "accuracy" and "crossentropy", which depend on the shapes.
  const MeasureFunction *function;
  /// A function of the file, of target and prediction, which `function` calls.
  Value ofFile;
  /// Of keras.metrics.Mean and Sum, which are told values: "mean", "sum"; null for others.
  const char *ofValues = nullptr;
  /// As the file and logs call it.
  std::string name;
  const SourceRange place;
  bool isMetric = false;
  /// False for one that Rondo does not have: that only matters where a model is to have it.
  bool isSupported = true;
  /// Why it is not supported: it is several numbers, and what may be done about it.
  std::string helpForSeveral;

  /// What its targets are.
  TargetKind target() const { return comparesLabels ? TargetKind::Labels : function->target; }

  bool fromLogits = false;
  double labelSmoothing = 0, delta = 1;
  int64_t axis = -1, k = 5;
  Reduction reduction = Reduction::Mean;
  /// Of accuracies, and of metrics that count what is above it; none where the largest is meant.
  std::optional<double> threshold = 0.5;
  std::optional<int64_t> classId, ignoredClass, topK;

  // Of losses.
  double alpha = 0.25, beta = 1, gamma = 2, margin = 0.4, q = 0.5;
  bool balancesClasses = false, removesDiagonal = true;
  /// The axes that one value is of; none for all.
  std::optional<std::vector<int64_t>> axes;

  // Of metrics.
  /// How the numbers of classes become one: as in `rondo.metric`, or one sum of all.
  enum class Average { Micro, Macro, Weighted } average = Average::Macro;
  int64_t regressors = 0, curve = 0, summation = 0, classes = 0;
  double limit = 0;
  /// Those between the first and the last; where there are none, `thresholdCount` evenly.
  std::vector<double> thresholds, labelWeights;
  int64_t thresholdCount = 200;
  bool isMultiLabel = false, comparesLabels = false, predictsClasses = true;
  std::vector<int64_t> classIds;
};

/// Reads all options that the arguments have but for the name.
void readOptions(Config &config, const BoundArguments &arguments, Measure &measure);

/// A loss or a metric as an object, a class, a function or a name. Null after a
/// report.
const Measure *readLoss(Session &session, PlacedValue value);
const Measure *readMetric(Session &session, PlacedValue value);

/// What the file hands a loss or metric that it calls itself: `y_true` and `y_pred` of a call.
/// Nothing after a report.
std::optional<Comparison> comparisonInFile(OpCall &call, const Measure &measure,
                                           const BoundArguments &arguments);

/// `reduction=` of a loss, or its mean after a report.
Reduction readReduction(Config &config);
/// Adds keras.losses.Loss, for classes of the file.
void addLossClass(Catalogue &catalogue, KerasModule *losses);

/// All of them.
llvm::ArrayRef<MeasureFunction> measureFunctions();
/// Those of files of their own.
llvm::ArrayRef<MeasureFunction> laterLosses();
llvm::ArrayRef<MeasureFunction> pairLosses();
llvm::ArrayRef<MeasureFunction> statefulMetrics();
/// What calls `Measure::ofFile`. Its result may have any shape that Keras can average.
extern const MeasureFunction functionOfFile;
/// The function of this name, or null.
const MeasureFunction *measureFunction(llvm::StringRef name);

/// Fills keras.losses and keras.metrics.
void addMeasures(Catalogue &catalogue);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_TRAINING_H
