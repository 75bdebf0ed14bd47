//===- Schedules.h - keras.optimizers.schedules -----------------*- C++ -*-===//
//
// Learning rates that change from step to step: Keras' and those of classes of the file.
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_SCHEDULES_H
#define RONDO_FRONTEND_KERAS_SCHEDULES_H

#include "frontend/keras/Catalogue.h"
#include "frontend/keras/ScalarProgram.h"

namespace rondo::keras {

/// Called with a number of steps, it gives the learning rate after these.
class Schedule : public eval::Object {
public:
  Schedule(Session &session, std::string className)
      : session(session), className(std::move(className)) {}
  std::string typeName() const override { return className; }
  bool isCallable() const override { return true; }

  /// The learning rate of the number of steps, asked for at `place`. Nothing after a report.
  std::optional<ScalarProgram> program(SourceRange place);

  Session &session;
  const std::string className;
};

void addSchedules(Catalogue &catalogue);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_SCHEDULES_H
