//===- FileMetrics.h - Classes of the file that derive from Metric -*- C++ -*-===//
//
// `class F1(keras.metrics.Metric)` with `update_state` and `result`. What an update adds to the
// variables of a metric is added up over batches, and `result` becomes a program on the sums.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_FILEMETRICS_H
#define RONDO_FRONTEND_KERAS_FILEMETRICS_H

#include "frontend/eval/Class.h"
#include "frontend/keras/Ops.h"
#include "frontend/keras/Training.h"

namespace rondo::keras {

class FileMetric;

/// A variable of a metric: what the batches so far have left in it.
class MetricVariable : public Tensor {
public:
  MetricVariable(FileMetric &metric, std::string name, const Axes &axes, SourceRange place);
  std::string typeName() const override { return "Variable"; }
  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  std::vector<std::string> attributeNames() const override;
  bool isUnsupported(llvm::StringRef name) const override { return name == "numpy"; }

  /// What the update that is being traced adds to it, or null.
  Tensor *added = nullptr;
  /// In place of that: what the update makes of it, computed from what others have added up.
  Tensor *computed = nullptr;

private:
  /// `assign_add` and `assign_sub`, and `assign`. Errors after a report.
  Value add(BoundArguments &arguments, bool isNegative);
  Value assign(BoundArguments &arguments);

  FileMetric &metric;
};

class FileMetric : public eval::InstanceOf<Measure> {
public:
  /// `ofValues` where the class derives from Mean or Sum.
  FileMetric(eval::Class &type, Session &session, SourceRange place, const char *ofValues);

  std::optional<Value> attribute(Interpreter &in, llvm::StringRef name, SourceRange place) override;
  Value call(Interpreter &in, Arguments &arguments) override;
  bool isComplete(SourceRange at) const override;

  /// What a method of the base class in Keras does; nothing for other names.
  std::optional<Value> member(Interpreter &in, llvm::StringRef name);
  /// What the metric adds up; nothing after a report.
  std::optional<MetricState> trace(const Comparison &comparison, Tensor *weights);

  /// A metric of keras.metrics inside it, told of a batch, and what it says of all of them. Null
  /// after a report.
  bool update(const Measure &inner, BoundArguments &arguments);
  Tensor *resultOf(const Measure &inner, SourceRange place);

  /// Whether `value` is computed from what this update has counted already, and the batches before,
  /// alone.
  bool isOfCounted(mlir::Value value) const;
  /// Whether anything that batches add up is behind `value`.
  bool usesSums(mlir::Value value) const;

private:
  struct Inner {
    std::string rule;
    /// What batches have added to its sums, and what this one adds.
    std::vector<Tensor *> before, added;
  };

  bool isInner(mlir::Value value) const;
  Value initialize(BoundArguments &arguments);
  Value addVariable(BoundArguments &arguments);
  /// Calls a method of the file. False after a report.
  bool callMethod(const char *method, std::vector<PlacedValue> given, Value &result);
  /// The sums that its variables and inner metrics are; false after a report.
  bool collect(GraphBuilder &graph, std::vector<Tensor *> &before, std::vector<Tensor *> &added);

  std::vector<MetricVariable *> variables;
  std::map<const Measure *, Inner> inners;
  bool isInitialized = false;
};

/// Adds keras.metrics.Metric, Mean and Sum.
void addMetricClass(Catalogue &catalogue, KerasModule *metrics);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_FILEMETRICS_H
