//===- Constraints.h - keras.constraints ------------------------*- C++ -*-===//
//
// What the optimizer makes of weights after it has updated them (keras/src/constraints).
//
//===----------------------------------------------------------------------===//

#ifndef RONDO_FRONTEND_KERAS_CONSTRAINTS_H
#define RONDO_FRONTEND_KERAS_CONSTRAINTS_H

#include "frontend/keras/Layer.h"

namespace rondo::keras {

/// A constraint of keras.constraints, or a function of the file.
class Constraint : public eval::Object {
public:
  std::string typeName() const override { return "Constraint"; }
  bool isCallable() const override { return true; }
  /// What becomes of a weight; null after a report.
  virtual Tensor *apply(GraphBuilder &graph, Tensor *weight) const = 0;
};

/// `kernel_constraint=…`: an object, a function, a name, or null for None and after a report.
const Constraint *readConstraint(Config &config, llvm::StringRef parameter);

/// Remembers what `constraint`, which may be null, makes of a variable. What is wrong with it is
/// reported: the variable's shape does not depend on it, and evaluation goes on.
void constrain(GraphBuilder &graph, Variable &variable, const Constraint *constraint);

} // namespace rondo::keras

#endif // RONDO_FRONTEND_KERAS_CONSTRAINTS_H
