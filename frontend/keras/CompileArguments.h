//===- CompileArguments.h - What a model is compiled with -------*- C++ -*-===//
//
// The losses, their weights and the metrics of model.compile(...), output by output.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_COMPILEARGUMENTS_H
#define RONDO_FRONTEND_KERAS_COMPILEARGUMENTS_H

#include "frontend/keras/Model.h"
#include "frontend/keras/Training.h"

namespace rondo::keras {

/// An output of the model and what `compile` asks of it.
struct TrainedOutput {
  explicit TrainedOutput(const Model::Output &output) : name(output.name), tensor(output.run) {}

  const std::string &name;
  Tensor *tensor;
  const Measure *loss = nullptr;
  std::optional<double> weight;
  std::vector<const Measure *> metrics, weightedMetrics;

  /// At least of rank 2.
  Tensor *prediction = nullptr;
  /// Null until a loss or metric has said what it is.
  Tensor *target = nullptr, *sampleWeight = nullptr;
  TargetKind kind = TargetKind::Values;
  /// Whether a loss of classes has been warned of.
  bool isOfOneClass = false;
};

/// In the order of the model's outputs. Nothing after a report.
std::optional<std::vector<TrainedOutput>> readTrainedOutputs(Model &model,
                                                             BoundArguments &arguments);

/// Reports a loss where the optimizer is, and the other way round: `compile("mse", "adam")`.
/// Whether it is so.
bool reportSwapped(Session &session, const BoundArguments &arguments);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_COMPILEARGUMENTS_H
