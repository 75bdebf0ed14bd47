//===- MeasureOptions.cpp - What losses and metrics are told --------------===//
//
// Reads the arguments of the classes and functions of keras.losses and keras.metrics.
//
//===----------------------------------------------------------------------===//

#include "frontend/keras/Constants.h"
#include "frontend/keras/Policies.h"
#include "frontend/keras/Training.h"
#include <cmath>

namespace rondo::keras {
namespace {

constexpr double kHuge = std::numeric_limits<double>::max();

class OptionReader {
public:
  OptionReader(Config &config, const BoundArguments &arguments, Measure &measure)
      : config(config), arguments(arguments), measure(measure) {}

  void read() {
    if (has("from_logits"))
      measure.fromLogits = config.boolean("from_logits");
    if (has("reduction"))
      measure.reduction = readReduction(config);
    if (has("k"))
      measure.k = config.positiveInteger("k");
    number("label_smoothing", 0, 1, "a number from 0 to 1", measure.labelSmoothing);
    number("delta", 0, kHuge, "a number that is not negative", measure.delta);
    readAxis();
    readClass("ignore_class", measure.ignoredClass);
    readClass("class_id", measure.classId);
    readLossOptions();
    readThresholds();
    readAverage();
    readCurve();
    readLimit();
    readClasses();
    if (has("dtype")) // what it says changes nothing: numbers are float32
      readPolicy(config, DtypePolicy::Float32);
    config.finish();
  }

private:
  bool has(llvm::StringRef parameter) const { return arguments.has(parameter); }
  bool isGiven(llvm::StringRef parameter) {
    return has(parameter) && !config.get(parameter).value.isNone();
  }
  static std::optional<double> numberOf(Value value) {
    return value.isBool() ? std::nullopt : value.asReal();
  }

  /// Reads a number that is at least `low` and at most `high`.
  void number(const char *parameter, double low, double high, llvm::StringRef expected,
              double &result) {
    if (!has(parameter))
      return;
    const BoundArguments::Slot &slot = config.get(parameter);
    auto found = numberOf(slot.value);
    if (found && *found >= low && *found <= high)
      result = *found;
    else
      config.reject(slot, parameter, expected);
  }

  /// One number or a list of them; nothing after a report.
  std::optional<std::vector<double>> numbers(const char *parameter, llvm::StringRef expected) {
    const BoundArguments::Slot &slot = config.get(parameter);
    std::vector<double> result;
    if (auto one = numberOf(slot.value))
      return std::vector<double>{*one};
    if (const auto *array = slot.value.as<eval::NdArray>(); array && array->rank() == 1)
      return array->elements();
    const auto *sequence = slot.value.as<eval::Sequence>();
    for (Value element :
         sequence ? llvm::ArrayRef<Value>(sequence->elements) : llvm::ArrayRef<Value>())
      if (auto one = numberOf(element))
        result.push_back(*one);
    if (sequence && !result.empty() && result.size() == sequence->elements.size())
      return result;
    config.reject(slot, parameter, expected);
    return std::nullopt;
  }

  /// A metric of several numbers, which a model cannot have yet.
  void setSeveral(const char *help) {
    measure.isSupported = false;
    measure.helpForSeveral = help;
  }

  /// A loss or metric along the last axis, or a loss that is one number for all axes.
  void readAxis() {
    if (!has("axis"))
      return;
    const BoundArguments::Slot &slot = config.get("axis");
    const auto *sequence = slot.value.as<eval::Sequence>();
    if (slot.value.isNone())
      return;
    if (!sequence) {
      measure.axis = config.integer("axis");
      measure.axes = {measure.axis};
    } else if (auto axes = config.integers("axis")) {
      measure.axes = std::move(axes);
    }
  }

  void readClass(const char *parameter, std::optional<int64_t> &result) {
    if (isGiven(parameter))
      result = config.integer(parameter);
  }

  void readLossOptions() {
    const char *expected = "a number";
    number("alpha", -kHuge, kHuge, expected, measure.alpha);
    if (has("alpha") && has("beta"))
      number("beta", -kHuge, kHuge, expected, measure.beta);
    number("margin", -kHuge, kHuge, expected, measure.margin);
    if (has("remove_diagonal"))
      measure.removesDiagonal = config.boolean("remove_diagonal");
    number("gamma", 0, kHuge, "a number that is not negative", measure.gamma);
    if (has("apply_class_balancing"))
      measure.balancesClasses = config.boolean("apply_class_balancing");
    if (!has("q"))
      return;
    number("q", 0, 1, "a number between 0 and 1", measure.q);
    if (measure.q == 0 || measure.q == 1)
      config.reject(config.get("q"), "q", "a number between 0 and 1");
  }

  /// Whether all numbers are from 0 to 1; reports those that are not.
  bool areShares(const std::vector<double> &values, const char *parameter) {
    if (llvm::all_of(values, [](double value) { return value >= 0 && value <= 1; }))
      return true;
    config.reject(config.get(parameter), parameter, "numbers from 0 to 1");
    return false;
  }

  void readThresholds() {
    if (has("threshold")) {
      // An F-score asks for a float.
      const BoundArguments::Slot &slot = config.get("threshold");
      auto found = numberOf(slot.value);
      bool isScore = has("average");
      if (slot.value.isNone() && isScore)
        measure.threshold = std::nullopt;
      else if (found && (!isScore || (slot.value.isFloat() && *found > 0 && *found <= 1)))
        measure.threshold = found;
      else
        config.reject(slot, "threshold", isScore ? "a float above 0 and up to 1" : "a number");
    }
    if (has("top_k") && isGiven("top_k")) {
      measure.topK = config.positiveInteger("top_k");
      measure.threshold = std::nullopt;
    }
    if (has("num_thresholds"))
      measure.thresholdCount = config.positiveInteger("num_thresholds");
    if (has("multi_label"))
      readArea();
    else if (measure.thresholdCount == 1)
      measure.thresholds = {0.5};
    else if (isGiven("thresholds"))
      readOneThreshold();
  }

  void readOneThreshold() {
    auto values = numbers("thresholds", "a number from 0 to 1");
    if (!values || !areShares(*values, "thresholds"))
      return;
    if (values->size() > 1)
      setSeveral("a metric for each threshold has one number each");
    else
      measure.threshold = values->front();
  }

  /// What only AUC has.
  void readArea() {
    measure.isMultiLabel = config.boolean("multi_label");
    if (isGiven("label_weights"))
      if (auto weights = numbers("label_weights", "a list of numbers"))
        measure.labelWeights = std::move(*weights);
    if (isGiven("num_labels")) {
      measure.classes = config.positiveInteger("num_labels");
      if (!measure.isMultiLabel)
        config.reject(config.get("num_labels"), "num_labels", "only given with `multi_label=True`");
    }
    if (!isGiven("thresholds")) {
      if (measure.thresholdCount == 1)
        config.reject(config.get("num_thresholds"), "num_thresholds", "an integer above 1");
      return;
    }
    auto values = numbers("thresholds", "a list of numbers from 0 to 1");
    if (!values || !areShares(*values, "thresholds"))
      return;
    llvm::sort(*values);
    measure.thresholdCount = int64_t(values->size()) + 2;
    bool isEven = true;
    for (auto [i, value] : llvm::enumerate(*values)) {
      double even = double(i + 1) / double(measure.thresholdCount - 1);
      isEven &= std::fabs(value - even) <= 1e-7 + 1e-5 * even;
    }
    if (isEven)
      return;
    // A little outside of what probabilities are.
    constexpr double epsilon = 1e-7;
    measure.thresholds = {-epsilon};
    llvm::append_range(measure.thresholds, *values);
    measure.thresholds.push_back(1 + epsilon);
  }

  void readAverage() {
    if (has("average")) {
      const BoundArguments::Slot &slot = config.get("average");
      const auto *text = slot.value.as<eval::Str>();
      std::string name = text ? text->text : "";
      if (slot.value.isNone())
        setSeveral("`average=\"macro\"` is the mean over the classes");
      else if (name == "micro")
        measure.average = Measure::Average::Micro;
      else if (name == "weighted")
        measure.average = Measure::Average::Weighted;
      else if (name != "macro")
        config.reject(slot, "average", "\"micro\", \"macro\" or \"weighted\"");
      if (has("beta")) {
        const BoundArguments::Slot &beta = config.get("beta");
        if (beta.value.isFloat() && *beta.value.asReal() > 0)
          measure.beta = *beta.value.asReal();
        else
          config.reject(beta, "beta", "a float above 0");
      }
    }
    if (!has("class_aggregation"))
      return;
    const BoundArguments::Slot &slot = config.get("class_aggregation");
    const auto *text = slot.value.as<eval::Str>();
    if (slot.value.isNone())
      setSeveral("`class_aggregation=\"uniform_average\"` is the mean over the outputs");
    else if (text && text->text == "variance_weighted_average")
      measure.average = Measure::Average::Weighted;
    else if (!text || text->text != "uniform_average")
      config.reject(slot, "class_aggregation",
                    "\"uniform_average\" or \"variance_weighted_average\"");
    measure.regressors = config.integer("num_regressors");
    if (measure.regressors < 0)
      config.reject(config.get("num_regressors"), "num_regressors",
                    "an integer that is not negative");
  }

  /// The place of a name, as Keras spells it or in its other case, in a list.
  int64_t choice(const char *parameter, std::initializer_list<llvm::StringRef> names,
                 const char *expected) {
    const BoundArguments::Slot &slot = config.get(parameter);
    const auto *text = slot.value.as<eval::Str>();
    for (auto [i, name] : llvm::enumerate(names))
      if (text && (name == text->text || name.lower() == text->text || name.upper() == text->text))
        return int64_t(i);
    config.reject(slot, parameter, expected);
    return 0;
  }

  void readCurve() {
    if (!has("curve"))
      return;
    measure.curve = choice("curve", {"ROC", "PR", "PRGAIN"}, "\"ROC\", \"PR\" or \"PRGAIN\"");
    measure.summation = choice("summation_method", {"interpolation", "minoring", "majoring"},
                               "\"interpolation\", \"minoring\" or \"majoring\"");
  }

  /// What the other rate of a best one has to be.
  void readLimit() {
    const char *limited[] = {"specificity", "sensitivity", "recall", "precision"};
    for (auto [i, parameter] : llvm::enumerate(limited)) {
      if (!has(parameter))
        continue;
      measure.curve = int64_t(i);
      number(parameter, 0, 1, "a number from 0 to 1", measure.limit);
    }
  }

  void readClasses() {
    if (has("num_classes"))
      measure.classes = config.positiveInteger("num_classes");
    if (has("sparse_y_pred"))
      measure.predictsClasses = config.boolean("sparse_y_pred");
    bool isBinary = has("target_class_ids") && !has("num_classes");
    if (isBinary)
      measure.classes = 2;
    if (!isBinary && !has("num_classes"))
      return;
    bool isOneHot = !isBinary && !has("sparse_y_true");
    if (has("sparse_y_true"))
      isOneHot = !config.boolean("sparse_y_true");
    if (isOneHot && measure.predictsClasses)
      measure.isSupported = false;
    measure.comparesLabels = !isOneHot && !measure.predictsClasses;
    if (has("target_class_ids")) {
      readClassIds();
      return;
    }
    for (int64_t i = 0; i < measure.classes; ++i)
      measure.classIds.push_back(i);
  }

  void readClassIds() {
    auto ids = numbers("target_class_ids", "a list of class numbers");
    if (!ids)
      return;
    for (double id : *ids) {
      if (id == std::floor(id) && id >= 0 && id < double(measure.classes)) {
        measure.classIds.push_back(int64_t(id));
        continue;
      }
      config.reject(config.get("target_class_ids"), "target_class_ids",
                    fmt::format("class numbers from 0 to {}", measure.classes - 1));
      return;
    }
  }

  Config &config;
  const BoundArguments &arguments;
  Measure &measure;
};

} // namespace

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
  if (name == "none" || slot.value.isNone())
    return Reduction::None;
  config.reject(
      slot, "reduction",
      "\"sum_over_batch_size\", \"mean\", \"sum\", \"mean_with_sample_weight\" or \"none\"");
  return Reduction::Mean;
}

void readOptions(Config &config, const BoundArguments &arguments, Measure &measure) {
  OptionReader(config, arguments, measure).read();
}

} // namespace rondo::keras
