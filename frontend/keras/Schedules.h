//===- Schedules.h - keras.optimizers.schedules -----------------*- C++ -*-===//
//
// Learning rates that change from step to step. What they compute is in
// runtime/src/Schedule.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SCHEDULES_H
#define RONDO_FRONTEND_KERAS_SCHEDULES_H

#include "frontend/keras/Catalogue.h"

namespace rondo::keras {

class Schedule : public eval::Object {
public:
  Schedule(std::string className, mlir::DictionaryAttr settings, double initialRate)
      : className(std::move(className)), settings(settings), initialRate(initialRate) {}
  std::string typeName() const override { return className; }
  bool isCallable() const override { return true; }
  Value call(Interpreter &in, Arguments &arguments) override {
    return in.unknownMethod("__call__", className);
  }

  const std::string className;
  /// `schedule` of a `rondo.optimizer`.
  const mlir::DictionaryAttr settings;
  /// Of the first step.
  const double initialRate;
};

void addSchedules(Catalogue &catalogue);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SCHEDULES_H
